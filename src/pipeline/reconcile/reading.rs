//! What the store has of the places and times of a list.

use super::matching::{Detected, Theirs, reach_m, squared};
use super::unseen::{Cause, Left, OurLook};
use crate::deliver::coverage::smallest::smallest_fire;
use crate::deliver::reasons::spoken_reason;
use crate::deliver::scan_report::GranuleReport;
use crate::error::Result;
use crate::fire::FirePixel;
use crate::pipeline::drill::{Apart, is_drill};
use crate::pipeline::{Settings, period as of_store};
use crate::place::{LonLat, PlaceIndex};
use crate::store::{Asked, Scope, Shown, Slot, Store};
use crate::thresholds::ReconcileThresholds;
use crate::time::Utc;
use std::collections::BTreeMap;
use std::ops::Range;

/// What the store has of them.
#[derive(Debug, Default)]
pub struct Known {
    /// Events, by their ids.
    pub events: Vec<Shown>,
    /// Detections near rows that count in these events, by their ids.
    pub seen: Vec<Detected>,
    /// Detections near rows that count in none.
    left: Vec<(Detected, Left, Cause)>,
    left_places: PlaceIndex,
    /// The greatest error of a place of these, metres.
    left_error_m: f64,
    /// Looks, by time.
    looks: Vec<OurLook>,
    /// Looks that were to come, by time.
    slots: Vec<Slot>,
    /// What of a drill was left out; whether all of it is of one.
    pub apart: Apart,
}

/// Events of one list at most; no season of six counties has so many.
const MOST_EVENTS: i64 = 1_000_000;
/// Detections are read for so long at once, seconds.
const AT_ONCE_S: f64 = 6.0 * 3600.0;
/// Error of a place of which neither error nor pixel is known, metres.
const USUAL_ERROR_M: f64 = 1000.0;
const DAY_S: f64 = 86_400.0;

/// The days of Beijing that rows are of: first moment, last moment.
pub fn period(rows: &[Theirs]) -> Option<(Utc, Utc)> {
    let from = rows.iter().map(|row| row.from).min()?;
    let to = rows.iter().map(|row| row.to).max()?;
    let midnight = |day: i64| Utc::UNIX_EPOCH.plus_seconds(day as f64 * DAY_S - 8.0 * 3600.0);
    Some((midnight(from.beijing_day())?, midnight(to.beijing_day() + 1)?.plus_seconds(-1e-6)?))
}

/// Events that were seen in a time, inside the counties, by id; `simulated`: of a drill alone, or none of one.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn events(
    store: &Store,
    (from, to): (Utc, Utc),
    standing: bool,
    simulated: Option<bool>,
) -> Result<Vec<Shown>> {
    let asked = Asked { from: Some(from), to: Some(to), standing, simulated, limit: MOST_EVENTS, ..Asked::default() };
    let mut events = store.list_events(&Scope::all(), &asked).await?;
    events.sort_by(|a, b| a.stored.event.id.cmp(&b.stored.event.id));
    Ok(events)
}

/// Reads all that is near the rows.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn read(store: &Store, settings: &Settings<'_>, rows: &[Theirs]) -> Result<Known> {
    let t = &settings.thresholds.reconcile;
    let mut known = Known::default();
    let mut withdrawn = BTreeMap::new();
    let mut event_of: BTreeMap<String, usize> = BTreeMap::new();
    let spans = spans(rows, 3600.0 * f64::from(t.longest_h));
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Ok(known) };
    let all = events(store, (first.start, last.end), false, None).await?;
    let mut view = store.view().await?;
    let mut looks: Vec<(bool, OurLook)> = Vec::new();
    for span in &spans {
        for look in &view.looks(span, &(Utc::UNIX_EPOCH..far_future())).await? {
            looks.push(our_look(of_store::account(store, look)?, settings));
        }
        known.slots.extend(store.slots(span.start, span.end, None).await?);
    }
    // a list of others is real: a drill answers none of its rows. Only a site for trials, where nothing real is there, answers out of one, and says so
    let of_both = looks.iter().map(|(simulated, _)| *simulated).chain(all.iter().map(is_simulated));
    let simulated = settings.site.delivery.allow_simulated && is_drill(of_both);
    known.apart = Apart {
        simulated,
        looks: looks.iter().filter(|(of, _)| *of != simulated).count(),
        events: all.iter().filter(|shown| is_simulated(shown) != simulated && stands(shown)).count(),
    };
    known.looks = looks.into_iter().filter(|(of, _)| *of == simulated).map(|(_, look)| look).collect();
    for shown in all.into_iter().filter(|shown| is_simulated(shown) == simulated) {
        let event = &shown.stored.event;
        if stands(&shown) {
            event_of.extend(event.members.iter().map(|member| (member.clone(), known.events.len())));
            known.events.push(shown);
        } else if event.merged_into.is_none() {
            withdrawn.extend(event.members.iter().map(|member| (member.clone(), event.id.clone())));
        }
    }
    let near = Near::new(rows, t);
    for span in &spans {
        for part in parts(span) {
            let fires = view.fires_in(&part).await?;
            for fire in fires.into_iter().filter(|fire| fire.simulated == simulated && near.has(fire)) {
                known.put(fire, &event_of, &withdrawn);
            }
        }
    }
    known.left_places = PlaceIndex::new(known.left.iter().map(|(seen, ..)| seen.place), reach_m(1000.0, 1000.0, t));
    known.left_error_m = known.left.iter().map(|(seen, ..)| seen.error_m).fold(0.0, f64::max);
    Ok(known)
}

fn is_simulated(shown: &Shown) -> bool {
    shown.stored.event.simulated
}

