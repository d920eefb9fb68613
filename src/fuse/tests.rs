//! Distances and errors by hand. A place known to 163 m (a pixel of 0.4 km, 400 / root 6) has 13,285 m2 an axis; two of
//! them and the 200 m of the fire itself 46,569 m2; times 9.21 the square of 655 m.

mod followed;
mod properties;

use super::*;
use crate::fire::{Class, Cluster, Confidence, Confirmation, DropReason, Verdict};
use crate::place::Spread;
use crate::time::Utc;

fn at(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).expect("on the earth")
}

/// So many minutes after 2025-10-20 05:30 UTC.
fn time(minutes: f64) -> Utc {
    Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid").plus_seconds(60.0 * minutes).expect("valid")
}

fn nowhere(_: LonLat) -> Option<CountyName> {
    None
}

/// A site that says nothing of a place.
const NOWHERE: Local = Local { county_of: &nowhere, assign: &|_| () };

fn fused(pixels: &[FirePixel]) -> Vec<FireEvent> {
    fuse(pixels, &FuseThresholds::default(), nowhere)
}

/// Metres north of 102.1 E 36.5 N.
fn north(metres: f64) -> LonLat {
    at(102.1, 36.5 + metres / 111_195.0)
}

fn viirs(id: &str, satellite: &str, minutes: f64, place: LonLat) -> FirePixel {
    FirePixel {
        satellite: satellite.into(),
        sensor: "VIIRS".into(),
        scan_km: Some(0.4),
        track_km: Some(0.4),
        position_error_m: Some(163.0),
        ..FirePixel::bare(id, time(minutes), place)
    }
}

/// A pixel of 3 km whose place is known to 1.7 km.
fn slot(id: &str, satellite: &str, minutes: f64, place: LonLat) -> FirePixel {
    FirePixel {
        satellite: satellite.into(),
        sensor: "AHI".into(),
        pixel_area_km2: Some(9.0),
        position_error_m: Some(1700.0),
        ..FirePixel::bare(id, time(minutes), place)
    }
}

/// A pixel of a slot by line and column.
fn cell(id: &str, line: u32, column: u32) -> FirePixel {
    let place = at(102.0 + 0.02 * f64::from(column), 36.0 - 0.02 * f64::from(line));
    FirePixel { granule: "slot".into(), line: Some(line), column: Some(column), ..slot(id, "Himawari-9", 0.0, place) }
}

fn members(events: &[FireEvent]) -> Vec<Vec<&str>> {
    let mut members: Vec<Vec<&str>> =
        events.iter().map(|event| event.members.iter().map(String::as_str).collect()).collect();
    members.sort();
    members
}

#[test]
fn nothing_makes_no_event() {
    assert!(fused(&[]).is_empty());
    let gone = FirePixel { verdict: Verdict::Dropped(DropReason::StaticSource), ..cell("a", 5, 5) };
    assert!(fused(&[gone]).is_empty());
}

/// By hand: a diagonal touches, a gap of one pixel does not.
#[test]
fn cells_touch_by_eight_neighbours() {
    let events = fused(&[cell("a", 5, 5), cell("b", 6, 6), cell("c", 6, 8), cell("d", 0, 0)]);
    assert_eq!(members(&events), [vec!["a", "b"], vec!["c"], vec!["d"]]);
}

/// By hand: 1.5 times 0.4 km are 600 m, of a pixel of 0.8 km at the edge of the swath 1200 m. Fires of one look further
/// apart than that are two, however badly their places are known.
#[test]
fn points_of_a_look_touch_by_their_size() {
    let pair = |apart: f64, side: f32| {
        let near = viirs("a", "NOAA-20", 0.0, north(0.0));
        let far = FirePixel { scan_km: Some(side), ..viirs("b", "NOAA-20", 0.2, north(apart)) };
        fused(&[near, far]).len()
    };
    assert_eq!((pair(590.0, 0.4), pair(610.0, 0.4), pair(1190.0, 0.8), pair(1210.0, 0.8)), (1, 2, 1, 2));
    let badly = |id, metres| FirePixel { position_error_m: Some(2000.0), ..viirs(id, "NOAA-20", 0.0, north(metres)) };
    assert_eq!(fused(&[badly("a", 0.0), badly("b", 700.0)]).len(), 2);
}

