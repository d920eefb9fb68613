//! 交接班: filled in by the program, signed by who goes and by who comes, and never changed after the first signature.

use super::super::app::App;
use super::super::events::read;
use super::super::gate::Principal;
use super::super::problem::{Answer, Problem};
use super::super::secrets;
use super::signing::{Signature, signed};
use super::{desks, gather, needed, own_desk, shifts};
use crate::deliver::handover::{Printed, Side, document};
use crate::ledger::handover::{Change, Content};
use crate::sealed::sha256;
use crate::store::{Handover, HandoverState};
use crate::time::Utc;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Handovers of a list.
const LISTED: i64 = 60;
/// A shift where nobody says when it began, and the longest, hours.
const USUAL_H: f64 = 12.0;
const LONGEST_H: f64 = 7.0 * 24.0;
/// Who comes a little early, or goes a little late, is on the list all the same, seconds.
const AROUND_S: f64 = 2.0 * 3600.0;

/// The handovers of the desks that the account reads, the latest first.
pub async fn list(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>) -> Answer<Json<Value>> {
    let handovers = app.store.handovers(desks(&asks).as_deref(), LISTED).await?;
    let shown: Vec<Value> = handovers
        .iter()
        .enumerate()
        .map(|(at, handover)| {
            // the latest comes first
            let is_passed = handovers[..at].iter().any(|later| later.desk == handover.desk);
            described(&app, handover, is_passed)
        })
        .collect();
    let account = app.store.account(&asks.doer.who).await?;
    let needs_code = account.is_some_and(|account| account.totp.is_some());
    Ok(Json(json!({ "handovers": shown, "own": own_desk(&app, &asks), "me": asks.doer.who, "needs_code": needs_code })))
}

