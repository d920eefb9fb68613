//! Times as the products write them.

use jiff::Timestamp;

/// Unix time of 1993-01-01 and the leap seconds from then until now (the last one so far ended 2016).
const UNIX_1993_S: f64 = 725_846_400.0;
const LEAPS_SINCE_1993_S: f64 = 10.0;

/// Seconds of atomic time since the start of 1993.
pub fn tai93(unix_s: f64) -> f64 {
    unix_s - UNIX_1993_S + LEAPS_SINCE_1993_S
}

/// Microseconds of atomic time since the start of 1958 (IDPS epoch time): 37 s ahead of UTC since 2017.
pub fn iet(unix_s: f64) -> i64 {
    ((unix_s + 378_691_200.0 + 37.0) * 1e6).round() as i64
}

/// A time so many seconds after another, to the millisecond.
pub fn after(start: Timestamp, seconds: f64) -> Timestamp {
    start.saturating_add(jiff::SignedDuration::from_millis((seconds * 1e3).round() as i64)).unwrap_or(start)
}

/// A time in UTC, written after a pattern of `strftime`.
pub fn text(time: Timestamp, pattern: &str) -> String {
    time.to_zoned(jiff::tz::TimeZone::UTC).strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2017-01-01T00:00:00Z is 757382410 s in TAI93 (24 years, 6 leap days, 10 leap seconds).
    #[test]
    fn atomic_time_counts_leap_seconds() {
        assert_eq!(tai93(1_483_228_800.0), 757_382_410.0);
    }

    /// 1958-01-01 lies 12 years (3 of them leap) before 1970.
    #[test]
    fn idps_time_counts_from_1958() {
        assert_eq!(iet(0.0) - 37_000_000, (12 * 365 + 3) * 86_400_000_000);
    }

    #[test]
    fn day_of_the_year() {
        let time = "2025-10-20T05:30:00Z".parse().expect("a time");
        assert_eq!(text(time, "%Y%j.%H%M"), "2025293.0530");
    }
}
