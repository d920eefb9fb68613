//! Nil reports: what each county says at its hour, by shares that the test puts in and reckons by hand.

use super::super::{Web, fire, run};
use crate::databases::both;
use serde_json::{Value, json};
use strawfire::fire::{CountyName, FireEvent, FirePixel};
use strawfire::fuse::Local;
use strawfire::store::{Actor, CountySeen, Overpass, Store};
use strawfire::thresholds::FuseThresholds;
use strawfire::time::Utc;

const HOURLY: &str = "[desk.nil_report]\nat = '0 * * * *'\ngrace_min = 1\n";

/// A look of a satellite that stares, with the shares of counties that it saw, or a list with a fire.
async fn look(store: &Store, time: Utc, seen: &[(&str, f64)], fires: Vec<FirePixel>) {
    let name = format!("look-{}-{}", time.compact(), fires.len());
    let overpass = Overpass {
        name: &name,
        granules: vec![name.clone()],
        time,
        satellite: if fires.is_empty() { "GK-2A" } else { "NOAA-20" },
        sensor: if fires.is_empty() { "AMI" } else { "VIIRS" },
        simulated: false,
        counties: seen
            .iter()
            .map(|(adcode, observed)| CountySeen {
                adcode: (*adcode).into(),
                observed: *observed,
                cloud: 1.0 - observed,
                missing: 0.0,
            })
            .collect(),
        report: "{}".into(),
        fires: fires.into_iter().map(|fire| FirePixel { granule: name.clone(), ..fire }).collect(),
        whole: true,
    };
    let county = |(adcode, name): (&str, &str)| CountyName { adcode: adcode.into(), name: name.into() };
    let county_of = |place: strawfire::place::LonLat| {
        Some(county(if place.lon() < 102.2 { ("630223", "互助土族自治县") } else { ("630202", "乐都区") }))
    };
    let local = Local { county_of: &county_of, assign: &|_: &mut FireEvent| {} };
    let actor = Actor { who: "test".into(), origin: "here".into() };
    let mut write = store.write().await.expect("a turn");
    write.take(&overpass, time, &actor, &FuseThresholds::default(), &local).await.expect("taken");
    write.commit().await.expect("kept");
}

/// The last full hour: in Beijing it is one as in Greenwich.
fn last_hour() -> Utc {
    let hour = 3_600_000_000;
    Utc::from_micros(Utc::now().micros().div_euclid(hour) * hour).expect("a time")
}

fn of<'a>(list: &'a Value, adcode: &str, due: Utc) -> &'a Value {
    let id = format!("{adcode}-{}", due.compact());
    let reports = list["reports"].as_array().expect("reports");
    reports.iter().find(|report| report["id"] == id.as_str()).unwrap_or_else(|| panic!("{id}: {list}"))
}

