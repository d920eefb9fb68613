//! The ground under a pixel of a swath: a rectangle as long as the pixel along and across the scan, turned as the scan
//! lies there.

use crate::place::LonLat;
use crate::place::METRES_A_DEGREE;
use crate::scene::swath::SwathScene;

/// A pixel's ground.
#[derive(Debug, Clone, Copy)]
pub struct Footprint {
    centre: LonLat,
    /// Unit vector along the scan, east and north.
    along_scan: (f64, f64),
    /// Half lengths, metres: along the scan and along the track.
    half_m: (f64, f64),
}

impl Footprint {
    /// Of a pixel of a window, with its size (km) along the track and along the scan; `None` where it has no place.
    pub fn of(scene: &SwathScene, at: (usize, usize), (track_km, scan_km): (f64, f64)) -> Option<Self> {
        let centre = scene.place(at)?;
        let (_, columns) = scene.shape();
        let (line, column) = at;
        let place = |column: usize| scene.place((line, column));
        let next = (column + 1 < columns).then(|| place(column + 1)).flatten();
        let before = column.checked_sub(1).and_then(place);
        let (east, north) = match (before, next) {
            (Some(a), Some(b)) => offset_m(a, b),
            (None, Some(b)) => offset_m(centre, b),
            (Some(a), None) => offset_m(a, centre),
            (None, None) => (1.0, 0.0),
        };
        let length = east.hypot(north);
        let along_scan = if length > 0.0 { (east / length, north / length) } else { (1.0, 0.0) };
        Some(Footprint { centre, along_scan, half_m: (scan_km * 500.0, track_km * 500.0) })
    }

    /// The same ground a quarter longer and wider: what a pixel still sees of its surroundings, without the cracks that
    /// nominal sizes leave between neighbours.
    #[must_use]
    pub fn generous(self) -> Self {
        Footprint { half_m: (self.half_m.0 * 1.25, self.half_m.1 * 1.25), ..self }
    }

    /// Whether a place lies on it.
    pub fn holds(&self, place: LonLat) -> bool {
        let (east, north) = offset_m(self.centre, place);
        let along = east * self.along_scan.0 + north * self.along_scan.1;
        let across = north * self.along_scan.0 - east * self.along_scan.1;
        along.abs() <= self.half_m.0 && across.abs() <= self.half_m.1
    }

    /// Its corners, counter-clockwise as seen from above, each once; `None` where one is beyond a pole.
    pub fn corners(&self) -> Option<[LonLat; 4]> {
        let (scan, track) = self.half_m;
        let corner = |along: f64, across: f64| {
            let (ux, uy) = self.along_scan;
            let (east, north) = (along * ux - across * uy, along * uy + across * ux);
            let lat = self.centre.lat() + north / METRES_A_DEGREE;
            let lon = self.centre.lon() + east / (METRES_A_DEGREE * self.centre.lat().to_radians().cos());
            LonLat::new((lon + 540.0).rem_euclid(360.0) - 180.0, lat)
        };
        Some([corner(scan, -track)?, corner(scan, track)?, corner(-scan, track)?, corner(-scan, -track)?])
    }

    /// Degrees of longitude and latitude within which all of it lies, from its centre.
    pub fn reach_deg(&self) -> (f64, f64) {
        let radius = self.half_m.0.hypot(self.half_m.1);
        let lat = radius / METRES_A_DEGREE;
        (lat / self.centre.lat().to_radians().cos().max(0.01), lat)
    }
}

/// Metres to the east and north of `a` at which `b` lies: flat at the size of a pixel.
fn offset_m(a: LonLat, b: LonLat) -> (f64, f64) {
    let lon = (b.lon() - a.lon() + 540.0).rem_euclid(360.0) - 180.0;
    let middle = (a.lat() + b.lat()) / 2.0;
    (lon * METRES_A_DEGREE * middle.to_radians().cos(), (b.lat() - a.lat()) * METRES_A_DEGREE)
}
