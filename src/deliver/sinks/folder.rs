//! Files in a folder that another program watches: one GeoJSON file a notice, or one CSV a Beijing day that grows.

use super::http::hex;
use super::{Answer, Kind, Letter, Notice};
use crate::deliver::hotspots_csv::text;
use crate::deliver::{PROGRAM_VERSION, atomic, folder, rounded};
use crate::error::{Error, Result};
use crate::fire::FireEvent;
use crate::ingest::geometry::sun::Sun;
use crate::site::{FolderFormat, Sink as Config};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    format: FolderFormat,
    /// One writer at a time: a day's file is read, changed and written again.
    turn: tokio::sync::Mutex<()>,
}

/// The body of a notice as GeoJSON: the event's Feature, with what happened beside its properties.
///
/// # Errors
/// [`Error::Output`] where it cannot be made into JSON: a bug.
pub(super) fn geojson(notice: &Notice<'_>) -> Result<String> {
    let mut feature = notice.feature()?;
    feature["notice"] = json!({
        "key": notice.key(),
        "kind": notice.kind.name(),
        "revision": notice.revision,
        "late": notice.late,
        "at": notice.at.rfc3339(),
        "site": notice.site,
    });
    Ok(format!("{feature}\n"))
}

/// What a row of the day's file is made of.
type Column = (&'static str, fn(&Notice<'_>) -> String);

/// Names of a FIRMS list first, so that whatever reads FIRMS reads this; then ours.
const COLUMNS: &[Column] = &[
    ("latitude", |n| rounded(n.event.place.lat(), 6).to_string()),
    ("longitude", |n| rounded(n.event.place.lon(), 6).to_string()),
    ("acq_date", |n| n.event.last_seen.date()),
    ("acq_time", |n| n.event.last_seen.hhmm()),
    ("satellite", |n| text(n.event.sources.first().map_or("", String::as_str))),
    ("confidence", |n| n.event.confidence.name().to_string()),
    ("version", |_| PROGRAM_VERSION.to_string()),
    ("frp", |n| n.event.max_frp_mw.filter(|mw| mw.is_finite()).map_or(String::new(), |mw| rounded(mw, 3).to_string())),
    ("daynight", |n| daynight(n.event).to_string()),
    ("event", |n| text(&n.event.id)),
    ("revision", |n| n.revision.to_string()),
    ("kind", |n| n.kind.name().to_string()),
    ("first_seen", |n| n.event.first_seen.rfc3339()),
    ("sources", |n| text(&n.event.sources.join("; "))),
    ("detections", |n| n.event.detections.to_string()),
    ("class", |n| n.event.class.name().to_string()),
    ("adcode", |n| text(n.event.county.as_ref().map_or("", |county| &county.adcode))),
    ("county", |n| text(n.event.county.as_ref().map_or("", |county| &county.name))),
    ("township", |n| text(n.event.township.as_deref().unwrap_or(""))),
    ("grid_cell", |n| text(n.event.grid_cell.as_deref().unwrap_or(""))),
    ("responsible", |n| text(n.event.responsible.as_deref().unwrap_or(""))),
    ("position_error_m", |n| n.event.position_error_m.map_or(String::new(), |m| rounded(m, 0).to_string())),
    ("late", |n| n.late.to_string()),
    ("simulated", |n| n.event.simulated.to_string()),
];

/// Whether the sun was up at the last detection: those of an event may be of day and night.
fn daynight(event: &FireEvent) -> &'static str {
    let (zenith_deg, _) = Sun::at(event.last_seen).zenith_azimuth_deg(event.place);
    if zenith_deg < 90.0 { "D" } else { "N" }
}

/// The body of a notice as a row: the day that it belongs to, whether the event is still one, its names and values.
///
/// # Errors
/// [`Error::Output`] where it cannot be made into JSON: a bug.
pub(super) fn firms_row(notice: &Notice<'_>) -> Result<String> {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let values: Vec<String> = COLUMNS.iter().map(|(_, value)| value(notice)).collect();
    // by its first detection: an event that burns past midnight stays in one file
    let day = notice.event.first_seen.beijing().get(..10).unwrap_or("").to_string();
    let gone =
        notice.kind == Kind::Closed && (notice.event.merged_into.is_some() || super::words::is_withdrawn(notice.event));
    Ok(json!({ "day": day, "gone": gone, "columns": names, "row": values }).to_string())
}

impl Folder {
    pub(super) fn open(config: &Config) -> Result<Folder> {
        let path = match config.url.strip_prefix("file://") {
            Some(path) if path.starts_with('/') => path,
            None if !config.url.contains("://") => &config.url,
            _ => {
                let place = format!("{}.url", config.place);
                return Err(Error::config(place, "another kind of address", "a path, or file:///path", "correct it"));
            }
        };
        Ok(Folder { path: PathBuf::from(path), format: config.format, turn: tokio::sync::Mutex::new(()) })
    }

