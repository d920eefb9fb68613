//! Files that we write, opened by programs of other people.

#![allow(clippy::expect_used, reason = "a helper of a test fails as a test does")]

use crate::common::python_with;
use std::path::Path;
use std::process::Command;
use strawfire::deliver::scan_report::CountyShare;
use strawfire::deliver::{geojson, hotspots_xlsx};
use strawfire::fire::{Confidence, CountyName, FirePixel};
use strawfire::fuse::fuse;
use strawfire::place::LonLat;
use strawfire::thresholds::FuseThresholds;
use strawfire::time::Utc;

fn fires() -> Vec<FirePixel> {
    let place = |n: u32| LonLat::new(102.0 + 0.02 * f64::from(n), 36.5).expect("valid");
    let fires = (0..3).map(|n| {
        let mut fire =
            FirePixel::bare(format!("f{n}"), Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid"), place(n));
        (fire.line, fire.column) = (Some(100), Some(200 + n));
        (fire.satellite, fire.sensor) = ("=1+1".into(), "AHI".into());
        fire.frp_mw = Some(12.5 + f64::from(n));
        fire.confidence = Confidence::High;
        fire.county = Some(CountyName { adcode: "630223".into(), name: "互助土族自治县".into() });
        fire
    });
    fires.collect()
}

/// What a script prints of a file, by a Python with openpyxl.
fn openpyxl(script: &str, file: &Path) -> Option<String> {
    let output = Command::new(python_with("openpyxl")?).args(["-c", script]).arg(file).output().expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

const DUMP: &str = "
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
for sheet in book:
    print('#', sheet.title, sheet.freeze_panes, sheet.auto_filter.ref)
    for row in sheet.iter_rows():
        print('|'.join(f'{c.data_type}:{c.value}' for c in row if c.value is not None))
";

#[test]
fn the_xlsx_opens_in_openpyxl_and_holds_no_formula() {
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("hotspots.xlsx");
    let observed =
        [share("630223", "互助土族自治县", 0.9), share("630202", "乐都区", 0.5), share("630203", "平安区", 0.0)];
    let heading = hotspots_xlsx::Heading {
        site: "海东市",
        simulated: true,
        looks: "资料",
        cautions: "尚未经现场核实",
        events: &fuse(&fires(), &FuseThresholds::default(), |_| fires()[0].county.clone()),
        observed: &observed,
        nothing_read: false,
        tables: &[],
    };
    hotspots_xlsx::write(&path, &fires(), heading).expect("written");
    let Some(text) = openpyxl(DUMP, &path) else { return };
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "# 疑似火点 C6 A5:Z8");
    assert_eq!(lines[1], "s:疑似火点清单(模拟数据)");
    assert_eq!(lines[2], "s:尚未经现场核实; 资料");
    assert!(lines[3].contains("互助土族自治县: 疑似火点 1 个(有效观测 90%)"), "{}", lines[3]);
    assert!(lines[3].contains("乐都区: 未监测到火点(有效观测 50%)") && lines[3].contains("平安区: 未有效观测"));
    assert!(lines[5].starts_with("s:设区市|s:县(市、区)|s:乡镇|s:中心经度|s:中心纬度|s:卫星过境日期|"));
    assert!(
        lines[6]
            .starts_with("s:海东市|s:互助土族自治县|s:102°0'0.000\"|s:36°30'0.000\"|s:2025-10-20|n:1|s:13:30|s:=1+1|")
    );
    assert!(lines[6].contains("n:12.5|s:待确认|s:高|") && !text.contains("f:="), "{}", lines[6]);
    assert!(lines[5].contains("|s:像元确认|") && lines[5].ends_with("|s:备注|s:事件编号"), "{}", lines[5]);
    // three pixels 0.02 degrees apart, weighted by their 12.5, 13.5 and 14.5 MW: (0.27 + 0.58)/40.5 = 0.0209877 of a degree
    let events: Vec<&str> = lines.iter().copied().skip_while(|line| !line.starts_with("# 疑似火点(按处)")).collect();
    assert_eq!(events[..2], ["# 疑似火点(按处) C4 A3:AB4", "s:疑似火点(按处)(模拟数据)"]);
    assert!(events[3].starts_with("s:设区市|s:县(市、区)|s:乡镇|s:中心经度|s:中心纬度|s:卫星过境日期|s:事件序号|"));
    assert!(events[4].starts_with("s:海东市|s:互助土族自治县|s:102°1'15.556\"|s:36°30'0.000\"|s:2025-10-20|n:1|s:"));
    assert!(
        events[4].contains("|s:2025-10-20 13:30|s:2025-10-20 13:30|") && events[4].contains("|n:3|s:=1+1|"),
        "{}",
        events[4]
    );
    assert!(text.contains("# 观测情况 A2 None"), "{text}");
    // one fire, none in half of the county, and no number where nobody looked
    for row in ["s:互助土族自治县|n:1|n:0.9|", "s:乐都区|n:0|n:0.5|", "s:平安区|n:0|n:1|n:0|s:未有效观测"]
    {
        assert!(text.contains(row), "{row}: {text}");
    }
}

fn share(adcode: &str, name: &str, observed_fraction: f64) -> CountyShare {
    CountyShare {
        adcode: adcode.into(),
        name: name.into(),
        pixels: 100,
        observed_fraction,
        cloud_fraction: 1.0 - observed_fraction,
        missing_fraction: 0.0,
        not_covered_fraction: 0.0,
        screened: 0,
    }
}

/// `ogrinfo` reads fires and events as layers of points in WGS84.
#[test]
fn the_geojson_opens_in_ogr() {
    let dir = tempfile::tempdir().expect("folder");
    let (fires_path, events_path) = (dir.path().join("fires.geojson"), dir.path().join("events.geojson"));
    let fires = fires();
    geojson::write_fires(&fires_path, &fires, false).expect("written");
    geojson::write_events(&events_path, &fuse(&fires, &FuseThresholds::default(), |_| None), false).expect("written");
    for (path, count) in [(fires_path, 3), (events_path, 1)] {
        let Ok(output) = Command::new("ogrinfo").args(["-so", "-al"]).arg(&path).output() else {
            eprintln!("skipped: no ogrinfo");
            return;
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains("Geometry: Point"), "{text}");
        assert!(text.contains(&format!("Feature Count: {count}")) && text.contains("WGS 84"), "{text}");
    }
}
