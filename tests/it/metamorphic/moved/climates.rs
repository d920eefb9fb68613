//! Windows of a geostationary imager full of pixels of all kinds, in which every number has something to decide.

use super::super::{At, SIDE, chance, fixed, slow};
use super::Searched;
use crate::common::fixed_grid;
use ndarray::Array2;
use std::hash::{DefaultHasher, Hash, Hasher};
use strawfire::detect::Detection;
use strawfire::scene::BandRole::{Mir, Nir, Red, Swir22, Tir11};
use strawfire::scene::{BandRaster, BandRole, Scene, Sweep, Window};
use strawfire::thresholds::{Profile, Thresholds};
use strawfire::time::Utc;

/// The ground and the sky of a scene.
#[derive(Clone, Copy)]
struct Climate {
    time: &'static str,
    /// Window band of the ground, K.
    tir_k: f64,
    /// MIR over it, K.
    over_k: f64,
    /// Reflective bands.
    bands: &'static [BandRole],
    sensor: &'static str,
    sub_lon_deg: f64,
    /// First line and column.
    first: At,
    hills: bool,
}

const DAY: Climate = Climate {
    time: "2025-10-20T05:30:00Z",
    tir_k: 290.0,
    over_k: 4.0,
    bands: &[Red, Nir, Swir22],
    sensor: "AHI",
    sub_lon_deg: 140.7,
    first: (960, 1216),
    hills: false,
};
const NIGHT: Climate = Climate { time: "2025-10-20T18:30:00Z", tir_k: 277.0, over_k: 0.0, bands: &[], ..DAY };
/// The sun 166 degrees from the zenith: only then FTA's limit of the difference is at its least.
const DECEMBER: Climate = Climate { time: "2025-12-21T17:15:00Z", ..NIGHT };

const CLIMATES: [Climate; 28] = [
    DAY,
    NIGHT,
    DECEMBER,
    // fewer predictors of the sun, and water by fewer bands
    Climate { bands: &[Red], ..DAY },
    Climate { bands: &[Nir], ..DAY },
    Climate { bands: &[Swir22], ..DAY },
    Climate { bands: &[], ..DAY },
    Climate { hills: true, ..DAY },
    Climate { hills: true, ..NIGHT },
    // other noise
    Climate { sensor: "ABI", ..NIGHT },
    Climate { sensor: "AGRI", ..NIGHT },
    Climate { sensor: "AMI", ..NIGHT },
    // the coldest ground, and the coldest that FTA compares with
    Climate { tir_k: 245.0, over_k: 2.0, ..DAY },
    Climate { tir_k: 268.0, over_k: 0.5, ..NIGHT },
    Climate { tir_k: 263.0, over_k: 7.7, ..NIGHT },
    Climate { tir_k: 281.0, over_k: -1.5, ..DECEMBER },
    Climate { tir_k: 281.0, over_k: -1.5, ..NIGHT },
    Climate { tir_k: 298.0, over_k: -1.5, ..DAY },
    // deserts, and hotter than any
    Climate { tir_k: 318.0, over_k: 8.0, ..DAY },
    Climate { tir_k: 334.0, over_k: 6.0, ..DAY },
    // the sun 81 and 97 degrees from the zenith
    Climate { time: "2025-10-20T09:40:00Z", bands: &[], ..DAY },
    Climate { time: "2025-10-20T11:00:00Z", bands: &[], ..DAY },
    // the sun 8.2, 10.3, 22 and 28 degrees from the earth as the satellite sees them
    Climate { time: "2025-10-14T14:23:00Z", over_k: 1.0, ..NIGHT },
    Climate { time: "2025-10-20T14:22:00Z", over_k: 1.0, ..NIGHT },
    Climate { time: "2025-10-20T15:40:00Z", over_k: 1.0, ..NIGHT },
    Climate { time: "2025-10-20T16:07:00Z", over_k: 1.0, ..NIGHT },
    // the edge of the earth over the Congo, and the mirror image of the sun 8 to 13 degrees away there
    Climate { time: "2025-10-20T22:00:00Z", sub_lon_deg: 90.0, first: (2688, 16), ..NIGHT },
    Climate { time: "2025-10-20T10:00:00Z", sub_lon_deg: 25.0, first: (2688, 2752), ..DAY },
];

/// Cosine of the sun's zenith angle, near enough for reflectances of all kinds.
const COS_SUN: f64 = 0.68;

/// A number from 0 to 1.
pub fn share(seed: u64, at: At) -> f64 {
    (chance(seed, at) + 1.0) / 2.0
}

/// Whether a pixel is of the few that are of any colour and colder.
fn is_odd(seed: u64, at: At) -> bool {
    share(seed + 1, at) < 0.05
}

