//! What figures are reckoned of: the looks that were known by the cut-off, their fires and events, and the steps of the cases.

use super::{Asked, With};
use crate::cases::{Action, Cause, Finding, Status};
use crate::deliver::coverage::of_store;
use crate::deliver::coverage::period::{Period, day_of};
use crate::error::Result;
use crate::fire::{FireEvent, FirePixel, Verdict};
use crate::ledger::{Found, FoundBy, found};
use crate::pipeline::{expected, period};
use crate::store::{self, Step, Waited};
use crate::time::Utc;
use std::collections::{BTreeMap, BTreeSet};

/// Looks before the time are read so far back for fires that began earlier, seconds: an event ends a day after it was seen last.
const BEFORE_S: f64 = 2.0 * 86_400.0;

/// What is known of a time.
pub(super) struct Material {
    /// Its looks and fires, as they are summed.
    pub(super) period: Period,
    /// The account of its looks.
    pub(super) kept: period::Kept,
    /// Its events, real or simulated alone.
    pub(super) events: Vec<KnownEvent>,
    pub(super) simulated: bool,
    /// Simulated events that are left out.
    pub(super) left_out: usize,
}

/// An event as it was known by the cut-off.
pub(super) struct KnownEvent {
    pub(super) event: FireEvent,
    /// Its first detection that was known; before the time for those that go on.
    pub(super) first: Utc,
    /// When that came in.
    pub(super) known: Utc,
    /// What saw it first.
    pub(super) found: Option<Found>,
    /// What saw it in this time.
    pub(super) sources: BTreeSet<String>,
    /// Pixels of satellites in this time.
    pub(super) pixels: usize,
    /// Greatest power of one of them, MW.
    pub(super) max_frp_mw: Option<f64>,
    pub(super) steps: Vec<Step>,
    /// What the desk waited for of it.
    pub(super) waited: Vec<Waited>,
}

/// What was reported of an event.
pub(super) struct Reported {
    pub(super) finding: Finding,
    pub(super) cause: Option<Cause>,
    pub(super) approved: bool,
}

impl KnownEvent {
    /// Where its case stood.
    pub(super) fn status(&self) -> Status {
        self.steps.last().and_then(|step| Status::of(&step.to)).unwrap_or(Status::Triage)
    }

    /// Whether the desk excluded it.
    pub(super) fn is_excluded(&self) -> bool {
        self.status() == Status::Excluded
    }

    /// What was reported last and not refused: it stands, also where the case was reopened, until somebody reports anew.
    pub(super) fn reported(&self) -> Option<Reported> {
        reported(&self.steps)
    }
}

/// The last report that nobody refused, of the steps of a case.
fn reported(steps: &[Step]) -> Option<Reported> {
    // what became of a report stands before the next one
    let mut review: Option<&Step> = None;
    for step in steps.iter().rev() {
        match Action::of(&step.action) {
            Some(Action::Review) => review = Some(step),
            Some(Action::Report) => match review.take() {
                Some(review) if review.to == Status::Dispatched.code() => {}
                review => {
                    let detail: serde_json::Value = serde_json::from_str(&step.detail).ok()?;
                    let word = |name: &str| detail[name].as_str();
                    let (finding, cause) = (Finding::of(word("finding")?)?, word("cause").and_then(Cause::of));
                    return Some(Reported { finding, cause, approved: review.is_some() });
                }
            },
            _ => {}
        }
    }
    None
}

impl Material {
    /// Whether the store has a look of the time: without one nothing is known of it.
    pub(super) fn has_looks(&self) -> bool {
        !self.kept.report.granules.is_empty() || !self.kept.begun_before.is_empty()
    }
}

/// Whether a detection counts as a pixel.
pub(super) fn is_pixel(fire: &FirePixel) -> bool {
    FoundBy::of_sensor(&fire.sensor) == FoundBy::Satellite
}

