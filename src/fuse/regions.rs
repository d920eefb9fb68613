//! Parts of the input that cannot have to do with each other: each is fused by itself, and again alone when it changes.

use super::marks::{Mark, around, cube};
use std::collections::HashMap;

/// No two detections further apart than this in one step can belong together, metres: three standard errors of two
/// geostationary places whose ground's height is not known (4.4 km each), and some more.
const FAR_M: f64 = 25_000.0;
/// Nor further apart in time, seconds: an event ends after 24 hours.
const LONG_S: f64 = 86_400.0;

type Cell = ([i64; 3], i64);

/// Positions of the marks of each region, in their order; regions by their first mark.
///
/// Cells of space and time that touch are one region, so that whatever lies in another is out of reach.
pub(super) fn regions(marks: &[Mark]) -> Vec<Vec<usize>> {
    let mut cells: HashMap<Cell, Vec<usize>> = HashMap::new();
    for (at, mark) in marks.iter().enumerate() {
        cells.entry(cell(mark)).or_default().push(at);
    }
    let mut regions = Vec::new();
    for mark in marks {
        let Some(first) = cells.remove(&cell(mark)) else { continue };
        let mut region = first;
        let mut next = vec![cell(mark)];
        while let Some((space, day)) = next.pop() {
            for near in around(space).flat_map(|space| (-1..=1).map(move |step| (space, day + step))) {
                if let Some(found) = cells.remove(&near) {
                    region.extend(found);
                    next.push(near);
                }
            }
        }
        region.sort_unstable();
        regions.push(region);
    }
    regions
}

fn cell(mark: &Mark) -> Cell {
    (cube(mark.xyz_m, FAR_M), (mark.seconds / LONG_S).floor() as i64)
}