/// A busy day: two villages with a pixel between them. A saddle of 2 is lower than half of 8, one of 6 is not.
#[test]
fn neighbouring_villages_are_not_glued_together() {
    let row = |strengths: [f32; 3]| {
        let cells = strengths.iter().zip(0_u32..).map(|(strength, column)| FirePixel {
            excess_radiance: Some(*strength),
            ..cell(&format!("c{column}"), 7, column)
        });
        fused(&cells.collect::<Vec<_>>()).len()
    };
    assert_eq!((row([10.0, 2.0, 8.0]), row([10.0, 6.0, 8.0])), (2, 1));
}

/// A front of 40 pixels of 0.4 km, 16 km long, all alike: no event reaches further than twice 2.5 pixels, 2 km.
#[test]
fn a_long_front_does_not_run_away() {
    let front: Vec<FirePixel> =
        (0..40).map(|i| viirs(&format!("p{i:02}"), "NOAA-20", 0.0, north(400.0 * f64::from(i)))).collect();
    let events = fused(&front);
    assert_eq!(events.iter().map(|event| event.members.len()).sum::<usize>(), 40);
    assert!((8..=20).contains(&events.len()), "{}", events.len());
    for event in &events {
        let places: Vec<f64> = front.iter().filter(|p| event.members.contains(&p.id)).map(|p| p.place.lat()).collect();
        let length = places.iter().copied().fold(f64::MIN, f64::max) - places.iter().copied().fold(f64::MAX, f64::min);
        assert!(length * 111_195.0 <= 2001.0, "{length}");
    }
}

/// A fire that goes on by 490 m each hour and a half: six steps are 2940 m, the chain breaks 3 km from where it began.
#[test]
fn a_wandering_fire_does_not_run_away() {
    let names = ["NOAA-20", "NOAA-21", "Suomi-NPP"];
    let steps: Vec<FirePixel> = (0_u32..14)
        .map(|i| viirs(&format!("p{i:02}"), names[i as usize % 3], 90.0 * f64::from(i), north(490.0 * f64::from(i))))
        .collect();
    let sizes: Vec<usize> = fused(&steps).iter().map(|event| event.detections).collect();
    assert_eq!(sizes, [7, 7]);
}

#[test]
fn two_satellites_over_one_field_are_one_event() {
    let pass =
        |metres: f64| fused(&[viirs("a", "NOAA-20", 0.0, north(0.0)), viirs("b", "NOAA-21", 50.0, north(metres))]);
    assert_eq!((pass(640.0).len(), pass(670.0).len()), (1, 2));
    let event = &pass(300.0)[0];
    assert_eq!((event.sources.as_slice(), event.looks), (["NOAA-20".to_string(), "NOAA-21".into()].as_slice(), 2));
    assert_eq!(
        (event.first_discoverer.as_str(), event.first_seen, event.last_seen),
        ("NOAA-20", time(0.0), time(50.0))
    );
    assert_eq!((event.confidence, event.confirmation), (Confidence::High, Confirmation::Confirmed));
}

/// 24 hours without a detection end an event; a geostationary satellite looks every ten minutes, and what it sees again
/// after more than two hours is another fire in its 9 km2.
#[test]
fn an_event_ends() {
    let pass = |hours: f64| {
        fused(&[viirs("a", "NOAA-20", 0.0, north(0.0)), viirs("b", "NOAA-20", 60.0 * hours, north(0.0))]).len()
    };
    assert_eq!((pass(23.9), pass(24.1)), (1, 2));
    let slots = |minutes: f64| {
        fused(&[slot("a", "Himawari-9", 0.0, north(0.0)), slot("b", "Himawari-9", minutes, north(0.0))]).len()
    };
    assert_eq!((slots(119.0), slots(121.0)), (1, 2));
}

