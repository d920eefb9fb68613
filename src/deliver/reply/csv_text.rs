//! Columns behind those of a CSV file.

use super::{Cell, Columns};
use crate::ingest::lists::text::{Form, decode, encode, records};

/// The file with the columns; `None` where it is no text in that form.
pub fn with_columns(bytes: &[u8], form: Form, columns: &Columns<'_>) -> Option<Vec<u8>> {
    let (text, _) = decode(bytes, Some(form.delimiter))?;
    let delimiter = char::from(form.delimiter);
    let all: Vec<_> = records(&text, form.delimiter).collect();
    let width = all.iter().map(|record| record.fields.len()).max().unwrap_or(0);
    let mut out = String::with_capacity(text.len() * 2);
    let mut copied_to = 0;
    for record in &all {
        let cells: Vec<String> = if record.row == columns.header_row {
            columns.heads.iter().map(|(head, _)| (*head).to_string()).collect()
        } else {
            columns.rows.get(&record.row).map(|cells| cells.iter().map(Cell::printed).collect()).unwrap_or_default()
        };
        out.push_str(&text[copied_to..record.end]);
        copied_to = record.end;
        if !cells.is_empty() {
            // rows may be shorter than the longest
            (record.fields.len()..width).for_each(|_| out.push(delimiter));
            for cell in cells {
                out.push(delimiter);
                out.push_str(&quoted(&cell, delimiter));
            }
        }
    }
    out.push_str(&text[copied_to..]);
    Some(encode(&out, form))
}

/// A field as CSV has it; never one that a spreadsheet takes for a formula.
fn quoted(text: &str, delimiter: char) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_string() };
    if text.contains([delimiter, '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::sheet::text;
    use std::collections::BTreeMap;

    /// By hand: what was there stays as it is, to the byte.
    #[test]
    fn what_was_there_stays() {
        let bytes = "标题\r\n经度;纬度\r\n\r\n\"1\";2\r\n合计".as_bytes();
        let form = Form { is_gbk: false, has_mark: false, delimiter: b';' };
        let rows = BTreeMap::from([(4, vec![text("a;b"), text("=1")])]);
        let columns = Columns { sheet: "", header_row: 2, heads: &[("甲", 1.0), ("乙", 1.0)], rows };
        let out = with_columns(bytes, form, &columns).expect("text");
        assert_eq!(
            String::from_utf8(out).expect("UTF-8"),
            "标题\r\n经度;纬度;甲;乙\r\n\r\n\"1\";2;\"a;b\";'=1\r\n合计"
        );
    }
}
