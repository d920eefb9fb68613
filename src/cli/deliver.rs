//! `strawfire deliver`: the outbox, and what is done by hand with its notices.

use super::store::{actor, with_store};
use super::{Outcome, SiteFolder};
use crate::deliver::outbox::{self, Post, Until};
use crate::deliver::{Unsettled, notices};
use crate::error::{Error, Result};
use crate::pipeline::keep::runtime;
use crate::site::Site;
use crate::store::{Row, Status, Store, Write};
use crate::thresholds::Thresholds;
use crate::time::Utc;
use clap::{Args, Subcommand};
use std::cell::Cell;
use std::collections::BTreeSet;
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
    /// Dead letters, what waits and why, and how many notices were sent or written off.
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

/// Pauses before a store that went away is opened again: doubled from the first to the longest.
const STORE_AGAIN: Duration = Duration::from_secs(5);
const STORE_AGAIN_LONGEST: Duration = Duration::from_secs(60);
/// Longest wait for another deliverer to end, with `--once`.
const OTHER_DELIVERER: Duration = Duration::from_secs(60);
/// How often the right to deliver is looked after: a server that was started again gives it to the next that asks.
const TURN_CHECKED: Duration = Duration::from_secs(5);

impl Deliver {
    /// Delivers, or does what is asked of the outbox.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            None => deliver(&self.site, self.once),
            Some(DeliverCommand::List { site }) => with_store(site, async |store, site| list(&store, &site).await),
            Some(DeliverCommand::Resend { site, all, reason, numbers }) => {
                with_store(site, async |store, site| resend(&store, &site, *all, numbers, reason).await)
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
    let unsettled = Unsettled::default();
    let mut pause = STORE_AGAIN;
    loop {
        let opened = std::time::Instant::now();
        match with_store(site, async |store, site| deliver_from(&store, &site, once, &began, &unsettled).await) {
            Err(error @ Error::Store { .. }) if !once && began.get() => {
                // one that was served for long went away anew
                pause = if opened.elapsed() > 2 * STORE_AGAIN_LONGEST { STORE_AGAIN } else { pause };
                tracing::error!("{error}; tried again in {} s", pause.as_secs());
                if runtime()?.block_on(async { tokio::time::timeout(pause, ended()).await.is_ok() }) {
                    return Ok(Outcome::Done);
                }
                pause = (2 * pause).min(STORE_AGAIN_LONGEST);
            }
            done => return done,
        }
    }
}

async fn deliver_from(
    store: &Store,
    site: &Site,
    once: bool,
    began: &Cell<bool>,
    unsettled: &Unsettled,
) -> Result<Outcome> {
    let Some(mut alone) = wait_for_turn(store, once).await? else {
        let reason = "another strawfire delivers from it".to_string();
        let advice = "stop that one, or leave the delivery to it".to_string();
        return Err(Error::Store { store: store.name(), reason, advice });
    };
    began.set(true);
    let started = Utc::now();
    if site.delivery.sinks.is_empty() {
        tracing::warn!("{}: no [[delivery.sinks]]: nothing is delivered to anybody", site.dir.display());
    }
    let thresholds = Thresholds::default();
    for (sink, count) in of_no_sink(&store.counts().await?, site) {
        tracing::warn!("{count} notices wait for {sink}, which is no sink of site.toml: see `strawfire deliver list`");
    }
    let actor = actor("deliver");
    let post = Post { store, site, thresholds: &thresholds.notice, unsettled, actor, clock: Utc::now };
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
    let unopened = tokio::select! {
        done = outbox::deliver(&post, until, stopped) => done?,
        () = signals => Vec::new(),
        error = turn_lost => return Err(error),
    };
    if once { what_waits(store, site, started, unopened).await } else { Ok(Outcome::Done) }
}

/// How a run ended by itself: an error where a sink could not be opened; out of reach where one did not take what was due when it
/// started. What waits for its time is no trouble.
async fn what_waits(store: &Store, site: &Site, started: Utc, unopened: Vec<Error>) -> Result<Outcome> {
    let overdue = store.overdue(started).await?;
    let is_sink = |name: &String| site.delivery.sinks.iter().any(|sink| sink.name == *name);
    let overdue: Vec<(String, i64)> = overdue.into_iter().filter(|(name, _)| is_sink(name)).collect();
    for (name, count) in &overdue {
        tracing::error!("{name}: {count} notices that were due are not delivered; they are tried again the next time");
    }
    let counts = store.counts().await?;
    let overdue_of = |name: &String| overdue.iter().find(|(of, _)| of == name).map_or(0, |(_, count)| *count);
    let of_sinks = counts.iter().filter(|(name, status, _)| *status == Status::Queued && is_sink(name));
    let later: i64 = of_sinks.map(|(name, _, count)| count - overdue_of(name)).sum();
    if later > 0 {
        tracing::warn!("{later} notices wait for their time (digest, quiet hours)");
    }
    let dead: i64 = counts.iter().filter(|(_, status, _)| *status == Status::Dead).map(|(.., count)| count).sum();
    if dead > 0 {
        tracing::warn!("{dead} notices are dead letters: see `strawfire deliver list`");
    }
    match unopened.into_iter().next() {
        Some(error) => Err(error),
        None if !overdue.is_empty() => Ok(Outcome::OutOfReach),
        None => Ok(Outcome::Done),
    }
}

/// Sinks for which notices wait and which the site does not have any more, each with how many.
fn of_no_sink(counts: &[(String, Status, i64)], site: &Site) -> Vec<(String, i64)> {
    let is_sink = |name: &str| site.delivery.sinks.iter().any(|sink| sink.name == name);
    let waiting = counts.iter().filter(|(name, status, _)| *status == Status::Queued && !is_sink(name));
    waiting.map(|(name, _, count)| (name.clone(), *count)).collect()
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

/// Rows that are printed of each kind.
const PRINTED: usize = 1000;

async fn list(store: &Store, site: &Site) -> Result<Outcome> {
    let counts = store.counts().await?;
    let mut text = String::from("sink state notices\n");
    for (sink, status, count) in &counts {
        let _ = writeln!(text, "{sink} {} {count}", status.name());
    }
    for (sink, count) in of_no_sink(&counts, site) {
        let _ = writeln!(
            text,
            "\n{sink} is no sink of site.toml, and {count} notices wait for it: put the sink back, or write them off \
             (strawfire deliver drop)"
        );
    }
    let columns = "number, sink, event, revision, kind, queued (Beijing), attempts, what was said";
    let most = PRINTED as i64 + 1;
    let _ = writeln!(text, "\ndead letters: {columns}");
    put(&mut text, &store.listed(Status::Dead, most).await?, told);
    let tried = store.listed_waiting(true, most).await?;
    if !tried.is_empty() {
        let _ = writeln!(text, "\ntried and waiting: {columns}");
        put(&mut text, &tried, told);
    }
    let untried = store.listed_waiting(false, most).await?;
    if !untried.is_empty() {
        let _ = writeln!(text, "\nwaiting, not tried yet: number, sink, event, revision, kind, due (Beijing)");
        put(&mut text, &untried, told_when);
    }
    super::say(&text)?;
    Ok(Outcome::Done)
}

fn put(text: &mut String, rows: &[Row], line: fn(&Row) -> String) {
    for row in rows.iter().take(PRINTED) {
        let _ = writeln!(text, "{}", line(row));
    }
    if rows.len() > PRINTED {
        let _ = writeln!(text, "... and more: these are the {PRINTED} oldest");
    }
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

fn told_when(row: &Row) -> String {
    let filed = &row.filed;
    format!("{} {} {} {} {} {}", row.id, filed.sink, filed.event, filed.revision, filed.kind, filed.due.beijing())
}

async fn resend(store: &Store, site: &Site, all: bool, numbers: &[i64], reason: &str) -> Result<Outcome> {
    if all != numbers.is_empty() {
        return Err(Error::config(
            "deliver resend",
            "numbers and --all, or neither",
            "one of the two",
            "name the notices",
        ));
    }
    let numbers: BTreeSet<i64> = match all {
        true => store.numbers_of(Status::Dead).await?.into_iter().collect(),
        false => numbers.iter().copied().collect(),
    };
    let mut write = store.write().await?;
    let mut said = String::new();
    for number in numbers {
        render(&mut write, site, number).await?;
        let _ = match write.resend(number, Utc::now(), &actor("deliver resend"), reason).await? {
            Some(Status::Queued) => writeln!(said, "{number}: waits to be sent again"),
            Some(_) => writeln!(said, "{number}: written off: a newer notice of the event was sent since"),
            None => return Err(no_such(&mut write, number).await?),
        };
    }
    write.commit().await?;
    super::say(&said)?;
    Ok(Outcome::Done)
}

/// A notice for which the template did not fit is rendered now.
async fn render(write: &mut Write<'_>, site: &Site, number: i64) -> Result<()> {
    let Some((row, stored)) = write.unrendered(number).await? else { return Ok(()) };
    let Some(sink) = site.delivery.sinks.iter().find(|sink| sink.name == row.filed.sink) else {
        let found = format!("notice {number} for {}, which is no sink of site.toml", row.filed.sink);
        return Err(Error::config("deliver resend", found, "a sink of the site", "put it back, or drop the notice"));
    };
    let thresholds = Thresholds::default();
    let body = notices::body_of(&row, &stored, sink, site, &thresholds.notice, Utc::now())?;
    write.put_body(number, &body).await
}

async fn drop_rows(store: &Store, numbers: &[i64], reason: &str) -> Result<Outcome> {
    if reason.trim().is_empty() {
        return Err(Error::config("--reason", "nothing", "why the notice is not told", "say it: the audit keeps it"));
    }
    let numbers: BTreeSet<i64> = numbers.iter().copied().collect();
    let mut write = store.write().await?;
    for &number in &numbers {
        if !write.write_off(number, Utc::now(), &actor("deliver drop"), reason).await? {
            return Err(no_such(&mut write, number).await?);
        }
    }
    write.commit().await?;
    super::say(&format!("{} notices written off\n", numbers.len()))?;
    Ok(Outcome::Done)
}

async fn no_such(write: &mut Write<'_>, number: i64) -> Result<Error> {
    let found = match write.status_of(number).await? {
        Some(status) => format!("{number}, a notice that is {}", status.name()),
        None => number.to_string(),
    };
    let expected = "the number of a notice of `strawfire deliver list` with which that can be done";
    Ok(Error::config("deliver", found, expected, "nothing was changed; correct the number"))
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
