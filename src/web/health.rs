//! Whether it runs, for those that watch it.

use super::app::App;
use super::problem::{Answer, Problem};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The server runs.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The store answers.
pub async fn ready(State(app): State<Arc<App>>) -> Response {
    match app.store.changes().await {
        Ok(_) => Json(json!({ "status": "ok" })).into_response(),
        Err(error) => {
            tracing::error!("{error}");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "store out of reach" }))).into_response()
        }
    }
}

/// Numbers, for a Prometheus on this machine: how many cases there are is nobody else's business.
pub async fn metrics(
    State(app): State<Arc<App>>,
    connection: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Answer<Response> {
    let is_here = connection.is_some_and(|Extension(connection)| connection.0.ip().is_loopback());
    if !is_here || headers.contains_key("x-forwarded-for") {
        return Err(Problem::forbidden("只在本机提供"));
    }
    let mut text = String::from("# TYPE strawfire_notices gauge\n");
    for (sink, status, count) in app.store.counts().await? {
        let sink = sink.replace(['\\', '"', '\n'], "_");
        text += &format!("strawfire_notices{{sink=\"{sink}\",state=\"{}\"}} {count}\n", status.name());
    }
    text += "# TYPE strawfire_changes counter\n";
    text += &format!("strawfire_changes {}\n", app.store.changes().await?);
    text += "# TYPE strawfire_live_clients gauge\n";
    text += &format!("strawfire_live_clients {}\n", app.live.clients.load(Ordering::Relaxed));
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
