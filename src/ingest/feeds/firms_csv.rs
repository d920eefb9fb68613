//! NASA FIRMS fire lists as CSV: MODIS (`brightness`, `bright_t31`), VIIRS (`bright_ti4`, `bright_ti5`) and the mixed
//! forms that archives and scripts write. Only latitude, longitude, acq_date and acq_time are required.

use super::lines::{Fields, FieldsOf, Lines};
use super::{Feed, Source, footprint, kelvin, known, list_name, optional, place, power_mw, side_km};
use crate::error::{Error, Result};
use crate::fire::{Class, Confidence, DayNight, FirePixel};
use crate::time::Utc;
use std::path::Path;

const EXPECTED: &str = "FIRMS CSV with the columns latitude, longitude, acq_date, acq_time";

/// Reads a list; a list with a header and no line is a list of zero fires.
pub(super) fn read(path: &Path) -> Result<Feed> {
    let mut lines = Lines::open(path)?;
    let mut fields = Fields::default();
    let columns = match lines.next()? {
        Some((_, header)) => Columns::of(path, fields.split(&header))?,
        None => return Err(Error::input(path, "an empty file", EXPECTED, "download the file again")),
    };
    let granule = list_name(path);
    let mut rows = Rows {
        source: Source { algorithm: "FIRMS", granule: &granule },
        columns,
        minute: Minute::default(),
        doubts: Vec::new(),
    };
    let mut feed = Feed::default();
    while let Some((number, line)) = lines.next()? {
        if line.trim().is_empty() {
            continue;
        }
        let row = fields.split(&line);
        if rows.columns.is_dropped(row) {
            feed.dropped += 1;
            continue;
        }
        feed.take(number, rows.pixel(row));
        feed.doubt(number, &mut rows.doubts);
    }
    feed.unless_all_rejected(path, EXPECTED)
}

/// Whether a text is a whole list: its header, and as many fields in every row.
///
/// # Errors
/// [`Error::Input`] with `called` as its name.
pub(super) fn check(text: &str, called: &Path) -> Result<()> {
    let mut fields = Fields::default();
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let columns = Columns::of(called, fields.split(lines.next().unwrap_or_default()))?;
    for (at, line) in lines.enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let count = fields.split(line).len();
        if count != columns.count {
            let found = format!("{count} fields in line {} where the header has {}", at + 2, columns.count);
            return Err(Error::input(called, found, EXPECTED, "ask for it again"));
        }
    }
    Ok(())
}

/// Where each column is, in whatever order the file has them.
struct Columns {
    count: usize,
    latitude: Option<usize>,
    longitude: Option<usize>,
    acq_date: Option<usize>,
    acq_time: Option<usize>,
    bt_mir: Option<usize>,
    bt_tir: Option<usize>,
    scan: Option<usize>,
    track: Option<usize>,
    satellite: Option<usize>,
    instrument: Option<usize>,
    confidence: Option<usize>,
    version: Option<usize>,
    frp: Option<usize>,
    daynight: Option<usize>,
    /// Archive lists only: 0 vegetation, 1 volcano, 2 other static source on land, 3 offshore.
    kind: Option<usize>,
    /// Our own lists only: what the simulator made stays marked when it comes back.
    simulated: Option<usize>,
    /// Our own lists only: kept or dropped, and why dropped.
    verdict: Option<usize>,
    reason: Option<usize>,
    /// Sensor by the names of the temperature columns, for lists without satellite and instrument.
    sensor: &'static str,
}

impl Columns {
    fn of(path: &Path, header: FieldsOf<'_>) -> Result<Columns> {
        let names: Vec<String> = header.iter().map(str::to_ascii_lowercase).collect();
        let at = |name: &str| names.iter().position(|column| column == name);
        let columns = Columns {
            count: names.len(),
            latitude: at("latitude"),
            longitude: at("longitude"),
            acq_date: at("acq_date"),
            acq_time: at("acq_time"),
            bt_mir: at("bright_ti4").or(at("brightness")),
            bt_tir: at("bright_ti5").or(at("bright_t31")),
            scan: at("scan"),
            track: at("track"),
            satellite: at("satellite"),
            instrument: at("instrument"),
            confidence: at("confidence"),
            version: at("version"),
            frp: at("frp"),
            daynight: at("daynight"),
            kind: at("type"),
            simulated: at("simulated"),
            verdict: at("verdict"),
            reason: at("reason"),
            sensor: match (at("bright_ti4"), at("brightness").or(at("bright_t31"))) {
                (Some(_), _) => "VIIRS",
                (None, Some(_)) => "MODIS",
                (None, None) => "unknown",
            },
        };
        for (name, column) in [
            ("latitude", columns.latitude),
            ("longitude", columns.longitude),
            ("acq_date", columns.acq_date),
            ("acq_time", columns.acq_time),
        ] {
            if column.is_none() {
                let header: String = header.iter().collect::<Vec<_>>().join(",").escape_debug().take(200).collect();
                let found = format!("no column {name} in the header {header}");
                return Err(Error::input(path, found, EXPECTED, "check that it is a FIRMS list with its header line"));
            }
        }
        Ok(columns)
    }

