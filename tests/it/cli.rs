//! The way that goes well: simulated slots by day and by night and the real lists, through the built program, with
//! every property of the interface.

use crate::common::{FIRES, Ran, project, ran, scan, shared, simulate, simulator, slot, strawfire, unzipped};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Properties of a FirePixel in the interface.
const FIRE_PIXEL: &str = "id time satellite sensor algorithm profile program_version granule line column daynight \
    tir_band bt_mir_k bt_tir_k bt_mir_bg_k bt_tir_bg_k frp_mw frp_surface_mw pixel_area_km2 confirmation simulated \
    confidence confidence_pct adcode county township grid_cell position_error_m terrain_corrected verdict reason class \
    cropland_fraction";

/// Properties of a FireEvent in the interface, and `simulated`, which it asks of every Feature elsewhere.
const FIRE_EVENT: &str = "id first_seen last_seen sources detections max_frp_mw fre_mj confidence class adcode county \
    township grid_cell responsible position_error_m error_ellipse status first_discoverer verification merged_into \
    maps_link simulated";

const FILES: [&str; 9] = [
    "coverage.csv",
    "coverage.geojson",
    "events.geojson",
    "fires.geojson",
    "hotspots.csv",
    "hotspots.xlsx",
    "neighbours.geojson",
    "quicklook.png",
    "scan.json",
];

fn keys(feature: &Value) -> BTreeSet<&str> {
    feature["properties"].as_object().expect("properties").keys().map(String::as_str).collect()
}

fn check_features(features: &[Value], expected: &str) {
    let expected: BTreeSet<&str> = expected.split_whitespace().collect();
    let mut ids = BTreeSet::new();
    for feature in features {
        assert_eq!(keys(feature), expected);
        assert_eq!(feature["id"], feature["properties"]["id"]);
        assert_eq!(feature["properties"]["simulated"], true);
        assert_eq!(feature["geometry"]["type"], "Point");
        assert!(ids.insert(feature["id"].to_string()), "{} twice", feature["id"]);
    }
}

/// Line and column of the simulator's fires.
fn truth(folder: &Path) -> Vec<(f64, f64)> {
    let text = std::fs::read_to_string(folder.join("truth.json")).expect("a truth");
    let truth: Value = serde_json::from_str(&text).expect("JSON");
    let fires = truth["fires"].as_array().expect("fires").iter();
    fires.map(|f| (f["line"].as_f64().expect("a line"), f["column"].as_f64().expect("a column"))).collect()
}

