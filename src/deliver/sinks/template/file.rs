//! The TOML of a template, with the line of every text, so that an error is found again.

use crate::error::{Error, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;

/// Name of the body among the parts.
pub(super) const BODY: &str = "body";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    method: Option<String>,
    url: Option<Spanned<String>>,
    body: Spanned<String>,
    content_type: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Spanned<String>>,
    token: Option<RawToken>,
    success: Option<Check>,
    duplicate: Option<Check>,
    expired: Option<Check>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawToken {
    url: Spanned<String>,
    method: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Spanned<String>>,
    body: Option<Spanned<String>>,
    pointer: Option<String>,
    between: Option<[String; 2]>,
    valid_s: Option<f64>,
}

/// What an answer is known by.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    /// A text in it.
    contains: Option<String>,
    /// A JSON pointer into it, and the value there.
    pointer: Option<String>,
    equals: Option<toml::Value>,
}

impl Check {
    /// Whether an answer is so.
    pub(super) fn meets(&self, answer: &str) -> bool {
        let contains = self.contains.as_ref().is_none_or(|text| answer.contains(text.as_str()));
        let Some(pointer) = &self.pointer else { return contains };
        let value = serde_json::from_str::<serde_json::Value>(answer).ok();
        let there = value.as_ref().and_then(|value| value.pointer(pointer)).map(word);
        contains && there.is_some() && there == self.equals.as_ref().map(toml_word)
    }

    fn fault(&self) -> Option<&'static str> {
        match (&self.contains, &self.pointer, &self.equals) {
            (None, None, _) => Some("neither contains nor pointer"),
            (_, Some(_), None) => Some("pointer without equals"),
            (_, None, Some(_)) => Some("equals without pointer"),
            _ => None,
        }
    }
}

/// Texts and numbers as a person compares them: platforms answer 0 and "0".
fn word(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

fn toml_word(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

/// One text of the file that is a template.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) text: String,
    /// Line of the file on which it begins, from 1.
    pub(super) line: usize,
    /// Rendered when a letter is sent, with secrets at hand.
    pub(super) is_sent: bool,
}

/// Where a token comes from.
pub(super) struct Token {
    pub(super) url: Part,
    pub(super) method: String,
    pub(super) headers: Vec<(String, Part)>,
    pub(super) body: Option<Part>,
    pub(super) found: Found,
    /// Seconds that it holds.
    pub(super) valid_s: f64,
}

/// Where the token is in an answer.
pub(super) enum Found {
    /// At a JSON pointer.
    Pointer(String),
    /// Between two texts.
    Between(String, String),
}

impl Found {
    /// The token in an answer.
    pub(super) fn token(&self, answer: &str) -> Option<String> {
        let token = match self {
            Found::Pointer(pointer) => word(serde_json::from_str::<serde_json::Value>(answer).ok()?.pointer(pointer)?),
            Found::Between(before, after) => {
                let (_, rest) = answer.split_once(before.as_str())?;
                rest.split_once(after.as_str())?.0.trim().to_string()
            }
        };
        Some(token).filter(|token| !token.is_empty())
    }
}

/// A checked file.
pub(super) struct Written {
    pub(super) method: String,
    /// Where it differs from the sink's own.
    pub(super) url: Option<Part>,
    pub(super) content_type: String,
    pub(super) headers: Vec<(String, Part)>,
    pub(super) token: Option<Token>,
    pub(super) success: Option<Check>,
    pub(super) duplicate: Option<Check>,
    pub(super) expired: Option<Check>,
    body: Part,
}

const METHODS: &[&str] = &["POST", "PUT", "PATCH", "GET"];
/// Seconds that a token holds where the file does not say.
const VALID_S: f64 = 3600.0;

/// Reads the text of a file.
///
/// # Errors
/// [`Error::Config`] with file and line.
pub(super) fn parse(path: &Path, text: &str) -> Result<Written> {
    let raw: Raw = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        let place = format!("{}: line {line}", path.display());
        let expected = "method, url, body, content_type, headers, token, success, duplicate, expired in TOML";
        Error::config(place, error.message(), expected, "correct the line")
    })?;
    let source = Source { path, text };
    for (key, check) in [("success", &raw.success), ("duplicate", &raw.duplicate), ("expired", &raw.expired)] {
        if let Some(fault) = check.as_ref().and_then(Check::fault) {
            return Err(source.wrong(key, fault, "contains = \"...\", or pointer = \"/...\" and equals"));
        }
    }
    Ok(Written {
        method: source.method("method", raw.method, "POST")?,
        url: raw.url.as_ref().map(|url| part(text, "url", url, true)),
        content_type: raw.content_type.unwrap_or_else(|| "application/json".to_string()),
        headers: source.headers("headers", &raw.headers),
        token: raw.token.map(|token| source.token(token)).transpose()?,
        success: raw.success,
        duplicate: raw.duplicate,
        expired: raw.expired,
        body: part(text, BODY, &raw.body, false),
    })
}

