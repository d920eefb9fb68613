//! `quicklook.png`: the MIR picture of a scene with county borders and fires, so that a person sees in a second what
//! was looked at, what could not be, and where it is hot.

mod canvas;
mod caption;
mod chip;
mod field_chip;
mod font;
mod heat;
mod lettering;
mod picture;

use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::fire::{Confidence, FirePixel, Verdict};
use crate::place::LonLat;
use crate::site::County;
use crate::time::Utc;
use canvas::{Canvas, Rgb};
pub use caption::captioned;
pub use chip::{Chip, DRAWN, Spotted};
pub use field_chip::{FieldBands, FieldChip, FieldOutline};
use geo::{Area, Centroid, LineString};
pub use heat::{HeatPicture, Outlined};
use lettering::Lettering;
use ndarray::Array2;
use picture::Picture;
use std::path::Path;

/// What a pixel of the window is, for its tint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Seen.
    Clear,
    /// Could not be seen for cloud.
    Cloud,
    /// Water: not searched.
    Water,
    /// No data.
    Missing,
}

/// What the values of the picture are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Temperatures at 3.9 um, K.
    Kelvin,
    /// Reflectances at 2.2 um, per cent.
    Reflectance,
    /// Radiances at 2.2 um by night, W m-2 sr-1 um-1.
    Radiance,
}

impl Measure {
    /// As a title has it, in Chinese and in letters that every machine has.
    fn title(self) -> (&'static str, &'static str) {
        match self {
            Measure::Kelvin => ("3.9 µm 亮温", "3.9 UM BT"),
            Measure::Reflectance => ("2.2 µm 反射率", "2.2 UM REFLECTANCE"),
            Measure::Radiance => ("2.2 µm 辐亮度", "2.2 UM RADIANCE"),
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Measure::Kelvin => "K",
            Measure::Reflectance => "%",
            Measure::Radiance => "W m-2 sr-1 um-1",
        }
    }
}

/// What the picture is made of.
pub struct Quicklook<'a> {
    /// What was looked with, for the title.
    pub satellite: &'a str,
    /// Its sensor.
    pub sensor: &'a str,
    /// When.
    pub time: Utc,
    /// Made by the simulator.
    pub simulated: bool,
    /// The picture, NaN where there is none.
    pub values: &'a Array2<f32>,
    /// What its values are.
    pub measure: Measure,
    /// Line and column of its first pixel in the grid that `project` counts in.
    pub first: (usize, usize),
    /// Whether fires lie where their line and column say (a grid) or where `project` puts their place.
    pub on_grid: bool,
    /// Counties, for borders and labels.
    pub counties: &'a [County],
    /// Fires of the scene; dropped ones are drawn grey.
    pub fires: &'a [FirePixel],
    /// A place to (column, line) of the full grid, in pixels, whole numbers at the pixels' centres; `None` where the
    /// satellite does not see it.
    pub project: &'a dyn Fn(LonLat) -> Option<(f64, f64)>,
    /// What the pixel at (line, column) of the window is, both from 0.
    pub look: &'a dyn Fn(usize, usize) -> Look,
}

/// Width that the picture is enlarged to, screen pixels.
const WIDTH: f64 = 900.0;
/// Width from which it is reduced.
const WIDEST: f64 = 1800.0;
const TOP: usize = 58;
const BOTTOM: usize = 64;
const RIGHT: usize = 96;
/// Narrow windows still have room for their title.
const NARROWEST: usize = 760;

const PAPER: Rgb = [24, 26, 31];
const INK: Rgb = [236, 238, 242];
const DIM: Rgb = [160, 166, 178];
const ALARM: Rgb = [255, 92, 92];
const BORDER: Rgb = [96, 222, 235];
const DROPPED: Rgb = [176, 176, 176];
const SHADOW: Rgb = [8, 10, 14];

/// Draws the picture and writes it as PNG.
///
/// # Errors
/// [`Error::Input`] where there are no pixels; [`Error::Output`] where the file cannot be written.
pub fn write(path: &Path, quicklook: &Quicklook<'_>) -> Result<()> {
    atomic::write_bytes(path, &png(quicklook)?)
}

