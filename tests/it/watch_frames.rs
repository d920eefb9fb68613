//! `strawfire watch-frames` from pictures to files, and its model beside onnxruntime.

use crate::common::{SmallDisk, have, project, python_with, shared, strawfire};
use image::{Rgb, RgbImage};
use std::path::Path;
use std::process::Command;
use strawfire::store::{Asked, Scope, Store};

const MODEL: &str = "smoke_flame.onnx";

fn models() -> String {
    project().join("models").display().to_string()
}

/// A picture of a sky and a field.
fn field(path: &Path, side: (u32, u32)) {
    let picture = RgbImage::from_fn(side.0, side.1, |x, y| {
        let noise = ((x * 31 + y * 17) % 7) as u8;
        if y < side.1 / 3 { Rgb([150 + noise, 180 + noise, 220 + noise]) } else { Rgb([90 + noise, 110 + noise, 50]) }
    });
    picture.save(path).expect("written");
}

fn rows(folder: &Path) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(folder.join("out/frames.csv")).expect("frames.csv");
    reader.records().map(|row| row.expect("a row")).collect()
}

/// Every picture is judged, those that cannot be read are told, and nothing seen is an empty list.
#[test]
fn every_picture_has_a_row_and_a_bad_one_is_told() {
    let here = tempfile::tempdir().expect("a folder");
    let pictures = here.path().join("pictures");
    std::fs::create_dir(&pictures).expect("made");
    field(&pictures.join("b_20251020T053000Z.jpg"), (640, 360));
    field(&pictures.join("a_20251020T053100Z.png"), (320, 240));
    std::fs::write(pictures.join("c_20251020T053200Z.jpg"), b"\xff\xd8 no picture").expect("written");
    let ran = strawfire(here.path(), &["watch-frames", "--model", &models(), "pictures"]);
    let log = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(3), "{log}");
    assert!(log.contains("c_20251020T053200Z.jpg"), "{log}");
    let times: Vec<String> = rows(here.path()).iter().map(|row| row[1].to_string()).collect();
    assert_eq!(times, ["2025-10-20T05:30:00Z", "2025-10-20T05:31:00Z"], "by time and not by name");
    assert!(rows(here.path()).iter().all(|row| &row[3] == "true"), "the model looked");
    let text = std::fs::read_to_string(here.path().join("out/sightings.geojson")).expect("written");
    let collection: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(collection["type"], "FeatureCollection");
}

/// A model that is not there, cut or changed is told by name; the satellite half does not ask for it.
#[test]
fn a_model_that_is_missing_or_damaged_is_told() {
    let here = tempfile::tempdir().expect("a folder");
    field(&here.path().join("20251020T053000Z.jpg"), (64, 48));
    let broken = here.path().join("broken");
    std::fs::create_dir(&broken).expect("made");
    let run = |code: i32, said: &[&str]| {
        let ran = strawfire(here.path(), &["watch-frames", "--model", "broken", "20251020T053000Z.jpg"]);
        let log = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(code), "{log}");
        said.iter().for_each(|said| assert!(log.contains(said), "{said}: {log}"));
    };
    run(4, &["broken/smoke_flame.toml"]);
    let described = std::fs::read(project().join("models/smoke_flame.toml")).expect("read");
    std::fs::write(broken.join("smoke_flame.toml"), &described).expect("written");
    run(4, &[MODEL]);
    let bytes = std::fs::read(project().join("models").join(MODEL)).expect("read");
    std::fs::write(broken.join(MODEL), &bytes[..bytes.len() / 2]).expect("written");
    run(4, &[MODEL, "SHA-256"]);
    std::fs::write(broken.join("smoke_flame.toml"), "file = 7").expect("written");
    run(4, &["smoke_flame.toml"]);
    assert!(!here.path().join("out/sightings.geojson").exists(), "nothing was looked at");
}

/// Without a source, or with one of another kind, it says what it wants.
#[test]
fn what_is_no_source_is_refused() {
    let here = tempfile::tempdir().expect("a folder");
    for (asked, said) in [
        (&["watch-frames"][..], "SOURCE"),
        (&["watch-frames", "ftp://camera/1"], "rtsp://"),
        (&["watch-frames", "rtsp://user:secret@camera/1"], "password"),
        (&["watch-frames", "--camera", "nowhere", "x.jpg"], "nowhere"),
    ] {
        let models = models();
        let asked: Vec<&str> = asked.iter().copied().chain(["--model", &models]).collect();
        let ran = strawfire(here.path(), &asked);
        let log = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(2), "{asked:?}: {log}");
        assert!(log.contains(said) && !log.contains("secret"), "{asked:?}: {log}");
    }
}

