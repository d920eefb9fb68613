//! Marks and sums over windows of pixels, exact whatever the order of work.

use ndarray::Array2;
use rayon::prelude::*;

/// Mean of `value` over the pixels that `valid` accepts in the `side` x `side` window around each pixel, and how many
/// they are; NaN where there is none. Values are summed as whole 1/1024 K, so the result does not depend on how the sums were split.
pub fn local_mean(
    shape: (usize, usize),
    side: usize,
    value: impl Fn((usize, usize)) -> f32 + Sync,
    valid: impl Fn((usize, usize)) -> bool + Sync,
) -> Array2<(f32, u32)> {
    /// Lines of a block: the column sums are begun anew in each.
    const BLOCK: usize = 128;
    let (lines, columns) = shape;
    let half = side / 2;
    let mut means = Array2::from_elem(shape, (f32::NAN, 0));
    means.axis_chunks_iter_mut(ndarray::Axis(0), BLOCK).into_par_iter().enumerate().for_each(|(block, mut out)| {
        let first = block * BLOCK;
        let mut sums = vec![(0i64, 0i64); columns];
        let add = |line: usize, sign: i64, sums: &mut Vec<(i64, i64)>| {
            for (column, sum) in sums.iter_mut().enumerate() {
                if valid((line, column)) {
                    sum.0 += sign * (value((line, column)) * 1024.0).round() as i64;
                    sum.1 += sign;
                }
            }
        };
        for line in first.saturating_sub(half)..(first + half).min(lines) {
            add(line, 1, &mut sums);
        }
        for (i, mut row) in out.outer_iter_mut().enumerate() {
            let line = first + i;
            if line + half < lines {
                add(line + half, 1, &mut sums);
            }
            if line > half && line - half > first.saturating_sub(half) {
                add(line - half - 1, -1, &mut sums);
            }
            slide(&sums, half, &mut row);
        }
    });
    means
}

fn slide(sums: &[(i64, i64)], half: usize, row: &mut ndarray::ArrayViewMut1<(f32, u32)>) {
    let mut total = (0i64, 0i64);
    for sum in &sums[..half.min(sums.len())] {
        total = (total.0 + sum.0, total.1 + sum.1);
    }
    for (column, mean) in row.iter_mut().enumerate() {
        if let Some(sum) = sums.get(column + half) {
            total = (total.0 + sum.0, total.1 + sum.1);
        }
        if column > half {
            let sum = sums[column - half - 1];
            total = (total.0 - sum.0, total.1 - sum.1);
        }
        if total.1 > 0 {
            *mean = ((total.0 as f64 / total.1 as f64 / 1024.0) as f32, total.1 as u32);
        }
    }
}

/// The pixels of the square window of `half` around one, clipped to the shape: line and column ranges.
pub fn around(
    (line, column): (usize, usize),
    half: usize,
    (lines, columns): (usize, usize),
) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    (
        line.saturating_sub(half)..(line + half + 1).min(lines),
        column.saturating_sub(half)..(column + half + 1).min(columns),
    )
}

/// Pixels within so many lines and columns, the pixel itself among them.
pub fn near<T>(at: (usize, usize), half: usize, of: &Array2<T>) -> impl Iterator<Item = (usize, usize)> + use<T> {
    let (lines, columns) = around(at, half, of.dim());
    lines.flat_map(move |l| columns.clone().map(move |c| (l, c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the plain sum over each window, with holes, edges and more lines than a block.
    #[test]
    fn sliding_means_equal_plain_means() {
        let shape = (300, 23);
        let value = |(l, c): (usize, usize)| ((l * 31 + c * 17) % 101) as f32 / 8.0;
        let valid = |(l, c): (usize, usize)| (l * 7 + c * 5) % 3 != 0;
        // one window is taller than a block
        for half in [4, 140] {
            let means = local_mean(shape, 2 * half + 1, value, valid);
            let sample = means.indexed_iter().filter(|(at, _)| half == 4 || at.0 % 11 == 0);
            for (at, (mean, count)) in sample {
                let (lines, columns) = around(at, half, shape);
                let all: Vec<f32> =
                    lines.flat_map(|l| columns.clone().map(move |c| (l, c))).filter(|p| valid(*p)).map(value).collect();
                let plain = all.iter().map(|v| f64::from(*v)).sum::<f64>() as f32 / all.len() as f32;
                assert!((mean - plain).abs() < 1e-4, "{at:?}: {mean} not {plain}");
                assert_eq!(*count as usize, all.len());
            }
        }
    }
}
