//! What was seen of each county by each look, and when nobody looked: `coverage.geojson` and `coverage.csv`.

pub mod of_run;
pub mod of_store;
pub mod period;
pub mod read;
pub mod remarks;
pub mod smallest;
pub mod statistics;
pub mod sums;
pub mod tables;

use super::scan_report::{COARSE_VIIRS, GranuleReport, Looked, ScanReport};
use super::{PROGRAM_VERSION, atomic, geojson, hotspots_csv, rounded};
use crate::error::Result;
use crate::place::LonLat;
use crate::site::{County, Site};
use crate::thresholds::SmallestFires;
use crate::time::Utc;
use geo::InteriorPoint;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What became of a slot or overpass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was looked at.
    Look,
    /// A slot that the satellite was known not to take.
    PlannedGap,
    /// A slot that it should have taken and that was not given.
    Absent,
    /// It was given and could not be read, or held no measurement of any county.
    Unreadable,
    /// It was read, and the site lies outside of it.
    NotOverSite,
}

impl Kind {
    /// The word in `kind`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Look => "look",
            Kind::PlannedGap => "planned_gap",
            Kind::Absent => "absent",
            Kind::Unreadable => "unreadable",
            Kind::NotOverSite => "not_over_site",
        }
    }
}

/// Shares of a county's ground, 0 to 1; they sum to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Shares {
    /// Seen.
    pub clear: f64,
    /// Under cloud.
    pub cloud: f64,
    /// Out of the swath or window, or out of the satellite's sight.
    pub not_covered: f64,
    /// Not looked at, as was known before.
    pub planned_gap: f64,
    /// Fill, damage, a file that is not there, and what could not be judged.
    pub missing: f64,
}

impl Shares {
    /// Their mean; nothing of nothing.
    pub(crate) fn mean(all: &[Shares]) -> Shares {
        let of = |part: fn(&Shares) -> f64| all.iter().map(part).sum::<f64>() / all.len().max(1) as f64;
        Shares {
            clear: of(|shares| shares.clear),
            cloud: of(|shares| shares.cloud),
            not_covered: of(|shares| shares.not_covered),
            planned_gap: of(|shares| shares.planned_gap),
            missing: of(|shares| shares.missing),
        }
    }
}

/// One county in one slot or overpass.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CoverageRow {
    /// Six-digit code of the county.
    pub adcode: String,
    /// Its name.
    pub county: String,
    /// Start of the observation, or of the slot.
    pub time: Utc,
    /// Satellite; empty where nothing that was read says which.
    pub satellite: String,
    /// Sensor; empty as the satellite.
    pub sensor: String,
    /// What became of it.
    pub kind: Kind,
    /// What was seen.
    #[serde(flatten)]
    pub shares: Shares,
    /// Power of the smallest fire that nine in ten clear looks of its kind show, MW; `None` where nothing was clear.
    pub smallest_fire_mw: Option<f64>,
    /// The table or default that it is from.
    pub smallest_fire_source: Option<String>,
    /// Name of the granule; empty for a slot that is not there.
    pub granule: String,
    /// Detector.
    pub algorithm: String,
    /// Thresholds profile.
    pub profile: String,
    /// Made by the simulator.
    pub simulated: bool,
}

/// The sensor as counts are comparable by: VIIRS at 750 m is another one than at 375 m.
pub fn sensor_key(satellite: &str, sensor: &str, algorithm: &str) -> String {
    let coarse = if algorithm == COARSE_VIIRS { " 750m" } else { "" };
    format!("{satellite} {sensor}{coarse}").trim().to_string()
}

/// A place within a county.
pub fn point_in(county: &County) -> Option<LonLat> {
    let inside = county.shape.interior_point().map(|point| (point.x(), point.y()));
    let middle = || {
        let b = county.bbox;
        (b.west.midpoint(b.east), b.south.midpoint(b.north))
    };
    let (lon, lat) = inside.unwrap_or_else(middle);
    LonLat::new(lon, lat)
}

