//! The clear looks at each pixel in the days before.

use super::expect::{Sample, median};
use crate::detect::emission::Emission;
use crate::detect::window::around;
use crate::history::Slot;
use crate::scene::{PixelClass, Window};
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
pub(super) struct Look<'a> {
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
    pub(super) fn of(slots: &[Slot], window: &Window, now: &Look, suns: &[f32], emission: &Emission) -> Self {
        let same: Vec<(&Slot, f32)> = slots
            .iter()
            .zip(suns.iter().copied())
            .filter(|(slot, _)| slot.window == *window && slot.tir_band == now.tir_band)
            .collect();
        let mut layers: Vec<Layer> =
            same.into_par_iter().map(|(slot, cos_sun)| layer(slot, cos_sun, now, emission)).collect();
        take_off_common(&mut layers);
        Past { layers }
    }

    /// Clear looks at a pixel, in the order of time.
    pub(super) fn samples(&self, at: (usize, usize)) -> Vec<Sample> {
        let seen = self.layers.iter().filter(|layer| !layer.y[at].is_nan());
        seen.map(|layer| {
            let (y, tir_k, bright) = (layer.y[at], layer.tir_k[at], layer.bright[at]);
            Sample { y, tir_k, cos_sun: layer.cos_sun, bright, days_ago: layer.days_ago }
        })
        .collect()
    }
}

/// Takes off each layer what all its pixels have in common over their usual y: the weather's haze, the height of the sun and
/// stray light move the whole window, and a look is judged beside its neighbours anyway.
fn take_off_common(layers: &mut [Layer]) {
    let Some(shape) = layers.first().map(|layer| layer.y.dim()) else { return };
    let usual = |at| median(layers.iter().map(|layer| f64::from(layer.y[at])).filter(|y| !y.is_nan()).collect());
    let places: Vec<(usize, usize)> = ndarray::indices(shape).into_iter().collect();
    let usual: Vec<f64> = places.into_par_iter().map(usual).collect();
    layers.par_iter_mut().for_each(|layer| {
        let off = layer.y.iter().zip(&usual).map(|(y, usual)| f64::from(*y) - usual).filter(|off| !off.is_nan());
        let common = median(off.collect()) as f32;
        if !common.is_nan() {
            layer.y -= common;
        }
    });
}

/// A pixel is clear in the past when neither it nor a neighbour was cloud. Fires count: what burnt on one day weighs
/// little among ten, and what burns on all of them is to be expected.
fn layer(slot: &Slot, cos_sun: f32, now: &Look, emission: &Emission) -> Layer {
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
