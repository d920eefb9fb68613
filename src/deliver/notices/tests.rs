//! Tables of events and sinks, each with what is to be told and when: by hand. Beijing is eight hours ahead of the times here.

use super::*;
use crate::fire::CountyName;

/// 13:30 in Beijing.
const NOON: &str = "2025-10-20T05:30:00Z";

fn at(text: &str) -> Utc {
    Utc::parse(text).expect("a time")
}

fn minutes(later: f64) -> Utc {
    at(NOON).plus_seconds(60.0 * later).expect("a time")
}

/// The shipped counties with these rules.
fn site(toml: &str) -> Site {
    let folder = tempfile::tempdir().expect("a folder");
    let counties = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sites/haidong/counties.geojson");
    let sinks = "[[delivery.sinks]]\nname = 'patrol'\nkind = 'http'\nurl = 'https://a.example/'\n\
                 [[delivery.sinks]]\nname = 'group'\nkind = 'wecom'\nurl = 'https://b.example/'\nsecret_env = 'KEY'\n\
                 [[delivery.sinks]]\nname = 'phone'\nkind = 'http'\nurl = 'https://c.example/'\nalarm = true\n";
    let text = format!("counties = '{}'\n{toml}\n{sinks}", counties.display());
    std::fs::write(folder.path().join("site.toml"), text).expect("written");
    Site::load(folder.path()).expect("loads")
}

fn event() -> FireEvent {
    FireEvent {
        max_frp_mw: Some(10.0),
        class: Class::Straw,
        counties: vec!["630223".into()],
        county: Some(CountyName { adcode: "630223".into(), name: "互助土族自治县".into() }),
        township: Some("威远镇".into()),
        position_error_m: Some(500.0),
        ..FireEvent::bare("e", at(NOON), LonLat::new(102.0, 36.8).expect("a place"))
    }
}

fn stored(event: FireEvent, revision: i64, open: bool) -> Stored {
    Stored { changed: event.last_seen, event, revision, open, acknowledged: None }
}

/// A row as it lies in the store after a notice was queued.
fn row(filed: Filed, status: Status) -> Row {
    let queued = filed.due;
    Row {
        id: 1,
        filed,
        status,
        queued,
        attempts: i64::from(status != Status::Queued),
        settled: None,
        said: String::new(),
        body_sha256: None,
    }
}

/// Sink, kind and time of what is told.
type Told = Vec<(String, String, Utc)>;

fn told_of(stored: Stored, told: &[Row], site: &Site, now: Utc) -> Told {
    let change = crate::fuse::Change::Updated(stored.event.id.clone());
    let changed = [Changed { change, now: stored }];
    let filed = notices(&changed, (told, &BTreeMap::new()), site, &NoticeThresholds::default(), now).filed;
    filed.into_iter().map(|filed| (filed.sink, filed.kind, filed.due)).collect()
}

/// What each sink was told first of an event at a time, without any routes, and what became of it.
fn first(event: &FireEvent, now: Utc, status: Status) -> Vec<Row> {
    let changed = [Changed { change: crate::fuse::Change::New("e".into()), now: stored(event.clone(), 1, true) }];
    let filed = notices(&changed, (&[], &BTreeMap::new()), &site(""), &NoticeThresholds::default(), now).filed;
    filed.into_iter().map(|filed| row(filed, status)).collect()
}

fn names(told: &Told) -> Vec<(&str, &str)> {
    told.iter().map(|(sink, kind, _)| (sink.as_str(), kind.as_str())).collect()
}

#[test]
fn without_routes_every_sink_is_told_at_once_of_what_is_its_own() {
    let site = site("");
    let told = told_of(stored(event(), 1, true), &[], &site, minutes(10.0));
    assert_eq!(names(&told), [("patrol", "new"), ("group", "new"), ("phone", "new")]);
    assert!(told.iter().all(|(_, _, due)| *due == minutes(10.0)));
    // a change without growth: programs hear of it, people do not, the phone rings once
    let told = first(&event(), minutes(10.0), Status::Sent);
    assert_eq!(names(&told_of(stored(event(), 2, true), &told, &site, minutes(20.0))), [("patrol", "updated")]);
}

