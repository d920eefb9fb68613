//! Land cover under fires, on rasters made here whose shares are known by hand.

#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test fails as a test does")]

use crate::common::{project, ran};
use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use std::path::{Path, PathBuf};
use strawfire::fire::{Class, FirePixel};
use strawfire::layers::landcover::{ClassTable, Cover, LandCover};
use strawfire::place::{LonLat, LonLatBox, Spread};
use strawfire::screen::footprint::Ground;
use strawfire::time::Utc;

/// Writes codes as a GeoTIFF; `code` is asked with the middle of each cell in the raster's own coordinates.
pub fn raster(path: &Path, epsg: u32, (x0, y0): (f64, f64), cell: f64, size: usize, code: impl Fn(f64, f64) -> u8) {
    let driver = DriverManager::get_driver_by_name("GTiff").expect("GeoTIFF");
    let mut data = driver.create_with_band_type::<u8, _>(path, size, size, 1).expect("made");
    data.set_geo_transform(&[x0, cell, 0.0, y0, 0.0, -cell]).expect("placed");
    data.set_spatial_ref(&SpatialRef::from_epsg(epsg).expect("a system")).expect("set");
    let middle = |i: usize| cell * (i as f64 + 0.5);
    let codes = (0..size * size).map(|i| code(x0 + middle(i % size), y0 - middle(i / size))).collect();
    let mut band = data.rasterband(1).expect("a band");
    band.set_no_data_value(Some(0.0)).expect("set");
    band.write((0, 0), (size, size), &mut Buffer::new((size, size), codes)).expect("written");
}

const AREA: LonLatBox = LonLatBox { west: 102.0, south: 36.4, east: 102.2, north: 36.6 };
const BORDER: f64 = 102.1;
const LAT: f64 = 36.5;

/// WorldCover at 10 m: fields west of 102.1 E, forest east of it, nothing known north of 36.58 N.
fn halves(folder: &Path) -> PathBuf {
    let path = folder.join("worldcover.tif");
    raster(&path, 4326, (101.9, 36.7), 1.0 / 9000.0, 3600, |lon, lat| match (lat > 36.58, lon < BORDER) {
        (true, _) => 0,
        (_, true) => 40,
        (_, false) => 10,
    });
    path
}

/// A fire so many metres east of the border, of a square pixel.
fn fire(sensor: &str, east_m: f64, side_km: f32) -> FirePixel {
    let time = Utc::from_parts(2025, 8, 20, 5, 30, 0).expect("valid");
    let lon = BORDER + east_m / (111_195.0 * LAT.to_radians().cos());
    let mut fire = FirePixel::bare("a", time, LonLat::new(lon, LAT).expect("valid"));
    (fire.sensor, fire.scan_km, fire.track_km) = (sensor.to_string(), Some(side_km), Some(side_km));
    fire.pixel_area_km2 = Some(f64::from(side_km * side_km));
    fire
}

fn cropland(land: &LandCover, fire: &FirePixel) -> f64 {
    let ground = Ground::of(fire);
    let window = land.open().expect("opens").around(&ground.bbox()).expect("reads").expect("covers");
    ground.shares(&window).of(Cover::Cropland)
}

/// By hand, for a straight border d metres away from the middle of a circle of radius r: beyond it lies (acos x - x sqrt(1 - x2)) / pi
/// with x = d / r; half at the border, .196 at half of r.
#[test]
fn woods_beside_a_field_are_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let land = LandCover::load(&halves(folder.path()), &AREA, Some(ClassTable::WorldCover)).expect("loads");
    let land = land.open().expect("opens");
    let share =
        |east_m: f64| land.woods_around(fire("VIIRS", east_m, 0.4).place, 500.0).expect("reads").expect("known");
    for (east_m, expected) in [(-600.0, 0.0), (-250.0, 0.196), (0.0, 0.5), (250.0, 0.804), (600.0, 1.0)] {
        let share = share(east_m);
        assert!((share - expected).abs() < 0.03, "{east_m}: {share}");
    }
    let unknown = LonLat::new(BORDER, 36.59).expect("valid");
    assert_eq!(land.woods_around(unknown, 500.0).expect("reads"), None);
}

