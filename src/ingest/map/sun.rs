//! The sun over a product, as metadata give it: checked, and turned into elevations over the window.

use crate::error::{Error, Result};
use crate::scene::Window;
use crate::scene::map::MapGrid;
use crate::scene::swath::Nodes;
use ndarray::Array2;
use std::path::Path;

/// An elevation that can be.
///
/// # Errors
/// When it is none between -90 and 90.
pub(super) fn checked(path: &Path, elevation_deg: f64) -> Result<f64> {
    if (-90.0..=90.0).contains(&elevation_deg) {
        return Ok(elevation_deg);
    }
    let found = format!("the sun {elevation_deg} degrees above the horizon");
    Err(Error::input(path, found, "an elevation from -90 to 90", "fetch the metadata again, or correct them"))
}

/// From the mean of a scene, degrees: across one the sun differs by 2; ours.
const FROM_MEAN_DEG: f64 = 10.0;

/// Whether a zenith angle can be that of a place in a scene of this mean.
pub(super) fn is_near(zenith_deg: f32, mean_deg: f64) -> bool {
    (0.0..=180.0).contains(&zenith_deg) && (f64::from(zenith_deg) - mean_deg).abs() <= FROM_MEAN_DEG
}

/// Zenith angles of the sun at nodes that begin in the north-western corner of the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct ZenithGrid {
    /// From north to south and from west to east, m.
    pub step_m: (f64, f64),
    /// Degrees; every one a number.
    pub zenith_deg: Array2<f32>,
}

impl ZenithGrid {
    /// Elevations over a window, degrees.
    pub(super) fn elevation(&self, grid: &MapGrid, window: &Window) -> Nodes {
        /// Pixels between nodes.
        const STEP: usize = 64;
        let nodes = |pixels: usize| pixels.div_ceil(STEP) + 1;
        let at = |first: usize, node: usize, step_m: f64| ((first + node * STEP) as f64 + 0.5) * grid.pixel_m / step_m;
        let values = Array2::from_shape_fn((nodes(window.lines), nodes(window.columns)), |(i, j)| {
            let (y, x) = (at(window.line0, i, self.step_m.0), at(window.column0, j, self.step_m.1));
            90.0 - self.between(y, x)
        });
        Nodes { step: (STEP, STEP), values }
    }

    /// The angle between four nodes; beyond the last that of the last.
    fn between(&self, y: f64, x: f64) -> f32 {
        let (rows, columns) = self.zenith_deg.dim();
        let split = |at: f64, count: usize| {
            let at = at.clamp(0.0, (count - 1) as f64);
            let first = (at as usize).min(count.saturating_sub(2));
            (first, (first + 1).min(count - 1), (at - first as f64) as f32)
        };
        let ((i, i1, v), (j, j1, u)) = (split(y, rows), split(x, columns));
        let z = &self.zenith_deg;
        let upper = z[(i, j)] + u * (z[(i, j1)] - z[(i, j)]);
        let lower = z[(i1, j)] + u * (z[(i1, j1)] - z[(i1, j)]);
        upper + v * (lower - upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a plane the nodes give the plane back.
    #[test]
    fn a_plane_of_angles_stays_one() {
        let zenith_deg = Array2::from_shape_fn((23, 23), |(i, j)| 30.0 + 0.1 * i as f32 + 0.05 * j as f32);
        let angles = ZenithGrid { step_m: (5000.0, 5000.0), zenith_deg };
        let grid =
            MapGrid { system: String::new(), west_m: 0.0, north_m: 0.0, pixel_m: 20.0, lines: 5490, columns: 5490 };
        let window = Window { line0: 1000, column0: 2000, lines: 300, columns: 200 };
        let nodes = angles.elevation(&grid, &window);
        for (line, column) in [(0, 0), (299, 199), (100, 64)] {
            let (y, x) = ((1000.5 + line as f32) * 20.0 / 5000.0, (2000.5 + column as f32) * 20.0 / 5000.0);
            let expected = 90.0 - (30.0 + 0.1 * y + 0.05 * x);
            assert!((nodes.at((line, column)) - expected).abs() < 1e-3, "{line} {column}");
        }
        assert!(is_near(52.0, 60.0) && !is_near(300.0, 60.0) && !is_near(120.0, 60.0) && !is_near(f32::NAN, 60.0));
        assert!(checked(Path::new("x"), 90.5).is_err() && checked(Path::new("x"), f64::NAN).is_err());
    }
}
