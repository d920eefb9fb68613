//! Schroeder and others 2016 (RSE 185:210) by the reading of a public implementation (ALGORITHMS 3.1).

use super::context::{Background, Limits};
use super::exact;
use super::pixel::{Marks, Rho};
use super::planes::Planes;
use crate::thresholds::{SchroederThresholds, chosen};

/// The tests of single pixels.
pub(super) struct Tests {
    sure: [f64; 3],
    folded: [f64; 4],
    potential: [f64; 2],
    swir_ratio: f64,
    water: f64,
    is_corrected: bool,
}

impl Tests {
    pub fn of(t: &SchroederThresholds) -> Tests {
        Tests {
            sure: [t.sure_ratio, t.sure_difference, t.sure_swir22].map(exact),
            folded: [t.folded_swir16, t.folded_coastal, t.folded_nir, t.folded_swir22].map(exact),
            potential: [t.potential_ratio, t.potential_difference].map(exact),
            swir_ratio: exact(t.swir_ratio),
            water: exact(t.water_difference),
            is_corrected: chosen(t.sun_corrected),
        }
    }

    /// The marks of a pixel, of its reflectances as they are and divided by the sine of the sun's elevation.
    #[inline]
    pub fn marks(&self, plain: &Rho, corrected: &Rho) -> Marks {
        let rho = if self.is_corrected { corrected } else { plain };
        let difference = rho.r7 - rho.r5;
        // the divisions are slow and few pixels come so far
        let ratio_over = |limit: f64| rho.r7 / rho.r5 > limit;
        let [sure_ratio, sure_difference, sure_swir22] = self.sure;
        let e1 = difference > sure_difference && rho.r7 > sure_swir22 && ratio_over(sure_ratio);
        let [swir16, coastal, nir, swir22] = self.folded;
        let e2 = rho.r6 > swir16 && rho.r1 < coastal && (rho.r5 > nir || rho.r7 < swir22);
        let [ratio, least] = self.potential;
        let e3 = difference > least && ratio_over(ratio);
        let e6 = || rho.r7 / if rho.r6 == 0.0 { f64::EPSILON } else { rho.r6 } > self.swir_ratio;
        let falls = rho.r4 > rho.r5 && rho.r5 > rho.r6 && rho.r6 > rho.r7;
        let water = falls
            && rho.r1 - rho.r7 < self.water
            && (rho.r3 > rho.r2 || (rho.r1 > rho.r2 && rho.r2 > rho.r3 && rho.r3 > rho.r4));
        Marks::default()
            .when(e1 || e2, Marks::SCHROEDER_SURE)
            .when(e3 && e6(), Marks::SCHROEDER_POTENTIAL)
            .when(water, Marks::SCHROEDER_WATER)
    }
}

/// The fire pixels.
pub(super) fn find(planes: &Planes, t: &SchroederThresholds) -> Vec<(usize, usize)> {
    let none = Marks::SCHROEDER_SURE.with(Marks::SCHROEDER_WATER).with(Marks::FILL);
    let none = if chosen(t.without_potential) { none.with(Marks::SCHROEDER_POTENTIAL) } else { none };
    let background = Background {
        planes,
        is_corrected: chosen(t.sun_corrected),
        is_usable: &|flags: Marks| flags.any(Marks::POSITIVE) && !flags.any(none),
        needs_valid_neighbours: false,
        but: &[],
    };
    let half = (t.window as usize) / 2;
    let limits = Limits {
        halves: half..=half,
        least_share: 0.0,
        deviations: exact(t.deviations),
        ratio_least: exact(t.ratio_least),
        swir22_least: exact(t.swir22_least),
    };
    let potential: Vec<_> = planes.marked(Marks::SCHROEDER_POTENTIAL).collect();
    let mut fires: Vec<_> = planes.marked(Marks::SCHROEDER_SURE).collect();
    fires.extend(background.standing_out(&potential, &limits));
    fires.retain(|at| !planes.flags[*at].any(Marks::SCHROEDER_WATER.with(Marks::FILL)));
    fires.sort_unstable();
    fires.dedup();
    fires
}