/// By hand, for a straight border d metres west of the middle: a box of side s has 1/2 - d/s beyond it; a triangle that reaches s to
/// each side (1 - d/s)^2 / 2; a Gaussian of width s at half height 1 - Phi(2.3548 d / s); an error of 500 m along the scan
/// with a box of 400 m: its variance is 400^2/12 + 500^2, standard deviation 513 m, and 1 - Phi(0.975) = 0.165 (nearly a Gaussian).
#[test]
fn shares_on_either_side_of_a_border() {
    let folder = tempfile::tempdir().expect("a folder");
    let land = LandCover::load(&halves(folder.path()), &AREA, Some(ClassTable::WorldCover)).expect("loads");
    assert_eq!(land.table(), ClassTable::WorldCover);
    let mut unsure = fire("VIIRS", 500.0, 0.4);
    unsure.place_spread = Some(Spread { east_m2: 400.0 * 400.0 / 12.0 + 250_000.0, cross_m2: 0.0, north_m2: 13_333.0 });
    for (fire, expected) in [
        (fire("VIIRS", 0.0, 0.4), 0.5),
        (fire("VIIRS", 100.0, 0.4), 0.25),
        (fire("VIIRS", -100.0, 0.4), 0.75),
        (fire("VIIRS", 210.0, 0.4), 0.0),
        (fire("MODIS", 0.0, 1.0), 0.5),
        (fire("MODIS", 500.0, 1.0), 0.125),
        (fire("MODIS", -500.0, 1.0), 0.875),
        (fire("AHI", 0.0, 3.0), 0.5),
        (fire("AHI", 1000.0, 3.0), 0.2163),
        (unsure, 0.165),
    ] {
        let got = cropland(&land, &fire);
        assert!((got - expected).abs() < 0.02, "{} at {:?}: {got}, not {expected}", fire.sensor, fire.place);
    }
}

/// The same border as an easting of UTM zone 48 in a raster of 30 m with the codes of CLCD; the grid is turned by 1.7 degrees there, which
/// changes no share while the border crosses two opposite sides.
#[test]
fn a_projected_raster_gives_the_same_shares() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clcd.tif");
    raster(&path, 32648, (230_000.0, 4_060_000.0), 30.0, 1000, |x, y| match (x < 245_000.0, y > 4_050_000.0) {
        (true, _) => 1,
        (false, true) => 2,
        (false, false) => 8,
    });
    let mut utm = SpatialRef::from_epsg(32648).expect("a system");
    let mut wgs84 = SpatialRef::from_epsg(4326).expect("a system");
    utm.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    wgs84.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    let to_place = CoordTransform::new(&utm, &wgs84).expect("a transform");
    let place = |x: f64, y: f64| {
        let (mut xs, mut ys) = ([x], [y]);
        to_place.transform_coords(&mut xs, &mut ys, &mut []).expect("transforms");
        LonLat::new(xs[0], ys[0]).expect("valid")
    };
    let middle = place(245_000.0, 4_045_000.0);
    let area =
        LonLatBox { west: middle.lon(), east: middle.lon(), south: middle.lat(), north: middle.lat() }.widened(0.1);
    let land = LandCover::load(&path, &area, None).expect("loads");
    assert_eq!(land.table(), ClassTable::Clcd);
    for (east_m, expected) in [(0.0, 0.5), (100.0, 0.25), (-150.0, 0.875), (300.0, 0.0)] {
        let mut fire = fire("VIIRS", 0.0, 0.4);
        fire.place = place(245_000.0 + east_m, 4_045_000.0);
        let got = cropland(&land, &fire);
        assert!((got - expected).abs() < 0.03, "{east_m}: {got}, not {expected}");
    }
}