/// Every true fire has a pixel within one pixel, in its county, and no pixel is further than two from all of them.
fn check_against_truth(fires: &[Value], truth: &[(f64, f64)]) {
    let distance = |fire: &Value, (line, column): (f64, f64)| {
        let number = |key: &str| fire["properties"][key].as_f64().expect("a number");
        (number("line") - line).abs().max((number("column") - column).abs())
    };
    for (at, (.., county)) in truth.iter().zip(FIRES) {
        let found: Vec<_> = fires.iter().filter(|fire| distance(fire, *at) <= 1.0).collect();
        assert!(!found.is_empty(), "nothing at {at:?}");
        assert!(found.iter().all(|fire| fire["properties"]["county"] == county));
        let power: f64 = found.iter().filter_map(|fire| fire["properties"]["frp_mw"].as_f64()).sum();
        assert!((60.0..400.0).contains(&power), "{power} MW of 200");
    }
    for fire in fires {
        assert!(truth.iter().any(|at| distance(fire, *at) <= 2.0), "a false alarm: {fire}");
    }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("listed");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn check_outputs(done: &Ran, daynight: &str) {
    assert_eq!(files(&done.out), FILES, "all files, and nothing temporary");
    let fires = done.features("fires.geojson");
    check_features(&fires, FIRE_PIXEL);
    check_features(&done.features("events.geojson"), FIRE_EVENT);
    for fire in &fires {
        let p = &fire["properties"];
        assert_eq!((&p["daynight"], &p["verdict"]), (&daynight.into(), &"kept".into()));
        assert_eq!(
            (&p["satellite"], &p["sensor"], &p["tir_band"]),
            (&"Himawari-9".into(), &"AHI".into(), &"B14".into())
        );
        assert!(p["bt_mir_k"].as_f64().expect("known") > p["bt_mir_bg_k"].as_f64().expect("known"));
        assert!(p["reason"].is_null() && p["township"].is_null() && p["cropland_fraction"].is_null());
    }
    check_marks(done, fires.len());
}

/// What is simulated says so in every list and title.
fn check_marks(done: &Ran, fires: usize) {
    assert!(done.list.contains("模拟数据"), "{}", done.list);
    let report = done.json("scan.json");
    assert_eq!((&report["simulated"], &report["granules"][0]["simulated"]), (&true.into(), &true.into()));
    assert_eq!(done.json("fires.geojson")["simulated"], true);
    assert_eq!(done.json("events.geojson")["simulated"], true);
    let text = std::fs::read_to_string(done.out.join("hotspots.csv")).expect("a list");
    let mut csv = csv::Reader::from_reader(text.as_bytes());
    let column = csv.headers().expect("a header").iter().position(|name| name == "simulated").expect("a column");
    let marks: Vec<String> = csv.records().map(|row| row.expect("a row")[column].to_string()).collect();
    assert_eq!(marks, vec!["true"; fires]);
    let workbook = done.out.join("hotspots.xlsx");
    if let Some(strings) = unzipped(&workbook, "xl/sharedStrings.xml") {
        assert!(strings.contains("疑似火点清单(模拟数据)"));
    }
    if let Some(python) = std::env::var_os("STRAWFIRE_PYTHON") {
        let script = "import sys, openpyxl; print(openpyxl.load_workbook(sys.argv[1]).worksheets[0]['A1'].value)";
        let output = Command::new(python).args(["-c", script]).arg(&workbook).output().expect("runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "疑似火点清单(模拟数据)");
    }
    let picture = std::fs::read(done.out.join("quicklook.png")).expect("a picture");
    assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n") && picture.len() > 10_000);
}

#[test]
fn fires_by_day_are_found_in_their_counties() {
    let done = scan(slot(), &[]);
    done.expect(0, &["HS_H09_FLDK_20251020_0530", "fire pixels kept"]);
    check_outputs(&done, "D");
    check_against_truth(&done.features("fires.geojson"), &truth(slot()));
    assert_eq!(done.features("events.geojson").len(), 2);
    for (.., county) in FIRES {
        assert!(done.list.contains(&format!("{county}: 疑似火点 1 个")), "{}", done.list);
    }
    assert!(done.list.contains("平安区: 未监测到火点(有效观测 "), "{}", done.list);
}

#[test]
fn fires_by_night_are_found_in_their_counties() {
    let folder = tempfile::tempdir().expect("a folder");
    simulate(folder.path(), &["--bands", "7,14", "--time", "2025-10-20T18:30:00Z"]);
    let done = scan(folder.path(), &[]);
    done.expect(0, &[]);
    check_outputs(&done, "N");
    check_against_truth(&done.features("fires.geojson"), &truth(folder.path()));
    assert_eq!(done.features("events.geojson").len(), 2);
}

/// A fire where three counties meet lights pixels of all of them: none may be told that nothing was found.
#[test]
fn a_fire_on_a_border_counts_for_every_county_that_it_burns_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let slot = folder.path().display().to_string();
    let fire = "--fire=102.66371,35.88717,800,20000";
    let night = "2025-10-20T18:30:00Z";
    let made = simulator(
        folder.path(),
        &["ahi", "--bands", "7,14", "--segments", "2", "--cloud", "0", "--time", night, fire, "--out", &slot],
    );
    assert!(made.status.success());
    let done = scan(folder.path(), &[]);
    done.expect(0, &[]);
    let counties: BTreeSet<String> = done
        .features("fires.geojson")
        .iter()
        .map(|fire| fire["properties"]["county"].as_str().expect("a county").to_string())
        .collect();
    assert!(counties.len() >= 2, "the fire lies on a border: {counties:?}");
    for county in counties {
        assert!(done.list.contains(&format!("{county}: 疑似火点 1 个")), "{county}: {}", done.list);
    }
}

/// A fire outside all counties whose light falls into a pixel inside: the pixel is listed, but the place that people
/// are sent to is where it burns, not the edge of its light.
#[test]
fn a_fire_outside_does_not_become_another_one_inside() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    let (lon, lat) = (102.9547, 36.0794);
    let fire = format!("--fire={lon},{lat},900,6000");
    let made = simulator(
        folder.path(),
        &[
            "ahi",
            "--flat",
            "--bands",
            "7,14",
            "--segments",
            "2",
            "--cloud",
            "0",
            "--time",
            "2025-10-20T17:30:00Z",
            &fire,
            "--out",
            &out,
        ],
    );
    assert!(made.status.success());
    let site = site_without_dem();
    let done = scan(folder.path(), &["--site", &site.path().display().to_string()]);
    done.expect(0, &["no layers.dem"]);
    let events = done.features("events.geojson");
    assert!(!done.features("fires.geojson").is_empty() && events.len() == 1, "{}", done.list);
    let at = |i: usize| events[0]["geometry"]["coordinates"][i].as_f64().expect("a number");
    // half a pixel: 1 km
    assert!((at(0) - lon).abs() < 0.012 && (at(1) - lat).abs() < 0.01, "{}", done.list);
    // a pixel of it lies inside: that county answers, and the list says that the place does not
    assert_eq!(events[0]["properties"]["adcode"], "630222");
    assert!(done.list.contains("位置在县界以外, 按县内像元归属"), "{}", done.list);
}

