//! VIIRS of Suomi-NPP, NOAA-20 and NOAA-21: the NASA Level 1B and the NOAA SDR, I bands and M bands.

mod calibrated;
pub(crate) mod l1b;
pub(crate) mod planck;
pub(crate) mod sdr;

use super::granule::{Granule, GranuleFile};
use super::swath::{self, Opened};
use super::{Extent, Reading};
use crate::error::Result;
use crate::ingest::Note;
use crate::ingest::note::Consequence;
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

/// A product that comes as I bands, as M bands or as both.
pub(crate) struct Product {
    /// Opens the files of one granule for one of the two scanners.
    pub(crate) open: fn(&[GranuleFile], Instrument) -> Result<Opened>,
    /// Kinds of files without which the I bands cannot be searched, that of I4 first, and what they are called.
    pub(crate) imagery: &'static [(u8, &'static str)],
    /// Kinds of further files of the I bands.
    pub(crate) beside: &'static [u8],
    /// Kinds of files without which the M bands cannot be searched.
    pub(crate) moderate: &'static [u8],
}

/// Reads the I bands of an overpass, or its M bands where it has no I4 or where nothing of the site comes out of the I
/// bands: the M bands see less, but more than nothing.
///
/// # Errors
/// When neither can be read.
pub(crate) fn read(granule: &Granule, extent: &Extent, product: &Product) -> Result<Reading> {
    let has = |kind: &u8| granule.files.iter().any(|file| file.band == *kind);
    let read = |instrument| swath::read(granule, extent, &|files| (product.open)(files, instrument));
    let absent: Vec<&str> = product.imagery.iter().filter(|(kind, _)| !has(kind)).map(|(_, name)| *name).collect();
    let can_be_moderate = product.moderate.iter().all(has);
    if !absent.is_empty() && can_be_moderate || product.imagery.first().is_some_and(|(kind, _)| !has(kind)) {
        let mut reading = read(Instrument::ViirsM)?;
        if absent.len() < product.imagery.len() || product.beside.iter().any(has) {
            let note = Note::new(
                format!("no {}; the M bands at 750 m are searched instead", absent.join(", no ")),
                format!("未收到 {}: 改用 750 m 的 M 波段", absent.join("、")),
            );
            reading.notes.insert(0, note);
        }
        return Ok(reading);
    }
    let imagery = read(Instrument::ViirsI);
    let failed = match &imagery {
        Ok(reading) => reading.look.is_none() && !reading.problems.is_empty(),
        Err(_) => true,
    };
    if !(failed && can_be_moderate) {
        return imagery;
    }
    match read(Instrument::ViirsM) {
        Ok(mut reading) if reading.look.is_some() => {
            let errors = imagery.map_or_else(|error| vec![error], |reading| reading.problems);
            let instead = errors.into_iter().map(|error| error.advise("the M bands are searched in its place"));
            reading.problems.splice(0..0, instead);
            Ok(reading)
        }
        _ => imagery,
    }
}

/// Which tests fall away without a reflective band (ALGORITHMS 2.2 to 2.7).
pub(crate) fn without(role: BandRole) -> Consequence {
    match role {
        BandRole::Red | BandRole::Nir => (
            "without it the daytime cloud, water, glint and hot-surface tests fall away: daytime fires are less sure",
            "缺它则不做白天的云、水体、耀斑和热地表检验, 白天火点把握较低",
        ),
        _ => (
            "without it the daytime water and bright-target tests fall away: daytime fires are less sure",
            "缺它则不做白天的水体和亮目标检验, 白天火点把握较低",
        ),
    }
}

/// What follows without M13 under the I bands.
pub(crate) const NO_POWER_BAND: Consequence =
    ("without M13 power comes from I04, and where that is saturated there is none", "功率取自 I04, 其饱和处没有功率");

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
