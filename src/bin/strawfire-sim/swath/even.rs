//! Ground without land: one temperature, or a patchwork about it, as in granules that others have put fires into.

use super::view::View;
use crate::bands::Kind;
use crate::optics::Optics;
use crate::seeds::{hash2, normal};
use crate::terrain::plane_km;

/// Reflectance of the ground.
const REFLECTANCE: f64 = 0.2;
/// Sides of the patches, km, with the standard deviation of each in that of the whole (their squares add up to one):
/// fields about as large as a pixel, and soils over some of them.
const PATCHES: [(f64, f64); 2] = [(0.35, 0.714_142_842_854_285), (1.1, 0.7)];

/// Even ground, as bright as a black body of its temperature without any air.
#[derive(Clone, Copy, Debug)]
pub struct Even {
    /// Mean temperature, K.
    pub kelvin: f64,
    /// Standard deviation from patch to patch, K.
    pub rough_k: f64,
    /// Key of the patches.
    pub key: u64,
}

impl Even {
    /// What a band sees of a scan.
    pub fn radiances(&self, optics: &Optics, view: &View) -> Vec<f32> {
        match optics.band.kind() {
            Kind::Emissive if self.rough_k > 0.0 => {
                let at = view.lon.iter().zip(&view.lat);
                at.map(|(lon, lat)| optics.black(self.temperature_k(*lon, *lat)) as f32).collect()
            }
            Kind::Emissive => vec![optics.black(self.kelvin) as f32; view.lon.len()],
            Kind::Reflective => {
                let bright = REFLECTANCE * optics.white();
                view.sun_zenith.iter().map(|z| (bright * f64::from(*z).to_radians().cos().max(0.0)) as f32).collect()
            }
        }
    }

    /// Temperature (K) of the patches at a place.
    fn temperature_k(&self, lon: f64, lat: f64) -> f64 {
        let (x, y) = plane_km(lon, lat);
        let patch = |(side, share): (f64, f64)| {
            let cell = hash2(self.key ^ side.to_bits(), (x / side).floor() as i64, (y / side).floor() as i64);
            share * normal(cell)
        };
        self.kelvin + self.rough_k * PATCHES.into_iter().map(patch).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_depart_by_what_was_asked_for() {
        let even = Even { kelvin: 300.0, rough_k: 2.0, key: 7 };
        let places =
            (0..200).flat_map(|i| (0..200).map(move |j| (101.5 + 0.009 * f64::from(i), 35.5 + 0.008 * f64::from(j))));
        let values: Vec<f64> = places.map(|(lon, lat)| even.temperature_k(lon, lat)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let deviation = (values.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        assert!((mean - 300.0).abs() < 0.1 && (deviation - 2.0).abs() < 0.1, "{mean} {deviation}");
        assert_eq!(Even { rough_k: 0.0, ..even }.temperature_k(102.0, 36.0), 300.0);
    }

    /// A neighbour a tenth of a kilometre away is mostly of the same patches; one ten kilometres away is not.
    #[test]
    fn near_places_are_alike() {
        let even = Even { kelvin: 300.0, rough_k: 1.0, key: 9 };
        let pairs = |km: f64| {
            let products = (0..4000).map(|i| {
                let (lon, lat) = (101.5 + 0.000_41 * f64::from(i), 36.0 + 0.000_13 * f64::from(i));
                let beside = even.temperature_k(lon, lat + km / 111.13) - 300.0;
                (even.temperature_k(lon, lat) - 300.0) * beside
            });
            products.sum::<f64>() / 4000.0
        };
        assert!(pairs(0.1) > 0.6 && pairs(10.0).abs() < 0.2, "{} {}", pairs(0.1), pairs(10.0));
    }
}
