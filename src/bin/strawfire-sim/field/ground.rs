//! What a scene looks at: the land under its clouds, cell by cell, within a frame that may be tilted.

use super::grid::Grid;
use super::land::{Broad, Cover, Land, Spot};
use super::light::Light;
use super::sky::{CLOUD, DARKNESS, Sky};

/// Lines of cells that are drawn at once: pixels of every band are whole numbers of cells that divide it.
pub const BUNDLE: usize = 12;
/// Cells between the nodes at which clouds and hills are worked out.
const STEP: usize = 6;

/// A scene's ground and sky.
#[derive(Debug)]
pub struct Ground {
    /// The finest cells.
    pub cells: Grid,
    pub light: Light,
    pub frame: Frame,
    land: Land,
    sky: Sky,
    /// Northing of the river by column of cells.
    rivers: Vec<f64>,
}

/// What a scene is drawn from beside where it lies.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub key: u64,
    /// Mean opacity of the clouds, and share of the ground under snow.
    pub cloud: f64,
    pub snow: f64,
    /// Some solar panels mirror the sun.
    pub glint: bool,
}

/// The part of a grid that is imaged: a rectangle turned about the middle, as orbits lie across the map.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    middle: (f64, f64),
    sin: f64,
    cos: f64,
    half_width_m: f64,
    half_height_m: f64,
}

/// One cell.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    pub spot: Spot,
    /// Opacity of the cloud above it, and of that between it and the sun.
    pub cloud: f32,
    pub shade: f32,
}

/// What is worked out at nodes.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    broad: Broad,
    cloud: f32,
    shade: f32,
}

impl Ground {
    /// The ground of a grid of cells, imaged in a frame tilted by so many degrees.
    pub fn new(cells: Grid, light: Light, look: &Look, tilt_deg: f64) -> Ground {
        let [(west, north), _, (east, south), _] = cells.corners(0.0);
        let extent = [west, east, south, north];
        let land = Land::new(look.key, look.snow, look.glint, extent);
        let sky = Sky::new(look.key ^ 0xC1, look.cloud, &light, extent);
        let rivers = (0..cells.columns).map(|column| land.river(cells.at(0.0, column as f64).0)).collect();
        Ground { cells, light, frame: Frame::tilted(&cells, tilt_deg), land, sky, rivers }
    }

    /// Whether a straw fire may be put at a point: a field without green crops, under clear sky, in the sun.
    pub fn is_clear_field(&self, (x, y): (f64, f64)) -> bool {
        matches!(self.land.at(x, y).cover, Cover::Stubble | Cover::Bare)
            && self.frame.holds((x, y))
            && self.sky.opacity(x, y) < 0.01
            && self.sky.shade(x, y) < 0.01
    }

    /// Opacity of the clouds above a point.
    pub fn cloud(&self, (x, y): (f64, f64)) -> f64 {
        self.sky.opacity(x, y)
    }

    /// Lines of cells from one on that is a multiple of `BUNDLE`, at most so many.
    pub fn bundle(&self, line0: usize) -> Vec<Vec<Cell>> {
        let nodes = [0, 1, 2].map(|i| self.nodes(line0 + i * STEP));
        let lines = BUNDLE.min(self.cells.lines.saturating_sub(line0));
        (0..lines)
            .map(|i| {
                let (above, below, down) = (&nodes[i / STEP], &nodes[i / STEP + 1], (i % STEP) as f32 / STEP as f32);
                let between: Vec<Node> = above.iter().zip(below).map(|(a, b)| a.towards(b, down)).collect();
                self.row(line0 + i, &between)
            })
            .collect()
    }

    fn row(&self, line: usize, nodes: &[Node]) -> Vec<Cell> {
        let cell = |column: usize| {
            let (x, y) = self.cells.at(line as f64, column as f64);
            let (at, across) = (column / STEP, (column % STEP) as f32 / STEP as f32);
            let node = nodes[at].towards(&nodes[at + 1], across);
            let spot = self.land.spot((x, y), node.broad, self.rivers[column]);
            Cell { spot, cloud: node.cloud, shade: node.shade }
        };
        (0..self.cells.columns).map(cell).collect()
    }

    /// The nodes of a line, one more than the cells need.
    fn nodes(&self, line: usize) -> Vec<Node> {
        let count = self.cells.columns / STEP + 2;
        let node = |i: usize| {
            let (x, y) = self.cells.at(line as f64, (i * STEP) as f64);
            Node {
                broad: self.land.broad(x, y),
                cloud: self.sky.opacity(x, y) as f32,
                shade: self.sky.shade(x, y) as f32,
            }
        };
        (0..count).map(node).collect()
    }
}

