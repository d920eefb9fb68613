//! What was seen of each county, from simulated looks, and its sums, from runs made by hand with numbers worked out by hand.

use crate::common::{Ran, ran, scan, simulator, strawfire, unzipped};
use crate::swath_common::made;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use strawfire::layers::area_index::AreaIndex;
use strawfire::place::LonLat;
use strawfire::site::Site;

type Row = BTreeMap<String, String>;

fn rows(path: &Path) -> Vec<Row> {
    let mut csv = csv::Reader::from_path(path).expect("a table");
    csv.deserialize().map(|row| row.expect("a row")).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

const SHARES: [&str; 5] = ["clear", "cloud", "not_covered", "planned_gap", "missing"];

/// Shares are parts of 1, and the map says of each county what the table says, at a point inside it.
fn well_formed(done: &Ran) -> Vec<Row> {
    let rows = rows(&done.out.join("coverage.csv"));
    let map = done.features("coverage.geojson");
    assert_eq!(rows.len(), map.len());
    let site = Site::load(crate::common::project().join("sites/haidong")).expect("loads");
    let index = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
    for (row, feature) in rows.iter().zip(&map) {
        let sum: f64 = SHARES.iter().map(|share| number(row, share)).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{row:?}");
        let p = &feature["properties"];
        for (column, name) in [("adcode", "adcode"), ("kind", "kind"), ("time_utc", "time"), ("satellite", "satellite")]
        {
            assert_eq!(p[name], row[column].as_str(), "{row:?}");
        }
        assert!(SHARES.iter().all(|share| p[share] == number(row, share)), "{p} {row:?}");
        let at = |i: usize| feature["geometry"]["coordinates"][i].as_f64().expect("a number");
        let county = index.find(LonLat::new(at(0), at(1)).expect("on earth")).expect("in a county");
        assert_eq!(p["adcode"], site.counties[county].name.adcode.as_str());
        assert_eq!((row["simulated"].as_str(), &p["program_version"]), ("true", &env!("CARGO_PKG_VERSION").into()));
    }
    let listed = done.json("scan.json")["files"].to_string();
    assert!(listed.contains("coverage.csv") && listed.contains("coverage.geojson"), "{listed}");
    assert!(done.list.contains("coverage.csv"), "{}", done.list);
    rows
}

/// Slots 15 to 19 are 02:30 to 03:10 UTC: the second is never taken, the fourth is not given, the sky is clear. By day one slot
/// alone has no figure of a size of fire found nine times in ten: the default.
#[test]
fn looks_planned_gaps_and_absent_slots_are_rows() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let out = folder.path().join("days").display().to_string();
    let words = ["ahi-days", "--start", "2025-10-10", "--days", "1", "--slots", "15:20", "--cloud", "0", "--kiln", "0"];
    let made = simulator(folder.path(), &[&words[..], &["--fires-per-day", "0", "--out", &out]].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let day = folder.path().join("days/20251010");
    for path in std::fs::read_dir(&day).expect("a folder").flatten().map(|entry| entry.path()) {
        if path.display().to_string().contains("_0300_") {
            std::fs::remove_file(&path).expect("removed");
        }
    }
    let done = scan(&day, &[]);
    done.expect(0, &[]);
    let rows = well_formed(&done);
    assert_eq!(rows.len(), 30);
    let of = |county: &str| -> Vec<&Row> { rows.iter().filter(|row| row["adcode"] == county).collect() };
    let county = of("630202");
    let kinds: Vec<(&str, &str)> =
        county.iter().map(|row| (row["time_beijing"].as_str(), row["kind"].as_str())).collect();
    let at = |minute: &'static str, kind: &'static str| (minute, kind);
    assert_eq!(
        kinds,
        [
            at("2025-10-10 10:30", "look"),
            at("2025-10-10 10:40", "planned_gap"),
            at("2025-10-10 10:50", "look"),
            at("2025-10-10 11:00", "absent"),
            at("2025-10-10 11:10", "look"),
        ]
    );
    assert_eq!((number(county[1], "planned_gap"), number(county[3], "missing")), (1.0, 1.0));
    for look in [county[0], county[2], county[4]] {
        assert!(number(look, "clear") > 0.9 && number(look, "not_covered") == 0.0, "{look:?}");
        assert_eq!((look["satellite"].as_str(), look["smallest_fire_mw"].as_str()), ("Himawari-9", "160"));
        assert_eq!(look["smallest_fire_source"], "default: himawari_day");
    }
    // of 10 o'clock two looks and a gap, of 11 o'clock a look and an absent slot
    let clear = |i: usize| number(county[i], "clear");
    let expected = f64::midpoint((clear(0) + clear(2)) / 3.0, clear(4) / 2.0);
    let sums = ran(&["coverage", &done.out.display().to_string()]);
    sums.expect(0, &[]);
    let days = self::rows(&sums.out.join("coverage_days.csv"));
    assert_eq!(days.len(), 6);
    assert!((number(&days[0], "observed_mean") - expected).abs() < 1e-5, "{:?} {expected}", days[0]);
    let share = format!("未监测到火点(有效观测 {}%, 3 次观测, 24 小时中 2 小时)", (expected * 1000.0).floor() / 10.0);
    assert_eq!(days[0]["sentence"], share);
    assert_eq!(
        (days[0]["looks"].as_str(), days[0]["planned_gaps"].as_str(), days[0]["absent"].as_str()),
        ("3", "1", "1")
    );
    assert!(sums.list.contains("模拟数据"), "{}", sums.list);
}

/// Of the slots 03:00 to 03:40 UTC (11:00 to 11:40 in Beijing) the second is not there, and the fourth has its 3.9 um band cut
/// before the site: three are looked at of five. What list, workbook and sums say is one number, the mean over the five.
#[test]
fn list_workbook_and_sums_mean_the_same_by_observed() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let out = folder.path().join("days").display().to_string();
    let words = ["ahi-days", "--start", "2025-10-10", "--days", "1", "--slots", "18:23", "--kiln", "0"];
    let made = simulator(folder.path(), &[&words[..], &["--fires-per-day", "0", "--out", &out]].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let day = folder.path().join("days/20251010");
    for path in std::fs::read_dir(&day).expect("a folder").flatten().map(|entry| entry.path()) {
        let name = path.display().to_string();
        if name.contains("_0310_") {
            std::fs::remove_file(&path).expect("removed");
        } else if name.contains("_0330_B07_") {
            let bytes = std::fs::read(&path).expect("bytes");
            std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("written");
        }
    }
    let done = scan(&day, &[]);
    done.expect(3, &["_0330_B07_"]);
    let rows = well_formed(&done);
    let county: Vec<&Row> = rows.iter().filter(|row| row["adcode"] == "630202").collect();
    let kinds: Vec<&str> = county.iter().map(|row| row["kind"].as_str()).collect();
    assert_eq!(kinds, ["look", "absent", "look", "unreadable", "look"]);
    let slots = done.json("scan.json")["slots"][0].clone();
    assert_eq!(
        (&slots["looked"], &slots["unreadable"], &slots["absent"][0]),
        (&3.into(), &1.into(), &"2025-10-10T03:10:00Z".into())
    );
    assert_eq!(done.json("scan.json")["granules"][2]["look"], "unreadable");
    assert!(done.list.contains("应有 5 次, 已看 3 次, 无法使用 1 次, 缺 1 次"), "{}", done.list);
    let observed = county.iter().map(|row| number(row, "clear")).sum::<f64>() / 5.0;
    let share = format!("有效观测 {}%", (observed * 1000.0 + 1e-6).floor() / 10.0);
    assert!(done.list.contains(&format!("乐都区: 未监测到火点({share})")), "{share}: {}", done.list);
    let strings = unzipped(&done.out.join("hotspots.xlsx"), "xl/sharedStrings.xml");
    assert!(strings.is_none_or(|strings| strings.contains(&format!("乐都区: 未监测到火点({share})"))), "{share}");
    let sums = ran(&["coverage", &done.out.display().to_string()]);
    sums.expect(0, &[]);
    let days = self::rows(&sums.out.join("coverage_days.csv"));
    let of = days.iter().find(|row| row["adcode"] == "630202").expect("a row");
    assert_eq!(of["sentence"], format!("未监测到火点({share}, 3 次观测, 24 小时中 1 小时)"));
    assert_eq!((of["looks"].as_str(), of["unreadable"].as_str(), of["absent"].as_str()), ("3", "1", "1"));
    let numbers = self::rows(&sums.out.join("statistics.csv"));
    assert!((number(&numbers[0], "observed_mean") - observed).abs() < 2e-6, "{:?} {observed}", numbers[0]);
}

/// 320 lines are 120 km: the middle of the site is covered, a good part of the north is not; nothing is missing or cloud.
#[test]
fn what_a_swath_does_not_reach_is_not_covered() {
    let Some(folder) = made("viirs-strip", &["viirs", "--lines", "320", "--cloud", "0"]) else { return };
    let done = scan(&folder, &[]);
    done.expect(0, &[]);
    let rows = well_formed(&done);
    assert_eq!(rows.len(), 6);
    let of = |name: &str| rows.iter().find(|row| row["county"] == name).expect("a county");
    let (middle, north) = (of("平安区"), of("互助土族自治县"));
    assert!(number(middle, "clear") > 0.9 && number(middle, "not_covered") < 0.01, "{middle:?}");
    assert!((0.2..0.8).contains(&number(north, "not_covered")) && number(north, "missing") < 0.01, "{north:?}");
    assert_eq!((middle["smallest_fire_mw"].as_str(), middle["sensor"].as_str()), ("2", "VIIRS"));
    assert_eq!(middle["smallest_fire_source"], "docs/skill-studies.md: viirs_375m_day");
    let report = done.json("scan.json");
    let shares = report["granules"][0]["counties"].as_array().expect("counties");
    let share = shares.iter().find(|share| share["name"] == "互助土族自治县").expect("a county");
    let part = |key: &str| share[key].as_f64().expect("a share");
    assert!(part("missing_fraction") >= part("not_covered_fraction") && part("not_covered_fraction") > 0.2, "{share}");
}

#[test]
fn lists_of_others_have_no_coverage() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,\
                bright_ti5,frp,daynight\n36.48,102.40,340.1,0.4,0.4,2025-10-20,0530,N20,VIIRS,n,2.0NRT,290.1,4.5,D\n";
    std::fs::write(folder.path().join("list.csv"), list).expect("written");
    std::fs::create_dir(folder.path().join("out")).expect("a folder");
    std::fs::write(folder.path().join("out/coverage.csv"), "of an earlier run").expect("written");
    let done = strawfire(folder.path(), &["import", "--format", "firms", "list.csv"]);
    let log = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && log.contains("lists do not say what was seen"), "{log}");
    assert!(!folder.path().join("out/coverage.csv").exists() && folder.path().join("out/scan.json").exists());
    // its fires count, and what was seen stays unknown
    let sums = strawfire(folder.path(), &["coverage", "--out", "sums", "out"]);
    assert!(sums.status.success(), "{}", String::from_utf8_lossy(&sums.stderr));
    let days = rows(&folder.path().join("sums/coverage_days.csv"));
    assert_eq!(days.len(), 1);
    assert_eq!(
        (days[0]["sentence"].as_str(), days[0]["pixels_of_lists"].as_str()),
        ("疑似火点 1 个(有效观测未知)", "1")
    );
    assert_eq!(days[0]["observed_mean"], "");
    // the fire is of the one county, and of the other five nobody knows whether there is any
    let numbers = rows(&folder.path().join("sums/statistics.csv"));
    let with: Vec<&Row> = numbers.iter().filter(|row| row["pixels"] == "1").collect();
    assert_eq!((numbers.len(), with.len(), with[1]["county"].as_str()), (7, 2, "合计"));
    for column in ["pixels", "pixels_of_lists", "events", "events_of_lists"] {
        assert_eq!(numbers.iter().filter(|row| row[column].is_empty()).count(), 5, "{column}: {numbers:?}");
    }
    let list = String::from_utf8_lossy(&sums.stdout).into_owned();
    let line = list.lines().find(|line| line.contains("循化")).expect("a line");
    assert_eq!(line.split_whitespace().skip(1).take(3).collect::<Vec<_>>(), ["-", "-", "未知"], "{list}");
}

