//! References to cells within formulas.

use super::cells::{letters_of, number_of};

/// A reference to a cell in a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference<'f> {
    /// Name of the sheet; `None`: its own.
    pub(super) sheet: Option<&'f str>,
    /// Column, from 1.
    pub(super) column: usize,
    /// Row, from 1.
    pub(super) row: usize,
    pub(super) column_is_fixed: bool,
    pub(super) row_is_fixed: bool,
    /// Whether it is the second of a range.
    pub(super) is_end: bool,
}

impl Reference<'_> {
    fn written(&self, out: &mut String) {
        let dollar = |is_fixed| if is_fixed { "$" } else { "" };
        let (column, row) = (letters_of(self.column), self.row);
        out.push_str(&format!("{}{column}{}{row}", dollar(self.column_is_fixed), dollar(self.row_is_fixed)));
    }

    /// As a formula has it that is copied so many rows down and columns to the right.
    pub(super) fn copied(self, rows: isize, columns: isize) -> Self {
        let moved =
            |at: usize, by: isize, is_fixed: bool| if is_fixed { at } else { at.saturating_add_signed(by).max(1) };
        Reference {
            row: moved(self.row, rows, self.row_is_fixed),
            column: moved(self.column, columns, self.column_is_fixed),
            ..self
        }
    }
}

/// The formula with every reference to a cell as `change` has it.
///
/// # Errors
/// Those of `change`.
pub(super) fn changed<'f, E>(
    formula: &'f str,
    mut change: impl FnMut(Reference<'f>) -> Result<Reference<'f>, E>,
) -> Result<String, E> {
    let (mut out, mut rest, mut sheet) = (String::with_capacity(formula.len()), formula, None);
    let mut last_sheet = None;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => quoted(rest, first),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (word, after) = rest.split_at(length);
        rest = after;
        if after.starts_with('!') && first != '"' {
            sheet = Some(word.trim_matches('\''));
        } else if first != '!' {
            let is_end = out.ends_with(':');
            // A1:B2 of a sheet is of it as a whole
            let of = if is_end { last_sheet } else { sheet };
            if let Some(reference) = reference(word, of, is_end).filter(|_| !after.starts_with('(')) {
                change(reference)?.written(&mut out);
                (last_sheet, sheet) = (of, None);
                continue;
            }
            sheet = None;
        }
        out.push_str(word);
    }
    Ok(out)
}

/// Length of what is between quotes, doubled ones within.
fn quoted(text: &str, quote: char) -> usize {
    let mut inside = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = inside.next() {
        if c == quote && inside.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '$' | '_' | '.')
}

fn reference<'f>(word: &str, sheet: Option<&'f str>, is_end: bool) -> Option<Reference<'f>> {
    let column_is_fixed = word.starts_with('$');
    let word = word.strip_prefix('$').unwrap_or(word);
    let letters = word.find(|c: char| !c.is_ascii_alphabetic())?;
    let (column, row) = word.split_at(letters);
    let row_is_fixed = row.starts_with('$');
    let row = row.strip_prefix('$').unwrap_or(row);
    let is_number = !row.is_empty() && row.len() <= 7 && row.bytes().all(|digit| digit.is_ascii_digit());
    let row = Some(row).filter(|_| is_number)?.parse().ok().filter(|row| *row > 0)?;
    Some(Reference { sheet, column: number_of(column)?, row, column_is_fixed, row_is_fixed, is_end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_ten(of: Reference<'_>) -> Result<Reference<'_>, ()> {
        Ok(if of.sheet == Some("别 表") { of } else { of.copied(10, 1) })
    }

    fn down(formula: &str) -> String {
        changed(formula, by_ten).expect("no error")
    }

    /// By hand, as a spreadsheet copies formulas down.
    #[test]
    fn references_are_told_from_names_and_texts() {
        for (formula, copied) in [
            ("SUM(B5:B$7)*$C1", "SUM(C15:C$7)*$C11"),
            ("IF(A1=\"A1 \"\"B2\",LOG10(2),TAX2024A)", "IF(B11=\"A1 \"\"B2\",LOG10(2),TAX2024A)"),
            ("'别 表'!A1:B2+表1!A1", "'别 表'!A1:B2+表1!B11"),
            ("A:A+1", "A:A+1"),
        ] {
            assert_eq!(down(formula), copied, "{formula}");
        }
    }
}
