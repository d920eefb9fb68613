//! `strawfire deliver`: the outbox, and what is done by hand with its notices.

use super::store::{actor, with_store};
use super::{Outcome, SiteFolder};
use crate::deliver::outbox::{self, Post, Until};
use crate::error::{Error, Result};
use crate::pipeline::keep::runtime;
use crate::site::Site;
use crate::store::{Row, Status, Store};
use crate::thresholds::Thresholds;
use crate::time::Utc;
use clap::{Args, Subcommand};
use std::cell::Cell;
use std::fmt::Write as _;
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

/// Pause before a store that went away is opened again.
const STORE_AGAIN: Duration = Duration::from_secs(5);
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

/// Delivers. A store that goes away while the outbox is served is waited for; one that is not there at the start is an error.
fn deliver(site: &SiteFolder, once: bool) -> Result<Outcome> {
    let began = Cell::new(false);
    loop {
        match with_store(site, async |store, site| deliver_from(&store, &site, once, &began).await) {
            Err(error @ Error::Store { .. }) if !once && began.get() => {
                tracing::error!("{error}; tried again in {} s", STORE_AGAIN.as_secs());
                if runtime()?.block_on(async { tokio::time::timeout(STORE_AGAIN, ended()).await.is_ok() }) {
                    return Ok(Outcome::Done);
                }
            }
            done => return done,
        }
    }
}

async fn deliver_from(store: &Store, site: &Site, once: bool, began: &Cell<bool>) -> Result<Outcome> {
    let Some(mut alone) = wait_for_turn(store, once).await? else {
        let reason = "another strawfire delivers from it".to_string();
        let advice = "stop that one, or leave the delivery to it".to_string();
        return Err(Error::Store { store: store.name(), reason, advice });
    };
    began.set(true);
    if site.delivery.sinks.is_empty() {
        tracing::warn!("{}: no [[delivery.sinks]]: nothing is delivered to anybody", site.dir.display());
    }
    let thresholds = Thresholds::default();
    let post = Post { store, site, thresholds: &thresholds.notice, actor: actor("deliver"), clock: Utc::now };
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
    let waiting = counts_of(store, Status::Queued).await?;
    if once && waiting > 0 {
        tracing::warn!("{waiting} notices wait: their sinks did not answer, or their time has not come");
    }
    Ok(Outcome::Done)
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
pub(super) async fn ended() {
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
    let _ = writeln!(
        text,
        "\ndead letters: number, sink, event, revision, kind, queued (Beijing), attempts, what was said"
    );
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
        row.id,
        filed.sink,
        filed.event,
        filed.revision,
        filed.kind,
        row.queued.beijing(),
        row.attempts,
        row.said
    )
}

async fn resend(store: &Store, all: bool, numbers: &[i64], reason: &str) -> Result<Outcome> {
    if all != numbers.is_empty() {
        return Err(Error::config(
            "deliver resend",
            "numbers and --all, or neither",
            "one of the two",
            "name the notices",
        ));
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
