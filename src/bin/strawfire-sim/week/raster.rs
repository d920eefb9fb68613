//! The land cover map of the site: the invented cover as a product would have it, with its errors.

use super::cover::{BARE, BUILT, CROPLAND, GRASS, LandCover, SHRUB, SNOW, TREE, moved};
use crate::error::{Result, file};
use crate::output::{partial_name, publish};
use crate::seeds::{hash2, unit};
use crate::terrain::plane_km;
use crate::texture::value_noise;
use gdal::errors::GdalError;
use gdal::raster::{Buffer, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{DriverManager, Metadata};
use rayon::prelude::*;
use std::path::Path;

/// West, east, south and north of the map, degrees: the counties and 5 km round them.
pub const BOUNDS: [f64; 4] = [101.60, 103.14, 35.40, 37.20];
/// Borders are shifted by up to so many km, smoothly over some hundred metres.
const SHIFT_KM: f64 = 0.030;
const SHIFT_WAVE_KM: f64 = 0.25;
/// Blocks of this side (km) of which this share is read as another class.
const BLOCK_KM: f64 = 0.09;
const WRONG_BLOCKS: f64 = 0.02;
/// Single cells that are wrong beside those.
const WRONG_CELLS: f64 = 0.015;

/// The map's class at a place: what stands up to 30 m away, and some per cent of it wrong.
pub fn mapped(cover: &LandCover, key: u64, lon: f64, lat: f64) -> u8 {
    let (x, y) = plane_km(lon, lat);
    let shift = |n: u64| SHIFT_KM * value_noise(hash2(key, 61, n as i64), x / SHIFT_WAVE_KM, y / SHIFT_WAVE_KM);
    let (lon, lat) = moved((lon, lat), shift(0), shift(1));
    let class = cover.class(lon, lat);
    let block = hash2(hash2(key, 62, 0), (x / BLOCK_KM).floor() as i64, (y / BLOCK_KM).floor() as i64);
    let cell = hash2(hash2(key, 63, 0), (x * 1e4).floor() as i64, (y * 1e4).floor() as i64);
    if unit(hash2(block, 0, 0)) < WRONG_BLOCKS {
        mistaken(class, unit(hash2(block, 1, 0)))
    } else if unit(hash2(cell, 0, 0)) < WRONG_CELLS {
        mistaken(class, unit(hash2(cell, 1, 0)))
    } else {
        class
    }
}

/// What a class is likely to be taken for [O, after the confusions that the product's validation reports name].
fn mistaken(class: u8, draw: f64) -> u8 {
    let [first, second] = match class {
        TREE => [SHRUB, GRASS],
        SHRUB => [GRASS, TREE],
        GRASS => [CROPLAND, BARE],
        CROPLAND => [GRASS, BARE],
        BUILT => [BARE, CROPLAND],
        BARE => [GRASS, CROPLAND],
        SNOW => [BARE, BARE],
        _ => [BARE, GRASS],
    };
    if draw < 0.65 { first } else { second }
}

/// Writes the map with cells of so many degrees.
pub fn write(target: &Path, cover: &LandCover, key: u64, cell_deg: f64) -> Result<()> {
    let [west, east, south, north] = BOUNDS;
    let count = |width: f64| (width / cell_deg).round().max(1.0) as usize;
    let (columns, rows) = (count(east - west), count(north - south));
    let classes: Vec<u8> = (0..rows)
        .into_par_iter()
        .flat_map_iter(|row| {
            let lat = north - (row as f64 + 0.5) * cell_deg;
            (0..columns).map(move |column| mapped(cover, key, west + (column as f64 + 0.5) * cell_deg, lat))
        })
        .collect();
    let partial = partial_name(target);
    raster(&partial, (columns, rows), cell_deg, classes)
        .map_err(|e| file(target, e, "a GeoTIFF that can be written", "check that the folder of --out is there"))?;
    publish(&partial, target)
}

fn raster(target: &Path, size: (usize, usize), cell_deg: f64, classes: Vec<u8>) -> std::result::Result<(), GdalError> {
    let options = RasterCreationOptions::from_iter(["COMPRESS=DEFLATE", "TILED=YES", "NUM_THREADS=ALL_CPUS"]);
    let driver = DriverManager::get_driver_by_name("GTiff")?;
    let mut raster = driver.create_with_band_type_with_options::<u8, _>(target, size.0, size.1, 1, &options)?;
    raster.set_geo_transform(&[BOUNDS[0], cell_deg, 0.0, BOUNDS[3], 0.0, -cell_deg])?;
    raster.set_spatial_ref(&SpatialRef::from_epsg(4326)?)?;
    raster.set_description("simulated: the cover of an invented land in the classes of ESA WorldCover, with errors")?;
    raster.set_metadata_item("SIMULATED", "YES", "")?;
    let mut band = raster.rasterband(1)?;
    band.set_no_data_value(Some(0.0))?;
    band.write((0, 0), size, &mut Buffer::new(size, classes))?;
    raster.close()
}

#[cfg(test)]
mod tests {
    use super::super::cover::WATER;
    use super::*;
    use crate::ground::Setting;

    /// Two per cent of blocks and 1.5 of cells are wrong, and what lies within 30 m of a border.
    #[test]
    fn the_map_is_wrong_where_it_should_be() {
        let setting = Setting::new(3, jiff::Timestamp::UNIX_EPOCH, 0.0);
        let cover = LandCover::new(&setting, Vec::new());
        let (mut wrong, mut inside, mut wrong_inside) = (0, 0, 0);
        for i in 0..6000_u64 {
            let (lon, lat) = (101.7 + 1.3 * unit(hash2(1, i as i64, 0)), 35.5 + 1.5 * unit(hash2(2, i as i64, 0)));
            let class = cover.class(lon, lat);
            let differs = mapped(&cover, setting.key, lon, lat) != class;
            wrong += usize::from(differs);
            if [TREE, SHRUB, GRASS, CROPLAND, BUILT, BARE, SNOW, WATER]
                .iter()
                .filter(|other| **other != class)
                .all(|other| [0.02, 0.045].iter().all(|km| !cover.around(lon, lat, *km, *other)))
            {
                inside += 1;
                wrong_inside += usize::from(differs);
            }
        }
        let share = wrong as f64 / 6000.0;
        let share_inside = f64::from(wrong_inside as u32) / f64::from(inside as u32);
        assert!((0.03..0.12).contains(&share), "{share}");
        assert!(inside > 1500 && (0.025..0.05).contains(&share_inside), "{share_inside} of {inside}");
    }
}
