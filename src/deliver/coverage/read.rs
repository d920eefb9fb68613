//! Reads back what runs wrote: coverage.csv, fires.geojson and events.geojson, of one run or of many.

use super::{CoverageRow, Kind, Shares, sensor_key};
use crate::error::{Error, Result};
use crate::site::Site;
use crate::time::Utc;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A kept fire pixel of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenFire {
    /// Its id.
    pub id: String,
    /// When it was seen.
    pub time: Utc,
    /// Satellite, sensor and the two together as counts are comparable by.
    pub satellite: String,
    /// See `satellite`.
    pub sensor: String,
    /// See `satellite`.
    pub key: String,
    /// County of the site; `None` outside.
    pub adcode: Option<String>,
    /// Pixels that it is made of: one, or those of its cluster.
    pub pixels: usize,
    /// From a list of others, which does not say what was seen.
    pub of_list: bool,
    /// Made by the simulator.
    pub simulated: bool,
    /// The rule that took it for no fire; `None` for kept ones.
    pub reason: Option<String>,
}

/// An event of a run that was not merged into another one.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenEvent {
    /// Its id.
    pub id: String,
    /// First look that saw it.
    pub first_seen: Utc,
    /// County of its place.
    pub adcode: Option<String>,
    /// Ids of its fire pixels.
    pub members: Vec<String>,
    /// From a list of others.
    pub of_list: bool,
    /// Number of its run among those that are summed: each run joins its fires to events by itself.
    pub run: usize,
}

/// What a run left.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// Rows of its coverage.
    pub rows: Vec<CoverageRow>,
    /// Its kept fires; `None` for a coverage.csv alone, which does not have them.
    pub found: Option<(Vec<SeenFire>, Vec<SeenEvent>)>,
    /// Hot pixels in the counties that rules took for no fire.
    pub screened: Vec<SeenFire>,
    /// Its folder or file.
    pub name: String,
    /// Made by the simulator, wholly or in part.
    pub simulated: bool,
}

const SCAN_AGAIN: &str = "scan the granules again into this folder";

/// Runs of a path, by name: the folder itself where it is one and those at any depth below, for a run may lie within
/// another. A file stands for itself. What cannot be read is an error of its own and hides no other run.
pub fn runs_in(path: &Path) -> Vec<Result<PathBuf>> {
    if !path.is_dir() {
        return vec![Ok(path.to_path_buf())];
    }
    let (mut runs, mut errors) = (Vec::new(), Vec::new());
    // a link may lead back up: each folder once, by its true name
    let (mut met, mut open) = (BTreeSet::new(), vec![path.to_path_buf()]);
    while let Some(folder) = open.pop() {
        let entries = std::fs::canonicalize(&folder).and_then(|name| Ok((name, listed(&folder)?)));
        match entries.map_err(|error| Error::read(&folder, error)) {
            Err(error) => errors.push(Err(error)),
            Ok((name, entries)) => {
                if !met.insert(name) {
                    continue;
                }
                open.extend(entries.into_iter().filter(|entry| entry.is_dir()));
                if ["fires.geojson", "coverage.csv"].iter().any(|file| folder.join(file).exists()) {
                    runs.push(folder);
                }
            }
        }
    }
    if runs.is_empty() && errors.is_empty() {
        let expected = "a folder that scan or import wrote, a folder of such folders, or a coverage.csv";
        errors.push(Err(Error::input(path, "no fires.geojson and no coverage.csv", expected, "name one")));
    }
    runs.sort();
    runs.into_iter().map(Ok).chain(errors).collect()
}

