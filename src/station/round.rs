//! The round that the station goes: what was seen is taken into the catalogue, what is ready goes to the workers, newest first, and what
//! did not come in time is missing.

use super::Rules;
use super::alarm_files;
use super::alarms::{self, Watched};
use super::arrive::{self, Arrival};
use super::cameras::{self, Ailing, Eyes};
use super::duty;
use super::expect::expect;
use super::fetch;
use super::firms;
use super::folder::{self, Folder, Told};
use super::gauges::Gauges;
use super::jobs;
use super::ready::{self, Next};
use super::work::{self, Bench, Done, Task};
use super::workers::Workers;
use crate::assign::territory::Territory;
use crate::detect;
use crate::error::{Error, Result};
use crate::pipeline::Settings;
use crate::schedule::Tles;
use crate::site::{Inbox, Site, Source};
use crate::store::{Actor, Delivered, Deliverer, Right, Slot, SlotState, Store};
use crate::time::{Clock, Utc};
use futures_util::future::join_all;
use glob::Pattern;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

/// What the station works with.
pub struct Running<'a> {
    /// The site.
    pub site: &'a Site,
    /// What scanning needs.
    pub settings: &'a Settings<'a>,
    /// Townships, cells and posts.
    pub territory: &'a Territory,
    /// Who works, for the audit.
    pub actor: Actor,
    /// What time it is.
    pub clock: Clock,
    /// What is measured.
    pub gauges: &'a Gauges,
    /// What cameras are looked at with; `None`: they are not.
    pub eyes: Option<&'a Eyes>,
}

/// What is told by an inbox.
pub enum Seen {
    /// Files, new or seen before.
    Files(Vec<Arrival>),
    /// It was looked into, and all that is there was told.
    LookedInto(String),
    /// It cannot be looked into, and why.
    OutOfReach(String, String),
}

/// Pause between two rounds when nothing happens.
const TICK: Duration = Duration::from_secs(1);
/// What may be wrong is looked for so often.
const LOOK_AROUND: Duration = Duration::from_secs(5);
/// Pause after a fault.
const FAULT_AGAIN: Duration = Duration::from_secs(5);
/// When all is to end a scan has so long to end.
const LAST_SCAN: Duration = Duration::from_secs(20);
/// Pauses after the store failed, doubled from the first to the longest.
const STORE_AGAIN: Duration = Duration::from_secs(1);
const STORE_AGAIN_LONGEST: Duration = Duration::from_secs(30);
/// Works until told to stop; what is being scanned then is finished.
///
/// # Errors
/// [`Error::Config`] where the site has no store; [`Error::Store`] where the store cannot be opened.
pub fn run(
    running: &Running<'_>,
    runtime: &Runtime,
    stop: watch::Receiver<bool>,
    started: impl FnOnce(),
) -> Result<()> {
    let url = running.site.store_url.as_ref().ok_or_else(|| {
        Error::config(
            "site.toml: store.url",
            "nothing",
            "an address of a store",
            "set it: the station keeps its catalogue there",
        )
    })?;
    let store = runtime.block_on(Store::open(url))?;
    let _held = store.hold();
    let alone = runtime.block_on(store.alone(Right::Station))?.ok_or_else(|| Error::Store {
        store: store.name(),
        reason: "another station works with it".to_string(),
        advice: "stop that one, or give this site a store of its own".to_string(),
    })?;
    let bench = Bench {
        settings: running.settings,
        territory: running.territory,
        actor: running.actor.clone(),
        clock: running.clock,
        gauges: running.gauges,
    };
    let folders = folders_of(running);
    std::thread::scope(|scope| {
        let (seen, to_see) = mpsc::channel(64);
        let (done, to_end) = mpsc::channel(64);
        let mut workers = Workers::default();
        for _ in 0..running.site.station.workers {
            let (tasks, to_do) = mpsc::channel(1);
            let (bench, done) = (&bench, done.clone());
            scope.spawn(move || work::work(bench, to_do, &done));
            workers.add(tasks);
        }
        for folder in &folders {
            let (seen, stop) = (seen.clone(), stop.clone());
            scope.spawn(move || {
                folder::watch(folder, &|| *stop.borrow(), |told| {
                    seen.blocking_send(seen_of(&folder.name, told)).is_ok()
                })
            });
        }
        for inbox in running.site.inboxes.iter().filter(|inbox| matches!(inbox.source, Source::Firms { .. })) {
            let (seen, stop) = (seen.clone(), stop.clone());
            scope.spawn(move || firms::watch(running, inbox, &seen, stop));
        }
        if let Some(unread) = &running.site.cameras_unread {
            let said = format!("摄像机配置无法使用, 全部未接入: {}", unread.error());
            running
                .gauges
                .ailing(vec![Ailing { name: "camera file".into(), said }], BTreeSet::from(["camera model".into()]));
        }
        if let Some(eyes) = running.eyes {
            let stop = stop.clone();
            // before they are looked at nobody knows whether what was wrong is over
            running.gauges.ailing(Vec::new(), BTreeSet::new());
            scope.spawn(move || {
                again_after_faults(running, "cameras", &stop, || cameras::watch(running, eyes, stop.clone()))
            });
        }
        let alarms_stop = stop.clone();
        scope.spawn(move || {
            again_after_faults(running, "alarms by file", &alarms_stop, || alarm_files::watch(running, &alarms_stop))
        });
        let jobs_stop = stop.clone();
        scope.spawn(move || jobs::keep(running, jobs_stop));
        let duty_stop = stop.clone();
        scope.spawn(move || {
            again_after_faults(running, "clocks of cases", &duty_stop, || duty::keep(running, duty_stop.clone()))
        });
        runtime.block_on(async {
            let fetched = |inbox: &&Inbox| !matches!(inbox.source, Source::Folder { .. } | Source::Firms { .. });
            let remotes = running.site.inboxes.iter().filter(fetched);
            let fetching = join_all(remotes.map(|inbox| fetch::watch(running, inbox, seen.clone(), stop.clone())));
            drop(done);
            let mut round = Round::new(running, &store, alone, workers);
            started();
            let rounds = round.go(to_see, to_end, stop.clone());
            tokio::select! {
                () = rounds => {}
                () = async { fetching.await; std::future::pending::<()>().await } => {}
            }
        });
        // whoever tells still finds nobody who listens
        drop(seen);
    });
    Ok(())
}

