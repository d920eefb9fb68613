//! Links of tasks, and what the phone that has one is shown.

use super::app::App;
use super::gate::{PHONE, Principal, cookie, over, set_cookie};
use super::problem::{Answer, Problem};
use super::{events, features, secrets};
use crate::cases::{Case, Cause, Finding};
use crate::pipeline::duty::{Duty, Given, HOURS, Link, MOST_HOURS, TOKEN, new_task};
use crate::place::Gcj02;
use crate::store::{Actor, Opened, Shown, Task};
use crate::time::Utc;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A phone is known for so long, seconds.
const PHONE_S: u64 = 400 * 86_400;
/// A new task and its link.
///
/// # Errors
/// Hours that are none.
pub fn new(app: &App, event: &str, post: &str, note: &str, hours: Option<f64>, now: Utc) -> Answer<(Task, Link)> {
    let hours = hours.unwrap_or(HOURS);
    if !(0.1..=MOST_HOURS).contains(&hours) {
        return Err(Problem::invalid(format!("hours：应在 0.1 与 {MOST_HOURS} 之间")));
    }
    Ok(new_task(&app.settings.public_url, (event, post), note, hours, now)?)
}

/// What tells the unit of a post, as whoever asks.
pub fn duty<'a>(app: &'a App, actor: &Actor) -> Duty<'a> {
    Duty {
        store: &app.store,
        site: &app.site,
        public_url: &app.settings.public_url,
        thresholds: &app.thresholds.notice,
        townships: app.ground.townships(),
        actor: actor.clone(),
    }
}

