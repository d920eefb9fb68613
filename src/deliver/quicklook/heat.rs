//! A drone's picture of temperatures with its hot areas drawn in, and the picture of colours beside it: what an officer is shown.

use super::canvas::{Canvas, Rgb, mix_rgb};
use super::lettering::Lettering;
use image::RgbImage;
use image::imageops::{FilterType, resize};
use ndarray::Array2;

/// An area with what is written beside it.
pub struct Outlined<'a> {
    /// Column and row of its pixels.
    pub pixels: &'a [(usize, usize)],
    /// What is written.
    pub label: String,
}

/// What the picture is made of.
pub struct HeatPicture<'a> {
    /// Temperatures, C; NaN where there is none.
    pub celsius: &'a Array2<f32>,
    /// Areas, the heaviest first.
    pub areas: &'a [Outlined<'a>],
    /// The picture of colours of the same moment.
    pub beside: Option<&'a RgbImage>,
    /// Over it, in Chinese, and in letters that every machine has.
    pub title: (String, String),
}

const PAPER: Rgb = [24, 24, 28];
const INK: Rgb = [255, 255, 255];
const RIM: Rgb = [0, 0, 0];
const LINE: Rgb = [0, 230, 255];
/// Not measured.
const NONE: Rgb = [70, 40, 90];
/// From the coolest hot pixel to the hottest.
const EMBER: [Rgb; 2] = [[200, 30, 0], [255, 240, 120]];
/// Height of the line over the pictures, and of its letters, px.
const HEAD: usize = 30;
const LETTERS: f64 = 15.0;
/// A picture is drawn at least so wide, px.
const WIDE: usize = 900;
/// Areas that are written at; all are outlined.
const MOST_LABELS: usize = 12;

impl HeatPicture<'_> {
    /// As PNG.
    ///
    /// # Errors
    /// In words, where it cannot be made.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        let (rows, columns) = self.celsius.dim();
        let times = (WIDE / columns.max(1)).clamp(1, 8);
        let (width, height) = (columns * times, rows * times);
        let beside = self.beside.map(|picture| fitted(picture, height));
        let beside_width = beside.as_ref().map_or(0, |picture| picture.width() as usize + 4);
        let mut canvas = Canvas::new(width + beside_width, height + HEAD, PAPER);
        self.paint(&mut canvas, times);
        self.outline(&mut canvas, times);
        if let Some(picture) = &beside {
            for (x, y, pixel) in picture.enumerate_pixels() {
                canvas.blend((width + 4) as i64 + i64::from(x), HEAD as i64 + i64::from(y), pixel.0, 1.0);
            }
        }
        let letters = Lettering::of_system();
        let title = letters.pick(&self.title.0, &self.title.1);
        letters.write(&mut canvas, (8.0, 6.0), LETTERS, title, INK);
        self.label(&mut canvas, &letters, times);
        canvas.png()
    }

    /// Ground in greys between its darkest and brightest fiftieth, what is hot in the colours of embers.
    fn paint(&self, canvas: &mut Canvas, times: usize) {
        let mut hot = Array2::from_elem(self.celsius.dim(), false);
        self.areas.iter().flat_map(|area| area.pixels).for_each(|(x, y)| hot[(*y, *x)] = true);
        let ground = self.celsius.iter().zip(&hot).filter(|(c, hot)| c.is_finite() && !**hot).map(|(c, _)| *c);
        let (low, high) = span(ground, 0.02);
        let (warm, hottest) = span(self.celsius.iter().zip(&hot).filter(|(_, hot)| **hot).map(|(c, _)| *c), 0.0);
        for ((row, column), celsius) in self.celsius.indexed_iter() {
            let part = |(low, high): (f32, f32)| f64::from(((celsius - low) / (high - low).max(0.1)).clamp(0.0, 1.0));
            let colour = match hot[(row, column)] {
                _ if celsius.is_nan() => NONE,
                true => mix_rgb(EMBER[0], EMBER[1], part((warm, hottest))),
                false => [(30.0 + 190.0 * part((low, high))) as u8; 3],
            };
            canvas.rectangle(column * times, HEAD + row * times, times, times, colour);
        }
    }

    /// Lines where an area ends.
    fn outline(&self, canvas: &mut Canvas, times: usize) {
        for area in self.areas {
            let within: std::collections::HashSet<(i64, i64)> =
                area.pixels.iter().map(|(x, y)| (*x as i64, *y as i64)).collect();
            for &(x, y) in &within {
                let at = |dx: i64, dy: i64| {
                    (((x + dx) * times as i64) as f64, ((y + dy) * times as i64 + HEAD as i64) as f64)
                };
                let sides = [
                    ((0, -1), (0, 0), (1, 0)),
                    ((0, 1), (0, 1), (1, 1)),
                    ((-1, 0), (0, 0), (0, 1)),
                    ((1, 0), (1, 0), (1, 1)),
                ];
                for ((dx, dy), from, to) in sides {
                    if !within.contains(&(x + dx, y + dy)) {
                        canvas.line(at(from.0, from.1), at(to.0, to.1), 1.5, LINE);
                    }
                }
            }
        }
    }

    fn label(&self, canvas: &mut Canvas, letters: &Lettering, times: usize) {
        let (rows, columns) = self.celsius.dim();
        let (width, height) = ((columns * times) as f64, (rows * times + HEAD) as f64);
        let mut taken: Vec<[f64; 4]> = Vec::new();
        for area in self.areas.iter().take(MOST_LABELS) {
            let right = area.pixels.iter().map(|(x, _)| *x).max().unwrap_or_default();
            let (sum, count) = area.pixels.iter().fold((0, 0), |(sum, count), (_, y)| (sum + y, count + 1));
            let wide = LETTERS * 0.8 * area.label.chars().count() as f64;
            let x = ((right + 2) * times) as f64;
            let x = if x + wide > width { (width - wide).max(0.0) } else { x };
            let y = (sum / count.max(1) * times + HEAD) as f64 - LETTERS / 2.0;
            // a little beneath those that stand there already, or not at all: far away it would be another's
            let place = (0..3).map(|n| (y + 1.4 * LETTERS * f64::from(n)).clamp(HEAD as f64, height - 1.4 * LETTERS));
            let frame = |y: f64| [x, y, x + wide, y + 1.3 * LETTERS];
            let free = |y: &f64| taken.iter().all(|other| !meets(frame(*y), *other));
            let Some(y) = place.into_iter().find(free) else { continue };
            taken.push(frame(y));
            letters.write_haloed(canvas, (x, y), LETTERS, &area.label, INK, RIM);
        }
    }
}

