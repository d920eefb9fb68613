//! Where rows lie: points, and the counties' areas, as well-known binary (OGC 06-103r4, 8.2).

use crate::deliver::coverage::point_in;
use crate::deliver::geojson::coordinates;
use crate::place::LonLat;
use crate::site::{County, Site};
use geo::{LineString, MultiPolygon};
use std::collections::BTreeMap;

/// Byte order of what follows: little-endian.
const LITTLE_ENDIAN: u8 = 1;
const POINT: u32 = 1;
const POLYGON: u32 = 3;
const MULTI_POLYGON: u32 = 6;

/// The area of a county.
pub(super) struct Area {
    wkb: Vec<u8>,
    /// A point within it, degrees: where its rows of coverage lie. With the border itself a reader would make one of each row.
    pub(super) point: [f64; 2],
}

/// The counties' areas by their codes.
pub(super) struct Areas(BTreeMap<String, Area>);

impl Areas {
    pub(super) fn of(site: &Site) -> Self {
        Areas(site.counties.iter().map(|county| (county.name.adcode.clone(), Area::of(county))).collect())
    }

    pub(super) fn get(&self, adcode: &str) -> Option<&Area> {
        self.0.get(adcode)
    }
}

impl Area {
    fn of(county: &County) -> Self {
        let point = coordinates(point_in(county).unwrap_or(LonLat::ZERO));
        Area { wkb: multi_polygon(&county.shape), point }
    }

    pub(super) fn wkb(&self) -> &[u8] {
        &self.wkb
    }
}

/// A point, degrees east and north.
pub(super) fn point(at: [f64; 2]) -> Vec<u8> {
    let mut wkb = Vec::with_capacity(21);
    head(&mut wkb, POINT);
    coordinate(&mut wkb, at);
    wkb
}

fn multi_polygon(shape: &MultiPolygon<f64>) -> Vec<u8> {
    let mut wkb = Vec::new();
    head(&mut wkb, MULTI_POLYGON);
    count(&mut wkb, shape.0.len());
    for part in &shape.0 {
        head(&mut wkb, POLYGON);
        count(&mut wkb, 1 + part.interiors().len());
        ring(&mut wkb, part.exterior());
        part.interiors().iter().for_each(|hole| ring(&mut wkb, hole));
    }
    wkb
}

fn ring(wkb: &mut Vec<u8>, line: &LineString<f64>) {
    count(wkb, line.0.len());
    line.0.iter().for_each(|at| coordinate(wkb, [at.x, at.y]));
}

fn head(wkb: &mut Vec<u8>, kind: u32) {
    wkb.push(LITTLE_ENDIAN);
    wkb.extend(kind.to_le_bytes());
}

fn count(wkb: &mut Vec<u8>, count: usize) {
    wkb.extend((count as u32).to_le_bytes());
}

fn coordinate(wkb: &mut Vec<u8>, at: [f64; 2]) {
    at.iter().for_each(|degrees| wkb.extend(degrees.to_le_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, from the tables of OGC 06-103r4: 1.0 is 3FF0..., -2.0 is C000...
    #[test]
    fn a_point_is_21_bytes() {
        let expected = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0];
        assert_eq!(point([1.0, -2.0]), expected);
    }

    /// Read back by GDAL: two parts, one with a hole.
    #[test]
    fn an_area_has_its_parts_and_holes() {
        let square = |west: f64, side: f64| {
            geo::Rect::new((west, 36.0), (west + side, 36.0 + side)).to_polygon().exterior().clone()
        };
        let holed = geo::Polygon::new(square(102.0, 1.0), vec![square(102.25, 0.5)]);
        let shape = MultiPolygon(vec![holed, geo::Polygon::new(square(104.0, 1.0), Vec::new())]);
        let read = gdal::vector::Geometry::from_wkb(&multi_polygon(&shape)).expect("read by GDAL");
        assert_eq!((read.geometry_count(), read.get_geometry(0).geometry_count()), (2, 2));
        assert!((read.area() - (1.0 - 0.25 + 1.0)).abs() < 1e-12, "{}", read.area());
    }
}
