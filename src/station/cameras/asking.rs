//! Fires that something else saw: cameras that can see their places are asked to look.

use super::Looking;
use super::errand::{Errand, LOOK_S};
use super::keeping::ToKeep;
use crate::deliver::evidence;
use crate::fire::FireEvent;
use crate::frame::Frame;
use crate::time::Utc;
use crate::watch::sight::Eye;
use crate::watch::sight::viewshed::can_see;

/// The same fire is looked for again after so long, seconds.
const AGAIN_S: f64 = 1800.0;
/// Smoke is seen where it stands so high above the ground, metres \[P\].
const SMOKE_M: f64 = 30.0;

impl Looking<'_> {
    /// Fires of satellites and of others: cameras that can see their places are asked to look.
    pub(super) fn ask(&mut self, fires: &[FireEvent], now: Utc) {
        self.asked.retain(|(_, at)| now.seconds_since(*at) < AGAIN_S);
        for fire in fires {
            if !self.asked.iter().any(|(id, _)| *id == fire.id) {
                self.asked.push((fire.id.clone(), now));
                self.send(fire, now);
            }
        }
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
            let _ = self.to_keep.send(ToKeep::Look(errand.look(&tower.camera.id, now)));
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
                    let _ = self.to_keep.send(ToKeep::Look(errand.look(&camera.id, now)));
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
            for errand in over {
                let _ = self.to_keep.send(ToKeep::Look(errand.look(&tower.camera.id, now)));
            }
        }
    }
}
