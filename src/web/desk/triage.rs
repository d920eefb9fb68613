//! What helps to judge an event, beside what is known of itself: what lies near it in place and time, what burned there before, what always burns
//! there, and how well the ground was seen.

use crate::cases::Status;
use crate::error::Error;
use crate::fire::{FireEvent, FirePixel};
use crate::layers::static_sources::{SourceList, StaticSources};
use crate::place::{LonLat, METRES_A_DEGREE};
use crate::store::{Asked, Scope, Shown};
use crate::thresholds::TriageThresholds;
use crate::time::Utc;
use crate::web::app::App;
use crate::web::features;
use crate::web::gate::Principal;
use crate::web::problem::{Answer, Problem};
use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::sync::Arc;

/// Rows at most.
const MOST: i64 = 500;
const TOLD: usize = 20;

/// All of it.
pub async fn around(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
) -> Answer<Json<Value>> {
    let shown = app.store.event(&asks.scope, &id).await?.ok_or_else(Problem::not_found)?;
    let (event, now) = (&shown.stored.event, app.now());
    let near = nearby(&app, &asks.scope, event).await?;
    let duplicates: Vec<Value> =
        near.iter().filter(|near| near.may_be_one).take(TOLD).map(|near| near.told(now)).collect();
    let before: Vec<Value> = near.iter().filter(|near| near.is_before).take(TOLD).map(|near| near.told(now)).collect();
    Ok(Json(json!({
        "duplicates": duplicates,
        "before": before,
        "static_sources": static_sources(&app, event).await?,
        "recent": recent(&app, &asks.scope, event, now).await?,
        "seen": seen(&app, &asks.scope, event, now).await?,
        "ground": app.ground.around(&app, event),
    })))
}

/// Another event.
struct Near {
    shown: Shown,
    distance_m: f64,
    /// Hours between the two; 0 where they overlap.
    apart_h: f64,
    may_be_one: bool,
    is_before: bool,
}

impl Near {
    fn told(&self, now: Utc) -> Value {
        let event = &self.shown.stored.event;
        let found = self.shown.case.as_ref().and_then(|case| case.verification.as_ref());
        json!({
            "id": event.id, "lon": event.place.lon(), "lat": event.place.lat(), "first_seen": event.first_seen,
            "last_seen": event.last_seen, "sources": event.sources, "class": event.class.name(), "township": event.township,
            "status": features::status(&self.shown).code(), "distance_m": self.distance_m.round(), "apart_h": self.apart_h,
            "merged_into": event.merged_into, "finding": found.map(|found| found.finding), "cause": found.and_then(|found| found.cause),
            "days_ago": (now.seconds_since(event.last_seen) / 86_400.0).floor(), "simulated": event.simulated,
        })
    }
}

fn error_m(event: &FireEvent, t: &TriageThresholds) -> f64 {
    event.position_error_m.filter(|metres| metres.is_finite()).unwrap_or(f64::from(t.unknown_m))
}

/// Degrees around a place that hold so many metres, as the store's lists take them.
fn bbox(place: LonLat, metres: f64) -> [f64; 4] {
    let up = metres / METRES_A_DEGREE;
    let east = up / place.lat().to_radians().cos().max(0.01);
    [place.lon() - east, place.lat() - up, place.lon() + east, place.lat() + up]
}

