//! What past detections say of one place: the evidence that heat comes back there.

use crate::time::Utc;

/// Evidence of a place where heat was seen before. Days are those of Beijing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recurrence {
    /// Distinct days with a detection.
    pub days: u32,
    /// Detections.
    pub detections: u32,
    /// First and last of them.
    pub seen: Option<(Utc, Utc)>,
    /// Share of detections by night among those that say so, 0 to 1.
    pub night_share: Option<f64>,
    /// Distinct months of the calendar, year by year.
    pub months: u32,
    /// Satellites that saw it, sorted.
    pub satellites: Vec<String>,
    /// Greatest radiative power of one detection, MW.
    pub max_frp_mw: Option<f64>,
    /// Power that 95 of 100 detections do not exceed, MW.
    pub p95_frp_mw: Option<f64>,
    /// Greatest MIR brightness temperature, K.
    pub max_mir_k: Option<f32>,
    /// Most detections in one pass.
    pub width: u32,
}

impl Recurrence {
    /// Days from the first to the last detection; 0 where there is none or one.
    pub fn span_days(&self) -> i64 {
        self.seen.map_or(0, |(first, last)| last.beijing_day() - first.beijing_day())
    }

    /// `3 个月内 5 天有火点`, as an officer reads it; `None` without a detection.
    pub fn spoken(&self) -> Option<String> {
        // both the first and the last day count
        let days = self.span_days() + 1;
        let within = if days < 60 { format!("{days} 天内") } else { format!("{} 个月内", (days + 15) / 30) };
        self.seen.map(|_| format!("{within} {} 天有火点", self.days))
    }

    /// With what another learning says of the same place: counts of the one that saw more days, for they cannot be added
    /// without the detections; extremes of both.
    #[must_use]
    pub fn with(&self, other: &Recurrence) -> Recurrence {
        let more = if other.days >= self.days { other } else { self };
        let mut satellites = [self.satellites.clone(), other.satellites.clone()].concat();
        satellites.sort();
        satellites.dedup();
        let spans = self.seen.into_iter().chain(other.seen);
        Recurrence {
            seen: spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))),
            satellites,
            max_frp_mw: self.max_frp_mw.into_iter().chain(other.max_frp_mw).reduce(f64::max),
            max_mir_k: self.max_mir_k.into_iter().chain(other.max_mir_k).reduce(f32::max),
            width: self.width.max(other.width),
            ..more.clone()
        }
    }
}
