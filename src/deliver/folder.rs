//! The folder that a run writes into: one run at a time, and nothing left of a run that was killed.

use crate::error::{Error, Result};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Waits until no other run writes into the folder; the lock ends with the value. Temporary files that a killed run
/// left behind are removed.
///
/// # Errors
/// [`Error::Output`] where the folder cannot be written.
pub fn alone_in(folder: &Path) -> Result<File> {
    let lock = locked(folder)?;
    for entry in std::fs::read_dir(folder).map_err(|error| Error::output(folder, error))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') && name.ends_with(".part") {
            let path = entry.path();
            if path.is_dir() {
                std::fs::remove_dir_all(&path).map_err(|error| Error::output(&path, error))?;
            } else {
                remove(&path)?;
            }
        }
    }
    Ok(lock)
}

/// Waits until nobody else holds the folder, and removes nothing: for a folder in which others write without a lock.
///
/// # Errors
/// [`Error::Output`] where the folder cannot be opened or locked.
pub fn locked(folder: &Path) -> Result<File> {
    let lock = File::open(folder).and_then(|handle| handle.lock().map(|()| handle));
    lock.map_err(|error| Error::output(folder, error))
}

/// Removes a file that need not be there.
///
/// # Errors
/// [`Error::Output`] where it is there and stays.
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::output(path, error)),
        _ => Ok(()),
    }
}

/// Where the files of a run are written before they take the place of an earlier run's: a hidden folder within theirs, gone
/// with the value.
pub struct Stage {
    folder: PathBuf,
    stage: PathBuf,
}

impl Stage {
    /// A stage within a folder in which nobody else writes ([`alone_in`]).
    ///
    /// # Errors
    /// [`Error::Output`] where it cannot be made.
    pub fn within(folder: &Path) -> Result<Self> {
        let stage = folder.join(format!(".run.{}.part", std::process::id()));
        std::fs::create_dir_all(&stage).map_err(|error| Error::output(&stage, error))?;
        Ok(Stage { folder: folder.to_path_buf(), stage })
    }

    /// Where a file is written.
    pub fn path(&self, name: &str) -> PathBuf {
        self.stage.join(name)
    }

    /// Puts the files in their places, all of which are on the disk already; those of `gone` that an earlier run left are
    /// removed. The account, the last of the names, is away meanwhile: where it is absent, the other files may be of two runs.
    ///
    /// # Errors
    /// [`Error::Output`] where a file cannot be moved.
    pub fn publish(self, names: &[&str], gone: &[&str]) -> Result<()> {
        if let Some(account) = names.last() {
            remove(&self.folder.join(account))?;
        }
        for name in gone {
            remove(&self.folder.join(name))?;
        }
        for name in names {
            let path = self.folder.join(name);
            std::fs::rename(self.path(name), &path).map_err(|error| Error::output(&path, error))?;
        }
        super::atomic::sync_folder(&self.folder);
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // what is left of it after a failure is of no use, and the next run would remove it
        let _ = std::fs::remove_dir_all(&self.stage);
    }
}
