//! `strawfire deliver`: the outbox, and what is done by hand with its notices.

use super::store::{actor, is_hidden, store_url, visible, with_store};
use super::{Outcome, SiteFolder};
use crate::deliver::Unsettled;
use crate::deliver::notices::{self, Known};
use crate::deliver::outbox::{self, Post, Until};
use crate::error::{Error, Result};
use crate::pipeline::keep::{note_head, runtime};
use crate::site::Site;
use crate::station;
use crate::store::{Acknowledged, Row, Status, Store, Write};
use crate::thresholds::Thresholds;
use crate::time::{Clock, Utc};
use clap::{Args, Subcommand};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;
use tokio::sync::watch;

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
/// What is under way when all is to end has so long to end: longer than the outbox gives an answer to come.
const GRACE: Duration = Duration::from_secs(10);
/// How often the right to deliver is looked after: a server that was started again gives it to the next that asks.
const TURN_CHECKED: Duration = Duration::from_secs(5);

impl Deliver {
    /// Delivers, or does what is asked of the outbox.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            None => deliver(&self.site, self.once),
            Some(DeliverCommand::List { site }) => with_store(site, async |store, site| list(store, &site).await),
            Some(DeliverCommand::Resend { site, all, reason, numbers }) => {
                with_store(site, async |store, site| resend(store, &site, *all, numbers, reason).await)
            }
            Some(DeliverCommand::Drop { site, reason, numbers }) => {
                with_store(site, async |store, _| drop_rows(store, numbers, reason).await)
            }
            Some(DeliverCommand::Acknowledge { site, by, events }) => {
                with_store(site, async |store, _| acknowledge(store, by.as_deref(), events).await)
            }
        }
    }
}

/// Delivers until nothing is due, or until told to stop, whatever it waits for at that moment.
fn deliver(site: &SiteFolder, once: bool) -> Result<Outcome> {
    let site = site.load()?;
    let url = store_url(&site)?;
    let runtime = runtime()?;
    let done = runtime.block_on(async {
        let (stop, stopped) = watch::channel(false);
        let told_to_stop = async {
            ended().await;
            tracing::info!("told to stop: what is under way is finished first");
            let _ = stop.send(true);
            tokio::time::sleep(GRACE).await;
            tracing::warn!("what is under way does not end: it is done again the next time");
        };
        tokio::select! {
            biased;
            () = told_to_stop => Ok(Outcome::Done),
            done = serve(&site, &url, once, Clock::MACHINE, stopped) => done,
        }
    });
    // what hangs is not waited for
    runtime.shutdown_background();
    done
}

/// A store that goes away while the outbox is served is waited for; one that is not there at the start is an error.
pub(super) async fn serve(
    site: &Site,
    url: &str,
    once: bool,
    clock: Clock,
    stopped: watch::Receiver<bool>,
) -> Result<Outcome> {
    let began = Cell::new(false);
    let unsettled = Unsettled::default();
    let mut pause = STORE_AGAIN;
    loop {
        let opened = std::time::Instant::now();
        let delivered = async {
            // the first start may come before the first scan; later a store that is not there is one that was moved away
            let opened = async { if began.get() { Store::open_existing(url).await } else { Store::open(url).await } };
            let store = tokio::select! {
                store = opened => store?,
                () = is_stopped(stopped.clone()) => return Ok(Outcome::Done),
            };
            station::is_the_same_clock(&store, clock).await?;
            deliver_from(&store, site, once, clock, (&began, &unsettled), stopped.clone()).await
        };
        match delivered.await {
            Err(error @ Error::Store { .. }) if !once && began.get() && !*stopped.borrow() => {
                // one that was served for long went away anew
                pause = if opened.elapsed() > 2 * STORE_AGAIN_LONGEST { STORE_AGAIN } else { pause };
                tracing::error!("{error}; tried again in {} s", pause.as_secs());
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = is_stopped(stopped.clone()) => return Ok(Outcome::Done),
                }
                pause = (2 * pause).min(STORE_AGAIN_LONGEST);
            }
            Err(error @ Error::Store { .. }) if *stopped.borrow() => {
                tracing::warn!("{error}; what was under way is done again the next time");
                return Ok(Outcome::Done);
            }
            done => return done,
        }
    }
}

async fn is_stopped(mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        std::future::pending().await
    }
}

