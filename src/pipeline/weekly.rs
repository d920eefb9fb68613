//! The report of a week, Monday to Sunday in Beijing: what was seen and found in each county, and what each satellite gave.

mod tables;

use super::Settings;
use super::outputs::files_said;
use super::period::{self, Kept};
use crate::deliver::coverage::period::{Period, day_of};
use crate::deliver::coverage::remarks::{Given, remarks};
use crate::deliver::coverage::statistics::{Pair, Statistic, spoken_days, statistics};
use crate::deliver::coverage::tables::{Ministry, write_sums};
use crate::deliver::coverage::{of_store, sums};
use crate::deliver::folder;
use crate::deliver::hotspots_xlsx::{self, Heading, NOTHING_READ};
use crate::deliver::scan_report::{Missed, ScanReport};
use crate::error::{Error, Result};
use crate::fire::FireEvent;
use crate::layers::cropland;
use crate::site::Site;
use crate::store::{Store, View};
use crate::time::Utc;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// How the looks of a satellite stood that were expected or given in a week.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// The satellite.
    pub satellite: String,
    /// Expected by timetable or orbit.
    pub expected: usize,
    /// Scanned.
    pub scanned: usize,
    /// Given and of no use.
    pub failed: usize,
    /// Not given.
    pub missing: usize,
    /// Known not to be taken.
    pub planned: usize,
}

/// Which week, and what is known of it beyond its looks.
#[derive(Debug, Clone, Copy)]
pub struct Week<'a> {
    /// Its Monday, 00:00 in Beijing.
    pub monday: Utc,
    /// How the looks of each satellite stood; empty where nobody kept account of that.
    pub satellites: &'a [Tally],
    /// Looks that were expected and are not there.
    pub missing: &'a [Missed],
}

/// A report that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeWeek {
    /// Its folder.
    pub folder: PathBuf,
    /// The table as the desk reads it.
    pub text: String,
    /// The same with the files that were written.
    pub printed: String,
    /// Events of the week.
    pub events: usize,
    /// Its looks.
    pub looks: usize,
}

const DAY_S: f64 = 86_400.0;
/// The last file says that the others are whole.
const FILES: [&str; 4] = ["coverage_days.csv", "coverage_week.csv", "weekly.xlsx", "statistics.csv"];

/// The Monday, 00:00 in Beijing, of the week that holds a moment.
pub fn monday_of(at: Utc) -> Utc {
    // 1 January 1970 was a Thursday
    let days = (at.beijing_day() + 3).rem_euclid(7);
    let midnight = Utc::UNIX_EPOCH.plus_seconds(((at.beijing_day() - days) as f64) * DAY_S - 8.0 * 3600.0);
    midnight.unwrap_or(at)
}

/// The Monday after one.
pub fn next_monday(monday: Utc) -> Utc {
    monday.plus_seconds(7.0 * DAY_S).unwrap_or(monday)
}

/// The Monday of the last week that is over.
pub fn last_monday(now: Utc) -> Utc {
    let monday = monday_of(now);
    monday.plus_seconds(-7.0 * DAY_S).unwrap_or(monday)
}

/// Makes the report in a folder of its own below `into`, named by the first and last day: sums by day and of the week, the
/// ministry's numbers with the change on the week before, and a workbook. The same store gives the same files.
///
/// # Errors
/// [`Error::Store`], and [`Error::Output`] where a file cannot be written.
pub async fn weekly(store: &Store, settings: &Settings<'_>, week: &Week<'_>, into: &Path) -> Result<MadeWeek> {
    let site = settings.site;
    let span = |weeks: f64| {
        let at = |weeks: f64| week.monday.plus_seconds(weeks * 7.0 * DAY_S).unwrap_or(week.monday);
        at(weeks)..at(weeks + 1.0)
    };
    let mut view = store.view().await?;
    let (kept, apart) = kept_of((store, &mut view), settings, span(0.0), week.missing).await?.apart(settings.site);
    // a week is compared with what is of its own kind: a real one with no drill, however little else the one before has
    let (kept_before, apart_before) =
        kept_of((store, &mut view), settings, span(-1.0), &[]).await?.only(apart.simulated, settings.site);
    drop(view);
    let (now, before) = (period_of(&kept, settings, &span(0.0)), period_of(&kept_before, settings, &span(-1.0)));
    let pair = (!kept_before.report.granules.is_empty()).then(|| Pair::of(&now, &before));
    let numbers = Numbers::of(site, &now, pair.as_ref());
    let ministry = numbers.ministry(site, &now, pair.as_ref());
    let folder = into.join(name_of(&now));
    let events: Vec<FireEvent> = kept.events.iter().filter(|event| event.inside).cloned().collect();
    let report = Report { settings, kept: &kept, now: &now, ministry: &ministry, events: &events, week };
    let written = report.publish(&folder);
    let files = FILES.map(|name| folder.join(name).display().to_string());
    let looks = kept.report.granules.len();
    let text = match looks {
        0 => format!("{}疑似火点周报 {}: {NOTHING_READ}\n", site.name, spoken_days(&now)),
        _ => ministry.printed() + &satellites(week.satellites),
    };
    let no_pair = (pair.is_none() && apart_before.looks > 0).then(|| incomparable(apart.simulated).to_string());
    let said = apart.left_out().into_iter().chain(no_pair);
    let text = text + &said.map(|said| format!("  {said}\n")).collect::<String>();
    let printed = text.clone() + &files_said(&files, &written);
    written?;
    Ok(MadeWeek { folder, text, printed, events: events.len(), looks })
}

