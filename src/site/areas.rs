//! Areas from GeoJSON, each vertex checked.

use crate::error::{Error, NOT_UTF8, Result};
use crate::place::LonLat;
use geo::{Coord, LineString, MultiPolygon, Polygon};
use geojson::{Feature, GeoJson, GeometryValue, Position};
use std::path::Path;

/// What `of` makes of each feature of a file, in its order; `key` is the one of site.toml that names the file.
///
/// # Errors
/// Where it is no FeatureCollection, or `of` says what is wrong with a feature.
pub(crate) fn read<T>(
    path: &Path,
    good_file: &str,
    key: &str,
    of: impl Fn(&Feature) -> std::result::Result<T, String>,
) -> Result<Vec<T>> {
    let refuse = |found: String| refuse(path, found, good_file, key);
    let text = std::fs::read_to_string(path).map_err(|error| refuse(format!("no readable file ({error})")))?;
    let collection = match text.parse::<GeoJson>() {
        Ok(GeoJson::FeatureCollection(collection)) => collection,
        Ok(GeoJson::Feature(_)) => return Err(refuse("a single Feature".to_string())),
        Ok(GeoJson::Geometry(_)) => return Err(refuse("a bare geometry".to_string())),
        Err(error) => return Err(refuse(format!("no GeoJSON ({error})"))),
    };
    let numbered = collection.features.iter().enumerate();
    numbered
        .map(|(index, feature)| of(feature).map_err(|found| refuse(format!("in feature {}: {found}", index + 1))))
        .collect()
}

/// The text of a CSV that a key names.
///
/// # Errors
/// Where it cannot be read, or is no UTF-8.
pub(crate) fn csv_text(path: &Path, good_file: &str, key: &str) -> Result<String> {
    let bytes =
        std::fs::read(path).map_err(|error| refuse(path, format!("no readable file ({error})"), good_file, key))?;
    String::from_utf8(bytes).map_err(|_| refuse(path, NOT_UTF8, good_file, key))
}

/// The refusal of a file that a key names.
pub(crate) fn refuse(path: &Path, found: impl Into<String>, good_file: &str, key: &str) -> Error {
    let mend = format!("mend the file, or name another with the key `{key}` of site.toml");
    Error::config(path.display().to_string(), found.into(), good_file, mend)
}

/// The ground of a feature.
pub(crate) fn shape_of(feature: &Feature) -> std::result::Result<MultiPolygon<f64>, String> {
    match feature.geometry.as_ref().map(|geometry| &geometry.value) {
        Some(GeometryValue::Polygon { coordinates }) => Ok(MultiPolygon::new(vec![polygon(coordinates)?])),
        Some(GeometryValue::MultiPolygon { coordinates }) => Ok(MultiPolygon::new(
            coordinates.iter().map(|rings| polygon(rings)).collect::<std::result::Result<_, _>>()?,
        )),
        Some(other) => Err(format!("a {}", other.type_name())),
        None => Err("no geometry".to_string()),
    }
}

/// A text property; a number serves as well, because registries write codes both ways.
pub(crate) fn property(feature: &Feature, name: &str) -> std::result::Result<String, String> {
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
