//! 30 m and 20 m imagery through the built program.

use crate::common::{Ran, python_with, ran, shared};
use gdal::Dataset;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const ALGORITHMS: [&str; 4] = ["schroeder", "kumar-roy", "murphy", "vote"];

/// The shared Landsat-8 patch (Cape York, 2020-08-27) with its description beside it.
fn patch() -> Option<(tempfile::TempDir, PathBuf)> {
    let folder = shared("landsat8-fire-patch")?;
    let own = tempfile::tempdir().expect("a folder");
    let path = own.path().join("patch.tif");
    std::os::unix::fs::symlink(folder.join("LC08_L1TP_099069_20200827_20200827_01_RT_p00819.tif"), &path)
        .expect("linked");
    let toml = "sensor = 'OLI'\nsatellite = 'Landsat-8'\ntime = 2020-08-27T00:38:00Z\nsun_elevation_deg = 52.64\n\
                reflectance_mult = 2e-5\nreflectance_add = -0.1\n\
                bands = ['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B9', 'B10', 'B11']\n";
    std::fs::write(own.path().join("patch.toml"), toml).expect("written");
    Some((own, path))
}

fn scanned(input: &Path, options: &[&str]) -> Ran {
    let input = input.display().to_string();
    let mut words = vec!["scan", "--region", "none"];
    words.extend(options);
    words.push(&input);
    ran(&words)
}

/// A mask as it is written.
fn mask(ran: &Ran, algorithm: &str, granule: &str) -> Vec<u8> {
    let path = ran.out.join(format!("firemask_{algorithm}_{granule}.tif"));
    let data = Dataset::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    data.rasterband(1).expect("a band").read_band_as::<u8>().expect("read").data().to_vec()
}