pub(super) async fn read(with: With<'_>, asked: &Asked) -> Result<Material> {
    let With { store, site, .. } = with;
    let missing = expected::missing(store, asked.from, asked.until, asked.cut_off).await?.unwrap_or_default();
    let mut view = store.view().await?;
    let known = Utc::UNIX_EPOCH..asked.cut_off;
    let kept = period::read((store, &mut view), &(asked.from..asked.until), &known, &missing, site).await?;
    let mut fires: Vec<FirePixel> = kept.fires.clone();
    if kept.events.iter().any(|event| event.first_seen < asked.from) {
        let from = asked.from.plus_seconds(-BEFORE_S).unwrap_or(asked.from);
        fires.extend(period::read((store, &mut view), &(from..asked.from), &known, &[], site).await?.fires);
    }
    let ids: Vec<String> = kept.events.iter().map(|event| event.id.clone()).collect();
    let mut steps = view.steps_of(&ids).await?;
    let mut waited = view.waited_of(&ids).await?;
    drop(view);
    let by_id: BTreeMap<&str, &FirePixel> =
        fires.iter().filter(|fire| fire.verdict == Verdict::Kept).map(|fire| (fire.id.as_str(), fire)).collect();
    let of_time = |event: &FireEvent| {
        let own: Vec<&FirePixel> = event.members.iter().filter_map(|id| by_id.get(id.as_str()).copied()).collect();
        let waited = waited.remove(&event.id).unwrap_or_default();
        let known = known_event(event, &own, asked, &kept.taken, steps.remove(&event.id).unwrap_or_default());
        known.map(|known| KnownEvent { waited, ..known })
    };
    let inside = kept.events.iter().filter(|event| event.inside);
    let (simulated, real): (Vec<KnownEvent>, Vec<KnownEvent>) =
        inside.filter_map(of_time).partition(|known| known.event.simulated);
    let mut period = Period::of(
        vec![of_store::run(&kept.report, &kept.fires, &kept.events, site, &with.thresholds.smallest_fire)],
        site,
    );
    let last = asked.until.plus_seconds(-1.0).unwrap_or(asked.from);
    (period.set_days, period.simulated_runs) = (Some((day_of(asked.from), day_of(last))), Vec::new());
    let only_simulated = !period.is_real() && real.is_empty() && period.simulated();
    period.rows.retain(|row| row.simulated == only_simulated || row.satellite.is_empty());
    period.fires.retain(|fire| fire.simulated == only_simulated);
    period.screened.retain(|fire| fire.simulated == only_simulated);
    let (mut events, left_out) = if only_simulated { (simulated, 0) } else { (real, simulated.len()) };
    if let Some(seen) = seen(with, asked).await? {
        events.retain(|known| seen.contains(&known.event.id));
        let members: BTreeSet<&str> =
            events.iter().flat_map(|known| &known.event.members).map(String::as_str).collect();
        period.fires.retain(|fire| members.contains(fire.id.as_str()));
    }
    Ok(Material { period, kept, events, simulated: only_simulated, left_out })
}

/// Events that who asks may see; `None`: all of the county, or of the site.
async fn seen(with: With<'_>, asked: &Asked) -> Result<Option<BTreeSet<String>>> {
    let county = asked.county.as_deref().unwrap_or_default();
    if asked.scope.holds(&[county]) {
        return Ok(None);
    }
    let events =
        store::Asked { from: Some(asked.from), to: Some(asked.until), limit: i64::MAX, ..store::Asked::default() };
    let shown = with.store.list_events(&asked.scope, &events).await?;
    Ok(Some(shown.into_iter().map(|shown| shown.stored.event.id).collect()))
}

/// An event by its detections that were known; `None` where none of this time is.
fn known_event(
    event: &FireEvent,
    own: &[&FirePixel],
    asked: &Asked,
    taken: &BTreeMap<String, Utc>,
    mut steps: Vec<Step>,
) -> Option<KnownEvent> {
    let within: Vec<&&FirePixel> =
        own.iter().filter(|fire| fire.time >= asked.from && fire.time < asked.until).collect();
    within.first()?;
    steps.retain(|step| step.at < asked.cut_off);
    let first = own.iter().map(|fire| fire.time).min()?;
    // what began longer ago than was read is no event of this time
    let is_older = event.first_seen < asked.from.plus_seconds(-BEFORE_S)?;
    let pixels: Vec<&&&FirePixel> = within.iter().filter(|fire| is_pixel(fire)).collect();
    let power = |fire: &&&&FirePixel| fire.frp_mw;
    let source =
        |fire: &&&FirePixel| if fire.satellite.is_empty() { fire.sensor.clone() } else { fire.satellite.clone() };
    Some(KnownEvent {
        first: if is_older { event.first_seen } else { first },
        // a piece of a look has no time of its own
        known: own.iter().filter_map(|fire| taken.get(&fire.granule)).min().copied().unwrap_or(first).max(first),
        found: found(own.iter().map(|fire| (fire.sensor.as_str(), fire.time))),
        sources: within.iter().map(source).collect(),
        pixels: pixels.len(),
        max_frp_mw: pixels.iter().filter_map(power).reduce(f64::max),
        event: event.clone(),
        steps,
        waited: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(action: Action, to: Status, cause: Option<Cause>) -> Step {
        let cause = cause.map(Cause::code);
        Step {
            at: Utc::UNIX_EPOCH,
            who: String::new(),
            role: String::new(),
            action: action.code().into(),
            from: String::new(),
            to: to.code().into(),
            note: String::new(),
            detail: serde_json::json!({ "finding": "burning", "cause": cause }).to_string(),
        }
    }

    /// Straw is reported and refused, garbage is reported and approved, and after the case was reopened film is reported and refused.
    #[test]
    fn a_refused_report_is_no_finding() {
        use Action::{Reopen, Report, Review};
        let steps = [
            step(Report, Status::Reported, Some(Cause::Straw)),
            step(Review, Status::Dispatched, None),
            step(Report, Status::Reported, Some(Cause::Garbage)),
            step(Review, Status::Reviewed, None),
            step(Reopen, Status::Triage, None),
            step(Report, Status::Reported, Some(Cause::Film)),
            step(Review, Status::Dispatched, None),
        ];
        let of = |count: usize| reported(&steps[..count]).map(|found| (found.cause, found.approved));
        let expected = [
            None,
            Some((Some(Cause::Straw), false)),
            None,
            Some((Some(Cause::Garbage), false)),
            Some((Some(Cause::Garbage), true)),
            Some((Some(Cause::Garbage), true)),
            Some((Some(Cause::Film), false)),
            Some((Some(Cause::Garbage), true)),
        ];
        for (count, expected) in expected.into_iter().enumerate() {
            assert_eq!(of(count), expected, "after {count} steps");
        }
    }
}
