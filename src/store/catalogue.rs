//! The catalogue of the station: looks that are expected or were delivered.

use super::delivered::FileState;
use super::fires::AT_ONCE;
use super::statement::Statement;
use super::{Store, StoreError, Write, moment, of_text, to_text};
use crate::error::Result;
use crate::time::Utc;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeMap;

/// How a look stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotState {
    /// By the schedule; no file yet.
    Expected,
    /// Files are there and not scanned yet.
    Seen,
    /// Scanned.
    Scanned,
    /// Its files hold nothing that can be used.
    Failed,
    /// No file came in time.
    Missing,
    /// The satellite was known not to take it.
    Planned,
}

impl SlotState {
    /// All, in the order of a look's life.
    pub const ALL: [SlotState; 6] = [
        SlotState::Expected,
        SlotState::Seen,
        SlotState::Scanned,
        SlotState::Failed,
        SlotState::Missing,
        SlotState::Planned,
    ];

    /// The word of the store and of programs.
    pub fn name(self) -> &'static str {
        match self {
            SlotState::Expected => "expected",
            SlotState::Seen => "seen",
            SlotState::Scanned => "scanned",
            SlotState::Failed => "failed",
            SlotState::Missing => "missing",
            SlotState::Planned => "planned",
        }
    }

    /// Of [`SlotState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        SlotState::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A look that is expected or was delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// Its number.
    pub id: i64,
    /// The satellite; of a list its product.
    pub satellite: String,
    /// What its files have in common; empty before there are files.
    pub stream: String,
    /// Its start.
    pub first: Utc,
    /// Its end; of a satellite that stares its start again.
    pub last: Utc,
    /// How it stands.
    pub state: SlotState,
    /// Whether the schedule has it.
    pub expected: bool,
    /// When it is scanned with what is there, or missing.
    pub due: Utc,
    /// When its first file was seen.
    pub seen: Option<Utc>,
    /// When its last file came.
    pub arrived: Option<Utc>,
    /// When it is tried again.
    pub again: Option<Utc>,
    /// When it was scanned last.
    pub scanned: Option<Utc>,
    /// Scans that were begun and did not come to an end, or that are tried again.
    pub attempts: i64,
    /// Names of what was made of it in the store of looks.
    pub looks: Vec<String>,
    /// Scanned without all that it needs.
    pub partial: bool,
    /// Its first file came after it was due.
    pub late: bool,
    /// What there is to say of it.
    pub said: String,
}

/// How a scan of a look ended.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotEnd {
    /// Its number.
    pub id: i64,
    /// What it is now.
    pub state: SlotState,
    /// Names of its looks in the store.
    pub looks: Vec<String>,
    /// Files that were part of it, and the version that was read.
    pub files: Vec<(String, String)>,
    /// Of those the ones that cannot be used.
    pub bad: Vec<String>,
    /// Without all that it needs.
    pub partial: bool,
    /// When it is tried again, where it is.
    pub again: Option<Utc>,
    /// What there is to say.
    pub said: String,
}

const SLOT: &str = "SELECT id, satellite, stream, first_us, last_us, state, expected, due_us, seen_us, arrived_us, again_us, scanned_us, \
                    attempts, looks, partial, late, said FROM slots";
const LONGEST_SAID: usize = 1000;

fn cut(said: &str) -> String {
    said.chars().take(LONGEST_SAID).collect()
}

impl Store {
    /// Looks that files are expected for or that wait to be scanned, oldest first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn open_slots(&self) -> Result<Vec<Slot>> {
        let text = format!("{SLOT} WHERE state IN ('expected', 'seen') ORDER BY first_us, id");
        self.said(async {
            let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&self.pool).await?;
            rows.iter().map(read_slot).collect()
        })
        .await
    }

    /// Looks that begin in `[from, to)`, in the order of time; of one satellite where it is named.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn slots(&self, from: Utc, to: Utc, satellite: Option<&str>) -> Result<Vec<Slot>> {
        let text = format!(
            "{SLOT} WHERE first_us >= $1 AND first_us < $2 AND ($3 = '' OR satellite = $3) ORDER BY first_us, satellite, id"
        );
        self.said(async {
            let query = sqlx::query(AssertSqlSafe(text)).bind(from.micros()).bind(to.micros());
            let rows = query.bind(satellite.unwrap_or_default().to_string()).fetch_all(&self.pool).await?;
            rows.iter().map(read_slot).collect()
        })
        .await
    }

    /// How many looks that begin in `[from, to)` stand how, by satellite.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn slot_counts(&self, from: Utc, to: Utc) -> Result<BTreeMap<(String, SlotState), i64>> {
        let text = "SELECT satellite, state, COUNT(*) FROM slots WHERE first_us >= $1 AND first_us < $2 GROUP BY satellite, state";
        self.said(async {
            let query = sqlx::query_as(text).bind(from.micros()).bind(to.micros());
            let rows: Vec<(String, String, i64)> = query.fetch_all(&self.pool).await?;
            rows.into_iter().map(|(satellite, state, count)| Ok(((satellite, state_of(&state)?), count))).collect()
        })
        .await
    }

    /// Start of the newest look of each satellite that was scanned, and when the newest scan was made.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn newest_scans(&self) -> Result<Vec<(String, Utc, Utc)>> {
        let text = "SELECT satellite, MAX(first_us), MAX(scanned_us) FROM slots WHERE state = 'scanned' GROUP BY satellite ORDER BY satellite";
        self.said(async {
            let rows: Vec<(String, i64, i64)> = sqlx::query_as(text).fetch_all(&self.pool).await?;
            rows.into_iter()
                .map(|(satellite, first, scanned)| Ok((satellite, moment(first)?, moment(scanned)?)))
                .collect()
        })
        .await
    }

    /// The start of the newest look that is expected or was delivered.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn newest_slot(&self) -> Result<Option<Utc>> {
        self.said(async {
            let (newest,): (Option<i64>,) =
                sqlx::query_as("SELECT MAX(first_us) FROM slots").fetch_one(&self.pool).await?;
            newest.map(moment).transpose()
        })
        .await
    }
}

