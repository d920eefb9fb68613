//! `strawfire-sim ahi`: Himawari Standard Data segments of an invented day over Haidong.

use crate::around::{Around, AroundArgs};
use crate::bands::Band;
use crate::calibration::Calibration;
use crate::error::{Result, file, usage};
use crate::fires::{self, Fire, round};
use crate::frame::Frame;
use crate::gridded::{self, GridArgs};
use crate::ground::Setting;
use crate::hsd::{SEGMENTS, Segment};
use crate::navigation::DiskGrid;
use crate::optics::Optics;
use crate::output;
use crate::seeds::{Family, Rng, key};
use crate::shape::Shape;
use crate::sight;
use crate::site::{CELLS, Canvas, Patch};
use crate::traps::{self, Trap, kilns};
use rayon::prelude::*;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Stream of the random fires, apart from every field of the scene.
const FIRE_STREAM: u64 = 0xF1;
/// The segment that holds the whole detailed box (a test of the site says so).
const SITE_SEGMENT: u8 = 2;

/// Write simulated Himawari-8/9 AHI segments and the truth about them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to write into; made if absent.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Start of the ten-minute slot, UTC.
    #[arg(long, value_name = "TIME", default_value = "2025-10-20T05:30:00Z")]
    time: String,
    /// Himawari number, 8 or 9.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u8).range(8..=9))]
    satellite: u8,
    /// What the seed is for; the sealed family is for scoring only.
    #[arg(long, value_enum, default_value_t = Family::Dev)]
    family: Family,
    /// Number of the seed within its family.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Bands to write, 1 to 16.
    #[arg(long, value_delimiter = ',', default_value = "4,5,6,7,14,15",
          value_parser = clap::value_parser!(u8).range(1..=16))]
    bands: Vec<u8>,
    /// Segments to write, 1 to 10; Haidong lies in segment 2.
    #[arg(long, value_delimiter = ',', default_value = "2,3",
          value_parser = clap::value_parser!(u8).range(1..=10))]
    segments: Vec<u8>,
    /// Compress each file with bzip2, as the real ones are delivered.
    #[arg(long)]
    bz2: bool,
    /// Mean cloud opacity over the site, 0 to 0.95.
    #[arg(long, default_value_t = 0.15)]
    cloud: f64,
    /// A fire of one temperature; may be given many times.
    #[arg(long = "fire", value_name = "LON,LAT,TEMP_K,AREA_M2", allow_hyphen_values = true)]
    fire: Vec<String>,
    #[command(flatten)]
    gridded: GridArgs,
    #[command(flatten)]
    around: AroundArgs,
    /// Random fires of 60 to 400 MW in the valleys (default 4, or 0 with any other fires or --trap). Real straw fires are 1
    /// to 11 MW.
    #[arg(long, value_name = "N")]
    fires: Option<usize>,
    /// Shape of the land; `strawfire-sim dem` writes its heights.
    #[arg(long, value_enum, default_value_t)]
    relief: Shape,
    /// Show every place where it would lie on the ellipsoid, without terrain parallax.
    #[arg(long)]
    flat: bool,
    /// Something that looks like fire and is none; may be given many times. No random fires burn then without --fires.
    #[arg(long = "trap", value_name = "NAME", value_enum)]
    traps: Vec<Trap>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let slot = slot(&args.time)?;
    if !(0.0..=0.95).contains(&args.cloud) {
        return Err(usage(format!("--cloud {}", args.cloud), "a share from 0 to 0.95", "write it like --cloud 0.15"));
    }
    let seed_key = key(args.family, args.seed);
    let setting = Setting::new(seed_key, slot, args.cloud).over(args.relief, args.flat).trapped(&args.traps);
    let fires = all_fires(args, &setting)?;
    let around = args.around.of(&fires, &setting)?;
    output::make_folder(&args.out)?;
    let works = kilns::of(&setting).into_iter().map(|one| one.fire);
    let burning: Vec<Fire> = fires.iter().cloned().chain(works).collect();
    let names = write_segments(args, slot, &setting, &burning, &around)?;
    let truth = truth_of(args, slot, &setting, &fires, &names);
    let truth = args.around.told(args.gridded.told(truth));
    let truth = traps::told(truth, &args.out, &setting, Some(&DiskGrid::himawari(1)))?;
    output::write_json(&args.out.join("truth.json"), &truth)?;
    println!(
        "{} files and truth.json written to {}: {} fires, seed {} of family {}",
        names.len(),
        args.out.display(),
        fires.len(),
        args.seed,
        args.family.name()
    );
    Ok(())
}

