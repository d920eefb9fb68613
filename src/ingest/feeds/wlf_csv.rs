//! JAXA P-Tree Himawari wild fire lists, level 2 (README_Himawari_L2WLF of the P-Tree site): two `#` header lines,
//! of which the second names the columns.

use super::lines::{Fields, FieldsOf, Lines};
use super::{Feed, Source, known, list_name, measured, place, power_mw, required};
use crate::error::{Error, Result};
use crate::fire::{Confidence, FirePixel};
use crate::ingest::geometry::{fixed_grid, terrain};
use crate::place::{LonLat, Spread};
use crate::thresholds::PlaceThresholds;
use crate::time::Utc;
use std::path::Path;

const EXPECTED: &str =
    "a P-Tree WLF level 2 list: two # header lines, the second with ID,Year,Month,Day,Time(UTC),Lat,Lon";

/// Reads a list; headers without a line are a list of zero fires.
pub(super) fn read(path: &Path) -> Result<Feed> {
    let mut lines = Lines::open(path)?;
    let mut fields = Fields::default();
    let granule = list_name(path);
    let mut columns = None;
    let mut feed = Feed::default();
    while let Some((number, line)) = lines.next()? {
        if let Some(header) = line.strip_prefix('#') {
            columns = columns.or(Columns::of(fields.split(header)));
        } else if !line.trim().is_empty() {
            let columns = columns.as_ref().ok_or_else(|| no_header(path))?;
            let mut doubts = Vec::new();
            feed.take(number, columns.pixel(&granule, fields.split(&line), &mut doubts));
            feed.doubt(number, &mut doubts);
        }
    }
    columns.ok_or_else(|| no_header(path))?;
    feed.unless_all_rejected(path, EXPECTED)
}

fn no_header(path: &Path) -> Error {
    Error::input(path, "no header line with Year, Month, Day, Time, Lat and Lon", EXPECTED, "download the file again")
}

struct Columns {
    count: usize,
    year: usize,
    month: usize,
    day: usize,
    time: usize,
    lat: usize,
    lon: usize,
    area: Option<usize>,
    reliability: Option<usize>,
    frp: Option<usize>,
    quality: Option<usize>,
    /// The header states FRP in watts a square metre.
    frp_is_flux: bool,
}

impl Columns {
    /// `None` for a `#` line that names no columns.
    fn of(header: FieldsOf<'_>) -> Option<Columns> {
        let names: Vec<String> = header.iter().map(str::to_ascii_lowercase).collect();
        let at = |name: &str| names.iter().position(|column| column.split('(').next() == Some(name));
        let frp = at("frp");
        Some(Columns {
            count: names.len(),
            year: at("year")?,
            month: at("month")?,
            day: at("day")?,
            time: at("time")?,
            lat: at("lat")?,
            lon: at("lon")?,
            area: at("area"),
            reliability: at("reliability"),
            frp,
            quality: at("qf"),
            frp_is_flux: frp.is_some_and(|column| names[column].contains("m^-2")),
        })
    }

    fn pixel(
        &self,
        granule: &str,
        row: FieldsOf<'_>,
        doubts: &mut Vec<String>,
    ) -> std::result::Result<FirePixel, String> {
        if row.len() != self.count {
            return Err(format!("{} fields where the header has {}", row.len(), self.count));
        }
        let place = place(row.get(Some(self.lon)), row.get(Some(self.lat)))?;
        let time = self.time(row)?;
        let source = Source { algorithm: "JAXA-WLF", granule };
        let mut pixel = source.pixel(satellite(granule), "AHI", time, &time.compact(), place);
        pixel.pixel_area_km2 = measured(row.get(self.area), "area")?;
        pixel.place_spread = spread(place);
        pixel.position_error_m = pixel.place_spread.map(|spread| spread.distance_m().round());
        pixel.confidence = reliability(row.get(self.reliability))?;
        // QF: 0 normal, 1 saturated, 2 low confidence of the FRP
        pixel.saturated = row.get(self.quality) == "1";
        pixel.frp_mw = known(self.frp_mw(row, pixel.pixel_area_km2), doubts);
        Ok(pixel)
    }

    fn time(&self, row: FieldsOf<'_>) -> std::result::Result<Utc, String> {
        let part = |column: usize, what: &str| required(row.get(Some(column)), what).map(|number| number as i16);
        let (year, month, day) = (part(self.year, "year")?, part(self.month, "month")?, part(self.day, "day")?);
        let hhmm = part(self.time, "time")?;
        let small = |number: i16| i8::try_from(number).ok();
        let parts = (small(month), small(day), small(hhmm / 100), small(hhmm % 100));
        let moment = match parts {
            (Some(month), Some(day), Some(hour), Some(minute)) => Utc::from_parts(year, month, day, hour, minute, 0),
            _ => None,
        };
        moment.ok_or_else(|| format!("{year}-{month}-{day} {hhmm} is no moment"))
    }