impl Write<'_> {
    /// Looks of a satellite that touch `[from, to]`.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn slots_near(&mut self, satellite: &str, from: Utc, to: Utc) -> Result<Vec<Slot>> {
        let store = self.store;
        self.near(satellite, from, to).await.map_err(|error| store.told(error))
    }

    async fn near(&mut self, satellite: &str, from: Utc, to: Utc) -> std::result::Result<Vec<Slot>, StoreError> {
        let text = format!(
            "{SLOT} WHERE satellite = $1 AND first_us <= $3 AND first_us >= $4 AND last_us >= $2 ORDER BY first_us, id"
        );
        let query = sqlx::query(AssertSqlSafe(text)).bind(satellite.to_string()).bind(from.micros()).bind(to.micros());
        // no look is longer than this: it keeps the index in use
        let rows = query.bind(from.micros() - LONGEST_US).fetch_all(&mut *self.tx).await?;
        rows.iter().map(read_slot).collect()
    }

    /// The look of a number.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn slot(&mut self, id: i64) -> Result<Option<Slot>> {
        let store = self.store;
        let work = async {
            let query = sqlx::query(AssertSqlSafe(format!("{SLOT} WHERE id = $1"))).bind(id);
            query.fetch_optional(&mut *self.tx).await?.as_ref().map(read_slot).transpose()
        };
        work.await.map_err(|error| store.told(error))
    }

    /// A new look; gives its number.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn add_slot(&mut self, slot: &Slot) -> Result<i64> {
        let store = self.store;
        self.new_slot(slot).await.map_err(|error| store.told(error))
    }

    async fn new_slot(&mut self, slot: &Slot) -> std::result::Result<i64, StoreError> {
        let id = self.numbers("slots", 1).await?;
        let text = "INSERT INTO slots (id, satellite, stream, first_us, last_us, state, expected, due_us, seen_us, arrived_us, again_us, \
                    scanned_us, attempts, looks, partial, late, said) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, $11, 0, $12, 0, $13, $14)";
        let query = sqlx::query(text).bind(id).bind(&slot.satellite).bind(&slot.stream).bind(slot.first.micros());
        let query = query.bind(slot.last.micros()).bind(slot.state.name()).bind(i64::from(slot.expected));
        let query = query.bind(slot.due.micros()).bind(slot.seen.map(Utc::micros)).bind(slot.arrived.map(Utc::micros));
        let query = query.bind(slot.scanned.map(Utc::micros)).bind(to_text(&slot.looks)?);
        query.bind(i64::from(slot.late)).bind(cut(&slot.said)).execute(&mut *self.tx).await?;
        Ok(id)
    }

    /// The schedule has a look of which files came before its time.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn foretold(&mut self, id: i64, first: Utc, last: Utc, due: Utc) -> Result<()> {
        let text = "UPDATE slots SET expected = 1, first_us = $1, last_us = $2, due_us = $3 WHERE id = $4";
        let query = sqlx::query(text).bind(first.micros()).bind(last.micros()).bind(due.micros()).bind(id);
        query.execute(&mut *self.tx).await.map(|_| ()).map_err(|error| self.store.told(error.into()))
    }

    /// Keeps what changed of a look: all but its number and satellite.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn put_slot(&mut self, slot: &Slot) -> Result<()> {
        let store = self.store;
        self.change_slot(slot).await.map_err(|error| store.told(error))
    }

    async fn change_slot(&mut self, slot: &Slot) -> std::result::Result<(), StoreError> {
        let text = "UPDATE slots SET stream = $1, first_us = $2, last_us = $3, state = $4, due_us = $5, seen_us = $6, arrived_us = $7, \
                    again_us = $8, late = $9, said = $10, looks = $11, scanned_us = $12, partial = $13, attempts = $14 WHERE id = $15";
        let query = sqlx::query(text).bind(&slot.stream).bind(slot.first.micros()).bind(slot.last.micros());
        let query = query.bind(slot.state.name()).bind(slot.due.micros()).bind(slot.seen.map(Utc::micros));
        let query = query.bind(slot.arrived.map(Utc::micros)).bind(slot.again.map(Utc::micros));
        let query = query.bind(i64::from(slot.late)).bind(cut(&slot.said)).bind(to_text(&slot.looks)?);
        let query =
            query.bind(slot.scanned.map(Utc::micros)).bind(i64::from(slot.partial)).bind(slot.attempts).bind(slot.id);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    /// Files of a look become those of another, and it is no look of its own any more.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn join_slots(&mut self, into: &Slot, from: &Slot) -> Result<()> {
        let store = self.store;
        let work = async {
            let moved = "UPDATE granules SET slot = $1 WHERE slot = $2";
            sqlx::query(moved).bind(into.id).bind(from.id).execute(&mut *self.tx).await?;
            sqlx::query("DELETE FROM slots WHERE id = $1").bind(from.id).execute(&mut *self.tx).await?;
            Ok(())
        };
        work.await.map_err(|error| store.told(error))
    }

    /// A scan of a look begins: should the process die in it, this is what is left of it.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn slot_begun(&mut self, id: i64) -> Result<()> {
        let done = sqlx::query("UPDATE slots SET attempts = attempts + 1 WHERE id = $1").bind(id);
        done.execute(&mut *self.tx).await.map(|_| ()).map_err(|error| self.store.told(error.into()))
    }

    /// Keeps how a scan ended. A file that came, or came anew, while it was scanned makes the look wait again.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn slot_done(&mut self, end: &SlotEnd, now: Utc) -> Result<()> {
        let store = self.store;
        self.end_slot(end, now).await.map_err(|error| store.told(error))
    }

    async fn end_slot(&mut self, end: &SlotEnd, now: Utc) -> std::result::Result<(), StoreError> {
        for (name, version) in &end.files {
            let state = if end.bad.contains(name) { FileState::Failed } else { FileState::Scanned };
            let text = "UPDATE granules SET state = $1 WHERE name = $2 AND version = $3 AND state <> 'spare'";
            let query = sqlx::query(text).bind(state.name()).bind(name.clone()).bind(version.clone());
            query.execute(&mut *self.tx).await?;
        }
        let (waiting,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM granules WHERE slot = $1 AND state = 'here'")
            .bind(end.id)
            .fetch_one(&mut *self.tx)
            .await?;
        let state = if waiting > 0 { SlotState::Seen } else { end.state };
        let text = "UPDATE slots SET state = $1, scanned_us = $2, again_us = $3, looks = $4, partial = $5, said = $6, \
                    attempts = CASE WHEN $3 IS NULL THEN 0 ELSE attempts END WHERE id = $7";
        let query = sqlx::query(text).bind(state.name()).bind(now.micros()).bind(end.again.map(Utc::micros));
        let query = query.bind(to_text(&end.looks)?).bind(i64::from(end.partial)).bind(cut(&end.said)).bind(end.id);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    /// Looks by these names give way to what was made of the same files under another name.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn drop_looks(&mut self, names: &[String]) -> Result<()> {
        let store = self.store;
        let work = async {
            for part in names.chunks(AT_ONCE) {
                for table in ["DELETE FROM coverage WHERE look", "DELETE FROM looks WHERE name"] {
                    Statement::among(table, part).execute(&mut self.tx).await?;
                }
            }
            Ok(())
        };
        work.await.map_err(|error| store.told(error))
    }
}