const A: &str = "630201";
const B: &str = "630204";

/// Two counties of a square degree each; the western half of the first is fields.
fn squares(folder: &Path) {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
    let county = |code: &str, name: &str, west: f64| {
        let east = west + 1.0;
        let ring = json!([[[west, 36.0], [east, 36.0], [east, 37.0], [west, 37.0], [west, 36.0]]]);
        json!({"type": "Feature", "properties": {"adcode": code, "name": name},
            "geometry": {"type": "Polygon", "coordinates": ring}})
    };
    let counties = [county(A, "甲县", 102.0), county(B, "乙县", 103.0)];
    write("counties.geojson", &json!({"type": "FeatureCollection", "features": counties}).to_string());
    write("site.toml", "name = '方市'\n[layers]\nlandcover = 'cover.asc'\nlandcover_classes = 'worldcover'\n");
    let head = "ncols 6\nnrows 4\nxllcorner 101.5\nyllcorner 35.5\ncellsize 0.5\n";
    write("cover.asc", &format!("{head}{}", "40 40 30 30 30 40\n".repeat(4)));
    write(
        "cover.prj",
        r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]"#,
    );
}

const HEAD: &str = "adcode,county,time_utc,time_beijing,satellite,sensor,kind,clear,cloud,not_covered,planned_gap,missing,\
                    smallest_fire_mw,smallest_fire_source,granule,algorithm,profile,simulated,program_version\n";

