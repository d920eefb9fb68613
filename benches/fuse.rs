//! Detections to events: a season over a large part of China, and everything crowded into one county or one point.

#![allow(clippy::expect_used, reason = "a bench that cannot make its input has nothing to time")]

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use strawfire::fire::FirePixel;
use strawfire::fuse::fuse;
use strawfire::place::LonLat;
use strawfire::thresholds::FuseThresholds;
use strawfire::time::Utc;

/// Draws from 0 to 1, the same in every run.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Fires in a box of so many degrees over 60 days, each seen one to eight times by five satellites: three that pass twice a
/// day within four minutes, two that look every ten minutes.
fn detections(count: usize, box_deg: f64) -> Vec<FirePixel> {
    let mut draws = Draws(7);
    let start = Utc::from_parts(2025, 9, 15, 0, 0, 0).expect("a time");
    let satellites = [
        ("NOAA-20", "VIIRS", 0.4),
        ("NOAA-21", "VIIRS", 0.5),
        ("Aqua", "MODIS", 1.2),
        ("Himawari-9", "AHI", 3.0),
        ("FY-4B", "AGRI", 4.0),
    ];
    let mut pixels = Vec::with_capacity(count);
    while pixels.len() < count {
        let (lon, lat) = (102.0 + box_deg * draws.next(), 36.0 + box_deg * draws.next());
        let begins_s = 60.0 * 86_400.0 * draws.next();
        for _ in 0..1 + (8.0 * draws.next()) as usize {
            let source = (5.0 * draws.next()) as usize;
            let (satellite, sensor, side_km) = satellites[source];
            let off = side_km / 111.0 * (draws.next() - 0.5);
            let place = LonLat::new(lon + off, lat + off).expect("on the earth");
            let seen_s = begins_s + 5400.0 * draws.next();
            let seen_s = if source < 3 {
                (seen_s / 43_200.0).floor() * 43_200.0 + 3000.0 * source as f64 + (240.0 * draws.next()).floor()
            } else {
                (seen_s / 600.0).floor() * 600.0
            };
            let mut pixel =
                FirePixel::bare(format!("d{}", pixels.len()), start.plus_seconds(seen_s).expect("a time"), place);
            (pixel.satellite, pixel.sensor) = (satellite.to_string(), sensor.to_string());
            pixel.pixel_area_km2 = Some(side_km * side_km);
            pixel.position_error_m = Some(450.0 * side_km);
            pixel.frp_mw = Some(1.0 + 20.0 * draws.next());
            pixels.push(pixel);
        }
    }
    pixels.truncate(count);
    pixels
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fuse");
    group.sample_size(10);
    for (name, count, box_deg) in [
        ("100,000 over 15 x 15 degrees", 100_000, 15.0),
        ("1,000,000 over 15 x 15 degrees", 1_000_000, 15.0),
        ("1,000,000 over Haidong", 1_000_000, 1.5),
        ("100,000 over one square kilometre", 100_000, 0.01),
    ] {
        let pixels = detections(count, box_deg);
        let t = FuseThresholds::default();
        group.bench_function(name, |bench| bench.iter_with_large_drop(|| fuse(black_box(&pixels), &t, |_| None)));
    }
    group.finish();
}

criterion_group!(fusing, benches);
criterion_main!(fusing);
