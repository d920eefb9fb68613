//! The ledger of the desk on real servers and databases: shifts, handovers that are frozen by the first signature, calls, nil reports.

mod calls;
mod nil;
mod page;
mod two_at_once;

use super::{PASSWORD, Session, Web, ago, burn, run};
use crate::common::{project, python_with};
use crate::databases::both;
use crate::office::opens_in_an_office;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::Connection as _;
use std::process::Command;
use strawfire::store::{Actor, Filed, ReceivedList, Slot, SlotState, Store};
use strawfire::time::Utc;

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Web {
    /// What signs: the password, and the changing code of the next half minute, for that of this one is used.
    fn signature(&self, name: &str, steps: u64) -> Value {
        let code = self.person(name).secret.as_ref().map(|secret| {
            let bytes = totp_rs::Secret::Encoded(secret.clone()).to_bytes().expect("base32");
            let totp =
                totp_rs::TOTP::new(totp_rs::Algorithm::SHA1, 6, 1, 30, bytes, None, String::new()).expect("a secret");
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs();
            totp.generate(now + 30 * steps)
        });
        json!({ "password": PASSWORD, "code": code.unwrap_or_default() })
    }

    async fn signs(&self, name: &str, path: &str, more: Value) -> super::Got {
        let session = self.sign_in(name).await;
        // another code each time: one that was used is not taken again
        self.forget_codes(name).await;
        let mut body = self.signature(name, 0);
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.post(&session, path, body).await
    }

    /// As if half a minute had gone by since the last code.
    async fn forget_codes(&self, name: &str) {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.database.url).await.expect("connects");
        let put = "UPDATE accounts SET totp_last = 0 WHERE name = $1";
        sqlx::query(put).bind(name).execute(&mut connection).await.expect("done");
        connection.close().await.expect("closed");
    }

    /// The text of a handover as the database has it.
    async fn kept(&self, id: &str) -> (String, String) {
        let mut connection = sqlx::AnyConnection::connect(&self.database.url).await.expect("connects");
        let query = sqlx::query_as("SELECT content, sha256 FROM handovers WHERE id = $1").bind(id.to_string());
        let found = query.fetch_one(&mut connection).await.expect("there");
        connection.close().await.expect("closed");
        found
    }
}

fn items<'a>(content: &'a Value, code: &str) -> Vec<&'a Value> {
    let sections = content["sections"].as_array().expect("sections");
    let section = sections.iter().find(|section| section["code"] == code).unwrap_or(&Value::Null);
    section["items"].as_array().map(|items| items.iter().collect()).unwrap_or_default()
}

fn missing() -> Slot {
    Slot {
        id: 0,
        satellite: "Himawari-9".into(),
        stream: String::new(),
        first: ago(60.0),
        last: ago(60.0),
        state: SlotState::Missing,
        expected: true,
        due: ago(30.0),
        seen: None,
        arrived: None,
        again: None,
        scanned: None,
        attempts: 0,
        looks: Vec::new(),
        partial: false,
        late: false,
        said: String::new(),
    }
}

/// What a shift leaves behind: a look that did not come, a camera that is dark, a list of the province that waits.
async fn leave_behind(web: &Web) {
    let store = Store::open(&web.database.url).await.expect("opens");
    let actor = Actor { who: "test".into(), origin: "here".into() };
    let mut write = store.write().await.expect("a turn");
    write.add_slot(&missing()).await.expect("added");
    write.raise("camera north dark", "摄像机 north 无画面", ago(30.0)).await.expect("raised");
    let list = ReceivedList {
        sha256: "ab".repeat(32),
        name: "省厅清单.xlsx".into(),
        source: "省厅".into(),
        received: ago(90.0),
        taken_by: "city".into(),
        withdrawn: None,
        deadline: Some(ago(-60.0)),
        replied: ago(90.0),
        answered: None,
        counts: "{}".into(),
    };
    write.note_list(&list, &serde_json::json!({}), &actor).await.expect("noted");
    let dead = Filed {
        sink: "巡查平台".into(),
        event: "e1".into(),
        revision: 1,
        kind: "new".into(),
        due: ago(40.0),
        seen: ago(40.0),
        late: false,
        gauge: "{}".into(),
        body: "{}".into(),
    };
    write.file_broken(&[(dead, "HTTP 422".into())], ago(40.0), &actor).await.expect("filed");
    write.commit().await.expect("kept");
    store.close().await;
}

