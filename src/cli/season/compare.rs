//! `strawfire season compare`.

use super::Bench;
use crate::cli::{Outcome, SiteFolder, say};
use crate::error::Result;
use crate::season::changes::{self, Compared};
use crate::season::compare::compare;
use crate::season::{Season, gather};
use clap::Args;
use std::path::PathBuf;

/// Which runs are compared, and where to.
#[derive(Debug, Args)]
pub(super) struct Compare {
    // both runs are put into its counties as they are now
    #[command(flatten)]
    site: SiteFolder,
    /// Folder to write into [default: compared in the second season's folder].
    #[arg(long)]
    out: Option<PathBuf>,
    /// Folder of the first season.
    first: PathBuf,
    /// Folder of the second season.
    second: PathBuf,
}

impl Compare {
    pub(super) fn run(&self) -> Result<Outcome> {
        // their versions, thresholds and sites may differ: that is what is asked
        let (first, second) = (Season::open(&self.first)?, Season::open(&self.second)?);
        let bench = Bench::of(&self.site, None)?;
        let (settings, territory) = (bench.settings(), bench.territory()?);
        let a = gather(&first, &settings, &territory)?;
        let b = gather(&second, &settings, &territory)?;
        let comparison = compare(&a, &b);
        let compared = Compared { a: (&first, &a), b: (&second, &b), comparison: &comparison, site: &bench.site };
        let out = self.out.clone().unwrap_or_else(|| self.second.join("compared"));
        let written = changes::write(&compared, &out)?;
        say(&super::with_files(written.text, &written.files))?;
        Ok(Outcome::of(a.read + b.read, a.report.errors.len() + b.report.errors.len()))
    }
}
