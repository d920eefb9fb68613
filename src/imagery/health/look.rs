//! The few numbers of a picture by which a camera's health is judged.

use crate::time::Utc;
use image::RgbImage;

/// Side of a block, pixels.
const BLOCK: usize = 16;

/// One picture, as health sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// When it was taken.
    pub time: Utc,
    /// Mean luma, 0 to 255.
    pub mean: f32,
    /// Standard deviation of the luma.
    pub spread: f32,
    /// Detail: variance of the Laplacian of the luma.
    pub detail: f32,
    size: (u32, u32),
    /// Mean of each block.
    blocks: Vec<f32>,
    /// A sum of all bytes in their order (FNV-1a over eight at a time): other pictures have others.
    sum: u64,
}

impl Look {
    /// Looks at a picture: some 3 ms for 1280x720.
    pub fn at(picture: &RgbImage, time: Utc) -> Look {
        let luma = luma(picture);
        let width = picture.width() as usize;
        let (mean, spread) = mean_and_spread(luma.iter().map(|value| f64::from(*value)));
        let lines: Vec<&[u8]> = if width == 0 { Vec::new() } else { luma.chunks_exact(width).collect() };
        Look {
            time,
            mean,
            spread,
            detail: detail(&lines),
            size: picture.dimensions(),
            blocks: blocks(&lines),
            sum: sum(picture.as_raw()),
        }
    }

    /// Whether both are the same to the last bit.
    pub fn is_equal_to(&self, other: &Look) -> bool {
        self.size == other.size && self.sum == other.sum
    }

    /// By how much nine in ten blocks differ at most in their mean; `None` for pictures of two sizes.
    pub fn differs_by(&self, other: &Look) -> Option<f32> {
        if self.size != other.size || self.blocks.is_empty() {
            return None;
        }
        let mut by: Vec<f32> = self.blocks.iter().zip(&other.blocks).map(|(a, b)| (a - b).abs()).collect();
        let at = by.len() * 9 / 10;
        let (_, by, _) = by.select_nth_unstable_by(at, f32::total_cmp);
        Some(*by)
    }
}

/// Luma of all pixels (BT.601, in 1/256).
pub(super) fn luma(picture: &RgbImage) -> Vec<u8> {
    let weighed = |pixel: &[u8]| (77 * u32::from(pixel[0]) + 150 * u32::from(pixel[1]) + 29 * u32::from(pixel[2])) >> 8;
    picture.as_raw().chunks_exact(3).map(|pixel| weighed(pixel) as u8).collect()
}

fn mean_and_spread(values: impl Iterator<Item = f64>) -> (f32, f32) {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for value in values {
        (count, sum, squares) = (count + 1.0, sum + value, squares + value * value);
    }
    let mean = sum / f64::max(count, 1.0);
    (mean as f32, (squares / f64::max(count, 1.0) - mean * mean).max(0.0).sqrt() as f32)
}

/// Variance of `left + right + above + below - 4 here`.
pub(super) fn detail(lines: &[&[u8]]) -> f32 {
    let laplacian = lines.windows(3).flat_map(|three| {
        let middle = three[1];
        (1..middle.len().saturating_sub(1)).map(move |at| {
            let around = i32::from(middle[at - 1])
                + i32::from(middle[at + 1])
                + i32::from(three[0][at])
                + i32::from(three[2][at]);
            f64::from(around - 4 * i32::from(middle[at]))
        })
    });
    let (_, spread) = mean_and_spread(laplacian);
    spread * spread
}

fn blocks(lines: &[&[u8]]) -> Vec<f32> {
    let mut means = Vec::new();
    for band in lines.chunks_exact(BLOCK) {
        let across = band[0].len() / BLOCK;
        means.extend((0..across).map(|column| {
            let sum: u32 = band
                .iter()
                .flat_map(|line| &line[BLOCK * column..BLOCK * (column + 1)])
                .map(|value| u32::from(*value))
                .sum();
            sum as f32 / (BLOCK * BLOCK) as f32
        }));
    }
    means
}

fn sum(bytes: &[u8]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325;
    bytes.chunks(8).fold(start, |sum: u64, part| {
        let mut eight = [0; 8];
        eight[..part.len()].copy_from_slice(part);
        (sum ^ u64::from_le_bytes(eight)).wrapping_mul(0x100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: one white pixel on black, 5x5: the Laplacian is -4 w there and w at its four neighbours, 0 at four of the nine.
    #[test]
    fn numbers_of_a_small_picture() {
        let mut picture = RgbImage::new(5, 5);
        picture.put_pixel(2, 2, image::Rgb([255; 3]));
        let look = Look::at(&picture, Utc::UNIX_EPOCH);
        let w = 255.0_f32;
        assert!((look.mean - w / 25.0).abs() < 1e-3);
        assert!((look.detail - (16.0 + 4.0) * w * w / 9.0).abs() < 1.0, "{}", look.detail);
        assert!((look.spread - (w * w / 25.0 - (w / 25.0).powi(2)).sqrt()).abs() < 1e-2);
    }

    #[test]
    fn pictures_of_any_size_are_looked_at() {
        for (width, height) in [(0, 0), (1, 1), (2, 3), (16, 16), (17, 33)] {
            let look = Look::at(&RgbImage::new(width, height), Utc::UNIX_EPOCH);
            assert!(look.mean == 0.0 && look.detail == 0.0 && look.is_equal_to(&look.clone()));
            assert_eq!(look.differs_by(&look).is_some(), width >= 16, "{width}");
        }
    }
}
