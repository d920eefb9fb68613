//! Confidence of a fire in per cent (ALGORITHMS 1.8).

use crate::detect::Confidences;
use crate::detect::swath::background::{Spread, Statistics};
use crate::thresholds::ModisThresholds;

/// What a confidence is made of.
pub(super) struct Evidence<'a> {
    pub day: bool,
    /// T4 and T11, K.
    pub mir_k: f32,
    pub tir_k: f32,
    /// Limit of T4 for potential fires, K: where the ramp begins by day.
    pub mir_limit_k: f32,
    /// Absent where only the absolute test saw the fire.
    pub background: Option<&'a Statistics>,
    /// Cloud and water among the eight neighbours.
    pub clouds: usize,
    pub waters: usize,
}

/// Geometric mean of the parts; 100 is sure.
pub(super) fn percent(e: &Evidence, t: &ModisThresholds) -> f32 {
    let (low, high) = if e.day {
        (e.mir_limit_k, t.confidence_day_high_k)
    } else {
        (t.confidence_night_low_k, t.confidence_night_high_k)
    };
    let ramp = |x: f64, low: f32, high: f32| Confidences::ramp(x, f64::from(low), f64::from(high));
    // without a background nothing speaks against the absolute test
    let z = |value: f32, of: fn(&Statistics) -> Spread| e.background.map_or(f64::INFINITY, |s| above(value, of(s)));
    let hot = ramp(f64::from(e.mir_k), low, high);
    let mir = ramp(z(e.mir_k, |s| s.mir), t.confidence_mir_low, t.confidence_mir_high);
    let difference =
        ramp(z(e.mir_k - e.tir_k, |s| s.difference), t.confidence_difference_low, t.confidence_difference_high);
    let share = if e.day {
        let clear = 1.0 - ramp(e.clouds as f64, 0.0, t.confidence_cloud);
        let dry = 1.0 - ramp(e.waters as f64, 0.0, t.confidence_water);
        (hot * mir * difference * clear * dry).powf(0.2)
    } else {
        (hot * mir * difference).cbrt()
    };
    (100.0 * share) as f32
}

/// Deviations above the mean; without a spread, all or none.
fn above(value: f32, spread: Spread) -> f64 {
    let by = f64::from(value) - spread.mean;
    if spread.deviation > 0.0 { by / spread.deviation } else { by.signum() * f64::INFINITY }
}
