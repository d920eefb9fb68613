//! A piece of 30 m or 20 m imagery around an event: each pixel as the block that it is, nothing smoothed, brightness by one rule for all scenes.

use super::canvas::{Canvas, Rgb};
use super::lettering::Lettering;
use super::picture::MISSING;
use super::{ALARM, BORDER, DIM, INK, PAPER, SHADOW};
use crate::place::LonLat;
use ndarray::Array2;

/// What is drawn. NaN is no measurement: it is striped, so that it is never taken for dark ground.
#[derive(Debug, Clone, Copy)]
pub enum FieldBands<'a> {
    /// By day: reflectances at the top of the atmosphere.
    Day {
        /// 2.2 um.
        red: &'a Array2<f32>,
        /// 0.86 um.
        green: &'a Array2<f32>,
        /// 0.64 um.
        blue: &'a Array2<f32>,
    },
    /// By night, in grey.
    Night {
        /// Radiance of 2.2 um, W m-2 sr-1 um-1.
        radiance: &'a Array2<f32>,
    },
}

/// A fire: the border of its pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldOutline {
    /// Corners in turn, (line, column) of the picture. Whole numbers are the middles of pixels, so that corners lie at halves.
    pub corners: Vec<(f64, f64)>,
}

/// What the picture is made of. Texts are in Chinese, and in letters that every machine has; lines and columns are as in [`FieldOutline`].
#[derive(Debug, Clone)]
pub struct FieldChip<'a> {
    /// The pixels, north up.
    pub bands: FieldBands<'a>,
    /// Side of a pixel, m.
    pub pixel_m: f64,
    /// Satellite and sensor, time, event.
    pub title: (String, String),
    /// What the pixels are of, a line or two.
    pub source: (String, String),
    /// Fires of the look.
    pub outlines: Vec<FieldOutline>,
    /// Where the place of the event may be wrong by so much: line, column, metres.
    pub error: Option<(f64, f64, f64)>,
    /// Line and column of the event.
    pub centre: (f64, f64),
    /// The same as a place.
    pub place: LonLat,
    /// Made by the simulator.
    pub simulated: bool,
}

/// Side of the picture that blocks are made for, screen pixels.
const SIDE: f64 = 640.0;
/// Narrow pictures still have room for their words.
const NARROWEST: usize = 760;
const TOP: usize = 92;
const BOTTOM: usize = 108;

/// Reflectances of 2.2, 0.86 and 0.64 um that are as bright as can be, and the power of the share of that. Of no scene, but the same for all: stubble
/// is buff, a green crop green, burned ground dark red, and what flames is brighter in red than any ground \[P\].
const FULL: [f64; 3] = [0.6, 0.6, 0.4];
const GAMMA: f64 = 0.7;
/// The same by night: ground without fire has some 0.0 to 0.1, and a fire begins at 1 W m-2 sr-1 um-1 (ALGORITHMS 3.1) \[P\].
const FULL_NIGHT: f64 = 5.0;
const GAMMA_NIGHT: f64 = 0.5;

/// Grounds of the legend with what they reflect, to compare with: of no measurement \[P\].
const GROUNDS: [(&str, &str, [f32; 3]); 5] = [
    ("茬地、裸地", "STUBBLE, SOIL", [0.25, 0.28, 0.17]),
    ("绿色作物", "GREEN CROP", [0.10, 0.45, 0.05]),
    ("过火地", "BURNED", [0.20, 0.10, 0.06]),
    ("明火", "FLAMES", [1.0, 0.30, 0.20]),
    ("雪", "SNOW", [0.05, 0.80, 0.80]),
];
/// Radiances of the legend by night.
const RADIANCES: [f32; 5] = [0.0, 0.1, 0.5, 1.0, 5.0];

/// Said on each of them.
const PLAIN: (&str, &str) = (
    "一格一个像元，未平滑；色块仅供对照；疑似火点是线索，未经现场核实的不作认定依据",
    "A BLOCK A PIXEL, NOT SMOOTHED, COLOURS ARE TO COMPARE WITH",
);

const OUTLINE: Rgb = BORDER;
const CROSS: Rgb = [255, 255, 255];
/// Blocks narrower than this would be hidden by a line around them: brackets stand around such a fire instead, screen pixels.
const LEAST_BLOCK: usize = 6;
/// From the fire to such brackets, and their arms, screen pixels.
const AWAY: f64 = 4.0;
const ARM: f64 = 4.0;

