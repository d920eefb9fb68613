//! Strong relief under a low Sun: slopes that face it warm up first, and ranges throw shadows.
//!
//! Heights stay those of the `dem` command; only how the ground lies to the Sun is steeper.

use crate::ground::slope_cosine;
use crate::sun::Sun;
use crate::terrain::{KM_PER_LAT, KM_PER_LON, Relief, Terrain};

/// How much steeper than the heights say: those of the invented land lean by 3 degrees in the middle, so that half of the slopes
/// lean by 17 and one in ten by 32, as in real ranges.
const STEEPER: f64 = 6.0;
/// Warming of a slope that faces the Sun against flat ground, K for a cosine of 1, and its limits, K [O].
const ASPECT_K: f64 = 40.0;
const LIMITS_K: (f64, f64) = (-12.0, 20.0);
/// Ranges so far away may stand before the Sun, km.
const REACH_KM: [f64; 6] = [0.4, 0.8, 1.4, 2.2, 3.4, 5.0];

/// Cosine of the Sun's angle to the slope, zero in shadow, and how much warmer than flat ground that makes it, K.
pub fn light(terrain: &Terrain, lon: f64, lat: f64, relief: &Relief, sun: &Sun) -> (f64, f64) {
    let lit = sun.cos_zenith > 0.0 && !is_shaded(terrain, lon, lat, relief, sun);
    let cos_slope = if lit { slope_cosine(sun, relief.slope.map(|slope| STEEPER * slope)) } else { 0.0 };
    let aspect_k = ASPECT_K * (cos_slope - sun.cos_zenith.max(0.0));
    (cos_slope, aspect_k.clamp(LIMITS_K.0, LIMITS_K.1))
}

/// Whether a range stands between a place and the Sun.
fn is_shaded(terrain: &Terrain, lon: f64, lat: f64, relief: &Relief, sun: &Sun) -> bool {
    let sin_zenith = (1.0 - sun.cos_zenith * sun.cos_zenith).max(0.0).sqrt();
    let (east, north) = sun.azimuth_rad.sin_cos();
    REACH_KM.iter().any(|km| {
        let there = terrain.elevation_m(lon + km * east / KM_PER_LON, lat + km * north / KM_PER_LAT);
        // rise over run against the tangent of the Sun's height, without dividing by a sine that may be 0
        STEEPER * (there - relief.elevation_m) * sin_zenith > 1e3 * km * sun.cos_zenith
    })
}
