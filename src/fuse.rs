//! Detections to fire events: one event a fire, over all looks of all sensors, with nothing lost and nothing counted
//! twice.
//!
//! Pure, and the same whatever the order of its input. In steps, each in a file of its own: what burns (`marks`), in parts
//! that have nothing to do with each other (`regions`), the looks at each (`looks`), the fires of each look (`peaks`,
//! `spot`), fires of one fineness from look to look (`tracks`), coarse looks explained by finer ones (`share`), and what is
//! said of each (`event`). Detections that come bit by bit are followed by [`Followed`].

mod cubes;
mod event;
mod follow;
mod gate;
mod joined;
mod looks;
mod marks;
mod peaks;
mod regions;
mod share;
mod spot;
mod tracks;

use crate::fire::{CountyName, FireEvent, FirePixel};
use crate::place::LonLat;
use crate::thresholds::FuseThresholds;
pub use follow::{Change, Followed, Local};
use marks::Mark;
pub use regions::{Concerned, concerned};

/// Fuses detections into events, by time and id.
///
/// Those that are kept and those only outside the counties take part, so that a fire on the border lies where it burns and
/// not where the border cuts it; [`FireEvent::inside`] says whether one of its detections is kept. `county_of` gives the
/// county of an event's place; an event whose place is outside all has none.
pub fn fuse(
    pixels: &[FirePixel],
    t: &FuseThresholds,
    county_of: impl Fn(LonLat) -> Option<CountyName>,
) -> Vec<FireEvent> {
    let marks = marks::marks(pixels);
    let regions = regions::regions(&marks, t);
    let mut events = Vec::new();
    for region in &regions {
        fuse_region(&marks, region, t, &county_of, &mut events);
    }
    events.sort_by_cached_key(|event: &FireEvent| (event.first_seen, event.id.clone()));
    events
}

/// Adds the events of one region.
fn fuse_region(
    marks: &[Mark],
    region: &[usize],
    t: &FuseThresholds,
    county_of: &impl Fn(LonLat) -> Option<CountyName>,
    events: &mut Vec<FireEvent>,
) {
    let fires = looks::fires(marks, region, t);
    let spots = spot::spots(marks, &fires, t);
    let tracks = tracks::tracks(&spots, t);
    let groups = share::groups(&tracks, &spots, t);
    events.reserve(groups.len());
    events.extend(groups.iter().filter_map(|group| event::event(group, &tracks, &spots, t, county_of)));
}

#[cfg(test)]
mod tests;
