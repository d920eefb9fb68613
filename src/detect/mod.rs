//! Scene to fire pixels: what each pixel shows, and which are hotter than they should be.

pub mod baseline;
pub mod bright;
pub mod clear_sky;
pub mod emission;
mod evidence;
pub mod field;
pub mod frp;
pub mod fta;
mod in_time;
mod lapse;
pub mod local_regression;
pub mod modis;
mod normal_equations;
pub mod sky;
pub mod stray;
pub mod surface;
pub mod swath;
pub mod tile;
pub mod viirs_i;
pub mod window;

use crate::fire::{Confidence, DayNight, Excess, FirePixel};
use crate::history::{History, Slot};
use crate::ingest::geometry::{fixed_grid, terrain};
use crate::place::Spread;
use crate::scene::{BandRole, PixelClass, PixelState, Scene, Window};
use crate::thresholds::{PlaceThresholds, Profile, Thresholds};
use evidence::Witness;
use in_time::InTime;
use ndarray::Array2;
use surface::Surface;

/// Pixels around an area that must be read so that the area's result is the same as in the whole disk.
pub const HALO: usize = clear_sky::HALO + local_regression::HALO;

/// What a detector found at a pixel of the window.
#[derive(Debug, Clone, Copy)]
pub struct Anomaly {
    /// Line and column in the window.
    pub at: (usize, usize),
    /// Day by the detector's rule.
    pub day: bool,
    /// MIR radiance, W m-2 sr-1 um-1.
    pub mir_radiance: f64,
    /// Departure from the background in standard deviations, and in kelvin; 0 where the algorithm has none.
    pub z: f32,
    /// See `z`.
    pub kelvin: f32,
    /// Mean MIR radiance of the background; `None` when only the absolute test saw it.
    pub mir_background: Option<f64>,
    /// Mean window band temperature of the background, K.
    pub tir_background_k: Option<f32>,
    /// Confidence, per cent.
    pub confidence_pct: f32,
}

/// The ramp of the MODIS confidence (ALGORITHMS 1.8).
pub struct Confidences;

impl Confidences {
    /// 0 below `low`, 1 above `high`, linear between.
    pub fn ramp(x: f64, low: f64, high: f64) -> f64 {
        ((x - low) / (high - low)).clamp(0.0, 1.0)
    }
}

/// What came of a scene: the fires, and what was seen of every pixel.
#[derive(Debug)]
pub struct Detection {
    /// Fire pixels in line order, not yet placed in counties.
    pub fires: Vec<FirePixel>,
    /// Class of every pixel of the window.
    pub classes: Array2<PixelClass>,
    /// Algorithm used.
    pub algorithm: &'static str,
    /// Fires that were merged into others because two scans of a swath saw them.
    pub merged: usize,
    /// What the baseline is to keep of the scene.
    pub slot: Option<Slot>,
    /// Light that falls on all of the window by night, kelvin of the MIR band.
    pub stray_kelvin: f32,
    /// Share of the pixels looked at in the baseline's window that have a past, 0 to 1.
    pub judged: f64,
}

impl Detection {
    /// Of a look without pixels.
    pub fn nothing() -> Self {
        Detection {
            fires: Vec::new(),
            classes: Array2::from_elem((0, 0), PixelClass::Missing),
            algorithm: "",
            merged: 0,
            slot: None,
            stray_kelvin: 0.0,
            judged: 0.0,
        }
    }
}

/// What a scene is compared with in time.
pub struct Past<'a> {
    /// The days and minutes before.
    pub history: &'a History,
    /// The part of the full grid whose past is kept.
    pub window: Window,
}

/// Finds the fire pixels of a scene by its space alone.
pub fn detect(scene: &Scene, profile: Profile, thresholds: &Thresholds) -> Detection {
    detect_in_time(scene, profile, thresholds, None)
}

