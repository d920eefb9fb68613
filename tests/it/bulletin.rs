//! Figures and reports: against counts by hand on a small store, on both databases; what late data change, and what they do not.

use crate::common::{project, python_with};
use crate::databases::{Database, both, sqlite};
use crate::office::opens_in_an_office;
use crate::web::fire;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use strawfire::cases::{Act, Cause, Clocks, Doer, Finding, Report, Role};
use strawfire::deliver::scan_report::{CountyShare, GranuleReport};
use strawfire::fire::{CountyName, FireEvent, FirePixel};
use strawfire::fuse::Local;
use strawfire::pipeline::bulletin::{self, Corrected, Kind, Made, Wanted};
use strawfire::pipeline::figures::{self, Asked, Figures, Row, With};
use strawfire::site::Site;
use strawfire::store::{Actor, CountySeen, Frozen, Overpass, Scope, StepAsked, Stepped, Store};
use strawfire::thresholds::{FuseThresholds, Thresholds};
use strawfire::time::Utc;

const LEDU: (&str, &str) = ("630202", "乐都区");
const PINGAN: (&str, &str) = ("630203", "平安区");
const MINHE: (&str, &str) = ("630222", "民和回族土族自治县");
const HUZHU: (&str, &str) = ("630223", "互助土族自治县");
const HUALONG: (&str, &str) = ("630224", "化隆回族自治县");
const XUNHUA: (&str, &str) = ("630225", "循化撒拉族自治县");

fn at(text: &str) -> Utc {
    Utc::parse(&format!("2025-10-{text}:00+08:00")).expect("a time")
}

fn actor() -> Actor {
    Actor { who: "test".into(), origin: "here".into() }
}

/// The store of a day: clocks are of Beijing, October 2025.
pub struct Desk {
    pub store: Store,
    pub site: Site,
    thresholds: Thresholds,
    clocks: Clocks,
}

impl Desk {
    /// Counted by hand:
    ///
    /// - 19th 18:00 NOAA-20 sees a fire in 乐都 (a).
    /// - 20th 13:05 somebody calls about a fire in 民和 (c), and 13:30 NOAA-20 sees two pixels of it, one in 互助 (b), one that is excluded (x), and a
    ///   again. 80 % of each county but 化隆 (5 %) and 循化 (nothing) are clear. 14:20 S-NPP sees b again, 60 % clear.
    /// - b is dispatched 14:00, acknowledged 14:40 (late by 10 minutes), reported 15:30 (straw, out with traces), approved 16:00.
    pub async fn furnished(database: &Database) -> Desk {
        let site = Site::load(project().join("sites/haidong")).expect("loads");
        let store = Store::open(&database.url).await.expect("opens");
        let desk = Desk { store, site, thresholds: Thresholds::default(), clocks: Clocks::default() };
        let a = |id: &str, time| fire(id, time, (102.40, 36.48), LEDU.0, LEDU.1);
        desk.look("L1", at("19T18:00"), "NOAA-20", [0.8; 6], vec![a("a1", at("19T18:00"))], at("19T18:20")).await;
        let call = FirePixel {
            satellite: "12345".into(),
            sensor: "hotline".into(),
            frp_mw: None,
            ..fire("c0", at("20T13:05"), (102.80, 36.20), MINHE.0, MINHE.1)
        };
        desk.list("C1", at("20T13:05"), vec![call], at("20T13:06")).await;
        let seen = at("20T13:30");
        let fires = vec![
            a("a2", seen),
            fire("b1", seen, (101.96, 36.84), HUZHU.0, HUZHU.1),
            fire("c1", seen, (102.80, 36.20), MINHE.0, MINHE.1),
            fire("c2", seen, (102.802, 36.201), MINHE.0, MINHE.1),
            fire("x1", seen, (102.20, 36.95), HUZHU.0, HUZHU.1),
        ];
        desk.look("L2", seen, "NOAA-20", [0.8, 0.8, 0.8, 0.8, 0.05, 0.0], fires, at("20T13:50")).await;
        let again = at("20T14:20");
        let b2 = fire("b2", again, (101.96, 36.84), HUZHU.0, HUZHU.1);
        desk.look("L3", again, "Suomi-NPP", [0.6, 0.6, 0.6, 0.6, 0.05, 0.0], vec![b2], at("20T14:40")).await;
        let b = desk.event("b1").await;
        desk.step(&b, &Act::Dispatch { post: "HZ-01".into(), note: String::new() }, "city", at("20T14:00")).await;
        desk.step(&b, &Act::Acknowledge, "hz", at("20T14:40")).await;
        desk.report(&b, Cause::Straw, at("20T15:30")).await;
        desk.step(&b, &Act::Review { approve: true, note: String::new() }, "city", at("20T16:00")).await;
        let x = desk.event("x1").await;
        let exclude = Act::Triage { confirm: false, cause: Some(Cause::Industry), note: "砖厂".into() };
        desk.step(&x, &exclude, "city", at("20T13:55")).await;
        desk
    }

