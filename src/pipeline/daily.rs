//! The list of a day's half: what was observed until a cut-off and had come in by then, what did not come, and what came late for the
//! list before.

mod tables;
mod words;

use super::Settings;
use super::drill::{Apart, is_drill};
use super::outputs::{Appendix, Imagery, Outputs, Written};
use super::period::{self, Kept};
use super::unseen_counties;
use crate::assign::territory::Territory;
use crate::deliver::scan_report::Missed;
use crate::error::{Error, Result};
use crate::fire::{FireEvent, FirePixel, Verdict};
use crate::site::{Job, JobKind, Site};
use crate::store::Store;
use crate::time::Utc;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use words::Summary;

/// Of which time a list is.
#[derive(Debug, Clone, Copy)]
pub struct Day<'a> {
    /// The first moment of it.
    pub from: Utc,
    /// The moment after its last: what is observed or comes in later is of the next list.
    pub cut_off: Utc,
    /// Cut-off of the list before: what was observed before it and came in since is late.
    pub before_cut_off: Utc,
    /// Looks of the time that were expected and are not there; `None` where nobody kept account of that.
    pub missing: Option<&'a [Missed]>,
}

/// A list that is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// Its folder.
    pub folder: PathBuf,
    /// A few lines for the desk.
    pub text: String,
    /// The whole list as the terminal has it.
    pub printed: String,
    /// Events on it.
    pub events: usize,
    /// Looks that it includes.
    pub looks: usize,
    /// Looks that were expected and are not there.
    pub missing: usize,
    /// Looks that came late for the list before.
    pub late: usize,
}

/// Looks that were observed longer ago are no supplement but an archive that was read in, days.
const LATE_DAYS: f64 = 7.0;
/// How long a list is where a site makes none by the clock, s.
const USUAL_S: f64 = 86_400.0;

/// When the time of a list begins: when a list was due before.
pub fn begins(jobs: &[Job], cut_off: Utc) -> Utc {
    let due = lists(jobs).filter_map(|job| job.at.previous(cut_off)).max();
    due.or_else(|| cut_off.plus_seconds(-USUAL_S)).unwrap_or(cut_off)
}

/// When the last list was due, at this moment or before; `None` where a site makes none by the clock.
pub fn last_due(jobs: &[Job], now: Utc) -> Option<Utc> {
    let after = now.plus_seconds(1e-6)?;
    lists(jobs).filter_map(|job| job.at.previous(after)).max()
}

fn lists(jobs: &[Job]) -> impl Iterator<Item = &Job> {
    jobs.iter().filter(|job| job.run == JobKind::DailyList)
}

/// The cut-off of the list that a look belongs to.
fn list_of(site: &Site, observed: Utc) -> Option<Utc> {
    lists(&site.jobs).filter_map(|job| job.at.next(observed)).min()
}

/// Makes the list in a folder of its own below `into`, named by the cut-off in Beijing time. The same store gives the same files.
///
/// # Errors
/// [`Error::Store`], and [`Error::Output`] where a file cannot be written.
pub async fn daily_list(
    store: &Store,
    settings: &Settings<'_>,
    territory: &Territory,
    day: &Day<'_>,
    into: &Path,
) -> Result<Made> {
    let site = settings.site;
    let (kept, late) = read(store, site, day).await?;
    let (late, older) = late;
    let simulated = is_drill(kept.are_simulated().chain(late.are_simulated()));
    let (kept, apart) = kept.only(simulated, site);
    let (late, apart_of_late) = late.only(simulated, site);
    let apart =
        Apart { simulated, looks: apart.looks + apart_of_late.looks, events: apart.events + apart_of_late.events };
    let late = Late::of((late, older), territory, site);
    let folder = into.join(day.cut_off.beijing_as("%Y%m%d-%H%M").unwrap_or_default());
    std::fs::create_dir_all(&folder).map_err(|error| Error::output(&folder, error))?;
    let (looks, missing) = (kept.report.granules.len(), kept.report.missing.len());
    let summary = Summary { site, day, looks: words::looks(&kept.report.granules), is_empty: looks == 0, simulated };
    let appendix = appendix(day, &kept, &late, &apart);
    let tail = appendix.lines.clone();
    let outputs = outputs(kept, appendix, site);
    let Written { text: printed, events, shares, written, .. } = outputs.write(&folder, false, settings, territory);
    written?;
    let text = summary.text(&events, &shares, &tail);
    Ok(Made { folder, text, printed, events: events.len(), looks, missing, late: late.kept.report.granules.len() })
}

