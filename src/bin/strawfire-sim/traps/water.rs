//! Rivers in flood: wider than the mask of water in the products knows, so that what they mirror lies on land there.

use super::Place;
use crate::cover::Cover;
use crate::ground::{Plot, water_k};
use crate::texture::value_noise;

/// Half the width of the water, km, narrowest and widest.
const HALF_KM: (f64, f64) = (0.15, 0.45);
/// It changes over so many km along the river.
const CHANGES_KM: f64 = 6.0;

/// The plot, where it is under water.
pub fn plot(place: &Place, summer: f64) -> Option<Plot> {
    let wide = 0.5 * (1.0 + value_noise(place.key ^ 0x81, place.x_km / CHANGES_KM, 0.5));
    let half_km = HALF_KM.0 + (HALF_KM.1 - HALF_KM.0) * wide;
    let wet = place.relief.reservoir || place.relief.river_km < half_km;
    wet.then(|| Plot { temperature_k: water_k(summer) as f32, tone: 1.0, mir: 1.0, cover: Cover::Water })
}
