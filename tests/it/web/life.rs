//! A case from the first look to its close, as the desk and an officer's phone do it.

use super::{Session, Web, ago, burn, run};
use crate::databases::{both, sqlite};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use strawfire::store::Store;

fn status(got: &super::Got) -> String {
    got.json()["event"]["properties"]["status"].as_str().unwrap_or_default().to_string()
}

/// A JPEG of some pixels, made by another library's encoder than the one that checks it on the server... by `image` here, and by the
/// browser in the test of the page.
fn jpeg(side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture =
        image::RgbImage::from_fn(side, side, |x, y| image::Rgb([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8]));
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90);
    image::DynamicImage::from(picture).write_with_encoder(encoder).expect("encoded");
    bytes
}

#[test]
fn a_case_lives_from_the_desk_over_a_phone_to_its_close() {
    for database in both() {
        let web = Web::start(database, "public_url = 'https://fires.example.cn'");
        run(async {
            let (event, _) = web.furnish().await;
            let (desk, second) = (web.sign_in("huzhu").await, web.sign_in("city-two").await);
            let at = |action: &str| format!("/events/{event}/{action}");
            let got = web.post(&desk, &at("triage"), json!({ "outcome": "confirm", "note": "孤立高温" })).await;
            assert_eq!((got.status, status(&got).as_str()), (200, "triage"), "{}", got.text());
            assert!(got.json()["event"]["case"]["triaged_at"].is_string());
            let link = web.dispatch(&desk, &event, "HZ-01").await;
            assert!(link.starts_with("https://fires.example.cn/task#"), "{link}");
            let (opened, phone) = web.open_link(&link).await;
            let task = opened.json();
            assert_eq!(task["task"]["post_name"], "威远镇值班岗", "{task}");
            assert_eq!(task["may"], json!(["acknowledge", "arrive", "report", "return"]));
            // GCJ-02 of the place by the coord-convert package of PyPI lies some hundred metres east and south here; only links have it
            let (lon, lat) = (task["event"]["geometry"]["coordinates"][0].as_f64().expect("lon"), super::HUZHU.0);
            assert!((lon - lat).abs() < 1e-6);
            let amap = task["links"][0]["url"].as_str().expect("a link");
            assert!(
                amap.starts_with("https://uri.amap.com/marker?position=101.96") && !amap.contains(&format!("{lon:.6}")),
                "{amap}"
            );
            assert!(task["surroundings"]["features"].as_array().is_some_and(|all| !all.is_empty()));
            for (action, body, expected) in [
                ("acknowledge", json!({}), "acknowledged"),
                ("arrive", json!({ "place": { "lon": 101.961, "lat": 36.841, "accuracy_m": 12.0 } }), "on_site"),
            ] {
                let got = keyed(&web, &phone, &at(action), action, body).await;
                assert_eq!((got.status, status(&got).as_str()), (200, expected), "{}", got.text());
            }
            let photo = photo(&web, &phone, &event).await;
            let report =
                json!({ "finding": "out_with_traces", "cause": "straw", "note": "麦茬地约两亩", "photos": [photo] });
            let first = keyed(&web, &phone, &at("report"), "r1", report.clone()).await;
            assert_eq!((first.status, status(&first).as_str()), (200, "reported"), "{}", first.text());
            // the answer was lost on the way: the same again is the same once
            assert_eq!(keyed(&web, &phone, &at("report"), "r1", report.clone()).await.status, 200);
            let other = keyed(&web, &phone, &at("report"), "r2", report).await;
            assert_eq!(
                (other.status, other.json()["status_now"].as_str()),
                (409, Some("reported")),
                "{}",
                other.text()
            );
            let own = web.post(&desk, &at("review"), json!({ "approve": true })).await;
            assert_eq!(status(&own), "reviewed", "the desk did not report: {}", own.text());
            let closed = web.post(&second, &at("close"), json!({})).await;
            assert_eq!(status(&closed), "closed", "{}", closed.text());
            let over = web.get(&phone, "/task/state").await;
            assert_eq!(over.status, 410, "{}", over.text());
            let all = web.get(&second, &format!("/events/{event}")).await.json();
            let steps: Vec<&str> =
                all["steps"].as_array().expect("steps").iter().filter_map(|s| s["action"].as_str()).collect();
            assert_eq!(steps, ["triage", "dispatch", "acknowledge", "arrive", "report", "review", "close"]);
            assert_eq!(all["event"]["properties"]["verification"]["cause"], "straw");
            assert_eq!(all["event"]["case"]["post"]["name"], "威远镇值班岗");
            let store = Store::open(&web.database.url).await.expect("opens");
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
            let lines = store.audit_lines(100).await.expect("read");
            let named = |action: &str| lines.iter().filter(|line| line.action == action).count();
            let expected = [
                ("case report", 1),
                ("task link opened", 1),
                ("photo received", 1),
                ("small photo received", 1),
                ("signed in", 3),
            ];
            for (action, count) in expected {
                assert_eq!(named(action), count, "{action}: {lines:?}");
            }
            // all of it comes out of a backup again: cases, accounts, links, photos
            let path = web.database.folder.path().join("backup.jsonl");
            let mut text = String::new();
            let written = store.backup(|line| {
                text += line;
                text.push('\n');
                Ok(())
            });
            written.await.expect("written");
            std::fs::write(&path, &text).expect("written");
            let other = sqlite();
            let actor = strawfire::store::Actor { who: "test".into(), origin: "here".into() };
            let restored = Store::restore(&other.url, &path, ago(0.0), &actor).await.expect("restored");
            let steps = restored.store.steps(&event).await.expect("read");
            let photos = restored.store.photos_of(&event).await.expect("read");
            assert_eq!((steps.len(), photos.len(), photos[0].complete), (7, 1, true));
            assert_eq!(restored.store.accounts().await.expect("read").len(), super::PEOPLE.len());
        });
    }
}

