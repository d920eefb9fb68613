//! Which pieces of imagery belong to which event: every product that shows its place within some days, whoever saw the fire.

use super::chips::{self, ChipOf};
use crate::error::Error;
use crate::fire::{FireEvent, FirePixel};
use crate::ingest::Note;
use crate::ingest::geometry::map::Projector;
use crate::ingest::map::MapSource;
use crate::pipeline::evidence;
use crate::pipeline::keep::Keeper;
use crate::scene::map::MapScene;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An image so many days before or after a fire still says something of it: the unburned field, and its ash.
const NEAR_DAYS: f64 = 5.0;
/// A degree of latitude is longer everywhere, m.
const LEAST_DEGREE_M: f64 = 110_000.0;
/// A place that is known better than this is that of the imagery itself, m.
const OWN_M: f64 = 60.0;

/// Pieces of a scene in one run: more than an office looks at in a day, some 20 s and 50 MB. A scene of roofs in the sun, or
/// a damaged one, has ten thousand events.
const MOST: usize = 200;

/// What came of cutting.
#[derive(Debug, Default)]
pub struct Cut {
    /// Pieces in the order of products and events.
    pub paths: Vec<PathBuf>,
    /// What could not be cut.
    pub problems: Vec<Error>,
    /// Granules of which the strongest events alone have a piece, and how many of how many.
    pub left_out: Vec<(String, Note)>,
}

/// Cuts the pieces of all events into a folder.
pub fn cut(maps: &[MapSource], events: &[FireEvent], fires: &[FirePixel], folder: &Path) -> Cut {
    let mut cut = Cut::default();
    for source in maps {
        let Wanted { of, left_out } = match wanted(&source.scene, events, fires) {
            Ok(wanted) => wanted,
            Err(error) => {
                cut.problems.push(error);
                continue;
            }
        };
        if left_out > 0 {
            let (most, all) = (of.len(), of.len() + left_out);
            let note = Note::new(
                format!("pictures of the {most} strongest of {all} events alone are cut; the lists have all of them"),
                format!("{all} 处火点中只对最强的 {most} 处制作影像切片; 清单列有全部"),
            );
            cut.left_out.push((source.scene.granule.clone(), note));
        }
        let (paths, bad) = chips::cut(source, &of, folder);
        cut.paths.extend(paths);
        cut.problems.extend(bad);
    }
    cut
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
    let Cut { paths, mut problems, left_out } = cut(std::slice::from_ref(source), &events, fires, &own);
    for (granule, note) in &left_out {
        tracing::warn!("{granule}: {note}");
    }
    problems.extend(evidence::keep_chips(&paths, pictures));
    if own.exists()
        && let Err(error) = std::fs::remove_dir_all(&own)
    {
        problems.push(Error::output(&own, error));
    }
    problems
}

/// What is to be cut of a scene.
struct Wanted {
    of: Vec<ChipOf>,
    /// Events without a piece, for there are too many.
    left_out: usize,
}

