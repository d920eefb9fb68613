//! Who is told what of an event that changed, and when: pure, with the time as an argument.

use super::sinks::{self, Kind, Message, Notice, Recipients};
use crate::cases::Case;
use crate::error::{Error, Result};
use crate::fire::{Class, Confidence, Confirmation, FireEvent};
use crate::place::LonLat;
use crate::site::{Delivery, Notices, Sink, Site};
use crate::store::{Changed, Filed, Row, Shown, Status, Stored};
use crate::thresholds::NoticeThresholds;
use crate::time::Utc;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// Notices to be queued.
#[derive(Debug, Default)]
pub struct Made {
    /// Those that were rendered.
    pub filed: Vec<Filed>,
    /// Those that were not, for a template of the site that does not fit, each with the reason: a sink that cannot be told of an
    /// event must cost neither the look nor the other sinks anything.
    pub broken: Vec<(Filed, String)>,
}

impl Made {
    fn add(&mut self, (filed, error): (Filed, Option<Error>)) {
        match error {
            None => self.filed.push(filed),
            Some(error) => {
                tracing::error!(
                    "{}: a notice of event {} could not be made and is among the dead letters: {error}; then `strawfire deliver \
                     resend`",
                    filed.sink,
                    filed.event
                );
                self.broken.push((filed, error.to_string()));
            }
        }
    }
}

/// An event with what was made of it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The event.
    pub stored: &'a Stored,
    /// Its case; `None` where nobody did anything.
    pub case: Option<&'a Case>,
}

impl<'a> From<&'a Shown> for Known<'a> {
    fn from(shown: &'a Shown) -> Self {
        Known { stored: &shown.stored, case: shown.case.as_ref() }
    }
}

/// The notices that these changes call for; `told` holds the last notice of each event to each sink, `cases` what was made of them.
pub fn notices(
    changed: &[Changed],
    (told, cases): (&[Row], &BTreeMap<String, Case>),
    site: &Site,
    t: &NoticeThresholds,
    now: Utc,
) -> Made {
    let told: HashMap<(&str, &str), &Row> =
        told.iter().map(|row| ((row.filed.event.as_str(), row.filed.sink.as_str()), row)).collect();
    let mut made = Made::default();
    for stored in changed.iter().map(|changed| &changed.now) {
        for sink in &site.delivery.sinks {
            let last = told.get(&(stored.event.id.as_str(), sink.name.as_str())).copied();
            if let Some((kind, due)) = wanted(stored, sink, last, &site.delivery, t, now) {
                let of = Known { stored, case: cases.get(&stored.event.id) };
                made.add(file(of, sink, kind, due, site, t, now));
            }
        }
    }
    made
}

/// The notices that a step of a case calls for: whoever was told of the event is told when its case is over and when it is taken up again,
/// and programs that are told of everything are told of each step.
pub fn of_step(shown: &Shown, told: &[Row], site: &Site, t: &NoticeThresholds, now: Utc) -> Made {
    let (mut made, event) = (Made::default(), &shown.stored.event);
    let Some(case) = &shown.case else { return made };
    if event.simulated && !site.delivery.allow_simulated {
        return made;
    }
    for sink in site.delivery.sinks.iter().filter(|sink| sink.notice != Notices::First) {
        let Some(last) = told.iter().find(|row| row.filed.sink == sink.name) else { continue };
        let was_over = last.filed.kind == Kind::Closed.name();
        let of_all = sink.notice == Notices::All && !sink.kind.is_read_by_people();
        let is_shown = shown.stored.open && event.inside;
        // of what is part of another event or shown no longer, the end is told, once
        if was_over && !is_shown || case.is_over() == was_over && !of_all || !is_shown && !case.is_over() {
            continue;
        }
        let kind = if case.is_over() { Kind::Closed } else { Kind::Updated };
        let due = after(Some(last), due(event, sink, &site.delivery, now).or_any(now));
        made.add(file(shown.into(), sink, kind, due, site, t, now));
    }
    made
}

/// The notice that nobody acknowledged an event.
pub fn escalation(of: Known<'_>, sink: &Sink, site: &Site, t: &NoticeThresholds, now: Utc) -> Made {
    let mut made = Made::default();
    made.add(file(of, sink, Kind::Escalated, now, site, t, now));
    made
}

/// What the desk tells a unit of a case, under a name of its own: it stands in the place of no other notice of the event.
pub fn message(
    shown: &Shown,
    (sink, kind): (&Sink, Kind),
    message: &Message,
    site: &Site,
    t: &NoticeThresholds,
    now: Utc,
) -> Made {
    let (filed, error) = file_with(shown.into(), (sink, kind, Some(message)), now, site, t, now);
    // each is told once: the moment at which it is told is its number, as its key has it
    let (event, revision) = (kind.told_as(&shown.stored.event.id), now.micros());
    let mut made = Made::default();
    made.add((Filed { event, revision, late: false, seen: now, ..filed }, error));
    made
}

/// The body of a notice that could not be rendered when it was queued, of the event as it is now: nobody has another one under its key.
///
/// # Errors
/// Where the template does not fit still.
pub fn body_of(row: &Row, of: Known<'_>, sink: &Sink, site: &Site, t: &NoticeThresholds, now: Utc) -> Result<String> {
    let stored = Stored { revision: row.filed.revision, ..of.stored.clone() };
    let kind = Kind::from_name(&row.filed.kind).unwrap_or(Kind::Updated);
    let (filed, error) = file(Known { stored: &stored, ..of }, sink, kind, now, site, t, now);
    error.map_or(Ok(filed.body), Err)
}

