//! Lookups at a place.

pub mod area_index;
pub mod county_shares;
pub mod cropland;
pub mod dem;
pub mod kilometre_grid;
pub mod land;
pub mod landcover;
pub mod named_areas;
pub mod raster;
pub mod static_sources;
