//! A scene laid anew gives the same fires at the new places.
//!
//! Every window is square about its pixel, so that a turn by 180 degrees changes nothing. Transposed are those scenes in which
//! lines and columns are alike for the detector: not MODIS, which leaves out what lies beside a pixel along the scan; not
//! fixed grids by day, whose sun follows from line and column. Of VIIRS the lines deleted on board are marks like others here;
//! that two scans see one fire is settled after detection and is not turned.

use super::{At, Found, SIDE, Turn, assert_same, fixed, maps, places, swaths};
use ndarray::{Array2, s};
use strawfire::detect::field::{Algorithm, Cluster};
use strawfire::scene::PixelClass;
use strawfire::scene::swath::Instrument;

/// Fires from far too small to large, in no order.
fn areas(largest_m2: f64) -> impl Iterator<Item = (At, f64)> {
    let share = |n: usize| ((n * 37) % 64 + 1) as f64 / 64.0;
    places().into_iter().enumerate().map(move |(n, place)| (place, largest_m2 * share(n).powi(2)))
}

/// Fires at their new places.
fn moved(fires: &[Found], turn: Turn) -> Vec<Found> {
    let mut moved: Vec<Found> =
        fires.iter().map(|fire| Found { at: turn.of(SIDE, fire.at), numbers: fire.numbers.clone() }).collect();
    moved.sort_by_key(|fire| fire.at);
    moved
}

fn assert_moved(
    name: &str,
    turn: Turn,
    before: (&[Found], &Array2<PixelClass>),
    after: (&[Found], &Array2<PixelClass>),
) {
    println!("{name} {turn:?}: {} fires", before.0.len());
    assert!((10..1000).contains(&before.0.len()), "{name}");
    assert_same(&format!("{name} {turn:?}"), &moved(before.0, turn), after.0);
    assert!(turn.plane(before.1) == *after.1, "{name} {turn:?}: other classes");
}

fn swath(instrument: Instrument, largest_m2: f64, turns: &[Turn]) {
    for day in [true, false] {
        let mut scene = swaths::ground(instrument, day);
        areas(largest_m2).for_each(|(place, area_m2)| swaths::fires(&mut scene, &[place], area_m2, 800.0));
        let scene = swaths::with_obstacles(scene);
        for profile in swaths::PROFILES {
            let before = swaths::searched(&scene, profile);
            for turn in turns {
                let after = swaths::searched(&swaths::turned(&scene, *turn), profile);
                let name = format!("{instrument:?} {} day {day}", profile.name());
                let (fires, others) = (swaths::found(&before), swaths::found(&after));
                assert_moved(&name, *turn, (&fires, &before.classes), (&others, &after.classes));
            }
        }
    }
}

#[test]
fn viirs() {
    swath(Instrument::ViirsI, 500.0, &[Turn::Half, Turn::Transposed]);
}

#[test]
fn modis() {
    swath(Instrument::Modis, 5000.0, &[Turn::Half]);
}

/// The local regression and FTA.
#[test]
fn geostationary() {
    for (day, turns) in [(true, &[Turn::Half][..]), (false, &[Turn::Half, Turn::Transposed][..])] {
        let mut scene = fixed::ground(day, SIDE);
        areas(15_000.0).for_each(|(place, area_m2)| fixed::fires(&mut scene, &[place], area_m2, 800.0));
        let scene = fixed::with_obstacles(scene);
        for profile in fixed::PROFILES {
            let before = fixed::searched(&scene, profile);
            for turn in turns {
                let after = fixed::searched(&fixed::turned(&scene, *turn), profile);
                let name = format!("geostationary {} day {day}", profile.name());
                let (fires, others) = (fixed::found(&before, &scene.window), fixed::found(&after, &scene.window));
                assert_moved(&name, *turn, (&fires, &before.classes), (&others, &after.classes));
            }
        }
    }
}

/// A fire of touching pixels by its brightest, with its middle, brightness and size.
fn of_cluster(cluster: &Cluster) -> Found {
    let (line, column) = cluster.centre;
    Found { at: cluster.brightest, numbers: vec![line, column, cluster.peak, cluster.sum, cluster.pixels.len() as f64] }
}

/// The same fire once turned.
fn cluster_moved(fire: &Found, turn: Turn) -> Found {
    let mut numbers = fire.numbers.clone();
    match turn {
        Turn::Half => numbers[..2].iter_mut().for_each(|middle| *middle = (SIDE - 1) as f64 - *middle),
        Turn::Transposed => numbers.swap(0, 1),
    }
    Found { at: turn.of(SIDE, fire.at), numbers }
}

fn sorted(fires: impl Iterator<Item = Found>) -> Vec<Found> {
    let mut fires: Vec<Found> = fires.collect();
    fires.sort_by_key(|fire| fire.at);
    fires
}

/// Schroeder, Kumar-Roy, Murphy, their vote and its fires.
#[test]
fn landsat() {
    let mut rho = maps::ground(SIDE);
    for (place, area_m2) in areas(7.0) {
        // the second pixel is the darker one of two, however they lie
        maps::fires(&mut rho, &[place], area_m2, 1000.0);
        maps::fires(&mut rho, &[(place.0, place.1 + 1)], 0.6 * area_m2, 1000.0);
    }
    // a gap, cloud and water
    rho.slice_mut(s![20..24, 70..90]).fill([f64::NAN; 7]);
    rho.slice_mut(s![58..70, 10..33]).fill([0.25, 0.25, 0.25, 0.25, 0.28, 0.25, 0.20]);
    rho.slice_mut(s![85..95, 60..80]).fill([0.06, 0.05, 0.045, 0.04, 0.03, 0.02, 0.01]);
    let before = maps::opened(&rho).searched();
    let fires: Vec<Found> = before.clusters.iter().map(of_cluster).collect();
    assert!(fires.len() >= 10, "{}", fires.len());
    for turn in [Turn::Half, Turn::Transposed] {
        let after = maps::opened(&turn.plane(&rho)).searched();
        for algorithm in maps::ALGORITHMS {
            let mut expected: Vec<At> =
                maps::found(&before, algorithm).into_iter().map(|at| turn.of(SIDE, at)).collect();
            expected.sort_unstable();
            assert_eq!(maps::found(&after, algorithm), expected, "{} {turn:?}", algorithm.name());
        }
        assert!(turn.plane(&before.classes) == after.classes, "{turn:?}: other classes");
        let expected = sorted(fires.iter().map(|fire| cluster_moved(fire, turn)));
        assert_same(&format!("{turn:?}"), &expected, &sorted(after.clusters.iter().map(of_cluster)));
    }
    assert!(!maps::found(&before, Algorithm::Murphy).is_empty());
}
