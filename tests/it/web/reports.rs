//! Figures and reports over HTTP: each account its own areas, and the tabs in a real browser.

use super::browser::{browser, said, shots};
use super::{PASSWORD, Web, run};
use crate::bulletin::Desk;
use crate::common::project;
use crate::databases::{both, sqlite};
use serde_json::json;
use std::process::Command;

const DAY: &str = "/figures?from=2025-10-20&to=2025-10-20";

/// The store of [`Desk::furnished`], counted by hand there.
#[test]
fn figures_and_reports_are_of_ones_own_area() {
    for database in both() {
        let web = Web::start(database, "[season]\nburning = ['10-01/11-30 玉米']\n");
        run(async {
            let desk = Desk::furnished(&web.database).await;
            let city = web.sign_in("city").await;
            let all = web.get(&city, DAY).await.json();
            assert_eq!((&all["total"]["events"], &all["total"]["pixels"]), (&json!(2), &json!(6)), "{all}");
            let huzhu = web.sign_in("huzhu").await;
            let own = web.get(&huzhu, DAY).await.json();
            assert_eq!(
                (&own["total"]["events"], own["counties"].as_array().map(Vec::len)),
                (&json!(1), Some(1)),
                "{own}"
            );
            assert_eq!(web.get(&huzhu, &format!("{DAY}&area=630222")).await.status, 404);
            // a township whose posts were given nothing sees nothing of its county's events
            let township = web.sign_in("weiyuan").await;
            let none = web.get(&township, DAY).await.json();
            assert_eq!(
                (&none["total"]["events"], &none["events"], &none["firsts"]),
                (&json!(0), &json!([]), &json!([]))
            );
            let csv = web.get(&city, &format!("{DAY}&by=day&f=csv")).await.text();
            assert!(csv.starts_with("\u{feff}adcode,county,township,day,events"), "{csv}");
            assert_eq!(csv.lines().count(), 1 + 6 + 1, "a head, six counties of a day, and all");
            for wrong in
                ["from=yesterday", "from=2025-10-20&to=2025-10-19", "by=village", "from=2024-01-01&to=2025-10-20"]
            {
                assert_eq!(web.get(&city, &format!("/figures?{wrong}")).await.status, 400, "{wrong}");
            }

            let wanted = |area: &str| Some(json!({ "kind": "daily", "day": "2025-10-20", "area": area }));
            let made = web.ask(&city, "POST", "/reports", wanted("630200")).await;
            assert_eq!(
                (made.status, made.json()["id"].as_str()),
                (201, Some("daily-20251020-630200")),
                "{}",
                made.text()
            );
            let again = web.ask(&city, "POST", "/reports", wanted("630200")).await;
            assert_eq!((again.status, &again.json()["sha256"]), (200, &made.json()["sha256"]));
            assert_eq!(web.ask(&huzhu, "POST", "/reports", wanted("630222")).await.status, 422);
            assert_eq!(web.get(&huzhu, "/reports/daily-20251020-630200").await.status, 404);
            assert_eq!(web.ask(&huzhu, "POST", "/reports", wanted("630223")).await.status, 201);
            let leader = web.sign_in("leader-hz").await;
            assert_eq!(web.ask(&leader, "POST", "/reports", wanted("630223")).await.status, 403);
            let list = web.get(&leader, "/reports").await.json();
            assert_eq!(list["reports"].as_array().map(Vec::len), Some(1), "{list}");
            assert_eq!(web.get(&township, "/reports").await.json()["reports"], json!([]));
            for (ending, kind) in [("docx", "wordprocessingml"), ("xlsx", "spreadsheetml")] {
                let got = web.get(&leader, &format!("/reports/daily-20251020-630223.{ending}")).await;
                assert!(got.status == 200 && got.body.starts_with(b"PK") && got.header("content-type").contains(kind));
                assert!(got.header("content-disposition").contains(&format!("daily-20251020-630223.{ending}")));
            }

            // a day that was mistyped is refused in words, and nothing is frozen of it
            for (day, words) in [("1969-07-20", "2000 年以前"), ("2999-01-01", "尚未开始"), ("9999-12-31", "尚未开始")]
            {
                let body = json!({ "kind": "daily", "day": day, "area": "630200" });
                let got = web.ask(&city, "POST", "/reports", Some(body)).await;
                assert!(got.status == 422 && got.text().contains(words), "{day}: {} {}", got.status, got.text());
            }

            let correction = "/reports/daily-20251020-630200/correction";
            let nothing = web.ask(&city, "POST", correction, Some(json!({}))).await;
            assert_eq!(nothing.status, 409, "{}", nothing.text());
            desk.late().await;
            let corrected = web.ask(&city, "POST", correction, Some(json!({}))).await;
            assert_eq!(corrected.status, 201, "{}", corrected.text());
            let new = web.get(&city, "/reports/daily-20251020-630200-r2").await.json();
            assert_eq!((&new["content"]["total"]["events"], &new["is_last"]), (&json!(3), &json!(true)));
            assert_eq!(web.ask(&city, "POST", correction, Some(json!({}))).await.status, 409, "not its last revision");
            let kept = web.get(&city, "/reports/daily-20251020-630200").await.json();
            assert_eq!((&kept["intact"], &kept["content"]["total"]["events"]), (&json!(true), &json!(2)));

            // a template that somebody spoiled is told, with its file
            std::fs::create_dir_all(web.site.join("templates")).expect("made");
            std::fs::write(web.site.join("templates/daily.docx"), b"no document").expect("written");
            let got = web.get(&city, "/reports/daily-20251020-630200.docx").await;
            assert!(got.status == 422 && got.text().contains("daily.docx"), "{}", got.text());
            desk.store.close().await;
        });
    }
}

/// The desk asks for figures, makes a report and looks at it.
#[test]
fn the_desk_has_figures_and_reports_on_the_page() {
    let Some(python) = browser() else { return };
    let web = Web::start(sqlite(), "[season]\nburning = ['10-01/11-30 玉米']\n");
    let folder = tempfile::tempdir().expect("a folder");
    let shots = shots(folder.path());
    run(async { Desk::furnished(&web.database).await.store.close().await });
    let code = web.code("city-two").expect("a code");
    let output = Command::new(&python)
        .arg(project().join("tests/tools/page_reports.py"))
        .args([web.server.address.as_str(), "city-two", PASSWORD, &code])
        .arg(&shots)
        .output()
        .expect("starts");
    let done = said(&output);
    assert_eq!(done["complaints"], json!([]), "{done}");
    assert_eq!(done["huzhu"], json!(["互助土族自治县", "1", "0", "1", "3", "70.0%"]), "{done}");
    assert!(done["report"].as_str().is_some_and(|text| text.contains("海东市疑似火点监测日报")), "{done}");
}
