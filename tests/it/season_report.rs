//! Comparison and report of seasons through the built program: Python counts the data sets of `season merge` again, reads the pages and the
//! workbooks, and finds the same numbers.

use crate::common::{project, python_with, simulator, strawfire};
use std::path::Path;
use std::process::Command;
use strawfire::cases::{Act, Cause, Clocks, Doer, Finding, Report, Role};
use strawfire::store::{Actor, Asked, Scope, StepAsked, Stepped, Store};

/// Some slots of two days, of the second of which one hour is not there, planned with two profiles that share what was decoded.
struct Seasons {
    folder: tempfile::TempDir,
}

impl Seasons {
    fn new() -> Seasons {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let when = ["ahi-days", "--out", "days", "--start", "2025-10-19", "--days", "2", "--slots", "30:40"];
        let what = ["--cloud", "0.1", "--fires-per-day", "300", "--powers", "60,150,300"];
        let made = simulator(folder.path(), &[&when[..], &what].concat());
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let here = Seasons { folder };
        // the day between is not there at all
        here.season("one", "2025-10-22", &["--profile", "sensitive", "days"]);
        here.season("two", "2025-10-22", &["--profile", "reference", "--looks", "one/looks", "days"]);
        here
    }

    /// The same imagery without some slots of the first day: their fires are lost, and events that they were part of lie elsewhere.
    fn without_some_slots(&self) {
        for day in ["20251019", "20251020"] {
            let (from, to) = (self.path().join("days").join(day), self.path().join("some").join(day));
            std::fs::create_dir_all(&to).expect("made");
            for entry in std::fs::read_dir(from).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.file_name().expect("named").to_string_lossy().into_owned();
                if !["_20251019_0500_", "_20251019_0510_", "_20251020_0530_"].iter().any(|slot| name.contains(slot)) {
                    std::fs::copy(&path, to.join(name)).expect("copied");
                }
            }
        }
        self.season("some_seen", "2025-10-22", &["--profile", "sensitive", "some"]);
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = strawfire(self.path(), arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let log = text(&output.stderr);
        assert!(!log.contains("panicked"), "{log}");
        (output.status.code().expect("ended by itself"), text(&output.stdout), log)
    }

    /// Plans, does and joins a season from 19 October on.
    fn season(&self, name: &str, to: &str, more: &[&str]) {
        let year = &to[..4];
        let from = format!("{year}-10-19");
        let plan = ["season", "plan", "--from", &from, "--to", to, "--out", name];
        for words in [&[&plan[..], more].concat()[..], &["season", "run", name], &["season", "merge", name]] {
            let (code, _, log) = self.run(words);
            assert_eq!(code, 0, "{words:?}: {log}");
        }
    }

