//! `strawfire-sim ahi-days`: days of ten-minute slots over one land, with all that changes from slot to slot.
//!
//! Written are real Himawari segments, whole lines of the disk; only the pixels of the site are drawn, all others hold
//! the count of a pixel in error.

pub mod burns;
pub mod land;
pub mod park;
pub mod picture;
pub mod stray;
mod truth;
pub mod weather;

use crate::bands::{Band, Kind};
use crate::error::{Result, usage};
use crate::ground::Setting;
use crate::output;
use crate::seeds::{Family, key};
use crate::shape::Shape;
use burns::Plan;
use land::Land;
use picture::Studio;
use rayon::prelude::*;
use std::path::PathBuf;
use stray::StrayLight;
use weather::Sky;

/// Ten-minute slots of a day.
const SLOTS: usize = 144;
/// Slots in which the real satellite keeps house and takes no full disk: 02:40 and 14:40 UTC.
const PLANNED_GAPS: [usize; 2] = [16, 88];
/// The segment of the site is scanned so long after the start of the slot, s.
const SCANNED_AFTER_S: i64 = 86;

/// Write days of simulated AHI slots of the site (segment 2) and one truth about all of them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to write into, one folder a day in it; made if absent.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// First UTC day.
    #[arg(long, value_name = "DATE", default_value = "2025-10-10")]
    start: jiff::civil::Date,
    /// How many days.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=60))]
    days: u16,
    /// Only these slots of each day, 0 to 143 from 00:00 UTC, the last not included.
    #[arg(long, value_name = "FROM:TO", default_value = "0:144")]
    slots: String,
    /// Himawari number, 8 or 9.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u8).range(8..=9))]
    satellite: u8,
    /// What the seed is for; the sealed family is for scoring only.
    #[arg(long, value_enum, default_value_t = Family::Dev)]
    family: Family,
    /// Number of the seed within its family.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Bands to write; those of reflected sunlight by day only.
    #[arg(long, value_delimiter = ',', default_value = "4,7,14", value_parser = clap::value_parser!(u8).range(1..=16))]
    bands: Vec<u8>,
    /// Mean cloud opacity over site and days, 0 to 0.6; single slots lie between clear and 0.9.
    #[arg(long, default_value_t = 0.3)]
    cloud: f64,
    /// Fires that start on each day, at any hour.
    #[arg(long, value_name = "N", default_value_t = 20)]
    fires_per_day: usize,
    /// Their powers at the peak, MW, taken in turn.
    #[arg(long, value_delimiter = ',', default_value = "5,8,10,20,40,80")]
    powers: Vec<f64>,
    /// Power of the kiln that burns all the time, MW; 0 for none.
    #[arg(long, value_name = "MW", default_value_t = 20.0)]
    kiln: f64,
    /// Leave out the solar park; where it stands, and its parks.geojson is written, it shines by the geometry of its panels.
    #[arg(long)]
    no_park: bool,
    /// Tilt of its panels, degrees from the horizontal; they face south.
    #[arg(long, value_name = "DEG", default_value_t = 36.0)]
    park_tilt: f64,
    /// Leave out the sunlight that falls into the telescope past the earth's limb (band 7).
    #[arg(long)]
    no_stray_light: bool,
    /// Shape of the land; `strawfire-sim dem` writes its heights.
    #[arg(long, value_enum, default_value_t)]
    relief: Shape,
    /// Show every place where it would lie on the ellipsoid, without terrain parallax.
    #[arg(long)]
    flat: bool,
}

/// One slot of the series.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    pub time: jiff::Timestamp,
    /// Nothing is taken.
    gap: bool,
    /// Land, clouds and noise at this time.
    pub setting: Setting,
    /// Mean cloud opacity over the box.
    cloud: f64,
    /// Height above which fresh snow lies, m.
    snow_line_m: Option<f64>,
}

impl Slot {
    /// The slot that begins at a time.
    pub fn at(time: jiff::Timestamp, sky: &Sky, base: &Setting) -> Slot {
        let number = time.as_second().rem_euclid(86_400) / 600;
        Slot {
            time,
            gap: PLANNED_GAPS.contains(&(number as usize)),
            setting: sky.over(base, time),
            cloud: sky.cover(time),
            snow_line_m: sky.snow_line_m(time),
        }
    }

