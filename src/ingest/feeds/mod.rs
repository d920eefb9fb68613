//! Fire lists of other people, read to fire pixels; what cannot be read is told line by line.

pub mod answers;
mod cspp_af;
pub mod fires_geojson;
mod firms_csv;
mod lines;
mod wlf_csv;

use crate::error::{Error, Result};
use crate::fire::FirePixel;
use crate::place::LonLat;
use crate::time::Utc;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// A list format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// NASA FIRMS CSV, MODIS or VIIRS.
    Firms,
    /// JAXA P-Tree Himawari wild fire CSV, level 2.
    Wlf,
    /// CSPP VIIRS active fire text, I or M bands.
    CsppAf,
}

impl Format {
    /// Names as `--format` takes them.
    pub const NAMES: [&'static str; 3] = ["firms", "wlf", "cspp-af"];

    /// From its name.
    pub fn from_name(name: &str) -> Option<Format> {
        match name {
            "firms" => Some(Format::Firms),
            "wlf" => Some(Format::Wlf),
            "cspp-af" => Some(Format::CsppAf),
            _ => None,
        }
    }
}

/// A line that is no fire, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Line number, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// What a list holds: fires in the order of the file, and the lines that are none.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    /// Fires, all kept, without county.
    pub pixels: Vec<FirePixel>,
    /// Lines that could not be read.
    pub rejected: Vec<Rejected>,
    /// How many lines this program's own list calls dropped: they are left out.
    pub dropped: usize,
    /// Lines that are fires, but of which a field beside place and time could not be read or cannot be.
    pub doubts: Vec<Rejected>,
    /// Lines of fires that are kept as they stand though their time is doubtful; see [`Feed::doubt_future`].
    pub future: Vec<Rejected>,
    /// The line of each fire.
    lines: Vec<u64>,
}

/// Clocks and time zones differ by less than this, seconds: what lies further ahead is a wrong date.
const AHEAD_S: f64 = 86_400.0;

impl Feed {
    fn take(&mut self, line: u64, parsed: std::result::Result<FirePixel, String>) {
        match parsed {
            Ok(pixel) => {
                self.pixels.push(pixel);
                self.lines.push(line);
            }
            Err(reason) => self.rejected.push(Rejected { line, reason }),
        }
    }

    fn doubt(&mut self, line: u64, reasons: &mut Vec<String>) {
        self.doubts.extend(reasons.drain(..).map(|reason| Rejected { line, reason }));
    }

    /// Tells fires of more than a day after `now`, once a time: they are kept, for the place may be right.
    pub fn doubt_future(&mut self, now: Utc) {
        let mut times: BTreeMap<Utc, (u64, usize)> = BTreeMap::new();
        let ahead = |pixel: &&FirePixel| pixel.time.seconds_since(now) > AHEAD_S;
        for (line, pixel) in self.lines.iter().zip(&self.pixels).filter(|(_, pixel)| ahead(pixel)) {
            times.entry(pixel.time).or_insert((*line, 0)).1 += 1;
        }
        let told = times.into_iter().map(|(time, (line, count))| {
            let more = if count > 1 { format!(" ({count} lines)") } else { String::new() };
            Rejected { line, reason: format!("the time {} is more than a day in the future{more}", time.rfc3339()) }
        });
        self.future.extend(told);
    }

    /// A list of which no line could be read is no list without fires.
    fn unless_all_rejected(self, path: &Path, expected: &str) -> Result<Feed> {
        match self.rejected.first() {
            Some(first) if self.pixels.is_empty() && self.dropped == 0 => Err(Error::input(
                path,
                format!("{} lines and no fire in any (line {}: {})", self.rejected.len(), first.line, first.reason),
                expected,
                "check that the file is whole and that --format is right",
            )),
            _ => Ok(self),
        }
    }
}

/// Reads one list.
///
/// # Errors
/// [`Error::Read`] where the system does not give the file; [`Error::Input`] where it is not of the format: a
/// required column is missing, its time is not stated, or it has lines but none that is a fire.
pub fn read(format: Format, path: &Path) -> Result<Feed> {
    match format {
        Format::Firms => firms_csv::read(path),
        Format::Wlf => wlf_csv::read(path),
        Format::CsppAf => cspp_af::read(path),
    }
}

