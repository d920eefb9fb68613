//! `strawfire coverage`: what was seen and found a day and a month, and the numbers of the ministry's format.

use super::{Outcome, SiteFolder, make_folder, say};
use crate::deliver::coverage::period::Period;
use crate::deliver::coverage::read::{self, Run};
use crate::deliver::coverage::statistics::{Pair, Statistic, statistics};
use crate::deliver::coverage::sums;
use crate::deliver::coverage::tables::{self, Ministry};
use crate::deliver::folder;
use crate::deliver::hotspots_xlsx::NOTHING_READ;
use crate::error::{Error, Result};
use crate::layers::cropland;
use crate::pipeline::outputs::{files_said, spoken_reason};
use crate::site::Site;
use clap::Args;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Which runs are summed.
#[derive(Debug, Args)]
pub struct Coverage {
    #[command(flatten)]
    site: SiteFolder,
    /// Folder to write into; made when it is not there.
    #[arg(long, default_value = "out")]
    out: PathBuf,
    /// Satellites or sensors that count [default: all; for the change those that looked in both periods].
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    sensors: Vec<String>,
    /// Runs of the last period, for the change; end their list with `--` where RUN follows.
    #[arg(long, num_args = 1.., value_name = "RUN")]
    before: Vec<PathBuf>,
    /// Folders that scan or import wrote, folders with such folders below them, or coverage.csv files.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
}

/// Files that are written.
const FILES: [&str; 3] = ["coverage_days.csv", "coverage_months.csv", "statistics.csv"];

impl Coverage {
    /// Sums and writes.
    pub fn run(&self) -> Result<Outcome> {
        let site = self.site.load()?;
        let (runs, failed) = collect(&self.runs, &site);
        let (before, failed_before) = collect(&self.before, &site);
        let (done, mut not_read) = (runs.len() + before.len(), failed + failed_before);
        if runs.is_empty() {
            say(&format!("{}疑似火点统计: {NOTHING_READ}({failed} 份资料无法读取)\n", site.name))?;
            return Ok(Outcome::of(done, not_read));
        }
        // without hectares there is no intensity; the sums are as good
        let cropland = cropland::of_counties(&site).unwrap_or_else(|error| {
            tracing::error!("layers.landcover: {error}");
            not_read += 1;
            None
        });
        let wanted = self.wanted(&runs, &before)?;
        let only = |period: Period| wanted.as_ref().map_or(period.clone(), |keys| period.only(keys));
        let has_layer = site.layers.landcover.is_some();
        let given = Given { has_layer, most_runs: runs.len().max(before.len()), failed, failed_before };
        let now = Period { unreadable_runs: failed, ..only(Period::of(runs, &site)) };
        let before = only(Period::of(before, &site));
        // a change on a part of the last period is none
        let pair = (!self.before.is_empty() && failed_before == 0).then(|| Pair::of(&now, &before));
        let rows = statistics(&now, pair.as_ref(), &site, cropland.as_deref());
        let remarks = remarks(&now, pair.as_ref(), &rows, cropland.is_some(), &given);
        let ministry = Ministry {
            site: &site.name,
            now: &now,
            pair: pair.as_ref(),
            before_unreadable_runs: (!self.before.is_empty()).then_some(failed_before),
            rows: &rows,
            remarks: &remarks,
        };
        self.write(&now, &site, &ministry)?;
        Ok(Outcome::of(done, not_read))
    }

    /// Keys of the sensors that are asked for; `None`: all.
    fn wanted(&self, runs: &[Run], before: &[Run]) -> Result<Option<BTreeSet<String>>> {
        if self.sensors.is_empty() {
            return Ok(None);
        }
        let mut there = read::sensors(runs);
        there.extend(read::sensors(before));
        let mut keys = BTreeSet::new();
        for name in &self.sensors {
            let same = |other: &str| other.eq_ignore_ascii_case(name.trim());
            let named: Vec<String> = there
                .iter()
                .filter(|(key, satellite, sensor)| same(key) || same(satellite) || same(sensor))
                .map(|(key, ..)| key.clone())
                .collect();
            if named.is_empty() {
                let known: Vec<&str> = there.iter().map(|(key, ..)| key.as_str()).collect();
                return Err(Error::config(
                    "--sensors",
                    name,
                    known.join(", "),
                    "name a sensor or satellite of the runs",
                ));
            }
            keys.extend(named);
        }
        Ok(Some(keys))
    }

    fn write(&self, now: &Period, site: &Site, ministry: &Ministry<'_>) -> Result<()> {
        let files = FILES.map(|name| self.out.join(name));
        let written = self.publish(&files, now, site, ministry);
        // the desk has its numbers even where they cannot be written
        let named = files.map(|path| path.display().to_string());
        say(&(ministry.printed() + &files_said(&named, &written)))?;
        written
    }

    fn publish(
        &self,
        [days, months, numbers]: &[PathBuf; 3],
        now: &Period,
        site: &Site,
        ministry: &Ministry<'_>,
    ) -> Result<()> {
        make_folder(&self.out)?;
        let _alone = folder::alone_in(&self.out)?;
        tables::write_sums(days, &sums::by_day(now, site))?;
        tables::write_sums(months, &sums::by_month(now, site))?;
        ministry.write(numbers)
    }
}

