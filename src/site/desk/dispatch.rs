//! `[[desk.dispatch]]` and `[[desk.tell]]`: what is given to posts by itself, and whom reminders, supervision and tasks are told.

use crate::error::Result;
use crate::site::County;
use crate::site::filter::{self, Filter};
use crate::site::settings::{Key, Kind, Settings, key};
use crate::site::written::Written;
use toml::Value;

/// A rule that gives an event to a post without a person who says so.
#[derive(Debug, Clone, PartialEq)]
pub struct DispatchRule {
    /// As it is named in the history of a case.
    pub name: String,
    /// Which events.
    pub filter: Filter,
    /// Only where the place is as sure as this, metres: a post of the wrong township drives for nothing.
    pub within_m: Option<f64>,
    /// To whom.
    pub to: To,
    /// What the officer is told.
    pub note: String,
}

/// The post that gets an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// That of the cell of the patrol grid, else of the township, else of the county.
    Nearest,
    /// That of the township, else of the county.
    Township,
    /// That of the county.
    County,
    /// One by its code.
    Post(String),
}

/// Sinks that are told what is the business of an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tell {
    /// Code of a post, township or county; empty for the city.
    pub area: String,
    /// Names of sinks.
    pub sinks: Vec<String>,
}

const RULE: &[Key] =
    &[key("name", Kind::Text), key("within_m", Kind::Number), key("to", Kind::Text), key("note", Kind::Text)];
const TELL: &[Key] = &[key("area", Kind::Text), key("sinks", Kind::Texts)];
/// The area of the city's desk.
const CITY: &str = "city";

impl Settings {
    pub(super) fn dispatch_rules(&self, counties: &[County]) -> Result<Vec<DispatchRule>> {
        let keys: Vec<Key> = RULE.iter().chain(&filter::KEYS).copied().collect();
        let tables = self.get("desk.dispatch").and_then(Value::as_array).into_iter().flatten().enumerate();
        let rule = |(at, value): (usize, &Value)| {
            let place = format!("desk.dispatch[{at}]");
            let written = Written::checked(self, &place, value, &keys)?;
            Ok(DispatchRule {
                name: written.required("name")?,
                filter: Filter::read(&written, counties)?,
                within_m: written.number("within_m"),
                to: to(&written)?,
                note: written.text("note").unwrap_or_default(),
            })
        };
        tables.map(rule).collect()
    }

    pub(super) fn tell(&self, sinks: &[&str], counties: &[County]) -> Result<Vec<Tell>> {
        let tables = self.get("desk.tell").and_then(Value::as_array).into_iter().flatten().enumerate();
        let tell = |(at, value): (usize, &Value)| {
            let place = format!("desk.tell[{at}]");
            let written = Written::checked(self, &place, value, TELL)?;
            let area = written.required("area")?;
            let tell = Tell { area: code_of(&area, counties), sinks: written.among("sinks", sinks)? };
            match tell.sinks.is_empty() {
                true => Err(written.wrong("sinks", "nothing", "names of sinks, as [\"desk\"]")),
                false => Ok(tell),
            }
        };
        tables.map(tell).collect()
    }
}

fn to(written: &Written<'_>) -> Result<To> {
    let word = written.text("to").unwrap_or_else(|| "nearest".to_string());
    match (word.as_str(), word.strip_prefix("post:")) {
        ("nearest", _) => Ok(To::Nearest),
        ("township", _) => Ok(To::Township),
        ("county", _) => Ok(To::County),
        (_, Some(code)) if !code.trim().is_empty() => Ok(To::Post(code.trim().to_string())),
        _ => Err(written.wrong("to", &word, "nearest, township, county, or post: and the code of a post")),
    }
}

/// A county by its name or code; anything else is a code of the roster.
fn code_of(area: &str, counties: &[County]) -> String {
    let county = counties.iter().find(|county| county.name.name == area);
    match county {
        Some(county) => county.name.adcode.clone(),
        None if area == CITY => String::new(),
        None => area.to_string(),
    }
}
