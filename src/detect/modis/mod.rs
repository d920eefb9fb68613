//! MODIS active fires, Collection 6 form (Giglio 2003, 2016; ALGORITHMS 1), and the sensors that take it with numbers
//! of their own: VIIRS 750 m (2.9), MERSI-II (4.7), SLSTR (5).
//!
//! Profile `reference` has fixed limits for potential fires, the others ours relative to the surroundings; `plateau`
//! takes ground for cloud only when it is cold for its surroundings.

pub mod confidence;
pub mod context;
mod pixel;
mod potential;

#[cfg(test)]
mod tests;

use super::clear_sky::ClearSky;
use super::swath::background::{Around, Statistics, Surface, grown, statistics};
use super::swath::found::{SwathBackground, SwathFire, SwathFound};
use super::swath::ground::{Ground, Mark};
use super::swath::power::Powers;
use crate::fire::Confidence;
use crate::scene::swath::{Flags, SwathScene};
use crate::scene::{BandRole, PixelClass};
use crate::thresholds::{MaskThresholds, ModisThresholds, Profile, chosen};
use confidence::{Evidence, percent};
use context::{Passed, Temperatures};
use ndarray::Array2;
use pixel::Pixel;
use potential::Limits;
use rayon::prelude::*;

/// A fire before its power is known.
struct Draft {
    at: (usize, usize),
    day: bool,
    percent: f32,
    surface: Surface,
    background: Option<(usize, Statistics)>,
}

/// What came of a pixel.
enum Outcome {
    Fire(Draft),
    Glint,
    NoBackground,
    Nothing,
}

/// Finds the fires of a scene.
pub fn find(scene: &SwathScene, profile: Profile, t: &ModisThresholds, mask: &MaskThresholds) -> SwathFound {
    let Some(mut ground) = Ground::of(scene) else {
        return SwathFound { fires: Vec::new(), classes: Array2::from_elem(scene.shape(), PixelClass::Missing) };
    };
    if profile != Profile::Reference {
        // the published form takes the coast for water and drops its fires; the fields of a valley lie along its river
        let inland = |flags: &Flags| Flags(flags.0 & !Flags::COAST.0);
        ground.flags = ground.flags.iter().map(inland).collect();
    }
    let clear = (profile == Profile::Plateau).then(|| clear_sky(scene, &ground, mask)).flatten();
    let (mut marks, mut classes) = look(scene, &ground, clear.as_ref(), t, mask);
    let dynamic = if profile == Profile::Reference { t.dynamic_reference } else { t.dynamic_sensitive };
    let limits = if chosen(dynamic) { Limits::dynamic(&ground, &marks, t) } else { Limits::Fixed };
    let bright = if profile == Profile::Reference { t.absolute_bright_reference } else { t.absolute_bright_sensitive };
    let bright_absolute = chosen(bright);
    let judge = Judge { scene, ground: &ground, marks: &marks, limits: &limits, bright_absolute, t };
    let columns = ground.shape.1;
    let outcomes: Vec<((usize, usize), Outcome)> = (0..ground.shape.0)
        .into_par_iter()
        .flat_map_iter(|line| (0..columns).map(move |column| (line, column)))
        .filter_map(|at| Some((at, judge.judge(at)?)))
        .collect();
    let mut drafts = Vec::new();
    for (at, outcome) in outcomes {
        match outcome {
            Outcome::Fire(draft) => drafts.push(draft),
            Outcome::Glint => classes[at] = PixelClass::Glint,
            Outcome::NoBackground => classes[at] = PixelClass::NoBackground,
            Outcome::Nothing => {}
        }
    }
    for draft in &drafts {
        classes[draft.at] = PixelClass::Fire;
        let mark = &mut marks[ground.index(draft.at)];
        *mark = mark.with(Mark::FIRE, true);
    }
    SwathFound { fires: finish(scene, &ground, &marks, &drafts), classes }
}

