//! Header bytes changed by chance: an answer or an error, never a panic and never a silent nonsense.

use crate::common::{bands, bytes, name, scan};
use crate::hsd_bytes::{Made, segment_bytes, write};
use strawfire::ingest::ahi_hsd::segment;
use strawfire::ingest::{self, Extent, granule};

/// Numbers by SplitMix64: the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

/// A small disk of one segment that the reader takes.
fn small(band: u16, big: bool) -> Vec<u8> {
    let counts = (0..60u16).map(|i| i * 200).collect();
    segment_bytes(&Made { big, band, columns: 10, lines: 6, segment: (1, 1), timeline: 530, counts })
}

fn name_of_one(band: u16) -> String {
    format!("HS_H09_20251020_0530_B{band:02}_FLDK_R20_S0101.DAT")
}

#[test]
fn changed_headers_are_read_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mir = folder.path().join(name_of_one(7));
    write(&folder.path().join(name_of_one(14)), &small(14, false));
    let mut chance = Chance(20_251_020);
    let (mut refused, mut read) = (0, 0);
    for turn in 0..400 {
        let mut bytes = small(7, turn % 2 == 1);
        for _ in 0..=chance.below(4) {
            // every other turn in the blocks that mean something to us
            let reach = if turn % 4 < 2 { 745 } else { 1520 };
            let at = chance.below(reach);
            bytes[at] ^= 1 << chance.below(8);
        }
        write(&mir, &bytes);
        if let Ok(opened) = segment::open(&mir) {
            let (lines, columns) = (usize::from(opened.header.lines), usize::from(opened.header.columns));
            let _ = opened.for_each_line(&mir, 0..lines, 0..columns, |_, _| ());
        }
        let (granules, errors) = granule::collect(&[folder.path().to_path_buf()]);
        assert!(errors.is_empty() && granules.len() == 1);
        match ingest::read(&granules[0], &Extent::Full) {
            Ok(_) => read += 1,
            Err(error) => {
                refused += 1;
                assert!(error.to_string().contains("expected"), "{error}");
            }
        }
    }
    assert!(refused > 50 && read > 20, "{refused} refused, {read} read");
}

/// 65,535 lines of 65,535 columns do not fit a 32-bit count of bytes, nor any memory.
#[test]
fn a_header_that_claims_a_giant_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name_of_one(7));
    for (lines, columns, data) in [(65_535_u16, 65_535_u16, 24_u32), (30_000, 65_535, 3_932_100_000)] {
        let mut bytes = small(7, false);
        bytes[74..78].copy_from_slice(&data.to_le_bytes());
        bytes[282 + 5..282 + 7].copy_from_slice(&columns.to_le_bytes());
        bytes[282 + 7..282 + 9].copy_from_slice(&lines.to_le_bytes());
        write(&path, &bytes);
        let error = segment::open(&path).err().expect("refused").to_string();
        assert!(error.contains("columns"), "{error}");
    }
}

/// Offsets: block 3 starts at 332, block 5 at 598 (lengths 282, 50, 127, 139).
#[test]
fn a_place_or_scale_that_no_himawari_has_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name_of_one(7));
    let wrong: [(&str, usize, f64); 6] = [
        ("distance", 332 + 27, 4_216.4),
        ("radius", 332 + 43, f64::NAN),
        ("longitude", 332 + 3, 40.7),
        ("wavelength", 598 + 5, 38.853),
        ("gain", 598 + 19, -1.0e6),
        ("speed of light", 598 + 35 + 48, 3.0e10),
    ];
    for (what, at, value) in wrong {
        let mut bytes = small(7, false);
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        write(&path, &bytes);
        let error = segment::open(&path).err().map(|error| error.to_string());
        assert!(error.is_some_and(|text| text.contains("fetch the file again")), "{what}");
    }
}

/// The same through the program, on the site's own segment.
#[test]
fn the_program_survives_changed_headers() {
    let sound = bytes(7);
    let header = sound.len() - 550 * 5500 * 2;
    let folder = bands(&[14]);
    let mut chance = Chance(7);
    for _ in 0..16 {
        let mut changed = sound.clone();
        for _ in 0..=chance.below(3) {
            let at = chance.below(header);
            changed[at] ^= 1 << chance.below(8);
        }
        std::fs::write(folder.path().join(name(7)), changed).expect("written");
        let done = scan(folder.path(), &[]);
        assert!([0, 3, 4].contains(&done.code), "{}: {}", done.code, done.log);
        if done.code == 4 {
            done.listed(&[&name(7)]).nothing_was_observed();
        }
    }
}
