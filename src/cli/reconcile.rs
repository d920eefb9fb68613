//! `strawfire reconcile`: another authority's fire list against ours, and the answer to it.

use super::store::with_store;
use super::{Outcome, SiteFolder, make_folder, say};
use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::ingest::lists::template::Template;
use crate::ingest::lists::{self, TheirList};
use crate::layers::area_index::AreaIndex;
use crate::pipeline::reconcile::reconcile;
use crate::pipeline::reconcile::reply::Answered;
use crate::pipeline::{Places, Settings};
use crate::site::Site;
use crate::store::Store;
use crate::thresholds::Thresholds;
use crate::time::Utc;
use clap::Args;
use std::path::{Path, PathBuf};

/// Which lists are answered.
#[derive(Debug, Args)]
pub struct Reconcile {
    #[command(flatten)]
    site: SiteFolder,
    /// Folder to write into; with several lists each gets a folder of its own in it.
    #[arg(long, default_value = "out")]
    out: PathBuf,
    /// How the lists are written: a TOML file, or the name of one in the site's folder lists [found by the headings].
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Write the columns that were found in the first list as a template, for the next one.
    #[arg(long, value_name = "FILE")]
    save_template: Option<PathBuf>,
    /// When the answer is due, 2025-10-21 18:00 in Beijing time [reply_hours of the template from now].
    #[arg(long, value_name = "TIME")]
    deadline: Option<String>,
    /// The lists, .xlsx or .csv.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Reconcile {
    /// Answers them.
    pub fn run(&self) -> Result<Outcome> {
        let now = Utc::now();
        let deadline = self.deadline.as_deref().map(deadline_of).transpose()?;
        with_store(&self.site, async |store, site| {
            let template =
                self.template.as_deref().map(|path| template_of(path, &site)).transpose()?.unwrap_or_default();
            let due = deadline.or_else(|| now.plus_seconds(3600.0 * template.reply_hours?));
            let (mut done, mut failed) = (0, 0);
            for file in &self.files {
                match self.answer(store, &site, &template, file, due).await {
                    Ok(all_read) => (done, failed) = (done + 1, failed + usize::from(!all_read)),
                    Err(error @ (Error::Input { .. } | Error::Read { .. })) => {
                        tracing::error!("{error}");
                        failed += 1;
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(Outcome::of(done, failed))
        })
    }

    /// Answers one; `true` where every row could be read.
    async fn answer(
        &self,
        store: &Store,
        site: &Site,
        template: &Template,
        file: &Path,
        due: Option<Utc>,
    ) -> Result<bool> {
        let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
        let (thresholds, places) = (Thresholds::default(), Places::default());
        let settings = Settings::new(site, &counties, &thresholds, &places);
        let list = lists::read(file, template, &thresholds.reconcile)?;
        self.save(template, &list, file)?;
        let reconciled = reconcile(store, &settings, &list).await?;
        let out =
            if self.files.len() > 1 { self.out.join(file.file_stem().unwrap_or_default()) } else { self.out.clone() };
        make_folder(&out)?;
        let answered =
            Answered { file, from: &template.name, list: &list, reconciled: &reconciled, site, deadline: due };
        say(&answered.write(&out)?)?;
        Ok(list.rows.iter().all(|row| row.said.is_ok()))
    }

    fn save(&self, template: &Template, list: &TheirList, file: &Path) -> Result<()> {
        let (Some(path), Some((_, found))) = (&self.save_template, list.sheets.first()) else { return Ok(()) };
        if self.files.first().is_some_and(|first| first == file) {
            atomic::write_bytes(path, template.with_columns(found).to_toml()?.as_bytes())?;
        }
        Ok(())
    }
}

/// A file, else one of the site.
fn template_of(path: &Path, site: &Site) -> Result<Template> {
    let of_site = site.dir.join("lists").join(path).with_extension("toml");
    Template::read(if !path.exists() && of_site.exists() { &of_site } else { path })
}

fn deadline_of(text: &str) -> Result<Utc> {
    let beijing = || Utc::parse(&format!("{}:00+08:00", text.trim().replacen(' ', "T", 1)));
    Utc::parse(text).or_else(beijing).ok_or_else(|| {
        let expected = "a time, as \"2025-10-21 18:00\" in Beijing time or 2025-10-21T10:00:00Z";
        Error::config("--deadline", text, expected, "correct it, or leave it out")
    })
}
