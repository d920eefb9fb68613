//! Sheets of a weekly report: counties, days, satellites.

use super::Tally;
use crate::deliver::coverage::sums::Sum;
use crate::deliver::coverage::tables::Ministry;
use crate::deliver::scan_report::{Looked, ScanReport};
use crate::deliver::sheet::{Cell, Table, text};
use std::collections::{BTreeMap, BTreeSet};

const COUNTIES: &[(&str, f64)] = &[
    ("行政区划代码", 14.0),
    ("县(市、区)", 20.0),
    ("疑似火点(处)", 13.0),
    ("火点像元", 10.0),
    ("有效观测", 10.0),
    ("观测小时", 10.0),
    ("全周小时", 10.0),
    ("有资料天数", 11.0),
    ("有效观测天数", 13.0),
    ("判为非火点像元", 15.0),
    ("处数环比(%)", 12.0),
    ("像元环比(%)", 12.0),
    ("耕地(千公顷)", 13.0),
    ("处/千公顷", 11.0),
    ("说明", 60.0),
];

/// A row a county, then all.
pub(super) fn counties(ministry: &Ministry<'_>, whole: &[Sum], simulated: bool) -> Table {
    let number = |value: Option<usize>| Cell::Number(value.map(|n| n as f64), 0);
    let rows = ministry.rows.iter().map(|row| {
        let sum = whole.iter().find(|sum| sum.adcode == row.adcode);
        let change = row.change.as_ref();
        let why = change.and_then(|change| change.why_none).map(|why| why.spoken().to_string());
        let said = [sum.map(Sum::sentence), why];
        vec![
            text(&row.adcode),
            text(&row.county),
            number(row.told().map(|found| found.events)),
            number(row.told().map(|found| found.pixels)),
            Cell::Share(row.observed),
            Cell::count(row.hours_looked),
            Cell::count(row.hours_of_period),
            number(sum.map(|sum| sum.days)),
            number(sum.map(|sum| sum.days_observed)),
            number(row.screened()),
            Cell::Number(change.and_then(|change| change.events_percent), 1),
            Cell::Number(change.and_then(|change| change.pixels_percent), 1),
            Cell::Number(row.cropland_kha, 1),
            Cell::Number(row.intensity().map(|both| both.1), 2),
            text(&said.into_iter().flatten().collect::<Vec<_>>().join("; ")),
        ]
    });
    let (first, last) = ministry.now.days().unwrap_or_default();
    Table {
        name: "周报",
        title: titled(&format!("{}疑似火点周报 {first} 至 {last}", ministry.site), simulated),
        note: ministry.remarks.join("; "),
        heads: COUNTIES,
        rows: rows.collect(),
    }
}

const DAYS: &[(&str, f64)] = &[
    ("日期", 12.0),
    ("县(市、区)", 20.0),
    ("疑似火点(处)", 13.0),
    ("火点像元", 10.0),
    ("有效观测", 10.0),
    ("观测次数", 10.0),
    ("缺", 8.0),
    ("计划停测", 10.0),
    ("无法使用", 10.0),
    ("说明", 60.0),
];

/// A row a day and county of which anything is known.
pub(super) fn days(days: &[Sum], simulated: bool) -> Table {
    let rows = days.iter().map(|sum| {
        let found = sum.told();
        vec![
            text(&sum.period),
            text(&sum.county),
            Cell::Number(found.map(|found| found.events as f64), 0),
            Cell::Number(found.map(|found| found.pixels as f64), 0),
            Cell::Share((sum.seen.hours > 0).then_some(sum.seen.mean)),
            Cell::count(sum.seen.looks),
            Cell::count(sum.seen.absent),
            Cell::count(sum.seen.planned_gaps),
            Cell::count(sum.seen.unreadable),
            text(&sum.sentence()),
        ]
    });
    Table {
        name: "逐日",
        title: titled("逐日逐县", simulated),
        note: "北京时间; 空格处未有效观测, 不等于无火; 没有列出的日期没有资料".to_string(),
        heads: DAYS,
        rows: rows.collect(),
    }
}

const SATELLITES: &[(&str, f64)] = &[
    ("卫星", 16.0),
    ("应观测", 10.0),
    ("已判识", 10.0),
    ("无法使用", 10.0),
    ("缺", 10.0),
    ("计划停测", 10.0),
    ("入库观测", 10.0),
    ("入库清单", 10.0),
];

/// A row a satellite: how its looks stood, and what of it is in the store.
pub(super) fn satellites(report: &ScanReport, tallies: &[Tally], simulated: bool) -> Table {
    let mut kept: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for look in report.granules.iter().filter(|look| look.look == Looked::Yes) {
        kept.entry(&look.satellite).or_default()[usize::from(look.is_list())] += 1;
    }
    let names: BTreeSet<&str> =
        tallies.iter().map(|tally| tally.satellite.as_str()).chain(kept.keys().copied()).collect();
    let rows = names.into_iter().map(|name| {
        let tally = tallies.iter().find(|tally| tally.satellite == name);
        let of = |part: fn(&Tally) -> usize| Cell::Number(tally.map(|tally| part(tally) as f64), 0);
        let [looks, lists] = kept.get(name).copied().unwrap_or_default();
        vec![
            text(name),
            of(|tally| tally.expected),
            of(|tally| tally.scanned),
            of(|tally| tally.failed),
            of(|tally| tally.missing),
            of(|tally| tally.planned),
            Cell::count(looks),
            Cell::count(lists),
        ]
    });
    Table {
        name: "卫星",
        title: titled("各卫星的观测", simulated),
        note: "应观测: 按时间表或轨道; 空格处无记录; 入库观测: 本周时段内已入库的观测次数".to_string(),
        heads: SATELLITES,
        rows: rows.collect(),
    }
}

fn titled(title: &str, simulated: bool) -> String {
    format!("{title}{}", if simulated { "(模拟数据)" } else { "" })
}
