//! What the tasks found, put together as if one scan had looked at everything.

use super::pass::{self, Found, Pass};
use super::{Season, run};
use crate::assign::territory::Territory;
use crate::deliver::coverage::{self, CoverageRow};
use crate::deliver::scan_report::{Looked, Missed, ScanReport};
use crate::error::{Error, Result};
use crate::fire::{DropReason, FireEvent, FirePixel, Verdict};
use crate::fuse;
use crate::ingest::feeds;
use crate::pipeline::{self, Settings};
use crate::schedule;
use crate::site::Site;
use crate::time::Utc;
use std::collections::BTreeSet;

/// A season as a whole.
pub struct Gathered {
    /// Fires, kept and dropped.
    pub fires: Vec<FirePixel>,
    /// Events, inside the counties and around them.
    pub events: Vec<FireEvent>,
    /// What was seen of each county by each look, and when nobody looked.
    pub coverage: Vec<CoverageRow>,
    /// The account of all looks.
    pub report: ScanReport,
    /// Looks and lists that were read.
    pub read: usize,
}

/// Puts a season together.
///
/// # Errors
/// [`Error::Config`] where a task is not done: a part must not be taken for the whole.
pub fn gather(season: &Season, settings: &Settings, territory: &Territory) -> Result<Gathered> {
    let jobs = run::Part { pass: Some(Pass::Detection), ..run::Part::default() }.jobs(season);
    let missing = run::missing(season, &jobs);
    if let Some((_, first)) = missing.first() {
        return Err(Error::config(
            season.dir.display().to_string(),
            format!("{} of {} tasks not done, task {first} the first", missing.len(), jobs.len()),
            "a season that is done",
            "go on with it: strawfire season run; strawfire season status says what is missing",
        ));
    }
    let mut fires: Vec<FirePixel> = Vec::new();
    let mut report = ScanReport::new(vec![season.dir.display().to_string()]);
    report.errors.extend(season.plan.errors.iter().cloned());
    let (mut read, mut of_lists) = (0, Vec::new());
    for (_, id) in jobs {
        let found = pass::found(season, id)?;
        report.errors.extend(pass::errors_before(season, id));
        read += found.read;
        report.errors.extend(found.errors.iter().cloned());
        if season.task(id)?.lists.is_empty() {
            add(found, &mut fires, &mut report);
        } else {
            of_lists.extend(found.fires);
        }
    }
    // years of one list overlap those of the next
    feeds::drop_repeats(&mut of_lists);
    report.granules.extend(pipeline::imported::accounts(&of_lists));
    fires.extend(of_lists);
    place_anew(&mut fires, settings);
    complete(&mut report, &fires, season, settings.site);
    territory.place(&mut fires);
    let mut events = fuse::fuse(&fires, &settings.thresholds.fuse, |place| settings.county_of(place));
    events.iter_mut().filter(|event| event.inside).for_each(|event| territory.assign(event));
    let coverage = coverage::rows(&report, settings.site, &settings.thresholds.smallest_fire);
    Ok(Gathered { fires, events, coverage, report, read })
}

/// Adds what a task found, look by look: what an earlier look already shows counts once.
fn add(found: Found, fires: &mut Vec<FirePixel>, report: &mut ScanReport) {
    let mut rest = found.fires.into_iter();
    for mut look in found.granules {
        let count = look.fires_kept + look.fires_dropped.values().sum::<usize>();
        let mut own: Vec<FirePixel> = rest.by_ref().take(count).collect();
        pipeline::yield_to(fires, &mut own, &mut look);
        fires.extend(own);
        report.granules.push(look);
    }
}

/// Puts fires into the counties of the site as it is now: two runs beside each other have the same borders. What a plan and the site agree on
/// stays as it was.
fn place_anew(fires: &mut [FirePixel], settings: &Settings) {
    for fire in fires.iter_mut().filter(|fire| fire.verdict == Verdict::Dropped(DropReason::OutsideCounties)) {
        fire.verdict = Verdict::Kept;
    }
    pipeline::place_and_screen(fires, settings);
}

/// Counts the slots of the whole period: one that was not among the inputs was not looked at either.
fn complete(report: &mut ScanReport, fires: &[FirePixel], season: &Season, site: &Site) {
    report.simulated = report.granules.iter().any(|of| of.simulated) || fires.iter().any(|fire| fire.simulated);
    let looks = || report.granules.iter().filter(|granule| granule.look != Looked::NotOverSite && !granule.is_list());
    let satellites: BTreeSet<&str> =
        looks().map(|look| report.who(look).satellite.as_str()).filter(|satellite| !satellite.is_empty()).collect();
    let mut missing = Vec::new();
    for satellite in satellites {
        let of = looks().filter(|look| report.who(look).satellite == satellite);
        let there: BTreeSet<Utc> = of.filter_map(|look| schedule::slot_of(satellite, look.time)).collect();
        let slots =
            schedule::slots(satellite, season.plan.from, season.plan.to, &site.planned_gaps).unwrap_or_default();
        let absent = slots.into_iter().filter(|slot| !slot.is_planned_gap && !there.contains(&slot.time));
        missing.extend(absent.map(|slot| Missed {
            time: slot.time,
            satellite: satellite.to_string(),
            why: NOT_GIVEN.to_string(),
        }));
    }
    report.missing = missing;
    report.missing.sort();
    report.complete(&site.planned_gaps);
}

const NOT_GIVEN: &str = "资料中没有";