/// The shipped counties alone: every place lies on the ellipsoid.
fn site_without_dem() -> tempfile::TempDir {
    let site = tempfile::tempdir().expect("a folder");
    let counties = project().join("sites/haidong/counties.geojson");
    std::fs::copy(counties, site.path().join("counties.geojson")).expect("copied");
    std::fs::write(site.path().join("site.toml"), "name = \"海东市\"\n").expect("written");
    site
}

#[test]
fn dropped_fires_are_written_when_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    // 200 MW beside Hualong, within the box of the site and in none of its counties
    simulate(folder.path(), &["--bands", "7,14", "--fire=101.754,35.998,800,8611"]);
    let outside = |done: &Ran| {
        let fires = done.features("fires.geojson");
        let outside = fires.iter().filter(|fire| fire["properties"]["adcode"].is_null());
        outside
            .map(|fire| (fire["properties"]["verdict"].clone(), fire["properties"]["reason"].clone()))
            .collect::<Vec<_>>()
    };
    let kept = scan(folder.path(), &[]);
    kept.expect(0, &[]);
    assert!(outside(&kept).is_empty());
    assert!(kept.json("scan.json")["granules"][0]["fires_dropped"]["outside_counties"].as_u64() > Some(0));
    let all = scan(folder.path(), &["--all"]);
    all.expect(0, &[]);
    let dropped = outside(&all);
    assert!(!dropped.is_empty());
    assert!(dropped.iter().all(|pair| *pair == ("dropped".into(), "outside_counties".into())));
    check_features(&all.features("fires.geojson"), FIRE_PIXEL);
    let everywhere = scan(folder.path(), &["--region", "none"]);
    everywhere.expect(0, &[]);
    assert!(outside(&everywhere).iter().all(|pair| *pair == ("kept".into(), Value::Null)));
    assert_eq!(outside(&everywhere).len(), dropped.len());
}

