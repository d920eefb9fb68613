//! One picture of bytes that nobody vouches for: JPEG, PNG or WebP, within bounds of size and memory.

use super::{MOST_BYTES, MOST_PIXELS, jpeg};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};
use std::io::Cursor;
use std::sync::LazyLock;
use tokio::sync::{Semaphore, SemaphorePermit};

/// So many pictures are decoded at once in the whole program, and as many by children, so that fifty cameras need no more memory than the
/// cores can use: a decoder of H.264 holds some 20 MB.
static ROOM: LazyLock<Semaphore> = LazyLock::new(cores);
static CHILDREN: LazyLock<Semaphore> = LazyLock::new(cores);

fn cores() -> Semaphore {
    Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from))
}

/// Waits until a picture may be decoded here; held until it is.
pub(super) async fn room() -> Option<SemaphorePermit<'static>> {
    ROOM.acquire().await.ok()
}

/// Waits until a child may decode; held until it has.
pub(super) async fn room_for_child() -> Option<SemaphorePermit<'static>> {
    CHILDREN.acquire().await.ok()
}

/// Decodes a picture; the text says what was found instead of one.
pub(super) fn decode(bytes: &[u8]) -> Result<RgbImage, String> {
    if bytes.is_empty() {
        return Err("no bytes".to_string());
    }
    if bytes.len() > MOST_BYTES {
        return Err(format!("a picture of {} MB, more than {} MB", bytes.len() >> 20, MOST_BYTES >> 20));
    }
    if jpeg::is_jpeg(bytes) && !jpeg::walk(bytes).is_whole {
        return Err("a JPEG that is cut off before its end".to_string());
    }
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| error.to_string())?;
    if reader.format().is_none() {
        return Err(match bytes.iter().take(16).all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
            true => format!("text ({})", crate::http::one_line(&String::from_utf8_lossy(bytes), 60)),
            false => "bytes of no JPEG, PNG or WebP".to_string(),
        });
    }
    let mut decoder = reader.into_decoder().map_err(told)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(8 * MOST_PIXELS);
    decoder.set_limits(limits).map_err(told)?;
    let turned = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(told)?;
    if let Some(turned) = turned {
        picture.apply_orientation(turned);
    }
    Ok(picture.into_rgb8())
}

/// Decodes away from the threads that wait for cameras.
pub(super) async fn decode_apart(bytes: Vec<u8>) -> Result<RgbImage, String> {
    let _room = room().await;
    let decoded = tokio::task::spawn_blocking(move || decode(&bytes)).await;
    decoded.unwrap_or_else(|_| Err("a picture that the decoder broke on".to_string()))
}

/// Whether there may be a picture of this size.
pub(super) fn check_size(width: u32, height: u32) -> Result<(), String> {
    match u64::from(width) * u64::from(height) {
        0 => Err(format!("a picture of {width}x{height}")),
        pixels if pixels > MOST_PIXELS => Err(format!("a picture of {width}x{height}, more than {MOST_PIXELS} pixels")),
        _ => Ok(()),
    }
}

fn told(error: image::ImageError) -> String {
    format!("a damaged picture ({})", crate::http::one_line(&crate::http::chain(&error), 120))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        RgbImage::new(width, height).write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).expect("encoded");
        bytes
    }

    /// A PNG whose header claims another size, with its checksum (CRC-32 by zlib's crc32 of Python).
    fn bomb() -> Vec<u8> {
        let mut bytes = png(8, 8);
        bytes[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
        bytes[29..33].copy_from_slice(&0x0fb0_e215u32.to_be_bytes());
        bytes
    }

    #[test]
    fn good_ones_are_decoded() {
        assert_eq!(decode(&png(9, 5)).map(|picture| picture.dimensions()), Ok((9, 5)));
        let grey = image::GrayImage::from_pixel(16, 16, image::Luma([200]));
        let mut bytes = Vec::new();
        grey.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Jpeg).expect("encoded");
        let picture = decode(&bytes).expect("a picture");
        assert!(picture.pixels().all(|pixel| pixel.0.iter().all(|value| value.abs_diff(200) < 2)));
    }

    #[test]
    fn bad_ones_are_told_and_nothing_is_allocated_for_a_bomb() {
        let mut jpeg = Vec::new();
        image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&RgbImage::new(64, 64)).expect("encoded");
        let mut huge = jpeg.clone();
        let at = huge.windows(2).position(|two| two == [0xFF, 0xC0]).expect("a frame header");
        huge[at + 5..at + 9].copy_from_slice(&[0xEA, 0x60, 0xEA, 0x60]);
        let mut none = jpeg.clone();
        none[at + 5..at + 9].fill(0);
        for (bytes, said) in [
            (&b""[..], "no bytes"),
            (b"<html>no such page</html>", "text (<html>no such"),
            (&[7; 400], "bytes of no JPEG"),
            (&jpeg[..jpeg.len() / 2], "cut off"),
            (&png(64, 64)[..60], "damaged"),
            (&bomb(), "60000x60000"),
            (&huge, "60000x60000"),
            (&none, ""),
            (&vec![0; MOST_BYTES + 1], "a picture of 64 MB"),
        ] {
            let error = decode(bytes).expect_err(said);
            assert!(error.contains(said), "{said}: {error}");
        }
    }
}
