//! What time adds to the anomalies of space: fires that one slot cannot show, heat that is there every day, and whether
//! a fire was seen before.

use super::baseline::{Departure, Departures, compare, confirm};
use super::surface::Surface;
use super::window::around;
use super::{Anomaly, Confidences, Past};
use crate::fire::{self, DropReason, FirePixel, Verdict};
use crate::history::{Hit, Slot};
use crate::scene::{BandRole, PixelClass, Scene};
use crate::thresholds::BaselineThresholds;
use ndarray::{Array2, s};

/// A scene beside its past.
pub(super) struct InTime<'a> {
    past: &'a Past<'a>,
    departures: Option<Departures>,
    t: &'a BaselineThresholds,
    /// First line and column of the scene in the full grid.
    first: (usize, usize),
}

impl<'a> InTime<'a> {
    /// Compares a scene with its past; the classes are those of the slot alone.
    pub(super) fn of(scene: &Scene, surface: &Surface, past: &'a Past<'a>, t: &'a BaselineThresholds) -> Self {
        let departures = compare(scene, &surface.class, &past.window, past.history, t);
        InTime { past, departures, t, first: (scene.window.line0, scene.window.column0) }
    }

    fn departure(&self, at: (usize, usize)) -> Option<Departure> {
        self.departures.as_ref()?.at(self.first.0 + at.0, self.first.1 + at.1)
    }

    fn before(&self, at: (usize, usize)) -> Option<f32> {
        confirm::seen_before(&self.past.history.before, self.first.0 + at.0, self.first.1 + at.1)
    }

    fn note(&self, z: Option<f32>) -> Option<fire::InTime> {
        let history = self.past.history;
        Some(fire::InTime { z, slots: history.days.len(), hash: history.hash.clone() })
    }

    /// Neither twilight nor stray light, in which departures are too rough to call a fire usual.
    fn is_calm(&self) -> bool {
        self.departures.as_ref().is_some_and(|departures| departures.least_z <= self.t.z)
    }

    /// A fire of space: confirmed by what went before, or dropped as heat of every day.
    pub(super) fn beside_space(&self, mut fire: FirePixel, anomaly: &Anomaly) -> FirePixel {
        let departure = self.departure(anomaly.at);
        let (z, kelvin) = departure.map_or((0.0, 0.0), |d| (d.z, d.kelvin));
        let strongest = if z > anomaly.z { (z, kelvin) } else { (anomaly.z, anomaly.kelvin) };
        fire.confirmation = confirm::confirmation(strongest.0, strongest.1, self.before(anomaly.at), self.t);
        fire.in_time = self.note(departure.map(|d| d.z));
        if self.is_calm() && departure.is_some_and(|d| d.z < self.t.usual_z) {
            fire.verdict = Verdict::Dropped(DropReason::UsualHeat);
        }
        fire
    }

    /// A fire that only time shows.
    pub(super) fn by_itself(&self, mut fire: FirePixel, anomaly: &Anomaly) -> FirePixel {
        fire.confirmation = confirm::confirmation(anomaly.z, anomaly.kelvin, self.before(anomaly.at), self.t);
        fire.in_time = self.note(Some(anomaly.z));
        fire
    }

    /// Whether a pixel or one beside it is cloud, or far enough colder than usual to be.
    fn is_beside_cloud(&self, classes: &Array2<PixelClass>, at: (usize, usize)) -> bool {
        let (lines, columns) = around(at, 1, classes.dim());
        let mut near = lines.flat_map(|l| columns.clone().map(move |c| (l, c)));
        near.any(|near| {
            let colder = self.departure(near).is_some_and(|d| d.colder_k > self.t.colder_kelvin);
            colder || classes[near] == PixelClass::Cloud
        })
    }

    /// Anomalies of time where space has none.
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
            let is_fire = confirm::is_candidate(
                &d,
                departures.least_z,
                self.is_beside_cloud(&surface.class, at),
                self.before(at),
                self.t,
            );
            (is_fire && !known(at) && not_mirror(at)).then(|| Anomaly {
                at,
                day: surface.is_day(at),
                z: d.z,
                kelvin: d.kelvin,
                mir_radiance: law.radiance(f64::from(mir.values[at])),
                mir_background: Some(f64::from(d.expected)),
                tir_background_k: Some(d.usual_tir_k),
                confidence_pct: 100.0
                    * Confidences::ramp(d.z.into(), self.t.z_again.into(), 2.0 * f64::from(self.t.z_sure)) as f32,
            })
        };
        departures.pixels().filter_map(candidate).collect()
    }

    /// What space could not judge and time could is clear; what is far colder than at other days is cloud.
    pub(super) fn judge_the_rest(&self, scene: &Scene, classes: &mut Array2<PixelClass>) {
        for ((line, column), departure) in self.departures.iter().flat_map(Departures::pixels) {
            let class = &mut classes[(line - scene.window.line0, column - scene.window.column0)];
            *class = match *class {
                PixelClass::Clear | PixelClass::NoBackground if departure.colder_k > self.t.cloud_kelvin => {
                    PixelClass::Cloud
                }
                PixelClass::NoBackground => PixelClass::Clear,
                other => other,
            };
        }
    }

    /// What is kept of the scene: by its space alone, so that no slot's past is in what later slots compare with.
    pub(super) fn slot(&self, scene: &Scene, classes: &Array2<PixelClass>, of_space: &[Anomaly]) -> Option<Slot> {
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
            tir_band: tir.channel.clone(),
            window,
            mir_k: mir.values.slice(part).to_owned(),
            tir_k: tir.values.slice(part).to_owned(),
            class: classes.slice(part).to_owned(),
            hits,
        })
    }
}
