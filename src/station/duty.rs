//! The desk's own work, done while the station runs: rules that give events to posts, clocks, reminders, supervision.

use super::jobs::until_stopped;
use super::round::Running;
use crate::error::Result;
use crate::pipeline::duty::{Duty, public_url, townships};
use crate::store::{Actor, Store};
use std::time::Duration;
use tokio::sync::watch;

/// Pause between two rounds.
const TICK: Duration = Duration::from_secs(3);
/// Pause after the store failed.
const STORE_AGAIN: Duration = Duration::from_secs(15);

/// Works until told to stop.
pub fn keep(running: &Running<'_>, stop: watch::Receiver<bool>) {
    until_stopped(serve(running), stop, "no clock of a case runs");
}

async fn serve(running: &Running<'_>) {
    // opened once: another file that is put in its place is not ours to work with
    let mut store = None;
    loop {
        if let Err(error) = rounds(running, &mut store).await {
            tracing::error!("{error}; the clocks of cases wait for {} s", STORE_AGAIN.as_secs());
        }
        tokio::time::sleep(STORE_AGAIN).await;
    }
}

async fn rounds(running: &Running<'_>, opened: &mut Option<Store>) -> Result<()> {
    let store: &Store = match opened {
        Some(store) => store,
        None => opened.insert(Store::open_existing(running.site.store_url.as_deref().unwrap_or_default()).await?),
    };
    let duty = Duty {
        store,
        site: running.site,
        public_url: &public_url(running.site),
        thresholds: &running.settings.thresholds.notice,
        townships: &townships(running.site)?,
        actor: Actor { who: "值班台".to_string(), ..running.actor.clone() },
    };
    loop {
        let done = duty.round(running.clock.now()).await?;
        if done.dispatched + done.reminded + done.supervised > 0 {
            tracing::info!(
                "cases: {} given to posts by rules, {} reminders, {} supervised",
                done.dispatched,
                done.reminded,
                done.supervised
            );
        }
        tokio::time::sleep(TICK).await;
    }
}
