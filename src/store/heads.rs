//! Heads of the audit noted outside of the store, a line each: `number hash time`. The chain alone proves nothing against who writes all of
//! it anew, for its hashes hold no secret; what was noted where that person cannot write does.

use super::Store;
use crate::error::{Error, Result};
use crate::time::Utc;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// A line of the audit that somebody wrote down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// Its number.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

/// What a file of heads says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heads {
    /// What the audit must hold.
    pub noted: Vec<Noted>,
    /// Numbers of lines that are no heads.
    pub damaged: Vec<usize>,
    /// Where an older backup was restored: the time, the last line that was noted before, and the line that the restoring itself wrote.
    pub restored: Vec<(String, i64, i64)>,
}

/// Pause between two heads.
const PAUSE_S: f64 = 60.0;
/// Letters of a hash.
const HASH: usize = 64;
/// What stands at the end of the line that a restoring notes: lines after its number that were noted before are gone with reason.
const RESTORED: &str = "restored";
/// No line is longer.
const LINE: u64 = 1024;

impl Noted {
    /// By its parts, as they were printed; `None` where they are none.
    pub fn of(seq: &str, hash: &str) -> Option<Self> {
        let seq = seq.trim().parse().ok().filter(|seq| *seq >= 1)?;
        let hash = hash.trim().to_ascii_lowercase();
        let is_hash = hash.len() == HASH && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then_some(Noted { seq, hash })
    }
}

impl Heads {
    /// Reads the file; `None` where there is none yet.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn read(path: &Path) -> Result<Option<Heads>> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(Some(Heads::of(&String::from_utf8_lossy(&bytes)))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::read(path, error)),
        }
    }

    fn of(text: &str) -> Heads {
        let mut heads = Heads::default();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let Some((noted, time, is_restored)) = parts(line) else {
                heads.damaged.push(number);
                continue;
            };
            if is_restored {
                let last = heads.noted.iter().map(|noted| noted.seq).max().unwrap_or(0);
                heads.restored.push((time.to_string(), last, noted.seq));
                heads.noted.retain(|before| before.seq < noted.seq);
            }
            heads.noted.push(noted);
        }
        heads
    }
}

fn parts(line: &str) -> Option<(Noted, &str, bool)> {
    let mut words = line.split_whitespace();
    let noted = Noted::of(words.next()?, words.next()?)?;
    let time = words.next().filter(|time| Utc::parse(time).is_some())?;
    match (words.next(), words.next()) {
        (None, _) => Some((noted, time, false)),
        (Some(RESTORED), None) => Some((noted, time, true)),
        _ => None,
    }
}

impl Store {
    /// Notes the head of the audit in a file that only grows, at most once a minute; with `at_once`, as at the end of a run, whenever it is new.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::Output`] where the file cannot be written.
    pub async fn note_head(&self, path: &Path, now: Utc, at_once: bool) -> Result<()> {
        let failed = |error: std::io::Error| Error::output(path, error);
        let last = last_line(path).map_err(failed)?;
        let last = last.as_deref().and_then(parts);
        let is_soon = last.as_ref().and_then(|(_, time, _)| Utc::parse(time)).is_some_and(|last| {
            // a clock that was set back holds nothing up
            (0.0..PAUSE_S).contains(&now.seconds_since(last))
        });
        if is_soon && !at_once {
            return Ok(());
        }
        let (seq, hash) = self.audit_head().await?;
        if seq < 1 || last.is_some_and(|(noted, ..)| noted == Noted { seq, hash: hash.clone() }) {
            return Ok(());
        }
        append(path, &format!("{seq} {hash} {}", now.rfc3339())).map_err(failed)
    }

    /// Notes that a backup was restored, whose audit goes on with this line: heads that were noted of later lines are of a past that is gone.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub fn note_restored(path: &Path, now: Utc, (seq, hash): &(i64, String)) -> Result<()> {
        let line = format!("{seq} {hash} {} {RESTORED}", now.rfc3339());
        append(path, &line).map_err(|error| Error::output(path, error))
    }
}

/// The last line that is whole.
fn last_line(path: &Path) -> std::io::Result<Option<String>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LINE)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    Ok(String::from_utf8_lossy(&end).lines().rfind(|line| !line.trim().is_empty()).map(str::to_string))
}

/// One write, so that lines of several programs do not mix; a line that was cut off is ended first.
fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let mut file = File::options().create(true).append(true).read(true).open(path)?;
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let begin = if last == *b"\n" { "" } else { "\n" };
    file.write_all(format!("{begin}{line}\n").as_bytes())?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_a_number_and_a_hash() {
        let hash = "0123456789abcdef".repeat(4);
        assert_eq!(Noted::of(" 7", &hash.to_uppercase()), Some(Noted { seq: 7, hash: hash.clone() }));
        for (seq, hash) in
            [("0", hash.as_str()), ("-1", &hash), ("x", &hash), ("7", "abc"), ("7", &hash[1..]), ("7", &"g".repeat(64))]
        {
            assert_eq!(Noted::of(seq, hash), None, "{seq}:{hash}");
        }
    }

    #[test]
    fn what_was_noted_before_an_older_backup_was_restored_is_not_asked_for() {
        let line = |seq: i64, more: &str| format!("{seq} {} 2025-10-20T05:30:00Z{more}", "ab".repeat(32));
        let text = [line(3, ""), line(9, ""), "damaged".into(), line(5, " restored"), line(6, ""), line(7, " other")]
            .join("\n");
        let heads = Heads::of(&text);
        assert_eq!(heads.noted.iter().map(|noted| noted.seq).collect::<Vec<_>>(), [3, 5, 6]);
        assert_eq!((heads.damaged, heads.restored), (vec![3, 6], vec![("2025-10-20T05:30:00Z".to_string(), 9, 5)]));
    }
}
