//! Elevation of the ground.

use super::raster::Raster;
use crate::error::{Error, Result};
use crate::place::{LonLat, LonLatBox};
use std::path::Path;

/// Finer cells than this are averaged: a pixel of two kilometres does not feel a field's edge.
const FINEST_M: f64 = 200.0;
/// The same for a camera, which looks along the ground and feels its ridges.
const FINEST_OF_CAMERAS_M: f64 = 30.0;
/// Heights outside are no ground of the earth, metres.
const PLAUSIBLE_M: std::ops::RangeInclusive<f32> = -500.0..=9000.0;

/// An elevation model over the site and its surroundings.
#[derive(Debug, Clone)]
pub struct Dem {
    raster: Raster,
    offset_m: f64,
    error_m: f64,
    lowest_m: f64,
    highest_m: f64,
}

impl Dem {
    /// Reads a raster of heights (m above the geoid) over an area. `offset_m` is added to give heights above the WGS84
    /// ellipsoid; `error_m` is their standard error, by default what the size of the cells leaves unknown.
    ///
    /// # Errors
    /// [`Error::Input`] where it cannot be read, does not cover the area or holds no heights.
    pub fn read(path: &Path, area: &LonLatBox, offset_m: f64, error_m: Option<f64>) -> Result<Dem> {
        Dem::of(Raster::read(path, area, FINEST_M)?, path, offset_m, error_m)
    }

    /// The same with cells down to 30 m, as cameras need them.
    ///
    /// # Errors
    /// As [`Dem::read`].
    pub fn read_fine(path: &Path, area: &LonLatBox, offset_m: f64, error_m: Option<f64>) -> Result<Dem> {
        Dem::of(Raster::read(path, area, FINEST_OF_CAMERAS_M)?, path, offset_m, error_m)
    }

    fn of(raster: Raster, path: &Path, offset_m: f64, error_m: Option<f64>) -> Result<Dem> {
        let heights = || raster.values().filter(|height| height.is_finite());
        let (lowest, highest) = heights().fold((f32::MAX, f32::MIN), |(low, high), h| (low.min(h), high.max(h)));
        if lowest > highest || !PLAUSIBLE_M.contains(&lowest) || !PLAUSIBLE_M.contains(&highest) {
            let found =
                if lowest > highest { "no heights".to_string() } else { format!("values of {lowest} to {highest}") };
            return Err(Error::input(
                path,
                found,
                "heights in metres over the site",
                "name an elevation raster in metres",
            ));
        }
        Ok(Dem {
            error_m: error_m.unwrap_or_else(|| error_of_cells(raster.cell_m())),
            offset_m,
            lowest_m: f64::from(lowest) + offset_m,
            highest_m: f64::from(highest) + offset_m,
            raster,
        })
    }

    /// Height above the ellipsoid at a place, metres; `None` where the raster has none.
    pub fn height_m(&self, place: LonLat) -> Option<f64> {
        self.raster.at(place).map(|height| height + self.offset_m)
    }

    /// A height above the sea as one above the ellipsoid, metres.
    pub fn above_ellipsoid_m(&self, above_sea_m: f64) -> f64 {
        above_sea_m + self.offset_m
    }

    /// Lowest and highest of its heights above the ellipsoid, metres.
    pub fn range_m(&self) -> (f64, f64) {
        (self.lowest_m, self.highest_m)
    }

    /// Standard error of a height, metres.
    pub fn error_m(&self) -> f64 {
        self.error_m
    }

    /// Side of a cell, metres.
    pub fn cell_m(&self) -> f64 {
        self.raster.cell_m()
    }
}

/// Standard error of the height at a place by the size of the cells that are to know it, metres. Fitted to means of a
/// 15 arc second model of Haidong over 1/12, 1/30 and 1/60 degree, which leave 179, 107 and 70 m \[O\]: other country
/// is smoother.
fn error_of_cells(cell_m: f64) -> f64 {
    179.0 * (cell_m / 8_300.0).powf(0.58)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The three figures above, within a tenth; 1/12 degree is 9.27 by 7.46 km at 36.4 N.
    #[test]
    fn smaller_cells_leave_less_unknown() {
        for (cell_m, expected) in [(8_315.0, 179.0), (3_326.0, 107.0), (1_663.0, 70.0)] {
            let error = error_of_cells(cell_m);
            assert!((error / expected - 1.0).abs() < 0.1, "{cell_m}: {error}");
        }
    }
}
