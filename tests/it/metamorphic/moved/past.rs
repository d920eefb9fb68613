//! A window beside ten days of its past, with fires, clouds and gaps of all kinds, so that every number of the time baseline has
//! something to decide.

use super::super::{At, chance, fixed, kelvin, radiance};
use super::Searched;
use super::climates::{outcome, share};
use ndarray::Array2;
use strawfire::detect::{Past, detect_in_time};
use strawfire::history::{History, Hit, Slot};
use strawfire::scene::BandRole::{Mir, Red, Tir11};
use strawfire::scene::{BandRaster, PixelClass, Scene};
use strawfire::thresholds::{Profile, Thresholds};
use strawfire::time::Utc;

const SIDE: usize = 40;
const DAYS: u64 = 10;
/// Slots of a day.
const LOOKS: u64 = 6;
const COS_SUN: f64 = 0.68;

/// When, by which sensor, and in what light.
#[derive(Clone, Copy)]
struct Hour {
    time: &'static str,
    sensor: &'static str,
    tir_k: f64,
    /// Reflected MIR radiance of white ground, W m-2 sr-1 um-1; none by night.
    sun: f64,
    /// Light on all of the window that other days had not, K.
    stray_k: f64,
}

const NOON: Hour = Hour { time: "2025-10-20T05:30:00Z", sensor: "AHI", tir_k: 288.0, sun: 0.5, stray_k: 0.0 };
const NIGHT: Hour = Hour { time: "2025-10-20T18:30:00Z", tir_k: 277.0, sun: 0.0, ..NOON };
const HOURS: [Hour; 9] = [
    NOON,
    NIGHT,
    Hour { sensor: "ABI", ..NIGHT },
    Hour { sensor: "AGRI", ..NIGHT },
    Hour { sensor: "AMI", ..NIGHT },
    // the sun 81 and 97 degrees from the zenith
    Hour { time: "2025-10-20T09:40:00Z", ..NIGHT },
    Hour { time: "2025-10-20T11:00:00Z", ..NIGHT },
    Hour { stray_k: 13.5, ..NIGHT },
    Hour { stray_k: 16.5, ..NIGHT },
];

/// Window band (K), MIR (K) and reflectance of a pixel at a look without fire and cloud.
fn measured(hour: &Hour, number: u64, at: At) -> (f64, f64, f64) {
    let weather = 4.0 * chance(number / LOOKS, (0, 0));
    let tir = hour.tir_k + 4.0 * chance(7, at) + weather + 0.05 * chance(1000 + number, at);
    let changes = if share(9, at) < 0.3 { 0.08 } else { 0.01 };
    let bright = 0.2 + 0.05 * chance(8, at) + changes * chance(2000 + number, at);
    let mir = kelvin(3.9, radiance(3.9, tir) + hour.sun * bright + 0.004 * chance(3000 + number, at));
    (tir, mir, bright)
}

/// Whether the past saw a pixel: to the east on more days, to the south at more looks of each.
fn is_open(number: u64, (line, column): At) -> bool {
    number / LOOKS < 2 + column as u64 / 5 && number % LOOKS < 1 + line as u64 / 5
}

fn slot(hour: &Hour, number: u64, scene: &Scene) -> Slot {
    let plane = |of: &dyn Fn(At) -> f64| Array2::from_shape_fn((SIDE, SIDE), |at| of(at) as f32);
    let seconds = 600.0 * (number % LOOKS) as f64 - 1800.0 - 86_400.0 * (DAYS - number / LOOKS) as f64;
    Slot {
        time: scene.time.plus_seconds(seconds).expect("a time"),
        satellite: scene.satellite.clone(),
        tir_band: "B14".to_string(),
        bright_band: (hour.sun > 0.0).then(|| "B03".to_string()),
        window: scene.window,
        mir_k: plane(&|at| measured(hour, number, at).1),
        tir_k: plane(&|at| measured(hour, number, at).0),
        bright: plane(&|at| if hour.sun > 0.0 { measured(hour, number, at).2 } else { f64::NAN }),
        class: Array2::from_shape_fn((SIDE, SIDE), |at| {
            if is_open(number, at) { PixelClass::Clear } else { PixelClass::Cloud }
        }),
        hits: Vec::new(),
    }
}

/// Pixels where something burns.
fn burns((line, column): At) -> bool {
    line % 4 == 1 && column % 4 == 2
}

/// A look at noon or by night of today: every sixteenth pixel burns more or less, and one in twenty is colder and brighter.
fn scene(hour: &Hour) -> Scene {
    let mut scene = fixed::even(false, SIDE, (0.0, 0.0));
    scene.time = Utc::parse(hour.time).expect("a time");
    scene.sensor = hour.sensor.to_string();
    let now = |at: At| {
        let (tir, mir, bright) = measured(hour, DAYS * LOOKS, at);
        let is_odd = share(20, at) < 0.05;
        let (colder, brighter) = if is_odd { (14.0 * share(21, at), 0.2 * share(22, at)) } else { (0.0, 0.0) };
        let most = if share(23, at) < 0.7 { 4.0 } else { 20.0 };
        let fire = if burns(at) { most * share(24, at) } else { 0.0 };
        (tir - colder, mir - colder + fire + hour.stray_k, bright + brighter)
    };
    let plane = |of: &dyn Fn(At) -> f64| Array2::from_shape_fn((SIDE, SIDE), |at| of(at) as f32);
    *fixed::values(&mut scene, Tir11) = plane(&|at| now(at).0);
    *fixed::values(&mut scene, Mir) = plane(&|at| now(at).1);
    if hour.sun > 0.0 {
        let values = plane(&|at| COS_SUN * now(at).2);
        scene.bands.insert(Red, BandRaster { channel: "B03".to_string(), values, planck: None });
    }
    scene
}

/// The slot before, in which half of the fires stood out by 2 to 6 deviations.
fn before(hour: &Hour, scene: &Scene) -> Slot {
    let burning = (0..SIDE).flat_map(|line| (0..SIDE).map(move |column| (line, column))).filter(|at| burns(*at));
    let hits = burning.filter(|at| share(30, *at) < 0.5).map(|at| Hit {
        line: (scene.window.line0 + at.0) as u32,
        column: (scene.window.column0 + at.1) as u32,
        z: 2.0 + 4.0 * share(31, at) as f32,
    });
    Slot { hits: hits.collect(), ..slot(hour, DAYS * LOOKS - 1, scene) }
}

/// Every hour beside its past.
pub fn scenes() -> Vec<Searched> {
    let one = |hour: &Hour| -> Searched {
        let scene = scene(hour);
        let days = (0..DAYS * LOOKS).map(|number| slot(hour, number, &scene)).collect();
        let history = History { days, before: vec![before(hour, &scene)], ..History::default() };
        Box::new(move |t: &Thresholds| {
            let past = Past { history: &history, window: scene.window };
            outcome(&detect_in_time(&scene, Profile::Sensitive, t, Some(&past)))
        })
    };
    HOURS.iter().map(one).collect()
}
