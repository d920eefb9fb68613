//! Sums and statistics as CSV for programs and as a table for the duty desk.

use super::period::Period;
use super::statistics::{Pair, Statistic, spoken_days};
use super::sums::Sum;
use crate::deliver::{PROGRAM_VERSION, atomic, hotspots_csv, rounded};
use crate::error::Result;
use std::fmt::Write as _;
use std::path::Path;

fn decimal(value: Option<f64>, decimals: i32) -> String {
    value.filter(|value| value.is_finite()).map_or_else(String::new, |value| rounded(value, decimals).to_string())
}

fn count(value: Option<usize>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

type Cell<T> = fn(&T) -> String;

fn write<T>(path: &Path, columns: &[(&str, Cell<T>)], rows: &[T]) -> Result<()> {
    atomic::write(path, |out| {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(columns.iter().map(|(name, _)| name))?;
        for row in rows {
            csv.write_record(columns.iter().map(|(_, cell)| cell(row)))?;
        }
        csv.flush()
    })
}

/// Columns after the name of the day or month.
const SUM_COLUMNS: &[(&str, Cell<Sum>)] = &[
    ("adcode", |s| hotspots_csv::text(&s.adcode)),
    ("county", |s| hotspots_csv::text(&s.county)),
    ("period", |s| s.period.clone()),
    ("days", |s| s.days.to_string()),
    ("days_observed", |s| s.days_observed.to_string()),
    ("looks", |s| s.seen.looks.to_string()),
    ("unreadable", |s| s.seen.unreadable.to_string()),
    ("absent", |s| s.seen.absent.to_string()),
    ("planned_gaps", |s| s.seen.planned_gaps.to_string()),
    ("hours", |s| s.seen.hours.to_string()),
    ("hours_looked", |s| s.seen.hours_looked.to_string()),
    ("observed_any", |s| decimal((s.seen.hours > 0).then_some(s.seen.any), 6)),
    ("observed_mean", |s| decimal((s.seen.hours > 0).then_some(s.seen.mean), 6)),
    ("cloud_mean", |s| decimal(s.seen.cloud, 6)),
    ("smallest_fire_mw", |s| decimal(s.seen.smallest_fire_mw, 3)),
    ("pixels", |s| count(s.told().map(|found| found.pixels))),
    ("pixels_of_lists", |s| count(s.told().map(|found| found.pixels_of_lists))),
    ("events", |s| count(s.told().map(|found| found.events))),
    ("events_of_lists", |s| count(s.told().map(|found| found.events_of_lists))),
    ("pixels_simulated", |s| count(s.told().map(|found| found.pixels_simulated))),
    ("screened_pixels", |s| count(s.screened())),
    ("unreadable_runs", |s| s.unreadable_runs.to_string()),
    ("sentence", Sum::sentence),
    ("simulated", |s| s.simulated.to_string()),
    ("program_version", |_| PROGRAM_VERSION.to_string()),
];

/// Writes `coverage_days.csv` or `coverage_months.csv`.
///
/// # Errors
/// [`crate::error::Error::Output`] where the file cannot be written.
pub fn write_sums(path: &Path, sums: &[Sum]) -> Result<()> {
    write(path, SUM_COLUMNS, sums)
}

/// A period, the one before it where it is compared, and their numbers.
pub struct Ministry<'a> {
    /// Name of the site.
    pub site: &'a str,
    /// The period.
    pub now: &'a Period,
    /// Both periods with the sensors that are compared.
    pub pair: Option<&'a Pair>,
    /// Runs of the last period that could not be read; `None` where none is compared.
    pub before_unreadable_runs: Option<usize>,
    /// A row a county, and all.
    pub rows: &'a [Statistic],
    /// What must be said beside the numbers.
    pub remarks: &'a [String],
}

/// A row of statistics.csv with what is the same in all.
struct Line<'a>(&'a Ministry<'a>, &'a Statistic);

