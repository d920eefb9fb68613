//! What one look detected around a place, drawn of the detections that are kept: no picture of the radiances, and it says so.

use super::canvas::{Canvas, Rgb};
use super::lettering::Lettering;
use super::{ALARM, BORDER, DIM, DROPPED, INK, PAPER, SHADOW, confidence_colour};
use crate::fire::Confidence;
use crate::place::LonLat;
use crate::site::County;
use geo::{LineString, MultiPolygon};

/// A detection of the look.
#[derive(Debug, Clone, PartialEq)]
pub struct Spotted {
    /// Where.
    pub place: LonLat,
    /// Corners of its ground, where known.
    pub footprint: Option<[LonLat; 4]>,
    /// How sure.
    pub confidence: Confidence,
    /// Whether it is of the event; others are drawn grey.
    pub is_own: bool,
    /// What is written beside it.
    pub label: String,
}

/// What the picture is made of. Texts are in Chinese, and in letters that every machine has.
pub struct Chip<'a> {
    /// What was looked with, and when.
    pub title: (String, String),
    /// What was found.
    pub found: (String, String),
    /// The middle of the picture: the event.
    pub centre: LonLat,
    /// Error of that, metres, where known: a circle.
    pub error_m: Option<f64>,
    /// From the middle to the left and right edge, metres.
    pub half_m: f64,
    /// Counties, for their borders.
    pub counties: &'a [County],
    /// Cells of the patrol grid.
    pub cells: &'a [MultiPolygon<f64>],
    /// The detections.
    pub spotted: &'a [Spotted],
    /// Made by the simulator.
    pub simulated: bool,
}

const WIDTH: usize = 760;
const HEIGHT: usize = 520;
const TOP: usize = 60;
const BOTTOM: usize = 62;
const CELL: Rgb = [74, 82, 96];
const CROSS: Rgb = [255, 255, 255];
/// Detections that are written at; all are drawn.
const MOST_LABELS: usize = 8;
/// Said on each of them.
pub const DRAWN: (&str, &str) = (
    "按探测记录绘制，不是卫星辐射影像；疑似火点是线索，未经现场核实的不作认定依据",
    "DRAWN OF DETECTIONS, NO IMAGE OF RADIANCES",
);

