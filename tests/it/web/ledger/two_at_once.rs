//! What must hold whatever happens between two steps: two who do the same at once, a process that ends in between, more than a page holds.

use super::super::{HUZHU, Web, ago, burn, run, serve};
use super::items;
use crate::databases::both;
use serde_json::{Value, json};
use sqlx::{AnyPool, AssertSqlSafe};
use strawfire::store::{Actor, Call, Scope, Store};

fn call(id: &str, placed: bool) -> Value {
    let at = |value: f64| if placed { json!(value) } else { Value::Null };
    json!({
        "id": id, "via": "hotline", "who": "12345热线", "at": ago(5.0), "kind": "smoke", "lon": at(HUZHU.0), "lat": at(HUZHU.1),
        "said": "冒烟", "person": "李四", "number": "13912345678",
    })
}

/// Where the line of the log cannot be written the sighting is not there either, and the call can be sent again.
#[test]
fn a_call_and_its_line_are_there_together_or_not_at_all() {
    for database in both() {
        let web = Web::start(database, "");
        let is_sqlite = web.database.kind == "SQLite";
        run(async {
            let huzhu = web.sign_in("huzhu").await;
            sqlx::any::install_default_drivers();
            let pool = AnyPool::connect(&web.database.url).await.expect("connects");
            let (forbid, allow) = match is_sqlite {
                true => (
                    "CREATE TRIGGER no BEFORE INSERT ON phone_log BEGIN SELECT RAISE(ABORT, 'no'); END",
                    "DROP TRIGGER no",
                ),
                false => (
                    "ALTER TABLE phone_log ADD CONSTRAINT no CHECK (id = '') NOT VALID",
                    "ALTER TABLE phone_log DROP CONSTRAINT no",
                ),
            };
            let count = async |table: &str| {
                let query = sqlx::query_as(AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")));
                let (count,): (i64,) = query.fetch_one(&pool).await.expect("counted");
                count
            };
            sqlx::query(forbid).execute(&pool).await.expect("done");
            for (id, placed) in [("c-1", true), ("c-2", false)] {
                assert_eq!(web.post(&huzhu, "/calls", call(id, placed)).await.status, 503);
            }
            for table in ["sightings", "intake", "events", "fires", "phone_log"] {
                assert_eq!(count(table).await, 0, "{table}");
            }
            sqlx::query(allow).execute(&pool).await.expect("done");
            for (id, placed) in [("c-1", true), ("c-2", false)] {
                let got = web.post(&huzhu, "/calls", call(id, placed)).await;
                assert_eq!(got.status, 201, "{}", got.text());
            }
            let log = web.get(&huzhu, "/phone-log").await.json();
            let calls = log["calls"].as_array().expect("calls");
            let with_event: Vec<bool> = calls.iter().map(|call| call["event"].is_string()).collect();
            assert_eq!(with_event.iter().filter(|has| **has).count(), 1, "{log}");
            assert!(calls.iter().all(|call| call["sighting"].is_string()), "{log}");
        });
    }
}

/// Two servers, as of two desks in two houses: one gives the place, the other is told who did, and the event is where the first said.
#[test]
fn of_two_desks_that_place_a_call_one_does_and_the_other_is_told() {
    for database in both() {
        let web = Web::start(database, "");
        let other = serve(&web.site);
        run(async {
            let (city, two) = (web.sign_in("city").await, web.sign_in("city-two").await);
            for round in 0..3 {
                let got = web.post(&city, "/calls", call(&format!("c-{round}"), false)).await;
                let sighting = got.json()["sighting"].as_str().expect("a sighting").to_string();
                let path = format!("/calls/{sighting}/place");
                let elsewhere = |address: &str| {
                    let request = web.client.post(format!("{address}{path}")).header("cookie", &two.cookie);
                    let body = json!({ "lon": HUZHU.0 + 0.2, "lat": HUZHU.1 }).to_string();
                    request
                        .header("x-csrf-token", &two.csrf)
                        .header("content-type", "application/json")
                        .body(body)
                        .send()
                };
                let here = web.post(&city, &path, json!({ "lon": HUZHU.0, "lat": HUZHU.1 }));
                let (here, there) = tokio::join!(here, elsewhere(&other.address));
                let there = there.expect("an answer");
                let (status, text) = (there.status().as_u16(), there.text().await.expect("read"));
                let mut both = [here.status, status];
                both.sort_unstable();
                assert_eq!(both, [200, 409], "{} {text}", here.text());
                let (refused, first) = if here.status == 409 { (here.text(), "city-two") } else { (text, "city") };
                assert!(refused.contains(&format!("{first} 于")), "{refused}");
                let store = Store::open(&web.database.url).await.expect("opens");
                let kept = store.sighting(&Scope::all(), &sighting).await.expect("read").expect("there");
                let lon = kept.place().expect("a place").0.lon();
                assert_eq!((lon - HUZHU.0).abs() < 0.01, first == "city", "{lon}");
                let lines = store.audit_lines(1000).await.expect("read");
                let settled = lines.iter().filter(|line| line.action == "sighting settled" && line.record == sighting);
                assert_eq!(settled.count(), 1);
            }
        });
    }
}

/// One of two who take over does; the other learns the name.
#[test]
fn of_two_who_take_over_one_does_and_the_other_is_told_who() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            web.furnish().await;
            let given = web.signs("city", "/handovers", json!({})).await;
            let path = format!("/handovers/{}/sign", given.json()["id"].as_str().expect("an id"));
            assert_eq!(web.signs("city-two", &path, json!({})).await.status, 200);
            let third = super::super::add_person(&web.site, "city-three", "city", "");
            let (store, who) = (Store::open(&web.database.url).await.expect("opens"), "city-three");
            assert!(third.secret.is_some() && store.account(who).await.expect("read").is_some());
            // as when the third had read the handover before the second signed
            let actor = Actor { who: who.into(), origin: "here".into() };
            let id = given.json()["id"].as_str().expect("an id").to_string();
            let mut write = store.write().await.expect("a turn");
            let state = strawfire::store::HandoverState::Signed;
            assert!(!write.take_handover(&id, state, "{}", ago(0.0), &actor).await.expect("asked"));
            drop(write);
            let got = web.signs("city-two", &path, json!({})).await;
            assert!(got.status == 409 && got.text().contains("city-two"), "{}", got.text());
            // one that a later one passed is not signed either, whoever had it open
            let passed = web.signs("city", "/handovers", json!({})).await;
            assert_eq!(web.signs("city", "/handovers", json!({})).await.status, 200);
            let mut write = store.write().await.expect("a turn");
            let id = passed.json()["id"].as_str().expect("an id").to_string();
            assert!(!write.take_handover(&id, state, "{}", ago(0.0), &actor).await.expect("asked"));
        });
    }
}

