//! Polar orbiters: granules of scanners that sweep across their track.

mod args;
mod canvas;
pub mod clock;
mod earth;
mod even;
mod granule;
pub mod h5;
pub mod inverse;
mod marks;
mod mersi;
mod modis;
pub mod nc;
mod orbit;
mod scanner;
mod scene;
mod slstr;
mod truth;
mod vector;
mod view;
mod viirs;

pub use canvas::Reliefs;
pub use mersi::{Args as MersiArgs, run as mersi2};
pub use modis::{Args as ModisArgs, run as modis};
pub use slstr::{Args as SlstrArgs, run as slstr};
pub use viirs::pass::Pass;
pub use viirs::{Args as ViirsArgs, Satellite, run as viirs};
