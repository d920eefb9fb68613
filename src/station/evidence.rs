//! Pictures and films of what cameras, drones and platforms saw, in a folder that holds so much at most: the oldest make room.

use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::imagery::clip;
use crate::site::Site;
use crate::time::Utc;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The folder, a folder a day in it.
pub struct Album {
    folder: PathBuf,
}

/// A film may take so long to be written.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pictures a second of a film: what takes minutes is seen in seconds.
const RATE: f64 = 2.0;
/// What a kill left half written is taken away after so long.
const TORN: Duration = Duration::from_secs(86_400);

impl Album {
    /// A folder, which need not be there yet.
    pub fn at(folder: PathBuf) -> Album {
        Album { folder }
    }

    /// Keeps a JPEG under a name, and gives its path within the folder.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub fn picture(&self, time: Utc, name: &str, jpeg: &[u8]) -> Result<String> {
        let within = format!("{}/{name}.jpg", time.compact().get(..8).unwrap_or("undated"));
        let path = self.folder.join(&within);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Error::output(folder, error))?;
        }
        atomic::write_bytes(&path, jpeg)?;
        Ok(within)
    }

    /// Where the film beside a picture is.
    pub fn beside(&self, picture: &str) -> PathBuf {
        self.folder.join(picture).with_extension("mp4")
    }
}

/// Writes a film.
///
/// # Errors
/// In words.
pub async fn film(pictures: &[Vec<u8>], path: &Path) -> std::result::Result<(), String> {
    clip::write(pictures, RATE, path, PATIENCE).await
}

/// Takes away the oldest of a site until the rest is no more than `station.evidence_mb`.
pub fn make_room(site: &Site) {
    if let Some(folder) = site.evidence_folder() {
        make_room_in(&folder, (site.station.evidence_mb * 1e6) as u64, SystemTime::now());
    }
}

fn make_room_in(folder: &Path, most: u64, now: SystemTime) {
    let mut found: Vec<(SystemTime, PathBuf, u64)> = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(about) = entry.metadata() else { continue };
            match about.is_dir() {
                true => folders.push(entry.path()),
                false => found.extend(about.modified().ok().map(|at| (at, entry.path(), about.len()))),
            }
        }
    }
    found.sort();
    let mut total: u64 = found.iter().map(|(_, _, size)| size).sum();
    for (at, path, size) in found {
        let is_torn = path.extension().is_some_and(|ending| ending == "part")
            && now.duration_since(at).is_ok_and(|age| age > TORN);
        if total <= most && !is_torn {
            continue;
        }
        match std::fs::remove_file(&path) {
            Ok(()) => total = total.saturating_sub(size),
            Err(error) => tracing::warn!("{}: {error}; it takes room that newer pictures need", path.display()),
        }
        // a day of which nothing is left
        let _ = path.parent().filter(|parent| *parent != folder).map(std::fs::remove_dir);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |day: i8| Utc::from_parts(2026, 10, day, 4, 0, 0).expect("a time");
        let album = Album::at(folder.path().into());
        let aged = |within: &str, seconds: u64| {
            let file = std::fs::File::options().write(true).open(folder.path().join(within)).expect("open");
            file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).expect("set");
        };
        assert_eq!(album.picture(at(1), "a", &[1; 100]).expect("kept"), "20261001/a.jpg");
        aged("20261001/a.jpg", 300);
        album.picture(at(2), "b", &[1; 100]).expect("kept");
        aged("20261002/b.jpg", 200);
        std::fs::create_dir(folder.path().join("intake")).expect("made");
        std::fs::write(folder.path().join("intake/c.jpg"), [1; 100]).expect("written");
        std::fs::write(folder.path().join("intake/.c.part"), []).expect("written");
        aged("intake/.c.part", 90_000);
        make_room_in(folder.path(), 250, SystemTime::now());
        let there = |name: &str| folder.path().join(name).exists();
        assert!(!there("20261001") && there("20261002/b.jpg") && there("intake/c.jpg") && !there("intake/.c.part"));
        make_room_in(folder.path(), 250, SystemTime::now());
        assert!(there("20261002/b.jpg"), "nothing more goes");
    }
}
