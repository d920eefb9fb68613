//! The season at a glance, by county, and by county and week.

use super::Told;
use super::spans::{self, within};
use crate::deliver::charts::{Bar, Bars, Kind, Map, Mark, Row, Rows, Shape};
use crate::deliver::coverage::statistics::{Statistic, statistics};
use crate::deliver::page::Part;
use crate::deliver::scan_report::CountyShare;
use crate::deliver::sheet::{Cell, Table, text};
use crate::fire::{Class, Confirmation, FireEvent};
use crate::season::burned::CLASSES;
use std::collections::BTreeSet;

const NUMBERS: &[(&str, f64)] = &[("指标", 26.0), ("数值", 26.0), ("说明", 60.0)];

const COUNTIES: &[(&str, f64)] = &[
    ("县(市、区)", 26.0),
    ("疑似火点(处)", 13.0),
    ("火点像元(个)", 13.0),
    ("有效观测(%)", 12.0),
    ("观测小时(时)", 12.0),
    ("时段小时(时)", 12.0),
    ("判为非火点(个)", 14.0),
    ("耕地(千公顷)", 13.0),
    ("像元(个/千公顷)", 15.0),
    ("处(处/千公顷)", 14.0),
    ("说明", 26.0),
];

const WEEKS: &[(&str, f64)] = &[
    ("周(北京时间)", 16.0),
    ("县(市、区)", 26.0),
    ("疑似火点(处)", 13.0),
    ("火点像元(个)", 13.0),
    ("有效观测(%)", 12.0),
    ("说明", 36.0),
];

pub(super) fn count(value: Option<usize>) -> Cell {
    Cell::Number(value.map(|value| value as f64), 0)
}

/// What a row says in words; never that there was no fire.
pub(super) fn conclusion(row: &Statistic) -> String {
    let share = CountyShare {
        pixels: row.hours_looked,
        observed_fraction: row.observed.unwrap_or(0.0),
        ..CountyShare::of_nothing(&row.adcode, &row.county)
    };
    match row.found {
        None => "火点未统计".to_string(),
        // lists of others alone: nobody says what was seen
        Some(found) if row.observed.is_none() && found.pixels > 0 => {
            format!("疑似火点 {} 个(有效观测未知)", found.events)
        }
        Some(_) if row.observed.is_none() => "未知: 他人清单不说明观测范围".to_string(),
        Some(found) => share.sentence(found.events),
    }
}

/// The same where there is no fire to be counted.
pub(super) fn unless_found(row: &Statistic) -> String {
    if row.found.is_some_and(|found| found.events > 0) { String::new() } else { conclusion(row) }
}

