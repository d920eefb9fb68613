//! `strawfire-sim slstr`: a Sentinel-3 SLSTR level 1 product (SL_1_RBT), a folder of netCDF files.

mod bands;
mod files;
mod grids;

use crate::error::{Result, file, usage};
use crate::output;
use crate::swath::args::{Common, Prepared};
use crate::swath::granule::{Carrier, Granule as Piece};
use crate::swath::orbit::Track;
use crate::swath::scanner::Scanner;
use crate::swath::{clock, truth};
use grids::{COARSE, FINE, FIRE, TRACK};
use serde_json::{Value, json};
use std::path::Path;

type Granule = Piece<Satellite>;

/// Write a simulated Sentinel-3 SLSTR product (nadir view) and the truth about it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Which Sentinel-3 flies.
    #[arg(long, value_enum, default_value_t = Satellite::S3a)]
    satellite: Satellite,
    /// Lines of the 1 km grid (1200 are the three minutes of a product).
    #[arg(long, default_value_t = 1200, value_parser = clap::value_parser!(u16).range(2..=6000))]
    lines: u16,
}

/// The satellites that carry SLSTR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Satellite {
    S3a,
    S3b,
}

impl Satellite {
    fn mission(self) -> &'static str {
        match self {
            Satellite::S3a => "S3A",
            Satellite::S3b => "S3B",
        }
    }
}

impl Carrier for Satellite {
    fn scanner(self) -> Scanner {
        COARSE
    }

    fn track(self) -> Track {
        TRACK
    }

    fn launch_s(self) -> f64 {
        match self {
            Satellite::S3a => 1_455_645_420.0,
            Satellite::S3b => 1_524_678_960.0,
        }
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let lines = usize::from(args.lines);
    if args.common.column.is_some_and(|c| !grids::filled(&COARSE, c)) {
        return Err(usage("--column outside the nadir view", "68 to 1468", "choose a column that is filled"));
    }
    let prepared = args.common.prepare(TRACK, &COARSE, lines)?;
    let granule = Granule::of(&prepared.overpass, args.satellite, 0, lines);
    output::make_folder(&args.common.out)?;
    let name = name(&granule);
    let target = args.common.out.join(&name);
    // The folder gets its name when everything in it is whole.
    let partial = output::partial_name(&target);
    remove(&partial)?;
    output::make_folder(&partial)?;
    let files = files::write(&partial, &name, &prepared.overpass, &granule)?;
    remove(&target)?;
    output::publish(&partial, &target)?;
    let document = args.common.told(truth_of(args, &prepared, &granule, &name, &files), &prepared)?;
    output::write_json(&args.common.out.join("truth.json"), &document)?;
    println!("{name} with {} files and truth.json written to {}", files.len(), args.common.out.display());
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(file(folder, e, "a folder that can be replaced", "remove it by hand"))
        }
        _ => Ok(()),
    }
}

/// The name of the product. The time of creation is two hours after it, so that a seed always gives the same bytes.
fn name(granule: &Granule) -> String {
    let stamp = |t| clock::text(t, "%Y%m%dT%H%M%S");
    let seconds = granule.end.as_second() - granule.start.as_second();
    let (cycle, orbit) = (granule.orbit_number / 385 + 1, granule.orbit_number % 385 + 1);
    format!(
        "{}_SL_1_RBT____{}_{}_{}_{seconds:04}_{cycle:03}_{orbit:03}_2340_SIM_O_NT_004.SEN3",
        granule.satellite.mission(),
        stamp(granule.start),
        stamp(granule.end),
        stamp(clock::after(granule.end, 7200.0)),
    )
}

