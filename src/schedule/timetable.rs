//! When geostationary satellites look: how often, and when they are known not to.

use crate::time::Utc;
use serde::Serialize;
use std::collections::BTreeSet;

/// How satellites take their full disks.
struct Timetable {
    /// Their names.
    satellites: &'static [&'static str],
    /// Minutes between two slots; they begin with the day.
    every_min: u32,
    /// Minutes of the UTC day of slots that it never takes.
    never: &'static [u32],
}

/// Himawari keeps house at 02:40 and 14:40 UTC (JMA, Himawari-8/9 operations); FY-4 full disks take 15 minutes (NSMC).
const TIMETABLES: [Timetable; 3] = [
    Timetable { satellites: &["Himawari-8", "Himawari-9"], every_min: 10, never: &[160, 880] },
    Timetable { satellites: &["FY-4A", "FY-4B"], every_min: 15, never: &[] },
    Timetable { satellites: &["GK-2A"], every_min: 10, never: &[] },
];

/// A time in which a satellite is announced not to look, as of manoeuvres.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedGap {
    /// The satellite.
    pub satellite: String,
    /// From.
    pub from: Utc,
    /// To, not included.
    pub to: Utc,
}

impl PlannedGap {
    /// From `SATELLITE FROM/TO` with times as in RFC 3339: a satellite with a timetable, and at most 31 days.
    pub fn parse(text: &str) -> Option<Self> {
        let (satellite, interval) = text.trim().rsplit_once(' ')?;
        let (from, to) = interval.split_once('/')?;
        let (from, to) = (Utc::parse(from)?, Utc::parse(to)?);
        let satellite = satellite.trim();
        let sane = from < to && to.seconds_since(from) <= 31.0 * 86_400.0 && timetable(satellite).is_some();
        sane.then(|| PlannedGap { satellite: satellite.to_string(), from, to })
    }
}

/// What is there of the slots of a satellite between its first and its last.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlotAccount {
    /// The satellite.
    pub satellite: String,
    /// First slot.
    pub first: Utc,
    /// Last slot.
    pub last: Utc,
    /// Minutes between two slots.
    pub every_minutes: u32,
    /// Slots that were looked at.
    pub looked: usize,
    /// Slots that were given and could not be read, or held no measurement of the site.
    pub unreadable: usize,
    /// Slots that the satellite was known not to take.
    pub planned: Vec<Utc>,
    /// Slots that it should have taken and that were not given.
    pub absent: Vec<Utc>,
}

