//! What the air does over the days: clouds that drift without a break and throw shadows, snow after cloudy spells, and
//! warmer and cooler spells.

use crate::clouds::Clouds;
use crate::ground::Setting;
use crate::season::Moment;
use crate::seeds::hash2;
use crate::sun::Sun;
use crate::terrain::plane_km;
use crate::terrain::{KM_PER_LAT, KM_PER_LON};
use crate::texture::{smooth_step, value_noise};

/// Eastward drift of the clouds, km/h.
const WIND_KM_PER_H: f64 = 30.0;
/// Hours between one spell of cloud and the next.
const CLOUD_SPELL_H: f64 = 15.0;
/// The most that a spell moves the ground's temperature, K, each of two.
const SPELL_K: f64 = 2.5;
/// Height of the clouds above the ground for their shadows, km [O]. The satellite sees them on the ground below them.
const CLOUD_KM: f64 = 2.5;
/// Shadows reach no further than this, km: beyond it the sun is so low that it does next to nothing.
const SHADOW_REACH_KM: f64 = 30.0;
/// A spell (-1 to 1) brings snow from the first of these on, and all of it at the second [O].
const SNOW_SPELL: (f64, f64) = (0.35, 0.75);
/// It is gone after so many hours, h [O].
const SNOW_LIES_H: u32 = 48;
/// The snow line after a full fall, and where it ends as the snow melts, m [O].
const SNOW_LINE_M: (f64, f64) = (3200.0, 4200.0);
/// Below this mean opacity the air is too dry for snow.
const SNOW_CLOUD: f64 = 0.05;

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
        (self.mean * (1.0 + 1.3 * self.spell(self.hours(time)))).clamp(0.0, 0.9)
    }

    /// How cloudy a spell it is, -1 to 1.
    fn spell(&self, hours: f64) -> f64 {
        value_noise(self.key ^ 1, hours / CLOUD_SPELL_H, 0.5)
    }

    /// Height above which fresh snow lies, m: low after a cloudy spell, and higher hour by hour as it melts.
    pub fn snow_line_m(&self, time: jiff::Timestamp) -> Option<f64> {
        let left = |age_h: u32| {
            let fallen = smooth_step(SNOW_SPELL.0, SNOW_SPELL.1, self.spell(self.hours(time) - f64::from(age_h)));
            fallen * (1.0 - f64::from(age_h) / f64::from(SNOW_LIES_H))
        };
        let depth = (0..SNOW_LIES_H).map(left).fold(0.0, f64::max);
        (depth > 0.0 && self.mean >= SNOW_CLOUD).then_some(SNOW_LINE_M.1 + depth * (SNOW_LINE_M.0 - SNOW_LINE_M.1))
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

/// Opacity of the cloud between a place and the sun, 0 to 1; 0 by night.
pub fn shadow(setting: &Setting, sun: &Sun, lon: f64, lat: f64) -> f64 {
    if sun.cos_zenith <= 0.0 {
        return 0.0;
    }
    let slant = (1.0 - sun.cos_zenith * sun.cos_zenith).sqrt() / sun.cos_zenith;
    let away_km = (CLOUD_KM * slant).min(SHADOW_REACH_KM);
    let (east, north) = sun.azimuth_rad.sin_cos();
    setting.clouds.opacity(lon + away_km * east / KM_PER_LON, lat + away_km * north / KM_PER_LAT)
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

    /// By hand: with the sun 45 degrees up in the west, the cloud that shades a place stands 2.5 km west of it.
    #[test]
    fn shadows_lie_away_from_the_sun() {
        let time = "2025-10-10T08:00:00Z".parse().expect("a time");
        let setting = Sky::new(4, time, 0.4).over(&Setting::new(4, time, 0.0), time);
        let west = Sun { cos_zenith: 0.5_f64.sqrt(), azimuth_rad: 1.5 * std::f64::consts::PI };
        for i in 0..100 {
            let lon = 101.6 + 0.01 * f64::from(i);
            let expected = setting.clouds.opacity(lon - 2.5 / 89.7, 36.3);
            assert!((shadow(&setting, &west, lon, 36.3) - expected).abs() < 1e-6);
        }
        let night = Sun { cos_zenith: -0.1, ..west };
        assert_eq!(shadow(&setting, &night, 102.0, 36.3), 0.0);
    }

    #[test]
    fn snow_falls_with_cloud_and_melts_within_two_days() {
        let start: jiff::Timestamp = "2025-10-10T00:00:00Z".parse().expect("a time");
        let line = |mean: f64, hour: i64| {
            Sky::new(4, start, mean).snow_line_m(start + jiff::SignedDuration::from_secs(3600 * hour))
        };
        let lines: Vec<Option<f64>> = (0..600).map(|hour| line(0.3, hour)).collect();
        let (snow, bare) = (lines.iter().flatten().count(), lines.iter().filter(|line| line.is_none()).count());
        assert!(snow > 100 && bare > 50, "{snow} {bare}");
        assert!(lines.iter().flatten().all(|line| (3200.0..=4200.0).contains(line)));
        let moves = lines.iter().flatten().fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
        assert!(moves.1 - moves.0 > 500.0, "{moves:?}");
        assert!((0..600).all(|hour| line(0.0, hour).is_none()));
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
