//! Steps of cases: what the desk and the officers do with an event, in one transaction with the audit and the links of its task.

use super::events::Stored;
use super::fires::AT_ONCE;
use super::listing::{EVENT, Shown, shown};
use super::scope::Scope;
use super::statement::Statement;
use super::{Actor, Store, StoreError, Write, moment, of_text, to_text};
use crate::cases::{Act, Action, Case, Clocks, Doer, Refused, Status};
use crate::error::Result;
use crate::time::Utc;
use sqlx::Row;
use std::collections::BTreeMap;

/// A step that is asked for.
pub struct StepAsked<'a> {
    /// Id of the event.
    pub event: &'a str,
    /// What is done.
    pub act: &'a Act,
    /// Who does it.
    pub by: &'a Doer,
    /// What they may see.
    pub scope: &'a Scope,
    /// The same key again is the same step again.
    pub key: Option<&'a str>,
    /// How long each step may take.
    pub clocks: &'a Clocks,
    /// When it was said on the phone; it may come later.
    pub said: Option<Utc>,
    /// The state that the doer saw; another one means that somebody else was quicker.
    pub seen: Option<Status>,
    /// For 派单: the post that the doer saw to have it, empty for none; of two desks that give at once the second is told. For 排除: empty where
    /// the doer saw that nobody had confirmed it; who excludes what another confirmed meanwhile is told. `None`: not asked.
    pub from: Option<&'a str>,
    /// Only where nobody has done anything yet: a rule overrules no desk.
    pub untouched: bool,
    /// Areas of the post that it is given to.
    pub reach: &'a [String],
}

/// What came of it.
#[derive(Debug, PartialEq)]
pub enum Stepped {
    /// Done.
    Done(Box<Shown>),
    /// Done before, under the same key.
    Before(Box<Shown>),
    /// There is no such event that may be seen.
    NotThere,
    /// The event became part of another, or is shown no longer, before anybody did anything.
    Over {
        /// The other one.
        merged_into: Option<String>,
    },
    /// The life of a case does not allow it.
    Refused(Refused, Status),
    /// The key was used for another step.
    OtherKey,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// When.
    pub at: Utc,
    /// Who.
    pub who: String,
    /// What they were.
    pub role: String,
    /// What.
    pub action: String,
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
    /// In words.
    pub note: String,
    /// All values, JSON.
    pub detail: String,
}

