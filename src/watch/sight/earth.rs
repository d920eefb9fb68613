//! Lines over a curved earth: geodesics on the ellipsoid, and light that bends in the air.

use crate::place::LonLat;
use geo::{Destination, Geodesic, GeodesicBearing, Point};

/// Coefficient of refraction: light near the ground bends with so much of the earth's curvature. Gauss's 0.13, the usual
/// value of surveying (as in Torge & Mueller, Geodesy, 4th edition, 5.1.2) \[M\]; over heated fields at noon it is smaller or negative:
/// at 20 km 0.13 lift a target by 4 m.
pub const REFRACTION: f64 = 0.13;

/// WGS84: semi-major axis, metres, and the square of the first eccentricity.
const AXIS_M: f64 = 6_378_137.0;
const ECCENTRICITY_2: f64 = 0.006_694_379_990_141_316;

/// Distance of the nodes of a track, metres: between two a geodesic leaves the straight line in degrees by 0.06 m.
const NODE_M: f64 = 2000.0;

/// Azimuth (degrees) and distance (metres) of the geodesic from one place to another.
pub fn azimuth_and_range(from: LonLat, to: LonLat) -> (f64, f64) {
    let (azimuth, range) = point(from).geodesic_bearing_distance(point(to));
    (azimuth.rem_euclid(360.0), range)
}

/// The place so many metres along a geodesic; `None` where one of the numbers is not finite.
pub fn place_at(from: LonLat, azimuth_deg: f64, range_m: f64) -> Option<LonLat> {
    if !azimuth_deg.is_finite() || !range_m.is_finite() {
        return None;
    }
    let to = Geodesic.destination(point(from), azimuth_deg, range_m);
    LonLat::new((to.x() + 540.0).rem_euclid(360.0) - 180.0, to.y())
}

fn point(place: LonLat) -> Point {
    Point::new(place.lon(), place.lat())
}

/// The smaller difference of two azimuths, degrees, -180 to below 180.
pub fn turn_deg(to: f64, from: f64) -> f64 {
    (to - from + 540.0).rem_euclid(360.0) - 180.0
}

/// Radius of curvature of the ellipsoid along an azimuth (Euler's theorem), metres.
fn radius_m(lat_deg: f64, azimuth_deg: f64) -> f64 {
    let w2 = 1.0 - ECCENTRICITY_2 * lat_deg.to_radians().sin().powi(2);
    let (across, along) = (AXIS_M / w2.sqrt(), AXIS_M * (1.0 - ECCENTRICITY_2) / (w2 * w2.sqrt()));
    let (sin_a, cos_a) = azimuth_deg.to_radians().sin_cos();
    1.0 / (cos_a * cos_a / along + sin_a * sin_a / across)
}

/// The way over the ground under lines of sight of one azimuth.
#[derive(Debug, Clone)]
pub struct Track {
    /// Azimuth at its beginning, degrees.
    pub azimuth_deg: f64,
    /// Length, metres.
    pub length_m: f64,
    from_height_m: f64,
    /// Radius of an earth over which bent light would be straight, metres.
    bent_m: f64,
    /// Longitude (not folded) and latitude every [`NODE_M`].
    nodes: Vec<[f64; 2]>,
}

impl Track {
    /// From a place with the lens at a height above the ellipsoid; `None` where a number is not finite or the way leads over a pole.
    pub fn new(from: LonLat, from_height_m: f64, azimuth_deg: f64, length_m: f64) -> Option<Track> {
        if !(0.0..=1e6).contains(&length_m) || !from_height_m.is_finite() {
            return None;
        }
        let count = (length_m / NODE_M).ceil() as usize + 1;
        let node = |n: usize| {
            let place = place_at(from, azimuth_deg, n as f64 * NODE_M)?;
            Some([from.lon() + turn_deg(place.lon(), from.lon()), place.lat()])
        };
        let nodes: Vec<[f64; 2]> = (0..=count).map(node).collect::<Option<_>>()?;
        if nodes.windows(2).any(|pair| (pair[1][0] - pair[0][0]).abs() > 10.0) {
            return None;
        }
        let bent_m = radius_m(from.lat(), azimuth_deg) / (1.0 - REFRACTION);
        Some(Track { azimuth_deg: azimuth_deg.rem_euclid(360.0), length_m, from_height_m, bent_m, nodes })
    }

    /// The place so many metres along it.
    pub fn place(&self, range_m: f64) -> Option<LonLat> {
        let at = (range_m / NODE_M).clamp(0.0, (self.nodes.len() - 1) as f64);
        let low = (at as usize).min(self.nodes.len() - 2);
        let part = at - low as f64;
        let [a, b] = [self.nodes[low], self.nodes[low + 1]];
        let lon = a[0] + part * (b[0] - a[0]);
        LonLat::new((lon + 540.0).rem_euclid(360.0) - 180.0, a[1] + part * (b[1] - a[1]))
    }

    /// Height above the ellipsoid of a line of sight after so many metres: on a circle of the bent radius, exact.
    pub fn height_m(&self, range_m: f64, elevation_deg: f64) -> f64 {
        let (angle, elevation) = (range_m / self.bent_m, elevation_deg.to_radians());
        let (sin_e, cos_e) = elevation.sin_cos();
        // cos(e) / cos(e + a) - 1 without the loss of digits: 2 sin(a / 2) sin(e + a / 2) / cos(e + a)
        let (half, end) = ((angle / 2.0).sin(), cos_e * angle.cos() - sin_e * angle.sin());
        let more = 2.0 * half * (elevation + angle / 2.0).sin() / end;
        self.from_height_m + (self.bent_m + self.from_height_m) * more
    }

    /// Tangent of the elevation angle under which a height at a range is seen.
    pub fn slope(&self, range_m: f64, height_m: f64) -> f64 {
        let angle = range_m / self.bent_m;
        let ratio = (self.bent_m + height_m) / (self.bent_m + self.from_height_m);
        let half = (angle / 2.0).sin();
        // (ratio cos(a) - 1) / (ratio sin(a))
        ((ratio - 1.0) - 2.0 * ratio * half * half) / (ratio * angle.sin())
    }

    /// Whether a line of this elevation rises at a range: it goes up for ever.
    pub fn rises(&self, range_m: f64, elevation_deg: f64) -> bool {
        elevation_deg.to_radians() + range_m / self.bent_m >= 0.0
    }

    /// Height of the lens above the ellipsoid, metres.
    pub fn from_height_m(&self) -> f64 {
        self.from_height_m
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 30 km over a sphere of 6371 km drop 70.6 m; with k = 0.13 it is 61.4 m. At 36 N 102 E along the meridian the
    /// radius is 6357.6 km: 70.78 m and 61.58 m.
    #[test]
    fn a_level_line_rises_over_the_ground() {
        let from = LonLat::new(102.0, 36.0).expect("valid");
        let track = Track::new(from, 2000.0, 0.0, 40_000.0).expect("a track");
        let rise = track.height_m(30_000.0, 0.0) - 2000.0;
        assert!((rise - 61.58).abs() < 0.05, "{rise}");
        for (range_m, elevation) in [(10.0, -40.0), (5_000.0, -3.0), (30_000.0, 2.0)] {
            let height = track.height_m(range_m, elevation);
            assert!((track.slope(range_m, height).atan().to_degrees() - elevation).abs() < 1e-9);
        }
        assert!(Track::new(from, f64::NAN, 0.0, 1.0).is_none() && Track::new(from, 0.0, f64::NAN, 1.0).is_none());
    }
}
