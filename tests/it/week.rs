//! A simulated week: its truth, its land cover map and its overpasses agree; and its score is counted by hand.

use crate::common::{project, python_with, scan, simulator};
use serde_json::{Value, json};
use std::path::Path;

const CROPLAND: u8 = 40;
const BUILT: u8 = 50;
const BARE: u8 = 60;

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
}

fn number(value: &Value, word: &str) -> f64 {
    value[word].as_f64().unwrap_or_else(|| panic!("{word} of {value}"))
}

fn list<'a>(value: &'a Value, word: &str) -> &'a [Value] {
    value[word].as_array().expect("a list")
}

/// The map's class at places, read by GDAL.
fn mapped(path: &Path, places: &[(f64, f64)]) -> Vec<u8> {
    let raster = gdal::Dataset::open(path).expect("a raster");
    let [west, step, _, north, _, down] = raster.geo_transform().expect("a transform");
    let band = raster.rasterband(1).expect("a band");
    let at = |(lon, lat): &(f64, f64)| {
        let cell = (((lon - west) / step) as isize, ((lat - north) / down) as isize);
        band.read_as::<u8>(cell, (1, 1), (1, 1), None).expect("a class").data()[0]
    };
    places.iter().map(at).collect()
}

fn km(a: (f64, f64), b: (f64, f64)) -> f64 {
    (111.2 * (a.0 - b.0) * 36.3_f64.to_radians().cos()).hypot(111.2 * (a.1 - b.1))
}

/// One overpass of one day. Whatever burns in it with 5 MW and more under a clear sky is found where the truth has it, and
/// what lies below is what the map says, but for its errors and its cells, here of 100 m.
#[test]
fn truth_map_and_overpass_agree() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let words = "week --out w --seed 3 --days 1 --history-days 0 --passes 1 --slots-every 0 --customs 0 --cloud 0 \
                 --straw-per-day 600 --cover-cell 0.001";
    let made = simulator(folder.path(), &words.split_whitespace().collect::<Vec<_>>());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let world = folder.path().join("w");
    let truth = read(&world.join("truth.json"));
    let place = |thing: &Value| (number(thing, "lon"), number(thing, "lat"));

    let straw: Vec<(f64, f64)> =
        list(&truth, "burns").iter().filter(|burn| burn["kind"] == "straw").map(place).collect();
    let fields = mapped(&world.join("landcover.tif"), &straw).iter().filter(|class| **class == CROPLAND).count();
    assert!(straw.len() == 600 && (480..600).contains(&fields), "{fields} of {}", straw.len());
    let works: Vec<(f64, f64)> = list(&truth, "works").iter().map(place).collect();
    let yards = mapped(&world.join("landcover.tif"), &works);
    assert!(yards.iter().filter(|class| [BUILT, BARE].contains(class)).count() + 1 >= works.len(), "{yards:?}");

    let look = list(&truth, "looks")[0]["folder"].as_str().expect("a folder");
    let ran = scan(&world.join(look), &["--all", "--region", "none"]);
    ran.expect(0, &[]);
    let fires: Vec<(f64, f64)> = ran
        .features("fires.geojson")
        .iter()
        .map(|fire| {
            let at = list(&fire["geometry"], "coordinates");
            (at[0].as_f64().expect("a number"), at[1].as_f64().expect("a number"))
        })
        .collect();
    let all = || list(&truth, "burns").iter().chain(list(&truth, "works"));
    let power = |thing: &Value| list(thing, "looks").first().map(|look| number(look, "frp_mw"));
    let strong: Vec<&Value> = all().filter(|thing| power(thing).is_some_and(|mw| mw >= 5.0)).collect();
    let found = |thing: &&&Value| fires.iter().any(|fire| km(*fire, place(thing)) < 1.0);
    assert!(strong.len() >= 8, "{} burn", strong.len());
    assert_eq!(strong.iter().filter(found).count(), strong.len(), "{strong:?}\n{fires:?}");
    let stray = fires.iter().filter(|fire| all().all(|thing| power(thing).is_none() || km(**fire, place(thing)) > 1.5));
    assert_eq!(stray.count(), 0, "every fire pixel is of something that burns");
}

fn burn(kind: &str, lon: f64, hours: [&str; 2], opacity: f64) -> Value {
    let time = |hour: &str| format!("2025-04-01T{hour}:00Z");
    json!({
        "kind": kind, "lon": lon, "lat": 36.5, "start": time(hours[0]), "end": time(hours[1]), "near_works": false,
        "looks": [{ "look": 0, "frp_mw": 4.0, "cloud_opacity": opacity }],
    })
}

