//! Seen once is provisional; seen again, or far beyond chance, is confirmed (ALGORITHMS 4.9.5).

use super::{Cover, Departure};
use crate::fire::Confirmation;
use crate::history::{Hit, Slot};
use crate::thresholds::BaselineThresholds;

/// The strongest of the hits of the slots before at a pixel or beside it.
pub fn seen_before(before: &[Slot], line: usize, column: usize) -> Option<f32> {
    let near = |hit: &&Hit| (hit.line as usize).abs_diff(line) <= 1 && (hit.column as usize).abs_diff(column) <= 1;
    before.iter().flat_map(|slot| slot.hits.iter().filter(near)).map(|hit| hit.z).max_by(f32::total_cmp)
}

/// Whether a departure is enough: by itself, less of it where a slot before departed enough, or both by the share of it
/// that two looks together need.
pub fn stands_out(z: f32, before: Option<f32>, least_z: f32, t: &BaselineThresholds) -> bool {
    let (before, pair) = (before.unwrap_or(0.0), t.pair_share * least_z);
    let enough = if before >= least_z { t.z_again.min(pair) } else { least_z };
    z >= enough || z.min(before) >= pair
}

/// Whether a pixel without a spatial anomaly is a candidate: screening may still drop it.
pub fn is_candidate(departure: &Departure, before: Option<f32>, least_z: f32, t: &BaselineThresholds) -> bool {
    stands_out(departure.z, before, least_z, t) && departure.kelvin >= t.kelvin
}

/// Colder or brighter than on other days, as the edge of a cloud is.
pub fn is_like_cloud(cover: &Cover, t: &BaselineThresholds) -> bool {
    cover.colder_k > t.colder_kelvin || cover.brighter > t.brighter
}

/// Two looks of three confirm, or one that is far beyond chance.
pub fn confirmation(z: f32, kelvin: f32, before: Option<f32>, t: &BaselineThresholds) -> Confirmation {
    let sure = z >= t.z_sure && kelvin >= t.kelvin_sure;
    let again = before.is_some_and(|before| before >= t.z_again);
    if sure || again { Confirmation::Confirmed } else { Confirmation::Provisional }
}