/// Events near in place, the nearest in time first: those that may be the same fire, and those that burned there before.
async fn nearby(app: &App, scope: &Scope, event: &FireEvent) -> Answer<Vec<Near>> {
    let t = &app.thresholds.triage;
    let (errors, least_m) = (f64::from(t.errors), f64::from(t.least_m));
    let own_m = error_m(event, t);
    let asked = Asked {
        // the other one may be as unsure as a wide pixel
        bbox: Some(bbox(event.place, (errors * own_m.hypot(f64::from(t.unknown_m))).max(least_m))),
        from: event.first_seen.plus_seconds(-86_400.0 * f64::from(t.before_days)),
        limit: MOST,
        ..Asked::default()
    };
    let others = app.store.list_events(scope, &asked).await?;
    let near = |shown: Shown| {
        let other = &shown.stored.event;
        if other.id == event.id || other.simulated != event.simulated {
            return None;
        }
        let distance_m = event.place.distance_m(other.place);
        let gap = |a: &FireEvent, b: &FireEvent| a.first_seen.seconds_since(b.last_seen) / 3600.0;
        let apart_h = gap(event, other).max(gap(other, event)).max(0.0);
        let within = (errors * own_m.hypot(error_m(other, t))).max(least_m);
        let is_gone = features::status(&shown) == Status::Closed && shown.case.is_none();
        let may_be_one = distance_m <= within && apart_h <= f64::from(t.apart_h) && !is_gone;
        let is_before = distance_m <= own_m.max(f64::from(t.same_place_m))
            && other.last_seen < event.first_seen
            && !may_be_one
            && !is_gone;
        (may_be_one || is_before).then_some(Near { shown, distance_m, apart_h, may_be_one, is_before })
    };
    let mut found: Vec<Near> = others.into_iter().filter_map(near).collect();
    found.sort_by(|a, b| a.apart_h.total_cmp(&b.apart_h).then(a.distance_m.total_cmp(&b.distance_m)));
    Ok(found)
}

/// Known sources of heat that it may lie in.
async fn static_sources(app: &App, event: &FireEvent) -> Answer<Vec<Value>> {
    let Some(path) = app.site.layers.static_sources.clone() else { return Ok(Vec::new()) };
    let list = tokio::task::spawn_blocking(move || SourceList::read(&path)).await;
    let list = list.map_err(|error| Error::output("static sources", error))??;
    let sources = StaticSources::new(list);
    let told = |source: &&crate::layers::static_sources::StaticSource| {
        json!({
            "id": source.id, "cause": source.cause, "lon": source.place.lon(), "lat": source.place.lat(), "radius_m": source.radius_m,
            "distance_m": event.place.distance_m(source.place).round(), "days": source.seen.days, "note": source.note,
        })
    };
    Ok(sources.at(event.place, error_m(event, &app.thresholds.triage)).iter().take(TOLD).map(told).collect())
}

/// On how many days of the last quarter there was other heat at the place, by day and by night.
async fn recent(app: &App, scope: &Scope, event: &FireEvent, now: Utc) -> Answer<Value> {
    let t = &app.thresholds.triage;
    let asked = Asked {
        bbox: Some(bbox(event.place, error_m(event, t).max(f64::from(t.same_place_m)))),
        from: now.plus_seconds(-86_400.0 * f64::from(t.recent_days)),
        limit: 10 * MOST,
        ..Asked::default()
    };
    let fires = app.store.list_fires(scope, &asked).await?;
    let is_other = |fire: &&FirePixel| fire.simulated == event.simulated && !event.members.contains(&fire.id);
    let others = fires.iter().filter(is_other);
    let mut days: Vec<(i64, bool)> = others
        .map(|fire| {
            let minute = fire.time.beijing_minute();
            (fire.time.beijing_day(), !(7 * 60..19 * 60).contains(&minute))
        })
        .collect();
    days.sort_unstable();
    days.dedup();
    let count = |of_night: bool| days.iter().filter(|(_, night)| *night == of_night).count();
    let (day, night) = (count(false), count(true));
    days.dedup_by_key(|(day, _)| *day);
    Ok(json!({ "within_days": t.recent_days, "days": days.len(), "by_day": day, "by_night": night }))
}

/// Looks at its county in the last day, the latest first.
async fn seen(app: &App, scope: &Scope, event: &FireEvent, now: Utc) -> Answer<Value> {
    let Some(county) = &event.county else { return Ok(json!({ "county": null, "looks": [] })) };
    let hours = app.thresholds.triage.seen_h;
    let asked = Asked {
        county: Some(county.adcode.clone()),
        from: now.plus_seconds(-3600.0 * f64::from(hours)),
        limit: MOST,
        ..Asked::default()
    };
    let looks = app.store.list_coverage(scope, &asked).await?;
    let told = looks.iter().map(|look| {
        json!({
            "time": look.time, "satellite": look.satellite, "observed": look.observed, "cloud": look.cloud, "missing": look.missing,
            "simulated": look.simulated,
        })
    });
    Ok(json!({ "county": county.name, "hours": hours, "looks": told.collect::<Vec<_>>() }))
}
