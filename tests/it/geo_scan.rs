//! The geostationary imagers beside Himawari and GOES through the built program: FY-4A, FY-4B at both of its places and
//! GK-2A, by day and by night, against the simulator's truth; and their readers against Satpy, an independent reader.

use crate::common::{FIRES, Ran, python_with};
use crate::swath_common::{linked, made, truth, well};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use strawfire::ingest::geometry::fixed_grid;
use strawfire::ingest::{self, Extent, granule};
use strawfire::place::LonLat;
use strawfire::scene::{BandRole, Look, Scene};

/// A simulated satellite: folder, arguments, and what the list calls it.
#[derive(Clone, Copy)]
pub struct Imager {
    name: &'static str,
    words: &'static [&'static str],
    satellite: &'static str,
    tir_band: &'static str,
}

pub const FY4A: Imager =
    Imager { name: "fy4a", words: &["agri", "--satellite", "fy4a"], satellite: "FY-4A", tir_band: "C12" };
pub const FY4B: Imager =
    Imager { name: "fy4b", words: &["agri", "--satellite", "fy4b"], satellite: "FY-4B", tir_band: "C13" };
const FY4B_133: Imager = Imager {
    name: "fy4b-133",
    words: &["agri", "--satellite", "fy4b", "--sub-lon", "133", "--sector", "DISK"],
    ..FY4B
};
pub const GK2A: Imager = Imager { name: "gk2a", words: &["ami"], satellite: "GK-2A", tir_band: "IR112" };
const NIGHT: &str = "2025-10-20T18:30:00Z";

impl Imager {
    fn sensor(&self) -> &'static str {
        if self.words[0] == "ami" { "AMI" } else { "AGRI" }
    }

    /// A slot with the two fires of 200 MW under a clear sky.
    pub fn slot(&self, night: bool) -> PathBuf {
        let fires: Vec<String> = FIRES.iter().map(|(lon, lat, _)| format!("--fire={lon},{lat},800,8611")).collect();
        let mut words = [self.words, &["--cloud", "0"]].concat();
        words.extend(fires.iter().map(String::as_str));
        if night {
            words.extend(["--time", NIGHT]);
        }
        made(&format!("{}-{}", self.name, if night { "night" } else { "day" }), &words).expect("simulated")
    }
}

/// Every fire has a pixel within one of its place, in its county, with its power within a factor of two and a half (the
/// linear law at 800 K, the air and the brightest pixels alone); no pixel is further than two from all fires.
fn check_against_truth(done: &Ran, places: &[(f64, f64)], imager: &Imager) {
    let fires = done.features("fires.geojson");
    let distance = |fire: &Value, (line, column): (f64, f64)| {
        let number = |key: &str| fire["properties"][key].as_f64().expect("a number");
        (number("line") - line).abs().max((number("column") - column).abs())
    };
    for (at, (.., county)) in places.iter().zip(FIRES) {
        let found: Vec<&Value> = fires.iter().filter(|fire| distance(fire, *at) <= 1.0).collect();
        assert!(!found.is_empty(), "{}: nothing at {at:?}: {}", imager.name, done.list);
        assert!(found.iter().all(|fire| fire["properties"]["county"] == county), "{found:?}");
        let power: f64 = found.iter().filter_map(|fire| fire["properties"]["frp_mw"].as_f64()).sum();
        assert!((80.0..300.0).contains(&power), "{}: {power} MW of 200", imager.name);
    }
    for fire in &fires {
        let p = &fire["properties"];
        assert!(places.iter().any(|at| distance(fire, *at) <= 2.0), "a false alarm: {fire}");
        let named = (p["satellite"].as_str(), p["sensor"].as_str(), p["tir_band"].as_str());
        assert_eq!(named, (Some(imager.satellite), Some(imager.sensor()), Some(imager.tir_band)));
        assert_eq!((&p["simulated"], &p["verdict"]), (&true.into(), &"kept".into()));
    }
}

fn places(folder: &Path) -> Vec<(f64, f64)> {
    let number = |fire: &Value, key: &str| fire[key].as_f64().expect("a number");
    let truth = truth(folder);
    let fires = truth["fires"].as_array().expect("fires").iter();
    fires.map(|fire| (number(fire, "line"), number(fire, "column"))).collect()
}

#[test]
fn fires_are_found_by_day_and_by_night_in_their_counties() {
    for imager in [FY4A, FY4B, FY4B_133, GK2A] {
        for night in [false, true] {
            let folder = imager.slot(night);
            let done = well(&folder, &[]);
            check_against_truth(&done, &places(&folder), &imager);
            let report = done.json("scan.json");
            let granules = report["granules"].as_array().expect("granules");
            assert_eq!(granules.len(), 1, "{granules:?}");
            for county in granules[0]["counties"].as_array().expect("counties") {
                assert!(county["observed_fraction"].as_f64().expect("a share") > 0.9, "{county}");
            }
            assert!(done.list.contains("模拟数据"), "{}", done.list);
        }
    }
}

