//! Lists that are known: compared anew where their files are nowhere or another template is meant, shown as the store has them, and due anew where
//! they are taken again.

use super::super::{HUZHU, Session, Web, ago, burn, run};
use super::{list, noted, sent};
use crate::databases::{both, sqlite};
use serde_json::{Value, json};
use sqlx::AnyPool;
use std::path::PathBuf;
use strawfire::store::Store;
use strawfire::time::Utc;

async fn pool(web: &Web) -> AnyPool {
    sqlx::any::install_default_drivers();
    AnyPool::connect(&web.database.url).await.expect("connects")
}

async fn done(pool: &AnyPool, statement: &'static str) {
    sqlx::query(statement).execute(pool).await.expect("changed");
}

fn template(web: &Web, name: &str, text: &str) {
    let folder = web.site.join("lists");
    std::fs::create_dir_all(&folder).expect("made");
    std::fs::write(folder.join(name).with_extension("toml"), text).expect("written");
}

fn hash_of(got: &super::Got) -> String {
    got.json()["list"]["sha256"].as_str().expect("a hash").to_string()
}

fn folder_of(web: &Web, hash: &str) -> PathBuf {
    web.site.join("station/their-lists").join(hash)
}

async fn states(web: &Web, who: &Session, path: &str) -> Vec<String> {
    let one = web.get(who, path).await.json();
    let rows = one["account"]["rows"].as_array().expect("rows").clone();
    rows.iter().map(|row| row["state"].as_str().expect("a state").to_string()).collect()
}

/// As an earlier version left it, and then its folder went: nobody has its files but who sends it again.
#[test]
fn a_known_list_whose_files_are_nowhere_is_compared_when_it_is_sent_again() {
    for database in both() {
        let web = Web::start(database, "[station]\ndir = 'station'\n");
        run(async {
            let city = web.sign_in("city").await;
            let bytes = list(&ago(50.0).beijing()).into_bytes();
            let due = ago(-120.0).rfc3339();
            let query = format!("name=a.csv&deadline={}", strawfire::site::percent_encoded(&due));
            let hash = hash_of(&sent(&web, &city, &query, &bytes).await);
            let path = format!("/lists/{hash}");
            done(&pool(&web).await, "DELETE FROM their_list_files").await;
            std::fs::remove_dir_all(folder_of(&web, &hash)).expect("removed");
            for got in [web.get(&city, &path).await, web.post(&city, &format!("{path}/again"), json!({})).await] {
                assert!(got.status == 409 && got.text().contains("重新上传"), "{}", got.text());
            }
            let got = sent(&web, &city, "name=b.csv", &bytes).await;
            assert_eq!((got.status, &got.json()["already"]), (200, &Value::Null), "{}", got.text());
            let known = got.json()["list"].clone();
            assert_eq!((&known["name"], &known["deadline"]), (&json!("a.csv"), &json!(due)), "{known}");
            assert_eq!(states(&web, &city, &path).await.len(), 3);
            assert_eq!(web.get(&city, &format!("{path}/reply.csv")).await.status, 200);
            // and now it is there, it is opened as any other
            let got = sent(&web, &city, "name=b.csv", &bytes).await;
            assert_eq!((got.status, &got.json()["already"]), (200, &json!(true)), "{}", got.text());
            let store = Store::open(&web.database.url).await.expect("opens");
            assert_eq!(noted(&store, "list sent again").await.len(), 2);
        });
    }
}

