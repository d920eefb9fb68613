//! Works that burn by day and night: brick kilns and cement works, with days off.

use super::cover::{LandCover, Yard};
use super::places;
use crate::fires::{Fire, Part};
use crate::ground::Setting;
use crate::planck::STEFAN_BOLTZMANN;
use crate::seeds::{Rng, hash2, unit};
use jiff::Timestamp;

/// Stream of the random numbers of the works.
const STREAM: u64 = 0x0E51;
/// How many kilns and cement works; every second one stands among fields.
const KILNS: usize = 6;
const CEMENT: usize = 3;
/// Power of a works, W [the brief of such sources in Haidong: 3 to 15 MW, O].
const POWER_W: (f64, f64) = (3e6, 15e6);
/// It is this share of its power from one hour to another, at least and at most.
const SWING: (f64, f64) = (0.6, 1.2);
/// Share of the days on which a works is cold.
const KILN_OFF: f64 = 0.25;
const CEMENT_OFF: f64 = 0.10;
/// The last kiln was lit for the first time so many days after the first day that counts: no history knows it.
const LIT_AFTER_DAYS: i64 = 2;
const DAY_S: i64 = 86_400;

/// A works.
#[derive(Clone, Debug)]
pub struct Works {
    /// `kiln` or `cement`.
    pub kind: &'static str,
    pub yard: Yard,
    pub in_fields: bool,
    pub power_w: f64,
    pub temperature_k: f64,
    /// First lit, where that lies in the series.
    pub since: Option<Timestamp>,
    key: u64,
    off: f64,
}

/// All works of a seed, and the cover with their yards. `counts` is when the days that count begin.
pub fn of(setting: &Setting, counts: Timestamp) -> (Vec<Works>, LandCover) {
    let mut rng = Rng::new(setting.key, STREAM);
    let bare = LandCover::new(setting, Vec::new());
    let mut yards: Vec<Yard> = Vec::new();
    let works = (0..KILNS + CEMENT)
        .map(|i| {
            let in_fields = i % 2 == 0;
            let yard = places::yard(&bare, &yards, in_fields, &mut rng);
            yards.push(yard);
            let is_kiln = i < KILNS;
            let temperature_k = if is_kiln { rng.between(800.0, 950.0) } else { rng.between(900.0, 1100.0) };
            let first_lit = counts + jiff::SignedDuration::from_secs(LIT_AFTER_DAYS * DAY_S);
            Works {
                kind: if is_kiln { "kiln" } else { "cement" },
                yard,
                in_fields,
                power_w: rng.between(POWER_W.0.ln(), POWER_W.1.ln()).exp(),
                temperature_k,
                since: (i + 1 == KILNS).then_some(first_lit),
                key: hash2(setting.key, 0xE5, i as i64),
                off: if is_kiln { KILN_OFF } else { CEMENT_OFF },
            }
        })
        .collect();
    (works, LandCover::new(setting, yards))
}

impl Works {
    /// What burns at a time; nothing on days off (UTC days, which change at 8 in the local morning, as shifts do).
    pub fn at(&self, time: Timestamp) -> Option<Fire> {
        let (day, hour) = (time.as_second().div_euclid(DAY_S), time.as_second().div_euclid(3600));
        if self.since.is_some_and(|since| time < since) || self.is_off(day) {
            return None;
        }
        let swing = SWING.0 + (SWING.1 - SWING.0) * unit(hash2(self.key, 2, hour));
        let area_m2 = swing * self.power_w / (STEFAN_BOLTZMANN * self.temperature_k.powi(4));
        let parts = vec![Part { temperature_k: self.temperature_k, area_m2 }];
        Some(Fire { lon: self.yard.lon, lat: self.yard.lat, parts })
    }

    /// Whether it is cold on a UTC day, counted from 1970.
    pub fn is_off(&self, day: i64) -> bool {
        unit(hash2(self.key, 1, day)) < self.off
    }
}
