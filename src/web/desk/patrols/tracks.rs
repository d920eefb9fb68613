//! Tracks of a patrol: taken whole, and shown against the plan.

use super::super::super::app::App;
use super::super::super::gate::Principal;
use super::super::super::problem::{Answer, Problem};
use super::super::super::secrets;
use crate::error::{Error, Result};
use crate::layers::area_index::AreaIndex;
use crate::pipeline::patrol::Plan;
use crate::pipeline::patrol::track::{self, Datum, Track};
use crate::pipeline::patrol::visits::{Done, Walked, visits};
use crate::sealed::sha256;
use crate::store::KeptTrack;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bytes of a track at most.
pub const MOST_BYTES: usize = track::MOST_BYTES;
/// Tracks of a plan at most.
const MOST_TRACKS: usize = 200;
/// Points of a track that a map is sent.
const DRAWN: usize = 600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    /// Name of the file.
    #[serde(default)]
    name: String,
    /// Who went [who sends it].
    who: Option<String>,
    /// wgs84 or gcj02.
    #[serde(default)]
    datum: Datum,
}

/// Takes a track; the same file again changes nothing.
pub async fn send(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
    Query(new): Query<New>,
    body: Bytes,
) -> Answer<Response> {
    let (plan, _) = super::seen(&app, &asks, &id).await?;
    let sha256 = sha256(&body);
    let known = app.store.tracks_of(&id).await?;
    if let Some(before) = known.iter().find(|track| track.sha256 == sha256) {
        return Ok((StatusCode::OK, Json(told(before, &parsed(before)?))).into_response());
    }
    if known.len() >= MOST_TRACKS {
        return Err(Problem::conflict(format!("此计划已有 {MOST_TRACKS} 条轨迹，不再接收")));
    }
    let (kept, original) = kept(&app, &asks, &plan, (&id, new, sha256), body).await?;
    let mut write = app.store.write().await?;
    let is_new = write.keep_track(&kept, &original, &app.actor(&asks.doer.who, &asks.address)).await?;
    write.commit().await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(told(&kept, &parsed(&kept)?))).into_response())
}

/// What is kept of a file, and its text.
async fn kept(
    app: &Arc<App>,
    asks: &Principal,
    plan: &Plan,
    (id, new, sha256): (&str, New, String),
    body: Bytes,
) -> Answer<(KeptTrack, String)> {
    let name = if new.name.trim().is_empty() { "轨迹" } else { new.name.as_str() };
    let name = super::super::name("name", name)?;
    let who = match new.who.as_deref().map(str::trim).filter(|who| !who.is_empty()) {
        Some(who) => super::super::name("who", who)?,
        None => asks
            .account()
            .map(|account| account.display.clone())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| asks.doer.who.clone()),
    };
    let (day, site, datum) = (plan.day, Arc::clone(app), new.datum);
    // a file of some megabytes is not read beside those who wait for a list
    let read = tokio::task::spawn_blocking(move || {
        let trail = track::read(&body, datum)?;
        let track = Track::of(&trail, day, &site.thresholds.patrol);
        let counties = counties_of(&site, &track);
        Ok((trail.format, track, counties, String::from_utf8_lossy(&body).into_owned()))
    });
    let read: std::result::Result<_, track::NotATrack> =
        read.await.map_err(|error| Error::output("patrol track", error))?;
    let (format, track, counties, original) = read.map_err(|why| Problem::invalid(why.to_string()))?;
    if track.points.is_empty() {
        let remarks = track.remarks().join("；");
        return Err(Problem::invalid(format!("轨迹不属于 {} 的计划：{remarks}", plan.date)));
    }
    let near = app.site.neighbourhood();
    if !track.points.iter().any(|point| near.contains(point.place)) {
        return Err(Problem::invalid("轨迹不在本市附近：请检查坐标系和经纬度顺序"));
    }
    let areas: BTreeSet<String> = counties.into_iter().chain(asks.scope.counties.clone().unwrap_or_default()).collect();
    let parsed = serde_json::to_string(&track).map_err(|error| Error::output("patrol track", error))?;
    let kept = KeptTrack {
        id: secrets::random_hex(8)?,
        plan: id.to_string(),
        sha256,
        name,
        format: format.name().to_string(),
        datum: new.datum.name().to_string(),
        who,
        areas: areas.into_iter().collect(),
        taken: app.now(),
        taken_by: asks.doer.who.clone(),
        parsed,
    };
    Ok((kept, original))
}

