//! What time adds to the anomalies of space: fires that one slot cannot show, heat that is there every day, and whether
//! a fire was seen before.

use super::baseline::{Cover, Departure, Departures, compare, confirm};
use super::bright::Bright;
use super::surface::Surface;
use super::window::near;
use super::{Anomaly, Confidences, Past};
use crate::fire::{self, FirePixel};
use crate::history::{Hit, Slot};
use crate::scene::{BandRole, PixelClass, Scene};
use crate::thresholds::{BaselineThresholds, Thresholds};
use crate::time::Utc;
use ndarray::{Array2, s};
use std::collections::BTreeSet;

/// A scene beside its past.
pub(super) struct InTime<'a> {
    past: &'a Past<'a>,
    departures: Option<Departures>,
    t: &'a BaselineThresholds,
    /// First line and column of the scene in the full grid.
    first: (usize, usize),
    time: Utc,
}

impl<'a> InTime<'a> {
    /// Compares a scene with its past; the classes are those of the slot alone.
    pub(super) fn of(scene: &Scene, surface: &Surface, past: &'a Past<'a>, thresholds: &'a Thresholds) -> Self {
        let (t, noise) = (&thresholds.baseline, thresholds.baseline.noise_radiance(&scene.sensor));
        let bright = Bright::of(scene, surface);
        let departures = compare(scene, &surface.class, &bright, &past.window, past.history, t, noise);
        InTime { past, departures, t, first: (scene.window.line0, scene.window.column0), time: scene.time }
    }

    pub(super) fn departure(&self, at: (usize, usize)) -> Option<Departure> {
        self.departures.as_ref()?.at(self.first.0 + at.0, self.first.1 + at.1)
    }

    /// What covers a pixel beside what usually does.
    pub(super) fn cover(&self, at: (usize, usize)) -> Option<Cover> {
        self.departures.as_ref()?.cover(self.first.0 + at.0, self.first.1 + at.1)
    }

    /// The strongest departure of the slots before at a pixel or beside it, in standard deviations.
    pub(super) fn before(&self, at: (usize, usize)) -> Option<f32> {
        confirm::seen_before(&self.past.history.before, self.first.0 + at.0, self.first.1 + at.1)
    }

    /// Light on all of the window by night that other nights had not, kelvin; `None` without a past.
    pub(super) fn stray_kelvin(&self) -> Option<f32> {
        self.departures.as_ref().map(|departures| departures.stray_kelvin)
    }

    /// Days on which a pixel was looked at near this hour, and those on which it or one beside it was hot in its space.
    pub(super) fn hot_days(&self, at: (usize, usize)) -> (u32, u32) {
        let (mut looked, mut hot) = (BTreeSet::new(), BTreeSet::new());
        for slot in &self.past.history.days {
            let Some(at) = slot.position(self.first.0 + at.0, self.first.1 + at.1) else { continue };
            let day = slot.days_before(self.time);
            if near(at, 1, &slot.class).any(|near| slot.class[near] == PixelClass::Fire) {
                hot.insert(day);
            }
            if matches!(slot.class[at], PixelClass::Clear | PixelClass::Fire) || hot.contains(&day) {
                looked.insert(day);
            }
        }
        (looked.len() as u32, hot.len() as u32)
    }

    /// Share of the pixels looked at whose past says something, 0 to 1.
    pub(super) fn judged(&self) -> f64 {
        self.departures.as_ref().map_or(0.0, |departures| departures.judged)
    }

    fn note(&self, z: Option<f32>) -> Option<fire::InTime> {
        let history = self.past.history;
        Some(fire::InTime { z, slots: history.days.len(), hash: history.hash.clone() })
    }

    /// A fire of space: confirmed by what went before.
    pub(super) fn beside_space(&self, mut fire: FirePixel, anomaly: &Anomaly) -> FirePixel {
        let departure = self.departure(anomaly.at);
        let (z, kelvin) = departure.map_or((0.0, 0.0), |d| (d.z, d.kelvin));
        let strongest = if z > anomaly.z { (z, kelvin) } else { (anomaly.z, anomaly.kelvin) };
        // without a past of its own no single look is sure: a kiln would be
        let strongest = if departure.is_some() { strongest } else { (0.0, 0.0) };
        fire.confirmation = confirm::confirmation(strongest.0, strongest.1, self.before(anomaly.at), self.t);
        fire.in_time = self.note(departure.map(|d| d.z));
        fire
    }

    /// A fire that only time shows.
    pub(super) fn by_itself(&self, mut fire: FirePixel, anomaly: &Anomaly) -> FirePixel {
        fire.confirmation = confirm::confirmation(anomaly.z, anomaly.kelvin, self.before(anomaly.at), self.t);
        fire.in_time = self.note(Some(anomaly.z));
        fire
    }

