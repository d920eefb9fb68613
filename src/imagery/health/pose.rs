//! Whether a camera looks where it did: blocks with structure of a reference picture are sought in the picture of now, and the shift on
//! which most agree counts. Light may change; what is compared are gradients, each block's against its own mean and spread.

use super::look::{detail, luma};
use image::RgbImage;

/// Pictures are compared at this width, pixels.
const WIDTH: usize = 320;
/// Side of a block there.
const BLOCK: usize = 24;
/// So far is it sought, pixels there: a tenth of the width.
const REACH: isize = 32;
/// A block has structure where the gradient's standard deviation is above this.
const STRUCTURE: f32 = 6.0;
/// A block is found where its correlation is above this.
const FOUND: f32 = 0.6;
/// And is found nowhere else, further from there than so many pixels, with this share of it.
const NEAR: isize = 3;
const RIVAL: f32 = 0.9;
/// So many blocks must agree, and one in so many of those that are sought.
const LEAST: usize = 4;
const ONE_IN: usize = 5;
/// Agreement, pixels there.
const AGREE: isize = 1;
/// So many blocks are sought at most.
const MOST: usize = 40;

/// Where a camera looks, against its reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pose {
    /// What the reference shows stands so many pixels further to the right and down in a picture of this width; steps are 1/320 of it.
    Shifted {
        /// To the right, pixels.
        right_px: f32,
        /// Down, pixels.
        down_px: f32,
        /// Width of the picture, pixels.
        width: u32,
    },
    /// It shows much, and nothing of the reference.
    Elsewhere,
    /// Night, fog or rain: too little is seen to say.
    Unclear,
}

/// A picture of a camera that looks where it should, by day and clear.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    gradient: Gradient,
    /// Upper left corners of the blocks that are sought.
    blocks: Vec<(usize, usize)>,
    detail: f32,
    shape: (u32, u32),
}

/// How steep a picture is, small.
#[derive(Debug, Clone, PartialEq)]
struct Gradient {
    width: usize,
    height: usize,
    steep: Vec<f32>,
}

impl Reference {
    /// From a picture; `None` where it has too little structure to be one.
    pub fn of(picture: &RgbImage) -> Option<Reference> {
        let gradient = Gradient::of(picture)?;
        let blocks = gradient.structured();
        let luma = luma(picture);
        let lines: Vec<&[u8]> = luma.chunks_exact(picture.width() as usize).collect();
        (blocks.len() >= 2 * LEAST).then(|| Reference {
            gradient,
            blocks,
            detail: detail(&lines),
            shape: picture.dimensions(),
        })
    }

    /// Variance of the Laplacian.
    pub fn detail(&self) -> f32 {
        self.detail
    }

    /// Where a picture of now looks: some 100 ms. A picture of another shape is [`Pose::Elsewhere`].
    pub fn pose_of(&self, picture: &RgbImage) -> Pose {
        let (width, height) = picture.dimensions();
        let is_same_shape = u64::from(width) * u64::from(self.shape.1) == u64::from(height) * u64::from(self.shape.0);
        let Some(now) = Gradient::of(picture) else { return Pose::Unclear };
        if !is_same_shape || (now.width, now.height) != (self.gradient.width, self.gradient.height) {
            return Pose::Elsewhere;
        }
        let found: Vec<(isize, isize)> =
            self.blocks.iter().filter_map(|block| self.gradient.found(*block, &now)).collect();
        let agree = |a: &(isize, isize), b: &(isize, isize)| (a.0 - b.0).abs() <= AGREE && (a.1 - b.1).abs() <= AGREE;
        let votes = |shift: &(isize, isize)| found.iter().filter(|other| agree(shift, other)).count();
        let best = found
            .iter()
            .map(|shift| (votes(shift), *shift))
            .max_by_key(|(votes, (x, y))| (*votes, -(x.abs() + y.abs())));
        match best {
            Some((votes, shift))
                if votes >= LEAST && ONE_IN * votes >= self.blocks.len() && 2 * votes > found.len() =>
            {
                let voters: Vec<_> = found.iter().filter(|other| agree(&shift, other)).collect();
                let scale = width as f32 / (now.width as f32 * voters.len() as f32);
                let sum =
                    |part: fn(&(isize, isize)) -> isize| voters.iter().map(|shift| part(shift) as f32).sum::<f32>();
                Pose::Shifted { right_px: sum(|shift| shift.0) * scale, down_px: sum(|shift| shift.1) * scale, width }
            }
            _ if 2 * now.structured().len() >= self.blocks.len() => Pose::Elsewhere,
            _ => Pose::Unclear,
        }
    }
}

