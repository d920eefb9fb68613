//! Our own `fires.geojson` of earlier runs, as a history of heat.

use super::list_name;
use crate::error::{Error, Result};
use crate::fire::{DayNight, FirePixel};
use crate::place::LonLat;
use crate::time::Utc;
use serde::Deserialize;
use std::path::Path;

const EXPECTED: &str = "a fires.geojson that this program wrote";

/// Heat that was seen, and what of the file does not count as such.
#[derive(Debug, Default)]
pub struct PastFires {
    /// Kept fires, and those that were dropped for a reason that does not deny the heat: usual heat, a static source, outside the
    /// counties.
    pub pixels: Vec<FirePixel>,
    /// Dropped as no heat at all (clouds, snow, sunlight), or as delivered twice.
    pub no_heat: usize,
}

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    geometry: Point,
    properties: Properties,
}

#[derive(Deserialize)]
struct Point {
    coordinates: Vec<f64>,
}

#[derive(Deserialize)]
struct Properties {
    id: String,
    time: String,
    satellite: String,
    sensor: String,
    daynight: Option<String>,
    bt_mir_k: Option<f32>,
    frp_mw: Option<f64>,
    pixel_area_km2: Option<f64>,
    position_error_m: Option<f64>,
    #[serde(default)]
    simulated: bool,
    reason: Option<String>,
}

/// Reasons that do not deny the heat.
const HEAT: [&str; 3] = ["usual_heat", "static_source", "outside_counties"];

/// Whether a fire that was dropped for this reason, or for none, was heat.
pub fn is_heat(reason: Option<&str>) -> bool {
    reason.is_none_or(|reason| HEAT.contains(&reason))
}

/// Reads one file. The class of a fire is not taken over: what a list of sources made of it must not prove the list.
///
/// # Errors
/// [`Error::Read`] or [`Error::Input`] where it is no such file.
pub fn read(path: &Path) -> Result<PastFires> {
    let refuse = |found: String| Error::input(path, found, EXPECTED, "name the file that a scan or an import wrote");
    let text = std::fs::read_to_string(path).map_err(|error| Error::read(path, error))?;
    let collection: Collection =
        serde_json::from_str(&text).map_err(|error| refuse(format!("another JSON ({error})")))?;
    let granule = list_name(path);
    let mut past = PastFires::default();
    for (number, feature) in (1..).zip(collection.features) {
        if !is_heat(feature.properties.reason.as_deref()) {
            past.no_heat += 1;
        } else {
            let pixel = pixel(feature, &granule);
            past.pixels.push(pixel.map_err(|found| refuse(format!("{found} in feature {number}")))?);
        }
    }
    Ok(past)
}

fn pixel(feature: Feature, granule: &str) -> std::result::Result<FirePixel, String> {
    let Properties { id, time, satellite, sensor, simulated, .. } = feature.properties;
    let time = Utc::parse(&time).ok_or_else(|| format!("time {time:?}"))?;
    let place = match feature.geometry.coordinates.as_slice() {
        [lon, lat, ..] => LonLat::new(*lon, *lat),
        _ => None,
    };
    let place = place.ok_or_else(|| format!("the place {:?}", feature.geometry.coordinates))?;
    let daynight = match feature.properties.daynight.as_deref() {
        Some("D") => Some(DayNight::D),
        Some("N") => Some(DayNight::N),
        _ => None,
    };
    Ok(FirePixel {
        satellite,
        sensor,
        daynight,
        simulated,
        granule: granule.to_string(),
        bt_mir_k: feature.properties.bt_mir_k,
        frp_mw: feature.properties.frp_mw,
        pixel_area_km2: feature.properties.pixel_area_km2,
        position_error_m: feature.properties.position_error_m,
        ..FirePixel::bare(id, time, place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(file.path(), text).expect("written");
        file
    }

    /// Properties as the interface has them; the heat of a cloud's edge is none; the simulator's is marked.
    #[test]
    fn heat_that_a_rule_dropped_is_still_heat() {
        let feature = |id: &str, reason: &str, simulated: bool| {
            format!(
                r#"{{"type":"Feature","id":"{id}","geometry":{{"type":"Point","coordinates":[102.1,36.5]}},"properties":
                {{"id":"{id}","time":"2025-10-20T05:30:00Z","satellite":"NOAA-20","sensor":"VIIRS","daynight":"N",
                "bt_mir_k":331.5,"frp_mw":4.5,"pixel_area_km2":null,"position_error_m":166,"simulated":{simulated},
                "verdict":"dropped","reason":{reason},"class":"industrial"}}}}"#
            )
        };
        let features = [
            feature("a", "null", false),
            feature("b", "\"static_source\"", false),
            feature("c", "\"cloud_edge\"", false),
            feature("d", "null", true),
        ];
        let file = written(&format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",")));
        let past = read(file.path()).expect("reads");
        assert_eq!(past.pixels.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(), ["a", "b", "d"]);
        assert_eq!((past.no_heat, past.pixels[2].simulated), (1, true));
        let pixel = &past.pixels[1];
        assert_eq!(
            (pixel.frp_mw, pixel.daynight, pixel.class),
            (Some(4.5), Some(DayNight::N), crate::fire::Class::Unknown)
        );
    }

    #[test]
    fn another_file_is_refused() {
        for text in ["", "{}", "[]", r#"{"features":[{"geometry":{"coordinates":[1]},"properties":{}}]}"#] {
            assert!(read(written(text).path()).expect_err("refused").to_string().contains("fires.geojson"), "{text}");
        }
    }
}
