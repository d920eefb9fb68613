//! Rasters of sixty or a hundred million pixels, written strip by strip and then brought into the form of the maker.
//!
//! A JPEG2000 or a cloud-optimised GeoTIFF is written in one go out of another raster, so each band is first a plain
//! GeoTIFF beside its place, hidden, and gone at the end.

use super::grid::Grid;
use crate::error::{Result, SimError, file};
use crate::output::{partial_name, publish};
use gdal::errors::GdalError;
use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager, Metadata};
use std::fs;
use std::path::{Path, PathBuf};

/// What a raster becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Cloud-optimised GeoTIFF, as Landsat Collection 2 is delivered.
    Cog,
    /// JPEG2000 without loss, in tiles of this side.
    Jp2 { tile: usize },
    /// GeoTIFF in compressed tiles.
    Tiff,
}

/// A raster that is being written.
pub struct Draft {
    data: Dataset,
    columns: usize,
    at: PathBuf,
    target: PathBuf,
    form: Form,
}

/// Settles what GDAL does for the whole run: its cache does not grow with the machine, and it leaves no other files.
pub fn settle() -> Result<()> {
    let set = |key: &str, value: &str| gdal::config::set_config_option(key, value);
    // the rows of tiles that a JPEG2000 is made from, for two bands at once
    set("GDAL_CACHEMAX", "192")
        .and_then(|()| set("GDAL_PAM_ENABLED", "NO"))
        .map_err(|error| unwritable(Path::new("GDAL"), &error))
}

impl Draft {
    /// An empty raster with so many bands of the type `T`.
    pub fn new<T: GdalType>(
        target: &Path,
        system: &SpatialRef,
        grid: &Grid,
        bands: usize,
        form: Form,
    ) -> Result<Draft> {
        let at = draft_name(target);
        let made = || -> std::result::Result<Dataset, GdalError> {
            let driver = DriverManager::get_driver_by_name("GTiff")?;
            let size = (grid.columns, grid.lines);
            // interleaved bands would be rewritten whole for each band
            let options = RasterCreationOptions::from_iter(["INTERLEAVE=BAND", "BIGTIFF=IF_SAFER"]);
            let mut data = driver.create_with_band_type_with_options::<T, _>(&at, size.0, size.1, bands, &options)?;
            data.set_geo_transform(&[grid.west_m, grid.pixel_m, 0.0, grid.north_m, 0.0, -grid.pixel_m])?;
            data.set_spatial_ref(system)?;
            mark(&mut data)?;
            Ok(data)
        };
        let data = made().map_err(|error| unwritable(target, &error))?;
        Ok(Draft { data, columns: grid.columns, at, target: target.to_path_buf(), form })
    }

    /// A copy of a raster that can be changed.
    pub fn copy(source: &Dataset, target: &Path, form: Form) -> Result<Draft> {
        let at = draft_name(target);
        let made = || -> std::result::Result<Dataset, GdalError> {
            let options = RasterCreationOptions::from_iter(["BIGTIFF=IF_SAFER"]);
            let mut data = source.create_copy(&DriverManager::get_driver_by_name("GTiff")?, &at, &options)?;
            mark(&mut data)?;
            Ok(data)
        };
        let data = made().map_err(|error| unwritable(target, &error))?;
        Ok(Draft { columns: data.raster_size().0, data, at, target: target.to_path_buf(), form })
    }

    /// Says that the coordinates of the file are those of the middles of pixels, as Landsat's are, and what is no data.
    pub fn like_landsat(&mut self, no_data: Option<f64>) -> Result<()> {
        self.landsat(no_data).map_err(|error| unwritable(&self.target, &error))
    }

    fn landsat(&mut self, no_data: Option<f64>) -> std::result::Result<(), GdalError> {
        self.data.set_metadata_item("AREA_OR_POINT", "Point", "")?;
        match no_data {
            Some(_) => self.data.rasterband(1)?.set_no_data_value(no_data),
            None => Ok(()),
        }
    }

    /// Writes whole lines of a band, from 1, that begin at a line.
    pub fn write<T: GdalType + Copy>(&mut self, band: usize, line0: usize, values: Vec<T>) -> Result<()> {
        let size = (self.columns, values.len() / self.columns);
        self.write_window(band, (line0, 0), size, values)
    }

    /// Writes a window of a band: its first line and column, and its columns and lines.
    pub fn write_window<T: GdalType + Copy>(
        &mut self,
        band: usize,
        (line, column): (usize, usize),
        size: (usize, usize),
        values: Vec<T>,
    ) -> Result<()> {
        let mut values = Buffer::new(size, values);
        let band = self.data.rasterband(band);
        band.and_then(|mut band| band.write((column as isize, line as isize), size, &mut values))
            .map_err(|error| unwritable(&self.target, &error))
    }

