//! What each satellite gave, and what rules took for no fire.

use super::Told;
use super::counties::count;
use crate::deliver::page::Part;
use crate::deliver::reasons::spoken_reason;
use crate::deliver::scan_report::{GranuleReport, Looked};
use crate::deliver::sheet::{Cell, Table, text};
use std::collections::BTreeMap;

const SATELLITES: &[(&str, f64)] = &[
    ("卫星", 18.0),
    ("应观测(次)", 11.0),
    ("已观测(次)", 11.0),
    ("无法使用(次)", 12.0),
    ("缺(次)", 9.0),
    ("计划停测(次)", 12.0),
    ("他人清单(份)", 12.0),
    ("首次(北京时间)", 17.0),
    ("末次(北京时间)", 17.0),
];

const DROPPED: &[(&str, f64)] = &[("原因", 24.0), ("本区内(像元)", 13.0), ("全部(像元)", 13.0)];

/// Looks of a satellite that has no timetable, and lists.
#[derive(Default)]
struct Given {
    looks: usize,
    unreadable: usize,
    lists: usize,
    times: Vec<crate::time::Utc>,
}

impl Told<'_> {
    /// Slots by timetable, overpasses and lists; drops by reason.
    pub(super) fn satellites(&self) -> Vec<Part> {
        let rows = self.by_timetable().into_iter().chain(self.others()).collect();
        let note = "应观测: 静止卫星按时间表; 极轨卫星与清单没有时间表, 空处(–)未知; 缺: 资料中没有".to_string();
        let title = self.titled("各卫星的观测");
        let satellites = Table { name: "卫星", title, note, heads: SATELLITES, rows };
        vec![Part::Table(satellites, usize::MAX), Part::Table(self.dropped(), usize::MAX)]
    }

    fn by_timetable(&self) -> Vec<Vec<Cell>> {
        let row = |account: &crate::schedule::SlotAccount| {
            let (planned, absent) = (account.planned.len(), account.absent.len());
            let counts = [account.looked, account.unreadable, absent, planned];
            let mut row = vec![text(&account.satellite), Cell::count(counts.iter().sum())];
            row.extend(counts.map(Cell::count));
            row.extend([Cell::count(0), text(&account.first.beijing()), text(&account.last.beijing())]);
            row
        };
        self.asked.gathered.report.slots.iter().map(row).collect()
    }

    fn others(&self) -> Vec<Vec<Cell>> {
        let report = &self.asked.gathered.report;
        let has_timetable = |satellite: &str| report.slots.iter().any(|account| account.satellite == satellite);
        let mut others: BTreeMap<String, Given> = BTreeMap::new();
        for granule in report.granules.iter().filter(|granule| granule.look != Looked::NotOverSite) {
            let name = name_of(report.who(granule), granule.is_list());
            if granule.is_list() || !has_timetable(&report.who(granule).satellite) {
                let given = others.entry(name).or_default();
                match (granule.is_list(), granule.look) {
                    (true, _) => given.lists += 1,
                    (false, Looked::Unreadable) => given.unreadable += 1,
                    (false, _) => given.looks += 1,
                }
                given.times.push(granule.time);
            }
        }
        let row = |(name, given): (String, Given)| {
            let time = |at: Option<&crate::time::Utc>| text(&at.map_or(String::new(), |at| at.beijing()));
            vec![
                text(&name),
                count(None),
                Cell::count(given.looks),
                Cell::count(given.unreadable),
                count(None),
                count(None),
                Cell::count(given.lists),
                time(given.times.iter().min()),
                time(given.times.iter().max()),
            ]
        };
        others.into_iter().map(row).collect()
    }

    /// Hot pixels that are not on the list, by reason.
    fn dropped(&self) -> Table {
        let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
        for fire in &self.asked.gathered.fires {
            let Some(reason) = fire.verdict.reason() else { continue };
            let [inside, all] = counts.entry(reason).or_default();
            *inside += usize::from(fire.county.is_some());
            *all += 1;
        }
        let row = |(reason, [inside, all]): (&str, [usize; 2])| {
            vec![text(spoken_reason(reason)), Cell::count(inside), Cell::count(all)]
        };
        let rows = counts.into_iter().map(row).collect();
        let note = "判为非火点、不在本区或重复的热异常像元, 按原因; 不计入火点".to_string();
        Table { name: "未列入", title: self.titled("未列入的热异常像元"), note, heads: DROPPED, rows }
    }
}

fn name_of(who: &GranuleReport, is_list: bool) -> String {
    let name = match who.satellite.is_empty() {
        true => "卫星未知".to_string(),
        false => who.instrument(),
    };
    if is_list { format!("{name}(清单)") } else { name }
}