/// Python: boxes of pictures by onnxruntime and decode.py of models/, in the form of frames.csv.
const BESIDE: &str = r"
import csv, sys
import cv2, numpy, onnxruntime
sys.path.insert(0, sys.argv[1])
import decode
session = onnxruntime.InferenceSession(sys.argv[1] + '/smoke_flame.onnx', providers=['CPUExecutionProvider'])
compared = 0
for row in csv.DictReader(open(sys.argv[2])):
    picture = cv2.cvtColor(cv2.imread(row['source']), cv2.COLOR_BGR2RGB)
    assert picture.shape == (480, 640, 3), picture.shape
    tensor = numpy.ascontiguousarray(picture.transpose(2, 0, 1)[None], numpy.float32) / 255
    heat, box = session.run(['heat', 'box'], {'picture': tensor})
    theirs = [b for b in decode.boxes(heat[0], box[0], least=0.08)][:20]
    ours = [m.split() for m in row['marks'].split(';') if m]
    strong = [b for b in theirs if b[4] > 0.1]
    assert abs(len(ours) - len(theirs)) <= 1, (row['source'], len(ours), len(theirs))
    for mark in strong:
        near = [o for o in ours if o[0] == ('smoke', 'flame')[int(mark[5])] and abs(float(o[1]) - mark[4]) < 0.005
                and max(abs(float(a) - b) for a, b in zip(o[2:], mark[:4])) < 1.5]
        assert near, (row['source'], mark, ours)
        compared += 1
print('compared', compared)
";

/// The same marks as onnxruntime gives: another runtime, and numpy for what is read out of it.
#[test]
fn marks_are_those_of_onnxruntime() {
    let (Some(data), Some(python)) = (shared("camera/hpwren/images"), python_with("onnxruntime, cv2")) else { return };
    let here = tempfile::tempdir().expect("a folder");
    let pictures = here.path().join("pictures");
    std::fs::create_dir(&pictures).expect("made");
    let mut names: Vec<_> =
        std::fs::read_dir(&data).expect("listed").flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    for name in names.iter().step_by(names.len() / 8) {
        // as PNG: two decoders of JPEG differ by more than two runtimes
        let picture = image::open(data.join(name)).expect("a picture");
        picture.save(pictures.join(Path::new(name).with_extension("png"))).expect("written");
    }
    let ran = strawfire(here.path(), &["watch-frames", "--model", &models(), "pictures"]);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    let output = Command::new(python)
        .args(["-c", BESIDE, &models(), "out/frames.csv"])
        .current_dir(here.path())
        .output()
        .expect("Python runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("{said}");
}

/// Frames of a sequence of models/split.csv (cluster), linked under names that say when they were taken; gives their labels in order.
pub fn sequence(cluster: &str, images: &Path, into: &Path) -> Vec<String> {
    let mut split = csv::Reader::from_path(project().join("models/split.csv")).expect("split.csv");
    let mut frames: Vec<(String, String)> = Vec::new();
    for row in split.records().map(|row| row.expect("a row")) {
        let (file, label, time) = (&row[0], &row[4], &row[6]);
        // two of the times that were read from the pictures are no times
        let is_time = time.len() == 14
            && time.as_bytes()[8..].chunks(2).zip([23, 59, 59]).all(|(two, most)| {
                std::str::from_utf8(two).ok().and_then(|two| two.parse::<u8>().ok()).is_some_and(|two| two <= most)
            });
        if &row[5] == cluster && is_time {
            let name = format!("{}T{}Z_{file}", &time[..8], &time[8..]);
            std::os::unix::fs::symlink(images.join(file), into.join(&name)).expect("linked");
            frames.push((name, label.to_string()));
        }
    }
    frames.sort();
    frames.into_iter().map(|(_, label)| label).collect()
}

/// Three fires that towers saw, a frame a minute, with boxes drawn by people (AI for Mankind): told within three frames of the first box, and
/// nothing in the frames before ignition. The numbers that decide come from the third, on another tower than the other two.
#[test]
fn fires_of_towers_are_told_within_three_frames() {
    let Some(images) = shared("camera/hpwren/images") else { return };
    for cluster in ["1", "0", "24"] {
        let here = tempfile::tempdir().expect("a folder");
        let frames = here.path().join("frames");
        std::fs::create_dir(&frames).expect("made");
        let labels = sequence(cluster, &images, &frames);
        let ran = strawfire(here.path(), &["watch-frames", "--model", &models(), "frames"]);
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
        let rows = rows(here.path());
        assert_eq!(rows.len(), labels.len(), "every frame has a row");
        let told: Vec<usize> = (0..rows.len()).filter(|i| rows[*i][7].parse::<usize>().expect("a count") > 0).collect();
        let first = labels.iter().position(|label| label == "boxed").expect("a box");
        let early = told.iter().filter(|i| labels[**i] == "negative").count();
        println!("{cluster}: {} frames, first box {first}, told {told:?}", rows.len());
        assert_eq!(early, 0, "{cluster}: told before ignition: {told:?}");
        assert!(told.iter().any(|i| (first.saturating_sub(3)..=first + 3).contains(i)), "{cluster}: {first} {told:?}");
    }
}

/// A camera over flat ground 2000 m high, 100 m above it, that looks down by ten degrees to the north; and a store.
pub fn placed(here: &Path) -> String {
    let site = here.join("site");
    std::fs::create_dir(&site).expect("made");
    for name in ["counties.geojson", "grid.geojson", "townships.csv", "static_sources.csv"] {
        std::fs::copy(project().join("sites/haidong").join(name), site.join(name)).expect(name);
    }
    let made = Command::new("gdal_create")
        .args(["-q", "-of", "GTiff", "-ot", "Float32", "-outsize", "400", "400", "-bands", "1", "-burn", "2000"])
        .args(["-a_srs", "EPSG:4326", "-a_ullr", "101", "38", "104", "35"])
        .arg(site.join("flat.tif"))
        .output();
    assert!(made.expect("gdal_create runs").status.success());
    let url = format!("sqlite://{}", here.join("kept.db").display());
    let toml = format!(
        "name = \"海东市\"\n[layers]\ndem = \"flat.tif\"\ndem_error_m = 1.0\ngrid = \"grid.geojson\"\ntownships = \"townships.csv\"\n[store]\nurl = \"{url}\"\n"
    );
    std::fs::write(site.join("site.toml"), toml).expect("written");
    let camera = "[[camera]]\nid = \"tower-1\"\nlon = 102.40\nlat = 36.48\nheight_m = 100\nazimuth_deg = 0\ntilt_deg = -10\nroll_deg = 0\nhfov_deg = 60\nwidth = 640\nheight = 480\n";
    std::fs::write(site.join("cameras.toml"), camera).expect("written");
    url
}

fn sightings(out: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(out.join("sightings.geojson")).unwrap_or_default();
    let collection: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    collection["features"].as_array().cloned().unwrap_or_default()
}

/// Ids of the events of a store.
fn events(url: &str) -> Vec<String> {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let store = Store::open_existing(url).await.expect("a store");
        let asked = Asked { limit: 100, ..Asked::default() };
        let events = store.list_events(&Scope::all(), &asked).await.expect("read");
        store.close().await;
        events.into_iter().map(|event| event.stored.event.id).collect()
    })
}

