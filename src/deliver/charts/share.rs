//! The share observed, day by day; days that nobody looked at are gaps.

use super::{Anchor, Axis, Drawing, LEFT, RIGHT, TALL, UNSEEN, WIDE, colour, every, n};
use std::fmt::Write as _;

/// A line of shares.
#[derive(Debug, Clone, Copy)]
pub struct ShareLine<'a> {
    /// What it shows, for those who hear it.
    pub title: &'a str,
    /// Days in their order with the share from 0 to 1; `None`, or what is no number: nobody looked.
    pub days: &'a [(String, Option<f64>)],
    /// Below this share "none found" says nothing.
    pub least: f64,
}

impl ShareLine<'_> {
    /// As SVG.
    pub fn svg(&self) -> String {
        let seen = |at: usize| self.days.get(at).and_then(|(_, share)| share.filter(|share| share.is_finite()));
        let has_gaps = (0..self.days.len()).any(|at| seen(at).is_none());
        let mut drawing = Drawing::new(self.title);
        let hatch = drawing.hatch.clone();
        let mut legend = vec![(colour(0, 1), "有效观测".to_string())];
        legend.extend(has_gaps.then(|| (hatch.clone(), UNSEEN.to_string())));
        let top = drawing.legend(4.0, &legend) + 8.0;
        let room = (WIDE - LEFT - RIGHT) / self.days.len().max(1) as f64;
        for at in (0..self.days.len()).filter(|at| seen(*at).is_none()) {
            drawing.rect([LEFT + room * at as f64, top, room, TALL], &hatch);
        }
        let axis = Axis { step: 20.0, steps: 5 };
        drawing.axis(top, &axis, "有效观测(%)");
        let point = |at: usize, share: f64| (LEFT + room * (at as f64 + 0.5), top + TALL - axis.height(100.0 * share));
        let mut run: Vec<(f64, f64)> = Vec::new();
        for at in 0..=self.days.len() {
            match seen(at) {
                Some(share) => run.push(point(at, share)),
                None => draw(&mut drawing, &std::mem::take(&mut run), room),
            }
        }
        let y = top + TALL - axis.height(100.0 * self.least);
        drawing.raw(&format!(
            "<line x1=\"{}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"#a33\" stroke-width=\"1\" stroke-dasharray=\"5 3\"/>",
            n(LEFT),
            n(WIDE - RIGHT),
            y = n(y)
        ));
        let labels: Vec<&str> = self.days.iter().map(|(day, _)| day.as_str()).collect();
        let every = every(&labels, room);
        for (at, label) in labels.iter().enumerate().filter(|(at, _)| at % every == 0) {
            drawing.words(LEFT + room * (at as f64 + 0.5), top + TALL + 17.0, Anchor::Middle, label);
        }
        drawing.done(top + TALL + 26.0)
    }
}

/// Days that follow each other: a line, with a dot a day where there is room, and always where the day stands alone.
fn draw(drawing: &mut Drawing, run: &[(f64, f64)], room: f64) {
    if run.len() > 1 {
        let mut path = String::new();
        for (x, y) in run {
            let _ = write!(path, "{}{},{}", if path.is_empty() { "" } else { " " }, n(*x), n(*y));
        }
        drawing.raw(&format!(
            "<polyline points=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\"/>",
            colour(0, 1)
        ));
    }
    if run.len() == 1 || room > 10.0 {
        for (x, y) in run {
            drawing.raw(&format!("<circle cx=\"{}\" cy=\"{}\" r=\"3\" fill=\"{}\"/>", n(*x), n(*y), colour(0, 1)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: of three days in 648 each has 216, the middles are 166, 382 and 598; half of 210 above 246 is 141, nothing is 246.
    #[test]
    fn a_day_without_a_look_is_a_gap_and_not_zero() {
        let days = [("1", Some(0.5)), ("2", None), ("3", Some(0.0))].map(|(day, share)| (day.to_string(), share));
        let svg = ShareLine { title: "", days: &days, least: 0.1 }.svg();
        assert!(svg.contains(r#"<circle cx="166" cy="141" r="3""#) && svg.contains(r#"<circle cx="598" cy="246""#));
        assert!(!svg.contains("polyline"), "a line over the gap: {svg}");
        assert!(svg.contains(r##"<rect x="274" y="36" width="216" height="210" fill="url(#"##), "{svg}");
        let days = [("1", Some(0.5)), ("2", Some(1.0)), ("3", Some(f64::NAN))].map(|(day, s)| (day.to_string(), s));
        let svg = ShareLine { title: "", days: &days, least: 0.1 }.svg();
        assert!(svg.contains(r#"points="166,141 382,36""#) && !svg.contains("NaN"), "{svg}");
        assert!(svg.contains(r#"y1="225""#), "the least share, a tenth of 210 above 246");
    }
}
