//! The clear looks at each pixel in the days before.

use super::expect::Sample;
use crate::detect::emission::Emission;
use crate::detect::window::around;
use crate::history::Slot;
use crate::scene::{PixelClass, Window};
use crate::thresholds::BaselineThresholds;
use ndarray::Array2;
use rayon::prelude::*;

/// One earlier slot, ready.
struct Layer {
    /// Days since an epoch, to count days.
    day: i64,
    cos_sun: f32,
    /// L39 - B39(T11), NaN where the pixel was not clear.
    y: Array2<f32>,
    tir_k: Array2<f32>,
}

/// All earlier slots of one window.
pub(super) struct Past {
    layers: Vec<Layer>,
}

impl Past {
    /// Of the slots that hold the window in the same window band; others (the site or the files were changed) do not
    /// count.
    pub(super) fn of(slots: &[Slot], window: &Window, tir_band: &str, suns: &[f32], emission: &Emission) -> Self {
        let same: Vec<(&Slot, f32)> = slots
            .iter()
            .zip(suns.iter().copied())
            .filter(|(slot, _)| slot.window == *window && slot.tir_band == tir_band)
            .collect();
        let layers = same.into_par_iter().map(|(slot, cos_sun)| layer(slot, cos_sun, emission)).collect();
        Past { layers }
    }

    /// Clear looks at a pixel; `None` where they are of too few days.
    pub(super) fn samples(&self, at: (usize, usize), t: &BaselineThresholds) -> Option<Vec<Sample>> {
        let (mut samples, mut days, mut last) = (Vec::with_capacity(self.layers.len()), 0.0, i64::MIN);
        for layer in &self.layers {
            let y = layer.y[at];
            if y.is_nan() {
                continue;
            }
            if layer.day != last {
                (days, last) = (days + 1.0, layer.day);
            }
            samples.push(Sample { y, tir_k: layer.tir_k[at], cos_sun: layer.cos_sun });
        }
        (days >= t.least_days).then_some(samples)
    }
}

/// A pixel is clear in the past when neither it nor a neighbour was cloud. Fires count: what burnt on one day weighs
/// little among ten, and what burns on all of them is to be expected.
fn layer(slot: &Slot, cos_sun: f32, emission: &Emission) -> Layer {
    let shape = slot.class.dim();
    let clear = |class: PixelClass| {
        matches!(class, PixelClass::Clear | PixelClass::NoBackground | PixelClass::Water | PixelClass::Fire)
    };
    let y = Array2::from_shape_fn(shape, |at| {
        let (lines, columns) = around(at, 1, shape);
        let mut near = lines.flat_map(|l| columns.clone().map(move |c| (l, c)));
        let usable = slot.class[at] != PixelClass::Water && near.all(|near| clear(slot.class[near]));
        if usable { emission.radiance(slot.mir_k[at]) - emission.radiance(slot.tir_k[at]) } else { f32::NAN }
    });
    Layer { day: (slot.time.days_since_j2000() - 0.5).floor() as i64, cos_sun, y, tir_k: slot.tir_k.clone() }
}
