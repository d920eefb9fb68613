//! How MODIS scans (ALGORITHMS 1.9, 6.3).

use crate::swath::orbit::Track;
use crate::swath::scanner::{Scanner, Spacing, Zone};

/// 705 km up; an orbit of 98.8 minutes [M].
pub const TRACK: Track = Track { radius_km: 6371.0 + 705.0, inclination_deg: 98.2, period_s: 98.8 * 60.0 };

/// Ten detectors of 1 km and 1354 frames of 1 km at nadir (ALGORITHMS 1.9). A scan takes 1.4771 s, of which the frames of
/// a third of a millisecond take 0.4513 s [M]. Nothing is deleted where scans overlap.
pub const SCANNER: Scanner = Scanner {
    lines: 10,
    zones: &[Zone { columns: 1354, samples: 1 }],
    spacing: Spacing::Angle,
    sample_rad: 1.0 / 705.0,
    pitch_rad: 1.0 / 705.0,
    period_s: 1.4771,
    sweep_s: 0.4513,
    lead_s: 0.0,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swath::earth;
    use crate::swath::orbit::Orbit;

    /// ALGORITHMS 6.3: frame, along-track and along-scan size in km, view zenith. The formula takes a sphere.
    #[test]
    fn pixels_match_the_published_table() {
        let orbit = Orbit::over(TRACK, (102.4, 36.3), false, |o| {
            SCANNER.look(&o.stance(0.0), 4.5, 0.0).map(|look| earth::lon_lat(look.ground))
        })
        .expect("an orbit");
        let rows = [
            (677, 0.999, 0.999, 0.05),
            (900, 1.058, 1.128, 20.3),
            (1100, 1.244, 1.599, 38.9),
            (1353, 2.004, 4.829, 65.5),
        ];
        for (frame, track_km, scan_km, zenith) in rows {
            let look = SCANNER.look(&orbit.stance(0.0), 4.5, SCANNER.angle(f64::from(frame))).expect("ground");
            let area = SCANNER.sample_area_m2(&look) / 1e6;
            assert!((area / (track_km * scan_km) - 1.0).abs() < 0.03, "{frame}: {area}");
            assert!((look.cos_zenith.acos().to_degrees() - zenith).abs() < 0.4, "{frame}");
        }
    }
}
