//! A whisk-broom scanner: a mirror sweeps across the track, and a column of detectors sees some lines at once.

use super::earth;
use super::orbit::{Orbit, Stance};
use super::vector::{V3, dot, norm, scaled};

/// A run of columns that average the same number of native samples.
#[derive(Clone, Copy, Debug)]
pub struct Zone {
    pub columns: usize,
    pub samples: usize,
}

/// How the samples of a scan are spaced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spacing {
    /// Evenly in scan angle.
    Angle,
    /// Evenly on the ground: the lines of a product that was put on a grid along the track. A scan is one line.
    Ground {
        /// Side of a grid cell, km.
        cell_km: f64,
        /// The column above which the satellite flies.
        track: f64,
    },
}

/// The optics of a scanner. Column 0 lies to the right of the flight [M]: a raw image of a pass to the south has north up
/// and west on the left, one of a pass to the north is turned by 180 degrees.
#[derive(Clone, Copy, Debug)]
pub struct Scanner {
    /// Lines of one scan; line 0 is the hindmost, so that lines follow each other along the flight.
    pub lines: usize,
    pub zones: &'static [Zone],
    pub spacing: Spacing,
    /// Scan angle between native samples, rad.
    pub sample_rad: f64,
    /// Angle between detectors along the track, rad.
    pub pitch_rad: f64,
    /// From the start of one scan to the next, s.
    pub period_s: f64,
    /// From the first to the last sample of a scan, s.
    pub sweep_s: f64,
    /// How much later (s) than the start of the overpass the first scan begins.
    pub lead_s: f64,
}

/// Distances of the satellite and of the ground from the Earth's centre, as the gridded products are laid out.
const GRID_ORBIT_KM: f64 = 7185.5;
const GRID_EARTH_KM: f64 = 6371.0;

/// Where one pixel looks.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub ground: V3,
    pub up: V3,
    pub range_km: f64,
    pub cos_zenith: f64,
}

/// A place as one scan sees it, from the middle of its first pixel.
#[derive(Clone, Copy, Debug)]
pub struct Sighting {
    /// Fractional line within the scan.
    pub line: f64,
    /// Fractional native sample: whole numbers are the middles of samples.
    pub sample: f64,
    pub look: Look,
}

impl Scanner {
    pub fn columns(&self) -> usize {
        self.zones.iter().map(|z| z.columns).sum()
    }

    fn samples(&self) -> usize {
        self.zones.iter().map(|z| z.columns * z.samples).sum()
    }

    /// First native sample of a column and how many it averages.
    pub fn span(&self, column: usize) -> (usize, usize) {
        let (mut first_column, mut first_sample) = (0, 0);
        for zone in self.zones {
            if column < first_column + zone.columns {
                return (first_sample + (column - first_column) * zone.samples, zone.samples);
            }
            first_column += zone.columns;
            first_sample += zone.columns * zone.samples;
        }
        (first_sample, 1)
    }

    /// The native sample (fractional) in the middle of a column.
    pub fn middle(&self, column: usize) -> f64 {
        let (first, n) = self.span(column);
        first as f64 + (n as f64 - 1.0) / 2.0
    }

    /// The column (fractional) in which a native sample lies, or `None` outside the scan.
    pub fn column_of(&self, sample: f64) -> Option<f64> {
        let (mut first_column, mut first_sample) = (0.0, 0.0);
        for zone in self.zones {
            let width = (zone.columns * zone.samples) as f64;
            let inside = sample + 0.5 - first_sample;
            if (0.0..width).contains(&inside) {
                return Some(first_column + inside / zone.samples as f64 - 0.5);
            }
            first_column += zone.columns as f64;
            first_sample += width;
        }
        None
    }

    /// Scan angle of a native sample, rad, positive to the right of the flight.
    pub fn angle(&self, sample: f64) -> f64 {
        match self.spacing {
            Spacing::Angle => self.sample_rad * ((self.samples() as f64 - 1.0) / 2.0 - sample),
            Spacing::Ground { cell_km, track } => {
                let arc = (track - sample) * cell_km / GRID_EARTH_KM;
                arc.sin().atan2(GRID_ORBIT_KM / GRID_EARTH_KM - arc.cos())
            }
        }
    }

    /// The native sample (fractional) that looks at a scan angle (rad).
    pub fn sample_at(&self, angle: f64) -> f64 {
        match self.spacing {
            Spacing::Angle => (self.samples() as f64 - 1.0) / 2.0 - angle / self.sample_rad,
            Spacing::Ground { cell_km, track } => {
                let sine = GRID_ORBIT_KM / GRID_EARTH_KM * angle.sin();
                let arc = sine.clamp(-1.0, 1.0).asin() - angle;
                track - arc * GRID_EARTH_KM / cell_km
            }
        }
    }

    /// Seconds after time zero at which a scan takes a native sample.
    pub fn time(&self, scan: usize, sample: f64) -> f64 {
        self.time_at(scan as f64, sample)
    }

    fn time_at(&self, scan: f64, sample: f64) -> f64 {
        self.lead_s + scan * self.period_s + self.sweep_s * (sample + 0.5) / self.samples() as f64
    }

