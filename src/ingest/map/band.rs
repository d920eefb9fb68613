//! The file of one band, opened afresh for each piece: a data set of GDAL belongs to one thread.

use crate::error::{Error, Result};
use crate::scene::Window;
use crate::scene::map::MapGrid;
use crate::scene::swath::Nodes;
use gdal::raster::{GdalDataType, RasterBand, ResampleAlg};
use gdal::{Dataset, DatasetOptions};
use ndarray::Array2;
use std::path::{Path, PathBuf};

/// Where the counts of a band are.
#[derive(Debug, Clone, PartialEq)]
pub struct BandFile {
    /// As GDAL opens it: a path, or one that begins with `/vsizip/`, `/vsitar/`, `/vsis3/`.
    pub path: PathBuf,
    /// Number of the band in it, from 1.
    pub number: usize,
}

/// A band whose grid is known.
#[derive(Debug)]
pub(super) struct Opened {
    file: BandFile,
    pub grid: MapGrid,
    /// Lines of a block in pixels of the scene.
    pub block_lines: usize,
    /// Its pixels on one of the scene, 0.5 and less where it is coarser.
    finer: f64,
}

const COUNTS: &str = "give the counts as they were delivered, not reflectances";

/// Types whose every value is a count.
fn is_count(kind: GdalDataType) -> bool {
    matches!(kind, GdalDataType::UInt8 | GdalDataType::UInt16 | GdalDataType::Int16)
}

/// Offsets of corners beyond which bands are of different places, in pixels of the coarser.
const APART: f64 = 0.01;

impl Opened {
    /// Reads the head of the file.
    pub fn open(file: BandFile) -> Result<Opened> {
        let data = dataset(&file.path)?;
        let grid = grid_of(&data, &file.path)?;
        let band = data.rasterband(file.number).map_err(|_| {
            let found = format!("{} bands", data.raster_count());
            Error::input(&file.path, found, format!("a band number {}", file.number), "name the bands in their order")
        })?;
        // a float would be cut to whole numbers: reflectances would all be 0
        if !is_count(band.band_type()) {
            let found = format!("pixels of {}", band.band_type().name());
            return Err(Error::input(&file.path, found, "counts: whole numbers of 8 or 16 bits", COUNTS));
        }
        let block_lines = band.block_size().1;
        Ok(Opened { file, grid, block_lines, finer: 1.0 })
    }

    /// Relates it to the grid of the scene.
    pub fn align(&mut self, scene: &MapGrid) -> Result<()> {
        let own = &self.grid;
        let finer = scene.pixel_m / own.pixel_m;
        let whole = if finer >= 1.0 { finer } else { 1.0 / finer };
        let apart = APART * own.pixel_m.max(scene.pixel_m);
        let same_corner = (own.west_m - scene.west_m).abs() < apart && (own.north_m - scene.north_m).abs() < apart;
        let covers = |pixels: usize, wanted: usize| (pixels as f64 / finer - wanted as f64).abs() < whole;
        let same = (whole - whole.round()).abs() < 1e-6
            && same_corner
            && own.system == scene.system
            && covers(own.lines, scene.lines)
            && covers(own.columns, scene.columns);
        if !same {
            return Err(Error::input(
                &self.file.path,
                format!(
                    "{} x {} pixels of {} m from {:.0} m E {:.0} m N",
                    own.columns, own.lines, own.pixel_m, own.west_m, own.north_m
                ),
                format!(
                    "the grid of the 2.2 um band: {} x {} pixels of {} m from {:.0} m E {:.0} m N in the same system",
                    scene.columns, scene.lines, scene.pixel_m, scene.west_m, scene.north_m
                ),
                "fetch the file again: it is of another product or was cut",
            ));
        }
        self.finer = finer;
        self.block_lines = ((self.block_lines as f64 / finer) as usize).max(1);
        Ok(())
    }

    /// Counts at the pixels of the scene, line after line; 0 beyond the file.
    pub fn read(&self, part: &Window, out: &mut [u16]) -> Result<()> {
        let data = dataset(&self.file.path)?;
        let band = data.rasterband(self.file.number).map_err(|error| damaged(&self.file.path, &error.to_string()))?;
        let done = if self.finer >= 1.0 {
            averaged(&band, self.finer.round() as usize, part, out)
        } else {
            repeated(&band, (1.0 / self.finer).round() as usize, part, out)
        };
        done.map_err(|error| damaged(&self.file.path, &error.to_string()))
    }
}

