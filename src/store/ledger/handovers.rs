//! What shifts hand over: frozen when the first signs, signed or refused once, remarked on after that and never changed.

use super::super::statement::Statement;
use super::super::{Actor, Store, StoreError, Write, moment};
use super::of_desks;
use crate::error::Result;
use crate::time::Utc;
use sqlx::Row;
use sqlx::any::AnyRow;

/// How a handover stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandoverState {
    /// The first has signed.
    Offered,
    /// Both have.
    Signed,
    /// The second one refused to.
    Refused,
}

impl HandoverState {
    /// The word of the store and of programs.
    pub fn code(self) -> &'static str {
        match self {
            HandoverState::Offered => "offered",
            HandoverState::Signed => "signed",
            HandoverState::Refused => "refused",
        }
    }

    fn of(code: &str) -> Option<Self> {
        [HandoverState::Offered, HandoverState::Signed, HandoverState::Refused]
            .into_iter()
            .find(|state| state.code() == code)
    }
}

/// A handover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// Its id.
    pub id: String,
    /// Code of the desk.
    pub desk: String,
    /// When the shift began.
    pub from: Utc,
    /// What is handed over, as it was frozen: JSON.
    pub content: String,
    /// Hash of it.
    pub sha256: String,
    /// How it stands.
    pub state: HandoverState,
    /// Account of the first, when it signed, and what it said (JSON).
    pub given: (String, Utc, String),
    /// The same of the second, who signed or refused.
    pub taken: Option<(String, Utc, String)>,
}

/// What somebody said of a handover later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// When.
    pub at: Utc,
    /// Account.
    pub who: String,
    /// What.
    pub said: String,
}

const HANDOVER: &str = "SELECT id, desk, from_us, content, sha256, state, given_by, given_us, given, taken_by, taken_us, taken FROM handovers WHERE 1 = 1";

impl Write<'_> {
    /// Keeps a handover that the first has signed.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`], also where its id is there already.
    pub async fn offer_handover(&mut self, handover: &Handover, now: Utc, actor: &Actor) -> Result<()> {
        let store = self.store;
        store
            .said(async {
                let (by, at, said) = &handover.given;
                let add = "INSERT INTO handovers (id, desk, from_us, content, sha256, state, given_by, given_us, given) \
                           VALUES ($1, $2, $3, $4, $5, 'offered', $6, $7, $8)";
                let query = sqlx::query(add).bind(&handover.id).bind(&handover.desk).bind(handover.from.micros());
                let query = query.bind(&handover.content).bind(&handover.sha256).bind(by).bind(at.micros()).bind(said);
                query.execute(&mut *self.tx).await?;
                let detail = serde_json::json!({ "desk": handover.desk, "sha256": handover.sha256, "said": said });
                self.add_line(now, actor, "handover signed by who goes", &handover.id, &detail.to_string()).await
            })
            .await
    }

    /// The second signs or refuses; `false` where somebody did before, or a later handover of the desk was made.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn take_handover(
        &mut self,
        id: &str,
        state: HandoverState,
        said: &str,
        now: Utc,
        actor: &Actor,
    ) -> Result<bool> {
        let store = self.store;
        store
            .said(async {
                let put = "UPDATE handovers SET state = $1, taken_by = $2, taken_us = $3, taken = $4 \
                           WHERE id = $5 AND state = 'offered' AND given_by <> $2 AND NOT EXISTS \
                           (SELECT 1 FROM handovers l WHERE l.desk = handovers.desk AND l.given_us > handovers.given_us)";
                let query = sqlx::query(put).bind(state.code()).bind(&actor.who).bind(now.micros()).bind(said).bind(id);
                let done = query.execute(&mut *self.tx).await?.rows_affected() > 0;
                if done {
                    let action = match state {
                        HandoverState::Refused => "handover refused",
                        _ => "handover signed by who comes",
                    };
                    self.add_line(now, actor, action, id, said).await?;
                }
                Ok(done)
            })
            .await
    }

    /// Adds a remark.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn remark_handover(&mut self, id: &str, remark: &str, said: &str, now: Utc, actor: &Actor) -> Result<()> {
        let store = self.store;
        store
            .said(async {
                let add = "INSERT INTO handover_remarks (id, handover, at_us, who, said) VALUES ($1, $2, $3, $4, $5)";
                let query = sqlx::query(add).bind(remark).bind(id).bind(now.micros()).bind(&actor.who).bind(said);
                query.execute(&mut *self.tx).await?;
                let detail = serde_json::json!({ "said": said });
                self.add_line(now, actor, "handover remarked", id, &detail.to_string()).await
            })
            .await
    }
}

impl Store {
    /// Handovers of some desks, of all where none are named, the latest first.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn handovers(&self, desks: Option<&[String]>, limit: i64) -> Result<Vec<Handover>> {
        let mut query = Statement::new(HANDOVER);
        of_desks(&mut query, "desk", desks);
        query.push(" ORDER BY given_us DESC, id DESC LIMIT ");
        query.bind(limit);
        self.all_of(query, read).await
    }

    /// A handover by its id.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn handover(&self, id: &str) -> Result<Option<Handover>> {
        let mut query = Statement::new(format!("{HANDOVER} AND id = "));
        query.bind(id);
        self.first_of(query, read).await
    }

    /// What was said of a handover later, in order.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn handover_remarks(&self, id: &str) -> Result<Vec<Remark>> {
        let text = "SELECT at_us, who, said FROM handover_remarks WHERE handover = $1 ORDER BY at_us, id";
        self.said(async {
            let rows: Vec<(i64, String, String)> = sqlx::query_as(text).bind(id).fetch_all(&self.pool).await?;
            rows.into_iter().map(|(at, who, said)| Ok(Remark { at: moment(at)?, who, said })).collect()
        })
        .await
    }
}

fn read(row: &AnyRow) -> std::result::Result<Handover, StoreError> {
    let id: String = row.try_get(0)?;
    let state: String = row.try_get(5)?;
    let state = HandoverState::of(&state)
        .ok_or_else(|| StoreError::Record(format!("handover {id} is in the state {state:?}")))?;
    let (by, at, said): (Option<String>, Option<i64>, Option<String>) =
        (row.try_get(9)?, row.try_get(10)?, row.try_get(11)?);
    let taken = match (by, at) {
        (Some(by), Some(at)) => Some((by, moment(at)?, said.unwrap_or_default())),
        _ => None,
    };
    Ok(Handover {
        id,
        desk: row.try_get(1)?,
        from: moment(row.try_get(2)?)?,
        content: row.try_get(3)?,
        sha256: row.try_get(4)?,
        state,
        given: (row.try_get(6)?, moment(row.try_get(7)?)?, row.try_get(8)?),
        taken,
    })
}
