//! Cropland of each county, from the land cover of the site.

use super::area_index::AreaIndex;
use super::landcover::{ClassTable, Cover, LandCover};
use crate::error::{Error, Result};
use crate::place::LonLat;
use crate::place::METRES_A_DEGREE;
use crate::site::Site;

/// Distance of the points that are looked up, degrees: about 100 m.
const STEP_DEG: f64 = 0.001;
/// Cells finer than this are sampled, metres.
const FINEST_M: f64 = 100.0;
/// Square metres of 1000 ha.
const M2_A_KHA: f64 = 1e7;
/// A raster that knows less of a county would give too little cropland and too high an intensity \[P\].
const LEAST_KNOWN: f64 = 0.98;

/// Square metres of a county: all, with a known cover, and fields.
#[derive(Clone, Copy, Default)]
struct Ground {
    all: f64,
    known: f64,
    fields: f64,
}

/// Cropland of each county in 1000 ha, in the order of the site; `None` without `layers.landcover`.
///
/// # Errors
/// [`Error::Input`] where the raster cannot be read, its codes are of no known table or of several, or it leaves a part of
/// a county out.
pub fn of_counties(site: &Site) -> Result<Option<Vec<f64>>> {
    let Some(path) = &site.layers.landcover else { return Ok(None) };
    let bbox = site.bbox();
    let table = site.layers.landcover_classes.as_deref().and_then(ClassTable::named);
    let map = LandCover::load(path, &bbox, table)?.open()?.sampled(&bbox, FINEST_M)?;
    let index = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
    let steps = |from: f64, to: f64| ((to - from) / STEP_DEG).ceil() as usize;
    let mut ground = vec![Ground::default(); site.counties.len()];
    for row in 0..steps(bbox.south, bbox.north) {
        let lat = bbox.south + (row as f64 + 0.5) * STEP_DEG;
        let area = (STEP_DEG * METRES_A_DEGREE).powi(2) * lat.to_radians().cos();
        let lons = (0..steps(bbox.west, bbox.east)).map(|column| bbox.west + (column as f64 + 0.5) * STEP_DEG);
        for place in lons.filter_map(|lon| LonLat::new(lon, lat)) {
            let Some(county) = index.find(place) else { continue };
            let cover = map.as_ref().and_then(|map| map.at(place));
            ground[county].all += area;
            ground[county].known += if cover.is_some() { area } else { 0.0 };
            ground[county].fields += if cover == Some(Cover::Cropland) { area } else { 0.0 };
        }
    }
    if let Some(at) = ground.iter().position(|county| county.known < LEAST_KNOWN * county.all) {
        let percent = 100.0 * ground[at].known / ground[at].all;
        let found = format!("classes for {percent:.1} % of {}", site.counties[at].name.name);
        return Err(Error::input(path, found, "a raster that covers all counties", "name another layers.landcover"));
    }
    Ok(Some(ground.iter().map(|county| county.fields / M2_A_KHA).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature",
        "properties":{"adcode":"630299","name":"方县"},
        "geometry":{"type":"Polygon","coordinates":[[[102,36],[103,36],[103,37],[102,37],[102,36]]]}}]}"#;
    const WGS84: &str = r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]"#;

    /// A site of a square degree with a raster of 4 by 4 cells of half a degree from 101.5 E, 35.5 N on.
    fn cropland(rows: &str) -> Result<Option<Vec<f64>>> {
        by_table(rows, "")
    }

    fn by_table(rows: &str, classes: &str) -> Result<Option<Vec<f64>>> {
        let dir = tempfile::tempdir().expect("folder");
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
        write("site.toml", &format!("[layers]\nlandcover = 'cover.asc'\n{classes}"));
        write("counties.geojson", SQUARE);
        let head = "ncols 4\nnrows 4\nxllcorner 101.5\nyllcorner 35.5\ncellsize 0.5\nNODATA_value -9\n";
        write("cover.asc", &format!("{head}{rows}"));
        write("cover.prj", WGS84);
        of_counties(&Site::load(dir.path()).expect("loads"))
    }

    /// By hand, on a sphere of 6371.0088 km: R2 (sin 37 - sin 36) pi/360 = 4969 km2 of half the square; the codes around the
    /// county do not count.
    #[test]
    fn the_western_half_is_fields() {
        for (table, field, other) in [("worldcover", "40", "30"), ("clcd", "1", "8"), ("glc_fcs30", "11", "61")] {
            let inner = format!("{field} {field} {other} {field}\n");
            let classes = format!("landcover_classes = '{table}'\n");
            let kha = by_table(&inner.repeat(4), &classes).expect("read").expect("set");
            assert!((kha[0] - 496.9).abs() < 1.5, "{field}: {kha:?}");
        }
    }

    #[test]
    fn a_raster_that_cannot_be_told_is_refused() {
        let error = |rows: &str| cropland(rows).expect_err("refused").to_string();
        assert!(error(&"10 10 20 10\n".repeat(4)).contains("worldcover or glc_fcs30"));
        assert!(error(&"77 77 77 77\n".repeat(4)).contains("77"));
        assert!(error(&"1 1 8 1\n".repeat(4)).contains("too few"));
        let half = error(&"40 50 -9 30\n".repeat(4));
        assert!(half.contains("50.0 % of 方县"), "{half}");
    }

    #[test]
    fn no_layer_is_no_number() {
        let shipped = Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")).expect("loads");
        assert_eq!(of_counties(&shipped).expect("no error"), None);
    }
}
