//! The tests of a potential fire against its surroundings (ALGORITHMS 1.5 to 1.7): pure functions of numbers.

use crate::detect::swath::background::{Growth, Statistics};
use crate::thresholds::ModisThresholds;

/// Temperatures that the contextual tests compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Temperatures {
    /// T4, K.
    pub mir_k: f32,
    /// T11, K.
    pub tir_k: f32,
}

/// Which of the numbered tests a pixel passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// (2) D above its mean by deviations.
    pub difference_sigma: bool,
    /// (3) D above its mean by kelvin.
    pub difference_k: bool,
    /// (4) T4 above its mean by deviations.
    pub mir_sigma: bool,
    /// (5) T11 not colder than its surroundings.
    pub tir: bool,
    /// (6) The background fires are unlike one another.
    pub fires: bool,
}

impl Passed {
    /// Tests (2) to (6).
    pub fn of(pixel: Temperatures, s: &Statistics, t: &ModisThresholds) -> Self {
        let (mir, tir) = (f64::from(pixel.mir_k), f64::from(pixel.tir_k));
        let k = f64::from;
        Passed {
            difference_sigma: mir - tir > s.difference.mean + k(t.difference_sigma) * s.difference.deviation,
            difference_k: mir - tir > s.difference.mean + k(t.difference_k),
            mir_sigma: mir > s.mir.mean + k(t.mir_sigma) * s.mir.deviation,
            tir: tir > s.tir.mean + k(t.tir_sigma) * s.tir.deviation - k(t.tir_below_k),
            fires: s.hot_mir.deviation > k(t.fires_deviation_k),
        }
    }

    /// Whether they make a fire.
    pub fn is_fire(self, day: bool) -> bool {
        let stands_out = self.difference_sigma && self.difference_k && self.mir_sigma;
        stands_out && (!day || self.tir || self.fires)
    }
}

/// How the background window grows.
pub(super) fn growth(t: &ModisThresholds) -> Growth {
    Growth {
        halves: Growth::sides(t.window_first, t.window_last),
        fraction: t.window_fraction,
        count: t.window_count,
        both: true,
        // the response of a pixel is a triangle two pixels wide along the scan
        beside: 1,
    }
}

/// The edge of a desert or another hot surface: many background fires, alike, and as hot as the pixel.
pub(super) fn is_desert_edge(mir_k: f32, nir: f32, s: &Statistics, t: &ModisThresholds) -> bool {
    let hottest = s.hot_mir.mean + f64::from(t.desert_sigma) * s.hot_mir.deviation;
    s.hot as f32 > t.desert_fraction * s.valid as f32
        && s.hot as f32 >= t.desert_count
        && nir > t.desert_nir
        && s.hot_mir.mean < f64::from(t.desert_fires_mir_k)
        && s.hot_mir.deviation < f64::from(t.desert_fires_deviation_k)
        && f64::from(mir_k) < hottest
}

/// Warm bright ground in cooler forest.
pub(super) fn is_clearing(pixel: Temperatures, nir: f32, s: &Statistics, t: &ModisThresholds) -> bool {
    f64::from(pixel.tir_k) > s.tir.mean + f64::from(t.clearing_tir_sigma) * s.tir.deviation
        && nir > t.clearing_nir
        && pixel.mir_k < t.clearing_mir_k
}
