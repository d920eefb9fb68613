//! The default detector on small made scenes: what must be found, what must not, and what cannot be judged.
//! Temperatures and places are chosen by hand; each case states why it must come out so.

use crate::common::fixed_grid;
use ndarray::Array2;
use std::collections::BTreeMap;
use strawfire::detect::{self, Detection};
use strawfire::scene::{BandRaster, BandRole, PixelClass, PixelState, Scene, Sweep, Window};
use strawfire::thresholds::{Profile, Thresholds};
use strawfire::time::Utc;
use strawfire::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};

const SIDE: usize = 80;
const NIGHT: &str = "2025-10-20T18:30:00Z";
const DAY: &str = "2025-10-20T05:30:00Z";
/// The middle pixel.
const MIDDLE: (usize, usize) = (40, 40);

fn law(wavelength_um: f64) -> PlanckLaw {
    PlanckLaw::at_wavelength(wavelength_um, PLANCK_H, LIGHT_C, BOLTZMANN_K)
}

/// Noise of about +-0.1 K that is the same in every run.
fn noise(line: usize, column: usize) -> f32 {
    let mixed = (line * 7919 + column * 104_729 + 12_345) % 1000;
    (mixed as f32 / 1000.0 - 0.5) * 0.2
}

/// A Himawari window over the land north-west of Haidong: MIR and 11 um at one temperature and noise.
fn scene(time: &str, kelvin: f32) -> Scene {
    let grid = fixed_grid(140.7, Sweep::Y);
    let raster = |wavelength, channel: &str, shift: usize| BandRaster {
        channel: channel.to_string(),
        values: Array2::from_shape_fn((SIDE, SIDE), |(l, c)| kelvin + noise(l + shift, c)),
        planck: Some(law(wavelength)),
    };
    let bands = BTreeMap::from([(BandRole::Mir, raster(3.9, "B07", 0)), (BandRole::Tir11, raster(11.2, "B14", 5))]);
    Scene {
        granule: "made".to_string(),
        satellite: "Himawari-9".to_string(),
        sensor: "AHI".to_string(),
        time: Utc::parse(time).expect("a time"),
        simulated: true,
        grid,
        window: Window { line0: 960, column0: 1210, lines: SIDE, columns: SIDE },
        bands,
        state: Array2::from_elem((SIDE, SIDE), PixelState::Valid),
        height_m: None,
    }
}

fn values(scene: &mut Scene, role: BandRole) -> &mut Array2<f32> {
    &mut scene.bands.get_mut(&role).expect("the band").values
}

fn reflectance(scene: &mut Scene, role: BandRole, of: impl Fn(usize, usize) -> f32) {
    let values = Array2::from_shape_fn((SIDE, SIDE), |(l, c)| of(l, c));
    scene.bands.insert(role, BandRaster { channel: "made".to_string(), values, planck: None });
}

fn run(scene: &Scene) -> Detection {
    detect::detect(scene, Profile::Sensitive, &Thresholds::default())
}

fn places(detection: &Detection) -> Vec<(usize, usize)> {
    let at = |f: &strawfire::fire::FirePixel| {
        (f.line.expect("a line") as usize - 960, f.column.expect("one") as usize - 1210)
    };
    detection.fires.iter().map(at).collect()
}

fn count(detection: &Detection, class: PixelClass) -> usize {
    detection.classes.iter().filter(|c| **c == class).count()
}

#[test]
fn an_even_night_has_no_fire_and_is_all_seen() {
    let detection = run(&scene(NIGHT, 275.0));
    assert!(detection.fires.is_empty());
    assert_eq!(count(&detection, PixelClass::Clear), SIDE * SIDE);
}

/// FTA's 2.5 K is the limit by night: 5 K over it is a fire, 1.5 K is not.
#[test]
fn a_night_fire_must_stand_out_by_the_limit() {
    for (excess, fires) in [(5.0, vec![MIDDLE]), (1.5, vec![])] {
        let mut scene = scene(NIGHT, 275.0);
        values(&mut scene, BandRole::Mir)[MIDDLE] = 275.0 + excess;
        assert_eq!(places(&run(&scene)), fires, "{excess} K");
    }
}

