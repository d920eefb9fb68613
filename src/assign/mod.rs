//! Where a fire lies and to whom it belongs: its ground, county, township, cell of the patrol grid and post.

pub mod ground;
pub mod neighbours;
pub mod posts;
pub mod territory;
