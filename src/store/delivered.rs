//! The catalogue of the station: every delivered file, once.

use super::fires::AT_ONCE;
use super::statement::{Statement, Value};
use super::{Store, StoreError, Write, moment, of_text, to_text};
use crate::error::Result;
use crate::time::Utc;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

/// How a delivered file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// Listed elsewhere and not fetched yet.
    Elsewhere,
    /// Here and not scanned yet.
    Here,
    /// Part of a scan.
    Scanned,
    /// Cannot be used.
    Failed,
    /// The same part came under another name before.
    Spare,
    /// Named like a product, and no name of one.
    Unknown,
}

const FILE_STATES: [(FileState, &str); 6] = [
    (FileState::Elsewhere, "elsewhere"),
    (FileState::Here, "here"),
    (FileState::Scanned, "scanned"),
    (FileState::Failed, "failed"),
    (FileState::Spare, "spare"),
    (FileState::Unknown, "unknown"),
];

impl FileState {
    /// The word of the store.
    pub fn name(self) -> &'static str {
        FILE_STATES.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }

    fn of(name: &str) -> std::result::Result<Self, StoreError> {
        let found = FILE_STATES.iter().find(|(_, word)| *word == name).map(|(state, _)| *state);
        found.ok_or_else(|| StoreError::Record(format!("a file of the catalogue is {name:?}")))
    }
}

/// A delivered file.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivered {
    /// Its name.
    pub name: String,
    /// Number of the look that it is of; 0: none.
    pub slot: i64,
    /// The inbox that it came by.
    pub inbox: String,
    /// Where it lies there: a path, key or address without secrets.
    pub place: String,
    /// What tells one version of it from another.
    pub version: String,
    /// Bytes, where known.
    pub size: Option<i64>,
    /// How it stands.
    pub state: FileState,
    /// Where it lies on this machine; empty while it does not.
    pub path: String,
    /// When it was seen.
    pub seen: Utc,
    /// When its writing ended, or it was fetched.
    pub closed: Utc,
    /// Times that it was delivered: by another inbox, or in another version.
    pub copies: i64,
    /// The inboxes and versions in which it was seen, the last ones.
    pub versions: Vec<String>,
}

const FILE: &str =
    "SELECT name, slot, inbox, place, version, size, state, path, seen_us, closed_us, copies, versions FROM granules";

impl Store {
    /// The files of looks, by name.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn files_of(&self, slots: &[i64]) -> Result<Vec<Delivered>> {
        self.said(async {
            let mut files = Vec::new();
            let mut connection = self.pool.acquire().await?;
            for part in slots.chunks(AT_ONCE) {
                let mut query = Statement::new(format!("{FILE} WHERE slot IN "));
                query.row(part.iter().map(|slot| Value::from(*slot)));
                query.push(" ORDER BY name");
                for row in query.fetch_all(&mut connection).await? {
                    files.push(read_file(&row)?);
                }
            }
            Ok(files)
        })
        .await
    }

    /// What is known of files of these names.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn known_files(&self, names: &[String]) -> Result<Vec<Delivered>> {
        self.said(async {
            let mut files = Vec::new();
            let mut connection = self.pool.acquire().await?;
            for part in names.chunks(AT_ONCE) {
                for row in Statement::among(format!("{FILE} WHERE name"), part).fetch_all(&mut connection).await? {
                    files.push(read_file(&row)?);
                }
            }
            Ok(files)
        })
        .await
    }

    /// Names of files of an inbox that were listed there and are not here, those of the newest looks first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn elsewhere(&self, inbox: &str, most: i64) -> Result<Vec<String>> {
        let text = "SELECT g.name FROM granules g JOIN slots s ON s.id = g.slot WHERE g.inbox = $1 AND g.state = 'elsewhere' \
                    ORDER BY s.first_us DESC, g.name LIMIT $2";
        self.said(async {
            let query = sqlx::query_as(text).bind(inbox.to_string()).bind(most);
            let rows: Vec<(String,)> = query.fetch_all(&self.pool).await?;
            Ok(rows.into_iter().map(|(name,)| name).collect())
        })
        .await
    }

    /// Files that lie on this machine, of looks that were done with before `before`, oldest first; with `inbox` those of one.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn done_files(&self, inbox: &str, before: Utc, most: i64) -> Result<Vec<(String, String)>> {
        let text = "SELECT g.name, g.path FROM granules g JOIN slots s ON s.id = g.slot WHERE g.inbox = $1 AND g.path <> '' \
                    AND g.closed_us < $2 AND s.state IN ('scanned', 'failed') ORDER BY g.closed_us LIMIT $3";
        self.said(async {
            Ok(sqlx::query_as(text)
                .bind(inbox.to_string())
                .bind(before.micros())
                .bind(most)
                .fetch_all(&self.pool)
                .await?)
        })
        .await
    }
}