    /// When the site is scanned.
    pub fn scanned(&self) -> jiff::Timestamp {
        self.time + jiff::SignedDuration::from_secs(SCANNED_AFTER_S)
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    check(args)?;
    // Land and fires are those of the first midnight, whatever slots are asked for.
    let midnight = midnight(args)?;
    let base = Setting::new(key(args.family, args.seed), midnight, 0.0).over(args.relief, args.flat);
    let slots = slots(args, &base, midnight)?;
    let plan = Plan::new(args, &base, midnight);
    let stray =
        Band::numbered(stray::BAND).filter(|_| !args.no_stray_light).map(|band| StrayLight::new(base.key, band));
    let studio = Studio::new(Land::new(&base), bands(args), args.satellite, stray)?;
    output::make_folder(&args.out)?;
    let write = |slot: &Slot| picture::write(&args.out, &studio, slot, &plan.fires(slot.scanned()), plan.park);
    let names: Vec<Vec<String>> = slots.par_iter().map(write).collect::<Result<_>>()?;
    if let Some(park) = plan.park {
        output::write_json(&args.out.join("parks.geojson"), &park.geojson())?;
    }
    output::write_json(&args.out.join("truth.json"), &truth::of(args, &slots, &names, &plan, studio.stray.as_ref()))?;
    println!(
        "{} files and truth.json written to {}: {} slots, {} fires, seed {} of family {}",
        names.iter().map(Vec::len).sum::<usize>(),
        args.out.display(),
        slots.len(),
        plan.burns.len(),
        args.seed,
        args.family.name()
    );
    Ok(())
}

fn check(args: &Args) -> Result<()> {
    if !(0.0..=0.6).contains(&args.cloud) {
        return Err(usage(format!("--cloud {}", args.cloud), "a share from 0 to 0.6", "write it like --cloud 0.3"));
    }
    if let Some(power) = args.powers.iter().find(|power| !(0.5..=500.0).contains(*power)) {
        return Err(usage(format!("--powers {power}"), "0.5 to 500 MW", "write them like --powers 5,10,20"));
    }
    if args.powers.is_empty() {
        return Err(usage("--powers without a number", "at least one", "write them like --powers 5,10,20"));
    }
    if !(0.0..=90.0).contains(&args.park_tilt) {
        return Err(usage(
            format!("--park-tilt {}", args.park_tilt),
            "0 to 90 degrees",
            "write it like --park-tilt 36",
        ));
    }
    if args.kiln != 0.0 && !(0.5..=500.0).contains(&args.kiln) {
        return Err(usage(format!("--kiln {}", args.kiln), "0, or 0.5 to 500 MW", "write it like --kiln 20"));
    }
    Ok(())
}

fn bands(args: &Args) -> Vec<Band> {
    let mut numbers = args.bands.clone();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into_iter().filter_map(Band::numbered).collect()
}

fn midnight(args: &Args) -> Result<jiff::Timestamp> {
    let start = args.start.to_zoned(jiff::tz::TimeZone::UTC);
    start
        .map(|day| day.timestamp())
        .map_err(|e| usage(format!("--start {}: {e}", args.start), "a day", "write it like --start 2025-10-10"))
}

/// The slots asked for, in order of time.
fn slots(args: &Args, base: &Setting, midnight: jiff::Timestamp) -> Result<Vec<Slot>> {
    let wanted = wanted(&args.slots)?;
    let sky = Sky::new(base.key, midnight, args.cloud);
    let places: Vec<(i64, usize)> =
        (0..i64::from(args.days)).flat_map(|day| wanted.clone().map(move |slot| (day, slot))).collect();
    let of = |(day, slot): &(i64, usize)| {
        Slot::at(midnight + jiff::SignedDuration::from_secs(day * 86_400 + *slot as i64 * 600), &sky, base)
    };
    Ok(places.par_iter().map(of).collect())
}

fn wanted(text: &str) -> Result<std::ops::Range<usize>> {
    let numbers: Vec<usize> = text.split(':').filter_map(|part| part.parse().ok()).collect();
    match numbers[..] {
        [from, to] if from < to && to <= SLOTS => Ok(from..to),
        _ => Err(usage(format!("--slots {text}"), "FROM:TO with 0 <= FROM < TO <= 144", "write it like --slots 30:60")),
    }
}

/// Whether a band has anything to show in a slot.
fn shows(band: &Band, setting: &Setting) -> bool {
    let sun = crate::sun::position(setting.moment.days_j2000, 102.4, 36.3);
    band.kind() == Kind::Emissive || sun.cos_zenith > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn written(threads: usize, more: &[&str]) -> (Vec<(String, Vec<u8>)>, serde_json::Value) {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().to_string_lossy().into_owned();
        let words = ["ahi-days", "--out", &out, "--days", "1"].into_iter().chain(more.iter().copied());
        let line = Line::parse_from(words);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| run(&line.args)).expect("written");
        let truth = std::fs::read_to_string(folder.path().join("truth.json")).expect("a truth");
        let day = folder.path().join("20251010");
        let mut files: Vec<_> = std::fs::read_dir(day)
            .map(|day| day.filter_map(|entry| entry.ok()).collect::<Vec<_>>())
            .unwrap_or_default()
            .into_iter()
            .map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).expect("read")))
            .collect();
        files.sort();
        (files, serde_json::from_str(&truth).expect("JSON"))
    }

    /// The counts of a file.
    fn counts(packed: &[u8]) -> Vec<u16> {
        let mut bytes = Vec::new();
        let mut stream = bzip2::read::MultiBzDecoder::new(packed);
        std::io::Read::read_to_end(&mut stream, &mut bytes).expect("unpacked");
        let header = u32::from_le_bytes(bytes[70..74].try_into().expect("four")) as usize;
        bytes[header..].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
    }

    /// The radiance that the truth states is that between the counts with and without, on ground and cloud alike.
    #[test]
    fn stray_light_is_what_the_truth_says() {
        let slot = ["--slots", "84:85", "--bands", "7,14"];
        let (lit, truth) = written(2, &slot);
        let (dark, said) = written(2, &[&slot[..], &["--no-stray-light"]].concat());
        assert!(lit[1] == dark[1], "band 14 has none");
        let gain = crate::calibration::Calibration::of(&Band::numbered(7).expect("band 7")).gain;
        let (lit, dark) = (counts(&lit[0].1), counts(&dark[0].1));
        let added: Vec<f64> = lit
            .iter()
            .zip(dark)
            .filter(|(count, _)| **count != crate::calibration::ERROR_COUNT)
            .map(|(with, without)| gain * (f64::from(*with) - f64::from(without)))
            .collect();
        let mean = added.iter().sum::<f64>() / added.len() as f64;
        let stated = truth["slots"][0]["stray_light"].as_f64().expect("a number");
        assert!(added.len() > 10_000 && stated > 0.03 && (mean / stated - 1.0).abs() < 0.05, "{mean} {stated}");
        assert!(added.iter().all(|one| (0.6..1.4).contains(&(one / stated))));
        assert_eq!(said["slots"][0]["stray_light"], 0.0);
    }

    #[test]
    fn bytes_do_not_depend_on_the_threads_and_gaps_are_left_out() {
        let (files, truth) = written(2, &["--slots", "16:18"]);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(names.iter().all(|name| !name.contains("_0240_")) && names[0].contains("20251010_0250_B04"));
        assert_eq!(truth["slots"][0]["planned_gap"], true);
        assert!(written(1, &["--slots", "16:18"]) == (files, truth));
    }

    /// A fire in the dark is the hottest pixel about it, in the very line and column that the truth gives.
    #[test]
    fn the_kiln_shines_where_the_truth_says() {
        let more = ["--slots", "100:101", "--cloud", "0", "--kiln", "300", "--fires-per-day", "0", "--bands", "7"];
        let (files, truth) = written(2, &more);
        let counts = counts(&files[0].1);
        assert_eq!(counts.len(), 5500 * 550);
        let count = |line: usize, col: usize| counts[(line - 550) * 5500 + col];
        assert_eq!(count(560, 2000), 65_535);
        let place = |word: &str| truth["kiln"][word].as_f64().expect("a number").round() as usize;
        let (line, col) = (place("line"), place("column"));
        for (dl, dc) in [(3, 0), (0, 3), (3, 3), (1, 1)] {
            assert!(count(line, col) < count(line + dl, col + dc) && count(line, col) < count(line - dl, col - dc));
        }
    }

    #[test]
    fn a_slot_is_the_same_in_every_series() {
        let (two, _) = written(2, &["--slots", "99:101", "--bands", "7"]);
        let (one, truth) = written(2, &["--slots", "100:101", "--bands", "7"]);
        assert!(two[1] == one[0] && two[0] != two[1]);
        assert_eq!(truth["fires"].as_array().map(Vec::len), Some(20));
    }

    #[test]
    fn odd_options_are_refused() {
        for text in ["30", "60:30", "0:145", "a:b", "1:2:3"] {
            assert_eq!(wanted(text).expect_err("refused").exit_code(), 2, "{text}");
        }
        assert_eq!(wanted("30:60").expect("a range"), 30..60);
    }
}