/// Two fields under one 3 km pixel stay two events; the pixel counts in the nearer one and is shared by the other, its
/// 60 MW as 10 and 30 MW were: 15 and 45.
#[test]
fn a_coarse_pixel_is_shared_by_the_fires_in_it() {
    let of =
        |id: &str, metres: f64, mw: f64| FirePixel { frp_mw: Some(mw), ..viirs(id, "NOAA-20", 12.0, north(metres)) };
    let coarse = |id: &str, minutes, mw| FirePixel { frp_mw: Some(mw), ..slot(id, "Himawari-9", minutes, north(0.0)) };
    let events =
        fused(&[of("a", -500.0, 10.0), of("b", 700.0, 30.0), coarse("c", 10.0, 60.0), coarse("d", 20.0, 40.0)]);
    assert_eq!(members(&events), [vec!["a", "c", "d"], vec!["b"]]);
    let (a, b) = if events[0].members.len() == 3 { (&events[0], &events[1]) } else { (&events[1], &events[0]) };
    assert!(a.shared.is_empty() && b.shared == ["c", "d"], "{:?}", b.shared);
    assert_eq!((a.detections, b.detections, a.max_frp_mw, b.max_frp_mw), (3, 3, Some(15.0), Some(45.0)));
    // trapezoid of 45 and 30 MW over 600 s
    assert_eq!((b.frp_curve.len(), b.fre_mj), (2, Some(22_500.0)));
    assert!((b.place.lat() - north(700.0).lat()).abs() < 1e-9, "a shared look does not move the place");
}

/// A pixel that several fires share is no second witness of any of them; of one fire alone it is.
#[test]
fn a_shared_look_confirms_nothing() {
    let coarse = slot("c", "Himawari-9", 10.0, north(0.0));
    let (a, b) = (viirs("a", "NOAA-20", 12.0, north(-500.0)), viirs("b", "NOAA-20", 12.0, north(700.0)));
    for event in fused(&[a.clone(), b, coarse.clone()]) {
        assert_eq!((event.confirmation, event.confidence), (Confirmation::Provisional, Confidence::Nominal));
    }
    let alone = &fused(&[a, coarse])[0];
    assert_eq!((alone.confirmation, alone.confidence), (Confirmation::Confirmed, Confidence::High));
}

/// Two passes 23 hours apart make one event, but 12 hours from both its coarse neighbour is a fire of its own.
#[test]
fn an_event_is_not_as_long_as_from_its_first_to_its_last_look() {
    let passes = [viirs("a", "NOAA-20", 0.0, north(0.0)), viirs("b", "NOAA-20", 1380.0, north(0.0))];
    let between = slot("c", "Himawari-9", 720.0, north(1000.0));
    assert_eq!((fused(&passes).len(), fused(&[passes[0].clone(), between, passes[1].clone()]).len()), (1, 2));
}

/// Our own scan and a list of others of the same overpass, 100 m apart in a pixel of 400 m: one measurement of 5 MW.
#[test]
fn the_same_measurement_from_two_programs_has_its_power_once() {
    let of = |id: &str, algorithm: &str, metres: f64| FirePixel {
        algorithm: algorithm.into(),
        frp_mw: Some(if algorithm == "FIRMS" { 7.0 } else { 5.0 }),
        pixel_area_km2: Some(0.16),
        ..viirs(id, "NOAA-20", 0.0, north(metres))
    };
    let power = |metres, other| fused(&[of("a", "viirs-375m", 0.0), of("b", other, metres)])[0].max_frp_mw;
    assert_eq!(
        (power(100.0, "FIRMS"), power(210.0, "FIRMS"), power(100.0, "viirs-375m")),
        (Some(7.0), Some(12.0), Some(10.0)),
        "of two programs the greater"
    );
}

/// A list that has a satellite every ten minutes for three hours: no pass lasts 49 minutes, so that looks begin at 0, 50,
/// 100 and 150 minutes.
#[test]
fn a_pass_is_no_longer_than_half_an_orbit() {
    let of = |i: u32| viirs(&format!("p{i:02}"), "NOAA-20", 10.0 * f64::from(i), north(0.0));
    let events = fused(&(0..19).map(of).collect::<Vec<_>>());
    assert_eq!((events.len(), events[0].looks, events[0].detections), (1, 4, 19));
}

/// What a coarse look shows beside the finer fires is an event of its own: 3.69 km are 3 standard errors of both.
#[test]
fn a_coarse_pixel_beside_a_fine_fire_is_another_event() {
    let pair = |metres| fused(&[viirs("a", "NOAA-20", 12.0, north(0.0)), slot("c", "Himawari-9", 10.0, north(metres))]);
    assert_eq!((pair(3600.0).len(), pair(3800.0).len()), (1, 2));
    let late = fused(&[viirs("a", "NOAA-20", 12.0, north(0.0)), slot("c", "Himawari-9", 140.0, north(0.0))]);
    assert_eq!(late.len(), 2, "seen two hours and more after");
}

