//! The outbox, emptied: one worker a sink, so that one that is down holds up no other. What is sent is settled by the answer; a
//! process that is killed in between sends again under the same key, and the receiver sees it once.

use super::notices::{self, Known, is_late};
use super::sinks::{Answer, Kind, Letter, Sink, Why};
use super::unsettled::{End, Unsettled};
use crate::error::{Error, Result};
use crate::fire::FireEvent;
use crate::site::{Filter, SinkKind, Site};
use crate::store::{self, Actor, Row, Settled, Status, Store};
use crate::thresholds::NoticeThresholds;
use crate::time::{Clock, Utc};
use futures_util::future::join_all;
use std::collections::HashMap;
use std::convert::Infallible;
use std::future::pending;
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
    /// What an earlier run could not keep.
    pub unsettled: &'a Unsettled,
    /// Who delivers, for the audit.
    pub actor: Actor,
    /// Reads the clock.
    pub clock: Clock,
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
/// A run that ends by itself gives a sink up after so many failures one after the other, or where it asks for a longer wait than this.
const PATIENCE: u32 = 5;
const LONGEST_STAY: Duration = Duration::from_secs(90);
/// Pause before a sink is opened again that could not be.
const OPEN_AGAIN: Duration = Duration::from_secs(60);
/// Tries, an hour and a half of them, after which a notice is settled that was neither refused nor wholly taken: that would hold back
/// what comes after it for ever.
const MOST_TRIES: i64 = 30;
/// Notices that a sink is asked with that did not answer.
const PROBES: usize = 4;
/// What is under way when all is to end has so long to end; then it is sent again the next time, under the same key.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// Waits after failures of a sink: doubled from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Waits of one notice after it failed.
const FIRST_WAIT_S: f64 = 1.0;
const LONGEST_WAIT_S: f64 = 300.0;

/// Delivers what is due through all sinks until nothing is, or until told to stop. Gives the errors of those that could not be opened;
/// the others were served all the same.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn deliver(post: &Post<'_>, until: Until, stop: watch::Receiver<bool>) -> Result<Vec<Error>> {
    // nothing is sent before the answers to what was sent are kept
    post.unsettled.settle_all(post.store, post.clock.now(), &post.actor).await?;
    escalate(post).await?;
    // whatever ends one of them ends all: a sink that nobody serves any more would be found out by nobody
    let (end, ended) = watch::channel(false);
    let workers = post.site.delivery.sinks.iter().map(|config| or_end(&end, serve(post, config, until, ended.clone())));
    let escalating =
        async { if until == Until::Stopped { or_end(&end, watch(post, ended.clone())).await } else { Ok(()) } };
    let all = async { tokio::join!(join_all(workers), escalating) };
    let told_to_stop = async {
        is_true(stop).await;
        let _ = end.send(true);
        pending::<Infallible>().await
    };
    let (done, escalated) = tokio::select! {
        all = all => all,
        never = told_to_stop => match never {},
    };
    escalated?;
    let unopened: Vec<Option<Error>> = done.into_iter().collect::<Result<_>>()?;
    Ok(unopened.into_iter().flatten().collect())
}

/// One sink, from the moment on at which it can be opened; gives the error where it never could.
async fn serve(
    post: &Post<'_>,
    config: &crate::site::Sink,
    until: Until,
    stop: watch::Receiver<bool>,
) -> Result<Option<Error>> {
    loop {
        let error = match Sink::open(config, &post.site.delivery) {
            Ok(sink) => {
                let worker = Worker { post, config, sink, failures: 0, stop };
                return worker.run(until).await.map(|()| None);
            }
            Err(error) => error,
        };
        tracing::error!("{}: cannot be opened, and its notices wait: {error}", config.name);
        if until == Until::Empty {
            return Ok(Some(error));
        }
        tokio::select! {
            () = sleep(OPEN_AGAIN) => {}
            () = is_true(stop.clone()) => return Ok(Some(error)),
        }
    }
}

/// Does some work; where it goes wrong the others are told to end.
async fn or_end<T>(end: &watch::Sender<bool>, work: impl Future<Output = Result<T>>) -> Result<T> {
    let done = work.await;
    if done.is_err() {
        let _ = end.send(true);
    }
    done
}

/// Waits until it is true; for ever where nobody can say so any more.
async fn is_true(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        pending::<Infallible>().await;
    }
}

