//! Which row of a list is which event of ours: one to one, by satellite, time and distance in the errors of both.

use super::assignment::assign;
use crate::place::{LonLat, METRES_A_DEGREE, PlaceIndex};
use crate::thresholds::ReconcileThresholds;
use crate::time::Utc;
use std::collections::BTreeMap;

/// What a row says.
#[derive(Debug, Clone, PartialEq)]
pub struct Theirs {
    /// Where.
    pub place: LonLat,
    /// Root mean square of the distance to the true place, metres.
    pub error_m: f64,
    /// First moment that its time can mean.
    pub from: Utc,
    /// The last.
    pub to: Utc,
    /// Satellite; empty: not said.
    pub satellite: String,
}

/// A detection.
#[derive(Debug, Clone, PartialEq)]
pub struct Detected {
    /// Where.
    pub place: LonLat,
    /// Root mean square of the distance to the true place, metres.
    pub error_m: f64,
    /// When.
    pub time: Utc,
    /// Satellite.
    pub satellite: String,
    /// The event that it counts in, by its position; `None` for one of none.
    pub event: Option<usize>,
}

/// How near a row and an event are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearness {
    /// The event, by its position.
    pub event: usize,
    /// The detection that is nearest, by its position.
    pub detection: usize,
    /// Distance and time in errors, squared, with what counts against the pair: at most the gate.
    pub squared: f64,
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Match {
    /// It is this event; those that are about as likely, by their positions.
    Is(Nearness, Vec<usize>),
    /// It is the fire of another row, by its position, and of an event where that is one.
    Repeats(usize, Option<Nearness>),
    /// No event is near enough.
    None,
}

/// Costs are whole numbers of this part of a squared error.
const PARTS: f64 = 1e6;

/// How far a row and a detection are apart, in errors and squared; `None` beyond the gate.
pub fn squared(row: &Theirs, seen: &Detected, t: &ReconcileThresholds) -> Option<f64> {
    let apart_s = seconds_apart(row, seen.time);
    let is_same_look = row.satellite == seen.satellite && apart_s <= 60.0 * f64::from(t.same_look_min);
    let in_time = match is_same_look {
        true => 0.0,
        false if apart_s > 3600.0 * f64::from(t.longest_h) => return None,
        false => f64::from(t.other_look) + (apart_s / (60.0 * f64::from(t.time_error_min))).powi(2),
    };
    // half of a mean square of a length goes to each axis
    let variance = (row.error_m.powi(2) + seen.error_m.powi(2)) / 2.0;
    let squared = in_time + row.place.distance_m(seen.place).powi(2) / variance.max(1.0);
    (squared <= f64::from(t.gate)).then_some(squared)
}

/// Seconds from the time of a row to a moment; 0 within it.
pub fn seconds_apart(row: &Theirs, time: Utc) -> f64 {
    row.from.seconds_since(time).max(time.seconds_since(row.to)).max(0.0)
}

/// No row and detection further apart are one, metres.
pub fn reach_m(row_error_m: f64, seen_error_m: f64, t: &ReconcileThresholds) -> f64 {
    (f64::from(t.gate) / 2.0).sqrt() * row_error_m.hypot(seen_error_m).max(2.0) * 1.001 + 1.0
}

/// What becomes of each row. `events`: how many there are; their order is that of their ids, which decides between equals. The order of the
/// rows decides nothing but which of several that say the same is the first.
pub fn match_rows(rows: &[Theirs], seen: &[Detected], events: usize, t: &ReconcileThresholds) -> Vec<Match> {
    let order = in_order(rows);
    let first = repeats(rows, t);
    let near = nearness(rows, seen, t);
    // a row that is there twice takes part once
    let free: Vec<usize> = order.into_iter().filter(|row| first[*row].is_none()).collect();
    let whole = |squared: f64| (squared * PARTS).round() as i64;
    let edges: Vec<Vec<(usize, i64)>> =
        free.iter().map(|row| near[*row].iter().map(|one| (one.event, whole(one.squared))).collect()).collect();
    let pairs = assign(&edges, events, whole(f64::from(t.gate)));
    let row_of: BTreeMap<usize, usize> =
        free.iter().zip(&pairs).filter_map(|(row, event)| Some(((*event)?, *row))).collect();
    let mut matches = vec![Match::None; rows.len()];
    for (row, event) in free.iter().zip(pairs) {
        matches[*row] = of_row(&near[*row], event, &row_of, t);
    }
    for (row, of) in first.into_iter().enumerate() {
        let Some(of) = of else { continue };
        matches[row] = match &matches[of] {
            Match::Is(own, _) => Match::Repeats(of, near[row].iter().find(|one| one.event == own.event).copied()),
            Match::Repeats(_, own) => Match::Repeats(of, *own),
            Match::None => Match::Repeats(of, None),
        };
    }
    matches
}

