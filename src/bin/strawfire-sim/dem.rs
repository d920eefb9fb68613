//! `strawfire-sim dem`: the heights of an invented land as a GeoTIFF, the same that the pictures are made with.

use crate::error::{Result, file};
use crate::ground::Setting;
use crate::heights::{Extent, STEP_DEG};
use crate::output::{partial_name, publish};
use crate::seeds::{Family, key};
use crate::shape::Shape;
use gdal::errors::GdalError;
use gdal::raster::{Buffer, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{DriverManager, Metadata};
use std::path::{Path, PathBuf};

/// West, east, south and north, degrees: the detailed box and some 150 km round it.
const BOUNDS: [f64; 4] = [99.5, 105.5, 33.0, 39.5];

/// Write the heights of the invented land as a GeoTIFF: metres above the WGS84 ellipsoid, no geoid to be added.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// What the seed is for.
    #[arg(long, value_enum, default_value_t = Family::Dev)]
    family: Family,
    /// Number of the seed within its family.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Shape of the land.
    #[arg(long, value_enum, default_value_t)]
    relief: Shape,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    // The land is the same at all times.
    let setting = Setting::new(key(args.family, args.seed), jiff::Timestamp::UNIX_EPOCH, 0.0).over(args.relief, false);
    let extent = Extent::of(BOUNDS);
    let partial = partial_name(&args.out);
    write(&partial, &extent, extent.heights(&setting))
        .map_err(|e| file(&args.out, e, "a GeoTIFF that can be written", "check that the folder of --out is there"))?;
    publish(&partial, &args.out)?;
    println!(
        "{} written: {} by {} heights of {}, seed {} of family {}",
        args.out.display(),
        extent.cols,
        extent.rows,
        args.relief.name(),
        args.seed,
        args.family.name()
    );
    Ok(())
}

fn write(target: &Path, extent: &Extent, heights: Vec<i16>) -> std::result::Result<(), GdalError> {
    let options = RasterCreationOptions::from_iter(["COMPRESS=DEFLATE", "PREDICTOR=2", "TILED=YES"]);
    let size = (extent.cols, extent.rows);
    let driver = DriverManager::get_driver_by_name("GTiff")?;
    let mut raster = driver.create_with_band_type_with_options::<i16, _>(target, size.0, size.1, 1, &options)?;
    let north = extent.south + extent.rows as i64 - 1;
    // A node is the middle of its cell.
    let west_edge = (extent.west as f64 - 0.5) * STEP_DEG;
    let north_edge = (north as f64 + 0.5) * STEP_DEG;
    raster.set_geo_transform(&[west_edge, STEP_DEG, 0.0, north_edge, 0.0, -STEP_DEG])?;
    raster.set_spatial_ref(&SpatialRef::from_epsg(4326)?)?;
    raster.set_description("simulated: an invented land, metres above the WGS84 ellipsoid")?;
    raster.set_metadata_item("SIMULATED", "YES", "")?;
    raster.set_metadata_item("HEIGHTS", "metres above the WGS84 ellipsoid", "")?;
    raster.rasterband(1)?.write((0, 0), size, &mut Buffer::new(size, heights))?;
    raster.close()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heights;

    #[test]
    fn what_is_written_is_what_the_renderer_uses() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("dem.tif");
        run(&Args { out: out.clone(), family: Family::Dev, seed: 2, relief: Shape::Haidong }).expect("written");
        let raster = gdal::Dataset::open(&out).expect("a raster");
        let [west, dx, _, north, _, dy] = raster.geo_transform().expect("a transform");
        let setting = Setting::new(key(Family::Dev, 2), jiff::Timestamp::UNIX_EPOCH, 0.0);
        let band = raster.rasterband(1).expect("a band");
        for (col, row) in [(0, 0), (2400, 2600), (1200, 1300), (730, 1500), (1160, 1199)] {
            let height = band.read_as::<f64>((col, row), (1, 1), (1, 1), None).expect("read").data()[0];
            let (lon, lat) = (west + (col as f64 + 0.5) * dx, north + (row as f64 + 0.5) * dy);
            assert!((height - heights::height_m(&setting, lon, lat)).abs() < 1e-3, "{lon} {lat} {height}");
        }
    }
}
