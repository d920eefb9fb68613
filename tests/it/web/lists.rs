//! Lists of other authorities on the page: taken, answered, answered again when more is known, with the package of what should be taken off.

mod again;

use super::life::{keyed, photographed};
use super::{Got, HUZHU, MINHE, Session, Web, ago, burn, run};
use crate::common::strawfire;
use crate::databases::{both, sqlite};
use serde_json::{Value, json};
use std::io::{Cursor, Read as _};
use strawfire::sealed::sha256;
use strawfire::site::percent_encoded as encoded;
use strawfire::store::{Actor, Logged, Photo, Store, Uploaded};

/// Three rows: an event of ours, a place far from all, and one of another county.
fn list(event_time: &str) -> String {
    format!(
        "编号,经度,纬度,时间,卫星\nA1,{},{},{event_time},NOAA-20\nA2,102.40,36.40,{event_time},NOAA-20\nA3,104.00,36.00,{event_time},NOAA-20\n",
        HUZHU.0, HUZHU.1
    )
}

#[test]
fn a_list_is_answered_on_the_page_and_again_when_more_is_known() {
    for database in both() {
        let web = Web::start(database, "[station]\ndir = 'station'\n");
        run(async {
            let store = Store::open(&web.database.url).await.expect("opens");
            // both of one Beijing day, whatever the hour of this test is
            let seen = ago(50.0);
            let event = burn(&store, "hz", seen, HUZHU, "630223", "互助土族自治县").await;
            let alone = burn(&store, "mh", seen, MINHE, "630222", "民和回族土族自治县").await;
            store.close().await;
            let (city, other) = (web.sign_in("city").await, web.sign_in("city-two").await);
            let got = web.send(&city, "POST", "/roster", Some(super::roster()), &[]).await;
            assert_eq!(got.status, 200, "{}", got.text());
            let bytes = list(&seen.beijing()).into_bytes();
            let take = async |name: &str, bytes: &[u8]| {
                web.send(&city, "POST", &format!("/lists?{name}"), Some(bytes.to_vec()), &[]).await
            };
            for wrong in ["name=../a.csv", "name=reply.csv", "name=a.pdf", "name=a.csv&template=../site", "name=.csv"] {
                assert_eq!(take(wrong, &bytes).await.status, 422, "{wrong}");
            }
            let none = take("name=none.xlsx", b"PK no book").await;
            assert_eq!(none.status, 422, "{}", none.text());
            assert_eq!(
                none.json()["detail"],
                "无法读取此清单：工作簿已损坏或格式不规范；应为完整的 .xlsx，请用表格软件打开后另存再传"
            );
            assert!(
                web.get(&city, "/lists").await.json()["lists"].as_array().expect("lists").is_empty(),
                "nothing is kept of it"
            );
            let wrong = take("name=a.csv&deadline=2026-12-03", &bytes).await;
            assert_eq!(wrong.status, 400, "{}", wrong.text());
            let detail = wrong.json()["detail"].as_str().unwrap_or_default().to_string();
            assert!(
                detail.starts_with("deadline（答复期限）：收到 2026-12-03，应为") && detail.contains("+08:00"),
                "{detail}"
            );
            let due = ago(-120.0).rfc3339();
            let name = encoded("省厅 清单.csv");
            let got = take(&format!("name={name}&deadline={}", encoded(&due)), &bytes).await;
            assert_eq!(got.status, 200, "{}", got.text());
            let hash = got.json()["list"]["sha256"].as_str().expect("a hash").to_string();
            let path = format!("/lists/{hash}");
            let one = web.get(&city, &path).await.json();
            let states: Vec<&str> = one["account"]["rows"]
                .as_array()
                .expect("rows")
                .iter()
                .map(|row| row["state"].as_str().expect("a state"))
                .collect();
            assert_eq!(states, ["known", "unseen", "outside"], "{one}");
            assert_eq!((&one["list"]["deadline"], &one["list"]["answered"]), (&json!(due), &json!(null)));
            assert_eq!((&one["account"]["only_ours"], &one["account"]["reducible"]), (&json!([alone]), &json!([])));
            // the ground is looked at, and somebody else approves that the sensor saw nothing
            let link = web.dispatch(&city, &event, "HZ-01").await;
            let (_, phone) = web.open_link(&link).await;
            let (photo, original) = photographed(&web, &phone, &event).await;
            let report =
                json!({ "finding": "no_trace", "cause": "misjudged", "note": "现场为温室大棚", "photos": [photo] });
            assert_eq!(keyed(&web, &phone, &format!("/events/{event}/report"), "r", report).await.status, 200);
            let approve = json!({ "approve": true });
            assert_eq!(web.post(&other, &format!("/events/{event}/review"), approve).await.status, 200);
            assert_eq!(web.post(&city, &format!("{path}/again"), json!({})).await.status, 200);
            let one = web.get(&city, &path).await.json();
            assert_eq!(one["account"]["reducible"][0]["id"], "A1", "{one}");
            assert_eq!(one["list"]["deadline"], json!(due), "compared again it keeps its deadline");
            let reply = web.get(&city, &format!("{path}/reply.csv")).await.text();
            assert!(reply.contains("已掌握") && reply.contains("未发现痕迹") && reply.contains("误判"), "{reply}");
            let package = web.get(&city, &format!("{path}/reduction.zip")).await;
            let mut package = zip::ZipArchive::new(Cursor::new(package.body)).expect("a zip");
            let mut packed = Vec::new();
            package
                .by_name(&format!("照片/{event}/01.jpg"))
                .expect("the photo")
                .read_to_end(&mut packed)
                .expect("read");
            assert_eq!(packed, original, "the photo as it was taken");
            let mut names = String::new();
            package.by_name("照片清单.csv").expect("the list").read_to_string(&mut names).expect("read");
            assert!(names.contains("在包内") && names.contains(&event), "{names}");
            assert!(package.by_name("核减申请.xlsx").is_ok());
            for (name, status) in [("reply.xlsx", 409), ("template.txt", 404), ("..%2f..%2fsite.toml", 404)] {
                assert_eq!(web.get(&city, &format!("{path}/{name}")).await.status, status, "{name}");
            }
            let kept =
                web.post(&city, &format!("{path}/template"), json!({ "name": "省厅", "reply_hours": 4.0 })).await;
            assert_eq!(kept.json()["templates"], json!(["省厅"]), "{}", kept.text());
            let text = std::fs::read_to_string(web.site.join("lists/省厅.toml")).expect("written");
            assert!(text.contains("reply_hours = 4.0") && text.contains("lon = \"经度\""), "{text}");
            let again = web.post(&city, &format!("{path}/template"), json!({ "name": "省厅" })).await;
            assert_eq!(again.status, 409, "{}", again.text());
            let sent = web.post(&city, &format!("{path}/answered"), json!({})).await;
            assert!(sent.json()["list"]["answered"].is_string(), "{}", sent.text());
            assert!(
                Store::open(&web.database.url).await.expect("opens").unanswered_lists().await.expect("read").is_empty()
            );
        });
    }
}

