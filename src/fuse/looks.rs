//! The looks at a region, and the fires that each shows.

use super::marks::{Kind, Mark};
use super::peaks::fires_of_look;
use crate::thresholds::FuseThresholds;
use std::ops::Range;

/// No satellite passes over one region for longer: half its orbit, seconds.
pub(super) const HALF_ORBIT_S: f64 = 49.0 * 60.0;

/// The fires of all looks of a region, one after the other.
#[derive(Default)]
pub(super) struct Fires {
    /// Positions of marks, those of a fire together and in order.
    pub marks: Vec<usize>,
    /// Where each fire is among them, with the number of its look; by look and first mark.
    pub bounds: Vec<(Range<usize>, usize)>,
}

/// The fires of a region, looks by their first mark.
pub(super) fn fires(marks: &[Mark], region: &[usize], t: &FuseThresholds) -> Fires {
    let mut order: Vec<(u32, usize)> = region.iter().map(|&at| (marks[at].look, at)).collect();
    order.sort_unstable();
    let order: Vec<usize> = order.into_iter().map(|(_, at)| at).collect();
    let mut looks: Vec<&[usize]> = order
        .chunk_by(|&a, &b| marks[a].look == marks[b].look)
        .flat_map(|look| if marks[look[0]].kind == Kind::Pass { passes(marks, look, t) } else { vec![look] })
        .collect();
    looks.sort_unstable_by_key(|look| look[0]);
    let mut fires = Fires { marks: Vec::with_capacity(region.len()), bounds: Vec::new() };
    for (number, look) in looks.into_iter().enumerate() {
        if let [only] = look {
            fires.add(&[(*only, *only)], number);
        } else {
            let found = fires_of_look(marks, look, t);
            found.chunk_by(|a, b| a.0 == b.0).for_each(|fire| fires.add(fire, number));
        }
    }
    fires
}

/// The passes of one satellite.
fn passes<'a>(marks: &[Mark], mut look: &'a [usize], t: &FuseThresholds) -> Vec<&'a [usize]> {
    let gap_s = 60.0 * f64::from(t.pass_gap_min);
    let mut passes = Vec::with_capacity(1);
    while let Some(&first) = look.first() {
        let ends = |pair: &[usize]| {
            let (before, at) = (marks[pair[0]].seconds, marks[pair[1]].seconds);
            at - before >= gap_s || at - marks[first].seconds >= HALF_ORBIT_S
        };
        let (pass, rest) = look.split_at(look.windows(2).position(ends).map_or(look.len(), |last| last + 1));
        passes.push(pass);
        look = rest;
    }
    passes
}

impl Fires {
    /// Adds a fire of (its first mark, mark).
    fn add(&mut self, fire: &[(usize, usize)], look: usize) {
        let start = self.marks.len();
        self.marks.extend(fire.iter().map(|(_, at)| at));
        self.bounds.push((start..self.marks.len(), look));
    }
}
