//! When two places with their errors are one.

use crate::place::{LonLat, Spread};
use crate::thresholds::FuseThresholds;

/// Standard errors beyond which two places are not of one fire, with how far a fire itself reaches.
pub(super) fn is_one_place(a: (LonLat, Spread), b: (LonLat, Spread), t: &FuseThresholds) -> Option<f64> {
    let both = a.1.and(b.1).and(Spread::around(f64::from(t.fire_extent_m)));
    let squared = both.squared_errors(a.0.offset_m(b.0))?;
    (squared <= f64::from(t.gate)).then_some(squared)
}

/// No two places with such errors that are further apart can be one.
pub(super) fn reach_m(a: Spread, b: Spread, t: &FuseThresholds) -> f64 {
    let both = a.and(b).and(Spread::around(f64::from(t.fire_extent_m)));
    // the longer half axis is at most the root mean square of the length
    f64::from(t.gate).sqrt() * both.distance_m() * 1.01 + 1.0
}
