//! One picture of a camera or drone at one time.

use crate::time::Utc;
use image::RgbImage;

/// A decoded picture, and where it is from. Line 0 is the upper one.
#[derive(Debug, Clone)]
pub struct Frame {
    /// When it was taken.
    pub time: Utc,
    /// Where it is from, for people: a file, or the camera and its address without a password.
    pub source: String,
    /// Colours, sRGB.
    pub image: RgbImage,
}
