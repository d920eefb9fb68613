//! What is to be told to whom, and what became of it. Recorded and told are two states: a row is queued in the transaction that makes
//! its event, and is settled only by the answer of the receiver, or by a person with a reason.

use super::fires::AT_ONCE;
use super::statement::Statement;
use super::{Actor, Store, StoreError, Stored, Write, moment};
use crate::error::Result;
use crate::time::Utc;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

/// A notice to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct Filed {
    /// The sink.
    pub sink: String,
    /// The event.
    pub event: String,
    /// Its number.
    pub revision: i64,
    /// `new`, `updated`, `closed` or `escalated`.
    pub kind: String,
    /// Not told before.
    pub due: Utc,
    /// Last detection of the event.
    pub seen: Utc,
    /// Too old for an alarm when it was queued: told as a late supplement.
    pub late: bool,
    /// How strong the event was, to see whether it grows; JSON.
    pub gauge: String,
    /// What is sent, rendered.
    pub body: String,
}

/// A row of the outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its number: rows of one event and sink are told in this order.
    pub id: i64,
    /// What was queued.
    pub filed: Filed,
    /// What became of it.
    pub status: Status,
    /// When it was queued.
    pub queued: Utc,
    /// Times that it was tried.
    pub attempts: i64,
    /// When it was settled.
    pub settled: Option<Utc>,
    /// What the receiver, or the person, said last.
    pub said: String,
    /// SHA-256 of the body that is not kept any more, hexadecimal.
    pub body_sha256: Option<String>,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Waits.
    Queued,
    /// The receiver has it.
    Sent,
    /// The receiver refused it: a person decides.
    Dead,
    /// A person wrote it off, with a reason.
    WrittenOff,
    /// No alarm is given for what is long over; the lists have it.
    NoAlarm,
    /// A newer notice of the event was told in its place: people need not read twice what is over.
    Merged,
}

impl Status {
    /// The word of the store.
    pub fn name(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::Sent => "sent",
            Status::Dead => "dead",
            Status::WrittenOff => "written_off",
            Status::NoAlarm => "no_alarm",
            Status::Merged => "merged",
        }
    }

    fn of(name: &str) -> std::result::Result<Self, StoreError> {
        let found = ALL.into_iter().find(|status| status.name() == name);
        found.ok_or_else(|| StoreError::Record(format!("a row of the outbox is {name:?}")))
    }
}

const ALL: [Status; 6] =
    [Status::Queued, Status::Sent, Status::Dead, Status::WrittenOff, Status::NoAlarm, Status::Merged];

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// The row.
    pub id: i64,
    /// What it is now; [`Status::Queued`]: it is tried again.
    pub status: Status,
    /// When it is tried again.
    pub due: Utc,
    /// What was said.
    pub said: String,
}

const COLUMNS: &str = "SELECT id, sink, event, revision, kind, state, due_us, queued_us, seen_us, late, attempts, settled_us, said, \
                       gauge, body_sha256, body FROM outbox o";
/// Nothing waits longer for another try than this, whatever the clock did: a clock that was set back by an hour holds nothing up.
pub const LONGEST_WAIT_S: f64 = 900.0;
const LONGEST_SAID: usize = 500;
const ON_ITS_WAY: &str = "it was being sent, and no answer is known";

fn cut(said: &str) -> String {
    said.chars().take(LONGEST_SAID).collect()
}

