//! A scene made by hand over the shipped counties. `QUICKLOOK_KEEP=FILE` keeps the picture, to be looked at.

use super::*;
use crate::site::Site;

const SIDE: usize = 60;
const LINE0: usize = 700;
const COLUMN0: usize = 900;

/// 60 x 60 pixels of 0.03 x 0.032 deg from 101.45 E, 37.3 N.
fn project(place: LonLat) -> Option<(f64, f64)> {
    let column = (place.lon() - 101.45) / 0.03 - 0.5 + COLUMN0 as f64;
    let line = (37.3 - place.lat()) / 0.032 - 0.5 + LINE0 as f64;
    Some((column, line))
}

/// Warm valleys, cold ridges; a hot pixel; a damaged corner.
fn kelvin() -> Array2<f32> {
    Array2::from_shape_fn((SIDE, SIDE), |(line, column)| {
        let (y, x) = (line as f32 / 9.0, column as f32 / 7.0);
        let ground = 291.0 + 7.0 * (x.sin() + (y + 0.6 * x).cos()) + ((line * 37 + column * 17) % 13) as f32 * 0.15;
        match (line, column) {
            (24, 33) => 345.0,
            _ if line + column > 105 => f32::NAN,
            _ => ground,
        }
    })
}

fn time() -> Utc {
    Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid")
}

fn quicklook<'a>(mir_k: &'a Array2<f32>, counties: &'a [County], fires: &'a [FirePixel]) -> Quicklook<'a> {
    Quicklook {
        satellite: "Himawari-9",
        sensor: "AHI",
        time: time(),
        simulated: true,
        values: mir_k,
        measure: Measure::Kelvin,
        first: (LINE0, COLUMN0),
        on_grid: true,
        counties,
        fires,
        project: &project,
        look: &look,
    }
}

fn look(line: usize, column: usize) -> Look {
    let (y, x) = (line as f64 - 8.0, column as f64 - 12.0);
    match () {
        () if y * y + 0.3 * x * x < 60.0 => Look::Cloud,
        () if (50..53).contains(&line) && (8..14).contains(&column) => Look::Water,
        () => Look::Clear,
    }
}

fn fires() -> Vec<FirePixel> {
    let cells = [(24, 33, Confidence::High), (25, 33, Confidence::Nominal), (40, 20, Confidence::Low)];
    let cells = cells.into_iter().enumerate().map(|(n, (line, column, confidence))| {
        let place = LonLat::new(102.0, 36.5).expect("valid");
        let mut fire = FirePixel::bare(format!("f{n}"), time(), place);
        (fire.line, fire.column) = (Some((LINE0 + line) as u32), Some((COLUMN0 + column) as u32));
        fire.confidence = confidence;
        fire
    });
    let point = |id: &str, lon| FirePixel::bare(id, time(), LonLat::new(lon, 36.1).expect("valid"));
    let mut dropped = point("d", 103.1);
    dropped.verdict = Verdict::Dropped(crate::fire::DropReason::OutsideCounties);
    cells.chain([point("p", 102.3), dropped]).collect()
}

fn site() -> Site {
    Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")).expect("loads")
}

#[test]
fn the_picture_is_a_png_of_some_900_pixels_with_the_fire_where_it_is() {
    let (kelvin, site, fires) = (kelvin(), site(), fires());
    let quicklook = quicklook(&kelvin, &site.counties, &fires);
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("quicklook.png");
    write(&path, &quicklook).expect("written");
    if let Some(keep) = std::env::var_os("QUICKLOOK_KEEP") {
        std::fs::copy(&path, keep).expect("kept");
    }
    let image = image::open(&path).expect("PNG by the image crate").into_rgb8();
    assert_eq!(image.dimensions(), (900 + RIGHT as u32, (900 + TOP + BOTTOM) as u32));
    // the left edge of the pixel (24, 33), 15 screen pixels a side: x = 33 * 15, y = middle of row 24
    let edge = image.get_pixel(33 * 15, (24 * 15 + 7 + TOP) as u32).0;
    assert_eq!(edge, confidence_colour(Confidence::High));
}

/// The title, bars and codes are there without any font: counted in dots of ink.
#[test]
fn a_machine_without_fonts_writes_with_its_own_letters() {
    let letters = Lettering::bare();
    assert_eq!(letters.pick("乐都区", "630202"), "630202");
    let (kelvin, site, fires) = (kelvin(), site(), fires());
    let quicklook = quicklook(&kelvin, &site.counties, &fires);
    let picture = Picture::of(&quicklook).expect("a picture");
    let png = draw(&quicklook, &picture, &letters).png().expect("encoded");
    if let Some(keep) = std::env::var_os("QUICKLOOK_KEEP_BARE") {
        std::fs::write(keep, &png).expect("kept");
    }
    let image = image::load_from_memory(&png).expect("PNG").into_rgb8();
    let title = image.enumerate_pixels().filter(|(_, y, pixel)| *y < TOP as u32 && pixel.0 == INK);
    assert!(title.count() > 2_000);
}

#[test]
fn a_scene_without_a_picture_is_told() {
    let nothing = Array2::from_elem((0, 0), 0.0);
    let quicklook = quicklook(&nothing, &[], &[]);
    let dir = tempfile::tempdir().expect("folder");
    assert!(
        write(&dir.path().join("q.png"), &quicklook)
            .expect_err("refused")
            .to_string()
            .contains("the band that is drawn")
    );
}

/// What touches in imagery of 30 m is one fire of many pixels.
#[test]
fn clusters_are_no_pixels() {
    let place = LonLat::new(102.4, 36.5).expect("a place");
    let cluster = crate::fire::Cluster {
        pixels: 37,
        area_m2: 33_300.0,
        outline: Vec::new(),
        max_swir22: 1.0,
        sum_swir22: 9.0,
        votes: 2,
    };
    let fire = FirePixel { cluster: Some(cluster), ..FirePixel::bare("a", time(), place) };
    let fires = [fire.clone(), fire];
    assert_eq!(counted(&fires, Measure::Reflectance).0, "疑似火点 2 处, 共 74 个像元");
    assert_eq!(counted(&fires[..1], Measure::Radiance).1, "1 SUSPECTED FIRES OF 37 PIXELS");
    assert_eq!(counted(&[FirePixel::bare("b", time(), place)], Measure::Kelvin).0, "疑似火点像元 1 个");
}
