//! What a detector of swaths gives.

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
