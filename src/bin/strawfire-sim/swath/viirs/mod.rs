//! `strawfire-sim viirs`: granules of VIIRS as NASA L1B files or NOAA SDR files.

mod bands;
mod counts;
pub mod geometry;
mod l1b;
mod l1b_geo;
pub mod pass;
mod sdr;
mod sdr_file;
mod sdr_geo;

use crate::error::{Result, usage};
use crate::output;
use crate::swath::args::{Common, Prepared};
use crate::swath::granule::{Carrier, Granule as Piece};
use crate::swath::orbit::Track;
use crate::swath::scanner::Scanner;
use crate::swath::{clock, truth};
use bands::{IMAGERY_BANDS, MODERATE_BANDS, ViirsBand};
use geometry::{IMAGERY, MODERATE, TRACK, deleted};
use serde_json::{Value, json};

/// Write simulated VIIRS granules and the truth about them.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Which VIIRS flies.
    #[arg(long, value_enum, default_value_t = Satellite::Npp)]
    satellite: Satellite,
    /// Files of NASA (netCDF-4, one granule each) or of NOAA (HDF5, granules of 48 scans aggregated into one file).
    #[arg(long, value_enum, default_value_t = Format::L1b)]
    format: Format,
    /// Resolutions to write: I bands (375 m), M bands (750 m) or both.
    #[arg(long, value_enum, default_value_t = Which::Both)]
    bands: Which,
    /// Lines of the I bands in all: a multiple of 32 (6464 are the 202 scans of a six-minute granule).
    #[arg(long, default_value_t = 6464)]
    lines: usize,
    /// Granules (SDR: files) that the lines are cut into.
    #[arg(long, default_value_t = 1)]
    granules: usize,
    /// SDR: give the first granule of a file 47 scans, and fill its array up to 48.
    #[arg(long)]
    short_first: bool,
}

/// The satellites that carry VIIRS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Satellite {
    Npp,
    J01,
    J02,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    L1b,
    Sdr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    Img,
    Mod,
    Both,
}

/// Some scans of VIIRS that go into one file.
pub type Granule = Piece<Satellite>;

/// One of the two resolutions.
#[derive(Clone, Copy)]
pub struct Resolution {
    /// As in the file names.
    pub code: &'static str,
    pub scanner: Scanner,
    pub bands: &'static [ViirsBand],
}

const IMG: Resolution = Resolution { code: "IMG", scanner: IMAGERY, bands: &IMAGERY_BANDS };
const MOD: Resolution = Resolution { code: "MOD", scanner: MODERATE, bands: &MODERATE_BANDS };

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let scans = scans(args)?;
    let prepared = args.common.prepare(TRACK, &IMAGERY, scans)?;
    let granules = Granule::cut(&prepared.overpass, args.satellite, scans, args.granules);
    output::make_folder(&args.common.out)?;
    let resolutions: &[Resolution] = match args.bands {
        Which::Img => &[IMG],
        Which::Mod => &[MOD],
        Which::Both => &[IMG, MOD],
    };
    let names = match args.format {
        Format::L1b => l1b::write(&args.common.out, &prepared.overpass, resolutions, &granules)?,
        Format::Sdr => sdr::write(&args.common.out, &prepared.overpass, resolutions, &granules, args.short_first)?,
    };
    let truth = args.common.told(truth_of(args, &prepared, &granules, &names), &prepared)?;
    output::write_json(&args.common.out.join("truth.json"), &truth)?;
    println!(
        "{} files and truth.json written to {}: {} fires, seed {} of family {}",
        names.len(),
        args.common.out.display(),
        prepared.fires.len(),
        args.common.seed,
        args.common.family.name()
    );
    Ok(())
}

fn scans(args: &Args) -> Result<usize> {
    let scans = args.lines / IMAGERY.lines;
    if scans == 0 || !args.lines.is_multiple_of(IMAGERY.lines) {
        return Err(usage(format!("--lines {}", args.lines), "a multiple of 32", "write it like --lines 640"));
    }
    if args.granules == 0 || !scans.is_multiple_of(args.granules) {
        return Err(usage(
            format!("--granules {} of {scans} scans", args.granules),
            "granules of whole scans",
            "choose --lines as a multiple of 32 times --granules",
        ));
    }
    // The names of the files tell minutes only.
    let seconds = (scans / args.granules) as f64 * IMAGERY.period_s;
    if args.format == Format::L1b && args.granules > 1 && seconds < 60.0 {
        return Err(usage(
            format!("--granules {} of {seconds:.0} s each", args.granules),
            "granules of a minute or more, whose names differ",
            "give at least 1088 --lines a granule",
        ));
    }
    Ok(scans)
}