/// The ten-minute slot that a text names.
fn slot(text: &str) -> Result<jiff::Timestamp> {
    let wrong = |expected: &str| usage(format!("--time {text}"), expected, "write it like --time 2025-10-20T05:30:00Z");
    let time: jiff::Timestamp = text.parse().map_err(|_| wrong("an RFC 3339 time with its offset"))?;
    if time.as_second().rem_euclid(600) != 0 || time.subsec_nanosecond() != 0 {
        return Err(wrong("the start of a ten-minute slot, UTC"));
    }
    Ok(time)
}

fn all_fires(args: &Args, setting: &Setting) -> Result<Vec<Fire>> {
    let grid = DiskGrid::himawari(1);
    let fits =
        |lon: f64, lat: f64| gridded::is_field(setting, lon, lat) && sight::seen(setting, &grid, lon, lat).is_some();
    let mut fires = args.gridded.fires(&args.fire, setting, gridded::DISK_SPACING_KM, fits)?;
    let random = args.fires.unwrap_or(if fires.is_empty() && args.traps.is_empty() { 4 } else { 0 });
    let mut rng = Rng::new(setting.key, FIRE_STREAM);
    fires.extend(fires::random(random, &setting.terrain, &setting.clouds, fires::STRONG_POWER_W, &mut rng));
    Ok(fires)
}

/// One band, ready: optics, scale and its view of the site.
struct Channel {
    optics: Optics,
    calibration: Calibration,
    patch: Option<Patch>,
}

fn write_segments(
    args: &Args,
    slot: jiff::Timestamp,
    setting: &Setting,
    fires: &[Fire],
    around: &Around,
) -> Result<Vec<String>> {
    let canvas = args
        .segments
        .contains(&SITE_SEGMENT)
        .then(|| Canvas::new(setting, DiskGrid::himawari(1), CELLS, &around.plumes));
    let channels: Vec<Channel> =
        sorted(&args.bands).into_iter().filter_map(Band::numbered).map(|band| channel(band, canvas.as_ref())).collect();
    let segments = sorted(&args.segments);
    let jobs: Vec<(&Channel, u8)> =
        channels.iter().flat_map(|channel| segments.iter().map(move |number| (channel, *number))).collect();
    jobs.into_par_iter()
        .map(|(channel, number)| {
            let segment = Segment { band: channel.optics.band, number, satellite: args.satellite, slot };
            write_segment(args, &segment, setting, channel, fires, around)
        })
        .collect()
}

fn channel(band: Band, canvas: Option<&Canvas>) -> Channel {
    let optics = Optics::new(band);
    Channel { calibration: Calibration::of(&band), patch: canvas.map(|c| c.view(&optics)), optics }
}

fn sorted(numbers: &[u8]) -> Vec<u8> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn write_segment(
    args: &Args,
    segment: &Segment,
    setting: &Setting,
    channel: &Channel,
    fires: &[Fire],
    around: &Around,
) -> Result<String> {
    let patch = channel.patch.as_ref().filter(|_| segment.number == SITE_SEGMENT);
    let frame = Frame::new(segment, setting, &channel.optics, &channel.calibration, patch, fires, around);
    let mut bytes = segment.header(&channel.calibration);
    for count in frame.counts() {
        bytes.extend(count.to_le_bytes());
    }
    let mut name = segment.file_name();
    if args.bz2 {
        name.push_str(".bz2");
        bytes = compress(&args.out.join(&name), &bytes)?;
    }
    output::write_whole(&args.out.join(&name), &bytes)?;
    Ok(name)
}

/// Bytes as one bzip2 stream.
pub fn compress(target: &Path, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|e| file(target, e, "bytes that compress", "free some memory"))
}

