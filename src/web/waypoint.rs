//! A dispatched event as a waypoint for the pilot of a drone.

use super::app::App;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use crate::cases::{Case, Status};
use crate::deliver::waypoint::Waypoint;
use crate::layers::dem::Dem;
use crate::place::{LonLat, LonLatBox};
use crate::site::Site;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// Somebody is on the way, or was: whatever is not given to anybody yet, or is over, is flown to by nobody.
const FLOWN: [Status; 5] =
    [Status::Dispatched, Status::Acknowledged, Status::OnSite, Status::Reported, Status::Reviewed];
/// The ground is read so far around the place, degrees.
const AROUND_DEG: f64 = 0.01;

/// The waypoint; who took it is in the audit.
pub async fn kml(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
) -> Answer<Response> {
    let shown = app.store.event(&asks.scope, &id).await?.ok_or_else(Problem::not_found)?;
    let status = shown.case.as_ref().map_or(Status::Triage, |case| case.status);
    if !FLOWN.contains(&status) {
        let said = format!("当前状态为“{}”：派单后、办结前才能导出无人机航点", status.name());
        return Err(Problem::conflict(said));
    }
    let code = shown.case.as_ref().and_then(|case| case.post.clone());
    let names = app.store.post_names(&code.iter().cloned().collect::<Vec<_>>()).await?;
    let of_post = |case: &Case| Some(case.post_name(case.post.as_deref()?, &names).to_string());
    let post = shown.case.as_ref().and_then(of_post);
    let (event, at) = (shown.stored.event, Arc::clone(&app));
    let place = event.place;
    let ground_m = tokio::task::spawn_blocking(move || ground(&at.site, place)).await.ok().flatten();
    let bytes = Waypoint { event: &event, post: post.as_deref(), ground_m, airports: &app.site.airports }.kml()?;
    note(&app, &asks, &id).await?;
    let kind = (header::CONTENT_TYPE, "application/vnd.google-earth.kml+xml".to_string());
    let name = (header::CONTENT_DISPOSITION, format!("attachment; filename=\"waypoint-{}.kml\"", event.id));
    Ok(([kind, name], bytes).into_response())
}

/// Height above the sea and its standard error at a place, metres, where the site's elevation model has it.
fn ground(site: &Site, place: LonLat) -> Option<(f64, f64)> {
    let path = site.layers.dem.as_ref()?;
    let point = LonLatBox { west: place.lon(), south: place.lat(), east: place.lon(), north: place.lat() };
    let dem = Dem::read_fine(path, &point.widened(AROUND_DEG), 0.0, site.layers.dem_error_m).ok()?;
    Some((dem.height_m(place)?, dem.error_m()))
}

async fn note(app: &App, asks: &Principal, id: &str) -> Answer<()> {
    let mut write = app.store.write().await?;
    let actor = app.actor(&asks.doer.who, &asks.address);
    write.audit(app.now(), &actor, "waypoint", id, &json!({})).await?;
    write.commit().await?;
    Ok(())
}
