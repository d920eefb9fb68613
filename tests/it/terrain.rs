//! Fires at known places over simple reliefs, seen by a simulated Himawari, against where the program puts them. The
//! simulator has its own navigation and its own line of sight.

use crate::common::{Ran, fixed_grid, project, ran, simulator};
use geo::{Contains, MultiPolygon, Point};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use strawfire::ingest::geometry::terrain;
use strawfire::layers::dem::Dem;
use strawfire::place::{LonLat, LonLatBox};
use strawfire::scene::Sweep;

/// Side of a Himawari pixel at Haidong, km: the root of 8.7 km2 (docs/ALGORITHMS.md, 4.0).
pub const SIDE_KM: f64 = 2.95;
const RELIEFS: [&str; 3] = ["ridge", "valley", "terrace"];

/// 6 by 6 places 20 km apart, each off the grid in its own way.
pub fn places() -> Vec<(f64, f64)> {
    let shift = |n: usize, by: f64| ((n as f64 * by).fract() - 0.5) * 0.05;
    (0..36)
        .map(|n| (101.75 + 0.235 * (n % 6) as f64 + shift(n, 0.618), 35.75 + 0.22 * (n / 6) as f64 + shift(n, 0.414)))
        .collect()
}

/// A slot by night with a fire of 116 MW (5000 m2 at 800 K) at each place that is seen, and the heights.
fn slot(relief: &str) -> &'static Path {
    static SLOTS: OnceLock<Vec<(String, PathBuf)>> = OnceLock::new();
    let slots = SLOTS.get_or_init(|| RELIEFS.iter().map(|relief| (relief.to_string(), made(relief))).collect());
    &slots.iter().find(|(name, _)| name == relief).expect("a relief").1
}

fn made(relief: &str) -> PathBuf {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder").keep();
    let out = folder.join("slot").display().to_string();
    let fires: Vec<String> = places().iter().map(|(lon, lat)| format!("--fire={lon:.5},{lat:.5},800,5000")).collect();
    let words = ["ahi", "--bands", "7,14", "--segments", "2", "--cloud", "0", "--time", "2025-10-20T17:30:00Z"];
    let all = [&words[..], &["--relief", relief, "--out", &out], &fires.iter().map(String::as_str).collect::<Vec<_>>()];
    assert!(simulator(&folder, &all.concat()).status.success());
    let dem = folder.join("dem.tif").display().to_string();
    assert!(simulator(&folder, &["dem", "--relief", relief, "--out", &dem]).status.success());
    folder
}

/// Scans a slot with a site whose layers are as given.
fn scanned(folder: &Path, layers: &str) -> Ran {
    let site = folder.join(format!("site-{}", layers.len()));
    std::fs::create_dir_all(&site).expect("a folder");
    std::fs::copy(project().join("sites/haidong/counties.geojson"), site.join("counties.geojson")).expect("copied");
    std::fs::write(site.join("site.toml"), format!("[layers]\n{layers}")).expect("written");
    let (site, slot) = (site.display().to_string(), folder.join("slot").display().to_string());
    let done = ran(&["scan", "--site", &site, "--region", "none", &slot]);
    done.expect(0, &[]);
    done
}

pub fn at(feature: &Value) -> (f64, f64) {
    let place = &feature["geometry"]["coordinates"];
    (place[0].as_f64().expect("a longitude"), place[1].as_f64().expect("a latitude"))
}

pub fn km(a: (f64, f64), b: (f64, f64)) -> f64 {
    (111.195 * (a.0 - b.0) * 36.4f64.to_radians().cos()).hypot(111.195 * (a.1 - b.1))
}

/// The place of the event of each fire that the satellite sees, with the true one.
fn events(folder: &Path, done: &Ran) -> Vec<((f64, f64), Value)> {
    let text = std::fs::read_to_string(folder.join("slot/truth.json")).expect("truth.json");
    let truth: Value = serde_json::from_str(&text).expect("JSON");
    let seen = truth["fires"].as_array().expect("fires").iter().filter(|fire| fire["visible"] == true);
    let events = done.features("events.geojson");
    seen.filter_map(|fire| {
        let place = (fire["lon"].as_f64().expect("a number"), fire["lat"].as_f64().expect("a number"));
        // fires lie 20 km apart: what is nearer than 9 km is of this one
        let nearest = events.iter().min_by(|a, b| km(at(a), place).total_cmp(&km(at(b), place)))?;
        (km(at(nearest), place) < 9.0).then(|| (place, nearest.clone()))
    })
    .collect()
}

/// Distances from the true places, sorted.
fn errors(found: &[((f64, f64), Value)]) -> Vec<f64> {
    let mut errors: Vec<f64> = found.iter().map(|(place, event)| km(at(event), *place)).collect();
    errors.sort_by(f64::total_cmp);
    errors
}

