//! The evidence of a case: the whole zip, and the copy for publishing, both opened by another program than the one that wrote them.

use super::life::keyed;
use super::{Session, Web, ago, run};
use crate::common::{project, python_with};
use crate::databases::{Database, both, sqlite};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use strawfire::pipeline::evidence::{Folders, chip_name, file_name, gather, keep_chips, pack};
use strawfire::sighting::{Kind, Origin, Sighting};
use strawfire::store::{CameraLook, Filed, Row, Scope, Sighted, Status, Store};

const NAME: &str = "马占海";
const PHONE: &str = "13812345678";
const CARD: &str = "63212319900101123X";
const NOTE: &str = "麦茬地约两亩，户主韩有才，电话13812345678，身份证63212319900101123X，在 36.84123,101.96234";

fn sha(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn tool(python: &OsString, words: &[&str]) -> Value {
    let ran = Command::new(python).arg(project().join("tests/tools/evidence.py")).args(words).output().expect("runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap_or(Value::Null)
}

fn roster() -> Vec<u8> {
    let rows = [
        ["岗位代码", "岗位名称", "县区代码", "乡镇代码", "姓名", "电话", "班次", "副岗", "网格"],
        ["HZ-01", "威远镇值班岗", "630223", "630223100000", NAME, PHONE, "", "", ""],
    ];
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write_string(row, column, cell).expect("written");
        }
    }
    book.save_to_buffer().expect("a book")
}

/// A case that was reported with photos, and what its photos are.
struct Case {
    web: Web,
    event: String,
    desk: Session,
    photo: Vec<u8>,
    folder: tempfile::TempDir,
}

const IDS: [&str; 3] = [
    "7b1e0c9a-5d0f-4b7e-9d53-0f6f5b7a9c21",
    "7b1e0c9a-5d0f-4b7e-9d53-0f6f5b7a9c22",
    "7b1e0c9a-5d0f-4b7e-9d53-0f6f5b7a9c23",
];

impl Case {
    /// Far and near photos arrive, one of them whole; the other's original never comes. Nobody took one of the traces.
    fn of(database: Database, python: &OsString) -> Case {
        let folder = tempfile::tempdir().expect("a folder");
        let station = folder.path().join("station");
        let more = format!("[station]\ndir = '{}'\n", station.display());
        let web = Web::start(database, &more);
        let path = folder.path().join("photo.jpg");
        tool(python, &["photo", &path.display().to_string()]);
        let photo = std::fs::read(&path).expect("made");
        let (event, desk) = run(async {
            let (event, _) = web.furnish().await;
            let city = web.sign_in("city").await;
            assert_eq!(web.send(&city, "POST", "/roster", Some(roster()), &[]).await.status, 200);
            let desk = web.sign_in("huzhu").await;
            let call = json!({ "direction": "out", "person": NAME, "number": PHONE, "unit": "威远镇", "event": event, "said": "请马占海去看" });
            assert_eq!(web.post(&desk, "/phone-log", call).await.status, 200);
            seen(&web, &event, &station).await;
            reported(&web, &desk, &event, &photo).await;
            (event, desk)
        });
        Case { web, event, desk, photo, folder }
    }

    fn kept(&self, bytes: &[u8], name: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path.display().to_string()
    }
}

/// A tower sees it, with a picture and a clip; another one that was asked shows it, and its picture is gone. A piece of imagery was cut of it.
async fn seen(web: &Web, event: &str, station: &Path) {
    let folder = station.join("evidence/20261020");
    std::fs::create_dir_all(&folder).expect("made");
    let picture = image::RgbImage::from_pixel(1920, 1080, image::Rgb([90, 120, 60]));
    picture.save(folder.join("a.jpg")).expect("written");
    std::fs::write(folder.join("a.mp4"), "clip").expect("written");
    let chip = folder.join(chip_name(event, ago(30.0), "LC09_TEST"));
    image::RgbImage::from_pixel(760, 823, image::Rgb([138, 150, 140])).save(&chip).expect("written");
    assert!(keep_chips(&[chip], &station.join("evidence")).is_empty());
    let store = Store::open(&web.database.url).await.expect("opens");
    let look = |camera: &str, image: &str| CameraLook {
        event: event.to_string(),
        camera: camera.to_string(),
        preset: None,
        time: ago(30.0),
        said: "看到烟".to_string(),
        image: Some(image.to_string()),
    };
    let sighting = Sighting {
        id: "S-elsewhere".into(),
        origin: Origin::Camera,
        time: ago(31.0),
        camera: Some("tower-1".into()),
        kind: Kind::Smoke,
        score: 0.9,
        from: None,
        direction: None,
        range_m: None,
        ground: None,
        image: None,
        vendor_id: None,
        simulated: false,
    };
    let mut write = store.write().await.expect("a turn");
    write.put_sightings(&[Sighted { sighting, adcode: Some("630223".into()) }]).await.expect("put");
    write.put_camera_look(&look("tower-1", "20261020/a.jpg")).await.expect("put");
    write.put_camera_look(&look("tower-2", "20261020/gone.jpg")).await.expect("put");
    write.commit().await.expect("kept");
    store.close().await;
}

