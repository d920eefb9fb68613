//! Lists of other authorities: when each came, by when it is to be answered, and whether it was. Their files: [`super::their_list_files`].

use super::{Actor, Store, StoreError, Write, moment};
use crate::error::Result;
use crate::time::Utc;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A list of another authority.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceivedList {
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Name of its file, as it came first.
    pub name: String,
    /// Whose it is; empty where nobody says.
    pub source: String,
    /// When it was compared first.
    pub received: Utc,
    /// Who took it; empty where an earlier version did not note it.
    pub taken_by: String,
    /// By when it is to be answered.
    pub deadline: Option<Utc>,
    /// When it was compared last.
    pub replied: Utc,
    /// When somebody said that the answer was sent.
    pub answered: Option<Utc>,
    /// When, by whom and why it was taken back: nothing is waited for any more.
    pub withdrawn: Option<(Utc, String, String)>,
    /// How many rows were what, JSON.
    pub counts: String,
}

const LIST: &str = "SELECT sha256, name, source, received_us, deadline_us, replied_us, answered_us, counts, taken_by, withdrawn_us, \
                    withdrawn_by, withdrawn FROM their_lists";

impl Write<'_> {
    /// Notes that a list was compared; `files` are the hashes of what was kept of it by their names. One that is known keeps when, under which
    /// name and by whom it came, and its deadline where it has one: that is moved by [`Write::move_deadline`] alone.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn note_list(&mut self, list: &ReceivedList, files: &serde_json::Value, actor: &Actor) -> Result<()> {
        let store = self.store;
        self.put_list(list, files, actor).await.map_err(|error| store.told(error))
    }

    async fn put_list(
        &mut self,
        list: &ReceivedList,
        files: &serde_json::Value,
        actor: &Actor,
    ) -> std::result::Result<(), StoreError> {
        let put = "INSERT INTO their_lists (sha256, name, source, received_us, deadline_us, replied_us, answered_us, counts, taken_by) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                   ON CONFLICT (sha256) DO UPDATE SET source = excluded.source, \
                   deadline_us = COALESCE(their_lists.deadline_us, excluded.deadline_us), replied_us = excluded.replied_us, \
                   answered_us = COALESCE(their_lists.answered_us, excluded.answered_us), counts = excluded.counts";
        let query =
            sqlx::query(put).bind(&list.sha256).bind(&list.name).bind(&list.source).bind(list.received.micros());
        let query = query.bind(list.deadline.map(Utc::micros)).bind(list.replied.micros());
        let query = query.bind(list.answered.map(Utc::micros)).bind(&list.counts).bind(&list.taken_by);
        query.execute(&mut *self.tx).await?;
        let detail = serde_json::json!({
            "sha256": list.sha256, "deadline": list.deadline, "answered": list.answered.is_some(), "counts": list.counts, "files": files,
        });
        self.add_line(list.replied, actor, "list compared", &list.name, &detail.to_string()).await
    }

    /// Notes that the answer to a list was sent: its deadline is met. Said once, it stays.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn answer_list(&mut self, list: &ReceivedList, now: Utc, actor: &Actor) -> Result<()> {
        let put = "UPDATE their_lists SET answered_us = $1 WHERE sha256 = $2 AND answered_us IS NULL AND withdrawn_us IS NULL";
        let store = self.store;
        store
            .said(async {
                let query = sqlx::query(put).bind(now.micros()).bind(&list.sha256);
                if query.execute(&mut *self.tx).await?.rows_affected() > 0 {
                    let detail = serde_json::json!({ "sha256": list.sha256, "deadline": list.deadline });
                    self.add_line(now, actor, "list answered", &list.name, &detail.to_string()).await?;
                }
                Ok(())
            })
            .await
    }

    /// Moves the deadline of a list, and says so in the audit; `false` where another one moved it meanwhile, or it was taken back.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn move_deadline(&mut self, list: &ReceivedList, to: Utc, now: Utc, actor: &Actor) -> Result<bool> {
        let put = "UPDATE their_lists SET deadline_us = $1 WHERE sha256 = $2 AND withdrawn_us IS NULL AND COALESCE(deadline_us, 0) = $3";
        let store = self.store;
        store
            .said(async {
                let before = list.deadline.map_or(0, Utc::micros);
                let query = sqlx::query(put).bind(to.micros()).bind(&list.sha256).bind(before);
                let done = query.execute(&mut *self.tx).await?.rows_affected() > 0;
                if done {
                    let detail = serde_json::json!({ "sha256": list.sha256, "from": list.deadline, "to": to });
                    self.add_line(now, actor, "list deadline moved", &list.name, &detail.to_string()).await?;
                }
                Ok(done)
            })
            .await
    }

    /// Takes a list back: it is waited for no more, and stays. `false` where somebody did before.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn withdraw_list(&mut self, list: &ReceivedList, said: &str, now: Utc, actor: &Actor) -> Result<bool> {
        let put = "UPDATE their_lists SET withdrawn_us = $1, withdrawn_by = $2, withdrawn = $3 WHERE sha256 = $4 AND withdrawn_us IS NULL";
        let store = self.store;
        store
            .said(async {
                let query = sqlx::query(put).bind(now.micros()).bind(&actor.who).bind(said).bind(&list.sha256);
                let done = query.execute(&mut *self.tx).await?.rows_affected() > 0;
                if done {
                    let detail = serde_json::json!({ "sha256": list.sha256, "said": said, "deadline": list.deadline });
                    self.add_line(now, actor, "list withdrawn", &list.name, &detail.to_string()).await?;
                }
                Ok(done)
            })
            .await
    }

    /// Takes a list again that was taken back: with a deadline of its own, and as one that is not answered. `false` where it is not taken back.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn retake_list(
        &mut self,
        list: &ReceivedList,
        deadline: Option<Utc>,
        now: Utc,
        actor: &Actor,
    ) -> Result<bool> {
        let put = "UPDATE their_lists SET withdrawn_us = NULL, withdrawn_by = NULL, withdrawn = NULL, answered_us = NULL, deadline_us = $1 \
                   WHERE sha256 = $2 AND withdrawn_us IS NOT NULL";
        let store = self.store;
        store
            .said(async {
                let query = sqlx::query(put).bind(deadline.map(Utc::micros)).bind(&list.sha256);
                let done = query.execute(&mut *self.tx).await?.rows_affected() > 0;
                if done {
                    let detail = serde_json::json!({ "sha256": list.sha256, "withdrawn": list.withdrawn, "deadline": [list.deadline, deadline] });
                    self.add_line(now, actor, "list taken again", &list.name, &detail.to_string()).await?;
                }
                Ok(done)
            })
            .await
    }
}

