//! Fires followed from look to look: spots of one fineness that are one fire by place and time.

use super::cubes::{Near, Point, distance_m};
use super::gate::{is_one_place, reach_m};
use super::looks::HALF_ORBIT_S;
use super::spot::{LEVELS, Spot};
use crate::place::Spread;
use crate::thresholds::FuseThresholds;

/// One fire over time, at one fineness.
pub(super) struct Track {
    /// Positions of its spots, in the order of time.
    pub spots: Vec<usize>,
    pub level: usize,
    /// Place of the first spot: it does not wander further than `wander_m` from there.
    anchor: Point,
    /// Position of its last spot.
    last: usize,
    /// Seconds since J2000 of its latest spot.
    last_s: f64,
}

/// Tracks of all spots, by their first spot.
///
/// Look by look in the order of time each spot goes on with the track whose last spot is nearest in standard errors,
/// one spot to one track: what one look shows apart stays apart.
pub(super) fn tracks(spots: &[Spot], t: &FuseThresholds) -> Vec<Track> {
    let mut tracks: Vec<Track> = (0..LEVELS).flat_map(|level| of_level(spots, level, t)).collect();
    tracks.sort_by_key(|track| spots[track.spots[0]].first());
    tracks
}

fn of_level(spots: &[Spot], level: usize, t: &FuseThresholds) -> Vec<Track> {
    // spots come look by look, and the looks in the order of time
    let order: Vec<usize> = (0..spots.len()).filter(|&at| spots[at].level == level).collect();
    if let [only] = order.as_slice() {
        return vec![Track::begun(spots, *only)];
    }
    let widest = order.iter().map(|&at| spots[at].spread).reduce(Spread::wider).unwrap_or_default();
    // no spot goes on with a track whose last one is further away
    let near = Near::new(reach_m(widest, widest, t), order.len());
    let mut open = Open { near, tracks: Vec::new() };
    let mut pairs = Vec::new();
    for look in order.chunk_by(|&a, &b| spots[a].look == spots[b].look) {
        open.take(spots, look, t, &mut pairs);
    }
    open.tracks
}

impl Track {
    fn begun(spots: &[Spot], at: usize) -> Self {
        let spot = &spots[at];
        Track { spots: vec![at], level: spot.level, anchor: spot.point, last: at, last_s: spot.seconds }
    }
}

/// Tracks of one level by the place of their last spot.
struct Open {
    near: Near,
    tracks: Vec<Track>,
}

impl Open {
    /// Takes the spots of a look; `pairs` is room to work in.
    fn take(&mut self, spots: &[Spot], look: &[usize], t: &FuseThresholds, pairs: &mut Vec<(f64, usize, usize)>) {
        pairs.clear();
        for &at in look {
            self.candidates(spots, at, t, pairs);
        }
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let start = look[0];
        // spots of a look follow each other, with those of other levels between them
        let mut goes_on = vec![false; look[look.len() - 1] - start + 1];
        for &(_, at, track) in pairs.iter() {
            let is_of_look = spots[self.tracks[track].last].look == spots[at].look;
            if !goes_on[at - start] && !is_of_look {
                goes_on[at - start] = true;
                self.go_on(spots, at, track);
            }
        }
        for &at in look.iter().filter(|at| !goes_on[**at - start]) {
            self.near.put(self.tracks.len(), spots[at].point);
            self.tracks.push(Track::begun(spots, at));
        }
    }

    /// Tracks that a spot may go on with, as (squared standard errors, spot, track). Tracks that have ended are
    /// forgotten on the way, so that a place where it burns every day stays cheap.
    fn candidates(&mut self, spots: &[Spot], at: usize, t: &FuseThresholds, pairs: &mut Vec<(f64, usize, usize)>) {
        let spot = &spots[at];
        let tracks = &self.tracks;
        self.near.visit(spot.point, |n| {
            let track = &tracks[n];
            let since_s = spot.seconds - track.last_s;
            let last = &spots[track.last];
            let reach = reach_m(spot.spread, last.spread, t).max(f64::from(t.wander_m));
            if since_s <= spot.kind.gap_s(t)
                && distance_m(spot.point, track.anchor) <= reach
                && let Some(squared) = is_one_place((spot.place, spot.spread), (last.place, last.spread), t)
            {
                pairs.push((squared, at, n));
            }
            // a spot that comes later may be earlier by the length of a pass
            since_s <= 3600.0 * f64::from(t.ends_h) + HALF_ORBIT_S
        });
    }

    fn go_on(&mut self, spots: &[Spot], at: usize, n: usize) {
        let track = &mut self.tracks[n];
        self.near.take_out(n, spots[track.last].point);
        self.near.put(n, spots[at].point);
        track.spots.push(at);
        track.last = at;
        track.last_s = track.last_s.max(spots[at].seconds);
    }
}