impl Told<'_> {
    /// The numbers that are asked for first.
    pub(super) fn numbers(&self) -> Vec<Part> {
        let mut parts = self.limits();
        let Some(all) = self.all() else { return parts };
        parts.push(Part::Text(format!("全区: {}。", conclusion(all))));
        let said = |value: Option<usize>| value.map_or("未有效观测".to_string(), |value| value.to_string());
        let told = all.told();
        let days: BTreeSet<i64> = self.events.iter().map(|(_, at)| at.beijing_day()).collect();
        let confirmed = self.events.iter().filter(|(event, _)| event.confirmation == Confirmation::Confirmed).count();
        let time = |at: Option<&(&FireEvent, crate::time::Utc)>| at.map_or("–".to_string(), |(_, at)| at.beijing());
        let of_lists = told.map_or(0, |found| found.events_of_lists);
        let share = Cell::Share(all.observed).printed();
        let rows = [
            (
                "疑似火点(处)",
                said(told.map(|found| found.events)),
                format!("相邻像元合并, 一处一次出动; 其中他人清单 {of_lists} 处"),
            ),
            ("火点像元(个)", said(told.map(|found| found.pixels)), "部级统计口径".to_string()),
            ("其中多次观测确认(处)", said(told.map(|_| confirmed)), "其余为单次观测, 待确认".to_string()),
            ("有火点的天数(天)", said(told.map(|_| days.len())), "北京时间".to_string()),
            ("首个火点", time(self.events.first()), "北京时间".to_string()),
            ("末个火点", time(self.events.last()), "该处首次观测, 北京时间".to_string()),
            ("最强火点(MW)", self.strongest().0, self.strongest().1),
            (
                "有效观测(%)",
                if share.is_empty() { "未知".to_string() } else { share },
                "各小时晴空观测比例的平均, 按面积".to_string(),
            ),
            ("判为非火点的像元(个)", said(all.screened()), "不计入火点, 原因见第七节".to_string()),
        ];
        let rows = rows.into_iter().map(|(name, value, note)| vec![text(name), text(&value), text(&note)]);
        let title = self.titled("主要数字");
        let table = Table { name: "概况", title, note: String::new(), heads: NUMBERS, rows: rows.collect() };
        parts.push(Part::Table(table, usize::MAX));
        parts
    }

    /// What could not be read and not be judged.
    fn limits(&self) -> Vec<Part> {
        let report = &self.asked.gathered.report;
        let mut limits = report.limits();
        if let Some(first) = limits.first_mut().filter(|_| !report.errors.is_empty()) {
            *first = format!(
                "{} 处输入无法读取(strawfire season merge 写出的 errors.csv 逐一列出): 火点可能偏少",
                report.errors.len()
            );
        }
        limits.into_iter().map(Part::Warning).collect()
    }

    /// Power of the strongest event, and which one it is.
    fn strongest(&self) -> (String, String) {
        let power = |event: &FireEvent| event.max_frp_mw.filter(|mw| mw.is_finite());
        let strongest = self.events.iter().filter(|(event, _)| power(event).is_some()).max_by(|(a, _), (b, _)| {
            let by_power = power(a).unwrap_or(0.0).total_cmp(&power(b).unwrap_or(0.0));
            by_power.then_with(|| b.id.cmp(&a.id))
        });
        let Some((event, at)) = strongest else { return ("–".to_string(), String::new()) };
        let county = event.county.as_ref().map_or("", |county| &county.name);
        let township = event.township.as_deref().unwrap_or("");
        let said = format!("{} {county}{township} {}", at.beijing(), event.id);
        (format!("{:.1}", power(event).unwrap_or(0.0)), said)
    }

    /// A row a county, and where the fires were.
    pub(super) fn counties(&self) -> Vec<Part> {
        let number = |value: Option<f64>, decimals| match value {
            None if !self.has_cropland => text("无耕地图层"),
            value => Cell::Number(value, decimals),
        };
        let rows = self.rows.iter().map(|row| {
            vec![
                text(&row.county),
                count(row.told().map(|found| found.events)),
                count(row.told().map(|found| found.pixels)),
                Cell::Share(row.observed),
                Cell::count(row.hours_looked),
                Cell::count(row.hours_of_period),
                count(row.screened()),
                number(row.cropland_kha, 1),
                Cell::Number(row.intensity().map(|both| both.0), 3),
                Cell::Number(row.intensity().map(|both| both.1), 3),
                text(&unless_found(row)),
            ]
        });
        let note = "空处(–): 未有效观测或未知, 不等于无火; 跨县的一处在各县各计一次, 合计只计一次".to_string();
        let title = self.titled("各县(市、区)");
        let table = Table { name: "各县", title, note, heads: COUNTIES, rows: rows.collect() };
        let mut parts = vec![Part::Table(table, usize::MAX), self.map()];
        parts.extend(self.has_cropland.then(|| self.intensities()));
        parts
    }

    /// Fire points per 1000 ha of cropland, by county.
    fn intensities(&self) -> Part {
        let row = |row: &Statistic| {
            let value = row.intensity().map(|both| both.0);
            Row {
                name: row.county.clone(), value, said: value.map_or("–".to_string(), |value| format!("{value:.3}"))
            }
        };
        let counties = self.rows.len().saturating_sub(1);
        let rows: Vec<Row> = self.rows.iter().take(counties).map(row).collect();
        let title = "各县每千公顷耕地的火点像元";
        Part::Figure { svg: Rows { title, rows: &rows }.svg(), caption: self.figure(&format!("{title}(个)")) }
    }

    /// Events by class on the map.
    fn map(&self) -> Part {
        let shape = |class: Class| match class {
            Class::Straw => Shape::Disc,
            Class::Vegetation => Shape::Triangle,
            Class::Industrial | Class::Solar => Shape::Square,
            Class::Unknown => Shape::Cross,
        };
        let there: Vec<Class> =
            CLASSES.into_iter().filter(|class| self.events.iter().any(|(event, _)| event.class == *class)).collect();
        let kinds: Vec<Kind> =
            there.iter().map(|class| Kind { name: class.spoken().to_string(), shape: shape(*class) }).collect();
        let mark = |event: &FireEvent| {
            let kind = there.iter().position(|class| *class == event.class)?;
            Some(Mark { kind, place: event.place, from: None })
        };
        let marks: Vec<Mark> = self.events.iter().filter_map(|(event, _)| mark(event)).collect();
        let counties = &self.asked.settings.site.counties;
        let svg = Map { title: "疑似火点的位置和类别", counties, kinds: &kinds, marks: &marks }.svg();
        let caption = self.figure("疑似火点的位置和类别(WGS84; 图例后为处数; 县界为示意)");
        Part::Figure { svg, caption }
    }

    /// By county and week, as a chart and a table.
    pub(super) fn weeks(&self) -> Vec<Part> {
        let (site, plan) = (self.asked.settings.site, &self.asked.season.plan);
        let kinds: Vec<String> = site.counties.iter().map(|county| county.name.name.clone()).collect();
        let (mut bars, mut rows) = (Vec::new(), Vec::new());
        for week in spans::weeks(plan.from, plan.to) {
            let part = within(&self.now, &self.events, &week);
            let statistics = statistics(&part, None, site, None);
            let counties: Vec<&Statistic> = statistics.iter().take(kinds.len()).collect();
            let told = |row: &&Statistic| row.told().map_or(f64::NAN, |found| found.events as f64);
            let parts: Vec<f64> = counties.iter().map(told).collect();
            let unseen = parts.iter().filter(|part| part.is_nan()).count();
            let label = spans::short(&week);
            rows.extend(counties.iter().map(|row| of_week(&label, row)));
            let is_partial = unseen > 0 && unseen < parts.len();
            bars.push(Bar { label, parts: (unseen < parts.len()).then_some(parts), is_partial });
        }
        let title = "各县各周的疑似火点";
        let svg = Bars { title, axis: "疑似火点(处)", kinds: &kinds, bars: &bars }.svg();
        let caption =
            self.figure("各周疑似火点处数(周一至周日, 按首次观测计; 跨县的一处在各县各计一次; *: 有县未有效观测)");
        let note = "按该处在本区的首次观测计周; 跨县的一处在各县各计一次; 空处(–): 未有效观测, 不等于无火".to_string();
        let table = Table { name: "各县各周", title: self.titled(title), note, heads: WEEKS, rows };
        vec![Part::Figure { svg, caption }, Part::Table(table, 120)]
    }
}

fn of_week(label: &str, row: &Statistic) -> Vec<Cell> {
    vec![
        text(label),
        text(&row.county),
        count(row.told().map(|found| found.events)),
        count(row.told().map(|found| found.pixels)),
        Cell::Share(row.observed.filter(|_| row.hours_looked > 0)),
        text(&unless_found(row)),
    ]
}
