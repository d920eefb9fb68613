//! The detailed part of the disk: cells an eighth of a 2 km pixel wide, computed once and seen by every band.

use crate::ground::{Cell, Setting};
use crate::heights::{Heights, TOP_M};
use crate::navigation::{DiskGrid, View};
use crate::optics::Optics;
use crate::panels;
use crate::psf::Kernel;
use crate::sight;
use crate::smoke::Plumes;
use crate::sun;
use crate::terrain::{BOX, RIM_DEG, detail_weight};
use crate::traps::mirrors::Mirrors;
use rayon::prelude::*;

/// Cells along a 2 km pixel.
pub const CELLS: usize = 8;
/// Pixels round the box, so that the kernel never runs out of cells.
pub const MARGIN: usize = 3;

/// The cells of the site, in image order.
pub struct Canvas {
    /// Cells along a pixel of the coarsest grid that looks at it.
    per_pixel: usize,
    /// 0-based column and line of the first pixel.
    col: usize,
    line: usize,
    /// Size in pixels, margin included.
    cols: usize,
    lines: usize,
    cells: Vec<Cell>,
    land: Land,
}

/// One band's view of the site, without noise.
pub struct Patch {
    /// 0-based first column and line in the band's own pixels.
    pub col: usize,
    pub line: usize,
    pub cols: usize,
    pub lines: usize,
    /// (radiance, weight against the plain land), row by row.
    pub pixels: Vec<(f32, f32)>,
}

impl Canvas {
    /// Computes the cells of the box, so many along a pixel of a grid: each is the first ground that its line of sight
    /// meets, with the smoke above it.
    pub fn new(setting: &Setting, grid: DiskGrid, per_pixel: usize, plumes: &Plumes) -> Self {
        let (col, line, cols, lines) = extent(setting, &grid);
        let land = Land::new(setting, grid);
        let place = move |first: usize, i: usize| first as f64 - 0.5 + (i as f64 + 0.5) / per_pixel as f64;
        let cells = (0..lines * per_pixel)
            .into_par_iter()
            .flat_map_iter(|j| {
                let land = &land;
                (0..cols * per_pixel).map(move |i| {
                    let (lon, lat) = land.place(place(col, i), place(line, j)).unwrap_or((BOX[0], BOX[2]));
                    Cell { smoke: plumes.opacity(lon, lat) as f32, ..seen(setting, &land.grid.view, lon, lat) }
                })
            })
            .collect();
        Canvas { per_pixel, col, line, cols, lines, cells, land }
    }

    /// The site through a band's optics and point spread function, at the band's own resolution.
    pub fn view(&self, optics: &Optics) -> Patch {
        let fineness = optics.band.fineness;
        let per_pixel = self.per_pixel / fineness;
        let radiance: Vec<f32> = self.cells.par_iter().map(|cell| optics.radiance(cell) as f32).collect();
        let kernel = Kernel::new(per_pixel);
        let (cols, lines) = ((self.cols - 2 * MARGIN) * fineness, (self.lines - 2 * MARGIN) * fineness);
        let (col, line) = ((self.col + MARGIN) * fineness, (self.line + MARGIN) * fineness);
        let coarse = |place0: usize| (place0 as f64 + 0.5) / fineness as f64 - 0.5;
        let (width, margin) = (self.cols * self.per_pixel, MARGIN * self.per_pixel);
        let pixels = (0..lines)
            .into_par_iter()
            .flat_map_iter(|j| {
                let (radiance, kernel) = (&radiance, &kernel);
                (0..cols).map(move |i| {
                    let first = |k: usize| (margin + k * per_pixel) as i64 + kernel.first;
                    let blurred = convolve(radiance, width, first(i), first(j), &kernel.weights);
                    let (lon, lat) = self.land.place(coarse(col + i), coarse(line + j)).unwrap_or((0.0, 0.0));
                    (blurred as f32, detail_weight(lon, lat) as f32)
                })
            })
            .collect();
        Patch { col, line, cols, lines, pixels }
    }
}

