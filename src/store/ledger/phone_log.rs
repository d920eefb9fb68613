//! The log of telephone calls: a call that was written down wrong is struck out, and stays.

use super::super::listing::{at_least, at_most};
use super::super::scope::{Scope, among};
use super::super::statement::Statement;
use super::super::{Actor, Store, StoreError, Write, moment};
use crate::error::Result;
use crate::time::Utc;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its id.
    pub id: String,
    /// Desk that made or took it.
    pub desk: String,
    /// When.
    pub at: Utc,
    /// `in` or `out`.
    pub direction: String,
    /// Name of the other side.
    pub person: String,
    /// Its number.
    pub number: String,
    /// Its unit.
    pub unit: String,
    /// The event that it is about.
    pub event: Option<String>,
    /// The sighting that was told of.
    pub sighting: Option<String>,
    /// What was said.
    pub said: String,
    /// Something is to be done by then.
    pub follow: Option<Utc>,
    /// When, by whom it was done, and what came of it.
    pub followed: Option<(Utc, String, String)>,
    /// When, by whom and why it was struck out.
    pub struck: Option<(Utc, String, String)>,
    /// When it was written down.
    pub made: Utc,
    /// By whom.
    pub made_by: String,
}

impl Call {
    /// The id of the call that a sighting was told in.
    pub fn id_of(sighting: &str) -> String {
        format!("C{}", sighting.trim_start_matches('S'))
    }

    /// The same as the call of a sighting, and of the event that this became part of.
    #[must_use]
    pub fn of_sighting(&self, sighting: &str, event: Option<String>) -> Call {
        Call { id: Call::id_of(sighting), sighting: Some(sighting.to_string()), event, ..self.clone() }
    }
}

/// Which calls are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallsAsked {
    /// At or after.
    pub from: Option<Utc>,
    /// At or before.
    pub to: Option<Utc>,
    /// About this event.
    pub event: Option<String>,
    /// Only those after which something is still to be done.
    pub open: bool,
    /// Part of what was said, or of the other side's name or unit.
    pub text: Option<String>,
    /// Desks of whose calls the reader sees whole names: those of others are not searched for their names either; `None`: all.
    pub named: Option<Vec<String>>,
    /// Calls of these desks alone, whatever else the account sees.
    pub desks: Option<Vec<String>>,
    /// What is to be done first comes first; else the latest.
    pub urgent: bool,
    /// Rows at most.
    pub limit: i64,
}

const CALL: &str = "SELECT p.id, p.desk, p.at_us, p.direction, p.person, p.number, p.unit, p.event, p.sighting, p.said, p.follow_us, \
                    p.followed_us, p.followed_by, p.followed, p.struck_us, p.struck_by, p.struck, p.made_us, p.made_by FROM phone_log p WHERE 1 = 1";

impl Write<'_> {
    /// Writes a call down; `false` where its id is there already.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn log_call(&mut self, call: &Call, actor: &Actor) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let add = "INSERT INTO phone_log (id, desk, at_us, direction, person, number, unit, event, sighting, said, follow_us, made_us, made_by) \
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING";
                let query = sqlx::query(add).bind(&call.id).bind(&call.desk).bind(call.at.micros());
                let query = query.bind(&call.direction).bind(&call.person).bind(&call.number).bind(&call.unit);
                let query = query.bind(&call.event).bind(&call.sighting).bind(&call.said);
                let query = query.bind(call.follow.map(Utc::micros)).bind(call.made.micros()).bind(&call.made_by);
                if query.execute(&mut *self.tx).await?.rows_affected() == 0 {
                    return Ok(false);
                }
                let detail = serde_json::json!({ "desk": call.desk, "direction": call.direction, "event": call.event, "sighting": call.sighting });
                self.add_line(call.made, actor, "call logged", &call.id, &detail.to_string()).await?;
                Ok(true)
            })
            .await
    }

    /// Notes that what was to be done after a call was done; `false` where it was before, or nothing was to be done.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn follow_call(&mut self, id: &str, said: &str, now: Utc, actor: &Actor) -> Result<bool> {
        let put = "UPDATE phone_log SET followed_us = $1, followed_by = $2, followed = $3 \
                   WHERE id = $4 AND followed_us IS NULL AND struck_us IS NULL AND follow_us IS NOT NULL";
        self.mark_call(put, "call followed", id, said, now, actor).await
    }

    /// Strikes a call out; `false` where it was before.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn strike_call(&mut self, id: &str, said: &str, now: Utc, actor: &Actor) -> Result<bool> {
        let put =
            "UPDATE phone_log SET struck_us = $1, struck_by = $2, struck = $3 WHERE id = $4 AND struck_us IS NULL";
        self.mark_call(put, "call struck out", id, said, now, actor).await
    }

    async fn mark_call(
        &mut self,
        put: &'static str,
        action: &str,
        id: &str,
        said: &str,
        now: Utc,
        actor: &Actor,
    ) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let query = sqlx::query(put).bind(now.micros()).bind(&actor.who).bind(said).bind(id);
                let done = query.execute(&mut *self.tx).await?.rows_affected() > 0;
                if done {
                    let detail = serde_json::json!({ "said": said });
                    self.add_line(now, actor, action, id, &detail.to_string()).await?;
                }
                Ok(done)
            })
            .await
    }

    /// Joins a call to the event that its sighting became part of.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn join_call(&mut self, sighting: &str, event: &str) -> Result<()> {
        let put = "UPDATE phone_log SET event = $1 WHERE sighting = $2 AND event IS NULL";
        let done = sqlx::query(put).bind(event).bind(sighting).execute(&mut *self.tx).await;
        done.map(|_| ()).map_err(|error| self.store.told(error.into()))
    }
}

