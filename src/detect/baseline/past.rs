//! The clear looks at each pixel in the days before.

use super::expect::Sample;
use crate::detect::emission::Emission;
use crate::detect::window::around;
use crate::history::Slot;
use crate::scene::{PixelClass, Window};
use crate::thresholds::BaselineThresholds;
use crate::time::Utc;
use ndarray::Array2;
use rayon::prelude::*;

/// One earlier slot, ready.
struct Layer {
    /// Whole days before the look, to count days: near midnight those of the calendar would count double.
    days_ago: i64,
    cos_sun: f32,
    /// L39 - B39(T11), NaN where the pixel was not clear.
    y: Array2<f32>,
    tir_k: Array2<f32>,
    bright: Array2<f32>,
}

/// The look that is compared: its time and channels.
pub(super) struct Now<'a> {
    pub time: Utc,
    pub tir_band: &'a str,
    pub bright_band: Option<&'a str>,
}

/// All earlier slots of one window.
pub(super) struct Past {
    layers: Vec<Layer>,
}

impl Past {
    /// Of the slots that hold the window in the same window band; others (the site or the files were changed) do not
    /// count. Reflectances count where they are of the same channel.
    pub(super) fn of(slots: &[Slot], window: &Window, now: &Now, suns: &[f32], emission: &Emission) -> Self {
        let same: Vec<(&Slot, f32)> = slots
            .iter()
            .zip(suns.iter().copied())
            .filter(|(slot, _)| slot.window == *window && slot.tir_band == now.tir_band)
            .collect();
        let layers = same.into_par_iter().map(|(slot, cos_sun)| layer(slot, cos_sun, now, emission)).collect();
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
            if layer.days_ago != last {
                (days, last) = (days + 1.0, layer.days_ago);
            }
            samples.push(Sample { y, tir_k: layer.tir_k[at], cos_sun: layer.cos_sun, bright: layer.bright[at] });
        }
        (days >= t.least_days).then_some(samples)
    }
}

/// A pixel is clear in the past when neither it nor a neighbour was cloud. Fires count: what burnt on one day weighs
/// little among ten, and what burns on all of them is to be expected.
fn layer(slot: &Slot, cos_sun: f32, now: &Now, emission: &Emission) -> Layer {
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
    let same_band = slot.bright_band.as_deref() == now.bright_band;
    let bright = if same_band { slot.bright.clone() } else { Array2::from_elem(shape, f32::NAN) };
    let days_ago = slot.days_before(now.time);
    Layer { days_ago, cos_sun, y, tir_k: slot.tir_k.clone(), bright }
}
