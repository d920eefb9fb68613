//! Where a line of sight from a geostationary satellite meets the ground, and which pixel sees a place at its height.
//!
//! A place at height h seems to lie h tan(view zenith) further from the satellite than it does: 4 km for a field of
//! Haidong under Himawari (ALGORITHMS 8.3). The line is marched from the satellite's side and the first ground that it
//! meets counts: the iteration on the ellipsoid at the height found last takes the wrong one of two crossings where a
//! slope is steeper than the line (31.7 degrees for Himawari at Haidong).

use super::fixed_grid::{self, AngleTrig, Vector};
use crate::layers::dem::Dem;
use crate::place::{LonLat, Spread};
use crate::scene::{FixedGrid, Window};
use ndarray::Array2;
use rayon::prelude::*;

/// The ground: heights above the ellipsoid with their range and the length over which they change.
pub struct Relief<'a> {
    /// Height at a place, metres; `None` where it is not known.
    pub height_m: &'a (dyn Fn(LonLat) -> Option<f64> + Sync),
    /// Lowest and highest of all heights, metres.
    pub range_m: (f64, f64),
    /// Step of the march along the ground, metres.
    pub step_m: f64,
}

/// Ground that is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Where.
    pub place: LonLat,
    /// Its height above the ellipsoid, metres.
    pub height_m: f64,
}

/// Runs something over the ground of an elevation model.
pub fn with_relief<T>(dem: &Dem, work: impl FnOnce(&Relief) -> T) -> T {
    let height_m = |place| dem.height_m(place);
    work(&Relief { height_m: &height_m, range_m: dem.range_m(), step_m: dem.cell_m() / 2.0 })
}

/// Times that the last step is halved: a step of a kilometre to a centimetre.
const HALVINGS: usize = 17;
/// Metres above the highest and below the lowest ground at which a line begins and ends.
const MARGIN_M: f64 = 1.0;

/// The first ground on the line of sight of a fractional column and line (from 0); `None` past the earth and where a
/// height on its way is not known.
pub fn first_ground(grid: &FixedGrid, (column, line): (f64, f64), relief: &Relief) -> Option<Seen> {
    let (x, y) = fixed_grid::angles(grid, column, line);
    let sight = Sight::of(grid, (AngleTrig::of(x), AngleTrig::of(y)), relief)?;
    let above = |part: f64| {
        let (place, height_m) = sight.at(part)?;
        Some((height_m - (relief.height_m)(place)?, Seen { place, height_m }))
    };
    let steps = (sight.length_m() / relief.step_m).ceil().max(1.0);
    let mut part = 0.0;
    let (mut before, mut hit) = (0.0, above(0.0)?);
    while hit.0 > 0.0 && part < steps {
        before = part / steps;
        part += 1.0;
        hit = above(part / steps)?;
    }
    let (mut high, mut low) = (before, part / steps);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(high, low);
        let here = above(middle)?;
        if here.0 > 0.0 {
            high = middle;
        } else {
            (low, hit) = (middle, here);
        }
    }
    Some(hit.1)
}

/// A line of sight between two heights. Between them longitude, latitude and height go alike to a metre: over 5 km of
/// height the earth bends 1 m away from a straight line.
struct Sight {
    top: (LonLat, f64),
    bottom: (LonLat, f64),
}

impl Sight {
    fn of(grid: &FixedGrid, angles: (AngleTrig, AngleTrig), relief: &Relief) -> Option<Self> {
        let (lowest, highest) = relief.range_m;
        let at = |height_m: f64| {
            let shell = raised(grid, height_m);
            Some((fixed_grid::place_of(&shell, fixed_grid::ground(&shell, angles.0, angles.1)?)?, height_m))
        };
        Some(Sight { top: at(highest + MARGIN_M)?, bottom: at(lowest - MARGIN_M)? })
    }

    /// Length on the ground, metres.
    fn length_m(&self) -> f64 {
        self.top.0.distance_m(self.bottom.0)
    }

