//! The Himawari reader against a segment written here byte by byte from the published layout (ALGORITHMS 7.1 and the
//! Himawari Standard Data user's guide), in both byte orders, plain and compressed.

use std::io::Write;
use std::path::Path;
use strawfire::ingest::ahi_hsd::{header, segment};
use strawfire::scene::PixelState;

/// Writes numbers in one byte order.
pub struct Bytes {
    pub data: Vec<u8>,
    big: bool,
}

impl Bytes {
    fn put(&mut self, mut raw: Vec<u8>) {
        if self.big {
            raw.reverse();
        }
        self.data.extend(raw);
    }
    fn u1(&mut self, v: u8) {
        self.data.push(v);
    }
    fn u2(&mut self, v: u16) {
        self.put(v.to_le_bytes().to_vec());
    }
    fn u4(&mut self, v: u32) {
        self.put(v.to_le_bytes().to_vec());
    }
    fn f4(&mut self, v: f32) {
        self.put(v.to_le_bytes().to_vec());
    }
    fn f8(&mut self, v: f64) {
        self.put(v.to_le_bytes().to_vec());
    }
    fn text(&mut self, v: &str, size: usize) {
        let mut raw = v.as_bytes().to_vec();
        raw.resize(size, 0);
        self.data.extend(raw);
    }
    fn spare(&mut self, size: usize) {
        self.data.extend(vec![0; size]);
    }
}

/// What the hand-made segment differs in from test to test.
pub struct Made {
    pub big: bool,
    pub band: u16,
    pub columns: u16,
    pub lines: u16,
    pub segment: (u8, u8),
    pub timeline: u16,
    pub counts: Vec<u16>,
}

/// Central wavelength, gain, offset and coefficients of the hand-made band 7 and band 3.
const INFRARED: (f64, f64, f64, [f64; 6]) =
    (3.8853, -0.000_159_5, 2.592_6, [-0.1038, 1.000_16, -2.1e-7, 0.1037, 0.999_84, 2.1e-7]);
/// Wavelength, gain and offset of a hand-made band behind 7; its coefficients are those of band 7.
const THERMAL: (f64, f64, f64) = (11.2395, -0.0008, 13.1);
const VISIBLE: (f64, f64, f64, f64) = (0.63914, 0.3741, -7.4819, 0.001_923_9);

/// All bytes of a segment.
pub fn segment_bytes(made: &Made) -> Vec<u8> {
    let mut b = Bytes { data: Vec::new(), big: made.big };
    // the real format's block lengths; 8, 9 and 10 with two corrections, times and error lines
    let lengths: [u32; 11] = [282, 50, 127, 139, 147, 259, 47, 81, 70, 59, 259];
    let total: u32 = lengths.iter().sum();
    b.u1(1);
    b.u2(282);
    b.u2(11);
    b.u1(u8::from(made.big));
    b.text("Himawari-9", 16);
    b.text("MSC", 16);
    b.text("FLDK", 4);
    b.text("RT", 2);
    b.u2(made.timeline);
    b.f8(60_968.229_2);
    b.f8(60_968.235_1);
    b.f8(60_968.237_7);
    b.u4(total);
    b.u4(u32::from(made.columns) * u32::from(made.lines) * 2);
    for quality in [1, 77, 3, 4] {
        b.u1(quality);
    }
    b.text("1.3", 32);
    b.text("HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT", 128);
    b.spare(40);
    assert_eq!(b.data.len(), 282);
    b.u1(2);
    b.u2(50);
    b.u2(16);
    b.u2(made.columns);
    b.u2(made.lines);
    b.u1(0);
    b.spare(40);
    b.u1(3);
    b.u2(127);
    b.f8(140.7);
    b.u4(20_466_275);
    b.u4(20_466_276);
    b.f4(2750.5);
    b.f4(2751.5);
    for v in [42_164.0, 6378.137, 6356.7523, 0.006_694_384_44, 0.993_305_616, 1.006_739_501, 1_737_122_264.0] {
        b.f8(v);
    }
    b.u2(7);
    b.u2((-3i16).cast_unsigned());
    b.spare(40);
    b.u1(4);
    b.u2(139);
    for i in 0..12 {
        b.f8(100.5 + f64::from(i));
    }
    b.spare(40);
    b.u1(5);
    b.u2(147);
    b.u2(made.band);
    let (wavelength, gain, offset) = match made.band {
        8.. => THERMAL,
        7 => (INFRARED.0, INFRARED.1, INFRARED.2),
        _ => (VISIBLE.0, VISIBLE.1, VISIBLE.2),
    };
    b.f8(wavelength);
    b.u2(if made.band >= 7 { 14 } else { 11 });
    b.u2(65_535);
    b.u2(65_534);
    b.f8(gain);
    b.f8(offset);
    if made.band >= 7 {
        for v in INFRARED.3 {
            b.f8(v);
        }
        for v in [2.997_924_58e8, 6.626_070_15e-34, 1.380_649e-23] {
            b.f8(v);
        }
        b.spare(40);
    } else {
        for v in [VISIBLE.3, 60_000.25, 0.3811, -7.5] {
            b.f8(v);
        }
        b.spare(80);
    }
    b.u1(6);
    b.u2(259);
    b.spare(256);
    b.u1(7);
    b.u2(47);
    b.u1(made.segment.1);
    b.u1(made.segment.0);
    b.u2(made.lines * u16::from(made.segment.0 - 1) + 1);
    b.spare(40);
    for (number, length) in [(8u8, 81u32), (9, 70)] {
        b.u1(number);
        b.u2(length as u16);
        b.spare(length as usize - 3);
    }
    b.u1(10);
    b.u4(59);
    b.spare(54);
    b.u1(11);
    b.u2(259);
    b.spare(256);
    assert_eq!(b.data.len(), total as usize);
    for count in &made.counts {
        b.u2(*count);
    }
    b.data
}