fn described(app: &App, handover: &Handover, is_passed: bool) -> Value {
    let side = |by: &str, at: Utc, said: &str| {
        let mut side: Value = serde_json::from_str(said).unwrap_or_default();
        (side["by"], side["at"]) = (by.into(), at.rfc3339().into());
        side
    };
    let (by, at, said) = &handover.given;
    // one that nobody signed before the next was made stays unsigned, and visible
    let stands = match handover.state {
        HandoverState::Offered if is_passed => ("lapsed", "未签收"),
        HandoverState::Offered => ("offered", "待接班人签字"),
        HandoverState::Signed => ("signed", "已交接"),
        HandoverState::Refused => ("refused", "接班人退回"),
    };
    json!({
        "id": handover.id, "desk": handover.desk, "desk_name": app.site.desk_name(&handover.desk), "from": handover.from, "to": at,
        "state": stands.0, "state_name": stands.1, "sha256": handover.sha256, "given": side(by, *at, said),
        "taken": handover.taken.as_ref().map(|(by, at, said)| side(by, *at, said)),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drafted {
    from: Option<Utc>,
}

/// What would be handed over now.
pub async fn draft(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Query(asked): Query<Drafted>,
) -> Answer<Json<Value>> {
    let (desk, now) = (own_desk(&app, &asks), app.now());
    let from = begins(&app, &desk, asked.from, now).await?;
    let content = gather::content(&app, &desk, from, now).await?;
    Ok(Json(json!({ "content": content, "now": now })))
}

/// When the shift began: where the last handover that both signed ended, else where the list of shifts says, else half a day ago. What was refused
/// or left unsigned is still to be handed over.
async fn begins(app: &App, desk: &str, asked: Option<Utc>, now: Utc) -> Answer<Utc> {
    let hours = |hours: f64| now.plus_seconds(-3600.0 * hours).unwrap_or(now);
    let is_good = |at: &Utc| *at < now && *at >= hours(LONGEST_H);
    if let Some(at) = asked {
        let wrong = || Problem::query(format!("from：应在现在之前 {LONGEST_H} 小时之内"));
        return Some(at).filter(is_good).ok_or_else(wrong);
    }
    let own = [desk.to_string()];
    let last = app.store.handovers(Some(&own), LISTED).await?;
    let signed = last.iter().find(|handover| handover.state == HandoverState::Signed);
    let began = signed.map(|handover| handover.given.1).or_else(|| last.last().map(|handover| handover.from));
    if let Some(at) = began.filter(is_good) {
        return Ok(at);
    }
    let on = app.store.shifts(Some(&own), hours(AROUND_S / 3600.0), now).await?;
    Ok(on.iter().map(|shift| shift.from).filter(is_good).min().unwrap_or_else(|| hours(USUAL_H)))
}

/// Only who sits at a desk signs for it.
fn at_own_desk(app: &App, asks: &Principal, desk: &str) -> Answer<()> {
    let is_own = own_desk(app, asks) == desk && (asks.scope.areas.is_none() || asks.scope.holds(&[desk]));
    if is_own { Ok(()) } else { Err(Problem::forbidden("交接班由本值班席的人员签字")) }
}

/// Whether the list of shifts has the account at the desk about now; `None` where it says nothing of that time.
async fn is_on_list(app: &App, desk: &str, account: &str, now: Utc) -> Answer<Option<bool>> {
    let around = |seconds: f64| now.plus_seconds(seconds).unwrap_or(now);
    let on = app.store.shifts(Some(&[desk.to_string()]), around(-AROUND_S), around(AROUND_S)).await?;
    let named: Vec<&str> = on.iter().filter_map(|shift| shift.account.as_deref()).collect();
    Ok((!named.is_empty()).then(|| named.contains(&account)))
}

#[derive(Deserialize)]
struct Given {
    from: Option<Utc>,
    #[serde(default)]
    remark: String,
    #[serde(flatten)]
    signature: Signature,
}

/// Who goes signs: what is handed over is frozen.
pub async fn give(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    body: String,
) -> Answer<Json<Value>> {
    let body: Given = read(&body)?;
    let desk = own_desk(&app, &asks);
    at_own_desk(&app, &asks, &desk)?;
    let (remark, now) = (super::super::events::note(body.remark)?, app.now());
    let from = begins(&app, &desk, body.from, now).await?;
    let content = gather::content(&app, &desk, from, now).await?;
    let said = side(&app, &asks, &desk, &remark, now).await?;
    let (text, hash) = content.frozen();
    let handover = Handover {
        id: secrets::random_hex(8)?,
        desk,
        from,
        content: text,
        sha256: hash,
        state: HandoverState::Offered,
        given: (asks.doer.who.clone(), now, said.to_string()),
        taken: None,
    };
    let mut write = signed(&app, &asks, &body.signature).await?;
    write.offer_handover(&handover, now, &app.actor(&asks.doer.who, &asks.address)).await?;
    write.commit().await?;
    whole(&app, &handover.id).await
}

/// What is kept of a side.
async fn side(app: &App, asks: &Principal, desk: &str, remark: &str, now: Utc) -> Answer<Value> {
    let display = asks.account().map_or("", |account| account.display.as_str());
    let on_list = is_on_list(app, desk, &asks.doer.who, now).await?;
    Ok(json!({ "display": display, "remark": remark, "on_list": on_list }))
}

#[derive(Deserialize)]
struct TakenBody {
    #[serde(default)]
    remark: String,
    #[serde(flatten)]
    signature: Signature,
}

/// Who comes signs: what changed since the first signature is listed.
pub async fn take(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
    body: String,
) -> Answer<Json<Value>> {
    takes(&app, &asks, &id, HandoverState::Signed, &body).await
}

/// Who comes refuses, and says why.
pub async fn refuse(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
    body: String,
) -> Answer<Json<Value>> {
    takes(&app, &asks, &id, HandoverState::Refused, &body).await
}

async fn takes(app: &Arc<App>, asks: &Principal, id: &str, state: HandoverState, body: &str) -> Answer<Json<Value>> {
    let TakenBody { remark, signature } = read(body)?;
    let remark = match state {
        HandoverState::Refused => needed("remark", remark)?,
        _ => super::super::events::note(remark)?,
    };
    let handover = seen(app, asks, id).await?;
    at_own_desk(app, asks, &handover.desk)?;
    if handover.given.0 == asks.doer.who {
        return Err(Problem::forbidden("交班人不能自己接班，须由另一帐号签字"));
    }
    if handover.state != HandoverState::Offered || is_passed(app, &handover).await? {
        return Err(taken_before(app, &handover).await);
    }
    let now = app.now();
    let mut said = side(app, asks, &handover.desk, &remark, now).await?;
    said["changes"] = serde_json::to_value(changes(app, &handover, now).await?).unwrap_or_default();
    let mut write = signed(app, asks, &signature).await?;
    let actor = app.actor(&asks.doer.who, &asks.address);
    if !write.take_handover(id, state, &said.to_string(), now, &actor).await? {
        // let go of the turn: what the other one did is read behind it
        drop(write);
        return Err(taken_before(app, &seen(app, asks, id).await?).await);
    }
    write.commit().await?;
    whole(app, id).await
}

/// Who was first.
async fn taken_before(app: &App, handover: &Handover) -> Problem {
    let Some((by, at, _)) = &handover.taken else {
        return Problem::conflict("此交接班已被后一份取代，请打开最新的一份");
    };
    let name = app.store.account(by).await.ok().flatten().map(|known| known.account.display);
    let name = name.filter(|name| !name.is_empty()).map_or_else(|| by.clone(), |name| format!("{name}（{by}）"));
    let did = if handover.state == HandoverState::Refused { "退回" } else { "签字接班" };
    Problem::conflict(format!("{name} 已于 {} {did}，不能再签", at.beijing()))
}

async fn changes(app: &Arc<App>, handover: &Handover, now: Utc) -> Answer<Vec<Change>> {
    let Some(before) = Content::of_text(&handover.content) else { return Ok(Vec::new()) };
    Ok(before.changes(&gather::content(app, &handover.desk, handover.from, now).await?))
}

async fn is_passed(app: &App, handover: &Handover) -> Answer<bool> {
    let last = app.store.handovers(Some(std::slice::from_ref(&handover.desk)), 1).await?;
    Ok(last.first().is_some_and(|last| last.id != handover.id))
}

async fn seen(app: &App, asks: &Principal, id: &str) -> Answer<Handover> {
    let handover = app.store.handover(id).await?.ok_or_else(Problem::not_found)?;
    let is_seen = desks(asks).is_none_or(|desks| desks.contains(&handover.desk));
    if is_seen { Ok(handover) } else { Err(Problem::not_found()) }
}

/// One handover with what was frozen, what changed, and what was said later.
pub async fn one(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
) -> Answer<Response> {
    if let Some(id) = id.strip_suffix(".docx") {
        return printed(&app, &seen(&app, &asks, id).await?).await;
    }
    let handover = seen(&app, &asks, &id).await?;
    let mut shown = whole(&app, &id).await?;
    // until it is signed the next one sees what is different by now
    if shown.0["state"] == "offered" {
        shown.0["changes_so_far"] =
            serde_json::to_value(changes(&app, &handover, app.now()).await?).unwrap_or_default();
    }
    Ok(shown.into_response())
}

/// As a document.
async fn printed(app: &Arc<App>, handover: &Handover) -> Answer<Response> {
    let shown = described(app, handover, is_passed(app, handover).await?);
    let content = Content::of_text(&handover.content).ok_or_else(Problem::not_found)?;
    let side = |part: &str| {
        let (said, text) = (&shown[part], |name: &str| shown[part][name].as_str().unwrap_or_default().to_string());
        let display = text("display");
        let name = if display.is_empty() { text("by") } else { format!("{display}（{}）", text("by")) };
        let name = if said.is_null() { String::new() } else { name };
        Side { name, at: Utc::parse(&text("at")), on_list: said["on_list"].as_bool(), remark: text("remark") }
    };
    let changes: Vec<Change> = serde_json::from_value(shown["taken"]["changes"].clone()).unwrap_or_default();
    let remarks = app.store.handover_remarks(&handover.id).await?;
    let remarks: Vec<_> = remarks.into_iter().map(|remark| (remark.at, remark.who, remark.said)).collect();
    let state = shown["state_name"].as_str().unwrap_or_default();
    let bytes = document(
        &app.site,
        &Printed {
            id: &handover.id,
            state,
            content: &content,
            sha256: &handover.sha256,
            given: side("given"),
            taken: side("taken"),
            changes: &changes,
            remarks: &remarks,
        },
    )?;
    let kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let file = format!("attachment; filename=\"handover-{}.docx\"", handover.id);
    Ok(([(header::CONTENT_TYPE, kind.to_string()), (header::CONTENT_DISPOSITION, file)], bytes).into_response())
}

async fn whole(app: &App, id: &str) -> Answer<Json<Value>> {
    let handover = app.store.handover(id).await?.ok_or_else(Problem::not_found)?;
    let mut shown = described(app, &handover, is_passed(app, &handover).await?);
    let remarks = app.store.handover_remarks(id).await?;
    shown["remarks"] =
        remarks.iter().map(|remark| json!({ "at": remark.at, "who": remark.who, "said": remark.said })).collect();
    shown["intact"] = (sha256(handover.content.as_bytes()) == handover.sha256).into();
    shown["content"] = serde_json::from_str(&handover.content).unwrap_or_default();
    Ok(Json(shown))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemarkBody {
    said: String,
}

/// Says something of it later: that is all that can be done.
pub async fn remark(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
    body: String,
) -> Answer<Json<Value>> {
    let body: RemarkBody = read(&body)?;
    let handover = seen(&app, &asks, &id).await?;
    let said = needed("said", body.said)?;
    let (now, actor) = (app.now(), app.actor(&asks.doer.who, &asks.address));
    let mut write = app.store.write().await?;
    write.remark_handover(&handover.id, &secrets::random_hex(8)?, &said, now, &actor).await?;
    write.commit().await?;
    whole(&app, &id).await
}

/// Who may come next: accounts that the list of shifts has at the desk from now on.
pub async fn next(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>) -> Answer<Json<Value>> {
    let (desk, now) = (own_desk(&app, &asks), app.now());
    let until = now.plus_seconds(86_400.0).unwrap_or(now);
    let mut named = Vec::new();
    for shift in app.store.shifts(Some(std::slice::from_ref(&desk)), now, until).await? {
        if let Some(account) = shift.account.filter(|account| *account != asks.doer.who)
            && let Some(display) = shifts::sits(&app, &account, &desk).await?
        {
            named.push(json!({ "account": account, "display": display, "person": shift.person, "from": shift.from }));
        }
    }
    Ok(Json(json!({ "next": named })))
}
