//! Parts of the input that cannot have to do with each other: each is fused by itself, and again alone when it changes.

use super::marks::{Map, Mark, around, cube};

/// No two detections further apart than this in one step can belong together, metres: three standard errors of two
/// geostationary places whose ground's height is not known (4.4 km each), and some more.
const FAR_M: f64 = 25_000.0;
/// Nor further apart in time, seconds: an event ends after 24 hours.
const LONG_S: f64 = 86_400.0;

/// The days of a cube of space, in order, each with its marks.
type Days = Vec<(i64, Vec<usize>)>;

/// Positions of the marks of each region, in their order; regions by their first mark.
///
/// Cells of space and time that touch are one region, so that whatever lies in another is out of reach.
pub(super) fn regions(marks: &[Mark]) -> Vec<Vec<usize>> {
    let mut cells: Map<[i64; 3], Days> = Map::default();
    // marks come in the order of time, and so do the days of each cube
    for (at, mark) in marks.iter().enumerate() {
        let days = cells.entry(cube(mark.xyz_m, FAR_M)).or_default();
        match days.last_mut() {
            Some((last, marks)) if *last == day(mark) => marks.push(at),
            _ => days.push((day(mark), vec![at])),
        }
    }
    let mut regions = Vec::new();
    for mark in marks {
        let (space, day) = (cube(mark.xyz_m, FAR_M), day(mark));
        let Some(mut region) = cells.get_mut(&space).and_then(|days| take(days, day)) else { continue };
        let mut next = vec![(space, day)];
        while let Some((space, day)) = next.pop() {
            for near in around(space, FAR_M) {
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

fn day(mark: &Mark) -> i64 {
    (mark.seconds / LONG_S).floor() as i64
}

/// The marks of a day, once.
fn take(days: &mut Days, day: i64) -> Option<Vec<usize>> {
    let at = days.binary_search_by_key(&day, |(day, _)| *day).ok()?;
    Some(std::mem::take(&mut days[at].1)).filter(|marks| !marks.is_empty())
}
