//! Profile `sensitive`: MIR radiance against what the neighbours predict (ALGORITHMS 4.10).
//!
//! The published contextual forms compare a pixel with the mean of its neighbours; over mixed ground most of the
//! spread of that mean is reflected sun and temperature, which the other bands know. Here they are regressed out, and
//! the residual is tested against the spread that remains, never below what noise and the model itself leave open.

use super::predict::{MOST, Prediction, Sample, Sums};
use super::sky::Sky;
use super::surface::Surface;
use super::window::{around, grown, local_count, local_mean};
use super::{Anomaly, Confidences};
use crate::scene::{BandRaster, BandRole, PixelClass, Scene};
use crate::thresholds::{MaskThresholds, RegressionThresholds};
use crate::units::PlanckLaw;
use ndarray::Array2;
use rayon::prelude::*;

/// Sides of the background window, tried in turn; the centre 3 x 3 never counts (FTA grows 11 to 31).
const SIDES: [usize; 4] = [11, 15, 21, 31];
/// The background is cleared of fires found in earlier passes; a third pass changes nothing more on real scenes.
const PASSES: usize = 3;
/// Lines that share one set of samples.
const BLOCK: usize = 16;
/// Pixels around a pixel on which its result can depend, but for the clear-sky reference.
pub const HALO: usize = 15 + 15 + 15 + 2;

/// The bands of a scene as the detector uses them.
struct Bands<'a> {
    mir: &'a BandRaster,
    tir: &'a BandRaster,
    law: PlanckLaw,
    emission: Emission,
    tir12: Option<&'a BandRaster>,
    solar: Vec<&'a BandRaster>,
    /// How much is known of the reflected sun: 0, 1, or 2 with 2.2 um or with visible and 1.6 um.
    solar_level: usize,
}

impl<'a> Bands<'a> {
    fn of(scene: &'a Scene) -> Option<Self> {
        let mir = scene.bands.get(&BandRole::Mir)?;
        let (tir_role, tir) = scene.tir()?;
        let law = mir.planck?;
        let band = |role| scene.bands.get(&role);
        let visible = [BandRole::Red, BandRole::Blue, BandRole::Nir]
            .into_iter()
            .find_map(band);
        let (swir16, swir22) = (band(BandRole::Swir16), band(BandRole::Swir22));
        let solar: Vec<_> = [visible, swir16, swir22].into_iter().flatten().collect();
        let solar_level = if swir22.is_some() || (visible.is_some() && swir16.is_some()) {
            2
        } else {
            solar.len().min(1)
        };
        let tir12 = if tir_role == BandRole::Tir12 {
            None
        } else {
            band(BandRole::Tir12)
        };
        Some(Bands {
            mir,
            tir,
            law,
            emission: Emission::of(&law),
            tir12,
            solar,
            solar_level,
        })
    }

    /// Everything the fit needs of a pixel. The solar predictors are reflected sun as measured, not divided by the
    /// cosine of the sun's zenith angle: that is what adds to the MIR radiance. They are NaN by night.
    fn sample(&self, at: (usize, usize), lit: f32) -> Sample {
        let (mir, tir_k) = (self.emission.radiance(self.mir.values[at]), self.tir.values[at]);
        let emitted = self.emission.radiance(tir_k);
        let mut x = [f32::NAN; MOST];
        x[0] = emitted;
        let mut next = 1;
        if let Some(tir12) = self.tir12 {
            x[next] = self.emission.radiance(tir12.values[at]) - emitted;
            next += 1;
        }
        for band in &self.solar {
            x[next] = if lit > 0.0 { band.values[at] } else { f32::NAN };
            next += 1;
        }
        Sample {
            y: mir - emitted,
            mir,
            tir_k,
            x,
        }
    }

    /// Predictors that a pixel by day or night has: solar ones come last and only by day.
    fn used(&self, day: bool) -> usize {
        1 + usize::from(self.tir12.is_some()) + if day { self.solar.len() } else { 0 }
    }

    fn noise(&self, t: &RegressionThresholds) -> [f64; MOST] {
        let thermal = 1 + usize::from(self.tir12.is_some());
        std::array::from_fn(|i| {
            f64::from(if i < thermal {
                t.noise_radiance
            } else {
                t.noise_reflectance
            })
        })
    }
}

/// MIR radiance of a temperature from a table: the exponential is too slow for every pixel of a disk.
struct Emission {
    law: PlanckLaw,
    table: Vec<f32>,
}