impl FieldChip<'_> {
    /// As PNG.
    ///
    /// # Errors
    /// In words, where there are no pixels, bands are of different sizes or it is too large.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        self.drawn(&Lettering::of_system())?.png()
    }

    fn drawn(&self, letters: &Lettering) -> Result<Canvas, String> {
        let size = self.bands.size()?;
        let blocks = Blocks::of(size);
        let mut canvas = Canvas::new(blocks.canvas_width(), TOP + blocks.height + BOTTOM, PAPER);
        self.paint(&mut canvas, &blocks, size);
        canvas.clip(blocks.left, TOP, blocks.left + blocks.width, TOP + blocks.height);
        self.draw_outlines(&mut canvas, &blocks);
        self.draw_middle(&mut canvas, &blocks);
        canvas.unclip();
        self.write_head(&mut canvas, letters);
        self.write_foot(&mut canvas, &blocks, letters);
        Ok(canvas)
    }

    fn paint(&self, canvas: &mut Canvas, blocks: &Blocks, (lines, columns): (usize, usize)) {
        for line in 0..lines {
            for column in 0..columns {
                let corner = (blocks.left + column * blocks.side, TOP + line * blocks.side);
                block(canvas, corner, blocks.side, self.bands.colour((line, column)));
            }
        }
    }

    fn draw_outlines(&self, canvas: &mut Canvas, blocks: &Blocks) {
        for outline in &self.outlines {
            let points: Vec<(f64, f64)> = outline.corners.iter().map(|corner| blocks.at(*corner)).collect();
            if blocks.side >= LEAST_BLOCK {
                ring(canvas, &points);
            } else {
                brackets(canvas, &points);
            }
        }
    }

    /// Four arms that leave out what they point at, and the circle of the error.
    fn draw_middle(&self, canvas: &mut Canvas, blocks: &Blocks) {
        let (x, y) = blocks.at(self.centre);
        let near = (2.0 * blocks.side as f64).max(12.0);
        let far = near + 12.0;
        for (colour, width) in [(SHADOW, 4.0), (CROSS, 1.6)] {
            for (dx, dy) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
                canvas.line((x + near * dx, y + near * dy), (x + far * dx, y + far * dy), width, colour);
            }
        }
        if let Some((line, column, metres)) = self.error {
            let radius = metres * self.pixels_a_metre(blocks);
            for (colour, width) in [(SHADOW, 3.0), (CROSS, 1.4)] {
                canvas.circle(blocks.at((line, column)), radius, width, colour);
            }
        }
    }

    fn pixels_a_metre(&self, blocks: &Blocks) -> f64 {
        blocks.side as f64 / self.pixel_m.max(0.1)
    }

    fn write_head(&self, canvas: &mut Canvas, letters: &Lettering) {
        write_fitted(canvas, letters, (12.0, 7.0), 16.0, letters.pick(&self.title.0, &self.title.1), INK);
        for (y, words) in [31.0, 50.0].into_iter().zip(letters.pick(&self.source.0, &self.source.1).lines()) {
            write_fitted(canvas, letters, (12.0, y), 13.0, words, DIM);
        }
        let (lat, lon, pixel_m) = (self.place.lat(), self.place.lon(), self.pixel_m);
        let middle = letters.pick_owned(
            format!("中心：纬度 {lat:.5}，经度 {lon:.5}（WGS84）；像元 {pixel_m} m"),
            format!("MIDDLE: LAT {lat:.5}, LON {lon:.5} (WGS84), PIXEL {pixel_m} M"),
        );
        letters.write(canvas, (12.0, 70.0), 13.0, &middle, DIM);
        if self.simulated {
            let words = letters.pick("SIMULATED 模拟数据", "SIMULATED");
            let left = canvas.width() as f64 - letters.width(words, 16.0) - 12.0;
            letters.write(canvas, (left, 68.0), 16.0, words, ALARM);
        }
    }

    fn write_foot(&self, canvas: &mut Canvas, blocks: &Blocks, letters: &Lettering) {
        let top = (TOP + blocks.height) as f64;
        let (chinese, ascii) = self.bands.rule();
        write_fitted(canvas, letters, (12.0, top + 8.0), 13.0, &letters.pick_owned(chinese, ascii), DIM);
        self.swatches(canvas, letters, TOP + blocks.height + 30);
        letters.write(canvas, (12.0, top + 52.0), 13.0, letters.pick(PLAIN.0, PLAIN.1), DIM);
        let right = self.scale_bar(canvas, blocks, letters, top + 86.0);
        let (chinese, ascii) = self.symbols();
        letters.write(canvas, (right + 20.0, top + 79.0), 12.0, &letters.pick_owned(chinese, ascii), DIM);
        north(canvas, letters, (canvas.width() as f64 - 86.0, top + 76.0));
    }

    /// What lines in the picture mean, as far as there are any.
    fn symbols(&self) -> (String, String) {
        let fires = !self.outlines.is_empty();
        let parts = [
            (true, "十字：综合位置", "CROSS: PLACE"),
            (self.error.is_some(), "白圈：误差", "CIRCLE: ITS ERROR"),
            (fires, "青线：火点像元", "BLUE LINE: FIRE PIXELS"),
        ];
        let shown = || parts.iter().filter(|(is_shown, ..)| *is_shown);
        let chinese: Vec<&str> = shown().map(|(_, chinese, _)| *chinese).collect();
        let ascii: Vec<&str> = shown().map(|(.., ascii)| *ascii).collect();
        (chinese.join("；"), ascii.join(", "))
    }

    fn swatches(&self, canvas: &mut Canvas, letters: &Lettering, top: usize) {
        let mut x = 12.0;
        let mut swatch = |colour: Option<Rgb>, words: &str| {
            block(canvas, (x as usize, top), 14, colour);
            x += 20.0 + letters.write(canvas, (x + 20.0, top as f64), 12.0, words, INK) + 14.0;
        };
        match self.bands {
            FieldBands::Day { .. } => {
                for (chinese, ascii, reflectances) in GROUNDS {
                    swatch(day_colour(reflectances), letters.pick(chinese, ascii));
                }
            }
            FieldBands::Night { .. } => {
                for radiance in RADIANCES {
                    swatch(night_colour(radiance), &format!("{radiance}"));
                }
            }
        }
        swatch(None, letters.pick("无数据", "NO DATA"));
    }

    /// A bar of a round length; its right end with its words.
    fn scale_bar(&self, canvas: &mut Canvas, blocks: &Blocks, letters: &Lettering, y: f64) -> f64 {
        let scale = self.pixels_a_metre(blocks);
        let Some(metres) = bar_m(scale, 0.3 * blocks.width as f64) else { return 12.0 };
        let right = 12.0 + metres * scale;
        canvas.line((12.0, y), (right, y), 2.0, INK);
        for x in [12.0, right] {
            canvas.line((x, y - 4.0), (x, y + 4.0), 2.0, INK);
        }
        right + 8.0 + letters.write(canvas, (right + 8.0, y - 8.0), 13.0, &format!("{metres} m"), INK)
    }
}