/// A file that is being read.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn wrong(&self, key: &str, found: &str, expected: &str) -> Error {
        Error::config(format!("{}: {key}", self.path.display()), found, expected, "correct the line")
    }

    fn method(&self, key: &str, word: Option<String>, default: &str) -> Result<String> {
        let word = word.unwrap_or_else(|| default.to_string()).to_ascii_uppercase();
        if METHODS.contains(&word.as_str()) { Ok(word) } else { Err(self.wrong(key, &word, &METHODS.join(", "))) }
    }

    fn headers(&self, prefix: &str, headers: &BTreeMap<String, Spanned<String>>) -> Vec<(String, Part)> {
        let part = |name: &str, value| part(self.text, &format!("{prefix}.{name}"), value, true);
        headers.iter().map(|(name, value)| (name.clone(), part(name, value))).collect()
    }

    fn token(&self, raw: RawToken) -> Result<Token> {
        let found = match (raw.pointer, raw.between) {
            (Some(pointer), None) => Found::Pointer(pointer),
            (None, Some([before, after])) => Found::Between(before, after),
            _ => {
                let expected = "pointer = \"/data/token\" (JSON), or between = [\"<token>\", \"</token>\"]";
                return Err(self.wrong("token", "both or none of pointer and between", expected));
            }
        };
        Ok(Token {
            url: part(self.text, "token.url", &raw.url, true),
            method: self.method("token.method", raw.method, if raw.body.is_some() { "POST" } else { "GET" })?,
            headers: self.headers("token.headers", &raw.headers),
            body: raw.body.as_ref().map(|body| part(self.text, "token.body", body, true)),
            found,
            valid_s: raw.valid_s.unwrap_or(VALID_S),
        })
    }
}

fn part(file: &str, name: &str, value: &Spanned<String>, is_sent: bool) -> Part {
    let span = value.span();
    let raw = file.get(span.clone()).unwrap_or("");
    // a line end right after the opening quotes belongs to them
    let quotes = ["\"\"\"", "'''"].iter().find_map(|quotes| raw.strip_prefix(quotes));
    let after = usize::from(quotes.is_some_and(|rest| rest.starts_with(['\n', '\r'])));
    let (name, text) = (name.to_string(), value.get_ref().clone());
    Part { name, text, line: line_of(file, span.start) + after, is_sent }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.get(..at).unwrap_or("").matches('\n').count()
}

impl Written {
    pub(super) fn body(&self) -> Part {
        self.body.clone()
    }

    /// All texts that are templates.
    pub(super) fn parts(&self) -> Vec<Part> {
        let token = self.token.iter().flat_map(|token| {
            let headers = token.headers.iter().map(|(_, part)| part);
            std::iter::once(&token.url).chain(&token.body).chain(headers)
        });
        let headers = self.headers.iter().map(|(_, part)| part);
        std::iter::once(&self.body).chain(&self.url).chain(headers).chain(token).cloned().collect()
    }

    pub(super) fn is_json(&self) -> bool {
        self.content_type.to_ascii_lowercase().contains("json")
    }

    pub(super) fn is_xml(&self) -> bool {
        let kind = self.content_type.to_ascii_lowercase();
        kind.contains("xml") || kind.contains("html")
    }
}