/// Finds the fire pixels of a scene by its space and, where there is a past, by time.
pub fn detect_in_time(scene: &Scene, profile: Profile, thresholds: &Thresholds, past: Option<&Past>) -> Detection {
    let sky = sky::Sky::of(scene);
    let mut surface = surface::classify(scene, &sky, &thresholds.mask);
    let (algorithm, anomalies) = match profile {
        Profile::Reference => ("fta", fta::find(scene, &sky, &mut surface, &thresholds.mask, &thresholds.fta)),
        Profile::Sensitive | Profile::Plateau => (
            "local-regression",
            local_regression::find(scene, &sky, &mut surface, &thresholds.mask, &thresholds.regression),
        ),
    };
    let stray_kelvin = stray::stray_kelvin(scene, &surface, &thresholds.mask);
    let witness = Witness { scene, sky: &sky, surface: &surface, stray_kelvin, thresholds };
    let of_space = |anomaly: &Anomaly, in_time: Option<&InTime>| {
        let excess = Excess { z: anomaly.z, kelvin: anomaly.kelvin };
        let fire = fire_pixel(scene, anomaly, algorithm, profile, thresholds)?;
        Some(FirePixel { evidence: Some(witness.of(anomaly.at, Some(excess), in_time)), ..fire })
    };
    let Some(past) = past else {
        let fires = anomalies.iter().filter_map(|anomaly| of_space(anomaly, None)).collect();
        blind(&mut surface, stray_kelvin, thresholds);
        return Detection {
            fires,
            classes: surface.class,
            algorithm,
            merged: 0,
            slot: None,
            stray_kelvin,
            judged: 0.0,
        };
    };
    let in_time = InTime::of(scene, &surface, past, thresholds);
    let slot = in_time.slot(scene, &surface, &anomalies);
    let beside_space = |anomaly| Some(in_time.beside_space(of_space(anomaly, Some(&in_time))?, anomaly));
    let mut fires: Vec<FirePixel> = anomalies.iter().filter_map(beside_space).collect();
    let not_mirror = |at: (usize, usize)| sky.glint_deg(at.0, at.1) > thresholds.mask.glint_deg;
    let alone = |anomaly: Anomaly| {
        let fire = fire_pixel(scene, &anomaly, TIME_ALONE, profile, thresholds)?;
        let evidence = Some(witness.of(anomaly.at, None, Some(&in_time)));
        Some(in_time.by_itself(FirePixel { evidence, ..fire }, &anomaly))
    };
    fires.extend(in_time.alone(scene, &surface, &anomalies, not_mirror).into_iter().filter_map(alone));
    // a past with the same light every night says nothing of how much it is
    let stray_kelvin = in_time.stray_kelvin().map_or(stray_kelvin, |unusual| unusual.max(stray_kelvin));
    let judged = in_time.judged();
    in_time.judge_the_rest(&mut surface.class);
    blind(&mut surface, stray_kelvin, thresholds);
    fires.sort_by_key(|fire| (fire.line, fire.column));
    Detection { fires, classes: surface.class, algorithm, merged: 0, slot, stray_kelvin, judged }
}

/// Algorithm of fires that only the days before show.
pub const TIME_ALONE: &str = "time-baseline";

/// In too much stray light nothing was looked at.
fn blind(surface: &mut Surface, stray_kelvin: f32, thresholds: &Thresholds) {
    if stray_kelvin > thresholds.baseline.stray_blind_kelvin {
        surface.class.iter_mut().filter(|class| **class == PixelClass::Clear).for_each(|class| {
            *class = PixelClass::NoBackground;
        });
    }
}

/// The record of an anomaly: its place, temperatures, power and errors.
fn fire_pixel(
    scene: &Scene,
    anomaly: &Anomaly,
    algorithm: &str,
    profile: Profile,
    thresholds: &Thresholds,
) -> Option<FirePixel> {
    let at = anomaly.at;
    let (line, column) = (scene.window.line0 + at.0, scene.window.column0 + at.1);
    let place = fixed_grid::to_lonlat(&scene.grid, column as f64, line as f64)?;
    let pixel = fixed_grid::footprint(&scene.grid, column as f64, line as f64);
    let area = pixel.map(|pixel| pixel.area_km2);
    let spread = spread(scene, column, line, &thresholds.place);
    let mir = scene.bands.get(&BandRole::Mir)?;
    let (_, tir) = scene.tir()?;
    let law = mir.planck?;
    let excess = anomaly.mir_background.map(|background| anomaly.mir_radiance - background);
    let a = frp::coefficient(scene, &thresholds.frp);
    let frp_mw = excess.zip(area).map(|(excess, area)| frp::power_mw(excess, area, a)).filter(|frp| *frp > 0.0);
    let sensor = scene.sensor.to_lowercase();
    let id = format!("{}-{}-{sensor}-{line:05}-{column:05}-{}", scene.granule, scene.time.compact(), profile.name());
    Some(FirePixel {
        satellite: scene.satellite.clone(),
        sensor: scene.sensor.clone(),
        algorithm: algorithm.to_string(),
        profile: profile.name().to_string(),
        granule: scene.granule.clone(),
        line: u32::try_from(line).ok(),
        column: u32::try_from(column).ok(),
        daynight: Some(if anomaly.day { DayNight::D } else { DayNight::N }),
        tir_band: Some(tir.channel.clone()),
        bt_mir_k: Some(mir.values[at]),
        bt_tir_k: Some(tir.values[at]),
        bt_mir_bg_k: anomaly.mir_background.map(|radiance| law.temperature_k(radiance) as f32),
        bt_tir_bg_k: anomaly.tir_background_k,
        excess_radiance: excess.map(|excess| excess as f32),
        frp_mw,
        pixel_area_km2: area,
        scan_km: pixel.map(|pixel| pixel.across_km as f32),
        track_km: pixel.map(|pixel| pixel.along_km as f32),
        simulated: scene.simulated,
        saturated: scene.state[at] == PixelState::Saturated,
        confidence: Confidence::of_percent(anomaly.confidence_pct),
        confidence_pct: Some(anomaly.confidence_pct),
        position_error_m: spread.map(|spread| spread.distance_m().round()),
        place_spread: spread,
        footprint: fixed_grid::corners(&scene.grid, column as f64, line as f64),
        terrain_corrected: Some(false),
        ..FirePixel::bare(id, scene.time, place)
    })
}

/// How surely the place on the ellipsoid is known: nothing here knows how high the ground lies.
fn spread(scene: &Scene, column: usize, line: usize, t: &PlaceThresholds) -> Option<Spread> {
    terrain::spread(&scene.grid, (column as f64, line as f64), t.navigation_m, f64::from(t.unknown_height_m))
}
