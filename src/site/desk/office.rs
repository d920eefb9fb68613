//! Office hours of Beijing: what is reckoned in them stands still at night and on days off.

use crate::site::season::Span;
use crate::time::Utc;

const DAY_US: i64 = 86_400_000_000;
const MINUTE_US: f64 = 60e6;
/// Beijing is so far ahead of UTC, all the year.
const AHEAD_US: i64 = 8 * 3_600_000_000;
/// Days that are looked through for open hours: a calendar that has none for so long has none.
const LONGEST_DAYS: i64 = 400;

/// When an office is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeHours {
    /// Minutes of Beijing's day, from and to; from before to.
    pub span: (u32, u32),
    /// Days of the week on which it is open, Monday first.
    pub weekdays: [bool; 7],
    /// Days off, whatever day of the week they are.
    pub holidays: Vec<Span>,
    /// Days that are worked instead (调休), whatever day of the week they are; they go before holidays.
    pub worked: Vec<Span>,
}

impl OfficeHours {
    /// When so many minutes of open hours have passed since a moment. Where the calendar is never open they are minutes of the clock.
    pub fn after(&self, since: Utc, minutes: f64) -> Utc {
        let mut left_us = (MINUTE_US * minutes.max(0.0)) as i64;
        let first = since.beijing_day();
        for day in first..first + LONGEST_DAYS {
            let Some((open, close)) = self.open(day) else { continue };
            let from = open.max(since.micros());
            let there = (close - from).max(0);
            if there > 0 && left_us <= there {
                return Utc::from_micros(from + left_us).unwrap_or(since);
            }
            left_us -= there;
        }
        since.plus_seconds(60.0 * minutes).unwrap_or(since)
    }

    /// From when to when a day is open, microseconds; `None` on a day off.
    fn open(&self, day: i64) -> Option<(i64, i64)> {
        let midnight = day * DAY_US - AHEAD_US;
        let date = Utc::from_micros(midnight)?.beijing_date();
        let has = |spans: &[Span]| spans.iter().any(|span| span.contains(date));
        // the first of January 1970 was a Thursday
        let weekday = usize::try_from((day + 3).rem_euclid(7)).ok()?;
        let is_open = has(&self.worked) || (self.weekdays[weekday] && !has(&self.holidays));
        let at = |minute: u32| midnight + i64::from(minute) * 60_000_000;
        is_open.then(|| (at(self.span.0), at(self.span.1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Utc {
        Utc::parse(&format!("{text}:00+08:00")).expect("a time")
    }

    /// By hand, with the calendar of October 2025: the 1st to the 8th off, Saturday 11th worked instead.
    #[test]
    fn minutes_of_the_office_stand_still_at_night_and_on_days_off() {
        let hours = OfficeHours {
            span: (8 * 60 + 30, 18 * 60),
            weekdays: [true, true, true, true, true, false, false],
            holidays: vec![Span::parse("2025-10-01/2025-10-08 国庆、中秋").expect("a span")],
            worked: vec![Span::parse("2025-10-11/2025-10-11 调休").expect("a span")],
        };
        for (since, minutes, expected) in [
            ("2025-10-20T09:00", 60.0, "2025-10-20T10:00"),
            ("2025-10-20T17:30", 60.0, "2025-10-21T09:00"),
            ("2025-10-20T03:00", 60.0, "2025-10-20T09:30"),
            ("2025-10-20T17:00", 60.0, "2025-10-20T18:00"),
            ("2025-10-24T17:30", 60.0, "2025-10-27T09:00"),
            ("2025-09-30T17:30", 60.0, "2025-10-09T09:00"),
            ("2025-10-10T17:30", 60.0, "2025-10-11T09:00"),
            ("2025-10-11T17:30", 60.0, "2025-10-13T09:00"),
            ("2025-10-20T08:30", 2.0 * 570.0, "2025-10-21T18:00"),
        ] {
            assert_eq!(hours.after(at(since), minutes), at(expected), "{minutes} min after {since}");
        }
        let never = OfficeHours { weekdays: [false; 7], worked: Vec::new(), ..hours };
        assert_eq!(never.after(at("2025-10-20T09:00"), 60.0), at("2025-10-20T10:00"));
    }
}
