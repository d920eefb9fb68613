//! From frames to sightings: what changed, what the model sees in it, whether it stays, and where on the ground it is.

pub mod sight;
