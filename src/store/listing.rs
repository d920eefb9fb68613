//! What lists ask for: events, detections and coverage, filtered and a page at a time, within what the account may see.

mod filter;

use super::events::{Stored, read as read_event};
use super::scope::Scope;
use super::statement::Statement;
use super::{Store, StoreError, moment, of_text};
use crate::cases::{Case, Deadline};
use crate::error::Result;
use crate::fire::FirePixel;
use crate::time::Utc;
pub(super) use filter::{at_least, at_most, page, within};
use filter::{filter_coverage, filter_events, filter_fires};
use sqlx::Row;
use sqlx::any::AnyRow;

/// What is asked of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// West, south, east, north, degrees.
    pub bbox: Option<[f64; 4]>,
    /// Seen at or after.
    pub from: Option<Utc>,
    /// Seen at or before.
    pub to: Option<Utc>,
    /// States of cases; empty: all.
    pub statuses: Vec<String>,
    /// Code of a county.
    pub county: Option<String>,
    /// Classes; empty: all.
    pub classes: Vec<String>,
    /// Confidences; empty: all.
    pub confidences: Vec<String>,
    /// Judged by a desk to be worth a drive.
    pub triaged: Option<bool>,
    /// Whether something is still to be done.
    pub open: Option<bool>,
    /// Without what was excluded, merged or withdrawn.
    pub standing: bool,
    /// Made by the simulator, or not.
    pub simulated: Option<bool>,
    /// Beginning of an id.
    pub id: Option<String>,
    /// Part of the name of a county, township or place near.
    pub place: Option<String>,
    /// Events whose step is due first come first, those that nothing is waited of last; else the one seen last.
    pub urgent: bool,
    /// Rows at most.
    pub limit: i64,
    /// Rows that are left out before.
    pub offset: i64,
    /// Only what comes after this one in the order of the list.
    pub after: Option<(i64, String)>,
}

/// An event as people see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The event.
    pub stored: Stored,
    /// What was made of it; `None` where nobody did anything.
    pub case: Option<Case>,
    /// Number of its last change in the store.
    pub seq: i64,
    /// What is waited for, where anything is and its clock runs.
    pub deadline: Option<Deadline>,
}

/// Of one look and county.
#[derive(Debug, Clone, PartialEq)]
pub struct CountyLook {
    /// Name of the look.
    pub look: String,
    /// Start of the observation.
    pub time: Utc,
    /// Satellite.
    pub satellite: String,
    /// Sensor.
    pub sensor: String,
    /// Made by the simulator.
    pub simulated: bool,
    /// Six-digit code.
    pub adcode: String,
    /// Shares, 0 to 1.
    pub observed: f64,
    /// Under cloud.
    pub cloud: f64,
    /// Without data.
    pub missing: f64,
}

pub(super) const EVENT: &str = "SELECT e.id, e.record, e.revision, e.state, e.changed_us, e.acknowledged_us, e.seq, c.record, \
                     d.step, d.since_us, d.due_us, d.remind_us \
                     FROM events e LEFT JOIN cases c ON c.event = e.id LEFT JOIN deadlines d ON d.event = e.id AND d.done_us IS NULL \
                     WHERE e.inside = 1";
const LOOK: &str = "SELECT v.look, l.time_us, l.satellite, l.sensor, l.simulated, v.adcode, v.observed, v.cloud, v.missing \
                    FROM coverage v JOIN looks l ON l.name = v.look WHERE 1 = 1";
const FIRE: &str = "SELECT f.id, f.record FROM fires f WHERE 1 = 1";

