//! Whether it runs, for those that watch it.

use super::app::App;
use super::problem::{Answer, Problem};
use crate::error::{Error, Result};
use crate::station::gauges::{Gauges, label};
use crate::store::{SlotState, Store};
use crate::time::{Clock, Utc};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::net::TcpListener;

/// The server runs.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The store answers, and the station of this process, where there is one, works.
pub async fn ready(State(app): State<Arc<App>>) -> Response {
    readiness(&app.store, app.gauges.as_deref()).await
}

async fn readiness(store: &Store, gauges: Option<&Gauges>) -> Response {
    let moved = store.in_place().err().map(|error| ("store moved away", error));
    let lost = match moved {
        None => store.changes().await.err().map(|error| ("store out of reach", error)),
        moved => moved,
    };
    if let Some((status, error)) = lost {
        tracing::error!("{error}");
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": status }))).into_response();
    }
    match gauges.and_then(Gauges::not_ready) {
        None => Json(json!({ "status": "ok" })).into_response(),
        Some(why) => {
            tracing::error!("not ready: {why}");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "station in trouble" }))).into_response()
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
    let mut text = numbers(&app.store, app.gauges.as_deref(), app.now()).await?;
    let clients = app.live.clients.load(Ordering::Relaxed);
    let _ = writeln!(text, "# TYPE strawfire_live_clients gauge\nstrawfire_live_clients {clients}");
    Ok(rendered(text))
}

fn rendered(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// All that the store and the station say of themselves, as Prometheus reads it.
async fn numbers(store: &Store, gauges: Option<&Gauges>, now: Utc) -> Result<String> {
    let mut text = format!(
        "# TYPE strawfire_build_info gauge\nstrawfire_build_info{{version=\"{}\"}} 1\n",
        env!("CARGO_PKG_VERSION")
    );
    text += "# TYPE strawfire_notices gauge\n";
    for (sink, status, count) in store.counts().await? {
        let _ = writeln!(text, "strawfire_notices{{sink=\"{}\",state=\"{}\"}} {count}", label(&sink), status.name());
    }
    text += "# TYPE strawfire_notice_age_seconds gauge\n";
    for (sink, due) in store.oldest_due(now).await? {
        let _ =
            writeln!(text, "strawfire_notice_age_seconds{{sink=\"{}\"}} {:.0}", label(&sink), now.seconds_since(due));
    }
    let _ = writeln!(text, "# TYPE strawfire_changes counter\nstrawfire_changes {}", store.changes().await?);
    catalogue(&mut text, store, now).await?;
    watched(&mut text, store, now).await?;
    text.extend(gauges.map(Gauges::render));
    Ok(text)
}

async fn catalogue(text: &mut String, store: &Store, now: Utc) -> Result<()> {
    const DAY_S: f64 = 86_400.0;
    let counts = store.slot_counts(now.plus_seconds(-DAY_S).unwrap_or(now), now).await?;
    let satellites: std::collections::BTreeSet<&String> = counts.keys().map(|(satellite, _)| satellite).collect();
    *text += "# TYPE strawfire_slots gauge\n";
    for satellite in satellites {
        for state in SlotState::ALL {
            let count = counts.get(&(satellite.clone(), state)).copied().unwrap_or(0);
            let (satellite, state) = (label(satellite), state.name());
            let _ = writeln!(text, "strawfire_slots{{satellite=\"{satellite}\",state=\"{state}\"}} {count}");
        }
    }
    let newest = store.newest_scans().await?;
    let unix = |time: Utc| time.micros() / 1_000_000;
    *text += "# TYPE strawfire_newest_slot_timestamp_seconds gauge\n";
    for (satellite, slot, _) in &newest {
        let _ = writeln!(
            text,
            "strawfire_newest_slot_timestamp_seconds{{satellite=\"{}\"}} {}",
            label(satellite),
            unix(*slot)
        );
    }
    *text += "# TYPE strawfire_newest_scan_timestamp_seconds gauge\n";
    for (satellite, _, scan) in &newest {
        let _ = writeln!(
            text,
            "strawfire_newest_scan_timestamp_seconds{{satellite=\"{}\"}} {}",
            label(satellite),
            unix(*scan)
        );
    }
    Ok(())
}

async fn watched(text: &mut String, store: &Store, now: Utc) -> Result<()> {
    *text += "# TYPE strawfire_job_success_timestamp_seconds gauge\n";
    for (job, at) in store.job_successes().await? {
        let _ = writeln!(
            text,
            "strawfire_job_success_timestamp_seconds{{task=\"{}\"}} {}",
            label(&job),
            at.micros() / 1_000_000
        );
    }
    *text += "# TYPE strawfire_job_failed gauge\n";
    for job in store.jobs_done(now).await? {
        let _ = writeln!(text, "strawfire_job_failed{{task=\"{}\"}} {}", label(&job.name), u8::from(!job.is_done));
    }
    *text += "# TYPE strawfire_alarm gauge\n";
    for alarm in store.alarms(now).await?.iter().filter(|alarm| alarm.over.is_none()) {
        let _ = writeln!(text, "strawfire_alarm{{alarm=\"{}\"}} 1", label(&alarm.name));
    }
    Ok(())
}

/// What is watched of a station whose page is served by another process.
struct Watched {
    store: Store,
    gauges: Arc<Gauges>,
    clock: Clock,
}

/// Serves `/healthz`, `/readyz` and `/metrics` alone, until told to end.
///
/// # Errors
/// [`Error::Config`] where the address is taken.
pub async fn serve_numbers(
    listen: &str,
    store: Store,
    gauges: Arc<Gauges>,
    clock: Clock,
    end: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        let found = format!("{listen}: {error}");
        Error::config("station.listen", found, "an address and port that are free", "choose another one")
    })?;
    let router =
        Router::new()
            .route("/healthz", get(alive))
            .route(
                "/readyz",
                get(|State(watched): State<Arc<Watched>>| async move {
                    readiness(&watched.store, Some(&watched.gauges)).await
                }),
            )
            .route("/metrics", get(of_watched))
            .with_state(Arc::new(Watched { store, gauges, clock }));
    axum::serve(listener, router).with_graceful_shutdown(end).await.map_err(|error| Error::output(listen, error))
}

async fn of_watched(State(watched): State<Arc<Watched>>) -> Response {
    match numbers(&watched.store, Some(&watched.gauges), watched.clock.now()).await {
        Ok(text) => rendered(text),
        Err(error) => {
            tracing::error!("{error}");
            // what needs no store is said all the same
            rendered(watched.gauges.render())
        }
    }
}