    /// What comes the day after, behind the cut-off: a look of 15:00 with a fire in 平安 and one more pixel of c, which is reported on.
    pub async fn late(&self) {
        let seen = at("20T15:00");
        let fires = vec![
            fire("d1", seen, (102.10, 36.45), PINGAN.0, PINGAN.1),
            fire("c3", seen, (102.80, 36.20), MINHE.0, MINHE.1),
        ];
        self.look("L4", seen, "NOAA-21", [0.9, 0.9, 0.9, 0.9, 0.5, 0.0], fires, at("21T09:00")).await;
        let c = self.event("c1").await;
        self.step(&c, &Act::Dispatch { post: "MH-01".into(), note: String::new() }, "city", at("21T09:10")).await;
        self.report(&c, Cause::Garbage, at("21T09:30")).await;
    }

    /// A simulated look of the 20th with a fire in 乐都.
    async fn drill(&self) {
        let share = |county: &strawfire::site::County| CountyShare {
            pixels: 1000,
            observed_fraction: 1.0,
            ..CountyShare::of_nothing(&county.name.adcode, &county.name.name)
        };
        let report = GranuleReport {
            satellite: "Himawari-9".into(),
            sensor: "AHI".into(),
            simulated: true,
            counties: self.site.counties.iter().map(share).collect(),
            ..GranuleReport::bare("S1", at("20T11:00"))
        };
        let fire = fire("s1", at("20T11:00"), (102.55, 36.30), LEDU.0, LEDU.1);
        let drilled = FirePixel {
            simulated: true,
            satellite: "Himawari-9".into(),
            sensor: "AHI".into(),
            granule: "S1".into(),
            ..fire
        };
        self.take(&report, vec![drilled], at("20T11:20")).await;
    }

    /// A look of 22 October of the year before.
    pub async fn look_back(&self, fires: Vec<FirePixel>) {
        let time = Utc::parse("2024-10-22T13:30:00+08:00").expect("a time");
        self.look("L0", time, "NOAA-20", [0.9; 6], fires, time).await;
    }

    async fn look(&self, name: &str, time: Utc, satellite: &str, clear: [f64; 6], fires: Vec<FirePixel>, taken: Utc) {
        let shares = self.site.counties.iter().zip(clear).map(|(county, observed_fraction)| CountyShare {
            pixels: 1000,
            observed_fraction,
            cloud_fraction: 1.0 - observed_fraction,
            ..CountyShare::of_nothing(&county.name.adcode, &county.name.name)
        });
        let report = GranuleReport {
            satellite: satellite.into(),
            sensor: "VIIRS".into(),
            algorithm: "viirs-375m".into(),
            counties: shares.collect(),
            ..GranuleReport::bare(name, time)
        };
        let of = |fire: FirePixel| FirePixel { satellite: satellite.into(), granule: name.into(), ..fire };
        self.take(&report, fires.into_iter().map(of).collect(), taken).await;
    }

    async fn list(&self, name: &str, time: Utc, fires: Vec<FirePixel>, taken: Utc) {
        let report =
            GranuleReport { satellite: "12345".into(), sensor: "hotline".into(), ..GranuleReport::bare(name, time) };
        self.take(&report, fires.into_iter().map(|fire| FirePixel { granule: name.into(), ..fire }).collect(), taken)
            .await;
    }