impl Emission {
    const COLDEST_K: f32 = 150.0;
    const PER_K: f32 = 20.0;
    const STEPS: usize = 6000;

    fn of(law: &PlanckLaw) -> Self {
        let at = |i: usize| law.radiance(f64::from(Self::COLDEST_K) + i as f64 / f64::from(Self::PER_K)) as f32;
        Emission {
            law: *law,
            table: (0..=Self::STEPS).map(at).collect(),
        }
    }

    /// Linear between steps of 0.05 K: within 1e-6 of the law. NaN for NaN.
    fn radiance(&self, kelvin: f32) -> f32 {
        let place = (kelvin - Self::COLDEST_K) * Self::PER_K;
        if place >= 0.0 && place < Self::STEPS as f32 {
            let low = place as usize;
            let part = place - low as f32;
            self.table[low] + part * (self.table[low + 1] - self.table[low])
        } else {
            self.law.radiance(f64::from(kelvin)) as f32
        }
    }
}

/// A pixel that is looked at closely, and what its background says.
struct Candidate {
    at: (usize, usize),
    day: bool,
    /// MIR temperature above the absolute threshold.
    absolute: bool,
    judged: Option<Judged>,
}

#[derive(Clone, Copy)]
struct Judged {
    prediction: Prediction,
    mir: f64,
    /// Residual in prediction standard deviations.
    z: f64,
    /// Residual in kelvin at the background's MIR temperature.
    kelvin: f64,
    /// 3.9 um radiance of a white surface in this sun.
    sun: f64,
}

/// Finds the anomalies of a scene and completes the classes: `Fire`, `Clear` or `NoBackground` for each judged pixel.
pub fn find(
    scene: &Scene,
    sky: &Sky,
    surface: &mut Surface,
    m: &MaskThresholds,
    t: &RegressionThresholds,
) -> Vec<Anomaly> {
    let Some(bands) = Bands::of(scene) else {
        return Vec::new();
    };
    let shape = surface.class.dim();
    let difference = |at: (usize, usize)| bands.mir.values[at] - bands.tir.values[at];
    let clear = |at: (usize, usize)| surface.class[at] == PixelClass::Clear;
    let usual = local_mean(shape, 31, difference, clear);
    let above = |at: (usize, usize)| difference(at) - usual[at];
    let limit = Limits {
        t,
        level: bands.solar_level,
    };
    let mut candidates = candidates(&bands, surface, &limit, above);
    let mut hot = grown(&Array2::from_shape_fn(shape, |at| {
        seen(surface.class[at])
            && (above(at) > t.seed_kelvin || bands.mir.values[at] > limit.absolute_k(surface.is_day(at)))
    }));
    let mut stale = Array2::from_elem((shape.0 / CELL + 1, shape.1 / CELL + 1), true);
    for pass in 0..PASSES {
        judge(&bands, surface, t, &hot, &stale, &mut candidates);
        let next = hot_pixels(shape, &candidates, &limit, (pass > 0).then_some(&hot));
        stale = changed_cells(&hot, &next);
        if pass + 1 == PASSES || !stale.iter().any(|changed| *changed) {
            break;
        }
        hot = next;
    }
    let anomalies = decide(&bands, surface, sky, m, &limit, &candidates);
    mark_classes(surface, sky, m, t, &hot, &anomalies);
    anomalies
}

/// Thresholds that depend on day or night and on what is known of the sun.
struct Limits<'a> {
    t: &'a RegressionThresholds,
    level: usize,
}

