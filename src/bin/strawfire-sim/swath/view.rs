//! One scan of a scanner: where every pixel lies, and where the Sun and the satellite stand over it.

use super::earth;
use super::orbit::{Orbit, Stance};
use super::scanner::{Look, Scanner};
use super::vector::{V3, dot, minus, unit};
use crate::sun::{self, Sun};
use std::ops::Range;

/// The pixels of one scan, line by line; angles in degrees.
pub struct View {
    pub scan: usize,
    pub lines: usize,
    pub columns: usize,
    pub lon: Vec<f64>,
    pub lat: Vec<f64>,
    pub sun_zenith: Vec<f32>,
    pub sun_azimuth: Vec<f32>,
    pub sensor_zenith: Vec<f32>,
    pub sensor_azimuth: Vec<f32>,
    pub range_km: Vec<f32>,
}

impl View {
    /// Looks along every pixel of a scan; `unix_s` is time zero of the orbit.
    pub fn new(scanner: &Scanner, orbit: &Orbit, scan: usize, unix_s: f64) -> View {
        View::of(scanner, orbit, scan, unix_s, &(0..scanner.columns()))
    }

    /// The same of some columns; all numbers of the others are NaN.
    pub fn of(scanner: &Scanner, orbit: &Orbit, scan: usize, unix_s: f64, drawn: &Range<usize>) -> View {
        let columns = scanner.columns();
        let n = columns * scanner.lines;
        let of = |n: usize| Vec::<f32>::with_capacity(n);
        let mut view = View {
            scan,
            lines: scanner.lines,
            columns,
            lon: Vec::with_capacity(n),
            lat: Vec::with_capacity(n),
            sun_zenith: of(n),
            sun_azimuth: of(n),
            sensor_zenith: of(n),
            sensor_azimuth: of(n),
            range_km: of(n),
        };
        let samples: Vec<f64> = (0..columns).map(|c| scanner.middle(c)).collect();
        let stances: Vec<Stance> = samples.iter().map(|s| orbit.stance(scanner.time(scan, *s))).collect();
        let sun = sun::direction(sun::days_j2000(unix_s + scanner.time(scan, samples[columns / 2])));
        for line in 0..scanner.lines {
            for (column, (stance, sample)) in stances.iter().zip(&samples).enumerate() {
                if !drawn.contains(&column) {
                    view.push_nothing();
                    continue;
                }
                // Every scanner here looks well inside the limb; a look past it would be the point right below.
                let look = scanner.look(stance, line as f64, scanner.angle(*sample));
                let look = look.or_else(|| scanner.look(stance, line as f64, 0.0));
                if let Some(look) = look {
                    view.push(&look, stance, sun);
                }
            }
        }
        view
    }

    fn push_nothing(&mut self) {
        self.lon.push(f64::NAN);
        self.lat.push(f64::NAN);
        for numbers in [
            &mut self.sun_zenith,
            &mut self.sun_azimuth,
            &mut self.sensor_zenith,
            &mut self.sensor_azimuth,
            &mut self.range_km,
        ] {
            numbers.push(f32::NAN);
        }
    }

    fn push(&mut self, look: &Look, stance: &Stance, sun: V3) {
        let (lon, lat) = earth::lon_lat(look.ground);
        self.lon.push(lon);
        self.lat.push(lat);
        let (east, north) = earth::east_north(look.up);
        let azimuth = |d: V3| dot(d, east).atan2(dot(d, north)).to_degrees() as f32;
        let zenith = |cos: f64| cos.clamp(-1.0, 1.0).acos().to_degrees() as f32;
        self.sun_zenith.push(zenith(dot(sun, look.up)));
        self.sun_azimuth.push(azimuth(sun));
        self.sensor_zenith.push(zenith(look.cos_zenith));
        self.sensor_azimuth.push(azimuth(unit(minus(stance.position, look.ground))));
        self.range_km.push(look.range_km as f32);
    }

    /// The Sun over a pixel, and the direction from there to the satellite (east, north, up).
    pub fn light(&self, pixel: usize) -> (Sun, V3) {
        let radians = |degrees: f32| f64::from(degrees).to_radians();
        let sun_azimuth = radians(self.sun_azimuth[pixel]);
        let sun = Sun { cos_zenith: radians(self.sun_zenith[pixel]).cos(), azimuth_rad: sun_azimuth };
        let (sin_zenith, cos_zenith) = radians(self.sensor_zenith[pixel]).sin_cos();
        let (east, north) = radians(self.sensor_azimuth[pixel]).sin_cos();
        (sun, [sin_zenith * east, sin_zenith * north, cos_zenith])
    }

    /// A place between the pixels of this scan, by straight lines from a pixel to its neighbours (fractions of a pixel).
    pub fn between(&self, line: usize, column: usize, down: f64, across: f64) -> (f64, f64) {
        let at = |l: usize, c: usize| (self.lon[l * self.columns + c], self.lat[l * self.columns + c]);
        let (l0, l1) = pair(line, self.lines);
        let (c0, c1) = pair(column, self.columns);
        let here = at(line, column);
        let step = |a: (f64, f64), b: (f64, f64), n: usize| {
            let n = n.max(1) as f64;
            ((b.0 - a.0) / n, (b.1 - a.1) / n)
        };
        let a = step(at(line, c0), at(line, c1), c1 - c0);
        let d = if self.lines > 1 {
            step(at(l0, column), at(l1, column), l1 - l0)
        } else {
            // A lone line: its cells are as high as they are wide.
            let cos_lat = here.1.to_radians().cos().max(0.01);
            (-a.1 / cos_lat, a.0 * cos_lat)
        };
        (here.0 + down * d.0 + across * a.0, here.1 + down * d.1 + across * a.1)
    }
}

/// The neighbours of an index inside 0..n.
fn pair(i: usize, n: usize) -> (usize, usize) {
    (i.saturating_sub(1), (i + 1).min(n - 1))
}
