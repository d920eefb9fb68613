//! Passes of polar satellites beside Skyfield, beside what FIRMS says and beside the lines of real granules.

use crate::common::{project, python_with, shared};
use std::process::Command;
use strawfire::place::LonLatBox;
use strawfire::schedule::{Pass, Tles, passes};
use strawfire::time::Utc;

const HAIDONG: LonLatBox = LonLatBox { west: 101.66, south: 35.45, east: 103.07, north: 37.15 };

fn at(text: &str) -> Utc {
    Utc::parse(text).expect(text)
}

fn tles(name: &str) -> Tles {
    Tles::read(project().join("testdata/tle").join(name)).expect(name)
}

fn around(lon: f64, lat: f64, degrees: f64) -> LonLatBox {
    LonLatBox { west: lon, south: lat, east: lon, north: lat }.widened(degrees)
}

fn passes_of(tles: &Tles, satellite: &str, area: &LonLatBox, from: Utc, to: Utc) -> Vec<Pass> {
    let (passes, without) = passes(tles, &[satellite.to_string()], area, from, to);
    assert_eq!(without, Vec::<String>::new());
    passes
}

/// What `tests/tools/passes.py` prints, each pass as its numbers; seconds since the begin.
fn of_skyfield(
    number: u32,
    [right, left]: [f64; 2],
    steered: bool,
    from: &str,
    days: u32,
) -> Option<Vec<[Option<f64>; 4]>> {
    let python = python_with("skyfield, pyproj")?;
    let tle = project().join("testdata/tle/autumn_2026.tle");
    let numbers = [right, left, f64::from(u8::from(steered)), HAIDONG.west, HAIDONG.south, HAIDONG.east, HAIDONG.north];
    let run = Command::new(python)
        .arg(project().join("tests/tools/passes.py"))
        .arg(tle)
        .arg(number.to_string())
        .args(numbers.map(|number| number.to_string()))
        .args([from, &days.to_string()])
        .output()
        .expect("starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let told: Vec<serde_json::Value> = serde_json::from_slice(&run.stdout).expect("JSON");
    Some(told.iter().map(|pass| ["nearest_s", "km", "first_s", "last_s"].map(|key| pass[key].as_f64())).collect())
}

/// Times to a second, distances to a kilometre; passes whose swath misses the area are none.
#[test]
fn passes_are_those_of_skyfield() {
    let tles = tles("autumn_2026.tle");
    let days = 2;
    for (satellite, number, reach, steered) in [
        ("NOAA-20", 43_013, [1530.0, 1530.0], false),
        ("Terra", 25_994, [1165.0, 1165.0], false),
        ("FY-3D", 43_010, [1450.0, 1450.0], false),
        ("Sentinel-3A", 41_335, [930.0, 470.0], true),
    ] {
        let Some(told) = of_skyfield(number, reach, steered, "2026-10-05", days) else { return };
        let expected: Vec<_> = told.iter().filter(|pass| pass[2].is_some()).collect();
        let from = at("2026-10-05T00:00:00Z");
        let found = passes_of(&tles, satellite, &HAIDONG, from, at("2026-10-07T00:00:00Z"));
        assert_eq!(found.len(), expected.len(), "{satellite}: {found:#?} {told:?}");
        assert!(found.len() >= 2 && told.len() > found.len(), "{satellite}");
        for (pass, expected) in found.iter().zip(expected) {
            let [nearest, km, first, last] = expected.map(|number| number.expect("a number"));
            let near = |time: Utc, seconds: f64| (time.seconds_since(from) - seconds).abs() < 1.0;
            let is_so = near(pass.nearest, nearest) && near(pass.first, first) && near(pass.last, last);
            assert!(is_so && (pass.distance_km - km).abs() < 1.0, "{pass:?} {expected:?}");
        }
    }
}

/// Each pass is counted once however the time is cut, by its nearest moment. By hand: tracks of 14.2 orbits a day lie 2270 km apart
/// at 36 N, so that a swath as wide sees the area once a day and once a night at least and twice at most, and one of 1400 km in
/// three days once at least.
#[test]
fn a_time_that_is_cut_has_the_same_passes() {
    let tles = tles("autumn_2026.tle");
    let all = ["NOAA-20", "NOAA-21", "Suomi-NPP", "Terra", "Aqua", "FY-3D", "Sentinel-3A", "Sentinel-3B"];
    let mut names: Vec<String> = all.map(str::to_string).to_vec();
    names.extend(["Himawari-9".to_string(), "FY-3E".to_string()]);
    let from = at("2026-10-05T00:00:00Z");
    let hour = |hours: u32| from.plus_seconds(3600.0 * f64::from(hours)).expect("a time");
    let (whole, without) = passes(&tles, &names, &HAIDONG, from, hour(72));
    assert_eq!(without, ["FY-3E"], "no elements of it; a geostationary satellite does not pass");
    let parts = (0..72).flat_map(|h| passes(&tles, &names, &HAIDONG, hour(h), hour(h + 1)).0).collect::<Vec<_>>();
    let key = |pass: &Pass| (pass.satellite.clone(), pass.nearest.seconds_since(from).round() as i64);
    assert_eq!(parts.iter().map(key).collect::<Vec<_>>(), whole.iter().map(key).collect::<Vec<_>>());
    assert!(whole.is_sorted_by_key(|pass| pass.nearest));
    for satellite in all {
        let times = whole.iter().filter(|pass| pass.satellite == satellite);
        let [day, night] = [true, false].map(|day| times.clone().filter(|pass| pass.is_day == day).count());
        let range = if satellite.starts_with("Sentinel") { 1..=3 } else { 3..=6 };
        assert!(range.contains(&day) && range.contains(&night), "{satellite}: {day} by day, {night} by night");
    }
    assert!(whole.iter().all(|pass| pass.first <= pass.last && pass.last.seconds_since(pass.first) < 60.0));
    assert!(tles.age_days("NOAA-20", from).is_some_and(|days| days < 1.0));
    assert!(tles.age_days("Sentinel-3B", from).is_some_and(|days| (84.0..85.0).contains(&days)));
}

/// Fires near Bouquet, California, in the lists of FIRMS of 3 and 4 October 2026: satellites and minutes of acquisition.
#[test]
fn passes_are_at_the_times_of_fires_in_lists_of_firms() {
    let tles = tles("autumn_2026.tle");
    let area = around(-118.401_83, 34.561_835, 0.1);
    for (satellite, minute) in [
        ("NOAA-21", "2026-10-03T09:32:00Z"),
        ("NOAA-20", "2026-10-03T10:28:00Z"),
        ("NOAA-20", "2026-10-03T21:48:00Z"),
        ("Aqua", "2026-10-03T23:48:00Z"),
        ("Terra", "2026-10-04T04:04:00Z"),
        ("NOAA-21", "2026-10-04T09:13:00Z"),
        ("NOAA-20", "2026-10-04T10:11:00Z"),
        ("NOAA-21", "2026-10-04T20:33:00Z"),
    ] {
        let time = at(minute);
        let [from, to] = [-600.0, 600.0].map(|seconds| time.plus_seconds(seconds).expect("a time"));
        let found = passes_of(&tles, satellite, &area, from, to);
        let off: Vec<f64> = found.iter().map(|pass| pass.first.seconds_since(time)).collect();
        assert!(off.len() == 1 && off[0].abs() < 120.0, "{satellite} {minute}: {off:?}");
    }
}

/// Places of a granule's fires, and seconds from its begin to the scan that each line is of.
const FIRES: &str = r#"
import json, sys
import numpy as np
path, lines, scan_s = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
names = ["FP_longitude", "FP_latitude", "FP_line"]
if path.endswith(".hdf"):
    from pyhdf.SD import SD
    file = SD(path)
    lon, lat, line = (np.asarray(file.select(name)[:], float) for name in names)
else:
    import netCDF4
    file = netCDF4.Dataset(path)
    lon, lat, line = (np.asarray(file.variables[name][:], float) for name in names)
print(json.dumps([lon.tolist(), lat.tolist(), (line // lines * scan_s).tolist()]))
"#;

/// Lines of MOD14 (ten a scan of 1.4771 s) and of VJ114 (sixteen a scan of 1.7864 s) say when a fire was looked at. The elements
/// are weeks off, and some seconds of it are theirs; lines taken for being across the ground track would be seven off.
#[test]
fn fires_of_granules_are_crossed_when_their_lines_were_taken() {
    let (Some(folder), Some(python)) = (shared("official-products-20181108"), python_with("pyhdf, netCDF4")) else {
        return;
    };
    let tles = tles("autumn_2018.tle");
    for (satellite, name, begin, scan) in [
        ("Terra", "MOD14.A2018312.1950.061.2021344091856.hdf", "2018-11-08T19:50:00Z", ["10", "1.4771"]),
        ("NOAA-20", "VJ114.A2018312.2036.002.2022294181925.nc", "2018-11-08T20:36:00Z", ["16", "1.7864"]),
    ] {
        let run = Command::new(&python).args(["-c", FIRES]).arg(folder.join(name)).args(scan).output().expect("starts");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let [lon, lat, seconds]: [Vec<f64>; 3] = serde_json::from_slice(&run.stdout).expect("JSON");
        let begin = at(begin);
        let [from, to] = [-900.0, 900.0].map(|s| begin.plus_seconds(s).expect("a time"));
        for i in (0..lon.len()).step_by((lon.len() / 20).max(1)) {
            let found = passes_of(&tles, satellite, &around(lon[i], lat[i], 0.005), from, to);
            let off: Vec<f64> = found.iter().map(|pass| pass.first.seconds_since(begin) - seconds[i]).collect();
            assert!(off.len() == 1 && off[0].abs() < 3.0, "{satellite} {} {}: {off:?}", lon[i], lat[i]);
        }
    }
}
