//! Lists of a province against our store: 200 rows whose answers tests/tools/province_list.py knows; the pairs by their own properties;
//! files that are none.

use crate::common::{have_program, project, python_with, shared, strawfire};
use crate::databases::{Database, both};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use strawfire::assign::territory::Territory;
use strawfire::cases::{Act, Cause, Clocks, Doer, Finding, Report, Role};
use strawfire::deliver::scan_report::{CountyShare, GranuleReport};
use strawfire::fire::{DropReason, FirePixel, Verdict};
use strawfire::ingest::lists::template::Template;
use strawfire::ingest::lists::{self, TheirList};
use strawfire::layers::area_index::AreaIndex;
use strawfire::pipeline::keep::Keeper;
use strawfire::pipeline::reconcile::matching::{Detected, Match, Theirs, match_rows, squared};
use strawfire::pipeline::{Places, Settings};
use strawfire::place::LonLat;
use strawfire::site::Site;
use strawfire::store::{Actor, Asked, Scope, Slot, SlotState, StepAsked, Stepped, Store};
use strawfire::thresholds::{ReconcileThresholds, Thresholds};
use strawfire::time::Utc;

const HEADER_ROW: usize = 3;

/// A site with a store and the list of the province, in a folder of its own.
struct Desk {
    folder: tempfile::TempDir,
    truth: Value,
    url: String,
}

impl Desk {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// The list and what the store must hold; `None` without openpyxl.
    fn new(database: &Database) -> Option<Desk> {
        let python = python_with("openpyxl")?;
        let folder = tempfile::tempdir().expect("a folder");
        let text = format!("name = '海东市'\n[store]\nurl = \"{}\"\n", database.url);
        std::fs::write(folder.path().join("site.toml"), text).expect("written");
        let counties = project().join("sites/haidong/counties.geojson");
        std::fs::copy(&counties, folder.path().join("counties.geojson")).expect("copied");
        let tool = project().join("tests/tools/province_list.py");
        let made = Command::new(python).arg(tool).arg("make").arg(counties).arg(folder.path()).output().expect("runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let truth = std::fs::read_to_string(folder.path().join("truth.json")).expect("written");
        let desk = Desk { folder, truth: serde_json::from_str(&truth).expect("JSON"), url: database.url.clone() };
        desk.fill();
        Some(desk)
    }

    fn fill(&self) {
        let site = Site::load(self.folder.path()).expect("loads");
        let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
        let (thresholds, places) = (Thresholds::default(), Places::default());
        let territory = Territory::load(&site).expect("loads");
        let settings = Settings::new(&site, &counties, &thresholds, &places);
        let keeper = Keeper::open(actor(), &settings, &territory).expect("opens").expect("a store");
        for look in list(&self.truth["store"], "looks") {
            let (report, fires) = look_of(look, &site, &counties);
            keeper.take(&report, &fires, true, report.time.plus_seconds(600.0).expect("a time")).expect("taken");
        }
        crate::delivery::run(async {
            let store = Store::open(&self.url).await.expect("opens");
            let mut write = store.write().await.expect("a turn");
            for slot in list(&self.truth["store"], "missing") {
                write.add_slot(&missing(word(slot, "satellite"), time(slot))).await.expect("added");
            }
            write.commit().await.expect("kept");
        });
    }

    /// A look that the simulator made.
    fn take_drill(&self, look: &Value) {
        let site = Site::load(self.folder.path()).expect("loads");
        let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
        let (thresholds, places) = (Thresholds::default(), Places::default());
        let territory = Territory::load(&site).expect("loads");
        let settings = Settings::new(&site, &counties, &thresholds, &places);
        let keeper = Keeper::open(actor(), &settings, &territory).expect("opens").expect("a store");
        let (mut report, mut fires) = look_of(look, &site, &counties);
        report.simulated = true;
        fires.iter_mut().for_each(|fire| fire.simulated = true);
        keeper.take(&report, &fires, true, report.time.plus_seconds(600.0).expect("a time")).expect("taken");
    }

    fn reconcile(&self, more: &[&str], files: &[&str], code: i32) -> String {
        let (site, out) = (self.folder.path().display().to_string(), self.text("out"));
        let arguments = [&["reconcile", "--site", &site, "--out", &out], more, files].concat();
        let ran = strawfire(self.folder.path(), &arguments);
        let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert_eq!(ran.status.code(), Some(code), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        said
    }

    fn account(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.path("out/reconcile.json")).expect("written")).expect("JSON")
    }

