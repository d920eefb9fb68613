//! What one look changes: its detections come in, the events that they concern are made anew, and all of it is there or nothing.

use super::fires::AT_ONCE;
use super::statement::Statement;
use super::{Actor, StoreError, Stored, Write};
use crate::error::Result;
use crate::fire::{FireEvent, FirePixel, Verdict};
use crate::fuse::{self, Change, Followed, Local};
use crate::thresholds::FuseThresholds;
use crate::time::Utc;
use sqlx::Row;
use std::collections::BTreeSet;

/// A look with its detections: an overpass, a slot, or a list of others.
pub struct Overpass<'a> {
    /// Its name.
    pub name: &'a str,
    /// Names of the granules that its detections may have.
    pub granules: Vec<String>,
    /// Start of the observation.
    pub time: Utc,
    /// Satellite.
    pub satellite: &'a str,
    /// Sensor.
    pub sensor: &'a str,
    /// Made by the simulator.
    pub simulated: bool,
    /// How much of each county it saw; empty for a list, which does not say so.
    pub counties: Vec<CountySeen>,
    /// The whole account, JSON.
    pub report: String,
    /// Its detections, kept and dropped.
    pub fires: Vec<FirePixel>,
    /// Whether the detections are all that the look shows: then those of an earlier run of it are taken away, unless that run saw more.
    pub whole: bool,
}

/// How much of a county a look saw, shares from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct CountySeen {
    /// Six-digit code.
    pub adcode: String,
    /// Observed.
    pub observed: f64,
    /// Under cloud.
    pub cloud: f64,
    /// Without data.
    pub missing: f64,
}

/// What came of a look.
pub struct Taken {
    /// Events that changed.
    pub changed: Vec<Changed>,
    /// Open events that hold one of its detections, changed or not.
    pub events: Vec<Stored>,
    /// Whether an earlier run of the same look saw more, so that its detections stay.
    pub saw_less: bool,
}

/// An event that changed.
pub struct Changed {
    /// How.
    pub change: Change,
    /// As it is now.
    pub now: Stored,
}

/// Detections further from one another than this have nothing to do with each other, seconds; see [`fuse::concerned`].
const APART_S: f64 = 2.0 * 86_400.0;

