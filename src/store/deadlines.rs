//! Until when each step of a case is waited for, and what was said of it: a row each time that one is waited for.

use super::events::Stored;
use super::fires::AT_ONCE;
use super::listing::{EVENT, shown};
use super::scope::Scope;
use super::statement::Statement;
use super::{Actor, Store, StoreError, View, Write, moment};
use crate::cases::{Action, Clocks, Deadline};
use crate::error::Result;
use crate::time::Utc;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// A step that is waited for.
#[derive(Debug, Clone, PartialEq)]
pub struct Awaited {
    /// Id of the event.
    pub event: String,
    /// What, and until when.
    pub deadline: Deadline,
    /// The post that has it, or had it last.
    pub post: Option<String>,
    /// How many units were told that it is late.
    pub units: i64,
}

/// A step that was waited for, as far as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Waited {
    /// What, until when, and whose it was.
    pub awaited: Awaited,
    /// When it ended; `None` while it is waited for. Of an officer without a signal it is when it was said.
    pub done: Option<Utc>,
    /// The step that ended it: another one than was waited for where the case took another turn.
    pub over: Option<String>,
}

const COLUMNS: &str =
    "SELECT d.event, d.step, d.since_us, d.due_us, d.remind_us, d.post, d.units, d.done_us, d.over FROM deadlines d";
/// Events that nobody has looked at and that have no clock yet.
const NEW: &str = "FROM events e WHERE e.status = 'triage' AND e.triaged = 0 AND e.state = 'open' AND e.inside = 1 AND e.last_us >= $1 \
                   AND NOT EXISTS (SELECT 1 FROM deadlines n WHERE n.event = e.id)";
/// Of a deadline: its event became part of another, or is shown no longer, before anybody did anything.
const GONE: &str = "EXISTS (SELECT 1 FROM events e WHERE e.id = d.event AND e.status = 'triage' AND (e.state = 'closed' OR e.inside = 0) \
                    AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.event = e.id))";

