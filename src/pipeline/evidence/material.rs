//! All that the store keeps of a case.

use crate::cases::Case;
use crate::error::Result;
use crate::fire::FirePixel;
use crate::pipeline::duty::told_names;
use crate::sighting::{Origin, Sighting};
use crate::store::{Call, CallsAsked, CameraLook, Chained, Photo, Row, Scope, Shown, Step, Store};
use crate::time::Utc;
use std::collections::BTreeMap;

/// Calls of an event at most.
const MOST_CALLS: i64 = 1000;
/// Shifts from so long before the event on name people, seconds.
const SHIFTS_BEFORE_S: f64 = 86_400.0;

/// What the store keeps of a case.
#[derive(Debug, Clone)]
pub struct Material {
    /// The event with its case.
    pub shown: Shown,
    /// Its detections, by time.
    pub fires: Vec<FirePixel>,
    /// Other detections of the same looks.
    pub beside: Vec<FirePixel>,
    /// Steps of the case, with reminders and supervision.
    pub steps: Vec<Step>,
    /// What was told, and to whom.
    pub told: Vec<Row>,
    /// Calls about it that the account may read.
    pub calls: Vec<Call>,
    /// Photos of the field.
    pub photos: Vec<Photo>,
    /// What cameras, drones and people saw.
    pub sightings: Vec<Sighting>,
    /// What cameras showed that were asked to look.
    pub looks: Vec<CameraLook>,
    /// Lines of the audit that concern it.
    pub audit: Vec<Chained>,
    /// Number and hash of the last line of the audit.
    pub head: (i64, String),
    /// Names of posts by their codes.
    pub posts: BTreeMap<String, String>,
    /// Names of people that the store knows: to be masked wherever they stand.
    pub persons: Vec<String>,
}

impl Material {
    /// Whether any of it was made by the simulator.
    pub fn is_simulated(&self) -> bool {
        self.shown.stored.event.simulated || self.sightings.iter().any(|sighting| sighting.simulated)
    }

    /// The name of a post as it was when it got the case, else that of the roster, else its code.
    pub fn post_name<'a>(&'a self, code: &'a str) -> &'a str {
        let of_roster = || self.posts.get(code).map_or(code, String::as_str);
        self.shown.case.as_ref().map_or_else(of_roster, |case| case.post_name(code, &self.posts))
    }

    /// Whether it is the code of a post, of today or of the case.
    pub fn is_post(&self, code: &str) -> bool {
        let had = |case: &Case| case.post_names.contains_key(code);
        self.posts.contains_key(code) || self.shown.case.as_ref().is_some_and(had)
    }
}

/// Reads all of it; `None` where there is no such event that may be seen. `desks`: whose calls are read; `None`: all.
///
/// # Errors
/// [`crate::error::Error::Store`].
pub async fn gather(store: &Store, scope: &Scope, desks: Option<&[String]>, event: &str) -> Result<Option<Material>> {
    let Some(shown) = store.event(scope, event).await? else { return Ok(None) };
    let asked = CallsAsked { event: Some(event.to_string()), limit: MOST_CALLS, ..CallsAsked::default() };
    let mut calls = store.calls_logged(scope, desks, &asked).await?;
    calls.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    let fires = store.fires_of_event(event).await?;
    let sightings = store.sightings_of_event(event).await?;
    let records: Vec<String> = std::iter::once(event.to_string())
        .chain(told_names(event))
        .chain(calls.iter().map(|call| call.id.clone()))
        .chain(sightings.iter().map(|sighting| sighting.id.clone()))
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    let posts = store.posts(&Scope::all()).await?;
    let mut persons: Vec<String> =
        posts.iter().flat_map(|post| post.persons.iter().map(|person| person.name.clone())).collect();
    persons.extend(calls.iter().map(|call| call.person.clone()));
    persons.extend(store.accounts().await?.into_iter().map(|sign_in| sign_in.account.display));
    persons.extend(on_shift(store, &shown).await?);
    Ok(Some(Material {
        beside: beside(store, &fires).await?,
        steps: store.steps(event).await?,
        told: store.told_of(&told_names(event)).await?,
        photos: store.photos_of(event).await?,
        looks: store.camera_looks(event).await?,
        audit: store.audit_of(&records).await?,
        head: store.audit_head().await?,
        posts: posts.into_iter().map(|post| (post.code, post.name)).collect(),
        persons,
        shown,
        fires,
        calls,
        sightings,
    }))
}

/// Who was on duty while the event went on.
async fn on_shift(store: &Store, shown: &Shown) -> Result<Vec<String>> {
    let first = shown.stored.event.first_seen;
    let last = shown.case.as_ref().map_or(shown.stored.changed, |case| case.changed);
    let moved = |at: Utc, seconds: f64| at.plus_seconds(seconds).unwrap_or(at);
    let shifts = store.shifts(None, moved(first, -SHIFTS_BEFORE_S), moved(last, SHIFTS_BEFORE_S)).await?;
    Ok(shifts.into_iter().map(|shift| shift.person).collect())
}

/// Other detections of the looks of satellites that saw it.
async fn beside(store: &Store, own: &[FirePixel]) -> Result<Vec<FirePixel>> {
    let looks = own.iter().filter(|fire| is_of_satellite(fire)).map(|fire| fire.granule.clone());
    let looks: Vec<String> = looks.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let mut view = store.view().await?;
    let all = view.fires_of(&looks).await?;
    Ok(all.into_iter().filter(|fire| !own.iter().any(|own| own.id == fire.id)).collect())
}

const EYES: [Origin; 6] =
    [Origin::Camera, Origin::Drone, Origin::Platform, Origin::Hotline, Origin::Patrol, Origin::Neighbour];

/// Who saw what a detection is of, where it was no satellite.
pub(super) fn eye(fire: &FirePixel) -> Option<Origin> {
    EYES.into_iter().find(|origin| origin.name() == fire.sensor)
}

fn is_of_satellite(fire: &FirePixel) -> bool {
    eye(fire).is_none()
}