    /// Whether a list of ours calls the row dropped; where somebody took the verdict out, its reason says so.
    fn is_dropped(&self, row: FieldsOf<'_>) -> bool {
        let kept = match self.verdict {
            Some(_) => !row.get(self.verdict).eq_ignore_ascii_case("dropped"),
            None => self.simulated.is_none() || row.get(self.reason).is_empty(),
        };
        !kept && row.len() == self.count
    }
}

/// The last minute that was read: rows come by overpass, and reading a calendar date a million times takes time.
#[derive(Default)]
struct Minute {
    date: String,
    clock: String,
    known: Option<(Utc, String)>,
}

impl Minute {
    fn of(&mut self, date: &str, clock: &str) -> std::result::Result<(Utc, &str), String> {
        if self.known.is_none() || self.date != date || self.clock != clock {
            let time = moment(date, clock)?;
            (self.date, self.clock) = (date.to_string(), clock.to_string());
            self.known = Some((time, time.compact()));
        }
        match &self.known {
            Some((time, compact)) => Ok((*time, compact)),
            None => Err("no time".to_string()),
        }
    }
}

/// `2023-11-09` with `659`, `0659`, `06:59` or `06:59:30`.
fn moment(date: &str, clock: &str) -> std::result::Result<Utc, String> {
    let wrong = || format!("acq_date {date:?} with acq_time {clock:?} is no moment");
    let day: Vec<&str> = date.split(['-', '/']).collect();
    let [year, month, day] = day.as_slice() else {
        return Err(wrong());
    };
    let digits = |text: &str| {
        if text.bytes().all(|b| b.is_ascii_digit()) { text.parse::<i16>().ok() } else { None }
    };
    let small = |text: &str| digits(text).and_then(|number| i8::try_from(number).ok());
    let (hour, minute, second) = match clock.split(':').collect::<Vec<_>>().as_slice() {
        [clock] if clock.len() <= 4 => {
            let hhmm = digits(clock).ok_or_else(wrong)?;
            (i8::try_from(hhmm / 100).ok(), i8::try_from(hhmm % 100).ok(), Some(0))
        }
        [hour, minute] => (small(hour), small(minute), Some(0)),
        [hour, minute, second] => (small(hour), small(minute), small(second)),
        _ => return Err(wrong()),
    };
    let parts = (digits(year), small(month), small(day), hour, minute, second);
    let (Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)) = parts else {
        return Err(wrong());
    };
    Utc::from_parts(year, month, day, hour, minute, second).filter(|_| year >= 1970).ok_or_else(wrong)
}

struct Rows<'a> {
    source: Source<'a>,
    columns: Columns,
    minute: Minute,
    /// What could not be read of the last row beside its place and time.
    doubts: Vec<String>,
}

