//! H.264 decoded in this program, by OpenH264: pictures of 4:2:0 that are not interlaced.

use super::MOST_PIXELS;
use h264_reader::nal::sps::SeqParameterSet;
use h264_reader::rbsp::{BitReader, decode_nal};
use image::RgbImage;
use openh264::OpenH264API;
use openh264::decoder::{DecodedYUV, DecoderConfig, Flush};
use openh264::formats::YUVSource;
use std::fmt;

/// How luma and chroma become colours, as the stream says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Colours {
    /// 0 to 255 and not 16 to 235.
    is_full_range: bool,
    /// ITU-R BT.709 and not BT.601.
    is_bt709: bool,
}

/// A decoder with the pictures that the next ones need.
pub(super) struct Decoder {
    own: openh264::decoder::Decoder,
    colours: Colours,
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decoder({:?})", self.colours)
    }
}

impl Decoder {
    pub(super) fn new() -> Result<Self, String> {
        let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
        let own = openh264::decoder::Decoder::with_api_config(OpenH264API::from_source(), config);
        Ok(Decoder { own: own.map_err(|error| error.to_string())?, colours: Colours::default() })
    }

    /// The newest picture of these, each coded one with start codes.
    pub(super) fn newest(&mut self, units: &[Vec<u8>]) -> Result<RgbImage, String> {
        let mut newest = None;
        let last = units.len().saturating_sub(1);
        for (at, unit) in units.iter().enumerate() {
            self.read_parameters(unit)?;
            let picture = self.own.decode(unit).map_err(|error| error.to_string())?;
            // colours cost more than the picture: of the newest only
            if let Some(picture) = picture.filter(|_| at == last) {
                newest = Some(to_rgb(&picture, self.colours)?);
            }
        }
        if newest.is_none() {
            let waiting = self.own.flush_remaining().map_err(|error| error.to_string())?;
            newest = waiting.last().map(|picture| to_rgb(picture, self.colours)).transpose()?;
        }
        newest.ok_or_else(|| "no picture in it".to_string())
    }

    /// Size and colours of the sequence parameter set, where there is one.
    fn read_parameters(&mut self, unit: &[u8]) -> Result<(), String> {
        let Some(set) = nal_of_type(unit, 7) else { return Ok(()) };
        let bits = decode_nal(set).map_err(|error| error.to_string())?;
        let Ok(set) = SeqParameterSet::from_bits(BitReader::new(&*bits)) else { return Ok(()) };
        let (width, height) = set.pixel_dimensions().map_err(|error| format!("{error:?}"))?;
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            return Err(format!("pictures of {width}x{height}, more than {MOST_PIXELS} pixels"));
        }
        let signal = set.vui_parameters.and_then(|more| more.video_signal_type);
        self.colours = signal.map_or(Colours::default(), |signal| Colours {
            is_full_range: signal.video_full_range_flag,
            is_bt709: signal.colour_description.is_some_and(|colour| colour.matrix_coefficients == 1),
        });
        Ok(())
    }
}

/// The first NAL unit of a type among those with start codes.
fn nal_of_type(unit: &[u8], wanted: u8) -> Option<&[u8]> {
    let starts: Vec<usize> =
        unit.windows(3).enumerate().filter(|(_, bytes)| bytes == &[0, 0, 1]).map(|(at, _)| at + 3).take(8).collect();
    let at = *starts.iter().find(|at| unit.get(**at).is_some_and(|first| first & 0x1F == wanted))?;
    let end = starts.iter().find(|next| **next > at).map_or(unit.len(), |next| next - 3);
    let nal = unit.get(at..end)?;
    // a start code of four bytes begins with a zero of its own
    Some(nal.strip_suffix(&[0]).unwrap_or(nal))
}

/// Red, green and blue, in steps of 1/65536 (ITU-R BT.601-7, 2.5; BT.709-6, 3).
fn to_rgb(picture: &DecodedYUV<'_>, colours: Colours) -> Result<RgbImage, String> {
    let (width, height) = picture.dimensions();
    let (y_step, u_step, v_step) = picture.strides();
    let (black, luma) = if colours.is_full_range { (0, 65_536) } else { (16, 76_309) };
    let [red_v, green_u, green_v, blue_u] = match (colours.is_bt709, colours.is_full_range) {
        (false, false) => [104_597, 25_675, 53_279, 132_201],
        (false, true) => [91_881, 22_554, 46_802, 116_130],
        (true, false) => [117_489, 13_975, 34_925, 138_438],
        (true, true) => [103_206, 12_276, 30_679, 121_609],
    };
    let mut bytes = vec![0u8; width * height * 3];
    if bytes.is_empty() {
        return Err("a picture without size".to_string());
    }
    let short = || "a picture that is shorter than its size".to_string();
    for (line, out) in bytes.chunks_exact_mut(width * 3).enumerate() {
        let row = |plane: &'_ [u8], step: usize, line: usize, length: usize| -> Option<std::ops::Range<usize>> {
            let at = step * line;
            (at + length <= plane.len()).then_some(at..at + length)
        };
        let half = width.div_ceil(2);
        let ys = &picture.y()[row(picture.y(), y_step, line, width).ok_or_else(short)?];
        let us = &picture.u()[row(picture.u(), u_step, line / 2, half).ok_or_else(short)?];
        let vs = &picture.v()[row(picture.v(), v_step, line / 2, half).ok_or_else(short)?];
        for (at, (pixel, y)) in out.chunks_exact_mut(3).zip(ys).enumerate() {
            let y = luma * (i32::from(*y) - black) + 32_768;
            let (u, v) = (i32::from(us[at / 2]) - 128, i32::from(vs[at / 2]) - 128);
            let byte = |value: i32| (value >> 16).clamp(0, 255) as u8;
            pixel.copy_from_slice(&[byte(y + red_v * v), byte(y - green_u * u - green_v * v), byte(y + blue_u * u)]);
        }
    }
    RgbImage::from_raw(width as u32, height as u32, bytes).ok_or_else(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_set_is_found_between_start_codes() {
        let unit = [0, 0, 0, 1, 0x09, 0xF0, 0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 4];
        assert_eq!(nal_of_type(&unit, 7), Some(&[0x67, 1, 2][..]));
        assert_eq!(nal_of_type(&unit, 8), Some(&[0x68, 3][..]));
        assert_eq!(nal_of_type(&unit, 6), None);
        assert_eq!(nal_of_type(&[0, 0, 1], 7), None);
    }

    #[test]
    fn what_is_no_stream_is_an_error_and_no_picture() {
        let mut decoder = Decoder::new().expect("a decoder");
        for units in
            [vec![], vec![vec![]], vec![vec![0; 100]], vec![b"\0\0\0\x01\x67garbage\0\0\0\x01\x65garbage".to_vec()]]
        {
            assert!(decoder.newest(&units).is_err());
        }
    }
}
