//! What a camera can see over the ground.
//!
//! Rays go out from the camera so close together that they are a cell apart at the end of its range; along each the slope of the
//! highest ground so far is kept. A cell is seen where it stands no lower than that of the two rays beside it.

use super::earth::{Track, azimuth_and_range, turn_deg};
use super::eye::{Eye, around, standing};
use super::lens::Lens;
use super::meet::{skyline, step_m};
use super::pose::{Pose, Sight};
use crate::error::Result;
use crate::layers::dem::Dem;
use crate::place::{LonLat, METRES_A_DEGREE};
use crate::site::{Camera, View};
use geo::{LineString, MultiPolygon, Polygon, unary_union};
use rayon::prelude::*;

/// Cells from the camera to the end of its range, at most: finer ones make an outline that no map shows.
const MOST_CELLS: f64 = 400.0;

/// What is seen.
#[derive(Debug, Clone)]
pub struct Viewshed {
    /// The ground, degrees WGS84.
    pub shape: MultiPolygon<f64>,
    /// Its area, km2.
    pub area_km2: f64,
    /// Its share of all ground within the range, to all sides, 0 to 1.
    pub share: f64,
    /// Side of a cell of the shape, metres.
    pub cell_m: f64,
}

/// What a camera sees within a range (metres) of targets so high above the ground (metres): in its picture where it is fixed, to all sides
/// where it has presets.
///
/// # Errors
/// [`crate::error::Error::Config`] where it stands outside the elevation model or below its ground.
pub fn viewshed(camera: &Camera, dem: &Dem, range_m: f64, target_m: f64) -> Result<Viewshed> {
    let (height_m, _) = standing(camera, dem)?;
    let frame = camera.view.filter(|_| camera.presets.is_empty()).map(|view| Frame::of(camera, view, height_m));
    let grid = Grid::around(camera.place, range_m, dem.cell_m().max(range_m / MOST_CELLS));
    let horizons = Horizons::over(camera.place, height_m, dem, range_m, grid.cell_m);
    let seen: Vec<Vec<Cell>> = (0..grid.rows)
        .into_par_iter()
        .map(|row| {
            let cell = |column: usize| {
                let Some(place) = grid.place(row, column) else { return Cell::Outside };
                let (azimuth_deg, range) = azimuth_and_range(camera.place, place);
                if range > range_m {
                    return Cell::Outside;
                }
                let sight = horizons.sight(azimuth_deg, range, dem.height_m(place).map(|ground| ground + target_m));
                let is_shown = |sight: Sight| frame.as_ref().is_none_or(|frame| frame.shows(sight));
                if sight.is_some_and(is_shown) { Cell::Seen } else { Cell::Hidden }
            };
            (0..grid.columns).map(cell).collect()
        })
        .collect();
    let count = |is: fn(&Cell) -> bool| seen.iter().flatten().filter(|cell| is(cell)).count() as f64;
    let (shown, disc) = (count(|cell| *cell == Cell::Seen), count(|cell| *cell != Cell::Outside));
    Ok(Viewshed {
        shape: grid.shape(&seen),
        area_km2: shown * grid.cell_m * grid.cell_m / 1e6,
        share: if disc > 0.0 { shown / disc } else { 0.0 },
        cell_m: grid.cell_m,
    })
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    Outside,
    Hidden,
    Seen,
}

/// How a camera would see a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// The preset in whose picture it is nearest to the middle; `None`: the camera's own direction.
    pub preset: Option<String>,
    /// The direction.
    pub sight: Sight,
    /// Distance along the ellipsoid, metres.
    pub range_m: f64,
}

/// How a camera can see a place, so many metres above the ground there: which of its directions shows it, with nothing between. `None`
/// where none does, it is out of range, or heights are not known.
pub fn can_see(camera: &Camera, dem: &Dem, place: LonLat, target_m: f64) -> Option<Look> {
    let (height_m, _) = standing(camera, dem).ok()?;
    let pose = Pose { place: camera.place, height_m, azimuth_deg: 0.0, tilt_deg: 0.0, roll_deg: 0.0 };
    let (sight, range_m) = pose.sight_to(place, dem.height_m(place)? + target_m)?;
    if range_m > camera.max_range_m {
        return None;
    }
    let track = Track::new(camera.place, height_m, sight.azimuth_deg, range_m)?;
    let before = skyline(&track, (0.0, range_m - step_m(dem)), dem);
    if before.is_some_and(|crest| crest.elevation_deg > sight.elevation_deg) {
        return None;
    }
    let own = camera.view.iter().map(|view| (None, *view));
    let presets = camera.presets.iter().map(|preset| (Some(preset.id.clone()), preset.view));
    let shown = own.chain(presets).filter_map(|(preset, view)| {
        let frame = Frame::of(camera, view, height_m);
        frame.shows(sight).then(|| (turn_deg(sight.azimuth_deg, view.azimuth_deg).abs(), preset))
    });
    let (_, preset) = shown.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(Look { preset, sight, range_m })
}

/// A direction of a camera with its picture; where the size of that is not known its upper and lower edge are not either.
struct Frame {
    pose: Pose,
    lens: Option<Lens>,
    half_width: f64,
}

impl Frame {
    fn of(camera: &Camera, view: View, height_m: f64) -> Frame {
        let View { azimuth_deg, tilt_deg, roll_deg, hfov_deg } = view;
        let pose = Pose { place: camera.place, height_m, azimuth_deg, tilt_deg, roll_deg };
        let lens = camera.size_px.and_then(|size| Eye::lens(camera, view, size));
        Frame { pose, lens, half_width: (hfov_deg / 2.0).to_radians().tan() }
    }

