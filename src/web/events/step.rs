//! A step of a case on its way in: who takes it, what they saw, and what becomes of it.

use super::super::app::App;
use super::super::gate::Principal;
use super::super::problem::{Answer, Problem};
use super::super::tasks;
use super::{event, post_of};
use crate::cases::{Act, Refused, Status};
use crate::pipeline::duty::{Given, tells_posts};
use crate::store::{Post, Scope, Shown, StepAsked, Stepped, Write};
use crate::time::Utc;
use axum::Json;
use axum::extract::Path;
use axum::http::HeaderMap;
use serde_json::{Value, json};
use std::sync::Arc;

/// Header with the state that the doer saw: of two desks that press at once the second one is told.
const SEEN: &str = "x-status-seen";
/// Longest key of a step.
const LONGEST_KEY: usize = 100;

/// Who takes a step of which event.
pub struct Step {
    pub(super) app: Arc<App>,
    pub(super) asks: Principal,
    pub(super) event: String,
    key: Option<String>,
    /// The state that the doer saw.
    seen: Option<Status>,
    /// When it was said on the phone.
    said: Option<Utc>,
    /// For 派单: the post that the doer saw to have it; for 排除: empty where the doer saw no confirmation.
    from: Option<String>,
}

impl axum::extract::FromRequestParts<Arc<App>> for Step {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, app: &Arc<App>) -> Answer<Self> {
        let asks = parts.extensions.get::<Principal>().cloned().ok_or_else(Problem::unknown)?;
        let Path(event) = Path::<String>::from_request_parts(parts, app).await.map_err(|_| Problem::not_found())?;
        let key = key(&parts.headers)?;
        if key.is_none() && asks.task().is_some() {
            return Err(Problem::query("缺少 Idempotency-Key：离线后重发时以此识别"));
        }
        let seen = parts.headers.get(SEEN).and_then(|seen| seen.to_str().ok());
        let seen = seen
            .map(|seen| Status::of(seen).ok_or_else(|| Problem::query("X-Status-Seen：没有这种状态")))
            .transpose()?;
        Ok(Step { app: Arc::clone(app), asks, event, key, seen, said: None, from: None })
    }
}

fn key(headers: &HeaderMap) -> Answer<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| (1..=LONGEST_KEY).contains(&text.len()));
    text.map(|text| Some(text.to_string())).ok_or_else(|| Problem::query("Idempotency-Key 不正确"))
}

impl Step {
    /// With the time at which it was said; a time to come is none.
    pub(super) fn said(self, at: Option<Utc>) -> Self {
        let now = self.app.now();
        Step { said: at.filter(|at| *at <= now), ..self }
    }

    /// With the post that the doer saw to have it.
    pub(super) fn with_post(self, post: String) -> Self {
        Step { from: Some(post), ..self }
    }

    /// Excluding, whether the doer saw that somebody had confirmed it.
    pub(super) fn with_confirmed(self, is_known: bool) -> Self {
        Step { from: (!is_known).then(String::new), ..self }
    }

    pub(super) async fn takes(self, act: Act) -> Answer<Json<Value>> {
        let posts = self.posts_for(&act).await?;
        let mut write = self.app.store.write().await?;
        let now = self.app.now();
        let stepped = write.step(&self.asked(&act, &[]), now, &self.actor()).await?;
        let (shown, is_new) = done(stepped)?;
        if is_new {
            self.tells(&mut write, &act, (&shown, &posts), now).await?;
        }
        write.commit().await?;
        Ok(Json(json!({ "event": event(&self.app, &shown).await? })))
    }

    /// Gives it to a post, and makes the link of its task.
    pub(super) async fn dispatches(self, post: &str, note: String, hours: Option<f64>) -> Answer<Json<Value>> {
        let post = self.post(post).await?;
        let act = Act::Dispatch { post: post.code.clone(), note: note.clone() };
        let reach = post.reach();
        let posts = self.posts_for(&act).await?;
        let now = self.app.now();
        let mut write = self.app.store.write().await?;
        let (shown, is_new) = done(write.step(&self.asked(&act, &reach), now, &self.actor()).await?)?;
        if !is_new {
            drop(write);
            // asked again after a lost answer: the link that was made then may be open by now, and nobody can see it again
            return Ok(Json(json!({ "event": event(&self.app, &shown).await? })));
        }
        let (task, link) = tasks::new(&self.app, &self.event, &post.code, &note, hours, now)?;
        write.make_task(&task, &link.hash, now, &self.actor()).await?;
        self.tells(&mut write, &act, (&shown, &posts), now).await?;
        let given = Given { shown: &shown, post: &post, note: &note, link: &link.url };
        tasks::duty(&self.app, &self.actor()).file_given(&mut write, &given, now).await?;
        write.commit().await?;
        Ok(Json(json!({ "event": event(&self.app, &shown).await?, "link": link.url })))
    }

    /// The roster, where somebody of it is told of the step. Read before the turn to write: who has the turn asks for no second connection,
    /// for others wait for the turn with theirs in hand.
    async fn posts_for(&self, act: &Act) -> Answer<Vec<Post>> {
        Ok(if tells_posts(act) { self.app.store.posts(&Scope::all()).await? } else { Vec::new() })
    }

    /// Queues what the step is for others.
    async fn tells(&self, write: &mut Write<'_>, act: &Act, (shown, posts): (&Shown, &[Post]), now: Utc) -> Answer<()> {
        let from = self.from.as_deref().filter(|from| !from.is_empty());
        Ok(tasks::duty(&self.app, &self.actor()).file_step(write, (act, from), (shown, posts), now).await?)
    }

    async fn post(&self, code: &str) -> Answer<crate::store::Post> {
        post_of(&self.app, &self.asks, code).await
    }

    fn asked<'a>(&'a self, act: &'a Act, reach: &'a [String]) -> StepAsked<'a> {
        StepAsked {
            event: &self.event,
            act,
            by: &self.asks.doer,
            scope: &self.asks.scope,
            key: self.key.as_deref(),
            clocks: &self.app.clocks,
            said: self.said,
            seen: self.seen,
            from: self.from.as_deref(),
            untouched: false,
            reach,
        }
    }

    fn actor(&self) -> crate::store::Actor {
        self.app.actor(&self.asks.doer.who, &self.asks.address)
    }
}

/// The event after a step and whether it is a new one, or why it was not taken.
fn done(stepped: Stepped) -> Answer<(Shown, bool)> {
    match stepped {
        Stepped::Done(shown) => Ok((*shown, true)),
        Stepped::Before(shown) => Ok((*shown, false)),
        Stepped::NotThere => Err(Problem::not_found()),
        Stepped::Over { merged_into: Some(other) } => {
            Err(Problem::conflict(format!("此事件已并入事件 {other}")).with("merged_into", other))
        }
        Stepped::Over { merged_into: None } => Err(Problem::conflict("此事件经重新处理后已不再成立")),
        Stepped::OtherKey => Err(Problem::invalid("此 Idempotency-Key 已用于另一操作")),
        Stepped::Refused(refused, status) => Err(match refused {
            Refused::Role | Refused::OtherPost | Refused::OwnReport => Problem::forbidden(&refused.to_string()),
            Refused::Missing(_) => Problem::invalid(refused.to_string()),
            Refused::State(_) | Refused::Given(_) | Refused::Judged(_) => {
                Problem::conflict(refused.to_string()).with("status_now", status.code())
            }
        }),
    }
}