/// Frozen by the first signature, signed by another one, and what changed between the two is listed; nothing is changed after that.
#[test]
fn a_handover_is_frozen_by_the_first_signature_and_signed_by_another_account() {
    for database in both() {
        let kind = database.kind;
        let web = Web::start(database, "");
        run(async {
            let (huzhu, _) = web.furnish().await;
            leave_behind(&web).await;
            let city = web.sign_in("city").await;
            let draft = web.get(&city, "/handovers/draft").await.json();
            let content = &draft["content"];
            assert_eq!((content["desk"].as_str(), items(content, "cases").len()), (Some("630200"), 2), "{draft}");
            assert!(items(content, "looks")[0]["state"].as_str().is_some_and(|said| said.starts_with("1 次未到")));
            assert_eq!(items(content, "cameras")[0]["what"], "摄像机 north 无画面");
            let dead = items(content, "dead")[0];
            assert_eq!((dead["place"].as_str(), dead["state"].as_str()), (Some("巡查平台"), Some("HTTP 422")));
            assert_eq!(items(content, "lists")[0]["what"], "省厅清单.xlsx");
            assert!(!items(content, "lists")[0]["due"].is_null());
            // a wrong password is no signature, and counts as a failed sign-in
            let got = web.post(&city, "/handovers", json!({ "password": "wrong", "remark": "" })).await;
            assert_eq!(got.status, 403, "{}", got.text());
            let store = Store::open(&web.database.url).await.expect("opens");
            assert_eq!(store.account("city").await.expect("read").expect("there").failures, 1, "{kind}");
            assert_eq!(web.get(&city, "/handovers").await.json()["handovers"], json!([]));
            let got = web.signs("city", "/handovers", json!({ "remark": "夜间风大" })).await;
            assert_eq!(got.status, 200, "{}", got.text());
            assert_eq!(store.account("city").await.expect("read").expect("there").failures, 0, "{kind}");
            let given = got.json();
            let id = given["id"].as_str().expect("an id").to_string();
            let (text, hash) = web.kept(&id).await;
            assert_eq!((sha256(&text), &given["sha256"]), (hash.clone(), &json!(hash)));
            // the same account is no other one, and another county sees nothing of it
            let own = web.signs("city", &format!("/handovers/{id}/sign"), json!({})).await;
            assert_eq!(own.status, 403, "{}", own.text());
            let county = web.sign_in("huzhu").await;
            assert_eq!(web.get(&county, &format!("/handovers/{id}")).await.status, 404);
            // something happens in between
            burn(&store, "later", ago(2.0), (102.30, 36.50), "630202", "乐都区").await;
            web.post(&city, &format!("/events/{huzhu}/dispatch"), json!({ "post": "HZ-01" })).await;
            let two = web.sign_in("city-two").await;
            let seen = web.get(&two, &format!("/handovers/{id}")).await.json();
            assert_eq!(
                (seen["state"].as_str(), seen["changes_so_far"].as_array().map(Vec::len)),
                (Some("offered"), Some(2))
            );
            let got = web.signs("city-two", &format!("/handovers/{id}/sign"), json!({ "remark": "已核对" })).await;
            let signed = got.json();
            assert_eq!((got.status, signed["state"].as_str()), (200, Some("signed")), "{}", got.text());
            let changes = signed["taken"]["changes"].as_array().expect("changes").clone();
            let kinds: Vec<&str> = changes.iter().filter_map(|change| change["kind"].as_str()).collect();
            assert!(kinds.contains(&"new") && kinds.contains(&"changed") && kinds.len() == 2, "{changes:?}");
            assert!(changes.iter().any(|change| change["said"].as_str().is_some_and(|said| said.contains("已派发"))));
            // signed once, remarked on, and the same for ever
            for path in ["sign", "refuse"] {
                let got = web.signs("city-two", &format!("/handovers/{id}/{path}"), json!({ "remark": "又" })).await;
                assert_eq!(got.status, 409, "{}", got.text());
            }
            let got = web.post(&city, &format!("/handovers/{id}/remarks"), json!({ "said": "补充：风向西北" })).await;
            assert_eq!(got.json()["remarks"][0]["said"], "补充：风向西北", "{}", got.text());
            assert_eq!(web.kept(&id).await, (text, hash));
            let after = web.get(&two, &format!("/handovers/{id}")).await.json();
            assert_eq!((&after["content"], &after["intact"]), (&given["content"], &json!(true)));
            document(&web, &city, &id).await;
            assert_eq!(store.verify_audit(None).await.expect("read").broken, None);
        });
    }
}

