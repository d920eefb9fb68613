//! When the three VIIRS look: one pass a satellite by day and one by night, never twice the same on two days.

use crate::seeds::{hash2, unit};
use crate::swath::{Pass, Satellite};
use jiff::{SignedDuration, Timestamp};

/// Degrees of longitude from one orbit to the next, and by which the tracks of the next day lie further west or east:
/// 14.1875 orbits a day (16 days to come back).
const BETWEEN_DEG: f64 = 360.0 / 14.1875;
const A_DAY_DEG: f64 = 0.1875 * BETWEEN_DEG;
const HALF_A_DAY_DEG: f64 = 0.09375 * BETWEEN_DEG;
/// Where each satellite flies against the first: half an orbit and a quarter of one apart.
const FLEET: [(Satellite, f64); 3] =
    [(Satellite::J01, 0.0), (Satellite::Npp, 0.5 * BETWEEN_DEG), (Satellite::J02, 0.25 * BETWEEN_DEG)];
/// Mean solar time below the satellite at 36 N, hours: the nodes are at 13:25 and 01:25, and the way from there takes
/// 26 minutes of it in an orbit of 98.7 degrees.
const DAY_H: f64 = 13.0;
const NIGHT_H: f64 = 25.85;
/// Longitude of the site, degrees.
const SITE_LON: f64 = 102.365;

/// The nearest pass of each satellite by day and by night, in order of time, for UTC days from a midnight on.
pub fn passes(key: u64, midnight: Timestamp, days: i64) -> Vec<Pass> {
    let phase = BETWEEN_DEG * unit(hash2(key, 71, 0));
    let mut passes: Vec<Pass> = (0..days)
        .flat_map(|day| {
            let number = midnight.as_second().div_euclid(86_400) + day;
            FLEET.iter().flat_map(move |(satellite, apart)| {
                let by_day = phase + apart + A_DAY_DEG * number as f64;
                [(by_day, DAY_H, false), (by_day + HALF_A_DAY_DEG, NIGHT_H, true)].map(
                    |(track, solar_h, descending)| {
                        let east_deg = nearest(track);
                        let utc_h = solar_h - (SITE_LON + east_deg) / 15.0;
                        let after_s = day * 86_400 + (utc_h * 3600.0).round() as i64;
                        Pass {
                            satellite: *satellite,
                            middle: midnight + SignedDuration::from_secs(after_s),
                            east_deg,
                            descending,
                        }
                    },
                )
            })
        })
        .collect();
    passes.sort_by_key(|pass| pass.middle);
    passes
}

/// The track next to the site: at most half the distance of two away.
fn nearest(degrees: f64) -> f64 {
    (degrees + 0.5 * BETWEEN_DEG).rem_euclid(BETWEEN_DEG) - 0.5 * BETWEEN_DEG
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In local time passes fall between 12:30 and 15:30 of Beijing and between 01:30 and 04:30; angles change.
    #[test]
    fn six_looks_a_day_at_the_hours_of_the_afternoon_orbit() {
        let midnight: Timestamp = "2025-04-01T00:00:00Z".parse().expect("a time");
        let passes = passes(3, midnight, 16);
        assert_eq!(passes.len(), 96);
        for pass in &passes {
            let beijing = (pass.middle.as_second() + 8 * 3600).rem_euclid(86_400) as f64 / 3600.0;
            let hours = if pass.descending { 1.5..4.5 } else { 12.5..15.5 };
            assert!(hours.contains(&beijing), "{pass:?} {beijing}");
            assert!(pass.view_zenith_deg() < 62.0);
        }
        let near = passes.iter().filter(|pass| pass.view_zenith_deg() < 30.0).count();
        assert!((20..70).contains(&near), "{near}");
        assert!(passes.windows(2).all(|pair| pair[0].middle < pair[1].middle));
    }
}
