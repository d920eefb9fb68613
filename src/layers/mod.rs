//! Lookups at a place.

pub mod dem;
pub mod land;
pub mod raster;