/// A cell with the sunlight that it mirrors to the satellite.
fn seen(setting: &Setting, view: &View, lon: f64, lat: f64) -> Cell {
    let cell = setting.site_cell(lon, lat);
    if !setting.traps.mirror() {
        return cell;
    }
    let sun = sun::position(setting.moment.days_j2000, lon, lat);
    let mirrors = Mirrors::of(&cell, &setting.traps);
    Cell { shine: mirrors.shine(&sun, panels::to_satellite(view, lon, lat)), ..cell }
}

/// Radiance of one pixel from the cells about it.
pub fn convolve(radiance: &[f32], width: usize, first_col: i64, first_line: i64, w: &[f64]) -> f64 {
    let (col, line) = (first_col as usize, first_line as usize);
    w.iter()
        .enumerate()
        .map(|(j, down)| {
            let start = (line + j) * width + col;
            let row = &radiance[start..start + w.len()];
            let sum: f64 = row.iter().zip(w).map(|(r, across)| f64::from(*r) * across).sum();
            down * sum
        })
        .sum()
}

/// The ground that a grid sees: with its heights, or on the ellipsoid.
pub struct Land {
    grid: DiskGrid,
    heights: Option<Heights>,
}

impl Land {
    pub fn new(setting: &Setting, grid: DiskGrid) -> Self {
        // Lines of sight into the box come in over its neighbourhood: 7 km at the most.
        let bounds = [BOX[0] - RIM_DEG, BOX[1] + RIM_DEG, BOX[2] - RIM_DEG, BOX[3] + RIM_DEG];
        let heights = (!setting.flat).then(|| Heights::new(setting, bounds));
        Land { grid, heights }
    }

    /// Place at a 0-based fractional (column, line) of the grid.
    pub fn place(&self, col0: f64, line0: f64) -> Option<(f64, f64)> {
        match &self.heights {
            Some(heights) => sight::ground(heights, &self.grid, col0, line0),
            None => self.grid.lon_lat(col0, line0),
        }
    }
}

/// First column, first line, columns and lines of a grid that hold the box and its margin, at any height of the land.
pub fn extent(setting: &Setting, grid: &DiskGrid) -> (usize, usize, usize, usize) {
    let tops_km: &[f64] = if setting.flat { &[0.0] } else { &[0.0, TOP_M / 1e3] };
    let corners: Vec<(f64, f64)> = [(BOX[0], BOX[2]), (BOX[0], BOX[3]), (BOX[1], BOX[2]), (BOX[1], BOX[3])]
        .iter()
        .flat_map(|(lon, lat)| tops_km.iter().map(|top| grid.locate_at(*lon, *lat, *top).unwrap_or((0.0, 0.0))))
        .collect();
    let range = |pick: fn(&(f64, f64)) -> f64| {
        let low = corners.iter().map(pick).fold(f64::MAX, f64::min);
        let high = corners.iter().map(pick).fold(f64::MIN, f64::max);
        let first = (low.floor() as usize).saturating_sub(MARGIN);
        (first, high.ceil() as usize + MARGIN + 1 - first)
    };
    let (col, cols) = range(|c| c.0);
    let (line, lines) = range(|c| c.1);
    (col, line, cols, lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_lies_in_the_second_segment() {
        let setting = Setting::new(1, jiff::Timestamp::UNIX_EPOCH, 0.0);
        let (_, line, cols, lines) = extent(&setting, &DiskGrid::himawari(1));
        assert!(line >= 550 && line + lines <= 1100, "{line} {lines}");
        assert!(cols > 60 && lines > 80, "{cols} {lines}");
    }

    #[test]
    fn an_even_field_stays_even() {
        let kernel = Kernel::new(8);
        let n = kernel.weights.len();
        let flat = vec![3.5_f32; n * n];
        assert!((convolve(&flat, n, 0, 0, &kernel.weights) - 3.5).abs() < 1e-9);
    }
}
