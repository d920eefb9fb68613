//! One look of a polar orbiter: lines of a scanner that sweeps across its track, with the place of every pixel.
//!
//! A fixed grid computes its places; a swath carries them, terrain-corrected by whoever made the file. Lines and
//! columns are the sensor's own: column order may run west to east or east to west, and the lines of one scan overlap
//! those of the next towards the edges (bow-tie).

use super::{BandRaster, BandRole, Window};
use crate::place::LonLat;
use crate::time::Utc;
use ndarray::Array2;
use std::collections::BTreeMap;

/// A scanner, as far as its swath has a shape of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instrument {
    /// VIIRS imagery bands, 375 m: 6400 columns, 32 lines a scan, three aggregation zones.
    ViirsI,
    /// VIIRS moderate bands, 750 m: 3200 columns, 16 lines a scan.
    ViirsM,
    /// MODIS 1 km: 1354 columns, 10 lines a scan.
    Modis,
    /// FY-3D MERSI-II 1 km: 2048 columns, 10 lines a scan.
    Mersi2,
    /// Sentinel-3 SLSTR nadir view on its 1 km image grid: 1500 columns.
    Slstr,
}

impl Instrument {
    /// Columns of a line.
    pub fn columns(self) -> usize {
        match self {
            Instrument::ViirsI => 6400,
            Instrument::ViirsM => 3200,
            Instrument::Modis => 1354,
            Instrument::Mersi2 => 2048,
            Instrument::Slstr => 1500,
        }
    }

    /// Lines of one scan: they are taken at the same moment.
    pub fn scan_lines(self) -> usize {
        match self {
            Instrument::ViirsI => 32,
            Instrument::ViirsM => 16,
            Instrument::Modis | Instrument::Mersi2 => 10,
            Instrument::Slstr => 1,
        }
    }

    /// Sensor name as FIRMS writes it.
    pub fn sensor(self) -> &'static str {
        match self {
            Instrument::ViirsI | Instrument::ViirsM => "VIIRS",
            Instrument::Modis => "MODIS",
            Instrument::Mersi2 => "MERSI-II",
            Instrument::Slstr => "SLSTR",
        }
    }
}

/// What the files say of a pixel beside its values: a set of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(pub u8);

impl Flags {
    /// No MIR value, no window-band value or no place: nothing can be said of the pixel.
    pub const FILL: Flags = Flags(1);
    /// Deleted on board because a neighbouring scan sees the same ground: neither seen nor missing.
    pub const BOWTIE: Flags = Flags(2);
    /// MIR saturated: its value is a lower bound (VIIRS QF1 "all saturated", L1B quality bit 4).
    pub const MIR_SATURATED: Flags = Flags(4);
    /// MIR quality is not nominal (saturated included).
    pub const MIR_POOR: Flags = Flags(8);
    /// Window-band quality is not nominal.
    pub const TIR_POOR: Flags = Flags(16);
    /// Quality of a reflective band is not nominal, or it has no value, by day.
    pub const REFLECTIVE_POOR: Flags = Flags(32);
    /// Water by the land/water mask of the files.
    pub const WATER: Flags = Flags(64);
    /// Coast line by that mask.
    pub const COAST: Flags = Flags(128);

    /// Whether one of the marks is set.
    pub fn any(self, marks: Flags) -> bool {
        self.0 & marks.0 != 0
    }

    /// With these marks too.
    #[must_use]
    pub fn with(self, marks: Flags) -> Flags {
        Flags(self.0 | marks.0)
    }
}

/// Reflectance divided by the cosine of the sun's zenith angle, in steps of 1/32768 up to 2: a fifth of what noise
/// adds, in half the memory of a float (a whole VIIRS granule has 120 million of them).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reflectance(u16);

impl Reflectance {
    /// No value.
    pub const NONE: Reflectance = Reflectance(u16::MAX);
    const STEPS: f32 = 32_768.0;

    /// Of a number; NaN becomes `NONE`, what lies outside 0 to 2 its nearest end.
    pub fn of(value: f32) -> Self {
        // half a step and cut, not `round`: that is a call a pixel where the processor has no instruction for it
        let steps = (value * Self::STEPS + 0.5).clamp(0.0, f32::from(u16::MAX - 1));
        if value.is_nan() { Reflectance::NONE } else { Reflectance(steps as u16) }
    }

