//! Imagery that lies elsewhere: buckets, directories of web and SSH servers, and the fire lists of FIRMS. What is listed is only what the
//! inbox asks for; what is fetched has its name when it is whole. "No files" is never said where nobody could look.

mod client;
mod firms;
mod folders;
mod http;
mod listing;
mod part;
mod s3;
mod sftp;
mod wanted;

use crate::error::{Error, Result};
use crate::site::{Inbox, Source};
use crate::time::Utc;
pub use firms::Firms;
pub(in crate::ingest) use s3::read_object;
use std::path::{Path, PathBuf};

/// A file that lies elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Listed {
    /// Its name; one that is safe as a file name here.
    pub name: String,
    /// Where it is: address, key or path; holds no secret.
    pub place: String,
    /// Bytes, where the other side says them to the byte.
    pub size: Option<u64>,
    /// Changes when its bytes do: the ETag, else time and size as they are listed; empty where the other side says nothing.
    pub version: String,
    /// When it was put there, where the other side says that with its time zone.
    pub modified: Option<Utc>,
}

/// Folders of longer ago than this, seconds, change seldom: what comes so late is late anyway.
const SETTLED_S: f64 = 2.0 * 3600.0;
/// They are looked into again after so long, seconds: a day of folders asked for every minute would be no manners.
const AGAIN_S: f64 = 600.0;

/// An inbox elsewhere.
#[derive(Debug)]
pub struct Remote {
    kind: Kind,
    settled: tokio::sync::Mutex<Option<Settled>>,
}

/// What was found in folders of longer ago.
#[derive(Debug)]
struct Settled {
    from: Utc,
    to: Utc,
    files: Vec<Listed>,
}

#[derive(Debug)]
enum Kind {
    S3(s3::Bucket),
    Http(http::Directory),
    Sftp(sftp::Directory),
}

impl Remote {
    /// Reads the secrets of an inbox; asks nobody yet.
    ///
    /// # Errors
    /// [`Error::Config`] where a secret or key cannot be read, or the inbox is no bucket or directory elsewhere.
    pub fn open(inbox: &Inbox) -> Result<Remote> {
        let kind = match &inbox.source {
            Source::S3 { .. } => Kind::S3(s3::Bucket::open(inbox)?),
            Source::Http { .. } => Kind::Http(http::Directory::open(inbox)?),
            Source::Sftp { .. } => Kind::Sftp(sftp::Directory::open(inbox)?),
            Source::Folder { .. } | Source::Firms { .. } => return Err(no_directory(inbox, "s3, http or sftp")),
        };
        Ok(Remote { kind, settled: tokio::sync::Mutex::new(None) })
    }

    /// The files that the inbox asks for, in the folders of `[from, to]`; a folder that is not there yet is empty. `to` is the time of the
    /// question: folders of more than two hours before it are looked into every ten minutes.
    ///
    /// # Errors
    /// [`Error::Input`] where nobody could look: no connection, a login that is refused, an answer that is no listing, or the folder
    /// above all of those that hold the time is not there; [`Error::Config`] where the key of an SSH server is not the known one.
    pub async fn list(&self, from: Utc, to: Utc) -> Result<Vec<Listed>> {
        let mut settled = self.settled.lock().await;
        let is_fresh =
            |known: &Settled| known.from <= from && (0.0..SETTLED_S + AGAIN_S).contains(&to.seconds_since(known.to));
        let until = to.plus_seconds(-SETTLED_S).filter(|until| *until > from && self.template().has_time());
        match until {
            None => *settled = None,
            Some(_) if settled.as_ref().is_some_and(is_fresh) => {}
            Some(until) => *settled = Some(Settled { from, to: until, files: self.look(from, until).await? }),
        }
        let mut files = self.look(settled.as_ref().map_or(from, |known| known.to), to).await?;
        files.extend(settled.iter().flat_map(|known| known.files.iter().cloned()));
        // of two reports of one file the later stays
        files.sort_by(|a, b| a.place.cmp(&b.place));
        files.dedup_by(|later, first| later.place == first.place);
        Ok(files)
    }

    async fn look(&self, from: Utc, to: Utc) -> Result<Vec<Listed>> {
        match &self.kind {
            Kind::S3(bucket) => bucket.list(from, to).await,
            Kind::Http(directory) => directory.list(from, to).await,
            Kind::Sftp(directory) => directory.list(from, to).await,
        }
    }

    fn template(&self) -> &folders::Template {
        match &self.kind {
            Kind::S3(bucket) => &bucket.template,
            Kind::Http(directory) => &directory.template,
            Kind::Sftp(directory) => &directory.template,
        }
    }

    /// Fetches a file into a folder and gives its path there. A half one of the same version goes on where it broke off, where the other
    /// side can do that; nothing has the file's name before it is whole, checked and on the disk. One at a time for one name and folder.
    ///
    /// # Errors
    /// [`Error::Input`] where it does not come whole, or is another one than was listed; [`Error::Output`] where it cannot be written.
    pub async fn fetch(&self, file: &Listed, into: &Path) -> Result<PathBuf> {
        match &self.kind {
            Kind::S3(bucket) => bucket.fetch(file, into).await,
            Kind::Http(directory) => directory.fetch(file, into).await,
            Kind::Sftp(directory) => directory.fetch(file, into).await,
        }
    }

    /// The other side's clock minus ours, seconds, by its last answer; `None` where it says no time.
    pub fn skew_s(&self) -> Option<f64> {
        match &self.kind {
            Kind::S3(bucket) => bucket.skew.seconds(),
            Kind::Http(directory) => directory.web.skew.seconds(),
            Kind::Sftp(_) => None,
        }
    }
}

fn no_directory(inbox: &Inbox, expected: &str) -> Error {
    let advice = "a folder is read where it is, and lists of FIRMS are asked for by their names";
    Error::config(&inbox.place, "another kind of inbox", format!("the kind {expected}"), advice)
}

/// What stands behind the beginning that is common to all files of an inbox.
///
/// # Errors
/// [`Error::Input`] where the file is of elsewhere: nobody may be led to fetch, with our login, what he likes.
fn within<'a>(file: &'a Listed, beginning: &str) -> Result<&'a str> {
    let rest = file.place.strip_prefix(beginning).filter(|rest| !rest.split('/').any(|part| part == ".."));
    rest.ok_or_else(|| {
        let found = "a file that is not of this inbox";
        Error::input(
            &file.place,
            found,
            format!("one below {beginning}"),
            "list the inbox again: its address was changed",
        )
    })
}

/// Longer than it was said to be: it grows, or the answer is another file.
fn too_long(place: &str, length: u64) -> Error {
    let found = format!("more than the {length} bytes that were announced");
    Error::input(place, found, "the file as it was listed", "it is fetched again at the next look")
}
