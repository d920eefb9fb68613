//! A time as the store has it: its looks with their accounts, the fires of that time, and the events that these belong to. A list of others may
//! hold fires of several days: each fire is of the time at which it was seen, wherever its list or look begins.

use super::drill::{Apart, is_drill};
use crate::deliver::scan_report::{CountyShare, GranuleReport, Looked, Missed, ScanReport};
use crate::error::{Error, Result};
use crate::fire::{FireEvent, FirePixel, Verdict};
use crate::site::Site;
use crate::store::{KeptLook, Store, View};
use crate::time::Utc;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What is kept of a time.
pub struct Kept {
    /// The account of all looks together, as if one run had made them.
    pub report: ScanReport,
    /// The fires of the time, kept and dropped.
    pub fires: Vec<FirePixel>,
    /// Open events that hold one of these, inside and outside.
    pub events: Vec<FireEvent>,
    /// When each look came in, by its name; scans that began before are among them.
    pub taken: BTreeMap<String, Utc>,
    /// Scans that began before the time and have fires in it; what they saw of the counties is of the time in which they began.
    pub begun_before: Vec<GranuleReport>,
}

/// A look that is scanned line by line and begins so long before a time may still have fires in it, seconds: half a day holds every orbit and slot.
const LONGEST_LOOK_S: f64 = 43_200.0;

/// Reads looks that were observed in one time and came in in another, and the fires of the first that came in in the other. Lists that begin before
/// and have fires in it are among the looks. `missing`: looks that did not come.
///
/// # Errors
/// [`Error::Store`].
pub async fn read(
    (store, view): (&Store, &mut View<'_>),
    observed: &Range<Utc>,
    taken: &Range<Utc>,
    missing: &[Missed],
    site: &Site,
) -> Result<Kept> {
    let mut looks = view.looks(observed, taken).await?;
    let mut granules = accounts(store, &looks)?;
    let mut known: BTreeSet<String> = granules.iter().flat_map(names).cloned().collect();
    let mut fires = view.fires_in(observed).await?;
    let mut begun_before: Vec<(KeptLook, GranuleReport)> = Vec::new();
    let strange: BTreeSet<String> =
        fires.iter().filter(|fire| !known.contains(&fire.granule)).map(|fire| fire.granule.clone()).collect();
    if !strange.is_empty() {
        let strange: Vec<String> = strange.into_iter().collect();
        let begun = view.looks_named(&strange, taken).await?;
        let (lists, scans): (Vec<_>, Vec<_>) =
            begun.iter().cloned().zip(accounts(store, &begun)?).partition(|(_, of)| of.is_list());
        known.extend(scans.iter().chain(&lists).flat_map(|(_, of)| names(of)).cloned());
        let (more, of_lists): (Vec<KeptLook>, Vec<GranuleReport>) = lists.into_iter().unzip();
        looks.extend(more);
        granules.extend(of_lists);
        begun_before.extend(scans);
        if strange.iter().any(|name| !known.contains(name)) {
            // a piece is known by the account of its look alone
            let before = observed.start.plus_seconds(-LONGEST_LOOK_S).unwrap_or(observed.start)..observed.start;
            let before = view.looks(&before, taken).await?;
            let is_strange = |of: &GranuleReport| of.pieces.iter().any(|piece| strange.contains(piece));
            let of_pieces = before.iter().cloned().zip(accounts(store, &before)?).filter(|(_, of)| is_strange(of));
            begun_before.extend(of_pieces);
            known.extend(begun_before.iter().flat_map(|(_, of)| names(of)).cloned());
        }
    }
    fires.retain(|fire| known.contains(&fire.granule));
    let ids: Vec<String> = fires.iter().map(|fire| fire.id.clone()).collect();
    let events = view.open_events_with(&ids).await?;
    let mut report = ScanReport::new(vec![format!("{}/{}", observed.start.rfc3339(), observed.end.rfc3339())]);
    report.simulated = granules.iter().any(|of| of.simulated) || fires.iter().any(|fire| fire.simulated);
    report.granules = granules;
    report.missing = missing.to_vec();
    report.missing.sort();
    report.complete(&site.planned_gaps);
    let (scans, begun_before): (Vec<KeptLook>, Vec<GranuleReport>) = begun_before.into_iter().unzip();
    let taken = looks.into_iter().chain(scans).map(|look| (look.name, look.taken)).collect();
    Ok(Kept { report, fires, events, taken, begun_before })
}

fn names(of: &GranuleReport) -> impl Iterator<Item = &String> {
    of.pieces.iter().chain([&of.granule])
}

fn accounts(store: &Store, looks: &[KeptLook]) -> Result<Vec<GranuleReport>> {
    looks.iter().map(|look| account(store, look)).collect()
}

/// The account of a look; its time is the store's, which is exact.
pub(super) fn account(store: &Store, look: &KeptLook) -> Result<GranuleReport> {
    let report: GranuleReport = serde_json::from_str(&look.report).map_err(|error| Error::Store {
        store: store.name(),
        reason: format!("the account of look {}: {error}", look.name),
        advice: "the store was written by another program or is damaged: restore a backup".to_string(),
    })?;
    Ok(GranuleReport { time: look.time, ..report })
}

impl Kept {
    /// Of each look and detection whether a drill made it.
    pub fn are_simulated(&self) -> impl Iterator<Item = bool> {
        let looks = self.report.granules.iter().map(|look| look.simulated);
        looks.chain(self.fires.iter().map(|fire| fire.simulated))
    }

    /// What is real alone, or what a drill made where all is of it; and what was left out.
    #[must_use]
    pub fn apart(self, site: &Site) -> (Kept, Apart) {
        let simulated = is_drill(self.are_simulated());
        self.only(simulated, site)
    }

    /// What is real alone, or what a drill made; and what was left out.
    #[must_use]
    pub fn only(mut self, simulated: bool, site: &Site) -> (Kept, Apart) {
        let is_left_out = |made: bool| made != simulated;
        let apart = Apart {
            simulated,
            looks: self.report.granules.iter().filter(|look| is_left_out(look.simulated)).count(),
            events: self.events.iter().filter(|event| event.inside && is_left_out(event.simulated)).count(),
        };
        self.report.granules.retain(|look| !is_left_out(look.simulated));
        self.fires.retain(|fire| !is_left_out(fire.simulated));
        self.events.retain(|event| !is_left_out(event.simulated));
        self.report.simulated = simulated;
        self.report.complete(&site.planned_gaps);
        (self, apart)
    }

    /// Looks that were read, lists of others among them.
    pub fn read(&self) -> usize {
        self.report.granules.iter().filter(|of| of.look != Looked::Unreadable).count()
    }

    /// How many fires of a look are kept and of this time, as the store has them.
    pub fn fires_of(&self, look: &GranuleReport) -> usize {
        let of_look = |fire: &&FirePixel| fire.granule == look.granule || look.pieces.contains(&fire.granule);
        self.fires.iter().filter(of_look).filter(|fire| fire.verdict == Verdict::Kept).count()
    }
}

/// Share of all counties together that a look saw and that was under cloud, by their pixels; `None` for a list or where it saw none.
pub fn share_of(look: &GranuleReport) -> Option<(f64, f64)> {
    let pixels: usize = look.counties.iter().map(|share| share.pixels).sum();
    if pixels == 0 || look.look != Looked::Yes {
        return None;
    }
    let sum = |part: fn(&CountyShare) -> f64| {
        look.counties.iter().map(|share| part(share) * share.pixels as f64).sum::<f64>() / pixels as f64
    };
    Some((sum(|share| share.observed_fraction), sum(|share| share.cloud_fraction)))
}
