//! The clocks of cases over a simulated week, on both databases: reminders, supervision, rules; and any order of steps with repeats and crashes.

use crate::common::project;
use crate::databases::{Database, both};
use crate::web::run;
use std::collections::{BTreeMap, HashMap};
use strawfire::cases::{Act, Cause, Clocks, Doer, Finding, Report, ReturnReason, Role, Status};
use strawfire::deliver::notices;
use strawfire::fire::{Class, CountyName, FireEvent, FirePixel};
use strawfire::fuse::{Change, Local};
use strawfire::pipeline::duty::Duty;
use strawfire::place::LonLat;
use strawfire::site::Site;
use strawfire::store::{
    Actor, Changed, CountySeen, Overpass, Person, Post, Roster, Scope, Step, StepAsked, Stepped, Store, Waited,
};
use strawfire::thresholds::{FuseThresholds, NoticeThresholds};
use strawfire::time::Utc;

/// Beijing time; the 20th of October 2025 is a Monday.
fn at(text: &str) -> Utc {
    Utc::parse(&format!("{text}:00+08:00")).expect("a time")
}

fn actor() -> Actor {
    Actor { who: "test".into(), origin: "here".into() }
}

/// A site with more in its `[desk]`.
fn site(folder: &std::path::Path, url: &str, more: &str) -> Site {
    for name in ["counties.geojson", "townships.csv"] {
        std::fs::copy(project().join("sites/haidong").join(name), folder.join(name)).expect("copied");
    }
    let toml = format!(
        "name = '海东市'\n[layers]\ntownships = 'townships.csv'\n[store]\nurl = '{url}'\n[delivery]\nallow_loopback = true\n\
         [[delivery.sinks]]\nname = 'weiyuan'\nkind = 'wecom'\nsecret_env = 'ROBOT'\nurl = 'http://127.0.0.1:9/a'\n\
         [[delivery.sinks]]\nname = 'huzhu'\nkind = 'wecom'\nsecret_env = 'ROBOT'\nurl = 'http://127.0.0.1:9/b'\n\
         [[delivery.sinks]]\nname = 'city'\nkind = 'wecom'\nsecret_env = 'ROBOT'\nurl = 'http://127.0.0.1:9/c'\n{more}"
    );
    std::fs::write(folder.join("site.toml"), toml).expect("written");
    Site::load(folder).expect("a site")
}

fn post(code: &str, name: &str, township: &str) -> Post {
    let person = Person { name: "马某".into(), phone: "13800000000".into(), shift: None, deputy: false };
    Post {
        code: code.into(),
        name: name.into(),
        adcode: "630223".into(),
        township: township.into(),
        cells: Vec::new(),
        persons: vec![person],
    }
}

/// An event of 互助 that is known at a time.
async fn burn(store: &Store, id: &str, now: Utc) -> String {
    look(store, id, id, now, false).await
}

/// A look that sees what burns at the place of an event, real or made; gives the event.
async fn look(store: &Store, id: &str, place_of: &str, now: Utc, simulated: bool) -> String {
    let county = CountyName { adcode: "630223".into(), name: "互助土族自治县".into() };
    // each far from the others, so that none is part of another
    let east = place_of.bytes().fold(0_u32, |sum, byte| (31 * sum + u32::from(byte)) % 4000);
    let place = LonLat::new(101.7 + f64::from(east) * 0.0003, 36.9).expect("a place");
    let fire = FirePixel {
        satellite: "NOAA-20".into(),
        sensor: "VIIRS".into(),
        granule: format!("G-{id}"),
        county: Some(county.clone()),
        position_error_m: Some(375.0),
        simulated,
        ..FirePixel::bare(id, now, place)
    };
    let name = format!("G-{id}");
    let overpass = Overpass {
        name: &name,
        granules: vec![name.clone()],
        time: now,
        satellite: "NOAA-20",
        sensor: "VIIRS",
        simulated,
        counties: vec![CountySeen { adcode: "630223".into(), observed: 1.0, cloud: 0.0, missing: 0.0 }],
        report: "{}".into(),
        fires: vec![fire],
        whole: true,
    };
    let local = Local { county_of: &|_| Some(county.clone()), assign: &dress };
    let mut write = store.write().await.expect("a turn");
    let taken = write.take(&overpass, now, &actor(), &FuseThresholds::default(), &local).await.expect("taken");
    write.commit().await.expect("kept");
    taken.events[0].event.id.clone()
}

