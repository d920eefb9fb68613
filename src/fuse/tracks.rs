//! Fires followed from look to look: spots of one fineness that are one fire by place and time.

use super::marks::{Map, around, cube, distance_m, xyz_m};
use super::spot::{LEVELS, Spot};
use crate::place::{LonLat, Spread};
use crate::thresholds::FuseThresholds;

/// One fire over time, at one fineness.
pub(super) struct Track {
    /// Positions of its spots, in the order of time.
    pub spots: Vec<usize>,
    pub level: usize,
    /// Place of the first spot: it does not wander further than `wander_m` from there.
    pub anchor: [f64; 3],
    /// Seconds since J2000 of the last spot.
    last_s: f64,
}

/// Tracks of all spots, by their first spot.
///
/// Look by look in the order of time each spot goes on with the track whose last spot is nearest in standard errors,
/// one spot to one track: what one look shows apart stays apart.
pub(super) fn tracks(spots: &[Spot], t: &FuseThresholds) -> Vec<Track> {
    let mut tracks: Vec<Track> = (0..LEVELS).flat_map(|level| of_level(spots, level, t)).collect();
    tracks.sort_by_key(|track| spots[track.spots[0]].first);
    tracks
}

fn of_level(spots: &[Spot], level: usize, t: &FuseThresholds) -> Vec<Track> {
    let mut order: Vec<usize> = (0..spots.len()).filter(|&at| spots[at].level == level).collect();
    order.sort_by_key(|&at| (spots[at].look, spots[at].first));
    let widest = order.iter().map(|&at| spots[at].spread).reduce(Spread::wider).unwrap_or_default();
    let mut open = Open { cell_m: reach_m(widest, widest, t), cells: Map::default(), tracks: Vec::new() };
    for look in order.chunk_by(|&a, &b| spots[a].look == spots[b].look) {
        open.take(spots, look, t);
    }
    open.tracks
}

/// Standard errors beyond which two places are not of one fire, with how far a fire itself reaches.
pub(super) fn is_one_place(a: (LonLat, Spread), b: (LonLat, Spread), t: &FuseThresholds) -> Option<f64> {
    let both = a.1.and(b.1).and(Spread::around(f64::from(t.fire_extent_m)));
    let squared = both.squared_errors(a.0.offset_m(b.0))?;
    (squared <= f64::from(t.gate)).then_some(squared)
}

/// No two places with such errors that are further apart can be one.
pub(super) fn reach_m(a: Spread, b: Spread, t: &FuseThresholds) -> f64 {
    let both = a.and(b).and(Spread::around(f64::from(t.fire_extent_m)));
    // the longer half axis is at most the root mean square of the length
    f64::from(t.gate).sqrt() * both.distance_m() * 1.01 + 1.0
}

/// Tracks of one level by the cell of their last spot.
struct Open {
    cell_m: f64,
    cells: Map<[i64; 3], Vec<usize>>,
    tracks: Vec<Track>,
}

impl Open {
    fn take(&mut self, spots: &[Spot], look: &[usize], t: &FuseThresholds) {
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for &at in look {
            self.candidates(spots, at, t, &mut pairs);
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let mut goes_on: Map<usize, usize> = Map::default();
        let mut taken = std::collections::HashSet::new();
        for (_, at, track) in pairs {
            if !goes_on.contains_key(&at) && taken.insert(track) {
                goes_on.insert(at, track);
            }
        }
        for &at in look {
            self.put(spots, at, goes_on.get(&at).copied());
        }
    }

    /// Tracks that a spot may go on with, as (squared standard errors, spot, track). Tracks that have ended are
    /// forgotten on the way, so that a place where it burns every day stays cheap.
    fn candidates(&mut self, spots: &[Spot], at: usize, t: &FuseThresholds, pairs: &mut Vec<(f64, usize, usize)>) {
        let spot = &spots[at];
        let xyz = xyz_m(spot.place);
        let tracks = &self.tracks;
        for cell in around(cube(xyz, self.cell_m), self.cell_m) {
            let Some(near) = self.cells.get_mut(&cell) else { continue };
            near.retain(|&track| spot.seconds - tracks[track].last_s <= 3600.0 * f64::from(t.ends_h));
            for &n in near.iter() {
                let track = &tracks[n];
                let last = &spots[track.spots[track.spots.len() - 1]];
                let alive = spot.seconds - track.last_s <= spot.kind.gap_s(t);
                let reach = reach_m(spot.spread, last.spread, t).max(f64::from(t.wander_m));
                let here = distance_m(xyz, track.anchor) <= reach;
                if alive
                    && here
                    && let Some(squared) = is_one_place((spot.place, spot.spread), (last.place, last.spread), t)
                {
                    pairs.push((squared, at, n));
                }
            }
        }
    }

    fn put(&mut self, spots: &[Spot], at: usize, track: Option<usize>) {
        let spot = &spots[at];
        let xyz = xyz_m(spot.place);
        let cell = cube(xyz, self.cell_m);
        let n = match track {
            Some(n) => {
                let last = &spots[self.tracks[n].spots[self.tracks[n].spots.len() - 1]];
                let before = cube(xyz_m(last.place), self.cell_m);
                if let Some(cell) = self.cells.get_mut(&before) {
                    cell.retain(|&other| other != n);
                }
                self.tracks[n].spots.push(at);
                self.tracks[n].last_s = self.tracks[n].last_s.max(spot.seconds);
                n
            }
            None => {
                self.tracks.push(Track { spots: vec![at], level: spot.level, anchor: xyz, last_s: spot.seconds });
                self.tracks.len() - 1
            }
        };
        self.cells.entry(cell).or_default().push(n);
    }
}