    async fn take(&self, report: &GranuleReport, fires: Vec<FirePixel>, taken: Utc) {
        let seen = |share: &CountyShare| CountySeen {
            adcode: share.adcode.clone(),
            observed: share.observed_fraction,
            cloud: share.cloud_fraction,
            missing: share.missing_fraction,
        };
        let known: Vec<FirePixel> = fires.clone();
        let overpass = Overpass {
            name: &report.granule,
            granules: vec![report.granule.clone()],
            time: report.time,
            satellite: &report.satellite,
            sensor: &report.sensor,
            simulated: report.simulated,
            counties: report.counties.iter().map(seen).collect(),
            report: report.record().expect("a record"),
            fires,
            whole: true,
        };
        let county_of = |place| -> Option<CountyName> {
            let near = |fire: &&FirePixel| fire.place.distance_m(place) < 3000.0;
            known.iter().find(near).and_then(|fire| fire.county.clone())
        };
        let assign = |event: &mut FireEvent| {
            event.township = event.county.as_ref().filter(|county| county.adcode == HUZHU.0).map(|_| "威远镇".into());
            event.candidates = vec!["川口镇".into()];
        };
        let local = Local { county_of: &county_of, assign: &assign };
        let mut write = self.store.write().await.expect("a turn");
        write.take(&overpass, taken, &actor(), &FuseThresholds::default(), &local).await.expect("taken");
        write.commit().await.expect("kept");
    }

    /// The event of a detection.
    pub async fn event(&self, fire: &str) -> String {
        let mut write = self.store.write().await.expect("a turn");
        write.open_events_with(&[fire.to_string()]).await.expect("read")[0].id.clone()
    }

    async fn report(&self, event: &str, cause: Cause, now: Utc) {
        let report = Report {
            finding: Finding::OutWithTraces,
            cause: Some(cause),
            note: String::new(),
            photos: Vec::new(),
            place: None,
            at: None,
        };
        self.step(event, &Act::Report(report), "hz", now).await;
    }

    async fn step(&self, event: &str, act: &Act, who: &str, now: Utc) {
        let doer = Doer { who: who.into(), role: Role::City, post: None };
        let asked = StepAsked {
            event,
            act,
            by: &doer,
            scope: &Scope::all(),
            key: None,
            clocks: &self.clocks,
            said: None,
            seen: None,
            from: None,
            untouched: false,
            reach: &[],
        };
        let mut write = self.store.write().await.expect("a turn");
        let stepped = write.step(&asked, now, &actor()).await.expect("asked");
        assert!(matches!(stepped, Stepped::Done(_)), "{act:?}: {stepped:?}");
        write.commit().await.expect("kept");
    }

    pub fn with(&self) -> With<'_> {
        With { store: &self.store, site: &self.site, thresholds: &self.thresholds, clocks: &self.clocks }
    }

    async fn day(&self, cut_off: Utc, county: Option<&str>) -> Figures {
        let asked = Asked {
            from: at("20T00:00"),
            until: at("21T00:00"),
            cut_off,
            county: county.map(str::to_string),
            scope: Scope::all(),
        };
        figures::figures(self.with(), &asked).await.expect("figures")
    }

    async fn make(&self, kind: Kind, area: &str, cut_off: Utc) -> Made {
        let wanted = Wanted { kind, day: at("20T12:00"), area: area.into(), cut_off };
        bulletin::make(self.with(), &wanted, cut_off, &actor()).await.expect("made")
    }
}

fn counts(row: &Row) -> [usize; 6] {
    [row.events, row.continuing, row.excluded, row.pixels, row.verified, row.before_satellite]
}

/// The morning after, 08:00.
fn morning() -> Utc {
    at("21T08:00")
}