impl Cell {
    /// Reflectance of a band with shadow and cloud, by place in the tables.
    #[inline]
    pub fn reflectance(&self, band: usize) -> f32 {
        let lit = self.spot.reflectance(band) * (1.0 - DARKNESS * self.shade);
        lit + self.cloud * (CLOUD[band] - lit)
    }
}

impl Node {
    #[inline]
    fn towards(&self, other: &Node, share: f32) -> Node {
        let mix = |a: f32, b: f32| a + share * (b - a);
        Node {
            broad: Broad { wild: mix(self.broad.wild, other.broad.wild), snow: mix(self.broad.snow, other.broad.snow) },
            cloud: mix(self.cloud, other.cloud),
            shade: mix(self.shade, other.shade),
        }
    }
}

impl Frame {
    /// The rectangle about the grid's middle, turned clockwise by an angle under 45 degrees, whose corners lie on its
    /// edges.
    fn tilted(grid: &Grid, tilt_deg: f64) -> Frame {
        let (sin, cos) = tilt_deg.to_radians().sin_cos();
        let (width, height) = (grid.columns as f64 * grid.pixel_m, grid.lines as f64 * grid.pixel_m);
        let squeeze = cos * cos - sin * sin;
        Frame {
            middle: grid.middle(),
            sin,
            cos,
            half_width_m: (width * cos - height * sin) / squeeze / 2.0,
            half_height_m: (height * cos - width * sin) / squeeze / 2.0,
        }
    }

    /// Whether a point is imaged.
    #[inline]
    pub fn holds(&self, (x, y): (f64, f64)) -> bool {
        let (east, north) = (x - self.middle.0, y - self.middle.1);
        (east * self.cos - north * self.sin).abs() <= self.half_width_m
            && (east * self.sin + north * self.cos).abs() <= self.half_height_m
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELLS: Grid = Grid { west_m: 250_000.0, north_m: 4_050_000.0, pixel_m: 15.0, lines: 400, columns: 310 };
    const LOOK: Look = Look { key: 11, cloud: 0.3, snow: 0.0, glint: false };
    const SUN: Light = Light { elevation_deg: 45.0, azimuth_deg: 160.0, distance_au: 1.0 };

    /// What is drawn from nodes is what stands at the place, but for borders of hills.
    #[test]
    fn rows_show_what_stands_at_their_places() {
        let ground = Ground::new(CELLS, SUN, &LOOK, 0.0);
        let (mut same, mut all) = (0, 0);
        for (i, row) in ground.bundle(24).iter().enumerate() {
            assert_eq!(row.len(), 310);
            for (column, cell) in row.iter().enumerate() {
                let (x, y) = CELLS.at((24 + i) as f64, column as f64);
                same += usize::from(ground.land.at(x, y).cover == cell.spot.cover);
                all += 1;
                assert!((ground.cloud((x, y)) - f64::from(cell.cloud)).abs() < 0.35);
            }
        }
        assert!(same * 100 > all * 98, "{same} of {all}");
        assert_eq!(ground.bundle(396).len(), 4);
    }

    #[test]
    fn a_tilted_frame_touches_the_edges_of_its_grid() {
        let grid = Grid { west_m: 0.0, north_m: 7700.0, pixel_m: 1.0, lines: 7700, columns: 7600 };
        let frame = Frame::tilted(&grid, 11.0);
        let inside =
            (0..77).flat_map(|i| (0..76).map(move |j| (100.0 * f64::from(j) + 50.0, 100.0 * f64::from(i) + 50.0)));
        let held = inside.filter(|at| frame.holds(*at)).count() as f64 / (77.0 * 76.0);
        // 6461 x 6588 of 7600 x 7700
        assert!((held - 0.727).abs() < 0.01, "{held}");
        assert!(grid.corners(1.0).iter().all(|corner| !frame.holds(*corner)));
        let straight = Frame::tilted(&grid, 0.0);
        assert!(grid.corners(0.5).iter().all(|corner| straight.holds(*corner)));
    }

    #[test]
    fn clouds_are_white_and_shadows_dark() {
        let ground = Ground::new(CELLS, SUN, &Look { cloud: 0.0, ..LOOK }, 0.0);
        let cell = ground.bundle(0)[0][0];
        let (cloudy, shaded) = (Cell { cloud: 1.0, ..cell }, Cell { shade: 1.0, ..cell });
        assert!((cloudy.reflectance(2) - CLOUD[2]).abs() < 1e-6);
        assert!((shaded.reflectance(2) / cell.reflectance(2) - (1.0 - DARKNESS)).abs() < 1e-5);
        assert!(cell.cloud == 0.0 && cell.shade == 0.0);
    }
}