/// 1.5 times the power; a kilometre or the larger place error. All of [`crate::thresholds`], by hand here.
#[test]
fn people_are_told_again_when_it_grew() {
    let moved = |metres: f64| event().place.moved_m(metres, 0.0).expect("a place");
    let cases: [(&str, FireEvent, bool); 14] = [
        ("the same", event(), false),
        ("a little stronger", FireEvent { max_frp_mw: Some(14.9), ..event() }, false),
        ("half as much again", FireEvent { max_frp_mw: Some(15.0), ..event() }, true),
        ("weaker", FireEvent { max_frp_mw: Some(1.0), ..event() }, false),
        ("no longer measured", FireEvent { max_frp_mw: None, ..event() }, false),
        ("surer", FireEvent { confidence: Confidence::High, ..event() }, true),
        ("less sure", FireEvent { confidence: Confidence::Low, ..event() }, false),
        ("confirmed", FireEvent { confirmation: Confirmation::Confirmed, ..event() }, true),
        ("another class", FireEvent { class: Class::Industrial, ..event() }, true),
        ("another county", FireEvent { counties: vec!["630222".into(), "630223".into()], ..event() }, true),
        ("a county less", FireEvent { counties: vec![], ..event() }, false),
        ("900 m on", FireEvent { place: moved(900.0), ..event() }, false),
        ("1100 m on", FireEvent { place: moved(1100.0), ..event() }, true),
        (
            "1100 m on, known to 2 km",
            FireEvent { place: moved(1100.0), position_error_m: Some(2000.0), ..event() },
            false,
        ),
    ];
    let (site, told) = (site(""), first(&event(), minutes(1.0), Status::Sent));
    for (word, event, again) in cases {
        let filed = told_of(stored(event, 2, true), &told, &site, minutes(20.0));
        let expected: &[(&str, &str)] =
            if again { &[("patrol", "updated"), ("group", "updated")] } else { &[("patrol", "updated")] };
        assert_eq!(names(&filed), expected, "{word}");
    }
    let unknown = first(&FireEvent { max_frp_mw: None, ..event() }, minutes(1.0), Status::Sent);
    let filed = told_of(stored(event(), 2, true), &unknown, &site, minutes(20.0));
    assert_eq!(filed.len(), 2, "a power that was not known is growth");
    let mut other = told.clone();
    other.iter_mut().for_each(|row| row.filed.gauge = "{}".into());
    assert_eq!(
        told_of(stored(event(), 2, true), &other, &site, minutes(20.0)).len(),
        2,
        "rather twice than not at all"
    );
}

#[test]
fn who_was_told_hears_that_it_is_over_and_nobody_else() {
    let site = site("");
    let told = first(&event(), minutes(1.0), Status::Sent);
    let closed = [("patrol", "closed"), ("group", "closed")];
    assert_eq!(
        names(&told_of(stored(event(), 2, false), &told, &site, minutes(20.0))),
        closed,
        "an alarm is not taken back"
    );
    let outside = FireEvent { inside: false, ..event() };
    assert_eq!(names(&told_of(stored(outside, 2, true), &told, &site, minutes(20.0))), closed);
    assert!(told_of(stored(event(), 2, false), &[], &site, minutes(20.0)).is_empty());
    let mut over = told.clone();
    over.iter_mut().for_each(|row| row.filed.kind = "closed".into());
    assert!(told_of(stored(event(), 3, false), &over, &site, minutes(20.0)).is_empty(), "once");
    // whatever its age is: who has it on a list must take it off
    assert_eq!(told_of(stored(event(), 2, false), &told, &site, minutes(9000.0)).len(), 2);
}