/// Draws the picture as PNG.
///
/// # Errors
/// [`Error::Input`] where there are no pixels; [`Error::Output`] where they are no picture.
pub fn png(quicklook: &Quicklook<'_>) -> Result<Vec<u8>> {
    let picture = Picture::of(quicklook).ok_or_else(|| no_picture(quicklook))?;
    let canvas = draw(quicklook, &picture, &Lettering::of_system());
    canvas.png().map_err(|reason| Error::output("quicklook", reason))
}

fn no_picture(quicklook: &Quicklook<'_>) -> Error {
    let expected = "a scene with pixels of the band that is drawn";
    let seen = format!("{} {} {}", quicklook.satellite, quicklook.sensor, quicklook.time.rfc3339());
    Error::input(seen, "nothing to draw", expected, "check that the file of that band is there and whole")
}

/// Where things of the grid are on the canvas.
struct Frame {
    scale: f64,
    width: usize,
    height: usize,
    line0: f64,
    column0: f64,
}

impl Frame {
    fn of(quicklook: &Quicklook<'_>) -> Self {
        let columns = quicklook.values.ncols() as f64;
        let scale = if columns <= WIDTH { (WIDTH / columns).round() } else { (WIDEST / columns).min(1.0) };
        Frame {
            scale,
            width: (columns * scale).ceil() as usize,
            height: (quicklook.values.nrows() as f64 * scale).ceil() as usize,
            line0: quicklook.first.0 as f64,
            column0: quicklook.first.1 as f64,
        }
    }

    /// From column and line of the full grid to the canvas.
    fn at(&self, column: f64, line: f64) -> (f64, f64) {
        ((column - self.column0 + 0.5) * self.scale, (line - self.line0 + 0.5) * self.scale + TOP as f64)
    }

    fn holds(&self, (x, y): (f64, f64)) -> bool {
        (0.0..self.width as f64).contains(&x) && (TOP as f64..(TOP + self.height) as f64).contains(&y)
    }
}

fn draw(quicklook: &Quicklook<'_>, picture: &Picture, letters: &Lettering) -> Canvas {
    let frame = Frame::of(quicklook);
    let width = (frame.width + RIGHT).max(NARROWEST);
    let mut canvas = Canvas::new(width, frame.height + TOP + BOTTOM, PAPER);
    picture.paint(&mut canvas, &frame);
    canvas.clip(0, TOP, frame.width, TOP + frame.height);
    draw_borders(&mut canvas, quicklook, &frame);
    draw_labels(&mut canvas, quicklook, &frame, letters);
    // fires last: no name may hide one
    draw_fires(&mut canvas, quicklook, &frame);
    canvas.unclip();
    draw_title(&mut canvas, quicklook, letters);
    picture.colour_bar(&mut canvas, &frame, letters);
    draw_legend(&mut canvas, quicklook, &frame, letters);
    canvas
}

fn draw_borders(canvas: &mut Canvas, quicklook: &Quicklook<'_>, frame: &Frame) {
    let parts = quicklook.counties.iter().flat_map(|county| county.shape.iter());
    let rings: Vec<&LineString> =
        parts.flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors())).collect();
    for (colour, width) in [(SHADOW, 3.6), (BORDER, 1.5)] {
        for ring in &rings {
            let on_canvas = |at: &geo::Coord<f64>| {
                let place = LonLat::new(at.x, at.y)?;
                (quicklook.project)(place).map(|(column, line)| frame.at(column, line))
            };
            let points: Vec<Option<(f64, f64)>> = ring.coords().map(on_canvas).collect();
            for pair in points.windows(2) {
                if let [Some(from), Some(to)] = pair {
                    canvas.line(*from, *to, width, colour);
                }
            }
        }
    }
}

