//! Elements of orbits as they are published: sets of two lines, with or without a line of the name before them.

use super::orbit::{Orbit, epoch};
use super::orbiters::orbiter;
use crate::error::{Error, Result};
use crate::time::Utc;
use sgp4::Elements;
use std::collections::BTreeMap;
use std::path::Path;

/// The newest elements of each satellite of a file.
#[derive(Debug, Clone, Default)]
pub struct Tles {
    newest: BTreeMap<u64, Elements>,
}

/// Characters of a line of elements.
const LENGTH: usize = 69;
const ADVICE: &str = "fetch the file again (CelesTrak: gp.php?GROUP=weather&FORMAT=tle)";

impl Tles {
    /// Reads a file of elements.
    ///
    /// # Errors
    /// [`Error::Read`] where the file cannot be read; else as [`Tles::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Tles> {
        let path = path.as_ref();
        let text = std::fs::read(path).map_err(|source| Error::read(path, source))?;
        Tles::parse(path, &String::from_utf8_lossy(&text))
    }

    /// Elements in a text; `path` is where it is from, for messages.
    ///
    /// # Errors
    /// [`Error::Input`] with the number of the line where one is cut, has a wrong checksum, is of another satellite than the line
    /// before or is no line of elements, and where the text holds no elements at all.
    pub fn parse(path: &Path, text: &str) -> Result<Tles> {
        let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        let mut lines = lines.map(|(index, line)| (index + 1, line.trim_end())).filter(|(_, line)| !line.is_empty());
        let mut tles = Tles::default();
        while let Some((number, line)) = lines.next() {
            if is_line('2', line) {
                return Err(wrong(path, number, "a second line without the first before it"));
            }
            if !is_line('1', line) {
                // the name of the satellite, which people spell as they like; the number tells
                continue;
            }
            let Some((_, second)) = lines.next().filter(|(_, next)| next.starts_with("2 ")) else {
                return Err(wrong(path, number, "a first line without the second after it"));
            };
            tles.keep(set(path, number, line, second)?);
        }
        if tles.newest.is_empty() {
            return Err(Error::input(path, "no set of elements", "lines that begin with 1 and 2", ADVICE));
        }
        Ok(tles)
    }

    fn keep(&mut self, elements: Elements) {
        let is_older = |known: &Elements| known.datetime > elements.datetime;
        if !self.newest.get(&elements.norad_id).is_some_and(is_older) {
            self.newest.insert(elements.norad_id, elements);
        }
    }

    /// Days between the time of a satellite's elements and a moment, before or after; `None` without elements of it.
    pub fn age_days(&self, satellite: &str, at: Utc) -> Option<f64> {
        Some(at.seconds_since(epoch(self.of(satellite)?)?).abs() / 86_400.0)
    }

    pub(super) fn orbit(&self, satellite: &str) -> Option<Orbit> {
        Orbit::new(self.of(satellite)?)
    }

    fn of(&self, satellite: &str) -> Option<&Elements> {
        self.newest.get(&orbiter(satellite)?.number)
    }
}

/// Whether a line is meant as one of elements, even if it was cut; names are no longer than 24 characters.
fn is_line(kind: char, line: &str) -> bool {
    line.starts_with(kind) && line.get(1..2) == Some(" ") && line.len() > 24
}

/// One set, whose first line is that of this number.
fn set(path: &Path, number: usize, first: &str, second: &str) -> Result<Elements> {
    for (number, line) in [(number, first), (number + 1, second)] {
        check(line).map_err(|found| wrong(path, number, &found))?;
    }
    let satellite = |line: &str| line.get(2..7).unwrap_or_default().trim().to_string();
    if satellite(first) != satellite(second) {
        let found = format!("satellite {}, after a first line of {}", satellite(second), satellite(first));
        return Err(wrong(path, number + 1, &found));
    }
    Elements::from_tle(None, first.as_bytes(), second.as_bytes())
        .map_err(|error| wrong(path, number, &format!("elements that cannot be read ({error})")))
}

