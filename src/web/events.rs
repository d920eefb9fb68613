//! One event with all that is known of it, and the steps of its case.

use super::app::App;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use super::tasks;
use super::{evidence, features};
use crate::cases::{Act, Cause, Finding, Refused, Report, ReturnReason, Status, Where};
use crate::place::LonLat;
use crate::store::{Shown, StepAsked, Stepped};
use crate::time::Utc;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Letters of a note at most.
const LONGEST_NOTE: usize = 2000;
/// Photos of a report at most.
const MOST_PHOTOS: usize = 30;
/// Header with the state that the doer saw: of two desks that press at once the second one is told.
const SEEN: &str = "x-status-seen";
/// Longest key of a step.
const LONGEST_KEY: usize = 100;

/// All that is known of an event.
pub async fn detail(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
) -> Answer<Json<Value>> {
    let shown = app.store.event(&asks.scope, &id).await?.ok_or_else(Problem::not_found)?;
    let now = app.now();
    let mut fires = Vec::new();
    for fire in &app.store.fires_of_event(&id).await? {
        fires.push(features::fire(fire)?);
    }
    let steps = app.store.steps(&id).await?.into_iter().map(|step| {
        json!({
            "at": step.at, "who": step.who, "role": step.role, "action": step.action, "from": step.from, "to": step.to, "note": step.note,
            "detail": serde_json::from_str::<Value>(&step.detail).unwrap_or_default(),
        })
    });
    let (steps, mut links) = (steps.collect::<Vec<_>>(), Vec::new());
    for task in app.store.tasks_of(&id).await? {
        links.push(tasks::described(&app, &task, now).await?);
    }
    let notices = app.store.notices_of(&id).await?.into_iter();
    let notices =
        notices.map(|(sink, kind, state, at)| json!({ "sink": sink, "kind": kind, "state": state, "at": at }));
    let photos = app.store.photos_of(&id).await?;
    let sightings = evidence::with_clips(&app, &app.store.sightings_of_event(&id).await?)?;
    let looks = app.store.camera_looks(&id).await?;
    Ok(Json(json!({
        "event": event(&app, &shown).await?, "fires": features::collection(fires.clone(), fires.len() as i64, json!([]), now),
        "steps": steps, "tasks": links, "notices": notices.collect::<Vec<_>>(),
        "photos": photos.iter().map(features::photo).collect::<Vec<_>>(), "sightings": sightings,
        "camera_looks": looks.iter().map(features::camera_look).collect::<Vec<_>>(),
        "may": may(&shown, &asks),
    })))
}

/// An event with the name of the post that has it.
pub async fn event(app: &App, shown: &Shown) -> Answer<Value> {
    let mut features = features::events(&app.store, std::slice::from_ref(shown), app.now()).await?;
    features.pop().ok_or_else(Problem::not_found)
}

/// What may be done now.
pub fn may(shown: &Shown, asks: &Principal) -> Vec<&'static str> {
    let case = shown.case.clone();
    if case.is_none() && !shown.stored.open {
        return Vec::new();
    }
    let case = case.unwrap_or_else(|| crate::cases::Case::new(shown.stored.changed));
    case.may(&asks.doer).into_iter().map(|action| action.code()).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TriageBody {
    outcome: Outcome,
    cause: Option<String>,
    #[serde(default)]
    note: String,
    at: Option<Utc>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Confirm,
    Exclude,
}

