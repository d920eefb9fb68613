//! Columns behind those of one sheet, in its XML: all else is copied as it comes.

use super::{Cell, Columns};
use crate::deliver::office::cells::{attribute, column_of, letters_of, row_of, without};
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};

type Out = Writer<Vec<u8>>;

/// The sheet with the columns.
///
/// # Errors
/// Where it is no XML.
pub(super) fn with_columns(xml: &[u8], columns: &Columns<'_>) -> Result<Vec<u8>, String> {
    let first = width(xml, columns.header_row)?;
    let mut edit = Edit { columns, first, row: 0, column: 0, style: None, skips: false, overlaps: false };
    let mut reader = Reader::from_reader(xml);
    let mut out = Writer::new(Vec::with_capacity(xml.len() * 2));
    let mut buffer = Vec::new();
    loop {
        let event = reader.read_event_into(&mut buffer).map_err(|error| error.to_string())?;
        if matches!(event, Event::Eof) {
            return Ok(out.into_inner());
        }
        edit.event(event, &mut out).map_err(|error| error.to_string())?;
        buffer.clear();
    }
}

/// First column without anything in it, from 0: behind the last cell with a value, and behind the headings.
fn width(xml: &[u8], header_row: usize) -> Result<usize, String> {
    let mut reader = Reader::from_reader(xml);
    let (mut buffer, mut row, mut column, mut width) = (Vec::new(), 0, 0, 0);
    loop {
        match reader.read_event_into(&mut buffer).map_err(|error| error.to_string())? {
            Event::Start(start) | Event::Empty(start) if start.local_name().as_ref() == b"row" => {
                (row, column) = (row_of(&start, row), 0);
            }
            Event::Empty(start) if start.local_name().as_ref() == b"c" => {
                column = column_of(&start, column);
                if row == header_row {
                    width = width.max(column);
                }
            }
            Event::Start(start) if start.local_name().as_ref() == b"c" => {
                column = column_of(&start, column);
                if row == header_row {
                    width = width.max(column);
                }
            }
            Event::Start(start) if matches!(start.local_name().as_ref(), b"v" | b"is" | b"f") => {
                width = width.max(column)
            }
            Event::Eof => return Ok(width),
            _ => {}
        }
        buffer.clear();
    }
}

/// A sheet that is copied.
struct Edit<'a> {
    columns: &'a Columns<'a>,
    /// Columns before the new ones.
    first: usize,
    row: usize,
    column: usize,
    /// Style of the last heading.
    style: Option<String>,
    /// Within a cell without a value that makes room.
    skips: bool,
    /// Whether a width is set for the new columns already.
    overlaps: bool,
}

impl Edit<'_> {
    fn event(&mut self, event: Event<'_>, out: &mut Out) -> std::io::Result<()> {
        match event {
            Event::Start(start) if start.local_name().as_ref() == b"row" => {
                self.begin_row(&start);
                let start = self.of_row(start);
                out.write_event(Event::Start(start))
            }
            Event::Empty(start) if start.local_name().as_ref() == b"row" => {
                self.begin_row(&start);
                if self.cells().is_none() {
                    return out.write_event(Event::Empty(start));
                }
                let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
                let start = self.of_row(start);
                out.write_event(Event::Start(start))?;
                self.write_cells(&name, out)?;
                out.write_event(Event::End(BytesEnd::new(name)))
            }
            Event::End(end) if end.local_name().as_ref() == b"row" => {
                let name = String::from_utf8_lossy(end.name().as_ref()).into_owned();
                self.write_cells(&name, out)?;
                out.write_event(Event::End(end))
            }
            Event::Empty(start) if start.local_name().as_ref() == b"c" => {
                if self.begin_cell(&start) {
                    Ok(())
                } else {
                    out.write_event(Event::Empty(start))
                }
            }
            Event::Start(start) if start.local_name().as_ref() == b"c" => {
                self.skips = self.begin_cell(&start);
                if self.skips { Ok(()) } else { out.write_event(Event::Start(start)) }
            }
            Event::End(end) if self.skips && end.local_name().as_ref() == b"c" => {
                self.skips = false;
                Ok(())
            }
            _ if self.skips => Ok(()),
            Event::Empty(start) if start.local_name().as_ref() == b"dimension" => {
                out.write_event(Event::Empty(self.wider(start)))
            }
            Event::Empty(start) if start.local_name().as_ref() == b"col" => {
                let last = attribute(&start, "max").and_then(|last| last.parse::<usize>().ok());
                self.overlaps |= last.is_none_or(|last| last > self.first);
                out.write_event(Event::Empty(start))
            }
            Event::End(end) if end.local_name().as_ref() == b"cols" => {
                let name = String::from_utf8_lossy(end.name().as_ref()).into_owned();
                self.write_widths(&name, out)?;
                out.write_event(Event::End(end))
            }
            other => out.write_event(other),
        }
    }

    fn begin_row(&mut self, start: &BytesStart<'_>) {
        (self.row, self.column) = (row_of(start, self.row), 0);
    }

    /// Whether it is an empty cell in the place of a new one, which goes.
    fn begin_cell(&mut self, start: &BytesStart<'_>) -> bool {
        self.column = column_of(start, self.column);
        if self.row == self.columns.header_row && self.column <= self.first {
            self.style = attribute(start, "s").or(self.style.take());
        }
        let is_new = (self.first + 1..=self.first + self.columns.heads.len()).contains(&self.column);
        is_new && self.cells().is_some()
    }

    /// What the row gets; `None` for one that stays as it is.
    fn cells(&self) -> Option<Vec<Cell>> {
        if self.row == self.columns.header_row {
            return Some(self.columns.heads.iter().map(|(head, _)| Cell::Text((*head).to_string())).collect());
        }
        self.columns.rows.get(&self.row).cloned()
    }

    /// Without the columns that it says it has, where it gets more.
    fn of_row<'s>(&self, start: BytesStart<'s>) -> BytesStart<'s> {
        if self.cells().is_none() {
            return start;
        }
        without(&start, "spans")
    }

    fn write_cells(&self, row: &str, out: &mut Out) -> std::io::Result<()> {
        let Some(cells) = self.cells() else { return Ok(()) };
        let prefix = row.strip_suffix("row").unwrap_or_default();
        for (column, cell) in (self.first + 1..).zip(cells) {
            let name = format!("{}{}", letters_of(column), self.row);
            write_cell(
                prefix,
                &name,
                self.style.as_deref().filter(|_| self.row == self.columns.header_row),
                &cell,
                out,
            )?;
        }
        Ok(())
    }

    fn write_widths(&self, cols: &str, out: &mut Out) -> std::io::Result<()> {
        let prefix = cols.strip_suffix("cols").unwrap_or_default();
        for (at, (_, width)) in (self.first + 1..).zip(self.columns.heads).filter(|_| !self.overlaps) {
            let mut col = BytesStart::new(format!("{prefix}col"));
            let (at, width) = (at.to_string(), width.to_string());
            for (key, value) in [("min", &at), ("max", &at), ("width", &width)] {
                col.push_attribute((key, value.as_str()));
            }
            col.push_attribute(("customWidth", "1"));
            out.write_event(Event::Empty(col))?;
        }
        Ok(())
    }

    /// `A1:H200` with the new columns in it.
    fn wider<'s>(&self, start: BytesStart<'s>) -> BytesStart<'s> {
        let Some(area) = attribute(&start, "ref") else { return start };
        let (from, to) = area.split_once(':').unwrap_or((&area, &area));
        let row = to.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let mut wide = without(&start, "ref").into_owned();
        wide.push_attribute((
            "ref",
            format!("{from}:{}{row}", letters_of(self.first + self.columns.heads.len())).as_str(),
        ));
        wide
    }
}