/// Rows of a run that is complete: each granule and each planned or absent slot, by time and county.
pub fn rows(report: &ScanReport, site: &Site, t: &SmallestFires) -> Vec<CoverageRow> {
    let mut rows = Vec::new();
    for granule in &report.granules {
        rows.extend(of_granule(report, granule, site, t));
    }
    // an overpass that did not come; slots are in the accounts
    for missed in report.missing.iter().filter(|missed| !report.slots.iter().any(|of| of.satellite == missed.satellite))
    {
        rows.extend(site.counties.iter().map(|county| CoverageRow {
            satellite: missed.satellite.clone(),
            ..CoverageRow::not_looked(county, missed.time, Kind::Absent)
        }));
    }
    for account in &report.slots {
        let like = report.granules.iter().find(|g| g.look != Looked::NotOverSite && g.satellite == account.satellite);
        for (kind, times) in [(Kind::PlannedGap, &account.planned), (Kind::Absent, &account.absent)] {
            for time in times {
                rows.extend(site.counties.iter().map(|county| CoverageRow {
                    satellite: account.satellite.clone(),
                    sensor: like.map_or(String::new(), |look| look.sensor.clone()),
                    simulated: like.is_some_and(|look| look.simulated),
                    ..CoverageRow::not_looked(county, *time, kind)
                }));
            }
        }
    }
    sort(&mut rows);
    rows
}

/// By time, satellite, granule and county: the same input gives the same file.
pub(crate) fn sort(rows: &mut [CoverageRow]) {
    rows.sort_by(|a, b| {
        (a.time, &a.satellite, &a.sensor, &a.granule, &a.adcode).cmp(&(
            b.time,
            &b.satellite,
            &b.sensor,
            &b.granule,
            &b.adcode,
        ))
    });
}

fn of_granule(report: &ScanReport, granule: &GranuleReport, site: &Site, t: &SmallestFires) -> Vec<CoverageRow> {
    let who = report.who(granule);
    let row = |county: &County, shares: Shares, smallest: Option<(f64, String)>| {
        let (smallest_fire_mw, smallest_fire_source) = smallest.unzip();
        CoverageRow {
            satellite: who.satellite.clone(),
            sensor: who.sensor.clone(),
            shares,
            smallest_fire_mw,
            smallest_fire_source,
            granule: granule.granule.clone(),
            algorithm: granule.algorithm.clone(),
            profile: granule.profile.clone(),
            simulated: who.simulated,
            ..CoverageRow::not_looked(county, granule.time, kind_of(granule.look))
        }
    };
    let of_county = |county: &County| {
        let share = granule.counties.iter().find(|share| share.adcode == county.name.adcode)?;
        let parts = Shares {
            clear: rounded(share.observed_fraction, 6),
            cloud: rounded(share.cloud_fraction, 6),
            not_covered: rounded(share.not_covered_fraction, 6),
            planned_gap: 0.0,
            missing: rounded((share.missing_fraction - share.not_covered_fraction).max(0.0), 6),
        };
        let place = point_in(county).filter(|_| parts.clear > 0.0);
        Some(row(county, parts, place.and_then(|place| smallest::smallest_fire(granule, place, t))))
    };
    site.counties.iter().filter_map(of_county).collect()
}

fn kind_of(look: Looked) -> Kind {
    match look {
        Looked::Yes => Kind::Look,
        Looked::NotOverSite => Kind::NotOverSite,
        Looked::Unreadable => Kind::Unreadable,
    }
}

impl CoverageRow {
    /// A slot that nobody looked at.
    pub(crate) fn not_looked(county: &County, time: Utc, kind: Kind) -> Self {
        let shares = match kind {
            Kind::PlannedGap => Shares { planned_gap: 1.0, ..Shares::default() },
            _ => Shares { missing: 1.0, ..Shares::default() },
        };
        CoverageRow {
            adcode: county.name.adcode.clone(),
            county: county.name.name.clone(),
            time,
            satellite: String::new(),
            sensor: String::new(),
            kind,
            shares,
            smallest_fire_mw: None,
            smallest_fire_source: None,
            granule: String::new(),
            algorithm: String::new(),
            profile: String::new(),
            simulated: false,
        }
    }

