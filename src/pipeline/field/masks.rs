//! Fire masks as GeoTIFF: the product's own grid, a byte a pixel, 1 where fire was found, before any clipping.

use super::Products;
use crate::error::{Error, Result};
use gdal::DriverManager;
use gdal::raster::{Buffer, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Not searched: outside the window of the site.
const NOT_SEARCHED: u8 = 255;
/// Lines that are written at once, those of a tile.
const LINES: usize = 512;

/// Writes `firemask_<algorithm>_<granule>.tif` of each mask and gives the paths.
///
/// # Errors
/// [`Error::Output`].
pub fn write(products: &Products, out: &Path) -> Result<Vec<PathBuf>> {
    crate::layers::raster::quiet_gdal();
    let one = |algorithm: &crate::detect::field::Algorithm| {
        let path = out.join(format!("firemask_{}_{}.tif", algorithm.name(), products.source.scene.granule));
        let temporary = path.with_extension(format!("{}.part", std::process::id()));
        let written = fill(products, algorithm.bit(), &temporary)
            .map_err(|error| error.to_string())
            .and_then(|()| std::fs::rename(&temporary, &path).map_err(|error| error.to_string()));
        if let Err(reason) = written {
            // nothing is left under the other name
            let _ = std::fs::remove_file(&temporary);
            return Err(Error::output(&path, reason));
        }
        Ok(path)
    };
    products.algorithms.par_iter().map(one).collect()
}

fn fill(products: &Products, bit: u8, path: &Path) -> gdal::errors::Result<()> {
    let (scene, masks) = (&products.source.scene, &products.masks);
    let (grid, window) = (&scene.grid, &scene.window);
    let options = RasterCreationOptions::from_iter([
        "COMPRESS=DEFLATE",
        "ZLEVEL=1",
        "TILED=YES",
        "BLOCKXSIZE=512",
        "BLOCKYSIZE=512",
    ]);
    let driver = DriverManager::get_driver_by_name("GTiff")?;
    let mut data = driver.create_with_band_type_with_options::<u8, _>(path, grid.columns, grid.lines, 1, &options)?;
    data.set_geo_transform(&[grid.west_m, grid.pixel_m, 0.0, grid.north_m, 0.0, -grid.pixel_m])?;
    data.set_spatial_ref(&SpatialRef::from_wkt(&grid.system)?)?;
    let mut band = data.rasterband(1)?;
    band.set_no_data_value(Some(f64::from(NOT_SEARCHED)))?;
    for line0 in (0..grid.lines).step_by(LINES) {
        let lines = LINES.min(grid.lines - line0);
        let mut bytes = vec![NOT_SEARCHED; lines * grid.columns];
        for (line, row) in bytes.chunks_exact_mut(grid.columns).enumerate() {
            let Some(of) = (line0 + line).checked_sub(window.line0).filter(|of| *of < window.lines) else { continue };
            for (byte, mask) in row[window.column0..].iter_mut().zip(masks.row(of)) {
                *byte = u8::from(mask & bit != 0);
            }
        }
        band.write((0, line0 as isize), (grid.columns, lines), &mut Buffer::new((grid.columns, lines), bytes))?;
    }
    // what waits in its cache may not fit on the disk
    data.flush_cache()?;
    data.close()
}