impl Write<'_> {
    /// Takes a step of a case.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn step(&mut self, asked: &StepAsked<'_>, now: Utc, actor: &Actor) -> Result<Stepped> {
        let store = self.store;
        self.stepped(asked, now, actor).await.map_err(|error| store.told(error))
    }

    async fn stepped(
        &mut self,
        asked: &StepAsked<'_>,
        now: Utc,
        actor: &Actor,
    ) -> std::result::Result<Stepped, StoreError> {
        let Some(before) = self.shown(asked.scope, asked.event).await? else { return Ok(Stepped::NotThere) };
        let action = asked.act.action();
        if let Some(key) = asked.key {
            let known = "SELECT event, detail, who FROM steps WHERE key = $1";
            let known: Option<(String, String, String)> =
                sqlx::query_as(known).bind(key).fetch_optional(&mut *self.tx).await?;
            if let Some((event, detail, who)) = known {
                let same = event == asked.event && is_act(&detail, asked.act)? && who == asked.by.who;
                return Ok(if same { Stepped::Before(Box::new(before)) } else { Stepped::OtherKey });
            }
        }
        if !self.may_act(asked.scope, asked.event).await? {
            return Ok(Stepped::Refused(Refused::OtherPost, before.case.map_or(Status::Triage, |case| case.status)));
        }
        let Stored { event, open, changed, .. } = &before.stored;
        // what nobody has touched has its clock beside it
        let due = before.deadline.map(|deadline| deadline.due);
        let case = before.case.clone().unwrap_or_else(|| Case { due, ..Case::new(*changed) });
        if !open && before.case.is_none() {
            return Ok(Stepped::Over { merged_into: event.merged_into.clone() });
        }
        if asked.untouched && before.case.is_some() {
            return Ok(Stepped::Refused(Refused::State(case.status), case.status));
        }
        let has = case.post.as_deref().filter(|_| case.is_with_post()).unwrap_or_default();
        if action == Action::Dispatch && asked.from.is_some_and(|from| from != has) {
            return Ok(Stepped::Refused(Refused::Given(has.to_string()), case.status));
        }
        if let (Act::Triage { confirm: false, .. }, Some("")) = (asked.act, asked.from)
            && let Some(other) = case.judged_by_another(&asked.by.who)
        {
            return Ok(Stepped::Refused(Refused::Judged(other.to_string()), case.status));
        }
        if asked.seen.is_some_and(|seen| seen != case.status) {
            return Ok(Stepped::Refused(Refused::State(case.status), case.status));
        }
        if let Act::Report(report) = asked.act
            && !self.are_photos_of(asked.event, &report.photos).await?
        {
            return Ok(Stepped::Refused(Refused::Missing("照片尚未登记到此事件"), case.status));
        }
        let mut after = match case.after(asked.act, asked.by, now, asked.clocks) {
            Ok(after) => after,
            Err(refused) => return Ok(Stepped::Refused(refused, case.status)),
        };
        if let Act::Dispatch { post, .. } = asked.act {
            let named = sqlx::query_as("SELECT name FROM posts WHERE code = $1").bind(post);
            let named: Option<(String,)> = named.fetch_optional(&mut *self.tx).await?;
            after.post_names.extend(named.map(|(name,)| (post.clone(), name)));
        }
        self.put_case(asked, &case, &after, now).await?;
        let detail = serde_json::json!({ "said_at": asked.said, "from": case.status, "to": after.status, "act": asked.act, "role": asked.by.role });
        self.add_line(now, actor, &format!("case {}", action.code()), asked.event, &detail.to_string()).await?;
        let after = self.shown(asked.scope, asked.event).await?;
        Ok(after.map_or(Stepped::NotThere, |after| Stepped::Done(Box::new(after))))
    }

    /// What was made of these events, by event; those that nobody did anything with are not there.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn cases_of(&mut self, events: &[String]) -> Result<BTreeMap<String, Case>> {
        let store = self.store;
        let work = async {
            let mut cases = BTreeMap::new();
            for part in events.chunks(AT_ONCE) {
                let query = Statement::among("SELECT event, record FROM cases WHERE event", part);
                for row in query.fetch_all(&mut self.tx).await? {
                    let record: String = row.try_get(1)?;
                    cases.insert(row.try_get(0)?, of_text("a case", &record)?);
                }
            }
            Ok(cases)
        };
        store.said(work).await
    }

    /// Whether an account may do something with an event that it sees: what was given to others it only looks at.
    async fn may_act(&mut self, scope: &Scope, event: &str) -> std::result::Result<bool, StoreError> {
        let Some(areas) = scope.areas.as_ref().filter(|_| scope.event.is_none()) else { return Ok(true) };
        let mut query = Statement::new("SELECT COUNT(*) FROM reach r WHERE r.why <> 'past' AND r.event = ");
        query.bind(event);
        query.push(" AND r.area IN ");
        super::scope::among(&mut query, areas);
        let rows = query.fetch_all(&mut self.tx).await?;
        Ok(rows.first().map(|row| row.try_get::<i64, _>(0)).transpose()?.unwrap_or(0) > 0)
    }

    async fn put_case(
        &mut self,
        asked: &StepAsked<'_>,
        before: &Case,
        after: &Case,
        now: Utc,
    ) -> std::result::Result<(), StoreError> {
        let (event, action) = (asked.event, asked.act.action());
        let put = "INSERT INTO cases (event, post, due_us, changed_us, record) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (event) DO UPDATE SET post = excluded.post, due_us = excluded.due_us, \
                   changed_us = excluded.changed_us, record = excluded.record";
        let query = sqlx::query(put).bind(event).bind(&after.post).bind(after.due.map(Utc::micros));
        query.bind(now.micros()).bind(to_text(after)?).execute(&mut *self.tx).await?;
        let seq = self.numbers("changes", 1).await?;
        // somebody sees to it: nothing is escalated any more
        let seen_to = !matches!(action, Action::Triage | Action::Dispatch | Action::Reopen) || after.is_over();
        let mark = "UPDATE events SET status = $1, triaged = $2, seq = $3, revision = revision + 1, changed_us = $4, \
                    acknowledged_us = COALESCE(acknowledged_us, $5) WHERE id = $6";
        let query = sqlx::query(mark).bind(after.status.code()).bind(i64::from(after.triaged.is_some())).bind(seq);
        let query = query.bind(now.micros()).bind(seen_to.then(|| now.micros())).bind(event);
        query.execute(&mut *self.tx).await?;
        if action == Action::Dispatch {
            // units that had it before go on seeing it, and only that
            let past = "UPDATE reach SET why = 'past' WHERE event = $1 AND why = 'case' \
                        AND area NOT IN (SELECT r.area FROM reach r WHERE r.event = $1 AND r.why = 'past')";
            sqlx::query(past).bind(event).execute(&mut *self.tx).await?;
            let gone = "DELETE FROM reach WHERE event = $1 AND why = 'case'";
            sqlx::query(gone).bind(event).execute(&mut *self.tx).await?;
        }
        for area in asked.reach {
            let add = "INSERT INTO reach (area, event, why) VALUES ($1, $2, 'case') ON CONFLICT (area, event, why) DO NOTHING";
            sqlx::query(add).bind(area).bind(event).execute(&mut *self.tx).await?;
        }
        let over = match action {
            Action::Dispatch => Some("replaced"),
            Action::Return => Some("returned"),
            _ if after.is_over() => Some("closed"),
            _ => None,
        };
        if let Some(over) = over {
            self.end_tasks(event, over).await?;
        }
        self.untouched_deadline(event, asked.clocks).await?;
        let next = asked.clocks.deadline(after);
        let next = next.as_ref().map(|next| (next, after.post.as_deref()));
        self.turn_deadline(event, action.code(), asked.said.unwrap_or(now).min(now), next).await?;
        let id = self.numbers("steps", 1).await?;
        let add = "INSERT INTO steps (id, event, at_us, who, role, action, before_status, after_status, note, detail, key) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let query = sqlx::query(add).bind(id).bind(event).bind(now.micros()).bind(&asked.by.who);
        let query = query.bind(asked.by.role.code()).bind(action.code()).bind(before.status.code());
        let query = query.bind(after.status.code()).bind(asked.act.note()).bind(detail_of(asked)?).bind(asked.key);
        query.execute(&mut *self.tx).await?;
        Ok(())
    }

    pub(super) async fn shown(&mut self, scope: &Scope, event: &str) -> std::result::Result<Option<Shown>, StoreError> {
        let mut query = Statement::new(format!("{EVENT} AND e.id = "));
        query.bind(event);
        scope.limit_events(&mut query, "e.id");
        query.fetch_all(&mut self.tx).await?.first().map(shown).transpose()
    }
}

