//! Lists of the day and of the week from the store, on real databases: counts and shares reckoned by hand, workbooks read by openpyxl.

use crate::common::{project, python_with, strawfire};
use crate::databases::{Database, both, sqlite};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use strawfire::assign::territory::Territory;
use strawfire::deliver::scan_report::{CountyShare, GranuleReport, Looked, Missed};
use strawfire::fire::{CountyName, DayNight, DropReason, FirePixel, Verdict};
use strawfire::ingest::Note;
use strawfire::layers::area_index::AreaIndex;
use strawfire::pipeline::daily::{self, Day, Made};
use strawfire::pipeline::keep::Keeper;
use strawfire::pipeline::static_learn::learn_from_store;
use strawfire::pipeline::weekly::{self, MadeWeek, Tally, Week};
use strawfire::pipeline::{Places, Settings};
use strawfire::place::LonLat;
use strawfire::site::Site;
use strawfire::store::{Actor, JobDone, Slot, SlotState, Store};
use strawfire::thresholds::Thresholds;
use strawfire::time::Utc;

/// A clock of Beijing on 20 October 2025, a Monday.
fn beijing(clock: &str) -> Utc {
    Utc::parse(&format!("2025-10-20T{clock}:00+08:00")).expect(clock)
}

/// A site with its counties and a store, in a folder of its own.
struct Desk {
    folder: tempfile::TempDir,
    site: Site,
    thresholds: Thresholds,
    counties: AreaIndex,
    places: Places,
    territory: Territory,
}

impl Desk {
    fn new(url: &str) -> Desk {
        let folder = tempfile::tempdir().expect("a folder");
        let text = format!("name = '海东市'\n[store]\nurl = \"{url}\"\n");
        std::fs::write(folder.path().join("site.toml"), text).expect("written");
        let counties = project().join("sites/haidong/counties.geojson");
        std::fs::copy(counties, folder.path().join("counties.geojson")).expect("copied");
        let site = Site::load(folder.path()).expect("loads");
        Desk {
            counties: AreaIndex::new(site.counties.iter().map(|county| &county.shape)),
            territory: Territory::load(&site).expect("loads"),
            thresholds: Thresholds::default(),
            places: Places::default(),
            folder,
            site,
        }
    }

    fn settings(&self) -> Settings<'_> {
        Settings::new(&self.site, &self.counties, &self.thresholds, &self.places)
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Takes looks, each when it came in.
    fn take(&self, looks: &[(GranuleReport, Vec<FirePixel>, Utc)]) {
        let settings = self.settings();
        let actor = Actor { who: "test".into(), origin: "here".into() };
        let keeper = Keeper::open(actor, &settings, &self.territory).expect("opens").expect("a store");
        for (look, fires, taken) in looks {
            keeper.take(look, fires, true, *taken).expect("taken");
        }
    }

    fn daily(&self, day: &Day<'_>) -> Made {
        let work = async {
            let store = Store::open(self.site.store_url.as_deref().expect("a store")).await.expect("opens");
            daily::daily_list(&store, &self.settings(), &self.territory, day, &self.out()).await.expect("made")
        };
        crate::delivery::run(work)
    }

    fn weekly(&self, week: &Week<'_>) -> MadeWeek {
        let work = async {
            let store = Store::open(self.site.store_url.as_deref().expect("a store")).await.expect("opens");
            weekly::weekly(&store, &self.settings(), week, &self.out()).await.expect("made")
        };
        crate::delivery::run(work)
    }

    fn fire(&self, look: &GranuleReport, name: &str, (lon, lat): (f64, f64)) -> FirePixel {
        let place = LonLat::new(lon, lat).expect("a place");
        FirePixel {
            satellite: look.satellite.clone(),
            sensor: look.sensor.clone(),
            granule: look.granule.clone(),
            frp_mw: Some(12.5),
            position_error_m: Some(500.0),
            pixel_area_km2: Some(5.0),
            simulated: look.simulated,
            county: self.counties.find(place).map(|at| self.site.counties[at].name.clone()),
            ..FirePixel::bare(format!("{}-{name}", look.granule), look.time, place)
        }
    }

