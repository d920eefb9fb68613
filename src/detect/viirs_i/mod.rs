//! VIIRS 375 m active fires: Schroeder et al. 2014 (VNP14IMG), ALGORITHMS 2.
//!
//! Profile `reference` asks for both candidate tests, the others for one; `plateau` has its own cloud test. What the
//! product does beyond one granule (persistence over water, thermal anomaly history) is not here.

mod context;
mod doubt;
mod look;
mod median;
mod pixel;
mod sliding;

#[cfg(test)]
mod tests;

use super::clear_sky::ClearSky;
use super::swath::background::{Around, Statistics, Surface, grown, statistics};
use super::swath::found::{SwathBackground, SwathFire, SwathFound};
use super::swath::ground::{Ground, Mark};
use super::swath::power::Powers;
use crate::fire::Confidence;
use crate::scene::swath::{Flags, SwathScene};
use crate::scene::{BandRole, PixelClass};
use crate::thresholds::{Profile, Thresholds, ViirsThresholds, chosen};
use look::{CloudTest, Looked, look};
use median::MedianLimit;
use ndarray::Array2;
use pixel::Pixel;
use rayon::prelude::*;

/// A fire before its confidence is known.
#[derive(Debug, Clone, Copy)]
struct Draft {
    at: (usize, usize),
    day: bool,
    /// A fixed test saw it.
    fixed: bool,
    /// Half side and statistics of its background, where there is one.
    background: Option<(usize, Statistics)>,
}

/// What a profile asks for beside the published tests.
#[derive(Debug, Clone, Copy)]
struct Rules {
    /// Both candidate tests, or one of them.
    both: bool,
    /// Radiance well above the noise.
    above_noise: bool,
}

/// What came of a suspect.
enum Outcome {
    Fire(Draft),
    Glint,
    NoBackground,
    Nothing,
}

/// Finds the fires of a scene of VIIRS imagery bands.
pub fn find(scene: &SwathScene, profile: Profile, thresholds: &Thresholds) -> SwathFound {
    let t = &thresholds.viirs_i;
    let Some(ground) = Ground::of(scene) else {
        return SwathFound { fires: Vec::new(), classes: Array2::from_elem(scene.shape(), PixelClass::Missing) };
    };
    let published = profile == Profile::Reference;
    let both = chosen(if published { t.candidate_both_reference } else { t.candidate_both_sensitive });
    let rules = Rules { both, above_noise: !published };
    let clouds = cloud_test(scene, &ground, profile, thresholds);
    let Looked { mut marks, mut classes, suspects } = look(scene, &ground, &clouds, both, t);
    let limit = MedianLimit::new(&ground, &marks, t);
    let above = limit.is_below(&suspects, |at| asks_median(&pixel_at(&ground, &marks, at), both, t));
    let outcomes: Vec<Outcome> = (&suspects, &above)
        .into_par_iter()
        .map(|(at, above)| judge(scene, &ground, &marks, *above, *at, rules, t))
        .collect();
    let mut drafts = Vec::new();
    for (at, outcome) in suspects.iter().zip(outcomes) {
        match outcome {
            Outcome::Fire(draft) => drafts.push(draft),
            Outcome::Glint => classes[*at] = PixelClass::Glint,
            Outcome::NoBackground => classes[*at] = PixelClass::NoBackground,
            Outcome::Nothing => {}
        }
    }
    for draft in &drafts {
        let mark = &mut marks[ground.index(draft.at)];
        *mark = mark.with(Mark::FIRE, true);
    }
    let mut fires: Vec<(Draft, Confidence)> =
        drafts.iter().map(|draft| (*draft, doubt::confidence(scene, &ground, &marks, draft, t))).collect();
    recover(scene, &ground, &mut marks, &mut fires, t);
    fires.sort_by_key(|(draft, _)| draft.at);
    let fires = finish(scene, &ground, &marks, &fires);
    for fire in &fires {
        classes[fire.at] = PixelClass::Fire;
    }
    SwathFound { fires, classes }
}

fn cloud_test(scene: &SwathScene, ground: &Ground, profile: Profile, thresholds: &Thresholds) -> CloudTest {
    if profile != Profile::Plateau {
        return CloudTest::Published;
    }
    let Some(tir) = scene.thermal.get(&BandRole::Tir11) else { return CloudTest::Published };
    let unusable = Flags(Flags::FILL.0 | Flags::BOWTIE.0 | Flags::TIR_POOR.0 | Flags::WATER.0);
    let clear =
        ClearSky::of(&scene.window, &tir.values, &thresholds.mask, |at| !ground.flags[ground.index(at)].any(unusable));
    let (t, below) = (&thresholds.viirs_i, thresholds.mask.colder_than_reference_k);
    let warmest = (clear.warmest_k() - below).max(t.cloud_tir_k).max(t.night_cloud_tir_k);
    CloudTest::Plateau { clear, below, warmest }
}

