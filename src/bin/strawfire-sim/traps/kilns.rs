//! Works that burn day and night: heat and no noise, but no straw either.

use super::{Trap, parks, places};
use crate::fires::{Fire, Part, round};
use crate::ground::Setting;
use crate::navigation::DiskGrid;
use crate::planck::STEFAN_BOLTZMANN;
use crate::seeds::Rng;
use serde_json::{Value, json};

/// How many there are (ALGORITHMS 10.5).
pub const COUNT: usize = 10;
/// Their powers, W, log-uniform.
const POWER_W: (f64, f64) = (5e6, 20e6);
/// Kinds, taken in turn, and their temperatures, K [O].
const KINDS: [(&str, (f64, f64)); 4] = [
    ("kiln", (900.0, 1100.0)),
    ("cement", (1000.0, 1200.0)),
    ("aluminium", (900.0, 1050.0)),
    ("flare", (1250.0, 1400.0)),
];
/// Stream of powers and temperatures, apart from every field of the scene.
const WORKS_STREAM: u64 = 0x7D;

/// One of the works.
pub struct Works {
    kind: &'static str,
    pub fire: Fire,
}

/// The works of a setting: none without their trap.
pub fn of(setting: &Setting) -> Vec<Works> {
    if !setting.traps.has(Trap::Kilns) {
        return Vec::new();
    }
    let mut rng = Rng::new(setting.key, WORKS_STREAM);
    let places = places(&setting.terrain, setting.key).into_iter().skip(parks::COUNT);
    places
        .zip(KINDS.into_iter().cycle())
        .map(|((lon, lat), (kind, (coolest_k, hottest_k)))| {
            let power_w = rng.between(POWER_W.0.ln(), POWER_W.1.ln()).exp();
            let temperature_k = rng.between(coolest_k, hottest_k);
            let area_m2 = power_w / (STEFAN_BOLTZMANN * temperature_k.powi(4));
            Works { kind, fire: Fire { lon, lat, parts: vec![Part { temperature_k, area_m2 }] } }
        })
        .collect()
}

impl Works {
    /// What the truth says of it; with its place in a grid where a geostationary satellite sees it.
    pub fn truth(&self, number: usize, setting: &Setting, grid: Option<&DiskGrid>) -> Value {
        let fire = &self.fire;
        let mut truth = json!({
            "id": format!("W{number:02}"),
            "kind": self.kind,
            "lon": round(fire.lon, 6),
            "lat": round(fire.lat, 6),
            "frp_mw": round(fire.frp_mw(), 4),
            "temperature_k": round(fire.temperature_k(), 2),
            "area_m2": round(fire.area_m2(), 2),
            "cloud_opacity": round(setting.clouds.opacity(fire.lon, fire.lat), 3),
        });
        if let Some(grid) = grid {
            let placed = fire.truth(number, grid, setting);
            for word in ["height_m", "visible", "line", "column"] {
                truth[word] = placed[word].clone();
            }
        }
        truth
    }
}
