//! The tests, with the thresholds that hold by day or night and for what is known of the sun.

use super::candidate::{Candidate, Judged};
use crate::thresholds::RegressionThresholds;

/// Thresholds that depend on day or night and on what is known of the sun.
pub(super) struct Limits<'a> {
    pub(super) t: &'a RegressionThresholds,
    /// Noise of the scene's MIR band, W m-2 sr-1 um-1.
    pub(super) noise_radiance: f32,
}

impl Limits<'_> {
    pub(super) fn absolute_k(&self, day: bool) -> f32 {
        if day { self.t.absolute_day_k } else { self.t.absolute_night_k }
    }

    /// Residual that a fire must have, K.
    pub(super) fn kelvin(&self, day: bool, j: &Judged) -> f64 {
        let by_level = [self.t.day_kelvin_0, self.t.day_kelvin_1, self.t.day_kelvin_2];
        f64::from(if day { by_level[j.solar_level] } else { self.t.night_kelvin })
    }

    pub(super) fn unexplained_reflectance(&self, solar_level: usize) -> f64 {
        let t = self.t;
        f64::from([t.unexplained_reflectance_0, t.unexplained_reflectance_1, t.unexplained_reflectance_2][solar_level])
    }

    pub(super) fn cloud_reflectance(&self, j: &Judged) -> f64 {
        f64::from(if j.solar_level < 2 { self.t.cloud_reflectance_1 } else { self.t.cloud_reflectance_2 })
    }

    pub(super) fn is_hot(&self, candidate: &Candidate) -> bool {
        let by_residual = candidate
            .judged
            .is_some_and(|j| j.z > f64::from(self.t.exclude_z) && j.kelvin > self.kelvin(candidate.day, &j) / 2.0);
        by_residual || candidate.absolute
    }

    pub(super) fn is_core(&self, candidate: &Candidate, j: &Judged) -> bool {
        j.z > f64::from(self.t.z)
            && j.kelvin > self.kelvin(candidate.day, j)
            && j.mir > j.prediction.mir_mean + f64::from(self.t.hotter_sigma) * j.prediction.mir_deviation
    }

    pub(super) fn is_strong(&self, candidate: &Candidate, j: &Judged) -> bool {
        self.is_core(candidate, j)
            && j.z > f64::from(self.t.strong_z)
            && j.kelvin > f64::from(self.t.strong_factor) * self.kelvin(candidate.day, j)
            && j.prediction.residual > self.cloud_reflectance(j) * j.sun
    }
}