type LineCell = fn(&Line<'_>) -> String;

const STATISTIC_COLUMNS: &[(&str, LineCell)] = &[
    ("adcode", |l| l.1.adcode.clone()),
    ("county", |l| hotspots_csv::text(&l.1.county)),
    ("from", |l| l.0.now.days().map_or_else(String::new, |days| days.0)),
    ("to", |l| l.0.now.days().map_or_else(String::new, |days| days.1)),
    ("sensors", |l| hotspots_csv::text(&joined(l.0.now.sensors()))),
    ("observed_mean", |l| decimal(l.1.observed, 6)),
    ("hours_looked", |l| l.1.hours_looked.to_string()),
    ("hours_of_period", |l| l.1.hours_of_period.to_string()),
    ("pixels", |l| count(l.1.told().map(|found| found.pixels))),
    ("pixels_of_lists", |l| count(l.1.told().map(|found| found.pixels_of_lists))),
    ("events", |l| count(l.1.told().map(|found| found.events))),
    ("events_of_lists", |l| count(l.1.told().map(|found| found.events_of_lists))),
    ("pixels_simulated", |l| count(l.1.told().map(|found| found.pixels_simulated))),
    ("screened_pixels", |l| count(l.1.screened())),
    ("unreadable_runs", |l| l.0.now.unreadable_runs.to_string()),
    ("before_unreadable_runs", |l| l.0.before_unreadable_runs.map_or_else(String::new, |runs| runs.to_string())),
    ("cropland_kha", |l| decimal(l.1.cropland_kha, 3)),
    ("pixels_per_kha", |l| decimal(l.1.intensity().map(|both| both.0), 4)),
    ("events_per_kha", |l| decimal(l.1.intensity().map(|both| both.1), 4)),
    ("before_from", |l| l.before().map_or_else(String::new, |days| days.0)),
    ("before_to", |l| l.before().map_or_else(String::new, |days| days.1)),
    ("compared_sensors", |l| l.0.pair.map_or_else(String::new, |pair| joined(&pair.sensors))),
    ("compared_observed", |l| decimal(l.1.change.as_ref().map(|change| change.now.observed), 6)),
    ("compared_pixels", |l| count(l.1.change.as_ref().and_then(|change| change.now.told()).map(|told| told.0))),
    ("compared_events", |l| count(l.1.change.as_ref().and_then(|change| change.now.told()).map(|told| told.1))),
    ("before_observed", |l| decimal(l.1.change.as_ref().map(|change| change.before.observed), 6)),
    ("before_pixels", |l| count(l.1.change.as_ref().and_then(|change| change.before.told()).map(|told| told.0))),
    ("before_events", |l| count(l.1.change.as_ref().and_then(|change| change.before.told()).map(|told| told.1))),
    ("change_pixels_percent", |l| decimal(l.1.change.as_ref().and_then(|change| change.pixels_percent), 1)),
    ("change_events_percent", |l| decimal(l.1.change.as_ref().and_then(|change| change.events_percent), 1)),
    ("not_compared", |l| hotspots_csv::text(&joined(&l.1.not_compared))),
    ("why_no_change", |l| {
        l.1.change.as_ref().and_then(|change| change.why_none).map_or_else(String::new, |why| why.spoken().into())
    }),
    ("simulated", |l| l.0.simulated().to_string()),
    ("program_version", |_| PROGRAM_VERSION.to_string()),
];

impl Line<'_> {
    fn before(&self) -> Option<(String, String)> {
        self.0.pair?.before.days()
    }
}

fn joined(keys: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    keys.into_iter().map(|key| key.as_ref().to_string()).collect::<Vec<_>>().join("、")
}

/// Columns of the printed table after the county: head, and whether they are printed with a last period alone.
const HEADS: [(&str, bool); 11] = [
    ("火点像元", false),
    ("火点处数", false),
    ("有效观测", false),
    ("观测小时", false),
    ("耕地千公顷", false),
    ("像元/千公顷", false),
    ("处/千公顷", false),
    ("判为非火点像元", false),
    ("像元环比", true),
    ("处数环比", true),
    ("同传感器有效观测(上期)", true),
];

