//! `strawfire intake`: alarms of other platforms out of files; and what the page takes them with.

use super::store::actor;
use super::{Outcome, SiteFolder, say};
use crate::error::{Error, Result};
use crate::layers::area_index::AreaIndex;
use crate::pipeline::Settings;
use crate::pipeline::intake::{self, Refused, Taken};
use crate::pipeline::keep::Keeper;
use crate::site::{IntakeSource, Site};
use crate::thresholds::{Profile, Thresholds};
use crate::time::Utc;
use crate::web::Reception;
use clap::Args;
use std::path::PathBuf;

/// Which alarms are taken.
#[derive(Debug, Args)]
pub struct Intake {
    #[command(flatten)]
    site: SiteFolder,
    /// Who sent them, by the name in intake.sources [default: the only one].
    #[arg(long)]
    source: Option<String>,
    /// One alarm each, in the form of POST /intake (docs/intake.md); they stay where they are.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Intake {
    /// Takes them; one that was taken before is not taken again.
    pub fn run(&self) -> Result<Outcome> {
        let site = self.site.load()?;
        super::store::store_url(&site)?;
        let source = self.source(&site)?;
        let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
        let thresholds = Thresholds::default();
        let (territory, places) = (super::load_territory(&site)?, super::load_places(&site)?);
        let settings =
            Settings { profile: Profile::Reference, ..Settings::new(&site, &counties, &thresholds, &places) };
        let Some(keeper) = Keeper::open(actor("intake"), &settings, &territory)? else { return Ok(Outcome::Done) };
        let pictures = site.evidence_folder();
        let (mut done, mut failed) = (0, 0);
        for file in &self.files {
            match taken(file, source, &keeper, pictures.as_deref()) {
                Ok(taken) => {
                    done += 1;
                    say(&format!("{}: {}\n", file.display(), said(&taken)))?;
                }
                Err(error @ (Error::Input { .. } | Error::Read { .. })) => {
                    tracing::error!("{error}");
                    failed += 1;
                }
                Err(error) => return Err(error),
            }
        }
        keeper.finish(Utc::now());
        Ok(Outcome::of(done, failed))
    }

    fn source<'a>(&self, site: &'a Site) -> Result<&'a IntakeSource> {
        let names: Vec<&str> = site.intake.iter().map(|source| source.name.as_str()).collect();
        let found = match (&self.source, site.intake.as_slice()) {
            (None, [only]) => return Ok(only),
            (None, []) => "no source".to_string(),
            (None, _) => "none named".to_string(),
            (Some(name), all) => match all.iter().find(|source| source.name == *name) {
                Some(source) => return Ok(source),
                None => name.clone(),
            },
        };
        let expected = if names.is_empty() { "[[intake.sources]] in site.toml".to_string() } else { names.join(", ") };
        Err(Error::config("--source", found, expected, "name one that the site has: docs/intake.md"))
    }
}

fn taken(
    file: &std::path::Path,
    source: &IntakeSource,
    keeper: &Keeper<'_>,
    pictures: Option<&std::path::Path>,
) -> Result<Taken> {
    let text = intake::read_file(file)?;
    intake::take(&text, source, keeper, pictures, Utc::now()).map_err(|refused| match refused {
        Refused::Wrong(wrong) => {
            Error::input(file, wrong.found(), wrong.expected(), "correct the alarm: docs/intake.md")
        }
        Refused::Failed(error) => error,
    })
}

fn said(taken: &Taken) -> String {
    let event = taken.event.as_ref().map_or("no event".to_string(), |event| format!("event {event}"));
    let lost = if taken.lost_picture { ", its picture could not be kept" } else { "" };
    format!("sighting {}, {event}: {}{lost}", taken.sighting, taken.became.said())
}

/// Where the page takes alarms; `None` where the site takes none.
pub(super) fn reception(site: &Site) -> Result<Option<Reception>> {
    Reception::begin(site, || Ok((super::load_places(site)?, super::load_territory(site)?)))
}
