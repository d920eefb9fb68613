//! What `strawfire site check` says of the duty desk.

use super::{Line, Mark, PATIENCE};
use crate::pipeline::duty::check::check;
use crate::site::Site;
use crate::store::{Post, Scope, Store};
use crate::time::Utc;

/// All lines about the desk; of a site that names nothing for it one alone.
pub async fn lines(site: &Site, now: Utc) -> Vec<Line> {
    let posts = roster(site).await;
    let found = match check(site, posts.as_deref(), now) {
        Ok(found) => found,
        Err(error) => return vec![(Mark::Wrong, format!("desk: {error}"))],
    };
    let desk = &site.desk;
    let said =
        format!("desk: {} rules of dispatch, {} units with sinks of their own", desk.rules.len(), desk.tell.len());
    let mark = if found.faults.is_empty() { Mark::Works } else { Mark::Told };
    let faults = found.faults.into_iter().map(|fault| (Mark::Wrong, fault));
    let absent = found.ended.into_iter().chain(found.unchecked).map(|what| (Mark::Absent, what));
    std::iter::once((mark, said)).chain(faults).chain(absent).collect()
}

/// The roster of the store; `None` where there is no store yet, or it does not answer.
async fn roster(site: &Site) -> Option<Vec<Post>> {
    let url = site.store_url.as_deref()?;
    let work = async {
        let store = Store::open_existing(url).await.ok()?;
        let posts = store.posts(&Scope::all()).await.ok();
        store.close().await;
        posts
    };
    tokio::time::timeout(PATIENCE, work).await.ok()?
}
