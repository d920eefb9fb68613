//! What must not be lost: looks, detections, events, what is to be told and what was told, and who did what. In SQLite (one
//! file) or PostgreSQL, behind the same functions.
//!
//! Writers take turns: one transaction holds all that an overpass changes. Nothing here reads the clock.

mod accounts;
mod address;
mod audit;
mod backup;
mod cases;
mod catalogue;
mod deadlines;
mod delivered;
mod dialect;
mod events;
mod fires;
mod heads;
mod home;
mod ledger;
mod left;
mod listing;
mod migrate;
mod outbox;
mod overpass;
mod patrols;
mod photos;
mod posts;
mod reports;
mod restore;
mod retain;
mod scope;
mod sightings;
mod spent;
mod statement;
mod tasks;
mod their_list_files;
mod their_lists;
mod told;
mod view;
mod watch;

use crate::error::{Error, Result};
use crate::time::Utc;
pub use accounts::{Account, SignIn, Signed};
pub use address::without_password;
pub use audit::{Actor, Broken, Chained, Logged, Verified};
pub use backup::Backed;
pub use cases::{Step, StepAsked, Stepped};
pub use catalogue::{Slot, SlotEnd, SlotState};
pub use deadlines::{Awaited, Waited};
pub use delivered::{Delivered, FileState};
use dialect::Dialect;
pub use dialect::{Deliverer, Right};
pub use events::{Acknowledged, Stored};
pub use heads::{Heads, Noted};
pub use home::Held;
use home::Home;
pub use ledger::{Call, CallsAsked, Confirmed, Handover, HandoverState, NilReport, Remark, Shift};
pub use listing::{Asked, CountyLook, Shown};
pub use outbox::{Filed, LONGEST_WAIT_S, Row, Settled, Status};
pub use overpass::{Changed, CountySeen, Overpass, Taken};
pub use patrols::{FixedPlan, KeptTrack, PlanListed};
pub use photos::{Photo, Uploaded};
pub use posts::{OnDuty, Person, Post, Roster};
pub use reports::{Frozen, Listed};
pub use restore::Restored;
pub use scope::Scope;
pub use sightings::{CameraLook, Sighted};
pub use spent::DESK_KINDS;
use sqlx::{Any, AnyPool, AssertSqlSafe, Transaction};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
pub use tasks::{Opened, Task};
pub use their_list_files::{ListFile, ORIGINAL as ORIGINAL_LIST};
pub use their_lists::ReceivedList;
pub use view::{KeptLook, View};
pub use watch::{Alarm, JobDone};

/// A store that is open.
pub struct Store {
    pool: AnyPool,
    dialect: Dialect,
    url: String,
    /// Where its file lies, where it is one.
    home: Option<Home>,
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
    /// The file is not the one that was opened.
    #[error("{} was moved away, or is another file now", .0.display())]
    Moved(PathBuf),
    /// A server that does not answer.
    #[error("it has not answered for {} s", dialect::SILENCE.as_secs())]
    Silent,
    /// There is no store.
    #[error("{0}: there is no store")]
    Missing(&'static str),
    /// A file of another program.
    #[error("another program's database: it has {0}")]
    Foreign(String),
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
    /// Opens the store, which is made where there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::Config`] where the URL is none of a store; [`Error::Store`] where it cannot be opened or is of a later version.
    pub async fn open(url: &str) -> Result<Store> {
        let store = Store::connect(url, true).await?;
        store.said(store.migrate()).await?;
        Ok(store)
    }

    /// Opens a store that is there: what is asked of a store that was moved away is not answered by a new one.
    ///
    /// # Errors
    /// As [`Store::open`]; [`Error::Store`] where there is none.
    pub async fn open_existing(url: &str) -> Result<Store> {
        if let Some(missing) = Dialect::of(url).and_then(|dialect| dialect.missing_file()) {
            return Err(told(url, StoreError::Missing(missing)));
        }
        let store = Store::connect(url, false).await?;
        store.said(store.is_made()).await?;
        store.said(store.migrate()).await?;
        Ok(store)
    }

    async fn is_made(&self) -> std::result::Result<(), StoreError> {
        let (count,): (i64,) = sqlx::query_as(self.dialect.count_schemas()).fetch_one(&self.pool).await?;
        if count == 0 { Err(StoreError::Missing("a database without tables of ours")) } else { Ok(()) }
    }

    /// Opens the store with whatever schema it has; with `make` a file is made where there is none.
    async fn connect(url: &str, make: bool) -> Result<Store> {
        let Some(dialect) = Dialect::of(url) else {
            let expected = "sqlite:///absolute/path.db or postgres://user@host/database";
            return Err(Error::config("site.toml: store.url", without_password(url), expected, "correct the address"));
        };
        if address::holds_password(url) {
            tracing::warn!(
                "store.url holds a password: put it into PGPASSWORD or ~/.pgpass, where it is not copied with the site pack"
            );
        }
        if let Dialect::Sqlite(path) = &dialect {
            Home::may_be_opened(path).map_err(|moved| told(url, moved))?;
        }
        if let Dialect::Sqlite(path) = &dialect
            && let Some(folder) = path.parent().filter(|_| make)
        {
            std::fs::create_dir_all(folder).map_err(|error| Error::output(folder, error))?;
            // its user's alone: secrets of accounts are in it. Where it cannot be made the database says why
            let _ = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path);
        }
        let (pool, home) = dialect.connect(url, make).await.map_err(|error| told(url, error))?;
        Ok(Store { pool, dialect, url: url.to_string(), home })
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
        self.said(self.begin()).await
    }

