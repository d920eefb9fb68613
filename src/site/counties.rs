//! County polygons of a site from GeoJSON.

use super::County;
use super::areas::{self, property, refuse, shape_of};
use crate::error::Result;
use crate::fire::CountyName;
use crate::place::LonLatBox;
use geo::BoundingRect;
use geojson::Feature;
use std::path::Path;

const GOOD_FILE: &str = "a GeoJSON FeatureCollection of Polygon or MultiPolygon in WGS84 with properties adcode, name";

/// All counties of the file, in its order; at least one.
pub(super) fn read(path: &Path) -> Result<Vec<County>> {
    let counties = areas::read(path, GOOD_FILE, "counties", county)?;
    let twice = |(index, county): (usize, &County)| {
        counties[..index]
            .iter()
            .any(|other| other.name.adcode == county.name.adcode)
            .then(|| county.name.adcode.clone())
    };
    if let Some(adcode) = counties.iter().enumerate().find_map(twice) {
        return Err(refuse(path, format!("adcode {adcode} twice"), GOOD_FILE, "counties"));
    }
    if counties.is_empty() {
        return Err(refuse(path, "no county at all", GOOD_FILE, "counties"));
    }
    Ok(counties)
}

fn county(feature: &Feature) -> std::result::Result<County, String> {
    let name = CountyName { adcode: property(feature, "adcode")?, name: property(feature, "name")? };
    let shape = shape_of(feature)?;
    let rect = shape.bounding_rect().ok_or("an empty geometry")?;
    let (min, max) = (rect.min(), rect.max());
    let bbox = LonLatBox { west: min.x, south: min.y, east: max.x, north: max.y };
    Ok(County { name, shape, bbox })
}
