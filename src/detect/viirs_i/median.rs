//! The day's limit of BT4: the median M over 501 x 501 pixels, between a floor and a cap (ALGORITHMS 2.5).
//!
//! M is never computed: BT4 > M + a says that more than half of the valid pixels are colder than BT4 - a (the upper
//! one of two middle values counts as M), and counts over whole blocks answer that for most candidates.

use crate::detect::swath::ground::{Ground, Mark};
use crate::detect::window::around;
use crate::thresholds::ViirsThresholds;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::OnceLock;

/// Lines and columns of a block.
const BLOCK: usize = 64;

/// Valid pixels, and how many of them are colder than some temperature.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    valid: usize,
    colder: usize,
}

/// Answers whether a pixel is above the limit.
pub(super) struct MedianLimit<'a> {
    ground: &'a Ground<'a>,
    marks: &'a [Mark],
    t: &'a ViirsThresholds,
    /// Counts of pixels colder than the floor, of each block, made when the first candidate asks.
    blocks: OnceLock<Vec<Count>>,
}

impl<'a> MedianLimit<'a> {
    pub fn new(ground: &'a Ground<'a>, marks: &'a [Mark], t: &'a ViirsThresholds) -> Self {
        MedianLimit { ground, marks, t, blocks: OnceLock::new() }
    }

    /// BT4 > min(cap, max(floor, M + a)); above the cap only, where too few pixels are valid.
    pub fn is_below(&self, at: (usize, usize), mir: f32) -> bool {
        let t = self.t;
        if mir > t.median_cap_k {
            return true;
        }
        mir > t.median_floor_k && (self.is_surely_above_median(at) || self.is_above_median(at, mir - t.median_add_k))
    }

    fn half(&self) -> usize {
        (self.t.median_side.round().max(1.0) as usize) / 2
    }

    fn decides(&self, count: Count) -> bool {
        count.valid as f32 >= self.t.median_least_count && count.colder > count.valid / 2
    }

    /// Counts every pixel of the window.
    fn is_above_median(&self, at: (usize, usize), kelvin: f32) -> bool {
        let (lines, columns) = around(at, self.half(), self.ground.shape);
        self.decides(self.count(lines, columns, kelvin))
    }

    fn count(&self, lines: Range<usize>, columns: Range<usize>, kelvin: f32) -> Count {
        let mut count = Count::default();
        for line in lines {
            let run = line * self.ground.shape.1 + columns.start..line * self.ground.shape.1 + columns.end;
            let (mut valid, mut colder) = (0u32, 0u32);
            for (mark, mir) in self.marks[run.clone()].iter().zip(&self.ground.mir[run]) {
                let is = u32::from(mark.any(Mark::VALID));
                valid += is;
                colder += is & u32::from(*mir < kelvin);
            }
            count.valid += valid as usize;
            count.colder += colder as usize;
        }
        count
    }

    /// Whether so many pixels of the whole blocks in the window are below the floor that those of the cut ones cannot
    /// change the answer.
    fn is_surely_above_median(&self, at: (usize, usize)) -> bool {
        let (lines, columns) = around(at, self.half(), self.ground.shape);
        let inner = |range: &Range<usize>, all: usize| {
            range.start.div_ceil(BLOCK)..if range.end == all { all.div_ceil(BLOCK) } else { range.end / BLOCK }
        };
        let (rows, across) = (inner(&lines, self.ground.shape.0), inner(&columns, self.ground.shape.1));
        let width = self.ground.shape.1.div_ceil(BLOCK);
        let blocks = self.blocks.get_or_init(|| self.count_blocks());
        let (mut sure, mut pixels) = (Count::default(), 0);
        for row in rows {
            for block in across.clone() {
                let count = blocks[row * width + block];
                sure.valid += count.valid;
                sure.colder += count.colder;
                let end = |block: usize, all: usize| ((block + 1) * BLOCK).min(all) - block * BLOCK;
                pixels += end(row, self.ground.shape.0) * end(block, self.ground.shape.1);
            }
        }
        let others = lines.len() * columns.len() - pixels;
        sure.valid as f32 >= self.t.median_least_count && sure.colder > (sure.valid + others) / 2
    }

    fn count_blocks(&self) -> Vec<Count> {
        let (height, width) = (self.ground.shape.0.div_ceil(BLOCK), self.ground.shape.1.div_ceil(BLOCK));
        let floor = self.t.median_floor_k - self.t.median_add_k;
        let part = |block: usize, all: usize| block * BLOCK..((block + 1) * BLOCK).min(all);
        let row = |row| (0..width).map(move |block| (row, block));
        (0..height)
            .into_par_iter()
            .flat_map_iter(row)
            .map(|(row, block)| self.count(part(row, self.ground.shape.0), part(block, self.ground.shape.1), floor))
            .collect()
    }
}
