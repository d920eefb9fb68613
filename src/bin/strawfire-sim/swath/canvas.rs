//! The detailed land under a swath: cells of about 300 m, computed once, so that every look at a place sees the same land.

use super::view::View;
use crate::ground::{Cell, Setting};
use crate::optics::Optics;
use crate::smoke::Plumes;
use crate::terrain::{BOX, Relief};
use crate::traps::mirrors::{Mirrors, Shine};
use rayon::prelude::*;

/// Size of a cell, degrees: about 300 m at 36 N.
const STEP_LON: f64 = 0.0033;
const STEP_LAT: f64 = 0.0027;
/// Land beyond the pixels' centres that the edge pixels still see, degrees.
const MARGIN_DEG: f64 = 0.05;

/// Where a canvas lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    pub west: f64,
    pub south: f64,
    pub columns: usize,
    pub rows: usize,
}

/// The cells of the site under a swath.
pub struct Canvas {
    pub extent: Extent,
    cells: Vec<Cell>,
    reliefs: Vec<Relief>,
    /// What of each cell mirrors the Sun; empty where nothing does.
    mirrors: Vec<Mirrors>,
}

/// The relief of all cells of the box, for many overpasses over one land.
pub struct Reliefs {
    extent: Extent,
    reliefs: Vec<Relief>,
}

impl Reliefs {
    pub fn new(setting: &Setting) -> Reliefs {
        let count = |width: f64, step: f64| (width / step).ceil() as usize;
        let (columns, rows) = (count(BOX[1] - BOX[0], STEP_LON), count(BOX[3] - BOX[2], STEP_LAT));
        let extent = Extent { west: BOX[0], south: BOX[2], columns, rows };
        let relief = |i: usize| {
            let (lon, lat) = extent.middle(i);
            setting.terrain.relief(lon, lat)
        };
        Reliefs { extent, reliefs: (0..columns * rows).into_par_iter().map(relief).collect() }
    }

    pub fn at(&self, lon: f64, lat: f64) -> Relief {
        self.reliefs[self.extent.index(lon, lat)]
    }
}

impl Extent {
    /// The part of the box that holds some of the places, if any.
    pub fn around(places: impl Iterator<Item = (f64, f64)>) -> Option<Extent> {
        let inside = |(lon, lat): &(f64, f64)| {
            (BOX[0] - MARGIN_DEG..BOX[1] + MARGIN_DEG).contains(lon)
                && (BOX[2] - MARGIN_DEG..BOX[3] + MARGIN_DEG).contains(lat)
        };
        let mut b = [f64::MAX, f64::MIN, f64::MAX, f64::MIN];
        for (lon, lat) in places.filter(inside) {
            b = [b[0].min(lon), b[1].max(lon), b[2].min(lat), b[3].max(lat)];
        }
        if b[0] > b[1] {
            return None;
        }
        let (west, east) = ((b[0] - MARGIN_DEG).max(BOX[0]), (b[1] + MARGIN_DEG).min(BOX[1]));
        let (south, north) = ((b[2] - MARGIN_DEG).max(BOX[2]), (b[3] + MARGIN_DEG).min(BOX[3]));
        // Cells lie on one lattice whatever the swath, so that two overpasses see the same fields.
        let (c0, r0) = (((west - BOX[0]) / STEP_LON).floor(), ((south - BOX[2]) / STEP_LAT).floor());
        let (west, south) = (BOX[0] + c0 * STEP_LON, BOX[2] + r0 * STEP_LAT);
        let count = |width: f64, step: f64| (width / step).ceil().max(1.0) as usize;
        Some(Extent { west, south, columns: count(east - west, STEP_LON), rows: count(north - south, STEP_LAT) })
    }

    /// The middle of a cell.
    fn middle(&self, i: usize) -> (f64, f64) {
        let (column, row) = (i % self.columns, i / self.columns);
        (self.west + (column as f64 + 0.5) * STEP_LON, self.south + (row as f64 + 0.5) * STEP_LAT)
    }