/// All tests of one suspect but those that need the other fires.
fn judge(
    scene: &SwathScene,
    ground: &Ground,
    marks: &[Mark],
    above_median: bool,
    at: (usize, usize),
    rules: Rules,
    t: &ViirsThresholds,
) -> Outcome {
    let pixel = pixel_at(ground, marks, at);
    let fixed = pixel.is_fixed_fire(t);
    if !fixed && !is_candidate(&pixel, above_median, rules.both, t) {
        return Outcome::Nothing;
    }
    let background = grown(ground, marks, at, Surface::ANY, &context::growth(t))
        .map(|half| (half, statistics(ground, marks, &Around::new(ground, at, half, 0), Surface::ANY)));
    if !fixed {
        let Some((_, s)) = &background else { return Outcome::NoBackground };
        if !context::is_fire(&pixel, s, t) || context::is_hot_edge(&pixel, s, t) {
            return Outcome::Nothing;
        }
        if rules.above_noise && !is_above_noise(scene, &pixel, s, t) {
            return Outcome::Nothing;
        }
    }
    if context::is_glint(&pixel, scene.places.glint_deg.at(at), t) {
        return Outcome::Glint;
    }
    Outcome::Fire(Draft { at, day: pixel.day, fixed, background })
}

fn pixel_at(ground: &Ground, marks: &[Mark], at: (usize, usize)) -> Pixel {
    let index = ground.index(at);
    Pixel::of(ground, index, marks[index].any(Mark::DAY))
}

/// Whether the pixel outshines its background by more than noise does. Noise is constant in radiance: on ground or cloud
/// of 240 K it is 5 K, and among a million such pixels some pass every published test by chance.
fn is_above_noise(scene: &SwathScene, pixel: &Pixel, s: &Statistics, t: &ViirsThresholds) -> bool {
    let Some(law) = scene.thermal.get(&BandRole::Mir).and_then(|band| band.planck) else { return true };
    let excess = law.radiance(f64::from(pixel.mir)) - law.radiance(s.mir.mean);
    excess > f64::from(t.noise_factor) * f64::from(t.noise_radiance)
}

/// Candidates (ALGORITHMS 2.5); `above_median`: BT4 is above the day's limit.
fn is_candidate(pixel: &Pixel, above_median: bool, both: bool, t: &ViirsThresholds) -> bool {
    if !pixel.may_be_candidate(both, t) || pixel.is_bright_target(t) {
        return false;
    }
    let differs = pixel.difference() > t.candidate_day_difference_k;
    !pixel.day || if both { differs && above_median } else { differs || above_median }
}

/// Whether the median decides about a pixel.
fn asks_median(pixel: &Pixel, both: bool, t: &ViirsThresholds) -> bool {
    let differs = pixel.difference() > t.candidate_day_difference_k;
    pixel.day && differs == both && !pixel.is_bright_target(t)
}

/// Adds what only stands beside a sure fire, of low confidence.
fn recover(
    scene: &SwathScene,
    ground: &Ground,
    marks: &mut [Mark],
    fires: &mut Vec<(Draft, Confidence)>,
    t: &ViirsThresholds,
) {
    let sure = fires.iter().filter(|(_, confidence)| *confidence > Confidence::Low);
    let mut more: Vec<usize> = sure.flat_map(|(fire, _)| doubt::beside(scene, ground, marks, fire.at, t)).collect();
    more.sort_unstable();
    more.dedup();
    for index in more {
        let at = (index / ground.shape.1, index % ground.shape.1);
        let background = grown(ground, marks, at, Surface::ANY, &context::growth(t))
            .map(|half| (half, statistics(ground, marks, &Around::new(ground, at, half, 0), Surface::ANY)));
        fires.push((Draft { at, day: marks[index].any(Mark::DAY), fixed: false, background }, Confidence::Low));
        marks[index] = marks[index].with(Mark::FIRE, true);
    }
}

/// Fires with the means of their backgrounds: power is measured against cells without a fire.
fn finish(scene: &SwathScene, ground: &Ground, marks: &[Mark], fires: &[(Draft, Confidence)]) -> Vec<SwathFire> {
    let places: Vec<_> = fires.iter().map(|(draft, _)| draft.at).collect();
    let powers = Powers::of(scene, &places);
    let of = |(draft, confidence): &(Draft, Confidence)| {
        let background = draft.background.map(|(half, s)| SwathBackground {
            mir_k: s.mir.mean as f32,
            tir_k: s.tir.mean as f32,
            power_radiance: powers.background(
                ground,
                marks,
                &Around::new(ground, draft.at, half, 0),
                Surface::ANY,
                draft.at,
            ),
        });
        SwathFire { at: draft.at, day: draft.day, confidence: *confidence, confidence_pct: None, background }
    };
    fires.par_iter().map(of).collect()
}
