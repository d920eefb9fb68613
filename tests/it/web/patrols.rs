//! Special patrols over HTTP: a plan is fixed once, each account sees its own part, tracks are kept as they came and compared with the plan.

use super::browser::{browser, said, shots};
use super::{HUZHU, PASSWORD, Session, Web, ago, run};
use crate::common::project;
use crate::databases::{both, sqlite};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::process::Command;

/// The date of now in Beijing.
fn today() -> String {
    ago(0.0).beijing_as("%Y-%m-%d").expect("a date")
}

/// A GPX of places, each so many seconds after nine o'clock of a day in Beijing.
fn gpx(date: &str, points: &[(f64, f64, u32)]) -> String {
    let point = |(lon, lat, seconds): &(f64, f64, u32)| {
        let clock = format!("{:02}:{:02}:{:02}", 9 + seconds / 3600, seconds / 60 % 60, seconds % 60);
        format!("<trkpt lat=\"{lat}\" lon=\"{lon}\"><time>{date}T{clock}+08:00</time></trkpt>")
    };
    let all: String = points.iter().map(point).collect();
    format!("<?xml version=\"1.0\"?><gpx version=\"1.1\"><trk><trkseg>{all}</trkseg></trk></gpx>")
}

async fn send(web: &Web, session: &Session, plan: &str, query: &str, text: &str) -> (u16, Value) {
    let path = format!("/patrols/{plan}/tracks?name=a.gpx{query}");
    let got = web.send(session, "POST", &path, Some(text.as_bytes().to_vec()), &[]).await;
    (got.status, got.json())
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn place(row: &Value) -> (f64, f64) {
    (row["place"][0].as_f64().expect("a number"), row["place"][1].as_f64().expect("a number"))
}

/// Rows of a plan by county.
fn counties(plan: &Value) -> Vec<&str> {
    let mut codes: Vec<&str> =
        plan["rows"].as_array().expect("rows").iter().filter_map(|row| row["adcode"].as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[test]
fn a_plan_is_fixed_once_and_tracks_are_compared_with_it() {
    for database in both() {
        let web = Web::start_with_grid(database, "");
        run(async {
            web.furnish().await;
            let [city, huzhu, minhe] =
                [web.sign_in("city").await, web.sign_in("huzhu").await, web.sign_in("minhe").await];
            let date = today();
            let live = web.get(&city, "/patrols/plan?top=20").await;
            assert_eq!(live.status, 200, "{}", live.text());
            let live = live.json();
            assert_eq!((&live["plan"]["date"], &live["fixed"]), (&json!(date), &Value::Null));
            assert!(
                counties(&live["plan"]).contains(&"630223")
                    && live["plan"]["absent"].to_string().contains("layers.landcover")
            );
            // a county plans its own; who has only a part of one plans nothing
            let own = web.get(&huzhu, "/patrols/plan").await.json();
            assert_eq!((counties(&own["plan"]), &own["plan"]["area"]), (vec!["630223"], &json!("630223")));
            assert_eq!(web.get(&huzhu, "/patrols/plan?county=630222").await.status, 404);
            for name in ["weiyuan", "post-hz"] {
                assert_eq!(web.get(&web.sign_in(name).await, "/patrols/plan").await.status, 404, "{name}");
            }
            for wrong in ["date=gestern", "top=0", "top=501", "f=pdf"] {
                assert_eq!(web.get(&city, &format!("/patrols/plan?{wrong}")).await.status, 400, "{wrong}");
            }

            let fix = |session: Session, body: Value| {
                let web = &web;
                async move { web.post(&session, "/patrols", body).await }
            };
            assert_eq!(fix(huzhu.clone(), json!({ "county": "630200" })).await.status, 201, "its own, not the city's");
            assert_eq!(fix(huzhu.clone(), json!({ "county": "630222" })).await.status, 404);
            assert_eq!(fix(city.clone(), json!({ "date": "2020-10-20" })).await.status, 422);
            let made = fix(city.clone(), json!({ "top": 20 })).await;
            assert_eq!(made.status, 201, "{}", made.text());
            let id = made.json()["id"].as_str().expect("an id").to_string();
            assert_eq!(id, format!("patrol-{}-630200", date.replace('-', "")));
            let again = fix(city.clone(), json!({ "top": 5 })).await;
            assert_eq!((again.status, &again.json()["sha256"]), (200, &made.json()["sha256"]));

            // each sees its part of the city's plan
            let whole = web.get(&city, &format!("/patrols/{id}")).await.json();
            assert_eq!(whole["plan"]["rows"].as_array().map(Vec::len), Some(20));
            let part = web.get(&huzhu, &format!("/patrols/{id}")).await.json();
            assert_eq!(counties(&part["plan"]), ["630223"]);
            let other = web.get(&minhe, &format!("/patrols/{id}")).await.json();
            assert_eq!(counties(&other["plan"]), ["630222"]);
            assert_eq!(web.get(&minhe, "/patrols").await.json()["plans"].as_array().map(Vec::len), Some(1));
            assert_eq!(web.get(&huzhu, "/patrols").await.json()["plans"].as_array().map(Vec::len), Some(2));

            // A post walks past the middle of the first cell of its county, 1 km from its start in 200 s (18 km/h), comes within some 110 m of it; one
            // point is of another day, one is 60 km away for ten seconds
            let rows = part["plan"]["rows"].as_array().expect("rows");
            let (lon, lat) = place(&rows[0]);
            let walk = [(lon, lat - 0.010, 0), (lon, lat - 0.001, 200), (lon + 0.7, lat, 210), (lon, lat + 0.001, 250)];
            let mut text = gpx(&date, &walk);
            text = text.replace(
                "</trkseg>",
                &format!("<trkpt lat=\"{lat}\" lon=\"{lon}\"><time>2024-01-01T00:00:00Z</time></trkpt></trkseg>"),
            );
            let post = web.sign_in("post-hz").await;
            let (status, kept) = send(&web, &post, &id, "", &text).await;
            assert_eq!(status, 201, "{kept}");
            // by hand: 0.011 degrees of latitude are 1.223 km
            assert_eq!(
                (&kept["km"], &kept["points"], &kept["other_days"], &kept["leaps"]),
                (&json!(1.22), &json!(3), &json!(1), &json!(2))
            );
            assert_eq!(kept["sha256"], json!(hash(&text)));
            assert!(kept["remarks"].to_string().contains("1 个点不在计划当日"), "{kept}");
            assert_eq!(send(&web, &post, &id, "", &text).await.0, 200, "the same file again");
            let shown = web.get(&huzhu, &format!("/patrols/{id}")).await.json();
            let visits = shown["done"]["visits"].as_array().expect("visits");
            let visit = visits.iter().find(|visit| visit["cell"] == rows[0]["cell"]).expect("visited");
            assert_eq!(
                (&visit["metres"], &visit["who"], &shown["done"]["tracks"]),
                (&json!(111.0), &json!("post-hz"), &json!(1))
            );
            assert_eq!(&visit["at"], &json!(format!("{date}T01:03:20Z")), "200 s after nine o'clock, UTC");
            let original =
                web.get(&huzhu, &format!("/patrols/{id}/tracks/{}", kept["id"].as_str().expect("an id"))).await;
            assert_eq!((original.status, original.text()), (200, text.clone()));
            // another county neither sees it nor gets it
            let other = web.get(&minhe, &format!("/patrols/{id}")).await.json();
            assert_eq!((&other["tracks"], &other["done"]["visits"]), (&json!([]), &json!([])));
            let path = format!("/patrols/{id}/tracks/{}", kept["id"].as_str().expect("an id"));
            assert_eq!(web.get(&minhe, &path).await.status, 404);
            // viewers look, and send nothing
            let leader = web.sign_in("leader-hz").await;
            assert_eq!(web.get(&leader, &path).await.status, 200);
            assert_eq!(send(&web, &leader, &id, "", &text).await.0, 403);

            let yesterday = gpx("2024-01-01", &walk);
            let far = gpx(&date, &[(116.4, 39.9, 0), (116.4, 39.9001, 60)]);
            for (text, why) in
                [(yesterday.as_str(), "没有当日的点"), (far.as_str(), "不在本市附近"), ("hello", "既不是 GPX")]
            {
                let (status, said) = send(&web, &post, &id, "", text).await;
                assert!(status == 422 && said["detail"].as_str().is_some_and(|said| said.contains(why)), "{said}");
            }
            assert_eq!(send(&web, &post, "patrol-20200101-630200", "", &text).await.0, 404);
            assert_eq!(send(&web, &post, &id, "&datum=bd09", &text).await.0, 400);

            for (ending, begins) in [("xlsx", "PK"), ("geojson", "{"), ("html", "<!DOCTYPE html>")] {
                for path in [format!("/patrols/{id}.{ending}"), format!("/patrols/plan?f={ending}")] {
                    let got = web.get(&huzhu, &path).await;
                    assert!(got.status == 200 && got.text().starts_with(begins), "{path}: {}", got.status);
                    assert!(got.header("content-disposition").contains(&format!(".{ending}")));
                }
            }
        });
    }
}

/// The desk looks at the plan, fixes it, sends a track and sees what is done.
#[test]
fn the_desk_plans_a_patrol_on_the_page() {
    let Some(python) = browser() else { return };
    let web = Web::start_with_grid(sqlite(), "[season]\nburning = ['01-01/12-31 玉米']\n");
    let folder = tempfile::tempdir().expect("a folder");
    let shots = shots(folder.path());
    let track = folder.path().join("早巡.gpx");
    run(async {
        web.furnish().await;
    });
    let walk: Vec<(f64, f64, u32)> =
        (0..40).map(|at| (HUZHU.0 - 0.02 + 0.001 * f64::from(at), HUZHU.1, 20 * at)).collect();
    std::fs::write(&track, gpx(&today(), &walk)).expect("written");
    let code = web.code("city-two").expect("a code");
    let output = Command::new(&python)
        .arg(project().join("tests/tools/page_patrols.py"))
        .args([web.server.address.as_str(), "city-two", PASSWORD, &code])
        .arg(&shots)
        .arg(&track)
        .output()
        .expect("starts");
    let done = said(&output);
    assert_eq!(done["complaints"], json!([]), "{done}");
    // two fires with some dozen cells around each; of the season alone no cell comes before another
    assert!(done["rows"].as_i64().is_some_and(|rows| (10..50).contains(&rows)), "{done}");
    assert!(
        done["reasons"].as_str().is_some_and(|text| text.contains("疑似火点") && text.contains("焚烧季")),
        "{done}"
    );
    assert!(
        done["done"].as_str().is_some_and(|text| text.starts_with("已到 ") && text.contains("轨迹 1 条")),
        "{done}"
    );
    assert!(done["visited"].as_i64().is_some_and(|cells| cells > 0), "{done}");
}
