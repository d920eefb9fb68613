//! Where a pixel looks and where the sun stands: pure functions, no I/O.

pub mod fixed_grid;
pub mod footprint;
pub mod map;
pub mod panel;
pub mod sun;
pub mod swath;
pub mod terrain;
