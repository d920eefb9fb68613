//! Whatever the order, however often, in whatever batches: the same events, nothing lost and nothing twice.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A detection of one of six sources within some 12 km and two days: crowded enough for every rule to act. Of some the error
/// or the power is not known; few ids, so that many come again with another place, power, version or verdict.
fn detection() -> impl Strategy<Value = FirePixel> {
    (0..6_u8, 0..48_u32, 0..120_u32, 0..120_u32, 1..60_u32).prop_map(|(source, hour, east, up, mw)| {
        let place = at(102.0 + f64::from(east) * 0.001, 36.5 + f64::from(up) * 0.001);
        let (minutes, id) = (60.0 * f64::from(hour), format!("{source}-{hour}-{}-{}", east % 20, up % 2));
        let mut pixel = match source {
            0 => viirs(&id, "NOAA-20", minutes, place),
            1 => viirs(&id, "NOAA-21", minutes + 25.0, place),
            2 => FirePixel {
                sensor: "MODIS".into(),
                scan_km: Some(1.2),
                track_km: Some(1.0),
                position_error_m: Some(450.0),
                ..viirs(&id, "Aqua", minutes + 10.0, place)
            },
            3 => slot(&id, "Himawari-9", minutes, place),
            4 => FirePixel {
                granule: format!("FY-4B {hour}"),
                line: Some(up / 20),
                column: Some(east / 20),
                excess_radiance: (hour % 2 == 0).then_some(mw as f32),
                ..slot(&id, "FY-4B", minutes, place)
            },
            _ => FirePixel {
                satellite: "塔1".into(),
                sensor: "camera".into(),
                position_error_m: Some(60.0),
                ..FirePixel::bare(&id, time(minutes + f64::from(mw)), place)
            },
        };
        pixel.frp_mw = (source != 5 && mw % 11 != 0).then(|| f64::from(mw));
        pixel.saturated = mw % 13 == 0;
        pixel.source_version = [None, Some("2.0NRT".to_string()), Some("2.0".to_string())][mw as usize % 3].clone();
        if mw % 5 == 0 {
            pixel.position_error_m = None;
        }
        if mw % 7 == 0 {
            pixel.verdict = Verdict::Dropped(DropReason::OutsideCounties);
        }
        pixel
    })
}

/// A season over 15 by 15 degrees: 200,000 fires, each seen five times within an hour and a half.
#[test]
fn each_of_a_million_counts_once() {
    let mut state = 7_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut pixels = Vec::with_capacity(1_000_000);
    for fire in 0..200_000 {
        let (lon, lat, begins) = (draw(15_000) as f64, draw(15_000) as f64, draw(60 * 144) as f64);
        for look in 0..5 {
            let place = at(95.0 + 0.001 * lon, 28.0 + 0.001 * lat);
            let minutes = 10.0 * begins + draw(90) as f64;
            let id = format!("{fire}-{look}");
            pixels.push(match draw(3) {
                0 => viirs(&id, "NOAA-20", minutes, place),
                1 => viirs(&id, "NOAA-21", minutes, place),
                _ => slot(&id, "Himawari-9", (minutes / 10.0).floor() * 10.0, place),
            });
        }
    }
    let events = fused(&pixels);
    let mut counted: Vec<&str> = events.iter().flat_map(|event| event.members.iter().map(String::as_str)).collect();
    assert_eq!(counted.len(), 1_000_000);
    counted.sort_unstable();
    counted.dedup();
    assert_eq!(counted.len(), 1_000_000);
    // a fire is one to five events, for two looks of one minute may be of two fires; 200,000 fires do not melt into few
    assert!((150_000..400_000).contains(&events.len()), "{}", events.len());
}

/// All that does not tell how the detections came.
fn said(events: &[&FireEvent]) -> Vec<String> {
    let mut said: Vec<String> = events
        .iter()
        .map(|event| format!("{:?}", FireEvent { id: String::new(), history: Vec::new(), ..(*event).clone() }))
        .collect();
    said.sort();
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn order_repeats_and_batches_change_nothing(
        pixels in proptest::collection::vec(detection(), 1..120),
        seed in any::<u64>(),
        cuts in proptest::collection::vec(0..100_usize, 0..5),
    ) {
        let once = fused(&pixels);
        let distinct: BTreeSet<&str> = pixels.iter().map(|pixel| pixel.id.as_str()).collect();
        let counted: Vec<&str> = once.iter().flat_map(|event| event.members.iter().map(String::as_str)).collect();
        prop_assert_eq!(counted.len(), distinct.len(), "each detection counts once");
        prop_assert_eq!(counted.into_iter().collect::<BTreeSet<_>>(), distinct);
        let ids: BTreeSet<&str> = once.iter().map(|event| event.id.as_str()).collect();
        prop_assert_eq!(ids.len(), once.len());

        // another order, some of them twice: the same to the last bit, ids and all
        let mut other = pixels.clone();
        other.extend_from_slice(&pixels[..pixels.len() / 3]);
        let mut state = seed | 1;
        for i in (1..other.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            other.swap(i, (state >> 33) as usize % (i + 1));
        }
        prop_assert_eq!(format!("{:?}", fused(&other)), format!("{once:?}"));

        // in batches: ids may differ, for they were given before all was known
        let mut followed = Followed::default();
        let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut * other.len() / 100).chain([0, other.len()]).collect();
        bounds.sort_unstable();
        for pair in bounds.windows(2) {
            let before: BTreeSet<String> = followed.open().iter().map(|event| event.id.clone()).collect();
            followed.take(&other[pair[0]..pair[1]], &BTreeSet::new(), time(0.0), &FuseThresholds::default(), &NOWHERE);
            // no event that was told is gone without a word
            let open: BTreeSet<&str> = followed.open().iter().map(|event| event.id.as_str()).collect();
            for id in before.iter().filter(|id| !open.contains(id.as_str())) {
                let closed = followed.closed().find(|event| event.id == *id).expect("closed, not lost");
                prop_assert!(closed.merged_into.is_some(), "nothing was taken away: it is part of another");
            }
        }
        prop_assert_eq!(said(&followed.open()), said(&once.iter().collect::<Vec<_>>()));
    }
}
