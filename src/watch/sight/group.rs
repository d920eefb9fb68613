//! Which of the sequences that cameras saw at one time are of one fire.
//!
//! On a plane about all cameras (azimuth and distance from their middle: a geodesic of 60 km is straight there to a metre) every two
//! lines of two cameras are crossed; each crossing gathers the lines of further cameras that pass it, and the crossings with the most and
//! the best lines are taken first.

use super::earth::{azimuth_and_range, place_at};
use super::triangulate::{Crossing, Line, triangulate};
use crate::place::LonLat;
use crate::time::Utc;
use std::collections::BTreeMap;

/// What one camera saw of one thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sequence<'a> {
    /// The camera.
    pub camera: &'a str,
    /// Its line of sight.
    pub line: Line,
    /// When it was seen first and last.
    pub time: (Utc, Utc),
}

/// Sequences of one fire.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Positions of its sequences, sorted.
    pub members: Vec<usize>,
    /// Whether one of them meets another line as well: two lines of two cameras each meet in four places, and two of these are nothing.
    pub is_ambiguous: bool,
}

/// Cameras that did not see a thing at one time saw it within so many seconds \[P\].
const APART_S: f64 = 600.0;
/// Standard errors within which lines agree.
const AGREE: f64 = 3.0;
/// Two choices differ by less of squared residuals: it is open which is right.
const CLEARLY: f64 = 4.0;

/// Groups of two and more, each sequence in one at most.
pub fn group(sequences: &[Sequence]) -> Vec<Group> {
    let Some(rays) = rays(sequences) else { return Vec::new() };
    let crossings = crossings(sequences, &rays);
    let mut gathered: Vec<Gathered> = gather(sequences, &rays, &crossings);
    gathered
        .sort_by(|a, b| b.rank().cmp(&a.rank()).then(a.squares.total_cmp(&b.squares)).then(a.members.cmp(&b.members)));
    let mut is_taken = vec![false; sequences.len()];
    // in a group of three or more: these are no rivals
    let mut is_sure = vec![false; sequences.len()];
    let mut groups = Vec::new();
    // first those that are whole, then what is left of the others
    for only_whole in [true, false] {
        for found in &gathered {
            let members: Vec<usize> = found.members.iter().copied().filter(|&at| !is_taken[at]).collect();
            let is_whole = members.len() == found.members.len();
            let has_seed = found.seed.iter().all(|&at| !is_taken[at]);
            if !has_seed || (only_whole && !is_whole) {
                continue;
            }
            let rivals = |other: &&Crossed| {
                let shares = members.iter().filter(|&&at| at == other.pair[0] || at == other.pair[1]).count() == 1;
                shares && other.pair.iter().all(|&at| !is_sure[at]) && other.squares < found.squares + CLEARLY
            };
            let is_ambiguous = members.len() == 2 && crossings.iter().filter(rivals).count() > 0;
            members.iter().for_each(|&at| (is_taken[at], is_sure[at]) = (true, members.len() > 2));
            groups.push(Group { members, is_ambiguous });
        }
    }
    groups.sort_by(|a, b| a.members.cmp(&b.members));
    groups
}

/// The groups with the place of each that has one.
pub fn solve(sequences: &[Sequence]) -> Vec<(Group, Option<Crossing>)> {
    let place = |group: &Group| {
        let lines: Vec<Line> = group.members.iter().map(|&at| sequences[at].line).collect();
        let mut crossing = triangulate(&lines)?;
        for at in crossing.used.iter_mut().chain(&mut crossing.outliers) {
            *at = group.members[*at];
        }
        Some(crossing)
    };
    group(sequences)
        .into_iter()
        .map(|group| {
            let crossing = place(&group);
            (group, crossing)
        })
        .collect()
}

/// A line on the plane, metres.
#[derive(Clone, Copy)]
struct Ray {
    from: [f64; 2],
    along: [f64; 2],
    error: f64,
}

fn rays(sequences: &[Sequence]) -> Option<Vec<Ray>> {
    let first = sequences.first()?.line.from;
    let count = sequences.len() as f64;
    let offsets = sequences.iter().map(|sequence| sequence.line.from.offset_m(first));
    let sum = offsets.fold((0.0, 0.0), |sum, (east, north)| (sum.0 + east, sum.1 + north));
    let middle = first.moved_m(sum.0 / count, sum.1 / count)?;
    let flat = |place: LonLat| {
        let (azimuth, range) = azimuth_and_range(middle, place);
        let (sin_a, cos_a) = azimuth.to_radians().sin_cos();
        [range * sin_a, range * cos_a]
    };
    let ray = |line: &Line| {
        let from = flat(line.from);
        let to = flat(place_at(line.from, line.azimuth_deg, line.bounds_m.1.clamp(1_000.0, 100_000.0))?);
        let (x, y) = (to[0] - from[0], to[1] - from[1]);
        let length = x.hypot(y);
        let is_sound = length > 0.0 && line.azimuth_error_deg > 0.0;
        is_sound.then(|| Ray { from, along: [x / length, y / length], error: line.azimuth_error_deg.to_radians() })
    };
    // one that is none never meets another
    let none = Ray { from: [f64::NAN; 2], along: [f64::NAN; 2], error: f64::NAN };
    Some(sequences.iter().map(|sequence| ray(&sequence.line).unwrap_or(none)).collect())
}

