//! The outbox, emptied: one worker a sink, so that one that is down holds up no other. What is sent is settled by the answer; a
//! process that is killed in between sends again under the same key, and the receiver sees it once.

use super::notices::{self, is_late};
use super::sinks::{Answer, Kind, Letter, Sink};
use crate::error::Result;
use crate::site::{Route, Site};
use crate::store::{Actor, Row, Settled, Status, Store};
use crate::thresholds::NoticeThresholds;
use crate::time::Utc;
use futures_util::future::join_all;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// What delivering needs to know.
pub struct Post<'a> {
    /// The store.
    pub store: &'a Store,
    /// The site.
    pub site: &'a Site,
    /// When an alarm is too late.
    pub thresholds: &'a NoticeThresholds,
    /// Who delivers, for the audit.
    pub actor: Actor,
    /// Reads the clock.
    pub clock: fn() -> Utc,
}

/// How a worker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Nothing is due any more, and what failed was tried once in this run.
    Empty,
    /// It is told to stop.
    Stopped,
}

/// Rows read at once.
const PAGE: i64 = 256;
/// Pause before the outbox is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// Pause before what nobody acknowledged is looked for again.
const ESCALATION: Duration = Duration::from_secs(10);
/// A run that ends by itself gives a sink up after so many failures one after the other.
const PATIENCE: u32 = 5;
/// Waits after failures of a sink: doubled from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Waits of one notice after it failed.
const FIRST_WAIT_S: f64 = 1.0;
const LONGEST_WAIT_S: f64 = 300.0;

/// Delivers what is due through all sinks until nothing is, or until told to stop.
///
/// # Errors
/// [`crate::error::Error::Config`] where a sink of the site cannot be opened; [`crate::error::Error::Store`].
pub async fn deliver(post: &Post<'_>, until: Until, stop: watch::Receiver<bool>) -> Result<()> {
    let mut sinks = Vec::new();
    for config in &post.site.delivery.sinks {
        sinks.push((config, Sink::open(config, &post.site.delivery)?));
    }
    escalate(post).await?;
    let workers = sinks.iter().map(|(config, sink)| {
        let worker = Worker { post, config, sink, failures: 0 };
        worker.run(until, stop.clone())
    });
    let watching = async { if until == Until::Stopped { watch(post, stop.clone()).await } else { Ok(()) } };
    let (done, watched) = tokio::join!(join_all(workers), watching);
    done.into_iter().collect::<Result<()>>().and(watched)
}

/// Looks again and again for what nobody acknowledged.
async fn watch(post: &Post<'_>, mut stop: watch::Receiver<bool>) -> Result<()> {
    while !*stop.borrow() {
        tokio::select! {
            () = sleep(ESCALATION) => escalate(post).await?,
            _ = stop.changed() => {}
        }
    }
    Ok(())
}

/// Queues notices of events that were told and that nobody acknowledged in the time of their route.
async fn escalate(post: &Post<'_>) -> Result<()> {
    let now = (post.clock)();
    for route in &post.site.delivery.routes {
        let Some(told_before) = route.escalate_after.and_then(|after| now.plus_seconds(-after.as_secs_f64())) else {
            continue;
        };
        for (sink, target) in
            route.sinks.iter().flat_map(|sink| route.escalate_to.iter().map(move |target| (sink, target)))
        {
            let Some(target) = post.site.delivery.sinks.iter().find(|sink| sink.name == *target) else { continue };
            let waiting = post.store.unacknowledged(sink, &target.name, told_before).await?;
            let always = Route { hours: None, ..route.clone() };
            for mut stored in waiting.into_iter().filter(|stored| notices::takes(&always, &stored.event, now)) {
                let mut write = post.store.write().await?;
                write.escalated(&mut stored, now, &post.actor).await?;
                let filed = notices::escalation(&stored, target, post.site, post.thresholds, now)?;
                write.file(&[filed], now).await?;
                write.commit().await?;
            }
        }
    }
    Ok(())
}

