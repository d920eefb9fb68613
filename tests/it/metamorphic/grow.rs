//! A fire that is found stays found when it grows in area, and at one area in temperature.
//!
//! All sixty-four fires of a scene grow together. They stay below saturation, and so small that their blur of 3 x 3 pixels
//! (MODIS: 3 x 1) does not become their own background: a fire of several pixels, or one that lifts the mean of its
//! surroundings, may rightly lose a pixel to them. There is one published exception that is not tried: on ground brighter
//! than 0.28 at 0.86 um the MODIS form takes a fire below 325 K for a forest clearing as soon as its 11 um temperature
//! rises (ALGORITHMS 1.7).

use super::{At, fixed, maps, pixels, places, swaths};
use strawfire::scene::swath::Instrument;

/// Searches the steps in turn: none found before may be lost, the first step shows none and the last all.
fn never_lost(name: &str, steps: &[f64], found: impl Fn(f64) -> Vec<At>) {
    assert!(steps.len() >= 6);
    let mut before: Vec<At> = Vec::new();
    let (mut counts, mut lost) = (Vec::new(), Vec::new());
    for step in steps {
        let all = found(*step);
        let now: Vec<At> = places().into_iter().filter(|place| all.contains(place)).collect();
        lost.extend(before.iter().filter(|place| !now.contains(place)).map(|place| (*step, *place)));
        counts.push(now.len());
        before = now;
    }
    println!("{name}: of {} fires {counts:?} found at {steps:?}", places().len());
    assert!(lost.is_empty(), "{name}: found before and lost at {lost:?}");
    assert_eq!((counts.first(), counts.last()), (Some(&0), Some(&places().len())), "{name}");
}

/// Areas (m2) at 800 K, and temperatures (K) at one area.
struct Steps {
    areas_m2: &'static [f64],
    at_m2: f64,
    kelvins: &'static [f64],
}

/// By day half of such fires are found from some 90 m2 on, by night from some 20 (ALGORITHMS 10.4); 500 m2 make 358 K of 367.
const VIIRS_DAY: Steps = Steps {
    areas_m2: &[2.0, 20.0, 30.0, 40.0, 55.0, 70.0, 90.0, 120.0, 200.0, 350.0, 500.0],
    at_m2: 120.0,
    kelvins: &[550.0, 650.0, 700.0, 750.0, 800.0, 900.0, 1000.0, 1100.0],
};
const VIIRS_NIGHT: Steps = Steps {
    areas_m2: &[0.5, 4.0, 8.0, 12.0, 16.0, 20.0, 30.0, 60.0, 200.0, 500.0],
    at_m2: 25.0,
    kelvins: &[500.0, 600.0, 650.0, 700.0, 750.0, 800.0, 950.0, 1100.0],
};

/// 310 K are reached with 250 to 340 m2 by day, 305 K with some 400 m2 by night (ALGORITHMS 10.4). The 500 K of band 21 are
/// far.
const MODIS_DAY: Steps = Steps {
    areas_m2: &[10.0, 100.0, 150.0, 200.0, 250.0, 300.0, 400.0, 700.0, 1500.0, 5000.0],
    at_m2: 350.0,
    kelvins: &[500.0, 600.0, 700.0, 750.0, 800.0, 900.0, 1000.0, 1200.0],
};
const MODIS_NIGHT: Steps =
    Steps { areas_m2: &[10.0, 100.0, 200.0, 250.0, 300.0, 350.0, 450.0, 700.0, 1500.0, 5000.0], ..MODIS_DAY };

/// 2.5 K are some 320 m2 spread over one pixel, more where it is blurred (ALGORITHMS 10.4); 15,000 m2 make 320 to 330 K.
const FIXED_DAY: Steps = Steps {
    areas_m2: &[40.0, 400.0, 800.0, 1200.0, 1600.0, 2000.0, 2600.0, 4000.0, 8000.0, 15_000.0],
    at_m2: 4000.0,
    kelvins: &[400.0, 500.0, 600.0, 650.0, 700.0, 750.0, 800.0, 950.0, 1100.0],
};
const FIXED_NIGHT: Steps = Steps {
    areas_m2: &[10.0, 100.0, 200.0, 300.0, 400.0, 500.0, 700.0, 1000.0, 4000.0, 15_000.0],
    at_m2: 1000.0,
    kelvins: &[400.0, 500.0, 550.0, 600.0, 650.0, 700.0, 800.0, 950.0, 1100.0],
};

