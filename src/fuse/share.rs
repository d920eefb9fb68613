//! Coarse looks explained by finer ones: what a coarse sensor saw belongs to the fires that a finer one shows inside it,
//! and makes an event of its own only where there is none.

use super::marks::{Kind, Map, around, cube, xyz_m};
use super::spot::{LEVELS, Spot};
use super::tracks::{Track, is_one_place, reach_m};
use crate::place::{LonLat, Spread};
use crate::thresholds::FuseThresholds;

/// The tracks of one event.
pub(super) struct Group {
    /// Its tracks, the one that founded it first.
    pub parts: Vec<Part>,
    place: LonLat,
    spread: Spread,
    /// Times of its looks, in order: seconds since J2000.
    times_s: Vec<f64>,
}

/// A track of an event.
pub(super) struct Part {
    /// Position of the track.
    pub track: usize,
    /// Share of its power that is this event's.
    pub share: f64,
    /// Whether its detections are counted here, and not in another event that shares them.
    pub counts: bool,
}

/// A track as a whole.
struct Whole {
    place: LonLat,
    spread: Spread,
    times_s: Vec<f64>,
    gap_s: f64,
}

/// The events of a region, from the finest level to the coarsest; each detection counts in exactly one of them.
pub(super) fn groups(tracks: &[Track], spots: &[Spot], t: &FuseThresholds) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for level in 0..LEVELS {
        let of_level = (0..tracks.len()).filter(|&at| tracks[at].level == level);
        let wholes: Vec<(usize, Whole)> = of_level.map(|at| (at, Whole::of(&tracks[at], spots, t))).collect();
        let widest = wholes.iter().map(|(_, whole)| whole.spread).reduce(Spread::wider).unwrap_or_default();
        let index = Index::new(&groups, widest, t);
        let explained: Vec<Vec<usize>> = wholes.iter().map(|(_, whole)| index.explaining(&groups, whole, t)).collect();
        // first all are asked, then added: no track of a level depends on another of it
        for ((at, whole), explained) in wholes.iter().zip(explained) {
            match explained.as_slice() {
                [] => groups.push(Group::founded(*at, whole)),
                some => {
                    let shares = shares(&groups, some, tracks, spots);
                    for (n, (&group, share)) in some.iter().zip(shares).enumerate() {
                        groups[group].add(Part { track: *at, share, counts: n == 0 }, whole);
                    }
                }
            }
        }
    }
    groups
}

impl Whole {
    fn of(track: &Track, spots: &[Spot], t: &FuseThresholds) -> Self {
        let of_track = || track.spots.iter().map(|&at| &spots[at]);
        let first = &spots[track.spots[0]];
        let part = 1.0 / track.spots.len() as f64;
        let (east, north) = of_track().fold((0.0, 0.0), |sum, spot| {
            let (east, north) = spot.place.offset_m(first.place);
            (sum.0 + part * east, sum.1 + part * north)
        });
        Whole {
            place: first.place.moved_m(east, north).unwrap_or(first.place),
            spread: of_track().fold(Spread::default(), |sum, spot| sum.and(spot.spread.times(part))),
            times_s: of_track().map(|spot| spot.seconds).collect(),
            gap_s: of_track().map(|spot| spot.kind).fold(Kind::Pass.gap_s(t), |gap, kind| gap.min(kind.gap_s(t))),
        }
    }
}

impl Group {
    fn add(&mut self, part: Part, whole: &Whole) {
        self.parts.push(part);
        self.times_s.extend(&whole.times_s);
        self.times_s.sort_by(f64::total_cmp);
    }

    fn founded(track: usize, whole: &Whole) -> Self {
        Group {
            parts: vec![Part { track, share: 1.0, counts: true }],
            place: whole.place,
            spread: whole.spread,
            times_s: whole.times_s.clone(),
        }
    }
}

/// Groups of the finer levels by place.
struct Index {
    cell_m: f64,
    cells: Map<[i64; 3], Vec<usize>>,
}

impl Index {
    /// For looking up the groups around places with errors up to `widest`.
    fn new(groups: &[Group], widest: Spread, t: &FuseThresholds) -> Self {
        let of_groups = groups.iter().map(|group| group.spread).reduce(Spread::wider).unwrap_or_default();
        let cell_m = reach_m(of_groups, widest, t);
        let mut cells: Map<[i64; 3], Vec<usize>> = Map::default();
        for (at, group) in groups.iter().enumerate() {
            cells.entry(cube(xyz_m(group.place), cell_m)).or_default().push(at);
        }
        Index { cell_m, cells }
    }

    /// Groups that a coarser track may be a look at, the likeliest first; none that is far less likely than that.
    fn explaining(&self, groups: &[Group], whole: &Whole, t: &FuseThresholds) -> Vec<usize> {
        let near = around(cube(xyz_m(whole.place), self.cell_m), self.cell_m)
            .filter_map(|cell| self.cells.get(&cell))
            .flatten();
        let mut fits: Vec<(f64, usize)> = near
            .filter(|&&at| groups[at].apart_s(whole) <= whole.gap_s)
            .filter_map(|&at| {
                let place = (groups[at].place, groups[at].spread);
                Some((is_one_place((whole.place, whole.spread), place, t)?, at))
            })
            .collect();
        fits.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let least = fits.first().map_or(0.0, |fit| fit.0);
        fits.retain(|fit| fit.0 <= least + f64::from(t.as_likely));
        fits.into_iter().map(|fit| fit.1).collect()
    }
}

impl Group {
    /// Seconds between the looks of a group and of a track that are nearest to each other.
    fn apart_s(&self, whole: &Whole) -> f64 {
        let (mut i, mut j, mut least) = (0, 0, f64::MAX);
        while let (Some(a), Some(b)) = (self.times_s.get(i), whole.times_s.get(j)) {
            least = least.min((a - b).abs());
            if a < b { i += 1 } else { j += 1 }
        }
        least
    }

    /// Greatest power of its finest look, MW.
    fn power_mw(&self, tracks: &[Track], spots: &[Spot]) -> Option<f64> {
        let founding = &tracks[self.parts.first()?.track];
        founding.spots.iter().filter_map(|&at| spots[at].frp_mw).filter(|mw| *mw > 0.0).reduce(f64::max)
    }
}

/// Shares of a coarse look's power among the fires in it: as their own powers, or alike where one is not known.
fn shares(groups: &[Group], explained: &[usize], tracks: &[Track], spots: &[Spot]) -> Vec<f64> {
    let powers: Option<Vec<f64>> = explained.iter().map(|&at| groups[at].power_mw(tracks, spots)).collect();
    let powers = powers.unwrap_or_else(|| vec![1.0; explained.len()]);
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / total).collect()
}