impl FieldBands<'_> {
    /// Lines and columns.
    fn size(&self) -> Result<(usize, usize), String> {
        let (size, is_one) = match self {
            FieldBands::Day { red, green, blue } => (red.dim(), red.dim() == green.dim() && green.dim() == blue.dim()),
            FieldBands::Night { radiance } => (radiance.dim(), true),
        };
        match size {
            _ if !is_one => Err("bands of different sizes".to_string()),
            (0, _) | (_, 0) => Err("no pixels".to_string()),
            size => Ok(size),
        }
    }

    /// The colour of a pixel; `None` where nothing was measured.
    fn colour(&self, at: (usize, usize)) -> Option<Rgb> {
        match self {
            FieldBands::Day { red, green, blue } => day_colour([red[at], green[at], blue[at]]),
            FieldBands::Night { radiance } => night_colour(radiance[at]),
        }
    }

    /// How values became colours.
    fn rule(&self) -> (String, String) {
        let [red, green, blue] = FULL;
        match self {
            FieldBands::Day { .. } => (
                format!(
                    "红 2.2 µm 0-{red}，绿 0.86 µm 0-{green}，蓝 0.64 µm 0-{blue}（表观反射率，固定拉伸，伽马 {GAMMA}）"
                ),
                format!(
                    "RED 2.2 UM 0-{red}, GREEN 0.86 UM 0-{green}, BLUE 0.64 UM 0-{blue} (REFLECTANCE, FIXED, GAMMA {GAMMA})"
                ),
            ),
            FieldBands::Night { .. } => (
                format!("夜间 2.2 µm 辐亮度 0-{FULL_NIGHT} W/(m²·sr·µm)，固定拉伸，伽马 {GAMMA_NIGHT}"),
                format!("NIGHT, RADIANCE OF 2.2 UM, 0-{FULL_NIGHT} W/(M2 SR UM), FIXED, GAMMA {GAMMA_NIGHT}"),
            ),
        }
    }
}

