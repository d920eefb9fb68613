//! What the rules of a patrol are told: fires of these weeks and of earlier years, reports of people, how much of each county was observed.

use super::ground::Ground;
use super::rank::{Evidence, Spot};
use crate::cases::{Case, Cause, Status};
use crate::error::Result;
use crate::fire::{Class, FireEvent, FirePixel};
use crate::ingest::feeds::{self, Format, fires_geojson};
use crate::ledger::FoundBy;
use crate::pipeline::drill::is_drill;
use crate::pipeline::{observed, of_key};
use crate::place::LonLat;
use crate::site::{Site, Span};
use crate::store::{self, CountyLook, Scope, Shown, Store};
use crate::thresholds::Thresholds;
use crate::time::Utc;
use std::collections::{BTreeMap, BTreeSet};

/// A day, seconds.
const DAY_S: f64 = 86_400.0;
/// Earlier years of which the store is asked.
const YEARS: i16 = 10;
/// A fire known no better is within a source of heat only where it lies in it, metres \[P\].
const LEAST_SURE_M: f64 = 1000.0;

/// What was found, and what must be said of it.
pub(super) struct Found {
    pub evidence: Evidence,
    /// What was not there, a sentence each.
    pub absent: Vec<String>,
    /// Of simulated data alone: there is no real one.
    pub simulated: bool,
}

/// What is known by a moment of the ground of a site for a day.
pub(super) async fn read(
    store: &Store,
    site: &Site,
    thresholds: &Thresholds,
    ground: &Ground,
    (day, as_of): (Utc, Utc),
) -> Result<Found> {
    let t = &thresholds.patrol;
    let mut absent = Vec::new();
    let back = |days: f64| as_of.plus_seconds(-DAY_S * days).unwrap_or(as_of);
    let month = back(f64::from(t.month_days) + 1.0);
    let events = events(store, month, as_of).await?;
    let fires = fires(store, month, as_of).await?;
    let looks = observed::looks_of(store, &Scope::all(), back(1.0), as_of).await?;
    let looks: Vec<CountyLook> = looks.into_iter().filter(|look| look.time < as_of).collect();
    let are: Vec<bool> = events.iter().map(|shown| shown.stored.event.simulated).collect();
    let are: Vec<bool> = are.into_iter().chain(looks.iter().map(|look| look.simulated)).collect();
    let simulated = is_drill(are);
    let looks: Vec<CountyLook> = looks.into_iter().filter(|look| look.simulated == simulated).collect();
    if looks.is_empty() {
        absent.push("近 24 小时库中没有卫星观测记录：各县（区）均按未有效观测计".to_string());
    }
    let shares = observed::shares(site, thresholds, &looks, back(1.0), as_of);
    let mut observed: BTreeMap<String, f64> =
        site.counties.iter().map(|county| (county.name.adcode.clone(), 0.0)).collect();
    observed.extend(shares.into_iter().map(|share| (share.adcode, share.observed_fraction)));
    let date = day.beijing_date();
    let names = |spans: &[Span]| -> Vec<String> {
        let named = |span: &Span| {
            if span.name.is_empty() { span.text.clone() } else { format!("{}（{}）", span.name, span.text) }
        };
        spans.iter().filter(|span| span.contains(date)).map(named).collect()
    };
    if site.seasons.burning.is_empty() {
        absent.push("未设焚烧季（site.toml 的 season.burning）：不按季节计分".to_string());
    }
    let evidence = Evidence {
        seasons: names(&site.seasons.burning),
        customs: names(&site.seasons.customs),
        past: past(store, site, ground, (day, t.window_days.into(), simulated)).await?,
        recent: recent(ground, &events, simulated, as_of),
        calls: calls(ground, &fires, &events, simulated),
        observed,
    };
    Ok(Found { evidence, absent, simulated })
}

async fn events(store: &Store, from: Utc, to: Utc) -> Result<Vec<Shown>> {
    let asked = store::Asked { from: Some(from), to: Some(to), limit: i64::MAX, ..store::Asked::default() };
    store.list_events(&Scope::all(), &asked).await
}

async fn fires(store: &Store, from: Utc, to: Utc) -> Result<Vec<FirePixel>> {
    let asked = store::Asked { from: Some(from), to: Some(to), limit: i64::MAX, ..store::Asked::default() };
    store.list_fires(&Scope::all(), &asked).await
}

/// Whether an event is no fire on a field: excluded, part of another, withdrawn, or heat that is no burning.
fn is_no_fire(shown: &Shown) -> bool {
    let event = &shown.stored.event;
    let cause = shown.case.as_ref().and_then(|case| case.verification.as_ref()).and_then(|found| found.cause);
    let status = shown.case.as_ref().map(|case| case.status);
    let is_gone = event.merged_into.is_some() || (!shown.stored.open && status.is_none_or(|at| at == Status::Triage));
    is_gone
        || status == Some(Status::Excluded)
        || matches!(event.class, Class::Industrial | Class::Solar)
        || matches!(cause, Some(Cause::Industry | Cause::Solar | Cause::Misjudged))
}