    /// Whether a pixel or one beside it is cloud, or colder or brighter than on other days as cloud is.
    pub(super) fn is_beside_cloud(&self, classes: &Array2<PixelClass>, at: (usize, usize)) -> bool {
        near(at, 1, classes).any(|near| {
            let like_cloud = self.cover(near).is_some_and(|cover| confirm::is_like_cloud(&cover, self.t));
            like_cloud || classes[near] == PixelClass::Cloud
        })
    }

    /// Anomalies of time where space has none; screening may still drop them.
    pub(super) fn alone(
        &self,
        scene: &Scene,
        surface: &Surface,
        of_space: &[Anomaly],
        not_mirror: impl Fn((usize, usize)) -> bool,
    ) -> Vec<Anomaly> {
        let (Some(departures), Some(mir)) = (&self.departures, scene.bands.get(&BandRole::Mir)) else {
            return Vec::new();
        };
        let Some(law) = mir.planck else { return Vec::new() };
        let known = |at| of_space.iter().any(|anomaly| anomaly.at == at);
        let candidate = |((line, column), d): ((usize, usize), Departure)| {
            let at = (line - self.first.0, column - self.first.1);
            (confirm::is_candidate(&d, self.before(at), departures.least_z, self.t) && !known(at) && not_mirror(at))
                .then(|| Anomaly {
                    at,
                    day: surface.is_day(at),
                    z: d.z,
                    kelvin: d.kelvin,
                    mir_radiance: law.radiance(f64::from(mir.values[at])),
                    mir_background: Some(f64::from(d.expected)),
                    tir_background_k: self.cover(at).map(|cover| cover.usual_tir_k),
                    confidence_pct: 100.0
                        * Confidences::ramp(d.z.into(), self.t.z_again.into(), 2.0 * f64::from(self.t.z_sure)) as f32,
                })
        };
        departures.pixels().filter_map(candidate).collect()
    }

    /// What space could not judge and time could is clear; what is far colder or brighter than at other days is cloud.
    pub(super) fn judge_the_rest(&self, classes: &mut Array2<PixelClass>) {
        let Some(departures) = &self.departures else { return };
        for ((line, column), cover) in departures.covers.indexed_iter() {
            let Some(cover) = cover else { continue };
            let (line, column) = (departures.window.line0 + line, departures.window.column0 + column);
            let class = &mut classes[(line - self.first.0, column - self.first.1)];
            let clouded = cover.colder_k > self.t.cloud_kelvin || cover.brighter > self.t.cloud_brighter;
            *class = match *class {
                PixelClass::Clear | PixelClass::NoBackground if clouded => PixelClass::Cloud,
                PixelClass::NoBackground if departures.at(line, column).is_some() => PixelClass::Clear,
                other => other,
            };
        }
    }

    /// What is kept of the scene: by its space alone, so that no slot's past is in what later slots compare with.
    pub(super) fn slot(&self, scene: &Scene, surface: &Surface, of_space: &[Anomaly]) -> Option<Slot> {
        let (classes, bright) = (&surface.class, Bright::of(scene, surface));
        let window = self.past.window.shared_with(&scene.window).filter(|shared| *shared == self.past.window)?;
        let (line, column) = (window.line0 - self.first.0, window.column0 - self.first.1);
        let part = s![line..line + window.lines, column..column + window.columns];
        let (mir, (_, tir)) = (scene.bands.get(&BandRole::Mir)?, scene.tir()?);
        let beside_cloud = |(l, c): (usize, usize)| self.is_beside_cloud(classes, (l - self.first.0, c - self.first.1));
        let hits_in_time = |departures: &Departures| departures.hits(beside_cloud, self.t);
        let mut hits = self.departures.as_ref().map_or_else(Vec::new, hits_in_time);
        let seen_in_space = |anomaly: &&Anomaly| self.departure(anomaly.at).is_none();
        hits.extend(of_space.iter().filter(seen_in_space).map(|anomaly| Hit {
            line: (self.first.0 + anomaly.at.0) as u32,
            column: (self.first.1 + anomaly.at.1) as u32,
            z: anomaly.z,
        }));
        Some(Slot {
            time: scene.time,
            satellite: scene.satellite.clone(),
            tir_band: tir.channel.clone(),
            bright_band: bright.channel().map(str::to_string),
            window,
            mir_k: mir.values.slice(part).to_owned(),
            tir_k: tir.values.slice(part).to_owned(),
            bright: Array2::from_shape_fn((window.lines, window.columns), |(l, c)| bright.at((line + l, column + c))),
            class: classes.slice(part).to_owned(),
            hits,
        })
    }
}