/// A picture of somebody else may find a fault in what unpacks it: that must not end for good what looks at all others. The desk is told by
/// what falls silent.
fn again_after_faults(running: &Running<'_>, what: &str, stop: &watch::Receiver<bool>, work: impl Fn()) {
    while catch_unwind(AssertUnwindSafe(&work)).is_err() && !*stop.borrow() {
        tracing::error!(
            "{what}: a fault of strawfire: report it with the lines above; begun anew in {} s",
            FAULT_AGAIN.as_secs()
        );
        running.gauges.fault(what);
        std::thread::sleep(FAULT_AGAIN);
    }
}

fn folders_of(running: &Running<'_>) -> Vec<Folder> {
    let of = |inbox: &Inbox| {
        let Source::Folder { path } = &inbox.source else { return None };
        Some(Folder {
            name: inbox.name.clone(),
            path: path.clone(),
            patterns: inbox.patterns.iter().filter_map(|pattern| Pattern::new(pattern).ok()).collect(),
            poll: Duration::from_secs_f64(inbox.poll_s.clamp(0.2, 86_400.0)),
            area: running.site.bbox(),
            halo: detect::HALO,
            clock: running.clock,
        })
    };
    running.site.inboxes.iter().filter_map(of).collect()
}

fn seen_of(inbox: &str, told: Told) -> Seen {
    match told {
        Told::Files(files) => Seen::Files(files),
        Told::LookedThrough => Seen::LookedInto(inbox.to_string()),
        Told::OutOfReach(said) => Seen::OutOfReach(inbox.to_string(), said),
    }
}

struct Round<'a> {
    running: &'a Running<'a>,
    store: &'a Store,
    /// The right to be the station of this store.
    alone: Deliverer,
    rules: Rules<'a>,
    workers: Workers,
    /// Files that the store has not taken yet: nothing more is heard before it has.
    pending: Vec<Arrival>,
    /// When each inbox was looked into last.
    listed: HashMap<String, Utc>,
    /// Until when the store is left alone, and for how long the next time.
    rest: Option<(Instant, Duration)>,
    tles: Tle,
    watched: Watched,
}

