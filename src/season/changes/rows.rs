//! The differences for programs, a row or a Feature each.

use crate::deliver::{PROGRAM_VERSION, atomic, hotspots_csv};
use crate::error::Result;
use crate::place::LonLat;
use crate::season::compare::{Change, How};
use serde_json::{Value, json};
use std::path::Path;

type Cell = fn(&Change) -> String;

/// Names and contents, in the order of the file.
const COLUMNS: &[(&str, Cell)] = &[
    ("what", |c| c.what.name().to_string()),
    ("how", |c| c.how.name().to_string()),
    ("reason", |c| c.reason.clone()),
    ("adcode", |c| c.county.as_ref().map_or(String::new(), |county| hotspots_csv::text(&county.adcode))),
    ("county", |c| c.county.as_ref().map_or(String::new(), |county| hotspots_csv::text(&county.name))),
    ("sensor", |c| hotspots_csv::text(&c.sensor)),
    ("time_utc", |c| c.time.rfc3339()),
    ("time_beijing", |c| c.time.beijing()),
    ("longitude", |c| degrees(c.place.lon())),
    ("latitude", |c| degrees(c.place.lat())),
    ("from_longitude", |c| c.from.map_or(String::new(), |from| degrees(from.lon()))),
    ("from_latitude", |c| c.from.map_or(String::new(), |from| degrees(from.lat()))),
    ("moved_m", |c| c.moved_m.map_or(String::new(), |metres| format!("{metres:.0}"))),
    ("id_a", |c| c.id_a.as_deref().map_or(String::new(), hotspots_csv::text)),
    ("id_b", |c| c.id_b.as_deref().map_or(String::new(), hotspots_csv::text)),
];

fn degrees(value: f64) -> String {
    format!("{value:.6}")
}

/// Writes `changes.csv`.
pub(super) fn write_csv(path: &Path, changes: &[Change], simulated: bool) -> Result<()> {
    atomic::write(path, |out| {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(COLUMNS.iter().map(|(name, _)| *name).chain(["simulated", "program_version"]))?;
        for change in changes {
            let own = COLUMNS.iter().map(|(_, cell)| cell(change));
            csv.write_record(own.chain([simulated.to_string(), PROGRAM_VERSION.to_string()]))?;
        }
        csv.flush()
    })
}

/// Writes `changes.geojson`: a Point each; what moved is a LineString from where the first run has it to where the second has it.
pub(super) fn write_geojson(path: &Path, changes: &[Change], simulated: bool) -> Result<()> {
    atomic::write(path, |out| {
        let version = PROGRAM_VERSION;
        write!(
            out,
            "{{\"type\":\"FeatureCollection\",\"simulated\":{simulated},\"program_version\":\"{version}\",\"features\":["
        )?;
        for (number, change) in changes.iter().enumerate() {
            out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *out, &feature(change))?;
        }
        out.write_all(b"\n]}\n")
    })
}

fn feature(change: &Change) -> Value {
    let at = |place: LonLat| {
        let rounded = |value: f64| (value * 1e6).round() / 1e6;
        json!([rounded(place.lon()), rounded(place.lat())])
    };
    let geometry = match change.from {
        Some(from) if change.how == How::Moved => {
            json!({ "type": "LineString", "coordinates": [at(from), at(change.place)] })
        }
        _ => json!({ "type": "Point", "coordinates": at(change.place) }),
    };
    json!({
        "type": "Feature",
        "geometry": geometry,
        "properties": {
            "what": change.what.name(),
            "how": change.how.name(),
            "reason": change.reason,
            "adcode": change.county.as_ref().map(|county| &county.adcode),
            "county": change.county.as_ref().map(|county| &county.name),
            "sensor": change.sensor,
            "time": change.time,
            "moved_m": change.moved_m.map(f64::round),
            "id_a": change.id_a,
            "id_b": change.id_b,
        },
    })
}