/// Temperatures of the clear ground around, for the plateau's cloud test.
fn clear_sky(scene: &SwathScene, ground: &Ground, mask: &MaskThresholds) -> Option<ClearSky> {
    let band = scene.thermal.get(&BandRole::Tir12).or_else(|| scene.thermal.get(&BandRole::Tir11))?;
    let unusable = Flags(Flags::FILL.0 | Flags::BOWTIE.0 | Flags::TIR_POOR.0 | Flags::WATER.0);
    let usable = |at| !ground.flags[ground.index(at)].any(unusable);
    Some(ClearSky::of(&scene.window, &band.values, mask, usable))
}

/// The first pass: marks and classes of pixels without a fire.
fn look(
    scene: &SwathScene,
    ground: &Ground,
    clear: Option<&ClearSky>,
    t: &ModisThresholds,
    mask: &MaskThresholds,
) -> (Vec<Mark>, Array2<PixelClass>) {
    let columns = ground.shape.1;
    let mut marks = vec![Mark::default(); ground.shape.0 * columns];
    let mut classes = Array2::from_elem(ground.shape, PixelClass::Missing);
    let rows = marks.par_chunks_mut(columns.max(1)).zip(classes.outer_iter_mut().into_par_iter()).enumerate();
    rows.for_each_init(
        || vec![0.0; columns],
        |zenith, (line, (marks, mut classes))| {
            scene.places.sun_zenith_deg.along((line, 0), zenith);
            let row = marks.iter_mut().zip(classes.iter_mut()).zip(zenith.iter()).enumerate();
            for (column, ((mark, class), zenith)) in row {
                let pixel = Pixel::of(ground, line * columns + column, *zenith < t.day_sun_zenith_deg);
                // a pixel whose sun nobody knows is neither of the day nor of the night
                if pixel.is_seen() && !zenith.is_nan() {
                    let around = clear.and_then(|clear| clear.at((line, column)));
                    let coldest = around.map_or(t.cloud_tir_k, |kelvin| kelvin - mask.colder_than_reference_k);
                    *mark = pixel.mark(pixel.is_cloud(coldest, t), t);
                }
                *class = class_of(*mark, pixel.flags);
            }
        },
    );
    (marks, classes)
}

/// The class of a pixel without a fire.
fn class_of(mark: Mark, flags: Flags) -> PixelClass {
    if flags.any(Flags::BOWTIE) {
        PixelClass::BowTie
    } else if !mark.any(Mark::JUDGED) {
        PixelClass::Missing
    } else if mark.any(Mark::CLOUD) {
        PixelClass::Cloud
    } else if mark.any(Mark::WATER) {
        PixelClass::Water
    } else {
        PixelClass::Clear
    }
}

/// What the tests of a pixel read.
struct Judge<'a> {
    scene: &'a SwathScene,
    ground: &'a Ground<'a>,
    marks: &'a [Mark],
    limits: &'a Limits,
    /// A pixel over the absolute limit is a potential fire however bright: over stubble or under its own smoke.
    bright_absolute: bool,
    t: &'a ModisThresholds,
}

