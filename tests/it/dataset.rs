//! The data set of a season, opened by DuckDB, geopandas, GDAL and Python's csv. Expected values are written by hand beside the records.

use crate::common::{SmallDisk, have, project, python_with};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use strawfire::deliver::coverage::{CoverageRow, Kind, Shares};
use strawfire::deliver::dataset::{self, Dataset};
use strawfire::fire::{
    Class, Confidence, Confirmation, CountyName, DayNight, DropReason, FireEvent, FirePixel, Verdict,
};
use strawfire::place::{LonLat, Spread};
use strawfire::site::Site;
use strawfire::time::Utc;

fn at(text: &str) -> Utc {
    Utc::parse(text).expect("a time")
}

fn place(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).expect("a place")
}

fn huzhu() -> CountyName {
    CountyName { adcode: "630223".into(), name: "互助土族自治县".into() }
}

/// What a season may hold.
struct Season {
    site: Site,
    fires: Vec<FirePixel>,
    events: Vec<FireEvent>,
    coverage: Vec<CoverageRow>,
}

impl Season {
    fn empty() -> Self {
        let site = Site::load(project().join("sites/haidong")).expect("the shipped site");
        Season { site, fires: Vec::new(), events: Vec::new(), coverage: Vec::new() }
    }

    /// Three fires, two events and three rows of coverage in October and November of Beijing, not in order.
    fn small() -> Self {
        Season { fires: fires(), events: events(), coverage: coverage(), ..Season::empty() }
    }

    fn write(&self, out: &Path) -> Vec<PathBuf> {
        let Season { site, fires, events, coverage } = self;
        Dataset { site, fires, events, coverage, simulated: false }.write(out).expect("written")
    }
}

/// Of October a fire with all that there is, and one of no power; the third, of which nothing is known and which was dropped, was seen
/// at half past midnight of 1 November in Beijing.
fn fires() -> Vec<FirePixel> {
    let mut full = FirePixel::bare("a", at("2025-10-20T05:30:00.250Z"), place(102.123_456_4, 36.5));
    (full.satellite, full.sensor, full.algorithm) = ("Himawari-9".into(), "AHI".into(), "local_regression".into());
    (full.profile, full.granule) = ("plateau".into(), "a \"quoted\", name\nof two lines".into());
    (full.line, full.column, full.daynight) = (Some(0), Some(1234), Some(DayNight::D));
    (full.bt_mir_k, full.frp_mw, full.confidence_pct) = (Some(331.627), Some(12.345_67), Some(81.25));
    (full.county, full.township) = (Some(huzhu()), Some("威远镇".into()));
    (full.confidence, full.confirmation, full.class) = (Confidence::High, Confirmation::Confirmed, Class::Straw);
    (full.terrain_corrected, full.cropland_fraction) = (Some(true), Some(0.75));
    full.reasons = vec!["在耕地上".into(), "a \"quoted\", reason".into()];
    let mut unknown = FirePixel::bare("b", at("2025-10-31T16:30:00Z"), place(-70.5, -12.25));
    unknown.verdict = Verdict::Dropped(DropReason::OutsideCounties);
    unknown.bt_mir_k = Some(f32::NAN);
    let mut powerless = FirePixel::bare("0", at("2025-10-20T05:30:00.250Z"), place(102.5, 36.25));
    (powerless.frp_mw, powerless.simulated) = (Some(0.0), true);
    vec![unknown, full, powerless]
}

/// The ellipse by hand: variances of 4 and 1 km2 to the east and north are 2 km along 90 degrees and 1 km across.
fn events() -> Vec<FireEvent> {
    let mut first = FireEvent::bare("E1", at("2025-10-20T05:30:00Z"), place(102.2, 36.5));
    (first.sources, first.members) = (vec!["Himawari-9".into(), "NOAA-20".into()], vec!["a".into(), "0".into()]);
    (first.first_discoverer, first.detections, first.looks) = ("Himawari-9".into(), 2, 1);
    first.last_seen = at("2025-10-20T06:00:00Z");
    (first.county, first.counties) = (Some(huzhu()), vec!["630223".into()]);
    first.place_spread = Some(Spread { east_m2: 4e6, cross_m2: 0.0, north_m2: 1e6 });
    first.frp_curve = vec![(at("2025-10-20T05:30:00Z"), 12.0), (at("2025-10-20T05:40:00Z"), 13.5)];
    let mut second = FireEvent::bare("E2", at("2025-11-05T00:00:00Z"), place(102.3, 36.6));
    second.merged_into = Some("E1".into());
    vec![second, first]
}