impl Store {
    /// Calls within a scope: those of its desks, and those about events that it sees; the latest first, or the most urgent.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn calls_logged(&self, scope: &Scope, desks: Option<&[String]>, asked: &CallsAsked) -> Result<Vec<Call>> {
        let mut query = Statement::new(CALL);
        self.filter_calls(&mut query, scope, desks, asked);
        query.push(match asked.urgent {
            true => " ORDER BY p.follow_us, p.at_us, p.id LIMIT ",
            false => " ORDER BY p.at_us DESC, p.id DESC LIMIT ",
        });
        query.bind(asked.limit);
        self.all_of(query, read).await
    }

    /// How many there are of them, whatever the limit is.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn count_calls(&self, scope: &Scope, desks: Option<&[String]>, asked: &CallsAsked) -> Result<i64> {
        let mut query = Statement::new("SELECT COUNT(*) FROM phone_log p WHERE 1 = 1");
        self.filter_calls(&mut query, scope, desks, asked);
        self.said(self.count(query)).await
    }

    fn filter_calls(&self, query: &mut Statement, scope: &Scope, desks: Option<&[String]>, asked: &CallsAsked) {
        limit(query, scope, desks);
        at_least(query, "p.at_us", asked.from);
        at_most(query, "p.at_us", asked.to);
        super::of_desks(query, "p.desk", asked.desks.as_deref());
        if let Some(event) = &asked.event {
            query.push(" AND p.event = ");
            query.bind(event.as_str());
        }
        if asked.open {
            query.push(" AND p.follow_us IS NOT NULL AND p.followed_us IS NULL AND p.struck_us IS NULL");
        }
        if let Some(text) = &asked.text {
            self.holds(query, text, asked.named.as_deref());
        }
    }

    /// A text within one of three columns, as a text and no pattern; capitals of the Latin alphabet are as its small letters, and no others. A name
    /// is searched where it is read.
    fn holds(&self, query: &mut Statement, text: &str, named: Option<&[String]>) {
        let is_sign = |c: char| "%_\\".contains(c);
        let escaped: String = text.chars().flat_map(|c| is_sign(c).then_some('\\').into_iter().chain([c])).collect();
        let pattern = format!("%{}%", escaped.to_ascii_lowercase());
        for (at, column) in ["p.said", "p.unit", "p.person"].into_iter().enumerate() {
            query.push(if at == 0 { " AND (" } else { " OR " });
            query.push(&format!("{} LIKE ", self.dialect.small_letters(column)));
            query.bind(pattern.as_str());
            query.push(" ESCAPE '\\'");
        }
        // binds more tightly than OR: it limits the last column alone
        super::of_desks(query, "p.desk", named);
        query.push(")");
    }

    /// One call, within a scope.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn call_logged(&self, scope: &Scope, desks: Option<&[String]>, id: &str) -> Result<Option<Call>> {
        let mut query = Statement::new(CALL);
        limit(&mut query, scope, desks);
        query.push(" AND p.id = ");
        query.bind(id);
        self.first_of(query, read).await
    }
}

/// Of whole of the site all; else those of the desks, and those about events that the scope sees.
fn limit(query: &mut Statement, scope: &Scope, desks: Option<&[String]>) {
    let Some(desks) = desks else { return };
    query.push(" AND (p.desk IN ");
    among(query, desks);
    query.push(" OR EXISTS (SELECT 1 FROM events e WHERE e.id = p.event");
    scope.limit_events(query, "e.id");
    query.push("))");
}

fn read(row: &AnyRow) -> std::result::Result<Call, StoreError> {
    let mark = |at: usize| -> std::result::Result<Option<(Utc, String, String)>, StoreError> {
        let Some(when) = row.try_get::<Option<i64>, _>(at)? else { return Ok(None) };
        let (who, said): (Option<String>, Option<String>) = (row.try_get(at + 1)?, row.try_get(at + 2)?);
        Ok(Some((moment(when)?, who.unwrap_or_default(), said.unwrap_or_default())))
    };
    Ok(Call {
        id: row.try_get(0)?,
        desk: row.try_get(1)?,
        at: moment(row.try_get(2)?)?,
        direction: row.try_get(3)?,
        person: row.try_get(4)?,
        number: row.try_get(5)?,
        unit: row.try_get(6)?,
        event: row.try_get(7)?,
        sighting: row.try_get(8)?,
        said: row.try_get(9)?,
        follow: row.try_get::<Option<i64>, _>(10)?.map(moment).transpose()?,
        followed: mark(11)?,
        struck: mark(14)?,
        made: moment(row.try_get(17)?)?,
        made_by: row.try_get(18)?,
    })
}
