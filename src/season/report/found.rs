//! What kind of fires they are taken for, what officers found there, and the cells in which it burned most.

use super::Told;
use super::responses::Cases;
use crate::cases::{Cause, Finding, Verification};
use crate::deliver::page::Part;
use crate::deliver::sheet::{Cell, Table, text};
use crate::season::burned::{Burned, CLASSES, burned};
use std::collections::HashSet;

const CLASSIFIED: &[(&str, f64)] =
    &[("类别(卫星判识)", 18.0), ("疑似火点(处)", 13.0), ("占比(%)", 10.0), ("最强(MW)", 11.0), ("像元(个)", 11.0)];

const FINDINGS: &[(&str, f64)] = &[("现场结果", 18.0), ("事件(处)", 11.0), ("其中已审核(处)", 15.0)];

const CAUSES: &[(&str, f64)] = &[("原因(现场反馈)", 18.0), ("事件(处)", 11.0), ("其中已审核(处)", 15.0)];

const CELLS: &[(&str, f64)] = &[
    ("名次", 7.0),
    ("网格", 24.0),
    ("县(市、区)", 20.0),
    ("疑似火点(处)", 13.0),
    ("天数(天)", 10.0),
    ("常见时刻(时)", 12.0),
    ("首次(北京时间)", 17.0),
    ("末次(北京时间)", 17.0),
    ("最强(MW)", 11.0),
    ("经度", 12.0),
    ("纬度", 12.0),
];

/// Cells that the report names; the data set has all.
const MOST_CELLS: usize = 20;

impl Told<'_> {
    /// Classes of the events, and findings and causes where somebody was there.
    pub(super) fn causes(&self) -> Vec<Part> {
        let classes = self.classes();
        let mut parts: Vec<Part> = self.drawn(&classes, "疑似火点的类别(处)", 1).into_iter().collect();
        parts.push(Part::Table(classes, usize::MAX));
        let Some(cases) = self.asked.cases else {
            parts.push(Part::Text("现场结果与原因: 未提供(站点未设 store.url, 或以 --no-store 略去)。".to_string()));
            return parts;
        };
        if cases.verifications().next().is_none() {
            parts.push(Part::Text(format!("现场结果与原因: 本时段 {} 处事件均无现场反馈。", cases.events())));
            return parts;
        }
        parts.push(Part::Table(self.findings(cases), usize::MAX));
        let causes = self.causes_found(cases);
        parts.extend(self.drawn(&causes, "现场反馈的原因(处)", 1));
        parts.push(Part::Table(causes, usize::MAX));
        parts
    }

    fn classes(&self) -> Table {
        let all = self.events.len();
        let fires = self.now.fires.iter().filter(|fire| fire.adcode.is_some());
        let kept: HashSet<&str> = fires.map(|fire| fire.id.as_str()).collect();
        let row = |class| {
            let of = || self.events.iter().map(|(event, _)| *event).filter(move |event| event.class == class);
            let count = of().count();
            let strongest = of().filter_map(|event| event.max_frp_mw).filter(|mw| mw.is_finite()).reduce(f64::max);
            let members = of().flat_map(|event| &event.members).filter(|id| kept.contains(id.as_str())).count();
            (count > 0).then(|| {
                let share = Cell::Share(Some(count as f64 / all as f64));
                vec![text(class.spoken()), Cell::count(count), share, Cell::Number(strongest, 1), Cell::count(members)]
            })
        };
        let rows = CLASSES.into_iter().filter_map(row).collect();
        let note = "类别由地物、季节和已知热源推断, 不是查实的原因; 无地物图层或静止卫星像元太粗时为未判定".to_string();
        Table { name: "类别", title: self.titled("疑似火点的类别"), note, heads: CLASSIFIED, rows }
    }

    fn findings(&self, cases: &Cases) -> Table {
        let of = |finding: Finding| counted(finding.name(), cases, |verification| verification.finding == finding);
        let rows = Finding::ALL.iter().filter_map(|finding| of(*finding)).collect();
        let note = format!("本时段 {} 处事件中有现场反馈的; 到场时火多已熄灭, 未发现痕迹不等于误判", cases.events());
        Table { name: "现场结果", title: self.titled("现场核查结果"), note, heads: FINDINGS, rows }
    }

    fn causes_found(&self, cases: &Cases) -> Table {
        let of = |cause: Cause| counted(cause.name(), cases, |verification| verification.cause == Some(cause));
        let mut rows: Vec<Vec<Cell>> = Cause::ALL.iter().filter_map(|cause| of(*cause)).collect();
        rows.extend(counted("未填", cases, |verification| verification.cause.is_none()));
        Table { name: "原因", title: self.titled("现场反馈的原因"), note: String::new(), heads: CAUSES, rows }
    }

    /// The cells in the order of patrols.
    pub(super) fn cells(&self) -> Vec<Part> {
        let cells = burned(&self.asked.gathered.events);
        let row = |cell: &Burned| {
            vec![
                Cell::count(cell.rank),
                text(&cell.cell),
                text(&cell.county),
                Cell::count(cell.events),
                Cell::count(cell.days),
                Cell::count(cell.usual_hour as usize),
                text(&cell.first.beijing()),
                text(&cell.last.beijing()),
                Cell::Number(cell.max_frp_mw, 1),
                Cell::Number(Some(cell.place.lon()), 6),
                Cell::Number(Some(cell.place.lat()), 6),
            ]
        };
        let rows = cells.iter().take(MOST_CELLS).map(row).collect();
        let note = format!(
            "共 {} 个网格有疑似火点, 此处列前 {MOST_CELLS}, 全部见 strawfire season merge 写出的 burned_cells.csv; 排序: 天数、处数、末次",
            cells.len()
        );
        let table = Table { name: "网格", title: self.titled("火点较多的网格"), note, heads: CELLS, rows };
        vec![Part::Table(table, usize::MAX)]
    }
}

/// A row of those cases for which it holds; none where there is none.
fn counted(name: &str, cases: &Cases, of: impl Fn(&Verification) -> bool) -> Option<Vec<Cell>> {
    let those = || cases.verifications().filter(|verification| of(verification));
    let approved = those().filter(|verification| verification.approved).count();
    let count = those().count();
    (count > 0).then(|| vec![text(name), Cell::count(count), Cell::count(approved)])
}