/// The ministry's numbers of a week, and what must be said beside them.
struct Numbers {
    rows: Vec<Statistic>,
    remarks: Vec<String>,
}

impl Numbers {
    fn of(site: &Site, now: &Period, pair: Option<&Pair>) -> Numbers {
        // without hectares there is no intensity; the sums are as good
        let cropland = cropland::of_counties(site).unwrap_or_else(|error| {
            tracing::error!("layers.landcover: {error}");
            None
        });
        let rows = statistics(now, pair, site, cropland.as_deref());
        let has_layer = site.layers.landcover.is_some();
        let given = Given { has_layer, most_runs: 1, failed: 0, failed_before: 0 };
        let remarks = remarks(now, pair, &rows, cropland.is_some(), &given);
        Numbers { rows, remarks }
    }

    fn ministry<'a>(&'a self, site: &'a Site, now: &'a Period, pair: Option<&'a Pair>) -> Ministry<'a> {
        let before_unreadable_runs = pair.map(|_| 0);
        Ministry { site: &site.name, now, pair, before_unreadable_runs, rows: &self.rows, remarks: &self.remarks }
    }
}

/// Why a week is not compared though looks of the one before are there.
fn incomparable(simulated: bool) -> &'static str {
    match simulated {
        true => "上期为真实数据, 本期为模拟(演练)数据, 不作比较",
        false => "上期仅有模拟(演练)数据, 不作比较",
    }
}

/// A week as the store has it.
async fn kept_of(
    view: (&Store, &mut View<'_>),
    settings: &Settings<'_>,
    span: Range<Utc>,
    missing: &[Missed],
) -> Result<Kept> {
    let any = Utc::UNIX_EPOCH..Utc::from_micros(i64::MAX / 4).unwrap_or(span.end);
    period::read(view, &span, &any, missing, settings.site).await
}

/// The same as it is summed.
fn period_of(kept: &Kept, settings: &Settings<'_>, span: &Range<Utc>) -> Period {
    let site = settings.site;
    let run = of_store::run(&kept.report, &kept.fires, &kept.events, site, &settings.thresholds.smallest_fire);
    let last = span.end.plus_seconds(-DAY_S).unwrap_or(span.start);
    let set_days = Some((day_of(span.start), day_of(last)));
    let mut period = Period { set_days, ..Period::of(vec![run], site) };
    // the store is no run that a title names
    period.simulated_runs.clear();
    period
}

/// `20251020-20251026`.
fn name_of(now: &Period) -> String {
    let (first, last) = now.days().unwrap_or_default();
    format!("{}-{}", first.replace('-', ""), last.replace('-', ""))
}

/// What each satellite gave, a line each.
fn satellites(tallies: &[Tally]) -> String {
    let line = |t: &Tally| {
        format!(
            "  {}: 应观测 {} 次, 已判识 {}, 无法使用 {}, 缺 {}, 计划停测 {}\n",
            t.satellite, t.expected, t.scanned, t.failed, t.missing, t.planned
        )
    };
    tallies.iter().map(line).collect()
}

struct Report<'a> {
    settings: &'a Settings<'a>,
    kept: &'a Kept,
    now: &'a Period,
    ministry: &'a Ministry<'a>,
    events: &'a [FireEvent],
    week: &'a Week<'a>,
}

impl Report<'_> {
    fn publish(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).map_err(|error| Error::output(folder, error))?;
        let site = self.settings.site;
        let _alone = folder::alone_in(folder)?;
        let stage = folder::Stage::within(folder)?;
        let [days, whole] = [sums::by_day(self.now, site), sums::whole(self.now, site)];
        write_sums(&stage.path(FILES[0]), &days)?;
        write_sums(&stage.path(FILES[1]), &whole)?;
        let report: &ScanReport = &self.kept.report;
        let simulated = self.now.simulated();
        let tables = [
            tables::counties(self.ministry, &whole, simulated),
            tables::days(&days, simulated),
            tables::satellites(report, self.week.satellites, simulated),
        ];
        let heading = Heading {
            site: &site.name,
            simulated,
            looks: "",
            cautions: "",
            events: self.events,
            observed: &[],
            nothing_read: report.granules.is_empty() && self.events.is_empty(),
            tables: &tables,
        };
        let (_, last) = self.now.days().unwrap_or_default();
        hotspots_xlsx::write_report(&stage.path(FILES[2]), "疑似火点周报", &last, heading)?;
        self.ministry.write(&stage.path(FILES[3]))?;
        stage.publish(&FILES, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the calendar: 20 October 2025 is a Monday; 16:00 UTC of a Sunday is Monday in Beijing.
    #[test]
    fn a_week_begins_on_monday_in_beijing() {
        let at = |text: &str| Utc::parse(text).expect("a time");
        let monday = at("2025-10-19T16:00:00Z");
        for inside in ["2025-10-19T16:00:00Z", "2025-10-20T00:30:00Z", "2025-10-26T15:59:59.9Z"] {
            assert_eq!(monday_of(at(inside)), monday, "{inside}");
        }
        assert_eq!(monday_of(at("2025-10-19T15:59:59.9Z")), at("2025-10-12T16:00:00Z"));
        assert_eq!(last_monday(at("2025-10-20T00:30:00Z")), at("2025-10-12T16:00:00Z"));
        assert_eq!(monday_of(at("1969-12-31T15:59:00Z")), at("1969-12-28T16:00:00Z"));
    }
}