/// A band as fine as the scene, or finer: by its overviews where it has some (of a JPEG2000 its own next resolution).
fn averaged(band: &RasterBand, times: usize, part: &Window, out: &mut [u16]) -> gdal::errors::Result<()> {
    let (columns, lines) = band.size();
    let width = part.columns.min((columns / times).saturating_sub(part.column0));
    let height = part.lines.min((lines / times).saturating_sub(part.line0));
    if width == 0 || height == 0 {
        out.fill(0);
        return Ok(());
    }
    let from = ((part.column0 * times) as isize, (part.line0 * times) as isize);
    let size = (width * times, height * times);
    let how = (times > 1).then_some(ResampleAlg::Average);
    if (width, height) == (part.columns, part.lines) {
        return band.read_into_slice(from, size, (width, height), out, how);
    }
    let read = band.read_as::<u16>(from, size, (width, height), how)?;
    out.fill(0);
    for (line, values) in read.data().chunks_exact(width).enumerate() {
        out[line * part.columns..line * part.columns + width].copy_from_slice(values);
    }
    Ok(())
}

/// A coarser band, each pixel repeated.
fn repeated(band: &RasterBand, times: usize, part: &Window, out: &mut [u16]) -> gdal::errors::Result<()> {
    let (columns, lines) = band.size();
    let (first_line, first_column) = (part.line0 / times, part.column0 / times);
    let end_line = (part.line0 + part.lines).div_ceil(times).min(lines);
    let end_column = (part.column0 + part.columns).div_ceil(times).min(columns);
    out.fill(0);
    if first_line >= end_line || first_column >= end_column {
        return Ok(());
    }
    let (width, height) = (end_column - first_column, end_line - first_line);
    let from = (first_column as isize, first_line as isize);
    let read = band.read_as::<u16>(from, (width, height), (width, height), None)?;
    for (line, row) in out.chunks_exact_mut(part.columns).enumerate() {
        let of = (part.line0 + line) / times - first_line;
        for (column, value) in row.iter_mut().enumerate() {
            let at = (part.column0 + column) / times - first_column;
            if of < height && at < width {
                *value = read.data()[of * width + at];
            }
        }
    }
    Ok(())
}

/// The sun's elevation at nodes of a window, of a file of zenith angles in hundredths of a degree.
/// What is far from the mean of the metadata is none.
pub(super) fn sun_elevation(file: BandFile, grid: &MapGrid, window: &Window, mean_zenith_deg: f64) -> Result<Nodes> {
    /// Pixels between nodes: the sun stands 0.02 degrees higher after so many.
    const STEP: usize = 64;
    let mut open = Opened::open(file)?;
    open.align(grid)?;
    let data = dataset(&open.file.path)?;
    let band = data.rasterband(open.file.number).map_err(|error| damaged(&open.file.path, &error.to_string()))?;
    let nodes = |pixels: usize| pixels.div_ceil(STEP).max(1);
    let (rows, across) = (nodes(window.lines), nodes(window.columns));
    let from = (window.column0 as isize, window.line0 as isize);
    // one value a cell of so many pixels, out of its overviews where it has some: half a cell off is 0.01 degrees
    let read = band
        .read_as::<i16>(from, (window.columns, window.lines), (across, rows), None)
        .map_err(|error| damaged(&open.file.path, &error.to_string()))?;
    // a zenith of 0 is fill outside the tropics
    let elevation = |hundredths: i16| {
        let zenith = f32::from(hundredths) / 100.0;
        if hundredths > 0 && super::sun::is_near(zenith, mean_zenith_deg) { 90.0 - zenith } else { f32::NAN }
    };
    let mut values = Array2::from_shape_vec((rows, across), read.data().iter().copied().map(elevation).collect())
        .map_err(|error| damaged(&open.file.path, &error.to_string()))?;
    let known: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if known.is_empty() {
        return Err(Error::input(
            &open.file.path,
            "no angle over the site that is near that of the metadata",
            "the sun's zenith angle in hundredths of a degree",
            "the angle of the metadata is used",
        ));
    }
    // outside the tilted image there is none: nothing is measured there either
    let mean = known.iter().sum::<f32>() / known.len() as f32;
    values.mapv_inplace(|value| if value.is_finite() { value } else { mean });
    Ok(Nodes { step: (STEP, STEP), values })
}

