//! Bad input: told, and never a panic.

use super::{at, relief, written};
use crate::common::{project, strawfire};
use std::path::Path;
use std::process::Output;
use strawfire::layers::dem::Dem;
use strawfire::site::{Camera, Optics, PoseErrors, View};
use strawfire::watch::sight::viewshed::can_see;
use strawfire::watch::sight::{Eye, Located, Met, dem_around};

fn camera(lon: f64, lat: f64) -> Camera {
    Camera {
        written: "cameras.toml: camera[0]".to_string(),
        id: "a".to_string(),
        name: None,
        place: at(lon, lat),
        height_m: 30.0,
        elevation_m: None,
        view: Some(View { azimuth_deg: 200.0, tilt_deg: -3.0, roll_deg: 0.0, hfov_deg: 60.0 }),
        presets: Vec::new(),
        size_px: Some((1280, 720)),
        optics: Optics::default(),
        errors: PoseErrors::default(),
        max_range_m: 20_000.0,
        source: None,
        hook: None,
        reference: None,
        every_s: None,
        masks: Vec::new(),
        user: None,
        password: None,
    }
}

fn wrong(camera: &Camera, picture: Option<(u32, u32)>, dem: &Dem) -> String {
    Eye::of(camera, None, picture, dem).expect_err("refused").to_string()
}

#[test]
fn cameras_that_cannot_stand_there_are_refused() {
    let Some((_, dem)) = relief() else { return };
    let good = camera(102.0, 36.4);
    assert!(wrong(&camera(90.0, 36.4), None, &dem).contains("layers.dem"));
    let below = Camera { elevation_m: Some(100.0), ..good.clone() };
    assert!(wrong(&below, None, &dem).contains("m below the ground"), "{}", wrong(&below, None, &dem));
    let unknown = Camera { size_px: None, ..good.clone() };
    assert!(wrong(&unknown, None, &dem).contains("no width and height"));
    for picture in [(0, 0), (0, 720), (720, 1280)] {
        assert!(wrong(&good, Some(picture), &dem).contains("one shaped as 1280 x 720"));
    }
    for hfov_deg in [0.0, 360.0, f64::NAN] {
        let view = View { hfov_deg, ..good.view.expect("a view") };
        assert!(wrong(&Camera { view: Some(view), ..good.clone() }, None, &dem).contains("angle of view"));
    }
    let half = Eye::of(&good, None, Some((640, 360)), &dem).expect("the same picture, smaller");
    let whole = Eye::of(&good, None, None, &dem).expect("an eye");
    // the middle between the four middle pixels stays where it is
    let (a, b) = (half.sight_line((319.5, 179.5)).expect("in"), whole.sight_line((639.5, 359.5)).expect("in"));
    assert!((a.azimuth_deg - b.azimuth_deg).abs() < 1e-9 && (a.elevation_deg - b.elevation_deg).abs() < 1e-9);
    assert!((half.errors.pixel - 1.5).abs() < 1e-12);
}

#[test]
fn pixels_and_poses_without_sense_have_no_place() {
    let Some((_, dem)) = relief() else { return };
    let eye = Eye::of(&camera(102.0, 36.4), None, None, &dem).expect("an eye");
    for pixel in [(-1.0, 5.0), (1280.0, 5.0), (5.0, 721.0), (f64::NAN, 5.0), (5.0, f64::INFINITY)] {
        assert!(eye.locate(pixel, &dem).is_none() && eye.meet_ground(pixel, &dem).is_none(), "{pixel:?}");
    }
    let mut broken = eye.clone();
    broken.pose.azimuth_deg = f64::NAN;
    assert!(broken.locate((600.0, 600.0), &dem).is_none());
    broken = eye.clone();
    broken.pose.height_m = f64::NAN;
    assert!(broken.locate((600.0, 600.0), &dem).is_none());
    let mut up = eye.clone();
    up.pose.tilt_deg = 60.0;
    assert_eq!(up.meet_ground((640.0, 360.0), &dem), Some(Met::Sky));
    let Some(Located::Sector(sector)) = up.locate((640.0, 360.0), &dem) else { panic!("a sector") };
    assert!(sector.range_m[0] < sector.range_m[1] && sector.range_m[1] == 20_000.0, "{sector:?}");
    let mut down = eye;
    down.pose.tilt_deg = -89.9;
    let Some(Located::Spot(spot)) = down.locate((640.0, 360.0), &dem) else { panic!("a place") };
    assert!(spot.range_m < 5.0, "{spot:?}");
    let good = camera(102.0, 36.4);
    assert!(can_see(&good, &dem, good.place, 0.0).is_none(), "its own place");
    assert!(
        can_see(&good, &dem, at(90.0, 36.4), 0.0).is_none() && can_see(&good, &dem, at(102.0, 36.0), 0.0).is_none()
    );
}