/// Two lines that meet.
struct Crossed {
    pair: [usize; 2],
    at: [f64; 2],
    /// Covariance, m2: east, cross, north.
    spread: [f64; 3],
    squares: f64,
}

fn crossings(sequences: &[Sequence], rays: &[Ray]) -> Vec<Crossed> {
    let mut found = Vec::new();
    for i in 0..sequences.len() {
        for j in i + 1..sequences.len() {
            let (a, b) = (&sequences[i], &sequences[j]);
            if a.camera != b.camera && is_one_time(a, b) {
                found.extend(crossed([i, j], [&a.line, &b.line], [rays[i], rays[j]]));
            }
        }
    }
    found
}

fn is_one_time(a: &Sequence, b: &Sequence) -> bool {
    a.time.0.seconds_since(b.time.1) <= APART_S && b.time.0.seconds_since(a.time.1) <= APART_S
}

/// Where two lines meet in front of both cameras, within the distances that are possible, to three standard errors.
fn crossed(pair: [usize; 2], lines: [&Line; 2], [a, b]: [Ray; 2]) -> Option<Crossed> {
    let across = a.along[0] * b.along[1] - a.along[1] * b.along[0];
    let (x, y) = (b.from[0] - a.from[0], b.from[1] - a.from[1]);
    let ranges = [(x * b.along[1] - y * b.along[0]) / across, (x * a.along[1] - y * a.along[0]) / across];
    let wide = [ranges[0] * a.error, ranges[1] * b.error];
    // lines that meet as flatly as they may be turned say nothing of where
    let is_steep = across.abs() > AGREE * a.error.hypot(b.error);
    let is_before = is_steep && ranges[0] > 0.0 && ranges[1] > 0.0;
    if !is_before {
        return None;
    }
    let mut squares = 0.0;
    let cosine = a.along[0] * b.along[0] + a.along[1] * b.along[1];
    for (line, range, own, other) in [(lines[0], ranges[0], wide[0], wide[1]), (lines[1], ranges[1], wide[1], wide[0])]
    {
        let error = other.hypot(own * cosine) / across.abs();
        let slack = AGREE * error;
        if range < line.bounds_m.0 - slack || range > line.bounds_m.1 + slack {
            return None;
        }
        let miss =
            line.range_m.map_or(0.0, |(measured, known)| (measured - range).powi(2) / (known * known + error * error));
        if miss > AGREE * AGREE {
            return None;
        }
        squares += miss;
    }
    let at = [a.from[0] + ranges[0] * a.along[0], a.from[1] + ranges[0] * a.along[1]];
    // each line's error moves the crossing along the other line
    let part = [wide[0] / across, wide[1] / across];
    let spread = std::array::from_fn(|i| {
        let (p, q) = [(0, 0), (0, 1), (1, 1)][i];
        part[0] * part[0] * b.along[p] * b.along[q] + part[1] * part[1] * a.along[p] * a.along[q]
    });
    Some(Crossed { pair, at, spread, squares })
}

/// A crossing with all lines that pass it.
struct Gathered {
    seed: [usize; 2],
    members: Vec<usize>,
    /// Mean of the squared residuals, in standard errors.
    squares: f64,
}

impl Gathered {
    fn rank(&self) -> usize {
        self.members.len()
    }
}