    fn county(&self, adcode: &str) -> &CountyName {
        &self.site.counties.iter().find(|county| county.name.adcode == adcode).expect("a county").name
    }
}

/// A simulated look that saw the same share of each county; its name is its satellite and time.
fn look(desk: &Desk, satellite: &str, clock: &str, observed: f64) -> GranuleReport {
    let sensor = if satellite.starts_with('H') { "AHI" } else { "VIIRS" };
    let share = |county: &strawfire::site::County| CountyShare {
        pixels: 100,
        observed_fraction: observed,
        cloud_fraction: 1.0 - observed,
        ..CountyShare::of_nothing(&county.name.adcode, &county.name.name)
    };
    GranuleReport {
        satellite: satellite.into(),
        sensor: sensor.into(),
        simulated: true,
        counties: desk.site.counties.iter().map(share).collect(),
        ..GranuleReport::bare(format!("{satellite} {clock}"), beijing(clock))
    }
}

/// In 互助 and in 乐都, 60 km apart.
const IN_HUZHU: (f64, f64) = (102.0, 36.9);
const IN_LEDU: (f64, f64) = (102.45, 36.45);

/// Before eight: two slots and an unreadable one, a fire in the first. After eight comes a slot of 06:20 with a fire elsewhere, an
/// overpass of the afternoon, and one look of three weeks ago.
fn morning(desk: &Desk) -> Vec<(GranuleReport, Vec<FirePixel>, Utc)> {
    let mut first = look(desk, "Himawari-9", "06:00", 0.8);
    // as a scan counts it
    first.counties.iter_mut().find(|share| share.adcode == "630223").expect("互助").screened = 1;
    let fires = vec![
        desk.fire(&first, "a", IN_HUZHU),
        FirePixel {
            verdict: Verdict::Dropped(DropReason::StaticSource),
            ..desk.fire(&first, "b", (IN_HUZHU.0 + 0.1, IN_HUZHU.1))
        },
    ];
    let mut second = look(desk, "Himawari-9", "06:10", 0.4);
    second.notes.push(Note::new("no band 5; coarser", "未收到 5 波段: 较粗"));
    let unread = GranuleReport { look: Looked::Unreadable, ..look(desk, "Himawari-9", "06:30", 0.0) };
    vec![
        (first, fires, beijing("06:12")),
        (second, Vec::new(), beijing("06:22")),
        (unread, Vec::new(), beijing("06:45")),
    ]
}

fn later(desk: &Desk) -> Vec<(GranuleReport, Vec<FirePixel>, Utc)> {
    let late = look(desk, "Himawari-9", "06:20", 0.6);
    let fires = vec![desk.fire(&late, "c", IN_LEDU)];
    let pass = look(desk, "NOAA-20", "13:42", 0.5);
    let archive = Utc::parse("2025-09-28T05:42:00Z").expect("a time");
    let archive = GranuleReport { granule: "archive".into(), time: archive, ..look(desk, "NOAA-20", "13:42", 1.0) };
    vec![(late, fires, beijing("09:00")), (archive, Vec::new(), beijing("10:00")), (pass, Vec::new(), beijing("14:20"))]
}

fn missed(satellite: &str, clock: &str, why: &str) -> Missed {
    Missed { time: beijing(clock), satellite: satellite.into(), why: why.into() }
}

/// All files of a folder by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries.map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).expect("read"))).collect()
}

/// What openpyxl finds in a sheet, a line a row, cells that hold something with `|` between; `None` without openpyxl.
fn sheet(file: &Path, name: &str) -> Option<Vec<String>> {
    const DUMP: &str = "
import sys, openpyxl
for row in openpyxl.load_workbook(sys.argv[1])[sys.argv[2]].iter_rows(values_only=True):
    print('|'.join('' if value is None else str(value).replace('\\n', ' ') for value in row))
";
    let run = Command::new(python_with("openpyxl")?).args(["-c", DUMP]).arg(file).arg(name).output().expect("runs");
    assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    Some(String::from_utf8(run.stdout).expect("UTF-8").lines().map(str::to_string).collect())
}

