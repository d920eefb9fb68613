//! `strawfire drone`: hot areas beside scipy on real pictures, places beside an independent model of a drone over the real relief of Haidong
//! (tests/tools/drone_truth.py), and files that are no pictures of temperatures.

use crate::common::{project, python_with, shared, strawfire};
use gdal::DriverManager;
use gdal::raster::Buffer;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use strawfire::imagery::taken::Taken;
use strawfire::layers::dem::Dem;
use strawfire::place::{LonLat, LonLatBox};
use strawfire::sighting::Ground;
use strawfire::store::{Asked, Scope, Store};
use strawfire::thresholds::DroneThresholds;
use strawfire::watch::aloft::{Aloft, AloftErrors, Standing, Under};
use strawfire::watch::sight::{Lens, Pose};

const RELIEF: &str = "dem-haidong-15s/haidong_dem_15s_31m_steps.tif";
const MODULES: &str = "numpy, scipy, PIL, pyproj";

fn tool(arguments: &[&str]) -> Option<String> {
    let python = python_with(MODULES)?;
    let output = Command::new(python)
        .arg(project().join("tests/tools/drone_truth.py"))
        .args(arguments)
        .output()
        .expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("text"))
}

type Rows = Vec<BTreeMap<String, String>>;

fn rows(text: &str) -> Rows {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

fn list(folder: &Path, name: &str) -> Rows {
    rows(&std::fs::read_to_string(folder.join(name)).expect("written"))
}

fn number(row: &BTreeMap<String, String>, name: &str) -> f64 {
    row[name].parse().unwrap_or_else(|_| panic!("{name} of {row:?}"))
}

fn log(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

/// Number, highest and mean temperature of each area of two burns, beside scipy's groups of pixels of 100 C and more. The ground is far below.
#[test]
fn hot_areas_of_real_pictures_are_those_of_scipy() {
    let Some(folder) = shared("uav-thermal") else { return };
    let files = ["00006.TIFF", "00007.TIFF"].map(|name| folder.join(name).display().to_string());
    let Some(text) = tool(&["none", "areas", &files[0], &files[1]]) else { return };
    let here = tempfile::tempdir().expect("a folder");
    let ran = strawfire(here.path(), &["drone", "--utc-offset=-07:00", &folder.display().to_string()]);
    assert_eq!(ran.status.code(), Some(0), "{}", log(&ran));
    let key = |row: &BTreeMap<String, String>, file: &str| {
        // a hundredth of rounding
        let tenths = |name| (10.0 * number(row, name)).round() as i64;
        (row[file].clone(), row["pixels"].parse::<u32>().expect("a number"), tenths("max_c"), tenths("mean_c"))
    };
    let mut theirs: Vec<_> = rows(&text).iter().map(|row| key(row, "file")).collect();
    let mut ours: Vec<_> =
        list(&here.path().join("out"), "hotareas.csv").iter().map(|row| key(row, "picture")).collect();
    theirs.sort();
    ours.sort();
    let pixels: u32 = ours.iter().map(|area| area.1).sum();
    println!("{} hot areas of two pictures, {pixels} pixels, as scipy has them", ours.len());
    assert!(ours.len() > 50 && ours.len() == theirs.len(), "{} {}", ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!((&ours.0, ours.1), (&theirs.0, theirs.1));
        assert!((ours.2 - theirs.2).abs() <= 1 && (ours.3 - theirs.3).abs() <= 1, "{ours:?} {theirs:?}");
    }
    // without XMP the place is that of the drone, by EXIF 42 51 11.007 N 121 8 50.1436 W, and says how unsure it is
    let text = std::fs::read_to_string(here.path().join("out/sightings.geojson")).expect("written");
    let seen: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let first = &seen["features"][0];
    let place: Vec<f64> =
        first["geometry"]["coordinates"].as_array().expect("a place").iter().filter_map(|n| n.as_f64()).collect();
    assert!((place[0] + 121.147_262).abs() < 1e-5 && (place[1] - 42.853_058).abs() < 1e-5, "{place:?}");
    assert_eq!(
        (first["properties"]["kind"].as_str(), first["properties"]["position_error_m"].as_f64()),
        (Some("hot"), Some(1000.0))
    );
    assert_eq!(first["properties"]["time"], "2022-10-25T23:59:27Z");
    let image = first["properties"]["image"].as_str().expect("evidence");
    assert!(
        image::open(here.path().join(image)).is_ok_and(|picture| picture.width() > 1000),
        "with the colours beside it"
    );
}

/// A site with the fine relief and a store.
fn placed(here: &Path, relief: &Path) -> String {
    let site = here.join("site");
    std::fs::create_dir(&site).expect("made");
    std::fs::copy(project().join("sites/haidong/counties.geojson"), site.join("counties.geojson")).expect("copied");
    let url = format!("sqlite://{}", here.join("store.db").display());
    let toml = format!(
        "name = '海东市'\n[layers]\ndem = '{}'\ndem_offset_m = -43.0\ndem_error_m = 5.0\n[store]\nurl = '{url}'\n",
        relief.display()
    );
    std::fs::write(site.join("site.toml"), toml).expect("written");
    url
}

fn events(url: &str) -> Vec<(String, LonLat, Vec<String>)> {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let store = Store::open_existing(url).await.expect("a store");
        let asked = Asked { limit: 100, ..Asked::default() };
        let events = store.list_events(&Scope::all(), &asked).await.expect("read");
        store.close().await;
        let told = events.into_iter().map(|event| event.stored.event);
        told.map(|event| (event.id, event.place, event.sources)).collect()
    })
}

