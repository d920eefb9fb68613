//! The whole store as one text, a row a line, the same for both databases: it is read in one transaction while others write, and is
//! put into an empty store of either.

use super::migrate::SCHEMAS;
use super::statement::Statement;
use super::{Store, StoreError, Write};
use crate::error::{Error, Result};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{Column, Row, TypeInfo};
use std::io::BufRead;
use std::path::Path;

/// All tables with the schema that brought them and what their rows are ordered by. Sessions are no records: who restores signs in again.
const TABLES: &[(i64, &str, &str)] = &[
    (1, "looks", "name"),
    (1, "coverage", "look, adcode"),
    (1, "fires", "id"),
    (1, "events", "id"),
    (1, "members", "event, fire"),
    (1, "outbox", "id"),
    (1, "calls", "id"),
    (1, "audit", "seq"),
    (1, "counters", "name"),
    (2, "reach", "area, event, why"),
    (2, "cases", "event"),
    (2, "steps", "id"),
    (2, "accounts", "name"),
    (2, "tasks", "id"),
    (2, "photos", "id"),
    (2, "posts", "code"),
];
const KIND: &str = "strawfire backup";

/// First line.
#[derive(Serialize, Deserialize)]
struct Head {
    kind: String,
    schema: i64,
    program_version: String,
}

/// Every other line but the last.
#[derive(Serialize, Deserialize)]
struct Line {
    table: String,
    row: serde_json::Map<String, Value>,
}

/// Last line: a file without it is not whole.
#[derive(Serialize, Deserialize)]
struct Foot {
    rows: u64,
    sha256: String,
}

impl Store {
    /// Gives every line of a backup to `write`; how many rows that are.
    ///
    /// # Errors
    /// [`Error::Store`], or what `write` says.
    pub async fn backup(&self, mut write: impl FnMut(&str) -> Result<()>) -> Result<u64> {
        let mut hash = Sha256::new();
        let mut put = |line: &str| {
            hash.update(line.as_bytes());
            hash.update(b"\n");
            write(line)
        };
        let told = |error: StoreError| self.told(error);
        let head =
            Head { kind: KIND.into(), schema: SCHEMAS.len() as i64, program_version: env!("CARGO_PKG_VERSION").into() };
        put(&super::to_text(&head).map_err(told)?)?;
        // one view of all tables, whatever others write meanwhile
        let mut tx = self.pool.begin_with(self.dialect.begin_reading()).await.map_err(|error| told(error.into()))?;
        let mut rows = 0;
        for (_, table, order) in TABLES {
            let all = sqlx::AssertSqlSafe(format!("SELECT * FROM {table} ORDER BY {order}"));
            let mut stream = sqlx::query(all).fetch(&mut *tx);
            while let Some(row) = stream.next().await {
                let row = row.map_err(|error| told(error.into()))?;
                let line = Line { table: (*table).to_string(), row: values(&row).map_err(told)? };
                put(&super::to_text(&line).map_err(told)?)?;
                rows += 1;
            }
        }
        let sha256 = hex(&hash.finalize());
        write(&super::to_text(&Foot { rows, sha256 }).map_err(told)?)?;
        Ok(rows)
    }

