//! 督办: what is late or due soon, whose it is, and who was told.

use crate::store::{Awaited, Post, Shown};
use crate::time::Utc;
use crate::web::app::App;
use crate::web::features;
use crate::web::gate::Principal;
use crate::web::problem::Answer;
use crate::web::tasks;
use axum::extract::State;
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is due within so many minutes is shown as well.
const SOON_MIN: f64 = 60.0;
/// Rows at most.
const MOST: i64 = 500;

/// The list, what is latest first.
pub async fn list(State(app): State<Arc<App>>, Extension(asks): Extension<Principal>) -> Answer<Json<Value>> {
    let now = app.now();
    let until = now.plus_seconds(60.0 * SOON_MIN).unwrap_or(now);
    let duty = tasks::duty(&app, &app.actor(&asks.doer.who, &asks.address));
    let awaited = app.store.due_before(&asks.scope, until, MOST).await?;
    // all of them by a few questions: one a row would be asked hundreds of times by every desk that looks
    let ids: Vec<String> = awaited.iter().map(|awaited| awaited.event.clone()).collect();
    let shown = app.store.events_of(&asks.scope, &ids).await?;
    let codes: BTreeSet<String> = awaited.iter().filter_map(|awaited| awaited.post.clone()).collect();
    let posts = app.store.posts_of(&codes.into_iter().collect::<Vec<_>>()).await?;
    let described = features::events(&app.store, &shown, now).await?;
    let by_id: BTreeMap<&str, (&Shown, &Value)> =
        shown.iter().zip(&described).map(|(shown, event)| (shown.stored.event.id.as_str(), (shown, event))).collect();
    let rows: Vec<Value> = awaited
        .iter()
        .filter_map(|awaited| {
            let (shown, event) = by_id.get(awaited.event.as_str())?;
            let post = posts.iter().find(|post| Some(&post.code) == awaited.post.as_ref());
            let unit = duty.holder(awaited.deadline.step, &shown.stored.event, post);
            Some(json!({ "event": event, "waits": row(&app, awaited, (post, unit), now) }))
        })
        .collect();
    Ok(Json(json!({ "now": now, "soon_min": SOON_MIN, "rows": rows })))
}

fn row(app: &App, awaited: &Awaited, (post, unit): (Option<&Post>, String), now: Utc) -> Value {
    let deadline = awaited.deadline;
    json!({
        "step": deadline.step.code(), "since": deadline.since, "due": deadline.due, "late_s": now.seconds_since(deadline.due),
        "units_told": awaited.units, "on_duty": post.and_then(|post| post.on_duty(now.beijing_minute())),
        "unit": unit,
        "township": post.and_then(|post| app.ground.township(&post.township)),
    })
}
