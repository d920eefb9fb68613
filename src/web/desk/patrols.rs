//! 专项巡查: the plan of a day, the plans that a desk fixed, and the tracks of those who went, against them.

mod tracks;

use super::super::app::App;
use super::super::events::read;
use super::super::gate::Principal;
use super::super::problem::{Answer, Problem};
use crate::error::Error;
use crate::pipeline::patrol::plan::id_of;
use crate::pipeline::patrol::{Asked, Ground, Plan, documents, plan};
use crate::store::{FixedPlan, PlanListed};
use crate::time::Utc;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
pub use tracks::{MOST_BYTES, original, send};

/// Plans of a list.
const LISTED: i64 = 200;
/// Cells of a plan, and at most.
const CELLS: usize = 50;
const MOST_CELLS: usize = 500;
/// A plan is fixed so many days ahead at most, seconds.
const AHEAD_S: f64 = 7.0 * 86_400.0;
/// The ground is read anew after so long, seconds: lists of sources are learned every week, and people edit them.
const KEPT_S: f64 = 600.0;

/// The ground of the patrol, which takes a second to read.
#[derive(Default)]
pub struct KeptGround(tokio::sync::Mutex<Option<(Utc, Arc<Ground>)>>);

impl KeptGround {
    async fn get(&self, app: &Arc<App>) -> Answer<Arc<Ground>> {
        let mut kept = self.0.lock().await;
        let now = app.now();
        if let Some((_, ground)) = kept.as_ref().filter(|(at, _)| now.seconds_since(*at).abs() < KEPT_S) {
            return Ok(Arc::clone(ground));
        }
        let site = Arc::clone(app);
        let read = tokio::task::spawn_blocking(move || Ground::load(&site.site)).await;
        let ground = Arc::new(read.map_err(|error| Error::output("patrol grid", error))??);
        *kept = Some((now, Arc::clone(&ground)));
        Ok(ground)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asking {
    /// The day, `2025-10-20` in Beijing [today].
    date: Option<String>,
    /// Code of a county [the account's own, or the whole site].
    county: Option<String>,
    /// Cells at most.
    top: Option<usize>,
    /// json, xlsx, geojson or html.
    f: Option<String>,
}

/// The plan of a day as it would be now.
pub async fn draft(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Query(asking): Query<Asking>,
) -> Answer<Response> {
    let asked = Asked {
        day: day_of(&app, asking.date.as_deref()).ok_or_else(|| Problem::query("date：应为日期，如 2025-10-20"))?,
        county: county_of(&app, &asks, asking.county.as_deref())?,
        top: top_of(asking.top).ok_or_else(|| Problem::query(format!("top：应在 1 与 {MOST_CELLS} 之间")))?,
    };
    let plan = made(&app, &asked).await?;
    match asking.f.as_deref() {
        None | Some("json") => {
            let id = id_of(plan.day, &plan.area);
            let fixed = app.store.fixed_plan(&id).await?.map(|fixed| fixed.listed.id);
            Ok(Json(json!({ "plan": plan, "geojson": documents::geojson(&plan), "fixed": fixed })).into_response())
        }
        Some(kind) => {
            let name = id_of(plan.day, &plan.area);
            file(&app, plan, kind, &name).await?.ok_or_else(|| Problem::query("f：应为 json、xlsx、geojson 或 html"))
        }
    }
}

fn top_of(top: Option<usize>) -> Option<usize> {
    Some(top.unwrap_or(CELLS)).filter(|top| (1..=MOST_CELLS).contains(top))
}

fn day_of(app: &App, date: Option<&str>) -> Option<Utc> {
    let today = app.now().beijing_as("%Y-%m-%d");
    let text = date.filter(|text| !text.is_empty()).map(str::to_string).or(today)?;
    Utc::parse(&format!("{text}T00:00:00+08:00"))
}

/// The county that is asked for; what is not wholly the account's own is as if it were not there: a plan is made of all events of its area.
fn county_of(app: &App, asks: &Principal, county: Option<&str>) -> Answer<Option<String>> {
    let wanted = county.filter(|code| !code.is_empty() && *code != app.site.city_code());
    let own = || asks.scope.counties.as_ref().and_then(|counties| counties.first().cloned());
    let code = match wanted {
        Some(code) => code.to_string(),
        None if asks.scope.areas.is_none() => return Ok(None),
        None => own().ok_or_else(Problem::not_found)?,
    };
    let is_there = app.site.desk_name(&code).is_some() && asks.scope.holds(&[code.as_str()]);
    if is_there { Ok(Some(code)) } else { Err(Problem::not_found()) }
}

async fn made(app: &Arc<App>, asked: &Asked) -> Answer<Plan> {
    let _turn = app.exporting.acquire().await.map_err(|_| Problem::too_many(5))?;
    let ground = app.patrols.get(app).await?;
    let (site, asked, here) = (Arc::clone(app), asked.clone(), tokio::runtime::Handle::current());
    // who waits for a list waits for no plan
    let done = tokio::task::spawn_blocking(move || {
        here.block_on(plan(&site.store, &site.site, &site.thresholds, &ground, &asked, site.now()))
    });
    Ok(done.await.map_err(|error| Error::output("patrol plan", error))??)
}

/// A plan as a file; `None` of an unknown kind.
async fn file(app: &Arc<App>, plan: Plan, kind: &str, name: &str) -> Answer<Option<Response>> {
    let media = match kind {
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "geojson" => "application/geo+json",
        "html" => "text/html; charset=utf-8",
        _ => return Ok(None),
    };
    let ground = app.patrols.get(app).await?;
    let bytes = match kind {
        "xlsx" => documents::xlsx(&plan)?,
        "geojson" => documents::geojson(&plan).to_string().into_bytes(),
        _ => documents::page(&plan, &app.site, &ground.seats).html().into_bytes(),
    };
    let named = format!("attachment; filename=\"{name}.{kind}\"");
    Ok(Some(([(header::CONTENT_TYPE, media.to_string()), (header::CONTENT_DISPOSITION, named)], bytes).into_response()))
}

/// Areas whose plans an account sees, of the city's the part that lies in its own counties; `None`: all.
fn areas(app: &App, asks: &Principal) -> Option<Vec<String>> {
    let counties = asks.scope.counties.clone()?;
    Some(if counties.is_empty() { counties } else { counties.into_iter().chain([app.site.city_code()]).collect() })
}

/// The plans that were fixed, the latest day first.
pub async fn list(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>) -> Answer<Json<Value>> {
    let areas = areas(&app, &asks);
    let plans = app.store.fixed_plans(areas.as_deref(), LISTED).await?;
    let plans: Vec<Value> = plans.iter().map(|listed| told(&app, listed)).collect();
    let all = std::iter::once((app.site.city_code(), app.site.name.clone()));
    let all = all.chain(app.site.counties.iter().map(|county| (county.name.adcode.clone(), county.name.name.clone())));
    let city = app.site.city_code();
    let makes = |code: &String| asks.scope.areas.is_none() || (*code != city && asks.scope.holds(&[code.as_str()]));
    let named: Vec<Value> =
        all.filter(|(code, _)| makes(code)).map(|(code, name)| json!({ "code": code, "name": name })).collect();
    Ok(Json(json!({ "plans": plans, "areas": named })))
}

fn told(app: &App, listed: &PlanListed) -> Value {
    json!({
        "id": listed.id, "area": listed.area, "area_name": app.site.desk_name(&listed.area), "day": listed.day,
        "date": listed.day.beijing_as("%Y-%m-%d"), "fixed": listed.fixed, "fixed_by": listed.fixed_by, "cells": listed.cells,
        "sha256": listed.sha256,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    date: Option<String>,
    county: Option<String>,
    top: Option<usize>,
}

/// Fixes the plan of a day; where one is fixed of that area and day, that one is given and nothing changes.
pub async fn fix(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>, body: String) -> Answer<Response> {
    let body: Body = read(&body)?;
    let now = app.now();
    let day = day_of(&app, body.date.as_deref()).ok_or_else(|| Problem::invalid("date：应为日期，如 2025-10-20"))?;
    let top = top_of(body.top).ok_or_else(|| Problem::invalid(format!("top：应在 1 与 {MOST_CELLS} 之间")))?;
    if day.beijing_day() < now.beijing_day() || day.seconds_since(now) > AHEAD_S {
        return Err(Problem::invalid("date：只能固定今日至七日内的计划"));
    }
    let asked = Asked { day, county: county_of(&app, &asks, body.county.as_deref())?, top };
    let area = asked.county.clone().unwrap_or_else(|| app.site.city_code());
    let id = id_of(day, &area);
    if let Some(before) = app.store.fixed_plan(&id).await? {
        return Ok((StatusCode::OK, Json(told(&app, &before.listed))).into_response());
    }
    let plan = made(&app, &asked).await?;
    if plan.rows.is_empty() {
        return Err(Problem::invalid("当日没有任何网格有巡查理由，不制作计划"));
    }
    let (text, sha256) = plan.frozen()?;
    let fixed_by = asks.doer.who.clone();
    let listed = PlanListed { id, area, day, fixed: now, fixed_by, cells: plan.rows.len() as i64, sha256 };
    let fixed = FixedPlan { listed, plan: text };
    let actor = app.actor(&asks.doer.who, &asks.address);
    let mut write = app.store.write().await?;
    let is_new = write.fix_plan(&fixed, &actor).await?;
    write.commit().await?;
    let (_, kept) = seen(&app, &asks, &fixed.listed.id).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(told(&app, &kept))).into_response())
}

/// A plan that was fixed, as far as it lies in the counties of who asks.
async fn seen(app: &App, asks: &Principal, id: &str) -> Answer<(Plan, PlanListed)> {
    let fixed = app.store.fixed_plan(id).await?.ok_or_else(Problem::not_found)?;
    if areas(app, asks).is_some_and(|areas| !areas.contains(&fixed.listed.area)) {
        return Err(Problem::not_found());
    }
    let plan: Plan = serde_json::from_str(&fixed.plan).map_err(|error| {
        Error::input(&fixed.listed.id, error.to_string(), "a plan as this program freezes it", "restore a backup")
    })?;
    Ok((plan.within(|adcode| asks.scope.sees_county(adcode)), fixed.listed))
}

/// A plan that was fixed, with what is done of it; as a file by `{id}.xlsx`, `{id}.geojson` or `{id}.html`.
pub async fn one(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
) -> Answer<Response> {
    if let Some((id, kind)) = id.rsplit_once('.') {
        let (plan, _) = seen(&app, &asks, id).await?;
        return file(&app, plan, kind, id).await?.ok_or_else(Problem::not_found);
    }
    let (plan, listed) = seen(&app, &asks, &id).await?;
    let tracks = tracks::seen(&app, &asks, &id).await?;
    let (geojson, site) = (documents::geojson(&plan), Arc::clone(&app));
    let against = plan.clone();
    let told_of = tokio::task::spawn_blocking(move || tracks::against(&site, &against, &tracks)).await;
    let (done, tracks) = told_of.map_err(|error| Error::output("patrol tracks", error))??;
    Ok(Json(json!({ "fixed": told(&app, &listed), "plan": plan, "geojson": geojson, "done": done, "tracks": tracks }))
        .into_response())
}
