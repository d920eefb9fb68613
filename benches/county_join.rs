//! A million places to their counties: the step of an import that touches every row.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use strawfire::layers::area_index::AreaIndex;
use strawfire::place::LonLat;
use strawfire::site::Site;

const PLACES: u64 = 1_000_000;

/// Places on a grid of one million over the box of the site, so that runs are alike.
fn places(site: &Site) -> Vec<LonLat> {
    let b = site.bbox();
    (0..PLACES)
        .filter_map(|n| {
            let (x, y) = ((n % 1000) as f64 / 1000.0, (n / 1000) as f64 / 1000.0);
            LonLat::new(b.west + x * (b.east - b.west), b.south + y * (b.north - b.south))
        })
        .collect()
}

fn county_join(c: &mut Criterion) {
    let Ok(site) = Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")) else {
        return;
    };
    let (index, places) = (AreaIndex::new(site.counties.iter().map(|county| &county.shape)), places(&site));
    let mut group = c.benchmark_group("county_join");
    group.throughput(Throughput::Elements(PLACES)).sample_size(10);
    group.bench_function("find_all", |b| b.iter(|| black_box(index.find_all(black_box(&places)))));
    group.bench_function("prepare", |b| {
        b.iter(|| AreaIndex::new(black_box(&site.counties).iter().map(|county| &county.shape)))
    });
    group.finish();
}

criterion_group!(benches, county_join);
criterion_main!(benches);
