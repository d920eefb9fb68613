//! Charts and maps as SVG within a page: plain shapes and words, nothing from outside, so that it can be opened, printed and archived as it is.
//!
//! Colours are told apart by colour-blind people and in grey, for each is lighter or darker than its neighbours. What nobody looked at is
//! hatched and said to be 未有效观测: it is not zero.

mod bars;
mod cell_map;
mod hours;
mod map;
mod rows;
mod share;

pub use bars::{Bar, Bars};
pub use cell_map::{CellMap, NumberedCell};
pub use hours::Hours;
pub use map::{Kind, Map, Mark, Shape};
pub use rows::{Row, Rows};
pub use share::ShareLine;

use std::fmt::Write as _;

/// Width of all charts, units of the drawing; the page scales them.
const WIDE: f64 = 720.0;
/// Left of the plot: numbers of the axis and its name.
const LEFT: f64 = 58.0;
/// Right of it.
const RIGHT: f64 = 14.0;
/// Height of a plot.
const TALL: f64 = 210.0;
/// Size of letters.
const LETTER: f64 = 12.0;

/// From dark to light, after cividis (Nunez, Anderton, Renslow 2018), which was made for colour-blind eyes and grows lighter evenly.
const COLOURS: [[f64; 3]; 5] =
    [[0.0, 34.0, 78.0], [65.0, 77.0, 107.0], [124.0, 123.0, 120.0], [188.0, 175.0, 111.0], [254.0, 232.0, 56.0]];

/// What is hatched.
const UNSEEN: &str = "未有效观测或未知";

/// The colour of one of many kinds that lie upon each other: neighbours are far apart in lightness.
fn stacked(kind: usize, of: usize) -> String {
    if of < 4 {
        return colour(kind, of);
    }
    let half = of.div_ceil(2);
    colour(if kind.is_multiple_of(2) { kind / 2 } else { half + kind / 2 }, of)
}

/// The colour of one of so many kinds, `#rrggbb`.
fn colour(kind: usize, of: usize) -> String {
    let at = if of < 2 { 0.0 } else { kind as f64 / (of - 1) as f64 * (COLOURS.len() - 1) as f64 };
    let (from, part) = ((at as usize).min(COLOURS.len() - 2), at.min((COLOURS.len() - 1) as f64));
    let mixed = |i: usize| COLOURS[from][i] + (COLOURS[from + 1][i] - COLOURS[from][i]) * (part - from as f64);
    format!("#{:02x}{:02x}{:02x}", mixed(0).round() as u8, mixed(1).round() as u8, mixed(2).round() as u8)
}

/// A text as XML has it; what XML cannot hold is left out.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(c),
            c if c.is_control() || ('\u{FFFE}'..='\u{FFFF}').contains(&c) => {}
            c => out.push(c),
        }
    }
    out
}

/// A coordinate with a tenth of a unit; what is no number is 0.
fn n(value: f64) -> String {
    let tenths = if value.is_finite() { (value * 10.0).round() / 10.0 } else { 0.0 };
    // no -0
    format!("{}", tenths + 0.0)
}

/// Width that a text takes, units of the drawing: a Chinese character is as wide as tall.
fn width(text: &str) -> f64 {
    text.chars().map(|c| if c < '\u{1100}' { 0.58 } else { 1.0 }).sum::<f64>() * LETTER
}

/// A drawing that is under way.
struct Drawing {
    text: String,
    /// The fill of what nobody looked at: named after the drawing, for a page has many.
    hatch: String,
}

/// Where a text begins, stands or ends.
#[derive(Clone, Copy)]
enum Anchor {
    Start,
    Middle,
    End,
}

impl Drawing {
    fn new(title: &str) -> Drawing {
        let id: String = crate::sealed::sha256(title.as_bytes()).chars().take(8).collect();
        let text = format!(
            "<title>{}</title><defs><pattern id=\"h{id}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#fff\"/>\
             <line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\" stroke=\"#999\" stroke-width=\"1.5\"/></pattern></defs>",
            escaped(title)
        );
        Drawing { text, hatch: format!("url(#h{id})") }
    }

    fn rect(&mut self, [x, y, wide, tall]: [f64; 4], fill: &str) {
        let _ = write!(
            self.text,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{fill}\"/>",
            n(x),
            n(y),
            n(wide),
            n(tall)
        );
    }

    fn line(&mut self, [x1, y1, x2, y2]: [f64; 4], stroke: &str, wide: f64) {
        let _ = write!(
            self.text,
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{stroke}\" stroke-width=\"{}\"/>",
            n(x1),
            n(y1),
            n(x2),
            n(y2),
            n(wide)
        );
    }

    fn words(&mut self, x: f64, y: f64, anchor: Anchor, words: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = write!(
            self.text,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\" fill=\"#222\">{}</text>",
            n(x),
            n(y),
            escaped(words)
        );
    }

    /// A shape as it is.
    fn raw(&mut self, shape: &str) {
        self.text.push_str(shape);
    }

