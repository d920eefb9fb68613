//! Profile `sensitive`: MIR radiance against what the neighbours predict (ALGORITHMS 4.10).
//!
//! The published contextual forms compare a pixel with the mean of its neighbours; over mixed ground most of the
//! spread of that mean is reflected sun and temperature, which the other bands know. Here they are regressed out, and
//! the residual is tested against the spread that remains, never below what noise and the model itself leave open.

mod background;
mod bands;
mod candidate;
mod classes;
mod hot;
mod limits;
mod predict;

use super::sky::Sky;
use super::surface::Surface;
use super::tile::{Tile, tiles};
use super::window::around;
use super::{Anomaly, Confidences};
use crate::scene::{PixelClass, Scene};
use crate::thresholds::{MaskThresholds, RegressionThresholds};
use background::judge;
use bands::Bands;
use candidate::{Candidate, Looked};
use classes::mark_classes;
use hot::{HotPixels, grown, hot_pixels, mark_stale};
use limits::Limits;
use rayon::prelude::*;

/// The background is cleared of fires found in earlier passes; a third pass changes nothing more on real scenes.
const PASSES: usize = 3;
/// Half side of the window in which a pixel's MIR-TIR difference must stand out.
const LOCAL: usize = 15;
/// Pixels around a pixel on which its result can depend, but for the clear-sky reference: a window and one pixel of
/// growth for each pass, and the local mean of the first.
pub const HALO: usize = (PASSES + 1) * (LOCAL + 1);

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
    let limit = Limits { t, noise_radiance: t.noise_radiance(&scene.sensor) };
    let mut looked: Vec<Looked> =
        tiles(&surface.class).into_par_iter().map(|tile| look_over(&bands, surface, &limit, tile)).collect();
    let seeds = looked.iter().flat_map(|l| l.seeds.iter().copied());
    let mut hot = HotPixels::of(surface.class.dim(), grown(seeds, surface.class.dim()));
    for pass in 0..PASSES {
        looked.par_iter_mut().filter(|l| l.stale).for_each(|l| judge(&bands, surface, &limit, &hot, l));
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

/// Whether the pixel was measured on earth within the view limits, whatever covers it.
fn seen(class: PixelClass) -> bool {
    matches!(class, PixelClass::Clear | PixelClass::Cloud | PixelClass::Water)
}

/// Finds the pixels of a tile whose MIR-TIR difference stands out from its local mean over clear land. Under cloud
/// and water only anomalies that could be strong are worth a look.
fn look_over(bands: &Bands, surface: &Surface, limit: &Limits, tile: Tile) -> Looked {
    let means = if tile.near_land { local_means(bands, surface, &tile) } else { Vec::new() };
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
            candidates.push(Candidate { at, day, absolute, judged: None });
        }
    }
    Looked { stale: !candidates.is_empty(), tile, candidates, seeds }
}

/// Mean MIR-TIR difference of the clear land around each pixel of a tile, NaN without any. Sums run over whole
/// 1/1024 K, so that they do not depend on where tiles begin.
fn local_means(bands: &Bands, surface: &Surface, tile: &Tile) -> Vec<f32> {
    let size = tile.outer_lines.len() * tile.outer_columns.len();
    let (mut sums, mut counts) = (vec![0i32; size], vec![0i32; size]);
    let columns = tile.outer_columns.clone();
    for (i, line) in tile.outer_lines.clone().enumerate() {
        let part = ndarray::s![line, columns.clone()];
        let row =
            bands.mir.values.slice(part).into_iter().zip(bands.tir.values.slice(part)).zip(surface.class.slice(part));
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
    sums.iter().zip(&counts).map(|(sum, count)| *sum as f32 / 1024.0 / *count as f32).collect()
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
    let mirror = candidate.day && sky.glint_deg(at.0, at.1) <= m.glint_deg;
    if !(normal || strong || absolute) || mirror {
        return None;
    }
    let beside = touches(PixelClass::Cloud) + touches(PixelClass::Water);
    Some(Anomaly {
        at,
        day: candidate.day,
        mir_radiance: bands.law.radiance(f64::from(bands.mir.values[at])),
        z: judged.map_or(0.0, |j| j.z as f32),
        kelvin: judged.map_or(0.0, |j| j.kelvin as f32),
        mir_background: judged.map(|j| j.prediction.mir_mean),
        tir_background_k: judged.map(|j| j.prediction.tir_mean_k as f32),
        confidence_pct: if absolute { 100.0 } else { confidence(candidate, limit, beside) },
    })
}

fn neighbours(surface: &Surface, at: (usize, usize)) -> impl Iterator<Item = PixelClass> + '_ {
    let (lines, columns) = around(at, 1, surface.class.dim());
    lines.flat_map(move |l| columns.clone().map(move |c| (l, c))).filter(move |p| *p != at).map(|p| surface.class[p])
}

/// Geometric mean of how far both tests are passed, less beside cloud and water: the form of MODIS C6 (ALGORITHMS
/// 1.8) over this detector's own variables; the ramps are ours \[P\].
fn confidence(candidate: &Candidate, limit: &Limits, beside: usize) -> f32 {
    let Some(j) = candidate.judged else { return 0.0 };
    let t = limit.t;
    let ramp = |value: f64, threshold: f64, full: f32| {
        Confidences::ramp(value, threshold * f64::from(t.confidence_floor), threshold * f64::from(full))
    };
    let by_spread = ramp(j.z, f64::from(t.z), t.confidence_full_z);
    let by_kelvin = ramp(j.kelvin, limit.kelvin(candidate.day, &j), t.confidence_full_kelvin);
    let doubt = Confidences::ramp(beside as f64, 0.0, f64::from(t.confidence_neighbours));
    (100.0 * (by_spread * by_kelvin).sqrt() * (1.0 - f64::from(t.confidence_doubt) * doubt)) as f32
}
