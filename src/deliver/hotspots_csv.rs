//! `hotspots.csv`: the columns of a FIRMS list first, so that whatever reads FIRMS reads this; then ours.

use super::{PROGRAM_VERSION, atomic, rounded};
use crate::error::{Error, Result};
use crate::fire::FirePixel;
use std::path::Path;

type Cell = fn(&FirePixel) -> String;

/// Names and contents, in the order of the file.
const COLUMNS: &[(&str, Cell)] = &[
    ("latitude", |p| decimal(Some(p.place.lat()), 6)),
    ("longitude", |p| decimal(Some(p.place.lon()), 6)),
    ("bright_ti4", |p| decimal(p.bt_mir_k, 2)),
    ("scan", |p| decimal(p.scan_km, 3)),
    ("track", |p| decimal(p.track_km, 3)),
    ("acq_date", |p| p.time.date()),
    ("acq_time", |p| p.time.hhmm()),
    ("satellite", |p| text(&p.satellite)),
    ("instrument", |p| text(&p.sensor)),
    ("confidence", |p| p.confidence.name().to_string()),
    ("version", |p| text(p.source_version.as_deref().unwrap_or(PROGRAM_VERSION))),
    ("bright_ti5", |p| decimal(p.bt_tir_k, 2)),
    ("frp", |p| decimal(p.frp_mw, 3)),
    ("daynight", |p| p.daynight.map_or("", |half| half.letter()).to_string()),
    ("adcode", |p| text(p.county.as_ref().map_or("", |county| &county.adcode))),
    ("county", |p| text(p.county.as_ref().map_or("", |county| &county.name))),
    ("township", |p| text(p.township.as_deref().unwrap_or(""))),
    ("grid_cell", |p| text(p.grid_cell.as_deref().unwrap_or(""))),
    ("id", |p| text(&p.id)),
    ("time_utc", |p| p.time.rfc3339()),
    ("time_beijing", |p| p.time.beijing()),
    ("algorithm", |p| text(&p.algorithm)),
    ("profile", |p| text(&p.profile)),
    ("granule", |p| text(&p.granule)),
    ("line", |p| p.line.map_or_else(String::new, |line| line.to_string())),
    ("column", |p| p.column.map_or_else(String::new, |column| column.to_string())),
    ("tir_band", |p| text(p.tir_band.as_deref().unwrap_or(""))),
    ("bt_mir_bg_k", |p| decimal(p.bt_mir_bg_k, 2)),
    ("bt_tir_bg_k", |p| decimal(p.bt_tir_bg_k, 2)),
    ("frp_surface_mw", |p| decimal(p.frp_surface_mw, 3)),
    ("pixel_area_km2", |p| decimal(p.pixel_area_km2, 4)),
    ("confirmation", |p| p.confirmation.name().to_string()),
    ("confidence_pct", |p| decimal(p.confidence_pct, 1)),
    ("position_error_m", |p| decimal(p.position_error_m, 0)),
    ("terrain_corrected", |p| p.terrain_corrected.map_or_else(String::new, |yes| yes.to_string())),
    ("verdict", |p| p.verdict.name().to_string()),
    ("reason", |p| p.verdict.reason().unwrap_or("").to_string()),
    ("class", |p| p.class.name().to_string()),
    ("cropland_fraction", |p| decimal(p.cropland_fraction, 3)),
    ("pixel_count", |p| p.cluster.as_ref().map_or_else(String::new, |cluster| cluster.pixels.to_string())),
    ("area_m2", |p| decimal(p.cluster.as_ref().map(|cluster| cluster.area_m2), 0)),
    ("reasons", |p| text(&p.reasons.join("; "))),
    ("simulated", |p| p.simulated.to_string()),
    ("program_version", |_| PROGRAM_VERSION.to_string()),
];

/// Writes the list, by time and id. UTF-8 without byte order mark: programs read it; people get the XLSX.
///
/// # Errors
/// [`crate::error::Error::Output`] where the file cannot be written.
pub fn write(path: &Path, pixels: &[FirePixel]) -> Result<()> {
    let mut order: Vec<&FirePixel> = pixels.iter().collect();
    order.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    atomic::write(path, |out| put(out, &order))
}

/// The same list in memory, in the order given.
///
/// # Errors
/// [`crate::error::Error::Output`] where there is no room.
pub fn bytes(pixels: &[FirePixel]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    put(&mut out, &pixels.iter().collect::<Vec<_>>()).map_err(|error| Error::output("hotspots.csv", error))?;
    Ok(out)
}

fn put(out: &mut dyn std::io::Write, pixels: &[&FirePixel]) -> std::io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS.iter().map(|(name, _)| name))?;
    for pixel in pixels {
        csv.write_record(COLUMNS.iter().map(|(_, cell)| cell(pixel)))?;
    }
    csv.flush()
}

/// A text that a spreadsheet cannot take for a formula: names of files and satellites come from outside.
pub fn text(text: &str) -> String {
    let flat = text.replace(['\r', '\n', '\t'], " ");
    if flat.trim_start().starts_with(['=', '+', '-', '@']) { format!("'{flat}") } else { flat }
}

fn decimal(value: Option<impl Into<f64>>, decimals: i32) -> String {
    let value = value.map(Into::into).filter(|value: &f64| value.is_finite());
    value.map_or_else(String::new, |value| rounded(value, decimals).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::{Confidence, CountyName, DayNight};
    use crate::place::LonLat;
    use crate::time::Utc;

    fn pixel() -> FirePixel {
        let time = Utc::from_parts(2025, 10, 20, 22, 5, 0).expect("valid");
        FirePixel::bare("a", time, LonLat::new(102.1, 36.5).expect("valid"))
    }

    fn written(pixels: &[FirePixel]) -> String {
        let dir = tempfile::tempdir().expect("folder");
        write(&dir.path().join("hotspots.csv"), pixels).expect("written");
        std::fs::read_to_string(dir.path().join("hotspots.csv")).expect("there")
    }

    /// Names and order of the first fourteen: a VIIRS list of FIRMS (instrument as the standard lists have it).
    #[test]
    fn firms_columns_come_first() {
        let text = written(&[]);
        assert!(text.starts_with(
            "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,\
             bright_ti5,frp,daynight,adcode,county,"
        ));
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn a_row_has_empty_fields_where_nothing_is_known() {
        let mut known = pixel();
        known.frp_mw = Some(4.5);
        known.daynight = Some(DayNight::N);
        known.confidence = Confidence::High;
        known.county = Some(CountyName { adcode: "630223".into(), name: "互助土族自治县".into() });
        let text = written(&[known, pixel()]);
        let row = text.lines().nth(1).expect("a row");
        let start = "36.5,102.1,,,,2025-10-20,2205,,,high,";
        assert!(row.starts_with(start) && row.contains(",,4.5,N,630223,互助土族自治县,"), "{row}");
        assert!(row.contains("2025-10-21 06:05"), "Beijing is eight hours on: {row}");
    }

    /// OWASP, CSV injection: = + - @ at the start of a text.
    #[test]
    fn no_text_is_a_formula() {
        let mut evil = pixel();
        evil.granule = "=HYPERLINK(\"http://x\",\"a\")".into();
        evil.satellite = "\t@SUM(1)".into();
        evil.place = LonLat::new(-70.5, -12.25).expect("valid");
        let text = written(&[evil]);
        assert!(text.contains("'=HYPERLINK") && text.contains("' @SUM(1)"), "{text}");
        assert!(text.contains("\n-12.25,-70.5,"), "numbers stay numbers: {text}");
    }
}
