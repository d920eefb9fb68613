//! `[desk]`: how long each step of a case may take, which events are given to posts without being asked, and whom the desk's own messages go to.

mod dispatch;
mod nil_report;
mod office;
mod steps;

use super::County;
use super::season::Span;
use super::settings::Settings;
use super::written::span_of;
use crate::error::Result;
pub use dispatch::{DispatchRule, Tell, To};
pub use nil_report::NilHours;
pub use office::OfficeHours;
pub use steps::{STEPS, StepClock};
use toml::Value;

/// The duty desk of a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Desk {
    /// One for each of [`STEPS`], in that order.
    pub clocks: [StepClock; STEPS.len()],
    /// When offices are open.
    pub office: OfficeHours,
    /// Minutes of Beijing's day in which the minutes of the night count.
    pub night: (u32, u32),
    /// What goes on being late is told one unit higher after so many minutes.
    pub supervise_again_min: f64,
    /// What is given to posts by itself; the first rule that takes an event gives it.
    pub rules: Vec<DispatchRule>,
    /// Which sinks the messages of an area go to.
    pub tell: Vec<Tell>,
    /// When counties report that nothing was found; `None`: they do not.
    pub nil_report: Option<NilHours>,
}

/// Open from half past eight to six, Monday to Friday; night from ten to seven.
const OFFICE: (u32, u32) = (8 * 60 + 30, 18 * 60);
const WEEKDAYS: [bool; 7] = [true, true, true, true, true, false, false];
const NIGHT: (u32, u32) = (22 * 60, 7 * 60);
const AGAIN_MIN: f64 = 60.0;

impl Default for Desk {
    fn default() -> Self {
        let (holidays, worked) = (Vec::new(), Vec::new());
        Desk {
            clocks: StepClock::USUAL,
            office: OfficeHours { span: OFFICE, weekdays: WEEKDAYS, holidays, worked },
            night: NIGHT,
            supervise_again_min: AGAIN_MIN,
            rules: Vec::new(),
            tell: Vec::new(),
            nil_report: None,
        }
    }
}

impl Settings {
    /// The desk; sinks, counties and spans that it names are those of the site.
    pub(super) fn desk(&self, sinks: &[&str], counties: &[County]) -> Result<Desk> {
        let usual = Desk::default();
        let office = OfficeHours {
            span: self.day_span("desk.office_hours")?.unwrap_or(OFFICE),
            weekdays: self.weekdays()?,
            holidays: self.dated("desk.holidays")?,
            worked: self.dated("desk.workdays")?,
        };
        if office.span.0 > office.span.1 {
            let found = self.text("desk.office_hours").unwrap_or_default();
            return Err(self.wrong("desk.office_hours", found, "the earlier time first, as \"08:30-18:00\"".into()));
        }
        let again = self.number("desk.supervise_again_min").unwrap_or(AGAIN_MIN);
        if !(1.0..=10_080.0).contains(&again) {
            let expected = "minutes from 1 to 10080".to_string();
            return Err(self.wrong("desk.supervise_again_min", again.to_string(), expected));
        }
        Ok(Desk {
            clocks: self.step_clocks()?,
            office,
            night: self.day_span("desk.night")?.unwrap_or(usual.night),
            supervise_again_min: again,
            rules: self.dispatch_rules(counties)?,
            tell: self.tell(sinks, counties)?,
            nil_report: self.nil_hours()?,
        })
    }

    fn day_span(&self, key: &str) -> Result<Option<(u32, u32)>> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let expected = "two times of the day (Beijing), as \"08:30-18:00\"".to_string();
        span_of(&text).map(Some).ok_or_else(|| self.wrong(key, text, expected))
    }

    fn weekdays(&self) -> Result<[bool; 7]> {
        const KEY: &str = "desk.office_days";
        if self.get(KEY).is_none() {
            return Ok(WEEKDAYS);
        }
        let mut days = [false; 7];
        for (index, word) in self.texts(KEY).iter().enumerate() {
            let day = DAYS.iter().position(|(code, name)| code == word || name == word);
            let expected = || "days of the week, as [\"mon\", \"tue\"] or [\"周一\", \"周二\"]".to_string();
            days[day.ok_or_else(|| self.wrong(&format!("{KEY}[{index}]"), word.clone(), expected()))?] = true;
        }
        Ok(days)
    }

    /// Days of one year or of each; a single day is written once.
    fn dated(&self, key: &str) -> Result<Vec<Span>> {
        let values = self.get(key).and_then(Value::as_array).into_iter().flatten().enumerate();
        let span = |text: &str| {
            let (days, name) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
            let days = if days.contains('/') { days.to_string() } else { format!("{days}/{days}") };
            Span::parse(&format!("{days} {name}"))
        };
        let expected = "a day or two, and a name, as \"2026-10-01/2026-10-08 国庆\"";
        values
            .map(|(index, value)| {
                let found = value.as_str().and_then(span);
                found.ok_or_else(|| self.wrong(&format!("{key}[{index}]"), value.to_string(), expected.to_string()))
            })
            .collect()
    }
}

const DAYS: [(&str, &str); 7] = [
    ("mon", "周一"),
    ("tue", "周二"),
    ("wed", "周三"),
    ("thu", "周四"),
    ("fri", "周五"),
    ("sat", "周六"),
    ("sun", "周日"),
];