/// Codes of the counties that a track touches.
fn counties_of(app: &App, track: &Track) -> BTreeSet<String> {
    let index = AreaIndex::new(app.site.counties.iter().map(|county| &county.shape));
    let found: BTreeSet<usize> = track.points.iter().filter_map(|point| index.find(point.place)).collect();
    found.into_iter().map(|at| app.site.counties[at].name.adcode.clone()).collect()
}

/// Tracks of a plan that an account sees: of its counties, and those that it sent.
pub(super) async fn seen(app: &App, asks: &Principal, plan: &str) -> Answer<Vec<KeptTrack>> {
    let mut tracks = app.store.tracks_of(plan).await?;
    let sees = |area: &String| asks.scope.sees_county(area);
    tracks.retain(|track| {
        asks.scope.counties.is_none() || track.taken_by == asks.doer.who || track.areas.iter().any(sees)
    });
    Ok(tracks)
}

fn parsed(kept: &KeptTrack) -> Result<Track> {
    serde_json::from_str(&kept.parsed).map_err(|error| {
        Error::input(&kept.id, error.to_string(), "a track as this program keeps it", "restore a backup")
    })
}

/// What of a plan is done, and each of its tracks.
pub(super) fn against(app: &App, plan: &Plan, tracks: &[KeptTrack]) -> Result<(Done, Vec<Value>)> {
    let walked: Vec<Walked> = tracks
        .iter()
        .map(|kept| Ok(Walked { id: kept.id.clone(), who: kept.who.clone(), track: parsed(kept)? }))
        .collect::<Result<_>>()?;
    let done = visits(plan, &walked, &app.thresholds.patrol);
    let told = tracks.iter().zip(&walked).map(|(kept, walked)| told(kept, &walked.track)).collect();
    Ok((done, told))
}

fn told(kept: &KeptTrack, track: &Track) -> Value {
    let span = track.span();
    let step = track.points.len().div_ceil(DRAWN).max(1);
    let last = track.points.last().filter(|_| track.points.len() % step != 1);
    let drawn = track.points.iter().step_by(step).chain(last);
    let line: Vec<[f64; 2]> = drawn.map(|point| [five(point.place.lon()), five(point.place.lat())]).collect();
    json!({
        "id": kept.id, "plan": kept.plan, "name": kept.name, "format": kept.format, "datum": kept.datum, "who": kept.who,
        "sha256": kept.sha256, "taken": kept.taken, "taken_by": kept.taken_by, "from": span.map(|span| span.0),
        "to": span.map(|span| span.1), "km": (track.km * 100.0).round() / 100.0, "points": track.points.len(),
        "other_days": track.other_days, "untimed": track.untimed, "leaps": track.leaps, "impossible": track.impossible,
        "remarks": track.remarks(), "line": line,
    })
}

/// Five decimals are a metre.
fn five(value: f64) -> f64 {
    (value * 1e5).round() / 1e5
}

/// The file of a track as it came.
pub async fn original(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path((id, track)): Path<(String, String)>,
) -> Answer<Response> {
    super::seen(&app, &asks, &id).await?;
    let tracks = seen(&app, &asks, &id).await?;
    let kept = tracks.into_iter().find(|kept| kept.id == track).ok_or_else(Problem::not_found)?;
    let text = app.store.original_of_track(&kept.id).await?.ok_or_else(Problem::not_found)?;
    let media = if kept.format == "gpx" { "application/gpx+xml" } else { "application/geo+json" };
    let named = format!("attachment; filename=\"{}.{}\"", kept.id, kept.format);
    Ok(([(header::CONTENT_TYPE, media.to_string()), (header::CONTENT_DISPOSITION, named)], text).into_response())
}
