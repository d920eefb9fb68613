//! When a picture was taken, by its EXIF: the original time with its offset from UTC (EXIF 2.32, 4.6.6 F). Without an offset it is the
//! time of a clock that nobody knows, and not used.

use crate::time::Utc;

pub(super) const EXIF_FOLDER: u16 = 0x8769;
/// Time, offset and parts of a second: original, digitised, changed.
const TIMES: [[u16; 3]; 3] = [[0x9003, 0x9011, 0x9291], [0x9004, 0x9012, 0x9292], [0x0132, 0x9010, 0x9290]];
/// A folder has no more entries than this: cameras write some sixty.
const MOST_ENTRIES: usize = 1000;

/// When it was taken by a clock that says how it counts, from the TIFF bytes of the EXIF.
pub(super) fn time(tiff: &[u8]) -> Option<Utc> {
    let tiff = Tiff::new(tiff)?;
    let first = tiff.long(4)?;
    let inner = tiff.entry(first, EXIF_FOLDER).and_then(|at| tiff.long(at + 8));
    let text = |tag: u16| [inner, Some(first)].into_iter().flatten().find_map(|folder| tiff.text(folder, tag));
    TIMES.iter().find_map(|[time, offset, parts]| moment(&text(*time)?, &text(*offset)?, text(*parts).as_deref()))
}

/// The same of a clock that is known to be so far from UTC (`+08:00`).
pub(super) fn time_with(tiff: &[u8], offset: &str) -> Option<Utc> {
    let tiff = Tiff::new(tiff)?;
    let first = tiff.long(4)?;
    let inner = tiff.folder(first, EXIF_FOLDER);
    let text = |tag: u16| [inner, Some(first)].into_iter().flatten().find_map(|folder| tiff.text(folder, tag));
    TIMES.iter().find_map(|[time, _, parts]| moment(&text(*time)?, offset, text(*parts).as_deref()))
}

/// `2025:10:20 13:30:00` with `+08:00` and the digits behind the second.
fn moment(time: &str, offset: &str, parts: Option<&str>) -> Option<Utc> {
    let (date, clock) = time.split_once(' ')?;
    let parts =
        parts.map(str::trim).filter(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()));
    let fraction = parts.map(|digits| format!(".{}", digits.get(..9).unwrap_or(digits))).unwrap_or_default();
    Utc::parse(&format!("{}T{clock}{fraction}{}", date.replace(':', "-"), offset.trim()))
}

/// Bytes in either order.
pub(super) struct Tiff<'a> {
    bytes: &'a [u8],
    is_little: bool,
}