/// Satellite and time of what was given of a run.
#[derive(Debug, Clone, Default)]
pub struct Given<'a> {
    /// Looks.
    pub looks: Vec<(&'a str, Utc)>,
    /// Slots that were opened and hold no measurement of the site.
    pub blind: Vec<(&'a str, Utc)>,
    /// Granules of which nothing could be read: only their names say when they are of.
    pub unreadable: Vec<(&'a str, Utc)>,
    /// Looks that were expected and did not come, where somebody kept account of that.
    pub expected: Vec<(&'a str, Utc)>,
}

/// A moment at which a satellite looks by its timetable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Slot {
    /// When it begins.
    pub time: Utc,
    /// Whether the satellite is known not to look then: it keeps house, or a gap is announced.
    pub is_planned_gap: bool,
}

/// Slots of a satellite that begin in `[from, to)`; `None` where it has no timetable.
pub fn slots(satellite: &str, from: Utc, to: Utc, gaps: &[PlannedGap]) -> Option<Vec<Slot>> {
    let timetable = timetable(satellite)?;
    let every = i64::from(timetable.every_min) * 60_000_000;
    // slots begin with the day, and days of UTC with the epoch
    let first = from.micros().div_euclid(every) + i64::from(from.micros().rem_euclid(every) > 0);
    let times = (first..).map(|slot| slot * every).take_while(|micros| *micros < to.micros());
    let slot = |time: Utc| Slot { time, is_planned_gap: timetable.skips(satellite, time, gaps) };
    Some(times.map_while(Utc::from_micros).map(slot).collect())
}

/// The slot that a look belongs to, which begins some seconds into it; `None` where the satellite has no timetable.
pub fn slot_of(satellite: &str, time: Utc) -> Option<Utc> {
    let every = i64::from(timetable(satellite)?.every_min) * 60_000_000;
    Utc::from_micros((time.micros() + every / 2).div_euclid(every) * every)
}

impl Timetable {
    /// Whether the satellite is known not to take the slot that begins then.
    fn skips(&self, satellite: &str, slot: Utc, gaps: &[PlannedGap]) -> bool {
        let minute_of_day = slot.micros().div_euclid(60_000_000).rem_euclid(1440) as u32;
        let announced = |gap: &PlannedGap| gap.satellite == satellite && (gap.from..gap.to).contains(&slot);
        self.never.contains(&minute_of_day) || gaps.iter().any(announced)
    }
}

/// Accounts of all satellites with a timetable of which two slots or more are there, or one was expected in vain. Slots are counted
/// from the first to the last that was opened or expected.
pub fn accounts(given: &Given<'_>, gaps: &[PlannedGap]) -> Vec<SlotAccount> {
    let of = |all: &[(&str, Utc)], satellite: &str| -> Vec<Utc> {
        all.iter().filter(|(of, _)| *of == satellite).map(|(_, time)| *time).collect()
    };
    let known = given.looks.iter().chain(&given.blind).chain(&given.expected);
    let satellites: BTreeSet<&str> = known.map(|(satellite, _)| *satellite).collect();
    let account = |satellite: &str| {
        let times = [&given.looks, &given.blind, &given.unreadable, &given.expected].map(|times| of(times, satellite));
        account(satellite, &times, gaps)
    };
    satellites.into_iter().filter_map(account).collect()
}

/// Whether a satellite looks by a timetable, and so does not pass.
pub(super) fn has_timetable(satellite: &str) -> bool {
    timetable(satellite).is_some()
}

/// All that look by a timetable.
pub(super) fn satellites() -> impl Iterator<Item = &'static str> {
    TIMETABLES.iter().flat_map(|timetable| timetable.satellites).copied()
}

fn timetable(satellite: &str) -> Option<&'static Timetable> {
    TIMETABLES.iter().find(|timetable| timetable.satellites.contains(&satellite))
}

fn account(
    satellite: &str,
    [looks, blind, unreadable, expected]: &[Vec<Utc>; 4],
    gaps: &[PlannedGap],
) -> Option<SlotAccount> {
    let timetable = timetable(satellite)?;
    let seconds = 60.0 * f64::from(timetable.every_min);
    let known = || looks.iter().chain(blind).chain(expected);
    let midnight = Utc::parse(&format!("{}T00:00:00Z", known().min()?.date()))?;
    let slot = |time: &Utc| (time.seconds_since(midnight) / seconds).round() as i64;
    let seen: BTreeSet<i64> = looks.iter().map(slot).collect();
    let counted: BTreeSet<i64> = known().map(slot).collect();
    let failed = blind.iter().chain(unreadable).map(slot).filter(|slot| !seen.contains(slot));
    let failed: BTreeSet<i64> = failed.collect();
    let (first, last) = (*counted.first()?, *counted.last()?);
    let time = |slot: i64| midnight.plus_seconds(slot as f64 * seconds);
    let (mut planned, mut absent) = (Vec::new(), Vec::new());
    for slot in (first..=last).filter(|slot| !seen.contains(slot) && !failed.contains(slot)) {
        let at = time(slot)?;
        if timetable.skips(satellite, at, gaps) { planned.push(at) } else { absent.push(at) }
    }
    (first < last || !expected.is_empty()).then_some(SlotAccount {
        satellite: satellite.to_string(),
        first: time(first)?,
        last: time(last)?,
        every_minutes: timetable.every_min,
        looked: seen.len(),
        unreadable: failed.range(first..=last).count(),
        planned,
        absent,
    })
}

