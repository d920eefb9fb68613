//! The whole store as one text, a row a line, the same for both databases: it is read in one transaction while others write.

use super::statement::Statement;
use super::{Store, StoreError, Write};
use crate::error::Result;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{Column, Row, TypeInfo};

/// All tables with the schema that brought them and what their rows are ordered by. Sessions are no records: who restores signs in again.
pub(super) const TABLES: &[(i64, &str, &str)] = &[
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
    (3, "slots", "id"),
    (3, "granules", "name"),
    (3, "jobs", "name, due_us"),
    (3, "alarms", "name, since_us"),
    (3, "station", "name"),
    (4, "sightings", "id"),
    (4, "camera_looks", "event, camera, time_us"),
    (4, "intake", "source, vendor_id"),
    (5, "their_lists", "sha256"),
    (6, "deadlines", "event, since_us, step"),
    (7, "shifts", "id"),
    (7, "handovers", "id"),
    (7, "handover_remarks", "id"),
    (7, "phone_log", "id"),
    (7, "nil_reports", "adcode, due_us"),
    (8, "reports", "id"),
    (10, "patrol_plans", "id"),
    (10, "patrol_tracks", "id"),
    (11, "their_list_files", "list, name"),
];
/// The table that a new store has rows in.
pub(super) const COUNTERS: &str = "counters";
pub(super) const KIND: &str = "strawfire backup";

/// First line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub kind: String,
    pub schema: i64,
    pub program_version: String,
}

/// Every other line but the last.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    pub table: String,
    pub row: serde_json::Map<String, Value>,
}

/// Last line: a file without it is not whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Foot {
    pub rows: u64,
    pub sha256: String,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backed {
    /// All rows.
    pub rows: u64,
    /// Those that are more than a new store has.
    pub records: u64,
    /// Number and hash of the last line of the audit in it.
    pub head: (i64, String),
}

impl Store {
    /// Gives every line of a backup to `write`.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`], or what `write` says.
    pub async fn backup(&self, mut write: impl FnMut(&str) -> Result<()>) -> Result<Backed> {
        let mut hash = Sha256::new();
        let mut put = |line: &str| {
            hash.update(line.as_bytes());
            hash.update(b"\n");
            write(line)
        };
        let told = |error: StoreError| self.told(error);
        let (kind, schema) = (KIND.into(), super::migrate::NEWEST);
        let head = Head { kind, schema, program_version: env!("CARGO_PKG_VERSION").into() };
        put(&super::to_text(&head).map_err(told)?)?;
        // one view of all tables, whatever others write meanwhile
        let mut tx = self.pool.begin_with(self.dialect.begin_reading()).await.map_err(|error| told(error.into()))?;
        let mut backed = Backed { rows: 0, records: 0, head: (0, String::new()) };
        for (_, table, order) in TABLES {
            let all = sqlx::AssertSqlSafe(format!("SELECT * FROM {table} ORDER BY {order}"));
            let mut stream = sqlx::query(all).fetch(&mut *tx);
            while let Some(row) = stream.next().await {
                let row = row.map_err(|error| told(error.into()))?;
                let line = Line { table: (*table).to_string(), row: values(&row).map_err(told)? };
                put(&super::to_text(&line).map_err(told)?)?;
                backed.note(&line);
            }
        }
        let sha256 = hex(&hash.finalize());
        write(&super::to_text(&Foot { rows: backed.rows, sha256 }).map_err(told)?)?;
        Ok(backed)
    }

    /// Whether a text is the beginning of a backup.
    pub fn begins_backup(text: &[u8]) -> bool {
        text.starts_with(format!("{{\"kind\":\"{KIND}\"").as_bytes())
    }

    /// Whether a line of a backup is a record: more than a new store has.
    pub fn is_record(line: &str) -> bool {
        serde_json::from_str::<Line>(line).is_ok_and(|line| line.table != COUNTERS)
    }

    /// A table that has more than a new store has, the audit left out.
    pub(super) async fn a_table_with_rows(&self) -> std::result::Result<Option<&'static str>, StoreError> {
        let records = TABLES.iter().filter(|(_, table, _)| ![COUNTERS, "audit", "calls"].contains(table));
        for (_, table, _) in records {
            let one = sqlx::AssertSqlSafe(format!("SELECT 1 FROM {table} LIMIT 1"));
            if sqlx::query(one).fetch_optional(&self.pool).await?.is_some() {
                return Ok(Some(table));
            }
        }
        Ok(None)
    }
}

impl Backed {
    fn note(&mut self, line: &Line) {
        self.rows += 1;
        self.records += u64::from(line.table != COUNTERS);
        if line.table == "audit" {
            let hash = line.row.get("hash").and_then(Value::as_str).unwrap_or_default();
            self.head = (line.row.get("seq").and_then(Value::as_i64).unwrap_or(0), hash.to_string());
        }
    }
}

impl Write<'_> {
    pub(super) async fn put_row(&mut self, line: &Line) -> std::result::Result<(), StoreError> {
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
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

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
