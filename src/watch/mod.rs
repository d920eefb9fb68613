//! From frames to sightings: what changed, what the model sees in it, whether it stays, and where on the ground it is.

pub mod boxes;
pub mod gate;
pub mod model;
pub mod view;
pub mod vote;
