//! What the station has to tell the people at the desk that is no fire: an alarm, a list that is ready.

use super::sinks::{self, Kind};
use crate::site::{Sink, Site};
use crate::store::Filed;
use crate::time::Utc;

/// Before all that is made and was not seen.
pub const SIMULATED: &str = "[模拟SIMULATED]";

/// The sinks of the desk: those that the site names, else all that people read and that wake nobody up.
pub fn sinks(site: &Site) -> impl Iterator<Item = &Sink> {
    let is_desk = |sink: &&Sink| match site.station.desk.as_slice() {
        [] => sink.kind.is_read_by_people() && !sink.alarm,
        named => named.contains(&sink.name),
    };
    site.delivery.sinks.iter().filter(is_desk)
}

/// A notice to each sink of the desk. `id` and `revision` are its key: the same is told once.
pub fn notice(site: &Site, id: &str, revision: i64, line: &str, details: &[String], now: Utc) -> Vec<Filed> {
    let of = |sink: &Sink| {
        let body = sinks::render_plain(sink, line, details, false)?;
        Some(Filed {
            sink: sink.name.clone(),
            event: id.to_string(),
            revision,
            kind: Kind::Station.name().to_string(),
            due: now,
            seen: now,
            late: false,
            gauge: "{}".to_string(),
            body,
        })
    };
    sinks(site).filter_map(of).collect()
}
