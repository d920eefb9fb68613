//! `strawfire site`: the shipped pack, a grid put in, and grids that are none.

use crate::common::{project, strawfire};
use std::path::Path;

/// A site with one square county, 102.1-102.2 E, 36.4-36.5 N.
fn square(folder: &Path, toml: &str) {
    std::fs::create_dir_all(folder).expect("folder");
    std::fs::write(folder.join("site.toml"), toml).expect("written");
    let county = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"adcode":"630299","name":"方县"},
        "geometry":{"type":"Polygon","coordinates":[[[102.1,36.4],[102.2,36.4],[102.2,36.5],[102.1,36.5],[102.1,36.4]]]}}]}"#;
    std::fs::write(folder.join("counties.geojson"), county).expect("written");
}

fn said(folder: &Path, words: &[&str]) -> (Option<i32>, String) {
    let output = strawfire(folder, words);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text)
}

#[test]
fn a_check_says_what_is_missing_and_what_follows() {
    let dir = tempfile::tempdir().expect("folder");
    let (code, text) = said(dir.path(), &["site", "check"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("海东市") && text.contains("6 counties") && text.contains("layers.grid: "), "{text}");
    assert!(text.contains("layers.landcover: not set") && text.contains("layers.officers: not set"), "{text}");
    square(&dir.path().join("s"), "[layers]\nofficers = 'o.csv'\n");
    std::fs::write(dir.path().join("s/o.csv"), "area,post\n方县,甲\n圆县,乙\n").expect("written");
    let (code, text) = said(dir.path(), &["site", "check", "--site", "s"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("圆县 (乙) is no county, township with borders or cell") && !text.contains("方县 (甲)"),
        "{text}"
    );
}

/// Each names its key, what was found and what to do; what needs a roster is said not to be checked where there is none.
#[test]
fn a_check_says_what_of_the_desk_would_reach_nobody() {
    let dir = tempfile::tempdir().expect("folder");
    let desk = "[desk]\nholidays = ['2020-10-01/2020-10-07 国庆']\n[[delivery.sinks]]\nname = 'd'\nkind = 'wecom'\nsecret_env = 'R'\n\
                url = 'https://example.cn/a'\n[[desk.tell]]\narea = '630298'\nsinks = ['d']\n[[desk.tell]]\narea = '方县'\nsinks = ['d']\n\
                [[desk.tell]]\narea = 'P-1'\nsinks = ['d']\n[[desk.dispatch]]\nname = '强弱'\nmin_mw = 20\nbelow_mw = 10\n\
                [[desk.dispatch]]\nname = '全部'\nto = 'post:P-1'\n[[desk.dispatch]]\nname = '其后'\n";
    square(&dir.path().join("s"), desk);
    let (code, text) = said(dir.path(), &["site", "check", "--site", "s"]);
    for words in [
        "desk.tell[0].area: found 630298",
        "desk.dispatch[0].min_mw: found 20 with below_mw = 10",
        "desk.dispatch[2].name: found 其后 behind 全部",
        "desk.holidays: found no day after 2020",
        "web.public_url: found nothing, so that links of tasks begin with http://127.0.0.1:8080",
        "were not checked: there is no store with a roster",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("desk.tell[1]") && !text.contains("desk.tell[2]"), "{text}");
    assert_eq!(code, Some(2), "the site's own fault, and nothing that is out of reach: {text}");
    // with a roster that knows no such post
    let url = format!("sqlite://{}", dir.path().join("s.db").display());
    square(&dir.path().join("s"), &format!("[store]\nurl = '{url}'\n{desk}"));
    crate::delivery::run(async {
        strawfire::store::Store::open(&url).await.expect("made").close().await;
    });
    let (_, text) = said(dir.path(), &["site", "check", "--site", "s"]);
    for words in ["desk.tell[2].area: found P-1", "desk.dispatch[1].to: found post:P-1"] {
        assert!(text.contains(words) && !text.contains("not checked"), "{words}: {text}");
    }
    // a calendar that ended with a year is said, and breaks nothing: each New Year would
    square(
        &dir.path().join("s"),
        "[desk]\nholidays = ['2020-10-01/2020-10-07 国庆']\nworkdays = ['2020-10-10 调休']\n",
    );
    let (code, text) = said(dir.path(), &["site", "check", "--site", "s"]);
    for words in ["holidays count as days of the office", "worked weekends count as days off"] {
        assert!(text.lines().any(|line| line.starts_with("-- ") && line.contains(words)), "{words}: {text}");
    }
    assert!(code == Some(0) && text.contains("ok desk: 0 rules"), "{code:?} {text}");
    // what names nothing has nothing wrong
    square(&dir.path().join("s"), "");
    let (code, text) = said(dir.path(), &["site", "check", "--site", "s"]);
    assert!(code == Some(0) && text.contains("ok desk: 0 rules"), "{text}");
}

/// By hand: 0.1 degrees are 8.95 x 11.1 km, 99 km2; a square that begins anywhere touches 10 x 12 or 10 x 13 cells.
#[test]
fn the_kilometre_grid_covers_the_counties_and_a_city_puts_in_its_own() {
    let dir = tempfile::tempdir().expect("folder");
    square(&dir.path().join("s"), "");
    let (code, text) = said(dir.path(), &["site", "import-grid", "--site", "s", "--kilometre"]);
    assert_eq!(code, Some(0), "{text}");
    let cells: usize = text.split_whitespace().next().and_then(|n| n.parse().ok()).expect("a number of cells");
    assert!((108..=130).contains(&cells) && text.contains("100.0 %") && text.contains("grid = "), "{text}");
    // the city's own: half of the county
    let own = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"W-1","name":"西一"},
        "geometry":{"type":"Polygon","coordinates":[[[102.1,36.4],[102.15,36.4],[102.15,36.5],[102.1,36.5],[102.1,36.4]]]}}]}"#;
    std::fs::write(dir.path().join("own.geojson"), own).expect("written");
    let (code, text) = said(dir.path(), &["site", "import-grid", "--site", "s", "own.geojson"]);
    assert!(code == Some(0) && text.starts_with("1 cells") && text.contains("50.0 %"), "{text}");
    // half of it is not little; the squares are kept, also when the same grid is put in again
    assert!(!text.contains("only") && text.contains("grid.geojson.bak"), "{text}");
    let kept = || std::fs::read_to_string(dir.path().join("s/grid.geojson.bak")).expect("kept");
    assert_eq!(kept().matches("Feature\"").count(), cells);
    let (code, text) = said(dir.path(), &["site", "import-grid", "--site", "s", "own.geojson"]);
    assert!(code == Some(0) && !text.contains(".bak") && kept().matches("Feature\"").count() == cells, "{text}");
    // two fifths of the county
    std::fs::write(dir.path().join("less.geojson"), own.replace("102.15", "102.14")).expect("written");
    let (code, text) = said(dir.path(), &["site", "import-grid", "--site", "s", "less.geojson"]);
    assert!(code == Some(0) && text.contains("方县: only 40.0 %") && kept().contains("102.15"), "{text}");
    // what was put in is read again
    std::fs::write(dir.path().join("s/site.toml"), "[layers]\ngrid = 'grid.geojson'\n").expect("written");
    assert_eq!(said(dir.path(), &["site", "check", "--site", "s"]).0, Some(0));
}

