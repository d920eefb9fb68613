//! The pixels of the fires of a look, for the comparison with the looks before and after.

use crate::detect::field::Cluster;
use crate::error::Result;
use crate::history::field::{Spot, Spots};
use crate::ingest::geometry::map::Projector;
use crate::scene::BandRole;
use crate::scene::map::MapScene;
use std::path::Path;

/// Places and strengths of all pixels of the fires; the path is for messages.
///
/// # Errors
/// When PROJ does not know the scene's coordinate system.
pub(super) fn of(scene: &MapScene, clusters: &[Cluster], is_day: bool, path: &Path) -> Result<Spots> {
    let projector = Projector::of(&scene.grid, path)?;
    let (line0, column0) = (scene.window.line0, scene.window.column0);
    let radiance = scene.bands.get(&BandRole::Swir22).and_then(|band| band.radiance);
    // by night values are counts: a difference of counts has no offset
    let unit = radiance.filter(|_| !is_day).map_or(1.0, |scale| scale.mult);
    let times = unit * scene.grid.pixel_m * scene.grid.pixel_m;
    let spots = clusters.iter().filter_map(|cluster| {
        let points: Vec<(f64, f64)> =
            cluster.pixels.iter().map(|(line, column)| ((line0 + line) as f64, (column0 + column) as f64)).collect();
        let values = cluster.excess.iter().zip(&cluster.saturated);
        let places = projector.places(&scene.grid, &points).into_iter().zip(values);
        let spots = places.filter_map(|(place, (excess, saturated))| {
            Some(Spot { place: place?, strength: times * excess, saturated: *saturated })
        });
        let line = u32::try_from(line0 + cluster.brightest.0).ok()?;
        let column = u32::try_from(column0 + cluster.brightest.1).ok()?;
        Some(((line, column), spots.collect()))
    });
    Ok(Spots(spots.collect()))
}