/// python-docx reads what the page shows, and an office prints it.
async fn document(web: &Web, city: &Session, id: &str) {
    let got = web.get(city, &format!("/handovers/{id}.docx")).await;
    assert_eq!(got.status, 200, "{}", got.text());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("handover.docx");
    std::fs::write(&file, &got.body).expect("written");
    let Some(python) = python_with("docx") else { return };
    let script = project().join("tests/tools/office.py");
    let read = Command::new(python).arg(script).arg("texts").arg(&file).output().expect("runs");
    let text = String::from_utf8_lossy(&read.stdout).into_owned();
    let text: Value = serde_json::from_str(&text).expect("JSON");
    let text = text.to_string();
    for word in [
        "海东市值班席交接班记录",
        "省厅清单.xlsx",
        "夜间风大",
        "已核对",
        "补充：风向西北",
        "新增：未办结疑似火点",
        "摄像机 north 无画面",
        id,
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    if let Some(shots) = std::env::var_os("STRAWFIRE_SHOTS") {
        let _ = std::fs::copy(&file, std::path::Path::new(&shots).join("handover.docx"));
    }
    assert!(opens_in_an_office(folder.path(), &file).unwrap_or(1) >= 1);
}

/// Refused with a reason, or left unsigned and passed by the next: both stay visible, and neither can be signed any more.
#[test]
fn what_is_refused_or_left_unsigned_stays_visible() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            web.furnish().await;
            let give = async || {
                let got = web.signs("city", "/handovers", json!({})).await;
                assert_eq!(got.status, 200, "{}", got.text());
                got.json()["id"].as_str().expect("an id").to_string()
            };
            let first = give().await;
            let got = web.signs("city-two", &format!("/handovers/{first}/refuse"), json!({ "remark": " " })).await;
            assert_eq!(got.status, 422, "no reason: {}", got.text());
            let got = web
                .signs("city-two", &format!("/handovers/{first}/refuse"), json!({ "remark": "未说明民和火点" }))
                .await;
            assert_eq!(
                (got.status, got.json()["taken"]["remark"].as_str()),
                (200, Some("未说明民和火点")),
                "{}",
                got.text()
            );
            let (second, third) = (give().await, give().await);
            // what nobody took over is still to be handed over
            let begins = async |id: &str| {
                let session = web.sign_in("city").await;
                web.get(&session, &format!("/handovers/{id}")).await.json()["from"].clone()
            };
            assert_eq!(begins(&third).await, begins(&first).await);
            let got = web.signs("city-two", &format!("/handovers/{second}/sign"), json!({})).await;
            assert_eq!(got.status, 409, "{}", got.text());
            let city = web.sign_in("city").await;
            let list = web.get(&city, "/handovers").await.json();
            let states: Vec<&str> =
                list["handovers"].as_array().expect("a list").iter().filter_map(|one| one["state"].as_str()).collect();
            assert_eq!(states, ["offered", "lapsed", "refused"]);
            // five wrong passwords shut the account out, whatever it signs then
            for _ in 0..5 {
                web.post(&city, "/handovers", json!({ "password": "wrong" })).await;
            }
            assert_eq!(web.signs("city", "/handovers", json!({})).await.status, 423);
        });
    }
}

fn shifts(rows: &[[&str; 7]]) -> Vec<u8> {
    let heads = ["值班席", "开始", "结束", "姓名", "电话", "职责", "帐号"];
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0_u32..).zip(std::iter::once(&heads).chain(rows)) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write_string(row, column, *cell).expect("written");
        }
    }
    book.save_to_buffer().expect("a book")
}

