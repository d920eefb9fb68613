//! How surely a place is known: the covariance of its error on the ground, and the ellipse that it is.

use super::{LonLat, METRES_A_DEGREE};

/// Covariance of the error of a place, m2, in axes to the east and to the north. Errors of different causes add up.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Spread {
    /// Variance to the east, m2.
    pub east_m2: f64,
    /// Covariance, m2: positive where the error lies from south-west to north-east.
    pub cross_m2: f64,
    /// Variance to the north, m2.
    pub north_m2: f64,
}

/// The ellipse of one standard error along each of its axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ellipse {
    /// Longer half axis, m.
    pub a_m: f64,
    /// Shorter half axis, m.
    pub b_m: f64,
    /// Bearing of the longer one, degrees clockwise from north, 0 to below 180.
    pub bearing_deg: f64,
}

impl Spread {
    /// Of an error along one direction only, with its standard error there as a vector (m).
    pub fn along(east_m: f64, north_m: f64) -> Self {
        Spread { east_m2: east_m * east_m, cross_m2: east_m * north_m, north_m2: north_m * north_m }
    }

    /// Of an error alike in all directions, by the root mean square of its length (m).
    pub fn around(length_m: f64) -> Self {
        let variance = length_m * length_m / 2.0;
        Spread { east_m2: variance, cross_m2: 0.0, north_m2: variance }
    }

    /// Of a place that may be anywhere in a pixel, by its corners in order: along each side a twelfth of its square.
    pub fn in_pixel(corners: &[LonLat; 4]) -> Self {
        let [a, b, c, d] = corners;
        let east = METRES_A_DEGREE * a.lat().to_radians().cos() / 12f64.sqrt();
        let north = METRES_A_DEGREE / 12f64.sqrt();
        // opposite sides differ by a thousandth: their mean
        let side = |from: [&LonLat; 2], to: [&LonLat; 2]| {
            let lon = |i: usize| (to[i].lon() - from[i].lon() + 540.0).rem_euclid(360.0) - 180.0;
            let lat = |i: usize| to[i].lat() - from[i].lat();
            Spread::along(east * f64::midpoint(lon(0), lon(1)), north * f64::midpoint(lat(0), lat(1)))
        };
        side([a, d], [b, c]).and(side([a, b], [d, c]))
    }

    /// With another error that has nothing to do with this one.
    #[must_use]
    pub fn and(self, other: Spread) -> Self {
        Spread {
            east_m2: self.east_m2 + other.east_m2,
            cross_m2: self.cross_m2 + other.cross_m2,
            north_m2: self.north_m2 + other.north_m2,
        }
    }

    /// How far an offset (metres to the east and north) is in standard errors, squared; `None` for an error without
    /// width.
    pub fn squared_errors(self, (east, north): (f64, f64)) -> Option<f64> {
        let [a, b, c] = self.inverse()?;
        Some(a * east * east + 2.0 * b * east * north + c * north * north)
    }

    /// The inverse matrix as (east, cross, north), 1/m2; `None` for an error without width.
    fn inverse(self) -> Option<[f64; 3]> {
        let determinant = self.east_m2 * self.north_m2 - self.cross_m2 * self.cross_m2;
        let sound = determinant > 1e-9 * (self.east_m2 + self.north_m2).powi(2) && determinant.is_finite();
        sound.then(|| [self.north_m2 / determinant, -self.cross_m2 / determinant, self.east_m2 / determinant])
    }

    /// The best place from several with independent errors, as offsets (metres to the east and north), and the error that
    /// remains; `None` where there is none, or one without width.
    pub fn best_of(places: &[((f64, f64), Spread)]) -> Option<((f64, f64), Spread)> {
        let mut sum = [0.0; 3];
        let mut pull = [0.0; 2];
        for &((east, north), spread) in places {
            let [a, b, c] = spread.inverse()?;
            sum = [sum[0] + a, sum[1] + b, sum[2] + c];
            pull = [pull[0] + a * east + b * north, pull[1] + b * east + c * north];
        }
        let weight = Spread { east_m2: sum[0], cross_m2: sum[1], north_m2: sum[2] };
        let [a, b, c] = weight.inverse()?;
        let left = Spread { east_m2: a, cross_m2: b, north_m2: c };
        Some(((a * pull[0] + b * pull[1], b * pull[0] + c * pull[1]), left))
    }