#[test]
fn a_table_is_recognised_or_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let load = |name: &str, codes: &'static [u8], named: Option<ClassTable>| {
        let path = folder.path().join(name);
        raster(&path, 4326, (101.9, 36.7), 0.001, 400, |lon, _| {
            codes[((lon - 101.9) / 0.4 * codes.len() as f64) as usize]
        });
        LandCover::load(&path, &AREA, named).map(|land| land.table()).map_err(|error| error.to_string())
    };
    assert_eq!(load("a.tif", &[10, 30, 40, 50, 60, 80], None), Ok(ClassTable::WorldCover));
    assert_eq!(load("b.tif", &[1, 2, 4, 7, 8], None), Ok(ClassTable::Clcd));
    assert_eq!(load("c.tif", &[10, 11, 61, 130, 190, 0], None), Ok(ClassTable::GlcFcs30));
    let either = load("d.tif", &[10, 20, 10, 20], None).expect_err("undecidable");
    assert!(either.contains("landcover_classes") && either.contains("worldcover or glc_fcs30"), "{either}");
    assert_eq!(load("e.tif", &[10, 20, 10, 20], Some(ClassTable::GlcFcs30)), Ok(ClassTable::GlcFcs30));
    let none = load("f.tif", &[10, 77, 10, 40], None).expect_err("unknown");
    assert!(none.contains("77") && none.contains("no table"), "{none}");
    let other = load("g.tif", &[1, 2, 4, 8], Some(ClassTable::WorldCover)).expect_err("of another table");
    assert!(other.contains("worldcover"), "{other}");
    let empty = load("h.tif", &[0, 0], None).expect_err("empty");
    assert!(empty.contains("no code"), "{empty}");
    // a forest mask: 1 is the field of CLCD, and every fire would be straw
    for codes in [&[0_u8, 1][..], &[1], &[1, 2]] {
        let mask = load("i.tif", codes, None).expect_err("a mask");
        assert!(mask.contains("too few") && mask.contains("clcd") && mask.contains("landcover_classes"), "{mask}");
    }
    assert_eq!(load("j.tif", &[1, 2], Some(ClassTable::Clcd)), Ok(ClassTable::Clcd), "a person answers for it");
}

/// Cropland in fractions of each cell, 0 to 3 so that its rounded values would be three codes of CLCD.
#[test]
fn fractions_are_no_codes_and_a_check_says_the_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.tif");
    let driver = DriverManager::get_driver_by_name("GTiff").expect("GeoTIFF");
    let mut data = driver.create_with_band_type::<f32, _>(&path, 200, 200, 1).expect("made");
    data.set_geo_transform(&[101.0, 0.015, 0.0, 37.5, 0.0, -0.015]).expect("placed");
    data.set_spatial_ref(&SpatialRef::from_epsg(4326).expect("a system")).expect("set");
    let values = (0..40_000).map(|i| (i % 7) as f32 * 0.5).collect();
    let mut band = data.rasterband(1).expect("a band");
    band.write((0, 0), (200, 200), &mut Buffer::new((200, 200), values)).expect("written");
    drop(data);
    let said = LandCover::load(&path, &AREA, None).expect_err("fractions").to_string();
    assert!(said.contains("f.tif") && said.contains("fractions") && said.contains("landcover_classes"), "{said}");
    let dir = site(folder.path(), "landcover = '../f.tif'", "");
    ran(&["site", "check", "--site", &dir]).expect(2, &["layers.landcover", "fractions"]);
    let codes = [10, 30, 40, 50];
    raster(&folder.path().join("w.tif"), 4326, (101.0, 37.5), 0.015, 200, |lon, _| codes[(lon * 10.0) as usize % 4]);
    for (more, how) in
        [("", "recognised by its codes"), ("\nlandcover_classes = 'worldcover'", "layers.landcover_classes")]
    {
        let dir = site(folder.path(), &format!("landcover = '../w.tif'{more}"), "");
        let ran = ran(&["site", "check", "--site", &dir]);
        assert!(
            ran.code == 0 && ran.list.contains(&format!("by the table worldcover ({how})")),
            "{}{}",
            ran.list,
            ran.log
        );
    }
}

