//! Sunlight that falls into the telescope beside the earth (ALGORITHMS 4.0): about the satellite's midnight in the weeks
//! around the equinoxes it lifts the MIR band over all of a region.

use super::baseline::expect::median;
use super::surface::Surface;
use crate::ingest::geometry::sun::Sun;
use crate::scene::{BandRole, PixelClass, Scene};
use crate::thresholds::MaskThresholds;

/// Angle between the sun and the middle of the earth as the satellite sees them, degrees.
pub fn sun_beside_earth_deg(scene: &Scene) -> f32 {
    // the satellite stands on the x axis and looks along its negative half; the sun is as good as infinitely far
    let towards_x = Sun::at(scene.time).direction(scene.grid.sub_lon_deg)[0];
    (-towards_x).clamp(-1.0, 1.0).acos().to_degrees() as f32
}

/// Light on the whole window, kelvin of the MIR band, by the scene alone: what clear land by night has over its window
/// band, where the sun stands so that it can be stray light. 0 elsewhere.
pub fn stray_kelvin(scene: &Scene, surface: &Surface, t: &MaskThresholds) -> f32 {
    if !(t.stray_nearest_deg..t.stray_farthest_deg).contains(&sun_beside_earth_deg(scene)) {
        return 0.0;
    }
    let (Some(mir), Some((_, tir))) = (scene.bands.get(&BandRole::Mir), scene.tir()) else { return 0.0 };
    let is_land = |class| matches!(class, PixelClass::Clear | PixelClass::NoBackground);
    let dark_land = surface.class.indexed_iter().filter(|(at, class)| is_land(**class) && !surface.is_day(*at));
    let differences: Vec<f64> = dark_land.map(|(at, _)| f64::from(mir.values[at] - tir.values[at])).collect();
    if differences.is_empty() { 0.0 } else { median(differences).max(0.0) as f32 }
}