    /// The id of the event of each fire.
    fn events(&self) -> BTreeMap<String, String> {
        crate::delivery::run(async {
            let store = Store::open(&self.url).await.expect("opens");
            let asked = Asked { limit: 10_000, ..Asked::default() };
            let events = store.list_events(&Scope::all(), &asked).await.expect("read");
            let of = |shown: strawfire::store::Shown| {
                let event = shown.stored.event;
                assert_eq!(event.members.len(), 1, "the fires of the list lie apart");
                (event.members[0].rsplit(' ').next().expect("a name").to_string(), event.id)
            };
            events.into_iter().map(of).collect()
        })
    }

    /// Steps of the case of an event.
    fn act(&self, event: &str, steps: &[(Role, &str, Act)]) {
        crate::delivery::run(async {
            let store = Store::open(&self.url).await.expect("opens");
            for (at, (role, who, act)) in steps.iter().enumerate() {
                let doer = Doer { who: (*who).into(), role: *role, post: (*role == Role::Post).then(|| "P1".into()) };
                let (scope, clocks) = (Scope::all(), Clocks::default());
                let asked = StepAsked {
                    event,
                    act,
                    by: &doer,
                    scope: &scope,
                    key: None,
                    clocks: &clocks,
                    said: None,
                    seen: None,
                    from: None,
                    untouched: false,
                    reach: &[],
                };
                let now = Utc::parse(&format!("2025-10-21T12:0{at}:00Z")).expect("a time");
                let mut write = store.write().await.expect("a turn");
                let done = write.step(&asked, now, &actor()).await.expect("asked");
                assert!(matches!(done, Stepped::Done(_)), "{act:?}: {done:?}");
                write.commit().await.expect("kept");
            }
        });
    }
}

fn actor() -> Actor {
    Actor { who: "test".into(), origin: "here".into() }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().expect("a list")
}

fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a word")
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().expect("a number")
}

fn time(value: &Value) -> Utc {
    Utc::parse(word(value, "time")).expect("a time")
}

fn look_of(look: &Value, site: &Site, counties: &AreaIndex) -> (GranuleReport, Vec<FirePixel>) {
    let share = |county: &strawfire::site::County| CountyShare {
        pixels: 100,
        observed_fraction: number(look, "observed"),
        cloud_fraction: number(look, "cloud"),
        ..CountyShare::of_nothing(&county.name.adcode, &county.name.name)
    };
    let report = GranuleReport {
        satellite: word(look, "satellite").into(),
        sensor: "AHI".into(),
        counties: site.counties.iter().map(share).collect(),
        ..GranuleReport::bare(word(look, "name"), time(look))
    };
    let fire = |fire: &Value| {
        let place = LonLat::new(number(fire, "lon"), number(fire, "lat")).expect("a place");
        let dropped = fire["dropped"].as_str().map(|_| Verdict::Dropped(DropReason::StaticSource));
        FirePixel {
            satellite: report.satellite.clone(),
            sensor: report.sensor.clone(),
            granule: report.granule.clone(),
            position_error_m: Some(500.0),
            pixel_area_km2: Some(9.0),
            verdict: dropped.unwrap_or(Verdict::Kept),
            county: counties.find(place).map(|at| site.counties[at].name.clone()),
            ..FirePixel::bare(format!("{} {}", report.granule, word(fire, "name")), report.time, place)
        }
    };
    let fires = list(look, "fires").iter().map(fire).collect();
    (report, fires)
}

