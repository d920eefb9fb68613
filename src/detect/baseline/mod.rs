//! A slot against the same hour of the days before (ALGORITHMS 4.9.2-4.9.5): what stands out in time.

pub mod confirm;
pub mod expect;
mod past;

use crate::detect::bright::Bright;
use crate::detect::emission::Emission;
use crate::detect::window::near;
use crate::history::{History, Hit};
use crate::ingest::geometry::fixed_grid;
use crate::ingest::geometry::sun::Sun;
use crate::scene::{BandRole, PixelClass, Scene, Window};
use crate::thresholds::BaselineThresholds;
use crate::time::Utc;
use crate::units::PlanckLaw;
use expect::{Expected, Now, Usual, expect, median, usual};
use ndarray::Array2;
use past::Past;
use rayon::prelude::*;

/// Pixels around the site whose past is kept: the neighbours of its pixels, and its high ground, which seems 8 km away.
pub const AROUND: usize = 12;

/// By how much a pixel departs from its own past.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Departure {
    /// In standard deviations.
    pub z: f32,
    /// In kelvin at the expected MIR temperature.
    pub kelvin: f32,
    /// Expected MIR radiance, W m-2 sr-1 um-1.
    pub expected: f32,
}

/// What covers a pixel beside what usually does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cover {
    /// Usual window band temperature at this hour, K.
    pub usual_tir_k: f32,
    /// Usual reflectance at this hour; NaN by night and without a reflective band.
    pub usual_bright: f32,
    /// Colder than usual in the window band by so many kelvin, beside the rest of the window: cloud makes it so.
    pub colder_k: f32,
    /// Brighter than usual by so much reflectance; NaN by night and without a reflective band.
    pub brighter: f32,
}

/// Departures of a slot.
#[derive(Debug)]
pub struct Departures {
    /// The part of the full grid.
    pub window: Window,
    /// By pixel of the part; `None` where the past of ground as bright is too short or the pixel was not seen.
    pub of: Array2<Option<Departure>>,
    /// By pixel of the part; `None` where the past is too short or the pixel was not seen.
    pub covers: Array2<Option<Cover>>,
    /// Share of the pixels looked at that have a departure, 0 to 1.
    pub judged: f64,
    /// Least z of a candidate: less by night.
    pub least_z: f32,
    /// What the whole window departs from its past by at night, kelvin: light that other nights had not. 0 by day.
    pub stray_kelvin: f32,
}

impl Departures {
    /// At a pixel of the full grid.
    pub fn at(&self, line: usize, column: usize) -> Option<Departure> {
        *self.of.get(self.position(line, column)?)?
    }

    /// What covers a pixel of the full grid.
    pub fn cover(&self, line: usize, column: usize) -> Option<Cover> {
        *self.covers.get(self.position(line, column)?)?
    }

    fn position(&self, line: usize, column: usize) -> Option<(usize, usize)> {
        Some((line.checked_sub(self.window.line0)?, column.checked_sub(self.window.column0)?))
    }

    /// Pixels of the full grid with their departures.
    pub fn pixels(&self) -> impl Iterator<Item = ((usize, usize), Departure)> + '_ {
        let Window { line0, column0, .. } = self.window;
        self.of.indexed_iter().filter_map(move |((l, c), of)| Some(((line0 + l, column0 + c), (*of)?)))
    }

    /// What later slots need to know: all that departs enough to count as seen again and is no edge of a cloud.
    pub fn hits(&self, beside_cloud: impl Fn((usize, usize)) -> bool, t: &BaselineThresholds) -> Vec<Hit> {
        let stands_out = |(at, d): &((usize, usize), Departure)| {
            let doubtful = d.kelvin < t.despite_cloud_night_kelvin && beside_cloud(*at);
            d.z >= t.z_again && d.kelvin >= t.kelvin && !doubtful
        };
        self.pixels()
            .filter(stands_out)
            .map(|((line, column), d)| Hit { line: line as u32, column: column as u32, z: d.z })
            .collect()
    }
}

