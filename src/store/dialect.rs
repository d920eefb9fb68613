//! The two databases, and all in which they differ: how they are opened, how a writer waits for its turn, how one deliverer
//! keeps others out. Everything else is one SQL text.

use super::StoreError;
use super::home::{Home, number, number_of};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Connection, Executor};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};
use tracing::log::LevelFilter;

/// Which database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Dialect {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres,
}

/// Connections at most: readers beside the one writer.
const CONNECTIONS: u32 = 8;
/// Longest wait for a connection, or for another writer.
const WAIT: Duration = Duration::from_secs(30);
/// A server that says nothing for so long hangs.
pub(super) const SILENCE: Duration = Duration::from_secs(20);
/// How often a server is asked for a sign of life while a piece of work goes on.
const PULSE: Duration = Duration::from_secs(10);
/// Pause before a file that is locked is tried again.
const RETRY: Duration = Duration::from_millis(20);
/// Keys of PostgreSQL's advisory locks: the letters `sf`, then which.
const WRITER: i64 = 0x7366_0001;
const DELIVERER: i64 = 0x7366_0002;
const STATION: i64 = 0x7366_0003;
/// Whose file it is: `strf`, where SQLite's header has a place for it.
const APPLICATION: i64 = 0x7374_7266;
/// What a SQLite store consists of beside its own name, its locks included.
const ENDINGS: [&str; 6] = ["", "-wal", "-shm", "-journal", "-deliver", "-station"];

/// What only one process may do with a store at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Deliver what waits.
    Deliver,
    /// Be its station.
    Station,
}

impl Right {
    fn ending(self) -> &'static str {
        match self {
            Right::Deliver => "-deliver",
            Right::Station => "-station",
        }
    }

    fn key(self) -> i64 {
        match self {
            Right::Deliver => DELIVERER,
            Right::Station => STATION,
        }
    }
}

