//! A store whose file is moved away under the server: what is written into it then would be seen by nobody.

use super::{Web, run};
use crate::databases::sqlite;
use serde_json::json;
use std::path::PathBuf;
use strawfire::store::{Scope, Store};

#[test]
fn a_report_is_refused_while_the_store_is_away_and_taken_once_it_is_back() {
    let web = Web::start(sqlite(), "");
    let there = PathBuf::from(web.database.url.trim_start_matches("sqlite://"));
    run(async {
        let (huzhu, _) = web.furnish().await;
        let city = web.sign_in("city").await;
        let link = web.dispatch(&city, &huzhu, "HZ-01").await;
        let (_, phone) = web.open_link(&link).await;
        let path = format!("/events/{huzhu}/arrive");
        let arrive = async || {
            web.send(&phone, "POST", &path, Some(b"{}".to_vec()), &[("idempotency-key", "arrived-once")]).await
        };
        let refused = async |what: &str| {
            let asked = [
                arrive().await,
                web.get(&city, "/summary").await,
                web.post(&Default::default(), "/login", json!({ "name": "city", "password": "x" })).await,
            ];
            for got in asked {
                assert_eq!(got.status, 503, "{what}: {}", got.text());
                assert!(
                    got.text().contains("数据库文件已被移走或替换") && got.text().contains("没有保存"),
                    "{}",
                    got.text()
                );
            }
            let ready = web.get(&Default::default(), "/readyz").await;
            assert!(ready.status == 503 && ready.text().contains("moved away"), "{}", ready.text());
            // the pages and the sign of life need no store
            assert_eq!(web.get(&Default::default(), "/healthz").await.status, 200);
            assert_eq!(web.get(&Default::default(), "/task").await.status, 200);
        };
        let away = there.with_extension("away");
        std::fs::rename(&there, &away).expect("moved away");
        refused("moved").await;
        assert!(!there.exists(), "no other one was made");
        std::fs::copy(&away, &there).expect("another file");
        let before = std::fs::read(&there).expect("read");
        refused("replaced").await;
        assert!(std::fs::read(&there).expect("read") == before, "what is in its place is left as it is");
        std::fs::rename(&away, &there).expect("moved back");
        assert_eq!(web.get(&Default::default(), "/readyz").await.status, 200);
        let got = arrive().await;
        assert_eq!(got.status, 200, "{}", got.text());
        assert_eq!(
            web.get(&city, &format!("/collections/events/items/{huzhu}")).await.json()["properties"]["status"],
            "on_site"
        );
    });
}

/// Whatever of a station or page opens the store anew while another file lies in its place gets an error, and leaves that file as it is.
#[test]
fn who_holds_to_a_store_opens_no_other_one_in_its_place() {
    let database = sqlite();
    let there = PathBuf::from(database.url.trim_start_matches("sqlite://"));
    let away = there.with_extension("away");
    run(async {
        let store = Store::open(&database.url).await.expect("opens");
        let held = store.hold();
        Store::open_existing(&database.url).await.expect("the same one opens").close().await;
        let is_refused = async |what: &str| {
            for opened in [Store::open(&database.url).await, Store::open_existing(&database.url).await] {
                let error = opened.map(|_| ()).expect_err(what).to_string();
                assert!(error.contains("was moved away") || error.contains("there is no store"), "{what}: {error}");
            }
        };
        std::fs::rename(&there, &away).expect("moved away");
        is_refused("nothing in its place").await;
        assert!(!there.exists(), "none was made");
        std::fs::copy(&away, &there).expect("another file");
        let before = std::fs::read(&there).expect("read");
        is_refused("another one in its place").await;
        assert!(std::fs::read(&there).expect("read") == before, "what is in its place is left as it is");
        std::fs::rename(&away, &there).expect("moved back");
        Store::open(&database.url).await.expect("opens again").close().await;
        store.close().await;
        drop(held);
    });
}

/// Whoever has a store open, the clocks of the desk among them, is told so by all that is asked of it.
#[test]
fn a_store_that_was_moved_is_neither_read_nor_written() {
    let database = sqlite();
    let there = PathBuf::from(database.url.trim_start_matches("sqlite://"));
    let away = there.with_extension("away");
    run(async {
        let store = Store::open(&database.url).await.expect("opens");
        let begun = store.write().await.expect("a turn");
        std::fs::rename(&there, &away).expect("moved away");
        let is_moved = |error: strawfire::error::Error| {
            assert!(error.to_string().contains("was moved away"), "{error}");
        };
        is_moved(begun.commit().await.expect_err("what was begun before is not kept either"));
        is_moved(store.posts(&Scope::all()).await.expect_err("not read"));
        is_moved(store.write().await.map(|_| ()).expect_err("not written"));
        let other = Store::open(&database.url).await.expect("another one in its place");
        other.close().await;
        is_moved(store.write().await.map(|_| ()).expect_err("nor is the other one written"));
        std::fs::rename(&away, &there).expect("moved back");
        store.write().await.expect("a turn").commit().await.expect("kept");
        store.close().await;
    });
}
