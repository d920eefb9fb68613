//! Lookups at a place.

pub mod land;
