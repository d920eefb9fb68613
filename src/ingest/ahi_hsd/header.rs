//! Header of a Himawari Standard Data segment: eleven blocks, each found by its own length.
//!
//! Layout: Himawari Standard Data Format for User's Guide (JMA), restated in ALGORITHMS 7.1.

use crate::error::{Error, Result};
use std::io::Read;
use std::path::Path;

/// All of the header that has a meaning for us; text fields without their padding.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Block number and length (bytes) of every block, in file order.
    pub blocks: Vec<(u8, u32)>,
    /// Whether numbers are big-endian.
    pub big_endian: bool,
    /// Satellite, e.g. `Himawari-9`.
    pub satellite: String,
    /// Processing centre, e.g. `MSC`; `SIM` for simulated data.
    pub centre: String,
    /// Area, e.g. `FLDK`.
    pub area: String,
    /// Slot, hhmm as a number.
    pub timeline: u16,
    /// Observation start, end and file creation, modified Julian dates.
    pub mjd: [f64; 3],
    /// Bytes of the header.
    pub header_bytes: u32,
    /// Bytes of the data.
    pub data_bytes: u32,
    /// Quality flags 1 to 4.
    pub quality: [u8; 4],
    /// Format version.
    pub version: String,
    /// File name as its maker wrote it.
    pub file_name: String,
    /// Bits a pixel (16).
    pub bits: u16,
    /// Columns of the segment.
    pub columns: u16,
    /// Lines of the segment.
    pub lines: u16,
    /// 0 none, 1 gzip, 2 bzip2 of the data part.
    pub compression: u8,
    /// Projection, block 3.
    pub projection: Projection,
    /// Block 4: time (MJD), sub-satellite longitude and latitude (deg), satellite distance (km), nadir longitude and
    /// latitude (deg), sun x, y, z and moon x, y, z (km).
    pub navigation: [f64; 12],
    /// Calibration, block 5.
    pub calibration: Calibration,
    /// Block 7: total number of segments, this one's number, its first line (from 1).
    pub segment: (u8, u8, u16),
}

/// Block 3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    /// Sub-satellite longitude of the grid, degrees.
    pub sub_lon_deg: f64,
    /// Column and line scaling factors, 2^16 per degree.
    pub factors: [u32; 2],
    /// Column and line offsets (from 1).
    pub offsets: [f32; 2],
    /// Distance from the earth's centre to the satellite, km.
    pub distance_km: f64,
    /// Equatorial and polar radius, km.
    pub radii_km: [f64; 2],
    /// (req2-rpol2)/req2, rpol2/req2, req2/rpol2 and the coefficient of Sd.
    pub ratios: [f64; 4],
    /// Resampling type and size.
    pub resampling: [i16; 2],
}

/// Block 5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Band number.
    pub band: u16,
    /// Central wavelength, um.
    pub wavelength_um: f64,
    /// Valid bits of a count.
    pub valid_bits: u16,
    /// Count of an error pixel.
    pub error_count: u16,
    /// Count outside the scan.
    pub outside_count: u16,
    /// Radiance (W m-2 sr-1 um-1) = gain * count + offset.
    pub gain: f64,
    /// See `gain`.
    pub offset: f64,
    /// Band 7-16: radiance to temperature c0-c2, back C0-C2, c, h, k. Band 1-6: c', update time, gain, offset, then 0.
    pub coefficients: [f64; 9],
}

/// Bands from this number on measure heat.
pub const FIRST_INFRARED_BAND: u16 = 7;
const BLOCKS: u8 = 11;
const BASIC_BYTES: usize = 282;
/// Real headers have 1,523 bytes or a little more; larger claims are damage and must not make us allocate.
const LARGEST_HEADER: usize = 1 << 20;

/// Reads the header and leaves `input` at the first byte of the data.
///
/// # Errors
/// `Error::Input` with what was found when it is not a Himawari segment or is cut short.
pub fn read(input: &mut impl Read, path: &Path) -> Result<Header> {
    let mut bytes = vec![0; BASIC_BYTES];
    fill(input, &mut bytes, path)?;
    let first = Fields { bytes: &bytes, big_endian: bytes[5] == 1 };
    if bytes[0] != 1 || first.u16(1) as usize != BASIC_BYTES || bytes[5] > 1 {
        let found = format!("first bytes {:02x?}", &bytes[..6]);
        return Err(foreign(path, found, "block 1 of 282 bytes with byte order 0 or 1 (Himawari Standard Data)"));
    }
    let total = first.u32(70) as usize;
    if !(BASIC_BYTES..LARGEST_HEADER).contains(&total) {
        return Err(foreign(path, format!("a header length of {total} bytes"), "about 1,523 bytes"));
    }
    bytes.resize(total, 0);
    fill(input, &mut bytes[BASIC_BYTES..], path)?;
    parse(&bytes, path)
}

