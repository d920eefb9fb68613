//! What the schedule has is put into the catalogue as its time comes, and after an outage what had its time meanwhile.

use super::Rules;
use crate::error::Result;
use crate::schedule::{self, Tles};
use crate::site::Site;
use crate::store::{Slot, SlotState, Store, Write};
use crate::time::Utc;

/// A station that was off for longer expects only the looks of the last days, hours: a fortnight.
const LONGEST_OUTAGE_H: f64 = 24.0 * 14.0;
/// An overpass is asked for once it is over the site, and so long after, seconds: no more is foretold than one pass.
const STEP_S: f64 = 60.0;

/// No overpass lasts so long, seconds.
const AROUND_S: f64 = 1800.0;

/// The note of the station of how far looks of a satellite were put into the catalogue.
fn note_of(satellite: &str) -> String {
    format!("expected {satellite}")
}

/// Puts all looks into the catalogue that were to begin since the last time. Gives satellites that nobody knows when to expect.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn expect(
    store: &Store,
    site: &Site,
    tles: Option<&Tles>,
    rules: &Rules<'_>,
    now: Utc,
) -> Result<Vec<String>> {
    let mut unknown = Vec::new();
    let mut satellites: Vec<&String> = site.inboxes.iter().flat_map(|inbox| &inbox.satellites).collect();
    satellites.sort();
    satellites.dedup();
    for satellite in satellites {
        let note = note_of(satellite);
        let since = store.station_note(&note).await?.and_then(|text| Utc::parse(&text));
        let earliest = now.plus_seconds(-3600.0 * LONGEST_OUTAGE_H).unwrap_or(now);
        // a station that begins expects what begins from now on
        let from = since.unwrap_or(now).max(earliest);
        // a clock that was ahead once has put its looks in already, and must not make all others unexpected
        let from = from.min(now);
        let Some(looks) = looks_of(satellite, site, tles, from, now) else {
            unknown.push(satellite.clone());
            continue;
        };
        if since.is_some_and(|since| since <= now) && now.seconds_since(from) < STEP_S {
            continue;
        }
        let mut write = store.write().await?;
        for look in looks {
            put(&mut write, satellite, &look, rules).await?;
        }
        write.note_station(&note, &now.rfc3339()).await?;
        write.commit().await?;
    }
    Ok(unknown)
}

/// A look of the schedule.
struct Foretold {
    first: Utc,
    last: Utc,
    is_planned_gap: bool,
    is_swath: bool,
}

/// Looks that begin in `[from, to)`; `None` where neither a timetable nor elements of the orbit say so.
fn looks_of(satellite: &String, site: &Site, tles: Option<&Tles>, from: Utc, to: Utc) -> Option<Vec<Foretold>> {
    // noted in whole seconds, so that the edges of two periods meet
    let from = Utc::parse(&from.rfc3339()).unwrap_or(from);
    let to = Utc::parse(&to.rfc3339()).unwrap_or(to);
    if let Some(slots) = schedule::slots(satellite, from, to, &site.planned_gaps) {
        let of = |slot: schedule::Slot| Foretold {
            first: slot.time,
            last: slot.time,
            is_planned_gap: slot.is_planned_gap,
            is_swath: false,
        };
        return Some(slots.into_iter().map(of).collect());
    }
    // one that is under way at an edge is foretold as a whole
    let around = |time: Utc, seconds: f64| time.plus_seconds(seconds).unwrap_or(time);
    let span = (around(from, -AROUND_S), around(to, AROUND_S));
    let (passes, without) = schedule::passes(tles?, std::slice::from_ref(satellite), &site.bbox(), span.0, span.1);
    if without.contains(satellite) {
        return None;
    }
    let begins = |pass: &schedule::Pass| pass.first >= from && pass.first < to;
    let of =
        |pass: schedule::Pass| Foretold { first: pass.first, last: pass.last, is_planned_gap: false, is_swath: true };
    Some(passes.into_iter().filter(begins).map(of).collect())
}

/// Files that came before their look was expected have made it already: then the schedule only says that it was to come.
async fn put(write: &mut Write<'_>, satellite: &str, look: &Foretold, rules: &Rules<'_>) -> Result<()> {
    let near_s = if look.is_swath { 300.0 } else { 60.0 };
    let at = |time: Utc, seconds: f64| time.plus_seconds(seconds).unwrap_or(time);
    let rows = write.slots_near(satellite, at(look.first, -near_s), at(look.last, near_s)).await?;
    let due = rules.due(satellite, look.last, look.is_swath);
    if rows.iter().any(|slot| slot.expected) {
        return Ok(());
    }
    if let Some(slot) = rows.into_iter().next() {
        return write.foretold(slot.id, look.first, look.last, due).await;
    }
    let state = if look.is_planned_gap { SlotState::Planned } else { SlotState::Expected };
    let said = if look.is_planned_gap { "not taken by the satellite's own plan" } else { "" };
    let slot = Slot {
        id: 0,
        satellite: satellite.to_string(),
        stream: String::new(),
        first: look.first,
        last: look.last,
        state,
        expected: true,
        due,
        seen: None,
        arrived: None,
        again: None,
        scanned: None,
        attempts: 0,
        looks: Vec::new(),
        partial: false,
        late: false,
        said: said.to_string(),
    };
    write.add_slot(&slot).await?;
    Ok(())
}