/// Smoke before the first tower, as if it stood in Ledu. By hand over flat ground: a line that goes down by e meets the ground 100 m / tan(e)
/// away, and the place lies there in the line's azimuth, a degree of latitude being 111 km. Done twice, and killed in the middle, it is one
/// event still.
#[test]
fn smoke_has_a_place_and_becomes_an_event_once() {
    let Some(images) = shared("camera/hpwren/images") else { return };
    if !have("gdal_create") {
        return;
    }
    let here = tempfile::tempdir().expect("a folder");
    let url = placed(here.path());
    let frames = here.path().join("frames");
    std::fs::create_dir(&frames).expect("made");
    sequence("1", &images, &frames);
    let models = models();
    let asked = ["watch-frames", "--site", "site", "--camera", "tower-1", "--model", &models, "frames"];

    // killed as soon as something is seen: it is in the file and in the store
    let mut killed = Command::new(env!("CARGO_BIN_EXE_strawfire"))
        .args(asked)
        .current_dir(here.path())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("begun");
    let out = here.path().join("out");
    let begun = std::time::Instant::now();
    while sightings(&out).is_empty() {
        assert!(killed.try_wait().expect("asked").is_none() && begun.elapsed().as_secs() < 300, "nothing was seen");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    killed.kill().expect("killed");
    killed.wait().expect("ended");
    let first = events(&url);
    assert_eq!(first.len(), 1, "{first:?}");

    let ran = strawfire(here.path(), &asked);
    let log = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(0), "{log}");
    assert_eq!(events(&url).first(), first.first(), "the event goes on");
    let seen = sightings(&out);
    assert!(!seen.is_empty());
    for feature in &seen {
        let of = |name: &str| feature["properties"][name].as_f64().expect(name);
        assert_eq!(
            (&feature["properties"]["camera"], &feature["geometry"]["type"]),
            (&"tower-1".into(), &"Point".into())
        );
        let expected = 100.0 / (-of("elevation_deg")).to_radians().tan();
        assert!((of("range_m") / expected - 1.0).abs() < 0.02, "{expected} {feature}");
        let at = |i: usize| feature["geometry"]["coordinates"][i].as_f64().expect("a coordinate");
        let north = (at(1) - 36.48) * 111_000.0;
        let east = (at(0) - 102.40) * 111_300.0 * 36.48_f64.to_radians().cos();
        assert!((north.hypot(east) / expected - 1.0).abs() < 0.02, "{north} {east} {feature}");
        let azimuth = east.atan2(north).to_degrees().rem_euclid(360.0);
        let turned = (azimuth - of("azimuth_deg") + 180.0).rem_euclid(360.0) - 180.0;
        assert!(turned.abs() < 0.5, "{azimuth} {feature}");
        let picture = here.path().join(feature["properties"]["image"].as_str().expect("a picture"));
        assert!(image::open(&picture).is_ok_and(|picture| picture.width() == 640), "{}", picture.display());
    }
    let listed: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("events.geojson")).expect("written")).expect("JSON");
    let event = &listed["features"][0]["properties"];
    assert_eq!((&event["adcode"], &event["sources"]), (&"630202".into(), &serde_json::json!(["tower-1"])), "{event}");
}