fn coverage() -> Vec<CoverageRow> {
    let row = |adcode: &str, time: &str| CoverageRow {
        adcode: adcode.into(),
        county: "民和回族土族自治县".into(),
        time: at(time),
        satellite: "Himawari-9".into(),
        sensor: "AHI".into(),
        kind: Kind::Look,
        shares: Shares { clear: 0.75, cloud: 0.25, ..Shares::default() },
        smallest_fire_mw: Some(20.5),
        smallest_fire_source: Some("docs/skill-studies.md: ahi_day".into()),
        granule: "g".into(),
        algorithm: "local_regression".into(),
        profile: "plateau".into(),
        simulated: false,
    };
    let absent = CoverageRow {
        satellite: String::new(),
        sensor: String::new(),
        kind: Kind::Absent,
        shares: Shares { missing: 1.0, ..Shares::default() },
        smallest_fire_mw: None,
        smallest_fire_source: None,
        granule: String::new(),
        algorithm: String::new(),
        profile: String::new(),
        ..row("630222", "2025-11-20T05:30:00Z")
    };
    vec![absent, row("630223", "2025-10-20T05:30:00Z"), row("630222", "2025-10-20T05:30:00Z")]
}

/// What a reader finds; `None`, said, where it is not there.
fn opened(reader: &str, module: &str, out: &Path) -> Option<Value> {
    let python = python_with(module)?;
    let mut command = Command::new(python);
    command.arg(project().join("tests/tools/open_dataset.py")).arg(reader).arg(out);
    let done = command.arg(project().join("sites/haidong/counties.geojson")).output().expect("starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(serde_json::from_slice(&done.stdout).expect("JSON"))
}

/// That a row has these cells.
fn has(row: &Value, cells: Value) {
    for (name, expected) in cells.as_object().expect("cells") {
        assert_eq!(&row[name], expected, "{name} of {row}");
    }
}

/// Names of the columns of a row that are null.
fn nulls(row: &Value) -> Vec<&str> {
    let cells = row.as_object().expect("a row");
    cells.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name.as_str()).collect()
}

/// All files below a folder with their bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.insert(path.clone(), std::fs::read(&path).expect("read"));
        }
    }
    all
}

fn names(folder: &Path) -> Vec<String> {
    let within = |path: &PathBuf| path.strip_prefix(folder).expect("within").display().to_string();
    let mut names: Vec<String> = files(folder).keys().map(within).collect();
    names.sort();
    names
}

const ALL: [&str; 10] = [
    "coverage.csv",
    "coverage/month=2025-10/part-0.parquet",
    "coverage/month=2025-11/part-0.parquet",
    "events.csv",
    "events/month=2025-10/part-0.parquet",
    "events/month=2025-11/part-0.parquet",
    "fires.csv",
    "fires/month=2025-10/part-0.parquet",
    "fires/month=2025-11/part-0.parquet",
    "season.gpkg",
];

