//! Solar parks on the floors of the valleys: dark panels, warmer than the ground, that may mirror the Sun.

use super::{Place, places};
use crate::cover::Cover;
use crate::fires::round;
use crate::ground::{PLOTS, Plot};
use crate::seeds::Rng;
use crate::terrain::{KM_PER_LAT, KM_PER_LON, Terrain};
use crate::texture::smooth_step;
use serde_json::{Value, json};

/// How many there are, and their areas, km2 (ALGORITHMS 10.5).
pub const COUNT: usize = 12;
const AREA_KM2: (f64, f64) = (0.5, 4.0);
/// Panels stand on half of a park's ground: every other plot of a cell.
const PANELS: usize = PLOTS / 2;
/// Tilt of the panels, degrees; they face south (ALGORITHMS 8.4).
pub const TILT_DEG: f64 = 36.0;
/// How much warmer than the ground panels are under a high Sun, and colder by night, K.
const WARMER_K: (f64, f64) = (5.0, 15.0);
const NIGHT_K: f64 = 2.0;
/// Stream of the sizes, apart from every field of the scene.
const SIZE_STREAM: u64 = 0x7C;

/// A rectangle of panels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Park {
    lon: f64,
    lat: f64,
    /// Half its sides to the east and to the north, km.
    half_km: [f64; 2],
    warmer_k: f64,
}

/// The parks of a seed.
pub fn of(terrain: &Terrain, key: u64) -> [Park; COUNT] {
    let mut rng = Rng::new(key, SIZE_STREAM);
    let places = places(terrain, key);
    std::array::from_fn(|i| {
        let (lon, lat) = places[i];
        let area_km2 = rng.between(AREA_KM2.0.ln(), AREA_KM2.1.ln()).exp();
        let long = rng.between(0.7, 1.4);
        let half_km = 0.5 * area_km2.sqrt();
        let warmer_k = rng.between(WARMER_K.0, WARMER_K.1);
        Park { lon, lat, half_km: [half_km * long, half_km / long], warmer_k }
    })
}

impl Park {
    /// Whether a place lies in it.
    pub fn holds(&self, lon: f64, lat: f64) -> bool {
        ((lon - self.lon) * KM_PER_LON).abs() < self.half_km[0]
            && ((lat - self.lat) * KM_PER_LAT).abs() < self.half_km[1]
    }

    /// A plot of a cell in the park, where it carries panels.
    pub fn plot(&self, place: &Place, plot: usize) -> Option<Plot> {
        let sunny = smooth_step(0.0, 0.6, place.cos_flat);
        let warmer_k = sunny * self.warmer_k - (1.0 - sunny) * NIGHT_K;
        let temperature_k = (place.base_k + warmer_k) as f32;
        (plot < PANELS && !place.is_water()).then_some(Plot { temperature_k, tone: 1.0, mir: 1.0, cover: Cover::Panel })
    }

    /// What the truth says of it.
    pub fn truth(&self, number: usize) -> Value {
        json!({
            "id": format!("P{number:02}"),
            "lon": round(self.lon, 6),
            "lat": round(self.lat, 6),
            "area_km2": round(4.0 * self.half_km[0] * self.half_km[1], 3),
            "warmer_k": round(self.warmer_k, 1),
            "tilt_deg": TILT_DEG,
            "ring": self.ring(),
        })
    }

    /// The park as a site names it: one Polygon of WGS84, counter-clockwise.
    pub fn feature(&self, number: usize) -> Value {
        json!({
            "type": "Feature",
            "properties": { "name": format!("simulated park {number}"), "tilt_deg": TILT_DEG, "azimuth_deg": 180.0 },
            "geometry": { "type": "Polygon", "coordinates": [self.ring()] },
        })
    }

    fn ring(&self) -> [[f64; 2]; 5] {
        let [east, north] = [self.half_km[0] / KM_PER_LON, self.half_km[1] / KM_PER_LAT];
        [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)]
            .map(|(e, n)| [round(self.lon + e * east, 6), round(self.lat + n * north, 6)])
    }
}