impl Limits<'_> {
    fn absolute_k(&self, day: bool) -> f32 {
        if day {
            self.t.absolute_day_k
        } else {
            self.t.absolute_night_k
        }
    }

    fn kelvin(&self, day: bool) -> f64 {
        let by_level = [self.t.day_kelvin_0, self.t.day_kelvin_1, self.t.day_kelvin_2];
        f64::from(if day { by_level[self.level] } else { self.t.night_kelvin })
    }

    fn unexplained_reflectance(&self) -> f64 {
        let t = self.t;
        f64::from(
            [
                t.unexplained_reflectance_0,
                t.unexplained_reflectance_1,
                t.unexplained_reflectance_2,
            ][self.level],
        )
    }

    fn cloud_reflectance(&self) -> f64 {
        f64::from(if self.level < 2 {
            self.t.cloud_reflectance_1
        } else {
            self.t.cloud_reflectance_2
        })
    }

    fn is_hot(&self, candidate: &Candidate) -> bool {
        let by_residual = candidate
            .judged
            .is_some_and(|j| j.z > f64::from(self.t.exclude_z) && j.kelvin > self.kelvin(candidate.day) / 2.0);
        by_residual || candidate.absolute
    }

    fn is_core(&self, candidate: &Candidate, j: &Judged) -> bool {
        j.z > f64::from(self.t.z)
            && j.kelvin > self.kelvin(candidate.day)
            && j.mir > j.prediction.mir_mean + f64::from(self.t.hotter_sigma) * j.prediction.mir_deviation
    }

    fn is_strong(&self, candidate: &Candidate, j: &Judged) -> bool {
        self.is_core(candidate, j)
            && j.z > f64::from(self.t.strong_z)
            && j.kelvin > f64::from(self.t.strong_factor) * self.kelvin(candidate.day)
            && j.prediction.residual > self.cloud_reflectance() * j.sun
    }
}

/// Whether the pixel was measured on earth within the view limits, whatever covers it.
fn seen(class: PixelClass) -> bool {
    matches!(class, PixelClass::Clear | PixelClass::Cloud | PixelClass::Water)
}

/// Pixels whose MIR-TIR difference stands out from its local mean. Under cloud and water only anomalies that could
/// be strong are worth a look.
fn candidates(
    bands: &Bands,
    surface: &Surface,
    limit: &Limits,
    above: impl Fn((usize, usize)) -> f32 + Sync,
) -> Vec<Candidate> {
    let (lines, columns) = surface.class.dim();
    let t = limit.t;
    let of_line = |line: usize| {
        (0..columns).filter_map(move |column| {
            let at = (line, column);
            (surface.class[at] != PixelClass::OffEarth).then_some(at)
        })
    };
    (0..lines)
        .into_par_iter()
        .map(|line| {
            of_line(line)
                .filter_map(|at| {
                    let class = surface.class[at];
                    let day = surface.is_day(at);
                    let absolute = bands.mir.values[at] > limit.absolute_k(day);
                    let least = match (class, day) {
                        (PixelClass::Clear, _) => t.candidate_kelvin,
                        (_, true) => t.seed_kelvin,
                        (_, false) => t.strong_factor * t.night_kelvin,
                    };
                    (seen(class) && (above(at) > least || absolute)).then_some(Candidate {
                        at,
                        day,
                        absolute,
                        judged: None,
                    })
                })
                .collect::<Vec<_>>()
        })
        .collect::<Vec<_>>()
        .into_iter()
        .flatten()
        .collect()
}

/// Side of the cells in which changes of the background are noted; not smaller than the largest half window.
const CELL: usize = 16;

/// Cells near which the set of excluded pixels changed: only candidates there need another look.
fn changed_cells(before: &Array2<bool>, after: &Array2<bool>) -> Array2<bool> {
    let (lines, columns) = before.dim();
    let mut changed = Array2::from_elem((lines / CELL + 1, columns / CELL + 1), false);
    for (at, value) in before.indexed_iter() {
        if *value != after[at] {
            changed[(at.0 / CELL, at.1 / CELL)] = true;
        }
    }
    grown(&changed)
}

/// Judges the candidates of stale cells against the background without the hot pixels.
fn judge(
    bands: &Bands,
    surface: &Surface,
    t: &RegressionThresholds,
    hot: &Array2<bool>,
    stale: &Array2<bool>,
    candidates: &mut [Candidate],
) {
    let limit = Limits {
        t,
        level: bands.solar_level,
    };
    let noise = bands.noise(t);
    let blocks: Vec<&mut [Candidate]> = candidates
        .chunk_by_mut(|a, b| a.at.0 / BLOCK == b.at.0 / BLOCK)
        .collect();
    blocks.into_par_iter().for_each(|block| {
        let is_stale = |at: (usize, usize)| stale[(at.0 / CELL, at.1 / CELL)];
        if !block.iter().any(|c| is_stale(c.at)) {
            return;
        }
        let tile = Tile::of(bands, surface, hot, block);
        for candidate in block.iter_mut().filter(|c| is_stale(c.at)) {
            candidate.judged = judge_one(bands, &tile, surface, &limit, &noise, candidate);
        }
    });
}