fn day_colour(reflectances: [f32; 3]) -> Option<Rgb> {
    if reflectances.iter().any(|reflectance| reflectance.is_nan()) {
        return None;
    }
    let mut colour = [0; 3];
    for ((part, reflectance), full) in colour.iter_mut().zip(reflectances).zip(FULL) {
        *part = level(f64::from(reflectance) / full, GAMMA);
    }
    Some(colour)
}

fn night_colour(radiance: f32) -> Option<Rgb> {
    (!radiance.is_nan()).then(|| [level(f64::from(radiance) / FULL_NIGHT, GAMMA_NIGHT); 3])
}

fn level(share: f64, gamma: f64) -> u8 {
    (255.0 * share.clamp(0.0, 1.0).powf(gamma)).round() as u8
}

/// Where the blocks are on the canvas.
struct Blocks {
    /// Side of a block, screen pixels.
    side: usize,
    /// Left edge of the first.
    left: usize,
    width: usize,
    height: usize,
}

impl Blocks {
    fn of((lines, columns): (usize, usize)) -> Self {
        let side = ((SIDE / lines.max(columns) as f64).round() as usize).max(1);
        let (width, height) = (columns * side, lines * side);
        Blocks { side, left: NARROWEST.saturating_sub(width) / 2, width, height }
    }

    fn canvas_width(&self) -> usize {
        self.width.max(NARROWEST)
    }

    /// From line and column to the canvas.
    fn at(&self, (line, column): (f64, f64)) -> (f64, f64) {
        let side = self.side as f64;
        (self.left as f64 + (column + 0.5) * side, TOP as f64 + (line + 0.5) * side)
    }
}

/// A pixel from its upper left corner.
fn block(canvas: &mut Canvas, (left, top): (usize, usize), side: usize, colour: Option<Rgb>) {
    match colour {
        Some(colour) => canvas.rectangle(left, top, side, side, colour),
        None => {
            for y in top..top + side {
                for x in left..left + side {
                    canvas.blend(x as i64, y as i64, MISSING[(x + y) / 5 % 2], 1.0);
                }
            }
        }
    }
}

/// A line around pixels: two screen pixels wide on their edges, so that it is sharp.
fn ring(canvas: &mut Canvas, points: &[(f64, f64)]) {
    for (from, to) in points.iter().zip(points.iter().cycle().skip(1)) {
        canvas.line(*from, *to, 2.0, OUTLINE);
    }
}

/// Corners of a box around pixels, some way off.
fn brackets(canvas: &mut Canvas, points: &[(f64, f64)]) {
    let Some(&(x, y)) = points.first() else { return };
    let around = points
        .iter()
        .fold([x, y, x, y], |around, &(x, y)| [around[0].min(x), around[1].min(y), around[2].max(x), around[3].max(y)]);
    // all rims first: none may darken the arm beside it
    for (colour, width) in [(SHADOW, 3.0), (OUTLINE, 1.4)] {
        for (x, to_right) in [(around[0] - AWAY, ARM), (around[2] + AWAY, -ARM)] {
            for (y, down) in [(around[1] - AWAY, ARM), (around[3] + AWAY, -ARM)] {
                canvas.line((x, y), (x + to_right, y), width, colour);
                canvas.line((x, y), (x, y + down), width, colour);
            }
        }
    }
}

/// An arrow to the north of the map's grid, which is a degree or two beside that of the compass.
fn north(canvas: &mut Canvas, letters: &Lettering, (x, y): (f64, f64)) {
    for end in [(x, y + 22.0), (x - 5.0, y + 8.0), (x + 5.0, y + 8.0)] {
        canvas.line((x, y), end, 2.0, INK);
    }
    letters.write(canvas, (x + 10.0, y + 3.0), 13.0, letters.pick("N 格网北", "GRID N"), INK);
}

/// In letters as large as fit on the canvas, and no larger than so.
fn write_fitted(canvas: &mut Canvas, letters: &Lettering, at: (f64, f64), most: f64, words: &str, colour: Rgb) {
    let width = canvas.width() as f64 - at.0 - 12.0;
    let heights = [16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.0];
    let height = heights.into_iter().find(|height| *height <= most && letters.width(words, *height) <= width);
    letters.write(canvas, at, height.unwrap_or(9.0), words, colour);
}

/// The longest round length that is no longer than so many screen pixels, m.
fn bar_m(pixels_a_metre: f64, most: f64) -> Option<f64> {
    let lengths = [5000.0, 2000.0, 1000.0, 500.0, 200.0, 100.0, 50.0, 20.0];
    lengths.into_iter().find(|metres| metres * pixels_a_metre <= most)
}

#[cfg(test)]
mod tests;
