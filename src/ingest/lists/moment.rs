//! Times as people write them: dates and clocks in one cell or two, in Beijing time or UTC.

use super::angle::half_width;
use super::sheet::Cell;
use crate::time::Utc;
use serde::{Deserialize, Serialize};

/// Whose clock a list is written by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zone {
    /// UTC+8.
    Beijing,
    /// UTC.
    Utc,
}

impl Zone {
    fn seconds_east(self) -> i32 {
        match self {
            Zone::Beijing => 8 * 3600,
            Zone::Utc => 0,
        }
    }
}

/// What a cell says of a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts {
    /// Year, month, day.
    pub date: Option<(i16, i8, i8)>,
    /// Hour, minute, second, the last two where they are said.
    pub clock: Option<(i8, Option<i8>, Option<i8>)>,
    /// Where the text says whose clock it is.
    pub seconds_east: Option<i32>,
}

/// First and last moment that the cells can mean; `None` where they are no time. A date alone is its whole day.
pub fn span(date: &Cell, time: &Cell, zone: Zone) -> Option<(Utc, Utc)> {
    let of_date = if *date == Cell::Empty { Parts::default() } else { of_cell(date, false)? };
    let of_time = if *time == Cell::Empty { Parts::default() } else { of_cell(time, of_date.date.is_some())? };
    let all = Parts {
        date: of_time.date.or(of_date.date),
        clock: of_time.clock.or(of_date.clock),
        seconds_east: of_time.seconds_east.or(of_date.seconds_east),
    };
    let (year, month, day) = all.date?;
    let (hour, minute, second) = all.clock.unwrap_or((0, None, None));
    let local = Utc::from_parts(year, month, day, hour, minute.unwrap_or(0), second.unwrap_or(0))?;
    let from = local.plus_seconds(-f64::from(all.seconds_east.unwrap_or(zone.seconds_east())))?;
    let lasts_s = match all.clock {
        None => 86_399.0,
        Some((_, None, _)) => 3599.0,
        Some((_, _, None)) => 59.0,
        Some(_) => 0.0,
    };
    Some((from, from.plus_seconds(lasts_s)?))
}

fn of_cell(cell: &Cell, has_date: bool) -> Option<Parts> {
    match cell {
        Cell::Empty => None,
        Cell::Moment { date, clock } => {
            let clock = clock.map(|(hour, minute, second)| (hour, Some(minute), Some(second)));
            Some(Parts { date: *date, clock, seconds_east: None })
        }
        // a spreadsheet's count of days whose cell was given no format of a date
        Cell::Number(days) if (20_000.0..80_000.0).contains(days) && !(has_date && days.fract() == 0.0) => {
            serial(*days)
        }
        Cell::Number(number) if number.fract() == 0.0 && *number >= 0.0 && *number < 1e14 => {
            parts(&format!("{number:.0}"))
        }
        Cell::Number(_) => None,
        Cell::Text(text) => parts(text),
    }
}

/// Days since 1899-12-30, as spreadsheets count them.
fn serial(days: f64) -> Option<Parts> {
    let at = Utc::from_parts(1899, 12, 30, 0, 0, 0)?.plus_seconds((days * 86_400.0).round())?;
    let second = at.micros().div_euclid(1_000_000).rem_euclid(86_400);
    let (year, month, day) = at.plus_seconds(-8.0 * 3600.0)?.beijing_date();
    let part = |value: i64| i8::try_from(value).ok();
    let clock = (part(second / 3600)?, part(second / 60 % 60), part(second % 60));
    Some(Parts { date: Some((year, month, day)), clock: (days.fract() != 0.0).then_some(clock), seconds_east: None })
}

/// Reads a text.
pub fn parts(text: &str) -> Option<Parts> {
    let mut text = half_width(text).to_uppercase();
    let seconds_east = take_zone(&mut text);
    let afternoon = take(&mut text, &["下午", "PM"]);
    take(&mut text, &["上午", "AM"]);
    let allowed = |c: char| c.is_ascii_digit() || " -/.:T年月日号时点分秒()".contains(c);
    if !text.chars().all(allowed) {
        return None;
    }
    let groups: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let (date, clock) = split(&groups)?;
    let clock = match clock {
        Some((hour, minute, second)) if afternoon && hour < 12 => Some((hour + 12, minute, second)),
        other => other,
    };
    Some(Parts { date, clock, seconds_east })
}

/// Takes words out; `true` where there was one.
fn take(text: &mut String, words: &[&str]) -> bool {
    let found = words.iter().any(|word| text.contains(word));
    for word in words {
        *text = text.replace(word, " ");
    }
    found
}

