//! Kumar and Roy 2018 (GOLI) by the reading of a public implementation (ALGORITHMS 3.2).

use super::context::{Background, Limits};
use super::exact;
use super::pixel::{Marks, Rho};
use super::planes::Planes;
use crate::thresholds::KumarRoyThresholds;

/// The tests of single pixels.
pub(super) struct Tests {
    sure: [f64; 2],
    beside: [f64; 2],
    potential: [f64; 2],
    potential_swir: [f64; 2],
}

impl Tests {
    pub fn of(t: &KumarRoyThresholds) -> Tests {
        Tests {
            sure: [t.sure_slope, t.sure_less].map(exact),
            beside: [t.beside_slope, t.beside_less].map(exact),
            potential: [t.potential_slope, t.potential_less].map(exact),
            potential_swir: [t.potential_swir_slope, t.potential_swir_less].map(exact),
        }
    }

    /// The marks of a pixel, of its corrected reflectances.
    #[inline]
    pub fn marks(&self, rho: &Rho) -> Marks {
        let below = |value: f64, [slope, less]: [f64; 2], of: f64| value <= slope * of - less;
        let potential = below(rho.r4, self.potential, rho.r7) || below(rho.r6, self.potential_swir, rho.r7);
        Marks::default()
            .when(below(rho.r4, self.sure, rho.r7), Marks::KUMAR_SURE)
            .when(below(rho.r4, self.beside, rho.r6), Marks::KUMAR_BESIDE)
            .when(potential, Marks::KUMAR_POTENTIAL)
            .when(rho.r2 > rho.r3 && rho.r3 > rho.r4 && rho.r4 > rho.r5, Marks::KUMAR_WATER)
    }
}

/// The fire pixels.
pub(super) fn find(planes: &Planes, t: &KumarRoyThresholds) -> Vec<(usize, usize)> {
    let is_valid = |at: &(usize, usize)| planes.has_valid_neighbours(*at);
    let sure: Vec<_> = planes.marked(Marks::KUMAR_SURE).filter(is_valid).collect();
    let mut fires = sure.clone();
    let beside = sure.iter().flat_map(|at| planes.beside(*at));
    fires.extend(beside.filter(|at| planes.flags[*at].any(Marks::KUMAR_BESIDE) && is_valid(at)));
    fires.sort_unstable();
    fires.dedup();
    let potential: Vec<_> = planes.marked(Marks::KUMAR_POTENTIAL).filter(is_valid).collect();
    let none = Marks::KUMAR_SURE.with(Marks::KUMAR_POTENTIAL).with(Marks::KUMAR_WATER).with(Marks::FILL);
    let background = Background {
        planes,
        is_corrected: true,
        is_usable: &|flags: Marks| flags.any(Marks::POSITIVE) && !flags.any(none),
        needs_valid_neighbours: true,
        // what lies beside a sure fire and is one itself
        but: &fires,
    };
    let half = |side: f32| (side as usize) / 2;
    let limits = Limits {
        halves: half(t.window_first)..=half(t.window_last),
        least_share: exact(t.window_fraction),
        deviations: exact(t.deviations),
        ratio_least: exact(t.ratio_least),
        swir22_least: exact(t.swir22_least),
    };
    let standing_out = background.standing_out(&potential, &limits);
    fires.extend(standing_out);
    fires.retain(|at| !planes.flags[*at].any(Marks::KUMAR_WATER.with(Marks::FILL)));
    fires.sort_unstable();
    fires.dedup();
    fires
}