/// Satellite and sensor, time of 20 or 19 October UTC, kind, and of both counties clear, cloud and not covered.
type Look<'a> = (&'a str, &'a str, &'a str, [[f64; 3]; 2]);

/// A run as scan leaves it: looks, and fires (id, satellite and sensor, time, county, verdict) with their events (id,
/// members, merged into).
fn run(
    folder: &Path,
    looks: &[Look<'_>],
    fires: &[(&str, &str, &str, &str, &str)],
    events: &[(&str, &[&str], Option<&str>)],
) {
    std::fs::create_dir(folder).expect("a folder");
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).expect("written");
    write("scan.json", json!({"granules": [{"counties": [{"adcode": A}]}]}).to_string());
    let algorithm = |sensor: &str| if sensor.ends_with("AHI") { "local-regression" } else { "other" };
    let mut table = HEAD.to_string();
    for (who, time, kind, counties) in looks {
        let (satellite, sensor) = who.rsplit_once(' ').expect("two words");
        let (mw, algorithm) =
            if *kind == "look" { (if sensor == "AHI" { "160" } else { "2" }, algorithm(who)) } else { ("", "") };
        for ((code, name), [clear, cloud, not_covered]) in [(A, "甲县"), (B, "乙县")].iter().zip(counties) {
            let missing = 1.0 - clear - cloud - not_covered;
            table += &format!(
                "{code},{name},{time},,{satellite},{sensor},{kind},{clear},{cloud},{not_covered},0,{missing:.6},{mw},x,\
                 {satellite}{time},{algorithm},plateau,false,0\n"
            );
        }
    }
    write("coverage.csv", table);
    let features: Vec<_> = fires
        .iter()
        .map(|(id, who, time, county, verdict)| {
            let (satellite, sensor) = who.rsplit_once(' ').expect("two words");
            json!({"id": id, "properties": {"time": time, "satellite": satellite, "sensor": sensor,
                "algorithm": algorithm(who), "adcode": county, "verdict": verdict, "simulated": false}})
        })
        .collect();
    write("fires.geojson", json!({"features": features}).to_string());
    let features: Vec<_> = events
        .iter()
        .map(|(id, members, merged_into)| {
            json!({"id": id, "members": members, "properties": {"first_seen": "2025-10-20T05:00:00Z",
                "adcode": A, "merged_into": merged_into}})
        })
        .collect();
    write("events.geojson", json!({"features": features}).to_string());
}

const AHI: &str = "Himawari-9 AHI";
const VIIRS: &str = "NOAA-20 VIIRS";
const MODIS: &str = "Terra MODIS";

