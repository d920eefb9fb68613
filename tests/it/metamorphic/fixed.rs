//! Windows of a geostationary imager in memory: Himawari over the land north-east of Qinghai Lake.

use super::{At, Found, Spread, Turn, burn, chance, kelvin, radiance, slow};
use crate::common::fixed_grid;
use ndarray::Array2;
use std::collections::BTreeMap;
use std::f64::consts::PI;
use strawfire::detect::{self, Detection};
use strawfire::fire::FirePixel;
use strawfire::scene::{BandRaster, BandRole, PixelState, Scene, Sweep, Window};
use strawfire::thresholds::{Profile, Thresholds};
use strawfire::time::Utc;
use strawfire::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};

/// FTA and the local regression; `plateau` is the same as `sensitive` here.
pub const PROFILES: [Profile; 2] = [Profile::Reference, Profile::Sensitive];

const MIR_UM: f64 = 3.9;
const TIR_UM: f64 = 11.2;
const SWIR_UM: f64 = 2.26;
/// Sun at 2.26 um, W m-2 um-1.
const SWIR_SUN: f64 = 80.0;
/// Cosine of the sun's zenith angle there at 05:30 in October, near enough: 37 degrees north, sun 10 south, noon.
const COS_SUN: f64 = 0.68;

/// Even ground: MIR and window band of every pixel, K. The first line and column are those of a cell of the clear-sky
/// reference.
pub fn even(day: bool, side: usize, (mir_k, tir_k): (f32, f32)) -> Scene {
    let law = |um| PlanckLaw::at_wavelength(um, PLANCK_H, LIGHT_C, BOLTZMANN_K);
    let raster = |channel: &str, value: f32, um: Option<f64>| BandRaster {
        channel: channel.to_string(),
        values: Array2::from_elem((side, side), value),
        planck: um.map(law),
    };
    let mut bands = BTreeMap::from([
        (BandRole::Mir, raster("B07", mir_k, Some(MIR_UM))),
        (BandRole::Tir11, raster("B14", tir_k, Some(TIR_UM))),
    ]);
    if day {
        // as measured: not divided by the cosine of the sun's zenith angle
        let measured = |rho: f64| (rho * COS_SUN) as f32;
        bands.insert(BandRole::Red, raster("B03", measured(0.10), None));
        bands.insert(BandRole::Nir, raster("B04", measured(0.20), None));
        bands.insert(BandRole::Swir22, raster("B06", measured(0.20), None));
    }
    Scene {
        granule: "made".to_string(),
        satellite: "Himawari-9".to_string(),
        sensor: "AHI".to_string(),
        time: Utc::parse(if day { "2025-10-20T05:30:00Z" } else { "2025-10-20T18:30:00Z" }).expect("a time"),
        simulated: true,
        grid: fixed_grid(140.7, Sweep::Y),
        window: Window { line0: 960, column0: 1216, lines: side, columns: side },
        bands,
        state: Array2::from_elem((side, side), PixelState::Valid),
        height_m: None,
    }
}

/// The values of a band.
pub fn values(scene: &mut Scene, role: BandRole) -> &mut Array2<f32> {
    &mut scene.bands.get_mut(&role).expect("a band").values
}

/// Fields and slopes: 290 K by day, 277 K by night, warmer and colder by 2 K from place to place; noise of 0.1 K; by day
/// MIR has 4 K of sun, more and less as the ground is bright at 2.2 um.
pub fn ground(day: bool, side: usize) -> Scene {
    let mut scene = even(day, side, (0.0, 0.0));
    let (tir_k, sun_k, mixed) = if day { (290.0, 4.0, 0.03) } else { (277.0, 0.0, 0.0) };
    let tir = |at: At| tir_k + 2.0 * slow(at) + 0.1 * chance(1, at);
    let rho = |at: At| 0.20 + mixed * chance(3, at);
    let mir = |at: At| {
        let emitted = radiance(MIR_UM, tir(at) + sun_k + 0.1 * chance(2, at));
        kelvin(MIR_UM, emitted + 0.5 * (rho(at) - 0.20)) as f32
    };
    *values(&mut scene, BandRole::Mir) = Array2::from_shape_fn((side, side), mir);
    *values(&mut scene, BandRole::Tir11) = Array2::from_shape_fn((side, side), |at| tir(at) as f32);
    if day {
        let measured = |at: At| (rho(at) * COS_SUN) as f32;
        *values(&mut scene, BandRole::Swir22) = Array2::from_shape_fn((side, side), measured);
    }
    scene
}

