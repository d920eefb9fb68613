//! Screening of geostationary fires and the account of slots through the built program.

use crate::common::{Ran, project, ran, simulator};
use std::path::Path;

fn site(folder: &Path, name: &str, layers: &str) -> String {
    let site = folder.join(name);
    std::fs::create_dir(&site).expect("a folder");
    std::fs::copy(project().join("sites/haidong/counties.geojson"), site.join("counties.geojson")).expect("copied");
    let toml = format!("[detect]\nprofile = 'plateau'\n[layers]\ndem = '../dem.tif'\ndem_error_m = 5\n{layers}");
    std::fs::write(site.join("site.toml"), toml).expect("written");
    site.display().to_string()
}

fn slots(folder: &Path, start: &str, slots: &str) -> String {
    let path = |name: &str| folder.join(name).display().to_string();
    let words = ["ahi-days", "--start", start, "--days", "1", "--slots", slots, "--cloud", "0", "--kiln", "0"];
    let made = simulator(folder, &[&words[..], &["--fires-per-day", "0", "--out", &path("days")]].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(simulator(folder, &["dem", "--out", &path("dem.tif")]).status.success());
    path(&format!("days/{}", start.replace('-', "")))
}

fn said(done: &Ran) -> Vec<[String; 3]> {
    let of = |fire: &serde_json::Value| {
        ["verdict", "reason", "class"].map(|name| fire["properties"][name].as_str().unwrap_or("").to_string())
    };
    done.features("fires.geojson").iter().map(of).collect()
}

/// Panels of 36 degrees shine at Himawari in early September about 08:05 UTC (ALGORITHMS 8.4). The site that names its park drops
/// the light and says so on its list; the one that does not takes it for fire.
#[test]
fn the_glint_of_a_solar_park_is_no_fire_where_the_park_is_known() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let day = slots(folder.path(), "2025-09-05", "47:50");
    let knowing = site(folder.path(), "knowing", "solar_parks = '../days/parks.geojson'\n");
    let done = ran(&["scan", "--all", "--site", &knowing, &day]);
    done.expect(0, &[]);
    let fires = said(&done);
    assert!(!fires.is_empty() && fires.iter().all(|fire| *fire == ["dropped", "solar_glint", "solar"]), "{fires:?}");
    assert!(done.list.contains(&format!("光伏反光 {}", fires.len())), "{}", done.list);
    let blind = site(folder.path(), "blind", "");
    let done = ran(&["scan", "--all", "--site", &blind, &day]);
    done.expect(0, &[]);
    let taken = said(&done);
    assert_eq!(taken.len(), fires.len());
    assert!(taken.iter().all(|fire| *fire == ["kept", "", "unknown"]), "{taken:?}");
}

/// Slots 15 to 17 are 02:30, 02:40 and 02:50 UTC: the satellite keeps house in the second.
#[test]
fn a_planned_gap_is_not_a_missing_slot() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let day = slots(folder.path(), "2025-10-10", "15:20");
    for name in std::fs::read_dir(&day).expect("a folder").flatten().map(|entry| entry.path()) {
        if name.display().to_string().contains("_0300_") {
            std::fs::remove_file(&name).expect("removed");
        }
    }
    let site = site(folder.path(), "site", "");
    let done = ran(&["scan", "--site", &site, &day]);
    done.expect(0, &[]);
    let report = done.json("scan.json");
    let account = &report["slots"][0];
    assert_eq!((&account["satellite"], &account["looked"]), (&"Himawari-9".into(), &3.into()));
    assert_eq!(account["planned"], serde_json::json!(["2025-10-10T02:40:00Z"]));
    assert_eq!(account["absent"], serde_json::json!(["2025-10-10T03:00:00Z"]));
    assert!(done.list.contains("计划停测 1 次(2025-10-10 10:40)"), "{}", done.list);
    assert!(done.list.contains("缺 1 次(2025-10-10 11:00)"), "{}", done.list);
}
