//! `strawfire season`: months of imagery again, in tasks side by side.

mod compare;
mod merge;
mod plan;
mod report;
mod run;

use super::scan::profile_of;
use super::{Outcome, SiteFolder, say};
use crate::assign::ground::Ground;
use crate::assign::territory::Territory;
use crate::error::Result;
use crate::layers::area_index::AreaIndex;
use crate::pipeline::{Places, Settings};
use crate::season::{Pass, Season as Planned};
use crate::site::Site;
use crate::thresholds::{Profile, Thresholds};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// A burning season again.
#[derive(Debug, Args)]
pub struct Season {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the looks of a period and cut them into tasks.
    Plan(plan::Plan),
    /// Do the tasks that are not done yet. It may be stopped and run again at any time, and on several machines that share the folder.
    Run(run::Run),
    /// Join what the tasks found into one data set: GeoParquet, GeoPackage and CSV.
    Merge(merge::Merge),
    /// Say what two runs of a season differ in: gained, lost, moved and of another class, by county, sensor and reason, with a map.
    ///
    /// Counties are those of the site of --site, for both runs.
    Compare(compare::Compare),
    /// Write the report of a season: a page that prints, and a workbook.
    ///
    /// The site must be that of the plan. Where it names a store (store.url), findings, causes and response times come from there.
    Report(report::Report),
    /// Say what is done and what is missing.
    Status(Status),
}

/// Which season.
#[derive(Debug, Args)]
struct Status {
    /// Folder of the season.
    season: PathBuf,
}

impl Season {
    /// Does it.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            Command::Plan(command) => command.run(),
            Command::Run(command) => command.run(),
            Command::Merge(command) => command.run(),
            Command::Compare(command) => command.run(),
            Command::Report(command) => command.run(),
            Command::Status(command) => command.run(),
        }
    }
}

impl Status {
    fn run(&self) -> Result<Outcome> {
        use crate::season::run::{Part, missing};
        let season = Planned::open(&self.season)?;
        let plan = &season.plan;
        let looks: usize = plan.tasks.iter().map(|task| task.looks).sum();
        let mut text = format!(
            "{}: {} to {}, {looks} looks in {} tasks, profile {}\n",
            plan.site,
            plan.from.beijing(),
            plan.to.beijing(),
            plan.tasks.len(),
            plan.profile
        );
        let mut is_done = true;
        for pass in Pass::ALL {
            let jobs = Part { pass: Some(pass), ..Part::default() }.jobs(&season);
            let missing = missing(&season, &jobs);
            is_done &= missing.is_empty();
            let named: Vec<String> = missing.iter().take(NAMED).map(|(_, id)| id.to_string()).collect();
            let more = if missing.len() > NAMED { ", ..." } else { "" };
            let which =
                if missing.is_empty() { String::new() } else { format!("; missing: {}{more}", named.join(", ")) };
            text +=
                &format!("  {:9} {} of {} tasks done{which}\n", pass.name(), jobs.len() - missing.len(), jobs.len());
        }
        say(&text)?;
        Ok(if is_done { Outcome::Done } else { Outcome::SomeUnreadable })
    }
}

/// What is said with the files that were written.
fn with_files(mut text: String, files: &[PathBuf]) -> String {
    text += "written:\n";
    files.iter().for_each(|file| text += &format!("  {}\n", file.display()));
    text
}

/// Missing tasks that are named; the rest is counted.
const NAMED: usize = 20;

/// What a season is done with, held together while it is.
struct Bench {
    site: Site,
    counties: AreaIndex,
    thresholds: Thresholds,
    profile: Profile,
    ground: Option<Ground>,
    places: Places,
}

impl Bench {
    fn of(site: &SiteFolder, profile: Option<&str>) -> Result<Bench> {
        let site = site.load()?;
        Ok(Bench {
            counties: AreaIndex::new(site.counties.iter().map(|county| &county.shape)),
            thresholds: Thresholds::default(),
            profile: profile_of(profile, &site)?,
            ground: super::load_ground(&site)?,
            places: super::load_places(&site)?,
            site,
        })
    }

    fn settings(&self) -> Settings<'_> {
        Settings {
            profile: self.profile,
            ground: self.ground.as_ref(),
            // a season has its own past
            ..Settings::new(&self.site, &self.counties, &self.thresholds, &self.places)
        }
    }

    fn territory(&self) -> Result<Territory> {
        super::load_territory(&self.site)
    }
}
