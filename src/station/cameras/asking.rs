//! Fires that something else saw: cameras that can see their places are asked to look.

use super::errand::{Errand, LOOK_S};
use super::{FRESH_S, Looking};
use crate::deliver::evidence;
use crate::error::Result;
use crate::fire::FireEvent;
use crate::frame::Frame;
use crate::store::Store;
use crate::time::Utc;
use crate::watch::sight::Eye;
use crate::watch::sight::viewshed::can_see;
use std::collections::BTreeSet;
use std::time::Instant;

/// The same fire is looked for again after so long, seconds.
const AGAIN_S: f64 = 1800.0;
/// Smoke is seen where it stands so high above the ground, metres \[P\].
const SMOKE_M: f64 = 30.0;
/// Changes that are looked through at the start, and at a time.
const CHANGES: i64 = 500;

impl Looking<'_> {
    /// New fires of satellites and of others: cameras that can see their places are asked to look.
    pub(super) fn ask(&mut self) {
        let now = self.running.clock.now();
        self.asked.retain(|(_, at)| now.seconds_since(*at) < AGAIN_S);
        if self.eyes.dem.is_err() || self.rest.is_some_and(|rest| Instant::now() < rest) {
            return;
        }
        let fires = match self.new_fires(now) {
            Ok(fires) => fires,
            Err(error) => return self.store_failed(&error),
        };
        for fire in fires {
            self.asked.push((fire.id.clone(), now));
            self.send(&fire, now);
        }
    }

    fn new_fires(&mut self, now: Utc) -> Result<Vec<FireEvent>> {
        let url = self.running.site.store_url.as_deref().unwrap_or_default();
        let cameras: BTreeSet<&str> = self.towers.iter().map(|tower| tower.camera.id.as_str()).collect();
        let (store, seen, runtime) = (&mut self.store, &mut self.seen, self.runtime);
        let changed = runtime.block_on(async {
            let store = match store {
                Some(store) => store,
                None => store.insert(Store::open_existing(url).await?),
            };
            let after = match *seen {
                Some(seen) => seen,
                None => (store.changes().await? - CHANGES).max(0),
            };
            store.changed_events(after, CHANGES).await
        })?;
        *seen = changed.last().map(|shown| shown.seq).or(*seen);
        let is_wanted = |event: &FireEvent| {
            let is_known = self.asked.iter().any(|(id, _)| *id == event.id);
            let others = event.sources.iter().any(|source| !cameras.contains(source.as_str()));
            let is_fresh = now.seconds_since(event.last_seen) <= FRESH_S;
            let is_real = !event.simulated || self.running.site.delivery.allow_simulated;
            !is_known && others && is_fresh && is_real
        };
        let open = changed.into_iter().filter(|shown| shown.stored.open).map(|shown| shown.stored.event);
        Ok(open.filter(is_wanted).collect())
    }

    /// Asks all cameras that can see a fire.
    fn send(&mut self, fire: &FireEvent, now: Utc) {
        let Ok(dem) = &self.eyes.dem else { return };
        for tower in &mut self.towers {
            let Some(look) = can_see(tower.camera, dem, fire.place, SMOKE_M) else { continue };
            // one that turns has its presets alone
            let preset =
                look.preset.as_ref().and_then(|id| tower.camera.presets.iter().position(|preset| preset.id == *id));
            match (&mut tower.turning, preset) {
                (Some((_, patrol)), Some(preset)) => patrol.ask(preset, LOOK_S),
                (None, None) => {}
                _ => continue,
            }
            tracing::info!(
                "{}: {} km from {}: it is asked to look",
                fire.id,
                (look.range_m / 100.0).round() / 10.0,
                tower.camera.id
            );
            let errand = Errand {
                event: fire.id.clone(),
                place: fire.place,
                preset: look.preset,
                asked: now,
                picture: None,
                saw: false,
            };
            self.looks.push(errand.look(&tower.camera.id, now));
            tower.errands.push(errand);
        }
    }

    /// A picture for each errand in the direction of which the camera looks.
    pub(super) fn picture_errands(&mut self, at: usize, frame: &Frame, saw: bool, now: Utc) {
        let mut errands = std::mem::take(&mut self.towers[at].errands);
        let (camera, direction) = (self.towers[at].camera, self.towers[at].looks_at(now));
        if let Some((preset, is_sure)) = direction {
            for errand in errands.iter_mut().filter(|errand| errand.preset.as_deref() == preset) {
                errand.saw |= saw;
                if errand.picture.is_none() {
                    let name = format!("{}-{}-{}", errand.event, camera.id, now.compact());
                    let pixel = self.eyes.dem.as_ref().ok().filter(|_| is_sure).and_then(|dem| {
                        let eye = Eye::of(camera, preset, Some(frame.image.dimensions()), dem).ok()?;
                        eye.pixel_of(errand.place, 0.0, dem)
                    });
                    let draw =
                        || pixel.map_or_else(|| frame.image.clone(), |pixel| evidence::crossed(&frame.image, pixel));
                    errand.picture = Some((now, self.picture(now, &name, draw)));
                    self.looks.push(errand.look(&camera.id, now));
                }
            }
        }
        self.towers[at].errands = errands;
    }

    pub(super) fn run_errands(&mut self) {
        let now = self.running.clock.now();
        for tower in &mut self.towers {
            let (over, left) = std::mem::take(&mut tower.errands).into_iter().partition(|errand| errand.is_over(now));
            tower.errands = left;
            let over: Vec<Errand> = over;
            self.looks.extend(over.iter().map(|errand| errand.look(&tower.camera.id, now)));
        }
    }
}
