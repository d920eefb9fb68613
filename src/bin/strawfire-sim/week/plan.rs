//! What burns and shines over the days: one plan for all satellites.

use super::cover::LandCover;
use super::places;
use super::works::{self, Works};
use crate::days::burns::Burn;
use crate::days::park::Park;
use crate::fires::{Fire, random_parts};
use crate::ground::Setting;
use crate::seeds::Rng;
use jiff::{SignedDuration, Timestamp};

/// Streams of random numbers; a day adds its number.
const DAY_STREAM: u64 = 0x3E00_0000;
const PARK_STREAM: u64 = 0x9A2C;
/// Straw fires of a day before the days that count, as a share of those after: the season is beginning.
const BEFORE: f64 = 0.5;
/// Share of the straw fires that burn within a kilometre of a works.
const NEAR_WORKS: f64 = 0.08;
/// Powers, W: most straw fires, some of many fields at once (this share), graves and grass.
const STRAW_W: (f64, f64) = (1e6, 11e6);
const LARGE_W: (f64, f64) = (20e6, 60e6);
const LARGE: f64 = 0.08;
const GRAVE_W: (f64, f64) = (0.5e6, 3e6);
const GRASS_W: (f64, f64) = (3e6, 40e6);
/// Lives, s.
const STRAW_S: (f64, f64) = (600.0, 3600.0);
const GRAVE_S: (f64, f64) = (600.0, 2400.0);
const GRASS_S: (f64, f64) = (3600.0, 10_800.0);
/// Straw burns after the midday rest and at dusk, some of it in the dark: middle and half width of each, hours UTC, and
/// shares [O]. Sums of three even draws: nearly normal, with an end.
const AFTERNOON_H: (f64, f64) = (7.0, 2.5);
const EVENING_H: (f64, f64) = (10.8, 2.0);
const DARK_H: (f64, f64) = (15.0, 3.0);
const SHARES: [f64; 2] = [0.5, 0.4];
/// Graves are visited from morning on, grass burns in the afternoon, hours UTC.
const GRAVE_H: (f64, f64) = (4.0, 4.0);
const GRASS_H: (f64, f64) = (7.5, 3.5);
/// Wild grass fires of a day.
const GRASS_A_DAY: usize = 2;
/// Tilt of the panels, degrees: they face south (`days::park`).
const TILT_DEG: f64 = 36.0;
const DAY_S: i64 = 86_400;

/// What burns for some minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Straw,
    Grave,
    Grass,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Straw => "straw",
            Kind::Grave => "grave",
            Kind::Grass => "grass",
        }
    }
}

/// A fire of one kind with its life.
#[derive(Clone, Debug)]
pub struct Planned {
    pub kind: Kind,
    pub burn: Burn,
    pub near_works: bool,
}

/// How much burns, and when it counts.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Midnight (UTC) of the first day that counts.
    pub start: Timestamp,
    pub days: i64,
    /// Days before it, for learning what burns always.
    pub history_days: i64,
    pub straw_a_day: usize,
    pub graves_a_day: usize,
    /// Days of customs, counted from the first day that counts.
    pub customs: Vec<i64>,
}

/// All that burns and shines.
pub struct Plan {
    pub fires: Vec<Planned>,
    pub works: Vec<Works>,
    pub park: Park,
    pub cover: LandCover,
}

impl Plan {
    /// The plan of a seed. A day burns the same whatever days are asked for beside it.
    pub fn new(wish: &Wish, setting: &Setting) -> Plan {
        let (works, cover) = works::of(setting, wish.start);
        let mut rng = Rng::new(setting.key, PARK_STREAM);
        let (lon, lat) = places::park(setting, &cover, &cover.yards, &mut rng);
        let days = -wish.history_days..wish.days;
        let fires = days.flat_map(|day| of_day(wish, setting, &cover, day)).collect();
        Plan { fires, works, park: Park { lon, lat, tilt_deg: TILT_DEG }, cover }
    }

