//! Damaged, missing and mixed-up satellite files through the built program: each is named with what was found and what
//! to do, what was readable is written, and what was not seen is never called free of fire.

use crate::common::{Ran, bands, bytes, name, ran, scan, shared, slot};
use crate::hsd_bytes;
use std::io::Read;
use std::path::{Path, PathBuf};
use strawfire::ingest::{self, Extent, granule};
use strawfire::place::LonLatBox;
use strawfire::scene::BandRole;

const WILDFIRE: &str = "goes17-kincade-2019/L1b_RadM1_wildfire_20191027T2000";

#[test]
fn without_the_mir_band_nothing_can_be_seen() {
    let folder = bands(&[14, 15]);
    scan(folder.path(), &[])
        .expect(4, &["HS_H09_FLDK_20251020_0530", "[14, 15]", "band 7 (3.9 um", "add the files"])
        .listed(&["band 7 (3.9 um"])
        .nothing_was_observed();
}

#[test]
fn without_the_11_um_band_another_window_serves_and_says_so() {
    for (numbers, serves) in [([7, 13, 15], "B13"), ([7, 15, 15], "B15"), ([7, 13, 14], "B14")] {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        for band in numbers {
            std::fs::copy(slot().join(name(band)), folder.path().join(name(band))).expect("copied");
        }
        let done = scan(folder.path(), &[]);
        done.expect(0, &[]);
        assert_eq!(done.tir_band(), serves);
        let fires = done.features("fires.geojson");
        assert!(!fires.is_empty() && fires.iter().all(|fire| fire["properties"]["tir_band"] == serves));
    }
}

/// 12 um lies there too, read for the cloud tests: it must not push in before 10.4 um.
#[test]
fn a_damaged_11_um_file_is_named_and_the_next_window_serves() {
    let folder = bands(&[7, 13, 15]);
    std::fs::write(folder.path().join(name(14)), b"").expect("written");
    let done = scan(folder.path(), &[]);
    done.expect(3, &[&name(14), "0 bytes", "fetch"]).listed(&[&name(14)]);
    assert_eq!(done.tir_band(), "B13");
    assert!(!done.features("fires.geojson").is_empty());
}

#[test]
fn without_any_window_band_the_granule_is_refused() {
    let absent = bands(&[7]);
    scan(absent.path(), &[])
        .expect(4, &["HS_H09_FLDK_20251020_0530", "[7]", "band 14 (11.2 um) or another window band"])
        .listed(&["window band"])
        .nothing_was_observed();
    let damaged = bands(&[7]);
    std::fs::write(damaged.path().join(name(14)), b"").expect("written");
    scan(damaged.path(), &[]).expect(4, &[&name(14), "0 bytes"]).listed(&[&name(14)]).nothing_was_observed();
}

/// Files of the real scene of these bands, in a folder of their own.
fn goes(numbers: &[u8]) -> Option<(tempfile::TempDir, Vec<PathBuf>)> {
    let source = shared(WILDFIRE)?;
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = Vec::new();
    for band in numbers {
        let wanted = format!("C{band:02}_");
        let entries = std::fs::read_dir(&source).expect("a folder");
        let path = entries
            .map(|entry| entry.expect("an entry").path())
            .find(|path| path.display().to_string().contains(&wanted))
            .expect("the band");
        let target = folder.path().join(path.file_name().expect("a name"));
        std::fs::write(&target, std::fs::read(&path).expect("read")).expect("written");
        files.push(target);
    }
    Some((folder, files))
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name")
}

#[test]
fn the_real_scene_works_with_another_window_band() {
    for (numbers, serves) in [(&[7, 13, 15][..], "C13"), (&[7, 15, 16][..], "C15"), (&[7, 12, 16][..], "C12")] {
        let Some((folder, _)) = goes(numbers) else { return };
        let done = scan(folder.path(), &["--region", "none"]);
        done.expect(0, &[]);
        assert_eq!(done.tir_band(), serves);
        assert!(done.features("fires.geojson").len() > 10, "{serves}");
    }
    let Some((folder, _)) = goes(&[5, 6, 7]) else { return };
    scan(folder.path(), &["--region", "none"])
        .expect(4, &["ABI-L1b-RadM1-M6_G17", "[5, 6, 7]", "window band"])
        .listed(&["window band"])
        .nothing_was_observed();
    let Some((folder, _)) = goes(&[13, 14]) else { return };
    scan(folder.path(), &["--region", "none"]).expect(4, &["band 7 (3.9 um"]).nothing_was_observed();
}

