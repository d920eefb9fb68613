//! Lists of other people against tools of other people: which of their points lie in which county.

#![allow(clippy::expect_used, reason = "a helper of a test fails as a test does")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use strawfire::fire::{FirePixel, Verdict};
use strawfire::ingest::feeds::{self, Format};
use strawfire::layers::area_index::AreaIndex;
use strawfire::site::Site;

const SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong");

/// A file of the shared data; says so and gives nothing where there is none.
fn shared(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("STRAWFIRE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let file = folder.join(name);
    if !file.exists() {
        eprintln!("skipped: no shared data ({name})");
        return None;
    }
    Some(file)
}

/// Fires of a list with their counties, as an import does it.
fn imported(format: Format, list: &Path) -> Vec<FirePixel> {
    let site = Site::load(SITE).expect("the shipped site loads");
    let index = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
    let feed = feeds::read(format, list).expect("the list reads");
    assert!(feed.rejected.is_empty(), "{:?}", feed.rejected);
    let mut pixels = feed.pixels;
    for pixel in &mut pixels {
        let county = index.find(pixel.place).map(|at| &site.counties[at].name);
        strawfire::screen::inside_counties(pixel, county);
    }
    pixels
}

/// `latitude,longitude` of the kept fires by county code.
fn ours(list: &Path) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pixel in imported(Format::Firms, list).iter().filter(|pixel| pixel.verdict == Verdict::Kept) {
        let county = pixel.county.as_ref().expect("a kept fire has a county");
        let place = format!("{},{}", pixel.place.lat(), pixel.place.lon());
        found.entry(county.adcode.clone()).or_default().push(place);
    }
    found.values_mut().for_each(|places| places.sort());
    found
}

/// The same from `ogr2ogr`, one clip a county; `None` where GDAL's programs are not installed.
fn by_ogr(list: &Path) -> Option<BTreeMap<String, Vec<String>>> {
    let mut found = BTreeMap::new();
    for code in ["630202", "630203", "630222", "630223", "630224", "630225"] {
        let output = Command::new("ogr2ogr")
            .args(["-f", "CSV", "/vsistdout/"])
            .arg(list)
            .args(["-oo", "X_POSSIBLE_NAMES=longitude", "-oo", "Y_POSSIBLE_NAMES=latitude", "-a_srs", "EPSG:4326"])
            .args(["-clipsrc", &format!("{SITE}/counties.geojson"), "-clipsrcwhere", &format!("adcode='{code}'")])
            .output();
        let Ok(output) = output else {
            eprintln!("skipped: no ogr2ogr");
            return None;
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let mut places: Vec<String> = text.lines().skip(1).map(place_of_row).collect();
        places.sort();
        if !places.is_empty() {
            found.insert(code.to_string(), places);
        }
    }
    Some(found)
}

fn place_of_row(row: &str) -> String {
    let number = |text: &str| text.trim_matches('"').parse::<f64>().expect("a number");
    let mut fields = row.split(',');
    let (lat, lon) = (fields.next().map(number), fields.next().map(number));
    format!("{},{}", lat.expect("latitude"), lon.expect("longitude"))
}

#[test]
fn viirs_points_of_2023_are_in_the_counties_that_ogr_finds() {
    let Some(list) = shared("firms/viirs_noaa20_china_20231109.csv") else {
        return;
    };
    let ours = ours(&list);
    // Nine points, all in Huzhu: counted when the list was taken over.
    assert_eq!(ours.iter().map(|(code, places)| (code.as_str(), places.len())).collect::<Vec<_>>(), [("630223", 9)]);
    if let Some(by_ogr) = by_ogr(&list) {
        assert_eq!(ours, by_ogr);
    }
}

#[test]
fn modis_points_of_2022_are_in_the_counties_that_ogr_finds() {
    for name in ["modis_c61_china_20220328_0404.csv", "modis_c61_china_20220528_0604.csv"] {
        let Some(list) = shared(&format!("firms/{name}")) else {
            return;
        };
        if let Some(by_ogr) = by_ogr(&list) {
            assert_eq!(ours(&list), by_ogr, "{name}");
        }
    }
}

/// Counts: lines of the files without header or comments; Baotou by eye.
#[test]
fn every_line_of_the_other_lists_is_a_fire() {
    let Some(wlf) = shared("himawari-wlf/H09_20251209_1900_L2WLF010_FLDK.06001_06001.csv") else {
        return;
    };
    let fires = imported(Format::Wlf, &wlf);
    assert_eq!(fires.len(), 212);
    let baotou = fires.iter().find(|fire| (fire.place.lat(), fire.place.lon()) == (40.66, 109.72)).expect("Baotou");
    assert!((baotou.frp_mw.expect("known") - 1.66 * 3.76).abs() < 1e-9);
    let Some(cspp) = shared("firms/cspp_afimg_j01_20210414.txt") else {
        return;
    };
    assert_eq!(imported(Format::CsppAf, &cspp).len(), 18);
}

/// Every official fire list read here can be read again from our own CSV: its first columns are those of FIRMS.
#[test]
fn our_own_list_is_a_firms_list() {
    let Some(list) = shared("firms/viirs_noaa20_china_20231109.csv") else {
        return;
    };
    let mut fires = imported(Format::Firms, &list);
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("hotspots.csv");
    strawfire::deliver::hotspots_csv::write(&path, &fires).expect("written");
    // what is outside the counties was dropped, and a list read again leaves it out and counts it
    let kept = fires.iter().filter(|fire| fire.verdict == Verdict::Kept).count();
    let again = feeds::read(Format::Firms, &path).expect("reads");
    assert_eq!((again.pixels.len(), again.dropped), (kept, fires.len() - kept));
    fires.iter_mut().for_each(|fire| fire.verdict = Verdict::Kept);
    strawfire::deliver::hotspots_csv::write(&path, &fires).expect("written");
    let again = feeds::read(Format::Firms, &path).expect("reads").pixels;
    let key = |fire: &FirePixel| (fire.id.clone(), fire.bt_mir_k.map(f32::to_bits), fire.frp_mw.map(f64::to_bits));
    let (mut before, mut after) =
        (fires.iter().map(key).collect::<Vec<_>>(), again.iter().map(key).collect::<Vec<_>>());
    before.sort();
    after.sort();
    assert_eq!(before, after);
}