/// What is wrong with a line by itself.
fn check(line: &str) -> std::result::Result<(), String> {
    if !line.is_ascii() || line.len() != LENGTH {
        return Err(format!("a line of {} characters", line.chars().count()));
    }
    let (text, last) = line.split_at(LENGTH - 1);
    let sum: u32 = text.chars().map(|c| if c == '-' { 1 } else { c.to_digit(10).unwrap_or(0) }).sum();
    if last.parse() == Ok(sum % 10) {
        Ok(())
    } else {
        Err(format!("the checksum {last} where the line gives {}", sum % 10))
    }
}

fn wrong(path: &Path, number: usize, found: &str) -> Error {
    let expected = "two lines of 69 characters with checksum, of one satellite";
    Error::input(path, format!("at line {number} {found}"), expected, ADVICE)
}

#[cfg(test)]
mod tests {
    use super::*;

    // CelesTrak, 4 October 2026; the older set has another epoch only (and so another checksum)
    const FIRST: &str = "1 43013U 17073A   26277.53648533  .00000027  00000+0  33946-4 0  9997";
    const SECOND: &str = "2 43013  98.7849 216.0558 0000747  30.8694 329.2526 14.19528931459980";
    const OLDER: &str = "1 43013U 17073A   26270.53648533  .00000027  00000+0  33946-4 0  9990";

    fn at(text: &str) -> Utc {
        Utc::parse(text).expect("a time")
    }

    fn parse(text: &str) -> Result<Tles> {
        Tles::parse(Path::new("a.tle"), text)
    }

    /// Day 277 of 2026 is 4 October; .53648533 of a day is 12:52:32.333.
    #[test]
    fn sets_of_two_and_three_lines_are_read_and_the_newest_is_kept() {
        for text in [
            format!("{FIRST}\n{SECOND}\n"),
            format!("NOAA 20 (JPSS-1)\r\n{FIRST}  \r\n{SECOND}\r\n"),
            format!("0 NOAA 20\n{FIRST}\n{SECOND}\n\n{OLDER}\n{SECOND}"),
            format!("\u{feff}{OLDER}\n{SECOND}\n2 KUNS\n{FIRST}\n{SECOND}"),
        ] {
            let tles = parse(&text).expect(&text);
            let age = tles.age_days("NOAA-20", at("2026-10-06T00:52:32.332512Z")).expect("elements");
            assert!((age - 1.5).abs() < 1e-9, "{age} {text}");
            assert_eq!(tles.age_days("NOAA-20", at("2026-10-03T00:52:32.332512Z")), Some(1.5));
            assert_eq!(tles.age_days("NOAA-21", at("2026-10-04T00:00:00Z")), None);
        }
    }

    #[test]
    fn an_error_names_the_line() {
        let name = "NOAA 20";
        for (text, line, what) in [
            (
                format!("{name}\n{FIRST}\n{}\n", SECOND.replace("98.7849", "98.7848")),
                3,
                "checksum 0 where the line gives 9",
            ),
            (format!("{FIRST}\n{}\n", SECOND.replace("43013", "43031")), 2, "satellite 43031"),
            (format!("{FIRST}\n{SECOND}\n{name}\n{FIRST}\n"), 4, "without the second"),
            (format!("{FIRST}\n{SECOND}\n{SECOND}\n"), 3, "without the first"),
            (format!("{name}\n{}\n{SECOND}\n", &FIRST[..60]), 2, "60 characters"),
            (format!("{FIRST}\n{}", &SECOND[..20]), 2, "20 characters"),
        ] {
            let error = parse(&text).expect_err(&text).to_string();
            assert!(error.contains(&format!("a.tle: found at line {line} ")) && error.contains(what), "{error}");
        }
        for text in ["", "<html><body>403</body></html>", "No GP data found"] {
            assert!(parse(text).expect_err(text).to_string().contains("no set of elements"));
        }
    }
}
