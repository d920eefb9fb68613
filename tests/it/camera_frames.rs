//! Frames of real servers on this machine: GStreamer's RTSP server and cameras by HTTP; expected pictures are what was encoded and what
//! ffmpeg decodes.

use crate::camera_parts::{
    Came, H264, PASSWORD, RATE, Served, by_ffmpeg, credentials, film, h264, have_ffmpeg, have_rtsp, look, number,
    picture, psnr, runtime,
};
use crate::common::have;
use std::path::Path;
use std::time::{Duration, Instant};
use strawfire::imagery::health::{Change, Health, Look};
use strawfire::imagery::hook::Hook;
use strawfire::imagery::{Pace, Source, open};
use strawfire::thresholds::HealthThresholds;
use strawfire::time::Clock;

fn rtsp(server: &Served, path: &str) -> String {
    format!("rtsp://127.0.0.1:{}/{path}", server.port)
}

/// The pictures come in their order and their time: so many seconds apart as their numbers say.
fn is_in_time(came: &Came, every_s: f64) {
    let numbers = came.numbers();
    for (pair, times) in numbers.windows(2).zip(came.frames.windows(2)) {
        let sent_s = (f64::from(pair[1]) - f64::from(pair[0])) / RATE;
        let taken_s = times[1].1.time.seconds_since(times[0].1.time);
        assert!(
            (sent_s - taken_s).abs() < 0.7 && sent_s > 0.4 * every_s && sent_s < 2.1 * every_s,
            "{numbers:?}: {sent_s} {taken_s}"
        );
    }
}

#[test]
fn h264_by_tcp_with_digest_is_what_ffmpeg_decodes() {
    if !have_rtsp() {
        return;
    }
    let film = h264();
    let server = Served::rtsp(0, Some("digest"), &[&film]);
    let came = look(&rtsp(&server, "h2cam"), credentials(PASSWORD), 2.0, 4, 20.0);
    assert!(came.troubles.is_empty() && came.frames.len() == 4, "{:?}", came.troubles);
    is_in_time(&came, 2.0);
    for (_, frame) in &came.frames {
        let number = number(&frame.image);
        // the key pictures alone were decoded
        assert!(number.is_multiple_of(50), "{number}");
        let db = psnr(&frame.image, &by_ffmpeg(&film, number));
        println!("picture {number}: {db:.1} dB");
        assert!(db > 38.0);
    }
}

/// Between key pictures too, where the pace asks for it.
#[test]
fn h264_by_udp_with_basic_at_a_pace_faster_than_key_pictures() {
    if !have_rtsp() {
        return;
    }
    let film = h264();
    let server = Served::rtsp(0, Some("basic"), &[&film]);
    let source = rtsp(&server, "h2cam").replace("rtsp://", "rtspu://");
    let came = look(&source, credentials(PASSWORD), 0.5, 8, 20.0);
    assert!(came.troubles.is_empty() && came.frames.len() == 8, "{:?}", came.troubles);
    is_in_time(&came, 0.5);
    assert!(came.numbers().iter().any(|number| !number.is_multiple_of(50)));
    let (_, frame) = &came.frames[7];
    let db = psnr(&frame.image, &by_ffmpeg(&film, number(&frame.image)));
    assert!(db > 38.0, "{db}");
}

#[test]
fn h265_is_decoded_by_a_child_that_is_gone_afterwards() {
    if !have_rtsp() {
        return;
    }
    let coded = [
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "log-level=none:keyint=25",
        "-pix_fmt",
        "yuv420p",
        "-tag:v",
        "hvc1",
    ];
    let film = film("h5cam.mp4", 500, picture, &coded);
    let server = Served::rtsp(0, None, &[&film]);
    let came = look(&rtsp(&server, "h5cam"), None, 1.0, 3, 20.0);
    assert!(came.troubles.is_empty() && came.frames.len() == 3, "{:?}", came.troubles);
    is_in_time(&came, 1.0);
    let db = psnr(&came.frames[0].1.image, &by_ffmpeg(&film, came.numbers()[0]));
    assert!(db > 38.0, "{db}");
    none_is_left("hevc");
}

