//! Where things are: WGS84 longitude and latitude, checked, and distances on the earth.

mod gcj02;
mod index;
mod spread;
mod sun;

pub use gcj02::Gcj02;
pub use index::PlaceIndex;
pub use spread::{Ellipse, Spread};
pub use sun::Sun;

use geo::{Distance, Haversine, Point};
use serde::{Deserialize, Serialize};

/// Metres of a degree of latitude (mean); of longitude, times the cosine of the latitude.
pub const METRES_A_DEGREE: f64 = 111_195.0;

/// A place on the WGS84 ellipsoid, in degrees; longitude in -180..=180, latitude in -90..=90.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "[f64; 2]", try_from = "[f64; 2]")]
pub struct LonLat {
    lon: f64,
    lat: f64,
}

impl From<LonLat> for [f64; 2] {
    fn from(place: LonLat) -> Self {
        [place.lon, place.lat]
    }
}

impl TryFrom<[f64; 2]> for LonLat {
    type Error = String;

    fn try_from([lon, lat]: [f64; 2]) -> Result<Self, String> {
        LonLat::new(lon, lat).ok_or_else(|| format!("{lon}, {lat} is no place on the earth"))
    }
}

impl LonLat {
    /// Where nothing is: for what has no place yet.
    pub const ZERO: LonLat = LonLat { lon: 0.0, lat: 0.0 };

    /// A checked place; `None` off the earth or not a number. Longitudes up to 360 are folded.
    pub fn new(lon: f64, lat: f64) -> Option<Self> {
        if !(-180.0..=360.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) {
            return None;
        }
        let lon = if lon > 180.0 { lon - 360.0 } else { lon };
        Some(LonLat { lon, lat })
    }

    /// Degrees east.
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Degrees north.
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Great-circle distance in metres on a sphere of mean radius.
    pub fn distance_m(self, other: LonLat) -> f64 {
        Haversine.distance(Point::new(self.lon, self.lat), Point::new(other.lon, other.lat))
    }

    /// Metres to the east and to the north from another place: the earth is flat over some ten kilometres.
    pub fn offset_m(self, from: LonLat) -> (f64, f64) {
        let east = (self.lon - from.lon + 540.0).rem_euclid(360.0) - 180.0;
        let across = METRES_A_DEGREE * self.lat.midpoint(from.lat).to_radians().cos();
        (east * across, (self.lat - from.lat) * METRES_A_DEGREE)
    }

    /// The place so many metres to the east and north; `None` where that is off the earth.
    pub fn moved_m(self, east: f64, north: f64) -> Option<LonLat> {
        let lat = self.lat + north / METRES_A_DEGREE;
        let across = METRES_A_DEGREE * self.lat.midpoint(lat).to_radians().cos().max(1e-6);
        LonLat::new((self.lon + east / across + 540.0).rem_euclid(360.0) - 180.0, lat)
    }

    /// `D°M'S.sss"` with the hemisphere's letter, as provincial lists print coordinates.
    pub fn dms(self) -> (String, String) {
        (dms(self.lon, if self.lon < 0.0 { 'W' } else { 'E' }), dms(self.lat, if self.lat < 0.0 { 'S' } else { 'N' }))
    }
}

/// Rounds once, in thousandths of a second, so that 59.9999" becomes the next minute and not 60.000".
fn dms(degrees: f64, hemisphere: char) -> String {
    let milli = (degrees.abs() * 3_600_000.0).round() as u64;
    let (whole_seconds, thousandths) = (milli / 1000, milli % 1000);
    let (d, m, s) = (whole_seconds / 3600, whole_seconds / 60 % 60, whole_seconds % 60);
    format!("{d}°{m}'{s}.{thousandths:03}\"{hemisphere}")
}

/// A box in degrees that does not cross the antimeridian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LonLatBox {
    /// Western edge, degrees.
    pub west: f64,
    /// Southern edge, degrees.
    pub south: f64,
    /// Eastern edge, degrees.
    pub east: f64,
    /// Northern edge, degrees.
    pub north: f64,
}

impl LonLatBox {
    /// Whether the place is inside or on the edge.
    pub fn contains(&self, place: LonLat) -> bool {
        (self.west..=self.east).contains(&place.lon) && (self.south..=self.north).contains(&place.lat)
    }

    /// The box with so many degrees more on each side.
    #[must_use]
    pub fn widened(&self, degrees: f64) -> Self {
        LonLatBox {
            west: self.west - degrees,
            south: self.south - degrees,
            east: self.east + degrees,
            north: self.north + degrees,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_the_earth_is_no_place() {
        assert!(LonLat::new(102.1, 90.1).is_none());
        assert!(LonLat::new(400.0, 10.0).is_none());
        assert!(LonLat::new(f64::NAN, 10.0).is_none());
        assert_eq!(LonLat::new(257.9, 36.5).map(LonLat::lon), Some(257.9 - 360.0));
    }

    /// Hand calculation: 102.504166666.. = 102° 30' 15"; 36.99999999 rounds up to 37°.
    #[test]
    fn degrees_minutes_seconds_carry() {
        let place = LonLat::new(102.0 + 30.0 / 60.0 + 15.0 / 3600.0, 36.999_999_99).expect("valid");
        assert_eq!(place.dms(), ("102°30'15.000\"E".to_string(), "37°0'0.000\"N".to_string()));
    }
}
