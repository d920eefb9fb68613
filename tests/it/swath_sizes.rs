//! Pixel sizes by scan position against what FIRMS prints.

use crate::common::shared;
use std::collections::BTreeSet;
use strawfire::ingest::geometry::swath::pixel_size_km;
use strawfire::scene::swath::Instrument;

/// FIRMS prints scan and track of each VIIRS fire: each pair must be that of one of our samples within 0.02 km, and the
/// whole table must be met, from nadir to the edge.
#[test]
fn pixel_sizes_are_those_that_firms_prints() {
    let Some(path) = shared("firms/viirs_noaa20_china_20231109.csv") else { return };
    let sizes: Vec<(f64, f64)> = (0..3200).map(|column| pixel_size_km(Instrument::ViirsI, column)).collect();
    let (mut worst, mut seen, mut rows): (f64, BTreeSet<u64>, _) = (0.0, BTreeSet::new(), 0);
    let mut reader = csv::Reader::from_path(&path).expect("a list");
    let headers = reader.headers().expect("a header").clone();
    let place = |name: &str| headers.iter().position(|header| header == name).expect(name);
    let (scan_at, track_at) = (place("scan"), place("track"));
    for row in reader.records() {
        let row = row.expect("a row");
        let (scan, track): (f64, f64) = (row[scan_at].parse().expect("scan"), row[track_at].parse().expect("track"));
        let off = |size: &(f64, f64)| (size.0 - track).abs().max((size.1 - scan).abs());
        worst = worst.max(sizes.iter().map(off).fold(f64::MAX, f64::min));
        seen.insert((scan * 100.0).round() as u64 * 1000 + (track * 100.0).round() as u64);
        rows += 1;
    }
    println!("FIRMS: {rows} rows, {} pairs of scan and track, worst {worst:.4} km", seen.len());
    assert!(rows == 3374 && seen.len() == 98 && worst <= 0.02, "{rows} {} {worst}", seen.len());
}
