//! Days and weeks of a season, and the part of it that is theirs.

use super::DAY_S;
use crate::deliver::coverage::period::{Period, day_of};
use crate::fire::FireEvent;
use crate::pipeline::weekly::{monday_of, next_monday};
use crate::time::Utc;
use std::collections::BTreeSet;
use std::ops::Range;

/// Days from a midnight in Beijing to another.
pub(super) fn days(from: Utc, to: Utc) -> Vec<Range<Utc>> {
    cut(from, to, |at| at.plus_seconds(DAY_S))
}

/// Weeks from Monday to Sunday; the first and the last may be short.
pub(super) fn weeks(from: Utc, to: Utc) -> Vec<Range<Utc>> {
    cut(from, to, |at| Some(next_monday(monday_of(at))))
}

fn cut(from: Utc, to: Utc, next: impl Fn(Utc) -> Option<Utc>) -> Vec<Range<Utc>> {
    let (mut spans, mut at) = (Vec::new(), from);
    while at < to {
        let end = next(at).filter(|end| *end > at).unwrap_or(to).min(to);
        spans.push(at..end);
        at = end;
    }
    spans
}

/// First and last day of a span, `2025-10-20`.
pub(super) fn first_and_last(span: &Range<Utc>) -> (String, String) {
    (day_of(span.start), day_of(span.end.plus_seconds(-1.0).unwrap_or(span.start)))
}

/// `10-20`, or `10-20~10-26`.
pub(super) fn short(span: &Range<Utc>) -> String {
    let (first, last) = first_and_last(span);
    let cut = |day: &str| day.get(5..).unwrap_or_default().to_string();
    if first == last { cut(&first) } else { format!("{}~{}", cut(&first), cut(&last)) }
}

/// What of a period is of a span: its looks and fires, and the events that began in it.
pub(super) fn within(period: &Period, events: &[(&FireEvent, Utc)], span: &Range<Utc>) -> Period {
    let begun: BTreeSet<&str> =
        events.iter().filter(|(_, at)| span.contains(at)).map(|(event, _)| event.id.as_str()).collect();
    Period {
        rows: period.rows.iter().filter(|row| span.contains(&row.time)).cloned().collect(),
        fires: period.fires.iter().filter(|fire| span.contains(&fire.time)).cloned().collect(),
        screened: period.screened.iter().filter(|fire| span.contains(&fire.time)).cloned().collect(),
        events: period.events.iter().filter(|event| begun.contains(event.id.as_str())).cloned().collect(),
        set_days: Some(first_and_last(span)),
        ..Period::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the calendar: 18 October 2025 is a Saturday.
    #[test]
    fn a_period_is_cut_into_weeks_and_days() {
        let at = |day: &str| Utc::parse(&format!("{day}T00:00:00+08:00")).expect("a day");
        let (from, to) = (at("2025-10-18"), at("2025-10-28"));
        let weeks: Vec<String> = weeks(from, to).iter().map(short).collect();
        assert_eq!(weeks, ["10-18~10-19", "10-20~10-26", "10-27"]);
        assert_eq!(days(from, to).len(), 10);
        assert!(days(to, from).is_empty());
    }
}
