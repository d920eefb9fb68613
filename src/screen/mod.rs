//! Keep or drop: each rule says why, and nothing is deleted.

use crate::fire::{CountyName, DropReason, FirePixel, Verdict};

/// Writes the county into the pixel and drops the pixel where it has none. An earlier drop keeps its own reason.
///
/// Where the region is `none` this rule is not called: the caller writes the county alone, and every pixel is kept.
pub fn inside_counties(pixel: &mut FirePixel, county: Option<&CountyName>) {
    pixel.county = county.cloned();
    if county.is_none() && pixel.verdict == Verdict::Kept {
        pixel.verdict = Verdict::Dropped(DropReason::OutsideCounties);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::LonLat;
    use crate::time::Utc;

    #[test]
    fn outside_is_dropped_with_the_reason_and_stays_there_to_be_seen() {
        let time = Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid");
        let mut pixel = FirePixel::bare("a", time, LonLat::new(102.0, 36.0).expect("valid"));
        let county = CountyName { adcode: "630223".into(), name: "互助土族自治县".into() };
        inside_counties(&mut pixel, Some(&county));
        assert_eq!((pixel.verdict, pixel.county.as_ref()), (Verdict::Kept, Some(&county)));
        inside_counties(&mut pixel, None);
        assert_eq!(pixel.verdict.reason(), Some("outside_counties"));
        assert_eq!(pixel.county, None);
    }
}
