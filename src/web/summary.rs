//! What was observed in the last hours, and how many cases are open: what stands above every list, and what an empty list says.

use super::app::App;
use super::gate::Principal;
use super::problem::{Answer, Problem};
use crate::cases::Status;
use crate::deliver::scan_report::CountyShare;
use crate::error::Error;
use crate::pipeline::observed::{Seen, seen, shares};
use crate::store::{Asked, Scope};
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
    let Seen { looks, apart } = seen(&app.store, scope, from, until).await?;
    let reckoning = (Arc::clone(app), looks.clone());
    let shares = tokio::task::spawn_blocking(move || {
        shares(&reckoning.0.site, &reckoning.0.thresholds, &reckoning.1, from, until)
    })
    .await;
    let shares = shares.map_err(|error| Error::output("summary", error))?;
    let of_period = |county: Option<&str>| Asked {
        from: Some(from),
        to: Some(until),
        standing: true,
        simulated: Some(apart.simulated),
        county: county.map(str::to_string),
        ..Asked::default()
    };
    let fires = app.store.count_events(scope, &of_period(None)).await?;
    let last = looks.iter().max_by_key(|look| look.time);
    let last_of = |adcode: &str| looks.iter().filter(|look| look.adcode == adcode).map(|look| look.time).max();
    let own: Vec<&CountyShare> = shares.iter().filter(|share| scope.sees_county(&share.adcode)).collect();
    let mut counties = Vec::with_capacity(own.len());
    for share in &own {
        let known = last_of(&share.adcode);
        let fires = app.store.count_events(scope, &of_period(Some(&share.adcode))).await?;
        counties.push(json!({
            "adcode": share.adcode, "name": share.name, "share": known.map(|_| share.observed_fraction),
            "cloud": known.map(|_| share.cloud_fraction), "missing": known.map(|_| share.missing_fraction), "last_look": known,
            "sentence": share.sentence(usize::try_from(fires).unwrap_or(0)) + apart.mark(),
        }));
    }
    let all = all_of(&own);
    let mut satellites: BTreeMap<&str, Utc> = BTreeMap::new();
    for look in &looks {
        let known = satellites.entry(look.satellite.as_str()).or_insert(look.time);
        *known = (*known).max(look.time);
    }
    let open = open(app, scope, now).await?;
    let names: BTreeSet<&str> = looks.iter().map(|look| look.look.as_str()).collect();
    let station = station(app, scope, from, until, now).await?;
    Ok(json!({
        "now": now, "from": from, "to": until, "hours": until.seconds_since(from) / 3600.0,
        "observed": {
            "share": last.map(|_| all.observed_fraction),
            "sentence": all.sentence(usize::try_from(fires).unwrap_or(0)) + apart.mark(),
            "simulated": apart.simulated, "left_out": apart.left_out(),
            "looks": names.len(),
            "last_look": last.map(|look| json!({ "time": look.time, "satellite": look.satellite })),
            "last_looks": satellites.iter().map(|(name, time)| json!({ "satellite": name, "time": time })).collect::<Vec<_>>(),
            "counties": counties,
        },
        "open": open, "events": fires, "station": station,
    }))
}

/// Cases that are not done by their states: real ones, and those of a drill where no other is open. A case is open however long ago it was seen, so
/// which of both is counted is not that of the looks of the period.
async fn open(app: &App, scope: &Scope, now: Utc) -> Answer<serde_json::Map<String, Value>> {
    let count = async |simulated: bool| {
        let asked = Asked { open: Some(true), simulated: Some(simulated), ..Asked::default() };
        let counts = app.store.count_by_status(scope, &asked).await?;
        let total: i64 = counts.iter().map(|(_, count)| count).sum();
        Ok::<(Vec<(String, i64)>, i64), Error>((counts, total))
    };
    let (real, made) = (count(false).await?, count(true).await?);
    let simulated = real.1 == 0 && made.1 > 0;
    let ((counts, total), left_out) = if simulated { (made, 0) } else { (real, made.1) };
    let mut open: serde_json::Map<String, Value> =
        Status::ALL.iter().map(|status| (status.code().to_string(), 0.into())).collect();
    open.extend(counts.into_iter().map(|(status, count)| (status, count.into())));
    open.insert("total".into(), total.into());
    open.insert("overdue".into(), app.store.count_overdue(scope, simulated, now).await?.into());
    open.insert("simulated".into(), simulated.into());
    open.insert("left_out".into(), left_out.into());
    Ok(open)
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
