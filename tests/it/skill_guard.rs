//! Skill of the size of CI; `make skill` measures all of it. Fires on even rough ground like that of the granules of Schroeder et al.
//! 2014, half again as large as those of which that paper found half (figure 4, read off in ALGORITHMS 10.4): at least half of them
//! must be found, and next to nothing else.

use crate::common::scan;
use crate::swath_common::made;
use serde_json::Value;

/// Temperature (K) with the areas (m2) of which half are found by day and by night.
const PUBLISHED: [(f64, f64, f64); 3] = [(700.0, 179.0, 33.0), (900.0, 52.5, 9.5), (1150.0, 20.6, 3.7)];
/// The factor within which ours should be.
const WITHIN: f64 = 1.5;
/// Fires of each temperature.
const REPEATS: usize = 30;
/// Two pixels of 375 m lie between a fire and what is another's, degrees of latitude.
const REACH_DEG: f64 = 0.0068;

/// Fifteen by six places 8 km apart, off the grid of the sensor, the temperatures in turn.
fn places() -> impl Iterator<Item = (usize, f64, f64)> {
    (0..PUBLISHED.len() * REPEATS)
        .map(|n| (n % PUBLISHED.len(), 101.871 + 0.0893 * (n % 15) as f64, 36.081 + 0.0727 * (n / 15) as f64))
}

/// Shares found by temperature, and fire pixels that are of no fire.
fn found(name: &'static str, light: &[&str], area: impl Fn(usize) -> f64, profile: &str) -> Option<([f64; 3], usize)> {
    let fires: Vec<String> = places()
        .map(|(kind, lon, lat)| format!("--fire={lon:.4},{lat:.4},{},{:.2}", PUBLISHED[kind].0, area(kind)))
        .collect();
    let words = ["viirs", "--lines", "256", "--over", "102.5,36.3", "--cloud", "0"];
    let words: Vec<&str> = words.iter().chain(light).copied().chain(fires.iter().map(String::as_str)).collect();
    let run = scan(&made(name, &words)?, &["--region", "none", "--profile", profile]);
    run.expect(0, &[]);
    let seen: Vec<(f64, f64)> = run.features("fires.geojson").iter().map(place).collect();
    let near = |(lon, lat): (f64, f64), (x, y): (f64, f64)| ((lon - x) * 0.806).hypot(lat - y) < REACH_DEG;
    let mut shares = [0.0; 3];
    for (kind, lon, lat) in places() {
        shares[kind] += f64::from(u8::from(seen.iter().any(|at| near(*at, (lon, lat))))) / REPEATS as f64;
    }
    let others = seen.iter().filter(|at| !places().any(|(_, lon, lat)| near(**at, (lon, lat)))).count();
    println!("{name}, {profile}: {shares:.2?} found of 700, 900 and 1150 K, {others} others");
    Some((shares, others))
}

fn place(feature: &Value) -> (f64, f64) {
    let at = &feature["geometry"]["coordinates"];
    (at[0].as_f64().expect("a longitude"), at[1].as_f64().expect("a latitude"))
}

#[test]
fn fires_half_again_as_large_as_the_published_are_mostly_found() {
    let day = ["--time", "2025-10-20T05:30:00Z", "--even", "300", "--rough", "2"];
    let night = ["--time", "2025-10-20T18:30:00Z", "--even", "285", "--rough", "1"];
    for profile in ["sensitive", "plateau"] {
        let by_day = found("guard-day", &day, |kind| WITHIN * PUBLISHED[kind].1, profile);
        let by_night = found("guard-night", &night, |kind| WITHIN * PUBLISHED[kind].2, profile);
        for (shares, others) in [by_day, by_night].into_iter().flatten() {
            assert!(shares.iter().all(|share| *share >= 0.5), "{profile}: {shares:?}");
            assert!(others <= 2, "{profile}: {others} pixels of no fire");
        }
    }
}
