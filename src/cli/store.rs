//! Commands that work on the store alone: `backup`, `restore`, `retain`; and what all such commands share.

use super::{Outcome, SiteFolder};
use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::pipeline::keep::runtime;
use crate::site::Site;
use crate::store::{Actor, Backed, Store};
use crate::time::Utc;
use clap::Args;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
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
            let mut own = store.files();
            own.extend(site.audit_heads);
            let path = target(&self.file, &own)?;
            let folder = folder_of(&path);
            super::make_folder(folder)?;
            let failed = |error: std::io::Error| Error::output(&path, error);
            // one name for all: what a killed backup left is written over by the next
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let beside = path.with_file_name(format!(".{name}{PART}"));
            let file = File::options().create(true).truncate(false).write(true).open(&beside).map_err(failed)?;
            file.lock().map_err(failed)?;
            if !is_still(&file, &beside) {
                return Err(Error::output(&path, "another backup of that name was just written"));
            }
            file.set_len(0).map_err(failed)?;
            let mut out = std::io::BufWriter::new(file);
            let written = store.backup(|line| writeln!(out, "{line}").map_err(failed)).await;
            let written = written.and_then(|backed| {
                out.flush().and_then(|()| out.get_ref().sync_all()).map_err(failed)?;
                if backed.records == 0 && has_records(&path).map_err(failed)? {
                    return Err(would_only_lose(store, &path));
                }
                std::fs::rename(&beside, &path).map_err(failed)?;
                Ok(backed)
            });
            if written.is_err() {
                let _ = std::fs::remove_file(&beside);
            }
            let Backed { rows, head: (seq, hash), .. } = written?;
            atomic::sync_folder(folder);
            remove_left_over(folder);
            super::say(&format!("{rows} rows written to {}; the audit ends with {seq}:{hash}\n", path.display()))?;
            if store.photo_ids().await?.is_empty() {
                return Ok(Outcome::Done);
            }
            super::say("photos are files and not in it: copy the folder web.photos as well\n")?;
            Ok(Outcome::Done)
        })
    }
}

/// The end of the name of what is not whole yet.
const PART: &str = ".part";

/// Where a backup may be written: a plain file that is none of the store's own, links followed.
fn target(file: &Path, own: &[PathBuf]) -> Result<PathBuf> {
    let refused = |found: String| {
        Err(Error::config("backup", found, "the name of a file of its own for the backup", "name another file"))
    };
    let shown = file.display();
    let path = match std::fs::symlink_metadata(file) {
        Ok(link) if link.is_symlink() => match std::fs::canonicalize(file) {
            Ok(path) => path,
            Err(_) => return refused(format!("{shown}, a link to nothing")),
        },
        _ => file.to_path_buf(),
    };
    let there = std::fs::metadata(&path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) || path.file_name().is_none() {
        return refused(format!("{shown}, which is no plain file"));
    }
    let number = |path: &Path| std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    let named = std::fs::canonicalize(folder_of(&path)).unwrap_or_default().join(path.file_name().unwrap_or_default());
    let is_own = |own: &PathBuf| *own == named || number(own).is_some_and(|own| number(&path) == Some(own));
    match own.iter().find(|own| is_own(own)) {
        Some(own) => refused(format!("{shown}, which is {} of the store itself", own.display())),
        None => Ok(path),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether a file has what an empty store would not replace: records of a backup, or anything that is none.
fn has_records(path: &Path) -> std::io::Result<bool> {
    let file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    let mut lines = BufReader::new(file).split(b'\n');
    let Some(first) = lines.next().transpose()? else { return Ok(false) };
    if !Store::begins_backup(&first) {
        return Ok(true);
    }
    for line in lines {
        if Store::is_record(&String::from_utf8_lossy(&line?)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn would_only_lose(store: &Store, path: &Path) -> Error {
    Error::Store {
        store: store.name(),
        reason: format!("the store is empty, and {} holds records", path.display()),
        advice: "see that store.url names the right one; where an empty backup is meant, remove the file first".into(),
    }
}

/// What killed backups left in the folder, under whatever names: nobody holds it any more, and it begins as ours do.
fn remove_left_over(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !name.starts_with('.') || !name.ends_with(PART) {
            continue;
        }
        let mut start = [0; 32];
        let left = File::open(entry.path()).and_then(|mut file| file.read_exact(&mut start).map(|()| file));
        if left
            .is_ok_and(|file| Store::begins_backup(&start) && file.try_lock().is_ok() && is_still(&file, &entry.path()))
            && std::fs::remove_file(entry.path()).is_ok()
        {
            tracing::info!("{}: what a killed backup left is removed", entry.path().display());
        }
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
            remove_photos(store, &site).await?;
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

/// Photos of events that are gone go too; one that is younger than a day may not be in the store yet.
async fn remove_photos(store: &Store, site: &Site) -> Result<()> {
    let Ok(settings) = crate::web::WebSettings::of(site, None) else { return Ok(()) };
    let known = store.photo_ids().await?;
    let files = glob::glob(&format!("{}/*/*", settings.photos.display())).into_iter().flatten().flatten();
    let is_gone = |file: &PathBuf| {
        let id = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next());
        let is_old =
            file.metadata().and_then(|file| file.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|age| age > DAY));
        is_old && id.is_some_and(|id| !known.contains(id))
    };
    let mut count = 0;
    for file in files.filter(is_gone) {
        std::fs::remove_file(&file).map_err(|error| Error::output(&file, error))?;
        count += 1;
    }
    if count > 0 {
        super::say(&format!("taken away: {count} files of photos\n"))?;
    }
    Ok(())
}

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);
