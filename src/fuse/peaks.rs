//! The fires of one look: detections that touch, divided where they have several clear peaks.

use super::cubes::{Cube, Map, Near, Point, cube, distance_m};
use super::joined::Joined;
use super::marks::{Kind, Mark};
use crate::thresholds::FuseThresholds;
use std::ops::Range;

/// The fires of one look as (first mark of its fire, mark), positions both: those of a fire together and in order, fires by
/// their first mark.
///
/// Marks of a slot touch when they are 8-neighbours by line and column, all others when they are nearer than
/// `touch_pixels` times the larger pixel. From the strongest to the weakest each goes to the nearest peak that it touches
/// and that is no further than `peak_pixels`; two peaks that meet at a saddle no lower than `saddle_share` of the lesser one are
/// one. So a fire has one peak and a bounded size, however many others burn around it.
pub(super) fn fires_of_look(marks: &[Mark], look: &[usize], t: &FuseThresholds) -> Vec<(usize, usize)> {
    let Nodes { mut nodes, places } = nodes(marks, look);
    nodes.sort_unstable_by(|a, b| b.strength.total_cmp(&a.strength).then(a.first.cmp(&b.first)));
    let mut beside = Beside::new(&nodes, t);
    let mut peaks = Joined::default();
    let mut touched = Vec::new();
    for at in 0..nodes.len() {
        touched.clear();
        beside.touched(&nodes, at, t, &mut touched);
        beside.put(&nodes[at], at);
        peaks.add();
        if let Some(peak) = peak(&mut peaks, at, &mut touched, &nodes, t) {
            peaks.join(at, peak);
        }
    }
    let roots: Vec<usize> = (0..nodes.len()).map(|at| peaks.root(at)).collect();
    let mut first = vec![usize::MAX; nodes.len()];
    for (node, &root) in nodes.iter().zip(&roots) {
        first[root] = first[root].min(node.first);
    }
    let of_node = |(node, &root): (&Node, &usize)| (first[root], node.places.clone());
    let fires = nodes.iter().zip(&roots).map(of_node);
    let mut fires: Vec<(usize, usize)> =
        fires.flat_map(|(first, range)| places[range].iter().map(move |place| (first, place.1))).collect();
    fires.sort_unstable();
    fires
}

/// One or more marks so near to each other that they are one point of the picture.
struct Node {
    /// Its marks among the places.
    places: Range<usize>,
    /// Position of its first mark.
    first: usize,
    point: Point,
    /// Line and column, of a slot.
    cell: Option<(u32, u32)>,
    side_m: f64,
    strength: f64,
}

/// A scale and a cell of it.
type Cell = (i32, Cube);

struct Nodes {
    nodes: Vec<Node>,
    /// The cell and the position of each mark, those of a node together.
    places: Vec<(Cell, usize)>,
}

/// Cells of a quarter of a pixel hold one node, however many marks lie in them: no mark meets all others.
fn nodes(marks: &[Mark], look: &[usize]) -> Nodes {
    let strength = strength(marks, look);
    let cell = |mark: &Mark| match mark.kind {
        Kind::Slot => (i32::MAX, [i64::from(mark.cell.0), i64::from(mark.cell.1), 0]),
        Kind::Moment | Kind::Pass | Kind::Word => {
            let scale = mark.side_m.max(1.0).log2().floor();
            (scale as i32, cube(mark.point, scale.exp2() / 4.0))
        }
    };
    let mut places: Vec<(Cell, usize)> = look.iter().map(|&at| (cell(&marks[at]), at)).collect();
    places.sort_unstable();
    let mut nodes: Vec<Node> = Vec::with_capacity(look.len());
    let mut start = 0;
    for alike in places.chunk_by(|a, b| a.0 == b.0) {
        let first = &marks[alike[0].1];
        let of_all = |value: &dyn Fn(&Mark) -> f64| {
            alike.iter().map(|(_, at)| value(&marks[*at])).fold(f64::NEG_INFINITY, f64::max)
        };
        nodes.push(Node {
            places: start..start + alike.len(),
            first: alike[0].1,
            point: first.point,
            cell: (first.kind == Kind::Slot).then_some(first.cell),
            side_m: of_all(&|mark| mark.side_m),
            strength: of_all(&strength),
        });
        start += alike.len();
    }
    Nodes { nodes, places }
}