async fn sent(web: &Web, who: &Session, query: &str, bytes: &[u8]) -> Got {
    web.send(who, "POST", &format!("/lists?{query}"), Some(bytes.to_vec()), &[]).await
}

async fn noted(store: &Store, action: &str) -> Vec<Logged> {
    let lines = store.audit_lines(1000).await.expect("read");
    lines.into_iter().filter(|line| line.action == action).collect()
}

/// What is sent twice is there once, under its first name and with its first deadline; that moves, and what was taken back comes again, only where
/// somebody says so.
#[test]
fn a_list_that_is_sent_again_is_no_second_one_and_its_deadline_moves_only_when_that_is_meant() {
    for database in both() {
        let web = Web::start(database, "[station]\ndir = 'station'\n");
        run(async {
            let (city, other) = (web.sign_in("city").await, web.sign_in("city-two").await);
            let store = Store::open(&web.database.url).await.expect("opens");
            let bytes = list(&ago(50.0).beijing()).into_bytes();
            let (first, second) = (ago(-120.0).rfc3339(), ago(-600.0).rfc3339());
            let due = |at: &str| format!("&deadline={}", encoded(at));
            let got = sent(&web, &city, &format!("name=a.csv{}", due(&first)), &bytes).await;
            let hash = got.json()["list"]["sha256"].as_str().expect("a hash").to_string();
            assert_eq!(got.json()["list"]["taken_by"], "city", "{}", got.text());
            // the same bytes under another name, with the same deadline or none
            for query in ["name=b.csv".to_string(), format!("name=b.csv{}", due(&first))] {
                let got = sent(&web, &other, &query, &bytes).await;
                assert_eq!((got.status, &got.json()["already"]), (200, &json!(true)), "{}", got.text());
                let said = got.json()["said"].as_str().expect("words").to_string();
                assert!(said.contains("由 city 收到（a.csv）") && said.contains("未重复登记"), "{said}");
            }
            // with another deadline it is asked about
            let moved = format!("name=b.csv{}", due(&second));
            let got = sent(&web, &other, &moved, &bytes).await;
            assert_eq!((got.status, &got.json()["confirm"]), (409, &json!("deadline")), "{}", got.text());
            let lists = web.get(&city, "/lists").await.json();
            assert_eq!(lists["lists"].as_array().map(Vec::len), Some(1), "{lists}");
            assert_eq!((&lists["lists"][0]["deadline"], &lists["lists"][0]["name"]), (&json!(first), &json!("a.csv")));
            let got = sent(&web, &other, &format!("{moved}&confirm=deadline"), &bytes).await;
            assert_eq!((got.status, &got.json()["list"]["deadline"]), (200, &json!(second)), "{}", got.text());
            assert_eq!(noted(&store, "list sent again").await.len(), 4, "each time");
            let line = noted(&store, "list deadline moved").await.pop().expect("a line");
            let detail: Value = serde_json::from_str(&line.detail).expect("JSON");
            assert_eq!(
                (line.who.as_str(), &detail["from"], &detail["to"]),
                ("city-two", &json!(first), &json!(second))
            );
            // taken back: nothing is waited for, and it stays
            let path = format!("/lists/{hash}");
            let withdraw = format!("{path}/withdraw");
            assert_eq!(web.post(&city, &withdraw, json!({ "said": " " })).await.status, 422);
            let huzhu = web.sign_in("huzhu").await;
            assert_eq!(web.post(&huzhu, &withdraw, json!({ "said": "x" })).await.status, 403);
            let got = web.post(&city, &withdraw, json!({ "said": "省厅发错" })).await;
            assert_eq!(got.json()["list"]["withdrawn"]["said"], "省厅发错", "{}", got.text());
            assert!(store.unanswered_lists().await.expect("read").is_empty());
            assert_eq!(web.get(&city, &path).await.json()["list"]["late"], false);
            for (address, body) in [("withdraw", json!({ "said": "y" })), ("again", json!({})), ("answered", json!({}))]
            {
                let got = web.post(&other, &format!("{path}/{address}"), body).await;
                assert_eq!((got.status, got.text().contains("省厅发错")), (409, true), "{address}: {}", got.text());
            }
            let got = sent(&web, &city, "name=c.csv", &bytes).await;
            assert_eq!((got.status, &got.json()["confirm"]), (409, &json!("again")), "{}", got.text());
            let got = sent(&web, &city, "name=c.csv&confirm=again", &bytes).await;
            assert_eq!((got.status, &got.json()["list"]["withdrawn"]), (200, &json!(null)), "{}", got.text());
            assert_eq!(got.json()["list"]["deadline"], json!(null), "that of before is over");
            assert_eq!(store.unanswered_lists().await.expect("read").len(), 1);
            for action in ["list withdrawn", "list taken again"] {
                assert_eq!(noted(&store, action).await.len(), 1, "{action}");
            }
        });
    }
}

