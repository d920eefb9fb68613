//! `strawfire patrol`: the plan of a day's special patrol, and the maps and tables to take along.

use super::store::with_store;
use super::{Outcome, SiteFolder, say};
use crate::error::{Error, Result};
use crate::pipeline::patrol::{Asked, Ground, Plan, documents, plan};
use crate::site::Site;
use crate::thresholds::Thresholds;
use crate::time::Utc;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Special patrols.
#[derive(Debug, Args)]
pub struct Patrol {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Rank the cells of the patrol grid for a day, each with its reasons; write patrol-plan.xlsx, .geojson and .html (maps, prints on A4).
    Plan {
        #[command(flatten)]
        site: SiteFolder,
        /// The day, 2025-10-20 in Beijing [default: today].
        #[arg(long, value_name = "DAY")]
        date: Option<String>,
        /// Code of a county [default: the whole site].
        #[arg(long, value_name = "ADCODE")]
        county: Option<String>,
        /// Cells of the plan.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
        top: u16,
        /// Folder for the files.
        #[arg(long, default_value = "out")]
        out: PathBuf,
    },
}

/// Cells that are printed.
const PRINTED: usize = 10;

impl Patrol {
    /// Makes it.
    pub fn run(&self) -> Result<Outcome> {
        let Command::Plan { site, date, county, top, out } = &self.command;
        with_store(site, async |store, site| {
            let now = Utc::now();
            let asked = Asked {
                day: day_of(date.as_deref(), now)?,
                county: county_of(&site, county.as_deref())?,
                top: (*top).into(),
            };
            let ground = Ground::load(&site)?;
            let plan = plan(store, &site, &Thresholds::default(), &ground, &asked, now).await?;
            let files = documents::write(&plan, &site, &ground.seats, out)?;
            say(&printed(&plan))?;
            say(&files.iter().map(|file| format!("  {}\n", file.display())).collect::<String>())?;
            Ok(Outcome::Done)
        })
    }
}

fn day_of(date: Option<&str>, now: Utc) -> Result<Utc> {
    let today = || now.beijing_as("%Y-%m-%d").unwrap_or_default();
    let text = date.map_or_else(today, |text| text.trim().to_string());
    let day = Utc::parse(&format!("{text}T00:00:00+08:00"));
    day.ok_or_else(|| {
        Error::config("--date", text.as_str(), "a day, as 2025-10-20", "correct it, or leave it out for today")
    })
}

fn county_of(site: &Site, county: Option<&str>) -> Result<Option<String>> {
    let county = county.filter(|code| *code != site.city_code());
    if let Some(unknown) = county.filter(|code| site.desk_name(code).is_none()) {
        let known: Vec<&str> = site.counties.iter().map(|county| county.name.adcode.as_str()).collect();
        return Err(Error::config("--county", unknown, known.join(", "), "name one of them"));
    }
    Ok(county.map(str::to_string))
}

fn printed(plan: &Plan) -> String {
    let mark = if plan.simulated { "(模拟数据,非真实火点 SIMULATED)" } else { "" };
    let mut text = format!("{}{mark}\n{}\n", documents::title(plan), plan.summary());
    for row in plan.rows.iter().take(PRINTED) {
        let why = row.reasons.iter().map(|reason| reason.words.as_str()).collect::<Vec<_>>().join("; ");
        text += &format!("  {} {} {} {} {:.1} 分: {why}\n", row.rank, row.cell, row.county, row.township, row.score);
    }
    if plan.rows.len() > PRINTED {
        text += &format!("  其余 {} 格见文件\n", plan.rows.len() - PRINTED);
    }
    text + &plan.absent.iter().map(|sentence| format!("  缺少: {sentence}\n")).collect::<String>()
}
