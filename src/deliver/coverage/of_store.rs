//! What a store has of a period, as a run to be summed.

use super::read::{Run, SeenEvent, SeenFire};
use super::sensor_key;
use crate::deliver::scan_report::{GranuleReport, ScanReport};
use crate::fire::{FireEvent, FirePixel, Verdict};
use crate::site::Site;
use crate::thresholds::SmallestFires;
use std::collections::BTreeSet;

/// Of the account of all its looks, their fires and the events that these belong to.
pub fn run(report: &ScanReport, fires: &[FirePixel], events: &[FireEvent], site: &Site, t: &SmallestFires) -> Run {
    let lists = report.granules.iter().filter(|granule| granule.is_list());
    let lists: BTreeSet<&str> = lists.map(|list: &GranuleReport| list.granule.as_str()).collect();
    let of = |fire: &FirePixel| seen(fire, lists.contains(fire.granule.as_str()));
    let kept: Vec<SeenFire> =
        fires.iter().filter(|fire| fire.verdict == Verdict::Kept && fire.county.is_some()).map(of).collect();
    let screened = |fire: &&FirePixel| fire.county.as_ref().is_some_and(|county| fire.is_screened_in(&county.adcode));
    let ours: BTreeSet<&str> = kept.iter().filter(|fire| !fire.of_list).map(|fire| fire.id.as_str()).collect();
    let event = |event: &FireEvent| SeenEvent {
        id: event.id.clone(),
        first_seen: event.first_seen,
        adcode: event.county.as_ref().map(|county| county.adcode.clone()),
        members: event.members.clone(),
        of_list: !event.members.iter().any(|id| ours.contains(id.as_str())),
        run: 0,
    };
    let events = events.iter().filter(|event| event.inside).map(event).collect();
    Run {
        rows: super::rows(report, site, t),
        screened: fires.iter().filter(screened).map(of).collect(),
        found: Some((kept, events)),
        name: report.inputs.join(" "),
        simulated: report.simulated,
    }
}

fn seen(fire: &FirePixel, of_list: bool) -> SeenFire {
    SeenFire {
        id: fire.id.clone(),
        time: fire.time,
        key: sensor_key(&fire.satellite, &fire.sensor, &fire.algorithm),
        satellite: fire.satellite.clone(),
        sensor: fire.sensor.clone(),
        adcode: fire.county.as_ref().map(|county| county.adcode.clone()),
        pixels: fire.pixel_count(),
        of_list,
        simulated: fire.simulated,
        reason: fire.verdict.reason().map(str::to_string),
    }
}
