//! Where a fire lies and to whom it belongs: its ground and county now; township, grid cell and post when a site brings those layers.

pub mod county;
pub mod ground;