fn swath(instrument: Instrument, day: bool, steps: &Steps) {
    let ground = swaths::ground(instrument, day);
    for profile in swaths::PROFILES {
        let found = |area_m2: f64, fire_k: f64| {
            let mut scene = ground.clone();
            swaths::fires(&mut scene, &places(), area_m2, fire_k);
            pixels(&swaths::found(&swaths::searched(&scene, profile)))
        };
        let name = format!("{instrument:?} {} {}", if day { "day" } else { "night" }, profile.name());
        never_lost(&name, steps.areas_m2, |area_m2| found(area_m2, 800.0));
        never_lost(&name, steps.kelvins, |fire_k| found(steps.at_m2, fire_k));
    }
}

#[test]
fn viirs_by_day() {
    swath(Instrument::ViirsI, true, &VIIRS_DAY);
}

#[test]
fn viirs_by_night() {
    swath(Instrument::ViirsI, false, &VIIRS_NIGHT);
}

#[test]
fn modis_by_day() {
    swath(Instrument::Modis, true, &MODIS_DAY);
}

#[test]
fn modis_by_night() {
    swath(Instrument::Modis, false, &MODIS_NIGHT);
}

/// The local regression and FTA.
fn geostationary(day: bool, steps: &Steps) {
    let ground = fixed::ground(day, super::SIDE);
    for profile in fixed::PROFILES {
        let found = |area_m2: f64, fire_k: f64| {
            let mut scene = ground.clone();
            fixed::fires(&mut scene, &places(), area_m2, fire_k);
            pixels(&fixed::found(&fixed::searched(&scene, profile), &scene.window))
        };
        let name = format!("geostationary {} {}", if day { "day" } else { "night" }, profile.name());
        never_lost(&name, steps.areas_m2, |area_m2| found(area_m2, 800.0));
        never_lost(&name, steps.kelvins, |fire_k| found(steps.at_m2, fire_k));
    }
}

#[test]
fn geostationary_by_day() {
    geostationary(true, &FIXED_DAY);
}

#[test]
fn geostationary_by_night() {
    geostationary(false, &FIXED_NIGHT);
}

/// Schroeder, Kumar-Roy, Murphy and their vote. 1.2 is the largest reflectance of a count: 7 m2 at 1000 K and 3 m2 at 1100 K
/// stay below it.
#[test]
fn landsat() {
    let ground = maps::ground(super::SIDE);
    let searched = |area_m2: f64, fire_k: f64| {
        let mut rho = ground.clone();
        maps::fires(&mut rho, &places(), area_m2, fire_k);
        maps::opened(&rho).searched()
    };
    let by_area = [0.05, 0.3, 0.5, 0.8, 1.2, 1.6, 2.0, 2.5, 3.5, 5.0, 7.0];
    let by_kelvin = [500.0, 650.0, 700.0, 750.0, 800.0, 850.0, 900.0, 950.0, 1000.0, 1100.0];
    let areas = by_area.map(|area_m2| searched(area_m2, 1000.0));
    let kelvins = by_kelvin.map(|fire_k| searched(3.0, fire_k));
    let of = |steps: &[f64], step: f64| steps.iter().position(|own| *own == step).expect("a step");
    for algorithm in maps::ALGORITHMS {
        let name = format!("Landsat {}", algorithm.name());
        never_lost(&name, &by_area, |step| maps::found(&areas[of(&by_area, step)], algorithm));
        never_lost(&name, &by_kelvin, |step| maps::found(&kelvins[of(&by_kelvin, step)], algorithm));
    }
}