/// Default `--out`, `STRAWFIRE_SITE`, and a second run over the first.
#[test]
fn a_second_run_replaces_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = slot().display().to_string();
    let first = strawfire(folder.path(), &["scan", &input]);
    assert!(first.status.success());
    let out = folder.path().join("out");
    let read = |name: &str| std::fs::read(out.join(name)).expect("there");
    let before: Vec<_> = FILES[..7].iter().map(|name| read(name)).collect();
    assert!(strawfire(folder.path(), &["scan", &input]).status.success());
    let after: Vec<_> = FILES[..7].iter().map(|name| read(name)).collect();
    assert!(before == after, "the same input gives the same bytes");
    assert_eq!(files(&out), FILES);
    // a run that reads nothing is no run without fires: what is known stays
    let nothing = strawfire(folder.path(), &["scan", "absent"]);
    assert_eq!(nothing.status.code(), Some(4));
    assert_eq!(files(&out), FILES);
    assert!(read("fires.geojson") == after[3], "the fires of the run before");
}

#[test]
fn the_site_of_the_environment_is_used_and_an_option_goes_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = slot().display().to_string();
    let run = |options: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_strawfire"))
            .current_dir(folder.path())
            .env("STRAWFIRE_SITE", "/nonexistent/pack")
            .arg("scan")
            .args(options)
            .arg(&input)
            .output()
            .expect("runs")
    };
    let wrong = run(&[]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("/nonexistent/pack"));
    let site = project().join("sites/haidong").display().to_string();
    assert_eq!(run(&["--site", &site]).status.code(), Some(0));
}

/// `strawfire scan ... | head`: the reader is gone before the list comes.
#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut running = Command::new(env!("CARGO_BIN_EXE_strawfire"))
        .current_dir(folder.path())
        .env("STRAWFIRE_SITE", project().join("sites/haidong"))
        .arg("scan")
        .arg(slot())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("starts");
    drop(running.stdout.take());
    assert_eq!(running.wait().expect("ends").code(), Some(0));
    assert_eq!(files(&folder.path().join("out")), FILES);
}

#[test]
fn json_logs_are_lines_of_json() {
    let folder = slot().display().to_string();
    let done = ran(&["--log-format", "json", "scan", "absent", &folder]);
    assert_eq!(done.code, 3);
    let lines: Vec<Value> = done.log.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    let told = |level: &str, text: &str| {
        lines.iter().any(|line| line["level"] == level && line["fields"]["message"].to_string().contains(text))
    };
    assert!(told("ERROR", "absent") && told("INFO", "fire pixels kept"), "{}", done.log);
}

#[test]
fn the_real_viirs_list_gives_nine_fires_in_huzhu() {
    let Some(list) = shared("firms/viirs_noaa20_china_20231109.csv") else {
        return;
    };
    let done = ran(&["import", "--format", "firms", &list.display().to_string()]);
    done.expect(0, &[]);
    let fires = done.features("fires.geojson");
    assert_eq!(fires.len(), 9);
    let expected: BTreeSet<&str> = FIRE_PIXEL.split_whitespace().collect();
    for fire in &fires {
        assert_eq!(keys(fire), expected);
        assert_eq!(fire["properties"]["county"], "互助土族自治县");
        assert_eq!(fire["properties"]["simulated"], false);
    }
    assert!(!done.list.contains("模拟"), "{}", done.list);
}

/// Lines that are fires: of the MODIS list all but its header, of the others by eye (see the tests of the readers).
#[test]
fn the_other_real_lists_go_through() {
    let lists = [
        ("firms", "firms/modis_c61_china_20220528_0604.csv", None),
        ("wlf", "himawari-wlf/H09_20251209_1900_L2WLF010_FLDK.06001_06001.csv", Some(212)),
        ("cspp-af", "firms/cspp_afimg_j01_20210414.txt", Some(18)),
    ];
    for (format, name, count) in lists {
        let Some(list) = shared(name) else { return };
        let rows = std::fs::read_to_string(&list).expect("text").lines().count() - 1;
        let done = ran(&["import", "--all", "--format", format, &list.display().to_string()]);
        done.expect(0, &[]);
        assert_eq!(done.features("fires.geojson").len(), count.unwrap_or(rows), "{name}");
    }
}
