//! Moments in UTC, as the satellites count them; Beijing time only where a person reads.

use jiff::{Timestamp, tz};
use std::time::Instant;

/// A moment in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Utc(Timestamp);

/// What time it is: that of this machine, or that of a rehearsal, which begins when it is told to and runs so many times as fast.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Option<Rehearsal>);

#[derive(Debug, Clone, Copy)]
struct Rehearsal {
    start: Utc,
    began: Instant,
    speed: f64,
}

impl Clock {
    /// That of this machine.
    pub const MACHINE: Clock = Clock(None);

    /// One that says `start` now, and from now on runs `speed` times as fast as that of this machine.
    pub fn rehearsal(start: Utc, speed: f64) -> Self {
        Clock(Some(Rehearsal { start, began: Instant::now(), speed }))
    }

    /// What time it is.
    pub fn now(&self) -> Utc {
        let Some(Rehearsal { start, began, speed }) = self.0 else { return Utc::now() };
        start.plus_seconds(began.elapsed().as_secs_f64() * speed).unwrap_or(start)
    }

    /// How many times as fast as that of this machine it runs.
    pub fn speed(&self) -> f64 {
        self.0.map_or(1.0, |rehearsal| rehearsal.speed)
    }

    /// Whether it is that of a rehearsal.
    pub fn is_rehearsal(&self) -> bool {
        self.0.is_some()
    }
}

/// Days from 1858-11-17T00:00Z (the MJD epoch) to 1970-01-01T00:00Z.
const MJD_OF_UNIX_EPOCH: f64 = 40_587.0;
const MICROS_PER_DAY: f64 = 86_400e6;
/// Seconds from 1970-01-01T00:00Z to 2000-01-01T12:00Z (J2000 as the GOES-R files count it).
const UNIX_SECONDS_OF_J2000: f64 = 946_728_000.0;

impl Utc {
    /// From calendar parts in UTC; `None` for a day or hour that does not exist.
    pub fn from_parts(year: i16, month: i8, day: i8, hour: i8, minute: i8, second: i8) -> Option<Self> {
        let civil = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
        Some(Utc(tz::Offset::UTC.to_timestamp(civil).ok()?))
    }

    /// From a modified Julian date (days), as HSD headers give it.
    pub fn from_mjd(mjd: f64) -> Option<Self> {
        Self::from_unix_micros(((mjd - MJD_OF_UNIX_EPOCH) * MICROS_PER_DAY).round())
    }

    /// From seconds since 2000-01-01 12:00:00, as GOES-R files give it.
    pub fn from_j2000_seconds(seconds: f64) -> Option<Self> {
        Self::from_unix_micros(((seconds + UNIX_SECONDS_OF_J2000) * 1e6).round())
    }

    /// Microseconds since 1970, as the store keeps moments.
    pub fn micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// From microseconds since 1970; `None` beyond the year 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        Timestamp::from_microsecond(micros).ok().map(Utc)
    }

    fn from_unix_micros(micros: f64) -> Option<Self> {
        if !micros.is_finite() || micros.abs() > 1e17 {
            return None;
        }
        Timestamp::from_microsecond(micros as i64).ok().map(Utc)
    }

    /// 1970-01-01T00:00Z.
    pub const UNIX_EPOCH: Utc = Utc(Timestamp::UNIX_EPOCH);

    /// The clock of this machine.
    pub fn now() -> Self {
        Utc(Timestamp::now())
    }

    /// From RFC 3339 text with an offset.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().map(Utc)
    }

    /// Days since 2000-01-01 12:00 UTC, the argument of the almanac (ALGORITHMS 8.1).
    pub fn days_since_j2000(self) -> f64 {
        (self.0.as_microsecond() as f64 / 1e6 - UNIX_SECONDS_OF_J2000) / 86_400.0
    }

    /// From the date of an HTTP header, `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub fn parse_http(text: &str) -> Option<Self> {
        jiff::fmt::rfc2822::parse(text.trim()).ok().map(|at| Utc(at.timestamp()))
    }

    /// The moment so many seconds later.
    pub fn plus_seconds(self, seconds: f64) -> Option<Self> {
        Self::from_unix_micros(self.0.as_microsecond() as f64 + (seconds * 1e6).round())
    }

    /// Seconds from `earlier` to `self`.
    pub fn seconds_since(self, earlier: Utc) -> f64 {
        (self.0.as_microsecond() - earlier.0.as_microsecond()) as f64 / 1e6
    }

    /// `2025-10-20T05:30:00Z`.
    pub fn rfc3339(self) -> String {
        let at = self.civil();
        let (hour, minute, second) = (at.hour(), at.minute(), at.second());
        format!("{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", at.year(), at.month(), at.day())
    }

    /// `20251020T053000Z`, for names of things.
    pub fn compact(self) -> String {
        let at = self.civil();
        let (hour, minute, second) = (at.hour(), at.minute(), at.second());
        format!("{:04}{:02}{:02}T{hour:02}{minute:02}{second:02}Z", at.year(), at.month(), at.day())
    }

    /// `2025-10-20` in UTC, FIRMS `acq_date`.
    pub fn date(self) -> String {
        let at = self.civil();
        format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day())
    }

    /// `0530` in UTC, FIRMS `acq_time`.
    pub fn hhmm(self) -> String {
        let at = self.civil();
        format!("{:02}{:02}", at.hour(), at.minute())
    }

    /// `2025-10-20 13:30` in Beijing time (UTC+8, no daylight saving), for lists that people read.
    pub fn beijing(self) -> String {
        let at = tz::offset(8).to_datetime(self.0);
        format!("{:04}-{:02}-{:02} {:02}:{:02}", at.year(), at.month(), at.day(), at.hour(), at.minute())
    }

    /// In Beijing time by a pattern of strftime; `None` where the pattern is none.
    pub fn beijing_as(self, pattern: &str) -> Option<String> {
        let at = tz::offset(8).to_datetime(self.0).to_zoned(tz::TimeZone::fixed(tz::offset(8))).ok()?;
        jiff::fmt::strtime::format(pattern, &at).ok()
    }

    /// Milliseconds since 1970, as robots sign them.
    pub fn unix_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The day in Beijing time, days since 1970-01-01: what a person calls the same day.
    pub fn beijing_day(self) -> i64 {
        self.0.as_second().saturating_add(8 * 3600).div_euclid(86_400)
    }

    /// Minute of the day in Beijing time.
    pub fn beijing_minute(self) -> u32 {
        (self.0.as_second().saturating_add(8 * 3600).rem_euclid(86_400) / 60) as u32
    }

    /// Seconds since the minute began.
    pub fn second_of_minute(self) -> f64 {
        self.micros().rem_euclid(60_000_000) as f64 / 1e6
    }

    /// Year and month in Beijing time.
    pub fn beijing_month(self) -> (i16, i8) {
        let at = tz::offset(8).to_datetime(self.0);
        (at.year(), at.month())
    }

    /// Days of its month in Beijing time.
    pub fn days_in_beijing_month(self) -> usize {
        tz::offset(8).to_datetime(self.0).date().days_in_month().unsigned_abs().into()
    }

    /// Year, month and day in Beijing time.
    pub fn beijing_date(self) -> (i16, i8, i8) {
        let at = tz::offset(8).to_datetime(self.0);
        (at.year(), at.month(), at.day())
    }

    fn civil(self) -> jiff::civil::DateTime {
        tz::Offset::UTC.to_datetime(self.0)
    }
}

