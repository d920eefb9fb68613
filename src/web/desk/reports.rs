//! 报表: reports of days, weeks and months, frozen when they are made, and their corrections.

use super::super::app::App;
use super::super::events::read;
use super::super::gate::Principal;
use super::super::problem::{Answer, Problem};
use super::figures::apart;
use crate::error::Error;
use crate::pipeline::bulletin::{self, Corrected, Kind, Made, Wanted};
use crate::sealed::sha256;
use crate::store::{Frozen, Listed};
use crate::time::Utc;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Reports of a list.
const LISTED: i64 = 400;

/// The reports of the areas that the account sees, the latest time first.
pub async fn list(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>) -> Answer<Json<Value>> {
    let areas = areas(&app, &asks);
    let reports = app.store.reports(areas.as_deref(), LISTED).await?;
    let shown = |at: usize, of: &Listed| {
        // the last revision of a time comes first
        let same = |other: &Listed| other.kind == of.kind && other.area == of.area && other.from == of.from;
        described(&app, of, !reports[..at].iter().any(same))
    };
    let shown: Vec<Value> = reports.iter().enumerate().map(|(at, of)| shown(at, of)).collect();
    let kinds = Kind::ALL.map(|kind| json!({ "code": kind.code(), "name": kind.name() }));
    let all = std::iter::once((app.site.city_code(), app.site.name.clone()));
    let all = all.chain(app.site.counties.iter().map(|county| (county.name.adcode.clone(), county.name.name.clone())));
    let named: Vec<Value> = all
        .filter(|(code, _)| areas.as_ref().is_none_or(|areas| areas.contains(code)))
        .map(|(code, name)| json!({ "code": code, "name": name }))
        .collect();
    Ok(Json(json!({ "reports": shown, "kinds": kinds, "areas": named })))
}

/// Areas whose reports an account reads; `None`: all. A report is of a county or of all: a part of a county has none.
fn areas(app: &App, asks: &Principal) -> Option<Vec<String>> {
    asks.scope.areas.as_ref()?;
    let own = app.site.counties.iter().map(|county| &county.name.adcode).filter(|code| asks.scope.holds(&[code]));
    Some(own.cloned().collect())
}

fn described(app: &App, of: &Listed, is_last: bool) -> Value {
    json!({
        "id": of.id, "kind": of.kind, "kind_name": Kind::of(&of.kind).map(Kind::name), "area": of.area,
        "area_name": app.site.desk_name(&of.area), "from": of.from, "until": of.until, "cut_off": of.cut_off, "rule": of.rule,
        "revision": of.revision, "corrects": of.corrects, "made": of.made, "made_by": of.made_by, "title": of.title,
        "sha256": of.sha256, "is_last": is_last, "partial": of.cut_off < of.until,
    })
}

async fn seen(app: &App, asks: &Principal, id: &str) -> Answer<Frozen> {
    let report = app.store.report(id).await?.ok_or_else(Problem::not_found)?;
    let is_seen = areas(app, asks).is_none_or(|areas| areas.contains(&report.listed.area));
    if is_seen { Ok(report) } else { Err(Problem::not_found()) }
}

/// One report as it was frozen; as a document by `{id}.docx` or `{id}.xlsx`.
pub async fn one(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
) -> Answer<Response> {
    let name = |ending| id.strip_suffix(ending);
    let (id, ending) = match (name(".docx"), name(".xlsx")) {
        (Some(id), _) => (id, "docx"),
        (_, Some(id)) => (id, "xlsx"),
        _ => (id.as_str(), ""),
    };
    let report = seen(&app, &asks, id).await?;
    if ending.is_empty() {
        let mut shown = described(&app, &report.listed, true);
        shown["intact"] = (sha256(report.figures.as_bytes()) == report.listed.sha256).into();
        shown["content"] = serde_json::from_str(&report.figures).unwrap_or_default();
        return Ok(Json(shown).into_response());
    }
    document(&app, &asks, report, ending).await
}

