//! Commands that work on the store alone: `backup`, `restore`, `retain`; and what all such commands share.

use super::{Outcome, SiteFolder};
use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::pipeline::keep::runtime;
use crate::site::Site;
use crate::store::{Actor, Store};
use crate::time::Utc;
use clap::Args;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

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

/// Opens the store of a site for a piece of work.
pub(super) fn with_store(site: &SiteFolder, work: impl AsyncFnOnce(Store, Site) -> Result<Outcome>) -> Result<Outcome> {
    let site = site.load()?;
    let url = store_url(&site)?;
    runtime()?.block_on(async {
        let store = Store::open(&url).await?;
        work(store, site).await
    })
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
        with_store(&self.site, async |store, _| {
            let path = &self.file;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder {
                super::make_folder(folder)?;
            }
            let failed = |error: std::io::Error| Error::output(path, error);
            // one name for all: what a killed backup left is written over by the next
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let beside = path.with_file_name(format!(".{name}.part"));
            let file = File::options().create(true).truncate(false).write(true).open(&beside).map_err(failed)?;
            file.lock().map_err(failed)?;
            if !is_still(&file, &beside) {
                return Err(Error::output(path, "another backup of that name was just written"));
            }
            file.set_len(0).map_err(failed)?;
            let mut out = std::io::BufWriter::new(file);
            let written = store.backup(|line| writeln!(out, "{line}").map_err(failed)).await;
            let written = written.and_then(|rows| {
                out.flush().and_then(|()| out.get_ref().sync_all()).map_err(failed)?;
                std::fs::rename(&beside, path).map_err(failed)?;
                Ok(rows)
            });
            if written.is_err() {
                let _ = std::fs::remove_file(&beside);
            }
            let rows = written?;
            atomic::sync_folder(folder.unwrap_or(std::path::Path::new(".")));
            let (seq, hash) = store.audit_head().await?;
            super::say(&format!("{rows} rows written to {}; the audit ends with {seq}:{hash}\n", path.display()))?;
            Ok(Outcome::Done)
        })
    }
}

/// Whether a file that was opened is still the one of that name: who waited for it may hold what is a whole backup by now.
fn is_still(file: &File, path: &Path) -> bool {
    let (file, named) = (file.metadata(), std::fs::metadata(path));
    file.is_ok_and(|file| named.is_ok_and(|named| (file.dev(), file.ino()) == (named.dev(), named.ino())))
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
        let url = store_url(&self.site.load()?)?;
        runtime()?.block_on(async {
            let (store, rows) = Store::restore(&url, &self.file).await?;
            let mut write = store.write().await?;
            let detail = serde_json::json!({ "file": self.file.display().to_string(), "rows": rows });
            write.audit(Utc::now(), &actor("restore"), "restore", "store", &detail).await?;
            write.commit().await?;
            super::say(&format!("{rows} rows restored into {}\n", store.name()))?;
            Ok(Outcome::Done)
        })
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
            Ok(Outcome::Done)
        })
    }
}

/// Who runs this program, and where.
pub(super) fn actor(command: &str) -> Actor {
    let who = ["STRAWFIRE_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Actor { who: who.unwrap_or_else(|| "unknown".to_string()), origin: format!("{} strawfire {command}", host.trim()) }
}