/// Four straw fires: found, called vegetation, under cloud, and dropped; a grave; a kiln that burned at the look.
fn truth() -> Value {
    let look = json!({ "look": 0, "frp_mw": 8.0, "cloud_opacity": 0.0 });
    let works = json!({ "kind": "kiln", "lon": 102.50, "lat": 36.5, "looks": [look] });
    json!({
        "start": "2025-04-01T00:00:00Z", "days": 1, "history_days": 3, "family": "dev", "seed": 1,
        "looks": [{ "time": "2025-04-01T06:00:00Z", "sensor": "VIIRS" }],
        "burns": [
            burn("straw", 102.10, ["05:50", "06:20"], 0.0),
            burn("straw", 102.20, ["05:50", "06:20"], 0.1),
            burn("straw", 102.30, ["05:50", "06:20"], 0.5),
            burn("straw", 102.40, ["05:50", "06:20"], 0.0),
            burn("straw", 109.00, ["05:50", "06:20"], 0.0),
            burn("grave", 102.60, ["05:50", "06:20"], 0.0),
        ],
        "works": [works],
        "park": { "lon": 102.9, "lat": 36.5, "looks": [] },
    })
}

/// A pixel and, where it is kept, its event: 0.005 degrees are 0.45 km here.
fn seen(lon: f64, hour: &str, class: &str, reason: Option<&str>) -> (Value, Option<Value>) {
    let time = format!("2025-04-01T{hour}:00Z");
    let geometry = json!({ "type": "Point", "coordinates": [lon, 36.5] });
    let verdict = if reason.is_some() { "dropped" } else { "kept" };
    let pixel = json!({ "geometry": geometry, "properties": {
        "time": time, "satellite": "NOAA-20", "class": class, "verdict": verdict, "reason": reason,
    }});
    let event = json!({ "geometry": geometry, "properties": {
        "first_seen": time, "last_seen": time, "sources": ["NOAA-20"], "class": class,
    }});
    (pixel, reason.is_none().then_some(event))
}

fn scanned(folder: &Path, found: &[(Value, Option<Value>)]) {
    std::fs::create_dir(folder).expect("a folder");
    let pixels: Vec<&Value> = found.iter().map(|(pixel, _)| pixel).collect();
    let events: Vec<&Value> = found.iter().filter_map(|(_, event)| event.as_ref()).collect();
    std::fs::write(folder.join("fires.geojson"), json!({ "features": pixels }).to_string()).expect("written");
    std::fs::write(folder.join("events.geojson"), json!({ "features": events }).to_string()).expect("written");
}

#[test]
fn precision_and_recall_are_counted_as_by_hand() {
    let Some(python) = python_with("json") else { return };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    std::fs::write(folder.path().join("truth.json"), truth().to_string()).expect("written");
    let ring = [[102.0, 36.0], [103.0, 36.0], [103.0, 37.0], [102.0, 37.0], [102.0, 36.0]];
    let county = json!({ "geometry": { "type": "Polygon", "coordinates": [ring] }, "properties": {} });
    std::fs::write(folder.path().join("c.geojson"), json!({ "features": [county] }).to_string()).expect("written");
    // Found twice; called vegetation; dropped; the grave and the kiln called straw; too late; nothing there.
    scanned(
        &folder.path().join("all"),
        &[
            seen(102.105, "06:00", "straw", None),
            seen(102.098, "06:34", "straw", None),
            seen(102.20, "06:00", "vegetation", None),
            seen(102.40, "06:00", "industrial", Some("static_source")),
            seen(102.60, "06:00", "straw", None),
            seen(102.505, "06:00", "straw", None),
            seen(102.10, "06:40", "straw", None),
        ],
    );
    let kept = [seen(102.10, "06:00", "unknown", None), seen(102.20, "06:00", "solar", None)];
    scanned(&folder.path().join("none"), &kept);
    let cells = "status,lon,lat\naccepted,102.505,36.5\naccepted,102.3,36.5\nproposed,102.1,36.5\n";
    std::fs::write(folder.path().join("static.csv"), cells).expect("written");
    let mut command = std::process::Command::new(python);
    command.current_dir(folder.path()).arg(project().join("tests/tools/week_skill.py"));
    let scans = ["none=none", "all=all", "--static", "static.csv", "--unmapped", "none"];
    command.args(["truth.json", "c.geojson"]).args(scans);
    let done = command.output().expect("runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let table = String::from_utf8_lossy(&done.stdout);
    for row in [
        // Wilson by the formula of his paper, z 1.96: 2 of 5, 1 of 3, 1 of 1.
        "| all | 5 | 2 | 0.40 (0.12-0.77) | 3 | 1 | 0.33 (0.06-0.79) | 1 | 0 | 1 | 0 | 0 | 1 |",
        "| none | 1 | 1 | 1.00 (0.21-1.00) | 3 | 1 | 0.33 (0.06-0.79) | 0 | 0 | 0 | 0 | 0 | 0 |",
        "4 straw fires burned in the counties; 1 of them could not be seen: no look, or cloud.",
        "| rules | class solar | class vegetation | not detected | static_source |",
        "| none | 1 | 0 | 1 | 0 |",
        "| all | 0 | 1 | 0 | 1 |",
        "| all | 1 | 0 | 1 | 0 |",
        "| 3 to 6 | 3 | 0.33 | 0.33 |",
        "| kiln | 1 | 0 | 0 | 0 | 0 | 0 |",
        "| all | 5 | 2, 0.40 (0.12-0.77) | 0 | 0, - |",
        "Static sources learned from 3 days before, all accepted: 2 cells; 1 of 1 works lie within 1 km of one, 1 cells lie at none.",
    ] {
        assert!(table.lines().any(|line| line == row), "{row}\n{table}");
    }
}
