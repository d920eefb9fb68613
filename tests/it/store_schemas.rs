//! Stores of earlier versions: every released schema is brought to the newest, with all that is in it.

use crate::common::project;
use crate::databases::{Database, both};
use serde_json::Value;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};
use std::collections::BTreeSet;
use strawfire::store::{Actor, Asked, Scope, Store};
use strawfire::time::Utc;

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runs").block_on(work)
}

/// What the last version with the first schema wrote.
fn rows() -> Vec<Value> {
    let text = std::fs::read_to_string(project().join("testdata/store/schema1.jsonl")).expect("read");
    text.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["row"].is_object())
        .collect()
}

/// Makes a store of the first schema as that version left it: by its own text, without the program.
async fn old_store(database: &Database) {
    sqlx::any::install_default_drivers();
    let url =
        if database.url.starts_with("sqlite") { format!("{}?mode=rwc", database.url) } else { database.url.clone() };
    let mut connection = AnyConnection::connect(&url).await.expect("connects");
    let schema = std::fs::read_to_string(project().join("src/store/schema/0001.sql")).expect("read");
    let made = "CREATE TABLE schemas (version BIGINT PRIMARY KEY, program_version TEXT NOT NULL); \
                INSERT INTO schemas VALUES (1, '0.1.0'); DELETE FROM counters";
    let code: String =
        schema.lines().map(|line| line.split("--").next().unwrap_or_default().to_string() + "\n").collect();
    for statement in code.split(';').chain(made.split(';')).filter(|statement| !statement.trim().is_empty()) {
        connection.execute(AssertSqlSafe(statement.to_string())).await.expect("done");
    }
    for line in rows() {
        let row = line["row"].as_object().expect("a row");
        let columns: Vec<&str> = row.keys().map(String::as_str).collect();
        let values: Vec<String> = row
            .values()
            .map(|value| match value {
                Value::String(text) => format!("'{}'", text.replace('\'', "''")),
                Value::Null => "NULL".to_string(),
                other => other.to_string(),
            })
            .collect();
        let table = line["table"].as_str().expect("a table");
        let insert = format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), values.join(", "));
        connection.execute(AssertSqlSafe(insert)).await.expect("put");
    }
    connection.close().await.expect("closed");
}

async fn check(store: &Store, kind: &str) {
    let all = Asked { limit: 100, ..Asked::default() };
    let events = store.list_events(&Scope::all(), &all).await.expect("listed");
    assert_eq!(events.len(), 5, "{kind}");
    assert_eq!(events.iter().filter(|shown| shown.stored.acknowledged.is_some()).count(), 1);
    for county in ["630202", "630203", "630222", "630223", "630225"] {
        let scope = Scope { areas: Some(vec![county.into()]), counties: Some(vec![county.into()]), event: None };
        let own = store.list_events(&scope, &all).await.expect("listed");
        let codes: BTreeSet<&str> = own
            .iter()
            .filter_map(|shown| shown.stored.event.county.as_ref().map(|county| county.adcode.as_str()))
            .collect();
        assert_eq!((own.len(), codes), (1, BTreeSet::from([county])), "{kind}: whom an event concerns is known");
    }
    // the places are found by their numbers: one point of the list lies in this box
    let boxed = Asked { bbox: Some([102.79, 36.19, 102.81, 36.21]), ..all.clone() };
    assert_eq!(store.count_events(&Scope::all(), &boxed).await.expect("counted"), 1);
    assert_eq!(store.count_fires(&Scope::all(), &boxed).await.expect("counted"), 1);
    // a place is searched for as a text: signs of a pattern are none
    for (place, expected) in [("互助", 1), ("%", 0), ("互_", 0), ("a\\", 0), ("' OR 1=1 --", 0)] {
        let named = Asked { place: Some(place.into()), ..all.clone() };
        assert_eq!(store.count_events(&Scope::all(), &named).await.expect("counted"), expected, "{kind}: {place}");
    }
    let of_class = Asked { classes: vec!["unknown".into()], confidences: vec!["high".into()], ..all };
    assert!(store.count_events(&Scope::all(), &of_class).await.expect("counted") >= 1);
    assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
}

#[test]
fn a_store_of_the_first_schema_is_brought_up_to_date() {
    for database in both() {
        run(async {
            old_store(&database).await;
            let store = Store::open(&database.url).await.expect("migrates");
            check(&store, database.kind).await;
            store.close().await;
            let again = Store::open(&database.url).await.expect("opens");
            check(&again, database.kind).await;
        });
    }
}

#[test]
fn a_backup_of_the_first_schema_is_restored() {
    for database in both() {
        run(async {
            let path = project().join("testdata/store/schema1.jsonl");
            let actor = Actor { who: "test".into(), origin: "here".into() };
            let restored = Store::restore(&database.url, &path, Utc::now(), &actor).await.expect("restored");
            check(&restored.store, database.kind).await;
        });
    }
}
