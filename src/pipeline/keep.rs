//! What a run found goes into the store: one transaction a look, with its detections, the events that they change, what is to
//! be told of them, how much was seen, and the audit.

use super::Settings;
use super::imported::accounts;
use crate::assign::territory::Territory;
use crate::deliver::notices;
use crate::deliver::scan_report::GranuleReport;
use crate::error::{Error, Result};
use crate::fire::{DropReason, FireEvent, FirePixel, Verdict};
use crate::fuse::Local;
use crate::screen;
use crate::sighting::Sighting;
use crate::site::Site;
use crate::store::{Actor, Call, CountySeen, Filed, Overpass, Sighted, SlotEnd, Store, Taken, Write};
use crate::time::Utc;
use std::cell::RefCell;
use std::collections::BTreeSet;
use tokio::runtime::{Builder, Runtime};

/// A store that a run writes into.
pub struct Keeper<'a> {
    runtime: Runtime,
    store: Store,
    actor: Actor,
    settings: &'a Settings<'a>,
    territory: &'a Territory,
    /// Detections of the store of which this run brought copies.
    twins: RefCell<BTreeSet<String>>,
}

/// What the catalogue notes of a look.
pub struct End {
    /// How its scan ended.
    pub slot: SlotEnd,
    /// Names under which earlier scans of the same files kept it, and that are its names no more.
    pub replaced: Vec<String>,
}

/// An alarm of a platform of somebody else.
pub struct PlatformAlarm<'a> {
    /// Who sent it.
    pub source: &'a str,
    /// What they call it.
    pub vendor_id: &'a str,
    /// The sighting that it becomes.
    pub sighting: &'a str,
    /// Its text as it came.
    pub body: &'a str,
    /// County whose desk was told of it: where it has no place it is of that one.
    pub county: Option<&'a str>,
    /// Its line in the log of calls, where somebody told a desk: what was seen and who told it are there together. Id, sighting and event are
    /// filled in.
    pub call: Option<&'a Call>,
}

/// What was seen at one time.
#[derive(Clone, Copy, Default)]
pub struct Seen<'a> {
    /// All sightings.
    pub sightings: &'a [Sighting],
    /// The detections of those that have a place: one look.
    pub fires: &'a [FirePixel],
    /// The alarm of which they are, where they are of one.
    pub alarm: Option<&'a PlatformAlarm<'a>>,
    /// What the desk is told besides.
    pub told: &'a [Filed],
    /// The sighting was here before without a place, and gets one now; where it has one meanwhile nothing of this is taken.
    pub settles: bool,
}

/// What goes into the store together with a look.
#[derive(Clone, Copy, Default)]
struct Beside<'a> {
    end: Option<&'a End>,
    sighted: &'a [Sighted],
    alarm: Option<&'a PlatformAlarm<'a>>,
    told: &'a [Filed],
    settles: bool,
}

/// Detections of one satellite that lie further apart in time are no copies of each other, seconds.
const COPY_S: f64 = 1800.0;

