//! A filled part made good: what Word takes for damage is set right, and what is no XML any more is told.

use super::Fault;
use quick_xml::Reader;
use quick_xml::events::Event;

/// An element that is open.
struct Open {
    name: Vec<u8>,
    /// Where it begins in what is written.
    begins: usize,
    /// Name of its last child.
    last: Vec<u8>,
    /// Whether a row is in it.
    has_row: bool,
}

/// The part with a paragraph at the end of every cell and in every header and footer, and without tables that have no row left.
pub(super) fn mended(xml: &str) -> Result<String, Fault> {
    let broken = |error: String| {
        let found = format!("no XML any more once it is filled ({error})");
        Fault::new(
            "",
            found,
            "begin and end {% if %} and {% for %} in the same paragraph; over paragraphs write {%p if %}, over rows {%tr for %}",
        )
    };
    let mut reader = Reader::from_str(xml);
    let (mut out, mut open): (String, Vec<Open>) = (String::with_capacity(xml.len() + 64), Vec::new());
    loop {
        let from = reader.buffer_position() as usize;
        let event = reader.read_event().map_err(|error| broken(error.to_string()))?;
        let raw = &xml[from..reader.buffer_position() as usize];
        match event {
            Event::Eof if open.is_empty() => return Ok(out),
            Event::Eof => return Err(broken("an element is not ended".to_string())),
            Event::Start(start) => {
                begin(&mut open, start.name().as_ref());
                let (name, begins) = (start.name().as_ref().to_vec(), out.len());
                open.push(Open { name, begins, last: Vec::new(), has_row: false });
                out.push_str(raw);
            }
            Event::Empty(start) => {
                begin(&mut open, start.name().as_ref());
                out.push_str(raw);
            }
            Event::End(_) => {
                let Some(ended) = open.pop() else { return Err(broken("an end without a begin".to_string())) };
                match ended.name.as_slice() {
                    b"w:tc" if ended.last != b"w:p" => out.push_str("<w:p/>"),
                    b"w:hdr" | b"w:ftr" if ended.last.is_empty() => out.push_str("<w:p/>"),
                    b"w:tbl" if !ended.has_row => {
                        out.truncate(ended.begins);
                        continue;
                    }
                    _ => {}
                }
                out.push_str(raw);
            }
            _ => out.push_str(raw),
        }
    }
}

fn begin(open: &mut [Open], name: &[u8]) {
    if let Some(parent) = open.last_mut() {
        parent.last = name.to_vec();
        parent.has_row |= name == b"w:tr";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Word calls a cell without a paragraph, and a table without a row, a damaged file.
    #[test]
    fn what_word_calls_damage_is_set_right() {
        let xml = "<b><w:tbl><w:tblPr/></w:tbl><w:tbl><w:tr><w:tc><w:tcPr/></w:tc></w:tr></w:tbl></b>";
        let good = "<b><w:tbl><w:tr><w:tc><w:tcPr/><w:p/></w:tc></w:tr></w:tbl></b>";
        assert_eq!(mended(xml).expect("XML"), good);
        assert!(mended("<b><p></b>").is_err() && mended("<b>").is_err());
    }
}
