//! A product made by hand, cut, and read back by the image crate.

use super::*;
use crate::ingest::Extent;
use crate::ingest::map::{BandFile, Draft};
use crate::scene::map::{MapBand, MapInstrument, Scale};
use crate::time::Utc;
use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;

const SIZE: usize = 120;
const WEST_M: f64 = 500_000.0;
const NORTH_M: f64 = 4_040_000.0;

/// Counts of a band over a plain, one pixel of another count, and fill along the first ten columns.
fn band(path: &Path, ground: u16, (at, other): ((usize, usize), u16)) -> BandFile {
    let driver = DriverManager::get_driver_by_name("GTiff").expect("GeoTIFF");
    let mut data = driver.create_with_band_type::<u16, _>(path, SIZE, SIZE, 1).expect("made");
    data.set_geo_transform(&[WEST_M, 30.0, 0.0, NORTH_M, 0.0, -30.0]).expect("placed");
    data.set_spatial_ref(&SpatialRef::from_epsg(32648).expect("UTM 48")).expect("set");
    let count = |n: usize| match (n / SIZE, n % SIZE) {
        (_, 0..10) => 0,
        pixel if pixel == at => other,
        _ => ground,
    };
    let counts: Vec<u16> = (0..SIZE * SIZE).map(count).collect();
    let mut raster = data.rasterband(1).expect("a band");
    raster.write((0, 0), (SIZE, SIZE), &mut Buffer::new((SIZE, SIZE), counts)).expect("written");
    BandFile { path: path.to_path_buf(), number: 1 }
}

/// By the scale of Landsat's collection 2: 0.00002 a count, less 0.1. Ground of 0.125 is 0.25 under a sun of 30 degrees.
fn product(folder: &Path, sun_deg: f64) -> MapSource {
    let reflectance = Scale { mult: 2e-5, add: -0.1 };
    let radiance = Some(Scale { mult: 1e-4, add: -0.5 });
    let file = |name: &str, ground: u16, hot: u16| band(&folder.join(name), ground, ((60, 70), hot));
    let of = |channel: &str| MapBand { channel: channel.to_string(), reflectance, radiance };
    let draft = Draft {
        granule: "LC09_L1TP_132035_20251020".to_string(),
        path: folder.to_path_buf(),
        satellite: "Landsat-9".to_string(),
        instrument: MapInstrument::Oli,
        time: Utc::from_parts(2025, 10, 20, 3, 50, 12).expect("a time"),
        simulated: false,
        bands: vec![
            (BandRole::Red, file("B4.TIF", 9_250, 10_000), of("B4")),
            (BandRole::Nir, file("B5.TIF", 12_000, 12_500), of("B5")),
            (BandRole::Swir16, file("B6.TIF", 11_250, 20_000), of("B6")),
            (BandRole::Swir22, file("B7.TIF", 11_250, 30_000), of("B7")),
        ],
        marks: Vec::new(),
        sun_corrected: false,
        sun_elevation_deg: sun_deg,
        sun_zenith: None,
        sun_zenith_grid: None,
        saturated_count: None,
    };
    MapSource::open(draft, &Extent::Full).expect("opened").source.expect("a source")
}

fn place(source: &MapSource, at: (f64, f64)) -> LonLat {
    let grid = &source.scene.grid;
    let projector = Projector::of(grid, Path::new("grid")).expect("a projection");
    projector.places(grid, &[at]).pop().flatten().expect("a place")
}

fn event(source: &MapSource, event: &str, at: (f64, f64), error_m: Option<f64>) -> ChipOf {
    let corners = vec![(59.5, 69.5), (59.5, 70.5), (60.5, 70.5), (60.5, 69.5), (59.5, 69.5)];
    ChipOf {
        event: event.to_string(),
        place: place(source, at),
        error_m,
        half_m: ChipOf::half_of(error_m),
        outlines: vec![corners],
    }
}

/// By hand: 750 m are 25 pixels of 30 m on each side, 51 in all, in blocks of 13 from 48 on. Stubble of 0.25, 0.28 and 0.17 is 138, 150, 140; the
/// fire has 1.0, 0.3 and 0.2.
#[test]
fn a_fire_lies_in_the_middle_with_its_line_around_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = product(folder.path(), 30.0);
    let out = folder.path().join("chips");
    let (paths, problems) = cut(&source, &[event(&source, "4f3a", (60.0, 70.0), None)], &out);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(paths, [out.join("4f3a_20251020T035012Z_LC09_L1TP_132035_20251020.png")]);
    let image = image::open(&paths[0]).expect("PNG").into_rgb8();
    assert_eq!(image.width(), 760);
    let row = (0..image.height()).find(|y| image.get_pixel(379, *y).0 == [255, 157, 157]).expect("the fire");
    let at = |x: u32| image.get_pixel(x, row + 4).0;
    assert_eq!([at(371), at(379), at(387)], [[138, 150, 140], [255, 157, 157], [138, 150, 140]]);
    assert!(at(372) == at(373) && at(385) == at(386) && at(372) != at(371), "its line");
}

#[test]
fn what_the_scene_does_not_show_has_no_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = product(folder.path(), 30.0);
    let out = folder.path().join("chips");
    let places = [
        event(&source, "beyond", (60.0, 400.0), Some(900.0)),
        event(&source, "edge", (2.0, 118.0), Some(900.0)),
        event(&source, "../night", (60.0, 70.0), None),
    ];
    let (paths, problems) = cut(&source, &places, &out);
    assert!(problems.is_empty() && paths.len() == 2, "{paths:?} {problems:?}");
    assert!(paths.iter().all(|path| path.parent() == Some(out.as_path())), "{paths:?}");
    // by night it is grey: 11250 counts are 0.625 W m-2 sr-1 um-1, the root of whose eighth is 90 of 255
    let (paths, problems) = cut(&product(folder.path(), -20.0), &places[2..], &out);
    assert!(problems.is_empty(), "{problems:?}");
    let image = image::open(&paths[0]).expect("PNG").into_rgb8();
    assert_eq!(image.get_pixel(100, image.height() / 2).0, [90; 3]);
}

#[test]
fn a_piece_reaches_beyond_the_grid_and_keeps_its_middle() {
    let grid = MapGrid { system: String::new(), west_m: 0.0, north_m: 0.0, pixel_m: 30.0, lines: 100, columns: 80 };
    let piece = Piece::around(&grid, (3.4, 79.0), 750.0).expect("on the grid");
    // by hand: lines -22..=28 and columns 54..=104
    assert_eq!(piece.window, Window { line0: 0, column0: 54, lines: 29, columns: 26 });
    assert_eq!((piece.first, piece.side, piece.corner), ((22, 0), 51, (-22.0, 54.0)));
    assert!((piece.middle.0 - 25.4).abs() < 1e-9 && (piece.middle.1 - 25.0).abs() < 1e-9);
    assert_eq!((Piece::around(&grid, (-0.6, 5.0), 750.0), Piece::around(&grid, (5.0, f64::NAN), 750.0)), (None, None));
    let halves = [None, Some(400.0), Some(2000.0), Some(9000.0)].map(ChipOf::half_of);
    assert_eq!(halves, [750.0, 750.0, 3000.0, 6000.0]);
}