fn missing(satellite: &str, first: Utc) -> Slot {
    Slot {
        id: 0,
        satellite: satellite.into(),
        stream: String::new(),
        first,
        last: first,
        state: SlotState::Missing,
        expected: true,
        due: first,
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

/// Every row as the script has it, one to one, on both databases.
#[test]
fn the_list_of_the_province_is_answered_row_by_row() {
    for database in both() {
        println!("{}", database.kind);
        let Some(desk) = Desk::new(&database) else { return };
        let events = desk.events();
        // some rows cannot be read: code 3
        let said = desk.reconcile(&[], &[&desk.text("list.xlsx")], 3);
        assert!(said.contains("已掌握 100，未监测到 55") && said.contains("无法判读 10；我方独有 7 处"), "{said}");
        let account = desk.account();
        let (mut wrong, mut taken) = (Vec::new(), BTreeSet::new());
        assert_eq!(list(&account, "rows").len(), 200);
        for row in list(&account, "rows") {
            let expected = &desk.truth["rows"][word(row, "id")];
            assert!(!word(row, "said").is_empty(), "no row unexplained: {row}");
            if !is_as_expected(row, expected, &events) {
                wrong.push(format!("{expected}\n{row}"));
            }
            if row["state"] == "known" {
                assert!(taken.insert(word(&row["event"], "id").to_string()), "an event twice: {row}");
            }
        }
        assert!(wrong.is_empty(), "{} of 200:\n{}", wrong.len(), wrong.join("\n\n"));
        let alone: BTreeSet<&str> =
            list(&desk.truth, "only_ours").iter().filter_map(Value::as_str).map(|fire| events[fire].as_str()).collect();
        let found: BTreeSet<&str> = list(&account, "only_ours").iter().filter_map(Value::as_str).collect();
        assert_eq!(found, alone);
        let notes: Vec<&str> = list(&account, "notes").iter().filter_map(Value::as_str).collect();
        assert_eq!(notes.len(), 3, "a hidden sheet, one without headings, the line of sums: {notes:?}");
    }
}

fn is_as_expected(row: &Value, expected: &Value, events: &BTreeMap<String, String>) -> bool {
    let near = |name: &str, most: f64| (number(&row["event"], name) - number(expected, name)).abs() <= most;
    row["state"] == expected["state"]
        && match word(expected, "state") {
            // the sphere of one mean radius and places of seven decimals
            "known" => {
                row["event"]["id"] == events[word(expected, "fire")].as_str()
                    && near("distance_m", 5.0)
                    && near("minutes", 0.01)
            }
            "unseen" => row["why"] == expected["why"],
            "repeat" => row["repeats"]["id"] == expected["of"],
            "unreadable" => row["unreadable"][0]["column"] == expected["column"],
            _ => true,
        }
}

/// A row of a real list is never answered out of a drill: by hand, one simulated look with one event and one detection, and nothing real that day.
/// Only a site for trials that has nothing real answers out of it, and marks it.
#[test]
fn a_drill_answers_no_row_of_a_real_list() {
    for database in both() {
        println!("{}", database.kind);
        let Some(desk) = Desk::new(&database) else { return };
        let made = serde_json::json!({
            "satellite": "NOAA-20", "name": "drill", "time": "2025-11-20T05:30:00Z", "observed": 1.0, "cloud": 0.0,
            "fires": [{ "name": "d0", "lon": 102.41, "lat": 36.48 }],
        });
        desk.take_drill(&made);
        std::fs::write(desk.path("near.csv"), "经度,纬度,时间,卫星\n102.41,36.48,2025-11-20 13:30,NOAA-20\n")
            .expect("written");
        let said = desk.reconcile(&[], &[&desk.text("near.csv")], 0);
        let left_out = "另有模拟观测 1 次、模拟疑似火点 1 处, 不计入";
        assert!(said.contains("已掌握 0，未监测到 1") && said.contains(left_out), "{said}");
        let account = desk.account();
        assert_eq!((&account["rows"][0]["why"], &account["simulated"]), (&"no_overpass".into(), &false.into()));
        assert!(account["left_out"].as_str().is_some_and(|said| said.starts_with(left_out)), "{account}");
        assert!(list(&account, "only_ours").is_empty(), "{account}");
        // the same on a site for trials
        let site = desk.path("site.toml");
        let text = std::fs::read_to_string(&site).expect("there") + "[delivery]\nallow_simulated = true\n";
        std::fs::write(&site, text).expect("written");
        let said = desk.reconcile(&[], &[&desk.text("near.csv")], 0);
        assert!(said.contains("已掌握 1，") && said.contains("（模拟数据，非真实火点）"), "{said}");
        let row = &desk.account()["rows"][0];
        assert!(row["state"] == "known" && word(row, "said").ends_with("（模拟数据，非真实火点）"), "{row}");
    }
}

/// A row of a time to come says so; one that gives a day alone is told of the day.
#[test]
fn a_time_to_come_and_a_day_alone_are_told_as_such() {
    let database = crate::databases::sqlite();
    let Some(desk) = Desk::new(&database) else { return };
    let rows = "经度,纬度,时间,卫星\n102.41,36.48,2098-01-01 13:30,NOAA-20\n102.41,36.48,2025-11-25,NOAA-20\n";
    std::fs::write(desk.path("times.csv"), rows).expect("written");
    desk.reconcile(&[], &[&desk.text("times.csv")], 0);
    let account = desk.account();
    let rows = list(&account, "rows");
    assert_eq!((&rows[0]["why"], &rows[1]["why"]), (&"ahead".into(), &"no_overpass".into()), "{account}");
    assert!(word(&rows[0], "said").starts_with("所填时间 2098-01-01 13:30 晚于本次核对时间"), "{}", rows[0]);
    assert!(word(&rows[1], "said").starts_with("清单只给出日期，该日我方没有NOAA-20的观测"), "{}", rows[1]);
}

/// By openpyxl: nothing of theirs is changed, and what is behind it is what reconcile.json says. A point is asked to be taken off where
/// somebody else approved that there was nothing, or the desk excluded it; not where the report waits.
#[test]
fn the_reply_is_their_list_with_our_columns() {
    let database = crate::databases::sqlite();
    let Some(desk) = Desk::new(&database) else { return };
    let events = desk.events();
    let report = |finding, cause| {
        Act::Report(Report { finding, cause, note: "麦茬地".into(), photos: Vec::new(), place: None, at: None })
    };
    let dispatch = || (Role::County, "desk", Act::Dispatch { post: "P1".into(), note: String::new() });
    let approve = || (Role::City, "other", Act::Review { approve: true, note: String::new() });
    desk.act(&events["a0"], &[dispatch(), (Role::Post, "post", report(Finding::NoTrace, None)), approve()]);
    desk.act(&events["a1"], &[dispatch(), (Role::Post, "post", report(Finding::NoTrace, None))]);
    let straw = report(Finding::OutWithTraces, Some(Cause::Straw));
    desk.act(&events["a2"], &[dispatch(), (Role::Post, "post", straw), approve()]);
    let excluded = Act::Triage { confirm: false, cause: Some(Cause::Industry), note: "水泥厂".into() };
    desk.act(&events["a4"], &[(Role::City, "desk", excluded)]);
    desk.reconcile(&["--deadline", "2025-10-22 18:00"], &[&desk.text("list.xlsx")], 3);
    let account = desk.account();
    assert_eq!(account["deadline"], "2025-10-22T10:00:00Z");
    let behind = checked(&desk.path("list.xlsx"), &desk.path("out/reply.xlsx"));
    assert_eq!(behind["编号"][..3], ["核查结果", "我方编号", "办理状态"]);
    let mut reducible = BTreeSet::new();
    for row in list(&account, "rows") {
        let cells = &behind[word(row, "id")];
        assert!(cells[0].as_str().is_some_and(|cell| cell.starts_with(word(row, "result"))), "{row} {cells:?}");
        assert_eq!(cells[1], row["event"]["id"].as_str().unwrap_or(""));
        assert_eq!(cells[6], row["said"]);
        if [&events["a0"], &events["a4"]].into_iter().any(|id| row["event"]["id"] == id.as_str()) {
            reducible.insert(word(row, "id"));
        }
        if row["event"]["id"] == events["a2"].as_str() {
            assert_eq!(cells[2..6], ["已审核".into(), "已熄灭有痕迹".into(), "秸秆".into(), Value::from(0)]);
        }
        if row["event"]["id"] == events["a1"].as_str() {
            assert_eq!(cells[3], "未发现痕迹（待审核）");
        }
    }
    assert_eq!(list(&account, "reducible").iter().map(|row| word(row, "id")).collect::<BTreeSet<_>>(), reducible);
    // openpyxl drops a footer that it cannot parse, and says so
    let script = "import sys, warnings, openpyxl; warnings.simplefilter('error'); print(openpyxl.load_workbook(sys.argv[1]).worksheets[0].oddFooter.center.text)";
    let python = python_with("openpyxl").expect("there before");
    let ran = Command::new(python).args(["-c", script]).arg(desk.path("out/reduction.xlsx")).output().expect("runs");
    assert_eq!(String::from_utf8_lossy(&ran.stdout).trim(), "&P / &N", "{}", String::from_utf8_lossy(&ran.stderr));
    opens_in_an_office(&desk);
    // the list waits until somebody says that the answer was sent; a later run moves no deadline
    let due = desk.reconcile(&["--due"], &[], 0);
    assert!(due.starts_with("list.xlsx ") && due.contains("期限 2025-10-22 18:00(已超时)"), "{due}");
    let said = desk.reconcile(&["--deadline", "2025-10-23 18:00"], &[&desk.text("list.xlsx")], 2);
    assert!(said.contains("--move-deadline") && said.contains("2025-10-22 18:00"), "{said}");
    assert!(desk.reconcile(&["--due"], &[], 0).contains("期限 2025-10-22 18:00"));
    let said = desk.reconcile(&["--answered"], &[&desk.text("list.xlsx")], 3);
    assert!(
        said.contains("column \"") && said.contains("; expected a "),
        "rows that cannot be read, in English: {said}"
    );
    assert_eq!(desk.account()["deadline"], "2025-10-22T10:00:00Z");
    assert_eq!(desk.reconcile(&["--due"], &[], 0), "");
    // taken back it is answered no more
    assert!(desk.reconcile(&["--withdraw", "发错"], &[&desk.text("list.xlsx")], 0).contains("已撤销"));
    let said = desk.reconcile(&[], &[&desk.text("list.xlsx")], 2);
    assert!(said.contains("took back") && said.contains("发错"), "{said}");
    desk.reconcile(&["--withdraw", "又"], &[&desk.text("list.xlsx")], 2);
}

/// The cells behind theirs, by the number of the row.
fn checked(original: &Path, reply: &Path) -> BTreeMap<String, Vec<Value>> {
    let python = python_with("openpyxl").expect("there before");
    let tool = project().join("tests/tools/province_list.py");
    let ran = Command::new(python).arg(tool).arg("check").arg(original).arg(reply).output().expect("runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).expect("JSON")
}

/// LibreOffice reads the reply and prints the same columns.
fn opens_in_an_office(desk: &Desk) {
    let Some(office) = have_program(&["soffice"]) else { return };
    let profile = format!("-env:UserInstallation=file://{}", desk.text("office"));
    let ran = Command::new(office)
        .args([&profile, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir"])
        .arg(desk.path("csv"))
        .arg(desk.path("out/reply.xlsx"))
        .output()
        .expect("runs");
    let text = std::fs::read_to_string(desk.path("csv/reply.csv"));
    let text = text.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&ran.stderr)));
    let head = text.lines().nth(HEADER_ROW - 1).expect("headings");
    assert_eq!(
        head,
        "编号,设区市,县(市、区),乡镇,经度,纬度,卫星观测时间,卫星,像元数,备注,核查结果,我方编号,办理状态,现场核查,核查原因,照片数,说明"
    );
    assert_eq!(text.lines().count(), HEADER_ROW + 201);
}

/// A list in GBK comes back in GBK, each line as it was with our cells behind it; its columns become a template that reads it again.
#[test]
fn a_list_in_gbk_comes_back_in_gbk() {
    let database = crate::databases::sqlite();
    let Some(desk) = Desk::new(&database) else { return };
    // 编号,东西,南北,何时 and a row in CP936 by Python
    let python = python_with("openpyxl").expect("there before");
    let code = "import sys; t='清单\\r\\n编号,经度,纬度,日期,时间\\r\\n1,102°24′36″,36°28′48″,2025-10-20,13:30\\r\\n2,\"102.41\",36.48,2025-10-20,25:00\\r\\n'; sys.stdout.buffer.write(t.encode('cp936'))";
    let made = Command::new(&python).args(["-c", code]).output().expect("runs");
    std::fs::write(desk.path("list.csv"), &made.stdout).expect("written");
    desk.reconcile(&["--save-template", &desk.text("gbk.toml")], &[&desk.text("list.csv")], 3);
    let reply = std::fs::read(desk.path("out/reply.csv")).expect("written");
    let decode = "import sys; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read().decode('cp936').encode())";
    let decoded = Command::new(&python).args(["-c", decode]).arg(desk.path("out/reply.csv")).output().expect("runs");
    assert!(decoded.status.success() && std::str::from_utf8(&reply).is_err());
    let text = String::from_utf8(decoded.stdout).expect("UTF-8");
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!((lines[0], lines.len()), ("清单", 5));
    assert!(lines[1].starts_with("编号,经度,纬度,日期,时间,核查结果,"), "{text}");
    assert!(lines[2].starts_with("1,102°24′36″,36°28′48″,2025-10-20,13:30,"), "{text}");
    assert!(
        lines[3].starts_with("2,\"102.41\",36.48,2025-10-20,25:00,无法判读,")
            && lines[3].contains("“时间”为“2025-10-20 25:00”"),
        "{text}"
    );
    let again = desk.reconcile(&["--template", &desk.text("gbk.toml")], &[&desk.text("list.csv")], 3);
    assert!(again.contains("共 2 行"), "{again}");
}

/// A real list of VIIRS fires over China: what was imported of it is known row by row, nine in 互助 (counted by the list's own columns
/// in the county's polygon), all else is outside; the list as a look does not say that anything was seen or missing.
#[test]
fn a_list_of_firms_is_what_was_imported_of_it() {
    let Some(firms) = shared("firms/viirs_noaa20_china_20231109.csv") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let pack = folder.path().display().to_string();
    let site = format!("name = '海东市'\n[store]\nurl = \"sqlite://{pack}/s.db\"\n");
    std::fs::write(folder.path().join("site.toml"), site).expect("written");
    std::fs::copy(project().join("sites/haidong/counties.geojson"), folder.path().join("counties.geojson"))
        .expect("copied");
    let (file, template) =
        (firms.display().to_string(), project().join("sites/haidong/lists/firms.toml").display().to_string());
    let imported = strawfire(folder.path(), &["import", "--site", &pack, "--format", "firms", &file]);
    assert_eq!(imported.status.code(), Some(0));
    let near = folder.path().join("near.csv");
    std::fs::write(&near, "经度,纬度,时间,卫星\n102.45,36.45,2023-11-09 14:09,NOAA-20\n").expect("written");
    let near = near.display().to_string();
    let ran = strawfire(folder.path(), &["reconcile", "--site", &pack, "--template", &template, &file]);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    let account = || -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("out/reconcile.json")).expect("written"))
            .expect("JSON")
    };
    assert_eq!(account()["counts"], serde_json::json!({ "known": 9, "outside": 3365 }));
    assert!(list(&account(), "rows").iter().all(|row| row["state"] == "outside" || row["event"]["distance_m"] == 0.0));
    let ran = strawfire(folder.path(), &["reconcile", "--site", &pack, &near]);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!((&account()["rows"][0]["why"], list(&account(), "only_ours").len()), (&"no_overpass".into(), 9));
    let ran = strawfire(folder.path(), &["reconcile", "--site", &pack, "--template", "nope", &near]);
    assert_eq!(ran.status.code(), Some(2));
}