/// Samples of the lines that a block of candidates can reach.
struct Tile {
    first_line: usize,
    first_column: usize,
    columns: usize,
    samples: Vec<Sample>,
    /// Whether a pixel may stand in a background.
    valid: Vec<bool>,
}

impl Tile {
    fn of(bands: &Bands, surface: &Surface, hot: &Array2<bool>, block: &[Candidate]) -> Self {
        let shape = surface.class.dim();
        let reach = SIDES[SIDES.len() - 1] / 2;
        let lines = block[0].at.0.saturating_sub(reach)..(block[block.len() - 1].at.0 + reach + 1).min(shape.0);
        let first = block.iter().map(|c| c.at.1).min().unwrap_or(0).saturating_sub(reach);
        let end = (block.iter().map(|c| c.at.1).max().unwrap_or(0) + reach + 1).min(shape.1);
        let mut tile = Tile {
            first_line: lines.start,
            first_column: first,
            columns: end - first,
            samples: Vec::with_capacity(lines.len() * (end - first)),
            valid: Vec::with_capacity(lines.len() * (end - first)),
        };
        for line in lines {
            for column in first..end {
                let at = (line, column);
                tile.samples.push(bands.sample(at, surface.daylight[at]));
                tile.valid.push(surface.class[at] == PixelClass::Clear && !hot[at]);
            }
        }
        tile
    }

    fn index(&self, line: usize, column: usize) -> usize {
        (line - self.first_line) * self.columns + column - self.first_column
    }
}

/// The smallest window with enough valid pixels decides; `None` where even the largest has too few.
fn judge_one(
    bands: &Bands,
    tile: &Tile,
    surface: &Surface,
    limit: &Limits,
    noise: &[f64; MOST],
    candidate: &Candidate,
) -> Option<Judged> {
    let (t, at) = (limit.t, candidate.at);
    let origin = tile.samples[tile.index(at.0, at.1)];
    let used = (1..=bands.used(candidate.day))
        .take_while(|n| !origin.x[n - 1].is_nan())
        .last()?;
    let shape = surface.class.dim();
    let mut sums = Sums::around(origin, used);
    let mut inner = 1; // half side already summed: the centre 3 x 3 is left out
    for side in SIDES {
        let half = side / 2;
        let (lines, columns) = around(at, half, shape);
        for line in lines {
            let far = line.abs_diff(at.0) > inner;
            for column in columns.clone() {
                let i = tile.index(line, column);
                if (far || column.abs_diff(at.1) > inner) && tile.valid[i] {
                    sums.add(&tile.samples[i]);
                }
            }
        }
        inner = half;
        if enough(sums.count(), side, t) {
            return sums.predict(noise).map(|prediction| {
                let sun = f64::from(t.solar_irradiance * surface.daylight[at]) / std::f64::consts::PI;
                let model = f64::from(t.unexplained_emission) * prediction.mir_mean;
                let variance = prediction.spread.powi(2) * (1.0 + prediction.leverage)
                    + f64::from(t.noise_radiance).powi(2)
                    + model.powi(2)
                    + (limit.unexplained_reflectance() * sun).powi(2);
                let background_k = bands.law.temperature_k(prediction.mir_mean);
                Judged {
                    prediction,
                    mir: f64::from(origin.mir),
                    z: prediction.residual / variance.sqrt(),
                    kelvin: prediction.residual / bands.law.slope(background_k),
                    sun,
                }
            });
        }
    }
    None
}

fn enough(count: f64, side: usize, t: &RegressionThresholds) -> bool {
    count >= f64::from(t.least_count) && count >= f64::from(t.least_fraction) * (side * side - 9) as f64
}

/// Pixels that must not stand in a background: anomalies, all that touches a very strong one, and those of before.
fn hot_pixels(
    shape: (usize, usize),
    candidates: &[Candidate],
    limit: &Limits,
    before: Option<&Array2<bool>>,
) -> Array2<bool> {
    let mut strong = Array2::from_elem(shape, false);
    for candidate in candidates {
        if candidate.judged.is_some_and(|j| j.z > f64::from(limit.t.strong_z)) {
            strong[candidate.at] = true;
        }
    }
    let mut hot = grown(&strong);
    for candidate in candidates.iter().filter(|c| limit.is_hot(c)) {
        hot[candidate.at] = true;
    }
    if let Some(before) = before {
        hot.zip_mut_with(before, |now, then| *now |= *then);
    }
    hot
}