/// A copy of the shipped site with these lines of [layers] and calendars.
fn site(folder: &Path, layers: &str, season: &str) -> String {
    let dir = folder.join("site");
    std::fs::create_dir_all(&dir).expect("made");
    std::fs::copy(project().join("sites/haidong/counties.geojson"), dir.join("counties.geojson")).expect("copied");
    std::fs::write(dir.join("site.toml"), format!("[layers]\n{layers}\n[season]\n{season}\n")).expect("written");
    dir.display().to_string()
}

/// Class, share of cropland and reasons of each imported fire, by its id.
fn classes(site: &str, file: &Path) -> Vec<(String, Option<f64>, String)> {
    let ran = ran(&["import", "--site", site, "--format", "firms", &file.display().to_string()]);
    assert_eq!(ran.code, 0, "{}", ran.log);
    let of = |f: &serde_json::Value| {
        let reasons = f["reasons"].as_array().map_or(&[][..], Vec::as_slice).iter().filter_map(|r| r.as_str());
        let reasons = reasons.collect::<Vec<_>>().join("|");
        let p = &f["properties"];
        (p["class"].as_str().expect("class").to_string(), p["cropland_fraction"].as_f64(), reasons)
    };
    ran.features("fires.geojson").iter().map(of).collect()
}

/// Three fires in time: on fields, in forest, north of what the map knows. The same with another calendar, with past fires, without a map.
#[test]
fn class_and_reasons_reach_the_list() {
    let folder = tempfile::tempdir().expect("a folder");
    halves(folder.path());
    let list = |name: &str, rows: &[(f64, f64, &str, &str, &str)]| {
        let file = folder.path().join(name);
        let mut text = "latitude,longitude,scan,track,acq_date,acq_time,satellite,instrument,frp,type\n".to_string();
        for (lat, lon, date, clock, kind) in rows {
            text += &format!("{lat},{lon},0.4,0.4,{date},{clock},N20,VIIRS,4.0,{kind}\n");
        }
        std::fs::write(&file, text).expect("written");
        file
    };
    let fires = list(
        "now.csv",
        &[
            (36.5, 102.05, "2025-08-20", "0530", "0"),
            (36.5, 102.15, "2025-08-20", "0531", "0"),
            (36.59, 102.15, "2025-08-20", "0532", "0"),
            (36.5, 102.06, "2025-08-20", "0533", "2"),
        ],
    );
    list("past.csv", &[(36.501, 102.05, "2023-08-02", "0530", "0"), (36.5, 102.05, "2024-10-02", "0530", "0")]);
    let map = "landcover = '../worldcover.tif'\nlandcover_classes = 'worldcover'";
    let got = classes(&site(folder.path(), map, "burning = ['07-01/09-30 小麦']"), &fires);
    let unknown = ("unknown".to_string(), None, "此处土地覆盖未知, 类型未知".to_string());
    assert_eq!(got[0], ("straw".into(), Some(1.0), "像元内农田占 100%".into()));
    assert_eq!(got[1], ("vegetation".into(), Some(0.0), "像元内林草占 100%, 几乎无农田".into()));
    assert_eq!(got[2], unknown);
    let stated = ("industrial".into(), Some(1.0), "来源注明: 固定热源".into());
    assert_eq!(got[3], stated, "a class that the list states stays");
    let both = format!("{map}\npast_fires = '../past.csv'");
    let got = classes(&site(folder.path(), &both, "burning = ['10-01/11-30 玉米']"), &fires);
    assert_eq!(got[0].0, "unknown");
    assert_eq!(
        got[0].2,
        "像元内农田占 100%|不在本地焚烧季节(玉米 10-01/11-30)|往年同期此处有火点(1 次, 最近 2023-08-02)"
    );
    let got = classes(&site(folder.path(), "", ""), &fires);
    assert_eq!(got[0], ("unknown".into(), None, "无土地覆盖图层, 类型未知".into()));
    let dir = site(folder.path(), "landcover = '../past.csv'", "");
    let now = fires.display().to_string();
    ran(&["import", "--site", &dir, "--format", "firms", &now]).expect(2, &["layers.landcover", "past.csv"]);
    let dir = site(folder.path(), "", "burning = ['7-1/9-30']");
    ran(&["import", "--site", &dir, "--format", "firms", &now]).expect(2, &["season.burning[0]", "07-01/09-30"]);
}

