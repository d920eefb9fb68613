//! The place of a pixel with its error: lines of sight are drawn around the measured one, as wrong as the camera may stand, and each
//! is followed to the ground.

use super::earth::{Track, place_at, turn_deg};
use super::eye::Eye;
use super::meet::{Met, meet_ground, skyline};
use super::normal;
use super::pose::{Pose, Sight};
use crate::layers::dem::Dem;
use crate::place::{LonLat, Spread};

/// What is known of where a pixel is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Located {
    /// A place.
    Spot(Spot),
    /// Somewhere on a line: the pixel is near the edge of a ridge, or above all ground, and what burns may lie behind.
    Sector(Sector),
}

/// A place on the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// The direction.
    pub sight: Sight,
    /// Standard error of its azimuth, degrees.
    pub azimuth_error_deg: f64,
    /// The place.
    pub place: LonLat,
    /// Distance along the ellipsoid, metres.
    pub range_m: f64,
    /// Standard error of the distance, metres.
    pub range_error_m: f64,
    /// Height above the ellipsoid, metres.
    pub height_m: f64,
    /// Covariance of its error.
    pub spread: Spread,
}

/// A part of a line of sight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sector {
    /// The direction.
    pub sight: Sight,
    /// Standard error of its azimuth, degrees.
    pub azimuth_error_deg: f64,
    /// Nearest and farthest place that is possible (95 %).
    pub ends: [LonLat; 2],
    /// Their distances, metres.
    pub range_m: [f64; 2],
}

impl Located {
    /// The direction.
    pub fn sight(&self) -> Sight {
        match self {
            Located::Spot(spot) => spot.sight,
            Located::Sector(sector) => sector.sight,
        }
    }
}

/// This part of the draws at either end is left out, and so many that find no ground are let pass.
const TAIL: f64 = 0.025;
/// A gap in the distances wider than this part of the distance is hidden ground behind a ridge \[P\].
const GAP: f64 = 0.2;
/// Where the farthest distance is so many times the nearest, the errors are no ellipse \[P\].
const STRETCH: f64 = 3.0;

/// See [`Eye::locate`].
pub(super) fn locate(eye: &Eye, pixel: (f64, f64), dem: &Dem) -> Option<Located> {
    let sight = eye.sight_line(pixel)?;
    let errors = SightErrors::of(eye, pixel, sight)?;
    let (track, met) = follow(eye, sight, 0.0, dem)?;
    let height_error_m = eye.height_error_m.hypot(dem.error_m());
    let drawn: Vec<Met> = normal::points()
        .filter_map(|z| Some(follow(eye, errors.moved(sight, z), z[2] * height_error_m, dem)?.1))
        .collect();
    let mut ranges: Vec<f64> = drawn.iter().map(|met| met.range_m().unwrap_or(f64::INFINITY)).collect();
    ranges.sort_by(f64::total_cmp);
    let tail = (TAIL * ranges.len() as f64) as usize;
    let inner = ranges.get(tail..ranges.len().checked_sub(tail)?)?;
    let azimuth_error_deg = errors.azimuth_deg();
    if let Met::Ground { place, range_m, height_m } = met
        && is_one_place(inner, range_m, eye.pose.height_m - height_m)
    {
        let spread = spread(place, &drawn)?;
        let range_error_m = along(spread, sight.azimuth_deg);
        return Some(Located::Spot(Spot { sight, azimuth_error_deg, place, range_m, range_error_m, height_m, spread }));
    }
    // behind a skyline anything may burn that raises smoke
    let skyline_m = skyline(&track, (0.0, track.length_m), dem).map_or(0.0, |crest| crest.range_m);
    let begin = met.range_m().unwrap_or(skyline_m).min(*inner.first()?).min(track.length_m);
    let end = inner.last()?.min(track.length_m).max(begin);
    let at = |range: f64| place_at(eye.pose.place, sight.azimuth_deg, range);
    let ends = [at(begin)?, at(end)?];
    Some(Located::Sector(Sector { sight, azimuth_error_deg, ends, range_m: [begin, end] }))
}

