//! How small a fire polar orbiters show, on simulated ground (`make skill-studies`): 105 fires of one power in the Huangshui
//! valley, found within one and a half pixels of where they burn. The simulator shares nothing with the detector, but
//! its ground is invented: these are figures of this simulator and not of the sky.

use crate::common::scan;
use crate::swath_common::made;
use serde_json::Value;

/// Temperature of the fires, K; a square metre of it radiates 23.226 kW (sigma T^4).
const FIRE_K: f64 = 800.0;
const MW_A_SQUARE_METRE: f64 = 0.023_226;

/// 15 by 7 places, 4 km apart, off the grid of any sensor.
fn places() -> Vec<(f64, f64)> {
    let lon = |i: usize| 101.913 + 0.0471 * i as f64;
    let lat = |j: usize| 36.337 + 0.0373 * j as f64;
    (0..105).map(|n| (lon(n % 15), lat(n / 15))).collect()
}

/// Fires found and other fire pixels, of a sensor at a time with fires of one power.
fn found(name: &'static str, words: &[&str], megawatts: f64, profile: &str, reach_m: f64) -> Option<(usize, usize)> {
    let area = megawatts / MW_A_SQUARE_METRE;
    let fires: Vec<String> =
        places().iter().map(|(lon, lat)| format!("--fire={lon:.4},{lat:.4},{FIRE_K},{area:.1}")).collect();
    let all: Vec<&str> =
        words.iter().copied().chain(["--cloud", "0"]).chain(fires.iter().map(String::as_str)).collect();
    let run = scan(&made(name, &all)?, &["--region", "none", "--profile", profile]);
    run.expect(0, &[]);
    let seen: Vec<(f64, f64)> = run.features("fires.geojson").iter().map(place).collect();
    let metres = |a: &(f64, f64), b: &(f64, f64)| ((a.0 - b.0) * 89_700.0).hypot((a.1 - b.1) * 111_000.0);
    let near = |a: &(f64, f64), all: &[(f64, f64)]| all.iter().any(|b| metres(a, b) < reach_m);
    let hits = places().iter().filter(|fire| near(fire, &seen)).count();
    let others = seen.iter().filter(|pixel| !near(pixel, &places())).count();
    Some((hits, others))
}

fn place(feature: &Value) -> (f64, f64) {
    let at = &feature["geometry"]["coordinates"];
    (at[0].as_f64().expect("a longitude"), at[1].as_f64().expect("a latitude"))
}

#[test]
#[ignore = "prints a table: make skill-studies"]
fn fires_found_by_power() {
    const DAY: &str = "2025-10-20T05:30:00Z";
    const NIGHT: &str = "2025-10-20T18:30:00Z";
    println!("| sensor, profile | 1 MW | 2 MW | 5 MW | 10 MW | 20 MW | other pixels |");
    println!("|---|---|---|---|---|---|---|");
    let sensors: [(&str, &[&str], f64); 3] = [
        ("VIIRS 375 m", &["viirs", "--lines", "640"], 600.0),
        ("VIIRS 750 m", &["viirs", "--bands", "mod", "--lines", "640"], 1200.0),
        ("MODIS 1 km", &["modis", "--lines", "300"], 1600.0),
    ];
    for (sensor, order, reach_m) in sensors {
        for (light, time) in [("day", DAY), ("night", NIGHT)] {
            for profile in ["reference", "sensitive", "plateau"] {
                let words = [order, &["--time", time]].concat();
                let of = |megawatts| found("skill", &words, megawatts, profile, reach_m);
                let Some(row) = [1.0, 2.0, 5.0, 10.0, 20.0].map(of).into_iter().collect::<Option<Vec<_>>>() else {
                    return;
                };
                let shares: Vec<String> = row.iter().map(|(hits, _)| format!("{:.2}", *hits as f64 / 105.0)).collect();
                let others: usize = row.iter().map(|(_, others)| others).sum();
                println!("| {sensor}, {light}, {profile} | {} | {others} |", shares.join(" | "));
            }
        }
    }
}
