//! Alarms of other platforms, on real servers and databases: what is taken, what is not, and who sees it.

mod bad;
mod shown;

use super::{HUZHU, MINHE, Session, Web, ago, roster, run};
use crate::common::{have, project};
use crate::databases::{Database, both, postgres, sqlite};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use strawfire::store::Store;

const SECRET: &str = "tower-secret-of-the-test";

/// A server that takes alarms of `tower`, and the folder that holds its secret and pictures.
struct Intake {
    web: Web,
    folder: tempfile::TempDir,
}

impl Intake {
    fn start(database: Database) -> Intake {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("secret"), SECRET).expect("written");
        let at = |name: &str| folder.path().join(name).display().to_string();
        let more = format!(
            "[station]\ndir = '{}'\n[[intake.sources]]\nname = 'tower'\nsecret_file = '{}'\n\
             [[intake.sources]]\nname = 'silent'\nfolder = '{}'\n",
            at("station"),
            at("secret"),
            at("in")
        );
        Intake { web: Web::start(database, &more), folder }
    }

    fn evidence(&self) -> PathBuf {
        self.folder.path().join("station/evidence")
    }

    async fn send(&self, body: &Value) -> super::Got {
        self.send_text(&body.to_string()).await
    }

    async fn send_text(&self, text: &str) -> super::Got {
        let signature = signature(SECRET, text.as_bytes());
        self.send_signed(text, &[("x-strawfire-source", "tower"), ("x-strawfire-signature", &signature)]).await
    }

    async fn send_signed(&self, text: &str, headers: &[(&str, &str)]) -> super::Got {
        self.web.send(&Session::default(), "POST", "/intake", Some(text.as_bytes().to_vec()), headers).await
    }

    async fn count(&self, collection: &str, who: &str) -> i64 {
        let session = self.web.sign_in(who).await;
        let got = self.web.get(&session, &format!("/collections/{collection}/items")).await;
        got.json()["numberMatched"].as_i64().expect("a number")
    }
}

/// That HMAC is the published one is tested beside the server's own; openssl signs in the example of the page.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

fn alarm(id: &str, (lon, lat): (f64, f64)) -> Value {
    json!({ "id": id, "time": ago(1.0).rfc3339(), "kind": "smoke", "lon": lon, "lat": lat, "position_error_m": 150, "score": 0.9 })
}

pub fn jpeg(side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
    image::DynamicImage::new_rgb8(side, side).write_with_encoder(encoder).expect("encoded");
    bytes
}

