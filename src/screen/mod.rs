//! Keep or drop: each rule says why, and nothing is deleted.

mod bright;
mod circumstances;
pub mod class;
pub mod footprint;
pub mod precision;
mod scope;
mod solar_parks;
pub mod static_learn;
mod static_sources;

use crate::fire::{CountyName, DropReason, FirePixel, Verdict};
use crate::place::PlaceIndex;
pub use bright::{found_before, panels_from_above, reach_m};
pub use circumstances::by_circumstances;
pub use scope::Scope;
pub use solar_parks::solar_glint;
pub use static_sources::static_heat;
use std::collections::BTreeMap;

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
    let times = || pixels.iter().map(|pixel| pixel.time);
    let Some((first, last)) = times().min().zip(times().max()) else { return };
    let in_time = |other: &&FirePixel| {
        other.time.seconds_since(first) >= -SAME_LOOK_SECONDS && other.time.seconds_since(last) <= SAME_LOOK_SECONDS
    };
    let before = by_sensor(earlier.iter().filter(in_time).filter(|other| other.verdict != repeated));
    for pixel in pixels {
        let shows_it = |other: &FirePixel| {
            let stands = other.verdict == Verdict::Kept || pixel.verdict != Verdict::Kept;
            stands && other.simulated == pixel.simulated && is_same_measurement(other, pixel)
        };
        let others = before.get(&(pixel.satellite.as_str(), pixel.sensor.as_str()));
        if others.is_some_and(|others| others.near(pixel).any(shows_it)) {
            pixel.verdict = repeated;
        }
    }
}

/// Pixels of one sensor by place: a day of many fires is not compared each with each.
struct Looked<'a> {
    pixels: Vec<&'a FirePixel>,
    index: PlaceIndex,
    greatest_area_km2: Option<f64>,
}

fn by_sensor<'a>(pixels: impl Iterator<Item = &'a FirePixel>) -> BTreeMap<(&'a str, &'a str), Looked<'a>> {
    let mut of: BTreeMap<(&str, &str), Vec<&FirePixel>> = BTreeMap::new();
    for pixel in pixels {
        of.entry((&pixel.satellite, &pixel.sensor)).or_default().push(pixel);
    }
    of.into_iter().map(|(sensor, pixels)| (sensor, Looked::new(pixels))).collect()
}

impl<'a> Looked<'a> {
    fn new(pixels: Vec<&'a FirePixel>) -> Self {
        let greatest_area_km2 = pixels.iter().filter_map(|pixel| pixel.pixel_area_km2).reduce(f64::max);
        let index =
            PlaceIndex::new(pixels.iter().map(|pixel| pixel.place), half_side_m(greatest_area_km2.unwrap_or(1.0)));
        Looked { pixels, index, greatest_area_km2 }
    }

    /// Those that may be the same measurement as this pixel.
    fn near(&self, pixel: &FirePixel) -> impl Iterator<Item = &'a FirePixel> {
        let area = self.greatest_area_km2.into_iter().chain(pixel.pixel_area_km2).reduce(f64::max);
        let near = area.into_iter().flat_map(|area| self.index.near(pixel.place, half_side_m(area)));
        near.filter_map(|(at, _)| self.pixels.get(at).copied())
    }
}

/// Half the side of a pixel.
fn half_side_m(area_km2: f64) -> f64 {
    500.0 * area_km2.sqrt()
}

/// The same look of the same sensor at places less than half a pixel apart.
fn is_same_measurement(a: &FirePixel, b: &FirePixel) -> bool {
    let Some(area) = a.pixel_area_km2.into_iter().chain(b.pixel_area_km2).reduce(f64::max) else { return false };
    a.time.seconds_since(b.time).abs() <= SAME_LOOK_SECONDS
        && a.satellite == b.satellite
        && a.sensor == b.sensor
        && a.place.distance_m(b.place) < half_side_m(area)
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

    /// 40,000 fires 0.005 degrees (over 400 m) apart, delivered again 0.001 degrees (111 m, under the half side of 200 m) to the
    /// north with one more beside them: all but that one are there. Each with each would be 1.6 thousand million comparisons.
    #[test]
    fn many_fires_of_one_look_are_not_compared_each_with_each() {
        let grid = |granule: &str, shift: f64| -> Vec<FirePixel> {
            let place = |n: u32| (100.0 + 0.005 * f64::from(n % 200), 36.0 + shift + 0.005 * f64::from(n / 200));
            let pixel =
                |n| FirePixel { place: LonLat::new(place(n).0, place(n).1).expect("valid"), ..fire(granule, 36.0, 10) };
            (0..40_000).map(pixel).collect()
        };
        let mut again = grid("sdr", 0.001);
        again.push(fire("sdr", 35.0, 10));
        let clock = std::time::Instant::now();
        delivered_twice(&grid("l1b", 0.0), &mut again);
        let kept: Vec<usize> = (0..again.len()).filter(|&at| again[at].verdict == Verdict::Kept).collect();
        assert_eq!(kept, [40_000]);
        assert!(clock.elapsed().as_secs() < 15, "{:?}", clock.elapsed());
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