fn draw_fires(canvas: &mut Canvas, quicklook: &Quicklook<'_>, frame: &Frame) {
    let mut order: Vec<&FirePixel> = quicklook.fires.iter().collect();
    order.sort_by_key(|fire| (fire.verdict == Verdict::Kept, fire.confidence));
    for fire in order {
        let colour = fire_colour(fire);
        let place = match (fire.column, fire.line) {
            (Some(column), Some(line)) if quicklook.on_grid => Some((f64::from(column), f64::from(line))),
            _ => (quicklook.project)(fire.place),
        };
        let Some((column, line)) = place else { continue };
        let at = frame.at(column, line);
        let on_grid = quicklook.on_grid && fire.line.is_some() && frame.scale >= 6.0;
        mark(canvas, at, if on_grid { Some(frame.scale) } else { None }, colour);
    }
}

/// The outline of the pixel where pixels are large enough to be seen, else a circle.
fn mark(canvas: &mut Canvas, at: (f64, f64), pixel: Option<f64>, colour: Rgb) {
    for (colour, width) in [(SHADOW, 4.5), (colour, 2.4)] {
        match pixel {
            Some(side) => canvas.square(at, side / 2.0, width, colour),
            None => canvas.circle(at, 6.0, width, colour),
        }
    }
}

fn fire_colour(fire: &FirePixel) -> Rgb {
    match (fire.verdict, fire.confidence) {
        (Verdict::Dropped(_), _) => DROPPED,
        (Verdict::Kept, confidence) => confidence_colour(confidence),
    }
}

fn confidence_colour(confidence: Confidence) -> Rgb {
    match confidence {
        Confidence::Low => [255, 224, 84],
        Confidence::Nominal => [255, 152, 40],
        Confidence::High => [255, 58, 48],
    }
}

/// The name of each county on its largest part.
fn draw_labels(canvas: &mut Canvas, quicklook: &Quicklook<'_>, frame: &Frame, letters: &Lettering) {
    for county in quicklook.counties {
        let largest = county.shape.iter().max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()));
        let centre = largest.and_then(Centroid::centroid).and_then(|point| LonLat::new(point.x(), point.y()));
        let Some((column, line)) = centre.and_then(|place| (quicklook.project)(place)) else {
            continue;
        };
        let (x, y) = frame.at(column, line);
        if frame.holds((x, y)) {
            let name = letters.pick(&county.name.name, &county.name.adcode);
            let left = x - letters.width(name, 15.0) / 2.0;
            letters.write_haloed(canvas, (left, y - 8.0), 15.0, name, INK, SHADOW);
        }
    }
}

fn draw_title(canvas: &mut Canvas, quicklook: &Quicklook<'_>, letters: &Lettering) {
    let (chinese, plain) = quicklook.measure.title();
    let (mir, beijing) = (letters.pick(chinese, plain), letters.pick("北京时间", "BEIJING"));
    let title = format!(
        "{} {}  {mir}  {} UTC  {} {beijing}",
        quicklook.satellite,
        quicklook.sensor,
        quicklook.time.rfc3339().replace('T', " ").replace(":00Z", "").replace('Z', ""),
        quicklook.time.beijing()
    );
    letters.write(canvas, (12.0, 8.0), 19.0, &title, INK);
    let (chinese, plain) = counted(quicklook.fires, quicklook.measure);
    let count = letters.pick_owned(
        format!("{chinese}; 尚未经现场核实; 不包括云覆盖下的火点"),
        format!("{plain}, NOT VERIFIED, AREAS UNDER CLOUD NOT SEEN"),
    );
    letters.write(canvas, (12.0, 34.0), 14.0, &count, DIM);
    if quicklook.simulated || quicklook.fires.iter().any(|fire| fire.simulated) {
        let simulated = letters.pick("SIMULATED 模拟数据", "SIMULATED");
        let left = canvas.width() as f64 - letters.width(simulated, 17.0) - 12.0;
        letters.write(canvas, (left, 32.0), 17.0, simulated, ALARM);
    }
}

