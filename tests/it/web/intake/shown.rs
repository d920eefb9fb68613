//! Pictures of sightings and of what cameras were asked, cameras and the ground that they see: who is shown what.

use super::super::browser;
use super::{HUZHU, Intake, Session, Value, Web, ago, alarm, json, project, run, sqlite};
use std::process::Command;
use std::time::Instant;
use strawfire::sighting::{Kind, Origin, Sighting};
use strawfire::store::{CameraLook, Sighted, Store};

/// Names that lead out of the folder give nothing; what a run by hand kept elsewhere is said to be there. What a camera showed of an event has its
/// picture in the same folder.
#[test]
fn pictures_come_out_of_one_folder_alone() {
    let intake = Intake::start(sqlite());
    run(async {
        let city = intake.web.sign_in("city").await;
        let event = intake.send(&alarm("T-1", HUZHU)).await.json()["event"].as_str().expect("an event").to_string();
        std::fs::create_dir_all(intake.evidence().join("20261020")).expect("made");
        std::fs::write(intake.evidence().join("20261020/a.jpg"), "picture").expect("written");
        std::fs::write(intake.evidence().join("../outside.jpg"), "secret").expect("written");
        let store = Store::open(&intake.web.database.url).await.expect("opens");
        let mut write = store.write().await.expect("a turn");
        let absolute = intake.evidence().join("20261020/a.jpg").display().to_string();
        let names = [
            "20261020/a.jpg",
            "../outside.jpg",
            "20261020/../../outside.jpg",
            "/etc/passwd",
            &absolute,
            "out/evidence/x.jpg",
        ];
        for (n, name) in names.iter().enumerate() {
            let sighting = Sighting {
                id: format!("S{n}"),
                origin: Origin::Camera,
                time: ago(3.0),
                camera: Some("K1".into()),
                kind: Kind::Smoke,
                score: 0.9,
                from: None,
                direction: None,
                range_m: None,
                ground: None,
                image: Some((*name).to_string()),
                vendor_id: None,
                simulated: false,
            };
            write.put_sightings(&[Sighted { sighting, adcode: Some("630223".into()) }]).await.expect("put");
        }
        let look = CameraLook {
            event: event.clone(),
            camera: "K1".into(),
            preset: Some("east".into()),
            time: ago(2.0),
            said: "未见烟火".into(),
            image: Some("20261020/a.jpg".into()),
        };
        write.put_camera_look(&look).await.expect("put");
        write.commit().await.expect("kept");
        for (n, name) in names.iter().enumerate() {
            let got = intake.web.get(&city, &format!("/sightings/S{n}/image")).await;
            assert_eq!(got.status, if n == 0 { 200 } else { 404 }, "{name}: {}", got.text());
            assert!(!got.text().contains("secret") && !got.text().contains("root:"));
            if n > 0 {
                assert!(got.text().contains("图片"), "{}", got.text());
            }
        }
        for path in ["/sightings/..%2f..%2foutside/image", "/sightings/%2e%2e/image", "/sightings/S9/clip"] {
            assert_eq!(intake.web.get(&city, path).await.status, 404, "{path}");
        }
        let detail = intake.web.get(&city, &format!("/events/{event}")).await.json();
        let shown = &detail["camera_looks"][0];
        assert_eq!((&shown["camera"], &shown["said"]), (&json!("K1"), &json!("未见烟火")), "{detail}");
        let address = shown["image"].as_str().expect("an address");
        assert_eq!(intake.web.get(&city, address).await.text(), "picture");
        let stranger = intake.web.sign_in("minhe").await;
        assert_eq!(intake.web.get(&stranger, address).await.status, 404);
        assert_eq!(intake.web.get(&city, &format!("/events/{event}/cameras/K1/1")).await.status, 404);
    });
}