fn listed(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

/// Reads a run: a folder that scan or import wrote, or a coverage.csv alone.
///
/// # Errors
/// [`Error::Input`] or [`Error::Read`] where a file of it is absent or not what it should be; a table without a county of the
/// site would pass for one of a county that nobody looked at.
pub fn read(path: &Path, site: &Site) -> Result<Run> {
    let name = path.display().to_string();
    if !path.is_dir() {
        let rows = coverage(path, site)?;
        let simulated = rows.iter().any(|row| row.simulated);
        return Ok(Run { rows, name, simulated, ..Run::default() });
    }
    let report: Report = json(&path.join("scan.json"))?;
    let table = path.join("coverage.csv");
    let of_list = !table.exists();
    if of_list && report.granules.iter().any(|granule| !granule.counties.is_empty()) {
        let found = "a scan without coverage.csv";
        return Err(Error::input(path, found, "one of this version", SCAN_AGAIN));
    }
    let rows = if of_list { Vec::new() } else { coverage(&table, site)? };
    let fires = fires(&path.join("fires.geojson"), of_list)?;
    let events = events(&path.join("events.geojson"), of_list)?;
    let simulated = report.simulated || rows.iter().any(|row| row.simulated) || fires.iter().any(|fire| fire.simulated);
    let screened = report.screened.into_iter().map(|screened| screened.seen(path, (of_list, simulated)));
    let screened = screened.collect::<Result<Vec<_>>>()?;
    Ok(Run { rows, found: Some((fires, events)), screened, name, simulated })
}

/// The part of scan.json that tells a scan from an import, and what fires.geojson does not have.
#[derive(Deserialize)]
struct Report {
    granules: Vec<Granule>,
    #[serde(default)]
    screened: Vec<Screened>,
    #[serde(default)]
    simulated: bool,
}

#[derive(Deserialize)]
struct Granule {
    counties: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Screened {
    id: String,
    time: String,
    satellite: String,
    sensor: String,
    algorithm: String,
    adcode: String,
    pixel_count: Option<usize>,
    reason: String,
}

impl Screened {
    fn seen(self, folder: &Path, (of_list, simulated): (bool, bool)) -> Result<SeenFire> {
        Ok(SeenFire {
            time: moment(&folder.join("scan.json"), &self.time)?,
            key: sensor_key(&self.satellite, &self.sensor, &self.algorithm),
            id: self.id,
            satellite: self.satellite,
            sensor: self.sensor,
            adcode: Some(self.adcode),
            pixels: self.pixel_count.unwrap_or(1),
            of_list,
            simulated,
            reason: Some(self.reason),
        })
    }
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::read(path, error).advise(&format!("without it the run is not whole: {SCAN_AGAIN}")))?;
    let refuse = |error: serde_json::Error| {
        Error::input(path, error.to_string(), "the file as scan or import writes it", SCAN_AGAIN)
    };
    serde_json::from_str(&text).map_err(refuse)
}

#[derive(Deserialize)]
struct Collection<P> {
    features: Vec<Feature<P>>,
}

#[derive(Deserialize)]
struct Feature<P> {
    id: String,
    properties: P,
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Deserialize)]
struct FireProperties {
    time: String,
    satellite: String,
    sensor: String,
    algorithm: String,
    adcode: Option<String>,
    pixel_count: Option<usize>,
    verdict: String,
    simulated: bool,
}

#[derive(Deserialize)]
struct EventProperties {
    first_seen: String,
    adcode: Option<String>,
    merged_into: Option<String>,
}

fn moment(path: &Path, text: &str) -> Result<Utc> {
    Utc::parse(text)
        .ok_or_else(|| Error::input(path, format!("the time {text:?}"), "a time as in RFC 3339", SCAN_AGAIN))
}

fn fires(path: &Path, of_list: bool) -> Result<Vec<SeenFire>> {
    let collection: Collection<FireProperties> = json(path)?;
    let kept = collection.features.into_iter().filter(|fire| fire.properties.verdict == "kept");
    kept.map(|fire| {
        let p = fire.properties;
        Ok(SeenFire {
            id: fire.id,
            time: moment(path, &p.time)?,
            key: sensor_key(&p.satellite, &p.sensor, &p.algorithm),
            satellite: p.satellite,
            sensor: p.sensor,
            adcode: p.adcode,
            // runs before there were clusters, and all other sensors, do not say it
            pixels: p.pixel_count.unwrap_or(1),
            of_list,
            simulated: p.simulated,
            reason: None,
        })
    })
    .collect()
}

