//! Where the Sun stands (ALGORITHMS 8.1, low-precision almanac, 0.02 degrees [M]).

/// The Sun over a place: cosine of the zenith angle and the azimuth (radians, clockwise from north).
#[derive(Clone, Copy, Debug)]
pub struct Sun {
    pub cos_zenith: f64,
    pub azimuth_rad: f64,
}

/// The Sun at a time in days since 2000-01-01 12:00 UTC.
pub fn position(days_j2000: f64, lon_deg: f64, lat_deg: f64) -> Sun {
    Instant::at(days_j2000).over(lon_deg, lat_deg)
}

/// What is the same for all places at one time: worked out once for many of them.
#[derive(Clone, Copy, Debug)]
pub struct Instant {
    right_ascension: f64,
    sin_declination: f64,
    cos_declination: f64,
    sidereal_h: f64,
}

impl Instant {
    /// A time in days since 2000-01-01 12:00 UTC.
    pub fn at(days_j2000: f64) -> Self {
        let (right_ascension, declination) = equatorial(days_j2000);
        let (sin_declination, cos_declination) = declination.sin_cos();
        let sidereal_h = 18.697_374_558 + 24.065_709_824_419_08 * days_j2000;
        Instant { right_ascension, sin_declination, cos_declination, sidereal_h }
    }

    /// The Sun over a place, degrees.
    pub fn over(&self, lon_deg: f64, lat_deg: f64) -> Sun {
        let hour = (15.0 * self.sidereal_h + lon_deg).to_radians() - self.right_ascension;
        let (sin_lat, cos_lat) = lat_deg.to_radians().sin_cos();
        let (sin_hour, cos_hour) = hour.sin_cos();
        let cos_zenith = sin_lat * self.sin_declination + cos_lat * self.cos_declination * cos_hour;
        let north = self.sin_declination / self.cos_declination * cos_lat - sin_lat * cos_hour;
        Sun { cos_zenith, azimuth_rad: (-sin_hour).atan2(north) }
    }
}

/// The direction to the Sun in the earth-fixed frame (x to 0 E on the equator, z to the north pole).
pub fn direction(days_j2000: f64) -> [f64; 3] {
    let (right_ascension, declination) = equatorial(days_j2000);
    let sidereal_h = 18.697_374_558 + 24.065_709_824_419_08 * days_j2000;
    let lon = right_ascension - (15.0 * sidereal_h).to_radians();
    [declination.cos() * lon.cos(), declination.cos() * lon.sin(), declination.sin()]
}

/// Right ascension and declination, radians.
fn equatorial(days: f64) -> (f64, f64) {
    let anomaly = (357.529 + 0.985_600_28 * days).to_radians();
    let mean_longitude = 280.459 + 0.985_647_36 * days;
    let longitude = (mean_longitude + 1.915 * anomaly.sin() + 0.020 * (2.0 * anomaly).sin()).to_radians();
    let obliquity = (23.439 - 3.6e-7 * days).to_radians();
    let right_ascension = (obliquity.cos() * longitude.sin()).atan2(longitude.cos());
    (right_ascension, (obliquity.sin() * longitude.sin()).asin())
}

/// Days since J2000 (2000-01-01 12:00 UTC) of a Unix time in seconds.
pub fn days_j2000(unix_s: f64) -> f64 {
    (unix_s - 946_728_000.0) / 86_400.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_agrees_with_position() {
        let days = days_j2000(1_760_938_200.0);
        let (lon, lat) = (102.1_f64, 36.5_f64);
        let (sl, cl) = lat.to_radians().sin_cos();
        let up = [cl * lon.to_radians().cos(), cl * lon.to_radians().sin(), sl];
        let sun = direction(days);
        let cos: f64 = up.iter().zip(sun).map(|(a, b)| a * b).sum();
        assert!((cos - position(days, lon, lat).cos_zenith).abs() < 1e-9);
    }

    /// ALGORITHMS 8.1 vectors at 36.5 N 102.1 E.
    #[test]
    fn vectors() {
        for (time, zenith, azimuth) in [
            ("2025-10-20T05:30:00Z", 47.593, 191.226),
            ("2025-10-20T18:30:00Z", 146.575, 45.187),
            ("2025-03-20T05:30:00Z", 36.643, 184.583),
        ] {
            let stamp: jiff::Timestamp = time.parse().expect("a time");
            let sun = position(days_j2000(stamp.as_second() as f64), 102.1, 36.5);
            let z = sun.cos_zenith.acos().to_degrees();
            let a = sun.azimuth_rad.to_degrees().rem_euclid(360.0);
            assert!((z - zenith).abs() < 0.02 && (a - azimuth).abs() < 0.05, "{z} {a}");
        }
    }
}
