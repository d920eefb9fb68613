//! The height of the land on a lattice of places: what the elevation model of a seed says and what the renderer uses.
//!
//! Heights are above the WGS84 ellipsoid, whole metres at the nodes, bilinear between them.

use crate::ground::Setting;
use crate::terrain::detail_weight;
use rayon::prelude::*;

/// Degrees between nodes in both directions: some 225 by 280 m.
pub const STEP_DEG: f64 = 0.0025;
/// No land is higher, m.
pub const TOP_M: f64 = 4400.0;

/// The nodes of a box, counted from 0 E 0 N.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    pub west: i64,
    pub south: i64,
    pub cols: usize,
    pub rows: usize,
}

impl Extent {
    /// The nodes of a box of west, east, south and north, degrees.
    pub fn of(bounds: [f64; 4]) -> Self {
        let node = |degrees: f64| (degrees / STEP_DEG).round() as i64;
        let [west, east, south, north] = bounds.map(node);
        Extent { west, south, cols: (east - west + 1) as usize, rows: (north - south + 1) as usize }
    }

    /// Heights of all nodes, whole metres, row by row from the north.
    pub fn heights(&self, setting: &Setting) -> Vec<i16> {
        (0..self.rows)
            .into_par_iter()
            .flat_map_iter(|row| {
                let lat = self.south + (self.rows - 1 - row) as i64;
                (0..self.cols).map(move |col| node_m(setting, self.west + col as i64, lat))
            })
            .collect()
    }
}

/// Height of a node, whole metres: the detailed land fades into the plain one over the rim of the box.
fn node_m(setting: &Setting, col: i64, row: i64) -> i16 {
    let (lon, lat) = (col as f64 * STEP_DEG, row as f64 * STEP_DEG);
    let weight = detail_weight(lon, lat);
    let detailed = if weight > 0.0 { weight * setting.terrain.elevation_m(lon, lat) } else { 0.0 };
    let plain = if weight < 1.0 { (1.0 - weight) * setting.plain_height(lon, lat).0 } else { 0.0 };
    (detailed + plain).clamp(0.0, TOP_M).round() as i16
}

/// Height (m) at one place, worked out from its four nodes.
pub fn height_m(setting: &Setting, lon: f64, lat: f64) -> f64 {
    bilinear(lon, lat, |col, row| f64::from(node_m(setting, col, row)))
}

/// The heights of a box, kept for many look-ups.
pub struct Heights {
    extent: Extent,
    metres: Vec<i16>,
}

impl Heights {
    pub fn new(setting: &Setting, bounds: [f64; 4]) -> Self {
        let extent = Extent::of(bounds);
        Heights { extent, metres: extent.heights(setting) }
    }

    /// Height (m) at a place; beyond the edge that of the nearest node.
    pub fn at(&self, lon: f64, lat: f64) -> f64 {
        let e = &self.extent;
        bilinear(lon, lat, |col, row| {
            let col = (col - e.west).clamp(0, e.cols as i64 - 1) as usize;
            let up = (row - e.south).clamp(0, e.rows as i64 - 1) as usize;
            f64::from(self.metres[(e.rows - 1 - up) * e.cols + col])
        })
    }
}

fn bilinear(lon: f64, lat: f64, node: impl Fn(i64, i64) -> f64) -> f64 {
    let (x, y) = (lon / STEP_DEG, lat / STEP_DEG);
    let (col, row) = (x.floor(), y.floor());
    let (u, v) = (x - col, y - row);
    let (col, row) = (col as i64, row as i64);
    let south = node(col, row) * (1.0 - u) + node(col + 1, row) * u;
    let north = node(col, row + 1) * (1.0 - u) + node(col + 1, row + 1) * u;
    south * (1.0 - v) + north * v
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Shape;

    fn land(shape: Shape) -> Setting {
        Setting::new(1, jiff::Timestamp::UNIX_EPOCH, 0.0).over(shape, false)
    }

    #[test]
    fn kept_heights_are_those_worked_out_one_by_one() {
        let setting = land(Shape::Haidong);
        let kept = Heights::new(&setting, [101.0, 101.6, 36.2, 36.6]);
        for i in 0..200 {
            let (lon, lat) = (101.01 + 0.0029 * f64::from(i), 36.21 + 0.0018 * f64::from(i));
            assert_eq!(kept.at(lon, lat), height_m(&setting, lon, lat));
        }
    }

    #[test]
    fn the_rim_leads_from_the_plain_land_to_the_box() {
        let setting = land(Shape::Plateau);
        assert_eq!(height_m(&setting, 102.4, 36.3), 2500.0);
        let outside = setting.plain_height(100.5, 36.3).0;
        assert!((height_m(&setting, 100.5, 36.3) - outside).abs() < 1.5);
    }
}