#[test]
fn a_real_file_that_is_cut_is_named() {
    let Some((folder, files)) = goes(&[7, 13, 14]) else {
        return;
    };
    let whole: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).expect("read")).collect();
    for share in [0.01, 0.5, 0.99] {
        let cut = |at: usize| whole[at].get(..(whole[at].len() as f64 * share) as usize).expect("shorter");
        std::fs::write(&files[2], cut(2)).expect("written");
        let done = scan(folder.path(), &["--region", "none"]);
        done.expect(3, &[file_name(&files[2]), "cut short", "fetch the file again"]).listed(&[file_name(&files[2])]);
        assert_eq!(done.tir_band(), "C13");
        assert!(done.features("fires.geojson").len() > 10);
        std::fs::write(&files[2], &whole[2]).expect("written");
        std::fs::write(&files[0], cut(0)).expect("written");
        scan(folder.path(), &["--region", "none"])
            .expect(4, &[file_name(&files[0]), "cut short", "fetch the file again"])
            .listed(&[file_name(&files[0])])
            .nothing_was_observed();
        std::fs::write(&files[0], &whole[0]).expect("written");
    }
}

#[test]
fn a_real_file_under_a_wrong_name_is_named() {
    let Some((folder, files)) = goes(&[7, 13]) else { return };
    // band 13's content under band 14's name, and another look's content under this look's name
    let renamed = folder.path().join(file_name(&files[1]).replace("C13", "C14"));
    std::fs::copy(&files[1], &renamed).expect("copied");
    let done = scan(folder.path(), &["--region", "none"]);
    done.expect(3, &[file_name(&renamed), "band_id 13", "band_id 14 as in its name"]);
    assert_eq!(done.tir_band(), "C13");
    std::fs::remove_file(&renamed).expect("removed");
    for file in &files {
        let later = file_name(file).replace("s20193002000275", "s20193002100275");
        std::fs::rename(file, folder.path().join(later)).expect("renamed");
    }
    scan(folder.path(), &["--region", "none"])
        .expect(4, &["s20193002100275", "time_coverage_start", "2019-10-27T20:00:27", "fetch"])
        .nothing_was_observed();
}

/// Quality 3 is "no value" (GOES-R Product Definition, ABI L1b DQF).
#[test]
fn a_real_scene_without_any_value_is_read_and_not_observed() {
    for (emptied, serves) in [(0, "C14"), (2, "C13")] {
        let Some((folder, files)) = goes(&[7, 13, 14]) else {
            return;
        };
        {
            let mut file = netcdf::append(&files[emptied]).expect("opens");
            let mut flags = file.variable_mut("DQF").expect("flags");
            flags.put_values(&vec![3_i8; 500 * 500], ..).expect("written");
        }
        let done = scan(folder.path(), &["--region", "none"]);
        done.expect(0, &[]).nothing_was_observed();
        assert_eq!(done.tir_band(), serves);
        let pixels = done.json("scan.json")["granules"][0]["pixels"].clone();
        assert_eq!(emptied == 0, pixels["missing"] == 250_000, "{pixels}");
        assert_eq!(emptied == 0, done.features("fires.geojson").is_empty());
    }
}

#[test]
fn text_under_the_names_of_satellite_files_is_told() {
    let goes_name = "OR_ABI-L1b-RadM1-M6C07_G17_s20193002000275_e20193002000344_c20193002000390.nc";
    let hsd_names = [name(7), format!("{}.bz2", name(7))];
    for file in hsd_names.iter().map(String::as_str).chain([goes_name]) {
        let folder = tempfile::tempdir().expect("a folder");
        let page = "<html>403 Forbidden: please log in</html>\n".repeat(200);
        std::fs::write(folder.path().join(file), &page).expect("written");
        std::fs::write(folder.path().join(file.replace("C07", "C14").replace("B07", "B14")), page).expect("written");
        scan(folder.path(), &[])
            .expect(4, &[file, "found", "expected", "fetch"])
            .listed(&[file])
            .nothing_was_observed();
    }
}

#[test]
fn empty_files_are_told() {
    let folder = bands(&[14]);
    std::fs::write(folder.path().join(name(7)), b"").expect("written");
    scan(folder.path(), &[])
        .expect(4, &[&name(7), "0 bytes", "fetch the file again"])
        .listed(&[&name(7), "0 bytes"])
        .nothing_was_observed();
    let folder = tempfile::tempdir().expect("a folder");
    let goes_name = "OR_ABI-L1b-RadM1-M6C07_G17_s20193002000275_e20193002000344_c20193002000390.nc";
    std::fs::write(folder.path().join(goes_name), b"").expect("written");
    scan(folder.path(), &[]).expect(4, &[goes_name, "0 bytes"]).nothing_was_observed();
}

