//! `strawfire season merge`.

use super::Bench;
use crate::cli::{Outcome, SiteFolder, say};
use crate::error::Result;
use crate::season::{Season, gather, merge};
use clap::Args;
use std::path::PathBuf;

/// Which season is joined, and where to.
#[derive(Debug, Args)]
pub(super) struct Merge {
    #[command(flatten)]
    site: SiteFolder,
    /// Folder to write into [default: merged in the season's folder].
    #[arg(long)]
    out: Option<PathBuf>,
    /// Folder of the season.
    season: PathBuf,
}

impl Merge {
    pub(super) fn run(&self) -> Result<Outcome> {
        let season = Season::open(&self.season)?;
        let bench = Bench::of(&self.site, Some(&season.plan.profile))?;
        season.plan.check(&bench.site)?;
        let gathered = gather(&season, &bench.settings(), &bench.territory()?)?;
        let out = self.out.clone().unwrap_or_else(|| self.season.join("merged"));
        let files = merge::merge(&season, &gathered, &bench.site, &out)?;
        let (events, errors) =
            (gathered.events.iter().filter(|event| event.inside).count(), gathered.report.errors.len());
        let mut text = format!(
            "{} looks and lists read, {} slots not among the inputs, {errors} files or parts not readable; {} fires kept and dropped, {events} events\n",
            gathered.read,
            gathered.report.missing.len(),
            gathered.fires.len(),
        );
        if gathered.report.simulated {
            text.insert_str(0, "SIMULATED ");
        }
        text += "written:\n";
        files.iter().for_each(|file| text += &format!("  {}\n", file.display()));
        say(&text)?;
        // what cannot be read of the inputs is part of the season, and told
        Ok(Outcome::of(gathered.read, errors))
    }
}
