//! Who is told what of an event that changed, and when: pure, with the time as an argument.

use super::sinks::{self, Kind, Notice};
use crate::error::Result;
use crate::fire::{Class, Confidence, Confirmation, FireEvent};
use crate::place::LonLat;
use crate::site::{Delivery, Notices, Route, Sink, Site, is_within};
use crate::store::{Changed, Filed, Row, Stored};
use crate::thresholds::NoticeThresholds;
use crate::time::Utc;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The notices that these changes call for; `told` holds the last notice of each event to each sink.
///
/// # Errors
/// Where a body cannot be made: a template of the site that does not fit.
pub fn notices(changed: &[Changed], told: &[Row], site: &Site, t: &NoticeThresholds, now: Utc) -> Result<Vec<Filed>> {
    let told: HashMap<(&str, &str), &Row> =
        told.iter().map(|row| ((row.filed.event.as_str(), row.filed.sink.as_str()), row)).collect();
    let mut filed = Vec::new();
    for stored in changed.iter().map(|changed| &changed.now) {
        for sink in &site.delivery.sinks {
            let last = told.get(&(stored.event.id.as_str(), sink.name.as_str())).copied();
            if let Some((kind, due)) = wanted(stored, sink, last, &site.delivery, t, now) {
                filed.push(file(stored, sink, kind, due, site, t, now)?);
            }
        }
    }
    Ok(filed)
}

/// The notice that nobody acknowledged an event.
///
/// # Errors
/// As [`notices`].
pub fn escalation(stored: &Stored, sink: &Sink, site: &Site, t: &NoticeThresholds, now: Utc) -> Result<Filed> {
    file(stored, sink, Kind::Escalated, now, site, t, now)
}

/// What kind of notice a sink gets of an event that changed, and when.
fn wanted(
    stored: &Stored,
    sink: &Sink,
    last: Option<&Row>,
    delivery: &Delivery,
    t: &NoticeThresholds,
    now: Utc,
) -> Option<(Kind, Utc)> {
    let event = &stored.event;
    if event.simulated && !delivery.allow_simulated {
        return None;
    }
    if !stored.open || !event.inside {
        // who was told of it is told that it is over
        let is_known = last.is_some_and(|row| row.filed.kind != Kind::Closed.name());
        return (is_known && sink.notice != Notices::First).then_some((Kind::Closed, now));
    }
    let age_s = now.seconds_since(event.last_seen);
    let is_too_old = delivery.max_age_hours > 0.0 && age_s > 3600.0 * delivery.max_age_hours;
    if is_too_old || (sink.alarm && is_late(event.last_seen, t, now)) {
        return None;
    }
    match last {
        None => Some((Kind::New, due(event, sink, delivery, now)?)),
        Some(row) => {
            let is_news = match sink.notice {
                Notices::All => true,
                Notices::Grown => grew(row, event, t),
                Notices::First => false,
            };
            // an update never overtakes what it updates
            let due = due(event, sink, delivery, now).unwrap_or(now);
            is_news.then_some((Kind::Updated, due))
        }
    }
}

/// When the routes let the sink be told of an event, the first of them; `None` where none does.
fn due(event: &FireEvent, sink: &Sink, delivery: &Delivery, now: Utc) -> Option<Utc> {
    if delivery.routes.is_empty() {
        return Some(now);
    }
    let of_sink = delivery.routes.iter().filter(|route| route.sinks.contains(&sink.name));
    of_sink.filter(|route| takes(route, event, now)).map(|route| route.due(now)).min()
}

/// Whether a route takes an event.
pub fn takes(route: &Route, event: &FireEvent, now: Utc) -> bool {
    let among = |names: &[String], has: &dyn Fn(&str) -> bool| names.is_empty() || names.iter().any(|name| has(name));
    let in_county = |name: &str| {
        event.touches(name) || event.county.as_ref().is_some_and(|county| county.name == name || county.adcode == name)
    };
    let in_township = |name: &str| {
        event.township.as_deref().is_some_and(|township| township == name)
            || (event.township.is_none() && event.candidates.iter().any(|candidate| candidate.starts_with(name)))
    };
    among(&route.counties, &in_county)
        && among(&route.townships, &in_township)
        && (route.classes.is_empty() || route.classes.contains(&event.class))
        && route.confidence.is_none_or(|least| event.confidence >= least)
        && route.min_mw.is_none_or(|least| event.max_frp_mw.is_none_or(|mw| mw >= least))
        && route.below_mw.is_none_or(|most| event.max_frp_mw.is_some_and(|mw| mw < most))
        && route.forest_edge.is_none_or(|edge| event.forest_edge.is_none_or(|is| is == edge))
        && route.hours.is_none_or(|hours| is_within(now.beijing_minute(), hours))
}

/// Whether an alarm comes too late: who goes there looks for traces.
pub fn is_late(last_seen: Utc, t: &NoticeThresholds, now: Utc) -> bool {
    now.seconds_since(last_seen) > 3600.0 * f64::from(t.late_h)
}

fn file(
    stored: &Stored,
    sink: &Sink,
    kind: Kind,
    due: Utc,
    site: &Site,
    t: &NoticeThresholds,
    now: Utc,
) -> Result<Filed> {
    let event = &stored.event;
    let late = is_late(event.last_seen, t, now);
    let revision = u32::try_from(stored.revision).unwrap_or(u32::MAX);
    let notice = Notice { event, kind, revision, late, at: now, site: &site.name };
    let gauge = serde_json::to_string(&Gauge::of(event)).unwrap_or_default();
    Ok(Filed {
        sink: sink.name.clone(),
        event: event.id.clone(),
        revision: stored.revision,
        kind: kind.name().to_string(),
        due,
        seen: event.last_seen,
        late,
        gauge,
        body: sinks::render(sink, &notice)?,
    })
}

/// What of an event is worth a second notice when it grows.
#[derive(Serialize, Deserialize)]
struct Gauge {
    mw: Option<f64>,
    confidence: Confidence,
    confirmed: bool,
    class: Class,
    counties: Vec<String>,
    place: LonLat,
    error_m: Option<f64>,
}

impl Gauge {
    fn of(event: &FireEvent) -> Self {
        Gauge {
            mw: event.max_frp_mw,
            confidence: event.confidence,
            confirmed: event.confirmation == Confirmation::Confirmed,
            class: event.class,
            counties: event.counties.clone(),
            place: event.place,
            error_m: event.position_error_m,
        }
    }
}

/// Whether an event is more than when it was last told: stronger, surer, of another class, in another county, or elsewhere.
fn grew(row: &Row, event: &FireEvent, t: &NoticeThresholds) -> bool {
    let now = Gauge::of(event);
    // a record of another version says nothing: rather twice than not at all
    let Ok(told) = serde_json::from_str::<Gauge>(&row.filed.gauge) else { return true };
    let stronger = now.mw.is_some_and(|mw| told.mw.is_none_or(|told| mw >= f64::from(t.grown_by) * told));
    let error_m = told.error_m.unwrap_or(0.0).max(now.error_m.unwrap_or(0.0));
    stronger
        || now.confidence > told.confidence
        || (now.confirmed && !told.confirmed)
        || now.class != told.class
        || now.counties.iter().any(|county| !told.counties.contains(county))
        || now.place.distance_m(told.place) > error_m.max(f64::from(t.moved_m))
}
