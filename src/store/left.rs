//! What a rule of the site left to the desk: a line in the history of an event that has no case yet.

use super::{Actor, Store, StoreError, Write};
use crate::error::Result;
use crate::time::Utc;

/// The action of such a line.
const LEFT: &str = "left";

fn key(event: &str) -> String {
    format!("left {event}")
}

impl Write<'_> {
    /// Notes why a rule gave an event to nobody; `false` where that was noted before.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn note_left(&mut self, event: &str, said: &str, now: Utc, actor: &Actor) -> Result<bool> {
        let store = self.store;
        store.said(self.left(event, said, now, actor)).await
    }

    async fn left(
        &mut self,
        event: &str,
        said: &str,
        now: Utc,
        actor: &Actor,
    ) -> std::result::Result<bool, StoreError> {
        let known: Option<(i64,)> = sqlx::query_as(KNOWN).bind(key(event)).fetch_optional(&mut *self.tx).await?;
        if known.is_some() {
            return Ok(false);
        }
        let id = self.numbers("steps", 1).await?;
        let add = "INSERT INTO steps (id, event, at_us, who, role, action, before_status, after_status, note, detail, key) \
                   SELECT $1, id, $2, $3, 'system', $4, status, status, $5, '{}', $6 FROM events WHERE id = $7";
        let query = sqlx::query(add).bind(id).bind(now.micros()).bind(&actor.who).bind(LEFT).bind(said);
        query.bind(key(event)).bind(event).execute(&mut *self.tx).await?;
        let seq = self.numbers("changes", 1).await?;
        sqlx::query("UPDATE events SET seq = $1 WHERE id = $2").bind(seq).bind(event).execute(&mut *self.tx).await?;
        let detail = serde_json::json!({ "said": said }).to_string();
        self.add_line(now, actor, "case left to the desk", event, &detail).await?;
        Ok(true)
    }
}

const KNOWN: &str = "SELECT id FROM steps WHERE key = $1";

impl Store {
    /// Whether it was noted of an event.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn is_left(&self, event: &str) -> Result<bool> {
        self.said(async {
            let known: Option<(i64,)> = sqlx::query_as(KNOWN).bind(key(event)).fetch_optional(&self.pool).await?;
            Ok(known.is_some())
        })
        .await
    }
}
