//! Coarse looks explained by finer ones: what a coarse sensor saw belongs to the fires that a finer one shows inside it,
//! and makes an event of its own only where there is none.

use super::cubes::{Cube, Map, Point, cube, point, reached};
use super::gate::{is_one_place, reach_m};
use super::marks::Kind;
use super::spot::{LEVELS, Spot};
use super::tracks::Track;
use crate::place::{LonLat, Spread};
use crate::thresholds::FuseThresholds;

/// The tracks of one event.
pub(super) struct Group {
    /// Its tracks, the one that founded it first.
    pub parts: Vec<Part>,
    place: LonLat,
    point: Point,
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
    /// Whether no other event shares it.
    pub alone: bool,
}

/// A track as a whole.
struct Whole {
    /// Position of the track.
    track: usize,
    place: LonLat,
    point: Point,
    spread: Spread,
    times_s: Vec<f64>,
    gap_s: f64,
}

/// The events of a region, from the finest level to the coarsest; each detection counts in exactly one of them.
pub(super) fn groups(tracks: &[Track], spots: &[Spot], t: &FuseThresholds) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for level in 0..LEVELS {
        let of_level = tracks.iter().enumerate().filter(|(_, track)| track.level == level);
        let wholes: Vec<Whole> = of_level.map(|(at, track)| Whole::of(at, track, spots, t)).collect();
        let widest = wholes.iter().map(|whole| whole.spread).reduce(Spread::wider);
        let Some(widest) = widest.filter(|_| !groups.is_empty()) else {
            groups.extend(wholes.into_iter().map(Group::founded));
            continue;
        };
        let index = Index::new(&groups, widest, t);
        let explained: Vec<Vec<usize>> = wholes.iter().map(|whole| index.explaining(&groups, whole, t)).collect();
        // first all are asked, then added: no track of a level depends on another of it
        for (whole, explained) in wholes.into_iter().zip(explained) {
            if explained.is_empty() {
                groups.push(Group::founded(whole));
                continue;
            }
            let shares = shares(&groups, &explained, tracks, spots);
            for (n, (&group, share)) in explained.iter().zip(shares).enumerate() {
                groups[group]
                    .add(Part { track: whole.track, share, counts: n == 0, alone: explained.len() == 1 }, &whole);
            }
        }
    }
    groups
}

impl Whole {
    fn of(at: usize, track: &Track, spots: &[Spot], t: &FuseThresholds) -> Self {
        let of_track = || track.spots.iter().map(|&at| &spots[at]);
        let first = &spots[track.spots[0]];
        let part = 1.0 / track.spots.len() as f64;
        let (east, north) = of_track().skip(1).fold((0.0, 0.0), |sum, spot| {
            let (east, north) = spot.place.offset_m(first.place);
            (sum.0 + part * east, sum.1 + part * north)
        });
        // looks come in the order of time, but a fire at the end of one may be later than one at the start of the next
        let mut times_s: Vec<f64> = of_track().map(|spot| spot.seconds).collect();
        times_s.sort_unstable_by(f64::total_cmp);
        let mean = if track.spots.len() > 1 { first.place.moved_m(east, north) } else { None };
        Whole {
            track: at,
            place: mean.unwrap_or(first.place),
            point: mean.map_or(first.point, point),
            spread: of_track().fold(Spread::default(), |sum, spot| sum.and(spot.spread.times(part))),
            times_s,
            gap_s: of_track().map(|spot| spot.kind).fold(Kind::Pass.gap_s(t), |gap, kind| gap.min(kind.gap_s(t))),
        }
    }
}

impl Group {
    fn founded(whole: Whole) -> Self {
        let parts = vec![Part { track: whole.track, share: 1.0, counts: true, alone: true }];
        Group { parts, place: whole.place, point: whole.point, spread: whole.spread, times_s: whole.times_s }
    }

