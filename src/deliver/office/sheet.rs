//! One sheet of a workbook: rows that repeat, cells that are filled, and what lies below moved down.

mod cell;

use super::cells::{column_of, letters_of, row_of, without};
use super::markup::{self, Source, short};
use super::moved::{Moved, moved_formula, tail, with_formula};
use super::{Fault, engine};
use cell::Cell;
pub(super) use cell::texts;
use minijinja::{Environment, Value};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;
use std::ops::Range;

/// A sheet as it is read.
pub(super) struct Sheet {
    /// Before and after the rows.
    head: String,
    tail: String,
    rows: BTreeMap<usize, Row>,
    /// Rows from the first to the last of what repeats or may be left out, outermost.
    blocks: Vec<Range<usize>>,
}

#[derive(Default)]
struct Row {
    attributes: String,
    cells: Vec<Cell>,
    /// Statements before and after the row.
    before: String,
    after: String,
}

fn unreadable(found: impl ToString) -> Fault {
    Fault::new("", found.to_string(), "save it again as .xlsx in Excel or WPS")
}

impl Sheet {
    pub(super) fn read(xml: &str, strings: &[String]) -> Result<Sheet, Fault> {
        let mut sheet = Sheet { head: xml.to_string(), tail: String::new(), rows: BTreeMap::new(), blocks: Vec::new() };
        let mut reader = Reader::from_str(xml);
        let (mut row, mut column, mut cell): (usize, usize, Option<(Cell, usize)>) = (0, 0, None);
        let mut shared: BTreeMap<String, (usize, usize, String)> = BTreeMap::new();
        loop {
            let from = reader.buffer_position() as usize;
            let event = reader.read_event().map_err(unreadable)?;
            let to = reader.buffer_position() as usize;
            match event {
                Event::Eof => break,
                Event::DocType(_) => return Err(unreadable("a DOCTYPE")),
                Event::Start(start) if start.name().as_ref() == b"sheetData" => sheet.head = xml[..to].to_string(),
                Event::Empty(start) if start.name().as_ref() == b"sheetData" => return Ok(sheet),
                Event::End(end) if end.name().as_ref() == b"sheetData" => sheet.tail = xml[from..].to_string(),
                Event::Start(start) | Event::Empty(start) if start.name().as_ref() == b"row" => {
                    (row, column) = (row_of(&start, row), 0);
                    sheet.rows.insert(row, Row { attributes: attributes(&start, &["r", "spans"]), ..Row::default() });
                }
                Event::Empty(start) if start.name().as_ref() == b"c" => {
                    column = column_of(&start, column);
                    sheet.add(row, Cell::of(&start, column));
                }
                Event::Start(start) if start.name().as_ref() == b"c" => {
                    column = column_of(&start, column);
                    cell = Some((Cell::of(&start, column), to));
                }
                Event::End(end) if end.name().as_ref() == b"c" => {
                    if let Some((mut read, begins)) = cell.take() {
                        read.fill(&xml[begins..from], strings, row, &mut shared)?;
                        sheet.add(row, read);
                    }
                }
                _ => {}
            }
        }
        if sheet.tail.is_empty() {
            return Err(unreadable("a sheet without rows"));
        }
        sheet.find_blocks()?;
        if !sheet.blocks.is_empty() && sheet.tail.contains("<tablePart") {
            let advice = "make it plain cells: 表设计, 转换为区域";
            return Err(Fault::new("", "rows that repeat beside a table of Excel, which does not grow", advice));
        }
        Ok(sheet)
    }

    fn add(&mut self, row: usize, cell: Cell) {
        self.rows.entry(row).or_default().cells.push(cell);
    }

