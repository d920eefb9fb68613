//! Scenes of tests: an even ground with pixels set by hand.

use super::planes::Planes;
use super::read::Raw;
use crate::thresholds::Thresholds;
use ndarray::Array2;

/// Stubble in the sun: rho1 to rho7.
pub const STUBBLE: [f64; 7] = [0.10, 0.12, 0.15, 0.20, 0.28, 0.30, 0.25];

/// Reflectances of every pixel, divided by the sine of a sun at 30 degrees.
pub struct Made {
    pub rho: Array2<[f64; 7]>,
}

impl Made {
    /// Stubble everywhere.
    pub fn even(size: (usize, usize)) -> Made {
        Made { rho: Array2::from_elem(size, STUBBLE) }
    }

    /// Another pixel.
    pub fn put(&mut self, at: (usize, usize), rho: [f64; 7]) -> &mut Made {
        self.rho[at] = rho;
        self
    }

    /// Stubble with other values of 0.86, 1.6 and 2.2 um.
    pub fn hot(&mut self, at: (usize, usize), [r5, r6, r7]: [f64; 3]) -> &mut Made {
        let [r1, r2, r3, r4, ..] = STUBBLE;
        self.put(at, [r1, r2, r3, r4, r5, r6, r7])
    }

    /// As planes with the marks of every pixel, by the shipped numbers.
    pub fn planes(&self, t: &Thresholds) -> Planes {
        Planes::made(&Raw { rho: &self.rho, sine: 0.5 }, t)
    }
}
