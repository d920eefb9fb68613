//! Radiances, brightness temperatures and the law between them.

use serde::{Deserialize, Serialize};

/// Planck constant, J s (CODATA 2018, exact to the digits HSD and ABI readers need).
pub const PLANCK_H: f64 = 6.626_070_15e-34;
/// Speed of light, m/s.
pub const LIGHT_C: f64 = 2.997_924_58e8;
/// Boltzmann constant, J/K.
pub const BOLTZMANN_K: f64 = 1.380_649e-23;
/// Stefan-Boltzmann constant, W m-2 K-4.
pub const STEFAN_BOLTZMANN: f64 = 5.670_374e-8;

/// How one infrared band turns radiance (W m-2 sr-1 um-1) into brightness temperature (K) and back.
///
/// Both sensors have the same shape: a Planck law at one effective place of the spectrum, then a
/// correction between the temperature of that law and the temperature of the band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlanckLaw {
    /// 2hc2/lambda^5 in W m-2 sr-1 um-1.
    pub first: f64,
    /// hc/(k lambda) in K.
    pub second: f64,
    /// Law temperature to brightness temperature: `c[0] + c[1] T + c[2] T^2`.
    pub to_brightness: [f64; 3],
    /// Brightness temperature to law temperature: `c[0] + c[1] T + c[2] T^2`.
    pub from_brightness: [f64; 3],
}

impl PlanckLaw {
    /// A monochromatic law at `wavelength_um` micrometres, with h, c and k of the caller.
    pub fn at_wavelength(wavelength_um: f64, h: f64, c: f64, k: f64) -> Self {
        let metres = wavelength_um * 1e-6;
        PlanckLaw {
            first: 2.0 * h * c * c / metres.powi(5) * 1e-6,
            second: h * c / (k * metres),
            to_brightness: [0.0, 1.0, 0.0],
            from_brightness: [0.0, 1.0, 0.0],
        }
    }

    /// Brightness temperature (K) of a radiance (W m-2 sr-1 um-1); NaN where the radiance is not positive.
    pub fn temperature_k(&self, radiance: f64) -> f64 {
        if radiance > 0.0 {
            quadratic(&self.to_brightness, self.second / (self.first / radiance).ln_1p())
        } else {
            f64::NAN
        }
    }

    /// Radiance (W m-2 sr-1 um-1) of a brightness temperature (K).
    pub fn radiance(&self, temperature_k: f64) -> f64 {
        self.first / (self.second / quadratic(&self.from_brightness, temperature_k)).exp_m1()
    }

    /// Slope dL/dT (W m-2 sr-1 um-1 K-1) at a brightness temperature (K), by central difference.
    pub fn slope(&self, temperature_k: f64) -> f64 {
        (self.radiance(temperature_k + 0.05) - self.radiance(temperature_k - 0.05)) / 0.1
    }
}

fn quadratic(c: &[f64; 3], t: f64) -> f64 {
    c[0] + t * (c[1] + t * c[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test vectors of design page ALGORITHMS 7: wavelength (um), then L at 280, 300, 320, 800, 1000 K.
    const VECTORS: [(f64, [f64; 5]); 4] = [
        (3.75, [0.17980, 0.44825, 0.99693, 1338.2334, 3539.6824]),
        (3.9, [0.25033, 0.60254, 1.29950, 1324.9764, 3383.8392]),
        (10.8, [7.01844, 9.66942, 12.81137, 189.0842, 290.6042]),
        (11.2, [6.94645, 9.46667, 12.42505, 169.7326, 258.6114]),
    ];

    #[test]
    fn planck_law_gives_the_published_vectors() {
        for (wavelength, radiances) in VECTORS {
            let law = PlanckLaw::at_wavelength(wavelength, PLANCK_H, LIGHT_C, BOLTZMANN_K);
            for (temperature, expected) in [280.0, 300.0, 320.0, 800.0, 1000.0].iter().zip(radiances) {
                let got = law.radiance(*temperature);
                assert!(
                    (got - expected).abs() < 1.1e-5 * expected.max(1.0),
                    "{wavelength} um {temperature} K: {got} not {expected}"
                );
            }
        }
    }

    #[test]
    fn planck_round_trip_holds_from_200_to_1200_k() {
        let law = PlanckLaw::at_wavelength(3.9, PLANCK_H, LIGHT_C, BOLTZMANN_K);
        for step in 0..=1000 {
            let t = 200.0 + f64::from(step);
            assert!((law.temperature_k(law.radiance(t)) - t).abs() < 1e-4);
        }
    }

    #[test]
    fn no_temperature_for_no_radiance() {
        let law = PlanckLaw::at_wavelength(3.9, PLANCK_H, LIGHT_C, BOLTZMANN_K);
        assert!(law.temperature_k(0.0).is_nan());
        assert!(law.temperature_k(-1.0).is_nan());
    }
}
