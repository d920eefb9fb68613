//! What each pixel shows before any fire test: cloud, water, glint, or land that can be judged.

use super::clear_sky::ClearSky;
use super::lapse::lapse_k_per_km;
use super::sky::{Look, Sky};
use crate::scene::{BandRaster, BandRole, PixelClass, PixelState, Scene};
use crate::thresholds::MaskThresholds;
use ndarray::Array2;
use rayon::prelude::*;

/// Surface classes and daylight of a scene.
pub struct Surface {
    /// Class of each pixel; `Clear` stands for land that can be judged.
    pub class: Array2<PixelClass>,
    /// Cosine of the sun's zenith angle in 1/65535 where it is day by the detector's rule, else 0.
    daylight: Array2<u16>,
}

impl Surface {
    /// Whether it is day at a pixel.
    pub fn is_day(&self, at: (usize, usize)) -> bool {
        self.daylight[at] > 0
    }

    /// Cosine of the sun's zenith angle by day, 0 by night.
    pub fn lit(&self, at: (usize, usize)) -> f32 {
        f32::from(self.daylight[at]) / f32::from(u16::MAX)
    }
}

/// The reflective bands of a scene that tell cloud and water.
pub(super) struct Colours<'a> {
    pub bright: Option<&'a BandRaster>,
    nir: Option<&'a BandRaster>,
    pub swir: Option<&'a BandRaster>,
}

/// Classifies every pixel.
pub fn classify(scene: &Scene, sky: &Sky, t: &MaskThresholds) -> Surface {
    let (lines, columns) = scene.state.dim();
    let mut class = Array2::from_elem((lines, columns), PixelClass::Missing);
    let mut daylight = Array2::zeros((lines, columns));
    let (Some(mir), Some((_, tir))) = (scene.bands.get(&BandRole::Mir), scene.tir()) else {
        return Surface { class, daylight };
    };
    let colours = Colours::of(scene);
    let day_cosine = t.day_sun_zenith_deg.to_radians().cos();
    let view_cosine = t.largest_view_zenith_deg.to_radians().cos();
    let rows = class.outer_iter_mut().into_par_iter().zip(daylight.outer_iter_mut().into_par_iter()).enumerate();
    rows.for_each(|(line, (mut class_row, mut day_row))| {
        for (column, look) in sky.line(line).into_iter().enumerate() {
            let at = (line, column);
            let Some(look) = look else {
                class_row[column] = PixelClass::OffEarth;
                continue;
            };
            let lit = if look.cos_sun > day_cosine { look.cos_sun } else { 0.0 };
            day_row[column] = (lit * f32::from(u16::MAX)).round() as u16;
            class_row[column] = match scene.state[at] {
                PixelState::OffEarth => PixelClass::OffEarth,
                PixelState::Fill | PixelState::Missing => PixelClass::Missing,
                _ if tir.values[at].is_nan() || mir.values[at].is_nan() => PixelClass::Missing,
                _ if look.cos_view < view_cosine => PixelClass::Oblique,
                _ if is_water(&colours, look, lit, at, t) => PixelClass::Water,
                _ => PixelClass::Clear,
            };
        }
    });
    let mut surface = Surface { class, daylight };
    mark_cloud(scene, &colours, t, &mut surface);
    surface
}