/// One sink with its queue.
struct Worker<'a> {
    post: &'a Post<'a>,
    config: &'a crate::site::Sink,
    sink: &'a Sink,
    /// Failures since the last answer.
    failures: u32,
}

/// What one round came to.
enum Round {
    /// Nothing was due.
    Nothing,
    /// Something was sent or settled.
    Went,
    /// The sink does not answer.
    Failed,
    /// As many calls as a minute allows.
    Paced(Duration),
}

impl Worker<'_> {
    async fn run(mut self, until: Until, mut stop: watch::Receiver<bool>) -> Result<()> {
        while !*stop.borrow() {
            let pause = match self.round().await? {
                Round::Went => {
                    self.failures = 0;
                    continue;
                }
                Round::Nothing if until == Until::Empty => return Ok(()),
                Round::Failed if until == Until::Empty && self.failures >= PATIENCE => return Ok(()),
                Round::Failed if until == Until::Empty => Duration::ZERO,
                Round::Nothing => LOOK_AGAIN,
                Round::Failed => self.pause(),
                Round::Paced(wait) => wait,
            };
            tokio::select! {
                () = sleep(pause) => {}
                _ = stop.changed() => {}
            }
        }
        Ok(())
    }

    /// One message, or as many as the sink takes at the same time.
    async fn round(&mut self) -> Result<Round> {
        let now = (self.post.clock)();
        let rows = self.post.store.due(&self.config.name, now, PAGE).await?;
        let rows = self.without_late_alarms(rows, now).await?;
        if rows.is_empty() {
            return Ok(Round::Nothing);
        }
        if let Some(wait) = self.wait_for_pace(now).await? {
            return Ok(Round::Paced(wait));
        }
        let letters: Vec<Letter> = rows.iter().map(|row| self.letter(row, now)).collect();
        if self.config.in_flight > 1 && self.sink.pace().is_none() && self.failures == 0 {
            return self.several(&rows, &letters).await;
        }
        let count = self.sink.fits(&letters).clamp(1, letters.len());
        if self.sink.pace().is_some() {
            self.note_call(now).await?;
        }
        let answer = self.sink.send(&letters[..count], now).await;
        self.keep(&rows[..count], &answer).await
    }

    /// Sends each by itself, some at the same time; of one event there is only one among them.
    async fn several(&mut self, rows: &[Row], letters: &[Letter]) -> Result<Round> {
        let mut went = true;
        for (rows, letters) in rows.chunks(self.config.in_flight).zip(letters.chunks(self.config.in_flight)) {
            let now = (self.post.clock)();
            let sends = letters.iter().map(|letter| self.sink.send(std::slice::from_ref(letter), now));
            let answers = join_all(sends).await;
            let settled: Vec<(&Row, Settled)> =
                rows.iter().zip(&answers).map(|(row, answer)| (row, self.settled(row, answer))).collect();
            self.settle(&settled).await?;
            if answers.iter().any(|answer| matches!(answer, Answer::Again { .. })) {
                went = false;
                self.failures += 1;
                break;
            }
        }
        Ok(if went { Round::Went } else { Round::Failed })
    }

    async fn keep(&mut self, rows: &[Row], answer: &Answer) -> Result<Round> {
        let settled: Vec<(&Row, Settled)> = rows.iter().map(|row| (row, self.settled(row, answer))).collect();
        self.settle(&settled).await?;
        Ok(match answer {
            Answer::Again { after, said } => {
                self.failures += 1;
                tracing::warn!("{}: {said}; {} notices wait", self.config.name, rows.len());
                after.map_or(Round::Failed, Round::Paced)
            }
            Answer::Refused { said } => {
                tracing::error!(
                    "{}: refused {} notices: {said}; see `strawfire deliver list`",
                    self.config.name,
                    rows.len()
                );
                Round::Went
            }
            Answer::Accepted { .. } => Round::Went,
        })
    }

    async fn settle(&self, settled: &[(&Row, Settled)]) -> Result<()> {
        let mut write = self.post.store.write().await?;
        write.settle(settled, (self.post.clock)(), &self.post.actor).await?;
        write.commit().await
    }

    fn settled(&self, row: &Row, answer: &Answer) -> Settled {
        let now = (self.post.clock)();
        let (status, due, said) = match answer {
            Answer::Accepted { said } => (Status::Sent, now, said),
            Answer::Refused { said } => (Status::Dead, now, said),
            Answer::Again { after, said } => {
                let wait = wait_s(row).max(after.map_or(0.0, |after| after.as_secs_f64()));
                (Status::Queued, now.plus_seconds(wait).unwrap_or(now), said)
            }
        };
        Settled { id: row.id, status, due, said: said.clone() }
    }

    /// Nobody is woken up for what is long over: those rows are settled without a call.
    async fn without_late_alarms(&self, rows: Vec<Row>, now: Utc) -> Result<Vec<Row>> {
        let is_late_alarm = |row: &Row| self.config.alarm && is_late(row.filed.seen, self.post.thresholds, now);
        if !rows.iter().any(is_late_alarm) {
            return Ok(rows);
        }
        let (late, rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(is_late_alarm);
        let said = "too late for an alarm: the lists have it as a late supplement";
        let over = late
            .iter()
            .map(|row| (row, Settled { id: row.id, status: Status::NoAlarm, due: now, said: said.to_string() }));
        self.settle(&over.collect::<Vec<_>>()).await?;
        Ok(rows)
    }

    fn letter(&self, row: &Row, now: Utc) -> Letter {
        let filed = &row.filed;
        Letter {
            key: format!("{}:{}", filed.event, filed.revision),
            event: filed.event.clone(),
            revision: u32::try_from(filed.revision).unwrap_or(u32::MAX),
            kind: Kind::from_name(&filed.kind).unwrap_or(Kind::Updated),
            body: filed.body.clone(),
            seen: filed.seen,
            queued: row.queued,
            late: filed.late || is_late(filed.seen, self.post.thresholds, now),
        }
    }

    /// How long to wait so that the sink is not called more often than it allows.
    async fn wait_for_pace(&self, now: Utc) -> Result<Option<Duration>> {
        let Some((most, per)) = self.sink.pace() else { return Ok(None) };
        let Some(since) = now.plus_seconds(-per.as_secs_f64()) else { return Ok(None) };
        let calls = self.post.store.calls_since(&self.config.name, since).await?;
        let calls: Vec<Utc> = calls.into_iter().filter(|at| *at <= now).collect();
        let Some(oldest) = calls.len().checked_sub(most as usize).and_then(|at| calls.get(at)) else { return Ok(None) };
        let wait = per.as_secs_f64() - now.seconds_since(*oldest);
        Ok((wait > 0.0).then(|| Duration::from_secs_f64(wait)))
    }

    /// A call counts from before it is made: a process that is killed in it has made it.
    async fn note_call(&self, now: Utc) -> Result<()> {
        let Some((_, per)) = self.sink.pace() else { return Ok(()) };
        let mut write = self.post.store.write().await?;
        write.note_call(&self.config.name, now, now.plus_seconds(-2.0 * per.as_secs_f64()).unwrap_or(now)).await?;
        write.commit().await
    }

    fn pause(&self) -> Duration {
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10));
        doubled.min(LONGEST_PAUSE).mul_f64(jitter(&self.config.name, i64::from(self.failures)))
    }
}

/// How long a notice waits that failed: doubled each time, with jitter, so that many do not come back at once.
fn wait_s(row: &Row) -> f64 {
    let doubled = FIRST_WAIT_S * 2_f64.powi(row.attempts.clamp(0, 20) as i32);
    doubled.min(LONGEST_WAIT_S) * jitter(&row.filed.event, row.attempts)
}

/// From a half to one, by what it is for and how often.
fn jitter(name: &str, attempt: i64) -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let random = RandomState::new().hash_one((name, attempt));
    0.5 + 0.5 * (random % 1000) as f64 / 1000.0
}
