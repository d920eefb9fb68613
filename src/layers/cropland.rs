//! Cropland of each county, from a raster of land cover classes.

use super::area_index::AreaIndex;
use super::raster::quiet_gdal;
use crate::error::{Error, Result};
use crate::place::{LonLat, LonLatBox};
use crate::site::Site;
use gdal::Dataset;
use gdal::raster::ResampleAlg;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use std::collections::BTreeSet;
use std::path::Path;

/// Distance of the points that are looked up, degrees: about 100 m.
const STEP_DEG: f64 = 0.001;
/// Metres of a degree of latitude (mean).
const METRES_A_DEGREE: f64 = 111_195.0;
/// Square metres of 1000 ha.
const M2_A_KHA: f64 = 1e7;
/// A raster that knows less of a county would give too little cropland and too high an intensity \[P\].
const LEAST_KNOWN: f64 = 0.98;

/// Codes that stand for fields.
type Fields = &'static [i32];

/// Tables of classes: name, all codes, those of fields. WorldCover \[C2\], CLCD and GLC_FCS30 \[M\].
const TABLES: [(&str, &[i32], Fields); 3] = [
    ("WorldCover", &[10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100], &[40]),
    ("CLCD", &[1, 2, 3, 4, 5, 6, 7, 8, 9], &[1]),
    (
        "GLC_FCS30",
        &[
            10, 11, 12, 20, 51, 52, 61, 62, 71, 72, 81, 82, 91, 92, 120, 121, 122, 130, 140, 150, 152, 153, 180, 181,
            182, 183, 184, 185, 186, 187, 190, 200, 201, 202, 210, 220,
        ],
        &[10, 11, 12, 20],
    ),
];
/// Codes without meaning in all of them.
const FILL: [i32; 3] = [0, 250, 255];

/// Cropland of each county in 1000 ha, in the order of the site; `None` without `layers.landcover`.
///
/// # Errors
/// [`Error::Input`] where the raster cannot be read, its codes are of no known table or of several, or it leaves a part of
/// a county out.
pub fn of_counties(site: &Site) -> Result<Option<Vec<f64>>> {
    let Some(path) = &site.layers.landcover else { return Ok(None) };
    let index = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
    let bbox = site.bbox();
    let codes = Codes::read(path, &bbox)?;
    let steps = |from: f64, to: f64| ((to - from) / STEP_DEG).ceil() as usize;
    let mut ground = vec![[0.0_f64; 3]; site.counties.len()];
    let mut there = BTreeSet::new();
    let mut points: Vec<(usize, f64, i32)> = Vec::new();
    for row in 0..steps(bbox.south, bbox.north) {
        let lat = bbox.south + (row as f64 + 0.5) * STEP_DEG;
        let lons = (0..steps(bbox.west, bbox.east)).map(|column| bbox.west + (column as f64 + 0.5) * STEP_DEG);
        let area = (STEP_DEG * METRES_A_DEGREE).powi(2) * lat.to_radians().cos();
        let inside: Vec<(usize, LonLat)> = lons
            .filter_map(|lon| LonLat::new(lon, lat))
            .filter_map(|place| Some((index.find(place)?, place)))
            .collect();
        for ((county, _), code) in inside.iter().zip(codes.at(path, &inside)?) {
            let code = code.filter(|code| !FILL.contains(code));
            ground[*county][0] += area;
            if let Some(code) = code {
                there.insert(code);
                points.push((*county, area, code));
            }
        }
    }
    let fields = fields_of(path, &there)?;
    for (county, area, code) in points {
        ground[county][1] += area;
        if fields.contains(&code) {
            ground[county][2] += area;
        }
    }
    if let Some(at) = ground.iter().position(|[all, known, _]| *known < LEAST_KNOWN * all) {
        let percent = 100.0 * ground[at][1] / ground[at][0];
        let found = format!("classes for {percent:.1} % of {}", site.counties[at].name.name);
        return Err(Error::input(path, found, "a raster that covers all counties", "name another layers.landcover"));
    }
    Ok(Some(ground.iter().map(|[.., fields]| fields / M2_A_KHA).collect()))
}

