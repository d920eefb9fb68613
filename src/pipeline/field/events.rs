//! Which pieces of imagery belong to which event: every product that shows its place within some days, whoever saw the fire.

use super::chips::{self, ChipOf};
use crate::error::Error;
use crate::fire::{FireEvent, FirePixel};
use crate::ingest::geometry::map::Projector;
use crate::ingest::map::MapSource;
use crate::pipeline::evidence;
use crate::pipeline::keep::Keeper;
use crate::scene::map::MapScene;
use std::path::{Path, PathBuf};

/// An image so many days before or after a fire still says something of it: the unburned field, and its ash.
const NEAR_DAYS: f64 = 5.0;
/// A place that is known better than this is that of the imagery itself, m.
const OWN_M: f64 = 60.0;

/// Cuts the pieces of all events into a folder: paths in the order of products and events, and what could not be cut.
pub fn cut(maps: &[MapSource], events: &[FireEvent], fires: &[FirePixel], folder: &Path) -> (Vec<PathBuf>, Vec<Error>) {
    let (mut paths, mut problems) = (Vec::new(), Vec::new());
    for source in maps {
        let of: Vec<ChipOf> = match wanted(&source.scene, events, fires) {
            Ok(of) => of,
            Err(error) => {
                problems.push(error);
                continue;
            }
        };
        let (cut, bad) = chips::cut(source, &of, folder);
        paths.extend(cut);
        problems.extend(bad);
    }
    (paths, problems)
}

/// Cuts the pieces of what a store knows to have burned, and keeps them beside what cameras saw, to be found by their events. What
/// could not be is given back: a picture is not worth the look.
pub fn keep(source: &MapSource, keeper: &Keeper<'_>, fires: &[FirePixel], pictures: &Path) -> Vec<Error> {
    let since = source.scene.time.plus_seconds(-NEAR_DAYS * 86_400.0).unwrap_or(source.scene.time);
    let events = match keeper.events_since(since) {
        Ok(events) => events,
        Err(error) => return vec![error],
    };
    // two workers never cut the same product at once
    let own = pictures.join(format!(".cut-{}", source.scene.granule));
    let (paths, mut problems) = cut(std::slice::from_ref(source), &events, fires, &own);
    problems.extend(evidence::keep_chips(&paths, pictures));
    if own.exists()
        && let Err(error) = std::fs::remove_dir_all(&own)
    {
        problems.push(Error::output(&own, error));
    }
    problems
}

fn wanted(scene: &MapScene, events: &[FireEvent], fires: &[FirePixel]) -> crate::error::Result<Vec<ChipOf>> {
    let projector = Projector::of(&scene.grid, Path::new(&scene.granule))?;
    let own: Vec<&FirePixel> = fires.iter().filter(|fire| fire.granule == scene.granule).collect();
    let seconds = NEAR_DAYS * 86_400.0;
    let is_near = |event: &&FireEvent| {
        scene.time.seconds_since(event.last_seen) <= seconds && event.first_seen.seconds_since(scene.time) <= seconds
    };
    let of = |event: &FireEvent| {
        let error_m = event.position_error_m.filter(|error| *error > OWN_M);
        let half_m = ChipOf::half_of(error_m);
        let shown = own.iter().filter(|fire| fire.place.distance_m(event.place) <= 1.5 * half_m);
        let rings = shown.filter_map(|fire| fire.cluster.as_ref()).flat_map(|cluster| cluster.outline.iter().flatten());
        let ring = |ring: &Vec<crate::place::LonLat>| {
            // corners lie at halves of pixels: what the projection there and back adds goes
            let half = |at: f64| (at - 0.5).round() + 0.5;
            let corners = ring.iter().filter_map(|place| projector.pixel(&scene.grid, *place));
            corners.map(|(line, column)| (half(line), half(column))).collect()
        };
        ChipOf { event: event.id.clone(), place: event.place, error_m, half_m, outlines: rings.map(ring).collect() }
    };
    Ok(events.iter().filter(is_near).map(of).collect())
}
