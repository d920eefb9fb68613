use super::*;
use crate::fire::DropReason;

/// Minutes after 06:00 UTC of 20 October 2025.
fn at(minute: i8) -> Utc {
    Utc::from_parts(2025, 10, 20, 6, minute, 0).expect("a time")
}

fn place(lon: f64) -> LonLat {
    LonLat::new(lon, 36.5).expect("a place")
}

/// A kept fire of Himawari-9 in a county, named by minute and column.
fn fire(minute: i8, column: u32) -> FirePixel {
    let (time, place) = (at(minute), place(102.0 + f64::from(column) / 50.0));
    FirePixel {
        satellite: "Himawari-9".into(),
        sensor: "AHI".into(),
        granule: format!("g{minute}"),
        line: Some(10),
        column: Some(column),
        county: Some(CountyName { adcode: "630202".into(), name: "乐都区".into() }),
        ..FirePixel::bare(format!("f{minute}-{column}"), time, place)
    }
}

fn dropped(fire: FirePixel, reason: DropReason) -> FirePixel {
    FirePixel { verdict: Verdict::Dropped(reason), ..fire }
}

fn event(id: &str, members: &[&FirePixel]) -> FireEvent {
    let first = members.first().expect("a member");
    FireEvent {
        members: members.iter().map(|fire| fire.id.clone()).collect(),
        sources: vec!["Himawari-9 AHI".into()],
        county: first.county.clone(),
        ..FireEvent::bare(id, first.time, first.place)
    }
}

/// A run that looked at these minutes.
fn run(fires: Vec<FirePixel>, events: Vec<FireEvent>, minutes: &[i8]) -> Gathered {
    let mut report = crate::deliver::scan_report::ScanReport::new(Vec::new());
    report.granules = minutes
        .iter()
        .map(|minute| GranuleReport {
            satellite: "Himawari-9".into(),
            sensor: "AHI".into(),
            ..GranuleReport::bare(format!("g{minute}"), at(*minute))
        })
        .collect();
    Gathered { fires, events, coverage: Vec::new(), report, read: minutes.len() }
}

/// What, how, why, and the ids in both runs.
type Said<'a> = (&'a str, &'a str, &'a str, Option<&'a str>, Option<&'a str>);

fn told(comparison: &Comparison) -> Vec<Said<'_>> {
    let mut said = Vec::new();
    for change in &comparison.changes {
        let ids = (change.id_a.as_deref(), change.id_b.as_deref());
        said.push((change.what.name(), change.how.name(), change.reason.as_str(), ids.0, ids.1));
    }
    said
}

#[test]
fn a_run_does_not_differ_from_itself() {
    let fires = || vec![fire(0, 1), dropped(fire(0, 2), DropReason::CloudEdge)];
    let side = || run(fires(), vec![event("e", &[&fire(0, 1)])], &[0]);
    let comparison = compare(&side(), &side());
    assert_eq!((comparison.changes.len(), comparison.fires, comparison.events), (0, [1, 1, 1], [1, 1, 1]));
}

/// By hand. Minute 0: column 1 is in both; 2 is lost, dropped as the edge of a cloud; 3 is lost, for the second run does not have it at all.
/// Minute 10: only the first run looked. Minute 20: only the second looked, and gained a fire.
#[test]
fn what_is_gained_or_lost_has_the_reason_of_the_other_run() {
    let a_fires = vec![fire(0, 1), fire(0, 2), fire(0, 3), fire(10, 1)];
    let a_events: Vec<FireEvent> =
        ["e1", "e2", "e3", "e4"].iter().zip(&a_fires).map(|(id, fire)| event(id, &[fire])).collect();
    let b_fires = vec![fire(0, 1), dropped(fire(0, 2), DropReason::CloudEdge), fire(20, 1)];
    let b_events = vec![event("e1", &[&b_fires[0]]), event("e5", &[&b_fires[2]])];
    let comparison = compare(&run(a_fires, a_events, &[0, 10]), &run(b_fires, b_events, &[0, 20]));
    assert_eq!((comparison.fires, comparison.events), ([4, 2, 1], [4, 2, 1]));
    assert_eq!(
        told(&comparison),
        [
            ("event", "gained", "not_looked", None, Some("e5")),
            ("event", "lost", "cloud_edge", Some("e2"), None),
            ("event", "lost", "not_detected", Some("e3"), None),
            ("event", "lost", "not_looked", Some("e4"), None),
            ("fire", "gained", "not_looked", None, Some("f20-1")),
            ("fire", "lost", "cloud_edge", Some("f0-2"), None),
            ("fire", "lost", "not_detected", Some("f0-3"), None),
            ("fire", "lost", "not_looked", Some("f10-1"), None),
        ]
    );
    let spoken: Vec<String> = comparison.changes[1..4].iter().map(|change| spoken(&change.reason)).collect();
    assert_eq!(spoken, ["云边", "未判为火点", "未观测"]);
}

/// A fire that the other run keeps beyond the border is none of the counties there.
#[test]
fn kept_beyond_the_border_is_outside() {
    let beyond = FirePixel { county: None, ..fire(0, 1) };
    let comparison = compare(&run(vec![fire(0, 1)], Vec::new(), &[0]), &run(vec![beyond], Vec::new(), &[0]));
    assert_eq!(told(&comparison), [("fire", "lost", "outside_counties", Some("f0-1"), None)]);
}

