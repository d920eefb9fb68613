//! Which pixels touch: a disjoint-set forest, and an index by cell so that no pixel meets all others.

use crate::fire::FirePixel;
use crate::place::LonLat;
use std::collections::HashMap;

/// A disjoint-set forest over positions of a list.
pub(super) struct Clusters {
    parent: Vec<usize>,
}

impl Clusters {
    pub(super) fn new(len: usize) -> Self {
        Clusters { parent: (0..len).collect() }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    /// The lower position becomes the root, so that the outcome does not depend on the order of joins.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    /// The members of each cluster, in the order of the list.
    pub(super) fn groups<T: Copy>(mut self, list: &[T]) -> Vec<Vec<T>> {
        let mut groups: Vec<Vec<T>> = vec![Vec::new(); list.len()];
        for (at, &item) in list.iter().enumerate() {
            groups[self.root(at)].push(item);
        }
        groups.retain(|group| !group.is_empty());
        groups
    }
}

/// One half of the eight neighbours and the cell itself: the other half is met from the other side.
const HALF: [(i64, i64); 5] = [(0, 0), (0, 1), (1, -1), (1, 0), (1, 1)];

/// Joins 8-neighbours by line and column.
pub(super) fn touching_cells(pixels: &[&FirePixel], clusters: &mut Clusters) {
    let cell = |pixel: &FirePixel| (i64::from(pixel.line.unwrap_or(0)), i64::from(pixel.column.unwrap_or(0)));
    let mut first_in: HashMap<(i64, i64), usize> = HashMap::with_capacity(pixels.len());
    for (at, pixel) in pixels.iter().enumerate() {
        let first = *first_in.entry(cell(pixel)).or_insert(at);
        clusters.join(first, at);
    }
    for (at, pixel) in pixels.iter().enumerate() {
        let (line, column) = cell(pixel);
        for (down, right) in HALF {
            if let Some(&other) = first_in.get(&(line + down, column + right)) {
                clusters.join(at, other);
            }
        }
    }
}

/// Mean radius of the earth, metres. A sphere is good to 0.6 per cent, far below what the factor 1.5 stands for.
const EARTH_M: f64 = 6_371_008.8;
/// Two points touch when they are closer than this many pixels.
const REACH_IN_PIXELS: f64 = 1.5;

/// A place that one or more points of a look share, metres from the earth's centre: three axes have no pole and no
/// antimeridian, and one size of cell serves everywhere.
struct Spot {
    xyz_m: [f64; 3],
    reach_m: f64,
    at: usize,
}

/// Joins points closer than 1.5 times the larger of their two pixels.
pub(super) fn close_points(pixels: &[&FirePixel], clusters: &mut Clusters) {
    let spots = spots(pixels, clusters);
    let cell_m = spots.iter().map(|spot| spot.reach_m).fold(1.0, f64::max);
    let mut cells: HashMap<[i64; 3], Vec<usize>> = HashMap::new();
    for (n, spot) in spots.iter().enumerate() {
        cells.entry(spot.cell(cell_m)).or_default().push(n);
    }
    for spot in &spots {
        for cell in half_around(spot.cell(cell_m)) {
            let others = cells.get(&cell).into_iter().flatten();
            for other in others.map(|&n| &spots[n]).filter(|other| spot.touches(other)) {
                clusters.join(spot.at, other.at);
            }
        }
    }
}

impl Spot {
    fn cell(&self, size_m: f64) -> [i64; 3] {
        self.xyz_m.map(|metres| (metres / size_m).floor() as i64)
    }

    fn touches(&self, other: &Spot) -> bool {
        let squares = self.xyz_m.iter().zip(other.xyz_m).map(|(a, b)| (a - b).powi(2));
        squares.sum::<f64>() < self.reach_m.max(other.reach_m).powi(2)
    }
}

/// The cell and those of its 26 neighbours that come after it.
fn half_around(cell: [i64; 3]) -> impl Iterator<Item = [i64; 3]> {
    let steps = (-1..=1).flat_map(|x| (-1..=1).flat_map(move |y| (-1..=1).map(move |z| [x, y, z])));
    let half = steps.filter(|step| *step >= [0, 0, 0]);
    half.map(move |step| [cell[0] + step[0], cell[1] + step[1], cell[2] + step[2]])
}

/// One spot for all points at exactly one place, joined at once: however many they are, they meet nobody twice.
fn spots(pixels: &[&FirePixel], clusters: &mut Clusters) -> Vec<Spot> {
    let mut seen: HashMap<(u64, u64), usize> = HashMap::with_capacity(pixels.len());
    let mut spots: Vec<Spot> = Vec::new();
    for (at, pixel) in pixels.iter().enumerate() {
        let key = (pixel.place.lon().to_bits(), pixel.place.lat().to_bits());
        let n = *seen.entry(key).or_insert(spots.len());
        let reach_m = REACH_IN_PIXELS * 1000.0 * size_km(pixel);
        if let Some(spot) = spots.get_mut(n) {
            spot.reach_m = spot.reach_m.max(reach_m);
            clusters.join(spot.at, at);
        } else {
            spots.push(Spot { xyz_m: xyz_m(pixel.place), reach_m, at });
        }
    }
    spots
}

fn xyz_m(place: LonLat) -> [f64; 3] {
    let (lon, lat) = (place.lon().to_radians(), place.lat().to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()].map(|part| part * EARTH_M)
}

/// Size of a pixel on the ground, km: as stated, else from its area, else the nominal size of the sensor.
fn size_km(pixel: &FirePixel) -> f64 {
    let stated = pixel.scan_km.into_iter().chain(pixel.track_km).map(f64::from).reduce(f64::max);
    let stated = stated.or_else(|| pixel.pixel_area_km2.map(f64::sqrt));
    stated.filter(|size| size.is_finite() && *size > 0.0).unwrap_or(match pixel.sensor.as_str() {
        "VIIRS" => 0.4,
        "AHI" | "ABI" | "AGRI" | "AMI" => 2.0,
        _ => 1.0,
    })
}