impl Gradient {
    fn of(picture: &RgbImage) -> Option<Gradient> {
        let (full, lines) = (picture.width() as usize, picture.height() as usize);
        let height = (lines * WIDTH).checked_div(full)?;
        if full < WIDTH / 2 || !(3 * BLOCK..=4 * WIDTH).contains(&height) {
            return None;
        }
        let luma = luma(picture);
        let edge = |at: usize, of: usize, to: usize| at * to / of;
        let mut small = Vec::with_capacity(WIDTH * height);
        for y in 0..height {
            let (top, below) = (edge(y, height, lines), edge(y + 1, height, lines).max(edge(y, height, lines) + 1));
            for x in 0..WIDTH {
                let (left, right) = (edge(x, WIDTH, full), edge(x + 1, WIDTH, full).max(edge(x, WIDTH, full) + 1));
                let sum: u32 = (top..below)
                    .flat_map(|line| &luma[line * full + left..line * full + right])
                    .map(|value| u32::from(*value))
                    .sum();
                small.push(sum as f32 / ((below - top) * (right - left)) as f32);
            }
        }
        let mut steep = vec![0.0; small.len()];
        for y in 1..height - 1 {
            for x in 1..WIDTH - 1 {
                let at = y * WIDTH + x;
                steep[at] = (small[at + 1] - small[at - 1]).hypot(small[at + WIDTH] - small[at - WIDTH]);
            }
        }
        Some(Gradient { width: WIDTH, height, steep })
    }

    /// Corners of blocks with structure, those with most of it first; burnt-in lines of text at the edges are left out.
    fn structured(&self) -> Vec<(usize, usize)> {
        let margin = REACH as usize / 2;
        let mut blocks = Vec::new();
        for y in (margin..(self.height - BLOCK).saturating_sub(margin)).step_by(BLOCK) {
            for x in (margin..self.width - BLOCK - margin).step_by(BLOCK) {
                let (_, spread) = self.mean_and_spread(x, y);
                if spread > STRUCTURE {
                    blocks.push((spread, (x, y)));
                }
            }
        }
        blocks.sort_by(|a, b| b.0.total_cmp(&a.0));
        blocks.truncate(MOST);
        blocks.into_iter().map(|(_, block)| block).collect()
    }

    fn line(&self, x: usize, y: usize) -> &[f32] {
        &self.steep[y * self.width + x..y * self.width + x + BLOCK]
    }

    fn mean_and_spread(&self, x: usize, y: usize) -> (f32, f32) {
        let (mut sum, mut squares) = (0.0, 0.0);
        for line in y..y + BLOCK {
            for value in self.line(x, line) {
                (sum, squares) = (sum + value, squares + value * value);
            }
        }
        let count = (BLOCK * BLOCK) as f32;
        (sum / count, (squares / count - (sum / count).powi(2)).max(0.0).sqrt())
    }

