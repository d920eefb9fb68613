//! Checksums of files, and of folders that are one product.

use crate::error::{Error, Result};
use crate::sealed::hex;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

const AT_ONCE: usize = 1 << 18;

/// Bytes and SHA-256 of a file; of a folder those of all its files, by name.
///
/// # Errors
/// [`Error::Read`].
pub fn of(path: &Path) -> Result<(u64, String)> {
    if !path.is_dir() {
        return of_file(path);
    }
    let (mut bytes, mut hash) = (0, Sha256::new());
    for file in files_in(path)? {
        let (size, sum) = of_file(&file)?;
        bytes += size;
        let name = file.strip_prefix(path).unwrap_or(&file).to_string_lossy().into_owned();
        hash.update(format!("{sum}  {name}\n"));
    }
    Ok((bytes, hex(&hash.finalize())))
}

fn of_file(path: &Path) -> Result<(u64, String)> {
    let failed = |error| Error::read(path, error);
    // asked before it is opened: a pipe would wait for ever
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(failed(std::io::Error::other("no plain file")));
    }
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let (mut bytes, mut hash, mut buffer) = (0, Sha256::new(), vec![0; AT_ONCE]);
    loop {
        let count = file.read(&mut buffer).map_err(failed)?;
        if count == 0 {
            return Ok((bytes, hex(&hash.finalize())));
        }
        bytes += count as u64;
        hash.update(&buffer[..count]);
    }
}

/// All files in a folder and below, sorted.
///
/// # Errors
/// [`Error::Read`].
pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut waiting) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| Error::read(&folder, error))? {
            let path = entry.map_err(|error| Error::read(&folder, error))?.path();
            // a link is not followed: a product has none
            let is_folder = path.symlink_metadata().is_ok_and(|data| data.is_dir());
            if is_folder { waiting.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

/// What is not renamed after so long is of a run that was killed: longer than any task takes to write a file.
const LEFT_OVER: Duration = Duration::from_secs(3600);

/// Removes what runs that were killed left half written in a folder and below; whoever writes there now is left alone.
pub fn remove_left_over(folder: &Path) {
    let is_half = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with('.') && name.ends_with(".part")
    };
    let is_old = |path: &PathBuf| {
        let written = path.metadata().and_then(|file| file.modified());
        written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age > LEFT_OVER))
    };
    for path in files_in(folder).unwrap_or_default().iter().filter(|path| is_half(path) && is_old(path)) {
        // another run may have been quicker
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-2, appendix B.1; the folder by `sha256sum a/b c | sha256sum` of a shell.
    #[test]
    fn a_file_and_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("a")).expect("made");
        std::fs::write(folder.path().join("a/b"), "abc").expect("written");
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of(&folder.path().join("a/b")).expect("read"), (3, abc.to_string()));
        let whole = of(folder.path()).expect("read");
        assert_eq!(whole, (3, crate::sealed::sha256(format!("{abc}  a/b\n").as_bytes())));
        std::fs::write(folder.path().join("c"), "").expect("written");
        assert_ne!(of(folder.path()).expect("read").1, whole.1);
        assert!(of(&folder.path().join("absent")).is_err());
    }

    #[test]
    fn only_what_is_half_written_and_old_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let old = std::time::SystemTime::now() - 2 * LEFT_OVER;
        for (name, is_old) in [(".a.slot.1.part", true), (".b.slot.1.part", false), ("c.slot", true), (".d", true)] {
            let file = std::fs::File::create(folder.path().join(name)).expect("made");
            if is_old {
                file.set_modified(old).expect("set");
            }
        }
        remove_left_over(folder.path());
        let names: Vec<String> = files_in(folder.path())
            .expect("listed")
            .iter()
            .map(|path| path.file_name().expect("named").to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, [".b.slot.1.part", ".d", "c.slot"]);
    }
}
