//! `strawfire-sim inject`: fires of one power put into a real ABI scene, in radiance, in every band that shows fire.
//!
//! L' = L + w f (B(Tf) - L), f = fire area over pixel area, w the point spread function. The power is apparent: no
//! atmosphere stands between the fire and the satellite, as in the experiments of ALGORITHMS 4.10.

use super::granule::{FixedGrid, Granule};
use super::sites::Ground;
use super::{bands, read_scene};
use crate::error::{Result, file, usage};
use crate::fires::round;
use crate::output;
use crate::planck::STEFAN_BOLTZMANN;
use crate::psf::{FWHM_PX, shares};
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

/// A fire in the scene: scan angles and its 2 km pixel.
struct Site {
    pixel: (usize, usize),
    /// Sub-pixel place, -0.5 to 0.5 in columns and lines.
    within: (f64, f64),
    x: f64,
    y: f64,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    check(args)?;
    output::make_folder(&args.out)?;
    let mut scene = read_scene(&args.inputs, &args.out)?;
    let grid = reference_grid(&scene, &args.inputs[0])?;
    let ground = match &args.fdcc {
        Some(path) => Ground::from_fdcc(path, &grid)?,
        None => Ground::from_scene(&scene, &grid),
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
        let cut = inject(granule, &grid, &sites, args.temperature_k, area_m2);
        saturated.push(json!({"band": granule.band, "pixels": cut}));
        let target = granule.write_copy(&args.out)?;
        names.push(
            target
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        );
    }
    let truth = json!({
        "simulated": true,
        "seed": args.seed,
        "family": args.family.name(),
        "power_mw": args.power_mw,
        "temperature_k": args.temperature_k,
        "area_m2": round(area_m2, 3),
        "site_rule": ground.rule,
        "spacing_px": args.spacing,
        "avoid_px": avoid_px(args),
        "sites_asked": args.sites,
        "sites": sites.iter().enumerate().map(|(i, s)| s.truth(i + 1, args, &grid)).collect::<Vec<_>>(),
        "out_of_range_pixels": saturated,
        "files": names,
        "notes": [
            "line and column: in the 2 km sector, counted from 0, fractional, at the centre of the pixel",
            "the power is apparent: no atmosphere between fire and satellite",
            "bands 5, 6, 7 and 11 to 16 are changed; others are copies",
            "clipped pixels have DQF 2; the statistics variables of the files are not recomputed",
        ],
    });
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

fn check(args: &Args) -> Result<()> {
    let within = |value: f64, low: f64, high: f64, name: &str, remedy: &str| {
        if (low..=high).contains(&value) {
            return Ok(());
        }
        Err(usage(
            format!("--{name} {value}"),
            format!("a number from {low} to {high}"),
            remedy,
        ))
    };
    within(
        args.power_mw,
        0.01,
        1e5,
        "power-mw",
        "write it like --power-mw 60",
    )?;
    within(
        args.temperature_k,
        400.0,
        1500.0,
        "temperature-k",
        "write it like --temperature-k 800",
    )?;
    within(
        args.spacing,
        3.0,
        500.0,
        "spacing",
        "write it like --spacing 12",
    )?;
    within(
        avoid_px(args),
        0.0,
        500.0,
        "avoid-km",
        "write it like --avoid-km 16",
    )
}

/// Distance kept from real fires, 2 km pixels.
fn avoid_px(args: &Args) -> f64 {
    args.avoid_km.map_or(AVOID_PX, |km| km / 2.0)
}

/// The 2 km grid is that of band 7, without which no fire is seen.
fn reference_grid(scene: &[Granule], first: &Path) -> Result<FixedGrid> {
    let band_7 = scene.iter().find(|g| g.band == 7);
    band_7.map(|g| g.grid).ok_or_else(|| {
        file(
            first,
            "no file of band 7 (C07) in the scene",
            "all bands of one scene",
            "add the C07 file",
        )
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

impl Site {
    fn truth(&self, id: usize, args: &Args, grid: &FixedGrid) -> Value {
        let (col, line) = (grid.x.place(self.x), grid.y.place(self.y));
        let place = grid.lon_lat(col, line);
        json!({
            "id": format!("S{id:04}"),
            "line": round(line, 4),
            "column": round(col, 4),
            "pixel_line": self.pixel.1,
            "pixel_column": self.pixel.0,
            "offset_line": round(self.within.1, 4),
            "offset_column": round(self.within.0, 4),
            "lon": place.map(|p| round(p.0, 6)),
            "lat": place.map(|p| round(p.1, 6)),
            "pixel_area_km2": grid.pixel_area_m2(col, line).map(|a| round(a / 1e6, 4)),
            "power_mw": args.power_mw,
        })
    }
}

/// Puts the fires into one band; returns how many pixels left the valid range.
fn inject(
    granule: &mut Granule,
    reference: &FixedGrid,
    sites: &[Site],
    temperature_k: f64,
    area_m2: f64,
) -> usize {
    let Some(response) = bands::response(granule.band).filter(|_| bands::shows_fire(granule.band))
    else {
        return 0;
    };
    let flame = if granule.per_wavenumber {
        response.radiance_wavenumber(temperature_k)
    } else {
        response.radiance(temperature_k)
    };
    let grid = granule.grid;
    // The spread is that of a 2 km pixel in every band, so a finer grid shares it among more pixels.
    let finer = (reference.x.step / grid.x.step).abs();
    let mut cut = 0;
    for site in sites {
        let (col, line) = (grid.x.place(site.x), grid.y.place(site.y));
        let Some(pixel_m2) = grid.pixel_area_m2(col, line) else {
            continue;
        };
        for share in shares(col, line, FWHM_PX * finer) {
            let burning = (share.weight * area_m2 / pixel_m2).min(1.0);
            cut += usize::from(add_fire(granule, share.col, share.line, burning, flame));
        }
    }
    cut
}

/// Mixes fire into one pixel; true if the result left the valid range.
fn add_fire(granule: &mut Granule, col: i64, line: i64, burning: f64, flame: f64) -> bool {
    let (Ok(c), Ok(l)) = (usize::try_from(col), usize::try_from(line)) else {
        return false;
    };
    if c >= granule.grid.cols || l >= granule.grid.lines {
        return false;
    }
    let index = l * granule.grid.cols + c;
    let Some(before) = granule.radiance(index) else {
        return false;
    };
    let cut = granule.set_radiance(index, before + burning * (flame - before));
    if cut {
        granule.flag_out_of_range(index);
    }
    cut
}