impl Write<'_> {
    /// Ends what is waited for of an event, and begins what is waited for next.
    pub(super) async fn turn_deadline(
        &mut self,
        event: &str,
        over: &str,
        done: Utc,
        next: Option<(&Deadline, Option<&str>)>,
    ) -> std::result::Result<(), StoreError> {
        if let Some((next, post)) = next {
            // judged again, it waits for the same: who was told of it is not told again
            let same = "SELECT COUNT(*) FROM deadlines WHERE event = $1 AND done_us IS NULL AND step = $2 AND due_us = $3 AND COALESCE(post, '') = $4";
            let query = sqlx::query_as(same).bind(event).bind(next.step.code()).bind(next.due.micros());
            let query = query.bind(post.unwrap_or_default());
            let (same,): (i64,) = query.fetch_one(&mut *self.tx).await?;
            if same > 0 {
                return Ok(());
            }
        }
        // nothing ends before it began, whatever a phone says
        let end = "UPDATE deadlines SET over = $1, done_us = CASE WHEN since_us > $2 THEN since_us ELSE $2 END WHERE event = $3 AND done_us IS NULL";
        sqlx::query(end).bind(over).bind(done.micros()).bind(event).execute(&mut *self.tx).await?;
        if let Some((deadline, post)) = next {
            self.add_deadline(event, deadline, post).await?;
        }
        Ok(())
    }

    async fn add_deadline(
        &mut self,
        event: &str,
        deadline: &Deadline,
        post: Option<&str>,
    ) -> std::result::Result<(), StoreError> {
        let add = "INSERT INTO deadlines (event, step, since_us, due_us, remind_us, units, post) VALUES ($1, $2, $3, $4, $5, 0, $6) \
                   ON CONFLICT (event, since_us, step) DO UPDATE SET due_us = excluded.due_us, remind_us = excluded.remind_us, \
                   post = excluded.post, done_us = NULL, over = NULL";
        let query = sqlx::query(add).bind(event).bind(deadline.step.code()).bind(deadline.since.micros());
        let query = query.bind(deadline.due.micros()).bind(deadline.remind.map(Utc::micros)).bind(post);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    /// Begins the clock of an event that nobody has looked at, where it has none yet.
    pub(super) async fn untouched_deadline(
        &mut self,
        event: &str,
        clocks: &Clocks,
    ) -> std::result::Result<(), StoreError> {
        let known = "SELECT made_us FROM events e WHERE e.id = $1 AND NOT EXISTS (SELECT 1 FROM deadlines d WHERE d.event = e.id)";
        let known: Option<(i64,)> = sqlx::query_as(known).bind(event).fetch_optional(&mut *self.tx).await?;
        let Some((known,)) = known else { return Ok(()) };
        match clocks.untouched(moment(known)?) {
            Some(deadline) => self.add_deadline(event, &deadline, None).await,
            None => Ok(()),
        }
    }

    /// Begins the clocks of events that nobody has looked at, of those that were seen at or after a time, and ends those of events that are no
    /// more. Gives how many were begun.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn tend_deadlines(&mut self, clocks: &Clocks, seen_after: Utc, now: Utc) -> Result<usize> {
        let store = self.store;
        self.tended(clocks, seen_after, now).await.map_err(|error| store.told(error))
    }

    async fn tended(&mut self, clocks: &Clocks, seen_after: Utc, now: Utc) -> std::result::Result<usize, StoreError> {
        let gone = format!(
            "UPDATE deadlines SET over = 'over', done_us = CASE WHEN since_us > $1 THEN since_us ELSE $1 END \
             WHERE done_us IS NULL AND {}",
            GONE.replace("d.event", "deadlines.event")
        );
        sqlx::query(sqlx::AssertSqlSafe(gone)).bind(now.micros()).execute(&mut *self.tx).await?;
        let new = format!("SELECT e.id {NEW} ORDER BY e.id");
        let new: Vec<(String,)> =
            sqlx::query_as(sqlx::AssertSqlSafe(new)).bind(seen_after.micros()).fetch_all(&mut *self.tx).await?;
        for (event,) in &new {
            self.untouched_deadline(event, clocks).await?;
        }
        Ok(new.len())
    }

    /// Notes that a step was reminded of; `false` where it was done meanwhile or reminded of before.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn note_reminder(&mut self, awaited: &Awaited, said: &str, now: Utc, actor: &Actor) -> Result<bool> {
        let mark = "UPDATE deadlines SET reminded_us = $1 WHERE event = $2 AND step = $3 AND since_us = $4 AND done_us IS NULL \
                    AND reminded_us IS NULL";
        let store = self.store;
        store.said(self.note_of_clock(mark, "remind", awaited, said, now, actor)).await
    }

    /// Notes that one more unit was told of a step that is late; `false` where it was done meanwhile, or where that unit was told.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn note_supervision(&mut self, awaited: &Awaited, said: &str, now: Utc, actor: &Actor) -> Result<bool> {
        let mark = format!(
            "UPDATE deadlines SET supervised_us = $1, units = units + 1 WHERE event = $2 AND step = $3 AND since_us = $4 \
             AND done_us IS NULL AND units = {}",
            awaited.units
        );
        let store = self.store;
        store.said(self.note_of_clock(&mark, "overdue", awaited, said, now, actor)).await
    }

    /// A line of the case's history by the clock itself.
    async fn note_of_clock(
        &mut self,
        mark: &str,
        action: &str,
        awaited: &Awaited,
        said: &str,
        now: Utc,
        actor: &Actor,
    ) -> std::result::Result<bool, StoreError> {
        let Deadline { step, since, due, .. } = awaited.deadline;
        let query = sqlx::query(sqlx::AssertSqlSafe(mark)).bind(now.micros()).bind(&awaited.event).bind(step.code());
        if query.bind(since.micros()).execute(&mut *self.tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let id = self.numbers("steps", 1).await?;
        let detail = serde_json::json!({ "step": step, "due": due }).to_string();
        let add = "INSERT INTO steps (id, event, at_us, who, role, action, before_status, after_status, note, detail) \
                   SELECT $1, id, $2, $3, 'system', $4, status, status, $5, $6 FROM events WHERE id = $7";
        let query = sqlx::query(add).bind(id).bind(now.micros()).bind(&actor.who).bind(action).bind(said);
        query.bind(&detail).bind(&awaited.event).execute(&mut *self.tx).await?;
        let seq = self.numbers("changes", 1).await?;
        let seen = "UPDATE events SET seq = $1 WHERE id = $2";
        sqlx::query(seen).bind(seq).bind(&awaited.event).execute(&mut *self.tx).await?;
        self.add_line(now, actor, &format!("case {action}"), &awaited.event, &detail).await?;
        Ok(true)
    }
}

