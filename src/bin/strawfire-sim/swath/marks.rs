//! What fires do to the pixels of a scan.
//!
//! Along the scan a native sample sees a triangle two samples wide (the detector's width smeared by its integration);
//! a pixel averages one, two or three of them. Along the track a detector sees a box. Triangles and boxes each add up to
//! one everywhere, so the energy of a fire is kept within a scan, and the next scan sees the fire again where the two
//! overlap, as in nature.

use super::earth;
use super::orbit::Orbit;
use super::scanner::Scanner;
use super::vector::V3;
use crate::fires::Fire;
use crate::optics::Optics;
use std::collections::BTreeMap;

/// A fire on the ground with the share of it that the clouds let through, and the opacity of its smoke.
pub struct Seat {
    pub ground: V3,
    pub clear: f64,
    pub smoke: f64,
    /// (temperature K, area m2) of its parts.
    pub parts: Vec<(f64, f64)>,
}

impl Seat {
    pub fn of(fire: &Fire, clear: f64) -> Seat {
        let parts = fire.parts.iter().map(|p| (p.temperature_k, p.area_m2)).collect();
        Seat { ground: earth::point(fire.lon, fire.lat), clear, smoke: 0.0, parts }
    }
}

/// The burning shares of one pixel.
pub type Mark = Vec<Glow>;

/// A part of a pixel that burns.
#[derive(Clone, Copy, Debug)]
pub struct Glow {
    /// Share of the pixel's area.
    pub share: f64,
    pub kelvin: f64,
    /// Opacity of the smoke above to visible light.
    pub smoke: f64,
}

/// A pixel on which a point of the ground falls.
pub struct Fall {
    /// Line in the scan, and column.
    pub pixel: (usize, usize),
    /// Share of the point that falls on it.
    pub weight: f64,
    pub pixel_m2: f64,
}

/// The pixels of one scan on which a point of the ground falls.
pub fn falls(scanner: &Scanner, orbit: &Orbit, scan: usize, ground: V3) -> Vec<Fall> {
    let Some(seen) = scanner.sight(orbit, scan, ground) else { return Vec::new() };
    let line = scanner.line_of(&seen);
    let sample_m2 = scanner.sample_area_m2(&seen.look);
    let first = seen.sample.floor();
    let samples = [(first, 1.0 - (seen.sample - first)), (first + 1.0, seen.sample - first)];
    samples
        .into_iter()
        .filter_map(|(sample, weight)| {
            let column = scanner.column_of(sample)?.round() as usize;
            let (_, averaged) = scanner.span(column);
            Some(Fall { pixel: (line, column), weight, pixel_m2: averaged as f64 * sample_m2 })
        })
        .collect()
}

/// The pixels of one scan that burn, by (line in the scan, column).
pub fn of_scan(scanner: &Scanner, orbit: &Orbit, scan: usize, seats: &[Seat]) -> BTreeMap<(usize, usize), Mark> {
    let mut marks: BTreeMap<(usize, usize), Mark> = BTreeMap::new();
    for seat in seats {
        for fall in falls(scanner, orbit, scan, seat.ground) {
            let share = seat.clear * fall.weight / fall.pixel_m2;
            let glows = seat.parts.iter().map(|(k, m2)| Glow { share: share * m2, kelvin: *k, smoke: seat.smoke });
            marks.entry(fall.pixel).or_default().extend(glows.filter(|glow| glow.share > 0.0));
        }
    }
    marks
}

/// A pixel's radiance once its fires burn.
pub fn lit(background: f64, mark: &Mark, optics: &Optics) -> f64 {
    let burning: f64 = mark.iter().map(|glow| glow.share).sum();
    // A pixel cannot burn more than wholly: beyond that the fires share it.
    let fit = 1.0 / burning.max(1.0);
    let flame = |glow: &Glow| optics.flame(glow.kelvin) * optics.through_smoke(glow.smoke);
    let added: f64 = mark.iter().map(|glow| fit * glow.share * flame(glow)).sum();
    background * (1.0 - burning.min(1.0)) + added
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bands::Band;
    use crate::swath::viirs::geometry::{IMAGERY, MODERATE, TRACK};

    fn optics() -> Optics {
        let band = Band { edges_um: (3.55, 3.93), transmittance: 0.9, ..Band::numbered(7).expect("a band") };
        Optics::new(band)
    }

    /// Excess radiance times pixel area, summed over the pixels of one scan.
    fn seen_w(scanner: &Scanner, orbit: &Orbit, scan: usize, seat: &Seat, optics: &Optics) -> f64 {
        let background = optics.black(280.0);
        of_scan(scanner, orbit, scan, std::slice::from_ref(seat))
            .iter()
            .map(|((line, column), mark)| {
                let sample = scanner.middle(*column);
                let stance = orbit.stance(scanner.time(scan, sample));
                let look = scanner.look(&stance, *line as f64, scanner.angle(sample)).expect("ground");
                let area = scanner.span(*column).1 as f64 * scanner.sample_area_m2(&look);
                let burning: f64 = mark.iter().map(|glow| glow.share).sum();
                area * (lit(background, mark, optics) - background * (1.0 - burning))
            })
            .sum()
    }

    /// The energy that reaches the pixels is what the fire sends: its radiance times its area times the transmittance.
    #[test]
    fn energy_is_kept() {
        let optics = optics();
        for scanner in [IMAGERY, MODERATE] {
            let orbit = Orbit::over(TRACK, (102.4, 36.3), false, |o| {
                scanner.look(&o.stance(0.0), 0.0, 0.0).map(|look| earth::lon_lat(look.ground))
            })
            .expect("an orbit");
            // Columns within a zone, on the border of two, and off the middle of a pixel.
            for column in [10.3, 0.2 * scanner.columns() as f64 - 0.5, 0.5 * scanner.columns() as f64 + 0.3] {
                let sample = scanner.middle(column as usize) + 0.4;
                let stance = orbit.stance(scanner.time(4, sample));
                let line = scanner.lines as f64 / 2.0 + 0.2;
                let look = scanner.look(&stance, line, scanner.angle(sample)).expect("ground");
                let parts = vec![(800.0, 500.0), (1000.0, 100.0)];
                let seat = Seat { ground: look.ground, clear: 1.0, smoke: 0.0, parts };
                let sent = optics.flame(800.0) * 500.0 + optics.flame(1000.0) * 100.0;
                let seen = seen_w(&scanner, &orbit, 4, &seat, &optics);
                assert!((seen / sent - 1.0).abs() < 2e-3, "column {column}: {seen} of {sent}");
            }
        }
    }

    #[test]
    fn the_next_scan_sees_the_fire_again_at_the_edge_of_the_swath() {
        let orbit = Orbit::over(TRACK, (102.4, 36.3), false, |o| {
            IMAGERY.look(&o.stance(0.0), 0.0, 0.0).map(|look| earth::lon_lat(look.ground))
        })
        .expect("an orbit");
        let looks = |column: usize| {
            let sample = IMAGERY.middle(column);
            let stance = orbit.stance(IMAGERY.time(5, sample));
            let look = IMAGERY.look(&stance, 2.0, IMAGERY.angle(sample)).expect("ground");
            let seat = Seat { ground: look.ground, clear: 1.0, smoke: 0.0, parts: vec![(800.0, 100.0)] };
            (0..10).filter(|scan| !of_scan(&IMAGERY, &orbit, *scan, std::slice::from_ref(&seat)).is_empty()).count()
        };
        // 32 lines of 0.81 km against an advance of 11.7 km a scan: two or three looks before the deletion.
        assert_eq!((looks(3200), looks(20)), (1, 3));
    }
}
