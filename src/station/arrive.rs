//! A delivered file finds its look in the catalogue. The same file twice is one file; a part that came under another name is spare; a file
//! that comes late, or whole after it came broken, makes its look wait for another scan.

use super::Rules;
use crate::error::Result;
use crate::ingest::granule::parts::{self, Named};
use crate::store::{Delivered, FileState, Slot, SlotState, Store, Write};
use crate::time::Utc;
use std::path::{Path, PathBuf};

/// A file that was seen in an inbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// The inbox.
    pub inbox: String,
    /// Name of the file.
    pub name: String,
    /// Where it lies there.
    pub place: String,
    /// What tells one version of it from another.
    pub version: String,
    /// Bytes, where known.
    pub size: Option<i64>,
    /// Where it lies on this machine; `None`: it has to be fetched.
    pub path: Option<PathBuf>,
    /// When its writing ended, or it was listed.
    pub closed: Utc,
}

/// What came of a batch of files.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Files that are new, or new in their version.
    pub new: usize,
    /// Files that were delivered again, or whose part is there already.
    pub again: usize,
    /// Files that are too old: what came of them is not known any more.
    pub old: usize,
    /// Files that begin like a product and have no name of one.
    pub unknown: Vec<String>,
}

/// Takes a batch of files into the catalogue: one transaction, and none where nothing is new.
///
/// # Errors
/// [`crate::error::Error::Store`]; then none of them is known, and they are seen again the next time.
pub async fn arrive(store: &Store, arrivals: &[Arrival], rules: &Rules<'_>, now: Utc) -> Result<Arrived> {
    let names: Vec<String> = arrivals.iter().map(|arrival| arrival.name.clone()).collect();
    let known = store.known_files(&names).await?;
    let is_known = |arrival: &&Arrival| !known.iter().any(|file| is_same(file, arrival));
    let news: Vec<&Arrival> = arrivals.iter().filter(is_known).collect();
    let mut arrived = Arrived::default();
    if news.is_empty() {
        return Ok(arrived);
    }
    let mut write = store.write().await?;
    for arrival in news {
        take(&mut write, arrival, rules, now, &mut arrived).await?;
    }
    write.commit().await?;
    Ok(arrived)
}

/// Whether nothing about a file is new: this inbox showed this version before, and what is here was here.
fn is_same(file: &Delivered, arrival: &Arrival) -> bool {
    let is_fetched = arrival.path.is_some() && file.state == FileState::Elsewhere;
    file.name == arrival.name && file.versions.contains(&version_by(arrival)) && !is_fetched
}

/// Versions of different inboxes say nothing of each other: each counts with its inbox.
fn version_by(arrival: &Arrival) -> String {
    format!("{} {}", arrival.inbox, arrival.version)
}

/// Versions that are remembered.
const VERSIONS: usize = 24;

fn versions(known: Option<&Delivered>, arrival: &Arrival) -> Vec<String> {
    let mut versions = known.map(|file| file.versions.clone()).unwrap_or_default();
    let new = version_by(arrival);
    if !versions.contains(&new) {
        versions.push(new);
    }
    versions.split_off(versions.len().saturating_sub(VERSIONS))
}

async fn take(
    write: &mut Write<'_>,
    arrival: &Arrival,
    rules: &Rules<'_>,
    now: Utc,
    arrived: &mut Arrived,
) -> Result<()> {
    let known = write.files_named(std::slice::from_ref(&arrival.name)).await?.pop();
    let Some(named) = parts::named(Path::new(&arrival.name)) else {
        if known.is_none() {
            arrived.unknown.push(arrival.name.clone());
        }
        return write.put_file(&file_of(arrival, 0, FileState::Unknown, known.as_ref(), now)).await;
    };
    if known.is_none() && now.seconds_since(named.time) > rules.oldest_s {
        arrived.old += 1;
        return Ok(());
    }
    match known {
        Some(file) => again(write, arrival, &file, now, arrived).await,
        None => first(write, arrival, &named, rules, now, arrived).await,
    }
}

