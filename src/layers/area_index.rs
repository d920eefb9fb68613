//! Which area (a county, a township, a cell of the patrol grid) a place lies in: exact, with holes and separate parts, a
//! million places in a fraction of a second.
//!
//! Even-odd rule over edges sorted into bands of latitude: a place meets only the edges of its own band.

use crate::place::{LonLat, LonLatBox};
use geo::kernels::{Kernel, RobustKernel};
use geo::{Coord, Distance, Euclidean, LineString, MapCoords, MultiPolygon, Orientation, Point};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Areas prepared for lookups.
///
/// Boundary rule: a place exactly on a border belongs to the area to the east of it (on a border that runs due
/// east-west: to the north). Where two areas share the same vertices, it is thus in exactly one of them.
/// A place in two overlapping areas is in the first of them.
#[derive(Debug, Clone)]
pub struct AreaIndex {
    bbox: LonLatBox,
    bands_per_degree: f64,
    /// Edges of a band, those of one area together, areas in order.
    bands: Vec<Vec<Edge>>,
}

/// A border line, the southern end first; never due east-west.
#[derive(Debug, Clone, Copy)]
struct Edge {
    area: u32,
    south: Coord<f64>,
    north: Coord<f64>,
}

/// More bands cost memory and save little time.
const MOST_BANDS: usize = 2048;
/// Places given to one thread at a time.
const CHUNK: usize = 16 * 1024;

impl AreaIndex {
    /// Prepares the areas; answers of [`AreaIndex::find`] are positions in this list.
    pub fn new<'a>(areas: impl IntoIterator<Item = &'a MultiPolygon<f64>>) -> Self {
        let edges: Vec<Edge> = (0..).zip(areas).flat_map(|(at, shape)| edges_of(at, shape)).collect();
        let bbox = bbox_of(&edges);
        let height = (bbox.north - bbox.south).max(1e-9);
        // an edge is held once for each band that it crosses: two or three of them
        let mean = edges.iter().map(|edge| edge.north.y - edge.south.y).sum::<f64>() / edges.len().max(1) as f64;
        let bands = (2.0 * height / mean.max(1e-9)).clamp(1.0, MOST_BANDS as f64) as usize;
        let mut index = AreaIndex { bbox, bands_per_degree: bands as f64 / height, bands: vec![Vec::new(); bands] };
        for edge in edges {
            let (first, last) = (index.band(edge.south.y), index.band(edge.north.y));
            for band in &mut index.bands[first..=last] {
                band.push(edge);
            }
        }
        index
    }

    /// Position of the area in the list that was given, or `None` outside all of them.
    pub fn find(&self, place: LonLat) -> Option<usize> {
        if !self.bbox.contains(place) {
            return None;
        }
        let point = Coord { x: place.lon(), y: place.lat() };
        let mut inside = None;
        for edge in &self.bands[self.band(point.y)] {
            if inside.is_some_and(|area| area != edge.area) {
                break; // the edges of the area that holds the place have all been counted
            }
            if edge.is_east_of(point) {
                inside = if inside.is_some() { None } else { Some(edge.area) };
            }
        }
        inside.map(|area| area as usize)
    }

    /// The area that holds most of the places, of equals the first; `None` where none lies in any.
    pub fn find_most(&self, places: impl IntoIterator<Item = LonLat>) -> Option<usize> {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for area in places.into_iter().filter_map(|place| self.find(place)) {
            *counts.entry(area).or_default() += 1;
        }
        counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(area, _)| area)
    }

    /// [`AreaIndex::find`] for each place, in the order given, on all threads.
    pub fn find_all(&self, places: &[LonLat]) -> Vec<Option<usize>> {
        places.par_iter().with_min_len(CHUNK).map(|&place| self.find(place)).collect()
    }

    fn band(&self, lat: f64) -> usize {
        (((lat - self.bbox.south) * self.bands_per_degree) as usize).min(self.bands.len() - 1)
    }
}

impl Edge {
    /// Whether the line from the point to the east crosses the edge. The southern end counts and the northern does
    /// not, so that a line through a vertex crosses once where the border goes on, and twice or never at a tip.
    fn is_east_of(&self, point: Coord<f64>) -> bool {
        if point.y < self.south.y || point.y >= self.north.y {
            return false;
        }
        if point.x < self.south.x.min(self.north.x) {
            return true;
        }
        if point.x > self.south.x.max(self.north.x) {
            return false;
        }
        RobustKernel::orient2d(self.south, self.north, point) == Orientation::CounterClockwise
    }
}

fn edges_of(at: u32, shape: &MultiPolygon<f64>) -> impl Iterator<Item = Edge> + '_ {
    let rings = shape.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
    rings.flat_map(LineString::lines).filter(|line| line.start.y != line.end.y).map(move |line| {
        let (south, north) = if line.start.y < line.end.y { (line.start, line.end) } else { (line.end, line.start) };
        Edge { area: at, south, north }
    })
}

fn bbox_of(edges: &[Edge]) -> LonLatBox {
    let mut bbox = LonLatBox { west: f64::MAX, south: f64::MAX, east: f64::MIN, north: f64::MIN };
    for end in edges.iter().flat_map(|edge| [edge.south, edge.north]) {
        bbox.west = bbox.west.min(end.x);
        bbox.east = bbox.east.max(end.x);
        bbox.south = bbox.south.min(end.y);
        bbox.north = bbox.north.max(end.y);
    }
    bbox
}

/// Kilometres of a degree of latitude.
const KM_PER_DEG: f64 = 111.195;

