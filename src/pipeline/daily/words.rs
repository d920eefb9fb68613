//! What is said of a list of the day: lines of the printed list, and those for the desk.

use super::{Day, Late};
use crate::deliver::hotspots_xlsx::NOTHING_READ;
use crate::deliver::scan_report::{CountyShare, GranuleReport, LEAST_OBSERVED, Looked, Missed, interval};
use crate::fire::FireEvent;
use crate::ledger::spoken_count;
use crate::pipeline::period::{Kept, share_of};
use crate::site::Site;
use crate::time::Utc;
use std::collections::BTreeMap;

/// What came late; nothing where nothing did.
pub(super) fn late(late: &Late) -> Option<String> {
    let looks = &late.kept.report.granules;
    let days = super::LATE_DAYS;
    let older = match late.older {
        0 => String::new(),
        n => format!("另有 {n} 次 {days:.0} 天以前的观测补入, 不列"),
    };
    if looks.is_empty() {
        return (late.older > 0).then(|| format!("迟到补充: {older}"));
    }
    let mut lists: BTreeMap<String, usize> = BTreeMap::new();
    for look in looks {
        *lists.entry(late.list(&look.granule)).or_default() += 1;
    }
    let of: Vec<String> = lists.iter().map(|(list, looks)| format!("属 {list} 清单 {looks} 次")).collect();
    let detections = spoken_count(late.fires.iter().map(|fire| fire.sensor.as_str()));
    let found = match (late.events().count(), late.fires.len()) {
        (0, 0) => without_fire(looks),
        (0, _) => format!("疑似火点探测: {detections}"),
        (events, _) => format!("疑似火点 {events} 处, {detections}"),
    };
    let parts = [format!("{} 次观测({}), {found}", looks.len(), of.join("、")), older];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Some(format!("迟到补充: {}", parts.join("; ")))
}

/// Of late looks without a fire: `未监测到火点(有效观测 12.5% 至 80%)`, of single looks, rounded down; nothing is said of what was not seen.
fn without_fire(looks: &[GranuleReport]) -> String {
    let shares = || looks.iter().filter_map(share_of).map(|(seen, _)| seen);
    let (least, most) = (shares().reduce(f64::min), shares().reduce(f64::max));
    match least.zip(most) {
        None => "未列火点(有效观测未知)".to_string(),
        Some((_, most)) if most < LEAST_OBSERVED => format!("未有效观测(最多观测 {}%)", percent(most)),
        Some((least, most)) if least == most => format!("未监测到火点(有效观测 {}%)", percent(most)),
        Some((least, most)) => format!("未监测到火点(有效观测 {}% 至 {}%)", percent(least), percent(most)),
    }
}

/// Per cent, rounded down to a tenth.
fn percent(share: f64) -> f64 {
    (share * 1000.0 + 1e-6).floor() / 10.0
}

/// `时段(北京时间): 2025-10-19 18:30 至 2025-10-20 08:00`.
pub(super) fn of_time(day: &Day<'_>) -> String {
    format!("时段(北京时间): {}", interval(day.from, day.cut_off))
}

/// What was expected and is not there; nothing where nobody kept account of it.
pub(super) fn missing(day: &Day<'_>, kept: &Kept) -> Option<String> {
    const NAMED: usize = 6;
    day.missing?;
    let all = &kept.report.missing;
    let named = |missed: &Missed| {
        let why = if missed.why.is_empty() { String::new() } else { format!("({})", missed.why) };
        format!("{} {}{why}", missed.satellite, missed.time.beijing())
    };
    let names: Vec<String> = all.iter().take(NAMED).map(named).collect();
    Some(match all.len() {
        0 => "应到未到: 无".to_string(),
        n if n > NAMED => format!("应到未到 {n} 次: {} 等", names.join("、")),
        n => format!("应到未到 {n} 次: {}", names.join("、")),
    })
}

/// `资料: Himawari-9 AHI 81 次; NOAA-20 VIIRS 13:42`: what looked, in the order of the first looks.
pub(super) fn looks(granules: &[GranuleReport]) -> String {
    const NAMED: usize = 4;
    let mut times: Vec<(String, Vec<Utc>)> = Vec::new();
    for look in granules.iter().filter(|look| look.look == Looked::Yes) {
        let name = match look.is_list() {
            true if look.list_word() == "他人清单" => format!("{}(清单)", look.instrument()),
            true => format!("{}({})", look.satellite, look.list_word()),
            false => look.instrument(),
        };
        match times.iter_mut().find(|(other, _)| *other == name) {
            Some((_, times)) => times.push(look.time),
            None => times.push((name, vec![look.time])),
        }
    }
    let clock = |time: &Utc| time.beijing().get(11..).unwrap_or_default().to_string();
    let said = times.iter().map(|(name, times)| match times.len() {
        n if n > NAMED => format!("{name} {n} 次"),
        _ => format!("{name} {}", times.iter().map(clock).collect::<Vec<_>>().join("、")),
    });
    let said: Vec<String> = said.collect();
    let unread = granules.iter().filter(|look| look.look == Looked::Unreadable).count();
    let unread = (unread > 0).then(|| format!("无法使用 {unread} 次"));
    let parts: Vec<String> = said.into_iter().chain(unread).collect();
    format!("资料: {}", if parts.is_empty() { "无".to_string() } else { parts.join("; ") })
}

/// The lines for the desk.
pub(super) struct Summary<'a> {
    pub(super) site: &'a Site,
    pub(super) day: &'a Day<'a>,
    pub(super) looks: String,
    pub(super) is_empty: bool,
    pub(super) simulated: bool,
}

impl Summary<'_> {
    pub(super) fn text(&self, events: &[FireEvent], shares: &[CountyShare], tail: &[String]) -> String {
        let simulated = if self.simulated { "(模拟数据,非真实火点 SIMULATED)" } else { "" };
        let head = format!("{}疑似火点清单 {}{simulated}", self.site.name, self.day.cut_off.beijing());
        let here = |share: &CountyShare| events.iter().filter(|event| event.touches(&share.adcode)).count();
        let of_county = |share: &CountyShare| format!("{}: {}", share.name, share.sentence(here(share)));
        let counties: Vec<String> = shares.iter().map(of_county).collect();
        // of no looks at all nothing is said of any county
        let found = match self.is_empty {
            true => NOTHING_READ.to_string(),
            false => format!("疑似火点共 {} 处; {}", events.len(), counties.join("; ")),
        };
        let lines = [head, of_time(self.day), found, self.looks.clone()];
        lines.iter().chain(tail).map(|line| format!("{line}\n")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(observed_fraction: Option<f64>) -> GranuleReport {
        let share = |observed_fraction| CountyShare {
            pixels: 10,
            observed_fraction,
            ..CountyShare::of_nothing("630202", "乐都区")
        };
        let counties = observed_fraction.map(share).into_iter().collect();
        GranuleReport { counties, ..GranuleReport::bare("g", Utc::UNIX_EPOCH) }
    }

    #[test]
    fn of_late_looks_without_a_fire_no_more_is_said_than_was_seen() {
        for (seen, said) in [
            (vec![None], "未列火点(有效观测未知)"),
            (vec![Some(0.0), Some(0.0999)], "未有效观测(最多观测 9.9%)"),
            (vec![Some(0.5), None], "未监测到火点(有效观测 50%)"),
            (vec![Some(0.2), Some(0.8999)], "未监测到火点(有效观测 20% 至 89.9%)"),
        ] {
            let looks: Vec<GranuleReport> = seen.into_iter().map(look).collect();
            assert_eq!(without_fire(&looks), said);
        }
    }
}
