//! Simulated products of Landsat and Sentinel-2 through the built program, against the simulator's truth.

use crate::common::{Ran, ran, simulator};
use std::path::{Path, PathBuf};

/// Six fires of 5 m2 and 1000 K: by ALGORITHMS 3.6 five times what a clear day needs, so that where a pixel's edge cuts one in four the
/// rest is still found.
const FIRES: [&str; 4] = ["--grid", "5x1000", "--repeats", "6"];

/// A product of some 30 km in the middle of the site, with its folder.
fn made(sensor: &str, more: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut words = vec![sensor, "--out", "."];
    if !more.contains(&"--time") {
        words.extend(["--time", "2025-10-20T03:50:00Z"]);
    }
    words.extend(FIRES);
    words.extend(more);
    let done = simulator(folder.path(), &words);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let product = std::fs::read_dir(folder.path()).expect("listed").flatten().map(|entry| entry.path());
    let product = product.into_iter().find(|path| path.is_dir()).expect("a product");
    (folder, product)
}

const LANDSAT: [&str; 6] = ["--lines", "900", "--columns", "900", "--cloud", "0.1"];
const SENTINEL: [&str; 4] = ["--size", "1800", "--cloud", "0"];

fn scanned(product: &Path, options: &[&str]) -> Ran {
    let product = product.display().to_string();
    let mut words = vec!["scan"];
    words.extend(options);
    words.push(&product);
    ran(&words)
}

/// Places of the truth.
fn truth(folder: &Path) -> Vec<[f64; 2]> {
    let text = std::fs::read_to_string(folder.join("truth.csv")).expect("a truth");
    let rows = text.lines().skip(1).map(|row| row.split(',').map(str::to_string).collect::<Vec<_>>());
    rows.map(|row| [row[1].parse().expect("a longitude"), row[2].parse().expect("a latitude")]).collect()
}

/// Metres from each true fire to the nearest that was found.
fn apart(ran: &Ran, truth: &[[f64; 2]]) -> Vec<f64> {
    let found = ran.features("fires.geojson");
    let metres = |at: &[f64; 2], lon: f64, lat: f64| {
        ((lon - at[0]) * 111_320.0 * at[1].to_radians().cos()).hypot((lat - at[1]) * 111_132.0)
    };
    let near = |at: &[f64; 2]| {
        let of = found.iter().map(|fire| {
            let [lon, lat] = [0, 1].map(|i| fire["geometry"]["coordinates"][i].as_f64().expect("a number"));
            metres(at, lon, lat)
        });
        of.fold(f64::INFINITY, f64::min)
    };
    truth.iter().map(near).collect()
}

/// Every fire that was put in is found within a pixel, and nothing else; all that is written says that it is simulated.
fn finds_what_was_put_in(sensor: &str, more: &[&str], pixel_m: f64, satellite: &str) {
    let (folder, product) = made(sensor, more);
    let done = scanned(&product, &[]);
    done.expect(0, &[]);
    let truth = truth(folder.path());
    let apart = apart(&done, &truth);
    println!("{sensor}: {apart:.0?} m");
    assert!(apart.iter().all(|metres| *metres < pixel_m), "{apart:?}");
    let fires = done.features("fires.geojson");
    assert_eq!(fires.len(), truth.len());
    for fire in fires {
        let properties = &fire["properties"];
        assert_eq!((&properties["simulated"], &properties["satellite"]), (&true.into(), &satellite.into()));
    }
    assert!(done.list.contains("SIMULATED"), "{}", done.list);
    let chips = std::fs::read_dir(done.out.join("chips")).expect("pictures").flatten().map(|entry| entry.path());
    let chips: Vec<PathBuf> = chips.collect();
    assert_eq!(chips.len(), done.features("events.geojson").len());
    lists_come_first(&done, &chips);
}

/// Pictures that fill the disk must not cost the lists: they are written when those are there, and told in the account.
fn lists_come_first(done: &Ran, chips: &[PathBuf]) {
    let written = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).expect("a time");
    let first = chips.iter().map(|path| written(path)).min().expect("a picture");
    for list in ["fires.geojson", "events.geojson", "hotspots.csv", "hotspots.xlsx", "coverage.csv", "quicklook.png"] {
        assert!(written(&done.out.join(list)) <= first, "{list}");
    }
    let account = done.json("scan.json");
    let told = account["files"].as_array().expect("a list").iter().filter_map(|file| file.as_str());
    assert_eq!(told.filter(|file| file.contains("chips/")).count(), chips.len());
}

#[test]
fn landsat_finds_what_was_put_in() {
    finds_what_was_put_in("landsat", &LANDSAT, 30.0, "Landsat-9");
}

#[test]
fn sentinel_2_finds_what_was_put_in_with_either_offset() {
    finds_what_was_put_in("sentinel2", &SENTINEL, 20.0, "Sentinel-2B");
    let old: Vec<&str> = SENTINEL.into_iter().chain(["--baseline", "02.06"]).collect();
    finds_what_was_put_in("sentinel2", &old, 20.0, "Sentinel-2B");
}

/// The same product in a tar gives the same fires.
#[test]
fn a_tar_is_the_product() {
    let (folder, product) = made("landsat", &LANDSAT);
    let name = product.file_name().expect("a name").to_string_lossy().into_owned();
    let tar = folder.path().join(format!("{name}.tar"));
    let packed = std::process::Command::new("tar").arg("-cf").arg(&tar).arg("-C").arg(&product).arg(".").status();
    assert!(packed.expect("tar runs").success());
    let [plain, tarred] = [&product, &tar].map(|input| scanned(input, &[]));
    let read = |ran: &Ran| std::fs::read(ran.out.join("fires.geojson")).expect("there");
    assert_eq!(read(&plain), read(&tarred));
}

