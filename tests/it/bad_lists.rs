//! Damaged lists, wrong site packs, wrong options and outputs out of reach, through the built program.

use crate::common::{Ran, bands, project, ran, slot, strawfire};
use std::path::Path;

const HEADER: &str = "latitude,longitude,bright_ti4,acq_date,acq_time,satellite,confidence,frp";
const GOOD: &str = "36.5,102.1,331.6,2023-11-09,0659,N20,nominal,4.8";

fn import(format: &str, name: &str, content: &[u8]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("written");
    ran(&["import", "--all", "--format", format, &path.display().to_string()])
}

/// Never a point at 0, 0, kept or dropped.
fn no_null_island(done: &Ran) {
    for fire in done.features("fires.geojson") {
        let at = &fire["geometry"]["coordinates"];
        let near_zero = |i: usize| at[i].as_f64().expect("a number").abs() < 1.0;
        assert!(!(near_zero(0) && near_zero(1)), "{fire}");
    }
}

#[test]
fn a_list_without_a_column_is_refused_by_name() {
    for column in ["latitude", "longitude", "acq_date", "acq_time"] {
        let header = HEADER.replace(column, "other");
        let done = import("firms", "list.csv", format!("{header}\n{GOOD}\n").as_bytes());
        let missing = format!("no column {column}");
        done.expect(4, &["list.csv", &missing, "expected FIRMS CSV", "check that"]).listed(&["list.csv", &missing]);
        assert!(done.features("fires.geojson").is_empty());
    }
}

#[test]
fn a_line_without_a_place_costs_itself() {
    let bad = [
        (",102.1,331.6,2023-11-09,0659,N20,nominal,4.8", "no latitude"),
        ("36.5,,331.6,2023-11-09,0659,N20,nominal,4.8", "no longitude"),
        ("96.5,102.1,331.6,2023-11-09,0659,N20,nominal,4.8", "off the earth"),
        ("36.5,542.1,331.6,2023-11-09,0659,N20,nominal,4.8", "off the earth"),
        ("nan,nan,331.6,2023-11-09,0659,N20,nominal,4.8", "no longitude"),
        ("36.5,102.1,331.6,2023-11-09,2561,N20,nominal,4.8", "no moment"),
    ];
    for (line, said) in bad {
        let done = import("firms", "list.csv", format!("{HEADER}\n{GOOD}\n{line}\n").as_bytes());
        done.expect(3, &["list.csv line 3", said, "left out"]).listed(&["line 3", said]);
        assert_eq!(done.features("fires.geojson").len(), 1, "{line}");
        no_null_island(&done);
        let alone = import("firms", "list.csv", format!("{HEADER}\n{line}\n").as_bytes());
        alone.expect(4, &["list.csv", "line 2", said]).listed(&["line 2"]);
        assert!(alone.features("fires.geojson").is_empty());
    }
}

