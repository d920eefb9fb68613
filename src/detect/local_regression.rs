//! Profile `sensitive`: MIR radiance against what the neighbours predict (ALGORITHMS 4.10).
//!
//! The published contextual forms compare a pixel with the mean of its neighbours; over mixed ground most of the
//! spread of that mean is reflected sun and temperature, which the other bands know. Here they are regressed out, and
//! the residual is tested against the spread that remains, never below what noise and the model itself leave open.

use super::predict::{MOST, Prediction, Sample, Sums};
use super::sky::Sky;
use super::surface::Surface;
use super::tile::{Tile, tiles};
use super::window::around;
use super::{Anomaly, Confidences};
use crate::scene::{BandRaster, BandRole, PixelClass, Scene};
use crate::thresholds::{MaskThresholds, RegressionThresholds};
use crate::units::PlanckLaw;
use ndarray::Array2;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Sides of the background window, tried in turn; the centre 3 x 3 never counts (FTA grows 11 to 31).
const SIDES: [usize; 4] = [11, 15, 21, 31];
/// The background is cleared of fires found in earlier passes; a third pass changes nothing more on real scenes.
const PASSES: usize = 3;
/// Half side of the window in which a pixel's MIR-TIR difference must stand out.
const LOCAL: usize = 15;
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

    fn difference(&self, at: (usize, usize)) -> f32 {
        self.mir.values[at] - self.tir.values[at]
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

/// The candidates of one tile.
struct Looked {
    tile: Tile,
    candidates: Vec<Candidate>,
    /// Pixels kept out of backgrounds in the first pass.
    seeds: Vec<(usize, usize)>,
    /// Whether the background of some candidate changed since it was judged.
    stale: bool,
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
    let limit = Limits {
        t,
        level: bands.solar_level,
    };
    let mut looked: Vec<Looked> = tiles(&surface.class)
        .into_par_iter()
        .map(|tile| look_over(&bands, surface, &limit, tile))
        .collect();
    let seeds = looked.iter().flat_map(|l| l.seeds.iter().copied());
    let mut hot = HotPixels::of(surface.class.dim(), grown(seeds, surface.class.dim()));
    for pass in 0..PASSES {
        looked
            .par_iter_mut()
            .filter(|l| l.stale)
            .for_each(|l| judge(&bands, surface, &limit, &hot, l));
        if pass + 1 == PASSES {
            break;
        }
        let next = hot_pixels(surface.class.dim(), &looked, &limit);
        let changed = if pass == 0 { hot.replace(next) } else { hot.extend(next) };
        mark_stale(&mut looked, &changed);
        if changed.is_empty() {
            break;
        }
    }
    let mut anomalies: Vec<Anomaly> = looked
        .par_iter()
        .flat_map_iter(|l| &l.candidates)
        .filter_map(|c| decide(&bands, surface, sky, m, &limit, c))
        .collect();
    anomalies.sort_by_key(|anomaly| anomaly.at);
    mark_classes(surface, sky, m, t, &hot, &looked, &anomalies);
    anomalies
}

/// The pixels that must not stand in a background.
struct HotPixels {
    marks: Array2<bool>,
    list: BTreeSet<(usize, usize)>,
}

impl HotPixels {
    fn of(shape: (usize, usize), list: BTreeSet<(usize, usize)>) -> Self {
        let mut hot = HotPixels {
            marks: Array2::from_elem(shape, false),
            list: BTreeSet::new(),
        };
        hot.extend(list);
        hot
    }

    /// Puts other pixels in their place; gives those that changed.
    fn replace(&mut self, next: BTreeSet<(usize, usize)>) -> Vec<(usize, usize)> {
        let changed: Vec<_> = self.list.symmetric_difference(&next).copied().collect();
        for at in &changed {
            self.marks[*at] = !self.marks[*at];
        }
        self.list = next;
        changed
    }

    /// Adds pixels; gives those that were not there.
    fn extend(&mut self, next: BTreeSet<(usize, usize)>) -> Vec<(usize, usize)> {
        let new: Vec<_> = next.difference(&self.list).copied().collect();
        for at in &new {
            self.marks[*at] = true;
        }
        self.list.extend(next);
        new
    }
}

/// Pixels and all that touch them.
fn grown(pixels: impl Iterator<Item = (usize, usize)>, shape: (usize, usize)) -> BTreeSet<(usize, usize)> {
    let near = |at| {
        let (lines, columns) = around(at, 1, shape);
        lines.flat_map(move |line| columns.clone().map(move |column| (line, column)))
    };
    pixels.flat_map(near).collect()
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

/// Finds the pixels of a tile whose MIR-TIR difference stands out from its local mean over clear land. Under cloud
/// and water only anomalies that could be strong are worth a look.
fn look_over(bands: &Bands, surface: &Surface, limit: &Limits, tile: Tile) -> Looked {
    let means = if tile.near_land {
        local_means(bands, surface, &tile)
    } else {
        Vec::new()
    };
    let t = limit.t;
    let (mut candidates, mut seeds) = (Vec::new(), Vec::new());
    for (i, at) in tile.pixels().enumerate() {
        let mean = means.get(i).copied().unwrap_or(f32::NAN);
        let above = bands.difference(at) - mean;
        let hot = bands.mir.values[at] > t.absolute_night_k;
        let class = surface.class[at];
        if !(above > t.candidate_kelvin || hot) || !seen(class) {
            continue;
        }
        let day = surface.is_day(at);
        let absolute = bands.mir.values[at] > limit.absolute_k(day);
        let least = match (class, day) {
            (PixelClass::Clear, _) => t.candidate_kelvin,
            (_, true) => t.seed_kelvin,
            (_, false) => t.strong_factor * t.night_kelvin,
        };
        if above > t.seed_kelvin || absolute {
            seeds.push(at);
        }
        if above > least || absolute {
            candidates.push(Candidate {
                at,
                day,
                absolute,
                judged: None,
            });
        }
    }
    Looked {
        stale: !candidates.is_empty(),
        tile,
        candidates,
        seeds,
    }
}

/// Mean MIR-TIR difference of the clear land around each pixel of a tile, NaN without any. Sums run over whole
/// 1/1024 K, so that they do not depend on where tiles begin.
fn local_means(bands: &Bands, surface: &Surface, tile: &Tile) -> Vec<f32> {
    let size = tile.outer_lines.len() * tile.outer_columns.len();
    let (mut sums, mut counts) = (vec![0i32; size], vec![0i32; size]);
    let columns = tile.outer_columns.clone();
    for (i, line) in tile.outer_lines.clone().enumerate() {
        let part = ndarray::s![line, columns.clone()];
        let row = bands
            .mir
            .values
            .slice(part)
            .into_iter()
            .zip(bands.tir.values.slice(part))
            .zip(surface.class.slice(part));
        for (j, ((mir, tir), class)) in row.enumerate() {
            if *class == PixelClass::Clear {
                sums[i * columns.len() + j] = ((mir - tir) * 1024.0).round() as i32;
                counts[i * columns.len() + j] = 1;
            }
        }
    }
    let sums = tile.window_sums(&sums, LOCAL);
    let counts = tile.window_sums(&counts, LOCAL);
    // 0/0 is NaN: no land around
    sums.iter()
        .zip(&counts)
        .map(|(sum, count)| *sum as f32 / 1024.0 / *count as f32)
        .collect()
}

/// Judges the candidates of a tile against their backgrounds without the hot pixels.
fn judge(bands: &Bands, surface: &Surface, limit: &Limits, hot: &HotPixels, looked: &mut Looked) {
    let tile = &looked.tile;
    let mut samples = Vec::with_capacity(tile.outer_lines.len() * tile.outer_columns.len());
    for line in tile.outer_lines.clone() {
        for column in tile.outer_columns.clone() {
            let at = (line, column);
            let valid = surface.class[at] == PixelClass::Clear && !hot.marks[at];
            samples.push((bands.sample(at, surface.lit(at)), valid));
        }
    }
    let noise = bands.noise(limit.t);
    for candidate in &mut looked.candidates {
        candidate.judged = judge_one(bands, tile, &samples, surface, limit, &noise, candidate);
    }
    looked.stale = false;
}

/// Tiles that reach a changed pixel must be judged again; for the others nothing has changed.
fn mark_stale(looked: &mut [Looked], changed: &[(usize, usize)]) {
    for l in looked.iter_mut().filter(|l| !l.candidates.is_empty()) {
        let tile = &l.tile;
        l.stale = changed
            .iter()
            .any(|at| tile.outer_lines.contains(&at.0) && tile.outer_columns.contains(&at.1));
    }
}

/// The smallest window with enough valid pixels decides; `None` where even the largest has too few.
fn judge_one(
    bands: &Bands,
    tile: &Tile,
    samples: &[(Sample, bool)],
    surface: &Surface,
    limit: &Limits,
    noise: &[f64; MOST],
    candidate: &Candidate,
) -> Option<Judged> {
    let (t, at) = (limit.t, candidate.at);
    let origin = samples[tile.outer_index(at)].0;
    let used = (1..=bands.used(candidate.day))
        .take_while(|n| !origin.x[n - 1].is_nan())
        .last()?;
    let mut sums = Sums::around(origin, used);
    let mut inner = 1; // half side already summed: the centre 3 x 3 is left out
    for side in SIDES {
        let half = side / 2;
        let (lines, columns) = around(at, half, surface.class.dim());
        for line in lines {
            let far = line.abs_diff(at.0) > inner;
            let row = tile.outer_index((line, columns.start));
            for (column, (sample, valid)) in columns.clone().zip(&samples[row..]) {
                if *valid && (far || column.abs_diff(at.1) > inner) {
                    sums.add(sample);
                }
            }
        }
        inner = half;
        if enough(sums.count(), side, t) {
            let prediction = sums.predict(noise)?;
            return Some(measure(bands, limit, origin.mir, surface.lit(at), prediction));
        }
    }
    None
}

/// The residual in units of what it could be by chance, and in kelvin.
fn measure(bands: &Bands, limit: &Limits, mir: f32, lit: f32, prediction: Prediction) -> Judged {
    let t = limit.t;
    let sun = f64::from(t.solar_irradiance * lit) / std::f64::consts::PI;
    let model = f64::from(t.unexplained_emission) * prediction.mir_mean;
    let variance = prediction.spread.powi(2) * (1.0 + prediction.leverage)
        + f64::from(t.noise_radiance).powi(2)
        + model.powi(2)
        + (limit.unexplained_reflectance() * sun).powi(2);
    let background_k = bands.law.temperature_k(prediction.mir_mean);
    Judged {
        prediction,
        mir: f64::from(mir),
        z: prediction.residual / variance.sqrt(),
        kelvin: prediction.residual / bands.law.slope(background_k),
        sun,
    }
}

fn enough(count: f64, side: usize, t: &RegressionThresholds) -> bool {
    count >= f64::from(t.least_count) && count >= f64::from(t.least_fraction) * (side * side - 9) as f64
}

/// Anomalies, and all that touches a very strong one.
fn hot_pixels(shape: (usize, usize), looked: &[Looked], limit: &Limits) -> BTreeSet<(usize, usize)> {
    let candidates = || looked.iter().flat_map(|l| &l.candidates);
    let very_strong = candidates().filter(|c| c.judged.is_some_and(|j| j.z > f64::from(limit.t.strong_z)));
    let mut hot = grown(very_strong.map(|c| c.at), shape);
    hot.extend(candidates().filter(|c| limit.is_hot(c)).map(|c| c.at));
    hot
}

/// The fire tests of one candidate.
fn decide(
    bands: &Bands,
    surface: &Surface,
    sky: &Sky,
    m: &MaskThresholds,
    limit: &Limits,
    candidate: &Candidate,
) -> Option<Anomaly> {
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
    Some(Anomaly {
        at,
        day: candidate.day,
        mir_radiance: bands.law.radiance(f64::from(bands.mir.values[at])),
        mir_background: judged.map(|j| j.prediction.mir_mean),
        tir_background_k: judged.map(|j| j.prediction.tir_mean_k as f32),
        confidence_pct: if absolute {
            100.0
        } else {
            confidence(candidate, limit, beside)
        },
    })
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
    hot: &HotPixels,
    looked: &[Looked],
    anomalies: &[Anomaly],
) {
    let view: &Surface = surface;
    let changes: Vec<((usize, usize), PixelClass)> = looked
        .par_iter()
        .filter(|l| l.tile.near_land)
        .flat_map_iter(|l| {
            let judged = judged_pixels(view, t, hot, &l.tile);
            let glint = may_glint(sky, m, &l.tile);
            let change = |at: (usize, usize), judged: bool| match view.class[at] {
                PixelClass::Clear if !judged => Some(PixelClass::NoBackground),
                PixelClass::Clear if glint && view.is_day(at) && sky.glint_deg(at.0, at.1) <= m.glint_deg => {
                    Some(PixelClass::Glint)
                }
                _ => None,
            };
            let changes = l
                .tile
                .pixels()
                .zip(judged)
                .filter_map(|(at, judged)| Some((at, change(at, judged)?)));
            changes.collect::<Vec<_>>()
        })
        .collect();
    for (at, class) in changes {
        surface.class[at] = class;
    }
    for anomaly in anomalies {
        surface.class[anomaly.at] = PixelClass::Fire;
    }
}

/// Whether each pixel of a tile has a window with enough valid pixels.
fn judged_pixels(surface: &Surface, t: &RegressionThresholds, hot: &HotPixels, tile: &Tile) -> Vec<bool> {
    let columns = tile.outer_columns.clone();
    let valid: Vec<i32> = tile
        .outer_lines
        .clone()
        .flat_map(|line| columns.clone().map(move |column| (line, column)))
        .map(|at| i32::from(surface.class[at] == PixelClass::Clear && !hot.marks[at]))
        .collect();
    let centre = tile.window_sums(&valid, 1);
    let mut judged = vec![false; centre.len()];
    for side in SIDES {
        let counts = tile.window_sums(&valid, side / 2);
        for ((judged, count), inner) in judged.iter_mut().zip(counts).zip(&centre) {
            *judged |= enough(f64::from(count - inner), side, t);
        }
        if judged.iter().all(|judged| *judged) {
            break;
        }
    }
    judged
}

/// Whether the sun's mirror image can be near a tile: the angle changes by less than the margin within it.
fn may_glint(sky: &Sky, m: &MaskThresholds, tile: &Tile) -> bool {
    /// A tile of 64 pixels is 130 to 500 km long: up to 4.5 degrees of the earth, which count twice in a mirror.
    const MARGIN_DEG: f32 = 10.0;
    let line = tile.lines.start.midpoint(tile.lines.end);
    let column = tile.columns.start.midpoint(tile.columns.end);
    let angle = sky.glint_deg(line, column);
    // past the earth the angle reads 180: such a tile is on the limb, look at each pixel
    angle <= m.glint_deg + MARGIN_DEG || angle >= 180.0
}
