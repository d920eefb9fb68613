//! CSPP VIIRS active fire text: `#` comments that state source and columns, then comma-separated numbers.
//!
//! Seven columns (I or M bands), or eight with the persistent anomaly of the later versions. Columns are found by the
//! words of the comments; a file without them has the order of version 1.

use super::lines::{Fields, FieldsOf, Lines};
use super::{Feed, Source, footprint, kelvin, known, list_name, optional, place, power_mw, required, side_km};
use crate::error::{Error, Result};
use crate::fire::{Class, Confidence, FirePixel};
use crate::time::Utc;
use std::path::Path;

const EXPECTED: &str = "CSPP active fire text: # comments, then 7 or 8 comma-separated numbers a line";

/// Reads a list; comments without a line are a list of zero fires.
pub(super) fn read(path: &Path) -> Result<Feed> {
    let mut lines = Lines::open(path)?;
    let mut fields = Fields::default();
    let granule = list_name(path);
    let mut head = Head::default();
    let mut rows: Option<Rows<'_>> = None;
    let mut feed = Feed::default();
    while let Some((number, line)) = lines.next()? {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix('#') {
            head.take(comment.trim());
        } else if line.starts_with("No fire") {
            head.says_no_fire = true;
        } else if !line.is_empty() {
            let rows = match &mut rows {
                Some(rows) => rows,
                None => rows.insert(Rows::new(path, &granule, &head)?),
            };
            let mut doubts = Vec::new();
            feed.take(number, rows.pixel(fields.split(line), &mut doubts));
            feed.doubt(number, &mut doubts);
        }
    }
    if rows.is_none() && head.comments == 0 && !head.says_no_fire {
        return Err(Error::input(path, "neither comments nor fires", EXPECTED, "fetch the file again"));
    }
    feed.unless_all_rejected(path, EXPECTED)
}

/// What the comments say.
#[derive(Default)]
struct Head {
    comments: usize,
    says_no_fire: bool,
    source: Option<String>,
    /// Texts behind `column N:`, by N.
    columns: Vec<(usize, String)>,
}

impl Head {
    fn take(&mut self, comment: &str) {
        self.comments += 1;
        if let Some(source) = comment.strip_prefix("source:") {
            self.source = Some(source.trim().to_string());
        } else if let Some((number, text)) = comment.strip_prefix("column ").and_then(|rest| rest.split_once(':'))
            && let Ok(number) = number.trim().parse::<usize>()
            && number > 0
        {
            self.columns.push((number - 1, text.trim().to_ascii_lowercase()));
        }
    }

    fn column(&self, word: &str) -> Option<usize> {
        self.columns.iter().find(|(_, text)| text.contains(word)).map(|(at, _)| *at)
    }
}

/// Where each value is, and what the granule is.
struct Rows<'a> {
    source: Source<'a>,
    satellite: &'static str,
    time: Utc,
    compact: String,
    columns: Columns,
    /// Confidence is per cent (M bands), not 7, 8, 9 (I bands).
    percent: bool,
}

struct Columns {
    lat: usize,
    lon: usize,
    bt: Option<usize>,
    scan: Option<usize>,
    track: Option<usize>,
    confidence: Option<usize>,
    frp: Option<usize>,
    anomaly: Option<usize>,
    /// How many the comments state; without comments 7 or 8.
    stated: Option<usize>,
}

impl Columns {
    fn of(head: &Head) -> Option<Columns> {
        if head.columns.is_empty() {
            let at = Some;
            let anomaly = at(7);
            let (bt, scan, track, confidence, frp) = (at(2), at(3), at(4), at(5), at(6));
            return Some(Columns { lat: 0, lon: 1, bt, scan, track, confidence, frp, anomaly, stated: None });
        }
        Some(Columns {
            lat: head.column("latitude")?,
            lon: head.column("longitude")?,
            bt: head.column("brightness temperature"),
            scan: head.column("along-scan"),
            track: head.column("along-track"),
            confidence: head.column("confidence"),
            frp: head.column("radiative power"),
            anomaly: head.column("anomaly"),
            stated: head.columns.iter().map(|(at, _)| at + 1).max(),
        })
    }

    fn fits(&self, fields: usize) -> bool {
        self.stated.map_or(fields == 7 || fields == 8, |stated| stated == fields)
    }
}