fn file_of(arrival: &Arrival, slot: i64, state: FileState, known: Option<&Delivered>, now: Utc) -> Delivered {
    Delivered {
        name: arrival.name.clone(),
        slot,
        inbox: arrival.inbox.clone(),
        place: arrival.place.clone(),
        version: arrival.version.clone(),
        size: arrival.size,
        state,
        path: arrival.path.as_ref().map_or_else(String::new, |path| path.display().to_string()),
        seen: known.map_or(now, |file| file.seen),
        closed: arrival.closed,
        copies: known.map_or(1, |file| file.copies + i64::from(!file.versions.contains(&version_by(arrival)))),
        versions: versions(known, arrival),
    }
}

fn waiting(arrival: &Arrival) -> FileState {
    if arrival.path.is_some() { FileState::Here } else { FileState::Elsewhere }
}

/// A file of which the name is known. What was read soundly, or waits here, is not had again because another inbox has it too.
async fn again(
    write: &mut Write<'_>,
    arrival: &Arrival,
    file: &Delivered,
    now: Utc,
    arrived: &mut Arrived,
) -> Result<()> {
    let mut slot = write.slot(file.slot).await?;
    let is_sound = slot.as_ref().is_some_and(|slot| slot.state == SlotState::Scanned && !slot.partial);
    let is_new = !file.versions.contains(&version_by(arrival));
    let was_changed = is_new && arrival.path.is_some() && arrival.inbox == file.inbox;
    let is_wanted = match file.state {
        FileState::Failed => is_new,
        FileState::Elsewhere => is_new || arrival.path.is_some(),
        FileState::Here => was_changed,
        FileState::Scanned => was_changed && !is_sound,
        FileState::Spare | FileState::Unknown => false,
    };
    if !is_wanted {
        arrived.again += 1;
        let copies = file.copies + i64::from(is_new);
        return write.put_file(&Delivered { copies, versions: versions(Some(file), arrival), ..file.clone() }).await;
    }
    arrived.new += 1;
    write.put_file(&file_of(arrival, file.slot, waiting(arrival), Some(file), now)).await?;
    if let Some(slot) = &mut slot {
        wait_again(slot, now);
        write.put_slot(slot).await?;
    }
    Ok(())
}

/// A look of a time to come is not scanned before that time.
fn not_before(first: Utc, now: Utc) -> Option<Utc> {
    (first > now).then_some(first)
}

fn wait_again(slot: &mut Slot, now: Utc) {
    slot.state = SlotState::Seen;
    slot.arrived = Some(now);
    slot.again = not_before(slot.first, now);
    slot.attempts = 0;
}

/// A file that is new.
async fn first(
    write: &mut Write<'_>,
    arrival: &Arrival,
    named: &Named,
    rules: &Rules<'_>,
    now: Utc,
    arrived: &mut Arrived,
) -> Result<()> {
    let around = parts::LONGEST_S + NEAR_PASS_S;
    let near = |seconds: f64| named.time.plus_seconds(seconds).unwrap_or(named.time);
    let rows = write.slots_near(&named.satellite, near(-around), near(around)).await?;
    let (found, others) = best(rows, named);
    let Some(mut slot) = found else {
        let id = write.add_slot(&new_slot(named, rules, now)).await?;
        arrived.new += 1;
        return write.put_file(&file_of(arrival, id, waiting(arrival), None, now)).await;
    };
    // a part that touches two looks makes them one
    for other in others {
        write.join_slots(&slot, &other).await?;
        (slot.first, slot.last) = (slot.first.min(other.first), slot.last.max(other.last));
        slot.looks.extend(other.looks);
    }
    if slot.state == SlotState::Scanned && is_of_no_use(write, &slot, named).await? {
        arrived.again += 1;
        return write.put_file(&file_of(arrival, slot.id, FileState::Spare, None, now)).await;
    }
    arrived.new += 1;
    slot.late |= slot.seen.is_none() && now > slot.due;
    slot.seen = slot.seen.or(Some(now));
    if slot.stream.is_empty() {
        slot.stream.clone_from(&named.stream);
    }
    // one that is foretold keeps the time at which it crosses the site
    if !slot.expected {
        (slot.first, slot.last) = (slot.first.min(named.time), slot.last.max(named.end));
    }
    wait_again(&mut slot, now);
    write.put_slot(&slot).await?;
    write.put_file(&file_of(arrival, slot.id, waiting(arrival), None, now)).await
}

