//! Limits of T4 and D for potential fires (ALGORITHMS 1.3).
//!
//! MODIS C5 has fixed ones; C6 has some relative to the surroundings by a formula that we have not read. Ours \[P\]:
//! mean over the clear land of 301 x 301 pixels plus 5 K, within limits, by day.

use crate::detect::swath::ground::{Ground, Mark};
use crate::detect::window::local_mean;
use crate::thresholds::ModisThresholds;
use ndarray::Array2;

/// Limits at every pixel.
pub(super) enum Limits {
    /// The same everywhere.
    Fixed,
    /// Means of T4 and D, and of how many pixels.
    Dynamic { mir: Array2<(f32, u32)>, difference: Array2<(f32, u32)> },
}

impl Limits {
    /// Relative to the surroundings.
    pub fn dynamic(ground: &Ground, marks: &[Mark], t: &ModisThresholds) -> Self {
        let side = (t.dynamic_side.round().max(1.0) as usize) | 1;
        let land = |at| marks[ground.index(at)].0 & (Mark::VALID.0 | Mark::WATER.0) == Mark::VALID.0;
        let mir = |at| ground.mir[ground.index(at)];
        let difference = |at| ground.mir[ground.index(at)] - ground.tir[ground.index(at)];
        Limits::Dynamic {
            mir: local_mean(ground.shape, side, mir, land),
            difference: local_mean(ground.shape, side, difference, land),
        }
    }

    /// Limits of T4 and D, K.
    pub fn at(&self, at: (usize, usize), day: bool, t: &ModisThresholds) -> (f32, f32) {
        let fixed = if day {
            (t.potential_day_mir_k, t.potential_day_difference_k)
        } else {
            (t.potential_night_mir_k, t.potential_night_difference_k)
        };
        let Limits::Dynamic { mir, difference } = self else { return fixed };
        let ((mir, count), (difference, _)) = (mir[at], difference[at]);
        if !day || (count as f32) < t.dynamic_fraction * t.dynamic_side * t.dynamic_side {
            return fixed;
        }
        let within = |value: f32, least: f32, most: f32| value.min(most).max(least);
        (
            within(mir + t.dynamic_mir_above_k, t.dynamic_mir_least_k, t.dynamic_mir_most_k),
            within(
                difference + t.dynamic_difference_above_k,
                t.dynamic_difference_least_k,
                t.dynamic_difference_most_k,
            ),
        )
    }
}
