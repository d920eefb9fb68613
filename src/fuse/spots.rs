//! The fires of one look: detections that touch, divided where they have several clear peaks.

use super::marks::{Kind, Map, Mark, around, cube, distance_m};
use crate::thresholds::FuseThresholds;

/// Positions of the marks of each look of a region, looks by their first mark.
pub(super) fn looks(marks: &[Mark], region: &[usize], t: &FuseThresholds) -> Vec<Vec<usize>> {
    // sensor and satellite; a slot by its granule, a moment by its time
    type Key<'a> = (&'a str, &'a str, &'a str, Option<u64>);
    let mut looks: Vec<Vec<usize>> = Vec::new();
    let mut open: Map<Key<'_>, usize> = Map::default();
    for &at in region {
        let mark = &marks[at];
        let pixel = mark.pixel;
        let granule = if mark.kind == Kind::Slot { pixel.granule.as_str() } else { "" };
        let moment = (mark.kind == Kind::Moment).then(|| mark.seconds.to_bits());
        let look = open.entry((&pixel.satellite, &pixel.sensor, granule, moment)).or_insert(usize::MAX);
        let last = looks.get(*look).and_then(|look| look.last()).map(|&last| marks[last].seconds);
        if last.is_some_and(|last| mark.kind != Kind::Pass || mark.seconds - last < 60.0 * f64::from(t.pass_gap_min)) {
            looks[*look].push(at);
        } else {
            *look = looks.len();
            looks.push(vec![at]);
        }
    }
    looks
}

/// One or more marks so near to each other that they are one point of the picture.
struct Node {
    /// Positions of its marks.
    marks: Vec<usize>,
    xyz_m: [f64; 3],
    side_m: f64,
    strength: f64,
}

/// The fires of one look: positions of the marks of each, in order; fires by their first mark.
///
/// Marks of a slot touch when they are 8-neighbours by line and column, all others when they are nearer than
/// `touch_pixels` times the larger pixel. From the strongest to the weakest each goes to the nearest peak that it touches
/// and that is no further than `peak_pixels`; two peaks that meet at a saddle no lower than `saddle_share` of the lesser one are
/// one. So a fire has one peak and a bounded size, however many others burn around it.
pub(super) fn fires_of_look(marks: &[Mark], look: &[usize], t: &FuseThresholds) -> Vec<Vec<usize>> {
    if let [only] = look {
        return vec![vec![*only]];
    }
    let mut nodes = nodes(marks, look);
    nodes.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.marks[0].cmp(&b.marks[0])));
    let beside = Beside::new(marks, &nodes, t);
    let mut peaks = Peaks { of: Vec::with_capacity(nodes.len()) };
    for at in 0..nodes.len() {
        let touched: Vec<usize> = beside.before(marks, &nodes, at, t).map(|other| peaks.root(other)).collect();
        let peak = peaks.add(at, touched, &nodes, t);
        peaks.of.push(peak);
    }
    let mut fires: Map<usize, Vec<usize>> = Map::default();
    for (at, node) in nodes.iter().enumerate() {
        fires.entry(peaks.root(at)).or_default().extend(&node.marks);
    }
    let mut fires: Vec<Vec<usize>> = fires.into_values().collect();
    fires.iter_mut().for_each(|fire| fire.sort_unstable());
    fires.sort_unstable();
    fires
}

/// Cells of a quarter of a pixel hold one node, however many marks lie in them: no mark meets all others.
fn nodes(marks: &[Mark], look: &[usize]) -> Vec<Node> {
    let strength = strength(marks, look);
    let mut cells: Map<(i32, [i64; 3]), usize> = Map::default();
    let mut nodes: Vec<Node> = Vec::with_capacity(look.len());
    for &at in look {
        let mark = &marks[at];
        let cell = match (mark.kind, mark.pixel.line, mark.pixel.column) {
            (Kind::Slot, Some(line), Some(column)) => (i32::MAX, [i64::from(line), i64::from(column), 0]),
            _ => {
                let scale = mark.side_m.max(1.0).log2().floor();
                (scale as i32, cube(mark.xyz_m, scale.exp2() / 4.0))
            }
        };
        let own = strength(mark);
        let n = *cells.entry(cell).or_insert(nodes.len());
        match nodes.get_mut(n) {
            Some(node) => {
                node.marks.push(at);
                node.strength = node.strength.max(own);
                node.side_m = node.side_m.max(mark.side_m);
            }
            None => {
                nodes.push(Node { marks: vec![at], xyz_m: mark.xyz_m, side_m: mark.side_m, strength: own });
            }
        }
    }
    nodes
}

