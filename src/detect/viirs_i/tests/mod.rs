//! Every test of the algorithm just passing and just failing. Expected classes follow by hand from the published
//! numbers; even ground has no deviation, checkered ground of +-d has a mean absolute deviation of exactly d over the
//! 120 pixels around a candidate.

mod alone;
mod surroundings;

use super::find;
use crate::detect::swath::battery::{Case, case, check, mutate};
use crate::detect::swath::made::{Made, apart, checker, even, ground, hot, window};
use crate::scene::BandRole::{Mir, Nir, Red, Swir16, Tir11};
use crate::scene::PixelClass;
use crate::scene::swath::{Flags, Instrument, Nodes, SwathScene};
use crate::thresholds::{Profile, Thresholds};

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

fn fires(scene: &SwathScene, profile: Profile) -> Vec<(usize, usize)> {
    find(scene, profile, &Thresholds::default()).fires.iter().map(|fire| fire.at).collect()
}

/// A small fire on frozen ground at night: BT5 260 K and BT4 285 K are cloud as published. What is 20 K colder than the
/// ground around is cloud in both.
#[test]
fn cold_ground_of_a_plateau_is_not_cloud() {
    let mut scene = even(Instrument::ViirsI, false, (160, 160));
    ground(&mut scene, 260.0, 260.0);
    hot(&mut scene, 285.0, 261.0);
    scene.put(Mir, (40, 40), 285.0).put(Tir11, (40, 40), 239.0);
    assert_eq!(fires(&scene, Profile::Reference), []);
    assert_eq!(fires(&scene, Profile::Sensitive), []);
    assert_eq!(fires(&scene, Profile::Plateau), [scene.middle()]);
    let classes = find(&scene, Profile::Plateau, &Thresholds::default()).classes;
    assert_eq!((classes[(40, 40)], classes[(10, 10)]), (PixelClass::Cloud, PixelClass::Clear));
}

/// Bright cloud by day stays cloud however warm the ground around.
#[test]
fn bright_cloud_is_cloud_on_a_plateau_too() {
    let mut scene = even(Instrument::ViirsI, true, (160, 160));
    hot(&mut scene, 320.0, 284.0);
    colour(&mut scene, 0.4, 0.45, 0.3);
    let classes = find(&scene, Profile::Plateau, &Thresholds::default()).classes;
    assert_eq!(classes[scene.middle()], PixelClass::Cloud);
}

/// Uneven ground with many candidates: the same on one thread and on four, in line order.
#[test]
fn any_number_of_threads_gives_the_same() {
    let mut scene = even(Instrument::ViirsI, true, (200, 230));
    for at in (0..200).flat_map(|l| (0..230).map(move |c| (l, c))) {
        let mixed = ((at.0 * 7919 + at.1 * 104_729 + at.0 * at.1) % 1000) as f32 / 1000.0;
        scene.put(Mir, at, 300.0 + 20.0 * mixed + if mixed > 0.99 { 30.0 } else { 0.0 });
        scene.put(Tir11, at, 295.0 + 10.0 * mixed);
    }
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| find(&scene, Profile::Sensitive, &Thresholds::default()))
    };
    let (one, four) = (on(1), on(4));
    assert!(one.fires.len() > 50 && one.fires.is_sorted_by_key(|fire| fire.at), "{}", one.fires.len());
    assert_eq!(one.fires, four.fires);
    assert_eq!(one.classes, four.classes);
}

/// Without reflective bands by day the files mark every pixel: nothing can be compared, fires of their own stay.
#[test]
fn without_reflective_bands_by_day_little_can_be_judged() {
    let mut scene = day();
    scene.reflective.clear();
    scene.flags.fill(Flags::REFLECTIVE_POOR);
    hot(&mut scene, 340.0, 300.0);
    assert_eq!(find(&scene, Profile::Reference, &Thresholds::default()).classes[MIDDLE], PixelClass::NoBackground);
    hot(&mut scene, 300.0, 330.0);
    assert_eq!(fires(&scene, Profile::Reference), [MIDDLE]);
}

/// Scenes of no or one pixel, and of nothing but fill.
#[test]
fn small_and_empty_scenes_have_no_fires() {
    for shape in [(0, 0), (1, 1), (3, 40)] {
        let mut scene = even(Instrument::ViirsI, true, shape);
        scene.flags.fill(Flags::FILL);
        assert_eq!(fires(&scene, Profile::Plateau), []);
    }
    let mut scene = even(Instrument::ViirsI, true, (1, 1));
    scene.put(Mir, (0, 0), 340.0);
    assert_eq!(find(&scene, Profile::Reference, &Thresholds::default()).classes[(0, 0)], PixelClass::NoBackground);
}