impl Rows<'_> {
    /// Place and time make a detection; a field beside them that cannot be read is left out and told, for the fire
    /// must not be lost for it.
    fn pixel(&mut self, row: FieldsOf<'_>) -> std::result::Result<FirePixel, String> {
        let columns = &self.columns;
        if row.len() != columns.count {
            return Err(format!("{} fields where the header has {}", row.len(), columns.count));
        }
        let place = place(row.get(columns.longitude), row.get(columns.latitude))?;
        let (time, compact) = self.minute.of(row.get(columns.acq_date), row.get(columns.acq_time))?;
        let (satellite, of_satellite) = satellite(row.get(columns.satellite));
        let sensor = match row.get(columns.instrument) {
            "" => of_satellite.unwrap_or(columns.sensor),
            stated => stated,
        };
        let doubts = &mut self.doubts;
        let mut pixel = self.source.pixel(satellite, sensor, time, compact, place);
        pixel.bt_mir_k = known(kelvin(row.get(columns.bt_mir), "brightness temperature"), doubts);
        pixel.bt_tir_k = known(kelvin(row.get(columns.bt_tir), "brightness temperature"), doubts);
        pixel.tir_band = pixel.bt_tir_k.and(tir_band(sensor)).map(str::to_string);
        pixel.scan_km = known(side_km(row.get(columns.scan), "scan"), doubts);
        pixel.track_km = known(side_km(row.get(columns.track), "track"), doubts);
        pixel.frp_mw = known(power_mw(row.get(columns.frp), "frp"), doubts);
        (pixel.pixel_area_km2, pixel.position_error_m) = footprint(pixel.scan_km, pixel.track_km);
        pixel.daynight = known(daynight(row.get(columns.daynight)), doubts);
        if let Some(stated) = known(confidence(row.get(columns.confidence)).map(Some), doubts) {
            (pixel.confidence, pixel.confidence_pct) = stated;
        }
        pixel.class = class(row.get(columns.kind));
        pixel.simulated = matches!(row.get(columns.simulated), "true" | "1");
        pixel.source_version = Some(row.get(columns.version)).filter(|text| !text.is_empty()).map(str::to_string);
        Ok(pixel)
    }
}

/// Full name, and the sensor that FIRMS lists of it. A code that is not known stays as it is written.
fn satellite(code: &str) -> (&str, Option<&'static str>) {
    match code {
        "1" | "N20" | "NOAA-20" | "NOAA20" | "J1" => ("NOAA-20", Some("VIIRS")),
        "2" | "N21" | "NOAA-21" | "NOAA21" | "J2" => ("NOAA-21", Some("VIIRS")),
        "N" | "NPP" | "SNPP" | "S-NPP" | "Suomi NPP" | "Suomi-NPP" => ("Suomi-NPP", Some("VIIRS")),
        "T" | "Terra" => ("Terra", Some("MODIS")),
        "A" | "Aqua" => ("Aqua", Some("MODIS")),
        "L8" => ("Landsat-8", Some("OLI")),
        "L9" => ("Landsat-9", Some("OLI")),
        "" => ("unknown", None),
        other => (other, None),
    }
}

/// Channel of the 11 um temperature.
fn tir_band(sensor: &str) -> Option<&'static str> {
    match sensor {
        "VIIRS" => Some("I05"),
        "MODIS" => Some("31"),
        _ => None,
    }
}

/// Words and letters of VIIRS (and Landsat: M for medium), per cent of MODIS; nominal where the list has none.
fn confidence(text: &str) -> std::result::Result<(Confidence, Option<f32>), String> {
    let class = match text.to_ascii_lowercase().as_str() {
        "" => Confidence::Nominal,
        "l" | "low" => Confidence::Low,
        "n" | "nominal" | "m" | "medium" => Confidence::Nominal,
        "h" | "high" => Confidence::High,
        _ => {
            let percent = optional(text, "confidence")?.filter(|percent| (0.0..=100.0).contains(percent));
            let percent = percent.ok_or_else(|| format!("confidence {text:?} is not within 0 to 100"))? as f32;
            return Ok((Confidence::of_percent(percent), Some(percent)));
        }
    };
    Ok((class, None))
}

fn daynight(text: &str) -> std::result::Result<Option<DayNight>, String> {
    match text {
        "" => Ok(None),
        "D" | "d" | "day" => Ok(Some(DayNight::D)),
        "N" | "n" | "night" => Ok(Some(DayNight::N)),
        other => Err(format!("daynight {other:?} is neither D nor N")),
    }
}

/// `type` 2 is a static source on land that FIRMS knows of; 0 is only presumed to be vegetation, so that it says
/// nothing of straw.
fn class(kind: &str) -> Class {
    if kind == "2" { Class::Industrial } else { Class::Unknown }
}

#[cfg(test)]
mod tests {
    use super::super::Rejected;
    use super::*;

    fn list(text: &str) -> Result<Feed> {
        let file = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(file.path(), text).expect("written");
        read(file.path())
    }

    const VIIRS: &str = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,\
                         bright_ti5,frp,daynight\n";

