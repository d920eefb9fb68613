//! Keep or drop: each rule says why, and nothing is deleted.

mod circumstances;
pub mod class;
pub mod footprint;
pub mod precision;
mod scope;
mod solar_parks;
pub mod static_learn;
mod static_sources;

use crate::fire::{CountyName, DropReason, FirePixel, Verdict};
pub use circumstances::by_circumstances;
pub use scope::Scope;
pub use solar_parks::solar_glint;
pub use static_sources::static_heat;

/// Writes the county into the pixel and drops the pixel where it has none. An earlier drop keeps its own reason.
///
/// Where the region is `none` this rule is not called: the caller writes the county alone, and every pixel is kept.
pub fn inside_counties(pixel: &mut FirePixel, county: Option<&CountyName>) {
    pixel.county = county.cloned();
    if county.is_none() && pixel.verdict == Verdict::Kept {
        pixel.verdict = Verdict::Dropped(DropReason::OutsideCounties);
    }
}

/// Of one measurement in two deliveries the times of a line differ by a few scans at most; no sensor looks again within
/// them (the fastest sector of a geostationary imager comes every 30 s).
const SAME_LOOK_SECONDS: f64 = 20.0;

/// Drops the pixels that an earlier granule already shows: Level 1B and SDR of one overpass, or one slot in two folders,
/// would else have twice the power. A kept pixel yields only to a kept one, so that no fire leaves the list.
pub fn delivered_twice(earlier: &[FirePixel], pixels: &mut [FirePixel]) {
    let repeated = Verdict::Dropped(DropReason::DeliveredTwice);
    for pixel in pixels {
        let shows_it = |other: &&FirePixel| {
            let stands = other.verdict == Verdict::Kept || pixel.verdict != Verdict::Kept;
            stands && other.verdict != repeated && is_same_measurement(other, pixel)
        };
        if earlier.iter().any(|other| shows_it(&other)) {
            pixel.verdict = repeated;
        }
    }
}

/// The same look of the same sensor at places less than half a pixel apart.
fn is_same_measurement(a: &FirePixel, b: &FirePixel) -> bool {
    let Some(area) = a.pixel_area_km2.into_iter().chain(b.pixel_area_km2).reduce(f64::max) else { return false };
    a.time.seconds_since(b.time).abs() <= SAME_LOOK_SECONDS
        && a.satellite == b.satellite
        && a.sensor == b.sensor
        && a.place.distance_m(b.place) < 500.0 * area.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::LonLat;
    use crate::time::Utc;

    fn fire(granule: &str, lat: f64, second: i8) -> FirePixel {
        let time = Utc::from_parts(2025, 10, 20, 5, 42, second).expect("valid");
        let mut pixel = FirePixel::bare(granule, time, LonLat::new(102.0, lat).expect("valid"));
        (pixel.satellite, pixel.sensor, pixel.pixel_area_km2) = ("NOAA-20".into(), "VIIRS".into(), Some(0.16));
        pixel
    }

    /// A side of 400 m: 0.0017 degrees of latitude are 189 m, 0.0019 are 211 m (111.195 km a degree).
    #[test]
    fn a_measurement_delivered_twice_is_kept_once() {
        let first = fire("l1b", 36.5, 10);
        let cases = [
            (fire("sdr", 36.5017, 29), true),
            (fire("sdr", 36.5019, 12), false),
            (fire("sdr", 36.5, 31), false),
            (FirePixel { satellite: "NOAA-21".into(), ..fire("sdr", 36.5, 10) }, false),
            (FirePixel { sensor: "AHI".into(), ..fire("sdr", 36.5, 10) }, false),
        ];
        for (pixel, expected) in cases {
            let mut pixels = [pixel];
            delivered_twice(std::slice::from_ref(&first), &mut pixels);
            assert_eq!(pixels[0].verdict.reason() == Some("delivered_twice"), expected, "{:?}", pixels[0]);
        }
    }

    #[test]
    fn a_kept_fire_does_not_yield_to_one_outside() {
        let outside = Verdict::Dropped(DropReason::OutsideCounties);
        let beyond = FirePixel { verdict: outside, ..fire("l1b", 36.5, 10) };
        let mut pixels = [fire("sdr", 36.5, 10), FirePixel { verdict: outside, ..fire("sdr", 36.5, 10) }];
        delivered_twice(&[beyond], &mut pixels);
        assert_eq!(pixels[0].verdict, Verdict::Kept);
        assert_eq!(pixels[1].verdict.reason(), Some("delivered_twice"));
    }

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
