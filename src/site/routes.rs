//! `[[delivery.routes]]`: which events go to which sinks, and when.

use super::County;
use super::filter::{self, Filter};
use super::settings::{Key, Kind, Settings, key};
use super::written::{Written, minute};
use crate::error::Result;
use crate::time::Utc;
use std::time::Duration;
use toml::Value;

/// A rule of the push. An event goes to a sink when one of the sink's routes takes it; without any routes every sink gets every
/// kept event inside the counties, at once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Route {
    /// Names of the sinks.
    pub sinks: Vec<String>,
    /// Which events.
    pub filter: Filter,
    /// Minutes of the day (Beijing) at which it is told, together; empty: at once.
    pub digest: Vec<u32>,
    /// Minutes of the day (Beijing) in which nothing is told; it waits for their end.
    pub quiet: Option<(u32, u32)>,
    /// After so long without anybody's acknowledgement the sinks of `escalate_to` are told.
    pub escalate_after: Option<Duration>,
    /// Whom it is told then.
    pub escalate_to: Vec<String>,
}

const KEYS: &[Key] = &[
    key("sinks", Kind::Texts),
    key("digest", Kind::Texts),
    key("quiet", Kind::Text),
    key("escalate_after_min", Kind::Number),
    key("escalate_to", Kind::Texts),
];

impl Settings {
    /// The routes; the sinks that they name are among `sinks`, and the counties among those of the site.
    pub(super) fn routes(&self, sinks: &[&str], counties: &[County]) -> Result<Vec<Route>> {
        let keys: Vec<Key> = KEYS.iter().chain(&filter::KEYS).copied().collect();
        let tables = self.get("delivery.routes").and_then(Value::as_array).into_iter().flatten().enumerate();
        let route = |(at, value)| {
            let place = format!("delivery.routes[{at}]");
            route(&Written::checked(self, &place, value, &keys)?, sinks, counties)
        };
        tables.map(route).collect()
    }
}

fn route(written: &Written<'_>, sinks: &[&str], counties: &[County]) -> Result<Route> {
    let escalate_after = written.number("escalate_after_min");
    let route = Route {
        sinks: written.among("sinks", sinks)?,
        filter: Filter::read(written, counties)?,
        digest: digest(written)?,
        quiet: written.span("quiet")?,
        escalate_after: escalate_after.map(|minutes| Duration::from_secs_f64(60.0 * minutes.min(1e6))),
        escalate_to: written.among("escalate_to", sinks)?,
    };
    if route.sinks.is_empty() {
        return Err(written.wrong("sinks", "nothing", "names of sinks, as [\"patrol\"]"));
    }
    if route.escalate_after.is_some() == route.escalate_to.is_empty() {
        let expected = "escalate_after_min and escalate_to together";
        return Err(written.wrong("escalate_after_min", "one of two keys", expected));
    }
    Ok(route)
}

fn digest(written: &Written<'_>) -> Result<Vec<u32>> {
    let expected = "times of the day (Beijing), as [\"07:00\", \"18:30\"]";
    let time = |text: &String| minute(text).ok_or_else(|| written.wrong("digest", text, expected));
    written.texts("digest").iter().map(time).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Utc {
        Utc::parse(text).expect("a time")
    }

    /// By hand: Beijing is eight hours ahead.
    #[test]
    fn the_night_waits_for_the_morning() {
        let route = Route { digest: vec![7 * 60, 18 * 60 + 30], ..Route::default() };
        assert_eq!(route.due(at("2025-10-20T18:00:20Z")), at("2025-10-20T23:00:00Z"), "02:00 waits for 07:00");
        assert_eq!(route.due(at("2025-10-20T23:00:00Z")), at("2025-10-20T23:00:00Z"), "07:00 itself");
        assert_eq!(route.due(at("2025-10-20T23:00:01Z")), at("2025-10-21T10:30:00Z"), "07:00:01 waits for 18:30");
        let quiet = Route { quiet: Some((22 * 60, 7 * 60)), ..Route::default() };
        assert_eq!(quiet.due(at("2025-10-20T15:30:00Z")), at("2025-10-20T23:00:00Z"), "23:30 waits for 07:00");
        assert_eq!(quiet.due(at("2025-10-20T23:00:00Z")), at("2025-10-20T23:00:00Z"), "07:00 does not wait");
    }

    #[test]
    fn spans_go_over_midnight() {
        assert!(is_within(23 * 60, (22 * 60, 420)) && is_within(0, (22 * 60, 420)) && !is_within(420, (22 * 60, 420)));
        assert!(is_within(480, (480, 1080)) && !is_within(1080, (480, 1080)));
    }
}