/// Share of the counties' pixels that were seen.
fn observed(done: &Ran) -> Vec<f64> {
    let report = done.json("scan.json");
    let counties = report["granules"][0]["counties"].as_array().expect("counties").clone();
    counties.iter().map(|c| c["observed_fraction"].as_f64().expect("a number")).collect()
}

/// Line 440 of the 550 of the segment lies in the middle of Haidong (the fires are in lines 428 and 441).
#[test]
fn a_cut_segment_gives_its_first_lines_and_no_more() {
    let header = bytes(7).len() - 550 * 5500 * 2;
    for cut_band in [7, 14] {
        let folder = bands(if cut_band == 7 { &[14] } else { &[7] });
        let whole = bytes(cut_band);
        std::fs::write(folder.path().join(name(cut_band)), &whole[..header + 435 * 11_000 + 77]).expect("written");
        let done = scan(folder.path(), &[]);
        done.expect(3, &[&name(cut_band), "line 435 of 550", "fetch the file again"])
            .listed(&[&name(cut_band), "line 435"]);
        let seen = observed(&done);
        assert!(seen.iter().any(|share| *share > 0.3) && seen.contains(&0.0), "{seen:?}");
        assert!(done.list.contains("未有效观测"), "{}", done.list);
        let names: Vec<_> = done.features("fires.geojson").iter().map(|f| f["properties"]["county"].clone()).collect();
        assert!(names.iter().all(|county| county == "互助土族自治县"), "{names:?}");
    }
}

#[test]
fn a_compressed_segment_cut_in_the_middle_is_told() {
    let folder = bands(&[14]);
    let packed = format!("{}.bz2", name(7));
    let path = folder.path().join(&packed);
    crate::hsd_bytes::write(&path, &bytes(7));
    let whole = std::fs::read(&path).expect("read");
    scan(folder.path(), &[]).expect(0, &[]);
    // in the middle: before the site; at nine tenths: within or behind it; at the start: within the header
    for (share, codes) in [(0.5, [3, 3]), (0.8, [3, 3]), (0.001, [4, 4])] {
        std::fs::write(&path, &whole[..(whole.len() as f64 * share) as usize]).expect("written");
        let done = scan(folder.path(), &[]);
        assert!(codes.contains(&done.code), "{share}: {} {}", done.code, done.log);
        done.expect(done.code, &[&packed, "the end ", "fetch the file again"]).listed(&[&packed]);
        if share < 0.6 {
            done.nothing_was_observed();
        }
    }
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle..middle + 64].fill(0xA5);
    std::fs::write(&path, &damaged).expect("written");
    scan(folder.path(), &[]).expect(3, &[&packed, "damage"]);
}

/// A bzip2 block gives its bytes before its checksum is asked: what a damaged block gave must not become fires. The
/// library of the reference implementation hands out 82 lines of nonsense here.
#[test]
fn one_flipped_bit_in_a_compressed_segment_gives_no_fire_and_no_sight() {
    let folder = bands(&[14]);
    let path = folder.path().join(format!("{}.bz2", name(7)));
    hsd_bytes::write(&path, &bytes(7));
    let sound = std::fs::read(&path).expect("a file");
    let kept = |done: &Ran| done.features("fires.geojson").len();
    assert_eq!(kept(&scan(folder.path(), &[])), kept(&scan(slot(), &[])));
    let mut told = 0;
    // the site's lines lie in the last third of the segment
    for place in [0.70, 0.80, 0.90, 0.97] {
        let mut damaged = sound.clone();
        let at = (damaged.len() as f64 * place) as usize;
        damaged[at] ^= 0x10;
        std::fs::write(&path, &damaged).expect("written");
        let done = scan(folder.path(), &[]);
        done.expect(3, &[&name(7), "damage at or before line", "none of its lines is used"]);
        assert_eq!(kept(&done), 0, "{}", done.list);
        done.nothing_was_observed();
        told += 1;
    }
    assert_eq!(told, 4);
}