impl Write<'_> {
    /// Queues notices; one that is there already stays as it is. Gives how many are new.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn file(&mut self, notices: &[Filed], now: Utc) -> Result<u64> {
        let store = self.store;
        self.queue(notices, now).await.map_err(|error| store.told(error))
    }

    async fn queue(&mut self, notices: &[Filed], now: Utc) -> std::result::Result<u64, StoreError> {
        let mut new = 0;
        for part in notices.chunks(AT_ONCE) {
            let waiting: Vec<(&Filed, &str)> = part.iter().map(|filed| (filed, "")).collect();
            new += self.insert(&waiting, Status::Queued, now).await?;
        }
        for filed in notices.iter().filter(|filed| filed.revision > 1) {
            self.bring_forward(filed).await?;
        }
        Ok(new)
    }

    /// Notices that could not be rendered go to the dead letters at once, each with the reason: a template that does not fit costs
    /// neither the look nor what others are told.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn file_broken(&mut self, notices: &[(Filed, String)], now: Utc, actor: &Actor) -> Result<()> {
        let store = self.store;
        self.queue_broken(notices, now, actor).await.map_err(|error| store.told(error))
    }

    async fn queue_broken(
        &mut self,
        notices: &[(Filed, String)],
        now: Utc,
        actor: &Actor,
    ) -> std::result::Result<(), StoreError> {
        for (filed, reason) in notices {
            let reason = cut(reason);
            if self.insert(&[(filed, &reason)], Status::Dead, now).await? > 0 {
                let detail = serde_json::json!({
                    "sink": filed.sink, "revision": filed.revision, "kind": filed.kind, "attempts": 0, "said": reason,
                });
                self.add_line(now, actor, "notice dead", &filed.event, &detail.to_string()).await?;
            }
        }
        Ok(())
    }

    /// Rows in a state, each with what is said of it; one that is there already stays as it is. Gives how many are new.
    async fn insert(
        &mut self,
        notices: &[(&Filed, &str)],
        status: Status,
        now: Utc,
    ) -> std::result::Result<u64, StoreError> {
        let first = self.numbers("outbox", notices.len() as i64).await?;
        let rows = (first..).zip(notices).map(|(id, (filed, said))| {
            let (sink, event, kind) =
                (filed.sink.as_str().into(), filed.event.as_str().into(), filed.kind.as_str().into());
            let (due, queued, seen) = (filed.due.micros().into(), now.micros().into(), filed.seen.micros().into());
            let (late, gauge, body) =
                (i64::from(filed.late).into(), filed.gauge.as_str().into(), filed.body.as_str().into());
            let (state, attempts, said) = (status.name().into(), 0.into(), (*said).into());
            [
                id.into(),
                sink,
                event,
                filed.revision.into(),
                kind,
                state,
                due,
                queued,
                seen,
                late,
                attempts,
                said,
                gauge,
                body,
            ]
        });
        let mut query = Statement::insert(
            "outbox (id, sink, event, revision, kind, state, due_us, queued_us, seen_us, late, attempts, said, gauge, body)",
            rows,
        );
        query.push(" ON CONFLICT (sink, event, revision, kind) DO NOTHING");
        query.execute(&mut self.tx).await
    }

    /// What waits for a digest waits no longer than what came after it: a weak point that has grown is told at once, in order.
    async fn bring_forward(&mut self, filed: &Filed) -> std::result::Result<(), StoreError> {
        let sooner = "UPDATE outbox SET due_us = $1 WHERE event = $2 AND sink = $3 AND state = 'queued' AND attempts = 0 \
                      AND revision < $4 AND due_us > $1";
        let query =
            sqlx::query(sooner).bind(filed.due.micros()).bind(&filed.event).bind(&filed.sink).bind(filed.revision);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    /// The last notice of each of these events to a sink, whatever became of it, but for those that nobody has heard: written off by a
    /// person, too late for an alarm, or with a newer one in their place.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn last_told(&mut self, events: &[String]) -> Result<Vec<Row>> {
        let store = self.store;
        self.last_rows(events).await.map_err(|error| store.told(error))
    }

    async fn last_rows(&mut self, events: &[String]) -> std::result::Result<Vec<Row>, StoreError> {
        let newest = " AND o.state NOT IN ('written_off', 'no_alarm', 'merged') AND NOT EXISTS (SELECT 1 FROM outbox n \
                      WHERE n.event = o.event AND n.sink = o.sink AND n.state NOT IN ('written_off', 'no_alarm', 'merged') \
                      AND n.id > o.id)";
        let mut rows = Vec::new();
        for part in events.chunks(AT_ONCE) {
            let mut query = Statement::among(format!("{COLUMNS} WHERE o.event"), part);
            query.push(newest);
            for row in query.fetch_all(&mut self.tx).await? {
                rows.push(read(&row)?);
            }
        }
        Ok(rows)
    }

    /// Keeps how attempts ended, with a line of the audit for each that was settled.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn settle(&mut self, settled: &[(&Row, Settled)], now: Utc, actor: &Actor) -> Result<()> {
        let store = self.store;
        for (row, end) in settled {
            self.settle_one(row, end, now, actor).await.map_err(|error| store.told(error))?;
        }
        Ok(())
    }

    async fn settle_one(
        &mut self,
        row: &Row,
        end: &Settled,
        now: Utc,
        actor: &Actor,
    ) -> std::result::Result<(), StoreError> {
        let said = cut(&end.said);
        let is_settled = end.status != Status::Queued;
        // the number of the try, and not one more than there is: what is settled twice is settled once
        let keep = "UPDATE outbox SET state = $1, due_us = $2, attempts = $3, settled_us = $4, said = $5 \
                    WHERE id = $6 AND event = $7 AND revision = $8 AND state = 'queued'";
        let query = sqlx::query(keep).bind(end.status.name()).bind(end.due.micros()).bind(row.attempts + 1);
        let query = query.bind(is_settled.then(|| now.micros())).bind(&said).bind(end.id);
        // what was remembered while the store was away may meet another one under its address
        let query = query.bind(&row.filed.event).bind(row.filed.revision);
        let is_kept = query.execute(&mut *self.tx).await?.rows_affected() > 0;
        // a person may have written it off while it was on its way: what the receiver took stays taken
        let written_off = match !is_kept && end.status == Status::Sent {
            true => self.taken_all_the_same(row, now, &said).await?,
            false => None,
        };
        if !(is_kept && is_settled) && written_off.is_none() {
            return Ok(());
        }
        if matches!(end.status, Status::Sent | Status::Merged) {
            self.blank_link(end.id, &row.filed.kind).await?;
        }
        let mut detail = serde_json::json!({
            "sink": row.filed.sink, "revision": row.filed.revision, "kind": row.filed.kind, "attempts": row.attempts + 1, "said": said,
        });
        if let Some(reason) = written_off {
            detail["written_off_meanwhile"] = reason.into();
        }
        let action = format!("notice {}", end.status.name());
        self.add_line(now, actor, &action, &row.filed.event, &detail.to_string()).await
    }

    /// Makes a notice that was written off one that was sent; gives the reason of the write-off, `None` where it was not written off.
    async fn taken_all_the_same(
        &mut self,
        sent: &Row,
        now: Utc,
        said: &str,
    ) -> std::result::Result<Option<String>, StoreError> {
        let is_same = |row: &Row| (&row.filed.event, row.filed.revision) == (&sent.filed.event, sent.filed.revision);
        let row = self.row(sent.id).await?;
        let Some(row) = row.filter(|row| row.status == Status::WrittenOff && is_same(row)) else { return Ok(None) };
        let both = cut(&format!("{said}; it had been written off meanwhile: {}", row.said));
        let put = "UPDATE outbox SET state = 'sent', settled_us = $1, said = $2 WHERE id = $3";
        sqlx::query(put).bind(now.micros()).bind(both).bind(row.id).execute(&mut *self.tx).await?;
        Ok(Some(row.said))
    }

    /// Notes that a notice is about to be sent, and when it is sent again where no answer to it can be kept.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn note_attempt(&mut self, row: &Row, again: Utc) -> Result<()> {
        let note = "UPDATE outbox SET attempts = $1, due_us = $2, said = $3 WHERE id = $4 AND state = 'queued'";
        let query = sqlx::query(note).bind(row.attempts + 1).bind(again.micros()).bind(ON_ITS_WAY).bind(row.id);
        let done = query.execute(&mut *self.tx).await;
        done.map(|_| ()).map_err(|error| self.store.told(error.into()))
    }

    /// Puts another gauge to a notice: what became of it so far is kept in it too.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn put_gauge(&mut self, row: &Row, gauge: &str) -> Result<()> {
        let done = sqlx::query("UPDATE outbox SET gauge = $1 WHERE id = $2 AND event = $3 AND revision = $4");
        let done = done.bind(gauge).bind(row.id).bind(&row.filed.event).bind(row.filed.revision);
        let done = done.execute(&mut *self.tx).await;
        done.map(|_| ()).map_err(|error| self.store.told(error.into()))
    }

    /// A dead letter that was never rendered, with its event as it is now; `None` where the number is none of such.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn unrendered(&mut self, id: i64) -> Result<Option<(Row, Stored)>> {
        let store = self.store;
        self.without_body(id).await.map_err(|error| store.told(error))
    }

    async fn without_body(&mut self, id: i64) -> std::result::Result<Option<(Row, Stored)>, StoreError> {
        let row = self.row(id).await?;
        // of what was delivered the body is gone too, and is never told again
        let is_dead = |row: &Row| matches!(row.status, Status::Dead | Status::WrittenOff | Status::NoAlarm);
        let is_broken = |row: &Row| row.filed.body.is_empty() && is_dead(row);
        let Some(row) = row.filter(is_broken) else { return Ok(None) };
        let stored = self.stored(std::slice::from_ref(&row.filed.event)).await?.pop();
        Ok(stored.map(|stored| (row, stored)))
    }

    /// Gives a notice that was never rendered its body.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn put_body(&mut self, id: i64, body: &str) -> Result<()> {
        let done = sqlx::query("UPDATE outbox SET body = $1 WHERE id = $2 AND body = ''").bind(body).bind(id);
        let done = done.execute(&mut *self.tx).await;
        done.map(|_| ()).map_err(|error| self.store.told(error.into()))
    }

    /// Queues a refused notice again. One that is older than what the receiver got since is written off instead: it would put an
    /// older state over a newer one. `None` where no refused notice has that number.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn resend(&mut self, id: i64, now: Utc, actor: &Actor, reason: &str) -> Result<Option<Status>> {
        let store = self.store;
        self.resent(id, now, actor, reason).await.map_err(|error| store.told(error))
    }

    async fn resent(
        &mut self,
        id: i64,
        now: Utc,
        actor: &Actor,
        reason: &str,
    ) -> std::result::Result<Option<Status>, StoreError> {
        let Some(row) = self.row(id).await?.filter(|row| matches!(row.status, Status::Dead | Status::WrittenOff))
        else {
            return Ok(None);
        };
        let newer = "SELECT COUNT(*) FROM outbox WHERE sink = $1 AND event = $2 AND id > $3 AND state = 'sent'";
        let newer = sqlx::query_as(newer).bind(&row.filed.sink).bind(&row.filed.event).bind(id);
        let (newer,): (i64,) = newer.fetch_one(&mut *self.tx).await?;
        let status = if newer > 0 { Status::WrittenOff } else { Status::Queued };
        let said = if newer > 0 { "a newer notice of the event was sent since" } else { reason };
        let put = "UPDATE outbox SET state = $1, due_us = $2, said = $3, settled_us = $4 WHERE id = $5";
        let query = sqlx::query(put).bind(status.name()).bind(now.micros()).bind(said);
        query.bind((newer > 0).then(|| now.micros())).bind(id).execute(&mut *self.tx).await?;
        let detail =
            serde_json::json!({ "row": id, "sink": row.filed.sink, "revision": row.filed.revision, "reason": said });
        let action = if newer > 0 { "notice written_off" } else { "notice resend" };
        self.add_line(now, actor, action, &row.filed.event, &detail.to_string()).await?;
        Ok(Some(status))
    }

    /// Writes a notice off that was not told, with the reason; `false` where none has that number.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn write_off(&mut self, id: i64, now: Utc, actor: &Actor, reason: &str) -> Result<bool> {
        let store = self.store;
        self.written_off(id, now, actor, reason).await.map_err(|error| store.told(error))
    }

    async fn written_off(
        &mut self,
        id: i64,
        now: Utc,
        actor: &Actor,
        reason: &str,
    ) -> std::result::Result<bool, StoreError> {
        let Some(row) = self.row(id).await?.filter(|row| matches!(row.status, Status::Dead | Status::Queued)) else {
            return Ok(false);
        };
        let put = "UPDATE outbox SET state = 'written_off', said = $1, settled_us = $2 WHERE id = $3";
        sqlx::query(put).bind(reason).bind(now.micros()).bind(id).execute(&mut *self.tx).await?;
        let detail =
            serde_json::json!({ "row": id, "sink": row.filed.sink, "revision": row.filed.revision, "reason": reason });
        self.add_line(now, actor, "notice written_off", &row.filed.event, &detail.to_string()).await?;
        Ok(true)
    }

    async fn row(&mut self, id: i64) -> std::result::Result<Option<Row>, StoreError> {
        let query = AssertSqlSafe(format!("{COLUMNS} WHERE o.id = $1"));
        sqlx::query(query).bind(id).fetch_optional(&mut *self.tx).await?.map(|row| read(&row)).transpose()
    }

    /// Notes that a sink is called, and forgets calls before `since`.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn note_call(&mut self, sink: &str, now: Utc, since: Utc) -> Result<()> {
        let store = self.store;
        self.call(sink, now, since).await.map_err(|error| store.told(error))
    }

    async fn call(&mut self, sink: &str, now: Utc, since: Utc) -> std::result::Result<(), StoreError> {
        // calls of a time to come were noted before the clock was set back: they are not of the last minute
        let forget = "DELETE FROM calls WHERE sink = $1 AND (at_us < $2 OR at_us > $3)";
        sqlx::query(forget).bind(sink).bind(since.micros()).bind(now.micros()).execute(&mut *self.tx).await?;
        let id = self.numbers("calls", 1).await?;
        let note = "INSERT INTO calls (id, sink, at_us) VALUES ($1, $2, $3)";
        sqlx::query(note).bind(id).bind(sink).bind(now.micros()).execute(&mut *self.tx).await?;
        Ok(())
    }
}

