//! How warm clear ground is around here: a high quantile of the window band over land, a cell of 16 x 16 pixels at a
//! time. A fixed cloud threshold fails on cold ground (ALGORITHMS 2.2, 4.10); clear ground beside the cloud does not.

use crate::scene::Window;
use crate::thresholds::MaskThresholds;
use ndarray::Array2;
use rayon::prelude::*;

/// Side of a cell, pixels.
const CELL: usize = 16;
/// Cells on each side that count too: 5 x 5 cells, 80 x 80 pixels.
const REACH: usize = 2;
/// Fewer land pixels than this say nothing about a neighbourhood (1 per cent of it).
const LEAST: u32 = 64;
/// Histogram: half-kelvin bins from 180 K.
const BINS: usize = 320;
const COLDEST_K: f32 = 180.0;
const BIN_K: f32 = 0.5;

/// Rings of cells from which a cell without enough land takes its value.
const GAP_RINGS: usize = 2;
/// Pixels around a pixel that its clear-sky temperature can depend on: its cell and the next, their reach, and the
/// rings of gaps.
pub const HALO: usize = (2 + REACH + GAP_RINGS) * CELL;

/// Clear-sky temperatures at the centres of cells that are aligned to the full grid.
pub struct ClearSky {
    kelvin: Array2<f32>,
    /// Window's first line and column within its first cell.
    phase: (usize, usize),
}

impl ClearSky {
    /// From the pixels that `usable` accepts.
    pub fn of(
        window: &Window,
        tir: &Array2<f32>,
        t: &MaskThresholds,
        usable: impl Fn((usize, usize)) -> bool + Sync,
    ) -> Self {
        let phase = (window.line0 % CELL, window.column0 % CELL);
        let cells = ((window.lines + phase.0).div_ceil(CELL), (window.columns + phase.1).div_ceil(CELL));
        let histograms: Vec<Vec<Option<Box<[u16; BINS]>>>> = (0..cells.0)
            .into_par_iter()
            .map(|row| {
                let mut of_row = vec![None; cells.1];
                let lines = (row * CELL).saturating_sub(phase.0)..((row + 1) * CELL - phase.0).min(window.lines);
                for line in lines {
                    for column in 0..window.columns {
                        let kelvin = tir[(line, column)];
                        if kelvin > t.coldest_land_k && usable((line, column)) {
                            let bin = ((kelvin - COLDEST_K) / BIN_K) as usize;
                            let cell: &mut Option<Box<[u16; BINS]>> = &mut of_row[(column + phase.1) / CELL];
                            cell.get_or_insert_with(|| Box::new([0; BINS]))[bin.min(BINS - 1)] += 1;
                        }
                    }
                }
                of_row
            })
            .collect();
        let mut kelvin = Array2::from_elem(cells, f32::NAN);
        kelvin.outer_iter_mut().into_par_iter().enumerate().for_each(|(row, mut out)| {
            for (column, value) in out.iter_mut().enumerate() {
                *value = quantile(&histograms, row, column, t.reference_percentile);
            }
        });
        fill_gaps(&mut kelvin);
        ClearSky { kelvin, phase }
    }

    /// Clear-sky temperature (K) at a pixel of the window, bilinear between cell centres; `None` where there is no
    /// land near enough.
    pub fn at(&self, (line, column): (usize, usize)) -> Option<f32> {
        let (rows, columns) = self.kelvin.dim();
        let place = |pixel: usize, phase: usize, cells: usize| {
            let centre = (pixel + phase) as f32 - (CELL as f32 - 1.0) / 2.0;
            let cell = (centre / CELL as f32).clamp(0.0, (cells - 1) as f32);
            let low = (cell as usize).min(cells.saturating_sub(2));
            (low, (low + 1).min(cells - 1), cell - low as f32)
        };
        let (r0, r1, fy) = place(line, self.phase.0, rows);
        let (c0, c1, fx) = place(column, self.phase.1, columns);
        let k = &self.kelvin;
        let top = k[(r0, c0)] * (1.0 - fx) + k[(r0, c1)] * fx;
        let bottom = k[(r1, c0)] * (1.0 - fx) + k[(r1, c1)] * fx;
        let kelvin = top * (1.0 - fy) + bottom * fy;
        (!kelvin.is_nan()).then_some(kelvin)
    }
}

/// Quantile over the cells around one; NaN with too few pixels. The bin's middle stands for its pixels.
fn quantile(histograms: &[Vec<Option<Box<[u16; BINS]>>>], row: usize, column: usize, share: f32) -> f32 {
    let mut sum = [0u32; BINS];
    let rows = row.saturating_sub(REACH)..(row + REACH + 1).min(histograms.len());
    for cells in &histograms[rows] {
        let columns = column.saturating_sub(REACH)..(column + REACH + 1).min(cells.len());
        for cell in cells[columns].iter().flatten() {
            for (total, count) in sum.iter_mut().zip(cell.iter()) {
                *total += u32::from(*count);
            }
        }
    }
    let total: u32 = sum.iter().sum();
    if total < LEAST {
        return f32::NAN;
    }
    let wanted = (f64::from(total) * f64::from(share)).ceil() as u32;
    let mut seen = 0;
    for (bin, count) in sum.iter().enumerate() {
        seen += count;
        if seen >= wanted {
            return COLDEST_K + BIN_K * (bin as f32 + 0.5);
        }
    }
    f32::NAN
}

/// Gives cells without enough land the mean of neighbours that have a value, two rings far: a coast's last pixels
/// still get one, the open sea does not.
fn fill_gaps(kelvin: &mut Array2<f32>) {
    for _ in 0..GAP_RINGS {
        let before = kelvin.clone();
        let (rows, columns) = before.dim();
        for ((row, column), value) in kelvin.indexed_iter_mut() {
            if !value.is_nan() {
                continue;
            }
            let (mut sum, mut count) = (0.0, 0.0);
            for r in row.saturating_sub(1)..(row + 2).min(rows) {
                for c in column.saturating_sub(1)..(column + 2).min(columns) {
                    if !before[(r, c)].is_nan() {
                        sum += before[(r, c)];
                        count += 1.0;
                    }
                }
            }
            *value = sum / count; // 0/0 stays NaN
        }
    }
}
