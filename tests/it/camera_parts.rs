//! What the tests of frames share: films whose pictures carry their number, servers on this machine, and what came of a source.

use crate::common::{have, project};
use image::RgbImage;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use strawfire::imagery::{Credentials, Pace, Seen, Source, open};
use strawfire::site::Secret;
use strawfire::time::Clock;

pub const WIDTH: u32 = 640;
pub const HEIGHT: u32 = 352;
/// Pictures a second of all films.
pub const RATE: f64 = 25.0;
/// Side of the cells of a picture's number.
const CELL: u32 = 32;
pub const USER: &str = "eye";
pub const PASSWORD: &str = "geheim-4711";

/// A picture of a film: its number in ten cells of black and white, a square that goes along, and a ground with structure.
pub fn picture(number: u32) -> RgbImage {
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        if y < CELL && x < 10 * CELL {
            let bit = number >> (x / CELL) & 1;
            return image::Rgb([if bit == 1 { 235 } else { 20 }; 3]);
        }
        let square = x.abs_diff(100 + 3 * (number % 150)) < 20 && y.abs_diff(200) < 20;
        let ground = 90 + ((x / 12).wrapping_mul(40_503) ^ (y / 12).wrapping_mul(30_011)) % 60;
        if square {
            image::Rgb([220, 60, 30])
        } else {
            image::Rgb([ground as u8, (ground + 20) as u8, (ground / 2) as u8])
        }
    })
}

/// The number of a picture that was decoded.
pub fn number(picture: &RgbImage) -> u32 {
    (0..10).map(|bit| u32::from(picture.get_pixel(bit * CELL + CELL / 2, CELL / 2).0[1] > 128) << bit).sum()
}

/// A film of so many pictures, made once by ffmpeg with these arguments; its name says the codec (h2, h5, mj).
pub fn film(name: &str, pictures: u32, of: impl Fn(u32) -> RgbImage, arguments: &[&str]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        return path;
    }
    let beside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let made = beside.path().join(name);
    let (width, height) = of(0).dimensions();
    let (rate, size) = (RATE.to_string(), format!("{width}x{height}"));
    let mut child = Command::new("ffmpeg")
        .args([
            "-hide_banner",
            "-loglevel",
            "error",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-r",
            &rate,
            "-s",
            &size,
            "-i",
            "pipe:0",
        ])
        .args(arguments)
        .arg(&made)
        .stdin(Stdio::piped())
        .spawn()
        .expect("ffmpeg starts");
    let mut input = child.stdin.take().expect("a pipe");
    (0..pictures).for_each(|n| input.write_all(of(n).as_raw()).expect("written"));
    drop(input);
    assert!(child.wait().expect("ends").success(), "{name}");
    std::fs::rename(made, &path).expect("renamed");
    path
}

pub const H264: [&str; 12] = [
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-profile:v",
    "baseline",
    "-pix_fmt",
    "yuv420p",
    "-g",
    "50",
    "-crf",
    "18",
];

/// Forty seconds of H.264 with a key picture every 2 s.
pub fn h264() -> PathBuf {
    film("h2cam.mp4", 1000, picture, &H264)
}

/// What ffmpeg decodes as the picture of this number.
pub fn by_ffmpeg(path: &Path, number: u32) -> RgbImage {
    let select = format!("select=eq(n\\,{number})");
    let output = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-i"])
        .arg(path)
        .args(["-vf", &select, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"])
        .output()
        .expect("ffmpeg runs");
    RgbImage::from_raw(WIDTH, HEIGHT, output.stdout).expect("a picture")
}

/// Peak signal to noise of two pictures of one size, dB.
pub fn psnr(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let squares: f64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 / (squares / a.as_raw().len() as f64).max(1e-9)).log10()
}

/// A server that says "ready PORT"; ends with the test.
pub struct Served {
    child: Child,
    pub port: u16,
    /// Open, for it says what it was asked.
    _lines: BufReader<std::process::ChildStdout>,
}

impl Served {
    fn start(mut command: Command) -> Served {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("a line");
        let port = line.trim().strip_prefix("ready ").expect("ready").parse().expect("a port");
        Served { child, port, _lines: lines }
    }

    /// GStreamer's RTSP server with these films.
    pub fn rtsp(port: u16, auth: Option<&str>, films: &[&Path]) -> Served {
        let mut command = Command::new("/usr/bin/python3");
        command.arg(project().join("tests/tools/rtsp_server.py")).arg(port.to_string());
        if let Some(kind) = auth {
            command.args(["--auth", kind, USER, PASSWORD]);
        }
        command.args(films);
        Served::start(command)
    }

    pub fn http(folder: &Path) -> Served {
        let mut command = Command::new("python3");
        command.arg(project().join("tests/tools/http_camera.py")).arg(folder);
        Served::start(command)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether GStreamer's RTSP server and ffmpeg are there; says "skipped" when not.
pub fn have_rtsp() -> bool {
    let script = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer; Gst.init(None); \
                  assert all(Gst.ElementFactory.find(x) for x in ('rtph264pay', 'rtph265pay', 'qtdemux', 'h265parse'))";
    let there = Command::new("/usr/bin/python3").args(["-c", script]).output().is_ok_and(|done| done.status.success());
    if !there {
        println!("skipped: no gir1.2-gst-rtsp-server-1.0 with python3-gi and the plugins base, good and bad");
    }
    have_ffmpeg() && there
}

/// Whether ffmpeg is there.
pub fn have_ffmpeg() -> bool {
    // it knows no --version, and answers that with an error
    have("ffmpeg")
}

pub fn credentials(password: &str) -> Option<Credentials> {
    Some(Credentials { user: USER.to_string(), password: Secret::new(password) })
}

/// What came of a source, with the seconds at which it came.
#[derive(Default)]
pub struct Came {
    pub frames: Vec<(f64, strawfire::frame::Frame)>,
    pub troubles: Vec<(f64, String)>,
    pub ended: bool,
}

impl Came {
    pub fn numbers(&self) -> Vec<u32> {
        self.frames.iter().map(|(_, frame)| number(&frame.image)).collect()
    }

    /// The only trouble.
    pub fn trouble(&self) -> &str {
        let [(_, what)] = &self.troubles[..] else { panic!("{:?}", self.troubles) };
        what
    }
}

/// A runtime with two threads.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Looks at a source until so many pictures, one trouble where none is wanted, or so many seconds.
pub fn look(source: &str, credentials: Option<Credentials>, every_s: f64, pictures: usize, seconds: f64) -> Came {
    runtime().block_on(async {
        let began = Instant::now();
        let frames =
            open(&Source::parse(source, "test").expect("a source"), credentials, Pace { every_s }, Clock::MACHINE);
        let mut came = Came::default();
        while came.frames.len() < pictures.max(1) && (pictures > 0 || came.troubles.is_empty()) {
            let left = Duration::from_secs_f64(seconds).saturating_sub(began.elapsed());
            match tokio::time::timeout(left, frames.next()).await {
                Ok(Some(Seen::Frame(frame))) => came.frames.push((began.elapsed().as_secs_f64(), frame)),
                Ok(Some(Seen::Trouble { what, .. })) => {
                    assert!(!what.contains(PASSWORD) && !what.contains("geheim"), "{what}");
                    came.troubles.push((began.elapsed().as_secs_f64(), what));
                }
                Ok(None) => {
                    came.ended = true;
                    break;
                }
                Err(_) => break,
            }
        }
        came
    })
}