    /// Names behind their signs, in as many lines as they take, from a height on; gives the height below them.
    fn legend(&mut self, top: f64, items: &[(String, String)]) -> f64 {
        let (mut x, mut y) = (LEFT, top);
        for (fill, name) in items {
            let wide = 18.0 + width(name) + 16.0;
            if x + wide > WIDE && x > LEFT {
                (x, y) = (LEFT, y + 18.0);
            }
            self.raw(&format!(
                "<rect x=\"{}\" y=\"{}\" width=\"12\" height=\"12\" fill=\"{fill}\" stroke=\"#444\" stroke-width=\"0.5\"/>",
                n(x),
                n(y)
            ));
            self.words(x + 18.0, y + 10.5, Anchor::Start, name);
            x += wide;
        }
        if items.is_empty() { top } else { y + 24.0 }
    }

    /// The upright axis with its numbers, lines and name.
    fn axis(&mut self, top: f64, axis: &Axis, name: &str) {
        for step in 0..=axis.steps {
            let value = axis.step * step as f64;
            let y = top + TALL - axis.height(value);
            self.line([LEFT, y, WIDE - RIGHT, y], if step == 0 { "#444" } else { "#ccc" }, 0.8);
            self.words(LEFT - 6.0, y + 4.0, Anchor::End, &axis.said(value));
        }
        let middle = top + TALL / 2.0;
        self.raw(&format!(
            "<text transform=\"translate(13 {}) rotate(-90)\" text-anchor=\"middle\" fill=\"#222\">{}</text>",
            n(middle),
            escaped(name)
        ));
    }

    /// The whole, which is so tall.
    fn done(self, tall: f64) -> String {
        let (wide, tall, letter) = (n(WIDE), n(tall), n(LETTER));
        format!(
            "<svg viewBox=\"0 0 {wide} {tall}\" role=\"img\" font-size=\"{letter}\" font-family=\"inherit\">{}</svg>",
            self.text
        )
    }
}

/// An axis from 0 on, with steps of 1, 2 or 5 times a power of ten.
struct Axis {
    step: f64,
    steps: usize,
}

impl Axis {
    /// One that holds the greatest of the values; what is no number does not count. `least` is the smallest step: 1 for counts.
    fn of(values: impl Iterator<Item = f64>, least: f64) -> Axis {
        const MOST: f64 = 5.0;
        let greatest = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        let rough = (greatest / MOST).max(least);
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| *step >= rough - 1e-9);
        let step = step.unwrap_or(10.0 * power);
        Axis { step, steps: ((greatest / step).ceil() as usize).max(1) }
    }

    /// How tall a value stands; what is no number or below 0 has no height.
    fn height(&self, value: f64) -> f64 {
        let share = value / (self.step * self.steps as f64);
        if share.is_finite() { share.clamp(0.0, 1.0) * TALL } else { 0.0 }
    }

    fn said(&self, value: f64) -> String {
        if self.step >= 1.0 { format!("{value:.0}") } else { format!("{value:.2}") }
    }
}

/// Every how many of so many labels one is written, that none stands on the next.
fn every(labels: &[&str], room: f64) -> usize {
    let widest = labels.iter().map(|label| width(label)).fold(0.0, f64::max) + 8.0;
    ((widest / room.max(0.1)).ceil() as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_escaped() {
        assert_eq!(escaped("<b onclick='x'>\"&\u{0}\u{1b}火\n"), "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;火\n");
    }

    /// By hand: 23 in at most 5 steps are steps of 5, five of them; 0 has one step of the least size; 101 are 3 steps of 50.
    #[test]
    fn axes_have_round_steps() {
        let of = |value: f64| {
            let axis = Axis::of([value, f64::NAN].into_iter(), 1.0);
            (axis.step, axis.steps)
        };
        assert_eq!(
            [of(23.0), of(0.0), of(101.0), of(3.0), of(f64::NAN)],
            [(5.0, 5), (1.0, 1), (50.0, 3), (1.0, 3), (1.0, 1)]
        );
        let axis = Axis::of([10.0].into_iter(), 1.0);
        assert_eq!(
            [axis.height(5.0), axis.height(f64::NAN), axis.height(-3.0), axis.height(99.0)],
            [TALL / 2.0, 0.0, 0.0, TALL]
        );
    }

    #[test]
    fn stacked_neighbours_are_not_alike() {
        let six: Vec<String> = (0..6).map(|kind| stacked(kind, 6)).collect();
        let by_lightness = [0, 3, 1, 4, 2, 5].map(|kind| colour(kind, 6));
        assert_eq!(six, by_lightness);
        let five: std::collections::BTreeSet<String> = (0..5).map(|kind| stacked(kind, 5)).collect();
        assert_eq!(five.len(), 5);
    }

    /// The ends of cividis, and its middle by the table above.
    #[test]
    fn colours_go_from_dark_to_light() {
        assert_eq!(
            [colour(0, 3), colour(1, 3), colour(2, 3), colour(0, 1)],
            ["#00224e".to_string(), "#7c7b78".into(), "#fee838".into(), "#00224e".into()]
        );
    }
}
