//! Imagery of tens of metres: Landsat OLI and Sentinel-2 MSI products, and fires smaller than a pixel put into them.
//!
//! `sensor` has the bands, `land` and `sky` what they see; `ground` puts both together cell by cell, and `scene` makes
//! counts of it in strips. `landsat` and `sentinel2` write products; `insert` puts fires into those that are there
//! (`source`).

mod args;
mod coder;
mod fire;
mod grid;
mod ground;
mod insert;
mod land;
mod landsat;
mod light;
mod mtl;
mod raster;
mod safe;
mod safe_tile;
mod scene;
mod sensor;
mod sentinel2;
mod sky;
mod source;
mod tile;
mod touch;
mod truth;

pub use insert::{Args as InsertArgs, run as insert};
pub use landsat::{Args as LandsatArgs, run as landsat};
pub use sentinel2::{Args as Sentinel2Args, run as sentinel2};
