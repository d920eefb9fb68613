//! When satellites look, and when work is due: slots of geostationary satellites, passes of polar ones, jobs.

mod jobs;
mod orbit;
mod orbiters;
mod passes;
mod timetable;
mod tle;

pub use jobs::Cron;
pub use passes::{Pass, passes};
pub use timetable::{Given, PlannedGap, Slot, SlotAccount, accounts, slot_of, slots};
pub use tle::Tles;

/// Satellites whose looks can be foretold: those with a timetable, and those of which elements of the orbit are read.
pub fn satellites() -> impl Iterator<Item = &'static str> {
    timetable::satellites().chain(orbiters::satellites())
}