    /// Satellite and sensor as counts are comparable by.
    pub fn sensor_key(&self) -> String {
        sensor_key(&self.satellite, &self.sensor, &self.algorithm)
    }

    /// County, time, sensor, and granule or what became of the slot: the `id` of its Feature.
    pub(super) fn id(&self) -> String {
        let name = if self.granule.is_empty() { self.kind.name() } else { &self.granule };
        format!("{} {} {} {name}", self.adcode, self.time.compact(), self.sensor_key())
    }
}

#[derive(Serialize)]
struct Properties<'a> {
    #[serde(flatten)]
    row: &'a CoverageRow,
    program_version: &'static str,
}

/// Writes `coverage.geojson`: one Point a county and look, inside the county.
///
/// # Errors
/// [`crate::error::Error::Output`] where the file cannot be written.
pub fn write_geojson(path: &Path, rows: &[CoverageRow], site: &Site) -> Result<()> {
    let points: Vec<(&str, Option<LonLat>)> =
        site.counties.iter().map(|county| (county.name.adcode.as_str(), point_in(county))).collect();
    let place = |adcode: &str| points.iter().find(|(code, _)| *code == adcode).and_then(|(_, place)| *place);
    let placed: Vec<Placed<'_>> = rows.iter().filter_map(|row| Some((row.id(), place(&row.adcode)?, row))).collect();
    let order: Vec<_> = placed.iter().collect();
    let simulated = rows.iter().any(|row| row.simulated);
    geojson::write(path, &geojson::Collection::new(simulated, geojson::Features(&order, feature)))
}

/// Id, place in the county, and the row.
type Placed<'r> = (String, LonLat, &'r CoverageRow);

fn feature<'a>((id, place, row): &'a Placed<'a>) -> geojson::Feature<'a, Properties<'a>> {
    geojson::Feature::new(id, *place, Properties { row, program_version: PROGRAM_VERSION })
}

type Cell = fn(&CoverageRow) -> String;

/// Names and contents, in the order of the file.
const COLUMNS: &[(&str, Cell)] = &[
    ("adcode", |r| hotspots_csv::text(&r.adcode)),
    ("county", |r| hotspots_csv::text(&r.county)),
    ("time_utc", |r| r.time.rfc3339()),
    ("time_beijing", |r| r.time.beijing()),
    ("satellite", |r| hotspots_csv::text(&r.satellite)),
    ("sensor", |r| hotspots_csv::text(&r.sensor)),
    ("kind", |r| r.kind.name().to_string()),
    ("clear", |r| r.shares.clear.to_string()),
    ("cloud", |r| r.shares.cloud.to_string()),
    ("not_covered", |r| r.shares.not_covered.to_string()),
    ("planned_gap", |r| r.shares.planned_gap.to_string()),
    ("missing", |r| r.shares.missing.to_string()),
    ("smallest_fire_mw", |r| r.smallest_fire_mw.map_or_else(String::new, |mw| mw.to_string())),
    ("smallest_fire_source", |r| r.smallest_fire_source.clone().unwrap_or_default()),
    ("granule", |r| hotspots_csv::text(&r.granule)),
    ("algorithm", |r| hotspots_csv::text(&r.algorithm)),
    ("profile", |r| hotspots_csv::text(&r.profile)),
    ("simulated", |r| r.simulated.to_string()),
    ("program_version", |_| PROGRAM_VERSION.to_string()),
];

/// Writes `coverage.csv`: the same rows, with the time in UTC and in Beijing.
///
/// # Errors
/// [`crate::error::Error::Output`] where the file cannot be written.
pub fn write_csv(path: &Path, rows: &[CoverageRow]) -> Result<()> {
    atomic::write(path, |out| {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(COLUMNS.iter().map(|(name, _)| name))?;
        for row in rows {
            csv.write_record(COLUMNS.iter().map(|(_, cell)| cell(row)))?;
        }
        csv.flush()
    })
}