    /// Takes the statements out of the cells that begin and end blocks of rows.
    fn find_blocks(&mut self) -> Result<(), Fault> {
        let (mut depth, mut begun) = (0_usize, 0);
        for (number, row) in &mut self.rows {
            row.take_statements(*number)?;
            let opened = row.before.matches("{%").count();
            let closed = row.after.matches("{%").count();
            if depth == 0 && opened > 0 {
                begun = *number;
            }
            depth += opened;
            if closed > depth {
                let place = format!("row {number}");
                return Err(Fault::new(
                    place,
                    row.after.clone(),
                    "begin it by {% for … %} in a row above, or take it out",
                ));
            }
            depth -= closed;
            if closed > 0 && depth == 0 {
                self.blocks.push(begun..*number + 1);
            }
        }
        if depth > 0 {
            return Err(Fault::new(
                format!("row {begun}"),
                "a {% for %} or {% if %} without an end",
                "write {% endfor %} into the last row",
            ));
        }
        Ok(())
    }

    /// The template of the rows; cells are written by `cell`, see [`super::xlsx`].
    fn source(&self) -> Source {
        let mut source = Source { text: String::new(), places: Vec::new() };
        let dense = self.dense();
        let rows = (1..=dense).chain(self.rows.range(dense + 1..).map(|(number, _)| *number));
        let nothing = Row::default();
        for number in rows {
            let row = self.rows.get(&number).unwrap_or(&nothing);
            source.text.push('\n');
            source.places.push((source.text.len(), format!("row {number}")));
            source.text.push_str(&row.before);
            if !row.is_statement() {
                source.text.push_str(&format!("<row R=\"{number}\"{}>", row.attributes));
                row.cells.iter().for_each(|cell| cell.write(number, &mut source));
                source.text.push_str("</row>");
            }
            source.text.push_str(&row.after);
        }
        source
    }

    /// The last row of the last block.
    fn dense(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.end - 1)
    }

    /// Fills the rows; what is made has its old numbers still.
    pub(super) fn filled(&self, env: &Environment<'_>, values: &Value) -> Result<(String, Moved), Fault> {
        let rows = engine::render(env, &self.source(), values)?;
        let dense = self.dense();
        let (mut moved, mut last) = (Moved { blocks: self.blocks.clone(), dense, ..Moved::default() }, 0);
        moved.shift = numbers(&rows).filter(|old| *old <= dense).count() as isize - dense as isize;
        for old in numbers(&rows) {
            last = if old > dense { old.saturating_add_signed(moved.shift) } else { last + 1 };
            moved.rows.push((old, last));
            moved.ends.entry(old).or_insert((last, last)).1 = last;
        }
        if last > MOST_ROWS {
            return Err(Fault::new(
                "",
                format!("{last} rows"),
                format!("a sheet has {MOST_ROWS} at most: fill it with fewer"),
            ));
        }
        Ok((rows, moved))
    }

    /// The whole sheet with its new numbers; `all` has where the rows of each sheet went.
    pub(super) fn written(&self, name: &str, rows: &str, all: &BTreeMap<String, Moved>) -> Result<String, Fault> {
        let none = Moved::default();
        let moved = all.get(name).unwrap_or(&none);
        let mut out = without_element(&self.head, "dimension");
        for (row, (old, new)) in rows.split("<row R=\"").skip(1).zip(&moved.rows) {
            let rest = row.split_once('"').map_or("", |(_, rest)| rest);
            let rest = rest.split_once("</row>").map_or(rest, |(cells, _)| cells);
            out.push_str(&format!("<row r=\"{new}\""));
            let mut cells = rest.split("<c C=\"");
            out.push_str(cells.next().unwrap_or_default());
            for cell in cells {
                let (column, rest) = cell.split_once('"').unwrap_or(("A", ""));
                let place = format!("cell {column}{old}");
                let rest =
                    with_formula(rest, |text| moved_formula(text, (*old, *new), moved, all)).map_err(|found| {
                        Fault::new(place, found, "write the sum as {{ … }}: rows that repeat have no fixed place")
                    })?;
                out.push_str(&format!("<c r=\"{column}{new}\"{rest}"));
            }
            out.push_str("</row>");
        }
        out.push_str(&tail(&self.tail, moved)?);
        Ok(out)
    }
}

const MOST_ROWS: usize = 1_048_576;

/// Old numbers of the rows of a filled text.
fn numbers(rows: &str) -> impl Iterator<Item = usize> {
    rows.split("<row R=\"").skip(1).filter_map(|row| row.split_once('"')?.0.parse().ok())
}

