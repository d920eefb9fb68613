//! Figures as CSV for programs.

use super::{Figures, Row};
use crate::cases::{Cause, Finding};
use crate::deliver::hotspots_csv::text;
use crate::error::{Error, Result};
use crate::ledger::FoundBy;

/// Columns before those of findings, causes, sources and clocks.
const HEADS: [&str; 21] = [
    "adcode",
    "county",
    "township",
    "day",
    "events",
    "continuing",
    "excluded",
    "pixels",
    "pixels_of_lists",
    "observed",
    "hours_looked",
    "hours",
    "cropland_kha",
    "pixels_per_kha",
    "events_per_kha",
    "verified",
    "approved",
    "before_satellite",
    "open",
    "simulated",
    "sentence",
];

/// Rows by `county`, `township` or `day`, behind them all together.
///
/// # Errors
/// [`Error::Output`], which does not happen.
pub fn csv(figures: &Figures, by: &str) -> Result<String> {
    let rows = match by {
        "township" => &figures.townships,
        "day" => &figures.county_days,
        _ => &figures.counties,
    };
    let mut csv = csv::Writer::from_writer(Vec::new());
    let mut write = |cells: Vec<String>| csv.write_record(cells).map_err(|error| Error::output("figures", error));
    let heads = heads(&figures.total);
    write(heads.clone())?;
    for row in rows.iter().chain([&figures.total]) {
        let mut cells = cells(row, figures.simulated);
        // days have no clocks
        cells.resize(heads.len(), String::new());
        write(cells)?;
    }
    let bytes = csv.into_inner().map_err(|error| Error::output("figures", error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn heads(total: &Row) -> Vec<String> {
    let findings = Finding::ALL.iter().map(|finding| format!("finding_{}", finding.code()));
    let causes = Cause::ALL.iter().map(|cause| format!("cause_{}", cause.code()));
    let sources = FoundBy::ALL.iter().map(|by| format!("found_by_{}", by.code()));
    let clocks = total.clocks.iter().flat_map(|clock| {
        let name = format!("{:?}", clock.clock).to_lowercase();
        ["done", "median_min", "p90_min", "in_time", "late", "waiting_late"].map(|part| format!("{name}_{part}"))
    });
    HEADS.iter().map(|head| (*head).to_string()).chain(findings).chain(causes).chain(sources).chain(clocks).collect()
}

fn cells(row: &Row, simulated: bool) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let own = [
        text(&row.adcode),
        text(&row.county),
        text(row.township.as_deref().unwrap_or_default()),
        row.day.clone().unwrap_or_default(),
        row.events.to_string(),
        row.continuing.to_string(),
        row.excluded.to_string(),
        row.pixels.to_string(),
        row.pixels_of_lists.to_string(),
        number(row.observed),
        row.hours_looked.to_string(),
        row.hours.to_string(),
        number(row.cropland_kha),
        number(row.pixels_per_kha),
        number(row.events_per_kha),
        row.verified.to_string(),
        row.approved.to_string(),
        row.before_satellite.to_string(),
        row.open.to_string(),
        simulated.to_string(),
        text(&row.sentence),
    ];
    let of = |counts: &std::collections::BTreeMap<&'static str, usize>, code: &str| {
        counts.get(code).copied().unwrap_or(0).to_string()
    };
    let findings = Finding::ALL.iter().map(|finding| of(&row.findings, finding.code()));
    let causes = Cause::ALL.iter().map(|cause| of(&row.causes, cause.code()));
    let sources = FoundBy::ALL.iter().map(|by| of(&row.found_by, by.code()));
    let clocks = row.clocks.iter().flat_map(|clock| {
        [
            clock.done.to_string(),
            number(clock.median_min),
            number(clock.p90_min),
            clock.in_time.to_string(),
            clock.late.to_string(),
            clock.waiting_late.to_string(),
        ]
    });
    own.into_iter().chain(findings).chain(causes).chain(sources).chain(clocks).collect()
}