/// This period and the last one, in folders `now` and `before` beside the site.
fn two_periods(folder: &Path) {
    squares(folder);
    let at = |minute: &str| format!("2025-10-20T{minute}:00Z");
    let (t0, t1, t2, t3, t4) = (at("05:00"), at("05:10"), at("05:20"), at("05:42"), at("06:00"));
    run(
        &folder.join("now"),
        &[
            (AHI, &t0, "look", [[0.8, 0.2, 0.0], [0.05, 0.95, 0.0]]),
            (AHI, &t1, "look", [[0.4, 0.6, 0.0], [0.05, 0.95, 0.0]]),
            (AHI, &t2, "absent", [[0.0; 3]; 2]),
            (VIIRS, &t3, "look", [[0.6, 0.1, 0.3], [0.0, 0.0, 1.0]]),
            (AHI, &t4, "look", [[0.2, 0.8, 0.0], [0.05, 0.95, 0.0]]),
        ],
        &[
            ("f1", VIIRS, &t3, A, "kept"),
            ("f2", VIIRS, &t3, A, "kept"),
            ("f3", VIIRS, &t3, A, "kept"),
            ("f4", AHI, &t0, A, "kept"),
            ("f5", AHI, &t4, A, "kept"),
            ("f6", AHI, &t4, A, "dropped"),
        ],
        &[("e1", &["f1", "f2", "f4"], None), ("e2", &["f3"], None), ("e3", &["f5"], None), ("e4", &["f4"], Some("e1"))],
    );
    let (day, night) = ("2025-10-19T05:00:00Z", "2025-10-19T14:00:00Z");
    run(
        &folder.join("before"),
        &[(AHI, day, "look", [[0.5, 0.5, 0.0]; 2]), (MODIS, night, "look", [[0.9, 0.1, 0.0]; 2])],
        &[
            ("g1", AHI, day, A, "kept"),
            ("g2", AHI, day, A, "kept"),
            ("g3", AHI, day, A, "kept"),
            ("g4", AHI, day, A, "kept"),
            ("g5", MODIS, night, A, "kept"),
        ],
        &[("b1", &["g1", "g2", "g3", "g4"], None), ("b2", &["g5"], None)],
    );
}

