//! The solar park of a series: fixed panels facing south that mirror the sun to the satellite on some afternoons of
//! spring and late summer (ALGORITHMS 8.4).

use crate::fires::round;
use crate::navigation::View;
use crate::panels;
use crate::sun;
use serde_json::{Value, json};

/// Sunlight that the whole park throws at the satellite at its best, as a share of a white pixel of 2 km.
const SHINE_ALBEDO: f64 = 0.5;
/// Half the side of the park, degrees of latitude (1 km) and of longitude at 36.3 N.
const HALF_DEG: (f64, f64) = (0.0111, 0.0090);

/// Where the panels stand and how they lean.
#[derive(Clone, Copy, Debug)]
pub struct Park {
    pub lon: f64,
    pub lat: f64,
    /// From the horizontal, degrees; they face south.
    pub tilt_deg: f64,
}

impl Park {
    /// Angle between the mirrored sun and the satellite, degrees, or `None` when no sun falls on the panels.
    fn off_deg(&self, days_j2000: f64) -> Option<f64> {
        panels::off_deg(self.tilt_deg, &sun::position(days_j2000, self.lon, self.lat), self.satellite())
    }

    /// Direction to the satellite: east, north and up.
    fn satellite(&self) -> [f64; 3] {
        panels::to_satellite(&View::normalised(140.7), self.lon, self.lat)
    }

    /// Sunlight that the park throws at the satellite, as an albedo of a 2 km pixel before cloud.
    pub fn shine_albedo(&self, days_j2000: f64) -> f64 {
        self.off_deg(days_j2000).map_or(0.0, |off| SHINE_ALBEDO * panels::light(off))
    }

    /// The park as a site names it: one Polygon of WGS84, counter-clockwise.
    pub fn geojson(&self) -> Value {
        let corner =
            |east: f64, north: f64| [round(self.lon + east * HALF_DEG.0, 6), round(self.lat + north * HALF_DEG.1, 6)];
        let ring = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)].map(|(e, n)| corner(e, n));
        json!({
            "type": "FeatureCollection",
            "features": [{
                "type": "Feature",
                "properties": { "name": "simulated park", "tilt_deg": self.tilt_deg, "azimuth_deg": 180.0 },
                "geometry": { "type": "Polygon", "coordinates": [ring] },
            }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARK: Park = Park { lon: 102.1, lat: 36.5, tilt_deg: 36.0 };

    fn days(text: &str) -> f64 {
        let time: jiff::Timestamp = text.parse().expect("a time");
        sun::days_j2000(time.as_second() as f64)
    }

    /// ALGORITHMS 8.3: 58.5 degrees from the zenith, azimuth 127.
    #[test]
    fn the_satellite_stands_in_the_south_east() {
        let [east, north, up] = PARK.satellite();
        let azimuth = east.atan2(north).to_degrees();
        assert!((up.acos().to_degrees() - 58.5).abs() < 0.3 && (azimuth - 127.0).abs() < 0.6, "{azimuth} {up}");
    }

    /// Within 6 degrees, with the sun of pyorbital 1.13 in steps of 5 minutes: 21 March to 22 April and 20 August to 21
    /// September, 07:40 to 08:30 UTC. ALGORITHMS 8.4 has 22 March to 21 April and 24 August to 18 September.
    #[test]
    fn the_park_shines_in_its_two_seasons() {
        let start = days("2025-01-01T00:00:00Z");
        let minutes = |day: usize| -> Vec<usize> {
            let within = |m: &usize| PARK.off_deg(start + day as f64 + *m as f64 / 1440.0).is_some_and(|off| off < 6.0);
            (0..1440).step_by(5).filter(within).collect()
        };
        let shining: Vec<(usize, Vec<usize>)> =
            (0..365).map(|day| (day, minutes(day))).filter(|(_, minutes)| !minutes.is_empty()).collect();
        let half = |second: bool| shining.iter().filter(move |(day, _)| (*day > 182) == second).map(|(day, _)| *day);
        for (second, first_day, last_day) in [(false, 79_usize, 111_usize), (true, 231, 263)] {
            let (first, last) = (half(second).min().expect("shines"), half(second).max().expect("shines"));
            assert!(first.abs_diff(first_day) <= 1 && last.abs_diff(last_day) <= 1, "{first} {last}");
        }
        let all = || shining.iter().flat_map(|(_, minutes)| minutes.iter().copied());
        let (early, late) = (all().min().expect("shines"), all().max().expect("shines"));
        assert!(early.abs_diff(460) <= 5 && late.abs_diff(510) <= 5, "{early} {late}");
    }

    #[test]
    fn light_is_smooth_and_has_an_end() {
        let start = days("2025-09-05T06:30:00Z");
        let albedos: Vec<f64> = (0..180).map(|m| PARK.shine_albedo(start + f64::from(m) / 1440.0)).collect();
        assert!(albedos.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.05));
        assert_eq!((albedos[0], albedos[179]), (0.0, 0.0));
        assert!(albedos.iter().any(|albedo| *albedo > 0.2));
        assert_eq!(PARK.shine_albedo(days("2025-10-15T08:05:00Z")), 0.0, "8.4: not in mid October");
        assert_eq!(PARK.shine_albedo(days("2025-09-05T18:00:00Z")), 0.0, "by night");
    }

    #[test]
    fn its_polygon_is_two_kilometres_wide() {
        let ring = &PARK.geojson()["features"][0]["geometry"]["coordinates"][0];
        let at = |i: usize, k: usize| ring[i][k].as_f64().expect("a number");
        assert_eq!(ring[0], ring[4]);
        assert!(
            ((at(1, 0) - at(0, 0)) * 89.7 - 2.0).abs() < 0.02 && ((at(2, 1) - at(1, 1)) * 111.0 - 2.0).abs() < 0.02
        );
    }
}
