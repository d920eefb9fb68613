//! A picture made by hand and read back by the image crate. `FIELD_CHIP_KEEP=FILE` keeps it, to be looked at.

use super::*;
use image::RgbImage;

const SIZE: usize = 51;

/// Stubble with a burning pixel in the middle and one without data.
fn reflectances() -> [Array2<f32>; 3] {
    let of = |band: usize| {
        Array2::from_shape_fn((SIZE, SIZE), |at| match at {
            (25, 25) => GROUNDS[3].2[band],
            (3, 4) => f32::NAN,
            _ => GROUNDS[0].2[band],
        })
    };
    [of(0), of(1), of(2)]
}

fn chip(bands: FieldBands<'_>, outlines: Vec<FieldOutline>) -> FieldChip<'_> {
    FieldChip {
        bands,
        pixel_m: 30.0,
        title: ("Landsat-9 OLI 北京时间".to_string(), "LANDSAT-9 OLI BEIJING".to_string()),
        source: ("一级产品".to_string(), "LEVEL-1".to_string()),
        outlines,
        error: Some((25.0, 25.0, 600.0)),
        centre: (25.0, 25.0),
        place: LonLat::new(102.0, 36.5).expect("a place"),
        simulated: true,
    }
}

fn around(line: f64, column: f64) -> FieldOutline {
    let corners = [(-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, -0.5)];
    FieldOutline { corners: corners.map(|(down, right)| (line + down, column + right)).to_vec() }
}

fn read(png: &[u8]) -> RgbImage {
    image::load_from_memory(png).expect("PNG").into_rgb8()
}

/// By hand: 51 pixels are nearest to 640 screen pixels in blocks of 13, which are 663, in the middle of 760: the first begins at 48. Block 25 is
/// 373..386. Shares of the full reflectance to the power of 0.7: stubble 138, 150, 140; flames 255, 157, 157.
#[test]
fn pixels_are_blocks_and_the_line_lies_on_their_edges() {
    let [red, green, blue] = reflectances();
    let bands = FieldBands::Day { red: &red, green: &green, blue: &blue };
    let png = chip(bands, vec![around(25.0, 25.0)]).png().expect("a picture");
    if let Some(keep) = std::env::var_os("FIELD_CHIP_KEEP") {
        std::fs::write(keep, &png).expect("kept");
    }
    let image = read(&png);
    assert_eq!(image.dimensions(), (760, (TOP + 663 + BOTTOM) as u32));
    let row = (TOP + 25 * 13 + 6) as u32;
    let at = |x: u32| image.get_pixel(x, row).0;
    let (stubble, flames) = ([138, 150, 140], [255, 157, 157]);
    assert_eq!([370, 371, 372, 373, 374].map(at), [stubble, stubble, OUTLINE, OUTLINE, flames]);
    assert_eq!([384, 385, 386, 387].map(at), [flames, OUTLINE, OUTLINE, stubble]);
    assert_eq!(image.get_pixel(379, (TOP + 25 * 13) as u32).0, OUTLINE, "the upper edge");
    // the block without data is striped and whole; its neighbour is not
    let missing = |x: usize, y: usize| MISSING.contains(&image.get_pixel(x as u32, y as u32).0);
    let (x, y) = (48 + 4 * 13, TOP + 3 * 13);
    assert!((0..13).all(|n| missing(x + n, y + n)) && !missing(x - 1, y) && !missing(x + 13, y));
    // arms of the cross begin two blocks from the middle and leave the neighbours as they are
    assert_eq!(at(379 + 20), stubble);
    assert!(image.get_pixel(379 + 32, row).0.iter().all(|part| *part > 200), "{:?}", at(379 + 32));
}

#[test]
fn blocks_and_bars_are_of_round_sizes() {
    let sides = [1, 51, 76, 401, 601, 2000].map(|size| Blocks::of((size, size / 2 + 1)).side);
    assert_eq!(sides, [640, 13, 8, 2, 1, 1]);
    // by hand: 13 screen pixels are 30 m, so 200 m are 87 and 500 m are 217 of at most 199
    assert_eq!(bar_m(13.0 / 30.0, 198.9), Some(200.0));
    assert_eq!((bar_m(2.0 / 30.0, 240.6), bar_m(1.0, 10.0)), (Some(2000.0), None));
}

/// By hand, of 1 W m-2 sr-1 um-1: the root of a fifth of 255 is 114.
#[test]
fn by_night_it_is_grey_and_small_fires_stand_in_brackets() {
    let radiance = Array2::from_shape_fn((401, 401), |at| if at == (200, 200) { 1.0 } else { 0.0 });
    let png = chip(FieldBands::Night { radiance: &radiance }, vec![around(200.0, 200.0)]).png().expect("a picture");
    let image = read(&png);
    assert_eq!(image.dimensions(), (802, (TOP + 802 + BOTTOM) as u32));
    // blocks of 2 from the left edge on: the pixel is as it was, and the corner of its brackets is four off
    assert_eq!(image.get_pixel(400, (TOP + 400) as u32).0, [114; 3]);
    let [red, green, _] = image.get_pixel(398, (TOP + 396) as u32).0;
    assert!(green > 150 && red < 140, "{red} {green}");
}

#[test]
fn what_is_no_picture_is_refused_and_no_font_is_needed() {
    let [red, green, _] = reflectances();
    let small = Array2::from_elem((2, 2), 0.0);
    assert!(chip(FieldBands::Day { red: &red, green: &green, blue: &small }, Vec::new()).png().is_err());
    let nothing = Array2::from_elem((0, 0), 0.0);
    assert!(chip(FieldBands::Night { radiance: &nothing }, Vec::new()).png().is_err());
    let canvas = chip(FieldBands::Night { radiance: &red }, Vec::new()).drawn(&Lettering::bare()).expect("drawn");
    let image = read(&canvas.png().expect("encoded"));
    let ink = image.enumerate_pixels().filter(|(_, y, pixel)| *y < 30 && pixel.0 == INK).count();
    assert!(ink > 300, "{ink}");
}
