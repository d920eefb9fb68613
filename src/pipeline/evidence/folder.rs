//! Files of a folder by names that came from elsewhere: none leads out of it. The hash of a file that is too large to be held.

use crate::error::{Error, Result};
use crate::sealed::hex;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Component, Path, PathBuf};

/// Bytes of a file that is read, at most.
const MOST_BYTES: u64 = 64 << 20;
/// Bytes that are held at once while a file is hashed.
const PART: usize = 256 << 10;

/// The path of a name within the folder; `None` where it leads out of it.
pub fn within(folder: &Path, name: &str) -> Option<PathBuf> {
    let name = Path::new(name);
    let is_within = !name.as_os_str().is_empty() && name.components().all(|part| matches!(part, Component::Normal(_)));
    is_within.then(|| folder.join(name))
}

/// The bytes; `None` where there is no such file, it is too large, or a link leads out of the folder.
///
/// # Errors
/// [`Error::Read`] where it is there and cannot be read.
pub fn read(folder: &Path, path: &Path) -> Result<Option<Vec<u8>>> {
    let (Ok(folder), Ok(real)) = (folder.canonicalize(), path.canonicalize()) else { return Ok(None) };
    let is_file = real.metadata().is_ok_and(|found| found.is_file() && found.len() <= MOST_BYTES);
    if !real.starts_with(folder) || !is_file {
        return Ok(None);
    }
    std::fs::read(&real).map(Some).map_err(|error| Error::read(&real, error))
}

/// SHA-256 and size of a file, which is at its beginning again.
///
/// # Errors
/// [`Error::Output`] where it cannot be read.
pub fn hashed(file: &mut File) -> Result<(String, u64)> {
    let failed = |error: std::io::Error| Error::output("evidence.zip", error);
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    let (mut hash, mut part) = (Sha256::new(), vec![0; PART]);
    loop {
        let read = file.read(&mut part).map_err(failed)?;
        if read == 0 {
            break;
        }
        hash.update(&part[..read]);
    }
    let bytes = file.stream_position().map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    Ok((hex(&hash.finalize()), bytes))
}
