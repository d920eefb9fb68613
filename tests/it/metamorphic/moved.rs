//! Every number of the geostationary detectors, of the time baseline and of the searches of fields moved by a fifth: does any result
//! change? The same is asked of the swath detectors with cases by hand (src/detect/swath/battery.rs).
//!
//! What is shown is that a number decides something in scenes like these, not that it is the right one: for that are the cases
//! by hand of `detector`, of src/detect/field/tests.rs and of the printed equations in `field`.

mod climates;
mod fields;
mod past;

use rayon::prelude::*;
use strawfire::thresholds::{CHOICE, Row, Thresholds};

/// A scene that is searched with some numbers; all that came of it as one number.
type Searched = Box<dyn Fn(&Thresholds) -> u64 + Sync>;

/// Numbers that no search asks for, but what becomes of its fires (src/screen, src/pipeline, src/history).
const ELSEWHERE: [&str; 16] = [
    "field.mirror_deg",
    "field.static_pixels",
    "field.static_stronger",
    "field.static_least_days",
    "field.static_days",
    "baseline.low_sun_from_deg",
    "baseline.z_twilight",
    "baseline.z_stray",
    "baseline.despite_cloud_kelvin",
    "baseline.usual_z",
    "baseline.usual_share",
    "baseline.hot_days",
    "baseline.hot_share",
    "baseline.stray_kelvin",
    "baseline.snow_kelvin",
    "baseline.thaw_kelvin",
];

/// 20 per cent up and down, whole pixels at least one, choices to the other, what is zero by 5 K or 0.1: as the cases of the swath
/// detectors are moved.
fn moved(row: &Row) -> Vec<f32> {
    let value = row.value;
    if row.unit == CHOICE {
        return vec![1.0 - value];
    }
    let least = match (row.unit, value == 0.0) {
        ("pixels", _) => 1.0,
        ("K", true) => 5.0,
        (_, true) => 0.1,
        _ => 0.0,
    };
    let by = (value.abs() * 0.2).max(least);
    vec![value + by, value - by]
}

/// Moves every number of some sets and prints those that no scene notices.
fn count(sets: &[&str], scenes: &[Searched]) {
    let t = Thresholds::default();
    let usual: Vec<u64> = scenes.par_iter().map(|scene| scene(&t)).collect();
    let (mut noticed, mut all) = (0, 0);
    for set in sets {
        let (mut own_noticed, mut own_all) = (0, 0);
        let numbers = Thresholds::names().into_iter().filter(|(name, _)| name.split('.').next() == Some(*set));
        for (name, row) in numbers.filter(|(name, _)| !ELSEWHERE.contains(&name.as_str())) {
            for value in moved(row) {
                let mut t = Thresholds::default();
                assert!(t.set(&name, value), "{name}");
                let is_noticed = scenes.par_iter().zip(&usual).any(|(scene, usual)| scene(&t) != *usual);
                own_all += 1;
                own_noticed += usize::from(is_noticed);
                if !is_noticed {
                    println!("survived: {name} {} -> {value}", row.value);
                }
            }
        }
        println!("{set}: {own_noticed} of {own_all} moved numbers noticed in {} scenes", scenes.len());
        (noticed, all) = (noticed + own_noticed, all + own_all);
    }
    println!("{}: {noticed} of {all} ({:.1} %)", sets.join(", "), 100.0 * noticed as f64 / all as f64);
    assert!(10 * noticed >= 9 * all, "{noticed} of {all}");
}

#[test]
#[ignore = "takes a while; run by make mutants"]
fn geostationary_numbers() {
    count(&["mask", "regression", "fta"], &climates::scenes());
}

#[test]
#[ignore = "takes a while; run by make mutants"]
fn field_numbers() {
    count(&["schroeder", "kumar_roy", "murphy", "tai", "afd_s2", "field"], &fields::scenes());
}

#[test]
#[ignore = "takes a while; run by make mutants"]
fn baseline_numbers() {
    count(&["baseline"], &past::scenes());
}
