//! The same period of another year beside this one.

use super::counties::count;
use super::{Told, of_years};
use crate::deliver::coverage::statistics::{Change, Statistic, spoken_days, statistics};
use crate::deliver::page::Part;
use crate::deliver::sheet::{Cell, Table, text};
use crate::season::Season;

const COMPARED: &[(&str, f64)] = &[
    ("县(市、区)", 20.0),
    ("本期(处)", 10.0),
    ("对比期(处)", 10.0),
    ("处数变化(%)", 12.0),
    ("本期(像元)", 10.0),
    ("对比期(像元)", 12.0),
    ("像元变化(%)", 12.0),
    ("本期观测(%)", 12.0),
    ("对比期观测(%)", 13.0),
    ("说明", 40.0),
];

const LISTS: &[(&str, f64)] =
    &[("县(市、区)", 20.0), ("本期(处)", 10.0), ("对比期(处)", 10.0), ("本期(像元)", 10.0), ("对比期(像元)", 12.0)];

impl Told<'_> {
    /// The change over the sensors that looked in both; of lists of others the counts alone.
    pub(super) fn compared(&self) -> Vec<Part> {
        let (Some((season, gathered)), Some(pair)) = (self.asked.before, &self.pair) else {
            return vec![Part::Text("未提供对比期(strawfire season report --before)。".to_string())];
        };
        let before = super::period_of(season, gathered, self.asked.settings);
        let mut parts = vec![Part::Text(format!("本期 {}; 对比期 {}。", spoken_days(&self.now), spoken_days(&before)))];
        parts.extend(differences(self.asked.season, season).into_iter().map(Part::Warning));
        if pair.sensors.is_empty() {
            parts.push(Part::Text(
                "两期没有共同的、有观测范围的传感器: 不作百分比对比, 以下只列他人清单的火点数。".to_string(),
            ));
        } else {
            parts.push(Part::Table(self.change(), usize::MAX));
        }
        let of_before = statistics(&before, None, self.asked.settings.site, None);
        parts.extend(self.lists(&of_before).map(|table| Part::Table(table, usize::MAX)));
        parts
    }

    fn change(&self) -> Table {
        let row = |row: &Statistic| {
            let change = row.change.as_ref();
            let told = |of: fn(&Change) -> Option<(usize, usize)>| change.and_then(of);
            let (now, before) = (told(|change| change.now.told()), told(|change| change.before.told()));
            let why = change.and_then(|change| change.why_none).map_or(String::new(), |why| of_years(why.spoken()));
            vec![
                text(&row.county),
                count(now.map(|both| both.1)),
                count(before.map(|both| both.1)),
                Cell::Number(change.and_then(|change| change.events_percent), 1),
                count(now.map(|both| both.0)),
                count(before.map(|both| both.0)),
                Cell::Number(change.and_then(|change| change.pixels_percent), 1),
                Cell::Share(change.map(|change| change.now.observed)),
                Cell::Share(change.map(|change| change.before.observed)),
                text(&why),
            ]
        };
        let rows = self.rows.iter().map(row).collect();
        let note = "只计两期都有的传感器; 有效观测不足 10% 的不作对比; 他人清单不说明观测范围, 不计入".to_string();
        Table { name: "同期对比", title: self.titled("与对比期相比"), note, heads: COMPARED, rows }
    }

    /// Counts of lists of others; `None` where neither period has any.
    fn lists(&self, before: &[Statistic]) -> Option<Table> {
        let of = |row: &Statistic| row.found.unwrap_or_default();
        let pairs = || self.rows.iter().zip(before);
        let has_any = |row: &Statistic| of(row).pixels_of_lists > 0;
        if !pairs().any(|(now, before)| has_any(now) || has_any(before)) {
            return None;
        }
        let row = |(now, before): (&Statistic, &Statistic)| {
            let (now_found, before_found) = (of(now), of(before));
            vec![
                text(&now.county),
                Cell::count(now_found.events_of_lists),
                Cell::count(before_found.events_of_lists),
                Cell::count(now_found.pixels_of_lists),
                Cell::count(before_found.pixels_of_lists),
            ]
        };
        let rows = pairs().map(row).collect();
        let note =
            "他人清单(如 FIRMS)只有火点, 不说明何时何处观测过: 只列清单中的火点数, 0 不等于无火, 增减也可能是观测不同所致"
                .to_string();
        Some(Table { name: "清单对比", title: self.titled("他人清单的火点数"), note, heads: LISTS, rows })
    }
}

/// What makes two seasons differ beside the fires.
fn differences(now: &Season, before: &Season) -> Vec<String> {
    let (a, b) = (&now.plan, &before.plan);
    let day = |at: crate::time::Utc| at.beijing().get(5..10).unwrap_or_default().to_string();
    let different = [
        (day(a.from) != day(b.from) || day(a.to) != day(b.to), "两期的月日不同"),
        (a.program_version != b.program_version, "两期的程序版本不同"),
        (a.profile != b.profile || a.thresholds != b.thresholds, "两期的判识阈值不同"),
        (a.site_hash != b.site_hash, "两期的本地设置(县界、图层)不同"),
        (a.baseline != b.baseline, "两期只有一期与往日比较"),
    ];
    let is_later = b.from >= a.from;
    let later = is_later.then(|| "对比期不早于本期: 所列变化不是同比".to_string());
    let different =
        different.into_iter().filter(|(differ, _)| *differ).map(|(_, said)| format!("{said}: 对比仅供参考"));
    later.into_iter().chain(different).collect()
}
