//! What heights are worth to the detector: the same simulated slots over relief scanned with and without them.
//!
//! By night more fires are found with them: 86 of 108 and 82. By day next to nothing changes: what relief does to the mid infrared
//! it does to the window band, on which that is regressed; and a valley's background, taken at its own height, is warmer, so that
//! of fires on the limit one in ten is lost (18 and 20).

use crate::common::{Ran, project, ran, simulator};
use crate::swath_common::truth;
use crate::terrain::places;
use std::path::{Path, PathBuf};

/// A slot over the invented Haidong (1650 to 4400 m) under a clear sky, with fires of these powers (MW) in turn.
fn slot(folder: &Path, seed: usize, time: &str, powers: &[f64]) -> PathBuf {
    let out = folder.join(format!("slot{seed}-{}", &time[11..13]));
    // area of 1 MW at 800 K: 1e6 / (5.670374e-8 * 4.096e11) = 43.06 m2
    let fire = |(i, (lon, lat)): (usize, (f64, f64))| {
        format!("--fire={lon:.5},{lat:.5},800,{:.1}", 43.06 * powers[i % powers.len()])
    };
    let fires: Vec<String> = places().into_iter().enumerate().map(fire).collect();
    let (seed, name) = (seed.to_string(), out.display().to_string());
    let words = ["ahi", "--segments", "2", "--cloud", "0", "--time", time, "--seed", &seed, "--out", &name];
    let made = simulator(folder, &[&words[..], &fires.iter().map(String::as_str).collect::<Vec<_>>()].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    out
}

fn site(folder: &Path, name: &str, layers: &str) -> PathBuf {
    let site = folder.join(name);
    std::fs::create_dir_all(&site).expect("a folder");
    std::fs::copy(project().join("sites/haidong/counties.geojson"), site.join("counties.geojson")).expect("copied");
    std::fs::write(site.join("site.toml"), format!("[layers]\n{layers}")).expect("written");
    site
}

fn scanned(site: &Path, slot: &Path) -> Ran {
    let done = ran(&["scan", "--all", "--site", &site.display().to_string(), &slot.display().to_string()]);
    done.expect(0, &[]);
    done
}

/// Fires with a pixel within one of their place, and pixels further than two from all fires.
fn score(done: &Ran, slot: &Path) -> [usize; 2] {
    let truth = truth(slot);
    let number = |value: &serde_json::Value| value.as_f64().expect("a number");
    let fires: Vec<(f64, f64)> = truth["fires"]
        .as_array()
        .expect("fires")
        .iter()
        .filter(|fire| fire["visible"] == true)
        .map(|fire| (number(&fire["line"]), number(&fire["column"])))
        .collect();
    let pixels: Vec<(f64, f64)> = done
        .features("fires.geojson")
        .iter()
        .map(|fire| (number(&fire["properties"]["line"]), number(&fire["properties"]["column"])))
        .collect();
    let near = |a: &(f64, f64), b: &(f64, f64), reach: f64| (a.0 - b.0).abs() <= reach && (a.1 - b.1).abs() <= reach;
    let found = fires.iter().filter(|fire| pixels.iter().any(|pixel| near(pixel, fire, 1.0))).count();
    let others = pixels.iter().filter(|pixel| !fires.iter().any(|fire| near(pixel, fire, 2.0))).count();
    [found, others]
}

#[test]
#[ignore = "a measure of skill, of minutes: make skill-studies"]
fn heights_find_more_fires_by_night_and_no_other_pixels() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let folder = folder.path();
    let blind = site(folder, "blind", "");
    for (time, powers) in [
        ("2025-10-20T05:30:00Z", &[20.0, 30.0, 40.0, 50.0, 60.0][..]),
        ("2025-10-20T17:30:00Z", &[8.0, 10.0, 12.0, 16.0, 20.0][..]),
    ] {
        let (mut with, mut without) = ([0; 2], [0; 2]);
        for seed in 1..=3 {
            let slot = slot(folder, seed, time, powers);
            let dem = folder.join(format!("dem{seed}.tif")).display().to_string();
            assert!(simulator(folder, &["dem", "--seed", &seed.to_string(), "--out", &dem]).status.success());
            let seeing = site(folder, "seeing", &format!("dem = {dem:?}\ndem_error_m = 5\n"));
            for (sum, site) in [(&mut with, &seeing), (&mut without, &blind)] {
                let [found, others] = score(&scanned(site, &slot), &slot);
                sum[0] += found;
                sum[1] += others;
            }
        }
        let ([with, others], [without, others_without]) = (with, without);
        println!(
            "{time}: of 108 fires {with} with heights, {without} without; other pixels {others} and {others_without}"
        );
        let night = time.contains("T17");
        let better = if night { with > without } else { with + 3 > without };
        assert!(with > 10 && better, "{time}: {with} with, {without} without");
        assert!(others <= others_without, "{time}: {others} other pixels with, {others_without} without");
    }
}