#[test]
fn what_is_simulated_or_old_is_told_only_where_the_site_says_so() {
    let simulated = FireEvent { simulated: true, ..event() };
    let hour = |hours: f64| minutes(60.0 * hours);
    for (toml, event, now, count) in [
        ("", &simulated, minutes(1.0), 0),
        ("[delivery]\nallow_simulated = true", &simulated, minutes(1.0), 3),
        // the phone rings for three hours
        ("", &event(), hour(2.99), 3),
        ("", &event(), hour(3.01), 2),
        ("", &event(), hour(23.9), 2),
        ("", &event(), hour(24.1), 0),
        ("[delivery]\nmax_age_hours = 2", &event(), hour(2.1), 0),
        ("[delivery]\nmax_age_hours = 0", &event(), hour(9999.0), 2),
    ] {
        let filed = told_of(stored(event.clone(), 1, true), &[], &site(toml), now);
        assert_eq!(filed.len(), count, "{toml} {now:?}");
        assert!(count != 2 || filed.iter().all(|(sink, ..)| sink != "phone"));
    }
    let all = first(&event(), hour(3.1), Status::Queued);
    assert!(
        all.iter().all(|row| row.filed.late && row.filed.body.contains("true") || row.filed.sink == "group"),
        "{all:?}"
    );
    assert!(first(&event(), hour(2.9), Status::Queued).iter().all(|row| !row.filed.late));
}

/// One route for `patrol`; whether it takes the event.
#[test]
fn routes_take_by_county_township_class_confidence_power_and_hours() {
    let candidates =
        FireEvent { township: None, candidates: vec!["威远镇西北方向约 1.2 km 处".into()], ..event() };
    let shared = FireEvent { counties: vec!["630222".into(), "630223".into()], ..event() };
    let unknown = FireEvent { max_frp_mw: None, ..event() };
    let wood = FireEvent { forest_edge: Some(true), ..event() };
    let cases: [(&str, &FireEvent, bool); 28] = [
        ("counties = ['630223']", &event(), true),
        ("counties = ['互助土族自治县']", &event(), true),
        ("counties = ['630222']", &event(), false),
        ("counties = ['民和回族土族自治县']", &event(), false),
        ("counties = ['630222', '630223']", &event(), true),
        // part of it burns there
        ("counties = ['630222']", &shared, true),
        ("counties = ['民和回族土族自治县']", &shared, true),
        ("townships = ['威远镇']", &event(), true),
        ("townships = ['塘川镇']", &event(), false),
        ("townships = ['威远镇']", &candidates, true),
        ("townships = ['塘川镇']", &candidates, false),
        ("classes = ['straw']", &event(), true),
        ("classes = ['industrial', 'solar']", &event(), false),
        ("confidence = 'nominal'", &event(), true),
        ("confidence = 'high'", &event(), false),
        ("min_mw = 10", &event(), true),
        ("min_mw = 10.1", &event(), false),
        ("min_mw = 99", &unknown, true),
        ("below_mw = 10", &event(), false),
        ("below_mw = 10.1", &event(), true),
        ("below_mw = 99", &unknown, false),
        ("forest_edge = true", &wood, true),
        ("forest_edge = false", &wood, false),
        ("forest_edge = true", &event(), true),
        ("hours = '13:00-14:00'", &event(), true),
        ("hours = '13:30-13:31'", &event(), true),
        ("hours = '14:00-13:30'", &event(), false),
        ("hours = '22:00-13:31'", &event(), true),
    ];
    for (rule, event, taken) in cases {
        let site = site(&format!("[[delivery.routes]]\nsinks = ['patrol']\n{rule}"));
        let filed = told_of(stored(event.clone(), 1, true), &[], &site, at(NOON));
        let expected: &[(&str, &str)] = if taken { &[("patrol", "new")] } else { &[] };
        assert_eq!(names(&filed), expected, "{rule}: the other sinks are in no route");
    }
}

#[test]
fn a_county_that_the_site_does_not_have_is_an_error_and_no_silence() {
    let folder = tempfile::tempdir().expect("a folder");
    let counties = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sites/haidong/counties.geojson");
    let text = "[[delivery.sinks]]\nname = 'a'\nkind = 'folder'\nurl = '/tmp'\n[[delivery.routes]]\nsinks = ['a']\ncounties = ['互助县']\n";
    std::fs::write(folder.path().join("site.toml"), format!("counties = '{}'\n{text}", counties.display()))
        .expect("written");
    let error = Site::load(folder.path()).expect_err("refused").to_string();
    assert!(error.contains("delivery.routes[0].counties") && error.contains("630223 互助土族自治县"), "{error}");
}

