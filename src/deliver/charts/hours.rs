//! Bars by the hour of the day, Beijing time, with the night shaded.

use super::{Anchor, Axis, Drawing, LEFT, RIGHT, TALL, UNSEEN, WIDE, colour};

/// Counts by hour.
#[derive(Debug, Clone, Copy)]
pub struct Hours<'a> {
    /// What it shows, for those who hear it.
    pub title: &'a str,
    /// Name and unit of the upright axis.
    pub axis: &'a str,
    /// Counts of 0 to 23 h; `None`: nobody ever looked at that hour.
    pub counts: [Option<usize>; 24],
    /// Whether the sun is down in the middle of the hour.
    pub is_night: [bool; 24],
}

impl Hours<'_> {
    /// As SVG.
    pub fn svg(&self) -> String {
        let mut drawing = Drawing::new(self.title);
        let hatch = drawing.hatch.clone();
        let mut legend = vec![("#e4e6ec".to_string(), "夜间".to_string())];
        legend.extend(self.counts.contains(&None).then(|| (hatch.clone(), UNSEEN.to_string())));
        let top = drawing.legend(4.0, &legend) + 8.0;
        let room = (WIDE - LEFT - RIGHT) / 24.0;
        for hour in (0..24).filter(|hour| self.is_night[*hour]) {
            drawing.rect([LEFT + room * hour as f64, top, room, TALL], "#e4e6ec");
        }
        let axis = Axis::of(self.counts.iter().flatten().map(|count| *count as f64), 1.0);
        drawing.axis(top, &axis, self.axis);
        for (hour, count) in self.counts.iter().enumerate() {
            let left = LEFT + room * hour as f64;
            match count.map(|count| axis.height(count as f64)) {
                None => drawing.rect([left + 3.0, top, room - 6.0, TALL], &hatch),
                Some(tall) if tall > 0.0 => {
                    drawing.rect([left + 3.0, top + TALL - tall, room - 6.0, tall], &colour(0, 1));
                }
                Some(_) => {}
            }
            drawing.words(left + room / 2.0, top + TALL + 17.0, Anchor::Middle, &hour.to_string());
        }
        drawing.words(WIDE - RIGHT, top + TALL + 35.0, Anchor::End, "时(北京时间)");
        drawing.done(top + TALL + 42.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: an hour has 27 of 648; 13 h begins at 58 + 351 = 409. 2 of an axis to 2 is all of 210, from 36 on.
    #[test]
    fn an_hour_stands_where_it_should() {
        let (mut counts, mut is_night) = ([Some(0); 24], [false; 24]);
        (counts[13], counts[0], is_night[1]) = (Some(2), None, true);
        let svg = Hours { title: "", axis: "处", counts, is_night }.svg();
        assert!(svg.contains(r##"<rect x="412" y="36" width="21" height="210" fill="#00224e"/>"##), "{svg}");
        assert!(svg.contains(r##"<rect x="61" y="36" width="21" height="210" fill="url(#"##), "{svg}");
        assert!(svg.contains(r##"<rect x="85" y="36" width="27" height="210" fill="#e4e6ec"/>"##), "{svg}");
        assert_eq!(svg.matches("#00224e").count(), 1, "no count, no bar");
    }
}
