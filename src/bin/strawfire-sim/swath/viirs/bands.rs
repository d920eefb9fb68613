//! The VIIRS bands that fires need, and how their radiance is counted.
//!
//! Scales of I01 to I05 as in real VNP02IMG granules, quoted in the comments of public programs that read them [C2]: I04
//! 6.104354e-05 and 0.0016703, I05 0.0003815221 and 0.141121, reflectances 1.9991758e-05. The table of I04 ends at 361.77 K
//! in such granules [C2]; a test holds our band integral to that. (423.33 K is said of I05 too, but its scale ends at
//! 390 K, which fits the 380 K of S14: not taken over [D].) M bands [O].

use crate::bands::Band;
use crate::optics::Optics;

/// The largest count that measures something; above it are the codes.
pub const TOP_COUNT: u16 = 65_527;

/// How a band's radiance fares in the instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    Good(f64),
    /// At the end of the detector's range.
    Saturated(f64),
    /// So strong that the count folded over and reads cold.
    Folded(f64),
}

impl Reading {
    pub fn radiance(self) -> f64 {
        match self {
            Reading::Good(r) | Reading::Saturated(r) | Reading::Folded(r) => r,
        }
    }
}

/// One band of VIIRS.
#[derive(Clone, Copy, Debug)]
pub struct ViirsBand {
    /// As in the netCDF files: I04, M13.
    pub name: &'static str,
    pub band: Band,
    /// Radiance scale and offset of the L1B counts (emissive), or reflectance scale and offset.
    pub scale: (f64, f64),
    /// Whether extreme fires fold over (I4, S14).
    pub folds: bool,
    /// Brightness temperature above which a dual-gain band switches to its low gain, K.
    pub low_gain_k: Option<f64>,
    /// Whether the instrument sends this band by night: M7 and M11 come down, the reflective I bands and M5 do not.
    pub by_night: bool,
}

/// Equivalent temperature of a full pixel above which a folding band folds [O]: S14 saw it in 0.2 % of fire pixels.
const FOLD_K: f64 = 500.0;
/// What a freshly folded count reads, K [C:S14].
const FOLD_FLOOR_K: f64 = 208.0;

/// AHI's number of the nearest band stands for the ground's reflectance there.
const fn optic(ahi: u8, central_um: f64, edges_um: (f64, f64), noise: f64, saturation: f64, through: f64) -> Band {
    Band {
        number: ahi,
        central_um,
        edges_um,
        fineness: 1,
        bits: 16,
        noise,
        saturation,
        transmittance: through,
        path_albedo: match ahi {
            3 => 0.025,
            4 => 0.010,
            5 => 0.002,
            6 => 0.001,
            _ => 0.0,
        },
    }
}

const RSB: ViirsBand = ViirsBand {
    name: "",
    band: optic(3, 0.64, (0.60, 0.68), 0.0015, 1.31, 0.87),
    scale: (1.999_175_8e-5, 0.0),
    folds: false,
    low_gain_k: None,
    by_night: false,
};

/// Edges [C:S14 for I4, I5; M for the rest]; noise 10.2 [M]; transmittances of a vertical path over the plateau [O].
pub const IMAGERY_BANDS: [ViirsBand; 5] = [
    ViirsBand { name: "I01", ..RSB },
    ViirsBand { name: "I02", band: optic(4, 0.865, (0.846, 0.885), 0.0015, 1.31, 0.93), ..RSB },
    ViirsBand { name: "I03", band: optic(5, 1.61, (1.58, 1.64), 0.0020, 1.31, 0.95), ..RSB },
    ViirsBand {
        name: "I04",
        band: optic(7, 3.74, (3.55, 3.93), 0.4, 367.0, 0.89),
        scale: (6.104_354e-5, 0.001_670_3),
        folds: true,
        low_gain_k: None,
        by_night: true,
    },
    ViirsBand {
        name: "I05",
        band: optic(14, 11.45, (10.5, 12.4), 0.4, 380.0, 0.94),
        scale: (0.000_381_522_1, 0.141_121),
        folds: false,
        low_gain_k: None,
        by_night: true,
    },
];

/// The M bands. The scale of M13 reaches beyond 634 K, where its low gain saturates [C:S14].
pub const MODERATE_BANDS: [ViirsBand; 6] = [
    ViirsBand { name: "M05", band: optic(3, 0.672, (0.662, 0.682), 0.0010, 1.31, 0.88), ..RSB },
    ViirsBand { name: "M07", band: optic(4, 0.865, (0.846, 0.885), 0.0010, 1.31, 0.93), by_night: true, ..RSB },
    ViirsBand { name: "M11", band: optic(6, 2.25, (2.225, 2.275), 0.0010, 1.31, 0.95), by_night: true, ..RSB },
    ViirsBand {
        name: "M13",
        band: optic(7, 4.05, (3.973, 4.128), 0.07, 634.0, 0.90),
        scale: (0.0064, 0.0),
        folds: false,
        low_gain_k: Some(343.0),
        by_night: true,
    },
    ViirsBand {
        name: "M15",
        band: optic(14, 10.763, (10.263, 11.263), 0.07, 343.0, 0.95),
        scale: (0.000_30, 0.10),
        folds: false,
        low_gain_k: None,
        by_night: true,
    },
    ViirsBand {
        name: "M16",
        band: optic(15, 12.013, (11.538, 12.488), 0.07, 340.0, 0.93),
        scale: (0.000_27, 0.10),
        folds: false,
        low_gain_k: None,
        by_night: true,
    },
];

