//! Glint of the sun; where it stands is in `place`.

use super::fixed_grid::{Vector, dot};
pub use crate::place::Sun;

/// Glint angle (degrees): between the view and the mirror image of the sun in a flat surface with this normal.
/// Equal to cos(glint) = cos(view) cos(sun) - sin(view) sin(sun) cos(relative azimuth), ALGORITHMS 1.7.
pub fn glint_angle_deg(normal: Vector, to_sun: Vector, to_satellite: Vector) -> f64 {
    let cosine = 2.0 * dot(normal, to_sun) * dot(normal, to_satellite) - dot(to_sun, to_satellite);
    cosine.clamp(-1.0, 1.0).acos().to_degrees()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Facing the mirror image of the sun the glint angle is |view zenith - sun zenith| (ALGORITHMS 1.7).
    #[test]
    fn specular_geometry_has_no_glint_angle() {
        let up = [0.0, 0.0, 1.0];
        let at = |zenith: f64, east: f64| {
            let (s, c) = zenith.to_radians().sin_cos();
            [s * east, 0.0, c]
        };
        assert!((glint_angle_deg(up, at(40.0, 1.0), at(30.0, -1.0)) - 10.0).abs() < 1e-6);
        assert!((glint_angle_deg(up, at(40.0, 1.0), at(30.0, 1.0)) - 70.0).abs() < 1e-6);
    }
}
