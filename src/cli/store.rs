//! Commands that work on the store alone: `backup`, `restore`, `retain`; and what all such commands share.

use super::{Outcome, SiteFolder};
use crate::error::{Error, Result};
use crate::pipeline::housekeeping;
use crate::pipeline::keep::runtime;
use crate::site::Site;
use crate::store::{Actor, Backed, Store};
use crate::time::Utc;
use clap::Args;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// The address of the store of a site.
pub(super) fn store_url(site: &Site) -> Result<String> {
    site.store_url.clone().ok_or_else(|| {
        Error::config(
            format!("{}: store.url", site.dir.join("site.toml").display()),
            "nothing",
            "the address of a store, as \"sqlite:///var/lib/strawfire/strawfire.db\"",
            "set it: without a store nothing is kept and nothing is delivered",
        )
    })
}

/// Opens the store of a site, which must be there, for a piece of work.
pub(super) fn with_store(
    site: &SiteFolder,
    work: impl AsyncFnOnce(&Store, Site) -> Result<Outcome>,
) -> Result<Outcome> {
    opened(site, false, work)
}

/// The same where there may be none yet: the first account comes before the first scan.
pub(super) fn with_new_store(
    site: &SiteFolder,
    work: impl AsyncFnOnce(&Store, Site) -> Result<Outcome>,
) -> Result<Outcome> {
    opened(site, true, work)
}

fn opened(
    site: &SiteFolder,
    makes_one: bool,
    work: impl AsyncFnOnce(&Store, Site) -> Result<Outcome>,
) -> Result<Outcome> {
    let site = site.load()?;
    let url = store_url(&site)?;
    let runtime = runtime()?;
    let done = runtime.block_on(async {
        let store = if makes_one { Store::open(&url).await? } else { Store::open_existing(&url).await? };
        store.watched(work(&store, site)).await
    });
    // a name that a resolver looks for in vain is not waited for
    runtime.shutdown_background();
    done
}

/// The whole store into a file.
#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    site: SiteFolder,
    /// The file; one that is there is replaced when the new one is whole.
    file: PathBuf,
}

impl Backup {
    /// Writes it.
    pub fn run(&self) -> Result<Outcome> {
        with_store(&self.site, async |store, site| {
            let path = housekeeping::backup_path(store, &site, &self.file)?;
            let Backed { rows, head: (seq, hash), .. } = housekeeping::backup(store, &path).await?;
            super::say(&format!("{rows} rows written to {}; the audit ends with {seq}:{hash}\n", path.display()))?;
            if !store.received_lists(1).await?.is_empty() {
                super::say(
                    "lists of other authorities and the answers to them are in it, but no reduction.zip: compare the list again to make one\n",
                )?;
            }
            if store.photo_ids().await?.is_empty() {
                return Ok(Outcome::Done);
            }
            super::say("photos are files and not in it: copy the folder web.photos as well\n")?;
            Ok(Outcome::Done)
        })
    }
}

/// A backup into an empty store.
#[derive(Debug, Args)]
pub struct Restore {
    #[command(flatten)]
    site: SiteFolder,
    /// The file.
    file: PathBuf,
}

impl Restore {
    /// Reads it.
    pub fn run(&self) -> Result<Outcome> {
        let site = self.site.load()?;
        let url = store_url(&site)?;
        let now = Utc::now();
        let restored = runtime()?.block_on(Store::restore(&url, &self.file, now, &actor("restore")))?;
        if let Some(Err(error)) = site.audit_heads.map(|path| Store::note_restored(&path, now, &restored.head)) {
            tracing::warn!("{error}; `audit verify` will miss the lines that were noted after the backup was taken");
        }
        super::say(&format!("{} rows restored into {}\n", restored.rows, restored.store.name()))?;
        let Some(broken) = restored.broken else { return Ok(Outcome::Done) };
        tracing::error!(
            "{}: audit, line {}: {}; all of the backup was restored, but its audit is not as it was written: keep the file, and compare it with an \
             earlier one",
            self.file.display(),
            broken.seq,
            broken.why
        );
        Ok(Outcome::SomeUnreadable)
    }
}

/// What is older than it is kept goes; open cases and untold notices never do.
#[derive(Debug, Args)]
pub struct Retain {
    #[command(flatten)]
    site: SiteFolder,
}

impl Retain {
    /// Takes it away.
    pub fn run(&self) -> Result<Outcome> {
        with_store(&self.site, async |store, site| {
            let [events, fires, looks, notices] = store.retain(&site.retention, Utc::now(), &actor("retain")).await?;
            super::say(&format!(
                "taken away: {events} events, {fires} detections, {looks} looks, {notices} notices\n"
            ))?;
            let gone = housekeeping::remove_photos(store, &site).await?;
            if gone > 0 {
                super::say(&format!("taken away: {gone} files of photos\n"))?;
            }
            Ok(Outcome::Done)
        })
    }
}

/// Who runs this program, and where: what the environment says, and the number of the user, which it cannot change.
pub(super) fn actor(command: &str) -> Actor {
    let who = ["STRAWFIRE_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let user = std::fs::metadata("/proc/self").map_or(String::new(), |own| format!(" (uid {})", own.uid()));
    let who = visible(&who.unwrap_or_else(|| "unknown".to_string()));
    Actor { who, origin: format!("{} strawfire {command}{user}", visible(host.trim())) }
}

/// A text of which every letter is seen: one that ends lines, moves the cursor or turns the direction of writing is written as its number.
pub(super) fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if is_hidden(c) {
            shown.extend(c.escape_unicode())
        } else {
            shown.push(c)
        }
        shown
    })
}

/// Controls, ends of lines and marks of direction (Unicode 16, table 23-4).
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}