/// Whether a text that came by another way than as a file is a whole FIRMS list; `called` is its name in messages.
///
/// # Errors
/// [`Error::Input`] where a required column is missing, or a row is cut.
pub(crate) fn check_firms(text: &str, called: &Path) -> Result<()> {
    firms_csv::check(text, called)
}

/// Takes out detections that are there twice (overlapping downloads, near real time and final): the better report stays, whatever
/// their order; how many were taken.
pub fn drop_repeats(pixels: &mut Vec<FirePixel>) -> usize {
    let before = pixels.len();
    let mut places: HashMap<String, usize> = HashMap::with_capacity(before);
    let mut once: Vec<FirePixel> = Vec::with_capacity(before);
    for pixel in pixels.drain(..) {
        let at = *places.entry(pixel.id.clone()).or_insert(once.len());
        match once.get_mut(at) {
            Some(known) if FirePixel::preferred(&pixel, known).is_lt() => *known = pixel,
            Some(_) => {}
            None => once.push(pixel),
        }
    }
    *pixels = once;
    before - pixels.len()
}

/// What a list is as a whole.
struct Source<'a> {
    algorithm: &'static str,
    granule: &'a str,
}

impl Source<'_> {
    /// A pixel that knows where it comes from. Its id is satellite, time and place: the same detection has the same
    /// id in every file that holds it.
    fn pixel(&self, satellite: &str, sensor: &str, time: Utc, compact_time: &str, place: LonLat) -> FirePixel {
        let short: String = satellite.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let (lon, lat) = (hundred_thousandths(place.lon()), hundred_thousandths(place.lat()));
        let id = format!("{short}-{compact_time}-{lon}-{lat}");
        let mut pixel = FirePixel::bare(id, time, place);
        pixel.satellite = satellite.to_string();
        pixel.sensor = sensor.to_string();
        pixel.algorithm = self.algorithm.to_string();
        pixel.profile = AS_DELIVERED.to_string();
        pixel.granule = self.granule.to_string();
        pixel
    }
}

/// `130.65703`: five decimals (1 m) by whole numbers, which is several times faster than by `{:.5}`.
fn hundred_thousandths(degrees: f64) -> String {
    let scaled = (degrees * 1e5).round() as i64;
    let sign = if scaled < 0 { "-" } else { "" };
    format!("{sign}{}.{:05}", scaled.abs() / 100_000, scaled.abs() % 100_000)
}

/// Profile of a pixel that no threshold of ours made.
const AS_DELIVERED: &str = "as_delivered";

/// Name of a list: its file name without the extension.
fn list_name(path: &Path) -> String {
    path.file_stem().map_or_else(|| "list".to_string(), |stem| stem.to_string_lossy().into_owned())
}

/// Area (km2) and root mean square error (m) of a place that may be anywhere in a pixel of this size (km).
/// The error leaves the navigation of the satellite out: lists do not state it.
fn footprint(scan_km: Option<f32>, track_km: Option<f32>) -> (Option<f64>, Option<f64>) {
    let (Some(scan), Some(track)) = (scan_km.map(f64::from), track_km.map(f64::from)) else {
        return (None, None);
    };
    (Some(scan * track), Some(1000.0 * ((scan * scan + track * track) / 12.0).sqrt()))
}

/// A place from two texts; off the earth, empty or no number is a reason to reject the line.
fn place(lon: &str, lat: &str) -> std::result::Result<LonLat, String> {
    let lon = required(lon, "longitude")?;
    let lat = required(lat, "latitude")?;
    // folding 181 to -179 would put a misprint on the other side of the world
    LonLat::new(lon, lat)
        .filter(|_| lon <= 180.0)
        .ok_or_else(|| format!("the place longitude {lon}, latitude {lat} is off the earth"))
}

fn required(text: &str, what: &str) -> std::result::Result<f64, String> {
    optional(text, what)?.ok_or_else(|| format!("no {what}"))
}

