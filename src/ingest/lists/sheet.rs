//! Cells of a workbook or of a CSV file, row by row, within bounds.

use super::refused::{Refused, Wrong};
use super::text;
use calamine::{DataRef, Dimensions, Reader as _, SheetVisible, Xlsx};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::path::Path;

/// Rows that are read of a list at most.
pub const MOST_ROWS: usize = 100_000;
/// Columns that are looked at.
pub const MOST_COLUMNS: usize = 200;
/// Bytes of a list at most, and of one that is unpacked.
pub(super) const MOST_BYTES: u64 = 64 << 20;
pub(super) const MOST_UNPACKED: u64 = 256 << 20;
/// Parts of a workbook at most.
const MOST_PARTS: usize = 5000;

type Result<T> = std::result::Result<T, Refused>;

/// What a cell holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// A text; also what a formula could not reckon.
    Text(String),
    /// A number.
    Number(f64),
    /// A date, a clock, or both.
    Moment {
        /// Year, month, day.
        date: Option<(i16, i8, i8)>,
        /// Hour, minute, second.
        clock: Option<(i8, i8, i8)>,
    },
}

impl Cell {
    /// As a person reads it.
    pub fn shown(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.trim().to_string(),
            Cell::Number(number) => number.to_string(),
            Cell::Moment { date, clock } => {
                let date = date.map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"));
                let clock = clock.map(|(hour, minute, second)| format!("{hour:02}:{minute:02}:{second:02}"));
                date.into_iter().chain(clock).collect::<Vec<_>>().join(" ")
            }
        }
    }

    fn of_text(text: &str) -> Cell {
        if text.trim().is_empty() { Cell::Empty } else { Cell::Text(text.to_string()) }
    }
}

/// A sheet; of a CSV file the only one.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Its name; empty of a CSV file.
    pub name: String,
    /// Rows that hold something, by their number from 1.
    pub rows: BTreeMap<usize, Vec<Cell>>,
}

/// All that a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheets {
    /// Sheets that people see.
    pub shown: Vec<Sheet>,
    /// Names of those that they do not.
    pub hidden: Vec<String>,
    /// Of a CSV file how its text is kept.
    pub form: Option<text::Form>,
}

/// Reads a file whole.
///
/// # Errors
/// What it is refused for.
pub fn read(path: &Path, delimiter: Option<u8>) -> Result<(Vec<u8>, Sheets)> {
    let unread = |error| Refused::of(path, Wrong::Unread(error));
    let size = std::fs::metadata(path).map_err(unread)?.len();
    if size > MOST_BYTES {
        return Err(Refused::of(path, Wrong::TooLarge(size)));
    }
    let bytes = std::fs::read(path).map_err(unread)?;
    let sheets = of_bytes(path, &bytes, delimiter)?;
    Ok((bytes, sheets))
}

/// The same of bytes that came another way; `path` is what they are called in messages.
///
/// # Errors
/// What they are refused for.
pub fn of_bytes(path: &Path, bytes: &[u8], delimiter: Option<u8>) -> Result<Sheets> {
    match bytes {
        [] => Err(Refused::of(path, Wrong::Empty)),
        [b'P', b'K', ..] => book(path, bytes),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(Refused::of(path, Wrong::OldForm)),
        _ => csv(path, bytes, delimiter),
    }
}

fn csv(path: &Path, bytes: &[u8], delimiter: Option<u8>) -> Result<Sheets> {
    let (text, form) = text::decode(bytes, delimiter).ok_or_else(|| Refused::of(path, Wrong::NoText))?;
    let mut rows = BTreeMap::new();
    for record in text::records(&text, form.delimiter) {
        if rows.len() >= MOST_ROWS {
            return Err(Refused::of(path, Wrong::TooLong).at("", Some(record.row)));
        }
        rows.insert(record.row, record.fields.iter().take(MOST_COLUMNS).map(|field| Cell::of_text(field)).collect());
    }
    Ok(Sheets { shown: vec![Sheet { name: String::new(), rows }], hidden: Vec::new(), form: Some(form) })
}

