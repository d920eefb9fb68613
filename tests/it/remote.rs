//! Inboxes elsewhere, against real servers on loopback: what all their tests share.

#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test fails as a test does")]

mod firms;
mod http;
mod pages;
mod s3;
mod sftp;

use crate::common::project;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use strawfire::error::{Error, Result};
use strawfire::ingest::remote::{Listed, Remote};
use strawfire::site::{Inbox, Site};
use strawfire::time::Utc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A password with all that a form of writing could change.
pub const PASSWORD: &str = "Gr8+geheim/=&x";

/// A file of a product, and one that is none.
pub const NAME: &str = "HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT.bz2";
pub const OTHER: &str = "readme.txt";

/// The inbox of a site of its own; the file `password` lies beside it.
pub fn inbox(folder: &Path, toml: &str) -> Inbox {
    std::fs::write(folder.join("password"), format!("{PASSWORD}\n")).expect("written");
    std::fs::write(folder.join("site.toml"), format!("[[station.inboxes]]\nname = 'a'\n{toml}\n")).expect("written");
    std::fs::copy(project().join("sites/haidong/counties.geojson"), folder.join("counties.geojson")).expect("copied");
    Site::load(folder).unwrap_or_else(|error| panic!("{error}")).inboxes.remove(0)
}

/// A folder that is served, what is fetched, and what holds both.
pub struct Place {
    pub served: PathBuf,
    pub into: PathBuf,
    pub folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let (served, into) = (folder.path().join("served"), folder.path().join("into"));
        std::fs::create_dir_all(&served).expect("made");
        Place { served, into, folder }
    }

    /// Puts bytes that no two files share.
    pub fn put(&self, name: &str, length: usize) -> Vec<u8> {
        let path = self.served.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let bytes = noise(name, length);
        std::fs::write(&path, &bytes).expect("written");
        bytes
    }

    pub fn remote(&self, toml: &str) -> Remote {
        Remote::open(&inbox(self.folder.path(), toml)).unwrap_or_else(|error| panic!("{error}"))
    }

    /// What lies where files are fetched to, sorted.
    pub fn fetched(&self) -> Vec<String> {
        names(&self.into)
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Bytes by a generator of Knuth (MMIX), from the name.
pub fn noise(name: &str, length: usize) -> Vec<u8> {
    let mut state = name.bytes().fold(7_u64, |state, byte| state.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// The hour of [`NAME`] and the next.
pub fn span() -> (Utc, Utc) {
    let at = |text| Utc::parse(text).expect("a time");
    (at("2025-10-20T05:00:00Z"), at("2025-10-20T06:10:00Z"))
}

pub async fn list(remote: &Remote) -> Result<Vec<Listed>> {
    let (from, to) = span();
    remote.list(from, to).await
}

pub fn names_of(listed: &[Listed]) -> Vec<&str> {
    listed.iter().map(|file| file.name.as_str()).collect()
}

/// The words of an error that tells of the other side, without our secret.
pub fn input_error<T: std::fmt::Debug>(result: Result<T>) -> String {
    let error = result.expect_err("an error");
    assert!(matches!(error, Error::Input { .. }), "{error:?}");
    let words = error.to_string();
    assert!(!words.contains("geheim") && !words.contains("Z2VoZWlt"), "{words}");
    words
}

/// A way to a server that is slow or breaks off: each connection after so many bytes from the server.
pub struct Way {
    pub port: u16,
    /// Bytes after which a connection is cut; `u64::MAX`: never.
    pub cut_after: Arc<AtomicU64>,
    /// Microseconds of rest after each 16 kB.
    pub rest_us: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Way {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Way {
    pub async fn to(port: u16) -> Way {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let own = listener.local_addr().expect("an address").port();
        let cut_after = Arc::new(AtomicU64::new(u64::MAX));
        let rest_us = Arc::new(AtomicU64::new(0));
        let (cut, rest) = (Arc::clone(&cut_after), Arc::clone(&rest_us));
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await {
                    tokio::spawn(carry(near, far, Arc::clone(&cut), Arc::clone(&rest)));
                }
            }
        });
        Way { port: own, cut_after, rest_us, task }
    }
}

async fn carry(near: TcpStream, far: TcpStream, cut: Arc<AtomicU64>, rest: Arc<AtomicU64>) {
    let ((mut near_in, mut near_out), (mut far_in, mut far_out)) = (near.into_split(), far.into_split());
    let asking = tokio::spawn(async move { tokio::io::copy(&mut near_in, &mut far_out).await });
    let (mut carried, mut bytes) = (0_u64, vec![0; 16 << 10]);
    while let Ok(read @ 1..) = far_in.read(&mut bytes).await {
        if near_out.write_all(&bytes[..read]).await.is_err() {
            break;
        }
        carried += read as u64;
        if carried >= cut.load(Ordering::SeqCst) {
            break;
        }
        let rest = rest.load(Ordering::SeqCst);
        if rest > 0 {
            tokio::time::sleep(Duration::from_micros(rest)).await;
        }
    }
    asking.abort();
}
