//! One event with all that is known of it, and the steps of its case.

mod step;

use super::app::App;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use super::tasks;
use super::{desk, evidence, features};
use crate::cases::{Act, Cause, Finding, Report, ReturnReason, Where};
use crate::pipeline::evidence as judging;
use crate::place::LonLat;
use crate::store::Shown;
use crate::time::Utc;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use step::Step;

/// Letters of a note at most.
const LONGEST_NOTE: usize = 2000;
/// Photos of a report at most.
const MOST_PHOTOS: usize = 30;

/// All that is known of an event.
pub async fn detail(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
) -> Answer<Json<Value>> {
    let shown = app.store.event(&asks.scope, &id).await?.ok_or_else(Problem::not_found)?;
    let now = app.now();
    let detections = app.store.fires_of_event(&id).await?;
    let mut fires = Vec::with_capacity(detections.len());
    for fire in &detections {
        fires.push(features::fire(fire)?);
    }
    let taken = app.store.steps(&id).await?;
    let steps = taken.iter().map(|step| {
        json!({
            "at": step.at, "who": step.who, "role": step.role, "action": step.action, "from": step.from, "to": step.to, "note": step.note,
            "detail": serde_json::from_str::<Value>(&step.detail).unwrap_or_default(),
        })
    });
    let (steps, mut links) = (steps.collect::<Vec<_>>(), Vec::new());
    for task in app.store.tasks_of(&id).await? {
        links.push(tasks::described(&app, &task, shown.case.as_ref(), now).await?);
    }
    let notices = app.store.notices_of(&id).await?.into_iter();
    let notices =
        notices.map(|(sink, kind, state, at)| json!({ "sink": sink, "kind": kind, "state": state, "at": at }));
    let photos = app.store.photos_of(&id).await?;
    let given = judging::dispatched(&taken);
    let verification = shown.case.as_ref().and_then(|case| case.verification.as_ref());
    let hints = verification.map(|found| judging::hints(found, &photos, given)).unwrap_or_default();
    let place = shown.stored.event.place;
    let sightings = evidence::with_clips(&app, &app.store.sightings_of_event(&id).await?)?;
    let looks = app.store.camera_looks(&id).await?;
    Ok(Json(json!({
        "event": event(&app, &shown).await?, "fires": features::collection(fires.clone(), fires.len() as i64, json!([]), now),
        "steps": steps, "tasks": links, "notices": notices.collect::<Vec<_>>(),
        "photos": photos.iter().map(|photo| features::photo_beside(photo, place, given)).collect::<Vec<_>>(), "photo_hints": hints,
        "sightings": sightings,
        "camera_looks": looks.iter().map(features::camera_look).collect::<Vec<_>>(),
        "imagery": evidence::pieces(&app, &id),
        "found": desk::found(&detections), "first_of_season": desk::first(&app, &shown).await?,
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
    /// For 排除: the doer knows that somebody judged it to be worth a drive.
    #[serde(default)]
    confirmed: bool,
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
    let who = who.said(body.at).with_confirmed(body.confirmed);
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
    /// The post that has it, where it is taken from one (改派).
    #[serde(default)]
    from: String,
}

/// 派单.
pub async fn dispatch(who: Step, body: String) -> Answer<Json<Value>> {
    let body: DispatchBody = read(&body)?;
    let who = who.said(body.at).with_post(body.from);
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
    serde_json::from_str(body).map_err(|error| Problem::invalid(format!("内容不正确：{}", in_chinese(&error))))
}

/// What is wrong with a body, for people who read Chinese; names of fields stay as they are.
fn in_chinese(error: &serde_json::Error) -> String {
    let place = format!("第 {} 行第 {} 列", error.line(), error.column());
    if error.classify() != serde_json::error::Category::Data {
        return format!("不是完整的 JSON（{place}）");
    }
    let said = error.to_string();
    let said = said.rsplit_once(" at line ").map_or(&*said, |(said, _)| said);
    let said_after = |words: &str| said.strip_prefix(words);
    let known = |rest: &str, what: &str| match rest.split_once(", expected ") {
        Some((name, expected)) => {
            let expected = expected.trim_start_matches("one of ").replace(" or ", "、").replace(", ", "、");
            format!("{what} {name}，应为 {expected}")
        }
        None => format!("{what} {rest}"),
    };
    if let Some(found) = said.strip_suffix(" is no time of RFC 3339") {
        return format!("时间 {found} 应为带时区的 RFC 3339 时间，如 2026-12-03T10:00:00+08:00（{place}）");
    }
    if let Some(name) = said_after("missing field ") {
        return format!("缺少 {name}");
    }
    if let Some(name) = said_after("duplicate field ") {
        return format!("{name} 写了两次");
    }
    if let Some(rest) = said_after("unknown field ") {
        return known(rest, "没有字段");
    }
    if let Some(rest) = said_after("unknown variant ") {
        return known(rest, "不能识别") + &format!("（{place}）");
    }
    format!("有一项的类型或取值不对（{place}）")
}

/// A note without what no person types: control characters make other lines of logs and sheets.
pub fn note(text: String) -> Answer<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read alone")]
    struct Body {
        at: crate::time::Utc,
        note: String,
    }

    #[test]
    fn a_body_that_is_wrong_is_told_in_chinese() {
        for (body, said) in [
            (r#"{"at":"2026-12-03"}"#, r#"时间 "2026-12-03" 应为带时区的 RFC 3339 时间"#),
            (r#"{"at":"2026-12-03T10:00:00+08:00"}"#, "缺少 `note`"),
            (r#"{"when":1}"#, "没有字段 `when`，应为 `at`、`note`"),
            (r#"{"note":7}"#, "有一项的类型或取值不对"),
            (r#"{"note":"#, "不是完整的 JSON"),
        ] {
            let error = serde_json::from_str::<Body>(body).expect_err("wrong");
            let told = in_chinese(&error);
            assert!(
                told.starts_with(said) && !told.contains("expected") && !told.contains(" at line "),
                "{body}: {told}"
            );
        }
    }
}
