//! All bands of a scene once, slab by slab, with every pixel tested by itself.

use super::pixel::{Marks, Rho};
use super::planes::{Planes, Sun};
use super::slab::{BANDS, Slab};
use super::{afd_s2, exact, kumar_roy, murphy, schroeder};
use crate::error::Error;
use crate::ingest::map::MapSource;
use crate::scene::map::{MapInstrument, MapMarks, MapScene, Scale};
use crate::scene::{BandRole, Window};
use crate::thresholds::{AfdThresholds, Thresholds};
use ndarray::Array2;
use rayon::prelude::*;

/// Bytes of counts that are held at once beside what is kept.
const SLAB_BYTES: usize = 200 << 20;
/// Slabs end where the blocks of the usual files do.
const SLAB_LINES: usize = 512;

/// Reads all bands once, slab by slab, and tests every pixel by itself.
pub(super) fn read(source: &MapSource, is_day: bool, t: &Thresholds, afd: &AfdThresholds) -> (Planes, Vec<Error>) {
    let scene = &source.scene;
    let size = (scene.window.lines, scene.window.columns);
    let mut planes = Planes::empty(scene, is_day);
    let tests = Tests::of(scene, is_day, t, afd);
    let mut problems = Vec::new();
    let per_line = size.1 * (2 * BANDS.len() + 1);
    let lines = (SLAB_BYTES / per_line.max(1) / SLAB_LINES).max(1) * SLAB_LINES;
    // slabs begin where blocks do: the first may be shorter
    let mut line = scene.window.line0;
    while line < scene.window.line0 + size.0 {
        let end = ((line / lines + 1) * lines).min(scene.window.line0 + size.0);
        let part = Window { line0: line, lines: end - line, ..scene.window };
        let slab = Slab::read(source, &part, &mut problems);
        planes.take(slab, line - scene.window.line0, &tests);
        line = end;
    }
    (planes, problems)
}

impl Planes {
    /// Tests the pixels of a slab and keeps of it what contexts ask for.
    fn take(&mut self, slab: Slab, line0: usize, tests: &Tests) {
        let lines = line0..line0 + slab.lines;
        let columns = self.flags.ncols();
        let sun = &self.sun;
        let slab = &slab;
        self.flags
            .slice_mut(ndarray::s![lines.clone(), ..])
            .axis_chunks_iter_mut(ndarray::Axis(0), 1)
            .into_par_iter()
            .enumerate()
            .for_each(|(line, mut flags)| {
                for (column, flags) in flags.iter_mut().enumerate() {
                    *flags = tests.marks(slab, line * columns + column, (line0 + line, column), sun);
                }
            });
        let keep = |plane: &mut Array2<u16>, role: BandRole| {
            if let Some(of) = plane.slice_mut(ndarray::s![lines.clone(), ..]).as_slice_mut() {
                of.copy_from_slice(slab.counts(role));
            }
        };
        keep(&mut self.nir, BandRole::Nir);
        keep(&mut self.swir22, BandRole::Swir22);
        if let Some(swir16) = &mut self.swir16 {
            keep(swir16, BandRole::Swir16);
        }
    }
}

/// All tests of single pixels, with what they need to know of the scene.
struct Tests {
    scales: [Option<Scale>; 7],
    schroeder: schroeder::Tests,
    kumar_roy: kumar_roy::Tests,
    murphy: murphy::Tests,
    afd: Option<afd_s2::Tests>,
    /// By night: radiance of a count at 2.2 um, and its limit.
    night: Option<(Scale, f64)>,
    saturated_count: Option<u16>,
    tells_cloud: bool,
    /// Nothing tells where cloud is: then no ground counts as seen, though its fires do.
    is_blind_to_cloud: bool,
    snow: [f64; 2],
    cloud: [f64; 2],
}

impl Tests {
    fn of(scene: &MapScene, is_day: bool, t: &Thresholds, afd: &AfdThresholds) -> Tests {
        let radiance = scene.bands.get(&BandRole::Swir22).and_then(|band| band.radiance);
        let is_msi = scene.instrument == MapInstrument::Msi;
        Tests {
            scales: BANDS.map(|role| scene.bands.get(&role).map(|band| band.reflectance)),
            schroeder: schroeder::Tests::of(&t.schroeder),
            kumar_roy: kumar_roy::Tests::of(&t.kumar_roy),
            murphy: murphy::Tests::of(&t.murphy),
            afd: is_msi.then(|| afd_s2::Tests::of(afd)),
            night: radiance.filter(|_| !is_day).map(|scale| (scale, exact(t.schroeder.night_radiance))),
            saturated_count: scene.saturated_count,
            tells_cloud: scene.has_cloud_marks,
            is_blind_to_cloud: !scene.can_tell_cloud(is_day),
            snow: [t.field.snow_ndsi, t.field.snow_green].map(exact),
            cloud: [t.field.cloud_blue, t.field.cloud_swir16].map(exact),
        }
    }

