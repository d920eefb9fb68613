//! Pixels that are kept out of backgrounds: a fire must not hide its neighbour.

use super::candidate::Looked;
use super::limits::Limits;
use crate::detect::window::around;
use ndarray::Array2;
use std::collections::BTreeSet;

/// The pixels that must not stand in a background.
pub(super) struct HotPixels {
    pub(super) marks: Array2<bool>,
    list: BTreeSet<(usize, usize)>,
}

impl HotPixels {
    pub(super) fn of(shape: (usize, usize), list: BTreeSet<(usize, usize)>) -> Self {
        let mut hot = HotPixels { marks: Array2::from_elem(shape, false), list: BTreeSet::new() };
        hot.extend(list);
        hot
    }

    /// Puts other pixels in their place; gives those that changed.
    pub(super) fn replace(&mut self, next: BTreeSet<(usize, usize)>) -> Vec<(usize, usize)> {
        let changed: Vec<_> = self.list.symmetric_difference(&next).copied().collect();
        for at in &changed {
            self.marks[*at] = !self.marks[*at];
        }
        self.list = next;
        changed
    }

    /// Adds pixels; gives those that were not there.
    pub(super) fn extend(&mut self, next: BTreeSet<(usize, usize)>) -> Vec<(usize, usize)> {
        let new: Vec<_> = next.difference(&self.list).copied().collect();
        for at in &new {
            self.marks[*at] = true;
        }
        self.list.extend(next);
        new
    }
}

/// Pixels and all that touch them.
pub(super) fn grown(pixels: impl Iterator<Item = (usize, usize)>, shape: (usize, usize)) -> BTreeSet<(usize, usize)> {
    let near = |at| {
        let (lines, columns) = around(at, 1, shape);
        lines.flat_map(move |line| columns.clone().map(move |column| (line, column)))
    };
    pixels.flat_map(near).collect()
}

/// Anomalies, and all that touches a very strong one.
pub(super) fn hot_pixels(shape: (usize, usize), looked: &[Looked], limit: &Limits) -> BTreeSet<(usize, usize)> {
    let candidates = || looked.iter().flat_map(|l| &l.candidates);
    let very_strong = candidates().filter(|c| c.judged.is_some_and(|j| j.z > f64::from(limit.t.strong_z)));
    let mut hot = grown(very_strong.map(|c| c.at), shape);
    hot.extend(candidates().filter(|c| limit.is_hot(c)).map(|c| c.at));
    hot
}

/// Tiles that reach a changed pixel must be judged again; for the others nothing has changed.
pub(super) fn mark_stale(looked: &mut [Looked], changed: &[(usize, usize)]) {
    for l in looked.iter_mut().filter(|l| !l.candidates.is_empty()) {
        let tile = &l.tile;
        l.stale = changed.iter().any(|at| tile.outer_lines.contains(&at.0) && tile.outer_columns.contains(&at.1));
    }
}