fn is_open(case: Option<&Case>) -> bool {
    case.is_none_or(|case| !matches!(case.status, Status::Closed | Status::Excluded))
}

fn spot(ground: &Ground, place: LonLat, at: Utc) -> Spot {
    Spot { place, cell: ground.cell_at(place), at }
}

fn is_static(ground: &Ground, place: LonLat, error_m: Option<f64>) -> bool {
    ground.is_static(place, error_m.unwrap_or(LEAST_SURE_M).min(LEAST_SURE_M))
}

fn recent(ground: &Ground, events: &[Shown], simulated: bool, as_of: Utc) -> Vec<(Spot, bool)> {
    let counts = |shown: &&Shown| {
        let event = &shown.stored.event;
        event.simulated == simulated && !is_no_fire(shown) && !is_static(ground, event.place, event.position_error_m)
    };
    let told = |shown: &Shown| {
        let event: &FireEvent = &shown.stored.event;
        (spot(ground, event.place, event.last_seen.min(as_of)), is_open(shown.case.as_ref()))
    };
    events.iter().filter(counts).map(told).collect()
}

/// Ids of detections of events that are no fires.
fn of_no_fires(events: &[Shown]) -> BTreeSet<&str> {
    events
        .iter()
        .filter(|shown| is_no_fire(shown) && shown.stored.event.merged_into.is_none())
        .flat_map(|shown| shown.stored.event.members.iter().map(String::as_str))
        .collect()
}

fn calls(ground: &Ground, fires: &[FirePixel], events: &[Shown], simulated: bool) -> Vec<Spot> {
    let no_fires = of_no_fires(events);
    let is_of_people = |fire: &&FirePixel| {
        matches!(FoundBy::of_sensor(&fire.sensor), FoundBy::Hotline | FoundBy::Patrol | FoundBy::Neighbour)
    };
    let counts = |fire: &&FirePixel| fire.simulated == simulated && !no_fires.contains(fire.id.as_str());
    fires.iter().filter(is_of_people).filter(counts).map(|fire| spot(ground, fire.place, fire.time)).collect()
}

/// Fires about this time of earlier years: those of the store and of the site's list, without known sources of heat.
async fn past(
    store: &Store,
    site: &Site,
    ground: &Ground,
    (day, window_days, simulated): (Utc, f64, bool),
) -> Result<Vec<Spot>> {
    let mut found: Vec<(LonLat, Option<f64>, Utc)> = Vec::new();
    for back in 1..=YEARS {
        let (year, month, date) = day.beijing_date();
        // the window is cut exactly where points are given
        let anchor = format!("{:04}-{month:02}-{:02}T00:00:00+08:00", year - back, date.min(28));
        let Some(anchor) = Utc::parse(&anchor) else { continue };
        let end = |days: f64| anchor.plus_seconds(DAY_S * days).unwrap_or(anchor);
        let (from, to) = (end(-window_days - 1.0), end(window_days + 5.0));
        let fires = fires(store, from, to).await?;
        if fires.is_empty() {
            continue;
        }
        let events = events(store, from, to).await?;
        let no_fires = of_no_fires(&events);
        let counts = |fire: &&FirePixel| fire.simulated == simulated && !no_fires.contains(fire.id.as_str());
        found.extend(fires.iter().filter(counts).map(|fire| (fire.place, fire.position_error_m, fire.time)));
    }
    if !simulated {
        found.extend(listed(site)?);
    }
    found.retain(|(place, error_m, _)| !is_static(ground, *place, *error_m));
    Ok(found.into_iter().map(|(place, _, at)| spot(ground, place, at)).collect())
}

/// The site's list of fires of earlier years.
fn listed(site: &Site) -> Result<Vec<(LonLat, Option<f64>, Utc)>> {
    let Some(path) = &site.layers.past_fires else { return Ok(Vec::new()) };
    let is_ours = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("geojson") || e.eq_ignore_ascii_case("json"));
    let pixels = if is_ours {
        fires_geojson::read(path).map(|past| past.pixels)
    } else {
        feeds::read(Format::Firms, path).map(|feed| feed.pixels)
    };
    let pixels = pixels.map_err(|error| of_key(site, "layers.past_fires", &error))?;
    let real = pixels.into_iter().filter(|fire| !fire.simulated);
    Ok(real.map(|fire| (fire.place, fire.position_error_m, fire.time)).collect())
}