#[test]
fn a_grid_that_is_none_is_refused_and_the_old_one_stays() {
    let dir = tempfile::tempdir().expect("folder");
    square(&dir.path().join("s"), "");
    std::fs::write(dir.path().join("s/grid.geojson"), "old").expect("written");
    let cell = |code: &str, west: f64| {
        let east = west + 0.1;
        format!(
            r#"{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Polygon","coordinates":
            [[[{west},36.4],[{east},36.4],[{east},36.5],[{west},36.5],[{west},36.4]]]}}}}"#
        )
    };
    let collection = |cells: &[String]| format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, cells.join(","));
    for (name, text, word) in [
        ("twice", collection(&[cell("a", 102.1), cell("a", 102.2)]), "the code a twice"),
        ("elsewhere", collection(&[cell("a", 110.0)]), "none of them in a county"),
        ("nameless", collection(&[cell("a", 102.1).replace("code", "kode")]), "no property code"),
        ("empty", collection(&[]), "no area at all"),
        ("text", "grid".to_string(), "no GeoJSON"),
    ] {
        std::fs::write(dir.path().join("bad.geojson"), text).expect("written");
        let (code, text) = said(dir.path(), &["site", "import-grid", "--site", "s", "bad.geojson"]);
        assert!([Some(2), Some(4)].contains(&code) && text.contains(word), "{name}: {code:?} {text}");
        assert_eq!(std::fs::read_to_string(dir.path().join("s/grid.geojson")).expect("there"), "old", "{name}");
    }
    assert_eq!(said(project(), &["site", "import-grid"]).0, Some(2), "a file or --kilometre");
}

