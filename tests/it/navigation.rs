//! Navigation against PROJ, an independent program, to 1e-6 degrees.

use crate::common::{self, have};
use std::io::Write;
use std::process::{Command, Stdio};
use strawfire::ingest::geometry::fixed_grid;
use strawfire::scene::Sweep;

/// Feeds projected metres of a `+proj=geos` grid to gdaltransform and reads degrees.
fn proj_says(proj: &str, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut child = Command::new("gdaltransform")
        .args(["-s_srs", proj, "-t_srs", "+proj=longlat +a=6378137 +b=6356752.3 +no_defs", "-output_xy"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gdaltransform starts");
    let text: String = points.iter().map(|(x, y)| format!("{x:.6} {y:.6}\n")).collect();
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("an answer");
    let answer = String::from_utf8(output.stdout).expect("text");
    answer
        .lines()
        .map(|line| {
            let mut numbers = line.split_whitespace().map(|n| n.parse::<f64>().expect("a number"));
            (numbers.next().expect("longitude"), numbers.next().expect("latitude"))
        })
        .collect()
}

#[test]
fn pixels_lie_where_proj_puts_them() {
    if !have("gdaltransform") {
        return;
    }
    let height = 42_164_000.0 - 6_378_137.0;
    for (sweep, letter, sub_lon) in [(Sweep::Y, 'y', 140.7), (Sweep::X, 'x', -137.0)] {
        let grid = common::fixed_grid(sub_lon, sweep);
        let pixels: Vec<(f64, f64)> = (0..40)
            .flat_map(|i| (0..40).map(move |j| (400.0 + f64::from(i) * 117.5, 400.0 + f64::from(j) * 117.5)))
            .filter(|(c, l)| fixed_grid::to_lonlat(&grid, *c, *l).is_some())
            .collect();
        assert!(pixels.len() > 1000);
        let metres: Vec<_> = pixels
            .iter()
            .map(|(c, l)| fixed_grid::angles(&grid, *c, *l))
            .map(|(x, y)| (x * height, y * height))
            .collect();
        let proj = format!(
            "+proj=geos +h={height} +lon_0={sub_lon} +sweep={letter} +a=6378137 +b=6356752.3 +units=m +no_defs"
        );
        for ((column, line), (lon, lat)) in pixels.iter().zip(proj_says(&proj, &metres)) {
            let ours = fixed_grid::to_lonlat(&grid, *column, *line).expect("on earth");
            let off = ((ours.lon() - lon + 540.0).rem_euclid(360.0) - 180.0).abs().max((ours.lat() - lat).abs());
            assert!(off < 1e-6, "sweep {letter} {column} {line}: {ours:?} and PROJ {lon} {lat}");
        }
    }
}
