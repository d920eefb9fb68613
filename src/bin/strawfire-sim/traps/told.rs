//! What the truth says of traps: which there are, and what a score must know of them.

use super::{Trap, Traps, kilns};
use crate::bands::Band;
use crate::days::stray::{self, StrayLight};
use crate::error::Result;
use crate::fires::round;
use crate::ground::Setting;
use crate::navigation::DiskGrid;
use crate::output;
use serde_json::{Value, json};
use std::path::Path;

const ALL: [Trap; 7] = [Trap::Bare, Trap::Snow, Trap::Glint, Trap::Parks, Trap::Kilns, Trap::Shadow, Trap::Stray];

/// The truth of a scene with its traps; `parks.geojson` is written into the folder where there are parks. Without traps it is
/// what it was. `grid`: that of a geostationary satellite.
pub fn told(mut truth: Value, out: &Path, setting: &Setting, grid: Option<&DiskGrid>) -> Result<Value> {
    let traps = &setting.traps;
    if traps.is_empty() {
        return Ok(truth);
    }
    truth["traps"] = ALL.iter().filter(|trap| traps.has(**trap)).map(|trap| trap.name()).collect();
    if traps.has(Trap::Kilns) {
        let works = kilns::of(setting);
        truth["works"] = works.iter().enumerate().map(|(i, one)| one.truth(i + 1, setting, grid)).collect();
    }
    if traps.has(Trap::Parks) {
        truth["parks"] = traps.parks.iter().enumerate().map(|(i, park)| park.truth(i + 1)).collect();
        output::write_json(&out.join("parks.geojson"), &geojson(traps))?;
    }
    if traps.has(Trap::Stray) {
        truth["stray_light_k"] = json!(round(stray_k(setting), 3));
    }
    truth["trap_notes"] = json!([
        "traps: what looks like fire and is none; nothing burns but what fires and works list",
        "works: they burn all the time; what is found of them is heat and no noise, but no straw",
        "parks: panels stand on half of a park's ground; ring: longitude and latitude of its corners",
        "glint: the mask of water in the products knows the river bed and the reservoir, not the flood beside them",
        "snow: the cloud along the snow line is not in cloud_fraction and cloud_opacity",
        "shadow: slopes lie to the Sun as if the land were six times as steep; heights are those of the dem command",
        "stray_light_k: light in band 7 over the middle of the site as K on ground of 280 K",
    ]);
    Ok(truth)
}

fn geojson(traps: &Traps) -> Value {
    let features: Vec<Value> = traps.parks.iter().enumerate().map(|(i, park)| park.feature(i + 1)).collect();
    json!({ "type": "FeatureCollection", "features": features })
}

fn stray_k(setting: &Setting) -> f64 {
    let light = Band::numbered(stray::BAND).map(|band| StrayLight::new(setting.key, band));
    light.map_or(0.0, |light| light.kelvin_at_280(light.at(&setting.moment).radiance))
}
