//! What a camera sees, against gdal_viewshed.

use super::{at, relief, written};
use crate::common::{have, project, strawfire};
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use geo::{Contains, Point};
use std::path::Path;
use std::process::Command;
use strawfire::layers::dem::Dem;
use strawfire::place::LonLatBox;
use strawfire::site::Site;
use strawfire::watch::sight::viewshed::{can_see, viewshed};

const RANGE_M: f64 = 12_000.0;
/// Side of a cell of the projected relief, metres.
const CELL_M: f64 = 100.0;

fn runs(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().expect("starts");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

fn site(folder: &Path, dem: &Path, cameras: &str) -> Site {
    std::fs::copy(project().join("sites/haidong/counties.geojson"), folder.join("counties.geojson")).expect("copied");
    written(folder, "site.toml", &format!("[layers]\ndem = {:?}\n", dem.display().to_string()));
    written(folder, "cameras.toml", cameras);
    Site::load(folder).expect("loads")
}

/// GDAL's verdict a cell: place and whether it is seen, within the range.
fn by_gdal(folder: &Path, dem: &Path, (x, y): (f64, f64), target_m: f64) -> Vec<((f64, f64), bool)> {
    let out = folder.join("seen.tif").display().to_string();
    let number = |number: f64| format!("{number:.3}");
    // curvature coefficient 1 - k of the refraction that ours has; cells that are seen: 1
    let words = ["-ox", &number(x), "-oy", &number(y), "-oz", "30", "-tz", &number(target_m), "-md", &number(RANGE_M)];
    let more = ["-cc", "0.87", "-vv", "1", "-iv", "0", "-ov", "2", "-q"];
    runs("gdal_viewshed", &[&words[..], &more, &[&dem.display().to_string(), &out]].concat());
    let data = gdal::Dataset::open(&out).expect("opens");
    let t = data.geo_transform().expect("a transform");
    let band = data.rasterband(1).expect("a band");
    let cells = band.read_band_as::<u8>().expect("read");
    let columns = data.raster_size().0;
    let cell = |(n, value): (usize, &u8)| {
        let place = (t[0] + ((n % columns) as f64 + 0.5) * t[1], t[3] + ((n / columns) as f64 + 0.5) * t[5]);
        let far = (place.0 - x).hypot(place.1 - y) > RANGE_M - 2.0 * CELL_M;
        (!far && *value < 2).then_some((place, *value == 1))
    };
    cells.data().iter().enumerate().filter_map(cell).collect()
}

/// Three cameras on the relief projected to 100 m cells: what is seen of the ground, and of smoke 100 m above it.
#[test]
fn what_is_seen_is_what_gdal_says() {
    let Some((path, _)) = relief() else { return };
    if !have("gdal_viewshed") {
        return;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let folder = folder.path();
    let utm = folder.join("utm.tif");
    let words = ["-q", "-t_srs", "EPSG:32648", "-tr", "100", "100", "-tap", "-r", "bilinear", "-ot", "Float32"];
    runs("gdalwarp", &[&words[..], &[&path.display().to_string(), &utm.display().to_string()]].concat());
    let (wgs84, zone) = (system(4326), system(32648));
    let project = CoordTransform::new(&wgs84, &zone).expect("projects");
    let back = CoordTransform::new(&zone, &wgs84).expect("projects");
    let moved = |transform: &CoordTransform, x: f64, y: f64| {
        let (mut xs, mut ys) = ([x], [y]);
        transform.transform_coords(&mut xs, &mut ys, &mut []).expect("on the plane");
        (xs[0], ys[0])
    };
    for (lon, lat) in [(102.0, 36.4), (101.75, 36.25), (102.4, 36.62)] {
        // in the middle of a cell GDAL's camera stands on the same ground
        let (x, y) = moved(&project, lon, lat);
        let (x, y) = ((x / CELL_M).floor() * CELL_M + CELL_M / 2.0, (y / CELL_M).floor() * CELL_M + CELL_M / 2.0);
        let (lon, lat) = moved(&back, x, y);
        let text = format!(
            "[[camera]]\nid = 'a'\nlon = {lon}\nlat = {lat}\nheight_m = 30\nhfov_deg = 60\nmax_range_km = 12\n\
             [[camera.preset]]\nid = 'n'\nazimuth_deg = 0\ntilt_deg = 0\n"
        );
        let site = site(folder, &utm, &text);
        let camera = &site.cameras[0];
        let area = LonLatBox { west: lon - 0.2, south: lat - 0.15, east: lon + 0.2, north: lat + 0.15 };
        let dem = Dem::read_fine(&utm, &area, 0.0, None).expect("readable");
        for target_m in [0.0, 100.0] {
            let ours = viewshed(camera, &dem, RANGE_M, target_m).expect("seen");
            let cells = by_gdal(folder, &utm, (x, y), target_m);
            let (mut same, mut seen, mut more) = (0, 0, 0);
            let mut odd = Vec::new();
            for ((x, y), by_gdal) in &cells {
                let (lon, lat) = moved(&back, *x, *y);
                let by_us = ours.shape.contains(&Point::new(lon, lat));
                same += usize::from(by_us == *by_gdal);
                seen += usize::from(*by_gdal);
                more += usize::from(by_us && !by_gdal);
                if by_us != *by_gdal {
                    odd.push(at(lon, lat));
                }
            }
            let agree = same as f64 / cells.len() as f64;
            println!(
                "{lon:.2} {lat:.2}, target {target_m} m: {:.2} % of {} cells agree; GDAL sees {seen}, {more} more here, {} fewer; {:.1} km2",
                100.0 * agree,
                cells.len(),
                cells.len() - same - more,
                ours.area_km2
            );
            assert!(agree >= 0.95 && seen > 500, "{agree} {seen}");
            // a single line of sight agrees with the whole picture but at its edges
            let presets = cells.iter().step_by(37).filter(|((x, y), _)| {
                let (lon, lat) = moved(&back, *x, *y);
                let alone = can_see(camera, &dem, at(lon, lat), target_m);
                let turned = |look: &strawfire::watch::sight::viewshed::Look| look.sight.azimuth_deg;
                // its one preset shows the north, 30 degrees to both sides
                alone.is_none_or(|look| !(30.5..=329.5).contains(&turned(&look)) && look.preset.as_deref() == Some("n"))
            });
            assert_eq!(presets.count(), cells.len().div_ceil(37));
        }
    }
}

fn system(code: u32) -> SpatialRef {
    let mut system = SpatialRef::from_epsg(code).expect("known");
    system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    system
}

/// The command writes a Feature a camera, of the picture of a fixed one alone.
#[test]
fn the_command_writes_what_each_camera_sees() {
    let Some((path, _)) = relief() else { return };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let camera = |id: &str, hfov: f64| {
        format!(
            "[[camera]]\nid = '{id}'\nname = '塔{id}'\nlon = 102.0\nlat = 36.4\nheight_m = 40\nazimuth_deg = 200\ntilt_deg = -2\nhfov_deg = {hfov}\n"
        )
    };
    site(folder.path(), &path, &(camera("narrow", 20.0) + &camera("wide", 120.0)));
    let site = folder.path().display().to_string();
    let out = folder.path().join("seen.geojson").display().to_string();
    let words = ["camera", "viewshed", "--site", &site, "--range-km", "8", "--target-m", "50", "--out", &out];
    let done = strawfire(folder.path(), &words);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = std::fs::read_to_string(&out).expect("written");
    let list: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let areas: Vec<f64> = list["features"]
        .as_array()
        .expect("features")
        .iter()
        .map(|f| f["properties"]["area_km2"].as_f64().expect("km2"))
        .collect();
    assert!(areas.len() == 2 && areas[0] > 0.5 && areas[1] > 2.0 * areas[0], "{areas:?}");
    let first = &list["features"][0];
    assert_eq!((&first["id"], &first["properties"]["name"]), (&"narrow".into(), &"塔narrow".into()));
    assert_eq!(first["geometry"]["type"], "MultiPolygon");
    let share = first["properties"]["share"].as_f64().expect("a share");
    // 20 of 360 degrees at most, and the disc has 201 km2
    assert!(share < 0.06 && (areas[0] / 201.06 - share).abs() < 0.002, "{share}");
}
