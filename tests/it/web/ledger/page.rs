//! The tabs of the ledger in a real browser.

use super::super::browser::{browser, said, shots};
use super::super::{PASSWORD, Web, ago, run};
use crate::common::project;
use crate::databases::sqlite;
use serde_json::json;
use std::process::Command;

/// What the desk types is in the store as it was typed: the place that was clicked, the call that was struck out, the signature.
#[test]
fn the_desk_takes_calls_confirms_and_signs_on_the_page() {
    let Some(python) = browser() else { return };
    // one report, due after the store's first line (50 minutes ago) and before the browser starts, whatever the clock says
    let due = ago(25.0).beijing();
    let (hour, minute) = (&due[11..13], &due[14..16]);
    let web = Web::start(
        sqlite(),
        &format!("[desk.nil_report]\nat = '{minute} {hour} * * *'\n[season]\nburning = ['01-01/12-31 全年']\n"),
    );
    let folder = tempfile::tempdir().expect("a folder");
    let shots = shots(folder.path());
    run(web.furnish());
    let city_two = "city-two";
    let (code, again) = (web.code(city_two).expect("a code"), web.signature(city_two, 1)["code"].clone());
    let output = Command::new(&python)
        .arg(project().join("tests/tools/page_ledger.py"))
        .args([web.server.address.as_str(), city_two, PASSWORD, &code, again.as_str().expect("a code")])
        .arg(&shots)
        .output()
        .expect("starts");
    let done = said(&output);
    assert_eq!(done["complaints"], json!([]), "{done}");
    assert_eq!(done["rows"], 3, "two calls of people, and one that was struck out: {done}");
    assert!(
        done["handover"].as_str().is_some_and(|text| text.contains("夜间风大") && text.contains("SHA-256")),
        "{done}"
    );
    let panel = done["panel"].as_str().expect("words");
    for words in ["群众来电/12345热线 · 卫星尚未监测到", "本县区本季首个疑似火点", "来电与通报", "电话记录"]
    {
        assert!(panel.contains(words), "{words}: {panel}");
    }
    run(async {
        let city = web.sign_in("city").await;
        let list = web.get(&city, "/collections/events/items").await.json();
        let all = list["features"].as_array().expect("features");
        let has =
            |event: &&serde_json::Value, source: &str| event["properties"]["sources"].to_string().contains(source);
        let called: Vec<_> = all.iter().filter(|event| has(event, "群众来电/12345热线")).collect();
        assert_eq!((called.len(), all.len()), (2, 3), "{list}");
        // what was said of 威远镇 is what the satellite had seen beside it
        assert!(called.iter().any(|event| has(event, "NOAA-20")), "{list}");
        let clicked = called.iter().any(|event| {
            let at = |index: usize| event["geometry"]["coordinates"][index].as_f64().expect("a number");
            (at(0) - done["call"]["lon"].as_f64().expect("a number")).abs() < 2e-4
                && (at(1) - done["call"]["lat"].as_f64().expect("a number")).abs() < 2e-4
        });
        assert!(clicked, "{list}");
    });
}
