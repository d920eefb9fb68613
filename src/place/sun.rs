//! The sun's place: a low-precision almanac (ALGORITHMS 8.1 [M], Astronomical Almanac page C5 form, +-0.02 degrees).

use super::LonLat;
use crate::time::Utc;

/// Declination and the longitude over which the sun stands, both radians.
#[derive(Debug, Clone, Copy)]
pub struct Sun {
    declination: f64,
    longitude: f64,
}

impl Sun {
    /// The sun at a moment.
    pub fn at(time: Utc) -> Self {
        let d = time.days_since_j2000();
        let anomaly = (357.529 + 0.985_600_28 * d).to_radians();
        let mean_longitude = 280.459 + 0.985_647_36 * d;
        let ecliptic = (mean_longitude + 1.915 * anomaly.sin() + 0.020 * (2.0 * anomaly).sin()).to_radians();
        let obliquity = (23.439 - 3.6e-7 * d).to_radians();
        let right_ascension = (obliquity.cos() * ecliptic.sin()).atan2(ecliptic.cos());
        let sidereal_hours = 18.697_374_558 + 24.065_709_824_419_08 * d;
        Sun {
            declination: (obliquity.sin() * ecliptic.sin()).asin(),
            longitude: right_ascension - (15.0 * sidereal_hours).to_radians(),
        }
    }

    /// Unit vector to the sun in the frame of a satellite over `sub_lon_deg` (x to the satellite, z north).
    pub fn direction(&self, sub_lon_deg: f64) -> [f64; 3] {
        let (sin_d, cos_d) = self.declination.sin_cos();
        let (sin_l, cos_l) = (self.longitude - sub_lon_deg.to_radians()).sin_cos();
        [cos_d * cos_l, cos_d * sin_l, sin_d]
    }

    /// Solar zenith angle and azimuth (from north, clockwise) at a place, degrees.
    pub fn zenith_azimuth_deg(&self, place: LonLat) -> (f64, f64) {
        let hour_angle = place.lon().to_radians() - self.longitude;
        let (sin_lat, cos_lat) = place.lat().to_radians().sin_cos();
        let (sin_d, cos_d) = self.declination.sin_cos();
        let cos_zenith = sin_lat * sin_d + cos_lat * cos_d * hour_angle.cos();
        let azimuth = (-hour_angle.sin()).atan2(self.declination.tan() * cos_lat - sin_lat * hour_angle.cos());
        (cos_zenith.clamp(-1.0, 1.0).acos().to_degrees(), azimuth.to_degrees().rem_euclid(360.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of ALGORITHMS 8.1 at 36.5 N 102.1 E.
    #[test]
    fn sun_stands_where_the_vectors_say() {
        let haidong = LonLat::new(102.1, 36.5).expect("on earth");
        for (time, zenith, azimuth) in [
            ("2025-10-20T05:30:00Z", 47.593, 191.226),
            ("2025-10-20T18:30:00Z", 146.575, 45.187),
            ("2025-03-20T05:30:00Z", 36.643, 184.583),
        ] {
            let (z, a) = Sun::at(Utc::parse(time).expect("time")).zenith_azimuth_deg(haidong);
            assert!((z - zenith).abs() < 2e-3 && (a - azimuth).abs() < 2e-3, "{time}: {z} {a}");
        }
    }
}
