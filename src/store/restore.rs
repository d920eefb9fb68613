//! A backup into an empty store: all of it or nothing, in one transaction, so that a process that is killed leaves an empty store.

use super::backup::{COUNTERS, Foot, Head, KIND, Line, TABLES, hex};
use super::migrate::NEWEST;
use super::{Actor, Broken, Store, StoreError, Write};
use crate::error::{Error, Result};
use crate::time::Utc;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader, Seek as _};
use std::path::Path;

/// What was restored.
pub struct Restored {
    /// The store.
    pub store: Store,
    /// Rows of the backup.
    pub rows: u64,
    /// Number and hash of the line of the audit that says so.
    pub head: (i64, String),
    /// Where the audit that was restored is not as it was written.
    pub broken: Option<Broken>,
}

/// The counters with the schema that brought them, and the numbers that they gave out.
const NUMBERS: &[(i64, &str, &str, &str)] = &[
    (1, "outbox", "outbox", "id"),
    (1, "calls", "calls", "id"),
    (2, "changes", "events", "seq"),
    (2, "steps", "steps", "id"),
    (3, "slots", "slots", "id"),
];
/// The counter that the revisions of a restored store begin after.
const REVISIONS: &str = "revisions";
/// 2020-01-01, seconds since 1970.
const YEAR_2020_S: i64 = 1_577_836_800;

impl Store {
    /// Puts a backup into a new store, or into one that is empty: all of it or nothing. One of an earlier schema goes into that schema and
    /// is brought to the newest.
    ///
    /// # Errors
    /// [`Error::Input`] where the file is no whole backup; [`Error::Config`] where the store is not empty, or of a later schema than
    /// the backup; [`Error::Store`].
    pub async fn restore(url: &str, path: &Path, now: Utc, actor: &Actor) -> Result<Restored> {
        let file = open(path)?;
        // nothing is made of what is not whole
        let mut reading = Reading::begin(path, &file)?;
        while reading.next()?.is_some() {}
        let (head, foot) = (reading.head, reading.foot);
        let store = Store::connect(url, true).await?;
        let head_of_audit = store.watched(store.put_rows(path, &file, (&head, &foot), now, actor)).await?;
        let broken = store.verify_audit(None).await?.broken;
        Ok(Restored { store, rows: foot.map_or(0, |foot| foot.rows), head: head_of_audit, broken })
    }

    async fn put_rows(
        &self,
        path: &Path,
        file: &File,
        (head, foot): (&Head, &Option<Foot>),
        now: Utc,
        actor: &Actor,
    ) -> Result<(i64, String)> {
        let told = |error| self.told(error);
        let mut write = self.write().await?;
        write.migrate_to(head.schema).await.map_err(|error| self.told_of_restore(error, path, head.schema))?;
        if !write.is_empty(head.schema).await.map_err(told)? {
            let expected = "an empty store: nothing is written over";
            let advice = "name another store in store.url, or move this one away";
            let found = format!("{} with records", self.name());
            return Err(Error::config("site.toml: store.url", found, expected, advice));
        }
        sqlx::query("DELETE FROM counters").execute(&mut *write.tx).await.map_err(|error| told(error.into()))?;
        let mut reading = Reading::begin(path, file)?;
        while let Some(line) = reading.next()? {
            let put = write.put_row(&line).await;
            let number = reading.number;
            put.map_err(|error| damaged(path, format!("a row of {} in line {number} ({error})", line.table)))?;
        }
        if (&reading.head, &reading.foot) != (head, foot) {
            return Err(damaged(path, "another text than a moment before"));
        }
        if let Some(found) = write.counter_amiss(head.schema).await.map_err(told)? {
            return Err(damaged(path, found));
        }
        write.migrate_to(NEWEST).await.map_err(told)?;
        write.raise_revisions(now).await.map_err(told)?;
        let detail =
            serde_json::json!({ "file": path.display().to_string(), "rows": foot.as_ref().map(|foot| foot.rows) });
        write.add_line(now, actor, "restore", "store", &detail.to_string()).await.map_err(told)?;
        let head = write.head.clone().unwrap_or_default();
        write.commit().await?;
        Ok(head)
    }

    fn told_of_restore(&self, error: StoreError, path: &Path, schema: i64) -> Error {
        match error {
            StoreError::Newer { found, .. } => Error::config(
                "site.toml: store.url",
                format!("{} of schema {found}", self.name()),
                format!("a new store: {} is a backup of schema {schema}", path.display()),
                "name a store in store.url that is not there yet",
            ),
            error => self.told(error),
        }
    }
}

