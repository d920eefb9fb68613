//! Profile `reference`: the Fire Thermal Anomaly algorithm as published (Roberts and Wooster 2008, Wooster 2015, with
//! the AHI settings known from a re-implementation; ALGORITHMS 4.1). Two readings are settled in thresholds \[D\].
//!
//! Left out: p4, which a re-implementation adds. A definite or absolute fire without a background has confidence 100.
//! Its filter compares with the deviation over the scene: read around a site or as a whole disk, a scene has another
//! one, so this profile's result depends on the window.
//!
//! On a real scene 94 per cent of its candidates had no valid background, because by day 59 per cent of clear land
//! exceeds its cap on the background's MIR-TIR difference (ALGORITHMS 4.10). It is kept to compare with, as it is.

use super::sky::Sky;
use super::surface::Surface;
use super::tile::{may_glint, tiles};
use super::window::{around, local_mean};
use super::{Anomaly, Confidences};
use crate::scene::{BandRole, PixelClass, Scene};
use crate::thresholds::{FtaThresholds, MaskThresholds};
use crate::units::PlanckLaw;
use ndarray::Array2;
use rayon::prelude::*;

/// Kernel sides of the high-pass filter; a PYF configuration has 5, 7, 9 or 7, 9, 11 \[D\].
const KERNELS: [usize; 3] = [3, 5, 7];
/// Half sides of the background window: 11 x 11 grows to 31 x 31.
const HALF_SIDES: std::ops::RangeInclusive<usize> = 5..=15;

struct Bands<'a> {
    mir: &'a Array2<f32>,
    tir: &'a Array2<f32>,
    law: PlanckLaw,
}

impl Bands<'_> {
    fn difference(&self, at: (usize, usize)) -> f32 {
        self.mir[at] - self.tir[at]
    }
}

/// Mean and standard deviation of a background.
#[derive(Clone, Copy)]
struct Spread {
    mean: f64,
    deviation: f64,
}

struct Background {
    mir: Spread,
    difference: Spread,
    tir_mean: f64,
    radiance_mean: f64,
    /// Water pixels as a share of half the window.
    water: f64,
}

/// Finds the anomalies of a scene and completes the classes.
pub fn find(scene: &Scene, sky: &Sky, surface: &mut Surface, m: &MaskThresholds, t: &FtaThresholds) -> Vec<Anomaly> {
    let (Some(mir), Some((_, tir))) = (scene.bands.get(&BandRole::Mir), scene.tir()) else {
        return Vec::new();
    };
    let Some(law) = mir.planck else { return Vec::new() };
    let bands = Bands { mir: &mir.values, tir: &tir.values, law };
    let stands_out = high_pass(&bands, surface);
    let (lines, columns) = surface.class.dim();
    let view: &Surface = surface;
    let outcomes: Vec<((usize, usize), Option<Anomaly>, bool)> = (0..lines)
        .into_par_iter()
        .map(|line| {
            let look = |column: usize| {
                let at = (line, column);
                if !matches!(view.class[at], PixelClass::Clear | PixelClass::Cloud) {
                    return None;
                }
                let sun_zenith = sky.sun_zenith_deg(line, column);
                let candidate = view.class[at] == PixelClass::Clear
                    && is_potential(&bands, at, sun_zenith, t)
                    && stands_out(at, sun_zenith, t);
                let absolute = view.class[at] == PixelClass::Clear && bands.mir[at] > t.absolute_k;
                let definite = bands.difference(at) >= t.definite_difference_k && bands.tir[at] >= t.definite_tir_k;
                if !(candidate || absolute || definite) {
                    return None;
                }
                let background = background(&bands, view, at, t);
                let fire = absolute || definite || background.as_ref().is_some_and(|b| contextual(&bands, at, b, t));
                let fire = fire && !(view.is_day(at) && sky.glint_deg(line, column) <= m.glint_deg);
                let anomaly = fire.then(|| anomaly(&bands, view, at, sun_zenith, background.as_ref(), t));
                Some((at, anomaly, background.is_none()))
            };
            (0..columns).filter_map(look).collect::<Vec<_>>()
        })
        .collect::<Vec<_>>()
        .into_iter()
        .flatten()
        .collect();
    mark_glint(sky, surface, m);
    let mut anomalies = Vec::new();
    for (at, anomaly, unknown) in outcomes {
        match anomaly {
            Some(anomaly) => {
                surface.class[at] = PixelClass::Fire;
                anomalies.push(anomaly);
            }
            None if unknown => surface.class[at] = PixelClass::NoBackground,
            None => {}
        }
    }
    anomalies
}

