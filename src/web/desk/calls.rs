//! 录入: what people told the desk of a fire. It goes the way of all alarms and is fused with what satellites and cameras see; what nobody can say
//! the place of waits in a list until somebody can.

use super::super::app::App;
use super::super::events::{note, read};
use super::super::gate::Principal;
use super::super::problem::{Answer, Problem};
use super::phone_log::{self, Reader};
use super::{desks, kept_by, name, own_desk};
use crate::pipeline::intake::{Became, Refused, Taken};
use crate::place::{Gcj02, LonLat};
use crate::sighting::{Origin, Sighting};
use crate::site::IntakeSource;
use crate::store::{Call, CallsAsked};
use crate::time::Utc;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub use crate::pipeline::intake::MOST_BYTES;

/// Seconds after which a desk may try again while too many wait.
const AGAIN_S: u64 = 5;
/// Nobody points better than this, and no village is larger, metres.
const LEAST_M: f64 = 20.0;
const MOST_M: f64 = 20_000.0;
/// Where nobody says how far it may be off \[P\]: a spoken place is a village.
const SPOKEN_M: f64 = 1500.0;
/// Errors of both within which a place agrees with an event's: well within what is fused with it.
const AGREES: f64 = 2.0;
/// What has no place is asked about within so long, seconds.
const ASK_S: f64 = 1800.0;
/// Sightings that wait for a place.
const WAITING: i64 = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// What the page calls it: sent again it is the same call.
    id: String,
    via: String,
    /// The line, the unit or the neighbour: `12345热线`, `西宁市`.
    who: String,
    at: Utc,
    kind: String,
    lon: Option<f64>,
    lat: Option<f64>,
    datum: Option<String>,
    position_error_m: Option<f64>,
    /// The event that it is about, where the desk knows.
    event: Option<String>,
    #[serde(default)]
    place: String,
    #[serde(default)]
    said: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    number: String,
    picture: Option<String>,
    follow_by: Option<Utc>,
}

/// Takes what somebody told.
pub async fn take(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    body: String,
) -> Answer<Response> {
    let reception =
        app.reception.as_ref().ok_or_else(|| Problem::absent("本站无法接收录入，请联系系统管理员查看日志"))?;
    let mut body: Body = read(&body)?;
    let kinds = [Origin::Hotline, Origin::Patrol, Origin::Neighbour];
    let kind = kinds.into_iter().find(|kind| kind.name() == body.via);
    let kind = kind.ok_or_else(|| Problem::invalid("via：应为 hotline、patrol 或 neighbour"))?;
    // checked before anything is kept: the call and what was seen stand together
    let (desk, now) = (own_desk(&app, &asks), app.now());
    let (person, number) = (name("person", &body.person)?, phone_log::number(&body.number)?);
    let (who, place) = (super::needed("who", name("who", &body.who)?)?, name("place", &body.place)?);
    if body.at > now {
        return Err(Problem::invalid(format!("看到的时间 {} 晚于现在，请更正（北京时间）", body.at.beijing())));
    }
    let at = body.lon.zip(body.lat).map(|(lon, lat)| format!("{lon:.4}, {lat:.4}"));
    let place = if place.is_empty() { at.unwrap_or_default() } else { place };
    let told = [note(body.said.clone())?, place].into_iter().filter(|text| !text.trim().is_empty());
    let told = told.collect::<Vec<_>>().join("；地点：");
    let names_event = body.event.as_deref().is_some_and(|event| !event.trim().is_empty());
    if told.is_empty() && body.lon.zip(body.lat).is_none() && !names_event {
        return Err(Problem::invalid("内容是空的：请填写反映内容或地点描述，或在地图上选位置，或选择事件"));
    }
    let of_event = match body.event.take().filter(|event| !event.trim().is_empty()) {
        Some(event) => at_event(&app, &asks, &mut body, &event).await?,
        None => false,
    };
    let error_m = body.position_error_m.unwrap_or(SPOKEN_M).clamp(LEAST_M, MOST_M);
    let alarm = json!({
        "id": body.id, "time": body.at, "kind": body.kind, "camera": who, "lon": body.lon, "lat": body.lat, "datum": body.datum,
        "position_error_m": error_m, "picture": body.picture, "said": told, "by": asks.doer.who, "of_event": of_event,
    });
    let source = IntakeSource {
        place: String::new(),
        // no source of the site has such a name
        name: format!("desk.{desk}"),
        kind,
        secret: None,
        folder: None,
        position_error_m: SPOKEN_M,
        max_range_m: MOST_M,
    };
    let county = (desk != app.site.city_code()).then(|| desk.clone());
    let actor = app.actor(&asks.doer.who, &asks.address);
    let ask_by = if body.lon.zip(body.lat).is_none() { now.plus_seconds(ASK_S) } else { None };
    let call = Call {
        id: String::new(),
        desk,
        at: body.at.min(now),
        direction: "in".into(),
        person,
        number,
        unit: who,
        event: None,
        sighting: None,
        said: if told.is_empty() { kind.spoken().to_string() } else { told },
        follow: body.follow_by.or(ask_by),
        followed: None,
        struck: None,
        made: now,
        made_by: asks.doer.who.clone(),
    };
    let with = (county, call.clone());
    let taken = done(reception.take_told(alarm.to_string(), source, with, actor.clone(), now).await)?;
    let call = call.of_sighting(&taken.sighting, taken.event.clone());
    if taken.became == Became::Before {
        // an earlier version wrote the two one after the other: where it was killed between them the line is made up for
        let mut write = app.store.write().await?;
        write.log_call(&call, &actor).await?;
        write.commit().await?;
    }
    let status = if taken.became == Became::Before { StatusCode::OK } else { StatusCode::CREATED };
    // what burns elsewhere is another county's business: it has it, and who called is told that it does
    let is_own = is_own(&app, &asks, &taken).await?;
    Ok((status, Json(answer(&taken, &call.id, is_own))).into_response())
}

