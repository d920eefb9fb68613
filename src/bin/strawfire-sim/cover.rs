//! What covers the ground, and how bright it is in each band [O, rounded from common spectral libraries].

/// Kinds of ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// Bare loess, ploughed or under stubble.
    Bare,
    /// Green crops and trees.
    Green,
    /// Alpine grass and rock.
    Alpine,
    Water,
    Snow,
    /// Solar panels; the Sun that they mirror is apart from this (`traps::mirrors`).
    Panel,
}

impl Cover {
    /// Albedo in AHI bands 1 to 7; the last is the mid infrared (10.2: bare loess up to 0.25, snow under 0.05).
    fn albedos(self) -> [f64; 7] {
        match self {
            Cover::Bare => [0.10, 0.13, 0.18, 0.24, 0.30, 0.26, 0.17],
            Cover::Green => [0.035, 0.060, 0.050, 0.36, 0.20, 0.10, 0.035],
            Cover::Alpine => [0.07, 0.09, 0.12, 0.20, 0.26, 0.21, 0.10],
            Cover::Water => [0.050, 0.050, 0.035, 0.015, 0.006, 0.004, 0.020],
            Cover::Snow => [0.80, 0.80, 0.80, 0.72, 0.12, 0.08, 0.030],
            // 10.2: 0.03 in the mid infrared; cells swallow the visible light
            Cover::Panel => [0.05, 0.05, 0.05, 0.07, 0.12, 0.10, 0.030],
        }
    }

    /// Reflectance in a band: 1 minus emissivity in the thermal infrared.
    pub fn reflectance(self, band: u8) -> f64 {
        match band {
            1..=7 => self.albedos()[usize::from(band) - 1],
            _ => match self {
                Cover::Panel => 0.100,
                Cover::Bare => 0.035,
                Cover::Alpine => 0.025,
                Cover::Green => 0.015,
                Cover::Water | Cover::Snow => 0.010,
            },
        }
    }
}

/// Reflectance of a thick cloud in a band [O].
pub fn cloud_reflectance(band: u8) -> f64 {
    match band {
        1..=4 => 0.62,
        5 => 0.42,
        6 => 0.28,
        7 => 0.10,
        _ => 0.02,
    }
}

/// What smoke hides in a band against what it hides of visible light [O]: its particles are smaller than the waves of the
/// infrared (10.2: at 3.9 um nine tenths and more pass).
pub fn smoke_share(band: u8) -> f64 {
    match band {
        1..=3 => 1.0,
        4 => 0.6,
        5 => 0.35,
        6 => 0.25,
        7 => 0.2,
        _ => 0.0,
    }
}
