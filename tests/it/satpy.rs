//! The Himawari reader against Satpy, an independent reader: values and places, pixel by pixel.

use crate::common;
use std::process::Command;
use strawfire::ingest::geometry::fixed_grid;
use strawfire::ingest::{self, Extent, granule};
use strawfire::scene::BandRole;

/// Prints line, column, kelvin of B07 and B14, longitude and latitude of every 53rd pixel; Satpy fills the segments that
/// are not there with nothing.
const SCRIPT: &str = r#"
import glob, sys, warnings
warnings.filterwarnings("ignore")
from satpy import Scene
s = Scene(filenames=sorted(glob.glob(sys.argv[1] + "/*B07*") + glob.glob(sys.argv[1] + "/*B14*")), reader="ahi_hsd")
s.load(["B07", "B14"])
mir, tir = s["B07"].compute().values, s["B14"].compute().values
lons, lats = s["B07"].attrs["area"].get_lonlats()
print(mir.shape[0], mir.shape[1])
for line in range(3, mir.shape[0], 53):
    for column in range(7, mir.shape[1], 53):
        if mir[line, column] == mir[line, column]:
            print(line, column, mir[line, column], tir[line, column], lons[line, column], lats[line, column])
"#;

/// Satpy takes the header's earth (6378.137 x 6356.7523 km) and so do we: 1e-4 degrees is ten metres.
#[test]
fn values_and_places_agree_with_satpy() {
    let Some(python) = common::python_with("satpy") else { return };
    let output = Command::new(python).args(["-c", SCRIPT]).arg(common::slot()).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let mut rows = text.lines();
    assert_eq!(rows.next(), Some("5500 5500"));
    let (granules, _) = granule::collect(&[common::slot().to_path_buf()]);
    let scene = ingest::read(&granules[0], &Extent::Full)
        .expect("readable")
        .look
        .and_then(strawfire::scene::Look::fixed)
        .expect("a scene");
    let mut compared = 0;
    for row in rows {
        let n: Vec<f64> = row.split_whitespace().map(|n| n.parse().expect("a number")).collect();
        let (line, column) = (n[0] as usize, n[1] as usize);
        for (role, theirs) in [(BandRole::Mir, n[2]), (BandRole::Tir11, n[3])] {
            let ours = f64::from(scene.bands[&role].values[(line, column)]);
            assert!((ours - theirs).abs() < 0.01, "{role:?} {line} {column}: {ours} and Satpy {theirs}");
        }
        let place = fixed_grid::to_lonlat(&scene.grid, n[1], n[0]).expect("on earth");
        let off = (place.lon() - n[4]).abs().max((place.lat() - n[5]).abs());
        assert!(off < 1e-4, "{line} {column}: {place:?} and Satpy {} {}", n[4], n[5]);
        compared += 1;
    }
    assert!(compared > 500, "only {compared} pixels");
}