/// Seconds since 1970 by `date -u -d 2025-10-20T05:30:00Z +%s`: 1760938200; of 2025-10-31T16:30:00Z: 1761928200.
#[test]
fn duckdb_reads_all_partitions_as_one_table() {
    let out = tempfile::tempdir().expect("folder");
    Season::small().write(out.path());
    let Some(found) = opened("duckdb", "duckdb", out.path()) else { return };
    for (kind, months) in [("fires", [2, 1]), ("events", [1, 1]), ("coverage", [2, 1])] {
        assert_eq!(found[kind]["months"], json!({ "2025-10": months[0], "2025-11": months[1] }), "{kind}");
    }
    let point = "STRUCT(xmin DOUBLE, ymin DOUBLE, xmax DOUBLE, ymax DOUBLE)";
    has(
        &found["fires"]["types"],
        json!({
            "id": "VARCHAR", "time": "TIMESTAMP WITH TIME ZONE", "line": "BIGINT", "frp_mw": "DOUBLE", "simulated": "BOOLEAN",
            "reasons": "VARCHAR[]", "bbox": point, "month": "VARCHAR",
        }),
    );
    let rows = &found["fires"]["rows"];
    has(&rows[0], json!({ "id": "0", "frp_mw": 0.0, "simulated": true, "reasons": [], "month": "2025-10" }));
    has(
        &rows[1],
        json!({
            "id": "a", "time": 1_760_938_200_250_000_i64, "longitude": 102.123456, "latitude": 36.5, "satellite": "Himawari-9",
            "granule": "a \"quoted\", name\nof two lines", "line": 0, "column": 1234, "daynight": "D", "bt_mir_k": 331.63,
            "frp_mw": 12.346, "confidence": "high", "confidence_pct": 81.3, "confirmation": "confirmed", "adcode": "630223",
            "county": "互助土族自治县", "township": "威远镇", "verdict": "kept", "class": "straw", "cropland_fraction": 0.75,
            "terrain_corrected": true, "simulated": false, "reasons": ["在耕地上", "a \"quoted\", reason"],
            "geometry": [102.123456, 36.5], "month": "2025-10",
            "bbox": { "xmin": 102.123456, "ymin": 36.5, "xmax": 102.123456, "ymax": 36.5 },
        }),
    );
    has(
        &rows[2],
        json!({
            "id": "b", "time": 1_761_928_200_000_000_i64, "verdict": "dropped", "reason": "outside_counties", "month": "2025-11",
            "geometry": [-70.5, -12.25],
        }),
    );
    assert_eq!(
        nulls(&rows[2]),
        [
            "satellite",
            "sensor",
            "algorithm",
            "profile",
            "granule",
            "line",
            "column",
            "daynight",
            "tir_band",
            "bt_mir_k",
            "bt_tir_k",
            "bt_mir_bg_k",
            "bt_tir_bg_k",
            "frp_mw",
            "frp_surface_mw",
            "pixel_area_km2",
            "confidence_pct",
            "adcode",
            "county",
            "township",
            "grid_cell",
            "position_error_m",
            "terrain_corrected",
            "cropland_fraction",
            "scan_km",
            "track_km",
            "source_version",
        ]
    );
    has(
        &found["events"]["rows"][0],
        json!({
            "id": "E1", "first_seen": 1_760_938_200_000_000_i64, "last_seen": 1_760_940_000_000_000_i64, "detections": 2, "looks": 1,
            "sources": ["Himawari-9", "NOAA-20"], "members": ["a", "0"], "status": "triage", "first_discoverer": "Himawari-9",
            "error_ellipse_a_km": 2.0, "error_ellipse_b_km": 1.0, "error_ellipse_bearing_deg": 90.0, "merged_into": null,
            "frp_curve": r#"[["2025-10-20T05:30:00Z",12.0],["2025-10-20T05:40:00Z",13.5]]"#, "history": null, "shared": [],
        }),
    );
    has(
        &found["events"]["rows"][1],
        json!({
            "id": "E2", "status": "closed", "merged_into": "E1", "sources": [], "error_ellipse_a_km": null, "frp_curve": null,
        }),
    );
    let rows = &found["coverage"]["rows"];
    has(
        &rows[0],
        json!({ "adcode": "630222", "kind": "look", "clear": 0.75, "cloud": 0.25, "missing": 0.0, "smallest_fire_mw": 20.5 }),
    );
    has(&rows[1], json!({ "adcode": "630223", "satellite": "Himawari-9", "granule": "g" }));
    has(
        &rows[2],
        json!({ "adcode": "630222", "kind": "absent", "missing": 1.0, "satellite": null, "smallest_fire_mw": null }),
    );
    let version = env!("CARGO_PKG_VERSION");
    let name = Season::empty().site.name;
    assert_eq!(
        found["said"],
        json!({ "program": "strawfire", "program_version": version, "site": name, "simulated": "true" })
    );
}

