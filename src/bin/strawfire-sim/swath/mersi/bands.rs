//! The MERSI-II bands that fires need, and their counts.
//!
//! Radiance is in mW m-2 sr-1 (cm-1)-1. A reader inverts Planck at the wavenumber of the band's centre (3.80, 4.05, 10.8,
//! 12.0 um [C:SATPY]) and corrects with TBB_Trans_Coefficient_A and _B; both coefficients are fitted here to our own band
//! integral. Edges [C:SATPY], noise 10.2 [M], saturation and slopes [M].

use crate::bands::Band;
use crate::optics::Optics;
use crate::planck::{BOLTZMANN_J_K, LIGHT_M_S, PLANCK_J_S};

/// Codes [C]: bad or missing, saturated.
pub const BAD: u16 = 65_535;
pub const SATURATED: u16 = 65_534;
/// The largest reflective and emissive counts.
pub const TOP_REFLECTIVE: f64 = 4095.0;
pub const TOP_EMISSIVE: f64 = 25_000.0;
/// Reflectance in per cent = c0 + c1 DN + c2 DN^2.
pub const REFLECTIVE: [f64; 3] = [-0.6, 0.03, 0.0];

/// One band; without optics it is there and empty.
#[derive(Clone, Copy)]
pub struct MersiBand {
    pub number: usize,
    pub band: Option<Band>,
    /// Radiance of one count.
    pub slope: f64,
}

const fn optic(ahi: u8, central_um: f64, edges_um: (f64, f64), noise: f64, saturation: f64, through: f64) -> Band {
    Band {
        number: ahi,
        central_um,
        edges_um,
        fineness: 1,
        bits: 12,
        noise,
        saturation,
        transmittance: through,
        path_albedo: match ahi {
            1 => 0.070,
            2 => 0.040,
            3 => 0.025,
            4 => 0.010,
            5 => 0.002,
            _ => 0.0,
        },
    }
}

const fn rsb(number: usize, ahi: u8, low: f64, high: f64, through: f64) -> MersiBand {
    MersiBand { number, band: Some(optic(ahi, 0.5 * (low + high), (low, high), 0.0010, 1.2, through)), slope: 1.0 }
}

/// An emissive band between a centre less and more a half width.
const fn teb(number: usize, ahi: u8, at: (f64, f64), noise: f64, full: f64, through: f64, slope: f64) -> MersiBand {
    MersiBand { number, band: Some(optic(ahi, at.0, (at.0 - at.1, at.0 + at.1), noise, full, through)), slope }
}

const fn empty(number: usize) -> MersiBand {
    MersiBand { number, band: None, slope: 1.0 }
}

/// An array of the file.
pub struct Set {
    pub name: &'static str,
    pub bands: &'static [MersiBand],
    pub emissive: bool,
    /// As the real files say it: wrong for bands 24 and 25, whose counts reach 25000 [C:SATPY].
    pub valid_max: u16,
}

pub const SETS: [Set; 4] = [
    Set {
        name: "EV_250_Aggr.1KM_RefSB",
        bands: &[
            rsb(1, 1, 0.445, 0.495, 0.72),
            rsb(2, 2, 0.525, 0.575, 0.80),
            rsb(3, 3, 0.625, 0.675, 0.87),
            rsb(4, 4, 0.840, 0.890, 0.93),
        ],
        emissive: false,
        valid_max: 4095,
    },
    Set {
        name: "EV_1KM_RefSB",
        bands: &[
            empty(5),
            rsb(6, 5, 1.615, 1.665, 0.95),
            rsb(7, 6, 2.105, 2.155, 0.95),
            empty(8),
            empty(9),
            empty(10),
            empty(11),
            empty(12),
            empty(13),
            empty(14),
            empty(15),
            empty(16),
            empty(17),
            empty(18),
            empty(19),
        ],
        emissive: false,
        valid_max: 4095,
    },
    Set {
        name: "EV_1KM_Emissive",
        bands: &[
            teb(20, 7, (3.80, 0.09), 0.25, 350.0, 0.89, 0.0002),
            teb(21, 7, (4.05, 0.0775), 0.25, 380.0, 0.90, 0.0007),
            empty(22),
            empty(23),
        ],
        emissive: true,
        valid_max: 25_000,
    },
    Set {
        name: "EV_250_Aggr.1KM_Emissive",
        bands: &[teb(24, 14, (10.8, 0.5), 0.4, 345.0, 0.95, 0.01), teb(25, 15, (12.0, 0.5), 0.4, 345.0, 0.93, 0.01)],
        emissive: true,
        valid_max: 4095,
    },
];

