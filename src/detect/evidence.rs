//! What lies about an anomaly, for the rules of screening.

use super::bright::Bright;
use super::in_time::InTime;
use super::sky::Sky;
use super::surface::Surface;
use super::window::near;
use crate::fire::{Evidence, Excess};
use crate::scene::{BandRole, PixelClass, Scene};
use crate::thresholds::Thresholds;
use crate::units::PlanckLaw;

/// Half side of the window whose warmest and coldest ground may be mixed in a pixel: the pixel spread function reaches so far.
const MIXED: usize = 2;

/// The scene that anomalies are looked at in.
pub(super) struct Witness<'a> {
    pub scene: &'a Scene,
    pub sky: &'a Sky<'a>,
    pub surface: &'a Surface,
    /// Light of the night on all of the window, kelvin.
    pub stray_kelvin: f32,
    pub thresholds: &'a Thresholds,
}

impl Witness<'_> {
    /// Evidence about a pixel; `in_space` is its excess over its neighbours, `None` where time alone shows it.
    pub fn of(&self, at: (usize, usize), in_space: Option<Excess>, in_time: Option<&InTime>) -> Evidence {
        let classes = &self.surface.class;
        let beside_cloud = match in_time {
            Some(in_time) => in_time.is_beside_cloud(classes, at),
            None => near(at, 1, classes).any(|near| classes[near] == PixelClass::Cloud),
        };
        let departure = in_time.and_then(|in_time| in_time.departure(at));
        let (days, hot_days) = in_time.map_or((0, 0), |in_time| in_time.hot_days(at));
        Evidence {
            in_space,
            in_time: departure.map(|d| Excess { z: d.z, kelvin: d.kelvin }),
            before_z: in_time.and_then(|in_time| in_time.before(at)),
            days,
            hot_days,
            sun_zenith_deg: self.sky.sun_zenith_deg(at.0, at.1),
            stray_kelvin: in_time.and_then(InTime::stray_kelvin).unwrap_or(self.stray_kelvin),
            beside_cloud,
            beside_snow: self.is_beside_snow(at),
            thawed: in_time
                .and_then(|in_time| in_time.cover(at))
                .is_some_and(|cover| self.is_thawed(at, cover.usual_tir_k, cover.usual_bright)),
            mixed_kelvin: self.mixed_kelvin(at).unwrap_or(0.0),
        }
    }

    fn is_beside_snow(&self, at: (usize, usize)) -> bool {
        let (bright, m) = (Bright::of(self.scene, self.surface), &self.thresholds.mask);
        self.scene.tir().is_some_and(|(_, tir)| {
            // a bright and cold neighbour may as well be cloud, which has a rule of its own
            let ground = |near: &(usize, usize)| self.surface.class[*near] != PixelClass::Cloud;
            near(at, 1, &self.surface.class).filter(ground).any(|near| bright.is_snow(near, tir.values[near], m))
        })
    }

    /// By day bare where snow lay on other days.
    fn is_thawed(&self, at: (usize, usize), usual_tir_k: f32, usual_bright: f32) -> bool {
        let m = &self.thresholds.mask;
        let was_snow = usual_bright > m.snow_bright && usual_tir_k < m.snow_warmest_k;
        was_snow && Bright::of(self.scene, self.surface).at(at) < m.snow_bright
    }

    /// Ground of two temperatures emits more at 3.9 um than ground of one temperature that looks the same at 11 um. How much
    /// at most, in kelvin, with the warmest and the coldest ground around; `None` where there is nothing to mix.
    fn mixed_kelvin(&self, at: (usize, usize)) -> Option<f32> {
        let (_, tir) = self.scene.tir()?;
        let law = self.scene.bands.get(&BandRole::Mir)?.planck?;
        let is_ground = |at: &(usize, usize)| {
            let class = self.surface.class[*at];
            matches!(class, PixelClass::Clear | PixelClass::NoBackground | PixelClass::Water)
        };
        let around = near(at, MIXED, &self.surface.class).filter(|near| *near != at).filter(is_ground);
        let kelvins = around.map(|near| tir.values[near]).filter(|kelvin| !kelvin.is_nan());
        let (coldest, warmest) = kelvins.fold((f32::MAX, f32::MIN), |(low, high), k| (low.min(k), high.max(k)));
        let own = tir.values[at];
        // also false where a value is missing
        if !(coldest < own && own < warmest) {
            return None;
        }
        Some(excess_of_mixture(&law, &tir.planck?, [coldest, own, warmest].map(f64::from)) as f32)
    }
}

/// What a mixture of the coldest and the warmest that looks like `own` in the window band has over ground of `own` in the
/// MIR band, kelvin.
fn excess_of_mixture(mir: &PlanckLaw, tir: &PlanckLaw, kelvins: [f64; 3]) -> f64 {
    let [coldest, own, warmest] = kelvins;
    let [cold, seen, warm] = kelvins.map(|kelvin| tir.radiance(kelvin));
    let share = (seen - cold) / (warm - cold);
    let mixed = share * mir.radiance(warmest) + (1.0 - share) * mir.radiance(coldest);
    (mixed - mir.radiance(own)) / mir.slope(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{BOLTZMANN_K, LIGHT_C, PLANCK_H};

    /// Worked out with Planck's law in Python at 3.85 and 11.2 um.
    #[test]
    fn mixed_ground_shines_more_at_four_micrometres() {
        let law = |micrometres| PlanckLaw::at_wavelength(micrometres, PLANCK_H, LIGHT_C, BOLTZMANN_K);
        for (kelvins, expected) in
            [([270.0, 290.0, 305.0], 4.153), ([270.0, 288.0, 300.0], 3.001), ([285.0, 287.0, 290.0], 0.089)]
        {
            let excess = excess_of_mixture(&law(3.85), &law(11.2), kelvins);
            assert!((excess - expected).abs() < 0.01, "{kelvins:?}: {excess}");
        }
    }
}