/// In Debian's Chromium: the panel of an alarm's event has its picture, what a camera of the site showed of it and the line of sight; the layer
/// of cameras has both, and the one with an alarm says so and shows its ground.
#[test]
fn the_page_shows_what_cameras_see() {
    let Some(python) = browser::browser() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let shots = browser::shots(folder.path());
    let intake = Intake::start(sqlite());
    let cameras = "[[camera]]\nid = 'K1'\nname = '互助一号'\nlon = 102.05\nlat = 36.80\nheight_m = 60\nazimuth_deg = 270\ntilt_deg = -3\n\
                   hfov_deg = 60\nmax_range_km = 12\nsource = 'rtsp://10.0.0.7/1'\n\
                   [[camera]]\nid = 'K2'\nname = '互助二号'\nlon = 102.00\nlat = 36.90\nheight_m = 30\nazimuth_deg = 90\ntilt_deg = -3\nhfov_deg = 60\n";
    std::fs::write(intake.web.site.join("cameras.toml"), cameras).expect("written");
    let toml = std::fs::read_to_string(intake.web.site.join("site.toml")).expect("read");
    let dem = format!("[layers]\ndem = '{}'\n", project().join("sites/haidong/dem.tif").display());
    std::fs::write(intake.web.site.join("site.toml"), toml.replace("[layers]\n", &dem)).expect("written");
    let server = crate::web::serve(&intake.web.site);
    let (event, code) = run(async {
        let city = intake.web.sign_in("city").await;
        assert_eq!(intake.web.send(&city, "POST", "/roster", Some(super::roster()), &[]).await.status, 200);
        let mut body = alarm("T-1", HUZHU);
        (body["camera"], body["camera_lon"], body["camera_lat"]) = ("瞿昙寺".into(), 101.96.into(), 36.80.into());
        body["picture"] = super::base64(&super::jpeg(320)).into();
        let event = intake.send(&body).await.json()["event"].as_str().expect("an event").to_string();
        std::fs::create_dir_all(intake.evidence().join("20261020")).expect("made");
        std::fs::write(intake.evidence().join("20261020/a.jpg"), super::jpeg(640)).expect("written");
        let store = Store::open(&intake.web.database.url).await.expect("opens");
        let mut write = store.write().await.expect("a turn");
        let look = CameraLook {
            event: event.clone(),
            camera: "K1".into(),
            preset: Some("east".into()),
            time: ago(2.0),
            said: "观察 2 分钟未识别出烟火，不等于无火，请看图".into(),
            image: Some("20261020/a.jpg".into()),
        };
        write.put_camera_look(&look).await.expect("put");
        write.raise("camera K1 dark", "摄像机 互助一号 白天画面全黑", ago(5.0)).await.expect("raised");
        write.commit().await.expect("kept");
        (event, intake.web.code("huzhu").expect("a code"))
    });
    let output = Command::new(python)
        .arg(project().join("tests/tools/page_cameras.py"))
        .args([server.address.as_str(), "huzhu", super::super::PASSWORD, &code])
        .arg(&shots)
        .args([event.as_str(), "互助一号"])
        .output()
        .expect("starts");
    let page = browser::said(&output);
    assert_eq!(page["complaints"], json!([]), "{page}");
    let (words, popup) = (page["words"].as_str().expect("words"), page["said"].as_str().expect("words"));
    for said in ["瞿昙寺", "编号 T-1", "调看", "不等于无火"] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(popup.contains("有告警") && popup.contains("画面全黑") && popup.contains("视域"), "{popup}");
    let counts = [&page["pictures"], &page["lines"], &page["marks"], &page["ground"]];
    assert_eq!(counts, [&json!(2), &json!(1), &json!(2), &json!(1)], "{page}");
}

