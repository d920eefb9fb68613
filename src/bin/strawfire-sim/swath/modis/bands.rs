//! The MODIS bands that fires need, and the scaled integers of the L1B.
//!
//! Every reader turns radiance into temperature with one set of effective wavenumbers (ALGORITHMS 7.3 [C:SATPY]); the
//! edges of the emissive bands are fitted so that our band integral agrees with them within 0.04 K from 240 to 330 K.
//! Reflective edges [C: MODIS specifications]; noise 10.2 [M]; saturation 331 K of B22 [C2] and 500 K of B21 [M].

use crate::bands::Band;
use crate::optics::Optics;

/// The largest scaled integer that measures something, and the codes above [C: L1B file specification].
pub const TOP: u16 = 32_767;
pub const FILL: u16 = 65_535;
pub const SATURATED: u16 = 65_533;

/// A three-dimensional array of the file: its bands in order, those simulated with their optics.
pub struct Set {
    pub name: &'static str,
    pub long_name: &'static str,
    /// First dimension of the array.
    pub dimension: &'static str,
    pub bands: &'static [ModisBand],
    pub emissive: bool,
}

/// One band; without optics it is there and empty.
#[derive(Clone, Copy)]
pub struct ModisBand {
    pub name: &'static str,
    pub band: Option<Band>,
    /// Scaled integer of zero radiance [M].
    pub zero: f64,
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

const fn rsb(name: &'static str, ahi: u8, low: f64, high: f64, through: f64) -> ModisBand {
    ModisBand { name, band: Some(optic(ahi, 0.5 * (low + high), (low, high), 0.0008, 1.6, through)), zero: 0.0 }
}

const fn teb(
    name: &'static str,
    ahi: u8,
    edges: (f64, f64),
    noise: f64,
    full: f64,
    through: f64,
    zero: f64,
) -> ModisBand {
    ModisBand { name, band: Some(optic(ahi, 0.5 * (edges.0 + edges.1), edges, noise, full, through)), zero }
}

const fn empty(name: &'static str) -> ModisBand {
    ModisBand { name, band: None, zero: 0.0 }
}

pub const SETS: [Set; 4] = [
    Set {
        name: "EV_250_Aggr1km_RefSB",
        long_name: "Earth View 250M Aggregated 1km Reflective Solar Bands Scaled Integers",
        dimension: "Band_250M",
        bands: &[rsb("1", 3, 0.620, 0.670, 0.87), rsb("2", 4, 0.841, 0.876, 0.93)],
        emissive: false,
    },
    Set {
        name: "EV_500_Aggr1km_RefSB",
        long_name: "Earth View 500M Aggregated 1km Reflective Solar Bands Scaled Integers",
        dimension: "Band_500M",
        bands: &[
            rsb("3", 1, 0.459, 0.479, 0.72),
            rsb("4", 2, 0.545, 0.565, 0.80),
            rsb("5", 5, 1.230, 1.250, 0.94),
            rsb("6", 5, 1.628, 1.652, 0.95),
            rsb("7", 6, 2.105, 2.155, 0.95),
        ],
        emissive: false,
    },
    Set {
        name: "EV_1KM_RefSB",
        long_name: "Earth View 1KM Reflective Solar Bands Scaled Integers",
        dimension: "Band_1KM_RefSB",
        bands: &[
            empty("8"),
            empty("9"),
            empty("10"),
            empty("11"),
            empty("12"),
            empty("13lo"),
            empty("13hi"),
            empty("14lo"),
            empty("14hi"),
            empty("15"),
            empty("16"),
            empty("17"),
            empty("18"),
            empty("19"),
            empty("26"),
        ],
        emissive: false,
    },
    Set {
        name: "EV_1KM_Emissive",
        long_name: "Earth View 1KM Emissive Bands Scaled Integers",
        dimension: "Band_1KM_Emissive",
        bands: &[
            teb("20", 7, (3.689_904, 3.887_976), 0.05, 335.0, 0.88, 2730.58),
            teb("21", 7, (3.945_841, 4.038_944), 2.0, 500.0, 0.90, 2730.58),
            teb("22", 7, (3.924_768, 4.019_660), 0.07, 331.0, 0.90, 2730.58),
            teb("23", 7, (4.010_271, 4.103_559), 0.07, 331.0, 0.90, 2730.58),
            empty("24"),
            empty("25"),
            empty("27"),
            empty("28"),
            empty("29"),
            empty("30"),
            teb("31", 14, (10.938_570, 11.088_570), 0.05, 400.0, 0.95, 1577.34),
            teb("32", 15, (11.952_404, 12.102_404), 0.05, 400.0, 0.93, 1658.22),
            empty("33"),
            empty("34"),
            empty("35"),
            empty("36"),
        ],
        emissive: true,
    },
];

/// The scale of one band: radiance = scale x (integer - zero).
#[derive(Clone, Copy)]
pub struct Scale {
    pub scale: f64,
    pub zero: f64,
    saturation: f64,
}

impl Scale {
    /// Of a band that is not simulated.
    pub fn none() -> Scale {
        Scale { scale: 1.0, zero: 0.0, saturation: 0.0 }
    }

