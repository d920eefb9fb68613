//! Past slots through the built program: kept, used, damaged, rebuilt.

use crate::common::{Ran, project, ran, simulator};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Six slots on each of six clear nights with a kiln of 60 MW and no other fire, and a site that keeps its past.
fn series() -> tempfile::TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let words = ["ahi-days", "--days", "6", "--slots", "100:106", "--fires-per-day", "0", "--cloud", "0", "--no-park"];
    let made = simulator(folder.path(), &[&words[..], &["--kiln", "60", "--out", &path("days")]].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(simulator(folder.path(), &["dem", "--out", &path("dem.tif")]).status.success());
    let site = folder.path().join("site");
    std::fs::create_dir(&site).expect("a folder");
    std::fs::copy(project().join("sites/haidong/counties.geojson"), site.join("counties.geojson")).expect("copied");
    let toml = "[layers]\ndem = '../dem.tif'\ndem_error_m = 5\n[baseline]\ndir = '../past'\n";
    std::fs::write(site.join("site.toml"), toml).expect("written");
    folder
}

fn day(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("days/202510{}", 10 + number))
}

fn scan(folder: &Path, days: &[usize]) -> Ran {
    let site = folder.join("site").display().to_string();
    let days: Vec<String> = days.iter().map(|number| day(folder, *number).display().to_string()).collect();
    let words = ["scan", "--all", "--site", &site];
    ran(&[&words[..], &days.iter().map(String::as_str).collect::<Vec<_>>()].concat())
}

/// Verdict, reason, confirmation and number of past slots of each fire pixel.
fn said(done: &Ran) -> Vec<(String, String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap_or("").to_string();
    let of = |fire: &Value| {
        let p = &fire["properties"];
        let slots = fire["baseline"]["slots"].as_u64().expect("past slots");
        (text(&p["verdict"]), text(&p["reason"]), text(&p["confirmation"]), slots)
    };
    done.features("fires.geojson").iter().map(of).collect()
}

#[test]
fn a_kiln_is_a_fire_at_first_and_usual_heat_after_five_nights() {
    let folder = series();
    let first = scan(folder.path(), &[0]);
    first.expect(0, &[]);
    let first = said(&first);
    // without any past the first look is provisional, or sure by itself; looks after it confirm each other
    assert!(first.len() >= 6 && first.iter().all(|(verdict, .., slots)| verdict == "kept" && *slots == 0), "{first:?}");
    assert!(first.iter().filter(|(_, _, confirmation, _)| confirmation == "confirmed").count() >= 5, "{first:?}");
    scan(folder.path(), &[1, 2, 3, 4]).expect(0, &[]);
    let last = scan(folder.path(), &[5]);
    last.expect(0, &[]);
    let last = said(&last);
    assert!(last.len() >= 6 && last.iter().all(|(_, reason, _, _)| reason == "usual_heat"), "{last:?}");
    assert!(last.iter().any(|(.., slots)| *slots == 30), "{last:?}");

    // half of a file: named, its slot does not count, everything else goes on; rebuilt from the granules
    let cut = folder.path().join("past/Himawari-9-simulated/2025-10-13/1720.slot");
    let whole = std::fs::read(&cut).expect("a slot");
    std::fs::write(&cut, &whole[..whole.len() / 2]).expect("written");
    let damaged = scan(folder.path(), &[5]);
    damaged.expect(3, &["1720.slot", "baseline rebuild"]);
    assert!(said(&damaged).iter().any(|(.., slots)| *slots == 29), "{:?}", said(&damaged));
    let site = folder.path().join("site").display().to_string();
    let rebuilt = ran(&["baseline", "rebuild", "--site", &site, &day(folder.path(), 3).display().to_string()]);
    assert!(rebuilt.list.contains("slots of 6 kept in"), "{}\n{}", rebuilt.list, rebuilt.log);
    assert!(std::fs::read(&cut).expect("a slot") == whole, "the rebuilt slot has other bytes");
    let mended = scan(folder.path(), &[5]);
    mended.expect(0, &[]);
    assert_eq!(said(&mended), last);
}

#[test]
fn without_a_folder_there_is_no_past_to_rebuild() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().display().to_string();
    ran(&["baseline", "rebuild", &input]).expect(2, &["baseline.dir", "site.toml"]);
}
