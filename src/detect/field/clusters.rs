//! Fire pixels that touch are one fire: its size, where its middle lies, and how bright it is.

use super::Algorithm;
use super::pixel::Marks;
use super::planes::Planes;
use geo::{MultiPolygon, Rect, coord, unary_union};
use ndarray::Array2;
use std::collections::BTreeMap;

type At = (usize, usize);

/// Fire pixels that touch, also by their corners.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Its pixels in the window, by line and column.
    pub pixels: Vec<At>,
    /// The brightest of them.
    pub brightest: At,
    /// Line and column of its middle in the window, weighted by what 2.2 um has over the ground around.
    pub centre: (f64, f64),
    /// Greatest value at 2.2 um: reflectance divided by the sine of the sun's elevation by day, counts by night.
    pub peak: f64,
    /// Sum of what its pixels have over the ground around, in the same unit.
    pub sum: f64,
    /// The same of each of its pixels, in their order.
    pub excess: Vec<f64>,
    /// Whether each of them shone more than can be counted.
    pub saturated: Vec<bool>,
    /// Value at 2.2 um of the ground around; `None` where all of it burns or is hidden.
    pub ground: Option<f64>,
    /// Algorithms that found one of its pixels: bits of `Algorithm::bit`.
    pub found_by: u8,
    /// One of its pixels needed no comparison with its surroundings.
    pub is_sure: bool,
    /// One of its pixels, or one beside, is cloud.
    pub beside_cloud: bool,
}

/// So far around a fire lies the ground that it is compared with, pixels.
const AROUND: usize = 4;

/// The fires of a scene, by their first pixels.
pub(super) fn find(planes: &Planes, masks: &Array2<u8>, is_fire: impl Fn(At) -> bool) -> Vec<Cluster> {
    let fires: Vec<At> =
        masks.indexed_iter().filter(|(at, mask)| **mask != 0 && is_fire(*at)).map(|(at, _)| at).collect();
    let is_fire = |at: &At| fires.binary_search(at).is_ok();
    touching(&fires).into_iter().map(|pixels| cluster(planes, masks, pixels, &is_fire)).collect()
}

/// Pixels in line order to groups that touch.
fn touching(fires: &[At]) -> Vec<Vec<At>> {
    let mut parent: Vec<usize> = (0..fires.len()).collect();
    fn root(parent: &mut [usize], mut i: usize) -> usize {
        while parent[i] != i {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        i
    }
    for (i, (line, column)) in fires.iter().copied().enumerate() {
        let west = column.checked_sub(1).map(|column| (line, column));
        let north = line
            .checked_sub(1)
            .into_iter()
            .flat_map(|line| (column.saturating_sub(1)..=column + 1).map(move |column| (line, column)));
        for beside in west.into_iter().chain(north) {
            if let Ok(j) = fires.binary_search(&beside) {
                let (a, b) = (root(&mut parent, i), root(&mut parent, j));
                // the earlier pixel names the group
                parent[a.max(b)] = a.min(b);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<At>> = BTreeMap::new();
    for (i, at) in fires.iter().enumerate() {
        groups.entry(root(&mut parent, i)).or_default().push(*at);
    }
    groups.into_values().collect()
}

fn cluster(planes: &Planes, masks: &Array2<u8>, pixels: Vec<At>, is_fire: &impl Fn(&At) -> bool) -> Cluster {
    let value = |at: At| planes.brightness(at);
    let ground = ground(planes, &pixels, is_fire);
    let over = |at: &At| ground.map_or(value(*at), |ground| (value(*at) - ground).max(0.0));
    let excess: Vec<f64> = pixels.iter().map(over).collect();
    let sum: f64 = excess.iter().sum();
    // a fire no brighter than its ground (a folded core) lies in the middle of its pixels
    let weight = |excess: f64| if sum > 0.0 { excess / sum } else { 1.0 / pixels.len() as f64 };
    let (line, column) = pixels.iter().zip(&excess).fold((0.0, 0.0), |(line, column), (at, excess)| {
        (line + weight(*excess) * at.0 as f64, column + weight(*excess) * at.1 as f64)
    });
    let brightest = pixels.iter().copied().reduce(|a, b| if value(b) > value(a) { b } else { a }).unwrap_or_default();
    let sure = Marks::SCHROEDER_SURE.with(Marks::KUMAR_SURE).with(Marks::NIGHT_HOT);
    let is_cloud = |at: At| planes.flags[at].any(Marks::CLOUD);
    Cluster {
        brightest,
        centre: (line, column),
        peak: value(brightest),
        sum,
        excess,
        saturated: pixels.iter().map(|at| planes.is_saturated(*at)).collect(),
        ground,
        found_by: pixels.iter().fold(0, |bits, at| bits | masks[*at]),
        is_sure: pixels.iter().any(|at| planes.flags[*at].any(sure)),
        beside_cloud: pixels.iter().any(|at| is_cloud(*at) || planes.beside(*at).any(is_cloud)),
        pixels,
    }
}

/// Median at 2.2 um of what lies around and neither burns nor is hidden.
fn ground(planes: &Planes, pixels: &[At], is_fire: &impl Fn(&At) -> bool) -> Option<f64> {
    let (lines, columns) = planes.flags.dim();
    let bounds = |of: fn(&At) -> usize, size: usize| {
        let (least, most) = pixels.iter().map(of).fold((usize::MAX, 0), |(a, b), v| (a.min(v), b.max(v)));
        least.saturating_sub(AROUND)..(most + AROUND + 1).min(size)
    };
    let across = bounds(|at| at.1, columns);
    let all = bounds(|at| at.0, lines).flat_map(|line| across.clone().map(move |column| (line, column)));
    let hidden = Marks::FILL.with(Marks::CLOUD);
    let mut values: Vec<f64> =
        all.filter(|at| !is_fire(at) && !planes.flags[*at].any(hidden)).map(|at| planes.brightness(at)).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

impl Cluster {
    /// The edge of its pixels in lines and columns, whole numbers being the middles of pixels; several parts where pixels
    /// touch by a corner alone.
    pub fn outline(&self) -> MultiPolygon<f64> {
        let square = |(line, column): &At| {
            let (x, y) = (*column as f64, *line as f64);
            Rect::new(coord! { x: x - 0.5, y: y - 0.5 }, coord! { x: x + 0.5, y: y + 0.5 }).to_polygon()
        };
        unary_union(&self.pixels.iter().map(square).collect::<Vec<_>>())
    }

    /// How many of the three algorithms of a vote found it.
    pub fn votes(&self) -> u32 {
        let three = [Algorithm::Schroeder, Algorithm::KumarRoy, Algorithm::Murphy];
        three.iter().filter(|algorithm| self.found_by & algorithm.bit() != 0).count() as u32
    }
}
