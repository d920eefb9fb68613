//! What two runs of a season differ in, written down: tables and a map for people, CSV and GeoJSON for programs.

mod page;
mod rows;

use super::compare::{Comparison, How, What};
use super::gather::Gathered;
use super::{Season, claim, plan};
use crate::deliver::{folder, sheet};
use crate::error::{Error, Result};
use crate::site::Site;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Two runs and what came of comparing them.
#[derive(Clone, Copy)]
pub struct Compared<'a> {
    /// The first run.
    pub a: (&'a Season, &'a Gathered),
    /// The second run.
    pub b: (&'a Season, &'a Gathered),
    /// What differs.
    pub comparison: &'a Comparison,
    /// The site: names and borders of its counties.
    pub site: &'a Site,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The counts as a person reads them.
    pub text: String,
    /// The files.
    pub files: Vec<PathBuf>,
}

const FILES: [&str; 4] = ["changes.csv", "changes.geojson", "compare.xlsx", "compare.html"];

/// Writes the differences into a folder. The same two runs give the same bytes.
///
/// # Errors
/// [`Error::Output`] where it cannot be written, [`Error::Config`] where the folder holds other things, and [`Error::Read`] or [`Error::Input`] where a plan's tasks cannot be read.
pub fn write(compared: &Compared<'_>, out: &Path) -> Result<Written> {
    let doubts = compared.doubts()?;
    let page = page::page(compared, &doubts);
    std::fs::create_dir_all(out).map_err(|error| Error::output(out, error))?;
    claim(out, "compared")?;
    let _alone = folder::alone_in(out)?;
    let stage = folder::Stage::within(out)?;
    let simulated = compared.simulated();
    rows::write_csv(&stage.path(FILES[0]), &compared.comparison.changes, simulated)?;
    rows::write_geojson(&stage.path(FILES[1]), &compared.comparison.changes, simulated)?;
    sheet::write_book(&stage.path(FILES[2]), &page.title, &compared.last_day(), &page.tables())?;
    page.write(&stage.path(FILES[3]))?;
    stage.publish(&FILES, &[])?;
    Ok(Written { text: compared.text(&doubts), files: FILES.map(|name| out.join(name)).to_vec() })
}

impl Compared<'_> {
    fn simulated(&self) -> bool {
        self.a.1.report.simulated || self.b.1.report.simulated
    }

    fn last_day(&self) -> String {
        self.a.0.plan.to.max(self.b.0.plan.to).date()
    }

    /// Changes of one sort.
    fn of(&self, what: What, how: How) -> usize {
        self.comparison.changes.iter().filter(|change| change.what == what && change.how == how).count()
    }

    /// What makes the two differ beside the fires.
    fn doubts(&self) -> Result<Vec<String>> {
        let (a, b) = (&self.a.0.plan, &self.b.0.plan);
        let mut doubts = Vec::new();
        if (a.from, a.to) != (b.from, b.to) {
            doubts.push("两次的时段不同: 只在一次时段内的火点会列为新增或消失".to_string());
        }
        let (of_a, of_b) = (inputs(self.a.0)?, inputs(self.b.0)?);
        let (only_a, only_b) = (of_a.difference(&of_b).count(), of_b.difference(&of_a).count());
        if only_a + only_b > 0 {
            doubts.push(format!("两次的输入不同: 仅第一次有 {only_a} 个文件, 仅第二次有 {only_b} 个文件"));
        }
        if a.site_hash != b.site_hash {
            doubts.push(
                "两次的本地设置(县界、图层、季节)不同: 县界一律按现在的站点, 判识、地物和热源仍是各次自己的"
                    .to_string(),
            );
        }
        let now = plan::site_hash(self.site)?;
        if now != a.site_hash && now != b.site_hash {
            doubts.push(format!(
                "现在的站点({})与两次所用的都不同: 县界按它, 数量与两次当时的不可比; 用 --site 指明当时的站点",
                self.site.name
            ));
        }
        if self.a.1.report.simulated != self.b.1.report.simulated {
            doubts.push("一次为模拟数据".to_string());
        }
        Ok(doubts)
    }

    fn text(&self, doubts: &[String]) -> String {
        let mut text = if self.simulated() { "SIMULATED\n".to_string() } else { String::new() };
        for (what, [a, b, both]) in [(What::Event, self.comparison.events), (What::Fire, self.comparison.fires)] {
            let counts = How::ALL.map(|how| format!("{} {}", how.name(), self.of(what, how))).join(", ");
            text += &format!("{}s: {a} in the first run, {b} in the second, {both} in both; {counts}\n", what.name());
        }
        doubts.iter().for_each(|doubt| text += &format!("  {doubt}\n"));
        text
    }
}

/// Checksums of all files of a season.
fn inputs(season: &Season) -> Result<BTreeSet<String>> {
    let mut sums = BTreeSet::new();
    for id in 0..season.plan.tasks.len() {
        let task = season.task(id)?;
        sums.extend(task.granules.into_iter().flat_map(|look| look.sums).map(|sum| sum.sha256));
        sums.extend(task.lists.into_iter().map(|sum| sum.sha256));
    }
    Ok(sums)
}
