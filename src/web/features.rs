//! Events, detections and looks as GeoJSON Features, with what the desk made of them.

use crate::cases::Status;
use crate::deliver::geojson;
use crate::deliver::sightings::sighting_feature;
use crate::error::Result;
use crate::fire::FirePixel;
use crate::pipeline::evidence::{KeptChip, judged};
use crate::place::LonLat;
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
    crate::deliver::case::write_into(&mut feature, status(shown), case);
    // what is over, or became part of another, waits for nothing
    let deadline = shown.deadline.filter(|_| status(shown) != Status::Closed);
    let (awaits, due) = (deadline.map(|deadline| deadline.step), deadline.map(|deadline| deadline.due));
    let overdue = due.is_some_and(|due| due < now);
    feature["case"] = match case {
        None => json!({
            "triaged_at": null, "post": null, "before": [], "dispatched_at": null, "awaits": awaits, "due_at": due, "overdue": overdue,
            "changed_at": shown.stored.changed,
        }),
        Some(case) => json!({
            "triaged_at": case.triaged,
            "post": case.post.as_ref().map(|post| json!({ "code": post, "name": post })),
            "dispatched_at": case.dispatched,
            "before": case.before.iter().map(|post| json!({ "code": post, "name": post })).collect::<Vec<_>>(),
            "awaits": awaits,
            "due_at": due,
            "overdue": overdue,
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
    let before = |shown: &Shown| shown.case.as_ref().map(|case| case.before.clone()).unwrap_or_default();
    let codes: BTreeSet<String> =
        shown.iter().flat_map(|shown| before(shown).into_iter().chain(post_of(shown))).collect();
    let names = store.post_names(&codes.into_iter().collect::<Vec<_>>()).await?;
    let mut features = Vec::with_capacity(shown.len());
    for shown in shown {
        let mut feature = event(shown, now)?;
        if let Some(case) = &shown.case {
            if let Some(code) = &case.post {
                feature["case"]["post"]["name"] = case.post_name(code, &names).into();
            }
            for (at, code) in case.before.iter().enumerate() {
                feature["case"]["before"][at]["name"] = case.post_name(code, &names).into();
            }
        }
        features.push(feature);
    }
    Ok(features)
}

/// The state as people see it: what became part of another event, or is shown no longer before anybody did anything, is closed.
pub fn status(shown: &Shown) -> Status {
    crate::deliver::case::status(shown.stored.open, shown.case.as_ref())
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

/// A piece of imagery that was cut of an event.
pub fn piece(event: &str, chip: &KeptChip) -> Value {
    let image = format!("/events/{event}/imagery/{}", chip.name);
    json!({ "time": chip.time, "product": chip.granule, "image": image })
}

/// A photo.
pub fn photo(photo: &Photo) -> Value {
    json!({
        "id": photo.id, "event": photo.event, "who": photo.who, "kind": photo.kind, "taken_at": photo.taken, "made_at": photo.made,
        "lon": photo.place.map(|place| place.lon()), "lat": photo.place.map(|place| place.lat()), "accuracy_m": photo.accuracy_m,
        "mime": photo.mime, "size": photo.size, "sha256": photo.sha256, "received": photo.received, "complete": photo.complete,
        "small": photo.small,
    })
}

/// A photo beside its case: how far from the event, how long after the case was given.
pub fn photo_beside(of: &Photo, place: LonLat, dispatched: Option<Utc>) -> Value {
    let beside = judged(of, place, dispatched);
    let mut shown = photo(of);
    shown["distance_m"] = beside.distance_m.map(f64::round).into();
    shown["distance_words"] = beside.distance_words().into();
    shown["dispatch_words"] = beside.dispatch_words().into();
    shown["before_dispatch"] = beside.is_before_dispatch().into();
    shown
}

/// A collection with what OGC API - Features wants to know of it.
pub fn collection(features: Vec<Value>, matched: i64, links: Value, now: Utc) -> Value {
    let simulated = features.iter().any(|feature| feature["properties"]["simulated"] == true);
    json!({
        "type": "FeatureCollection", "simulated": simulated, "timeStamp": now, "numberMatched": matched,
        "numberReturned": features.len(), "links": links, "features": features,
    })
}