    /// The marks of a pixel.
    #[inline]
    fn marks(&self, slab: &Slab, i: usize, at: (usize, usize), sun: &Sun) -> Marks {
        let said = slab.marks[i];
        let count = |band: usize| slab.counts[band][i];
        let (nir, swir16, swir22) = (count(4), count(5), count(6));
        if said.any(MapMarks::FILL) || nir == 0 || swir16 == 0 || swir22 == 0 {
            return Marks::FILL;
        }
        if let Some((scale, limit)) = self.night {
            return Marks::POSITIVE
                .when(scale.of(swir22) > limit, Marks::NIGHT_HOT)
                .when(said.any(MapMarks::CLOUD) || self.is_blind_to_cloud, Marks::CLOUD);
        }
        // a band that is not there passes no test, neither for fire nor for water
        let rho = |band: usize| self.scales[band].map_or(f64::NAN, |scale| scale.of(count(band)));
        let read = Rho { r1: rho(0), r2: rho(1), r3: rho(2), r4: rho(3), r5: rho(4), r6: rho(5), r7: rho(6) };
        let sine = sun.sine(at);
        let (plain, corrected) = if sun.is_corrected { (read.times(sine), read) } else { (read, read.over(sine)) };
        let is_full = |count: u16| self.saturated_count == Some(count);
        let is_saturated =
            said.any(MapMarks::SATURATED_16.with(MapMarks::SATURATED_22)) || is_full(swir16) || is_full(swir22);
        let is_snow = self.is_snow(&corrected) || said.any(MapMarks::SNOW);
        let is_cloud = said.any(MapMarks::CLOUD)
            || self.is_blind_to_cloud
            || (!self.tells_cloud && !is_snow && self.is_cloud(&corrected));
        let own = self.schroeder.marks(&plain, &corrected).0
            | self.kumar_roy.marks(&corrected).0
            | self.murphy.marks(&corrected, is_saturated).0
            | self.afd.as_ref().map_or(0, |afd| afd.marks(&corrected, is_full(swir22)).0);
        Marks(own).when(plain.r7 > 0.0, Marks::POSITIVE).when(is_snow, Marks::SNOW).when(is_cloud, Marks::CLOUD)
    }

    fn is_snow(&self, rho: &Rho) -> bool {
        rho.r3 > self.snow[1] && rho.r3 - rho.r6 > self.snow[0] * (rho.r3 + rho.r6)
    }

    fn is_cloud(&self, rho: &Rho) -> bool {
        rho.r2.max(rho.r4) > self.cloud[0] && rho.r6 > self.cloud[1]
    }
}

/// Reflectances that a test gives, divided by the sine of the sun's elevation, in counts of 1/10000 from 1000 on.
#[cfg(test)]
pub(super) struct Raw<'a> {
    pub rho: &'a Array2<[f64; 7]>,
    pub sine: f64,
}

#[cfg(test)]
impl Planes {
    pub(super) fn made(raw: &Raw, t: &Thresholds) -> Planes {
        let (lines, columns) = raw.rho.dim();
        let scale = Scale { mult: 1e-4, add: -0.1 };
        let nodes = crate::scene::swath::Nodes::constant(raw.sine.asin().to_degrees() as f32, (lines, columns));
        let tests = Tests {
            scales: [Some(scale); 7],
            schroeder: schroeder::Tests::of(&t.schroeder),
            kumar_roy: kumar_roy::Tests::of(&t.kumar_roy),
            murphy: murphy::Tests::of(&t.murphy),
            afd: Some(afd_s2::Tests::of(&t.afd_s2)),
            night: None,
            saturated_count: Some(u16::MAX),
            tells_cloud: false,
            is_blind_to_cloud: false,
            snow: [t.field.snow_ndsi, t.field.snow_green].map(exact),
            cloud: [t.field.cloud_blue, t.field.cloud_swir16].map(exact),
        };
        let count = |rho: f64| ((rho * 1e4).round() + 1000.0) as u16;
        let counts = (0..7).map(|band| raw.rho.iter().map(|rho| count(rho[band])).collect()).collect();
        let slab = Slab { lines, counts, marks: vec![MapMarks::default(); lines * columns] };
        let mut planes = Planes {
            flags: Array2::from_elem((lines, columns), Marks::default()),
            nir: Array2::zeros((lines, columns)),
            swir16: Some(Array2::zeros((lines, columns))),
            swir22: Array2::zeros((lines, columns)),
            scales: super::planes::Scales { nir: scale, swir16: scale, swir22: scale },
            sun: Sun { is_corrected: true, nodes, one: Some(raw.sine) },
            is_day: true,
            saturated_count: Some(u16::MAX),
        };
        planes.take(slab, 0, &tests);
        planes
    }
}
