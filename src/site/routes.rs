//! `[[delivery.routes]]`: which events go to which sinks, and when.

use super::County;
use super::settings::{Key, Kind, Settings, join, key};
use crate::error::Result;
use crate::fire::{Class, Confidence};
use crate::time::Utc;
use std::time::Duration;
use toml::{Table, Value};

/// A rule of the push. An event goes to a sink when one of the sink's routes takes it; without any routes every sink gets every
/// kept event inside the counties, at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Names of the sinks.
    pub sinks: Vec<String>,
    /// Codes of counties; empty: all.
    pub counties: Vec<String>,
    /// Names of townships; empty: all.
    pub townships: Vec<String>,
    /// Classes; empty: all.
    pub classes: Vec<Class>,
    /// Confidence at least.
    pub confidence: Option<Confidence>,
    /// Power at least, MW; an unknown power passes, for it may be greater than was measured.
    pub min_mw: Option<f64>,
    /// Power below, MW; an unknown power does not pass.
    pub below_mw: Option<f64>,
    /// Only beside woods, or only away from them; where no land cover says it, both routes take it.
    pub forest_edge: Option<bool>,
    /// Minutes of the day (Beijing) in which it applies, from and to; from after to goes over midnight.
    pub hours: Option<(u32, u32)>,
    /// Minutes of the day (Beijing) at which it is told, together; empty: at once.
    pub digest: Vec<u32>,
    /// Minutes of the day (Beijing) in which nothing is told; it waits for their end.
    pub quiet: Option<(u32, u32)>,
    /// After so long without anybody's acknowledgement the sinks of `escalate_to` are told.
    pub escalate_after: Option<Duration>,
    /// Whom it is told then.
    pub escalate_to: Vec<String>,
}

const CLASSES: [Class; 5] = [Class::Straw, Class::Vegetation, Class::Industrial, Class::Solar, Class::Unknown];
const CONFIDENCES: &[&str] = &["low", "nominal", "high"];

const KEYS: &[Key] = &[
    key("sinks", Kind::Texts),
    key("counties", Kind::Texts),
    key("townships", Kind::Texts),
    key("classes", Kind::Texts),
    key("confidence", Kind::OneOf(CONFIDENCES)),
    key("min_mw", Kind::Number),
    key("below_mw", Kind::Number),
    key("forest_edge", Kind::Flag),
    key("hours", Kind::Text),
    key("digest", Kind::Texts),
    key("quiet", Kind::Text),
    key("escalate_after_min", Kind::Number),
    key("escalate_to", Kind::Texts),
];

impl Settings {
    /// The routes; the sinks that they name are among `sinks`, and the counties among those of the site.
    pub(super) fn routes(&self, sinks: &[&str], counties: &[County]) -> Result<Vec<Route>> {
        let tables = self.get("delivery.routes").and_then(Value::as_array);
        tables.into_iter().flatten().enumerate().map(|(at, value)| self.route(at, value, sinks, counties)).collect()
    }

    fn route(&self, at: usize, value: &Value, sinks: &[&str], counties: &[County]) -> Result<Route> {
        let place = format!("delivery.routes[{at}]");
        let table = value
            .as_table()
            .ok_or_else(|| self.wrong(&place, value.to_string(), "a table [[delivery.routes]]".to_string()))?;
        for (name, value) in table {
            let dotted = join(&place, name);
            match KEYS.iter().find(|key| key.dotted == name) {
                Some(key) => self.check(&dotted, value, key.kind)?,
                None => return Err(self.unknown(&dotted, KEYS)),
            }
        }
        Written { settings: self, place, table }.route(sinks, counties)
    }
}

/// One table, its keys and types checked.
struct Written<'a> {
    settings: &'a Settings,
    place: String,
    table: &'a Table,
}

