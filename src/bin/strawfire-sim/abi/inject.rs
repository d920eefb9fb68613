//! `strawfire-sim inject`: fires of one power put into a real ABI scene, in radiance, in every band that shows fire.
//!
//! L' = L + w f (B(Tf) - L), f = fire area over pixel area, w the point spread function. The power is apparent: no
//! atmosphere stands between the fire and the satellite, as in the experiments of ALGORITHMS 4.10.

use super::burn::{Site, burn};
use super::granule::{FixedGrid, Granule};
use super::read_scene;
use super::sites::Ground;
use crate::error::{Result, file, usage};
use crate::fires::round;
use crate::output;
use crate::planck::STEFAN_BOLTZMANN;
use crate::seeds::{Family, Rng, key};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Stream of the sites, apart from the fires of `ahi`.
const SITE_STREAM: u64 = 0x51;
/// Distance from real fires without --avoid-km, 2 km pixels.
const AVOID_PX: f64 = 8.0;

/// Write copies of one ABI L1b scene with fires put into clear land.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to write into; made if absent.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Radiative power of every fire, MW, as seen without an atmosphere.
    #[arg(long, value_name = "P")]
    power_mw: f64,
    /// Temperature of every fire, K.
    #[arg(long, default_value_t = 800.0)]
    temperature_k: f64,
    /// How many fires at most.
    #[arg(long, default_value_t = 300)]
    sites: usize,
    /// What the seed is for; the sealed family is for scoring only.
    #[arg(long, value_enum, default_value_t = Family::Dev)]
    family: Family,
    /// Number of the seed within its family.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Least distance between two fires, 2 km pixels.
    #[arg(long, default_value_t = 12.0)]
    spacing: f64,
    /// Without --fdcc: window band temperature above which a pixel may be clear land, K; lower it for cold nights.
    #[arg(long, default_value_t = 270.0)]
    coldest_k: f64,
    /// NOAA's FDCC product of the same moment: it says what is clear land and where the real fires are.
    #[arg(long, value_name = "FILE")]
    fdcc: Option<PathBuf>,
    /// Least distance from real fires, km, counting 2 km a pixel (default: 8 pixels).
    #[arg(long, value_name = "KM")]
    avoid_km: Option<f64>,
    /// GOES ABI L1b files of one scene, all bands; band 7 must be among them.
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    check(args)?;
    output::make_folder(&args.out)?;
    let mut scene = read_scene(&args.inputs, &args.out)?;
    let grid = reference_grid(&scene, &args.inputs[0])?;
    let ground = match &args.fdcc {
        Some(path) => Ground::from_fdcc(path, &grid)?,
        None => Ground::from_scene(&scene, &grid, args.coldest_k),
    };
    let sites = place_sites(args, &ground, &grid);
    if sites.is_empty() {
        return Err(file(
            &args.inputs[0],
            "no clear land away from real fires",
            "room for one fire at least",
            "lower --avoid-km, or give --fdcc or another scene",
        ));
    }
    let area_m2 = args.power_mw * 1e6 / (STEFAN_BOLTZMANN * args.temperature_k.powi(4));
    let mut saturated = Vec::new();
    let mut names = Vec::new();
    for granule in &mut scene {
        let cut = burn(granule, &grid, &sites, args.temperature_k, area_m2);
        saturated.push(json!({"band": granule.band, "pixels": cut}));
        let target = granule.write_copy(&args.out)?;
        let name = target.file_name().unwrap_or_default();
        names.push(name.to_string_lossy().into_owned());
    }
    let mut truth = truth_of(args, ground.rule, area_m2);
    truth["sites"] = sites.iter().enumerate().map(|(i, s)| s.truth(i + 1, args.power_mw, &grid)).collect();
    truth["out_of_range_pixels"] = saturated.into();
    truth["files"] = names.clone().into();
    output::write_json(&args.out.join("truth.json"), &truth)?;
    println!(
        "{} files and truth.json written to {}: {} of {} sites, {} MW at {} K",
        names.len(),
        args.out.display(),
        sites.len(),
        args.sites,
        args.power_mw,
        args.temperature_k
    );
    Ok(())
}

/// The truth file, but for what each site and band adds.
fn truth_of(args: &Args, rule: &str, area_m2: f64) -> Value {
    json!({
        "simulated": true,
        "seed": args.seed,
        "family": args.family.name(),
        "power_mw": args.power_mw,
        "temperature_k": args.temperature_k,
        "area_m2": round(area_m2, 3),
        "site_rule": rule,
        "spacing_px": args.spacing,
        "avoid_px": avoid_px(args),
        "sites_asked": args.sites,
        "notes": [
            "line and column: in the 2 km sector, counted from 0, fractional, at the centre of the pixel",
            "the power is apparent: no atmosphere between fire and satellite",
            "bands 5, 6, 7 and 11 to 16 are changed; others are copies",
            "clipped pixels have DQF 2; the statistics variables of the files are not recomputed",
        ],
    })
}