impl<'a> Keeper<'a> {
    /// Opens the store of the site; `None` where it has none.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(actor: Actor, settings: &'a Settings<'a>, territory: &'a Territory) -> Result<Option<Self>> {
        Self::with(actor, settings, territory, async |url| Store::open(url).await)
    }

    /// The same with a store that is there: where it was moved away, no new one takes its place.
    ///
    /// # Errors
    /// As [`Keeper::open`], and where there is none.
    pub fn open_existing(actor: Actor, settings: &'a Settings<'a>, territory: &'a Territory) -> Result<Option<Self>> {
        Self::with(actor, settings, territory, async |url| Store::open_existing(url).await)
    }

    fn with(
        actor: Actor,
        settings: &'a Settings<'a>,
        territory: &'a Territory,
        open: impl AsyncFn(&str) -> Result<Store>,
    ) -> Result<Option<Self>> {
        let Some(url) = &settings.site.store_url else { return Ok(None) };
        // a turn that is given up must be undone at once: on this thread alone it would hold up others until the store is next asked
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| Error::output("the event loop", error))?;
        let store = runtime.block_on(open(url))?;
        Ok(Some(Keeper { runtime, store, actor, settings, territory, twins: RefCell::default() }))
    }

    /// Takes a look with all its detections. `whole`: they are all that it shows; a list of others may be longer the next time.
    ///
    /// # Errors
    /// [`Error::Store`]; then nothing of the look is in the store.
    pub fn take(&self, look: &GranuleReport, fires: &[FirePixel], whole: bool, now: Utc) -> Result<Taken> {
        self.take_and_end(look, fires, whole, None, now)
    }

    /// Takes a look, and in the same transaction notes in the catalogue what became of it: neither is there without the other.
    ///
    /// # Errors
    /// As [`Keeper::take`].
    pub fn take_and_end(
        &self,
        look: &GranuleReport,
        fires: &[FirePixel],
        whole: bool,
        end: Option<&End>,
        now: Utc,
    ) -> Result<Taken> {
        let overpass = self.overpass(look, fires, whole)?;
        self.runtime.block_on(async {
            let beside = Beside { end, ..Beside::default() };
            let commit = async { self.commit(self.store.write().await?, overpass, beside, now).await };
            let taken = self.store.watched(commit).await?;
            note_head(&self.store, self.settings.site, now, false).await;
            Ok(taken)
        })
    }

    /// Takes what a camera, drone or platform saw at one time. An alarm of a platform is taken once, and a place is given once: the sighting that
    /// it became before, or that has a place, where it was so.
    ///
    /// # Errors
    /// As [`Keeper::take`].
    pub fn take_sightings(&self, seen: &Seen<'_>, now: Utc) -> Result<Option<String>> {
        let Seen { sightings, fires, alarm, told, settles } = *seen;
        let looks = accounts(fires);
        let overpass = looks.first().map(|look| self.overpass(look, fires, true)).transpose()?;
        let sighted: Vec<Sighted> =
            sightings.iter().map(|sighting| self.sighted(sighting, alarm.and_then(|alarm| alarm.county))).collect();
        self.runtime.block_on(self.store.watched(async {
            if let Some(alarm) = alarm
                && let Some(before) = self.store.alarm_taken(alarm.source, alarm.vendor_id).await?
            {
                return Ok(Some(before));
            }
            let mut write = self.store.write().await?;
            for sighting in sightings.iter().filter(|_| settles) {
                if !write.claim_place(&sighting.id, now, &self.actor).await? {
                    return Ok(Some(sighting.id.clone()));
                }
            }
            let beside = Beside { end: None, sighted: &sighted, alarm, told, settles };
            match overpass {
                Some(overpass) => {
                    self.commit(write, overpass, beside, now).await?;
                }
                None => {
                    self.put_beside(&mut write, beside, now).await?;
                    write.commit().await?;
                }
            }
            note_head(&self.store, self.settings.site, now, false).await;
            Ok(None)
        }))
    }

    /// A sighting with its county: that of its place, else of where it was seen from, else of the desk that was told.
    fn sighted(&self, sighting: &Sighting, told: Option<&str>) -> Sighted {
        let place = sighting.place().map(|(place, _)| place).or(sighting.from);
        let adcode = match place {
            Some(place) => self.settings.county_of(place).map(|county| county.adcode),
            None => told.map(str::to_string),
        };
        Sighted { sighting: sighting.clone(), adcode }
    }

    fn overpass<'o>(&self, look: &'o GranuleReport, fires: &[FirePixel], whole: bool) -> Result<Overpass<'o>> {
        let report = look.record()?;
        let counties = look.counties.iter().map(|share| CountySeen {
            adcode: share.adcode.clone(),
            observed: share.observed_fraction,
            cloud: share.cloud_fraction,
            missing: share.missing_fraction,
        });
        Ok(Overpass {
            name: &look.granule,
            granules: look.pieces.iter().chain([&look.granule]).cloned().collect(),
            time: look.time,
            satellite: &look.satellite,
            sensor: &look.sensor,
            simulated: look.simulated,
            counties: counties.collect(),
            report,
            fires: self.local(fires),
            whole,
        })
    }

    /// Ends a run: what its audit ends with is noted.
    pub fn finish(&self, now: Utc) {
        self.runtime.block_on(note_head(&self.store, self.settings.site, now, true));
    }

    async fn commit(
        &self,
        mut write: Write<'_>,
        mut overpass: Overpass<'_>,
        beside: Beside<'_>,
        now: Utc,
    ) -> Result<Taken> {
        let mut near = write.burning_near(overpass.time, COPY_S).await?;
        let own: BTreeSet<&str> = overpass.fires.iter().map(|fire| fire.id.as_str()).collect();
        near.retain(|fire| !own.contains(fire.id.as_str()) && !overpass.granules.contains(&fire.granule));
        screen::delivered_twice(&near, &mut overpass.fires);
        self.twins.borrow_mut().extend(twins(&overpass.fires, &near));
        // a map that cannot be read must not cost the fires: whether woods are near is then not known
        let land = self.settings.places.landcover.as_ref().and_then(|land| {
            let opened = land.open();
            opened.inspect_err(|error| tracing::warn!("{error}: whether woods are near is not known")).ok()
        });
        let t = &self.settings.thresholds.notice;
        let woods = |place| land.as_ref()?.woods_around(place, f64::from(t.woods_m)).ok().flatten();
        let local = Local {
            county_of: &|place| self.settings.county_of(place),
            assign: &|event| {
                self.territory.assign(event);
                event.forest_edge = woods(event.place).map(|share| share >= f64::from(t.woods_share));
            },
        };
        let taken = write.take(&overpass, now, &self.actor, &self.settings.thresholds.fuse, &local).await?;
        let ids: Vec<String> = taken.changed.iter().map(|changed| changed.now.event.id.clone()).collect();
        let told = write.last_told(&ids).await?;
        let cases = write.cases_of(&ids).await?;
        let made = notices::notices(&taken.changed, (&told, &cases), self.settings.site, t, now);
        write.file(&made.filed, now).await?;
        write.file_broken(&made.broken, now, &self.actor).await?;
        self.put_beside(&mut write, beside, now).await?;
        if let Some(End { slot, replaced }) = beside.end {
            write.drop_looks(replaced).await?;
            write.slot_done(slot, now).await?;
        }
        write.commit().await?;
        Ok(taken)
    }

    /// What goes in with a look, once its events are there: sightings, the alarm with the line of its call, what the desk is told.
    async fn put_beside(&self, write: &mut Write<'_>, beside: Beside<'_>, now: Utc) -> Result<()> {
        write.put_sightings(beside.sighted).await?;
        if let Some(alarm) = beside.alarm {
            write.note_alarm(alarm.source, alarm.vendor_id, alarm.sighting, alarm.body, now).await?;
            if let Some(call) = alarm.call {
                let event = event_with(write, alarm.sighting).await?;
                write.log_call(&call.of_sighting(alarm.sighting, event), &self.actor).await?;
            }
        }
        for Sighted { sighting, .. } in beside.sighted.iter().filter(|_| beside.settles) {
            let detail = serde_json::json!({ "ground": sighting.ground });
            write.audit(now, &self.actor, "sighting settled", &sighting.id, &detail).await?;
            if let Some(event) = event_with(write, &sighting.id).await? {
                write.join_call(&sighting.id, &event).await?;
            }
            write.follow_call(&Call::id_of(&sighting.id), "已定位", now, &self.actor).await?;
        }
        write.file(beside.told, now).await?;
        Ok(())
    }

    /// The events that these detections, or those that they are copies of, belong to now, by first detection and id.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn events_of(&self, fires: &[FirePixel]) -> Result<Vec<FireEvent>> {
        let ids: Vec<String> = fires.iter().map(|fire| fire.id.clone()).chain(self.twins.borrow().clone()).collect();
        self.events_with(&ids)
    }

    /// The events that detections of these ids belong to now, by first detection and id.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn events_with(&self, ids: &[String]) -> Result<Vec<FireEvent>> {
        self.runtime.block_on(self.store.watched(async {
            let mut write = self.store.write().await?;
            let events = write.open_events_with(ids).await?;
            // others wait for the turn
            write.commit().await?;
            Ok(events)
        }))
    }

    /// The events inside that were seen last at or after a time.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn events_since(&self, since: Utc) -> Result<Vec<FireEvent>> {
        let stored = self.runtime.block_on(self.store.watched(self.store.events_since(since)))?;
        Ok(stored.into_iter().map(|stored| stored.event).filter(|event| event.inside).collect())
    }

    /// The sighting that an alarm of a platform became; `None` where it was not taken yet.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn alarm_taken(&self, source: &str, vendor_id: &str) -> Result<Option<String>> {
        self.runtime.block_on(self.store.watched(self.store.alarm_taken(source, vendor_id)))
    }

    /// What it is done with.
    pub fn settings(&self) -> &'a Settings<'a> {
        self.settings
    }

    /// In whose name what follows is done.
    pub fn acts_as(&mut self, actor: Actor) {
        self.actor = actor;
    }

    /// Notes in the catalogue what became of a look of which there is nothing to keep.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn end(&self, slot: &SlotEnd, now: Utc) -> Result<()> {
        self.runtime.block_on(self.store.watched(async {
            let mut write = self.store.write().await?;
            write.slot_done(slot, now).await?;
            write.commit().await
        }))
    }

    /// Notes that a look is being scanned.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn begin(&self, slot: i64) -> Result<()> {
        self.runtime.block_on(self.store.watched(async {
            let mut write = self.store.write().await?;
            write.slot_begun(slot).await?;
            write.commit().await
        }))
    }

    /// Name of the store, as it may be said.
    pub fn name(&self) -> String {
        self.store.name()
    }

    /// Detections over the site and around it, as a scan of the counties has them: one of everywhere leaves the rest out.
    fn local(&self, fires: &[FirePixel]) -> Vec<FirePixel> {
        let around = self.settings.site.neighbourhood();
        let mut fires: Vec<FirePixel> = fires.iter().filter(|fire| around.contains(fire.place)).cloned().collect();
        for fire in fires.iter_mut().filter(|fire| fire.county.is_none() && fire.verdict == Verdict::Kept) {
            screen::inside_counties(fire, None);
        }
        self.territory.place(&mut fires);
        fires
    }
}

