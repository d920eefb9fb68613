//! How a camera stands, and in which direction it sees a pixel.

use super::earth::{Track, azimuth_and_range};
use super::lens::Lens;
use crate::place::LonLat;

/// A direction as it is seen: with the refraction of the air.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// Degrees clockwise from true north.
    pub azimuth_deg: f64,
    /// Degrees above level.
    pub elevation_deg: f64,
}

/// Where a lens is and how it is turned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// Place.
    pub place: LonLat,
    /// Height above the ellipsoid, metres.
    pub height_m: f64,
    /// Azimuth of the optical axis, degrees.
    pub azimuth_deg: f64,
    /// Its angle above level, degrees.
    pub tilt_deg: f64,
    /// Turn about it, degrees, clockwise as seen from behind.
    pub roll_deg: f64,
}

type Vector = [f64; 3];

impl Pose {
    /// Right, down and forward of the picture, each as east, north, up.
    fn axes(&self) -> [Vector; 3] {
        let (sin_a, cos_a) = self.azimuth_deg.to_radians().sin_cos();
        let (sin_t, cos_t) = self.tilt_deg.to_radians().sin_cos();
        let (sin_r, cos_r) = self.roll_deg.to_radians().sin_cos();
        let forward = [cos_t * sin_a, cos_t * cos_a, sin_t];
        let (level, below) = ([cos_a, -sin_a, 0.0], [sin_t * sin_a, sin_t * cos_a, -cos_t]);
        let mix = |a: f64, b: f64| std::array::from_fn(|i| a * level[i] + b * below[i]);
        [mix(cos_r, sin_r), mix(-sin_r, cos_r), forward]
    }

    /// Direction of a pixel; `None` outside the picture.
    pub fn sight_line(&self, lens: &Lens, pixel: (f64, f64)) -> Option<Sight> {
        self.sight_of(lens.direction(pixel)?)
    }

    pub(super) fn sight_of(&self, (x, y): (f64, f64)) -> Option<Sight> {
        let [right, down, forward] = self.axes();
        let [e, n, u]: Vector = std::array::from_fn(|i| x * right[i] + y * down[i] + forward[i]);
        let sight = Sight {
            azimuth_deg: e.atan2(n).to_degrees().rem_euclid(360.0),
            elevation_deg: u.atan2(e.hypot(n)).to_degrees(),
        };
        sight.elevation_deg.is_finite().then_some(sight)
    }

    /// Where in the picture a direction is, on the plane at one in front; `None` behind the camera.
    pub fn direction_of(&self, sight: Sight) -> Option<(f64, f64)> {
        let (sin_a, cos_a) = sight.azimuth_deg.to_radians().sin_cos();
        let (sin_e, cos_e) = sight.elevation_deg.to_radians().sin_cos();
        let to = [cos_e * sin_a, cos_e * cos_a, sin_e];
        let [x, y, z] = self.axes().map(|axis| (0..3).map(|i| axis[i] * to[i]).sum::<f64>());
        (z > 1e-6).then_some((x / z, y / z))
    }

    /// The direction in which a place at a height is seen, and how far it is; `None` for the camera's own place.
    pub fn sight_to(&self, place: LonLat, height_m: f64) -> Option<(Sight, f64)> {
        let (azimuth_deg, range_m) = azimuth_and_range(self.place, place);
        if range_m < 0.1 {
            return None;
        }
        let track = Track::new(self.place, self.height_m, azimuth_deg, range_m)?;
        let elevation_deg = track.slope(range_m, height_m).atan().to_degrees();
        elevation_deg.is_finite().then_some((Sight { azimuth_deg, elevation_deg }, range_m))
    }

    /// The pixel of a place at a height, inside or beside the picture; `None` behind the camera.
    pub fn pixel_of(&self, lens: &Lens, place: LonLat, height_m: f64) -> Option<(f64, f64)> {
        lens.pixel(self.direction_of(self.sight_to(place, height_m)?.0)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: to the right is clockwise; down is lower; a camera turned clockwise sees the sky to its upper left, so that the middle
    /// of its right edge looks below level.
    #[test]
    fn directions_by_hand() {
        let place = LonLat::new(102.0, 36.0).expect("valid");
        let pose = Pose { place, height_m: 0.0, azimuth_deg: 350.0, tilt_deg: 0.0, roll_deg: 0.0 };
        let lens = Lens::new((1000.0, 1000.0), 90.0).expect("a lens");
        let is = |pose: Pose, pixel: (f64, f64), azimuth: f64, elevation: f64| {
            let sight = pose.sight_line(&lens, pixel).expect("a sight");
            let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
            assert!(near(sight.azimuth_deg, azimuth) && near(sight.elevation_deg, elevation), "{pixel:?}: {sight:?}");
            let back = lens.pixel(pose.direction_of(sight).expect("in front")).expect("a pixel");
            assert!((back.0 - pixel.0).abs() < 1e-6 && (back.1 - pixel.1).abs() < 1e-6, "{back:?}");
        };
        is(pose, (499.5, 499.5), 350.0, 0.0);
        is(pose, (999.5, 499.5), 35.0, 0.0);
        is(pose, (499.5, 999.5), 350.0, -45.0);
        is(Pose { tilt_deg: -30.0, ..pose }, (499.5, 999.5), 350.0, -75.0);
        is(Pose { roll_deg: 90.0, ..pose }, (999.5, 499.5), 350.0, -45.0);
    }
}