fn check(args: &Args) -> Result<()> {
    let within = |value: f64, low: f64, high: f64, name: &str, remedy: &str| {
        if (low..=high).contains(&value) {
            return Ok(());
        }
        Err(usage(format!("--{name} {value}"), format!("a number from {low} to {high}"), remedy))
    };
    within(args.power_mw, 0.01, 1e5, "power-mw", "write it like --power-mw 60")?;
    within(args.temperature_k, 400.0, 1500.0, "temperature-k", "write it like --temperature-k 800")?;
    within(args.spacing, 3.0, 500.0, "spacing", "write it like --spacing 12")?;
    within(avoid_px(args), 0.0, 500.0, "avoid-km", "write it like --avoid-km 16")
}

/// Distance kept from real fires, 2 km pixels.
fn avoid_px(args: &Args) -> f64 {
    args.avoid_km.map_or(AVOID_PX, |km| km / 2.0)
}

/// The 2 km grid is that of band 7, without which no fire is seen.
fn reference_grid(scene: &[Granule], first: &Path) -> Result<FixedGrid> {
    let band_7 = scene.iter().find(|g| g.band == 7);
    band_7.map(|g| g.grid).ok_or_else(|| {
        file(first, "no file of band 7 (C07) in the scene", "all bands of one scene", "add the C07 file")
    })
}

fn place_sites(args: &Args, ground: &Ground, grid: &FixedGrid) -> Vec<Site> {
    let mut rng = Rng::new(key(args.family, args.seed), SITE_STREAM);
    let pixels = ground.choose(args.sites, args.spacing, avoid_px(args), &mut rng);
    pixels
        .into_iter()
        .map(|pixel| {
            let within = (rng.between(-0.5, 0.5), rng.between(-0.5, 0.5));
            Site {
                pixel,
                within,
                x: grid.x.angle(pixel.0 as f64 + within.0),
                y: grid.y.angle(pixel.1 as f64 + within.1),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{bands, fixture};
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    /// Injects into a made-up scene of bands 7 and 14; gives the copies back and the truth.
    fn injected(power_mw: &str) -> (Vec<Granule>, Value, Vec<Granule>) {
        let (from, to) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let inputs = [7, 14].map(|band| fixture::write(from.path(), band, 290.0));
        let out = to.path().to_string_lossy().into_owned();
        let mut words = vec!["inject", "--out", &out, "--power-mw", power_mw, "--sites", "5"];
        let names = inputs.each_ref().map(|p| p.to_string_lossy().into_owned());
        words.extend(names.iter().map(String::as_str));
        run(&Line::parse_from(words).args).expect("injected");
        let read = |paths: &[PathBuf]| paths.iter().map(|p| Granule::read(p).expect("read")).collect();
        let copies = inputs.each_ref().map(|p| to.path().join(p.file_name().expect("a name")));
        let text = std::fs::read(to.path().join("truth.json")).expect("truth");
        for copy in &copies {
            let mark = netcdf::open(copy).expect("open").attribute("simulated").map(|a| a.value());
            assert!(matches!(mark, Some(Ok(netcdf::AttributeValue::Int(1)))));
        }
        (read(&inputs), serde_json::from_slice(&text).expect("JSON"), read(&copies))
    }

    #[test]
    fn the_radiance_put_in_is_that_of_the_area() {
        let (before, truth, after) = injected("100");
        let site = &truth["sites"][0];
        let number = |word: &str| site[word].as_f64().expect("a number");
        let (line, col) = (number("pixel_line") as usize, number("pixel_column") as usize);
        for (old, new) in before.iter().zip(&after) {
            let added: f64 = (line - 3..=line + 3)
                .flat_map(|l| (col - 3..=col + 3).map(move |c| l * 60 + c))
                .filter_map(|i| Some(new.radiance(i)? - old.radiance(i)?))
                .sum();
            let flame = bands::response(old.band).expect("a response").radiance_wavenumber(800.0);
            let ground = old.radiance(0).expect("a radiance");
            let area = added / (flame - ground) * number("pixel_area_km2") * 1e6;
            let want = truth["area_m2"].as_f64().expect("a number");
            assert!((area / want - 1.0).abs() < 0.05, "band {}: {area} {want}", old.band);
        }
    }

    #[test]
    fn what_does_not_fit_is_clipped_and_flagged() {
        let (_, truth, after) = injected("50000");
        let cut = truth["out_of_range_pixels"][0]["pixels"].as_u64().expect("a number");
        assert!(cut >= 5, "{cut}");
        let site = &truth["sites"][0];
        let number = |word: &str| site[word].as_u64().expect("a number") as usize;
        let index = number("pixel_line") * 60 + number("pixel_column");
        assert_eq!(after[0].flag(index), Some(2));
        assert_eq!(after[0].flag(0), Some(0));
    }
}