/// Imported and edited by the desks whose they are; a signature says whether its account is on the list.
#[test]
fn shifts_are_imported_edited_and_known_to_the_handover() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            let (city, huzhu) = (web.sign_in("city").await, web.sign_in("huzhu").await);
            let (from, to) = (ago(120.0).beijing(), ago(-600.0).beijing());
            let row = |desk: &'static str, person: &'static str, account: &'static str| {
                [
                    desk.to_string(),
                    from.clone(),
                    to.clone(),
                    person.into(),
                    "13900000001".into(),
                    String::new(),
                    account.into(),
                ]
            };
            let send = async |session: &Session, rows: &[[String; 7]]| {
                let rows: Vec<[&str; 7]> = rows.iter().map(|row| std::array::from_fn(|at| row[at].as_str())).collect();
                web.send(session, "POST", "/shifts/import", Some(shifts(&rows)), &[]).await
            };
            let got = send(&city, &[row("海东市", "甲", "city"), row("630223", "乙", "huzhu")]).await;
            assert_eq!((got.status, got.json()["shifts"].as_i64()), (200, Some(2)), "{}", got.text());
            // again: the same time is written over, not doubled
            let got = send(&city, &[row("海东市", "甲", "city"), row("630223", "乙", "huzhu")]).await;
            assert_eq!(got.json()["replaced"], 2, "{}", got.text());
            for (rows, column) in [([row("630223", "丙", "minhe")], "帐号"), ([row("630222", "丙", "")], "值班席")]
            {
                let got = send(&huzhu, &rows).await;
                assert_eq!(
                    (got.status, got.json()["errors"][0]["column"].as_str()),
                    (422, Some(column)),
                    "{}",
                    got.text()
                );
            }
            let own = web.get(&huzhu, "/shifts").await.json();
            assert_eq!(
                (own["shifts"].as_array().map(Vec::len), own["shifts"][0]["person"].as_str()),
                (Some(1), Some("乙"))
            );
            let body = json!({ "from": ago(60.0), "to": ago(-60.0), "person": "丁", "duty": "带班领导" });
            let got = web.post(&huzhu, "/shifts", body.clone()).await;
            assert_eq!((got.status, got.json()["desk"].as_str()), (200, Some("630223")), "{}", got.text());
            let id = got.json()["id"].as_str().expect("an id").to_string();
            let minhe = web.sign_in("minhe").await;
            assert_eq!(web.post(&minhe, &format!("/shifts/{id}/drop"), json!({})).await.status, 404);
            let mut others = body;
            others["desk"] = "630222".into();
            assert_eq!(web.post(&huzhu, "/shifts", others).await.status, 422);
            assert_eq!(web.post(&huzhu, &format!("/shifts/{id}/drop"), json!({})).await.status, 200);
            let given = web.signs("huzhu", "/handovers", json!({})).await.json();
            assert_eq!(
                (given["desk"].as_str(), given["given"]["on_list"].as_bool()),
                (Some("630223"), Some(true)),
                "{given}"
            );
            let other = web.signs("city-two", "/handovers", json!({})).await.json();
            assert_eq!(other["given"]["on_list"], false, "the list has somebody else: {other}");
            // a county's handover is of its own desk: the city reads it, and signs its own
            let id = given["id"].as_str().expect("an id");
            assert_eq!(web.get(&city, &format!("/handovers/{id}")).await.status, 200);
            assert_eq!(web.signs("city", &format!("/handovers/{id}/sign"), json!({})).await.status, 403);
        });
    }
}