#[tokio::test]
async fn figures_are_those_counted_by_hand() {
    for database in both() {
        let desk = Desk::furnished(&database).await;
        let day = desk.day(morning(), None).await;
        let county = |code: &str| day.counties.iter().find(|row| row.adcode == code).expect("there");
        // events, continuing, excluded, pixels, verified, before the satellite
        let by_hand = [
            (LEDU, [0, 1, 0, 1, 0, 0]),
            (PINGAN, [0; 6]),
            (MINHE, [1, 0, 0, 2, 0, 1]),
            (HUZHU, [1, 0, 1, 3, 1, 0]),
            (HUALONG, [0; 6]),
            (XUNHUA, [0; 6]),
        ];
        for ((code, name), expected) in by_hand {
            assert_eq!((counts(county(code)), county(code).county.as_str()), (expected, name), "{}", database.kind);
        }
        assert_eq!(counts(&day.total), [2, 1, 1, 6, 1, 1]);
        // one hour with a look of 0.8, one with 0.6; of 化隆 5 % is no look that says anything
        assert_eq!((county(MINHE.0).observed, county(MINHE.0).hours_looked), (Some(0.7), 2));
        assert_eq!(county(PINGAN.0).sentence, "未监测到火点(有效观测 70%, 24 小时中 2 小时有观测)");
        assert_eq!(county(HUALONG.0).sentence, "未有效观测(仅观测 5%)");
        assert_eq!(county(XUNHUA.0).sentence, "未有效观测");
        assert_eq!(county(LEDU.0).sentence, "无新发现的疑似火点, 火点像元 1 个(有效观测 70%, 24 小时中 2 小时有观测)");
        let huzhu = county(HUZHU.0);
        assert_eq!(
            (huzhu.causes.get("straw"), huzhu.findings.get("out_with_traces"), huzhu.approved),
            (Some(&1), Some(&1), 1)
        );
        let clocks: Vec<(usize, Option<f64>, usize, usize, usize)> = huzhu
            .clocks
            .iter()
            .map(|clock| (clock.done, clock.median_min, clock.in_time, clock.late, clock.waiting_late))
            .collect();
        // it came in at 13:50 and was given at 14:00 without a judgement before; nobody said that he was there; it waits to be closed
        let expected = [
            (1, Some(10.0), 1, 0, 0),
            (0, None, 0, 0, 0),
            (1, Some(40.0), 0, 1, 0),
            (0, None, 0, 0, 0),
            (1, Some(90.0), 1, 0, 0),
            (1, Some(30.0), 1, 0, 0),
            (0, None, 0, 0, 0),
        ];
        assert_eq!(clocks, expected);
        let townships: Vec<(&str, Option<&str>, usize, usize)> = day
            .townships
            .iter()
            .map(|row| (row.adcode.as_str(), row.township.as_deref(), row.events, row.pixels))
            .collect();
        assert_eq!(townships, [(LEDU.0, Some(""), 0, 1), (MINHE.0, Some(""), 1, 2), (HUZHU.0, Some("威远镇"), 1, 3)]);
        assert!(
            day.counties.iter().all(|row| row.cropland_kha.is_none() && row.pixels_per_kha.is_none()),
            "no layer, no intensity"
        );
        // the maize season begins on 1 October, and a was first: not on this day. Each county has a first of its own
        let firsts: Vec<&str> = day.events.iter().map(|event| event.first_of.as_str()).collect();
        assert_eq!(
            firsts,
            ["玉米、马铃薯季民和回族土族自治县首个疑似火点", "玉米、马铃薯季互助土族自治县第一把火", ""]
        );
        let of_county = desk.day(morning(), Some(HUZHU.0)).await;
        assert_eq!(
            (counts(&of_county.total), of_county.counties.len(), of_county.events.len()),
            ([1, 0, 1, 3, 1, 0], 1, 2)
        );
        // what came later is not known by the cut-off
        desk.late().await;
        let again = desk.day(morning(), None).await;
        assert_eq!(
            serde_json::to_value(&again.counties).expect("JSON"),
            serde_json::to_value(&day.counties).expect("JSON")
        );
        let now = desk.day(at("21T10:00"), None).await;
        assert_eq!(counts(&now.total), [3, 1, 1, 8, 2, 1], "{}", database.kind);
    }
}

