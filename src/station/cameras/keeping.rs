//! From what cameras saw to the store and to the desk, and from the store to the cameras: new fires. On a thread of its own: a store that
//! is slow or away keeps no camera from being looked at.

use super::spool::Spool;
use super::{Came, FRESH_S};
use crate::deliver::unplaced::unplaced;
use crate::error::{Error, Result};
use crate::fire::{FireEvent, FirePixel};
use crate::pipeline::keep::{Keeper, Seen, runtime};
use crate::pipeline::{Settings, place_and_screen, screen_by_place};
use crate::sighting::Sighting;
use crate::station::round::Running;
use crate::store::{CameraLook, Store};
use crate::thresholds::Profile;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::Sender;

/// What is to be kept.
pub enum ToKeep {
    /// A sighting, which waits in the spool.
    Sighting(Sighting),
    /// What a camera showed that was asked to look.
    Look(CameraLook),
}

/// Pauses after the store failed.
const STORE_AGAIN: Duration = Duration::from_secs(5);
/// How often is looked after what does not come by itself.
const TICK: Duration = Duration::from_secs(1);
/// How often the store is asked for new fires.
const ASK: Duration = Duration::from_secs(5);
/// Changes that are looked through at the start, and at a time.
const CHANGES: i64 = 500;

/// Keeps what comes, with what waits from before, until nothing more can come; tells of new fires.
pub fn keep(running: &Running<'_>, spool: Spool, to_keep: Receiver<ToKeep>, came: &Sender<Came>) {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return tracing::error!("{error}: what cameras see waits in the spool"),
    };
    let mut keeping = Keeping {
        running,
        settings: Settings { profile: Profile::Reference, ground: None, baseline: None, ..*running.settings },
        runtime,
        waiting: spool.waiting(),
        looks: Vec::new(),
        spool,
        keeper: None,
        store: None,
        rest: None,
        seen: None,
    };
    let mut asked: Option<Instant> = None;
    loop {
        let next = to_keep.recv_timeout(TICK);
        let is_over = matches!(next, Err(RecvTimeoutError::Disconnected));
        next.into_iter().chain(to_keep.try_iter()).for_each(|to_keep| keeping.add(to_keep));
        if is_over {
            keeping.rest = None;
        }
        keeping.keep();
        if is_over {
            return;
        }
        if asked.is_none_or(|asked| asked.elapsed() >= ASK) {
            asked = Some(Instant::now());
            let fires = keeping.new_fires();
            if !fires.is_empty() && came.blocking_send(Came::Fires(fires)).is_err() {
                tracing::debug!("no camera is looked at any more");
            }
        }
    }
}

struct Keeping<'a> {
    running: &'a Running<'a>,
    settings: Settings<'a>,
    runtime: Runtime,
    spool: Spool,
    /// What the store has not taken yet.
    waiting: VecDeque<Sighting>,
    looks: Vec<CameraLook>,
    keeper: Option<Keeper<'a>>,
    store: Option<Store>,
    /// Until when the store is left alone.
    rest: Option<Instant>,
    /// Number of the last change that was looked through.
    seen: Option<i64>,
}

