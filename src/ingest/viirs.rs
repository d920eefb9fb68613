//! VIIRS of Suomi-NPP, NOAA-20 and NOAA-21: the NASA Level 1B and the NOAA SDR, I bands and M bands.

mod calibrated;
pub(crate) mod l1b;
pub(crate) mod planck;
pub(crate) mod sdr;

use crate::scene::BandRole;
use crate::scene::swath::Instrument;
use planck::BandLaw;

/// Which bands make a scene of a scanner, and which give what.
pub(crate) struct Channels {
    /// MIR, window band, and the second window band where there is one.
    pub(crate) thermal: &'static [Thermal],
    /// Reflective bands.
    pub(crate) reflective: &'static [(BandRole, &'static str)],
}

/// A thermal band.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thermal {
    pub(crate) role: BandRole,
    /// Its name, as in `I04`.
    pub(crate) band: &'static str,
    /// How its temperature and its radiance belong together.
    pub(crate) law: BandLaw,
}

impl Thermal {
    const fn new(role: BandRole, band: &'static str, law: BandLaw) -> Self {
        Thermal { role, band, law }
    }
}

/// The bands of the two scanners (ALGORITHMS 2.1, 2.9).
pub(crate) fn channels(instrument: Instrument) -> Channels {
    if instrument == Instrument::ViirsI {
        Channels {
            thermal: const {
                &[Thermal::new(BandRole::Mir, "I04", planck::I04), Thermal::new(BandRole::Tir11, "I05", planck::I05)]
            },
            reflective: &[(BandRole::Red, "I01"), (BandRole::Nir, "I02"), (BandRole::Swir16, "I03")],
        }
    } else {
        Channels {
            thermal: const {
                &[
                    Thermal::new(BandRole::Mir, "M13", planck::M13),
                    Thermal::new(BandRole::Tir11, "M15", planck::M15),
                    Thermal::new(BandRole::Tir12, "M16", planck::M16),
                ]
            },
            reflective: &[(BandRole::Red, "M05"), (BandRole::Nir, "M07"), (BandRole::Swir22, "M11")],
        }
    }
}

/// Which tests fall away without a reflective band (ALGORITHMS 2.2 to 2.7).
pub(crate) fn without(role: BandRole) -> &'static str {
    match role {
        BandRole::Red | BandRole::Nir => {
            "without it the daytime cloud, water, glint and hot-surface tests fall away: daytime fires are less sure"
        }
        _ => "without it the daytime water and bright-target tests fall away: daytime fires are less sure",
    }
}

/// What follows without M13 under the I bands.
pub(crate) const NO_POWER_BAND: &str = "without M13 power comes from I04, and where that is saturated there is none";

/// The satellite's name by the prefix of its products.
pub(crate) fn satellite_of(prefix: &str) -> Option<&'static str> {
    match prefix {
        "VNP" | "npp" => Some("Suomi-NPP"),
        "VJ1" | "j01" => Some("NOAA-20"),
        "VJ2" | "j02" => Some("NOAA-21"),
        _ => None,
    }
}

/// Seconds from scan to scan.
pub(crate) const SCAN_SECONDS: f64 = 1.7864;