    /// By how much a block of this has moved in another, where it is found there in one place.
    fn found(&self, (x, y): (usize, usize), now: &Gradient) -> Option<(isize, isize)> {
        let (mean, spread) = self.mean_and_spread(x, y);
        let mut alike = Vec::with_capacity((2 * REACH as usize + 1).pow(2));
        for down in -REACH..=REACH {
            for right in -REACH..=REACH {
                let (Some(to_x), Some(to_y)) = (x.checked_add_signed(right), y.checked_add_signed(down)) else {
                    continue;
                };
                if to_x + BLOCK <= now.width && to_y + BLOCK <= now.height {
                    alike.push((self.correlation((x, y, mean, spread), now, to_x, to_y), right, down));
                }
            }
        }
        let best = alike.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0)).filter(|best| best.0 > FOUND)?;
        let is_apart = |other: &&(f32, isize, isize)| (other.1 - best.1).abs().max((other.2 - best.2).abs()) > NEAR;
        let rival = alike.iter().filter(is_apart).map(|other| other.0).fold(0.0, f32::max);
        // a fence looks the same at every post, a horizon all along it
        (rival < RIVAL * best.0).then_some((best.1, best.2))
    }

    fn correlation(
        &self,
        (x, y, mean, spread): (usize, usize, f32, f32),
        now: &Gradient,
        to_x: usize,
        to_y: usize,
    ) -> f32 {
        let (mut sum, mut squares, mut products) = (0.0, 0.0, 0.0);
        for line in 0..BLOCK {
            for (a, b) in self.line(x, y + line).iter().zip(now.line(to_x, to_y + line)) {
                (sum, squares, products) = (sum + b, squares + b * b, products + a * b);
            }
        }
        let count = (BLOCK * BLOCK) as f32;
        let (now_mean, spread_now) = (sum / count, (squares / count - (sum / count).powi(2)).max(0.0).sqrt());
        (products / count - mean * now_mean) / (spread * spread_now).max(1e-3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wide land of which cameras see parts.
    fn land(x0: u32, y0: u32, light: f32) -> RgbImage {
        let value = |x: u32, y: u32| {
            let tree = |cell: u32| {
                (x / cell).wrapping_mul(40_503)
                    ^ (y / cell).wrapping_mul(90_001)
                    ^ ((x / cell) * (y / cell)).wrapping_mul(7919)
            };
            60 + (tree(23).wrapping_mul(2_654_435_761) >> 25) + (tree(7).wrapping_mul(2_246_822_519) >> 27)
        };
        RgbImage::from_fn(640, 480, |x, y| image::Rgb([(value(x + x0, y + y0) as f32 * light) as u8; 3]))
    }

    #[test]
    fn a_shift_is_found_whatever_the_light() {
        let reference = Reference::of(&land(200, 200, 1.0)).expect("a reference");
        for (right, down, light) in [(0i32, 0i32, 1.0), (0, 0, 0.6), (20, -8, 1.0), (-40, 30, 0.8)] {
            let picture = land((200 - right) as u32, (200 - down) as u32, light);
            let Pose::Shifted { right_px, down_px, width: 640 } = reference.pose_of(&picture) else {
                panic!("{right} {down}")
            };
            assert!(
                (right_px - right as f32).abs() <= 2.0 && (down_px - down as f32).abs() <= 2.0,
                "{right_px} {down_px}"
            );
        }
    }

    #[test]
    fn another_land_is_elsewhere_and_fog_is_unclear() {
        let reference = Reference::of(&land(200, 200, 1.0)).expect("a reference");
        assert_eq!(reference.pose_of(&land(5000, 9000, 1.0)), Pose::Elsewhere);
        assert_eq!(reference.pose_of(&RgbImage::from_pixel(640, 480, image::Rgb([180; 3]))), Pose::Unclear);
        assert_eq!(reference.pose_of(&RgbImage::new(640, 480)), Pose::Unclear);
        assert_eq!(reference.pose_of(&RgbImage::new(0, 0)), Pose::Unclear);
        assert!(Reference::of(&RgbImage::new(640, 480)).is_none() && Reference::of(&RgbImage::new(3, 1000)).is_none());
    }
}
