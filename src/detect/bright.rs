//! Reflectances of a scene by day: how bright a pixel is, and whether it is snow.

use super::surface::{Colours, Surface};
use crate::scene::Scene;
use crate::thresholds::MaskThresholds;

/// Reflectances of a scene over the cosine of the sun's zenith angle.
pub struct Bright<'a> {
    colours: Colours<'a>,
    surface: &'a Surface,
}

impl<'a> Bright<'a> {
    /// Of a scene.
    pub fn of(scene: &'a Scene, surface: &'a Surface) -> Self {
        Bright { colours: Colours::of(scene), surface }
    }

    /// Channel of [`Bright::at`]; `None` where the scene has no reflective band.
    pub fn channel(&self) -> Option<&'a str> {
        self.colours.bright.map(|band| band.channel.as_str())
    }

    /// Reflectance at a pixel; NaN by night and where it was not measured.
    pub fn at(&self, at: (usize, usize)) -> f32 {
        let lit = self.surface.lit(at);
        self.colours.bright.filter(|_| lit > 0.0).map_or(f32::NAN, |band| band.values[at] / lit)
    }

    /// Whether a pixel of this window band temperature is snow: by the snow index where a band of 1.6 or 2.2 um is there, else
    /// as bright and cold ground.
    pub fn is_snow(&self, at: (usize, usize), tir_k: f32, t: &MaskThresholds) -> bool {
        let bright = self.at(at);
        if bright.is_nan() || bright < t.snow_bright || tir_k > t.snow_warmest_k {
            return false;
        }
        let swir = self.colours.swir.map(|band| band.values[at] / self.surface.lit(at));
        swir.is_none_or(|swir| (bright - swir) / (bright + swir) > t.snow_index)
    }
}