impl Judge<'_> {
    /// All tests of a pixel; `None` where it is no potential fire.
    fn judge(&self, at: (usize, usize)) -> Option<Outcome> {
        let (ground, t) = (self.ground, self.t);
        let mark = self.marks[ground.index(at)];
        if !mark.any(Mark::JUDGED) || mark.any(Mark::CLOUD) {
            return None;
        }
        let pixel = Pixel::of(ground, ground.index(at), mark.any(Mark::DAY));
        let limits = self.limits.at(at, pixel.day, t);
        let absolute = pixel.is_absolute(t);
        if !pixel.is_potential(limits, absolute && self.bright_absolute, t) {
            return None;
        }
        let surface = if pixel.is_water() { Surface::WATER } else { Surface::LAND };
        let background = grown(ground, self.marks, at, surface, &context::growth(t))
            .map(|half| (half, statistics(ground, self.marks, &Around::new(ground, at, half, 1), surface)));
        let temperatures = Temperatures { mir_k: pixel.mir, tir_k: pixel.tir };
        if !absolute {
            let Some((_, s)) = &background else { return Some(Outcome::NoBackground) };
            if !Passed::of(temperatures, s, t).is_fire(pixel.day) {
                return Some(Outcome::Nothing);
            }
        }
        let clouds = self.neighbours(at, Mark::CLOUD);
        let waters = self.neighbours(at, Mark::WATER);
        if pixel.day {
            let water_near = waters > 0 || background.is_some_and(|(_, s)| s.water > 0);
            if self.is_glint(at, &pixel, water_near) {
                return Some(Outcome::Glint);
            }
            if background.is_some_and(|(half, s)| self.is_rejected(at, &pixel, absolute, half, &s)) {
                return Some(Outcome::Nothing);
            }
        }
        let evidence = Evidence {
            day: pixel.day,
            mir_k: pixel.mir,
            tir_k: pixel.tir,
            mir_limit_k: match self.limits {
                Limits::Fixed => t.confidence_day_low_k,
                Limits::Dynamic { .. } => limits.0,
            },
            background: background.as_ref().map(|(_, s)| s),
            clouds,
            waters,
        };
        let percent = percent(&evidence, t);
        Some(Outcome::Fire(Draft { at, day: pixel.day, percent, surface, background }))
    }

    fn neighbours(&self, at: (usize, usize), like: Mark) -> usize {
        self.ground.neighbours(at).filter(|i| self.marks[*i].any(like)).count()
    }

    /// Tests (8) to (10).
    fn is_glint(&self, at: (usize, usize), pixel: &Pixel, water_near: bool) -> bool {
        let (t, angle) = (self.t, self.scene.places.glint_deg.at(at));
        let bright = pixel.red > t.glint_red && pixel.nir > t.glint_nir && pixel.swir > t.glint_swir;
        angle < t.glint_near_deg || (angle < t.glint_middle_deg && bright) || (angle < t.glint_wide_deg && water_near)
    }

    /// Desert edge, coast, forest clearing.
    fn is_rejected(&self, at: (usize, usize), pixel: &Pixel, absolute: bool, half: usize, s: &Statistics) -> bool {
        let t = self.t;
        let temperatures = Temperatures { mir_k: pixel.mir, tir_k: pixel.tir };
        let coast = || if pixel.is_water() { self.has_land(at, half) } else { self.has_unmasked_water(at, half) };
        context::is_desert_edge(pixel.mir, pixel.nir, s, t)
            || (!absolute && coast())
            || (!pixel.is_water() && context::is_clearing(temperatures, pixel.nir, s, t))
    }

    /// Water that the mask does not know in the valid background of a land pixel.
    fn has_unmasked_water(&self, at: (usize, usize), half: usize) -> bool {
        let window = Around::new(self.ground, at, half, 1);
        let valid = |i: &usize| Surface::LAND.has(self.marks[*i], Mark::VALID);
        let mut background = window.runs(self.ground.shape.1).flatten().filter(valid);
        background.any(|i| Pixel::of(self.ground, i, true).is_unmasked_water(self.t))
    }

    /// Land or its edge in the window of a water pixel, cloud over it or not.
    fn has_land(&self, at: (usize, usize), half: usize) -> bool {
        let (lines, columns) = super::window::around(at, half, self.ground.shape);
        let mut window = lines.flat_map(|l| columns.clone().map(move |c| (l, c)));
        window.any(|at| {
            let flags = self.ground.flags[self.ground.index(at)];
            flags.any(Flags::COAST) || !flags.any(Flags::WATER)
        })
    }
}

/// Fires with the means of their backgrounds.
fn finish(scene: &SwathScene, ground: &Ground, marks: &[Mark], drafts: &[Draft]) -> Vec<SwathFire> {
    let places: Vec<_> = drafts.iter().map(|draft| draft.at).collect();
    let powers = Powers::of(scene, &places);
    let of = |draft: &Draft| {
        let background = draft.background.map(|(half, s)| {
            let window = Around::new(ground, draft.at, half, 1);
            SwathBackground {
                mir_k: s.mir.mean as f32,
                tir_k: s.tir.mean as f32,
                power_radiance: powers.background(ground, marks, &window, draft.surface, draft.at),
            }
        });
        SwathFire {
            at: draft.at,
            day: draft.day,
            confidence: Confidence::of_percent(draft.percent),
            confidence_pct: Some(draft.percent),
            background,
        }
    };
    drafts.par_iter().map(of).collect()
}
