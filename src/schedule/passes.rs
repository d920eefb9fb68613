//! When polar satellites pass over an area, and whether their sensor sees it.

use super::orbit::{Orbit, Over};
use super::orbiters::{Orbiter, orbiter};
use super::timetable::has_timetable;
use super::tle::Tles;
use crate::place::{LonLat, LonLatBox, Sun};
use crate::time::Utc;
use serde::Serialize;

/// One satellite over the area once, some of which lies in the swath of its sensor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pass {
    /// The satellite, as scenes name it.
    pub satellite: String,
    /// Its sensor.
    pub sensor: String,
    /// When the first of its lines crosses the area.
    pub first: Utc,
    /// When the last does.
    pub last: Utc,
    /// When it is nearest to the area's middle.
    pub nearest: Utc,
    /// How far the area's middle is from the ground track, km.
    pub distance_km: f64,
    /// Whether the sun is up over the area's middle then.
    pub is_day: bool,
}

/// Day as the detectors of MODIS have it: the sun no farther from the zenith, degrees.
const DAY_SUN_ZENITH_DEG: f64 = 85.0;
/// Time between two looks for a pass, s: an orbit lasts a hundred minutes.
const STEP_S: f64 = 60.0;
/// What moments are found to, s.
const FOUND_S: f64 = 0.01;
/// Parts of an edge of the area that are looked at one by one.
const PARTS: u32 = 24;
/// Slowest ground track of an orbit as high as 900 km, km a second.
const SLOWEST_KM_S: f64 = 6.0;
/// How far lines may lean against the ground track, s on the way of a satellite (four degrees over 1530 km).
const LEAN_S: f64 = 30.0;
const LONGEST_S: f64 = 1200.0;

/// Passes of satellites over an area that are nearest to its middle within `[from, to)`, in the order of time, and the satellites
/// that no elements are there of. Satellites with a timetable do not pass and are in neither.
pub fn passes(tles: &Tles, satellites: &[String], area: &LonLatBox, from: Utc, to: Utc) -> (Vec<Pass>, Vec<String>) {
    let (mut passes, mut without) = (Vec::new(), Vec::new());
    for satellite in satellites.iter().filter(|satellite| !has_timetable(satellite)) {
        match orbiter(satellite).and_then(|orbiter| Some((orbiter, tles.orbit(satellite)?))) {
            Some((orbiter, orbit)) => passes.extend(Search { orbiter, orbit, area }.passes(from, to)),
            None => without.push(satellite.clone()),
        }
    }
    passes.sort_by(|a, b| (a.nearest, &a.satellite).cmp(&(b.nearest, &b.satellite)));
    (passes, without)
}

struct Search<'a> {
    orbiter: &'a Orbiter,
    orbit: Orbit,
    area: &'a LonLatBox,
}

