//! 第一把火: the first fire of a burning season, of the site and of each county.

use crate::cases::{Case, Cause, Status};
use crate::fire::{Class, FireEvent};
use crate::site::Seasons;
use crate::time::Utc;
use std::collections::BTreeMap;

/// A fire that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lit<'a> {
    /// Id of its event.
    pub event: &'a str,
    /// Its first detection.
    pub at: Utc,
    /// Code of its county.
    pub adcode: &'a str,
}

/// The first fire of a season somewhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct First {
    /// Id of the event.
    pub event: String,
    /// When it was seen first.
    pub at: Utc,
    /// Name of the season, its span where it has none.
    pub season: String,
    /// Year in which the season began.
    pub year: i16,
    /// The county of which it is the first; `None`: of the whole site.
    pub adcode: Option<String>,
}

/// The season in which a moment lies, by its name, with the year in which it began; of several the one that is written first.
pub fn season_of(at: Utc, seasons: &Seasons) -> Option<(&str, i16)> {
    let date = at.beijing_date();
    seasons.burning.iter().find_map(|span| {
        let name = if span.name.is_empty() { &span.text } else { &span.name };
        Some((name.as_str(), span.began(date)?))
    })
}

/// The first moment of the season in which a moment lies, midnight in Beijing; `None` outside of all.
pub fn season_began(at: Utc, seasons: &Seasons) -> Option<Utc> {
    const DAY_S: f64 = 86_400.0;
    let season = season_of(at, seasons)?;
    let into_the_day = f64::from(at.beijing_minute()) * 60.0 + at.second_of_minute();
    let midnight = at.plus_seconds(-into_the_day)?;
    // no season is longer than a year
    let days = (0..=366).map_while(|day| midnight.plus_seconds(-DAY_S * f64::from(day)));
    days.take_while(|day| season_of(*day, seasons) == Some(season)).last()
}

/// The first fire of each season, of the whole site and of each county, by season and then site before counties. Of two at one moment the one whose id comes
/// first. Simulated and real ones are never given together.
pub fn first_of_season<'a>(fires: impl IntoIterator<Item = Lit<'a>>, seasons: &Seasons) -> Vec<First> {
    let mut firsts: BTreeMap<(i16, String, Option<String>), First> = BTreeMap::new();
    for fire in fires {
        let Some((season, year)) = season_of(fire.at, seasons) else { continue };
        for adcode in [None, Some(fire.adcode.to_string())] {
            let place = (year, season.to_string(), adcode.clone());
            let first = First { event: fire.event.to_string(), at: fire.at, season: season.into(), year, adcode };
            let known = firsts.entry(place).or_insert_with(|| first.clone());
            if (first.at, &first.event) < (known.at, &known.event) {
                *known = first;
            }
        }
    }
    firsts.into_values().collect()
}

/// Whether an event counts among the fires of a season: real, inside, standing, no source of heat that is no burning, and not found to be anything
/// but straw. What nobody has looked at yet counts: it is the first 疑似火点 until somebody says what it is.
pub fn counts(event: &FireEvent, case: Option<&Case>) -> bool {
    let may_be_straw = |cause: Cause| matches!(cause, Cause::Straw | Cause::Unknown);
    let cause = case.and_then(|case| case.verification.as_ref()).and_then(|found| found.cause);
    let is_excluded = case.is_some_and(|case| case.status == Status::Excluded);
    event.inside
        && event.merged_into.is_none()
        && !event.simulated
        && !matches!(event.class, Class::Industrial | Class::Solar)
        && !is_excluded
        && cause.is_none_or(may_be_straw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::LonLat;
    use crate::site::Span;

    fn at(text: &str) -> Utc {
        Utc::parse(text).expect("a time")
    }

    fn seasons(spans: &[&str]) -> Seasons {
        let burning = spans.iter().map(|text| Span::parse(text).expect("a span")).collect();
        Seasons { burning, customs: Vec::new() }
    }

    /// By hand, from the calendar: the evening of 30 June UTC is 1 July in Beijing.
    #[test]
    fn the_first_of_each_season_and_county() {
        let fires = [
            ("c", "2025-07-02T03:00:00Z", "630222"),
            ("b", "2025-06-30T16:30:00Z", "630223"),
            ("a", "2025-06-30T15:30:00Z", "630223"),
            ("d", "2025-12-30T03:00:00Z", "630222"),
            ("e", "2026-01-03T03:00:00Z", "630222"),
            ("f", "2026-07-01T03:00:00Z", "630222"),
        ];
        let lit = fires.map(|(event, time, adcode)| Lit { event, at: at(time), adcode });
        let found = first_of_season(lit, &seasons(&["07-01/09-30 小麦、油菜", "11-15/02-15"]));
        let found: Vec<(i16, &str, Option<&str>, &str)> = found
            .iter()
            .map(|first| (first.year, first.season.as_str(), first.adcode.as_deref(), first.event.as_str()))
            .collect();
        let expected = [
            (2025, "11-15/02-15", None, "d"),
            (2025, "11-15/02-15", Some("630222"), "d"),
            (2025, "小麦、油菜", None, "b"),
            (2025, "小麦、油菜", Some("630222"), "c"),
            (2025, "小麦、油菜", Some("630223"), "b"),
            (2026, "小麦、油菜", None, "f"),
            (2026, "小麦、油菜", Some("630222"), "f"),
        ];
        assert_eq!(found, expected, "a lies before the season, e in that of d");
        assert_eq!(first_of_season([], &seasons(&[])), []);
    }

    /// By hand: midnight of 1 July in Beijing is 16:00 UTC of 30 June; a winter goes over the end of the year.
    #[test]
    fn a_season_begins_at_midnight_in_beijing() {
        let of = |time: &str| season_began(at(time), &seasons(&["07-01/09-30 小麦", "11-15/02-15"]));
        assert_eq!(of("2025-07-19T05:30:30Z"), Some(at("2025-06-30T16:00:00Z")));
        assert_eq!(of("2025-06-30T16:00:00Z"), Some(at("2025-06-30T16:00:00Z")));
        assert_eq!(of("2026-02-01T00:00:00Z"), Some(at("2025-11-14T16:00:00Z")));
        assert_eq!(of("2025-06-30T15:59:59Z"), None);
    }

    #[test]
    fn what_is_no_burning_is_no_first_fire() {
        let place = LonLat::new(102.0, 36.5).expect("a place");
        let event = FireEvent::bare("a", at("2025-07-02T03:00:00Z"), place);
        let case = |status| Case { status, ..Case::new(event.first_seen) };
        assert!(counts(&event, None) && counts(&event, Some(&case(Status::Triage))));
        assert!(!counts(&event, Some(&case(Status::Excluded))));
        assert!(!counts(&FireEvent { simulated: true, ..event.clone() }, None));
        assert!(!counts(&FireEvent { merged_into: Some("b".into()), ..event.clone() }, None));
        assert!(!counts(&FireEvent { class: Class::Industrial, ..event.clone() }, None));
        assert!(!counts(&FireEvent { inside: false, ..event }, None));
    }
}
