//! The ground that a camera sees, as a Feature.

use crate::layers::dem::Dem;
use crate::site::Camera;
use crate::watch::sight::viewshed::Viewshed;
use geo::MapCoords;
use serde_json::{Map, Value, json};

/// The Feature of what a camera sees within a range (metres) of targets so high above the ground (metres).
pub fn viewshed_feature(camera: &Camera, seen: &Viewshed, dem: &Dem, range_m: f64, target_m: f64) -> Value {
    let digits = |value: f64, scale: f64| (value * scale).round() / scale;
    // a tenth of a metre
    let shape = seen.shape.map_coords(|c| geo::Coord { x: digits(c.x, 1e6), y: digits(c.y, 1e6) });
    let geometry = geojson::Geometry::new(geojson::GeometryValue::from(&shape));
    let mut properties = Map::new();
    for (name, value) in [
        ("id", json!(camera.id)),
        ("name", json!(camera.title())),
        ("area_km2", json!(digits(seen.area_km2, 1e3))),
        ("share", json!(digits(seen.share, 1e4))),
        ("range_km", json!(digits(range_m / 1000.0, 1e3))),
        ("target_m", json!(target_m)),
        ("cell_m", json!(digits(seen.cell_m, 10.0))),
        ("dem_cell_m", json!(digits(dem.cell_m(), 10.0))),
        ("dem_error_m", json!(digits(dem.error_m(), 10.0))),
    ] {
        properties.insert(name.to_string(), value);
    }
    json!({ "type": "Feature", "id": camera.id, "geometry": geometry, "properties": properties })
}