impl<'a> Rows<'a> {
    fn new(path: &Path, granule: &'a str, head: &Head) -> Result<Self> {
        let named = [Some(granule), head.source.as_deref()];
        let name = |part: fn(&str) -> Option<Utc>| named.into_iter().flatten().find_map(part);
        let time = name(start_time).ok_or_else(|| {
            let found = "no time in the file name or the `# source:` line";
            let advice = "keep the name that CSPP gives, as AFIMG_j01_d20210414_t1126439_...";
            Error::input(path, found, "a part _dYYYYMMDD_tHHMMSSS", advice)
        })?;
        let columns = Columns::of(head).ok_or_else(|| {
            Error::input(path, "column comments without latitude or longitude", EXPECTED, "fetch the file again")
        })?;
        let satellite = named.into_iter().flatten().find_map(satellite).unwrap_or("unknown");
        let percent = head.columns.iter().any(|(_, text)| text.contains("confidence") && text.contains('%'))
            || head.columns.is_empty() && granule.contains("AFMOD");
        let source = Source { algorithm: "CSPP-AF", granule };
        Ok(Rows { source, satellite, time, compact: time.compact(), columns, percent })
    }

    fn pixel(&self, row: FieldsOf<'_>, doubts: &mut Vec<String>) -> std::result::Result<FirePixel, String> {
        let columns = &self.columns;
        if !columns.fits(row.len()) {
            let stated = columns.stated.map_or_else(|| "7 or 8".to_string(), |stated| stated.to_string());
            return Err(format!("{} fields, expected {stated}", row.len()));
        }
        let place = place(row.get(Some(columns.lon)), row.get(Some(columns.lat)))?;
        let mut pixel = self.source.pixel(self.satellite, "VIIRS", self.time, &self.compact, place);
        (pixel.confidence, pixel.confidence_pct) = self.confidence(row.get(columns.confidence))?;
        pixel.class = anomaly(row.get(columns.anomaly))?;
        pixel.scan_km = side_km(row.get(columns.scan), "scan")?;
        pixel.track_km = side_km(row.get(columns.track), "track")?;
        (pixel.pixel_area_km2, pixel.position_error_m) = footprint(pixel.scan_km, pixel.track_km);
        // a fire is not lost for its temperature or power; what rejects a line stands before this
        pixel.bt_mir_k = known(kelvin(row.get(columns.bt), "brightness temperature"), doubts);
        pixel.frp_mw = known(power_mw(row.get(columns.frp), "FRP"), doubts);
        Ok(pixel)
    }

    fn confidence(&self, text: &str) -> std::result::Result<(Confidence, Option<f32>), String> {
        let number = required(text, "confidence")?;
        match (self.percent, number) {
            (true, percent) if (0.0..=100.0).contains(&percent) => {
                Ok((Confidence::of_percent(percent as f32), Some(percent as f32)))
            }
            (false, 7.0) => Ok((Confidence::Low, None)),
            (false, 8.0) => Ok((Confidence::Nominal, None)),
            (false, 9.0) => Ok((Confidence::High, None)),
            _ => Err(format!("confidence {text} is neither 7, 8, 9 nor a per cent of the M bands")),
        }
    }
}

/// Persistent anomaly as the operational product codes it: 0 none, 1 oil or gas, 2 volcano, 3 solar panel, 4 urban,
/// 5 unclassified.
fn anomaly(text: &str) -> std::result::Result<Class, String> {
    let code = optional(text, "persistent anomaly")?;
    Ok(match code {
        Some(1.0 | 4.0) => Class::Industrial,
        Some(3.0) => Class::Solar,
        _ => Class::Unknown,
    })
}

/// Start of the granule from `_dYYYYMMDD_tHHMMSSS` (tenths of a second are left off).
fn start_time(name: &str) -> Option<Utc> {
    let mut parts = name.split(['_', '.']);
    let date = digits(parts.find(|part| digits(part, 'd', 8).is_some())?, 'd', 8)?;
    let clock = digits(parts.next()?, 't', 6)?;
    let number = |text: &str| text.parse::<i8>().ok();
    Utc::from_parts(
        date.get(..4)?.parse().ok()?,
        number(date.get(4..6)?)?,
        number(date.get(6..8)?)?,
        number(clock.get(..2)?)?,
        number(clock.get(2..4)?)?,
        number(clock.get(4..6)?)?,
    )
}

/// What follows the letter, where it is at least so many digits and nothing else.
fn digits(part: &str, letter: char, count: usize) -> Option<&str> {
    let rest = part.strip_prefix(letter)?;
    (rest.len() >= count && rest.bytes().all(|byte| byte.is_ascii_digit())).then_some(rest)
}

