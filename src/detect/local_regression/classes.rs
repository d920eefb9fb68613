//! What can be said of every pixel in the end.

use super::background::enough;
use super::candidate::{Looked, SIDES};
use super::hot::HotPixels;
use crate::detect::Anomaly;
use crate::detect::sky::Sky;
use crate::detect::surface::Surface;
use crate::detect::tile::{Tile, may_glint};
use crate::scene::PixelClass;
use crate::thresholds::{MaskThresholds, RegressionThresholds};
use rayon::prelude::*;

/// Fire, and for the rest of the clear pixels whether they were judged: glint and too few neighbours are not "no fire".
pub(super) fn mark_classes(
    surface: &mut Surface,
    sky: &Sky,
    m: &MaskThresholds,
    t: &RegressionThresholds,
    hot: &HotPixels,
    looked: &[Looked],
    anomalies: &[Anomaly],
) {
    let view: &Surface = surface;
    let changes: Vec<((usize, usize), PixelClass)> = looked
        .par_iter()
        .filter(|l| l.tile.near_land)
        .flat_map_iter(|l| {
            let judged = judged_pixels(view, t, hot, &l.tile);
            let glint = may_glint(sky, m, &l.tile);
            let change = |at: (usize, usize), judged: bool| match view.class[at] {
                PixelClass::Clear if !judged => Some(PixelClass::NoBackground),
                PixelClass::Clear if glint && view.is_day(at) && sky.glint_deg(at.0, at.1) <= m.glint_deg => {
                    Some(PixelClass::Glint)
                }
                _ => None,
            };
            let changes = l.tile.pixels().zip(judged).filter_map(|(at, judged)| Some((at, change(at, judged)?)));
            changes.collect::<Vec<_>>()
        })
        .collect();
    for (at, class) in changes {
        surface.class[at] = class;
    }
    // a candidate whose neighbours lack its predictors was not judged, however many they are
    for candidate in looked.iter().flat_map(|l| &l.candidates).filter(|c| c.judged.is_none()) {
        if surface.class[candidate.at] == PixelClass::Clear {
            surface.class[candidate.at] = PixelClass::NoBackground;
        }
    }
    for anomaly in anomalies {
        surface.class[anomaly.at] = PixelClass::Fire;
    }
}

/// Whether each pixel of a tile has a window with enough valid pixels.
fn judged_pixels(surface: &Surface, t: &RegressionThresholds, hot: &HotPixels, tile: &Tile) -> Vec<bool> {
    let columns = tile.outer_columns.clone();
    let valid: Vec<i32> = tile
        .outer_lines
        .clone()
        .flat_map(|line| columns.clone().map(move |column| (line, column)))
        .map(|at| i32::from(surface.class[at] == PixelClass::Clear && !hot.marks[at]))
        .collect();
    let centre = tile.window_sums(&valid, 1);
    let mut judged = vec![false; centre.len()];
    for side in SIDES {
        let counts = tile.window_sums(&valid, side / 2);
        for ((judged, count), inner) in judged.iter_mut().zip(counts).zip(&centre) {
            *judged |= enough(f64::from(count - inner), side, t);
        }
        if judged.iter().all(|judged| *judged) {
            break;
        }
    }
    judged
}