fn book(path: &Path, bytes: &[u8]) -> Result<Sheets> {
    let wrong = |wrong: Wrong| Refused::of(path, wrong);
    match unpacked(bytes) {
        Some(size) if size <= MOST_UNPACKED => {}
        Some(_) => return Err(wrong(Wrong::TooMuchUnpacked)),
        None => return Err(wrong(Wrong::Damaged)),
    }
    let mut book: Xlsx<_> =
        Xlsx::new(Cursor::new(bytes)).map_err(|error| wrong(Wrong::OfProgram(error.to_string())))?;
    let all: Vec<(String, bool)> = book
        .sheets_metadata()
        .iter()
        .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
        .collect();
    let mut sheets = Sheets { shown: Vec::new(), hidden: Vec::new(), form: None };
    for (name, visible) in all {
        if visible {
            sheets.shown.push(sheet(path, &mut book, name)?);
        } else {
            sheets.hidden.push(name);
        }
    }
    Ok(sheets)
}

/// Bytes of all parts, really unpacked: what a packed file says of itself may be wrong. `None` where it is damaged.
fn unpacked(bytes: &[u8]) -> Option<u64> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok().filter(|archive| archive.len() <= MOST_PARTS)?;
    let mut total = 0;
    for at in 0..archive.len() {
        let part = archive.by_index(at).ok()?;
        let mut rest = part.take(MOST_UNPACKED + 1 - total);
        total += std::io::copy(&mut rest, &mut std::io::sink()).ok()?;
        if total > MOST_UNPACKED {
            break;
        }
    }
    Some(total)
}

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Cell by cell: one that stands far out at the edge of the cloth makes no rows and columns up to it.
fn sheet(path: &Path, book: &mut Book<'_>, name: String) -> Result<Sheet> {
    let wrong = |error: calamine::XlsxError| Refused::of(path, Wrong::OfProgram(error.to_string())).at(&name, None);
    let merged = book.worksheet_merge_cells(&name).transpose().map_err(wrong)?.unwrap_or_default();
    let mut rows: BTreeMap<usize, Vec<Cell>> = BTreeMap::new();
    // a sheet of charts has no cells
    let Ok(mut reader) = book.worksheet_cells_reader(&name) else { return Ok(Sheet { name, rows }) };
    while let Some(cell) = reader.next_cell().map_err(wrong)? {
        let (row, column) = cell.get_position();
        let value = value(cell.get_value());
        if value == Cell::Empty || column as usize >= MOST_COLUMNS {
            continue;
        }
        put(&mut rows, row as usize + 1, column as usize, value);
        if rows.len() > MOST_ROWS {
            return Err(Refused::of(path, Wrong::TooLong).at(&name, Some(row as usize + 1)));
        }
    }
    drop(reader);
    merged.iter().for_each(|area| fill(&mut rows, area));
    Ok(Sheet { name, rows })
}

fn put(rows: &mut BTreeMap<usize, Vec<Cell>>, row: usize, column: usize, value: Cell) {
    let cells = rows.entry(row).or_default();
    cells.resize(cells.len().max(column + 1), Cell::Empty);
    cells[column] = value;
}

/// What stands in a merged area holds for each of its cells, in rows that hold something else.
fn fill(rows: &mut BTreeMap<usize, Vec<Cell>>, area: &Dimensions) {
    let (top, left) = (area.start.0 as usize + 1, area.start.1 as usize);
    let (bottom, right) = (area.end.0 as usize + 1, area.end.1 as usize);
    let Some(value) = rows.get(&top).and_then(|cells| cells.get(left)).cloned() else { return };
    // a title over the whole breadth is no value of columns
    if right > left || value == Cell::Empty || bottom <= top {
        return;
    }
    let below: Vec<usize> = rows.range(top + 1..=bottom).map(|(row, _)| *row).collect();
    for row in below {
        put(rows, row, left, value.clone());
    }
}

fn value(cell: &DataRef<'_>) -> Cell {
    match cell {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::of_text(text),
        DataRef::SharedString(text) => Cell::of_text(text),
        DataRef::Bool(value) => Cell::Text(value.to_string()),
        DataRef::Error(error) => Cell::Text(error.to_string()),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            let days = at.as_f64();
            let small = |value: u8| i8::try_from(value).unwrap_or(i8::MAX);
            let date = i16::try_from(year).ok().map(|year| (year, small(month), small(day)));
            Cell::Moment {
                date: date.filter(|_| days >= 1.0),
                clock: (days.fract() != 0.0 || days < 1.0).then(|| (small(hour), small(minute), small(second))),
            }
        }
    }
}