    /// Holds this process to the file of the store, for as long as what is given is kept: whatever of it opens the store anew gets that file or an
    /// error, and to serve another one that was put in its place needs a new start.
    pub fn hold(&self) -> Held {
        Held::to(self.home.as_ref())
    }

    async fn begin(&self) -> std::result::Result<Write<'_>, StoreError> {
        let mut tx = self.pool.begin_with(self.dialect.begin()).await?;
        for turn in self.dialect.take_turn() {
            sqlx::query(AssertSqlSafe(turn)).execute(&mut *tx).await?;
        }
        Ok(Write { tx, store: self, head: None })
    }

    /// Gives this process a right alone; `None` where another one has it.
    ///
    /// # Errors
    /// [`Error::Store`] where that cannot be known.
    pub async fn alone(&self, right: Right) -> Result<Option<Deliverer>> {
        self.dialect.alone(&self.url, right).await.map_err(|error| self.told(error))
    }

    /// Makes this process the only one that delivers; `None` where another one is.
    ///
    /// # Errors
    /// [`Error::Store`] where that cannot be known.
    pub async fn deliverer(&self) -> Result<Option<Deliverer>> {
        self.alone(Right::Deliver).await
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

    /// The files that a store on this machine consists of, whether they are there or not; none of a server.
    pub fn files(&self) -> Vec<PathBuf> {
        self.dialect.files()
    }

    /// The result of a piece of work with the store. A server that hangs meanwhile ends it: it may be long, but is never without a sign of life.
    ///
    /// # Errors
    /// Those of the work, and [`Error::Store`].
    pub async fn watched<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            done = work => done,
            () = Box::pin(self.dialect.falls_silent(&self.url)) => Err(self.told(StoreError::Silent)),
        }
    }

    /// The result of a piece of work, its error as a person reads it.
    async fn said<T>(&self, work: impl Future<Output = std::result::Result<T, StoreError>>) -> Result<T> {
        self.in_place()?;
        self.watched(async { work.await.map_err(|error| self.told(error)) }).await
    }

    /// Whether the file of the store lies where it was opened; asked before all that is read or written, for the connections that are open
    /// go on writing to a file that nobody sees any more.
    ///
    /// # Errors
    /// [`Error::Store`] where it was moved away or is another one now.
    pub fn in_place(&self) -> Result<()> {
        self.home.as_ref().map_or(Ok(()), Home::check).map_err(|error| self.told(error))
    }
}

impl Write<'_> {
    /// Makes all of it lasting, on the disk.
    ///
    /// # Errors
    /// [`Error::Store`]; then nothing of it is there.
    pub async fn commit(self) -> Result<()> {
        let store = self.store;
        store.said(async { Ok(self.tx.commit().await?) }).await
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
    let said = address::without_secrets(url, &error.to_string());
    Error::Store { store: without_password(url), advice: advice(&error, &said).to_string(), reason: said }
}

fn advice(error: &StoreError, said: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| said.to_lowercase().contains(word));
    match error {
        StoreError::Newer { .. } => "a later version of the program wrote it: use that one",
        StoreError::Missing(_) => {
            "correct store.url, or put the store back; only scan, import, restore, deliver, station, serve and user add make a new one"
        }
        StoreError::Foreign(_) => "name a file of its own in store.url",
        StoreError::Moved(_) => {
            "put it back: nothing is read or written until then; a station or page serves another one in its place once it is started again, strawfire deliver by itself does so now"
        }
        StoreError::Silent => "the server or the way to it hangs: look after it, and run this again",
        StoreError::Record(_)
        | StoreError::Sql(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_)) => {
            "the store was written by another program or is damaged: restore a backup"
        }
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
    }
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
    fn an_error_holds_no_password() {
        let error = told("postgres://sf:geheim@db/x", StoreError::Record("no geheim".into())).to_string();
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