/// A 4 km pixel is four of 2 km: pixel (L, C) is lines 2L and 2L + 1, columns 2C and 2C + 1.
#[test]
fn the_4_km_file_alone_is_read_at_4_km() {
    for imager in [FY4A, FY4B] {
        let folder = imager.slot(true);
        let coarse = linked(&folder, |name| name.contains("4000M"));
        let done = well(coarse.path(), &[]);
        let quarter: Vec<(f64, f64)> =
            places(&folder).iter().map(|(line, column)| ((line - 0.5) / 2.0, (column - 0.5) / 2.0)).collect();
        check_against_truth(&done, &quarter, &imager);
    }
}

/// Files that come by satellite broadcast carry a prefix; the China and the disk scan of one time are two looks.
#[test]
fn broadcast_names_and_sectors_are_understood() {
    let (china, disk) = (FY4B.slot(true), FY4B_133.slot(true));
    let folder = linked(&china, |name| name.ends_with(".HDF"));
    for path in crate::swath_common::files(&china).iter().filter(|path| path.extension().is_some_and(|e| e == "HDF")) {
        let name = crate::swath_common::name_of(path);
        std::fs::rename(
            folder.path().join(&name),
            folder.path().join(format!("Z_SATE_C_BAWX_20251020183500_P_{name}")),
        )
        .expect("renamed");
    }
    crate::swath_common::link_into(folder.path(), &disk, &|name: &str| name.ends_with(".HDF"));
    let done = well(folder.path(), &[]);
    let report = done.json("scan.json");
    let names: Vec<&str> =
        report["granules"].as_array().expect("granules").iter().filter_map(|g| g["granule"].as_str()).collect();
    assert_eq!(names, ["AGRI-L1_FY4B_DISK_1330E_20251020183000", "AGRI-L1_FY4B_REGC_1050E_20251020183000"]);
}

pub fn scene(folder: &Path, extent: &Extent) -> Scene {
    let (granules, errors) = granule::collect(&[folder.to_path_buf()]);
    assert!(errors.is_empty() && granules.len() == 1, "{errors:?}");
    let reading = ingest::read(&granules[0], extent).expect("readable");
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    reading.look.and_then(Look::fixed).expect("a scene")
}

/// ALGORITHMS 8.2 (columns and lines of AGRI counted from 0); the height in the files is some 140 m off its 42164 km.
#[test]
fn haidong_is_where_the_published_numbers_put_it() {
    let place = LonLat::new(102.1, 36.5).expect("on earth");
    for (imager, column, line) in [(FY4A, 2635.003, 931.017), (FY4B, 2622.038, 931.088), (FY4B_133, 1500.360, 969.843)]
    {
        let (c, l) = fixed_grid::to_grid(&scene(&imager.slot(true), &Extent::Full).grid, place).expect("visible");
        assert!((c - column).abs() < 0.01 && (l - line).abs() < 0.01, "{}: {c} {l}", imager.name);
    }
}

/// The channels of the sun are there by day, and the window band of the 4 km file lies over its four pixels of 2 km.
#[test]
fn bands_of_both_resolutions_lie_on_one_grid() {
    let folder = FY4B.slot(false);
    let both = scene(&folder, &Extent::Full);
    let coarse = linked(&folder, |name| name.contains("4000M"));
    let coarse = scene(coarse.path(), &Extent::Full);
    for role in [BandRole::Red, BandRole::Nir, BandRole::Swir16, BandRole::Swir22] {
        let mean = |scene: &Scene| scene.bands[&role].values.mean().expect("values");
        assert!((0.02..0.5).contains(&mean(&both)) && (mean(&both) - mean(&coarse)).abs() < 0.01, "{role:?}");
    }
    let (fine, four) = (&both.bands[&BandRole::Tir11].values, &coarse.bands[&BandRole::Tir11].values);
    let corner = |scene: &Scene| (scene.window.line0, scene.window.column0);
    assert_eq!(corner(&both), (2 * corner(&coarse).0, 2 * corner(&coarse).1));
    for ((line, column), value) in fine.indexed_iter() {
        assert!(*value == four[(line / 2, column / 2)], "{line} {column}");
    }
}

/// Arguments: reader, file, bands. Prints full-grid line and column, the values, longitude and latitude of some pixels.
const SCRIPT: &str = r#"
import sys, warnings
warnings.filterwarnings("ignore")
import h5py
from satpy import DataQuery, Scene
reader, files, names, first, size, step = sys.argv[1], sys.argv[2].split("|"), sys.argv[3].split(","), None, None, 7
kwargs = {"reader_kwargs": {"calib_mode": "file"}} if reader == "ami_l1b" else {}
s = Scene(filenames=files, reader=reader, **kwargs)
s.load(names)
if reader == "ami_l1b":
    first, lines, columns = (0, 0), (820, 1150), (1500, 1850)
else:
    a = h5py.File(files[0]).attrs
    first = (int(a["Begin Line Number"][0]), int(a["Begin Pixel Number"][0]))
    lines, columns = (0, s[names[0]].shape[0]), (0, s[names[0]].shape[1])