fn each_database(test: impl Fn(&Database)) {
    for database in both() {
        println!("{}", database.kind);
        test(&database);
    }
}

/// By hand, the list of eight: of hour 6 the slots 06:00 (80 %), 06:10 (40 %), 06:20 (absent), 06:30 (unreadable) and 06:40 (missing)
/// give 24 %, of hour 2 the missing overpass nothing: 12 %. That of half past six: one overpass of 50 %; the slot of 06:20, which came
/// at nine, is late, and the look of September is an archive.
#[test]
fn the_lists_of_a_day_have_what_came_in_time_and_what_came_late() {
    each_database(|database| {
        let desk = Desk::new(&database.url);
        desk.take(&morning(&desk));
        let missing = [missed("Himawari-9", "06:40", "未收到文件"), missed("NOAA-20", "02:30", "")];
        let cut_off = beijing("08:00");
        let from = daily::begins(&desk.site.jobs, cut_off);
        assert_eq!(from.beijing(), "2025-10-19 18:30");
        let day = Day { from, cut_off, before_cut_off: from, missing: Some(&missing) };
        let made = desk.daily(&day);
        assert_eq!((made.events, made.looks, made.missing, made.late), (1, 3, 2, 0));
        assert!(made.folder.ends_with("20251020-0800"), "{}", made.folder.display());
        let lines: Vec<&str> = made.text.lines().collect();
        assert_eq!(lines[0], "海东市疑似火点清单 2025-10-20 08:00(模拟数据,非真实火点 SIMULATED)");
        assert_eq!(lines[1], "时段(北京时间): 2025-10-19 18:30 至 2025-10-20 08:00");
        let huzhu = "互助土族自治县: 疑似火点 1 个(有效观测 12%); 另有 1 个热异常像元判为非火点";
        assert!(lines[2].starts_with("疑似火点共 1 处; ") && lines[2].contains("乐都区: 未监测到火点(有效观测 12%)"));
        assert!(made.printed.contains(huzhu), "{}", made.printed);
        assert_eq!(lines[3], "资料: Himawari-9 AHI 06:00、06:10; 无法使用 1 次");
        let told = "应到未到 2 次: NOAA-20 2025-10-20 02:30、Himawari-9 2025-10-20 06:40(未收到文件)";
        assert_eq!(lines[4..], [told]);
        assert!(made.printed.contains(told) && made.printed.contains("应有 5 次, 已看 2 次, 无法使用 1 次, 缺 2 次"));
        assert!(made.printed.contains("Himawari-9 06:10: 未收到 5 波段: 较粗"), "{}", made.printed);
        let before = files(&made.folder);
        let names: Vec<&str> = before.keys().map(String::as_str).collect();
        let expected = [
            "coverage.csv",
            "coverage.geojson",
            "events.geojson",
            "fires.geojson",
            "hotspots.csv",
            "hotspots.xlsx",
            "neighbours.geojson",
            "scan.json",
        ];
        assert_eq!(names, expected);

        // what comes later changes nothing of it
        desk.take(&later(&desk));
        assert_eq!(desk.daily(&day), made);
        assert!(files(&made.folder) == before, "the same store up to the cut-off gives other bytes");

        let evening = beijing("18:30");
        let from = daily::begins(&desk.site.jobs, evening);
        assert_eq!(from, cut_off);
        let next = Day { from, cut_off: evening, before_cut_off: cut_off, missing: Some(&[]) };
        let made = desk.daily(&next);
        assert_eq!((made.events, made.looks, made.missing, made.late), (0, 1, 0, 1));
        let lines: Vec<&str> = made.text.lines().collect();
        assert!(lines[2].starts_with("疑似火点共 0 处; ") && lines[2].contains("乐都区: 未监测到火点(有效观测 50%)"));
        assert_eq!(lines[3], "资料: NOAA-20 VIIRS 13:42");
        let late = "迟到补充: 1 次观测(属 2025-10-20 08:00 清单 1 次), 疑似火点 1 处, 1 个像元; 另有 1 次 7 天以前的观测补入, 不列";
        assert_eq!(lines[4..], ["应到未到: 无", late]);
        assert!(made.printed.contains(late) && !made.printed.contains("无火点"), "{}", made.printed);
    });
}

