//! What each satellite gave, and what rules took for no fire.

use super::Told;
use super::counties::count;
use crate::deliver::page::Part;
use crate::deliver::reasons::spoken_reason;
use crate::deliver::scan_report::{GranuleReport, Looked};
use crate::deliver::sheet::{Cell, Table, text};
use crate::fire::FirePixel;
use crate::season::gather::Gathered;
use std::collections::{BTreeMap, BTreeSet};

const SATELLITES: &[(&str, f64)] = &[
    ("卫星", 18.0),
    ("应观测(次)", 11.0),
    ("已观测(次)", 11.0),
    ("无法使用(次)", 12.0),
    ("缺(次)", 9.0),
    ("计划停测(次)", 12.0),
    ("他人清单(份)", 13.0),
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
        let note = "应观测: 静止卫星按时间表; 极轨卫星与清单没有时间表, 空处(–)未知; 缺: 资料中没有; 清单的首次、末次是其中火点的时刻".to_string();
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
        let looks = report.granules.iter().filter(|granule| granule.look != Looked::NotOverSite && !granule.is_list());
        for granule in looks.filter(|look| !has_timetable(&report.who(look).satellite)) {
            let given = others.entry(name_of(report.who(granule))).or_default();
            if granule.look == Looked::Unreadable {
                given.unreadable += 1;
            } else {
                given.looks += 1;
            }
            given.times.push(granule.time);
        }
        let mut lists: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for fire in rows_of_lists(self.asked.gathered) {
            let name = of_list(fire);
            lists.entry(name.clone()).or_default().insert(&fire.granule);
            others.entry(name).or_default().times.push(fire.time);
        }
        for (name, lists) in lists {
            others.entry(name).or_default().lists = lists.len();
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

fn name_of(who: &GranuleReport) -> String {
    match who.satellite.is_empty() {
        true => "卫星未知".to_string(),
        false => who.instrument(),
    }
}

/// Rows of lists of others: one list may be of several satellites.
pub(super) fn rows_of_lists(gathered: &Gathered) -> impl Iterator<Item = &FirePixel> {
    let lists: BTreeSet<&str> =
        gathered.report.granules.iter().filter(|of| of.is_list()).map(|of| of.granule.as_str()).collect();
    gathered.fires.iter().filter(move |fire| lists.contains(fire.granule.as_str()))
}

/// Satellite and sensor of a row of a list.
pub(super) fn of_list(fire: &FirePixel) -> String {
    format!("{}(清单)", format!("{} {}", fire.satellite, fire.sensor).trim())
}