/// The county confirms and the city, which did not see it, excludes: the second is told, and nothing changes until it says that it knows.
#[test]
fn of_two_desks_that_judge_at_once_the_second_is_told() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            let (event, _) = web.furnish().await;
            let (county, city) = (web.sign_in("huzhu").await, web.sign_in("city").await);
            let path = format!("/events/{event}/triage");
            let got = web.post(&county, &path, json!({ "outcome": "confirm" })).await;
            assert_eq!((got.status, status(&got).as_str()), (200, "triage"), "{}", got.text());
            let exclude = json!({ "outcome": "exclude", "cause": "industry" });
            let told = web.post(&city, &path, exclude.clone()).await;
            assert_eq!((told.status, told.json()["status_now"].as_str()), (409, Some("triage")), "{}", told.text());
            assert!(told.text().contains("huzhu 已研判为属实线索；排除请刷新后再试"), "{}", told.text());
            let known = json!({ "outcome": "exclude", "cause": "industry", "confirmed": true });
            let got = web.post(&city, &path, known).await;
            assert_eq!((got.status, status(&got).as_str()), (200, "excluded"), "{}", got.text());
            // taken back it is judged anew; who confirmed it may think again
            let reopen = format!("/events/{event}/reopen");
            let got = web.post(&city, &reopen, json!({ "note": "复核" })).await;
            assert_eq!((got.status, status(&got).as_str()), (200, "triage"), "{}", got.text());
            assert_eq!(got.json()["event"]["case"]["triaged_at"], Value::Null);
            assert_eq!(web.post(&county, &path, json!({ "outcome": "confirm" })).await.status, 200);
            assert_eq!(status(&web.post(&county, &path, exclude).await), "excluded");
        });
    }
}

pub async fn keyed(web: &Web, session: &Session, path: &str, key: &str, body: Value) -> super::Got {
    web.send(session, "POST", path, Some(body.to_string().into_bytes()), &[("idempotency-key", key)]).await
}

