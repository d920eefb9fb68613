//! Parts of the input that cannot have to do with each other: each is fused by itself.

use super::cubes::{Cube, Map, around, cube};
use super::gate::reach_m;
use super::joined::Joined;
use super::marks::Mark;
use crate::fire::FirePixel;
use crate::place::Spread;
use crate::thresholds::FuseThresholds;
use crate::time::Utc;
use std::collections::BTreeSet;

/// Side of a cube where no place is known badly, metres; else what the errors allow. Two detections that belong together in one
/// step are no further apart.
const SIDE_M: f64 = 25_000.0;

/// The days of a cube on which it has marks, in order, each with the number of this cube and day.
type Days = Vec<(i64, usize)>;

/// Positions of the marks of each region, in their order; regions by their first mark.
///
/// Cubes and days that touch are one region, so that whatever lies in another is out of reach. What is made and what was measured are never
/// of one region: a trial must not hide a fire, nor make it one.
pub(super) fn regions(marks: &[Mark], t: &FuseThresholds) -> Vec<Vec<usize>> {
    let widest = marks.iter().map(|mark| mark.spread).reduce(Spread::wider).unwrap_or_default();
    let side_m = reach_m(widest, widest, t).max(f64::from(t.wander_m)).max(SIDE_M);
    let day_s = 3600.0 * f64::from(t.ends_h.max(t.often_gap_h));
    let mut cubes: Map<(Cube, bool), Days> = Map::default();
    let mut joined = Joined::default();
    // marks come in the order of time, and so do the days of each cube
    let cells: Vec<usize> = marks
        .iter()
        .map(|mark| {
            let day = (mark.seconds / day_s).floor() as i64;
            let days = cubes.entry((cube(mark.point, side_m), mark.pixel.simulated)).or_default();
            match days.last() {
                Some(&(last, cell)) if last == day => cell,
                _ => {
                    let cell = joined.add();
                    days.push((day, cell));
                    cell
                }
            }
        })
        .collect();
    for ((cube, simulated), days) in &cubes {
        for near in around(*cube).filter_map(|near| cubes.get(&(near, *simulated))) {
            join_touching(days, near, &mut joined);
        }
    }
    let mut regions: Vec<Vec<usize>> = Vec::new();
    let mut of_root: Vec<Option<usize>> = vec![None; joined.len()];
    for (at, cell) in cells.into_iter().enumerate() {
        let region = *of_root[joined.root(cell)].get_or_insert_with(|| {
            regions.push(Vec::new());
            regions.len() - 1
        });
        regions[region].push(at);
    }
    regions
}

/// The detections that some of them can have to do with.
pub struct Concerned {
    /// Their ids.
    pub ids: BTreeSet<String>,
    /// Times of the first and the last; `None` where none of those asked for burns.
    pub span: Option<(Utc, Utc)>,
}

/// What may change when the detections for which `is_asked` says so come or go: all that are in one region with them. Detections
/// more than two days before the first and after the last of these have nothing to do with them.
pub fn concerned(pixels: &[FirePixel], is_asked: impl Fn(&FirePixel) -> bool, t: &FuseThresholds) -> Concerned {
    let marks = super::marks::marks(pixels);
    let mut concerned = Concerned { ids: BTreeSet::new(), span: None };
    for region in regions(&marks, t) {
        if !region.iter().any(|&at| is_asked(marks[at].pixel)) {
            continue;
        }
        for pixel in region.iter().map(|&at| marks[at].pixel) {
            let (first, last) = concerned.span.unwrap_or((pixel.time, pixel.time));
            concerned.span = Some((first.min(pixel.time), last.max(pixel.time)));
            concerned.ids.insert(pixel.id.clone());
        }
    }
    concerned
}

/// Joins the days of two cubes that are the same or follow each other.
fn join_touching(days: &Days, near: &Days, joined: &mut Joined) {
    let mut from = 0;
    for &(day, cell) in days {
        from += near[from..].iter().take_while(|(other, _)| *other < day - 1).count();
        for &(_, other) in near[from..].iter().take_while(|(other, _)| *other <= day + 1) {
            joined.join(cell, other);
        }
    }
}
