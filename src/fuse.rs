//! Fire pixels to fire events: for now one event a cluster of touching pixels of one slot or overpass.
//!
//! Pure, and independent of the order of its input: events come out by time and id, sums run over members by id.

mod cluster;

use crate::fire::{Class, CountyName, DropReason, FireEvent, FirePixel, Verdict};
use crate::place::{LonLat, Spread};
use cluster::Clusters;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};

/// Fuses the pixels into events. An event is a cluster with at least one kept pixel; pixels outside the counties that
/// touch it belong to it, so that a fire on the border lies where it burns and not where the border cuts it.
///
/// Pixels of a grid (line and column known) touch when they are 8-neighbours in the same granule. Pixels of a swath touch
/// when they are of one overpass of one satellite and closer than 1.5 times the larger pixel: its lines overlap and its
/// granules end anywhere, so that neither line nor granule says what is beside what. Points of lists touch alike when
/// they are of the same granule, satellite and time.
/// `county_of` gives the county of an event's place; an event whose place is outside all has none.
pub fn fuse(pixels: &[FirePixel], county_of: impl Fn(LonLat) -> Option<CountyName>) -> Vec<FireEvent> {
    let mut looks: HashMap<Look<'_>, Vec<&FirePixel>> = HashMap::new();
    let outside = Verdict::Dropped(DropReason::OutsideCounties);
    for pixel in pixels.iter().filter(|pixel| pixel.verdict == Verdict::Kept || pixel.verdict == outside) {
        looks.entry(Look::of(pixel)).or_default().push(pixel);
    }
    let is_kept = |pixel: &&FirePixel| pixel.verdict == Verdict::Kept;
    let passes = looks.into_iter().flat_map(|(look, pixels)| if look.swath { passes(pixels) } else { vec![pixels] });
    let worth_it = passes.filter(|look| look.iter().any(is_kept));
    let clusters = worth_it.flat_map(cluster_look).filter(|cluster| cluster.iter().any(is_kept));
    let mut events: Vec<FireEvent> = clusters.filter_map(|members| event(members, &county_of)).collect();
    events.sort_by(|a, b| (a.first_seen, &a.id).cmp(&(b.first_seen, &b.id)));
    events
}

/// What pixels must share to be compared at all.
#[derive(PartialEq, Eq, Hash)]
struct Look<'a> {
    granule: &'a str,
    satellite: &'a str,
    /// Points of lists only: the pixels of a grid share the slot, whatever second their line was scanned.
    time: Option<crate::time::Utc>,
    on_grid: bool,
    /// Of a swath that we searched ourselves: all overpasses of the satellite, told apart by `passes`.
    swath: bool,
}

impl<'a> Look<'a> {
    fn of(pixel: &'a FirePixel) -> Self {
        let own = pixel.line.is_some() && pixel.column.is_some();
        let swath = own && matches!(pixel.sensor.as_str(), "VIIRS" | "MODIS" | "MERSI-II" | "SLSTR");
        Look {
            granule: if swath { "" } else { &pixel.granule },
            satellite: &pixel.satellite,
            time: (!own).then_some(pixel.time),
            on_grid: own && !swath,
            swath,
        }
    }
}

/// A satellite passes over a place within minutes and comes back after an orbit of 98 minutes and more: what lies further
/// apart than this from the first pixel is another pass.
const PASS_SECONDS: f64 = 1800.0;

/// Pixels of one satellite's swaths by overpass.
fn passes(mut pixels: Vec<&FirePixel>) -> Vec<Vec<&FirePixel>> {
    pixels.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    let mut passes: Vec<Vec<&FirePixel>> = Vec::new();
    for pixel in pixels {
        match passes.last_mut() {
            Some(pass) if pass.first().is_some_and(|first| pixel.time.seconds_since(first.time) < PASS_SECONDS) => {
                pass.push(pixel);
            }
            _ => passes.push(vec![pixel]),
        }
    }
    passes
}

/// Clusters of one look, each with its members by id.
fn cluster_look(mut pixels: Vec<&FirePixel>) -> Vec<Vec<&FirePixel>> {
    pixels.sort_by(|a, b| a.id.cmp(&b.id));
    let mut clusters = Clusters::new(pixels.len());
    if pixels.first().is_some_and(|pixel| Look::of(pixel).on_grid) {
        cluster::touching_cells(&pixels, &mut clusters);
    } else {
        cluster::close_points(&pixels, &mut clusters);
    }
    clusters.groups(&pixels)
}