/// Sun's height over the middle of a window.
fn cos_sun(scene: &Scene, window: &Window, time: Utc) -> f32 {
    let middle = (window.column0 as f64 + window.columns as f64 / 2.0, window.line0 as f64 + window.lines as f64 / 2.0);
    let place = fixed_grid::to_lonlat(&scene.grid, middle.0, middle.1);
    place.map_or(f32::NAN, |place| Sun::at(time).zenith_azimuth_deg(place).0.to_radians().cos() as f32)
}

/// Compares a scene with its past; `classes` is what each pixel shows by the slot alone, `bright` its reflectances and
/// their channel, `noise` of one look in the MIR band (W m-2 sr-1 um-1). `None` where there is no past of this window.
pub fn compare(
    scene: &Scene,
    classes: &Array2<PixelClass>,
    bright: &Bright,
    window: &Window,
    history: &History,
    t: &BaselineThresholds,
    noise: f32,
) -> Option<Departures> {
    let (mir, (_, tir)) = (scene.bands.get(&BandRole::Mir)?, scene.tir()?);
    let law = mir.planck?;
    let part = window.shared_with(&scene.window).filter(|shared| shared == window)?;
    let (line0, column0) = (part.line0 - scene.window.line0, part.column0 - scene.window.column0);
    let emission = Emission::of(&law);
    let suns: Vec<f32> = history.days.iter().map(|slot| cos_sun(scene, window, slot.time)).collect();
    let look = past::Look { time: scene.time, tir_band: &tir.channel, bright_band: bright.channel() };
    let past = Past::of(&history.days, window, &look, &suns, &emission);
    let now = cos_sun(scene, window, scene.time);
    let day = now > 0.0;
    let shape = (part.lines, part.columns);
    let seen = |(l, c): (usize, usize)| {
        matches!(classes[(line0 + l, column0 + c)], PixelClass::Clear | PixelClass::Fire | PixelClass::NoBackground)
    };
    let look = |(l, c): (usize, usize)| {
        let at = (line0 + l, column0 + c);
        let (tir_k, mir_k) = (tir.values[at], mir.values[at]);
        let bright = bright.at(at);
        let now = Now { tir_k, cos_sun: now, bright };
        let samples = if seen((l, c)) { past.samples((l, c)) } else { Vec::new() };
        let y = emission.radiance(mir_k) - emission.radiance(tir_k);
        let fit = expect(&samples, now, t).map(|expected| Fit { expected, residual: y - expected.y });
        usual(&samples, t).map(|usual| Look { usual, fit, tir_k, bright })
    };
    let looks: Vec<Option<Look>> = pixels(shape).into_par_iter().map(look).collect();
    let looks = Array2::from_shape_vec(shape, looks).ok()?;
    let (common, warmer) = common(&looks);
    // without any past there is no median
    let stray_kelvin = if day || common.is_nan() { 0.0 } else { common / law.slope(280.0) as f32 };
    let departure = |at| depart(&looks, at, (&emission, &law), t, noise);
    let of: Vec<Option<Departure>> = pixels(shape).into_par_iter().map(departure).collect();
    let mut of = Array2::from_shape_vec(shape, of).ok()?;
    level(&mut of);
    gather(&mut of);
    // the sun is down over all of the window
    let least_z = if now < t.low_sun_to_deg.to_radians().cos() { t.z_night } else { t.z };
    let looked = pixels(shape).into_iter().filter(|at| seen(*at)).count();
    let judged = of.iter().flatten().count() as f64 / looked.max(1) as f64;
    let covers = looks.mapv(|look| look.map(|look| look.cover(warmer)));
    Some(Departures { window: part, of, covers, judged, least_z, stray_kelvin })
}

fn pixels((lines, columns): (usize, usize)) -> Vec<(usize, usize)> {
    (0..lines).flat_map(|line| (0..columns).map(move |column| (line, column))).collect()
}

/// A pixel now beside what it should be.
#[derive(Debug, Clone, Copy)]
struct Look {
    usual: Usual,
    fit: Option<Fit>,
    tir_k: f32,
    bright: f32,
}