/// Before anything is read or written: a site that is wrong below the county is an error of the site, with file and key.
#[test]
fn townships_that_are_none_are_refused() {
    let dir = tempfile::tempdir().expect("folder");
    std::fs::write(dir.path().join("list.csv"), "latitude,longitude,acq_date,acq_time,satellite\n").expect("written");
    let cut = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"1"#;
    let open = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"1"},"geometry":
        {"type":"Polygon","coordinates":[[[102.1,36.4],[102.2,36.4]]]}}]}"#;
    for (name, text, word) in [
        ("cut.geojson", cut, "no GeoJSON"),
        ("ring.geojson", open, "fewer than 4"),
        ("header.csv", "kode,name\n1,甲镇\n", "the columns kode, name"),
        ("swapped.csv", "code,name,lon,lat\n1,甲镇,36.4,102.1\n", "36.4"),
        ("nameless.csv", "code,name,lon,lat\n1,,102.1,36.4\n", "line 2"),
        ("seats.txt", "code,name\n", "neither"),
        ("absent.csv", "", "absent.csv"),
    ] {
        square(&dir.path().join("s"), &format!("[layers]\ntownships = '{name}'\n"));
        if name != "absent.csv" {
            std::fs::write(dir.path().join("s").join(name), text).expect("written");
        }
        for words in
            [&["site", "check", "--site", "s"][..], &["import", "--site", "s", "--format", "firms", "list.csv"]]
        {
            let (code, said) = said(dir.path(), words);
            let named = said.contains(name) && said.contains("townships");
            assert!(code == Some(2) && named && said.contains(word), "{name}: {code:?} {said}");
        }
        assert!(!dir.path().join("out").exists(), "{name}: nothing is written");
    }
}

/// By hand: the western half of the county is 50 %; far away, enclosing nothing or 20 degrees off is refused, and seats that are all far away
/// are said. The county's neighbourhood ends some 20 km from it.
#[test]
fn townships_that_lie_elsewhere_are_told() {
    let dir = tempfile::tempdir().expect("folder");
    std::fs::write(dir.path().join("list.csv"), "latitude,longitude,acq_date,acq_time,satellite\n").expect("written");
    let area = |west: f64, east: f64, north: f64| {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"code":"1","name":"甲镇"}},"geometry":
            {{"type":"Polygon","coordinates":[[[{west},36.4],[{east},36.4],[{east},{north}],[{west},{north}],[{west},36.4]]]}}}}]}}"#
        )
    };
    let site = |name: &str, text: &str| {
        square(&dir.path().join("s"), &format!("[layers]\ntownships = '{name}'\n"));
        std::fs::write(dir.path().join("s").join(name), text).expect("written");
    };
    let check = || said(dir.path(), &["site", "check", "--site", "s"]);
    let import = || said(dir.path(), &["import", "--site", "s", "--format", "firms", "list.csv"]);
    site("t.geojson", &area(102.1, 102.15, 36.5));
    let (code, text) = check();
    assert!(code == Some(0) && text.contains("layers.townships covers of each county: 方县 50.0 %"), "{text}");
    for (name, text, word) in [
        ("far", area(122.1, 122.2, 36.5), "1 areas, none of them in a county"),
        ("point", area(102.1, 102.1, 36.4), "in feature 1: the area 1, whose corners enclose no ground"),
    ] {
        site("t.geojson", &text);
        for (code, text) in [check(), import()] {
            let named = text.contains("t.geojson") && text.contains("layers.townships");
            assert!(code == Some(2) && named && text.contains(word), "{name}: {code:?} {text}");
        }
    }
    // all around the county, with no corner in it
    site("t.geojson", &area(101.0, 103.0, 38.0).replace("36.4", "35.4"));
    assert!(check().1.contains("方县 100.0 %"));
    for (row, word) in
        [("1,甲镇,122.1,36.4", "none of the 1 seats with a place lies"), ("1,甲镇,,", "none of the seats has a place")]
    {
        site("t.csv", &format!("code,name,lon,lat\n{row}\n"));
        for (_, text) in [check(), import()] {
            assert!(text.contains("layers.townships") && text.contains(word), "{text}");
        }
    }
    site("t.csv", "code,name,lon,lat\n1,甲镇,122.1,36.4\n2,乙镇,102.0,36.4\n");
    assert!(!check().1.contains("none of the"));
}

/// 甲 is bc d7 in GBK, as a spreadsheet in Chinese saves it: every list of a site and the answers say how to save it instead.
#[test]
fn a_list_in_gbk_is_told_how_to_be_saved() {
    let dir = tempfile::tempdir().expect("folder");
    for (key, header) in [
        ("townships", "code,name,lon,lat\n1,"),
        ("officers", "area,post\n630299,"),
        ("static_sources", "lon,lat,radius_m,cause\n102.1,36.4,300,"),
    ] {
        square(&dir.path().join("s"), &format!("[layers]\n{key} = 'l.csv'\n"));
        std::fs::write(dir.path().join("s/l.csv"), [header.as_bytes(), b"\xbc\xd7\n"].concat()).expect("written");
        let (code, text) = said(dir.path(), &["site", "check", "--site", "s"]);
        let named = text.contains(key) && text.contains("l.csv");
        assert!(
            code == Some(2) && named && text.contains("not UTF-8 (save it as CSV UTF-8)"),
            "{key}: {code:?} {text}"
        );
    }
    std::fs::write(dir.path().join("a.csv"), b"event_id,time,lon,lat,sources,finding,cause\n\xbc\xd7\n")
        .expect("written");
    let (code, text) = said(dir.path(), &["static", "precision", "a.csv"]);
    assert!(code == Some(4) && text.contains("a.csv") && text.contains("save it as CSV UTF-8"), "{code:?} {text}");
}
