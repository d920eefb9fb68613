//! The OpenAPI document, made from the table of routes.

use super::app::App;
use super::intake::{SIGNATURE, SOURCE};
use super::ogc::Collection;
use super::route::{Route, Who};
use crate::cases::{Cause, Finding, Status};
use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The document.
pub async fn document(State(app): State<Arc<App>>) -> Json<Value> {
    let mut paths: Map<String, Value> = Map::new();
    for route in app.routes.iter().filter(|route| route.documented) {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_ascii_lowercase()] = operation(route);
    }
    Json(json!({
        "openapi": "3.0.3",
        "info": {
            "title": format!("{} strawfire", app.site.name), "version": env!("CARGO_PKG_VERSION"),
            "description": "疑似火点：线索，未经核实。Every list is limited to the areas of the account that asks; what lies outside is 404.",
        },
        "servers": [{ "url": app.settings.public_url }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": super::gate::SESSION },
                "task": { "type": "apiKey", "in": "header", "name": "X-Task" },
            },
            "schemas": schemas(),
        },
    }))
}

fn operation(route: &Route) -> Value {
    let mut responses = Map::new();
    let ok = if route.method == "GET" || route.path.starts_with("/events") || route.path == "/roster" {
        "200"
    } else {
        "2XX"
    };
    responses.insert(ok.into(), answer(route));
    if route.path.ends_with("/photos") && route.method == "POST" {
        responses.insert("201".into(), json!({ "description": "registered" }));
    }
    for (code, what) in [("304", "not changed"), ("4XX", "a problem, in words"), ("503", "the store is out of reach")] {
        let problem = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
        let content = if code == "304" { json!({}) } else { problem };
        responses.insert(code.into(), json!({ "description": what, "content": content }));
    }
    let mut operation = json!({
        "summary": route.what, "operationId": name_of(route), "parameters": parameters(route), "responses": responses,
        "x-roles": route.who.roles(), "x-task": route.who.is_for_tasks(),
        "security": security(route.who),
    });
    if let Some(body) = body(route) {
        operation["requestBody"] = body;
    }
    operation
}

fn name_of(route: &Route) -> String {
    let words = route.path.split(['/', '{', '}', '.']).filter(|word| !word.is_empty());
    words.fold(route.method.to_ascii_lowercase(), |name, word| format!("{name}_{word}"))
}

fn security(who: Who) -> Value {
    let mut ways = Vec::new();
    if !who.roles().is_empty() {
        ways.extend([json!({ "session": [] }), json!({ "key": [] })]);
    }
    if who.is_for_tasks() && who != Who::Anyone {
        ways.push(json!({ "task": [] }));
    }
    Value::from(ways)
}