/// The wrong template is put right by sending the list with the right one, where somebody says so.
#[test]
fn a_known_list_is_read_by_another_template_where_that_is_meant() {
    for database in both() {
        let web = Web::start(database, "[station]\ndir = 'station'\n");
        run(async {
            let city = web.sign_in("city").await;
            let bytes = list(&ago(50.0).beijing()).into_bytes();
            template(&web, "map", "name = 'map'\ncoordinates = 'gcj02'\n");
            template(&web, "broken", "name = 'broken'\n[columns]\nlon = '没有这一列'\n");
            let hash = hash_of(&sent(&web, &city, "name=a.csv", &bytes).await);
            let path = format!("/lists/{hash}");
            let reply = web.get(&city, &format!("{path}/reply.csv")).await.body;
            let due = strawfire::site::percent_encoded(&ago(-120.0).rfc3339());
            let map = format!("name=b.csv&template=map&deadline={due}");
            let got = sent(&web, &city, &map, &bytes).await;
            assert_eq!((got.status, &got.json()["confirm"]), (409, &json!("template")), "{}", got.text());
            assert_eq!(web.get(&city, &format!("{path}/reply.csv")).await.body, reply, "nothing is changed unasked");
            // one that does not fit is refused, and leaves the list as it was read
            let got = sent(&web, &city, "name=b.csv&template=broken&confirm=template", &bytes).await;
            assert_eq!(got.status, 422, "{}", got.text());
            let got = web.post(&city, &format!("{path}/again"), json!({})).await;
            assert_eq!((got.status, &got.json()["list"]["source"]), (200, &json!("")), "{}", got.text());
            // both that it says anew are asked about at once
            let got = sent(&web, &city, &format!("{map}&confirm=template"), &bytes).await;
            let known = got.json()["list"].clone();
            assert_eq!(
                (got.status, &known["source"], &known["name"]),
                (200, &json!("map"), &json!("a.csv")),
                "{known}"
            );
            assert!(known["deadline"].is_string(), "{known}");
            let got = sent(&web, &city, "name=a.csv&template=map", &bytes).await;
            assert_eq!((got.status, &got.json()["already"]), (200, &json!(true)), "{}", got.text());
            let got = web.post(&city, &format!("{path}/again"), json!({})).await;
            assert_eq!((got.status, &got.json()["list"]["source"]), (200, &json!("map")), "{}", got.text());
        });
    }
}

/// Two machines at one store: the one whose folder is of an earlier comparison shows and sends the last one.
#[test]
fn a_folder_of_an_earlier_comparison_gives_way_to_the_store() {
    let web = Web::start(sqlite(), "[station]\ndir = 'station'\n");
    run(async {
        let city = web.sign_in("city").await;
        let seen = ago(50.0);
        let bytes = list(&seen.beijing()).into_bytes();
        let hash = hash_of(&sent(&web, &city, "name=a.csv", &bytes).await);
        let path = format!("/lists/{hash}");
        assert_ne!(states(&web, &city, &path).await[0], "known");
        let folder = folder_of(&web, &hash);
        let before: Vec<(PathBuf, Vec<u8>)> = ["reconcile.json", "reply.csv", "reduction.xlsx", "reduction.zip"]
            .into_iter()
            .map(|name| (folder.join(name), std::fs::read(folder.join(name)).expect("there")))
            .collect();
        let store = Store::open(&web.database.url).await.expect("opens");
        burn(&store, "hz", seen, HUZHU, "630223", "互助土族自治县").await;
        store.close().await;
        assert_eq!(web.post(&city, &format!("{path}/again"), json!({})).await.status, 200);
        let reply = web.get(&city, &format!("{path}/reply.csv")).await.body;
        assert!(reply != before[1].1);
        // as the folder of another machine has it
        for (file, bytes) in &before {
            std::fs::write(file, bytes).expect("written");
        }
        assert_eq!(web.get(&city, &format!("{path}/reply.csv")).await.body, reply);
        assert_eq!(states(&web, &city, &path).await[0], "known");
        let package = format!("{path}/reduction.zip");
        assert_eq!(web.get(&city, &package).await.status, 409, "that of before is not sent");
        assert_eq!(web.post(&city, &format!("{path}/again"), json!({})).await.status, 200);
        assert_eq!(web.get(&city, &package).await.status, 200);
    });
}

/// A list of last week that was taken back is not late at once when it is taken again: the hours of its template run from now.
#[test]
fn a_list_that_is_taken_again_is_due_from_now() {
    for database in both() {
        let web = Web::start(database, "[station]\ndir = 'station'\n");
        run(async {
            let city = web.sign_in("city").await;
            let bytes = list(&ago(50.0).beijing()).into_bytes();
            template(&web, "usual", "name = 'usual'\nreply_hours = 4.0\n");
            let hash = hash_of(&sent(&web, &city, "name=a.csv&template=usual", &bytes).await);
            let path = format!("/lists/{hash}");
            let week = "UPDATE their_lists SET received_us = received_us - 604800000000, deadline_us = deadline_us - 604800000000";
            done(&pool(&web).await, week).await;
            assert_eq!(web.get(&city, &path).await.json()["list"]["late"], true);
            assert_eq!(web.post(&city, &format!("{path}/withdraw"), json!({ "said": "发错" })).await.status, 200);
            let got = sent(&web, &city, "name=a.csv&template=usual&confirm=again", &bytes).await;
            let known = got.json()["list"].clone();
            assert_eq!((got.status, &known["late"]), (200, &json!(false)), "{known}");
            let due = known["deadline"].as_str().and_then(Utc::parse).expect("a deadline");
            let ahead = due.seconds_since(Utc::now()) / 3600.0;
            assert!(ahead > 3.9 && ahead < 4.1, "{ahead} hours");
        });
    }
}