    fn shows(&self, sight: Sight) -> bool {
        let Some(direction) = self.pose.direction_of(sight) else { return false };
        match self.lens {
            Some(lens) => lens.pixel(direction).is_some_and(|pixel| lens.holds(pixel)),
            None => direction.0.abs() <= self.half_width,
        }
    }
}

/// Cells around a camera, in rows of latitude from the south.
struct Grid {
    west: f64,
    south: f64,
    cell_m: f64,
    /// Size of a cell, degrees.
    step: (f64, f64),
    rows: usize,
    columns: usize,
}

impl Grid {
    fn around(place: LonLat, range_m: f64, cell_m: f64) -> Grid {
        let across = METRES_A_DEGREE * place.lat().to_radians().cos().max(0.01);
        let step = (cell_m / across, cell_m / METRES_A_DEGREE);
        let area = around(place, range_m);
        let half = |degrees: f64, step: f64| (degrees / step).ceil();
        let (columns, rows) = (half(place.lon() - area.west, step.0), half(place.lat() - area.south, step.1));
        // the camera stands in the middle of a cell
        let west = place.lon() - (columns + 0.5) * step.0;
        let south = place.lat() - (rows + 0.5) * step.1;
        Grid { west, south, cell_m, step, rows: 2 * rows as usize + 1, columns: 2 * columns as usize + 1 }
    }

    fn place(&self, row: usize, column: usize) -> Option<LonLat> {
        LonLat::new(self.west + (column as f64 + 0.5) * self.step.0, self.south + (row as f64 + 0.5) * self.step.1)
    }

    /// The seen cells as polygons: runs of each row, joined.
    fn shape(&self, seen: &[Vec<Cell>]) -> MultiPolygon<f64> {
        let mut runs = Vec::new();
        for (row, cells) in seen.iter().enumerate() {
            let mut column = 0;
            while column < cells.len() {
                let length = cells[column..].iter().take_while(|cell| **cell == Cell::Seen).count();
                if length > 0 {
                    runs.push(self.rectangle(row, column, length));
                }
                column += length.max(1);
            }
        }
        unary_union(&runs)
    }

    fn rectangle(&self, row: usize, column: usize, length: usize) -> Polygon<f64> {
        let x = |column: usize| self.west + column as f64 * self.step.0;
        let y = |row: usize| self.south + row as f64 * self.step.1;
        let (west, east, south, north) = (x(column), x(column + length), y(row), y(row + 1));
        let corners = vec![(west, south), (east, south), (east, north), (west, north), (west, south)];
        Polygon::new(LineString::from(corners), Vec::new())
    }
}

/// The highest ground before each distance, to all sides.
struct Horizons {
    tracks: Vec<Option<Track>>,
    /// Greatest slope of all ground nearer than so many half cells; at a track each.
    slopes: Vec<Vec<f32>>,
    half_m: f64,
}

impl Horizons {
    fn over(from: LonLat, height_m: f64, dem: &Dem, range_m: f64, cell_m: f64) -> Horizons {
        let count = (std::f64::consts::TAU * range_m / cell_m).ceil().max(360.0) as usize;
        let half_m = cell_m / 2.0;
        let parts = (half_m / step_m(dem)).ceil().max(1.0) as usize;
        let halves = (range_m / half_m).ceil() as usize + 1;
        let walked = (0..count).into_par_iter().map(|n| {
            let azimuth_deg = 360.0 * n as f64 / count as f64;
            let track = Track::new(from, height_m, azimuth_deg, range_m + cell_m);
            let mut highest = f64::NEG_INFINITY;
            let mut slopes = vec![f32::NEG_INFINITY];
            for half in 1..=halves {
                slopes.push(highest as f32);
                for part in 0..parts {
                    let range = half_m * (half as f64 + part as f64 / parts as f64);
                    let ground = track.as_ref().and_then(|track| Some((track, dem.height_m(track.place(range)?)?)));
                    if let Some((track, ground_m)) = ground {
                        highest = highest.max(track.slope(range, ground_m));
                    }
                }
            }
            (track, slopes)
        });
        let (tracks, slopes) = walked.unzip();
        Horizons { tracks, slopes, half_m }
    }

    /// The direction of a height at an azimuth and distance; `None` where ground hides it or its height is not known.
    fn sight(&self, azimuth_deg: f64, range_m: f64, height_m: Option<f64>) -> Option<Sight> {
        let at = azimuth_deg / 360.0 * self.tracks.len() as f64;
        let (low, part) = (at as usize % self.tracks.len(), at.fract());
        let high = (low + 1) % self.tracks.len();
        let slope = self.tracks[low].as_ref()?.slope(range_m.max(0.1), height_m?);
        // the half cell that the place lies in hides nothing of it
        let half = (range_m / self.half_m) as usize;
        let of = |track: usize| f64::from(*self.slopes[track].get(half).unwrap_or(&f32::NEG_INFINITY));
        let (a, b) = (of(low), of(high));
        let horizon = if a.is_finite() && b.is_finite() { a * (1.0 - part) + b * part } else { a.max(b) };
        (slope >= horizon - 1e-7).then(|| Sight { azimuth_deg, elevation_deg: slope.atan().to_degrees() })
    }
}