fn write_cell(prefix: &str, name: &str, style: Option<&str>, cell: &Cell, out: &mut Out) -> std::io::Result<()> {
    let printed: String = cell.printed().chars().filter(|c| !c.is_control()).collect();
    if printed.is_empty() && style.is_none() {
        return Ok(());
    }
    let element = |name: &str| format!("{prefix}{name}");
    let mut start = BytesStart::new(element("c"));
    start.push_attribute(("r", name));
    style.into_iter().for_each(|style| start.push_attribute(("s", style)));
    let inside: &[&str] = match cell {
        Cell::Text(_) => {
            start.push_attribute(("t", "inlineStr"));
            &["is", "t"]
        }
        _ => &["v"],
    };
    out.write_event(Event::Start(start))?;
    for name in inside {
        out.write_event(Event::Start(BytesStart::new(element(name))))?;
    }
    out.write_event(Event::Text(BytesText::new(&printed)))?;
    for name in inside.iter().rev().chain(&["c"]) {
        out.write_event(Event::End(BytesEnd::new(element(name))))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::sheet::text;
    use std::collections::BTreeMap;

    /// By hand: rows without numbers, an empty row, empty cells with a style where the new ones go.
    #[test]
    fn cells_come_behind_the_last_and_all_else_stays() {
        let xml = r#"<x:worksheet><x:dimension ref="A1:B3"/><x:cols><x:col min="1" max="2" width="9"/></x:cols><x:sheetData><x:row><x:c s="4"><x:v>1</x:v></x:c><x:c s="5"><x:v>2</x:v></x:c></x:row><x:row r="2" spans="1:2"><x:c r="A2"><x:f>1+1</x:f><x:v>2</x:v></x:c><x:c r="C2" s="7"/></x:row><x:row r="3"/></x:sheetData></x:worksheet>"#;
        let rows = BTreeMap::from([(2, vec![text("a<b")]), (3, vec![Cell::count(3)])]);
        let columns = Columns { sheet: "", header_row: 1, heads: &[("头", 12.0)], rows };
        let out = with_columns(xml.as_bytes(), &columns).expect("XML");
        let expected = r#"<x:worksheet><x:dimension ref="A1:C3"/><x:cols><x:col min="1" max="2" width="9"/><x:col min="3" max="3" width="12" customWidth="1"/></x:cols><x:sheetData><x:row><x:c s="4"><x:v>1</x:v></x:c><x:c s="5"><x:v>2</x:v></x:c><x:c r="C1" s="5" t="inlineStr"><x:is><x:t>头</x:t></x:is></x:c></x:row><x:row r="2"><x:c r="A2"><x:f>1+1</x:f><x:v>2</x:v></x:c><x:c r="C2" t="inlineStr"><x:is><x:t>a&lt;b</x:t></x:is></x:c></x:row><x:row r="3"><x:c r="C3"><x:v>3</x:v></x:c></x:row></x:sheetData></x:worksheet>"#;
        assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
    }
}
