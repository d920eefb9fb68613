//! How much of each county was observed in a time, from the looks of the store: one reckoning for the page, for nil reports and for handovers.

use super::drill::{Apart, is_drill};
use crate::deliver::coverage;
use crate::deliver::coverage::of_run;
use crate::deliver::scan_report::{CountyShare, GranuleReport, Looked, ScanReport};
use crate::error::Result;
use crate::site::Site;
use crate::store::{Asked, CountyLook, Scope, Store};
use crate::thresholds::Thresholds;
use crate::time::Utc;
use std::collections::{BTreeMap, BTreeSet};

/// Geostationary satellites are expected to look every ten minutes; what is that late is counted as absent, minutes.
const SLOT_MIN: f64 = 10.0;
const LATE_MIN: f64 = 30.0;
/// Rows of coverage read at once.
const PAGE: i64 = 20_000;
/// Sensors that look every slot.
const STARING: [&str; 4] = ["AHI", "AGRI", "AMI", "ABI"];

/// All looks of a period, whatever their number.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn looks_of(store: &Store, scope: &Scope, from: Utc, until: Utc) -> Result<Vec<CountyLook>> {
    let mut looks = Vec::new();
    loop {
        let asked =
            Asked { from: Some(from), to: Some(until), limit: PAGE, offset: looks.len() as i64, ..Asked::default() };
        let page = store.list_coverage(scope, &asked).await?;
        let is_last = (page.len() as i64) < PAGE;
        looks.extend(page);
        if is_last {
            return Ok(looks);
        }
    }
}

/// The looks of a time, real or of a drill alone.
pub struct Seen {
    /// By the latest first.
    pub looks: Vec<CountyLook>,
    /// Which of both, and what was left out.
    pub apart: Apart,
}

/// As [`looks_of`], with events and looks of a drill apart from real ones.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn seen(store: &Store, scope: &Scope, from: Utc, until: Utc) -> Result<Seen> {
    let all = looks_of(store, scope, from, until).await?;
    let count = async |simulated: bool| {
        let asked =
            Asked { from: Some(from), to: Some(until), standing: true, simulated: Some(simulated), ..Asked::default() };
        Ok::<usize, crate::error::Error>(usize::try_from(store.count_events(scope, &asked).await?).unwrap_or(0))
    };
    let (real, made) = (count(false).await?, count(true).await?);
    let of_events = [(real, false), (made, true)].into_iter().filter(|(events, _)| *events > 0);
    let simulated = is_drill(all.iter().map(|look| look.simulated).chain(of_events.map(|(_, simulated)| simulated)));
    let (looks, others): (Vec<CountyLook>, Vec<CountyLook>) =
        all.into_iter().partition(|look| look.simulated == simulated);
    let left_out: BTreeSet<&str> = others.iter().map(|look| look.look.as_str()).collect();
    let apart = Apart { simulated, looks: left_out.len(), events: if simulated { 0 } else { made } };
    Ok(Seen { looks, apart })
}

/// Looks with a measurement of a county, before a time.
pub fn reached<'a>(looks: &'a [CountyLook], adcode: &'a str, until: Utc) -> impl Iterator<Item = &'a CountyLook> {
    looks.iter().filter(move |look| look.adcode == adcode && look.missing < 1.0 && look.time < until)
}

/// Words on the looks of a county behind a share: `, 6 次观测, 9 小时中 2 小时有观测`. A look without a measurement of it is none.
pub fn looks_said(looks: &[CountyLook], adcode: &str, from: Utc, until: Utc) -> String {
    const HOUR_S: f64 = 3600.0;
    let names: BTreeSet<&str> = reached(looks, adcode, until).map(|look| look.look.as_str()).collect();
    let hours: BTreeSet<i64> =
        reached(looks, adcode, until).map(|look| (look.time.seconds_since(from) / HOUR_S).floor() as i64).collect();
    let all = (until.seconds_since(from) / HOUR_S).ceil();
    format!(", {} 次观测, {all:.0} 小时中 {} 小时有观测", names.len(), hours.len())
}

/// Share of each county, reckoned as `scan` and `coverage` do. A satellite that looks every ten minutes and has not been heard of since, or
/// was not heard of yet, saw nothing in that time: a system that stands still must not say that it sees.
pub fn shares(site: &Site, thresholds: &Thresholds, looks: &[CountyLook], from: Utc, now: Utc) -> Vec<CountyShare> {
    let mut report = ScanReport::new(Vec::new());
    let mut by_name: BTreeMap<&str, Vec<&CountyLook>> = BTreeMap::new();
    for look in looks {
        by_name.entry(&look.look).or_default().push(look);
    }
    let name_of = |adcode: &str| {
        let county = site.counties.iter().find(|county| county.name.adcode == adcode);
        county.map_or_else(|| adcode.to_string(), |county| county.name.name.clone())
    };
    let share = |look: &&CountyLook| CountyShare {
        pixels: 1,
        observed_fraction: look.observed,
        cloud_fraction: look.cloud,
        missing_fraction: look.missing,
        ..CountyShare::of_nothing(&look.adcode, &name_of(&look.adcode))
    };
    let mut staring: BTreeMap<(&str, &str), (Utc, Utc)> = BTreeMap::new();
    for (name, counties) in &by_name {
        let Some(first) = counties.first() else { continue };
        report.granules.push(GranuleReport {
            satellite: first.satellite.clone(),
            sensor: first.sensor.clone(),
            simulated: first.simulated,
            counties: counties.iter().map(share).collect(),
            ..GranuleReport::bare(*name, first.time)
        });
        if STARING.contains(&first.sensor.as_str()) {
            let span = staring.entry((&first.satellite, &first.sensor)).or_insert((first.time, first.time));
            *span = (span.0.min(first.time), span.1.max(first.time));
        }
    }
    for ((satellite, sensor), (earliest, latest)) in staring {
        let blind = |name: &str, time: Utc| GranuleReport {
            look: Looked::Unreadable,
            satellite: satellite.to_string(),
            sensor: sensor.to_string(),
            ..GranuleReport::bare(format!("{satellite} {name}"), time)
        };
        let slot_after = |time: Utc| whole_slot(time);
        let due = now.plus_seconds(-60.0 * LATE_MIN).unwrap_or(now);
        if due.seconds_since(latest) > 60.0 * SLOT_MIN {
            report.granules.push(blind("expected last", slot_after(due)));
        }
        if earliest.seconds_since(from) > 60.0 * SLOT_MIN {
            report.granules.push(blind("expected first", slot_after(from)));
        }
    }
    report.complete(&site.planned_gaps);
    let rows = coverage::rows(&report, site, &thresholds.smallest_fire);
    of_run::shares(&report, &rows, site)
}

/// The start of the slot that holds a time.
fn whole_slot(time: Utc) -> Utc {
    let slot = (60e6 * SLOT_MIN) as i64;
    Utc::from_micros(time.micros().div_euclid(slot) * slot).unwrap_or(time)
}
