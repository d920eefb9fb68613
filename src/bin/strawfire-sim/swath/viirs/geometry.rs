//! How VIIRS scans (ALGORITHMS 2.1, 6.3).

use crate::swath::orbit::Track;
use crate::swath::scanner::{Scanner, Spacing, Zone};

/// 829 km up; an orbit of 101.5 minutes [M].
pub const TRACK: Track = Track { radius_km: 6371.0 + 829.0, inclination_deg: 98.7, period_s: 101.5 * 60.0 };

/// Half of the scan, rad: 56.28 degrees [C:S14].
const HALF_RAD: f64 = 56.28 * std::f64::consts::PI / 180.0;
/// Native samples of an I detector in a scan: 2 (1280 + 2 x 736 + 3 x 1184). They end the zones at 31.71 and 44.85
/// degrees; the published ends are 31.72 and 44.86.
const IMAGERY_SAMPLES: f64 = 12_608.0;
/// An I detector is 371 m high from 829 km [M].
const IMAGERY_PITCH_RAD: f64 = 0.371 / 829.0;
/// The telescope turns once in a scan, and looks at the Earth over 112.56 of 360 degrees.
const PERIOD_S: f64 = 1.7864;
const SWEEP_S: f64 = PERIOD_S * 112.56 / 360.0;

/// The imagery bands I1 to I5: 32 lines and 6400 columns a scan.
pub const IMAGERY: Scanner = Scanner {
    lines: 32,
    zones: &[
        Zone { columns: 1280, samples: 1 },
        Zone { columns: 736, samples: 2 },
        Zone { columns: 2368, samples: 3 },
        Zone { columns: 736, samples: 2 },
        Zone { columns: 1280, samples: 1 },
    ],
    spacing: Spacing::Angle,
    sample_rad: 2.0 * HALF_RAD / IMAGERY_SAMPLES,
    pitch_rad: IMAGERY_PITCH_RAD,
    period_s: PERIOD_S,
    sweep_s: SWEEP_S,
    lead_s: 0.0,
};

/// The moderate bands M1 to M16: every pixel covers two by two of the imagery's.
pub const MODERATE: Scanner = Scanner {
    lines: 16,
    zones: &[
        Zone { columns: 640, samples: 1 },
        Zone { columns: 368, samples: 2 },
        Zone { columns: 1184, samples: 3 },
        Zone { columns: 368, samples: 2 },
        Zone { columns: 640, samples: 1 },
    ],
    spacing: Spacing::Angle,
    sample_rad: 4.0 * HALF_RAD / IMAGERY_SAMPLES,
    pitch_rad: 2.0 * IMAGERY_PITCH_RAD,
    period_s: PERIOD_S,
    sweep_s: SWEEP_S,
    lead_s: 0.0,
};

/// Whether the instrument deletes a pixel on board: of 32 I lines, 4 where two samples are averaged and 8 where one is
/// stands alone, half at either end of the scan; of 16 M lines half as many [C:S14 and the L1B user guide, 2.3].
pub fn deleted(scanner: &Scanner, line: usize, column: usize) -> bool {
    let (_, averaged) = scanner.span(column);
    let gone = (3 - averaged.min(3)) * scanner.lines / 16;
    line < gone || line >= scanner.lines - gone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_end_where_they_should() {
        for (column, want) in [(1280, 44.86), (2016, 31.72)] {
            let (sample, _) = IMAGERY.span(column);
            let edge = IMAGERY.angle(sample as f64 - 0.5).to_degrees();
            assert!((edge - want).abs() < 0.02, "{edge}");
        }
        assert_eq!((MODERATE.columns(), IMAGERY.columns()), (3200, 6400));
    }

    #[test]
    fn a_moderate_pixel_is_two_by_two() {
        for column in [0, 639, 640, 1007, 1008, 1600, 3199] {
            let m = MODERATE.angle(MODERATE.middle(column));
            let i = 0.5 * (IMAGERY.angle(IMAGERY.middle(2 * column)) + IMAGERY.angle(IMAGERY.middle(2 * column + 1)));
            assert!((m - i).abs() < 1e-12);
        }
    }

    #[test]
    fn bow_tie_deletion() {
        let lines = |s: &Scanner, column| (0..s.lines).filter(|l| deleted(s, *l, column)).collect::<Vec<_>>();
        assert_eq!(lines(&IMAGERY, 3200), [0_usize; 0]);
        assert_eq!(lines(&IMAGERY, 1300), [0, 1, 30, 31]);
        assert_eq!(lines(&IMAGERY, 6399), [0, 1, 2, 3, 28, 29, 30, 31]);
        assert_eq!(lines(&MODERATE, 700), [0, 15]);
        assert_eq!(lines(&MODERATE, 0), [0, 1, 14, 15]);
    }
}
