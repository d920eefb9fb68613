//! The part of a disk that is simulated, as radiances of one band: plain land, the site over it, fires, noise.

use super::slot::Slot;
use crate::bands::Band;
use crate::frame::sparks;
use crate::navigation::DiskGrid;
use crate::optics::Optics;
use crate::seeds::{mix, normal};
use crate::site::Canvas;
use crate::terrain::BOX;
use rayon::prelude::*;

/// A rectangle of a grid: 0-based first column and line, and how many of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub col: usize,
    pub line: usize,
    pub cols: usize,
    pub lines: usize,
}

impl Extent {
    /// The same ground in a grid so many times finer.
    pub fn finer(&self, times: usize) -> Extent {
        Extent { col: self.col * times, line: self.line * times, cols: self.cols * times, lines: self.lines * times }
    }
}

/// One satellite's view of the site.
pub struct View<'a> {
    slot: &'a Slot,
    /// The coarsest grid of its bands.
    grid: DiskGrid,
    pub extent: Extent,
    canvas: Canvas,
}

impl<'a> View<'a> {
    /// The site and so many pixels of the coarsest grid round it; a pixel is made of `cells` by `cells`.
    pub fn new(slot: &'a Slot, grid: DiskGrid, cells: usize, margin: usize) -> Self {
        let extent = extent(&grid, margin);
        View { slot, grid, extent, canvas: Canvas::new(&slot.setting, grid, cells, &slot.around.plumes) }
    }

    /// Radiances (W m-2 sr-1 um-1) of a band, row by row, at its own resolution. `tag` keeps noise of bands apart.
    pub fn radiances(&self, band: Band, tag: u64) -> Vec<f64> {
        let optics = Optics::new(band);
        let grid = self.grid.finer(band.fineness);
        let extent = self.extent.finer(band.fineness);
        let patch = self.canvas.view(&optics);
        let fires = sparks(&self.slot.fires, &self.slot.around, &self.slot.setting, &optics, &grid);
        let noise_key = mix(self.slot.setting.noise_key ^ mix(tag));
        (0..extent.lines)
            .into_par_iter()
            .flat_map_iter(|row| {
                let line = extent.line + row;
                let (optics, patch, fires) = (&optics, &patch, &fires);
                let key = mix(noise_key ^ line as u64);
                (extent.col..extent.col + extent.cols).map(move |col| {
                    let inside = (patch.line..patch.line + patch.lines).contains(&line)
                        && (patch.col..patch.col + patch.cols).contains(&col);
                    let (near, weight) = if inside {
                        patch.pixels[(line - patch.line) * patch.cols + col - patch.col]
                    } else {
                        (0.0, 0.0)
                    };
                    let (near, weight) = (f64::from(near), f64::from(weight));
                    let far = if weight < 1.0 { self.plain(optics, &grid, col, line) } else { 0.0 };
                    let spark = fires.get(&(line, col)).copied().unwrap_or_default();
                    let ground = far + weight * (near - far);
                    let noise = optics.noise() * normal(mix(key.wrapping_add(col as u64)));
                    ground * (1.0 - spark.share) + spark.added + noise
                })
            })
            .collect()
    }

    fn plain(&self, optics: &Optics, grid: &DiskGrid, col: usize, line: usize) -> f64 {
        grid.lon_lat(col as f64, line as f64)
            .map_or(0.0, |(lon, lat)| optics.radiance(&self.slot.setting.plain_cell(lon, lat)))
    }
}

/// The rectangle that holds the box of the site with a margin. Its sides are even, so that no pixel is cut.
fn extent(grid: &DiskGrid, margin: usize) -> Extent {
    let corners = [(0, 2), (0, 3), (1, 2), (1, 3)].map(|(i, j)| grid.locate(BOX[i], BOX[j]).unwrap_or((0.0, 0.0)));
    let range = |pick: fn(&(f64, f64)) -> f64| {
        let low = corners.iter().map(pick).fold(f64::MAX, f64::min);
        let high = corners.iter().map(pick).fold(f64::MIN, f64::max);
        let first = (low.floor() as usize).saturating_sub(margin) / 2 * 2;
        (first, (high.ceil() as usize + margin + 1 - first).next_multiple_of(2))
    };
    let (col, cols) = range(|c| c.0);
    let (line, lines) = range(|c| c.1);
    Extent { col, line, cols, lines }
}
