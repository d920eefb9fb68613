//! The pieces that an overpass is cut into.

use super::clock;
use super::orbit::{Orbit, Track};
use super::scanner::Scanner;
use super::scene::Overpass;
use super::view::View;
use jiff::Timestamp;

/// What a granule must know of the satellite that took it.
pub trait Carrier: Copy {
    /// The scanner whose scans are counted.
    fn scanner(self) -> Scanner;
    fn track(self) -> Track;
    /// Unix time of launch, s, from which orbits are counted.
    fn launch_s(self) -> f64;
    /// Orbits flown since launch; only roughly that of the real satellite.
    fn orbit_number(self, unix_s: f64) -> i32 {
        ((unix_s - self.launch_s()).max(0.0) / self.track().period_s) as i32 + 1
    }
}

/// Some scans of an overpass that go into one file.
pub struct Granule<C> {
    pub satellite: C,
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

impl<C: Carrier> Granule<C> {
    /// All scans of an overpass in so many equal pieces.
    pub fn cut(overpass: &Overpass, satellite: C, scans: usize, pieces: usize) -> Vec<Granule<C>> {
        let each = scans / pieces;
        (0..pieces).map(|i| Granule::of(overpass, satellite, i * each, each)).collect()
    }

    /// The same scans in pieces of so many; the first and the last one may be shorter.
    pub fn pieces(&self, overpass: &Overpass, first: usize, each: usize) -> Vec<Granule<C>> {
        let mut pieces = Vec::new();
        let mut done = 0;
        while done < self.scans {
            let most = if done == 0 { first } else { each };
            let scans = most.min(self.scans - done);
            pieces.push(Granule::of(overpass, self.satellite, self.first_scan + done, scans));
            done += scans;
        }
        pieces
    }

    /// Some scans of an overpass.
    pub fn of(overpass: &Overpass, satellite: C, first_scan: usize, scans: usize) -> Granule<C> {
        let scanner = satellite.scanner();
        let zero = Timestamp::from_second(overpass.start_s as i64).unwrap_or_default();
        let seconds = |scan: usize| scan as f64 * scanner.period_s;
        let start = clock::after(zero, seconds(first_scan));
        let edges = [first_scan, first_scan + scans / 2, first_scan + scans - 1]
            .map(|s| View::new(&scanner, &overpass.orbit, s, overpass.start_s));
        let zeniths = || edges.iter().flat_map(|v| v.sun_zenith.iter().copied());
        let corner = |v: &View, i: usize| (v.lon[i], v.lat[i]);
        let last = scanner.columns() - 1;
        let below = (scanner.lines - 1) * scanner.columns();
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
