//! A time as the store has it: its looks with their accounts, their fires, and the events that these belong to.

use crate::deliver::scan_report::{CountyShare, GranuleReport, Looked, Missed, ScanReport};
use crate::error::{Error, Result};
use crate::fire::{FireEvent, FirePixel, Verdict};
use crate::site::Site;
use crate::store::{KeptLook, Store, View};
use crate::time::Utc;
use std::collections::BTreeMap;
use std::ops::Range;

/// What is kept of a time.
pub struct Kept {
    /// The account of all looks together, as if one run had made them.
    pub report: ScanReport,
    /// Their fires, kept and dropped.
    pub fires: Vec<FirePixel>,
    /// Open events that hold one of these, inside and outside.
    pub events: Vec<FireEvent>,
    /// When each look came in, by its name.
    pub taken: BTreeMap<String, Utc>,
}

/// Reads looks that were observed in one time and came in in another. `missing`: looks that did not come.
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
    let looks = view.looks(observed, taken).await?;
    let granules: Vec<GranuleReport> = looks.iter().map(|look| account(store, look)).collect::<Result<_>>()?;
    let names: Vec<String> = granules.iter().flat_map(|of| of.pieces.iter().chain([&of.granule])).cloned().collect();
    let fires = view.fires_of(&names).await?;
    let ids: Vec<String> = fires.iter().map(|fire| fire.id.clone()).collect();
    let events = view.open_events_with(&ids).await?;
    let mut report = ScanReport::new(vec![format!("{}/{}", observed.start.rfc3339(), observed.end.rfc3339())]);
    report.simulated = granules.iter().any(|of| of.simulated) || fires.iter().any(|fire| fire.simulated);
    report.granules = granules;
    report.missing = missing.to_vec();
    report.missing.sort();
    report.complete(&site.planned_gaps);
    Ok(Kept { report, fires, events, taken: looks.into_iter().map(|look| (look.name, look.taken)).collect() })
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
    /// Looks that were read, lists of others among them.
    pub fn read(&self) -> usize {
        self.report.granules.iter().filter(|of| of.look != Looked::Unreadable).count()
    }

    /// How many fires of a look are kept, as the store has them.
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
