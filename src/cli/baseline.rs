//! `strawfire baseline rebuild`: the past slots of the site again, from archived granules.

use super::scan::profile_of;
use super::{Outcome, SiteFolder, progress};
use crate::error::{Error, Result};
use crate::ingest::granule;
use crate::layers::area_index::AreaIndex;
use crate::pipeline::{self, Baseline as PastSlots, Places, Settings};
use crate::thresholds::Thresholds;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// The past slots that a slot is compared with.
#[derive(Debug, Args)]
pub struct Baseline {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes the slots of granules into baseline.dir of the site; what is damaged or of an older version is replaced.
    /// Nothing else is written. It may be stopped and run again at any time.
    Rebuild {
        #[command(flatten)]
        site: SiteFolder,
        /// reference, sensitive or plateau [default: detect.profile of the site, else sensitive].
        #[arg(long)]
        profile: Option<String>,
        /// Granule files, folders or patterns of geostationary satellites.
        #[arg(required = true)]
        inputs: Vec<PathBuf>,
    },
}

impl Baseline {
    /// Does it.
    pub fn run(&self) -> Result<Outcome> {
        let Command::Rebuild { site, profile, inputs } = &self.command;
        let site = site.load()?;
        let Some(dir) = &site.baseline_dir else {
            let place = format!("{}: baseline.dir", site.dir.join("site.toml").display());
            return Err(Error::config(
                place,
                "nothing",
                "a folder for past slots",
                "set it: dir = \"/var/lib/strawfire/baseline\"",
            ));
        };
        let (counties, thresholds) =
            (AreaIndex::new(site.counties.iter().map(|county| &county.shape)), Thresholds::default());
        let ground = super::load_ground(&site)?;
        // a slot is kept before places are looked at
        let places = Places::default();
        let settings = Settings {
            profile: profile_of(profile.as_deref(), &site)?,
            ground: ground.as_ref(),
            baseline: Some(PastSlots::Rolling(dir)),
            ..Settings::new(&site, &counties, &thresholds, &places)
        };
        let (mut granules, errors) = granule::collect(inputs);
        granules.retain(|granule| granule.format.is_fixed());
        granules.sort_by_key(|granule| granule.time);
        let (mut done, mut failed) = (0, errors.len());
        for error in &errors {
            tracing::error!("{error}");
        }
        let bar = progress(granules.len());
        for granule in &granules {
            match pipeline::scan(granule, &settings) {
                Ok(scan) => {
                    done += usize::from(scan.kept_slot);
                    failed += scan.problems.len();
                    scan.problems.iter().for_each(|problem| tracing::error!("{problem}"));
                }
                Err(error) => {
                    failed += 1;
                    tracing::error!("{error}");
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        super::say(&format!("{done} slots of {} kept in {}\n", granules.len(), dir.display()))?;
        Ok(Outcome::of(done, failed))
    }
}
