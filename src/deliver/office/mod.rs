//! Documents that people edit in Word, WPS or Excel, filled with what a program knows: `{{ name }}`, `{% for %}`, pictures.
//!
//! The words are those of docxtpl (Jinja2). Names that do not exist are errors: a document with holes is worse than none.

pub mod cells;
pub mod docx;
mod engine;
mod formula;
mod markup;
mod mended;
mod moved;
pub mod package;
mod picture;
mod sheet;
pub mod xlsx;

use crate::error::Error;
use std::path::Path;

/// What is wrong with a template, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    /// Part and paragraph, or sheet and cell.
    place: String,
    /// What was there.
    found: String,
    /// What to do.
    advice: String,
}

impl Fault {
    fn new(place: impl Into<String>, found: impl Into<String>, advice: impl Into<String>) -> Fault {
        Fault { place: place.into(), found: found.into(), advice: advice.into() }
    }

    /// The same within a part.
    fn within(self, part: &str) -> Fault {
        let place = if self.place.is_empty() { part.to_string() } else { format!("{part}, {}", self.place) };
        Fault { place, ..self }
    }

    fn told(self, file: &Path, expected: &str) -> Error {
        let place = [file.display().to_string(), self.place].join(": ");
        Error::config(place.trim_end_matches(": "), self.found, expected, self.advice)
    }
}