    pub(super) async fn send(&self, letter: &Letter) -> Answer {
        let _turn = self.turn.lock().await;
        let (folder, format, letter) = (self.path.clone(), self.format, letter.clone());
        let written = tokio::task::spawn_blocking(move || match format {
            FolderFormat::GeoJson => write_notice(&folder, &letter),
            FolderFormat::FirmsCsv => write_row(&folder, &letter),
        });
        match written.await {
            Ok(Ok(path)) => Answer::Accepted { said: format!("written to {}", path.display()) },
            Ok(Err(error)) => Answer::again(error.to_string()),
            Err(_) => Answer::again("writing was given up"),
        }
    }
}

fn write_notice(folder: &Path, letter: &Letter) -> Result<PathBuf> {
    let first_seen = serde_json::from_str(&letter.body)
        .ok()
        .and_then(|body: Value| crate::time::Utc::parse(body["properties"]["first_seen"].as_str()?));
    let time = first_seen.unwrap_or(letter.seen).compact();
    let path = folder.join(format!("{time}_{}.geojson", safe(&letter.key)));
    atomic::write_bytes(&path, letter.body.as_bytes())?;
    Ok(path)
}

/// A key as part of a file name on any system; where that changes or cuts it, a hash keeps keys apart.
fn safe(key: &str) -> String {
    const LONGEST: usize = 80;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    // what divides id and revision is no letter of a file name everywhere
    let usual = key.rsplit_once(':').map_or(key.to_string(), |(id, revision)| format!("{id}_{revision}"));
    let name: String = usual.chars().map(|c| if plain(c) { c } else { '_' }).take(LONGEST).collect();
    if name == usual { name } else { format!("{name}-{}", &hex(&Sha256::digest(key))[..12]) }
}

/// One event's row of a day's file, by the id of the event.
fn write_row(folder: &Path, letter: &Letter) -> Result<PathBuf> {
    let unreadable = || Error::output(folder, "a queued row that is none");
    let body: Value = serde_json::from_str(&letter.body).map_err(|_| unreadable())?;
    let texts = |name: &str| -> Vec<String> {
        body[name].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect()
    };
    let day =
        body["day"].as_str().filter(|day| day.len() == 10 && day.bytes().all(|b| b.is_ascii_digit() || b == b'-'));
    let path = folder.join(format!("hotspots_{}.csv", day.ok_or_else(unreadable)?));
    std::fs::create_dir_all(folder).map_err(|error| Error::output(folder, error))?;
    let _alone = folder::locked(folder)?;
    let (names, row) = (texts("columns"), texts("row"));
    let (event, revision) = (position(&names, "event"), position(&names, "revision"));
    let (Some(event), Some(revision)) = (event, revision) else { return Err(unreadable()) };
    let mut rows = read_rows(&path, &names)?;
    let same = |other: &Vec<String>| other.get(event) == row.get(event);
    let number = |of: &Vec<String>| of.get(revision).and_then(|text| text.parse::<u32>().ok());
    if rows.iter().any(|other| same(other) && number(other) > number(&row)) {
        // an older notice that comes again changes nothing
        return Ok(path);
    }
    rows.retain(|other| !same(other));
    if body["gone"] != true {
        rows.push(row);
    }
    atomic::write(&path, |out| {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(&names)?;
        rows.iter().try_for_each(|row| csv.write_record(row))?;
        csv.flush()
    })?;
    Ok(path)
}

fn position(names: &[String], name: &str) -> Option<usize> {
    names.iter().position(|other| other == name)
}

/// Rows of the day's file so far, their columns put in the order of `names`: the file may be of an earlier version.
fn read_rows(path: &Path, names: &[String]) -> Result<Vec<Vec<String>>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let unreadable = |error: csv::Error| {
        let advice = "move the file away: a new one is begun";
        Error::input(path, error.to_string(), "the day's list as it was written here", advice)
    };
    let mut csv = csv::Reader::from_path(path).map_err(unreadable)?;
    let headers: Vec<String> = csv.headers().map_err(unreadable)?.iter().map(str::to_string).collect();
    let columns: Vec<Option<usize>> = names.iter().map(|name| position(&headers, name)).collect();
    csv.records()
        .map(|record| {
            let record = record.map_err(unreadable)?;
            let cell = |at: &Option<usize>| at.and_then(|at| record.get(at)).unwrap_or("").to_string();
            Ok(columns.iter().map(cell).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_safe_and_a_lasting_name() {
        assert_eq!(safe("0123456789abcdef:12"), "0123456789abcdef_12");
        let (evil, other) = (safe("../../etc/passwd:1"), safe("..\\..\\etc/passwd:1"));
        assert!(evil != other && !evil.contains('/') && !other.contains('\\'), "{evil} {other}");
        assert!(safe(&"长".repeat(500)).len() < 100);
    }
}