/// One real look among those of a drill: the list is of it alone, its share too, and says how much it leaves out.
#[test]
fn a_drill_is_never_counted_with_what_is_real() {
    each_database(|database| {
        let desk = Desk::new(&database.url);
        desk.take(&morning(&desk));
        let real = GranuleReport { simulated: false, ..look(&desk, "NOAA-20", "06:05", 0.5) };
        let fire = desk.fire(&real, "r", IN_LEDU);
        desk.take(&[(real, vec![fire], beijing("06:30"))]);
        let cut_off = beijing("08:00");
        let from = daily::begins(&desk.site.jobs, cut_off);
        let made = desk.daily(&Day { from, cut_off, before_cut_off: from, missing: None });
        assert_eq!((made.events, made.looks), (1, 1));
        let lines: Vec<&str> = made.text.lines().collect();
        assert_eq!(lines[0], "海东市疑似火点清单 2025-10-20 08:00", "no mark");
        assert!(lines[2].contains("乐都区: 疑似火点 1 个(有效观测 50%)"), "{}", made.text);
        assert!(lines[2].contains("互助土族自治县: 未监测到火点(有效观测 50%)"), "{}", made.text);
        let left_out = "另有模拟观测 3 次、模拟疑似火点 1 处, 不计入";
        assert!(lines[4].starts_with(left_out) && made.printed.contains(left_out), "{}", made.text);
        assert!(!made.printed.contains("SIMULATED"), "{}", made.printed);
        let fires = std::fs::read_to_string(made.folder.join("fires.geojson")).expect("read");
        assert!(fires.contains("\"simulated\":false") && !fires.contains("\"simulated\":true"), "{fires}");
        let week = desk.weekly(&Week { monday: weekly::monday_of(cut_off), satellites: &[], missing: &[] });
        assert_eq!((week.events, week.looks), (1, 1));
        assert!(week.text.contains(left_out) && !week.text.contains("SIMULATED"), "{}", week.text);
    });
}

/// Each sheet by openpyxl; the shares are rounded down.
#[test]
fn the_workbook_of_a_day_says_what_it_includes_and_what_came_late() {
    let database = sqlite();
    let desk = Desk::new(&database.url);
    desk.take(&morning(&desk));
    desk.take(&later(&desk));
    let missing = [missed("Himawari-9", "06:40", "未收到文件")];
    let (cut_off, evening) = (beijing("08:00"), beijing("18:30"));
    let from = daily::begins(&desk.site.jobs, cut_off);
    let made = desk.daily(&Day { from, cut_off, before_cut_off: from, missing: Some(&missing) });
    let book = made.folder.join("hotspots.xlsx");
    let Some(looks) = sheet(&book, "观测清单") else { return };
    assert_eq!(looks[0].trim_end_matches('|'), "本清单所含观测(模拟数据)");
    assert_eq!(looks[2], "卫星|传感器|观测时间(北京时间)|入库时间(北京时间)|情况|有效观测|云覆盖|火点像元/线索|备注");
    assert_eq!(
        looks[3..],
        [
            "Himawari-9|AHI|2025-10-20 06:00|2025-10-20 06:12|已观测|0.8|0.2|1|",
            "Himawari-9|AHI|2025-10-20 06:10|2025-10-20 06:22|已观测|0.4|0.6|0|未收到 5 波段: 较粗",
            "Himawari-9|AHI|2025-10-20 06:30|2025-10-20 06:45|无法使用||||",
        ]
    );
    let absent = sheet(&book, "应到未到").expect("read");
    assert_eq!(absent[3..], ["Himawari-9|2025-10-20 06:40|未收到文件"]);
    let head = &sheet(&book, "疑似火点").expect("read")[1];
    assert!(head.contains("; 时段(北京时间): 2025-10-19 18:30 至 2025-10-20 08:00; 资料"), "{head}");

    let made = desk.daily(&Day { from: cut_off, cut_off: evening, before_cut_off: cut_off, missing: None });
    let book = made.folder.join("hotspots.xlsx");
    let late = sheet(&book, "迟到补充").expect("read");
    assert_eq!(late[3..], ["2025-10-20 08:00|Himawari-9|AHI|2025-10-20 06:20|2025-10-20 09:00|已观测|0.6|0.4|1|"]);
    let fires = sheet(&book, "迟到火点").expect("read");
    let cells: Vec<&str> = fires[3].split('|').collect();
    let ledu = desk.county("630202").name.as_str();
    assert_eq!(cells[..2], ["2025-10-20 08:00", ledu]);
    assert_eq!(cells[3..9], ["102°27'0.000\"", "36°27'0.000\"", "2025-10-20 06:20", "Himawari-9", "AHI", "12.5"]);
    assert!(!cells[13].is_empty() && cells[14] == "Himawari-9 06:20-c", "{cells:?}");
    assert_eq!((fires.len(), late.len()), (4, 4));
}

