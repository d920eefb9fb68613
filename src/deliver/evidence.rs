//! Pictures of what a camera saw, with a frame around it or a cross where it should be.

use crate::error::{Error, Result};
use crate::watch::boxes::Mark;
use image::codecs::jpeg::JpegEncoder;
use image::imageops;
use image::{Rgb, RgbImage};
use std::path::Path;

/// Quality of a JPEG, of 100.
const QUALITY: u8 = 85;
/// Width of each line of a frame, px: a dark line within a white one stands out everywhere.
const LINE: i64 = 2;
const WHITE: Rgb<u8> = Rgb([255, 255, 255]);
const RED: Rgb<u8> = Rgb([200, 0, 0]);

/// A picture as JPEG; `name` is what it is called in an error.
///
/// # Errors
/// [`Error::Output`] where it has no pixels or more than a JPEG can have.
pub fn jpeg(picture: &RgbImage, name: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let written = JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(picture);
    written.map_err(|error| Error::output(name, error))?;
    Ok(bytes)
}

/// The same picture, no wider than so many pixels.
pub fn no_wider(picture: &RgbImage, most: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    if width <= most {
        return picture.clone();
    }
    let to = (u64::from(height) * u64::from(most) / u64::from(width)).max(1);
    imageops::thumbnail(picture, most, u32::try_from(to).unwrap_or(1))
}

/// The picture with a frame around a mark.
pub fn marked(picture: &RgbImage, mark: &Mark) -> RgbImage {
    let mut drawn = picture.clone();
    let [left, top, right, bottom] = [mark.left, mark.top, mark.right, mark.bottom].map(|edge| edge.round() as i64);
    for (out, colour) in [(2 * LINE, WHITE), (LINE, RED)] {
        for line in 0..LINE {
            let away = out - line;
            let (x0, y0, x1, y1) = (left - away, top - away, right - 1 + away, bottom - 1 + away);
            (x0..=x1).for_each(|x| [y0, y1].into_iter().for_each(|y| dot(&mut drawn, x, y, colour)));
            (y0..=y1).for_each(|y| [x0, x1].into_iter().for_each(|x| dot(&mut drawn, x, y, colour)));
        }
    }
    drawn
}

/// Arms of a cross begin and end so far from its middle, px: what is there stays to be seen.
const ARM: (i64, i64) = (12, 40);

/// The picture with a cross around a pixel.
pub fn crossed(picture: &RgbImage, (u, v): (f64, f64)) -> RgbImage {
    let mut drawn = picture.clone();
    let (x, y) = (u.round() as i64, v.round() as i64);
    for (half, colour) in [(LINE, WHITE), (LINE / 2, RED)] {
        for along in ARM.0..=ARM.1 {
            for across in -half..=half {
                for sign in [-1, 1] {
                    dot(&mut drawn, x + sign * along, y + across, colour);
                    dot(&mut drawn, x + across, y + sign * along, colour);
                }
            }
        }
    }
    drawn
}

fn dot(image: &mut RgbImage, x: i64, y: i64, colour: Rgb<u8>) {
    let at = u32::try_from(x).ok().zip(u32::try_from(y).ok());
    if let Some(pixel) = at.and_then(|(x, y)| image.get_pixel_mut_checked(x, y)) {
        *pixel = colour;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::Kind;

    /// By hand: a mark of the pixels 10..20 x 10..20 stays as it is; the red line is two pixels wide around it, the white one around that.
    #[test]
    fn a_frame_lies_around_what_is_marked() {
        let picture = RgbImage::new(40, 40);
        let mark = Mark { kind: Kind::Smoke, score: 0.5, left: 10.0, top: 10.0, right: 20.0, bottom: 20.0 };
        let drawn = marked(&picture, &mark);
        let line: Vec<Rgb<u8>> = (4..12).map(|x| *drawn.get_pixel(x, 15)).collect();
        let black = Rgb([0; 3]);
        assert_eq!(line, [black, black, WHITE, WHITE, RED, RED, black, black]);
        let outside = Mark { left: -50.0, top: 30.0, right: 90.0, bottom: 99.0, ..mark };
        assert_eq!(marked(&picture, &outside).dimensions(), (40, 40));
    }

    #[test]
    fn a_cross_leaves_its_middle() {
        let drawn = crossed(&RgbImage::new(100, 100), (50.0, 50.0));
        assert_eq!((*drawn.get_pixel(50, 50), *drawn.get_pixel(70, 50)), (Rgb([0; 3]), RED));
        assert_eq!((*drawn.get_pixel(50, 30), *drawn.get_pixel(52, 30)), (RED, WHITE));
        assert_eq!(no_wider(&drawn, 50).dimensions(), (50, 50));
        assert_eq!(no_wider(&RgbImage::new(3000, 1), 960).dimensions(), (960, 1));
    }
}
