//! Accounts and the server by the command line.

use super::{Web, add_person, run};
use crate::common::{project, strawfire};
use crate::databases::sqlite;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn site(folder: &Path, more: &str) -> String {
    std::fs::copy(project().join("sites/haidong/counties.geojson"), folder.join("counties.geojson")).expect("copied");
    std::fs::write(folder.join("site.toml"), more).expect("written");
    folder.display().to_string()
}

fn said(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = strawfire(folder, arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!text.contains("panicked"), "{text}");
    (output.status.code().expect("ended"), text)
}

#[test]
fn accounts_are_checked_before_they_are_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("s.db");
    let site = site(folder.path(), &format!("[store]\nurl = 'sqlite://{}'\n", store.display()));
    let user = |arguments: &[&str]| {
        let mut all = vec!["user"];
        all.extend(arguments);
        all.extend(["--site", &site]);
        said(folder.path(), &all)
    };
    for (wrong, expected) in [
        (&["add", "a b", "--role", "viewer"][..], "letters, digits"),
        (&["add", "x", "--role", "county"], "whoever has no area sees everything"),
        (&["add", "x", "--role", "county", "--area", "999999"], "one of 630202"),
        (&["add", "x", "--role", "city", "--area", "630223"], "sees all of the site"),
        (&["add", "x", "--role", "township", "--area", "630223"], "twelve digits"),
        (&["add", "x", "--role", "post", "--area", "A", "--area", "B"], "one post"),
        (&["disable", "nobody"], "user list"),
        (&["password", "nobody"], "user list"),
    ] {
        let (code, text) = user(wrong);
        assert!(code == 2 && text.contains(expected), "{wrong:?}: {code} {text}");
    }
    let (code, text) = user(&["add", "leader", "--role", "viewer"]);
    assert!(code == 0 && text.contains("shown this once"), "{text}");
    assert_eq!(user(&["add", "leader", "--role", "viewer"]).0, 2, "the name is taken");
    let (_, list) = user(&["list"]);
    assert!(list.contains("leader viewer all - active"), "{list}");
    assert_eq!(user(&["disable", "leader"]).0, 0);
    assert!(user(&["list"]).1.contains("leader viewer all - disabled"));
    assert_eq!(user(&["enable", "leader"]).0, 0);
    let (_, desk) = user(&["add", "desk", "--role", "city"]);
    assert!(desk.contains("otpauth://totp/strawfire:desk?secret="), "{desk}");
}

#[test]
fn what_cannot_be_served_says_so_and_a_server_ends_when_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let bare = site(folder.path(), "name = 'x'\n");
    let (code, text) = said(folder.path(), &["serve", "--site", &bare]);
    assert!(code == 2 && text.contains("store.url"), "{text}");
    for (key, value, expected) in [
        ("public_url", "'fires.example.cn'", "https://"),
        ("tiles_url", "'https://tiles.example.cn/'", "{z}, {x} and {y}"),
        ("listening", "1", "unknown key"),
        ("idle_minutes", "'x'", "a number"),
    ] {
        let wrong = site(folder.path(), &format!("[web]\n{key} = {value}\n"));
        let (code, text) = said(folder.path(), &["serve", "--site", &wrong]);
        assert!(code == 2 && text.contains(expected) && text.contains(&format!("web.{key}")), "{text}");
    }
    let web = Web::start(sqlite(), "");
    let taken = web.server.address.trim_start_matches("http://").to_string();
    let (code, text) = said(&web.site, &["serve", "--listen", &taken, "--site", &web.site.display().to_string()]);
    assert!(code == 2 && text.contains("free"), "{text}");
    // somebody listens and never ends: the server ends all the same
    let mut child = Command::new(env!("CARGO_BIN_EXE_strawfire"))
        .args(["serve", "--listen", "127.0.0.1:0", "--site"])
        .arg(&web.site)
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let address = line.trim().trim_start_matches("listening on ").to_string();
    run(async {
        let session = web.sign_in("leader").await;
        let stream =
            web.client.get(format!("{address}/live")).header("cookie", &session.cookie).send().await.expect("a stream");
        assert_eq!(stream.status(), 200, "a session is known to every server of the store");
        let began = Instant::now();
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("sent").success());
        let status = child.wait().expect("ended");
        assert!(status.success() && began.elapsed() < Duration::from_secs(10), "{status} {:?}", began.elapsed());
        drop(stream);
    });
    let _ = add_person(&web.site, "another", "viewer", "");
}

/// A roster that takes a post away says which cases lie with it.
#[test]
fn a_roster_says_which_cases_its_lost_posts_hold() {
    let web = Web::start(sqlite(), "");
    run(async {
        let (huzhu, _) = web.furnish().await;
        let city = web.sign_in("city").await;
        web.dispatch(&city, &huzhu, "HZ-01").await;
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        let rows = [["岗位代码", "岗位名称", "县区代码"], ["HZ-09", "塘川镇值班岗", "630223"]];
        for (row, cells) in (0_u32..).zip(rows) {
            for (column, cell) in (0_u16..).zip(cells) {
                sheet.write_string(row, column, cell).expect("written");
            }
        }
        let bytes = book.save_to_buffer().expect("a book");
        let got = web.send(&city, "POST", "/roster", Some(bytes), &[]).await;
        let held = serde_json::json!([{ "code": "HZ-01", "name": "威远镇值班岗", "cases": 1 }]);
        assert_eq!((got.status, &got.json()["held"]), (200, &held), "{}", got.text());
        // the case keeps the name of the post that it was given to
        let detail = web.get(&city, &format!("/events/{huzhu}")).await.json();
        let post = serde_json::json!({ "code": "HZ-01", "name": "威远镇值班岗" });
        assert_eq!(detail["event"]["case"]["post"], post, "{detail}");
        assert_eq!(detail["tasks"][0]["post_name"], "威远镇值班岗");
        let csv = web.get(&city, "/collections/events/items?f=csv").await;
        assert!(csv.text().contains("威远镇值班岗"), "{}", csv.text());
    });
}