impl Write<'_> {
    /// Takes a look. The same look again changes nothing.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn take(
        &mut self,
        overpass: &Overpass<'_>,
        now: Utc,
        actor: &Actor,
        t: &FuseThresholds,
        local: &Local<'_>,
    ) -> Result<Taken> {
        let store = self.store;
        self.taken(overpass, now, actor, t, local).await.map_err(|error| store.told(error))
    }

    /// Detections near a time, for what is delivered twice.
    ///
    /// # Errors
    /// [`crate::error::Error::Store`].
    pub async fn burning_near(&mut self, time: Utc, seconds: f64) -> Result<Vec<FirePixel>> {
        let store = self.store;
        let (Some(from), Some(to)) = (time.plus_seconds(-seconds), time.plus_seconds(seconds)) else {
            return Ok(Vec::new());
        };
        self.burning(from, to).await.map_err(|error| store.told(error))
    }

    async fn taken(
        &mut self,
        overpass: &Overpass<'_>,
        now: Utc,
        actor: &Actor,
        t: &FuseThresholds,
        local: &Local<'_>,
    ) -> std::result::Result<Taken, StoreError> {
        let saw_less = self.saw_more_before(overpass).await?;
        let redone = if overpass.whole && !saw_less { overpass.granules.clone() } else { Vec::new() };
        let before = self.fires_of(&redone).await?;
        let known = self.concerned(&overpass.fires, &before, t).await?;
        let (open, closed) = (known.events(true), known.events(false));
        let mut followed = Followed::of(known.pixels, open, closed);
        let changes = followed.take(&overpass.fires, &redone.iter().cloned().collect(), now, t, local);
        let gone: Vec<String> =
            before.iter().filter(|fire| followed.pixel(&fire.id).is_none()).map(|fire| fire.id.clone()).collect();
        self.remove_fires(&gone).await?;
        let mut seen = BTreeSet::new();
        let kept: Vec<&FirePixel> = overpass
            .fires
            .iter()
            .filter(|fire| seen.insert(fire.id.as_str()))
            .filter_map(|fire| followed.pixel(&fire.id))
            .collect();
        self.put_fires(&kept).await?;
        if !saw_less {
            self.put_look(overpass, now).await?;
        }
        self.note_look(overpass, gone.len(), saw_less, now, actor).await?;
        let mut changed = Vec::with_capacity(changes.len());
        for change in changes {
            changed.extend(self.change(change, &followed, &known.events, now, actor).await?);
        }
        let ids: BTreeSet<&str> = overpass.fires.iter().map(|fire| fire.id.as_str()).collect();
        let holds = |members: &[String]| members.iter().any(|member| ids.contains(member.as_str()));
        let open: Vec<String> =
            followed.open().iter().filter(|event| holds(&event.members)).map(|event| event.id.clone()).collect();
        Ok(Taken { changed, events: self.stored(&open).await?, saw_less })
    }

    /// Whether an earlier run of the look had data of a county where this one has none: files that came later were gone again.
    async fn saw_more_before(&mut self, overpass: &Overpass<'_>) -> std::result::Result<bool, StoreError> {
        let before = "SELECT adcode, missing FROM coverage WHERE look = $1";
        let rows = sqlx::query(before).bind(overpass.name).fetch_all(&mut *self.tx).await?;
        for row in rows {
            let (adcode, missing): (String, f64) = (row.try_get(0)?, row.try_get(1)?);
            let now = overpass.counties.iter().find(|county| county.adcode == adcode);
            // a pixel more or less on the border is no loss
            if now.is_none_or(|county| county.missing > missing + 0.01) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// All detections and events that these can have to do with.
    async fn concerned(
        &mut self,
        fires: &[FirePixel],
        before: &[FirePixel],
        t: &FuseThresholds,
    ) -> std::result::Result<Known, StoreError> {
        let asked: BTreeSet<&str> = fires.iter().chain(before).map(|fire| fire.id.as_str()).collect();
        let ids: Vec<String> = fires.iter().map(|fire| fire.id.clone()).collect();
        let mut known = self.fires_by_id(&ids).await?;
        known.extend(before.iter().filter(|fire| !ids.contains(&fire.id)).cloned());
        let mut span = span_of(fires.iter().chain(&known));
        let mut loaded: Option<(Utc, Utc)> = None;
        let mut near: Vec<FirePixel> = Vec::new();
        while let Some((first, last)) = span {
            let wanted = (earlier(first), later(last));
            if loaded.is_some_and(|loaded| loaded.0 <= wanted.0 && loaded.1 >= wanted.1) {
                break;
            }
            near = self.burning(wanted.0, wanted.1).await?;
            loaded = Some(wanted);
            let pool: Vec<FirePixel> = near.iter().chain(fires).chain(&known).cloned().collect();
            let concerned = fuse::concerned(&pool, |fire| asked.contains(fire.id.as_str()), t);
            near.retain(|fire| concerned.ids.contains(&fire.id));
            span = concerned.span;
        }
        near.retain(|fire| !asked.contains(fire.id.as_str()));
        known.extend(near);
        let members: Vec<String> = known.iter().map(|fire| fire.id.clone()).chain(ids).collect();
        let events = self.events_with(&members).await?;
        Ok(Known { pixels: known, events })
    }

    async fn put_look(&mut self, overpass: &Overpass<'_>, now: Utc) -> std::result::Result<(), StoreError> {
        let put = "INSERT INTO looks (name, time_us, satellite, sensor, simulated, program_version, taken_us, report) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                   ON CONFLICT (name) DO UPDATE SET time_us = excluded.time_us, satellite = excluded.satellite, \
                   sensor = excluded.sensor, simulated = excluded.simulated, program_version = excluded.program_version, \
                   taken_us = excluded.taken_us, report = excluded.report";
        let query = sqlx::query(put).bind(overpass.name).bind(overpass.time.micros()).bind(overpass.satellite);
        let query = query.bind(overpass.sensor).bind(i64::from(overpass.simulated)).bind(env!("CARGO_PKG_VERSION"));
        query.bind(now.micros()).bind(&overpass.report).execute(&mut *self.tx).await?;
        self.numbers("changes", 1).await?;
        sqlx::query("DELETE FROM coverage WHERE look = $1").bind(overpass.name).execute(&mut *self.tx).await?;
        for part in overpass.counties.chunks(AT_ONCE) {
            let rows = part.iter().map(|county| {
                let (look, adcode) = (overpass.name.into(), county.adcode.as_str().into());
                [look, adcode, county.observed.into(), county.cloud.into(), county.missing.into()]
            });
            Statement::insert("coverage (look, adcode, observed, cloud, missing)", rows).execute(&mut self.tx).await?;
        }
        Ok(())
    }

    async fn note_look(
        &mut self,
        overpass: &Overpass<'_>,
        gone: usize,
        saw_less: bool,
        now: Utc,
        actor: &Actor,
    ) -> std::result::Result<(), StoreError> {
        let kept = overpass.fires.iter().filter(|fire| fire.verdict == Verdict::Kept).count();
        let detail = serde_json::json!({
            "time": overpass.time, "fires": overpass.fires.len(), "kept": kept, "taken_away": gone, "saw_less_than_before": saw_less,
            "program_version": env!("CARGO_PKG_VERSION"),
        });
        self.add_line(now, actor, "take", overpass.name, &detail.to_string()).await
    }

    /// Keeps a changed event under its next number; `None` for one that is not there, which does not happen.
    async fn change(
        &mut self,
        change: Change,
        followed: &Followed,
        known: &[Stored],
        now: Utc,
        actor: &Actor,
    ) -> std::result::Result<Option<Changed>, StoreError> {
        let id = change.event();
        let Some(event) = followed.event(id) else { return Ok(None) };
        let before = known.iter().find(|stored| stored.event.id == id);
        let revision = match before {
            Some(before) => before.revision + 1,
            None => self.first_revision().await?,
        };
        let stored = Stored {
            event: event.clone(),
            revision,
            open: !matches!(change, Change::Closed(_)),
            changed: now,
            acknowledged: before.and_then(|before| before.acknowledged),
        };
        self.put_event(&stored).await?;
        let (action, detail) = (action(&change), said(&stored));
        self.add_line(now, actor, action, id, &detail.to_string()).await?;
        Ok(Some(Changed { change, now: stored }))
    }
}

/// What is known of the surroundings of a look.
struct Known {
    pixels: Vec<FirePixel>,
    events: Vec<Stored>,
}

impl Known {
    /// Those that are open, or those that are closed.
    fn events(&self, open: bool) -> Vec<FireEvent> {
        self.events.iter().filter(|stored| stored.open == open).map(|stored| stored.event.clone()).collect()
    }
}

fn action(change: &Change) -> &'static str {
    match change {
        Change::New(_) => "event new",
        Change::Updated(_) => "event updated",
        Change::Closed(_) => "event closed",
    }
}

/// What the audit says of an event.
fn said(stored: &Stored) -> serde_json::Value {
    let event = &stored.event;
    serde_json::json!({
        "revision": stored.revision, "place": event.place, "first_seen": event.first_seen, "last_seen": event.last_seen,
        "detections": event.members.len(), "max_frp_mw": event.max_frp_mw, "class": event.class, "confidence": event.confidence,
        "adcode": event.county.as_ref().map(|county| &county.adcode), "merged_into": event.merged_into,
    })
}

fn span_of<'a>(fires: impl Iterator<Item = &'a FirePixel>) -> Option<(Utc, Utc)> {
    fires.map(|fire| (fire.time, fire.time)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

fn earlier(time: Utc) -> Utc {
    time.plus_seconds(-APART_S).unwrap_or(time)
}

fn later(time: Utc) -> Utc {
    time.plus_seconds(APART_S).unwrap_or(time)
}