/// How one band is counted.
pub struct Scale {
    slope: f64,
    /// Radiance per wavelength times this is radiance per wavenumber, or reflectance in per cent.
    factor: f64,
    saturation: f64,
    /// BT* = a BT + b.
    pub correction: (f64, f64),
}

impl Scale {
    pub fn of(band: &MersiBand, optics: &Optics, emissive: bool) -> Scale {
        if !emissive {
            let factor = 100.0 / optics.white();
            return Scale { slope: 1.0, factor, saturation: 100.0 * optics.band.saturation, correction: (1.0, 0.0) };
        }
        let factor = 0.1 * optics.band.central_um * optics.band.central_um;
        let saturation = factor * optics.black(optics.band.saturation);
        Scale { slope: band.slope, factor, saturation, correction: correction(optics, factor) }
    }

    /// The count of a radiance per wavelength.
    pub fn encode(&self, radiance: f64, emissive: bool) -> u16 {
        let value = radiance * self.factor;
        if value >= self.saturation {
            return SATURATED;
        }
        let (count, top) = match emissive {
            true => (value / self.slope, TOP_EMISSIVE),
            false => ((value - REFLECTIVE[0]) / REFLECTIVE[1], TOP_REFLECTIVE),
        };
        count.round().clamp(0.0, top) as u16
    }
}

/// Temperature (K) of a black body with this radiance at exactly the centre, mW m-2 sr-1 (cm-1)-1.
pub fn at_the_centre(central_um: f64, radiance: f64) -> f64 {
    // In SI units: W m-2 sr-1 (m-1)-1.
    let (nu, si) = (1e6 / central_um, radiance * 1e-5);
    let first = 2.0 * PLANCK_J_S * LIGHT_M_S * LIGHT_M_S * nu.powi(3) / si;
    PLANCK_J_S * LIGHT_M_S * nu / (BOLTZMANN_J_K * first.ln_1p())
}

/// The straight line through the centre's temperature against the band's, 240 to 340 K.
fn correction(optics: &Optics, factor: f64) -> (f64, f64) {
    let pairs: Vec<(f64, f64)> = (0..=50)
        .map(|i| 240.0 + 2.0 * f64::from(i))
        .map(|t| (t, at_the_centre(optics.band.central_um, factor * optics.black(t))))
        .collect();
    let n = pairs.len() as f64;
    let (mx, my) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let (sxy, sxx) =
        pairs.iter().fold((0.0, 0.0), |(xy, xx), (x, y)| (xy + (x - mx) * (y - my), xx + (x - mx).powi(2)));
    (sxy / sxx, my - sxy / sxx * mx)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrected_temperatures_are_those_of_the_ground() {
        for set in SETS.iter().filter(|s| s.emissive) {
            for band in set.bands.iter().filter(|b| b.band.is_some()) {
                let optics = Optics::new(band.band.expect("optics"));
                let scale = Scale::of(band, &optics, true);
                for kelvin in [250.0, 290.0, 330.0] {
                    let star = at_the_centre(optics.band.central_um, optics.black(kelvin) * scale.factor);
                    let got = (star - scale.correction.1) / scale.correction.0;
                    assert!((got - kelvin).abs() < 0.06, "b{} {kelvin}: {got}", band.number);
                }
                let top = scale.saturation / scale.slope;
                assert!(top < TOP_EMISSIVE, "b{} {top}", band.number);
            }
        }
    }

    /// 900 cm-1 and 300 K: c1 nu^3 / (exp(c2 nu / T) - 1) = 123.24 mW m-2 sr-1 (cm-1)-1 with c1 = 1.191042e-5, c2 = 1.438777.
    #[test]
    fn planck_by_wavenumber() {
        let nu = 900.0_f64;
        let radiance = 1.191_042_97e-5 * nu.powi(3) / (1.438_776_88 * nu / 300.0).exp_m1();
        assert!((at_the_centre(1e4 / nu, radiance) - 300.0).abs() < 1e-3);
    }
}