/// A slip in cameras.toml is told by its key wherever cameras are wanted; what satellites see is taken all the same.
#[test]
fn a_slip_in_the_file_of_cameras_costs_the_cameras_alone() {
    let here = tempfile::tempdir().expect("a folder");
    if !have("gdal_create") {
        return;
    }
    placed(here.path());
    std::fs::write(here.path().join("site/cameras.toml"), "[[camera]]\nid = \"a\"\nlat = 36.4\nheight_m = 5\n")
        .expect("written");
    let list = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight\n\
                36.516036,102.4,340.1,0.4,0.4,2026-10-20,0255,N20,VIIRS,n,2.0NRT,295.0,5.5,D\n";
    std::fs::write(here.path().join("list.csv"), list).expect("written");
    let models = models();
    for (asked, code) in [
        (&["import", "--site", "site", "--format", "firms", "list.csv"][..], 0),
        (&["watch-frames", "--site", "site", "--camera", "a", "--model", &models, "."], 2),
        (&["camera", "viewshed", "--site", "site"], 2),
        (&["site", "check", "--site", "site"], 2),
    ] {
        let ran = strawfire(here.path(), asked);
        let log = [&ran.stdout[..], &ran.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat();
        assert_eq!(ran.status.code(), Some(code), "{asked:?}: {log}");
        assert!(log.contains("camera[0].lon"), "{asked:?}: {log}");
    }
}

/// A disk without room for its pictures, and pictures of another shape than the lens is known for: told, and the smoke is kept all the same.
#[test]
fn what_cannot_be_written_or_placed_costs_no_sighting() {
    let Some(images) = shared("camera/hpwren/images") else { return };
    let here = tempfile::tempdir().expect("a folder");
    let Some(_disk) = SmallDisk::at(&here.path().join("small"), 64 * 1024).filter(|_| have("gdal_create")) else {
        return;
    };
    let url = placed(here.path());
    let frames = here.path().join("frames");
    std::fs::create_dir(&frames).expect("made");
    sequence("0", &images, &frames);
    let models = models();
    let asked = ["watch-frames", "--site", "site", "--camera", "tower-1", "--model", &models];
    let ran = strawfire(here.path(), &[&asked[..], &["--out", "small", "frames"]].concat());
    let log = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(5), "{log}");
    assert!(log.contains("goes on being told") && log.contains("tower-1: smoke"), "{log}");
    assert_eq!(events(&url).len(), 1, "{log}");

    let cameras = here.path().join("site/cameras.toml");
    let text = std::fs::read_to_string(&cameras).expect("read").replace("height = 480", "height = 640");
    std::fs::write(&cameras, text).expect("written");
    let ran = strawfire(here.path(), &[&asked[..], &["frames"]].concat());
    let log = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(2), "{log}");
    assert!(log.contains("640 x 480"), "{log}");
    let seen = sightings(&here.path().join("out"));
    assert!(!seen.is_empty() && seen.iter().all(|feature| feature["geometry"].is_null()), "{seen:?}");
}
