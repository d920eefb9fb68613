//! Pictures of sightings, with what was marked in them.

use crate::deliver::atomic;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::watch::boxes::Mark;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use std::path::{Path, PathBuf};

/// The folder of pictures of a run.
pub(super) struct Evidence {
    folder: PathBuf,
    kept: usize,
}

/// So many pictures of a run are kept; later sightings have none, and say so by that.
const MOST: usize = 2000;
/// Quality of a JPEG, of 100.
const QUALITY: u8 = 85;
/// Width of a frame around a mark, px; a black line within a white one stands out everywhere.
const LINE: i64 = 2;

impl Evidence {
    pub(super) fn of(out: &Path) -> Evidence {
        Evidence { folder: out.join("evidence"), kept: 0 }
    }

    /// Keeps the frame of a sighting; gives its path, or nothing where the bound is reached.
    pub(super) fn keep(&mut self, id: &str, frame: &Frame, mark: &Mark) -> Result<Option<String>> {
        if self.kept >= MOST {
            return Ok(None);
        }
        std::fs::create_dir_all(&self.folder).map_err(|error| Error::output(&self.folder, error))?;
        let path = self.folder.join(format!("{id}.jpg"));
        let marked = marked(&frame.image, mark);
        let mut bytes = Vec::new();
        let written = JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&marked);
        written.map_err(|error| Error::output(&path, error))?;
        atomic::write_bytes(&path, &bytes)?;
        self.kept += 1;
        Ok(Some(path.display().to_string()))
    }
}

/// The picture with a frame around a mark.
fn marked(image: &RgbImage, mark: &Mark) -> RgbImage {
    let mut drawn = image.clone();
    let [left, top, right, bottom] = [mark.left, mark.top, mark.right, mark.bottom].map(|edge| edge.round() as i64);
    for (out, colour) in [(2 * LINE, Rgb([255, 255, 255])), (LINE, Rgb([200, 0, 0]))] {
        for line in 0..LINE {
            let away = out - line;
            let (x0, y0, x1, y1) = (left - away, top - away, right - 1 + away, bottom - 1 + away);
            (x0..=x1).for_each(|x| [y0, y1].into_iter().for_each(|y| dot(&mut drawn, x, y, colour)));
            (y0..=y1).for_each(|y| [x0, x1].into_iter().for_each(|x| dot(&mut drawn, x, y, colour)));
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