/// One that was merged is in another; one that was withdrawn and of which nobody did anything is no event any more.
fn stands(shown: &Shown) -> bool {
    shown.stored.open || shown.case.is_some() && shown.stored.event.merged_into.is_none()
}

/// A look, and whether a drill made it.
fn our_look(report: GranuleReport, settings: &Settings<'_>) -> (bool, OurLook) {
    let place = settings.site.bbox();
    let middle = LonLat::new(place.west.midpoint(place.east), place.south.midpoint(place.north));
    let smallest = |middle: LonLat| Some(smallest_fire(&report, middle, &settings.thresholds.smallest_fire)?.0);
    let smallest_mw = middle.and_then(smallest);
    let look = OurLook {
        smallest_mw,
        time: report.time,
        satellite: report.satellite,
        look: report.look,
        counties: report.counties,
    };
    (report.simulated, look)
}

fn far_future() -> Utc {
    Utc::UNIX_EPOCH.plus_seconds(200.0 * 365.25 * DAY_S).unwrap_or(Utc::UNIX_EPOCH)
}

/// Times about the rows, without gaps and overlaps: a list may be of days that lie months apart.
fn spans(rows: &[Theirs], around_s: f64) -> Vec<Range<Utc>> {
    let wide = |row: &Theirs| Some(row.from.plus_seconds(-around_s)?..row.to.plus_seconds(around_s + 1.0)?);
    let mut all: Vec<Range<Utc>> = rows.iter().filter_map(wide).collect();
    all.sort_by_key(|span| (span.start, span.end));
    let mut spans: Vec<Range<Utc>> = Vec::new();
    for span in all {
        match spans.last_mut().filter(|last| span.start <= last.end) {
            Some(last) => last.end = last.end.max(span.end),
            None => spans.push(span),
        }
    }
    spans
}

/// A time in pieces that fit into memory.
fn parts(span: &Range<Utc>) -> Vec<Range<Utc>> {
    let mut parts = Vec::new();
    let mut start = span.start;
    while start < span.end {
        let end = start.plus_seconds(AT_ONCE_S).unwrap_or(span.end).min(span.end);
        parts.push(start..end);
        start = end;
    }
    parts
}

/// Whether a detection can have to do with a row.
struct Near<'a> {
    index: PlaceIndex,
    greatest_error_m: f64,
    t: &'a ReconcileThresholds,
}

impl<'a> Near<'a> {
    fn new(rows: &[Theirs], t: &'a ReconcileThresholds) -> Self {
        let greatest_error_m = rows.iter().map(|row| row.error_m).fold(0.0, f64::max);
        let index = PlaceIndex::new(rows.iter().map(|row| row.place), reach_m(greatest_error_m, USUAL_ERROR_M, t));
        Near { index, greatest_error_m, t }
    }

    fn has(&self, fire: &FirePixel) -> bool {
        self.index.near(fire.place, reach_m(self.greatest_error_m, error_m(fire), self.t)).next().is_some()
    }
}

/// Root mean square of what its place is off, metres.
fn error_m(fire: &FirePixel) -> f64 {
    let of_pixel = || fire.pixel_area_km2.map(|km2| (km2 * 1e6 / 6.0).sqrt());
    fire.position_error_m.or_else(of_pixel).unwrap_or(USUAL_ERROR_M)
}

impl Known {
    fn put(&mut self, fire: FirePixel, event_of: &BTreeMap<String, usize>, withdrawn: &BTreeMap<String, String>) {
        let event = event_of.get(&fire.id).copied();
        let seen = Detected {
            place: fire.place,
            error_m: error_m(&fire),
            time: fire.time,
            satellite: fire.satellite.clone(),
            event,
        };
        if event.is_some() {
            self.seen.push(seen);
            return;
        }
        let (cause, reason) = match (withdrawn.get(&fire.id), fire.verdict.reason()) {
            (_, Some(reason)) => (Cause::Dropped, spoken_reason(reason).to_string()),
            (Some(event), None) => (Cause::Withdrawn, format!("事件 {event} 已撤销")),
            // it counts in an event of another time, or in none that is told
            (None, None) => return,
        };
        let left = Left { id: fire.id, place: fire.place, time: fire.time, satellite: fire.satellite, reason };
        self.left.push((seen, left, cause));
    }

    /// The detection nearest to a row that counts in no event.
    pub fn left_near(&self, row: &Theirs, t: &ReconcileThresholds) -> Option<(Cause, &Left)> {
        let near = self.left_places.near(row.place, reach_m(row.error_m, self.left_error_m, t));
        let squared = near.filter_map(|(at, _)| Some((squared(row, &self.left[at].0, t)?, at)));
        let (_, at) = squared.reduce(|best, next| if next < best { next } else { best })?;
        Some((self.left[at].2, &self.left[at].1))
    }

    /// Looks that began so many seconds about a row.
    pub fn looks_near(&self, row: &Theirs, around_s: f64) -> &[OurLook] {
        within(&self.looks, |look| look.time, row, around_s)
    }

    /// Looks that were to begin so many seconds about it.
    pub fn slots_near(&self, row: &Theirs, around_s: f64) -> &[Slot] {
        within(&self.slots, |slot| slot.first, row, around_s)
    }
}

/// The part of a list in the order of time.
fn within<'a, T>(all: &'a [T], time: impl Fn(&T) -> Utc, row: &Theirs, around_s: f64) -> &'a [T] {
    let from = row.from.plus_seconds(-around_s).unwrap_or(row.from);
    let to = row.to.plus_seconds(around_s).unwrap_or(row.to);
    let start = all.partition_point(|one| time(one) < from);
    let end = all.partition_point(|one| time(one) <= to).max(start);
    &all[start..end]
}