/// Whatever bit is flipped, a pixel that counts as measured has the value that it had: nonsense from a block whose
/// checksum fails is taken back, also where nothing of the block behind the site is wanted. Some of these flips do make
/// the decoder hand out nonsense first (checked here with the decoder alone), else the test would show nothing.
#[test]
fn what_a_damaged_block_gave_is_taken_back() {
    for (band, role, other) in [(7, BandRole::Mir, 14), (14, BandRole::Tir11, 7)] {
        let folder = bands(&[other]);
        let path = folder.path().join(format!("{}.bz2", name(band)));
        hsd_bytes::write(&path, &bytes(band));
        let (sound, plain) = (std::fs::read(&path).expect("a file"), bytes(band));
        // a small area in the middle of the segment: blocks begin before and end behind its lines
        let area = LonLatBox { west: 102.0, south: 36.3, east: 102.6, north: 36.8 };
        let read = || {
            let (granules, _) = granule::collect(&[folder.path().to_path_buf()]);
            ingest::read(&granules[0], &Extent::Around { area, halo: 2 })
        };
        let whole = read().expect("readable").look.and_then(strawfire::scene::Look::fixed).expect("a scene");
        let expected = &whole.bands[&role].values;
        let (mut nonsense, mut told) = (0, 0);
        for i in 0..24 {
            let mut damaged = sound.clone();
            let at = damaged.len() * (600 + 12 * i) / 1000;
            damaged[at] ^= 1 << (i % 8);
            std::fs::write(&path, &damaged).expect("written");
            nonsense += usize::from(gives_nonsense(&damaged, &plain));
            let reading = read();
            told += usize::from(!reading.as_ref().is_ok_and(|reading| reading.problems.is_empty()));
            let Some(scene) = reading.ok().and_then(|r| r.look?.fixed()) else { continue };
            let Some(raster) = scene.bands.get(&role) else { continue };
            for (pixel, value) in raster.values.indexed_iter() {
                let sound = *value == expected[pixel];
                assert!(sound || value.is_nan(), "byte {at}: {value} not {}", expected[pixel]);
                assert!(
                    sound || !scene.state[pixel].is_usable(),
                    "byte {at}: {:?} without a value",
                    scene.state[pixel]
                );
            }
        }
        assert!(nonsense > 2 && told > 5, "band {band}: {nonsense} flips gave nonsense, {told} were told");
    }
}

/// Whether the decoder hands out other bytes than were packed before it reports an error.
fn gives_nonsense(packed: &[u8], plain: &[u8]) -> bool {
    let mut given = Vec::new();
    let _ = bzip2::read::MultiBzDecoder::new(packed).read_to_end(&mut given);
    given.iter().zip(plain).any(|(a, b)| a != b)
}

/// Angles of another sector in the 11 um file: the two bands would be compared many pixels apart.
#[test]
fn real_files_that_look_elsewhere_are_refused() {
    for (band, variable, attribute, value, said) in [
        (14u8, "x", "add_offset", 0.030f64, "use the files of one satellite and sector together"),
        (7, "goes_imager_projection", "longitude_of_projection_origin", 500.0, "seen from 42,164 km"),
        (7, "goes_imager_projection", "perspective_point_height", 1.0, "seen from 42,164 km"),
        (7, "x", "add_offset", f64::NAN, "seen from 42,164 km"),
        (7, "Rad", "scale_factor", -0.001, "a positive scale"),
    ] {
        let Some((folder, files)) = goes(&[7, 14]) else { return };
        let file = files.iter().find(|file| file_name(file).contains(&format!("C{band:02}_"))).expect("the band");
        {
            let mut opened = netcdf::append(file).expect("opened");
            let mut changed = opened.variable_mut(variable).expect("the variable");
            changed.put_attribute(attribute, value).expect("changed");
        }
        let done = scan(folder.path(), &["--region", "none"]);
        done.expect(4, &[file_name(file), said]).listed(&[file_name(file)]);
        assert!(done.features("fires.geojson").is_empty());
    }
}

/// A good copy beside a damaged one is used; the damaged one is named all the same.
#[test]
fn a_sound_bz2_beside_a_damaged_dat_serves() {
    let folder = bands(&[14]);
    let sound = bytes(7);
    hsd_bytes::write(&folder.path().join(format!("{}.bz2", name(7))), &sound);
    for damaged in [&sound[..sound.len() / 2], &b"text"[..], &b""[..]] {
        std::fs::write(folder.path().join(name(7)), damaged).expect("written");
        let done = scan(folder.path(), &[]);
        done.expect(3, &[&name(7), "fetch"]);
        assert_eq!(done.features("fires.geojson").len(), scan(slot(), &[]).features("fires.geojson").len());
    }
}