/// Ten kelvin by day without any solar band, six with 2.2 um (MODIS tests 1.3 and 1.6): 8 K lies between.
#[test]
fn more_bands_make_the_day_more_sensitive() {
    let mut three_bands = scene(DAY, 290.0);
    values(&mut three_bands, BandRole::Mir)[MIDDLE] = 298.0;
    assert!(places(&run(&three_bands)).is_empty());
    let mut with_swir = three_bands.clone();
    reflectance(&mut with_swir, BandRole::Swir22, |l, c| 0.2 + noise(l, c) / 20.0);
    assert_eq!(places(&run(&with_swir)), [MIDDLE]);
}

/// A band that is all fill counts as absent: without 2.2 um the limit is ten kelvin again, and a hole in 12 um takes
/// nothing from the solar bands.
#[test]
fn a_band_without_values_is_an_absent_band() {
    let mut scene = scene(DAY, 290.0);
    values(&mut scene, BandRole::Mir)[MIDDLE] = 298.0;
    reflectance(&mut scene, BandRole::Swir22, |_, _| f32::NAN);
    assert!(places(&run(&scene)).is_empty());
    reflectance(&mut scene, BandRole::Swir22, |l, c| 0.2 + noise(l, c) / 20.0);
    let mut tir12 = scene.bands[&BandRole::Tir11].clone();
    tir12.values.fill(f32::NAN);
    scene.bands.insert(BandRole::Tir12, tir12);
    assert_eq!(places(&run(&scene)), [MIDDLE]);
}

/// Ground whose 3.9 um reflectance follows its 2.2 um one shows patches 10 K hotter in MIR: reflected sun, predicted by
/// 2.2 um and so no fire. The same excess without the 2.2 um light is one.
#[test]
fn reflected_sun_is_predicted_and_not_taken_for_fire() {
    let patch = |l: usize, c: usize| (l / 4 + c / 4).is_multiple_of(3);
    let mut scene = scene(DAY, 290.0);
    reflectance(&mut scene, BandRole::Swir22, |l, c| if patch(l, c) { 0.3 } else { 0.1 } + noise(l, c) / 50.0);
    let mir = values(&mut scene, BandRole::Mir);
    for ((l, c), value) in mir.indexed_iter_mut() {
        if patch(l, c) {
            *value += 10.0;
        }
    }
    assert!(run(&scene).fires.is_empty());
    // a pixel of the dark kind
    let dark = (0..SIDE * SIDE).map(|i| (i / SIDE, i % SIDE)).find(|p| !patch(p.0, p.1) && p.0 > 38 && p.1 > 38);
    let dark = dark.expect("a dark pixel");
    values(&mut scene, BandRole::Mir)[dark] += 10.0;
    assert_eq!(places(&run(&scene)), [dark]);
}

/// Equal values everywhere have no spread: the floor of noise and model error must keep the test finite.
#[test]
fn a_background_without_any_spread_still_judges() {
    let mut scene = scene(NIGHT, 275.0);
    values(&mut scene, BandRole::Mir).fill(275.0);
    values(&mut scene, BandRole::Tir11).fill(275.0);
    assert!(run(&scene).fires.is_empty());
    values(&mut scene, BandRole::Mir)[MIDDLE] = 285.0;
    let detection = run(&scene);
    assert_eq!(places(&detection), [MIDDLE]);
    let fire = &detection.fires[0];
    assert!(
        fire.frp_mw.is_some_and(|frp| frp > 0.0) && fire.confidence_pct.is_some_and(|c| (0.0..=100.0).contains(&c))
    );
}

/// A block of fires must not hide itself: its pixels are taken out of one another's backgrounds.
#[test]
fn a_cluster_of_fires_is_found_whole() {
    let mut scene = scene(NIGHT, 275.0);
    let mut block = Vec::new();
    for line in 38..43 {
        for column in 37..43 {
            values(&mut scene, BandRole::Mir)[(line, column)] = 300.0;
            block.push((line, column));
        }
    }
    assert_eq!(places(&run(&scene)), block);
}