impl Store {
    /// The steps of an event's case, in order.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn steps(&self, event: &str) -> Result<Vec<Step>> {
        self.said(async {
            let query = "SELECT at_us, who, role, action, before_status, after_status, note, detail FROM steps WHERE event = $1 ORDER BY id";
            let rows = sqlx::query(query).bind(event).fetch_all(&self.pool).await?;
            let step = |row: &sqlx::any::AnyRow| {
                Ok(Step {
                    at: moment(row.try_get(0)?)?,
                    who: row.try_get(1)?,
                    role: row.try_get(2)?,
                    action: row.try_get(3)?,
                    from: row.try_get(4)?,
                    to: row.try_get(5)?,
                    note: row.try_get(6)?,
                    detail: row.try_get(7)?,
                })
            };
            rows.iter().map(step).collect()
        })
        .await
    }

    /// What became of the notices of an event: sink, kind, state, when it was queued or settled.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn notices_of(&self, event: &str) -> Result<Vec<(String, String, String, Utc)>> {
        self.said(async {
            let query =
                "SELECT sink, kind, state, COALESCE(settled_us, queued_us) FROM outbox WHERE event = $1 ORDER BY id";
            let rows = sqlx::query(query).bind(event).fetch_all(&self.pool).await?;
            rows.iter()
                .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, moment(row.try_get(3)?)?)))
                .collect()
        })
        .await
    }
}

/// The values of a step, with when it was said where a phone says so.
fn detail_of(asked: &StepAsked<'_>) -> std::result::Result<String, StoreError> {
    let mut detail = serde_json::to_value(asked.act).map_err(|error| StoreError::Record(error.to_string()))?;
    if let Some(said) = asked.said {
        detail["said_at"] = said.rfc3339().into();
    }
    Ok(detail.to_string())
}

/// Whether the values of a step that was taken are those of this one.
fn is_act(detail: &str, act: &Act) -> std::result::Result<bool, StoreError> {
    let mut known: serde_json::Value = of_text("a step", detail)?;
    if let Some(values) = known.as_object_mut() {
        values.remove("said_at");
    }
    Ok(Some(known) == serde_json::to_value(act).ok())
}