/// Registers a photo and sends it as a phone does: small first, then the original in three parts, one of them twice. Gives its id.
async fn photo(web: &Web, phone: &Session, event: &str) -> String {
    photographed(web, phone, event).await.0
}

/// The same, with the bytes of the original.
pub async fn photographed(web: &Web, phone: &Session, event: &str) -> (String, Vec<u8>) {
    let (small, original) = (jpeg(200), jpeg(900));
    let id = "7b1e0c9a-5d0f-4b7e-9d53-0f6f5b7a9c11".to_string();
    let sha256: String = Sha256::digest(&original).iter().map(|byte| format!("{byte:02x}")).collect();
    let body = json!({
        "id": id, "sha256": sha256, "size": original.len(), "mime": "image/jpeg", "width": 900, "height": 900,
        "taken_at": ago(5.0), "lon": 101.961, "lat": 36.841, "accuracy_m": 9.0,
    });
    let photos = format!("/events/{event}/photos");
    assert_eq!(keyed(web, phone, &photos, "p", body.clone()).await.status, 201);
    assert_eq!(keyed(web, phone, &photos, "p", body).await.status, 200, "again");
    let put = async |path: &str, bytes: &[u8]| web.send(phone, "PUT", path, Some(bytes.to_vec()), &[]).await;
    let got = put(&format!("{photos}/{id}/small"), &small).await;
    assert_eq!((got.status, got.json()["small"].as_bool()), (200, Some(true)), "{}", got.text());
    let third = original.len() / 3;
    let parts = [(0, third), (third, 2 * third), (third, 2 * third), (2 * third, original.len())];
    for (at, (from, to)) in parts.into_iter().enumerate() {
        let got = put(&format!("{photos}/{id}/original?offset={from}"), &original[from..to]).await;
        let expected = if at == 2 { 409 } else { 200 };
        assert_eq!(got.status, expected, "{}", got.text());
        assert_eq!(got.json()["complete"].as_bool(), Some(at == 3));
    }
    let back = web.get(phone, &format!("{photos}/{id}/original")).await;
    assert_eq!((back.body == original, back.header("content-disposition").as_str()), (true, "attachment"));
    (id, original)
}

/// A photo that is not what the phone said is sent again, and what was registered in time comes even after the close.
#[test]
fn a_photo_that_was_changed_on_the_way_is_not_taken_for_the_original() {
    let web = Web::start(sqlite(), "");
    run(async {
        let (event, _) = web.furnish().await;
        let desk = web.sign_in("city").await;
        let (_, phone) = web.open_link(&web.dispatch(&desk, &event, "HZ-01").await).await;
        let original = jpeg(300);
        let sha256: String = Sha256::digest(&original).iter().map(|byte| format!("{byte:02x}")).collect();
        let id = "7b1e0c9a-5d0f-4b7e-9d53-0f6f5b7a9c12";
        let body =
            json!({ "id": id, "sha256": sha256, "size": original.len(), "mime": "image/jpeg", "taken_at": ago(1.0) });
        let photos = format!("/events/{event}/photos");
        assert_eq!(keyed(&web, &phone, &photos, "p", body).await.status, 201);
        let mut changed = original.clone();
        changed[100] ^= 1;
        let put = async |bytes: &[u8]| {
            let path = format!("{photos}/{id}/original?offset=0");
            web.send(&phone, "PUT", &path, Some(bytes.to_vec()), &[]).await
        };
        let got = put(&changed).await;
        assert_eq!(got.status, 422, "{}", got.text());
        let state = web.get(&phone, &format!("{photos}/{id}")).await.json();
        assert_eq!((state["received"].as_i64(), state["complete"].as_bool()), (Some(0), Some(false)));
        let report = json!({ "finding": "no_trace", "photos": [id] });
        assert_eq!(keyed(&web, &phone, &format!("/events/{event}/report"), "r", report).await.status, 200);
        let approved = web.post(&desk, &format!("/events/{event}/review"), json!({ "approve": true })).await;
        assert_eq!(approved.status, 200, "{}", approved.text());
        assert_eq!(web.post(&desk, &format!("/events/{event}/close"), json!({})).await.status, 200);
        let got = put(&original).await;
        assert_eq!((got.status, got.json()["complete"].as_bool()), (200, Some(true)), "{}", got.text());
        let late =
            keyed(&web, &phone, &format!("/events/{event}/report"), "r9", json!({ "finding": "no_trace" })).await;
        assert_eq!(late.status, 410, "{}", late.text());
    });
}

