//! CSV as offices write it: UTF-8 or GBK, with commas, semicolons or tabs.

/// How a text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// GBK, else UTF-8.
    pub is_gbk: bool,
    /// Whether it begins with the mark of UTF-8.
    pub has_mark: bool,
    /// What stands between fields.
    pub delimiter: u8,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number as a spreadsheet counts it, from 1.
    pub row: usize,
    /// Where its text begins and ends without its line end, bytes.
    pub start: usize,
    /// See `start`.
    pub end: usize,
    /// What it holds.
    pub fields: Vec<String>,
}

const MARK: &str = "\u{feff}";

/// The text without a mark, and how it is kept; `None` where it is no text.
pub fn decode(bytes: &[u8], delimiter: Option<u8>) -> Option<(String, Form)> {
    let (text, is_gbk) = match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_string(), false),
        // GB 18030 holds all of GBK
        Err(_) => (encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes)?.into_owned(), true),
    };
    if text.contains('\0') {
        return None;
    }
    let has_mark = text.starts_with(MARK);
    let text = text.strip_prefix(MARK).map_or_else(|| text.clone(), str::to_string);
    let delimiter = delimiter.unwrap_or_else(|| delimiter_of(&text));
    Some((text, Form { is_gbk, has_mark, delimiter }))
}

/// Text in the form in which it came.
pub fn encode(text: &str, form: Form) -> Vec<u8> {
    if form.is_gbk {
        return encoding_rs::GB18030.encode(text).0.into_owned();
    }
    let mark = if form.has_mark { MARK } else { "" };
    [mark.as_bytes(), text.as_bytes()].concat()
}

/// The one that stands most often in the first lines.
fn delimiter_of(text: &str) -> u8 {
    let head: Vec<&str> = text.lines().take(20).collect();
    let count = |delimiter: u8| head.iter().flat_map(|line| line.bytes()).filter(|byte| *byte == delimiter).count();
    // the first of the greatest
    *b",\t;".iter().rev().max_by_key(|delimiter| count(**delimiter)).unwrap_or(&b',')
}

/// The rows of a text.
pub fn records(text: &str, delimiter: u8) -> impl Iterator<Item = Record> + '_ {
    let mut builder = csv::ReaderBuilder::new();
    let builder = builder.has_headers(false).flexible(true).delimiter(delimiter);
    let mut reader = builder.from_reader(text.as_bytes());
    let (mut row, mut read_to, mut last_end) = (0, 0, 0);
    std::iter::from_fn(move || {
        let mut record = csv::StringRecord::new();
        if !reader.read_record(&mut record).unwrap_or(false) {
            return None;
        }
        let next = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX).min(text.len());
        let inside = text[read_to..next].trim_start_matches(['\r', '\n']);
        let start = next - inside.len();
        let end = start + inside.trim_end_matches(['\r', '\n']).len();
        // empty lines are rows too; line ends within a field make none
        let lines = text[last_end..start].matches('\n').count();
        row += if row == 0 { lines + 1 } else { lines.max(1) };
        (read_to, last_end) = (next, end);
        Some(Record { row, start, end, fields: record.iter().map(str::to_string).collect() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GBK of 经度: BE AD B6 C8 (the tables of CP936).
    #[test]
    fn text_of_offices_is_read_and_comes_back_as_it_was() {
        let gbk = b"\xbe\xad\xb6\xc8,a\r\n1,2\r\n";
        let (text, form) = decode(gbk, None).expect("text");
        assert_eq!((text.as_str(), form.is_gbk, form.delimiter), ("经度,a\r\n1,2\r\n", true, b','));
        assert_eq!(encode(&text, form), gbk);
        let marked = "\u{feff}经度;a\n1;2".as_bytes();
        let (text, form) = decode(marked, None).expect("text");
        assert_eq!((form.has_mark, form.delimiter), (true, b';'));
        assert_eq!(encode(&text, form), marked);
        assert_eq!(decode(b"\xff\xd8\xff\xe0\x00", None), None, "a picture");
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_does() {
        let text = "a,b\r\n\r\n\"x\ny\",2\r\n3,4";
        let found: Vec<(usize, &str)> =
            records(text, b',').map(|record| (record.row, &text[record.start..record.end])).collect();
        assert_eq!(found, [(1, "a,b"), (3, "\"x\ny\",2"), (4, "3,4")]);
    }
}