    /// The number; NaN where there is none.
    #[inline]
    pub fn get(self) -> f32 {
        if self == Reflectance::NONE { f32::NAN } else { f32::from(self.0) / Self::STEPS }
    }
}

/// A smooth quantity kept at every so many lines and columns and taken linearly between; nodes lie at
/// `k * step` of the window, the last one at or beyond its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Nodes {
    /// Lines and columns between nodes.
    pub step: (usize, usize),
    /// Values at the nodes.
    pub values: Array2<f32>,
}

impl Nodes {
    /// One value everywhere.
    pub fn constant(value: f32, (lines, columns): (usize, usize)) -> Self {
        let step = (lines.max(1), columns.max(1));
        Nodes { step, values: Array2::from_elem((2, 2), value) }
    }

    /// The value at a pixel of the window.
    #[inline]
    pub fn at(&self, (line, column): (usize, usize)) -> f32 {
        let (rows, across) = self.values.dim();
        let (i, j) = (line / self.step.0, column / self.step.1);
        let (i1, j1) = ((i + 1).min(rows - 1), (j + 1).min(across - 1));
        let (u, v) =
            ((line % self.step.0) as f32 / self.step.0 as f32, (column % self.step.1) as f32 / self.step.1 as f32);
        let values = &self.values;
        let upper = values[(i, j)] + v * (values[(i, j1)] - values[(i, j)]);
        let lower = values[(i1, j)] + v * (values[(i1, j1)] - values[(i1, j)]);
        upper + u * (lower - upper)
    }
}

impl Nodes {
    /// The values along a line of the window from a first column on: as `at`, without its divisions.
    pub fn along(&self, (line, first): (usize, usize), row: &mut [f32]) {
        let (rows, across) = self.values.dim();
        let (i, u) = (line / self.step.0, (line % self.step.0) as f32 / self.step.0 as f32);
        let (i, i1) = (i.min(rows - 1), (i + 1).min(rows - 1));
        let value = |j: usize| {
            let j = j.min(across - 1);
            let (upper, lower) = (self.values[(i, j)], self.values[(i1, j)]);
            upper + u * (lower - upper)
        };
        let mut column = first;
        let mut row = row;
        while !row.is_empty() {
            let (j, k) = (column / self.step.1, column % self.step.1);
            let (part, rest) = row.split_at_mut((self.step.1 - k).min(row.len()));
            let left = value(j);
            let slope = (value(j + 1) - left) / self.step.1 as f32;
            for (n, out) in part.iter_mut().enumerate() {
                *out = left + slope * (k + n) as i32 as f32;
            }
            column += part.len();
            row = rest;
        }
    }
}

/// One delivered file set of an overpass: overpasses come in pieces of some minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Name of the granule.
    pub name: String,
    /// Its first line in the joined overpass.
    pub first_line: usize,
    /// Its lines.
    pub lines: usize,
    /// Start of its first scan.
    pub time: Utc,
    /// Seconds from one scan to the next.
    pub scan_seconds: f64,
}

/// Where the pixels of a window lie and how they are lit and seen.
#[derive(Debug, Clone)]
pub struct SwathPlaces {
    /// Longitudes, degrees east -180..180; NaN where there is none.
    pub lon: Array2<f32>,
    /// Latitudes, degrees north; NaN where there is none.
    pub lat: Array2<f32>,
    /// Sun's zenith angle, degrees.
    pub sun_zenith_deg: Nodes,
    /// View zenith angle, degrees.
    pub view_zenith_deg: Nodes,
    /// Angle between the view and the sun's mirror image in flat ground, degrees.
    pub glint_deg: Nodes,
}

/// A band whose radiance gives the fire's power, on its own coarser grid (VIIRS M13 under the I bands): pixel
/// (line, column) of the window lies in its pixel ((line + offset.0) / ratio, (column + offset.1) / ratio).
#[derive(Debug, Clone)]
pub struct PowerBand {
    /// Channel name.
    pub channel: String,
    /// Radiance, W m-2 sr-1 um-1; NaN where there is none.
    pub radiance: Array2<f32>,
    /// Pixels of the scene along a side of one of its pixels: 2 for VIIRS.
    pub ratio: usize,
    /// Lines and columns of the scene's window past the edge of the first coarse pixel.
    pub offset: (usize, usize),
}

