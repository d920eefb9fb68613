//! A file that is being fetched: `NAME.part`, with what is known of it in `NAME.part.of`. It gets its name when it is whole and on the
//! disk; after a break it goes on where the last bytes are surely there.

use super::{Listed, wanted};
use crate::error::{Error, Result};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::{Path, PathBuf};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;

/// End of the name of a half file.
const ENDING: &str = ".part";
/// End of the name of what is known of it, after that.
const NOTE_ENDING: &str = ".of";

/// So many bytes are on the disk before more are asked for: what a loss of power may cost, bytes.
const SYNC_EVERY: u64 = 16 << 20;

/// What a half file is a half of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Of {
    place: String,
    version: String,
    /// What the server calls these bytes: the ETag or date of its first answer.
    validator: Option<String>,
    /// Bytes that are surely on the disk.
    synced: u64,
}

/// A half file.
pub(super) struct Part {
    path: PathBuf,
    name: PathBuf,
    file: File,
    of: Of,
    held: u64,
}

impl Part {
    /// Opens the half that is there, if it is one of the same version of the same file, else begins with nothing.
    ///
    /// # Errors
    /// [`Error::Output`] where the folder cannot be written; [`Error::Input`] where the name is none.
    pub(super) async fn open(into: &Path, file: &Listed) -> Result<Part> {
        wanted::check(&file.name, &file.place)?;
        let name = into.join(&file.name);
        let path = into.join(format!("{}{ENDING}", file.name));
        let failed = |error| Error::output(&path, error);
        tokio::fs::create_dir_all(into).await.map_err(failed)?;
        let of = Of { place: file.place.clone(), version: file.version.clone(), validator: None, synced: 0 };
        let before = read_note(&note_of(&path)).await;
        let handle = OpenOptions::new().create(true).append(true).open(&path).await.map_err(failed)?;
        let length = handle.metadata().await.map_err(failed)?.len();
        let same = before.filter(|note| note.place == of.place && note.version == of.version);
        let of = same.filter(|note| note.synced <= length).unwrap_or(of);
        let mut part = Part { path, name, file: handle, held: of.synced, of };
        if part.held < length {
            part.cut(part.held).await?;
        }
        Ok(part)
    }

    /// Bytes that need not come again.
    pub(super) fn held(&self) -> u64 {
        self.held
    }

    /// What the server called the bytes that are held.
    pub(super) fn validator(&self) -> Option<&str> {
        self.of.validator.as_deref()
    }

    /// Begins again with nothing, with what the server calls the bytes that come now.
    pub(super) async fn begin(&mut self, validator: Option<String>) -> Result<()> {
        self.of.validator = validator;
        self.of.synced = 0;
        self.write_note().await?;
        self.cut(0).await
    }

    async fn cut(&mut self, length: u64) -> Result<()> {
        self.held = length;
        self.file.set_len(length).await.map_err(|error| Error::output(&self.path, error))
    }

    /// Adds what came.
    pub(super) async fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).await.map_err(|error| Error::output(&self.path, error))?;
        self.held += bytes.len() as u64;
        if self.held - self.of.synced >= SYNC_EVERY { self.pause().await } else { Ok(()) }
    }

    /// Makes sure of what came, for the next try.
    pub(super) async fn pause(&mut self) -> Result<()> {
        let failed = |error| Error::output(&self.path, error);
        self.file.flush().await.map_err(failed)?;
        self.file.sync_data().await.map_err(failed)?;
        self.of.synced = self.held;
        self.write_note().await
    }

    /// A note that is torn by a loss of power is no JSON, and the file comes again from its beginning.
    async fn write_note(&self) -> Result<()> {
        let note = note_of(&self.path);
        let text = serde_json::to_vec(&self.of).map_err(|error| Error::output(&note, error))?;
        tokio::fs::write(&note, text).await.map_err(|error| Error::output(&note, error))
    }

    /// Checks the length, and the MD5 where it is known; then the file gets its name.
    ///
    /// # Errors
    /// [`Error::Input`] where something else came: it is thrown away and comes again from its beginning at the next try.
    pub(super) async fn finish(mut self, length: Option<u64>, md5: Option<[u8; 16]>) -> Result<PathBuf> {
        self.pause().await?;
        let wrong = match (length, md5) {
            (Some(length), _) if length != self.held => Some(format!("{} bytes of {length}", self.held)),
            (_, Some(expected)) if md5_of(&self.path).await? != expected => Some("bytes with another MD5".to_string()),
            _ => None,
        };
        if let Some(found) = wrong {
            self.discard().await;
            let expected = "the file as the other side announces it";
            return Err(Error::input(&self.of.place, found, expected, "it is fetched again at the next look"));
        }
        let failed = |error| Error::output(&self.name, error);
        self.file.sync_all().await.map_err(failed)?;
        tokio::fs::rename(&self.path, &self.name).await.map_err(failed)?;
        let _ = tokio::fs::remove_file(note_of(&self.path)).await;
        if let Some(folder) = self.name.parent()
            && let Ok(folder) = File::open(folder).await
        {
            // a file system that cannot make a rename lasting has no better to offer
            let _ = folder.sync_all().await;
        }
        Ok(self.name)
    }

    /// Removes it: what is held is of no use.
    pub(super) async fn discard(&self) {
        let _ = tokio::fs::remove_file(note_of(&self.path)).await;
        let _ = tokio::fs::remove_file(&self.path).await;
    }
}

/// Whether a half file or its note is named so.
pub(super) fn is_of_a_half(name: &str) -> bool {
    name.strip_suffix(NOTE_ENDING).unwrap_or(name).ends_with(ENDING)
}

fn note_of(part: &Path) -> PathBuf {
    let mut name = part.as_os_str().to_owned();
    name.push(NOTE_ENDING);
    name.into()
}

async fn read_note(path: &Path) -> Option<Of> {
    serde_json::from_slice(&tokio::fs::read(path).await.ok()?).ok()
}

async fn md5_of(path: &Path) -> Result<[u8; 16]> {
    let owned = path.to_path_buf();
    let hashed = tokio::task::spawn_blocking(move || hash(&owned)).await;
    hashed.map_err(std::io::Error::other).and_then(|hashed| hashed).map_err(|source| Error::read(path, source))
}

fn hash(path: &Path) -> std::io::Result<[u8; 16]> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = Md5::new();
    let mut bytes = vec![0; 1 << 18];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&bytes[..read]),
        }
    }
}