/// Looks again and again for what nobody acknowledged.
async fn watch(post: &Post<'_>, stop: watch::Receiver<bool>) -> Result<()> {
    loop {
        tokio::select! {
            () = sleep(ESCALATION) => escalate(post).await?,
            () = is_true(stop.clone()) => return Ok(()),
        }
    }
}

/// Queues notices of events that were told and that nobody acknowledged in the time of their route.
async fn escalate(post: &Post<'_>) -> Result<()> {
    let now = post.clock.now();
    for route in &post.site.delivery.routes {
        let Some(told_before) = route.escalate_after.and_then(|after| now.plus_seconds(-after.as_secs_f64())) else {
            continue;
        };
        for (sink, target) in
            route.sinks.iter().flat_map(|sink| route.escalate_to.iter().map(move |target| (sink, target)))
        {
            let Some(target) = post.site.delivery.sinks.iter().find(|sink| sink.name == *target) else { continue };
            let waiting = post.store.unacknowledged(sink, &target.name, told_before).await?;
            let always = Filter { hours: None, ..route.filter.clone() };
            let is_told =
                |event: &FireEvent| always.takes(event, now) && notices::is_told(event, &post.site.delivery, now);
            for stored in waiting.into_iter().filter(|stored| is_told(&stored.event)) {
                let mut write = post.store.write().await?;
                if let Some(stored) = write.escalated(&stored.event.id, now, &post.actor).await? {
                    let cases = write.cases_of(std::slice::from_ref(&stored.event.id)).await?;
                    let of = Known { stored: &stored, case: cases.get(&stored.event.id) };
                    let made = notices::escalation(of, target, post.site, post.thresholds, now);
                    write.file(&made.filed, now).await?;
                    write.file_broken(&made.broken, now, &post.actor).await?;
                    write.commit().await?;
                }
            }
        }
    }
    Ok(())
}

/// One sink with its queue.
struct Worker<'a> {
    post: &'a Post<'a>,
    config: &'a crate::site::Sink,
    sink: Sink,
    /// Failures since the last answer.
    failures: u32,
    stop: watch::Receiver<bool>,
}

/// What one round came to.
enum Round {
    /// Nothing was due.
    Nothing,
    /// Something was sent or settled.
    Went,
    /// The sink does not answer, or answers nothing but that it cannot.
    Failed,
    /// As many calls as a minute allows, or the sink said when to come again.
    Paced(Duration),
}

/// What is told at once of an event: the last of its waiting notices, and those that it stands for.
struct Told {
    newest: Row,
    older: Vec<Row>,
}

impl Told {
    fn alone(newest: Row) -> Self {
        Told { newest, older: Vec::new() }
    }
}

