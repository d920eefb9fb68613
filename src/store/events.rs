//! Events as the store keeps them: with the number of what officers last knew of them.

use super::fires::AT_ONCE;
use super::statement::Statement;
use super::{Actor, Store, StoreError, Write, moment, of_text, to_text};
use crate::error::Result;
use crate::fire::FireEvent;
use crate::time::Utc;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use std::collections::BTreeSet;

/// An event with what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The event.
    pub event: FireEvent,
    /// Grows by one with every change.
    pub revision: i64,
    /// Whether it goes on; else it became part of another or is shown no longer.
    pub open: bool,
    /// When it last changed.
    pub changed: Utc,
    /// When somebody said that it is taken care of.
    pub acknowledged: Option<Utc>,
}

/// What became of an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledged {
    /// It is noted.
    Now,
    /// Somebody had done so before, then.
    Before(Utc),
    /// There is no such event.
    Unknown,
}

const COLUMNS: &str = "SELECT id, record, revision, state, changed_us, acknowledged_us FROM events";

impl Store {
    /// Events that were seen last at or after a time, by first detection and id.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn events_since(&self, since: Utc) -> Result<Vec<Stored>> {
        self.since(since).await.map_err(|error| self.told(error))
    }

    /// Open events inside that a sink was told of at or before a time, or should have been, that nobody acknowledged, and of which
    /// `target` was not told yet that this is so. What a sink did not take, because it was down or refused it, counts from when it was
    /// queued: nobody else hears of such a fire in time.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn unacknowledged(&self, sink: &str, target: &str, told_before: Utc) -> Result<Vec<Stored>> {
        self.waiting(sink, target, told_before).await.map_err(|error| self.told(error))
    }

    async fn waiting(
        &self,
        sink: &str,
        target: &str,
        told_before: Utc,
    ) -> std::result::Result<Vec<Stored>, StoreError> {
        let waiting = "WHERE state = 'open' AND inside = 1 AND acknowledged_us IS NULL \
                       AND EXISTS (SELECT 1 FROM outbox o WHERE o.event = events.id AND o.sink = $1 AND (\
                         (o.state = 'sent' AND o.settled_us <= $2) \
                         OR (o.state IN ('dead', 'merged') AND o.queued_us <= $2) \
                         OR (o.state = 'queued' AND o.attempts > 0 AND o.queued_us <= $2) \
                         OR (o.state = 'queued' AND o.attempts = 0 AND o.due_us <= $2))) \
                       AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.event = events.id AND o.sink = $3 AND o.kind = 'escalated') \
                       ORDER BY first_us, id";
        let query = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} {waiting}"))).bind(sink);
        let rows = query.bind(told_before.micros()).bind(target).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    async fn since(&self, since: Utc) -> std::result::Result<Vec<Stored>, StoreError> {
        let query = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE last_us >= $1 ORDER BY first_us, id"));
        let rows = sqlx::query(query).bind(since.micros()).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }
}

