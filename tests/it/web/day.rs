//! A whole day of the duty desk: one station, four accounts, two officers, one browser; its documents turned to PDF and read.

use super::browser::{browser, said, shots};
use super::{HUZHU, PASSWORD, Web, ago, burn, run};
use crate::common::{have_program, project};
use crate::databases::sqlite;
use crate::sinks::Server;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use strawfire::store::Store;

/// 签收 within a minute, so that a day fits into some; the nil report at the next minute, Beijing time.
fn desk(nil_minute: &str) -> String {
    format!(
        "[station]\ndir = 'station'\n[[station.inboxes]]\nname = 'dish'\nkind = 'folder'\npath = 'inbox'\n\
         [desk]\n[desk.nil_report]\nat = '{nil_minute}'\n[[desk.clocks]]\nstep = 'acknowledge'\nminutes = 1\nremind_min = 0.5\n"
    )
}

fn roster() -> Vec<u8> {
    let rows = [
        ["岗位代码", "岗位名称", "县区代码", "乡镇代码", "姓名", "电话", "班次", "副岗", "网格"],
        ["HZ-01", "威远镇值班岗", "630223", "630223100000", "甲", "13900000001", "", "", ""],
        ["HZ-02", "塘川镇值班岗", "630223", "630223102000", "丙", "13900000003", "", "", ""],
        ["MH-01", "川口镇值班岗", "630222", "630222100000", "乙", "13900000002", "", "", ""],
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

/// The list of the province: the fire of the night, and a place where we saw nothing.
fn province(path: &Path, seen: &str) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let rows = [
        ["编号", "经度", "纬度", "卫星观测时间", "卫星"].map(str::to_string),
        ["QH-001".into(), HUZHU.0.to_string(), HUZHU.1.to_string(), seen.into(), "NOAA-20".into()],
        ["QH-002".into(), "102.61".into(), "36.21".into(), seen.into(), "NOAA-20".into()],
    ];
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write_string(row, column, cell).expect("written");
        }
    }
    book.save(path).expect("written");
}

/// The text of a document as its PDF has it.
fn printed(folder: &Path, name: &str) -> String {
    let document = folder.join(name);
    let made = Command::new("soffice")
        .args(["--headless", "--norestore", "--convert-to", "pdf", "--outdir"])
        .arg(folder)
        .arg(&document)
        .env("HOME", folder)
        .output()
        .expect("runs");
    assert!(made.status.success(), "{name}: {}", String::from_utf8_lossy(&made.stderr));
    let pdf = document.with_extension("pdf");
    let text = Command::new("pdftotext").arg(&pdf).arg("-").output().expect("runs");
    assert!(text.status.success(), "{name}: {}", String::from_utf8_lossy(&text.stderr));
    String::from_utf8_lossy(&text.stdout).into_owned()
}

/// Night fire, morning list, dispatch, return and reassign, overdue supervision, report refused and redone, review, close, the province's list, handover,
/// the nil report of another county, the day's document.
#[test]
fn a_whole_day_of_the_duty_desk() {
    let Some(python) = browser() else { return };
    if have_program(&["soffice"]).is_none() || have_program(&["pdftotext"]).is_none() {
        return;
    }
    let minute = ago(-1.2).beijing_as("%-M %-H * * *").expect("a minute");
    let web = Web::start(sqlite(), &desk(&minute));
    std::fs::create_dir_all(web.site.join("inbox")).expect("made");
    let folder = tempfile::tempdir().expect("a folder");
    let shots = shots(folder.path());
    std::fs::create_dir_all(&shots).expect("made");
    let mut station = Command::new(env!("CARGO_BIN_EXE_strawfire"));
    let server = Server::start(station.args(["station", "--listen", "127.0.0.1:0", "--site"]).arg(&web.site));
    let seen = ago(3.0);
    let event = run(async {
        let store = Store::open(&web.database.url).await.expect("opens");
        let event = burn(&store, "night", seen, HUZHU, "630223", "互助土族自治县").await;
        store.close().await;
        // each changing code is taken once: that of the city's first desk is the browser's
        let city = web.sign_in("city-two").await;
        assert_eq!(web.send(&city, "POST", "/roster", Some(roster()), &[]).await.status, 200);
        event
    });
    let list = folder.path().join("省厅火点清单.xlsx");
    province(&list, &seen.beijing());
    let secrets: Value = ["city", "city-two", "huzhu", "minhe"]
        .map(|name| (name.to_string(), json!(web.person(name).secret)))
        .into_iter()
        .collect::<serde_json::Map<_, _>>()
        .into();
    // that of the fire, also where midnight falls between
    let day = seen.beijing_as("%Y-%m-%d").expect("a day");
    let plan = json!({ "password": PASSWORD, "secrets": secrets, "event": event, "list": list, "day": day });
    let plan_file = folder.path().join("plan.json");
    std::fs::write(&plan_file, plan.to_string()).expect("written");
    let output = Command::new(&python)
        .arg(project().join("tests/tools/page_day.py"))
        .arg(&server.address)
        .arg(&shots)
        .arg(&plan_file)
        .output()
        .expect("starts");
    let told = said(&output);
    println!("{told:#}");
    assert_eq!(told["complaints"], json!([]), "{told}");
    let steps: Vec<&str> = told["steps"].as_array().expect("steps").iter().rev().filter_map(Value::as_str).collect();
    let people: Vec<&str> = steps.iter().copied().filter(|step| !["提醒", "超时督办"].contains(step)).collect();
    let expected = ["研判", "派单", "退回", "派单", "签收", "到场", "反馈", "审核", "签收", "反馈", "审核", "办结"];
    assert_eq!(people, expected, "{steps:?}");
    assert!(steps.contains(&"超时督办"), "{steps:?}");
    assert_eq!(told["list"], json!(["known", "unseen"]));
    let text = |part: &str| told[part].as_str().expect("a text").to_string();
    assert!(text("nil").contains("未监测到火点") && text("nil").contains("有效观测"), "{}", text("nil"));
    for (name, words) in [
        ("morning.xlsx", &["疑似火点"][..]),
        ("list-reply.xlsx", &["QH-001", "已掌握", "未监测到"]),
        ("handover.docx", &["交接班", "东部乡镇风大"]),
        ("daily.docx", &["疑似", "尚未经现场核实", "有效观测", "互助"]),
        ("daily.xlsx", &["互助"]),
    ] {
        let printed = printed(&shots, name);
        for word in words {
            // a table breaks words over lines
            let plain: String = printed.split_whitespace().collect();
            assert!(plain.contains(word), "{name} does not say {word}: {printed}");
        }
        assert!(!printed.contains("秸秆焚烧火点") && !printed.contains("无火点"), "{name}: {printed}");
    }
}

/// A desk that is fed by hand: without an inbox the station runs its clocks, delivery and page.
#[test]
fn a_station_without_an_inbox_serves_a_desk() {
    let web = Web::start(sqlite(), "[desk]\nsupervise_again_min = 30\n");
    let mut station = Command::new(env!("CARGO_BIN_EXE_strawfire"));
    let server = Server::start(station.args(["station", "--listen", "127.0.0.1:0", "--site"]).arg(&web.site));
    drop(server);
    // a site that says nothing of a desk is told what is missing
    let bare = Web::start(sqlite(), "");
    let ran = Command::new(env!("CARGO_BIN_EXE_strawfire")).args(["station", "--site"]).arg(&bare.site).output();
    let ran = ran.expect("runs");
    assert_eq!(ran.status.code(), Some(2), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("station.inboxes"));
}
