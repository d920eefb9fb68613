//! A cell of a sheet: what it says, its formula, and how it stands in the template of its row.

use super::super::Fault;
use super::super::cells::{attribute, letters_of};
use super::super::formula;
use super::super::markup::{self, Source, short};
use super::{attributes, unreadable};
use quick_xml::escape::{escape, unescape};
use quick_xml::events::BytesStart;
use std::collections::BTreeMap;

/// A cell as it is read.
pub(super) struct Cell {
    pub(super) column: usize,
    attributes: String,
    kind: Option<String>,
    /// Its XML; empty where it is filled.
    pub(super) inner: String,
    /// What it says, where it is filled.
    pub(super) text: String,
    formula: Option<String>,
}

impl Cell {
    pub(super) fn of(start: &BytesStart<'_>, column: usize) -> Cell {
        let attributes = attributes(start, &["r", "t"]);
        let kind = attribute(start, "t");
        Cell { column, attributes, kind, inner: String::new(), text: String::new(), formula: None }
    }

    /// Reads what is in it.
    pub(super) fn fill(
        &mut self,
        inner: &str,
        strings: &[String],
        row: usize,
        shared: &mut BTreeMap<String, (usize, usize, String)>,
    ) -> Result<(), Fault> {
        let plain = |raw: &str| unescape(raw).map(std::borrow::Cow::into_owned).map_err(unreadable);
        let text = match (self.kind.as_deref(), between(inner, "<v>", "</v>")) {
            (Some("s"), Some(at)) => {
                let at: Option<usize> = at.trim().parse().ok();
                at.and_then(|at| strings.get(at)).cloned().ok_or_else(|| unreadable("a text that is not in it"))?
            }
            (Some("inlineStr"), _) => texts(inner).map_err(unreadable)?,
            _ => String::new(),
        };
        match ["{{", "{%", "{#"].iter().any(|open| text.contains(open)) {
            true => self.text = text,
            false => self.inner = inner.to_string(),
        }
        if let Some(begins) = inner.find("<f") {
            self.formula =
                Some(match between(&inner[begins..], ">", "</f>").filter(|_| !inner[begins..].starts_with("<f/")) {
                    Some(raw) => plain(raw)?,
                    None => String::new(),
                });
            self.share(&inner[begins..], row, shared);
        }
        Ok(())
    }

    /// A formula that stands for many cells is written into each of them.
    fn share(&mut self, xml: &str, row: usize, shared: &mut BTreeMap<String, (usize, usize, String)>) {
        let tag = xml.split('>').next().unwrap_or_default();
        let Some(number) = between(tag, "si=\"", "\"").filter(|_| tag.contains("t=\"shared\"")) else { return };
        match shared.get(number) {
            Some((of_row, of_column, text)) => {
                let (rows, columns) = (row as isize - *of_row as isize, self.column as isize - *of_column as isize);
                self.formula = formula::changed(text, |of| Ok::<_, ()>(of.copied(rows, columns))).ok();
            }
            None => {
                let text = self.formula.clone().unwrap_or_default();
                shared.insert(number.to_string(), (row, self.column, text));
            }
        }
    }

    pub(super) fn write(&self, row: usize, source: &mut Source) {
        let column = letters_of(self.column);
        source.places.push((source.text.len(), format!("cell {column}{row} ({})", short(&self.text))));
        source.text.push_str(&format!("<c C=\"{column}\"{}", self.attributes));
        let kind = self.kind.as_ref().map_or_else(String::new, |kind| format!(" t=\"{kind}\""));
        let made = match (&self.formula, whole(&self.text)) {
            // its value is reckoned anew where it is opened
            (Some(formula), _) => format!("><f>{}</f></c>", escape(formula.as_str())),
            _ if !self.inner.is_empty() => format!("{kind}>{}</c>", self.inner),
            _ if self.text.is_empty() => "/>".to_string(),
            (_, Some(expression)) => format!("{{{{ cell(({expression})) }}}}"),
            _ => format!("{{% set cell_text %}}{}{{% endset %}}{{{{ cell(cell_text) }}}}", plain_tags(&self.text)),
        };
        source.text.push_str(&made);
    }
}

/// The expression of a text that is one placeholder and nothing else.
fn whole(text: &str) -> Option<String> {
    let text = text.trim();
    let tags = markup::tags(text).ok()?;
    let is_one = tags.len() == 1 && tags[0] == (0..text.len()) && text.starts_with("{{");
    is_one.then(|| markup::plain(&text[2..text.len() - 2]).trim_matches('-').trim().to_string())
}

/// The text with its placeholders as the engine reads them.
fn plain_tags(text: &str) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for tag in markup::tags(text).unwrap_or_default() {
        out.push_str(&text[at..tag.start]);
        out.push_str(&markup::plain(&text[tag.clone()]));
        at = tag.end;
    }
    out + &text[at..]
}

fn between<'t>(text: &'t str, from: &str, to: &str) -> Option<&'t str> {
    Some(text.split_once(from)?.1.split_once(to)?.0)
}

/// What the texts of a string say together, without how it is read aloud.
pub(in super::super) fn texts(xml: &str) -> Result<String, String> {
    let mut said = String::new();
    let aloud = xml.split("<rPh").enumerate().map(|(at, part)| match at {
        0 => part,
        _ => part.split_once("</rPh>").map_or("", |(_, rest)| rest),
    });
    for part in aloud {
        for text in part.split("<t").skip(1) {
            let Some((tag, rest)) = text.split_once('>').filter(|(tag, _)| tag.is_empty() || tag.starts_with(' '))
            else {
                continue;
            };
            if let Some((raw, _)) = rest.split_once("</t>").filter(|_| !tag.ends_with('/')) {
                said += &unescape(raw).map_err(|error| error.to_string())?;
            }
        }
    }
    Ok(said)
}