/// The masks of the same equations written for numpy, pixel by pixel, of the same counts.
fn printed(path: &Path, how: &[&str]) -> Option<Vec<(String, Vec<u8>)>> {
    let python = python_with("numpy")?;
    let out = tempfile::tempdir().expect("a folder");
    let tool = crate::common::project().join("tests/tools/field_masks.py");
    let done = Command::new(python)
        .arg(tool)
        .args([path, out.path()])
        .args(["52.64", "2e-5", "-0.1"])
        .args(how)
        .output()
        .expect("python runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    println!("{how:?}: {}", String::from_utf8_lossy(&done.stdout).replace('\n', " "));
    let read = |name: &str| (name.to_string(), std::fs::read(out.path().join(name)).expect("a mask"));
    Some(ALGORITHMS.map(read).to_vec())
}

/// Every pixel of all masks is that of the printed equations, in both readings of Schroeder.
#[test]
fn masks_of_the_real_patch_are_those_of_the_printed_equations() {
    let Some((_own, path)) = patch() else { return };
    for (how, options) in [(&[][..], &[][..]), (&["sun_corrected"][..], &["--sun-corrected"][..])] {
        let Some(expected) = printed(&path, how) else { return };
        let ran = scanned(&path, options);
        ran.expect(0, &[]);
        for (algorithm, expected) in expected {
            let found = mask(&ran, &algorithm, "patch");
            let differ = found.iter().zip(&expected).filter(|(a, b)| a != b).count();
            assert_eq!((found.len(), differ), (expected.len(), 0), "{algorithm} {how:?}");
        }
    }
}

/// One algorithm alone writes its own mask, the same as in a vote; its fires are clusters with a size and a place on the patch.
#[test]
fn fires_of_the_patch_are_clusters() {
    let Some((_own, path)) = patch() else { return };
    let voted = scanned(&path, &[]);
    for algorithm in ALGORITHMS {
        let ran = scanned(&path, &["--algorithm", algorithm, "--profile", "reference"]);
        ran.expect(0, &[]);
        let own = mask(&ran, algorithm, "patch");
        assert_eq!(own, mask(&voted, algorithm, "patch"), "{algorithm}");
        let fires = ran.features("fires.geojson");
        let sum = |name: &str| fires.iter().map(|fire| fire["properties"][name].as_f64().expect(name)).sum::<f64>();
        let pixels = own.iter().filter(|byte| **byte == 1).count() as f64;
        assert_eq!((sum("pixel_count"), sum("area_m2")), (pixels, 900.0 * pixels), "{algorithm}");
        for fire in &fires {
            // by gdalinfo: the corners of the patch are 142.0 and 142.07 E, 12.80 and 12.87 S
            let [lon, lat] = [0, 1].map(|i| fire["geometry"]["coordinates"][i].as_f64().expect("a number"));
            assert!((142.0..142.08).contains(&lon) && (-12.87..-12.79).contains(&lat), "{lon} {lat}");
            let properties = &fire["properties"];
            assert_eq!((&properties["sensor"], &properties["frp_mw"]), (&"OLI".into(), &Value::Null));
            assert_eq!(fire["footprint"]["type"], "MultiPolygon");
        }
    }
}

/// Straw in Cape York is none of Haidong's: the scene is told as one that does not cover the site, and nothing as observed.
#[test]
fn a_scene_elsewhere_does_not_cover_the_site() {
    let Some((_own, path)) = patch() else { return };
    let ran = ran(&["scan", &path.display().to_string()]);
    ran.expect(0, &["does not cover the site"]);
    ran.nothing_was_observed();
}

/// The same bytes on one thread and on four.
#[test]
fn threads_change_nothing() {
    let Some((_own, path)) = patch() else { return };
    let [one, four] = ["1", "4"].map(|threads| scanned(&path, &["--threads", threads]));
    for name in ["fires.geojson", "events.geojson", "hotspots.csv"] {
        assert_eq!(
            std::fs::read(one.out.join(name)).expect("there"),
            std::fs::read(four.out.join(name)).expect("there")
        );
    }
    assert_eq!(mask(&one, "vote", "patch"), mask(&four, "vote", "patch"));
}

#[test]
fn an_unknown_algorithm_is_told() {
    let Some((_own, path)) = patch() else { return };
    scanned(&path, &["--algorithm", "hotmap"]).expect(2, &["--algorithm", "hotmap", "kumar-roy"]);
    scanned(&path, &["--algorithm", "tai"]).expect(4, &["--algorithm", "tai", "OLI"]);
}

/// Landsat-8 over cloud and land, Sentinel-2 over land (testdata/CATALOG.toml): nothing burns there.
#[test]
fn real_scenes_without_fire_give_none() {
    for scene in ["landsat8", "sentinel2"] {
        let ran = scanned(&crate::common::project().join("testdata").join(scene), &[]);
        ran.expect(0, &[]);
        assert!(ran.features("fires.geojson").is_empty(), "{scene}");
        let pixels = ran.json("scan.json")["granules"][0]["pixels"].clone();
        let searched = ["clear", "cloud", "water"].map(|class| pixels[class].as_u64().expect("a count"));
        assert!(searched.iter().sum::<u64>() > 100_000, "{scene}: {pixels}");
        // of Sentinel-2 there are three infrared bands: nothing in them tells cloud, and no ground counts as seen
        assert_eq!(pixels["clear"] == 0, scene == "sentinel2", "{scene}: {pixels}");
        assert_eq!(ran.log.contains("nothing tells where cloud is"), scene == "sentinel2", "{}", ran.log);
    }
}

/// A mask that cannot be written costs nothing but itself: the lists are there, and the run says so.
#[test]
fn a_mask_that_cannot_be_written_costs_no_list() {
    let Some((_own, path)) = patch() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("out/firemask_vote_patch.tif/x")).expect("made");
    let words = ["scan", "--region", "none", &path.display().to_string()];
    let done = crate::common::strawfire(folder.path(), &words);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.code() == Some(5) && said.contains("firemask_vote_patch.tif"), "{said}");
    let fires = std::fs::read_to_string(folder.path().join("out/fires.geojson")).expect("a list");
    let fires: Value = serde_json::from_str(&fires).expect("JSON");
    assert!(fires["features"].as_array().is_some_and(|fires| fires.len() > 10));
    let left = std::fs::read_dir(folder.path().join("out")).expect("listed").flatten();
    assert!(left.into_iter().all(|entry| !entry.file_name().to_string_lossy().ends_with(".part")));
}