/// The command gives the bytes of the function, for the last list that was due or one that is named; errors name the option.
#[test]
fn a_list_made_by_hand_is_that_of_the_station() {
    each_database(|database| {
        let desk = Desk::new(&database.url);
        desk.take(&morning(&desk));
        desk.take(&later(&desk));
        let (cut_off, evening) = (beijing("08:00"), beijing("18:30"));
        let made = desk.daily(&Day { from: cut_off, cut_off: evening, before_cut_off: cut_off, missing: None });
        let before = files(&made.folder);
        std::fs::remove_dir_all(&made.folder).expect("removed");
        let (site, out) = (desk.folder.path().display().to_string(), desk.out().display().to_string());
        let list = |more: &[&str]| {
            let arguments = [&["list"], more, &["--site", &site, "--out", &out]].concat();
            strawfire(desk.folder.path(), &arguments)
        };
        let run = list(&["daily", "--cut-off", "2025-10-20 18:30"]);
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
        assert_eq!(String::from_utf8_lossy(&run.stdout), made.printed);
        assert!(files(&made.folder) == before);
        // of today nothing is there: that is said, and not "no fire"
        let run = list(&["daily"]);
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(run.status.success() && said.contains("未能读取任何资料, 不能说明有无火点"), "{said}");
        for (more, option) in [
            (&["daily", "--cut-off", "2999-01-01 08:00"][..], "--cut-off"),
            (&["daily", "--cut-off", "noon"], "--cut-off"),
            (&["weekly", "--week", "2999-01-01"], "--week"),
            (&["weekly", "--week", "43"], "--week"),
        ] {
            let run = list(more);
            let said = String::from_utf8_lossy(&run.stderr).into_owned();
            assert!(run.status.code() == Some(2) && said.contains(option), "{said}");
        }
        let week = desk.weekly(&Week { monday: weekly::monday_of(cut_off), satellites: &[], missing: &[] });
        let before = files(&week.folder);
        let run = list(&["weekly", "--week", "2025-10-23"]);
        assert_eq!(String::from_utf8_lossy(&run.stdout), week.printed);
        assert!(files(&week.folder) == before);
    });
}

