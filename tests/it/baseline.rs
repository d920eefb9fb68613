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
    site_with_a_past(folder.path());
    folder
}

fn site_with_a_past(folder: &Path) {
    let site = folder.join("site");
    std::fs::create_dir(&site).expect("a folder");
    std::fs::copy(project().join("sites/haidong/counties.geojson"), site.join("counties.geojson")).expect("copied");
    let toml = "[layers]\ndem = '../dem.tif'\ndem_error_m = 5\n[baseline]\ndir = '../past'\n";
    std::fs::write(site.join("site.toml"), toml).expect("written");
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

/// Stray light that comes every night is in the past too: how much it is must be said all the same, on the first night and on the
/// sixth, within a kelvin and a half of what the simulator added. And a slot that claims to be of the future takes no past away.
#[test]
fn light_of_every_night_is_said_and_a_slot_of_the_future_takes_nothing_away() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let folder = folder.path();
    let path = |name: &str| folder.join(name).display().to_string();
    let words = ["ahi-days", "--slots", "84:88", "--fires-per-day", "0", "--cloud", "0", "--no-park", "--kiln", "0"];
    let made = simulator(folder, &[&words[..], &["--days", "6", "--out", &path("days")]].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(simulator(folder, &["dem", "--out", &path("dem.tif")]).status.success());
    site_with_a_past(folder);
    let truth: Value =
        serde_json::from_str(&std::fs::read_to_string(path("days/truth.json")).expect("a truth")).expect("JSON");
    let light = |time: &Value| {
        let slot = truth["slots"].as_array().expect("slots").iter().find(|slot| slot["time"] == *time).expect("a slot");
        slot["stray_light_k"].as_f64().expect("a number")
    };
    let nights = [scan(folder, &[0]), scan(folder, &[1, 2, 3, 4]), scan(folder, &[5])];
    for night in [&nights[0], &nights[2]] {
        night.expect(0, &[]);
        for granule in night.json("scan.json")["granules"].as_array().expect("granules") {
            let (said, added) = (granule["stray_kelvin"].as_f64().unwrap_or(0.0), light(&granule["time"]));
            assert!((said - added).abs() < 1.5, "{}: said {said}, added {added}", granule["time"]);
        }
    }
    assert!(nights[0].list.contains("4 次观测中 4 次缺少足够的往日资料"), "{}", nights[0].list);
    assert!(nights[2].list.contains("夜间杂散光") && !nights[2].list.contains("缺少"), "{}", nights[2].list);

    let future = ["ahi", "--segments", "2", "--time", "2099-01-01T14:00:00Z", "--cloud", "0", "--out", &path("future")];
    assert!(simulator(folder, &future).status.success());
    let before = kept(folder);
    let site = path("site");
    ran(&["scan", "--site", &site, &path("future")]).expect(0, &[]);
    assert_eq!(kept(folder).len(), before.len() + 1);
}

/// Slots in the past.
fn kept(folder: &Path) -> Vec<PathBuf> {
    let days = std::fs::read_dir(folder.join("past/Himawari-9-simulated")).expect("a past").flatten();
    let files = days.flat_map(|day| std::fs::read_dir(day.path()).expect("a day").flatten()).map(|file| file.path());
    files.filter(|path| path.extension().is_some_and(|kind| kind == "slot")).collect()
}

#[test]
fn without_a_folder_there_is_no_past_to_rebuild() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().display().to_string();
    ran(&["baseline", "rebuild", &input]).expect(2, &["baseline.dir", "site.toml"]);
}