/// Fires of known places on slopes of 7 to 12 degrees, seen straight down, yawed, oblique, rolled and with a gimbal that is turned over, land
/// within 3 m of the truth; without RTK too, with a larger error that holds it. They are events of the store, the same ones when it is done again.
#[test]
fn a_fire_on_a_slope_is_placed_within_three_metres() {
    let Some(relief) = shared(RELIEF) else { return };
    let here = tempfile::tempdir().expect("a folder");
    let pictures = here.path().join("pictures");
    std::fs::create_dir(&pictures).expect("made");
    let Some(text) = tool(&[&relief.display().to_string(), "made", &pictures.display().to_string(), "-43"]) else {
        return;
    };
    let url = placed(here.path(), &relief);
    let truth = rows(&text);
    let mut errors = Vec::new();
    for way in ["50", "16"] {
        for name in std::fs::read_dir(&pictures).expect("listed").flatten().map(|entry| entry.path()) {
            if name.extension().is_some_and(|ending| ending == "jpg") {
                let bytes = std::fs::read(&name).expect("read");
                let text = bytes.windows(12).position(|part| part.starts_with(b"RtkFlag=\"")).expect("a flag") + 9;
                let changed = [&bytes[..text], way.as_bytes(), &bytes[text + 2..]].concat();
                std::fs::write(&name, changed).expect("written");
            }
        }
        let ran = strawfire(here.path(), &["drone", "--site", "site", "pictures"]);
        assert_eq!(ran.status.code(), Some(0), "{}", log(&ran));
        let found = list(&here.path().join("out"), "hotareas.csv");
        assert_eq!(found.len(), truth.len());
        for row in &truth {
            let area =
                found.iter().find(|area| area["picture"].ends_with(&format!("/{}.tiff", row["name"]))).expect("found");
            let at =
                |row: &BTreeMap<String, String>| LonLat::new(number(row, "lon"), number(row, "lat")).expect("a place");
            let (missed, said) = (at(area).distance_m(at(row)), number(area, "position_error_m"));
            println!(
                "{way} {:12} slope {} degrees: {missed:.2} m away, said {said:.1} m, {} m2",
                row["name"], row["slope_deg"], area["area_m2"]
            );
            assert!(missed < 3.0 && missed < said, "{area:?}");
            // a disc of 1.5 m of the slope seen from above has 7.07 m2, times the cosine at most
            assert!((6.5..7.8).contains(&number(area, "area_m2")), "{area:?}");
            assert_eq!(area["pixels"], row["pixels"]);
            errors.push(said);
        }
    }
    let (fixed, free) = errors.split_at(truth.len());
    assert!(fixed.iter().sum::<f64>() < free.iter().sum::<f64>(), "without RTK it is less sure: {errors:?}");
    let once = events(&url);
    assert!((4..=6).contains(&once.len()) && once.iter().all(|event| event.2 == ["M3T"]), "{once:?}");
    strawfire(here.path(), &["drone", "--site", "site", "pictures"]);
    assert_eq!(events(&url), once, "the same pictures are the same events");
}

