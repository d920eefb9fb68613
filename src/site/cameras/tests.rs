use super::*;
use std::path::Path;

fn cameras(toml: &str) -> Result<Vec<Camera>> {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("cameras.toml"), toml).expect("written");
    read(dir.path())
}

const TOWER: &str = "[[camera]]\nid = 'ledu-1'\nlon = 102.4\nlat = 36.5\nheight_m = 30\nazimuth_deg = -10\n\
                     tilt_deg = -3.5\nhfov_deg = 60\n";

#[test]
fn a_site_without_the_file_has_no_cameras() {
    assert!(read(Path::new("/absent")).expect("read").is_empty());
    assert!(cameras("").expect("read").is_empty());
}

#[test]
fn what_is_written_is_read_and_the_rest_has_defaults() {
    let all = cameras(&format!(
        "{TOWER}width = 1920\nheight = 1080\nk1 = -0.1\nuser = 'u'\npassword_env = 'P'\n\
         masks = [{{ name = 'road', polygon = [[0, 0], [10.5, 0], [10, 20]] }}]\nhook = 'http://a/{{preset}}'\n\
         [[camera.preset]]\nid = 'east'\nazimuth_deg = 90\ntilt_deg = 0\n\
         [[camera]]\nid = 'B.2'\nlon = 102\nlat = 36\nheight_m = 5\nhfov_deg = 30\n\
         [[camera.preset]]\nid = 'n'\nazimuth_deg = 0\ntilt_deg = 0\nhfov_deg = 12\nroll_deg = 1\n"
    ))
    .expect("read");
    let tower = &all[0];
    assert_eq!(tower.view, Some(View { azimuth_deg: 350.0, tilt_deg: -3.5, roll_deg: 0.0, hfov_deg: 60.0 }));
    assert_eq!((tower.size_px, tower.optics.k1, tower.elevation_m), (Some((1920, 1080)), -0.1, None));
    assert_eq!((tower.errors, tower.max_range_m), (PoseErrors::default(), 30_000.0));
    assert_eq!(tower.masks[0].polygon, [[0.0, 0.0], [10.5, 0.0], [10.0, 20.0]]);
    assert_eq!(tower.presets[0].view, View { azimuth_deg: 90.0, tilt_deg: 0.0, roll_deg: 0.0, hfov_deg: 60.0 });
    assert_eq!((all[1].view, all[1].presets[0].view.hfov_deg), (None, 12.0));
    let (camera, preset) = named(&all, "B.2/n").expect("there");
    assert_eq!((camera.id.as_str(), preset), ("B.2", Some("n")));
    let wrong = |text| named(&all, text).expect_err("refused").to_string();
    assert!(wrong("B.2").contains("ID/PRESET") && wrong("ledu-1/west").contains("east"));
    assert!(wrong("x").contains("ledu-1, B.2"), "{}", wrong("x"));
}

/// Each wrong value is named with its key.
#[test]
fn an_error_names_the_key() {
    for (line, key) in [
        ("hfov_deg = 0", "camera[0].hfov_deg"),
        ("hfov_deg = 360", "camera[0].hfov_deg"),
        ("hfov_deg = nan", "camera[0].hfov_deg"),
        ("lon = nan", "camera[0].lon"),
        ("lat = 91", "camera[0].lat"),
        ("tilt_deg = -90", "camera[0].tilt_deg"),
        ("height_m = -1", "camera[0].height_m"),
        ("id = 'a b'", "camera[0].id"),
        ("id = '../x'", "camera[0].id"),
        ("width = 640", "camera[0].height"),
        ("width = 640.5\nheight = 2", "camera[0].width"),
        ("azimut = 3", "camera[0].azimut"),
        ("user = 'u'", "camera[0].password_env"),
        ("source = 'rtsp://u:secret@host/1'", "camera[0].source"),
        ("hook = 'ftp://host/{preset}'", "camera[0].hook"),
        ("masks = [{ name = 'm', polygon = [[0, 0], [1, 1]] }]", "camera[0].masks[0].polygon"),
        ("masks = [{ name = 'm', polygon = [[0, 0], [1]] }]", "camera[0].masks[0].polygon"),
        ("masks = [{ polygon = [[0, 0], [1, 1], [2, 0]] }]", "camera[0].masks[0].name"),
        ("[[camera.preset]]\nid = 'p'\nazimuth_deg = 0", "camera[0].preset[0].tilt_deg"),
        ("[[camera.preset]]\nid = 'p'\nazimuth_deg = 0\ntilt_deg = 0\nfov = 3", "camera[0].preset[0].fov"),
    ] {
        let name = line.split(' ').next().unwrap_or(line);
        let kept: String =
            TOWER.lines().filter(|kept| !kept.starts_with(name)).map(|kept| format!("{kept}\n")).collect();
        let error = cameras(&format!("{kept}{line}\n")).expect_err(line).to_string();
        assert!(error.contains(&format!("cameras.toml: {key}:")), "{line}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let absent = |name: &str| {
        let kept: String =
            TOWER.lines().filter(|kept| !kept.starts_with(name)).map(|kept| format!("{kept}\n")).collect();
        cameras(&kept).expect_err(name).to_string()
    };
    for name in ["id", "lon", "lat", "height_m", "azimuth_deg", "tilt_deg", "hfov_deg"] {
        assert!(absent(name).contains(&format!("camera[0].{name}: found nothing")), "{}", absent(name));
    }
    let twice = cameras(&format!("{TOWER}{TOWER}")).expect_err("refused").to_string();
    assert!(twice.contains("camera[1].id"), "{twice}");
    assert!(cameras("[camera]\nid = 'a'\n").expect_err("refused").to_string().contains("camera"));
    assert!(cameras("[[cameras]]\nid = 'a'\n").expect_err("refused").to_string().contains("cameras"));
    assert!(cameras("camera = [3]\n").expect_err("refused").to_string().contains("camera[0]"));
}
