//! How a camera stands, from landmarks that an independent model of the earth and of the camera shows.

use super::{printed, relief, written};
use crate::common::{project, strawfire};
use std::path::Path;
use strawfire::site::{Camera, Site};

/// LANDMARKS_POSE of tests/tools/camera_truth.py.
const TRUTH: [(&str, f64); 5] =
    [("azimuth_deg", 151.7), ("tilt_deg", -2.9), ("roll_deg", 1.3), ("hfov_deg", 58.0), ("k1", -0.11)];

fn camera(folder: &Path, lines: &str) -> Camera {
    let fixed = "[[camera]]\nid = 'a'\nlon = 102.0\nlat = 36.4\nheight_m = 30\nwidth = 1280\nheight = 720\n";
    written(folder, "cameras.toml", &format!("{fixed}{lines}"));
    Site::load(folder).expect("loads").cameras.remove(0)
}

/// A number and its error in the printed lines for cameras.toml.
fn found(lines: &str, name: &str) -> Option<(f64, f64)> {
    let line = lines.lines().find(|line| line.starts_with(&format!("{name} = ")))?;
    let (value, error) = line.split_once(" = ")?.1.split_once("  # +- ")?;
    Some((value.parse().ok()?, error.parse().ok()?))
}

/// Fourteen towers of which one has the coordinates of another place: it is named, the pose is found to its errors, and the printed lines
/// are those of a camera that is read again.
#[test]
fn landmarks_give_the_lines_of_a_camera() {
    let Some((path, _)) = relief() else { return };
    let Some(list) = printed("numpy, pyproj, PIL", &[&path.display().to_string(), "landmarks", "14", "6"]) else {
        return;
    };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let folder = folder.path();
    std::fs::copy(project().join("sites/haidong/counties.geojson"), folder.join("counties.geojson")).expect("copied");
    written(folder, "site.toml", &format!("[layers]\ndem = {:?}\n", path.display().to_string()));
    // as somebody guessed it
    camera(folder, "azimuth_deg = 100\ntilt_deg = 0\nhfov_deg = 90\n");
    let mut lines: Vec<String> = list.lines().map(str::to_string).collect();
    let mut wrong: Vec<String> = lines[6].split(',').map(str::to_string).collect();
    wrong[2] = format!("{:.6}", wrong[2].parse::<f64>().expect("lon") + 0.02);
    lines[6] = wrong.join(",");
    let file = written(folder, "towers.csv", &lines.join("\n")).display().to_string();
    let site = folder.display().to_string();
    let done = strawfire(folder, &["camera", "calibrate", "--site", &site, "--camera", "a", &file]);
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{text}{}", String::from_utf8_lossy(&done.stderr));
    println!("{text}");
    let out: Vec<&str> = text.lines().filter(|line| line.contains("left out")).collect();
    assert!(out.len() == 1 && out[0].starts_with("塔5"), "{text}");
    for (name, expected) in TRUTH {
        let (value, error) = found(&text, name).expect(name);
        assert!((value - expected).abs() < 3.0 * error.max(0.002), "{name}: {value} +- {error}, not {expected}");
        assert!(error < 0.2, "{name}: +- {error}");
    }
    let pasted: String =
        text.lines().skip_while(|line| !line.starts_with("# camera a")).map(|l| format!("{l}\n")).collect();
    let view = camera(folder, &pasted).view.expect("a view");
    assert!((view.azimuth_deg - 151.7).abs() < 0.2 && (view.hfov_deg - 58.0).abs() < 0.5, "{view:?}");
}
