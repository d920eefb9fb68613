//! Has anything changed that could be smoke or flame? Costs a pass over the picture, where the model costs a hundred.
//!
//! A picture is taken down to cells of some 8 px. Each has a past: a mean and a usual deviation of its colour that forget
//! what is longer ago. The picture's own change of light is taken out first.

use crate::frame::Frame;
use crate::thresholds::WatchThresholds;
use crate::time::Utc;
use image::RgbImage;

/// Mean colour of a cell, 0 to 255.
type Colour = [f32; 3];

/// A picture in cells, line by line.
#[derive(Debug, Clone)]
struct Cells {
    columns: usize,
    lines: usize,
    colours: Vec<Colour>,
}

/// What a cell usually looks like.
#[derive(Debug, Clone, Copy)]
struct Usual {
    mean: Colour,
    /// Mean absolute deviation of its light.
    deviation: f32,
}

/// The change gate of one view of one camera.
#[derive(Debug, Clone)]
pub struct Gate {
    t: WatchThresholds,
    past: Option<Past>,
    looked: Option<Utc>,
}

#[derive(Debug, Clone)]
struct Past {
    columns: usize,
    lines: usize,
    time: Utc,
    /// Frames that it was learned from.
    frames: usize,
    cells: Vec<Usual>,
}

/// Frames after which a past is one.
const SETTLED: usize = 5;

/// What the gate says of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// Whether the model should look.
    pub is_open: bool,
    /// Rectangles of changed cells side by side that may be smoke or flame, largest first: left, top, right, bottom in px.
    pub changed: Vec<[f32; 4]>,
    /// Whether the past is long enough that what did not change was there before.
    pub is_settled: bool,
}

impl Gate {
    /// A gate without a past: the first frame opens it.
    pub fn new(t: &WatchThresholds) -> Self {
        Gate { t: t.clone(), past: None, looked: None }
    }

    /// Forgets what the view was like: after a camera turned.
    pub fn forget(&mut self) {
        (self.past, self.looked) = (None, None);
    }

    /// Looks at a frame, and keeps what it is like. Frames come in the order of time.
    pub fn look(&mut self, frame: &Frame) -> Opening {
        let cells = Cells::of(&frame.image, self.t.cell_share);
        let is_due = self.looked.is_none_or(|looked| frame.time.seconds_since(looked) >= f64::from(self.t.every_s));
        let Some(past) = self.past.as_mut().filter(|past| (past.columns, past.lines) == (cells.columns, cells.lines))
        else {
            self.past = Some(Past::of(&cells, frame.time));
            self.looked = Some(frame.time);
            return Opening { is_open: true, changed: Vec::new(), is_settled: false };
        };
        let is_settled = past.frames >= SETTLED;
        let changed = past.changed(&cells, &self.t);
        past.learn(&cells, &changed, frame.time, &self.t);
        let cell_px = frame.image.width() as f32 / cells.columns as f32;
        let mut rectangles = clusters(&changed, cells.columns, self.t.changed_cells as usize);
        rectangles.sort_by_key(|r| std::cmp::Reverse((r[2] - r[0]) * (r[3] - r[1])));
        let is_open = is_due || !rectangles.is_empty();
        if is_open {
            self.looked = Some(frame.time);
        }
        let changed = rectangles.iter().map(|r| r.map(|edge| edge as f32 * cell_px)).collect();
        Opening { is_open, changed, is_settled }
    }
}

impl Cells {
    fn of(image: &RgbImage, share: f32) -> Cells {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let side = ((width as f32 * share).round() as usize).max(1);
        let (columns, lines) = (width.div_ceil(side).max(1), height.div_ceil(side).max(1));
        let mut sums = vec![[0u32; 3]; columns * lines];
        for (y, line) in image.as_raw().chunks_exact((3 * width).max(1)).enumerate() {
            let row = &mut sums[y / side * columns..][..columns];
            for (sum, pixels) in row.iter_mut().zip(line.chunks(3 * side)) {
                let mut of = [0u32; 3];
                for pixel in pixels.chunks_exact(3) {
                    of[0] += u32::from(pixel[0]);
                    of[1] += u32::from(pixel[1]);
                    of[2] += u32::from(pixel[2]);
                }
                (0..3).for_each(|i| sum[i] += of[i]);
            }
        }
        let count = |at: usize| {
            let (column, line) = (at % columns, at / columns);
            let wide = side.min(width - (column * side).min(width));
            let high = side.min(height - (line * side).min(height));
            (wide * high).max(1) as f32
        };
        let colours = sums.iter().enumerate().map(|(at, sum)| sum.map(|channel| channel as f32 / count(at))).collect();
        Cells { columns, lines, colours }
    }
}