impl SlotAccount {
    /// As the duty desk reads it; times are of Beijing.
    pub fn spoken(&self) -> String {
        let slots = self.looked + self.unreadable + self.planned.len() + self.absent.len();
        let mut text =
            format!("{} 每 {} 分钟一次, 应有 {slots} 次, 已看 {} 次", self.satellite, self.every_minutes, self.looked);
        if self.unreadable > 0 {
            text += &format!(", 无法使用 {} 次", self.unreadable);
        }
        for (what, times) in [("计划停测", &self.planned), ("缺", &self.absent)] {
            if !times.is_empty() {
                text += &format!(", {what} {} 次({})", times.len(), named(times));
            }
        }
        text
    }
}

/// The first of the times, and how many more.
fn named(times: &[Utc]) -> String {
    const NAMED: usize = 4;
    let names: Vec<String> = times.iter().take(NAMED).map(|time| time.beijing()).collect();
    names.join("、") + if times.len() > NAMED { " 等" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Utc {
        Utc::parse(text).expect("a time")
    }

    /// By hand: of 02:10 to 03:00 UTC six slots, 02:40 is never taken, 02:20 unreadable, 02:30 announced, 02:50 absent.
    #[test]
    fn what_is_not_taken_is_planned_and_what_is_not_there_is_absent() {
        let looks = [("Himawari-9", at("2025-10-20T02:10:00Z")), ("Himawari-9", at("2025-10-20T03:00:00Z"))];
        let gap = PlannedGap::parse("Himawari-9 2025-10-20T02:25:00Z/2025-10-20T02:40:00Z").expect("a gap");
        let of = |satellite, time| (satellite, at(time));
        let unreadable = [
            of("Himawari-9", "2025-10-20T02:20:00Z"),
            of("FY-4B", "2025-10-20T02:50:00Z"),
            of("Himawari-9", "2025-10-20T05:20:00Z"),
        ];
        let given = |blind: &[(&'static str, Utc)]| Given {
            looks: looks.to_vec(),
            blind: blind.to_vec(),
            unreadable: unreadable.to_vec(),
            expected: Vec::new(),
        };
        let accounts = accounts(&given(&[]), std::slice::from_ref(&gap));
        let expected = SlotAccount {
            satellite: "Himawari-9".into(),
            first: looks[0].1,
            last: looks[1].1,
            every_minutes: 10,
            looked: 2,
            unreadable: 1,
            planned: vec![at("2025-10-20T02:30:00Z"), at("2025-10-20T02:40:00Z")],
            absent: vec![at("2025-10-20T02:50:00Z")],
        };
        assert_eq!(accounts, [expected]);
        let text = accounts[0].spoken();
        assert!(
            text.contains("应有 6 次, 已看 2 次, 无法使用 1 次") && text.contains("缺 1 次(2025-10-20 10:50"),
            "{text}"
        );
        // a slot that was opened and shows nothing, after the last look: two more are expected, one of them is not there
        let last = at("2025-10-20T03:20:00Z");
        let with_blind = &super::accounts(&given(&[("Himawari-9", last)]), &[gap])[0];
        assert_eq!((with_blind.looked, with_blind.unreadable, with_blind.last), (2, 2, last));
        assert_eq!(with_blind.absent, [at("2025-10-20T02:50:00Z"), at("2025-10-20T03:10:00Z")]);
    }

    /// By hand: one look at 03:00; 02:50 and 03:20 were expected, so that 03:10 is absent as well. Of FY-4B one slot was expected and
    /// none came.
    #[test]
    fn what_was_expected_in_vain_is_absent_beyond_the_looks_too() {
        let expected = [("Himawari-9", "02:50"), ("Himawari-9", "03:20"), ("FY-4B", "03:00"), ("NOAA-20", "03:00")];
        let time = |clock: &str| at(&format!("2025-10-20T{clock}:00Z"));
        let expected = expected.map(|(satellite, clock)| (satellite, time(clock))).to_vec();
        let given = Given { looks: vec![("Himawari-9", time("03:00"))], expected, ..Given::default() };
        let accounts = accounts(&given, &[]);
        let absent: Vec<(&str, usize, &[Utc])> =
            accounts.iter().map(|account| (account.satellite.as_str(), account.looked, &account.absent[..])).collect();
        let himawari = ["02:50", "03:10", "03:20"].map(time);
        assert_eq!(absent, [("FY-4B", 0, &[time("03:00")][..]), ("Himawari-9", 1, &himawari)]);
    }

    /// By hand: a day of Himawari has 144 slots, two of which it keeps house in; FY-4B looks at the quarters of an hour.
    #[test]
    fn slots_follow_the_timetable() {
        let of = |satellite: &str, from: &str, to: &str, gaps: &[PlannedGap]| {
            slots(satellite, at(from), at(to), gaps).expect("a timetable")
        };
        let day = of("Himawari-9", "2025-10-20T00:00:00Z", "2025-10-21T00:00:00Z", &[]);
        let kept: Vec<String> = day.iter().filter(|slot| slot.is_planned_gap).map(|slot| slot.time.hhmm()).collect();
        assert_eq!((day.len(), kept), (144, vec!["0240".to_string(), "1440".to_string()]));
        let gap = PlannedGap::parse("FY-4B 2025-10-20T02:15:00Z/2025-10-20T02:30:00Z").expect("a gap");
        let slots = of("FY-4B", "2025-10-20T02:00:01Z", "2025-10-20T02:45:00Z", &[gap]);
        let told: Vec<(String, bool)> = slots.iter().map(|slot| (slot.time.hhmm(), slot.is_planned_gap)).collect();
        assert_eq!(told, [("0215".to_string(), true), ("0230".to_string(), false)]);
        assert_eq!(super::slots("NOAA-20", at("2025-10-20T02:00:00Z"), at("2025-10-20T03:00:00Z"), &[]), None);
        assert!(of("GK-2A", "2025-10-20T03:00:00Z", "2025-10-20T02:00:00Z", &[]).is_empty());
    }

    /// A full day of FY-4B has 96 slots; a start that is a minute late is the same slot.
    #[test]
    fn fengyun_takes_a_quarter_of_an_hour() {
        let start = at("2025-10-20T00:00:00Z");
        let times: Vec<Utc> = (0..96)
            .map(|i| start.plus_seconds(900.0 * f64::from(i) + f64::from(i % 3) * 30.0).expect("a time"))
            .collect();
        let looks: Vec<(&'static str, Utc)> = times.iter().map(|time| ("FY-4B", *time)).collect();
        let of = |looks: &[(&'static str, Utc)]| accounts(&Given { looks: looks.to_vec(), ..Given::default() }, &[]);
        let accounts = of(&looks);
        assert_eq!((accounts[0].looked, accounts[0].planned.len(), accounts[0].absent.len()), (96, 0, 0));
        assert!(of(&looks[..1]).is_empty());
        assert!(of(&[("GOES-17", start), ("GOES-17", times[5])]).is_empty());
    }

    #[test]
    fn a_gap_is_a_satellite_and_an_interval() {
        for text in [
            "Himawari-9",
            "Himawari-9 2025-10-20T02:00:00Z",
            "Himawari-9 2025-10-20T03:00:00Z/2025-10-20T02:00:00Z",
            "Himawari-9 1900-01-01T00:00:00Z/9999-01-01T00:00:00Z",
            "Himawari9 2025-10-20T02:00:00Z/2025-10-20T03:00:00Z",
            "NOAA-20 2025-10-20T02:00:00Z/2025-10-20T03:00:00Z",
        ] {
            assert_eq!(PlannedGap::parse(text), None, "{text}");
        }
    }
}
