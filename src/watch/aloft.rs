//! Where on the ground a drone's pixel is: how high it flies over which ground, and the line of sight followed there, once as said and once
//! with each thing as wrong as it may be.
//!
//! Whether AbsoluteAltitude counts from the ellipsoid or the sea is only sure with RTK; there are 43 m between the two in Haidong. So without RTK
//! the height above take-off is taken, over the elevation model's ground under the drone; how much higher or lower take-off may lie is the
//! greater part of its error.

use super::sight::{Lens, Met, Pose, azimuth_and_range, earth::Track, earth::place_at, meet_ground};
use crate::imagery::taken::Taken;
use crate::layers::dem::Dem;
use crate::place::{LonLat, Spread};
use crate::sighting::{Direction, Ground};
use crate::thresholds::DroneThresholds;

/// Where a drone's camera is and how it looks, over some ground.
#[derive(Debug, Clone)]
pub struct Aloft<'a> {
    /// The pose.
    pub pose: Pose,
    /// The lens.
    pub lens: Lens,
    /// How wrong these may be.
    pub errors: AloftErrors,
    /// The ground.
    pub under: Under<'a>,
    /// Nothing is placed farther, metres.
    pub farthest_m: f64,
}

/// Standard errors of a drone's pose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AloftErrors {
    /// Of its place, each way, metres.
    pub place_m: f64,
    /// Of its height above the ground that is looked at, metres.
    pub height_m: f64,
    /// Of the yaw, degrees.
    pub yaw_deg: f64,
    /// Of pitch and roll, degrees.
    pub pitch_deg: f64,
    /// Of the focal length, as a part of it.
    pub focal: f64,
}

/// The ground under a drone.
#[derive(Debug, Clone, Copy)]
pub enum Under<'a> {
    /// As an elevation model has it.
    Dem(&'a Dem),
    /// Level, at this height, metres.
    Level(f64),
}

/// How high a drone flies over its ground.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// Height of the drone, metres: over the ellipsoid with an elevation model, else over level ground at 0.
    pub height_m: f64,
    /// Its standard error against the ground, metres.
    pub error_m: f64,
    /// The ground.
    pub under: Under<'a>,
}

/// A drone nearer to the ground than this is below it for all that is known, metres.
const LEAST_HEIGHT_M: f64 = 2.0;
/// Azimuths at which the ground around a drone is asked, and at which parts of the reach.
const AZIMUTHS: usize = 8;
const RINGS: [f64; 3] = [0.3, 0.6, 1.0];
/// A height is moved by no more than this part of it; the rest in proportion.
const HEIGHT_STEP: f64 = 0.1;

impl<'a> Standing<'a> {
    /// From what the picture says, the elevation model and the height of take-off above the sea (metres), where these are known; and
    /// what was not used, in words.
    pub fn of(
        taken: &Taken,
        takeoff_m: Option<f64>,
        dem: Option<&'a Dem>,
        t: &DroneThresholds,
    ) -> (Option<Standing<'a>>, Vec<String>) {
        let mut unused = Vec::new();
        let rise_error = f64::from(t.rise_error_m);
        let dem = dem.filter(|dem| dem.cell_m() <= f64::from(t.coarsest_m));
        let ground = taken.place.and_then(|place| dem.and_then(|dem| Some((dem, place, dem.height_m(place)?))));
        let Some((dem, place, ground_m)) = ground else {
            let error_m = rise_error.hypot(f64::from(t.relief_m));
            let above = taken.above_takeoff_m.filter(|above| *above >= LEAST_HEIGHT_M);
            if above.is_none() {
                unused.push("no height above take-off, and no fine elevation model".to_string());
            }
            return (above.map(|height_m| Standing { height_m, error_m, under: Under::Level(0.0) }), unused);
        };
        let from_takeoff = takeoff_m
            .zip(taken.above_takeoff_m)
            .map(|(takeoff, above)| (dem.above_ellipsoid_m(takeoff) + above, rise_error));
        let fixed = taken.altitude_m.filter(|_| taken.is_fixed).map(|height| (height, f64::from(t.fixed_error_m)));
        let relief = relief_m(dem, place, ground_m, f64::from(t.relief_reach_m));
        let above = taken.above_takeoff_m.map(|above| (ground_m + above, rise_error.hypot(relief)));
        let ways =
            [("RTK altitude", fixed, true), ("take-off", from_takeoff, true), ("height above take-off", above, false)];
        for (name, found, counts_ground) in ways {
            let Some((height_m, error_m)) = found else { continue };
            if height_m - ground_m >= LEAST_HEIGHT_M {
                let error_m = if counts_ground { error_m.hypot(dem.error_m()) } else { error_m };
                return (Some(Standing { height_m, error_m, under: Under::Dem(dem) }), unused);
            }
            unused.push(format!(
                "{name}: found a drone {:.0} m below the ground; expected one above",
                ground_m - height_m
            ));
        }
        if unused.is_empty() {
            unused.push("no height above take-off and no RTK altitude".to_string());
        }
        (None, unused)
    }
}