/// Whether a look that was scanned gains nothing by a file: its part is there, or it had all without this band.
async fn is_of_no_use(write: &mut Write<'_>, slot: &Slot, named: &Named) -> Result<bool> {
    if slot.partial {
        return Ok(false);
    }
    let files = write.files_in(slot.id).await?;
    let is_there = files.iter().filter(|file| file.state == FileState::Scanned).any(|file| {
        parts::named(Path::new(&file.name))
            .is_some_and(|other| (other.part, other.time) == (named.part, named.time) && other.stream == named.stream)
    });
    Ok(is_there || !parts::adds(named.format, named.part.0))
}

/// A slot of the schedule takes the files that begin so near to it, seconds; an overpass the parts so near to the one foretold.
const NEAR_SLOT_S: f64 = 60.0;
const NEAR_PASS_S: f64 = 300.0;

/// The look that a file is of: one with files of its stream before one that is only expected; and looks of its stream that it touches too.
fn best(mut rows: Vec<Slot>, named: &Named) -> (Option<Slot>, Vec<Slot>) {
    let apart = |slot: &Slot| slot.first.seconds_since(named.time).abs();
    let belongs = |slot: &&Slot| {
        if !slot.stream.is_empty() && slot.stream != named.stream {
            return false;
        }
        let near_s = match (slot.expected, named.format.is_swath()) {
            (true, true) => NEAR_PASS_S,
            (true, false) => NEAR_SLOT_S,
            (false, _) => parts::apart_s(named.format),
        };
        if !named.format.is_swath() {
            return apart(slot) < near_s;
        }
        let touches = named.time.seconds_since(slot.last) < near_s && slot.first.seconds_since(named.end) < near_s;
        let whole = slot.last.max(named.end).seconds_since(slot.first.min(named.time));
        touches && whole < parts::LONGEST_S
    };
    let rank = |slot: &Slot| (slot.stream.is_empty(), apart(slot));
    rows.retain(|slot| belongs(&slot));
    rows.sort_by(|a, b| rank(a).partial_cmp(&rank(b)).unwrap_or(std::cmp::Ordering::Equal));
    let mut rows = rows.into_iter();
    let Some(first) = rows.next() else { return (None, Vec::new()) };
    let joins = named.format.is_swath() && !first.expected && !first.stream.is_empty();
    let whole = |other: &Slot| {
        let (from, to) = (first.first.min(other.first).min(named.time), first.last.max(other.last).max(named.end));
        to.seconds_since(from) < parts::LONGEST_S
    };
    let others =
        rows.filter(|other| joins && !other.expected && other.stream == first.stream && whole(other)).collect();
    (Some(first), others)
}

/// A look that no schedule has.
fn new_slot(named: &Named, rules: &Rules<'_>, now: Utc) -> Slot {
    let due = rules.due(&named.satellite, named.end, named.format.is_swath());
    Slot {
        id: 0,
        satellite: named.satellite.clone(),
        stream: named.stream.clone(),
        first: named.time,
        last: named.end,
        state: SlotState::Seen,
        expected: false,
        due,
        seen: Some(now),
        arrived: Some(now),
        again: not_before(named.time, now),
        scanned: None,
        attempts: 0,
        looks: Vec::new(),
        partial: false,
        late: now > due,
        said: String::new(),
    }
}
