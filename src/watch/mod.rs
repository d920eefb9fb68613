//! From frames to sightings: what changed, what the model sees in it, whether it stays, and where on the ground it is.

pub mod aloft;
pub mod boxes;
pub mod gate;
pub mod heat;
pub mod model;
mod placed;
pub mod rise;
pub mod sight;
pub mod view;
pub mod vote;

pub use placed::{Seen, Watched, said, sighting};
