//! Where a line of sight meets the ground.

use super::earth::Track;
use crate::layers::dem::Dem;
use crate::place::LonLat;

/// What a line of sight comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Met {
    /// Ground.
    Ground {
        /// Where.
        place: LonLat,
        /// Distance along the ellipsoid, metres.
        range_m: f64,
        /// Height above the ellipsoid, metres.
        height_m: f64,
    },
    /// Above the highest ground and rising.
    Sky,
    /// No ground up to here: the range of the camera or the elevation model ends.
    Beyond {
        /// Distance, metres.
        range_m: f64,
    },
}

impl Met {
    /// Distance of the ground, metres.
    pub fn range_m(&self) -> Option<f64> {
        match self {
            Met::Ground { range_m, .. } => Some(*range_m),
            Met::Sky | Met::Beyond { .. } => None,
        }
    }
}

/// Longest step, as a part of a cell and in metres: between the middles of cells the ground is a smooth surface.
const STEP_CELLS: f64 = 0.25;
const STEP_M: f64 = 100.0;
/// Times that the last step is halved: 100 m to a millimetre.
const HALVINGS: usize = 17;

/// Step along the ground over an elevation model, metres.
pub(super) fn step_m(dem: &Dem) -> f64 {
    (dem.cell_m() * STEP_CELLS).clamp(1.0, STEP_M)
}

/// The first ground on a line of sight of an elevation (degrees). A lens that stands below the model's ground by less than that is wrong
/// sees from where its line comes out of it.
pub fn meet_ground(track: &Track, elevation_deg: f64, dem: &Dem) -> Met {
    let (step, highest) = (step_m(dem), dem.range_m().1);
    let above = |range: f64| Some(track.height_m(range, elevation_deg) - dem.height_m(track.place(range)?)?);
    let (mut range, mut before, mut is_out) = (0.0, 0.0, false);
    loop {
        let Some(clear_m) = above(range) else { return Met::Beyond { range_m: range } };
        if clear_m <= 0.0 && is_out {
            return ground(track, elevation_deg, before, range, above);
        }
        is_out |= clear_m > 0.0;
        if range >= track.length_m {
            return Met::Beyond { range_m: range };
        }
        let over = track.height_m(range, elevation_deg) - highest;
        if over > 0.0 && track.rises(range, elevation_deg) {
            return Met::Sky;
        }
        before = range;
        // no ground is that high: the line falls no faster than at its beginning
        let clear = if over > 0.0 { over / elevation_deg.to_radians().tan().abs().max(1e-9) } else { 0.0 };
        range = (range + step.max(clear)).min(track.length_m);
    }
}

fn ground(track: &Track, elevation_deg: f64, high: f64, low: f64, above: impl Fn(f64) -> Option<f64>) -> Met {
    let (mut high, mut low) = (high, low);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(high, low);
        if above(middle).is_some_and(|clear_m| clear_m > 0.0) { high = middle } else { low = middle }
    }
    match track.place(low) {
        Some(place) => Met::Ground { place, range_m: low, height_m: track.height_m(low, elevation_deg) },
        None => Met::Beyond { range_m: low },
    }
}

/// The ground that stands highest along a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Skyline {
    /// Its distance, metres.
    pub range_m: f64,
    /// Elevation under which it is seen, degrees.
    pub elevation_deg: f64,
}

/// The ground that stands highest against the sky between two distances (metres); `None` where the elevation model has none.
pub fn skyline(track: &Track, (from_m, to_m): (f64, f64), dem: &Dem) -> Option<Skyline> {
    let step = step_m(dem);
    let count = ((to_m.min(track.length_m) - from_m) / step).floor();
    if count < 0.0 {
        return None;
    }
    let ranges = (0..=count as usize).map(|n| from_m + n as f64 * step).filter(|range| *range > 0.0);
    let seen = ranges.map_while(|range| Some((range, track.slope(range, dem.height_m(track.place(range)?)?))));
    let (range_m, slope) = seen.max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Skyline { range_m, elevation_deg: slope.atan().to_degrees() })
}
