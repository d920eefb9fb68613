//! Cameras of the station: real streams of a real RTSP server, by a clock that runs sixty times as fast as ours, so that the minute from one
//! frame of a tower to the next is a second.

use super::Place;
use super::feed::{self, Feed, How};
use crate::camera_parts::{H264, Served, film, h264, have_rtsp, picture};
use crate::common::{have, project, shared};
use crate::databases::sqlite;
use crate::delivery::run;
use crate::watch_frames::{placed, sequence};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use strawfire::sighting::Sighting;
use strawfire::store::{Alarm, Asked, CameraLook, Scope, Shown, Store};
use strawfire::time::Utc;

const SPEED: f64 = 60.0;
/// Noon over Haidong is at half past five.
const START: &str = "2026-10-20T03:00:00Z";

/// A film of the frames of a tower (cluster of models/split.csv), a second each, from so many before the first box to so many after it.
fn tower_film(name: &str, cluster: &str, before: usize, after: usize) -> Option<PathBuf> {
    let images = shared("camera/hpwren/images")?;
    let here = tempfile::tempdir().expect("a folder");
    let labels = sequence(cluster, &images, here.path());
    let first = labels.iter().position(|label| label == "boxed").expect("a box");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(here.path()).expect("listed").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let frames: Vec<image::RgbImage> = paths[first.saturating_sub(before)..(first + after).min(paths.len())]
        .iter()
        .map(|path| image::open(path).expect("a picture").into_rgb8())
        .collect();
    let pictures = 25 * frames.len() as u32;
    let coded: Vec<&str> = H264.iter().map(|word| if *word == "50" { "25" } else { *word }).collect();
    Some(film(name, pictures, |n| frames[(n / 25) as usize].clone(), &coded))
}

struct Station {
    folder: PathBuf,
    url: String,
    child: Child,
}