fn truth_of(args: &Args, prepared: &Prepared, granule: &Granule, name: &str, files: &[String]) -> Value {
    let overpass = &prepared.overpass;
    let round = crate::fires::round;
    let lines = granule.scans;
    let place = |scanner: &Scanner, lines: usize, seat| -> Value {
        let glance = truth::glances(scanner, &overpass.orbit, lines, seat).into_iter().next();
        match glance {
            Some(g) => json!([round(g.scan as f64 + g.line, 3), round(g.column, 3)]),
            None => Value::Null,
        }
    };
    let look = |g: truth::Glance| {
        let column = (g.column.round().max(0.0) as usize).min(grids::COLUMNS - 1);
        json!({
            "granule": 0,
            "line": round(g.scan as f64 + g.line, 3),
            "column": round(g.column, 3),
            "deleted": !grids::filled(&COARSE, column),
            "view_zenith_deg": round(g.view_zenith_deg, 2),
            "pixel_area_m2": round(g.pixel_m2, 0),
        })
    };
    let mut fires = truth::all(prepared, &COARSE, lines, look);
    for (fire, seat) in fires.iter_mut().zip(&overpass.seats) {
        fire["fn_line_column"] = place(&FIRE, lines, seat);
        fire["an_line_column"] = place(&FINE, 2 * lines, seat);
    }
    json!({
        "simulated": true,
        "time": prepared.start.to_string(),
        "satellite": args.satellite.mission(),
        "instrument": "SLSTR",
        "seed": args.common.seed,
        "family": args.common.family.name(),
        "even_k": overpass.even.map(|even| even.kelvin),
        "rough_k": overpass.even.map(|even| even.rough_k),
        "night": granule.night,
        "fires": fires,
        "product": name,
        "files": files,
        "notes": [
            "line and column: the 1 km grid \"in\", counted from 0, fractional, at the centre of the cell",
            "fn_line_column, an_line_column: the same in the grid of F1 and in the 500 m grid",
            "frp_mw is what the fire radiates; S7 and F1 pass 0.89 of it, whatever the view angle",
            "S7 saturates at 311 K (fill, exception 16), F1 at 500 K",
            "the grid of F1 lies 0.7 columns and 1.3 lines off that of S7: use its own geolocation",
            "a cell sees what lies in it: the growth of the field of view towards the edges is not simulated",
            "only the nadir view; columns below 68 and above 1468 are not filled",
            "terrain parallax is not simulated: every place lies on the ellipsoid",
            "the land is invented; outside the box 101.2-103.6 E 35.0-37.6 N it is plain, and all of it is land",
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use std::path::PathBuf;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    /// Writes a product with so many threads; the folder that holds it.
    fn written(folder: &Path, words: &[&str], threads: usize) -> PathBuf {
        let out = folder.to_string_lossy().into_owned();
        let line = Line::parse_from([&["slstr", "--out", &out, "--descending"], words].concat());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| run(&line.args)).expect("written");
        let mut entries = std::fs::read_dir(folder).expect("listed").filter_map(|e| e.ok().map(|e| e.path()));
        entries.find(|p| p.extension().is_some_and(|e| e == "SEN3")).expect("a product")
    }

    #[test]
    fn bytes_do_not_depend_on_the_threads() {
        let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let products = [written(one.path(), &["--lines", "10"], 1), written(two.path(), &["--lines", "10"], 2)];
        for name in ["S7_BT_in.nc", "F1_BT_fn.nc", "S6_radiance_an.nc", "geometry_tn.nc", "xfdumanifest.xml"] {
            let [a, b] = [0, 1].map(|i| std::fs::read(products[i].join(name)).expect("read"));
            assert!(a == b, "{name}");
        }
    }

    #[test]
    fn the_fire_channel_goes_on_where_s7_saturates() {
        let folder = tempfile::tempdir().expect("a folder");
        let words = ["--lines", "40", "--even", "290", "--no-noise", "--fire", "102.4,36.3,800,2000"];
        let product = written(folder.path(), &words, 2);
        let read = |file: &str, name: &str| -> Vec<i16> {
            let nc = netcdf::open(product.join(file)).expect("netCDF");
            nc.variable(name).expect("there").get_values(..).expect("read")
        };
        let (s7, f1) = (read("S7_BT_in.nc", "S7_BT_in"), read("F1_BT_fn.nc", "F1_BT_fn"));
        let middle = 20 * grids::COLUMNS + 750;
        assert_eq!((s7[middle - 5], s7[middle], s7[0]), (627, bands::FILL, bands::FILL));
        let hottest = f1.iter().max().copied().unwrap_or_default();
        assert!((320.0..345.0).contains(&(f64::from(hottest) * 0.01 + 283.73)), "{hottest}");
    }
}
