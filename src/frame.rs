//! One picture of a camera or drone at one time.

use crate::time::Utc;
use image::RgbImage;

/// A decoded picture, and where it is from. Line 0 is the upper one.
#[derive(Debug, Clone)]
pub struct Frame {
    /// When it was taken.
    pub time: Utc,
    /// Whether the picture or its name says so; else the time is that of the file, and says nothing of what came before.
    pub is_dated: bool,
    /// Where it is from, for people: a file, or the camera and its address without a password.
    pub source: String,
    /// Colours, sRGB.
    pub image: RgbImage,
}