fn parameters(route: &Route) -> Vec<Value> {
    let mut all = Vec::new();
    for name in route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        let mut schema = json!({ "type": "string" });
        if name == "collection" {
            schema["enum"] = Collection::ALL.map(Collection::name).to_vec().into();
        }
        all.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
    }
    let mut query = |name: &str, schema: Value, what: &str| {
        all.push(json!({
            "name": name, "in": "query", "required": false, "schema": schema, "description": what, "style": "form", "explode": false,
        }));
    };
    let text = || json!({ "type": "string" });
    match route.path {
        "/collections/{collection}/items" => {
            query(
                "limit",
                json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 }),
                "features of a page",
            );
            query(
                "offset",
                json!({ "type": "integer", "minimum": 0, "maximum": 10_000_000 }),
                "features left out before",
            );
            query(
                "bbox",
                json!({ "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" } }),
                "west,south,east,north",
            );
            query("datetime", text(), "RFC 3339 instant or interval, open ends as ..");
            query(
                "status",
                array(&Status::ALL.iter().map(|status| status.code()).collect::<Vec<_>>()),
                "states, events alone",
            );
            query("class", array(&["straw", "vegetation", "industrial", "solar", "unknown"]), "classes, events alone");
            query("confidence", array(&["low", "nominal", "high"]), "confidences, events alone");
            query("county", json!({ "type": "string", "pattern": "^[0-9]{6}$" }), "code of a county");
            query("triaged", json!({ "type": "boolean" }), "judged by a desk, events alone");
            query("open", json!({ "type": "boolean" }), "something is still to be done, events alone");
            query(
                "q",
                json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{0,64}$" }),
                "beginning of an id, events alone",
            );
            query("after", text(), "place in the list, from the link `next`");
            query("f", json!({ "type": "string", "enum": ["json", "geojson", "csv", "xlsx", "kml"] }), "format");
        }
        "/summary" => {
            query("hours", json!({ "type": "number", "minimum": 0.5, "maximum": 2208 }), "the last hours");
            query("from", json!({ "type": "string", "format": "date-time" }), "instead: from");
            query("to", json!({ "type": "string", "format": "date-time" }), "and to");
        }
        "/figures" => {
            let day = || json!({ "type": "string", "format": "date" });
            query("from", day(), "first day in Beijing");
            query("to", day(), "last day");
            query("area", text(), "code of a county");
            query(
                "by",
                json!({ "type": "string", "enum": ["county", "township", "day"] }),
                "of what the rows of a CSV are",
            );
            query("f", json!({ "type": "string", "enum": ["json", "csv"] }), "format");
        }
        "/events/{id}/evidence.zip" => {
            query("masked", json!({ "type": "string", "enum": ["0", "1"] }), "1: a copy for publishing");
        }
        "/events/{id}/photos/{photo}/original" if route.method == "PUT" => {
            all.push(json!({
                "name": "offset", "in": "query", "required": true, "schema": { "type": "integer", "minimum": 0 },
                "description": "where in the file the part begins",
            }));
        }
        "/intake" => {
            for (name, what) in [
                (SOURCE, "name of the sender in intake.sources"),
                (SIGNATURE, "sha256=HMAC-SHA256(secret, body) in hexadecimal"),
            ] {
                all.push(json!({
                    "name": name, "in": "header", "required": true, "schema": { "type": "string" }, "description": what,
                }));
            }
        }
        "/" => query("f", json!({ "type": "string", "enum": ["json"] }), "the landing page of the API"),
        _ => {}
    }
    if route.method == "POST" && route.path.starts_with("/events/{id}/") {
        all.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false, "schema": { "type": "string", "maxLength": 100 },
            "description": "the same key again is the same step again; a phone must send one",
        }));
    }
    all
}

fn array(codes: &[&str]) -> Value {
    json!({ "type": "array", "items": { "type": "string", "enum": codes } })
}

fn answer(route: &Route) -> Value {
    let kind = match route.path {
        "/collections/{collection}/items" | "/collections/{collection}/items/{id}" => "application/geo+json",
        "/live" => "text/event-stream",
        "/cameras/{id}/viewshed" => "application/geo+json",
        "/sightings/{id}/clip" => "video/mp4",
        "/events/{id}/imagery/{name}" => "image/png",
        "/sightings/{id}/image" | "/events/{id}/cameras/{camera}/{time_us}" => "image/*",
        "/api" => "text/html",
        "/metrics" => "text/plain",
        "/events/{id}/evidence.zip" => "application/zip",
        "/events/{id}/waypoint.kml" => "application/vnd.google-earth.kml+xml",
        path if path.ends_with("/small") || path.ends_with("/original") => "application/octet-stream",
        _ => "application/json",
    };
    if route.method == "GET" {
        return json!({ "description": route.what, "content": { kind: { "schema": {} } } });
    }
    json!({ "description": route.what })
}

fn body(route: &Route) -> Option<Value> {
    if route.method == "GET" || route.path == "/logout" || route.path.ends_with("/revoke") {
        return None;
    }
    let of = |kind: &str, schema: Value| json!({ "required": true, "content": { kind: { "schema": schema } } });
    let binary = json!({ "type": "string", "format": "binary" });
    Some(match route.path {
        "/roster" | "/shifts/import" => of("application/octet-stream", binary),
        path if route.method == "PUT" && path.ends_with("/small") => of("image/jpeg", binary),
        path if route.method == "PUT" && path.ends_with("/original") => of("application/octet-stream", binary),
        path => of("application/json", json!({ "$ref": format!("#/components/schemas/{}", schema_of(path)) })),
    })
}

