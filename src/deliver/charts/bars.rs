//! Stacked bars: counts of several kinds, side by side in time.

use super::{Anchor, Axis, Drawing, LEFT, RIGHT, TALL, UNSEEN, WIDE, every, stacked, width};

/// A bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What stands under it.
    pub label: String,
    /// Its parts from below, one a kind; a part that is no number has no height. `None`: nobody looked.
    pub parts: Option<Vec<f64>>,
    /// Some of its kinds were not looked at: it has a star upon it.
    pub is_partial: bool,
}

/// A chart of stacked bars.
#[derive(Debug, Clone, Copy)]
pub struct Bars<'a> {
    /// What it shows, for those who hear it.
    pub title: &'a str,
    /// Name and unit of the upright axis.
    pub axis: &'a str,
    /// Names of the kinds; one alone needs no legend.
    pub kinds: &'a [String],
    /// The bars.
    pub bars: &'a [Bar],
}

/// Share of the room of a bar that it fills.
const FILLED: f64 = 0.72;
/// A bar is no wider than this.
const WIDEST: f64 = 60.0;

impl Bars<'_> {
    /// As SVG.
    pub fn svg(&self) -> String {
        let has_unseen = self.bars.iter().any(|bar| bar.parts.is_none());
        let mut legend: Vec<(String, String)> = match self.kinds {
            [_] | [] => Vec::new(),
            kinds => kinds.iter().enumerate().map(|(i, kind)| (stacked(i, kinds.len()), kind.clone())).collect(),
        };
        let mut drawing = Drawing::new(self.title);
        legend.extend(has_unseen.then(|| (drawing.hatch.clone(), UNSEEN.to_string())));
        let top = drawing.legend(4.0, &legend) + 8.0;
        let sum = |bar: &Bar| bar.parts.iter().flatten().filter(|part| part.is_finite()).sum::<f64>();
        let axis = Axis::of(self.bars.iter().map(sum), 1.0);
        drawing.axis(top, &axis, self.axis);
        let room = (WIDE - LEFT - RIGHT) / self.bars.len().max(1) as f64;
        let labels: Vec<&str> = self.bars.iter().map(|bar| bar.label.as_str()).collect();
        let every = every(&labels, room);
        for (i, bar) in self.bars.iter().enumerate() {
            let middle = LEFT + room * (i as f64 + 0.5);
            self.bar(&mut drawing, &axis, (middle, (room * FILLED).min(WIDEST), top + TALL), bar);
            if i % every == 0 {
                // the last label ends within the drawing
                let x = middle.min(WIDE - 2.0 - width(&bar.label) / 2.0);
                drawing.words(x, top + TALL + 17.0, Anchor::Middle, &bar.label);
            }
        }
        drawing.done(top + TALL + 26.0)
    }

    fn bar(&self, drawing: &mut Drawing, axis: &Axis, (middle, wide, bottom): (f64, f64, f64), bar: &Bar) {
        let left = middle - wide / 2.0;
        let Some(parts) = &bar.parts else {
            let hatch = drawing.hatch.clone();
            drawing.rect([left, bottom - TALL, wide, TALL], &hatch);
            return;
        };
        let mut y = bottom;
        for (kind, part) in parts.iter().enumerate() {
            let tall = axis.height(*part);
            if tall > 0.0 {
                y -= tall;
                drawing.rect([left, y, wide, tall], &stacked(kind, self.kinds.len()));
                // neighbours in grey too
                drawing.line([left, y, left + wide, y], "#fff", 0.6);
            }
        }
        if bar.is_partial {
            drawing.words(middle, (y - 2.0).max(bottom - TALL + 10.0), Anchor::Middle, "*");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, parts: Option<Vec<f64>>) -> Bar {
        Bar { label: label.to_string(), parts, is_partial: false }
    }

    /// By hand: the greatest sum, 4, makes an axis to 4, so 1 is 52.5 of 210 tall; the room of 648 is for two bars, 60 wide at most; the first
    /// bar's middle is 58 + 162 = 220. The legend takes 24 from 4 on and the plot begins 8 below it: its bottom is at 36 + 210 = 246.
    #[test]
    fn a_bar_stands_where_it_should() {
        let kinds = ["甲".to_string(), "乙".to_string()];
        let bars = [bar("a", Some(vec![1.0, 3.0])), bar("b", None)];
        let svg = Bars { title: "t", axis: "处", kinds: &kinds, bars: &bars }.svg();
        assert!(svg.contains(r##"<rect x="190" y="193.5" width="60" height="52.5" fill="#00224e"/>"##), "{svg}");
        assert!(svg.contains(r##"<rect x="190" y="36" width="60" height="157.5" fill="#fee838"/>"##), "{svg}");
        assert!(svg.contains(r##"<rect x="514" y="36" width="60" height="210" fill="url(#"##), "{svg}");
        assert!(svg.contains(UNSEEN));
    }

    #[test]
    fn nothing_and_what_is_no_number_have_no_height() {
        let kinds = ["<甲>".to_string()];
        let bars = [bar("x & y", Some(vec![0.0])), bar("z", Some(vec![f64::NAN]))];
        let svg = Bars { title: "\"", axis: "处", kinds: &kinds, bars: &bars }.svg();
        assert_eq!(svg.matches("<rect").count(), 1, "the hatch alone: {svg}");
        assert!(!svg.contains("NaN") && svg.contains("x &amp; y") && svg.contains("<title>&quot;</title>"), "{svg}");
        let empty = Bars { title: "", axis: "", kinds: &[], bars: &[] }.svg();
        assert!(empty.starts_with("<svg") && empty.ends_with("</svg>"));
    }
}