/// More than a section holds: the most urgent are in it, and the number of the others is true.
#[test]
fn of_more_than_a_handover_lists_the_most_urgent_are_listed() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            let city = web.sign_in("city").await;
            let store = Store::open(&web.database.url).await.expect("opens");
            let actor = Actor { who: "test".into(), origin: "here".into() };
            let mut write = store.write().await.expect("a turn");
            for at in 0_i32..230 {
                // the first that came are the first that are due
                let made = ago(f64::from(300 - at));
                let call = Call {
                    id: format!("call-{at:03}"),
                    desk: "630200".into(),
                    at: made,
                    direction: "in".into(),
                    person: "李四".into(),
                    number: String::new(),
                    unit: "省厅".into(),
                    event: None,
                    sighting: None,
                    said: format!("催报 {at}"),
                    follow: Some(ago(f64::from(200 - at))),
                    followed: None,
                    struck: None,
                    made,
                    made_by: "city".into(),
                };
                assert!(write.log_call(&call, &actor).await.expect("logged"));
            }
            write.commit().await.expect("kept");
            for at in 0_i32..205 {
                let place = (101.6 + 0.08 * f64::from(at % 15), 36.0 + 0.07 * f64::from(at / 15));
                burn(&store, &format!("e{at}"), ago(f64::from(400 - at)), place, "630223", "互助土族自治县").await;
            }
            let draft = web.get(&city, "/handovers/draft").await.json();
            let content = &draft["content"];
            let more = |code: &str| {
                let sections = content["sections"].as_array().expect("sections");
                sections.iter().find(|section| section["code"] == code).expect("a section")["more"].as_i64()
            };
            let calls = items(content, "calls");
            assert_eq!((calls.len(), more("calls")), (200, Some(30)));
            assert_eq!(
                (&calls[0]["key"], &calls[0]["place"]),
                (&json!("call-000"), &json!("省厅 李*")),
                "the first due"
            );
            let cases = items(content, "cases");
            let total: i64 =
                web.get(&city, "/collections/events/items?open=true&limit=1").await.json()["numberMatched"]
                    .as_i64()
                    .expect("a number");
            assert!(total > 200, "{total}");
            assert_eq!((cases.len(), more("cases")), (200, Some(total - 200)));
            let oldest = ago(399.5).rfc3339();
            assert!(cases[0]["since"].as_str().expect("a time") <= oldest.as_str(), "the oldest first: {}", cases[0]);
            let calls_in_shift = content["sums"].as_array().expect("sums").iter().find(|sum| sum[0] == "本班电话");
            assert!(calls_in_shift.is_some_and(|sum| sum[1] == 230), "{}", content["sums"]);
        });
    }
}
