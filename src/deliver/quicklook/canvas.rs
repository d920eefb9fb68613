//! A picture in memory and the few things that are drawn on it. Coordinates are screen pixels from the upper left.

use image::{ExtendedColorType, ImageEncoder, RgbImage, codecs::png::PngEncoder};

/// Red, green, blue.
pub(super) type Rgb = [u8; 3];

/// Pixels, and the rectangle that drawing is held to.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    clip: [usize; 4],
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize, paper: Rgb) -> Self {
        let pixels = paper.iter().copied().cycle().take(width * height * 3).collect();
        Canvas { width, height, pixels, clip: [0, 0, width, height] }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Holds drawing to left, top, right, bottom (the last two not included).
    pub(super) fn clip(&mut self, left: usize, top: usize, right: usize, bottom: usize) {
        self.clip = [left, top, right.min(self.width), bottom.min(self.height)];
    }

    pub(super) fn unclip(&mut self) {
        self.clip = [0, 0, self.width, self.height];
    }

    /// Mixes the colour in with a weight of 0 to 1; outside the clip nothing happens.
    pub(super) fn blend(&mut self, x: i64, y: i64, colour: Rgb, weight: f64) {
        let [left, top, right, bottom] = self.clip.map(|edge| edge as i64);
        if weight <= 0.0 || x < left || y < top || x >= right || y >= bottom {
            return;
        }
        let at = (y as usize * self.width + x as usize) * 3;
        for (old, new) in self.pixels[at..at + 3].iter_mut().zip(colour) {
            *old = mix(*old, new, weight.min(1.0));
        }
    }

    pub(super) fn rectangle(&mut self, left: usize, top: usize, width: usize, height: usize, colour: Rgb) {
        for y in top..top + height {
            for x in left..left + width {
                self.blend(x as i64, y as i64, colour, 1.0);
            }
        }
    }

    /// A straight line with soft edges.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), width: f64, colour: Rgb) {
        self.stroke([from.0.min(to.0), from.1.min(to.1), from.0.max(to.0), from.1.max(to.1)], width, colour, |x, y| {
            distance_to_segment((x, y), from, to)
        });
    }

    pub(super) fn circle(&mut self, at: (f64, f64), radius: f64, width: f64, colour: Rgb) {
        self.stroke([at.0 - radius, at.1 - radius, at.0 + radius, at.1 + radius], width, colour, |x, y| {
            ((x - at.0).hypot(y - at.1) - radius).abs()
        });
    }

    /// The outline of a square of twice the half side.
    pub(super) fn square(&mut self, at: (f64, f64), half: f64, width: f64, colour: Rgb) {
        self.stroke([at.0 - half, at.1 - half, at.0 + half, at.1 + half], width, colour, |x, y| {
            ((x - at.0).abs().max((y - at.1).abs()) - half).abs()
        });
    }

    /// Colours every pixel nearer than half the width to a curve inside the box [left, top, right, bottom].
    fn stroke(&mut self, around: [f64; 4], width: f64, colour: Rgb, distance: impl Fn(f64, f64) -> f64) {
        let reach = width / 2.0 + 1.0;
        let limit = |value: f64, most: usize| value.clamp(-1.0, most as f64) as i64;
        let (left, right) = (limit(around[0] - reach, self.width), limit(around[2] + reach, self.width));
        let (top, bottom) = (limit(around[1] - reach, self.height), limit(around[3] + reach, self.height));
        for y in top..=bottom {
            for x in left..=right {
                let far = distance(x as f64 + 0.5, y as f64 + 0.5);
                self.blend(x, y, colour, (width / 2.0 + 0.5 - far).clamp(0.0, 1.0));
            }
        }
    }

    /// The picture itself.
    pub(super) fn picture(&self) -> Option<RgbImage> {
        RgbImage::from_raw(u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?, self.pixels.clone())
    }

    /// The picture as PNG.
    pub(super) fn png(&self) -> Result<Vec<u8>, String> {
        let mut png = Vec::new();
        let size = |value: usize| u32::try_from(value).map_err(|_| "a picture too large for PNG".to_string());
        let (width, height) = (size(self.width)?, size(self.height)?);
        let encoder = PngEncoder::new(&mut png);
        encoder.write_image(&self.pixels, width, height, ExtendedColorType::Rgb8).map_err(|error| error.to_string())?;
        Ok(png)
    }
}

fn mix(old: u8, new: u8, weight: f64) -> u8 {
    (f64::from(old) + (f64::from(new) - f64::from(old)) * weight).round() as u8
}

/// A colour between two.
pub(super) fn mix_rgb(old: Rgb, new: Rgb, weight: f64) -> Rgb {
    [mix(old[0], new[0], weight), mix(old[1], new[1], weight), mix(old[2], new[2], weight)]
}

fn distance_to_segment(at: (f64, f64), from: (f64, f64), to: (f64, f64)) -> f64 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length2 = dx * dx + dy * dy;
    let along = if length2 > 0.0 { ((at.0 - from.0) * dx + (at.1 - from.1) * dy) / length2 } else { 0.0 };
    let along = along.clamp(0.0, 1.0);
    (at.0 - from.0 - along * dx).hypot(at.1 - from.1 - along * dy)
}
