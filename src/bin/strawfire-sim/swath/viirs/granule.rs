//! The pieces that an overpass is cut into.

use super::Satellite;
use super::geometry::IMAGERY;
use crate::swath::args::Prepared;
use crate::swath::clock;
use crate::swath::orbit::Orbit;
use crate::swath::scene::Overpass;
use crate::swath::view::View;
use jiff::Timestamp;

/// Some scans of an overpass that go into one file.
pub struct Granule {
    pub satellite: Satellite,
    pub first_scan: usize,
    pub scans: usize,
    pub start: Timestamp,
    pub end: Timestamp,
    pub orbit_number: i32,
    pub ascending: (bool, bool),
    /// No pixel has the Sun above the horizon: the instrument is in its night mode.
    pub night: bool,
    /// Some pixels have the Sun below the horizon.
    pub dusk: bool,
    /// Corners: west, east, south, north of the pixels at the edges, degrees.
    pub bounds: [f64; 4],
    /// Corners clockwise from the first pixel: longitude, latitude.
    pub ring: [(f64, f64); 4],
    /// The same with the middles of the sides.
    pub ring8: [(f64, f64); 8],
}

impl Granule {
    pub fn cut(prepared: &Prepared, satellite: Satellite, scans: usize, pieces: usize) -> Vec<Granule> {
        let each = scans / pieces;
        (0..pieces).map(|i| Granule::of(&prepared.overpass, satellite, i * each, each)).collect()
    }

    /// The same scans in pieces of so many; the last one may be shorter.
    pub fn pieces(&self, overpass: &Overpass, each: usize) -> Vec<Granule> {
        (0..self.scans)
            .step_by(each)
            .map(|i| Granule::of(overpass, self.satellite, self.first_scan + i, each.min(self.scans - i)))
            .collect()
    }

    fn of(overpass: &Overpass, satellite: Satellite, first_scan: usize, scans: usize) -> Granule {
        let zero = Timestamp::from_second(overpass.start_s as i64).unwrap_or_default();
        let seconds = |scan: usize| scan as f64 * IMAGERY.period_s;
        let start = clock::after(zero, seconds(first_scan));
        let edges = [first_scan, first_scan + scans / 2, first_scan + scans - 1].map(|s| view(overpass, s));
        let zeniths = || edges.iter().flat_map(|v| v.sun_zenith.iter().copied());
        let corner = |v: &View, i: usize| (v.lon[i], v.lat[i]);
        let last = IMAGERY.columns() - 1;
        let below = (IMAGERY.lines - 1) * IMAGERY.columns();
        Granule {
            satellite,
            first_scan,
            scans,
            start,
            end: clock::after(zero, seconds(first_scan + scans)),
            orbit_number: satellite.orbit_number(start.as_second() as f64),
            ascending: (
                north(&overpass.orbit, seconds(first_scan)),
                north(&overpass.orbit, seconds(first_scan + scans)),
            ),
            night: zeniths().all(|z| z >= 90.0),
            dusk: zeniths().any(|z| z >= 90.0),
            bounds: bounds(&edges),
            ring: [
                corner(&edges[0], 0),
                corner(&edges[0], last),
                corner(&edges[2], below + last),
                corner(&edges[2], below),
            ],
            ring8: [
                corner(&edges[0], 0),
                corner(&edges[0], last / 2),
                corner(&edges[0], last),
                corner(&edges[1], last),
                corner(&edges[2], below + last),
                corner(&edges[2], below + last / 2),
                corner(&edges[2], below),
                corner(&edges[1], 0),
            ],
        }
    }

    /// As the products say it.
    pub fn day_night(&self) -> &'static str {
        match (self.night, self.dusk) {
            (true, _) => "Night",
            (false, true) => "Both",
            (false, false) => "Day",
        }
    }

    pub fn directions(&self) -> (&'static str, &'static str) {
        let word = |up: bool| if up { "Ascending" } else { "Descending" };
        (word(self.ascending.0), word(self.ascending.1))
    }
}

fn view(overpass: &Overpass, scan: usize) -> View {
    View::new(&IMAGERY, &overpass.orbit, scan, overpass.start_s)
}

fn north(orbit: &Orbit, t: f64) -> bool {
    orbit.stance(t).forward[2] > 0.0
}

/// A swath over the antimeridian gets its western edge east of its eastern one, as in the products.
fn bounds(edges: &[View]) -> [f64; 4] {
    let lons: Vec<f64> = edges.iter().flat_map(|v| v.lon.iter().copied()).collect();
    let wraps = lons.iter().any(|l| *l > 120.0) && lons.iter().any(|l| *l < -120.0);
    let turned = |l: f64| if wraps && l < 0.0 { l + 360.0 } else { l };
    let back = |l: f64| if l > 180.0 { l - 360.0 } else { l };
    let lons = lons.iter().map(|l| turned(*l));
    let lats = || edges.iter().flat_map(|v| v.lat.iter().copied());
    [
        back(lons.clone().fold(f64::MAX, f64::min)),
        back(lons.fold(f64::MIN, f64::max)),
        lats().fold(f64::MAX, f64::min),
        lats().fold(f64::MIN, f64::max),
    ]
}
