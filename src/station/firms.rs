//! The area API of FIRMS: other people's detections, asked for again and again and brought the same way on. A list says what was found,
//! never what was seen; of a day it grows, so each answer is taken whole and what is known already changes nothing.

use super::round::{Running, Seen, spool_of};
use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::fire::FirePixel;
use crate::ingest::feeds::{self, Format};
use crate::ingest::remote::Firms;
use crate::pipeline::imported::accounts;
use crate::pipeline::keep::{Keeper, runtime};
use crate::pipeline::{Settings, place_and_screen, screen_by_place};
use crate::site::{Inbox, Source};
use crate::store::{Delivered, FileState, Slot, SlotState, Store};
use crate::thresholds::Profile;
use crate::time::Utc;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Asks until told to stop, on a thread of its own.
pub fn watch(running: &Running<'_>, inbox: &Inbox, seen: &mpsc::Sender<Seen>, mut stop: watch::Receiver<bool>) {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return tracing::error!("{error}: {} is not asked", inbox.name),
    };
    let pause = Duration::from_secs_f64(inbox.poll_s.clamp(1.0, 86_400.0));
    let mut told = HashMap::new();
    while !*stop.borrow() {
        let asked = once(running, inbox, &runtime, &stop, &mut told);
        let seen = seen.blocking_send(match asked {
            Ok(()) => Seen::LookedInto(inbox.name.clone()),
            Err(error) => Seen::OutOfReach(inbox.name.clone(), error.to_string()),
        });
        if seen.is_err() {
            return;
        }
        runtime.block_on(async {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        });
    }
    runtime.shutdown_background();
}

/// Asks for each list once. `told`: the last answers, so that one that says nothing new costs nothing.
fn once(
    running: &Running<'_>,
    inbox: &Inbox,
    runtime: &tokio::runtime::Runtime,
    stop: &watch::Receiver<bool>,
    told: &mut HashMap<String, String>,
) -> Result<()> {
    let Source::Firms { products, .. } = &inbox.source else { return Ok(()) };
    let firms = Firms::open(inbox, running.site.neighbourhood())?;
    for product in products {
        let mut stop = stop.clone();
        let asked = runtime.block_on(async {
            tokio::select! {
                asked = firms.fetch(product, None) => Some(asked),
                _ = stop.wait_for(|stop| *stop) => None,
            }
        });
        let Some(text) = asked.transpose()? else { return Ok(()) };
        if told.get(product) == Some(&text) {
            continue;
        }
        take(running, inbox, runtime, product, &text)?;
        told.insert(product.clone(), text);
    }
    Ok(())
}

fn take(
    running: &Running<'_>,
    inbox: &Inbox,
    runtime: &tokio::runtime::Runtime,
    product: &str,
    text: &str,
) -> Result<()> {
    let now = running.clock.now();
    let path = file_of(running, inbox, product)?;
    atomic::write_bytes(&path, text.as_bytes())?;
    let mut feed = feeds::read(Format::Firms, &path)?;
    feed.doubt_future(now);
    let (rejected, doubts) = (feed.rejected.len(), feed.doubts.len() + feed.future.len());
    let mut fires = feed.pixels;
    feeds::drop_repeats(&mut fires);
    // lists are judged by the reference profile, as `import` does
    let settings = Settings { profile: Profile::Reference, ground: None, baseline: None, ..*running.settings };
    place_and_screen(&mut fires, &settings);
    screen_by_place(&mut fires, &settings)?;
    if let Some(keeper) = Keeper::open_existing(running.actor.clone(), &settings, running.territory)? {
        for list in accounts(&fires) {
            let of: Vec<FirePixel> = fires.iter().filter(|fire| fire.granule == list.granule).cloned().collect();
            keeper.take(&list, &of, false, now)?;
        }
    }
    let said = format!("{} rows, {rejected} of them unreadable, {doubts} doubtful", fires.len() + rejected);
    tracing::info!("{}: {product}: {said}", inbox.name);
    let listed = Listed { product, path, rows: fires.len(), said, failed: fires.is_empty() && rejected > 0 };
    runtime.block_on(note(running, inbox, &listed, now))
}

/// One file a product: what is known of it is in the store.
fn file_of(running: &Running<'_>, inbox: &Inbox, product: &str) -> Result<PathBuf> {
    let spool = spool_of(running.site, &inbox.name)
        .ok_or_else(|| Error::config("station.dir", "nothing", "a folder for fetched lists", "set station.dir"))?;
    std::fs::create_dir_all(&spool).map_err(|error| Error::output(&spool, error))?;
    Ok(spool.join(format!("{product}.csv")))
}

/// A list that was taken.
struct Listed<'a> {
    product: &'a str,
    path: PathBuf,
    rows: usize,
    said: String,
    failed: bool,
}

/// The catalogue has one row a product and day.
async fn note(running: &Running<'_>, inbox: &Inbox, listed: &Listed<'_>, now: Utc) -> Result<()> {
    let store = Store::open_existing(running.site.store_url.as_deref().unwrap_or_default()).await?;
    let midnight = Utc::parse(&format!("{}T00:00:00Z", now.date())).unwrap_or(now);
    let satellite = format!("FIRMS {}", listed.product);
    let mut write = store.write().await?;
    let known = write.slots_near(&satellite, midnight, midnight).await?.into_iter().find(|slot| slot.first == midnight);
    let state = if listed.failed { SlotState::Failed } else { SlotState::Scanned };
    let slot = Slot {
        id: 0,
        satellite: satellite.clone(),
        stream: format!("{} {}", inbox.name, listed.product),
        first: midnight,
        last: midnight,
        state,
        expected: false,
        due: now,
        seen: Some(now),
        arrived: Some(now),
        again: None,
        scanned: Some(now),
        attempts: 0,
        looks: Vec::new(),
        partial: false,
        late: false,
        said: listed.said.clone(),
    };
    let id = match known {
        Some(known) => {
            write.put_slot(&Slot { id: known.id, seen: known.seen, ..slot }).await?;
            known.id
        }
        None => write.add_slot(&slot).await?,
    };
    let name = format!("{}_{}", listed.product, now.date());
    let copies = write.files_named(std::slice::from_ref(&name)).await?.first().map_or(1, |file| file.copies + 1);
    let file = Delivered {
        name,
        slot: id,
        inbox: inbox.name.clone(),
        place: listed.product.to_string(),
        version: format!("{} rows of {}", listed.rows, now.rfc3339()),
        size: None,
        state: if listed.failed { FileState::Failed } else { FileState::Scanned },
        path: listed.path.display().to_string(),
        seen: now,
        closed: now,
        copies,
        versions: Vec::new(),
    };
    write.put_file(&file).await?;
    write.commit().await
}
