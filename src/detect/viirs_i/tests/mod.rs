//! Every test of the algorithm just passing and just failing. Expected classes follow by hand from the published
//! numbers; even ground has no deviation, checkered ground of +-d has a mean absolute deviation of exactly d over the
//! 120 pixels around a candidate.

mod alone;
mod surroundings;

use super::find;
use crate::detect::swath::battery::{Case, case, check, mutate};
use crate::detect::swath::made::{Made, apart, checker, even, ground, hot, window};
use crate::scene::BandRole::{Mir, Nir, Red, Swir16, Tir11};
use crate::scene::swath::{Flags, Instrument, Nodes, SwathScene};
use crate::thresholds::Profile;

const SHAPE: (usize, usize) = (61, 61);
const MIDDLE: (usize, usize) = (30, 30);
const LAND: u8 = 5;

fn day() -> SwathScene {
    even(Instrument::ViirsI, true, SHAPE)
}

fn night() -> SwathScene {
    even(Instrument::ViirsI, false, SHAPE)
}

/// Reflectances of the middle pixel.
fn colour(scene: &mut SwathScene, red: f32, nir: f32, swir: f32) {
    let at = scene.middle();
    scene.put(Red, at, red).put(Nir, at, nir).put(Swir16, at, swir);
}

/// Pixels of the first window, none touching another or the middle.
fn scattered(count: usize) -> Vec<(usize, usize)> {
    let apart = |at: &(usize, usize)| at.0 % 2 == 1 && at.1 % 2 == 1 && apart(*at, MIDDLE) > 1;
    let pixels: Vec<_> = window(MIDDLE, 5).filter(apart).take(count).collect();
    assert_eq!(pixels.len(), count);
    pixels
}

/// Marks all pixels but these and the middle as poor: they stand in no background.
fn only_valid(scene: &mut SwathScene, valid: &[(usize, usize)]) {
    let middle = scene.middle();
    for (at, flags) in scene.flags.indexed_iter_mut() {
        if at != middle && !valid.contains(&at) {
            *flags = flags.with(Flags::REFLECTIVE_POOR);
        }
    }
}

fn glint(scene: &mut SwathScene, degrees: f32) {
    scene.places.glint_deg = Nodes::constant(degrees, SHAPE);
}

fn cases() -> Vec<Case> {
    [alone::cases(), surroundings::cases()].into_iter().flatten().collect()
}

#[test]
fn every_test_has_its_limit_where_it_is_published() {
    check(find, &cases());
}

/// `make mutants`.
#[test]
#[ignore = "takes a while; run by make mutants"]
fn mutants() {
    let (killed, all) = mutate("viirs_i", find, &cases());
    assert!(killed * 10 >= all * 9);
}
