//! What several cameras saw at one time: where their lines of sight meet is a better place than any of them knows alone.

use crate::place::LonLat;
use crate::sighting::{Ground, Sighting};
use crate::time::Utc;
use crate::watch::sight::azimuth_and_range;
use crate::watch::sight::group::{Sequence, solve};
use crate::watch::sight::triangulate::Line;

/// What one view saw of one thing, as it was told last.
struct Known {
    view: String,
    thing: u64,
    first: Utc,
    line: Line,
    sighting: Sighting,
}

/// What was seen in the last minutes.
#[derive(Default)]
pub struct Together {
    known: Vec<Known>,
}

/// So long after it was told last a thing is no longer seen with others, seconds: it is told again every five minutes.
const FORGET_S: f64 = 600.0;

impl Together {
    /// Adds what a view saw: `thing` is its number there, `first` when it was marked first. Gives all sightings whose place changes by
    /// that, this one among them or not; each has the place where the lines meet.
    pub fn add(&mut self, view: &str, thing: u64, first: Utc, line: Line, sighting: &Sighting) -> Vec<Sighting> {
        self.known.retain(|known| sighting.time.seconds_since(known.sighting.time) <= FORGET_S);
        self.known.retain(|known| (known.view.as_str(), known.thing) != (view, thing));
        self.known.push(Known { view: view.to_string(), thing, first, line, sighting: sighting.clone() });
        let last = self.known.len() - 1;
        let sequences: Vec<Sequence> = self.known.iter().map(Known::sequence).collect();
        let mut changed = Vec::new();
        for (group, crossing) in solve(&sequences) {
            let Some(crossing) = crossing.filter(|_| !group.is_ambiguous && group.members.contains(&last)) else {
                continue;
            };
            if !crossing.used.contains(&last) {
                continue;
            }
            let ground = Ground::Point { place: crossing.place, spread: crossing.spread };
            changed.extend(crossing.used.iter().map(|&at| (at, crossing.place, ground)));
        }
        let place = |(at, place, ground): (usize, LonLat, Ground)| {
            let known = self.known.get_mut(at)?;
            let (from, sighting) = (known.line.from, &mut known.sighting);
            let is_new = sighting.ground != Some(ground);
            (sighting.ground, sighting.range_m) = (Some(ground), Some(azimuth_and_range(from, place).1));
            is_new.then(|| sighting.clone())
        };
        changed.into_iter().filter_map(place).collect()
    }
}

impl Known {
    fn sequence(&self) -> Sequence<'_> {
        let camera = self.sighting.camera.as_deref().unwrap_or(&self.view);
        Sequence { camera, line: self.line, time: (self.first, self.sighting.time) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::{Direction, Kind, Origin};

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("a place")
    }

    fn seen(id: &str, camera: &str, from: LonLat, to: LonLat, second: f64) -> (Line, Sighting) {
        let (azimuth_deg, _) = azimuth_and_range(from, to);
        let line = Line { from, azimuth_deg, azimuth_error_deg: 0.3, range_m: None, bounds_m: (100.0, 20_000.0) };
        let sighting = Sighting {
            id: id.into(),
            origin: Origin::Camera,
            time: Utc::UNIX_EPOCH.plus_seconds(second).expect("a time"),
            camera: Some(camera.into()),
            kind: Kind::Smoke,
            score: 0.5,
            from: Some(from),
            direction: Some(Direction { azimuth_deg, elevation_deg: 0.0 }),
            range_m: None,
            ground: None,
            image: None,
            vendor_id: None,
            simulated: false,
        };
        (line, sighting)
    }

    #[test]
    fn two_lines_that_meet_give_both_sightings_the_place() {
        let fire = at(102.40, 36.45);
        let mut together = Together::default();
        let (line, first) = seen("a", "east", at(102.45, 36.45), fire, 0.0);
        assert!(together.add("east", 1, first.time, line, &first).is_empty());
        let (line, second) = seen("b", "south", at(102.40, 36.41), fire, 60.0);
        let placed = together.add("south", 1, second.time, line, &second);
        let ids: Vec<&str> = placed.iter().map(|sighting| sighting.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        for sighting in &placed {
            let (place, _) = sighting.place().expect("a place");
            assert!(place.distance_m(fire) < 1.0 && sighting.range_m.is_some_and(|range| range > 4000.0));
        }
        // told again the same: nothing is new but itself
        let (line, again) = seen("c", "south", at(102.40, 36.41), fire, 360.0);
        let placed = together.add("south", 1, again.time, line, &again);
        assert_eq!(placed.iter().map(|sighting| sighting.id.as_str()).collect::<Vec<_>>(), ["c"]);
        // an hour later it is another fire
        let (line, late) = seen("d", "east", at(102.45, 36.45), fire, 3960.0);
        assert!(together.add("east", 2, late.time, line, &late).is_empty());
    }
}
