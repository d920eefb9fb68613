//! GCJ-02, the coordinates of Chinese map services: WGS84 shifted by some hundred metres. It exists for links and for
//! platforms that ask for it; nothing is computed in it.
//!
//! The shift has no published standard; this is the well-known formula that the open converters share.

use super::LonLat;
use std::f64::consts::PI;

/// A place as a Chinese map service counts it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gcj02 {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

/// Semi-major axis of the Krassowsky 1940 ellipsoid, metres, and the square of its eccentricity.
const AXIS_M: f64 = 6_378_245.0;
const ECCENTRICITY_2: f64 = 0.006_693_421_622_965_943;

impl Gcj02 {
    /// The same place; outside of the box that the converters take for China nothing is shifted.
    pub fn of(place: LonLat) -> Gcj02 {
        let (lon, lat) = (place.lon(), place.lat());
        if !(72.004..=137.8347).contains(&lon) || !(0.8293..=55.8271).contains(&lat) {
            return Gcj02 { lon, lat };
        }
        let (east_m, north_m) = shift_m(lon - 105.0, lat - 35.0);
        let sine = lat.to_radians().sin();
        let flat = 1.0 - ECCENTRICITY_2 * sine * sine;
        let meridian_m = AXIS_M * (1.0 - ECCENTRICITY_2) / (flat * flat.sqrt());
        let parallel_m = AXIS_M / flat.sqrt() * lat.to_radians().cos();
        Gcj02 { lon: lon + (east_m / parallel_m).to_degrees(), lat: lat + (north_m / meridian_m).to_degrees() }
    }

    /// The place that it is of; `None` off the earth. The shift changes so little over its own length that each step leaves a
    /// hundredth of the error: four leave less than a millimetre.
    pub fn place(self) -> Option<LonLat> {
        let mut place = LonLat::new(self.lon, self.lat)?;
        for _ in 0..4 {
            let there = Gcj02::of(place);
            place = LonLat::new(place.lon() + self.lon - there.lon, place.lat() + self.lat - there.lat)?;
        }
        Some(place)
    }
}

/// Metres to the east and to the north, at so many degrees from 105 E 35 N.
fn shift_m(x: f64, y: f64) -> (f64, f64) {
    let wave = |amplitude: f64, turns: f64| amplitude * (turns * PI).sin();
    let both = wave(20.0, 6.0 * x) + wave(20.0, 2.0 * x);
    let east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * x.abs().sqrt();
    let east_waves = both + wave(20.0, x) + wave(40.0, x / 3.0) + wave(150.0, x / 12.0) + wave(300.0, x / 30.0);
    let north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * x.abs().sqrt();
    let north_waves = both + wave(20.0, y) + wave(40.0, y / 3.0) + wave(160.0, y / 12.0) + wave(320.0, y / 30.0);
    (east + east_waves * 2.0 / 3.0, north + north_waves * 2.0 / 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: the PyPI packages eviltransform 0.1.1 and coord-convert 0.2.1, which differ from each other by up to 2e-7
    /// degrees (one has another axis).
    #[test]
    fn places_agree_with_other_converters() {
        for (lon, lat, expected) in [
            (102.1, 36.5, (102.102_072_09, 36.500_063_97)),
            (103.05, 35.46, (103.052_238_65, 35.459_651_09)),
            (101.67, 37.14, (101.671_871_77, 37.140_181_55)),
            (116.391, 39.907, (116.397_241_01, 39.908_401_12)),
            (87.6, 43.8, (87.602_839_02, 43.801_212_04)),
        ] {
            let got = Gcj02::of(LonLat::new(lon, lat).expect("valid"));
            assert!((got.lon - expected.0).abs() < 1e-6 && (got.lat - expected.1).abs() < 1e-6, "{got:?}");
            let back = Gcj02 { lon: expected.0, lat: expected.1 }.place().expect("on the earth");
            assert!((back.lon() - lon).abs() < 1e-6 && (back.lat() - lat).abs() < 1e-6, "{back:?}");
            assert!(Gcj02::of(back).place().is_some_and(|again| again.distance_m(back) < 0.001));
        }
    }

    #[test]
    fn outside_of_china_nothing_is_shifted() {
        for (lon, lat) in [(2.35, 48.86), (-122.4, 37.8), (140.0, 36.0), (105.0, 0.5)] {
            let place = LonLat::new(lon, lat).expect("valid");
            assert_eq!(Gcj02::of(place), Gcj02 { lon, lat });
            assert_eq!(Gcj02 { lon, lat }.place(), Some(place));
        }
    }
}
