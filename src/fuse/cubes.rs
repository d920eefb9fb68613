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

/// From a cube to itself and its 26 neighbours.
const STEPS: [Cube; 27] = {
    let mut steps = [[0; 3]; 27];
    let mut n = 0;
    while n < 27 {
        let at = n as i64;
        steps[n] = [at / 9 - 1, at / 3 % 3 - 1, at % 3 - 1];
        n += 1;
    }
    steps
};

/// The cube and those of its 26 neighbours that may hold a part of the earth's surface, which is flat over so few of them.
pub(super) fn around(cube: Cube, side_m: f64) -> impl Iterator<Item = Cube> {
    let middle = cube.map(|at| (at as f64 + 0.5) * side_m);
    let length = middle.iter().map(|part| part * part).sum::<f64>().sqrt().max(1.0);
    let up = middle.map(|part| part / length);
    let above_m = length - EARTH_M;
    // from the middle of a cube to its plane furthest up, and what the earth bends over three cubes
    let reach_m = side_m * up.iter().map(|part| part.abs()).sum::<f64>() / 2.0 + 6.0 * side_m * side_m / EARTH_M + 1.0;
    let near = move |step: &&Cube| {
        let rise: f64 = up.iter().zip(**step).map(|(up, step)| up * step as f64).sum();
        (above_m + side_m * rise).abs() <= reach_m
    };
    STEPS.iter().filter(near).map(move |step| [cube[0] + step[0], cube[1] + step[1], cube[2] + step[2]])
}
