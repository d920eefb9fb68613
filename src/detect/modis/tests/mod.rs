//! Every test of the algorithm just passing and just failing, by hand from the published numbers.
//!
//! Even ground fills its first window of 5 x 5, without the candidate and what lies beside it: 22 pixels. Of checkered
//! ground of +-d, 12 of them are warm and 10 cold: the mean is d/11 up, the mean absolute deviation 120/121 d.

mod alone;
mod doubt;
mod surroundings;

use crate::detect::swath::battery::{Case, case, check, mutate};
use crate::detect::swath::found::SwathFound;
use crate::detect::swath::made::{Made, apart, checker, even, ground, hot, window};
use crate::scene::BandRole::{Mir, Nir, Red, Swir22, Tir11, Tir12};
use crate::scene::swath::{Flags, Instrument, Nodes, SwathScene};
use crate::thresholds::{Profile, Thresholds};

const SHAPE: (usize, usize) = (61, 61);
const MIDDLE: (usize, usize) = (30, 30);
const LAND: u8 = 5;

fn find(scene: &SwathScene, profile: Profile, t: &Thresholds) -> SwathFound {
    super::find(scene, profile, &t.modis, &t.mask)
}

fn day() -> SwathScene {
    even(Instrument::Modis, true, SHAPE)
}

fn night() -> SwathScene {
    even(Instrument::Modis, false, SHAPE)
}

/// Reflectances of the middle pixel.
fn colour(scene: &mut SwathScene, red: f32, nir: f32, swir: f32) {
    let at = scene.middle();
    scene.put(Red, at, red).put(Nir, at, nir).put(Swir22, at, swir);
}

fn only_valid(scene: &mut SwathScene, valid: &[(usize, usize)]) {
    for (at, flags) in scene.flags.indexed_iter_mut() {
        if at != MIDDLE && !valid.contains(&at) {
            *flags = flags.with(Flags::TIR_POOR);
        }
    }
}

/// So many pixels at one distance from the middle.
fn ring(distance: usize, count: usize) -> Vec<(usize, usize)> {
    let pixels: Vec<_> = window(MIDDLE, 20).filter(|at| apart(*at, MIDDLE) == distance).take(count).collect();
    assert!(pixels.len() == count || count == usize::MAX);
    pixels
}

fn cases() -> Vec<Case> {
    [alone::cases(), surroundings::cases(), doubt::cases()].into_iter().flatten().collect()
}

#[test]
fn every_test_has_its_limit_where_it_is_published() {
    check(find, &cases());
}

/// `make mutants`.
#[test]
#[ignore = "takes a while; run by make mutants"]
fn mutants() {
    let (killed, all) = mutate("modis", find, &cases());
    assert!(killed * 10 >= all * 9);
}

/// Without reflective bands by day the fire stays.
#[test]
fn a_fire_is_found_without_reflective_bands() {
    let mut scene = day();
    hot(&mut scene, 340.0, 300.0);
    scene.reflective.clear();
    let found = find(&scene, Profile::Reference, &Thresholds::default());
    assert_eq!(found.fires.iter().map(|fire| fire.at).collect::<Vec<_>>(), [MIDDLE]);
}

/// A fire on frozen ground by night: T12 259 K is cloud as published.
#[test]
fn cold_ground_of_a_plateau_is_not_cloud() {
    let mut scene = even(Instrument::Modis, false, (160, 160));
    ground(&mut scene, 260.0, 260.0);
    scene.fill(Tir12, 259.0);
    hot(&mut scene, 310.0, 265.0);
    scene.put(Tir12, (40, 40), 235.0);
    let found = |profile| find(&scene, profile, &Thresholds::default());
    assert!(found(Profile::Sensitive).fires.is_empty());
    assert_eq!(found(Profile::Plateau).fires.iter().map(|fire| fire.at).collect::<Vec<_>>(), [scene.middle()]);
    assert_eq!(found(Profile::Plateau).classes[(40, 40)], crate::scene::PixelClass::Cloud);
}