fn fill(input: &mut impl Read, bytes: &mut [u8], path: &Path) -> Result<()> {
    input.read_exact(bytes).map_err(|error| {
        let found = format!("the end or damage within the header ({error})");
        Error::input(path, found, "a whole Himawari segment", "fetch the file again")
    })
}

fn foreign(path: &Path, found: impl Into<String>, expected: impl Into<String>) -> Error {
    Error::input(path, found, expected, "check that this is an HS_H0x .DAT segment and fetch it again")
}

fn parse(bytes: &[u8], path: &Path) -> Result<Header> {
    let big_endian = bytes[5] == 1;
    let mut blocks = Vec::new();
    let mut starts = [0; BLOCKS as usize];
    let mut at = 0;
    for expected in 1..=BLOCKS {
        let (number, length) = block_at(bytes, at, big_endian)
            .ok_or_else(|| foreign(path, format!("block {expected} beyond the header's end"), "11 blocks within it"))?;
        if number != expected || (length as usize) < shortest(expected) || at + length as usize > bytes.len() {
            let found = format!("block number {number} of {length} bytes at byte {at}");
            return Err(foreign(path, found, format!("block {expected} of {} bytes or more", shortest(expected))));
        }
        starts[usize::from(expected) - 1] = at;
        blocks.push((number, length));
        at += length as usize;
    }
    let block = |number: usize| Fields { bytes: &bytes[starts[number - 1]..], big_endian };
    let (b1, b2, b3, b4, b7) = (block(1), block(2), block(3), block(4), block(7));
    Ok(Header {
        big_endian,
        satellite: b1.text(6, 16),
        centre: b1.text(22, 16),
        area: b1.text(38, 4),
        timeline: b1.u16(44),
        mjd: [b1.f64(46), b1.f64(54), b1.f64(62)],
        header_bytes: b1.u32(70),
        data_bytes: b1.u32(74),
        quality: [b1.bytes[78], b1.bytes[79], b1.bytes[80], b1.bytes[81]],
        version: b1.text(82, 32),
        file_name: b1.text(114, 128),
        bits: b2.u16(3),
        columns: b2.u16(5),
        lines: b2.u16(7),
        compression: b2.bytes[9],
        projection: projection(&b3),
        navigation: std::array::from_fn(|i| b4.f64(3 + 8 * i)),
        calibration: calibration(&block(5)),
        segment: (b7.bytes[3], b7.bytes[4], b7.u16(5)),
        blocks,
    })
}

/// Number and length of the block at a byte; block 10 (error lines) has a four-byte length.
fn block_at(bytes: &[u8], at: usize, big_endian: bool) -> Option<(u8, u32)> {
    let head = bytes.get(at..at + 5)?;
    let fields = Fields { bytes: head, big_endian };
    let length = if head[0] == 10 { fields.u32(1) } else { u32::from(fields.u16(1)) };
    Some((head[0], length))
}

/// Bytes that the fields read from a block take; blocks that are only skipped need their head.
fn shortest(block: u8) -> usize {
    match block {
        1 => BASIC_BYTES,
        2 => 10,
        3 => 87,
        4 => 99,
        5 => 107,
        7 => 7,
        10 => 5,
        _ => 3,
    }
}

fn projection(b: &Fields) -> Projection {
    Projection {
        sub_lon_deg: b.f64(3),
        factors: [b.u32(11), b.u32(15)],
        offsets: [f32::from_bits(b.u32(19)), f32::from_bits(b.u32(23))],
        distance_km: b.f64(27),
        radii_km: [b.f64(35), b.f64(43)],
        ratios: std::array::from_fn(|i| b.f64(51 + 8 * i)),
        resampling: [b.u16(83).cast_signed(), b.u16(85).cast_signed()],
    }
}

fn calibration(b: &Fields) -> Calibration {
    let band = b.u16(3);
    let used = if band >= FIRST_INFRARED_BAND { 9 } else { 4 };
    Calibration {
        band,
        wavelength_um: b.f64(5),
        valid_bits: b.u16(13),
        error_count: b.u16(15),
        outside_count: b.u16(17),
        gain: b.f64(19),
        offset: b.f64(27),
        coefficients: std::array::from_fn(|i| if i < used { b.f64(35 + 8 * i) } else { 0.0 }),
    }
}

/// Numbers at byte offsets of one block; callers have checked that the block is long enough.
struct Fields<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Fields<'_> {
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut raw: [u8; N] = std::array::from_fn(|i| self.bytes[at + i]);
        if self.big_endian {
            raw.reverse();
        }
        raw
    }

    fn u16(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.array(at))
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.array(at))
    }

    fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.array(at))
    }

    fn text(&self, at: usize, length: usize) -> String {
        let raw = &self.bytes[at..at + length];
        let end = raw.iter().position(|&b| b == 0).unwrap_or(length);
        String::from_utf8_lossy(&raw[..end]).trim().to_string()
    }
}