fn meets(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Values with so great a part of all below and above.
fn span(values: impl Iterator<Item = f32>, part: f64) -> (f32, f32) {
    let mut values: Vec<f32> = values.collect();
    values.sort_by(f32::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return (0.0, 1.0) };
    let at = |part: f64| values[(part * last as f64).round() as usize];
    (at(part), at(1.0 - part))
}

fn fitted(picture: &RgbImage, height: usize) -> RgbImage {
    let width = (u64::from(picture.width()) * height as u64 / u64::from(picture.height().max(1))).clamp(1, 4000);
    resize(picture, width as u32, height as u32, FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hot_has_the_colours_of_embers() {
        let celsius =
            Array2::from_shape_fn((40, 60), |(r, c)| if r == 20 && (10..14).contains(&c) { 300.0 } else { 20.0 });
        let pixels: Vec<(usize, usize)> = (10..14).map(|x| (x, 20)).collect();
        let areas = [Outlined { pixels: &pixels, label: "300".into() }];
        let title = ("测".to_string(), "T".to_string());
        let beside = RgbImage::from_pixel(8, 4, image::Rgb([0, 0, 255]));
        let png =
            HeatPicture { celsius: &celsius, areas: &areas, beside: Some(&beside), title }.png().expect("a picture");
        let drawn = image::load_from_memory(&png).expect("PNG").into_rgb8();
        // 8 times as large, beside it twice as wide as high
        assert_eq!(drawn.dimensions(), (480 + 4 + 640, 320 + 30));
        let [r, _, b] = drawn.get_pixel(12 * 8 + 4, 30 + 20 * 8 + 4).0;
        assert!(r > 190 && b < 130);
        assert_eq!(drawn.get_pixel(900, 200).0, [0, 0, 255]);
    }
}