/// Window band and MIR, K: quiet ground in the west and ground that differs in the east, more and more cloud along the southern lines,
/// and in every square of 5 x 5 something hot.
fn kelvins(climate: &Climate, seed: u64, at: At) -> (f64, f64) {
    let (line, column) = at;
    let mut tir = climate.tir_k + 2.0 * slow(at) + 0.1 * chance(seed + 2, at);
    let mut over = climate.over_k + if column > SIDE / 2 { 3.0 } else { 0.15 } * chance(seed + 3, at);
    if is_odd(seed, at) {
        tir -= 30.0 * share(seed + 4, at);
        over += 6.0 * chance(seed + 5, at);
    }
    if line > 80 && share(seed + 6, at) < 0.8 * column as f64 / SIDE as f64 {
        tir -= 25.0 + 10.0 * share(seed + 7, at);
    }
    if line % 5 == 2 && column % 5 == 2 {
        let (kind, amount) = (share(seed + 8, at), share(seed + 9, at));
        over += if kind < 0.7 { 12.0 * amount.powi(2) } else { 80.0 * amount };
        tir += if kind > 0.95 { 20.0 } else { 5.0 * chance(seed + 10, at) };
    }
    (tir, tir + over)
}

/// Reflectance as measured.
fn colour(role: BandRole, seed: u64, at: At) -> f64 {
    let base = if role == Red { 0.10 } else { 0.20 };
    let of = seed + 20 + role as u64;
    let most = if role == Swir22 { 0.15 } else { 0.9 };
    COS_SUN * if is_odd(seed, at) { most * share(of, at) } else { base * (1.0 + 0.15 * chance(of, at)) }
}

fn wild(climate: &Climate, seed: u64) -> Scene {
    let plane = |of: &dyn Fn(At) -> f64| Array2::from_shape_fn((SIDE, SIDE), |at| of(at) as f32);
    let mut scene = fixed::even(false, SIDE, (0.0, 0.0));
    *fixed::values(&mut scene, Tir11) = plane(&|at| kelvins(climate, seed, at).0);
    *fixed::values(&mut scene, Mir) = plane(&|at| kelvins(climate, seed, at).1);
    for role in climate.bands {
        let values = plane(&|at| colour(*role, seed, at));
        scene.bands.insert(*role, BandRaster { channel: "made".to_string(), values, planck: None });
    }
    scene.height_m = climate.hills.then(|| plane(&|at| 2000.0 + 400.0 * slow(at) + 40.0 * chance(seed + 11, at)));
    scene.time = Utc::parse(climate.time).expect("a time");
    scene.sensor = climate.sensor.to_string();
    scene.grid = fixed_grid(climate.sub_lon_deg, Sweep::Y);
    scene.window = Window { line0: climate.first.0, column0: climate.first.1, ..scene.window };
    scene
}

/// By night: blocks of 30 pixels that hide themselves unless they are left out of backgrounds at first, 8 to 12.5 K over the ground,
/// and fires of 2.5 to 3.5 K in the middle of patches that are 1.5 K colder than the ground around.
fn blocks_and_patches() -> Scene {
    let mut scene = fixed::ground(false, SIDE);
    let mir = fixed::values(&mut scene, Mir);
    for (n, column) in (4..SIDE - 8).step_by(16).enumerate() {
        for at in (10..15).flat_map(|line| (column..column + 6).map(move |column| (line, column))) {
            mir[at] += 8.0 + 0.65 * n as f32;
        }
    }
    for (n, column) in (10..SIDE - 8).step_by(18).enumerate() {
        for line in [50, 90] {
            for at in (line - 6..=line + 6).flat_map(|l| (column - 6..=column + 6).map(move |c| (l, c))) {
                mir[at] -= 1.5;
            }
            mir[(line, column)] += 2.5 + 0.15 * n as f32 + if line == 90 { 0.08 } else { 0.0 };
        }
    }
    scene
}

/// One pixel in six much warmer than the rest: which of the two the clear sky is depends on the quantile.
fn two_grounds() -> Scene {
    let mut scene = fixed::ground(false, SIDE);
    for role in [Mir, Tir11] {
        for (at, value) in fixed::values(&mut scene, role).indexed_iter_mut() {
            let kind = share(99, at);
            *value += if kind < 0.17 { 15.0 } else { 0.0 } - if kind > 0.9 { 10.0 } else { 0.0 };
        }
    }
    scene
}

/// All of a detection as one number.
pub fn outcome(detection: &Detection) -> u64 {
    let mut hash = DefaultHasher::new();
    detection.fires.iter().for_each(|fire| format!("{fire:?}").hash(&mut hash));
    detection.classes.iter().for_each(|class| (*class as u8).hash(&mut hash));
    detection.stray_kelvin.to_bits().hash(&mut hash);
    detection.judged.to_bits().hash(&mut hash);
    detection.slot.iter().for_each(|slot| format!("{:?}", slot.hits).hash(&mut hash));
    hash.finish()
}

/// Every scene by both detectors.
pub fn scenes() -> Vec<Searched> {
    let wild = CLIMATES.iter().enumerate().map(|(n, climate)| wild(climate, 1000 * (n as u64 + 1)));
    let all = wild.chain([blocks_and_patches(), two_grounds()]);
    let one = |scene: Scene| -> Searched {
        let profiles = [Profile::Reference, Profile::Sensitive];
        Box::new(move |t: &Thresholds| {
            let of = |profile| outcome(&strawfire::detect::detect(&scene, profile, t));
            profiles.map(of).into_iter().fold(0, |all: u64, one| all.rotate_left(1) ^ one)
        })
    };
    all.map(one).collect()
}