/// By hand: six slots of ten minutes in the hour. 互助 was seen to 0.9, 0.9, 0.9, 0.1, 0.1, 0.1: their mean is 0.5. 民和 lies under cloud but for
/// 0.03 of it, which is less than a tenth. 乐都 was seen to 0.42, and burns. 循化 was seen by nobody.
#[test]
fn what_was_not_seen_is_never_nil_and_what_is_confirmed_is_frozen() {
    for database in both() {
        let web = Web::start(database, HOURLY);
        run(async {
            let due = last_hour();
            let at = |minute: f64| due.plus_seconds(60.0 * (minute - 60.0)).expect("a time");
            let store = Store::open(&web.database.url).await.expect("opens");
            for (slot, huzhu) in [0.9, 0.9, 0.9, 0.1, 0.1, 0.1].into_iter().enumerate() {
                let seen = [("630223", huzhu), ("630222", 0.03), ("630202", 0.42)];
                look(&store, at(10.0 * slot as f64), &seen, Vec::new()).await;
            }
            look(&store, at(25.0), &[], vec![fire("ld", at(25.0), (102.40, 36.48), "630202", "乐都区")]).await;
            let (city, huzhu, minhe) =
                (web.sign_in("city").await, web.sign_in("huzhu").await, web.sign_in("minhe").await);
            let list = web.get(&city, "/nil-reports").await.json();
            let said = |adcode: &str| {
                let report = of(&list, adcode, due);
                (
                    report["kind_name"].as_str().expect("a kind"),
                    report["said"]["sentence"].as_str().expect("a sentence"),
                )
            };
            assert_eq!(said("630223"), ("零报告", "未监测到火点(有效观测 50%, 6 次观测, 1 小时中 1 小时有观测)"));
            assert_eq!(said("630222"), ("未有效观测", "未有效观测(仅观测 3%)"));
            assert_eq!(said("630202"), ("有疑似火点", "疑似火点 1 个(有效观测 42%, 6 次观测, 1 小时中 1 小时有观测)"));
            assert_eq!(said("630225"), ("未有效观测", "未有效观测"));
            let is_late = Utc::now().seconds_since(due) > 60.0;
            assert_eq!(of(&list, "630223", due)["state"] == "missing", is_late);
            // the county's desk confirms its own, and none but its own
            let own = web.get(&huzhu, "/nil-reports").await.json();
            assert!(own["reports"].as_array().expect("reports").iter().all(|report| report["adcode"] == "630223"));
            let path = format!("/nil-reports/630223-{}/confirm", due.compact());
            let words = json!({ "sentence": "未监测到火点(有效观测 50%, 6 次观测, 1 小时中 1 小时有观测)", "remark": "已巡查" });
            assert_eq!(web.post(&minhe, &path, words.clone()).await.status, 404);
            let got = web
                .post(
                    &huzhu,
                    &path,
                    json!({ "sentence": "未监测到火点(有效观测 99%, 6 次观测, 1 小时中 1 小时有观测)" }),
                )
                .await;
            assert_eq!(
                (got.status, got.json()["sentence"].as_str()),
                (409, Some("未监测到火点(有效观测 50%, 6 次观测, 1 小时中 1 小时有观测)")),
                "{}",
                got.text()
            );
            let got = web.post(&huzhu, &path, words.clone()).await;
            let confirmed = got.json();
            assert_eq!(got.status, 200, "{}", got.text());
            let state = if is_late { "confirmed_late" } else { "confirmed" };
            assert_eq!(
                (confirmed["state"].as_str(), confirmed["confirmed"]["by"].as_str()),
                (Some(state), Some("huzhu"))
            );
            assert_eq!(web.post(&city, &path, words).await.status, 409, "once");
            // the city for a county that does not
            let path = format!("/nil-reports/630222-{}/confirm", due.compact());
            let got = web.post(&city, &path, json!({ "sentence": "未有效观测(仅观测 3%)" })).await;
            assert_eq!(
                (got.status, got.json()["confirmed"]["said"]["kind"].as_str()),
                (200, Some("unobserved")),
                "{}",
                got.text()
            );
            // what comes late moves nothing that was confirmed, and what was not says the new
            look(&store, at(35.0), &[], vec![fire("hz", at(35.0), (101.96, 36.84), "630223", "互助土族自治县")]).await;
            look(&store, at(45.0), &[], vec![fire("ld2", at(45.0), (102.60, 36.40), "630202", "乐都区")]).await;
            let after = web.get(&city, "/nil-reports").await.json();
            let frozen = &of(&after, "630223", due)["confirmed"];
            assert_eq!(
                (&frozen["said"], &frozen["sha256"]),
                (&confirmed["confirmed"]["said"], &confirmed["confirmed"]["sha256"])
            );
            assert_eq!((frozen["said"]["fires"].as_i64(), frozen["intact"].as_bool()), (Some(0), Some(true)));
            // and what is shown of it is what was frozen, though there is a fire in it now
            let shown = of(&after, "630223", due);
            assert_eq!(
                (&shown["said"]["sentence"], &shown["kind_name"]),
                (&frozen["said"]["sentence"], &json!("零报告"))
            );
            assert_eq!(shown["said"]["fires"], 0, "{shown}");
            assert_eq!(
                of(&after, "630202", due)["said"]["sentence"],
                "疑似火点 2 个(有效观测 42%, 6 次观测, 1 小时中 1 小时有观测)"
            );
            assert_eq!(of(&after, "630202", due)["proposed"]["fires"], 1, "as it was proposed");
            let leader = web.sign_in("leader").await;
            assert_eq!(web.get(&leader, "/nil-reports").await.status, 403);
        });
    }
}

/// A fire out of a list, and no look of the county: what was seen is not known, which is no share of 0.
#[test]
fn what_no_look_reached_is_not_known() {
    for database in both() {
        let web = Web::start(database, HOURLY);
        run(async {
            let due = last_hour();
            let at = due.plus_seconds(-35.0 * 60.0).expect("a time");
            let store = Store::open(&web.database.url).await.expect("opens");
            let of_list = fire("hz", at, (101.96, 36.84), "630223", "互助土族自治县");
            // the reports of the hour are owed where the store began before it
            look(&store, due.plus_seconds(-55.0 * 60.0).expect("a time"), &[("630202", 0.42)], Vec::new()).await;
            look(&store, at, &[], vec![of_list]).await;
            let city = web.sign_in("city").await;
            let list = web.get(&city, "/nil-reports").await.json();
            let said = &of(&list, "630223", due)["said"];
            assert_eq!(
                (said["sentence"].as_str(), said["fires"].as_i64()),
                (Some("疑似火点 1 个(有效观测未知)"), Some(1))
            );
            assert!(said["observed"].is_null(), "{said}");
            assert!(of(&list, "630202", due)["said"]["observed"].is_number(), "{list}");
        });
    }
}

/// A site that says no hour has none; one that says a wrong one is told.
#[test]
fn hours_are_the_sites() {
    let web = Web::start(crate::databases::sqlite(), "");
    run(async {
        let city = web.sign_in("city").await;
        assert_eq!(web.get(&city, "/nil-reports").await.json()["configured"], false);
    });
    let site = tempfile::tempdir().expect("a folder");
    let packed = crate::common::project().join("sites/haidong/counties.geojson");
    std::fs::copy(packed, site.path().join("counties.geojson")).expect("copied");
    for (toml, word) in [
        ("at = '0 25 * * *'", "desk.nil_report.at"),
        ("grace_min = 5", "desk.nil_report.at"),
        ("at = '0 17 * * *'\ngrace_min = 0", "desk.nil_report.grace_min"),
    ] {
        std::fs::write(site.path().join("site.toml"), format!("[desk.nil_report]\n{toml}\n")).expect("written");
        let error = strawfire::site::Site::load(site.path()).expect_err("refused").to_string();
        assert!(error.contains(word), "{toml}: {error}");
    }
}