/// Reads runs; those that cannot be read are said and counted. A table of a run that is there as a whole adds nothing and
/// would blank its fires.
fn collect(paths: &[PathBuf], site: &Site) -> (Vec<Run>, usize) {
    let (mut whole, mut tables, mut failed) = (Vec::new(), Vec::new(), 0);
    for found in paths.iter().flat_map(|path| read::runs_in(path)) {
        match found.and_then(|path| Ok((read::read(&path, site)?, path))) {
            Ok((run, path)) if run.found.is_some() => whole.push((run, path)),
            Ok(table) => tables.push(table),
            Err(error) => {
                tracing::error!("{error}");
                failed += 1;
            }
        }
    }
    let folders: BTreeSet<PathBuf> = whole.iter().filter_map(|(_, path)| path.canonicalize().ok()).collect();
    tables.retain(|(_, path)| {
        let of_whole = path.file_name().is_some_and(|name| name == "coverage.csv")
            && path.canonicalize().is_ok_and(|path| path.parent().is_some_and(|folder| folders.contains(folder)));
        let (path, what) = (path.display(), if of_whole { LEFT_OUT } else { BLANKS });
        tracing::warn!("{path}: {what}");
        !of_whole
    });
    (whole.into_iter().chain(tables).map(|(run, _)| run).collect(), failed)
}

const LEFT_OUT: &str = "left out, as the folder of this run is there too";
const BLANKS: &str = "a table without fires: no fires are counted on its days, nor in the numbers of the period; \
                      give the folder of its run";

/// What was given.
struct Given {
    /// The site names a land cover.
    has_layer: bool,
    /// Runs of that period which has more of them.
    most_runs: usize,
    /// Runs that could not be read.
    failed: usize,
    /// The same of the last period.
    failed_before: usize,
}

/// What must be said beside the numbers.
fn remarks(now: &Period, pair: Option<&Pair>, rows: &[Statistic], has_cropland: bool, given: &Given) -> Vec<String> {
    let list = |keys: &BTreeSet<String>| keys.iter().cloned().collect::<Vec<_>>().join("、");
    let mut remarks = vec![
        "像元数为部级统计口径, 处数为合并后的地点; 有效观测为各小时最好卫星的晴空观测比例的平均, 只计有观测或应有观测的小时(见观测小时); 不包括云覆盖下的火点信息; 尚未经现场核实"
            .to_string(),
    ];
    if given.most_runs > 1 {
        remarks.push("处数: 各次运行分别合并, 同一处可能重复计(每次运行至多一处)".to_string());
    }
    if !has_cropland {
        let why = if given.has_layer { "layers.landcover 无法使用" } else { "未设 layers.landcover" };
        remarks.push(format!("{why}: 无耕地面积, 不计算强度"));
    }
    if rows.iter().any(Statistic::says_nothing) {
        remarks.push("火点为 - 处: 有效观测不足 10% 或未知, 未有效观测".to_string());
    }
    if !now.uncounted.is_empty() || pair.is_some_and(|pair| !pair.before.uncounted.is_empty()) {
        remarks.push("部分资料只有 coverage.csv: 火点未统计, 不作环比".to_string());
    }
    remarks.extend(screened(now));
    if now.simulated() && now.is_real() {
        let made = now.fires.iter().filter(|fire| fire.simulated && fire.adcode.is_some()).count();
        let real = now.fires.iter().filter(|fire| !fire.simulated && fire.adcode.is_some()).count();
        remarks.push(format!("含模拟数据: 模拟火点像元 {made} 个, 真实火点像元 {real} 个"));
    }
    let twice = now.counted_twice();
    if !twice.is_empty() {
        remarks.push(format!("{} 既有自行判识又有他人清单: 同一火点可能重复计数(清单不计入环比)", list(&twice)));
    }
    if given.failed > 0 {
        remarks.push(format!("{} 份资料无法读取, 未计入: 火点数可能偏少, 有效观测不全", given.failed));
    }
    if given.failed_before > 0 {
        remarks.push(format!("上期 {} 份资料无法读取: 不作环比", given.failed_before));
    }
    if let Some(pair) = pair {
        remarks.push(match pair.sensors.is_empty() {
            true => "两期没有共同的传感器: 不作环比".to_string(),
            false => format!("环比只用两期都有的传感器: {}", list(&pair.sensors)),
        });
        if !pair.left_out.is_empty() {
            remarks.push(format!("环比不计: {}", list(&pair.left_out)));
        }
        remarks.extend(pair.doubts().into_iter().map(|doubt| format!("{doubt}: 环比仅供参考")));
        remarks.push("环比为 - 处: 任一期有效观测不足 10%(未有效观测不等于无火); 无百分数处: 上期为 0".to_string());
        let left_out: Vec<&str> = rows.iter().flat_map(|row| &row.not_compared).map(String::as_str).collect();
        match rows.len().saturating_sub(1) {
            counties if left_out.len() == counties && counties > 0 => {
                remarks.push("没有两期有效观测均达 10% 的县区: 合计不作环比".to_string());
            }
            _ if !left_out.is_empty() => {
                let names = left_out.join("、");
                remarks.push(format!("合计环比只计两期有效观测均达 10% 的县区, 不含: {names}"));
            }
            _ => {}
        }
    }
    remarks
}

/// What rules took for no fire in all counties, by reason.
fn screened(now: &Period) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in now.screened.iter().filter_map(|fire| fire.reason.as_deref()) {
        *counts.entry(spoken_reason(reason)).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    let reasons: Vec<String> = counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    (total > 0).then(|| format!("判为非火点的热异常像元 {total}, 不计入火点: {}", reasons.join("、")))
}
