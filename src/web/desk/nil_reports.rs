//! 零报告: what each county may say at its hour, and who confirmed it.

use super::super::app::App;
use super::super::events::{note, read};
use super::super::gate::Principal;
use super::super::problem::{Answer, Problem};
use crate::ledger::nil::{Said, Stands};
use crate::pipeline::nil_report;
use crate::sealed::sha256;
use crate::store::NilReport;
use crate::time::Utc;
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Days that are shown where nobody says how many, and at most.
const DAYS: f64 = 3.0;
const MOST_DAYS: f64 = 92.0;
/// What is older and was not confirmed is shown as it was proposed, hours.
const FRESH_H: f64 = 48.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    days: Option<f64>,
}

/// The reports of the last days: of a county its own, of the city all.
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Query(period): Query<Period>,
) -> Answer<Json<Value>> {
    let days = period.days.unwrap_or(DAYS);
    if !(0.1..=MOST_DAYS).contains(&days) {
        return Err(Problem::query(format!("days：应在 0.1 与 {MOST_DAYS} 之间")));
    }
    let now = app.now();
    let Some(hours) = &app.site.desk.nil_report else {
        return Ok(Json(json!({ "configured": false, "reports": [] })));
    };
    // where no station works by the clock, whoever looks first lets the reports be made
    nil_report::propose(&app.store, &app.site, &app.thresholds, now, &app.actor("strawfire", &asks.address)).await?;
    let from = now.plus_seconds(-86_400.0 * days).unwrap_or(now);
    let reports = app.store.nil_reports(asks.scope.counties.as_deref(), from, now).await?;
    let current = current(&app, &reports, now).await?;
    let shown: Vec<Value> =
        reports.iter().map(|report| described(&app, report, current.get(&key(report)), now)).collect();
    let missing = shown.iter().filter(|report| report["state"] == "missing").count();
    Ok(Json(json!({
        "configured": true, "at": hours.at.text(), "grace_min": hours.grace_min, "next": hours.at.next(now), "now": now,
        "missing": missing, "reports": shown,
    })))
}

fn key(report: &NilReport) -> (String, Utc) {
    (report.adcode.clone(), report.due)
}

/// What is to be said by now of those that wait: looks come in after the hour.
async fn current(app: &App, reports: &[NilReport], now: Utc) -> Answer<BTreeMap<(String, Utc), Said>> {
    let mut current = BTreeMap::new();
    let is_fresh = |report: &&NilReport| now.seconds_since(report.due) < 3600.0 * FRESH_H;
    let mut waiting: Vec<(Utc, Utc)> = reports
        .iter()
        .filter(|report| report.confirmed.is_none())
        .filter(is_fresh)
        .map(|report| (report.from, report.due))
        .collect();
    waiting.dedup();
    for (from, due) in waiting {
        for (adcode, said) in nil_report::said(&app.store, &app.site, &app.thresholds, from, due).await? {
            current.insert((adcode, due), said);
        }
    }
    Ok(current)
}

fn described(app: &App, report: &NilReport, current: Option<&Said>, now: Utc) -> Value {
    let grace_min = app.site.desk.nil_report.as_ref().map_or(0.0, |hours| hours.grace_min);
    let stands = Stands::of(report.due, report.confirmed.as_ref().map(|confirmed| confirmed.at), grace_min, now);
    let proposed: Option<Said> = serde_json::from_str(&report.proposed).ok();
    let mut frozen: Option<Said> = None;
    let confirmed = report.confirmed.as_ref().map(|confirmed| {
        let said: Value = serde_json::from_str(&confirmed.said).unwrap_or_default();
        frozen = serde_json::from_str(&confirmed.said).ok();
        json!({
            "at": confirmed.at, "by": confirmed.by, "said": said, "sha256": confirmed.sha256, "remark": confirmed.remark,
            "intact": sha256(confirmed.said.as_bytes()) == confirmed.sha256,
        })
    });
    // what was confirmed is what was reported, whatever would be said by now
    let said = frozen.as_ref().or(current.filter(|_| report.confirmed.is_none())).or(proposed.as_ref());
    json!({
        "id": format!("{}-{}", report.adcode, report.due.compact()), "adcode": report.adcode,
        "county": app.site.desk_name(&report.adcode), "from": report.from, "due": report.due,
        "state": stands, "state_name": stands.name(), "kind_name": said.map(|said| said.kind.name()), "said": said,
        "proposed": proposed, "proposed_at": report.proposed_at, "confirmed": confirmed,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// As it was read: where something came in meanwhile it is said anew.
    sentence: String,
    #[serde(default)]
    remark: String,
}

/// Confirms a report, and freezes it.
pub async fn confirm(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(report): Path<String>,
    body: String,
) -> Answer<Json<Value>> {
    let body: Body = read(&body)?;
    let remark = note(body.remark)?;
    let (now, report) = (app.now(), of(&app, &asks, &report).await?);
    if report.confirmed.is_some() {
        return Err(Problem::conflict("此报告已确认，不能再改"));
    }
    let all = nil_report::said(&app.store, &app.site, &app.thresholds, report.from, report.due).await?;
    let (_, said) = all.into_iter().find(|(adcode, _)| *adcode == report.adcode).ok_or_else(Problem::not_found)?;
    if said.sentence != body.sentence {
        let detail = format!("有新的观测到达，报告内容已变为：{}。请核对后再确认", said.sentence);
        return Err(Problem::conflict(detail).with("sentence", said.sentence));
    }
    let frozen = json!({
        "adcode": report.adcode, "county": app.site.desk_name(&report.adcode), "from": report.from, "due": report.due,
        "kind": said.kind, "fires": said.fires, "observed": said.observed, "sentence": said.sentence, "simulated": said.simulated,
    })
    .to_string();
    let hash = sha256(frozen.as_bytes());
    let actor = app.actor(&asks.doer.who, &asks.address);
    let mut write = app.store.write().await?;
    if !write.confirm_report((&report.adcode, report.due), (&frozen, &hash), &remark, now, &actor).await? {
        return Err(Problem::conflict("此报告刚刚由他人确认"));
    }
    write.commit().await?;
    let confirmed = app.store.nil_reports(Some(std::slice::from_ref(&report.adcode)), report.due, report.due).await?;
    let confirmed = confirmed.first().ok_or_else(Problem::not_found)?;
    Ok(Json(described(&app, confirmed, None, now)))
}

/// `630223-20251020T090000Z`, of a county that the account sees.
async fn of(app: &App, asks: &Principal, id: &str) -> Answer<NilReport> {
    let (adcode, due) = id.split_once('-').ok_or_else(Problem::not_found)?;
    if !asks.scope.sees_county(adcode) {
        return Err(Problem::not_found());
    }
    let day = app.now();
    let from = day.plus_seconds(-86_400.0 * MOST_DAYS).unwrap_or(day);
    let reports = app.store.nil_reports(Some(&[adcode.to_string()]), from, day).await?;
    reports.into_iter().find(|report| report.due.compact() == due).ok_or_else(Problem::not_found)
}