fn schema_of(path: &str) -> &'static str {
    match path {
        "/shifts" => return "Shift",
        "/handovers" | "/handovers/{id}/sign" | "/handovers/{id}/refuse" => return "Signature",
        "/phone-log" => return "Call",
        "/reports" => return "ReportWanted",
        "/reports/{id}/correction" => return "Nothing",
        "/nil-reports/{report}/confirm" => return "Confirmation",
        "/calls" => return "Told",
        "/calls/{id}/place" => return "Place",
        path if path.starts_with("/phone-log/") || path.starts_with("/handovers/") => return "Said",
        _ => {}
    }
    match path.rsplit('/').next().unwrap_or_default() {
        "login" => "SignIn",
        "open" => "Open",
        "photos" => "Photo",
        "triage" => "Triage",
        "dispatch" => "Dispatch",
        "arrive" => "Arrive",
        "report" => "Report",
        "review" => "Review",
        "return" => "Return",
        "link" => "Link",
        "intake" => "Alarm",
        _ => "Note",
    }
}

fn schemas() -> Value {
    let text = || json!({ "type": "string", "maxLength": 2000 });
    let object = |required: &[&str], properties: Value| {
        let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        // an empty list is none in OpenAPI 3.0
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    };
    let time = || json!({ "type": "string", "format": "date-time" });
    let optional = |mut schema: Value| {
        schema["nullable"] = true.into();
        schema
    };
    let place = json!({
        "type": "object", "nullable": true, "required": ["lon", "lat"], "additionalProperties": false,
        "properties": {
            "lon": { "type": "number", "minimum": -180, "maximum": 180 }, "lat": { "type": "number", "minimum": -90, "maximum": 90 },
            "accuracy_m": { "type": "number", "nullable": true },
        },
    });
    let mut causes: Vec<Value> = Cause::ALL.iter().map(|cause| cause.code().into()).collect();
    causes.push(Value::Null);
    let cause = json!({ "type": "string", "nullable": true, "enum": causes });
    let finding =
        json!({ "type": "string", "enum": Finding::ALL.iter().map(|finding| finding.code()).collect::<Vec<_>>() });
    json!({
        "Problem": { "type": "object", "properties": { "type": text(), "title": text(), "status": { "type": "integer" }, "detail": text() } },
        "SignIn": object(&["name", "password"], json!({ "name": text(), "password": text(), "code": optional(text()) })),
        "Open": object(&["token"], json!({ "token": text() })),
        "Note": object(&[], json!({ "note": text(), "at": optional(time()) })),
        "Triage": object(&["outcome"], json!({
            "outcome": { "type": "string", "enum": ["confirm", "exclude"] }, "cause": cause, "note": text(), "at": optional(time()),
            "confirmed": { "type": "boolean" },
        })),
        "Dispatch": object(&["post"], json!({
            "post": text(), "note": text(), "hours": { "type": "number", "nullable": true }, "at": optional(time()),
        })),
        "Arrive": object(&[], json!({ "place": place, "note": text(), "at": optional(time()) })),
        "Report": object(&["finding"], json!({
            "finding": finding, "cause": cause, "note": text(), "photos": { "type": "array", "maxItems": 30, "items": { "type": "string" } },
            "place": place, "at": optional(time()),
        })),
        "Review": object(&["approve"], json!({ "approve": { "type": "boolean" }, "note": text(), "at": optional(time()) })),
        "Return": object(&["reason"], json!({
            "reason": { "type": "string", "enum": ["not_our_area", "other"] }, "note": text(), "at": optional(time()),
        })),
        "Link": object(&[], json!({ "post": optional(text()), "hours": { "type": "number", "nullable": true }, "note": text() })),
        "Alarm": alarm(),
        "Shift": object(&["from", "to", "person"], json!({
            "desk": optional(text()), "from": time(), "to": time(), "person": text(), "phone": text(),
            "duty": { "type": "string", "enum": ["值班员", "带班领导"] }, "account": optional(text()),
        })),
        "Signature": object(&["password"], json!({ "password": text(), "code": text(), "remark": text(), "from": optional(time()) })),
        "Call": object(&["direction", "said"], json!({
            "desk": optional(text()), "at": optional(time()), "direction": { "type": "string", "enum": ["in", "out"] }, "person": text(),
            "number": text(), "unit": text(), "event": optional(text()), "said": text(), "follow_by": optional(time()),
        })),
        "ReportWanted": object(&["kind"], json!({
            "kind": { "type": "string", "enum": ["daily", "weekly", "monthly"] }, "day": optional(text()), "area": optional(text()),
        })),
        "Nothing": object(&[], json!({})),
        "Said": object(&["said"], json!({ "said": text() })),
        "Told": told(),
        "Place": object(&["lon", "lat"], json!({
            "lon": { "type": "number", "minimum": -180, "maximum": 180 }, "lat": { "type": "number", "minimum": -90, "maximum": 90 },
            "datum": { "type": "string", "nullable": true, "enum": ["wgs84", "gcj02", null] },
            "position_error_m": { "type": "number", "nullable": true },
        })),
        "Confirmation": object(&["sentence"], json!({ "sentence": text(), "remark": text() })),
        "Photo": object(&["id", "sha256", "size", "mime", "taken_at"], json!({
            "id": { "type": "string", "format": "uuid" }, "sha256": { "type": "string", "pattern": "^[0-9a-fA-F]{64}$" },
            "size": { "type": "integer", "minimum": 1, "maximum": 41_943_040 },
            "mime": { "type": "string", "enum": ["image/jpeg", "image/png", "image/webp", "image/heic"] },
            "width": { "type": "integer", "nullable": true, "minimum": 0, "maximum": 4_294_967_295_u32 },
            "height": { "type": "integer", "nullable": true, "minimum": 0, "maximum": 4_294_967_295_u32 },
            "taken_at": time(), "lon": { "type": "number", "nullable": true }, "lat": { "type": "number", "nullable": true },
            "accuracy_m": { "type": "number", "nullable": true },
            "kind": { "type": "string", "nullable": true, "enum": ["far", "near", "traces", null] },
        })),
    })
}

