//! How fixed solar panels mirror the Sun to a satellite (ALGORITHMS 8.4); they face south.

use crate::navigation::View;
use crate::sun::Sun;
use crate::texture::smooth_step;

/// Spread of the mirrored light, degrees, one standard deviation: panels do not all lie alike, and glass scatters [O].
const SPREAD_DEG: f64 = 3.0;
/// Radius of the sun's disc, degrees; an even disc adds a quarter of its square to the variance.
const SUN_RADIUS_DEG: f64 = 0.27;
/// The light fades between these angles: beyond the second there is none.
const FADE_DEG: (f64, f64) = (6.0, 8.0);

/// Angle between the mirrored sun and a direction (east, north, up), degrees, or `None` when no sun falls on the panels.
pub fn off_deg(tilt_deg: f64, sun: &Sun, satellite: [f64; 3]) -> Option<f64> {
    let (sin, cos) = tilt_deg.to_radians().sin_cos();
    let normal = [0.0, -sin, cos];
    let toward = toward(sun);
    let facing = dot(toward, normal);
    if sun.cos_zenith <= 0.0 || facing <= 0.0 {
        return None;
    }
    let mirrored = std::array::from_fn(|i| 2.0 * facing * normal[i] - toward[i]);
    Some(dot(mirrored, satellite).clamp(-1.0, 1.0).acos().to_degrees())
}

/// The light at an angle from the mirrored sun, as a share of the most.
pub fn light(off_deg: f64) -> f64 {
    let variance = SPREAD_DEG * SPREAD_DEG + SUN_RADIUS_DEG * SUN_RADIUS_DEG / 4.0;
    (-off_deg * off_deg / (2.0 * variance)).exp() * (1.0 - smooth_step(FADE_DEG.0, FADE_DEG.1, off_deg))
}

/// Direction to the Sun: east, north and up.
pub fn toward(sun: &Sun) -> [f64; 3] {
    let sin_zenith = (1.0 - sun.cos_zenith * sun.cos_zenith).max(0.0).sqrt();
    [sin_zenith * sun.azimuth_rad.sin(), sin_zenith * sun.azimuth_rad.cos(), sun.cos_zenith]
}

/// Direction from a place to a geostationary satellite: east, north and up.
pub fn to_satellite(view: &View, lon: f64, lat: f64) -> [f64; 3] {
    let to = view.towards_satellite(view.cartesian(lon, lat, 0.0));
    let (sin_lat, cos_lat) = lat.to_radians().sin_cos();
    let (sin_lon, cos_lon) = (lon - view.sub_lon_deg).to_radians().sin_cos();
    [
        dot(to, [-sin_lon, cos_lon, 0.0]),
        dot(to, [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat]),
        dot(to, [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]),
    ]
}

pub fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
