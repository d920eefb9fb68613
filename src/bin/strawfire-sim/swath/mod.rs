//! Polar orbiters: granules of scanners that sweep across their track.

mod args;
mod canvas;
mod clock;
mod earth;
mod h5;
mod marks;
mod nc;
mod orbit;
mod scanner;
mod scene;
mod truth;
mod vector;
mod view;
mod viirs;

pub use viirs::{Args as ViirsArgs, run as viirs};
