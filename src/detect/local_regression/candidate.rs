//! Pixels that are looked at closely, tile by tile.

use super::predict::Prediction;
use crate::detect::tile::Tile;

/// Sides of the background window, tried in turn; the centre 3 x 3 never counts (FTA grows 11 to 31).
pub(super) const SIDES: [usize; 4] = [11, 15, 21, 31];
/// A pixel that is looked at closely, and what its background says.
pub(super) struct Candidate {
    /// Line and column in the window.
    pub(super) at: (usize, usize),
    /// Day by the detector's rule.
    pub(super) day: bool,
    /// MIR temperature above the absolute threshold.
    pub(super) absolute: bool,
    /// `None` without a background.
    pub(super) judged: Option<Judged>,
}

/// The candidates of one tile.
pub(super) struct Looked {
    /// The tile.
    pub(super) tile: Tile,
    /// Its candidates, line by line.
    pub(super) candidates: Vec<Candidate>,
    /// Pixels kept out of backgrounds in the first pass.
    pub(super) seeds: Vec<(usize, usize)>,
    /// Whether the background of some candidate changed since it was judged.
    pub(super) stale: bool,
}

/// A candidate beside its background.
#[derive(Clone, Copy)]
pub(super) struct Judged {
    /// What the background says.
    pub(super) prediction: Prediction,
    /// MIR radiance of the pixel, W m-2 sr-1 um-1.
    pub(super) mir: f64,
    /// Residual in prediction standard deviations.
    pub(super) z: f64,
    /// Residual in kelvin at the background's MIR temperature.
    pub(super) kelvin: f64,
    /// 3.9 um radiance of a white surface in this sun.
    pub(super) sun: f64,
    /// What its predictors know of the sun: 0 to 2.
    pub(super) solar_level: usize,
}
