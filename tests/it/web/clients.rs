//! Programs that others wrote ask it: GDAL's driver of OGC API - Features, schemathesis, an OpenAPI validator, spreadsheets.

use super::{Web, ago, burn, run};
use crate::common::{have, project, python_with};
use crate::databases::sqlite;
use std::process::Command;
use strawfire::store::Store;

/// ogrinfo follows the pages to their end and finds every event once.
#[test]
fn gdal_reads_all_events_page_by_page() {
    if !have("ogrinfo") {
        return;
    }
    let web = Web::start(sqlite(), "");
    let key = web.person("program-hz").secret.clone().expect("a key");
    let ids = run(async {
        let store = Store::open(&web.database.url).await.expect("opens");
        let mut ids = std::collections::BTreeSet::new();
        for n in 0..25 {
            let place = (101.7 + 0.05 * f64::from(n % 5), 36.6 + 0.05 * f64::from(n / 5));
            ids.insert(
                burn(&store, &format!("p{n}"), ago(100.0 + 3.0 * f64::from(n)), place, "630223", "互助土族自治县")
                    .await,
            );
        }
        ids
    });
    assert_eq!(ids.len(), 25, "far enough from one another to be events of their own");
    let ask = |arguments: &[&str]| {
        let output = Command::new("ogrinfo")
            .env("GDAL_HTTP_HEADERS", format!("Authorization: Bearer {key}"))
            .args(["-ro", "-al", "-q"])
            .args(arguments)
            .output()
            .expect("ogrinfo starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        text
    };
    let source = format!("OAPIF:{}", web.server.address);
    let text = ask(&["-oo", "PAGE_SIZE=10", &source, "events"]);
    for id in &ids {
        assert_eq!(text.matches(&format!("id (String) = {id}")).count(), 1, "{id} in {text}");
    }
    assert!(text.contains("status (String) = triage"), "{text}");
    let some = ask(&["-spat", "101.69", "36.59", "101.81", "36.61", &source, "events"]);
    assert_eq!(some.matches("OGRFeature(").count(), 3, "{some}");
    assert_eq!(ask(&[&source, "counties"]).matches("OGRFeature(").count(), 1, "its own county alone");
}

/// schemathesis makes requests out of openapi.json for a desk: whatever is sent, nothing is a fault of the server.
#[test]
fn schemathesis_finds_no_fault() {
    let (Some(python), Some(_)) = (python_with("schemathesis"), python_with("openapi_spec_validator")) else { return };
    let web = Web::start(sqlite(), "");
    let (session, key) = run(async {
        web.furnish().await;
        (web.sign_in("city").await, web.person("program-hz").secret.clone().expect("a key"))
    });
    let folder = tempfile::tempdir().expect("a folder");
    let document = folder.path().join("openapi.json");
    let (text, event) = run(async {
        let list = web.get(&session, "/collections/events/items").await.json();
        (
            web.get(&session, "/openapi.json").await.text(),
            list["features"][0]["id"].as_str().expect("an event").to_string(),
        )
    });
    // an id that exists, so that what lies behind it is reached
    let unnamed = r#""name":"id","in":"path","required":true,"schema":{"type":"string""#;
    assert!(text.contains(unnamed), "the document has another form");
    let text = text.replace(unnamed, &format!("{unnamed},\"enum\":[\"{event}\"]"));
    std::fs::write(&document, text).expect("written");
    let script = "import json,sys;from openapi_spec_validator import validate;validate(json.load(open(sys.argv[1])))";
    let valid = Command::new(&python).args(["-c", script]).arg(&document).output().expect("starts");
    assert!(valid.status.success(), "{}", String::from_utf8_lossy(&valid.stderr));
    let schemathesis = std::path::Path::new(&python).with_file_name("schemathesis");
    for (as_whom, headers) in [
        ("desk", vec![format!("Cookie: {}", session.cookie), format!("X-CSRF-Token: {}", session.csrf)]),
        ("program", vec![format!("Authorization: Bearer {key}")]),
    ] {
        let mut command = Command::new(&schemathesis);
        command.current_dir(folder.path()).env("NO_COLOR", "1").arg("run").arg(&document);
        command.args(["--url", &web.server.address, "--checks", "not_a_server_error", "--seed", "1"]);
        // the stream never ends; signing in and out is tried elsewhere, and would end this session
        command.args([
            "--exclude-path-regex",
            "^/(live|logout|login)$",
            "--max-examples",
            "15",
            "--phases",
            "examples,coverage,fuzzing",
        ]);
        command.args(["--request-timeout", "20", "--generation-database", "none"]);
        for header in headers {
            command.args(["-H", &header]);
        }
        let output = command.output().expect("schemathesis starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{as_whom}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// openpyxl reads the workbook; texts are texts.
#[test]
fn the_workbook_is_read_by_others() {
    let Some(python) = python_with("openpyxl") else { return };
    let web = Web::start(sqlite(), "");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.xlsx");
    run(async {
        let (huzhu, _) = web.furnish().await;
        let city = web.sign_in("leader").await;
        let got = web.get(&city, "/collections/events/items?f=xlsx").await;
        assert!(got.header("content-type").starts_with("application/vnd.openxmlformats"));
        std::fs::write(&path, &got.body).expect("written");
        let script = "import sys,openpyxl\nfor row in openpyxl.load_workbook(sys.argv[1]).active.iter_rows(values_only=True): print(*row, sep='|')";
        let read = Command::new(&python).args(["-c", script]).arg(&path).output().expect("starts");
        let text = String::from_utf8_lossy(&read.stdout).into_owned();
        assert!(
            text.contains("疑似火点（线索，未经核实）") && text.contains(&huzhu) && text.contains("待研判"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 4, "a title, the headings, two events: {text}");
    });
}

/// What is asked again and did not change is not sent again; what is sent is small.
#[test]
fn lists_are_compressed_paged_and_known_by_their_tags() {
    let web = Web::start(sqlite(), "");
    // the tag changes with the minute, for a step may be late by then: not at the end of one
    let second = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs() % 60;
    if second > 45 {
        std::thread::sleep(std::time::Duration::from_secs(61 - second));
    }
    run(async {
        let (huzhu, _) = web.furnish().await;
        let city = web.sign_in("city").await;
        let path = "/collections/events/items?limit=1";
        let first = web.get(&city, path).await;
        let tag = first.header("etag");
        let again = web.send(&city, "GET", path, None, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        let list = first.json();
        assert_eq!((list["numberMatched"].as_i64(), list["numberReturned"].as_i64()), (Some(2), Some(1)));
        let next =
            list["links"].as_array().expect("links").iter().find(|link| link["rel"] == "next").expect("a next page");
        let next = next["href"].as_str().expect("an address").trim_start_matches(&web.server.address).to_string();
        let second = web.get(&city, &next).await.json();
        assert_eq!(second["features"][0]["id"], huzhu.as_str());
        assert!(second["links"].as_array().expect("links").iter().all(|link| link["rel"] != "next"), "{second}");
        web.post(&city, &format!("/events/{huzhu}/triage"), serde_json::json!({ "outcome": "confirm" })).await;
        let changed = web.send(&city, "GET", path, None, &[("if-none-match", &tag)]).await;
        assert_eq!(changed.status, 200, "a step changes the list");
        for (asked, expected) in [("gzip", "gzip"), ("br", "br"), ("gzip, br", "br")] {
            let got = web.send(&city, "GET", "/assets/map.css", None, &[("accept-encoding", asked)]).await;
            assert_eq!(got.header("content-encoding"), expected);
        }
        let landing = web.send(&city, "GET", "/", None, &[("accept", "application/json")]).await.json();
        assert!(
            landing["links"].as_array().is_some_and(|links| links.iter().any(|link| link["rel"] == "data")),
            "{landing}"
        );
        assert!(project().join("src/web/assets/index.html").exists());
    });
}