    /// Puts a backup into a new store, or into one that is empty: all of it or nothing. One of an earlier schema goes into that schema and
    /// is brought to the newest.
    ///
    /// # Errors
    /// [`Error::Input`] where the file is no whole backup; [`Error::Config`] where the store is not empty, or of a later schema than
    /// the backup; [`Error::Store`].
    pub async fn restore(url: &str, path: &Path) -> Result<(Store, u64)> {
        let schema = check(path)?;
        let store = Store::connect(url).await?;
        store.migrate_to(schema).await.map_err(|error| store.told_of_restore(error, path, schema))?;
        let rows = store.put_rows(path, schema).await?;
        store.migrate().await.map_err(|error| store.told(error))?;
        Ok((store, rows))
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

    async fn put_rows(&self, path: &Path, schema: i64) -> Result<u64> {
        let mut write = self.write().await?;
        if !write.is_empty(schema).await.map_err(|error| self.told(error))? {
            let expected = "an empty store: nothing is written over";
            let advice = "name another store in store.url, or move this one away";
            return Err(Error::config(
                "site.toml: store.url",
                format!("{} with records", self.name()),
                expected,
                advice,
            ));
        }
        sqlx::query("DELETE FROM counters").execute(&mut *write.tx).await.map_err(|error| self.told(error.into()))?;
        let mut rows = 0;
        for (number, line) in (1_u64..).zip(lines(path)?) {
            let line = line.map_err(|error| Error::read(path, error))?;
            if let Ok(line) = serde_json::from_str::<Line>(&line) {
                let put = write.put_row(&line).await;
                put.map_err(|error| damaged(path, format!("a row of {} in line {number} ({error})", line.table)))?;
                rows += 1;
            }
        }
        write.commit().await?;
        Ok(rows)
    }
}

impl Write<'_> {
    async fn is_empty(&mut self, schema: i64) -> std::result::Result<bool, StoreError> {
        for (_, table, _) in TABLES.iter().filter(|(since, table, _)| *since <= schema && *table != "counters") {
            let count = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            let (count,): (i64,) = sqlx::query_as(count).fetch_one(&mut *self.tx).await?;
            if count > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn put_row(&mut self, line: &Line) -> std::result::Result<(), StoreError> {
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !TABLES.iter().any(|(_, table, _)| *table == line.table) || !line.row.keys().all(|name| is_name(name)) {
            return Err(StoreError::Record(format!("no table {:?} with such columns", line.table)));
        }
        let columns: Vec<&str> = line.row.keys().map(String::as_str).collect();
        let mut query = Statement::new(format!("INSERT INTO {} ({}) VALUES (", line.table, columns.join(", ")));
        for (at, value) in line.row.values().enumerate() {
            query.push(if at == 0 { "" } else { ", " });
            match value {
                Value::String(text) => query.bind(text.as_str()),
                Value::Number(number) => match number.as_i64() {
                    Some(whole) => query.bind(whole),
                    None => query.bind(number.as_f64().unwrap_or(f64::NAN)),
                },
                _ => query.push("NULL"),
            }
        }
        query.push(")");
        query.execute(&mut self.tx).await?;
        Ok(())
    }
}

/// The columns of a row by their names.
fn values(row: &AnyRow) -> std::result::Result<serde_json::Map<String, Value>, StoreError> {
    let value = |at: usize, kind: &str| -> std::result::Result<Value, sqlx::Error> {
        Ok(match kind {
            "TEXT" => row.try_get::<Option<String>, _>(at)?.into(),
            "DOUBLE" | "REAL" => row.try_get::<Option<f64>, _>(at)?.into(),
            "NULL" => Value::Null,
            _ => row.try_get::<Option<i64>, _>(at)?.into(),
        })
    };
    let columns = row.columns().iter().enumerate();
    columns.map(|(at, column)| Ok((column.name().to_string(), value(at, column.type_info().name())?))).collect()
}

/// The schema of a file that is a whole backup of one that this version knows.
fn check(path: &Path) -> Result<i64> {
    let (mut hash, mut rows, mut last) = (Sha256::new(), 0_u64, String::new());
    let mut schema = 0;
    for (number, line) in lines(path)?.enumerate() {
        let line = line.map_err(|error| Error::read(path, error))?;
        if number == 0 {
            let head: Option<Head> = serde_json::from_str(&line).ok();
            let head = head.filter(|head| head.kind == KIND).ok_or_else(|| damaged(path, "no head of one"))?;
            if !(1..=SCHEMAS.len() as i64).contains(&head.schema) {
                let found = format!("one of schema {}, and this version knows up to {}", head.schema, SCHEMAS.len());
                return Err(Error::input(path, found, "a backup of this version or an earlier one", "use a later version"));
            }
            schema = head.schema;
        } else {
            rows += 1;
        }
        if !last.is_empty() {
            hash.update(last.as_bytes());
            hash.update(b"\n");
        }
        last = line;
    }
    if last.is_empty() {
        return Err(damaged(path, "no head of one"));
    }
    let foot: Foot = serde_json::from_str(&last).map_err(|_| damaged(path, "no foot: it is cut off"))?;
    let is_whole = foot.rows + 1 == rows && foot.sha256 == hex(&hash.finalize());
    if is_whole { Ok(schema) } else { Err(damaged(path, "rows that are not those that were written")) }
}

fn lines(path: &Path) -> Result<std::io::Lines<std::io::BufReader<std::fs::File>>> {
    let file = std::fs::File::open(path).map_err(|error| Error::read(path, error))?;
    Ok(std::io::BufReader::new(file).lines())
}

fn damaged(path: &Path, found: impl Into<String>) -> Error {
    Error::input(path, found, "a whole file of `strawfire backup`", "take another backup; nothing was restored")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
