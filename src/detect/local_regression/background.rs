//! What the neighbours say of a candidate.

use super::bands::Bands;
use super::candidate::{Candidate, Judged, Looked, SIDES};
use super::hot::HotPixels;
use super::limits::Limits;
use super::predict::{MOST, Prediction, Predictors, Sample, Sums};
use crate::detect::surface::Surface;
use crate::detect::tile::Tile;
use crate::detect::window::around;
use crate::scene::PixelClass;
use crate::thresholds::RegressionThresholds;

/// Judges the candidates of a tile against their backgrounds without the hot pixels.
pub(super) fn judge(bands: &Bands, surface: &Surface, limit: &Limits, hot: &HotPixels, looked: &mut Looked) {
    let tile = &looked.tile;
    let mut samples = Vec::with_capacity(tile.outer_lines.len() * tile.outer_columns.len());
    for line in tile.outer_lines.clone() {
        for column in tile.outer_columns.clone() {
            let at = (line, column);
            let valid = surface.class[at] == PixelClass::Clear && !hot.marks[at];
            samples.push((bands.sample(at, surface.lit(at)), valid));
        }
    }
    let noise = Bands::noise(limit.t);
    for candidate in &mut looked.candidates {
        candidate.judged = judge_one(bands, tile, &samples, surface, limit, &noise, candidate);
    }
    looked.stale = false;
}

/// The smallest window with enough valid pixels decides; `None` where even the largest has too few.
fn judge_one(
    bands: &Bands,
    tile: &Tile,
    samples: &[(Sample, bool)],
    surface: &Surface,
    limit: &Limits,
    noise: &[f64; MOST],
    candidate: &Candidate,
) -> Option<Judged> {
    let (t, at) = (limit.t, candidate.at);
    let origin = samples[tile.outer_index(at)].0;
    let predictors = Predictors::of(&origin);
    let mut sums = Sums::around(origin, predictors);
    let mut inner = 1; // half side already summed: the centre 3 x 3 is left out
    for side in SIDES {
        let half = side / 2;
        let (lines, columns) = around(at, half, surface.class.dim());
        for line in lines {
            let far = line.abs_diff(at.0) > inner;
            let row = tile.outer_index((line, columns.start));
            for (column, (sample, valid)) in columns.clone().zip(&samples[row..]) {
                if *valid && (far || column.abs_diff(at.1) > inner) {
                    sums.add(sample);
                }
            }
        }
        inner = half;
        if enough(sums.count(), side, t) {
            let prediction = sums.predict(noise)?;
            let level = predictors.solar_level();
            return Some(measure(bands, limit, origin.mir, surface.lit(at), level, prediction));
        }
    }
    None
}

/// The residual in units of what it could be by chance, and in kelvin.
fn measure(bands: &Bands, limit: &Limits, mir: f32, lit: f32, solar_level: usize, prediction: Prediction) -> Judged {
    let t = limit.t;
    let sun = f64::from(t.solar_irradiance * lit) / std::f64::consts::PI;
    let model = f64::from(t.unexplained_emission) * prediction.mir_mean;
    let variance = prediction.spread.powi(2) * (1.0 + prediction.leverage)
        + f64::from(limit.noise_radiance).powi(2)
        + model.powi(2)
        + (limit.unexplained_reflectance(solar_level) * sun).powi(2);
    let background_k = bands.law.temperature_k(prediction.mir_mean);
    Judged {
        prediction,
        mir: f64::from(mir),
        z: prediction.residual / variance.sqrt(),
        kelvin: prediction.residual / bands.law.slope(background_k),
        sun,
        solar_level,
    }
}

pub(super) fn enough(count: f64, side: usize, t: &RegressionThresholds) -> bool {
    count >= f64::from(t.least_count) && count >= f64::from(t.least_fraction) * (side * side - 9) as f64
}
