//! County polygons of a site from GeoJSON, each vertex checked.

use super::County;
use crate::error::{Error, Result};
use crate::fire::CountyName;
use crate::place::{LonLat, LonLatBox};
use geo::{BoundingRect, Coord, LineString, MultiPolygon, Polygon};
use geojson::{Feature, FeatureCollection, GeoJson, GeometryValue, Position};
use std::path::Path;

const GOOD_FILE: &str = "a GeoJSON FeatureCollection of Polygon or MultiPolygon in WGS84 with properties adcode, name";

/// All counties of the file, in its order; at least one.
pub(super) fn read(path: &Path) -> Result<Vec<County>> {
    let text = std::fs::read_to_string(path).map_err(|error| refuse(path, &format!("no readable file ({error})")))?;
    let collection = match text.parse::<GeoJson>() {
        Ok(GeoJson::FeatureCollection(collection)) => collection,
        Ok(GeoJson::Feature(_)) => return Err(refuse(path, "a single Feature")),
        Ok(GeoJson::Geometry(_)) => return Err(refuse(path, "a bare geometry")),
        Err(error) => return Err(refuse(path, &format!("no GeoJSON ({error})"))),
    };
    counties(&collection).map_err(|found| refuse(path, &found))
}

fn refuse(path: &Path, found: &str) -> Error {
    Error::config(
        path.display().to_string(),
        found,
        GOOD_FILE,
        "mend the file, or name another with the key `counties` of site.toml",
    )
}

fn counties(collection: &FeatureCollection) -> std::result::Result<Vec<County>, String> {
    if collection.features.is_empty() {
        return Err("no county at all".to_string());
    }
    let mut counties: Vec<County> = Vec::with_capacity(collection.features.len());
    for (index, feature) in collection.features.iter().enumerate() {
        let county = county(feature).map_err(|found| format!("in feature {}: {found}", index + 1))?;
        if counties.iter().any(|other| other.name.adcode == county.name.adcode) {
            return Err(format!("adcode {} twice", county.name.adcode));
        }
        counties.push(county);
    }
    Ok(counties)
}

fn county(feature: &Feature) -> std::result::Result<County, String> {
    let name = CountyName { adcode: property(feature, "adcode")?, name: property(feature, "name")? };
    let shape = match feature.geometry.as_ref().map(|geometry| &geometry.value) {
        Some(GeometryValue::Polygon { coordinates }) => MultiPolygon::new(vec![polygon(coordinates)?]),
        Some(GeometryValue::MultiPolygon { coordinates }) => {
            MultiPolygon::new(coordinates.iter().map(|rings| polygon(rings)).collect::<std::result::Result<_, _>>()?)
        }
        Some(other) => return Err(format!("a {}", other.type_name())),
        None => return Err("no geometry".to_string()),
    };
    let rect = shape.bounding_rect().ok_or("an empty geometry")?;
    let (min, max) = (rect.min(), rect.max());
    let bbox = LonLatBox { west: min.x, south: min.y, east: max.x, north: max.y };
    Ok(County { name, shape, bbox })
}

/// A text property; a number serves as well, because registries write the code both ways.
fn property(feature: &Feature, name: &str) -> std::result::Result<String, String> {
    match feature.property(name) {
        Some(serde_json::Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
        Some(serde_json::Value::Number(number)) => Ok(number.to_string()),
        Some(other) => Err(format!("{other} as property {name}")),
        None => Err(format!("no property {name}")),
    }
}

fn polygon(rings: &[Vec<Position>]) -> std::result::Result<Polygon<f64>, String> {
    let mut rings = rings.iter().map(|ring| line(ring));
    let exterior = rings.next().ok_or("a polygon without a ring")??;
    Ok(Polygon::new(exterior, rings.collect::<std::result::Result<_, _>>()?))
}

fn line(ring: &[Position]) -> std::result::Result<LineString<f64>, String> {
    if ring.len() < 4 {
        return Err(format!("a ring of {} positions, fewer than 4", ring.len()));
    }
    ring.iter().map(vertex).collect()
}

fn vertex(position: &Position) -> std::result::Result<Coord<f64>, String> {
    let &[x, y, ..] = position.as_slice() else {
        return Err("a position of fewer than two numbers".to_string());
    };
    if x > 180.0 {
        return Err(format!("the longitude {x}, beyond 180 (split the polygon there, RFC 7946 section 3.1.9)"));
    }
    let place = LonLat::new(x, y).ok_or_else(|| format!("the position {x}, {y} off the earth"))?;
    Ok(Coord { x: place.lon(), y: place.lat() })
}
