//! Pixels of a map and places.

use crate::error::{Error, Result};
use crate::place::{LonLat, LonLatBox};
use crate::scene::Window;
use crate::scene::map::MapGrid;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use std::path::Path;

/// From the metres of a grid to places and back. Belongs to one thread.
pub struct Projector {
    to_place: CoordTransform,
    to_map: CoordTransform,
}

impl Projector {
    /// Of a grid's system; the path is for the message.
    ///
    /// # Errors
    /// When PROJ does not know the system.
    pub fn of(grid: &MapGrid, path: &Path) -> Result<Projector> {
        let made = || -> gdal::errors::Result<Projector> {
            let mut wgs84 = SpatialRef::from_epsg(4326)?;
            wgs84.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
            let mut system = SpatialRef::from_wkt(&grid.system)?;
            system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
            Ok(Projector {
                to_place: CoordTransform::new(&system, &wgs84)?,
                to_map: CoordTransform::new(&wgs84, &system)?,
            })
        };
        made().map_err(|error| {
            Error::input(
                path,
                format!("a coordinate system that PROJ does not know ({error})"),
                "UTM, as the maker delivers it",
                "fetch the file again",
            )
        })
    }

    /// The places of points of the grid (line, column; whole numbers are middles of pixels); `None` where there is none.
    pub fn places(&self, grid: &MapGrid, points: &[(f64, f64)]) -> Vec<Option<LonLat>> {
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = points.iter().map(|(line, column)| grid.at(*line, *column)).unzip();
        if self.to_place.transform_coords(&mut x, &mut y, &mut []).is_err() {
            // one bad point spoils the lot
            return points.iter().map(|point| self.place(grid, *point)).collect();
        }
        x.into_iter().zip(y).map(|(lon, lat)| LonLat::new(lon, lat)).collect()
    }

    fn place(&self, grid: &MapGrid, (line, column): (f64, f64)) -> Option<LonLat> {
        let (x, y) = grid.at(line, column);
        let (mut x, mut y) = ([x], [y]);
        self.to_place.transform_coords(&mut x, &mut y, &mut []).ok()?;
        LonLat::new(x[0], y[0])
    }

    /// Line and column of a place, whole numbers being middles of pixels; `None` where the projection has none.
    pub fn pixel(&self, grid: &MapGrid, place: LonLat) -> Option<(f64, f64)> {
        let (mut x, mut y) = ([place.lon()], [place.lat()]);
        self.to_map.transform_coords(&mut x, &mut y, &mut []).ok()?;
        Some(grid.of(x[0], y[0]))
    }

    /// First and last line and column between which an area lies, in or beyond the grid; `None` where the projection has none.
    pub fn bounds(&self, grid: &MapGrid, area: &LonLatBox) -> Option<[f64; 4]> {
        /// Points a side of the area: its edges are bent on the map, by less than a pixel in so short a piece.
        const STEPS: usize = 64;
        let part = |from: f64, to: f64, i: usize| from + (to - from) * i as f64 / STEPS as f64;
        let edge = (0..=STEPS).flat_map(|i| {
            let (lon, lat) = (part(area.west, area.east, i), part(area.south, area.north, i));
            [(lon, area.south), (lon, area.north), (area.west, lat), (area.east, lat)]
        });
        let pixels = edge.filter_map(|(lon, lat)| self.pixel(grid, LonLat::new(lon, lat)?));
        pixels.fold(None, |bounds: Option<[f64; 4]>, (line, column)| {
            let b = bounds.unwrap_or([line, line, column, column]);
            Some([b[0].min(line), b[1].max(line), b[2].min(column), b[3].max(column)])
        })
    }

    /// The part of a grid over an area with so many pixels around it; `None` when they do not meet.
    pub fn window(&self, grid: &MapGrid, area: &LonLatBox, halo: usize) -> Option<Window> {
        let bounds = self.bounds(grid, area)?;
        let clip = |low: f64, high: f64, size: usize| {
            // without the halo first: ground that only the halo reaches is not the area's
            if high < -0.5 || low > size as f64 - 0.5 {
                return None;
            }
            let first = (low.floor() - halo as f64).clamp(0.0, size as f64) as usize;
            let end = (high.ceil() + 1.0 + halo as f64).clamp(0.0, size as f64) as usize;
            (first < end).then(|| (first, end - first))
        };
        let (line0, lines) = clip(bounds[0], bounds[1], grid.lines)?;
        let (column0, columns) = clip(bounds[2], bounds[3], grid.columns)?;
        Some(Window { line0, column0, lines, columns })
    }
}
