//! The day's limit of BT4: the median M over 501 x 501 pixels, between a floor and a cap (ALGORITHMS 2.5).
//!
//! M is never computed: BT4 > M + a says that more than half of the valid pixels are colder than BT4 - a. Temperatures
//! count in whole steps of 1/64 K, far below the noise of I4, and of two middle values the upper one is M. Counts over
//! whole blocks answer most questions; the others are counted pixel by pixel, or over sliding histograms where
//! they are many (hot deserts), with the same answers.

use super::sliding::count_around;
use crate::detect::swath::ground::{Ground, Mark};
use crate::detect::window::around;
use crate::thresholds::ViirsThresholds;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::OnceLock;

/// Steps of temperature in a kelvin.
pub(super) const STEPS_PER_K: f32 = 64.0;
/// Lines and columns of a block.
const BLOCK: usize = 64;
/// Lines whose questions are answered together.
const BAND: usize = 128;
/// More questions than this in a band are cheaper over sliding histograms.
const MANY: usize = 400;

/// Valid pixels, and how many of them are colder than some temperature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub valid: usize,
    pub colder: usize,
}

/// Answers whether pixels are above the limit.
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

    /// BT4 > min(cap, max(floor, M + a)) for each of some pixels in line order, above the cap only where too few pixels
    /// are valid; `false` for those that `asks` leaves out.
    pub fn is_below(&self, pixels: &[(usize, usize)], asks: impl Fn((usize, usize)) -> bool + Sync) -> Vec<bool> {
        let bands: Vec<_> = pixels.chunk_by(|a, b| a.0 / BAND == b.0 / BAND).collect();
        let answers: Vec<Vec<bool>> = bands.into_par_iter().map(|band| self.of_band(band, &asks)).collect();
        answers.concat()
    }

    fn of_band(&self, pixels: &[(usize, usize)], asks: impl Fn((usize, usize)) -> bool) -> Vec<bool> {
        let t = self.t;
        let (mut answers, mut open, mut questions) = (Vec::with_capacity(pixels.len()), Vec::new(), Vec::new());
        for (i, at) in pixels.iter().enumerate() {
            let mir = self.ground.mir[self.ground.index(*at)];
            let asked = mir > t.median_floor_k.min(t.median_cap_k) && asks(*at);
            let clear = asked && (mir > t.median_cap_k || self.is_surely_above_median(*at));
            answers.push(clear);
            if asked && !clear {
                open.push(i);
                questions.push((*at, mir - t.median_add_k));
            }
        }
        for (i, count) in open.into_iter().zip(self.counts(&questions, MANY)) {
            answers[i] = self.decides(count);
        }
        answers
    }

    fn half(&self) -> usize {
        (self.t.median_side.round().max(1.0) as usize) / 2
    }

    fn decides(&self, count: Count) -> bool {
        count.valid as f32 >= self.t.median_least_count && count.colder > count.valid / 2
    }

    /// Counts around the pixels of a band, in the way that is cheaper.
    fn counts(&self, questions: &[((usize, usize), f32)], many: usize) -> Vec<Count> {
        if questions.len() > many {
            let range = (self.t.median_floor_k - self.t.median_add_k, self.t.median_cap_k - self.t.median_add_k);
            return count_around(self.ground, self.marks, self.half(), range, questions);
        }
        let each = |(at, kelvin): &((usize, usize), f32)| {
            let (lines, columns) = around(*at, self.half(), self.ground.shape);
            self.count(lines, columns, *kelvin)
        };
        questions.par_iter().map(each).collect()
    }

    /// Counts every pixel of a rectangle.
    fn count(&self, lines: Range<usize>, columns: Range<usize>, kelvin: f32) -> Count {
        let kelvin = (kelvin * STEPS_PER_K).floor() / STEPS_PER_K;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::swath::made::{Made, even};
    use crate::scene::BandRole;
    use crate::scene::swath::Instrument;

    /// Both ways of counting, over windows cut by all edges, with holes and jumps between questions.
    #[test]
    fn sliding_counts_are_plain_counts() {
        let mut scene = even(Instrument::ViirsI, true, (90, 150));
        for at in (0..90).flat_map(|l| (0..150).map(move |c| (l, c))) {
            scene.put(BandRole::Mir, at, 322.0 + ((at.0 * 7919 + at.1 * 104_729 + at.0 * at.1) % 1000) as f32 / 100.0);
        }
        let ground = Ground::of(&scene).expect("bands");
        let marks: Vec<Mark> = (0..90 * 150).map(|i| Mark::default().with(Mark::VALID, i % 7 != 0)).collect();
        let t = ViirsThresholds { median_side: 41.0, ..ViirsThresholds::default() };
        let limit = MedianLimit::new(&ground, &marks, &t);
        let asked = (3..88).filter(|l| l % 5 != 2).flat_map(|l| (0..150).map(move |c| (l, c)));
        let questions: Vec<_> = asked
            .filter(|at| at.1 % 3 == 0 && !(40..110).contains(&at.1))
            .map(|at| (at, ground.mir[ground.index(at)].clamp(325.001, 330.0)))
            .collect();
        assert_eq!(limit.counts(&questions, 0), limit.counts(&questions, usize::MAX));
    }
}
