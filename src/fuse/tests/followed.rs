//! What becomes of events as detections arrive.

use super::*;
use crate::fire::{Happening, What};
use std::collections::BTreeSet;

fn take(followed: &mut Followed, minutes: f64, batch: &[FirePixel], redone: &[&str]) -> Vec<Change> {
    let redone: BTreeSet<String> = redone.iter().map(|name| (*name).to_string()).collect();
    followed.take(batch, &redone, time(minutes), &FuseThresholds::default(), &NOWHERE)
}

fn happened(event: &FireEvent) -> Vec<What> {
    event.history.iter().map(|happening| happening.what.clone()).collect()
}

/// A coarse pixel first, then two fires in it: the event that officers know goes on as the nearer fire, and the other one
/// says that it was split from it. The same again changes nothing.
#[test]
fn a_split_keeps_the_id_that_is_known() {
    let mut followed = Followed::default();
    let coarse = slot("c", "Himawari-9", 10.0, north(0.0));
    let [Change::New(ref known)] = take(&mut followed, 15.0, std::slice::from_ref(&coarse), &[])[..] else {
        panic!("one event")
    };
    let known = known.clone();
    let fine = [viirs("a", "NOAA-20", 12.0, north(-500.0)), viirs("b", "NOAA-20", 12.0, north(700.0))];
    let changes = take(&mut followed, 60.0, &fine, &[]);
    assert_eq!(changes.len(), 2);
    assert!(changes.contains(&Change::Updated(known.clone())), "{changes:?}");
    let open = followed.open();
    let near = open.iter().find(|event| event.id == known).expect("it goes on");
    assert_eq!(near.members, ["a", "c"]);
    let other = open.iter().find(|event| event.id != known).expect("another");
    assert_eq!(
        (other.members.as_slice(), other.shared.as_slice()),
        (["b".to_string()].as_slice(), ["c".to_string()].as_slice())
    );
    assert!(take(&mut followed, 70.0, &fine, &[]).is_empty() && take(&mut followed, 80.0, &[coarse], &[]).is_empty());
}

/// Two satellites see something 5.6 km apart, too far for one fire; a fine look between them shows one fire that both
/// saw (3.69 km are the limit): the later event is closed and says where it went.
#[test]
fn a_merger_closes_the_later_event() {
    let mut followed = Followed::default();
    let first = slot("c", "Himawari-9", 0.0, north(0.0));
    let second = FirePixel { sensor: "AGRI".into(), ..slot("d", "FY-4B", 15.0, north(5600.0)) };
    take(&mut followed, 20.0, &[first, second], &[]);
    let ids: Vec<String> = followed.open().iter().map(|event| event.id.clone()).collect();
    assert_eq!(ids.len(), 2);
    let changes = take(&mut followed, 60.0, &[viirs("a", "NOAA-20", 20.0, north(2800.0))], &[]);
    assert_eq!(changes, [Change::Updated(ids[0].clone()), Change::Closed(ids[1].clone())]);
    let open = followed.open();
    assert_eq!((open.len(), open[0].id.as_str(), open[0].members.len()), (1, ids[0].as_str(), 3));
    assert_eq!(open[0].history, [Happening { at: time(60.0), what: What::Absorbed(ids[1].clone()) }]);
    let closed: Vec<&FireEvent> = followed.closed().collect();
    assert_eq!((closed[0].id.as_str(), closed[0].merged_into.as_deref()), (ids[1].as_str(), Some(ids[0].as_str())));
    assert_eq!(happened(closed[0]), [What::MergedInto(ids[0].clone())]);
}

/// The same granule from another version: what it no longer shows is withdrawn, what it shows anew is an event, and what
/// it shows again stays the same event.
#[test]
fn a_later_version_supersedes() {
    let mut followed = Followed::default();
    let of = |id: &str, metres| FirePixel { granule: "g".into(), ..viirs(id, "NOAA-20", 0.0, north(metres)) };
    let other = FirePixel { granule: "h".into(), ..viirs("z", "NOAA-21", 30.0, north(30_000.0)) };
    take(&mut followed, 10.0, &[of("a", 0.0), of("b", 5000.0), other], &[]);
    let id = |followed: &Followed, member: &str| {
        let open = followed.open();
        open.iter().find(|event| event.members.iter().any(|id| id == member)).map(|event| event.id.clone())
    };
    let (a, b) = (id(&followed, "a").expect("open"), id(&followed, "b").expect("open"));
    let changes = take(&mut followed, 500.0, &[of("a", 0.0), of("c", 9000.0)], &["g"]);
    let c = id(&followed, "c").expect("open");
    assert_eq!(changes, [Change::New(c), Change::Closed(b)]);
    assert_eq!(id(&followed, "a"), Some(a));
    assert!(id(&followed, "z").is_some(), "another granule is not touched");
    assert_eq!(happened(followed.closed().next().expect("one")), [What::Withdrawn]);
}

/// A detection that a later rule drops takes its event with it.
#[test]
fn a_dropped_detection_is_withdrawn() {
    let mut followed = Followed::default();
    let fire = FirePixel { granule: "g".into(), ..viirs("a", "NOAA-20", 0.0, north(0.0)) };
    take(&mut followed, 10.0, std::slice::from_ref(&fire), &[]);
    let dropped = FirePixel { verdict: Verdict::Dropped(DropReason::StaticSource), ..fire };
    assert!(take(&mut followed, 15.0, std::slice::from_ref(&dropped), &[]).is_empty(), "only where the look is redone");
    assert!(matches!(take(&mut followed, 20.0, &[dropped], &["g"])[..], [Change::Closed(_)]));
    assert!(followed.open().is_empty());
}

/// A late detection that is earlier than all others becomes the first, and the id stays.
#[test]
fn a_late_detection_changes_no_id() {
    let mut followed = Followed::default();
    take(&mut followed, 60.0, &[viirs("b", "NOAA-21", 50.0, north(100.0))], &[]);
    let id = followed.open()[0].id.clone();
    assert_eq!(
        take(&mut followed, 300.0, &[viirs("a", "NOAA-20", 0.0, north(0.0))], &[]),
        [Change::Updated(id.clone())]
    );
    let open = followed.open();
    assert_eq!((open[0].id.as_str(), open[0].first_discoverer.as_str(), open.len()), (id.as_str(), "NOAA-20", 1));
}

/// Near real time after the final product, in whatever batches: the final one stays.
#[test]
fn an_older_version_that_comes_later_changes_nothing() {
    let version = |text: &str, mw| FirePixel {
        source_version: Some(text.into()),
        frp_mw: Some(mw),
        ..viirs("a", "NOAA-20", 0.0, north(0.0))
    };
    let mut followed = Followed::default();
    take(&mut followed, 1.0, &[version("2.0", 9.0)], &[]);
    assert!(take(&mut followed, 2.0, &[version("1.0NRT", 5.0)], &[]).is_empty());
    assert_eq!(followed.open()[0].max_frp_mw, Some(9.0));
    assert_eq!(take(&mut followed, 3.0, &[version("3.0", 7.0), version("2.0", 8.0)], &[]).len(), 1);
    assert_eq!(followed.open()[0].max_frp_mw, Some(7.0));
}
