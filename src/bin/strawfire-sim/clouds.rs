//! Fractal clouds with soft edges: a pixel at an edge is part ground, part cloud.

use crate::terrain::{BOX, plane_km};
use crate::texture::{fractal, fractal_above, smooth_step};

/// Width of the opacity edge in units of the field.
const EDGE: f64 = 0.10;
/// Octaves of the clouds' shapes, and how rough they are.
const OCTAVES: u32 = 7;
const ROUGHNESS: f64 = 0.55;
/// Cells along a side of the box when the cover is matched to what was asked for.
const SAMPLES: usize = 160;

/// The clouds of one seed.
#[derive(Clone, Copy, Debug)]
pub struct Clouds {
    key: u64,
    /// How far the wind has carried them eastward, km.
    drift_km: f64,
    threshold: f64,
}

impl Clouds {
    /// Clouds whose mean opacity over the box is `fraction`.
    pub fn new(key: u64, drift_km: f64, fraction: f64) -> Self {
        let field: Vec<f64> = box_places().map(|(lon, lat)| density(key, drift_km, lon, lat)).collect();
        let (mut low, mut high) = (-2.0, 2.0);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if mean_opacity(&field, middle) > fraction {
                low = middle;
            } else {
                high = middle;
            }
        }
        Clouds { key, drift_km, threshold: high }
    }

    /// Opacity at a place, 0 to 1.
    pub fn opacity(&self, lon: f64, lat: f64) -> f64 {
        let (x, y) = stretched(self.drift_km, lon, lat);
        // Clear sky is most of the sky, and is known from the broad shapes alone.
        let density = fractal_above(self.key, x, y, OCTAVES, ROUGHNESS, self.threshold);
        density.map_or(0.0, |density| opacity(density, self.threshold))
    }

    /// Opacity far from the site, where only the broad shapes are drawn.
    pub fn broad_opacity(&self, lon: f64, lat: f64) -> f64 {
        let (x, y) = plane_km(lon, lat);
        smooth_step(0.05, 0.35, fractal(self.key ^ 9, x / 700.0, y / 700.0, 4, 0.55))
    }

    /// Mean opacity over the box.
    pub fn fraction(&self) -> f64 {
        let field: Vec<f64> = box_places().map(|(lon, lat)| density(self.key, self.drift_km, lon, lat)).collect();
        mean_opacity(&field, self.threshold)
    }
}

/// Height of a cloud top above the sea, m: thicker is higher.
pub fn top_m(opacity: f64) -> f64 {
    4800.0 + 3700.0 * opacity
}

fn density(key: u64, drift_km: f64, lon: f64, lat: f64) -> f64 {
    let (x, y) = stretched(drift_km, lon, lat);
    fractal(key, x, y, OCTAVES, ROUGHNESS)
}

/// Clouds are drawn out along the westerlies.
fn stretched(drift_km: f64, lon: f64, lat: f64) -> (f64, f64) {
    let (x, y) = plane_km(lon, lat);
    ((x - drift_km) / 75.0, y / 45.0)
}

fn opacity(density: f64, threshold: f64) -> f64 {
    smooth_step(threshold, threshold + EDGE, density)
}

fn mean_opacity(field: &[f64], threshold: f64) -> f64 {
    field.iter().map(|d| opacity(*d, threshold)).sum::<f64>() / field.len() as f64
}

fn box_places() -> impl Iterator<Item = (f64, f64)> {
    let place = |from: f64, to: f64, i: usize| from + (to - from) * (i as f64 + 0.5) / SAMPLES as f64;
    (0..SAMPLES * SAMPLES).map(move |i| (place(BOX[0], BOX[1], i % SAMPLES), place(BOX[2], BOX[3], i / SAMPLES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cover_is_what_was_asked_for() {
        for fraction in [0.0, 0.15, 0.6] {
            let got = Clouds::new(77, 120.0, fraction).fraction();
            assert!((got - fraction).abs() < 0.005, "{fraction} {got}");
        }
    }
}
