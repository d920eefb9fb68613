//! A slot from its files to placed fires: compressed segments around the site, and the whole disk.

use criterion::{Criterion, criterion_group, criterion_main};
use std::path::Path;
use std::process::Command;
use strawfire::ingest::granule;
use strawfire::layers::area_index::AreaIndex;
use strawfire::pipeline::{self, Places, Region, Settings};
use strawfire::site::Site;
use strawfire::thresholds::Thresholds;

/// Simulates a slot; `false` when that fails.
fn simulate(out: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strawfire-sim"));
    command.args(["ahi", "--bands", "7,14,15", "--out"]).arg(out).args(arguments);
    command.output().is_ok_and(|output| output.status.success())
}

fn scan(c: &mut Criterion) {
    let (Ok(site), Ok(folder)) =
        (Site::load(concat!(env!("CARGO_MANIFEST_DIR"), "/sites/haidong")), tempfile::tempdir())
    else {
        return;
    };
    let counties = AreaIndex::new(site.counties.iter().map(|county| &county.shape));
    let thresholds = Thresholds::default();
    let mut group = c.benchmark_group("scan");
    group.sample_size(10);
    for (name, region, arguments) in [
        ("site_bz2_segments_2_3", Region::Counties, &["--segments", "2,3", "--bz2"][..]),
        ("full_disk_3_bands", Region::Everywhere, &["--segments", "1,2,3,4,5,6,7,8,9,10"][..]),
    ] {
        let slot = folder.path().join(name);
        if !simulate(&slot, arguments) {
            return;
        }
        let places = Places::default();
        let settings = Settings { region, ..Settings::new(&site, &counties, &thresholds, &places) };
        let (granules, _) = granule::collect(std::slice::from_ref(&slot));
        group.bench_function(name, |b| b.iter(|| pipeline::scan(&granules[0], &settings).map(|s| s.fires.len())));
    }
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);