/// Writes plain or compressed by the name.
pub fn write(path: &Path, bytes: &[u8]) {
    let file = std::fs::File::create(path).expect("a file");
    if path.extension().is_some_and(|e| e == "bz2") {
        let mut encoder = bzip2::write::BzEncoder::new(file, bzip2::Compression::new(6));
        encoder.write_all(bytes).expect("written");
        encoder.finish().expect("finished");
    } else {
        let mut file = file;
        file.write_all(bytes).expect("written");
    }
}

fn made(big: bool, band: u16) -> Made {
    let counts = (0..12u16)
        .map(|i| {
            if i == 10 {
                65_534
            } else if i == 11 {
                65_535
            } else {
                i * 1500
            }
        })
        .collect();
    Made { big, band, columns: 4, lines: 3, segment: (2, 10), timeline: 530, counts }
}

#[test]
fn every_field_of_the_header_is_read_from_its_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    for big in [false, true] {
        for name in ["a.DAT", "a.DAT.bz2"] {
            let path = folder.path().join(name);
            write(&path, &segment_bytes(&made(big, 7)));
            let h = segment::open(&path).expect("a sound segment").header;
            check_common(&h, big);
            assert_eq!(h.calibration.coefficients[..6], INFRARED.3);
            assert_eq!(h.calibration.coefficients[6..], [2.997_924_58e8, 6.626_070_15e-34, 1.380_649e-23]);
            let c = &h.calibration;
            assert_eq!((c.band, c.wavelength_um, c.valid_bits), (7, INFRARED.0, 14));
            assert_eq!((c.error_count, c.outside_count, c.gain, c.offset), (65_535, 65_534, INFRARED.1, INFRARED.2));
        }
    }
    let path = folder.path().join("visible.DAT");
    write(&path, &segment_bytes(&made(false, 3)));
    let c = segment::open(&path).expect("a sound segment").header.calibration;
    assert_eq!(c.coefficients, [VISIBLE.3, 60_000.25, 0.3811, -7.5, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

fn check_common(h: &header::Header, big: bool) {
    assert_eq!(h.big_endian, big);
    assert_eq!((h.satellite.as_str(), h.centre.as_str(), h.area.as_str()), ("Himawari-9", "MSC", "FLDK"));
    assert_eq!((h.timeline, h.mjd), (530, [60_968.229_2, 60_968.235_1, 60_968.237_7]));
    assert_eq!((h.header_bytes, h.data_bytes, h.quality), (1520, 24, [1, 77, 3, 4]));
    assert_eq!((h.version.as_str(), h.file_name.as_str()), ("1.3", "HS_H09_20251020_0530_B07_FLDK_R20_S0210.DAT"));
    assert_eq!((h.bits, h.columns, h.lines, h.compression), (16, 4, 3, 0));
    let p = &h.projection;
    assert_eq!((p.sub_lon_deg, p.factors, p.offsets), (140.7, [20_466_275, 20_466_276], [2750.5, 2751.5]));
    assert_eq!((p.distance_km, p.radii_km), (42_164.0, [6378.137, 6356.7523]));
    assert_eq!(p.ratios, [0.006_694_384_44, 0.993_305_616, 1.006_739_501, 1_737_122_264.0]);
    assert_eq!(p.resampling, [7, -3]);
    assert_eq!(h.navigation, std::array::from_fn(|i| 100.5 + i as f64));
    assert_eq!(h.segment, (10, 2, 4));
    assert_eq!(h.blocks.iter().map(|b| b.0).collect::<Vec<_>>(), (1..=11).collect::<Vec<u8>>());
    assert_eq!(h.blocks[9], (10, 59));
}

/// Expected temperatures: python3, from the formula of ALGORITHMS 7.1 with the constants above
/// (T = h c/(k l)/ln(2 h c^2/(l^5 1e6 L)+1), then c0 + c1 T + c2 T^2), printed to six digits.
#[test]
fn counts_become_the_temperatures_of_the_published_formula() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.DAT");
    write(&path, &segment_bytes(&made(true, 7)));
    let segment = segment::open(&path).expect("a sound segment");
    let table = segment::CountTable::of(&segment.header.calibration);
    for (count, kelvin) in [(1500u16, EXPECTED_K[0]), (9000, EXPECTED_K[1]), (13_500, EXPECTED_K[2])] {
        assert!((f64::from(table.value(count)) - kelvin).abs() < 0.01, "{count}: {} not {kelvin}", table.value(count));
        assert_eq!(table.state(count), PixelState::Valid);
    }
    assert_eq!(table.state(0), PixelState::Saturated);
    assert_eq!(table.state(65_534), PixelState::OffEarth);
    assert_eq!(table.state(65_535), PixelState::Fill);
    assert_eq!(table.state(16_384), PixelState::Fill);
    let mut rows = Vec::new();
    segment.for_each_line(&path, 1..3, 1..4, |line, counts| rows.push((line, counts.to_vec()))).expect("whole");
    assert_eq!(rows, [(1, vec![7500, 9000, 10_500]), (2, vec![13_500, 65_534, 65_535])]);
}

const EXPECTED_K: [f64; 3] = [337.997801, 317.420357, 293.080365];

/// Reflectance = c' (gain count + offset): 0.0019239 * (0.3741 * 1500 - 7.4819) = 1.065202, by hand.
#[test]
fn visible_counts_become_reflectance() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.DAT");
    write(&path, &segment_bytes(&made(false, 3)));
    let table = segment::CountTable::of(&segment::open(&path).expect("sound").header.calibration);
    assert!((table.value(1500) - 1.065_202).abs() < 1e-5, "{}", table.value(1500));
}