/// Root mean square of how far the ground about a place is above or below it, metres.
fn relief_m(dem: &Dem, place: LonLat, ground_m: f64, reach_m: f64) -> f64 {
    let around =
        RINGS.iter().flat_map(|part| (0..AZIMUTHS).map(move |n| (part * reach_m, 360.0 * n as f64 / AZIMUTHS as f64)));
    let squares: Vec<f64> = around
        .filter_map(|(range, azimuth)| Some((dem.height_m(place_at(place, azimuth, range)?)? - ground_m).powi(2)))
        .collect();
    (squares.iter().sum::<f64>() / squares.len().max(1) as f64).sqrt()
}

/// A place on the ground that a pixel shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// Direction from the drone.
    pub direction: Direction,
    /// Distance along the line of sight, metres.
    pub range_m: f64,
    /// The place.
    pub place: LonLat,
}

impl Aloft<'_> {
    /// What a pixel shows; `None` where it is the sky, too far, or outside the picture.
    pub fn shown(&self, pixel: (f64, f64)) -> Option<Shown> {
        let sight = self.pose.sight_line(&self.lens, pixel)?;
        let (from, e) = (self.pose, sight.elevation_deg);
        let (place, below_m) = match self.under {
            Under::Dem(dem) => {
                let track = Track::new(from.place, from.height_m, sight.azimuth_deg, self.farthest_m)?;
                match meet_ground(&track, e, dem) {
                    Met::Ground { place, height_m, .. } => (place, from.height_m - height_m),
                    Met::Sky | Met::Beyond { .. } => return None,
                }
            }
            Under::Level(level_m) => {
                let range = (from.height_m - level_m) / -e.to_radians().tan();
                let range = Some(range).filter(|range| (0.0..=self.farthest_m).contains(range))?;
                (place_at(from.place, sight.azimuth_deg, range)?, from.height_m - level_m)
            }
        };
        let range_m = azimuth_and_range(from.place, place).1.hypot(below_m);
        let direction = Direction { azimuth_deg: sight.azimuth_deg, elevation_deg: e };
        Some(Shown { direction, range_m, place })
    }

    /// The place of a pixel with its error, or the line on which it lies where the error reaches the sky; `None` for the sky.
    pub fn locate(&self, pixel: (f64, f64)) -> Option<(Shown, Ground)> {
        let shown = self.shown(pixel)?;
        let mut spread = Spread::around(self.errors.place_m * std::f64::consts::SQRT_2);
        for (moved, times) in self.moved() {
            // of both ways the worse: at a slant one is much longer than the other
            let ends = moved.map(|aloft| Some(aloft.shown(pixel)?.place.offset_m(shown.place)));
            let [Some(a), Some(b)] = ends else {
                let far = place_at(self.pose.place, shown.direction.azimuth_deg, self.farthest_m)?;
                return Some((shown, Ground::Along { near: shown.place, far }));
            };
            let (east, north) = if a.0.hypot(a.1) > b.0.hypot(b.1) { a } else { b };
            spread = spread.and(Spread::along(times * east, times * north));
        }
        Some((shown, Ground::Point { place: shown.place, spread }))
    }

    /// The same drone as wrong in each thing as it may be, to both sides; and how many times as much it may be wrong.
    fn moved(&self) -> [([Aloft<'_>; 2], f64); 5] {
        let both = |change: &dyn Fn(&mut Aloft, f64)| {
            [1.0, -1.0].map(|sign| {
                let mut aloft = self.clone();
                change(&mut aloft, sign);
                aloft
            })
        };
        let e = self.errors;
        let step = e.height_m.min(HEIGHT_STEP * self.height_above_m()).max(0.01);
        [
            (both(&|a, s| a.pose.height_m += s * step), (e.height_m / step).max(1.0)),
            (both(&|a, s| a.pose.azimuth_deg += s * e.yaw_deg), 1.0),
            (both(&|a, s| a.pose.tilt_deg += s * e.pitch_deg), 1.0),
            (both(&|a, s| a.pose.roll_deg += s * e.pitch_deg), 1.0),
            (both(&|a, s| a.lens.focal_px *= 1.0 + s * e.focal), 1.0),
        ]
    }

    /// Height above the ground under the drone, metres.
    pub fn height_above_m(&self) -> f64 {
        let ground = match self.under {
            Under::Dem(dem) => dem.height_m(self.pose.place).unwrap_or(self.pose.height_m),
            Under::Level(level) => level,
        };
        self.pose.height_m - ground
    }

    /// Ground of the pixel around a place in the picture, m2; `None` at the sky.
    pub fn pixel_m2(&self, (u, v): (f64, f64)) -> Option<f64> {
        let (width, height) = self.lens.size_px;
        let (u, v) = (u.clamp(0.5, width - 1.5), v.clamp(0.5, height - 1.5));
        let middle = self.shown((u, v))?.place;
        let corner = |du: f64, dv: f64| Some(self.shown((u + du, v + dv))?.place.offset_m(middle));
        let corners = [corner(-0.5, -0.5)?, corner(0.5, -0.5)?, corner(0.5, 0.5)?, corner(-0.5, 0.5)?];
        let twice: f64 = (0..4).map(|n| (corners[n], corners[(n + 1) % 4])).map(|(a, b)| a.0 * b.1 - a.1 * b.0).sum();
        Some(twice.abs() / 2.0)
    }
}

/// A drone that does not say where its camera looks, or how high it flies: somewhere about it.
pub fn somewhere(taken: &Taken, t: &DroneThresholds) -> Option<Ground> {
    Some(Ground::Point { place: taken.place?, spread: Spread::around(f64::from(t.unposed_m)) })
}