/// How many fires are kept, in Chinese and in letters that every machine has: pixels, or clusters of pixels of tens of metres.
fn counted(fires: &[FirePixel], measure: Measure) -> (String, String) {
    let kept = || fires.iter().filter(|fire| fire.verdict == Verdict::Kept);
    let (count, pixels) = (kept().count(), kept().map(FirePixel::pixel_count).sum::<usize>());
    match measure {
        Measure::Kelvin => (format!("疑似火点像元 {count} 个"), format!("{count} SUSPECTED FIRE PIXELS")),
        Measure::Reflectance | Measure::Radiance => {
            (format!("疑似火点 {count} 处, 共 {pixels} 个像元"), format!("{count} SUSPECTED FIRES OF {pixels} PIXELS"))
        }
    }
}

fn draw_legend(canvas: &mut Canvas, quicklook: &Quicklook<'_>, frame: &Frame, letters: &Lettering) {
    let (top, mut x) = ((TOP + frame.height) as f64 + 10.0, 12.0);
    for (confidence, chinese, ascii) in [
        (Confidence::High, "高置信", "HIGH"),
        (Confidence::Nominal, "中置信", "NOMINAL"),
        (Confidence::Low, "低置信", "LOW"),
    ] {
        mark(canvas, (x + 7.0, top + 8.0), Some(12.0), confidence_colour(confidence));
        x += 22.0 + letters.write(canvas, (x + 22.0, top), 14.0, letters.pick(chinese, ascii), INK) + 16.0;
    }
    if quicklook.fires.iter().any(|fire| fire.verdict != Verdict::Kept) {
        mark(canvas, (x + 7.0, top + 8.0), Some(12.0), DROPPED);
        x += 22.0 + letters.write(canvas, (x + 22.0, top), 14.0, letters.pick("已剔除", "DROPPED"), INK) + 16.0;
    }
    for (look, chinese, ascii) in
        [(Look::Cloud, "云(未能观测)", "CLOUD"), (Look::Missing, "无数据", "NO DATA"), (Look::Water, "水体", "WATER")]
    {
        Picture::swatch(canvas, (x as usize, top as usize + 1), look);
        x += 24.0 + letters.write(canvas, (x + 24.0, top), 14.0, letters.pick(chinese, ascii), INK) + 16.0;
    }
    draw_scale_bar(canvas, quicklook, frame, letters, top + 27.0);
}

/// A bar of a round length from west to east at the middle of the window. Seen aslant, north to south is shorter.
fn draw_scale_bar(canvas: &mut Canvas, quicklook: &Quicklook<'_>, frame: &Frame, letters: &Lettering, top: f64) {
    let Some(pixels_per_km) = pixels_per_km(quicklook, frame) else {
        return;
    };
    let fitting = |km: &f64| km * pixels_per_km <= 0.3 * frame.width as f64;
    let Some(km) = [500.0, 200.0, 100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0].into_iter().find(fitting) else {
        return;
    };
    let (left, right, y) = (12.0, 12.0 + km * pixels_per_km, top + 12.0);
    canvas.line((left, y), (right, y), 2.0, INK);
    for x in [left, right] {
        canvas.line((x, y - 5.0), (x, y + 5.0), 2.0, INK);
    }
    let direction = letters.pick("东西向", "W-E");
    letters.write(canvas, (right + 10.0, top + 3.0), 14.0, &format!("{km} km {direction}"), INK);
}

/// Screen pixels a kilometre, measured to the east of the middle of the counties.
fn pixels_per_km(quicklook: &Quicklook<'_>, frame: &Frame) -> Option<f64> {
    let boxes = quicklook.counties.iter().map(|county| county.bbox);
    let (mut lon, mut lat, mut n) = (0.0, 0.0, 0.0);
    for b in boxes {
        (lon, lat, n) = (lon + (b.west + b.east) / 2.0, lat + (b.south + b.north) / 2.0, n + 1.0);
    }
    let here = LonLat::new(lon / n, lat / n)?;
    let east = LonLat::new(here.lon() + 0.1, here.lat())?;
    let ((x0, y0), (x1, y1)) = ((quicklook.project)(here)?, (quicklook.project)(east)?);
    let pixels = (x1 - x0).hypot(y1 - y0) * frame.scale;
    let km = here.distance_m(east) / 1000.0;
    (pixels > 0.0 && km > 0.0).then(|| pixels / km)
}

#[cfg(test)]
mod tests;