/// The list and its answer are in a backup; what is changed of them is found.
#[test]
fn a_list_comes_back_with_the_store() {
    for database in both() {
        let web = Web::start(database, "[station]\ndir = 'station'\n");
        run(async {
            let city = web.sign_in("city").await;
            let bytes = list(&ago(50.0).beijing()).into_bytes();
            let got =
                sent(&web, &city, &format!("name=a.csv&deadline={}", encoded(&ago(-60.0).rfc3339())), &bytes).await;
            let path = format!("/lists/{}", got.json()["list"]["sha256"].as_str().expect("a hash"));
            let reply = web.get(&city, &format!("{path}/reply.csv")).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            let backup = web.site.join("backup.jsonl");
            let (site, file) = (web.site.display().to_string(), backup.display().to_string());
            let ran = |arguments: &[&str]| {
                let ran = strawfire(&web.site, &[arguments, &["--site", &site]].concat());
                (
                    ran.status.code(),
                    format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr)),
                )
            };
            let (code, said) = ran(&["backup", &file]);
            assert!(code == Some(0) && said.contains("no reduction.zip"), "{said}");
            let empty = sqlite();
            let actor = Actor { who: "test".into(), origin: "here".into() };
            let restored = Store::restore(&empty.url, &backup, ago(0.0), &actor).await.expect("restored").store;
            let known = restored.received_lists(10).await.expect("read");
            assert_eq!((known.len(), known[0].taken_by.as_str(), known[0].deadline.is_some()), (1, "city", true));
            let files = restored.list_files(&known[0].sha256).await.expect("read");
            let of = |name: &str| files.iter().find(|(file, _)| file == name).map(|(_, bytes)| bytes.clone());
            assert_eq!((of("original.csv"), of("reply.csv")), (Some(bytes.clone()), Some(reply.body.clone())));
            // where the folder is gone, as after restoring, the page has all of it but the package, and compares again
            std::fs::remove_dir_all(web.site.join("station/their-lists")).expect("removed");
            let one = web.get(&city, &path).await;
            assert_eq!(one.json()["account"]["rows"].as_array().map(Vec::len), Some(3), "{}", one.text());
            assert_eq!(web.get(&city, &format!("{path}/reply.csv")).await.body, reply.body);
            assert_eq!(web.get(&city, &format!("{path}/reduction.zip")).await.status, 409);
            assert_eq!(web.post(&city, &format!("{path}/again"), json!({})).await.status, 200);
            assert_eq!(web.get(&city, &format!("{path}/reduction.zip")).await.status, 200);
            let (code, said) = ran(&["audit", "verify"]);
            assert_eq!(code, Some(0), "{said}");
            sqlx::any::install_default_drivers();
            let pool = sqlx::AnyPool::connect(&web.database.url).await.expect("connects");
            let change = "UPDATE their_list_files SET content = 'AAAA' WHERE name = 'reply.csv'";
            assert_eq!(sqlx::query(change).execute(&pool).await.expect("changed").rows_affected(), 1);
            let (code, said) = ran(&["audit", "verify"]);
            assert!(code != Some(0) && said.contains("reply.csv of the list"), "{said}");
        });
    }
}

