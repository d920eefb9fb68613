//! The features of collections: OGC API - Features, and the same as CSV, spreadsheet and KML.

use super::app::App;
use super::asked::{Format, Query, query};
use super::gate::Principal;
use super::ogc::Collection;
use super::problem::{Answer, Problem};
use super::{exports, features};
use crate::store::{Asked, Scope};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const GEOJSON: HeaderValue = HeaderValue::from_static("application/geo+json; charset=utf-8");

/// A page of features.
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path(collection): Path<String>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let collection = Collection::of(&collection).ok_or_else(Problem::not_found)?;
    let query = query(text.as_deref().unwrap_or_default(), collection)?;
    if query.format != Format::Json {
        return exports::export(&app, &asks, collection, &query).await;
    }
    let changes = app.store.changes().await?;
    // a step may be late a minute later though nothing changed
    let minute = app.now().micros().div_euclid(60_000_000);
    let question = format!("{minute} {collection:?} {:?} {:?}", asks.scope, query);
    let tag = format!("W/\"{changes}-{}\"", &super::secrets::hex(&Sha256::digest(&question))[..16]);
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let known = app.answers.get(&question, changes);
    let turn = if known.is_none() { Some(app.answers.turn(&question).await) } else { None };
    let body = match known.or_else(|| app.answers.get(&question, changes)) {
        Some(body) => body,
        None => {
            let body = Bytes::from(page(&app, &asks.scope, collection, &query).await?.to_string());
            app.answers.put(question, changes, body.clone());
            body
        }
    };
    drop(turn);
    let fixed =
        [(header::CONTENT_TYPE, GEOJSON), (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    Ok((fixed, [(header::ETAG, tag)], body).into_response())
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let sent = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    sent.flat_map(|line| line.split(',')).any(|sent| sent.trim() == tag || sent.trim() == "*")
}

async fn page(app: &App, scope: &Scope, collection: Collection, query: &Query) -> Answer<Value> {
    let now = app.now();
    let asked = &query.asked;
    let page = usize::try_from(asked.limit).unwrap_or(0);
    // one more than is sent shows whether there is a next page
    let and_one = Asked { limit: asked.limit + 1, ..asked.clone() };
    let more;
    let (found, matched, last) = match collection {
        Collection::Events => {
            let mut events = app.store.list_events(scope, &and_one).await?;
            more = events.len() > page;
            events.truncate(page);
            let last =
                events.last().map(|shown| (shown.stored.event.last_seen.micros(), shown.stored.event.id.clone()));
            let found = features::events(&app.store, &events, now).await?;
            (found, app.store.count_events(scope, asked).await?, last)
        }
        Collection::Fires => {
            let mut fires = app.store.list_fires(scope, &and_one).await?;
            more = fires.len() > page;
            fires.truncate(page);
            let last = fires.last().map(|fire| (fire.time.micros(), fire.id.clone()));
            let mut found = Vec::with_capacity(fires.len());
            for fire in &fires {
                found.push(features::fire(fire)?);
            }
            (found, app.store.count_fires(scope, asked).await?, last)
        }
        Collection::Coverage => {
            let mut looks = app.store.list_coverage(scope, &and_one).await?;
            more = looks.len() > page;
            looks.truncate(page);
            (looks.iter().map(features::county_look).collect(), app.store.count_coverage(scope, asked).await?, None)
        }
        Collection::Counties => {
            let counties = of_scope(app, scope, asked);
            let matched = counties.len() as i64;
            let offset = usize::try_from(asked.offset).unwrap_or(0);
            more = counties.len() > offset.saturating_add(page);
            (counties.into_iter().skip(offset).take(page).collect(), matched, None)
        }
        Collection::Sightings => {
            let mut sightings = app.store.list_sightings(scope, &and_one).await?;
            more = sightings.len() > page;
            sightings.truncate(page);
            let last = sightings.last().map(|sighting| (sighting.time.micros(), sighting.id.clone()));
            (features::sightings(&sightings)?, app.store.count_sightings(scope, asked).await?, last)
        }
    };
    let links = links(app, collection, query, found.len(), more, last);
    Ok(features::collection(found, matched, links, now))
}

/// Links of a page: itself, and the next one. Events and detections are followed from the last one of the page, so that what comes in
/// meanwhile shifts nothing.
fn links(
    app: &App,
    collection: Collection,
    query: &Query,
    count: usize,
    more: bool,
    last: Option<(i64, String)>,
) -> Value {
    let base = format!("{}/collections/{}/items", app.settings.public_url, collection.name());
    let rest = if query.rest.is_empty() { String::new() } else { format!("{}&", query.rest) };
    let kind = "application/geo+json";
    let mut links = vec![json!({ "rel": "self", "type": kind, "href": format!("{base}?{}", query.whole) })];
    let next = match last {
        Some((at, id)) => format!("{base}?{rest}after={at}~{id}"),
        None => format!("{base}?{rest}offset={}", query.asked.offset + count as i64),
    };
    if more {
        links.push(json!({ "rel": "next", "type": kind, "href": next }));
    }
    Value::from(links)
}

fn of_scope(app: &App, scope: &Scope, asked: &Asked) -> Vec<Value> {
    let is_wanted = |county: &&Value| {
        let code = county["properties"]["adcode"].as_str().unwrap_or_default();
        let touches = |[west, south, east, north]: [f64; 4]| {
            let shape = app.site.counties.iter().find(|county| county.name.adcode == code).map(|county| county.bbox);
            shape.is_none_or(|at| at.west <= east && at.east >= west && at.south <= north && at.north >= south)
        };
        asked.bbox.is_none_or(touches)
            && scope.sees_county(code)
            && asked.county.as_deref().is_none_or(|wanted| wanted == code)
    };
    app.counties.iter().filter(is_wanted).cloned().collect()
}

/// One feature.
pub async fn one(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Path((collection, id)): Path<(String, String)>,
) -> Answer<Response> {
    let collection = Collection::of(&collection).ok_or_else(Problem::not_found)?;
    let now = app.now();
    let found = match collection {
        Collection::Events => {
            let shown: Vec<_> = app.store.event(&asks.scope, &id).await?.into_iter().collect();
            features::events(&app.store, &shown, now).await?.pop()
        }
        Collection::Fires => app.store.fire(&asks.scope, &id).await?.map(|fire| features::fire(&fire)).transpose()?,
        Collection::Coverage => {
            let (look, adcode) = id.rsplit_once('~').ok_or_else(Problem::not_found)?;
            app.store.county_look(&asks.scope, look, adcode).await?.map(|look| features::county_look(&look))
        }
        Collection::Counties => {
            of_scope(&app, &asks.scope, &Asked::default()).into_iter().find(|county| county["id"] == id.as_str())
        }
        Collection::Sightings => {
            let found: Vec<_> = app.store.sighting(&asks.scope, &id).await?.into_iter().collect();
            features::sightings(&found)?.pop()
        }
    };
    let mut found = found.ok_or_else(Problem::not_found)?;
    let base = format!("{}/collections/{}", app.settings.public_url, collection.name());
    found["links"] = json!([
        { "rel": "self", "type": "application/geo+json", "href": format!("{base}/items/{id}") },
        { "rel": "collection", "type": "application/json", "href": base },
    ]);
    Ok(([(header::CONTENT_TYPE, GEOJSON)], found.to_string()).into_response())
}

/// The features of a collection that is no list of fires.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn features_of(app: &App, scope: &Scope, collection: Collection, asked: &Asked) -> Answer<Vec<Value>> {
    Ok(match collection {
        Collection::Coverage => {
            app.store.list_coverage(scope, asked).await?.iter().map(features::county_look).collect()
        }
        Collection::Counties => of_scope(app, scope, asked),
        Collection::Sightings => features::sightings(&app.store.list_sightings(scope, asked).await?)?,
        Collection::Events | Collection::Fires => Vec::new(),
    })
}