    /// What burns at a time.
    pub fn at(&self, time: Timestamp) -> Vec<Fire> {
        let fires = self.fires.iter().filter_map(|planned| planned.burn.at(time));
        fires.chain(self.works.iter().filter_map(|works| works.at(time))).collect()
    }
}

fn of_day(wish: &Wish, setting: &Setting, cover: &LandCover, day: i64) -> Vec<Planned> {
    let midnight = wish.start + SignedDuration::from_secs(day * DAY_S);
    let number = midnight.as_second().div_euclid(DAY_S) as u64;
    let mut rng = Rng::new(setting.key, DAY_STREAM + number);
    let share = if day < 0 { BEFORE } else { 1.0 };
    let straw = (share * wish.straw_a_day as f64).round() as usize;
    let graves = if wish.customs.contains(&day) { wish.graves_a_day } else { 0 };
    let mut planned: Vec<Planned> = (0..straw).map(|_| straw_fire(cover, midnight, &mut rng)).collect();
    planned.extend((0..graves).map(|_| {
        let place = places::grave(cover, &mut rng);
        let hour = about(GRAVE_H, &mut rng);
        Planned { kind: Kind::Grave, burn: burn(place, midnight, hour, GRAVE_W, GRAVE_S, &mut rng), near_works: false }
    }));
    planned.extend((0..GRASS_A_DAY).map(|_| {
        let place = places::slope(cover, &mut rng);
        let hour = about(GRASS_H, &mut rng);
        Planned { kind: Kind::Grass, burn: burn(place, midnight, hour, GRASS_W, GRASS_S, &mut rng), near_works: false }
    }));
    planned
}

fn straw_fire(cover: &LandCover, midnight: Timestamp, rng: &mut Rng) -> Planned {
    let beside = rng.between(0.0, 1.0) < NEAR_WORKS;
    let beside = beside.then(|| cover.yards[rng.below(cover.yards.len())]);
    let near = beside.and_then(|yard| places::field_near(cover, &yard, rng));
    let (near_works, place) = (near.is_some(), near.unwrap_or_else(|| places::field(cover, rng)));
    let draw = rng.between(0.0, 1.0);
    let when = if draw < SHARES[0] {
        AFTERNOON_H
    } else if draw < SHARES[0] + SHARES[1] {
        EVENING_H
    } else {
        DARK_H
    };
    let hour = about(when, rng);
    let power = if rng.between(0.0, 1.0) < LARGE { LARGE_W } else { STRAW_W };
    Planned { kind: Kind::Straw, burn: burn(place, midnight, hour, power, STRAW_S, rng), near_works }
}

/// An hour about a middle, at most a half width away.
fn about((middle, half): (f64, f64), rng: &mut Rng) -> f64 {
    middle + half * (0..3).map(|_| rng.between(-1.0, 1.0)).sum::<f64>() / 3.0
}

fn burn(
    (lon, lat): (f64, f64),
    midnight: Timestamp,
    hour: f64,
    power_w: (f64, f64),
    life_s: (f64, f64),
    rng: &mut Rng,
) -> Burn {
    let start = midnight + SignedDuration::from_secs((hour * 3600.0) as i64);
    let end = start + SignedDuration::from_secs(rng.between(life_s.0, life_s.1) as i64);
    Burn { peak: Fire { lon, lat, parts: random_parts(power_w, rng) }, start, end }
}

#[cfg(test)]
mod tests {
    use super::super::cover::{BARE, BUILT, CROPLAND, GRASS, SHRUB, near_km};
    use super::*;
    use crate::seeds::{Family, key};

    fn plan() -> (Wish, Plan) {
        let start = "2025-04-01T00:00:00Z".parse().expect("a time");
        let wish = Wish { start, days: 3, history_days: 2, straw_a_day: 40, graves_a_day: 30, customs: vec![1] };
        let setting = Setting::new(key(Family::Dev, 4), start, 0.0);
        let plan = Plan::new(&wish, &setting);
        (wish, plan)
    }

