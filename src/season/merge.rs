//! One data set of a season: what DuckDB, pandas and QGIS open, with what it was made from.

use super::burned::{self, Burned};
use super::gather::Gathered;
use super::{Season, claim, plan};
use crate::deliver::dataset::Dataset;
use crate::deliver::hotspots_csv::text;
use crate::deliver::{PROGRAM, PROGRAM_VERSION, atomic, folder};
use crate::error::{Error, Result};
use crate::fire::Verdict;
use crate::schedule::SlotAccount;
use crate::site::Site;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the data set says of itself, as `season.json`.
#[derive(Serialize)]
struct Summary<'a> {
    program: &'static str,
    version: &'static str,
    simulated: bool,
    site: &'a str,
    from: String,
    to: String,
    profile: &'a str,
    thresholds: &'a str,
    site_hash: &'a str,
    /// Hash of the areas, posts and announced gaps that it was joined with.
    joined_with: String,
    baseline: bool,
    looks: usize,
    /// Looks and lists that were read.
    read: usize,
    /// Files and looks that could not be read.
    errors: usize,
    fires_kept: usize,
    /// By reason.
    fires_dropped: BTreeMap<&'a str, usize>,
    /// Events inside the counties.
    events: usize,
    /// Of each geostationary satellite.
    slots: Vec<&'a SlotAccount>,
    /// Looks that the timetables have and the inputs had not.
    missing: usize,
}

/// Names of what is written beside the data set.
const BURNED: &str = "burned_cells.csv";
const ERRORS: &str = "errors.csv";
const SUMMARY: &str = "season.json";
/// By which a folder is known, whatever became of a merge that was killed.
const MARK: &str = "season";

/// Writes the data set, the burned cells, what could not be read, and the summary, which comes last; gives the files.
///
/// # Errors
/// [`Error::Output`].
pub fn merge(season: &Season, gathered: &Gathered, site: &Site, out: &Path) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(out).map_err(|error| Error::output(out, error))?;
    claim(out, MARK)?;
    let _alone = folder::alone_in(out)?;
    let dataset = Dataset {
        site,
        fires: &gathered.fires,
        events: &gathered.events,
        coverage: &gathered.coverage,
        simulated: gathered.report.simulated,
    };
    let [cells, errors, summary] = [BURNED, ERRORS, SUMMARY].map(|name| out.join(name));
    atomic::write_bytes(&cells, &burned_csv(&burned::burned(&gathered.events), &cells)?)?;
    atomic::write_bytes(&errors, &errors_csv(gathered, &errors)?)?;
    let mut files = dataset.write(out)?;
    let joined_with = plan::territory_hash(site)?;
    let mut json = serde_json::to_vec_pretty(&self::summary(season, gathered, joined_with))
        .map_err(|error| Error::output(&summary, error))?;
    json.push(b'\n');
    atomic::write_bytes(&summary, &json)?;
    files.extend([cells, errors, summary]);
    Ok(files)
}

fn summary<'a>(season: &'a Season, gathered: &'a Gathered, joined_with: String) -> Summary<'a> {
    let plan = &season.plan;
    let mut dropped: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in gathered.fires.iter().filter_map(|fire| fire.verdict.reason()) {
        *dropped.entry(reason).or_default() += 1;
    }
    Summary {
        program: PROGRAM,
        version: PROGRAM_VERSION,
        simulated: gathered.report.simulated,
        site: &plan.site,
        from: plan.from.rfc3339(),
        to: plan.to.rfc3339(),
        profile: &plan.profile,
        thresholds: &plan.thresholds,
        site_hash: &plan.site_hash,
        joined_with,
        baseline: plan.baseline,
        looks: gathered.report.granules.iter().filter(|granule| !granule.is_list()).count(),
        read: gathered.read,
        errors: gathered.report.errors.len(),
        fires_kept: gathered.fires.iter().filter(|fire| fire.verdict == Verdict::Kept).count(),
        fires_dropped: dropped,
        events: gathered.events.iter().filter(|event| event.inside).count(),
        slots: gathered.report.slots.iter().collect(),
        missing: gathered.report.missing.len(),
    }
}

fn burned_csv(cells: &[Burned], path: &Path) -> Result<Vec<u8>> {
    let heads = [
        "rank",
        "cell",
        "of_grid",
        "adcode",
        "county",
        "longitude",
        "latitude",
        "events",
        "days",
        "straw",
        "vegetation",
        "industrial",
        "solar",
        "unknown",
        "usual_hour_beijing",
        "first_beijing",
        "last_beijing",
        "max_frp_mw",
    ];
    let row = |cell: &Burned| {
        let mut row = vec![cell.rank.to_string(), text(&cell.cell), cell.is_of_grid.to_string()];
        row.extend([text(&cell.adcode), text(&cell.county)]);
        row.extend([cell.place.lon(), cell.place.lat()].map(|degrees| format!("{degrees:.5}")));
        row.extend([cell.events, cell.days].map(|count| count.to_string()));
        row.extend(cell.classes.map(|count| count.to_string()));
        row.extend([cell.usual_hour.to_string(), cell.first.beijing(), cell.last.beijing()]);
        row.push(cell.max_frp_mw.map_or(String::new(), |mw| format!("{mw:.1}")));
        row
    };
    table(&heads, cells.iter().map(row), path)
}

fn errors_csv(gathered: &Gathered, path: &Path) -> Result<Vec<u8>> {
    let row = |error: &crate::deliver::scan_report::InputError| vec![text(&error.file), text(&error.message)];
    table(&["file", "message"], gathered.report.errors.iter().map(row), path)
}

fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>, path: &Path) -> Result<Vec<u8>> {
    let failed = |error: String| Error::output(path, error);
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(heads).map_err(|error| failed(error.to_string()))?;
    for row in rows {
        csv.write_record(row).map_err(|error| failed(error.to_string()))?;
    }
    csv.into_inner().map_err(|error| failed(error.to_string()))
}
