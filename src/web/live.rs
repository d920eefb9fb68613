//! Changes as they happen, as server-sent events. Scans and deliveries are other processes: the store is asked once a second what
//! changed, once for all who listen, and each is told of what they may see.

use super::app::App;
use super::features;
use super::gate::{Kind, Principal, is_still_known};
use super::problem::{Answer, Problem};
use crate::pipeline::keep::note_head;
use crate::store::{Asked, Scope};
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde_json::json;
use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::broadcast::{Receiver, Sender, channel, error::RecvError};

/// What changed, as it changes.
pub struct Live {
    sender: Sender<Arc<Change>>,
    /// Who listens.
    pub clients: AtomicUsize,
}

/// A change.
struct Change {
    seq: i64,
    kind: &'static str,
    /// Event, and the areas that it concerns; none: everybody.
    event: Option<(String, HashSet<String>)>,
    data: String,
}

/// Pause between two questions to the store.
const EVERY: Duration = Duration::from_secs(1);
/// Every so many questions the head of the audit is noted outside of the store.
const HEAD_NOTED: u64 = 60;
/// Whether who listens is still known is asked this often.
const CHECKED: Duration = Duration::from_secs(10);
/// Sign of life for those who listen.
const ALIVE: Duration = Duration::from_secs(15);
/// Changes that are told one by one; after more the list is to be read again.
const AT_ONCE: i64 = 500;
/// Who listens at most.
const MOST: usize = 2000;

impl Default for Live {
    fn default() -> Self {
        Live { sender: channel(1024).0, clients: AtomicUsize::new(0) }
    }
}

/// Asks the store what changed, for ever.
pub async fn watch(app: Arc<App>) {
    let mut last = app.store.changes().await.unwrap_or(0);
    let (mut looked, mut seconds) = (None, 0_u64);
    loop {
        tokio::time::sleep(EVERY).await;
        seconds += 1;
        if seconds.is_multiple_of(HEAD_NOTED) {
            note_head(&app.store, &app.site, app.now(), false).await;
        }
        match step(&app, last, &mut looked).await {
            Ok(seq) => last = seq,
            Err(error) => tracing::warn!("live: {error}"),
        }
    }
}

async fn step(app: &App, last: i64, looked: &mut Option<crate::time::Utc>) -> crate::error::Result<i64> {
    let now = app.store.changes().await?;
    if now == last {
        return Ok(last);
    }
    let changed = app.store.changed_events(last, AT_ONCE).await?;
    if changed.len() as i64 == AT_ONCE {
        app.live.tell(Change { seq: now, kind: "reload", event: None, data: "{}".into() });
        return Ok(now);
    }
    let ids: Vec<String> = changed.iter().map(|shown| shown.stored.event.id.clone()).collect();
    let reach = app.store.reach_of(&ids).await?;
    let features = features::events(&app.store, &changed, app.now()).await?;
    for (shown, feature) in changed.iter().zip(features) {
        let id = &shown.stored.event.id;
        let areas = reach.iter().filter(|(event, _)| event == id).map(|(_, area)| area.clone()).collect();
        let data = feature.to_string();
        app.live.tell(Change { seq: shown.seq, kind: "changed", event: Some((id.clone(), areas)), data });
    }
    let latest = app.store.list_coverage(&Scope::all(), &Asked { limit: 1, ..Asked::default() }).await?.pop();
    if let Some(look) = latest.filter(|look| looked.is_none_or(|known| look.time > known)) {
        *looked = Some(look.time);
        let data = json!({ "time": look.time, "satellite": look.satellite }).to_string();
        app.live.tell(Change { seq: now, kind: "look", event: None, data });
    }
    Ok(now)
}

impl Live {
    fn tell(&self, change: Change) {
        // nobody listens: nobody misses it
        let _ = self.sender.send(Arc::new(change));
    }
}

/// Counts who listens, for as long as they do.
struct Listener {
    app: Arc<App>,
    kind: Kind,
    checked: Instant,
    receiver: Receiver<Arc<Change>>,
    scope: Scope,
    first: Vec<Event>,
    sent: i64,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.app.live.clients.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The stream.
pub async fn stream(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    headers: HeaderMap,
) -> Answer<Sse<impl Stream<Item = std::result::Result<Event, Infallible>>>> {
    if app.live.clients.fetch_add(1, Ordering::Relaxed) >= MOST {
        app.live.clients.fetch_sub(1, Ordering::Relaxed);
        return Err(Problem::too_many(30));
    }
    let receiver = app.live.sender.subscribe();
    let listener = Listener {
        app: Arc::clone(&app),
        kind: asks.kind.clone(),
        checked: Instant::now(),
        receiver,
        scope: asks.scope.clone(),
        first: Vec::new(),
        sent: 0,
    };
    let listener = begun(listener, &headers).await?;
    let events = unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE)))
}

/// What is said first: a greeting, and what was missed since the last id that the browser saw.
async fn begun(mut listener: Listener, headers: &HeaderMap) -> Answer<Listener> {
    let app = Arc::clone(&listener.app);
    let now = app.store.changes().await?;
    let hello = json!({ "now": app.now() }).to_string();
    listener.first.push(Event::default().event("hello").id(now.to_string()).data(hello));
    listener.sent = now;
    let last: Option<i64> = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    if let Some(last) = last.filter(|last| *last < now) {
        let missed = app.store.changed_events(last, AT_ONCE).await?;
        if missed.len() as i64 == AT_ONCE {
            listener.first.push(Event::default().event("reload").id(now.to_string()).data("{}"));
            return Ok(listener);
        }
        let mut seen = Vec::new();
        for shown in &missed {
            // asked again within what may be seen
            seen.extend(app.store.event(&listener.scope, &shown.stored.event.id).await?);
        }
        for (shown, feature) in seen.iter().zip(features::events(&app.store, &seen, app.now()).await?) {
            let id = shown.seq.to_string();
            listener.first.push(Event::default().event("changed").id(id).data(feature.to_string()));
        }
    }
    listener.first.reverse();
    Ok(listener)
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.first.pop() {
            return Some(event);
        }
        loop {
            if self.checked.elapsed() > CHECKED {
                self.checked = Instant::now();
                // whoever was signed out or shut out meanwhile hears no more
                if !is_still_known(&self.app, &self.kind).await {
                    return None;
                }
            }
            let Ok(received) = tokio::time::timeout(CHECKED, self.receiver.recv()).await else { continue };
            match received {
                Ok(change) if change.seq > self.sent && self.may_see(&change) => {
                    return Some(Event::default().event(change.kind).id(change.seq.to_string()).data(&change.data));
                }
                Ok(_) => {}
                // too slow for all that happened: the list is to be read again
                Err(RecvError::Lagged(_)) => return Some(Event::default().event("reload").data("{}")),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn may_see(&self, change: &Change) -> bool {
        let Some((event, concerned)) = &change.event else { return true };
        match (&self.scope.event, &self.scope.areas) {
            (Some(own), _) => own == event,
            (None, None) => true,
            (None, Some(own)) => own.iter().any(|area| concerned.contains(area)),
        }
    }
}
