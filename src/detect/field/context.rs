//! Whether a pixel stands out of its surroundings: means and standard deviations over square windows.
//!
//! Sums over all windows of a block of lines come from tables of running sums, so that a window costs the same whatever
//! its side: on bare loess a million pixels ask, and by windows of 61 x 61.

use super::pixel::Marks;
use super::planes::Planes;
use rayon::prelude::*;
use std::ops::{Range, RangeInclusive};

/// Lines of a block. Part of the result only by the last bits of sums, and the same on any number of threads.
const BLOCK: usize = 64;

/// What a potential fire is compared with.
pub(super) struct Background<'a> {
    pub planes: &'a Planes,
    /// Reflectances divided by the sine of the sun's elevation.
    pub is_corrected: bool,
    /// Whether a pixel with these marks is background.
    pub is_usable: &'a (dyn Fn(Marks) -> bool + Sync),
    /// A pixel beside one without a positive rho7 is none.
    pub needs_valid_neighbours: bool,
    /// Nor are these, by line and column.
    pub but: &'a [(usize, usize)],
}

/// By how much it must stand out.
pub(super) struct Limits {
    /// Half sides of the windows, tried from the least on.
    pub halves: RangeInclusive<usize>,
    /// A window is enough with this share of usable pixels.
    pub least_share: f64,
    pub deviations: f64,
    pub ratio_least: f64,
    pub swir22_least: f64,
}

/// Running sums of usable pixels: how many, rho7/rho5 and rho7, and their squares.
type Sums = [f64; 5];

impl Background<'_> {
    /// Those of some pixels, sorted by line, that stand out.
    pub fn standing_out(&self, of: &[(usize, usize)], limits: &Limits) -> Vec<(usize, usize)> {
        let mut blocks: Vec<&[(usize, usize)]> = Vec::new();
        let mut rest = of;
        while let Some(first) = rest.first() {
            let end = (first.0 / BLOCK + 1) * BLOCK;
            let (block, after) = rest.split_at(rest.partition_point(|at| at.0 < end));
            blocks.push(block);
            rest = after;
        }
        let kept: Vec<Vec<(usize, usize)>> = blocks.into_par_iter().map(|block| self.block(block, limits)).collect();
        kept.concat()
    }

    fn block(&self, of: &[(usize, usize)], limits: &Limits) -> Vec<(usize, usize)> {
        let (lines, columns) = self.planes.flags.dim();
        let far = *limits.halves.end();
        let around = |low: usize, high: usize, size: usize| low.saturating_sub(far)..(high + far + 1).min(size);
        let (Some(first), Some(last)) = (of.first(), of.last()) else { return Vec::new() };
        let least = of.iter().map(|at| at.1).min().unwrap_or(0);
        let most = of.iter().map(|at| at.1).max().unwrap_or(0);
        let table = Table::of(self, around(first.0, last.0, lines), around(least, most, columns));
        let stands_out = |at: &&(usize, usize)| {
            for half in limits.halves.clone() {
                let near = |at: usize, size: usize| at.saturating_sub(half)..(at + half + 1).min(size);
                let (down, across) = (near(at.0, lines), near(at.1, columns));
                let area = (down.len() * across.len()) as f64;
                let sums = table.over(down, across);
                if sums[0] > 0.0 && sums[0] >= limits.least_share * area {
                    return self.is_over(**at, &sums, limits);
                }
            }
            false
        };
        of.iter().filter(stands_out).copied().collect()
    }

    fn is_over(&self, at: (usize, usize), sums: &Sums, limits: &Limits) -> bool {
        let [count, ratios, ratio_squares, values, value_squares] = *sums;
        let over = |value: f64, sum: f64, squares: f64, least: f64| {
            let mean = sum / count;
            let deviation = (squares / count - mean * mean).max(0.0).sqrt();
            value > mean + (limits.deviations * deviation).max(least)
        };
        let (ratio, value) = self.values(at);
        over(ratio, ratios, ratio_squares, limits.ratio_least)
            && over(value, values, value_squares, limits.swir22_least)
    }

    /// rho7/rho5 and rho7.
    fn values(&self, at: (usize, usize)) -> (f64, f64) {
        let (nir, swir22) = (self.planes.nir(at, self.is_corrected), self.planes.swir22(at, self.is_corrected));
        (swir22 / nir, swir22)
    }

    fn is_background(&self, at: (usize, usize)) -> bool {
        (self.is_usable)(self.planes.flags[at])
            && (!self.needs_valid_neighbours || self.planes.has_valid_neighbours(at))
            && self.but.binary_search(&at).is_err()
    }
}

/// Running sums over a part of the window: entry (i, j) is of all pixels above line i and left of column j.
struct Table {
    first: (usize, usize),
    width: usize,
    sums: Vec<Sums>,
}

impl Table {
    fn of(background: &Background, down: Range<usize>, across: Range<usize>) -> Table {
        let width = across.len() + 1;
        let mut sums = vec![[0.0; 5]; width * (down.len() + 1)];
        for (i, line) in down.clone().enumerate() {
            let mut row = [0.0; 5];
            for (j, column) in across.clone().enumerate() {
                let at = (line, column);
                if background.is_background(at) {
                    let (ratio, value) = background.values(at);
                    // a pixel without light at 0.86 um has no ratio and says nothing
                    if ratio.is_finite() {
                        for (sum, term) in row.iter_mut().zip([1.0, ratio, ratio * ratio, value, value * value]) {
                            *sum += term;
                        }
                    }
                }
                let above = sums[i * width + j + 1];
                let here = &mut sums[(i + 1) * width + j + 1];
                for k in 0..5 {
                    here[k] = above[k] + row[k];
                }
            }
        }
        Table { first: (down.start, across.start), width, sums }
    }

    fn over(&self, down: Range<usize>, across: Range<usize>) -> Sums {
        let entry = |line: usize, column: usize| &self.sums[(line - self.first.0) * self.width + column - self.first.1];
        let (a, b) = (entry(down.start, across.start), entry(down.start, across.end));
        let (c, d) = (entry(down.end, across.start), entry(down.end, across.end));
        std::array::from_fn(|k| d[k] - b[k] - c[k] + a[k])
    }
}
