//! The times that reports are of: days, weeks and months of the calendar in Beijing.

use crate::pipeline::weekly::{monday_of, next_monday};
use crate::time::Utc;
use std::ops::Range;

/// How long a time a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A day.
    Daily,
    /// Monday to Sunday.
    Weekly,
    /// A month.
    Monthly,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Daily, Kind::Weekly, Kind::Monthly];

    /// The word in ids, addresses and names of templates.
    pub fn code(self) -> &'static str {
        match self {
            Kind::Daily => "daily",
            Kind::Weekly => "weekly",
            Kind::Monthly => "monthly",
        }
    }

    /// As titles have it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Daily => "日报",
            Kind::Weekly => "周报",
            Kind::Monthly => "月报",
        }
    }

    /// From its word.
    pub fn of(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The time that holds a moment.
    pub fn span(self, at: Utc) -> Range<Utc> {
        let after = |from: Utc, days: f64| from.plus_seconds(86_400.0 * days).unwrap_or(from);
        match self {
            Kind::Daily => {
                let midnight = first_of(at, "%Y-%m-%d", "");
                midnight..after(midnight, 1.0)
            }
            Kind::Weekly => {
                let monday = monday_of(at);
                monday..next_monday(monday)
            }
            Kind::Monthly => {
                let first = first_of(at, "%Y-%m", "-01");
                first..after(first, at.days_in_beijing_month() as f64)
            }
        }
    }

    /// Why no report can be of the time that holds a day, in words; nothing where one can.
    pub fn refused(self, day: Utc, now: Utc) -> Option<&'static str> {
        let span = self.span(day);
        if span.start >= now {
            return Some("该时段尚未开始");
        }
        // before there were satellites that see such fires: a year that was mistyped
        let first = Utc::from_parts(2000, 1, 1, 0, 0, 0);
        first.is_some_and(|first| span.end <= first).then_some("该时段在 2000 年以前，没有观测，请核对日期")
    }

    /// The last time of its kind that is over.
    pub fn last(self, now: Utc) -> Range<Utc> {
        let current = self.span(now);
        self.span(current.start.plus_seconds(-1.0).unwrap_or(current.start))
    }

    /// `2025年10月20日`, `2025年10月20日至10月26日`, `2025年10月`.
    pub(super) fn spoken(self, span: &Range<Utc>) -> String {
        let of = |at: Utc, pattern: &str| at.beijing_as(pattern).unwrap_or_default();
        let last = span.end.plus_seconds(-1.0).unwrap_or(span.end);
        match self {
            Kind::Daily => of(span.start, "%Y年%-m月%-d日"),
            Kind::Monthly => of(span.start, "%Y年%-m月"),
            Kind::Weekly if of(span.start, "%Y") == of(last, "%Y") => {
                format!("{}至{}", of(span.start, "%Y年%-m月%-d日"), of(last, "%-m月%-d日"))
            }
            Kind::Weekly => format!("{}至{}", of(span.start, "%Y年%-m月%-d日"), of(last, "%Y年%-m月%-d日")),
        }
    }

    /// `2025年第293期`: the number of the day, of the week (ISO 8601) or of the month in its year.
    pub(super) fn issue(self, span: &Range<Utc>) -> String {
        let pattern = match self {
            Kind::Daily => "%Y年第%-j期",
            Kind::Weekly => "%G年第%-V期",
            Kind::Monthly => "%Y年第%-m期",
        };
        span.start.beijing_as(pattern).unwrap_or_default()
    }
}

fn first_of(at: Utc, pattern: &str, day: &str) -> Utc {
    let text = at.beijing_as(pattern).map(|text| format!("{text}{day}T00:00:00+08:00"));
    text.and_then(|text| Utc::parse(&text)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the calendar: 20 October 2025 is a Monday, the 293rd day and in week 43; 16:30 UTC is the next day in Beijing.
    #[test]
    fn times_are_those_of_the_calendar_in_beijing() {
        let at = |text: &str| Utc::parse(text).expect("a time");
        let moment = at("2025-10-19T16:30:00Z");
        for (kind, from, until, spoken, issue) in [
            (Kind::Daily, "2025-10-20", "2025-10-21", "2025年10月20日", "2025年第293期"),
            (Kind::Weekly, "2025-10-20", "2025-10-27", "2025年10月20日至10月26日", "2025年第43期"),
            (Kind::Monthly, "2025-10-01", "2025-11-01", "2025年10月", "2025年第10期"),
        ] {
            let midnight = |day: &str| at(&format!("{day}T00:00:00+08:00"));
            let span = kind.span(moment);
            assert_eq!(span, midnight(from)..midnight(until), "{kind:?}");
            assert_eq!((kind.spoken(&span).as_str(), kind.issue(&span).as_str()), (spoken, issue));
        }
        let new_year = Kind::Weekly.span(at("2026-01-01T04:00:00Z"));
        assert_eq!(Kind::Weekly.spoken(&new_year), "2025年12月29日至2026年1月4日");
        assert_eq!(Kind::Weekly.issue(&new_year), "2026年第1期");
        assert_eq!(Kind::Monthly.last(at("2025-03-10T00:00:00Z")), Kind::Monthly.span(at("2025-02-10T00:00:00Z")));
    }
}