/// Headers that disagree about the view of the earth would put a fire into another county.
#[test]
fn a_segment_with_another_projection_is_refused() {
    for (band, text) in [(14u8, "B14"), (13, "B13")] {
        let folder = bands(&[7]);
        let mut changed = bytes(band);
        // sub-satellite longitude: block 3 begins behind 282 + 50 bytes, the number 3 bytes later
        changed[335..343].copy_from_slice(&141.2f64.to_le_bytes());
        std::fs::write(folder.path().join(name(band)), changed).expect("written");
        let done = scan(folder.path(), &[]);
        done.expect(4, &[text, "another view of the earth", "141.2"]).nothing_was_observed();
    }
}

/// The mark of simulated data holds for the whole scene, whichever of its files has it.
#[test]
fn one_simulated_segment_makes_the_scene_simulated() {
    let folder = bands(&[14]);
    let mut unmarked = bytes(7);
    unmarked[22..38].copy_from_slice(b"MSC\0\0\0\0\0\0\0\0\0\0\0\0\0");
    std::fs::write(folder.path().join(name(7)), unmarked).expect("written");
    let done = scan(folder.path(), &[]);
    done.expect(0, &[]);
    assert!(done.list.contains("SIMULATED"), "{}", done.list);
    let fires = done.features("fires.geojson");
    assert!(!fires.is_empty() && fires.iter().all(|fire| fire["properties"]["simulated"] == true));
}

#[test]
fn a_segment_of_another_slot_by_name_is_its_own_granule() {
    let folder = bands(&[7, 14]);
    let later = name(7).replace("_0530_", "_0540_");
    std::fs::copy(slot().join(name(7)), folder.path().join(later)).expect("copied");
    let done = scan(folder.path(), &[]);
    done.expect(3, &["HS_H09_FLDK_20251020_0540", "window band"]);
    let report = done.json("scan.json");
    let granules: Vec<&str> = report["granules"]
        .as_array()
        .expect("granules")
        .iter()
        .filter_map(|granule| granule["granule"].as_str())
        .collect();
    assert_eq!(granules, ["HS_H09_FLDK_20251020_0530", "HS_H09_FLDK_20251020_0540"]);
    assert_eq!(report["errors"].as_array().expect("errors").len(), 1);
    assert!(!done.features("fires.geojson").is_empty());
    assert_eq!(report["granules"][1]["counties"][0]["observed_fraction"], 0.0);
}

/// The segment of another moment under this slot's name: another hour, and the same hour of the day before.
#[test]
fn a_segment_of_another_slot_by_content_is_named_and_not_used() {
    for (slot_of_name, kept) in [("20251020_0540", 14), ("20251021_0530", 14), ("20251020_0540", 7)] {
        let moved = |band: u8| name(band).replace("20251020_0530", slot_of_name);
        let folder = tempfile::tempdir().expect("a folder");
        for band in [7, 14] {
            std::fs::copy(slot().join(name(band)), folder.path().join(moved(band))).expect("copied");
        }
        // one band is made to be of the slot in its name
        let mut own = bytes(kept);
        let timeline: u16 = slot_of_name[9..].parse().expect("hhmm");
        own[44..46].copy_from_slice(&timeline.to_le_bytes());
        let days = if slot_of_name.starts_with("20251021") { 1.0 } else { 0.0 };
        let mjd = f64::from_le_bytes(own[46..54].try_into().expect("eight bytes")) + days;
        own[46..54].copy_from_slice(&mjd.to_le_bytes());
        std::fs::write(folder.path().join(moved(kept)), own).expect("written");
        let wrong = moved(if kept == 7 { 14 } else { 7 });
        let done = scan(folder.path(), &[]);
        assert!([3, 4].contains(&done.code), "{}", done.log);
        done.expect(
            done.code,
            &[&wrong, "slot 0530 observed from 2025-10-20T05:3", "as in its name", "fetch it again"],
        )
        .listed(&[&wrong])
        .nothing_was_observed();
    }
}

#[test]
fn a_band_or_satellite_under_another_name_is_named() {
    let folder = bands(&[7, 14]);
    std::fs::copy(slot().join(name(14)), folder.path().join(name(13))).expect("copied");
    let done = scan(folder.path(), &[]);
    // 14 is there and sound, so that nobody needs 13
    done.expect(0, &[]);
    std::fs::remove_file(folder.path().join(name(14))).expect("removed");
    scan(folder.path(), &[]).expect(4, &[&name(13), "found band 14", "band 13 as in its name"]).nothing_was_observed();
    let folder = tempfile::tempdir().expect("a folder");
    for band in [7, 14] {
        let other = name(band).replace("_H09_", "_H08_");
        std::fs::copy(slot().join(name(band)), folder.path().join(other)).expect("copied");
    }
    scan(folder.path(), &[]).expect(4, &["HS_H08_", "Himawari-9", "Himawari-8 as in its name"]).nothing_was_observed();
}

