//! Bars that lie: a value a row, with its name before and its number behind.

use super::{Anchor, Drawing, LETTER, RIGHT, UNSEEN, WIDE, colour, width};

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Before the bar.
    pub name: String,
    /// Its length; `None`: not known, which is not 0.
    pub value: Option<f64>,
    /// The number behind the bar, as it is said.
    pub said: String,
}

/// A chart of rows.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// What it shows, for those who hear it.
    pub title: &'a str,
    /// The rows, from above.
    pub rows: &'a [Row],
}

/// Height of a row.
const HIGH: f64 = 22.0;
/// Height of its bar.
const THICK: f64 = 14.0;
/// A name is no longer than this; more is cut.
const LONGEST: usize = 16;

impl Rows<'_> {
    /// As SVG.
    pub fn svg(&self) -> String {
        let mut drawing = Drawing::new(self.title);
        let hatch = drawing.hatch.clone();
        let has_unseen = self.rows.iter().any(|row| row.value.is_none());
        let legend: Vec<(String, String)> =
            has_unseen.then(|| (hatch.clone(), UNSEEN.to_string())).into_iter().collect();
        let top = drawing.legend(4.0, &legend) + 4.0;
        let names: Vec<String> = self.rows.iter().map(|row| cut(&row.name)).collect();
        let left = names.iter().map(|name| width(name)).fold(0.0, f64::max) + 16.0;
        let behind = self.rows.iter().map(|row| width(&row.said)).fold(0.0, f64::max) + 10.0;
        let room = (WIDE - RIGHT - left - behind).max(10.0);
        let known = || self.rows.iter().filter_map(|row| row.value).filter(|value| value.is_finite());
        let most = known().fold(0.0, f64::max);
        for (i, (row, name)) in self.rows.iter().zip(&names).enumerate() {
            let y = top + HIGH * i as f64;
            drawing.words(left - 8.0, y + (HIGH + LETTER) / 2.0 - 2.0, Anchor::End, name);
            let long = match row.value {
                Some(value) if value > 0.0 && value.is_finite() => room * value / most,
                Some(_) => 0.0,
                None => room / 8.0,
            };
            if long > 0.0 {
                let fill = if row.value.is_some() { colour(0, 1) } else { hatch.clone() };
                drawing.rect([left, y + (HIGH - THICK) / 2.0, long, THICK], &fill);
            }
            drawing.words(left + long + 6.0, y + (HIGH + LETTER) / 2.0 - 2.0, Anchor::Start, &row.said);
        }
        let bottom = top + HIGH * self.rows.len() as f64;
        drawing.line([left, top, left, bottom], "#444", 0.8);
        drawing.done(bottom + 6.0)
    }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_string();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, value: Option<f64>) -> Row {
        Row { name: name.to_string(), value, said: value.map_or("–".to_string(), |value| format!("{value}")) }
    }

    /// By hand: names of one Chinese letter are 12 wide, so bars begin at 28; the longest number, `10`, is 13.92 wide and has 23.92; of
    /// 720 - 14 - 28 - 23.92 are 654.1 left, half of it 327.
    #[test]
    fn a_bar_is_as_long_as_its_value() {
        let svg = Rows { title: "t", rows: &[row("甲", Some(10.0)), row("乙", Some(5.0)), row("丙", Some(0.0))] }.svg();
        assert!(svg.contains(r##"<rect x="28" y="12" width="654.1" height="14" fill="#00224e"/>"##), "{svg}");
        assert!(svg.contains(r##"<rect x="28" y="34" width="327" height="14" fill="#00224e"/>"##), "{svg}");
        assert_eq!(svg.matches("#00224e").count(), 2, "nothing has no bar: {svg}");
        assert!(!svg.contains(UNSEEN));
    }

    #[test]
    fn what_is_not_known_is_hatched_and_what_is_no_number_has_no_length() {
        let svg = Rows { title: "", rows: &[row("甲", None), row("<乙>", Some(f64::NAN))] }.svg();
        assert!(svg.contains(UNSEEN) && svg.contains("&lt;乙&gt;") && !svg.contains("NaN\""), "{svg}");
        assert!(Rows { title: "", rows: &[] }.svg().ends_with("</svg>"));
    }
}
