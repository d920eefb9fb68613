//! `strawfire deliver`: the outbox, and what is done by hand with its notices.

use super::store::{actor, is_hidden, store_url, visible, with_store};
use super::{Outcome, SiteFolder};
use crate::deliver::outbox::{self, Post, Until};
use crate::error::{Error, Result};
use crate::pipeline::keep::{note_head, runtime};
use crate::site::Site;
use crate::store::{Acknowledged, Row, Status, Store};
use crate::thresholds::Thresholds;
use crate::time::Utc;
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
/// What is under way when all is to end has so long to end: longer than the outbox gives an answer to come.
const GRACE: Duration = Duration::from_secs(10);
/// How often the right to deliver is looked after: a server that was started again gives it to the next that asks.
const TURN_CHECKED: Duration = Duration::from_secs(5);

impl Deliver {
    /// Delivers, or does what is asked of the outbox.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            None => deliver(&self.site, self.once),
            Some(DeliverCommand::List { site }) => with_store(site, async |store, _| list(store).await),
            Some(DeliverCommand::Resend { site, all, reason, numbers }) => {
                with_store(site, async |store, _| resend(store, *all, numbers, reason).await)
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
            done = serve(&site, &url, once, stopped) => done,
        }
    });
    // what hangs is not waited for
    runtime.shutdown_background();
    done
}

/// A store that goes away while the outbox is served is waited for; one that is not there at the start is an error.
async fn serve(site: &Site, url: &str, once: bool, stopped: watch::Receiver<bool>) -> Result<Outcome> {
    let began = Cell::new(false);
    loop {
        let delivered = async {
            // the first start may come before the first scan; later a store that is not there is one that was moved away
            let opened = async { if began.get() { Store::open_existing(url).await } else { Store::open(url).await } };
            let store = tokio::select! {
                store = opened => store?,
                () = is_stopped(stopped.clone()) => return Ok(()),
            };
            deliver_from(&store, site, once, &began, stopped.clone()).await
        };
        match delivered.await {
            Err(error @ Error::Store { .. }) if !once && began.get() && !*stopped.borrow() => {
                tracing::error!("{error}; tried again in {} s", STORE_AGAIN.as_secs());
                tokio::select! {
                    () = tokio::time::sleep(STORE_AGAIN) => {}
                    () = is_stopped(stopped.clone()) => return Ok(Outcome::Done),
                }
            }
            Err(error @ Error::Store { .. }) if *stopped.borrow() => {
                tracing::warn!("{error}; what was under way is done again the next time");
                return Ok(Outcome::Done);
            }
            done => return done.map(|()| Outcome::Done),
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
    began: &Cell<bool>,
    stopped: watch::Receiver<bool>,
) -> Result<()> {
    let turn = tokio::select! {
        turn = wait_for_turn(store, once) => turn?,
        () = is_stopped(stopped.clone()) => return Ok(()),
    };
    let Some(mut alone) = turn else {
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
    let until = if once { Until::Empty } else { Until::Stopped };
    let turn_lost = async {
        loop {
            tokio::time::sleep(TURN_CHECKED).await;
            if let Err(error) = store.still_alone(&mut alone).await {
                return error;
            }
            note_head(store, site, Utc::now(), false).await;
        }
    };
    tokio::select! {
        done = outbox::deliver(&post, until, stopped) => done?,
        error = turn_lost => return Err(error),
    }
    note_head(store, site, Utc::now(), true).await;
    if once {
        let waiting = counts_of(store, Status::Queued).await?;
        if waiting > 0 {
            tracing::warn!("{waiting} notices wait: their sinks did not answer, or their time has not come");
        }
    }
    Ok(())
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
        visible(&row.said)
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
        false => once_each(numbers),
    };
    let mut write = store.write().await?;
    for number in numbers {
        match write.resend(number, Utc::now(), &actor("deliver resend"), reason).await? {
            Some(Status::Queued) => super::say(&format!("{number}: waits to be sent again\n"))?,
            Some(_) => super::say(&format!("{number}: written off: a newer notice of the event was sent since\n"))?,
            None => return Err(not_so(store, number, "refused or written off").await),
        }
    }
    write.commit().await?;
    Ok(Outcome::Done)
}

async fn drop_rows(store: &Store, numbers: &[i64], reason: &str) -> Result<Outcome> {
    if reason.trim().is_empty() {
        return Err(Error::config("--reason", "nothing", "why the notice is not told", "say it: the audit keeps it"));
    }
    let numbers = once_each(numbers);
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

/// A number that was named twice is meant once.
fn once_each(numbers: &[i64]) -> Vec<i64> {
    let mut seen = BTreeSet::new();
    numbers.iter().copied().filter(|number| seen.insert(*number)).collect()
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