impl Search<'_> {
    fn passes(&self, from: Utc, to: Utc) -> Vec<Pass> {
        let Some(middle) = middle(self.area) else { return Vec::new() };
        let steps = (to.seconds_since(from) / STEP_S).ceil().max(0.0) as u64;
        let time = |step: u64| from.plus_seconds(step as f64 * STEP_S);
        let between = |step| Some((time(step)?, time(step + 1)?));
        let nearest = (0..steps).filter_map(between).filter_map(|span| self.abreast(middle, span, true));
        let within = nearest.filter(|(at, over)| (from..to).contains(at) && over.is_near(middle));
        within.filter_map(|(at, over)| self.pass(middle, at, &over)).collect()
    }

    fn pass(&self, middle: LonLat, nearest: Utc, over: &Over) -> Option<Pass> {
        let distance_km = over.aside_km(middle).abs();
        let reach_km = corners(self.area).into_iter().flatten().map(|corner| corner.distance_m(middle) / 1000.0);
        let reach_km = reach_km.fold(0.0, f64::max);
        if distance_km > 1.02 * (self.orbiter.right_km.max(self.orbiter.left_km) + reach_km) {
            return None;
        }
        let half_s = (STEP_S + LEAN_S + reach_km / SLOWEST_KM_S).min(LONGEST_S);
        let span = (nearest.plus_seconds(-half_s)?, nearest.plus_seconds(half_s)?);
        let crossed = self.crossed(span);
        Some(Pass {
            satellite: self.orbiter.satellite.to_string(),
            sensor: self.orbiter.sensor.to_string(),
            first: *crossed.iter().min()?,
            last: *crossed.iter().max()?,
            nearest,
            distance_km,
            is_day: Sun::at(nearest).zenith_azimuth_deg(middle).0 < DAY_SUN_ZENITH_DEG,
        })
    }

    /// Moments at which lines cross the edges of the area: where the first and the last do, one of these is it.
    fn crossed(&self, span: (Utc, Utc)) -> Vec<Utc> {
        let corners = corners(self.area);
        let mut crossed = Vec::new();
        for (a, b) in (0..4).filter_map(|side| Some((corners[side]?, corners[(side + 1) % 4]?))) {
            let at = |part: f64| Some((part, self.seen(between(a, b, part)?, span)));
            let along: Vec<_> = (0..=PARTS).filter_map(|part| at(f64::from(part) / f64::from(PARTS))).collect();
            crossed.extend(along.iter().filter_map(|(_, seen)| *seen));
            let ends = along.windows(2).filter(|pair| pair[0].1.is_some() != pair[1].1.is_some());
            crossed.extend(ends.filter_map(|pair| {
                let (within, beyond) = if pair[0].1.is_some() { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
                self.edge_of_swath((a, b), (within, beyond.0), span)
            }));
        }
        crossed
    }

    /// The moment at which the end of the lines runs over an edge of the area, between a part that is seen and one that is not.
    fn edge_of_swath(
        &self,
        (a, b): (LonLat, LonLat),
        ((mut within, mut seen), mut beyond): ((f64, Option<Utc>), f64),
        span: (Utc, Utc),
    ) -> Option<Utc> {
        for _ in 0..12 {
            let half = within.midpoint(beyond);
            match self.seen(between(a, b, half)?, span) {
                Some(at) => (within, seen) = (half, Some(at)),
                None => beyond = half,
            }
        }
        seen
    }

    /// When a line of the sensor crosses a place.
    fn seen(&self, place: LonLat, span: (Utc, Utc)) -> Option<Utc> {
        let (at, over) = self.abreast(place, span, self.orbiter.is_steered)?;
        let aside_km = over.aside_km(place);
        (-self.orbiter.left_km..=self.orbiter.right_km).contains(&aside_km).then_some(at)
    }

    /// When the satellite is abreast of a place within a span in which it comes from behind.
    fn abreast(&self, place: LonLat, (mut before, mut after): (Utc, Utc), along_ground: bool) -> Option<(Utc, Over)> {
        let ahead = |time: Utc| Some(self.orbit.at(time)?.ahead_km(place, along_ground));
        if ahead(before)? < 0.0 || ahead(after)? >= 0.0 {
            return None;
        }
        while after.seconds_since(before) > FOUND_S {
            let half = before.plus_seconds(after.seconds_since(before) / 2.0)?;
            if ahead(half)? < 0.0 { after = half } else { before = half }
        }
        Some((before, self.orbit.at(before)?))
    }
}

fn corners(area: &LonLatBox) -> [Option<LonLat>; 4] {
    [(area.west, area.south), (area.east, area.south), (area.east, area.north), (area.west, area.north)]
        .map(|(lon, lat)| LonLat::new(lon, lat))
}

fn middle(area: &LonLatBox) -> Option<LonLat> {
    LonLat::new(area.west.midpoint(area.east), area.south.midpoint(area.north))
}

/// The place so far, from 0 to 1, on the way along an edge.
fn between(a: LonLat, b: LonLat, part: f64) -> Option<LonLat> {
    LonLat::new(a.lon() + part * (b.lon() - a.lon()), a.lat() + part * (b.lat() - a.lat()))
}