/// 1000 drones 50 to 120 m up that look 30 to 90 degrees down and stand and look otherwise than they say, by normal errors: the stated ellipse holds
/// the truth as often as it says.
#[test]
fn stated_errors_hold_the_truth() {
    let Some(relief) = shared(RELIEF) else { return };
    let Some(text) = tool(&[&relief.display().to_string(), "draws", "1000", "-43"]) else { return };
    let area = LonLatBox { west: 101.1, south: 35.8, east: 102.7, north: 36.9 };
    let dem = Dem::read_fine(&relief, &area, -43.0, Some(0.0)).expect("readable");
    let errors = AloftErrors { place_m: 3.0, height_m: 6.0, yaw_deg: 3.0, pitch_deg: 1.0, focal: 0.03 };
    let (mut held, mut points, mut lines, mut missed) = (0, 0, 0, Vec::new());
    for row in &rows(&text) {
        let n = |name| number(row, name);
        let at = |lon, lat| LonLat::new(n(lon), n(lat)).expect("a place");
        let pose = Pose {
            place: at("lon", "lat"),
            height_m: n("height_m"),
            azimuth_deg: n("yaw"),
            tilt_deg: n("pitch"),
            roll_deg: n("roll"),
        };
        let hfov_deg = 2.0 * (320.0 / n("focal")).atan().to_degrees();
        let lens = Lens::new((640.0, 512.0), hfov_deg).expect("a lens");
        let aloft = Aloft { pose, lens, errors, under: Under::Dem(&dem), farthest_m: 3000.0 };
        match aloft.locate((n("u"), n("v"))) {
            Some((_, Ground::Point { place, spread })) => {
                let truth = at("true_lon", "true_lat");
                // chi-squared with two degrees of freedom
                held += usize::from(spread.squared_errors(truth.offset_m(place)).expect("a width") < 5.991);
                points += 1;
                missed.push(place.distance_m(truth));
            }
            Some((_, Ground::Along { .. })) => lines += 1,
            None => {}
        }
    }
    missed.sort_by(f64::total_cmp);
    let share = held as f64 / points as f64;
    println!(
        "{points} places, {lines} lines; median error {:.1} m; the 95 % ellipse holds {:.1} %",
        missed[points / 2],
        100.0 * share
    );
    assert!(points > 900 && (0.92..=0.99).contains(&share), "{share} of {points}");
}

/// Of several heights the surest that is above the ground is taken; one that is below is told.
#[test]
fn a_drone_below_the_ground_is_not_believed() {
    let Some(relief) = shared(RELIEF) else { return };
    let place = LonLat::new(102.152, 36.552).expect("valid");
    let area = LonLatBox { west: 102.0, south: 36.4, east: 102.3, north: 36.7 };
    let dem = Dem::read_fine(&relief, &area, -43.0, Some(5.0)).expect("readable");
    let ground_m = dem.height_m(place).expect("ground");
    let t = DroneThresholds::default();
    let over = |altitude_m, is_fixed, above_takeoff_m, takeoff_m| {
        let taken = Taken { place: Some(place), altitude_m, is_fixed, above_takeoff_m, ..Taken::default() };
        let (standing, unused) = Standing::of(&taken, takeoff_m, Some(&dem), &t);
        (standing.map(|standing| (standing.height_m - ground_m, standing.error_m)), unused.join(";"))
    };
    let near = |found: Option<(f64, f64)>, is: f64| found.is_some_and(|(above, _)| (above - is).abs() < 1e-6);
    let fixed = over(Some(ground_m + 90.0), true, Some(80.0), None);
    assert!(near(fixed.0, 90.0) && fixed.1.is_empty(), "{fixed:?}");
    let below = over(Some(ground_m - 900.0), true, Some(80.0), None);
    assert!(near(below.0, 80.0) && below.1.contains("below the ground"), "{below:?}");
    // without RTK nobody knows what it counts from
    assert!(near(over(Some(ground_m + 90.0), false, Some(80.0), None).0, 80.0));
    // take-off 30 m lower than the ground here: above the sea, 43 m higher than above the ellipsoid
    let takeoff = over(None, false, Some(80.0), Some(ground_m + 43.0 - 30.0));
    assert!(near(takeoff.0, 50.0), "{takeoff:?}");
    let free = over(None, false, Some(80.0), None);
    assert!(free.0 > takeoff.0.map(|(above, _)| (above, 0.0)) && free.0.expect("one").1 > 10.0, "{free:?}");
    let none = over(Some(ground_m - 900.0), true, Some(-50.0), None);
    assert!(none.0.is_none() && none.1.matches("below the ground").count() == 2, "{none:?}");
}

/// A GeoTIFF of a kind.
fn tiff<T: gdal::raster::GdalType + Copy>(path: &Path, (width, height): (usize, usize), bands: usize, values: Vec<T>) {
    let driver = DriverManager::get_driver_by_name("GTiff").expect("a driver");
    let data = driver.create_with_band_type::<T, _>(path, width, height, bands).expect("made");
    for band in 1..=bands {
        let mut buffer = Buffer::new((width, height), values.clone());
        data.rasterband(band).expect("a band").write((0, 0), (width, height), &mut buffer).expect("written");
    }
}

