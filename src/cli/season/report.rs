//! `strawfire season report`.

use super::Bench;
use crate::cli::{Outcome, SiteFolder, say};
use crate::error::{Error, Result};
use crate::pipeline::keep::runtime;
use crate::season::report::{Asked, Cases, report};
use crate::season::{Season, gather};
use crate::store::Store;
use clap::Args;
use std::path::PathBuf;

/// Which season is told, and where to.
#[derive(Debug, Args)]
pub(super) struct Report {
    #[command(flatten)]
    site: SiteFolder,
    /// Season of the same period of another year, of imagery or of FIRMS lists.
    #[arg(long, value_name = "SEASON")]
    before: Option<PathBuf>,
    /// Leave out what became of the events: findings, causes and response times of the store that the site names (store.url).
    #[arg(long)]
    no_store: bool,
    /// Folder to write into [default: report in the season's folder].
    #[arg(long)]
    out: Option<PathBuf>,
    /// Folder of the season.
    season: PathBuf,
}

impl Report {
    pub(super) fn run(&self) -> Result<Outcome> {
        let season = Season::open(&self.season)?;
        let before = self.before.as_deref().map(Season::open).transpose()?;
        self.is_another(&season, before.as_ref())?;
        let bench = Bench::of(&self.site, Some(&season.plan.profile))?;
        season.plan.check(&bench.site)?;
        let (settings, territory) = (bench.settings(), bench.territory()?);
        let gathered = gather(&season, &settings, &territory)?;
        // that of another year may be of another program: the report says so
        let of_before = before.as_ref().map(|before| gather(before, &settings, &territory)).transpose()?;
        let cases = self.cases(&bench, &season, gathered.report.simulated)?;
        let asked = Asked {
            season: &season,
            gathered: &gathered,
            before: before.as_ref().zip(of_before.as_ref()),
            cases: cases.as_ref(),
            settings: &settings,
        };
        let out = self.out.clone().unwrap_or_else(|| self.season.join("report"));
        let reported = report(&asked, &out)?;
        say(&super::with_files(reported.text, &reported.files))?;
        Ok(Outcome::of(gathered.read, gathered.report.errors.len()))
    }

    /// The other year is not the same season again.
    fn is_another(&self, season: &Season, before: Option<&Season>) -> Result<()> {
        let folder = |of: &Season| std::fs::canonicalize(&of.dir).unwrap_or_else(|_| of.dir.clone());
        match before {
            Some(before) if folder(before) == folder(season) => Err(Error::config(
                "--before",
                before.dir.display().to_string(),
                "the season of another year",
                "name another folder, or leave --before out",
            )),
            _ => Ok(()),
        }
    }

    /// What became of the events, where the site has a store and it is asked for.
    fn cases(&self, bench: &Bench, season: &Season, simulated: bool) -> Result<Option<Cases>> {
        let Some(url) = bench.site.store_url.as_ref().filter(|_| !self.no_store) else { return Ok(None) };
        runtime()?.block_on(async {
            let store = Store::open_existing(url).await?;
            let cases = Cases::read(&store, season.plan.from, season.plan.to, simulated).await;
            store.close().await;
            cases.map(Some)
        })
    }
}