impl Chip<'_> {
    /// As PNG.
    ///
    /// # Errors
    /// In words, where it cannot be made.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        let letters = Lettering::of_system();
        let mut canvas = Canvas::new(WIDTH, TOP + HEIGHT + BOTTOM, PAPER);
        canvas.clip(0, TOP, WIDTH, TOP + HEIGHT);
        canvas.rectangle(0, TOP, WIDTH, HEIGHT, [38, 42, 50]);
        for shape in self.cells {
            self.outlines(&mut canvas, shape, &[(CELL, 1.0)]);
        }
        for county in self.counties {
            self.outlines(&mut canvas, &county.shape, &[(SHADOW, 3.6), (BORDER, 1.6)]);
        }
        self.draw_spotted(&mut canvas, &letters);
        self.draw_middle(&mut canvas);
        canvas.unclip();
        self.write_words(&mut canvas, &letters);
        canvas.png()
    }

    fn pixels_a_metre(&self) -> f64 {
        WIDTH as f64 / 2.0 / self.half_m.max(1.0)
    }

    fn at(&self, place: LonLat) -> (f64, f64) {
        let (east, north) = place.offset_m(self.centre);
        let scale = self.pixels_a_metre();
        (WIDTH as f64 / 2.0 + east * scale, (TOP + HEIGHT / 2) as f64 - north * scale)
    }

    fn outlines(&self, canvas: &mut Canvas, shape: &MultiPolygon<f64>, strokes: &[(Rgb, f64)]) {
        let rings = shape.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
        for ring in rings {
            let points = self.points(ring);
            for &(colour, width) in strokes {
                for pair in points.windows(2) {
                    if is_near(pair[0], pair[1]) {
                        canvas.line(pair[0], pair[1], width, colour);
                    }
                }
            }
        }
    }

    fn points(&self, ring: &LineString<f64>) -> Vec<(f64, f64)> {
        ring.coords().filter_map(|at| Some(self.at(LonLat::new(at.x, at.y)?))).collect()
    }

    fn draw_spotted(&self, canvas: &mut Canvas, letters: &Lettering) {
        // those of the event last: no other one may hide them
        let mut order: Vec<&Spotted> = self.spotted.iter().collect();
        order.sort_by_key(|spotted| (spotted.is_own, spotted.confidence));
        let mut written = 0;
        for spotted in order {
            let colour = if spotted.is_own { confidence_colour(spotted.confidence) } else { DROPPED };
            let at = self.at(spotted.place);
            for (colour, width) in [(SHADOW, 4.5), (colour, 2.2)] {
                if let Some(corners) = spotted.footprint {
                    let corners = corners.map(|corner| self.at(corner));
                    for side in 0..4 {
                        canvas.line(corners[side], corners[(side + 1) % 4], width, colour);
                    }
                } else {
                    canvas.circle(at, 9.0, width, colour);
                }
            }
            canvas.circle(at, 1.5, 3.0, colour);
            if spotted.is_own && written < MOST_LABELS && !spotted.label.is_empty() {
                written += 1;
                letters.write_haloed(canvas, (at.0 + 12.0, at.1 - 7.0), 13.0, &spotted.label, INK, SHADOW);
            }
        }
    }

    /// The place of the event: a cross, and the circle of its error.
    fn draw_middle(&self, canvas: &mut Canvas) {
        let (x, y) = self.at(self.centre);
        for (colour, width) in [(SHADOW, 4.0), (CROSS, 1.6)] {
            canvas.line((x - 9.0, y), (x + 9.0, y), width, colour);
            canvas.line((x, y - 9.0), (x, y + 9.0), width, colour);
        }
        if let Some(error) = self.error_m {
            canvas.circle((x, y), error * self.pixels_a_metre(), 1.2, CROSS);
        }
    }

    fn write_words(&self, canvas: &mut Canvas, letters: &Lettering) {
        letters.write(canvas, (12.0, 8.0), 18.0, letters.pick(&self.title.0, &self.title.1), INK);
        letters.write(canvas, (12.0, 34.0), 14.0, letters.pick(&self.found.0, &self.found.1), DIM);
        if self.simulated {
            let words = letters.pick("SIMULATED 模拟数据", "SIMULATED");
            let left = WIDTH as f64 - letters.width(words, 16.0) - 12.0;
            letters.write(canvas, (left, 33.0), 16.0, words, ALARM);
        }
        let top = (TOP + HEIGHT) as f64 + 8.0;
        letters.write(canvas, (12.0, top), 13.0, letters.pick(DRAWN.0, DRAWN.1), DIM);
        let legend = letters.pick(
            "白十字：综合位置，白圈：位置误差；彩框：本处像元；灰框：同次观测的其他像元",
            "CROSS: PLACE, CIRCLE: ITS ERROR",
        );
        letters.write(canvas, (170.0, top + 25.0), 12.0, legend, DIM);
        self.scale_bar(canvas, letters, top + 32.0);
    }

    fn scale_bar(&self, canvas: &mut Canvas, letters: &Lettering, y: f64) {
        let fits = |km: &f64| 1000.0 * km * self.pixels_a_metre() <= 100.0;
        let Some(km) = [50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1].into_iter().find(fits) else { return };
        let right = 12.0 + 1000.0 * km * self.pixels_a_metre();
        canvas.line((12.0, y), (right, y), 2.0, INK);
        for x in [12.0, right] {
            canvas.line((x, y - 4.0), (x, y + 4.0), 2.0, INK);
        }
        letters.write(canvas, (right + 8.0, y - 8.0), 13.0, &format!("{km} km"), INK);
    }
}

/// Whether a line may be seen: its box meets the picture.
fn is_near(from: (f64, f64), to: (f64, f64)) -> bool {
    let (left, right) = (from.0.min(to.0), from.0.max(to.0));
    let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
    right >= 0.0 && left <= WIDTH as f64 && bottom >= TOP as f64 && top <= (TOP + HEIGHT) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: of 4000 m from the middle to the edge, 380 px are 4000 m; a detection 1000 m north of the middle lies 95 px above it.
    #[test]
    fn what_was_found_lies_where_it_should() {
        let centre = LonLat::new(102.0, 36.5).expect("a place");
        let place = centre.moved_m(0.0, 1000.0).expect("a place");
        let spotted =
            [Spotted { place, footprint: None, confidence: Confidence::High, is_own: true, label: String::new() }];
        let words = || ("测".to_string(), "T".to_string());
        let chip = Chip {
            title: words(),
            found: words(),
            centre,
            error_m: None,
            half_m: 4000.0,
            counties: &[],
            cells: &[],
            spotted: &spotted,
            simulated: true,
        };
        let drawn = image::load_from_memory(&chip.png().expect("a picture")).expect("PNG").into_rgb8();
        assert_eq!(drawn.dimensions(), (760, 60 + 520 + 62));
        let [r, g, b] = drawn.get_pixel(380, 60 + 260 - 95).0;
        assert!(r > 200 && g < 120 && b < 120, "{r} {g} {b}");
        // its line lies between two rows of pixels, each of which has a part of it
        assert!(drawn.get_pixel(376, 60 + 260).0.iter().all(|part| *part > 180), "a cross at the middle");
    }
}