impl Write<'_> {
    async fn is_empty(&mut self, schema: i64) -> std::result::Result<bool, StoreError> {
        for (_, table, _) in TABLES.iter().filter(|(since, table, _)| *since <= schema && *table != COUNTERS) {
            let count = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            let (count,): (i64,) = sqlx::query_as(count).fetch_one(&mut *self.tx).await?;
            if count > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A counter that is not there, or that would give a number out again.
    async fn counter_amiss(&mut self, schema: i64) -> std::result::Result<Option<String>, StoreError> {
        for (_, counter, table, column) in NUMBERS.iter().filter(|(since, ..)| *since <= schema) {
            let value = "SELECT value FROM counters WHERE name = $1";
            let value: Option<(i64,)> = sqlx::query_as(value).bind(*counter).fetch_optional(&mut *self.tx).await?;
            let Some((value,)) = value else { return Ok(Some(format!("no counter {counter}"))) };
            let most = sqlx::AssertSqlSafe(format!("SELECT COALESCE(MAX({column}), 0) FROM {table}"));
            let (most,): (i64,) = sqlx::query_as(most).fetch_one(&mut *self.tx).await?;
            if value < most {
                return Ok(Some(format!("the counter {counter} at {value}, and {table} up to {most}")));
            }
        }
        Ok(None)
    }

    /// What was told after the backup was taken went out under numbers that this store does not know of: the same numbers would then mean
    /// another body, and a receiver that keeps keys would leave it out. Minutes since 2020 are above them, for an event changes less
    /// often than once a minute, and above those of an earlier restoring of the same backup too.
    async fn raise_revisions(&mut self, now: Utc) -> std::result::Result<(), StoreError> {
        let least = ((now.micros() / 1_000_000 - YEAR_2020_S) / 60).max(1);
        let raise = "UPDATE events SET revision = CASE WHEN revision < $1 THEN $1 ELSE revision + 1 END";
        sqlx::query(raise).bind(least).execute(&mut *self.tx).await?;
        let keep = "INSERT INTO counters (name, value) VALUES ($1, $2) \
                    ON CONFLICT (name) DO UPDATE SET value = CASE WHEN counters.value < $2 THEN $2 ELSE counters.value + 1 END";
        sqlx::query(keep).bind(REVISIONS).bind(least).execute(&mut *self.tx).await?;
        Ok(())
    }

    /// The first number of a new event: 1, but in a store that was restored, which may have known the event before.
    pub(super) async fn first_revision(&mut self) -> std::result::Result<i64, StoreError> {
        let kept = sqlx::query_as("SELECT value FROM counters WHERE name = $1").bind(REVISIONS);
        let kept: Option<(i64,)> = kept.fetch_optional(&mut *self.tx).await?;
        Ok(kept.map_or(1, |(value,)| value + 1))
    }
}

/// A file that can be read twice.
fn open(path: &Path) -> Result<File> {
    let is_file = |found: &std::fs::Metadata| {
        let found = if found.is_file() {
            return Ok(());
        } else if found.is_dir() {
            "a folder"
        } else {
            "a pipe or a device"
        };
        Err(Error::input(path, found, "a file of `strawfire backup`", "write it into a file first, and name that"))
    };
    // a pipe would be waited for by the opening already
    is_file(&std::fs::metadata(path).map_err(|error| Error::read(path, error))?)?;
    let file = File::open(path).map_err(|error| Error::read(path, error))?;
    is_file(&file.metadata().map_err(|error| Error::read(path, error))?)?;
    Ok(file)
}

/// A backup, row by row from its beginning: whole only when the foot agrees with all that was read.
struct Reading<'a> {
    path: &'a Path,
    lines: BufReader<&'a File>,
    /// Of the last line.
    number: u64,
    text: String,
    rows: u64,
    hash: Sha256,
    head: Head,
    foot: Option<Foot>,
}

impl<'a> Reading<'a> {
    fn begin(path: &'a Path, mut file: &'a File) -> Result<Self> {
        file.rewind().map_err(|error| Error::read(path, error))?;
        let head = Head { kind: String::new(), schema: 0, program_version: String::new() };
        let lines = BufReader::with_capacity(1 << 18, file);
        let mut reading =
            Reading { path, lines, number: 0, text: String::new(), rows: 0, hash: Sha256::new(), head, foot: None };
        reading.line()?;
        let head: Option<Head> = serde_json::from_str(&reading.text).ok();
        reading.head = head.filter(|head| head.kind == KIND).ok_or_else(|| damaged(path, "no head of one"))?;
        let schema = reading.head.schema;
        if !(1..=NEWEST).contains(&schema) {
            let found = format!("one of schema {schema}, and this version knows up to {NEWEST}");
            return Err(Error::input(path, found, "a backup of this version or an earlier one", "use a later version"));
        }
        reading.add();
        Ok(reading)
    }

    /// The next row; `None` after the last.
    fn next(&mut self) -> Result<Option<Line>> {
        if !self.line()? {
            return Err(damaged(self.path, "no foot: it is cut off"));
        }
        if let Ok(line) = serde_json::from_str::<Line>(&self.text) {
            self.rows += 1;
            self.add();
            return Ok(Some(line));
        }
        let Ok(foot) = serde_json::from_str::<Foot>(&self.text) else {
            return Err(damaged(self.path, format!("a line {} that is no row", self.number)));
        };
        if foot.rows != self.rows || foot.sha256 != hex(&self.hash.clone().finalize()) {
            return Err(damaged(self.path, "rows that are not those that were written"));
        }
        self.foot = Some(foot);
        if self.line()? {
            return Err(damaged(self.path, format!("a line {} after the foot", self.number)));
        }
        Ok(None)
    }

    /// Reads a line without its end; `false` where there is none.
    fn line(&mut self) -> Result<bool> {
        self.text.clear();
        self.number += 1;
        let read = self.lines.read_line(&mut self.text).map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => damaged(self.path, format!("a line {} that is no text", self.number)),
            _ => Error::read(self.path, error),
        })?;
        if self.text.ends_with('\n') {
            self.text.pop();
        }
        Ok(read > 0)
    }

    fn add(&mut self) {
        self.hash.update(self.text.as_bytes());
        self.hash.update(b"\n");
    }
}

fn damaged(path: &Path, found: impl Into<String>) -> Error {
    Error::input(path, found, "a whole file of `strawfire backup`", "take another backup; nothing was restored")
}
