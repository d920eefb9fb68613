//! Which of the sequences that cameras saw at one time are of one fire.
//!
//! On a plane about all cameras (azimuth and distance from their middle: a geodesic of 60 km is straight there to a metre) every two
//! lines of two cameras are crossed; each crossing gathers the lines of further cameras that pass it, and the crossings with the most and
//! the best lines are taken first.

mod plane;

use super::triangulate::{Crossing, Line, triangulate};
use crate::time::Utc;
use plane::{Crossed, Ray, Spot};
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
    let Some(rays) = plane::rays(sequences) else { return Vec::new() };
    let crossings = plane::crossings(sequences, &rays);
    let mut gathered: Vec<Gathered> = gather(sequences, &rays, &crossings);
    gathered
        .sort_by(|a, b| b.rank().cmp(&a.rank()).then(a.squares.total_cmp(&b.squares)).then(a.members.cmp(&b.members)));
    let sure = settled(sequences, &rays, threes(&gathered, sequences.len()));
    let mut is_free = vec![true; sequences.len()];
    sure.iter().flatten().for_each(|&at| is_free[at] = false);
    let mut groups: Vec<Group> = sure.into_iter().map(|members| Group { members, is_ambiguous: false }).collect();
    groups.extend(pairs(crossings, &is_free));
    groups.sort_by(|a, b| a.members.cmp(&b.members));
    groups
}

/// Groups of three and more: first those that are whole, then what is left of the others.
fn threes(gathered: &[Gathered], count: usize) -> Vec<Vec<usize>> {
    let mut is_free = vec![true; count];
    let mut groups = Vec::new();
    for only_whole in [true, false] {
        for found in gathered.iter().filter(|found| found.rank() > 2) {
            let members: Vec<usize> = found.members.iter().copied().filter(|&at| is_free[at]).collect();
            let is_whole = members.len() == found.members.len();
            let has_seed = found.seed.iter().all(|&at| is_free[at]);
            if has_seed && members.len() > 2 && (is_whole || !only_whole) {
                members.iter().for_each(|&at| is_free[at] = false);
                groups.push(members);
            }
        }
    }
    groups
}

/// Rounds in which lines change to the group whose place they pass nearest.
const ROUNDS: usize = 4;

/// The same groups with places of all their lines, and each line where it fits best.
fn settled(sequences: &[Sequence], rays: &[Ray], mut groups: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    for _ in 0..ROUNDS {
        let places: Vec<Option<Spot>> = groups.iter().map(|members| plane::place(sequences, rays, members)).collect();
        let mut chosen: Vec<BTreeMap<&str, (f64, usize)>> = vec![BTreeMap::new(); groups.len()];
        for (at, sequence) in sequences.iter().enumerate() {
            let fits = groups.iter().zip(&places).enumerate().filter_map(|(group, (members, place))| {
                let miss = plane::passes(&sequence.line, &rays[at], place.as_ref()?)?;
                let is_now = members.iter().all(|&other| is_one_time(sequence, &sequences[other]));
                is_now.then_some((miss, group))
            });
            if let Some((miss, group)) = fits.min_by(|a, b| a.0.total_cmp(&b.0)) {
                let entry = chosen[group].entry(sequence.camera).or_insert((miss, at));
                if miss < entry.0 {
                    *entry = (miss, at);
                }
            }
        }
        let sorted = |chosen: BTreeMap<&str, (f64, usize)>| {
            let mut members: Vec<usize> = chosen.into_values().map(|(_, at)| at).collect();
            members.sort_unstable();
            members
        };
        let next: Vec<Vec<usize>> = chosen.into_iter().map(sorted).filter(|members| members.len() > 2).collect();
        if next == groups {
            break;
        }
        groups = next;
    }
    groups
}

/// Groups of two among what is left, the best first.
fn pairs(mut crossings: Vec<Crossed>, is_free: &[bool]) -> Vec<Group> {
    crossings.retain(|crossed| crossed.pair.iter().all(|&at| is_free[at]));
    crossings.sort_by(|a, b| a.squares.total_cmp(&b.squares).then(a.pair.cmp(&b.pair)));
    let mut is_taken = vec![false; is_free.len()];
    let mut groups = Vec::new();
    for crossed in &crossings {
        if crossed.pair.iter().any(|&at| is_taken[at]) {
            continue;
        }
        let is_rival = |other: &Crossed| {
            let shared = crossed.pair.iter().filter(|at| other.pair.contains(at)).count();
            shared == 1 && other.squares < crossed.squares + CLEARLY
        };
        let is_ambiguous = crossings.iter().any(is_rival);
        crossed.pair.iter().for_each(|&at| is_taken[at] = true);
        groups.push(Group { members: crossed.pair.to_vec(), is_ambiguous });
    }
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

fn is_one_time(a: &Sequence, b: &Sequence) -> bool {
    a.time.0.seconds_since(b.time.1) <= APART_S && b.time.0.seconds_since(a.time.1) <= APART_S
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
    // a third line may lie along one of the two
    for i in 0..sequences.len() {
        let may = |j: &usize| plane::is_flat([rays[i], rays[*j]]) && sequences[i].camera != sequences[*j].camera;
        for j in (0..sequences.len()).filter(may) {
            meets[i * words + j / 64] |= u64::from(is_one_time(&sequences[i], &sequences[j])) << (j % 64);
        }
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
            let Some(miss) = plane::passes(&sequences[at].line, &rays[at], &crossed.spot) else { continue };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::LonLat;
    use crate::watch::sight::azimuth_and_range;

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

    /// Two cameras of one mast agree by their distances, and a third line makes a place of them.
    #[test]
    fn lines_along_each_other_are_of_one_fire_where_their_distances_are() {
        let (mast, b, fire) = (at(102.2, 36.4), at(102.5, 36.4), at(102.33, 36.5));
        let (mut one, mut two) = (sequence("a1", mast, fire, 0), sequence("a2", mast, fire, 0));
        assert!(group(&[one, two]).is_empty());
        (one.line.range_m, two.line.range_m) = (Some((16_000.0, 800.0)), Some((17_000.0, 800.0)));
        assert_eq!(group(&[one, two])[0].members, [0, 1]);
        assert_eq!(group(&[one, two, sequence("b", b, fire, 0)])[0].members, [0, 1, 2]);
        two.line.range_m = Some((22_000.0, 800.0));
        assert!(group(&[one, two]).is_empty());
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
