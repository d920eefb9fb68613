//! What was accepted, on the disk before it is answered. One writer knows all keys; those that wait share its fdatasync.

use super::judge::{Pushed, hash, unhex};
use crate::error::{Error, Result};
use crate::time::Utc;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use tokio::sync::{mpsc, oneshot};

/// What became of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// On the disk now.
    Kept,
    /// It was there already.
    Known,
    /// Its key is there with another body.
    Another,
    /// The disk would not take it.
    NotKept,
}

type Waiting = (Pushed, oneshot::Sender<Told>);

/// Way to the writer.
pub(super) struct Kept(mpsc::Sender<Waiting>);

/// Pushes that share a write at most.
const MOST_AT_ONCE: usize = 512;

impl Kept {
    /// Reads what is there, so that a receiver that was started again knows the keys, and starts the writer.
    ///
    /// # Errors
    /// [`Error::Input`] where a line is none of ours; [`Error::Output`] where the file cannot be written.
    pub(super) fn open(path: &Path) -> Result<Kept> {
        let keys = read(path)?;
        let file = File::options().create(true).append(true).open(path).map_err(|error| Error::output(path, error))?;
        // the name of a new file must last too
        if let Some(folder) = path.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| Error::output(folder, error))?;
        }
        let (sender, receiver) = mpsc::channel(4096);
        let writer = Writer { path: path.to_path_buf(), file, keys };
        std::thread::Builder::new()
            .name("kept".to_string())
            .spawn(move || writer.work(receiver))
            .map_err(|error| Error::output(path, error))?;
        Ok(Kept(sender))
    }

    /// Keeps a push, and answers when it is on the disk.
    pub(super) async fn tell(&self, pushed: Pushed) -> Told {
        let (sender, told) = oneshot::channel();
        if self.0.send((pushed, sender)).await.is_err() {
            return Told::NotKept;
        }
        told.await.unwrap_or(Told::NotKept)
    }
}

struct Writer {
    path: PathBuf,
    file: File,
    /// Hash of the body of every key.
    keys: HashMap<String, [u8; 32]>,
}

impl Writer {
    fn work(mut self, mut receiver: mpsc::Receiver<Waiting>) {
        let mut waiting = Vec::new();
        while let Some(first) = receiver.blocking_recv() {
            waiting.push(first);
            while waiting.len() < MOST_AT_ONCE
                && let Ok(next) = receiver.try_recv()
            {
                waiting.push(next);
            }
            self.keep(std::mem::take(&mut waiting));
        }
    }

    fn keep(&mut self, waiting: Vec<Waiting>) {
        let mut lines = Vec::new();
        let mut new = Vec::new();
        let mut answers = Vec::with_capacity(waiting.len());
        for (pushed, sender) in waiting {
            let told = match self.keys.get(&pushed.key) {
                Some(hash) if *hash == pushed.hash => Told::Known,
                Some(_) => Told::Another,
                None => {
                    lines.extend_from_slice(line(&pushed).as_bytes());
                    new.push(pushed.key.clone());
                    self.keys.insert(pushed.key, pushed.hash);
                    Told::Kept
                }
            };
            answers.push((told, sender));
        }
        if let Err(error) = self.write(&lines) {
            tracing::error!("{}: {error}", self.path.display());
            // what is not on the disk was never received; a half-written line is cut at the next start
            new.iter().for_each(|key| _ = self.keys.remove(key));
            answers.iter_mut().for_each(|(told, _)| *told = Told::NotKept);
        }
        for (told, sender) in answers {
            // who no longer waits will ask again
            let _ = sender.send(told);
        }
    }

    fn write(&mut self, lines: &[u8]) -> std::io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let before = self.file.metadata()?.len();
        let written = self.file.write_all(lines).and_then(|()| self.file.sync_data());
        if written.is_err() {
            self.file.set_len(before)?;
        }
        written
    }
}

fn line(pushed: &Pushed) -> String {
    let sha256: String = pushed.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let line = json!({
        "received_at": now(),
        "key": pushed.key,
        "type": pushed.kind,
        "event": pushed.event,
        "sha256": sha256,
        "body": pushed.body,
    });
    format!("{line}\n")
}

/// RFC 3339 to the millisecond: how long a notice took is measured by it.
fn now() -> String {
    let now = Utc::now();
    let whole = now.rfc3339();
    format!("{}.{:03}Z", whole.trim_end_matches('Z'), now.unix_millis().rem_euclid(1000))
}

/// Keys of an earlier run. A last line without an end is of a write that was cut off and was never answered: it is taken away.
fn read(path: &Path) -> Result<HashMap<String, [u8; 32]>> {
    let file = match File::options().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) => return Err(Error::read(path, error)),
    };
    let mut keys = HashMap::new();
    let mut whole = 0;
    let mut reader = BufReader::new(&file);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).map_err(|error| Error::read(path, error))? > 0 {
        if !line.ends_with(b"\n") {
            tracing::warn!("{}: its last line was cut off and is taken away", path.display());
            file.set_len(whole).map_err(|error| Error::output(path, error))?;
            break;
        }
        whole += line.len() as u64;
        let (key, hash) = key_of(&line).ok_or_else(|| {
            Error::input(
                path,
                format!("a line that is none of a receiver, after {} keys", keys.len()),
                "received.jsonl",
                "move it away",
            )
        })?;
        keys.insert(key, hash);
        line.clear();
    }
    Ok(keys)
}

fn key_of(line: &[u8]) -> Option<(String, [u8; 32])> {
    let line: Value = serde_json::from_slice(line).ok()?;
    let hash_of_body = || hash(line["body"].to_string().as_bytes());
    let written = line["sha256"].as_str().and_then(unhex).and_then(|bytes| bytes.try_into().ok());
    Some((line["key"].as_str()?.to_string(), written.unwrap_or_else(hash_of_body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(key: &str, body: &str) -> Pushed {
        let (kind, event) = ("strawfire.event.new".to_string(), "e".to_string());
        Pushed { key: key.to_string(), kind, event, body: json!({ "id": key, "x": body }), hash: hash(body.as_bytes()) }
    }

    #[tokio::test]
    async fn a_key_is_kept_once_and_known_again_after_a_restart() {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("received.jsonl");
        let kept = Kept::open(&path).expect("opened");
        assert_eq!(kept.tell(pushed("e:1", "a")).await, Told::Kept);
        assert_eq!(kept.tell(pushed("e:1", "a")).await, Told::Known);
        assert_eq!(kept.tell(pushed("e:1", "b")).await, Told::Another);
        drop(kept);
        let mut file = File::options().append(true).open(&path).expect("opened");
        file.write_all(b"{\"key\":\"e:2\",\"sha").expect("a cut line");
        let kept = Kept::open(&path).expect("opened again");
        assert_eq!(kept.tell(pushed("e:1", "a")).await, Told::Known);
        assert_eq!(kept.tell(pushed("e:2", "a")).await, Told::Kept);
        let text = std::fs::read_to_string(&path).expect("read");
        assert_eq!(text.lines().count(), 2, "{text}");
        std::fs::write(&path, "grid\n").expect("written");
        assert!(matches!(Kept::open(&path), Err(Error::Input { .. })));
    }
}
