//! The sun over a scene, and what it makes of reflectances.

use crate::sun::{days_j2000, position};
use std::f64::consts::PI;

/// One sun for a whole scene: that over its middle.
#[derive(Clone, Copy, Debug)]
pub struct Light {
    /// Elevation above the horizon, degrees; below 0 by night.
    pub elevation_deg: f64,
    /// Clockwise from north, degrees.
    pub azimuth_deg: f64,
    /// Distance to the sun, au.
    pub distance_au: f64,
}

impl Light {
    /// The sun at a time over a place; an elevation that is asked for is put in the place of the true one.
    pub fn at(time: jiff::Timestamp, (lon, lat): (f64, f64), elevation_deg: Option<f64>) -> Light {
        let days = days_j2000(time.as_second() as f64);
        let sun = position(days, lon, lat);
        let azimuth_deg = sun.azimuth_rad.to_degrees().rem_euclid(360.0);
        let true_deg = sun.cos_zenith.clamp(-1.0, 1.0).asin().to_degrees();
        Light { elevation_deg: elevation_deg.unwrap_or(true_deg), azimuth_deg, distance_au: distance_au(days) }
    }

    /// Whether the sun is below the horizon.
    pub fn is_night(&self) -> bool {
        self.elevation_deg <= 0.0
    }

    /// Cosine of the sun's zenith angle, 0 by night.
    pub fn cos_zenith(&self) -> f64 {
        self.elevation_deg.to_radians().sin().max(0.0)
    }

    /// Radiance of ground of reflectance 1 in a band of so much sun at 1 au, W m-2 sr-1 um-1.
    pub fn white(&self, sun: f64) -> f64 {
        self.cos_zenith() * self.above(sun)
    }

    /// The same under a sun straight above: radiance over this is the reflectance not yet divided by the cosine.
    pub fn above(&self, sun: f64) -> f64 {
        sun / (PI * self.distance_au * self.distance_au)
    }
}

/// Distance to the sun, au, by the low-precision almanac [M]; days since 2000-01-01 12:00 UTC.
pub fn distance_au(days: f64) -> f64 {
    let anomaly = (357.529 + 0.985_600_28 * days).to_radians();
    1.000_14 - 0.016_71 * anomaly.cos() - 0.000_14 * (2.0 * anomaly).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(time: &str) -> f64 {
        let time: jiff::Timestamp = time.parse().expect("a time");
        days_j2000(time.as_second() as f64)
    }

    /// EARTH_SUN_DISTANCE of a Landsat product of 2020-10-29, and U = 1/d2 of a Sentinel-2 product of 2021-09-08.
    #[test]
    fn distances_agree_with_those_of_real_products() {
        assert!((distance_au(days("2020-10-29T00:03:00Z")) - 0.993_278_1).abs() < 3e-5);
        let u = distance_au(days("2021-09-08T04:27:01Z")).powi(-2);
        assert!((u - 0.983_842).abs() < 2e-3, "{u}");
    }

    /// SUN_ELEVATION and SUN_AZIMUTH of the same Landsat product, whose middle is 34.614 S 146.772 E.
    #[test]
    fn the_sun_stands_where_a_real_product_has_it() {
        let time = "2020-10-29T00:02:59Z".parse().expect("a time");
        let light = Light::at(time, (146.769, -34.612), None);
        assert!((light.elevation_deg - 56.778).abs() < 0.1, "{}", light.elevation_deg);
        assert!((light.azimuth_deg - 57.655).abs() < 0.2, "{}", light.azimuth_deg);
    }

    #[test]
    fn a_night_has_no_light() {
        let light = Light { elevation_deg: -20.0, azimuth_deg: 10.0, distance_au: 1.0 };
        assert!(light.is_night() && light.white(80.0) == 0.0 && light.above(PI) == 1.0);
    }
}
