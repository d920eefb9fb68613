//! A real day of VIIRS: what becomes one event and what does not, beside groupings by hand and by another program.

use crate::common::{shared, strawfire};
use serde_json::Value;
use std::collections::BTreeMap;

const LIST: &str = "firms/viirs_noaa20_china_20231109.csv";

fn features(folder: &std::path::Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("out").join(name)).expect("written");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    json["features"].as_array().expect("features").clone()
}

/// By hand. All nine points of the six counties are of the pass of 06:09 UTC; the passes of 04:25, 07:48, 16:47, 18:30 and 20:10 saw
/// none here. Pixels are 0.38 x 0.36 km, so that two touch below 0.57 km, and no two are nearer than 1.6 km:
///
/// | point (N, E) | its nearest | km |
/// |---|---|---|
/// | 36.76027 101.82241 | 36.76808 101.80733 | 1.60 |
/// | 36.77947 102.01170 | 36.83173 102.06526 | 7.5 |
/// | 36.83173 102.06526 | 36.88589 102.06139 | 6.0 |
/// | 36.88589 102.06139 | 36.92702 101.99869 | 7.2 |
/// | 36.91459 101.96197 | 36.91523 101.94417 | 1.59 |
/// | 36.92961 101.94956 | 36.91523 101.94417 | 1.67 |
/// | 36.92702 101.99869 | 36.91459 101.96197 | 3.5 |
///
/// Each is a fire of its own: nine events.
#[test]
fn nine_points_of_a_day_are_nine_events() {
    let Some(list) = shared(LIST) else { return };
    let folder = tempfile::tempdir().expect("folder");
    let done = strawfire(folder.path(), &["import", "--format", "firms", list.to_str().expect("a path")]);
    assert!(done.status.success());
    let events = features(folder.path(), "events.geojson");
    assert_eq!(events.len(), 9);
    assert!(
        events.iter().all(|event| event["properties"]["detections"] == 1 && event["properties"]["adcode"] == "630223")
    );
    // by pyproj (EPSG:4543) and the nearest border line: 1.117, 17.358 and, of two pixels of the night pass, 19.994 km; the next
    // one lies 20.176 km away
    let neighbours = features(folder.path(), "neighbours.geojson");
    let near: Vec<f64> = neighbours.iter().map(|one| one["neighbour"]["distance_km"].as_f64().expect("km")).collect();
    assert_eq!(near, [1.1, 17.4, 20.0]);
    assert!(neighbours.iter().all(|one| one["properties"]["adcode"].is_null()));
    let place = |one: &Value| one["geometry"]["coordinates"][1].as_f64().expect("a latitude");
    assert!(neighbours.iter().any(|one| (place(one) - 37.05264).abs() < 1e-6), "1.1 km north of 互助");
}

/// Over all of China: 3374 points, each in one event; of all pairs that touch, by distances of each with each, few are in two events,
/// because their fire would be wider than one may be.
#[test]
fn every_point_of_china_counts_once() {
    let Some(list) = shared(LIST) else { return };
    let feed = strawfire::ingest::feeds::read(strawfire::ingest::feeds::Format::Firms, &list).expect("read");
    let events = strawfire::fuse::fuse(&feed.pixels, &strawfire::thresholds::FuseThresholds::default(), |_| None);
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        assert!(event.shared.is_empty(), "one sensor shares nothing");
        for id in &event.members {
            assert!(of.insert(id, at).is_none(), "{id} twice");
        }
    }
    assert_eq!(of.len(), feed.pixels.len());
    // pairs of one pass that touch are of one event unless that would be wider than a fire may be
    let pixels = &feed.pixels;
    let (mut touching, mut apart) = (0, 0);
    for (i, a) in pixels.iter().enumerate() {
        for b in &pixels[..i] {
            let side =
                |p: &strawfire::fire::FirePixel| f64::from(p.scan_km.unwrap_or(0.0).max(p.track_km.unwrap_or(0.0)));
            let one_pass = a.time.seconds_since(b.time).abs() < 600.0;
            if one_pass && a.place.distance_m(b.place) < 1490.0 * side(a).max(side(b)) {
                touching += 1;
                apart += usize::from(of[a.id.as_str()] != of[b.id.as_str()]);
            }
        }
    }
    println!(
        "{} points, {} events; {touching} touching pairs, {apart} of them in two events",
        pixels.len(),
        events.len()
    );
    assert!(touching > 500 && apart * 20 < touching, "{apart} of {touching}");
    // and no event is wider than the square of China's widest fire of a pass: twice 2.5 pixels of 0.8 km, and the wandering of 3 km
    for event in &events {
        let members: Vec<_> =
            pixels.iter().filter(|p| of.get(p.id.as_str()).is_some_and(|at| events[*at].id == event.id)).collect();
        let widest = members.iter().map(|p| p.place.distance_m(members[0].place)).fold(0.0, f64::max);
        assert!(widest < 7000.0, "{widest} m: {:?}", event.members);
    }
}
