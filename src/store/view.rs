//! One state of the store, read bit by bit while others write: what lists of a day and of a week are made of.

use super::fires::AT_ONCE;
use super::statement::Statement;
use super::{Step, Store, StoreError, events, fires, moment};
use crate::error::Result;
use crate::fire::{FireEvent, FirePixel};
use crate::time::Utc;
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};
use std::collections::BTreeMap;
use std::ops::Range;

/// One state of the store; it ends with the value.
pub struct View<'a> {
    pub(super) tx: Transaction<'static, Any>,
    pub(super) store: &'a Store,
}

/// A look as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptLook {
    /// Its name.
    pub name: String,
    /// Start of the observation.
    pub time: Utc,
    /// When it came in; when it was scanned again, that.
    pub taken: Utc,
    /// Its account, JSON.
    pub report: String,
}

const LOOKS: &str = "FROM looks WHERE time_us >= $1 AND time_us < $2 AND taken_us >= $3 AND taken_us < $4";

impl Store {
    /// The store as it is now, whatever others write from now on.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn view(&self) -> Result<View<'_>> {
        let begun = async { Ok(self.pool.begin_with(self.dialect.begin_reading()).await?) };
        Ok(View { tx: self.said(begun).await?, store: self })
    }
}

impl View<'_> {
    /// Looks that were observed in one time and came in in another, ends not included, by time and name.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn looks(&mut self, observed: &Range<Utc>, taken: &Range<Utc>) -> Result<Vec<KeptLook>> {
        let store = self.store;
        let text = format!("SELECT name, time_us, taken_us, report {LOOKS} ORDER BY time_us, name");
        let work = async {
            let query = sqlx::query(AssertSqlSafe(text)).bind(observed.start.micros()).bind(observed.end.micros());
            let query = query.bind(taken.start.micros()).bind(taken.end.micros());
            query.fetch_all(&mut *self.tx).await?.iter().map(look).collect()
        };
        store.said(work).await
    }

    /// Looks of these names that came in in a time, whenever they were observed, by time and name.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn looks_named(&mut self, names: &[String], taken: &Range<Utc>) -> Result<Vec<KeptLook>> {
        let store = self.store;
        let work = async {
            let mut looks = Vec::new();
            for part in names.chunks(AT_ONCE) {
                let query = Statement::among("SELECT name, time_us, taken_us, report FROM looks WHERE name", part);
                looks.extend(
                    query
                        .fetch_all(&mut self.tx)
                        .await?
                        .iter()
                        .map(look)
                        .collect::<std::result::Result<Vec<_>, _>>()?,
                );
            }
            looks.retain(|look: &KeptLook| taken.contains(&look.taken));
            looks.sort_by(|a, b| (a.time, &a.name).cmp(&(b.time, &b.name)));
            Ok(looks)
        };
        store.said(work).await
    }

    /// How many of them there are.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn count_looks(&mut self, observed: &Range<Utc>, taken: &Range<Utc>) -> Result<usize> {
        let store = self.store;
        let text = format!("SELECT COUNT(*) {LOOKS}");
        let work = async {
            let query = sqlx::query_as(AssertSqlSafe(text)).bind(observed.start.micros()).bind(observed.end.micros());
            let query = query.bind(taken.start.micros()).bind(taken.end.micros());
            let (count,): (i64,) = query.fetch_one(&mut *self.tx).await?;
            Ok(usize::try_from(count).unwrap_or(0))
        };
        store.said(work).await
    }

    /// Detections of granules, kept and dropped, by time and id.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn fires_of(&mut self, granules: &[String]) -> Result<Vec<FirePixel>> {
        let store = self.store;
        let mut fires = store.said(fires::among(&mut self.tx, "granule", granules)).await?;
        fires.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        Ok(fires)
    }

    /// Detections of a time, kept and dropped, by time and id.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn fires_in(&mut self, observed: &Range<Utc>) -> Result<Vec<FirePixel>> {
        let store = self.store;
        // the index has what burns first
        let text = "SELECT id, record FROM fires WHERE burns IN (0, 1) AND time_us >= $1 AND time_us < $2 ORDER BY time_us, id";
        let work = async {
            let query = sqlx::query(text).bind(observed.start.micros()).bind(observed.end.micros());
            fires::read(&query.fetch_all(&mut *self.tx).await?)
        };
        store.said(work).await
    }

    /// Open events that hold one of these detections, by first detection and id.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn open_events_with(&mut self, fires: &[String]) -> Result<Vec<FireEvent>> {
        let store = self.store;
        store.said(events::open_with(&mut self.tx, fires)).await
    }

    /// Steps of the cases of events, in their order, by event.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn steps_of(&mut self, events: &[String]) -> Result<BTreeMap<String, Vec<Step>>> {
        const STEPS: &str =
            "SELECT event, at_us, who, role, action, before_status, after_status, note, detail FROM steps WHERE event";
        let store = self.store;
        let work = async {
            let mut steps: BTreeMap<String, Vec<Step>> = BTreeMap::new();
            for part in events.chunks(AT_ONCE) {
                let mut query = Statement::among(STEPS, part);
                query.push(" ORDER BY id");
                for row in query.fetch_all(&mut self.tx).await? {
                    steps.entry(row.try_get(0)?).or_default().push(step(&row)?);
                }
            }
            Ok(steps)
        };
        store.said(work).await
    }
}

fn step(row: &AnyRow) -> std::result::Result<Step, StoreError> {
    Ok(Step {
        at: moment(row.try_get(1)?)?,
        who: row.try_get(2)?,
        role: row.try_get(3)?,
        action: row.try_get(4)?,
        from: row.try_get(5)?,
        to: row.try_get(6)?,
        note: row.try_get(7)?,
        detail: row.try_get(8)?,
    })
}

fn look(row: &AnyRow) -> std::result::Result<KeptLook, StoreError> {
    Ok(KeptLook {
        name: row.try_get(0)?,
        time: moment(row.try_get(1)?)?,
        taken: moment(row.try_get(2)?)?,
        report: row.try_get(3)?,
    })
}
