//! The patrol grid of a site that has none of its own: squares of a kilometre, cut along the counties' borders.
//!
//! Squares are those of the kilometre lines of the national 3-degree Gauss-Kruger projection (CGCS2000) nearest to the site, so that
//! a cell's code says where it is: county, northing and easting in kilometres, as 630223-4056-0510.

use super::area_index::AreaIndex;
use crate::error::{Error, Result};
use crate::place::LonLat;
use crate::site::County;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use geo::{
    Area, BooleanOps, BoundingRect, Coord, Intersects, Line, LineString, MapCoords, MultiPolygon, Polygon, Rect,
};
use std::collections::HashMap;

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

/// Pieces of a border by northing and easting of squares, km.
type Border = HashMap<(i64, i64), Vec<Line<f64>>>;

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
        let (border, index) = (self.border_of(county)?, AreaIndex::new([&county.shape]));
        let mut cells = Vec::new();
        for n in north0..north1 {
            // a border of thousands of corners is cut to the row once, and to each square's surroundings out of that
            let row = around((east0..=east1).flat_map(|e| [node(n, e), node(n + 1, e)]));
            let row = row.map(|row| cut(&county.shape, row)).unwrap_or_else(|| MultiPolygon::new(Vec::new()));
            for e in east0..east1 {
                let ring = vec![node(n, e), node(n, e + 1), node(n + 1, e + 1), node(n + 1, e), node(n, e)];
                let square = Polygon::new(LineString::new(ring), Vec::new());
                let crosses = |lines: &Vec<Line<f64>>| lines.iter().any(|line| line.intersects(&square));
                // most squares are wholly inside or wholly outside
                let part = if border.get(&(n, e)).is_some_and(crosses) {
                    part_in(&row, square)
                } else {
                    let corner = LonLat::new(node(n, e).x, node(n, e).y);
                    corner.and_then(|at| index.find(at)).map(|_| MultiPolygon::new(vec![square]))
                };
                if let Some(shape) = part {
                    let code = format!("{}-{n:04}-{e:04}", county.name.adcode);
                    cells.push(Cell { code, shape });
                }
            }
        }
        Ok(cells)
    }
}

impl Plane {
    /// Pieces of the county's border by the squares near which they run, by northing and easting, and one more on each side of them.
    fn border_of(&self, county: &County) -> Result<Border> {
        let mut near = Border::new();
        for ring in county.shape.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors())) {
            let (x, y) = transform(&self.to, ring.coords().map(|at| (at.x, at.y)))?;
            let squares = |a: f64, b: f64| {
                let (low, high) = (a.min(b) / SIDE_M, a.max(b) / SIDE_M);
                low.floor() as i64 - 1..=high.floor() as i64 + 1
            };
            for ((x, y), line) in x.windows(2).zip(y.windows(2)).zip(ring.lines()) {
                let east = squares(x[0], x[1]);
                for square in squares(y[0], y[1]).flat_map(|n| east.clone().map(move |e| (n, e))) {
                    near.entry(square).or_default().push(line);
                }
            }
        }
        Ok(near)
    }
}

/// A box around places, wider than they are by a part of it on each side: what is cut along its edges is not seen within.
fn around(places: impl IntoIterator<Item = Coord<f64>>) -> Option<Rect<f64>> {
    let bounds = LineString::new(places.into_iter().collect()).bounding_rect()?;
    let wide = 0.1 * bounds.width().min(bounds.height());
    let wide = Coord { x: wide, y: wide };
    Some(Rect::new(bounds.min() - wide, bounds.max() + wide))
}

/// What of a shape lies in a box, by Sutherland and Hodgman (1974): ring by ring, with pieces that hang together along the edges of the box alone.
fn cut(shape: &MultiPolygon<f64>, within: Rect<f64>) -> MultiPolygon<f64> {
    let ring = |ring: &LineString<f64>| {
        let (min, max) = (within.min(), within.max());
        let ring = half(&ring.0, |at| at.y - min.y);
        let ring = half(&ring, |at| max.y - at.y);
        let ring = half(&ring, |at| at.x - min.x);
        LineString::new(half(&ring, |at| max.x - at.x))
    };
    let parts = shape.iter().filter_map(|part| {
        let outer = ring(part.exterior());
        let inner = part.interiors().iter().map(ring).filter(|ring| ring.0.len() > 3).collect();
        (outer.0.len() > 3).then(|| Polygon::new(outer, inner))
    });
    MultiPolygon::new(parts.collect())
}

/// The part of a closed ring where a value is not negative, closed again.
fn half(ring: &[Coord<f64>], value: impl Fn(Coord<f64>) -> f64) -> Vec<Coord<f64>> {
    let mut kept = Vec::with_capacity(ring.len());
    for (from, to) in ring.iter().zip(ring.iter().skip(1)) {
        let (a, b) = (value(*from), value(*to));
        if a >= 0.0 {
            kept.push(*from);
        }
        if (a >= 0.0) != (b >= 0.0) {
            kept.push(*from + (*to - *from) * (a / (a - b)));
        }
    }
    kept.extend(kept.first().copied());
    kept
}

/// The part of a square that lies in a shape; `None` where it has none.
fn part_in(shape: &MultiPolygon<f64>, square: Polygon<f64>) -> Option<MultiPolygon<f64>> {
    let near = cut(shape, around(square.exterior().coords().copied())?);
    let part = near
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
    use crate::place::LonLatBox;
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

    /// The shipped grid was made by cutting each square out of the whole county: cutting the border to the square's surroundings first gives the
    /// same cells, in seconds.
    #[test]
    fn the_cells_are_those_of_the_shipped_grid() {
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong"));
        let site = crate::site::Site::load(folder).expect("loads");
        let began = std::time::Instant::now();
        let made = cells(&site.counties).expect("made");
        println!("{} cells after {:?}", made.len(), began.elapsed());
        let shipped =
            super::super::named_areas::NamedAreas::read(&folder.join("grid.geojson"), "layers.grid").expect("read");
        let shipped: Vec<_> = shipped.iter().collect();
        assert_eq!(made.len(), shipped.len());
        for (own, (named, shape)) in made.iter().zip(shipped) {
            assert_eq!(own.code, named.code);
            // corners are rounded to a centimetre, 1e-7 degrees; a cell has 4e-2 degrees of border
            let differ = own.shape.xor(shape).unsigned_area();
            assert!(differ < 1e-8, "{}: {differ:e} square degrees", own.code);
        }
    }

    #[test]
    fn a_site_beyond_the_zones_is_told_to_bring_its_own() {
        let bbox = LonLatBox { west: 10.0, south: 50.0, east: 10.1, north: 50.1 };
        let shape = MultiPolygon::new(Vec::new());
        let county = County { name: CountyName { adcode: "1".into(), name: "a".into() }, shape, bbox };
        assert!(cells(&[county]).err().expect("refused").to_string().contains("import-grid"));
    }
}
