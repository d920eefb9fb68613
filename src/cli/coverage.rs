//! `strawfire coverage`: what was seen and found a day and a month, and the numbers of the ministry's format.

use super::{Outcome, SiteFolder, make_folder, say};
use crate::deliver::coverage::period::Period;
use crate::deliver::coverage::read::{self, Run};
use crate::deliver::coverage::remarks::{Given, remarks};
use crate::deliver::coverage::statistics::{Pair, statistics};
use crate::deliver::coverage::sums;
use crate::deliver::coverage::tables::{self, Ministry};
use crate::deliver::folder;
use crate::deliver::hotspots_xlsx::NOTHING_READ;
use crate::error::{Error, Result};
use crate::layers::cropland;
use crate::pipeline::outputs::files_said;
use crate::site::Site;
use clap::Args;
use std::collections::BTreeSet;
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
