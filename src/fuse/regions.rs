//! Parts of the input that cannot have to do with each other: each is fused by itself.

use super::marks::{Map, Mark, around, cube};
use super::tracks::reach_m;
use crate::place::Spread;
use crate::thresholds::FuseThresholds;

/// Side of a cell where no place is known badly, metres; else what the errors allow. Two detections that belong together in one
/// step are no further apart.
const SIDE_M: f64 = 25_000.0;

/// The days of a cube of space, in order, each with its marks.
type Days = Vec<(i64, Vec<usize>)>;

/// Positions of the marks of each region, in their order; regions by their first mark.
///
/// Cells of space and time that touch are one region, so that whatever lies in another is out of reach.
pub(super) fn regions(marks: &[Mark], t: &FuseThresholds) -> Vec<Vec<usize>> {
    let error_m = marks.iter().map(Mark::error_m).fold(0.0, f64::max);
    let widest = Spread::around(error_m);
    let side_m = reach_m(widest, widest, t).max(f64::from(t.wander_m)).max(SIDE_M);
    let long_s = 3600.0 * f64::from(t.ends_h.max(t.often_gap_h));
    let day = |mark: &Mark| (mark.seconds / long_s).floor() as i64;
    let mut cells: Map<[i64; 3], Days> = Map::default();
    // marks come in the order of time, and so do the days of each cube
    for (at, mark) in marks.iter().enumerate() {
        let days = cells.entry(cube(mark.xyz_m, side_m)).or_default();
        match days.last_mut() {
            Some((last, marks)) if *last == day(mark) => marks.push(at),
            _ => days.push((day(mark), vec![at])),
        }
    }
    let mut regions = Vec::new();
    for mark in marks {
        let (space, day) = (cube(mark.xyz_m, side_m), day(mark));
        let Some(mut region) = cells.get_mut(&space).and_then(|days| take(days, day)) else { continue };
        let mut next = vec![(space, day)];
        while let Some((space, day)) = next.pop() {
            for near in around(space, side_m) {
                let Some(days) = cells.get_mut(&near) else { continue };
                for day in day - 1..=day + 1 {
                    if let Some(found) = take(days, day) {
                        region.extend(found);
                        next.push((near, day));
                    }
                }
            }
        }
        region.sort_unstable();
        regions.push(region);
    }
    regions
}

/// The marks of a day, once.
fn take(days: &mut Days, day: i64) -> Option<Vec<usize>> {
    let at = days.binary_search_by_key(&day, |(day, _)| *day).ok()?;
    Some(std::mem::take(&mut days[at].1)).filter(|marks| !marks.is_empty())
}