async fn document(app: &Arc<App>, asks: &Principal, report: Frozen, ending: &'static str) -> Answer<Response> {
    let _turn = app.exporting.acquire().await.map_err(|_| Problem::too_many(5))?;
    let report_id = report.listed.id.clone();
    let file = format!("attachment; filename=\"{report_id}.{ending}\"");
    let site = Arc::clone(app);
    let made = tokio::task::spawn_blocking(move || match ending {
        "docx" => bulletin::docx(&site.site, &report),
        _ => bulletin::xlsx(&site.site, &report),
    });
    let bytes = made.await.map_err(|error| Error::output("report", error))?;
    // what is wrong with a template is told to who can mend it, the desk
    let bytes = bytes.map_err(|error| Problem::invalid(format!("模板不能使用：{error}")))?;
    note(app, asks, &report_id, ending).await?;
    let kind = match ending {
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        _ => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    };
    Ok(([(header::CONTENT_TYPE, kind.to_string()), (header::CONTENT_DISPOSITION, file)], bytes).into_response())
}

/// Who took what away is in the audit.
pub(super) async fn note(app: &App, asks: &Principal, what: &str, format: &str) -> Answer<()> {
    let mut write = app.store.write().await?;
    let actor = app.actor(&asks.doer.who, &asks.address);
    write.audit(app.now(), &actor, "export", what, &json!({ "format": format })).await?;
    write.commit().await?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    kind: String,
    /// A day of it, `2025-10-20` [the last time that is over].
    day: Option<String>,
    /// Code of a county [the desk's own].
    area: Option<String>,
}

/// Makes a report; where there is one of that time, that one is given and nothing changes.
pub async fn make(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    body: String,
) -> Answer<Response> {
    let body: Body = read(&body)?;
    let kind = Kind::of(&body.kind).ok_or_else(|| Problem::invalid("kind：应为 daily、weekly 或 monthly"))?;
    let area = body.area.unwrap_or_else(|| super::own_desk(&app, &asks));
    if !areas(&app, &asks).is_none_or(|areas| areas.contains(&area)) || app.site.desk_name(&area).is_none() {
        return Err(Problem::invalid("area：没有这个地区，或不在您的辖区内"));
    }
    let now = app.now();
    let day = match &body.day {
        None => kind.last(now).start,
        Some(day) => Utc::parse(&format!("{day}T00:00:00+08:00"))
            .ok_or_else(|| Problem::invalid("day：应为日期，如 2025-10-20"))?,
    };
    if let Some(why) = kind.refused(day, now) {
        return Err(Problem::invalid(format!("day：{why}")));
    }
    let (wanted, actor) = (Wanted { kind, day, area, cut_off: now }, app.actor(&asks.doer.who, &asks.address));
    let _turn = app.exporting.acquire().await.map_err(|_| Problem::too_many(5))?;
    let made = apart(&app, async move |with| bulletin::make(with, &wanted, now, &actor).await).await?;
    let status = if matches!(made, Made::New(_)) { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(described(&app, &made.report().listed, true))).into_response())
}

/// Sets a report right by what has come since: a new revision, which says what moved.
pub async fn correct(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
) -> Answer<Response> {
    seen(&app, &asks, &id).await?;
    let (now, actor) = (app.now(), app.actor(&asks.doer.who, &asks.address));
    let _turn = app.exporting.acquire().await.map_err(|_| Problem::too_many(5))?;
    match apart(&app, async move |with| bulletin::correct(with, &id, now, now, &actor).await).await? {
        Corrected::New(report) => {
            Ok((StatusCode::CREATED, Json(described(&app, &report.listed, true))).into_response())
        }
        Corrected::Nothing => Err(Problem::conflict("截止后没有使数字变动的观测或办理，不需更正")),
        Corrected::NotLast(last) => Err(Problem::conflict(format!("已有更新的一版：{last}，请更正那一版"))),
        Corrected::NotThere => Err(Problem::not_found()),
        Corrected::TooOld => Err(Problem::conflict("此报告的时段已超过数据保存天数，保持原样")),
    }
}