    /// Reads a window of a band: its first line and column, and its columns and lines.
    pub fn read_window(&self, band: usize, (line, column): (usize, usize), size: (usize, usize)) -> Result<Vec<u16>> {
        let band = self.data.rasterband(band);
        band.and_then(|band| band.read_as::<u16>((column as isize, line as isize), size, size, None))
            .map(|values| values.into_shape_and_vec().1)
            .map_err(|error| unwritable(&self.target, &error))
    }

    /// Brings it into its form and gives it its name.
    pub fn finish(mut self) -> Result<()> {
        let partial = partial_name(&self.target);
        self.bring(&partial).map_err(|error| unwritable(&self.target, &error))?;
        publish(&partial, &self.target)
    }

    fn bring(&mut self, partial: &Path) -> std::result::Result<(), GdalError> {
        self.data.flush_cache()?;
        let (driver, options) = self.form.driver();
        self.data.create_copy(&DriverManager::get_driver_by_name(driver)?, partial, &options)?.close()
    }
}

/// The plain raster goes, whether or not anything came of it.
impl Drop for Draft {
    fn drop(&mut self) {
        // what cannot be removed is hidden and named partial: nothing takes it for data
        let _ = fs::remove_file(&self.at);
    }
}

impl Form {
    /// The form that a raster has, as far as it is one of these.
    pub fn of(data: &Dataset) -> Form {
        let driver = data.driver().short_name();
        let layout = data.metadata_item("LAYOUT", "IMAGE_STRUCTURE");
        match (driver.as_str(), layout.as_deref()) {
            ("JP2OpenJPEG", _) => {
                let tile = data.rasterband(1).map_or(1024, |band| band.block_size().0);
                Form::Jp2 { tile: tile.clamp(64, 1024) }
            }
            (_, Some("COG")) => Form::Cog,
            _ => Form::Tiff,
        }
    }

    fn driver(self) -> (&'static str, RasterCreationOptions) {
        match self {
            Form::Cog => {
                let options = ["COMPRESS=DEFLATE", "PREDICTOR=2", "BLOCKSIZE=256", "OVERVIEW_RESAMPLING=NEAREST"];
                ("COG", RasterCreationOptions::from_iter(options))
            }
            Form::Jp2 { tile } => {
                let (x, y) = (format!("BLOCKXSIZE={tile}"), format!("BLOCKYSIZE={tile}"));
                let options = ["CODEC=JP2", "QUALITY=100", "REVERSIBLE=YES", "YCC=NO", "COMMENT=SIMULATED", &x, &y];
                ("JP2OpenJPEG", RasterCreationOptions::from_iter(options))
            }
            Form::Tiff => {
                let options = ["COMPRESS=DEFLATE", "PREDICTOR=2", "TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"];
                ("GTiff", RasterCreationOptions::from_iter(options))
            }
        }
    }
}

fn mark(data: &mut Dataset) -> std::result::Result<(), GdalError> {
    data.set_metadata_item("SIMULATED", "YES", "")
}

/// The name of a raster that is not yet in its form.
fn draft_name(target: &Path) -> PathBuf {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    target.with_file_name(format!(".{name}.draft.partial"))
}

fn unwritable(path: &Path, error: &GdalError) -> SimError {
    file(path, error, "a raster that can be written", "check free space and permissions of the folder given to --out")
}

#[cfg(test)]
mod tests {
    use super::super::grid::utm;
    use super::*;

    /// Counts come back as they were in every form, and nothing is left beside the file.
    #[test]
    fn no_form_loses_a_count() {
        let folder = tempfile::tempdir().expect("a folder");
        let grid = Grid { west_m: 199_980.0, north_m: 4_100_040.0, pixel_m: 20.0, lines: 150, columns: 130 };
        let counts: Vec<u16> = (0..150 * 130).map(|i| (i * 7919 % 65_536) as u16).collect();
        settle().expect("settled");
        for (name, form) in [("a.TIF", Form::Cog), ("b.jp2", Form::Jp2 { tile: 64 }), ("c.tif", Form::Tiff)] {
            let target = folder.path().join(name);
            let mut draft = Draft::new::<u16>(&target, &utm(48).expect("a zone"), &grid, 1, form).expect("a draft");
            if form == Form::Cog {
                draft.like_landsat(Some(0.0)).expect("marked");
            }
            draft.write(1, 0, counts[..130 * 100].to_vec()).expect("written");
            draft.write(1, 100, counts[130 * 100..].to_vec()).expect("written");
            draft.finish().expect("finished");
            let data = Dataset::open(&target).expect("a raster");
            assert_eq!(data.geo_transform().expect("a transform"), [199_980.0, 20.0, 0.0, 4_100_040.0, 0.0, -20.0]);
            let read = data.rasterband(1).expect("a band").read_band_as::<u16>().expect("read");
            assert_eq!(read.data(), counts, "{name}");
            assert_eq!(Form::of(&data), form, "{name}");
        }
        let left = fs::read_dir(folder.path()).expect("listed").count();
        assert_eq!(left, 3);
    }
}
