//! Words burnt into a picture: a strip below it that goes wherever the picture goes.

use super::canvas::Canvas;
use super::lettering::Lettering;
use super::{INK, PAPER};
use image::{RgbImage, imageops};

/// The picture with a line below it, in Chinese, or in letters that every machine has.
pub fn captioned(picture: &RgbImage, (chinese, ascii): (&str, &str)) -> RgbImage {
    let letters = Lettering::of_system();
    let words = letters.pick(chinese, ascii);
    let width = picture.width() as usize;
    let fits = |height: &f64| letters.width(words, *height) + 16.0 <= width as f64;
    let height = [26.0, 22.0, 18.0, 15.0, 12.0].into_iter().find(fits).unwrap_or(10.0);
    let mut strip = Canvas::new(width, (height * 1.7).ceil() as usize, PAPER);
    letters.write(&mut strip, (8.0, height * 0.3), height, words, INK);
    let Some(strip) = strip.picture() else { return picture.clone() };
    let mut whole = RgbImage::new(picture.width(), picture.height() + strip.height());
    imageops::replace(&mut whole, picture, 0, 0);
    imageops::replace(&mut whole, &strip, 0, i64::from(picture.height()));
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_stands_below_the_picture() {
        let picture = RgbImage::from_pixel(640, 100, image::Rgb([10, 200, 10]));
        let whole = captioned(&picture, ("海东市 2025-10-20", "2025-10-20"));
        assert!(whole.width() == 640 && whole.height() > 115);
        assert_eq!(whole.get_pixel(639, 99).0, [10, 200, 10]);
        assert!((100..whole.height()).any(|y| (0..640).any(|x| whole.get_pixel(x, y).0[0] > 200)), "written");
    }
}