pub fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// In the list before the sender is answered, with all that it said; once, however often it comes; and for those alone who see its county.
#[test]
fn an_alarm_is_an_event_before_its_sender_is_answered() {
    for database in both() {
        let kind = database.kind;
        let intake = Intake::start(database);
        run(async {
            let web = &intake.web;
            let city = web.sign_in("city").await;
            assert_eq!(web.send(&city, "POST", "/roster", Some(roster()), &[]).await.status, 200);
            let picture = jpeg(64);
            let mut body = alarm("T-1", HUZHU);
            body["camera"] = "瞿昙寺".into();
            (body["camera_lon"], body["camera_lat"]) = (101.96.into(), 36.80.into());
            body["picture"] = base64(&picture).into();
            body["vendor_field"] = json!({ "kept": true });
            let began = Instant::now();
            let got = intake.send(&body).await;
            let list = web.get(&city, "/collections/events/items").await.json();
            println!("{kind}: taken and listed after {:?}", began.elapsed());
            assert_eq!((got.status, &got.json()["new"]), (201, &json!(true)), "{}", got.text());
            assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
            let event = got.json()["event"].as_str().expect("an event").to_string();
            let sighting = got.json()["sighting"].as_str().expect("a sighting").to_string();
            assert_eq!(list["features"][0]["id"], event.as_str(), "{list}");
            assert_eq!(list["features"][0]["properties"]["sources"], json!(["tower/瞿昙寺"]), "{list}");
            let detail = web.get(&city, &format!("/events/{event}")).await.json();
            let seen = &detail["sightings"][0];
            assert_eq!(seen["properties"]["vendor_id"], "T-1");
            assert_eq!(seen["properties"]["origin"], "platform");
            assert_eq!(seen["from"], json!([101.96, 36.80]));
            // from 36.80 N to 36.84 N along the meridian: to the north, 4.44 km
            assert_eq!(seen["properties"]["azimuth_deg"].as_f64().map(|azimuth| azimuth % 360.0), Some(0.0));
            assert!(seen["properties"]["range_m"].as_f64().is_some_and(|m| (m - 4439.0).abs() < 15.0), "{seen}");
            let image = seen["properties"]["image"].as_str().expect("an address").to_string();
            assert_eq!((image.clone(), &seen["clip"]), (format!("/sightings/{sighting}/image"), &Value::Null));
            // what repeats changes nothing, whatever it says now
            let mut other = body.clone();
            other["kind"] = "flame".into();
            other["picture"] = base64(&jpeg(32)).into();
            for again in [&body, &other] {
                let got = intake.send(again).await;
                assert_eq!((got.status, &got.json()["new"]), (200, &json!(false)), "{}", got.text());
                assert_eq!((&got.json()["sighting"], &got.json()["event"]), (&json!(sighting), &json!(event)));
            }
            assert_eq!((intake.count("sightings", "city").await, intake.count("events", "city").await), (1, 1));
            // the picture as it came, for those who see the event
            let desk = web.sign_in("huzhu").await;
            let link = web.dispatch(&city, &event, "HZ-01").await;
            let (_, phone) = web.open_link(&link).await;
            for session in [&city, &desk, &phone] {
                let got = web.get(session, &image).await;
                assert_eq!((got.status, got.header("content-type").as_str()), (200, "image/jpeg"), "{}", got.text());
                assert!(got.body == picture && got.header("x-content-type-options") == "nosniff");
                assert!(got.header("cache-control").starts_with("private"), "{}", got.header("cache-control"));
            }
            let stranger = web.sign_in("minhe").await;
            for path in [image.as_str(), &format!("/collections/sightings/items/{sighting}")] {
                assert_eq!(web.get(&stranger, path).await.status, 404, "{path}");
                assert_eq!(web.get(&Session::default(), path).await.status, 401, "{path}");
            }
            assert_eq!(intake.count("sightings", "minhe").await, 0);
            let elsewhere =
                intake.send(&alarm("T-2", MINHE)).await.json()["sighting"].as_str().expect("one").to_string();
            assert_eq!(web.get(&phone, &format!("/sightings/{elsewhere}/image")).await.status, 404);
            // a clip that lies beside its picture
            let clip = format!("/sightings/{sighting}/clip");
            let none = web.get(&desk, &clip).await;
            assert!(none.status == 404 && none.text().contains("没有留存视频"), "{}", none.text());
            std::fs::write(intake.evidence().join(format!("intake/{sighting}.mp4")), "clip").expect("written");
            let got = web.get(&desk, &clip).await;
            assert_eq!(
                (got.status, got.header("content-type").as_str(), got.text().as_str()),
                (200, "video/mp4", "clip")
            );
            let got = web.send(&desk, "GET", &clip, None, &[("range", "bytes=1-2")]).await;
            assert_eq!((got.status, got.header("content-range"), got.text()), (206, "bytes 1-2/4".into(), "li".into()));
            let detail = web.get(&desk, &format!("/events/{event}")).await.json();
            assert_eq!(detail["sightings"][0]["clip"], clip.as_str());
            // lists of people
            let csv = web.get(&desk, "/collections/sightings/items?f=csv").await.text();
            let row = csv.lines().nth(1).expect("a row");
            assert!(csv.starts_with("\u{feff}id,time,origin,camera,kind,score,longitude,latitude"), "{csv}");
            assert!(row.contains(",平台,tower/瞿昙寺,烟,0.9,101.96,36.84,150,") && row.contains(&image), "{row}");
            let kml = web.get(&desk, "/collections/sightings/items?f=kml").await.text();
            assert!(kml.contains("<coordinates>101.960000,36.840000</coordinates>"), "{kml}");
        });
    }
}

