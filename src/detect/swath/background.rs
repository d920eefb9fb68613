//! What surrounds a candidate: means and mean absolute deviations over a growing window (ALGORITHMS 0.2, 1.5, 2.6).

use super::ground::{Ground, Mark};
use crate::detect::window::around;
use std::ops::Range;

/// A mean and the mean absolute deviation about it, both kelvin.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Mean absolute deviation about the mean (neither the median's nor the standard one).
    pub deviation: f64,
}

/// Statistics of a window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Statistics {
    /// Valid pixels.
    pub valid: usize,
    /// Pixels too hot for a background.
    pub hot: usize,
    /// Water pixels, valid or not.
    pub water: usize,
    /// MIR over the valid pixels.
    pub mir: Spread,
    /// Window band over the valid pixels.
    pub tir: Spread,
    /// MIR minus window band over the valid pixels.
    pub difference: Spread,
    /// MIR over the hot pixels; zero without any.
    pub hot_mir: Spread,
}

/// Which pixels of a window count, by their marks.
#[derive(Debug, Clone, Copy)]
pub struct Surface {
    /// Marks that are looked at beside `VALID` or `HOT`.
    pub mask: Mark,
    /// What they must be.
    pub wanted: Mark,
}

impl Surface {
    /// Whatever the surface.
    pub const ANY: Surface = Surface { mask: Mark(0), wanted: Mark(0) };
    /// Land only.
    pub const LAND: Surface = Surface { mask: Mark::WATER, wanted: Mark(0) };
    /// Water only.
    pub const WATER: Surface = Surface { mask: Mark::WATER, wanted: Mark::WATER };

    #[inline]
    /// Whether a pixel is of this surface and in a state.
    pub fn has(self, mark: Mark, state: Mark) -> bool {
        mark.0 & (self.mask.0 | state.0) == self.wanted.0 | state.0
    }
}

/// How a window grows and when it suffices.
#[derive(Debug, Clone, Copy)]
pub struct Growth {
    /// Half sides.
    pub halves: (usize, usize),
    /// Share of valid pixels.
    pub fraction: f32,
    /// Number of valid pixels.
    pub count: f32,
    /// Both, or one of them.
    pub both: bool,
    /// Pixels along the scan on each side of the candidate that never count.
    pub beside: usize,
}

impl Growth {
    /// Sides in pixels to half sides.
    pub fn sides(first: f32, last: f32) -> (usize, usize) {
        let half = |side: f32| (side.round().max(1.0) as usize) / 2;
        (half(first), half(last))
    }
}

/// The lines of a window around a candidate, each with the parts of it that count: all but the candidate and what lies
/// beside it along the scan.
pub struct Around {
    lines: Range<usize>,
    columns: Range<usize>,
    at: (usize, usize),
    beside: usize,
}

impl Around {
    /// The window of a half side, cut at the edges.
    pub fn new(ground: &Ground, at: (usize, usize), half: usize, beside: usize) -> Self {
        let (lines, columns) = around(at, half, ground.shape);
        Around { lines, columns, at, beside }
    }

    /// Ranges of the flat slices, in line order.
    pub fn runs(&self, width: usize) -> impl Iterator<Item = Range<usize>> + '_ {
        self.lines.clone().flat_map(move |line| {
            let start = line * width;
            let own = line == self.at.0;
            let gap = if own {
                self.at.1.saturating_sub(self.beside).max(self.columns.start)
                    ..(self.at.1 + self.beside + 1).min(self.columns.end)
            } else {
                self.columns.end..self.columns.end
            };
            [start + self.columns.start..start + gap.start, start + gap.end..start + self.columns.end]
        })
    }
}

/// Half side of the first window with enough valid pixels; `None` where none has.
pub fn grown(ground: &Ground, marks: &[Mark], at: (usize, usize), surface: Surface, growth: &Growth) -> Option<usize> {
    (growth.halves.0..=growth.halves.1).find(|half| {
        let window = Around::new(ground, at, *half, growth.beside);
        let valid: usize =
            window.runs(ground.shape.1).map(|run| count(&marks[run], |mark| surface.has(mark, Mark::VALID))).sum();
        let side = (2 * half + 1) as f32;
        let share = valid as f32 >= growth.fraction * side * side;
        let number = valid as f32 >= growth.count;
        valid > 0 && if growth.both { share && number } else { share || number }
    })
}

fn count(marks: &[Mark], like: impl Fn(Mark) -> bool) -> usize {
    marks.iter().filter(|mark| like(**mark)).count()
}

/// Statistics of a window.
pub fn statistics(ground: &Ground, marks: &[Mark], window: &Around, surface: Surface) -> Statistics {
    let width = ground.shape.1;
    let mut s = Statistics::default();
    let (mut mir, mut tir, mut hot_mir) = (0.0, 0.0, 0.0);
    for i in window.runs(width).flatten() {
        let mark = marks[i];
        s.water += usize::from(mark.any(Mark::WATER));
        if surface.has(mark, Mark::VALID) {
            s.valid += 1;
            mir += f64::from(ground.mir[i]);
            tir += f64::from(ground.tir[i]);
        } else if surface.has(mark, Mark::HOT) {
            s.hot += 1;
            hot_mir += f64::from(ground.mir[i]);
        }
    }
    let (valid, hot) = (s.valid.max(1) as f64, s.hot.max(1) as f64);
    (s.mir.mean, s.tir.mean, s.difference.mean) = (mir / valid, tir / valid, (mir - tir) / valid);
    s.hot_mir.mean = hot_mir / hot;
    for i in window.runs(width).flatten() {
        let (mir, tir) = (f64::from(ground.mir[i]), f64::from(ground.tir[i]));
        if surface.has(marks[i], Mark::VALID) {
            s.mir.deviation += (mir - s.mir.mean).abs();
            s.tir.deviation += (tir - s.tir.mean).abs();
            s.difference.deviation += (mir - tir - s.difference.mean).abs();
        } else if surface.has(marks[i], Mark::HOT) {
            s.hot_mir.deviation += (mir - s.hot_mir.mean).abs();
        }
    }
    s.mir.deviation /= valid;
    s.tir.deviation /= valid;
    s.difference.deviation /= valid;
    s.hot_mir.deviation /= hot;
    s
}

/// Mean over the valid pixels of a window that `value` knows; `None` where it knows none.
pub fn mean_of(
    ground: &Ground,
    marks: &[Mark],
    window: &Around,
    surface: Surface,
    value: impl Fn(usize) -> Option<f64>,
) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0usize);
    for i in window.runs(ground.shape.1).flatten().filter(|i| surface.has(marks[*i], Mark::VALID)) {
        if let Some(value) = value(i) {
            sum += value;
            count += 1;
        }
    }
    (count > 0).then(|| sum / count as f64)
}