#[test]
fn digests_and_quiet_hours_say_when() {
    let digest = "[[delivery.routes]]\nsinks = ['group']\ndigest = ['07:00', '18:30']";
    let quiet = "[[delivery.routes]]\nsinks = ['group']\nquiet = '22:00-07:00'";
    let both = "[[delivery.routes]]\nsinks = ['group']\ndigest = ['06:30', '12:00']\nquiet = '22:00-07:00'";
    let two = "[[delivery.routes]]\nsinks = ['group']\ndigest = ['07:00']\n[[delivery.routes]]\nsinks = ['group']\nmin_mw = 10";
    for (toml, now, due) in [
        (digest, NOON, "2025-10-20T10:30:00Z"),
        (digest, "2025-10-20T10:30:00Z", "2025-10-20T10:30:00Z"),
        (digest, "2025-10-20T10:30:01Z", "2025-10-20T23:00:00Z"),
        (quiet, NOON, NOON),
        (quiet, "2025-10-20T13:59:59Z", "2025-10-20T13:59:59Z"),
        (quiet, "2025-10-20T14:00:00Z", "2025-10-20T23:00:00Z"),
        (quiet, "2025-10-20T22:59:00Z", "2025-10-20T23:00:00Z"),
        // 06:30 is in the quiet hours, which end at 07:00
        (both, "2025-10-20T18:00:00Z", "2025-10-20T23:00:00Z"),
        // the sooner of two routes that take it
        (two, NOON, NOON),
    ] {
        let fresh = FireEvent { last_seen: at(now), ..event() };
        let told = told_of(stored(fresh, 1, true), &[], &site(toml), at(now));
        assert_eq!(told, [("group".to_string(), "new".to_string(), at(due))], "{toml} {now}");
    }
}

const NIGHT: &str = "[[delivery.routes]]\nsinks = ['group']\nbelow_mw = 20\ndigest = ['07:00']\nhours = '22:00-07:00'\n\
                     [[delivery.routes]]\nsinks = ['group', 'phone']\nmin_mw = 20\n\
                     [[delivery.routes]]\nsinks = ['group', 'phone']\nforest_edge = true\n\
                     [[delivery.routes]]\nsinks = ['group']\nhours = '07:00-22:00'\n";

/// 02:00 in Beijing: what is weak and away from woods waits for the morning, what is strong or beside them wakes somebody up.
#[test]
fn a_weak_night_point_waits_and_a_strong_one_calls() {
    let night = at("2025-10-20T18:00:00Z");
    let seen = |mw, edge| FireEvent { max_frp_mw: Some(mw), forest_edge: Some(edge), last_seen: night, ..event() };
    let morning = at("2025-10-20T23:00:00Z");
    let site = site(NIGHT);
    let of = |sink: &str, due| (sink.to_string(), "new".to_string(), due);
    assert_eq!(told_of(stored(seen(5.0, false), 1, true), &[], &site, night), [of("group", morning)]);
    assert_eq!(
        told_of(stored(seen(50.0, false), 1, true), &[], &site, night),
        [of("group", night), of("phone", night)]
    );
    assert_eq!(told_of(stored(seen(5.0, true), 1, true), &[], &site, night), [of("group", night), of("phone", night)]);
    // it grows in the night: new to the phone; to the group too, which has not heard of it yet
    let weak = stored(seen(5.0, false), 1, true);
    let change = [Changed { change: crate::fuse::Change::New("e".into()), now: weak }];
    let filed = notices(&change, (&[], &BTreeMap::new()), &site, &NoticeThresholds::default(), night).filed;
    let told: Vec<Row> = filed.into_iter().map(|filed| row(filed, Status::Queued)).collect();
    let later = night.plus_seconds(600.0).expect("a time");
    let grown = told_of(stored(FireEvent { last_seen: later, ..seen(50.0, false) }, 2, true), &told, &site, later);
    assert_eq!(grown, [of("group", later), of("phone", later)]);
}

