//! A drill beside what is real: shares, sentences and sums are of one of them alone, and marked or counted.

use super::{HUZHU, MINHE, Web, ago, burn, fire, run};
use crate::databases::both;
use strawfire::fire::{CountyName, FireEvent, FirePixel};
use strawfire::fuse::Local;
use strawfire::store::{Actor, CountySeen, Overpass, Store};
use strawfire::thresholds::FuseThresholds;
use strawfire::time::Utc;

/// A look of a drill that saw all of 互助, with a fire.
async fn drill(store: &Store, time: Utc) {
    let made =
        FirePixel {
            simulated: true, granule: "drill".into(), ..fire("d", time, HUZHU, "630223", "互助土族自治县")
        };
    let overpass = Overpass {
        name: "drill",
        granules: vec!["drill".into()],
        time,
        satellite: "NOAA-20",
        sensor: "VIIRS",
        simulated: true,
        counties: vec![CountySeen { adcode: "630223".into(), observed: 1.0, cloud: 0.0, missing: 0.0 }],
        report: "{}".into(),
        fires: vec![made],
        whole: true,
    };
    let county = CountyName { adcode: "630223".into(), name: "互助土族自治县".into() };
    let local = Local { county_of: &|_| Some(county.clone()), assign: &|_: &mut FireEvent| {} };
    let actor = Actor { who: "test".into(), origin: "here".into() };
    let mut write = store.write().await.expect("a turn");
    write.take(&overpass, time, &actor, &FuseThresholds::default(), &local).await.expect("taken");
    write.commit().await.expect("kept");
}

/// A sum of a handover by its name.
fn sum(draft: &serde_json::Value, name: &str) -> Option<i64> {
    let sums = draft["content"]["sums"].as_array().expect("sums");
    sums.iter().find(|sum| sum[0] == name)?[1].as_i64()
}

#[test]
fn a_summary_is_of_a_drill_alone_and_marked_or_leaves_it_out_and_says_so() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            let store = Store::open(&web.database.url).await.expect("opens");
            let city = web.sign_in("city").await;
            drill(&store, ago(30.0)).await;
            let alone = web.get(&city, "/summary?hours=1").await.json();
            let observed = &alone["observed"];
            assert_eq!((&alone["events"], &observed["simulated"]), (&1.into(), &true.into()), "{alone}");
            assert!(observed["left_out"].is_null());
            let of = |summary: &serde_json::Value, adcode: &str| {
                let counties = summary["observed"]["counties"].as_array().expect("counties").clone();
                let county = counties.into_iter().find(|county| county["adcode"] == adcode).expect("there");
                county["sentence"].as_str().expect("a sentence").to_string()
            };
            let mark = "（模拟数据，非真实火点）";
            assert!(observed["sentence"].as_str().is_some_and(|said| said.ends_with(mark)), "{alone}");
            assert_eq!(of(&alone, "630223"), format!("疑似火点 1 个(有效观测 100%){mark}"));
            let open = &alone["open"];
            assert_eq!((&open["total"], &open["simulated"], &open["left_out"]), (&1.into(), &true.into(), &0.into()));
            let draft = web.get(&city, "/handovers/draft").await.json();
            assert_eq!(sum(&draft, &format!("本班有探测的疑似火点{mark}")), Some(1), "{draft}");
            assert_eq!(sum(&draft, "未办结"), Some(0), "{draft}");
            // a real look of another county: nothing of the drill is in any share or number any more
            burn(&store, "r", ago(20.0), MINHE, "630222", "民和回族土族自治县").await;
            let real = web.get(&city, "/summary?hours=1").await.json();
            let observed = &real["observed"];
            assert_eq!(
                (&real["events"], &observed["simulated"], &observed["looks"]),
                (&1.into(), &false.into(), &1.into())
            );
            let left_out = observed["left_out"].as_str().expect("said");
            assert!(left_out.contains("模拟观测 1 次、模拟疑似火点 1 处, 不计入"), "{left_out}");
            assert_eq!(of(&real, "630223"), "未监测到火点(有效观测 75%)", "as the real look saw it");
            assert!(!real["observed"]["sentence"].as_str().is_some_and(|said| said.contains("模拟")), "{real}");
            let open = &real["open"];
            assert_eq!((&open["total"], &open["simulated"], &open["left_out"]), (&1.into(), &false.into(), &1.into()));
            let draft = web.get(&city, "/handovers/draft").await.json();
            assert_eq!(sum(&draft, "本班有探测的疑似火点"), Some(1), "{draft}");
            assert_eq!(sum(&draft, "未办结"), Some(1), "{draft}");
            assert_eq!(sum(&draft, "未办结的模拟（演练）疑似火点（不计入未办结）"), Some(1), "{draft}");
            let listed = |code: &str| {
                let sections = draft["content"]["sections"].as_array().expect("sections");
                let section = sections.iter().find(|section| section["code"] == code).expect("there");
                section["items"].as_array().expect("items").len()
            };
            assert_eq!((listed("cases"), listed("drills")), (1, 1), "{draft}");
        });
    }
}
