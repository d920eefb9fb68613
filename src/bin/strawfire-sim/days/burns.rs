//! What burns and shines in a series: fires with a life, a kiln, a solar park.

use super::Args;
use super::park::Park;
use crate::fires::{Fire, Part, field_place, random_parts};
use crate::ground::Setting;
use crate::seeds::Rng;

/// Streams of random numbers, apart from every field of the scene; a day adds its number.
const FIRE_STREAM: u64 = 0xF200;
const FIXED_STREAM: u64 = 0xF1FF;
/// Life of a fire, s.
const LIFE_S: (f64, f64) = (600.0, 3600.0);
/// It reaches its peak after this share of its life and holds it for as long again.
const RISE: f64 = 0.25;
/// Fires of one day, the kiln and the park keep this far apart where there is room, degrees.
const SPACING_DEG: f64 = 0.10;
/// Less than this is out, W.
const OUT_W: f64 = 0.2e6;

/// A fire with a beginning and an end.
#[derive(Clone, Debug)]
pub struct Burn {
    /// What burns at the peak.
    pub peak: Fire,
    pub start: jiff::Timestamp,
    pub end: jiff::Timestamp,
}

impl Burn {
    /// Share of the peak power at a time: up, level, and slowly down.
    fn share(&self, time: jiff::Timestamp) -> f64 {
        let life = (self.end.as_second() - self.start.as_second()) as f64;
        let age = (time.as_second() - self.start.as_second()) as f64 / life;
        (age / RISE).min((1.0 - age) / (1.0 - 2.0 * RISE)).clamp(0.0, 1.0)
    }

    /// What burns at a time: less area as it weakens, at the same temperatures.
    pub fn at(&self, time: jiff::Timestamp) -> Option<Fire> {
        let share = self.share(time);
        if share * self.peak.frp_mw() * 1e6 < OUT_W {
            return None;
        }
        let parts = self.peak.parts.iter().map(|part| Part { area_m2: part.area_m2 * share, ..*part }).collect();
        Some(Fire { parts, ..self.peak })
    }
}

/// All that burns and shines.
pub struct Plan {
    pub burns: Vec<Burn>,
    pub kiln: Option<Fire>,
    pub park: Option<Park>,
}

impl Plan {
    /// The plan of a series that starts at a midnight, the same for any choice of its slots.
    pub fn new(args: &Args, setting: &Setting, midnight: jiff::Timestamp) -> Self {
        let mut rng = Rng::new(setting.key, FIXED_STREAM);
        let kiln_place = place(setting, &[], &mut rng);
        let park_place = place(setting, &[kiln_place], &mut rng);
        let kiln_parts = vec![Part {
            temperature_k: 900.0,
            area_m2: args.kiln * 1e6 / (crate::planck::STEFAN_BOLTZMANN * 900_f64.powi(4)),
        }];
        let kiln = Fire { lon: kiln_place.0, lat: kiln_place.1, parts: kiln_parts };
        let park = Park { lon: park_place.0, lat: park_place.1, tilt_deg: args.park_tilt };
        let fixed = [kiln_place, park_place];
        let burns = (0..usize::from(args.days)).flat_map(|day| burns_of_day(args, setting, midnight, day, &fixed));
        Plan { burns: burns.collect(), kiln: (args.kiln > 0.0).then_some(kiln), park: (!args.no_park).then_some(park) }
    }

    /// What burns at a time.
    pub fn fires(&self, time: jiff::Timestamp) -> Vec<Fire> {
        self.burns.iter().filter_map(|burn| burn.at(time)).chain(self.kiln.clone()).collect()
    }
}

fn burns_of_day(
    args: &Args,
    setting: &Setting,
    midnight: jiff::Timestamp,
    day: usize,
    fixed: &[(f64, f64)],
) -> Vec<Burn> {
    let mut rng = Rng::new(setting.key, FIRE_STREAM + day as u64);
    let mut taken = fixed.to_vec();
    (0..args.fires_per_day)
        .map(|i| {
            let (lon, lat) = place(setting, &taken, &mut rng);
            taken.push((lon, lat));
            let watts = 1e6 * args.powers[(day * args.fires_per_day + i) % args.powers.len()];
            let parts = random_parts((watts, watts), &mut rng);
            let begin_s = (day as f64 * 86_400.0 + rng.between(0.0, 86_400.0)) as i64;
            let life_s = rng.between(LIFE_S.0, LIFE_S.1) as i64;
            let start = midnight + jiff::SignedDuration::from_secs(begin_s);
            Burn { peak: Fire { lon, lat, parts }, start, end: start + jiff::SignedDuration::from_secs(life_s) }
        })
        .collect()
}

/// A place on a field, away from the others where there is room; clouds do not matter, they come and go.
fn place(setting: &Setting, taken: &[(f64, f64)], rng: &mut Rng) -> (f64, f64) {
    let mut best = (f64::MIN, (102.4, 36.5));
    for _ in 0..300 {
        let Some((lon, lat)) = field_place(&setting.terrain, rng) else {
            continue;
        };
        let room = taken.iter().map(|(x, y)| (x - lon).hypot(y - lat)).fold(SPACING_DEG, f64::min);
        if room > best.0 {
            best = (room, (lon, lat));
        }
        if room >= SPACING_DEG {
            break;
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fire_rises_and_falls() {
        let start: jiff::Timestamp = "2025-10-10T10:00:00Z".parse().expect("a time");
        let end = start + jiff::SignedDuration::from_secs(2400);
        let burn = Burn { peak: Fire::parse("102.4,36.5,800,1000").expect("a fire"), start, end };
        let power = |after: i64| burn.at(start + jiff::SignedDuration::from_secs(after)).map(|f| f.frp_mw());
        assert_eq!((power(-1), power(2401)), (None, None));
        assert!((power(300).expect("burns") - 11.613).abs() < 1e-2);
        assert!((power(900).expect("burns") - 23.226).abs() < 1e-2);
        assert!((power(1800).expect("burns") - 11.613).abs() < 1e-2);
    }
}
