//! A worker: scans one look after the other on a thread of its own, and keeps what came of it together with its place in the catalogue.

use super::gauges::Gauges;
use super::ready;
use crate::assign::territory::Territory;
use crate::deliver::scan_report::{GranuleReport, Looked};
use crate::error::{Error, Result};
use crate::fire::FirePixel;
use crate::ingest::granule::Granule;
use crate::ingest::map::MapSource;
use crate::pipeline::keep::{End, Keeper};
use crate::pipeline::{self, Settings, field};
use crate::store::{Actor, Delivered, FileState, Slot, SlotEnd, SlotState};
use crate::time::{Clock, Utc};
use std::collections::{BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// A look to be scanned.
#[derive(Debug, Clone)]
pub struct Task {
    /// The look.
    pub slot: Slot,
    /// Its files.
    pub files: Vec<Delivered>,
    /// What it lacks, in words.
    pub lacks: Option<String>,
}

/// What came of it.
pub struct Done {
    /// Number of the look.
    pub slot: i64,
    /// The store took it; else why not, and the look waits as it did.
    pub kept: Result<()>,
}

/// What a worker works with.
pub struct Bench<'a> {
    /// What scanning needs.
    pub settings: &'a Settings<'a>,
    /// Townships, cells and posts.
    pub territory: &'a Territory,
    /// Who works.
    pub actor: Actor,
    /// What time it is.
    pub clock: Clock,
    /// What is measured.
    pub gauges: &'a Gauges,
}

/// A look at which the program died so often is not scanned again until another file of it comes.
const MOST_DEATHS: i64 = 3;
/// A file that could not be read for the disk's or the network's sake is tried again: after a minute, then longer.
const MOST_TRIES: i64 = 5;
const FIRST_WAIT_S: f64 = 60.0;

/// Works until there is nothing more to come.
pub fn work(bench: &Bench<'_>, mut tasks: mpsc::Receiver<Task>, done: &mpsc::Sender<Done>) {
    let mut keeper = None;
    // looks that the store did not take: trying them again is no death of the program
    let mut begun = HashSet::new();
    while let Some(task) = tasks.blocking_recv() {
        let slot = task.slot.id;
        let kept = match keeper.take().map_or_else(|| open(bench), Ok) {
            Ok(opened) => {
                let kept = one(bench, &opened, &task, &mut begun);
                // a store that failed is opened anew: it may be another file by now
                keeper = kept.is_ok().then_some(opened);
                kept
            }
            Err(error) => Err(error),
        };
        if done.blocking_send(Done { slot, kept }).is_err() {
            return;
        }
    }
}

fn open<'a>(bench: &'a Bench<'a>) -> Result<Keeper<'a>> {
    Keeper::open_existing(bench.actor.clone(), bench.settings, bench.territory)?
        .ok_or_else(|| Error::config("store.url", "nothing", "an address of a store", "set it"))
}

fn one(bench: &Bench<'_>, keeper: &Keeper<'_>, task: &Task, begun: &mut HashSet<i64>) -> Result<()> {
    let Task { slot, files, lacks } = task;
    if slot.attempts >= MOST_DEATHS && slot.again.is_none() && !begun.contains(&slot.id) {
        let said =
            format!("the program died {} times while it scanned this look: its files are left alone", slot.attempts);
        tracing::error!("{} {}: {said}", slot.satellite, slot.first.rfc3339());
        return keeper.end(&SlotEnd { said, ..end_of(slot, files, SlotState::Failed) }, bench.clock.now());
    }
    if begun.insert(slot.id) {
        keeper.begin(slot.id)?;
    }
    let began = Instant::now();
    let here: Vec<&Delivered> = files.iter().filter(|file| ready::is_here(file)).collect();
    let scanned: Vec<Scanned> = ready::granules_of(&here).iter().map(|granule| scan(bench, granule)).collect();
    let mut end = SlotEnd {
        partial: lacks.is_some(),
        said: lacks.iter().map(|what| format!("without {what}")).collect(),
        ..end_of(slot, files, SlotState::Failed)
    };
    add_up(&mut end, &scanned, slot, bench.clock.now());
    keep(bench, keeper, slot, &scanned, end, began.elapsed())?;
    keep_pictures(bench, keeper, &scanned);
    begun.remove(&slot.id);
    tell_gauges(bench, slot, &here, began.elapsed());
    Ok(())
}

/// A granule with what was found in it.
struct Scanned {
    report: GranuleReport,
    fires: Vec<FirePixel>,
    problems: Vec<Error>,
    /// Whether anything could be read.
    is_read: bool,
    /// What pictures of events are cut from.
    map: Option<MapSource>,
}

fn scan(bench: &Bench<'_>, granule: &Granule) -> Scanned {
    let unseen = |problem: Error| Scanned {
        report: pipeline::unseen(granule, bench.settings),
        fires: Vec::new(),
        problems: vec![problem],
        is_read: false,
        map: None,
    };
    match catch_unwind(AssertUnwindSafe(|| pipeline::scan(granule, bench.settings))) {
        Ok(Ok(scan)) => {
            let is_read = scan.report.look != Looked::Unreadable;
            let map = scan.products.map(|products| products.source);
            Scanned { report: scan.report, fires: scan.fires, problems: scan.problems, is_read, map }
        }
        Ok(Err(error)) => unseen(error),
        Err(_) => {
            let found = "files at which this program fails: a bug of strawfire";
            unseen(Error::input(&granule.name, found, "a look", "report it with the files; the station goes on"))
        }
    }
}

