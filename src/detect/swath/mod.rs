//! Detectors of polar orbiters: what they share.

pub mod background;
pub mod found;
pub mod ground;
pub mod merge;
pub mod power;
mod record;

#[cfg(test)]
pub mod battery;
#[cfg(test)]
pub mod made;

use super::{Detection, modis, viirs_i};
use crate::fire::Confidence;
use crate::scene::PixelClass;
use crate::scene::swath::{Instrument, SwathScene};
use crate::thresholds::{Profile, Thresholds};
use found::SwathFound;
use merge::merge_duplicates;
use power::Powers;
use record::Recorder;

/// Pixels around an area that must be read so that the area's result is the same as in the whole granule: a background
/// window (15) and the pixel of the power band at its edge (1) can hold a fire, which stands beside a sure one (1) whose
/// doubt asks its neighbours (1), and each of these asks for half the window of the VIIRS median (250), whose valid
/// pixels `plateau` chooses by the clear sky around them. MODIS asks for less: 10 and 150.
pub const HALO: usize = 15 + 3 + 250 + super::clear_sky::HALO;

/// Finds the fire pixels of a swath by the algorithm of its instrument, each fire once.
pub fn detect(scene: &SwathScene, profile: Profile, thresholds: &Thresholds) -> Detection {
    let modis = |t| modis::find(scene, profile, t, &thresholds.mask);
    let (algorithm, SwathFound { fires, classes }) = match scene.instrument {
        Instrument::ViirsI => ("viirs-375m", viirs_i::find(scene, profile, thresholds)),
        Instrument::ViirsM => ("viirs-750m", modis(&thresholds.viirs_m)),
        Instrument::Modis => ("modis-c6", modis(&thresholds.modis)),
        Instrument::Mersi2 => ("mersi2-modis", modis(&thresholds.mersi2)),
        Instrument::Slstr => ("slstr-modis", modis(&thresholds.slstr)),
    };
    let places: Vec<_> = fires.iter().map(|fire| fire.at).collect();
    let recorder = Recorder { scene, powers: Powers::of(scene, &places), algorithm, profile, thresholds };
    let seen = fires.iter().filter_map(|fire| recorder.record(fire)).collect();
    let share = f64::from(match scene.instrument {
        Instrument::ViirsI | Instrument::ViirsM => thresholds.place.viirs_duplicate_pixels,
        _ => thresholds.place.duplicate_pixels,
    });
    let (fires, merged) = merge_duplicates(seen, share, 2 * scene.instrument.scan_lines());
    Detection { fires, classes, algorithm, merged, slot: None, stray_kelvin: 0.0, judged: 0.0 }
}

/// The value of a class in the fire masks of VNP14IMG and, but for 1 and 2, MOD14 (ALGORITHMS 1.10, 2.7).
pub fn mask_value(class: PixelClass, confidence: Option<Confidence>) -> u8 {
    match (class, confidence) {
        (PixelClass::Fire, Some(Confidence::Low)) => 7,
        (PixelClass::Fire, Some(Confidence::High)) => 9,
        (PixelClass::Fire, _) => 8,
        (PixelClass::BowTie, _) => 1,
        (PixelClass::Glint, _) => 2,
        (PixelClass::Water, _) => 3,
        (PixelClass::Cloud, _) => 4,
        (PixelClass::Clear, _) => 5,
        (PixelClass::NoBackground, _) => 6,
        (PixelClass::Missing | PixelClass::OffEarth | PixelClass::Oblique, _) => 0,
    }
}