impl Worker<'_> {
    async fn run(mut self, until: Until) -> Result<()> {
        let stop = self.stop.clone();
        while !*stop.borrow() {
            let round = tokio::select! {
                round = self.round() => round?,
                () = last_words(stop.clone()) => return Ok(()),
            };
            let pause = match round {
                Round::Went => {
                    self.failures = 0;
                    continue;
                }
                Round::Nothing if until == Until::Empty => return Ok(()),
                Round::Failed | Round::Paced(_) if until == Until::Empty && self.failures >= PATIENCE => return Ok(()),
                Round::Paced(wait) if until == Until::Empty && wait > LONGEST_STAY => return Ok(()),
                Round::Failed if until == Until::Empty => Duration::ZERO,
                Round::Nothing => LOOK_AGAIN,
                Round::Failed => self.pause(),
                Round::Paced(wait) if self.failures >= PATIENCE => wait.max(self.pause()),
                Round::Paced(wait) => wait,
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = is_true(stop.clone()) => {}
            }
        }
        Ok(())
    }

    /// One message, or as many as the sink takes at the same time.
    async fn round(&mut self) -> Result<Round> {
        let now = self.post.clock.now();
        let rows = self.post.store.due(&self.config.name, now, PAGE).await?;
        if rows.is_empty() {
            return Ok(Round::Nothing);
        }
        let rows = self.without_late_alarms(rows, now).await?;
        if rows.is_empty() {
            return Ok(Round::Went);
        }
        if let Some(wait) = self.wait_for_pace(now).await? {
            return Ok(Round::Paced(wait));
        }
        let told = if self.config.kind.is_read_by_people() {
            self.newest(rows, now).await?
        } else {
            rows.into_iter().map(Told::alone).collect()
        };
        let letters: Vec<Letter> = told.iter().map(|told| self.letter(&told.newest, now)).collect();
        if self.config.in_flight > 1 && self.config.kind == SinkKind::Http {
            // one that did not answer is asked with few: not with one, which might be what it stumbles over
            let most = if self.failures == 0 { told.len() } else { told.len().min(self.config.in_flight).min(PROBES) };
            return self.several(&told[..most], &letters[..most]).await;
        }
        let count = self.sink.fits(&letters).clamp(1, letters.len());
        if self.config.kind.is_read_by_people() {
            self.note_attempt(&told[..count], now).await?;
        }
        let answer = self.sink.send(&letters[..count], now).await;
        self.keep(&told[..count], &[answer]).await
    }

    /// For people: of each event the last notice that is due, instead of all that came while nothing could be told. That nobody
    /// acknowledged an event is never left out.
    async fn newest(&self, first: Vec<Row>, now: Utc) -> Result<Vec<Told>> {
        let events: Vec<String> = first.iter().map(|row| row.filed.event.clone()).collect();
        let mut waiting: HashMap<String, Vec<Row>> = HashMap::new();
        for row in self.post.store.due_of(&self.config.name, &events, now).await? {
            waiting.entry(row.filed.event.clone()).or_default().push(row);
        }
        let told = first.into_iter().map(|row| {
            let mut all = waiting.remove(&row.filed.event).unwrap_or_default();
            if let Some(escalated) = all.iter().position(|row| row.filed.kind == Kind::Escalated.name()) {
                all.truncate(escalated + 1);
            }
            match all.pop() {
                Some(newest) => Told { newest, older: all },
                None => Told::alone(row),
            }
        });
        Ok(told.collect())
    }

    /// Sends each by itself, some at the same time; of one event there is only one among them.
    async fn several(&mut self, told: &[Told], letters: &[Letter]) -> Result<Round> {
        for (told, letters) in told.chunks(self.config.in_flight).zip(letters.chunks(self.config.in_flight)) {
            let now = self.post.clock.now();
            let sends = letters.iter().map(|letter| self.sink.send(std::slice::from_ref(letter), now));
            let answers = join_all(sends).await;
            let round = self.keep(told, &answers).await?;
            if !matches!(round, Round::Went) || *self.stop.borrow() {
                return Ok(round);
            }
        }
        Ok(Round::Went)
    }

    /// Keeps the answers: one for each, or one for all. A sink that refuses one of them with a 500 and takes the others is not down, and
    /// a wait that it names with it is the wait of that one.
    async fn keep(&mut self, told: &[Told], answers: &[Answer]) -> Result<Round> {
        let answer_of = |at: usize| &answers[at.min(answers.len() - 1)];
        let ends = told.iter().enumerate().flat_map(|(at, told)| self.ends(told, answer_of(at))).collect();
        self.settle(ends).await?;
        let (mut of_all, mut of_each, mut again) = (None, None, 0);
        for (at, answer) in answers.iter().enumerate() {
            let of = if answers.len() == 1 { told.len() } else { 1 };
            self.say(answer, of, &told[at].newest.filed.event);
            if let Answer::Again { after, why, .. } = answer {
                again += 1;
                of_each = of_each.max(*after);
                of_all = if *why == Why::Busy { of_all.max(*after) } else { of_all };
            }
        }
        let all_failed = again == answers.len();
        if all_failed {
            self.failures += 1;
        }
        // one that fails alone says nothing of the others; where there is one message for all it does
        let speaks_for_all = all_failed && (told.len() > 1 || self.config.kind != SinkKind::Http);
        let wait = if speaks_for_all { of_each } else { of_all };
        Ok(match wait {
            Some(wait) => Round::Paced(wait.min(Duration::from_secs_f64(store::LONGEST_WAIT_S))),
            None if all_failed => Round::Failed,
            None => Round::Went,
        })
    }

    fn say(&self, answer: &Answer, of: usize, event: &str) {
        let name = &self.config.name;
        match answer {
            Answer::Accepted { .. } => {}
            Answer::Partly { said, .. } => tracing::warn!("{name}: {said} ({of} notices, first {event})"),
            Answer::Refused { said } => {
                tracing::error!("{name}: refused {of} notices (first {event}): {said}; see `strawfire deliver list`");
            }
            Answer::Again { said, .. } => tracing::warn!("{name}: {said}; {of} notices wait (first {event})"),
        }
    }

    async fn settle(&self, ends: Vec<End>) -> Result<()> {
        self.post.unsettled.settle(ends, self.post.store, self.post.clock.now(), &self.post.actor).await
    }

    /// What becomes of a notice by its answer, and of those that it stands for.
    fn ends(&self, told: &Told, answer: &Answer) -> Vec<End> {
        let now = self.post.clock.now();
        let is_last = told.newest.attempts + 1 >= MOST_TRIES;
        let (status, after, said) = match answer {
            Answer::Accepted { said } | Answer::Partly { waits: false, said, .. } => (Status::Sent, None, said.clone()),
            Answer::Partly { recipients, said, .. } if is_last && !recipients.have.is_empty() => {
                (Status::Sent, None, format!("no more tries after {MOST_TRIES}: {said}"))
            }
            Answer::Again { why: Why::NoSuccess, said, .. } if is_last => (
                Status::Dead,
                None,
                format!("answered {MOST_TRIES} times without the [success] of the template: {said}"),
            ),
            Answer::Refused { said } => (Status::Dead, None, said.clone()),
            Answer::Partly { said, .. } => (Status::Queued, None, said.clone()),
            Answer::Again { after, said, .. } => (Status::Queued, *after, said.clone()),
        };
        let due = match status {
            Status::Queued => again_at(told, after, now),
            _ => now,
        };
        let gauge = match answer {
            Answer::Partly { recipients, .. } => Some(notices::with_recipients(&told.newest.filed.gauge, recipients)),
            _ => None,
        };
        let revision = told.newest.filed.revision;
        let (older, of_older) = match status {
            Status::Queued => (Status::Queued, said.clone()),
            Status::Dead => (Status::Dead, format!("refused together with revision {revision}: {said}")),
            _ => (Status::Merged, format!("revision {revision} was told in its place")),
        };
        let older = told.older.iter().map(|row| {
            let settled = Settled { id: row.id, status: older, due, said: of_older.clone() };
            End::of(row, settled, None)
        });
        let newest = Settled { id: told.newest.id, status, due, said };
        older.chain([End::of(&told.newest, newest, gauge)]).collect()
    }

    /// Nobody is woken up for what is long over: those rows are settled without a call.
    async fn without_late_alarms(&self, rows: Vec<Row>, now: Utc) -> Result<Vec<Row>> {
        let is_late_alarm = |row: &Row| self.config.alarm && is_late(row.filed.seen, self.post.thresholds, now);
        if !rows.iter().any(is_late_alarm) {
            return Ok(rows);
        }
        let (late, rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(is_late_alarm);
        let said = "too late for an alarm: the lists have it as a late supplement";
        let over = late.iter().map(|row| {
            let settled = Settled { id: row.id, status: Status::NoAlarm, due: now, said: said.to_string() };
            End::of(row, settled, None)
        });
        self.settle(over.collect()).await?;
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
            recipients: notices::recipients(&filed.gauge),
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

    /// For sinks that know no keys: a call counts from before it is made, for a process that is killed in it has made it, and what was
    /// perhaps told is not told again at once. Where the store takes no note of it nothing is sent.
    async fn note_attempt(&self, told: &[Told], now: Utc) -> Result<()> {
        let mut write = self.post.store.write().await?;
        if let Some((_, per)) = self.sink.pace() {
            write.note_call(&self.config.name, now, now.plus_seconds(-2.0 * per.as_secs_f64()).unwrap_or(now)).await?;
        }
        for told in told {
            let again = again_at(told, None, now);
            for row in told.older.iter().chain([&told.newest]) {
                write.note_attempt(row, again).await?;
            }
        }
        write.commit().await
    }

    fn pause(&self) -> Duration {
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10));
        doubled.min(LONGEST_PAUSE).mul_f64(jitter(&self.config.name, i64::from(self.failures)))
    }
}

/// Until what is under way has had its time after all is to end.
async fn last_words(stop: watch::Receiver<bool>) {
    is_true(stop).await;
    sleep(LAST_WORDS).await;
}

/// When a notice that failed is tried again; `after` is the wait that the sink asked for.
fn again_at(told: &Told, after: Option<Duration>, now: Utc) -> Utc {
    let first = told.older.first().unwrap_or(&told.newest);
    let own = wait_s(first);
    let wait = match after {
        // the sink knows better, unless it has said so again and again
        Some(after) if first.attempts < i64::from(PATIENCE) => after.as_secs_f64(),
        Some(after) => after.as_secs_f64().max(own),
        None => own,
    };
    now.plus_seconds(wait.min(store::LONGEST_WAIT_S)).unwrap_or(now)
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