impl Ministry<'_> {
    fn simulated(&self) -> bool {
        self.now.simulated() || self.pair.is_some_and(|pair| pair.before.simulated())
    }

    /// What of it the simulator made, for the title: all, or which runs.
    fn made(&self) -> String {
        let before = self.pair.map(|pair| &pair.before);
        let is_real = self.now.is_real() || before.is_some_and(Period::is_real);
        if !self.simulated() {
            return String::new();
        }
        if !is_real {
            return "(模拟数据,非真实火点 SIMULATED)".to_string();
        }
        if self.now.simulated_runs.is_empty() && before.is_none_or(|before| before.simulated_runs.is_empty()) {
            return "(含模拟数据 SIMULATED)".to_string();
        }
        let runs = self.now.simulated_runs.iter().chain(before.into_iter().flat_map(|before| &before.simulated_runs));
        format!("(含模拟数据 SIMULATED: {})", joined(runs))
    }

    /// Writes `statistics.csv`.
    ///
    /// # Errors
    /// [`crate::error::Error::Output`] where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let lines: Vec<Line<'_>> = self.rows.iter().map(|row| Line(self, row)).collect();
        atomic::write(path, |out| {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(STATISTIC_COLUMNS.iter().map(|(name, _)| name))?;
            for line in &lines {
                csv.write_record(STATISTIC_COLUMNS.iter().map(|(_, cell)| cell(line)))?;
            }
            csv.flush()
        })
    }

    /// The table as the duty desk reads it.
    pub fn printed(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{}疑似火点统计{} {}", self.site, self.made(), spoken_days(self.now));
        let _ = writeln!(text, "  传感器: {}", spoken_sensors(self.now));
        if let Some(pair) = self.pair {
            let _ = writeln!(text, "  上期: {}", spoken_days(&pair.before));
        }
        let wanted: Vec<usize> = (0..HEADS.len()).filter(|i| self.pair.is_some() || !HEADS[*i].1).collect();
        let head = wanted.iter().map(|i| HEADS[*i].0.to_string()).collect();
        let mut lines: Vec<(&str, Vec<String>)> = vec![("县区", head)];
        for row in self.rows {
            let cells = cells(row);
            lines.push((&row.county, wanted.iter().map(|i| cells[*i].clone()).collect()));
        }
        text + &aligned(&lines) + &self.remarks.iter().map(|remark| format!("  {remark}\n")).collect::<String>()
    }
}

/// Sensors that looked, and those of which lists have fires alone.
fn spoken_sensors(period: &Period) -> String {
    let looking = period.looking();
    let named = period.sensors().into_iter().map(|key| match looking.contains(&key) {
        true => key,
        false => format!("{key}(只有火点, 观测范围未知)"),
    });
    let named = joined(named);
    if named.is_empty() { "无(观测范围未知)".to_string() } else { named }
}

/// Cells of a row in the order of `HEADS`; what is not known is a dash.
fn cells(row: &Statistic) -> [String; 11] {
    let dash = || "-".to_string();
    let number = |value: Option<usize>| value.map_or_else(dash, |n| n.to_string());
    let share = |share: f64| format!("{:.1}%", (share * 1000.0 + 1e-6).floor() / 10.0);
    let fraction = |value: Option<f64>, decimals: usize| value.map_or_else(dash, |v| format!("{v:.decimals$}"));
    let change = row.change.as_ref();
    let (found, intensity) = (row.told(), row.intensity());
    let percent = |value: Option<f64>, counts: Option<(usize, usize)>| match (value, counts) {
        (Some(value), _) => format!("{value:+.1}%"),
        (None, Some((before, now))) => format!("-({before}→{now})"),
        (None, None) => dash(),
    };
    [
        number(found.map(|found| found.pixels)),
        number(found.map(|found| found.events)),
        match row.observed {
            None => "未知".to_string(),
            Some(seen) if row.says_nothing() => format!("不足({})", share(seen)),
            Some(seen) => share(seen),
        },
        format!("{}/{}", row.hours_looked, row.hours_of_period),
        fraction(row.cropland_kha, 1),
        fraction(intensity.map(|both| both.0), 3),
        fraction(intensity.map(|both| both.1), 3),
        number(row.screened()),
        percent(change.and_then(|c| c.pixels_percent), change.and_then(|c| c.counts(|told| told.0))),
        percent(change.and_then(|c| c.events_percent), change.and_then(|c| c.counts(|told| told.1))),
        change.map_or_else(dash, |c| format!("{}({})", share(c.now.observed), share(c.before.observed))),
    ]
}

/// Columns of a terminal that a text takes: two a Chinese character.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c < '\u{1100}' || c == '→' { 1 } else { 2 }).sum()
}

/// Names to the left, cells to the right.
fn aligned(lines: &[(&str, Vec<String>)]) -> String {
    let name = lines.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let columns = lines.first().map_or(0, |(_, cells)| cells.len());
    let widest = |i: usize| lines.iter().map(|(_, cells)| width(&cells[i])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let mut text = String::new();
    for (county, cells) in lines {
        let _ = write!(text, "  {county}{}", " ".repeat(name - width(county)));
        for (cell, wide) in cells.iter().zip(&widths) {
            let _ = write!(text, "  {}{cell}", " ".repeat(wide - width(cell)));
        }
        text.push('\n');
    }
    text
}
