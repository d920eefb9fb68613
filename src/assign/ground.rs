//! The place of a geostationary fire on the ground: where its line of sight meets the terrain.

use crate::fire::FirePixel;
use crate::ingest::geometry::fixed_grid;
use crate::ingest::geometry::terrain::{self, Relief, with_relief};
use crate::layers::dem::Dem;
use crate::place::LonLatBox;
use crate::scene::{FixedGrid, Scene, Window};
use crate::thresholds::PlaceThresholds;
use ndarray::{Array2, s};
use std::sync::{Arc, Mutex, PoisonError};

/// Pixels around the site for which heights are of use: the backgrounds of its fires, and its ground at 5 km of height,
/// which seems 8 km away.
const AROUND: usize = 40;

/// The ground of a site, and how a satellite saw it last: slot after slot it is the same.
pub struct Ground {
    dem: Dem,
    last: Mutex<Option<Seen>>,
}

/// How a satellite saw a part of its grid.
#[derive(Clone)]
struct Seen {
    grid: FixedGrid,
    part: Window,
    heights: Arc<Array2<f32>>,
}

impl Ground {
    /// Of an elevation model.
    pub fn new(dem: Dem) -> Self {
        Ground { dem, last: Mutex::new(None) }
    }

    /// The elevation model.
    pub fn dem(&self) -> &Dem {
        &self.dem
    }

    /// Height of the ground that each pixel of a scene sees, metres; NaN far from the site and where it is not known.
    pub fn heights(&self, scene: &Scene, site: &LonLatBox) -> Array2<f32> {
        let mut heights = Array2::from_elem(scene.state.dim(), f32::NAN);
        let near = fixed_grid::window_of(&scene.grid, site, AROUND).and_then(|near| near.shared_with(&scene.window));
        if let Some(near) = near {
            let (line, column) = (near.line0 - scene.window.line0, near.column0 - scene.window.column0);
            let part = s![line..line + near.lines, column..column + near.columns];
            heights.slice_mut(part).assign(&self.seen(&scene.grid, near));
        }
        heights
    }

    fn seen(&self, grid: &FixedGrid, part: Window) -> Arc<Array2<f32>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(seen) = last.filter(|seen| seen.grid == *grid && seen.part == part) {
            return seen.heights;
        }
        let heights = Arc::new(with_relief(&self.dem, |relief| terrain::heights(grid, &part, relief)));
        let seen = Seen { grid: *grid, part, heights: Arc::clone(&heights) };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        heights
    }

    /// Moves fires of a fixed grid from the ellipsoid, where the detector sees them, onto the ground, with their footprints
    /// and the error that remains. Where the height is not known on the way a fire stays where it is, and says so.
    pub fn place(&self, fires: &mut [FirePixel], grid: &FixedGrid, t: &PlaceThresholds) {
        with_relief(&self.dem, |relief| {
            for fire in fires {
                place_one(fire, grid, relief, self.dem.error_m(), t);
            }
        });
    }
}

fn place_one(fire: &mut FirePixel, grid: &FixedGrid, relief: &Relief, height_error_m: f64, t: &PlaceThresholds) {
    let (Some(line), Some(column)) = (fire.line, fire.column) else { return };
    let pixel = (f64::from(column), f64::from(line));
    let Some(seen) = terrain::first_ground(grid, pixel, relief) else { return };
    fire.place = seen.place;
    fire.terrain_corrected = Some(true);
    fire.footprint = terrain::corners(grid, pixel, relief).or(fire.footprint);
    let spread = terrain::spread(grid, pixel, t.navigation_m, height_error_m);
    (fire.place_spread, fire.position_error_m) = (spread, spread.map(|spread| spread.distance_m().round()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::geometry::fixed_grid::himawari as ahi;
    use crate::place::LonLat;
    use crate::time::Utc;

    /// First vector of tests/tools/line_of_sight.py: on a plateau of 2500 m a fire moves 3240 m east and 2422 m south.
    #[test]
    fn a_fire_moves_onto_the_plateau() {
        let time = Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid");
        let seems = fixed_grid::to_lonlat(&ahi(), 1254.0, 995.0).expect("on earth");
        let mut fire = FirePixel::bare("a", time, seems);
        (fire.line, fire.column, fire.pixel_area_km2) = (Some(995), Some(1254), Some(8.7));
        let outside = FirePixel { column: Some(2000), ..fire.clone() };
        let (height, t) = (|place: LonLat| (place.lon() < 104.0).then_some(2500.0), PlaceThresholds::default());
        let relief = Relief { height_m: &height, range_m: (1700.0, 4000.0), step_m: 100.0 };
        let mut fires = [fire, outside.clone()];
        for fire in &mut fires {
            place_one(fire, &ahi(), &relief, 190.0, &t);
        }
        let moved = fires[0].place.distance_m(seems);
        assert!((moved - 4045.4).abs() < 20.0 && fires[0].place.lon() > seems.lon(), "{moved}");
        assert_eq!(fires[0].terrain_corrected, Some(true));
        assert!(fires[0].footprint.is_some());
        // by hand: sides of 3.09 and 3.41 km, root of (9.55 + 11.63) / 12 = 1328 m; navigation 1000 m, 1.62 * 190 = 308 m
        assert!((fires[0].position_error_m.expect("known") - 1691.0).abs() < 5.0, "{:?}", fires[0].position_error_m);
        assert_eq!((fires[1].place, fires[1].terrain_corrected), (outside.place, None));
    }
}