/// Kilometres from a place to an area; 0 within it. Flat earth: for areas within some tens of kilometres.
pub fn distance_km(shape: &MultiPolygon<f64>, place: LonLat) -> f64 {
    let across = KM_PER_DEG * place.lat().to_radians().cos();
    let plane = |lon: f64, lat: f64| ((lon - place.lon()) * across, (lat - place.lat()) * KM_PER_DEG);
    let shape = shape.map_coords(|at| plane(at.x, at.y).into());
    Euclidean.distance(&Point::new(0.0, 0.0), &shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Contains, Intersects, polygon};

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("on the earth")
    }

    /// A square 0..4 with the hole 1..3, an island 1.5..2.5 in the hole, and a second part far away. By hand.
    fn holed() -> MultiPolygon<f64> {
        let square = polygon!(
            exterior: [(x: 0., y: 0.), (x: 4., y: 0.), (x: 4., y: 4.), (x: 0., y: 4.)],
            interiors: [[(x: 1., y: 1.), (x: 3., y: 1.), (x: 3., y: 3.), (x: 1., y: 3.)]],
        );
        let island = polygon![(x: 1.5, y: 1.5), (x: 2.5, y: 1.5), (x: 2.5, y: 2.5), (x: 1.5, y: 2.5)];
        let far = polygon![(x: 10., y: 10.), (x: 11., y: 10.), (x: 10.5, y: 11.)];
        MultiPolygon::new(vec![square, island, far])
    }

    #[test]
    fn holes_are_out_and_every_part_is_in() {
        let index = AreaIndex::new(&[holed()]);
        for (lon, lat, inside) in [
            (0.5, 0.5, true),
            (1.2, 2.0, false),
            (2.0, 2.0, true),
            (3.5, 2.0, true),
            (2.0, 1.2, false),
            (10.5, 10.4, true),
            (10.05, 10.9, false),
            (4.5, 2.0, false),
            (7.0, 7.0, false),
            (-0.1, 2.0, false),
        ] {
            assert_eq!(index.find(at(lon, lat)).is_some(), inside, "{lon} {lat}");
        }
    }

    /// Two squares that share the border x = 1 and two that share y = 1: the rule of `AreaIndex`.
    #[test]
    fn a_place_on_a_border_is_in_exactly_one_area() {
        let tile = |x: f64, y: f64| {
            MultiPolygon::new(vec![polygon![
                (x: x, y: y), (x: x + 1., y: y), (x: x + 1., y: y + 1.), (x: x, y: y + 1.)
            ]])
        };
        let index = AreaIndex::new(&[tile(0., 0.), tile(1., 0.), tile(0., 1.), tile(1., 1.)]);
        assert_eq!(index.find(at(1.0, 0.5)), Some(1));
        assert_eq!(index.find(at(0.5, 1.0)), Some(2));
        assert_eq!(index.find(at(1.0, 1.0)), Some(3));
        assert_eq!(index.find(at(0.0, 0.0)), Some(0));
        assert_eq!(index.find(at(2.0, 0.5)), None, "the eastern edge of all");
        assert_eq!(index.find(at(0.5, 2.0)), None, "the northern edge of all");
    }

    #[test]
    fn of_several_places_most_decide() {
        let square = |west: f64| {
            let (w, e) = (west, west + 1.0);
            MultiPolygon::new(vec![polygon![(x: w, y: 0.), (x: e, y: 0.), (x: e, y: 1.), (x: w, y: 1.)]])
        };
        let index = AreaIndex::new(&[square(0.0), square(1.0)]);
        let most = |lons: &[f64]| index.find_most(lons.iter().map(|lon| at(*lon, 0.5)));
        assert_eq!(most(&[]), None);
        assert_eq!(most(&[3.0, 4.0]), None);
        assert_eq!(most(&[3.0, 4.0, 1.5]), Some(1));
        assert_eq!(most(&[0.5, 1.5, 1.6]), Some(1));
        assert_eq!(most(&[1.5, 0.5]), Some(0), "the first of equals");
    }

    #[test]
    fn no_area_holds_nothing() {
        assert_eq!(AreaIndex::new(&[]).find(at(102.0, 36.0)), None);
    }

    /// Expected: `geo::Contains` on the shipped borders; every vertex and random places, half of them near a vertex.
    #[test]
    fn agrees_with_geo_on_the_shipped_counties() {
        let site = crate::site::Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")).expect("loads");
        let index = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
        let vertices: Vec<Coord<f64>> =
            site.counties.iter().flat_map(|c| c.shape.iter().flat_map(|p| p.exterior().coords().copied())).collect();
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut found = 0;
        for step in 0..20_000 {
            let near = vertices[(random() * vertices.len() as f64) as usize];
            let (dx, dy) = (random(), random());
            let point = if step % 2 == 0 {
                Point::new(101.6 + 1.6 * dx, 35.3 + 1.9 * dy)
            } else {
                Point::new(near.x + 1e-3 * (dx - 0.5), near.y + 1e-3 * (dy - 0.5))
            };
            let expected = site.counties.iter().position(|c| c.shape.contains(&point));
            let got = index.find(at(point.x(), point.y()));
            let on_a_border = site.counties.iter().any(|c| c.shape.intersects(&point) && !c.shape.contains(&point));
            assert!(got == expected || on_a_border, "{point:?}: {got:?} not {expected:?}");
            found += usize::from(got.is_some());
        }
        assert!(found > 5_000, "the test must not be empty: {found}");
        let places: Vec<LonLat> = vertices.iter().map(|v| at(v.x, v.y)).collect();
        let one_by_one: Vec<Option<usize>> = places.iter().map(|&place| index.find(place)).collect();
        assert_eq!(index.find_all(&places), one_by_one);
    }
}
