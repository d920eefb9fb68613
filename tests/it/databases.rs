//! Real databases for tests: a SQLite file, and a PostgreSQL server that the test starts and stops.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A database with nothing in it.
pub struct Database {
    pub url: String,
    pub kind: &'static str,
    /// Holds the file of SQLite.
    pub folder: tempfile::TempDir,
    server: Option<Postgres>,
}

/// One of each kind; where PostgreSQL is not installed only SQLite, with "skipped" said.
pub fn both() -> Vec<Database> {
    let mut databases = vec![sqlite()];
    databases.extend(postgres());
    databases
}

pub fn sqlite() -> Database {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("strawfire.db").display());
    Database { url, kind: "SQLite", folder, server: None }
}

pub fn postgres() -> Option<Database> {
    let server = Postgres::start()?;
    let url = format!("postgres://strawfire@127.0.0.1:{}/postgres", server.port);
    Some(Database { url, kind: "PostgreSQL", folder: tempfile::tempdir().expect("a folder"), server: Some(server) })
}

impl Database {
    /// Stops the server; nothing for a file.
    pub fn stop(&self) {
        self.server.iter().for_each(Postgres::stop);
    }

    /// Stops all processes of the server where they are, until the value is dropped.
    pub fn freeze(&self) -> Frozen {
        let pids = self.server.as_ref().map(Postgres::processes).unwrap_or_default();
        assert!(!pids.is_empty());
        signal("STOP", &pids);
        Frozen(pids)
    }

    /// Starts it again with what it has.
    pub fn start(&self) {
        self.server.iter().for_each(Postgres::run);
    }
}

/// Processes that are stopped.
pub struct Frozen(Vec<String>);

impl Drop for Frozen {
    fn drop(&mut self) {
        signal("CONT", &self.0);
    }
}

fn signal(name: &str, pids: &[String]) {
    // one that has ended meanwhile is no matter
    let _ = Command::new("kill").arg(format!("-{name}")).args(pids).stderr(Stdio::null()).status();
}

/// A server of its own user on loopback; stopped with the value.
struct Postgres {
    bin: PathBuf,
    data: PathBuf,
    port: u16,
    folder: tempfile::TempDir,
}

impl Postgres {
    fn start() -> Option<Self> {
        let Some(bin) = bin() else {
            println!("skipped: no PostgreSQL server is installed");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        if is_root() {
            ran(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let port = free_port();
        let initdb = ["-A", "trust", "-U", "strawfire", "-E", "UTF8", "--locale=C", "--no-sync"];
        ran(as_postgres(&bin.join("initdb")).args(initdb).arg("-D").arg(&data));
        let server = Postgres { bin, data, port, folder };
        server.run();
        Some(server)
    }

    fn run(&self) {
        let folder = self.folder.path();
        // what a commit means stays as it is by default: fsync is on
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -k {}", self.port, folder.display());
        let log = folder.join("log");
        ran(as_postgres(&self.bin.join("pg_ctl"))
            .arg("-D")
            .arg(&self.data)
            .arg("-l")
            .arg(log)
            .args(["-w", "-o", &options, "start"]));
    }

    /// The first process, which starts the others, and those.
    fn processes(&self) -> Vec<String> {
        let first = std::fs::read_to_string(self.data.join("postmaster.pid")).expect("a server");
        let first = first.lines().next().expect("a number").to_string();
        let children = format!("/proc/{first}/task/{first}/children");
        let children = std::fs::read_to_string(children).expect("its children");
        std::iter::once(first).chain(children.split_whitespace().map(str::to_string)).collect()
    }

    fn stop(&self) {
        ran(as_postgres(&self.bin.join("pg_ctl")).arg("-D").arg(&self.data).args(["-m", "immediate", "-w", "stop"]));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Debian's place of the server's programs, the newest version.
fn bin() -> Option<PathBuf> {
    let mut all: Vec<PathBuf> = glob::glob("/usr/lib/postgresql/*/bin").ok()?.flatten().collect();
    all.sort();
    all.into_iter().rfind(|bin| bin.join("initdb").exists())
}

/// PostgreSQL does not run as root.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn ran(command: &mut Command) {
    // the server inherits what pg_ctl has: pipes would keep the test waiting for its end
    let status = command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.expect("starts").success(), "{command:?}");
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("bound").port()
}