/// Codes of fields of the table that the codes are of.
fn fields_of(path: &Path, codes: &BTreeSet<i32>) -> Result<Fields> {
    let fitting: Vec<_> = TABLES.iter().filter(|(_, all, _)| codes.iter().all(|code| all.contains(code))).collect();
    match fitting.as_slice() {
        [(.., fields)] if !codes.is_empty() => Ok(fields),
        several => {
            let names: Vec<&str> = several.iter().map(|(name, ..)| *name).collect();
            let said: Vec<String> = codes.iter().take(30).map(i32::to_string).collect();
            let found = format!("the codes {} (of {} known tables)", said.join(", "), names.len());
            let expected = "classes of one of WorldCover, CLCD, GLC_FCS30";
            Err(Error::input(path, found, expected, "name another layers.landcover"))
        }
    }
}

/// Class codes over an area, the nearest one of cells finer than the points that are looked up.
struct Codes {
    values: Vec<i32>,
    /// Columns and rows of the values.
    size: (usize, usize),
    /// From the coordinates of the raster to columns and rows of the values: a + b x + c y, d + e x + f y.
    to_cell: [f64; 6],
    project: CoordTransform,
    none: Option<i32>,
}

impl Codes {
    fn read(path: &Path, area: &LonLatBox) -> Result<Codes> {
        quiet_gdal();
        let wrong =
            |found: String, expected: &str| Error::input(path, found, expected, "name another layers.landcover");
        let gdal = |error: gdal::errors::GdalError| wrong(error.to_string(), "a raster that GDAL reads");
        let tagged = "a raster that says where it lies (GeoTIFF with its tags)";
        let data = Dataset::open(path).map_err(gdal)?;
        let t = data.geo_transform().map_err(|_| wrong("no geotransform".to_string(), tagged))?;
        let mut system = data.spatial_ref().map_err(|_| wrong("no coordinate system".to_string(), tagged))?;
        let mut wgs84 = SpatialRef::from_epsg(4326).map_err(gdal)?;
        system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        wgs84.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let project = CoordTransform::new(&wgs84, &system).map_err(gdal)?;
        let determinant = t[1] * t[5] - t[2] * t[4];
        if determinant == 0.0 || !determinant.is_finite() {
            return Err(wrong(format!("geotransform {t:?}"), tagged));
        }
        let (b, c) = (t[5] / determinant, -t[2] / determinant);
        let (e, f) = (-t[4] / determinant, t[1] / determinant);
        let whole = [-b * t[0] - c * t[3], b, c, -e * t[0] - f * t[3], e, f];
        let (column, row) = covered(&project, &whole, area, data.raster_size()).map_err(gdal)?.ok_or_else(|| {
            wrong("no cell over the counties of the site".to_string(), "a raster that covers all counties")
        })?;
        let fewer = |cells: usize, span_deg: f64| cells.min(((span_deg / STEP_DEG).ceil() as usize).max(1));
        let (width, height) = (column.1 - column.0, row.1 - row.0);
        let size = (fewer(width, area.east - area.west), fewer(height, area.north - area.south));
        let band = data.rasterband(1).map_err(gdal)?;
        let at = (column.0 as isize, row.0 as isize);
        let read = band.read_as::<i32>(at, (width, height), size, Some(ResampleAlg::NearestNeighbour)).map_err(gdal)?;
        let (across, down) = (size.0 as f64 / width as f64, size.1 as f64 / height as f64);
        let to_cell = [
            (whole[0] - column.0 as f64) * across,
            whole[1] * across,
            whole[2] * across,
            (whole[3] - row.0 as f64) * down,
            whole[4] * down,
            whole[5] * down,
        ];
        let none = band.no_data_value().map(|value| value as i32);
        Ok(Codes { values: read.data().to_vec(), size, to_cell, project, none })
    }