#[test]
fn no_data_is_missing_and_never_clear() {
    let mut scene = scene(NIGHT, 275.0);
    scene.state.fill(PixelState::Fill);
    values(&mut scene, BandRole::Mir).fill(f32::NAN);
    let detection = run(&scene);
    assert!(detection.fires.is_empty());
    assert_eq!(count(&detection, PixelClass::Missing), SIDE * SIDE);
}

/// A saturated core keeps its place and says that its value is a lower bound.
#[test]
fn a_saturated_pixel_is_a_fire_and_says_so() {
    let mut scene = scene(NIGHT, 275.0);
    values(&mut scene, BandRole::Mir)[MIDDLE] = 400.0;
    scene.state[MIDDLE] = PixelState::Saturated;
    let detection = run(&scene);
    assert_eq!(places(&detection), [MIDDLE]);
    assert!(detection.fires[0].saturated && detection.fires[0].confidence_pct == Some(100.0));
}

/// Gaps of one pixel in a cloud deck: warm enough to be ground, but no window has a quarter of valid neighbours. They
/// could not be judged, which is neither clear nor cloud. Over the absolute 320 K one is a fire all the same.
#[test]
fn gaps_in_cloud_cannot_be_judged() {
    let mut scene = scene(NIGHT, 290.0);
    let gap = |l: usize, c: usize| l.is_multiple_of(5) && c.is_multiple_of(5);
    for role in [BandRole::Mir, BandRole::Tir11] {
        for ((l, c), value) in values(&mut scene, role).indexed_iter_mut() {
            if !gap(l, c) {
                *value = 235.0;
            }
        }
    }
    let detection = run(&scene);
    assert!(detection.fires.is_empty());
    assert_eq!(count(&detection, PixelClass::NoBackground), 16 * 16);
    assert_eq!(count(&detection, PixelClass::Cloud), SIDE * SIDE - 16 * 16);
    values(&mut scene, BandRole::Mir)[MIDDLE] = 330.0;
    assert_eq!(places(&run(&scene)), [MIDDLE]);
}

/// Half of the scene is dark in near and short-wave infrared: water. A weak anomaly beside it is a mixed pixel.
#[test]
fn a_weak_anomaly_beside_water_is_not_a_fire() {
    let mut scene = scene(DAY, 290.0);
    for role in [BandRole::Nir, BandRole::Swir22] {
        reflectance(&mut scene, role, |l, c| if c < 40 { 0.01 } else { 0.2 + noise(l, c) / 20.0 });
    }
    values(&mut scene, BandRole::Mir)[MIDDLE] = 298.0;
    let detection = run(&scene);
    assert_eq!(count(&detection, PixelClass::Water), SIDE * 40);
    assert!(detection.fires.is_empty());
    let inland = (40, 45);
    values(&mut scene, BandRole::Mir)[inland] = 298.0;
    assert_eq!(places(&run(&scene)), [inland]);
}

/// Of two fires of one excess, the pixel's radiative power grows with its radiance: FRP = A sigma (L - Lbg)/a, here
/// against a hand calculation with Planck's law at 3.9 um: L(300 K) - L(275 K).
#[test]
fn power_follows_the_radiance() {
    let mut scene = scene(NIGHT, 275.0);
    values(&mut scene, BandRole::Mir).fill(275.0);
    values(&mut scene, BandRole::Mir)[MIDDLE] = 300.0;
    let fire = &run(&scene).fires[0];
    let area = fire.pixel_area_km2.expect("an area");
    let expected = area * 5.670_374e-8 * (0.602_54 - planck_275()) / 3.08e-9;
    let frp = fire.frp_mw.expect("a power");
    assert!((frp / expected - 1.0).abs() < 2e-3, "{frp} not {expected}");
}

/// 2hc2/l^5/(exp(hc/lkT)-1) at 3.9 um and 275 K with constants written out: 1.1910429e-16 / 3.9e-6^5 * 1e-6 = 132009.26;
/// 14387.769/(3.9 * 275) = 13.415169; exp = 670091; 132009.26/670090 = 0.19700.
fn planck_275() -> f64 {
    let first = 1.191_042_972e-16 / 3.9e-6_f64.powi(5) * 1e-6;
    first / ((14_387.768_775 / (3.9 * 275.0_f64)).exp() - 1.0)
}
