//! When a picture was taken: what it says, what its name says, and else when its file was changed.

use super::{exif, jpeg};
use crate::time::Utc;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// EXIF stands within the first so many bytes: a segment has at most 64 kB, and it is the first or second.
const HEAD: u64 = 160 * 1024;

/// When a picture was taken: by its EXIF with an offset, else by its name, else when the file was changed; and whether it says so itself.
pub fn time_of(path: &Path) -> (Utc, bool) {
    let mut head = Vec::new();
    let _ = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    let by_exif = if jpeg::is_jpeg(&head) { jpeg::walk(&head).exif.and_then(exif::time) } else { None };
    let said = by_exif.or_else(|| stamp_of(path));
    (said.unwrap_or_else(|| changed(path)), said.is_some())
}

fn stamp_of(path: &Path) -> Option<Utc> {
    stamp(&path.file_name()?.to_string_lossy())
}

/// By `YYYYMMDDTHHMMSSZ` in the name, else when the file was changed.
pub(super) fn time_of_name(path: &Path) -> Utc {
    stamp_of(path).unwrap_or_else(|| changed(path))
}

fn changed(path: &Path) -> Utc {
    let changed = std::fs::metadata(path).and_then(|about| about.modified());
    let since = changed.ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    Utc::UNIX_EPOCH.plus_seconds(since.as_secs_f64()).unwrap_or(Utc::UNIX_EPOCH)
}

/// The first `YYYYMMDDTHHMMSSZ` of a name that is a moment.
fn stamp(name: &str) -> Option<Utc> {
    name.as_bytes().windows(16).find_map(|text| {
        let digits = [0..8, 9..15].into_iter().flat_map(|part| &text[part]).all(u8::is_ascii_digit);
        if !digits || text[8] != b'T' || text[15] != b'Z' {
            return None;
        }
        let number =
            |from: usize, to: usize| text[from..to].iter().fold(0, |sum, digit| 10 * sum + i16::from(digit - b'0'));
        let part = |from: usize| i8::try_from(number(from, from + 2)).ok();
        Utc::from_parts(number(0, 4), part(4)?, part(6)?, part(9)?, part(11)?, part(13)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_time() {
        let at = |text| Utc::parse(text);
        assert_eq!(stamp("cam3_20251020T053000Z.jpg"), at("2025-10-20T05:30:00Z"));
        assert_eq!(stamp("火点20251020T053000Z"), at("2025-10-20T05:30:00Z"));
        assert_eq!(stamp("20251320T053000Z_20251020T053001Z"), at("2025-10-20T05:30:01Z"));
        for name in ["20251020T053000", "20251020053000Z", "", "2025102 T053000Z", "20250230T000000Z"] {
            assert_eq!(stamp(name), None, "{name}");
        }
    }

    #[test]
    fn a_file_without_any_time_has_that_of_its_change() {
        let file = tempfile::Builder::new().suffix(".jpg").tempfile().expect("a file");
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        file.as_file().set_modified(at).expect("set");
        let (time, is_dated) = time_of(file.path());
        assert_eq!((time.micros(), is_dated), (1_700_000_000_000_000, false));
    }
}