/// A finite number, or nothing where the field says so.
fn optional(text: &str, what: &str) -> std::result::Result<Option<f64>, String> {
    let text = text.trim();
    if text.is_empty() || ["nan", "null", "na"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Ok(None);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Some(number)),
        _ => Err(format!("{what} {text:?} is no number")),
    }
}

/// A quantity that cannot be negative: lists fill what they do not know with -999 and the like.
fn measured(text: &str, what: &str) -> std::result::Result<Option<f64>, String> {
    Ok(optional(text, what)?.filter(|number| *number >= 0.0))
}

/// Side of a pixel, km; what no sensor of fires has is a misprint, and would be an error of that many kilometres.
fn side_km(text: &str, what: &str) -> std::result::Result<Option<f32>, String> {
    within(measured(text, what)?, 0.01..=20.0, what, "km").map(|side| side.map(|side| side as f32))
}

/// Power of a fire in one pixel, MW: the greatest wildfires have some 10,000. A power below 0 or that is no number came of a
/// calculation that went wrong, and is told.
fn power_mw(text: &str, what: &str) -> std::result::Result<Option<f64>, String> {
    within(stated(text, what)?, 0.0..=100_000.0, what, "MW")
}

/// Brightness temperature of a pixel that may burn, K: no ground is colder and no channel reads higher.
fn kelvin(text: &str, what: &str) -> std::result::Result<Option<f32>, String> {
    within(stated(text, what)?, 150.0..=1000.0, what, "K").map(|kelvin| kelvin.map(|kelvin| kelvin as f32))
}

/// What lists fill a field with of which they know nothing.
const FILLS: [f64; 3] = [-99.0, -999.0, -9999.0];

/// A finite number, or nothing where the field is empty or filled; NaN is a number that somebody failed to calculate.
fn stated(text: &str, what: &str) -> std::result::Result<Option<f64>, String> {
    match optional(text, what)? {
        None if text.trim().eq_ignore_ascii_case("nan") => Err(format!("{what} {text:?} is no number")),
        number => Ok(number.filter(|number| !FILLS.contains(number))),
    }
}

/// The value, or nothing with the reason put to the doubts.
fn known<T>(parsed: std::result::Result<Option<T>, String>, doubts: &mut Vec<String>) -> Option<T> {
    parsed.unwrap_or_else(|reason| {
        doubts.push(reason);
        None
    })
}