impl Store {
    /// A list by its bytes.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn received_list(&self, sha256: &str) -> Result<Option<ReceivedList>> {
        self.said(async {
            let query = sqlx::query(sqlx::AssertSqlSafe(format!("{LIST} WHERE sha256 = $1"))).bind(sha256);
            query.fetch_optional(&self.pool).await?.as_ref().map(read).transpose()
        })
        .await
    }

    /// The last lists, the newest first, with those that were taken back.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn received_lists(&self, limit: i64) -> Result<Vec<ReceivedList>> {
        self.said(async {
            let query = format!("{LIST} ORDER BY received_us DESC, sha256 LIMIT $1");
            let rows = sqlx::query(sqlx::AssertSqlSafe(query)).bind(limit).fetch_all(&self.pool).await?;
            rows.iter().map(read).collect()
        })
        .await
    }

    /// Lists of which nobody said that the answer was sent and that were not taken back, the one that is due first first, those without a
    /// deadline last.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn unanswered_lists(&self) -> Result<Vec<ReceivedList>> {
        let order = "WHERE answered_us IS NULL AND withdrawn_us IS NULL \
                     ORDER BY CASE WHEN deadline_us IS NULL THEN 1 ELSE 0 END, deadline_us, received_us, sha256";
        self.said(async {
            let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{LIST} {order}"))).fetch_all(&self.pool).await?;
            rows.iter().map(read).collect()
        })
        .await
    }
}

fn read(row: &AnyRow) -> std::result::Result<ReceivedList, StoreError> {
    let (deadline, answered): (Option<i64>, Option<i64>) = (row.try_get(4)?, row.try_get(6)?);
    let text = |at: usize| -> std::result::Result<String, StoreError> {
        Ok(row.try_get::<Option<String>, _>(at)?.unwrap_or_default())
    };
    let withdrawn = match row.try_get::<Option<i64>, _>(9)? {
        Some(at) => Some((moment(at)?, text(10)?, text(11)?)),
        None => None,
    };
    Ok(ReceivedList {
        sha256: row.try_get(0)?,
        name: row.try_get(1)?,
        source: row.try_get(2)?,
        received: moment(row.try_get(3)?)?,
        taken_by: text(8)?,
        deadline: deadline.map(moment).transpose()?,
        replied: moment(row.try_get(5)?)?,
        answered: answered.map(moment).transpose()?,
        withdrawn,
        counts: row.try_get(7)?,
    })
}
