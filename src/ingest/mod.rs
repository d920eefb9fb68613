//! From files to calibrated scenes: one file a reader.

pub mod geometry;
