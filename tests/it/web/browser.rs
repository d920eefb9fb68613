//! The pages in a real browser: Debian's Chromium, driven by Playwright.

use super::{PASSWORD, Web, ago, burn, run};
use crate::common::{have, project, python_with};
use crate::databases::sqlite;
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use strawfire::store::Store;

/// Python with Playwright, where a browser is there as well.
pub fn browser() -> Option<OsString> {
    let python = python_with("playwright")?;
    python_with("axe_playwright_python")?;
    have("chromium").then_some(python)
}

/// Where pictures go: $STRAWFIRE_SHOTS, to be looked at, else a folder that ends with the test.
pub fn shots(folder: &Path) -> PathBuf {
    std::env::var_os("STRAWFIRE_SHOTS").map_or_else(|| folder.join("shots"), PathBuf::from)
}

pub fn said(output: &std::process::Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}\n{errors}");
    serde_json::from_str(text.lines().last().unwrap_or_default()).expect("a line of JSON")
}

/// A new event arrives live at the desk, is judged and given to a post; its link opens on a phone, which goes offline with an answer
/// and a photo and is back later: the answer is here once, and the original as it was taken.
#[test]
fn an_event_goes_from_the_desk_to_a_phone_without_a_signal_and_back() {
    let Some(python) = browser() else { return };
    let web = Web::start(sqlite(), "");
    let folder = tempfile::tempdir().expect("a folder");
    let shots = shots(folder.path());
    std::fs::create_dir_all(&shots).expect("made");
    run(web.furnish());
    let code = web.code("huzhu").expect("a code");
    let id = "live";
    let mut desk = Command::new(&python)
        .arg(project().join("tests/tools/page_map.py"))
        .args([web.server.address.as_str(), "huzhu", PASSWORD, &code])
        .arg(&shots)
        .args(["--expect-id", &strawfire_id(id)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    // the page says when it listens
    let mut errors = BufReader::new(desk.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("READY") {
        line.clear();
        assert!(errors.read_line(&mut line).expect("reads") > 0, "the page never listened: {line}");
    }
    let event = run(async {
        let store = Store::open(&web.database.url).await.expect("opens");
        burn(&store, id, ago(6.0), (102.05, 36.95), "630223", "互助土族自治县").await
    });
    assert_eq!(event, strawfire_id(id), "the id of an event is made of that of its first detection");
    let rest = std::thread::spawn(move || {
        let mut rest = String::new();
        let _ = std::io::Read::read_to_string(&mut errors, &mut rest);
        rest
    });
    let output = desk.wait_with_output().expect("ends");
    let rest = rest.join().expect("read");
    assert!(output.status.success(), "{}\n{rest}", String::from_utf8_lossy(&output.stdout));
    let desk = said(&output);
    assert_eq!(desk["complaints"], serde_json::json!([]), "{desk}\n{rest}");
    let bytes = desk["first_load_bytes"].as_i64().expect("counted");
    println!("map page: {bytes} bytes at the first load");
    assert!(bytes < 500_000, "the map's first load is {bytes} bytes");
    let link = desk["link"].as_str().expect("a link");
    let phone = Command::new(&python)
        .arg(project().join("tests/tools/page_task.py"))
        .args([web.server.address.as_str(), link])
        .arg(&shots)
        .output()
        .expect("starts");
    let phone = said(&phone);
    println!("phone: {phone}");
    run(async {
        let city = web.sign_in("city-two").await;
        let all = web.get(&city, &format!("/events/{event}")).await.json();
        let actions: Vec<&str> =
            all["steps"].as_array().expect("steps").iter().filter_map(|s| s["action"].as_str()).collect();
        assert_eq!(actions.iter().filter(|action| **action == "report").count(), 1, "{actions:?}");
        let photo = &all["photos"][0];
        assert_eq!((&photo["small"], &photo["complete"]), (&true.into(), &true.into()), "{photo}");
        assert!(photo["lon"].is_number(), "taken in the page with its own place: {photo}");
        let place = format!("/events/{event}/photos/{}/original", photo["id"].as_str().expect("an id"));
        let original = web.get(&city, &place).await;
        let hash: String =
            sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), &original.body))
                .iter()
                .map(|byte: &u8| format!("{byte:02x}"))
                .collect();
        assert_eq!(photo["sha256"], hash.as_str());
    });
}

/// The first load of a task's page is small, also on a line of the third generation; how long it takes is printed.
#[test]
fn the_page_of_a_task_is_light() {
    let Some(python) = browser() else { return };
    let web = Web::start(sqlite(), "");
    let link = run(async {
        let (huzhu, _) = web.furnish().await;
        let desk = web.sign_in("city").await;
        web.dispatch(&desk, &huzhu, "HZ-01").await
    });
    let script = project().join("tests/tools/page_speed.py");
    let output = Command::new(&python).arg(script).args([web.server.address.as_str(), &link]).output().expect("starts");
    let seen = said(&output);
    println!("task page on 3G, processor four times slower: {seen}");
    assert!(seen["bytes"].as_i64().is_some_and(|bytes| (10_000..250_000).contains(&bytes)), "{seen}");
}

/// Answers that were pressed without a signal go with the new link that the desk sent meanwhile.
#[test]
fn answers_go_over_to_a_new_link() {
    let Some(python) = browser() else { return };
    let web = Web::start(sqlite(), "");
    let (event, desk, link) = run(async {
        let (huzhu, _) = web.furnish().await;
        let desk = web.sign_in("city").await;
        let link = web.dispatch(&desk, &huzhu, "HZ-01").await;
        (huzhu, desk, link)
    });
    let script = project().join("tests/tools/page_takeover.py");
    let arguments = [web.server.address.as_str(), &link, &event, &desk.cookie, &desk.csrf];
    let seen = said(&Command::new(&python).arg(script).args(arguments).output().expect("starts"));
    println!("{seen}");
    let steps = run(async { web.get(&desk, &format!("/events/{event}")).await.json()["steps"].clone() });
    let actions: Vec<&str> =
        steps.as_array().expect("steps").iter().filter_map(|step| step["action"].as_str()).collect();
    assert_eq!(actions, ["dispatch", "acknowledge", "arrive"]);
    assert!(steps[1]["detail"]["said_at"].is_string(), "when it was pressed is kept: {steps}");
}

/// 16 hex digits of SHA-256 of the id of the first detection, as the interface has it.
fn strawfire_id(first: &str) -> String {
    let digest: Vec<u8> =
        sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), first)).to_vec();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