/// Takes out what says whose clock it is.
fn take_zone(text: &mut String) -> Option<i32> {
    if take(text, &["北京时间", "北京时", "BJT"]) {
        return Some(8 * 3600);
    }
    if take(text, &["世界时", "UTC", "GMT"]) || (text.ends_with('Z') && text.pop().is_some()) {
        return Some(0);
    }
    // +08:00 or +0800 behind a clock; a minus there would be that of a date
    let (clock, offset) = text.rsplit_once('+')?;
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let minutes = match digits.len() {
        2 => digits.parse::<i32>().ok()? * 60,
        4 => digits[..2].parse::<i32>().ok()? * 60 + digits[2..].parse::<i32>().ok()?,
        _ => return None,
    };
    *text = clock.to_string();
    Some(minutes * 60)
}

type Date = (i16, i8, i8);
type Clock = (i8, Option<i8>, Option<i8>);

fn split(groups: &[&str]) -> Option<(Option<Date>, Option<Clock>)> {
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    match lengths.as_slice() {
        [8 | 12 | 14, ..] => {
            let (date, rest) = groups[0].split_at(8);
            let rest: Vec<&str> =
                [rest].into_iter().filter(|rest| !rest.is_empty()).chain(groups[1..].iter().copied()).collect();
            Some((Some((date[..4].parse().ok()?, date[4..6].parse().ok()?, date[6..].parse().ok()?)), clock(&rest)?))
        }
        [4, 1..=2, 1..=2, ..] => {
            let date = (groups[0].parse().ok()?, groups[1].parse().ok()?, groups[2].parse().ok()?);
            Some((Some(date), clock(&groups[3..])?))
        }
        [_, ..] => Some((None, clock(groups)?)),
        [] => None,
    }
}

/// `Some(None)` where nothing is said, `None` where what is said is no clock.
fn clock(groups: &[&str]) -> Option<Option<Clock>> {
    let number = |text: &str| text.parse::<i8>().ok();
    Some(Some(match groups {
        [] => return Some(None),
        [one] if one.len() <= 2 => (number(one)?, None, None),
        [one] if one.len() <= 4 => (number(&one[..one.len() - 2])?, Some(number(&one[one.len() - 2..])?), None),
        [one] if one.len() <= 6 => {
            let (minute, second) = (one.len() - 4, one.len() - 2);
            (number(&one[..minute])?, Some(number(&one[minute..second])?), Some(number(&one[second..])?))
        }
        [hour, minute] if hour.len() <= 2 && minute.len() <= 2 => (number(hour)?, Some(number(minute)?), None),
        // decimals of a second say nothing
        [hour, minute, second] | [hour, minute, second, _] if [hour, minute, second].iter().all(|g| g.len() <= 2) => {
            (number(hour)?, Some(number(minute)?), Some(number(second)?))
        }
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(date: &Cell, time: &Cell, zone: Zone) -> Option<String> {
        span(date, time, zone).map(|(from, _)| from.rfc3339())
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_string())
    }

    /// By hand: 13:30 in Beijing is 05:30 UTC; the count of days is 45950 for 2025-10-20 (LibreOffice: =DATE(2025;10;20) as a number).
    #[test]
    fn every_form_of_a_time_is_read() {
        for said in [
            "2025-10-20 13:30",
            "2025/10/20 13:30:00",
            "2025.10.20 13:30",
            "2025年10月20日13时30分",
            "2025年10月20日 13:30",
            "202510201330",
            "20251020133000",
            "20251020 1330",
            "2025-10-20T05:30:00Z",
            "2025-10-20T13:30:00+08:00",
            "２０２５-１０-２０ １３：３０",
            "2025/10/20 下午 1:30",
            "2025-10-20 13:30(北京时间)",
            "2025-10-20 05:30 UTC",
            "2025-10-20 13:30:00.000",
        ] {
            assert_eq!(
                from(&Cell::Empty, &text(said), Zone::Beijing).as_deref(),
                Some("2025-10-20T05:30:00Z"),
                "{said}"
            );
        }
        let number = |value| from(&Cell::Empty, &Cell::Number(value), Zone::Beijing);
        assert_eq!(number(45_950.562_5).as_deref(), Some("2025-10-20T05:30:00Z"));
        assert_eq!(number(202_510_201_330.0).as_deref(), Some("2025-10-20T05:30:00Z"));
        let firms = from(&text("2025-10-20"), &Cell::Number(530.0), Zone::Utc);
        assert_eq!(firms.as_deref(), Some("2025-10-20T05:30:00Z"), "acq_date and acq_time");
    }

    #[test]
    fn a_day_alone_is_the_whole_day() {
        let (from, to) = span(&text("2025-10-20"), &Cell::Empty, Zone::Beijing).expect("read");
        assert_eq!((from.rfc3339().as_str(), to.rfc3339().as_str()), ("2025-10-19T16:00:00Z", "2025-10-20T15:59:59Z"));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for said in
            ["", "昨日", "2025-13-01 10:00", "2025-10-20 25:00", "13:30", "2025-10-20 13:30 左右", "#N/A", "20251320"]
        {
            assert_eq!(from(&Cell::Empty, &text(said), Zone::Beijing), None, "{said}");
        }
        assert_eq!(from(&Cell::Empty, &Cell::Number(-1.5), Zone::Beijing), None);
    }
}