    #[test]
    fn kinds_counts_and_hours_are_those_asked_for() {
        let (wish, plan) = plan();
        let of = |kind: Kind| plan.fires.iter().filter(move |f| f.kind == kind);
        assert_eq!(
            (of(Kind::Straw).count(), of(Kind::Grave).count(), of(Kind::Grass).count()),
            (3 * 40 + 2 * 20, 30, 10)
        );
        assert!(of(Kind::Grave).all(|f| (f.burn.start - wish.start).get_seconds() / DAY_S == 1));
        let hour = |f: &Planned| f.burn.start.as_second().rem_euclid(DAY_S) as f64 / 3600.0;
        assert!(of(Kind::Straw).all(|f| (4.5..=18.0).contains(&hour(f))));
        let by_day = of(Kind::Straw).filter(|f| (4.5..9.5).contains(&hour(f))).count();
        assert!((50..110).contains(&by_day), "about half of 160: {by_day}");
        for f in &plan.fires {
            let life = (f.burn.end - f.burn.start).get_seconds();
            let (mw, long, low, high) = match f.kind {
                Kind::Straw => (f.burn.peak.frp_mw(), 3600, 0.99, 60.1),
                Kind::Grave => (f.burn.peak.frp_mw(), 2400, 0.49, 3.01),
                Kind::Grass => (f.burn.peak.frp_mw(), 10_800, 2.99, 40.1),
            };
            assert!((low..high).contains(&mw) && (600..=long).contains(&life), "{f:?}");
            assert!(f.kind != Kind::Straw || !(11.1..19.9).contains(&mw));
        }
    }

    #[test]
    fn everything_burns_on_its_cover() {
        let (_, plan) = plan();
        let class = |f: &Fire| plan.cover.class(f.lon, f.lat);
        for f in &plan.fires {
            let peak = &f.burn.peak;
            match f.kind {
                Kind::Straw => assert_eq!(class(peak), CROPLAND),
                Kind::Grave => assert!([GRASS, SHRUB, BARE].contains(&class(peak))),
                Kind::Grass => assert!(class(peak) == GRASS && !plan.cover.around(peak.lon, peak.lat, 0.6, CROPLAND)),
            }
            let yards = plan.cover.yards.iter().map(|y| near_km((y.lon, y.lat), (peak.lon, peak.lat)));
            assert!(!f.near_works || yards.fold(f64::MAX, f64::min) <= 1.0);
        }
        assert!(plan.fires.iter().any(|f| f.near_works));
        assert_eq!(plan.works.len(), 9);
        for works in &plan.works {
            assert_eq!(plan.cover.class(works.yard.lon, works.yard.lat), BUILT);
        }
    }

    #[test]
    fn works_burn_by_day_and_night_but_not_always() {
        let (wish, plan) = plan();
        let time = |hour: i64| wish.start + SignedDuration::from_secs(hour * 3600);
        for works in plan.works.iter().filter(|works| works.since.is_none()) {
            let lit = (0..24 * 60).filter_map(|hour| works.at(time(hour))).collect::<Vec<_>>();
            let share = lit.len() as f64 / (24.0 * 60.0);
            assert!((0.55..=1.0).contains(&share), "{share}");
            assert!(lit.iter().all(|fire| (1.7..18.1).contains(&fire.frp_mw())));
        }
        let young = plan.works.iter().find(|works| works.since.is_some()).expect("one");
        assert!((0..48).all(|hour| young.at(time(hour)).is_none()));
        assert!((48..24 * 20).any(|hour| young.at(time(hour)).is_some()));
    }

    #[test]
    fn a_day_burns_the_same_in_every_series() {
        let (wish, plan) = plan();
        let setting = Setting::new(key(Family::Dev, 4), wish.start, 0.0);
        let alone = Plan::new(&Wish { days: 1, history_days: 0, ..wish }, &setting);
        let first: Vec<&Planned> = plan.fires.iter().filter(|f| alone.fires[0].burn.start == f.burn.start).collect();
        assert!(first.iter().any(|f| f.burn.peak.lon == alone.fires[0].burn.peak.lon));
    }
}
