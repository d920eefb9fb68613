//! `strawfire-sim modis`: MOD021KM and MOD03 of Terra (MYD of Aqua) as HDF5 twins of the real HDF4 files.

mod bands;
mod geo;
mod geometry;
mod l1b;
mod metadata;
mod twin;

use crate::error::{Result, usage};
use crate::output;
use crate::swath::args::{Common, Prepared};
use crate::swath::granule::{Carrier, Granule as Piece};
use crate::swath::orbit::Track;
use crate::swath::scanner::Scanner;
use crate::swath::scene::Exposure;
use crate::swath::{clock, truth};
use geometry::{SCANNER, TRACK};
use rayon::prelude::*;
use serde_json::{Value, json};

/// Some scans of MODIS that go into one pair of files.
type Granule = Piece<Satellite>;

/// Write simulated MODIS granules (HDF5 twins, for tests/tools/to_hdf4.py) and the truth about them.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Which MODIS flies.
    #[arg(long, value_enum, default_value_t = Satellite::Aqua)]
    satellite: Satellite,
    /// Lines of a granule: a multiple of 10 (2030 are the 203 scans of five minutes).
    #[arg(long, default_value_t = 2030)]
    lines: usize,
}

/// The satellites that carry MODIS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Satellite {
    Terra,
    Aqua,
}

impl Satellite {
    fn platform(self) -> &'static str {
        match self {
            Satellite::Terra => "Terra",
            Satellite::Aqua => "Aqua",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Satellite::Terra => "MOD",
            Satellite::Aqua => "MYD",
        }
    }
}

impl Carrier for Satellite {
    fn scanner(self) -> Scanner {
        SCANNER
    }

    fn track(self) -> Track {
        TRACK
    }

    fn launch_s(self) -> f64 {
        match self {
            Satellite::Terra => 945_541_677.0,
            Satellite::Aqua => 1_020_502_498.0,
        }
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let scans = args.lines / SCANNER.lines;
    if scans == 0 || !args.lines.is_multiple_of(SCANNER.lines) {
        return Err(usage(format!("--lines {}", args.lines), "a multiple of 10", "write it like --lines 200"));
    }
    let prepared = args.common.prepare(TRACK, &SCANNER, scans)?;
    let overpass = &prepared.overpass;
    let granule = Granule::of(overpass, args.satellite, 0, scans);
    output::make_folder(&args.common.out)?;
    let channels = l1b::channels(overpass);
    let exposures: Vec<Exposure> =
        (0..scans).into_par_iter().map(|scan| overpass.expose(&SCANNER, &channels, scan)).collect();
    let names = [name(&granule, "021KM"), name(&granule, "03")];
    l1b::write(&args.common.out, &names[0], &granule, &channels, &exposures)?;
    geo::write(&args.common.out, &names[1], overpass, &granule, &exposures)?;
    let truth = args.common.told(truth_of(args, &prepared, &granule, &names), &prepared)?;
    output::write_json(&args.common.out.join("truth.json"), &truth)?;
    println!("{} and {} written to {}", names[0], names[1], args.common.out.display());
    Ok(())
}

/// The name of a file; `.h5` because it is a twin: the transcript gets `.hdf`.
fn name(granule: &Granule, product: &str) -> String {
    format!(
        "{}{product}.A{}.061.{}.h5",
        granule.satellite.prefix(),
        clock::text(granule.start, "%Y%j.%H%M"),
        clock::text(clock::after(granule.end, 7200.0), "%Y%j%H%M%S")
    )
}

fn truth_of(args: &Args, prepared: &Prepared, granule: &Granule, names: &[String]) -> Value {
    let overpass = &prepared.overpass;
    let round = crate::fires::round;
    let look = |g: truth::Glance| {
        json!({
            "granule": 0,
            "scan": g.scan,
            "line": round((g.scan * SCANNER.lines) as f64 + g.line, 3),
            "column": round(g.column, 3),
            "deleted": false,
            "view_zenith_deg": round(g.view_zenith_deg, 2),
            "pixel_area_m2": round(g.pixel_m2, 0),
        })
    };
    json!({
        "simulated": true,
        "time": prepared.start.to_string(),
        "satellite": args.satellite.platform(),
        "instrument": "MODIS",
        "seed": args.common.seed,
        "family": args.common.family.name(),
        "even_k": overpass.even.map(|even| even.kelvin),
        "rough_k": overpass.even.map(|even| even.rough_k),
        "night": granule.night,
        "fires": truth::all(prepared, &SCANNER, granule.scans, look),
        "files": names,
        "notes": [
            "the files are HDF5 twins: transcribe them with tests/tools/to_hdf4.py, which gives the same names with .hdf",
            "looks: every scan that sees the fire; nothing is deleted where scans overlap",
            "line and column count from 0, fractional, at the centre of the pixel",
            "frp_mw is what the fire radiates; bands 21 and 22 pass 0.90 of it, whatever the view angle",
            "band 22 saturates at 331 K (code 65533), band 21 at 500 K",
            "bands without a number of this list are there and empty: 1-7, 20-23, 31, 32",
            "column 0 lies to the right of the flight: west when flying south, east when flying north",
            "terrain parallax is not simulated: every place lies on the ellipsoid",
            "the land is invented; outside the box 101.2-103.6 E 35.0-37.6 N it is plain, and all of it is land",
        ],
    })
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

    fn written(words: &[&str], threads: usize) -> Vec<(String, Vec<u8>)> {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().to_string_lossy().into_owned();
        let line = Line::parse_from([&["modis", "--out", &out], words].concat());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| run(&line.args)).expect("written");
        let mut files: Vec<_> = std::fs::read_dir(folder.path())
            .expect("listed")
            .filter_map(|entry| entry.ok())
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).expect("read")))
            .collect();
        files.sort();
        files
    }

    #[test]
    fn bytes_do_not_depend_on_the_threads() {
        let words = ["--lines", "20", "--seed", "3"];
        assert!(written(&words, 1) == written(&words, 2));
    }

    #[test]
    fn night_scans_have_no_reflective_bands() {
        let files =
            written(&["--lines", "10", "--even", "270", "--time", "2025-10-20T18:30:00Z", "--satellite", "terra"], 2);
        let (name, bytes) = &files[0];
        assert!(name.starts_with("MOD021KM.A2025293.1830.061."), "{name}");
        let file = hdf5_pure::File::from_bytes(bytes.clone()).expect("HDF5");
        let read = |name: &str| file.dataset(&format!("arrays/{name}")).expect("there").read::<u16>().expect("read");
        assert!(read("EV_250_Aggr1km_RefSB").iter().all(|i| *i == 65_535));
        let emissive = read("EV_1KM_Emissive");
        // Band 22 is the third of sixteen.
        assert!(emissive[2 * 13_540..3 * 13_540].iter().all(|i| *i < 32_768));
        assert!(emissive[4 * 13_540..5 * 13_540].iter().all(|i| *i == 65_535));
    }
}
