//! What the power of a swath's fires is measured with: the power band where it has a value, else MIR (ALGORITHMS 2.8).

use super::background::{Around, Surface, mean_of};
use super::ground::{Ground, Mark};
use crate::scene::swath::{Flags, SwathScene};
use crate::scene::{BandRaster, BandRole};
use std::collections::BTreeMap;

/// Which band a fire's power comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    /// The scene's power band, shared by so many fires of one of its pixels.
    PowerBand {
        /// Fires in that pixel.
        sharers: usize,
    },
    /// MIR itself.
    Mir,
}

/// Fires by the pixel of the power band that they lie in.
pub struct Powers<'a> {
    scene: &'a SwathScene,
    mir: Option<&'a BandRaster>,
    fires: BTreeMap<(usize, usize), usize>,
}

impl<'a> Powers<'a> {
    /// Of the fires of a scene.
    pub fn of(scene: &'a SwathScene, fires: &[(usize, usize)]) -> Self {
        let mut of_cell = BTreeMap::new();
        for cell in fires.iter().filter_map(|at| scene.power.as_ref()?.cell(*at)) {
            *of_cell.entry(cell).or_insert(0) += 1;
        }
        Powers { scene, mir: scene.thermal.get(&BandRole::Mir), fires: of_cell }
    }

    /// Radiance (W m-2 sr-1 um-1) of a fire and where it comes from; `None` where MIR is saturated or without a law and
    /// the power band has no value.
    pub fn radiance(&self, at: (usize, usize)) -> Option<(f64, Source)> {
        if let Some(value) = self.in_power_band(at) {
            return Some((value, Source::PowerBand { sharers: self.sharers(at) }));
        }
        let saturated = self.scene.flags[at].any(Flags::MIR_SATURATED);
        let band = self.mir.filter(|_| !saturated)?;
        let value = band.planck?.radiance(f64::from(band.values[at]));
        value.is_finite().then_some((value, Source::Mir))
    }

    fn in_power_band(&self, at: (usize, usize)) -> Option<f64> {
        let band = self.scene.power.as_ref()?;
        let value = band.radiance[band.cell(at)?];
        (!value.is_nan()).then_some(f64::from(value))
    }

    fn sharers(&self, at: (usize, usize)) -> usize {
        let cell = self.scene.power.as_ref().and_then(|band| band.cell(at));
        cell.and_then(|cell| self.fires.get(&cell)).copied().unwrap_or(1)
    }

    /// Mean radiance of the valid background in the band of the fire's own radiance, over pixels of it without a fire.
    pub fn background(
        &self,
        ground: &Ground,
        marks: &[Mark],
        window: &Around,
        surface: Surface,
        fire: (usize, usize),
    ) -> Option<f64> {
        let at = |index: usize| (index / ground.shape.1, index % ground.shape.1);
        match self.radiance(fire)?.1 {
            Source::PowerBand { .. } => {
                let band = self.scene.power.as_ref()?;
                let quiet = |index| band.cell(at(index)).is_some_and(|cell| !self.fires.contains_key(&cell));
                mean_of(ground, marks, window, surface, |index| {
                    quiet(index).then(|| self.in_power_band(at(index))).flatten()
                })
            }
            Source::Mir => {
                let law = self.mir?.planck?;
                let quiet = |index: usize| !marks[index].any(Mark::FIRE);
                mean_of(ground, marks, window, surface, |index| {
                    quiet(index).then(|| law.radiance(f64::from(ground.mir[index])))
                })
            }
        }
    }
}