/// How a look ended by all its granules.
fn add_up(end: &mut SlotEnd, scanned: &[Scanned], slot: &Slot, now: Utc) {
    end.looks = scanned.iter().map(|scanned| scanned.report.granule.clone()).collect();
    let is_read = scanned.iter().any(|scanned| scanned.is_read);
    let problems: Vec<&Error> = scanned.iter().flat_map(|scanned| &scanned.problems).collect();
    end.bad = problems.iter().filter_map(|problem| file_of(problem)).collect();
    end.partial |= is_read && (!problems.is_empty() || scanned.iter().any(|scanned| !scanned.is_read));
    let words = problems.iter().map(ToString::to_string);
    let notes = scanned.iter().flat_map(|scanned| &scanned.report.notes).map(ToString::to_string);
    let said: BTreeSet<String> = words.chain(notes).collect();
    let before = std::mem::take(&mut end.said);
    end.said = Some(before).filter(|text| !text.is_empty()).into_iter().chain(said).collect::<Vec<_>>().join("; ");
    end.state = if is_read { SlotState::Scanned } else { SlotState::Failed };
    let nothing = match scanned.is_empty() {
        true => Some("no file that can be read"),
        false => (!is_read && problems.is_empty()).then_some("its files hold no measurement of any county"),
    };
    if let Some(nothing) = nothing {
        end.said = if end.said.is_empty() { nothing.to_string() } else { format!("{nothing}; {}", end.said) };
    }
    // what the disk or the network did not give may be there the next time
    if problems.iter().any(|problem| matches!(problem, Error::Read { .. })) && slot.attempts < MOST_TRIES {
        end.again = now.plus_seconds(FIRST_WAIT_S * 2_f64.powi(slot.attempts.clamp(0, 10) as i32));
        end.state = SlotState::Seen;
    }
}

/// Name of the file that an error is of.
fn file_of(error: &Error) -> Option<String> {
    match error {
        Error::Input { path, .. } | Error::Read { path, .. } => Some(path.file_name()?.to_str()?.to_string()),
        Error::Config { .. } | Error::Output { .. } | Error::Store { .. } => None,
    }
}

fn end_of(slot: &Slot, files: &[Delivered], state: SlotState) -> SlotEnd {
    let read = files.iter().filter(|file| file.state != FileState::Elsewhere);
    SlotEnd {
        id: slot.id,
        state,
        looks: slot.looks.clone(),
        files: read.map(|file| (file.name.clone(), file.version.clone())).collect(),
        bad: Vec::new(),
        partial: false,
        again: None,
        said: String::new(),
    }
}

/// All granules of a look; with the last of them the catalogue.
fn keep(
    bench: &Bench<'_>,
    keeper: &Keeper<'_>,
    slot: &Slot,
    scanned: &[Scanned],
    end: SlotEnd,
    took: Duration,
) -> Result<()> {
    let now = bench.clock.now();
    let kept = scanned
        .iter()
        .map(|scanned| scanned.fires.iter().filter(|fire| fire.verdict == crate::fire::Verdict::Kept).count())
        .sum::<usize>();
    let (state, said) = (end.state.name(), end.said.clone());
    let replaced = slot.looks.iter().filter(|name| !end.looks.contains(name)).cloned().collect();
    let end = End { slot: end, replaced };
    let Some((last, before)) = scanned.split_last() else { return keeper.end(&end.slot, now) };
    for scanned in before {
        keeper.take(&scanned.report, &scanned.fires, scanned.is_read, now)?;
    }
    keeper.take_and_end(&last.report, &last.fires, last.is_read, Some(&end), now)?;
    let (seconds, said) = (took.as_secs_f64(), if said.is_empty() { String::new() } else { format!(": {said}") });
    let (satellite, time) = (&slot.satellite, slot.first.rfc3339());
    match state {
        "scanned" if said.is_empty() => tracing::info!(
            satellite,
            time,
            state,
            kept,
            seconds,
            "{satellite} {time} {state}, {kept} fire pixels kept{said}"
        ),
        "scanned" => tracing::warn!(
            satellite,
            time,
            state,
            kept,
            seconds,
            "{satellite} {time} {state}, {kept} fire pixels kept{said}"
        ),
        _ => tracing::error!(satellite, time, state, seconds, "{satellite} {time} {state}{said}"),
    }
    Ok(())
}

/// Pieces of imagery around what burns, for the desk and the evidence.
fn keep_pictures(bench: &Bench<'_>, keeper: &Keeper<'_>, scanned: &[Scanned]) {
    let Some(pictures) = bench.settings.site.evidence_folder() else { return };
    for (source, fires) in scanned.iter().filter_map(|scanned| Some((scanned.map.as_ref()?, &scanned.fires))) {
        for error in field::events::keep(source, keeper, fires, &pictures) {
            tracing::warn!("{error}");
        }
    }
}

fn tell_gauges(bench: &Bench<'_>, slot: &Slot, here: &[&Delivered], took: Duration) {
    bench.gauges.scanned(took);
    let last = here.iter().filter(|file| file.state == FileState::Here).map(|file| file.closed).max();
    if let Some(closed) = last.filter(|_| !slot.late) {
        bench.gauges.stored(bench.clock.now().seconds_since(closed) / bench.clock.speed());
    }
}
