//! The report of a season for people: `report.html`, which prints, and `report.xlsx` with the same tables.

mod before;
mod counties;
mod days;
mod found;
mod hours;
mod responses;
mod satellites;
mod sources;
mod spans;

use super::gather::Gathered;
use super::{Season, claim};
use crate::deliver::charts::{Row, Rows};
use crate::deliver::coverage::of_store;
use crate::deliver::coverage::period::{Period, day_of};
use crate::deliver::coverage::remarks::{Given, remarks};
use crate::deliver::coverage::statistics::{Pair, Statistic, statistics};
use crate::deliver::coverage::tables::Ministry;
use crate::deliver::page::{Page, Part, Section};
use crate::deliver::scan_report::{self, CAUTION, Looked};
use crate::deliver::sheet::Table;
use crate::deliver::{folder, sheet};
use crate::error::{Error, Result};
use crate::fire::FireEvent;
use crate::layers::cropland;
use crate::pipeline::Settings;
use crate::time::Utc;
pub use responses::Cases;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a report is made of.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The season.
    pub season: &'a Season,
    /// What was found in it.
    pub gathered: &'a Gathered,
    /// The same period of another year.
    pub before: Option<(&'a Season, &'a Gathered)>,
    /// What became of the events, where there is a store.
    pub cases: Option<&'a Cases>,
    /// The site and its thresholds.
    pub settings: &'a Settings<'a>,
}

/// A report that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The numbers as the desk reads them.
    pub text: String,
    /// What was written.
    pub files: Vec<PathBuf>,
}

const FILES: [&str; 2] = ["report.xlsx", "report.html"];
const DAY_S: f64 = 86_400.0;
/// Rows of a table that are drawn.
const MOST_ROWS: usize = 20;

/// Makes the report in a folder. The same season gives the same bytes.
///
/// # Errors
/// [`Error::Output`] where it cannot be written, [`Error::Config`] where the folder holds other things.
pub fn report(asked: &Asked<'_>, out: &Path) -> Result<Reported> {
    let told = Told::of(asked);
    let page = told.page();
    std::fs::create_dir_all(out).map_err(|error| Error::output(out, error))?;
    claim(out, "report")?;
    let _alone = folder::alone_in(out)?;
    let stage = folder::Stage::within(out)?;
    sheet::write_book(&stage.path(FILES[0]), &page.title, &told.last_day(), &page.tables())?;
    page.write(&stage.path(FILES[1]))?;
    stage.publish(&FILES, &[])?;
    Ok(Reported { text: told.printed(), files: FILES.map(|name| out.join(name)).to_vec() })
}

/// A season as it is summed.
struct Told<'a> {
    asked: &'a Asked<'a>,
    now: Period,
    pair: Option<Pair>,
    rows: Vec<Statistic>,
    remarks: Vec<String>,
    /// Cropland is known.
    has_cropland: bool,
    /// Figures so far.
    figures: Cell<usize>,
    /// Events in the counties, each with the first of its kept fires there: when it is counted.
    events: Vec<(&'a FireEvent, Utc)>,
}