#[test]
fn a_wrong_or_absent_password_is_told_once_and_not_tried_again() {
    if !have_rtsp() {
        return;
    }
    let film = h264();
    let server = Served::rtsp(0, Some("digest"), &[&film]);
    let wrong = look(&rtsp(&server, "h2cam"), credentials("geheim-0815"), 1.0, 1, 6.0);
    assert!(wrong.frames.is_empty() && wrong.trouble().contains("is not accepted (status 401)"));
    let none = look(&rtsp(&server, "h2cam"), None, 1.0, 1, 4.0);
    assert!(none.trouble().contains("wants a user and a password"), "{}", none.trouble());
    let absent = look(&rtsp(&server, "h2nothing"), credentials(PASSWORD), 1.0, 0, 6.0);
    assert!(absent.trouble().contains("404"), "{}", absent.trouble());
}

#[test]
fn after_a_server_is_killed_and_started_again_frames_come_again() {
    if !have_rtsp() {
        return;
    }
    let film = h264();
    let first = Served::rtsp(0, None, &[&film]);
    let (port, source) = (first.port, rtsp(&first, "h2cam"));
    let mut first = Some(first);
    let mut second = None;
    runtime().block_on(async {
        let frames =
            open(&Source::parse(&source, "test").expect("a source"), None, Pace { every_s: 0.5 }, Clock::MACHINE);
        let (mut good, mut troubles, began) = (0, Vec::new(), Instant::now());
        while good < 8 {
            assert!(began.elapsed() < Duration::from_secs(40), "{good} {troubles:?}");
            match tokio::time::timeout(Duration::from_secs(30), frames.next())
                .await
                .expect("in time")
                .expect("without end")
            {
                strawfire::imagery::Seen::Frame(_) => good += 1,
                strawfire::imagery::Seen::Trouble { what, .. } => troubles.push(what),
            }
            if good == 4 && first.take().is_some() {
                second = None;
            }
            if first.is_none() && !troubles.is_empty() && second.is_none() {
                second = Some(Served::rtsp(port, None, &[&film]));
            }
        }
        assert!(!troubles.is_empty() && troubles.len() <= 3, "{troubles:?}");
    });
}

/// A stream whose pictures change their size in the midst, and one with bytes in it that are no pictures: both go on.
#[test]
fn a_stream_that_changes_its_size_or_is_torn_goes_on() {
    if !have_rtsp() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let part = |size: &str, from_s: &str| {
        let path = folder.path().join(format!("{size}-{from_s}.ts"));
        let scale = format!("scale={}", size.replace('x', ":"));
        let coded = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "0", "-output_ts_offset", from_s];
        let done = std::process::Command::new("ffmpeg")
            .args(["-hide_banner", "-loglevel", "error", "-i"])
            .arg(h264())
            .args(["-t", "6", "-vf", &scale])
            .args(coded)
            .arg(&path)
            .status();
        assert!(done.expect("runs").success());
        std::fs::read(path).expect("read")
    };
    let (large, small) = (part("640x352", "0"), part("320x176", "6"));
    let both = folder.path().join("h2both.ts");
    std::fs::write(&both, [&large[..], &small].concat()).expect("written");
    // what packets of the middle third carry is made into noise, every third of them
    let mut bytes = [&large[..], &part("640x352", "6")].concat();
    let packets = bytes.len() / 188;
    for packet in (packets / 3..2 * packets / 3).step_by(3) {
        let noise = (0..144).map(|n: usize| ((n + packet) as u32).wrapping_mul(2_654_435_761) >> 24);
        bytes[188 * packet + 44..188 * (packet + 1)]
            .iter_mut()
            .zip(noise)
            .for_each(|(byte, noise)| *byte = noise as u8);
    }
    let torn = folder.path().join("h2torn.ts");
    std::fs::write(&torn, bytes).expect("written");
    let server = Served::rtsp(0, None, &[&both, &torn]);

    let came = look(&rtsp(&server, "h2both"), None, 0.5, 18, 25.0);
    let widths: Vec<u32> = came.frames.iter().map(|(_, frame)| frame.image.width()).collect();
    assert!(widths.contains(&640) && widths.contains(&320), "{widths:?} {:?}", came.troubles);
    let is_told = came.troubles.iter().any(|(_, what)| what.contains("320x176 after 640x352"));
    assert!(is_told, "{:?}", came.troubles);

    let came = look(&rtsp(&server, "h2torn"), None, 0.5, 22, 25.0);
    let late = came.frames.iter().filter(|(second, _)| *second > 9.0).count();
    assert!(came.frames.len() >= 12 && late >= 4, "{} {late} {:?}", came.frames.len(), came.troubles);
}