/// A row and detections in a small field within some minutes, so that many are near one another.
fn rows() -> impl Strategy<Value = Vec<Theirs>> {
    let row = (0..60_u32, 0..60_u32, 0..30_i64, 0..3_usize).prop_map(|(x, y, minutes, satellite)| Theirs {
        place: place(x, y),
        error_m: 1200.0,
        from: at(minutes),
        to: at(minutes),
        satellite: ["Himawari-9", "NOAA-20", ""][satellite].into(),
    });
    prop::collection::vec(row, 0..14)
}

fn place(x: u32, y: u32) -> LonLat {
    LonLat::new(102.0 + f64::from(x) * 0.004, 36.5 + f64::from(y) * 0.004).expect("a place")
}

fn at(minutes: i64) -> Utc {
    Utc::from_micros((29_349_930 + minutes) * 60_000_000).expect("a time")
}

/// Detections of up to eight events.
fn seen() -> impl Strategy<Value = Vec<Detected>> {
    let seen =
        (0..60_u32, 0..60_u32, 0..30_i64, 0..2_usize, 0..8_usize).prop_map(|(x, y, minutes, satellite, event)| {
            Detected {
                place: place(x, y),
                error_m: 600.0,
                time: at(minutes),
                satellite: ["Himawari-9", "NOAA-20"][satellite].into(),
                event: Some(event),
            }
        });
    prop::collection::vec(seen, 0..20)
}

