//! Cameras of the site for the map: where they stand, what is wrong with them, and the ground that they see.

use super::app::App;
use super::features;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use crate::deliver::viewshed::viewshed_feature;
use crate::error::{Error, Result};
use crate::site::{Camera, Site};
use crate::store::Alarm;
use crate::watch::sight::dem_around;
use crate::watch::sight::viewshed::viewshed;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::sync::Arc;

/// Height above the ground of what is to be seen, metres \[P\]: smoke rises, and flames behind a wall do not count.
const TARGET_M: f64 = 10.0;

/// The cameras that stand in the counties of the account.
pub async fn list(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>) -> Answer<Json<Value>> {
    let now = app.now();
    let alarms = app.store.alarms(now).await?;
    let own = app.site.cameras.iter().filter(|camera| is_seen(&app, &asks, camera));
    let cameras: Vec<Value> = own.map(|camera| feature(camera, &alarms)).collect();
    let matched = cameras.len() as i64;
    Ok(Json(features::collection(cameras, matched, json!([]), now)))
}

fn is_seen(app: &App, asks: &Principal, camera: &Camera) -> bool {
    let county = app.site.county_at(camera.place).map(|county| county.name.adcode.as_str());
    asks.scope.counties.is_none() || county.is_some_and(|county| asks.scope.sees_county(county))
}

fn feature(camera: &Camera, alarms: &[Alarm]) -> Value {
    let alarms: Vec<Value> = alarms
        .iter()
        .filter(|alarm| alarm.over.is_none() && is_of(&alarm.name, &camera.id))
        .map(|alarm| json!({ "name": alarm.name, "since": alarm.since, "said": alarm.said }))
        .collect();
    let view = camera.view.map(|view| json!({ "azimuth_deg": view.azimuth_deg, "hfov_deg": view.hfov_deg }));
    json!({
        "type": "Feature", "id": camera.id,
        "geometry": { "type": "Point", "coordinates": [camera.place.lon(), camera.place.lat()] },
        "properties": {
            "id": camera.id, "name": camera.title(), "presets": camera.presets.iter().map(|preset| &preset.id).collect::<Vec<_>>(),
            "view": view, "max_range_km": camera.max_range_m / 1000.0, "watched": camera.source.is_some(), "alarms": alarms,
        },
    })
}

/// Alarms of a camera are named `camera ID ...`.
fn is_of(name: &str, id: &str) -> bool {
    name.strip_prefix("camera ").is_some_and(|rest| rest.split(' ').next() == Some(id))
}

/// The ground that a camera sees: made once, for the ground does not change.
pub async fn seen(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
) -> Answer<Response> {
    let mut own = app.site.cameras.iter().filter(|camera| is_seen(&app, &asks, camera));
    let camera = own.find(|camera| camera.id == id).cloned().ok_or_else(Problem::not_found)?;
    let body = match app.viewsheds.get(&id, 0) {
        Some(body) => body,
        None => {
            let _turn = app.viewsheds.turn("").await;
            match app.viewsheds.get(&id, 0) {
                Some(body) => body,
                None => made(&app, camera).await?,
            }
        }
    };
    let headers =
        [(header::CONTENT_TYPE, "application/geo+json; charset=utf-8"), (header::CACHE_CONTROL, "private, no-cache")];
    Ok((headers, body).into_response())
}

/// One at a time: each takes all cores for a second or more.
async fn made(app: &Arc<App>, camera: Camera) -> Answer<Bytes> {
    let (id, of) = (camera.id.clone(), Arc::clone(app));
    let done = tokio::task::spawn_blocking(move || compute(&of.site, &camera)).await;
    match done.map_err(|error| Error::output("viewsheds", error))? {
        Ok(body) => {
            app.viewsheds.put(id, 0, body.clone());
            Ok(body)
        }
        // nothing that asking again would mend
        Err(error @ Error::Config { .. }) => {
            tracing::warn!("{error}");
            Err(Problem::absent("无法计算视域：缺少该摄像机周围的高程数据（layers.dem）"))
        }
        Err(error) => Err(error.into()),
    }
}

fn compute(site: &Site, camera: &Camera) -> Result<Bytes> {
    let dem = dem_around(site, camera)?;
    let seen = viewshed(camera, &dem, camera.max_range_m, TARGET_M)?;
    Ok(Bytes::from(viewshed_feature(camera, &seen, &dem, camera.max_range_m, TARGET_M).to_string()))
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn an_alarm_is_of_the_camera_whose_whole_name_it_has() {
        assert!(is_of("camera ledu-1 dark", "ledu-1") && is_of("camera ledu-1", "ledu-1"));
        assert!(!is_of("camera ledu-10 dark", "ledu-1") && !is_of("satellite ledu-1", "ledu-1"));
    }
}