impl Store {
    /// Number of the last change of an event or a look: a list of the same number is the same list.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn changes(&self) -> Result<i64> {
        self.said(async {
            let (value,): (i64,) =
                sqlx::query_as("SELECT value FROM counters WHERE name = 'changes'").fetch_one(&self.pool).await?;
            Ok(value)
        })
        .await
    }

    /// How many events a list has.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn count_events(&self, scope: &Scope, asked: &Asked) -> Result<i64> {
        let mut query = Statement::new("SELECT COUNT(*) FROM events e WHERE e.inside = 1");
        filter_events(&mut query, scope, asked);
        self.said(self.count(query)).await
    }

    /// A page of events, the one seen last first, or the most urgent ones.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn list_events(&self, scope: &Scope, asked: &Asked) -> Result<Vec<Shown>> {
        let mut query = Statement::new(EVENT);
        filter_events(&mut query, scope, asked);
        if asked.urgent {
            query.push(" ORDER BY CASE WHEN d.due_us IS NULL THEN 1 ELSE 0 END, d.due_us, e.first_us, e.id LIMIT ");
            query.bind(asked.limit);
        } else {
            page(&mut query, asked, "e.last_us", "e.id");
        }
        self.all_of(query, shown).await
    }

    /// One event; `None` where there is none, or none that may be seen.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn event(&self, scope: &Scope, id: &str) -> Result<Option<Shown>> {
        let mut query = Statement::new(EVENT);
        scope.limit_events(&mut query, "e.id");
        query.push(" AND e.id = ");
        query.bind(id);
        self.first_of(query, shown).await
    }

    /// Events by their ids, of those that may be seen.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn events_of(&self, scope: &Scope, ids: &[String]) -> Result<Vec<Shown>> {
        self.said(async {
            let mut all = Vec::new();
            for part in ids.chunks(super::fires::AT_ONCE) {
                let mut query = Statement::among(format!("{EVENT} AND e.id"), part);
                scope.limit_events(&mut query, "e.id");
                for row in query.fetch_all(&mut *self.pool.acquire().await?).await? {
                    all.push(shown(&row)?);
                }
            }
            Ok(all)
        })
        .await
    }

    /// Events that changed after a number, in the order of the changes.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn changed_events(&self, after: i64, limit: i64) -> Result<Vec<Shown>> {
        let query = sqlx::AssertSqlSafe(format!("{EVENT} AND e.seq > $1 ORDER BY e.seq LIMIT $2"));
        self.said(async {
            sqlx::query(query).bind(after).bind(limit).fetch_all(&self.pool).await?.iter().map(shown).collect()
        })
        .await
    }

    /// Areas that events concern: pairs of event and area.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn reach_of(&self, events: &[String]) -> Result<Vec<(String, String)>> {
        self.said(async {
            let mut pairs = Vec::new();
            for part in events.chunks(super::fires::AT_ONCE) {
                let query = Statement::among("SELECT event, area FROM reach WHERE event", part);
                for row in query.fetch_all(&mut *self.pool.acquire().await?).await? {
                    pairs.push((row.try_get(0)?, row.try_get(1)?));
                }
            }
            Ok(pairs)
        })
        .await
    }

    /// How many detections a list has.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn count_fires(&self, scope: &Scope, asked: &Asked) -> Result<i64> {
        let mut query = Statement::new("SELECT COUNT(*) FROM fires f WHERE 1 = 1");
        filter_fires(&mut query, scope, asked);
        self.said(self.count(query)).await
    }

    /// A page of kept detections, the latest first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn list_fires(&self, scope: &Scope, asked: &Asked) -> Result<Vec<FirePixel>> {
        let mut query = Statement::new(FIRE);
        filter_fires(&mut query, scope, asked);
        page(&mut query, asked, "f.time_us", "f.id");
        self.all_of(query, fire).await
    }

    /// One detection.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn fire(&self, scope: &Scope, id: &str) -> Result<Option<FirePixel>> {
        let mut query = Statement::new(format!("{FIRE} AND f.kept = 1 AND f.id = "));
        query.bind(id);
        scope.limit_fires(&mut query, "f");
        self.first_of(query, fire).await
    }

    /// The detections of an event, by time.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn fires_of_event(&self, event: &str) -> Result<Vec<FirePixel>> {
        let query = "SELECT f.id, f.record FROM fires f JOIN members m ON m.fire = f.id WHERE m.event = $1 ORDER BY f.time_us, f.id";
        self.said(async { sqlx::query(query).bind(event).fetch_all(&self.pool).await?.iter().map(fire).collect() })
            .await
    }

    /// How many rows of looks and counties there are.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn count_coverage(&self, scope: &Scope, asked: &Asked) -> Result<i64> {
        let mut query = Statement::new("SELECT COUNT(*) FROM coverage v JOIN looks l ON l.name = v.look WHERE 1 = 1");
        filter_coverage(&mut query, scope, asked);
        self.said(self.count(query)).await
    }

    /// A page of looks and counties, the latest first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn list_coverage(&self, scope: &Scope, asked: &Asked) -> Result<Vec<CountyLook>> {
        let mut query = Statement::new(LOOK);
        filter_coverage(&mut query, scope, asked);
        query.push(" ORDER BY l.time_us DESC, v.look, v.adcode LIMIT ");
        query.bind(asked.limit);
        query.push(" OFFSET ");
        query.bind(asked.offset);
        self.all_of(query, county_look).await
    }

    /// What one look saw of a county.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn county_look(&self, scope: &Scope, look: &str, adcode: &str) -> Result<Option<CountyLook>> {
        let mut query = Statement::new(format!("{LOOK} AND v.look = "));
        query.bind(look);
        query.push(" AND v.adcode = ");
        query.bind(adcode);
        scope.limit_counties(&mut query, "v.adcode");
        self.first_of(query, county_look).await
    }

    /// How many events there are in each state of a case, within a scope: state, count.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn count_by_status(&self, scope: &Scope, asked: &Asked) -> Result<Vec<(String, i64)>> {
        let mut query = Statement::new("SELECT e.status, COUNT(*) FROM events e WHERE e.inside = 1");
        filter_events(&mut query, scope, asked);
        query.push(" GROUP BY e.status");
        self.said(async {
            let rows = query.fetch_all(&mut *self.pool.acquire().await?).await?;
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
        })
        .await
    }

    /// How many open cases, real ones or those of a drill, have a step that is late.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn count_overdue(&self, scope: &Scope, simulated: bool, now: Utc) -> Result<i64> {
        let mut query = Statement::new(
            "SELECT COUNT(*) FROM events e JOIN deadlines d ON d.event = e.id WHERE e.inside = 1 AND d.done_us IS NULL AND d.due_us < ",
        );
        query.bind(now.micros());
        filter_events(&mut query, scope, &Asked { open: Some(true), simulated: Some(simulated), ..Asked::default() });
        self.said(self.count(query)).await
    }

    pub(super) async fn count(&self, query: Statement) -> std::result::Result<i64, StoreError> {
        let rows = query.fetch_all(&mut *self.pool.acquire().await?).await?;
        Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
    }
}

