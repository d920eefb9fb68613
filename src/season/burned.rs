//! Where it burned: the events of a season by cell of the patrol grid, which special patrols are ranked by.

use crate::fire::{Class, FireEvent};
use crate::place::LonLat;
use crate::time::Utc;
use std::collections::{BTreeMap, BTreeSet};

/// Side of the cells of a site without a patrol grid, degrees: about a kilometre.
const CELL_DEG: f64 = 0.01;

/// What burned in a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Burned {
    /// Place in the order of patrols, from 1: more days before fewer, then more events, then the later last fire.
    pub rank: usize,
    /// Code of the cell of the patrol grid; without one the south-west corner of a hundredth of a degree.
    pub cell: String,
    /// Whether the site's patrol grid has it.
    pub is_of_grid: bool,
    /// Code of the county of most events.
    pub adcode: String,
    /// Name of that county.
    pub county: String,
    /// Mean place of the events.
    pub place: LonLat,
    /// Events.
    pub events: usize,
    /// Days in Beijing on which one began.
    pub days: usize,
    /// Events by class, in the order of [`CLASSES`].
    pub classes: [usize; 5],
    /// Hour of the day in Beijing at which most began, of equals the first.
    pub usual_hour: u32,
    /// First event.
    pub first: Utc,
    /// Last event.
    pub last: Utc,
    /// Greatest power of an event, MW.
    pub max_frp_mw: Option<f64>,
}

/// Classes, as they are counted.
pub const CLASSES: [Class; 5] = [Class::Straw, Class::Vegetation, Class::Industrial, Class::Solar, Class::Unknown];

/// Cells with an event inside the counties, in the order of patrols. Simulated events count like others: the data set says what it is.
pub fn burned(events: &[FireEvent]) -> Vec<Burned> {
    let mut cells: BTreeMap<(bool, String), Vec<&FireEvent>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.inside && event.merged_into.is_none()) {
        let cell = event.grid_cell.clone().map_or_else(|| (false, cell_of(event.place)), |cell| (true, cell));
        cells.entry(cell).or_default().push(event);
    }
    let mut rows: Vec<Burned> = cells.into_iter().filter_map(|(cell, events)| row(cell, &events)).collect();
    rows.sort_by(|a, b| (b.days, b.events, b.last, &a.cell).cmp(&(a.days, a.events, a.last, &b.cell)));
    rows.iter_mut().zip(1..).for_each(|(row, rank)| row.rank = rank);
    rows
}

/// `E102.10N36.47`: the south-west corner.
fn cell_of(place: LonLat) -> String {
    let corner = |degrees: f64| (degrees / CELL_DEG).floor() * CELL_DEG;
    format!("E{:.2}N{:.2}", corner(place.lon()), corner(place.lat()))
}

fn row((is_of_grid, cell): (bool, String), events: &[&FireEvent]) -> Option<Burned> {
    let count = events.len() as f64;
    let mean = |part: fn(LonLat) -> f64| events.iter().map(|event| part(event.place)).sum::<f64>() / count;
    let county =
        most(events.iter().filter_map(|event| event.county.as_ref()).map(|county| (&county.adcode, &county.name)));
    let (adcode, name) = county.map_or_else(Default::default, |(code, name)| (code.clone(), name.clone()));
    Some(Burned {
        rank: 0,
        cell,
        is_of_grid,
        adcode,
        county: name,
        place: LonLat::new(mean(LonLat::lon), mean(LonLat::lat))?,
        events: events.len(),
        days: events.iter().map(|event| event.first_seen.beijing_day()).collect::<BTreeSet<_>>().len(),
        classes: CLASSES.map(|class| events.iter().filter(|event| event.class == class).count()),
        usual_hour: most(events.iter().map(|event| event.first_seen.beijing_minute() / 60))?,
        first: events.iter().map(|event| event.first_seen).min()?,
        last: events.iter().map(|event| event.last_seen).max()?,
        max_frp_mw: events.iter().filter_map(|event| event.max_frp_mw).reduce(f64::max),
    })
}

/// What is there most often; of equals the least.
fn most<T: Ord>(all: impl Iterator<Item = T>) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    all.for_each(|one| *counts.entry(one).or_default() += 1);
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(one, _)| one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: &str, lon: f64, cell: Option<&str>) -> FireEvent {
        let place = LonLat::new(lon, 36.478).expect("valid");
        let time = Utc::parse(time).expect("a time");
        FireEvent { grid_cell: cell.map(str::to_string), ..FireEvent::bare(format!("{time:?}"), time, place) }
    }

    /// Counted by hand: two days before two events of one day, though those are later; hours are Beijing's.
    #[test]
    fn cells_are_ranked_by_days_then_events() {
        let events = [
            event("2025-10-20T05:30:00Z", 102.101, None),
            event("2025-10-21T05:50:00Z", 102.109, None),
            event("2025-10-22T05:30:00Z", 102.201, Some("A7")),
            event("2025-10-22T06:30:00Z", 102.401, Some("A7")),
            event("2025-10-23T06:30:00Z", 102.401, Some("B1")),
            FireEvent { inside: false, ..event("2025-10-23T06:30:00Z", 103.401, None) },
        ];
        let rows = burned(&events);
        let told: Vec<_> =
            rows.iter().map(|row| (row.rank, row.cell.as_str(), row.days, row.events, row.usual_hour)).collect();
        assert_eq!(told, [(1, "E102.10N36.47", 2, 2, 13), (2, "A7", 1, 2, 13), (3, "B1", 1, 1, 14)]);
        assert!((rows[0].place.lon() - 102.105).abs() < 1e-9 && !rows[0].is_of_grid && rows[1].is_of_grid);
        assert_eq!(rows[0].classes, [0, 0, 0, 0, 2]);
    }
}
