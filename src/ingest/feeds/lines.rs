//! A text file line by line: one damaged line, an open quote included, costs that line and no other.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Bytes of the longest line that a list may have: a binary file is refused before it fills the memory.
const LONGEST: usize = 64 * 1024;

/// Lines of a file with their numbers; BOM and line ends taken off.
pub(super) struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    bytes: Vec<u8>,
    number: u64,
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Lines> {
        let file = File::open(path).map_err(|source| Error::read(path, source))?;
        let reader = BufReader::with_capacity(1 << 18, file);
        Ok(Lines { path: path.to_path_buf(), reader, bytes: Vec::new(), number: 0 })
    }

    /// The next line with its number from 1; bytes that are no UTF-8, and control characters, become U+FFFD and fail where they matter.
    pub(super) fn next(&mut self) -> Result<Option<(u64, std::borrow::Cow<'_, str>)>> {
        self.bytes.clear();
        let mut limited = self.reader.by_ref().take(LONGEST as u64);
        let read = limited.read_until(b'\n', &mut self.bytes).map_err(|source| Error::read(&self.path, source))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if read == LONGEST {
            let found = format!("a line {} of more than {LONGEST} bytes", self.number);
            return Err(Error::input(&self.path, found, "a text file of short lines", "check that it is a fire list"));
        }
        if self.number == 1 && is_utf16(&self.bytes) {
            let advice = "save it as CSV UTF-8 and import that";
            return Err(Error::input(&self.path, "text in UTF-16", "a text file in UTF-8", advice));
        }
        let mut line = self.bytes.as_slice();
        if self.number == 1 {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        line = line.strip_suffix(b"\n").unwrap_or(line);
        line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.contains(&b'\r') {
            let found = format!("line ends of old Macintosh kind (CR alone) in line {}", self.number);
            return Err(Error::input(&self.path, found, "lines that end with LF or CR LF", "convert the line ends"));
        }
        Ok(Some((self.number, without_controls(String::from_utf8_lossy(line)))))
    }
}

/// A NUL in a name is kept by one database and refused by another, and an escape code writes over what a terminal shows: no list needs either.
fn without_controls(line: std::borrow::Cow<'_, str>) -> std::borrow::Cow<'_, str> {
    let is_odd = |c: char| c.is_control() && c != '\t';
    if !line.contains(is_odd) {
        return line;
    }
    let replaced = |c: char| match c {
        c if !is_odd(c) => c,
        c if c.is_whitespace() => ' ',
        _ => char::REPLACEMENT_CHARACTER,
    };
    line.chars().map(replaced).collect::<String>().into()
}

/// Whether a file begins as UTF-16: by its mark, or as ASCII of which every other byte is 0.
fn is_utf16(start: &[u8]) -> bool {
    let pairs = &start[..start.len().min(64) & !1];
    let every_other = |at: usize| {
        let ascii = |pair: &[u8]| pair[at] == 0 && pair[1 - at] != 0;
        pairs.len() >= 8 && pairs.chunks_exact(2).all(ascii)
    };
    start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF") || every_other(0) || every_other(1)
}

/// Where the fields of a CSV line lie in it; kept between lines, so that a million lines allocate once.
#[derive(Default)]
pub(super) struct Fields {
    ends: Vec<(usize, usize)>,
    /// The line without its quotes, where it had any.
    unquoted: String,
}

impl Fields {
    /// Splits at commas; commas in quotes do not count, a doubled quote is one.
    pub(super) fn split<'a>(&'a mut self, line: &'a str) -> FieldsOf<'a> {
        self.ends.clear();
        if !line.contains('"') {
            let mut start = 0;
            for end in line.match_indices(',').map(|(at, _)| at).chain([line.len()]) {
                self.ends.push((start, end));
                start = end + 1;
            }
            return FieldsOf { text: line, ends: &self.ends };
        }
        self.unquote(line);
        FieldsOf { text: &self.unquoted, ends: &self.ends }
    }

    fn unquote(&mut self, line: &str) {
        self.unquoted.clear();
        let (mut start, mut in_quotes) = (0, false);
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if in_quotes && chars.peek() == Some(&'"') => {
                    chars.next();
                    self.unquoted.push('"');
                }
                '"' => in_quotes = !in_quotes,
                ',' if !in_quotes => {
                    self.ends.push((start, self.unquoted.len()));
                    start = self.unquoted.len();
                }
                c => self.unquoted.push(c),
            }
        }
        self.ends.push((start, self.unquoted.len()));
    }
}

/// The fields of one line.
#[derive(Clone, Copy)]
pub(super) struct FieldsOf<'a> {
    text: &'a str,
    ends: &'a [(usize, usize)],
}

impl<'a> FieldsOf<'a> {
    pub(super) fn len(self) -> usize {
        self.ends.len()
    }

    /// The trimmed text of a field; empty for a column that the list does not have.
    pub(super) fn get(self, column: Option<usize>) -> &'a str {
        let range = column.and_then(|column| self.ends.get(column));
        range.and_then(|&(start, end)| self.text.get(start..end)).unwrap_or("").trim()
    }

    pub(super) fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).map(move |column| self.get(Some(column)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<String> {
        Fields::default().split(line).iter().map(str::to_string).collect()
    }

    /// RFC 4180, by hand.
    #[test]
    fn quotes_and_commas() {
        assert_eq!(split("a, b,,c"), ["a", "b", "", "c"]);
        assert_eq!(split(r#""a,b","say ""x""",c"#), ["a,b", r#"say "x""#, "c"]);
        assert_eq!(split(r#""open,1,2"#), ["open,1,2"]);
        assert_eq!(split("甲,\"乙\",丙"), ["甲", "乙", "丙"]);
    }

    /// `latitude` in both orders of bytes, with the mark that editors write and without.
    #[test]
    fn utf_16_is_called_so() {
        let text = "latitude,longitude\n";
        let encoded = |bytes: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
            let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
            units.flat_map(bytes).collect()
        };
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            assert!(is_utf16(&encoded(bytes, true)) && is_utf16(&encoded(bytes, false)));
        }
        assert!(
            !is_utf16(text.as_bytes()) && !is_utf16(&[0; 100]) && !is_utf16(b"") && !is_utf16("纬度,经度\n".as_bytes())
        );
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(file.path(), vec![b'x'; 200_000]).expect("written");
        let mut lines = Lines::open(file.path()).expect("opens");
        assert!(lines.next().expect_err("refused").to_string().contains("line 1"));
    }

    #[test]
    fn byte_order_mark_and_line_ends_are_no_part_of_a_line() {
        let file = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(file.path(), "\u{feff}a\r\nb\n\nc").expect("written");
        let mut lines = Lines::open(file.path()).expect("opens");
        let mut seen = Vec::new();
        while let Some((number, line)) = lines.next().expect("reads") {
            seen.push((number, line.into_owned()));
        }
        assert_eq!(seen, [(1, "a".into()), (2, "b".into()), (3, String::new()), (4, "c".to_string())]);
    }
}