    /// The list gives the power as a flux over the grid cell, W m-2: times km2 that is MW. (The README sums
    /// area x FRP for the power of a cluster.) A header with another unit gives none rather than a wrong one.
    fn frp_mw(&self, row: FieldsOf<'_>, area_km2: Option<f64>) -> std::result::Result<Option<f64>, String> {
        let flux = power_mw(row.get(self.frp), "FRP")?.filter(|_| self.frp_is_flux);
        Ok(flux.zip(area_km2).map(|(flux, area)| flux * area))
    }
}

/// Error of a place of the list, which does not say that the height of the ground was taken into account.
fn spread(place: LonLat) -> Option<Spread> {
    let (grid, t) = (fixed_grid::himawari(), PlaceThresholds::default());
    let (column, line) = fixed_grid::to_grid(&grid, place)?;
    terrain::spread(&grid, (column, line), t.navigation_m, f64::from(t.unknown_height_m))
}

/// `H09_...` is Himawari-9.
fn satellite(granule: &str) -> &'static str {
    match granule.get(..4) {
        Some("H08_") => "Himawari-8",
        Some("H09_") => "Himawari-9",
        _ => "Himawari",
    }
}

/// Reliability 1 low, 3 normal, 5 high; 2 and 4 are not in use but lie between.
fn reliability(text: &str) -> std::result::Result<Confidence, String> {
    match text {
        "1" => Ok(Confidence::Low),
        "" | "2" | "3" | "4" => Ok(Confidence::Nominal),
        "5" => Ok(Confidence::High),
        other => Err(format!("reliability {other:?} is not within 1 to 5")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "# 2025 12  9 19  0 UTC  2025 12  9 19 30 UTC\n\
        # ID,Year,Month,Day,Time(UTC),Lat,Lon,Area(km^2),Volcano,Level,Reliability,FRP(Wm^-2),QF,Hot(ID)\n";

    fn list(text: &str) -> Result<Feed> {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("H09_20251209_1900_L2WLF010_FLDK.06001_06001.csv");
        std::fs::write(&path, text).expect("written");
        read(&path)
    }

    /// Row 4 of the list of 2025-12-09 19:00Z (Baotou), by hand: 1.66 W m-2 x 3.76 km2 = 6.2416 MW.
    #[test]
    fn a_row() {
        let feed = list(&format!("{HEADER}4,2025,12,9,1902,40.68,109.70,3.76,0,2,1,1.66,1,5\n")).expect("reads");
        let pixel = &feed.pixels[0];
        assert!((pixel.frp_mw.expect("known") - 6.2416).abs() < 1e-9);
        assert_eq!((pixel.satellite.as_str(), pixel.sensor.as_str()), ("Himawari-9", "AHI"));
        assert_eq!(pixel.time.rfc3339(), "2025-12-09T19:02:00Z");
        assert_eq!((pixel.confidence, pixel.saturated), (Confidence::Low, true));
        assert_eq!((pixel.place.lon(), pixel.place.lat()), (109.70, 40.68));
        assert_eq!((pixel.bt_mir_k, pixel.line), (None, None));
    }

    #[test]
    fn a_power_that_cannot_be_is_left_out_and_told() {
        let rows = ["-1.66", "nan", "1.66"].map(|frp| format!("4,2025,12,9,1902,40.68,109.70,3.76,0,2,1,{frp},1,5\n"));
        let feed = list(&format!("{HEADER}{}", rows.concat())).expect("reads");
        let known: Vec<bool> = feed.pixels.iter().map(|pixel| pixel.frp_mw.is_some()).collect();
        assert_eq!((known, feed.doubts.len(), feed.rejected.len()), (vec![false, false, true], 2, 0));
    }

    #[test]
    fn another_unit_gives_no_power() {
        let text = format!("{HEADER}4,2025,12,9,1902,40.68,109.70,3.76,0,2,1,1.66,0,5\n").replace("Wm^-2", "MW");
        assert_eq!(list(&text).expect("reads").pixels[0].frp_mw, None);
    }

    #[test]
    fn damage_is_told() {
        assert!(list(HEADER).expect("no fires").pixels.is_empty());
        assert!(list("").is_err());
        assert!(list("1,2025,12,9,1902,41.14,122.98,3.73,0,2,1,3.75,0,1\n").is_err(), "no header");
        let feed = list(&format!(
            "{HEADER}1,2025,12,9,1902,41.14,122.98,3.73,0,2,1,3.75,0,1\n2,2025,12,9,1902,41.1\n3,2025,13,9,1902,41.14,122.98,3.73,0,2,1,3.75,0,1\n"
        ));
        let feed = feed.expect("reads");
        assert_eq!((feed.pixels.len(), feed.rejected.len(), feed.rejected[0].line), (1, 2, 4));
    }
}
