//! A picture for publishing: made smaller, without what a phone wrote into it, with a line that goes wherever it goes.

use crate::deliver::evidence::jpeg;
use crate::deliver::quicklook::captioned;
use crate::imagery::pixels_of;
use image::imageops;
use std::path::Path;

/// Longest side of a picture for publishing, px.
pub(super) const LONGEST: u32 = 1280;

/// The picture anew, of its pixels alone: EXIF, XMP and what else was in the file stay behind. `line` is in Chinese, and in plain letters.
///
/// # Errors
/// In words, where it is no picture that can be read.
pub(super) fn masked(bytes: &[u8], line: (&str, &str)) -> Result<Vec<u8>, String> {
    let picture = pixels_of(bytes)?;
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    let small = if longest > LONGEST {
        let to = |side: u32| {
            u32::try_from(u64::from(side) * u64::from(LONGEST) / u64::from(longest)).unwrap_or(LONGEST).max(1)
        };
        imageops::thumbnail(&picture, to(width), to(height))
    } else {
        picture
    };
    jpeg(&captioned(&small, line), Path::new("evidence")).map_err(|error| error.to_string())
}

/// A picture for a document: small, and a JPEG whatever it was.
pub(super) fn for_document(bytes: &[u8]) -> Option<Vec<u8>> {
    let picture = crate::deliver::evidence::no_wider(&pixels_of(bytes).ok()?, 900);
    jpeg(&picture, Path::new("evidence")).ok()
}
