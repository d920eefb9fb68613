//! Commands that work on the store alone: `deliver`, `audit`, `backup`, `restore`, `retain`.

use super::{Outcome, SiteFolder};
use crate::deliver::atomic;
use crate::deliver::outbox::{self, Post, Until};
use crate::error::{Error, Result};
use crate::pipeline::keep::runtime;
use crate::site::Site;
use crate::store::{Actor, Row, Status, Store};
use crate::thresholds::Thresholds;
use crate::time::Utc;
use clap::{Args, Subcommand};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

/// The outbox: delivers what is due, and dead letters.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Deliver {
    #[command(flatten)]
    site: SiteFolder,
    /// End when nothing is due any more, instead of going on for ever.
    #[arg(long)]
    once: bool,
    #[command(subcommand)]
    command: Option<DeliverCommand>,
}

#[derive(Debug, Subcommand)]
enum DeliverCommand {
    /// Dead letters, and how many notices wait, were sent or written off.
    List {
        #[command(flatten)]
        site: SiteFolder,
    },
    /// Send dead letters again: those with these numbers, or all.
    Resend {
        #[command(flatten)]
        site: SiteFolder,
        /// All of them.
        #[arg(long)]
        all: bool,
        /// Why, for the audit.
        #[arg(long, default_value = "sent again")]
        reason: String,
        /// Numbers of `deliver list`.
        numbers: Vec<i64>,
    },
    /// Write notices off that were not told, with the reason.
    Drop {
        #[command(flatten)]
        site: SiteFolder,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Numbers of `deliver list`.
        #[arg(required = true)]
        numbers: Vec<i64>,
    },
    /// Note that somebody takes care of an event: it is not escalated any more.
    Acknowledge {
        #[command(flatten)]
        site: SiteFolder,
        /// Who.
        #[arg(long)]
        by: Option<String>,
        /// Ids of events.
        #[arg(required = true)]
        events: Vec<String>,
    },
}

/// Longest wait for another deliverer to end, with `--once`.
const OTHER_DELIVERER: Duration = Duration::from_secs(60);
/// How often the right to deliver is looked after: a server that was started again gives it to the next that asks.
const TURN_CHECKED: Duration = Duration::from_secs(5);

impl Deliver {
    /// Delivers, or does what is asked of the outbox.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            None => deliver(&self.site, self.once),
            Some(DeliverCommand::List { site }) => with_store(site, async |store, _| list(&store).await),
            Some(DeliverCommand::Resend { site, all, reason, numbers }) => {
                with_store(site, async |store, _| resend(&store, *all, numbers, reason).await)
            }
            Some(DeliverCommand::Drop { site, reason, numbers }) => {
                with_store(site, async |store, _| drop_rows(&store, numbers, reason).await)
            }
            Some(DeliverCommand::Acknowledge { site, by, events }) => {
                with_store(site, async |store, _| acknowledge(&store, by.as_deref(), events).await)
            }
        }
    }
}

/// Opens the store of a site for a piece of work.
fn with_store(site: &SiteFolder, work: impl AsyncFnOnce(Store, Site) -> Result<Outcome>) -> Result<Outcome> {
    let site = site.load()?;
    let Some(url) = site.store_url.clone() else {
        return Err(Error::config(
            format!("{}: store.url", site.dir.join("site.toml").display()),
            "nothing",
            "the address of a store, as \"sqlite:///var/lib/strawfire/strawfire.db\"",
            "set it: without a store nothing is kept and nothing is delivered",
        ));
    };
    runtime()?.block_on(async {
        let store = Store::open(&url).await?;
        work(store, site).await
    })
}

fn deliver(site: &SiteFolder, once: bool) -> Result<Outcome> {
    with_store(site, async |store, site| {
        let Some(mut alone) = wait_for_turn(&store, once).await? else {
            let reason = "another strawfire delivers from it".to_string();
            let advice = "stop that one, or leave the delivery to it".to_string();
            return Err(Error::Store { store: store.name(), reason, advice });
        };
        if site.delivery.sinks.is_empty() {
            tracing::warn!("{}: no [[delivery.sinks]]: nothing is delivered to anybody", site.dir.display());
        }
        let thresholds = Thresholds::default();
        let post = Post {
            store: &store,
            site: &site,
            thresholds: &thresholds.notice,
            actor: actor("deliver"),
            clock: Utc::now,
        };
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let until = if once { Until::Empty } else { Until::Stopped };
        let signals = async {
            ended().await;
            tracing::info!("told to stop: what is under way is finished first");
            let _ = stop.send(true);
            std::future::pending::<()>().await;
        };
        let turn_lost = async {
            loop {
                tokio::time::sleep(TURN_CHECKED).await;
                if let Err(error) = store.still_alone(&mut alone).await {
                    return error;
                }
            }
        };
        tokio::select! {
            done = outbox::deliver(&post, until, stopped) => done?,
            () = signals => {}
            error = turn_lost => return Err(error),
        }
        let waiting = counts_of(&store, Status::Queued).await?;
        if once && waiting > 0 {
            tracing::warn!("{waiting} notices wait: their sinks did not answer, or their time has not come");
        }
        Ok(Outcome::Done)
    })
}