fn gather(sequences: &[Sequence], rays: &[Ray], crossings: &[Crossed]) -> Vec<Gathered> {
    let words = sequences.len().div_ceil(64);
    let mut meets = vec![0_u64; words * sequences.len()];
    for crossed in crossings {
        let [i, j] = crossed.pair;
        meets[i * words + j / 64] |= 1 << (j % 64);
        meets[j * words + i / 64] |= 1 << (i % 64);
    }
    let meets = &meets;
    let both = |[i, j]: [usize; 2]| {
        (0..words).flat_map(move |n| {
            let mut left = meets[i * words + n] & meets[j * words + n];
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                left &= left.wrapping_sub(1);
                (bit < 64).then_some(n * 64 + bit)
            })
        })
    };
    let mut gathered = Vec::with_capacity(crossings.len());
    for crossed in crossings {
        // of a camera that saw several the one that passes nearest
        let mut best: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
        for at in both(crossed.pair) {
            let Some(miss) = passes(&sequences[at].line, &rays[at], crossed) else { continue };
            let entry = best.entry(sequences[at].camera).or_insert((miss, at));
            if miss < entry.0 {
                *entry = (miss, at);
            }
        }
        let mut members: Vec<usize> = crossed.pair.into_iter().chain(best.values().map(|(_, at)| *at)).collect();
        members.sort_unstable();
        let squares = (crossed.squares + best.values().map(|(miss, _)| miss).sum::<f64>()) / members.len() as f64;
        gathered.push(Gathered { seed: crossed.pair, members, squares });
    }
    gathered
}

/// Squared residual of a line at a crossing; `None` where it does not pass it.
fn passes(line: &Line, ray: &Ray, crossed: &Crossed) -> Option<f64> {
    let (x, y) = (crossed.at[0] - ray.from[0], crossed.at[1] - ray.from[1]);
    let along = x * ray.along[0] + y * ray.along[1];
    let across = x * ray.along[1] - y * ray.along[0];
    let [east, cross, north] = crossed.spread;
    let [e, n] = ray.along;
    let of_place = east * n * n - 2.0 * cross * n * e + north * e * e;
    let on_line = east * e * e + 2.0 * cross * e * n + north * n * n;
    let slack = AGREE * on_line.sqrt();
    if along <= 0.0 || along < line.bounds_m.0 - slack || along > line.bounds_m.1 + slack {
        return None;
    }
    let miss = across * across / ((along * ray.error).powi(2) + of_place);
    let of_range = line.range_m.map_or(0.0, |(measured, known)| (measured - along).powi(2) / (known * known + on_line));
    (miss < AGREE * AGREE && of_range < AGREE * AGREE).then_some(miss + of_range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("valid")
    }

    fn sequence(camera: &str, from: LonLat, to: LonLat, minute: i8) -> Sequence<'_> {
        let azimuth_deg = azimuth_and_range(from, to).0;
        let line = Line { from, azimuth_deg, azimuth_error_deg: 0.3, range_m: None, bounds_m: (0.0, 30_000.0) };
        let time = Utc::from_parts(2025, 10, 20, 5, minute, 0).expect("a time");
        Sequence { camera, line, time: (time, time) }
    }

    #[test]
    fn lines_of_two_fires_are_told_apart_by_a_third_camera() {
        let cameras = [("a", at(102.2, 36.4)), ("b", at(102.5, 36.4)), ("c", at(102.35, 36.62))];
        let fires = [at(102.33, 36.5), at(102.41, 36.47)];
        let sequences: Vec<Sequence> =
            cameras.iter().flat_map(|(id, from)| fires.iter().map(move |fire| sequence(id, *from, *fire, 0))).collect();
        let solved = solve(&sequences);
        let members: Vec<&[usize]> = solved.iter().map(|(group, _)| group.members.as_slice()).collect();
        assert_eq!(members, [[0, 2, 4], [1, 3, 5]]);
        for ((group, crossing), fire) in solved.iter().zip(fires) {
            let crossing = crossing.as_ref().expect("a place");
            assert!(crossing.place.distance_m(fire) < 1.0 && !group.is_ambiguous);
            assert_eq!(crossing.used, group.members);
        }
        // with two cameras the other crossings are as good
        assert!(group(&sequences[..4]).iter().all(|group| group.is_ambiguous && group.members.len() == 2));
    }

    #[test]
    fn other_times_the_same_camera_and_places_behind_are_no_group() {
        let (a, b, fire) = (at(102.2, 36.4), at(102.5, 36.4), at(102.33, 36.5));
        assert_eq!(group(&[sequence("a", a, fire, 0), sequence("b", b, fire, 9)]).len(), 1);
        assert!(group(&[sequence("a", a, fire, 0), sequence("b", b, fire, 11)]).is_empty());
        assert!(group(&[sequence("a", a, fire, 0), sequence("a", b, fire, 0)]).is_empty());
        let mut behind = sequence("b", b, fire, 0);
        behind.line.azimuth_deg += 180.0;
        assert!(group(&[sequence("a", a, fire, 0), behind]).is_empty());
        let mut near = sequence("b", b, fire, 0);
        near.line.bounds_m = (0.0, 5_000.0);
        assert!(group(&[sequence("a", a, fire, 0), near]).is_empty());
        behind.line.azimuth_deg = f64::NAN;
        assert!(group(&[sequence("a", a, fire, 0), behind]).is_empty() && group(&[]).is_empty());
    }
}