async fn is_own(app: &App, asks: &Principal, taken: &Taken) -> Answer<bool> {
    let Some(event) = &taken.event else { return Ok(true) };
    Ok(app.store.event(&asks.scope, event).await?.is_some())
}

fn answer(taken: &Taken, call: &str, is_own: bool) -> Value {
    let lost = if taken.lost_picture { "；图片未能保存" } else { "" };
    let elsewhere = if is_own { "" } else { "；位置在其他县区，已转该县区" };
    let event = taken.event.as_ref().filter(|_| is_own);
    json!({
        "sighting": taken.sighting, "event": event, "new": taken.became != Became::Before, "call": call,
        "kept": taken.event.is_some() && !matches!(taken.became, Became::Dropped(_)), "placed": taken.became != Became::Nowhere, "said": format!("{}{elsewhere}{lost}", taken.became.spoken_to_desk()),
    })
}

fn done(taken: Option<Result<Taken, Refused>>) -> Answer<Taken> {
    match taken {
        None => Err(Problem::too_many(AGAIN_S)),
        Some(Err(Refused::Wrong(wrong))) => Err(Problem::invalid(wrong.in_chinese())),
        Some(Err(Refused::Failed(error))) => Err(error.into()),
        Some(Ok(taken)) => Ok(taken),
    }
}

/// A call about an event is joined to it, and makes no second one. Where it says a place of its own that agrees with the event's it is a witness of
/// that; else it is put where the event is and is no witness of its own: `true`.
async fn at_event(app: &App, asks: &Principal, body: &mut Body, id: &str) -> Answer<bool> {
    let wrong = || Problem::invalid("event：没有这个事件，或不在您的辖区内");
    let shown = app.store.event(&asks.scope, id).await?.ok_or_else(wrong)?;
    if !shown.stored.open {
        return Err(Problem::conflict("此事件已结束或已并入其他事件，请按位置录入"));
    }
    let event = &shown.stored.event;
    if event.simulated {
        return Err(Problem::conflict("这是演练（模拟）事件，不能与真实线索并在一处"));
    }
    let error_m = event.position_error_m.unwrap_or(SPOKEN_M);
    if own_place(body).is_some_and(|(place, own_m)| place.distance_m(event.place) <= AGREES * own_m.hypot(error_m)) {
        return Ok(false);
    }
    (body.lon, body.lat, body.datum) = (Some(event.place.lon()), Some(event.place.lat()), None);
    body.position_error_m = Some(error_m);
    Ok(true)
}

/// Where the call says that it is, with its error, metres.
fn own_place(body: &Body) -> Option<(LonLat, f64)> {
    let (lon, lat) = body.lon.zip(body.lat)?;
    let place = if body.datum.as_deref() == Some("gcj02") { Gcj02 { lon, lat }.place() } else { LonLat::new(lon, lat) };
    Some((place?, body.position_error_m.unwrap_or(SPOKEN_M).clamp(LEAST_M, MOST_M)))
}

