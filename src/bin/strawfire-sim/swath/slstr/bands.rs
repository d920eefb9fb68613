//! The SLSTR channels and how they are packed.
//!
//! Centres and widths [M: instrument description]; noise 10.2 [M]; S7 saturates at 311 K and F1, the same band read with
//! low gain, at 500 K [C]. Packing of temperatures: hundredths of a kelvin about 283.73 [M]; radiances [O].

use crate::bands::Band;

/// A channel on one of the grids.
#[derive(Clone, Copy)]
pub struct SlstrBand {
    pub name: &'static str,
    pub band: Band,
    /// Whether it comes down by night: S1 to S4 do not.
    pub by_night: bool,
}

const fn optic(ahi: u8, central_um: f64, width_um: f64, noise: f64, saturation: f64, through: f64) -> Band {
    Band {
        number: ahi,
        central_um,
        edges_um: (central_um - 0.5 * width_um, central_um + 0.5 * width_um),
        fineness: 1,
        bits: 14,
        noise,
        saturation,
        transmittance: through,
        path_albedo: match ahi {
            2 => 0.045,
            3 => 0.025,
            4 => 0.010,
            5 => 0.002,
            _ => 0.0,
        },
    }
}

const fn channel(name: &'static str, band: Band, by_night: bool) -> SlstrBand {
    SlstrBand { name, band, by_night }
}

/// The 500 m grid "an". S4 sees cirrus only: the air below takes nearly all.
pub const FINE: [SlstrBand; 6] = [
    channel("S1", optic(2, 0.555, 0.020, 0.0010, 1.2, 0.80), false),
    channel("S2", optic(3, 0.659, 0.020, 0.0010, 1.2, 0.87), false),
    channel("S3", optic(4, 0.865, 0.020, 0.0010, 1.2, 0.93), false),
    channel("S4", optic(5, 1.375, 0.015, 0.0010, 1.2, 0.02), false),
    channel("S5", optic(5, 1.610, 0.060, 0.0010, 1.2, 0.95), true),
    channel("S6", optic(6, 2.250, 0.050, 0.0010, 1.2, 0.95), true),
];

/// The 1 km grid "in".
pub const COARSE: [SlstrBand; 3] = [
    channel("S7", optic(7, 3.74, 0.38, 0.08, 311.0, 0.89), true),
    channel("S8", optic(14, 10.85, 0.90, 0.05, 321.0, 0.95), true),
    channel("S9", optic(15, 12.00, 1.00, 0.05, 321.0, 0.93), true),
];

/// The 1 km grid "fn" of the fire channel.
pub const FIRE: [SlstrBand; 1] = [channel("F1", optic(7, 3.74, 0.38, 1.0, 500.0, 0.89), true)];

/// Packed temperatures: K = count x scale + offset.
pub const KELVIN: (f64, f64) = (0.01, 283.73);
/// Fill of packed values.
pub const FILL: i16 = -32_768;
/// Bits of an exception [M: product format], 255 where there is nothing.
pub const SATURATION: u8 = 16;
pub const UNFILLED: u8 = 128;
pub const EXCEPTION_MEANINGS: &str = "ISP_absence pixel_absence not_decompressed no_signal saturation invalid_radiance \
                                      no_parameters unfilled_pixel";