fn satellite(name: &str) -> Option<&'static str> {
    name.split('_').find_map(|part| match part.to_ascii_lowercase().as_str() {
        "npp" => Some("Suomi-NPP"),
        "j01" => Some("NOAA-20"),
        "j02" => Some("NOAA-21"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# Active Fires I-band EDR\n#\n\
        # source: AFIMG_j01_d20210414_t1126439_e1128084_b17637_c20210414114130392094_cspp_dev.nc\n#\n\
        # column 1: latitude of fire pixel (degrees)\n# column 2: longitude of fire pixel (degrees)\n\
        # column 3: I04 brightness temperature of fire pixel (K)\n# column 4: Along-scan fire pixel resolution (km)\n\
        # column 5: Along-track fire pixel resolution (km)\n\
        # column 6: detection confidence ([7,8,9]->[lo,med,hi])\n# column 7: fire radiative power (MW)\n";
    const ROW: &str = "  59.14783859,   37.85886765,  331.58309937,  0.375,  0.375,    8,    4.67825794\n";

    fn list(name: &str, text: &str) -> Result<Feed> {
        let dir = tempfile::tempdir().expect("folder");
        std::fs::write(dir.path().join(name), text).expect("written");
        read(&dir.path().join(name))
    }

    /// First row of the CSPP list of 2021-04-14, by eye.
    #[test]
    fn seven_columns_with_the_time_of_the_source_line() {
        let feed = list("cspp_afimg_j01_20210414.txt", &format!("{HEAD}{ROW}")).expect("reads");
        let pixel = &feed.pixels[0];
        assert_eq!((pixel.satellite.as_str(), pixel.sensor.as_str()), ("NOAA-20", "VIIRS"));
        assert_eq!(pixel.time.rfc3339(), "2021-04-14T11:26:43Z");
        assert_eq!((pixel.place.lat(), pixel.place.lon()), (59.14783859, 37.85886765));
        assert_eq!((pixel.bt_mir_k, pixel.scan_km), (Some(331.5831), Some(0.375)));
        assert_eq!((pixel.confidence, pixel.frp_mw), (Confidence::Nominal, Some(4.67825794)));
    }

    #[test]
    fn eight_columns_in_the_order_that_the_comments_state() {
        let head = HEAD.replace("column 7: fire", "column 8: persistent anomaly (0-5)\n# column 7: fire");
        let row = ROW.replace("4.67825794", "4.67825794, 1");
        let feed = list("x.txt", &format!("{head}{row}")).expect("reads");
        assert_eq!((feed.pixels[0].class, feed.pixels[0].frp_mw), (Class::Industrial, Some(4.67825794)));
        let short = list("x.txt", &format!("{head}{row}{ROW}")).expect("reads");
        assert_eq!((short.pixels.len(), short.rejected.len()), (1, 1));
    }

    #[test]
    fn without_comments_the_name_gives_time_and_satellite() {
        let name = "AFIMG_npp_d20210414_t1126439_e1128084_b17637.txt";
        for row in [ROW.to_string(), ROW.replace("4.67825794", "4.67825794, 0")] {
            let feed = list(name, &row).expect("reads");
            assert_eq!(feed.pixels[0].satellite, "Suomi-NPP");
            assert_eq!(feed.pixels[0].time.rfc3339(), "2021-04-14T11:26:43Z");
        }
    }

    #[test]
    fn m_band_confidence_is_per_cent() {
        let head = HEAD.replace("([7,8,9]->[lo,med,hi])", "(%)");
        let feed = list("x.txt", &format!("{head}{}", ROW.replace("    8,", "   85,"))).expect("reads");
        assert_eq!((feed.pixels[0].confidence, feed.pixels[0].confidence_pct), (Confidence::High, Some(85.0)));
    }

    #[test]
    fn values_that_cannot_be_are_left_out_and_told() {
        let rows = [ROW.to_string(), ROW.replace("331.58309937", "31.5"), ROW.replace("4.67825794", "-4.6")];
        let feed = list("x.txt", &format!("{HEAD}{}", rows.concat())).expect("reads");
        let values: Vec<_> = feed.pixels.iter().map(|p| (p.bt_mir_k.is_some(), p.frp_mw.is_some())).collect();
        assert_eq!(values, [(true, true), (false, true), (true, false)]);
        assert_eq!(feed.doubts.iter().map(|line| line.line).collect::<Vec<u64>>(), [13, 14]);
    }

    #[test]
    fn no_fire_damage_and_no_time() {
        assert!(list("x.txt", HEAD).expect("no fires").pixels.is_empty());
        assert!(list("x.txt", "No fire detections for this granule\n").expect("no fires").pixels.is_empty());
        assert!(list("x.txt", "").is_err());
        assert!(list("x.txt", ROW).expect_err("no time").to_string().contains("time"));
        assert!(list("x.txt", &format!("{HEAD}a, b, c, d, e, f, g\n")).is_err());
        let feed = list("x.txt", &format!("{HEAD}{ROW}  59.1, 37.8\n")).expect("reads");
        assert_eq!((feed.pixels.len(), feed.rejected[0].line), (1, 13));
    }
}