    /// First row of a FIRMS NOAA-20 list of 2023-11-09, by eye.
    #[test]
    fn a_viirs_row() {
        let row = "31.57939,130.65703,331.63,0.4,0.37,2023-11-09,04:25,1,nominal,2.0NRT,292.99,4.83,D\n";
        let feed = list(&format!("{VIIRS}{row}")).expect("reads");
        let pixel = &feed.pixels[0];
        assert_eq!((pixel.satellite.as_str(), pixel.sensor.as_str()), ("NOAA-20", "VIIRS"));
        assert_eq!((pixel.place.lat(), pixel.place.lon()), (31.57939, 130.65703));
        assert_eq!(pixel.time.rfc3339(), "2023-11-09T04:25:00Z");
        assert_eq!((pixel.bt_mir_k, pixel.bt_tir_k, pixel.frp_mw), (Some(331.63), Some(292.99), Some(4.83)));
        assert_eq!((pixel.confidence, pixel.confidence_pct), (Confidence::Nominal, None));
        assert_eq!((pixel.daynight, pixel.source_version.as_deref()), (Some(DayNight::D), Some("2.0NRT")));
        assert_eq!(pixel.id, "NOAA20-20231109T042500Z-130.65703-31.57939");
        assert_eq!((pixel.line, pixel.bt_mir_bg_k), (None, None));
    }

    /// The same fire as FIRMS writes it for MODIS, with BOM, CRLF, quotes and another order of columns.
    #[test]
    fn a_modis_row_however_it_is_written() {
        let text = "\u{feff}\"frp\",acq_time,acq_date,confidence,longitude,latitude,brightness,bright_t31,satellite\r\n\
                    \"6.32\",249,2022-03-28,85,117.46568,39.22039,308.45,291.44,T\r\n";
        let feed = list(text).expect("reads");
        let pixel = &feed.pixels[0];
        assert_eq!((pixel.satellite.as_str(), pixel.sensor.as_str()), ("Terra", "MODIS"));
        assert_eq!(pixel.time.rfc3339(), "2022-03-28T02:49:00Z");
        assert_eq!((pixel.confidence, pixel.confidence_pct), (Confidence::High, Some(85.0)));
        assert_eq!((pixel.frp_mw, pixel.scan_km, pixel.daynight), (Some(6.32), None, None));
        assert_eq!(pixel.tir_band.as_deref(), Some("31"));
    }

    #[test]
    fn every_way_to_write_a_time() {
        let at = |clock| moment("2023-11-09", clock).map(Utc::rfc3339);
        for clock in ["659", "0659", "06:59", "6:59", "06:59:00"] {
            assert_eq!(at(clock).as_deref(), Ok("2023-11-09T06:59:00Z"), "{clock}");
        }
        assert_eq!(at("7").as_deref(), Ok("2023-11-09T00:07:00Z"));
        for clock in ["", "2460", "0661", "-659", "65 9", "12:00:00:00", "99999"] {
            assert!(at(clock).is_err(), "{clock}");
        }
        assert!(moment("2023-02-30", "0659").is_err());
        assert!(moment("9.11.2023", "0659").is_err());
    }

    #[test]
    fn four_columns_are_enough() {
        let feed = list("latitude,longitude,acq_date,acq_time\n36.5,102.1,2025-10-20,530\n").expect("reads");
        let pixel = &feed.pixels[0];
        assert_eq!((pixel.satellite.as_str(), pixel.sensor.as_str()), ("unknown", "unknown"));
        assert_eq!((pixel.frp_mw, pixel.bt_mir_k, pixel.confidence), (None, None, Confidence::Nominal));
    }

    #[test]
    fn what_was_simulated_stays_simulated() {
        let text = "latitude,longitude,acq_date,acq_time,simulated\n36.5,102.1,2025-10-20,530,true\n";
        assert!(list(text).expect("reads").pixels[0].simulated);
    }

    /// The columns of our hotspots.csv that say what was dropped; a list of others may have a column `reason` of its own.
    #[test]
    fn what_our_own_list_dropped_is_left_out_and_counted() {
        let rows = |columns: &str, more: [&str; 3]| {
            let row = |more| format!("36.5,102.1,2025-10-20,530,{more}\n");
            let text = format!("latitude,longitude,acq_date,acq_time,{columns}\n{}", more.map(row).concat());
            let feed = list(&text).expect("reads");
            (feed.pixels.len(), feed.dropped, feed.rejected.len())
        };
        assert_eq!(rows("verdict,reason", ["kept,", "dropped,cloud_edge", "dropped,static_source"]), (1, 2, 0));
        assert_eq!(rows("reason,simulated", [",false", "cloud_edge,false", ",true"]), (2, 1, 0));
        assert_eq!(rows("reason,note", ["x,", "y,", ",z"]), (3, 0, 0));
        assert_eq!(
            rows("verdict,reason", ["dropped,a", "dropped,b", "dropped"]),
            (0, 2, 1),
            "dropped is not unreadable"
        );
    }

