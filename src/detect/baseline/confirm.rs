//! Seen once is provisional; seen again, or far beyond chance, is confirmed (ALGORITHMS 4.9.5).

use super::Departure;
use crate::fire::Confirmation;
use crate::history::{Hit, Slot};
use crate::thresholds::BaselineThresholds;

/// The strongest of the hits of the slots before at a pixel or beside it.
pub fn seen_before(before: &[Slot], line: usize, column: usize) -> Option<f32> {
    let near = |hit: &&Hit| (hit.line as usize).abs_diff(line) <= 1 && (hit.column as usize).abs_diff(column) <= 1;
    before.iter().flat_map(|slot| slot.hits.iter().filter(near)).map(|hit| hit.z).max_by(f32::total_cmp)
}

/// Whether a pixel without a spatial anomaly is a fire: it departs enough from its past, or less where a slot before
/// departed enough; not at the edge of a cloud, which shines in the sun, unless it is hotter than any edge.
pub fn is_candidate(
    departure: &Departure,
    least_z: f32,
    beside_cloud: bool,
    before: Option<f32>,
    t: &BaselineThresholds,
) -> bool {
    let again = before.is_some_and(|z| z >= least_z);
    let enough = departure.z >= if again { t.z_again } else { least_z };
    enough && departure.kelvin >= t.kelvin && !is_doubtful(departure, beside_cloud, t)
}

/// At the edge of a cloud, and no hotter than one can be.
pub fn is_doubtful(departure: &Departure, beside_cloud: bool, t: &BaselineThresholds) -> bool {
    (beside_cloud || departure.colder_k > t.colder_kelvin) && departure.kelvin < t.despite_cloud_kelvin
}

/// Two looks of three confirm, or one that is far beyond chance.
pub fn confirmation(z: f32, kelvin: f32, before: Option<f32>, t: &BaselineThresholds) -> Confirmation {
    let sure = z >= t.z_sure && kelvin >= t.kelvin_sure;
    let again = before.is_some_and(|before| before >= t.z_again);
    if sure || again { Confirmation::Confirmed } else { Confirmation::Provisional }
}