/// A file of FIRMS holds a day of fires under one name: begun on the 19th, each of its fires is of the day on which it was seen, and none is known
/// before the file came in. A scan over midnight is split by the same rule.
#[tokio::test]
async fn fires_of_a_list_over_midnight_are_of_their_own_days() {
    for database in both() {
        let site = Site::load(project().join("sites/haidong")).expect("loads");
        let store = Store::open(&database.url).await.expect("opens");
        let desk = Desk { store, site, thresholds: Thresholds::default(), clocks: Clocks::default() };
        let listed = |id: &str, time: Utc, place, county: (&str, &str)| FirePixel {
            satellite: "Suomi-NPP".into(),
            ..fire(id, time, place, county.0, county.1)
        };
        let file = vec![
            listed("l1", at("19T14:00"), (102.40, 36.48), LEDU),
            listed("l2", at("20T02:30"), (102.20, 36.10), HUALONG),
            listed("l3", at("20T13:10"), (102.50, 35.80), XUNHUA),
        ];
        desk.list("SUOMI_VIIRS_C2_24h.csv", at("19T14:00"), file, at("20T20:00")).await;
        let over = vec![fire("o1", at("20T00:01"), (101.96, 36.84), HUZHU.0, HUZHU.1)];
        desk.look("O1", at("19T23:58"), "NOAA-21", [0.9; 6], over, at("20T00:30")).await;
        let day = async |day: u32, cut_off: Utc| {
            let (from, until) = (at(&format!("{day}T00:00")), at(&format!("{}T00:00", day + 1)));
            let asked = Asked { from, until, cut_off, county: None, scope: Scope::all() };
            let of = figures::figures(desk.with(), &asked).await.expect("figures");
            let of_days: usize = of.days.iter().map(|row| row.pixels).sum();
            assert_eq!(of_days, of.total.pixels, "{}", database.kind);
            let seen = of.counties.iter().filter(|row| row.events > 0);
            let seen: Vec<String> = seen.map(|row| row.adcode.clone()).collect();
            (seen, of.total.pixels, of.total.pixels_of_lists)
        };
        let codes = |of: &[(&str, &str)]| of.iter().map(|county| county.0.to_string()).collect::<Vec<_>>();
        assert_eq!(day(19, morning()).await, (codes(&[LEDU]), 1, 1), "{}", database.kind);
        assert_eq!(day(20, morning()).await, (codes(&[HUZHU, HUALONG, XUNHUA]), 3, 2), "{}", database.kind);
        let asked = Asked {
            from: at("20T00:00"),
            until: at("21T00:00"),
            cut_off: at("20T02:00"),
            county: None,
            scope: Scope::all(),
        };
        let night = figures::figures(desk.with(), &asked).await.expect("figures");
        let clocks = &night.counties.iter().find(|row| row.adcode == HUZHU.0).expect("there").clocks;
        // it came in at 00:30 and nobody judged it: by 00:40 it is not late, by 00:50 it is
        assert_eq!(clocks[0].waiting_late, 1);
        let early = Asked { cut_off: at("20T00:40"), ..asked };
        let early = figures::figures(desk.with(), &early).await.expect("figures");
        let clocks = &early.counties.iter().find(|row| row.adcode == HUZHU.0).expect("there").clocks;
        assert_eq!(clocks[0].waiting_late, 0, "known since 00:30, not since it was seen");
        assert_eq!(day(20, at("20T19:00")).await, (codes(&[HUZHU]), 1, 0), "the file was not there yet");
    }
}

/// The counties are 13,002.8 km2 in all (regions/PROVENANCE): were all of it fields, there would be 1300.28 thousand hectares.
#[tokio::test]
async fn fires_are_counted_by_cropland_where_there_is_a_map_of_it() {
    let database = sqlite();
    let mut desk = Desk::furnished(&database).await;
    let path = database.folder.path().join("fields.tif");
    crate::landcover::raster(&path, 4326, (101.5, 37.3), 0.01, 200, |_, _| 40);
    (desk.site.layers.landcover, desk.site.layers.landcover_classes) = (Some(path), Some("worldcover".into()));
    let day = desk.day(morning(), None).await;
    let kha = day.total.cropland_kha.expect("a map");
    assert!((kha / 1300.28 - 1.0).abs() < 0.005, "{kha}");
    assert_eq!(day.total.pixels_per_kha, Some(0.0046), "six pixels");
    let hualong = day.counties.iter().find(|row| row.adcode == HUALONG.0).expect("there");
    assert_eq!(
        (hualong.cropland_kha.is_some(), hualong.pixels_per_kha),
        (true, None),
        "no intensity of what nobody saw"
    );
}

/// A drill beside real data is left out and said to be; where there is nothing else, the figures say that they are of a drill.
#[tokio::test]
async fn simulated_and_real_are_never_added() {
    let (database, other) = (sqlite(), sqlite());
    let desk = Desk::furnished(&database).await;
    let before = desk.day(morning(), None).await;
    desk.drill().await;
    let after = desk.day(morning(), None).await;
    assert_eq!((after.simulated, after.simulated_left_out), (false, 1));
    assert_eq!(
        serde_json::to_value(&after.counties).expect("JSON"),
        serde_json::to_value(&before.counties).expect("JSON")
    );
    let alone = Desk { store: Store::open(&other.url).await.expect("opens"), ..desk };
    alone.drill().await;
    let figures = alone.day(morning(), None).await;
    assert_eq!((figures.simulated, figures.total.events, figures.total.pixels), (true, 1, 1));
    assert_eq!(figures.firsts, [], "a drill is no first fire");
    let report = alone.make(Kind::Daily, "630200", morning()).await.report().clone();
    assert!(report.listed.title.ends_with("（模拟数据，非真实火点）"), "{}", report.listed.title);
}