impl<'a> Tiff<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        match bytes.get(..4)? {
            b"II*\0" => Some(Tiff { bytes, is_little: true }),
            b"MM\0*" => Some(Tiff { bytes, is_little: false }),
            _ => None,
        }
    }

    fn short(&self, at: usize) -> Option<u16> {
        let two = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.is_little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    }

    fn long(&self, at: usize) -> Option<usize> {
        let four = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) } as usize)
    }

    /// Where the entry of a tag begins.
    fn entry(&self, folder: usize, tag: u16) -> Option<usize> {
        let count = usize::from(self.short(folder)?).min(MOST_ENTRIES);
        let entries = (0..count).filter_map(|n| folder.checked_add(2 + 12 * n));
        entries.into_iter().find(|at| self.short(*at) == Some(tag))
    }

    /// Where the first folder is.
    pub(super) fn first(&self) -> Option<usize> {
        self.long(4)
    }

    /// The folder that a tag of another one points to.
    pub(super) fn folder(&self, folder: usize, tag: u16) -> Option<usize> {
        self.long(self.entry(folder, tag)? + 8)
    }

    /// A whole number of a byte, two or four.
    pub(super) fn whole(&self, folder: usize, tag: u16) -> Option<usize> {
        let at = self.entry(folder, tag)?;
        match self.short(at + 2)? {
            1 => self.bytes.get(at + 8).map(|byte| usize::from(*byte)),
            3 => self.short(at + 8).map(usize::from),
            4 => self.long(at + 8),
            _ => None,
        }
    }

    /// So many fractions without a sign.
    pub(super) fn fractions<const N: usize>(&self, folder: usize, tag: u16) -> Option<[f64; N]> {
        let at = self.entry(folder, tag)?;
        if self.short(at + 2)? != 5 || self.long(at + 4)? != N {
            return None;
        }
        let from = self.long(at + 8)?;
        let mut numbers = [0.0; N];
        for (n, number) in numbers.iter_mut().enumerate() {
            let over = self.long(from.checked_add(8 * n)?)? as f64;
            *number = over / self.long(from.checked_add(8 * n + 4)?)? as f64;
        }
        numbers.iter().all(|number| number.is_finite()).then_some(numbers)
    }

    /// Bytes of a tag.
    pub(super) fn block(&self, folder: usize, tag: u16) -> Option<&'a [u8]> {
        let at = self.entry(folder, tag)?;
        let (kind, count) = (self.short(at + 2)?, self.long(at + 4)?);
        let from = self.long(at + 8)?;
        self.bytes.get(from..from.checked_add(count)?).filter(|_| (kind == 1 || kind == 7) && count > 4)
    }

    /// An ASCII value.
    pub(super) fn text(&self, folder: usize, tag: u16) -> Option<String> {
        let at = self.entry(folder, tag)?;
        let (kind, count) = (self.short(at + 2)?, self.long(at + 4)?);
        let from = if count <= 4 { at + 8 } else { self.long(at + 8)? };
        let bytes = self.bytes.get(from..from.checked_add(count)?).filter(|_| kind == 2 && count <= 64)?;
        std::str::from_utf8(bytes).ok().map(|text| text.trim_end_matches('\0').to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A TIFF with an EXIF folder of texts.
    fn tiff(texts: &[(u16, &str)]) -> Vec<u8> {
        let mut bytes = b"MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0".to_vec();
        bytes.extend((texts.len() as u16).to_be_bytes());
        let mut data = Vec::new();
        let base = bytes.len() + 12 * texts.len() + 4;
        for (tag, text) in texts {
            let text = format!("{text}\0");
            bytes.extend(tag.to_be_bytes());
            bytes.extend([0, 2]);
            bytes.extend((text.len() as u32).to_be_bytes());
            if text.len() <= 4 {
                bytes.extend(format!("{text:\0<4}").bytes());
            } else {
                bytes.extend(((base + data.len()) as u32).to_be_bytes());
                data.extend(text.bytes());
            }
        }
        bytes.extend([0; 4]);
        bytes.extend(data);
        bytes
    }

    #[test]
    fn the_original_time_with_its_offset() {
        let bytes = tiff(&[(0x9003, "2025:10:20 13:30:00"), (0x9011, "+08:00"), (0x9291, "25")]);
        assert_eq!(time(&bytes), Utc::parse("2025-10-20T05:30:00.25Z"));
        let later = tiff(&[(0x9004, "2025:10:20 13:30:00"), (0x9012, "-01:30")]);
        assert_eq!(time(&later), Utc::parse("2025-10-20T15:00:00Z"));
    }

    #[test]
    fn no_time_without_an_offset_or_of_no_day() {
        for texts in [
            &[(0x9003, "2025:10:20 13:30:00")][..],
            &[(0x9003, "2025:13:40 13:30:00"), (0x9011, "+08:00")],
            &[(0x9003, "0000:00:00 00:00:00"), (0x9011, "+08:00")],
            &[(0x9003, ""), (0x9011, "")],
        ] {
            assert_eq!(time(&tiff(texts)), None, "{texts:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(tail in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..80, value in any::<u8>()) {
            time(&[&b"II*\0"[..], &tail].concat());
            let mut bytes = tiff(&[(0x9003, "2025:10:20 13:30:00"), (0x9011, "+08:00")]);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
            time(&bytes);
        }
    }
}
