//! A run and the store of its site: what was found is kept look by look; a store that fails costs the list nothing.

use super::store::actor;
use crate::assign::territory::Territory;
use crate::deliver::scan_report::GranuleReport;
use crate::error::{Error, Result};
use crate::fire::{FireEvent, FirePixel};
use crate::ingest::map::MapSource;
use crate::pipeline::keep::{Keeper, Seen};
use crate::pipeline::{Settings, field};
use crate::sighting::Sighting;
use crate::time::Utc;

/// The store of a run, with the first thing that went wrong with it.
pub struct Kept<'a> {
    keeper: Option<Keeper<'a>>,
    failed: Option<Error>,
}

impl<'a> Kept<'a> {
    /// Opens the store, where the site has one.
    pub fn open(command: &str, settings: &'a Settings<'a>, territory: &'a Territory) -> Self {
        match Keeper::open(actor(command), settings, territory) {
            Ok(keeper) => Kept { keeper, failed: None },
            Err(error) => {
                let mut kept = Kept { keeper: None, failed: None };
                kept.fail(error);
                kept
            }
        }
    }

    /// Keeps a look with its detections.
    pub fn take(&mut self, look: &GranuleReport, fires: &[FirePixel], whole: bool) {
        let Some(keeper) = self.keeper.as_ref().filter(|_| self.failed.is_none()) else { return };
        match keeper.take(look, fires, whole, Utc::now()) {
            Ok(taken) if taken.saw_less => tracing::warn!(
                "{}: an earlier run of this look saw more of the counties; what that one found stays beside what this one did",
                look.granule
            ),
            Ok(_) => {}
            Err(error) => self.fail(error),
        }
    }

    /// Keeps what a camera or drone saw at one time, with the detections of what has a place.
    pub fn take_sightings(&mut self, sightings: &[Sighting], fires: &[FirePixel]) {
        let Some(keeper) = self.keeper.as_ref().filter(|_| self.failed.is_none()) else { return };
        if let Err(error) = keeper.take_sightings(&Seen { sightings, fires, ..Seen::default() }, Utc::now()) {
            self.fail(error);
        }
    }

    /// The events that these detections belong to, with what was known of them before; `None` without a store that has them.
    pub fn events(&mut self, fires: &[FirePixel]) -> Option<Vec<FireEvent>> {
        let keeper = self.keeper.as_ref().filter(|_| self.failed.is_none())?;
        match keeper.events_of(fires) {
            Ok(events) => Some(events),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    /// Keeps pieces of imagery around what burns, where a store and a folder of pictures are.
    pub fn keep_pictures(&self, maps: &[MapSource], fires: &[FirePixel]) {
        let Some(keeper) = self.keeper.as_ref().filter(|_| self.failed.is_none()) else { return };
        let Some(pictures) = keeper.settings().site.evidence_folder() else { return };
        for source in maps {
            for error in field::events::keep(source, keeper, fires, &pictures) {
                tracing::warn!("{error}");
            }
        }
    }

    fn fail(&mut self, error: Error) {
        tracing::error!("{error}");
        tracing::error!(
            "what this run finds is listed, but not kept and not delivered: run it again when the store is back"
        );
        self.failed = Some(error);
    }

    /// # Errors
    /// What went wrong with the store.
    pub fn finish(self) -> Result<()> {
        if let Some(keeper) = self.keeper.as_ref().filter(|_| self.failed.is_none()) {
            keeper.finish(Utc::now());
        }
        self.failed.map_or(Ok(()), Err)
    }
}
