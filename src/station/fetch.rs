//! An inbox elsewhere: what is listed there goes into the catalogue, and what an open look needs is fetched, the newest look first. How
//! much lies here and waits is bounded, so that an outage that ends does not fill the disk.

use super::arrive::Arrival;
use super::round::{Running, Seen, spool_of};
use crate::detect;
use crate::error::{Error, Result};
use crate::ingest::granule::parts;
use crate::ingest::remote::{Listed, Remote};
use crate::site::Inbox;
use crate::store::Store;
use crate::time::Utc;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// Looks that are ready and wait for a worker, at most: more is not fetched ahead.
const AHEAD: i64 = 12;
/// Files fetched between two looks at what is newest.
const AT_ONCE: usize = 8;
/// Pause while nothing is to be fetched.
const IDLE: Duration = Duration::from_secs(1);
/// Pauses after a failure, doubled from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Looks into the inbox and fetches, until told to stop.
pub async fn watch(running: &Running<'_>, inbox: &Inbox, seen: mpsc::Sender<Seen>, mut stop: watch::Receiver<bool>) {
    let work = async {
        let mut pause = FIRST_PAUSE;
        loop {
            let Err(error) = serve(running, inbox, &seen, &mut pause).await else { return };
            if seen.send(Seen::OutOfReach(inbox.name.clone(), error.to_string())).await.is_err() {
                return;
            }
            tokio::time::sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    };
    tokio::select! {
        () = work => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn serve(running: &Running<'_>, inbox: &Inbox, seen: &mpsc::Sender<Seen>, pause: &mut Duration) -> Result<()> {
    let spool = spool_of(running.site, &inbox.name)
        .ok_or_else(|| Error::config("station.dir", "nothing", "a folder for fetched files", "set station.dir"))?;
    std::fs::create_dir_all(&spool).map_err(|error| Error::output(&spool, error))?;
    let url = running.site.store_url.as_deref().unwrap_or_default();
    let store = Store::open_existing(url).await?;
    let remote = Remote::open(inbox)?;
    let mut held = Held::new();
    loop {
        let began = tokio::time::Instant::now();
        let listed = list(running, inbox, &remote).await?;
        running.gauges.inbox(&inbox.name, |gauge| gauge.skew_s = remote.skew_s());
        for part in listed
            .values()
            .map(|listed| arrival(inbox, listed, None, running.clock.now()))
            .collect::<Vec<_>>()
            .chunks(256)
        {
            if seen.send(Seen::Files(part.to_vec())).await.is_err() {
                return Ok(());
            }
        }
        if seen.send(Seen::LookedInto(inbox.name.clone())).await.is_err() {
            return Ok(());
        }
        *pause = FIRST_PAUSE;
        let next = began + Duration::from_secs_f64(inbox.poll_s.clamp(1.0, 86_400.0));
        while tokio::time::Instant::now() < next {
            let wanted = wanted(running, inbox, &store, &listed, &held).await?;
            if wanted.is_empty() {
                tokio::time::sleep_until(next.min(tokio::time::Instant::now() + IDLE)).await;
            }
            for file in &wanted {
                match remote.fetch(file, &spool).await {
                    Ok(path) => {
                        held.remove(&file.name);
                        let arrival = arrival(inbox, file, Some(path), running.clock.now());
                        if seen.send(Seen::Files(vec![arrival])).await.is_err() {
                            return Ok(());
                        }
                    }
                    // one file that cannot be had holds up no other
                    Err(error) => hold(&mut held, file, &error),
                }
            }
        }
    }
}

/// Files that could not be fetched: when they are tried again, and after how long the next time.
type Held = HashMap<String, (Instant, Duration)>;

fn hold(held: &mut Held, file: &Listed, error: &Error) {
    let pause = held.get(&file.name).map_or(FIRST_PAUSE, |(_, pause)| (2 * *pause).min(LONGEST_PAUSE));
    tracing::warn!("{:?}: {error}; tried again in {} s", file.name, pause.as_secs());
    held.insert(file.name.clone(), (Instant::now() + pause, pause));
}

/// What is there of the products that looks of the site are made of, by name.
async fn list(running: &Running<'_>, inbox: &Inbox, remote: &Remote) -> Result<HashMap<String, Listed>> {
    let now = running.clock.now();
    let from = now.plus_seconds(-3600.0 * inbox.look_back_hours).unwrap_or(now);
    let area = running.site.bbox();
    let is_wanted = |listed: &Listed| {
        let path = Path::new(&listed.name);
        parts::named(path)
            .map_or_else(|| parts::is_misnamed(path), |named| parts::is_wanted(&named, &area, detect::HALO))
    };
    let all = remote.list(from, now).await?;
    Ok(all.into_iter().filter(is_wanted).map(|listed| (listed.name.clone(), listed)).collect())
}

/// The files that are fetched next: of the newest open looks.
async fn wanted<'a>(
    running: &Running<'_>,
    inbox: &Inbox,
    store: &Store,
    listed: &'a HashMap<String, Listed>,
    held: &Held,
) -> Result<Vec<&'a Listed>> {
    const LOOKED_AT: i64 = 1000;
    let elsewhere = store.elsewhere(&inbox.name, LOOKED_AT).await?;
    if elsewhere.is_empty() || has_no_room(running, inbox) {
        return Ok(Vec::new());
    }
    if running.gauges.queued() >= AHEAD {
        return Ok(Vec::new());
    }
    let is_due = |file: &&Listed| held.get(&file.name).is_none_or(|(again, _)| Instant::now() >= *again);
    Ok(elsewhere.iter().filter_map(|name| listed.get(name)).filter(is_due).take(AT_ONCE).collect())
}

/// Nothing is fetched on to a disk that is nearly full: what is there already must find its place in the store.
fn has_no_room(running: &Running<'_>, inbox: &Inbox) -> bool {
    let free = spool_of(running.site, &inbox.name).and_then(|spool| super::alarms::free_bytes(&spool));
    free.is_some_and(|free| (free as f64) < running.site.station.disk_low_mb * 0.5e6)
}

fn arrival(inbox: &Inbox, listed: &Listed, path: Option<PathBuf>, now: Utc) -> Arrival {
    Arrival {
        inbox: inbox.name.clone(),
        name: listed.name.clone(),
        place: listed.place.clone(),
        version: listed.version.clone(),
        size: listed.size.and_then(|size| i64::try_from(size).ok()),
        path,
        closed: now,
    }
}

/// Takes away fetched files of looks that were done with long ago.
///
/// # Errors
/// [`Error::Store`].
pub async fn clear(store: &Store, running: &Running<'_>, inbox: &Inbox, now: Utc) -> Result<usize> {
    const MOST: i64 = 1000;
    let Some(spool) = spool_of(running.site, &inbox.name) else { return Ok(0) };
    let before = now.plus_seconds(-3600.0 * running.site.station.keep_files_hours).unwrap_or(now);
    let files = store.done_files(&inbox.name, before, MOST).await?;
    let mut gone = Vec::new();
    for (name, path) in files.into_iter().filter(|(_, path)| Path::new(path).starts_with(&spool)) {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => tracing::warn!("{path}: {error}"),
            _ => gone.push(name),
        }
    }
    if !gone.is_empty() {
        let mut write = store.write().await?;
        write.files_gone(&gone).await?;
        write.commit().await?;
    }
    Ok(gone.len())
}
