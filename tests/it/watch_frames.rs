//! `strawfire watch-frames` from pictures to files, and its model beside onnxruntime.

use crate::common::{project, python_with, shared, strawfire};
use image::{Rgb, RgbImage};
use std::path::Path;
use std::process::Command;

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
fn sequence(cluster: &str, images: &Path, into: &Path) -> Vec<String> {
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
