//! `strawfire-sim mersi2`: FY-3D MERSI-II L1 1000M and GEO1K, HDF5.

mod bands;
mod files;

use crate::error::{Result, usage};
use crate::output;
use crate::swath::args::Common;
use crate::swath::granule::{Carrier, Granule as Piece};
use crate::swath::orbit::Track;
use crate::swath::scanner::{Scanner, Spacing, Zone};
use crate::swath::scene::Exposure;
use crate::swath::{clock, truth};
use rayon::prelude::*;
use serde_json::json;

/// 836 km up; an orbit of 101.5 minutes [M].
const TRACK: Track = Track { radius_km: 6371.0 + 836.0, inclination_deg: 98.75, period_s: 101.5 * 60.0 };
/// Half of the scan, degrees [M].
const HALF_DEG: f64 = 55.1;
const COLUMNS: usize = 2048;

/// Ten lines of 1 km and 2048 columns a scan; the mirror turns once in 1.5 s [M]. Nothing is deleted where scans overlap.
const SCANNER: Scanner = Scanner {
    lines: 10,
    zones: &[Zone { columns: COLUMNS, samples: 1 }],
    spacing: Spacing::Angle,
    sample_rad: 2.0 * HALF_DEG * std::f64::consts::PI / 180.0 / COLUMNS as f64,
    pitch_rad: 1.0 / 836.0,
    period_s: 1.5,
    sweep_s: 1.5 * HALF_DEG / 180.0,
    lead_s: 0.0,
};

type Granule = Piece<Fy3d>;

/// The satellite.
#[derive(Clone, Copy, Debug)]
struct Fy3d;

impl Carrier for Fy3d {
    fn scanner(self) -> Scanner {
        SCANNER
    }

    fn track(self) -> Track {
        TRACK
    }

    fn launch_s(self) -> f64 {
        1_510_698_900.0
    }
}

/// Write a simulated MERSI-II granule (FY-3D, 1000M and GEO1K) and the truth about it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// Lines: a multiple of 10 (2000 are the 200 scans of five minutes).
    #[arg(long, default_value_t = 2000)]
    lines: usize,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let scans = args.lines / SCANNER.lines;
    if scans == 0 || !args.lines.is_multiple_of(SCANNER.lines) {
        return Err(usage(format!("--lines {}", args.lines), "a multiple of 10", "write it like --lines 200"));
    }
    let prepared = args.common.prepare(TRACK, &SCANNER, scans)?;
    let overpass = &prepared.overpass;
    let granule = Granule::of(overpass, Fy3d, 0, scans);
    output::make_folder(&args.common.out)?;
    let channels = files::channels(overpass);
    let exposures: Vec<Exposure> =
        (0..scans).into_par_iter().map(|scan| overpass.expose(&SCANNER, &channels, scan)).collect();
    let stamp = clock::text(granule.start, "%Y%m%d_%H%M");
    let names = ["1000M", "GEO1K"].map(|kind| format!("FY3D_MERSI_GBAL_L1_{stamp}_{kind}_MS.HDF"));
    files::write_data(&args.common.out, &names[0], &granule, &channels, &exposures)?;
    files::write_places(&args.common.out, &names[1], &granule, &exposures)?;
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
    let document = json!({
        "simulated": true,
        "time": prepared.start.to_string(),
        "satellite": "FY-3D",
        "instrument": "MERSI-II",
        "seed": args.common.seed,
        "family": args.common.family.name(),
        "even_k": overpass.even.map(|even| even.kelvin),
        "rough_k": overpass.even.map(|even| even.rough_k),
        "night": granule.night,
        "fires": truth::all(&prepared, &SCANNER, scans, look),
        "files": names,
        "notes": [
            "looks: every scan that sees the fire; nothing is deleted where scans overlap",
            "line and column count from 0, fractional, at the centre of the pixel",
            "frp_mw is what the fire radiates; band 20 passes 0.89 and band 21 0.90 of it, whatever the view angle",
            "band 20 saturates at 350 K, band 21 at 380 K (code 65534)",
            "TBB_Trans_Coefficient_A and _B go with the wavenumbers of 3.80, 4.05, 10.8 and 12.0 um",
            "valid_range of bands 24 and 25 says 4095 as in the real files; their counts reach 25000",
            "bands 5, 8 to 19, 22 and 23 are there and empty",
            "reflectance is not divided by the cosine of the Sun's zenith",
            "pixel_area_m2 is the sampled area: the real field of view is wider along the scan",
            "column 0 lies to the right of the flight: west when flying south, east when flying north",
            "terrain parallax is not simulated: every place lies on the ellipsoid",
            "the land is invented; outside the box 101.2-103.6 E 35.0-37.6 N it is plain, and all of it is land",
        ],
    });
    let document = args.common.told(document, &prepared)?;
    output::write_json(&args.common.out.join("truth.json"), &document)?;
    println!("{} and {} written to {}", names[0], names[1], args.common.out.display());
    Ok(())
}
