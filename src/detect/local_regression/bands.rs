//! The bands of a scene as the detector uses them: MIR radiance, and what predicts it.

use super::predict::{MOST, Sample, slot};
use crate::detect::emission::Emission;
use crate::scene::{BandRaster, BandRole, Scene};
use crate::thresholds::RegressionThresholds;
use crate::units::PlanckLaw;
use ndarray::Array2;

/// The bands of a scene as the detector uses them.
pub(super) struct Bands<'a> {
    pub(super) mir: &'a BandRaster,
    pub(super) tir: &'a BandRaster,
    pub(super) law: PlanckLaw,
    emission: Emission,
    tir12: Option<&'a BandRaster>,
    /// Visible, 1.6 and 2.2 um, in the order of their slots.
    solar: [Option<&'a BandRaster>; 3],
    height_m: Option<&'a Array2<f32>>,
}

impl<'a> Bands<'a> {
    pub(super) fn of(scene: &'a Scene) -> Option<Self> {
        let mir = scene.bands.get(&BandRole::Mir)?;
        let (tir_role, tir) = scene.tir()?;
        let law = mir.planck?;
        let band = |role| scene.bands.get(&role);
        let visible = [BandRole::Red, BandRole::Blue, BandRole::Nir].into_iter().find_map(band);
        let solar = [visible, band(BandRole::Swir16), band(BandRole::Swir22)];
        let tir12 = if tir_role == BandRole::Tir12 { None } else { band(BandRole::Tir12) };
        Some(Bands { mir, tir, law, emission: Emission::of(&law), tir12, solar, height_m: scene.height_m.as_ref() })
    }

    /// Everything the fit needs of a pixel. The solar predictors are reflected sun as measured, not divided by the
    /// cosine of the sun's zenith angle: that is what adds to the MIR radiance. They are NaN by night.
    pub(super) fn sample(&self, at: (usize, usize), lit: f32) -> Sample {
        let (mir, tir_k) = (self.emission.radiance(self.mir.values[at]), self.tir.values[at]);
        let emitted = self.emission.radiance(tir_k);
        let mut x = [f32::NAN; MOST];
        x[slot::TIR11] = emitted;
        if let Some(tir12) = self.tir12 {
            x[slot::TIR12] = self.emission.radiance(tir12.values[at]) - emitted;
        }
        if lit > 0.0 {
            for (value, band) in x[slot::VISIBLE..].iter_mut().zip(self.solar) {
                *value = band.map_or(f32::NAN, |band| band.values[at]);
            }
        }
        let height_km = self.height_m.map_or(f32::NAN, |heights| heights[at] / 1000.0);
        Sample { y: mir - emitted, mir, tir_k, height_km, x }
    }

    pub(super) fn difference(&self, at: (usize, usize)) -> f32 {
        self.mir.values[at] - self.tir.values[at]
    }

    /// Standard error of each predictor.
    pub(super) fn noise(t: &RegressionThresholds) -> [f64; MOST] {
        std::array::from_fn(|i| f64::from(if i < slot::VISIBLE { t.noise_window } else { t.noise_reflectance }))
    }
}
