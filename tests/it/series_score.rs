//! The scores of a series of slots, from a truth and lists of a few pixels: every number below is counted by hand.

use crate::common::{project, python_with};
use serde_json::{Value, json};
use std::path::Path;

/// A pixel that no rule dropped, seen in one frame and confirmed, inside a county.
fn pixel(time: &str, line: i32, column: i32) -> Value {
    json!({ "properties": {
        "time": format!("2025-10-10T{time}:00Z"), "line": line, "column": column, "algorithm": "plateau",
        "reason": null, "confirmation": "confirmed", "adcode": "630202",
    }, "baseline": { "z": 3.0 } })
}

fn with(mut feature: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().expect("an object") {
        feature["properties"][key] = value.clone();
    }
    feature
}

fn write(path: &Path, document: &Value) {
    std::fs::write(path, document.to_string()).expect("written");
}

fn scan(folder: &Path, features: &[Value]) {
    std::fs::create_dir(folder).expect("a folder");
    write(&folder.join("fires.geojson"), &json!({ "features": features }));
    let slot = |time: &str, clear: u32, fire: u32| json!({ "time": format!("2025-10-10T{time}:00Z"), "pixels": { "clear": clear, "fire": fire } });
    let granules = [slot("14:20", 1000, 0), slot("17:10", 998, 2), slot("18:00", 1000, 0)];
    write(&folder.join("scan.json"), &json!({ "granules": granules }));
}

/// One fire of 8 MW in three slots, the last with 5 MW; 14:20 has 5 K of stray light.
fn truth() -> Value {
    let look = |time: &str, frp: f64| {
        let time = format!("2025-10-10T{time}:00Z");
        json!({ "time": time, "frp_mw": frp, "cloud_opacity": 0.0, "planned_gap": false })
    };
    json!({
        "start": "2025-10-10T00:00:00Z",
        "slots": [{ "time": "2025-10-10T14:20:00Z", "stray_light_k": 5.0 }],
        "fires": [{
            "start": "2025-10-10T17:00:00Z", "visible": true, "peak_mw": 8.0, "line": 100.2, "column": 200.4,
            "slots": [look("17:00", 8.0), look("17:10", 8.0), look("17:20", 5.0)],
        }],
        "kiln": { "line": 300.0, "column": 300.0 },
        "park": null,
    })
}

#[test]
fn pixels_and_events_are_counted_as_by_hand() {
    let Some(python) = python_with("json") else { return };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    write(&folder.path().join("truth.json"), &truth());
    let mut stray = with(pixel("14:20", 50, 50), json!({ "reason": "stray_light", "algorithm": "time-baseline" }));
    stray["baseline"]["z"] = json!(6.0);
    let found = [
        pixel("17:10", 101, 199),
        stray,
        // One event, for they touch within half an hour; the third comes 40 minutes later and is another.
        pixel("18:00", 150, 150),
        pixel("18:30", 151, 151),
        pixel("19:10", 150, 150),
        with(pixel("18:00", 10, 10), json!({ "reason": "outside_counties", "adcode": null })),
        with(pixel("18:00", 300, 301), json!({ "reason": "usual_heat" })),
    ];
    scan(&folder.path().join("scan"), &found);
    scan(&folder.path().join("alone"), &found[2..3]);
    let mut command = std::process::Command::new(python);
    command.current_dir(folder.path()).arg(project().join("tests/tools/series_skill.py"));
    let done = command.args(["truth.json", "scan", "0", "--alone", "alone"]).output().expect("runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let table = String::from_utf8_lossy(&done.stdout);
    for row in [
        "| night, 5 | 1 | 0.00 | 0.00 | 0.00 | 0.00 |",
        "| night, 8 | 2 | 0.50 | 0.00 | 0.50 | 0.50 |",
        "| night | 2 | 2000 | 4 | 0 | 4 | 4 | 2000.00 | 0.00 | 2000.00 | 2000.00 |",
        "| stray light | 1 | 1000 | 0 | 1 | 0 | 0 | 0.00 | 1000.00 | 0.00 | 0.00 |",
        "| kiln |  |  | 1 | 0 | 0 | 0 |  |  |  |  |",
        // Two events in one day and six counties.
        "| night | 2 | 2.00 | 0.333 |",
        "| stray_light | 1 | 0 | 0 | 0 |",
        "| usual_heat | 0 | 1 | 0 | 0 |",
        "| 8 | 1 of 1 | 10 | 10 |",
        "| night, 8 | 2 | 0.00 | 0.50 |",
        "| other pixels, night |  | 1 | 4 |",
    ] {
        assert!(table.lines().any(|line| line == row), "{row}\n{table}");
    }
}