impl Dialect {
    /// By the URL: `sqlite:///absolute.db`, `postgres://...`.
    pub fn of(url: &str) -> Option<Self> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return path.starts_with('/').then(|| Dialect::Sqlite(PathBuf::from(path)));
        }
        ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)).then_some(Dialect::Postgres)
    }

    /// Opens it; with `make` a SQLite file is made where there is none.
    pub async fn connect(&self, url: &str, make: bool) -> Result<(AnyPool, Option<Home>), StoreError> {
        sqlx::any::install_default_drivers();
        let url = match self {
            Dialect::Sqlite(path) => sqlite_url(path, make),
            Dialect::Postgres => url.to_string(),
        };
        let options = AnyConnectOptions::from_str(&url)?.log_statements(LevelFilter::Trace);
        // a pool tries for half a minute and then says only that; one connection says at once what is wrong
        let mut first = self.answered(options.connect()).await?;
        let is_sqlite = matches!(self, Dialect::Sqlite(_));
        if is_sqlite {
            be_patient(&mut first).await?;
            own_or_new(&mut first).await?;
            settle(&mut first).await?;
            // a disk without room is found out by the first read
            first.execute("SELECT COUNT(*) FROM sqlite_master").await?;
        }
        first.close().await?;
        let home = match self {
            Dialect::Sqlite(path) => Some(Home::of(path)?),
            Dialect::Postgres => None,
        };
        let options_of_pool = AnyPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(WAIT);
        // SQLite ends a transaction by itself where its disk is full: a connection that takes it for open still can begin none any more
        let sane = options_of_pool
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }));
        let opened = home.clone();
        let pool = sane.after_connect(move |connection, _| {
            // a file that was put in the place of ours is never written
            let is_ours = opened.as_ref().map_or(Ok(()), Home::check);
            Box::pin(async move {
                is_ours.map_err(|moved| sqlx::Error::Configuration(moved.into()))?;
                if is_sqlite { settle(connection).await } else { Ok(()) }
            })
        });
        Ok((pool.connect_with(options).await?, home))
    }

    /// What a server answers in time; a file is waited for as long as it takes.
    pub async fn answered<T>(&self, work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
        match self {
            Dialect::Sqlite(_) => Ok(work.await?),
            Dialect::Postgres => Ok(tokio::time::timeout(SILENCE, work).await.map_err(|_| StoreError::Silent)??),
        }
    }

    /// Ends when a server gives no sign of life any more, however long the work may be that goes on meanwhile; never for a file.
    pub async fn falls_silent(&self, url: &str) {
        if matches!(self, Dialect::Sqlite(_)) {
            return std::future::pending().await;
        }
        loop {
            tokio::time::sleep(PULSE).await;
            let asked = async { AnyConnection::connect(url).await?.close().await };
            // one that refuses does answer: the work itself is then told what is wrong
            if matches!(self.answered(asked).await, Err(StoreError::Silent)) {
                return;
            }
        }
    }

    /// The file of the store where it is one, and what is missing of it: `None` where there is something in it.
    pub fn missing_file(&self) -> Option<&'static str> {
        let Dialect::Sqlite(path) = self else { return None };
        match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some("no such file"),
            Ok(found) if found.is_file() && found.len() == 0 => Some("an empty file"),
            _ => None,
        }
    }

    /// A query for how many tables there are of the name that every store has.
    pub fn count_schemas(&self) -> &'static str {
        match self {
            Dialect::Sqlite(_) => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schemas'",
            Dialect::Postgres => "SELECT CAST(CASE WHEN to_regclass('schemas') IS NULL THEN 0 ELSE 1 END AS BIGINT)",
        }
    }

    /// What a new store is marked with.
    pub fn mark(&self) -> Option<String> {
        matches!(self, Dialect::Sqlite(_)).then(|| format!("PRAGMA application_id = {APPLICATION}"))
    }

    /// The files that a store on this machine consists of, whether they are there or not.
    pub fn files(&self) -> Vec<PathBuf> {
        let Dialect::Sqlite(path) = self else { return Vec::new() };
        let path = canonical(path);
        ENDINGS.iter().map(|ending| with_ending(&path, ending)).collect()
    }

    /// The statement that begins a transaction that writes: the only one at its time.
    pub fn begin(&self) -> &'static str {
        match self {
            Dialect::Sqlite(_) => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        }
    }

    /// The statement that begins a transaction that reads one state of all tables, and holds up nobody.
    pub fn begin_reading(&self) -> &'static str {
        match self {
            Dialect::Sqlite(_) => "BEGIN",
            Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// What a transaction that writes does first, to be alone: a server waits for ever unless it is told not to.
    pub fn take_turn(&self) -> Vec<String> {
        match self {
            Dialect::Sqlite(_) => Vec::new(),
            Dialect::Postgres => vec![
                format!("SET LOCAL lock_timeout = {}", WAIT.as_millis()),
                format!("SELECT CAST(pg_advisory_xact_lock({WRITER}) AS TEXT)"),
            ],
        }
    }

    /// A value of a JSON text by its path (`place.0`, `verdict`), as text or number.
    pub fn json(&self, column: &str, path: &str) -> String {
        let steps = path.split('.');
        match self {
            Dialect::Sqlite(_) => {
                let is_index = |step: &str| step.bytes().all(|byte| byte.is_ascii_digit());
                let step = |step: &str| if is_index(step) { format!("[{step}]") } else { format!(".{step}") };
                format!("json_extract({column}, '${}')", steps.map(step).collect::<String>())
            }
            Dialect::Postgres => format!("({column}::json #>> '{{{}}}')", steps.collect::<Vec<_>>().join(",")),
        }
    }

    /// A text with the capitals A to Z as small letters, and nothing else changed: by its own rules each database would find other rows.
    pub fn small_letters(&self, column: &str) -> String {
        match self {
            Dialect::Sqlite(_) => format!("LOWER({column})"),
            Dialect::Postgres => format!("LOWER({column} COLLATE \"C\")"),
        }
    }

    /// Gives this process a right alone; `None` where another one has it. It ends with the value, or with the process.
    pub async fn alone(&self, url: &str, right: Right) -> Result<Option<Deliverer>, StoreError> {
        match self {
            Dialect::Sqlite(path) => Ok(FileLock::take(path, right)?.map(Deliverer::File)),
            Dialect::Postgres => {
                let mut connection = self.answered(AnyConnection::connect(url)).await?;
                let query = AssertSqlSafe(format!("SELECT CAST(pg_try_advisory_lock({}) AS TEXT)", right.key()));
                let asked = sqlx::query_as(query).fetch_one(&mut connection);
                let (locked,): (String,) = self.answered(asked).await?;
                Ok((locked == "true").then_some(Deliverer::Session(connection)))
            }
        }
    }
}

