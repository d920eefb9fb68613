//! Rows and cells of a sheet, as its XML names them.

use quick_xml::escape::unescape;
use quick_xml::events::BytesStart;

/// An attribute of an element.
pub fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = start.try_get_attribute(name).ok()??;
    Some(unescape(std::str::from_utf8(&attribute.value).ok()?).ok()?.into_owned())
}

/// Number of a row from 1: what it says, else the one after that before.
pub fn row_of(start: &BytesStart<'_>, before: usize) -> usize {
    attribute(start, "r").and_then(|number| number.parse().ok()).unwrap_or(before + 1)
}

/// Column of a cell from 1, likewise.
pub fn column_of(start: &BytesStart<'_>, before: usize) -> usize {
    let letters =
        attribute(start, "r").map(|name| name.chars().take_while(char::is_ascii_alphabetic).collect::<String>());
    letters.and_then(|letters| number_of(&letters)).unwrap_or(before + 1)
}

/// `A` is 1, `AA` 27.
pub fn number_of(letters: &str) -> Option<usize> {
    let letters = Some(letters).filter(|letters| (1..=3).contains(&letters.len()))?;
    let digit = |letter: u8| usize::from(letter.to_ascii_uppercase().wrapping_sub(b'A')) + 1;
    Some(letters.bytes().fold(0, |number, letter| number * 26 + digit(letter)))
}

/// 1 is `A`, 27 `AA`.
pub fn letters_of(mut number: usize) -> String {
    let mut letters = Vec::new();
    while number > 0 {
        letters.push(char::from(b'A' + ((number - 1) % 26) as u8));
        number = (number - 1) / 26;
    }
    letters.into_iter().rev().collect()
}

/// The element without an attribute.
pub fn without<'s>(start: &BytesStart<'_>, name: &str) -> BytesStart<'s> {
    let element = String::from_utf8_lossy(start.name().as_ref()).into_owned();
    let mut rest = BytesStart::new(element);
    for attribute in start.attributes().flatten().filter(|attribute| attribute.key.as_ref() != name.as_bytes()) {
        rest.push_attribute(attribute);
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        // as spreadsheets name them
        for (number, letters) in [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16384, "XFD")] {
            assert_eq!((letters_of(number).as_str(), number_of(letters)), (letters, Some(number)));
        }
    }
}