/// Turns clear pixels into cloud: too cold for any land here, a water cloud by its colour in the infrared, or too cold
/// beside the clear ground around.
fn mark_cloud(scene: &Scene, colours: &Colours, t: &MaskThresholds, surface: &mut Surface) {
    let (Some(mir), Some((_, tir))) = (scene.bands.get(&BandRole::Mir), scene.tir()) else {
        return;
    };
    let view: &Surface = surface;
    let bright = |at: (usize, usize)| {
        let lit = view.lit(at);
        lit > 0.0 && colours.bright.is_some_and(|band| band.values[at] / lit > t.bright_reflectance)
    };
    let clear = |at: (usize, usize)| view.class[at] == PixelClass::Clear;
    let usable = |at: (usize, usize)| clear(at) && !bright(at);
    let clear_sky = ClearSky::of(&scene.window, &tir.values, t, usable);
    let levelled = scene.height_m.as_ref().map(|heights| Levelled::of(scene, &tir.values, heights, t, usable));
    let is_cloud = |at: (usize, usize)| {
        let kelvin = tir.values[at];
        // with the height known, the relief is no reason to be colder
        let (reference, limit) = match levelled.as_ref().and_then(|levelled| levelled.at(at)) {
            Some(reference) => (Some(reference), t.levelled_colder_k),
            None => (clear_sky.at(at), t.colder_than_reference_k),
        };
        let limit = if bright(at) { limit.min(t.bright_colder_than_reference_k) } else { limit };
        kelvin < t.coldest_land_k
            || mir.values[at] - kelvin < t.negative_difference_k
            || reference.is_none_or(|clear| kelvin < clear - limit)
    };
    let (lines, columns) = surface.class.dim();
    let cloudy: Vec<Vec<u32>> = (0..lines)
        .into_par_iter()
        .map(|line| (0..columns).filter(|c| clear((line, *c)) && is_cloud((line, *c))).map(|c| c as u32).collect())
        .collect();
    surface.class.outer_iter_mut().into_par_iter().zip(cloudy).for_each(|(mut row, cloudy)| {
        for column in cloudy {
            row[column as usize] = PixelClass::Cloud;
        }
    });
}

/// Clear-sky temperatures at the height of each pixel.
struct Levelled<'a> {
    heights: &'a Array2<f32>,
    k_per_m: f32,
    at_zero: ClearSky,
}

impl<'a> Levelled<'a> {
    fn of(
        scene: &Scene,
        tir_k: &Array2<f32>,
        heights: &'a Array2<f32>,
        t: &MaskThresholds,
        usable: impl Fn((usize, usize)) -> bool + Sync,
    ) -> Self {
        let warm_enough = |at| usable(at) && tir_k[at] > t.coldest_land_k;
        let k_per_m = (lapse_k_per_km(tir_k, heights, warm_enough) / 1000.0) as f32;
        // NaN where the height is not known: such pixels do not count
        let levelled = tir_k + &(heights * k_per_m);
        Levelled { heights, k_per_m, at_zero: ClearSky::of(&scene.window, &levelled, t, warm_enough) }
    }

    /// K; `None` where the height is not known or no land is near enough.
    fn at(&self, at: (usize, usize)) -> Option<f32> {
        let reference = self.at_zero.at(at)? - self.k_per_m * self.heights[at];
        (!reference.is_nan()).then_some(reference)
    }
}

impl<'a> Colours<'a> {
    pub fn of(scene: &'a Scene) -> Self {
        let first = |roles: &[BandRole]| roles.iter().find_map(|role| scene.bands.get(role));
        Colours {
            bright: first(&[BandRole::Red, BandRole::Blue, BandRole::Nir, BandRole::Swir16]),
            nir: scene.bands.get(&BandRole::Nir),
            swir: first(&[BandRole::Swir22, BandRole::Swir16]),
        }
    }
}

/// Sea by the static mask; by day also water by its colour. A comparison with a missing value is false.
fn is_water(colours: &Colours, look: Look, lit: f32, at: (usize, usize), t: &MaskThresholds) -> bool {
    if !look.land {
        return true;
    }
    if lit == 0.0 {
        return false;
    }
    let reflectance = |band: Option<&BandRaster>| band.map(|b| b.values[at] / lit);
    match (reflectance(colours.nir), reflectance(colours.swir)) {
        (Some(nir), Some(swir)) => nir < t.water_nir && swir < t.water_swir,
        (Some(nir), None) => nir < t.water_nir_alone,
        (None, Some(swir)) => swir < t.water_swir,
        (None, None) => false,
    }
}