/// 96 x 64 px of some 15 C with 4 x 4 px of 300 C.
fn field() -> Vec<f32> {
    let at = |n: usize| (n % 96, n / 96);
    let is_fire = |(x, y): (usize, usize)| (40..44).contains(&x) && (30..34).contains(&y);
    (0..96 * 64).map(|n| if is_fire(at(n)) { 300.0 } else { 15.0 + (n % 7) as f32 / 2.0 }).collect()
}

/// A JPEG with XMP.
fn jpeg(path: &Path, packet: &[u8]) {
    let mut bytes = Vec::new();
    let image = image::GrayImage::from_pixel(96, 64, image::Luma([90]));
    image.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Jpeg).expect("encoded");
    let segment = [&b"http://ns.adobe.com/xap/1.0/\0"[..], packet].concat();
    let length = u16::try_from(segment.len() + 2).expect("short").to_be_bytes();
    std::fs::write(path, [&bytes[..2], &[0xFF, 0xE1], &length, &segment, &bytes[2..]].concat()).expect("written");
}

/// Each is told with its name and what to do; none ends in a panic, and none in silence.
#[test]
fn what_is_no_picture_of_temperatures_is_told() {
    let here = tempfile::tempdir().expect("a folder");
    let at = |name: &str| here.path().join(name);
    tiff(&at("good.tif"), (96, 64), 1, field());
    let whole = std::fs::read(at("good.tif")).expect("read");
    std::fs::write(at("cut.tif"), &whole[..whole.len() / 2]).expect("written");
    std::fs::write(at("head.tif"), &whole[..20]).expect("written");
    std::fs::write(at("empty.tif"), b"").expect("written");
    std::fs::write(at("text.tif"), b"<html>no such page</html>").expect("written");
    tiff(&at("nan.tif"), (96, 64), 1, vec![f32::NAN; 96 * 64]);
    tiff(&at("zero.tif"), (96, 64), 1, vec![0f32; 96 * 64]);
    tiff(&at("one.tif"), (1, 1), 1, vec![400f32]);
    tiff(&at("colours.tif"), (96, 64), 3, vec![200u8; 96 * 64]);
    tiff(&at("counts.tif"), (96, 64), 1, vec![28_800u16; 96 * 64]);
    tiff(&at("between.tif"), (96, 64), 1, field().iter().map(|c| c * 10.0).collect::<Vec<f32>>());
    // ImageWidth and ImageLength of 0, by hand (TIFF 6.0)
    let sides = [256u16, 257].map(|tag| [&tag.to_le_bytes()[..], &[3, 0, 1, 0, 0, 0, 0, 0, 0, 0]].concat()).concat();
    std::fs::write(at("none.tif"), [&b"II*\0\x08\0\0\0\x02\0"[..], &sides, &[0; 4]].concat()).expect("written");
    jpeg(&at("alone_T.JPG"), b"<a/>");
    std::fs::create_dir(at("nothing")).expect("made");
    for (name, said) in [
        ("cut.tif", "cannot be read"),
        ("head.tif", "cannot be read"),
        ("empty.tif", "cannot be read"),
        ("text.tif", "cannot be read"),
        ("nan.tif", "no value at all"),
        ("zero.tif", "no temperature"),
        ("none.tif", "cannot be read"),
        ("one.tif", "1 x 1 px"),
        ("colours.tif", "export the temperatures"),
        ("counts.tif", "--scale"),
        ("between.tif", "--unit"),
        ("alone_T.JPG", "export the temperatures"),
        ("nothing", "without a TIFF"),
        ("gone.tif", "gone.tif"),
    ] {
        let ran = strawfire(here.path(), &["drone", name]);
        assert_eq!(ran.status.code(), Some(4), "{name}: {}", log(&ran));
        assert!(log(&ran).contains(name) && log(&ran).contains(said), "{name}: {}", log(&ran));
        let spoken = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(spoken.contains("1 not readable") && spoken.contains("未能读取任何资料"), "{name}: {spoken}");
    }
    let ran = strawfire(here.path(), &["drone", "good.tif", "cut.tif"]);
    assert_eq!(ran.status.code(), Some(3), "{}", log(&ran));
    assert_eq!(list(&at("out"), "hotareas.csv").len(), 1, "the good one is looked at");
    let kept = || {
        ["events.geojson", "sightings.geojson", "hotareas.csv"]
            .map(|name| std::fs::read(at("out").join(name)).expect("written"))
    };
    let before = kept();
    assert_eq!(strawfire(here.path(), &["drone", "gone.tif"]).status.code(), Some(4));
    assert_eq!(kept(), before, "a mistyped name does not make the lists of the run before empty");
}

