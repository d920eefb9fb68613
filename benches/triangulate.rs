//! Sequences of many cameras at one time: grouped, and each group solved.

#![allow(clippy::expect_used, reason = "a bench that cannot make its input has nothing to time")]

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use strawfire::place::LonLat;
use strawfire::time::Utc;
use strawfire::watch::sight::azimuth_and_range;
use strawfire::watch::sight::group::{Sequence, solve};
use strawfire::watch::sight::triangulate::Line;

/// Draws from 0 to 1, the same in every run.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Fires over a box of so many degrees, each seen by the four nearest of the cameras with half a degree of azimuth; with distances that are wrong by a
/// fifth, or of azimuth alone.
fn lines(count: usize, cameras: &[(String, LonLat)], side_deg: f64, has_range: bool) -> Vec<(&str, Line)> {
    let mut draws = Draws(5);
    let mut lines = Vec::with_capacity(count);
    while lines.len() < count {
        let fire = LonLat::new(101.5 + side_deg * draws.next(), 36.0 + side_deg * draws.next()).expect("on the earth");
        let mut near: Vec<&(String, LonLat)> = cameras.iter().collect();
        near.sort_by(|a, b| a.1.distance_m(fire).total_cmp(&b.1.distance_m(fire)));
        for (id, from) in near.into_iter().take(4) {
            let (azimuth, range) = azimuth_and_range(*from, fire);
            let measured = range * (0.8 + 0.4 * draws.next());
            let line = Line {
                from: *from,
                azimuth_deg: azimuth + draws.next() - 0.5,
                azimuth_error_deg: 0.3,
                range_m: has_range.then_some((measured, 0.2 * range)),
                bounds_m: if has_range { (0.4 * measured, 1.6 * measured) } else { (0.0, 30_000.0) },
            };
            lines.push((id.as_str(), line));
        }
    }
    lines.truncate(count);
    lines
}

fn benches(criterion: &mut Criterion) {
    let mut draws = Draws(3);
    let cameras: Vec<(String, LonLat)> = (0..60)
        .map(|n| (format!("c{n}"), LonLat::new(101.5 + draws.next(), 36.0 + draws.next()).expect("on the earth")))
        .collect();
    let time = Utc::from_parts(2025, 10, 20, 5, 0, 0).expect("a time");
    let mut group = criterion.benchmark_group("triangulate");
    for (name, count, side_deg, has_range) in [
        ("160 sequences with distances", 160, 1.0, true),
        ("160 sequences of azimuth alone", 160, 1.0, false),
        ("160 sequences of azimuth alone, crowded", 160, 0.3, false),
        ("400 sequences of azimuth alone", 400, 1.0, false),
    ] {
        let lines = lines(count, &cameras, side_deg, has_range);
        let sequences: Vec<Sequence> =
            lines.iter().map(|(camera, line)| Sequence { camera, line: *line, time: (time, time) }).collect();
        group.bench_function(name, |bench| bench.iter(|| solve(black_box(&sequences))));
    }
    group.finish();
}

criterion_group!(crossing, benches);
criterion_main!(crossing);