async fn reported(web: &Web, desk: &Session, event: &str, original: &[u8]) {
    let at = |action: &str| format!("/events/{event}/{action}");
    assert_eq!(web.post(desk, &at("triage"), json!({ "outcome": "confirm" })).await.status, 200);
    let (_, phone) = web.open_link(&web.dispatch(desk, event, "HZ-01").await).await;
    assert_eq!(keyed(web, &phone, &at("acknowledge"), "a", json!({})).await.status, 200);
    let place = json!({ "place": { "lon": 101.96234, "lat": 36.84123, "accuracy_m": 12.0 } });
    assert_eq!(keyed(web, &phone, &at("arrive"), "b", place).await.status, 200);
    let photos = at("photos");
    let kinds = [Some("far"), Some("near"), None];
    for (number, (id, kind)) in IDS.into_iter().zip(kinds).enumerate().take(2) {
        // the second was taken before the case was given, and 1.1 km to the north
        let (taken, lat) = if number == 0 { (ago(0.0), 36.84123) } else { (ago(20.0), 36.85) };
        let body = json!({
            "id": id, "sha256": sha(original), "size": original.len(), "mime": "image/jpeg", "taken_at": taken, "lon": 101.96234, "lat": lat,
            "accuracy_m": 9.0, "kind": kind,
        });
        let got = keyed(web, &phone, &photos, id, body).await;
        assert_eq!((got.status, got.json()["kind"].as_str()), (201, kind), "{}", got.text());
        assert_eq!(web.send(&phone, "PUT", &format!("{photos}/{id}/small"), Some(small()), &[]).await.status, 200);
    }
    for (part, bytes) in original.chunks(900_000).enumerate() {
        let path = format!("{photos}/{}/original?offset={}", IDS[0], part * 900_000);
        let got = web.send(&phone, "PUT", &path, Some(bytes.to_vec()), &[]).await;
        assert_eq!(got.status, 200, "{}", got.text());
    }
    let wrong = json!({ "id": IDS[2], "sha256": sha(b"x"), "size": 1, "mime": "image/jpeg", "taken_at": ago(0.0), "kind": "selfie" });
    assert_eq!(keyed(web, &phone, &photos, "w", wrong).await.status, 422);
    let report = json!({ "finding": "out_with_traces", "cause": "straw", "note": NOTE, "photos": [IDS[0], IDS[1]] });
    let got = keyed(web, &phone, &at("report"), "r", report).await;
    assert_eq!(got.status, 200, "{}", got.text());
}

fn small() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(320, 240, image::Rgb([200, 60, 60]));
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg).expect("encoded");
    bytes.into_inner()
}

fn texts(rows: &Value, column: &str) -> Vec<String> {
    rows.as_array().expect("rows").iter().map(|row| row[column].as_str().unwrap_or_default().to_string()).collect()
}