impl Store {
    /// Notices of a sink that are due, of each event only the first that waits: those that were never tried, then those that failed before, each in
    /// the order in which they were queued. So what fails again and again holds up nothing else. What was due when it was queued is due,
    /// whatever the clock says since.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn due(&self, sink: &str, now: Utc, count: i64) -> Result<Vec<Row>> {
        self.due_rows(sink, now, count).await.map_err(|error| self.told(error))
    }

    async fn due_rows(&self, sink: &str, now: Utc, count: i64) -> std::result::Result<Vec<Row>, StoreError> {
        // the first of each event by one pass: what a planner makes of NOT EXISTS hangs on how many it believes to wait, and it believes none
        let mut query = Statement::new(format!(
            "{COLUMNS} WHERE o.id IN (SELECT MIN(e.id) FROM outbox e WHERE e.state = 'queued' AND e.sink = "
        ));
        query.bind(sink);
        query.push(" GROUP BY e.event)");
        push_due(&mut query, now);
        query.push(" ORDER BY CASE WHEN o.attempts = 0 THEN 0 ELSE 1 END, o.id LIMIT ");
        query.bind(count);
        query.fetch_all(&mut *self.pool.acquire().await?).await?.iter().map(read).collect()
    }

    /// All notices of these events to a sink that are due, in the order in which they were queued.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn due_of(&self, sink: &str, events: &[String], now: Utc) -> Result<Vec<Row>> {
        self.due_rows_of(sink, events, now).await.map_err(|error| self.told(error))
    }

    async fn due_rows_of(&self, sink: &str, events: &[String], now: Utc) -> std::result::Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        for part in events.chunks(AT_ONCE) {
            let mut query = Statement::among(format!("{COLUMNS} WHERE o.state = 'queued' AND o.event"), part);
            query.push(" AND o.sink = ");
            query.bind(sink);
            push_due(&mut query, now);
            query.push(" ORDER BY o.id");
            for row in query.fetch_all(&mut *self.pool.acquire().await?).await? {
                rows.push(read(&row)?);
            }
        }
        Ok(rows)
    }

    /// When a sink was called since a time, in order.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn calls_since(&self, sink: &str, since: Utc) -> Result<Vec<Utc>> {
        self.calls(sink, since).await.map_err(|error| self.told(error))
    }

    async fn calls(&self, sink: &str, since: Utc) -> std::result::Result<Vec<Utc>, StoreError> {
        let calls = "SELECT at_us FROM calls WHERE sink = $1 AND at_us >= $2 ORDER BY at_us";
        let rows = sqlx::query(calls).bind(sink).bind(since.micros()).fetch_all(&self.pool).await?;
        rows.iter().map(|row| moment(row.try_get(0)?)).collect()
    }

    /// Rows of the outbox in one state, oldest first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn rows(&self, status: Status, count: i64) -> Result<Vec<Row>> {
        self.rows_where(COLUMNS, "o.state = $1", status, count).await
    }

    /// The same without their bodies.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn listed(&self, status: Status, count: i64) -> Result<Vec<Row>> {
        self.rows_where(&without_bodies(), "o.state = $1", status, count).await
    }

    /// Those that wait and were tried before, or those that were not, without their bodies.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn listed_waiting(&self, tried: bool, count: i64) -> Result<Vec<Row>> {
        let among = if tried { "o.state = $1 AND o.attempts > 0" } else { "o.state = $1 AND o.attempts = 0" };
        self.rows_where(&without_bodies(), among, Status::Queued, count).await
    }

    async fn rows_where(&self, columns: &str, among: &str, status: Status, count: i64) -> Result<Vec<Row>> {
        let query = AssertSqlSafe(format!("{columns} WHERE {among} ORDER BY o.id LIMIT $2"));
        let rows = sqlx::query(query).bind(status.name()).bind(count).fetch_all(&self.pool).await;
        let rows = rows.map_err(StoreError::from).and_then(|rows| rows.iter().map(read).collect());
        rows.map_err(|error| self.told(error))
    }

    /// What became of a notice; `None` where none has that number.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn status_of(&self, id: i64) -> Result<Option<Status>> {
        self.said(async {
            let query = sqlx::query_as("SELECT state FROM outbox WHERE id = $1").bind(id);
            let state: Option<(String,)> = query.fetch_optional(&self.pool).await?;
            state.map(|(state,)| Status::of(&state)).transpose()
        })
        .await
    }

    /// Numbers of all rows in one state.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn numbers_of(&self, status: Status) -> Result<Vec<i64>> {
        let numbers = sqlx::query_as("SELECT id FROM outbox WHERE state = $1 ORDER BY id").bind(status.name());
        let numbers: std::result::Result<Vec<(i64,)>, _> = numbers.fetch_all(&self.pool).await;
        Ok(numbers.map_err(|error| self.told(error.into()))?.into_iter().map(|(id,)| id).collect())
    }

    /// Sinks that have not taken what was queued before a time: tried again and again, or due before it too.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn not_taken(&self, before: Utc) -> Result<Vec<String>> {
        let text = "SELECT DISTINCT sink FROM outbox WHERE state = 'queued' AND queued_us <= $1 AND (attempts > 3 OR due_us <= $1) ORDER BY sink";
        self.said(async {
            let rows: Vec<(String,)> = sqlx::query_as(text).bind(before.micros()).fetch_all(&self.pool).await?;
            Ok(rows.into_iter().map(|(sink,)| sink).collect())
        })
        .await
    }

    /// When the oldest notice was due that waits, of each sink for which one was due by now.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn oldest_due(&self, now: Utc) -> Result<Vec<(String, Utc)>> {
        let oldest = "SELECT sink, MIN(queued_us) FROM outbox WHERE state = 'queued' AND due_us <= $1 GROUP BY sink ORDER BY sink";
        self.said(async {
            let rows: Vec<(String, i64)> = sqlx::query_as(oldest).bind(now.micros()).fetch_all(&self.pool).await?;
            rows.into_iter().map(|(sink, due)| Ok((sink, moment(due)?))).collect()
        })
        .await
    }

    /// How many notices of each sink wait although their time had come at a moment: they were tried, or were there and due.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn overdue(&self, at: Utc) -> Result<Vec<(String, i64)>> {
        let overdue = "SELECT sink, COUNT(*) FROM outbox WHERE state = 'queued' \
                       AND (attempts > 0 OR (due_us <= $1 AND queued_us <= $1)) GROUP BY sink ORDER BY sink";
        let counts = sqlx::query_as(overdue).bind(at.micros()).fetch_all(&self.pool).await;
        counts.map_err(|error| self.told(error.into()))
    }

    /// How many rows each sink has in each state.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn counts(&self) -> Result<Vec<(String, Status, i64)>> {
        self.counted().await.map_err(|error| self.told(error))
    }

    async fn counted(&self) -> std::result::Result<Vec<(String, Status, i64)>, StoreError> {
        let counts = "SELECT sink, state, COUNT(*) FROM outbox GROUP BY sink, state ORDER BY sink, state";
        let rows: Vec<(String, String, i64)> = sqlx::query_as(counts).fetch_all(&self.pool).await?;
        rows.into_iter().map(|(sink, state, count)| Ok((sink, Status::of(&state)?, count))).collect()
    }
}