    /// The scale ends a little above what saturates the detector.
    pub fn of(band: &ModisBand, optics: &Optics, emissive: bool) -> Scale {
        let saturation = match emissive {
            true => optics.black(optics.band.saturation),
            false => optics.band.saturation * optics.white(),
        };
        Scale { scale: 1.003 * saturation / (f64::from(TOP) - band.zero), zero: band.zero, saturation }
    }

    /// The scaled integer of a radiance, or its code.
    pub fn encode(&self, radiance: f64) -> u16 {
        if radiance >= self.saturation {
            return SATURATED;
        }
        (radiance / self.scale + self.zero).round().clamp(0.0, f64::from(TOP)) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Effective wavenumber (cm-1), slope and intercept (K) of the readers (ALGORITHMS 7.3), and their constants.
    const READERS: [(&str, f64, f64, f64); 6] = [
        ("20", 2641.775, 0.999_341_1, 0.477_053_2),
        ("21", 2505.277, 0.999_864_6, 0.092_626_64),
        ("22", 2518.028, 0.999_858_4, 0.097_579_96),
        ("23", 2465.428, 0.999_868_2, 0.089_292_42),
        ("31", 908.0884, 0.999_560_8, 0.130_269_9),
        ("32", 831.5399, 0.999_725_6, 0.071_818_33),
    ];

    fn emissive(name: &str) -> (ModisBand, Optics) {
        let band = SETS[3].bands.iter().find(|b| b.name == name).expect("a band");
        (*band, Optics::new(band.band.expect("simulated")))
    }

    fn as_a_reader_does(radiance: f64, wavenumber: f64, slope: f64, intercept: f64) -> f64 {
        let (h, c, k) = (6.626_075_5e-34, 2.997_924_6e8, 1.380_658e-23_f64);
        let metres = 0.01 / wavenumber;
        let star = h * c / k / (metres * (2.0 * h * c * c / (1e6 * radiance * metres.powi(5))).ln_1p());
        (star - intercept) / slope
    }

    #[test]
    fn readers_get_the_temperature_back() {
        for (name, wavenumber, slope, intercept) in READERS {
            let (_, optics) = emissive(name);
            for kelvin in [240.0, 270.0, 290.0, 310.0, 330.0, 450.0] {
                let got = as_a_reader_does(optics.black(kelvin), wavenumber, slope, intercept);
                assert!((got - kelvin).abs() < 0.04, "B{name} {kelvin}: {got}");
            }
        }
    }

    #[test]
    fn band_22_saturates_where_band_21_goes_on() {
        let codes = ["22", "21"].map(|name| {
            let (band, optics) = emissive(name);
            Scale::of(&band, &optics, true).encode(optics.black(350.0))
        });
        assert_eq!(codes[0], SATURATED);
        assert!(codes[1] < TOP);
        let (band, optics) = emissive("22");
        let scale = Scale::of(&band, &optics, true);
        // The real scale of band 22 is about 7e-5 W m-2 sr-1 um-1 an integer [M].
        assert!((scale.scale / 7.1e-5 - 1.0).abs() < 0.05, "{}", scale.scale);
    }
}
