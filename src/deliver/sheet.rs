//! Tables in workbooks: a heading, cells as they are, and nothing that a spreadsheet takes for a formula.

use super::{PROGRAM_VERSION, atomic, rounded};
use crate::error::{Error, Result};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use std::path::Path;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A text, also where it begins like a formula.
    Text(String),
    /// A number with its decimals.
    Number(Option<f64>, i32),
    /// A share from 0 to 1, as per cent and rounded down: it never says more than was seen.
    Share(Option<f64>),
}

impl Cell {
    /// A count.
    pub fn count(count: usize) -> Cell {
        Cell::Number(Some(count as f64), 0)
    }

    /// As a page prints it: what is not there is empty.
    pub fn printed(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Number(Some(number), decimals) if number.is_finite() => {
                // no -0
                format!("{:.*}", usize::try_from(*decimals).unwrap_or(0), rounded(*number, *decimals) + 0.0)
            }
            Cell::Share(Some(share)) if share.is_finite() => format!("{:.1}%", whole(*share) * 100.0),
            Cell::Number(..) | Cell::Share(_) => String::new(),
        }
    }
}

/// A share rounded down to a tenth of a per cent.
fn whole(share: f64) -> f64 {
    (share * 1000.0 + 1e-6).floor() / 1000.0
}

/// A sheet with one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name of the sheet.
    pub name: &'static str,
    /// Over the table.
    pub title: String,
    /// Below the title: what a row is, and what must be known of it.
    pub note: String,
    /// Headings with their widths in characters.
    pub heads: &'static [(&'static str, f64)],
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// Height of a line of text, points.
const LINE_HEIGHT: f64 = 16.0;

/// Characters of a column that a text takes: two a Chinese one.
fn columns(text: &str) -> f64 {
    text.chars().map(|c| if c < '\u{1100}' { 1.0 } else { 2.0 }).sum()
}

/// Columns so wide hold sentences, which wrap.
const OF_WORDS: f64 = 60.0;

/// Rows above the headings: title and note.
const HEADER_ROW: u32 = 2;

impl Table {
    /// Adds the sheet to a workbook.
    pub(super) fn write(&self, workbook: &mut Workbook) -> std::result::Result<(), XlsxError> {
        let sheet = workbook.add_worksheet().set_name(self.name)?;
        let last = self.heads.len().saturating_sub(1).max(1) as u16;
        let title = Format::new().set_bold().set_font_size(16).set_align(FormatAlign::VerticalCenter);
        let note = Format::new().set_align(FormatAlign::VerticalCenter).set_text_wrap();
        sheet.merge_range(0, 0, 0, last, &self.title, &title)?.set_row_height(0, 28)?;
        let wide: f64 = self.heads.iter().map(|(_, width)| width).sum();
        let lines = (columns(&self.note) / wide.max(1.0)).ceil() + 1.0;
        sheet.merge_range(1, 0, 1, last, &self.note, &note)?.set_row_height(1, (LINE_HEIGHT * lines).min(400.0))?;
        // a footer without the letter of its part is read by few programs
        // A4 across, as wide as the paper, the headings on every page
        sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_footer("&C&P / &N");
        sheet.set_repeat_rows(0, HEADER_ROW)?;
        write_cells(sheet, HEADER_ROW, self.heads, self.rows.iter().cloned())
    }
}

/// Writes a workbook of tables; `day` is the date inside the file, not that of the clock: the same tables give the same bytes.
///
/// # Errors
/// [`Error::Output`] where the file cannot be made or written.
pub fn write_book(path: &Path, title: &str, day: &str, tables: &[Table]) -> Result<()> {
    atomic::write_bytes(path, &book(title, day, tables).map_err(|error| Error::output(path, error))?)
}

/// The bytes of such a workbook, to be sent.
///
/// # Errors
/// [`Error::Output`] where it cannot be made.
pub fn book_bytes(title: &str, day: &str, tables: &[Table]) -> Result<Vec<u8>> {
    book(title, day, tables).map_err(|error| Error::output(title, error))
}

fn book(title: &str, day: &str, tables: &[Table]) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(title, day)?);
    tables.iter().try_for_each(|table| table.write(&mut workbook))?;
    workbook.save_to_buffer()
}