/// A band's limits in radiance, worked out once.
pub struct Limits {
    saturation: f64,
    fold: f64,
    floor: f64,
    pub low_gain: f64,
}

impl ViirsBand {
    pub fn emissive(&self) -> bool {
        self.band.number >= 7
    }

    pub fn limits(&self, optics: &Optics) -> Limits {
        if !self.emissive() {
            let full = self.band.saturation * optics.white();
            return Limits { saturation: full, fold: f64::INFINITY, floor: 0.0, low_gain: f64::INFINITY };
        }
        Limits {
            saturation: optics.black(self.band.saturation),
            fold: if self.folds { optics.black(FOLD_K) } else { f64::INFINITY },
            floor: optics.black(FOLD_FLOOR_K),
            low_gain: self.low_gain_k.map_or(f64::INFINITY, |k| optics.black(k)),
        }
    }
}

impl Limits {
    /// The largest radiance that the detector tells apart.
    pub fn full(&self) -> f64 {
        self.saturation
    }

    /// What the detector makes of a radiance: a folded count climbs again from a cold floor [O for the slope].
    pub fn read(&self, radiance: f64) -> Reading {
        if radiance > self.fold {
            Reading::Folded(self.floor + (0.05 * (radiance - self.fold)).rem_euclid(self.saturation))
        } else if radiance >= self.saturation {
            Reading::Saturated(self.saturation)
        } else {
            Reading::Good(radiance)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swath::inverse::Inverse;
    use crate::swath::marks::{Glow, lit};

    fn named(name: &str) -> (ViirsBand, Optics) {
        let band = IMAGERY_BANDS.into_iter().chain(MODERATE_BANDS).find(|b| b.name == name).expect("a band");
        (band, Optics::new(band.band))
    }

    /// From real granules: see the head of this file.
    #[test]
    fn the_table_of_i4_ends_where_the_real_one_does() {
        let (band, optics) = named("I04");
        let full = band.scale.0 * f64::from(TOP_COUNT) + band.scale.1;
        let got = Inverse::of(&optics).kelvin(full);
        assert!((got - 361.77).abs() < 1.0, "{got}");
    }

    /// The Rio bonfire of S14 (ALGORITHMS 10.4): 4.91 m2 of some 1000 K in an I4 pixel of 0.180 km2 by night raised it by 10 K;
    /// between 7.5 and 11 K on ground of 285 to 275 K. That range is of a black body without air, of which I4's lets 0.89
    /// pass: through it the same fire gives 9.8 K at 275 K, 8.3 K at 280 K, but only 7.0 K at 285 K.
    #[test]
    fn a_bonfire_in_rio() {
        let bonfire = vec![Glow { share: 4.91 / 180_000.0, kelvin: 1000.0, smoke: 0.0 }];
        let rise_k = |band: Band, ground_k: f64| {
            let optics = Optics::new(band);
            Inverse::of(&optics).kelvin(lit(optics.black(ground_k), &bonfire, &optics)) - ground_k
        };
        let (i4, _) = named("I04");
        let airless = Band { transmittance: 1.0, ..i4.band };
        for (band, ground_k) in
            [(airless, 275.0), (airless, 280.0), (airless, 285.0), (i4.band, 275.0), (i4.band, 280.0)]
        {
            let rise = rise_k(band, ground_k);
            assert!((7.5..=11.0).contains(&rise), "{} at {ground_k} K: {rise}", band.transmittance);
        }
    }

    #[test]
    fn scales_hold_what_the_band_can_measure() {
        for band in MODERATE_BANDS {
            let optics = Optics::new(band.band);
            if band.emissive() {
                let full = band.scale.0 * f64::from(TOP_COUNT) + band.scale.1;
                assert!(full > optics.black(band.band.saturation), "{}", band.name);
            }
        }
    }

    #[test]
    fn strong_fires_saturate_and_extreme_ones_fold() {
        let (band, optics) = named("I04");
        let limits = band.limits(&optics);
        assert_eq!(limits.read(0.5), Reading::Good(0.5));
        assert!(matches!(limits.read(optics.black(400.0)), Reading::Saturated(_)));
        let Reading::Folded(cold) = limits.read(optics.black(501.0)) else { panic!("folded") };
        assert!(Inverse::of(&optics).kelvin(cold) < 290.0);
    }
}
