//! OGC API - Features, part 1: landing page, conformance, collections.

use super::app::App;
use super::assets;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::sync::Arc;

/// A collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// Kept detections.
    Fires,
    /// Events.
    Events,
    /// What cameras saw.
    Sightings,
    /// Counties.
    Counties,
    /// How much each look saw of each county.
    Coverage,
}

impl Collection {
    /// All of them.
    pub const ALL: [Collection; 5] =
        [Collection::Fires, Collection::Events, Collection::Sightings, Collection::Counties, Collection::Coverage];

    /// As the address has it.
    pub fn name(self) -> &'static str {
        match self {
            Collection::Fires => "fires",
            Collection::Events => "events",
            Collection::Sightings => "sightings",
            Collection::Counties => "counties",
            Collection::Coverage => "coverage",
        }
    }

    /// From the address.
    pub fn of(name: &str) -> Option<Self> {
        Collection::ALL.into_iter().find(|collection| collection.name() == name)
    }

    fn title(self) -> &'static str {
        match self {
            Collection::Fires => "探测：卫星火点像元与视频、来电等线索（未经核实）",
            Collection::Events => "疑似火点事件",
            Collection::Sightings => "视频发现",
            Collection::Counties => "县区",
            Collection::Coverage => "有效观测",
        }
    }
}

const CONFORMS: [&str; 3] = [
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
];

/// The officers' page for browsers; for programs what the API has.
pub async fn landing(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let asks_json = query.is_some_and(|query| query.split('&').any(|pair| pair == "f=json"));
    if !asks_json && (accept.contains("text/html") || !accept.contains("json")) {
        return assets::index(&headers);
    }
    let base = &app.settings.public_url;
    Json(json!({
        "title": format!("{} strawfire", app.site.name),
        "description": "疑似火点：线索，未经核实",
        "links": [
            { "rel": "self", "type": "application/json", "href": format!("{base}/?f=json") },
            { "rel": "service-desc", "type": "application/vnd.oai.openapi+json;version=3.0", "href": format!("{base}/openapi.json") },
            { "rel": "service-doc", "type": "text/html", "href": format!("{base}/api") },
            { "rel": "conformance", "type": "application/json", "href": format!("{base}/conformance") },
            { "rel": "data", "type": "application/json", "href": format!("{base}/collections") },
        ],
    }))
    .into_response()
}

/// What the API conforms to.
pub async fn conformance() -> Json<Value> {
    Json(json!({ "conformsTo": CONFORMS }))
}

/// The collections.
pub async fn collections(State(app): State<Arc<App>>, Extension(_): Extension<Principal>) -> Json<Value> {
    let base = &app.settings.public_url;
    Json(json!({
        "links": [{ "rel": "self", "type": "application/json", "href": format!("{base}/collections") }],
        "collections": Collection::ALL.map(|collection| described(&app, collection)),
    }))
}

/// One collection.
pub async fn collection(State(app): State<Arc<App>>, Path(name): Path<String>) -> Answer<Json<Value>> {
    let collection = Collection::of(&name).ok_or_else(Problem::not_found)?;
    Ok(Json(described(&app, collection)))
}

fn described(app: &App, collection: Collection) -> Value {
    let base = format!("{}/collections/{}", app.settings.public_url, collection.name());
    let bbox = app.site.bbox();
    let items =
        |kind: &str, ending: &str| json!({ "rel": "items", "type": kind, "href": format!("{base}/items{ending}") });
    let mut links =
        vec![json!({ "rel": "self", "type": "application/json", "href": base }), items("application/geo+json", "")];
    if matches!(collection, Collection::Fires | Collection::Events) {
        links.push(items("text/csv", "?f=csv"));
        links.push(items("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "?f=xlsx"));
        links.push(items("application/vnd.google-earth.kml+xml", "?f=kml"));
    }
    json!({
        "id": collection.name(), "title": collection.title(), "itemType": "feature",
        "extent": {
            "spatial": { "bbox": [[bbox.west, bbox.south, bbox.east, bbox.north]], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84" },
            "temporal": { "interval": [[null, null]], "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian" },
        },
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
        "links": links,
    })
}