    #[test]
    fn a_bad_line_costs_itself_and_says_why() {
        let good = "36.5,102.1,331.63,0.4,0.37,2023-11-09,0425,N,h,2.0NRT,292.99,4.83,N\n";
        let bad = [
            ",102.1,331.63,0.4,0.37,2023-11-09,0425,N,h,2.0NRT,292.99,4.83,N\n",
            "96.5,102.1,331.63,0.4,0.37,2023-11-09,0425,N,h,2.0NRT,292.99,4.83,N\n",
            "36.5,nan,331.63,0.4,0.37,2023-11-09,0425,N,h,2.0NRT,292.99,4.83,N\n",
            "36.5,102.1,hot,0.4,0.37,2023-11-09,0425,N,h,2.0NRT,292.99,4.83,N\n",
            "36.5,102.1,331.63,0.4,0.37,2023-11-09,0425,N,101,2.0NRT,292.99,4.83,N\n",
            "36.5,\"102.1,331.63,0.4,0.37,2023-11-09,0425,N,h,2.0NRT,292.99,4.83,N\n",
            "36.5,102.1,331.63,0.4\n",
        ];
        let feed = list(&format!("{VIIRS}{good}{}{good}", bad.concat())).expect("reads");
        assert_eq!(feed.pixels.len(), 4);
        let lines = |of: &[Rejected]| of.iter().map(|line| line.line).collect::<Vec<u64>>();
        assert_eq!(lines(&feed.rejected), [3, 4, 5, 8, 9]);
        // a fire is not lost for its temperature or confidence
        assert_eq!(lines(&feed.doubts), [6, 7]);
        assert_eq!((feed.pixels[1].bt_mir_k, feed.pixels[2].confidence), (None, Confidence::Nominal));
        assert!(feed.rejected[0].reason.contains("latitude") && feed.rejected[1].reason.contains("off the earth"));
    }

    /// A fire stays with what else its line says.
    #[test]
    fn values_that_cannot_be_are_left_out_and_told() {
        let row = |bt: &str, tir: &str, frp: &str| {
            format!("36.5,102.1,{bt},0.4,0.37,2023-11-09,0425,N,h,2.0NRT,{tir},{frp},N\n")
        };
        let rows = [
            row("331.6", "293", "4.8"),
            row("58.3", "2000", "4.8"),
            row("331.6", "293", "-4.8"),
            row("331.6", "293", "nan"),
            row("331.6", "293", "-999"),
        ];
        let feed = list(&format!("{VIIRS}{}", rows.concat())).expect("reads");
        let values: Vec<_> = feed.pixels.iter().map(|p| (p.bt_mir_k, p.bt_tir_k, p.frp_mw)).collect();
        let (bt, tir, frp) = (Some(331.6), Some(293.0), Some(4.8));
        assert_eq!(values, [(bt, tir, frp), (None, None, frp), (bt, tir, None), (bt, tir, None), (bt, tir, None)]);
        assert_eq!(feed.doubts.iter().map(|line| line.line).collect::<Vec<u64>>(), [3, 3, 4, 5]);
        assert!(feed.doubts[0].reason.contains("58.3 K cannot be") && feed.doubts[3].reason.contains("nan"));
    }

    #[test]
    fn no_fire_is_not_the_same_as_no_list() {
        assert!(list(VIIRS).expect("reads").pixels.is_empty());
        assert!(list("").expect_err("empty").to_string().contains("empty"));
        let all_bad = list(&format!("{VIIRS}a,b\n")).expect_err("no fire in any line").to_string();
        assert!(all_bad.contains("line 2"), "{all_bad}");
        let missing = list("latitude,lon,acq_date,acq_time\n").expect_err("no longitude").to_string();
        assert!(missing.contains("longitude") && missing.contains("latitude,lon,acq_date"), "{missing}");
    }
}
