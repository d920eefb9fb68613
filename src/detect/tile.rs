//! Square pieces of a scene: what one thread holds at a time. Pieces without land are never looked at.

use super::sky::Sky;
use crate::scene::PixelClass;
use crate::thresholds::MaskThresholds;
use ndarray::Array2;
use std::ops::Range;

/// Side of a tile, pixels.
pub const SIDE: usize = 64;
/// Pixels around a tile that its windows reach.
pub const REACH: usize = 15;

/// A tile: its own pixels, and with those that its windows reach.
#[derive(Debug, Clone)]
pub struct Tile {
    /// Lines of the tile.
    pub lines: Range<usize>,
    /// Columns of the tile.
    pub columns: Range<usize>,
    /// Lines with the reach, inside the scene.
    pub outer_lines: Range<usize>,
    /// Columns with the reach, inside the scene.
    pub outer_columns: Range<usize>,
    /// Whether there is clear land in the tile's reach.
    pub near_land: bool,
}

/// All tiles of a scene, line by line.
pub fn tiles(class: &Array2<PixelClass>) -> Vec<Tile> {
    let (lines, columns) = class.dim();
    let (rows, across) = (lines.div_ceil(SIDE), columns.div_ceil(SIDE));
    let range = |i: usize, size: usize| i * SIDE..((i + 1) * SIDE).min(size);
    let has_land: Vec<bool> = {
        use rayon::prelude::*;
        let land = |i: usize| {
            let part = class.slice(ndarray::s![range(i / across, lines), range(i % across, columns)]);
            part.iter().any(|class| *class == PixelClass::Clear)
        };
        (0..rows * across).into_par_iter().map(land).collect()
    };
    let outer = |r: &Range<usize>, size: usize| r.start.saturating_sub(REACH)..(r.end + REACH).min(size);
    let near = |row: usize, column: usize| {
        let mut rows = row.saturating_sub(1)..(row + 2).min(rows);
        rows.any(|r| (column.saturating_sub(1)..(column + 2).min(across)).any(|c| has_land[r * across + c]))
    };
    (0..rows * across)
        .map(|i| {
            let (own_lines, own_columns) = (range(i / across, lines), range(i % across, columns));
            Tile {
                outer_lines: outer(&own_lines, lines),
                outer_columns: outer(&own_columns, columns),
                lines: own_lines,
                columns: own_columns,
                near_land: near(i / across, i % across),
            }
        })
        .collect()
}

/// Whether the sun's mirror image can be near a tile: the angle changes by less than the margin within it.
pub fn may_glint(sky: &Sky, m: &MaskThresholds, tile: &Tile) -> bool {
    /// A tile of 64 pixels is 130 to 500 km long: up to 4.5 degrees of the earth, which count twice in a mirror.
    const MARGIN_DEG: f32 = 10.0;
    let line = tile.lines.start.midpoint(tile.lines.end);
    let column = tile.columns.start.midpoint(tile.columns.end);
    let angle = sky.glint_deg(line, column);
    // past the earth the angle reads 180: such a tile is on the limb, look at each pixel
    angle <= m.glint_deg + MARGIN_DEG || angle >= 180.0
}

impl Tile {
    /// Place of a pixel of the outer part in arrays over the outer part.
    pub fn outer_index(&self, (line, column): (usize, usize)) -> usize {
        (line - self.outer_lines.start) * self.outer_columns.len() + column - self.outer_columns.start
    }

    /// Pixels of the tile, line by line.
    pub fn pixels(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.lines.clone().flat_map(|line| self.columns.clone().map(move |column| (line, column)))
    }

    /// Sums of `values`, given over the outer part, in the window of `half` around each pixel of the tile, line by
    /// line. Windows end at the scene's edge.
    pub fn window_sums(&self, values: &[i32], half: usize) -> Vec<i32> {
        let width = self.outer_columns.len();
        let mut down = vec![0i32; width];
        let row = |line: usize| {
            let at = (line - self.outer_lines.start) * width;
            &values[at..at + width]
        };
        let scene_lines = self.outer_lines.clone();
        let first = self.lines.start;
        for line in first.saturating_sub(half).max(scene_lines.start)..(first + half).min(scene_lines.end) {
            add(&mut down, row(line), 1);
        }
        let mut sums = Vec::with_capacity(self.lines.len() * self.columns.len());
        for line in self.lines.clone() {
            if line + half < scene_lines.end {
                add(&mut down, row(line + half), 1);
            }
            if line > first && line > half && line - half > scene_lines.start {
                add(&mut down, row(line - half - 1), -1);
            }
            self.slide(&down, half, &mut sums);
        }
        sums
    }

    fn slide(&self, down: &[i32], half: usize, sums: &mut Vec<i32>) {
        let start = self.columns.start - self.outer_columns.start;
        let mut total: i32 = down[start.saturating_sub(half)..(start + half).min(down.len())].iter().sum();
        for column in start..start + self.columns.len() {
            total += down.get(column + half).copied().unwrap_or(0);
            if column > start && column > half {
                total -= down[column - half - 1];
            }
            sums.push(total);
        }
    }
}

fn add(sums: &mut [i32], row: &[i32], sign: i32) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum += sign * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::window::around;

    /// Against the plain sum over each window, at all edges and seams of tiles.
    #[test]
    fn sliding_sums_equal_plain_sums() {
        let shape = (150, 70);
        let class = Array2::from_elem(shape, PixelClass::Clear);
        let value = |(l, c): (usize, usize)| ((l * 31 + c * 17) % 101) as i32 - 40;
        for half in [1, 5, 15] {
            let mut seen = 0;
            for tile in tiles(&class) {
                let outer: Vec<i32> = tile
                    .outer_lines
                    .clone()
                    .flat_map(|l| tile.outer_columns.clone().map(move |c| value((l, c))))
                    .collect();
                for (at, sum) in tile.pixels().zip(tile.window_sums(&outer, half)) {
                    let (lines, columns) = around(at, half, shape);
                    let plain: i32 = lines.flat_map(|l| columns.clone().map(move |c| value((l, c)))).sum();
                    assert_eq!(sum, plain, "{at:?} half {half}");
                    seen += 1;
                }
            }
            assert_eq!(seen, shape.0 * shape.1);
        }
    }

    #[test]
    fn tiles_far_from_land_are_known() {
        let mut class = Array2::from_elem((300, 300), PixelClass::Water);
        class[(10, 10)] = PixelClass::Clear;
        let near = tiles(&class).iter().filter(|tile| tile.near_land).count();
        assert_eq!(near, 4);
    }
}