/// By hand: (10 + 20)/2 and (20 + 10)/2 MW over 600 s each; nothing over the gap of 40 minutes.
#[test]
fn energy_is_the_area_under_the_curve() {
    let look = |id: &str, minutes, mw| FirePixel { frp_mw: Some(mw), ..slot(id, "Himawari-9", minutes, north(0.0)) };
    let events = fused(&[look("a", 0.0, 10.0), look("b", 10.0, 20.0), look("c", 20.0, 10.0), look("d", 60.0, 10.0)]);
    assert_eq!((events.len(), events[0].fre_mj, events[0].max_frp_mw), (1, Some(18_000.0), Some(20.0)));
    assert_eq!(events[0].frp_curve.len(), 4);
    assert_eq!(fused(&[look("a", 0.0, 10.0)])[0].fre_mj, None);
}

/// By hand: weights 1 and 3 give three quarters of the way; 10 and 5.5 MW give 15.5 MW; the weighted mean of 1 and 4 km2
/// is 3.25: as a covariance 0.25 east, 3 north, its root 1.8028 km.
#[test]
fn a_fire_is_weighted_by_excess_radiance() {
    let mut a = cell("a", 5, 5);
    let mut b = cell("b", 5, 6);
    (a.excess_radiance, b.excess_radiance) = (Some(1.0), Some(3.0));
    (a.frp_mw, b.frp_mw) = (Some(10.0), Some(5.5));
    (a.confidence, b.confidence) = (Confidence::Low, Confidence::High);
    (a.position_error_m, b.position_error_m) = (Some(1000.0), Some(2000.0));
    (a.place_spread, b.place_spread) = (Some(Spread::along(1000.0, 0.0)), Some(Spread::along(0.0, 2000.0)));
    let event = &fused(&[a, b])[0];
    assert!((event.place.lon() - 102.115).abs() < 1e-9, "{:?}", event.place);
    assert_eq!((event.max_frp_mw, event.confidence), (Some(15.5), Confidence::High));
    assert_eq!(event.place_spread, Some(Spread { east_m2: 0.25e6, cross_m2: 0.0, north_m2: 3e6 }));
    assert!((event.position_error_m.expect("known") - 1802.8).abs() < 0.1);
}

/// By hand: errors of 100 and 200 m: weights 0.8 and 0.2, and 1/(1/100^2 + 1/200^2) is the square of 89.4 m. Two looks of one
/// satellite are no surer than one.
#[test]
fn satellites_make_the_place_surer_and_looks_of_one_do_not() {
    let look = |id, satellite, minutes, metres, error| FirePixel {
        position_error_m: Some(error),
        ..viirs(id, satellite, minutes, north(metres))
    };
    let both = &fused(&[look("a", "NOAA-20", 0.0, 0.0, 100.0), look("b", "NOAA-21", 50.0, 400.0, 200.0)])[0];
    assert!((both.place.lat() - north(80.0).lat()).abs() < 1e-7, "{:?}", both.place);
    assert!((both.position_error_m.expect("known") - 89.44).abs() < 0.01);
    let again = &fused(&[look("a", "NOAA-20", 0.0, 0.0, 100.0), look("b", "NOAA-20", 100.0, 400.0, 100.0)])[0];
    assert!((again.place.lat() - north(200.0).lat()).abs() < 1e-7);
    assert!((again.position_error_m.expect("known") - 100.0).abs() < 0.01);
    let unknown = &fused(&[FirePixel { position_error_m: None, ..viirs("a", "NOAA-20", 0.0, north(0.0)) }])[0];
    assert_eq!((unknown.position_error_m, unknown.place_spread), (None, None));
}

