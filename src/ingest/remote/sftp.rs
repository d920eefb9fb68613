//! Directories of SSH servers, by SFTP.

mod session;

use super::folders::{Folders, Template};
use super::part::Part;
use super::wanted::Wanted;
use super::{Listed, no_directory, within};
use crate::error::{Error, Result};
use crate::site::{Inbox, Source};
use crate::time::Utc;
use futures_util::stream::{self, StreamExt};
use russh_sftp::client::RawSftpSession;
use russh_sftp::client::error::Error as Failure;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};
use session::{Access, Session};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Entries of the longest directory.
const MOST_ENTRIES: usize = 200_000;
/// Bytes asked for at once: every server gives so many.
const CHUNK: u64 = 32 << 10;
/// Chunks asked for before the first has come: over a long way an answer is slow, and a slow line must give them within the timeout.
const AT_ONCE: usize = 16;

/// A directory of an SSH server. The connection is kept, and opened again when it is needed and gone.
#[derive(Debug)]
pub(super) struct Directory {
    access: Access,
    pub(super) template: Template,
    wanted: Wanted,
    session: tokio::sync::Mutex<Option<Arc<Session>>>,
}

impl Directory {
    /// # Errors
    /// [`Error::Config`] where a secret, key or list of hosts cannot be read or the inbox is of another kind.
    pub(super) fn open(inbox: &Inbox) -> Result<Directory> {
        let Source::Sftp { path, .. } = &inbox.source else {
            return Err(no_directory(inbox, "sftp"));
        };
        Ok(Directory {
            access: Access::read(inbox)?,
            template: Template::new(path),
            wanted: Wanted::of(inbox)?,
            session: tokio::sync::Mutex::new(None),
        })
    }

    /// # Errors
    /// [`Error::Input`] where nobody could look; [`Error::Config`] where the key of the host is not the known one.
    pub(super) async fn list(&self, from: Utc, to: Utc) -> Result<Vec<Listed>> {
        let session = self.session().await?;
        let sftp = &session.sftp;
        let folders = match self.template.folders(from, to) {
            Folders::Known(folders) => folders,
            Folders::Below(below) => {
                let mut there = Vec::new();
                for (folder, names) in below {
                    let entries = self.entries(sftp, &folder).await?.unwrap_or_default();
                    let is_there = |name: &String| entries.iter().any(|(entry, of)| of.is_dir() && entry == name);
                    there.extend(names.into_iter().filter(|(name, _)| is_there(name)).map(|(_, folder)| folder));
                }
                there
            }
        };
        let (mut files, mut is_any_there) = (Vec::new(), false);
        for folder in folders {
            let Some(entries) = self.entries(sftp, &folder).await? else { continue };
            is_any_there = true;
            for (name, attributes) in entries {
                files.extend(self.listed(sftp, &folder, name, attributes).await?);
            }
        }
        if !is_any_there {
            self.check_root(sftp).await?;
        }
        Ok(files)
    }

    /// Names in a folder; `None` where it is not there.
    async fn entries(&self, sftp: &RawSftpSession, folder: &str) -> Result<Option<Vec<(String, FileAttributes)>>> {
        let place = self.place(folder);
        let handle = match sftp.opendir(folder).await {
            Ok(handle) => handle.handle,
            Err(Failure::Status(status)) if status.status_code == StatusCode::NoSuchFile => return Ok(None),
            Err(error) => return Err(self.failed(error, &place).await),
        };
        let mut entries = Vec::new();
        loop {
            match sftp.readdir(&handle).await {
                Ok(names) => entries.extend(names.files.into_iter().map(|file| (file.filename, file.attrs))),
                Err(Failure::Status(status)) if status.status_code == StatusCode::Eof => break,
                Err(error) => return Err(self.failed(error, &place).await),
            }
            if entries.len() > MOST_ENTRIES {
                let found = format!("more than {MOST_ENTRIES} entries");
                let advice = "name one with fewer files, by time fields";
                return Err(Error::input(&place, found, "a folder with fewer", advice));
            }
        }
        let _ = sftp.close(handle).await;
        Ok(Some(entries))
    }

    /// An entry as a file; `None` for what is not asked for, and for what is no file.
    async fn listed(
        &self,
        sftp: &RawSftpSession,
        folder: &str,
        name: String,
        mut attributes: FileAttributes,
    ) -> Result<Option<Listed>> {
        if !self.wanted.takes(&name) {
            return Ok(None);
        }
        let path = format!("{folder}{name}");
        if attributes.is_symlink() {
            match sftp.stat(&path).await {
                Ok(target) => attributes = target.attrs,
                // it leads nowhere, or is gone meanwhile
                Err(Failure::Status(_)) => return Ok(None),
                Err(error) => return Err(self.failed(error, &self.place(&path)).await),
            }
        }
        if attributes.permissions.is_some() && !attributes.is_regular() {
            return Ok(None);
        }
        let modified = attributes.mtime.and_then(|seconds| Utc::from_micros(i64::from(seconds) * 1_000_000));
        let version = version_of(&attributes);
        Ok(Some(Listed { place: self.place(&path), name, size: attributes.size, version, modified }))
    }

