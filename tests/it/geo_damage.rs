//! Damage while terrain and the time baseline are on: segments that are absent, cut or changed, runs that are killed,
//! a disk that is full. The fires of the rest are listed, and no slot file is half or of what was not seen.

use crate::common::{Ran, SmallDisk, project, ran, simulator};
use crate::geo_scan::{FY4B, GK2A, Imager};
use crate::swath_common::{files, linked, name_of, own};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use strawfire::history::Slot;
use tempfile::TempDir;

/// A fire of 200 MW north of the 36.3 N that a cut leaves, and one south of it.
const NORTH: &str = "--fire=102.05,36.85,800,8611";
const SOUTH: &str = "--fire=102.45,35.75,800,8611";

fn made(folder: &Path, words: &[&str]) {
    let made = simulator(folder, words);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A folder with elevation and a site that keeps its past.
fn place() -> TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    made(folder.path(), &["dem", "--out", &folder.path().join("dem.tif").display().to_string()]);
    site(folder.path(), "past");
    folder
}

fn site(folder: &Path, past: &str) -> PathBuf {
    let site = folder.join(format!("site-{past}"));
    std::fs::create_dir_all(&site).expect("a folder");
    std::fs::copy(project().join("sites/haidong/counties.geojson"), site.join("counties.geojson")).expect("copied");
    let toml = format!("[layers]\ndem = '../dem.tif'\ndem_error_m = 5\n[baseline]\ndir = '../{past}'\n");
    std::fs::write(site.join("site.toml"), toml).expect("written");
    site
}

/// A slot of segment 2, which holds the site, and of segment 3.
fn ahi(folder: &Path, more: &[&str]) -> PathBuf {
    let slot = folder.join("slot");
    let out = slot.display().to_string();
    let words = ["ahi", "--bands", "7,13,14", "--segments", "2,3", "--cloud", "0", "--time", "2025-10-20T17:30:00Z"];
    made(folder, &[&words[..], &[NORTH, SOUTH, "--out", &out], more].concat());
    slot
}

fn scan(folder: &Path, slot: &Path) -> Ran {
    let site = folder.join("site-past").display().to_string();
    ran(&["scan", "--site", &site, &slot.display().to_string()])
}

/// All slot files below a folder, sound by their seal.
fn kept(past: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![past.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "slot") {
                let bytes = std::fs::read(&path).expect("bytes");
                Slot::from_bytes(&path, &bytes).expect("a sound slot");
                found.push((path.strip_prefix(past).expect("below").to_path_buf(), bytes));
            }
        }
    }
    found.sort();
    found
}

/// Share of a county that no look could tell anything of.
fn missing(done: &Ran, county: &str) -> f64 {
    let report = done.json("scan.json");
    let counties = report["granules"][0]["counties"].as_array().expect("counties").clone();
    let found = counties.iter().find(|c| c["name"] == county).expect(county);
    found["missing_fraction"].as_f64().expect("a share")
}

fn of_band(band: u8, segment: u8) -> String {
    format!("B{band:02}_FLDK_R20_S{segment:02}10")
}

/// Where a segment of the site's band is cut: its 456th line, in the picture line 1005, is 36.2 N on the ellipsoid.
fn cut_through_the_site(path: &Path) {
    let whole = std::fs::read(path).expect("bytes");
    let header = whole.len() - 550 * 5500 * 2;
    std::fs::write(path, &whole[..header + 456 * 5500 * 2]).expect("written");
}

#[test]
fn a_cut_segment_keeps_the_fires_before_the_cut() {
    let folder = place();
    let slot = ahi(folder.path(), &[]);
    let whole = scan(folder.path(), &slot);
    whole.expect(0, &[]);
    let counties = |done: &Ran| -> Vec<String> {
        let all = done.features("events.geojson");
        all.iter().map(|event| event["properties"]["county"].as_str().unwrap_or("").to_string()).collect()
    };
    assert_eq!(counties(&whole).len(), 2, "{}", whole.list);
    std::fs::remove_dir_all(folder.path().join("past")).expect("removed");
    cut_through_the_site(&own(&slot, &of_band(7, 2)));
    let done = scan(folder.path(), &slot);
    done.expect(3, &[&of_band(7, 2), "fetch"]).listed(&[&of_band(7, 2)]);
    assert_eq!(counties(&done), ["互助土族自治县"]);
    assert!(missing(&done, "循化撒拉族自治县") > 0.99 && missing(&done, "互助土族自治县") < 0.01, "{}", done.list);
    assert!(done.list.contains("未有效观测"), "{}", done.list);
    assert_eq!(kept(&folder.path().join("past")).len(), 1);
}

#[test]
fn a_segment_that_was_not_delivered_is_not_observed() {
    let folder = place();
    let slot = ahi(folder.path(), &[]);
    // the segment beside the site's: its halo is gone, its fires are not
    std::fs::remove_file(slot.join(format!("HS_H09_20251020_1730_{}.DAT", of_band(7, 3)))).expect("removed");
    let done = scan(folder.path(), &slot);
    done.expect(0, &[]);
    assert_eq!(done.features("events.geojson").len(), 2, "{}", done.list);
    assert_eq!(kept(&folder.path().join("past")).len(), 1);
    // the window band of the site: another serves
    std::fs::remove_file(slot.join(format!("HS_H09_20251020_1730_{}.DAT", of_band(14, 2)))).expect("removed");
    let done = scan(folder.path(), &slot);
    done.expect(0, &[]);
    assert_eq!((done.features("events.geojson").len(), done.tir_band().as_str()), (2, "B13"), "{}", done.log);
    assert_eq!(kept(&folder.path().join("past")).len(), 1);
    // the site's own
    std::fs::remove_dir_all(folder.path().join("past")).expect("removed");
    std::fs::remove_file(slot.join(format!("HS_H09_20251020_1730_{}.DAT", of_band(7, 2)))).expect("removed");
    let done = scan(folder.path(), &slot);
    println!(
        "no MIR of the site: exit {}, {} slots kept: {}",
        done.code,
        kept(&folder.path().join("past")).len(),
        done.log
    );
    done.nothing_was_observed();
}