/// Edges by hand: the least and greatest of the three points.
#[test]
fn geopandas_reads_the_folder_with_its_system_and_places() {
    let out = tempfile::tempdir().expect("folder");
    Season::small().write(out.path());
    let Some(found) = opened("geopandas", "geopandas, pyarrow", out.path()) else { return };
    for (kind, rows, geometry) in [("fires", 3, "Point"), ("events", 2, "Point"), ("coverage", 3, "Point")] {
        has(
            &found[kind],
            json!({ "crs": ["OGC", "CRS84"], "rows": rows, "geometry": [geometry], "months": ["2025-10", "2025-11"] }),
        );
    }
    assert_eq!(found["fires"]["bounds"], json!([-70.5, -12.25, 102.5, 36.5]));
    assert_eq!(found["fires"]["types"]["time"], "datetime64[us, UTC]");
    assert_eq!(found["near"], json!(["a"]));
    assert_eq!(found["in_their_borders"], json!([true, true, true]));
}

#[test]
fn the_geopackage_has_four_layers() {
    let out = tempfile::tempdir().expect("folder");
    Season::small().write(out.path());
    if have("ogrinfo") {
        let done =
            Command::new("ogrinfo").args(["-al", "-so"]).arg(out.path().join("season.gpkg")).output().expect("starts");
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(said.matches("GEOGCRS[\"WGS 84\"").count(), 4, "{said}");
        for line in [
            "Layer name: fires",
            "Feature Count: 3",
            "Feature Count: 6",
            "time: DateTime (0.0)",
            "simulated: Integer(Boolean) (0.0)",
            "line: Integer64 (0.0)",
            "frp_mw: Real (0.0)",
            "DESCRIPTION=Fire pixels, kept and dropped (含模拟数据 SIMULATED)",
            "Geometry: Multi Polygon",
            "Extent: (-70.500000, -12.250000) - (102.500000, 36.500000)",
        ] {
            assert!(said.contains(line), "no {line} in {said}");
        }
    }
    let Some(found) = opened("gpkg", "pyogrio, pyarrow, shapely", out.path()) else { return };
    let layers = [["fires", "Point"], ["events", "Point"], ["coverage", "Point"], ["counties", "MultiPolygon"]];
    assert_eq!(found["layers"], json!(layers));
    assert_eq!((&found["fires"]["crs"], &found["fires"]["types"]["simulated"]), (&"EPSG:4326".into(), &"bool".into()));
    let rows = &found["fires"]["rows"];
    has(
        &rows[1],
        json!({
            "id": "a", "time": "2025-10-20T05:30:00.250+00:00", "granule": "a \"quoted\", name\nof two lines", "line": 0, "frp_mw": 12.346,
            "county": "互助土族自治县", "simulated": false, "terrain_corrected": true,
            "reasons": r#"["在耕地上","a \"quoted\", reason"]"#,
        }),
    );
    has(
        &rows[2],
        json!({ "id": "b", "reasons": "[]", "satellite": null, "line": null, "frp_mw": null, "terrain_corrected": null }),
    );
    assert_eq!(found["at"][1], json!([102.123456, 36.5]));
    has(&found["coverage"]["rows"][2], json!({ "kind": "absent", "satellite": null, "clear": 0.0, "missing": 1.0 }));
    assert_eq!(found["within"], json!([true, true, true]));
    let counties = found["counties"]["rows"].as_array().expect("rows");
    assert_eq!((counties.len(), &counties[3]), (6, &json!({ "adcode": "630223", "county": "互助土族自治县" })));
}

