//! From what cameras saw to the store and to the desk.

use super::{FRESH_S, Looking};
use crate::deliver::desk;
use crate::error::{Error, Result};
use crate::fire::FirePixel;
use crate::pipeline::keep::{Keeper, Seen};
use crate::pipeline::{place_and_screen, screen_by_place};
use crate::sighting::{Ground, Kind, Sighting};
use crate::store::{CameraLook, Filed, Store};
use crate::time::Utc;
use std::time::{Duration, Instant};

/// Pauses after the store failed.
const STORE_AGAIN: Duration = Duration::from_secs(5);

impl Looking<'_> {
    /// Gives the store what it has not taken yet, the oldest first.
    pub(super) fn keep(&mut self) {
        if self.rest.is_some_and(|rest| Instant::now() < rest) {
            return;
        }
        while let Some(sighting) = self.spool.first().cloned() {
            if let Err(error) = self.take(&sighting) {
                return self.store_failed(&error);
            }
            self.spool.taken();
        }
        if !self.looks.is_empty() {
            let looks = std::mem::take(&mut self.looks);
            if let Err(error) = self.take_looks(&looks) {
                self.looks = looks;
                return self.store_failed(&error);
            }
        }
        self.rest = None;
    }

    pub(super) fn store_failed(&mut self, error: &Error) {
        tracing::error!(
            "{error}; what cameras see waits, and is given to the store again in {} s",
            STORE_AGAIN.as_secs()
        );
        // one that failed is opened anew: it may be another file by now
        (self.keeper, self.store) = (None, None);
        self.rest = Some(Instant::now() + STORE_AGAIN);
    }

    fn take(&mut self, sighting: &Sighting) -> Result<()> {
        let now = self.running.clock.now();
        let fires = self.detections(sighting);
        let told = self.unplaced(sighting, &fires, now);
        let seen = Seen { sightings: std::slice::from_ref(sighting), fires: &fires, alarm: None, told: &told };
        if self.keeper.is_none() {
            let running = self.running;
            // the keeper lives as long as what it is made of
            self.keeper = Keeper::open_existing(running.actor.clone(), running.settings, running.territory)?;
        }
        let Some(keeper) = &self.keeper else { return Ok(()) };
        keeper.take_sightings(&seen, now).map(|_| ())
    }

    fn take_looks(&mut self, looks: &[CameraLook]) -> Result<()> {
        let url = self.running.site.store_url.as_deref().unwrap_or_default();
        let (store, runtime) = (&mut self.store, self.runtime);
        runtime.block_on(async {
            let store = match store {
                Some(store) => store,
                None => store.insert(Store::open_existing(url).await?),
            };
            let mut write = store.write().await?;
            for look in looks {
                write.put_camera_look(look).await?;
            }
            write.commit().await
        })
    }

    /// A sighting with a place as a detection, judged as those of others are.
    fn detections(&self, sighting: &Sighting) -> Vec<FirePixel> {
        let mut fires: Vec<FirePixel> = sighting.as_detection().into_iter().collect();
        let camera = sighting.camera.as_deref().unwrap_or("camera");
        fires
            .iter_mut()
            .for_each(|fire| fire.granule = format!("{camera}_{}_{}", sighting.time.compact(), sighting.id));
        place_and_screen(&mut fires, &self.settings);
        if let Err(error) = screen_by_place(&mut fires, &self.settings) {
            tracing::error!("{error}");
        }
        fires
    }

    /// What is seen and has no place is no event: the desk is told of it, once for each thing that a camera sees.
    fn unplaced(&self, sighting: &Sighting, fires: &[FirePixel], now: Utc) -> Vec<Filed> {
        let is_late = now.seconds_since(sighting.time) > FRESH_S;
        if !fires.is_empty() || is_late {
            return Vec::new();
        }
        let Some(camera) =
            self.towers.iter().map(|tower| tower.camera).find(|camera| Some(&camera.id) == sighting.camera.as_ref())
        else {
            return Vec::new();
        };
        let what = match sighting.kind {
            Kind::Flame => "火焰",
            _ => "烟",
        };
        let where_to = match (sighting.ground, sighting.direction) {
            (Some(Ground::Along { near, far }), Some(direction)) => format!(
                "方位 {:.0}°, 山脊后, 距离 {:.1} 至 {:.1} km 之间",
                direction.azimuth_deg,
                camera.place.distance_m(near) / 1000.0,
                camera.place.distance_m(far) / 1000.0
            ),
            (_, Some(direction)) => format!("方位 {:.0}°, 距离不明", direction.azimuth_deg),
            _ => "摄像机指向不明, 无法给出方位".to_string(),
        };
        let line = format!("摄像机 {} 疑似{what}, 位置未定: {where_to}", camera.title());
        let details = [format!("时间 {}", sighting.time.beijing()), "请人工看图判断".to_string()];
        // told again every few minutes as long as it goes on: the desk hears of it once in half an hour
        let half_hour = sighting.time.micros().div_euclid((FRESH_S * 1e6) as i64);
        let id = format!("sighting:{}:{where_to}:{half_hour}", camera.id);
        desk::notice(self.running.site, &id, 1, &line, &details, now)
    }
}