/// The right to deliver; with `once` another one is waited for.
async fn wait_for_turn(store: &Store, once: bool) -> Result<Option<crate::store::Deliverer>> {
    let began = std::time::Instant::now();
    loop {
        let deliverer = store.deliverer().await?;
        if deliverer.is_some() || !once || began.elapsed() > OTHER_DELIVERER {
            return Ok(deliverer);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// When the process is told to end.
async fn ended() {
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    let Ok(mut terminate) = terminate else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

async fn counts_of(store: &Store, status: Status) -> Result<i64> {
    Ok(store.counts().await?.into_iter().filter(|(_, found, _)| *found == status).map(|(.., count)| count).sum())
}

/// Rows that are printed.
const PRINTED: i64 = 1000;

async fn list(store: &Store) -> Result<Outcome> {
    let mut text = String::from("sink state notices\n");
    for (sink, status, count) in store.counts().await? {
        let _ = writeln!(text, "{sink} {} {count}", status.name());
    }
    let _ = writeln!(text, "\ndead letters: number, sink, event, revision, kind, queued (Beijing), attempts, what was said");
    for row in store.rows(Status::Dead, PRINTED).await? {
        let _ = writeln!(text, "{}", told(&row));
    }
    let waiting = store.rows(Status::Queued, PRINTED).await?;
    let tried: Vec<&Row> = waiting.iter().filter(|row| row.attempts > 0).collect();
    if !tried.is_empty() {
        let _ = writeln!(text, "\ntried and waiting:");
        for row in tried {
            let _ = writeln!(text, "{}", told(row));
        }
    }
    super::say(&text)?;
    Ok(Outcome::Done)
}

fn told(row: &Row) -> String {
    let filed = &row.filed;
    format!(
        "{} {} {} {} {} {} {} {}",
        row.id, filed.sink, filed.event, filed.revision, filed.kind, row.queued.beijing(), row.attempts, row.said
    )
}

async fn resend(store: &Store, all: bool, numbers: &[i64], reason: &str) -> Result<Outcome> {
    if all != numbers.is_empty() {
        return Err(Error::config("deliver resend", "numbers and --all, or neither", "one of the two", "name the notices"));
    }
    let numbers = match all {
        true => store.rows(Status::Dead, i64::MAX).await?.into_iter().map(|row| row.id).collect(),
        false => numbers.to_vec(),
    };
    let mut write = store.write().await?;
    for number in numbers {
        match write.resend(number, Utc::now(), &actor("deliver resend"), reason).await? {
            Some(Status::Queued) => super::say(&format!("{number}: waits to be sent again\n"))?,
            Some(_) => super::say(&format!("{number}: written off: a newer notice of the event was sent since\n"))?,
            None => return Err(no_such(number)),
        }
    }
    write.commit().await?;
    Ok(Outcome::Done)
}

async fn drop_rows(store: &Store, numbers: &[i64], reason: &str) -> Result<Outcome> {
    if reason.trim().is_empty() {
        return Err(Error::config("--reason", "nothing", "why the notice is not told", "say it: the audit keeps it"));
    }
    let mut write = store.write().await?;
    for &number in numbers {
        if !write.write_off(number, Utc::now(), &actor("deliver drop"), reason).await? {
            return Err(no_such(number));
        }
    }
    write.commit().await?;
    super::say(&format!("{} notices written off\n", numbers.len()))?;
    Ok(Outcome::Done)
}

fn no_such(number: i64) -> Error {
    let expected = "the number of a notice of `strawfire deliver list`";
    Error::config("deliver", number.to_string(), expected, "nothing was changed; correct the number")
}

async fn acknowledge(store: &Store, by: Option<&str>, events: &[String]) -> Result<Outcome> {
    let mut actor = actor("deliver acknowledge");
    if let Some(by) = by {
        actor.who = by.to_string();
    }
    let mut write = store.write().await?;
    for event in events {
        if !write.acknowledge(event, Utc::now(), &actor).await? {
            let expected = "the id of an event of the store";
            return Err(Error::config("deliver acknowledge", event, expected, "nothing was changed; correct the id"));
        }
    }
    write.commit().await?;
    super::say(&format!("{} events acknowledged\n", events.len()))?;
    Ok(Outcome::Done)
}

/// The audit.
#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Whether every line is as it was written, none gone and none moved.
    Verify {
        #[command(flatten)]
        site: SiteFolder,
        /// Number and hash of a line noted earlier, as 123:9f86d0...: shows that none was cut off since.
        #[arg(long)]
        noted: Option<String>,
    },
    /// The last lines.
    Show {
        #[command(flatten)]
        site: SiteFolder,
        /// How many.
        #[arg(long, default_value_t = 50)]
        lines: i64,
    },
}

impl Audit {
    /// Checks or shows.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            AuditCommand::Verify { site, noted } => {
                let noted = noted.as_deref().map(noted_line).transpose()?;
                with_store(site, async |store, _| verify(&store, noted).await)
            }
            AuditCommand::Show { site, lines } => with_store(site, async |store, _| {
                let mut text = String::new();
                for (at, [who, origin, action, record, detail]) in store.audit_lines(*lines).await? {
                    let _ = writeln!(text, "{} {who} ({origin}) {action} {record} {detail}", at.rfc3339());
                }
                super::say(&text)?;
                Ok(Outcome::Done)
            }),
        }
    }
}