/// By hand. Between 05:20 and 06:00 three more slots of Himawari are in no file: four are absent. County A: at 13 o'clock in
/// Beijing Himawari saw (.8 + .4)/6 = .2 and VIIRS .6, so .6; at 14 o'clock .2: mean .4. Cloud (.2 + .6 + .1 + .8)/4 = .425.
/// County B: (.05 + .05)/6 and .05: mean .0333; VIIRS does not reach it. Five pixels, three events: one was merged.
#[test]
fn a_day_and_a_month_are_summed() {
    let folder = tempfile::tempdir().expect("a folder");
    two_periods(folder.path());
    // the same run twice counts once
    let done = strawfire(folder.path(), &["coverage", "--site", ".", "now", "now"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let days = rows(&folder.path().join("out/coverage_days.csv"));
    assert_eq!(days.len(), 2);
    let [a, b] = [&days[0], &days[1]];
    let expect = |row: &Row, column: &str, value: f64| {
        let found = number(row, column);
        assert!((found - value).abs() < 2e-6, "{column}: {found}, not {value}");
    };
    for (column, value) in [
        ("looks", 4.0),
        ("absent", 4.0),
        ("planned_gaps", 0.0),
        ("hours", 2.0),
        ("hours_looked", 2.0),
        ("observed_any", 0.8),
        ("observed_mean", 0.4),
        ("cloud_mean", 0.425),
        ("smallest_fire_mw", 2.0),
        ("pixels", 5.0),
        ("events", 3.0),
        ("pixels_of_lists", 0.0),
    ] {
        expect(a, column, value);
    }
    assert_eq!(
        (a["period"].as_str(), a["sentence"].as_str()),
        ("2025-10-20", "疑似火点 3 个(有效观测 40%, 4 次观测, 24 小时中 2 小时)")
    );
    expect(b, "looks", 3.0);
    expect(b, "observed_any", 0.05);
    expect(b, "observed_mean", 0.1 / 12.0 + 0.025);
    assert_eq!((b["smallest_fire_mw"].as_str(), b["sentence"].as_str()), ("", "未有效观测(仅观测 3.3%)"));
    assert_eq!((b["pixels"].as_str(), b["events"].as_str(), b["pixels_of_lists"].as_str()), ("", "", ""));
    // the month of both days: of three more hours the last run has .5 and .9: (.6 + .2 + .5 + .9)/4
    let both = strawfire(folder.path(), &["coverage", "--site", ".", "--out", "both", "now", "before"]);
    assert!(both.status.success());
    let months = rows(&folder.path().join("both/coverage_months.csv"));
    assert_eq!((months.len(), months[0]["period"].as_str(), months[0]["days"].as_str()), (2, "2025-10", "2"));
    for (column, value) in [("observed_mean", 0.55), ("pixels", 10.0), ("events", 5.0), ("days_observed", 2.0)] {
        expect(&months[0], column, value);
    }
    // four looks on the 20th, at 13 and 14 o'clock, two on the 19th, at 13 and 22, of 31 days
    let sentence = "疑似火点 5 个(有效观测 55%, 6 次观测, 744 小时中 4 小时, 各次运行分别计数)";
    assert_eq!(months[0]["sentence"], sentence);
    // a table alone has no fires, and nobody says that there were none
    let alone = strawfire(folder.path(), &["coverage", "--site", ".", "--out", "alone", "now/coverage.csv"]);
    assert!(alone.status.success());
    let days = rows(&folder.path().join("alone/coverage_days.csv"));
    assert_eq!(
        (days[0]["sentence"].as_str(), days[0]["pixels"].as_str()),
        ("火点未统计; 有效观测 40%, 4 次观测, 24 小时中 2 小时", "")
    );
}

/// By hand. Both periods have Himawari: now 2 pixels in 2 events, before 4 in 1; it saw (.2 + .2)/2 = .2 of A now and .5 before.
/// B was seen to 3 per cent. Fields: 496.9 kha, half a square degree on the sphere (see the unit test of cropland).
#[test]
fn the_ministrys_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    two_periods(folder.path());
    let done = strawfire(folder.path(), &["coverage", "--site", ".", "now", "--before", "before"]);
    let list = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    println!("{list}");
    let numbers = rows(&folder.path().join("out/statistics.csv"));
    let names: Vec<&str> = numbers.iter().map(|row| row["county"].as_str()).collect();
    assert_eq!(names, ["甲县", "乙县", "合计"]);
    let near = |row: &Row, column: &str, value: f64, within: f64| {
        let found = number(row, column);
        assert!((found - value).abs() <= within, "{column}: {found}, not {value}");
    };
    let [a, b, all] = [&numbers[0], &numbers[1], &numbers[2]];
    for row in [a, all] {
        near(row, "pixels", 5.0, 0.0);
        near(row, "events", 3.0, 0.0);
        near(row, "cropland_kha", 496.9, 1.5);
        near(row, "pixels_per_kha", 5.0 / 496.9, 1e-4);
        near(row, "events_per_kha", 3.0 / 496.9, 1e-4);
        near(row, "compared_pixels", 2.0, 0.0);
        near(row, "before_pixels", 4.0, 0.0);
        near(row, "change_pixels_percent", -50.0, 0.0);
        near(row, "change_events_percent", 100.0, 0.0);
        assert_eq!((row["compared_sensors"].as_str(), row["why_no_change"].as_str()), (AHI, ""));
    }
    near(a, "observed_mean", 0.4, 1e-6);
    near(a, "compared_observed", 0.2, 1e-6);
    near(a, "before_observed", 0.5, 1e-6);
    near(b, "cropland_kha", 0.0, 0.0);
    assert_eq!((b["pixels"].as_str(), b["events"].as_str()), ("", ""), "hardly seen: no 0");
    assert_eq!((b["change_pixels_percent"].as_str(), b["pixels_per_kha"].as_str()), ("", ""));
    assert!(b["why_no_change"].contains("不足 10%"), "{b:?}");
    // B was hardly seen now: the sum compares A alone, and says so
    near(all, "compared_observed", 0.2, 1e-6);
    near(all, "before_observed", 0.5, 1e-6);
    assert_eq!((all["not_compared"].as_str(), a["not_compared"].as_str()), ("乙县", ""));
    assert_eq!((b["compared_pixels"].as_str(), b["before_pixels"].as_str()), ("", "0"));
    assert!(list.contains("合计环比只计两期有效观测均达 10% 的县区, 不含: 乙县"), "{list}");
    let lines: Vec<&str> = list.lines().collect();
    let of = |name: &str| *lines.iter().find(|line| line.trim_start().starts_with(name)).expect(name);
    assert!(of("甲县").contains("-50.0%") && of("甲县").contains("20.0%(50.0%)"), "{list}");
    // of a county that was hardly seen no 0 is printed
    let cells: Vec<&str> = of("乙县").split_whitespace().collect();
    assert_eq!(cells[..4], ["乙县", "-", "-", "不足(3.3%)"], "{list}");
    assert_eq!(cells[8..], ["-", "-", "-", "3.3%(50.0%)"], "{list}");
    assert!(list.contains("环比只用两期都有的传感器: Himawari-9 AHI"), "{list}");
    assert!(list.contains("环比不计: NOAA-20 VIIRS、Terra MODIS"), "{list}");
    assert!(!list.contains("模拟") && list.contains("尚未经现场核实"), "{list}");
}

/// By hand. A was not seen at all now and had two pixels before; B, of the same size, has one now and two before: -50 %. Of A
/// there is no change, and no 0 either; the sum is B's. Then nothing is seen in both, and the sum has no change.
#[test]
fn what_was_not_seen_is_no_change() {
    let folder = tempfile::tempdir().expect("a folder");
    squares(folder.path());
    let (day, last) = ("2025-10-20T05:00:00Z", "2025-10-19T05:00:00Z");
    let at = |name: &str| folder.path().join(name);
    let one = [("f1", AHI, day, B, "kept")];
    run(&at("now"), &[(AHI, day, "look", [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])], &one, &[("e1", &["f1"], None)]);
    let four: Vec<_> =
        [("g1", A), ("g2", A), ("g3", B), ("g4", B)].map(|(id, county)| (id, AHI, last, county, "kept")).into();
    let events: [(&str, &[&str], Option<&str>); 2] = [("b1", &["g1", "g2"], None), ("b2", &["g3", "g4"], None)];
    run(&at("before"), &[(AHI, last, "look", [[0.5, 0.5, 0.0]; 2])], &four, &events);
    run(&at("other"), &[(AHI, last, "look", [[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]])], &four, &events);
    let compared = |before: &str| {
        let done = strawfire(folder.path(), &["coverage", "--site", ".", "now", "--before", before]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        (rows(&at("out/statistics.csv")), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let cell = |row: &Row, columns: [&str; 3]| columns.map(|column| row[column].clone());
    let counts = ["compared_pixels", "before_pixels", "change_pixels_percent"];
    let (numbers, list) = compared("before");
    assert_eq!(cell(&numbers[0], counts), ["", "2", ""]);
    assert_eq!(cell(&numbers[1], counts), ["1", "2", "-50"]);
    assert_eq!(cell(&numbers[2], counts), ["1", "2", "-50"]);
    assert_eq!((number(&numbers[2], "before_observed"), numbers[2]["not_compared"].as_str()), (0.5, "甲县"));
    let of = |list: &str, name: &str| -> Vec<String> {
        let line = list.lines().find(|line| line.trim_start().starts_with(name)).expect("a line");
        line.split_whitespace().map(str::to_string).collect()
    };
    assert_eq!(of(&list, "甲县")[9..], ["-", "-", "0.0%(50.0%)"], "{list}");
    assert!(!list.contains('→') && list.contains("未有效观测不等于无火") && list.contains("不含: 甲县"), "{list}");
    let (numbers, list) = compared("other");
    assert_eq!(cell(&numbers[2], counts)[2], "");
    assert_eq!(numbers[2]["why_no_change"], "没有两期有效观测均达 10% 的县区, 不作环比");
    assert_eq!(of(&list, "合计")[9..11], ["-", "-"], "{list}");
    assert!(list.contains("合计不作环比"), "{list}");
}

/// One clear slot of a day is 100 % of what was expected, and one of 24 hours.
#[test]
fn one_slot_of_a_day_does_not_pass_for_the_day() {
    let folder = tempfile::tempdir().expect("a folder");
    squares(folder.path());
    run(&folder.path().join("slot"), &[(AHI, "2025-10-20T05:00:00Z", "look", [[1.0, 0.0, 0.0]; 2])], &[], &[]);
    let done = strawfire(folder.path(), &["coverage", "--site", ".", "slot"]);
    let list = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let days = rows(&folder.path().join("out/coverage_days.csv"));
    assert_eq!(days[0]["sentence"], "未监测到火点(有效观测 100%, 1 次观测, 24 小时中 1 小时)");
    let numbers = rows(&folder.path().join("out/statistics.csv"));
    for row in &numbers {
        assert_eq!((row["hours_looked"].as_str(), row["hours_of_period"].as_str()), ("1", "24"), "{row:?}");
    }
    let line = list.lines().find(|line| line.contains("甲县")).expect("a line");
    assert_eq!(line.split_whitespace().take(5).collect::<Vec<_>>(), ["甲县", "0", "0", "100.0%", "1/24"], "{list}");
}

/// Two looks at one place, each in a run of its own: each run has its event, so that one place counts as two, and it is said.
#[test]
fn a_place_of_two_runs_is_told_to_count_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    squares(folder.path());
    let (t0, t1) = ("2025-10-20T05:00:00Z", "2025-10-20T05:10:00Z");
    for (name, time, fire, event) in [("one", t0, "f1", "e1"), ("two", t1, "f2", "e2")] {
        let looks = [(AHI, time, "look", [[1.0, 0.0, 0.0]; 2])];
        run(&folder.path().join(name), &looks, &[(fire, AHI, time, A, "kept")], &[(event, &[fire], None)]);
    }
    let said = |words: &[&str]| {
        let done = strawfire(folder.path(), &[&["coverage", "--site", "."], words].concat());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let list = String::from_utf8_lossy(&done.stdout).into_owned();
        let numbers = rows(&folder.path().join("out/statistics.csv"));
        let days = rows(&folder.path().join("out/coverage_days.csv"));
        let remark = list.contains("各次运行分别合并, 同一处可能重复计");
        (numbers[0]["events"].clone(), remark, days[0]["sentence"].clone())
    };
    let of = |events: &str, remark, sentence: &str| (events.to_string(), remark, sentence.to_string());
    let both = "疑似火点 2 个(有效观测 100%, 2 次观测, 24 小时中 1 小时, 各次运行分别计数)";
    let one = "疑似火点 1 个(有效观测 100%, 1 次观测, 24 小时中 1 小时)";
    assert_eq!(said(&["one", "two"]), of("2", true, both));
    assert_eq!(said(&["one"]), of("1", false, one));
    assert_eq!(said(&["one", "--before", "one", "two"]), of("1", true, one));
}

/// What `strawfire coverage` on these runs prints, its code and its log.
fn summed(folder: &Path, runs: &[&str]) -> (Option<i32>, String, String) {
    let done = strawfire(folder, &[&["coverage", "--site", "."], runs].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.code(), text(&done.stdout), text(&done.stderr))
}

/// Of two runs one cannot be read: numbers, sentence and remark say that they lack it. Of none that can, nobody says 0.
#[test]
fn runs_that_are_missing_are_told_where_the_numbers_are() {
    let folder = tempfile::tempdir().expect("a folder");
    two_periods(folder.path());
    std::fs::remove_file(folder.path().join("before/scan.json")).expect("removed");
    let (code, list, log) = summed(folder.path(), &["now", "before"]);
    assert!(code == Some(3) && log.contains("before/scan.json"), "{log}");
    assert!(list.contains("1 份资料无法读取, 未计入: 火点数可能偏少"), "{list}");
    let numbers = rows(&folder.path().join("out/statistics.csv"));
    assert!(numbers.iter().all(|row| row["unreadable_runs"] == "1" && row["before_unreadable_runs"].is_empty()));
    let days = rows(&folder.path().join("out/coverage_days.csv"));
    assert!(days.iter().all(|row| row["unreadable_runs"] == "1"), "{days:?}");
    let sentence = "疑似火点 3 个(有效观测 40%, 4 次观测, 24 小时中 2 小时); 另有 1 份资料无法读取, 可能不全";
    assert_eq!(days[0]["sentence"], sentence);
    let (code, list, _) = summed(folder.path(), &["before"]);
    assert!(code == Some(4) && list.contains("未能读取任何资料, 不能说明有无火点(1 份资料无法读取)"), "{list}");
    let (code, list, _) = summed(folder.path(), &["now", "--before", "before"]);
    assert!(code == Some(3) && list.contains("上期 1 份资料无法读取"), "{list}");
    assert_eq!(rows(&folder.path().join("out/statistics.csv"))[0]["before_unreadable_runs"], "1");
}

/// Two pixels of the first county that a list of sources explains; they count once though two runs have them.
#[test]
fn what_rules_dropped_is_counted_beside_the_fires() {
    let folder = tempfile::tempdir().expect("a folder");
    squares(folder.path());
    let time = "2025-10-20T05:00:00Z";
    let screened: Vec<_> = ["s1", "s2"]
        .map(|id| {
            json!({"id": id, "time": time, "satellite": "Himawari-9", "sensor": "AHI", "algorithm": "local-regression",
                "adcode": A, "reason": "static_source"})
        })
        .into();
    for name in ["one", "two"] {
        run(&folder.path().join(name), &[(AHI, time, "look", [[1.0, 0.0, 0.0]; 2])], &[], &[]);
        let report = json!({"granules": [{"counties": [{"adcode": A}]}], "screened": screened});
        std::fs::write(folder.path().join(name).join("scan.json"), report.to_string()).expect("written");
    }
    let (code, list, log) = summed(folder.path(), &["one", "two"]);
    assert_eq!(code, Some(0), "{log}");
    assert!(list.contains("判为非火点的热异常像元 2, 不计入火点: 固定热源 2"), "{list}");
    let days = rows(&folder.path().join("out/coverage_days.csv"));
    let of = |row: &Row| [row["screened_pixels"].clone(), row["pixels"].clone()];
    assert_eq!((of(&days[0]), of(&days[1])), (["2", "0"].map(String::from), ["0", "0"].map(String::from)));
    let sentence = "未监测到火点(有效观测 100%, 1 次观测, 24 小时中 1 小时); 另有 2 个热异常像元判为非火点";
    assert_eq!(days[0]["sentence"], sentence);
    let numbers = rows(&folder.path().join("out/statistics.csv"));
    let screened: Vec<&str> = numbers.iter().map(|row| row["screened_pixels"].as_str()).collect();
    assert_eq!(screened, ["2", "0", "2"]);
    let line = list.lines().find(|line| line.contains("合计")).expect("a line");
    assert_eq!(line.split_whitespace().nth(8), Some("2"), "{list}");
}

/// Two real fires of VIIRS, one of the simulator's Himawari, and one of a list of Terra's: all three sensors are named.
#[test]
fn real_and_simulated_runs_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    squares(folder.path());
    let (t0, t1) = ("2025-10-20T05:00:00Z", "2025-10-20T05:42:00Z");
    let at = |name: &str| folder.path().join(name);
    let clear = [[1.0, 0.0, 0.0]; 2];
    let two = [("f1", VIIRS, t1, A, "kept"), ("f2", VIIRS, t1, A, "kept")];
    run(&at("real"), &[(VIIRS, t1, "look", clear)], &two, &[("e1", &["f1", "f2"], None)]);
    run(&at("made"), &[(AHI, t0, "look", clear)], &[("g1", AHI, t0, B, "kept")], &[("e2", &["g1"], None)]);
    run(&at("early"), &[(AHI, "2025-10-19T05:00:00Z", "look", clear)], &[], &[]);
    for (name, file, from, to) in [
        ("made", "coverage.csv", "plateau,false", "plateau,true"),
        ("made", "fires.geojson", ":false", ":true"),
        ("early", "coverage.csv", "plateau,false", "plateau,true"),
    ] {
        let path = at(name).join(file);
        let text = std::fs::read_to_string(&path).expect("text").replace(from, to);
        std::fs::write(&path, text).expect("written");
    }
    run(&at("list"), &[], &[("h1", MODIS, t1, A, "kept")], &[("e3", &["h1"], None)]);
    std::fs::remove_file(at("list/coverage.csv")).expect("removed");
    std::fs::write(at("list/scan.json"), json!({"granules": [{"counties": []}]}).to_string()).expect("written");
    let (code, list, log) = summed(folder.path(), &["real", "made", "list"]);
    assert_eq!(code, Some(0), "{log}");
    assert!(list.contains("疑似火点统计(含模拟数据 SIMULATED: made)") && !list.contains("非真实火点"), "{list}");
    assert!(list.contains("含模拟数据: 模拟火点像元 1 个, 真实火点像元 3 个"), "{list}");
    let sensors = "传感器: Himawari-9 AHI、NOAA-20 VIIRS、Terra MODIS(只有火点, 观测范围未知)";
    assert!(list.contains(sensors), "{list}");
    let numbers = rows(&at("out/statistics.csv"));
    let made: Vec<[&str; 2]> =
        numbers.iter().map(|row| [row["pixels"].as_str(), row["pixels_simulated"].as_str()]).collect();
    assert_eq!(made, [["3", "0"], ["1", "1"], ["4", "1"]]);
    assert_eq!(numbers[0]["sensors"], "Himawari-9 AHI、NOAA-20 VIIRS、Terra MODIS");
    let days = rows(&at("out/coverage_days.csv"));
    assert!(days[0]["sentence"].ends_with("; 含模拟数据, 其中模拟火点像元 0 个"), "{days:?}");
    assert!(days[1]["sentence"].ends_with("; 含模拟数据, 其中模拟火点像元 1 个"), "{days:?}");
    // a day of the simulator's beside a real one
    let (_, list, _) = summed(folder.path(), &["real", "early"]);
    assert!(list.contains("(含模拟数据 SIMULATED: early)"), "{list}");
    let days = rows(&at("out/coverage_days.csv"));
    let of = |n: usize| {
        (
            days[n]["period"].as_str(),
            days[n]["sentence"].ends_with("小时); 模拟数据"),
            days[n]["sentence"].contains("模拟"),
        )
    };
    assert_eq!((of(0), of(2)), (("2025-10-19", true, true), ("2025-10-20", false, false)));
    let (_, list, _) = summed(folder.path(), &["made"]);
    assert!(list.contains("(模拟数据,非真实火点 SIMULATED)"), "{list}");
    let (_, list, _) = summed(folder.path(), &["real"]);
    assert!(!list.contains("模拟"), "{list}");
}

/// An empty table and one without a county of the site would pass for a county that nobody had to look at.
#[test]
fn a_table_that_lacks_a_county_is_an_error_of_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    two_periods(folder.path());
    let table = folder.path().join("before/coverage.csv");
    let text = std::fs::read_to_string(&table).expect("text");
    let cut = text.lines().take(text.lines().count() - 1).map(|line| format!("{line}\n")).collect::<String>();
    let without: String = text.lines().filter(|line| !line.starts_with(B)).map(|line| format!("{line}\n")).collect();
    for (text, said) in
        [("", "no row"), (HEAD, "no row"), (&without, "乙县"), (&cut, "乙县 in the look of 2025-10-19T14")]
    {
        std::fs::write(&table, text).expect("written");
        let (code, list, log) = summed(folder.path(), &["now", "before"]);
        assert!(code == Some(3) && log.contains("before/coverage.csv") && log.contains(said), "{said}: {log}");
        assert!(list.contains("1 份资料无法读取"), "{list}");
        let (code, _, log) = summed(folder.path(), &["before/coverage.csv"]);
        assert!(code == Some(4) && log.contains("before/coverage.csv"), "{log}");
    }
}

/// A run of one pixel, one of two within it, and one of three two folders down: six; a link back up adds none.
#[test]
fn runs_below_a_run_count() {
    let folder = tempfile::tempdir().expect("a folder");
    squares(folder.path());
    let time = "2025-10-20T05:00:00Z";
    let at = |path: &str| folder.path().join(path);
    let of = |path: &str, ids: &[&str]| {
        let fires: Vec<_> = ids.iter().map(|id| (*id, AHI, time, A, "kept")).collect();
        run(&at(path), &[(AHI, time, "look", [[1.0, 0.0, 0.0]; 2])], &fires, &[]);
    };
    of("runs", &["a"]);
    of("runs/within", &["b", "c"]);
    std::fs::create_dir(at("runs/month")).expect("a folder");
    of("runs/month/day", &["d", "e", "f"]);
    std::os::unix::fs::symlink(at("runs"), at("runs/month/up")).expect("a link");
    let done = strawfire(folder.path(), &["coverage", "--site", ".", "runs"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(rows(&at("out/statistics.csv"))[0]["pixels"], "6");
    // one that is broken hides none and is told
    std::fs::remove_file(at("runs/within/scan.json")).expect("removed");
    let done = strawfire(folder.path(), &["coverage", "--site", ".", "runs"]);
    let log = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.code() == Some(3) && log.contains("runs/within/scan.json"), "{log}");
    assert_eq!(rows(&at("out/statistics.csv"))[0]["pixels"], "4");
}

/// The raster has no class for the eastern half of the first county: by its columns 50 %.
#[test]
fn a_land_cover_that_leaves_out_ground_costs_the_intensity_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    two_periods(folder.path());
    let cover = folder.path().join("cover.asc");
    let text = std::fs::read_to_string(&cover).expect("text");
    let holed = text.replace("40 40 30", "40 40 -9").replace("cellsize 0.5\n", "cellsize 0.5\nNODATA_value -9\n");
    std::fs::write(&cover, holed).expect("written");
    let done = strawfire(folder.path(), &["coverage", "--site", ".", "now"]);
    let log = String::from_utf8_lossy(&done.stderr).into_owned();
    let list = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.code() == Some(3) && log.contains("cover.asc") && log.contains("50.0 % of 甲县"), "{log}");
    assert!(list.contains("layers.landcover 无法使用: 无耕地面积, 不计算强度"), "{list}");
    let numbers = rows(&folder.path().join("out/statistics.csv"));
    let cell = |column: &str| numbers[0][column].as_str();
    assert_eq!((cell("pixels"), cell("cropland_kha"), cell("pixels_per_kha")), ("5", "", ""));
    let check = strawfire(folder.path(), &["site", "check", "--site", "."]);
    let text = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(check.status.success() && text.contains("50.0 % of 甲县"), "{text} {check:?}");
}