/// What it has beyond a list of a run.
fn appendix(day: &Day<'_>, kept: &Kept, late: &Late, apart: &Apart) -> Appendix {
    let simulated = apart.simulated;
    let mut tables = vec![tables::looks(kept, simulated)];
    tables.extend(tables::missing(kept, simulated));
    tables.extend(tables::late(late, simulated));
    let lines = [apart.left_out(), words::missing(day, kept), words::late(late)].into_iter().flatten().collect();
    Appendix { of: Some(words::of_time(day)), tables, lines }
}

fn outputs(kept: Kept, appendix: Appendix, site: &Site) -> Outputs {
    Outputs {
        read: kept.read(),
        fires: kept.fires,
        report: kept.report,
        without_granule: unseen_counties(site),
        tells_coverage: true,
        imagery: Imagery::default(),
        picture: None,
        known: Some(kept.events),
        appendix,
    }
}

/// What the list is of, and what came late for the one before.
async fn read(store: &Store, site: &Site, day: &Day<'_>) -> Result<(Kept, (Kept, usize))> {
    let mut view = store.view().await?;
    let observed = day.from..day.cut_off;
    let by_the_cut_off = Utc::UNIX_EPOCH..day.cut_off;
    let missing = day.missing.unwrap_or_default();
    let kept = period::read((store, &mut view), &observed, &by_the_cut_off, missing, site).await?;
    let oldest = day.before_cut_off.plus_seconds(-86_400.0 * LATE_DAYS).unwrap_or(day.before_cut_off);
    let since: Range<Utc> = day.before_cut_off..day.cut_off;
    let late = period::read((store, &mut view), &(oldest..day.before_cut_off), &since, &[], site).await?;
    let older = view.count_looks(&(Utc::UNIX_EPOCH..oldest), &since).await?;
    // a list that begins before and has fires since is listed, not counted
    let listed = late.report.granules.iter().filter(|look| look.time < oldest).count();
    let older = older.saturating_sub(listed);
    Ok((kept, (late, older)))
}

/// What came late for the list before.
struct Late {
    kept: Kept,
    /// Looks that are older still and are only counted.
    older: usize,
    /// Cut-off of the list that each look and each fire belongs to, by its name: a list of others may hold fires of several.
    lists: BTreeMap<String, Utc>,
    /// Its kept fires inside the counties, placed.
    fires: Vec<FirePixel>,
}

impl Late {
    fn of((kept, older): (Kept, usize), territory: &Territory, site: &Site) -> Late {
        let mut lists = BTreeMap::new();
        for look in &kept.report.granules {
            let list = list_of(site, look.time);
            lists.extend(look.pieces.iter().chain([&look.granule]).filter_map(|name| Some((name.clone(), list?))));
        }
        let is_fire = |fire: &&FirePixel| fire.verdict == Verdict::Kept && fire.county.is_some();
        let mut fires: Vec<_> = kept.fires.iter().filter(is_fire).cloned().collect();
        territory.place(&mut fires);
        lists.extend(fires.iter().filter_map(|fire| Some((fire.id.clone(), list_of(site, fire.time)?))));
        Late { kept, older, lists, fires }
    }

    /// Events that its fires belong to.
    fn events(&self) -> impl Iterator<Item = &FireEvent> {
        let holds = |event: &FireEvent| self.fires.iter().any(|fire| event.members.contains(&fire.id));
        self.kept.events.iter().filter(move |event| event.inside && holds(event))
    }

    /// `2025-10-20 08:00`.
    fn list(&self, of: &str) -> String {
        self.lists.get(of).map_or_else(String::new, |cut_off| cut_off.beijing())
    }
}
