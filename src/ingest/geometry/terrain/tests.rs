//! Against tests/tools/line_of_sight.py: numpy and PROJ, which march the true line in steps of 5 m.

use super::*;
use crate::scene::Sweep;

fn at(lon: f64, lat: f64) -> LonLat {
    LonLat::new(lon, lat).expect("on earth")
}

/// A full disk of the makers' factors, counted from 0: offset and factor as CGMS 4.4 has them.
fn grid(sub_lon_deg: f64, first: f64, offset: f64, factor: f64) -> FixedGrid {
    let step = (65_536.0 / factor).to_radians();
    FixedGrid {
        sub_lon_deg,
        distance_km: 42_164.0,
        equatorial_km: 6378.137,
        polar_km: 6356.7523,
        sweep: Sweep::Y,
        x0: (first - offset) * step,
        dx: step,
        y0: (offset - first) * step,
        dy: -step,
        lines: 5500,
        columns: 5500,
    }
}

/// Metres east and north of 102.3 E 36.4 N, as the script has them.
fn plan(place: LonLat) -> (f64, f64) {
    ((place.lon() - 102.3) * 89_706.252_89, (place.lat() - 36.4) * 110_967.410_13)
}

fn bell(distance_m: f64, width_m: f64) -> f64 {
    (-0.5 * (distance_m / width_m).powi(2)).exp()
}

fn plateau(_: LonLat) -> Option<f64> {
    Some(2500.0)
}

fn ridge(place: LonLat) -> Option<f64> {
    Some(2000.0 + 1500.0 * bell(plan(place).0, 3000.0))
}

fn steep(place: LonLat) -> Option<f64> {
    Some(2000.0 + 2000.0 * bell(plan(place).0, 800.0))
}

fn valley(place: LonLat) -> Option<f64> {
    let ((east, north), (sin, cos)) = (plan(place), 20f64.to_radians().sin_cos());
    Some(3000.0 - 1200.0 * bell(east * sin + north * cos, 4000.0))
}

fn terrace(place: LonLat) -> Option<f64> {
    let (east, north) = plan(place);
    Some(1900.0 + 500.0 / (1.0 + (-(east - north) / 2f64.sqrt() / 150.0).exp()))
}

fn relief(height_m: &(dyn Fn(LonLat) -> Option<f64> + Sync)) -> Relief<'_> {
    Relief { height_m, range_m: (1700.0, 4000.0), step_m: 100.0 }
}

type Height = fn(LonLat) -> Option<f64>;
/// Grid, number of its first pixel, ground, column and line, the place meant, the place met.
type Case<'a> = (&'a FixedGrid, f64, Height, f64, f64, (f64, f64), (f64, f64));

/// Grid, ground, column and line in the maker's count, the place that was meant, the first ground that is met.
#[test]
fn lines_of_sight_meet_the_ground_where_proj_says() {
    let (ahi, ami) = (grid(140.7, 1.0, 2750.5, 20_466_275.0), grid(128.2, 1.0, 2750.5, 20_425_338.903_339_352));
    let agri = |lon, offset, factor| grid(lon, 0.0, offset, factor);
    let (fy4a, fy4b) = (agri(104.7, 1373.5, 10_233_137.0), agri(105.0, 2747.5, 20_466_274.0));
    let east = agri(123.5, 2747.5, 20_466_274.0);
    let cases: [Case; 12] = [
        (&ahi, 1.0, plateau, 1255.4283, 995.5181, (102.3, 36.4), (102.3, 36.4)),
        (&fy4a, 0.0, plateau, 1321.4755, 466.8070, (102.3, 36.4), (102.3, 36.4)),
        (&ami, 1.0, plateau, 1685.0336, 969.3401, (102.355_737_5, 36.372_965), (102.355_737_5, 36.372_965)),
        (&ahi, 1.0, ridge, 1256.3269, 994.9181, (102.327_868_7, 36.409_011_7), (102.327_868_7, 36.409_011_7)),
        (&ahi, 1.0, ridge, 1254.6217, 995.0741, (102.272_131_3, 36.409_011_7), (102.272_131_3, 36.409_011_7)),
        (&east, 0.0, ridge, 1856.7684, 952.7151, (102.272_131_3, 36.4), (102.272_131_3, 36.4)),
        // behind the steep ridge: its crest is seen
        (&ahi, 1.0, steep, 1254.9418, 995.6372, (102.282_164, 36.4), (102.304_153_5, 36.386_708_7)),
        (&fy4a, 0.0, steep, 1321.0913, 466.8459, (102.282_164, 36.4), (102.282_164, 36.4)),
        (&ahi, 1.0, valley, 1255.6086, 995.7292, (102.3, 36.4), (102.3, 36.4)),
        (&ami, 1.0, valley, 1683.3434, 970.1901, (102.316_721_2, 36.354_941_7), (102.316_721_2, 36.354_941_7)),
        (&ahi, 1.0, terrace, 1255.4469, 995.4093, (102.289_967_3, 36.408_110_5), (102.289_967_3, 36.408_110_5)),
        (&fy4b, 0.0, terrace, 2630.6010, 934.3277, (102.303_344_2, 36.397_296_5), (102.303_344_2, 36.397_296_5)),
    ];
    for (i, (grid, first, height, column, line, meant, met)) in cases.into_iter().enumerate() {
        let (relief, meant, met) = (relief(&height), at(meant.0, meant.1), at(met.0, met.1));
        let seen = first_ground(grid, (column - first, line - first), &relief).expect("ground");
        // a ten-thousandth of a 4 km pixel is 0.4 m, of the print; the straight line leaves 2 m
        assert!(seen.place.distance_m(met) < 4.0, "case {}: {} m off", i + 1, seen.place.distance_m(met));
        assert!((seen.height_m - height(seen.place).expect("known")).abs() < 0.1, "case {}", i + 1);
        let back = seen_at(grid, meant, &relief).expect("over the horizon");
        let off = (back.column + first - column).abs().max((back.line + first - line).abs());
        assert!(off < 2e-3, "case {}: {off} pixels", i + 1);
        assert_eq!(back.visible, meant == met, "case {}", i + 1);
    }
}

