//! Rasters of class codes: only windows around places are read, and no two codes are ever mixed.

use super::{ToPixel, covered, open, wrong};
use crate::error::Result;
use crate::place::{LonLat, LonLatBox};
use gdal::Dataset;
use gdal::raster::ResampleAlg;
use ndarray::Array2;
use std::path::{Path, PathBuf};

/// An open raster of codes, from which windows are read. It belongs to one thread.
pub struct CodeRaster {
    data: Dataset,
    path: PathBuf,
    to_pixel: ToPixel,
    none: Option<f64>,
    cell_m: f64,
}

/// The codes around a place.
pub struct CodeWindow {
    values: Array2<i32>,
    to_pixel: ToPixel,
    none: Option<i32>,
}

impl CodeRaster {
    /// Opens a raster for places within an area.
    ///
    /// # Errors
    /// [`crate::error::Error::Input`] where GDAL cannot read it, or it does not say where it lies.
    pub fn open(path: &Path, area: &LonLatBox) -> Result<CodeRaster> {
        let (data, to_pixel) = open(path, area)?;
        let gdal = |error: gdal::errors::GdalError| wrong(path, error.to_string(), "a raster that GDAL reads");
        let none = data.rasterband(1).map_err(gdal)?.no_data_value();
        let middle = LonLat::new((area.west + area.east) / 2.0, (area.south + area.north) / 2.0);
        let cell_m = middle.map_or(1.0, |middle| to_pixel.cell_m(middle));
        Ok(CodeRaster { data, path: path.to_path_buf(), to_pixel, none, cell_m })
    }

    /// Whether its values are fractions by their type (Float32, Float64), which no class code needs.
    ///
    /// # Errors
    /// [`crate::error::Error::Input`] where GDAL cannot say.
    pub fn holds_fractions(&self) -> Result<bool> {
        let gdal = |error: gdal::errors::GdalError| wrong(&self.path, error.to_string(), "a raster that GDAL reads");
        Ok(self.data.rasterband(1).map_err(gdal)?.band_type().is_floating())
    }

    /// Reads the codes over a small area, the nearest one of cells smaller than `finest_m`; `None` where it has no cell there.
    ///
    /// # Errors
    /// [`crate::error::Error::Input`] where GDAL cannot read them.
    pub fn window(&self, area: &LonLatBox, finest_m: f64) -> Result<Option<CodeWindow>> {
        let Some((column0, row0, width, height)) = covered(&self.to_pixel, area, self.data.raster_size()) else {
            return Ok(None);
        };
        let gdal = |error: gdal::errors::GdalError| wrong(&self.path, error.to_string(), "a raster that GDAL reads");
        let fewer = (finest_m / self.cell_m).round().max(1.0) as usize;
        let size = (width.div_ceil(fewer), height.div_ceil(fewer));
        let nearest = Some(ResampleAlg::NearestNeighbour);
        let band = self.data.rasterband(1).map_err(gdal)?;
        let at = (column0 as isize, row0 as isize);
        let read = band.read_as::<i32>(at, (width, height), size, nearest).map_err(gdal)?;
        let values = Array2::from_shape_vec((size.1, size.0), read.data().to_vec())
            .map_err(|error| wrong(&self.path, error.to_string(), "as many values as cells"))?;
        let (across, down) = (width as f64 / size.0 as f64, height as f64 / size.1 as f64);
        let to_pixel = self.to_pixel.clone().within(column0 as f64, row0 as f64, across, down);
        Ok(Some(CodeWindow { values, to_pixel, none: self.none.map(|none| none as i32) }))
    }
}

impl CodeWindow {
    /// The code of the cell that a place lies in; `None` outside and where there is no value.
    pub fn at(&self, place: LonLat) -> Option<i32> {
        let [column, row] = self.to_pixel.of(place)?;
        let (rows, columns) = self.values.dim();
        let cell = |at: f64, size: usize| {
            let at = at.round();
            (at >= 0.0 && at < size as f64).then_some(at as usize)
        };
        let code = self.values[(cell(row, rows)?, cell(column, columns)?)];
        Some(code).filter(|code| Some(*code) != self.none)
    }

    /// All codes that are there, without those of no value.
    pub fn codes(&self) -> impl Iterator<Item = i32> + '_ {
        self.values.iter().copied().filter(|code| Some(*code) != self.none)
    }
}
