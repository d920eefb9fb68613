//! Lists of other authorities: when each came, by when it is to be answered, and whether it was.

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
    /// Name of its file.
    pub name: String,
    /// Whose it is; empty where nobody says.
    pub source: String,
    /// When it was compared first.
    pub received: Utc,
    /// By when it is to be answered.
    pub deadline: Option<Utc>,
    /// When it was compared last.
    pub replied: Utc,
    /// When somebody said that the answer was sent.
    pub answered: Option<Utc>,
    /// How many rows were what, JSON.
    pub counts: String,
}

const LIST: &str =
    "SELECT sha256, name, source, received_us, deadline_us, replied_us, answered_us, counts FROM their_lists";

impl Write<'_> {
    /// Notes that a list was compared. One that is known keeps when it came, and its deadline where no other is said.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn note_list(&mut self, list: &ReceivedList, actor: &Actor) -> Result<()> {
        let store = self.store;
        self.put_list(list, actor).await.map_err(|error| store.told(error))
    }

    async fn put_list(&mut self, list: &ReceivedList, actor: &Actor) -> std::result::Result<(), StoreError> {
        let put = "INSERT INTO their_lists (sha256, name, source, received_us, deadline_us, replied_us, answered_us, counts) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                   ON CONFLICT (sha256) DO UPDATE SET name = excluded.name, source = excluded.source, \
                   deadline_us = COALESCE(excluded.deadline_us, their_lists.deadline_us), replied_us = excluded.replied_us, \
                   answered_us = COALESCE(their_lists.answered_us, excluded.answered_us), counts = excluded.counts";
        let query =
            sqlx::query(put).bind(&list.sha256).bind(&list.name).bind(&list.source).bind(list.received.micros());
        let query = query.bind(list.deadline.map(Utc::micros)).bind(list.replied.micros());
        query.bind(list.answered.map(Utc::micros)).bind(&list.counts).execute(&mut *self.tx).await?;
        let detail = serde_json::json!({
            "sha256": list.sha256, "deadline": list.deadline, "answered": list.answered.is_some(), "counts": list.counts,
        });
        self.add_line(list.replied, actor, "list compared", &list.name, &detail.to_string()).await
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

    /// Lists of which nobody said that the answer was sent, the one that is due first first, those without a deadline last.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn unanswered_lists(&self) -> Result<Vec<ReceivedList>> {
        let order = "WHERE answered_us IS NULL ORDER BY CASE WHEN deadline_us IS NULL THEN 1 ELSE 0 END, deadline_us, received_us, sha256";
        self.said(async {
            let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{LIST} {order}"))).fetch_all(&self.pool).await?;
            rows.iter().map(read).collect()
        })
        .await
    }
}

fn read(row: &AnyRow) -> std::result::Result<ReceivedList, StoreError> {
    let (deadline, answered): (Option<i64>, Option<i64>) = (row.try_get(4)?, row.try_get(6)?);
    Ok(ReceivedList {
        sha256: row.try_get(0)?,
        name: row.try_get(1)?,
        source: row.try_get(2)?,
        received: moment(row.try_get(3)?)?,
        deadline: deadline.map(moment).transpose()?,
        replied: moment(row.try_get(5)?)?,
        answered: answered.map(moment).transpose()?,
        counts: row.try_get(7)?,
    })
}
