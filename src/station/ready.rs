//! Whether a look is to be scanned now, waited for, or given up: pure, with the time as an argument.

use super::Rules;
use crate::detect;
use crate::ingest::granule::parts::{There, what_is_there};
use crate::ingest::granule::{self, Granule};
use crate::store::{Delivered, FileState, Slot, SlotState};
use crate::time::Utc;
use glob::Pattern;
use std::path::PathBuf;

/// What is to be done with a look.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Nothing before this time.
    Wait(Utc),
    /// It is scanned; what it lacks, in words, where it lacks something.
    Scan(Option<String>),
    /// No file of it came.
    Missing,
}

/// A look that lacks what it needs is scanned no sooner than this after its last file, however late it is, seconds: files of one look come
/// one after the other.
const PATIENCE_S: f64 = 120.0;

/// What was listed and could not be fetched for so long after its look was due is lost, seconds: a day.
const FETCHED_S: f64 = 86_400.0;

/// What is to be done with a look now. `listed`: all inboxes were looked into since it was due, so that what is not there did not come.
pub fn next(slot: &Slot, files: &[Delivered], rules: &Rules<'_>, listed: bool, now: Utc) -> Next {
    if let Some(again) = slot.again.filter(|again| *again > now) {
        return Next::Wait(again);
    }
    if slot.state == SlotState::Expected || files.is_empty() {
        let is_over = now >= slot.due && listed;
        return if is_over { Next::Missing } else { Next::Wait(slot.due.max(now)) };
    }
    let here: Vec<&Delivered> = files.iter().filter(|file| is_here(file)).collect();
    let is_coming = files.iter().any(|file| file.state == FileState::Elsewhere);
    if here.is_empty() {
        // listed and not fetched: so long as it may be there still it is fetched as soon as that can be done
        let until = slot.due.plus_seconds(FETCHED_S).unwrap_or(slot.due);
        return if now >= until { Next::Missing } else { Next::Wait(until) };
    }
    let arrived = slot.arrived.unwrap_or(now);
    let after = |seconds: f64| arrived.plus_seconds(seconds).unwrap_or(arrived);
    let granules = granules_of(&here);
    let is_swath = granules.first().is_some_and(|granule| granule.format.is_swath());
    let settled = after(if is_swath { rules.station.settle_pass_s } else { rules.station.settle_s });
    let at = match whole(slot, &here, &granules, rules) {
        Whole::All => return Next::Scan(None),
        Whole::Enough if !is_coming => settled.min(slot.due.max(arrived)),
        Whole::Enough => settled.max(slot.due).min(after(rules.station.settle_pass_s.max(PATIENCE_S))),
        Whole::Lacking(what) => {
            let at = slot.due.max(after(PATIENCE_S));
            return if now >= at { Next::Scan(Some(what)) } else { Next::Wait(at) };
        }
    };
    if now >= at { Next::Scan(None) } else { Next::Wait(at) }
}

/// What a look waits for, in words; empty where it waits for nothing.
pub fn waits_for(slot: &Slot, files: &[Delivered], rules: &Rules<'_>, now: Utc) -> String {
    let Next::Wait(until) = next(slot, files, rules, true, now) else { return String::new() };
    let here: Vec<&Delivered> = files.iter().filter(|file| is_here(file)).collect();
    let what = match whole(slot, &here, &granules_of(&here), rules) {
        Whole::Lacking(what) => what,
        Whole::All | Whole::Enough => "what else comes".to_string(),
    };
    format!("waits for {what} until {}", until.rfc3339())
}

/// Whether a file lies on this machine and may be read.
pub fn is_here(file: &Delivered) -> bool {
    !file.path.is_empty() && matches!(file.state, FileState::Here | FileState::Scanned | FileState::Failed)
}

/// The granules that files make.
pub fn granules_of(files: &[&Delivered]) -> Vec<Granule> {
    granule::of_files(files.iter().map(|file| PathBuf::from(&file.path)))
}

enum Whole {
    All,
    Enough,
    Lacking(String),
}

fn whole(slot: &Slot, here: &[&Delivered], granules: &[Granule], rules: &Rules<'_>) -> Whole {
    let Some(needs) = needs_of(here, rules) else { return by_parts(slot, granules, rules) };
    let is_there = |need: &&Pattern| here.iter().any(|file| need.matches(&file.name));
    match needs.iter().find(|need| !is_there(need)) {
        None => Whole::All,
        Some(need) => Whole::Lacking(need.as_str().to_string()),
    }
}

/// What the site says that a look of this inbox needs.
fn needs_of<'a>(here: &[&Delivered], rules: &'a Rules<'_>) -> Option<&'a [Pattern]> {
    let inbox = &here.first()?.inbox;
    rules.needs.get(inbox).map(Vec::as_slice).filter(|needs| !needs.is_empty())
}

fn by_parts(slot: &Slot, granules: &[Granule], rules: &Rules<'_>) -> Whole {
    let mut all = !granules.is_empty();
    for granule in granules {
        let halo = if granule.format.is_swath() { 0 } else { detect::HALO };
        match what_is_there(granule, &rules.area, halo) {
            There::All => {}
            There::Enough => all = false,
            There::Lacking(what) => return Whole::Lacking(what),
        }
    }
    let Some(first) = granules.first() else { return Whole::Lacking("a file that can be read".to_string()) };
    if !first.format.is_swath() {
        return if all { Whole::All } else { Whole::Enough };
    }
    // of an overpass that is foretold it is known where its parts end
    if slot.expected && covers(spans(granules), slot.first, slot.last) { Whole::All } else { Whole::Enough }
}

/// Names give whole seconds or minutes: so much between two parts is no gap, seconds.
const NO_GAP_S: f64 = 60.0;

/// Whether spans of time leave no gap in one.
fn covers(mut spans: Vec<(Utc, Utc)>, first: Utc, last: Utc) -> bool {
    spans.sort();
    let mut until = first;
    for (from, to) in spans {
        let slack = if until == first { 0.0 } else { NO_GAP_S };
        if from.seconds_since(until) > slack {
            break;
        }
        until = until.max(to);
    }
    until >= last
}

fn spans(granules: &[Granule]) -> Vec<(Utc, Utc)> {
    let files = granules.iter().flat_map(|granule| &granule.files);
    files.filter_map(|file| Some((file.start, file.start.plus_seconds(f64::from(file.seconds))?))).collect()
}
