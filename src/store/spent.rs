//! Bodies of notices: of what was told the hash stays, with to whom and when. A link that lets a phone into a task goes the moment it was delivered, or
//! with its task where it never was; all else that was delivered with the first `retain` that is a day later.

use super::fires::AT_ONCE;
use super::{Store, StoreError, Write};
use crate::error::Result;
use crate::sealed::sha256;
use crate::thresholds::NoticeThresholds;
use crate::time::Utc;

/// Kinds of notices that the desk tells of a case, each under a name of its own.
pub const DESK_KINDS: [&str; 4] = [WITH_LINK, "reminder", "overdue", "changed"];
/// The kind that carries a personal link.
const WITH_LINK: &str = "dispatched";

impl Write<'_> {
    /// Blanks what was delivered, where it carries a link.
    pub(super) async fn blank_link(&mut self, id: i64, kind: &str) -> std::result::Result<(), StoreError> {
        if kind == WITH_LINK {
            let body = sqlx::query_as("SELECT id, body FROM outbox WHERE id = $1 AND body <> ''").bind(id);
            let body: Vec<(i64, String)> = body.fetch_all(&mut *self.tx).await?;
            self.blank(&body).await?;
        }
        Ok(())
    }

    /// Blanks the links of an event that nobody got: its task is over, so they let nobody in, and are not sent again.
    pub(super) async fn blank_links_of(&mut self, event: &str) -> std::result::Result<(), StoreError> {
        let text = "SELECT id, body FROM outbox WHERE event = $1 AND kind = $2 AND body <> '' \
                    AND state IN ('written_off', 'no_alarm', 'dead')";
        let bodies = sqlx::query_as(text).bind(format!("{WITH_LINK} {event}")).bind(WITH_LINK);
        let bodies: Vec<(i64, String)> = bodies.fetch_all(&mut *self.tx).await?;
        self.blank(&bodies).await
    }

    /// Blanks some of what was delivered before a time; gives how many. A link also where it was delivered since (an earlier version kept it),
    /// where nobody is to get it any more, and where a receiver refused it and its task is over by now.
    async fn blank_some(&mut self, before: i64, now: i64) -> std::result::Result<usize, StoreError> {
        let text = "SELECT o.id, o.body FROM outbox o WHERE o.body <> '' AND (\
                    o.state IN ('sent', 'merged') AND (o.settled_us < $1 OR o.kind = $2) \
                    OR o.kind = $2 AND o.state IN ('written_off', 'no_alarm') AND o.settled_us < $1 \
                    OR o.kind = $2 AND o.state IN ('written_off', 'no_alarm', 'dead') \
                    AND EXISTS (SELECT 1 FROM tasks t WHERE t.event = substr(o.event, length(o.kind) + 2)) \
                    AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.event = substr(o.event, length(o.kind) + 2) \
                    AND t.over IS NULL AND t.expires_us > $3)) ORDER BY o.id LIMIT $4";
        let bodies = sqlx::query_as(text).bind(before).bind(WITH_LINK).bind(now).bind(AT_ONCE as i64);
        let bodies: Vec<(i64, String)> = bodies.fetch_all(&mut *self.tx).await?;
        self.blank(&bodies).await?;
        Ok(bodies.len())
    }

    async fn blank(&mut self, bodies: &[(i64, String)]) -> std::result::Result<(), StoreError> {
        for (id, body) in bodies {
            let put = "UPDATE outbox SET body = '', body_sha256 = $1 WHERE id = $2";
            sqlx::query(put).bind(sha256(body.as_bytes())).bind(*id).execute(&mut *self.tx).await?;
        }
        Ok(())
    }

    /// Whether a notice that was not delivered has no text: what its link let into is over, or it could not be rendered.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn is_without_text(&mut self, id: i64) -> Result<bool> {
        let text = "SELECT COUNT(*) FROM outbox WHERE id = $1 AND body = '' AND state IN ('dead', 'written_off')";
        let count = sqlx::query_as(text).bind(id).fetch_one(&mut *self.tx).await;
        let (count,): (i64,) = count.map_err(|error| self.store.told(error.into()))?;
        Ok(count > 0)
    }
}

impl Store {
    /// Blanks all that is spent, some in each turn to write: of an old store it is the whole outbox, and who takes an alarm waits for no more than
    /// one turn. Gives how many.
    pub(super) async fn blank_spent(&self, now: Utc) -> Result<usize> {
        let before = now.plus_seconds(-3600.0 * f64::from(NoticeThresholds::default().body_h)).unwrap_or(now);
        let mut count = 0;
        loop {
            let mut write = self.write().await?;
            let blanked = self.said(write.blank_some(before.micros(), now.micros())).await?;
            write.commit().await?;
            count += blanked;
            if blanked < AT_ONCE {
                return Ok(count);
            }
        }
    }
}