/// A satellite's detection of FIRMS and an alarm 400 m away, ten minutes later, are one event.
#[test]
fn an_alarm_is_fused_with_what_a_satellite_saw() {
    for database in both() {
        let intake = Intake::start(database);
        run(async {
            let time = ago(11.0);
            let list = format!(
                "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,bright_ti5,frp,daynight\n\
                 {},{},331.6,0.4,0.37,{},{},N20,n,2.0NRT,293.0,4.8,D\n",
                HUZHU.1,
                HUZHU.0,
                time.date(),
                time.hhmm()
            );
            let file = intake.folder.path().join("firms.csv");
            std::fs::write(&file, list).expect("written");
            let (site, file) = (intake.web.site.display().to_string(), file.display().to_string());
            let imported = crate::common::strawfire(
                intake.folder.path(),
                &["import", "--site", &site, "--format", "firms", &file],
            );
            assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
            let city = intake.web.sign_in("city").await;
            let before = intake.web.get(&city, "/collections/events/items").await.json();
            // 0.0036 degrees of latitude are 400 m
            let got = intake.send(&alarm("T-1", (HUZHU.0, HUZHU.1 + 0.0036))).await;
            assert_eq!(got.json()["event"], before["features"][0]["id"], "{}", got.text());
            let list = intake.web.get(&city, "/collections/events/items").await.json();
            let event = &list["features"][0]["properties"];
            assert_eq!((&list["numberMatched"], &event["detections"]), (&json!(1), &json!(2)), "{list}");
            let sources: Vec<&str> =
                event["sources"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
            assert!(sources.contains(&"tower") && sources.len() == 2, "{sources:?}");
        });
    }
}

/// Coordinates of a Chinese map: the PyPI packages eviltransform 0.1.1 and coord-convert 0.2.1 turn 102.1 E 36.5 N into these.
#[test]
fn places_directions_and_trials_become_what_they_are() {
    let intake = Intake::start(sqlite());
    run(async {
        let city = intake.web.sign_in("city").await;
        let of = async |body: Value| {
            let got = intake.send(&body).await;
            assert_eq!(got.status, 201, "{}", got.text());
            let id = got.json()["sighting"].as_str().expect("one").to_string();
            let feature = intake.web.get(&city, &format!("/collections/sightings/items/{id}")).await.json();
            (got.json(), feature)
        };
        let mut shifted = alarm("gcj", (102.102_072_09, 36.500_063_97));
        shifted["datum"] = "gcj02".into();
        let (_, feature) = of(shifted).await;
        let at = |n: usize| feature["geometry"]["coordinates"][n].as_f64().expect("a number");
        assert!((at(0) - 102.1).abs() < 1e-5 && (at(1) - 36.5).abs() < 1e-5, "{feature}");
        // a direction alone is a line, and no event
        let line = json!({ "id": "line", "time": ago(2.0).rfc3339(), "kind": "flame", "camera_lon": 102.0, "camera_lat": 36.6, "azimuth_deg": 45 });
        let (got, feature) = of(line.clone()).await;
        assert!(got["event"].is_null() && got["said"].as_str().is_some_and(|said| said.contains("只有方位")), "{got}");
        assert_eq!(
            (&feature["geometry"]["type"], &feature["properties"]["azimuth_deg"]),
            (&json!("LineString"), &json!(45.0))
        );
        // with a range it is a place: at 36.6 N 5 km to the north-east are 3.54 km either way, 0.0395 and 0.0319 degrees
        let mut ranged = line;
        (ranged["id"], ranged["range_m"]) = ("ranged".into(), 5000.into());
        let (got, feature) = of(ranged).await;
        let at = |n: usize| feature["geometry"]["coordinates"][n].as_f64().expect("a number");
        assert!(
            got["event"].is_string() && (at(0) - 102.0395).abs() < 2e-4 && (at(1) - 36.6319).abs() < 2e-4,
            "{feature}"
        );
        // outside of the counties it is kept and said
        let (got, feature) = of(alarm("outside", (103.83, 36.06))).await;
        assert!(got["event"].is_null() && got["said"].as_str().is_some_and(|said| said.contains("县界以外")), "{got}");
        assert_eq!(feature["properties"]["vendor_id"], "outside");
        // an old one is a record and no event, which is said to its sender; a link stays one; a trial is marked
        let mut old = alarm("old", (102.3, 36.5));
        (old["time"], old["picture_url"], old["simulated"]) =
            (ago(9.0 * 1440.0).rfc3339().into(), "https://tower.example/1.jpg".into(), true.into());
        let (got, feature) = of(old).await;
        assert!(got["event"].is_null(), "{got}");
        assert!(got["said"].as_str().is_some_and(|said| said.contains("7 天以前") && said.contains("留存")), "{got}");
        assert_eq!(
            (&feature["properties"]["image"], &feature["properties"]["simulated"]),
            (&json!("https://tower.example/1.jpg"), &json!(true))
        );
        let id = got["sighting"].as_str().expect("one");
        let picture = intake.web.get(&city, &format!("/sightings/{id}/image")).await;
        assert!(picture.status == 404 && picture.text().contains("链接"), "{}", picture.text());
        assert_eq!(intake.count("events", "city").await, 2);
        // the same of six days ago is one: what comes late by days is searched for traces still
        let mut late = alarm("late", (102.3, 36.5));
        late["time"] = ago(6.0 * 1440.0).rfc3339().into();
        let (got, _) = of(late).await;
        assert!(got["event"].is_string(), "{got}");
    });
}

/// A store that is away: the sender is told to come again, nothing is half there, and then it is taken once. One that somebody else writes
/// into is waited for.
#[test]
fn a_store_that_is_away_costs_no_alarm() {
    let Some(database) = postgres() else { return };
    let intake = Intake::start(database);
    let mut body = alarm("away", HUZHU);
    body["picture"] = base64(&jpeg(48)).into();
    run(async {
        assert_eq!(intake.send(&alarm("first", MINHE)).await.status, 201);
        intake.web.database.stop();
        let got = intake.send(&body).await;
        assert_eq!(got.status, 503, "{}", got.text());
        assert!(!got.header("retry-after").is_empty());
        intake.web.database.start();
        let mut last = 0;
        for _ in 0..20 {
            last = intake.send(&body).await.status;
            if last != 503 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        assert_eq!(last, 201);
        assert_eq!(intake.send(&body).await.status, 200);
        assert_eq!(intake.count("sightings", "city").await, 2);
    });
    let intake = Intake::start(sqlite());
    run(async {
        let store = Store::open(&intake.web.database.url).await.expect("opens");
        let turn = store.write().await.expect("a turn");
        let holds = async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            drop(turn);
        };
        let body = alarm("locked", HUZHU);
        let (got, ()) = tokio::join!(intake.send(&body), holds);
        assert_eq!(got.status, 201, "{}", got.text());
        // many at once, and each twice: each is there once
        let bodies: Vec<Value> = (0..8).map(|n| alarm(&format!("at-once-{}", n / 2), HUZHU)).collect();
        let all = futures_util::future::join_all(bodies.iter().map(|body| intake.send(body))).await;
        let statuses: Vec<u16> = all.iter().map(|got| got.status).collect();
        let new = statuses.iter().filter(|status| **status == 201).count();
        assert!(new == 4 && statuses.iter().all(|status| [200, 201].contains(status)), "{statuses:?}");
        assert_eq!(intake.count("sightings", "city").await, 5);
    });
}

/// Files of the command line are taken as requests are; the example of the page is run as it stands there.
#[test]
fn files_and_the_example_of_the_page_are_taken() {
    let intake = Intake::start(sqlite());
    let site = intake.web.site.display().to_string();
    let at = |name: &str| intake.folder.path().join(name);
    std::fs::write(at("a.json"), alarm("file", HUZHU).to_string()).expect("written");
    std::fs::write(at("b.json"), "{\"id\": \"b\"}").expect("written");
    let files = [at("a.json").display().to_string(), at("b.json").display().to_string()];
    let take = |more: &[&str]| {
        let arguments: Vec<&str> = ["intake", "--site", &site].iter().chain(more).copied().collect();
        let ended = crate::common::strawfire(intake.folder.path(), &arguments);
        let said = [ended.stdout, ended.stderr].concat();
        (ended.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let (code, said) = take(&["--source", "tower", &files[0], &files[1]]);
    assert!(code == Some(3) && said.contains("a.json: sighting S") && said.contains(", event "), "{said}");
    assert!(said.contains("b.json: found time not there; expected a time"), "{said}");
    let (code, said) = take(&["--source", "tower", &files[0]]);
    assert!(code == Some(0) && said.contains("taken before"), "{said}");
    let (code, said) = take(&[&files[0]]);
    assert!(code == Some(2) && said.contains("tower, silent"), "{said}");
    run(async {
        assert_eq!(intake.send(&alarm("file", HUZHU)).await.status, 200, "a file and a request are the same alarm");
    });
    if !have("curl") || !have("openssl") {
        return;
    }
    let page = std::fs::read_to_string(project().join("docs/intake.md")).expect("the page");
    let (_, after) = page.split_once("<!-- example curl -->\n```sh\n").expect("an example");
    let code = after.split_once("\n```").expect("an end").0;
    let example = || {
        let output = Command::new("sh")
            .args(["-ec", code])
            .current_dir(intake.folder.path())
            .envs([("SERVER", intake.web.server.address.as_str()), ("TOWER_SECRET", SECRET)])
            .output()
            .expect("runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let (first, again) = (example(), example());
    println!("{first}{again}");
    assert!(first.ends_with("201\n") && again.ends_with("200\n"), "{first}{again}");
}