pub fn at_share(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

/// Whether the errors are what a county needs: half under a third of a pixel, 95 per cent under one.
pub fn good(errors: &[f64]) -> bool {
    at_share(errors, 0.5) < SIDE_KM / 3.0 && at_share(errors, 0.95) < SIDE_KM
}

#[test]
fn fires_over_relief_lie_where_they_burn() {
    for relief in RELIEFS {
        let folder = slot(relief);
        let with = events(folder, &scanned(folder, "dem = \"../dem.tif\"\ndem_error_m = 5\n"));
        let without = events(folder, &scanned(folder, ""));
        assert!(with.len() >= 33, "{relief}: {} fires found", with.len());
        let (with, without) = (errors(&with), errors(&without));
        let say =
            |errors: &[f64]| format!("median {:.2}, 95 % {:.2} km", at_share(errors, 0.5), at_share(errors, 0.95));
        println!("{relief}: {} fires, {}; without the heights {}", with.len(), say(&with), say(&without));
        assert!(good(&with), "{relief}: {}", say(&with));
        assert!(!good(&without), "{relief}: the test does not need the heights: {}", say(&without));
    }
}

fn counties() -> Vec<(String, MultiPolygon<f64>)> {
    let text = std::fs::read_to_string(project().join("sites/haidong/counties.geojson")).expect("counties");
    let all: geojson::FeatureCollection = text.parse().expect("GeoJSON");
    all.features
        .into_iter()
        .map(|feature| {
            let name = feature.property("name").and_then(Value::as_str).expect("a name").to_string();
            let shape: geo::Geometry<f64> = feature.geometry.expect("a shape").try_into().expect("a shape");
            let shape = match shape {
                geo::Geometry::Polygon(one) => MultiPolygon::new(vec![one]),
                geo::Geometry::MultiPolygon(all) => all,
                other => panic!("{other:?}"),
            };
            (name, shape)
        })
        .collect()
}

/// The county of a place; `None` outside all and within a kilometre of a border.
fn well_inside((lon, lat): (f64, f64), counties: &[(String, MultiPolygon<f64>)]) -> Option<&str> {
    let (north, east) = (1.0 / 111.195, 1.0 / (111.195 * 36.4f64.to_radians().cos()));
    let around = (0..16).map(|i| {
        let angle = f64::from(i) * std::f64::consts::PI / 8.0;
        Point::new(lon + east * angle.cos(), lat + north * angle.sin())
    });
    let points: Vec<Point> = around.chain([Point::new(lon, lat)]).collect();
    let (name, _) = counties.iter().find(|(_, shape)| points.iter().all(|point| shape.contains(point)))?;
    Some(name)
}

#[test]
fn fires_over_relief_are_in_their_counties() {
    let counties = counties();
    let (mut right, mut all, mut right_without) = (0, 0, 0);
    for relief in RELIEFS {
        let folder = slot(relief);
        for (layers, count) in [("dem = \"../dem.tif\"\ndem_error_m = 5\n", &mut right), ("", &mut right_without)] {
            for (place, event) in events(folder, &scanned(folder, layers)) {
                let Some(county) = well_inside(place, &counties) else { continue };
                all += usize::from(!layers.is_empty());
                *count += usize::from(event["properties"]["county"] == county);
            }
        }
    }
    println!("{right} of {all} fires in their counties, {right_without} without the heights");
    assert!(all >= 40 && right * 100 >= all * 95, "{right} of {all}");
    assert!(right_without < right, "{right_without}");
}

/// Ground at 2000 m with a wall of 4000 m from south to north between 102.40 and 102.42 E, in cells of 0.0025 degrees.
fn wall(path: &Path) {
    let (columns, rows) = (400_usize, 320_usize);
    let driver = gdal::DriverManager::get_driver_by_name("GTiff").expect("the driver");
    let mut data = driver.create_with_band_type::<f32, _>(path, columns, rows, 1).expect("made");
    data.set_geo_transform(&[101.9, 0.0025, 0.0, 36.8, 0.0, -0.0025]).expect("placed");
    data.set_spatial_ref(&gdal::spatial_ref::SpatialRef::from_epsg(4326).expect("WGS84")).expect("set");
    // columns 200 to 207 have their middles within the wall
    let height = |column: usize| if (200..208).contains(&column) { 4000.0 } else { 2000.0 };
    let values = (0..rows * columns).map(|i| height(i % columns)).collect();
    let mut buffer = gdal::raster::Buffer::new((columns, rows), values);
    data.rasterband(1).expect("a band").write((0, 0), (columns, rows), &mut buffer).expect("written");
}

/// By hand: the satellite stands 31.5 degrees high at a bearing of 127 (ALGORITHMS 8.3), so that a line of sight climbs
/// 1 km in 1.632 and goes 0.80 km east for each. From 1.8 km west of the wall it would need to be 2000 m high after 2.25
/// km and is 1379 m: hidden. It comes down onto the wall's top 3.26 km away, 2.61 km east and 1.96 km south. From 5 km
/// west it passes 3.8 km over the ground at the wall: seen.
#[test]
fn a_wall_hides_what_lies_behind_and_is_seen_in_its_place() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let path = folder.path().join("wall.tif");
    wall(&path);
    let area = LonLatBox { west: 102.0, south: 36.1, east: 102.8, north: 36.7 };
    let dem = Dem::read(&path, &area, 0.0, Some(5.0)).expect("readable");
    let grid = fixed_grid(140.7, Sweep::Y);
    let km_east = 111.32 * 36.4f64.to_radians().cos();
    terrain::with_relief(&dem, |relief| {
        let place = |km: f64| LonLat::new(102.40 - km / km_east, 36.4).expect("on earth");
        let far = terrain::seen_at(&grid, place(5.0), relief).expect("over the horizon");
        assert!(far.visible);
        let hidden = terrain::seen_at(&grid, place(1.8), relief).expect("over the horizon");
        assert!(!hidden.visible);
        let met = terrain::first_ground(&grid, (hidden.column, hidden.line), relief).expect("ground");
        let (east, south) = ((met.place.lon() - place(1.8).lon()) * km_east, (36.4 - met.place.lat()) * 111.0);
        assert!((met.height_m - 4000.0).abs() < 1.0, "{met:?}");
        assert!((east - 2.61).abs() < 0.05 && (south - 1.96).abs() < 0.05, "{east} km east, {south} km south");
        let own = terrain::first_ground(&grid, (far.column, far.line), relief).expect("ground");
        assert!(own.place.distance_m(place(5.0)) < 5.0 && (own.height_m - 2000.0).abs() < 1.0, "{own:?}");
    });
}
