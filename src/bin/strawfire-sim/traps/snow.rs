//! A snow line across the site, patchy, and broken cloud that hangs along it: bright and cold beside dark and warm.

use super::Place;
use crate::cover::Cover;
use crate::ground::Plot;
use crate::seeds::{hash2, unit};
use crate::texture::{fractal, smooth_step};

/// The snow line wanders between these heights, m (ALGORITHMS 10.5).
const LINE_M: (f64, f64) = (2600.0, 3000.0);
/// From single patches to a closed cover, m about the line.
const PATCHY_M: (f64, f64) = (-80.0, 220.0);
/// How far wind and shade move the patches, m.
const DRIFT_M: f64 = 150.0;
/// The cloud begins below the line and is whole above it, m.
const CLOUD_M: (f64, f64) = (-120.0, 60.0);
/// Snow is never warmer, K.
const MELTING_K: f64 = 273.15;

/// The plot, where snow lies on it.
pub fn plot(place: &Place, bits: u64) -> Option<Plot> {
    let drift = DRIFT_M * fractal(place.key ^ 0x71, place.x_km / 1.5, place.y_km / 1.5, 3, 0.6);
    let share = smooth_step(PATCHY_M.0, PATCHY_M.1, above_m(place) + drift);
    let lies = !place.is_water() && unit(hash2(bits, 21, 0)) < share;
    lies.then(|| Plot {
        temperature_k: (place.base_k - 3.0).min(MELTING_K) as f32,
        // old snow with dust of the fields, and fresh snow
        tone: (0.75 + 0.25 * unit(hash2(bits, 22, 0))) as f32,
        mir: 1.0,
        cover: Cover::Snow,
    })
}

/// Opacity of the cloud along the line, 0 to 1: about half of the high ground is open.
pub fn cloud(place: &Place) -> f64 {
    let broken = fractal(place.key ^ 0x72, place.x_km / 8.0, place.y_km / 8.0, 5, 0.55);
    smooth_step(CLOUD_M.0, CLOUD_M.1, above_m(place)) * smooth_step(0.0, 0.12, broken)
}

/// Height above the snow line, m.
fn above_m(place: &Place) -> f64 {
    let wander = fractal(place.key ^ 0x73, place.x_km / 20.0, place.y_km / 20.0, 3, 0.5);
    let middle = 0.5 * (LINE_M.0 + LINE_M.1);
    place.relief.elevation_m - (middle + 400.0 * wander).clamp(LINE_M.0, LINE_M.1)
}