/// A stream that stands still and one that is black, as health tells them.
#[test]
fn a_frozen_and_a_black_stream_are_told() {
    if !have_rtsp() {
        return;
    }
    let frozen = film("h2frozen.mp4", 500, |_| picture(77), &H264);
    let black = film("h2black.mp4", 500, |_| image::RgbImage::new(640, 352), &H264);
    let server = Served::rtsp(0, None, &[&frozen, &black]);
    for (path, ailment, pictures) in [("h2frozen", "frozen", 26), ("h2black", "black", 8)] {
        let came = look(&rtsp(&server, path), None, 0.2, pictures, 20.0);
        assert_eq!(came.frames.len(), pictures, "{:?}", came.troubles);
        let changes = changes(&came);
        assert!(changes.len() == 1 && changes[0].begins && changes[0].ailment.name() == ailment, "{path}: {changes:?}");
    }
    // nothing moves in it, but the light changes as it does in half a minute
    let light = |n: u32| (8.0 * (f64::from(n) / 40.0).sin()) as i32;
    let lit = film("h2light.mp4", 500, |n| image::imageops::colorops::brighten(&picture(77), light(n)), &H264);
    let server = Served::rtsp(0, None, &[&lit]);
    let came = look(&rtsp(&server, "h2light"), None, 0.2, 26, 20.0);
    assert!(changes(&came).is_empty());
}

/// What health tells of these pictures, as if one had come every 5 s.
fn changes(came: &Came) -> Vec<Change> {
    let start = came.frames[0].1.time;
    let mut health = Health::new(&HealthThresholds::default(), 5.0, start);
    let time = |n: usize| start.plus_seconds(5.0 * n as f64).expect("a time");
    let looks = came.frames.iter().enumerate().map(|(n, (_, frame))| Look::at(&frame.image, time(n)));
    looks.flat_map(|look| health.see(look, 40.0, None)).collect()
}

#[test]
fn what_is_no_camera_is_told_and_does_no_harm() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let garbage: Vec<u8> = (0..100_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            let _ = std::io::Write::write_all(&mut &stream, &garbage);
        }
    });
    for scheme in ["rtsp", "http"] {
        let came = look(&format!("{scheme}://127.0.0.1:{port}/x?key=geheim"), None, 1.0, 0, 10.0);
        assert!(came.trouble().starts_with(&format!("{scheme}://127.0.0.1:{port}/x?...: found")), "{}", came.trouble());
        let came = look(&format!("{scheme}://127.0.0.1:1/x"), None, 1.0, 0, 10.0);
        assert!(came.trouble().contains("refused"), "{}", came.trouble());
    }
}