/// Excess radiance where every mark of the look has it, else power, else all alike.
fn strength(marks: &[Mark], look: &[usize]) -> fn(&Mark) -> f64 {
    let excess = |mark: &Mark| mark.pixel.excess_radiance.map_or(f64::NAN, f64::from);
    let power = |mark: &Mark| mark.pixel.frp_mw.unwrap_or(f64::NAN);
    for measure in [excess, power] {
        if look.iter().all(|&at| measure(&marks[at]).is_finite()) {
            return measure;
        }
    }
    |_| 0.0
}

/// What lies beside a node.
enum Beside {
    Grid(Map<(i64, i64), usize>),
    Near { cell_m: f64, cells: Map<[i64; 3], Vec<usize>> },
}

impl Beside {
    fn new(marks: &[Mark], nodes: &[Node], t: &FuseThresholds) -> Self {
        if nodes.iter().all(|node| marks[node.marks[0]].kind == Kind::Slot) {
            let at = nodes.iter().enumerate().map(|(at, node)| (pixel(marks, node), at));
            return Beside::Grid(at.collect());
        }
        let cell_m = nodes.iter().map(|node| node.reach_m(t)).fold(1.0, f64::max);
        let mut cells: Map<[i64; 3], Vec<usize>> = Map::default();
        for (at, node) in nodes.iter().enumerate() {
            cells.entry(cube(node.xyz_m, cell_m)).or_default().push(at);
        }
        Beside::Near { cell_m, cells }
    }

    /// Nodes that touch a node and come before it.
    fn before<'a>(
        &'a self,
        marks: &[Mark],
        nodes: &'a [Node],
        at: usize,
        t: &'a FuseThresholds,
    ) -> Box<dyn Iterator<Item = usize> + 'a> {
        let node = &nodes[at];
        match self {
            Beside::Grid(cells) => {
                let (line, column) = pixel(marks, node);
                let near = (-1..=1).flat_map(move |down| (-1..=1).map(move |right| (line + down, column + right)));
                Box::new(near.filter_map(|cell| cells.get(&cell).copied()).filter(move |&other| other < at))
            }
            Beside::Near { cell_m, cells } => {
                let near =
                    around(cube(node.xyz_m, *cell_m), *cell_m).filter_map(|cell| cells.get(&cell)).flatten().copied();
                Box::new(near.filter(move |&other| other < at && node.touches(&nodes[other], t)))
            }
        }
    }
}

fn pixel(marks: &[Mark], node: &Node) -> (i64, i64) {
    let pixel = marks[node.marks[0]].pixel;
    (i64::from(pixel.line.unwrap_or(0)), i64::from(pixel.column.unwrap_or(0)))
}

impl Node {
    fn reach_m(&self, t: &FuseThresholds) -> f64 {
        f64::from(t.touch_pixels) * self.side_m
    }

    fn touches(&self, other: &Node, t: &FuseThresholds) -> bool {
        distance_m(self.xyz_m, other.xyz_m) < self.reach_m(t).max(other.reach_m(t))
    }

    fn is_near_peak(&self, peak: &Node, t: &FuseThresholds) -> bool {
        distance_m(self.xyz_m, peak.xyz_m) <= f64::from(t.peak_pixels) * self.side_m.max(peak.side_m)
    }
}

/// The peak of each node so far; a peak that was joined to a stronger one points to that.
struct Peaks {
    of: Vec<usize>,
}

impl Peaks {
    fn root(&mut self, mut at: usize) -> usize {
        while self.of[at] != at {
            self.of[at] = self.of[self.of[at]];
            at = self.of[at];
        }
        at
    }

    /// The peak of a node that touches these peaks; those that meet in it may become one.
    fn add(&mut self, at: usize, mut touched: Vec<usize>, nodes: &[Node], t: &FuseThresholds) -> usize {
        touched.sort_unstable();
        touched.dedup();
        let node = &nodes[at];
        touched.retain(|&peak| node.is_near_peak(&nodes[peak], t));
        let far = |&peak: &usize| distance_m(node.xyz_m, nodes[peak].xyz_m);
        let Some(nearest) = touched.iter().copied().min_by(|a, b| far(a).total_cmp(&far(b)).then(a.cmp(b))) else {
            return at;
        };
        // a peak comes before all that is weaker: the first is the strongest
        for i in 1..touched.len() {
            for j in 0..i {
                let (stronger, lesser) = (self.root(touched[j]), self.root(touched[i]));
                let level = node.strength >= f64::from(t.saddle_share) * nodes[stronger.max(lesser)].strength;
                if stronger != lesser && level && nodes[lesser].is_near_peak(&nodes[stronger], t) {
                    self.of[stronger.max(lesser)] = stronger.min(lesser);
                }
            }
        }
        self.root(nearest)
    }
}
