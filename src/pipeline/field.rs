//! One product of 30 m or 20 m imagery, from counts to fires placed and kept or dropped.

pub mod chips;
pub mod events;
pub mod leftovers;
pub mod masks;
mod spots;

use super::{Clock, Scan, Settings, place_and_screen, report, shares};
use crate::deliver::atomic;
use crate::deliver::scan_report::{GranuleReport, Looked};
use crate::detect::field::{self, Algorithm, Search};
use crate::error::{Error, Result};
use crate::fire::{DropReason, FirePixel, Verdict};
use crate::history::field::{self as past, FieldLook, Flagged, Of, Spots};
use crate::ingest::Note;
use crate::ingest::geometry::map::Projector;
use crate::ingest::map::MapSource;
use crate::scene::map::MapScene;
use crate::scene::{BandRole, Look, PixelClass};
use crate::screen;
use crate::thresholds::Profile;
use ndarray::Array2;
use std::path::Path;

/// What a search leaves beside its fires.
pub struct Products {
    /// Its bands, to cut pictures from.
    pub source: MapSource,
    /// Bits of `Algorithm::bit`, a byte a pixel of the window.
    pub masks: Array2<u8>,
    /// Whose masks these are.
    pub algorithms: Vec<Algorithm>,
}

/// Finds, places and screens the fires of an opened product.
///
/// # Errors
/// When the algorithm is none for its sensor, a scene of the night has no radiances, or PROJ does not know its coordinate system.
pub(super) fn judge(
    mut source: MapSource,
    path: &Path,
    mut problems: Vec<Error>,
    mut notes: Vec<Note>,
    settings: &Settings,
) -> Result<Scan> {
    let mut clock = Clock::start();
    let algorithm = settings.algorithm;
    let instrument = source.scene.instrument;
    if !algorithm.suits(instrument) {
        return Err(Error::config(
            "--algorithm",
            algorithm.name(),
            format!("one for {}: schroeder, kumar-roy, murphy or vote", instrument.sensor()),
            "choose another, or scan Sentinel-2 alone",
        ));
    }
    let is_day = source.scene.is_day(settings.thresholds.field.day_least_deg);
    let radiance = source.scene.bands.get(&BandRole::Swir22).and_then(|band| band.radiance);
    if !is_day && radiance.is_none() {
        let expected =
            "factors of radiance at 2.2 um (RADIANCE_MULT, radiance_mult): by night nothing else tells a fire";
        return Err(Error::input(path, "a scene of the night without them", expected, "add them to the metadata"));
    }
    if !source.scene.can_tell_cloud(is_day) {
        notes.push(Note::new(
            "nothing tells where cloud is: fires are searched, but no ground counts as seen",
            "无法判断云: 仍查找火点, 但各地均不计为有效观测",
        ));
    }
    let name = field::name_of(algorithm, settings.thresholds);
    let Search { masks, mut classes, clusters, overview, problems: damaged } =
        field::find(&source, algorithm, settings.profile, settings.thresholds);
    problems.extend(damaged);
    source.scene.overview = Some(overview);
    clock.lap("detect");
    let scene = &source.scene;
    let mut fires = field::record(scene, &clusters, algorithm, settings.profile, settings.thresholds, path)?;
    let spots = spots::of(scene, &clusters, is_day, path)?;
    if settings.profile != Profile::Reference {
        let t = settings.thresholds;
        mirror_of_sun(&mut fires, scene, t.field.mirror_deg);
        screen::panels_from_above(&mut fires, &settings.site.solar_parks, &t.panel);
        problems.extend(compare_with_past(&mut fires, &spots, scene, settings));
    }
    place_and_screen(&mut fires, settings);
    // a map that fails must not cost the fires that were found
    problems.extend(super::screen_by_place(&mut fires, settings).err());
    let look = Look::Map(Box::new(scene.clone()));
    let shares::Seen { mut counties, is_blind } = shares::of(&look, &classes, settings);
    for share in &mut counties {
        let screened = fires.iter().filter(|fire| fire.is_screened_in(&share.adcode));
        share.screened = screened.map(FirePixel::pixel_count).sum();
    }
    clock.lap("screen");
    let kept_slot = match keep(scene, (&fires, &spots), &classes, path, settings) {
        Ok(kept) => kept,
        // a full disk must not cost the fires that were found
        Err(error) => {
            problems.push(error);
            false
        }
    };
    dropped_are_clear(&fires, scene, &clusters, &mut classes);
    let report = GranuleReport {
        look: if is_blind { Looked::Unreadable } else { Looked::Yes },
        notes,
        ..report(&look, &classes, &fires, counties, &name, settings.profile, clock.seconds)
    };
    let products = Products { source, masks, algorithms: algorithm.masks(instrument) };
    Ok(Scan { seen: Some((look, classes)), fires, report, problems, kept_slot, products: Some(products) })
}

