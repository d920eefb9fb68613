//! The MIR band as shades of grey, with tints for what could not be seen, and its colour bar.

use super::canvas::{Canvas, Rgb, mix_rgb};
use super::lettering::Lettering;
use super::{DIM, Frame, INK, Look, Quicklook, TOP};
use ndarray::Array2;

/// Temperatures and looks of the window.
pub(super) struct Picture {
    kelvin: Array2<f32>,
    looks: Array2<Look>,
    /// Temperatures that become black and white, K.
    range: (f32, f32),
    /// Pixels of the window to a pixel here.
    step: usize,
    unit: &'static str,
}

/// Columns above which the window is thinned.
const MOST_COLUMNS: usize = 1800;

const BLACK: Rgb = [22, 22, 26];
const WHITE: Rgb = [250, 250, 246];
const CLOUD: Rgb = [70, 120, 215];
const WATER: Rgb = [20, 70, 90];
pub(super) const MISSING: [Rgb; 2] = [[70, 40, 76], [104, 62, 112]];
/// Shares of the clear pixels that may be pure black and pure white.
const PERCENTILES: (f64, f64) = (0.02, 0.98);

impl Picture {
    /// `None` without a MIR band or pixels.
    pub(super) fn of(quicklook: &Quicklook<'_>) -> Option<Picture> {
        let mir = quicklook.values;
        if mir.is_empty() {
            return None;
        }
        // a whole disk is thinned to what the picture can show before anything is copied
        let step = (mir.ncols() / MOST_COLUMNS).max(1);
        let shape = (mir.nrows().div_ceil(step), mir.ncols().div_ceil(step));
        let looks = Array2::from_shape_fn(shape, |(line, column)| {
            let at = (line * step, column * step);
            if mir[at].is_finite() { (quicklook.look)(at.0, at.1) } else { Look::Missing }
        });
        let kelvin = Array2::from_shape_fn(shape, |(line, column)| mir[(line * step, column * step)]);
        let range = stretch(&kelvin, &looks);
        Some(Picture { kelvin, looks, range, step, unit: quicklook.measure.unit() })
    }

    /// Fills the frame, each pixel of the grid as a block.
    pub(super) fn paint(&self, canvas: &mut Canvas, frame: &Frame) {
        let (lines, columns) = self.kelvin.dim();
        for y in 0..frame.height {
            for x in 0..frame.width {
                let line = ((y as f64 / frame.scale) as usize / self.step).min(lines - 1);
                let column = ((x as f64 / frame.scale) as usize / self.step).min(columns - 1);
                let colour = tint(self.looks[(line, column)], self.shade(self.kelvin[(line, column)]), x, y);
                canvas.blend(x as i64, (y + TOP) as i64, colour, 1.0);
            }
        }
    }

    fn shade(&self, kelvin: f32) -> Rgb {
        let share = (kelvin - self.range.0) / (self.range.1 - self.range.0);
        mix_rgb(BLACK, WHITE, f64::from(share).clamp(0.0, 1.0))
    }

    /// A square of the legend.
    pub(super) fn swatch(canvas: &mut Canvas, (left, top): (usize, usize), look: Look) {
        for y in 0..15 {
            for x in 0..18 {
                let colour = tint(look, [150, 150, 150], x, y);
                canvas.blend((left + x) as i64, (top + y) as i64, colour, 1.0);
            }
        }
    }

    /// Grey from black to white with round temperatures beside it.
    pub(super) fn colour_bar(&self, canvas: &mut Canvas, frame: &Frame, letters: &Lettering) {
        let (left, top) = (frame.width + 14, TOP + 30);
        let height = frame.height.saturating_sub(60).clamp(40, 360);
        canvas.rectangle(left - 1, top - 1, 20, height + 2, DIM);
        for y in 0..height {
            let share = 1.0 - y as f64 / (height - 1) as f64;
            canvas.rectangle(left, top + y, 18, 1, mix_rgb(BLACK, WHITE, share));
        }
        letters.write(canvas, (left as f64, top as f64 - 24.0), 14.0, self.unit, INK);
        let (low, high) = (f64::from(self.range.0), f64::from(self.range.1));
        for kelvin in ticks(low, high) {
            let y = top as f64 + (high - kelvin) / (high - low) * (height - 1) as f64;
            canvas.line((left as f64 + 18.0, y), (left as f64 + 24.0, y), 1.5, INK);
            let words = if kelvin.abs() < 1e6 { format!("{kelvin}") } else { format!("{kelvin:e}") };
            letters.write(canvas, (left as f64 + 28.0, y - 9.0), 14.0, &words, INK);
        }
    }
}

