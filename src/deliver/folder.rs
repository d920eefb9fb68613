//! The folder that a run writes into: one run at a time, and nothing left of a run that was killed.

use crate::error::{Error, Result};
use std::fs::File;
use std::path::Path;

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
            remove(&entry.path())?;
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