pub(super) fn dataset(path: &Path) -> Result<Dataset> {
    // GDAL would wait for a pipe, and ask a device
    if !super::files::is_virtual(path) && path.exists() {
        super::files::regular(path)?;
    }
    // other formats name further files and addresses: a product could make this program read what it should not
    let options =
        DatasetOptions { allowed_drivers: Some(&["GTiff", "COG", "JP2OpenJPEG"]), ..DatasetOptions::default() };
    Dataset::open_ex(path, options).map_err(|error| {
        Error::input(
            path,
            format!("nothing that GDAL opens ({error})"),
            "a GeoTIFF or JPEG2000 of one band",
            "fetch the file again",
        )
    })
}

fn damaged(path: &Path, said: &str) -> Error {
    Error::input(
        path,
        format!("a block that cannot be decoded ({said})"),
        "a sound file",
        "fetch the file again; what it would show counts as missing",
    )
}

/// Pixels of a side, and of a file: a tile of Sentinel-2 has 10980 a side, a panchromatic Landsat scene 16000; ours.
const MOST_SIDE: usize = 40_000;
const MOST_PIXELS: usize = 1_000_000_000;

/// Refuses a size that no product has: a sparse file of a few kilobytes can claim any.
fn bounded(path: &Path, (columns, lines): (usize, usize)) -> Result<()> {
    if columns <= MOST_SIDE && lines <= MOST_SIDE && columns.saturating_mul(lines) <= MOST_PIXELS {
        return Ok(());
    }
    let found = format!("{columns} x {lines} pixels");
    let expected = format!("{MOST_SIDE} a side and {MOST_PIXELS} in all at most");
    Err(Error::input(path, found, expected, "fetch the file again, or cut it"))
}

/// Where the pixels of a data set lie.
fn grid_of(data: &Dataset, path: &Path) -> Result<MapGrid> {
    let wrong = |found: String| {
        Error::input(
            path,
            found,
            "a north-up raster with square pixels and a projection in metres",
            "fetch the file again",
        )
    };
    let t = data.geo_transform().map_err(|_| wrong("no geotransform".to_string()))?;
    if t[2] != 0.0 || t[4] != 0.0 || t[1] <= 0.0 || (t[1] + t[5]).abs() > 1e-6 * t[1] {
        return Err(wrong(format!("geotransform {t:?}")));
    }
    let system = data.spatial_ref().map_err(|_| wrong("no coordinate system".to_string()))?;
    if !system.is_projected() {
        return Err(wrong("a coordinate system in degrees".to_string()));
    }
    let system = system.to_wkt().map_err(|error| wrong(error.to_string()))?;
    let (columns, lines) = data.raster_size();
    bounded(path, (columns, lines))?;
    Ok(MapGrid { system, west_m: t[0], north_m: t[3], pixel_m: t[1], lines, columns })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gdal::DriverManager;
    use gdal::raster::GdalType;
    use gdal::spatial_ref::SpatialRef;

    fn raster<T: GdalType>(path: &Path) {
        let driver = DriverManager::get_driver_by_name("GTiff").expect("GeoTIFF");
        let mut data = driver.create_with_band_type::<T, _>(path, 8, 8, 1).expect("made");
        data.set_geo_transform(&[500_000.0, 30.0, 0.0, 4_040_000.0, 0.0, -30.0]).expect("placed");
        data.set_spatial_ref(&SpatialRef::from_epsg(32648).expect("UTM 48")).expect("set");
    }

    /// Reflectances as floats would all be read as count 0 or 1: a scene without fire, or without measurement.
    #[test]
    fn floats_are_no_counts() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("B7.TIF");
        raster::<u16>(&path);
        assert!(Opened::open(BandFile { path: path.clone(), number: 1 }).is_ok());
        raster::<f32>(&path);
        let said = Opened::open(BandFile { path, number: 1 }).expect_err("refused").to_string();
        assert!(said.contains("B7.TIF") && said.contains("Float32") && said.contains("8 or 16 bits"), "{said}");
    }

    #[test]
    fn a_size_that_no_product_has_is_refused() {
        assert!(bounded(Path::new("a.tif"), (16_000, 16_000)).is_ok());
        for size in [(400_000, 400_000), (40_001, 1), (1, 40_001), (35_000, 35_000)] {
            assert!(bounded(Path::new("a.tif"), size).is_err(), "{size:?}");
        }
    }

    #[test]
    fn a_device_is_no_image() {
        let said = dataset(Path::new("/dev/zero")).expect_err("refused").to_string();
        assert!(said.contains("plain file"), "{said}");
    }
}
