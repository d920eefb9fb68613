//! What must be known of a JPEG before it is decoded: whether it is whole, its size, and its EXIF (ITU-T T.81, B.1; EXIF 2.32, 4.7).

/// What a walk over the markers found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Walk<'a> {
    /// Width and height of the first frame header.
    pub size: Option<(u16, u16)>,
    /// TIFF bytes of the EXIF segment.
    pub exif: Option<&'a [u8]>,
    /// The XMP packet (XMP specification, part 3, 1.1.3).
    pub xmp: Option<&'a [u8]>,
    /// Whether the end of the picture was reached.
    pub is_whole: bool,
}

/// A segment with XMP begins so.
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Whether it begins as a JPEG does.
pub(super) fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xD8, 0xFF])
}

/// Goes over the markers of a JPEG, through its scans, up to the end of its picture or of the bytes.
pub(super) fn walk(bytes: &[u8]) -> Walk<'_> {
    let mut found = Walk::default();
    let mut at = 2;
    while let Some(marker) = next_marker(bytes, &mut at) {
        match marker {
            0xD9 => {
                found.is_whole = true;
                break;
            }
            // stand alone, within a scan or not
            0x01 | 0xD0..=0xD8 => continue,
            _ => {}
        }
        let Some(length) = bytes.get(at..at + 2).map(|two| usize::from(u16::from_be_bytes([two[0], two[1]]))) else {
            break;
        };
        let segment = bytes.get(at + 2..at + length.max(2)).unwrap_or_default();
        match marker {
            // frame headers; C4, C8 and CC are tables
            0xC0..=0xCF if ![0xC4, 0xC8, 0xCC].contains(&marker) && segment.len() >= 5 && found.size.is_none() => {
                let two = |at: usize| u16::from_be_bytes([segment[at], segment[at + 1]]);
                found.size = Some((two(3), two(1)));
            }
            0xE1 => {
                found.exif = found.exif.or_else(|| segment.strip_prefix(b"Exif\0\0"));
                found.xmp = found.xmp.or_else(|| segment.strip_prefix(XMP));
            }
            _ => {}
        }
        at += length.max(2);
    }
    found
}

/// The next marker, behind coded data, stuffed zeros and fill bytes; `at` goes behind it.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        *at += bytes.get(*at..)?.iter().position(|byte| *byte == 0xFF)? + 1;
        match *bytes.get(*at)? {
            0x00 => *at += 1,
            0xFF => {}
            marker => {
                *at += 1;
                return Some(marker);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn picture() -> Vec<u8> {
        let mut bytes = Vec::new();
        let image = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8]));
        image::codecs::jpeg::JpegEncoder::new(&mut bytes).encode_image(&image).expect("encoded");
        bytes
    }

    #[test]
    fn a_whole_one_ends_and_a_cut_one_does_not() {
        let bytes = picture();
        let found = walk(&bytes);
        assert_eq!((found.size, found.is_whole, found.exif), (Some((64, 48)), true, None));
        for length in 0..bytes.len() - 1 {
            assert!(!walk(&bytes[..length]).is_whole, "{length}");
        }
        let padded = [&bytes[..], &[0; 100]].concat();
        assert!(walk(&padded).is_whole, "cameras pad");
    }

    #[test]
    fn exif_is_found_and_a_preview_within_it_is_not_the_picture() {
        let preview = picture();
        let tiff = [&b"Exif\0\0MM\0*"[..], &preview].concat();
        let length = u16::try_from(tiff.len() + 2).expect("short").to_be_bytes();
        let whole = [&[0xFF, 0xD8, 0xFF, 0xE1][..], &length, &tiff, &picture()[2..]].concat();
        let found = walk(&whole);
        assert!(found.is_whole && found.exif.is_some_and(|exif| exif.starts_with(b"MM\0*")));
        assert!(!walk(&whole[..tiff.len() + 40]).is_whole);
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            walk(&bytes);
        }
    }
}
