//! The two databases, and all in which they differ: how they are opened, how a writer waits for its turn, how one deliverer
//! keeps others out. Everything else is one SQL text.

use super::StoreError;
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
/// Pause before a file that is locked is tried again.
const RETRY: Duration = Duration::from_millis(20);
/// Keys of PostgreSQL's advisory locks: the letters `sf`, then which.
const WRITER: i64 = 0x7366_0001;
const DELIVERER: i64 = 0x7366_0002;

impl Dialect {
    /// By the URL: `sqlite:///absolute.db`, `postgres://...`.
    pub fn of(url: &str) -> Option<Self> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return path.starts_with('/').then(|| Dialect::Sqlite(PathBuf::from(path)));
        }
        ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)).then_some(Dialect::Postgres)
    }

    /// Opens it; a SQLite file is made where there is none.
    pub async fn connect(&self, url: &str) -> Result<AnyPool, sqlx::Error> {
        sqlx::any::install_default_drivers();
        let url = match self {
            Dialect::Sqlite(path) => sqlite_url(path),
            Dialect::Postgres => url.to_string(),
        };
        let options = AnyConnectOptions::from_str(&url)?.log_statements(LevelFilter::Trace);
        // a pool tries for half a minute and then says only that; one connection says at once what is wrong
        let mut first = options.connect().await?;
        if matches!(self, Dialect::Sqlite(_)) {
            settle(&mut first).await?;
            // a disk without room is found out by the first read
            first.execute("SELECT COUNT(*) FROM sqlite_master").await?;
        }
        first.close().await?;
        let is_sqlite = matches!(self, Dialect::Sqlite(_));
        let pool = AnyPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(WAIT).after_connect(
            move |connection, _| Box::pin(async move { if is_sqlite { settle(connection).await } else { Ok(()) } }),
        );
        pool.connect_with(options).await
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

    /// Makes this process the only deliverer; `None` where another one is. It ends with the value, or with the process.
    pub async fn deliverer(&self, url: &str) -> Result<Option<Deliverer>, StoreError> {
        match self {
            Dialect::Sqlite(path) => {
                let path = with_ending(path, "-deliver");
                let file = File::options().create(true).truncate(false).write(true).open(&path);
                let file = file.map_err(|error| StoreError::Lock { path: path.clone(), error })?;
                match file.try_lock() {
                    Ok(()) => Ok(Some(Deliverer::File(file))),
                    Err(std::fs::TryLockError::WouldBlock) => Ok(None),
                    Err(std::fs::TryLockError::Error(error)) => Err(StoreError::Lock { path, error }),
                }
            }
            Dialect::Postgres => {
                let mut connection = AnyConnection::connect(url).await?;
                let query = AssertSqlSafe(format!("SELECT CAST(pg_try_advisory_lock({DELIVERER}) AS TEXT)"));
                let (locked,): (String,) = sqlx::query_as(query).fetch_one(&mut connection).await?;
                Ok((locked == "true").then_some(Deliverer::Session(connection)))
            }
        }
    }
}

/// The right to deliver.
pub enum Deliverer {
    /// A lock on a file beside the database.
    File(File),
    /// A session of the server that holds a lock.
    Session(AnyConnection),
}

impl Deliverer {
    /// Whether it is held still: a server that was started again knows nothing of it.
    pub(super) async fn check(&mut self) -> Result<(), StoreError> {
        match self {
            Deliverer::File(_) => Ok(()),
            Deliverer::Session(connection) => Ok(connection.ping().await?),
        }
    }
}

/// `name-deliver` beside `name`.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    path.with_file_name(name)
}

/// Letters that a URL gives a meaning of their own are written as numbers.
fn sqlite_url(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte);
    let escaped = text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") });
    format!("sqlite://{}?mode=rwc", escaped.collect::<String>())
}

/// One file, written ahead to a log, on the disk before a commit returns.
async fn settle(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let wait = WAIT.as_millis();
    connection.execute(AssertSqlSafe(format!("PRAGMA busy_timeout = {wait}"))).await?;
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
