//! `strawfire reconcile`: another authority's fire list against ours, and the answer to it.

use super::store::{actor, with_store};
use super::{Outcome, SiteFolder, make_folder, say};
use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::ingest::lists::template::Template;
use crate::ingest::lists::{self, TheirList};
use crate::pipeline::keep::note_head;
use crate::pipeline::reconcile::answer::{self, Asked, template_of};
use crate::site::Site;
use crate::store::{ReceivedList, Store};
use crate::thresholds::Thresholds;
use crate::time::Utc;
use clap::Args;
use std::path::{Path, PathBuf};

/// Rows that are told one by one.
const TOLD: usize = 30;

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
    /// A list that is known already with another deadline gets that one; without this it is refused.
    #[arg(long, requires = "deadline")]
    move_deadline: bool,
    /// Take the lists back, for this reason: they wait for no answer any more, and stay in the store.
    #[arg(long, value_name = "REASON", conflicts_with_all = ["deadline", "answered", "due", "template", "save_template"])]
    withdraw: Option<String>,
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
            if let Some(reason) = &self.withdraw {
                return self.take_back(store, &site, reason, now).await;
            }
            let template =
                self.template.as_deref().map(|path| template_of(path, &site)).transpose()?.unwrap_or_default();
            let (mut done, mut failed) = (0, 0);
            for (at, file) in self.files.iter().enumerate() {
                let out = self.folder_of(at);
                let asked = Asked {
                    file,
                    out: &out,
                    template: &template,
                    deadline,
                    moves_deadline: self.move_deadline,
                    answered: self.answered,
                };
                match self.answer(store, &site, &asked, now).await {
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
    async fn answer(&self, store: &Store, site: &Site, asked: &Asked<'_>, now: Utc) -> Result<bool> {
        make_folder(asked.out)?;
        let list = lists::read(asked.file, asked.template, &Thresholds::default().reconcile);
        let list = list.map_err(lists::Refused::into_error)?;
        let done = answer::answer(store, site, asked, &list, now, &actor("reconcile")).await?;
        self.save(asked.template, &list, asked.file)?;
        say(&done.said)?;
        let unread: Vec<String> = list.rows.iter().filter_map(|row| row.unread()).collect();
        for said in unread.iter().take(TOLD) {
            tracing::error!("{}: {said}; correct the cell, or answer the row by hand", asked.file.display());
        }
        if unread.len() > TOLD {
            tracing::error!("{}: {} further rows cannot be read", asked.file.display(), unread.len() - TOLD);
        }
        Ok(unread.is_empty())
    }

    /// Takes lists back that are in the store.
    async fn take_back(&self, store: &Store, site: &Site, reason: &str, now: Utc) -> Result<Outcome> {
        if reason.trim().is_empty() {
            return Err(Error::config("--withdraw", "nothing", "the reason in words", "say why"));
        }
        for file in &self.files {
            let bytes = std::fs::read(file).map_err(|error| Error::read(file, error))?;
            let known = store.received_list(&answer::sha256(&bytes)).await?;
            let known = known.filter(|list| list.withdrawn.is_none()).ok_or_else(|| {
                let found = "a list that the store does not have, or that was taken back";
                Error::config(file.display().to_string(), found, "a list that waits", "name the file as it came")
            })?;
            let mut write = store.write().await?;
            write.withdraw_list(&known, reason.trim(), now, &actor("reconcile")).await?;
            write.commit().await?;
            say(&format!("{} 已撤销：{}\n", known.name, reason.trim()))?;
        }
        note_head(store, site, now, true).await;
        Ok(Outcome::Done)
    }

    fn save(&self, template: &Template, list: &TheirList, file: &Path) -> Result<()> {
        let (Some(path), Some((_, found))) = (&self.save_template, list.sheets.first()) else { return Ok(()) };
        if self.files.first().is_some_and(|first| first == file) {
            atomic::write_bytes(path, template.with_columns(found).to_toml()?.as_bytes())?;
        }
        Ok(())
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

fn deadline_of(text: &str) -> Result<Utc> {
    let beijing = || Utc::parse(&format!("{}:00+08:00", text.trim().replacen(' ', "T", 1)));
    Utc::parse(text).or_else(beijing).ok_or_else(|| {
        let expected = "a time, as \"2025-10-21 18:00\" in Beijing time or 2025-10-21T10:00:00Z";
        Error::config("--deadline", text, expected, "correct it, or leave it out")
    })
}