/// What a row became, without positions: the event and how near; `first`: of rows that say the same, which one is called the first.
fn told(found: &Match) -> (Option<usize>, bool) {
    match found {
        Match::Is(own, _) => (Some(own.event), true),
        Match::Repeats(_, own) => (own.map(|own| own.event), false),
        Match::None => (None, false),
    }
}

fn nearest(row: &Theirs, seen: &[Detected], event: usize, t: &ReconcileThresholds) -> Option<f64> {
    let of_event = seen.iter().filter(|seen| seen.event == Some(event));
    of_event.filter_map(|seen| squared(row, seen, t)).min_by(f64::total_cmp)
}

proptest! {
    /// No event is two rows; no row is left alone beside a free event; none that is left is nearer to an event than the row that is it.
    #[test]
    fn rows_and_events_are_one_to_one(rows in rows(), seen in seen()) {
        let t = ReconcileThresholds::default();
        let found = match_rows(&rows, &seen, 8, &t);
        prop_assert_eq!(found.len(), rows.len());
        let mut row_of = BTreeMap::new();
        for (row, found) in found.iter().enumerate() {
            if let Match::Is(own, _) = found {
                prop_assert!(row_of.insert(own.event, row).is_none(), "an event twice");
                prop_assert_eq!(nearest(&rows[row], &seen, own.event, &t), Some(own.squared));
            }
        }
        for (row, found) in found.iter().enumerate().filter(|(_, found)| !matches!(found, Match::Is(..))) {
            prop_assert!(!matches!(found, Match::Repeats(of, _) if *of == row), "a row repeats itself");
            for event in 0..8 {
                let Some(near) = nearest(&rows[row], &seen, event, &t) else { continue };
                let says_the_same = matches!(found, Match::Repeats(of, _) if rows[*of].place.distance_m(rows[row].place) <= 50.0);
                match row_of.get(&event) {
                    None => prop_assert!(says_the_same, "a free event beside row {row}"),
                    // costs are rounded to a millionth
                    Some(holder) => {
                        let held = nearest(&rows[*holder], &seen, event, &t).expect("near");
                        prop_assert!(says_the_same || near >= held - 1e-5, "row {row} is nearer");
                    }
                }
                prop_assert!(!matches!(found, Match::None), "an event is near enough");
            }
        }
    }

    /// In another order of rows and detections each row is the same event.
    #[test]
    fn order_changes_nothing(rows in rows(), seen in seen(), turn in 0..14_usize) {
        let t = ReconcileThresholds::default();
        let mut rows = rows;
        // which of two that say the same is the first is the order's to say
        rows.sort_by(|a, b| (a.from, a.place.lon(), a.place.lat()).partial_cmp(&(b.from, b.place.lon(), b.place.lat())).expect("numbers"));
        rows.dedup_by(|a, b| a.from == b.from && a.place == b.place);
        let before: Vec<_> = match_rows(&rows, &seen, 8, &t).iter().map(told).collect();
        let by = turn.min(rows.len());
        let mut turned = rows.clone();
        turned.rotate_left(by);
        turned.reverse();
        let mut seen_turned = seen.clone();
        seen_turned.reverse();
        let mut after: Vec<_> = match_rows(&turned, &seen_turned, 8, &t).iter().map(told).collect();
        after.reverse();
        after.rotate_right(by);
        prop_assert_eq!(before, after);
    }
}