/// A pixel of kilometres nearly always holds a field: its share is written, and it is never called straw.
#[test]
fn a_geostationary_pixel_is_never_straw() {
    let folder = tempfile::tempdir().expect("a folder");
    let land = LandCover::load(&halves(folder.path()), &AREA, Some(ClassTable::WorldCover)).expect("loads");
    let mut fires = [fire("AHI", -3000.0, 3.0), fire("VIIRS", -3000.0, 0.4)];
    strawfire::screen::class::by_land(&mut fires, Some(&land), &Default::default(), &Default::default())
        .expect("reads");
    assert_eq!((fires[0].class, fires[1].class), (Class::Unknown, Class::Straw));
    assert!(fires[0].cropland_fraction.expect("a share") > 0.95 && fires[0].reasons[0].contains("静止卫星"));
}

/// The map goes away between the start and the scan: the error is told, and each fire that it leaves unjudged says why.
#[test]
fn a_map_that_cannot_be_read_is_said_at_each_fire() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = halves(folder.path());
    let land = LandCover::load(&path, &AREA, Some(ClassTable::WorldCover)).expect("loads");
    std::fs::remove_file(&path).expect("removed");
    let mut fires = [fire("VIIRS", -3000.0, 0.4), fire("VIIRS", 3000.0, 0.4), fire("VIIRS", 0.0, 0.4)];
    fires[2].class = Class::Industrial;
    let read = strawfire::screen::class::by_land(&mut fires, Some(&land), &Default::default(), &Default::default());
    assert!(read.expect_err("gone").to_string().contains("worldcover.tif"));
    let said = fires.map(|fire| (fire.class, fire.reasons.concat()));
    let unread = (Class::Unknown, "土地覆盖图层无法读取, 类型未知".to_string());
    assert_eq!(said, [unread.clone(), unread, (Class::Industrial, "来源注明: 固定热源".to_string())]);
}

/// Outside the counties and near them the class is told and the verdict stays; farther off nothing is judged. East of 102.2 E lies forest.
#[test]
fn neighbours_are_told_the_class() {
    use strawfire::fire::{DropReason, Verdict};
    use strawfire::screen::Scope;
    let folder = tempfile::tempdir().expect("a folder");
    let land = LandCover::load(&halves(folder.path()), &AREA, Some(ClassTable::WorldCover)).expect("loads");
    let mut fires = [fire("VIIRS", 3000.0, 0.4), fire("VIIRS", 12_000.0, 0.4)];
    let outside = Verdict::Dropped(DropReason::OutsideCounties);
    fires.iter_mut().for_each(|fire| fire.verdict = outside);
    let scope = Scope { neighbourhood: Some(AREA) };
    strawfire::screen::class::by_land(&mut fires, Some(&land), &scope, &Default::default()).expect("reads");
    assert_eq!(fires.map(|fire| (fire.class, fire.verdict)), [(Class::Vegetation, outside), (Class::Unknown, outside)]);
}
