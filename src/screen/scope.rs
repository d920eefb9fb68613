//! Which fires are judged by their place.

use crate::fire::{DropReason, FirePixel, Verdict};
use crate::place::LonLatBox;

/// Fires that land, calendar and static sources judge: the kept ones, and those outside the counties that neighbours may be told of,
/// so that they are not told of a furnace as of a fire. What is outside stays outside, whatever its class.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Scope {
    /// Box around all that neighbours are told of; `None` where only kept fires are judged.
    pub neighbourhood: Option<LonLatBox>,
}

impl Scope {
    /// Whether a fire is judged.
    pub fn holds(&self, fire: &FirePixel) -> bool {
        match fire.verdict {
            Verdict::Kept => true,
            Verdict::Dropped(DropReason::OutsideCounties) => {
                self.neighbourhood.is_some_and(|around| around.contains(fire.place))
            }
            Verdict::Dropped(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::LonLat;
    use crate::time::Utc;

    #[test]
    fn kept_fires_and_those_that_neighbours_are_told_of() {
        let time = Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid");
        let around = LonLatBox { west: 102.0, south: 36.0, east: 103.0, north: 37.0 };
        let (kept, outside) = (Verdict::Kept, Verdict::Dropped(DropReason::OutsideCounties));
        let edge = Verdict::Dropped(DropReason::CloudEdge);
        for (verdict, lon, near, alone) in [
            (kept, 102.5, true, true),
            (kept, 110.0, true, true),
            (outside, 102.5, true, false),
            (outside, 103.1, false, false),
            (edge, 102.5, false, false),
        ] {
            let mut fire = FirePixel::bare("a", time, LonLat::new(lon, 36.5).expect("valid"));
            fire.verdict = verdict;
            let got = (Scope { neighbourhood: Some(around) }.holds(&fire), Scope::default().holds(&fire));
            assert_eq!(got, (near, alone), "{verdict:?} {lon}");
        }
    }
}
