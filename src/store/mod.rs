//! What must not be lost: looks, detections, events, what is to be told and what was told, and who did what. In SQLite (one
//! file) or PostgreSQL, behind the same functions.
//!
//! Writers take turns: one transaction holds all that an overpass changes. Nothing here reads the clock.

mod audit;
mod accounts;
mod backup;
mod cases;
mod dialect;
mod events;
mod fires;
mod listing;
mod migrate;
mod outbox;
mod overpass;
mod photos;
mod posts;
mod retain;
mod scope;
mod statement;
mod tasks;

use crate::error::{Error, Result};
use crate::time::Utc;
pub use accounts::{Account, SignIn, Signed};
pub use audit::{Actor, Broken, Verified};
pub use cases::{Step, StepAsked, Stepped};
pub use dialect::Deliverer;
use dialect::Dialect;
pub use events::Stored;
pub use listing::{Asked, CountyLook, Shown};
pub use outbox::{Filed, LONGEST_WAIT_S, Row, Settled, Status};
pub use overpass::{Changed, CountySeen, Overpass, Taken};
pub use photos::{Photo, Uploaded};
pub use posts::{OnDuty, Person, Post, Roster};
pub use scope::Scope;
pub use tasks::{Opened, Task};
use sqlx::{Any, AnyPool, AssertSqlSafe, Transaction};
use std::path::PathBuf;

/// A store that is open.
pub struct Store {
    pool: AnyPool,
    dialect: Dialect,
    url: String,
}

/// A transaction that writes; nothing of it is there until [`Write::commit`].
pub struct Write<'a> {
    tx: Transaction<'static, Any>,
    store: &'a Store,
    /// Number and hash of the last line of the audit, once it is known.
    head: Option<(i64, String)>,
}

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database's own word.
    #[error("{0}")]
    Sql(#[from] sqlx::Error),
    /// A record that is not what this version writes.
    #[error("{0}")]
    Record(String),
    /// The lock of the deliverer.
    #[error("{}: {error}", path.display())]
    Lock {
        /// The file that is locked.
        path: PathBuf,
        /// The system's word.
        error: std::io::Error,
    },
    /// A store that a later version of the program wrote.
    #[error("schema {found}; this version knows up to {known}")]
    Newer {
        /// Its schema.
        found: i64,
        /// The newest that this version knows.
        known: i64,
    },
}

impl Store {
    /// Opens the store and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::Config`] where the URL is none of a store; [`Error::Store`] where it cannot be opened or is of a later version.
    pub async fn open(url: &str) -> Result<Store> {
        let store = Store::connect(url).await?;
        store.migrate().await.map_err(|error| store.told(error))?;
        Ok(store)
    }

    /// Opens the store with whatever schema it has.
    async fn connect(url: &str) -> Result<Store> {
        let Some(dialect) = Dialect::of(url) else {
            let expected = "sqlite:///absolute/path.db or postgres://user@host/database";
            return Err(Error::config("site.toml: store.url", without_password(url), expected, "correct the address"));
        };
        if without_password(url) != url.split('?').next().unwrap_or_default() {
            tracing::warn!(
                "store.url holds a password: put it into PGPASSWORD or ~/.pgpass, where it is not copied with the site pack"
            );
        }
        if let Dialect::Sqlite(path) = &dialect
            && let Some(folder) = path.parent()
        {
            std::fs::create_dir_all(folder).map_err(|error| Error::output(folder, error))?;
        }
        let pool = dialect.connect(url).await.map_err(|error| told(url, error.into()))?;
        Ok(Store { pool, dialect, url: url.to_string() })
    }

    /// Its address without a password.
    pub fn name(&self) -> String {
        without_password(&self.url)
    }

    /// Begins a transaction that writes, when its turn comes.
    ///
    /// # Errors
    /// [`Error::Store`] where the database is out of reach, read-only, or held by another program for longer than half a minute.
    pub async fn write(&self) -> Result<Write<'_>> {
        self.begin().await.map_err(|error| self.told(error))
    }

    async fn begin(&self) -> std::result::Result<Write<'_>, StoreError> {
        let mut tx = self.pool.begin_with(self.dialect.begin()).await?;
        for turn in self.dialect.take_turn() {
            sqlx::query(AssertSqlSafe(turn)).execute(&mut *tx).await?;
        }
        Ok(Write { tx, store: self, head: None })
    }

    /// Makes this process the only one that delivers; `None` where another one is.
    ///
    /// # Errors
    /// [`Error::Store`] where that cannot be known.
    pub async fn deliverer(&self) -> Result<Option<Deliverer>> {
        self.dialect.deliverer(&self.url).await.map_err(|error| self.told(error))
    }

    /// Whether this process is the only one still.
    ///
    /// # Errors
    /// [`Error::Store`] where it is not, or where that cannot be known.
    pub async fn still_alone(&self, deliverer: &mut Deliverer) -> Result<()> {
        deliverer.check().await.map_err(|error| self.told(error))
    }

    /// Closes all connections; a SQLite store is then one file.
    pub async fn close(self) {
        self.pool.close().await;
    }

    fn told(&self, error: StoreError) -> Error {
        told(&self.url, error)
    }

    /// The result of a piece of work, its error as a person reads it.
    async fn said<T>(&self, work: impl Future<Output = std::result::Result<T, StoreError>>) -> Result<T> {
        work.await.map_err(|error| self.told(error))
    }
}