    /// Runs a Python script here and gives what it prints.
    fn python(&self, script: &str, arguments: &[&str]) -> Option<String> {
        let python = python_with("openpyxl")?;
        let script = format!("{READ}\n{script}");
        let output = Command::new(python).args(["-c", &script]).args(arguments).current_dir(self.path()).output();
        let output = output.expect("Python runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Python: a page whose every element is closed and that has nothing from outside; a workbook as rows by sheet; a data set.
const READ: &str = include_str!("season_report/read.py");
const COMPARED: &str = include_str!("season_report/compared.py");
const REPORTED: &str = include_str!("season_report/reported.py");

fn bytes(folder: &Path, names: &[&str]) -> Vec<Vec<u8>> {
    names.iter().map(|name| std::fs::read(folder.join(name)).expect(name)).collect()
}

#[test]
fn what_two_profiles_differ_in_is_counted_again_by_python() {
    let here = Seasons::new();
    let (code, said, log) = here.run(&["season", "compare", "one", "two", "--out", "ab"]);
    assert_eq!(code, 0, "{log}");
    assert!(said.starts_with("SIMULATED\nevents: ") && said.contains("ab/compare.html"), "{said}");
    let Some(counted) = here.python(COMPARED, &["one", "two", "ab", &said]) else { return };
    println!("{counted}");

    // the other way round what was lost is gained
    assert_eq!(here.run(&["season", "compare", "two", "one", "--out", "ba"]).0, 0);
    here.python(COMPARED, &["two", "one", "ba", ""]);

    here.without_some_slots();
    assert_eq!(here.run(&["season", "compare", "one", "some_seen", "--out", "as"]).0, 0);
    if let Some(counted) = here.python(COMPARED, &["one", "some_seen", "as", ""]) {
        println!("{counted}");
    }

    // with itself, nothing; the same input, the same bytes
    let names = ["changes.csv", "changes.geojson", "compare.html", "compare.xlsx"];
    let before = bytes(&here.path().join("ab"), &names);
    assert_eq!(here.run(&["season", "compare", "one", "two", "--out", "ab"]).0, 0);
    assert!(before == bytes(&here.path().join("ab"), &names));
    let (_, said, _) = here.run(&["season", "compare", "one", "one", "--out", "aa"]);
    assert_eq!(said.matches("gained 0, lost 0, moved 0").count(), 2, "{said}");

    // a season that is not done is not compared
    assert_eq!(
        here.run(&["season", "plan", "--from", "2025-10-19", "--to", "2025-10-19", "--out", "new", "days"]).0,
        0
    );
    let (code, said, log) = here.run(&["season", "compare", "one", "new"]);
    assert!(code == 2 && said.is_empty() && log.contains("strawfire season run"), "{code} {said} {log}");

    // other periods and inputs are said
    assert_eq!(here.run(&["season", "run", "new"]).0, 0);
    let (code, said, _) = here.run(&["season", "compare", "one", "new", "--out", "an"]);
    assert!(code == 0 && said.contains("时段不同") && said.contains("输入不同"), "{said}");
    let page = std::fs::read_to_string(here.path().join("an/compare.html")).expect("a page");
    assert!(page.contains("class=\"warning\">两次的时段不同") && page.contains("未观测"), "what is not looked at");
}

/// Two rows by hand in the middle of two counties; FIRMS columns as NASA documents them.
const FIRMS: &str = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_ti5,frp,daynight,type
36.482,102.402,330.1,0.4,0.4,2024-10-20,0530,N,VIIRS,n,2,295.1,5.5,D,0
36.482,102.402,331.1,0.4,0.4,2024-10-21,0512,N,VIIRS,n,2,295.1,6.5,D,0
36.840,101.957,332.1,0.4,0.4,2024-10-21,0512,N,VIIRS,n,2,295.1,7.5,D,0
";

#[test]
fn a_report_says_what_python_counts_and_never_that_there_was_no_fire() {
    let here = Seasons::new();
    std::fs::write(here.path().join("firms.csv"), FIRMS).expect("written");
    here.season("past", "2024-10-22", &["--firms", "firms.csv"]);
    let (code, said, log) = here.run(&["season", "report", "one", "--before", "past", "--out", "told"]);
    assert_eq!(code, 0, "{log}");
    assert!(said.contains("SIMULATED") && said.contains("told/report.html") && said.contains("对比期"), "{said}");
    let names = ["report.html", "report.xlsx"];
    let first = bytes(&here.path().join("told"), &names);
    assert_eq!(here.run(&["season", "report", "one", "--before", "past", "--out", "told"]).0, 0);
    assert!(first == bytes(&here.path().join("told"), &names));
    here.python(REPORTED, &["one", "told"]);

    // a season of lists alone: nobody knows what was seen
    let (code, _, log) = here.run(&["season", "report", "past"]);
    assert_eq!(code, 0, "{log}");
    let page = std::fs::read_to_string(here.path().join("past/report/report.html")).expect("a page");
    assert!(page.contains("疑似火点 2 个(有效观测未知)") && !page.contains("SIMULATED"), "two places");
    assert!(!page.contains("无火点") && !page.contains("没有火"), "no fire is never said");
}

/// Minutes after the first look at which three events are dispatched, acknowledged, reached, reported and reviewed; the last one only dispatched.
const STEPS: [[f64; 5]; 3] =
    [[10.0, 15.0, 40.0, 50.0, 60.0], [20.0, 40.0, 50.0, 80.0, 400.0], [60.0, 0.0, 0.0, 0.0, 0.0]];

/// Three events of the store go through their lives.
async fn lives(url: &str) {
    let store = Store::open_existing(url).await.expect("a store");
    let asked = Asked { limit: 1000, ..Asked::default() };
    let mut events = store.list_events(&Scope::all(), &asked).await.expect("read");
    events.sort_by(|a, b| a.stored.event.id.cmp(&b.stored.event.id));
    assert!(events.len() > 5, "{}", events.len());
    let doer = |who: &str, role: Role, post: Option<&str>| Doer { who: who.into(), role, post: post.map(String::from) };
    let (desk, other) = (doer("desk", Role::City, None), doer("other", Role::City, None));
    let officer = doer("p1", Role::Post, Some("p1"));
    let causes = [Cause::Straw, Cause::Garbage, Cause::Unknown];
    for ((shown, minutes), cause) in events.iter().zip(STEPS).zip(causes) {
        let report = Report {
            finding: Finding::OutWithTraces,
            cause: Some(cause),
            note: String::new(),
            photos: Vec::new(),
            place: None,
            at: None,
        };
        let acts = [
            (&desk, Act::Dispatch { post: "p1".into(), note: String::new() }),
            (&officer, Act::Acknowledge),
            (&officer, Act::Arrive { place: None }),
            (&officer, Act::Report(report)),
            (&other, Act::Review { approve: true, note: String::new() }),
        ];
        for ((by, act), minutes) in acts.iter().zip(minutes).filter(|(_, minutes)| *minutes > 0.0) {
            let event = &shown.stored.event;
            let asked = StepAsked {
                event: &event.id,
                act,
                by,
                scope: &Scope::all(),
                key: None,
                clocks: &Clocks::default(),
                said: None,
                seen: None,
                from: None,
                untouched: false,
                reach: &[],
            };
            let now = event.first_seen.plus_seconds(60.0 * minutes).expect("a time");
            let actor = Actor { who: by.who.clone(), origin: "test".into() };
            let mut write = store.write().await.expect("begun");
            let stepped = write.step(&asked, now, &actor).await.expect("stepped");
            assert!(matches!(stepped, Stepped::Done(_)), "{stepped:?}");
            write.commit().await.expect("kept");
        }
    }
    store.close().await;
}

/// By hand from the minutes above: dispatched after 10, 20 and 60, so the middle is 20 and nine in ten are within 60; acknowledged after 5 and 20
/// more (12.5), reached after 25 and 10 (17.5), reported after 10 and 30 (20), and 40 and 60 from dispatch (50); reviewed after 10 and 320 (165).
const RESPONSES: &str = r#"
rows = {r['环节']: [r['事件(处)'], r['中位数(分钟)'], r['九成在内(分钟)'], r['最长(分钟)']] for r in book('told/report.xlsx')['处置时间']}
assert rows == {
    '观测 → 通知送达': [0, None, None, None],
    '观测 → 派发': [3, 20, 60, 60],
    '派发 → 签收': [2, 12.5, 20, 20],
    '签收 → 到场': [2, 17.5, 25, 25],
    '到场 → 反馈': [2, 20, 30, 30],
    '派发 → 反馈': [2, 50, 60, 60],
    '反馈 → 审核': [2, 165, 320, 320],
}, rows
sheets = book('told/report.xlsx')
assert [list(r.values()) for r in sheets['现场结果']] == [['已熄灭有痕迹', 2, 2]], sheets['现场结果']
assert [list(r.values()) for r in sheets['原因']] == [['秸秆', 1, 1], ['垃圾', 1, 1]], sheets['原因']
words = ''.join(Page('told/report.html').text)
assert '其中 3 处有处置记录' in words
"#;

#[test]
fn the_report_says_how_fast_people_were_where_there_is_a_store() {
    let here = Seasons::new();
    let site = here.path().join("site");
    std::fs::create_dir(&site).expect("made");
    for name in ["counties.geojson", "site.toml", "grid.geojson", "townships.csv", "static_sources.csv", "dem.tif"] {
        std::fs::copy(project().join("sites/haidong").join(name), site.join(name)).expect(name);
    }
    let toml = std::fs::read_to_string(site.join("site.toml")).expect("read");
    let url = format!("sqlite://{}", here.path().join("kept.db").display());
    std::fs::write(site.join("site.toml"), format!("{toml}\n[store]\nurl = \"{url}\"\n")).expect("written");

    // a store that is not there is told, and no report without its numbers is written
    let told = ["season", "report", "--site", "site", "--out", "told", "one"];
    let (code, _, log) = here.run(&told);
    assert!(code != 0 && log.contains("kept.db") && !here.path().join("told").exists(), "{code} {log}");

    let (code, _, log) = here.run(&["scan", "--site", "site", "--out", "scanned", "days/20251019", "days/20251020"]);
    assert_eq!(code, 0, "{log}");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(lives(&url));
    let (code, _, log) = here.run(&told);
    assert_eq!(code, 0, "{log}");
    here.python(RESPONSES, &[]);
}