/// A folder with pictures and a film for cameras by HTTP.
fn cameras() -> Option<(tempfile::TempDir, Served)> {
    if !have("python3") || !have_ffmpeg() {
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for n in 0..5 {
        let file = std::fs::File::create(folder.path().join(format!("{n}.jpg"))).expect("made");
        image::codecs::jpeg::JpegEncoder::new_with_quality(file, 90).encode_image(&picture(n)).expect("encoded");
    }
    let flv = film("h2cam.flv", 500, picture, &H264);
    std::fs::copy(flv, folder.path().join("film.flv")).expect("copied");
    let server = Served::http(folder.path());
    Some((folder, server))
}

#[test]
fn cameras_by_http_give_their_pictures() {
    let Some((_folder, server)) = cameras() else { return };
    let at = |path: &str| format!("http://127.0.0.1:{}/{path}", server.port);
    for path in ["snap", "moved", "mjpeg"] {
        let came = look(&at(path), None, 0.5, 4, 10.0);
        assert!(came.troubles.is_empty() && came.frames.len() == 4, "{path}: {:?}", came.troubles);
        for (_, frame) in &came.frames {
            let db = psnr(&frame.image, &picture(number(&frame.image)));
            assert!(db > 28.0, "{path}: {db}");
        }
        let taken = came.frames[3].1.time.seconds_since(came.frames[0].1.time);
        assert!((1.3..2.2).contains(&taken), "{path}: {taken}");
    }
    for path in ["digest?channel=1&subtype=0", "basic"] {
        assert_eq!(look(&at(path), credentials(PASSWORD), 0.3, 3, 10.0).frames.len(), 3, "{path}");
        let wrong = look(&at(path), credentials("geheim-0815"), 0.3, 1, 3.0);
        assert!(
            wrong.frames.is_empty() && wrong.trouble().contains("not accepted (status 401)"),
            "{}",
            wrong.trouble()
        );
    }
    let came = look(&at("flv"), None, 0.5, 4, 20.0);
    assert!(came.troubles.is_empty() && came.frames.len() == 4, "flv: {:?}", came.troubles);
    let film = Path::new(env!("CARGO_TARGET_TMPDIR")).join("h2cam.flv");
    let db = psnr(&came.frames[3].1.image, &by_ffmpeg(&film, came.numbers()[3]));
    assert!(db > 38.0, "{db}");
}

#[test]
fn bad_cameras_by_http_are_told() {
    let Some((_folder, server)) = cameras() else { return };
    let at = |path: &str| format!("http://127.0.0.1:{}/{path}", server.port);
    for (path, said) in [
        ("absent", "status 404"),
        ("page", "\"text/html\""),
        ("file", "sends on to file://; that is not followed"),
        ("elsewhere", "sends on to http://localhost; that is not followed"),
        ("round", "sends on and on"),
        ("headers", "found"),
        ("endless", "more than 64 MB"),
        ("cut", "a JPEG that is cut off"),
        ("busy", "status 503"),
    ] {
        let came = look(&at(path), None, 0.5, 0, 20.0);
        assert!(came.frames.is_empty() && came.trouble().contains(said), "{path}: {}", came.trouble());
    }
    let torn = look(&at("torn"), None, 0.1, 5, 10.0);
    assert!(torn.frames.len() == 5 && torn.trouble().contains("cut off"), "{:?}", torn.troubles);
    // one that ends is asked again
    let short = look(&at("short"), None, 0.1, 12, 15.0);
    let is_ended = short.troubles.iter().all(|(_, what)| what.contains("ended by the camera"));
    assert!(short.frames.len() == 12 && !short.troubles.is_empty() && is_ended, "{:?}", short.troubles);
}

#[test]
fn a_camera_is_asked_to_turn() {
    let Some((_folder, server)) = cameras() else { return };
    let go = |path: &str, method: &str, preset: &str| {
        let hook = Hook::new(&format!("http://127.0.0.1:{}/{path}", server.port), method, "test").expect("a hook");
        runtime().block_on(hook.go(preset, credentials(PASSWORD).as_ref()))
    };
    assert_eq!(go("preset?go={preset}", "GET", "north hill").as_deref(), Ok("OK /preset?go=north%20hill ***"));
    assert!(go("preset/{preset}", "POST", "3").is_ok());
    assert!(go("basic/{preset}", "GET", "3").is_ok());
    assert!(go("busy/{preset}", "POST", "3").expect_err("told").contains("preset 3: found status 503"));
    let hook = Hook::new("http://127.0.0.1:1/{preset}", "GET", "test").expect("a hook");
    assert!(runtime().block_on(hook.go("3", None)).expect_err("told").contains("refused"));
}

/// Command lines of those children of this process that hold a word; zombies have none and are found by their name.
fn children(word: &str) -> Vec<String> {
    let own = std::process::id().to_string();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("processes").flatten() {
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((command, rest)) = stat.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')) else { continue };
        let line = std::fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
        if command == "ffmpeg"
            && rest.split_whitespace().nth(1) == Some(&own)
            && (line.contains(word) || line.is_empty())
        {
            found.push(line);
        }
    }
    found
}

/// Other tests of this process may have children that end just now.
fn none_is_left(word: &str) {
    for _ in 0..50 {
        if children(word).is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("left: {:?}", children(word));
}

#[test]
fn a_video_gives_its_pictures_with_their_times() {
    if !have_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let video = folder.path().join("-cam:1 20251020T053000Z.mp4");
    std::fs::copy(h264(), &video).expect("copied");
    let came = look(&video.display().to_string(), None, 10.0, 100, 60.0);
    assert!(came.ended && came.troubles.is_empty(), "{:?}", came.troubles);
    assert_eq!(came.numbers(), [0, 250, 500, 750]);
    let times: Vec<String> = came.frames.iter().map(|(_, frame)| frame.time.rfc3339()).collect();
    assert_eq!(times[..2], ["2025-10-20T05:30:00Z", "2025-10-20T05:30:10Z"]);
    assert!(psnr(&came.frames[1].1.image, &by_ffmpeg(&video, 250)) > 60.0);

    // two sizes in one film
    let small = folder.path().join("small.ts");
    let large = folder.path().join("large.ts");
    for (size, path) in [("320x176", &small), ("640x352", &large)] {
        let scale = format!("scale={size}");
        let mut arguments = vec!["-hide_banner", "-loglevel", "error", "-i"];
        let (from, to) = (h264().display().to_string(), path.display().to_string());
        arguments.extend([&from, "-t", "2", "-vf", &scale, "-c:v", "libx264", "-preset", "ultrafast", &to]);
        assert!(std::process::Command::new("ffmpeg").args(arguments).status().expect("runs").success());
    }
    let both = folder.path().join("both.ts");
    std::fs::write(&both, [std::fs::read(&large).expect("read"), std::fs::read(&small).expect("read")].concat())
        .expect("written");
    let came = look(&both.display().to_string(), None, 0.5, 100, 60.0);
    let widths: Vec<u32> = came.frames.iter().map(|(_, frame)| frame.image.width()).collect();
    assert!(widths.contains(&640) && widths.contains(&320), "{widths:?} {:?}", came.troubles);
}

#[test]
fn a_bad_video_is_told_and_no_child_is_left() {
    if !have_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path.display().to_string()
    };
    let whole = std::fs::read(h264()).expect("read");
    let list = format!("ffconcat version 1.0\nfile {}\n", h264().display());
    for (source, said) in [
        (path("a.mp4", b""), "found"),
        (path("b.mp4", b"no film at all"), "found"),
        (path("c.mp4", &whole[..whole.len() / 2]), "found"),
        (path("d.mp4", list.as_bytes()), "found"),
        (path("e.m3u8", b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/x.ts\n"), "found"),
        (folder.path().join("absent.mp4").display().to_string(), "cannot be read"),
    ] {
        let came = look(&source, None, 1.0, 1, 60.0);
        assert!(came.frames.is_empty() && came.trouble().contains(said), "{source}: {:?}", came.troubles);
    }
    let mut torn = whole.clone();
    let middle = torn.len() / 2;
    torn[middle..middle + 20_000].fill(0x55);
    let came = look(&path("torn.mp4", &torn), None, 2.0, 100, 60.0);
    assert!(came.frames.len() > 5 && came.ended, "{} {:?}", came.frames.len(), came.troubles);

    // given up in the midst
    runtime().block_on(async {
        let source = Source::parse(&path("given-up.mp4", &whole), "test").expect("a source");
        let frames = open(&source, None, Pace { every_s: 0.0 }, Clock::MACHINE);
        assert!(frames.next().await.is_some());
        assert_eq!(children("given-up").len(), 1);
        drop(frames);
        tokio::time::sleep(Duration::from_millis(50)).await;
        none_is_left("given-up");
    });
}

/// Times by Pillow's EXIF, names and dates of files.
#[test]
fn a_folder_is_looked_at_in_the_order_of_time_and_bad_pictures_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let save = |name: &str, n: u32| {
        let path = folder.path().join(name);
        picture(n).save(&path).expect("saved");
        path
    };
    save("z 20251020T053000Z.jpg", 1);
    save("a_20251020T053100Z.png", 2);
    let dated = save("m.webp", 3);
    let at = std::time::UNIX_EPOCH + Duration::from_secs(1_760_938_320);
    std::fs::File::options().write(true).open(dated).expect("open").set_modified(at).expect("set");
    let whole = std::fs::read(folder.path().join("z 20251020T053000Z.jpg")).expect("read");
    std::fs::write(folder.path().join("cut_20251020T053030Z.jpg"), &whole[..whole.len() / 2]).expect("written");
    std::fs::write(folder.path().join("none_20251020T053040Z.jpg"), b"").expect("written");
    std::fs::write(folder.path().join("notes.txt"), b"notes").expect("written");
    let huge = std::fs::File::create(folder.path().join("huge_20251020T053050Z.jpg")).expect("made");
    huge.set_len(200 << 20).expect("long");
    let came = look(&folder.path().display().to_string(), None, 3600.0, 100, 60.0);
    assert!(came.ended);
    assert_eq!(came.numbers(), [1, 2, 3]);
    let times: Vec<String> = came.frames.iter().map(|(_, frame)| frame.time.rfc3339()).collect();
    assert_eq!(times, ["2025-10-20T05:30:00Z", "2025-10-20T05:31:00Z", "2025-10-20T05:32:00Z"]);
    let said: Vec<&str> = came.troubles.iter().map(|(_, what)| what.as_str()).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    for (what, part) in said.iter().zip(["found 1 other files", "cut off", "no bytes", "more than 64 MB"]) {
        assert!(what.contains(part), "{what}");
    }
    let empty = tempfile::tempdir().expect("a folder");
    let came = look(&empty.path().display().to_string(), None, 1.0, 1, 10.0);
    assert!(came.ended && came.trouble().contains("found no picture"), "{:?}", came.troubles);
}

#[test]
fn exif_of_pillow_gives_the_time() {
    let Some(python) = crate::common::python_with("PIL.Image") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x_20200101T000000Z.jpg");
    let script = "import sys\nfrom PIL import Image\nexif = Image.Exif()\ninner = exif.get_ifd(0x8769)\ninner[0x9003] = '2025:10:20 13:30:00'\n\
                  inner[0x9011] = '+08:00'\nImage.new('RGB', (64, 48), (90, 80, 70)).save(sys.argv[1], exif=exif)\n";
    let made = std::process::Command::new(python).args(["-c", script]).arg(&path).output().expect("runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let came = look(&path.display().to_string(), None, 1.0, 2, 10.0);
    assert_eq!(came.frames[0].1.time.rfc3339(), "2025-10-20T05:30:00Z");
    assert!(came.ended && came.troubles.is_empty());
}