/// Attributes of an element without some, as they are written.
fn attributes(start: &BytesStart<'_>, but: &[&str]) -> String {
    let rest = but.iter().fold(start.to_owned(), |start, name| without(&start, name).into_owned());
    String::from_utf8_lossy(rest.attributes_raw()).trim_end().to_string()
}

impl Row {
    /// Whether it is there for statements alone.
    fn is_statement(&self) -> bool {
        let has_statement = !(self.before.is_empty() && self.after.is_empty());
        has_statement && self.cells.iter().all(|cell| cell.text.trim().is_empty() && cell.inner.is_empty())
    }

    /// Moves statements that begin a block from the first text, and those that end one from the last.
    fn take_statements(&mut self, number: usize) -> Result<(), Fault> {
        let filled = |cell: &Cell| !(cell.text.trim().is_empty() && cell.inner.is_empty());
        let (first, last) = (self.cells.iter().position(filled), self.cells.iter().rposition(filled));
        for (at, cell) in self.cells.iter_mut().enumerate() {
            let place = format!("cell {}{number} ({})", letters_of(cell.column), short(&cell.text));
            let told = |found: String, advice: &str| Fault::new(place.clone(), found, advice);
            let tags =
                markup::tags(&cell.text).map_err(|found| told(found, "end every {{ with }} and every {% with %}"))?;
            let plain: Vec<String> = tags.iter().map(|tag| markup::plain(&cell.text[tag.clone()])).collect();
            let (begin, end) = unmatched(&plain);
            let is_led = begin.is_empty() || (Some(at) == first && leads(&cell.text, &tags, begin.len()));
            let is_ended = end.is_empty() || (Some(at) == last && trails(&cell.text, &tags, end.len()));
            if !is_led || !is_ended {
                let advice = "put {% for … %} before all else in the first cell of a row, {% endfor %} behind all else in the last";
                return Err(told("a statement of rows in the midst of a row".to_string(), advice));
            }
            let from = begin.len().checked_sub(1).map_or(0, |last| tags[last].end);
            let to = tags
                .len()
                .checked_sub(end.len())
                .and_then(|first| tags.get(first))
                .map_or(cell.text.len(), |tag| tag.start);
            self.before.push_str(&begin.concat());
            self.after.push_str(&end.concat());
            cell.text = cell.text[from..to.max(from)].to_string();
        }
        Ok(())
    }
}

/// Statements of a cell that are ended in another row or begun in one: those at its beginning, those at its end.
fn unmatched(tags: &[String]) -> (Vec<String>, Vec<String>) {
    let word = |tag: &String| {
        tag.trim_start_matches("{%").trim_start_matches(['-', '+']).trim().split(' ').next().unwrap_or("").to_string()
    };
    let (mut open, mut ends): (Vec<String>, Vec<String>) = Default::default();
    for tag in tags.iter().filter(|tag| tag.starts_with("{%")) {
        match word(tag).trim_end_matches("%}") {
            "for" | "if" => open.push(tag.clone()),
            "endfor" | "endif" if open.pop().is_none() => ends.push(tag.clone()),
            _ => {}
        }
    }
    (open, ends)
}

/// Whether the first tags of a text are at its beginning, one behind the other.
fn leads(text: &str, tags: &[Range<usize>], count: usize) -> bool {
    let gaps =
        tags.iter().take(count).scan(0, |from, tag| Some(text[std::mem::replace(from, tag.end)..tag.start].trim()));
    gaps.into_iter().all(str::is_empty)
}

/// Whether the last tags of a text are at its end.
fn trails(text: &str, tags: &[Range<usize>], count: usize) -> bool {
    let last = tags.iter().rev().take(count);
    let gaps = last.scan(text.len(), |to, tag| Some(text[tag.end..std::mem::replace(to, tag.start)].trim()));
    gaps.into_iter().all(str::is_empty)
}

fn without_element(xml: &str, name: &str) -> String {
    let Some(begins) = xml.find(&format!("<{name} ")) else { return xml.to_string() };
    let ends = xml[begins..].find("/>").map_or(begins, |length| begins + length + 2);
    format!("{}{}", &xml[..begins], &xml[ends..])
}