impl Write<'_> {
    /// Makes all of it lasting, on the disk.
    ///
    /// # Errors
    /// [`Error::Store`]; then nothing of it is there.
    pub async fn commit(self) -> Result<()> {
        let store = self.store;
        self.tx.commit().await.map_err(|error| store.told(error.into()))
    }

    /// The next numbers of a counter: the first of `count`.
    async fn numbers(&mut self, counter: &str, count: i64) -> std::result::Result<i64, StoreError> {
        let next = "UPDATE counters SET value = value + $1 WHERE name = $2 RETURNING value";
        let (last,): (i64,) = sqlx::query_as(next).bind(count).bind(counter).fetch_one(&mut *self.tx).await?;
        Ok(last - count + 1)
    }
}

/// The error as a person reads it: which store, what it said, what to do.
fn told(url: &str, error: StoreError) -> Error {
    let said = error.to_string();
    let has = |words: &[&str]| words.iter().any(|word| said.to_lowercase().contains(word));
    let advice = match &error {
        StoreError::Newer { .. } => "a later version of the program wrote it: use that one",
        StoreError::Record(_) => "the store was written by another program or is damaged: restore a backup",
        _ if has(&["database or disk is full", "disk full", "no space"]) => "free space on its disk",
        // what SQLite says where there is no room for its index of what is not in the file yet
        _ if has(&["disk i/o error"]) => "free space on its disk; where there is some, see that the disk is sound",
        _ if has(&["readonly", "read-only", "permission denied", "unable to open"]) => {
            "give the user of this program the right to write it and its folder"
        }
        _ if has(&["locked", "busy", "timed out", "lock timeout"]) => {
            "another program holds it for long: see which, and try again"
        }
        _ if has(&["malformed", "not a database", "corrupt"]) => "the file is damaged or no store: restore a backup",
        _ if has(&["password", "authentication", "role"]) => "correct user and password of store.url",
        _ if has(&["refused", "unreachable", "resolve", "lookup"]) => {
            "start the server, or correct the host of store.url"
        }
        _ => "see that the database is up and can be written",
    };
    Error::Store { store: without_password(url), reason: said, advice: advice.to_string() }
}

/// A URL that may be said aloud.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_string() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let Some((user, host)) = authority.rsplit_once('@') else { return url.to_string() };
    let user = user.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{host}{}", path.split('?').next().unwrap_or_default())
}

/// Microseconds as a moment.
fn moment(micros: i64) -> std::result::Result<Utc, StoreError> {
    Utc::from_micros(micros).ok_or_else(|| StoreError::Record(format!("{micros} microseconds is no time")))
}

/// A record as text.
fn to_text(record: &impl serde::Serialize) -> std::result::Result<String, StoreError> {
    serde_json::to_string(record).map_err(|error| StoreError::Record(error.to_string()))
}

/// A record from text.
fn of_text<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> std::result::Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Record(format!("the record of {name}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_said() {
        assert_eq!(without_password("postgres://sf:geheim@db:5432/x?sslmode=require"), "postgres://sf@db:5432/x");
        assert_eq!(without_password("postgres://sf:a@b@db/x"), "postgres://sf@db/x");
        assert_eq!(without_password("sqlite:///var/x.db"), "sqlite:///var/x.db");
        let error = told("postgres://sf:geheim@db/x", StoreError::Record("x".into())).to_string();
        assert!(!error.contains("geheim") && error.contains("postgres://sf@db/x"), "{error}");
    }

    #[test]
    fn a_store_has_one_of_two_addresses() {
        assert_eq!(Dialect::of("sqlite:///a/b.db"), Some(Dialect::Sqlite("/a/b.db".into())));
        assert_eq!(Dialect::of("postgres://x/y"), Some(Dialect::Postgres));
        assert!(
            [Dialect::of("sqlite://a.db"), Dialect::of("mysql://x/y"), Dialect::of("/a/b.db")]
                .iter()
                .all(Option::is_none)
        );
    }
}