/// Excess radiance where every mark of the look has it, else power, else all alike.
fn strength(marks: &[Mark], look: &[usize]) -> fn(&Mark) -> f64 {
    let excess = |mark: &Mark| mark.excess_radiance.map_or(f64::NAN, f64::from);
    let power = |mark: &Mark| mark.frp_mw.unwrap_or(f64::NAN);
    for measure in [excess, power] {
        if look.iter().all(|&at| measure(&marks[at]).is_finite()) {
            return measure;
        }
    }
    |_| 0.0
}

/// The nodes so far, by where they lie.
enum Beside {
    /// So few that each is asked.
    Few(usize),
    /// By line and column.
    Grid(Map<(u32, u32), usize>),
    Near(Near),
}

impl Beside {
    fn new(nodes: &[Node], t: &FuseThresholds) -> Self {
        if nodes.len() <= 12 {
            Beside::Few(0)
        } else if nodes.iter().all(|node| node.cell.is_some()) {
            Beside::Grid(Map::default())
        } else {
            let reach_m = nodes.iter().map(|node| node.reach_m(t)).fold(1.0, f64::max);
            Beside::Near(Near::new(reach_m, nodes.len()))
        }
    }

    fn put(&mut self, node: &Node, at: usize) {
        match self {
            Beside::Few(count) => *count = at + 1,
            Beside::Grid(cells) => cells.extend(node.cell.map(|cell| (cell, at))),
            Beside::Near(near) => near.put(at, node.point),
        }
    }

    /// Nodes so far that touch a node.
    fn touched(&mut self, nodes: &[Node], at: usize, t: &FuseThresholds, touched: &mut Vec<usize>) {
        let node = &nodes[at];
        match self {
            Beside::Few(count) => touched.extend((0..*count).filter(|&other| node.touches(&nodes[other], t))),
            Beside::Grid(cells) => {
                let (line, column) = node.cell.unwrap_or_default();
                let around = |at: u32| at.saturating_sub(1)..=at.saturating_add(1);
                let near = around(line).flat_map(|line| around(column).map(move |column| (line, column)));
                touched.extend(near.filter_map(|cell| cells.get(&cell)));
            }
            Beside::Near(near) => near.visit(node.point, |other| {
                touched.extend(node.touches(&nodes[other], t).then_some(other));
                true
            }),
        }
    }
}

impl Node {
    fn reach_m(&self, t: &FuseThresholds) -> f64 {
        f64::from(t.touch_pixels) * self.side_m
    }

    fn touches(&self, other: &Node, t: &FuseThresholds) -> bool {
        match (self.cell, other.cell) {
            (Some(a), Some(b)) => a.0.abs_diff(b.0) <= 1 && a.1.abs_diff(b.1) <= 1,
            _ => distance_m(self.point, other.point) < self.reach_m(t).max(other.reach_m(t)),
        }
    }

    fn is_near_peak(&self, peak: &Node, t: &FuseThresholds) -> bool {
        distance_m(self.point, peak.point) <= f64::from(t.peak_pixels) * self.side_m.max(peak.side_m)
    }
}

/// The peak of a node that touches these nodes; `None` where it is one itself. Peaks that meet in it may become one.
fn peak(peaks: &mut Joined, at: usize, touched: &mut Vec<usize>, nodes: &[Node], t: &FuseThresholds) -> Option<usize> {
    let node = &nodes[at];
    touched.iter_mut().for_each(|other| *other = peaks.root(*other));
    touched.sort_unstable();
    touched.dedup();
    touched.retain(|&peak| node.is_near_peak(&nodes[peak], t));
    let far = |&peak: &usize| distance_m(node.point, nodes[peak].point);
    let nearest = touched.iter().copied().min_by(|a, b| far(a).total_cmp(&far(b)).then(a.cmp(b)))?;
    // a peak comes before all that is weaker: the first is the strongest
    for i in 1..touched.len() {
        for j in 0..i {
            let (stronger, lesser) = (peaks.root(touched[j]), peaks.root(touched[i]));
            let level = node.strength >= f64::from(t.saddle_share) * nodes[stronger.max(lesser)].strength;
            if level && nodes[lesser].is_near_peak(&nodes[stronger], t) {
                peaks.join(stronger, lesser);
            }
        }
    }
    Some(peaks.root(nearest))
}