impl Write<'_> {
    /// Keeps a file, new or changed.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn put_file(&mut self, file: &Delivered) -> Result<()> {
        let versions = to_text(&file.versions).map_err(|error| self.store.told(error))?;
        let text = "INSERT INTO granules (name, slot, inbox, place, version, size, state, path, seen_us, closed_us, copies, versions) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                    ON CONFLICT (name) DO UPDATE SET slot = excluded.slot, inbox = excluded.inbox, place = excluded.place, \
                    version = excluded.version, size = excluded.size, state = excluded.state, path = excluded.path, \
                    closed_us = excluded.closed_us, copies = excluded.copies, versions = excluded.versions";
        let query = sqlx::query(text).bind(&file.name).bind(file.slot).bind(&file.inbox).bind(&file.place);
        let query = query.bind(&file.version).bind(file.size).bind(file.state.name()).bind(&file.path);
        let query = query.bind(file.seen.micros()).bind(file.closed.micros()).bind(file.copies).bind(versions);
        query.execute(&mut *self.tx).await.map(|_| ()).map_err(|error| self.store.told(error.into()))
    }

    /// What is known of files of these names.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn files_named(&mut self, names: &[String]) -> Result<Vec<Delivered>> {
        let store = self.store;
        let work = async {
            let mut files = Vec::new();
            for part in names.chunks(AT_ONCE) {
                for row in Statement::among(format!("{FILE} WHERE name"), part).fetch_all(&mut self.tx).await? {
                    files.push(read_file(&row)?);
                }
            }
            Ok(files)
        };
        work.await.map_err(|error| store.told(error))
    }

    /// The files of a look.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn files_in(&mut self, slot: i64) -> Result<Vec<Delivered>> {
        let store = self.store;
        let work = async {
            let text = format!("{FILE} WHERE slot = $1 ORDER BY name");
            let rows = sqlx::query(AssertSqlSafe(text)).bind(slot).fetch_all(&mut *self.tx).await?;
            rows.iter().map(read_file).collect::<std::result::Result<Vec<_>, StoreError>>()
        };
        work.await.map_err(|error| store.told(error))
    }

    /// Files that are not on this machine any more.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn files_gone(&mut self, names: &[String]) -> Result<()> {
        let store = self.store;
        let work = async {
            for part in names.chunks(AT_ONCE) {
                Statement::among("UPDATE granules SET path = '' WHERE name", part).execute(&mut self.tx).await?;
            }
            Ok(())
        };
        work.await.map_err(|error| store.told(error))
    }
}

fn read_file(row: &AnyRow) -> std::result::Result<Delivered, StoreError> {
    Ok(Delivered {
        name: row.try_get(0)?,
        slot: row.try_get(1)?,
        inbox: row.try_get(2)?,
        place: row.try_get(3)?,
        version: row.try_get(4)?,
        size: row.try_get(5)?,
        state: FileState::of(&row.try_get::<String, _>(6)?)?,
        path: row.try_get(7)?,
        seen: moment(row.try_get(8)?)?,
        closed: moment(row.try_get(9)?)?,
        copies: row.try_get(10)?,
        versions: of_text("a file of the catalogue", &row.try_get::<String, _>(11)?)?,
    })
}