impl Station {
    /// In a folder whose site has the ground of `placed`, these cameras and more settings.
    fn start(folder: &Path, url: &str, cameras: &str, more: &str) -> Station {
        let site = folder.join("site");
        let toml = std::fs::read_to_string(site.join("site.toml")).expect("read");
        // started again, the site is what it was
        let toml = toml.split("[delivery]").next().unwrap_or_default();
        std::fs::write(site.join("site.toml"), format!("{toml}[delivery]\nallow_simulated = true\n{more}"))
            .expect("written");
        std::fs::write(site.join("cameras.toml"), cameras).expect("written");
        let log = std::fs::File::create(folder.join("station.log")).expect("a log");
        let child = Command::new(env!("CARGO_BIN_EXE_strawfire"))
            .args(["station", "--without", "web", "--rehearse", START, "--speed", &SPEED.to_string()])
            .arg("--site")
            .arg(&site)
            .env("CAMERA_PASSWORD", "falsch-0815")
            .current_dir(project())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("starts");
        Station { folder: folder.into(), url: url.to_string(), child }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("station.log")).unwrap_or_default()
    }

    /// Asks the store until there is an answer.
    fn until<T>(&mut self, what: &str, seconds: u64, ask: impl AsyncFn(&Store) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            let found = run(async {
                let store = Store::open_existing(&self.url).await.ok()?;
                let found = ask(&store).await;
                store.close().await;
                found
            });
            if let Some(found) = found {
                return found;
            }
            let ended = self.child.try_wait().expect("asked");
            assert!(
                ended.is_none() && began.elapsed() < Duration::from_secs(seconds),
                "{what}: not within {seconds} s ({ended:?})\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    fn stop(mut self) -> String {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        let began = Instant::now();
        while self.child.try_wait().expect("asked").is_none() {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not end\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(self.child.wait().expect("ended").code(), Some(0), "{}", self.log());
        self.log()
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn sightings(store: &Store) -> Vec<Sighting> {
    store.list_sightings(&Scope::all(), &Asked { limit: 100, ..Asked::default() }).await.expect("read")
}

async fn events(store: &Store) -> Vec<Shown> {
    store.list_events(&Scope::all(), &Asked { limit: 100, ..Asked::default() }).await.expect("read")
}

async fn alarms(store: &Store) -> Vec<Alarm> {
    store.alarms(Utc::parse(START).expect("a time")).await.expect("read")
}

/// The open alarm of a name.
async fn open(store: &Store, name: &str) -> Option<Alarm> {
    alarms(store).await.into_iter().find(|alarm| alarm.name == name && alarm.over.is_none())
}

/// A camera on the mast of [`placed`], or a turning one.
fn camera(id: &str, source: &str, more: &str) -> String {
    format!(
        "[[camera]]\nid = \"{id}\"\nlon = 102.40\nlat = 36.48\nheight_m = 100\nhfov_deg = 60\nevery_s = 60\nsource = \"{source}\"\n{more}\n"
    )
}

const FIXED: &str = "azimuth_deg = 0\ntilt_deg = -10\nwidth = 640\nheight = 480";

/// Smoke of a tower comes by RTSP: one sighting, one event, a picture and a film. A camera that was turned away sees it too and gives no
/// azimuth. The server is killed and comes again; a stream that stands still, a black one and a wrong password are told.
#[test]
fn smoke_by_rtsp_is_one_sighting_and_what_ails_cameras_is_told() {
    let here = tempfile::tempdir().expect("a folder");
    if !have_rtsp() || !have("gdal_create") {
        return;
    }
    let Some(smoke) = tower_film("h2smoke0.mp4", "0", 28, 8) else { return };
    let url = placed(here.path());
    // 50 s each: x264 codes what stands still as that
    let still = film("h2still.mp4", 1250, |_| picture(77), &H264);
    let dark = film("h2dark.mp4", 1250, |_| image::RgbImage::new(640, 352), &H264);
    let tower = Served::rtsp(0, None, &[&smoke]);
    let others = Served::rtsp(0, None, &[&still, &dark]);
    let locked = Served::rtsp(0, Some("digest"), &[&h264()]);
    let at = |server: &Served, path: &str| format!("rtsp://127.0.0.1:{}/{path}", server.port);
    // its reference is of another tower
    image::open(shared("camera/hpwren/images").expect("there").join(other_tower()))
        .expect("a picture")
        .save(here.path().join("site/elsewhere.png"))
        .expect("written");
    let cameras = [
        camera("tower", &at(&tower, "h2smoke0"), FIXED),
        camera("turned", &at(&tower, "h2smoke0"), &format!("{FIXED}\nreference = \"elsewhere.png\"")),
        camera("still", &at(&others, "h2still"), "azimuth_deg = 0\ntilt_deg = -10"),
        camera("dark", &at(&others, "h2dark"), "azimuth_deg = 0\ntilt_deg = -10"),
        camera(
            "locked",
            &at(&locked, "h2cam"),
            "azimuth_deg = 0\ntilt_deg = -10\nuser = \"eye\"\npassword_env = \"CAMERA_PASSWORD\"",
        ),
    ];
    let more = "[[delivery.sinks]]\nname = \"desk\"\nkind = \"wecom\"\nurl = \"https://127.0.0.1:9/send\"\nsecret_env = \"CAMERA_PASSWORD\"\n";
    let mut station = Station::start(here.path(), &url, &cameras.concat(), more);

    let by = |all: &[Sighting], id: &str| -> Vec<Sighting> {
        all.iter().filter(|sighting| sighting.camera.as_deref() == Some(id)).cloned().collect()
    };
    let both = station.until("smoke of both cameras", 150, async |store| {
        let all = sightings(store).await;
        (!by(&all, "tower").is_empty() && !by(&all, "turned").is_empty()).then_some(all)
    });
    // no more of it is sent
    let port = tower.port;
    drop(tower);
    assert_eq!(by(&both, "tower").len(), 1, "{both:?}");
    let seen = &by(&both, "tower")[0];
    let (place, spread) = seen.place().expect("a place");
    assert!(seen.direction.is_some() && spread.distance_m() > 0.0 && (place.lon() - 102.40).abs() < 0.3);
    let turned = &by(&both, "turned")[0];
    assert!(turned.direction.is_none() && turned.ground.is_none(), "where it looks is not known: {turned:?}");
    let shown =
        station.until("its event", 20, async |store| Some(events(store).await).filter(|events| !events.is_empty()));
    assert_eq!((shown.len(), &shown[0].stored.event.sources), (1, &vec!["tower".to_string()]));
    assert_eq!(shown[0].stored.event.county.as_ref().expect("inside").adcode, "630202");

    for (name, said) in [
        ("camera tower silent", "无画面"),
        ("camera still frozen", "画面静止"),
        ("camera dark black", "画面全黑"),
        ("camera locked silent", "401"),
        ("camera turned moved", "指向已变"),
    ] {
        let alarm = station.until(name, 60, async |store| open(store, name).await);
        assert!(alarm.said.contains(said), "{alarm:?}");
        assert!(!alarm.said.contains("falsch-0815"), "{alarm:?}");
    }
    // the desk hears of smoke that has no place
    let unplaced = station.until("a notice of the camera that was turned", 20, async |store| {
        let told = store.rows(strawfire::store::Status::Queued, 100).await.expect("rows");
        let of: Vec<_> = told.into_iter().filter(|row| row.filed.event.starts_with("sighting:turned:")).collect();
        (!of.is_empty()).then_some(of)
    });
    assert!(unplaced[0].filed.body.contains("指向不明"), "{}", unplaced[0].filed.body);

    let _again = Served::rtsp(port, None, &[&smoke]);
    station.until("frames of the server that was killed", 240, async |store| {
        let is_over = |alarm: &Alarm| alarm.name == "camera tower silent" && alarm.over.is_some();
        alarms(store).await.iter().any(is_over).then_some(())
    });
    let folder = station.folder.clone();
    station.stop();
    // started again nothing of what goes on is told to be over
    let mut station = Station::start(here.path(), &url, &cameras.concat(), more);
    std::thread::sleep(Duration::from_secs(12));
    for name in ["camera still frozen", "camera dark black", "camera locked silent"] {
        let own = station.until(name, 20, async |store| {
            let own: Vec<Alarm> = alarms(store).await.into_iter().filter(|alarm| alarm.name == name).collect();
            (!own.is_empty()).then_some(own)
        });
        assert!(own.len() == 1 && own[0].over.is_none(), "{own:?}");
    }
    station.stop();
    let evidence = here.path().join("station/evidence");
    let picture = evidence.join(seen.image.as_deref().expect("a picture"));
    assert!(image::open(&picture).is_ok_and(|picture| picture.width() == 640), "{}", picture.display());
    let film = picture.with_extension("mp4");
    let asked = ["-v", "error", "-count_frames", "-show_entries", "stream=codec_name,nb_read_frames", "-of", "csv=p=0"];
    let told = Command::new("ffprobe").args(asked).arg(&film).output().expect("ffprobe runs");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let frames: usize = told.trim().strip_prefix("h264,").and_then(|count| count.parse().ok()).unwrap_or_default();
    assert!((9..=16).contains(&frames), "{told} {}", film.display());
    assert!(
        std::fs::read_dir(folder.join("station/sightings")).is_ok_and(|left| left.count() == 0),
        "all is in the store"
    );
}

/// A picture of the other tower by day.
fn other_tower() -> String {
    let mut split = csv::Reader::from_path(project().join("models/split.csv")).expect("split.csv");
    let of_other = |row: &csv::StringRecord| &row[5] == "24" && &row[4] == "negative";
    split.records().map(|row| row.expect("a row")).find(of_other).map(|row| row[0].to_string()).expect("a frame")
}

/// A satellite's fire four kilometres before the mast, taken into the store before the station starts: the dome goes to the preset that
/// shows it, the camera that looks there anyway is looked at, the one that looks elsewhere is not. By hand: the ground there is seen
/// atan(100 m / 4000 m) + 0.02 degrees (the earth's curve) below level, 8.55 degrees above the axis of a picture whose focal length is
/// 320 px / tan 30 degrees: line 92, in the middle column.
#[test]
fn a_fire_of_a_satellite_asks_the_cameras_that_can_see_it() {
    let here = tempfile::tempdir().expect("a folder");
    if !have_rtsp() || !have("gdal_create") || !have("python3") {
        return;
    }
    let url = placed(here.path());
    // a stream for each camera: the server may hang where several begin to watch one
    let films = ["h2dome.mp4", "h2fixed.mp4", "h2away.mp4"].map(|name| here.path().join(name));
    films.iter().for_each(|film| std::os::unix::fs::symlink(h264(), film).expect("linked"));
    let server = Served::rtsp(0, None, &films.each_ref().map(|film| film.as_path()));
    let hooks = Served::http(here.path());
    let source = |id: &str| format!("rtsp://127.0.0.1:{}/h2{id}", server.port);
    let hook = format!("hook = \"http://127.0.0.1:{}/preset?go={{preset}}\"\nwidth = 640\nheight = 352", hooks.port);
    let presets = "[[camera.preset]]\nid = \"south\"\nazimuth_deg = 180\ntilt_deg = -10\n\
                   [[camera.preset]]\nid = \"north\"\nazimuth_deg = 0\ntilt_deg = -10\n";
    let size = "width = 640\nheight = 352\ntilt_deg = -10";
    let cameras = [
        camera("dome", &source("dome"), &format!("{hook}\n{presets}")),
        camera("fixed", &source("fixed"), &format!("{size}\nazimuth_deg = 0")),
        camera("away", &source("away"), &format!("{size}\nazimuth_deg = 120")),
    ];
    std::fs::write(
        here.path().join("list.csv"),
        "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight\n\
         36.516036,102.4,340.1,0.4,0.4,2026-10-20,0255,N20,VIIRS,n,2.0NRT,295.0,5.5,D\n",
    )
    .expect("written");
    let imported =
        crate::common::strawfire(here.path(), &["import", "--site", "site", "--format", "firms", "list.csv"]);
    assert_eq!(imported.status.code(), Some(0), "{}", String::from_utf8_lossy(&imported.stderr));

    let mut station = Station::start(here.path(), &url, &cameras.concat(), "");
    let looks: Vec<CameraLook> = station.until("what cameras showed", 240, async |store| {
        let event = events(store).await.pop()?.stored.event.id;
        let looks = store.camera_looks(&event).await.expect("read");
        let is_over = |look: &CameraLook| look.said.contains("不等于无火");
        (looks.len() >= 2 && looks.iter().all(is_over)).then_some(looks)
    });
    let log = station.stop();
    let of: Vec<(&str, Option<&str>)> =
        looks.iter().map(|look| (look.camera.as_str(), look.preset.as_deref())).collect();
    assert_eq!(of, [("dome", Some("north")), ("fixed", None)], "{log}");
    for look in &looks {
        let path = here.path().join("station/evidence").join(look.image.as_deref().expect("a picture"));
        let picture = image::open(&path).expect("a picture").into_rgb8();
        let is_red = |x: u32, y: u32| {
            let [red, green, blue] = picture.get_pixel(x, y).0;
            red > 150 && green < 80 && blue < 80
        };
        assert!(is_red(300, 92) && is_red(340, 92) && !is_red(300, 130), "{}", path.display());
    }
}

/// Alarms of a platform that come as files: a good one is an event, one that is being written is left alone, a wrong one is told, and all stay
/// where they are; started again the station takes none twice.
#[test]
fn alarms_that_come_as_files_are_taken_once() {
    let here = tempfile::tempdir().expect("a folder");
    if !have("gdal_create") {
        return;
    }
    let url = placed(here.path());
    let folder = here.path().join("tower");
    std::fs::create_dir(&folder).expect("made");
    let alarm = |id: &str, lon: f64| {
        format!(
            r#"{{"id": "{id}", "time": "2026-10-20T02:58:00Z", "kind": "smoke", "camera": "瞿昙寺", "lon": {lon}, "lat": 36.516, "position_error_m": 150}}"#
        )
    };
    std::fs::write(folder.join("good.json"), alarm("1", 102.40)).expect("written");
    std::fs::write(folder.join(".half.json"), alarm("2", 102.42)).expect("written");
    std::fs::write(folder.join("wrong.json"), alarm("3", 1020.0)).expect("written");
    std::fs::write(folder.join("long.json"), format!("{}{}", alarm("5", 102.43), " ".repeat(9 << 20)))
        .expect("written");
    let more =
        format!("[[intake.sources]]\nname = \"tower\"\nkind = \"platform\"\nfolder = \"{}\"\n", folder.display());
    let count = |wanted: usize| {
        async move |store: &Store| {
            let seen = sightings(store).await;
            (seen.len() == wanted).then_some(seen)
        }
    };
    let mut station = Station::start(here.path(), &url, "", &more);
    let seen = station.until("the good one", 30, count(1));
    assert_eq!((seen[0].vendor_id.as_deref(), seen[0].camera.as_deref()), (Some("1"), Some("tower/瞿昙寺")));
    let shown =
        station.until("its event", 10, async |store| Some(events(store).await).filter(|events| !events.is_empty()));
    assert_eq!(shown[0].stored.event.sources, ["tower/瞿昙寺"]);
    std::fs::rename(folder.join(".half.json"), folder.join("whole.json")).expect("renamed");
    station.until("the one that is whole now", 30, count(2));
    let log = station.stop();
    assert!(log.contains("wrong.json") && log.contains("lon"), "{log}");
    assert!(log.contains("long.json: found a longer file; expected an alarm of 8 MiB at most"), "{log}");
    let mut station = Station::start(here.path(), &url, "", &more);
    std::fs::write(folder.join("late.json"), alarm("4", 102.41)).expect("written");
    station.until("one more, and none twice", 30, count(3));
    station.stop();
    assert_eq!(std::fs::read_dir(&folder).expect("listed").count(), 5);
}

/// Python: holds the store for itself until it is killed.
const HOLD: &str = "import sqlite3, sys, time\n\
    db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)\n\
    db.execute('BEGIN EXCLUSIVE')\nprint('held', flush=True)\ntime.sleep(600)";

/// The store cannot be written while smoke is seen, and the station is killed before it can: the next one puts what waited into the store.
#[test]
fn smoke_that_the_store_did_not_take_is_there_after_a_kill() {
    let here = tempfile::tempdir().expect("a folder");
    if !have_rtsp() || !have("gdal_create") || !have("python3") {
        return;
    }
    let Some(smoke) = tower_film("h2smoke0b.mp4", "0", 12, 8) else { return };
    let url = placed(here.path());
    let tower = Served::rtsp(0, None, &[&smoke]);
    let cameras = camera("tower", &format!("rtsp://127.0.0.1:{}/h2smoke0b", tower.port), FIXED);
    let mut station = Station::start(here.path(), &url, &cameras, "");
    let folder = here.path().join("station/sightings");
    station.until("the first store", 30, async |_| Some(()));
    let mut held = Command::new("python3")
        .args(["-c", HOLD, url.trim_start_matches("sqlite://")])
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(held.stdout.take().expect("a pipe")), &mut line)
        .expect("a line");
    assert_eq!(line.trim(), "held");
    let began = Instant::now();
    let waits = || {
        std::fs::read_dir(&folder).is_ok_and(|files| {
            files.flatten().any(|file| file.path().extension().is_some_and(|ending| ending == "json"))
        })
    };
    while !waits() {
        assert!(began.elapsed() < Duration::from_secs(90), "nothing was seen\n{}", station.log());
        std::thread::sleep(Duration::from_millis(100));
    }
    station.child.kill().expect("killed");
    station.child.wait().expect("ended");
    held.kill().expect("killed");
    held.wait().expect("ended");
    drop(tower);
    let none = run(async {
        let store = Store::open_existing(&url).await.expect("a store");
        let seen = sightings(&store).await;
        store.close().await;
        seen
    });
    assert!(none.is_empty(), "{none:?}");

    let mut station = Station::start(here.path(), &url, &cameras, "");
    let shown =
        station.until("what waited", 30, async |store| Some(events(store).await).filter(|events| !events.is_empty()));
    assert_eq!(shown[0].stored.event.sources, ["tower"]);
    station.stop();
    assert!(!waits(), "all is in the store");
}

/// A model that is damaged is an alarm; the cameras are watched over all the same, and the satellites' looks are scanned.
#[test]
fn without_its_model_the_satellite_half_goes_on() {
    if !have_rtsp() {
        return;
    }
    let here = tempfile::tempdir().expect("a folder");
    let inputs = feed::slots("2025-10-20", 30..31);
    let place = Place::new(here.path(), &sqlite().url, "2025-10-20T05:00:00Z", SPEED, "");
    let models = here.path().join("site/models");
    std::fs::create_dir(&models).expect("made");
    std::fs::copy(project().join("models/smoke_flame.toml"), models.join("smoke_flame.toml")).expect("copied");
    std::fs::write(models.join("smoke_flame.onnx"), b"no model").expect("written");
    let server = Served::rtsp(0, None, &[&h264()]);
    let source = format!("rtsp://127.0.0.1:{}/h2cam", server.port);
    std::fs::write(here.path().join("site/cameras.toml"), camera("tower", &source, FIXED)).expect("written");
    let station = place.station();
    let feed = Feed::new(&inputs, &place.folder.join("inbox"), &[How::Whole]);
    feed.deliver(&place.clock, |_| {});
    let slots = place.until(60.0, |slots| super::wrong(slots, &feed).is_empty());
    assert!(super::wrong(&slots, &feed).is_empty(), "{}", place.log());
    let alarm = run(async {
        let store = Store::open_existing(&place.url).await.expect("a store");
        let alarm = open(&store, "camera model").await;
        store.close().await;
        alarm
    });
    assert!(alarm.expect("an alarm").said.contains("smoke_flame.onnx"));
    assert_eq!(station.stop().0, Some(0), "{}", place.log());
}
