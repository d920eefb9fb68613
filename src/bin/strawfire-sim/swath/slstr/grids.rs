//! The grids of a SLSTR product: cells along the track, aside of it to the west when flying south.
//!
//! The instrument scans cones; the product puts its pixels on a grid that is even on the ground. Here the cells are
//! looked at from right beside: the view zenith is that of the place, and a cell sees what lies in it.

use crate::swath::orbit::Track;
use crate::swath::scanner::{Scanner, Spacing, Zone};

/// 814.5 km up; an orbit of 101 minutes [M].
pub const TRACK: Track = Track { radius_km: 6371.0 + 814.5, inclination_deg: 98.65, period_s: 100.99 * 60.0 };

/// Columns of the 1 km nadir grid [C: products have 1500 by 1200], and the one below the satellite [M].
pub const COLUMNS: usize = 1500;
pub const TRACK_COLUMN: f64 = 998.0;
/// Tie points: 130 of 16 km, the satellite above the 65th [M].
pub const TIES: usize = 130;
pub const TRACK_TIE: f64 = 64.0;
/// What the nadir view reaches from the track, km: to the right of the flight and to the left [M].
const REACH_KM: (f64, f64) = (930.0, 470.0);
/// From one line of a kilometre to the next, s: over the turning ground at about 36 N.
const LINE_S: f64 = 1.0 / 6.70;

/// A grid of square cells.
const fn grid(zones: &'static [Zone], cell_km: f64, track: f64, lead_s: f64) -> Scanner {
    Scanner {
        lines: 1,
        zones,
        spacing: Spacing::Ground { cell_km, track },
        sample_rad: cell_km / 814.5,
        pitch_rad: cell_km / 814.5,
        period_s: LINE_S * cell_km,
        sweep_s: 0.0,
        lead_s,
    }
}

/// S7, S8, S9: "in".
pub const COARSE: Scanner = grid(&[Zone { columns: COLUMNS, samples: 1 }], 1.0, TRACK_COLUMN, 0.0);
/// S1 to S6: "an", two by two cells in one of the coarse grid.
pub const FINE: Scanner =
    grid(&[Zone { columns: 2 * COLUMNS, samples: 1 }], 0.5, 2.0 * TRACK_COLUMN + 0.5, -0.25 * LINE_S);
/// F1: "fn". Its detectors look elsewhere, so its grid lies 0.7 columns and 1.3 lines off (a pixel or so [M]).
pub const FIRE: Scanner = grid(&[Zone { columns: COLUMNS, samples: 1 }], 1.0, TRACK_COLUMN - 0.7, 1.3 * LINE_S);
/// The tie points, a line each kilometre.
pub const TIE: Scanner =
    Scanner { period_s: LINE_S, ..grid(&[Zone { columns: TIES, samples: 1 }], 16.0, TRACK_TIE, 0.0) };

/// Distance of a column to the right of the track, km.
pub fn aside_km(scanner: &Scanner, column: usize) -> f64 {
    match scanner.spacing {
        Spacing::Ground { cell_km, track } => (track - column as f64) * cell_km,
        Spacing::Angle => 0.0,
    }
}

/// Whether the nadir view reaches a column.
pub fn filled(scanner: &Scanner, column: usize) -> bool {
    let km = aside_km(scanner, column);
    -REACH_KM.1 <= km && km <= REACH_KM.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swath::earth;
    use crate::swath::orbit::Orbit;
    use crate::swath::vector::{minus, norm};

    fn orbit() -> Orbit {
        Orbit::over(TRACK, (102.4, 36.3), true, |o| {
            COARSE.look(&o.stance(0.0), 0.0, 0.0).map(|look| earth::lon_lat(look.ground))
        })
        .expect("an orbit")
    }

    #[test]
    fn cells_are_a_kilometre_apart() {
        let orbit = orbit();
        let at = |scan: usize, column: f64| {
            let stance = orbit.stance(COARSE.time(scan, column));
            COARSE.look(&stance, 0.0, COARSE.angle(column)).expect("ground").ground
        };
        for column in [100.0, 998.0, 1400.0] {
            let across = norm(minus(at(3, column), at(3, column + 1.0)));
            let along = norm(minus(at(3, column), at(4, column)));
            assert!((across - 1.0).abs() < 0.02 && (along - 1.0).abs() < 0.03, "{column}: {across} {along}");
        }
    }

    #[test]
    fn every_place_belongs_to_one_cell() {
        let orbit = orbit();
        for i in 0..60 {
            let place = earth::point(100.0 + 0.03 * f64::from(i), 36.25 - 0.004 * f64::from(i));
            let owners = (0..400).filter(|scan| COARSE.sight(&orbit, *scan, place).is_some()).count();
            let early = COARSE.sight(&orbit, 0, place).is_some();
            assert!(owners == 1 || (owners == 0 && !early), "{i}: {owners}");
        }
        let inside = earth::point(102.4, 35.0);
        assert_eq!((0..400).filter(|scan| COARSE.sight(&orbit, *scan, inside).is_some()).count(), 1);
    }

    #[test]
    fn fine_cells_lie_in_the_coarse_one() {
        let (a, b) = (FINE.angle(2.0 * 700.0), FINE.angle(2.0 * 700.0 + 1.0));
        assert!((0.5 * (a + b) - COARSE.angle(700.0)).abs() < 1e-6);
        let times = 0.5 * (FINE.time(20, 0.0) + FINE.time(21, 0.0)) - COARSE.time(10, 0.0);
        assert!(times.abs() < 1e-9, "{times}");
    }
}
