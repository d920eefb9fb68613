//! Keep or drop: each rule says why, and nothing is deleted.

use crate::fire::{CountyName, DropReason, FirePixel, Verdict};

/// Writes the county into the pixel and drops the pixel where it has none. An earlier drop keeps its own reason.
///
/// Not called where the region is `none`: then every pixel is kept, wherever it lies.
pub fn inside_counties(pixel: &mut FirePixel, county: Option<&CountyName>) {
    pixel.county = county.cloned();
    if county.is_none() && pixel.verdict == Verdict::Kept {
        pixel.verdict = Verdict::Dropped(DropReason::OutsideCounties);
    }
}