#[test]
fn all_evidence_of_a_case_is_in_one_zip_and_what_is_not_is_named() {
    let Some(python) = python_with("docx, PIL") else { return };
    for database in both() {
        let case = Case::of(database, &python);
        run(async {
            let (web, event) = (&case.web, &case.event);
            let address = format!("/events/{event}/evidence.zip");
            let got = web.get(&case.desk, &address).await;
            assert_eq!((got.status, got.header("content-type").as_str()), (200, "application/zip"), "{}", got.text());
            assert_eq!(got.header("x-sha256"), sha(&got.body), "what is in the audit is what was sent");
            let path = case.kept(&got.body, "whole.zip");
            let zip = tool(&python, &["read", &path]);
            listed(&zip);
            // the original is what the phone had, to the byte, with all that the phone wrote into it
            assert_eq!(zip["sha256"]["photos/02-far.jpg"], sha(&case.photo), "{}", zip["names"]);
            assert_eq!(zip["pictures"]["photos/02-far.jpg"]["gps"]["2"], "(36.0, 50.0, 24.6)");
            // what is not there is named in the list, in the document and in the text
            for what in ["photos/01-near.jpg：原图未到", "cameras/", "图片已不在"] {
                assert!(zip["readme"].as_str().is_some_and(|text| text.contains(what)), "{what}: {}", zip["readme"]);
                assert!(zip["document"].to_string().contains(what), "{what}");
            }
            assert!(zip["bytes"]["photos/01-near-small.jpg"].as_u64() > Some(100), "the small one stands in for it");
            in_order(&zip["timeline"]);
            let all = zip["timeline"].to_string();
            for what in [
                "卫星探测",
                "派单 → 已派发",
                "岗位",
                "照片登记",
                "原图收到",
                "摄像机查看",
                "去电",
                NAME,
                "早于派单",
                "距火点 1.1 km",
            ] {
                assert!(all.contains(what), "{what}: {all}");
            }
            // each line of the audit is what its hash says, reckoned by another program
            assert_eq!(tool(&python, &["chain", &path]), json!([]));
            let actions = texts(&zip["audit"], "action");
            for action in [
                "case dispatch",
                "case report",
                "photo registered",
                "photo received",
                "call logged",
                "task link opened",
            ] {
                assert!(actions.iter().any(|one| one == action), "{action}: {actions:?}");
            }
            let document = zip["document"].to_string();
            for what in [
                "疑似火点案件报告",
                "已熄灭有痕迹",
                "秸秆",
                "提示：缺痕迹照片",
                "1 张原图未到",
                NOTE,
                "威远镇值班岗",
                "不是卫星辐射影像",
            ] {
                assert!(document.contains(what), "{what}: {document}");
            }
            assert!(
                zip["in_document"].as_array().is_some_and(|pictures| pictures.len() == 4),
                "{}",
                zip["in_document"]
            );
            assert!(zip["names"].to_string().contains("satellite/001-NOAA-20-"), "{}", zip["names"]);
            assert!(zip["names"].to_string().contains("卫星影像/01-LC09_TEST.png"), "{}", zip["names"]);
            // the review sees the same hints
            let detail = web.get(&case.desk, &format!("/events/{event}")).await.json();
            let piece = detail["imagery"][0]["image"].as_str().expect("an address");
            let got_piece = web.get(&case.desk, piece).await;
            assert_eq!((got_piece.status, got_piece.header("content-type").as_str()), (200, "image/png"));
            assert_eq!(zip["sha256"]["卫星影像/01-LC09_TEST.png"], sha(&got_piece.body));
            assert_eq!(web.get(&web.sign_in("minhe").await, piece).await.status, 404);
            assert_eq!(web.get(&case.desk, &format!("/events/{event}/imagery/20261020")).await.status, 404);
            assert_eq!(detail["photo_hints"], json!(["缺痕迹照片", "1 张照片早于派单", "1 张原图未到"]));
            let near = &detail["photos"][0];
            assert_eq!((near["kind"].as_str(), near["before_dispatch"].as_bool()), (Some("near"), Some(true)));
            assert_eq!(near["distance_words"], "距火点 1.1 km");
            // what was taken out is in the audit, with its hash
            let store = Store::open(&web.database.url).await.expect("opens");
            let lines = store.audit_lines(50).await.expect("read");
            let line = lines.iter().find(|line| line.action == "evidence packed").expect("noted");
            assert!(line.record == *event && line.detail.contains(&sha(&got.body)), "{line:?}");
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
            store.close().await;
            // another desk has the caller as it reads them in the log
            let got = web.get(&web.sign_in("city").await, &address).await;
            let timeline = tool(&python, &["read", &case.kept(&got.body, "city.zip")])["timeline"].to_string();
            assert!(all.contains(&format!("威远镇 {NAME} {PHONE}")), "{all}");
            assert!(timeline.contains("威远镇 马** 138******78"), "{timeline}");
            // nobody else's, and nobody's but desks'
            for (name, status) in
                [("minhe", 404), ("weiyuan", 403), ("leader", 403), ("program-hz", 403), ("city", 200)]
            {
                let session = web.sign_in(name).await;
                assert_eq!(web.get(&session, &address).await.status, status, "{name}");
            }
            assert_eq!(web.get(&case.desk, &format!("{address}?masked=perhaps")).await.status, 400);
        });
    }
}