/// What waits for a place: calls, and lines of sight of the last day.
pub async fn unplaced(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>) -> Answer<Json<Value>> {
    let asked = CallsAsked { open: true, urgent: true, limit: WAITING, ..CallsAsked::default() };
    let mut waiting = Vec::new();
    let readers = Reader::of(&app, &asks).await?;
    for call in app.store.calls_logged(&asks.scope, desks(&asks).as_deref(), &asked).await? {
        let Some(id) = &call.sighting else { continue };
        let Some(sighting) = app.store.sighting(&asks.scope, id).await? else { continue };
        if sighting.place().is_none() {
            let call = readers.as_read(call);
            waiting.push(described(&sighting, Some(&call)));
        }
    }
    let now = app.now();
    let day = crate::store::Asked {
        from: now.plus_seconds(-86_400.0),
        to: Some(now),
        limit: WAITING,
        ..crate::store::Asked::default()
    };
    let lines = app.store.list_sightings(&asks.scope, &day).await?;
    let of_others = lines.iter().filter(|one| one.place().is_none() && !one.origin.is_word_of_people());
    waiting.extend(of_others.map(|sighting| described(sighting, None)));
    Ok(Json(json!({ "waiting": waiting, "now": now })))
}

fn described(sighting: &Sighting, call: Option<&Call>) -> Value {
    json!({
        "sighting": sighting.id, "time": sighting.time, "origin": sighting.origin.name(), "who": sighting.camera, "kind": sighting.kind.name(),
        "image": sighting.image.is_some(), "azimuth_deg": sighting.direction.map(|direction| direction.azimuth_deg),
        "call": call.map(|call| json!({
            "id": call.id, "person": call.person, "number": call.number, "unit": call.unit, "said": call.said, "follow_by": call.follow,
        })),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceBody {
    lon: f64,
    lat: f64,
    datum: Option<String>,
    position_error_m: Option<f64>,
}

/// Gives a place to what waits for one.
pub async fn settle(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(id): Path<String>,
    body: String,
) -> Answer<Json<Value>> {
    let body: PlaceBody = read(&body)?;
    let reception = app.reception.as_ref().ok_or_else(|| Problem::absent("本站无法接收录入"))?;
    let place = match body.datum.as_deref() {
        None | Some("wgs84") => LonLat::new(body.lon, body.lat),
        Some("gcj02") => Gcj02 { lon: body.lon, lat: body.lat }.place(),
        Some(_) => return Err(Problem::invalid("datum：应为 wgs84 或 gcj02")),
    };
    let place = place.ok_or_else(|| Problem::invalid("lon：不是地球上的位置"))?;
    let error_m = body.position_error_m.unwrap_or(SPOKEN_M).clamp(LEAST_M, MOST_M);
    let sighting = app.store.sighting(&asks.scope, &id).await?.ok_or_else(Problem::not_found)?;
    if sighting.place().is_some() {
        return Err(placed_before(&app, &id).await?);
    }
    let (now, actor) = (app.now(), app.actor(&asks.doer.who, &asks.address));
    let taken = done(reception.settle(sighting, (place, error_m), actor, now).await)?;
    if taken.became == Became::Before {
        // of two desks that place the same call the second is told
        return Err(placed_before(&app, &id).await?);
    }
    let is_own = is_own(&app, &asks, &taken).await?;
    Ok(Json(answer(&taken, &Call::id_of(&id), is_own)))
}

async fn placed_before(app: &App, id: &str) -> Answer<Problem> {
    let by = app.store.settled_by(id).await?;
    let by = by.map_or(String::new(), |(at, who)| format!("（{who} 于 {} 定位）", at.beijing()));
    Ok(Problem::conflict(format!("已有位置{by}，不再改动")))
}

/// Places that can be picked by their names, within what the account keeps.
pub async fn places(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>) -> Answer<Json<Value>> {
    let is_own = |code: &str| kept_by(&app, &asks, code.get(..6).map(str::to_string)).is_ok();
    let picks: Vec<Value> = app
        .ground
        .picks()
        .iter()
        .filter(|pick| is_own(&pick.code))
        .map(|pick| {
            json!({
                "code": pick.code, "name": pick.name, "county": pick.code.get(..6).and_then(|code| app.site.desk_name(code)),
                "lon": pick.place.map(|place| place.lon()), "lat": pick.place.map(|place| place.lat()), "position_error_m": pick.error_m,
            })
        })
        .collect();
    let contacts: Vec<&str> = app.site.contacts.iter().map(|(name, _)| name.as_str()).collect();
    Ok(Json(json!({ "places": picks, "neighbours": contacts })))
}