    /// Where nothing at all was there: the folder above must be, or the path is wrong.
    async fn check_root(&self, sftp: &RawSftpSession) -> Result<()> {
        let root = self.template.root();
        match sftp.stat(root).await {
            Ok(_) => Ok(()),
            Err(Failure::Status(status)) if status.status_code == StatusCode::NoSuchFile => {
                let advice = "correct url in site.toml";
                Err(Error::input(self.place(root), "no such directory", "the directory that holds the others", advice))
            }
            Err(error) => Err(self.failed(error, &self.place(root)).await),
        }
    }

    /// # Errors
    /// [`Error::Input`] where it does not come whole; [`Error::Output`].
    pub(super) async fn fetch(&self, file: &Listed, into: &Path) -> Result<PathBuf> {
        let root = self.template.root();
        let path = format!("{root}{}", within(file, &self.place(root))?);
        let session = self.session().await?;
        let mut part = Part::open(into, file).await?;
        match self.receive(&session.sftp, &mut part, file, &path).await {
            Ok(length) => part.finish(Some(length), None).await,
            Err(error) => {
                part.pause().await?;
                Err(error)
            }
        }
    }

    async fn receive(&self, sftp: &RawSftpSession, part: &mut Part, file: &Listed, path: &str) -> Result<u64> {
        let failed = async |error| self.failed(error, &file.place).await;
        let handle = match sftp.open(path, OpenFlags::READ, FileAttributes::empty()).await {
            Ok(handle) => handle.handle,
            Err(error) => return Err(failed(error).await),
        };
        let length = self.same(sftp, &handle, file).await?;
        if part.held() == 0 || part.held() > length {
            part.begin(None).await?;
        }
        let chunks = (part.held()..length).step_by(CHUNK as usize).map(|at| chunk(sftp, &handle, at, length));
        let mut chunks = stream::iter(chunks).buffered(AT_ONCE);
        while let Some(bytes) = chunks.next().await {
            match bytes {
                Ok(bytes) => part.take(&bytes).await?,
                Err(error) => return Err(failed(error).await),
            }
        }
        drop(chunks);
        // it may have been replaced or written on while it was read
        self.same(sftp, &handle, file).await?;
        let _ = sftp.close(handle).await;
        Ok(length)
    }

    /// The length of an open file.
    ///
    /// # Errors
    /// [`Error::Input`] where it is no longer the file that was listed.
    async fn same(&self, sftp: &RawSftpSession, handle: &str, file: &Listed) -> Result<u64> {
        let now = match sftp.fstat(handle).await {
            Ok(now) => now.attrs,
            Err(error) => return Err(self.failed(error, &file.place).await),
        };
        match (now.size, version_of(&now)) {
            (Some(length), version) if version == file.version => Ok(length),
            (_, version) => {
                let found = format!("another version (time and size {version:?}, listed {:?})", file.version);
                let advice = "it was replaced or grows: the next look lists it anew";
                Err(Error::input(&file.place, found, "the file as it was listed", advice))
            }
        }
    }

    fn place(&self, path: &str) -> String {
        format!("{}{path}", self.access.name)
    }

    async fn session(&self) -> Result<Arc<Session>> {
        let mut kept = self.session.lock().await;
        if let Some(session) = kept.as_ref().filter(|session| !session.is_closed()) {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(self.access.connect().await?);
        *kept = Some(Arc::clone(&session));
        Ok(session)
    }

    /// The error of a request. After anything but a plain answer the connection is not trusted further.
    async fn failed(&self, error: Failure, place: &str) -> Error {
        let Failure::Status(status) = error else {
            *self.session.lock().await = None;
            let advice = "it is tried again; check host and network where that goes on";
            return Error::input(place, format!("no whole answer ({error})"), "an answer", advice);
        };
        let found = super::client::one_line(&format!("{}: {}", status.status_code, status.error_message));
        match status.status_code {
            StatusCode::NoSuchFile => {
                Error::input(place, found, "what was listed", "it is gone; nothing is to be done if it was replaced")
            }
            StatusCode::PermissionDenied => {
                Error::input(place, found, "leave to read", "ask who runs the server what this user may read")
            }
            _ => {
                Error::input(place, found, "an answer", "it is tried again; ask who runs the server where that goes on")
            }
        }
    }
}

fn version_of(attributes: &FileAttributes) -> String {
    match (attributes.mtime, attributes.size) {
        (Some(mtime), Some(size)) => format!("{mtime} {size}"),
        _ => String::new(),
    }
}

/// The bytes from a place on, a chunk of them or up to the end: a server may give them by halves.
async fn chunk(sftp: &RawSftpSession, handle: &str, at: u64, length: u64) -> std::result::Result<Vec<u8>, Failure> {
    let wanted = CHUNK.min(length - at) as usize;
    let mut bytes = Vec::with_capacity(wanted);
    while bytes.len() < wanted {
        let rest = (wanted - bytes.len()) as u32;
        let data = sftp.read(handle, at + bytes.len() as u64, rest).await?.data;
        if data.is_empty() || data.len() > rest as usize {
            return Err(Failure::UnexpectedBehavior(format!("{} bytes where {rest} were asked for", data.len())));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}
