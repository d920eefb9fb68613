//! The tests of a candidate against its surroundings (ALGORITHMS 2.6, 2.7): pure functions of numbers.

use super::pixel::Pixel;
use crate::detect::swath::background::{Growth, Statistics};
use crate::thresholds::{ViirsThresholds, chosen};

/// How the background window grows.
pub(super) fn growth(t: &ViirsThresholds) -> Growth {
    Growth {
        halves: Growth::sides(t.window_first, t.window_last),
        fraction: t.window_fraction,
        count: t.window_count,
        both: chosen(t.window_both),
        beside: 0,
    }
}

/// Whether a pixel is a fire beside this background.
pub(super) fn is_fire(pixel: &Pixel, s: &Statistics, t: &ViirsThresholds) -> bool {
    let (mir, tir, difference) = (f64::from(pixel.mir), f64::from(pixel.tir), f64::from(pixel.difference()));
    let above = |value: f64, mean: f64, by: f64| value > mean + by;
    let k = f64::from;
    if pixel.day {
        above(difference, s.difference.mean, k(t.day_difference_sigma) * s.difference.deviation)
            && above(difference, s.difference.mean, k(t.day_difference_k))
            && above(mir, s.mir.mean, k(t.day_mir_sigma) * s.mir.deviation)
            && (above(tir, s.tir.mean, k(t.day_tir_sigma) * s.tir.deviation - k(t.day_tir_below_k))
                || s.hot_mir.deviation > k(t.day_fires_deviation_k))
    } else {
        above(difference, s.difference.mean, k(t.night_difference_sigma) * s.difference.deviation)
            && above(difference, s.difference.mean, k(t.night_difference_k))
            && above(mir, s.mir.mean, k(t.night_mir_sigma) * s.mir.deviation)
    }
}

/// The edge of a hot surface, by day: the background fires are many, alike, and as hot as the pixel.
pub(super) fn is_hot_edge(pixel: &Pixel, s: &Statistics, t: &ViirsThresholds) -> bool {
    let share = s.hot as f32 > t.edge_fraction * s.valid as f32;
    let many =
        if chosen(t.edge_both) { share && s.hot as f32 > t.edge_count } else { share || s.hot as f32 >= t.edge_count };
    pixel.day
        && many
        && pixel.nir > t.edge_nir
        && s.hot_mir.mean < f64::from(t.edge_fires_mir_k)
        && s.hot_mir.deviation < f64::from(t.edge_fires_deviation_k)
        && f64::from(pixel.mir) < s.hot_mir.mean + f64::from(t.edge_sigma) * s.hot_mir.deviation
}

/// The mirror image of the sun, by day.
pub(super) fn is_glint(pixel: &Pixel, glint_deg: f32, t: &ViirsThresholds) -> bool {
    pixel.day
        && ((glint_deg < t.glint_near_deg && pixel.sum() > t.glint_near_sum)
            || (glint_deg < t.glint_wide_deg && pixel.sum() > t.glint_wide_sum))
}