#[test]
fn empty_and_binary_lists_are_refused() {
    for (format, name) in [("firms", "a.csv"), ("wlf", "H09_a.csv"), ("cspp-af", "AFIMG_a.txt")] {
        let empty = import(format, name, b"");
        empty.expect(4, &[name, "found", "expected", "again"]).listed(&[name]);
        let binary: Vec<u8> = (0..200_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let done = import(format, name, &binary);
        done.expect(4, &[name, "found", "expected"]).listed(&[name]);
        no_null_island(&done);
        let zeros = import(format, name, &[0; 100_000]);
        zeros.expect(4, &[name, "expected"]);
        no_null_island(&zeros);
    }
}

#[test]
fn a_list_of_another_format_is_no_list_without_fires() {
    let firms = format!("{HEADER}\n{GOOD}\n");
    import("wlf", "list.csv", firms.as_bytes()).expect(4, &["list.csv", "expected"]);
    import("cspp-af", "list.csv", firms.as_bytes()).expect(4, &["list.csv", "expected"]);
    let folder = tempfile::tempdir().expect("a folder");
    let absent = folder.path().join("absent.csv").display().to_string();
    ran(&["import", "--format", "firms", &absent]).expect(4, &["absent.csv", "cannot be read", "check the path"]);
    ran(&["import", "--format", "fax", &absent]).expect(2, &["--format", "fax", "firms, wlf, cspp-af"]);
}

/// Fires stay; what cannot be of them is told, and the list says that nothing is known of what was looked at.
#[test]
fn what_cannot_be_of_a_fire_is_told() {
    let cases = [
        ("36.5,102.1,58.0,2023-11-09,0659,N20,nominal,4.8", "58 K cannot be"),
        ("36.5,102.1,331.6,2023-11-09,0659,N20,nominal,-4.8", "-4.8 MW cannot be"),
        ("36.5,102.1,331.6,2023-11-09,0659,N20,nominal,NaN", "is no number"),
        ("36.5,102.1,331.6,2999-11-09,0659,N20,nominal,4.8", "more than a day in the future"),
    ];
    for (line, said) in cases {
        let done = import("firms", "list.csv", format!("{HEADER}\n{GOOD}\n{line}\n").as_bytes());
        done.expect(3, &["list.csv line 3", said, "kept"]).listed(&["line 3", said]);
        // a line of the same place and time is the same fire
        let fires = if said.contains("future") { 2 } else { 1 };
        assert_eq!(done.features("fires.geojson").len(), fires, "{line}");
        assert!(
            done.list.contains("未列出不等于无火") && done.list.matches("坐标系 WGS84").count() == 1,
            "{}",
            done.list
        );
    }
}

#[test]
fn a_list_in_utf_16_is_called_so_and_no_count_is_given() {
    let text: Vec<u8> = format!("{HEADER}\n{GOOD}\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for mark in [&b"\xFF\xFE"[..], b""] {
        let done = import("firms", "list.csv", &[mark, &text].concat());
        done.expect(4, &["list.csv", "UTF-16", "save it as CSV UTF-8"]);
        assert!(
            done.list.contains("未能读取任何资料, 不能说明有无火点") && !done.list.contains("共 0 处"),
            "{}",
            done.list
        );
    }
}

#[test]
fn one_bad_list_does_not_cost_the_good_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let (good, bad) = (folder.path().join("good.csv"), folder.path().join("bad.csv"));
    std::fs::write(&good, format!("{HEADER}\n{GOOD}\n")).expect("written");
    std::fs::write(&bad, b"").expect("written");
    let done = ran(&["import", "--format", "firms", &bad.display().to_string(), &good.display().to_string()]);
    done.expect(3, &["bad.csv"]).listed(&["bad.csv"]);
    assert_eq!(done.features("fires.geojson").len(), 1);
}

/// A site pack with these files; `None`: no such file.
fn pack(toml: Option<&str>, counties: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("site.toml", toml), ("counties.geojson", counties)] {
        if let Some(text) = text {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
    }
    folder
}

const SQUARE: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature",
    "properties":{"adcode":630299,"name":"方县"},
    "geometry":{"type":"Polygon","coordinates":[[[102,36],[103,36],[103,37],[102,37],[102,36]]]}}]}"#;

#[test]
fn a_wrong_site_pack_is_told_before_anything_is_written() {
    let off_earth = SQUARE.replace("[103,37]", "[103,97]");
    let cases: [(Option<&str>, Option<&str>, &[&str]); 6] = [
        (None, Some(SQUARE), &["a folder without site.toml", "--site", "sites/haidong"]),
        (Some(""), None, &["counties.geojson", "no readable file", "`counties`"]),
        (Some("[detect]\nprofil = 'x'\n"), Some(SQUARE), &["site.toml", "detect.profil", "detect.profile"]),
        (Some("name = \n"), Some(SQUARE), &["site.toml", "line 1"]),
        (Some(""), Some(&off_earth), &["counties.geojson", "feature 1", "103, 97 off the earth"]),
        (Some("[detect]\nprofile = 'bold'\n"), Some(SQUARE), &["detect.profile", "bold", "plateau"]),
    ];
    let input = slot().display().to_string();
    for (toml, counties, said) in cases {
        let site = pack(toml, counties);
        let name = site.path().display().to_string();
        for command in [&["scan"][..], &["import", "--format", "firms"][..]] {
            let mut arguments = command.to_vec();
            arguments.extend(["--site", &name, &input]);
            let done = ran(&arguments);
            done.expect(2, said);
            assert!(!done.out.exists(), "nothing is written");
        }
    }
    ran(&["scan", "--site", "/nonexistent/site", &input]).expect(2, &["/nonexistent/site", "no such folder", "--site"]);
}

#[test]
fn wrong_options_are_usage() {
    let input = slot().display().to_string();
    ran(&["scan", "--profile", "bold", &input]).expect(2, &["--profile", "bold", "reference, sensitive or plateau"]);
    ran(&["scan", "--colour", &input]).expect(2, &["--colour"]);
    ran(&["scan", "--threads", "0", &input]).expect(2, &["--threads", "found 0", "a number from 1"]);
    ran(&["scan", "--threads", "many", &input]).expect(2, &["--threads", "many"]);
    ran(&["scan", "--region", "some", &input]).expect(2, &["--region", "none"]);
    ran(&["scan"]).expect(2, &["INPUT"]);
    ran(&["import", "list.csv"]).expect(2, &["--format"]);
    ran(&["burn"]).expect(2, &["burn"]);
    ran(&[]).expect(2, &["Usage"]);
    assert_eq!(ran(&["--version"]).code, 0);
    assert_eq!(ran(&["scan", "--help"]).code, 0);
}