fn truth_of(
    args: &Args,
    slot: jiff::Timestamp,
    setting: &Setting,
    fires: &[Fire],
    names: &[String],
) -> serde_json::Value {
    let grid = DiskGrid::himawari(1);
    json!({
        "simulated": true,
        "time": slot.to_string(),
        "satellite": format!("Himawari-{}", args.satellite),
        "seed": args.seed,
        "family": args.family.name(),
        "relief": args.relief.name(),
        "flat": args.flat,
        "fires": fires.iter().enumerate().map(|(i, f)| f.truth(i + 1, &grid, setting)).collect::<Vec<_>>(),
        "cloud_fraction": round(setting.clouds.fraction(), 4),
        "segments_of_disk": SEGMENTS,
        "files": names,
        "notes": [
            "line and column: full disk at 2 km, counted from 0, fractional, at the centre of the pixel",
            "temperature_k: the one temperature that gives frp_mw from area_m2; parts: what was really put there",
            "frp_mw is what the fire radiates; the mid infrared passes 0.86 of it to the satellite",
            "cloud_opacity hides that share of the fire",
            "the land of a seed stays the same at all times; clouds change by day and drift, noise changes by slot",
            "places of random fires are chosen under the clear sky of this slot: for a series of slots give --fire",
            parallax_note(args.flat),
            "height_m: above the WGS84 ellipsoid, as in the raster of the dem command for this seed and relief",
            "visible: whether the satellite sees the fire; false behind a ridge and beyond the horizon",
            "the land is invented: relief, rivers, fields and clouds are not those of Haidong",
            "random fires have 60 to 400 MW so that one frame by day can show them; real straw fires are 1 to 11 MW",
        ],
    })
}

pub fn parallax_note(flat: bool) -> &'static str {
    if flat {
        "terrain parallax is not simulated: every place appears as if on the ellipsoid, so do not correct for it"
    } else {
        "ground and fires of the detailed box appear where their height puts them; a cloud lies on the ground below it"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ten_minute_slots() {
        assert!(slot("2025-10-20T05:30:00Z").is_ok());
        assert!(slot("2025-10-20T13:30:00+08:00").is_ok());
        for text in ["2025-10-20T05:31:00Z", "yesterday", "2025-10-20"] {
            assert_eq!(slot(text).expect_err("refused").exit_code(), 2);
        }
    }

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    /// Writes segment 2 of two bands with so many threads; names and bytes in order.
    fn written(threads: usize) -> Vec<(String, Vec<u8>)> {
        use clap::Parser;
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().to_string_lossy().into_owned();
        let words = ["ahi", "--out", &out, "--bands", "7,14", "--segments", "2", "--seed", "3"];
        let line = Line::parse_from(words);
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool")
            .install(|| run(&line.args))
            .expect("written");
        let mut files: Vec<_> = std::fs::read_dir(folder.path())
            .expect("listed")
            .filter_map(|entry| entry.ok())
            .map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                (name, std::fs::read(entry.path()).expect("read"))
            })
            .collect();
        files.sort();
        files
    }

    /// One run serves several tests: it takes seconds without optimisation.
    fn two_threads() -> &'static Vec<(String, Vec<u8>)> {
        static FILES: std::sync::OnceLock<Vec<(String, Vec<u8>)>> = std::sync::OnceLock::new();
        FILES.get_or_init(|| written(2))
    }

    #[test]
    fn bytes_do_not_depend_on_the_threads() {
        assert_eq!(two_threads().len(), 3);
        assert!(written(1) == *two_threads());
    }

    #[test]
    fn a_fire_makes_its_pixel_hot_and_space_stays_outside() {
        let files = two_threads();
        let (name, bytes) = &files[0];
        assert!(name.contains("_B07_"));
        let truth: serde_json::Value = serde_json::from_slice(&files[2].1).expect("JSON");
        let header = u32::from_le_bytes(bytes[70..74].try_into().expect("four")) as usize;
        let count = |line: usize, col: usize| {
            let at = header + 2 * (line * 5500 + col);
            u16::from_le_bytes([bytes[at], bytes[at + 1]])
        };
        assert_eq!(count(0, 0), 65_534);
        for fire in truth["fires"].as_array().expect("fires") {
            let place = |word: &str| fire[word].as_f64().expect("a number").round() as usize;
            let (line, col) = (place("line") - 550, place("column"));
            // Counts fall with radiance: the fire's pixel is the lowest of its neighbourhood.
            assert!(count(line, col) < count(line, col - 4) && count(line, col) < count(line, col + 4));
        }
    }
}
