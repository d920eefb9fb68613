//! Fires of earlier years: whether it burned at a place in the same month of another year.

use crate::place::{LonLat, PlaceIndex};
use crate::time::Utc;
use std::collections::BTreeSet;

/// Past fires, to be looked up by place.
#[derive(Debug, Clone, Default)]
pub struct PastFires {
    times: Vec<Utc>,
    index: PlaceIndex,
}

/// Side of the index's cells, metres: as far as is asked for.
const SIDE_M: f64 = 500.0;

impl PastFires {
    /// Of places and times.
    pub fn new(fires: impl IntoIterator<Item = (LonLat, Utc)>) -> Self {
        let (places, times): (Vec<LonLat>, Vec<Utc>) = fires.into_iter().unzip();
        PastFires { times, index: PlaceIndex::new(places, SIDE_M) }
    }

    /// Days with a fire so near, in the same month of other years (Beijing), and the last of them; `None` without any.
    pub fn same_month(&self, place: LonLat, time: Utc, reach_m: f64) -> Option<(usize, Utc)> {
        let (year, month) = time.beijing_month();
        let same = |past: &Utc| past.beijing_month().0 != year && past.beijing_month().1 == month;
        let past: Vec<Utc> = self.index.near(place, reach_m).map(|(at, _)| self.times[at]).filter(same).collect();
        let days: BTreeSet<i64> = past.iter().map(|time| time.beijing_day()).collect();
        past.into_iter().max().map(|last| (days.len(), last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 0.004 degrees of latitude are 445 m, 0.005 are 556. 31 July 17:00 UTC is August in Beijing.
    #[test]
    fn the_same_month_of_other_years() {
        let at = |lat: f64, year, month, day, hour| {
            (LonLat::new(102.0, lat).expect("valid"), Utc::from_parts(year, month, day, hour, 0, 0).expect("valid"))
        };
        let past = PastFires::new([
            at(36.5, 2023, 8, 3, 4),
            at(36.5, 2023, 8, 3, 6),
            at(36.504, 2024, 7, 31, 17),
            at(36.505, 2022, 8, 9, 4),
            at(36.5, 2024, 10, 3, 4),
            at(36.5, 2025, 8, 1, 4),
        ]);
        let (place, now) = at(36.5, 2025, 8, 20, 5);
        let (days, last) = past.same_month(place, now, 500.0).expect("burned before");
        assert_eq!((days, last.beijing()), (2, "2024-08-01 01:00".to_string()));
        assert_eq!(past.same_month(place, at(36.5, 2025, 9, 20, 5).1, 500.0), None);
        assert_eq!(past.same_month(at(36.6, 2025, 8, 1, 1).0, now, 500.0), None);
    }
}