fn within(
    value: Option<f64>,
    range: std::ops::RangeInclusive<f64>,
    what: &str,
    unit: &str,
) -> std::result::Result<Option<f64>, String> {
    match value {
        Some(value) if !range.contains(&value) => Err(format!("{what} {value} {unit} cannot be")),
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detection_in_two_files_is_one() {
        let time = Utc::from_parts(2025, 1, 1, 0, 0, 0).expect("valid");
        let at = LonLat::new(102.0, 36.0).expect("valid");
        let mut pixels: Vec<FirePixel> = ["a", "b", "a"].map(|id| FirePixel::bare(id, time, at)).into();
        assert_eq!(drop_repeats(&mut pixels), 1);
        assert_eq!(pixels.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let of = |version: &str, mw| FirePixel {
            source_version: Some(version.into()),
            frp_mw: Some(mw),
            ..FirePixel::bare("a", time, at)
        };
        for mut both in [vec![of("2.0NRT", 9.0), of("2.0", 5.0)], vec![of("2.0", 5.0), of("2.0NRT", 9.0)]] {
            drop_repeats(&mut both);
            assert_eq!(both.iter().map(|p| p.frp_mw).collect::<Vec<_>>(), [Some(5.0)], "the final version");
        }
    }

    #[test]
    fn fill_values_are_nothing_and_zero_is_a_value() {
        assert_eq!(measured("-999.0", "frp"), Ok(None));
        assert_eq!((measured("0", "frp"), measured("", "frp")), (Ok(Some(0.0)), Ok(None)));
        assert!(measured("1e999", "frp").is_err() && measured("1,5", "frp").is_err());
        assert!(side_km("1e8", "scan").is_err() && side_km("0", "scan").is_err() && power_mw("1e308", "frp").is_err());
        assert_eq!((side_km("0.4", "scan"), side_km("", "scan")), (Ok(Some(0.4)), Ok(None)));
    }

    /// The limits are their own statement.
    #[test]
    fn what_cannot_be_is_told_and_what_is_empty_is_nothing() {
        for text in ["-3", "-998", "NaN", "100001"] {
            assert!(power_mw(text, "frp").is_err(), "{text}");
        }
        assert_eq!(
            [power_mw("", "frp"), power_mw("null", "frp"), power_mw("-999", "frp"), power_mw("0", "frp")],
            [Ok(None), Ok(None), Ok(None), Ok(Some(0.0))]
        );
        for text in ["149.9", "1000.1", "0", "nan", "58.2"] {
            assert!(kelvin(text, "bt").is_err(), "{text}");
        }
        assert_eq!(
            (kelvin("150", "bt"), kelvin("1000", "bt"), kelvin("", "bt")),
            (Ok(Some(150.0)), Ok(Some(1000.0)), Ok(None))
        );
    }

    /// 23 hours ahead may be a clock or a time zone, 25 are not; of the two lines of one time one is named.
    #[test]
    fn a_time_of_the_future_is_told_once() {
        let now = Utc::parse("2025-10-20T05:30:00Z").expect("a time");
        let at = LonLat::new(102.0, 36.0).expect("valid");
        let mut feed = Feed::default();
        for (line, hours) in [(2, 25.0), (3, 23.0), (4, 25.0), (5, -1.0)] {
            feed.take(line, Ok(FirePixel::bare("a", now.plus_seconds(3600.0 * hours).expect("a time"), at)));
        }
        feed.doubt_future(now);
        let reason = "the time 2025-10-21T06:30:00Z is more than a day in the future (2 lines)".to_string();
        assert_eq!((feed.future, feed.pixels.len()), (vec![Rejected { line: 2, reason }], 4));
    }

    #[test]
    fn five_decimals_with_sign_and_carry() {
        let expected = ["102.30000", "-0.00123", "0.00000", "-0.50000", "36.99999"];
        for (degrees, text) in [102.3, -0.00123, -0.000_001, -0.5, 36.999_99].into_iter().zip(expected) {
            assert_eq!(hundred_thousandths(degrees), text);
        }
    }

    /// By hand: 0.4 x 0.3 km: area 0.12; sqrt((0.16 + 0.09) / 12) = 0.144338 km.
    #[test]
    fn footprint_of_a_pixel() {
        let (area, error) = footprint(Some(0.4), Some(0.3));
        assert!((area.expect("known") - 0.12).abs() < 1e-6);
        assert!((error.expect("known") - 144.338).abs() < 1e-2);
        assert_eq!(footprint(Some(0.4), None), (None, None));
    }

    const GOOD: [(Format, &str); 3] = [
        (Format::Firms, "latitude,longitude,acq_date,acq_time,frp\n36.5,102.1,2025-10-20,530,1.5\n"),
        (
            Format::Wlf,
            "# x\n# ID,Year,Month,Day,Time(UTC),Lat,Lon,Area(km^2),FRP(Wm^-2)\n1,2025,12,9,1902,41.1,122.9,3.7,3.7\n",
        ),
        (Format::CsppAf, "# source: AFIMG_j01_d20210414_t1126439_e1.nc\n59.1, 37.8, 331.5, 0.375, 0.375, 8, 4.6\n"),
    ];

    proptest::proptest! {
        /// Whatever bytes stand in a list: an answer or an error, and never a place that was not there.
        #[test]
        fn damaged_lists_are_told_and_never_fatal(at in 0_usize..120, bytes in ".{0,12}", cut in 0_usize..140) {
            for (format, text) in GOOD {
                let mut damaged = text.as_bytes().to_vec();
                let at = at.min(damaged.len());
                damaged.splice(at..at, bytes.bytes());
                damaged.truncate(cut.max(1));
                let file = tempfile::NamedTempFile::new().expect("file");
                std::fs::write(file.path(), &damaged).expect("written");
                if let Ok(feed) = read(format, file.path()) {
                    proptest::prop_assert!(feed.pixels.iter().all(|p| p.place.lon() != 0.0 || p.place.lat() != 0.0));
                }
            }
        }
    }
}