/// Land in the sun's mirror image could not be judged.
fn mark_glint(sky: &Sky, surface: &mut Surface, m: &MaskThresholds) {
    for tile in tiles(&surface.class).iter().filter(|tile| may_glint(sky, m, tile)) {
        for at in tile.pixels() {
            if surface.class[at] == PixelClass::Clear && surface.is_day(at) && sky.glint_deg(at.0, at.1) <= m.glint_deg
            {
                surface.class[at] = PixelClass::Glint;
            }
        }
    }
}

/// Stage 1, p1 and p2.
fn is_potential(bands: &Bands, at: (usize, usize), sun_zenith: f32, t: &FtaThresholds) -> bool {
    let mir_least = (t.mir_at_zenith_sun_k - t.mir_slope * sun_zenith).max(t.mir_least_k);
    let difference_least = (t.difference_at_zenith_sun_k - t.difference_slope * sun_zenith).max(t.difference_least_k);
    bands.mir[at] >= mir_least && bands.difference(at) >= difference_least
}

/// Stage 1, p3: the difference less the mean of its neighbours against the filter's deviation over the scene. The
/// zero-sum form, x minus the mean of its valid neighbours, is ours \[P\]; the published kernel does not sum to zero.
fn high_pass<'a>(
    bands: &'a Bands,
    surface: &Surface,
) -> impl Fn((usize, usize), f32, &FtaThresholds) -> bool + Sync + use<'a> {
    let shape = surface.class.dim();
    let clear = |at: (usize, usize)| surface.class[at] == PixelClass::Clear;
    let filters: Vec<(Array2<f32>, f64)> = KERNELS
        .iter()
        .map(|&side| {
            let means = local_mean(shape, side, |at| bands.difference(at), clear);
            // the mean holds the pixel itself: n/(n-1) makes it the response against the others
            let response = Array2::from_shape_fn(shape, |at| {
                let (mean, n) = means[at];
                (bands.difference(at) - mean) * n as f32 / (n as f32 - 1.0).max(1.0)
            });
            let (mut count, mut sum, mut squares) = (0.0f64, 0.0f64, 0.0f64);
            for (at, value) in response.indexed_iter().filter(|(at, _)| clear(*at)) {
                debug_assert!(clear(at));
                count += 1.0;
                sum += f64::from(*value);
                squares += f64::from(*value).powi(2);
            }
            let deviation = (squares / count - (sum / count).powi(2)).max(0.0).sqrt();
            (response, deviation)
        })
        .collect();
    move |at, sun_zenith, t| {
        let k = f64::from((t.filter_sigma - t.filter_slope * sun_zenith).max(0.0));
        filters.iter().any(|(response, deviation)| f64::from(response[at]) >= k * deviation)
    }
}