impl<'a> Told<'a> {
    fn of(asked: &'a Asked<'a>) -> Told<'a> {
        let site = asked.settings.site;
        let now = period_of(asked.season, asked.gathered, asked.settings);
        let before = asked.before.map(|(season, gathered)| period_of(season, gathered, asked.settings));
        let pair = before.map(|before| Pair::of(&now, &before));
        // without hectares there is no intensity; the sums are as good
        let cropland = cropland::of_counties(site).unwrap_or_else(|error| {
            tracing::error!("layers.landcover: {error}");
            None
        });
        let rows = statistics(&now, pair.as_ref(), site, cropland.as_deref());
        let has_layer = site.layers.landcover.is_some();
        let given = Given { has_layer, most_runs: 1, failed: 0, failed_before: 0 };
        let remarks = remarks(&now, pair.as_ref(), &rows, cropland.is_some(), &given);
        let remarks = remarks.iter().map(|remark| of_years(remark)).collect();
        let events = begun(&asked.gathered.events, &now);
        Told { asked, now, pair, rows, remarks, has_cropland: cropland.is_some(), figures: Cell::new(0), events }
    }

    /// The caption of the next figure.
    fn figure(&self, words: &str) -> String {
        self.figures.set(self.figures.get() + 1);
        format!("图 {} {words}", self.figures.get())
    }

    /// Rows of a table as bars of one of its columns; none where there is nothing to draw.
    fn drawn(&self, table: &Table, title: &str, column: usize) -> Option<Part> {
        let row = |cells: &Vec<sheet::Cell>| {
            let (name, cell) = (cells.first()?.printed(), cells.get(column)?);
            let value = if let sheet::Cell::Number(value, _) = cell { *value } else { None };
            Some(Row { name, value, said: if value.is_some() { cell.printed() } else { "–".to_string() } })
        };
        let rows: Vec<Row> = table.rows.iter().take(MOST_ROWS).filter_map(row).collect();
        let svg = Rows { title, rows: &rows }.svg();
        rows.iter().any(|row| row.value.is_some()).then(|| Part::Figure { svg, caption: self.figure(title) })
    }

    fn simulated(&self) -> bool {
        self.now.simulated() || self.asked.before.is_some_and(|(_, before)| before.report.simulated)
    }

    fn titled(&self, title: &str) -> String {
        format!("{title}{}", if self.simulated() { "(模拟数据)" } else { "" })
    }

    fn last_day(&self) -> String {
        self.now.days().map(|days| days.1).unwrap_or_default()
    }

    /// The row of all counties.
    fn all(&self) -> Option<&Statistic> {
        self.rows.last()
    }

    fn printed(&self) -> String {
        let (site, pair) = (&self.asked.settings.site.name, self.pair.as_ref());
        let ministry = Ministry {
            site,
            now: &self.now,
            pair,
            before_unreadable_runs: pair.map(|_| 0),
            rows: &self.rows,
            remarks: &self.remarks,
        };
        of_years(&ministry.printed())
    }

    fn page(&self) -> Page {
        let site = &self.asked.settings.site.name;
        let section = |heading: &str, parts: Vec<Part>| Section { heading: heading.to_string(), parts };
        let mut sections = vec![
            section("一、概况", self.numbers()),
            section("二、各县(市、区)", self.counties()),
            section("三、各县各周", self.weeks()),
            section("四、一日中的时刻", self.hours()),
            section("五、类别与原因", self.causes()),
            section("六、逐日观测", self.days()),
            section("七、卫星与资料", self.satellites()),
            section("八、固定热源", self.sources()),
            section("九、火点较多的网格", self.cells()),
            section("十、同期对比", self.compared()),
            section("十一、处置时间", self.responses()),
        ];
        let remarks = self.remarks.iter().map(|remark| Part::Text(remark.clone()));
        sections.push(section("十二、口径与说明", remarks.collect()));
        Page {
            title: self.titled(&format!("{site}秸秆焚烧疑似火点监测季报")),
            head: self.head(),
            simulated: self.simulated(),
            sections,
        }
    }

    /// Which satellites looked and of which there are rows of lists, from when to when.
    fn looks(&self) -> String {
        let gathered = self.asked.gathered;
        let looks = gathered.report.granules.iter().filter(|granule| granule.look == Looked::Yes && !granule.is_list());
        let mut spans = scan_report::spans(looks.map(|look| (look.instrument(), look.time)));
        let rows = satellites::rows_of_lists(gathered);
        spans.extend(scan_report::spans(rows.map(|fire| (satellites::of_list(fire), fire.time))));
        scan_report::headed(&spans)
    }

    /// What the report is of, and what it is not.
    fn head(&self) -> Vec<String> {
        let plan = &self.asked.season.plan;
        let short = |hash: &str| hash.chars().take(12).collect::<String>();
        let (first, last) = self.now.days().unwrap_or_default();
        let granules = || self.asked.gathered.report.granules.iter().filter(|granule| !granule.is_list());
        let (looks, all) = (granules().filter(|granule| granule.look == Looked::Yes).count(), granules().count());
        let unseen = match all - looks {
            0 => String::new(),
            unseen => format!(", 另有 {unseen} 次无法使用或不在视野"),
        };
        let past = match (all, plan.baseline) {
            (0, _) => "本期只有他人清单, 未作判识",
            (_, true) => "与往日同时刻比较",
            (_, false) => "不与往日比较",
        };
        vec![
            format!("时段(北京时间): {first} 至 {last}, 共 {} 天", spans::days(plan.from, plan.to).len()),
            format!("{}; 共 {looks} 次观测{unseen}", self.looks()),
            format!(
                "判识: 程序 {}, 阈值方案 {}({}), {past}, 本地设置 {}",
                plan.program_version,
                plan.profile,
                short(&plan.thresholds),
                short(&plan.site_hash)
            ),
            format!("疑似火点是卫星判识的热异常, 不是查实的焚烧; {CAUTION}; “未监测到”只对有效观测而言, 不等于无火"),
        ]
    }
}

/// What one season saw and found, as it is summed.
fn period_of(season: &Season, gathered: &Gathered, settings: &Settings<'_>) -> Period {
    let (report, t) = (&gathered.report, &settings.thresholds.smallest_fire);
    let run = of_store::run(report, &gathered.fires, &gathered.events, settings.site, t);
    let last = season.plan.to.plus_seconds(-DAY_S).unwrap_or(season.plan.to);
    let set_days = Some((day_of(season.plan.from), day_of(last)));
    let mut period = Period { set_days, ..Period::of(vec![run], settings.site) };
    // a season is no run that a title names
    period.simulated_runs.clear();
    period
}

/// Events with the first of their kept fires in the counties, in the order of time.
fn begun<'e>(events: &'e [FireEvent], now: &Period) -> Vec<(&'e FireEvent, Utc)> {
    let times: BTreeMap<&str, Utc> =
        now.fires.iter().filter(|fire| fire.adcode.is_some()).map(|fire| (fire.id.as_str(), fire.time)).collect();
    let first = |event: &FireEvent| event.members.iter().filter_map(|id| times.get(id.as_str()).copied()).min();
    let mut begun: Vec<(&FireEvent, Utc)> =
        events.iter().filter(|event| event.inside).filter_map(|event| Some((event, first(event)?))).collect();
    begun.sort_by(|a, b| (a.1, &a.0.id).cmp(&(b.1, &b.0.id)));
    begun
}

/// The statistics speak of the week before; here it is another year.
fn of_years(words: &str) -> String {
    words.replace("环比", "同比").replace("上期", "对比期")
}
