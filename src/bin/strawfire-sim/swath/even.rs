//! Ground without land: one temperature, or a patchwork about it, as in granules that others have put fires into.

use super::view::View;
use crate::bands::Kind;
use crate::optics::Optics;
use crate::seeds::{hash2, normal};
use crate::terrain::plane_km;

/// Reflectance of the ground, and where it is rough the standard deviation of that from patch to patch.
const REFLECTANCE: f64 = 0.2;
const REFLECTANCE_SPREAD: f64 = 0.03;
/// Keeps the patches of brightness apart from those of warmth.
const BRIGHTNESS: u64 = 0xB216;
/// Sides of the patches, km, with the standard deviation of each in that of the whole (their squares add up to one):
/// fields about as large as a pixel, and soils over some of them.
const PATCHES: [(f64, f64); 2] = [(0.35, 0.714_142_842_854_285), (1.1, 0.7)];

/// Even ground, as bright as a black body of its temperature: without any air, or below some.
#[derive(Clone, Copy, Debug)]
pub struct Even {
    /// Mean temperature, K.
    pub kelvin: f64,
    /// Standard deviation from patch to patch, K.
    pub rough_k: f64,
    /// Key of the patches.
    pub key: u64,
    /// Effective temperature of the air that emits along the path, K, if there is air.
    pub air_k: Option<f64>,
}

impl Even {
    /// What a band sees of a scan.
    pub fn radiances(&self, optics: &Optics, view: &View) -> Vec<f32> {
        let places = || view.lon.iter().zip(&view.lat);
        match optics.band.kind() {
            Kind::Emissive if self.rough_k > 0.0 => {
                let ground = |(lon, lat): (&f64, &f64)| optics.black(self.temperature_k(*lon, *lat));
                places().map(ground).map(|ground| self.through_air(optics, ground, 0.0) as f32).collect()
            }
            Kind::Emissive => {
                vec![self.through_air(optics, optics.black(self.kelvin), 0.0) as f32; view.lon.len()]
            }
            Kind::Reflective => {
                let lit = |((lon, lat), zenith): ((&f64, &f64), &f32)| {
                    let cos_sun = f64::from(*zenith).to_radians().cos().max(0.0);
                    let bright = self.reflectance(*lon, *lat) * optics.white();
                    self.through_air(optics, bright * cos_sun, cos_sun) as f32
                };
                places().zip(&view.sun_zenith).map(lit).collect()
            }
        }
    }

    /// What of the ground's radiance reaches the satellite, and what the air adds, as over land.
    fn through_air(&self, optics: &Optics, ground: f64, cos_sun: f64) -> f64 {
        let Some(air_k) = self.air_k else { return ground };
        let band = &optics.band;
        let path = match band.kind() {
            Kind::Emissive => (1.0 - band.transmittance) * optics.black(air_k),
            Kind::Reflective => band.path_albedo * optics.white() * cos_sun,
        };
        band.transmittance * ground + path
    }

    /// Temperature (K) of the patches at a place.
    fn temperature_k(&self, lon: f64, lat: f64) -> f64 {
        self.kelvin + self.rough_k * patches(self.key, lon, lat)
    }

    /// Reflectance of the patches at a place, the same in all bands.
    fn reflectance(&self, lon: f64, lat: f64) -> f64 {
        if self.rough_k <= 0.0 {
            return REFLECTANCE;
        }
        (REFLECTANCE + REFLECTANCE_SPREAD * patches(self.key ^ BRIGHTNESS, lon, lat)).max(0.02)
    }
}

/// How far a place departs from the mean, in standard deviations.
fn patches(key: u64, lon: f64, lat: f64) -> f64 {
    let (x, y) = plane_km(lon, lat);
    let patch = |(side, share): (f64, f64)| {
        let cell = hash2(key ^ side.to_bits(), (x / side).floor() as i64, (y / side).floor() as i64);
        share * normal(cell)
    };
    PATCHES.into_iter().map(patch).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bands::Band;

    /// Mean and standard deviation of 40,000 places.
    fn spread(value: impl Fn(f64, f64) -> f64) -> (f64, f64) {
        let places =
            (0..200).flat_map(|i| (0..200).map(move |j| (101.5 + 0.009 * f64::from(i), 35.5 + 0.008 * f64::from(j))));
        let values: Vec<f64> = places.map(|(lon, lat)| value(lon, lat)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let deviation = (values.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        (mean, deviation)
    }

    #[test]
    fn patches_depart_by_what_was_asked_for() {
        let even = Even { kelvin: 300.0, rough_k: 2.0, key: 7, air_k: None };
        let (mean, deviation) = spread(|lon, lat| even.temperature_k(lon, lat));
        assert!((mean - 300.0).abs() < 0.1 && (deviation - 2.0).abs() < 0.1, "{mean} {deviation}");
        let (mean, deviation) = spread(|lon, lat| even.reflectance(lon, lat));
        assert!((mean - 0.2).abs() < 0.002 && (deviation - 0.03).abs() < 0.002, "{mean} {deviation}");
        let plain = Even { rough_k: 0.0, ..even };
        assert_eq!((plain.temperature_k(102.0, 36.0), plain.reflectance(102.0, 36.0)), (300.0, 0.2));
    }

    /// ALGORITHMS 7, vectors at 10.8 um: 9.66942 at 300 K, 7.01844 at 280 K. Through air that lets nine tenths pass, ground
    /// of 300 K below air of 280 K shines 0.9 * 9.66942 + 0.1 * 7.01844 = 9.40432.
    #[test]
    fn air_dims_the_ground_and_shines_itself() {
        let thermal = Band { edges_um: (10.79, 10.81), transmittance: 0.9, ..Band::numbered(14).expect("a band") };
        let optics = Optics::new(thermal);
        let even = Even { kelvin: 300.0, rough_k: 0.0, key: 7, air_k: Some(280.0) };
        let seen = even.through_air(&optics, optics.black(300.0), 0.0);
        assert!((seen / 9.404_32 - 1.0).abs() < 1e-4, "{seen}");
        let clear = Even { air_k: None, ..even };
        assert_eq!(clear.through_air(&optics, 1.5, 0.0), 1.5);
        // Reflective: 0.8 of what the ground sends, and 0.05 of a white surface under a Sun at 60 degrees.
        let visible = Optics::new(Band { transmittance: 0.8, path_albedo: 0.05, ..Band::numbered(3).expect("a band") });
        let seen = even.through_air(&visible, 0.1 * visible.white(), 0.5);
        assert!((seen / visible.white() - (0.08 + 0.025)).abs() < 1e-12);
    }

    /// A neighbour a tenth of a kilometre away is mostly of the same patches; one ten kilometres away is not.
    #[test]
    fn near_places_are_alike() {
        let even = Even { kelvin: 300.0, rough_k: 1.0, key: 9, air_k: None };
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