/// A right that this process has alone.
pub enum Deliverer {
    /// A lock on a file beside the database.
    File(FileLock),
    /// A session of the server that holds a lock.
    Session(AnyConnection),
}

impl Deliverer {
    /// Whether it is held still: a server that was started again knows nothing of it, and a file may have been moved away.
    pub(super) async fn check(&mut self) -> Result<(), StoreError> {
        match self {
            Deliverer::File(lock) => lock.check(),
            Deliverer::Session(connection) => Dialect::Postgres.answered(connection.ping()).await,
        }
    }
}

/// A lock beside a database, and which database that is.
pub struct FileLock {
    lock: PathBuf,
    file: File,
    home: Home,
}

impl FileLock {
    fn take(database: &Path, right: Right) -> Result<Option<Self>, StoreError> {
        // by its own name: a link to it is the same store
        let database = canonical(database);
        let lock = with_ending(&database, right.ending());
        let failed = |error| StoreError::Lock { path: lock.clone(), error };
        loop {
            let file = File::options().create(true).truncate(false).write(true).open(&lock).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
                Err(std::fs::TryLockError::Error(error)) => return Err(failed(error)),
            }
            // what was removed between the two is no lock: the next who comes makes another
            if number_of(&lock) == Some(number(&file.metadata().map_err(failed)?)) {
                return Ok(Some(FileLock { lock, file, home: Home::of(&database)? }));
            }
        }
    }

    fn check(&self) -> Result<(), StoreError> {
        self.home.check()?;
        let own = self.file.metadata().map_err(|error| StoreError::Lock { path: self.lock.clone(), error })?;
        if number_of(&self.lock) != Some(number(&own)) {
            return Err(StoreError::Moved(self.lock.clone()));
        }
        Ok(())
    }
}

/// Without links; as it is where there is no such file.
fn canonical(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// `name-deliver` beside `name`.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    path.with_file_name(name)
}

/// Letters that a URL gives a meaning of their own are written as numbers.
fn sqlite_url(path: &Path, make: bool) -> String {
    let text = path.to_string_lossy();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte);
    let escaped = text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") });
    format!("sqlite://{}?mode={}", escaped.collect::<String>(), if make { "rwc" } else { "rw" })
}

/// How long a file that others write is waited for.
async fn be_patient(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    connection.execute(AssertSqlSafe(format!("PRAGMA busy_timeout = {}", WAIT.as_millis()))).await?;
    Ok(())
}

/// Nothing is put beside the tables of another program.
async fn own_or_new(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let (application,): (i64,) =
        sqlx::query_as("SELECT application_id FROM pragma_application_id").fetch_one(&mut *connection).await?;
    let tables =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name LIMIT 1000";
    let tables: Vec<(String,)> = sqlx::query_as(tables).fetch_all(&mut *connection).await?;
    let ours = "SELECT COUNT(*) FROM pragma_table_info('schemas') WHERE name IN ('version', 'program_version')";
    let (ours,): (i64,) = sqlx::query_as(ours).fetch_one(&mut *connection).await?;
    let found = match tables.first() {
        Some((table,)) if ours < 2 => format!("the table {table}"),
        _ if application != 0 && application != APPLICATION => format!("the application_id {application:#x}"),
        _ => return Ok(()),
    };
    Err(StoreError::Foreign(found))
}

/// One file, written ahead to a log, on the disk before a commit returns.
async fn settle(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    be_patient(connection).await?;
    connection.execute("PRAGMA synchronous = FULL").await?;
    // a file that another program makes or closes at this moment is locked, whatever the time-out: this pragma does not wait
    let began = Instant::now();
    loop {
        match connection.execute("PRAGMA journal_mode = WAL").await {
            Err(error) if is_locked(&error) && began.elapsed() < WAIT => tokio::time::sleep(RETRY).await,
            done => return done.map(|_| ()),
        }
    }
}

fn is_locked(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.message().contains("locked"))
}
