//! Word documents.

use super::engine::{self, is_xml};
use super::package::{Changes, Package};
use super::picture::{self, Pictures};
use super::{Fault, markup, mended};
use crate::error::{Error, Result};
use minijinja::{Output, State, Value};
use quick_xml::escape::escape;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;

/// Bytes of one part at most, unpacked: a template has some hundred thousand.
const MOST_PART: u64 = 64 << 20;
const DOCUMENT: &str = "word/document.xml";
const TYPES: &str = "[Content_Types].xml";
const EXPECTED: &str = "a Word document (.docx) with {{ names }} that there are";

/// Fills a document: `values` are the names, `pictures` (PNG or JPEG) what `picture("name", width_mm)` inserts; `file` is for errors.
///
/// A value that is null becomes nothing; a line end in a value one in the document.
///
/// # Errors
/// [`Error::Config`] with the file, the paragraph, and what to do: where it is no document, a placeholder is none, or a name is not known.
pub fn fill(file: &Path, template: &[u8], values: &Json, pictures: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    filled(template, values, pictures).map_err(|fault: Fault| -> Error { fault.told(file, EXPECTED) })
}

fn unreadable(found: String) -> Fault {
    Fault::new("", found, "save it as .docx in Word or WPS, without a password")
}

fn filled(template: &[u8], values: &Json, pictures: &BTreeMap<String, Vec<u8>>) -> std::result::Result<Vec<u8>, Fault> {
    let mut package = Package::open(template, MOST_PART).map_err(unreadable)?;
    let names = package.names();
    if !names.iter().any(|name| name == DOCUMENT) {
        return Err(unreadable(format!("no {DOCUMENT}")));
    }
    let values = Value::from_serialize(values);
    let (mut changes, mut endings, mut number) = (Changes::new(), Vec::new(), 1);
    for name in names.iter().filter(|name| is_filled(name)) {
        let xml = package.text(name).map_err(unreadable)?;
        let own = Pictures::of(pictures, number);
        let made = part(&xml, &values, &own).map_err(|fault| fault.within(name))?;
        changes.insert(name.clone(), Some(made.into_bytes()));
        let asked = own.asked();
        if !asked.is_empty() {
            let links = links_of(name);
            let known =
                if names.contains(&links) { package.text(&links).map_err(unreadable)? } else { NO_LINKS.into() };
            changes.insert(links, Some(with_links(&known, &asked)?.into_bytes()));
        }
        for (at, picture, ending) in asked {
            changes.insert(format!("word/media/{}.{ending}", picture::link(at)), pictures.get(&picture).cloned());
            endings.push(ending);
            number = at + 1;
        }
    }
    if !endings.is_empty() {
        let types = package.text(TYPES).map_err(unreadable)?;
        changes.insert(TYPES.into(), Some(with_types(&types, &endings)?.into_bytes()));
    }
    package.with(&changes).map_err(unreadable)
}

/// Whether a part may hold placeholders: the text, what is above and below it, and the notes.
fn is_filled(name: &str) -> bool {
    let Some(own) = name.strip_prefix("word/").and_then(|name| name.strip_suffix(".xml")) else { return false };
    let kind = own.trim_end_matches(|c: char| c.is_ascii_digit());
    own == "document" || own == "footnotes" || own == "endnotes" || matches!(kind, "header" | "footer")
}

fn part(xml: &str, values: &Value, pictures: &Pictures) -> std::result::Result<String, Fault> {
    let source = markup::source(xml)?;
    let mut env = engine::engine(written);
    let pictures = pictures.clone();
    env.add_function("picture", move |name: String, width_mm: f64| pictures.drawing(&name, width_mm));
    mended::mended(&engine::render(&env, &source, values)?)
}

/// A value as the text of a document.
fn written(out: &mut Output<'_>, _: &State<'_, '_>, value: &Value) -> std::result::Result<(), minijinja::Error> {
    let text = match value.is_none() {
        true => return Ok(()),
        false if value.is_safe() => value.to_string(),
        false => text(&value.to_string()),
    };
    Ok(out.write_str(&text)?)
}

/// A text within `w:t`.
fn text(plain: &str) -> String {
    const AGAIN: &str = "<w:t xml:space=\"preserve\">";
    let clean: String = plain.replace("\r\n", "\n").chars().filter(|c| is_xml(*c)).collect();
    let broken = escape(clean.as_str()).replace('\n', &format!("</w:t><w:br/>{AGAIN}"));
    broken.replace('\t', &format!("</w:t><w:tab/>{AGAIN}"))
}

const NO_LINKS: &str =
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"></Relationships>";

/// `word/document.xml` has its relationships in `word/_rels/document.xml.rels`.
fn links_of(name: &str) -> String {
    name.replacen("word/", "word/_rels/", 1) + ".rels"
}

fn with_links(xml: &str, asked: &[(usize, String, &'static str)]) -> std::result::Result<String, Fault> {
    const IMAGE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image";
    let link = |(at, _, ending): &(usize, String, &'static str)| {
        let id = picture::link(*at);
        format!("<Relationship Id=\"{id}\" Type=\"{IMAGE}\" Target=\"media/{id}.{ending}\"/>")
    };
    // a part without links may be written short
    let xml = if xml.contains("</Relationships>") { xml } else { NO_LINKS };
    picture::added(xml, "Relationships", &asked.iter().map(link).collect::<String>())
}

/// What endings of files mean, with those of the pictures.
fn with_types(xml: &str, endings: &[&str]) -> std::result::Result<String, Fault> {
    let missing = |ending: &&str| !xml.contains(&format!("Extension=\"{ending}\""));
    let mut new: Vec<&str> = endings.iter().copied().filter(missing).collect();
    new.sort_unstable();
    new.dedup();
    let of = |ending: &&str| format!("<Default Extension=\"{ending}\" ContentType=\"image/{ending}\"/>");
    picture::added(xml, "Types", &new.iter().map(of).collect::<String>())
}