fn noted_line(text: &str) -> Result<(i64, String)> {
    let parts = text.split_once(':').and_then(|(seq, hash)| Some((seq.trim().parse().ok()?, hash.trim().to_string())));
    let expected = "number and hash as `audit verify` printed them, with a colon between";
    parts.ok_or_else(|| Error::config("--noted", text, expected, "copy it as it was printed"))
}

async fn verify(store: &Store, noted: Option<(i64, String)>) -> Result<Outcome> {
    let noted = noted.as_ref().map(|(seq, hash)| (*seq, hash.as_str()));
    let found = store.verify_audit(noted).await?;
    match &found.broken {
        None => {
            super::say(&format!("{} lines, as they were written; note this: {}:{}\n", found.lines, found.lines, found.head))?;
            Ok(Outcome::Done)
        }
        Some(broken) => {
            let at = broken.at.map_or(String::new(), |at| format!(" of {}", at.rfc3339()));
            Err(Error::input(
                format!("{}: audit, line {}{at}", store.name(), broken.seq),
                &broken.why,
                "the lines as they were written",
                "somebody changed the audit: keep this store as it is, and compare it with a backup",
            ))
        }
    }
}

/// The whole store into a file.
#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    site: SiteFolder,
    /// The file; one that is there is replaced when the new one is whole.
    file: PathBuf,
}

impl Backup {
    /// Writes it.
    pub fn run(&self) -> Result<Outcome> {
        with_store(&self.site, async |store, _| {
            let path = &self.file;
            let beside = path.with_file_name(format!(".{}.part", std::process::id()));
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder {
                super::make_folder(folder)?;
            }
            let failed = |error: std::io::Error| Error::output(path, error);
            let rows = {
                let mut out = std::io::BufWriter::new(std::fs::File::create(&beside).map_err(failed)?);
                let written = store.backup(|line| writeln!(out, "{line}").map_err(failed)).await;
                let written = written.and_then(|rows| {
                    out.flush().and_then(|()| out.get_ref().sync_all()).map_err(failed)?;
                    std::fs::rename(&beside, path).map_err(failed)?;
                    Ok(rows)
                });
                if written.is_err() {
                    let _ = std::fs::remove_file(&beside);
                }
                written?
            };
            atomic::sync_folder(folder.unwrap_or(std::path::Path::new(".")));
            let (seq, hash) = store.audit_head().await?;
            super::say(&format!("{rows} rows written to {}; the audit ends with {seq}:{hash}\n", path.display()))?;
            Ok(Outcome::Done)
        })
    }
}

/// A backup into an empty store.
#[derive(Debug, Args)]
pub struct Restore {
    #[command(flatten)]
    site: SiteFolder,
    /// The file.
    file: PathBuf,
}

impl Restore {
    /// Reads it.
    pub fn run(&self) -> Result<Outcome> {
        with_store(&self.site, async |store, _| {
            let rows = store.restore(&self.file).await?;
            let mut write = store.write().await?;
            let detail = serde_json::json!({ "file": self.file.display().to_string(), "rows": rows });
            write.audit(Utc::now(), &actor("restore"), "restore", "store", &detail).await?;
            write.commit().await?;
            super::say(&format!("{rows} rows restored into {}\n", store.name()))?;
            Ok(Outcome::Done)
        })
    }
}

/// What is older than it is kept goes; open cases and untold notices never do.
#[derive(Debug, Args)]
pub struct Retain {
    #[command(flatten)]
    site: SiteFolder,
}

impl Retain {
    /// Takes it away.
    pub fn run(&self) -> Result<Outcome> {
        with_store(&self.site, async |store, site| {
            let [events, fires, looks, notices] = store.retain(&site.retention, Utc::now(), &actor("retain")).await?;
            super::say(&format!("taken away: {events} events, {fires} detections, {looks} looks, {notices} notices\n"))?;
            Ok(Outcome::Done)
        })
    }
}

/// Who runs this program, and where.
pub(super) fn actor(command: &str) -> Actor {
    let who = ["STRAWFIRE_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Actor { who: who.unwrap_or_else(|| "unknown".to_string()), origin: format!("{} strawfire {command}", host.trim()) }
}