/// The same field in other units and scales is the same field.
#[test]
fn units_and_scales_give_the_same_fire() {
    let here = tempfile::tempdir().expect("a folder");
    let at = |name: &str| here.path().join(name);
    tiff(&at("kelvin.tif"), (96, 64), 1, field().iter().map(|c| c + 273.15).collect::<Vec<f32>>());
    tiff(&at("tenths.tif"), (96, 64), 1, field().iter().map(|c| (c * 10.0) as i16).collect::<Vec<i16>>());
    tiff(
        &at("hundredths.tif"),
        (96, 64),
        1,
        field().iter().map(|c| (c * 100.0 + 27_315.0) as u16).collect::<Vec<u16>>(),
    );
    for arguments in [
        &["kelvin.tif"][..],
        &["--unit", "k", "kelvin.tif"],
        &["--scale", "0.1,0", "tenths.tif"],
        &["--scale", "0.01,-273.15", "hundredths.tif"],
        &["--scale", "0.01,0", "hundredths.tif"],
    ] {
        let ran = strawfire(here.path(), &[&["drone"][..], arguments].concat());
        assert_eq!(ran.status.code(), Some(0), "{arguments:?}: {}", log(&ran));
        let found = list(&at("out"), "hotareas.csv");
        assert_eq!((found.len(), found[0]["pixels"].as_str()), (1, "16"), "{arguments:?}");
        assert!((number(&found[0], "max_c") - 300.0).abs() < 0.02, "{arguments:?}: {found:?}");
    }
}

/// Poses that cannot be: they are told and not used; the fire is told all the same.
#[test]
fn absurd_poses_cost_the_place_and_not_the_fire() {
    let here = tempfile::tempdir().expect("a folder");
    let at = |name: &str| here.path().join(name);
    tiff(&at("a.tif"), (96, 64), 1, field());
    let bomb =
        format!("<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"{}\">]><x GpsLatitude=\"&b;\"/>", "&a;".repeat(2000));
    let placed = "GpsLatitude=\"36.5\" GpsLongitude=\"102.1\"";
    for (packet, said, has_place) in [
        (
            "<x GpsLatitude=\"95\" GpsLongitude=\"102.1\" GimbalYawDegree=\"1\" GimbalPitchDegree=\"-90\"/>"
                .to_string(),
            "found 95",
            false,
        ),
        (
            format!("<x {placed} GimbalYawDegree=\"nan\" GimbalPitchDegree=\"-90\" RelativeAltitude=\"80\"/>"),
            "found nan",
            true,
        ),
        (
            format!(
                "<x {placed} GimbalYawDegree=\"1\" GimbalPitchDegree=\"-90\" RelativeAltitude=\"-80\" CalibratedFocalLength=\"700\"/>"
            ),
            "no height",
            true,
        ),
        (
            format!("<x {placed} GimbalYawDegree=\"1\" GimbalPitchDegree=\"-90\" RelativeAltitude=\"80\"/>"),
            "--hfov",
            true,
        ),
        (bomb, "no place", false),
        ("<x><y></x>".to_string(), "no XML", false),
    ] {
        jpeg(&at("a_T.JPG"), packet.as_bytes());
        let ran = strawfire(here.path(), &["drone", "a.tif"]);
        assert_eq!(ran.status.code(), Some(0), "{packet}: {}", log(&ran));
        assert!(log(&ran).contains(said), "{said}: {}", log(&ran));
        let text = std::fs::read_to_string(at("out/sightings.geojson")).expect("written");
        let seen: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(seen["features"].as_array().map(Vec::len), Some(1), "{packet}");
        assert_eq!(seen["features"][0]["geometry"].is_object(), has_place, "{packet}");
        if has_place {
            assert!(seen["features"][0]["properties"]["position_error_m"].as_f64() >= Some(1000.0));
        }
    }
    // a TIFF that 100 MB of text follow: its temperatures are read, its tags are not
    let mut large = std::fs::read(at("a.tif")).expect("read");
    large.resize(large.len() + (100 << 20), b' ');
    std::fs::write(at("large.tif"), large).expect("written");
    let ran = strawfire(here.path(), &["drone", "large.tif"]);
    assert_eq!(ran.status.code(), Some(0), "{}", log(&ran));
    assert!(log(&ran).contains("more than 64 MB") && log(&ran).contains("1 hot areas"), "{}", log(&ran));
}