/// Light of a colour (Rec. 601 luma).
fn light([red, green, blue]: Colour) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

impl Past {
    fn of(cells: &Cells, time: Utc) -> Past {
        let usual = |colour: &Colour| Usual { mean: *colour, deviation: 1.0 };
        Past {
            columns: cells.columns,
            lines: cells.lines,
            time,
            frames: 1,
            cells: cells.colours.iter().map(usual).collect(),
        }
    }

    /// Median ratio of the light now to that of before: the sun behind a cloud, or another exposure.
    fn gain(&self, cells: &Cells) -> f32 {
        let mut ratios: Vec<f32> = cells
            .colours
            .iter()
            .zip(&self.cells)
            .map(|(now, usual)| (light(*now) + 1.0) / (light(usual.mean) + 1.0))
            .collect();
        let middle = ratios.len() / 2;
        *ratios.select_nth_unstable_by(middle, f32::total_cmp).1
    }

    /// Which cells changed in a way that smoke or flame does.
    fn changed(&self, cells: &Cells, t: &WatchThresholds) -> Vec<bool> {
        let gain = self.gain(cells);
        let has_changed = |(now, usual): (&Colour, &Usual)| {
            let expected = usual.mean.map(|channel| channel * gain);
            let difference = [0, 1, 2].map(|i| now[i] - expected[i]);
            let size = difference.iter().fold(0f32, |most, d| most.max(d.abs()));
            size > t.change_floor.max(t.change * usual.deviation) && (is_flame(*now, t) || is_greyer(*now, expected))
        };
        cells.colours.iter().zip(&self.cells).map(has_changed).collect()
    }

    /// Takes a frame into the past; of changed cells a tenth as fast, so that a plume does not become the usual.
    fn learn(&mut self, cells: &Cells, changed: &[bool], time: Utc, t: &WatchThresholds) {
        let passed = time.seconds_since(self.time).max(0.0) as f32;
        self.time = self.time.max(time);
        self.frames += 1;
        let share = 1.0 - (-passed / t.past_s).exp();
        let gain = self.gain(cells);
        for ((usual, now), changed) in self.cells.iter_mut().zip(&cells.colours).zip(changed) {
            let share = if *changed { share / 10.0 } else { share };
            let difference = light(*now) - gain * light(usual.mean);
            usual.deviation += share * (1.25 * difference.abs() - usual.deviation);
            (0..3).for_each(|i| usual.mean[i] += share * (now[i] - usual.mean[i]));
        }
    }
}

/// Flame is bright, and more red than green than blue (the order that rules of flame colour share, e.g. Celik & Demirel 2009).
fn is_flame([red, green, blue]: Colour, t: &WatchThresholds) -> bool {
    red >= t.flame_red && red >= green && green >= blue && red - blue >= t.flame_over_blue
}

/// Smoke lies before what was there and takes its colour away: white, grey and brown smoke are no more coloured than fields,
/// woods and the blue sky behind them. Allowed: a fifth more, and what compression does to grey.
fn is_greyer(now: Colour, before: Colour) -> bool {
    let colourful = |c: Colour| c.iter().fold(0f32, |a, b| a.max(*b)) - c.iter().fold(255f32, |a, b| a.min(*b));
    colourful(now) <= (1.2 * colourful(before)).max(40.0)
}

