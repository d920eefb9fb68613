//! The engine that fills templates: strict about names, bounded in work and in what it makes.

use super::Fault;
use super::markup::Source;
use crate::deliver::sinks::template::filters;
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use std::io::Write;

/// Steps within which a part must be filled: a list of ten thousand rows has a million.
const MOST_STEPS: u64 = 20_000_000;
/// Bytes that a part may become.
const MOST_BYTES: usize = 128 << 20;

/// How values are written into a part.
pub(super) type Formatter = fn(&mut Output<'_>, &State<'_, '_>, &Value) -> Result<(), Error>;

/// An engine without templates.
pub(super) fn engine(formatter: Formatter) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(MOST_STEPS));
    env.set_keep_trailing_newline(true);
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env.set_formatter(formatter);
    filters::add(&mut env);
    env.add_filter("percent", percent);
    env
}

/// A share from 0 to 1 as `12.5%`, rounded down: it never says more than was seen.
fn percent(share: Value) -> Result<String, Error> {
    if share.is_none() {
        return Ok("—".to_string());
    }
    let share = f64::try_from(share).ok().filter(|share| share.is_finite());
    let share = share.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "percent wants a share from 0 to 1"))?;
    Ok(format!("{:.1}%", (share * 1000.0 + 1e-6).floor() / 10.0))
}

/// Fills a template.
pub(super) fn render(env: &Environment<'_>, source: &Source, values: &Value) -> Result<String, Fault> {
    let told = |error: &Error| fault(source, error, values);
    let template = env.template_from_str(&source.text).map_err(|error| told(&error))?;
    let mut out = Bounded(Vec::with_capacity(source.text.len() * 2));
    template.render_captured_to(values, &mut out).map_err(|error| told(&error))?;
    String::from_utf8(out.0)
        .map_err(|_| Fault::new("", "text that is not UTF-8", "a fault of the program: tell its makers"))
}

/// What has been made so far.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > MOST_BYTES {
            return Err(std::io::Error::other("too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn fault(source: &Source, error: &Error, values: &Value) -> Fault {
    let at = error.range().map(|range| range.start).or_else(|| Some(end_of_line(&source.text, error.line()?)));
    let place = at.map_or_else(String::new, |at| source.place(at));
    let what = error.range().and_then(|range| source.text.get(range)).unwrap_or("a name").trim();
    // what a cell of a workbook is wrapped in
    let what = what.strip_prefix("cell((").and_then(|inner| inner.strip_suffix("))")).unwrap_or(what);
    match error.kind() {
        ErrorKind::UndefinedError => {
            let advice = format!("correct the name; there are {} (docs/reports.md)", names(values));
            Fault::new(place, format!("{what}, which is not known"), advice)
        }
        ErrorKind::OutOfFuel => Fault::new(
            place,
            format!("a text that is not done within {MOST_STEPS} steps"),
            "take out the loop without end",
        ),
        ErrorKind::WriteFailure => {
            Fault::new(place, format!("more than {} MiB of text", MOST_BYTES >> 20), "take out the loop without end")
        }
        kind => {
            let detail = error.detail().map_or_else(|| kind.to_string(), str::to_string);
            Fault::new(place, format!("{what}: {detail}"), "correct the template")
        }
    }
}

/// Where a line of the text ends, from 1.
fn end_of_line(text: &str, line: usize) -> usize {
    text.split_inclusive('\n').take(line).map(str::len).sum::<usize>().saturating_sub(1)
}

/// The first names of what there is.
fn names(values: &Value) -> String {
    let names = values.try_iter().map(|names| names.filter_map(|name| name.as_str().map(str::to_string)).collect());
    let names: Vec<String> = names.unwrap_or_default();
    names.join(", ")
}

/// Characters that XML allows.
pub(super) fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares are rounded down: 9.99 per cent never become 10.0.
    #[test]
    fn shares_never_say_more_than_was_seen() {
        for (share, text) in [(Value::from(0.0999), "9.9%"), (Value::from(1), "100.0%"), (Value::from(()), "—")] {
            assert_eq!(percent(share).expect("a share"), text);
        }
        assert!(percent(Value::UNDEFINED).is_err() && percent(Value::from("x")).is_err());
    }
}