impl Write<'_> {
    /// Events that hold one of these detections, open and closed.
    pub(super) async fn events_with(&mut self, fires: &[String]) -> std::result::Result<Vec<Stored>, StoreError> {
        with(&mut self.tx, fires).await
    }

    /// Open events that hold one of these detections, by first detection and id.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn open_events_with(&mut self, fires: &[String]) -> Result<Vec<FireEvent>> {
        let store = self.store;
        open_with(&mut self.tx, fires).await.map_err(|error| store.told(error))
    }

    /// Events by their ids, in the order of ids.
    pub(super) async fn stored(&mut self, ids: &[String]) -> std::result::Result<Vec<Stored>, StoreError> {
        by_id(&mut self.tx, ids).await
    }

    /// Puts an event and its members in the place of what was known of it.
    pub(super) async fn put_event(&mut self, stored: &Stored) -> std::result::Result<(), StoreError> {
        let Stored { event, revision, open, changed, .. } = stored;
        let put = "INSERT INTO events (id, state, status, revision, first_us, last_us, changed_us, inside, simulated, adcode, record, \
                   lon, lat, class, confidence, seq, made_us) \
                   VALUES ($1, $2, 'triage', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $6) \
                   ON CONFLICT (id) DO UPDATE SET state = excluded.state, revision = excluded.revision, first_us = excluded.first_us, \
                   last_us = excluded.last_us, changed_us = excluded.changed_us, inside = excluded.inside, \
                   simulated = excluded.simulated, adcode = excluded.adcode, record = excluded.record, lon = excluded.lon, \
                   lat = excluded.lat, class = excluded.class, confidence = excluded.confidence, seq = excluded.seq";
        let seq = self.numbers("changes", 1).await?;
        let query = sqlx::query(put).bind(&event.id).bind(if *open { "open" } else { "closed" }).bind(revision);
        let query = query.bind(event.first_seen.micros()).bind(event.last_seen.micros()).bind(changed.micros());
        let query = query.bind(i64::from(event.inside)).bind(i64::from(event.simulated));
        let query = query.bind(event.county.as_ref().map(|county| county.adcode.clone())).bind(to_text(event)?);
        let query = query.bind(event.place.lon()).bind(event.place.lat()).bind(event.class.name());
        let query = query.bind(event.confidence.name()).bind(seq);
        query.execute(&mut *self.tx).await?;
        sqlx::query("DELETE FROM members WHERE event = $1").bind(&event.id).execute(&mut *self.tx).await?;
        for part in event.members.chunks(AT_ONCE) {
            let rows = part.iter().map(|fire| [event.id.as_str().into(), fire.as_str().into()]);
            Statement::insert("members (event, fire)", rows).execute(&mut self.tx).await?;
        }
        self.put_reach(event).await
    }

    /// The counties that an event concerns; units that its case was given to stay.
    pub(super) async fn put_reach(&mut self, event: &FireEvent) -> std::result::Result<(), StoreError> {
        let gone = "DELETE FROM reach WHERE event = $1 AND why = 'place'";
        sqlx::query(gone).bind(&event.id).execute(&mut *self.tx).await?;
        if !event.inside {
            return Ok(());
        }
        let own = event.county.as_ref().map(|county| &county.adcode);
        let areas: BTreeSet<&str> = event.counties.iter().chain(own).map(String::as_str).collect();
        if areas.is_empty() {
            return Ok(());
        }
        let rows = areas.into_iter().map(|area| [area.into(), event.id.as_str().into(), "place".into()]);
        Statement::insert("reach (area, event, why)", rows).execute(&mut self.tx).await?;
        Ok(())
    }

    /// The event as it is now under its next number, of which is told that nobody acknowledged it; `None` where somebody did meanwhile, or
    /// where it is over.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn escalated(&mut self, id: &str, now: Utc, actor: &Actor) -> Result<Option<Stored>> {
        let store = self.store;
        self.next_number(id, now, actor).await.map_err(|error| store.told(error))
    }

    async fn next_number(
        &mut self,
        id: &str,
        now: Utc,
        actor: &Actor,
    ) -> std::result::Result<Option<Stored>, StoreError> {
        let next =
            "UPDATE events SET revision = revision + 1 WHERE id = $1 AND state = 'open' AND acknowledged_us IS NULL";
        if sqlx::query(next).bind(id).execute(&mut *self.tx).await?.rows_affected() == 0 {
            return Ok(None);
        }
        let stored = self.stored(&[id.to_string()]).await?.pop();
        let detail = serde_json::json!({ "revision": stored.as_ref().map(|stored| stored.revision) });
        self.add_line(now, actor, "event escalated", id, &detail.to_string()).await?;
        Ok(stored)
    }

    /// Notes that somebody takes care of an event.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn acknowledge(&mut self, id: &str, now: Utc, actor: &Actor) -> Result<Acknowledged> {
        let store = self.store;
        store.said(self.note_acknowledged(id, now, actor)).await
    }

    async fn note_acknowledged(
        &mut self,
        id: &str,
        now: Utc,
        actor: &Actor,
    ) -> std::result::Result<Acknowledged, StoreError> {
        let Some(stored) = self.stored(&[id.to_string()]).await?.pop() else { return Ok(Acknowledged::Unknown) };
        if let Some(before) = stored.acknowledged {
            return Ok(Acknowledged::Before(before));
        }
        let note = "UPDATE events SET acknowledged_us = $1 WHERE id = $2";
        sqlx::query(note).bind(now.micros()).bind(id).execute(&mut *self.tx).await?;
        self.add_line(now, actor, "acknowledge", id, "{}").await?;
        Ok(Acknowledged::Now)
    }
}

/// Events that hold one of these detections, open and closed, in the order of ids.
async fn with(connection: &mut AnyConnection, fires: &[String]) -> std::result::Result<Vec<Stored>, StoreError> {
    let mut ids = Vec::new();
    for part in fires.chunks(AT_ONCE) {
        let query = Statement::among("SELECT DISTINCT event FROM members WHERE fire", part);
        for row in query.fetch_all(connection).await? {
            ids.push(row.try_get::<String, _>(0)?);
        }
    }
    ids.sort_unstable();
    ids.dedup();
    by_id(connection, &ids).await
}

/// The open ones of them, by first detection and id.
pub(super) async fn open_with(
    connection: &mut AnyConnection,
    fires: &[String],
) -> std::result::Result<Vec<FireEvent>, StoreError> {
    let events = with(connection, fires).await?.into_iter();
    let mut open: Vec<FireEvent> = events.filter(|stored| stored.open).map(|stored| stored.event).collect();
    open.sort_by(|a, b| (a.first_seen, &a.id).cmp(&(b.first_seen, &b.id)));
    Ok(open)
}

async fn by_id(connection: &mut AnyConnection, ids: &[String]) -> std::result::Result<Vec<Stored>, StoreError> {
    let mut events = Vec::new();
    for part in ids.chunks(AT_ONCE) {
        for row in Statement::among(format!("{COLUMNS} WHERE id"), part).fetch_all(connection).await? {
            events.push(read(&row)?);
        }
    }
    events.sort_by(|a, b| a.event.id.cmp(&b.event.id));
    Ok(events)
}

pub(super) fn read(row: &AnyRow) -> std::result::Result<Stored, StoreError> {
    let (id, record): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let acknowledged: Option<i64> = row.try_get(5)?;
    Ok(Stored {
        event: of_text(&format!("event {id}"), &record)?,
        revision: row.try_get(2)?,
        open: row.try_get::<String, _>(3)? == "open",
        changed: moment(row.try_get(4)?)?,
        acknowledged: acknowledged.map(moment).transpose()?,
    })
}