fn wanted(scene: &MapScene, events: &[FireEvent], fires: &[FirePixel]) -> crate::error::Result<Wanted> {
    let projector = Projector::of(&scene.grid, Path::new(&scene.granule))?;
    let own: Vec<&FirePixel> = fires.iter().filter(|fire| fire.granule == scene.granule).collect();
    let seconds = NEAR_DAYS * 86_400.0;
    let is_near = |event: &&FireEvent| {
        scene.time.seconds_since(event.last_seen) <= seconds && event.first_seen.seconds_since(scene.time) <= seconds
    };
    let is_shown = |event: &&FireEvent| {
        let at = projector.pixel(&scene.grid, event.place);
        at.is_some_and(|(line, column)| {
            chips::on_grid(line, scene.grid.lines).is_some() && chips::on_grid(column, scene.grid.columns).is_some()
        })
    };
    let seen: Vec<&FireEvent> = events.iter().filter(is_near).filter(is_shown).collect();
    let all = seen.len();
    let taken = strongest(seen, &own, MOST);
    let of = |event: &&FireEvent| {
        let error_m = event.position_error_m.filter(|error| *error > OWN_M);
        let half_m = ChipOf::half_of(error_m);
        let reach_m = 1.5 * half_m;
        // the latitude first: of ten thousand fires few lie near
        let is_level = |fire: &&&FirePixel| (fire.place.lat() - event.place.lat()).abs() * LEAST_DEGREE_M <= reach_m;
        let shown = own.iter().filter(is_level).filter(|fire| fire.place.distance_m(event.place) <= reach_m);
        let rings = shown.filter_map(|fire| fire.cluster.as_ref()).flat_map(|cluster| cluster.outline.iter().flatten());
        let ring = |ring: &Vec<crate::place::LonLat>| {
            // corners lie at halves of pixels: what the projection there and back adds goes
            let half = |at: f64| (at - 0.5).round() + 0.5;
            let corners = ring.iter().filter_map(|place| projector.pixel(&scene.grid, *place));
            corners.map(|(line, column)| (half(line), half(column))).collect()
        };
        ChipOf { event: event.id.clone(), place: event.place, error_m, half_m, outlines: rings.map(ring).collect() }
    };
    Ok(Wanted { left_out: all - taken.len(), of: taken.iter().map(of).collect() })
}

/// The strongest, in the order that they have: first what has a power, which a satellite of pixels of hundreds of metres saw too, then
/// what is brightest in all at 2.2 um.
fn strongest<'a>(events: Vec<&'a FireEvent>, own: &[&FirePixel], most: usize) -> Vec<&'a FireEvent> {
    if events.len() <= most {
        return events;
    }
    let brightness: BTreeMap<&str, f64> =
        own.iter().filter_map(|fire| Some((fire.id.as_str(), fire.cluster.as_ref()?.sum_swir22))).collect();
    let strength = |event: &FireEvent| {
        let seen = event.members.iter().chain(&event.shared).filter_map(|id| brightness.get(id.as_str()).copied());
        (event.max_frp_mw.unwrap_or(-1.0), seen.reduce(f64::max).unwrap_or(-1.0))
    };
    let mut order: Vec<(usize, (f64, f64), &FireEvent)> =
        events.into_iter().enumerate().map(|(at, event)| (at, strength(event), event)).collect();
    order.sort_by(|(_, a, one), (_, b, other)| {
        b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then_with(|| one.id.cmp(&other.id))
    });
    order.truncate(most);
    order.sort_by_key(|(at, ..)| *at);
    order.into_iter().map(|(.., event)| event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::Cluster;
    use crate::place::LonLat;
    use crate::time::Utc;

    #[test]
    fn of_too_many_events_the_strongest_have_pictures() {
        let time = Utc::parse("2025-10-20T03:50:00Z").expect("a time");
        let place = LonLat::new(102.4, 36.5).expect("a place");
        let fires: Vec<FirePixel> = [("a", 0.5), ("b", 3.0), ("c", 1.0)]
            .map(|(id, sum_swir22)| {
                let cluster =
                    Cluster { pixels: 1, area_m2: 900.0, outline: Vec::new(), max_swir22: 1.0, sum_swir22, votes: 2 };
                FirePixel { cluster: Some(cluster), ..FirePixel::bare(id, time, place) }
            })
            .into();
        let own: Vec<&FirePixel> = fires.iter().collect();
        let event = |id: &str, max_frp_mw: Option<f64>| FireEvent {
            members: vec![id.to_string()],
            max_frp_mw,
            ..FireEvent::bare(id.to_uppercase(), time, place)
        };
        let events = [event("a", None), event("b", None), event("c", None), event("d", Some(2.0)), event("e", None)];
        let of = |most: usize| -> Vec<&str> {
            strongest(events.iter().collect(), &own, most).into_iter().map(|event| event.id.as_str()).collect()
        };
        assert_eq!(of(1), ["D"]);
        assert_eq!(of(3), ["B", "C", "D"]);
        assert_eq!(of(5), ["A", "B", "C", "D", "E"]);
    }
}