window = slice(*lines), slice(*columns)
values = [s[n][window].values for n in names]
lons, lats = s[names[0]].attrs["area"][window].get_lonlats()
for i in range(3, lines[1] - lines[0], step):
    for j in range(5, columns[1] - columns[0], step):
        line, column = i + lines[0], j + columns[0]
        print(line + first[0], column + first[1], *(v[i, j] for v in values), lons[i, j], lats[i, j])
"#;

/// Bands with Satpy's name and how far they may be apart: kelvin, or reflectance.
type Expected = [(BandRole, &'static str, f64)];

fn agrees(reader: &str, files: &[PathBuf], scene: &Scene, bands: &Expected) {
    let Some(python) = python_with("satpy, h5py, netCDF4, pyspectral") else { return };
    let names: Vec<&str> = bands.iter().map(|(_, name, _)| *name).collect();
    let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let output = Command::new(python)
        .args(["-c", SCRIPT, reader, &files.join("|"), &names.join(",")])
        .output()
        .expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let mut compared = 0;
    for row in text.lines() {
        let n: Vec<f64> = row.split_whitespace().map(|n| n.parse().expect("a number")).collect();
        let (line, column) = (n[0] as usize, n[1] as usize);
        let at = (line.wrapping_sub(scene.window.line0), column.wrapping_sub(scene.window.column0));
        for ((role, name, tolerance), theirs) in bands.iter().zip(&n[2..]) {
            let ours = f64::from(scene.bands[role].values.get(at).copied().unwrap_or(f32::NAN));
            let theirs = if role.is_thermal() { *theirs } else { theirs / 100.0 };
            assert!(ours.is_nan() == theirs.is_nan(), "{name} {line} {column}: {ours} and Satpy {theirs}");
            assert!(ours.is_nan() || (ours - theirs).abs() < *tolerance, "{name} {line} {column}: {ours} and {theirs}");
            compared += usize::from(!ours.is_nan());
        }
        let place = fixed_grid::to_lonlat(&scene.grid, n[1], n[0]).expect("on earth");
        let off = (place.lon() - n[n.len() - 2]).abs().max((place.lat() - n[n.len() - 1]).abs());
        // a thousandth of a degree is a twentieth of a pixel
        assert!(off < 1e-3, "{line} {column}: {place:?} and Satpy {row}");
    }
    assert!(compared > 300, "only {compared} values");
}

#[test]
fn agri_values_and_places_agree_with_satpy() {
    for (imager, reader, windows) in [
        (FY4A, "agri_fy4a_l1", ["C12", "C13"]),
        (FY4B, "agri_fy4b_l1", ["C13", "C14"]),
        (FY4B_133, "agri_fy4b_l1", ["C13", "C14"]),
    ] {
        let folder = imager.slot(false);
        let files = crate::swath_common::files(&folder);
        let of = |part: &str| files.iter().find(|path| path.to_string_lossy().contains(part)).expect(part).clone();
        let sunlit = [(BandRole::Red, "C02", 1e-4), (BandRole::Nir, "C03", 1e-4), (BandRole::Swir16, "C05", 1e-4)];
        let fine: Vec<_> = [(BandRole::Mir, "C07", 1e-3)].into_iter().chain(sunlit).collect();
        agrees(reader, &[of("2000M")], &scene(&folder, &Extent::Full), &fine);
        let thermal = [(BandRole::Tir11, windows[0], 1e-3), (BandRole::Tir12, windows[1], 1e-3)];
        let coarse: Vec<_> = fine.into_iter().chain(thermal).collect();
        let alone = linked(&folder, |name| name.contains("4000M"));
        agrees(reader, &[of("4000M")], &scene(alone.path(), &Extent::Full), &coarse);
    }
}

/// Satpy takes its own rounded wavelengths for wavenumbers: right for IR105, some tenths of a kelvin off for the others.
#[test]
fn ami_values_and_places_agree_with_satpy() {
    let folder = GK2A.slot(false);
    let all = crate::swath_common::files(&folder);
    let files: Vec<PathBuf> = all
        .into_iter()
        .filter(|path| ["sw038", "ir112", "ir123", "nr016"].iter().any(|band| path.to_string_lossy().contains(band)))
        .collect();
    let bands = [
        (BandRole::Mir, "SW038", 0.5),
        (BandRole::Tir11, "IR112", 0.9),
        (BandRole::Tir12, "IR123", 0.9),
        (BandRole::Swir16, "NR016", 1e-4),
    ];
    agrees("ami_l1b", &files, &scene(&folder, &Extent::Full), &bands);
    let windowless = linked(&folder, |name| !name.contains("ir112"));
    let ir105 = [(BandRole::Tir10, "IR105", 0.02)];
    let file: Vec<PathBuf> = crate::swath_common::files(windowless.path());
    let file: Vec<PathBuf> = file.into_iter().filter(|path| path.to_string_lossy().contains("ir105")).collect();
    agrees("ami_l1b", &file, &scene(windowless.path(), &Extent::Full), &ir105);
}
