//! Which of two reports of one detection is believed: the same one whatever their order.

use super::{FirePixel, Verdict};
use std::cmp::Ordering;

impl FirePixel {
    /// Orders reports of one detection, the better one first: one that is kept, of the later version, the earlier, with the more power;
    /// then by all that they say, so that only reports alike in everything are equal.
    pub fn preferred(a: &FirePixel, b: &FirePixel) -> Ordering {
        let kept = |pixel: &FirePixel| pixel.verdict == Verdict::Kept;
        let power = |pixel: &FirePixel| pixel.frp_mw.unwrap_or(-1.0);
        kept(b)
            .cmp(&kept(a))
            .then_with(|| b.by_version(a))
            .then_with(|| a.time.cmp(&b.time))
            .then_with(|| power(b).total_cmp(&power(a)))
            .then_with(|| format!("{a:?}").cmp(&format!("{b:?}")))
    }

    /// Orders by the version that a list states: by its number, then ultra real time, real time, near real time, final.
    pub fn by_version(&self, other: &FirePixel) -> Ordering {
        let (a, b) = (version(self.source_version.as_deref()), version(other.source_version.as_deref()));
        a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
    }
}

/// `2.0NRT` as number and rank; a final version has no letters, and none at all comes before every version.
fn version(text: Option<&str>) -> (f64, u8) {
    let text = text.unwrap_or("").trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, letters) = text.split_at(end);
    let rank = match letters.trim().to_ascii_uppercase().as_str() {
        "URT" => 0,
        "RT" => 1,
        "NRT" => 2,
        _ => 3,
    };
    (number.parse().unwrap_or(-1.0), rank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::LonLat;
    use crate::time::Utc;

    fn report(version: Option<&str>, mw: f64) -> FirePixel {
        let time = Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid");
        let place = LonLat::new(102.1, 36.5).expect("valid");
        let source_version = version.map(str::to_string);
        FirePixel { source_version, frp_mw: Some(mw), ..FirePixel::bare("a", time, place) }
    }

    /// FIRMS: URT within a minute, RT within half an hour, NRT within three hours, then the final product under a number of its own.
    #[test]
    fn later_versions_come_first_by_number_and_kind() {
        let order = [Some("10.0URT"), Some("2.0"), Some("2.0NRT"), Some("2.0RT"), Some("2.0URT"), Some("1.0"), None];
        for pair in order.windows(2) {
            let (better, worse) = (report(pair[0], 1.0), report(pair[1], 9.0));
            assert_eq!(FirePixel::preferred(&better, &worse), Ordering::Less, "{pair:?}");
            assert_eq!(FirePixel::preferred(&worse, &better), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(report(Some("2"), 1.0).by_version(&report(Some("2.0"), 1.0)), Ordering::Equal);
        assert_eq!(FirePixel::preferred(&report(None, 2.0), &report(None, 1.0)), Ordering::Less);
        assert_eq!(FirePixel::preferred(&report(None, 2.0), &report(None, 2.0)), Ordering::Equal);
    }
}
