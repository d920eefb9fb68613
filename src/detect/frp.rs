//! Fire radiative power from MIR radiance: FRP = A sigma (L - Lbg) / a (Wooster 2003, 2005; ALGORITHMS 6.1).
//!
//! L = a T^4 holds within +9 to -25 per cent over 650-1350 K and worse for smouldering straw: +-30 per cent is the
//! honest systematic error of one value.

use super::swath::power::Source;
use crate::scene::Scene;
use crate::scene::swath::{Instrument, SwathScene};
use crate::thresholds::FrpThresholds;
use crate::units::STEFAN_BOLTZMANN;

/// Radiative power (MW) of a radiance over the background (W m-2 sr-1 um-1) in a pixel of `area_km2`.
pub fn power_mw(excess: f64, area_km2: f64, a: f64) -> f64 {
    // km2 to m2 and W to MW cancel
    area_km2 * STEFAN_BOLTZMANN * excess / a
}

/// The coefficient of a scene's MIR band.
pub fn coefficient(scene: &Scene, t: &FrpThresholds) -> f64 {
    f64::from(match scene.sensor.as_str() {
        "AHI" => t.a_ahi,
        "ABI" => t.a_abi,
        "AGRI" => t.a_agri,
        "AMI" => t.a_ami,
        _ => t.a_modis,
    })
}

/// The coefficient of the band that gives a swath fire's power.
pub fn swath_coefficient(scene: &SwathScene, source: Source, t: &FrpThresholds) -> f64 {
    f64::from(match (scene.instrument, source) {
        (Instrument::ViirsI, Source::Mir) => t.a_viirs_i4,
        (Instrument::ViirsI, Source::PowerBand { .. }) | (Instrument::ViirsM, _) => t.a_viirs_m13,
        (Instrument::Modis, _) => t.a_modis,
        (Instrument::Mersi2, _) => t.a_mersi_b21,
        (Instrument::Slstr, _) => t.a_slstr,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: a black body of 800 K and 1000 m2 in 4 km2 adds 1324.9764 * 0.00025 = 0.331244 W m-2 sr-1 um-1 at
    /// 3.9 um; 4 * 5.670374e-8 * 0.331244 / 3.08e-9 = 24.393 MW. (sigma T^4 A is 23.226 MW: the +5 per cent of the
    /// linear law at 800 K.)
    #[test]
    fn power_of_a_known_fire() {
        assert!((power_mw(0.331_244, 4.0, 3.08e-9) - 24.393).abs() < 2e-3);
    }
}
