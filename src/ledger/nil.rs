//! 零报告: what a county may report at its hour, and how late it is.

use crate::time::Utc;
use serde::{Deserialize, Serialize};

/// What a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Looked, and nothing was found: a nil report.
    Nil,
    /// There were suspected fires: a report with their number, and no nil report.
    Fires,
    /// Hardly anything could be seen: that is said, and is never nil.
    Unobserved,
}

impl Kind {
    /// Of so many fires in a time in which enough was seen, or not.
    pub fn of(fires: usize, seen_enough: bool) -> Kind {
        match (fires, seen_enough) {
            (0, true) => Kind::Nil,
            (0, false) => Kind::Unobserved,
            _ => Kind::Fires,
        }
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Nil => "零报告",
            Kind::Fires => "有疑似火点",
            Kind::Unobserved => "未有效观测",
        }
    }
}

/// What the system proposes, and what is frozen when it is confirmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// What it is.
    pub kind: Kind,
    /// Events in the time.
    pub fires: usize,
    /// Share observed, 0 to 1; `None` where no look reached the county.
    pub observed: Option<f64>,
    /// The whole sentence.
    pub sentence: String,
    /// Of a drill alone: nothing real was there.
    pub simulated: bool,
}

/// How a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// Its time is not over.
    Waiting,
    /// Confirmed in time.
    Confirmed,
    /// Confirmed, and late.
    ConfirmedLate,
    /// Not confirmed, and its time is over.
    Missing,
}

impl Stands {
    /// Of a report that was due, with so many minutes' grace.
    pub fn of(due: Utc, confirmed: Option<Utc>, grace_min: f64, now: Utc) -> Stands {
        let is_late = |at: Utc| at.seconds_since(due) > 60.0 * grace_min;
        match confirmed {
            Some(at) if is_late(at) => Stands::ConfirmedLate,
            Some(_) => Stands::Confirmed,
            None if is_late(now) => Stands::Missing,
            None => Stands::Waiting,
        }
    }

    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Stands::Waiting => "待确认",
            Stands::Confirmed => "已报",
            Stands::ConfirmedLate => "迟报",
            Stands::Missing => "逾期未报",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_seen_is_never_nil() {
        assert_eq!((Kind::of(0, true), Kind::of(0, false)), (Kind::Nil, Kind::Unobserved));
        assert_eq!((Kind::of(2, true), Kind::of(2, false)), (Kind::Fires, Kind::Fires));
    }

    #[test]
    fn late_is_after_the_grace() {
        let at = |clock: &str| Utc::parse(&format!("2025-10-20T{clock}:00Z")).expect("a time");
        let of = |confirmed: Option<&str>, now: &str| Stands::of(at("09:00"), confirmed.map(at), 60.0, at(now));
        assert_eq!((of(None, "10:00"), of(None, "10:01")), (Stands::Waiting, Stands::Missing));
        assert_eq!(
            (of(Some("10:00"), "23:00"), of(Some("10:01"), "23:00")),
            (Stands::Confirmed, Stands::ConfirmedLate)
        );
    }
}