/// A link as the desk sees it: without its token, which nobody can see again.
pub async fn described(app: &App, task: &Task, case: Option<&Case>, now: Utc) -> Answer<Value> {
    let name = match case.and_then(|case| case.post_names.get(&task.post)) {
        Some(name) => name.clone(),
        None => app.store.post(&task.post).await?.map_or_else(|| task.post.clone(), |post| post.name),
    };
    let expired = task.over.is_none() && task.expires <= now;
    let over = task.over.as_deref().or(expired.then_some("expired"));
    Ok(json!({
        "id": task.id, "post": task.post, "post_name": name, "made_at": task.made, "expires_at": task.expires,
        "opened_at": task.opened, "over": over, "note": task.note,
    }))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RenewBody {
    post: Option<String>,
    hours: Option<f64>,
    note: String,
}

/// A new link for the post that has the case.
pub async fn renew(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
    body: String,
) -> Answer<Json<Value>> {
    let body: RenewBody = if body.trim().is_empty() { RenewBody::default() } else { events::read(&body)? };
    let shown = app.store.event(&asks.scope, &id).await?.ok_or_else(Problem::not_found)?;
    let case = shown.case.as_ref().filter(|case| !case.is_over());
    let post =
        case.and_then(|case| case.post.clone()).ok_or_else(|| Problem::conflict("尚未派单，没有可重发的任务"))?;
    // another county's case may concern this desk too; its link is not for it to make
    let post_there = events::post_of(&app, &asks, &post).await?;
    if body.post.is_some_and(|other| other != post) {
        return Err(Problem::conflict("改派请用派单：链接只发给当前岗位"));
    }
    let now = app.now();
    let (task, link) = new(&app, &id, &post, &body.note, body.hours, now)?;
    let actor = app.actor(&asks.doer.who, &asks.address);
    let mut write = app.store.write().await?;
    write.make_task(&task, &link.hash, now, &actor).await?;
    let given = Given { shown: &shown, post: &post_there, note: "重发链接，旧链接已失效", link: &link.url };
    duty(&app, &actor).file_given(&mut write, &given, now).await?;
    write.commit().await?;
    Ok(Json(json!({ "link": link.url })))
}

/// Ends a link.
pub async fn revoke(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    let task = app.store.task(&id).await?.ok_or_else(Problem::not_found)?;
    // who does not see the event does not see its links
    app.store.event(&asks.scope, &task.event).await?.ok_or_else(Problem::not_found)?;
    events::post_of(&app, &asks, &task.post).await?;
    let mut write = app.store.write().await?;
    write.revoke_task(&task, app.now(), &app.actor(&asks.doer.who, &asks.address)).await?;
    write.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenBody {
    token: String,
}

/// Opens a link.
pub async fn open(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    headers: HeaderMap,
    body: String,
) -> Answer<Response> {
    let body: OpenBody = events::read(&body)?;
    let now = app.now();
    if !app.attempts.may(&format!("task {}", asks.address), now) {
        return Err(Problem::too_many(60));
    }
    if body.token.len() != TOKEN {
        return Err(Problem::not_found());
    }
    // a phone whose first answer was lost on the way has no cookie yet: it is known by the key that it made before it asked
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_string);
    let is_one = |phone: &String| {
        (TOKEN..=2 * TOKEN).contains(&phone.len()) && phone.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    let phone = match cookie(&headers, PHONE).or(key).filter(is_one) {
        Some(phone) => phone,
        None => secrets::random_hex(TOKEN)?,
    };
    let mut write = app.store.write().await?;
    let actor = app.actor("phone", &asks.address);
    let opened = write.open_task(&secrets::token_hash(&body.token), &secrets::token_hash(&phone), now, &actor).await?;
    write.commit().await?;
    match opened {
        Opened::Yes(task) => {
            let shown = shown(&app, &task).await?;
            Ok(([(header::SET_COOKIE, set_cookie(PHONE, &phone, PHONE_S))], Json(shown)).into_response())
        }
        Opened::ByAnother => Err(Problem::conflict("此链接已在另一部手机打开，请联系值班席重发")),
        Opened::Unknown => Err(Problem::not_found()),
        Opened::Over => {
            let task = app.store.task_of_token(&secrets::token_hash(&body.token)).await?;
            Err(task.map_or_else(Problem::not_found, |task| over(&task, now)))
        }
    }
}

/// The task of a link.
pub async fn state(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>) -> Answer<Json<Value>> {
    let task = asks.task().ok_or_else(Problem::unknown)?;
    Ok(Json(shown(&app, task).await?))
}

async fn shown(app: &App, task: &Task) -> Answer<Value> {
    let scope = crate::store::Scope::of_event(&task.event);
    let shown: Shown = app.store.event(&scope, &task.event).await?.ok_or_else(Problem::not_found)?;
    let now = app.now();
    let doer = crate::cases::Doer {
        who: format!("岗位 {}", task.post),
        role: crate::cases::Role::Post,
        post: Some(task.post.clone()),
    };
    let asks = Principal { kind: super::gate::Kind::Task(task.clone()), doer, scope, address: String::new() };
    let photos = app.store.photos_of(&task.event).await?;
    let event = &shown.stored.event;
    let word = |code: &str, name: &str| json!({ "code": code, "name": name });
    Ok(json!({
        "task": described(app, task, shown.case.as_ref(), now).await?,
        "event": events::event(app, &shown).await?,
        "may": events::may(&shown, &asks),
        "links": navigation(Gcj02::of(event.place), &format!("疑似火点 {}", &event.id[..event.id.len().min(6)])),
        "candidates": app.ground.candidates(event),
        "surroundings": app.ground.around(app, event),
        "refused": refused(app, &shown).await?,
        "photos": photos.iter().map(features::photo).collect::<Vec<_>>(),
        "words": {
            "finding": Finding::ALL.iter().map(|word_| word(word_.code(), word_.name())).collect::<Vec<_>>(),
            "cause": Cause::ALL.iter().map(|word_| word(word_.code(), word_.name())).collect::<Vec<_>>(),
        },
        "now": now,
    }))
}

/// Why what this post reported was sent back, while it is still to be done again.
async fn refused(app: &App, shown: &Shown) -> Answer<Value> {
    let is_with_post = shown.case.as_ref().is_some_and(|case| {
        use crate::cases::Status::{Acknowledged, Dispatched, OnSite};
        matches!(case.status, Dispatched | Acknowledged | OnSite)
    });
    if !is_with_post {
        return Ok(Value::Null);
    }
    let steps = app.store.steps(&shown.stored.event.id).await?;
    let mut back = steps.iter().rev().take_while(|step| !["report", "dispatch"].contains(&step.action.as_str()));
    let refused = back.find(|step| step.action == "review");
    Ok(refused.map_or(Value::Null, |step| json!({ "note": step.note, "at": step.at })))
}

/// Links that open the map programs of phones here; they want GCJ-02, which exists nowhere else.
fn navigation(place: Gcj02, name: &str) -> Value {
    let (lon, lat) = (format!("{:.6}", place.lon), format!("{:.6}", place.lat));
    let name = minijinja::filters::urlencode(&minijinja::Value::from(name)).unwrap_or_default();
    json!([
        { "name": "高德地图", "url": format!("https://uri.amap.com/marker?position={lon},{lat}&name={name}&coordinate=gaode&callnative=1") },
        { "name": "百度地图", "url": format!("https://api.map.baidu.com/marker?location={lat},{lon}&title={name}&content={name}&coord_type=gcj02&output=html&src=strawfire") },
        { "name": "腾讯地图", "url": format!("https://apis.map.qq.com/uri/v1/marker?marker=coord:{lat},{lon};title:{name}&coord_type=2&referer=strawfire") },
    ])
}
