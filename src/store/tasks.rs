//! Links of one task: whoever opens one first with a phone has it with that phone alone, until the case is over.

use super::{Actor, Store, StoreError, Write, moment};
use crate::error::Result;
use crate::time::Utc;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id, which is no secret.
    pub id: String,
    /// The event.
    pub event: String,
    /// The post that it was made for.
    pub post: String,
    /// Hash of the phone that has it.
    pub phone: Option<String>,
    /// What the desk says with it.
    pub note: String,
    /// When it was made.
    pub made: Utc,
    /// When it ends.
    pub expires: Utc,
    /// When it was opened.
    pub opened: Option<Utc>,
    /// Why it is over: `revoked`, `replaced`, `returned` or `closed`.
    pub over: Option<String>,
}

/// What came of opening a link.
#[derive(Debug, PartialEq, Eq)]
pub enum Opened {
    /// This phone has it.
    Yes(Task),
    /// Another phone has it.
    ByAnother,
    /// It is over, or its time is.
    Over,
    /// No link has this token.
    Unknown,
}

const COLUMNS: &str = "SELECT id, event, post, phone, note, made_us, expires_us, opened_us, over FROM tasks";

impl Write<'_> {
    /// Makes a link; those of the event that were made before are over.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn make_task(&mut self, task: &Task, token: &str, now: Utc, actor: &Actor) -> Result<()> {
        let store = self.store;
        store
            .said(async {
                self.end_tasks(&task.event, "replaced").await?;
                let add = "INSERT INTO tasks (id, event, post, token, note, made_us, expires_us) VALUES ($1, $2, $3, $4, $5, $6, $7)";
                let query = sqlx::query(add).bind(&task.id).bind(&task.event).bind(&task.post).bind(token);
                let query = query.bind(&task.note).bind(task.made.micros()).bind(task.expires.micros());
                query.execute(&mut *self.tx).await?;
                let detail = serde_json::json!({ "task": task.id, "post": task.post, "expires": task.expires });
                self.add_line(now, actor, "task link made", &task.event, &detail.to_string()).await?;
                Ok(())
            })
            .await
    }

    /// Ends a link; `false` where there is none that is not over.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn revoke_task(&mut self, task: &Task, now: Utc, actor: &Actor) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let end = "UPDATE tasks SET over = 'revoked' WHERE id = $1 AND over IS NULL";
                let done = sqlx::query(end).bind(&task.id).execute(&mut *self.tx).await?.rows_affected() > 0;
                if done {
                    self.blank_links_of(&task.event).await?;
                    let detail = serde_json::json!({ "task": task.id, "post": task.post });
                    self.add_line(now, actor, "task link revoked", &task.event, &detail.to_string()).await?;
                }
                Ok(done)
            })
            .await
    }

    /// Opens a link with a phone: the first one has it.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn open_task(&mut self, token: &str, phone: &str, now: Utc, actor: &Actor) -> Result<Opened> {
        let store = self.store;
        store
            .said(async {
                let query = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE token = $1"));
                let Some(row) = sqlx::query(query).bind(token).fetch_optional(&mut *self.tx).await? else {
                    return Ok(Opened::Unknown);
                };
                let mut task = read(&row)?;
                if task.is_over(now) {
                    return Ok(Opened::Over);
                }
                match &task.phone {
                    Some(known) if known == phone => Ok(Opened::Yes(task)),
                    Some(_) => {
                        self.add_line(now, actor, "task link opened by another phone", &task.event, "{}").await?;
                        Ok(Opened::ByAnother)
                    }
                    None => {
                        let bind = "UPDATE tasks SET phone = $1, opened_us = $2 WHERE id = $3";
                        let query = sqlx::query(bind).bind(phone).bind(now.micros()).bind(&task.id);
                        query.execute(&mut *self.tx).await?;
                        let detail = serde_json::json!({ "task": task.id, "post": task.post });
                        self.add_line(now, actor, "task link opened", &task.event, &detail.to_string()).await?;
                        (task.phone, task.opened) = (Some(phone.to_string()), Some(now));
                        Ok(Opened::Yes(task))
                    }
                }
            })
            .await
    }

    pub(super) async fn end_tasks(&mut self, event: &str, over: &str) -> std::result::Result<(), StoreError> {
        let end = "UPDATE tasks SET over = $1 WHERE event = $2 AND over IS NULL";
        sqlx::query(end).bind(over).bind(event).execute(&mut *self.tx).await?;
        self.blank_links_of(event).await
    }
}

impl Store {
    /// The link of a token, whoever has it.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn task_of_token(&self, token: &str) -> Result<Option<Task>> {
        self.one_task("token", token).await
    }

    /// A link by its id.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn task(&self, id: &str) -> Result<Option<Task>> {
        self.one_task("id", id).await
    }

    async fn one_task(&self, column: &'static str, value: &str) -> Result<Option<Task>> {
        self.said(async {
            let query = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE {column} = $1"));
            sqlx::query(query).bind(value).fetch_optional(&self.pool).await?.as_ref().map(read).transpose()
        })
        .await
    }

    /// The links of an event, the oldest first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn tasks_of(&self, event: &str) -> Result<Vec<Task>> {
        self.said(async {
            let query = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE event = $1 ORDER BY made_us, id"));
            sqlx::query(query).bind(event).fetch_all(&self.pool).await?.iter().map(read).collect()
        })
        .await
    }
}

impl Task {
    /// Whether nothing can be done with it any more.
    pub fn is_over(&self, now: Utc) -> bool {
        self.over.is_some() || self.expires <= now
    }
}

fn read(row: &AnyRow) -> std::result::Result<Task, StoreError> {
    Ok(Task {
        id: row.try_get(0)?,
        event: row.try_get(1)?,
        post: row.try_get(2)?,
        phone: row.try_get(3)?,
        note: row.try_get(4)?,
        made: moment(row.try_get(5)?)?,
        expires: moment(row.try_get(6)?)?,
        opened: row.try_get::<Option<i64>, _>(7)?.map(moment).transpose()?,
        over: row.try_get(8)?,
    })
}
