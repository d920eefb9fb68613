//! The sixteen bands of AHI, with the simulator's own numbers.

use crate::planck::Response;

/// How a band is calibrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bands 1 to 6: counts become radiance and albedo.
    Reflective,
    /// Bands 7 to 16: counts become radiance and brightness temperature.
    Emissive,
}

/// One AHI band.
#[derive(Clone, Copy, Debug)]
pub struct Band {
    pub number: u8,
    /// Central wavelength as the file header gives it, um.
    pub central_um: f64,
    /// Half-power edges, um: ALGORITHMS 4.0 [C:OKU/SATPY] for 4, 7, 13, 14, 15; the others [M].
    pub edges_um: (f64, f64),
    /// Pixels along a 2 km pixel: 1, 2 or 4.
    pub fineness: usize,
    /// Valid bits of a count: 14 for band 7, 12 for the other infrared bands, 11 for the visible [M].
    pub bits: u16,
    /// Noise: NEdT at 300 K (K) of an emissive band (10.2 [M]), albedo noise of a reflective one [O].
    pub noise: f64,
    /// Full scale: brightness temperature (K) [M], or albedo [O].
    pub saturation: f64,
    /// Transmittance from the plateau to the satellite at 58 degrees view zenith [O].
    pub transmittance: f64,
    /// Albedo of the clear air itself [O]; 0 for emissive bands, whose path term follows from the transmittance.
    pub path_albedo: f64,
}

const fn vis(
    number: u8,
    central_um: f64,
    edges_um: (f64, f64),
    fineness: usize,
    transmittance: f64,
    path_albedo: f64,
) -> Band {
    Band {
        number,
        central_um,
        edges_um,
        fineness,
        bits: 11,
        noise: 0.0015,
        saturation: 1.2,
        transmittance,
        path_albedo,
    }
}

const fn ir(
    number: u8,
    central_um: f64,
    edges_um: (f64, f64),
    noise: f64,
    saturation: f64,
    transmittance: f64,
) -> Band {
    Band {
        number,
        central_um,
        edges_um,
        fineness: 1,
        bits: if number == 7 { 14 } else { 12 },
        noise,
        saturation,
        transmittance,
        path_albedo: 0.0,
    }
}

/// Bands in order of their number.
const BANDS: [Band; 16] = [
    vis(1, 0.47063, (0.450, 0.491), 2, 0.72, 0.070),
    vis(2, 0.51000, (0.495, 0.526), 2, 0.78, 0.050),
    vis(3, 0.63914, (0.598, 0.680), 4, 0.85, 0.025),
    vis(4, 0.85670, (0.850, 0.870), 2, 0.91, 0.010),
    vis(5, 1.6101, (1.590, 1.630), 1, 0.93, 0.002),
    vis(6, 2.2568, (2.236, 2.278), 1, 0.93, 0.001),
    ir(7, 3.8853, (3.740, 3.960), 0.16, 400.0, 0.86),
    ir(8, 6.2429, (5.900, 6.600), 0.10, 320.0, 0.02),
    ir(9, 6.9410, (6.800, 7.100), 0.10, 320.0, 0.06),
    ir(10, 7.3467, (7.250, 7.450), 0.10, 330.0, 0.20),
    ir(11, 8.5926, (8.400, 8.800), 0.10, 345.0, 0.86),
    ir(12, 9.6372, (9.450, 9.820), 0.10, 330.0, 0.50),
    ir(13, 10.4073, (10.300, 10.600), 0.10, 345.0, 0.95),
    ir(14, 11.2395, (11.100, 11.300), 0.10, 345.0, 0.94),
    ir(15, 12.3806, (12.200, 12.500), 0.10, 345.0, 0.91),
    ir(16, 13.2807, (13.200, 13.400), 0.30, 320.0, 0.55),
];

impl Band {
    /// The band with a number, or `None` outside 1..=16.
    pub fn numbered(number: u8) -> Option<Band> {
        BANDS.into_iter().find(|band| band.number == number)
    }

    pub fn kind(&self) -> Kind {
        if self.number < 7 { Kind::Reflective } else { Kind::Emissive }
    }

    pub fn response(&self) -> Response {
        Response::soft_edged(self.edges_um.0, self.edges_um.1)
    }

    /// The resolution part of a file name: 05, 10 or 20 (hectometres).
    pub fn resolution_code(&self) -> &'static str {
        match self.fineness {
            4 => "05",
            2 => "10",
            _ => "20",
        }
    }

    /// Columns of the full disk.
    pub fn columns(&self) -> usize {
        5500 * self.fineness
    }

    /// Lines of one of ten segments.
    pub fn segment_lines(&self) -> usize {
        550 * self.fineness
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_places_and_counts_fit() {
        for number in 1..=16 {
            let band = Band::numbered(number).expect("a band");
            assert_eq!(band.number, number);
            assert!(band.edges_um.0 < band.edges_um.1 && band.bits <= 14);
        }
        assert!(Band::numbered(0).is_none() && Band::numbered(17).is_none());
    }
}
