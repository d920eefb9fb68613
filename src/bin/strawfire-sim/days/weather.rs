//! What the air does over the days: clouds that drift without a break, and warmer and cooler spells.

use crate::clouds::Clouds;
use crate::ground::Setting;
use crate::season::Moment;
use crate::seeds::hash2;
use crate::terrain::plane_km;
use crate::texture::value_noise;

/// Eastward drift of the clouds, km/h.
const WIND_KM_PER_H: f64 = 30.0;
/// Hours between one spell of cloud and the next.
const CLOUD_SPELL_H: f64 = 15.0;
/// The most that a spell moves the ground's temperature, K, each of two.
const SPELL_K: f64 = 2.5;

/// The sky of a series.
#[derive(Clone, Copy, Debug)]
pub struct Sky {
    key: u64,
    start_s: i64,
    mean: f64,
}

impl Sky {
    pub fn new(key: u64, start: jiff::Timestamp, mean: f64) -> Self {
        Sky { key: hash2(key, 31, 0), start_s: start.as_second(), mean }
    }

    /// Mean cloud opacity over the box at a time.
    pub fn cover(&self, time: jiff::Timestamp) -> f64 {
        let spell = value_noise(self.key ^ 1, self.hours(time) / CLOUD_SPELL_H, 0.5);
        (self.mean * (1.0 + 1.3 * spell)).clamp(0.0, 0.9)
    }

    /// A setting with the sky and the noise of a time.
    pub fn over(&self, base: &Setting, time: jiff::Timestamp) -> Setting {
        Setting {
            moment: Moment::of(time),
            noise_key: hash2(base.key, 6, time.as_second()),
            day_k: 0.0,
            clouds: Clouds::new(self.key, WIND_KM_PER_H * self.hours(time), self.cover(time)),
            ..*base
        }
    }

    fn hours(&self, time: jiff::Timestamp) -> f64 {
        (time.as_second() - self.start_s) as f64 / 3600.0
    }
}

/// How much warmer than the season the ground is at a place and time, K: air masses that take a day to pass.
pub fn spell_k(setting: &Setting, lon: f64, lat: f64) -> f64 {
    let (x, y) = plane_km(lon, lat);
    let hours = setting.moment.days_j2000 * 24.0;
    let across = value_noise(hash2(setting.key, 32, 0), hours / 27.0, x / 160.0);
    let along = value_noise(hash2(setting.key, 33, 0), hours / 34.0, y / 140.0);
    SPELL_K * (across + along)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_move_on_over_midnight() {
        let start: jiff::Timestamp = "2025-10-10T00:00:00Z".parse().expect("a time");
        let sky = Sky::new(4, start, 0.4);
        let base = Setting::new(4, start, 0.0);
        let at = |text: &str| sky.over(&base, text.parse().expect("a time")).clouds;
        let (late, early) = (at("2025-10-10T23:50:00Z"), at("2025-10-11T00:00:00Z"));
        // 30 km/h for ten minutes are 5 km.
        let moved = 5.0 / 89.7;
        let change = |shift: f64| -> f64 {
            let lons = (0..200).map(|i| 101.5 + 0.008 * f64::from(i));
            lons.map(|lon| (late.opacity(lon, 36.3) - early.opacity(lon + shift, 36.3)).abs()).sum()
        };
        // Clouds also grow and shrink a little on the way.
        assert!(change(0.0) > 2.0 && change(moved) < 0.5 * change(0.0), "{} {}", change(moved), change(0.0));
    }

    #[test]
    fn spells_are_a_few_kelvin_and_smooth() {
        let at = |hour: i64| {
            let time = jiff::Timestamp::from_second(1_760_000_000 + 3600 * hour).expect("a time");
            spell_k(&Setting::new(9, time, 0.0), 102.0, 36.5)
        };
        let values: Vec<f64> = (0..240).map(at).collect();
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        assert!(high - low > 2.0 && low >= -5.0 && high <= 5.0, "{low} {high}");
        assert!(values.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.8));
    }
}
