//! Coordinates as people write them: decimal degrees, or degrees, minutes and seconds with any of their marks.

use crate::place::METRES_A_DEGREE;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// Degrees east.
    Lon,
    /// Degrees north.
    Lat,
}

/// A coordinate, and how finely it was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Angle {
    /// Degrees.
    pub degrees: f64,
    /// One standard error of its rounding, metres (along a meridian).
    pub rounding_m: f64,
}

/// Full-width letters, digits and signs as their usual forms; all blanks as one.
pub fn half_width(text: &str) -> String {
    let usual = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' | '\t' | '\r' | '\n' => ' ',
        _ => c,
    };
    text.chars().map(usual).collect::<String>().trim().to_string()
}

/// Reads a coordinate; `None` where the text is none.
pub fn angle(text: &str, axis: Axis) -> Option<Angle> {
    let (text, west_or_south) = without_hemisphere(&plain(text), axis)?;
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest.to_string()),
        None => (1.0, text.strip_prefix('+').unwrap_or(&text).to_string()),
    };
    if sign < 0.0 && west_or_south {
        return None;
    }
    let parts = parts(&text)?;
    let [degrees, minutes, seconds] = parts.values;
    let most = if axis == Axis::Lon { 180.0 } else { 90.0 };
    let degrees = degrees + minutes / 60.0 + seconds / 3600.0;
    let in_range = minutes < 60.0 && seconds < 60.0 && degrees <= most;
    let sign = if west_or_south { -1.0 } else { sign };
    // a rounded value lies evenly within its last digit
    let rounding_m = parts.last_digit_deg * METRES_A_DEGREE / 12_f64.sqrt();
    in_range.then_some(Angle { degrees: sign * degrees, rounding_m })
}

/// With one form of each mark.
fn plain(text: &str) -> String {
    let marks = |c: char| match c {
        '度' | 'º' | '˚' | '○' => '°',
        '分' | '’' | '‘' | '′' | '`' | '＇' => '\'',
        '秒' | '”' | '“' | '″' | '〃' => '"',
        '−' | '－' => '-',
        other => other,
    };
    let text: String = half_width(text).chars().map(marks).collect();
    let text = text.replace("''", "\"").replace("东经", "E").replace("北纬", "N");
    text.replace("西经", "W").replace("南纬", "S").replace(['东'], "E").replace(['北'], "N").to_uppercase()
}

/// The text without the letter of its hemisphere, and whether that is west or south; `None` for a letter of the other axis.
fn without_hemisphere(text: &str, axis: Axis) -> Option<(String, bool)> {
    let letter = |c: &char| c.is_alphabetic();
    let found: Vec<char> = text.chars().filter(letter).collect();
    let rest: String = text.chars().filter(|c| !c.is_alphabetic()).collect();
    let rest = rest.trim_matches([' ', ':']).to_string();
    let ends = text.trim().starts_with(letter_of(&found)?) || text.trim().ends_with(letter_of(&found)?);
    match (found.as_slice(), axis) {
        ([], _) => Some((rest, false)),
        (['E'], Axis::Lon) | (['N'], Axis::Lat) if ends => Some((rest, false)),
        (['W'], Axis::Lon) | (['S'], Axis::Lat) if ends => Some((rest, true)),
        _ => None,
    }
}

fn letter_of(found: &[char]) -> Option<char> {
    if found.len() > 1 { None } else { Some(found.first().copied().unwrap_or(' ')) }
}

struct Parts {
    /// Degrees, minutes, seconds.
    values: [f64; 3],
    /// What the last digit counts, degrees.
    last_digit_deg: f64,
}

/// Up to three numbers with marks, blanks or colons between; only the last has decimals.
fn parts(text: &str) -> Option<Parts> {
    let mut numbers: Vec<&str> = Vec::new();
    let mut rest = text.trim();
    // each part may be followed by its own mark, or by none of them
    for marks in [['°', ':', '-'], ['\'', ':', '-'], ['"', '"', '"']] {
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        numbers.push(&rest[..end]);
        let after = rest[end..].trim_start();
        rest = after.strip_prefix(marks).unwrap_or(after).trim_start();
    }
    let last = numbers.len().checked_sub(1)?;
    let whole = |number: &&str| !number.contains('.');
    if !rest.is_empty() || !numbers[..last].iter().all(whole) {
        return None;
    }
    let mut values = [0.0; 3];
    for (value, number) in values.iter_mut().zip(&numbers) {
        *value = number.parse().ok().filter(|_| number.len() <= 24)?;
    }
    let decimals = numbers[last].split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let unit = [1.0, 1.0 / 60.0, 1.0 / 3600.0][last];
    Some(Parts { values, last_digit_deg: unit * 10_f64.powi(-i32::try_from(decimals).unwrap_or(9)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 24' 36" are 24.6 minutes, 0.41 degrees.
    #[test]
    fn every_form_of_a_coordinate_is_read() {
        for text in [
            "102.41",
            "102°24′36″E",
            "102°24'36\"",
            "１０２°２４′３６″",
            "102度24分36秒",
            "E102°24′36″",
            "东经102°24′36″",
            "102 24 36",
            "102:24:36",
            "102-24-36",
            "102°24.6′",
            "102°24’36”",
            "102° 24' 36''",
            "102.410°E",
        ] {
            let found = angle(text, Axis::Lon).unwrap_or_else(|| panic!("{text}"));
            assert!((found.degrees - 102.41).abs() < 1e-9, "{text}: {found:?}");
        }
        assert_eq!(angle("36°30′N", Axis::Lat).map(|a| a.degrees), Some(36.5));
        assert_eq!(angle("3.5S", Axis::Lat).map(|a| a.degrees), Some(-3.5));
    }

    #[test]
    fn what_is_no_coordinate_is_none() {
        for text in [
            "",
            "-",
            "约102",
            "102.41.3",
            "102°61′",
            "102°24′60″",
            "102.5°30′",
            "102°24′36″N",
            "#REF!",
            "1024436",
            "102,41",
            "NaN",
            "1e2",
        ] {
            assert_eq!(angle(text, Axis::Lon), None, "{text}");
        }
        assert_eq!(angle("102.41", Axis::Lat), None, "no latitude");
        assert_eq!(angle("-3 S", Axis::Lat), None, "twice south");
    }

    /// By hand: two decimals are cells of 1,111.95 m, over the root of twelve 321 m; whole seconds 30.9 m, 8.9 m.
    #[test]
    fn a_coordinate_knows_how_coarse_it_is() {
        let metres = |text| angle(text, Axis::Lon).expect("read").rounding_m;
        assert!((metres("102.41") - 321.0).abs() < 0.1 && (metres("102°24′36″") - 8.916).abs() < 0.01);
    }
}
