//! A made field that differs from pixel to pixel far more than a fire adds, and is the same every day.

use super::*;
use crate::detect::sky::Sky;
use crate::detect::surface;
use crate::fire::Confirmation;
use crate::history::Slot;
use crate::scene::{BandRaster, PixelState};
use crate::thresholds::MaskThresholds;
use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H};
use std::collections::BTreeMap;

const SIDE: usize = 24;
const MIDDLE: (usize, usize) = (12, 12);

fn window() -> Window {
    Window { line0: 980, column0: 1240, lines: SIDE, columns: SIDE }
}

fn law() -> PlanckLaw {
    PlanckLaw::at_wavelength(3.85, PLANCK_H, LIGHT_C, BOLTZMANN_K)
}

/// A number between 0 and 1 that depends on its arguments alone.
fn chance(a: usize, b: usize, c: usize) -> f64 {
    let mixed = |n: usize, factor: u64| (n as u64 + 7).wrapping_mul(factor);
    let mut x = mixed(a, 0x9E37_79B9_7F4A_7C15) ^ mixed(b, 0xC2B2_AE3D_27D4_EB4F) ^ mixed(c, 0x1656_67B1_9E37_79F9);
    for _ in 0..3 {
        x ^= x >> 31;
        x = x.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    }
    (x >> 11) as f64 / (1u64 << 53) as f64
}

/// Near enough a normal deviate: the sum of twelve.
fn normal(a: usize, b: usize) -> f64 {
    (0..12).map(|i| chance(a, b, i)).sum::<f64>() - 6.0
}

/// Temperatures of a look: ground of 285 K that varies by 8 K from pixel to pixel and by 4 K from day to day, reflected
/// sun of up to 0.15 radiances that is the same every day, noise of 0.1 K at 300 K.
fn measured(number: usize) -> (Array2<f32>, Array2<f32>) {
    let weather = 4.0 * (chance(number / 6, 77, 0) - 0.5);
    let of = |(l, c): (usize, usize)| {
        let pixel = l * SIDE + c;
        let tir = 285.0 + 8.0 * (chance(pixel, 1, 0) - 0.5) + weather + 0.05 * normal(number, pixel + 10_000);
        let sun = 0.15 * chance(pixel, 2, 0);
        let radiance = law().radiance(tir) + sun + 0.0023 * normal(number, pixel);
        (law().temperature_k(radiance) as f32, tir as f32)
    };
    let shape = (SIDE, SIDE);
    (Array2::from_shape_fn(shape, |at| of(at).0), Array2::from_shape_fn(shape, |at| of(at).1))
}

/// Six slots on each of ten days, at noon.
fn history() -> History {
    let now = now();
    let slot = |number: usize| {
        let (days, minutes) = (10.0 - (number / 6) as f64, 10.0 * (number % 6) as f64 - 30.0);
        let (mir_k, tir_k) = measured(number);
        Slot {
            time: now.plus_seconds(-86_400.0 * days + 60.0 * minutes).expect("a time"),
            satellite: "Himawari-9".to_string(),
            tir_band: "B14".to_string(),
            bright_band: None,
            window: window(),
            mir_k,
            tir_k,
            bright: Array2::from_elem((SIDE, SIDE), f32::NAN),
            class: Array2::from_elem((SIDE, SIDE), PixelClass::Clear),
            hits: Vec::new(),
        }
    };
    History { days: (0..60).map(slot).collect(), ..History::default() }
}

fn now() -> Utc {
    Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("a time")
}

/// A scene with a fire of so many kelvin in the middle.
fn scene(kelvin: f32) -> Scene {
    let (mut mir_k, tir_k) = measured(66);
    mir_k[MIDDLE] += kelvin;
    let band = |channel: &str, values: Array2<f32>, planck| BandRaster { channel: channel.to_string(), values, planck };
    Scene {
        granule: "MADE".into(),
        satellite: "Himawari-9".into(),
        sensor: "AHI".into(),
        time: now(),
        simulated: true,
        grid: fixed_grid::himawari(),
        window: window(),
        bands: BTreeMap::from([
            (BandRole::Mir, band("B07", mir_k, Some(law()))),
            (BandRole::Tir11, band("B14", tir_k, None)),
        ]),
        state: Array2::from_elem((SIDE, SIDE), PixelState::Valid),
        height_m: None,
    }
}

fn clear() -> Array2<PixelClass> {
    Array2::from_elem((SIDE, SIDE), PixelClass::Clear)
}

fn compared(scene: &Scene, classes: &Array2<PixelClass>, history: &History) -> Option<Departures> {
    compared_in(scene, classes, &window(), history)
}

