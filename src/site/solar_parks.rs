//! Solar parks of a site from GeoJSON: where panels lie and how they face.

use super::areas::{self, refuse, shape_of};
use crate::error::Result;
use geo::{GeodesicArea, MultiPolygon};
use geojson::Feature;
use std::path::Path;

const GOOD_FILE: &str = "a GeoJSON FeatureCollection of Polygon or MultiPolygon in WGS84; properties name, tilt_deg (0 to \
                         90) and azimuth_deg (180: south) may be absent";

/// A park of fixed panels.
#[derive(Debug, Clone, PartialEq)]
pub struct SolarPark {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its ground, degrees WGS84.
    pub shape: MultiPolygon<f64>,
    /// Angle of the panels from level, degrees; `None` where it is not known.
    pub tilt_deg: Option<f64>,
    /// Direction that they face, degrees clockwise from north.
    pub azimuth_deg: f64,
}

/// All parks of the file, in its order.
pub(super) fn read(path: &Path) -> Result<Vec<SolarPark>> {
    let parks = areas::read(path, GOOD_FILE, KEY, park)?;
    if parks.is_empty() {
        return Err(refuse(path, "no park at all", GOOD_FILE, KEY));
    }
    Ok(parks)
}

const KEY: &str = "layers.solar_parks";
/// The greatest solar park of the world, at Talatan in Qinghai, covers some 600 km2.
const LARGEST_KM2: f64 = 1000.0;

fn park(feature: &Feature) -> std::result::Result<SolarPark, String> {
    let name = feature.property("name").and_then(|name| name.as_str()).map(str::to_string);
    let tilt_deg = number(feature, "tilt_deg", 0.0..=90.0)?;
    let azimuth_deg = number(feature, "azimuth_deg", 0.0..=360.0)?.unwrap_or(180.0);
    let shape = shape_of(feature)?;
    let area_km2 = shape.geodesic_area_unsigned() / 1e6;
    if area_km2 <= 0.0 || area_km2 > LARGEST_KM2 {
        return Err(format!("a park of {area_km2:.0} km2, not of more than 0 and at most {LARGEST_KM2:.0}"));
    }
    Ok(SolarPark { name, shape, tilt_deg, azimuth_deg })
}

/// A number that may be absent or null.
fn number(
    feature: &Feature,
    name: &str,
    allowed: std::ops::RangeInclusive<f64>,
) -> std::result::Result<Option<f64>, String> {
    match feature.property(name) {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(value) => match value.as_f64().filter(|number| allowed.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                Err(format!("{value} as property {name}, not a number from {} to {}", allowed.start(), allowed.end()))
            }
        },
    }
}
