//! Murphy and others 2016 (HOTMAP, RSE 177:78; ALGORITHMS 3.3).
//!
//! The public implementation guards a division by the wrong sign, so that there every pixel of rho6 >= 0.5 beside a hot one
//! is a fire whatever its rho5; the paper's ratio is asked here.

use super::exact;
use super::pixel::{Marks, Rho};
use super::planes::Planes;
use crate::thresholds::MurphyThresholds;

/// The tests of single pixels.
pub(super) struct Tests {
    hot_ratio: f64,
    hot_swir22: f64,
    beside_ratio: f64,
    beside_swir16: f64,
}

impl Tests {
    pub fn of(t: &MurphyThresholds) -> Tests {
        Tests {
            hot_ratio: exact(t.hot_ratio),
            hot_swir22: exact(t.hot_swir22),
            beside_ratio: exact(t.beside_ratio),
            beside_swir16: exact(t.beside_swir16),
        }
    }

    /// The marks of a pixel, of its corrected reflectances.
    #[inline]
    pub fn marks(&self, rho: &Rho, is_saturated: bool) -> Marks {
        let over = |value: f64, by: f64| value / if by == 0.0 { f64::EPSILON } else { by };
        let hot = rho.r7 >= self.hot_swir22
            && over(rho.r7, rho.r6) >= self.hot_ratio
            && over(rho.r7, rho.r5) >= self.hot_ratio;
        let beside = rho.r6 >= self.beside_swir16 && over(rho.r6, rho.r5) >= self.beside_ratio;
        Marks::default().when(hot, Marks::MURPHY_HOT).when(beside || is_saturated, Marks::MURPHY_BESIDE)
    }
}

/// The fire pixels.
pub(super) fn find(planes: &Planes) -> Vec<(usize, usize)> {
    planes.with_beside(Marks::MURPHY_HOT, Marks::MURPHY_BESIDE)
}