fn compared_in(scene: &Scene, classes: &Array2<PixelClass>, window: &Window, history: &History) -> Option<Departures> {
    let sky = Sky::of(scene);
    let surface = surface::classify(scene, &sky, &MaskThresholds::default());
    let t = BaselineThresholds::default();
    compare(scene, classes, &Bright::of(scene, &surface), window, history, &t, 0.0036)
}

/// 2 K over a field whose MIR-TIR difference varies by several: 14 MW under Himawari.
#[test]
fn a_small_fire_stands_out_in_time_and_nothing_else_does() {
    let t = BaselineThresholds::default();
    let departures = compared(&scene(2.0), &clear(), &history()).expect("a past");
    let fires: Vec<_> = departures.pixels().filter(|(_, d)| d.z >= t.z && d.kelvin >= t.kelvin).collect();
    assert_eq!(fires.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [(980 + 12, 1240 + 12)], "{fires:?}");
    let fire = fires[0].1;
    assert!((fire.kelvin - 2.0).abs() < 0.4, "{fire:?}");
    assert!((law().temperature_k(f64::from(fire.expected)) - f64::from(measured(66).0[MIDDLE])).abs() < 0.4);
    let judged = departures.of.iter().flatten().count();
    assert_eq!((departures.stray_kelvin, departures.least_z, judged), (0.0, t.z, SIDE * SIDE));
    let hits = departures.hits(|_| false, &t);
    assert!(hits.iter().any(|hit| (hit.line, hit.column) == (992, 1252)) && hits.len() < 4, "{hits:?}");
}

/// What is seen every day is no departure: the same fire in all of the past.
#[test]
fn a_kiln_is_as_usual() {
    let mut history = history();
    for slot in &mut history.days {
        slot.mir_k[MIDDLE] += 12.0;
    }
    let t = BaselineThresholds::default();
    let departures = compared(&scene(12.0), &clear(), &history).expect("a past");
    assert!(departures.at(992, 1252).expect("judged").z < t.usual_z);
}

#[test]
fn without_enough_clear_days_nothing_is_said() {
    let mut history = history();
    for slot in history.days.iter_mut().skip(18) {
        slot.class[MIDDLE] = PixelClass::Cloud;
    }
    let departures = compared(&scene(5.0), &clear(), &history).expect("a past");
    // three days of it, and of its neighbours
    assert_eq!(departures.at(992, 1252), None);
    assert_eq!(departures.at(992, 1253), None);
    assert!(departures.at(992, 1255).is_some());
    let mut clouded = clear();
    clouded[(0, 0)] = PixelClass::Cloud;
    let departures = compared(&scene(5.0), &clouded, &super::tests::history()).expect("a past");
    assert_eq!(departures.at(980, 1240), None);
    assert!(compared_in(&scene(5.0), &clear(), &Window { line0: 0, ..window() }, &history).is_none());
}

/// Light that falls on all of the window is not a fire in each pixel, and by night it makes us careful.
#[test]
fn stray_light_is_taken_off() {
    let t = BaselineThresholds::default();
    let night = now().plus_seconds(9.0 * 3600.0).expect("a time");
    let mut history = history();
    for slot in &mut history.days {
        slot.time = slot.time.plus_seconds(9.0 * 3600.0).expect("a time");
    }
    let mut scene = Scene { time: night, ..scene(0.0) };
    scene.bands.get_mut(&BandRole::Mir).expect("MIR").values.mapv_inplace(|kelvin| kelvin + 3.0);
    let departures = compared(&scene, &clear(), &history).expect("a past");
    assert!(
        departures.pixels().all(|(_, d)| d.z < t.z),
        "{:?}",
        departures.pixels().map(|(_, d)| d.z).fold(0.0, f32::max)
    );
    assert_eq!(departures.least_z, t.z_night);
    // by hand: 3 K at the made 291 K are 3 * 1.656 * (280/291)^2 = 4.6 K at 280 K
    assert!((4.0..5.3).contains(&departures.stray_kelvin), "{}", departures.stray_kelvin);
}

/// A departure of nothing, and a cover as usual.
fn usual() -> Departure {
    Departure { z: 0.0, kelvin: 0.0, expected: 0.5 }
}

fn bare() -> Cover {
    Cover { usual_tir_k: 285.0, usual_bright: 0.1, colder_k: 0.0, brighter: 0.0 }
}

/// The first night: no past, so no common departure either, and no number that is none.
#[test]
fn without_a_past_there_is_no_light_to_speak_of() {
    let night = now().plus_seconds(9.0 * 3600.0).expect("a time");
    let scene = Scene { time: night, ..scene(0.0) };
    let departures = compared(&scene, &clear(), &History::default()).expect("a window");
    assert_eq!((departures.stray_kelvin, departures.pixels().count()), (0.0, 0));
}