fn decide(
    bands: &Bands,
    surface: &Surface,
    sky: &Sky,
    m: &MaskThresholds,
    limit: &Limits,
    candidates: &[Candidate],
) -> Vec<Anomaly> {
    let accept = |candidate: &Candidate| {
        let (at, t) = (candidate.at, limit.t);
        let class = surface.class[at];
        let land = class != PixelClass::Water;
        let touches = |what: PixelClass| neighbours(surface, at).filter(|c| *c == what).count();
        let judged = candidate.judged;
        let normal = judged.is_some_and(|j| {
            class == PixelClass::Clear
                && limit.is_core(candidate, &j)
                && f64::from(bands.tir.values[at]) > j.prediction.tir_mean_k - f64::from(t.edge_kelvin)
                && touches(PixelClass::Water) == 0
        });
        let strong =
            judged.is_some_and(|j| limit.is_strong(candidate, &j)) && land && bands.tir.values[at] > m.coldest_land_k;
        let absolute = candidate.absolute && land;
        if !(normal || strong || absolute) || sky.glint_deg(at.0, at.1) <= m.glint_deg {
            return None;
        }
        let beside = touches(PixelClass::Cloud) + touches(PixelClass::Water);
        let confidence_pct = if absolute {
            100.0
        } else {
            confidence(candidate, limit, beside)
        };
        Some(Anomaly {
            at,
            day: candidate.day,
            mir_radiance: bands.law.radiance(f64::from(bands.mir.values[at])),
            mir_background: judged.map(|j| j.prediction.mir_mean),
            tir_background_k: judged.map(|j| j.prediction.tir_mean_k as f32),
            confidence_pct,
        })
    };
    candidates.par_iter().filter_map(accept).collect()
}

fn neighbours(surface: &Surface, at: (usize, usize)) -> impl Iterator<Item = PixelClass> + '_ {
    let (lines, columns) = around(at, 1, surface.class.dim());
    lines
        .flat_map(move |l| columns.clone().map(move |c| (l, c)))
        .filter(move |p| *p != at)
        .map(|p| surface.class[p])
}

/// Geometric mean of how far both tests are passed, less beside cloud and water (the form of MODIS C6, ALGORITHMS
/// 1.8, over this detector's own variables: the ramps are ours \[P\]).
fn confidence(candidate: &Candidate, limit: &Limits, beside: usize) -> f32 {
    let Some(j) = candidate.judged else { return 0.0 };
    let (z, kelvin) = (f64::from(limit.t.z), limit.kelvin(candidate.day));
    let by_spread = Confidences::ramp(j.z, z / 2.0, 2.0 * z);
    let by_kelvin = Confidences::ramp(j.kelvin, kelvin / 2.0, 3.0 * kelvin);
    let doubt = 1.0 - 0.5 * Confidences::ramp(beside as f64, 0.0, 6.0);
    (100.0 * (by_spread * by_kelvin).sqrt() * doubt) as f32
}

/// Fire, and for the rest of the clear pixels whether they were judged: glint and too few neighbours are not "no fire".
fn mark_classes(
    surface: &mut Surface,
    sky: &Sky,
    m: &MaskThresholds,
    t: &RegressionThresholds,
    hot: &Array2<bool>,
    anomalies: &[Anomaly],
) {
    let shape = surface.class.dim();
    let mut judged = Array2::from_elem(shape, false);
    for side in SIDES {
        let valid = |at: (usize, usize)| surface.class[at] == PixelClass::Clear && !hot[at];
        let counts = local_count(shape, side, valid);
        let centre = local_count(shape, 3, valid);
        ndarray::Zip::from(&mut judged)
            .and(&counts)
            .and(&centre)
            .par_for_each(|judged, count, inner| {
                *judged |= enough(f64::from(count - inner), side, t);
            });
    }
    let columns = shape.1;
    surface
        .class
        .outer_iter_mut()
        .into_par_iter()
        .enumerate()
        .for_each(|(line, mut row)| {
            for column in 0..columns {
                if row[column] == PixelClass::Clear {
                    if !judged[(line, column)] {
                        row[column] = PixelClass::NoBackground;
                    } else if surface.daylight[(line, column)] > 0.0 && sky.glint_deg(line, column) <= m.glint_deg {
                        row[column] = PixelClass::Glint;
                    }
                }
            }
        });
    for anomaly in anomalies {
        surface.class[anomaly.at] = PixelClass::Fire;
    }
}