/// `None` only for a cluster without members.
fn event(members: Vec<&FirePixel>, county_of: &impl Fn(LonLat) -> Option<CountyName>) -> Option<FireEvent> {
    let weights = weights(&members);
    let place = centre(&members, &weights)?;
    let class = members[0].class;
    let county = county_of(place);
    Some(FireEvent {
        counties: counties(&members, county.as_ref()),
        id: id(&members),
        place,
        first_seen: members.iter().map(|pixel| pixel.time).min()?,
        last_seen: members.iter().map(|pixel| pixel.time).max()?,
        sources: sources(&members),
        detections: members.len(),
        members: members.iter().map(|pixel| pixel.id.clone()).collect(),
        max_frp_mw: total_frp(&members),
        confidence: members.iter().map(|pixel| pixel.confidence).max()?,
        confirmation: members.iter().map(|pixel| pixel.confirmation).max()?,
        class: if members.iter().all(|pixel| pixel.class == class) { class } else { Class::Unknown },
        county,
        position_error_m: position_error(&members, &weights),
        place_spread: spread(&members, &weights),
        simulated: members.iter().any(|pixel| pixel.simulated),
    })
}

/// Codes of the counties of the members and of the event's place.
fn counties(members: &[&FirePixel], of_place: Option<&CountyName>) -> Vec<String> {
    let all = members.iter().filter_map(|pixel| pixel.county.as_ref()).chain(of_place);
    all.map(|county| county.adcode.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Excess radiance where every member has it, else FRP where every member has it, else all alike.
fn weights(members: &[&FirePixel]) -> Vec<f64> {
    let by = |weight: fn(&FirePixel) -> Option<f64>| -> Option<Vec<f64>> {
        members.iter().map(|pixel| weight(pixel).filter(|w| w.is_finite() && *w > 0.0)).collect()
    };
    by(|pixel| pixel.excess_radiance.map(f64::from))
        .or_else(|| by(|pixel| pixel.frp_mw))
        .unwrap_or_else(|| vec![1.0; members.len()])
}

/// Weighted mean of longitudes and latitudes: at the size of a cluster the earth is flat. Longitudes are counted from
/// the first member, so that a cluster across 180 degrees has its centre there.
fn centre(members: &[&FirePixel], weights: &[f64]) -> Option<LonLat> {
    let origin = members.first()?.place.lon();
    let offsets = members.iter().map(|pixel| (pixel.place.lon() - origin + 540.0).rem_euclid(360.0) - 180.0);
    let lon = origin + weighted_mean(offsets, weights);
    let lat = weighted_mean(members.iter().map(|pixel| pixel.place.lat()), weights);
    LonLat::new((lon + 540.0).rem_euclid(360.0) - 180.0, lat)
}

fn weighted_mean(values: impl Iterator<Item = f64>, weights: &[f64]) -> f64 {
    values.zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / weights.iter().sum::<f64>()
}

/// Weighted root mean square of the members' errors, metres: what moves one pixel (terrain, navigation) moves its
/// neighbours the same way, so that more pixels do not make the place surer. `None` where a member has none.
fn position_error(members: &[&FirePixel], weights: &[f64]) -> Option<f64> {
    let errors: Vec<f64> = members.iter().map(|pixel| pixel.position_error_m).collect::<Option<_>>()?;
    Some(weighted_mean(errors.into_iter().map(|error| error * error), weights).sqrt())
}

/// Weighted mean of the members' covariances, which gives the error above. `None` where a member has none.
fn spread(members: &[&FirePixel], weights: &[f64]) -> Option<Spread> {
    let total: f64 = weights.iter().sum();
    let parts = members.iter().zip(weights).map(|(pixel, weight)| Some(pixel.place_spread?.times(weight / total)));
    parts.reduce(|a, b| Some(a?.and(b?)))?
}

/// Sum over the members that have an FRP, MW; `None` where none has, and where a saturated one has none: without its
/// hottest pixel the sum would make the greatest fires the smallest.
fn total_frp(members: &[&FirePixel]) -> Option<f64> {
    if members.iter().any(|pixel| pixel.saturated && pixel.frp_mw.is_none()) {
        return None;
    }
    members.iter().filter_map(|pixel| pixel.frp_mw).reduce(|a, b| a + b)
}

fn sources(members: &[&FirePixel]) -> Vec<String> {
    let mut sources: Vec<String> = members.iter().map(|pixel| pixel.satellite.clone()).collect();
    sources.sort();
    sources.dedup();
    sources
}

/// 16 hex digits of a hash over satellite, first time and member ids: the same look gives the same id in every run
/// and on every site, whatever its counties are.
fn id(members: &[&FirePixel]) -> String {
    let mut hash = Sha256::new();
    let first = members.iter().map(|pixel| pixel.time).min().map(crate::time::Utc::rfc3339);
    for part in [members[0].satellite.as_str(), first.as_deref().unwrap_or("")] {
        hash.update(part);
        hash.update([0]);
    }
    for member in members {
        hash.update(&member.id);
        hash.update([0]);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::Confidence;
    use crate::time::Utc;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("on the earth")
    }

    fn pixel(id: &str, lon: f64, lat: f64) -> FirePixel {
        let time = Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid");
        let mut pixel = FirePixel::bare(id, time, at(lon, lat));
        pixel.satellite = "Himawari-9".to_string();
        pixel.granule = "slot".to_string();
        pixel
    }

    fn cell(id: &str, line: u32, column: u32) -> FirePixel {
        FirePixel {
            line: Some(line),
            column: Some(column),
            ..pixel(id, 102.0 + 0.02 * f64::from(column), 36.0 - 0.02 * f64::from(line))
        }
    }

    fn nowhere(_: LonLat) -> Option<CountyName> {
        None
    }

    /// By hand: a diagonal touches, a gap of one pixel does not, and another granule is another event.
    #[test]
    fn cells_cluster_by_eight_neighbours_within_a_granule() {
        let other = FirePixel { granule: "next".into(), ..cell("e", 6, 6) };
        let pixels = [cell("a", 5, 5), cell("b", 6, 6), cell("c", 6, 8), cell("d", 0, 0), other];
        let mut sizes: Vec<usize> = fuse(&pixels, nowhere).iter().map(|event| event.detections).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 1, 1, 2]);
    }

    /// By hand: 0.005 deg of latitude are 556 m, 0.006 are 667 m; 1.5 times 0.4 km are 600 m.
    #[test]
    fn points_cluster_by_distance_to_their_size() {
        let viirs = |id: &str, lat: f64| FirePixel { sensor: "VIIRS".into(), ..pixel(id, 102.0, lat) };
        let near = fuse(&[viirs("a", 36.0), viirs("b", 36.005)], nowhere);
        assert_eq!(near.len(), 1);
        assert_eq!(fuse(&[viirs("a", 36.0), viirs("b", 36.006)], nowhere).len(), 2);
        let modis = |id: &str, lat: f64| FirePixel { sensor: "MODIS".into(), ..pixel(id, 102.0, lat) };
        assert_eq!(fuse(&[modis("a", 36.0), modis("b", 36.013)], nowhere).len(), 1, "1446 m of 1500 m");
        let wide = FirePixel { scan_km: Some(0.8), track_km: Some(0.78), ..viirs("b", 36.006) };
        assert_eq!(fuse(&[viirs("a", 36.0), wide], nowhere).len(), 1, "a pixel of the swath's edge is larger");
    }

    /// By hand: weights 1 and 3 give three quarters of the way; 10 and 5.5 MW give 15.5 MW; the mean of 1, 4, 4 and 4
    /// km2 is 3.25, its root 1.8028 km: as a covariance 0.25 east, 3 north.
    #[test]
    fn an_event_is_weighted_by_excess_radiance() {
        let mut a = cell("a", 5, 5);
        let mut b = cell("b", 5, 6);
        (a.excess_radiance, b.excess_radiance) = (Some(1.0), Some(3.0));
        (a.frp_mw, b.frp_mw) = (Some(10.0), Some(5.5));
        (a.confidence, b.confidence) = (Confidence::Low, Confidence::High);
        (a.position_error_m, b.position_error_m) = (Some(1000.0), Some(2000.0));
        (a.place_spread, b.place_spread) = (Some(Spread::along(1000.0, 0.0)), Some(Spread::along(0.0, 2000.0)));
        let events = fuse(&[a, b], nowhere);
        let event = &events[0];
        assert!((event.place.lon() - 102.115).abs() < 1e-9, "{:?}", event.place);
        assert_eq!((event.max_frp_mw, event.confidence), (Some(15.5), Confidence::High));
        assert!((event.position_error_m.expect("known") - 1802.8).abs() < 0.1, "{:?}", event.position_error_m);
        let spread = event.place_spread.expect("known");
        assert_eq!(spread, Spread { east_m2: 0.25e6, cross_m2: 0.0, north_m2: 3e6 });
        assert!((spread.distance_m() - 1802.8).abs() < 0.1);
        assert_eq!(event.sources, ["Himawari-9"]);
    }

    /// The border cuts the county, not the fire: outside pixels move the place, but alone they are no event.
    #[test]
    fn outside_pixels_belong_to_an_event_but_make_none() {
        let outside = |at: FirePixel| FirePixel { verdict: Verdict::Dropped(DropReason::OutsideCounties), ..at };
        let events = fuse(&[cell("a", 5, 5), outside(cell("b", 5, 6)), outside(cell("c", 9, 9))], nowhere);
        assert_eq!((events.len(), events[0].detections), (1, 2));
        assert!((events[0].place.lon() - 102.11).abs() < 1e-9);
        assert_eq!((events[0].max_frp_mw, events[0].position_error_m), (None, None));
        assert!(fuse(&[outside(cell("b", 5, 6))], nowhere).is_empty());
    }

    #[test]
    fn the_county_is_that_of_the_place_and_all_touched_are_known() {
        let county = |code: &str| CountyName { adcode: code.into(), name: code.into() };
        let mut a = cell("a", 5, 5);
        let mut b = cell("b", 5, 6);
        (a.county, b.county) = (Some(county("1")), Some(county("2")));
        let pixels = [a, b];
        let event = &fuse(&pixels, |_| Some(county("3")))[0];
        assert_eq!(
            (event.county.clone(), event.counties.clone()),
            (Some(county("3")), vec!["1".into(), "2".into(), "3".into()])
        );
        let event = &fuse(&pixels, nowhere)[0];
        assert!(event.county.is_none() && event.touches("1") && event.touches("2") && !event.touches("3"));
    }

    #[test]
    fn the_order_of_the_pixels_changes_nothing() {
        let mut pixels: Vec<FirePixel> = (0..40_u32)
            .map(|n| {
                let mut pixel = cell(&format!("p{n:02}"), n * 7 % 10, n * 3 % 11);
                pixel.frp_mw = Some(0.1 + f64::from(n) / 3.0);
                pixel
            })
            .collect();
        pixels.extend((0..30).map(|n| pixel(&format!("q{n:02}"), 102.0 + 0.004 * f64::from(n * 5 % 30), 36.0)));
        let expected = format!("{:?}", fuse(&pixels, nowhere));
        for turn in 1..pixels.len() {
            pixels.rotate_left(turn % 7 + 1);
            pixels.swap(0, turn);
            assert_eq!(format!("{:?}", fuse(&pixels, nowhere)), expected);
        }
    }

    /// By hand: 400 m apart across the seam of two granules is one fire of 375 m pixels, 800 m are two, and the next
    /// overpass is another event.
    #[test]
    fn pixels_of_a_swath_cluster_by_distance_across_granules_of_one_overpass() {
        let viirs = |id: &str, granule: &str, lat: f64, minutes: f64| FirePixel {
            sensor: "VIIRS".into(),
            granule: granule.into(),
            time: pixel("x", 102.0, 36.0).time.plus_seconds(60.0 * minutes).expect("valid"),
            scan_km: Some(0.4),
            track_km: Some(0.4),
            line: Some(6463),
            column: Some(3000),
            ..pixel(id, 102.0, lat)
        };
        let events = |other: FirePixel| fuse(&[viirs("a", "one", 36.0, 0.0), other], nowhere).len();
        assert_eq!(events(viirs("b", "two", 36.0036, 0.1)), 1);
        assert_eq!(events(viirs("b", "one", 36.0072, 0.1)), 2);
        assert_eq!(events(viirs("b", "two", 36.0036, 101.0)), 2);
    }

    /// A list of many points at few places must not cost the square of its length.
    #[test]
    fn many_points_at_one_place_are_one_event_at_once() {
        let pixels: Vec<FirePixel> = (0..100_000).map(|n| pixel(&format!("{n:06}"), 102.0, 36.0)).collect();
        let start = std::time::Instant::now();
        assert_eq!(fuse(&pixels, nowhere).len(), 1);
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }

    /// By hand: halfway between 179.999 and -179.999 lies 180, not 0.
    #[test]
    fn a_cluster_across_180_degrees_stays_there() {
        let events = fuse(&[pixel("a", 179.999, -17.0), pixel("b", -179.999, -17.0)], nowhere);
        assert_eq!(events.len(), 1);
        assert!((events[0].place.lon().abs() - 180.0).abs() < 1e-9, "{:?}", events[0].place);
    }
}