    fn add(&mut self, part: Part, whole: &Whole) {
        self.parts.push(part);
        self.times_s.extend(&whole.times_s);
        self.times_s.sort_by(f64::total_cmp);
    }

    /// Seconds between the looks of a group and of a track that are nearest to each other.
    fn apart_s(&self, whole: &Whole) -> f64 {
        let start = whole.times_s.first().map_or(0, |first| self.times_s.partition_point(|time| time < first));
        let (mut i, mut j, mut least) = (start.saturating_sub(1), 0, f64::MAX);
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

/// Groups of the finer levels by place and time.
struct Index {
    reach_m: f64,
    side_m: f64,
    cells: Map<Cube, Looked>,
}

/// Groups in a cube by when they were looked at.
#[derive(Default)]
struct Looked {
    /// First and last look (seconds since J2000) and position of each group, in order.
    groups: Vec<(f64, f64, usize)>,
    /// The longest time from first to last look, seconds.
    longest_s: f64,
}

impl Index {
    /// For looking up the groups around places with errors up to `widest`.
    fn new(groups: &[Group], widest: Spread, t: &FuseThresholds) -> Self {
        let of_groups = groups.iter().map(|group| group.spread).reduce(Spread::wider).unwrap_or_default();
        let reach_m = reach_m(of_groups, widest, t);
        let side_m = 2.0 * reach_m;
        let mut cells: Map<Cube, Looked> = Map::default();
        cells.reserve(groups.len());
        for (at, group) in groups.iter().enumerate() {
            let looked = cells.entry(cube(group.point, side_m)).or_default();
            if let (Some(&first), Some(&last)) = (group.times_s.first(), group.times_s.last()) {
                looked.groups.push((first, last, at));
                looked.longest_s = looked.longest_s.max(last - first);
            }
        }
        cells.values_mut().for_each(|looked| looked.groups.sort_unstable_by(|a, b| a.0.total_cmp(&b.0)));
        Index { reach_m, side_m, cells }
    }

    /// Groups that a coarser track may be a look at, the likeliest first; none that is far less likely than that.
    fn explaining(&self, groups: &[Group], whole: &Whole, t: &FuseThresholds) -> Vec<usize> {
        let cubes = reached(whole.point, self.reach_m, self.side_m);
        let near = cubes.filter_map(|cell| self.cells.get(&cell)).flat_map(|looked| looked.near(whole));
        let mut fits: Vec<(f64, usize)> = near
            .filter_map(|at| {
                let group = &groups[at];
                let squared = is_one_place((whole.place, whole.spread), (group.place, group.spread), t)?;
                (group.apart_s(whole) <= whole.gap_s).then_some((squared, at))
            })
            .collect();
        fits.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let least = fits.first().map_or(0.0, |fit| fit.0);
        fits.retain(|fit| fit.0 <= least + f64::from(t.as_likely));
        fits.into_iter().map(|fit| fit.1).collect()
    }
}

impl Looked {
    /// Groups that were looked at, first to last, within the gap of a track.
    fn near<'a>(&'a self, whole: &Whole) -> impl Iterator<Item = usize> + use<'a> {
        let first = whole.times_s.first().map_or(0.0, |first| first - whole.gap_s);
        let last = whole.times_s.last().map_or(0.0, |last| last + whole.gap_s);
        let start = self.groups.partition_point(|group| group.0 < first - self.longest_s);
        let begun = self.groups[start..].iter().take_while(move |group| group.0 <= last);
        begun.filter(move |group| group.1 >= first).map(|group| group.2)
    }
}

/// Shares of a coarse look's power among the fires in it: as their own powers, or alike where one is not known.
fn shares(groups: &[Group], explained: &[usize], tracks: &[Track], spots: &[Spot]) -> Vec<f64> {
    let powers: Option<Vec<f64>> = explained.iter().map(|&at| groups[at].power_mw(tracks, spots)).collect();
    let powers = powers.unwrap_or_else(|| vec![1.0; explained.len()]);
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / total).collect()
}