/// Rectangles (left, top, right, bottom in cells) around changed cells that touch, of so many cells or more.
fn clusters(changed: &[bool], columns: usize, least: usize) -> Vec<[usize; 4]> {
    let mut waiting = changed.to_vec();
    let mut found = Vec::new();
    let mut stack = Vec::new();
    for start in 0..waiting.len() {
        if !std::mem::take(&mut waiting[start]) {
            continue;
        }
        stack.push(start);
        let (mut count, mut around) = (0, [usize::MAX, usize::MAX, 0, 0]);
        while let Some(at) = stack.pop() {
            let (x, y) = (at % columns, at / columns);
            count += 1;
            around = [around[0].min(x), around[1].min(y), around[2].max(x + 1), around[3].max(y + 1)];
            let left = (x > 0).then(|| at - 1);
            let right = (x + 1 < columns).then(|| at + 1);
            let up = at.checked_sub(columns);
            for next in [left, right, up, Some(at + columns)].into_iter().flatten() {
                if waiting.get_mut(next).is_some_and(std::mem::take) {
                    stack.push(next);
                }
            }
        }
        if count >= least {
            found.push(around);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn frame(second: f64, image: RgbImage) -> Frame {
        let start = Utc::from_parts(2026, 10, 1, 4, 0, 0).expect("a time");
        Frame { time: start.plus_seconds(second).expect("a time"), is_dated: true, source: "test".to_string(), image }
    }

    /// Fields and sky with a little noise, that a seed shifts.
    fn fields(seed: u32, light: f32) -> RgbImage {
        RgbImage::from_fn(640, 360, |x, y| {
            let noise = ((x.wrapping_mul(31) ^ y.wrapping_mul(17) ^ seed.wrapping_mul(97)) % 5) as f32;
            let ground = if y < 120 { [140.0, 170.0, 220.0] } else { [90.0, 110.0, 50.0] };
            Rgb(ground.map(|channel: f32| ((channel + noise) * light) as u8))
        })
    }

    /// The same with a plume (half see-through grey) of a width and height, px.
    fn with_smoke(seed: u32, side: u32) -> RgbImage {
        let mut image = fields(seed, 1.0);
        for y in 200 - side.min(200)..200 {
            for x in 300..300 + side {
                let Rgb(below) = *image.get_pixel(x, y);
                image.put_pixel(x, y, Rgb(below.map(|channel| channel / 2 + 90)));
            }
        }
        image
    }

    fn warmed() -> Gate {
        let mut gate = Gate::new(&WatchThresholds::default());
        (0..20).for_each(|i| drop(gate.look(&frame(f64::from(i) * 5.0, fields(i, 1.0)))));
        gate
    }

    #[test]
    fn the_first_frame_opens_and_noise_does_not() {
        let mut gate = Gate::new(&WatchThresholds::default());
        assert!(gate.look(&frame(0.0, fields(0, 1.0))).is_open);
        let opened = (1..12).filter(|i| gate.look(&frame(f64::from(*i) * 5.0, fields(*i, 1.0))).is_open).count();
        assert_eq!(opened, 0, "eleven frames in less than a minute");
        assert!(gate.look(&frame(60.0, fields(99, 1.0))).is_open, "once a minute in any case");
    }

    #[test]
    fn a_cloud_before_the_sun_does_not_open() {
        let mut gate = warmed();
        assert!(!gate.look(&frame(100.0, fields(21, 0.8))).is_open);
    }

    /// A plume of 16 px is where it was drawn: to the cell of 4 px.
    #[test]
    fn a_small_plume_opens_where_it_is() {
        let mut gate = warmed();
        let Opening { is_open, changed, .. } = gate.look(&frame(100.0, with_smoke(21, 16)));
        assert!(is_open);
        assert_eq!(changed, [[300.0, 184.0, 316.0, 200.0]]);
    }

    #[test]
    fn a_plume_that_stays_goes_on_opening_for_five_minutes() {
        let mut gate = warmed();
        let opened =
            (0..60).filter(|i| gate.look(&frame(100.0 + f64::from(*i) * 5.0, with_smoke(*i, 24))).is_open).count();
        assert_eq!(opened, 60);
    }

    #[test]
    fn flame_at_night_opens() {
        let mut gate = Gate::new(&WatchThresholds::default());
        (0..20).for_each(|i| drop(gate.look(&frame(f64::from(i) * 5.0, fields(i, 0.1)))));
        let mut image = fields(21, 0.1);
        (0..8).for_each(|i| (0..8).for_each(|j| image.put_pixel(100 + i, 200 + j, Rgb([250, 190, 90]))));
        assert!(gate.look(&frame(100.0, image)).is_open);
    }

    #[test]
    fn another_size_and_one_pixel_are_taken() {
        let mut gate = warmed();
        assert!(gate.look(&frame(100.0, RgbImage::new(33, 7))).is_open);
        assert!(gate.look(&frame(101.0, RgbImage::new(1, 1))).is_open);
        drop(gate.look(&frame(102.0, RgbImage::new(0, 0))));
    }
}