fn truth_of(args: &Args, prepared: &Prepared, granules: &[Granule], names: &[String]) -> Value {
    let overpass = &prepared.overpass;
    let scans = granules.iter().map(|g| g.scans).sum();
    let look = |glance: truth::Glance| look(&glance, granules);
    json!({
        "simulated": true,
        "time": prepared.start.to_string(),
        "satellite": args.satellite.platform(),
        "instrument": "VIIRS",
        "seed": args.common.seed,
        "family": args.common.family.name(),
        "even_k": overpass.even.map(|even| even.kelvin),
        "rough_k": overpass.even.map(|even| even.rough_k),
        "night": granules.iter().all(|g| g.night),
        "granules": granules.iter().map(|g| json!({
            "start": clock::text(g.start, "%Y-%m-%dT%H:%M:%S%.3fZ"),
            "scans": g.scans,
        })).collect::<Vec<_>>(),
        "fires": truth::all(prepared, &IMAGERY, scans, look),
        "files": names,
        "notes": [
            "looks: every scan that sees the fire, also those whose pixel there is deleted on board",
            "line and column: I bands, in the granule, counted from 0, fractional, at the centre of the pixel",
            "m_line and m_column: the same in the M bands",
            "frp_mw is what the fire radiates; I4 passes 0.89 and M13 0.90 of it, whatever the view angle",
            "I4 leaves its scale at 362 K, saturates at 367 K and folds over beyond 500 K of a whole pixel",
            "the arrays of an SDR file hold 48 scans a granule, the missing ones filled up with codes: line counts without those",
            "where the factors of an SDR granule end below 367 K a saturated I4 pixel reads 65528 (out of bounds)",
            "column 0 lies to the right of the flight: west when flying south, east when flying north",
            "terrain parallax is not simulated: every place lies on the ellipsoid",
            "the land is invented; outside the box 101.2-103.6 E 35.0-37.6 N it is plain, and all of it is land",
            "the distance of the Sun is always 1 au",
        ],
    })
}

/// One look of the truth, in the numbers of the granule that holds it.
fn look(glance: &truth::Glance, granules: &[Granule]) -> Value {
    let holds = |g: &Granule| (g.first_scan..g.first_scan + g.scans).contains(&glance.scan);
    let index = granules.iter().position(holds).unwrap_or(0);
    let granule = &granules[index];
    let line = ((glance.scan - granule.first_scan) * IMAGERY.lines) as f64 + glance.line;
    let round = crate::fires::round;
    let in_scan = (glance.line.round().max(0.0) as usize).min(IMAGERY.lines - 1);
    let column = (glance.column.round().max(0.0) as usize).min(IMAGERY.columns() - 1);
    json!({
        "granule": index,
        "scan": glance.scan - granule.first_scan,
        "line": round(line, 3),
        "column": round(glance.column, 3),
        "m_line": round((line + 0.5) / 2.0 - 0.5, 3),
        "m_column": round((glance.column + 0.5) / 2.0 - 0.5, 3),
        "deleted": deleted(&IMAGERY, in_scan, column),
        "view_zenith_deg": round(glance.view_zenith_deg, 2),
        "pixel_area_m2": round(glance.pixel_m2, 0),
    })
}

impl Satellite {
    /// As in the attribute `platform` of the NASA files.
    pub fn platform(self) -> &'static str {
        match self {
            Satellite::Npp => "Suomi-NPP",
            Satellite::J01 => "JPSS-1",
            Satellite::J02 => "JPSS-2",
        }
    }

    /// How the names of NASA's products begin.
    pub fn prefix(self) -> &'static str {
        match self {
            Satellite::Npp => "VNP",
            Satellite::J01 => "VJ1",
            Satellite::J02 => "VJ2",
        }
    }
}

impl Carrier for Satellite {
    fn scanner(self) -> Scanner {
        IMAGERY
    }

    fn track(self) -> Track {
        TRACK
    }