/// Near the mirror image of the sun in level ground every roof shines.
fn mirror_of_sun(fires: &mut [FirePixel], scene: &MapScene, limit_deg: f32) {
    let zenith_deg = 90.0 - scene.middle_sun_deg();
    if (0.0..limit_deg).contains(&zenith_deg) {
        for fire in fires.iter_mut().filter(|fire| fire.verdict == Verdict::Kept) {
            fire.verdict = Verdict::Dropped(DropReason::SolarGlint);
        }
    }
}

/// Drops what the last clear look found too; gives what of the past could not be read.
fn compare_with_past(fires: &mut [FirePixel], spots: &Spots, scene: &MapScene, settings: &Settings) -> Vec<Error> {
    let t = &settings.thresholds.field;
    let before = |days: f32| scene.time.plus_seconds(-86_400.0 * f64::from(days));
    let Some((dir, span)) =
        settings.baseline.map(super::Baseline::dir).zip(before(t.static_days).zip(before(t.static_least_days)))
    else {
        return Vec::new();
    };
    let (looks, damaged) = past::between(dir, scene.simulated, span);
    screen::found_before(fires, spots, &looks, t);
    damaged
}

/// Keeps what this look found and saw, for the looks to come. An earlier search of the same product that saw more stays: a damaged
/// copy must not make the roofs forgotten that the whole one showed.
fn keep(
    scene: &MapScene,
    (fires, spots): (&[FirePixel], &Spots),
    classes: &Array2<PixelClass>,
    path: &Path,
    settings: &Settings,
) -> Result<bool> {
    let Some(super::Baseline::Rolling(dir)) = settings.baseline else { return Ok(false) };
    let projector = Projector::of(&scene.grid, path)?;
    let is_seen = |place| {
        let Some((line, column)) = projector.pixel(&scene.grid, place) else { return false };
        let at = (line.round() - scene.window.line0 as f64, column.round() - scene.window.column0 as f64);
        at.0 >= 0.0 && at.1 >= 0.0 && classes.get((at.0 as usize, at.1 as usize)).is_some_and(|class| is_clear(*class))
    };
    let flagged = |fire: &FirePixel| {
        let spots = spots.of(fire).to_vec();
        (!spots.is_empty()).then(|| Flagged { place: fire.place, reach_m: screen::reach_m(fire), spots })
    };
    let is_day = scene.is_day(settings.thresholds.field.day_least_deg);
    let algorithm = field::name_of(settings.algorithm, settings.thresholds);
    let (time, simulated) = (scene.time, scene.simulated);
    let of = Of { granule: &scene.granule, algorithm: &algorithm, time, simulated, is_day };
    let found = fires.iter().filter_map(flagged).collect();
    let clear = classes.iter().filter(|class| is_clear(**class)).count() as u64;
    let look = FieldLook::of(of, (scene.grid.pixel_m, clear), found, &settings.site.bbox(), is_seen);
    let path = past::path_of(dir, of);
    if past::saw_more_before(&path, &look) {
        tracing::warn!(
            "{}: an earlier search of this product saw more of the ground; what that one found stays the memory of static roofs ({})",
            scene.granule,
            path.display()
        );
        return Ok(false);
    }
    atomic::write_bytes(&path, &look.to_bytes(&path)?)?;
    Ok(true)
}

/// Whether the ground was seen: looked at, and a fire or none.
fn is_clear(class: PixelClass) -> bool {
    matches!(class, PixelClass::Clear | PixelClass::Fire)
}

/// What a rule took for no fire was looked at and is none.
fn dropped_are_clear(
    fires: &[FirePixel],
    scene: &MapScene,
    clusters: &[field::Cluster],
    classes: &mut Array2<PixelClass>,
) {
    let at = |fire: &FirePixel| {
        Some((fire.line? as usize - scene.window.line0, fire.column? as usize - scene.window.column0))
    };
    let is_judged = |fire: &&FirePixel| matches!(fire.verdict, Verdict::Dropped(reason) if reason.spoken().is_some());
    let dropped: Vec<_> = fires.iter().filter(is_judged).filter_map(at).collect();
    for cluster in clusters.iter().filter(|cluster| dropped.contains(&cluster.brightest)) {
        cluster.pixels.iter().for_each(|at| classes[*at] = PixelClass::Clear);
    }
}
