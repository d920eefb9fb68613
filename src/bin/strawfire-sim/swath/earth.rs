//! The ellipsoid WGS 84: places, normals, and where a line of sight meets it.

use super::vector::{V3, along, cross, dot, unit};

/// Semi-axes of WGS 84, km (NIMA TR8350.2).
const EQUATORIAL_KM: f64 = 6_378.137;
const POLAR_KM: f64 = 6_356.752_314_245;

const AXIS_RATIO_2: f64 = (POLAR_KM * POLAR_KM) / (EQUATORIAL_KM * EQUATORIAL_KM);

/// The point of the ellipsoid at a place, km.
pub fn point(lon_deg: f64, lat_deg: f64) -> V3 {
    let (sin_lat, cos_lat) = lat_deg.to_radians().sin_cos();
    let (sin_lon, cos_lon) = lon_deg.to_radians().sin_cos();
    let e2 = 1.0 - AXIS_RATIO_2;
    let n = EQUATORIAL_KM / (1.0 - e2 * sin_lat * sin_lat).sqrt();
    [n * cos_lat * cos_lon, n * cos_lat * sin_lon, n * AXIS_RATIO_2 * sin_lat]
}

/// Longitude (-180 to 180) and geodetic latitude, degrees, of a point on the ellipsoid.
pub fn lon_lat(p: V3) -> (f64, f64) {
    let across = p[0].hypot(p[1]);
    (p[1].atan2(p[0]).to_degrees(), p[2].atan2(AXIS_RATIO_2 * across).to_degrees())
}

/// The outward normal at a point on the ellipsoid.
pub fn normal(p: V3) -> V3 {
    unit([p[0], p[1], p[2] / AXIS_RATIO_2])
}

/// The normal of the ellipsoid below a point above it, by three steps of the usual iteration (1e-9 rad at 850 km).
pub fn normal_below(p: V3) -> V3 {
    let e2 = 1.0 - AXIS_RATIO_2;
    let across = p[0].hypot(p[1]);
    let mut sin_lat = p[2] / across.hypot(p[2]);
    for _ in 0..4 {
        let n = EQUATORIAL_KM / (1.0 - e2 * sin_lat * sin_lat).sqrt();
        let z = p[2] + e2 * n * sin_lat;
        sin_lat = z / across.hypot(z);
    }
    let cos_lat = (1.0 - sin_lat * sin_lat).sqrt();
    [cos_lat * p[0] / across, cos_lat * p[1] / across, sin_lat]
}

/// East and north at a point whose normal is known. At a pole east is whatever 0 E makes it.
pub fn east_north(up: V3) -> (V3, V3) {
    let across = up[0].hypot(up[1]);
    let east = if across > 1e-12 { [-up[1] / across, up[0] / across, 0.0] } else { [0.0, 1.0, 0.0] };
    (east, cross(up, east))
}

/// Where a line of sight from a point in space first meets the ellipsoid, and the distance, km.
pub fn hit(from: V3, toward: V3) -> Option<(V3, f64)> {
    // The ellipsoid becomes a sphere when z is stretched.
    let stretch = EQUATORIAL_KM / POLAR_KM;
    let (s, d) = ([from[0], from[1], from[2] * stretch], [toward[0], toward[1], toward[2] * stretch]);
    let (a, half_b) = (dot(d, d), dot(s, d));
    let under = half_b * half_b - a * (dot(s, s) - EQUATORIAL_KM * EQUATORIAL_KM);
    if under < 0.0 || half_b >= 0.0 {
        return None;
    }
    let range = (-half_b - under.sqrt()) / a;
    Some((along(from, range, toward), range))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swath::vector::{minus, norm};

    /// Earth-fixed coordinates of 36.5 N 102.1 E on WGS 84 from pyproj 3.7 (EPSG:4979 to EPSG:4978).
    #[test]
    fn point_agrees_with_proj() {
        let want = [-1_076.012_318_0, 5_019.149_032_2, 3_772.934_547_8];
        let got = point(102.1, 36.5);
        assert!(norm(minus(got, want)) < 2e-6, "{got:?}");
    }

    #[test]
    fn there_and_back() {
        for (lon, lat) in [(0.0, 0.0), (179.99, -89.0), (-120.0, 61.5), (102.4, 36.3)] {
            let p = point(lon, lat);
            let (l, b) = lon_lat(p);
            assert!((l - lon).abs() < 1e-10 && (b - lat).abs() < 1e-10, "{l} {b}");
            let up = normal(p);
            let above = along(p, 850.0, up);
            assert!(norm(minus(normal_below(above), up)) < 1e-9);
            let (ground, range) = hit(above, [-up[0], -up[1], -up[2]]).expect("below");
            assert!((range - 850.0).abs() < 1e-6 && norm(minus(ground, p)) < 1e-6);
        }
    }

    #[test]
    fn a_look_past_the_limb_meets_nothing() {
        let above = [7200.0, 0.0, 0.0];
        assert!(hit(above, [0.0, 1.0, 0.0]).is_none());
        assert!(hit(above, [1.0, 0.0, 0.0]).is_none());
    }
}
