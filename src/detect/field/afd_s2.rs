//! AFD-S2 of Sentinel-2 (Hu, Ban and Nascetti 2021; ALGORITHMS 3.4). The paper was not read: how its three conditions combine is
//! our reading, and its numbers are disputed; they can be found anew in the scene by the published recipe.

use super::exact;
use super::pixel::{Marks, Rho};
use super::planes::Planes;
use crate::ingest::map::MapSource;
use crate::scene::map::MapScene;
use crate::scene::{BandRole, Window};
use crate::thresholds::AfdThresholds;

/// The tests of single pixels.
pub(super) struct Tests {
    slope: f64,
    add: f64,
    swir22: f64,
    swir16: f64,
}

impl Tests {
    pub fn of(t: &AfdThresholds) -> Tests {
        Tests { slope: exact(t.slope), add: exact(t.add), swir22: exact(t.swir22), swir16: exact(t.swir16) }
    }

    /// The marks of a pixel, of its reflectances.
    #[inline]
    pub fn marks(&self, rho: &Rho, is_saturated: bool) -> Marks {
        let core = rho.r4 < self.slope * rho.r7 + self.add && rho.r7 > self.swir22;
        Marks::default().when(core, Marks::AFD_CORE).when(is_saturated && rho.r6 > self.swir16, Marks::AFD_BESIDE)
    }
}

/// The fire pixels.
pub(super) fn find(planes: &Planes) -> Vec<(usize, usize)> {
    planes.with_beside(Marks::AFD_CORE, Marks::AFD_BESIDE)
}

/// Every so many lines and columns are asked for a fit.
const STEP: usize = 8;
/// Fewer pixels give no fit.
const LEAST: usize = 1000;

/// The numbers of the scene itself, by the published recipe: red by least squares on 2.2 um, the line lowered; the limits at a share of
/// the pixels. `None` where it cannot be read or has too few.
pub(super) fn refit(source: &MapSource, t: &AfdThresholds) -> Option<AfdThresholds> {
    let mut rho: Vec<[f64; 3]> = Vec::new();
    let window = source.scene.window;
    let block = source.block_lines(BandRole::Swir22);
    for line in (window.line0..window.line0 + window.lines).step_by(block) {
        let part = Window { line0: line, lines: block.min(window.line0 + window.lines - line), ..window };
        sample(source, &part, &mut rho);
    }
    if rho.len() < LEAST {
        return None;
    }
    let mean = |of: &dyn Fn(&[f64; 3]) -> f64| rho.iter().map(of).sum::<f64>() / rho.len() as f64;
    let (x, y) = (mean(&|r| r[2]), mean(&|r| r[0]));
    let slope = mean(&|r| (r[2] - x) * (r[0] - y)) / mean(&|r| (r[2] - x).powi(2));
    let add = y - slope * x;
    let deviation = mean(&|r| (r[0] - slope * r[2] - add).powi(2)).sqrt();
    let limit = |band: usize| {
        let mut values: Vec<f64> = rho.iter().map(|r| r[band]).collect();
        values.sort_by(f64::total_cmp);
        values.get(((values.len() - 1) as f64 * exact(t.refit_share)).round() as usize).copied()
    };
    Some(AfdThresholds {
        slope: slope as f32,
        add: (add - exact(t.refit_deviations) * deviation) as f32,
        swir16: limit(1)? as f32,
        swir22: limit(2)? as f32,
        ..t.clone()
    })
}

/// Red, 1.6 and 2.2 um of pixels of a part; a part that cannot be read has none.
fn sample(source: &MapSource, part: &Window, rho: &mut Vec<[f64; 3]>) {
    let roles = [BandRole::Red, BandRole::Swir16, BandRole::Swir22];
    let pixels = part.lines * part.columns;
    let mut counts = roles.map(|_| vec![0u16; pixels]);
    for (role, counts) in roles.into_iter().zip(&mut counts) {
        if source.counts(role, part, counts).is_err() {
            return;
        }
    }
    let scale = |scene: &MapScene, role: BandRole| scene.bands.get(&role).map(|band| band.reflectance);
    let [Some(red), Some(swir16), Some(swir22)] = roles.map(|role| scale(&source.scene, role)) else { return };
    for line in (0..part.lines).step_by(STEP) {
        for column in (0..part.columns).step_by(STEP) {
            let i = line * part.columns + column;
            let [a, b, c] = [counts[0][i], counts[1][i], counts[2][i]];
            if a > 0 && b > 0 && c > 0 {
                rho.push([red.of(a), swir16.of(b), swir22.of(c)]);
            }
        }
    }
}