/// Whether distances (sorted) about one are of ground in one piece, no farther apart than an ellipse can say; the lens is so many metres
/// higher than the ground.
fn is_one_place(ranges: &[f64], range_m: f64, higher_m: f64) -> bool {
    // from the lens: straight below it a metre to the side is nothing
    let from_lens = |range: f64| range.hypot(higher_m);
    let (Some(nearest), Some(farthest)) = (ranges.first(), ranges.last()) else { return false };
    farthest.is_finite()
        && from_lens(*farthest) < STRETCH * from_lens(*nearest)
        && ranges.windows(2).all(|pair| pair[1] - pair[0] < GAP * from_lens(range_m))
}

/// Standard error along an azimuth (degrees), metres.
fn along(spread: Spread, azimuth_deg: f64) -> f64 {
    let (sin_a, cos_a) = azimuth_deg.to_radians().sin_cos();
    let square =
        spread.east_m2 * sin_a * sin_a + 2.0 * spread.cross_m2 * sin_a * cos_a + spread.north_m2 * cos_a * cos_a;
    square.max(0.0).sqrt()
}

/// A line of sight from a lens so many metres higher.
fn follow(eye: &Eye, sight: Sight, higher_m: f64, dem: &Dem) -> Option<(Track, Met)> {
    let Pose { place, height_m, .. } = eye.pose;
    let track = Track::new(place, height_m + higher_m, sight.azimuth_deg, eye.max_range_m)?;
    let met = meet_ground(&track, sight.elevation_deg, dem);
    Some((track, met))
}

/// Mean square of the distances from a place.
fn spread(place: LonLat, drawn: &[Met]) -> Option<Spread> {
    let found: Vec<(f64, f64)> = drawn
        .iter()
        .filter_map(|met| match met {
            Met::Ground { place: other, .. } => Some(other.offset_m(place)),
            Met::Sky | Met::Beyond { .. } => None,
        })
        .collect();
    let sum = found.iter().fold(Spread::default(), |sum, (east, north)| sum.and(Spread::along(*east, *north)));
    (!found.is_empty()).then(|| sum.times(1.0 / found.len() as f64))
}

/// Errors of a direction as the lower triangle of its covariance's root, degrees: azimuth, elevation with it, elevation alone.
struct SightErrors([f64; 3]);

impl SightErrors {
    /// From those of the pose and the pixel, each moved by one standard error.
    fn of(eye: &Eye, (u, v): (f64, f64), sight: Sight) -> Option<SightErrors> {
        let (pose, errors) = (eye.pose, eye.errors);
        let turned = |pose: Pose, pixel: (f64, f64)| pose.sight_of(eye.lens.direction_anywhere(pixel)?);
        let moved = [
            turned(Pose { azimuth_deg: pose.azimuth_deg + errors.azimuth_deg, ..pose }, (u, v)),
            turned(Pose { tilt_deg: pose.tilt_deg + errors.tilt_deg, ..pose }, (u, v)),
            turned(Pose { roll_deg: pose.roll_deg + errors.tilt_deg, ..pose }, (u, v)),
            // towards the middle, where the lens surely has a direction
            turned(pose, (u + errors.pixel * (eye.lens.centre_px.0 - u).signum(), v)),
            turned(pose, (u, v + errors.pixel * (eye.lens.centre_px.1 - v).signum())),
        ];
        let mut covariance = [0.0; 3];
        for moved in moved {
            let moved = moved?;
            let (a, e) = (turn_deg(moved.azimuth_deg, sight.azimuth_deg), moved.elevation_deg - sight.elevation_deg);
            covariance = [covariance[0] + a * a, covariance[1] + a * e, covariance[2] + e * e];
        }
        let azimuth = covariance[0].sqrt().max(1e-9);
        let with = covariance[1] / azimuth;
        Some(SightErrors([azimuth, with, (covariance[2] - with * with).max(0.0).sqrt()]))
    }

    fn azimuth_deg(&self) -> f64 {
        self.0[0]
    }

    fn moved(&self, sight: Sight, z: [f64; 3]) -> Sight {
        let [azimuth, with, alone] = self.0;
        Sight {
            azimuth_deg: (sight.azimuth_deg + azimuth * z[0]).rem_euclid(360.0),
            elevation_deg: (sight.elevation_deg + with * z[0] + alone * z[1]).clamp(-90.0, 90.0),
        }
    }
}