/// A tower sees smoke 400 m from where a satellite saw heat 20 minutes before: one event of two kinds of source. Half an hour apart
/// are pictures of one fire, three hours are not; smoke without a place is no event.
/// A trial beside a fire is an event of its own, whichever came first; neither changes the other.
#[test]
fn a_trial_and_a_fire_are_two_events() {
    let trial = |id: &str, minutes: f64| FirePixel { simulated: true, ..viirs(id, "NOAA-20", minutes, north(0.0)) };
    let real = viirs("r", "NOAA-21", 5.0, north(0.0));
    let events = fused(&[trial("a", 0.0), real.clone(), trial("b", 10.0)]);
    let of: Vec<(bool, usize)> = events.iter().map(|event| (event.simulated, event.members.len())).collect();
    assert_eq!(of, [(true, 2), (false, 1)]);
    assert_eq!(events[1], fused(&[real])[0]);
}

#[test]
fn sightings_and_satellites_are_one_event() {
    let smoke = |id: &str, minutes: f64, place: Option<LonLat>| crate::sighting::Sighting {
        id: id.into(),
        origin: crate::sighting::Origin::Camera,
        time: time(minutes),
        camera: Some("tower-3".into()),
        kind: crate::sighting::Kind::Smoke,
        score: 0.6,
        from: None,
        direction: None,
        range_m: None,
        ground: place.map(|place| crate::sighting::Ground::Point { place, spread: Spread::around(100.0) }),
        image: None,
        vendor_id: None,
        simulated: false,
    };
    let seen = |minutes: f64| smoke("s", minutes, Some(north(400.0))).as_detection().expect("placed");
    let events =
        fused(&[viirs("a", "NOAA-20", 0.0, north(0.0)), seen(20.0), FirePixel { id: "t".into(), ..seen(50.0) }]);
    assert_eq!((events.len(), events[0].sources.join(" ").as_str()), (1, "NOAA-20 tower-3"));
    assert_eq!((events[0].confidence, events[0].confirmation), (Confidence::High, Confirmation::Confirmed));
    assert_eq!(fused(&[seen(0.0), FirePixel { id: "t".into(), ..seen(180.0) }]).len(), 2);
    assert!(smoke("s", 0.0, None).as_detection().is_none());
}

/// A call that the desk put to an event says nothing of its own: place, error, times and confirmation are those of the satellite alone, and it stands
/// among the sources. With a place of its own it is a witness.
#[test]
fn a_call_put_to_an_event_is_no_witness() {
    let satellite = || viirs("a", "NOAA-20", 0.0, north(0.0));
    let alone = fused(&[satellite()]).remove(0);
    let call = |algorithm: &str| FirePixel {
        satellite: "群众来电/12345热线".into(),
        sensor: "hotline".into(),
        granule: "desk_c".into(),
        algorithm: algorithm.into(),
        position_error_m: Some(163.0),
        ..FirePixel::bare("c", time(20.0), north(0.0))
    };
    let events = fused(&[satellite(), call(crate::sighting::OF_EVENT)]);
    assert_eq!((events.len(), &events[0].id), (1, &alone.id));
    let event = &events[0];
    assert_eq!((event.members.join(" "), event.sources.join(" ")), ("a c".into(), "NOAA-20 群众来电/12345热线".into()));
    assert_eq!((event.confirmation, event.confidence), (Confirmation::Provisional, alone.confidence));
    assert_eq!((event.place, event.position_error_m, event.looks), (alone.place, alone.position_error_m, 1));
    assert_eq!((event.first_seen, event.last_seen), (time(0.0), time(0.0)));
    assert_eq!(fused(&[satellite(), call("smoke")])[0].confirmation, Confirmation::Confirmed);
    // two slots and the call between them: one event, as without it
    let slots = [slot("s", "Himawari-9", 0.0, north(0.0)), slot("t", "Himawari-9", 20.0, north(300.0))];
    let both = fused(&slots).remove(0);
    let with = fused(&[slots[0].clone(), call(crate::sighting::OF_EVENT), slots[1].clone()]);
    assert_eq!((with.len(), with[0].place, with[0].last_seen), (1, both.place, both.last_seen));
    // where nothing else is left it is all that there is
    assert_eq!(fused(&[call(crate::sighting::OF_EVENT)])[0].members, ["c"]);
}

