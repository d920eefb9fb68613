//! The pieces of an alarm, each checked as it is read: what is wrong is named, with what was found and what is expected.

use crate::time::Utc;
use serde_json::{Map, Value};
use std::fmt;

/// A piece of an alarm that is not what it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Wrong {
    /// Its name.
    field: &'static str,
    /// What was there; `None`: nothing.
    found: Option<String>,
    /// The same in Chinese, where it is words.
    spoken: Option<String>,
    /// What a good alarm has there, in English and in Chinese.
    expected: (String, String),
}

/// Letters of what was found that are said again.
const SHOWN: usize = 60;

impl Wrong {
    /// With what was found as it is said.
    pub(super) fn new(field: &'static str, found: Option<String>, english: &str, chinese: &str) -> Self {
        Wrong { field, found, spoken: None, expected: (english.to_string(), chinese.to_string()) }
    }

    /// With what was found in Chinese words.
    pub(super) fn spoken(self, chinese: String) -> Self {
        Wrong { spoken: Some(chinese), ..self }
    }

    /// For the desk and whoever connects a platform in its language.
    pub fn in_chinese(&self) -> String {
        let found = self.spoken.as_deref().or(self.found.as_deref()).unwrap_or("空缺");
        format!("{}：收到 {found}，应为{}", self.field, self.expected.1)
    }

    /// What was found, as a message says it.
    pub fn found(&self) -> String {
        format!("{} {}", self.field, self.found.as_deref().unwrap_or("not there"))
    }

    /// What is expected.
    pub fn expected(&self) -> &str {
        &self.expected.0
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "found {}; expected {}", self.found(), self.expected())
    }
}

/// What a piece gives.
pub(super) type Read<T> = std::result::Result<T, Wrong>;

/// A body whose pieces are read by name. A piece that is null is not there.
pub(super) struct Form(pub(super) Map<String, Value>);

impl Form {
    /// From JSON.
    pub(super) fn of(text: &str) -> Read<Form> {
        let wrong = |found: String| {
            Wrong::new("body", Some(found), "a JSON object in UTF-8 without NUL", "一个 JSON 对象（UTF-8，不含空字符）")
        };
        // one of the databases takes no NUL
        if text.contains('\0') || text.contains("\\u0000") {
            return Err(wrong("NUL".to_string()));
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(pieces)) => Ok(Form(pieces)),
            Ok(other) => Err(wrong(shown(&other))),
            Err(error) => Err(wrong(error.to_string()).spoken("不是完整的 JSON 的内容".to_string())),
        }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text of so many letters at most, none of which is hidden; empty is not there.
    pub(super) fn text(&self, name: &'static str, most: usize) -> Read<Option<String>> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match value.as_str().map(str::trim) {
            Some("") => Ok(None),
            Some(text) if text.chars().count() <= most && !text.contains(is_hidden) => Ok(Some(text.to_string())),
            _ => {
                let english = format!("a text of at most {most} letters without control characters");
                Err(self.wrong(name, &english, &format!("不超过 {most} 个字的文字，不含控制字符")))
            }
        }
    }

    /// A text that has to be there.
    pub(super) fn needed(&self, name: &'static str, most: usize) -> Read<String> {
        self.text(name, most)?.ok_or_else(|| {
            let english = format!("a text of 1 to {most} letters");
            self.wrong(name, &english, &format!("1 至 {most} 个字的文字"))
        })
    }

    /// A number within bounds.
    pub(super) fn number(&self, name: &'static str, least: f64, most: f64) -> Read<Option<f64>> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match value.as_f64().filter(|number| (least..=most).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let english = format!("a number from {least} to {most}");
                Err(self.wrong(name, &english, &format!("{least} 至 {most} 的数")))
            }
        }
    }

    /// True or false; false where it is not there.
    pub(super) fn flag(&self, name: &'static str) -> Read<bool> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.wrong(name, "true or false", " true 或 false")),
        }
    }

    /// A time with its offset.
    pub(super) fn time(&self, name: &'static str) -> Read<Utc> {
        let time = self.value(name).and_then(Value::as_str).and_then(Utc::parse);
        time.ok_or_else(|| {
            self.wrong(
                name,
                "a time with its offset, as 2025-10-20T13:30:00+08:00",
                "带时区的时间，如 2025-10-20T13:30:00+08:00",
            )
        })
    }

    /// What is wrong with a piece, with what it holds.
    pub(super) fn wrong(&self, name: &'static str, english: &str, chinese: &str) -> Wrong {
        Wrong::new(name, self.value(name).map(shown), english, chinese)
    }
}

/// A value as a message has it: its beginning, with nothing hidden in it.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    let visible = text.chars().filter(|c| !is_hidden(*c)).take(SHOWN).collect::<String>();
    if visible.len() < text.len() { format!("{visible}…") } else { visible }
}

/// Letters that end lines, or turn the direction of writing.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{61c}')
}
