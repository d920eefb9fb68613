//! What was observed in the last hours, and how many cases are open: what stands above every list, and what an empty list says.

use super::app::App;
use super::asked::MOST;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use crate::cases::Status;
use crate::deliver::coverage;
use crate::deliver::coverage::of_run;
use crate::deliver::scan_report::{CountyShare, GranuleReport, Looked, ScanReport};
use crate::store::{Asked, CountyLook, Scope};
use crate::time::Utc;
use axum::extract::{Query, State};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    hours: Option<f64>,
}

const HOURS: f64 = 24.0;
const MOST_HOURS: f64 = 24.0 * 31.0;
/// Geostationary satellites are expected to look every ten minutes; what is that late is counted as absent, minutes.
const SLOT_MIN: f64 = 10.0;
const LATE_MIN: f64 = 30.0;
/// Sensors that look every slot.
const STARING: [&str; 4] = ["AHI", "AGRI", "AMI", "ABI"];

/// The summary.
pub async fn summary(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Query(Hours { hours }): Query<Hours>,
) -> Answer<Json<Value>> {
    let hours = hours.unwrap_or(HOURS);
    if !(0.5..=MOST_HOURS).contains(&hours) {
        return Err(Problem::query(format!("hours：应在 0.5 与 {MOST_HOURS} 之间")));
    }
    let now = app.now();
    let from = now.plus_seconds(-3600.0 * hours).unwrap_or(now);
    let looks = looks_since(&app, &asks.scope, from).await?;
    let shares = tokio::task::block_in_place(|| shares(&app, &looks, from, now));
    let of_last = Asked { from: Some(from), ..Asked::default() };
    let fires = app.store.count_events(&asks.scope, &of_last).await?;
    let last = looks.iter().max_by_key(|look| look.time);
    let last_of = |adcode: &str| looks.iter().filter(|look| look.adcode == adcode).map(|look| look.time).max();
    let seen: Vec<&CountyShare> = shares.iter().filter(|share| asks.scope.sees_county(&share.adcode)).collect();
    let counties = seen.iter().map(|share| {
        let known = last_of(&share.adcode);
        json!({
            "adcode": share.adcode, "name": share.name, "share": known.map(|_| share.observed_fraction),
            "cloud": known.map(|_| share.cloud_fraction), "missing": known.map(|_| share.missing_fraction), "last_look": known,
        })
    });
    let all = all_of(&seen);
    let satellites: BTreeMap<&str, Utc> =
        looks.iter().map(|look| (look.satellite.as_str(), look.time)).fold(BTreeMap::new(), |mut last, (name, at)| {
            let known = last.entry(name).or_insert(at);
            *known = (*known).max(at);
            last
        });
    let counts = app.store.count_by_status(&asks.scope, &Asked { open: Some(true), ..Asked::default() }).await?;
    let total: i64 = counts.iter().map(|(_, count)| count).sum();
    let mut open: serde_json::Map<String, Value> =
        Status::ALL.iter().map(|status| (status.code().to_string(), 0.into())).collect();
    open.extend(counts.into_iter().map(|(status, count)| (status, count.into())));
    open.insert("total".into(), total.into());
    open.insert("overdue".into(), app.store.count_overdue(&asks.scope, now).await?.into());
    let names: BTreeSet<&str> = looks.iter().map(|look| look.look.as_str()).collect();
    Ok(Json(json!({
        "now": now, "hours": hours,
        "observed": {
            "share": last.map(|_| all.observed_fraction),
            "sentence": all.sentence(usize::try_from(fires).unwrap_or(0)),
            "looks": names.len(),
            "last_look": last.map(|look| json!({ "time": look.time, "satellite": look.satellite })),
            "last_looks": satellites.iter().map(|(name, time)| json!({ "satellite": name, "time": time })).collect::<Vec<_>>(),
            "counties": counties.collect::<Vec<_>>(),
        },
        "open": open, "events": fires,
    })))
}

/// All looks since a time, whatever their number.
async fn looks_since(app: &App, scope: &Scope, from: Utc) -> Answer<Vec<CountyLook>> {
    let mut looks = Vec::new();
    loop {
        let asked = Asked { from: Some(from), limit: MOST, offset: looks.len() as i64, ..Asked::default() };
        let page = app.store.list_coverage(scope, &asked).await?;
        let is_last = (page.len() as i64) < MOST;
        looks.extend(page);
        if is_last {
            return Ok(looks);
        }
    }
}

/// Share of each county, reckoned as `scan` and `coverage` do. A satellite that looks every ten minutes and has not been heard of since, or
/// was not heard of yet, saw nothing in that time: a system that stands still must not say that it sees.
fn shares(app: &App, looks: &[CountyLook], from: Utc, now: Utc) -> Vec<CountyShare> {
    let mut report = ScanReport::new(Vec::new());
    let mut by_name: BTreeMap<&str, Vec<&CountyLook>> = BTreeMap::new();
    for look in looks {
        by_name.entry(&look.look).or_default().push(look);
    }
    let name_of = |adcode: &str| {
        let county = app.site.counties.iter().find(|county| county.name.adcode == adcode);
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
    report.complete(&app.site.planned_gaps);
    let rows = coverage::rows(&report, &app.site, &app.thresholds.smallest_fire);
    of_run::shares(&report, &rows, &app.site)
}

/// The start of the slot that holds a time.
fn whole_slot(time: Utc) -> Utc {
    let slot = (60e6 * SLOT_MIN) as i64;
    Utc::from_micros(time.micros().div_euclid(slot) * slot).unwrap_or(time)
}

/// The counties together: each counts alike.
fn all_of(counties: &[&CountyShare]) -> CountyShare {
    let count = counties.len().max(1) as f64;
    let mean = |part: fn(&CountyShare) -> f64| counties.iter().map(|share| part(share)).sum::<f64>() / count;
    CountyShare {
        pixels: counties.iter().map(|share| share.pixels).sum(),
        observed_fraction: mean(|share| share.observed_fraction),
        cloud_fraction: mean(|share| share.cloud_fraction),
        missing_fraction: mean(|share| share.missing_fraction),
        ..CountyShare::of_nothing("", "")
    }
}