/// Struck out and never gone; numbers are for desks; and of another county's calls nobody sees any.
#[test]
fn a_call_is_struck_out_and_never_gone() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            let (event, other) = web.furnish().await;
            let (city, huzhu) = (web.sign_in("city").await, web.sign_in("huzhu").await);
            let call = json!({
                "direction": "out", "person": "张三", "number": "13912345678", "unit": "威远镇", "event": event, "said": "请派人核查 100%_",
                "follow_by": ago(-30.0),
            });
            let got = web.post(&huzhu, "/phone-log", call.clone()).await;
            assert_eq!((got.status, got.json()["number"].as_str()), (200, Some("13912345678")), "{}", got.text());
            let id = got.json()["id"].as_str().expect("an id").to_string();
            let mut wrong = call.clone();
            wrong["event"] = json!(other);
            assert_eq!(web.post(&huzhu, "/phone-log", wrong).await.status, 422, "another's event");
            for (field, value) in [
                ("number", json!("=1+1")),
                ("direction", json!("up")),
                ("said", json!(" ")),
                ("follow_by", json!("2001-01-01T00:00:00Z")),
            ] {
                let mut wrong = call.clone();
                wrong[field] = value;
                assert_eq!(web.post(&huzhu, "/phone-log", wrong).await.status, 422, "{field}");
            }
            web.post(
                &city,
                "/phone-log",
                json!({ "direction": "in", "number": "0972-8612345", "unit": "省厅", "said": "催报" }),
            )
            .await;
            let list = async |who: &str, query: &str| {
                let session = web.sign_in(who).await;
                let got = web.get(&session, &format!("/phone-log{query}")).await;
                assert_eq!(got.status, 200, "{}", got.text());
                got.json()["calls"].as_array().expect("calls").clone()
            };
            let numbers = |calls: &[Value]| -> Vec<String> {
                calls.iter().filter_map(|call| call["number"].as_str().map(str::to_string)).collect()
            };
            assert_eq!(list("city", "").await.len(), 2);
            assert_eq!(numbers(&list("huzhu", "").await), ["13912345678"]);
            assert_eq!(list("minhe", "").await, Vec::<Value>::new());
            // names and numbers are whole for the desk whose call it is, and for who leads it just now
            let named = |calls: &[Value]| {
                calls.iter().find(|call| call["id"] == id.as_str()).map(|call| call["person"].clone())
            };
            assert_eq!(named(&list("huzhu", "").await), Some(json!("张三")));
            assert_eq!(
                (named(&list("city", "").await), named(&list("leader", "").await)),
                (Some(json!("张*")), Some(json!("张*")))
            );
            assert!(numbers(&list("city", "").await).contains(&"0972-8612345".to_string()), "the city's own");
            let leads = json!({ "from": ago(60.0), "to": ago(-60.0), "person": "丁", "duty": "带班领导", "account": "city-two" });
            assert_eq!(web.post(&city, "/shifts", leads).await.status, 200);
            assert_eq!(named(&list("city-two", "").await), Some(json!("张三")), "who leads the city's desk leads all");
            // a name that is masked for who searches is not found out by searching; what was said is found
            let found = async |who: &str, text: &str| {
                list(who, &format!("?q={}", strawfire::site::percent_encoded(text))).await.len()
            };
            for (who, name, said) in [("huzhu", 1, 1), ("city", 0, 1), ("city-two", 1, 1), ("leader-hz", 0, 1)] {
                assert_eq!((found(who, "张三").await, found(who, "请派人").await), (name, said), "{who}");
            }
            // a township reads of its event, without numbers; whom nothing concerns reads nothing
            assert_eq!(numbers(&list("leader-hz", "").await), ["139******78"]);
            assert_eq!(numbers(&list("leader", "").await), ["097*-*****45", "139******78"]);
            assert_eq!(
                (list("city", "?q=%25_").await.len(), list("city", "?q=%25x").await.len()),
                (1, 0),
                "a text is no pattern"
            );
            let said = json!({ "direction": "in", "said": "车牌 青B-ABC12 见 É", "unit": "Patrol" });
            assert_eq!(web.post(&city, "/phone-log", said).await.status, 200);
            for (text, found) in [("abc", 1), ("ABC", 1), ("pATROL", 1), ("É", 1), ("é", 0), ("a_c", 0), ("\\", 0)] {
                let query = strawfire::site::percent_encoded(text);
                assert_eq!(
                    list("city", &format!("?q={query}")).await.len(),
                    found,
                    "{text}: the same of both databases"
                );
            }
            let session = web.sign_in("city").await;
            for wrong in ["%00", &"x".repeat(101)] {
                assert_eq!(web.get(&session, &format!("/phone-log?q={wrong}")).await.status, 400);
            }
            assert_eq!(list("city", &format!("?event={event}")).await.len(), 1);
            assert_eq!(list("city", "?open=true").await.len(), 1);
            let minhe = web.sign_in("minhe").await;
            assert_eq!(web.post(&minhe, &format!("/phone-log/{id}/strike"), json!({ "said": "x" })).await.status, 404);
            let done = web.post(&huzhu, &format!("/phone-log/{id}/follow"), json!({ "said": "已到场" })).await.json();
            assert_eq!(
                (done["followed"]["who"].as_str(), done["followed"]["said"].as_str()),
                (Some("huzhu"), Some("已到场"))
            );
            assert_eq!(web.post(&huzhu, &format!("/phone-log/{id}/follow"), json!({ "said": "又" })).await.status, 409);
            assert_eq!(web.post(&huzhu, &format!("/phone-log/{id}/strike"), json!({ "said": "" })).await.status, 422);
            let struck =
                web.post(&huzhu, &format!("/phone-log/{id}/strike"), json!({ "said": "记错事件" })).await.json();
            assert_eq!(struck["struck"]["said"], "记错事件");
            let still = list("huzhu", "").await;
            assert_eq!((still.len(), still[0]["said"].as_str()), (1, Some("请派人核查 100%_")), "it stays as it was");
            let book = web.get(&huzhu, "/phone-log?f=xlsx").await;
            let mut book: calamine::Xlsx<_> =
                calamine::open_workbook_from_rs(std::io::Cursor::new(book.body)).expect("a book");
            let rows = calamine::Reader::worksheet_range(&mut book, "电话记录").expect("a sheet");
            let cells: Vec<String> = rows.rows().nth(3).expect("a row").iter().map(ToString::to_string).collect();
            assert!(
                cells.contains(&"139******78".into()) && cells.iter().any(|cell| cell.contains("记错事件")),
                "{cells:?}"
            );
        });
    }
}

