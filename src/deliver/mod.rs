//! What people and programs get: lists, maps, pictures, the report of a run.

pub mod atomic;
pub mod case;
pub mod charts;
pub mod coverage;
pub mod dataset;
pub mod desk;
pub mod evidence;
pub mod folder;
pub mod geojson;
pub mod handover;
pub mod hotspots_csv;
pub mod hotspots_xlsx;
pub mod notices;
pub mod office;
pub mod outbox;
pub mod page;
pub mod quicklook;
pub mod reasons;
pub mod reply;
pub mod scan_report;
pub mod sheet;
pub mod sightings;
pub mod sinks;
pub mod unplaced;
mod unsettled;
pub mod viewshed;
pub mod waypoint;
pub mod xml;

pub use unsettled::Unsettled;

/// Name of the program, for outputs.
pub const PROGRAM: &str = env!("CARGO_PKG_NAME");
/// Version of the program, for outputs.
pub const PROGRAM_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Rounds to so many decimals; a file then holds what is known, not the noise of binary fractions.
pub(crate) fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}
