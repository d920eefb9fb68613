//! When jobs are due: the five fields of cron, in Beijing time.

use crate::time::Utc;
use croner::parser::{CronParser, Seconds, Year};
use jiff::{Timestamp, civil::DateTime, tz};

/// Minutes at which something is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Cron {
    text: String,
    pattern: croner::Cron,
}

impl Cron {
    /// From minute, hour, day of the month, month and day of the week (1: Monday, 0 and 7: Sunday), as `30 18 * * *`; `None` for
    /// anything else, and for a time that never comes.
    pub fn parse(text: &str) -> Option<Cron> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.split(' ').count() != 5 {
            return None;
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = Cron { pattern: parser.parse(&text).ok()?, text };
        cron.next(Utc::UNIX_EPOCH)?;
        Some(cron)
    }

    /// The first moment after another at which it is due; `None` beyond the end of the calendar.
    pub fn next(&self, after: Utc) -> Option<Utc> {
        utc(self.pattern.find_next_occurrence(&beijing(after)?, false).ok()?)
    }

    /// All moments after the first and up to the last, included.
    pub fn due(&self, after: Utc, upto: Utc) -> Vec<Utc> {
        std::iter::successors(self.next(after), |at| self.next(*at)).take_while(|at| *at <= upto).collect()
    }

    /// The last moment before another at which it was due; `None` before the begin of the calendar.
    pub fn previous(&self, before: Utc) -> Option<Utc> {
        // patterns know whole seconds: what is left of one belongs to the next
        let before = Utc::from_micros(before.micros().checked_add(999_999)?)?;
        utc(self.pattern.find_previous_occurrence(&beijing(before)?, false).ok()?)
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Clock of the wall; there has been no daylight saving since 1991.
fn beijing(at: Utc) -> Option<DateTime> {
    Some(tz::offset(8).to_datetime(Timestamp::from_microsecond(at.micros()).ok()?))
}

fn utc(wall: DateTime) -> Option<Utc> {
    Utc::from_micros(tz::offset(8).to_timestamp(wall).ok()?.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Utc {
        Utc::parse(text).expect("a time")
    }

    fn cron(text: &str) -> Cron {
        Cron::parse(text).expect(text)
    }

    /// By hand: 18:30 in Beijing is 10:30 UTC; 20 October 2025 is a Monday, and 08:30 of it 00:30 UTC.
    #[test]
    fn jobs_are_due_in_beijing_time() {
        let evening = cron("30 18 * * *");
        let due = evening.due(at("2025-10-20T10:30:00Z"), at("2025-10-22T10:30:00Z"));
        assert_eq!(due, [at("2025-10-21T10:30:00Z"), at("2025-10-22T10:30:00Z")], "after the first, up to the last");
        assert!(evening.due(at("2025-10-20T10:30:00.5Z"), at("2025-10-21T10:29:59.9Z")).is_empty());
        let weekly = cron("30 8 * * 1");
        assert_eq!(weekly.next(at("2025-10-19T23:59:59.5Z")), Some(at("2025-10-20T00:30:00Z")));
        assert_eq!(weekly.next(at("2025-10-20T00:30:00Z")), Some(at("2025-10-27T00:30:00Z")));
        assert_eq!(weekly.previous(at("2025-10-20T00:30:00Z")), Some(at("2025-10-13T00:30:00Z")));
        assert_eq!(weekly.previous(at("2025-10-20T00:30:00.000001Z")), Some(at("2025-10-20T00:30:00Z")));
        // 04:00 on Sunday in Beijing is still Saturday in Greenwich
        assert_eq!(cron("0 4 * * 0").next(at("2025-10-20T00:00:00Z")), Some(at("2025-10-25T20:00:00Z")));
        assert_eq!(cron("0 0 29 2 *").next(at("2025-01-01T00:00:00Z")), Some(at("2028-02-28T16:00:00Z")));
        assert_eq!(cron("*/20 0 1 1 *").due(at("2025-12-31T15:00:00Z"), at("2026-01-31T00:00:00Z")).len(), 3);
        assert_eq!(cron(" 0  8 * *   * ").text(), "0 8 * * *");
    }

    #[test]
    fn what_is_no_time_of_a_job() {
        for text in [
            "",
            "30 18 * *",
            "0 30 18 * * *",
            "0 30 18 * * * 2025",
            "@daily",
            "60 18 * * *",
            "30 24 * * *",
            "30 18 * * 8",
            "30 18 0 * *",
            "0 0 30 2 *",
            "half past six",
        ] {
            assert_eq!(Cron::parse(text), None, "{text}");
        }
    }
}
