//! Places as points in space, and the cubes of a grid that hold them: three axes have no pole and no antimeridian.

use crate::place::LonLat;
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// Mean radius of the earth, metres. A sphere is good to 0.6 per cent, far below what the reaches stand for.
const EARTH_M: f64 = 6_371_008.8;

/// Metres from the earth's centre.
pub(super) type Point = [f64; 3];

/// A cube by its number on each axis.
pub(super) type Cube = [i64; 3];

/// A map whose keys are cubes and names: several times faster than the default, which guards against keys that somebody chose.
pub(super) type Map<K, V> = HashMap<K, V, FixedState>;

pub(super) fn point(place: LonLat) -> Point {
    let ((east, prime), (up, out)) = (place.lon().to_radians().sin_cos(), place.lat().to_radians().sin_cos());
    [out * prime, out * east, up].map(|part| part * EARTH_M)
}

pub(super) fn distance_m(a: Point, b: Point) -> f64 {
    let [x, y, z] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    (x * x + y * y + z * z).sqrt()
}

/// The cube of a grid that holds a point.
pub(super) fn cube(point: Point, side_m: f64) -> Cube {
    point.map(|metres| (metres / side_m).floor() as i64)
}

/// The cubes that may hold a place no further than `reach_m` from a point on the earth: with sides of twice the reach some five.
pub(super) fn reached(point: Point, reach_m: f64, side_m: f64) -> impl Iterator<Item = Cube> {
    let reach_m = reach_m.min(2.0 * EARTH_M);
    // a disc on the ground: how far it goes along each axis, and what the earth bends
    let span = point.map(|part| {
        let up = part / EARTH_M;
        reach_m * (1.0 - up * up).max(0.0).sqrt() + reach_m * reach_m / EARTH_M + 1.0
    });
    let from = cube([0, 1, 2].map(|axis| point[axis] - span[axis]), side_m);
    let to = cube([0, 1, 2].map(|axis| point[axis] + span[axis]), side_m);
    (from[0]..=to[0]).flat_map(move |x| (from[1]..=to[1]).flat_map(move |y| (from[2]..=to[2]).map(move |z| [x, y, z])))
}

/// A cube and its 26 neighbours.
pub(super) fn around(cube: Cube) -> impl Iterator<Item = Cube> {
    let steps = (-1..=1).flat_map(|x| (-1..=1).flat_map(move |y| (-1..=1).map(move |z| [x, y, z])));
    steps.map(move |step| [0, 1, 2].map(|axis| cube[axis] + step[axis]))
}

/// Numbered things by the cube that they lie in, found again by place. Each points to the one that came before it in its cube:
/// nothing is allocated for a thing or a cube.
pub(super) struct Near {
    /// No further than this two of them have to do with each other, metres.
    reach_m: f64,
    /// The last that came into each cube.
    last: Map<Cube, Option<usize>>,
    before: Vec<Option<usize>>,
}

impl Near {
    /// For so many things at most.
    pub fn new(reach_m: f64, count: usize) -> Self {
        // no two places are further apart, whatever an error says
        let reach_m = reach_m.min(2.0 * EARTH_M);
        let last = Map::with_capacity_and_hasher(count, FixedState::default());
        Near { reach_m, last, before: Vec::with_capacity(count) }
    }

    /// Puts the next thing, or one that was taken out.
    pub fn put(&mut self, at: usize, point: Point) {
        let last = self.last.entry(cube(point, 2.0 * self.reach_m)).or_default();
        let before = last.replace(at);
        if at == self.before.len() {
            self.before.push(before);
        } else {
            self.before[at] = before;
        }
    }

    /// Takes a thing out, where it is still there.
    pub fn take_out(&mut self, at: usize, point: Point) {
        self.visit_cube(cube(point, 2.0 * self.reach_m), &mut |other| other != at);
    }

    /// Visits all within the reach of a place, and some beyond; those for which `visit` is false are taken out.
    pub fn visit(&mut self, point: Point, mut visit: impl FnMut(usize) -> bool) {
        for cube in reached(point, self.reach_m, 2.0 * self.reach_m) {
            self.visit_cube(cube, &mut visit);
        }
    }

    fn visit_cube(&mut self, cube: Cube, visit: &mut impl FnMut(usize) -> bool) {
        let Some(last) = self.last.get_mut(&cube) else { return };
        let (mut next, mut after) = (*last, None);
        while let Some(at) = next {
            next = self.before[at];
            match (visit(at), after) {
                (true, _) => after = Some(at),
                (false, None) => *last = next,
                (false, Some(after)) => self.before[after] = next,
            }
        }
    }
}