/// By hand: one event 300 m to the west, one 300 m to the east; 2 x 300^2 / (1200^2 + 600^2) is 0.1 for both. The other row, an hour
/// later by another satellite, costs 1 + 1 more.
#[test]
fn what_is_as_likely_is_told() {
    let t = ReconcileThresholds::default();
    let row = Theirs { place: place(0, 0), error_m: 1200.0, from: at(0), to: at(0), satellite: "Himawari-9".into() };
    let seen = |east, event| Detected {
        place: row.place.moved_m(east, 0.0).expect("a place"),
        error_m: 600.0,
        time: at(0),
        satellite: "Himawari-9".into(),
        event: Some(event),
    };
    let both = [seen(-300.0, 0), seen(300.0, 1)];
    let Match::Is(own, rivals) = &match_rows(std::slice::from_ref(&row), &both, 2, &t)[0] else { panic!("known") };
    assert_eq!((own.event, rivals.as_slice()), (0, [1].as_slice()), "the first id of equals");
    assert!((own.squared - 0.1).abs() < 1e-3);
    let later = Theirs { from: at(60), to: at(60), satellite: "FY-4B".into(), ..row };
    assert!((squared(&later, &both[0], &t).expect("near") - 2.1).abs() < 1e-3);
    let much_later = Theirs { from: at(181), to: at(181), ..later };
    assert_eq!(squared(&much_later, &both[0], &t), None, "more than three hours");
}