/// What is known of an event by the name of its detection: whatever else is taken, each is assigned again.
fn dress(event: &mut FireEvent) {
    let (class, township, cell) = match event.members.first().map(String::as_str) {
        Some("cell") => (Class::Straw, Some("威远镇"), Some("E10200N3690")),
        Some("township" | "day") => (Class::Straw, Some("威远镇"), None),
        Some("wide") => (Class::Straw, Some("威远镇"), None),
        Some("county") => (Class::Straw, None, None),
        Some("forest") => (Class::Vegetation, None, None),
        _ => (Class::Unknown, None, None),
    };
    event.class = class;
    (event.township, event.grid_cell) = (township.map(str::to_string), cell.map(str::to_string));
    event.forest_edge = (class == Class::Vegetation).then_some(true);
    if event.members.iter().any(|member| member == "wide") {
        event.position_error_m = Some(2000.0);
    }
}

async fn roster(store: &Store) {
    let posts = vec![
        post("HZ-00", "互助县机动岗", ""),
        post("WY-01", "威远镇一岗", "630223100000"),
        Post { cells: vec!["E10200N3690".into()], ..post("WY-02", "威远镇二岗", "630223100000") },
    ];
    let mut write = store.write().await.expect("a turn");
    write.put_roster(&Roster { posts }, at("2025-10-19T12:00"), &actor()).await.expect("put");
    write.commit().await.expect("kept");
}

fn doer(who: &str, role: Role) -> Doer {
    Doer { who: who.into(), role, post: (role == Role::Post).then(|| who.to_string()) }
}

async fn act(store: &Store, site: &Site, event: &str, (who, role): (&str, Role), act: Act, now: Utc) {
    let (by, scope, clocks) = (doer(who, role), Scope::all(), Clocks::of(&site.desk));
    let asked = StepAsked {
        event,
        act: &act,
        by: &by,
        scope: &scope,
        key: None,
        clocks: &clocks,
        said: None,
        seen: None,
        from: None,
        untouched: false,
        reach: &[],
    };
    let mut write = store.write().await.expect("a turn");
    let done = write.step(&asked, now, &actor()).await.expect("asked");
    assert!(matches!(done, Stepped::Done(_)), "{act:?}: {done:?}");
    write.commit().await.expect("kept");
}

/// Goes on to a time, a round every five minutes of its clock, which `told` says.
async fn until(duty: &Duty<'_>, from: &mut Utc, to: Utc, told: impl Fn(Utc) -> Utc) {
    while *from < to {
        *from = from.plus_seconds(300.0).expect("a time");
        duty.round(told(*from)).await.expect("a round");
    }
}

/// What the clock itself did: when, what, in whose words.
async fn by_clock(store: &Store, event: &str) -> Vec<(String, String, String)> {
    let steps: Vec<Step> = store.steps(event).await.expect("read");
    let of_clock = steps.into_iter().filter(|step| step.role == "system");
    of_clock.map(|step| (step.at.beijing(), step.action, step.note)).collect()
}

/// Sink, kind and body of everything that was queued.
async fn outbox(url: &str) -> Vec<(String, String, String)> {
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(url).await.expect("connects");
    let rows = sqlx::query_as("SELECT sink, kind, body FROM outbox ORDER BY id").fetch_all(&pool).await.expect("read");
    pool.close().await;
    rows
}

async fn told(url: &str) -> Vec<(String, String, String)> {
    let is_of_clock =
        |(_, kind, _): &(String, String, String)| ["reminder", "overdue", "dispatched"].contains(&kind.as_str());
    outbox(url).await.into_iter().filter(is_of_clock).collect()
}