/// Masks and pictures of an earlier run are not left beside the lists of another; what others put there stays.
#[test]
fn a_second_run_leaves_no_mask_or_picture_of_the_first() {
    let Some((_own, path)) = patch() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let path = path.display().to_string();
    let run = |more: &[&str]| -> Vec<String> {
        let words: Vec<&str> = ["scan", "--region", "none", &path].into_iter().chain(more.iter().copied()).collect();
        let done = crate::common::strawfire(folder.path(), &words);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let text = std::fs::read_to_string(out.join("scan.json")).expect("an account");
        let account: Value = serde_json::from_str(&text).expect("JSON");
        let files = account["files"].as_array().expect("a list").iter().filter_map(Value::as_str);
        let mut told: Vec<String> =
            files.filter(|file| file.contains("firemask_") || file.contains("chips/")).map(name).collect();
        told.sort();
        told
    };
    let there = || {
        let listed =
            |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let all = listed(&out).chain(listed(&out.join("chips"))).map(|path| name(&path.display().to_string()));
        let mut all: Vec<String> = all.filter(|name| name.starts_with("firemask_") || name.ends_with(".png")).collect();
        all.retain(|name| name != "quicklook.png");
        all.sort();
        all
    };
    let voted = run(&[]);
    assert!(voted.len() > ALGORITHMS.len() && voted == there(), "{voted:?}");
    std::fs::write(out.join("chips/mine.png"), "x").expect("written");
    let mut alone = run(&["--algorithm", "murphy"]);
    assert!(alone.iter().filter(|name| name.starts_with("firemask_")).eq(["firemask_murphy_patch.tif"]), "{alone:?}");
    alone.push("mine.png".to_string());
    alone.sort();
    assert_eq!(alone, there());
}

/// The last part of a path.
fn name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_string()
}

/// By night counts are nothing without their radiance: the scene is refused, not called free of fire.
#[test]
fn a_night_without_radiances_is_refused() {
    let Some((own, path)) = patch() else { return };
    let toml = own.path().join("patch.toml");
    let text = std::fs::read_to_string(&toml).expect("a TOML");
    // by the almanac the sun stands 40.2 degrees below the horizon there at that time
    let night = text.replace("52.64", "-40.0").replace("00:38:00", "11:10:00");
    std::fs::write(&toml, &night).expect("written");
    scanned(&path, &[]).expect(4, &["a scene of the night", "radiance_mult"]);
    let factors = "radiance_mult = 1e-3\nradiance_add = -5.0\n";
    std::fs::write(&toml, night + factors).expect("written");
    // by hand: 1 W m-2 sr-1 um-1 is count 6000; nothing tells cloud by night, so that nothing counts as seen
    let ran = scanned(&path, &[]);
    ran.expect(0, &["nothing tells where cloud is"]);
    let band = Dataset::open(&path).expect("opened");
    let counts = band.rasterband(7).expect("a band").read_band_as::<u16>().expect("read");
    let hot = counts.data().iter().filter(|count| **count > 6000).count();
    assert_eq!(mask(&ran, "schroeder", "patch").iter().filter(|byte| **byte == 1).count(), hot);
}

/// A sun that cannot stand there at that time would have the day judged by the rule of the night: refused.
#[test]
fn a_sun_of_another_time_is_refused() {
    let Some((own, path)) = patch() else { return };
    let toml = own.path().join("patch.toml");
    let text = std::fs::read_to_string(&toml).expect("a TOML");
    for wrong in ["-30.0", "0.0", "58.0"] {
        let text = text.replace("52.64", wrong) + "radiance_mult = 1e-3\nradiance_add = -5.0\n";
        std::fs::write(&toml, text).expect("written");
        scanned(&path, &[]).expect(4, &["patch.toml", "the almanac"]);
    }
}

/// A real product that was thinned out to pixels of 3200 m can be read, but nothing is searched in it: a fire is no part of such a pixel.
#[test]
fn pixels_of_another_size_are_refused() {
    let Some(folder) = shared("formats/landsat8-c2-wagl") else { return };
    scanned(&folder, &[]).expect(4, &["pixels of 3200 m", "30 m, as OLI has them"]);
}

/// A factor of nothing would make a scene without fire of any: nothing is called observed.
#[test]
fn a_factor_of_nothing_is_refused() {
    let Some((own, path)) = patch() else { return };
    let toml = own.path().join("patch.toml");
    let text = std::fs::read_to_string(&toml).expect("a TOML");
    for wrong in ["0", "-2e-5", "1e3", "1e30"] {
        std::fs::write(&toml, text.replace("= 2e-5", &format!("= {wrong}"))).expect("written");
        scanned(&path, &[]).expect(4, &["patch.toml", "1e-6 to 1e-3"]);
    }
}