/// Who listens is told within seconds of what other processes put into the store, and of nothing that is another's.
#[test]
fn changes_arrive_live_within_the_area() {
    let web = Web::start(sqlite(), "");
    run(async {
        web.furnish().await;
        let desk = web.sign_in("huzhu").await;
        let request = web.client.get(web.url("/live")).header("cookie", &desk.cookie);
        let mut stream = request.send().await.expect("a stream");
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        let store = Store::open(&web.database.url).await.expect("opens");
        let other = burn(&store, "live-mh", ago(3.0), (102.9, 36.1), "630222", "民和回族土族自治县").await;
        let own = burn(&store, "live-hz", ago(2.0), (102.1, 36.9), "630223", "互助土族自治县").await;
        let mut text = String::new();
        let told = async {
            while !text.contains(&own) {
                text += &String::from_utf8_lossy(&stream.chunk().await.expect("reads").expect("goes on"));
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), told).await.expect("told in time");
        assert!(text.contains("event: hello") && text.contains("event: changed"), "{text}");
        assert!(!text.contains(&other), "{text}");
    });
}

/// 有效观测 counts time that no satellite was heard of as not observed; an empty list says so and never that there is no fire.
#[test]
fn an_empty_list_says_how_much_was_observed() {
    let web = Web::start(sqlite(), "");
    run(async {
        let city = web.sign_in("city").await;
        let empty = web.get(&city, "/summary").await.json();
        assert_eq!(empty["observed"]["share"], Value::Null);
        assert_eq!(empty["observed"]["sentence"], "未有效观测");
        let store = Store::open(&web.database.url).await.expect("opens");
        burn(&store, "x", ago(30.0), super::MINHE, "630222", "民和回族土族自治县").await;
        let seen = web.get(&city, "/summary?hours=1").await.json();
        // a VIIRS look saw three quarters of two counties of six: a quarter of the site
        assert_eq!(seen["observed"]["share"], 0.25, "{seen}");
        assert_eq!(seen["events"], 1);
        let sentence = seen["observed"]["sentence"].as_str().expect("a sentence");
        assert!(sentence.contains("疑似火点 1 个") && sentence.contains("有效观测 25%"), "{sentence}");
        assert_eq!(web.get(&city, "/summary?hours=0").await.status, 400);
        // a period that is over is reckoned by itself
        let (from, to) = (ago(300.0).rfc3339(), ago(120.0).rfc3339());
        let before = web.get(&city, &format!("/summary?from={from}&to={to}")).await.json();
        assert_eq!((before["events"].as_i64(), &before["observed"]["share"]), (Some(0), &Value::Null), "{before}");
        // what was excluded is counted no more
        let event = web.get(&city, "/collections/events/items").await.json()["features"][0]["id"].clone();
        let excluded = json!({ "outcome": "exclude", "cause": "industry" });
        let got = web.post(&city, &format!("/events/{}/triage", event.as_str().expect("an id")), excluded).await;
        assert_eq!(got.status, 200, "{}", got.text());
        let after = web.get(&city, "/summary?hours=1").await.json();
        assert_eq!(after["events"], 0, "{after}");
        assert!(
            after["observed"]["sentence"]
                .as_str()
                .is_some_and(|sentence| sentence.starts_with("未监测到火点(有效观测 25%"))
        );
    });
}
