//! Fires that something else saw: cameras that can see their places are asked to look.

use super::Looking;
use super::errand::{Errand, LOOK_S};
use super::keeping::ToKeep;
use super::tower::Told;
use crate::deliver::evidence;
use crate::fire::FireEvent;
use crate::frame::Frame;
use crate::time::Utc;
use crate::watch::boxes::Mark;
use crate::watch::sight::Eye;
use crate::watch::sight::viewshed::can_see;

/// The same fire is looked for again after so long, seconds.
const AGAIN_S: f64 = 1800.0;
/// Smoke is seen where it stands so high above the ground, metres \[P\].
const SMOKE_M: f64 = 30.0;
/// A mark is taken for so wide at least, px \[P\].
const LEAST_SIDE: f32 = 20.0;

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
                hindered: None,
            };
            let _ = self.to_keep.send(ToKeep::Look(errand.look(&tower.camera.id, now)));
            tower.errands.push(errand);
        }
    }

    /// A picture for each errand in the direction of which the camera looks, and whether what is told in it is at the place.
    pub(super) fn picture_errands(&mut self, at: usize, frame: &Frame, told: &[Told], now: Utc) {
        let mut errands = std::mem::take(&mut self.towers[at].errands);
        let (camera, direction) = (self.towers[at].camera, self.towers[at].looks_at(now));
        let hindered = match &self.eyes.model {
            Err(_) => Some("识别模型不可用".to_string()),
            Ok(_) => self.towers[at].hindered(),
        };
        if let Some((preset, is_sure)) = direction {
            let eye = self
                .eyes
                .dem
                .as_ref()
                .ok()
                .filter(|_| is_sure)
                .and_then(|dem| Some((Eye::of(camera, preset, Some(frame.image.dimensions()), dem).ok()?, dem)));
            for errand in errands.iter_mut().filter(|errand| errand.preset.as_deref() == preset) {
                let pixel = eye.as_ref().and_then(|(eye, dem)| eye.pixel_of(errand.place, 0.0, dem));
                errand.saw |= told.iter().any(|told| pixel.is_some_and(|pixel| is_there(&told.standing.mark, pixel)));
                errand.hindered = errand.hindered.take().or_else(|| hindered.clone());
                if errand.picture.is_none() {
                    let name = format!("{}-{}-{}", errand.event, camera.id, now.compact());
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

/// Whether a mark is at a pixel: in it, or no further beside it than it is wide. A plume leans away from its fire, and the place of the fire has
/// an error.
fn is_there(mark: &Mark, (u, v): (f64, f64)) -> bool {
    let (u, v, side) = (u as f32, v as f32, mark.width().max(mark.height()).max(LEAST_SIDE));
    (mark.left - side..=mark.right + side).contains(&u) && (mark.top - side..=mark.bottom + side).contains(&v)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::Kind;

    #[test]
    fn smoke_elsewhere_in_the_picture_is_not_at_the_place() {
        let mark = Mark { kind: Kind::Smoke, score: 0.9, left: 100.0, top: 100.0, right: 140.0, bottom: 130.0 };
        assert!(is_there(&mark, (120.0, 130.0)) && is_there(&mark, (175.0, 165.0)));
        assert!(!is_there(&mark, (190.0, 120.0)) && !is_there(&mark, (120.0, 200.0)));
    }
}
