//! `sightings.geojson`: what cameras and drones saw, as points, as lines along which it must lie, or without a place.

use super::geojson::{Collection, Features, coordinates, write};
use super::rounded;
use crate::error::{Error, Result};
use crate::sighting::{Ground, Sighting};
use crate::time::Utc;
use crate::watch::sight::azimuth_and_range;
use serde::Serialize;
use std::path::Path;

/// Writes `sightings.geojson`, by time and id. `simulated`: whether any frame of the run was, though nothing was seen in it.
///
/// # Errors
/// [`Error::Output`] where the file cannot be written.
pub fn write_sightings(path: &Path, sightings: &[Sighting], simulated: bool) -> Result<()> {
    let mut order: Vec<&Sighting> = sightings.iter().collect();
    order.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    let simulated = simulated || sightings.iter().any(|sighting| sighting.simulated);
    write(path, &Collection::new(simulated, Features(&order, feature)))
}

/// The Feature of one sighting, as `sightings.geojson` has it.
///
/// # Errors
/// [`Error::Output`] where it cannot be made into JSON: a bug.
pub fn sighting_feature(sighting: &Sighting) -> Result<serde_json::Value> {
    serde_json::to_value(feature(sighting)).map_err(|error| Error::output(&sighting.id, error))
}

/// A Feature whose geometry may be missing (RFC 7946, 3.2: an unlocated Feature has null).
#[derive(Serialize)]
struct SightingFeature<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    geometry: Option<Geometry>,
    /// Where it was seen from: the other end of the line of sight.
    from: Option<[f64; 2]>,
    properties: Properties<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Point([f64; 2]),
    LineString([[f64; 2]; 2]),
}

#[derive(Serialize)]
struct Properties<'a> {
    id: &'a str,
    time: Utc,
    origin: &'static str,
    camera: Option<&'a str>,
    kind: &'static str,
    score: f64,
    azimuth_deg: Option<f64>,
    elevation_deg: Option<f64>,
    range_m: Option<f64>,
    position_error_m: Option<f64>,
    image: Option<&'a str>,
    vendor_id: Option<&'a str>,
    simulated: bool,
}

/// Of the line of sight; of a platform's, whose elevation nobody says, that of the line on the ground. None where it was seen from the place itself.
fn azimuth(sighting: &Sighting) -> Option<f64> {
    let on_ground = || {
        let (Ground::Point { place: to, .. } | Ground::Along { far: to, .. }) = sighting.ground?;
        let (azimuth_deg, range_m) = azimuth_and_range(sighting.from?, to);
        (range_m > 1.0).then_some(azimuth_deg)
    };
    sighting.direction.map(|direction| direction.azimuth_deg).or_else(on_ground)
}

fn feature(sighting: &Sighting) -> SightingFeature<'_> {
    let geometry = sighting.ground.map(|ground| match ground {
        Ground::Point { place, .. } => Geometry::Point(coordinates(place)),
        Ground::Along { near, far } => Geometry::LineString([near, far].map(coordinates)),
    });
    let properties = Properties {
        id: &sighting.id,
        time: sighting.time,
        origin: sighting.origin.name(),
        camera: sighting.camera.as_deref(),
        kind: sighting.kind.name(),
        score: rounded(f64::from(sighting.score), 3),
        azimuth_deg: azimuth(sighting).map(|azimuth| rounded(azimuth, 2)),
        elevation_deg: sighting.direction.map(|direction| rounded(direction.elevation_deg, 2)),
        range_m: sighting.range_m.map(|range| rounded(range, 0)),
        position_error_m: sighting.place().map(|(_, spread)| rounded(spread.distance_m(), 0)),
        image: sighting.image.as_deref(),
        vendor_id: sighting.vendor_id.as_deref(),
        simulated: sighting.simulated,
    };
    SightingFeature { kind: "Feature", id: &sighting.id, geometry, from: sighting.from.map(coordinates), properties }
}