/// A block of the 2.2 um band that cannot be decoded is missing, not without fire; the rest is searched.
#[test]
fn a_damaged_block_is_missing_and_told() {
    let (_folder, product) = made("landsat", &LANDSAT);
    let band = std::fs::read_dir(&product).expect("listed").flatten().map(|entry| entry.path());
    let band = band.into_iter().find(|path| path.to_string_lossy().ends_with("_B7.TIF")).expect("a band");
    let whole = scanned(&product, &[]);
    let mut bytes = std::fs::read(&band).expect("read");
    let (from, to) = (bytes.len() / 2, bytes.len() / 2 + 4000);
    bytes[from..to].fill(0x55);
    std::fs::write(&band, bytes).expect("written");
    let hurt = scanned(&product, &[]);
    hurt.expect(3, &["_B7.TIF"]);
    let missing = |ran: &Ran| ran.json("scan.json")["granules"][0]["pixels"]["missing"].as_u64().expect("a count");
    assert!(missing(&hurt) > missing(&whole), "{} {}", missing(&hurt), missing(&whole));
    assert!(hurt.features("fires.geojson").len() <= whole.features("fires.geojson").len());
}

/// What the last clear look found too is a roof: with a past, the same places a week later are dropped with the reason; a stronger fire is not.
#[test]
fn what_burned_before_is_a_roof() {
    let site = tempfile::tempdir().expect("a folder");
    let copied = std::process::Command::new("cp")
        .arg("-rT")
        .arg(crate::common::project().join("sites/haidong"))
        .arg(site.path())
        .status();
    assert!(copied.expect("cp runs").success());
    let toml = site.path().join("site.toml");
    let text = std::fs::read_to_string(&toml).expect("a site");
    std::fs::write(&toml, format!("{text}\n[baseline]\ndir = \"past\"\n")).expect("written");
    let at = |time: &str, fires: &[&str]| {
        let folder = tempfile::tempdir().expect("a folder");
        let mut words =
            vec!["landsat", "--out", ".", "--time", time, "--lines", "600", "--columns", "600", "--cloud", "0"];
        words.extend(fires);
        assert!(simulator(folder.path(), &words).status.success());
        let product = std::fs::read_dir(folder.path()).expect("listed").flatten().map(|entry| entry.path());
        let product = product.into_iter().find(|path| path.is_dir()).expect("a product").display().to_string();
        let done = ran(&["scan", "--site", &site.path().display().to_string(), "--all", &product]);
        done.expect(0, &[]);
        let fires = done.features("fires.geojson");
        fires.iter().map(|fire| fire["properties"]["reason"].as_str().map(str::to_string)).collect::<Vec<_>>()
    };
    let roof = ["--fire", "102.4,36.48,1000,6"];
    assert_eq!(at("2025-10-04T03:50:00Z", &roof), [None]);
    assert_eq!(at("2025-10-20T03:50:00Z", &roof), [Some("static_bright".to_string())]);
    assert_eq!(at("2025-11-05T03:50:00Z", &["--fire", "102.4,36.48,1000,30"]), [None]);
}

/// The sun stands 52 degrees below the horizon of the site.
const NIGHT: &str = "2025-10-20T14:50:00Z";

/// By night a fire is what shines at 2.2 um.
#[test]
fn landsat_finds_by_night_what_was_put_in() {
    let (folder, product) =
        made("landsat", &["--lines", "700", "--columns", "700", "--cloud", "0", "--night", "--time", NIGHT]);
    let done = scanned(&product, &[]);
    done.expect(0, &[]);
    let apart = apart(&done, &truth(folder.path()));
    assert!(apart.iter().all(|metres| *metres < 30.0), "{apart:?}");
    let fires = done.features("fires.geojson");
    assert_eq!(fires.len(), apart.len());
    assert!(fires.iter().all(|fire| fire["properties"]["daynight"] == "N"));
}

/// By day with the sun of a night the rule of the night would be asked: refused, by the metadata of a product too.
#[test]
fn a_day_with_the_sun_of_a_night_is_refused() {
    let size = ["--lines", "300", "--columns", "300", "--cloud", "0", "--night", "--sun-elevation", "-30"];
    let (_folder, product) = made("landsat", &size);
    let done = scanned(&product, &[]);
    done.expect(4, &["-30.00 degrees above the horizon", "the almanac"]);
}

/// With a store each event's piece of imagery is kept where desk and evidence look for it.
#[test]
fn a_store_keeps_the_pictures_of_events() {
    let (folder, product) = made("landsat", &["--lines", "600", "--columns", "600", "--cloud", "0"]);
    let site = folder.path().join("site");
    let copied = std::process::Command::new("cp")
        .arg("-rT")
        .arg(crate::common::project().join("sites/haidong"))
        .arg(&site)
        .status();
    assert!(copied.expect("cp runs").success());
    let toml = site.join("site.toml");
    let text = std::fs::read_to_string(&toml).expect("a site");
    let store = folder.path().join("strawfire.db");
    std::fs::write(&toml, format!("{text}\n[store]\nurl = \"sqlite://{}\"\n", store.display())).expect("written");
    let done = ran(&["scan", "--site", &site.display().to_string(), &product.display().to_string()]);
    done.expect(0, &[]);
    let pattern = format!("{}/station/evidence/imagery/*/*.png", folder.path().display());
    let kept = glob::glob(&pattern).expect("a pattern").flatten().count();
    assert_eq!((kept, done.features("events.geojson").len()), (6, 6));
    let left = std::fs::read_dir(folder.path().join("station/evidence")).expect("listed").flatten().count();
    assert_eq!(left, 1, "nothing but the folder of pieces");
}