/// Stage 2: the smallest window with enough valid pixels.
fn background(bands: &Bands, surface: &Surface, at: (usize, usize), t: &FtaThresholds) -> Option<Background> {
    HALF_SIDES.into_iter().find_map(|half| {
        let (lines, columns) = around(at, half, surface.class.dim());
        let mut valid: Vec<(usize, usize)> = Vec::new();
        let mut water = 0;
        for p in lines.flat_map(|l| columns.clone().map(move |c| (l, c))) {
            let centre = p.0.abs_diff(at.0) <= 1 && p.1.abs_diff(at.1) <= 1;
            water += usize::from(surface.class[p] == PixelClass::Water);
            let mir = bands.mir[p];
            if !centre
                && surface.class[p] == PixelClass::Clear
                && mir <= bands.mir[at]
                && (t.background_coldest_mir_k..=t.background_hottest_mir_k).contains(&mir)
                && bands.difference(p) <= t.background_difference_k
                && bands.tir[p] >= t.background_coldest_tir_k
            {
                valid.push(p);
            }
        }
        let all = ((2 * half + 1).pow(2) - 9) as f64;
        if (valid.len() as f64) < f64::from(t.least_fraction) * all {
            return None;
        }
        let mean = |f: &dyn Fn((usize, usize)) -> f64| valid.iter().map(|p| f(*p)).sum::<f64>() / valid.len() as f64;
        let spread = |f: &dyn Fn((usize, usize)) -> f64| {
            let m = mean(f);
            Spread { mean: m, deviation: mean(&|p| (f(p) - m).powi(2)).sqrt() }
        };
        Some(Background {
            mir: spread(&|p| f64::from(bands.mir[p])),
            difference: spread(&|p| f64::from(bands.difference(p))),
            tir_mean: mean(&|p| f64::from(bands.tir[p])),
            radiance_mean: mean(&|p| bands.law.radiance(f64::from(bands.mir[p]))),
            water: water as f64 / (all / 2.0),
        })
    })
}

/// Stage 3.
fn contextual(bands: &Bands, at: (usize, usize), b: &Background, t: &FtaThresholds) -> bool {
    let (mir, difference) = (f64::from(bands.mir[at]), f64::from(bands.difference(at)));
    mir > b.mir.mean + f64::from(t.mir_sigma) * b.mir.deviation
        && difference > b.difference.mean + f64::from(t.difference_kelvin)
        && difference > b.difference.mean + f64::from(t.difference_sigma) * b.difference.deviation
}

fn anomaly(
    bands: &Bands,
    surface: &Surface,
    at: (usize, usize),
    sun_zenith: f32,
    background: Option<&Background>,
    t: &FtaThresholds,
) -> Anomaly {
    Anomaly {
        at,
        day: surface.is_day(at),
        mir_radiance: bands.law.radiance(f64::from(bands.mir[at])),
        z: 0.0,
        kelvin: 0.0,
        mir_background: background.map(|b| b.radiance_mean),
        tir_background_k: background.map(|b| b.tir_mean as f32),
        confidence_pct: background.map_or(100.0, |b| confidence(bands, at, sun_zenith, b, t)),
    }
}

/// Geometric mean of four ramps, those of temperature and spread sliding with the sun (ALGORITHMS 4.1).
fn confidence(bands: &Bands, at: (usize, usize), sun_zenith: f32, b: &Background, t: &FtaThresholds) -> f32 {
    let low_sun = f64::from(sun_zenith / 60.0).clamp(0.0, 1.0);
    let slide = |day: f32, night: f32| f64::from(day) + low_sun * f64::from(night - day);
    let z = |value: f64, s: &Spread| (value - s.mean) / s.deviation.max(1e-6);
    let (mir, difference) = (f64::from(bands.mir[at]), f64::from(bands.difference(at)));
    let ramps = [
        Confidences::ramp(
            mir,
            slide(t.confidence_mir_low_day_k, t.confidence_mir_low_night_k),
            slide(t.confidence_mir_high_day_k, t.confidence_mir_high_night_k),
        ),
        Confidences::ramp(z(mir, &b.mir), t.confidence_z_mir_low.into(), t.confidence_z_mir_high.into()),
        Confidences::ramp(
            z(difference, &b.difference),
            slide(t.confidence_z_low_day, t.confidence_z_low_night),
            slide(t.confidence_z_high_day, t.confidence_z_high_night),
        ),
        1.0 - Confidences::ramp(b.water, 0.0, 1.0),
    ];
    (100.0 * ramps.iter().product::<f64>().powf(0.25)) as f32
}