/// Sixty megabytes of photos go into a package and out of it without lying in memory.
#[test]
fn a_package_of_many_photos_takes_no_memory() {
    const EACH: usize = 10 << 20;
    let web = Web::start(sqlite(), "[station]\ndir = 'station'\n");
    run(async {
        let city = web.sign_in("city").await;
        let store = Store::open(&web.database.url).await.expect("opens");
        let seen = ago(50.0);
        let event = burn(&store, "hz", seen, HUZHU, "630223", "互助土族自治县").await;
        let excluded = json!({ "outcome": "exclude", "cause": "solar", "note": "光伏板" });
        let got = web.post(&city, &format!("/events/{event}/triage"), excluded).await;
        assert_eq!(got.status, 200, "{}", got.text());
        let folder = web.site.with_file_name("photos");
        let actor = Actor { who: "test".into(), origin: "here".into() };
        for at in 0_u8..6 {
            let (id, bytes) = (format!("{at:02}aaaaaa"), vec![at; EACH]);
            std::fs::create_dir_all(folder.join(&id[..2])).expect("made");
            std::fs::write(folder.join(&id[..2]).join(format!("{id}.original")), &bytes).expect("written");
            let photo = Photo {
                id,
                event: event.clone(),
                who: "HZ-01".into(),
                kind: None,
                mime: "image/jpeg".into(),
                size: EACH as i64,
                sha256: sha256(&bytes),
                taken: ago(5.0),
                place: None,
                accuracy_m: None,
                received: 0,
                complete: false,
                small: false,
                made: ago(5.0),
            };
            let mut write = store.write().await.expect("a turn");
            write.add_photo(&photo, ago(5.0), &actor).await.expect("added");
            write.note_uploaded(&photo, Uploaded::Complete, ago(5.0), &actor).await.expect("noted");
            write.commit().await.expect("kept");
        }
        // what the first list needs besides photos is there before it is measured
        assert_eq!(sent(&web, &city, "name=warm.csv", list("2025-10-20 05:30").as_bytes()).await.status, 200);
        let before = web.server.memory_mb();
        let got = sent(&web, &city, "name=a.csv", list(&seen.beijing()).as_bytes()).await;
        let path = format!("/lists/{}/reduction.zip", got.json()["list"]["sha256"].as_str().expect("a hash"));
        let package = web.get(&city, &path).await.body;
        let after = web.server.memory_mb();
        assert!(package.len() > 6 * EACH, "{} bytes", package.len());
        println!("a package of {} MB: memory {before} MB before, {after} MB at most", package.len() >> 20);
        assert!(after - before < 40, "{before} MB before, {after} MB at most");
        let mut package = zip::ZipArchive::new(Cursor::new(package)).expect("a zip");
        let mut packed = Vec::new();
        package.by_name(&format!("照片/{event}/06.jpg")).expect("there").read_to_end(&mut packed).expect("read");
        assert_eq!((packed.len(), packed[0]), (EACH, 5));
    });
}