/// Each call is by itself: two of one minute that lie as near as their errors are one fire, two far apart are two. Nobody looks again within minutes, so that a
/// satellite may come hours later, or may have come before; and whoever was first stays the first.
#[test]
fn calls_are_fused_with_what_satellites_see() {
    let call = |id: &str, minutes: f64, metres: f64| FirePixel {
        satellite: "群众来电/12345热线".into(),
        sensor: "hotline".into(),
        granule: format!("desk_{id}"),
        position_error_m: Some(1000.0),
        place_spread: Some(Spread::around(1000.0)),
        ..FirePixel::bare(id, time(minutes), north(metres))
    };
    assert_eq!(fused(&[call("a", 0.0, 0.0), call("b", 0.0, 900.0)]).len(), 1);
    assert_eq!(fused(&[call("a", 0.0, 0.0), call("b", 0.0, 9000.0)]).len(), 2);
    for (minutes, first) in [(-200.0, "群众来电/12345热线"), (200.0, "NOAA-20")] {
        let events = fused(&[viirs("v", "NOAA-20", 0.0, north(800.0)), call("a", minutes, 0.0)]);
        assert_eq!((events.len(), events[0].first_discoverer.as_str()), (1, first));
        assert_eq!((events[0].detections, events[0].confirmation), (2, Confirmation::Confirmed));
    }
    // of two fires the call counts in one, and is no second witness of either
    let two =
        [viirs("v", "NOAA-20", 0.0, north(-900.0)), viirs("w", "NOAA-20", 0.0, north(900.0)), call("a", 5.0, 0.0)];
    let events = fused(&two);
    assert_eq!(events.iter().map(|event| event.members.len()).sum::<usize>(), 3);
    assert!(events.len() == 2 && events.iter().all(|event| event.confirmation == Confirmation::Provisional));
}

/// The border cuts the county, not the fire: outside pixels move the place, and alone they are an event outside.
#[test]
fn outside_pixels_belong_to_an_event() {
    let outside = |at: FirePixel| FirePixel { verdict: Verdict::Dropped(DropReason::OutsideCounties), ..at };
    let events = fused(&[cell("a", 5, 5), outside(cell("b", 5, 6)), outside(cell("c", 9, 9))]);
    let inside: Vec<(usize, bool)> = events.iter().map(|event| (event.detections, event.inside)).collect();
    assert!(inside.contains(&(2, true)) && inside.contains(&(1, false)), "{inside:?}");
    let event = events.iter().find(|event| event.inside).expect("one");
    assert!((event.place.lon() - 102.11).abs() < 1e-9);
}

#[test]
fn the_county_is_that_of_the_place_and_all_touched_are_known() {
    let county = |code: &str| CountyName { adcode: code.into(), name: code.into() };
    let mut a = cell("a", 5, 5);
    let mut b = cell("b", 5, 6);
    (a.county, b.county) = (Some(county("1")), Some(county("2")));
    let pixels = [a, b];
    let event = &fuse(&pixels, &FuseThresholds::default(), |_| Some(county("3")))[0];
    assert_eq!(event.county, Some(county("3")));
    assert_eq!(event.counties, ["1", "2", "3"]);
    let event = &fused(&pixels)[0];
    assert_eq!(event.county, Some(county("1")), "that of a kept detection where the place lies in none");
    assert!(event.touches("1") && event.touches("2") && !event.touches("3"));
    // both outside, the place between them in a county: it burns inside
    let outside =
        pixels.map(|p| FirePixel { verdict: Verdict::Dropped(DropReason::OutsideCounties), county: None, ..p });
    assert!(fuse(&outside, &FuseThresholds::default(), |_| Some(county("3")))[0].inside && !fused(&outside)[0].inside);
}

/// Many pixels of 30 m in one record: its middle lies in one county, a part of its edge in the next.
#[test]
fn a_cluster_over_a_border_touches_both_counties() {
    let county_of = |place: LonLat| {
        let code = if place.lon() < 102.0 { "1" } else { "2" };
        Some(CountyName { adcode: code.into(), name: code.into() })
    };
    let ring = vec![at(101.9995, 36.5), at(102.001, 36.5), at(102.001, 36.5005), at(101.9995, 36.5)];
    let cluster =
        Cluster { pixels: 4, area_m2: 3600.0, outline: vec![vec![ring]], max_swir22: 1.0, sum_swir22: 2.0, votes: 3 };
    let place = at(102.0005, 36.5);
    let fire = FirePixel { county: county_of(place), ..FirePixel::bare("a", time(0.0), place) };
    let touched = |fire: FirePixel| fuse(&[fire], &FuseThresholds::default(), county_of)[0].counties.clone();
    assert_eq!(touched(fire.clone()), ["2"]);
    assert_eq!(touched(FirePixel { cluster: Some(cluster), ..fire }), ["1", "2"]);
}