/// The run has five pixels on the 20th, with and without its own table; the table of the other run alone blanks them.
#[test]
fn the_table_of_a_whole_run_does_not_blank_its_fires() {
    let folder = tempfile::tempdir().expect("a folder");
    two_periods(folder.path());
    let said = |words: &[&str]| {
        let done = strawfire(folder.path(), &[&["coverage", "--site", "."], words].concat());
        let log = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{log}");
        (rows(&folder.path().join("out/statistics.csv"))[0]["pixels"].clone(), log)
    };
    let (pixels, log) = said(&["now/coverage.csv", "now"]);
    assert!(pixels == "5" && log.contains("now/coverage.csv: left out"), "{pixels} {log}");
    let (pixels, log) = said(&["now", "before/coverage.csv"]);
    assert!(pixels.is_empty() && log.contains("before/coverage.csv: a table without fires"), "{pixels} {log}");
}

#[test]
fn what_cannot_be_summed_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    two_periods(folder.path());
    let said = |words: &[&str]| {
        let done = strawfire(folder.path(), &[&["coverage", "--site", "."], words].concat());
        let log = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!log.contains("panicked"), "{log}");
        (done.status.code(), log, String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let (code, log, _) = said(&["--sensors", "AGRI", "now"]);
    assert!(code == Some(2) && log.contains("AGRI") && log.contains(VIIRS), "{log}");
    let (code, _, list) = said(&["--sensors", "viirs", "now", "--before", "before"]);
    assert!(code == Some(0) && list.contains("没有共同的传感器") && !list.contains("环比只用"), "{list}");
    let table = folder.path().join("before/coverage.csv");
    let text = std::fs::read_to_string(&table).expect("text");
    for (from, to, word) in
        [(",0.5,0.5,", ",1.5,0.5,", "line 2"), ("look", "gaze", "gaze"), ("2025-10-19T05", "noon", "noon")]
    {
        std::fs::write(&table, text.replacen(from, to, 1)).expect("written");
        let (code, log, list) = said(&["now", "--before", "before"]);
        assert!(code == Some(3) && log.contains("before/coverage.csv") && log.contains(word), "{word}: {log}");
        assert!(list.contains("上期 1 份资料无法读取: 不作环比") && !list.contains("-50"), "{list}");
    }
    std::fs::remove_file(&table).expect("removed");
    let (code, log, _) = said(&["before"]);
    assert!(code == Some(4) && log.contains("a scan without coverage.csv"), "{log}");
    std::fs::remove_file(folder.path().join("now/scan.json")).expect("removed");
    let (code, log, _) = said(&["now"]);
    assert!(code == Some(4) && log.contains("now/scan.json"), "{log}");
}