/// 0.001 degrees of longitude at 36.5 N are 89.4 m (111,195 m times cos 36.5), 0.002 are 178.8 m: from 100 m on it moved.
#[test]
fn what_moved_a_way_is_said_with_where_it_was() {
    let fires = |east: f64| {
        let moved = |column: u32, times: f64| {
            let own = fire(0, column);
            let place = place(own.place.lon() + east * times);
            FirePixel { id: format!("{column}{east}"), place, ..own }
        };
        vec![moved(1, 1.0), moved(2, 2.0)]
    };
    let (a, b) = (fires(0.0), fires(0.001));
    let events = |fires: &[FirePixel], id: &str| vec![event(id, &[&fires[1]])];
    let (ea, eb) = (events(&a, "old"), events(&b, "new"));
    let comparison = compare(&run(a, ea, &[0]), &run(b, eb, &[0]));
    assert_eq!(
        told(&comparison),
        [("event", "moved", "moved", Some("old"), Some("new")), ("fire", "moved", "moved", Some("20"), Some("20.001")),]
    );
    for change in &comparison.changes {
        assert!((change.moved_m.expect("metres") - 178.8).abs() < 0.2, "{change:?}");
        assert!((change.from.expect("where it was").lon() - 102.04).abs() < 1e-9);
        assert!((change.place.lon() - 102.042).abs() < 1e-9);
    }
    assert_eq!((comparison.fires, comparison.events), ([2, 2, 2], [1, 1, 1]));
}

/// Two events of the first run are one in the second: the one with three of its four fires is it, the other was joined to another. Seen from
/// the other side one event was cut in two.
#[test]
fn events_are_matched_one_to_one() {
    let fires = || (1..=4).map(|column| fire(0, column)).collect::<Vec<_>>();
    let all = fires();
    let refs: Vec<&FirePixel> = all.iter().collect();
    let parts = vec![event("small", &refs[..1]), event("large", &refs[1..])];
    let whole = vec![event("whole", &refs)];
    let (two, one) = (run(fires(), parts, &[0]), run(fires(), whole, &[0]));
    let joined = compare(&two, &one);
    assert_eq!(joined.events, [2, 1, 1]);
    // the place of an event here is that of its first fire: column 2 and column 1, 0.02 degrees apart
    assert_eq!(
        told(&joined),
        [
            ("event", "lost", "joined_to_another", Some("small"), None),
            ("event", "moved", "moved", Some("large"), Some("whole")),
        ]
    );
    assert_eq!(spoken(&joined.changes[0].reason), "并入他处");
    let cut = compare(&one, &two);
    assert_eq!(
        (cut.events, cut.changes[0].how, cut.changes[0].reason.as_str()),
        ([1, 2, 1], How::Gained, "joined_to_another")
    );
    assert_eq!((joined.fires, cut.fires), ([4, 4, 4], [4, 4, 4]));
}

/// Of an event's fires most decide: two were dropped as usual heat, one was not found.
#[test]
fn most_fires_say_why_an_event_is_lost() {
    let fires: Vec<FirePixel> = (1..=3).map(|column| fire(0, column)).collect();
    let lost = event("e", &fires.iter().collect::<Vec<_>>());
    let others = vec![dropped(fire(0, 1), DropReason::UsualHeat), dropped(fire(0, 3), DropReason::UsualHeat)];
    let comparison = compare(&run(fires, vec![lost], &[0]), &run(others, Vec::new(), &[0]));
    assert_eq!(comparison.changes[0].reason, "usual_heat");
}

/// Events beyond the counties and closed ones are none.
#[test]
fn what_is_no_event_of_the_counties_does_not_count() {
    let beyond = FireEvent { inside: false, ..event("beyond", &[&fire(0, 1)]) };
    let closed = FireEvent { merged_into: Some("x".into()), ..event("closed", &[&fire(0, 2)]) };
    let comparison =
        compare(&run(vec![fire(0, 1), fire(0, 2)], vec![beyond, closed], &[0]), &run(Vec::new(), Vec::new(), &[0]));
    assert_eq!(comparison.events, [0, 0, 0]);
    assert!(comparison.changes.iter().all(|change| change.what == What::Fire));
}

/// Rows of lists have no pixel: they are the same where they lie within 375 m. 0.0001 degrees of longitude are 9 m here, 0.01 are 894 m: the
/// row that was moved a little and named anew is the same, and of two near ones the nearer is.
#[test]
fn rows_of_lists_are_the_same_where_they_lie_near() {
    let row =
        |id: &str, lon: f64| FirePixel { id: id.into(), place: place(lon), line: None, column: None, ..fire(0, 1) };
    let old = vec![row("x", 102.0), row("y", 102.002), row("lone", 102.01)];
    let new = vec![row("y2", 102.0021), row("x2", 102.0001), row("new", 102.02)];
    let comparison = compare(&run(old, Vec::new(), &[0]), &run(new, Vec::new(), &[0]));
    assert_eq!(comparison.fires, [3, 3, 2]);
    assert_eq!(
        told(&comparison),
        [("fire", "gained", "not_detected", None, Some("new")), ("fire", "lost", "not_detected", Some("lone"), None)]
    );
}

/// The same fire of straw in one run and of woods in the other, as land cover or season say.
#[test]
fn another_class_is_a_difference() {
    let of = |class: Class| {
        let fires = vec![FirePixel { class, ..fire(0, 1) }];
        let events = vec![FireEvent { class, ..event("e", &[&fires[0]]) }];
        run(fires, events, &[0])
    };
    let comparison = compare(&of(Class::Straw), &of(Class::Vegetation));
    assert_eq!((comparison.fires, comparison.events), ([1, 1, 1], [1, 1, 1]));
    assert_eq!(
        told(&comparison),
        [
            ("event", "reclassed", "straw>vegetation", Some("e"), Some("e")),
            ("fire", "reclassed", "straw>vegetation", Some("f0-1"), Some("f0-1")),
        ]
    );
    assert_eq!(spoken(&comparison.changes[0].reason), "疑似秸秆 → 植被");
}