/// What the station's catalogue has is on a list that is made by hand: a slot that did not come, one that came after the cut-off; and how
/// the looks of the week stood.
#[test]
fn what_the_station_expected_is_on_a_list_made_by_hand() {
    each_database(|database| {
        let desk = Desk::new(&database.url);
        desk.take(&morning(&desk));
        let slot = |clock: &str, state: SlotState, scanned: Option<&str>| Slot {
            id: 0,
            satellite: "Himawari-9".into(),
            stream: String::new(),
            first: beijing(clock),
            last: beijing(clock),
            state,
            expected: true,
            due: beijing(clock).plus_seconds(1800.0).expect("a time"),
            seen: scanned.map(beijing),
            arrived: None,
            again: None,
            scanned: scanned.map(beijing),
            attempts: 0,
            looks: Vec::new(),
            partial: false,
            late: false,
            said: String::new(),
        };
        let at = Utc::parse("2025-10-19T22:01:00Z").expect("a time");
        let job = JobDone {
            name: "daily-list".into(),
            due: beijing("06:00"),
            is_done: true,
            attempts: 1,
            at,
            said: String::new(),
        };
        crate::delivery::run(async {
            let store = Store::open(&database.url).await.expect("opens");
            let mut write = store.write().await.expect("a turn");
            for slot in [
                slot("05:50", SlotState::Missing, None),
                slot("06:00", SlotState::Scanned, Some("06:12")),
                slot("06:20", SlotState::Scanned, Some("09:00")),
                slot("06:40", SlotState::Missing, None),
            ] {
                write.add_slot(&slot).await.expect("added");
            }
            write.job_done(&job).await.expect("noted");
            write.commit().await.expect("kept");
        });
        let (site, out) = (desk.folder.path().display().to_string(), desk.out().display().to_string());
        let list = |more: &[&str]| {
            let run = strawfire(desk.folder.path(), &[&["list"], more, &["--site", &site, "--out", &out]].concat());
            assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
            String::from_utf8(run.stdout).expect("UTF-8")
        };
        let said = list(&["daily", "--cut-off", "2025-10-20 08:00"]);
        let missing = "应到未到 2 次: Himawari-9 2025-10-20 06:20(未收到资料)、Himawari-9 2025-10-20 06:40(未收到资料)";
        // the list of eight reaches back to when one was due, though one was made since
        let earlier = said.replace("应到未到 3 次: Himawari-9 2025-10-20 05:50(未收到资料)、", "应到未到 2 次: ");
        assert!(earlier.contains(missing) && earlier != said, "{said}");
        let said = list(&["weekly", "--week", "2025-10-20"]);
        assert!(said.contains("Himawari-9: 应观测 4 次, 已判识 2, 无法使用 0, 缺 2, 计划停测 0"), "{said}");
    });
}