/// Longest look, microseconds: three times the longest overpass that is joined.
const LONGEST_US: i64 = 3_600_000_000;

fn state_of(name: &str) -> std::result::Result<SlotState, StoreError> {
    SlotState::from_name(name).ok_or_else(|| StoreError::Record(format!("a look of the catalogue is {name:?}")))
}

fn read_slot(row: &AnyRow) -> std::result::Result<Slot, StoreError> {
    let at = |column: usize| -> std::result::Result<Option<Utc>, StoreError> {
        row.try_get::<Option<i64>, _>(column)?.map(moment).transpose()
    };
    let flag = |column: usize| -> std::result::Result<bool, StoreError> { Ok(row.try_get::<i64, _>(column)? != 0) };
    Ok(Slot {
        id: row.try_get(0)?,
        satellite: row.try_get(1)?,
        stream: row.try_get(2)?,
        first: moment(row.try_get(3)?)?,
        last: moment(row.try_get(4)?)?,
        state: state_of(&row.try_get::<String, _>(5)?)?,
        expected: flag(6)?,
        due: moment(row.try_get(7)?)?,
        seen: at(8)?,
        arrived: at(9)?,
        again: at(10)?,
        scanned: at(11)?,
        attempts: row.try_get(12)?,
        looks: of_text("a look of the catalogue", &row.try_get::<String, _>(13)?)?,
        partial: flag(14)?,
        late: flag(15)?,
        said: row.try_get(16)?,
    })
}
