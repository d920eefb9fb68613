//! The record of a fire: its place, size and errors.

use super::clusters::Cluster;
use super::{Algorithm, name_of};
use crate::error::Result;
use crate::fire::{Cluster as Pixels, Confidence, DayNight, FirePixel};
use crate::ingest::geometry::map::Projector;
use crate::place::{LonLat, Spread};
use crate::scene::BandRole;
use crate::scene::map::{MapInstrument, MapScene};
use crate::thresholds::{Profile, Thresholds};
use geo::{LineString, MultiPolygon};
use std::path::Path;

/// What the records of a scene share.
struct Recorder<'a> {
    scene: &'a MapScene,
    projector: Projector,
    algorithm: Algorithm,
    profile: Profile,
    thresholds: &'a Thresholds,
    is_day: bool,
}

/// The fires of a search, by line and column; the path is for messages.
///
/// # Errors
/// When PROJ does not know the scene's coordinate system.
pub fn record(
    scene: &MapScene,
    clusters: &[Cluster],
    algorithm: Algorithm,
    profile: Profile,
    thresholds: &Thresholds,
    path: &Path,
) -> Result<Vec<FirePixel>> {
    let projector = Projector::of(&scene.grid, path)?;
    let is_day = scene.is_day(thresholds.field.day_least_deg);
    let recorder = Recorder { scene, projector, algorithm, profile, thresholds, is_day };
    Ok(clusters.iter().filter_map(|cluster| recorder.fire(cluster)).collect())
}

impl Recorder<'_> {
    fn fire(&self, cluster: &Cluster) -> Option<FirePixel> {
        let scene = self.scene;
        let (line0, column0) = (scene.window.line0, scene.window.column0);
        let in_grid = |(line, column): (f64, f64)| (line + line0 as f64, column + column0 as f64);
        let [place] = self.projector.places(&scene.grid, &[in_grid(cluster.centre)])[..] else { return None };
        let place = place?;
        let (line, column) = (line0 + cluster.brightest.0, column0 + cluster.brightest.1);
        let sensor = scene.instrument.sensor();
        let id = format!(
            "{}-{}-{line:05}-{column:05}-{}-{}",
            scene.granule,
            sensor.to_lowercase(),
            name_of(self.algorithm, self.thresholds),
            self.profile.name()
        );
        let side_m = scene.grid.pixel_m;
        let area_m2 = cluster.pixels.len() as f64 * side_m * side_m;
        let navigation_m = f64::from(match scene.instrument {
            MapInstrument::Oli => self.thresholds.field.oli_navigation_m,
            MapInstrument::Msi => self.thresholds.field.msi_navigation_m,
        });
        // somewhere in a pixel (side / sqrt 12 along each axis), and where the pixel lies
        let error_m = (side_m / 6f64.sqrt()).hypot(navigation_m);
        let count_radiance = scene.bands.get(&BandRole::Swir22).and_then(|band| band.radiance);
        // by night values are counts: a difference of counts has no offset
        let unit = |value: f64, add: f64| match count_radiance.filter(|_| !self.is_day) {
            Some(scale) => scale.mult * value + scale.add * add,
            None => value,
        };
        Some(FirePixel {
            satellite: scene.satellite.clone(),
            sensor: sensor.to_string(),
            algorithm: name_of(self.algorithm, self.thresholds),
            profile: self.profile.name().to_string(),
            granule: scene.granule.clone(),
            line: u32::try_from(line).ok(),
            column: u32::try_from(column).ok(),
            daynight: Some(if self.is_day { DayNight::D } else { DayNight::N }),
            pixel_area_km2: Some(area_m2 / 1e6),
            scan_km: Some((side_m / 1000.0) as f32),
            track_km: Some((side_m / 1000.0) as f32),
            simulated: scene.simulated,
            confidence: self.confidence(cluster),
            position_error_m: Some(error_m.round()),
            place_spread: Some(Spread::around(error_m)),
            terrain_corrected: Some(true),
            footprint: self.corners(cluster),
            reasons: vec![format!("{side_m:.0} 米影像, 着火像元 {} 个, 共 {area_m2:.0} 平方米", cluster.pixels.len())],
            cluster: Some(Pixels {
                pixels: u32::try_from(cluster.pixels.len()).unwrap_or(u32::MAX),
                area_m2,
                outline: self.outline(&cluster.outline()),
                max_swir22: unit(cluster.peak, 1.0),
                sum_swir22: unit(cluster.sum, 0.0),
                votes: cluster.votes(),
            }),
            ..FirePixel::bare(id, scene.time, place)
        })
    }

    /// Three algorithms agree, or a test that asks no surroundings: high; beside cloud low, unless all agree.
    fn confidence(&self, cluster: &Cluster) -> Confidence {
        let agree = cluster.votes() == 3 || (self.algorithm != Algorithm::Vote && cluster.is_sure);
        match (agree, cluster.beside_cloud) {
            (true, false) => Confidence::High,
            (false, true) => Confidence::Low,
            _ => Confidence::Nominal,
        }
    }

    /// The corners of its box, counter-clockwise.
    fn corners(&self, cluster: &Cluster) -> Option<[LonLat; 4]> {
        let bounds = |of: fn(&(usize, usize)) -> usize, first: usize| {
            let (least, most) = cluster.pixels.iter().map(of).fold((usize::MAX, 0), |(a, b), v| (a.min(v), b.max(v)));
            ((least + first) as f64 - 0.5, (most + first) as f64 + 0.5)
        };
        let (north, south) = bounds(|at| at.0, self.scene.window.line0);
        let (west, east) = bounds(|at| at.1, self.scene.window.column0);
        let corners = [(south, west), (south, east), (north, east), (north, west)];
        let places: Option<Vec<LonLat>> = self.projector.places(&self.scene.grid, &corners).into_iter().collect();
        places?.try_into().ok()
    }

    fn outline(&self, outline: &MultiPolygon<f64>) -> Vec<Vec<Vec<LonLat>>> {
        let (line0, column0) = (self.scene.window.line0 as f64, self.scene.window.column0 as f64);
        let ring = |ring: &LineString<f64>| -> Vec<LonLat> {
            let points: Vec<(f64, f64)> = ring.0.iter().map(|point| (point.y + line0, point.x + column0)).collect();
            // lines go south: what runs one way on the screen runs the other on the map
            self.projector.places(&self.scene.grid, &points).into_iter().rev().flatten().collect()
        };
        let part = |part: &geo::Polygon<f64>| -> Vec<Vec<LonLat>> {
            std::iter::once(part.exterior()).chain(part.interiors()).map(ring).collect()
        };
        outline.0.iter().map(part).collect()
    }
}