/// [`COLUMNS`] for lists: bodies are what is large in them.
pub(super) fn without_bodies() -> String {
    COLUMNS.replace(" body FROM", " CAST('' AS TEXT) FROM")
}

/// The time has come, or it had come before the clock was set back.
fn push_due(query: &mut Statement, now: Utc) {
    query.push(" AND (o.due_us <= ");
    query.bind(now.micros());
    query.push(" OR (o.attempts = 0 AND o.due_us <= o.queued_us) OR (o.attempts > 0 AND o.due_us > ");
    query.bind(now.plus_seconds(LONGEST_WAIT_S).unwrap_or(now).micros());
    query.push("))");
}

pub(super) fn read(row: &AnyRow) -> std::result::Result<Row, StoreError> {
    let settled: Option<i64> = row.try_get(11)?;
    Ok(Row {
        id: row.try_get(0)?,
        filed: Filed {
            sink: row.try_get(1)?,
            event: row.try_get(2)?,
            revision: row.try_get(3)?,
            kind: row.try_get(4)?,
            due: moment(row.try_get(6)?)?,
            seen: moment(row.try_get(8)?)?,
            late: row.try_get::<i64, _>(9)? != 0,
            gauge: row.try_get(13)?,
            body: row.try_get(15)?,
        },
        status: Status::of(&row.try_get::<String, _>(5)?)?,
        queued: moment(row.try_get(7)?)?,
        attempts: row.try_get(10)?,
        settled: settled.map(moment).transpose()?,
        said: row.try_get(12)?,
        body_sha256: row.try_get(14)?,
    })
}
