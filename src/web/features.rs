//! Events, detections and looks as GeoJSON Features, with what the desk made of them.

use crate::cases::{Case, Status};
use crate::deliver::geojson;
use crate::deliver::sightings::sighting_feature;
use crate::error::Result;
use crate::fire::FirePixel;
use crate::sighting::Sighting;
use crate::store::{CameraLook, CountyLook, Photo, Shown, Store};
use crate::time::Utc;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// An event: as `events.geojson` has it, with its state, what was found, and beside the properties its case.
///
/// # Errors
/// Where it cannot be made into JSON: a bug.
fn event(shown: &Shown, now: Utc) -> Result<Value> {
    let mut feature = geojson::event_feature(&shown.stored.event)?;
    let case = shown.case.as_ref();
    let properties = &mut feature["properties"];
    properties["status"] = status(shown).code().into();
    properties["verification"] = case.map_or(Value::Null, verification);
    feature["case"] = match case {
        None => json!({
            "triaged_at": null, "post": null, "dispatched_at": null, "due_at": null, "overdue": false, "changed_at": shown.stored.changed,
        }),
        Some(case) => json!({
            "triaged_at": case.triaged,
            "post": case.post.as_ref().map(|post| json!({ "code": post, "name": post })),
            "dispatched_at": case.dispatched,
            "due_at": case.due,
            "overdue": case.is_overdue(now),
            "changed_at": case.changed,
        }),
    };
    Ok(feature)
}

/// Events with the names of the posts that have them.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn events(store: &Store, shown: &[Shown], now: Utc) -> Result<Vec<Value>> {
    let post_of = |shown: &Shown| shown.case.as_ref().and_then(|case| case.post.clone());
    let codes: BTreeSet<String> = shown.iter().filter_map(post_of).collect();
    let names = store.post_names(&codes.into_iter().collect::<Vec<_>>()).await?;
    let mut features = Vec::with_capacity(shown.len());
    for shown in shown {
        let mut feature = event(shown, now)?;
        if let Some(name) = post_of(shown).and_then(|code| names.get(&code)) {
            feature["case"]["post"]["name"] = name.as_str().into();
        }
        features.push(feature);
    }
    Ok(features)
}

/// The state as people see it: what became part of another event, or is shown no longer before anybody did anything, is closed.
pub fn status(shown: &Shown) -> Status {
    match &shown.case {
        Some(case) if shown.stored.open || case.status != Status::Triage => case.status,
        _ if shown.stored.open => Status::Triage,
        _ => Status::Closed,
    }
}

fn verification(case: &Case) -> Value {
    case.verification.as_ref().map_or(Value::Null, |found| {
        json!({
            "finding": found.finding, "cause": found.cause, "note": found.note, "post": found.post, "time": found.time,
            "photos": found.photos, "approved": found.approved,
        })
    })
}

/// A detection, as `fires.geojson` has it.
///
/// # Errors
/// Where it cannot be made into JSON: a bug.
pub fn fire(fire: &FirePixel) -> Result<Value> {
    geojson::fire_feature(fire)
}

/// Sightings, as `sightings.geojson` has them; a picture that this program keeps has its address, one of somebody else its own.
///
/// # Errors
/// Where they cannot be made into JSON: a bug.
pub fn sightings(sightings: &[Sighting]) -> Result<Vec<Value>> {
    let mut found = Vec::with_capacity(sightings.len());
    for sighting in sightings {
        let mut feature = sighting_feature(sighting)?;
        let is_link = |image: &String| image.starts_with("https://") || image.starts_with("http://");
        if sighting.image.as_ref().is_some_and(|image| !is_link(image)) {
            feature["properties"]["image"] = format!("/sightings/{}/image", sighting.id).into();
        }
        found.push(feature);
    }
    Ok(found)
}

/// How much a look saw of a county. Its ground is the county's: it has none of its own.
pub fn county_look(look: &CountyLook) -> Value {
    let id = format!("{}~{}", look.look, look.adcode);
    json!({
        "type": "Feature", "id": id, "geometry": null,
        "properties": {
            "id": id, "granule": look.look, "time": look.time, "satellite": look.satellite, "sensor": look.sensor, "adcode": look.adcode,
            "observed": look.observed, "cloud": look.cloud, "missing": look.missing, "simulated": look.simulated,
        },
    })
}

/// What a camera showed of an event.
pub fn camera_look(look: &CameraLook) -> Value {
    let image = look.image.as_ref().map(|_| {
        let at = look.time.micros();
        format!("/events/{}/cameras/{}/{at}", look.event, look.camera)
    });
    json!({ "camera": look.camera, "preset": look.preset, "time": look.time, "said": look.said, "image": image })
}

/// A photo.
pub fn photo(photo: &Photo) -> Value {
    json!({
        "id": photo.id, "event": photo.event, "who": photo.who, "taken_at": photo.taken,
        "lon": photo.place.map(|place| place.lon()), "lat": photo.place.map(|place| place.lat()), "accuracy_m": photo.accuracy_m,
        "mime": photo.mime, "size": photo.size, "sha256": photo.sha256, "received": photo.received, "complete": photo.complete,
        "small": photo.small,
    })
}

/// A collection with what OGC API - Features wants to know of it.
pub fn collection(features: Vec<Value>, matched: i64, links: Value, now: Utc) -> Value {
    let simulated = features.iter().any(|feature| feature["properties"]["simulated"] == true);
    json!({
        "type": "FeatureCollection", "simulated": simulated, "timeStamp": now, "numberMatched": matched,
        "numberReturned": features.len(), "links": links, "features": features,
    })
}
