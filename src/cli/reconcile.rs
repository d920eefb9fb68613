//! `strawfire reconcile`: another authority's fire list against ours, and the answer to it.

use super::store::{actor, with_store};
use super::{Outcome, SiteFolder, make_folder, say};
use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::ingest::lists::template::Template;
use crate::ingest::lists::{self, TheirList};
use crate::layers::area_index::AreaIndex;
use crate::pipeline::keep::note_head;
use crate::pipeline::reconcile::reconcile;
use crate::pipeline::reconcile::reply::Answered;
use crate::pipeline::{Places, Settings};
use crate::site::Site;
use crate::store::{ReceivedList, Store};
use crate::thresholds::Thresholds;
use crate::time::Utc;
use clap::Args;
use sha2::{Digest as _, Sha256};
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
    /// When the answer is due, 2025-10-21 18:00 in Beijing time [reply_hours of the template from when it came].
    #[arg(long, value_name = "TIME")]
    deadline: Option<String>,
    /// Note that the answers were sent: their deadlines are met.
    #[arg(long)]
    answered: bool,
    /// Print the lists that wait for an answer, the one that is due first first.
    #[arg(long, conflicts_with = "files")]
    due: bool,
    /// The lists, .xlsx or .csv.
    #[arg(required_unless_present = "due")]
    files: Vec<PathBuf>,
}

impl Reconcile {
    /// Answers them.
    pub fn run(&self) -> Result<Outcome> {
        let now = Utc::now();
        let deadline = self.deadline.as_deref().map(deadline_of).transpose()?;
        with_store(&self.site, async |store, site| {
            if self.due {
                return say_due(store, now).await;
            }
            let template =
                self.template.as_deref().map(|path| template_of(path, &site)).transpose()?.unwrap_or_default();
            let (mut done, mut failed) = (0, 0);
            for (at, file) in self.files.iter().enumerate() {
                let list = List { file, out: self.folder_of(at), template: &template, deadline, now };
                match self.answer(store, &site, &list).await {
                    Ok(all_read) => (done, failed) = (done + 1, failed + usize::from(!all_read)),
                    Err(error @ (Error::Input { .. } | Error::Read { .. })) => {
                        tracing::error!("{error}");
                        failed += 1;
                    }
                    Err(error) => return Err(error),
                }
            }
            note_head(store, &site, now, true).await;
            Ok(Outcome::of(done, failed))
        })
    }

    /// The folder of a list: that of all where it is the only one.
    fn folder_of(&self, at: usize) -> PathBuf {
        let stem = |file: &PathBuf| file.file_stem().unwrap_or_default().to_os_string();
        let own = stem(&self.files[at]);
        match self.files.iter().filter(|file| stem(file) == own).count() {
            _ if self.files.len() == 1 => self.out.clone(),
            1 => self.out.join(own),
            _ => self.out.join(format!("{}-{}", at + 1, own.to_string_lossy())),
        }
    }

    /// Answers one; `true` where every row could be read.
    async fn answer(&self, store: &Store, site: &Site, asked: &List<'_>) -> Result<bool> {
        let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
        let (thresholds, places) = (Thresholds::default(), Places::default());
        let settings = Settings::new(site, &counties, &thresholds, &places);
        let list = lists::read(asked.file, asked.template, &thresholds.reconcile)?;
        self.save(asked.template, &list, asked.file)?;
        let reconciled = reconcile(store, &settings, &list).await?;
        let mut noted = asked.noted(store, &list.bytes).await?;
        make_folder(&asked.out)?;
        let (file, from) = (asked.file, asked.template.name.as_str());
        let answered = Answered { file, from, list: &list, reconciled: &reconciled, site, deadline: noted.deadline };
        let said = answered.write(&asked.out)?;
        noted.counts = serde_json::json!(answered.counts()).to_string();
        noted.answered = self.answered.then_some(asked.now);
        let mut write = store.write().await?;
        write.note_list(&noted, &actor("reconcile")).await?;
        write.commit().await?;
        say(&said)?;
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

/// A list that is answered.
struct List<'a> {
    file: &'a Path,
    out: PathBuf,
    template: &'a Template,
    deadline: Option<Utc>,
    now: Utc,
}

impl List<'_> {
    /// What the store is to know of it: one that came before keeps its time, and its deadline where no other is said.
    async fn noted(&self, store: &Store, bytes: &[u8]) -> Result<ReceivedList> {
        let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let before = store.received_list(&sha256).await?;
        let received = before.as_ref().map_or(self.now, |before| before.received);
        let usual = || received.plus_seconds(3600.0 * self.template.reply_hours?);
        let deadline = self.deadline.or_else(|| before.as_ref()?.deadline).or_else(usual);
        Ok(ReceivedList {
            sha256,
            name: self.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            source: self.template.name.clone(),
            received,
            deadline,
            replied: self.now,
            answered: None,
            counts: String::new(),
        })
    }
}

/// Says which lists wait for an answer.
async fn say_due(store: &Store, now: Utc) -> Result<Outcome> {
    let line = |list: &ReceivedList| {
        let late = if list.deadline.is_some_and(|deadline| deadline < now) { "(已超时)" } else { "" };
        let deadline = list.deadline.map_or_else(|| "无期限".to_string(), |at| format!("期限 {}{late}", at.beijing()));
        format!("{} {} 收到 {} {deadline} {}\n", list.name, list.source, list.received.beijing(), list.counts)
    };
    say(&store.unanswered_lists().await?.iter().map(line).collect::<String>())?;
    Ok(Outcome::Done)
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