fn read(folder: &Path, name: &str, bytes: &[u8]) -> Result<TheirList, String> {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("written");
    let read = lists::read(&path, &Template::default(), &ReconcileThresholds::default());
    read.map_err(|refused| refused.into_error().to_string())
}

fn book(fill: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().expect("a book")
}

fn put(sheet: &mut rust_xlsxwriter::Worksheet, row: u32, cells: &[&str]) {
    for (column, cell) in (0..).zip(cells) {
        sheet.write_string(row, column, *cell).expect("written");
    }
}

/// Each is refused with what was found and what to do, or read within bounds.
#[test]
fn what_is_no_list_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |name: &str, bytes: &[u8], said: &str| {
        let error = read(folder.path(), name, bytes).expect_err(name);
        assert!(error.contains(name) && error.contains(said) && error.contains("expected"), "{error}");
    };
    refused("empty.xlsx", b"", "an empty file");
    refused("picture.xlsx", b"\xff\xd8\xff\xe0\x00\x10JFIF", "neither a workbook nor text");
    refused("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", ".xls");
    refused("cut.xlsx", &book(|sheet| put(sheet, 0, &["经度"]))[..200], "a damaged .xlsx file");
    refused("blank.xlsx", &book(|_| {}), "no cell with anything in it");
    refused(
        "heads.xlsx",
        &book(|sheet| put(sheet, 0, &["甲", "乙"])),
        "sheet \"Sheet1\", row 1: no column 经度, 纬度, 观测时间",
    );
    refused("blank.csv", b"\n\n", "no cell with anything in it");
    refused(
        "long.csv",
        ["经度,纬度,时间\n", &"102,36,2025-10-20\n".repeat(1_000_000)].concat().as_bytes(),
        "more than 100000 rows",
    );
    let long = book(|sheet| {
        put(sheet, 0, &["经度", "纬度", "时间"]);
        (1..100_010).for_each(|row| drop(sheet.write_number(row, 0, 102.0).map(|_| ())));
    });
    refused("long.xlsx", &long, "more than 100000 rows");
    refused("bomb.xlsx", &bomb(), "a file that unpacks to more than");
}