/// By hand: with ground at 0 m everywhere the line meets the ellipsoid.
#[test]
fn flat_ground_at_zero_is_the_ellipsoid() {
    let ahi = grid(140.7, 1.0, 2750.5, 20_466_275.0);
    let sea: Height = |_| Some(0.0);
    let relief = Relief { height_m: &sea, range_m: (0.0, 0.0), step_m: 100.0 };
    let seen = first_ground(&ahi, (1254.0, 994.0), &relief).expect("ground");
    let flat = fixed_grid::to_lonlat(&ahi, 1254.0, 994.0).expect("ground");
    assert!(seen.place.distance_m(flat) < 0.1 && seen.height_m.abs() < 0.1);
}

/// What is not known is not guessed: past the earth, and where the height ends on the way.
#[test]
fn no_ground_without_heights() {
    let ahi = grid(140.7, 1.0, 2750.5, 20_466_275.0);
    let none: Height = |_| None;
    let west: Height = |place| (place.lon() < 102.3).then_some(2000.0);
    for (height, pixel) in [(none, (1254.0, 994.0)), (plateau as Height, (0.0, 0.0))] {
        assert_eq!(first_ground(&ahi, pixel, &relief(&height)), None);
    }
    // the plateau's pixel of 102.3 E: its line comes from the east
    assert_eq!(first_ground(&ahi, (1254.4283, 994.5181), &relief(&west)), None);
    let window = Window { line0: 993, column0: 1250, lines: 3, columns: 8 };
    let heights = heights(&ahi, &window, &relief(&west));
    assert!(heights.iter().any(|h| h.is_nan()) && heights.iter().any(|h| (h - 2000.0).abs() < 0.1));
}

/// Corners of a pixel lie around its place, half a pixel's length away (3.1 and 3.4 km at Haidong).
#[test]
fn a_footprint_surrounds_its_pixel() {
    let ahi = grid(140.7, 1.0, 2750.5, 20_466_275.0);
    let height: Height = plateau;
    let corners = corners(&ahi, (1254.0, 994.0), &relief(&height)).expect("ground");
    let middle = first_ground(&ahi, (1254.0, 994.0), &relief(&height)).expect("ground").place;
    let ring: Vec<(f64, f64)> = corners.iter().map(|c| plan(*c)).collect();
    let cross = |(a, b): ((f64, f64), (f64, f64))| a.0 * b.1 - a.1 * b.0;
    let sides = ring.iter().copied().zip(ring.iter().copied().cycle().skip(1));
    let area_km2 = sides.map(cross).sum::<f64>() / 2e6;
    assert!(
        (area_km2 - 8.73).abs() < 0.15,
        "{area_km2}: counter-clockwise, area by hand from 3.09 km at 95 and 3.41 km at 151 degrees"
    );
    for corner in corners {
        assert!((1_000.0..3_500.0).contains(&corner.distance_m(middle)));
    }
}