#[test]
fn paths_that_give_nothing_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    scan(folder.path(), &[])
        .expect(4, &[&folder.path().display().to_string(), "0 files", "HS_H0x", "name a folder"])
        .listed(&["0 files"])
        .nothing_was_observed();
    std::fs::write(folder.path().join("readme.txt"), "x").expect("written");
    std::fs::write(folder.path().join("photo.jpg"), "x").expect("written");
    scan(folder.path(), &[]).expect(4, &["2 files, none of them a granule"]).nothing_was_observed();
    scan(&folder.path().join("photo.jpg"), &[])
        .expect(4, &["photo.jpg", "an unknown file name", "keep the names"])
        .nothing_was_observed();
    scan(&folder.path().join("absent"), &[])
        .expect(4, &["absent", "no such file or folder", "check the spelling"])
        .nothing_was_observed();
    scan(&folder.path().join("*.DAT"), &[])
        .expect(4, &["*.DAT", "matches no granule", "check the spelling"])
        .nothing_was_observed();
}

#[test]
fn one_wrong_path_does_not_cost_the_others() {
    let folder = bands(&[7, 14]);
    let good = folder.path().display().to_string();
    let done = ran(&["scan", "absent", &good]);
    done.expect(3, &["absent", "no such file"]).listed(&["absent"]);
    assert!(!done.features("fires.geojson").is_empty());
    let everything = folder.path().join("HS_*_B[01][47]_*.DAT").display().to_string();
    ran(&["scan", &everything]).expect(0, &[]);
}

#[test]
fn a_slot_of_fill_values_is_read_and_not_observed() {
    let header = bytes(7).len() - 550 * 5500 * 2;
    for (band, count) in [(7, 65_535_u16), (7, 65_534), (14, 65_535), (14, 65_534)] {
        let folder = bands(if band == 7 { &[14] } else { &[7] });
        let mut filled = bytes(band);
        for pixel in filled[header..].chunks_exact_mut(2) {
            pixel.copy_from_slice(&count.to_le_bytes());
        }
        std::fs::write(folder.path().join(name(band)), filled).expect("written");
        let done = scan(folder.path(), &[]);
        done.expect(0, &[]).nothing_was_observed();
        assert!(done.features("fires.geojson").is_empty());
    }
}

#[test]
fn fill_in_the_11_um_band_makes_another_window_serve() {
    let header = bytes(14).len() - 550 * 5500 * 2;
    let folder = bands(&[7, 13]);
    let mut filled = bytes(14);
    filled[header..].fill(0xFF);
    std::fs::write(folder.path().join(name(14)), filled).expect("written");
    let done = scan(folder.path(), &[]);
    done.expect(0, &[]);
    assert_eq!(done.tir_band(), "B13");
}

/// A site across the border of segments 2 and 3: the county in the absent one is not observed, and it is said.
#[test]
fn half_of_the_segments_gives_half_of_the_counties() {
    let site = tempfile::tempdir().expect("a folder");
    let square = |code: u32, south: f64| {
        let north = south + 0.6;
        format!(
            r#"{{"type":"Feature","properties":{{"adcode":{code},"name":"C{code}"}},"geometry":{{"type":"Polygon",
            "coordinates":[[[101.5,{south}],[102.5,{south}],[102.5,{north}],[101.5,{north}],[101.5,{south}]]]}}}}"#
        )
    };
    let features = format!(r#"{{"type":"FeatureCollection","features":[{},{}]}}"#, square(1, 34.4), square(2, 32.6));
    std::fs::write(site.path().join("counties.geojson"), features).expect("written");
    std::fs::write(site.path().join("site.toml"), "").expect("written");
    let folder = bands(&[7, 14]);
    let done = scan(folder.path(), &["--site", &site.path().display().to_string()]);
    done.expect(0, &["band 7: segments [3] of 10 were not delivered"]);
    let seen = observed(&done);
    assert!(seen[0] > 0.5 && seen[1] == 0.0, "{seen:?}");
    assert!(done.list.contains("C1: 未监测到火点") && done.list.contains("C2: 未有效观测"), "{}", done.list);
}