    /// Codes at places; `None` outside and where there is none.
    fn at(&self, path: &Path, places: &[(usize, LonLat)]) -> Result<Vec<Option<i32>>> {
        let mut x: Vec<f64> = places.iter().map(|(_, place)| place.lon()).collect();
        let mut y: Vec<f64> = places.iter().map(|(_, place)| place.lat()).collect();
        self.project.transform_coords(&mut x, &mut y, &mut []).map_err(|error| {
            Error::input(
                path,
                error.to_string(),
                "a coordinate system that PROJ knows",
                "name another layers.landcover",
            )
        })?;
        let t = &self.to_cell;
        let cell = |x: f64, y: f64| {
            let (column, row) = (t[0] + t[1] * x + t[2] * y, t[3] + t[4] * x + t[5] * y);
            let inside = column >= 0.0 && row >= 0.0 && column < self.size.0 as f64 && row < self.size.1 as f64;
            inside.then(|| self.values[row as usize * self.size.0 + column as usize])
        };
        Ok(x.iter().zip(&y).map(|(x, y)| cell(*x, *y).filter(|code| Some(*code) != self.none)).collect())
    }
}

/// First and last (not included) column and row over an area; `None` where the raster has none there.
type Cells = ((usize, usize), (usize, usize));

fn covered(
    project: &CoordTransform,
    to_cell: &[f64; 6],
    area: &LonLatBox,
    (columns, rows): (usize, usize),
) -> std::result::Result<Option<Cells>, gdal::errors::GdalError> {
    // the sides of an area are curves in a projected raster
    const ALONG: usize = 20;
    let part = |from: f64, to: f64, i: usize| from + (to - from) * i as f64 / ALONG as f64;
    let grid = || (0..=ALONG).flat_map(|i| (0..=ALONG).map(move |j| (i, j)));
    let mut x: Vec<f64> = grid().map(|(i, _)| part(area.west, area.east, i)).collect();
    let mut y: Vec<f64> = grid().map(|(_, j)| part(area.south, area.north, j)).collect();
    project.transform_coords(&mut x, &mut y, &mut [])?;
    let t = to_cell;
    let span = |a: f64, b: f64, c: f64, size: usize| {
        let at = x.iter().zip(&y).map(|(x, y)| a + b * x + c * y);
        let (low, high) = at.fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at), high.max(at)));
        let clamp = |at: f64| at.clamp(0.0, size as f64) as usize;
        Some((clamp(low.floor() - 1.0), clamp(high.ceil() + 1.0))).filter(|(from, to)| from < to)
    };
    Ok(span(t[0], t[1], t[2], columns).zip(span(t[3], t[4], t[5], rows)))
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
        let dir = tempfile::tempdir().expect("folder");
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
        write("site.toml", "[layers]\nlandcover = 'cover.asc'\n");
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
        for (field, other) in [("40", "30"), ("1", "8"), ("11", "61")] {
            let inner = format!("{field} {field} {other} {field}\n");
            let kha = cropland(&inner.repeat(4)).expect("read").expect("set");
            assert!((kha[0] - 496.9).abs() < 1.5, "{field}: {kha:?}");
        }
    }

    #[test]
    fn a_raster_that_cannot_be_told_is_refused() {
        let error = |rows: &str| cropland(rows).expect_err("refused").to_string();
        assert!(error(&"10 10 20 10\n".repeat(4)).contains("10, 20 (of 2 known tables)"));
        assert!(error(&"77 77 77 77\n".repeat(4)).contains("77"));
        let half = error(&"40 40 -9 40\n".repeat(4));
        assert!(half.contains("50.0 % of 方县"), "{half}");
    }

    #[test]
    fn no_layer_is_no_number() {
        let shipped = Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")).expect("loads");
        assert_eq!(of_counties(&shipped).expect("no error"), None);
    }
}