/// Segments are delivered in bzip2, whose checksum knows every byte; the plain form has none.
#[test]
fn a_changed_byte_costs_its_file_alone() {
    let folder = place();
    let slot = ahi(folder.path(), &["--bz2"]);
    for (band, fires) in [(14, 2), (7, 0)] {
        let _ = std::fs::remove_dir_all(folder.path().join("past"));
        let path = own(&slot, &of_band(band, 2));
        let whole = std::fs::read(&path).expect("bytes");
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        std::fs::write(&path, bytes).expect("written");
        let done = scan(folder.path(), &slot);
        std::fs::write(&path, whole).expect("written");
        assert!([3, 4].contains(&done.code), "{}: {}", done.code, done.log);
        done.listed(&[&of_band(band, 2)]);
        assert_eq!(done.features("events.geojson").len(), fires, "{}", done.list);
        if fires == 0 {
            done.nothing_was_observed();
        } else {
            assert_eq!((done.code, kept(&folder.path().join("past")).len()), (3, 1));
        }
    }
}

/// Cut in the middle: the band that is left serves or the slot is not observed; what is kept is sound.
#[test]
fn cut_files_of_other_satellites_leave_no_false_past() {
    let folder = place();
    let cases: [(Imager, &str); 4] = [(FY4B, "2000M"), (FY4B, "4000M"), (GK2A, "sw038"), (GK2A, "ir112")];
    for (imager, part) in cases {
        let _ = std::fs::remove_dir_all(folder.path().join("past"));
        let slot = linked(&imager.slot(true), |name| !name.ends_with(".json"));
        let path = own(slot.path(), part);
        let whole = std::fs::read(&path).expect("bytes");
        std::fs::write(&path, &whole[..whole.len() / 2]).expect("written");
        let done = scan(folder.path(), slot.path());
        assert!([3, 4].contains(&done.code), "{part}: {} {}", done.code, done.log);
        done.listed(&[part]);
        let (fires, kept) = (done.features("fires.geojson").len(), kept(&folder.path().join("past")).len());
        println!("{part} cut in the middle: exit {}, {fires} fire pixels, {kept} slots kept", done.code);
        assert!((done.code == 4) == (fires == 0) && kept == usize::from(fires > 0), "{part}: {}", done.log);
        if fires == 0 {
            done.nothing_was_observed();
        }
    }
}

/// Killed in the middle of many slots: none is half under its own name, and the next run ends as an undisturbed one.
#[test]
fn a_killed_run_is_made_good_by_the_next() {
    let folder = place();
    let days = folder.path().join("days");
    let words =
        ["ahi-days", "--days", "2", "--slots", "98:108", "--fires-per-day", "0", "--cloud", "0", "--kiln", "60"];
    made(
        folder.path(),
        &[&words[..], &["--no-park", "--bands", "7,14", "--out", &days.display().to_string()]].concat(),
    );
    let input: Vec<String> = ["20251010", "20251011"].map(|day| days.join(day).display().to_string()).to_vec();
    let run = |past: &str| {
        let site = site(folder.path(), past).display().to_string();
        ran(&["scan", "--all", "--site", &site, &input[0], &input[1]])
    };
    let undisturbed = run("calm");
    undisturbed.expect(0, &[]);
    let calm = kept(&folder.path().join("calm"));
    assert_eq!(calm.len(), 20);
    let past = folder.path().join("torn");
    for enough in [1, 8] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_strawfire"))
            .args(["scan", "--all", "--site"])
            .arg(site(folder.path(), "torn"))
            .args(&input)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let start = std::time::Instant::now();
        while kept(&past).len() < enough && start.elapsed().as_secs() < 120 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        let left = kept(&past);
        println!("killed with {} slots kept", left.len());
        assert!(left.len() < calm.len(), "the run was over before it was killed");
        assert!(left.iter().all(|slot| calm.contains(slot)));
        std::fs::remove_dir_all(&past).expect("removed");
        for (name, bytes) in left {
            let path = past.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, bytes).expect("written");
        }
    }
    let again = run("torn");
    again.expect(0, &[]);
    assert!(kept(&past) == calm, "slots differ");
    let fires = |done: &Ran| std::fs::read(done.out.join("fires.geojson")).expect("fires");
    assert!(fires(&again) == fires(&undisturbed), "fires differ");
}

#[test]
fn a_full_disk_costs_the_slot_file_and_not_the_fires() {
    let folder = place();
    let slot = ahi(folder.path(), &[]);
    let past = folder.path().join("past");
    let Some(_small) = SmallDisk::at(&past, 8192) else { return };
    let done = scan(folder.path(), &slot);
    println!("full disk: exit {}: {}", done.code, done.log);
    done.expect(3, &["past/Himawari-9-simulated/2025-10-20/1730.slot", "No space left"]).listed(&["1730.slot"]);
    assert_eq!(done.features("events.geojson").len(), 2, "{}", done.list);
    assert!(kept(&past).is_empty());
    let left: Vec<String> = files(&past.join("Himawari-9-simulated/2025-10-20")).iter().map(|p| name_of(p)).collect();
    assert!(left.is_empty(), "{left:?}");
}
