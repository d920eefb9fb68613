//! Lookups at a place.

pub mod dem;
pub mod land;
pub mod landcover;
pub mod raster;
pub mod static_sources;
