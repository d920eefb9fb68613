//! XML as makers write metadata: elements that hold a text, with where they stand.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element that holds a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leaf {
    /// Names of the elements around it and its own, without name spaces, after slashes: `/General_Info/Product_Info/U`.
    pub path: String,
    /// Its `bandId` or `band_id`; empty where it has none.
    pub band: String,
    /// The text.
    pub text: String,
}

impl Leaf {
    /// Whether the path ends in these names.
    pub fn is(&self, names: &str) -> bool {
        self.path.strip_suffix(names).is_some_and(|rest| rest.ends_with('/'))
    }
}

/// Deepest element, and bytes of all paths: metadata of makers are 12 deep and have half a megabyte of paths. A text of
/// nothing but opening brackets would take memory by the square of its length.
const DEEPEST: usize = 64;
const MOST_PATH_BYTES: usize = 64 << 20;

/// All elements that hold a text, in their order.
///
/// # Errors
/// What is wrong with the text, in words.
pub(super) fn leaves(text: &str) -> Result<Vec<Leaf>, String> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
    let (mut found, mut within) = (Vec::new(), Vec::<Leaf>::new());
    let mut path_bytes = 0;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                if within.len() >= DEEPEST {
                    return Err(format!("elements more than {DEEPEST} deep"));
                }
                let around = within.last().map_or("", |leaf| leaf.path.as_str());
                let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
                let leaf = Leaf { path: format!("{around}/{name}"), band: band_of(&start), text: String::new() };
                path_bytes += leaf.path.len();
                if path_bytes > MOST_PATH_BYTES {
                    return Err(format!("more than {MOST_PATH_BYTES} bytes of names"));
                }
                within.push(leaf);
            }
            Event::Text(part) => {
                if let Some(leaf) = within.last_mut() {
                    leaf.text += &part.decode().map_err(|error| error.to_string())?;
                }
            }
            Event::End(_) => found.extend(within.pop().filter(|leaf| !leaf.text.trim().is_empty()).map(trimmed)),
            Event::Eof if within.is_empty() && !found.is_empty() => return Ok(found),
            Event::Eof => return Err("it ends too early".to_string()),
            _ => {}
        }
    }
}

fn trimmed(leaf: Leaf) -> Leaf {
    Leaf { text: leaf.text.trim().to_string(), ..leaf }
}

fn band_of(start: &BytesStart<'_>) -> String {
    let band = start.attributes().flatten().find(|one| matches!(one.key.as_ref(), b"bandId" | b"band_id"));
    band.map(|one| String::from_utf8_lossy(&one.value).into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_with_where_they_stand() {
        let text = "<?xml version=\"1.0\"?>\n<n1:A xmlns:n1=\"x\"><B>\n <C band_id=\"12\"> -1000 </C><D/></B></n1:A>";
        let found = leaves(text).expect("XML");
        assert_eq!(found, [Leaf { path: "/A/B/C".into(), band: "12".into(), text: "-1000".into() }]);
        assert!(found[0].is("C") && found[0].is("B/C") && !found[0].is("/C"));
        let said = leaves(&"<a>".repeat(65)).expect_err("too deep");
        assert!(said.contains("64 deep"), "{said}");
        for broken in ["", "<a>", "<a><b>1</b>", "<a>1</b>", "no XML"] {
            assert!(leaves(broken).is_err(), "{broken}");
        }
    }
}