/// Every file of the zip is in the list with its size and hash, by another program's reckoning.
fn listed(zip: &Value) {
    let manifest = zip["manifest"].as_array().expect("rows");
    let names: Vec<&str> = zip["names"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
    for name in names.iter().filter(|name| !name.ends_with("manifest.csv")) {
        let row = manifest.iter().find(|row| row["文件"] == **name).unwrap_or_else(|| panic!("{name} is not listed"));
        assert_eq!(row["SHA-256"], zip["sha256"][*name], "{name}");
        assert_eq!(row["字节"], zip["bytes"][*name].to_string(), "{name}");
    }
    for row in manifest.iter().filter(|row| row["字节"] == "") {
        assert_eq!(row["状态"], "缺失", "{row}");
        assert!(!names.contains(&row["文件"].as_str().expect("a name")));
    }
}

fn in_order(timeline: &Value) {
    let times = texts(timeline, "时间（UTC）");
    let mut sorted = times.clone();
    sorted.sort_by_key(|time| strawfire::time::Utc::parse(time).expect("a time"));
    assert!(times.len() > 8 && times == sorted, "{times:?}");
    let numbers: Vec<usize> = texts(timeline, "序号").iter().filter_map(|number| number.parse().ok()).collect();
    assert_eq!(numbers, (1..=times.len()).collect::<Vec<_>>());
}

#[test]
fn nothing_of_a_person_is_in_the_copy_for_publishing() {
    let Some(python) = python_with("docx, PIL") else { return };
    for database in both() {
        let case = Case::of(database, &python);
        run(async {
            let address = format!("/events/{}/evidence.zip?masked=1", case.event);
            let got = case.web.get(&case.desk, &address).await;
            assert_eq!(got.status, 200, "{}", got.text());
            assert!(got.header("content-disposition").contains("-masked.zip"));
            let path = case.kept(&got.body, "masked.zip");
            let zip = tool(&python, &["read", &path]);
            listed(&zip);
            let all = zip["all_text"].as_str().expect("a text");
            // names, telephone, card, coordinates finer than a hundredth, the account that signed in
            for secret in [
                NAME,
                "占海",
                PHONE,
                CARD,
                "632123199001",
                "韩有才",
                "101.962",
                "36.841",
                "36.8400",
                "101.9600",
                "huzhu",
            ] {
                assert!(!all.contains(secret), "{secret}: {}", around(all, secret));
            }
            for shown in [
                "photos/01-near-check.jpg：原图未到",
                "马**",
                "138****5678",
                "韩**",
                "[证件号已隐去]",
                "36.84",
                "101.96",
                "威远镇值班岗",
                "发布前必须由人逐张核看",
            ] {
                assert!(all.contains(shown), "{shown}");
            }
            let pictures = zip["pictures"].as_object().expect("pictures");
            for (name, picture) in pictures {
                let longest = picture["size"][0].as_u64().max(picture["size"][1].as_u64()).expect("a size");
                assert!(longest <= 1280 + 60, "{name}: {picture}");
                assert_eq!((&picture["exif"], &picture["gps"]), (&json!(0), &json!({})), "{name}");
            }
            assert_eq!(zip["raw_exif"], json!([]));
            // the phone's picture was turned: what was 1600 wide stands upright now, with a line below it
            let far = &pictures["photos/02-far-check.jpg"]["size"];
            assert!(far[0] == 960 && far[1].as_u64() > Some(1280), "{far}");
            assert!(
                pictures.contains_key("photos/01-near-check.jpg"),
                "of the small one, where the original is not here"
            );
            assert!(zip["in_document"].as_array().is_some_and(|all| all.iter().all(|one| one[2] == 0)));
            assert!(!zip["names"].to_string().contains(".mp4") && all.contains("视频片段不列入脱敏副本"));
            assert!(!pictures.keys().any(|name| name.contains("LC09")) && all.contains("卫星影像显示确切位置"));
            assert!(zip["audit"].as_array().is_some_and(|rows| rows.len() > 8 && rows[0].get("who").is_none()));
            in_order(&zip["timeline"]);
        });
    }
}

fn around(all: &str, part: &str) -> String {
    let at = all.find(part).unwrap_or(0);
    let from = all[..at].char_indices().rev().nth(60).map_or(0, |(at, _)| at);
    all[from..].chars().take(140).collect()
}

fn strawfire(case: &Case, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strawfire"));
    let output = command.args(arguments).arg("--site").arg(&case.web.site).output().expect("starts");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(!said.contains("panicked"), "{said}");
    (output.status.code().expect("ended"), said)
}

/// The command line packs by id and by day, says what is missing, and finds an original that somebody changed.
#[test]
fn the_command_line_packs_cases_and_finds_a_changed_original() {
    let Some(python) = python_with("docx, PIL") else { return };
    let case = Case::of(sqlite(), &python);
    let out = case.folder.path().join("out");
    let shown = out.display().to_string();
    let (code, said) = strawfire(&case, &["evidence", &case.event[..10], "--out", &shown]);
    assert!(code == 0 && said.contains("缺失 photos/01-near.jpg：原图未到"), "{said}");
    let path = out.join(format!("evidence-{}.zip", case.event));
    listed(&tool(&python, &["read", &path.display().to_string()]));
    drilled(&case, &python);
    // a bit of the original is turned
    let kept = photo_file(&case.web.site, IDS[0]);
    let mut bytes = std::fs::read(&kept).expect("kept");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&kept, bytes).expect("written");
    let today = strawfire::time::Utc::now().beijing_as("%Y-%m-%d").expect("a day");
    let yesterday = ago(1440.0).beijing_as("%Y-%m-%d").expect("a day");
    let (code, said) = strawfire(&case, &["evidence", "--from", &yesterday, "--to", &today, "--out", &shown]);
    assert!(code == 0 && said.contains("原图与手机登记的 SHA-256 不符"), "{said}");
    assert_eq!(said.matches(".zip").count(), 2, "both events: {said}");
    let zip = tool(&python, &["read", &path.display().to_string()]);
    assert!(!zip["names"].to_string().contains("\"photos/02-far.jpg\""), "{}", zip["names"]);
    let (code, said) = strawfire(&case, &["evidence", &case.event, "--masked", "--out", &shown]);
    assert!(code == 0 && said.contains("发布前必须由人逐张核看"), "{said}");
    for wrong in [&["evidence", "nothing"][..], &["evidence"], &["evidence", "--from", "yesterday"]] {
        assert_eq!(strawfire(&case, wrong).0, 2, "{wrong:?}");
    }
}