const TOWER: &str =
    "[[camera]]\nid = 'a'\nlon = 102.0\nlat = 36.4\nheight_m = 30\nazimuth_deg = 200\ntilt_deg = -3\nhfov_deg = 60\n";

fn ran(site: &Path, words: &[&str]) -> Output {
    let site = site.display().to_string();
    let output = strawfire(project(), &[&["camera"], words, &["--site", &site]].concat());
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
    output
}

/// Lists of landmarks that are none, each refused with what to do; codes of the interface: 2 configuration, 4 unreadable.
#[test]
fn lists_of_landmarks_that_are_none_are_refused() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let folder = folder.path();
    std::fs::copy(project().join("sites/haidong/counties.geojson"), folder.join("counties.geojson")).expect("copied");
    let dem = project().join("sites/haidong/dem.tif");
    written(folder, "site.toml", &format!("[layers]\ndem = {:?}\n", dem.display().to_string()));
    let calibrate = |cameras: &str, list: &str| {
        written(folder, "cameras.toml", cameras);
        let list = written(folder, "list.csv", list).display().to_string();
        let output = ran(folder, &["calibrate", "--camera", "a", &list]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let sized = format!("{TOWER}width = 1280\nheight = 720\n");
    for (list, part) in [
        ("", "no column u"),
        ("u,v,lon\n1,2,3\n", "no column lat"),
        ("u,v,lon,lat\n", "0 landmarks"),
        ("u,v,lon,lat\n1,2,102.0,36.3\n", "1 landmarks"),
        ("u,v,lon,lat\n1,x,102.0,36.3\n", "\"x\" in line 2, column v"),
        ("u,v,lon,lat\n1,NaN,102.0,36.3\n", "\"NaN\" in line 2"),
        ("u,v,lon,lat\n1,2,102.0\n", "\"\" in line 2, column lat"),
        ("u,v,lon,lat\n1,2,102.0,96.3\n", "no place on the earth"),
        ("u,v,lon,lat\n1,2,12.0,36.3\n", "no height_m in line 2"),
        ("u,v,lon,lat,name\n1,2,102.0,36.3,m\n1,2,102.0,36.3,m\n5,6,102.1,36.3,n\n", "m and m: the same pixel"),
        ("u,v,lon,lat,height_m\n1,2,102.0,36.3,1e400\n", "\"1e400\" in line 2"),
    ] {
        let (code, said) = calibrate(&sized, list);
        assert!(code == Some(4) && said.contains(part), "{list:?}: {code:?} {said}");
    }
    let (code, said) = calibrate(TOWER, "u,v,lon,lat\n");
    assert!(code == Some(2) && said.contains("no width and height"), "{said}");
    let (code, said) = calibrate(&TOWER.replace("102.0", "92.0"), "u,v,lon,lat\n");
    assert!(code == Some(2) && said.contains("around the camera a"), "{said}");
    written(folder, "list.csv", "");
    std::fs::write(folder.join("list.csv"), [0xff, 0xfe, 0, 1]).expect("written");
    written(folder, "cameras.toml", &sized);
    let list = folder.join("list.csv").display().to_string();
    assert_eq!(ran(folder, &["calibrate", "--camera", "a", &list]).status.code(), Some(4));
    assert_eq!(ran(folder, &["calibrate", "--camera", "a", "absent.csv"]).status.code(), Some(4));
    assert_eq!(ran(folder, &["calibrate", "--camera", "b", &list]).status.code(), Some(2));
    assert_eq!(ran(folder, &["viewshed", "--range-km", "0"]).status.code(), Some(2));
    std::fs::remove_file(folder.join("cameras.toml")).expect("removed");
    let none = ran(folder, &["viewshed"]);
    assert!(none.status.code() == Some(2) && String::from_utf8_lossy(&none.stderr).contains("no cameras"));
}

/// The elevation model that is shipped is coarse: what it leaves unknown is in the error, and nothing is hidden.
#[test]
fn a_coarse_elevation_model_makes_a_long_error() {
    let site = strawfire::site::Site::load(project().join("sites/haidong")).expect("loads");
    let camera = camera(102.0, 36.4);
    let dem = dem_around(&site, &camera).expect("read");
    let eye = Eye::of(&camera, None, None, &dem).expect("an eye");
    assert!(dem.error_m() == 190.0 && eye.height_error_m == 190.0);
    for v in [400.0, 500.0, 600.0, 700.0] {
        match eye.locate((640.0, v), &dem).expect("in the picture") {
            // 269 m of height under 15 degrees are a kilometre
            Located::Spot(spot) => assert!(spot.range_error_m > 800.0, "{spot:?}"),
            Located::Sector(sector) => assert!(sector.range_m[1] > 3.0 * sector.range_m[0], "{sector:?}"),
        }
    }
}
