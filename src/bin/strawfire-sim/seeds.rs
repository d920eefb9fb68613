//! Random numbers that depend on the seed alone, never on the number of threads.
//!
//! Three disjoint families (ALGORITHMS 10.1): `dev` to develop on, `calibration` to tune thresholds on, `sealed` to
//! score with, once a release. The key of a family is a hash of a public string that was fixed before any tuning.

use sha2::{Digest, Sha256};

/// Fixed before any threshold was tuned. Changing it would unseal the sealed family: do not.
const PUBLIC_STRING: &str = "strawfire simulation seeds, Haidong, straw seasons, first edition";

/// Which use a seed is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Family {
    Dev,
    Calibration,
    Sealed,
}

impl Family {
    /// The name on the command line and in truth files.
    pub fn name(self) -> &'static str {
        match self {
            Family::Dev => "dev",
            Family::Calibration => "calibration",
            Family::Sealed => "sealed",
        }
    }
}

/// The 64-bit key of seed `number` in a family: SHA-256 of the public string, the family and the number.
pub fn key(family: Family, number: u64) -> u64 {
    let text = format!("{PUBLIC_STRING}|{}|{number}", family.name());
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).fold(0_u64, |acc, byte| (acc << 8) | u64::from(*byte))
}

/// The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection that scatters neighbouring inputs.
#[inline]
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A hash of a key and two integers, for fields that must not depend on visiting order.
#[inline]
pub fn hash2(key: u64, a: i64, b: i64) -> u64 {
    mix(mix(key ^ (a as u64)).wrapping_add(b as u64))
}

/// The top 53 bits as a number in [0, 1).
#[inline]
pub fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A standard normal number from one hash (Box-Muller on its two halves; tails reach 6.6 sigma).
#[inline]
pub fn normal(bits: u64) -> f64 {
    let radius = ((bits >> 32) as f64 + 1.0) / 4_294_967_296.0;
    let angle = (bits & 0xFFFF_FFFF) as f64 / 4_294_967_296.0;
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// A cheap, nearly normal number: four 16-bit uniforms added (Irwin-Hall). Only for pixels far from the site.
#[inline]
pub fn roughly_normal(bits: u64) -> f64 {
    let sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
    (sum as f64 / 65_536.0 - 2.0) * 1.732_050_807_568_877_2
}

/// A sequential generator (splitmix64) for the few draws that are made one after the other.
pub struct Rng {
    state: u64,
}

impl Rng {
    /// A generator for one purpose of one seed; the purpose keeps its streams apart.
    pub fn new(key: u64, purpose: u64) -> Self {
        Rng { state: mix(key ^ mix(purpose)) }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// A number in [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * unit(self.next())
    }

    /// An index in 0..n; `n` must not be 0.
    pub fn below(&mut self, n: usize) -> usize {
        (unit(self.next()) * n as f64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn families_share_no_key() {
        let mut seen = HashSet::new();
        for family in [Family::Dev, Family::Calibration, Family::Sealed] {
            for number in 0..2000 {
                assert!(seen.insert(key(family, number)), "{family:?} {number}");
            }
        }
    }

    #[test]
    fn same_seed_same_numbers() {
        let mut a = Rng::new(key(Family::Dev, 1), 7);
        let mut b = Rng::new(key(Family::Dev, 1), 7);
        assert_eq!(a.between(0.0, 1.0), b.between(0.0, 1.0));
        assert_ne!(key(Family::Dev, 1), key(Family::Dev, 2));
    }

    #[test]
    fn normals_have_unit_variance() {
        for draw in [normal, roughly_normal] {
            let n = 100_000;
            let values: Vec<f64> = (0..n).map(|i| draw(mix(i))).collect();
            let mean = values.iter().sum::<f64>() / n as f64;
            let var = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64;
            assert!(mean.abs() < 0.02 && (var - 1.0).abs() < 0.02, "{mean} {var}");
        }
    }
}