/// By hand: of hour 6 the slots 80, 40, 60 and 0 % (unreadable) give 45 %, of hour 13 one overpass 50 %: 47.5 %, of 2 of 168 hours.
/// The fire of 互助 and that of 乐都 are two events of a pixel each; one pixel is a static source.
#[test]
fn the_report_of_a_week_sums_what_the_store_has() {
    each_database(|database| {
        let desk = Desk::new(&database.url);
        desk.take(&morning(&desk));
        desk.take(&later(&desk));
        let satellites = [
            Tally { satellite: "Himawari-9".into(), expected: 994, scanned: 3, failed: 1, missing: 990, planned: 14 },
            Tally { satellite: "Terra".into(), expected: 14, missing: 14, ..Tally::default() },
        ];
        let monday = weekly::monday_of(beijing("08:00"));
        let made = desk.weekly(&Week { monday, satellites: &satellites, missing: &[] });
        assert_eq!((made.events, made.looks), (2, 5));
        assert!(made.folder.ends_with("20251020-20251026"), "{}", made.folder.display());
        let head = "海东市疑似火点统计(模拟数据,非真实火点 SIMULATED) 2025-10-20 至 2025-10-26";
        assert_eq!(made.text.lines().next(), Some(head));
        assert!(
            made.text.contains("Himawari-9: 应观测 994 次, 已判识 3, 无法使用 1, 缺 990, 计划停测 14"),
            "{}",
            made.text
        );
        let table = std::fs::read_to_string(made.folder.join("statistics.csv")).expect("read");
        let mut rows = csv::Reader::from_reader(table.as_bytes());
        let heads = rows.headers().expect("heads").clone();
        let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("a row")).collect();
        let of = |adcode: &str, name: &str| {
            let row = rows.iter().find(|row| &row[0] == adcode).expect("a county");
            row[heads.iter().position(|head| head == name).expect(name)].to_string()
        };
        let numbers = |adcode: &str| {
            ["events", "pixels", "screened_pixels", "observed_mean", "hours_looked", "hours_of_period"]
                .map(|name| of(adcode, name))
        };
        assert_eq!(numbers("630202"), ["1", "1", "0", "0.475", "2", "168"]);
        assert_eq!(numbers("630223"), ["1", "1", "1", "0.475", "2", "168"]);
        assert_eq!(numbers("630225"), ["0", "0", "0", "0.475", "2", "168"]);
        assert_eq!(numbers(""), ["2", "2", "1", "0.475", "2", "168"]);
        assert_eq!([of("", "from"), of("", "to")], ["2025-10-20", "2025-10-26"]);
        let whole = std::fs::read_to_string(made.folder.join("coverage_week.csv")).expect("read");
        assert!(whole.contains("2025-10-20/2025-10-26,1,1,4,1,") && whole.contains("168 小时中 2 小时"), "{whole}");

        let book = made.folder.join("weekly.xlsx");
        let Some(counties) = sheet(&book, "周报") else { return };
        assert_eq!(counties[0].trim_end_matches('|'), "海东市疑似火点周报 2025-10-20 至 2025-10-26(模拟数据)");
        let ledu = counties.iter().find(|row| row.starts_with("630202|")).expect("乐都");
        let sentence = "疑似火点 1 个(有效观测 47.5%, 4 次观测, 168 小时中 2 小时)";
        assert_eq!(ledu, &format!("630202|乐都区|1|1|0.475|2|168|1|1|0|||||{sentence}"));
        let satellites = sheet(&book, "卫星").expect("read");
        assert_eq!(satellites[3..], ["Himawari-9|994|3|1|990|14|3|0", "NOAA-20||||||1|0", "Terra|14|0|0|14|0|0|0"]);
        let days = sheet(&book, "逐日").expect("read");
        assert_eq!((days.len(), days[3].starts_with("2025-10-20|")), (3 + 6, true));
        assert_eq!(sheet(&book, "疑似火点(按处)").expect("read").len(), 3 + 2);
    });
}

/// A week after another is compared with it; a store without a look says nothing of fires.
#[test]
fn a_week_is_compared_with_the_one_before() {
    let desk_of = sqlite();
    let desk = Desk::new(&desk_of.url);
    let monday = weekly::monday_of(beijing("08:00"));
    let empty = desk.weekly(&Week { monday, satellites: &[], missing: &[] });
    assert!(empty.text.contains("未能读取任何资料, 不能说明有无火点"), "{}", empty.text);
    desk.take(&morning(&desk));
    // the same look a week later, with two fires
    let days = 7.0 * 86_400.0;
    let week_later = |of: &GranuleReport| GranuleReport {
        granule: format!("{} later", of.granule),
        time: of.time.plus_seconds(days).expect("a time"),
        ..of.clone()
    };
    let look = week_later(&look(&desk, "Himawari-9", "06:00", 0.8));
    let fires = [("a", IN_HUZHU), ("b", IN_LEDU)].map(|(name, place)| desk.fire(&look, name, place)).to_vec();
    let taken = look.time;
    desk.take(&[(look, fires, taken)]);
    let next = monday.plus_seconds(days).expect("a time");
    let made = desk.weekly(&Week { monday: next, satellites: &[], missing: &[] });
    let table = std::fs::read_to_string(made.folder.join("statistics.csv")).expect("read");
    let all = table.lines().find(|line| line.contains("合计")).expect("all");
    // one pixel and two: twice as many
    assert!(all.contains(",2025-10-20,2025-10-26,Himawari-9 AHI,") && all.contains(",100,100,"), "{all}");
}

