//! Where a fire belongs: county now; township, grid cell and post when a site brings those layers.

pub mod county;
