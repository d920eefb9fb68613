//! Workbooks.

use super::engine::{self, is_xml};
use super::moved::Moved;
use super::package::{Changes, Package};
use super::sheet::{self, Sheet};
use super::{Fault, formula};
use crate::error::{Error, Result};
use minijinja::value::ValueKind;
use minijinja::{Error as Wrong, ErrorKind, Output, State, Value};
use quick_xml::escape::{escape, unescape};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;

/// Bytes of one part at most, unpacked: a template has some hundred thousand.
const MOST_PART: u64 = 64 << 20;
const STRINGS: &str = "xl/sharedStrings.xml";
const BOOK: &str = "xl/workbook.xml";
const CHAIN: &str = "xl/calcChain.xml";
const EXPECTED: &str = "a workbook (.xlsx) with {{ names }} that there are";

/// Fills a workbook: a cell that is one `{{ name }}` becomes a number where the value is one, and a text else; rows from the one whose first
/// cell begins with `{% for … %}` to the one whose last ends with `{% endfor %}` repeat. `file` is for errors.
///
/// # Errors
/// [`Error::Config`] with the file, sheet, cell, and what to do: where it is no workbook, a placeholder is none, or a name is not known.
pub fn fill(file: &Path, template: &[u8], values: &Json) -> Result<Vec<u8>> {
    filled(template, values).map_err(|fault: Fault| -> Error { fault.told(file, EXPECTED) })
}

fn unreadable(found: String) -> Fault {
    Fault::new("", found, "save it as .xlsx in Excel or WPS, without a password")
}

fn filled(template: &[u8], values: &Json) -> std::result::Result<Vec<u8>, Fault> {
    let mut package = Package::open(template, MOST_PART).map_err(unreadable)?;
    let names = package.names();
    let sheets = package.sheets().map_err(unreadable)?;
    let strings = if names.iter().any(|name| name == STRINGS) {
        strings(&package.text(STRINGS).map_err(unreadable)?).map_err(unreadable)?
    } else {
        Vec::new()
    };
    let mut env = engine::engine(written);
    env.add_function("cell", cell);
    let values = Value::from_serialize(values);
    let (mut done, mut moved) = (Vec::new(), BTreeMap::new());
    for (name, part) in &sheets {
        let told = |fault: Fault| fault.within(&format!("sheet {name}"));
        let sheet = Sheet::read(&package.text(part).map_err(unreadable)?, &strings).map_err(told)?;
        let (rows, went) = sheet.filled(&env, &values).map_err(told)?;
        moved.insert(name.clone(), went);
        done.push((name, part, sheet, rows));
    }
    let mut changes = Changes::new();
    for (name, part, sheet, rows) in done {
        let xml = sheet.written(name, &rows, &moved).map_err(|fault| fault.within(&format!("sheet {name}")))?;
        changes.insert(part.clone(), Some(xml.into_bytes()));
    }
    let book = package.text(BOOK).map_err(unreadable)?;
    changes.insert(BOOK.into(), Some(with_names(&book, &moved)?.into_bytes()));
    // the order of reckoning is of the old places
    if names.iter().any(|name| name == CHAIN) {
        changes.insert(CHAIN.into(), None);
        for (part, element) in [("xl/_rels/workbook.xml.rels", "<Relationship "), ("[Content_Types].xml", "<Override ")]
        {
            let xml = package.text(part).map_err(unreadable)?;
            changes.insert(part.into(), Some(without_chain(&xml, element).into_bytes()));
        }
    }
    package.with(&changes).map_err(unreadable)
}

/// A text is as it is: what is made of it is made by [`cell`].
fn written(out: &mut Output<'_>, _: &State<'_, '_>, value: &Value) -> std::result::Result<(), Wrong> {
    if value.is_none() {
        return Ok(());
    }
    Ok(out.write_str(&value.to_string())?)
}

/// Characters of a cell at most.
const MOST_CHARACTERS: usize = 32_767;

/// What a cell with a value has behind its attributes.
fn cell(value: Value) -> std::result::Result<Value, Wrong> {
    let xml = match value.kind() {
        ValueKind::Undefined => return Err(Wrong::from(ErrorKind::UndefinedError)),
        ValueKind::None => "/>".to_string(),
        ValueKind::Bool => format!(" t=\"b\"><v>{}</v></c>", u8::from(value.is_true())),
        ValueKind::Number => match f64::try_from(value.clone()) {
            Ok(number) if number.is_finite() => format!("><v>{value}</v></c>"),
            _ => "/>".to_string(),
        },
        ValueKind::String => {
            let text: String = value.to_string().chars().filter(|c| is_xml(*c)).take(MOST_CHARACTERS).collect();
            match text.is_empty() {
                true => "/>".to_string(),
                false => {
                    format!(" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>", escape(text.as_str()))
                }
            }
        }
        kind => {
            return Err(Wrong::new(
                ErrorKind::InvalidOperation,
                format!("a {kind} where a text or a number is wanted"),
            ));
        }
    };
    Ok(Value::from_safe_string(xml))
}

/// The texts that cells share, in their order.
fn strings(xml: &str) -> std::result::Result<Vec<String>, String> {
    let items = xml.split("<si").skip(1).filter(|item| item.starts_with(['>', '/', ' ']));
    items.map(|item| sheet::texts(item.split("</si>").next().unwrap_or_default())).collect()
}

/// Names of areas (what is printed, what is filtered) with where their rows went.
fn with_names(book: &str, moved: &BTreeMap<String, Moved>) -> std::result::Result<String, Fault> {
    let mut parts = book.split("<definedName ");
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let split = part.split_once('>').and_then(|(tag, rest)| Some((tag, rest.split_once("</definedName>")?)));
        let Some((tag, (raw, after))) = split else {
            out.push_str(&format!("<definedName {part}"));
            continue;
        };
        let plain = unescape(raw).map_err(|error| unreadable(error.to_string()))?;
        let stretched = formula::changed(&plain, |of| {
            let there = of.sheet.and_then(|name| moved.get(name));
            Ok::<_, Fault>(
                there.map_or(of, |there| formula::Reference { row: there.stretched(of.row, of.is_end), ..of }),
            )
        })?;
        out.push_str(&format!("<definedName {tag}>{}</definedName>{after}", escape(stretched.as_str())));
    }
    Ok(out)
}

/// The part without what speaks of the order of reckoning.
fn without_chain(xml: &str, element: &str) -> String {
    let mut parts = xml.split(element);
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |out, part| match part.split_once("/>") {
        Some((own, rest)) if own.contains("calcChain") => out + rest,
        _ => out + element + part,
    })
}