/// By the built program: figures as a table and as CSV, a report that is made once, and what is wrong with a question.
#[tokio::test]
async fn the_command_line_makes_them_too() {
    let database = sqlite();
    Desk::furnished(&database).await.store.close().await;
    let folder = tempfile::tempdir().expect("a folder");
    let site = folder.path().join("site");
    std::fs::create_dir(&site).expect("made");
    std::fs::copy(project().join("sites/haidong/counties.geojson"), site.join("counties.geojson")).expect("copied");
    std::fs::write(site.join("site.toml"), format!("name = '海东市'\n[store]\nurl = '{}'\n", database.url))
        .expect("written");
    let run = |words: &[&str]| {
        let output = crate::common::strawfire(folder.path(), &[&["report"], words, &["--site", "site"]].concat());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let days = ["figures", "--from", "2025-10-20", "--to", "2025-10-20"];
    let (code, printed, log) = run(&days);
    assert_eq!(code, Some(0), "{log}");
    assert!(
        printed.contains("互助土族自治县: 疑似火点 1 处(有效观测 70%") && printed.contains("按首次发现时间计"),
        "{printed}"
    );
    let (_, csv, _) = run(&[&days[..], &["--by", "township", "--csv"]].concat());
    assert!(csv.contains("630223,互助土族自治县,威远镇,,1,0,1,3,"), "{csv}");
    let daily = ["daily", "--day", "2025-10-20"];
    for said in ["海东市疑似火点监测日报 2025年10月20日", "此前已制作并冻结"] {
        let (code, printed, log) = run(&daily);
        assert!(code == Some(0) && printed.contains(said), "{printed}{log}");
    }
    assert!(folder.path().join("out/daily-20251020-630200.docx").is_file());
    assert!(run(&["list"]).1.starts_with("daily-20251020-630200  海东市疑似火点监测日报"));
    assert!(run(&["correct", "daily-20251020-630200"]).1.contains("不需更正"));
    for (wrong, said) in [
        (&["daily", "--area", "110000"][..], "630200, 630202"),
        (&["weekly", "--day", "2090-01-01"], "an earlier day"),
        (&["monthly", "--day", "soon"], "--day"),
        (&["print", "daily-1"], "strawfire report list"),
        (&["figures", "--from", "2025-10-20", "--to", "2025-10-19"], "not before --from"),
    ] {
        let (code, _, log) = run(wrong);
        assert!(code == Some(2) && log.contains(said), "{wrong:?}: {log}");
    }
}

fn value(report: &Frozen) -> Value {
    serde_json::from_str(&report.figures).expect("JSON")
}

#[tokio::test]
async fn a_frozen_report_does_not_move_and_its_correction_says_what_did() {
    for database in both() {
        let desk = Desk::furnished(&database).await;
        let Made::New(report) = desk.make(Kind::Daily, "630200", morning()).await else { panic!("made before") };
        assert_eq!((report.listed.id.as_str(), report.listed.revision), ("daily-20251020-630200", 1));
        assert_eq!(
            bulletin::correct(desk.with(), &report.listed.id, at("21T08:30"), at("21T08:30"), &actor())
                .await
                .expect("asked"),
            Corrected::Nothing
        );
        desk.late().await;
        // asked again with all that is known now, it is the one that was made
        let Made::Before(same) = desk.make(Kind::Daily, "630200", at("21T10:00")).await else { panic!("made anew") };
        assert_eq!(same, report, "{}", database.kind);
        let made = bulletin::correct(desk.with(), &report.listed.id, at("21T10:00"), at("21T10:00"), &actor()).await;
        let Corrected::New(correction) = made.expect("corrected") else { panic!("nothing moved") };
        assert_eq!(
            (correction.listed.id.as_str(), correction.listed.corrects.as_deref()),
            ("daily-20251020-630200-r2", Some("daily-20251020-630200"))
        );
        let moved = value(&correction);
        assert_eq!(
            (&moved["title"], &moved["revision_name"]),
            (&json!("海东市疑似火点监测日报（更正）"), &json!("（更正）"))
        );
        let look = "截止后入库的观测：NOAA-21 VIIRS 2025-10-20 15:00（2025-10-21 09:00 入库）";
        let of = |place: &str, figure: &str| -> Option<(String, String, String)> {
            let all = moved["corrections"].as_array().expect("a list");
            let at = all.iter().position(|one| one["place"] == place && one["figure"] == figure)?;
            let text = |name: &str| all[at][name].as_str().expect("a text").to_string();
            // a cause is said once for the rows below one another
            let why = all[..=at].iter().rev().filter_map(|one| one["why"].as_str()).find(|why| *why != "同上")?;
            Some((text("was"), text("is"), why.to_string()))
        };
        let was_is = |was: &str, is: &str| Some((was.to_string(), is.to_string(), look.to_string()));
        assert_eq!(of("平安区", "疑似火点（处）"), was_is("0", "1"));
        assert_eq!(of("合计", "疑似火点（处）"), was_is("2", "3"));
        assert_eq!(of("民和回族土族自治县", "火点像元（个）"), was_is("2", "3"));
        // three hours: 0.8, 0.6 and 0.9
        assert_eq!(of("循化撒拉族自治县", "有观测小时"), was_is("2", "3"));
        assert_eq!(of("互助土族自治县", "有效观测"), was_is("70.0%", "76.6%"));
        assert_eq!(of("互助土族自治县", "疑似火点（处）"), None);
        let c = desk.event("c1").await;
        let steps = format!("截止后的办理：{c} 反馈（2025-10-21 09:30）");
        assert_eq!(of("民和回族土族自治县", "核查原因：垃圾"), Some(("0".into(), "1".into(), steps)));
        assert_eq!(
            of("民和回族土族自治县", &format!("疑似火点 {c}")).map(|moved| moved.1),
            Some("列入，已熄灭有痕迹，垃圾".into())
        );
        // what is open is one more for the new one of 平安, and no step of c closed anything
        let d = desk.event("d1").await;
        let open = |was: &str, is: &str| Some((was.into(), is.into(), format!("截止后列入的疑似火点：{d}")));
        assert_eq!(of("平安区", "未办结（处）"), open("0", "1"));
        assert_eq!(of("合计", "未办结（处）"), open("2", "3"));
        let whys: Vec<&str> =
            moved["corrections"].as_array().expect("a list").iter().filter_map(|one| one["why"].as_str()).collect();
        assert!(whys.windows(2).all(|two| two[0] != two[1] || two[0] == "同上"), "{whys:?}");
        // the first stays as it was, to the byte, and so does the correction when it is asked for again
        let store = &desk.store;
        assert_eq!(store.report(&report.listed.id).await.expect("read").as_ref(), Some(&*report));
        let again =
            bulletin::correct(desk.with(), &correction.listed.id, at("21T11:00"), at("21T11:00"), &actor()).await;
        assert_eq!(again.expect("asked"), Corrected::Nothing);
        let old = bulletin::correct(desk.with(), &report.listed.id, at("21T11:00"), at("21T11:00"), &actor()).await;
        assert_eq!(old.expect("asked"), Corrected::NotLast(correction.listed.id.clone()));
        let listed: Vec<String> = store.reports(None, 10).await.expect("read").into_iter().map(|of| of.id).collect();
        assert_eq!(listed, [correction.listed.id.clone(), report.listed.id.clone()]);
        assert_eq!(store.reports(Some(&["630222".into()]), 10).await.expect("read"), []);
    }
}

/// A report of a day that is not over says so; of years that the store does not know nothing is said but that.
#[tokio::test]
async fn what_is_not_over_and_what_is_not_known_is_said() {
    let database = sqlite();
    let desk = Desk::furnished(&database).await;
    let report = desk.make(Kind::Daily, "630223", at("20T18:00")).await.report().clone();
    let of = value(&report);
    assert_eq!((&of["partial"], &of["title"]), (&json!(true), &json!("互助土族自治县疑似火点监测日报")));
    assert!(of["summary"][0].as_str().expect("a text").contains("截至2025年10月20日 18:00（本期尚未结束）"));
    let comparisons = of["comparisons"].as_array().expect("a list");
    let said: Vec<(&str, Option<u64>, &str)> = comparisons
        .iter()
        .map(|row| {
            (
                row["name"].as_str().expect("a name"),
                row["events"].as_u64(),
                row["change_text"].as_str().expect("a text"),
            )
        })
        .collect();
    let unknown = "无该时段资料";
    let expected = [
        ("本期", Some(1), "—"),
        ("上期", Some(0), "由 0 增至 1"),
        ("2024年同期", None, unknown),
        ("2023年同期", None, unknown),
        ("2022年同期", None, unknown),
    ];
    assert_eq!(said, expected);
    let after = bulletin::correct(desk.with(), &report.listed.id, morning(), morning(), &actor()).await.expect("made");
    let Corrected::New(after) = after else { panic!("{after:?}") };
    assert_eq!(value(&after)["revision_name"], "（续报）");
}

fn tool(python: &std::ffi::OsString, words: &[&Path]) -> Value {
    let ran = Command::new(python).arg(project().join("tests/tools/office.py")).args(words).output().expect("runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap_or(Value::Null)
}

/// All documents are filled, read by other programs, and say what the figures say.
#[tokio::test]
async fn documents_say_what_the_figures_say() {
    let database = sqlite();
    let desk = Desk::furnished(&database).await;
    let folder = tempfile::tempdir().expect("a folder");
    let keep = std::env::var_os("STRAWFIRE_KEEP").map(std::path::PathBuf::from);
    let path = |name: &str| keep.clone().unwrap_or_else(|| folder.path().to_path_buf()).join(name);
    let mut reports = Vec::new();
    for kind in Kind::ALL {
        reports.push(desk.make(kind, "630200", at("27T08:00")).await.report().clone());
    }
    let first = desk.make(Kind::Daily, "630222", morning()).await.report().listed.id.clone();
    desk.late().await;
    let corrected =
        bulletin::correct(desk.with(), &first, at("21T10:00"), at("21T10:00"), &actor()).await.expect("made");
    let Corrected::New(correction) = corrected else { panic!("{corrected:?}") };
    reports.push(*correction);
    for report in &reports {
        let id = &report.listed.id;
        let (docx, xlsx) = (path(&format!("{id}.docx")), path(&format!("{id}.xlsx")));
        std::fs::write(&docx, bulletin::docx(&desk.site, report).expect("filled")).expect("written");
        std::fs::write(&xlsx, bulletin::xlsx(&desk.site, report).expect("filled")).expect("written");
        assert_eq!(
            std::fs::read(&docx).expect("read"),
            bulletin::docx(&desk.site, report).expect("filled"),
            "the same bytes"
        );
        for file in [&docx, &xlsx] {
            let pages = opens_in_an_office(docx.parent().expect("a folder"), file);
            assert!(pages.is_none_or(|pages| pages > 0), "{}", file.display());
        }
    }
    let Some(python) = python_with("docx").filter(|_| python_with("openpyxl").is_some()) else { return };
    let of = value(&reports[0]);
    let id = &reports[0].listed.id;
    let texts = tool(&python, &[Path::new("texts"), &path(&format!("{id}.docx"))])["texts"].clone();
    let texts = texts.as_array().expect("texts");
    let holds = |text: &str| texts.iter().any(|one| one == text);
    assert!(holds("海东市疑似火点监测日报") && holds("2025年第293期"), "{texts:?}");
    for sentence in of["summary"].as_array().expect("sentences") {
        assert!(holds(sentence.as_str().expect("a text")), "{sentence}");
    }
    let row = |first: &str| texts.iter().find(|one| one[0] == first).cloned().unwrap_or_default();
    assert_eq!(row("互助土族自治县"), json!(["互助土族自治县", "1", "3", "70.0%", "0", "由 0 增至 1", "1", "1", "1"]));
    assert_eq!(
        row("化隆回族自治县"),
        json!(["化隆回族自治县", "—", "—", "5.0%", "0", "有效观测不足，不作比较", "—", "0", "0"])
    );
    assert_eq!(row("合计")[1], "2");
    let listed = texts.iter().filter(|one| one[1] == "海东市").count();
    assert_eq!(listed, 3, "two on the list, one that is excluded");
    let sheets = tool(&python, &[Path::new("cells"), &path(&format!("{id}.xlsx"))]);
    let cells = &sheets["分县统计"]["cells"];
    // 乐都, 平安, 民和, 互助 in the order of the site, from row 4 on
    let place = desk.site.counties.iter().position(|county| county.name.adcode == HUZHU.0).expect("there") + 4;
    assert_eq!(
        (&cells[format!("B{place}")], &cells[format!("C{place}")], &cells[format!("D{place}")]),
        (&json!(1), &json!(3), &json!(0.7))
    );
    assert_eq!((&cells["A10"], &cells["B10"], &cells["C10"]), (&json!("合计"), &json!(2), &json!(6)));
    let events = &sheets["疑似火点清单"]["cells"];
    // degrees, minutes and seconds by hand: 102.80 and 36.20, a little off by the second pixel
    assert_eq!((&events["A4"], &events["B4"]), (&json!("海东市"), &json!("民和回族土族自治县")));
    assert!(events["D4"].as_str().expect("a text").starts_with("102°48'"), "{}", events["D4"]);
    // the call came at 13:05, the satellite at 13:30
    assert_eq!(
        (&events["F4"], &events["I4"], &events["J4"]),
        (&json!("2025-10-20 13:30"), &json!("群众来电"), &json!("2025-10-20 13:05"))
    );
    let moved = tool(&python, &[Path::new("cells"), &path("daily-20251020-630222-r2.xlsx")]);
    assert!(moved["更正"]["cells"].to_string().contains("垃圾"), "{moved}");
}