/// The finest sensor with a class says it; a geostationary pixel that knows nothing does not unsay it.
#[test]
fn the_class_is_that_of_the_finest_look() {
    let of = |class, reason: &str, pixel| FirePixel { class, reasons: vec![reason.into()], ..pixel };
    let fine = of(Class::Straw, "耕地", viirs("a", "NOAA-20", 12.0, north(0.0)));
    let coarse = of(Class::Unknown, "像元太大", slot("c", "Himawari-9", 10.0, north(500.0)));
    let event = &fused(&[fine.clone(), coarse.clone()])[0];
    assert_eq!((event.class, event.reasons.as_slice()), (Class::Straw, ["耕地".to_string()].as_slice()));
    let grass = of(Class::Vegetation, "草地", viirs("b", "NOAA-21", 50.0, north(0.0)));
    assert_eq!(fused(&[fine, grass.clone()])[0].class, Class::Straw, "one to one: somebody should look");
    let industry = of(Class::Industrial, "热源", viirs("d", "Suomi-NPP", 30.0, north(0.0)));
    assert_eq!(fused(&[grass, industry])[0].class, Class::Unknown);
    assert_eq!(fused(&[coarse])[0].reasons, ["像元太大"]);
    // a fine look that leaves it unknown is not overruled by a coarser one
    let built = of(Class::Unknown, "建成区", viirs("a", "NOAA-20", 12.0, north(0.0)));
    let built = FirePixel { cropland_fraction: Some(0.1), ..built };
    let modis = FirePixel { sensor: "MODIS".into(), scan_km: Some(1.2), ..viirs("m", "Aqua", 20.0, north(100.0)) };
    let event = &fused(&[built, of(Class::Straw, "耕地", modis)])[0];
    assert_eq!((event.class, event.reasons.as_slice()), (Class::Unknown, ["建成区".to_string()].as_slice()));
}

/// A saturated pixel without a power is the hottest: a sum without it would be far too small.
#[test]
fn the_power_of_a_saturated_fire_is_not_known() {
    let hot = FirePixel { saturated: true, ..cell("a", 5, 5) };
    let warm = FirePixel { frp_mw: Some(3.0), ..cell("b", 5, 6) };
    assert_eq!(fused(&[hot.clone(), warm.clone()])[0].max_frp_mw, None);
    assert_eq!(fused(&[FirePixel { frp_mw: Some(5.0), ..hot }, warm])[0].max_frp_mw, Some(8.0));
}

/// Of the cubes that a place reaches none is left out that holds a place so near, whatever the reach and the side; the great
/// circle is longer than the straight line, so that `moved_m` with the whole reach stays within it.
#[test]
fn cubes_reached_hold_all_that_is_near() {
    let mut asked = 0;
    for (reach_m, side_m) in [(300.0, 600.0), (5_000.0, 3_000.0), (40_000.0, 80_000.0), (400_000.0, 800_000.0)] {
        for i in 0..2000_u32 {
            let lat = -89.0 + f64::from(i * 7 % 179);
            let here = at(f64::from(i * 37 % 360) - 180.0, lat);
            let turn = f64::from(i).to_radians() * 11.0;
            let Some(there) = here.moved_m(0.999 * reach_m * turn.sin(), 0.999 * reach_m * turn.cos()) else {
                continue;
            };
            let (a, b) = (cubes::point(here), cubes::point(there));
            if cubes::distance_m(a, b) <= reach_m {
                let cube = cubes::cube(b, side_m);
                assert!(cubes::reached(a, reach_m, side_m).any(|one| one == cube), "{here:?} {there:?} {reach_m}");
                asked += 1;
            }
        }
    }
    assert!(asked > 6000, "{asked}");
}