async fn deliver_from(
    store: &Store,
    site: &Site,
    once: bool,
    clock: Clock,
    (began, unsettled): (&Cell<bool>, &Unsettled),
    stopped: watch::Receiver<bool>,
) -> Result<Outcome> {
    let turn = tokio::select! {
        turn = wait_for_turn(store, once) => turn?,
        () = is_stopped(stopped.clone()) => return Ok(Outcome::Done),
    };
    let Some(mut alone) = turn else {
        let reason = "another strawfire delivers from it".to_string();
        let advice = "stop that one, or leave the delivery to it".to_string();
        return Err(Error::Store { store: store.name(), reason, advice });
    };
    began.set(true);
    let started = clock.now();
    if site.delivery.sinks.is_empty() {
        tracing::warn!("{}: no [[delivery.sinks]]: nothing is delivered to anybody", site.dir.display());
    }
    let thresholds = Thresholds::default();
    for (sink, count) in of_no_sink(&store.counts().await?, site) {
        tracing::warn!("{count} notices wait for {sink}, which is no sink of site.toml: see `strawfire deliver list`");
    }
    let actor = actor("deliver");
    let post = Post { store, site, thresholds: &thresholds.notice, unsettled, actor, clock };
    let until = if once { Until::Empty } else { Until::Stopped };
    let turn_lost = async {
        loop {
            tokio::time::sleep(TURN_CHECKED).await;
            if let Err(error) = store.still_alone(&mut alone).await {
                return error;
            }
            note_head(store, site, clock.now(), false).await;
        }
    };
    let unopened = tokio::select! {
        done = outbox::deliver(&post, until, stopped) => done?,
        error = turn_lost => return Err(error),
    };
    note_head(store, site, clock.now(), true).await;
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
pub(super) async fn ended() {
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
        visible(&row.said)
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
        // a receiver would take nothing for a notice: a message of the desk cannot be rendered anew, and a link goes with its task
        if write.is_without_text(number).await? {
            if !all {
                return Err(without_text(number));
            }
            let _ = writeln!(said, "{number}: left as it is: nothing of its text is kept");
            continue;
        }
        let _ = match write.resend(number, Utc::now(), &actor("deliver resend"), reason).await? {
            Some(Status::Queued) => writeln!(said, "{number}: waits to be sent again"),
            Some(_) => writeln!(said, "{number}: written off: a newer notice of the event was sent since"),
            None => return Err(not_so(store, number, "refused or written off").await),
        };
    }
    write.commit().await?;
    super::say(&said)?;
    Ok(Outcome::Done)
}

fn without_text(number: i64) -> Error {
    let found = format!("{number}, of which no text is kept");
    let advice =
        "tell it by telephone or give the task again on the page, and write it off with `strawfire deliver drop`";
    Error::config("deliver resend", found, "a notice that has a text", advice)
}

/// A notice for which the template did not fit is rendered now.
async fn render(write: &mut Write<'_>, site: &Site, number: i64) -> Result<()> {
    let Some((row, stored)) = write.unrendered(number).await? else { return Ok(()) };
    let Some(sink) = site.delivery.sinks.iter().find(|sink| sink.name == row.filed.sink) else {
        let found = format!("notice {number} for {}, which is no sink of site.toml", row.filed.sink);
        return Err(Error::config("deliver resend", found, "a sink of the site", "put it back, or drop the notice"));
    };
    let thresholds = Thresholds::default();
    let cases = write.cases_of(std::slice::from_ref(&stored.event.id)).await?;
    let of = Known { stored: &stored, case: cases.get(&stored.event.id) };
    let body = notices::body_of(&row, of, sink, site, &thresholds.notice, Utc::now())?;
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
            return Err(not_so(store, number, "waiting or refused").await);
        }
    }
    write.commit().await?;
    super::say(&format!("{} notices written off\n", numbers.len()))?;
    Ok(Outcome::Done)
}

/// Why nothing can be done with a notice.
async fn not_so(store: &Store, number: i64, wanted: &str) -> Error {
    let (found, advice) = match store.status_of(number).await {
        Err(error) => return error,
        Ok(None) => (format!("{number}, which no notice has"), "nothing was changed; correct the number"),
        Ok(Some(status)) => {
            let what = match status {
                Status::Queued => "waits to be sent",
                Status::Sent => "was sent already",
                Status::Dead => "was refused",
                Status::WrittenOff => "was written off already",
                Status::NoAlarm => "was too late for an alarm and was not sent",
                Status::Merged => "was left out for a newer notice of its event",
            };
            (format!("{number}, which {what}"), "nothing was changed; leave that number out")
        }
    };
    let expected = format!("the number of a notice of `strawfire deliver list` that is {wanted}");
    Error::config("deliver", found, expected, advice)
}

async fn acknowledge(store: &Store, by: Option<&str>, events: &[String]) -> Result<Outcome> {
    let mut actor = actor("deliver acknowledge");
    if let Some(by) = by {
        if by.trim().is_empty() || by.contains(is_hidden) {
            let expected = "the name of a person or post in one line, without control characters";
            return Err(Error::config("--by", visible(by), expected, "write the name alone"));
        }
        // who says so, and who typed it: the second must not vanish behind the first
        actor.who = format!("{by} (entered by {})", actor.who);
    }
    let mut write = store.write().await?;
    let mut noted = 0;
    for event in events {
        match write.acknowledge(event, Utc::now(), &actor).await? {
            Acknowledged::Now => noted += 1,
            Acknowledged::Before(at) => {
                super::say(&format!("{event}: was acknowledged before ({} Beijing)\n", at.beijing()))?;
            }
            Acknowledged::Unknown => {
                let expected = "the id of an event of the store";
                let advice = "nothing was changed; correct the id";
                return Err(Error::config("deliver acknowledge", visible(event), expected, advice));
            }
        }
    }
    write.commit().await?;
    super::say(&format!("{noted} events acknowledged\n"))?;
    Ok(Outcome::Done)
}