/// 第一把火: of the whole site, of each county; what is excluded was none, and the next one is.
#[test]
fn the_first_fire_of_a_season_is_said_at_its_event() {
    for database in both() {
        let web = Web::start(database, "[season]\nburning = ['01-01/12-31 全年']\n");
        run(async {
            let (huzhu, minhe) = web.furnish().await;
            let store = Store::open(&web.database.url).await.expect("opens");
            let later = burn(&store, "later", ago(20.0), (102.05, 36.95), "630223", "互助土族自治县").await;
            let city = web.sign_in("city").await;
            let firsts = async |event: &str| -> Vec<Value> {
                let detail = web.get(&city, &format!("/events/{event}")).await.json();
                let all = detail["first_of_season"].as_array().expect("a list").clone();
                all.iter().map(|first| json!([first["season"], first["adcode"]])).collect()
            };
            assert_eq!(firsts(&huzhu).await, [json!(["全年", null]), json!(["全年", "630223"])]);
            assert_eq!(firsts(&minhe).await, [json!(["全年", "630222"])]);
            assert_eq!(firsts(&later).await, Vec::<Value>::new());
            let body = json!({ "outcome": "exclude", "cause": "solar" });
            let got = web.post(&city, &format!("/events/{huzhu}/triage"), body).await;
            assert_eq!(got.status, 200, "{}", got.text());
            assert_eq!(firsts(&huzhu).await, Vec::<Value>::new());
            assert_eq!(firsts(&minhe).await, [json!(["全年", null]), json!(["全年", "630222"])]);
            assert_eq!(firsts(&later).await, [json!(["全年", "630223"])]);
        });
    }
}

/// What was written into a store of its own is read again, whole, out of a backup: the ledger is a record as all else is.
#[test]
fn the_ledger_is_in_a_backup() {
    for database in both() {
        let web = Web::start(database, "");
        run(async {
            web.furnish().await;
            let city = web.sign_in("city").await;
            web.post(&city, "/phone-log", json!({ "direction": "in", "said": "催报" })).await;
            web.signs("city", "/handovers", json!({})).await;
            let body = json!({ "from": ago(60.0), "to": ago(-60.0), "person": "丁" });
            assert_eq!(web.post(&city, "/shifts", body).await.status, 200);
            let store = Store::open(&web.database.url).await.expect("opens");
            let mut lines = Vec::new();
            store
                .backup(|line| {
                    lines.push(line.to_string());
                    Ok(())
                })
                .await
                .expect("backed up");
            let path = web.site.join("backup.jsonl");
            std::fs::write(&path, lines.join("\n") + "\n").expect("written");
            let url = format!("sqlite://{}", web.site.join("restored.db").display());
            let actor = Actor { who: "test".into(), origin: "here".into() };
            let restored = Store::restore(&url, &path, Utc::now(), &actor).await.expect("restored").store;
            let (old, new) =
                (store.handovers(None, 9).await.expect("read"), restored.handovers(None, 9).await.expect("read"));
            assert_eq!((old.len(), &old), (1, &new));
            let day = |store| async move { Store::shifts(store, None, ago(600.0), ago(-600.0)).await.expect("read") };
            assert_eq!(day(&store).await, day(&restored).await);
        });
    }
}
