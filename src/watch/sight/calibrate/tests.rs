use super::*;

fn camera() -> (LonLat, f64) {
    (LonLat::new(102.3, 36.5).expect("valid"), 2500.0)
}

fn truth() -> (Pose, Lens) {
    let (place, height_m) = camera();
    let pose = Pose { place, height_m, azimuth_deg: 217.3, tilt_deg: -4.2, roll_deg: 1.7 };
    (pose, Lens { k1: -0.12, ..Lens::new((1920.0, 1080.0), 62.0).expect("a lens") })
}

/// Landmarks where this camera sees them (the projection itself is compared with OpenCV in tests/it).
fn landmarks(count: usize, lens: &Lens, off_px: f64) -> Vec<Landmark> {
    let (pose, _) = truth();
    (0..count)
        .map(|n| {
            let turn = n as f64 * 2.4;
            let (u, v) = (960.0 + 850.0 * turn.cos() * ((n % 3) as f64 + 1.0) / 3.0, 540.0 + 400.0 * turn.sin());
            let sight = pose.sight_line(lens, (u, v)).expect("in the picture");
            let range = 2000.0 + 1500.0 * n as f64;
            let track =
                crate::watch::sight::Track::new(pose.place, pose.height_m, sight.azimuth_deg, range).expect("a track");
            let pixel = (u + off_px * (3.0 * turn).sin(), v + off_px * (5.0 * turn).cos());
            let place = track.place(range).expect("a place");
            Landmark { name: format!("n{n}"), pixel, place, height_m: track.height_m(range, sight.elevation_deg) }
        })
        .collect()
}

fn near(found: Found, expected: f64, by: f64) {
    assert!((found.value - expected).abs() < by, "{found:?}, not {expected}");
}

#[test]
fn exact_landmarks_give_the_pose_back() {
    let (pose, bent) = truth();
    let plain = Lens { k1: 0.0, ..bent };
    let any = Lens::new((1920.0, 1080.0), 100.0).expect("a lens");
    for (count, lens, by) in [(3, plain, 0.01), (5, plain, 0.01), (12, bent, 0.01)] {
        let found = calibrate(camera(), &any, &landmarks(count, &lens, 0.0)).expect("a pose");
        near(found.azimuth_deg, pose.azimuth_deg, by);
        near(found.tilt_deg, pose.tilt_deg, by);
        near(found.roll_deg, pose.roll_deg, by);
        near(found.hfov_deg, 62.0, by);
        assert_eq!(found.k1.is_some(), count == 12, "{found:?}");
        found.k1.into_iter().for_each(|k1| near(k1, -0.12, 1e-3));
        assert!(found.residuals.iter().all(|r| !r.is_outlier && r.px.0.hypot(r.px.1) < 0.5 && r.angle_deg < 0.02));
    }
}

#[test]
fn wrong_landmarks_are_named_and_errors_hold_the_truth() {
    let (pose, lens) = truth();
    let lens = Lens { k1: 0.0, ..lens };
    let mut list = landmarks(9, &lens, 2.0);
    list[4].pixel.0 -= 90.0;
    list[7].place = LonLat::new(102.2, 36.3).expect("valid");
    let found = calibrate(camera(), &lens, &list).expect("a pose");
    let outliers: Vec<usize> = (0..9).filter(|&at| found.residuals[at].is_outlier).collect();
    assert_eq!(outliers, [4, 7], "{found:?}");
    for (found, expected) in [
        (found.azimuth_deg, pose.azimuth_deg),
        (found.tilt_deg, pose.tilt_deg),
        (found.roll_deg, pose.roll_deg),
        (found.hfov_deg, 62.0),
    ] {
        assert!(found.error > 0.005 && (found.value - expected).abs() < 3.0 * found.error, "{found:?} {expected}");
    }
}

#[test]
fn what_cannot_be_used_is_refused_with_what_to_do() {
    let (_, lens) = truth();
    let lens = Lens { k1: 0.0, ..lens };
    let good = landmarks(7, &lens, 1.0);
    let refused = |list: &[Landmark]| {
        let refusal = calibrate(camera(), &lens, list).expect_err("refused");
        format!("{}; {}; {}", refusal.found, refusal.expected, refusal.advice)
    };
    let changed = |change: fn(&mut Vec<Landmark>)| {
        let mut list = good.clone();
        change(&mut list);
        refused(&list)
    };
    assert!(refused(&good[..2]).contains("2 landmarks") && refused(&[]).contains("0 landmarks"));
    assert!(changed(|list| list[1].pixel = (-3.0, 5.0)).contains("outside the picture"));
    assert!(changed(|list| list[1].pixel.0 = f64::NAN).contains("outside the picture"));
    assert!(changed(|list| list[3] = list[1].clone()).contains("n1 and n1: the same"));
    assert!(changed(|list| list[2].place = camera().0).contains("n2 0 m from the camera"));
    let spot = changed(|list| {
        let first = list[0].clone();
        for (n, landmark) in list.iter_mut().enumerate() {
            landmark.pixel = (first.pixel.0 + n as f64, first.pixel.1);
            landmark.place = first.place.moved_m(2.0 * n as f64, 0.0).expect("valid");
        }
    });
    assert!(spot.contains("far apart"), "{spot}");
    let mirrored = changed(|list| list.iter_mut().for_each(|l| l.pixel.0 = 1919.0 - l.pixel.0));
    assert!(mirrored.contains("mirrored"), "{mirrored}");
    let mixed = changed(|list| {
        let places: Vec<LonLat> = list.iter().map(|l| l.place).collect();
        list.iter_mut().enumerate().for_each(|(n, l)| l.place = places[(n * 3 + 2) % 7]);
    });
    assert!(mixed.contains("contradict") || mixed.contains("mirrored"), "{mixed}");
}