/// What a workbook says of itself.
pub(super) fn properties(title: &str, day: &str) -> std::result::Result<DocProperties, XlsxError> {
    let created = ExcelDateTime::parse_from_str(day)?;
    Ok(DocProperties::new()
        .set_title(title)
        .set_author(format!("strawfire {PROGRAM_VERSION}"))
        .set_creation_datetime(&created))
}

/// Headings with their widths in a row, and the cells below.
pub(super) fn write_cells(
    sheet: &mut Worksheet,
    header_row: u32,
    heads: &[(&str, f64)],
    rows: impl Iterator<Item = Vec<Cell>>,
) -> std::result::Result<(), XlsxError> {
    let head = head_format();
    let formats: Vec<Format> = ["0", "0.0", "0.00", "0.000", "", "", "0.000000"]
        .iter()
        .map(|number| if number.is_empty() { Format::new() } else { Format::new().set_num_format(*number) })
        .collect();
    let share_format = Format::new().set_num_format("0.0%");
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for (column, (name, width)) in (0..).zip(heads) {
        sheet.set_column_width(column, *width)?.write_string_with_format(header_row, column, *name, &head)?;
    }
    let mut last_row = header_row;
    for (row, cells) in (header_row + 1..).zip(rows) {
        last_row = row;
        let mut lines = 1.0_f64;
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Text(text) if !text.is_empty() => match heads.get(usize::from(column)) {
                    // what is longer than its column goes on below, in a row that is high enough, and not over its neighbours
                    Some((_, wide)) if *wide >= OF_WORDS || columns(&text) > *wide => {
                        lines = lines.max((columns(&text) / (wide - 1.0).max(1.0)).ceil());
                        sheet.write_string_with_format(row, column, text, &wrapped)?
                    }
                    _ => sheet.write_string(row, column, text)?,
                },
                Cell::Number(Some(number), decimals) if number.is_finite() => {
                    let format = &formats[decimals as usize];
                    sheet.write_number_with_format(row, column, rounded(number, decimals), format)?
                }
                Cell::Share(Some(share)) if share.is_finite() => {
                    sheet.write_number_with_format(row, column, whole(share), &share_format)?
                }
                _ => sheet,
            };
        }
        if lines > 1.0 {
            sheet.set_row_height(row, (LINE_HEIGHT * lines).min(400.0))?;
        }
    }
    sheet.autofilter(header_row, 0, last_row, (heads.len() - 1) as u16)?;
    sheet.set_freeze_panes(header_row + 1, 2)?;
    Ok(())
}

pub(super) fn head_format() -> Format {
    let head = Format::new().set_bold().set_background_color("D9E2F3").set_border(FormatBorder::Thin);
    head.set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter)
}

/// Characters of a cell: a workbook allows 32,767, and no name of ours is longer than this.
pub(super) const MOST_CHARACTERS: usize = 1000;

/// A text that fits into a cell.
pub fn text(text: &str) -> Cell {
    Cell::Text(text.chars().take(MOST_CHARACTERS).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let row = vec![text("=1+1"), Cell::Number(Some(-0.001), 1), Cell::Share(Some(0.0999))];
        Table { name: "表", title: "题".into(), note: String::new(), heads: &[("a", 9.0); 3], rows: vec![row] }
    }

    /// Shares are rounded down: 9.99 per cent never become 10.0.
    #[test]
    fn cells_are_printed_as_a_workbook_shows_them() {
        let printed: Vec<String> = table().rows[0].iter().map(Cell::printed).collect();
        assert_eq!(printed, ["=1+1", "0.0", "9.9%"]);
        let nothing = [Cell::Number(None, 1), Cell::Share(None), Cell::Number(Some(f64::NAN), 0)];
        assert!(nothing.iter().all(|cell| cell.printed().is_empty()));
        assert_eq!(Cell::count(1200).printed(), "1200");
    }

    #[test]
    fn the_same_tables_give_the_same_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = |name: &str| {
            let path = folder.path().join(name);
            write_book(&path, "题", "2025-10-20", &[table()]).expect("written");
            std::fs::read(path).expect("read")
        };
        assert_eq!(book("a.xlsx"), book("b.xlsx"));
    }
}