fn with_duty<T>(database: &Database, more: &str, work: impl AsyncFn(&Duty<'_>, &Site) -> T) -> T {
    let site = site(database.folder.path(), &database.url, more);
    run(async {
        let store = Store::open(&database.url).await.expect("opens");
        roster(&store).await;
        let townships: HashMap<String, String> = [("630223100000".to_string(), "威远镇".to_string())].into();
        let thresholds = NoticeThresholds::default();
        let duty = Duty {
            store: &store,
            site: &site,
            public_url: "https://fires.example.cn",
            thresholds: &thresholds,
            townships: &townships,
            actor: Actor { who: "值班台".into(), origin: "station".into() },
        };
        let done = work(&duty, &site).await;
        store.close().await;
        done
    })
}

const TELL: &str = "[[desk.tell]]\narea = '630223100000'\nsinks = ['weiyuan']\n[[desk.tell]]\narea = '互助土族自治县'\nsinks = ['huzhu']\n\
                    [[desk.tell]]\narea = 'city'\nsinks = ['city']\n";

/// A week, five minutes at a time. Expected times by hand from docs/cases.md: 研判 15 minutes, reminder 5 before; 签收 30, reminder 10; then the
/// next higher unit each hour. A round falls on every fifth minute, and what is due then is said then.
#[test]
fn what_nobody_does_is_reminded_of_and_told_one_unit_higher_each_hour() {
    for database in both() {
        with_duty(&database, TELL, async |duty, site| {
            let store = duty.store;
            let mut now = at("2025-10-20T08:00");
            let event = burn(store, "one", now).await;
            until(duty, &mut now, at("2025-10-20T08:20"), |now| now).await;
            let said = by_clock(store, &event).await;
            let times: Vec<(&str, &str)> = said.iter().map(|(at, what, _)| (at.as_str(), what.as_str())).collect();
            assert_eq!(times, [("2025-10-20 08:10", "remind"), ("2025-10-20 08:15", "overdue")], "{}", database.kind);
            assert!(
                said[1].2.contains("互助土族自治县值班席 的研判已超时") && said[1].2.contains("由 海东市值班席 督办"),
                "{said:?}"
            );
            let dispatch = Act::Dispatch { post: "WY-01".into(), note: "请核查".into() };
            act(store, site, &event, ("desk", Role::County), dispatch, at("2025-10-20T08:20")).await;
            // a week in which nobody does anything
            until(duty, &mut now, at("2025-10-27T08:00"), |now| now).await;
            let said = by_clock(store, &event).await;
            let times: Vec<(&str, &str)> =
                said.iter().skip(2).map(|(at, what, _)| (at.as_str(), what.as_str())).collect();
            let expected = [
                ("2025-10-20 08:40", "remind"),
                ("2025-10-20 08:50", "overdue"),
                ("2025-10-20 09:50", "overdue"),
                ("2025-10-20 10:50", "overdue"),
            ];
            assert_eq!(times, expected, "each unit once, and then nobody any more");
            let units: Vec<&str> =
                said.iter().skip(3).map(|(_, _, note)| note.rsplit('由').next().expect("a unit")).collect();
            assert_eq!(units, [" 威远镇 督办", " 互助土族自治县值班席 督办", " 海东市值班席 督办"]);
            let told = told(&database.url).await;
            let whom: Vec<(&str, &str)> = told.iter().map(|(sink, kind, _)| (sink.as_str(), kind.as_str())).collect();
            let expected = [
                ("huzhu", "reminder"),
                ("city", "overdue"),
                // the post itself has no sink: what is for it goes to its township
                ("weiyuan", "reminder"),
                ("weiyuan", "overdue"),
                ("huzhu", "overdue"),
                ("city", "overdue"),
            ];
            assert_eq!(whom, expected);
            assert!(told[3].2.contains("超时督办") && told[3].2.contains("马某 13800000000"), "{}", told[3].2);
            assert!(told.iter().all(|(_, _, body)| body.contains("疑似火点, 尚未经现场核实")));
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
        });
    }
}

/// The machine's clock goes an hour back, then a day ahead and back: nothing is said twice, and what was said once stays said.
#[test]
fn a_clock_that_is_set_says_nothing_twice() {
    for database in both() {
        with_duty(&database, TELL, async |duty, _| {
            let store = duty.store;
            let mut now = at("2025-10-26T00:00");
            let event = burn(store, "set", now).await;
            until(duty, &mut now, at("2025-10-26T00:10"), |now| now).await;
            let back = |now: Utc| now.plus_seconds(-3600.0).expect("a time");
            until(duty, &mut now, at("2025-10-26T01:00"), back).await;
            assert_eq!(by_clock(store, &event).await.len(), 1, "reminded, and an hour back nothing is late");
            until(duty, &mut now, at("2025-10-26T01:30"), |now| now).await;
            let ahead = |now: Utc| now.plus_seconds(86_400.0).expect("a time");
            until(duty, &mut now, at("2025-10-26T01:40"), ahead).await;
            until(duty, &mut now, at("2025-10-28T01:40"), |now| now).await;
            let said = by_clock(store, &event).await;
            let what: Vec<&str> = said.iter().map(|(_, what, _)| what.as_str()).collect();
            assert_eq!(what, ["remind", "overdue"], "{said:?}");
        });
    }
}

/// Deadlines are moments, and Beijing's day is reckoned without the machine's zone: in zones of which one puts its clocks back in that very night, and one is
/// fourteen hours ahead, the week is the same.
#[test]
fn the_zone_of_the_machine_changes_nothing() {
    let own = std::env::current_exe().expect("this program");
    for zone in ["Europe/Berlin", "Pacific/Kiritimati"] {
        for test in ["a_clock_that_is_set_says_nothing_twice", "the_office_sleeps_and_the_field_does_not"] {
            let name = format!("case_clocks::{test}");
            let ran = std::process::Command::new(&own).args([&name, "--exact"]).env("TZ", zone).output().expect("runs");
            let said = String::from_utf8_lossy(&ran.stdout).into_owned();
            assert!(ran.status.success() && said.contains("1 passed"), "{zone}: {said}");
        }
    }
}

/// Office hours over a weekend and a holiday, by hand: reviewed on Thursday the 30th of April at 17:00, the office's 570 minutes end after
/// a holiday of five days, on Wednesday the 6th of May at 17:00.
#[test]
fn the_office_sleeps_and_the_field_does_not() {
    let holiday = "[desk]\nholidays = ['2026-05-01/2026-05-05 劳动节']\n";
    for database in both() {
        with_duty(&database, holiday, async |duty, site| {
            let store = duty.store;
            let mut now = at("2026-04-30T15:00");
            let event = burn(store, "holiday", now).await;
            let give = Act::Dispatch { post: "WY-01".into(), note: String::new() };
            let report = Act::Report(Report {
                finding: Finding::NoTrace,
                cause: None,
                note: String::new(),
                photos: Vec::new(),
                place: None,
                at: None,
            });
            act(store, site, &event, ("desk", Role::County), give, at("2026-04-30T15:05")).await;
            act(store, site, &event, ("WY-01", Role::Post), report, at("2026-04-30T16:00")).await;
            let approve = Act::Review { approve: true, note: String::new() };
            act(store, site, &event, ("desk", Role::County), approve, at("2026-04-30T17:00")).await;
            until(duty, &mut now, at("2026-05-07T00:00"), |now| now).await;
            let said = by_clock(store, &event).await;
            let times: Vec<(&str, &str)> = said.iter().map(|(at, what, _)| (at.as_str(), what.as_str())).collect();
            assert_eq!(times, [("2026-05-06 15:00", "remind"), ("2026-05-06 17:00", "overdue")]);
            let waited: Vec<Waited> = store.waited_of(&event).await.expect("read");
            let steps: Vec<(&str, &str, Option<&str>)> = waited
                .iter()
                .map(|one| (one.awaited.deadline.step.code(), one.awaited.deadline.step.name(), one.over.as_deref()))
                .collect();
            let expected = [
                ("triage", "研判", Some("dispatch")),
                ("acknowledge", "签收", Some("report")),
                ("review", "审核", Some("review")),
                ("close", "办结", None),
            ];
            assert_eq!(steps, expected);
        });
    }
}

/// A step as the page takes it, with what it is for others.
async fn step(duty: &Duty<'_>, event: &str, (who, role): (&str, Role), act: Act, from: &str, now: Utc) {
    let (by, scope, clocks) = (doer(who, role), Scope::all(), Clocks::of(&duty.site.desk));
    let asked = StepAsked {
        event,
        act: &act,
        by: &by,
        scope: &scope,
        key: None,
        clocks: &clocks,
        said: None,
        seen: None,
        from: Some(from).filter(|from| !from.is_empty()),
        untouched: false,
        reach: &[],
    };
    let posts = duty.store.posts(&scope).await.expect("posts");
    let mut write = duty.store.write().await.expect("a turn");
    let done = write.step(&asked, now, &actor()).await.expect("asked");
    let Stepped::Done(shown) = done else { panic!("{act:?}: {done:?}") };
    duty.file_step(&mut write, (&act, asked.from), (&shown, &posts), now).await.expect("queued");
    write.commit().await.expect("kept");
}

/// A platform that is told of everything gets each state of the case; a robot of people the end and the new beginning; a post whose task is
/// taken away, suspended, or to be done again is told, and the county's desk of what a post gives back.
#[test]
fn who_knows_of_an_event_is_told_of_its_case() {
    let more = "[[delivery.sinks]]\nname = 'platform'\nkind = 'http'\nurl = 'http://127.0.0.1:9/p'\nsecret_env = 'ROBOT'\n\
                [[desk.tell]]\narea = 'WY-01'\nsinks = ['weiyuan']\n[[desk.tell]]\narea = '630223'\nsinks = ['huzhu']\n";
    for database in both() {
        with_duty(&database, more, async |duty, site| {
            let (store, thresholds) = (duty.store, NoticeThresholds::default());
            let mut now = at("2025-10-20T08:00");
            let event = burn(store, "one", now).await;
            let stored = store.event(&Scope::all(), &event).await.expect("read").expect("there").stored;
            let changed = [Changed { change: Change::New(stored.event.id.clone()), now: stored }];
            let new = notices::notices(&changed, (&[], &BTreeMap::new()), site, &thresholds, now);
            let mut write = store.write().await.expect("a turn");
            write.file(&new.filed, now).await.expect("queued");
            write.commit().await.expect("kept");
            let report = |finding: Finding| {
                Act::Report(Report {
                    finding,
                    cause: Some(Cause::Straw),
                    note: String::new(),
                    photos: Vec::new(),
                    place: None,
                    at: None,
                })
            };
            let note = |text: &str| text.to_string();
            let (desk, first, second) = (("desk", Role::County), ("WY-01", Role::Post), ("WY-02", Role::Post));
            let steps = [
                (desk, Act::Dispatch { post: "WY-01".into(), note: note("") }, ""),
                (desk, Act::Suspend { note: note("等消防") }, ""),
                (desk, Act::Reopen { note: note("消防已到") }, ""),
                (desk, Act::Dispatch { post: "WY-02".into(), note: note("") }, "WY-01"),
                (second, Act::Return { reason: ReturnReason::NotOurArea, note: note("河对岸") }, ""),
                (desk, Act::Dispatch { post: "WY-01".into(), note: note("") }, ""),
                (first, report(Finding::Burning), ""),
                (desk, Act::Review { approve: false, note: note("缺近景") }, ""),
                (first, report(Finding::OutWithTraces), ""),
                (desk, Act::Review { approve: true, note: note("") }, ""),
                (desk, Act::Close { note: note("") }, ""),
                (desk, Act::Reopen { note: note("复燃") }, ""),
            ];
            for (by, act, from) in steps {
                now = now.plus_seconds(60.0).expect("a time");
                step(duty, &event, by, act, from, now).await;
            }
            let rows = outbox(&database.url).await;
            let of = |sink: &str, kinds: &[&str]| -> Vec<(String, String)> {
                let rows = rows.iter().filter(|(to, kind, _)| to == sink && kinds.contains(&kind.as_str()));
                rows.map(|(_, kind, body)| (kind.clone(), body.clone())).collect()
            };
            let of_event = ["new", "updated", "closed"];
            let platform: Vec<(String, String, String)> = of("platform", &of_event)
                .iter()
                .map(|(kind, body)| {
                    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
                    let of = &body["data"]["properties"];
                    let found = of["verification"]["finding"].as_str().unwrap_or("-");
                    (kind.clone(), of["status"].as_str().expect("a state").to_string(), found.to_string())
                })
                .collect();
            let expected = [
                ("new", "triage", "-"),
                ("updated", "dispatched", "-"),
                ("updated", "suspended", "-"),
                ("updated", "dispatched", "-"),
                ("updated", "dispatched", "-"),
                ("updated", "returned", "-"),
                ("updated", "dispatched", "-"),
                ("updated", "reported", "burning"),
                ("updated", "dispatched", "-"),
                ("updated", "reported", "out_with_traces"),
                ("updated", "reviewed", "out_with_traces"),
                ("closed", "closed", "out_with_traces"),
                ("updated", "triage", "-"),
            ];
            let found: Vec<(&str, &str, &str)> =
                platform.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
            assert_eq!(found, expected, "{}", database.kind);
            let people = of("city", &of_event);
            let kinds: Vec<&str> = people.iter().map(|(kind, _)| kind.as_str()).collect();
            assert_eq!(kinds, ["new", "closed", "updated"]);
            assert!(
                people[1].1.contains("办结") && people[1].1.contains("现场反馈: 已熄灭有痕迹, 原因: 秸秆(已审核)"),
                "{}",
                people[1].1
            );
            let said: Vec<String> = of("weiyuan", &["changed"]).into_iter().map(|(_, body)| body).collect();
            let words = [
                "任务挂起：等消防",
                "任务恢复办理：消防已到，请于",
                "已改派给 威远镇二岗，威远镇一岗 不再办理",
                "反馈被驳回：缺近景，请重新核查反馈",
            ];
            assert_eq!(said.len(), words.len(), "{said:?}");
            for (body, words) in said.iter().zip(words) {
                assert!(body.contains("任务变更") && body.contains(words), "{words}: {body}");
            }
            let desk: Vec<String> = of("huzhu", &["changed"]).into_iter().map(|(_, body)| body).collect();
            assert!(desk.len() == 1 && desk[0].contains("威远镇二岗 退回（不在本辖区）：河对岸，请改派"), "{desk:?}");
        });
    }
}

/// The first rule that fits gives it, once: to the post of the cell, else of the township, else of the county; what is unsure of its place, of
/// another class, by day, or has no post waits for the desk.
#[test]
fn rules_give_new_events_to_posts_and_leave_the_rest_to_the_desk() {
    let rules = "[[desk.dispatch]]\nname = '夜间秸秆'\nclasses = ['straw']\nhours = '22:00-07:00'\nwithin_m = 800\nto = 'nearest'\n\
                 [[desk.dispatch]]\nname = '林缘'\nclasses = ['vegetation']\nforest_edge = true\nto = 'county'\n";
    let tell = "[[desk.tell]]\narea = 'WY-02'\nsinks = ['weiyuan']\n[[desk.tell]]\narea = '630223'\nsinks = ['huzhu']\n\
                [[desk.tell]]\narea = 'city'\nsinks = ['city']\n";
    for database in both() {
        with_duty(&database, &format!("{rules}{tell}"), async |duty, _| {
            let store = duty.store;
            let night = at("2025-10-20T23:30");
            let cell = burn(store, "cell", night).await;
            let township = burn(store, "township", night).await;
            let county = burn(store, "county", night).await;
            let wide = burn(store, "wide", night).await;
            let other = burn(store, "other", night).await;
            let forest = burn(store, "forest", night).await;
            let soon = at("2025-10-20T23:31");
            assert_eq!(duty.round(soon).await.expect("a round").dispatched, 4);
            assert_eq!(duty.round(soon).await.expect("a round").dispatched, 0, "each once");
            let post_of = async |id: &str| {
                let shown = store.event(&Scope::all(), id).await.expect("read").expect("there");
                shown.case.and_then(|case| case.post)
            };
            assert_eq!(post_of(&cell).await.as_deref(), Some("WY-02"));
            assert_eq!(post_of(&township).await.as_deref(), Some("WY-01"), "the township's own post");
            assert_eq!(post_of(&county).await.as_deref(), Some("HZ-00"));
            assert_eq!(post_of(&forest).await.as_deref(), Some("HZ-00"));
            assert_eq!((post_of(&wide).await, post_of(&other).await), (None, None));
            let steps = store.steps(&cell).await.expect("read");
            let first = (steps[0].who.as_str(), steps[0].role.as_str(), steps[0].action.as_str());
            assert_eq!(first, ("规则 夜间秸秆", "rule", "dispatch"));
            let told = told(&database.url).await;
            // a post without a township is its county's too: a link is never the city's
            let mut whom: Vec<&str> = told.iter().map(|(sink, ..)| sink.as_str()).collect();
            whom.sort_unstable();
            assert_eq!(whom, ["huzhu", "huzhu", "huzhu", "weiyuan"], "{told:?}");
            let told: Vec<_> = told.into_iter().filter(|(sink, ..)| sink == "weiyuan").collect();
            let link = told[0].2.split("https://fires.example.cn/task#").nth(1).expect("the link of the task");
            assert!(
                link.len() >= 32 && told[0].2.contains("派给 威远镇二岗，请于 2025-10-21 00:01 前签收"),
                "{}",
                told[0].2
            );
            // a desk that saw the event with nobody is told that a post has it
            let (act, scope, clocks) = (
                Act::Dispatch { post: "HZ-00".into(), note: String::new() },
                Scope::all(),
                Clocks::of(&duty.site.desk),
            );
            let by = doer("desk", Role::County);
            for (from, is_taken) in [("", false), ("HZ-00", false), ("WY-02", true)] {
                let asked = StepAsked {
                    event: &cell,
                    act: &act,
                    by: &by,
                    scope: &scope,
                    key: None,
                    clocks: &clocks,
                    said: None,
                    seen: None,
                    from: Some(from),
                    untouched: false,
                    reach: &[],
                };
                let mut write = store.write().await.expect("a turn");
                let done = write.step(&asked, soon, &actor()).await.expect("asked");
                write.commit().await.expect("kept");
                assert_eq!(matches!(done, Stepped::Done(_)), is_taken, "{from}: {done:?}");
            }
            let morning = at("2025-10-21T08:00");
            let day = burn(store, "day", morning).await;
            assert_eq!(duty.round(morning).await.expect("a round").dispatched, 0);
            assert_eq!(post_of(&day).await, None, "the rule is one of the night");
        });
    }
}

/// Seen first at 23:00 and at every look since, it burns at six, when the hours of the rule begin: no late data. What was seen at 23:00 alone is the
/// desk's, and of one of a drill the desk is told that it is one.
#[test]
fn what_burns_for_hours_is_no_late_data() {
    let rules = "[[desk.dispatch]]\nname = '白天'\nhours = '06:00-20:00'\nto = 'county'\n";
    for database in both() {
        with_duty(&database, rules, async |duty, site| {
            let store = duty.store;
            let mut drilled = site.clone();
            drilled.delivery.allow_simulated = true;
            let duty = Duty { site: &drilled, actor: actor(), ..*duty };
            let night = at("2025-10-20T23:00");
            let burning = burn(store, "burning", night).await;
            let once = look(store, "once", "once", night, true).await;
            for hour in 1..=7 {
                let now = night.plus_seconds(3600.0 * f64::from(hour)).expect("a time");
                look(store, &format!("again {hour}"), "burning", now, false).await;
            }
            let six = at("2025-10-21T06:05");
            assert_eq!(duty.round(six).await.expect("a round").dispatched, 1);
            let shown = store.event(&Scope::all(), &burning).await.expect("read").expect("there");
            assert_eq!(shown.stored.event.detections, 8, "one event");
            assert_eq!(shown.case.and_then(|case| case.post).as_deref(), Some("HZ-00"));
            let said = by_clock(store, &once).await;
            assert!(
                said.iter().any(|(_, what, note)| what == "left" && note.contains("末次观测已过 7 小时")),
                "{said:?}"
            );
            let told = outbox(&database.url).await;
            let left: Vec<&str> =
                told.iter().filter(|(.., body)| body.contains("末次观测")).map(|(.., body)| body.as_str()).collect();
            assert!(!left.is_empty() && left.iter().all(|body| body.contains("[模拟SIMULATED]疑似火点")), "{left:?}");
        });
    }
}

/// A rule whose post left the roster, and an event that became known ten hours after it was seen: the desk has both, and is told why, once.
#[test]
fn what_a_rule_cannot_give_is_the_desks_and_the_desk_is_told() {
    let rules = "[[desk.dispatch]]\nname = '秸秆'\nclasses = ['straw']\nto = 'post:WY-99'\n\
                 [[desk.dispatch]]\nname = '其他'\nto = 'county'\n";
    for database in both() {
        with_duty(&database, rules, async |duty, site| {
            let store = duty.store;
            let noon = at("2025-10-20T12:00");
            let lost = burn(store, "county", noon).await;
            let late = burn(store, "late", noon).await;
            let posts = store.posts(&Scope::all()).await.expect("read");
            let faults = strawfire::pipeline::duty::check::check(site, Some(&posts), noon).expect("checked").faults;
            let is_named = |fault: &String| fault.contains("desk.dispatch[0].to") && fault.contains("post:WY-99");
            assert!(faults.iter().any(is_named), "{faults:?}");
            let left = async |event: &str| {
                let said = by_clock(store, event).await;
                said.into_iter().filter(|(_, what, _)| what == "left").map(|(.., note)| note).collect::<Vec<_>>()
            };
            let evening = at("2025-10-20T22:00");
            for _ in 0..3 {
                assert_eq!(duty.round(evening).await.expect("a round").dispatched, 0);
            }
            for event in [&lost, &late] {
                let said = left(event).await;
                let is_said = said.len() == 1 && said[0].contains("末次观测已过 10 小时");
                assert!(is_said && said[0].contains("请值班席研判、派单"), "{said:?}");
            }
            let fresh = burn(store, "township", evening).await;
            for _ in 0..3 {
                assert_eq!(duty.round(evening).await.expect("a round").dispatched, 0);
            }
            let said = left(&fresh).await;
            assert!(said.len() == 1 && said[0].contains("岗位 WY-99 不在岗位名册"), "{said:?}");
            let shown = store.event(&Scope::all(), &fresh).await.expect("read").expect("there");
            assert!(shown.case.and_then(|case| case.post).is_none());
            assert!(shown.deadline.is_some(), "its clock runs at the desk");
            sqlx::any::install_default_drivers();
            let pool = sqlx::AnyPool::connect(&database.url).await.expect("connects");
            let query = "SELECT event, body FROM outbox WHERE kind = 'station' AND sink = 'huzhu' ORDER BY id";
            let told: Vec<(String, String)> = sqlx::query_as(query).fetch_all(&pool).await.expect("read");
            pool.close().await;
            let mut of: Vec<&str> = told.iter().map(|(event, _)| event.as_str()).collect();
            of.sort_unstable();
            let mut expected = [&lost, &late, &fresh].map(|event| format!("left:{event}"));
            expected.sort_unstable();
            assert_eq!(of, expected);
            assert!(told[2].1.contains("WY-99"), "{}", told[2].1);
            // once the post is there, the rule gives it
            let mut write = store.write().await.expect("a turn");
            let posts = vec![post("WY-99", "威远镇九岗", "630223100000")];
            write.put_roster(&Roster { posts }, evening, &actor()).await.expect("put");
            write.commit().await.expect("kept");
            assert_eq!(duty.round(evening).await.expect("a round").dispatched, 1);
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
        });
    }
}

/// Steps in any order, some again with their key, some lost before they were kept: the store holds what was answered, each once, and no case is lost.
#[test]
fn no_repeat_and_no_crash_loses_a_case_or_takes_a_step_twice() {
    for database in both() {
        with_duty(&database, "", async |duty, site| {
            let store = duty.store;
            let mut state: u64 = 0x5eed;
            let mut random = |below: u64| {
                // xorshift64*, Vigna 2016: the same order each time
                state ^= state >> 12;
                state ^= state << 25;
                state ^= state >> 27;
                (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below
            };
            let (clocks, scope) = (Clocks::of(&site.desk), Scope::all());
            let mut now = at("2025-10-20T08:00");
            let mut events = Vec::new();
            for id in ["a", "bb", "ccc"] {
                events.push(burn(store, id, now).await);
            }
            let (mut kept, mut repeated, mut lost, mut refused) = (0, 0, 0, 0);
            for turn in 0..800_u32 {
                now = now.plus_seconds(60.0).expect("a time");
                let event = &events[random(3) as usize];
                let note = || "因为".to_string();
                let shown = store.event(&scope, event).await.expect("read").expect("there");
                // half of them are what is waited for, so that cases come to their end
                let awaited = shown.deadline.map_or(0, |deadline| match deadline.step.code() {
                    "triage" => 0,
                    "dispatch" => 1,
                    "acknowledge" => 2,
                    "arrive" => 3,
                    "report" => 4,
                    "review" => 6,
                    _ => 7,
                });
                let act = match if random(2) == 0 { awaited } else { random(11) } {
                    0 => Act::Triage { confirm: true, cause: None, note: note() },
                    1 => Act::Dispatch { post: "WY-01".into(), note: note() },
                    2 => Act::Acknowledge,
                    3 => Act::Arrive { place: None },
                    4 | 5 => Act::Report(Report {
                        finding: Finding::NoTrace,
                        cause: None,
                        note: note(),
                        photos: Vec::new(),
                        place: None,
                        at: None,
                    }),
                    6 => Act::Review { approve: random(3) > 0, note: note() },
                    7 => Act::Close { note: note() },
                    8 => Act::Suspend { note: note() },
                    9 => Act::Reopen { note: note() },
                    _ => Act::Return { reason: strawfire::cases::ReturnReason::NotOurArea, note: note() },
                };
                let by = match random(3) {
                    0 => doer("WY-01", Role::Post),
                    1 => doer("desk", Role::County),
                    _ => doer("other", Role::City),
                };
                let key = format!("turn {turn}");
                let asked = StepAsked {
                    event,
                    act: &act,
                    by: &by,
                    scope: &scope,
                    key: Some(&key),
                    clocks: &clocks,
                    said: None,
                    seen: None,
                    from: None,
                    untouched: false,
                    reach: &[],
                };
                let before = store.event(&scope, event).await.expect("read").expect("there");
                let steps_before = store.steps(event).await.expect("read").len();
                let mut write = store.write().await.expect("a turn");
                let done = write.step(&asked, now, &actor()).await.expect("asked");
                if random(4) == 0 {
                    // the process dies before it is kept
                    drop(write);
                    let after = store.event(&scope, event).await.expect("read").expect("there");
                    assert_eq!((after.case, after.stored.revision), (before.case.clone(), before.stored.revision));
                    assert_eq!(store.steps(event).await.expect("read").len(), steps_before);
                    lost += 1;
                    // and the phone sends it again
                    write = store.write().await.expect("a turn");
                    let again = write.step(&asked, now, &actor()).await.expect("asked");
                    assert_eq!(std::mem::discriminant(&again), std::mem::discriminant(&done));
                }
                write.commit().await.expect("kept");
                match done {
                    Stepped::Done(_) => kept += 1,
                    Stepped::Refused(..) => refused += 1,
                    other => panic!("{other:?}"),
                }
                if random(3) == 0 && matches!(done, Stepped::Done(_)) {
                    let mut write = store.write().await.expect("a turn");
                    let again = write.step(&asked, now, &actor()).await.expect("asked");
                    assert!(matches!(again, Stepped::Before(_)), "{again:?}");
                    write.commit().await.expect("kept");
                    repeated += 1;
                }
                let after = store.event(&scope, event).await.expect("read").expect("there");
                let steps = store.steps(event).await.expect("read");
                assert_eq!(steps.len(), steps_before + usize::from(matches!(done, Stepped::Done(_))));
                if let Some(case) = &after.case {
                    assert_eq!(after.deadline.map(|deadline| deadline.step), case.awaited(), "{case:?}");
                    let running = store.waited_of(event).await.expect("read");
                    let open = running.iter().filter(|one| one.done.is_none()).count();
                    assert_eq!(open, usize::from(case.awaited().is_some()));
                    if matches!(case.status, Status::Reviewed | Status::Closed) {
                        let report = steps.iter().rposition(|step| step.action == "report").expect("reported");
                        let approved =
                            steps[report..].iter().any(|step| step.after_approval() && step.who != steps[report].who);
                        assert!(approved, "{steps:?}");
                    }
                }
            }
            println!(
                "{}: {kept} kept, {repeated} repeated, {lost} lost and sent again, {refused} refused",
                database.kind
            );
            assert!(kept > 60 && repeated > 10 && lost > 40 && refused > 100);
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
        });
    }
}

/// Whether a step is an approval.
trait Approval {
    fn after_approval(&self) -> bool;
}

impl Approval for Step {
    fn after_approval(&self) -> bool {
        self.action == "review" && self.to == "reviewed"
    }
}