/// By hand: departures of 2 everywhere are a spread of 2.965; a pixel of 12 is one of 4.05.
#[test]
fn where_all_departs_one_must_depart_more() {
    let with = |z: f32| Some(Departure { z, kelvin: 1.0, ..usual() });
    let mut of = Array2::from_shape_fn((5, 5), |(l, c)| with(if (l + c) % 2 == 0 { 2.0 } else { -2.0 }));
    of[(2, 2)] = with(12.0);
    level(&mut of);
    assert!((of[(2, 2)].expect("there").z - 12.0 / 2.9652).abs() < 1e-3);
    let mut calm = Array2::from_elem((5, 5), with(0.5));
    level(&mut calm);
    assert_eq!(calm[(0, 0)].expect("there").z, 0.5);
}

/// What a past of 0.10 has of a look of 0.20, and of one by another channel.
#[test]
fn brighter_than_on_other_days_is_measured_in_the_same_channel() {
    let mut history = history();
    for slot in &mut history.days {
        slot.bright.fill(0.10);
        slot.bright_band = Some("B03".to_string());
    }
    let mut scene = scene(0.0);
    // the sun stands 47.6 degrees from the zenith: cosine 0.674 (ALGORITHMS 8.1)
    let red = BandRaster { channel: "B03".into(), values: Array2::from_elem((SIDE, SIDE), 0.20 * 0.674), planck: None };
    scene.bands.insert(BandRole::Red, red);
    let departures = compared(&scene, &clear(), &history).expect("a past");
    let middle = departures.cover(992, 1252).expect("known");
    assert!((middle.brighter - 0.10).abs() < 0.005 && (middle.usual_bright - 0.10).abs() < 1e-6, "{middle:?}");
    // twice as bright is another ground: it has no past
    assert_eq!(departures.at(992, 1252), None);
    for slot in &mut history.days {
        slot.bright_band = Some("B04".to_string());
    }
    let departures = compared(&scene, &clear(), &history).expect("a past");
    assert!(departures.cover(992, 1252).expect("known").brighter.is_nan() && departures.at(992, 1252).is_some());
}

/// The square's hottest pixel has its sum: by hand (3 + 3 + 3 + 3)/2 = 6.
#[test]
fn light_on_four_pixels_counts_together() {
    let with = |z: f32| Some(Departure { z, kelvin: z / 4.0, ..usual() });
    let mut of = Array2::from_elem((3, 3), with(0.0));
    for at in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        of[at] = with(3.0);
    }
    of[(1, 1)] = with(3.1);
    of[(2, 2)] = None;
    gather(&mut of);
    assert!((of[(1, 1)].expect("there").z - 6.05).abs() < 1e-6);
    assert_eq!(of[(0, 0)].expect("there").z, 3.0);
}

#[test]
fn confirmation_wants_a_second_look_or_a_very_strong_one() {
    use confirm::{confirmation, is_candidate, is_like_cloud, seen_before};
    let t = BaselineThresholds::default();
    let cases = [
        (5.0, 4.0, None, false),
        (5.0, 4.0, Some(3.3), true),
        (5.0, 4.0, Some(3.1), false),
        (8.1, 3.1, None, true),
        (8.1, 2.9, None, false),
    ];
    for (z, kelvin, before, confirmed) in cases {
        assert_eq!(
            confirmation(z, kelvin, before, &t) == Confirmation::Confirmed,
            confirmed,
            "{z} {kelvin} {before:?}"
        );
    }
    let departure = |z, kelvin| Departure { z, kelvin, ..usual() };
    for (departure, before, expected) in [
        (departure(4.6, 1.0), None, true),
        (departure(4.4, 1.0), None, false),
        (departure(4.6, 0.7), None, false),
        (departure(3.3, 1.0), Some(4.6), true),
        (departure(3.3, 1.0), Some(4.4), false),
        (departure(3.7, 1.0), Some(3.7), true),
        (departure(3.5, 1.0), Some(4.4), false),
        (departure(4.4, 1.0), Some(3.5), false),
        (departure(3.1, 1.0), Some(4.6), false),
    ] {
        assert_eq!(is_candidate(&departure, before, t.z, &t), expected, "{departure:?}");
    }
    for (cover, expected) in [
        (Cover { colder_k: 3.1, ..bare() }, true),
        (Cover { colder_k: 2.9, ..bare() }, false),
        (Cover { brighter: 0.051, ..bare() }, true),
        (Cover { brighter: 0.049, ..bare() }, false),
        (Cover { brighter: f32::NAN, ..bare() }, false),
    ] {
        assert_eq!(is_like_cloud(&cover, &t), expected, "{cover:?}");
    }
    let mut slot = history().days.remove(0);
    slot.hits = vec![Hit { line: 992, column: 1252, z: 4.0 }];
    let seen = |line, column| seen_before(std::slice::from_ref(&slot), line, column);
    assert_eq!([seen(993, 1251), seen(994, 1252), seen(992, 1254)], [Some(4.0), None, None]);
}