/// The poles and 180 degrees are places like others.
#[test]
fn there_is_no_seam_on_the_earth() {
    let east = viirs("a", "NOAA-20", 0.0, at(179.999, 60.0));
    let west = viirs("b", "NOAA-20", 0.0, at(-179.999, 60.0));
    let events = fused(&[east, west]);
    assert_eq!((events.len(), events[0].place.lon().abs()), (1, 180.0));
    assert_eq!(
        fused(&[viirs("a", "NOAA-20", 0.0, at(0.0, 89.999)), viirs("b", "NOAA-20", 0.0, at(180.0, 89.999))]).len(),
        1
    );
}

/// By hand: two fires of one slot, 60 MW each and 4 s apart, under one fine fire: the look has 120 MW.
#[test]
fn two_spots_of_one_look_are_one_look() {
    let at_cell = |id: &str, column: u32, seconds: f64| FirePixel {
        frp_mw: Some(60.0),
        time: time(seconds / 60.0),
        position_error_m: Some(1700.0),
        place: north(0.0),
        ..cell(id, 7, column)
    };
    let events = fused(&[viirs("f", "NOAA-20", 0.0, north(0.0)), at_cell("a", 0, 0.0), at_cell("b", 3, 4.0)]);
    assert_eq!((events.len(), events[0].looks, events[0].max_frp_mw), (1, 2, Some(120.0)));
    assert_eq!(events[0].frp_curve, [(time(0.0), 120.0)]);
}

/// A saturated look without a power, then 3 MW: not a fire of 3 MW.
#[test]
fn a_weak_look_after_a_saturated_one_is_not_the_greatest() {
    let saturated = FirePixel { saturated: true, frp_mw: None, ..viirs("a", "NOAA-20", 0.0, north(0.0)) };
    let weak = FirePixel { frp_mw: Some(3.0), ..viirs("b", "NOAA-21", 50.0, north(0.0)) };
    let events = fused(&[saturated, weak.clone()]);
    assert_eq!((events.len(), events[0].max_frp_mw), (1, None));
    assert_eq!(fused(&[weak])[0].max_frp_mw, Some(3.0));
}

/// Numbers that cannot be: the greatest that there is, an error as wide as the sun is far. Nothing is lost, nothing hangs.
#[test]
fn numbers_beyond_all_measure_lose_no_fire() {
    let huge = |id, metres| FirePixel { frp_mw: Some(1e308), ..viirs(id, "NOAA-20", 0.0, north(metres)) };
    let events = fused(&[huge("a", 0.0), huge("b", 300.0)]);
    assert_eq!(members(&events), [["a", "b"]]);
    assert!((events[0].place.lat() - north(150.0).lat()).abs() < 1e-9);
    let wide = (0..60).map(|i| FirePixel {
        position_error_m: Some(1.5e11),
        scan_km: Some(1e8),
        ..viirs(&format!("w{i}"), "NOAA-20", 30.0 * f64::from(i), north(1e5 * f64::from(i)))
    });
    let events = fused(&wide.collect::<Vec<_>>());
    assert_eq!(events.iter().map(|event| event.members.len()).sum::<usize>(), 60);
}

/// One id at two places: the same one counts in either order, and of two versions the later.
#[test]
fn one_id_is_one_detection_whatever_the_order() {
    let version = |text: &str, metres| FirePixel {
        source_version: Some(text.into()),
        frp_mw: Some(5.0),
        ..viirs("a", "NOAA-20", 0.0, north(metres))
    };
    let place = |pair: [FirePixel; 2]| fused(&pair)[0].place;
    let (one, two) = (version("2.0NRT", 0.0), version("2.0NRT", 5000.0));
    assert_eq!(place([one.clone(), two.clone()]), place([two, one.clone()]));
    let last = version("2.0", 9000.0);
    for pair in [[one.clone(), last.clone()], [last.clone(), one.clone()]] {
        assert!((place(pair).lat() - last.place.lat()).abs() < 1e-9);
    }
}

/// Forty thousand detections of one place in one look: no mark meets all others.
#[test]
fn a_crowd_in_one_look_is_one_fire_soon() {
    let one = |i: u32| FirePixel { frp_mw: Some(1.0), ..viirs(&format!("p{i}"), "NOAA-20", 0.0, north(0.0)) };
    let events = fused(&(0..40_000).map(one).collect::<Vec<_>>());
    assert_eq!((events.len(), events[0].max_frp_mw), (1, Some(40_000.0)));
}
