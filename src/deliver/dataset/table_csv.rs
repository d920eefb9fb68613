//! A table as CSV: UTF-8, RFC 3339 times, lists as JSON, an empty field where nothing is known.

use super::column::{Record, Value};
use crate::deliver::hotspots_csv;
use std::io::Write;

/// A CSV that is being written.
pub(super) struct TableCsv<W: Write>(csv::Writer<W>);

impl<W: Write> TableCsv<W> {
    /// One with its head alone.
    pub(super) fn begin<R: Record>(out: W) -> std::io::Result<Self> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(R::COLUMNS.iter().map(|column| column.name))?;
        Ok(TableCsv(csv))
    }

    /// Puts rows below.
    pub(super) fn rows<R: Record>(&mut self, rows: &[R::Row<'_>]) -> std::io::Result<()> {
        for row in rows {
            self.0.write_record(R::COLUMNS.iter().map(|column| text(&column.value(row))))?;
        }
        Ok(())
    }

    /// What it was written into.
    pub(super) fn end(self) -> std::io::Result<W> {
        self.0.into_inner().map_err(|error| error.into_error())
    }
}

/// As a program reads it; a text that begins like a formula is guarded as in all our lists.
fn text(value: &Value<'_>) -> String {
    match value {
        Value::Missing => String::new(),
        Value::Text(text) => hotspots_csv::text(text),
        Value::Float(number) => number.to_string(),
        Value::Whole(number) => number.to_string(),
        Value::Flag(is) => is.to_string(),
        Value::Time(at) => at.rfc3339(),
    }
}
