//! One fire that two scans saw is one fire (ALGORITHMS 2.1, 8.5): towards the edges the lines of a scan overlap those of
//! the next.

use crate::fire::FirePixel;
use std::cmp::Ordering;

/// A fire pixel with what merging needs.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Line and column in the window.
    pub at: (usize, usize),
    /// Granule and scan that saw it.
    pub scan: (usize, usize),
    /// The shorter side of the pixel, m.
    pub side_m: f64,
    /// The fire.
    pub fire: FirePixel,
}

/// More fire pixels than any overpass has shown.
const MOST_FIRES: usize = 100_000;

/// Merges fires of different scans nearer than `share` of a pixel and at most `reach` lines apart, which come in line
/// order: the more confident stays, of equals the more powerful; powers are never added. Gives the fires in line order
/// and how many were merged into others.
pub fn merge_duplicates(seen: Vec<Seen>, share: f64, reach: usize) -> (Vec<FirePixel>, usize) {
    let all = seen.len();
    if all > MOST_FIRES {
        // each would meet thousands: no overpass has so many fires, its temperatures are wrong
        tracing::warn!("{all} fire pixels in one overpass: duplicates of two scans are not looked for");
        return (seen.into_iter().map(|seen| seen.fire).collect(), 0);
    }
    let mut kept: Vec<Seen> = Vec::with_capacity(all);
    // the line of a kept one can have moved on to that of its duplicate: look twice as far back
    let is_near = |old: &Seen, new: &Seen| new.at.0.abs_diff(old.at.0) <= 2 * reach;
    for new in seen {
        let recent = kept.iter().rposition(|old| !is_near(old, &new)).map_or(0, |i| i + 1);
        match kept[recent..].iter_mut().find(|old| is_same(old, &new, share, reach)) {
            Some(old) if better(&new.fire, &old.fire) => *old = new,
            Some(_) => {}
            None => kept.push(new),
        }
    }
    kept.sort_by_key(|seen| seen.at);
    let merged = all - kept.len();
    (kept.into_iter().map(|seen| seen.fire).collect(), merged)
}

fn is_same(a: &Seen, b: &Seen, share: f64, reach: usize) -> bool {
    a.scan != b.scan
        && a.at.0.abs_diff(b.at.0) <= reach
        && a.fire.place.distance_m(b.fire.place) < share * a.side_m.min(b.side_m)
}

fn better(a: &FirePixel, b: &FirePixel) -> bool {
    let power = |fire: &FirePixel| fire.frp_mw.unwrap_or(f64::NEG_INFINITY);
    a.confidence.cmp(&b.confidence).then(power(a).total_cmp(&power(b))) == Ordering::Greater
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::Confidence;
    use crate::place::LonLat;
    use crate::time::Utc;

    /// A fire `north_m` metres north of 36.5 N.
    fn seen(line: usize, scan: usize, north_m: f64, confidence: Confidence, frp: f64) -> Seen {
        let place = LonLat::new(102.0, 36.5 + north_m / 111_195.0).expect("on earth");
        let time = Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("a time");
        let fire = FirePixel { confidence, frp_mw: Some(frp), ..FirePixel::bare(format!("{line}"), time, place) };
        Seen { at: (line, 0), scan: (0, scan), side_m: 400.0, fire }
    }

    fn ids(seen: Vec<Seen>) -> (Vec<String>, usize) {
        let (fires, merged) = merge_duplicates(seen, 0.5, 64);
        (fires.into_iter().map(|fire| fire.id).collect(), merged)
    }

    use Confidence::{High, Nominal};

    #[test]
    fn half_a_pixel_apart_in_two_scans_is_one() {
        let pair = |metres| vec![seen(31, 0, 0.0, Nominal, 5.0), seen(33, 1, metres, Nominal, 7.0)];
        assert_eq!(ids(pair(199.0)), (vec!["33".to_string()], 1));
        assert_eq!(ids(pair(201.0)).1, 0);
    }

    #[test]
    fn neighbours_in_one_scan_are_two() {
        assert_eq!(ids(vec![seen(30, 0, 0.0, Nominal, 5.0), seen(31, 0, 10.0, Nominal, 7.0)]).1, 0);
    }

    #[test]
    fn confidence_goes_before_power() {
        let pair = vec![seen(31, 0, 0.0, High, 5.0), seen(33, 1, 10.0, Nominal, 7.0)];
        assert_eq!(ids(pair), (vec!["31".to_string()], 1));
    }

    #[test]
    fn the_same_place_much_later_is_another() {
        assert_eq!(ids(vec![seen(0, 0, 0.0, High, 5.0), seen(65, 2, 0.0, High, 5.0)]).1, 0);
    }
}