impl Store {
    /// Steps of which the time to be reminded has come, and that are not late yet.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn to_remind(&self, now: Utc) -> Result<Vec<Awaited>> {
        let due = "WHERE d.done_us IS NULL AND d.reminded_us IS NULL AND d.remind_us <= $1 AND d.due_us > $1 ORDER BY d.due_us, d.event";
        self.awaited(due, now, now).await
    }

    /// Steps that are late, of which nobody was told or the last was told at or before a time. One that was told by a clock that was ahead is
    /// told again.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn to_supervise(&self, now: Utc, told_before: Utc) -> Result<Vec<Awaited>> {
        let late = "WHERE d.done_us IS NULL AND d.due_us <= $1 AND (d.units = 0 OR d.supervised_us <= $2 OR d.supervised_us > $1) \
                    AND d.units < CASE WHEN d.step IN ('acknowledge', 'arrive', 'report') THEN 3 ELSE 1 END \
                    ORDER BY d.due_us, d.event";
        self.awaited(late, now, told_before).await
    }

    async fn awaited(&self, which: &str, now: Utc, before: Utc) -> Result<Vec<Awaited>> {
        self.said(async {
            let query = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} {which}"))).bind(now.micros());
            let query = if which.contains("$2") { query.bind(before.micros()) } else { query };
            query.fetch_all(&self.pool).await?.iter().map(awaited).collect()
        })
        .await
    }

    /// Whether a clock is to be begun or ended: [`Write::tend_deadlines`].
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn has_untended(&self, seen_after: Utc) -> Result<bool> {
        self.said(async {
            let new = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT e.id {NEW} LIMIT 1"))).bind(seen_after.micros());
            if new.fetch_optional(&self.pool).await?.is_some() {
                return Ok(true);
            }
            let gone = format!("SELECT d.event FROM deadlines d WHERE d.done_us IS NULL AND {GONE} LIMIT 1");
            Ok(sqlx::query(sqlx::AssertSqlSafe(gone)).fetch_optional(&self.pool).await?.is_some())
        })
        .await
    }

    /// Open events inside that nobody has touched, of those that were seen at or after a time.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn untouched(&self, seen_after: Utc) -> Result<Vec<Stored>> {
        let query = format!(
            "{EVENT} AND e.status = 'triage' AND e.state = 'open' AND e.last_us >= $1 AND c.event IS NULL ORDER BY e.first_us, e.id"
        );
        self.said(async {
            let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(seen_after.micros());
            query.fetch_all(&self.pool).await?.iter().map(|row| Ok(shown(row)?.stored)).collect()
        })
        .await
    }

    /// All that was waited for of an event, in order.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn waited_of(&self, event: &str) -> Result<Vec<Waited>> {
        let mut query = Statement::new(format!("{COLUMNS} WHERE d.event = "));
        query.bind(event);
        query.push(" ORDER BY d.since_us, CASE WHEN d.done_us IS NULL THEN 1 ELSE 0 END, d.done_us");
        self.all_of(query, waited).await
    }

    /// Steps that are waited for and due before a time, the one due first first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn due_before(&self, scope: &Scope, until: Utc, limit: i64) -> Result<Vec<Awaited>> {
        let mut query = Statement::new(format!("{COLUMNS} WHERE d.done_us IS NULL AND d.due_us < "));
        query.bind(until.micros());
        scope.limit_events(&mut query, "d.event");
        query.push(" ORDER BY d.due_us, d.event LIMIT ");
        query.bind(limit);
        self.all_of(query, awaited).await
    }
}

impl View<'_> {
    /// All that was waited for of events, in order, by event.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn waited_of(&mut self, events: &[String]) -> Result<BTreeMap<String, Vec<Waited>>> {
        let store = self.store;
        let work = async {
            let mut found: BTreeMap<String, Vec<Waited>> = BTreeMap::new();
            for part in events.chunks(AT_ONCE) {
                let mut query = Statement::among(format!("{COLUMNS} WHERE d.event"), part);
                query.push(" ORDER BY d.since_us, CASE WHEN d.done_us IS NULL THEN 1 ELSE 0 END, d.done_us");
                for row in query.fetch_all(&mut self.tx).await? {
                    let row = waited(&row)?;
                    found.entry(row.awaited.event.clone()).or_default().push(row);
                }
            }
            Ok(found)
        };
        store.said(work).await
    }
}

fn awaited(row: &AnyRow) -> std::result::Result<Awaited, StoreError> {
    let remind: Option<i64> = row.try_get(4)?;
    let event: String = row.try_get(0)?;
    Ok(Awaited {
        deadline: deadline(&event, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, remind)?,
        event,
        post: row.try_get(5)?,
        units: row.try_get(6)?,
    })
}

fn waited(row: &AnyRow) -> std::result::Result<Waited, StoreError> {
    let done: Option<i64> = row.try_get(7)?;
    Ok(Waited { awaited: awaited(row)?, done: done.map(moment).transpose()?, over: row.try_get(8)? })
}

pub(super) fn deadline(
    event: &str,
    step: String,
    since: i64,
    due: i64,
    remind: Option<i64>,
) -> std::result::Result<Deadline, StoreError> {
    let action = Action::of(&step);
    let unknown = || StoreError::Record(format!("a deadline of event {event} is of the step {step:?}"));
    Ok(Deadline {
        step: action.ok_or_else(unknown)?,
        since: moment(since)?,
        due: moment(due)?,
        remind: remind.map(moment).transpose()?,
    })
}