/// Notes the head of the audit outside of the store, where the site has a file for it: at most once a minute, or `at_once`. Where it
/// cannot be noted a warning is all.
pub async fn note_head(store: &Store, site: &Site, now: Utc, at_once: bool) {
    let Some(path) = &site.audit_heads else { return };
    if let Err(error) = store.note_head(path, now, at_once).await {
        tracing::warn!("{error}; the head of the audit is not noted (store.audit_heads)");
    }
}

/// The event that a sighting is part of by now.
async fn event_with(write: &mut Write<'_>, sighting: &str) -> Result<Option<String>> {
    let events = write.open_events_with(&[sighting.to_string()]).await?;
    Ok(events.into_iter().next().map(|event| event.id))
}

/// Of each copy the nearest detection of the same satellite that the store has.
fn twins(fires: &[FirePixel], near: &[FirePixel]) -> BTreeSet<String> {
    let is_copy = |fire: &&FirePixel| fire.verdict == Verdict::Dropped(DropReason::DeliveredTwice);
    let twin = |fire: &FirePixel| {
        let same = near.iter().filter(|other| other.satellite == fire.satellite && other.sensor == fire.sensor);
        same.min_by(|a, b| a.place.distance_m(fire.place).total_cmp(&b.place.distance_m(fire.place)))
    };
    fires.iter().filter(is_copy).filter_map(|fire| Some(twin(fire)?.id.clone())).collect()
}

/// Where what waits for a database is run: on this thread.
///
/// # Errors
/// [`Error::Output`] where the system gives none.
pub fn runtime() -> Result<Runtime> {
    Builder::new_current_thread().enable_all().build().map_err(|error| Error::output("the event loop", error))
}