/// Each week may be of a drill or real; a real one after a drill has nothing to be compared with, and says so.
#[test]
fn a_real_week_is_not_compared_with_a_drill() {
    let database = sqlite();
    let desk = Desk::new(&database.url);
    desk.take(&morning(&desk));
    let of = look(&desk, "NOAA-20", "06:05", 0.5);
    let time = of.time.plus_seconds(7.0 * 86_400.0).expect("a time");
    let real = GranuleReport { simulated: false, granule: "real".into(), time, ..of };
    let fire = desk.fire(&real, "r", IN_LEDU);
    desk.take(&[(real, vec![fire], time)]);
    let made = desk.weekly(&Week { monday: weekly::monday_of(time), satellites: &[], missing: &[] });
    assert_eq!((made.events, made.looks), (1, 1));
    assert!(made.text.contains("上期仅有模拟(演练)数据, 不作比较"), "{}", made.text);
    assert!(!made.text.contains("SIMULATED") && !made.text.contains("环比"), "{}", made.text);
    let table = std::fs::read_to_string(made.folder.join("statistics.csv")).expect("read");
    assert!(table.contains("2025-10-27") && !table.contains("2025-10-20"), "{table}");
}

/// Heat at one place on four days over sixty, by night, is a place by the published rule; what a rule took for a cloud's edge, what
/// the simulator made and what is older than 400 days is not learned from. What a person set stays.
#[test]
fn static_sources_are_learned_from_the_store() {
    each_database(|database| {
        let desk = Desk::new(&database.url);
        let day = |days: f64| beijing("02:00").plus_seconds(86_400.0 * days).expect("a time");
        let looked = |place: (f64, f64), days: f64, simulated: bool, verdict: Verdict| {
            let look = GranuleReport {
                granule: format!("N{days} {place:?} {simulated}"),
                time: day(days),
                simulated,
                ..look(&desk, "NOAA-20", "02:00", 1.0)
            };
            let fire = FirePixel { daynight: Some(DayNight::N), verdict, ..desk.fire(&look, "x", place) };
            (look, vec![fire], day(days))
        };
        let (kept, edge) = (Verdict::Kept, Verdict::Dropped(DropReason::CloudEdge));
        let often = [0.0, 30.0, 61.0, 90.0];
        let mut looks: Vec<_> = often.iter().map(|days| looked(IN_HUZHU, *days, false, kept)).collect();
        looks.extend(often.iter().map(|days| looked(IN_LEDU, *days, true, kept)));
        looks.extend(often.iter().map(|days| looked((102.2, 36.6), *days, false, edge)));
        looks.extend(often.iter().map(|days| looked((102.6, 36.2), *days - 400.0, false, kept)));
        desk.take(&looks);
        let list = desk.folder.path().join("sources.csv");
        let person = "lon,lat,radius_m,status,cause\n102.45,36.45,500,rejected,田\n";
        std::fs::write(&list, person).expect("written");
        let learn = |allow_simulated: bool| {
            crate::delivery::run(async {
                let store = Store::open(&database.url).await.expect("opens");
                learn_from_store(&store, &desk.site, &list, allow_simulated, day(100.0)).await.expect("learned")
            })
        };
        let learned = learn(false);
        assert_eq!((learned.cells, learned.merged.added, learned.rows, learned.counting), (1, 1, 2, 1), "{learned:?}");
        let text = std::fs::read_to_string(&list).expect("read");
        assert!(text.contains("rejected,田,102.45,36.45,500") && text.contains("proposed,,102,36.9,"), "{text}");
        let again = learn(true);
        assert_eq!((again.cells, again.merged.added, again.merged.updated, again.merged.rejected), (2, 0, 1, 1));
        let (site, out) = (desk.folder.path().display().to_string(), list.display().to_string());
        let run = strawfire(desk.folder.path(), &["static", "learn", "--from-store", "--site", &site, "--out", &out]);
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    });
}
