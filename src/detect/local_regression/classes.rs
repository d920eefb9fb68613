//! What can be said of every pixel in the end.

use super::background::enough;
use super::candidate::{Looked, SIDES};
use super::hot::HotPixels;
use crate::detect::Anomaly;
use crate::detect::sky::Sky;
use crate::detect::surface::Surface;
use crate::detect::tile::Tile;
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

/// Whether the sun's mirror image can be near a tile: the angle changes by less than the margin within it.
fn may_glint(sky: &Sky, m: &MaskThresholds, tile: &Tile) -> bool {
    /// A tile of 64 pixels is 130 to 500 km long: up to 4.5 degrees of the earth, which count twice in a mirror.
    const MARGIN_DEG: f32 = 10.0;
    let line = tile.lines.start.midpoint(tile.lines.end);
    let column = tile.columns.start.midpoint(tile.columns.end);
    let angle = sky.glint_deg(line, column);
    // past the earth the angle reads 180: such a tile is on the limb, look at each pixel
    angle <= m.glint_deg + MARGIN_DEG || angle >= 180.0
}
