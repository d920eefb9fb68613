//! The always-on program: imagery arrives day and night, late, twice, in pieces or not at all, and every look is accounted for.
//!
//! Nothing that matters is in the memory of the process. Inboxes put what they see into the catalogue ([`arrive`]); every second the
//! catalogue is asked what is open, [`ready`] says what is to be done with it, and workers do it ([`work`]), each look in one transaction
//! with its place in the catalogue. A process that is killed at any moment goes on where it was.

mod alarm_files;
mod alarms;
mod arrive;
pub mod cameras;
mod clock;
mod duty;
mod evidence;
mod expect;
mod fetch;
mod firms;
mod folder;
pub mod gauges;
mod jobs;
mod lists;
mod ready;
mod round;
mod work;
mod workers;

use crate::place::LonLatBox;
use crate::site::{Inbox, Site, Station};
use crate::store::{Delivered, Slot, SlotState};
use crate::time::Utc;
pub use alarms::free_bytes;
pub use arrive::Arrival;
pub use clock::{is_the_same_clock, keep_clock, now_of};
pub use gauges::Gauges;
use glob::Pattern;
pub use round::{Running, run};
use std::collections::HashMap;

/// What is decided by.
pub struct Rules<'a> {
    /// Settings of the station.
    station: &'a Station,
    /// The site's area.
    area: LonLatBox,
    /// Files that a look needs, by inbox, where the site says so.
    needs: HashMap<String, Vec<Pattern>>,
    /// Minutes after a look within which its files are expected, by satellite, where an inbox says so.
    deadlines_min: HashMap<String, f64>,
    /// Age from which a file that is new is left alone, seconds: what was known of files so old is forgotten.
    oldest_s: f64,
}

impl<'a> Rules<'a> {
    /// Of a site.
    pub fn of(site: &'a Site) -> Self {
        let patterns = |inbox: &Inbox| inbox.needs.iter().filter_map(|need| Pattern::new(need).ok()).collect();
        let deadlines = site.inboxes.iter().filter_map(|inbox| Some((inbox, inbox.deadline_min?)));
        Rules {
            station: &site.station,
            area: site.bbox(),
            oldest_s: 86_400.0 * 0.9 * f64::from(site.retention.dropped_days),
            needs: site.inboxes.iter().map(|inbox| (inbox.name.clone(), patterns(inbox))).collect(),
            deadlines_min: deadlines
                .flat_map(|(inbox, minutes)| inbox.satellites.iter().map(move |satellite| (satellite.clone(), minutes)))
                .collect(),
        }
    }

    /// When a look that ends at `end` is scanned with what is there, or missing.
    fn due(&self, satellite: &str, end: Utc, is_swath: bool) -> Utc {
        let usual = if is_swath { self.station.deadline_pass_min } else { self.station.deadline_min };
        let minutes = self.deadlines_min.get(satellite).copied().unwrap_or(usual);
        end.plus_seconds(60.0 * minutes).unwrap_or(end)
    }
}

/// What a look whose files are there waits for, in words.
pub fn waits_for(slot: &Slot, files: &[Delivered], site: &Site, now: Utc) -> String {
    match slot.state {
        SlotState::Seen => ready::waits_for(slot, files, &Rules::of(site), now),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