impl Written<'_> {
    fn route(&self, sinks: &[&str], counties: &[County]) -> Result<Route> {
        let route = Route {
            sinks: self.sinks("sinks", sinks)?,
            counties: self.counties(counties)?,
            townships: self.texts("townships"),
            classes: self.classes()?,
            confidence: self.confidence(),
            min_mw: self.number("min_mw"),
            below_mw: self.number("below_mw"),
            forest_edge: self.table.get("forest_edge").and_then(Value::as_bool),
            hours: self.span("hours")?,
            digest: self.digest()?,
            quiet: self.span("quiet")?,
            escalate_after: self
                .number("escalate_after_min")
                .map(|minutes| Duration::from_secs_f64(60.0 * minutes.min(1e6))),
            escalate_to: self.sinks("escalate_to", sinks)?,
        };
        if route.sinks.is_empty() {
            return Err(self.wrong("sinks", "nothing", "names of sinks, as [\"patrol\"]"));
        }
        if route.escalate_after.is_some() == route.escalate_to.is_empty() {
            return Err(self.wrong(
                "escalate_after_min",
                "one of two keys",
                "escalate_after_min and escalate_to together",
            ));
        }
        Ok(route)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let texts = self.table.get(name).and_then(Value::as_array).into_iter().flatten();
        texts.filter_map(Value::as_str).map(str::to_string).collect()
    }

    fn number(&self, name: &str) -> Option<f64> {
        let value = self.table.get(name)?;
        value.as_float().or_else(|| value.as_integer().map(|n| n as f64))
    }

    fn sinks(&self, name: &str, sinks: &[&str]) -> Result<Vec<String>> {
        let named = self.texts(name);
        match named.iter().find(|sink| !sinks.contains(&sink.as_str())) {
            Some(unknown) => {
                Err(self.wrong(name, unknown, &format!("names of [[delivery.sinks]]: {}", sinks.join(", "))))
            }
            None => Ok(named),
        }
    }

    /// By code or name. One that the site does not have would take nothing, and nobody would hear of it.
    fn counties(&self, counties: &[County]) -> Result<Vec<String>> {
        let code = |word: &String| {
            let found =
                counties.iter().map(|county| &county.name).find(|name| name.adcode == *word || name.name == *word);
            let all = || {
                counties.iter().map(|county| format!("{} {}", county.name.adcode, county.name.name)).collect::<Vec<_>>()
            };
            found.map(|name| name.adcode.clone()).ok_or_else(|| self.wrong("counties", word, &all().join(", ")))
        };
        self.texts("counties").iter().map(code).collect()
    }

    fn classes(&self) -> Result<Vec<Class>> {
        let class = |word: &String| {
            let known = CLASSES.into_iter().find(|class| class.name() == word);
            known.ok_or_else(|| self.wrong("classes", word, &CLASSES.map(Class::name).join(", ")))
        };
        self.texts("classes").iter().map(class).collect()
    }

    fn confidence(&self) -> Option<Confidence> {
        let word = self.table.get("confidence").and_then(Value::as_str)?;
        [Confidence::Low, Confidence::Nominal, Confidence::High]
            .into_iter()
            .find(|confidence| confidence.name() == word)
    }

    fn span(&self, name: &str) -> Result<Option<(u32, u32)>> {
        let Some(text) = self.table.get(name).and_then(Value::as_str) else { return Ok(None) };
        let span = text.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
        let span = span.filter(|(from, to)| from != to);
        span.map(Some).ok_or_else(|| self.wrong(name, text, "two times of the day (Beijing), as \"22:00-07:00\""))
    }

    fn digest(&self) -> Result<Vec<u32>> {
        let time = |text: &String| {
            minute(text)
                .ok_or_else(|| self.wrong("digest", text, "times of the day (Beijing), as [\"07:00\", \"18:30\"]"))
        };
        self.texts("digest").iter().map(time).collect()
    }

    fn wrong(&self, name: &str, found: &str, expected: &str) -> crate::error::Error {
        self.settings.wrong(&join(&self.place, name), found.to_string(), expected.to_string())
    }
}

/// `07:00` as minutes of the day.
fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two = |text: &str| (text.len() == 2).then(|| text.parse::<u32>().ok()).flatten();
    let (hour, minute) = (two(hour)?, two(minute)?);
    (hour < 24 && minute < 60).then_some(60 * hour + minute)
}

/// Whether a minute of the day lies in a span, which may go over midnight.
pub fn is_within(minute: u32, (from, to): (u32, u32)) -> bool {
    if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}

/// The next moment after `now` (or now) at which it is that minute of the day in Beijing.
pub fn next_at(minute: u32, now: Utc) -> Utc {
    let wait = f64::from((minute + 1440 - now.beijing_minute()) % 1440) * 60.0 - now.second_of_minute();
    let wait = if wait < 0.0 { wait + 86_400.0 } else { wait };
    now.plus_seconds(wait).unwrap_or(now)
}

impl Route {
    /// When an event that is known now is told: at once, at the next time of the digest, and not within the quiet hours.
    pub fn due(&self, now: Utc) -> Utc {
        let at = self.digest.iter().map(|minute| next_at(*minute, now)).min().unwrap_or(now);
        match self.quiet {
            Some(quiet) if is_within(at.beijing_minute(), quiet) => next_at(quiet.1, at),
            _ => at,
        }
    }
}

impl Route {
    /// The route of a site without any: every event, at once.
    pub fn everything(sinks: Vec<String>) -> Self {
        Route {
            sinks,
            counties: Vec::new(),
            townships: Vec::new(),
            classes: Vec::new(),
            confidence: None,
            min_mw: None,
            below_mw: None,
            forest_edge: None,
            hours: None,
            digest: Vec::new(),
            quiet: None,
            escalate_after: None,
            escalate_to: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Utc {
        Utc::parse(text).expect("a time")
    }

    /// By hand: Beijing is eight hours ahead.
    #[test]
    fn the_night_waits_for_the_morning() {
        let route = Route { digest: vec![7 * 60, 18 * 60 + 30], ..Route::everything(vec!["robot".into()]) };
        assert_eq!(route.due(at("2025-10-20T18:00:20Z")), at("2025-10-20T23:00:00Z"), "02:00 waits for 07:00");
        assert_eq!(route.due(at("2025-10-20T23:00:00Z")), at("2025-10-20T23:00:00Z"), "07:00 itself");
        assert_eq!(route.due(at("2025-10-20T23:00:01Z")), at("2025-10-21T10:30:00Z"), "07:00:01 waits for 18:30");
        let quiet = Route { quiet: Some((22 * 60, 7 * 60)), ..Route::everything(vec![]) };
        assert_eq!(quiet.due(at("2025-10-20T15:30:00Z")), at("2025-10-20T23:00:00Z"), "23:30 waits for 07:00");
        assert_eq!(quiet.due(at("2025-10-20T23:00:00Z")), at("2025-10-20T23:00:00Z"), "07:00 does not wait");
    }

    #[test]
    fn spans_go_over_midnight() {
        assert!(is_within(23 * 60, (22 * 60, 420)) && is_within(0, (22 * 60, 420)) && !is_within(420, (22 * 60, 420)));
        assert!(is_within(480, (480, 1080)) && !is_within(1080, (480, 1080)));
    }
}
