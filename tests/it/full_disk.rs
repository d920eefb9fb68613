//! A disk that is full: what was known stays as it was, and the error says so.

use crate::common::{SmallDisk, project, ran, strawfire};
use std::path::Path;

const LIST: &str = "lon,lat,radius_m,status,note\n102.1,36.8,900,rejected,烧烤店\n";

/// A copy of the shipped site on the small disk, its list of sources edited by a person.
fn site(dir: &Path) {
    std::fs::create_dir_all(dir).expect("made");
    for name in ["counties.geojson", "dem.tif", "grid.geojson", "townships.csv"] {
        std::fs::copy(project().join("sites/haidong").join(name), dir.join(name)).expect("copied");
    }
    std::fs::copy(project().join("sites/haidong/site.toml"), dir.join("site.toml")).expect("copied");
    std::fs::write(dir.join("static_sources.csv"), LIST).expect("written");
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Four nights at one place: a static cell.
fn nights(path: &Path) {
    let mut text =
        "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,frp,daynight\n".to_string();
    for day in ["2025-01-01", "2025-01-20", "2025-02-10", "2025-03-03"] {
        text += &format!("36.3000,102.4000,320,0.4,0.4,{day},1800,N20,n,4.0,N\n");
    }
    std::fs::write(path, text).expect("written");
}

#[test]
fn a_full_disk_costs_no_list_no_grid_and_no_earlier_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    let Some(small) = SmallDisk::at(&disk, 8 << 20) else { return };
    let dir = disk.join("site");
    site(&dir);
    let file = folder.path().join("list.csv");
    nights(&file);
    let (site, list, out) = (dir.display().to_string(), file.display().to_string(), disk.join("out"));
    let import = ["import", "--site", &site, "--format", "firms", "--out", out.to_str().expect("a path"), &list];
    assert!(strawfire(folder.path(), &import).status.success());
    let before = (std::fs::read(dir.join("grid.geojson")).expect("grid"), names(&out), names(&dir));
    let events = std::fs::read(out.join("events.geojson")).expect("events");
    let own = project().join("sites/haidong/grid.geojson").display().to_string();
    small.fill();
    ran(&["static", "learn", "--site", &site, &list]).expect(5, &["static_sources.csv", "No space left"]);
    ran(&["site", "import-grid", "--site", &site, &own]).expect(5, &["grid.geojson", "No space left"]);
    let again = strawfire(folder.path(), &import);
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(again.status.code() == Some(5) && said.contains("No space left"), "{said}");
    let told = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(told.contains("未能写出") && !told.contains("written:"), "{told}");
    assert!(told.contains("共 4 处"), "the desk hears of the four fires all the same: {told}");
    assert_eq!(std::fs::read_to_string(dir.join("static_sources.csv")).expect("there"), LIST);
    assert!(std::fs::read(out.join("events.geojson")).expect("there") == events, "the earlier events are as they were");
    assert!(std::fs::read(dir.join("grid.geojson")).expect("grid") == before.0, "the grid is as it was");
    assert_eq!((names(&out), names(&dir)), (before.1, before.2), "nothing half");
}
