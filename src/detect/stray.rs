//! Sunlight that falls into the telescope beside the earth (ALGORITHMS 4.0): about the satellite's midnight in the weeks
//! around the equinoxes it lifts the MIR band over all of a region.

use super::baseline::expect::median;
use super::surface::Surface;
use crate::ingest::geometry::sun::Sun;
use crate::scene::{BandRole, PixelClass, Scene};
use crate::thresholds::MaskThresholds;
use crate::time::Utc;

/// Angle between the sun and the middle of the earth as the satellite sees them, degrees.
fn sun_beside_earth_deg(time: Utc, sub_lon_deg: f64) -> f32 {
    // the satellite stands on the x axis and looks along its negative half; the sun is as good as infinitely far
    let towards_x = Sun::at(time).direction(sub_lon_deg)[0];
    (-towards_x).clamp(-1.0, 1.0).acos().to_degrees() as f32
}

/// Light on the whole window, kelvin of the MIR band, by the scene alone: what clear land by night has over its window
/// band, where the sun stands so that it can be stray light. 0 elsewhere.
pub fn stray_kelvin(scene: &Scene, surface: &Surface, t: &MaskThresholds) -> f32 {
    if !(t.stray_nearest_deg..t.stray_farthest_deg).contains(&sun_beside_earth_deg(scene.time, scene.grid.sub_lon_deg))
    {
        return 0.0;
    }
    let (Some(mir), Some((_, tir))) = (scene.bands.get(&BandRole::Mir), scene.tir()) else { return 0.0 };
    let is_land = |class| matches!(class, PixelClass::Clear | PixelClass::NoBackground);
    let dark_land = surface.class.indexed_iter().filter(|(at, class)| is_land(**class) && !surface.is_day(*at));
    let differences: Vec<f64> = dark_land.map(|(at, _)| f64::from(mir.values[at] - tir.values[at])).collect();
    if differences.is_empty() { 0.0 } else { median(differences).max(0.0) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over 140.7 E the sun is behind the earth at 14:37 UTC less the equation of time (15.1 min on 20 October 2025, 7.4 on 22
    /// September), as far from its middle as its declination (-10.3 and 0.2 degrees: Astronomical Almanac). An hour later it
    /// is 15 degrees farther west: acos(cos 10.3 cos 15) = 18.1.
    #[test]
    fn the_sun_passes_the_earth_at_the_satellites_midnight() {
        for (month, day, hour, minute, expected) in
            [(10, 20, 14, 22, 10.3), (9, 22, 14, 30, 0.2), (10, 20, 15, 22, 18.1)]
        {
            let time = Utc::from_parts(2025, month, day, hour, minute, 0).expect("a time");
            let angle = sun_beside_earth_deg(time, 140.7);
            assert!((angle - expected).abs() < 0.3, "{month}-{day}: {angle}");
        }
    }
}