    fn launch_s(self) -> f64 {
        match self {
            Satellite::Npp => 1_319_795_280.0,
            Satellite::J01 => 1_510_998_420.0,
            Satellite::J02 => 1_668_073_740.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use std::path::Path;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn written(folder: &Path, words: &[&str], threads: usize) -> Result<()> {
        let out = folder.to_string_lossy().into_owned();
        let line = Line::parse_from([&["viirs", "--out", &out], words].concat());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| run(&line.args))
    }

    fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = std::fs::read_dir(folder)
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

    #[test]
    fn bytes_do_not_depend_on_the_threads() {
        let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let words = ["--lines", "64", "--bands", "mod", "--seed", "3"];
        written(one.path(), &words, 1).expect("written");
        written(two.path(), &words, 2).expect("written");
        assert_eq!(files(one.path()).len(), 3);
        assert!(files(one.path()) == files(two.path()));
    }

    #[test]
    fn even_ground_reads_its_temperature_and_deleted_pixels_read_their_code() {
        let folder = tempfile::tempdir().expect("a folder");
        written(folder.path(), &["--lines", "32", "--bands", "img", "--even", "290", "--no-noise"], 2)
            .expect("written");
        let path = folder.path().join(&files(folder.path())[0].0);
        let nc = netcdf::open(path).expect("netCDF");
        for band in ["I04", "I05"] {
            let name = format!("observation_data/{band}");
            let counts: Vec<u16> = nc.variable(&name).expect("there").get_values(..).expect("read");
            let table = nc.variable(&format!("{name}_brightness_temperature_lut")).expect("there");
            let table: Vec<f32> = table.get_values(..).expect("read");
            assert_eq!(counts[0], 65_533);
            let kelvin = table[usize::from(counts[16 * 6400 + 3200])];
            assert!((kelvin - 290.0).abs() < 0.01, "{band} {kelvin}");
        }
        let value = nc.attribute("simulated").expect("marked").value().expect("read");
        assert_eq!(value, netcdf::AttributeValue::Int(1));
    }

    #[test]
    fn night_granules_hold_no_sunlight() {
        let folder = tempfile::tempdir().expect("a folder");
        written(folder.path(), &["--lines", "32", "--even", "270", "--time", "2025-10-20T18:30:00Z"], 2)
            .expect("written");
        let holds = |code: &str, band: &str| {
            let (name, _) = files(folder.path()).into_iter().find(|(name, _)| name.contains(code)).expect("a file");
            let nc = netcdf::open(folder.path().join(name)).expect("netCDF");
            nc.variable(&format!("observation_data/{band}")).is_some()
        };
        assert!(holds("02IMG", "I04") && !holds("02IMG", "I01"));
        assert!(holds("02MOD", "M13") && holds("02MOD", "M11") && !holds("02MOD", "M05"));
    }

    #[test]
    fn sdr_counts_follow_the_factors_of_their_granule() {
        let folder = tempfile::tempdir().expect("a folder");
        let words = ["--format", "sdr", "--lines", "32", "--bands", "mod", "--even", "290", "--no-noise"];
        written(folder.path(), &words, 2).expect("written");
        let (name, _) = files(folder.path()).into_iter().find(|(name, _)| name.starts_with("SVM15")).expect("a file");
        let file = hdf5_pure::File::open(folder.path().join(name)).expect("HDF5");
        let read = |name: &str| file.dataset(&format!("All_Data/VIIRS-M15-SDR_All/{name}")).expect("there");
        let counts = read("BrightnessTemperature").read::<u16>().expect("read");
        let factors = read("BrightnessTemperatureFactors").read::<f32>().expect("read");
        assert_eq!((counts.len(), counts[0], counts[768 * 3200 - 1]), (768 * 3200, 65_533, 65_529));
        let kelvin = f32::from(counts[8 * 3200 + 1600]) * factors[0] + factors[1];
        assert!((kelvin - 290.0).abs() < 0.003, "{kelvin}");
    }

    #[test]
    fn a_short_granule_is_filled_up_where_it_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let words =
            ["--format", "sdr", "--lines", "1536", "--bands", "mod", "--even", "290", "--no-noise", "--short-first"];
        written(folder.path(), &words, 2).expect("written");
        let (name, _) = files(folder.path()).into_iter().find(|(name, _)| name.starts_with("SVM15")).expect("a file");
        let file = hdf5_pure::File::open(folder.path().join(name)).expect("HDF5");
        let read = |name: &str| file.dataset(&format!("All_Data/VIIRS-M15-SDR_All/{name}")).expect("there");
        assert_eq!(read("NumberOfScans").read::<i32>().expect("read"), [47, 1]);
        let counts = read("BrightnessTemperature").read::<u16>().expect("read");
        let at = |scan: usize| counts[(16 * scan + 8) * 3200 + 1600];
        assert_eq!((counts.len(), at(47), at(49)), (2 * 768 * 3200, 65_529, 65_529));
        assert!(at(46) < 65_528 && at(48) < at(46), "the second granule has a larger factor");
    }

    #[test]
    fn odd_lines_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        for words in [["--lines", "100", "--granules", "1"], ["--lines", "64", "--granules", "2"]] {
            assert_eq!(written(folder.path(), &words, 1).expect_err("refused").exit_code(), 2);
        }
    }
}
