//! Somebody else's list back in its own layout: every cell as it was, with columns of ours behind the last.

mod book;
mod csv_text;
mod sheet_xml;

use super::sheet::Cell;
use std::collections::BTreeMap;

pub use book::with_columns as book_with_columns;
pub use csv_text::with_columns as csv_with_columns;

/// Columns that a sheet gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns<'a> {
    /// Name of the sheet; empty for a CSV file.
    pub sheet: &'a str,
    /// Row of the headings, from 1.
    pub header_row: usize,
    /// Headings with their widths in characters.
    pub heads: &'a [(&'a str, f64)],
    /// Cells by the number of their row, from 1.
    pub rows: BTreeMap<usize, Vec<Cell>>,
}
