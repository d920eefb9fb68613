//! Columns of coverage: those of a Feature of `coverage.geojson`.

use super::column::{Column, Read, Record, word, words};
use super::ground::Areas;
use crate::deliver::PROGRAM_VERSION;
use crate::deliver::coverage::CoverageRow;
use crate::deliver::geojson::known;
use crate::time::Utc;
use Read::{Flag, Float, Text, Time};
use std::borrow::Cow;

/// What was seen of each county by each look.
pub(super) struct Coverage;

/// A county in a look as its columns read it.
pub(super) struct Seen<'a> {
    row: &'a CoverageRow,
    id: String,
    at: Option<[f64; 2]>,
}

impl Record for Coverage {
    type Item = CoverageRow;
    type Row<'a> = Seen<'a>;
    const NAME: &'static str = "coverage";
    const TITLE: &'static str = "What was seen of each county by each look";
    const GEOMETRY: &'static str = "Point";
    const COLUMNS: &'static [Column<Coverage>] = COLUMNS;

    fn order(row: &CoverageRow) -> (Utc, Cow<'_, str>) {
        (row.time, Cow::Owned(row.id()))
    }

    fn is_simulated(row: &CoverageRow) -> bool {
        row.simulated
    }

    fn row<'a>(row: &'a CoverageRow, areas: &'a Areas) -> Seen<'a> {
        Seen { row, id: row.id(), at: areas.get(&row.adcode).map(|area| area.point) }
    }

    fn at(row: &Seen<'_>) -> Option<[f64; 2]> {
        row.at
    }
}

const COLUMNS: &[Column<Coverage>] = &[
    Column::new("id", "", "county, time, satellite, sensor, and granule or kind", Text(|c| word(&c.id))),
    Column::new("time", "UTC", "start of the observation, or of the slot", Time(|c| Some(c.row.time))),
    Column::new("adcode", "", "code of the county", Text(|c| word(&c.row.adcode))),
    Column::new("county", "", "its name", Text(|c| word(&c.row.county))),
    Column::new("satellite", "", "null where nothing that was read says it", Text(|c| word(&c.row.satellite))),
    Column::new("sensor", "", "null where nothing that was read says it", Text(|c| word(&c.row.sensor))),
    Column::new(
        "kind",
        "look, planned_gap, absent, unreadable, not_over_site",
        "what became of the slot or overpass",
        Text(|c| word(c.row.kind.name())),
    ),
    Column::new("clear", "0 to 1", "share of the county that was seen", Float(|c| share(c.row.shares.clear))),
    Column::new("cloud", "0 to 1", "share under cloud", Float(|c| share(c.row.shares.cloud))),
    Column::new("not_covered", "0 to 1", "share out of sight", Float(|c| share(c.row.shares.not_covered))),
    Column::new("planned_gap", "0 to 1", "share not looked at, as planned", Float(|c| share(c.row.shares.planned_gap))),
    Column::new("missing", "0 to 1", "share without a judgement: no data", Float(|c| share(c.row.shares.missing))),
    Column::new(
        "smallest_fire_mw",
        "MW",
        "smallest fire that nine in ten clear looks show; null where nothing was clear",
        Float(|c| known(c.row.smallest_fire_mw, 3)),
    ),
    Column::new(
        "smallest_fire_source",
        "",
        "the table or default that it is from",
        Text(|c| words(c.row.smallest_fire_source.as_deref())),
    ),
    Column::new("granule", "", "null for a slot that is not there", Text(|c| word(&c.row.granule))),
    Column::new("algorithm", "", "null where nothing was looked at", Text(|c| word(&c.row.algorithm))),
    Column::new("profile", "", "thresholds profile; null as the algorithm", Text(|c| word(&c.row.profile))),
    Column::new("simulated", "", "made by the simulator", Flag(|c| Some(c.row.simulated))),
    Column::new("program_version", "", "of this program", Text(|_| word(PROGRAM_VERSION))),
];

/// To the millionth.
fn share(share: f64) -> Option<f64> {
    known(Some(share), 6)
}