impl serde::Serialize for Utc {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> serde::Deserialize<'de> for Utc {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        Utc::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no time of RFC 3339")))
    }
}

/// Moments to the microsecond, as numbers: for records that must come back as they were, where lists print whole seconds.
pub mod exact {
    use super::Utc;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// As microseconds since 1970.
    pub fn serialize<S: Serializer>(at: &Utc, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.micros())
    }

    /// From microseconds since 1970.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Utc, D::Error> {
        moment(i64::deserialize(deserializer)?)
    }

    fn moment<E: Error>(micros: i64) -> Result<Utc, E> {
        Utc::from_micros(micros).ok_or_else(|| E::custom(format!("{micros} microseconds is no time")))
    }

    /// The same for moments with a value each.
    pub mod series {
        use super::{Utc, moment};
        use serde::{Deserialize, Deserializer, Serializer};

        /// As pairs.
        pub fn serialize<S: Serializer>(series: &[(Utc, f64)], serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(series.iter().map(|(at, value)| (at.micros(), value)))
        }

        /// From pairs.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(Utc, f64)>, D::Error> {
            let pairs = Vec::<(i64, f64)>::deserialize(deserializer)?;
            pairs.into_iter().map(|(at, value)| Ok((moment(at)?, value))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-10-20 is MJD 60968 (US Naval Observatory calendar: MJD 60000 = 2023-02-25).
    #[test]
    fn mjd_and_calendar_agree() {
        let noon = Utc::from_mjd(60_968.5).expect("in range");
        assert_eq!(noon.rfc3339(), "2025-10-20T12:00:00Z");
        assert_eq!((noon.compact().as_str(), noon.date().as_str()), ("20251020T120000Z", "2025-10-20"));
        assert_eq!(noon.hhmm(), "1200");
        assert_eq!(noon.beijing(), "2025-10-20 20:00");
        assert_eq!(noon.beijing_day(), 20_381, "MJD 60968 less 40587");
        assert_eq!(noon.plus_seconds(4.0 * 3600.0).map(Utc::beijing_day), Some(20_382), "midnight in Beijing");
        assert_eq!(noon.beijing_month(), (2025, 10));
        assert_eq!(noon.days_in_beijing_month(), 31);
        assert_eq!(
            Utc::parse("2024-01-31T16:00:00Z").map(Utc::days_in_beijing_month),
            Some(29),
            "1 February in Beijing"
        );
        assert_eq!(Utc::from_parts(2025, 10, 20, 12, 0, 0), Some(noon));
    }

    #[test]
    fn impossible_moments_are_none() {
        assert_eq!(Utc::from_parts(2025, 2, 30, 0, 0, 0), None);
        assert_eq!(Utc::from_mjd(f64::NAN), None);
        assert_eq!(Utc::from_mjd(1e300), None);
    }
}