/// What somebody told a desk.
fn told() -> Value {
    let text = |most: usize| json!({ "type": "string", "maxLength": most });
    let maybe = |mut schema: Value| {
        schema["nullable"] = true.into();
        schema
    };
    let number =
        |least: f64, most: f64| json!({ "type": "number", "minimum": least, "maximum": most, "nullable": true });
    json!({
        "type": "object", "required": ["id", "via", "who", "at", "kind"], "additionalProperties": false,
        "properties": {
            "id": { "type": "string", "minLength": 1, "maxLength": 200 }, "via": { "type": "string", "enum": ["hotline", "patrol", "neighbour"] },
            "who": text(100), "at": { "type": "string", "format": "date-time" }, "kind": { "type": "string", "enum": ["smoke", "flame", "hot"] },
            "lon": number(-180.0, 180.0), "lat": number(-90.0, 90.0), "position_error_m": number(1.0, 20_000.0),
            "datum": { "type": "string", "nullable": true, "enum": ["wgs84", "gcj02", null] }, "event": maybe(text(100)),
            "place": text(100), "said": text(2000), "person": text(100), "number": text(40), "picture": maybe(text(8 << 20)),
            "follow_by": { "type": "string", "format": "date-time", "nullable": true },
        },
    })
}

/// An alarm of another platform; more pieces are kept and not read.
fn alarm() -> Value {
    let number =
        |least: f64, most: f64| json!({ "type": "number", "minimum": least, "maximum": most, "nullable": true });
    let text = |most: usize| json!({ "type": "string", "maxLength": most, "nullable": true });
    json!({
        "type": "object", "required": ["id", "time", "kind"], "additionalProperties": true,
        "description": "with lon and lat, or with camera_lon, camera_lat and azimuth_deg (and range_m, for a place)",
        "properties": {
            "id": { "type": "string", "minLength": 1, "maxLength": 200 }, "time": { "type": "string", "format": "date-time" },
            "kind": { "type": "string", "enum": ["smoke", "flame", "hot"] }, "camera": text(100), "score": number(0.0, 1.0),
            "datum": { "type": "string", "nullable": true, "enum": ["wgs84", "gcj02", null] },
            "lon": number(-180.0, 180.0), "lat": number(-90.0, 90.0), "position_error_m": number(1.0, 20_000.0),
            "camera_lon": number(-180.0, 180.0), "camera_lat": number(-90.0, 90.0), "azimuth_deg": number(0.0, 360.0),
            "elevation_deg": number(-90.0, 90.0), "range_m": number(1.0, 100_000.0), "picture": text(8 << 20), "picture_url": text(2000),
            "simulated": { "type": "boolean", "nullable": true },
        },
    })
}