fn events(path: &Path, of_list: bool) -> Result<Vec<SeenEvent>> {
    let collection: Collection<EventProperties> = json(path)?;
    let open = collection.features.into_iter().filter(|event| event.properties.merged_into.is_none());
    open.map(|event| {
        let (p, members) = (event.properties, event.members);
        let first_seen = moment(path, &p.first_seen)?;
        Ok(SeenEvent { id: event.id, first_seen, adcode: p.adcode, members, of_list, run: 0 })
    })
    .collect()
}

/// A line of coverage.csv.
#[derive(Deserialize)]
struct Line {
    adcode: String,
    county: String,
    time_utc: String,
    satellite: String,
    sensor: String,
    kind: Kind,
    clear: f64,
    cloud: f64,
    not_covered: f64,
    planned_gap: f64,
    missing: f64,
    smallest_fire_mw: Option<f64>,
    smallest_fire_source: Option<String>,
    granule: String,
    algorithm: String,
    profile: String,
    simulated: bool,
}

fn coverage(path: &Path, site: &Site) -> Result<Vec<CoverageRow>> {
    let refuse = |found: String| Error::input(path, found, "coverage.csv as scan writes it", SCAN_AGAIN);
    let file = std::fs::File::open(path).map_err(|error| Error::read(path, error))?;
    let mut csv = csv::Reader::from_reader(file);
    let lines = csv.deserialize::<Line>().enumerate();
    let rows: Vec<CoverageRow> = lines
        .map(|(n, line)| {
            let line = line.map_err(|error| refuse(error.to_string()))?;
            row(path, line).map_err(|found| refuse(format!("in line {}: {found}", n + 2)))
        })
        .collect::<Result<_>>()?;
    whole(&rows, site).map_err(refuse)?;
    Ok(rows)
}

/// Whether each look and gap has every county of the site: a table that was cut, or of another site, does not.
fn whole(rows: &[CoverageRow], site: &Site) -> std::result::Result<(), String> {
    if rows.is_empty() {
        return Err("no row of any county".to_string());
    }
    let mut looks: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for row in rows {
        looks.entry((row.time, row.kind, row.sensor_key(), &row.granule)).or_default().insert(&row.adcode);
    }
    for ((time, kind, ..), codes) in &looks {
        let absent = site.counties.iter().find(|county| !codes.contains(county.name.adcode.as_str()));
        if let Some(county) = absent {
            let name = &county.name;
            return Err(format!(
                "no row of {} {} in the {} of {}",
                name.adcode,
                name.name,
                kind.name(),
                time.rfc3339()
            ));
        }
    }
    Ok(())
}

fn row(path: &Path, line: Line) -> std::result::Result<CoverageRow, String> {
    let Line { clear, cloud, not_covered, planned_gap, missing, .. } = line;
    let parts = [clear, cloud, not_covered, planned_gap, missing];
    let sum: f64 = parts.iter().sum();
    // a county of which nothing was counted has no shares; six decimals leave the sum a little off
    if parts.iter().any(|part| !(0.0..=1.0).contains(part)) || (sum - 1.0).abs() > 1e-3 {
        return Err(format!("shares {parts:?}, which are no parts of 1"));
    }
    Ok(CoverageRow {
        time: moment(path, &line.time_utc).map_err(|error| error.to_string())?,
        adcode: line.adcode,
        county: line.county,
        satellite: line.satellite,
        sensor: line.sensor,
        kind: line.kind,
        shares: Shares { clear, cloud, not_covered, planned_gap, missing },
        smallest_fire_mw: line.smallest_fire_mw.filter(|mw| mw.is_finite()),
        smallest_fire_source: line.smallest_fire_source,
        granule: line.granule,
        algorithm: line.algorithm,
        profile: line.profile,
        simulated: line.simulated,
    })
}

/// Names of sensors that are there: key, satellite, sensor.
pub fn sensors(runs: &[Run]) -> BTreeSet<(String, String, String)> {
    let looks = runs.iter().flat_map(|run| &run.rows).filter(|row| row.kind == Kind::Look);
    let looked = looks.map(|row| (row.sensor_key(), row.satellite.clone(), row.sensor.clone()));
    let fires = runs.iter().flat_map(|run| run.found.iter().flat_map(|(fires, _)| fires));
    looked.chain(fires.map(|fire| (fire.key.clone(), fire.satellite.clone(), fire.sensor.clone()))).collect()
}
