//! `strawfire season plan`.

use crate::cli::scan::profile_of;
use crate::cli::{Outcome, SiteFolder, say};
use crate::error::{Error, Result};
use crate::ingest::granule::Format;
use crate::season::plan::{Asked, plan};
use crate::time::Utc;
use clap::Args;
use std::path::PathBuf;

/// What a season is to be of.
#[derive(Debug, Args)]
pub(super) struct Plan {
    #[command(flatten)]
    site: SiteFolder,
    /// First day, in Beijing time.
    #[arg(long, value_name = "DAY")]
    from: String,
    /// Last day, in Beijing time; it belongs to the period.
    #[arg(long, value_name = "DAY")]
    to: String,
    /// Folder of the season.
    #[arg(long, value_name = "SEASON")]
    out: PathBuf,
    /// AHI, ABI, AGRI, AMI, VIIRS, MODIS, MERSI-II, SLSTR, with commas between them [default: all].
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    sensors: Vec<String>,
    /// reference, sensitive or plateau [default: detect.profile of the site, else sensitive].
    #[arg(long)]
    profile: Option<String>,
    /// Days before the first whose geostationary looks are compared with, where they are among the inputs.
    #[arg(long, default_value_t = crate::history::DAYS, value_parser = clap::value_parser!(u32).range(0..=366))]
    lead_days: u32,
    /// Looks of a task at most.
    #[arg(long, default_value_t = 36)]
    task_looks: usize,
    /// Folder of decoded looks, to share with another season of the same imagery [default: looks in the season's folder].
    #[arg(long, value_name = "DIR")]
    looks: Option<PathBuf>,
    /// A FIRMS list of other people's detections; may be given many times.
    #[arg(long, value_name = "FILE")]
    firms: Vec<PathBuf>,
    /// Folders of imagery, with all folders below them, and files.
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
}

impl Plan {
    pub(super) fn run(&self) -> Result<Outcome> {
        let site = self.site.load()?;
        let profile = profile_of(self.profile.as_deref(), &site)?;
        let (from, to) = self.period()?;
        let mut known = Format::ALL.map(Format::sensor).to_vec();
        known.dedup();
        if let Some(name) = self.sensors.iter().find(|name| !known.iter().any(|known| known.eq_ignore_ascii_case(name)))
        {
            return Err(Error::config("--sensors", name, known.join(", "), "correct the name"));
        }
        if self.task_looks == 0 {
            return Err(Error::config("--task-looks", "0", "a number from 1", "leave it out for 36"));
        }
        let asked = Asked {
            inputs: &self.inputs,
            lists: &self.firms,
            from,
            to,
            sensors: &self.sensors,
            lead_days: self.lead_days,
            task_looks: self.task_looks,
            looks: self.looks.as_deref(),
        };
        let (season, errors) = plan(&asked, &site, profile, &self.out)?;
        let plan = &season.plan;
        let looks: usize = plan.tasks.iter().map(|task| task.looks).sum();
        let bytes: u64 = plan.tasks.iter().map(|task| task.bytes).sum();
        let passes = if plan.tasks.iter().any(|task| task.has_baseline) { 2 } else { 1 };
        if passes == 1 && !plan.baseline {
            tracing::warn!("baseline.dir of the site is not set: slots are not compared with the days before");
        }
        say(&format!(
            "{looks} looks and {} lists, {:.1} GB, in {} tasks of {passes} passes: {}\n",
            self.firms.len(),
            bytes as f64 / 1e9,
            plan.tasks.len(),
            self.out.display()
        ))?;
        Ok(Outcome::of(looks + self.firms.len(), errors.len()))
    }

    fn period(&self) -> Result<(Utc, Utc)> {
        let midnight = |key: &str, day: &str| {
            Utc::parse(&format!("{}T00:00:00+08:00", day.trim()))
                .ok_or_else(|| Error::config(key, day, "a day, as 2025-10-20", "correct it"))
        };
        let (from, last) = (midnight("--from", &self.from)?, midnight("--to", &self.to)?);
        match last.plus_seconds(86_400.0) {
            Some(to) if from < to => Ok((from, to)),
            _ => Err(Error::config("--to", &self.to, "a day not before --from", "correct one of them")),
        }
    }
}