fn into(out: &Path) -> (Option<i32>, String) {
    let folder = bands(&[7, 14]);
    let (input, out) = (folder.path().display().to_string(), out.display().to_string());
    let output = strawfire(project(), &["scan", "--out", &out, &input]);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn an_output_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("taken");
    std::fs::write(&file, "mine").expect("written");
    for out in [file.clone(), file.join("below")] {
        let (code, log) = into(&out);
        assert_eq!(code, Some(5), "{log}");
        assert!(log.contains("taken") && log.contains("cannot be written") && log.contains("another folder (--out"));
    }
    assert_eq!(std::fs::read(&file).expect("there"), b"mine");
    // a name that is needed is a folder with something in it
    let out = folder.path().join("out");
    std::fs::create_dir_all(out.join("hotspots.csv/inside")).expect("made");
    let (code, log) = into(&out);
    assert_eq!(code, Some(5), "{log}");
    assert!(log.contains("hotspots.csv: cannot be written"), "{log}");
    assert!(no_temporary(&out));
}

/// Not even root may make folders in /proc.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let (code, log) = into(Path::new("/proc/strawfire"));
    assert_eq!(code, Some(5), "{log}");
    assert!(log.contains("/proc/strawfire") && log.contains("cannot be written"), "{log}");
}

fn no_temporary(folder: &Path) -> bool {
    let mut names = std::fs::read_dir(folder).expect("listed").map(|entry| entry.expect("an entry").file_name());
    names.all(|name| !name.to_string_lossy().starts_with('.'))
}

/// A run that was killed leaves its temporary file; the next one takes it away, and no file of ours is half.
#[test]
fn what_a_killed_run_left_is_taken_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    std::fs::create_dir(&out).expect("made");
    std::fs::write(out.join(".fires.geojson.99999.part"), "{\"type\":").expect("written");
    std::fs::create_dir(out.join(".run.99999.part")).expect("made");
    std::fs::write(out.join(".run.99999.part/fires.geojson"), "{\"type\":").expect("written");
    let (code, log) = into(&out);
    assert_eq!(code, Some(0), "{log}");
    assert!(no_temporary(&out));
}

/// A mistyped name, or a list that is none, must not make a list of fires one without; where there is no earlier result, the list
/// itself says that it lacks something.
#[test]
fn a_run_that_reads_nothing_leaves_the_earlier_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, fresh) = (folder.path().join("out"), folder.path().join("fresh"));
    assert_eq!(into(&out).0, Some(0));
    let held = || {
        let files = std::fs::read_dir(&out).expect("listed").map(|entry| entry.expect("an entry").path());
        files
            .map(|path| (path.clone(), std::fs::read(path).expect("read")))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    let before = held();
    let list = folder.path().join("empty.csv");
    std::fs::write(&list, "").expect("written");
    let list = list.display().to_string();
    for words in [&["scan", "no_such_*.bz2"][..], &["import", "--format", "firms", &list]] {
        let run = |out: &Path| strawfire(project(), &[words, &["--out", &out.display().to_string()]].concat());
        let done = run(&out);
        let log = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.code() == Some(4) && log.contains("stay as they were"), "{log}");
        assert!(held() == before, "{words:?}");
        let done = run(&fresh);
        let told = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.code() == Some(4) && told.contains("1 处输入无法读取"), "{told}");
        std::fs::remove_dir_all(&fresh).expect("removed");
    }
}

/// Lists whose lines cannot be told apart must not read as a list without fires.
#[test]
fn line_ends_of_another_kind_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = folder.path().join("old.csv");
    std::fs::write(&list, "latitude,longitude,acq_date,acq_time\r36.5,102.1,2023-11-09,0425\r").expect("written");
    ran(&["import", "--format", "firms", &list.display().to_string()]).expect(4, &["old.csv", "CR alone", "convert"]);
}

/// Longitudes past 180 would be folded into a band round the earth.
#[test]
fn a_county_beyond_180_degrees_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("site.toml"), "name = \"x\"\n").expect("written");
    let ring = "[[179,-17],[181,-17],[181,-16],[179,-16],[179,-17]]";
    let counties = format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"adcode":"1","name":"x"}},
        "geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}"#
    );
    std::fs::write(folder.path().join("counties.geojson"), counties).expect("written");
    let site = folder.path().display().to_string();
    ran(&["scan", "--site", &site, "nothing"]).expect(2, &["counties.geojson", "181", "split the polygon"]);
}