/// The elements of orbits, read again when their file changes.
struct Tle {
    path: Option<PathBuf>,
    stamp: Option<std::time::SystemTime>,
    read: Option<Tles>,
    /// Why the file as it is now cannot be read.
    broken: Option<String>,
}

impl Tle {
    fn look_again(&mut self) {
        let Some(path) = &self.path else { return };
        let stamp = path.metadata().and_then(|file| file.modified()).ok();
        if stamp == self.stamp && (self.read.is_some() || self.broken.is_some()) {
            return;
        }
        self.stamp = stamp;
        match Tles::read(path) {
            Ok(read) => (self.read, self.broken) = (Some(read), None),
            // what was read before serves on
            Err(error) => {
                tracing::error!("{error}");
                self.broken = Some(error.to_string());
            }
        }
    }
}

impl<'a> Round<'a> {
    fn new(running: &'a Running<'a>, store: &'a Store, alone: Deliverer, workers: Workers) -> Self {
        Round {
            running,
            store,
            alone,
            rules: Rules::of(running.site),
            workers,
            pending: Vec::new(),
            listed: HashMap::new(),
            rest: None,
            tles: Tle { path: running.site.tle.clone(), stamp: None, read: None, broken: None },
            watched: Watched::default(),
        }
    }

    async fn go(
        &mut self,
        mut seen: mpsc::Receiver<Seen>,
        mut done: mpsc::Receiver<Done>,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut looked_around: Option<Instant> = None;
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                Some(done) = done.recv() => self.ended(done),
                Some(seen) = seen.recv(), if self.pending.is_empty() => self.heard(seen),
                _ = tick.tick() => {}
            }
            self.running.gauges.beat();
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
            if self.rest.is_some_and(|(until, _)| Instant::now() < until) {
                continue;
            }
            let around = looked_around.is_none_or(|at| at.elapsed() >= LOOK_AROUND);
            match self.turn(around).await {
                Ok(()) => {
                    if self.rest.take().is_some() {
                        tracing::info!("{}: the store takes what there is again", self.store.name());
                        self.running.gauges.store(None);
                    }
                    if around {
                        looked_around = Some(Instant::now());
                    }
                }
                Err(error) => self.trouble(&error),
            }
        }
        self.wind_up(&mut done).await;
    }

    /// What is being scanned is finished; what does not end is done again the next time.
    async fn wind_up(&mut self, done: &mut mpsc::Receiver<Done>) {
        let finishing = async {
            while self.workers.is_busy() {
                let Some(ended) = done.recv().await else { return };
                self.ended(ended);
            }
        };
        if tokio::time::timeout(LAST_SCAN, finishing).await.is_err() {
            tracing::error!("a scan does not end: its look is scanned again the next time");
            // its thread can be ended in no other way
            std::process::exit(0);
        }
        self.workers.dismiss();
    }

    /// The store failed: nothing is lost by waiting, for what it has not taken is seen again.
    fn trouble(&mut self, error: &Error) {
        let pause = self.rest.map_or(STORE_AGAIN, |(_, pause)| (2 * pause).min(STORE_AGAIN_LONGEST));
        tracing::error!("{error}; tried again in {} s", pause.as_secs());
        self.running.gauges.store(Some(error.to_string()));
        self.rest = Some((Instant::now() + pause, pause));
    }

    fn heard(&mut self, seen: Seen) {
        let gauges = self.running.gauges;
        match seen {
            Seen::Files(files) => self.pending = files,
            Seen::LookedInto(inbox) => {
                gauges
                    .inbox(&inbox, |gauge| (gauge.success, gauge.trouble) = (Some(std::time::SystemTime::now()), None));
                self.listed.insert(inbox, self.running.clock.now());
            }
            Seen::OutOfReach(inbox, said) => {
                tracing::warn!("{inbox}: {said}");
                gauges.inbox(&inbox, |gauge| {
                    let since = gauge.trouble.take().map_or_else(Instant::now, |(since, _)| since);
                    gauge.trouble = Some((since, said));
                });
            }
        }
    }

    fn ended(&mut self, done: Done) {
        self.workers.free(done.slot);
        if let Err(error) = done.kept {
            self.trouble(&error);
        }
    }

    async fn turn(&mut self, around: bool) -> Result<()> {
        let now = self.running.clock.now();
        if around {
            self.stay_alone().await?;
        }
        if !self.pending.is_empty() {
            let arrived = arrive::arrive(self.store, &self.pending, &self.rules, now).await?;
            for name in &arrived.unknown {
                tracing::warn!("{name:?} begins like a product and has no name of one: it may be what is waited for");
            }
            if arrived.old > 0 {
                tracing::info!(
                    "{} files are older than what is remembered (store.keep_dropped_days) and are left alone",
                    arrived.old
                );
            }
            for arrival in std::mem::take(&mut self.pending) {
                self.running.gauges.inbox(&arrival.inbox, |gauge| gauge.files += 1);
            }
        }
        if around {
            self.running.gauges.stuck(self.workers.stuck(Instant::now()));
            self.tles.look_again();
            self.running.gauges.orbits(self.tles.broken.clone());
            let unknown = expect(self.store, self.running.site, self.tles.read.as_ref(), &self.rules, now).await?;
            alarms::look_around(self.store, self.running, self.tles.read.as_ref(), unknown, &mut self.watched, now)
                .await?;
        }
        self.hand_out(now).await
    }

    /// A server that was started again knows nothing of the right to it, and is asked for it anew; a file that was moved away is waited for.
    async fn stay_alone(&mut self) -> Result<()> {
        let Err(error) = self.store.still_alone(&mut self.alone).await else { return Ok(()) };
        let is_server = self.store.files().is_empty();
        let Some(alone) = (if is_server { self.store.alone(Right::Station).await? } else { None }) else {
            return Err(error);
        };
        self.alone = alone;
        Ok(())
    }

    /// Gives what is ready to the workers, newest first, and what did not come its name.
    async fn hand_out(&mut self, now: Utc) -> Result<()> {
        let slots = self.store.open_slots().await?;
        let seen: Vec<i64> = slots.iter().filter(|slot| slot.state == SlotState::Seen).map(|slot| slot.id).collect();
        let mut files: BTreeMap<i64, Vec<Delivered>> = BTreeMap::new();
        for file in self.store.files_of(&seen).await? {
            files.entry(file.slot).or_default().push(file);
        }
        let in_work = self.workers.in_work();
        let (mut ready, mut missing) = (Vec::new(), Vec::new());
        for slot in slots.into_iter().filter(|slot| !in_work.contains(&slot.id)) {
            let files = files.remove(&slot.id).unwrap_or_default();
            match ready::next(&slot, &files, &self.rules, self.is_listed(&slot), now) {
                Next::Wait(_) => {}
                Next::Missing => missing.push(slot),
                Next::Scan(lacks) => ready.push(Task { slot, files, lacks }),
            }
        }
        self.miss(missing).await?;
        ready.sort_by_key(|task| std::cmp::Reverse((task.slot.first, task.slot.id)));
        self.running.gauges.queue(ready.len());
        for task in ready {
            self.workers.give(task, &self.running.site.station);
        }
        Ok(())
    }

    /// Whether all inboxes that bring a satellite were looked into since a look of it was due.
    fn is_listed(&self, slot: &Slot) -> bool {
        let brings = |inbox: &&Inbox| {
            let is_list = matches!(inbox.source, Source::Firms { .. });
            !is_list && (inbox.satellites.is_empty() || inbox.satellites.contains(&slot.satellite))
        };
        let since = |inbox: &Inbox| self.listed.get(&inbox.name).is_some_and(|at| *at >= slot.due);
        self.running.site.inboxes.iter().filter(brings).all(since)
    }

    async fn miss(&self, slots: Vec<Slot>) -> Result<()> {
        if slots.is_empty() {
            return Ok(());
        }
        let mut write = self.store.write().await?;
        for slot in &slots {
            let said = missing_said(slot);
            write.put_slot(&Slot { state: SlotState::Missing, said, ..slot.clone() }).await?;
        }
        write.commit().await?;
        for slot in slots {
            tracing::warn!("{} {}: missing: {}", slot.satellite, slot.first.rfc3339(), missing_said(&slot));
        }
        Ok(())
    }
}

fn missing_said(slot: &Slot) -> String {
    match slot.state {
        SlotState::Seen => "its files were listed and could not be fetched".to_string(),
        _ => format!("no file by {}", slot.due.rfc3339()),
    }
}

/// Where fetched files of an inbox lie.
pub fn spool_of(site: &Site, inbox: &str) -> Option<PathBuf> {
    Some(site.station_folder()?.join("fetched").join(inbox))
}
