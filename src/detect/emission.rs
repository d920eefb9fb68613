//! Radiances of temperatures, from a table.

use crate::units::PlanckLaw;

/// MIR radiance of a temperature from a table: the exponential is too slow for every pixel of a disk.
pub struct Emission {
    law: PlanckLaw,
    table: Vec<f32>,
}

impl Emission {
    const COLDEST_K: f32 = 150.0;
    const PER_K: f32 = 20.0;
    const STEPS: usize = 6000;

    /// Of a law.
    pub fn of(law: &PlanckLaw) -> Self {
        let at = |i: usize| law.radiance(f64::from(Self::COLDEST_K) + i as f64 / f64::from(Self::PER_K)) as f32;
        Emission { law: *law, table: (0..=Self::STEPS).map(at).collect() }
    }

    /// Linear between steps of 0.05 K: within 1e-6 of the law. NaN for NaN.
    pub fn radiance(&self, kelvin: f32) -> f32 {
        let place = (kelvin - Self::COLDEST_K) * Self::PER_K;
        if place >= 0.0 && place < Self::STEPS as f32 {
            let low = place as usize;
            let part = place - low as f32;
            self.table[low] + part * (self.table[low + 1] - self.table[low])
        } else {
            self.law.radiance(f64::from(kelvin)) as f32
        }
    }
}