    /// The one of two with the greater length.
    #[must_use]
    pub fn wider(self, other: Spread) -> Self {
        if other.distance_m() > self.distance_m() { other } else { self }
    }

    /// A part of it, as means of several need.
    #[must_use]
    pub fn times(self, part: f64) -> Self {
        Spread { east_m2: self.east_m2 * part, cross_m2: self.cross_m2 * part, north_m2: self.north_m2 * part }
    }

    /// Root mean square of the distance from the true place, m: `position_error_m`. Of normal errors 63 per cent are
    /// smaller where all directions are alike and 68 per cent where one rules; twice as large are 2 and 5 per cent.
    pub fn distance_m(self) -> f64 {
        (self.east_m2 + self.north_m2).sqrt()
    }

    /// The ellipse: half axes are the roots of the eigenvalues.
    pub fn ellipse(self) -> Ellipse {
        let mean = f64::midpoint(self.east_m2, self.north_m2);
        let half = (self.north_m2 - self.east_m2) / 2.0;
        let more = half.hypot(self.cross_m2);
        Ellipse {
            a_m: (mean + more).sqrt(),
            b_m: (mean - more).max(0.0).sqrt(),
            bearing_deg: (self.cross_m2.atan2(half).to_degrees() / 2.0).rem_euclid(180.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(spread: Spread, a_m: f64, b_m: f64, bearing_deg: f64) {
        let e = spread.ellipse();
        assert!((e.a_m - a_m).abs() < 1e-6 && (e.b_m - b_m).abs() < 1e-3, "{e:?}");
        assert!((e.bearing_deg - bearing_deg).abs() < 1e-6, "{e:?}");
    }

    /// By hand: 2 km east and 1 km north stay as they are; turned by 45 degrees both variances are (4 + 1) / 2 and the
    /// covariance (4 - 1) / 2; an error along one line has no width; 3 and 4 make 5.
    #[test]
    fn ellipses_by_hand() {
        is(Spread::along(2000.0, 0.0).and(Spread::along(0.0, 1000.0)), 2000.0, 1000.0, 90.0);
        is(Spread::along(1000.0, 0.0).and(Spread::along(0.0, 2000.0)), 2000.0, 1000.0, 0.0);
        is(Spread { east_m2: 2.5e6, cross_m2: 1.5e6, north_m2: 2.5e6 }, 2000.0, 1000.0, 45.0);
        is(Spread { east_m2: 2.5e6, cross_m2: -1.5e6, north_m2: 2.5e6 }, 2000.0, 1000.0, 135.0);
        is(Spread::along(300.0, -400.0), 500.0, 0.0, 180.0 - 0.75f64.atan().to_degrees());
        assert!((Spread::along(300.0, -400.0).distance_m() - 500.0).abs() < 1e-9);
        assert!((Spread::around(1000.0).distance_m() - 1000.0).abs() < 1e-9);
    }

    /// By hand: 0.02 degrees of latitude are 2223.9 m, 0.03 of longitude at the equator 3335.85 m; over the root of 12
    /// 642.0 and 963.0 m.
    #[test]
    fn a_pixel_is_an_even_distribution() {
        let at = |lon: f64, lat: f64| LonLat::new(lon, lat).expect("on the earth");
        let pixel = Spread::in_pixel(&[at(179.99, -0.01), at(-179.98, -0.01), at(-179.98, 0.01), at(179.99, 0.01)]);
        let e = pixel.ellipse();
        assert!((e.a_m - 963.0).abs() < 0.1 && (e.b_m - 642.0).abs() < 0.1 && (e.bearing_deg - 90.0).abs() < 1e-6);
    }
}