impl Keeping<'_> {
    fn add(&mut self, to_keep: ToKeep) {
        match to_keep {
            ToKeep::Sighting(sighting) => self.waiting.push_back(sighting),
            ToKeep::Look(look) => self.looks.push(look),
        }
    }

    fn rests(&self) -> bool {
        self.rest.is_some_and(|rest| Instant::now() < rest)
    }

    /// Gives the store what it has not taken yet, the oldest first.
    fn keep(&mut self) {
        if self.rests() {
            return;
        }
        while let Some(sighting) = self.waiting.front().cloned() {
            if let Err(error) = self.take(&sighting) {
                return self.store_failed(&error);
            }
            self.waiting.pop_front();
            // the same may wait once more, with a better place
            if !self.waiting.iter().any(|other| other.id == sighting.id) {
                self.spool.taken(&sighting);
            }
        }
        if !self.looks.is_empty() {
            let looks = std::mem::take(&mut self.looks);
            if let Err(error) = self.take_looks(&looks) {
                self.looks = looks;
                return self.store_failed(&error);
            }
        }
        self.rest = None;
    }

    fn store_failed(&mut self, error: &Error) {
        tracing::error!(
            "{error}; what cameras see waits, and is given to the store again in {} s",
            STORE_AGAIN.as_secs()
        );
        // one that failed is opened anew: it may be another file by now
        (self.keeper, self.store) = (None, None);
        self.rest = Some(Instant::now() + STORE_AGAIN);
    }

    /// Fires that are new or changed, seen not long ago by something else than a camera of ours.
    fn new_fires(&mut self) -> Vec<FireEvent> {
        if self.rests() {
            return Vec::new();
        }
        match self.changed() {
            Ok(fires) => fires,
            Err(error) => {
                self.store_failed(&error);
                Vec::new()
            }
        }
    }

    fn changed(&mut self) -> Result<Vec<FireEvent>> {
        let url = self.running.site.store_url.as_deref().unwrap_or_default();
        let (store, seen) = (&mut self.store, &mut self.seen);
        let changed = self.runtime.block_on(async {
            let store = match store {
                Some(store) => store,
                None => store.insert(Store::open_existing(url).await?),
            };
            let after = match *seen {
                Some(seen) => seen,
                None => (store.changes().await? - CHANGES).max(0),
            };
            store.changed_events(after, CHANGES).await
        })?;
        *seen = changed.last().map(|shown| shown.seq).or(*seen);
        let (site, now) = (self.running.site, self.running.clock.now());
        let is_camera = |source: &String| site.cameras.iter().any(|camera| camera.id == *source);
        let is_wanted = |event: &FireEvent| {
            let is_real = !event.simulated || site.delivery.allow_simulated;
            let is_fresh = now.seconds_since(event.last_seen) <= FRESH_S;
            is_real && is_fresh && !event.sources.iter().all(is_camera)
        };
        let open = changed.into_iter().filter(|shown| shown.stored.open).map(|shown| shown.stored.event);
        Ok(open.filter(is_wanted).collect())
    }

    fn take(&mut self, sighting: &Sighting) -> Result<()> {
        let now = self.running.clock.now();
        let fires = self.detections(sighting);
        let told = if fires.is_empty() { unplaced(self.running.site, sighting, now) } else { Vec::new() };
        let seen = Seen { sightings: std::slice::from_ref(sighting), fires: &fires, told: &told, ..Seen::default() };
        if self.keeper.is_none() {
            let running = self.running;
            // the keeper lives as long as what it is made of
            self.keeper = Keeper::open_existing(running.actor.clone(), running.settings, running.territory)?;
        }
        // without a store it goes on waiting in the spool
        let Some(keeper) = &self.keeper else {
            return Err(Error::config("store.url", "nothing", "an address of a store", "set it"));
        };
        keeper.take_sightings(&seen, now).map(|_| ())
    }

    fn take_looks(&mut self, looks: &[CameraLook]) -> Result<()> {
        let url = self.running.site.store_url.as_deref().unwrap_or_default();
        let store = &mut self.store;
        self.runtime.block_on(async {
            let store = match store {
                Some(store) => store,
                None => store.insert(Store::open_existing(url).await?),
            };
            let mut write = store.write().await?;
            for look in looks {
                write.put_camera_look(look).await?;
            }
            write.commit().await
        })
    }

    /// A sighting with a place as a detection, judged as those of others are.
    fn detections(&self, sighting: &Sighting) -> Vec<FirePixel> {
        let mut fires: Vec<FirePixel> = sighting.as_detection().into_iter().collect();
        let camera = sighting.camera.as_deref().unwrap_or("camera");
        fires
            .iter_mut()
            .for_each(|fire| fire.granule = format!("{camera}_{}_{}", sighting.time.compact(), sighting.id));
        place_and_screen(&mut fires, &self.settings);
        if let Err(error) = screen_by_place(&mut fires, &self.settings) {
            tracing::error!("{error}");
        }
        fires
    }
}
