//! Fires of low confidence, and those that only their neighbours make (ALGORITHMS 2.7).

use super::Draft;
use super::context::is_glint;
use super::pixel::Pixel;
use crate::detect::swath::ground::{Ground, Mark};
use crate::fire::Confidence;
use crate::place::LonLatBox;
use crate::scene::swath::{Flags, PowerBand, SwathScene};
use crate::thresholds::{ViirsThresholds, chosen};
use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H, PlanckLaw};

/// Middle of M13, um: its temperatures are only compared with one another.
const M13_UM: f64 = 4.05;

/// Confidence of a fire among the others: high when a fixed test saw it, low when doubtful, else nominal.
pub(super) fn confidence(
    scene: &SwathScene,
    ground: &Ground,
    marks: &[Mark],
    draft: &Draft,
    t: &ViirsThresholds,
) -> Confidence {
    let index = ground.index(draft.at);
    let pixel = Pixel::of(ground, index, draft.day);
    let doubtful = if draft.day {
        // without red and near infrared neither cloud nor glint could be told
        pixel.red.is_nan() || is_doubtful_by_day(scene, ground, marks, draft, &pixel, t)
    } else {
        is_doubtful_by_night(scene, draft.at, t)
    };
    if doubtful {
        Confidence::Low
    } else if draft.fixed {
        Confidence::High
    } else {
        Confidence::Nominal
    }
}

/// Weak or near the sun's mirror image, alone, and little hotter than one of its neighbours.
fn is_doubtful_by_day(
    scene: &SwathScene,
    ground: &Ground,
    marks: &[Mark],
    draft: &Draft,
    pixel: &Pixel,
    t: &ViirsThresholds,
) -> bool {
    // a folded or saturated MIR is no measure of how weak a fire is: of these only glint makes doubtful ones
    let weak = pixel.difference() < t.low_difference_k && !draft.fixed;
    if !weak && scene.places.glint_deg.at(draft.at) >= t.low_glint_deg {
        return false;
    }
    let alone = ground.neighbours(draft.at).all(|i| !marks[i].any(Mark::FIRE));
    let valid = ground.neighbours(draft.at).filter(|i| marks[*i].any(Mark::VALID));
    let hottest = valid.map(|i| ground.mir[i]).reduce(f32::max);
    alone && hottest.is_none_or(|hottest| pixel.mir < hottest + t.low_above_k)
}

/// In the South Atlantic anomaly particles hit the detector: a fire shows in M13 too.
fn is_doubtful_by_night(scene: &SwathScene, at: (usize, usize), t: &ViirsThresholds) -> bool {
    let anomaly = LonLatBox {
        west: f64::from(t.anomaly_west_deg),
        south: f64::from(t.anomaly_south_deg),
        east: f64::from(t.anomaly_east_deg),
        north: f64::from(t.anomaly_north_deg),
    };
    let inside = scene.place(at).is_some_and(|place| anomaly.contains(place));
    inside && scene.power.as_ref().is_some_and(|band| !stands_out(band, at, t.anomaly_above_k))
}

/// Whether M13 is warmer than in each of its neighbours by so much.
fn stands_out(band: &PowerBand, at: (usize, usize), above_k: f32) -> bool {
    let Some(cell) = band.cell(at) else { return false };
    let law = PlanckLaw::at_wavelength(M13_UM, PLANCK_H, LIGHT_C, BOLTZMANN_K);
    let kelvin = |cell| law.temperature_k(f64::from(band.radiance[cell]));
    let (lines, columns) = crate::detect::window::around(cell, 1, band.radiance.dim());
    let mut others = lines.flat_map(|l| columns.clone().map(move |c| (l, c))).filter(|other| *other != cell);
    others.all(|other| {
        let above = kelvin(cell) - kelvin(other);
        above.is_nan() || above >= f64::from(above_k)
    })
}

/// What stands beside a fire of nominal or high confidence and is hot, saturated or folded itself.
pub(super) fn beside(
    scene: &SwathScene,
    ground: &Ground,
    marks: &[Mark],
    fire: (usize, usize),
    t: &ViirsThresholds,
) -> Vec<usize> {
    let recovered = |i: &usize| {
        let mark = marks[*i];
        let pixel = Pixel::of(ground, *i, mark.any(Mark::DAY));
        let seen = !pixel.flags.any(Flags::FILL.with(Flags::BOWTIE)) && !mark.any(Mark::CLOUD.and(Mark::FIRE));
        let hot = pixel.tir >= t.beside_tir_k || pixel.mir >= t.beside_mir_k;
        let flagged = pixel.flags.any(Flags::MIR_POOR.with(Flags::MIR_SATURATED)) || !chosen(t.beside_folded_is_poor);
        let folded = pixel.difference() < t.beside_difference_k && flagged;
        let at = (i / ground.shape.1, i % ground.shape.1);
        seen && (hot || folded) && !is_glint(&pixel, scene.places.glint_deg.at(at), t)
    };
    ground.neighbours(fire).filter(recovered).collect()
}
