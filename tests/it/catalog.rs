//! testdata/CATALOG.toml: every file below testdata/ has an entry that says where it comes from and what it must give,
//! every entry has its file, and the files give what the entries say.

use crate::common::{Ran, project, ran};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    project().join("testdata")
}

fn entries() -> Vec<toml::Table> {
    let text = std::fs::read_to_string(folder().join("CATALOG.toml")).expect("the catalog");
    let catalog: toml::Table = text.parse().expect("TOML");
    let files = catalog["file"].as_array().expect("[[file]] entries");
    files.iter().map(|entry| entry.as_table().expect("a table").clone()).collect()
}

fn text<'a>(entry: &'a toml::Table, key: &str) -> &'a str {
    let value = entry.get(key).and_then(toml::Value::as_str).unwrap_or_default();
    assert!(!value.trim().is_empty(), "{key} is missing or empty in {entry}");
    value
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("listed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_file_has_an_entry_and_every_entry_a_file() {
    let relative = |path: PathBuf| {
        let path = path.strip_prefix(folder()).expect("below").to_path_buf();
        path.to_str().expect("UTF-8").replace('\\', "/")
    };
    let there: BTreeSet<String> =
        files_below(&folder()).into_iter().map(relative).filter(|name| name != "CATALOG.toml").collect();
    let entries = entries();
    let listed: BTreeSet<String> = entries.iter().map(|entry| text(entry, "path").to_string()).collect();
    assert_eq!(listed.len(), entries.len(), "a path is listed twice");
    assert_eq!(there, listed, "left: files, right: entries of CATALOG.toml");
}

#[test]
fn every_entry_is_whole_and_its_checksum_right() {
    for entry in entries() {
        for key in ["source", "license", "date", "gives"] {
            text(&entry, key);
        }
        let path = text(&entry, "path");
        let digest = Sha256::digest(std::fs::read(folder().join(path)).expect(path));
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, text(&entry, "sha256"), "{path}");
    }
}

fn import(format: &str, path: &str) -> Ran {
    let file = folder().join(path).display().to_string();
    ran(&["import", "--all", "--format", format, &file])
}

#[test]
fn every_list_gives_what_its_entry_says() {
    for entry in entries() {
        let Some(format) = entry.get("format").and_then(toml::Value::as_str) else {
            continue;
        };
        let count = |key: &str| entry[key].as_integer().expect("a number") as usize;
        let (path, fires, rejected) = (text(&entry, "path"), count("fires"), count("rejected"));
        let done = import(format, path);
        let code = match (fires, rejected) {
            (0, _) => 4,
            (_, 0) => 0,
            _ => 3,
        };
        done.expect(code, &[]);
        assert_eq!(done.features("fires.geojson").len(), fires, "{path}");
        if code == 3 {
            let report = done.json("scan.json");
            assert_eq!(report["errors"].as_array().expect("errors").len(), rejected, "{path}");
        }
    }
}

/// One property of every fire, by longitude or latitude (the lists are written in growing order of both).
fn column(done: &Ran, key: &str) -> Vec<String> {
    let mut fires = done.features("fires.geojson");
    fires.sort_by(|a, b| {
        let at = |fire: &serde_json::Value| fire["geometry"]["coordinates"][1].as_f64().expect("a number");
        at(a).total_cmp(&at(b))
    });
    fires.iter().map(|fire| fire["properties"][key].to_string().replace('"', "")).collect()
}

#[test]
fn every_form_of_time_and_confidence_is_understood() {
    let done = import("firms", "firms/accepted_forms.csv");
    let low_to_high = ["low", "nominal", "high"];
    assert_eq!(column(&done, "confidence"), low_to_high.repeat(3));
    assert!(column(&done, "time").iter().all(|time| time == "2023-11-09T06:59:00Z"));
    assert!(column(&done, "county").iter().all(|county| county == "平安区"), "{:?}", column(&done, "county"));
    let sensors = ["VIIRS"; 6].into_iter().chain(["MODIS"; 3]).collect::<Vec<_>>();
    assert_eq!(column(&done, "sensor"), sensors);
    assert_eq!(column(&done, "frp_mw").last().map(String::as_str), Some("null"));
    assert_eq!(column(&done, "confidence_pct")[6..], ["0.0", "50.0", "100.0"]);
}

#[test]
fn the_other_lists_give_their_values() {
    let seven = import("cspp-af", "cspp/AFIMG_j01_d20231109_t0659000_seven.txt");
    assert_eq!(column(&seven, "satellite"), ["NOAA-20"; 3]);
    assert_eq!(column(&seven, "confidence"), ["low", "nominal", "high"]);
    assert_eq!(column(&seven, "time"), ["2023-11-09T06:59:00Z"; 3]);
    assert_eq!(column(&seven, "frp_mw"), ["4.678", "5.678", "6.678"]);
    let eight = import("cspp-af", "cspp/AFIMG_j02_d20231109_t0659000_eight.txt");
    assert_eq!(column(&eight, "satellite"), ["NOAA-21"; 2]);
    assert_eq!(column(&eight, "class"), ["unknown", "industrial"]);
    // 2.5 W m-2 times 4 km2
    let wlf = import("wlf", "wlf/H09_20231109_0650_L2WLF010_FLDK.06001_06001.csv");
    assert_eq!(column(&wlf, "frp_mw"), ["10.0"; 3]);
    assert_eq!(column(&wlf, "confidence"), ["low", "nominal", "high"]);
    assert_eq!(column(&wlf, "satellite"), ["Himawari-9"; 3]);
}