    fn index(&self, lon: f64, lat: f64) -> usize {
        let at = |x: f64, n: usize| (x.max(0.0) as usize).min(n - 1);
        let column = at((lon - self.west) / STEP_LON, self.columns);
        at((lat - self.south) / STEP_LAT, self.rows) * self.columns + column
    }
}

impl Canvas {
    pub fn new(setting: &Setting, extent: Extent) -> Canvas {
        Canvas::on(setting, extent, |lon, lat| setting.terrain.relief(lon, lat))
    }

    /// The same with the relief at the middle of a cell taken from elsewhere.
    pub fn on(setting: &Setting, extent: Extent, relief: impl Fn(f64, f64) -> Relief + Sync) -> Canvas {
        let (cells, reliefs): (Vec<Cell>, Vec<Relief>) = (0..extent.columns * extent.rows)
            .into_par_iter()
            .map(|i| {
                let (lon, lat) = extent.middle(i);
                let relief = relief(lon, lat);
                (setting.site_cell_on(lon, lat, &relief), relief)
            })
            .unzip();
        let mirrors = match setting.traps.mirror() {
            true => cells.iter().map(|cell| Mirrors::under_cloud(cell, &setting.traps)).collect(),
            false => Vec::new(),
        };
        Canvas { extent, cells, reliefs, mirrors }
    }

    /// The same below smoke.
    pub fn under(mut self, plumes: &Plumes) -> Canvas {
        if plumes.is_empty() {
            return self;
        }
        let extent = self.extent;
        self.cells.par_iter_mut().enumerate().for_each(|(i, cell)| {
            let (lon, lat) = extent.middle(i);
            cell.smoke = plumes.opacity(lon, lat) as f32;
        });
        self
    }

    /// The radiance of every cell in one band.
    pub fn radiances(&self, optics: &Optics) -> Vec<f32> {
        self.cells.par_iter().map(|cell| optics.radiance(cell) as f32).collect()
    }

    /// Sunlight that a pixel mirrors to the satellite, by the cells that it averages.
    pub fn shine(&self, view: &View, pixel: usize, cells: &[usize]) -> Shine {
        if self.mirrors.is_empty() {
            return Shine::default();
        }
        let (sun, satellite) = view.light(pixel);
        Mirrors::mean(cells.iter().map(|cell| &self.mirrors[*cell])).shine(&sun, satellite)
    }

    pub fn relief(&self, lon: f64, lat: f64) -> &Relief {
        &self.reliefs[self.extent.index(lon, lat)]
    }

    /// The indices of the cells that one pixel averages: `n` by `n` of them, spread evenly over its footprint.
    pub fn footprint(&self, view: &View, line: usize, column: usize, n: usize) -> Vec<usize> {
        let offset = |i: usize| (i as f64 + 0.5) / n as f64 - 0.5;
        (0..n * n)
            .map(|i| {
                let (lon, lat) = view.between(line, column, offset(i / n), offset(i % n));
                self.extent.index(lon, lat)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lattice_does_not_depend_on_the_swath() {
        let wide = Extent::around([(101.5, 35.5), (103.0, 37.0)].into_iter()).expect("inside");
        let near = Extent::around([(102.1, 36.2), (102.2, 36.3)].into_iter()).expect("inside");
        let steps = (near.west - wide.west) / STEP_LON;
        assert!((steps - steps.round()).abs() < 1e-6, "{steps}");
        assert!(Extent::around([(10.0, 36.0)].into_iter()).is_none());
    }

    #[test]
    fn kept_reliefs_are_those_of_the_cells() {
        let setting = Setting::new(4, jiff::Timestamp::UNIX_EPOCH, 0.0);
        let reliefs = Reliefs::new(&setting);
        let near = Extent::around([(102.1, 36.2), (102.2, 36.3)].into_iter()).expect("inside");
        let alone = Canvas::new(&setting, near);
        let kept = Canvas::on(&setting, near, |lon, lat| reliefs.at(lon, lat));
        for (a, b) in alone.reliefs.iter().zip(&kept.reliefs) {
            assert!((a.elevation_m - b.elevation_m).abs() < 1e-3 && a.reservoir == b.reservoir);
        }
    }
}
