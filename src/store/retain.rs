//! What is kept how long. Of notices that were delivered a day ago or more the body goes here ([`super::spent`]) and the rest stays. Open events and what is not told yet are never taken away, nor is a line of the audit.

use super::spent::DESK_KINDS;
use super::{Actor, Store, StoreError, Write};
use crate::error::Result;
use crate::site::Retention;
use crate::time::Utc;

impl Store {
    /// Takes away what is older than it is kept, and gives how many events, detections, looks and notices that were.
    ///
    /// An event goes when it is no open case: done or excluded; or never dispatched, and closed or acknowledged. Nothing of it may wait in the outbox.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn retain(&self, keep: &Retention, now: Utc, actor: &Actor) -> Result<[u64; 4]> {
        let bodies = self.blank_spent(now).await?;
        let mut write = self.write().await?;
        let gone = self.said(write.take_away(keep, bodies, now, actor)).await?;
        write.commit().await?;
        Ok(gone)
    }
}

impl Write<'_> {
    async fn take_away(
        &mut self,
        keep: &Retention,
        bodies: usize,
        now: Utc,
        actor: &Actor,
    ) -> std::result::Result<[u64; 4], StoreError> {
        let before = |days: u32| now.plus_seconds(-86_400.0 * f64::from(days)).unwrap_or(now).micros();
        let (old, dropped) = (before(keep.events_days), before(keep.dropped_days));
        let over = "SELECT e.id FROM events e WHERE e.last_us < $1 AND (e.status IN ('closed', 'excluded') OR e.status = 'triage' \
                    AND (e.state = 'closed' OR e.acknowledged_us IS NOT NULL OR e.inside = 0)) \
                    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.event = e.id AND o.state IN ('queued', 'dead'))";
        let of = |table: &str, column: &str| format!("DELETE FROM {table} WHERE {column} IN ({over})");
        // the rest goes with what it belongs to, and is not counted
        const REST: usize = 4;
        let mut counts = [0; REST];
        let steps = [
            (1, format!("DELETE FROM fires WHERE id IN (SELECT m.fire FROM members m WHERE m.event IN ({over}))"), old),
            (3, of("outbox", "event"), old),
            (REST, of("members", "event"), old),
            (REST, of("reach", "event"), old),
            (REST, of("cases", "event"), old),
            (REST, of("steps", "event"), old),
            (REST, of("deadlines", "event"), old),
            (REST, of("tasks", "event"), old),
            (REST, of("photos", "event"), old),
            (REST, of("camera_looks", "event"), old),
            (0, of("events", "id"), old),
            (
                1,
                "DELETE FROM fires WHERE time_us < $1 AND NOT EXISTS (SELECT 1 FROM members m WHERE m.fire = fires.id)"
                    .into(),
                dropped,
            ),
            // a place that took part in an event stays as long as its detection does
            (
                REST,
                "DELETE FROM sightings WHERE time_us < $1 AND NOT EXISTS (SELECT 1 FROM fires f WHERE f.id = sightings.id)"
                    .into(),
                dropped,
            ),
            (REST, "DELETE FROM intake WHERE received_us < $1".into(), old),
            (REST, "DELETE FROM coverage WHERE look IN (SELECT name FROM looks WHERE time_us < $1)".into(), old),
            (2, "DELETE FROM looks WHERE time_us < $1".into(), old),
            (
                REST,
                format!(
                    "DELETE FROM outbox WHERE kind IN ('station', '{}') AND state <> 'queued' AND queued_us < $1",
                    DESK_KINDS.join("', '")
                ),
                dropped,
            ),
            (REST, "DELETE FROM granules WHERE seen_us < $1".into(), dropped),
            (REST, "DELETE FROM slots WHERE first_us < $1 AND state NOT IN ('expected', 'seen')".into(), old),
            (REST, "DELETE FROM jobs WHERE due_us < $1".into(), old),
            (REST, "DELETE FROM alarms WHERE over_us < $1".into(), old),
        ];
        for (count, statement, limit) in steps {
            let done =
                sqlx::query(sqlx::AssertSqlSafe(statement)).bind(limit).execute(&mut *self.tx).await?.rows_affected();
            if let Some(count) = counts.get_mut(count) {
                *count += done;
            }
        }
        self.numbers("changes", 1).await?;
        let [events, fires, looks, notices] = counts;
        let detail = serde_json::json!({
            "events": events, "fires": fires, "looks": looks, "notices": notices, "events_days": keep.events_days,
            "dropped_days": keep.dropped_days, "bodies": bodies,
        });
        self.add_line(now, actor, "retain", "store", &detail.to_string()).await?;
        Ok(counts)
    }
}
