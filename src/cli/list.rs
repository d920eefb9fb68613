//! `strawfire list`: the lists that the station makes by the clock, made again by hand from the store.

use super::store::with_store;
use super::{Outcome, SiteFolder, say};
use crate::error::{Error, Result};
use crate::layers::area_index::AreaIndex;
use crate::pipeline::daily::{self, Day};
use crate::pipeline::expected;
use crate::pipeline::weekly::{self, Week};
use crate::pipeline::{Places, Settings};
use crate::site::Site;
use crate::thresholds::Thresholds;
use crate::time::Utc;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Lists of a day and of a week.
#[derive(Debug, Args)]
pub struct List {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The list up to a cut-off: what was observed since the one before, what did not come, what came late for it.
    Daily {
        #[command(flatten)]
        site: SiteFolder,
        /// 2025-10-20 08:00 in Beijing time, or a time with an offset [default: when a list was due last].
        #[arg(long, value_name = "TIME")]
        cut_off: Option<String>,
        /// Folder that the list gets a folder of its own in.
        #[arg(long, default_value = "out")]
        out: PathBuf,
    },
    /// The report of a week, Monday to Sunday in Beijing.
    Weekly {
        #[command(flatten)]
        site: SiteFolder,
        /// A day of it, 2025-10-20 [default: the last week that is over].
        #[arg(long, value_name = "DAY")]
        week: Option<String>,
        /// Folder that the report gets a folder of its own in.
        #[arg(long, default_value = "out")]
        out: PathBuf,
    },
}

impl List {
    /// Makes it.
    pub fn run(&self) -> Result<Outcome> {
        let now = Utc::now();
        match &self.command {
            Command::Daily { site, cut_off, out } => with_store(site, async |store, site| {
                let cut_off = cut_off_of(cut_off.as_deref(), &site, now)?;
                let from = expected::begins(store, &site, cut_off).await?;
                let missing = expected::missing(store, from, cut_off, cut_off).await?;
                let day = Day { from, cut_off, before_cut_off: from, missing: missing.as_deref() };
                let territory = super::load_territory(&site)?;
                let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
                let (thresholds, places) = (Thresholds::default(), Places::default());
                let settings = Settings::new(&site, &counties, &thresholds, &places);
                let made = daily::daily_list(store, &settings, &territory, &day, out).await?;
                say(&made.printed)?;
                Ok(Outcome::Done)
            }),
            Command::Weekly { site, week, out } => with_store(site, async |store, site| {
                let monday = monday_of(week.as_deref(), now)?;
                let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
                let (thresholds, places) = (Thresholds::default(), Places::default());
                let settings = Settings::new(&site, &counties, &thresholds, &places);
                let slots = store.slots(monday, weekly::next_monday(monday), None).await?;
                let (satellites, missing) = (expected::tallies(&slots), expected::missed(&slots, now));
                let week = Week { monday, satellites: &satellites, missing: &missing };
                say(&weekly::weekly(store, &settings, &week, out).await?.printed)?;
                Ok(Outcome::Done)
            }),
        }
    }
}

fn cut_off_of(asked: Option<&str>, site: &Site, now: Utc) -> Result<Utc> {
    let wrong = |found: String| {
        let expected = "a time of the past, as \"2025-10-20 08:00\" in Beijing time or 2025-10-20T00:00:00Z";
        Err(Error::config("--cut-off", found, expected, "correct it, or leave it out for the last list that was due"))
    };
    let Some(text) = asked else {
        return daily::last_due(&site.jobs, now)
            .map_or_else(|| wrong("nothing, for a site without daily-list in station.jobs".to_string()), Ok);
    };
    let beijing = || Utc::parse(&format!("{}:00+08:00", text.trim().replacen(' ', "T", 1)));
    match Utc::parse(text).or_else(beijing) {
        Some(cut_off) if cut_off <= now => Ok(cut_off),
        _ => wrong(text.to_string()),
    }
}

fn monday_of(asked: Option<&str>, now: Utc) -> Result<Utc> {
    let Some(text) = asked else { return Ok(weekly::last_monday(now)) };
    let day = Utc::parse(&format!("{}T12:00:00+08:00", text.trim()));
    let monday = day.filter(|day| weekly::monday_of(*day) <= now).map(weekly::monday_of);
    monday.ok_or_else(|| {
        Error::config("--week", text, "a day of the past or of this week, as 2025-10-20", "correct it, or leave it out")
    })
}
