//! What was seen and found day by day.

use super::Told;
use super::counties::{count, unless_found};
use super::spans::{self, within};
use crate::deliver::charts::ShareLine;
use crate::deliver::coverage::statistics::statistics;
use crate::deliver::page::Part;
use crate::deliver::scan_report::LEAST_OBSERVED;
use crate::deliver::sheet::{Cell, Table, text};

const DAYS: &[(&str, f64)] = &[
    ("日期", 12.0),
    ("有效观测(%)", 12.0),
    ("观测小时(时)", 12.0),
    ("疑似火点(处)", 13.0),
    ("火点像元(个)", 13.0),
    ("说明", 40.0),
];

impl Told<'_> {
    /// Share observed and fires a day, of all counties.
    pub(super) fn days(&self) -> Vec<Part> {
        let (site, plan) = (self.asked.settings.site, &self.asked.season.plan);
        let (mut days, mut rows) = (Vec::new(), Vec::new());
        for day in spans::days(plan.from, plan.to) {
            let statistics = statistics(&within(&self.now, &self.events, &day), None, site, None);
            let Some(all) = statistics.last() else { continue };
            // what no look reached is no share of 0
            let observed = all.observed.filter(|_| all.hours_looked > 0);
            days.push((spans::short(&day), observed));
            rows.push(vec![
                text(&spans::first_and_last(&day).0),
                Cell::Share(observed),
                Cell::count(all.hours_looked),
                count(all.told().map(|found| found.events)),
                count(all.told().map(|found| found.pixels)),
                text(&unless_found(all)),
            ]);
        }
        let title = "逐日有效观测";
        let svg = ShareLine { title, days: &days, least: LEAST_OBSERVED }.svg();
        let caption =
            self.figure("逐日有效观测比例(全区按面积; 虚线 10%, 低于此为未有效观测; 斜线: 当日未观测, 不是 0)");
        let note = "按该处在本区的首次观测计日; 空处(–): 未有效观测, 不等于无火".to_string();
        let table = Table { name: "逐日", title: self.titled(title), note, heads: DAYS, rows };
        vec![Part::Figure { svg, caption }, Part::Table(table, 92)]
    }
}