#[test]
fn csv_has_the_same_cells() {
    let out = tempfile::tempdir().expect("folder");
    Season::small().write(out.path());
    let Some(found) = opened("csv", "csv", out.path()) else { return };
    let rows = &found["fires"]["rows"];
    has(&rows[0], json!({ "id": "0", "frp_mw": "0", "reasons": "[]" }));
    // a list of ours has no line within a cell
    has(
        &rows[1],
        json!({
            "id": "a", "time": "2025-10-20T05:30:00Z", "granule": "a \"quoted\", name of two lines", "line": "0", "frp_mw": "12.346",
            "county": "互助土族自治县", "simulated": "false", "reasons": r#"["在耕地上","a \"quoted\", reason"]"#,
        }),
    );
    has(
        &rows[2],
        json!({ "id": "b", "longitude": "-70.5", "frp_mw": "", "satellite": "", "terrain_corrected": "", "reason": "outside_counties" }),
    );
    has(&found["events"]["rows"][0], json!({ "id": "E1", "members": r#"["a","0"]"#, "history": "" }));
    has(&found["coverage"]["rows"][2], json!({ "kind": "absent", "satellite": "", "missing": "1" }));
}

#[test]
fn the_same_records_give_the_same_bytes_whatever_their_order() {
    let [a, b] = [tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder")];
    let mut season = Season::small();
    let written = season.write(a.path());
    assert_eq!(names(a.path()), ALL);
    let mut told: Vec<PathBuf> = written;
    told.sort();
    assert_eq!(told, files(a.path()).into_keys().collect::<Vec<_>>());
    season.fires.reverse();
    season.events.reverse();
    season.coverage.reverse();
    // the clock of a file's second, if it were in it
    std::thread::sleep(std::time::Duration::from_millis(1100));
    season.write(b.path());
    let [first, second] = [files(a.path()), files(b.path())];
    for (one, other) in first.iter().zip(&second) {
        assert!(one.1 == other.1, "{}", one.0.display());
    }
}

#[test]
fn a_rewrite_leaves_no_month_of_before() {
    let out = tempfile::tempdir().expect("folder");
    let mut season = Season::small();
    season.write(out.path());
    season.fires.retain(|fire| fire.id != "b");
    season.events.retain(|event| event.id == "E2");
    season.coverage.clear();
    season.write(out.path());
    assert_eq!(
        names(out.path()),
        [
            "coverage.csv",
            "coverage/month=none/part-0.parquet",
            "events.csv",
            "events/month=2025-11/part-0.parquet",
            "fires.csv",
            "fires/month=2025-10/part-0.parquet",
            "season.gpkg",
        ]
    );
}

#[test]
fn a_season_without_a_fire_opens_with_all_its_columns() {
    let [out, full] = [tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder")];
    Season::empty().write(out.path());
    Season::small().write(full.path());
    let readers =
        [("duckdb", "duckdb", "types"), ("geopandas", "geopandas, pyarrow", "crs"), ("csv", "csv", "columns")];
    for (reader, module, same) in readers {
        let Some(found) = opened(reader, module, out.path()) else { continue };
        let other = opened(reader, module, full.path()).expect("there");
        for kind in ["fires", "events", "coverage"] {
            assert_eq!(found[kind][same], other[kind][same], "{reader} {kind}");
            assert!([&json!([]), &json!(0)].contains(&&found[kind]["rows"]), "{reader} {kind}");
        }
    }
    let Some(found) = opened("gpkg", "pyogrio, pyarrow, shapely", out.path()) else { return };
    assert_eq!((&found["fires"]["rows"], found["counties"]["rows"].as_array().map(Vec::len)), (&json!([]), Some(6)));
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_the_old_set_stays() {
    let out = tempfile::tempdir().expect("folder");
    let season = Season::small();
    season.write(out.path());
    let before = files(out.path());
    let file = out.path().join("fires.csv");
    let Season { site, fires, events, coverage } = &season;
    let failed =
        Dataset { site, fires, events, coverage, simulated: false }.write(&file).expect_err("a file is no folder");
    assert!(failed.to_string().contains("fires.csv") && failed.to_string().contains("--out"), "{failed}");
    assert_eq!(files(out.path()), before);
}

/// With room for a little more each time: what was written before stays, byte by byte, until all fits.
#[test]
fn a_full_disk_is_told_and_the_old_set_stays() {
    let folder = tempfile::tempdir().expect("folder");
    let Some(disk) = SmallDisk::at(&folder.path().join("disk"), 8 << 20) else { return };
    let out = folder.path().join("disk/out");
    let season = Season::small();
    season.write(&out);
    let whole = files(&out);
    disk.fill();
    let filler = std::fs::OpenOptions::new().write(true).open(folder.path().join("disk/filler")).expect("opened");
    let full = filler.metadata().expect("a length").len();
    let Season { site, fires, events, coverage } = &season;
    let mut failures = 0;
    for room in (0..full).step_by(32 << 10) {
        filler.set_len(full - room).expect("shorter");
        let done = Dataset { site, fires, events, coverage, simulated: false }.write(&out);
        assert!(files(&out) == whole, "with {room} bytes left: {:?}", names(&out));
        let Err(error) = done else { break };
        assert!(error.to_string().contains("free space"), "{error}");
        failures += 1;
    }
    println!("{failures} failures");
    assert!(failures > 10, "a set is larger than {failures} times 32 kB");
}

/// 100,000 fires, 30,000 events and 60,000 rows of coverage in 61 days: seconds, bytes and memory, for docs/dataset.md.
#[test]
#[ignore = "a measurement; a minute without optimisation"]
fn a_large_season_is_measured() {
    let out = tempfile::tempdir().expect("folder");
    let mut season = Season::empty();
    let (fire, event, absent, seen) =
        (fires().remove(1), events().remove(1), coverage().remove(0), coverage().remove(1));
    let start = at("2025-10-01T00:00:00Z");
    // minutes and places that differ, as those of a season do
    let moved = |n: usize, of: usize| start.plus_seconds(n as f64 * 61.0 * 86_400.0 / of as f64).expect("a time");
    let spot = |n: usize| {
        place(101.7 + (n * 7919 % 10_007) as f64 / 10_007.0, 35.5 + (n * 104_729 % 10_009) as f64 / 10_009.0)
    };
    season.fires = (0..100_000)
        .map(|n| FirePixel {
            id: format!("fire-{n:08}-{}", n * 7919 % 100_003),
            time: moved(n, 100_000),
            place: spot(n),
            frp_mw: Some(5.0 + (n % 977) as f64 / 7.0),
            bt_mir_k: Some(310.0 + (n % 613) as f32 / 11.0),
            ..fire.clone()
        })
        .collect();
    season.events = (0..30_000)
        .map(|n| FireEvent { id: format!("event-{n}"), first_seen: moved(n, 30_000), place: spot(n), ..event.clone() })
        .collect();
    season.coverage = (0..60_000)
        .map(|n| {
            let adcode = season.site.counties[n % 6].name.adcode.clone();
            let row = if n % 11 == 0 { &absent } else { &seen };
            CoverageRow { adcode, time: moved(n / 6, 10_000), granule: format!("granule-{}", n / 6), ..row.clone() }
        })
        .collect();
    let before = memory_mb();
    let clock = std::time::Instant::now();
    season.write(out.path());
    println!("{:.1} s; memory at most {} MB, {before} before", clock.elapsed().as_secs_f64(), memory_mb());
    for (path, bytes) in files(out.path()) {
        println!("{:>10} {}", bytes.len(), path.strip_prefix(out.path()).expect("within").display());
    }
    if let Some(found) = opened("geopandas", "geopandas, pyarrow", out.path()) {
        assert_eq!((&found["fires"]["rows"], &found["coverage"]["rows"]), (&json!(100_000), &json!(60_000)));
    }
}

/// Greatest resident memory of this process until now, MB.
fn memory_mb() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("read");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("a line");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<usize>().ok()).expect("a number") / 1024
}

/// `STRAWFIRE_BLESS=1` writes the tables of the page again.
#[test]
fn the_page_has_the_columns_of_the_code() {
    let path = project().join("docs/dataset.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once("<!-- columns -->\n").expect("where the tables begin");
    let (tables, after) = rest.split_once("<!-- end of columns -->").expect("where they end");
    let columns = dataset::columns_page();
    if std::env::var_os("STRAWFIRE_BLESS").is_some() {
        let whole = format!("{before}<!-- columns -->\n{columns}<!-- end of columns -->{after}");
        std::fs::write(&path, whole).expect("written");
        return;
    }
    assert!(tables == columns, "docs/dataset.md is not what the code holds: run this test with STRAWFIRE_BLESS=1");
}