fn of_row(near: &[Nearness], event: Option<usize>, row_of: &BTreeMap<usize, usize>, t: &ReconcileThresholds) -> Match {
    match near.iter().find(|one| Some(one.event) == event) {
        Some(own) => {
            let is_rival =
                |one: &&Nearness| one.event != own.event && one.squared <= own.squared + f64::from(t.as_likely);
            Match::Is(*own, near.iter().filter(is_rival).map(|one| one.event).collect())
        }
        // all that are near enough are other rows'
        None => near.first().map_or(Match::None, |best| match row_of.get(&best.event) {
            Some(row) => Match::Repeats(*row, Some(*best)),
            None => Match::None,
        }),
    }
}

/// Rows in an order of their own, whatever order they came in.
fn in_order(rows: &[Theirs]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&rows[*a], &rows[*b]);
        let time = (a.from, a.to).cmp(&(b.from, b.to));
        let place = a.place.lon().total_cmp(&b.place.lon()).then(a.place.lat().total_cmp(&b.place.lat()));
        time.then(place).then_with(|| a.satellite.cmp(&b.satellite)).then(a.error_m.total_cmp(&b.error_m))
    });
    order
}

/// For each row the first of the list that says the same: one satellite, one minute, one place.
fn repeats(rows: &[Theirs], t: &ReconcileThresholds) -> Vec<Option<usize>> {
    let metres = f64::from(t.repeat_m);
    // cells of the metres asked for, with room for how a degree of longitude shrinks
    let side_deg = 4.0 * metres.max(1.0) / METRES_A_DEGREE;
    let cell =
        |row: &Theirs| ((row.place.lon() / side_deg).floor() as i64, (row.place.lat() / side_deg).floor() as i64);
    // a minute may be written with its seconds or without
    let said = |row: &'_ Theirs| (row.from.micros().div_euclid(60_000_000), row.to.seconds_since(row.from) > 60.0);
    // by what they say of the time, by satellite and cell
    let mut firsts: BTreeMap<(_, &str, (i64, i64)), Vec<usize>> = BTreeMap::new();
    let mut first = vec![None; rows.len()];
    for (at, row) in rows.iter().enumerate() {
        let (east, north) = cell(row);
        let around = (-1..=1).flat_map(|x| (-1..=1).map(move |y| (east + x, north + y)));
        let same = around.filter_map(|cell| firsts.get(&(said(row), row.satellite.as_str(), cell))).flatten();
        let is_here = |other: &usize| rows[*other].place.distance_m(row.place) <= metres;
        first[at] = same.copied().filter(is_here).min();
        if first[at].is_none() {
            firsts.entry((said(row), row.satellite.as_str(), (east, north))).or_default().push(at);
        }
    }
    first
}

/// For each row the events that are near enough, the nearest first.
fn nearness(rows: &[Theirs], seen: &[Detected], t: &ReconcileThresholds) -> Vec<Vec<Nearness>> {
    let most_m = seen.iter().map(|seen| seen.error_m).fold(0.0, f64::max);
    let usual_m = reach_m(1000.0, most_m, t);
    let index = PlaceIndex::new(seen.iter().map(|seen| seen.place), usual_m);
    let of_row = |row: &Theirs| {
        let mut best: BTreeMap<usize, Nearness> = BTreeMap::new();
        for (detection, _) in index.near(row.place, reach_m(row.error_m, most_m, t)) {
            let found = seen[detection].event.zip(squared(row, &seen[detection], t));
            let Some((event, squared)) = found else { continue };
            let one = Nearness { event, detection, squared };
            let is_nearer =
                best.get(&event).is_none_or(|known| (squared, detection) < (known.squared, known.detection));
            if is_nearer {
                best.insert(event, one);
            }
        }
        let mut near: Vec<Nearness> = best.into_values().collect();
        near.sort_by(|a, b| a.squared.total_cmp(&b.squared).then(a.event.cmp(&b.event)));
        near
    };
    rows.iter().map(of_row).collect()
}