/// Everything of a drill says that it is one, down to the names of its files.
fn drilled(case: &Case, python: &OsString) {
    let mut material = run(async {
        let store = Store::open(&case.web.database.url).await.expect("opens");
        let material = gather(&store, &Scope::all(), None, &case.event).await.expect("read").expect("there");
        store.close().await;
        material
    });
    material.shown.stored.event.simulated = true;
    material.told.push(blanked(&case.event));
    assert_eq!(file_name(&material, true), format!("evidence-{}-masked-SIMULATED.zip", case.event));
    let site = strawfire::site::Site::load(&case.web.site).expect("a site");
    let out = std::io::Cursor::new(Vec::new());
    let (zip, packed) = pack(&material, &site, &Folders::default(), false, ago(0.0), out).expect("packed");
    assert!(packed.missing.iter().any(|line| line.contains("现不在本系统的照片目录")), "{:?}", packed.missing);
    let zip = tool(python, &["read", &case.kept(&zip.into_inner(), "drill.zip")]);
    listed(&zip);
    for name in zip["names"].as_array().expect("names").iter().filter_map(Value::as_str) {
        assert!(name.rsplit('/').next().is_some_and(|file| file.starts_with("模拟-")), "{name}");
    }
    assert!(zip["timeline"].to_string().contains("正文不再留存，其 SHA-256 为 abab"), "{}", zip["timeline"]);
    let (text, document) = (zip["readme"].to_string(), zip["document"].to_string());
    assert!(text.contains("模拟数据，不是真实火点") && document.contains("模拟数据，不是真实火点"));
}

/// A notice that was delivered more than a day ago.
fn blanked(event: &str) -> Row {
    let filed = Filed {
        sink: "patrol".into(),
        event: event.into(),
        revision: 1,
        kind: "new".into(),
        due: ago(1.0),
        seen: ago(1.0),
        late: false,
        gauge: "{}".into(),
        body: String::new(),
    };
    let (queued, settled, hash) = (ago(1.0), Some(ago(1.0)), Some("ab".repeat(32)));
    Row { id: 1, filed, status: Status::Sent, queued, attempts: 1, settled, said: "200".into(), body_sha256: hash }
}

fn photo_file(site: &Path, id: &str) -> PathBuf {
    site.with_file_name("photos").join(&id[..2]).join(format!("{id}.original"))
}
