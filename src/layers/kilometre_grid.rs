//! The patrol grid of a site that has none of its own: squares of a kilometre, cut along the counties' borders.
//!
//! Squares are those of the kilometre lines of the national 3-degree Gauss-Kruger projection (CGCS2000) nearest to the site, so that
//! a cell's code says where it is: county, northing and easting in kilometres, as 630223-4056-0510.

use crate::error::{Error, Result};
use crate::site::County;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use geo::{Area, BooleanOps, Contains, Coord, Intersects, LineString, MapCoords, MultiPolygon, Polygon};

/// A cell of the grid.
pub struct Cell {
    /// Code: county, northing, easting (km).
    pub code: String,
    /// Its ground.
    pub shape: MultiPolygon<f64>,
}

/// Side of a cell, metres.
const SIDE_M: f64 = 1000.0;
/// EPSG code of the zone with its middle at 75 E; each 3 degrees further east is one more, to 135 E.
const FIRST_ZONE: u32 = 4534;

/// The cells of all counties, county by county from south to north and west to east.
///
/// # Errors
/// Where the site lies outside the zones of the projection (73.5 to 136.5 E).
pub fn cells(counties: &[County]) -> Result<Vec<Cell>> {
    let middle = counties.iter().map(|county| f64::midpoint(county.bbox.west, county.bbox.east)).sum::<f64>()
        / counties.len().max(1) as f64;
    let plane = Plane::at(middle)?;
    let mut cells = Vec::new();
    for county in counties {
        cells.extend(plane.cells_of(county)?);
    }
    Ok(cells)
}

/// The projection and its inverse.
struct Plane {
    to: CoordTransform,
    back: CoordTransform,
}

impl Plane {
    fn at(lon: f64) -> Result<Self> {
        let zone = ((lon - 75.0) / 3.0).round();
        if !(0.0..=20.0).contains(&zone) {
            return Err(Error::config(
                "counties",
                format!("counties about {lon:.1} E"),
                "73.5 to 136.5 E, where the national projection has zones",
                "import a grid of your own: strawfire site import-grid FILE",
            ));
        }
        super::raster::quiet_gdal();
        let system = |code: u32| -> std::result::Result<SpatialRef, gdal::errors::GdalError> {
            let mut system = SpatialRef::from_epsg(code)?;
            system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
            Ok(system)
        };
        let both = || {
            let (plane, earth) = (system(FIRST_ZONE + zone as u32)?, system(4326)?);
            Ok(Plane { to: CoordTransform::new(&earth, &plane)?, back: CoordTransform::new(&plane, &earth)? })
        };
        both().map_err(|error: gdal::errors::GdalError| of_gdal(&error))
    }

    fn cells_of(&self, county: &County) -> Result<Vec<Cell>> {
        let b = county.bbox;
        let corners = [(b.west, b.south), (b.west, b.north), (b.east, b.south), (b.east, b.north)];
        let (x, y) = transform(&self.to, corners.iter().copied())?;
        // a degree of longitude bends by less than a kilometre: one cell more on each side
        let range = |values: &[f64]| {
            let low = values.iter().copied().fold(f64::MAX, f64::min) / SIDE_M;
            let high = values.iter().copied().fold(f64::MIN, f64::max) / SIDE_M;
            (low.floor() as i64 - 2, high.ceil() as i64 + 2)
        };
        let ((east0, east1), (north0, north1)) = (range(&x), range(&y));
        let across = (east1 - east0 + 1) as usize;
        let nodes =
            (north0..=north1).flat_map(|n| (east0..=east1).map(move |e| (e as f64 * SIDE_M, n as f64 * SIDE_M)));
        let (lon, lat) = transform(&self.back, nodes)?;
        let node = |n: i64, e: i64| {
            let at = (n - north0) as usize * across + (e - east0) as usize;
            // 1e-7 degrees are a centimetre
            Coord { x: (lon[at] * 1e7).round() / 1e7, y: (lat[at] * 1e7).round() / 1e7 }
        };
        let mut cells = Vec::new();
        for n in north0..north1 {
            for e in east0..east1 {
                let ring = vec![node(n, e), node(n, e + 1), node(n + 1, e + 1), node(n + 1, e), node(n, e)];
                if let Some(shape) = part_in(county, Polygon::new(LineString::new(ring), Vec::new())) {
                    let code = format!("{}-{n:04}-{e:04}", county.name.adcode);
                    cells.push(Cell { code, shape });
                }
            }
        }
        Ok(cells)
    }
}

/// The part of a square that lies in a county; `None` where it has none.
fn part_in(county: &County, square: Polygon<f64>) -> Option<MultiPolygon<f64>> {
    if county.shape.contains(&square) {
        return Some(MultiPolygon::new(vec![square]));
    }
    if !county.shape.intersects(&square) {
        return None;
    }
    let part = county
        .shape
        .intersection(&square)
        .map_coords(|at| Coord { x: (at.x * 1e7).round() / 1e7, y: (at.y * 1e7).round() / 1e7 });
    let parts: Vec<Polygon<f64>> = part.into_iter().filter(|polygon| polygon.unsigned_area() > 0.0).collect();
    (!parts.is_empty()).then(|| MultiPolygon::new(parts))
}

fn transform(system: &CoordTransform, points: impl Iterator<Item = (f64, f64)>) -> Result<(Vec<f64>, Vec<f64>)> {
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = points.unzip();
    system.transform_coords(&mut x, &mut y, &mut []).map_err(|error| of_gdal(&error))?;
    Ok((x, y))
}

fn of_gdal(error: &gdal::errors::GdalError) -> Error {
    Error::config(
        "counties",
        format!("a projection that fails ({error})"),
        "places that GDAL can project",
        "check the counties' coordinates",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::CountyName;
    use crate::place::{LonLat, LonLatBox};
    use geo::polygon;

    /// By PROJ (pyproj, EPSG:4326 to EPSG:4543): 102.1 E 36.5 N is easting 508959.1 and northing 4041029.1: the cell of
    /// kilometres 4041 and 508.
    #[test]
    fn a_place_lies_in_the_cell_of_its_kilometres() {
        let shape = MultiPolygon::new(vec![
            polygon![(x: 102.05, y: 36.45), (x: 102.15, y: 36.45), (x: 102.15, y: 36.55), (x: 102.05, y: 36.55)],
        ]);
        let bbox = LonLatBox { west: 102.05, south: 36.45, east: 102.15, north: 36.55 };
        let county = County { name: CountyName { adcode: "630299".into(), name: "方县".into() }, shape, bbox };
        let cells = cells(std::slice::from_ref(&county)).expect("made");
        let index = super::super::area_index::AreaIndex::new(cells.iter().map(|cell| &cell.shape));
        let at = index.find(LonLat::new(102.1, 36.5).expect("valid")).expect("in a cell");
        assert_eq!(cells[at].code, "630299-4041-0508");
        // cells cover the county and nothing twice: areas add up (1e-7 degrees of rounding at the border)
        let sum: f64 = cells.iter().map(|cell| cell.shape.unsigned_area()).sum();
        assert!((sum / county.shape.unsigned_area() - 1.0).abs() < 1e-5, "{sum}");
    }

    #[test]
    fn a_site_beyond_the_zones_is_told_to_bring_its_own() {
        let bbox = LonLatBox { west: 10.0, south: 50.0, east: 10.1, north: 50.1 };
        let shape = MultiPolygon::new(Vec::new());
        let county = County { name: CountyName { adcode: "1".into(), name: "a".into() }, shape, bbox };
        assert!(cells(&[county]).err().expect("refused").to_string().contains("import-grid"));
    }
}