/// Where cameras stand is for desks; what one sees is made once, and of a site without heights it is said why it cannot be.
#[test]
fn cameras_and_what_they_see_are_for_desks() {
    let web = Web::start(sqlite(), "");
    let cameras = "[[camera]]\nid = 'ledu-1'\nname = '乐都一号'\nlon = 102.40\nlat = 36.48\nheight_m = 40\nazimuth_deg = 90\ntilt_deg = -3\n\
                   hfov_deg = 60\nmax_range_km = 10\nsource = 'rtsp://10.0.0.7/1'\nuser = 'u'\npassword_env = 'NOT_SET'\n\
                   [[camera]]\nid = 'ledu-10'\nlon = 102.42\nlat = 36.47\nheight_m = 20\nmax_range_km = 5\n\
                   [[camera.preset]]\nid = 'east'\nazimuth_deg = 90\ntilt_deg = -2\nhfov_deg = 40\n";
    std::fs::write(web.site.join("cameras.toml"), cameras).expect("written");
    let without = crate::web::serve(&web.site);
    let toml = std::fs::read_to_string(web.site.join("site.toml")).expect("read");
    let dem = format!("[layers]\ndem = '{}'\n", project().join("sites/haidong/dem.tif").display());
    std::fs::write(web.site.join("site.toml"), toml.replace("[layers]\n", &dem)).expect("written");
    let server = crate::web::serve(&web.site);
    run(async {
        let store = Store::open(&web.database.url).await.expect("opens");
        let mut write = store.write().await.expect("a turn");
        write.raise("camera ledu-1 dark", "摄像机 乐都一号 画面全黑", ago(5.0)).await.expect("raised");
        write.commit().await.expect("kept");
        let desk = web.sign_in("city").await;
        let ask = async |session: &Session, server: &crate::sinks::Server, path: &str| {
            let request = web.client.get(format!("{}{path}", server.address)).header("cookie", &session.cookie);
            let got = request.send().await.expect("an answer");
            let (status, text) = (got.status().as_u16(), got.text().await.expect("a body"));
            (status, serde_json::from_str::<Value>(&text).unwrap_or_default(), text)
        };
        let (status, list, text) = ask(&desk, &server, "/cameras").await;
        assert_eq!((status, &list["numberMatched"]), (200, &json!(2)), "{list}");
        assert!(!text.contains("10.0.0.7") && !text.contains("NOT_SET"), "{text}");
        let (first, second) = (&list["features"][0], &list["features"][1]);
        assert_eq!(first["geometry"]["coordinates"], json!([102.40, 36.48]));
        assert_eq!((&first["properties"]["name"], &first["properties"]["watched"]), (&json!("乐都一号"), &json!(true)));
        assert_eq!(first["properties"]["alarms"][0]["said"], "摄像机 乐都一号 画面全黑");
        assert_eq!((&second["properties"]["alarms"], &second["properties"]["presets"]), (&json!([]), &json!(["east"])));
        let began = Instant::now();
        let (status, seen, _) = ask(&desk, &server, "/cameras/ledu-1/viewshed").await;
        let first = began.elapsed();
        let (_, again, _) = ask(&desk, &server, "/cameras/ledu-1/viewshed").await;
        println!("viewshed: {first:?}, then {:?}", began.elapsed() - first);
        assert_eq!((status, &seen["geometry"]["type"], &seen), (200, &json!("MultiPolygon"), &again));
        assert!(seen["properties"]["area_km2"].as_f64().is_some_and(|area| area > 0.1), "{}", seen["properties"]);
        assert_eq!(ask(&desk, &server, "/cameras/none/viewshed").await.0, 404);
        let (status, _, text) = ask(&desk, &without, "/cameras/ledu-1/viewshed").await;
        assert!(status == 404 && text.contains("layers.dem"), "{text}");
        let other = web.sign_in("huzhu").await;
        assert_eq!(ask(&other, &server, "/cameras").await.1["numberMatched"], json!(0), "they stand in another county");
        assert_eq!(ask(&other, &server, "/cameras/ledu-1/viewshed").await.0, 404);
        for (name, expected) in [("leader", 403), ("weiyuan", 403)] {
            let session = web.sign_in(name).await;
            assert_eq!(ask(&session, &server, "/cameras").await.0, expected, "{name}");
        }
        assert_eq!(ask(&Session::default(), &server, "/cameras").await.0, 401);
    });
}
