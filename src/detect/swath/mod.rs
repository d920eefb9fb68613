//! Detectors of polar orbiters: what they share.

pub mod background;
pub mod ground;
pub mod power;

#[cfg(test)]
pub mod battery;
#[cfg(test)]
pub mod made;

use crate::fire::Confidence;
use crate::scene::PixelClass;
use ndarray::Array2;

/// What a swath detector found at a pixel of the window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SwathFire {
    /// Line and column in the window.
    pub at: (usize, usize),
    /// Day by the detector's rule.
    pub day: bool,
    /// Confidence.
    pub confidence: Confidence,
    /// Confidence in per cent where the algorithm computes one (MODIS).
    pub confidence_pct: Option<f32>,
    /// Background, where there was one.
    pub background: Option<SwathBackground>,
}

/// Means over the valid background of a fire.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SwathBackground {
    /// Mean MIR temperature, K.
    pub mir_k: f32,
    /// Mean window-band temperature, K.
    pub tir_k: f32,
    /// Mean radiance (W m-2 sr-1 um-1) of the band that gives the power: `SwathScene::power`, else MIR.
    pub power_radiance: Option<f64>,
}

/// Classes of every pixel of a swath's window and the fires in line order.
#[derive(Debug)]
pub struct SwathFound {
    /// Fires.
    pub fires: Vec<SwathFire>,
    /// Classes.
    pub classes: Array2<PixelClass>,
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

/// Temporary.
pub const HALO: usize = 270;
/// Temporary.
pub fn detect(
    scene: &crate::scene::swath::SwathScene,
    profile: crate::thresholds::Profile,
    t: &crate::thresholds::Thresholds,
) -> super::Detection {
    let found = super::viirs_i::find(scene, profile, t);
    let fires = found
        .fires
        .iter()
        .filter_map(|f| {
            let mut p = crate::fire::FirePixel::bare(format!("{:?}", f.at), scene.time, scene.place(f.at)?);
            p.confidence = f.confidence;
            Some(p)
        })
        .collect();
    super::Detection { fires, classes: found.classes, algorithm: "viirs-375m" }
}