#[test]
fn an_event_that_a_route_takes_only_later_is_new_to_its_sink() {
    let site =
        site("[[delivery.routes]]\nsinks = ['patrol']\n[[delivery.routes]]\nsinks = ['group']\nconfidence = 'high'");
    assert_eq!(names(&told_of(stored(event(), 1, true), &[], &site, minutes(1.0))), [("patrol", "new")]);
    let told: Vec<Row> =
        first(&event(), minutes(1.0), Status::Sent).into_iter().filter(|row| row.filed.sink == "patrol").collect();
    let high = FireEvent { confidence: Confidence::High, ..event() };
    assert_eq!(
        names(&told_of(stored(high, 2, true), &told, &site, minutes(9.0))),
        [("patrol", "updated"), ("group", "new")]
    );
}

/// What follows a notice that waits for the digest waits with it, unless its own route says otherwise (then both are told).
#[test]
fn an_update_is_never_due_before_what_it_updates() {
    let (night, morning) = (at("2025-10-20T18:00:00Z"), at("2025-10-20T23:00:00Z"));
    let fresh = FireEvent { last_seen: night, ..event() };
    let waiting = |sink: &str| {
        let mut told = first(&fresh, night, Status::Queued);
        told.retain(|row| row.filed.sink == sink);
        told.iter_mut().for_each(|row| row.filed.due = morning);
        told
    };
    let later = night.plus_seconds(600.0).expect("a time");
    // the route takes only weak ones: the grown one is in none, and still follows what was told
    let site = site("[[delivery.routes]]\nsinks = ['patrol', 'group']\nbelow_mw = 20\ndigest = ['07:00']");
    let grown = FireEvent { max_frp_mw: Some(50.0), ..fresh.clone() };
    let told = told_of(stored(grown.clone(), 2, true), &waiting("patrol"), &site, later);
    assert_eq!(told, [("patrol".to_string(), "updated".to_string(), morning)]);
    let told = told_of(stored(grown, 2, true), &waiting("group"), &site, later);
    assert_eq!(told, [("group".to_string(), "new".to_string(), morning)], "nobody has heard of it yet");
    // nobody is woken up to hear that a point is over
    let told = told_of(stored(fresh.clone(), 2, false), &waiting("group"), &site, later);
    assert_eq!(told, [("group".to_string(), "closed".to_string(), morning)]);
    let mut sent = waiting("group");
    sent.iter_mut().for_each(|row| row.status = Status::Sent);
    let told = told_of(stored(fresh, 2, false), &sent, &site, later);
    assert_eq!(told, [("group".to_string(), "closed".to_string(), morning)], "the digest of its sink");
}

/// A sink that is only escalated to hears of the end, and of nothing in between.
#[test]
fn who_is_only_escalated_to_is_in_no_route() {
    let site = site("[[delivery.routes]]\nsinks = ['patrol']\nescalate_after_min = 30\nescalate_to = ['group']");
    assert_eq!(names(&told_of(stored(event(), 1, true), &[], &site, minutes(1.0))), [("patrol", "new")]);
    let target = site.delivery.sinks.iter().find(|sink| sink.name == "group").expect("there");
    let made = escalation(
        Known { stored: &stored(event(), 2, true), case: None },
        target,
        &site,
        &NoticeThresholds::default(),
        minutes(40.0),
    );
    let filed = made.filed.into_iter().next().expect("rendered");
    assert_eq!((filed.kind.as_str(), filed.revision, filed.due), ("escalated", 2, minutes(40.0)));
    assert!(filed.body.contains("催办"), "{}", filed.body);
    let told = [row(filed, Status::Sent)];
    let strong = FireEvent { max_frp_mw: Some(500.0), ..event() };
    assert_eq!(names(&told_of(stored(strong, 3, true), &told, &site, minutes(50.0))), [("patrol", "new")]);
    assert_eq!(names(&told_of(stored(event(), 3, false), &told, &site, minutes(50.0))), [("group", "closed")]);
}