/// What ground as bright should emit, and what it emits more.
#[derive(Debug, Clone, Copy)]
struct Fit {
    expected: Expected,
    residual: f32,
}

impl Look {
    /// `warmer`: what the whole window is warmer than usual by.
    fn cover(&self, warmer: f32) -> Cover {
        Cover {
            usual_tir_k: self.usual.tir_k,
            usual_bright: self.usual.bright,
            colder_k: self.usual.tir_k + warmer - self.tir_k,
            brighter: self.bright - self.usual.bright,
        }
    }
}

/// Common departure of the window in radiance and in the window band: stray light, and the day's weather.
fn common(looks: &Array2<Option<Look>>) -> (f32, f32) {
    let residuals = looks.iter().flatten().filter_map(|look| Some(f64::from(look.fit?.residual)));
    let warmer = looks.iter().flatten().map(|look| f64::from(look.tir_k - look.usual.tir_k));
    (median(residuals.collect()) as f32, median(warmer.collect()) as f32)
}

/// The departure of a pixel less that of its neighbours.
fn depart(
    looks: &Array2<Option<Look>>,
    at: (usize, usize),
    (emission, law): (&Emission, &PlanckLaw),
    t: &BaselineThresholds,
    noise: f32,
) -> Option<Departure> {
    let look = looks[at]?;
    let fit = look.fit?;
    let beside: Vec<f64> = near(at, 4, looks)
        .filter(|(l, c)| l.abs_diff(at.0) > 1 || c.abs_diff(at.1) > 1)
        .filter_map(|near| Some(f64::from(looks[near]?.fit?.residual)))
        .collect();
    if (beside.len() as f32) < t.least_neighbours {
        return None;
    }
    let common = median(beside) as f32;
    let excess = fit.residual - common;
    let expected = emission.radiance(look.tir_k) + fit.expected.y + common;
    let slope = law.slope(law.temperature_k(f64::from(expected))) as f32;
    let sigma = (fit.expected.spread.powi(2) + noise.powi(2) + (t.model_kelvin * slope).powi(2)).sqrt();
    Some(Departure { z: excess / sigma, kelvin: excess / slope, expected })
}

/// Where the whole window departs from its past by more than its spread (low sun on slopes, a change of weather), a
/// pixel must stand out by that much more: the departures are to spread by one deviation.
fn level(of: &mut Array2<Option<Departure>>) {
    /// Half side of the neighbourhood: enough pixels for a spread.
    const HALF: usize = 8;
    let spread = |at: (usize, usize)| {
        1.4826 * median(near(at, HALF, of).filter_map(|near| Some(f64::from(of[near]?.z.abs()))).collect()) as f32
    };
    let spreads: Vec<f32> = pixels(of.dim()).into_par_iter().map(spread).collect();
    for (departure, spread) in of.iter_mut().zip(spreads) {
        if let Some(departure) = departure {
            departure.z /= spread.max(1.0);
        }
    }
}

/// A fire's light falls on up to four pixels: the hottest of a square of 2 x 2 has the sum over the square as its z,
/// where that is more (equal weights: sum of z over twice the deviation).
fn gather(of: &mut Array2<Option<Departure>>) {
    let own = of.mapv(|departure| departure.map(|d| d.z));
    let (lines, columns) = of.dim();
    for l in 0..lines.saturating_sub(1) {
        for c in 0..columns.saturating_sub(1) {
            let square = [(l, c), (l, c + 1), (l + 1, c), (l + 1, c + 1)];
            let zs = square.map(|at| own[at]);
            let Some(sum) = zs.iter().copied().sum::<Option<f32>>() else { continue };
            let hottest = square.into_iter().max_by(|a, b| own[*a].unwrap_or(0.0).total_cmp(&own[*b].unwrap_or(0.0)));
            if let Some(Some(departure)) = hottest.map(|at| &mut of[at]) {
                departure.z = departure.z.max(sum / 2.0);
            }
        }
    }
}

#[cfg(test)]
mod tests;
