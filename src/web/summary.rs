//! What was observed in the last hours, and how many cases are open: what stands above every list, and what an empty list says.

use super::app::App;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use crate::cases::Status;
use crate::deliver::coverage;
use crate::deliver::coverage::of_run;
use crate::deliver::scan_report::{CountyShare, GranuleReport, Looked, ScanReport};
use crate::error::Error;
use crate::store::{Asked, CountyLook, Scope};
use crate::time::Utc;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    hours: Option<f64>,
    /// Instead of hours back from now.
    from: Option<Utc>,
    to: Option<Utc>,
}

const HOURS: f64 = 24.0;
const MOST_HOURS: f64 = 24.0 * 92.0;
/// Geostationary satellites are expected to look every ten minutes; what is that late is counted as absent, minutes.
const SLOT_MIN: f64 = 10.0;
const LATE_MIN: f64 = 30.0;
/// Rows of coverage read at once.
const PAGE: i64 = 20_000;
/// Sensors that look every slot.
const STARING: [&str; 4] = ["AHI", "AGRI", "AMI", "ABI"];

/// The summary. What is reckoned for one is given to all who ask the same in the same minute of the same state.
pub async fn summary(
    State(app): State<Arc<App>>,
    Extension(asks): Extension<Principal>,
    Query(period): Query<Period>,
) -> Answer<Response> {
    let now = app.now();
    let until = period.to.filter(|to| *to < now).unwrap_or(now);
    let back = |hours: f64| until.plus_seconds(-3600.0 * hours).unwrap_or(until);
    let from = period.from.unwrap_or_else(|| back(period.hours.unwrap_or(HOURS)));
    let hours = until.seconds_since(from) / 3600.0;
    if !(0.5..=MOST_HOURS).contains(&hours) {
        return Err(Problem::query(format!("时段应在 0.5 与 {MOST_HOURS} 小时之间")));
    }
    let changes = app.store.changes().await?;
    let minute = now.micros().div_euclid(60_000_000);
    let question = format!("summary {minute} {hours:.3} {:?} {:?} {:?}", period.from, period.to, asks.scope);
    let _turn = app.answers.turn(&question).await;
    let body = match app.answers.get(&question, changes) {
        Some(body) => body,
        None => {
            let body = Bytes::from(reckoned(&app, &asks.scope, from, until, now).await?.to_string());
            app.answers.put(question, changes, body.clone());
            body
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

async fn reckoned(app: &Arc<App>, scope: &Scope, from: Utc, until: Utc, now: Utc) -> Answer<Value> {
    let looks = looks_of(app, scope, from, until).await?;
    let reckoning = (Arc::clone(app), looks.clone());
    let shares = tokio::task::spawn_blocking(move || shares(&reckoning.0, &reckoning.1, from, until)).await;
    let shares = shares.map_err(|error| Error::output("summary", error))?;
    let of_period = |county: Option<&str>| Asked {
        from: Some(from),
        to: Some(until),
        standing: true,
        county: county.map(str::to_string),
        ..Asked::default()
    };
    let fires = app.store.count_events(scope, &of_period(None)).await?;
    let last = looks.iter().max_by_key(|look| look.time);
    let last_of = |adcode: &str| looks.iter().filter(|look| look.adcode == adcode).map(|look| look.time).max();
    let seen: Vec<&CountyShare> = shares.iter().filter(|share| scope.sees_county(&share.adcode)).collect();
    let mut counties = Vec::with_capacity(seen.len());
    for share in &seen {
        let known = last_of(&share.adcode);
        let fires = app.store.count_events(scope, &of_period(Some(&share.adcode))).await?;
        counties.push(json!({
            "adcode": share.adcode, "name": share.name, "share": known.map(|_| share.observed_fraction),
            "cloud": known.map(|_| share.cloud_fraction), "missing": known.map(|_| share.missing_fraction), "last_look": known,
            "sentence": share.sentence(usize::try_from(fires).unwrap_or(0)),
        }));
    }
    let all = all_of(&seen);
    let simulated = looks.iter().any(|look| look.simulated);
    let mut satellites: BTreeMap<&str, Utc> = BTreeMap::new();
    for look in &looks {
        let known = satellites.entry(look.satellite.as_str()).or_insert(look.time);
        *known = (*known).max(look.time);
    }
    let counts = app.store.count_by_status(scope, &Asked { open: Some(true), ..Asked::default() }).await?;
    let total: i64 = counts.iter().map(|(_, count)| count).sum();
    let mut open: serde_json::Map<String, Value> =
        Status::ALL.iter().map(|status| (status.code().to_string(), 0.into())).collect();
    open.extend(counts.into_iter().map(|(status, count)| (status, count.into())));
    open.insert("total".into(), total.into());
    open.insert("overdue".into(), app.store.count_overdue(scope, now).await?.into());
    let names: BTreeSet<&str> = looks.iter().map(|look| look.look.as_str()).collect();
    let marked = if simulated { "（含模拟观测）" } else { "" };
    let station = station(app, scope, from, until, now).await?;
    Ok(json!({
        "now": now, "from": from, "to": until, "hours": until.seconds_since(from) / 3600.0,
        "observed": {
            "share": last.map(|_| all.observed_fraction),
            "sentence": all.sentence(usize::try_from(fires).unwrap_or(0)) + marked,
            "simulated": simulated,
            "looks": names.len(),
            "last_look": last.map(|look| json!({ "time": look.time, "satellite": look.satellite })),
            "last_looks": satellites.iter().map(|(name, time)| json!({ "satellite": name, "time": time })).collect::<Vec<_>>(),
            "counties": counties,
        },
        "open": open, "events": fires, "station": station,
    }))
}

/// What is wrong with what is looked with, and how many looks of each satellite came. Who sees a part of the site is told of satellites
/// alone: the rest is the business of who runs the station.
async fn station(app: &App, scope: &Scope, from: Utc, until: Utc, now: Utc) -> Answer<Value> {
    let of_satellites = |name: &str| name.starts_with("silent ") || name.starts_with("failed ");
    let alarms = app.store.alarms(now).await?;
    let seen =
        alarms.iter().filter(|alarm| alarm.over.is_none() && (scope.areas.is_none() || of_satellites(&alarm.name)));
    let alarms: Vec<Value> = seen.map(|alarm| json!({ "said": alarm.said, "since": alarm.since })).collect();
    let mut satellites: BTreeMap<String, serde_json::Map<String, Value>> = BTreeMap::new();
    for ((satellite, state), count) in app.store.slot_counts(from, until).await? {
        satellites.entry(satellite).or_default().insert(state.name().to_string(), count.into());
    }
    Ok(json!({ "alarms": alarms, "looks": satellites }))
}

/// All looks of a period, whatever their number.
async fn looks_of(app: &App, scope: &Scope, from: Utc, until: Utc) -> Answer<Vec<CountyLook>> {
    let mut looks = Vec::new();
    loop {
        let asked =
            Asked { from: Some(from), to: Some(until), limit: PAGE, offset: looks.len() as i64, ..Asked::default() };
        let page = app.store.list_coverage(scope, &asked).await?;
        let is_last = (page.len() as i64) < PAGE;
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