impl PowerBand {
    /// Its pixel that holds a pixel of the scene; `None` past its edge.
    pub fn cell(&self, (line, column): (usize, usize)) -> Option<(usize, usize)> {
        let cell = ((line + self.offset.0) / self.ratio, (column + self.offset.1) / self.ratio);
        let (lines, columns) = self.radiance.dim();
        (cell.0 < lines && cell.1 < columns).then_some(cell)
    }
}

/// One overpass of one polar orbiter, calibrated, on the swath of its MIR band.
#[derive(Debug, Clone)]
pub struct SwathScene {
    /// Name of the overpass: that of its first granule.
    pub granule: String,
    /// Satellite, e.g. `NOAA-20`.
    pub satellite: String,
    /// Which scanner.
    pub instrument: Instrument,
    /// Start of the overpass.
    pub time: Utc,
    /// Made by the simulator.
    pub simulated: bool,
    /// The granules it is joined from, in line order.
    pub pieces: Vec<Piece>,
    /// The part of the joined overpass that is held.
    pub window: Window,
    /// Where its pixels lie.
    pub places: SwathPlaces,
    /// Thermal bands by role (K): `Mir` and `Tir11` always, `Tir12` where the sensor has it. NaN where no value.
    pub thermal: BTreeMap<BandRole, BandRaster>,
    /// Reflective bands by role, divided by the cosine of the sun's zenith angle; absent at night.
    pub reflective: BTreeMap<BandRole, Array2<Reflectance>>,
    /// Marks of every pixel.
    pub flags: Array2<Flags>,
    /// The band that gives the fires' power, where it is another than MIR and its file is there.
    pub power: Option<PowerBand>,
}

impl SwathScene {
    /// Lines and columns of the window.
    pub fn shape(&self) -> (usize, usize) {
        self.flags.dim()
    }

    /// Where a pixel of the window lies.
    pub fn place(&self, at: (usize, usize)) -> Option<LonLat> {
        LonLat::new(f64::from(self.places.lon[at]), f64::from(self.places.lat[at]))
    }

    /// The granule that a line of the window belongs to, and the line in it.
    pub fn piece_of(&self, line: usize) -> Option<(&Piece, usize)> {
        let line = self.window.line0 + line;
        let piece = self.pieces.iter().rev().find(|piece| piece.first_line <= line)?;
        Some((piece, line - piece.first_line))
    }

    /// When a line of the window was scanned.
    pub fn time_of(&self, line: usize) -> Utc {
        let seen = self.piece_of(line).and_then(|(piece, line)| {
            let scan = line / self.instrument.scan_lines();
            piece.time.plus_seconds(scan as f64 * piece.scan_seconds)
        });
        seen.unwrap_or(self.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reflectances_come_back_within_half_a_step() {
        for value in [0.0, 0.1, 0.35, 0.7, 1.2, 1.9] {
            assert!((Reflectance::of(value).get() - value).abs() <= 0.5 / 32_768.0 + 1e-7, "{value}");
        }
        assert!(Reflectance::of(f32::NAN).get().is_nan());
        assert_eq!(Reflectance::of(-0.2).get(), 0.0);
        assert!((Reflectance::of(7.0).get() - 2.0).abs() < 1e-3);
    }

    /// By hand: nodes 0, 8, 16 of a plane 2 x + 3 y.
    #[test]
    fn nodes_give_a_plane_exactly() {
        let values = Array2::from_shape_fn((3, 3), |(i, j)| (2 * 8 * j + 3 * 4 * i) as f32);
        let nodes = Nodes { step: (4, 8), values };
        for (line, column) in [(0, 0), (3, 5), (7, 15), (4, 8), (8, 16)] {
            assert_eq!(nodes.at((line, column)), (2 * column + 3 * line) as f32);
        }
        assert_eq!(Nodes::constant(7.0, (5, 9)).at((4, 8)), 7.0);
    }

    #[test]
    fn a_row_of_nodes_is_what_each_pixel_gets() {
        let values = Array2::from_shape_fn((4, 5), |(i, j)| (i * i * 7 + j * j * 3) as f32);
        let nodes = Nodes { step: (4, 8), values };
        for (line, first) in (0..13).flat_map(|line| [0, 3, 8, 13].map(|first| (line, first))) {
            let mut row = vec![0.0; 30 - first];
            nodes.along((line, first), &mut row);
            for (column, value) in row.iter().enumerate() {
                assert!((value - nodes.at((line, first + column))).abs() < 1e-4, "{line} {first} {column}");
            }
        }
    }
}
