//! One picture of a camera or drone at one time.

use crate::time::Utc;
use image::RgbImage;
use ndarray::Array2;

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

/// A picture of temperatures: rows from the upper one, degrees C; NaN where nothing was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Thermal {
    /// Rows and columns.
    pub celsius: Array2<f32>,
}

impl Thermal {
    /// Width and height, px.
    pub fn size(&self) -> (usize, usize) {
        let (rows, columns) = self.celsius.dim();
        (columns, rows)
    }
}