    /// What a line and a scan angle look at.
    pub fn look(&self, stance: &Stance, line: f64, angle: f64) -> Option<Look> {
        let (sin_t, cos_t) = (self.pitch_rad * (line - (self.lines as f64 - 1.0) / 2.0)).sin_cos();
        let (sin_s, cos_s) = angle.sin_cos();
        let toward = stance.outward([sin_t, cos_t * sin_s, cos_t * cos_s]);
        let (ground, range_km) = earth::hit(stance.position, toward)?;
        let up = earth::normal(ground);
        Some(Look { ground, up, range_km, cos_zenith: -dot(toward, up) })
    }

    /// How a scan sees a point of the ground, if one of its lines does. A point belongs to the line whose middle is
    /// nearest; on a grid whose lines lie a little more or less than a cell apart it belongs to exactly one of them.
    pub fn sight(&self, orbit: &Orbit, scan: usize, ground: V3) -> Option<Sighting> {
        let seen = self.sight_at(orbit, scan as f64, ground)?;
        let inside = match self.spacing {
            Spacing::Angle => (-0.5..self.lines as f64 - 0.5).contains(&seen.line),
            Spacing::Ground { .. } => {
                let miss = |step: f64| self.sight_at(orbit, scan as f64 + step, ground).map_or(9.0, |s| s.line.abs());
                seen.line.abs() < 1.0 && seen.line.abs() < miss(-1.0) && seen.line.abs() <= miss(1.0)
            }
        };
        inside.then_some(seen)
    }

    /// The line in which a sighting falls.
    pub fn line_of(&self, seen: &Sighting) -> usize {
        (seen.line.round().max(0.0) as usize).min(self.lines - 1)
    }

    fn sight_at(&self, orbit: &Orbit, scan: f64, ground: V3) -> Option<Sighting> {
        let up = earth::normal(ground);
        let mut sample = self.samples() as f64 / 2.0;
        let (mut line, mut range_km, mut cos_zenith) = (0.0, 0.0, 0.0);
        // The satellite moves while it scans: the time depends on the sample, and the sample (weakly) on the time.
        for _ in 0..4 {
            let stance = orbit.stance(self.time_at(scan, sample));
            let d = stance.inward(ground);
            range_km = norm(d);
            cos_zenith = -dot(stance.outward(scaled(1.0 / range_km, d)), up);
            sample = self.sample_at(d[1].atan2(d[2])).clamp(-1e4, 1e5);
            line = match self.spacing {
                Spacing::Angle => (d[0] / range_km).asin() / self.pitch_rad + (self.lines as f64 - 1.0) / 2.0,
                Spacing::Ground { cell_km, .. } => d[0] / cell_km,
            };
        }
        (cos_zenith > 0.05).then_some(Sighting { line, sample, look: Look { ground, up, range_km, cos_zenith } })
    }

    /// Ground area of one native sample of one detector, m2.
    pub fn sample_area_m2(&self, look: &Look) -> f64 {
        match self.spacing {
            Spacing::Angle => self.pitch_rad * self.sample_rad * look.range_km * look.range_km / look.cos_zenith * 1e6,
            Spacing::Ground { cell_km, .. } => cell_km * cell_km * 1e6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swath::viirs::geometry::{IMAGERY, TRACK};

    fn orbit() -> Orbit {
        Orbit::over(TRACK, (102.4, 36.3), false, |o| {
            let look = IMAGERY.look(&o.stance(0.0), 16.0, 0.0)?;
            Some(earth::lon_lat(look.ground))
        })
        .expect("an orbit")
    }

    #[test]
    fn spans_tile_the_scan() {
        let mut next = 0;
        for column in 0..IMAGERY.columns() {
            let (first, n) = IMAGERY.span(column);
            assert_eq!(first, next);
            assert_eq!(IMAGERY.column_of(IMAGERY.middle(column)).map(f64::round), Some(column as f64));
            next += n;
        }
        assert_eq!((IMAGERY.columns(), next), (6400, 12_608));
    }

    #[test]
    fn sight_undoes_look() {
        let orbit = orbit();
        for (line, column) in [(0, 0), (31, 6399), (15, 3200), (7, 1280), (30, 5000)] {
            let sample = IMAGERY.middle(column);
            let stance = orbit.stance(IMAGERY.time(3, sample));
            let look = IMAGERY.look(&stance, f64::from(line), IMAGERY.angle(sample)).expect("ground");
            let back = IMAGERY.sight(&orbit, 3, look.ground).expect("seen");
            assert!((back.line - f64::from(line)).abs() < 1e-6, "{back:?}");
            assert!((back.sample - sample).abs() < 1e-6, "{back:?}");
        }
    }

    /// ALGORITHMS 6.3: scan angle, pixel area km2, view zenith of a VIIRS I pixel.
    #[test]
    fn areas_and_zeniths_match_the_published_table() {
        let stance = orbit().stance(0.0);
        let rows =
            [(0.0, 3.0, 0.143, 0.0), (20.0, 3.0, 0.179, 22.7), (32.7, 2.0, 0.180, 37.6), (56.06, 1.0, 0.650, 69.6)];
        for (angle, samples, area, zenith) in rows {
            let look = IMAGERY.look(&stance, 15.5, f64::to_radians(angle)).expect("ground");
            let got = samples * IMAGERY.sample_area_m2(&look) / 1e6;
            assert!((got / area - 1.0).abs() < 0.015, "{angle}: {got}");
            assert!((look.cos_zenith.acos().to_degrees() - zenith).abs() < 0.3, "{angle}");
        }
    }
}