/// Gaps, cloud and hills, none of which lies where another scene has it once turned.
pub fn with_obstacles(mut scene: Scene) -> Scene {
    let shape = scene.state.dim();
    scene.state.slice_mut(ndarray::s![20..24, 70..90]).fill(PixelState::Fill);
    for role in [BandRole::Mir, BandRole::Tir11] {
        values(&mut scene, role).slice_mut(ndarray::s![58..70, 10..33]).fill(236.0);
        values(&mut scene, role).slice_mut(ndarray::s![20..24, 70..90]).fill(f32::NAN);
    }
    scene.height_m = Some(Array2::from_shape_fn(shape, |at| (2000.0 + 80.0 * slow(at)) as f32));
    scene
}

/// Light of a pixel around it: a Gaussian of 1.2 pixels at half its height, over each pixel.
const SPREAD: Spread = [[0.0275, 0.11, 0.0275], [0.11, 0.45, 0.11], [0.0275, 0.11, 0.0275]];

/// Fires of one area and temperature; a pixel of Himawari here is 8.5 km2 (ALGORITHMS 10.4).
pub fn fires(scene: &mut Scene, places: &[At], area_m2: f64, fire_k: f64) {
    let share = area_m2 / 8.5e6;
    for (role, um) in [(BandRole::Mir, MIR_UM), (BandRole::Tir11, TIR_UM)] {
        let values = values(scene, role);
        places.iter().for_each(|place| burn(values, um, &SPREAD, *place, share, fire_k));
    }
    let Some(swir) = scene.bands.get_mut(&BandRole::Swir22) else { return };
    for (line, column) in places {
        for (i, row) in SPREAD.iter().enumerate() {
            for (j, weight) in row.iter().enumerate() {
                let added = share * weight * PI * radiance(SWIR_UM, fire_k) / SWIR_SUN;
                swir.values[(line + i - 1, column + j - 1)] += added as f32;
            }
        }
    }
}

/// What the detector of a profile gives.
pub fn searched(scene: &Scene, profile: Profile) -> Detection {
    detect::detect(scene, profile, &Thresholds::default())
}

/// Its fires, by line and column of a window.
pub fn found(searched: &Detection, window: &Window) -> Vec<Found> {
    let number = |value: Option<f32>| value.map_or(-1.0, f64::from);
    let one = |fire: &FirePixel| {
        let (line, column) = (fire.line.expect("a line") as usize, fire.column.expect("a column") as usize);
        let numbers =
            [fire.bt_mir_k, fire.bt_mir_bg_k, fire.bt_tir_bg_k, fire.excess_radiance, fire.confidence_pct].map(number);
        Found { at: (line - window.line0, column - window.column0), numbers: numbers.to_vec() }
    };
    let mut found: Vec<Found> = searched.fires.iter().map(one).collect();
    found.sort_by_key(|fire| fire.at);
    found
}

/// All planes laid anew alike. Places, sun and view are not planes but follow from the grid, which is turned with them; lines
/// and columns of a grid cannot change places, so that a transposed scene keeps the sun and the view of its place.
pub fn turned(scene: &Scene, turn: Turn) -> Scene {
    let mut new = scene.clone();
    new.bands.values_mut().for_each(|band| band.values = turn.plane(&band.values));
    new.state = turn.plane(&new.state);
    new.height_m = new.height_m.as_ref().map(|heights| turn.plane(heights));
    if turn == Turn::Half {
        let (grid, window) = (&mut new.grid, &scene.window);
        grid.x0 += grid.dx * (2 * window.column0 + window.columns - 1) as f64;
        grid.y0 += grid.dy * (2 * window.line0 + window.lines - 1) as f64;
        (grid.dx, grid.dy) = (-grid.dx, -grid.dy);
    }
    new
}
