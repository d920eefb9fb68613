//! What cameras cost: 1280x720 H.264 of 2 Mbit/s, 25 pictures a second, a key picture every 2 s. To be run by hand:
//! `cargo test --release --test it camera_load -- --ignored --nocapture`.

use crate::camera_parts::{Served, have_rtsp, runtime};
use crate::common::shared;
use futures_util::FutureExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use strawfire::imagery::{Frames, Pace, Seen, Source, open};
use strawfire::time::Clock;

/// A minute of a hill with wind in its trees, where the shared clip is there; else a test card.
fn film() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("h2load.mp4");
    let clip = shared("camera/clips/pyronear_test_bg.mp4");
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-y"]);
    match clip {
        Some(clip) => command.args(["-stream_loop", "-1", "-i"]).arg(clip),
        None => command.args(["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25"]),
    };
    command.args([
        "-an", "-t", "60", "-r", "25", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "2M", "-g", "50", "-pix_fmt",
        "yuv420p",
    ]);
    assert!(path.exists() || command.arg(&path).status().expect("runs").success());
    path
}

/// Seconds of processor time that this process used, and its resident memory now, MB.
fn used() -> (f64, f64) {
    used_by(std::process::id())
}

/// The same of a process.
fn used_by(process: u32) -> (f64, f64) {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("read");
    let fields: Vec<&str> = stat.rsplit_once(')').expect("fields").1.split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|text| text.parse::<f64>().expect("ticks")).sum();
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("read");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("memory");
    let kilobytes: f64 = resident.trim().trim_end_matches(" kB").parse().expect("a number");
    (ticks / 100.0, kilobytes / 1024.0)
}

#[test]
#[ignore = "a minute of measuring"]
fn fifty_cameras() {
    if !have_rtsp() {
        return;
    }
    let film = film();
    for (cameras, every_s, seconds) in [(1, 1.0, 10), (1, 5.0, 20), (50, 5.0, 60)] {
        let server = Served::rtsp(0, None, &[&film]);
        let source = Source::parse(&format!("rtsp://127.0.0.1:{}/h2load", server.port), "test").expect("a source");
        let before = used();
        let (frames, troubles, most) = runtime().block_on(async {
            let open: Vec<Frames> =
                (0..cameras).map(|_| open(&source, None, Pace { every_s }, Clock::MACHINE)).collect();
            let (mut frames, mut troubles, mut most) = (0, 0, 0.0f64);
            let began = Instant::now();
            while began.elapsed() < Duration::from_secs(seconds) {
                tokio::time::sleep(Duration::from_millis(100)).await;
                for camera in &open {
                    match camera.next().now_or_never() {
                        Some(Some(Seen::Frame(_))) => frames += 1,
                        Some(Some(Seen::Trouble { what, .. })) => {
                            troubles += 1;
                            println!("{what}");
                        }
                        _ => {}
                    }
                }
                most = most.max(used().1);
            }
            (frames, troubles, most)
        });
        let share = 100.0 * (used().0 - before.0) / seconds as f64;
        println!(
            "{cameras} cameras every {every_s} s: {frames} pictures in {seconds} s, {troubles} troubles; {:.2} % of a core a camera, at most {:.1} MB more, {:.2} a camera",
            share / f64::from(cameras),
            most - before.1,
            (most - before.1) / f64::from(cameras)
        );
    }
}

/// The same for the station as a whole, the gate as it comes: wind in the trees of the clip opens it now and then. STRAWFIRE_BIN names another
/// build of the program.
#[test]
#[ignore = "two minutes of measuring"]
fn fifty_cameras_of_a_station() {
    if !have_rtsp() || !crate::common::have("gdal_create") {
        return;
    }
    let film = film();
    for cameras in [1_u32, 50] {
        let here = tempfile::tempdir().expect("a folder");
        drop(crate::watch_frames::placed(here.path()));
        let server = Served::rtsp(0, None, &[&film]);
        let of = |n: u32| {
            format!(
                "[[camera]]\nid = \"c{n}\"\nlon = 102.40\nlat = 36.48\nheight_m = 100\nhfov_deg = 60\nazimuth_deg = 0\ntilt_deg = -10\n\
                 source = \"rtsp://127.0.0.1:{}/h2load\"\n",
                server.port
            )
        };
        std::fs::write(here.path().join("site/cameras.toml"), (0..cameras).map(of).collect::<String>())
            .expect("written");
        let program = std::env::var_os("STRAWFIRE_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_strawfire").into());
        let mut station = Command::new(program)
            .args(["station", "--listen", "127.0.0.1:18099", "--site"])
            .arg(here.path().join("site"))
            .current_dir(crate::common::project())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("starts");
        std::thread::sleep(Duration::from_secs(20));
        let (before, began) = (used_by(station.id()), Instant::now());
        std::thread::sleep(Duration::from_secs(60));
        let (after, seconds) = (used_by(station.id()), began.elapsed().as_secs_f64());
        let numbers = std::process::Command::new("curl")
            .args(["-s", "http://127.0.0.1:18099/metrics"])
            .output()
            .expect("curl runs");
        let numbers = String::from_utf8_lossy(&numbers.stdout).into_owned();
        let sum = |name: &str| -> f64 {
            let of = numbers.lines().filter(|line| line.starts_with(name));
            of.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
        };
        println!(
            "{cameras} cameras of a station: {:.0} pictures, {:.0} seen by the model, {:.1} % of a core, {:.0} MB",
            sum("strawfire_camera_frames_total"),
            sum("strawfire_camera_looked_total"),
            100.0 * (after.0 - before.0) / seconds,
            after.1
        );
        station.kill().expect("killed");
        station.wait().expect("ended");
    }
}