    /// Place and height at a part of the way from the top (0) to the bottom (1).
    fn at(&self, part: f64) -> Option<(LonLat, f64)> {
        let mix = |a: f64, b: f64| a + part * (b - a);
        let (top, bottom) = (self.top.0, self.bottom.0);
        // the shorter way round, across 180 degrees too
        let east = (bottom.lon() - top.lon() + 540.0).rem_euclid(360.0) - 180.0;
        let lon = (top.lon() + part * east + 540.0).rem_euclid(360.0) - 180.0;
        Some((LonLat::new(lon, mix(top.lat(), bottom.lat()))?, mix(self.top.1, self.bottom.1)))
    }
}

/// The grid over an ellipsoid that lies so many metres higher (6 mm off at 3 km).
fn raised(grid: &FixedGrid, height_m: f64) -> FixedGrid {
    let km = height_m / 1000.0;
    FixedGrid { equatorial_km: grid.equatorial_km + km, polar_km: grid.polar_km + km, ..*grid }
}

/// Height of the ground that each pixel of a window sees, metres; NaN where it is not known.
pub fn heights(grid: &FixedGrid, window: &Window, relief: &Relief) -> Array2<f32> {
    let mut heights = Array2::from_elem((window.lines, window.columns), f32::NAN);
    heights.outer_iter_mut().into_par_iter().enumerate().for_each(|(line, mut row)| {
        for (column, height) in row.iter_mut().enumerate() {
            let pixel = ((window.column0 + column) as f64, (window.line0 + line) as f64);
            *height = first_ground(grid, pixel, relief).map_or(f32::NAN, |seen| seen.height_m as f32);
        }
    });
    heights
}

/// The ground under a pixel: its four corners, counter-clockwise as seen from above; `None` where one is not known.
pub fn corners(grid: &FixedGrid, (column, line): (f64, f64), relief: &Relief) -> Option<[LonLat; 4]> {
    let corner = |x: f64, y: f64| first_ground(grid, (column + x, line + y), relief).map(|seen| seen.place);
    Some([corner(-0.5, 0.5)?, corner(0.5, 0.5)?, corner(0.5, -0.5)?, corner(-0.5, -0.5)?])
}

/// How surely the place of a pixel is known: it may be anywhere in the pixel, the navigation is wrong alike in all
/// directions (root mean square, metres), and an error of the height (metres) moves it along the view by the tangent of
/// the view zenith (ALGORITHMS 8.3). `None` at the edge of the earth.
pub fn spread(grid: &FixedGrid, (column, line): (f64, f64), navigation_m: f32, height_error_m: f64) -> Option<Spread> {
    let pixel = Spread::in_pixel(&fixed_grid::corners(grid, column, line)?);
    let [east, north] = fixed_grid::shift_by_height(grid, column, line)?;
    let height = Spread::along(east * height_error_m, north * height_error_m);
    Some(pixel.and(Spread::around(f64::from(navigation_m))).and(height))
}

/// Which pixel looks at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeenAt {
    /// Fractional column, from 0.
    pub column: f64,
    /// Fractional line, from 0.
    pub line: f64,
    /// Whether nothing stands between: a ridge towards the satellite hides what lies behind.
    pub visible: bool,
}

/// The pixel on whose line of sight a place lies at its height; `None` where its height is not known or it is over the
/// horizon.
pub fn seen_at(grid: &FixedGrid, place: LonLat, relief: &Relief) -> Option<SeenAt> {
    let height_m = (relief.height_m)(place)?;
    let flat = fixed_grid::ground_point(grid, place);
    let normal = fixed_grid::normal(grid, flat);
    let point: Vector = std::array::from_fn(|i| flat[i] + normal[i] * height_m / 1000.0);
    let (column, line) = fixed_grid::point_to_grid(grid, point, normal)?;
    let first = first_ground(grid, (column, line), relief)?;
    Some(SeenAt { column, line, visible: first.place.distance_m(place) < 2.0 * relief.step_m })
}

#[cfg(test)]
mod tests;
