//! Nothing is written half: to a temporary name in the same folder, to the disk, then renamed.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// Writes a file through `fill`; the folder is made where it is not there.
///
/// # Errors
/// [`Error::Output`] where folder, file or rename fails; an older file of that name is then as it was.
pub fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    write_in_place(path, |out| fill(out))
}

/// [`write`] of a file whose parts are gone back to, as in a zip.
///
/// # Errors
/// As [`write`].
pub fn write_in_place(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<()> {
    let temporary = Temporary(temporary_name(path));
    write_and_rename(path, &temporary.0, fill).map_err(|error| Error::output(path, error))
}

/// [`write`] of bytes at hand.
///
/// # Errors
/// As [`write`].
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, |out| out.write_all(bytes))
}

/// The temporary file, which does not outlive a failure.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // After the rename there is nothing under this name, and that is no fault.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn write_and_rename(
    path: &Path,
    temporary: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut out = BufWriter::with_capacity(1 << 18, File::create(temporary)?);
    fill(&mut out)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    std::fs::rename(temporary, path)?;
    sync_folder(folder);
    Ok(())
}

/// Makes the rename itself lasting; a file system that cannot (some network shares) has no better to offer.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Hidden, and of this writing alone: two runs into one folder, also from two machines that share it, and two threads of one run do not
/// write into each other's file.
fn temporary_name(path: &Path) -> PathBuf {
    static OWN: LazyLock<String> = LazyLock::new(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        format!("{}-{:x}", std::process::id(), since.as_nanos())
    });
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}-{}.part", *OWN, COUNT.fetch_add(1, Ordering::Relaxed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(dir).expect("folder");
        entries.map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("new/deep/list.csv");
        write_bytes(&path, b"old").expect("written");
        let failed = write(&path, |out| {
            out.write_all(b"half")?;
            Err(std::io::Error::other("disk full"))
        });
        assert!(failed.expect_err("fails").to_string().contains("disk full"));
        assert_eq!(std::fs::read(&path).expect("there"), b"old");
        write_bytes(&path, b"new").expect("written");
        assert_eq!(std::fs::read(&path).expect("there"), b"new");
        assert_eq!(names(path.parent().expect("folder")), ["list.csv"]);
    }

    #[test]
    fn a_folder_that_is_a_file_is_told() {
        let file = tempfile::NamedTempFile::new().expect("file");
        let error = write_bytes(&file.path().join("x"), b"").expect_err("fails").to_string();
        assert!(error.contains("cannot be written"), "{error}");
    }
}