/// Whether anybody is told of an event at all: no simulated one unless the site says so, and none that is too old.
pub fn is_told(event: &FireEvent, delivery: &Delivery, now: Utc) -> bool {
    let age_s = now.seconds_since(event.last_seen);
    let is_too_old = delivery.max_age_hours > 0.0 && age_s > 3600.0 * delivery.max_age_hours;
    !is_too_old && (delivery.allow_simulated || !event.simulated)
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
    if !stored.open || !event.inside {
        // who was told of it is told that it is over, whatever its age is
        let is_known = last.is_some_and(|row| row.filed.kind != Kind::Closed.name());
        let is_wanted = is_known && sink.notice != Notices::First && (delivery.allow_simulated || !event.simulated);
        return is_wanted.then(|| (Kind::Closed, after(last, due(event, sink, delivery, now).or_any(now))));
    }
    if !is_told(event, delivery, now) || (sink.alarm && is_late(event.last_seen, t, now)) {
        return None;
    }
    let due = due(event, sink, delivery, now);
    let Some(row) = last else { return Some((Kind::New, due.taken?)) };
    let is_news = match sink.notice {
        Notices::All => true,
        Notices::Grown => grew(row, event, t),
        Notices::First => false,
    };
    // people read "new" of what they have not heard of yet
    let is_unheard = row.status == Status::Queued && row.filed.kind == Kind::New.name();
    let kind = if is_unheard && sink.kind.is_read_by_people() { Kind::New } else { Kind::Updated };
    match due.taken {
        // the notice before, where it waits, is brought forward to this one
        Some(at) if is_news => Some((kind, at)),
        None if is_news && due.of_sink.is_some() => Some((kind, after(last, due.or_any(now)))),
        _ => None,
    }
}

/// Not before the notice that it follows, where that one waits for its time.
fn after(last: Option<&Row>, due: Utc) -> Utc {
    let waiting = last.filter(|row| row.status == Status::Queued && row.attempts == 0);
    waiting.map_or(due, |row| row.filed.due.max(due))
}

/// When a sink is told.
struct Due {
    /// By the first of its routes that takes the event; `None` where none does.
    taken: Option<Utc>,
    /// By the first of its routes, whatever they take: an event that it knows is told further, not in its quiet hours; `None` where it
    /// is in no route.
    of_sink: Option<Utc>,
}

impl Due {
    fn or_any(&self, now: Utc) -> Utc {
        self.taken.or(self.of_sink).unwrap_or(now)
    }
}

fn due(event: &FireEvent, sink: &Sink, delivery: &Delivery, now: Utc) -> Due {
    if delivery.routes.is_empty() {
        return Due { taken: Some(now), of_sink: Some(now) };
    }
    let of_sink = || delivery.routes.iter().filter(|route| route.sinks.contains(&sink.name));
    Due {
        taken: of_sink().filter(|route| route.filter.takes(event, now)).map(|route| route.due(now)).min(),
        of_sink: of_sink().map(|route| route.due(now)).min(),
    }
}

/// Whether an alarm comes too late: who goes there looks for traces.
pub fn is_late(last_seen: Utc, t: &NoticeThresholds, now: Utc) -> bool {
    now.seconds_since(last_seen) > 3600.0 * f64::from(t.late_h)
}

fn file(
    of: Known<'_>,
    sink: &Sink,
    kind: Kind,
    due: Utc,
    site: &Site,
    t: &NoticeThresholds,
    now: Utc,
) -> (Filed, Option<Error>) {
    file_with(of, (sink, kind, None), due, site, t, now)
}

fn file_with(
    of: Known<'_>,
    (sink, kind, message): (&Sink, Kind, Option<&Message>),
    due: Utc,
    site: &Site,
    t: &NoticeThresholds,
    now: Utc,
) -> (Filed, Option<Error>) {
    let Known { stored, case } = of;
    let event = &stored.event;
    let late = is_late(event.last_seen, t, now);
    let revision = u32::try_from(stored.revision).unwrap_or(u32::MAX);
    let notice = Notice { event, kind, revision, late, at: now, site: &site.name, case, message };
    let gauge = serde_json::to_string(&Gauge::of(event)).unwrap_or_default();
    let (body, error) = match sinks::render(sink, &notice) {
        Ok(body) => (body, None),
        Err(error) => (String::new(), Some(error)),
    };
    let filed = Filed {
        sink: sink.name.clone(),
        event: event.id.clone(),
        revision: stored.revision,
        kind: kind.name().to_string(),
        due,
        seen: event.last_seen,
        late,
        gauge,
        body,
    };
    (filed, error)
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

/// What is kept of the recipients of a mail, beside the gauge of its notice: it lasts as long as the notice, and no longer.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    recipients: Recipients,
}

/// Who of the recipients of a notice has it already.
pub fn recipients(gauge: &str) -> Recipients {
    serde_json::from_str::<Told>(gauge).map(|told| told.recipients).unwrap_or_default()
}

/// The gauge with who has the notice.
pub fn with_recipients(gauge: &str, recipients: &Recipients) -> String {
    let mut gauge = serde_json::from_str(gauge).ok().filter(serde_json::Value::is_object).unwrap_or_else(|| json!({}));
    gauge["recipients"] = json!(recipients);
    gauge.to_string()
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

#[cfg(test)]
mod tests;