/// Black and white points from the clear pixels; where nearly all is cloud, from all that have a value.
fn stretch(mir: &Array2<f32>, looks: &Array2<Look>) -> (f32, f32) {
    let values = |wanted: fn(Look) -> bool| {
        let seen = mir.iter().zip(looks).filter(|(kelvin, look)| wanted(**look) && kelvin.is_finite());
        seen.map(|(kelvin, _)| *kelvin).collect::<Vec<f32>>()
    };
    let mut kelvin = values(|look| look == Look::Clear);
    if kelvin.len() < 50 {
        kelvin = values(|look| look != Look::Missing);
    }
    kelvin.sort_by(f32::total_cmp);
    let at = |share: f64| kelvin.get((share * kelvin.len().saturating_sub(1) as f64).round() as usize).copied();
    match (at(PERCENTILES.0), at(PERCENTILES.1)) {
        // a flat picture still needs a bar of some length
        (Some(low), Some(high)) => (low.floor(), high.ceil().max(low.floor() + 2.0)),
        _ => (270.0, 310.0),
    }
}

/// More than fit beside the bar: nothing is asked to draw more, whatever the values are.
const MOST_TICKS: usize = 12;

/// Round temperatures, some four to eight of them; none where values are too absurd for round numbers to tell them apart.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let range = high - low;
    if !range.is_finite() || range <= 0.0 {
        return Vec::new();
    }
    // beyond temperatures by decades: radiances and damaged bands may reach any number
    let decade = 10f64.powf((range / 8000.0).log10().ceil().max(0.0));
    let kelvin = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
    let beyond = [200.0, 500.0, 1000.0].map(|step| step * decade);
    let step = kelvin.into_iter().chain(beyond).find(|step| range / step <= 8.0).unwrap_or(range);
    // counted from the first, not from zero: the count stays small, and nothing overflows
    let first = (low / step).ceil() * step;
    (0..MOST_TICKS).map(|n| first + n as f64 * step).filter(|tick| (low..=high).contains(tick)).collect()
}

/// The grey of a pixel under the colour of what it is; missing data is striped, so that it is never taken for dark.
fn tint(look: Look, grey: Rgb, x: usize, y: usize) -> Rgb {
    match look {
        Look::Clear => grey,
        Look::Cloud => mix_rgb(grey, CLOUD, 0.55),
        Look::Water => mix_rgb(grey, WATER, 0.7),
        Look::Missing => MISSING[(x + y) / 5 % 2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(ticks(281.0, 309.0), [285.0, 290.0, 295.0, 300.0, 305.0]);
        assert_eq!(ticks(290.0, 292.0), [290.0, 290.5, 291.0, 291.5, 292.0]);
        assert_eq!(ticks(0.0, 2500.0), [0.0, 500.0, 1000.0, 1500.0, 2000.0, 2500.0]);
    }

    /// Values of a damaged band, or of counts with absurd factors: neither a panic nor a long wait.
    #[test]
    fn absurd_ranges_have_few_ticks_or_none() {
        let most = f64::from(f32::MAX);
        let ranges = [(0.0, 1e9), (-1e9, 1e9), (1e30, 2e30), (-most, most), (1e38, 1e38 + 2.0), (-1e300, 1e308)];
        for (low, high) in ranges {
            let ticks = ticks(low, high);
            let within = |tick: &f64| tick.is_finite() && (low..=high).contains(tick);
            assert!(ticks.len() <= MOST_TICKS && ticks.iter().all(within), "{low} {high}: {ticks:?}");
        }
        let none = [(f64::NAN, 1.0), (0.0, f64::INFINITY), (f64::NEG_INFINITY, f64::INFINITY), (3.0, 3.0), (3.0, 2.0)];
        for (low, high) in none {
            assert!(ticks(low, high).is_empty(), "{low} {high}");
        }
    }

    /// By hand: of 0..=100 K the 2nd and 98th percentiles are 2 and 98; a hot pixel does not darken the rest.
    #[test]
    fn the_stretch_leaves_the_extremes_out() {
        let mut mir = Array2::from_shape_fn((1, 101), |(_, column)| column as f32);
        mir[(0, 100)] = 500.0;
        let looks = Array2::from_elem((1, 101), Look::Clear);
        assert_eq!(stretch(&mir, &looks), (2.0, 98.0));
        let none = Array2::from_elem((1, 101), Look::Missing);
        assert_eq!(stretch(&mir, &none), (270.0, 310.0));
    }
}