pub(super) fn shown(row: &AnyRow) -> std::result::Result<Shown, StoreError> {
    let stored = read_event(row)?;
    let case: Option<String> = row.try_get(7)?;
    let name = format!("case of {}", stored.event.id);
    let case = case.map(|case| of_text(&name, &case)).transpose()?;
    let step: Option<String> = row.try_get(8)?;
    let deadline = step.map(|step| {
        super::deadlines::deadline(&stored.event.id, step, row.try_get(9)?, row.try_get(10)?, row.try_get(11)?)
    });
    Ok(Shown { deadline: deadline.transpose()?, stored, case, seq: row.try_get(6)? })
}

fn fire(row: &AnyRow) -> std::result::Result<FirePixel, StoreError> {
    let (id, record): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    of_text(&format!("detection {id}"), &record)
}

fn county_look(row: &AnyRow) -> std::result::Result<CountyLook, StoreError> {
    Ok(CountyLook {
        look: row.try_get(0)?,
        time: moment(row.try_get(1)?)?,
        satellite: row.try_get(2)?,
        sensor: row.try_get(3)?,
        simulated: row.try_get::<i64, _>(4)? != 0,
        adcode: row.try_get(5)?,
        observed: row.try_get(6)?,
        cloud: row.try_get(7)?,
        missing: row.try_get(8)?,
    })
}