/// 研判.
pub async fn triage(who: Step, body: String) -> Answer<Json<Value>> {
    let body: TriageBody = read(&body)?;
    let who = who.said(body.at);
    let cause = body.cause.as_deref().map(cause).transpose()?;
    who.takes(Act::Triage { confirm: matches!(body.outcome, Outcome::Confirm), cause, note: note(body.note)? }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DispatchBody {
    post: String,
    #[serde(default)]
    note: String,
    hours: Option<f64>,
    at: Option<Utc>,
}

/// 派单.
pub async fn dispatch(who: Step, body: String) -> Answer<Json<Value>> {
    let body: DispatchBody = read(&body)?;
    let who = who.said(body.at);
    who.dispatches(&body.post, note(body.note)?, body.hours).await
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct NoteBody {
    note: String,
    at: Option<Utc>,
}

fn noted(who: Step, body: &str) -> Answer<(Step, String)> {
    let body: NoteBody = if body.trim().is_empty() { NoteBody::default() } else { read(body)? };
    Ok((who.said(body.at), note(body.note)?))
}

/// 签收.
pub async fn acknowledge(who: Step, body: String) -> Answer<Json<Value>> {
    let (who, _) = noted(who, &body)?;
    who.takes(Act::Acknowledge).await
}

/// 办结.
pub async fn close(who: Step, body: String) -> Answer<Json<Value>> {
    let (who, note) = noted(who, &body)?;
    who.takes(Act::Close { note }).await
}

/// 挂起.
pub async fn suspend(who: Step, body: String) -> Answer<Json<Value>> {
    let (who, note) = noted(who, &body)?;
    who.takes(Act::Suspend { note }).await
}

/// 重开.
pub async fn reopen(who: Step, body: String) -> Answer<Json<Value>> {
    let (who, note) = noted(who, &body)?;
    who.takes(Act::Reopen { note }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceBody {
    lon: f64,
    lat: f64,
    accuracy_m: Option<f64>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ArriveBody {
    place: Option<PlaceBody>,
    at: Option<Utc>,
    note: String,
}

/// 到场.
pub async fn arrive(who: Step, body: String) -> Answer<Json<Value>> {
    let body: ArriveBody = if body.trim().is_empty() { ArriveBody::default() } else { read(&body)? };
    let who = who.said(body.at);
    note(body.note)?;
    who.takes(Act::Arrive { place: body.place.map(place).transpose()? }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportBody {
    finding: String,
    cause: Option<String>,
    #[serde(default)]
    note: String,
    #[serde(default)]
    photos: Vec<String>,
    place: Option<PlaceBody>,
    at: Option<Utc>,
}

/// 反馈.
pub async fn report(who: Step, body: String) -> Answer<Json<Value>> {
    let body: ReportBody = read(&body)?;
    if body.photos.len() > MOST_PHOTOS {
        return Err(Problem::invalid(format!("照片过多：{} 张，最多 {MOST_PHOTOS} 张", body.photos.len())));
    }
    let finding = Finding::of(&body.finding).ok_or_else(|| Problem::invalid("finding：没有这种核查结果"))?;
    let report = Report {
        finding,
        cause: body.cause.as_deref().map(cause).transpose()?,
        note: note(body.note)?,
        photos: body.photos,
        place: body.place.map(place).transpose()?,
        at: body.at,
    };
    who.said(body.at).takes(Act::Report(report)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewBody {
    approve: bool,
    #[serde(default)]
    note: String,
    at: Option<Utc>,
}

/// 审核.
pub async fn review(who: Step, body: String) -> Answer<Json<Value>> {
    let body: ReviewBody = read(&body)?;
    let who = who.said(body.at);
    who.takes(Act::Review { approve: body.approve, note: note(body.note)? }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReturnBody {
    reason: ReturnReason,
    #[serde(default)]
    note: String,
    at: Option<Utc>,
}

/// 退回.
pub async fn give_back(who: Step, body: String) -> Answer<Json<Value>> {
    let body: ReturnBody = read(&body)?;
    let who = who.said(body.at);
    who.takes(Act::Return { reason: body.reason, note: note(body.note)? }).await
}

/// A body that is JSON of the right form.
pub fn read<T: serde::de::DeserializeOwned>(body: &str) -> Answer<T> {
    // no text of people holds it, and one of the databases takes none
    if body.contains('\0') || body.contains("\\u0000") {
        return Err(Problem::invalid("内容不正确：含有空字符"));
    }
    serde_json::from_str(body).map_err(|error| Problem::invalid(format!("内容不正确：{error}")))
}

/// A note without what no person types: control characters make other lines of logs and sheets.
fn note(text: String) -> Answer<String> {
    if text.chars().count() > LONGEST_NOTE {
        return Err(Problem::invalid(format!("说明过长，最多 {LONGEST_NOTE} 字")));
    }
    // nor what turns the direction of what stands behind it
    let turns =
        |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}');
    Ok(text.chars().filter(|&c| (!c.is_control() && !turns(c)) || c == '\n').collect())
}

fn cause(code: &str) -> Answer<Cause> {
    Cause::of(code).ok_or_else(|| Problem::invalid("cause：没有这种原因"))
}

fn place(body: PlaceBody) -> Answer<Where> {
    let place = LonLat::new(body.lon, body.lat).ok_or_else(|| Problem::invalid("place：不是地球上的位置"))?;
    Ok(Where { place, accuracy_m: body.accuracy_m.filter(|accuracy| accuracy.is_finite() && *accuracy >= 0.0) })
}

/// Who takes a step of which event.
pub struct Step {
    app: Arc<App>,
    asks: Principal,
    event: String,
    key: Option<String>,
    /// The state that the doer saw.
    seen: Option<Status>,
    /// When it was said on the phone.
    said: Option<Utc>,
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
        Ok(Step { app: Arc::clone(app), asks, event, key, seen, said: None })
    }
}

fn key(headers: &HeaderMap) -> Answer<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| (1..=LONGEST_KEY).contains(&text.len()));
    text.map(|text| Some(text.to_string())).ok_or_else(|| Problem::query("Idempotency-Key 不正确"))
}

impl Step {
    /// With the time at which it was said; a time to come is none.
    fn said(self, at: Option<Utc>) -> Self {
        let now = self.app.now();
        Step { said: at.filter(|at| *at <= now), ..self }
    }

    async fn takes(self, act: Act) -> Answer<Json<Value>> {
        let mut write = self.app.store.write().await?;
        let now = self.app.now();
        let stepped = write.step(&self.asked(&act, &[]), now, &self.actor()).await?;
        let (shown, _) = done(stepped)?;
        write.commit().await?;
        Ok(Json(json!({ "event": event(&self.app, &shown).await? })))
    }

    /// Gives it to a post, and makes the link of its task.
    async fn dispatches(self, post: &str, note: String, hours: Option<f64>) -> Answer<Json<Value>> {
        let post = self.post(post).await?;
        let act = Act::Dispatch { post: post.code.clone(), note: note.clone() };
        let reach = post.reach();
        let now = self.app.now();
        let mut write = self.app.store.write().await?;
        let (shown, is_new) = done(write.step(&self.asked(&act, &reach), now, &self.actor()).await?)?;
        if !is_new {
            // asked again after a lost answer: the link that was made then may be open by now, and nobody can see it again
            return Ok(Json(json!({ "event": event(&self.app, &shown).await? })));
        }
        let (task, link) = tasks::new(&self.app, &self.event, &post.code, &note, hours, now)?;
        write.make_task(&task, &link.hash, now, &self.actor()).await?;
        write.commit().await?;
        Ok(Json(json!({ "event": event(&self.app, &shown).await?, "link": link.url })))
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
            reach,
        }
    }

    fn actor(&self) -> crate::store::Actor {
        self.app.actor(&self.asks.doer.who, &self.asks.address)
    }
}

/// A post that an account may give work to.
///
/// # Errors
/// Where there is none of that code within its areas.
pub async fn post_of(app: &App, asks: &Principal, code: &str) -> Answer<crate::store::Post> {
    let is_held = |post: &crate::store::Post| {
        let reach = post.reach();
        asks.scope.holds(&reach.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let post = app.store.post(code).await?.filter(is_held);
    post.ok_or_else(|| Problem::invalid("post：没有这个岗位，或不在您的辖区内"))
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
            Refused::State(_) => Problem::conflict(refused.to_string()).with("status_now", status.code()),
        }),
    }
}
