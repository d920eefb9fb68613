//! What the station notes of itself, what it does by the clock, each time once, and what is wrong, until it is over.

use super::{Store, StoreError, Write, moment};
use crate::error::Result;
use crate::time::Utc;

/// A job that was done at one of its times.
#[derive(Debug, Clone, PartialEq)]
pub struct JobDone {
    /// Its name.
    pub name: String,
    /// The time that it was set for.
    pub due: Utc,
    /// Whether it was done; else it failed.
    pub is_done: bool,
    /// Times that it was tried.
    pub attempts: i64,
    /// When it was tried last.
    pub at: Utc,
    /// What came of it.
    pub said: String,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// What: `silent Himawari-9`, `inbox p-tree`, `disk /var/lib`.
    pub name: String,
    /// Since when.
    pub since: Utc,
    /// Until when; `None`: still.
    pub over: Option<Utc>,
    /// In words, for a person.
    pub said: String,
}

impl Store {
    /// A note of the station.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn station_note(&self, name: &str) -> Result<Option<String>> {
        self.said(async {
            let query = sqlx::query_as("SELECT value FROM station WHERE name = $1").bind(name.to_string());
            let found: Option<(String,)> = query.fetch_optional(&self.pool).await?;
            Ok(found.map(|(value,)| value))
        })
        .await
    }

    /// The last time of each job up to now: what a clock that was ahead did once is not counted.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn jobs_done(&self, now: Utc) -> Result<Vec<JobDone>> {
        let text = "SELECT name, due_us, state, attempts, done_us, said FROM jobs j \
                    WHERE due_us <= $1 AND NOT EXISTS (SELECT 1 FROM jobs n WHERE n.name = j.name AND n.due_us > j.due_us AND n.due_us <= $1) ORDER BY name";
        self.said(async {
            let query = sqlx::query_as(text).bind(now.micros());
            let rows: Vec<(String, i64, String, i64, i64, String)> = query.fetch_all(&self.pool).await?;
            rows.into_iter()
                .map(|(name, due, state, attempts, at, said)| {
                    Ok(JobDone { name, due: moment(due)?, is_done: state == "done", attempts, at: moment(at)?, said })
                })
                .collect()
        })
        .await
    }

    /// When a job was last done, where it was.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn job_successes(&self) -> Result<Vec<(String, Utc)>> {
        let text = "SELECT name, MAX(done_us) FROM jobs WHERE state = 'done' GROUP BY name ORDER BY name";
        self.said(async {
            let rows: Vec<(String, i64)> = sqlx::query_as(text).fetch_all(&self.pool).await?;
            rows.into_iter().map(|(name, at)| Ok((name, moment(at)?))).collect()
        })
        .await
    }

    /// The latest time before `due` for which a job was done.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn last_success(&self, name: &str, due: Utc) -> Result<Option<Utc>> {
        let text = "SELECT MAX(due_us) FROM jobs WHERE name = $1 AND state = 'done' AND due_us < $2";
        self.said(async {
            let query = sqlx::query_as(text).bind(name.to_string()).bind(due.micros());
            let (last,): (Option<i64>,) = query.fetch_one(&self.pool).await?;
            last.map(moment).transpose()
        })
        .await
    }

    /// What is wrong now, and what was until `since`, newest first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn alarms(&self, since: Utc) -> Result<Vec<Alarm>> {
        let text = "SELECT name, since_us, over_us, said FROM alarms WHERE over_us IS NULL OR over_us >= $1 ORDER BY since_us DESC, name";
        self.said(async {
            let query = sqlx::query_as(text).bind(since.micros());
            let rows: Vec<(String, i64, Option<i64>, String)> = query.fetch_all(&self.pool).await?;
            rows.into_iter().map(alarm).collect()
        })
        .await
    }
}

fn alarm((name, since, over, said): (String, i64, Option<i64>, String)) -> std::result::Result<Alarm, StoreError> {
    Ok(Alarm { name, since: moment(since)?, over: over.map(moment).transpose()?, said })
}

impl Write<'_> {
    /// Keeps a note of the station.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn note_station(&mut self, name: &str, value: &str) -> Result<()> {
        let text =
            "INSERT INTO station (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        let done = sqlx::query(text).bind(name.to_string()).bind(value.to_string()).execute(&mut *self.tx).await;
        done.map(|_| ()).map_err(|error| self.store.told(error.into()))
    }

    /// Notes what came of a job.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn job_done(&mut self, job: &JobDone) -> Result<()> {
        let text = "INSERT INTO jobs (name, due_us, state, attempts, done_us, said) VALUES ($1, $2, $3, $4, $5, $6) \
                    ON CONFLICT (name, due_us) DO UPDATE SET state = excluded.state, attempts = excluded.attempts, \
                    done_us = excluded.done_us, said = excluded.said";
        let query = sqlx::query(text).bind(&job.name).bind(job.due.micros());
        let query = query.bind(if job.is_done { "done" } else { "failed" }).bind(job.attempts).bind(job.at.micros());
        let done = query.bind(job.said.chars().take(1000).collect::<String>()).execute(&mut *self.tx).await;
        done.map(|_| ()).map_err(|error| self.store.told(error.into()))
    }

    /// Something is wrong; where it is already, only its words are new. Gives whether it is new.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn raise(&mut self, name: &str, said: &str, now: Utc) -> Result<bool> {
        let store = self.store;
        let work = async {
            let still = "UPDATE alarms SET said = $1 WHERE name = $2 AND over_us IS NULL";
            let is_known = sqlx::query(still).bind(said).bind(name).execute(&mut *self.tx).await?.rows_affected() > 0;
            if !is_known {
                let new = "INSERT INTO alarms (name, since_us, over_us, told_us, said) VALUES ($1, $2, NULL, NULL, $3) \
                           ON CONFLICT (name, since_us) DO UPDATE SET over_us = NULL, said = excluded.said";
                sqlx::query(new).bind(name).bind(now.micros()).bind(said).execute(&mut *self.tx).await?;
                self.numbers("changes", 1).await?;
            }
            Ok::<bool, StoreError>(!is_known)
        };
        work.await.map_err(|error| store.told(error))
    }

    /// It is over; gives since when it was, where it was.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn clear(&mut self, name: &str, now: Utc) -> Result<Option<Alarm>> {
        let store = self.store;
        let work = async {
            let find = "SELECT name, since_us, over_us, said FROM alarms WHERE name = $1 AND over_us IS NULL";
            let found: Option<(String, i64, Option<i64>, String)> =
                sqlx::query_as(find).bind(name).fetch_optional(&mut *self.tx).await?;
            let Some(found) = found else { return Ok(None) };
            let over = "UPDATE alarms SET over_us = $1 WHERE name = $2 AND over_us IS NULL";
            sqlx::query(over).bind(now.micros()).bind(name).execute(&mut *self.tx).await?;
            self.numbers("changes", 1).await?;
            Ok::<_, StoreError>(Some(alarm(found)?))
        };
        work.await.map_err(|error| store.told(error))
    }
}
