//! Clouds with soft edges over a scene, and their shadows.

use super::light::Light;
use super::sensor::BANDS;
use crate::texture::{fractal, fractal_above, smooth_step};

/// Reflectance of a thick cloud in the seven bands [O].
pub const CLOUD: [f32; BANDS] = [0.58, 0.57, 0.57, 0.58, 0.60, 0.44, 0.32];
/// Share of the light that a thick cloud takes from the ground below [O].
pub const DARKNESS: f32 = 0.75;

/// Width of the broadest shapes, m, and how rough the edges are.
const WAVE_M: f64 = 7000.0;
const OCTAVES: u32 = 6;
const ROUGHNESS: f64 = 0.55;
/// Width of the opacity's edge in units of the field.
const EDGE: f64 = 0.12;
/// Height of the clouds above the ground, m [O].
const HEIGHT_M: f64 = 1800.0;
/// Shadows of a low sun are not drawn further out than so many times the height.
const LONGEST: f64 = 4.0;

/// The clouds of one key.
#[derive(Clone, Copy, Debug)]
pub struct Sky {
    key: u64,
    threshold: f64,
    /// From a place in the shadow to the cloud that throws it, m.
    to_cloud: (f64, f64),
    by_day: bool,
}

impl Sky {
    /// Clouds whose mean opacity over an extent (west, east, south, north, m) is `fraction`.
    pub fn new(key: u64, fraction: f64, light: &Light, [west, east, south, north]: [f64; 4]) -> Sky {
        const SIDE: usize = 120;
        let place = |from: f64, to: f64, i: usize| from + (to - from) * (i as f64 + 0.5) / SIDE as f64;
        let field: Vec<f64> = (0..SIDE * SIDE)
            .map(|i| density(key, place(west, east, i % SIDE), place(south, north, i / SIDE)))
            .collect();
        let mean =
            |threshold: f64| field.iter().map(|density| opacity(*density, threshold)).sum::<f64>() / field.len() as f64;
        let (mut low, mut high) = (-2.0, 2.0);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if mean(middle) > fraction {
                low = middle;
            } else {
                high = middle;
            }
        }
        let elevation = light.elevation_deg.to_radians();
        let away = HEIGHT_M * (elevation.cos() / elevation.sin().max(1e-3)).min(LONGEST);
        let azimuth = light.azimuth_deg.to_radians();
        let to_cloud = (away * azimuth.sin(), away * azimuth.cos());
        let threshold = if fraction > 0.0 { high } else { 2.0 };
        Sky { key, threshold, to_cloud, by_day: !light.is_night() }
    }

    /// Opacity above a place, 0 to 1.
    pub fn opacity(&self, x: f64, y: f64) -> f64 {
        // clear sky is most of the sky, and is known from the broad shapes alone
        let density = fractal_above(self.key, x / WAVE_M, y / WAVE_M, OCTAVES, ROUGHNESS, self.threshold);
        density.map_or(0.0, |density| opacity(density, self.threshold))
    }

    /// Opacity of the cloud between a place and the sun; 0 by night.
    pub fn shade(&self, x: f64, y: f64) -> f64 {
        if self.by_day { self.opacity(x + self.to_cloud.0, y + self.to_cloud.1) } else { 0.0 }
    }
}

fn density(key: u64, x: f64, y: f64) -> f64 {
    fractal(key, x / WAVE_M, y / WAVE_M, OCTAVES, ROUGHNESS)
}

fn opacity(density: f64, threshold: f64) -> f64 {
    smooth_step(threshold, threshold + EDGE, density)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENT: [f64; 4] = [200_000.0, 260_000.0, 4_000_000.0, 4_060_000.0];
    const NOON: Light = Light { elevation_deg: 45.0, azimuth_deg: 180.0, distance_au: 1.0 };

    #[test]
    fn cover_is_what_was_asked_for() {
        for fraction in [0.0, 0.2, 0.6] {
            let sky = Sky::new(7, fraction, &NOON, EXTENT);
            let mean = (0..90_000)
                .map(|i| sky.opacity(200_100.0 + 200.0 * f64::from(i % 300), 4_000_100.0 + 200.0 * f64::from(i / 300)))
                .sum::<f64>()
                / 90_000.0;
            assert!((mean - fraction).abs() < 0.01, "{fraction} {mean}");
        }
    }

    /// Under a sun in the south at 45 degrees a cloud 1800 m up throws its shadow 1800 m to the north.
    #[test]
    fn shadows_fall_away_from_the_sun() {
        let sky = Sky::new(7, 0.3, &NOON, EXTENT);
        for i in 0..500 {
            let (x, y) = (210_000.0 + 97.0 * f64::from(i), 4_030_000.0);
            assert!((sky.shade(x, y + HEIGHT_M) - sky.opacity(x, y)).abs() < 1e-6);
        }
        let night = Sky::new(7, 0.3, &Light { elevation_deg: -20.0, ..NOON }, EXTENT);
        assert_eq!(night.shade(210_000.0, 4_030_000.0), 0.0);
    }
}