/// A workbook with a part of 300 MB of nothing.
fn bomb() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).expect("begun");
    let nothing = vec![b' '; 1 << 20];
    (0..300).for_each(|_| archive.write_all(&nothing).expect("written"));
    archive.finish().expect("packed").into_inner()
}

/// Headings in two rows, merged counties, formulas, a cell at the end of the cloth, remarks below.
#[test]
fn unusual_books_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = book(|sheet| {
        let format = rust_xlsxwriter::Format::new();
        sheet.merge_range(0, 1, 0, 2, "坐标", &format).expect("merged");
        sheet.merge_range(0, 0, 1, 0, "县区", &format).expect("merged");
        put(sheet, 1, &["", "经度(°)", "纬度(°)", "观测时间(UTC)"]);
        sheet.merge_range(2, 0, 3, 0, "互助县", &format).expect("merged");
        for row in 2..5 {
            let formula = rust_xlsxwriter::Formula::new("=102+0.4").set_result("102.4");
            sheet.write_formula(row, 1, formula).expect("written");
            sheet.write_number(row, 2, 36.5).expect("written");
            sheet.write_string(row, 3, "2025-10-20 05:30").expect("written");
        }
        sheet.write_formula(4, 1, rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!")).expect("written");
        sheet.write_string(1_048_575, 16_383, "x").expect("written");
        put(sheet, 6, &["制表人：张三"]);
    });
    let list = read(folder.path(), "odd.xlsx", &bytes).expect("read");
    let said = list.rows[1].said.as_ref().expect("read");
    assert_eq!(
        (list.rows.len(), said.county.as_str(), said.from.rfc3339().as_str()),
        (3, "互助县", "2025-10-20T05:30:00Z")
    );
    let unread = list.rows[2].said.as_ref().expect_err("no number");
    assert_eq!((unread[0].column.as_str(), unread[0].found.as_str()), ("经度(°)", "#DIV/0!"));
    assert_eq!(list.notes, ["“Sheet1”第 7 行没有坐标和时间，视为附注：制表人：张三"]);
}

#[test]
fn a_wrong_template_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    for (text, said) in [
        ("colour = 'red'", "colour"),
        ("[columns]\nlongitude = '经度'", "longitude"),
        ("time = 'moscow'", "moscow"),
        ("pixel_m = -3.0", "pixel_m = -3"),
        ("header_row = 'three'", "header_row"),
    ] {
        let path = folder.path().join("wrong.toml");
        std::fs::write(&path, text).expect("written");
        let error = Template::read(&path).expect_err(text).to_string();
        assert!(
            error.contains("wrong.toml") && error.contains(said) && error.contains("correct the template"),
            "{error}"
        );
    }
    let shipped = std::fs::read_dir(project().join("sites/haidong/lists")).expect("templates");
    let names: Vec<String> =
        shipped.map(|entry| Template::read(&entry.expect("an entry").path()).expect("reads").name).collect();
    assert!(!names.is_empty() && names.iter().all(|name| !name.is_empty()), "{names:?}");
}
