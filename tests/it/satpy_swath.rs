//! The simulated granules of polar orbiters against Satpy, an independent reader: even ground must read its temperature
//! and reflectance everywhere, a fire must be the hottest pixel where the truth says it is, and that pixel must lie there.

use crate::common;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// Arguments: reader, glob, bands (thermal first; SLSTR with view and stripe), resolution or 0. Prints for every band its
/// name and range (reflectances divided by the cosine of the Sun if the files keep it), then for every look of the truth
/// at its fire what the first band reads there and where Satpy says that is.
const SCRIPT: &str = r#"
import glob, json, os, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np
from satpy import DataQuery, Scene
reader, pattern, names, resolution = sys.argv[1], sys.argv[2], sys.argv[3].split(","), int(sys.argv[4])
files = sorted(glob.glob(pattern))
s = Scene(filenames=files, reader=reader)
extra = {"resolution": resolution} if resolution else {}
def query(name):
    if reader != "slstr_l1b":
        return name
    return DataQuery(name=name, view="nadir", stripe="f" if name[0] == "F" else "i", calibration="brightness_temperature")
s.load([query(n) for n in names], **extra)
cos = None
if resolution:
    s.load(["solar_zenith_angle"], **extra)
    cos = np.cos(np.radians(s["solar_zenith_angle"].values))
for n in names:
    data = s[query(n)]
    v = data.values
    if data.attrs["units"] == "%" and cos is not None:
        v = v / cos
    print("band", n, data.attrs["units"], np.nanmin(v), np.nanmedian(v), np.nanmax(v), np.isnan(v).mean())
first = s[query(names[0])]
lons, lats = (np.asarray(x) for x in first.attrs["area"].get_lonlats())
folder = os.path.dirname(files[0])
truth = os.path.join(folder, "truth.json")
truth = json.load(open(truth if os.path.exists(truth) else os.path.join(folder, "..", "truth.json")))
line, column = ("m_line", "m_column") if names[0][0] == "M" else ("line", "column")
for fire in truth["fires"]:
    for look in fire["looks"]:
        l, c = round(look[line]), round(look[column])
        print("fire", first.values[l, c], lons[l, c] - fire["lon"], lats[l, c] - fire["lat"])
"#;

/// What a scene of a sensor must read.
struct Expected {
    reader: &'static str,
    pattern: &'static str,
    bands: &'static str,
    resolution: &'static str,
    /// Share of pixels without a value, at most.
    missing: f64,
}

fn simulated(folder: &Path, command: &str, words: &[&str]) {
    let fire = ["--even", "290", "--no-noise", "--fire", "102.4,36.3,800,300"];
    let out = folder.to_string_lossy().into_owned();
    let output = common::simulator(folder, &[&[command, "--out", &out], words, &fire].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn agrees(python: &OsString, folder: &Path, expected: &Expected) {
    let pattern = folder.join(expected.pattern);
    let output = Command::new(python)
        .args(["-c", SCRIPT, expected.reader])
        .arg(pattern)
        .args([expected.bands, expected.resolution])
        .output()
        .expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let rows: Vec<Vec<&str>> = text.lines().map(|l| l.split_whitespace().collect()).collect();
    let number = |word: &str| word.parse::<f64>().expect("a number");
    let mut hottest = f64::NAN;
    for row in rows.iter().filter(|row| row[0] == "band") {
        let [low, middle, high, missing] = [3, 4, 5, 6].map(|i| number(row[i]));
        if row[2] == "K" {
            assert!((low - 290.0).abs() < 0.1 && (middle - 290.0).abs() < 0.1, "{row:?}");
        } else {
            assert!((middle - 20.0).abs() < 0.05, "{row:?}");
        }
        assert!(missing <= expected.missing, "{row:?}");
        hottest = if hottest.is_nan() { high } else { hottest };
    }
    let fires: Vec<_> = rows.iter().filter(|row| row[0] == "fire").collect();
    assert!(!fires.is_empty(), "no look at the fire: {text}");
    for row in fires {
        assert!(number(row[1]) > 295.0 && (number(row[1]) - hottest).abs() < 12.0, "{row:?}, hottest {hottest}");
        // Half a pixel of 1 km is 0.0056 degrees of longitude and 0.0045 of latitude here.
        assert!(number(row[2]).abs() < 0.008 && number(row[3]).abs() < 0.007, "{row:?}");
    }
}

#[test]
fn viirs_l1b() {
    let Some(python) = common::python_with("satpy, netCDF4") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    simulated(folder.path(), "viirs", &["--lines", "320"]);
    let (reader, missing) = ("viirs_l1b", 0.13);
    let imagery = Expected { reader, pattern: "*IMG*.nc", bands: "I04,I05,I01,I02,I03", resolution: "371", missing };
    agrees(&python, folder.path(), &imagery);
    let moderate =
        Expected { reader, pattern: "*MOD*.nc", bands: "M13,M15,M16,M05,M07,M11", resolution: "742", missing };
    agrees(&python, folder.path(), &moderate);
}

/// 50 scans are two granules of the SDR, each with its factors, the second filled up with codes.
#[test]
fn viirs_sdr() {
    let Some(python) = common::python_with("satpy, h5py") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    simulated(folder.path(), "viirs", &["--format", "sdr", "--bands", "mod", "--lines", "1600"]);
    let bands = "M13,M15,M16,M05,M07,M11";
    let expected = Expected { reader: "viirs_sdr", pattern: "*.h5", bands, resolution: "0", missing: 0.13 };
    agrees(&python, folder.path(), &expected);
}

#[test]
fn modis_transcribed_to_hdf4() {
    let Some(python) = common::python_with("satpy, pyhdf, h5py") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    simulated(folder.path(), "modis", &["--lines", "100", "--satellite", "terra", "--descending"]);
    let twins = std::fs::read_dir(folder.path()).expect("listed").filter_map(|e| e.ok().map(|e| e.path()));
    let twins: Vec<_> = twins.filter(|p| p.extension().is_some_and(|e| e == "h5")).collect();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/to_hdf4.py");
    let output = Command::new(&python).arg(script).args(&twins).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bands = "22,20,21,23,31,32,1,2,3,4,5,6,7";
    let expected = Expected { reader: "modis_l1b", pattern: "M*.hdf", bands, resolution: "1000", missing: 0.001 };
    agrees(&python, folder.path(), &expected);
    for twin in twins {
        let swath = gdal::Dataset::open(twin.with_extension("hdf")).expect("GDAL opens it");
        let names = gdal::Metadata::metadata_domain(&swath, "SUBDATASETS").expect("subdatasets");
        assert!(names.iter().any(|n| n.contains("EOS_SWATH") && n.contains("MODIS_S")), "{names:?}");
    }
}

#[test]
fn mersi2() {
    let Some(python) = common::python_with("satpy, h5py, pyspectral") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    simulated(folder.path(), "mersi2", &["--lines", "100"]);
    let bands = "21,20,24,25,1,2,3,4,6,7";
    let expected = Expected { reader: "mersi2_l1b", pattern: "*.HDF", bands, resolution: "1000", missing: 0.001 };
    agrees(&python, folder.path(), &expected);
}

#[test]
fn slstr() {
    let Some(python) = common::python_with("satpy, netCDF4") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    simulated(folder.path(), "slstr", &["--lines", "100", "--descending"]);
    let bands = "S7,S8,S9,F1";
    let expected = Expected { reader: "slstr_l1b", pattern: "*.SEN3/*.nc", bands, resolution: "0", missing: 0.07 };
    agrees(&python, folder.path(), &expected);
}
