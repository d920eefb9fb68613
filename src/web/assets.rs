//! The pages and what they are made of, part of the program.

use super::app::App;
use super::problem::Problem;
use super::secrets;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The files of the pages, part of the program.
#[derive(rust_embed::RustEmbed)]
#[folder = "src/web/assets/"]
struct Assets;

/// The page at `/login`.
pub async fn login(headers: HeaderMap) -> Response {
    file("login.html", &headers)
}

/// The wall.
pub async fn wall(headers: HeaderMap) -> Response {
    file("wall.html", &headers)
}

/// The desk's work beside the map.
pub async fn desk(headers: HeaderMap) -> Response {
    file("desk.html", &headers)
}

/// The page of a task.
pub async fn task(headers: HeaderMap) -> Response {
    file("task.html", &headers)
}

/// The page of the API.
pub async fn api(headers: HeaderMap) -> Response {
    file("api.html", &headers)
}

/// What keeps the page of a task when there is no signal.
pub async fn worker(headers: HeaderMap) -> Response {
    let mut response = file("sw.js", &headers);
    response.headers_mut().insert("service-worker-allowed", HeaderValue::from_static("/task"));
    response
}

/// A file by its name.
pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    file(&name, &headers)
}

/// The map.
pub fn index(headers: &HeaderMap) -> Response {
    file("index.html", headers)
}

/// No such address.
pub async fn nothing(State(_): State<Arc<App>>) -> Response {
    Problem::not_found().into_response()
}

fn file(name: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = Assets::get(name) else {
        return Problem::not_found().into_response();
    };
    let tag = format!("\"{}\"", &secrets::hex(&asset.metadata.sha256_hash())[..16]);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|sent| sent.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    // a new version of the program is there at once: what did not change is asked for, and not sent again
    let fixed = [(header::CONTENT_TYPE, kind(name)), (header::CACHE_CONTROL, "no-cache")];
    (fixed, [(header::ETAG, tag)], asset.data).into_response()
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json" | "webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
