//! What keeps a store in order: backups, and what goes when it is older than it is kept. For commands and for the station.

use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::site::Site;
use crate::store::{Backed, Store};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Where the backup of a store may be written; links are followed.
///
/// # Errors
/// [`Error::Config`] where the name is that of a file of the store itself, or of no plain file.
pub fn backup_path(store: &Store, site: &Site, file: &Path) -> Result<PathBuf> {
    let mut own = store.files();
    own.extend(site.audit_heads.clone());
    target(file, &own)
}

/// Writes the whole store into a file that [`backup_path`] gave; one that is there is replaced when the new one is whole.
///
/// # Errors
/// [`Error::Store`], [`Error::Output`]; then what was there is as it was.
pub async fn backup(store: &Store, path: &Path) -> Result<Backed> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder).map_err(|error| Error::output(folder, error))?;
    let failed = |error: std::io::Error| Error::output(path, error);
    // one name for all: what a killed backup left is written over by the next
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}{PART}"));
    let options = File::options().create(true).truncate(false).write(true).mode(0o600).to_owned();
    let file = options.open(&beside).map_err(failed)?;
    file.lock().map_err(failed)?;
    if !is_still(&file, &beside) {
        return Err(Error::output(path, "another backup of that name was just written"));
    }
    file.set_len(0).map_err(failed)?;
    let mut out = std::io::BufWriter::new(file);
    let written = store.backup(|line| writeln!(out, "{line}").map_err(failed)).await;
    let written = written.and_then(|backed| {
        out.flush().and_then(|()| out.get_ref().sync_all()).map_err(failed)?;
        if backed.records == 0 && has_records(path).map_err(failed)? {
            return Err(would_only_lose(store, path));
        }
        std::fs::rename(&beside, path).map_err(failed)?;
        Ok(backed)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    let backed = written?;
    atomic::sync_folder(folder);
    remove_left_over(folder);
    Ok(backed)
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

/// The folder of the photos of a site; `None` where it has none, as beside a server.
pub fn photos_of(site: &Site) -> Option<PathBuf> {
    let beside = || Some(Path::new(site.store_url.as_ref()?.strip_prefix("sqlite://")?).parent()?.join("photos"));
    site.web.photos.clone().or_else(beside)
}

/// Where the original of a photo lies. Ids are of digits and letters that were checked when it was registered.
pub fn original_photo(photos: &Path, photo: &crate::store::Photo) -> PathBuf {
    photo_file(photos, photo, ".original")
}

/// A file of a photo by its ending.
pub fn photo_file(photos: &Path, photo: &crate::store::Photo, ending: &str) -> PathBuf {
    photos.join(photo.id.get(..2).unwrap_or("__")).join(format!("{}{ending}", photo.id))
}

/// Photos of events that are gone go too; one that is younger than a day may not be in the store yet.
///
/// # Errors
/// [`Error::Store`], [`Error::Output`].
pub async fn remove_photos(store: &Store, site: &Site) -> Result<usize> {
    let Some(photos) = photos_of(site) else { return Ok(0) };
    let known = store.photo_ids().await?;
    let files = glob::glob(&format!("{}/*/*", photos.display())).into_iter().flatten().flatten();
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
    Ok(count)
}

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);
