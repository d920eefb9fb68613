//! The channels of AGRI that fires need, with the simulator's own numbers.
//!
//! Numbers, centres and edges as the National Satellite Meteorological Centre lists them for the instrument (the 2.25 um
//! edges [M]); noise: its requirement of 0.7 K is taken for channel 7 as 0.3 K, between that and the best in orbit.

use crate::bands::Band;

/// One channel.
#[derive(Clone, Copy)]
pub struct AgriBand {
    /// Number on FY-4A and on FY-4B: water vapour has one channel more there.
    pub numbers: [u8; 2],
    /// Lies in the 2 km file too.
    pub fine: bool,
    pub band: Band,
}

/// An AGRI channel that sees ground and cloud as AHI's band `ahi` does, at 4 km.
const fn channel(
    numbers: [u8; 2],
    ahi: u8,
    centre_um: f64,
    edges_um: (f64, f64),
    noise: f64,
    saturation: f64,
    transmittance: f64,
) -> AgriBand {
    AgriBand {
        numbers,
        fine: numbers[0] <= 7,
        band: Band {
            number: ahi,
            central_um: centre_um,
            edges_um,
            fineness: 1,
            bits: 12,
            noise,
            saturation,
            transmittance,
            path_albedo: match ahi {
                3 => 0.025,
                4 => 0.010,
                5 => 0.002,
                6 => 0.001,
                _ => 0.0,
            },
        },
    }
}

/// Channel 8 has the low gain: less noise, and full at 341 K.
pub const BANDS: [AgriBand; 10] = [
    channel([2, 2], 3, 0.65, (0.55, 0.75), 0.0015, 1.1, 0.85),
    channel([3, 3], 4, 0.825, (0.75, 0.90), 0.0015, 1.1, 0.90),
    channel([5, 5], 5, 1.61, (1.58, 1.64), 0.0015, 1.1, 0.93),
    channel([6, 6], 6, 2.225, (2.10, 2.35), 0.0015, 1.1, 0.93),
    channel([7, 7], 7, 3.75, (3.50, 4.00), 0.30, 405.0, 0.86),
    channel([8, 8], 7, 3.75, (3.50, 4.00), 0.15, 341.0, 0.86),
    channel([11, 12], 11, 8.5, (8.0, 9.0), 0.10, 340.0, 0.86),
    channel([12, 13], 14, 10.8, (10.3, 11.3), 0.10, 340.0, 0.94),
    channel([13, 14], 15, 12.0, (11.5, 12.5), 0.10, 340.0, 0.91),
    channel([14, 15], 16, 13.5, (13.2, 13.8), 0.30, 320.0, 0.55),
];
