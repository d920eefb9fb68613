//! Pictures and films of what cameras saw, in a folder that holds so much at most: the oldest make room.

use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::imagery::clip;
use crate::time::Utc;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The folder, a folder a day in it.
pub struct Album {
    folder: PathBuf,
    most: u64,
    /// Files, the oldest first, with their sizes.
    files: VecDeque<(PathBuf, u64)>,
    total: u64,
}

/// A film may take so long to be written.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pictures a second of a film: what takes minutes is seen in seconds.
const RATE: f64 = 2.0;

impl Album {
    /// A folder with what is there already, for so many bytes at most.
    pub fn open(folder: PathBuf, most: u64) -> Album {
        let mut found: Vec<(std::time::SystemTime, PathBuf, u64)> = Vec::new();
        let mut folders = vec![folder.clone()];
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
        let total = found.iter().map(|(_, _, size)| size).sum();
        Album { folder, most, files: found.into_iter().map(|(_, path, size)| (path, size)).collect(), total }
    }

    /// Keeps a JPEG under a name, and gives its path within the folder.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub fn picture(&mut self, time: Utc, name: &str, jpeg: &[u8]) -> Result<String> {
        let within = format!("{}/{name}.jpg", time.compact().get(..8).unwrap_or("undated"));
        let path = self.folder.join(&within);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Error::output(folder, error))?;
        }
        atomic::write_bytes(&path, jpeg)?;
        self.add(path, jpeg.len() as u64);
        Ok(within)
    }

    /// Where the film beside a picture is.
    pub fn beside(&self, picture: &str) -> PathBuf {
        self.folder.join(picture).with_extension("mp4")
    }

    /// Counts a file that was written.
    pub fn add(&mut self, path: PathBuf, size: u64) {
        self.total += size;
        self.files.push_back((path, size));
        while self.total > self.most && self.files.len() > 1 {
            let Some((path, size)) = self.files.pop_front() else { return };
            self.total = self.total.saturating_sub(size);
            if let Err(error) = std::fs::remove_file(&path)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!("{}: {error}; it takes room that newer pictures need", path.display());
            }
            // a day of which nothing is left
            let _ = path.parent().map(std::fs::remove_dir);
        }
    }
}

/// Writes a film; gives its size.
///
/// # Errors
/// In words.
pub async fn film(pictures: &[Vec<u8>], path: &Path) -> std::result::Result<u64, String> {
    clip::write(pictures, RATE, path, PATIENCE).await?;
    path.metadata().map(|about| about.len()).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room_and_what_was_there_counts() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |day: i8| Utc::from_parts(2026, 10, day, 4, 0, 0).expect("a time");
        let mut album = Album::open(folder.path().into(), 250);
        let first = album.picture(at(1), "a", &[1; 100]).expect("kept");
        assert_eq!(first, "20261001/a.jpg");
        std::thread::sleep(Duration::from_millis(20));
        album.picture(at(2), "b", &[1; 100]).expect("kept");
        let mut again = Album::open(folder.path().into(), 250);
        again.picture(at(3), "c", &[1; 100]).expect("kept");
        let there = |name: &str| folder.path().join(name).exists();
        assert!(!there("20261001") && there("20261002/b.jpg") && there("20261003/c.jpg"));
        // what alone is larger than all may be is kept all the same
        again.picture(at(3), "d", &[1; 1000]).expect("kept");
        assert!(!there("20261003/c.jpg") && there("20261003/d.jpg"));
    }
}
