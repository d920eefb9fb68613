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

    /// With what another learning says of the same place: counts, first and last of the one that saw more days, for they cannot be added
    /// without the detections and its days are within its own span; greatest values and satellites of both.
    #[must_use]
    pub fn with(&self, other: &Recurrence) -> Recurrence {
        let more = if other.days >= self.days { other } else { self };
        let mut satellites = [self.satellites.clone(), other.satellites.clone()].concat();
        satellites.sort();
        satellites.dedup();
        Recurrence {
            satellites,
            max_frp_mw: self.max_frp_mw.into_iter().chain(other.max_frp_mw).reduce(f64::max),
            max_mir_k: self.max_mir_k.into_iter().chain(other.max_mir_k).reduce(f32::max),
            width: self.width.max(other.width),
            ..more.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five days of 2023 and eight of the spring of 2025 are not eight days within two years.
    #[test]
    fn days_are_said_within_the_span_that_they_were_counted_in() {
        let at = |year, month| Utc::from_parts(year, month, 1, 4, 0, 0).expect("valid");
        let learned = |days, from, to, mw| Recurrence {
            days,
            seen: Some((from, to)),
            max_frp_mw: Some(mw),
            satellites: vec![format!("S{days}")],
            ..Recurrence::default()
        };
        let (old, new) = (learned(5, at(2023, 1), at(2023, 7), 9.0), learned(8, at(2025, 3), at(2025, 5), 4.0));
        for both in [old.with(&new), new.with(&old)] {
            assert_eq!((both.days, both.seen, both.span_days()), (8, new.seen, 61));
            assert_eq!(both.spoken().as_deref(), Some("2 个月内 8 天有火点"));
            assert_eq!((both.max_frp_mw, both.satellites.join(" ")), (Some(9.0), "S5 S8".to_string()));
        }
    }
}
