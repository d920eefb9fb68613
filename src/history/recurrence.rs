//! Places where heat comes back: from a list of past detections to static cells.
//!
//! Cells are grown around the place with most days first. All detections within the radius of that place belong to it and to no
//! other cell, so that no chain of neighbours makes a cell wider than the radius around its seed. The result does not depend on
//! the order of the list.

use crate::fire::{Class, DayNight, FirePixel, Recurrence};
use crate::place::{LonLat, PlaceIndex};
use crate::thresholds::{StaticProfile, StaticThresholds};
use crate::time::Utc;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A past detection, as much of it as counts here.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// Where.
    pub place: LonLat,
    /// When.
    pub time: Utc,
    /// By which satellite.
    pub satellite: String,
    /// By night; `None` where the list does not say.
    pub night: Option<bool>,
    /// Radiative power, MW.
    pub frp_mw: Option<f64>,
    /// MIR brightness temperature, K.
    pub mir_k: Option<f32>,
    /// The list itself says that it is a static source on land (FIRMS `type` 2); no other list's word counts as that.
    pub stated: bool,
}

impl Detection {
    /// Of a fire as a list has it, before anything judged it.
    pub fn of(fire: &FirePixel) -> Self {
        Detection {
            place: fire.place,
            time: fire.time,
            satellite: fire.satellite.clone(),
            night: fire.daynight.map(|half| half == DayNight::N),
            frp_mw: fire.frp_mw,
            mir_k: fire.bt_mir_k,
            // of a FIRMS list only `type` 2 is of that class
            stated: fire.algorithm == FIRMS && fire.class == Class::Industrial,
        }
    }
}

/// Algorithm of the fires of FIRMS lists.
const FIRMS: &str = "FIRMS";

/// A place where heat comes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Mean place of its detections.
    pub place: LonLat,
    /// Distance of the farthest of them, metres; no more than the radius within which they were sought.
    pub radius_m: f64,
    /// The evidence.
    pub seen: Recurrence,
    /// The rule that it fulfils: that which was asked for, or `firms-type` where only the list calls it static. That is also said where the
    /// rule asked for is `short`, whose cells else wait for a person.
    pub profile: StaticProfile,
}

/// Cells of a grid on a side of the radius: a place is sought from each of them.
const SEEDS_A_RADIUS: f64 = 4.0;

/// The cells of a list by a rule, those of most days first.
pub fn static_cells(detections: &[Detection], profile: StaticProfile, t: &StaticThresholds) -> Vec<Cell> {
    let key = |d: &Detection| (d.time, order(d.place), d.satellite.clone());
    let mut past = detections.to_vec();
    past.sort_by_cached_key(key);
    // the same detection in two lists; one of them may state more
    past.dedup_by(|later, kept| {
        let same = key(later) == key(kept);
        kept.stated |= same && later.stated;
        same
    });
    let radius_m = f64::from(t.radius_m);
    let index = PlaceIndex::new(past.iter().map(|d| d.place), radius_m / SEEDS_A_RADIUS);
    let mut taken = vec![false; past.len()];
    let mut cells = Vec::new();
    for seed in seeds(&past, &index, profile, t) {
        let mut near: Vec<usize> = index.near(seed, radius_m).map(|(at, _)| at).filter(|&at| !taken[at]).collect();
        near.sort_unstable();
        let members: Vec<&Detection> = near.iter().map(|&at| &past[at]).collect();
        let seen = evidence(&members, t);
        if let Some((place, profile)) = mean(&members).zip(rule_of(&members, &seen, profile, t)) {
            near.iter().for_each(|&at| taken[at] = true);
            let farthest_m = members.iter().map(|d| d.place.distance_m(place)).fold(0.0, f64::max);
            cells.push(Cell { place, radius_m: farthest_m.min(radius_m), seen, profile });
        }
    }
    cells.sort_by_key(|cell| (Reverse(cell.seen.days), Reverse(cell.seen.detections), order(cell.place)));
    cells
}

/// Places around which a cell may lie, the one with most days first.
fn seeds(past: &[Detection], index: &PlaceIndex, profile: StaticProfile, t: &StaticThresholds) -> Vec<LonLat> {
    let mut seeds: Vec<(usize, usize, LonLat)> = Vec::new();
    for cell in index.cells() {
        let Some(place) = mean(&cell.iter().map(|&at| &past[at]).collect::<Vec<_>>()) else { continue };
        let near: Vec<&Detection> = index.near(place, f64::from(t.radius_m)).map(|(at, _)| &past[at]).collect();
        let days = near.iter().map(|d| d.time.beijing_day()).collect::<BTreeSet<_>>().len();
        // what no rule can hold for even before others take their share needs no second look
        if days as f32 >= t.days.min(t.short_days) || near.iter().any(|d| d.stated) {
            seeds.push((days, near.len(), place));
        }
    }
    if profile == StaticProfile::FirmsType {
        seeds.retain(|(_, _, place)| index.near(*place, f64::from(t.radius_m)).any(|(at, _)| past[at].stated));
    }
    seeds.sort_by_key(|(days, count, place)| (Reverse(*days), Reverse(*count), order(*place)));
    seeds.into_iter().map(|(_, _, place)| place).collect()
}

/// The rule by which a place is static; a list that calls it so is believed whatever the rule.
fn rule_of(
    members: &[&Detection],
    seen: &Recurrence,
    profile: StaticProfile,
    t: &StaticThresholds,
) -> Option<StaticProfile> {
    let holds = profile.holds(seen.days, seen.span_days(), seen.night_share, t);
    let stated = members.iter().any(|d| d.stated);
    match stated && (!holds || profile == StaticProfile::Short) {
        true => Some(StaticProfile::FirmsType),
        false => holds.then_some(profile),
    }
}

/// What detections in the order of time say of their place.
fn evidence(members: &[&Detection], t: &StaticThresholds) -> Recurrence {
    let nights: Vec<bool> = members.iter().filter_map(|d| d.night).collect();
    let by_night = nights.iter().filter(|night| **night).count();
    let mut powers: Vec<f64> = members.iter().filter_map(|d| d.frp_mw).collect();
    powers.sort_by(f64::total_cmp);
    let rank = (0.95 * powers.len() as f64).ceil() as usize;
    Recurrence {
        days: members.iter().map(|d| d.time.beijing_day()).collect::<BTreeSet<_>>().len() as u32,
        detections: members.len() as u32,
        seen: members.first().zip(members.last()).map(|(first, last)| (first.time, last.time)),
        night_share: (!nights.is_empty()).then(|| by_night as f64 / nights.len() as f64),
        months: members.iter().map(|d| d.time.beijing_month()).collect::<BTreeSet<_>>().len() as u32,
        satellites: members.iter().map(|d| d.satellite.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
        max_frp_mw: powers.last().copied(),
        p95_frp_mw: rank.checked_sub(1).and_then(|at| powers.get(at)).copied(),
        max_mir_k: members.iter().filter_map(|d| d.mir_k).reduce(f32::max),
        width: width(members, f64::from(t.pass_seconds)),
    }
}

/// Most detections of one satellite within so many seconds of the first of them.
fn width(members: &[&Detection], pass_seconds: f64) -> u32 {
    let mut passes: BTreeMap<&str, (Utc, u32)> = BTreeMap::new();
    let mut most = 0;
    for d in members {
        let pass = passes.entry(&d.satellite).or_insert((d.time, 0));
        if d.time.seconds_since(pass.0) > pass_seconds {
            *pass = (d.time, 0);
        }
        pass.1 += 1;
        most = most.max(pass.1);
    }
    most
}

/// Mean place of detections that lie within kilometres of each other.
fn mean(members: &[&Detection]) -> Option<LonLat> {
    let first = members.first()?.place;
    let count = members.len() as f64;
    let mean = |of: fn(LonLat) -> f64| of(first) + members.iter().map(|d| of(d.place) - of(first)).sum::<f64>() / count;
    LonLat::new(mean(LonLat::lon), mean(LonLat::lat))
}

/// A place as a key: whole ten-millionths of a degree (1 cm), which have an order.
fn order(place: LonLat) -> (i64, i64) {
    ((place.lat() * 1e7).round() as i64, (place.lon() * 1e7).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A detection by night so many metres east and north of 102 E 36.5 N, `day` days and `hour` hours after 2025-01-01.
    fn at(east_m: f64, north_m: f64, day: i64, hour: f64) -> Detection {
        let lat = 36.5 + north_m / 111_195.0;
        let lon = 102.0 + east_m / (111_195.0 * lat.to_radians().cos());
        let start = Utc::from_parts(2025, 1, 1, 0, 0, 0).expect("valid");
        Detection {
            place: LonLat::new(lon, lat).expect("valid"),
            time: start.plus_seconds(day as f64 * 86_400.0 + hour * 3600.0).expect("valid"),
            satellite: "NOAA-20".into(),
            night: Some(true),
            frp_mw: Some(2.0),
            mir_k: Some(310.0),
            stated: false,
        }
    }

    fn cells(list: &[Detection], profile: StaticProfile) -> Vec<Cell> {
        static_cells(list, profile, &StaticThresholds::default())
    }

    /// By hand: four days over 60, by night; three of them share a day of Beijing, 2 January, from which the last, 3 March, is 60 days off; five detections of 1 to 5 MW have
    /// a greatest and (95 of 100, nearest rank) a p95 of 5.
    #[test]
    fn evidence_by_hand() {
        // 17:00 UTC is the next day in Beijing
        let mut list = vec![
            at(0.0, 0.0, 0, 17.0),
            at(0.0, 300.0, 0, 17.02),
            at(0.0, 0.0, 1, 3.0),
            at(0.0, 0.0, 30, 1.0),
            at(0.0, 0.0, 61, 1.0),
        ];
        for (n, d) in list.iter_mut().enumerate() {
            d.frp_mw = Some(n as f64 + 1.0);
        }
        list[2].night = Some(false);
        list[3].satellite = "Terra".into();
        let cell = &cells(&list, StaticProfile::Short)[0];
        let seen = &cell.seen;
        assert_eq!((seen.days, seen.detections, seen.span_days(), seen.months, seen.width), (3, 5, 60, 2, 2));
        assert_eq!((seen.night_share, seen.max_frp_mw, seen.p95_frp_mw), (Some(0.8), Some(5.0), Some(5.0)));
        assert_eq!((seen.satellites.join(" "), seen.max_mir_k), ("NOAA-20 Terra".to_string(), Some(310.0)));
        // one of five lies 300 m north: the mean 60, the farthest from it 240 m
        assert!((cell.radius_m - 240.0).abs() < 0.1, "{}", cell.radius_m);
        assert_eq!(seen.spoken().as_deref(), Some("2 个月内 3 天有火点"));
    }

    /// The rules at their edges: 4 days, 60 days of span, more than 60 per cent by night.
    #[test]
    fn rules_at_their_edges() {
        let found = |days: &[i64], nights: usize, profile| {
            let mut list: Vec<Detection> = days.iter().map(|&day| at(0.0, 0.0, day, 1.0)).collect();
            list.iter_mut().skip(nights).for_each(|d| d.night = Some(false));
            !cells(&list, profile).is_empty()
        };
        use StaticProfile::{PersistentAndNight as And, PersistentOrNight as Or, Short};
        for (days, nights, and, or, short) in [
            (vec![0, 1, 2, 60], 4, true, true, true),
            (vec![0, 1, 2, 59], 4, false, true, true),
            (vec![0, 1, 2, 59], 2, false, false, true),
            (vec![0, 1, 2, 60], 2, false, true, true),
            (vec![0, 1, 2, 30, 60], 3, false, true, true),
            (vec![0, 1, 60], 3, false, false, true),
            (vec![0, 60], 2, false, false, false),
        ] {
            let got = [found(&days, nights, And), found(&days, nights, Or), found(&days, nights, Short)];
            assert_eq!(got, [and, or, short], "{days:?} {nights}");
        }
    }

    #[test]
    fn what_a_list_calls_static_is_static() {
        let mut list = vec![at(0.0, 0.0, 0, 1.0), at(5000.0, 0.0, 0, 1.0)];
        list[1].stated = true;
        for profile in StaticProfile::ALL {
            let cells = cells(&list, profile);
            assert_eq!(cells.len(), 1, "{profile:?}");
            assert_eq!((cells[0].place, cells[0].profile), (list[1].place, StaticProfile::FirmsType));
        }
        // the rule itself holds too: it is named, but for the one that waits for a person
        let list: Vec<Detection> =
            [0, 1, 2, 60].map(|day| Detection { stated: day == 1, ..at(0.0, 0.0, day, 1.0) }).into();
        use StaticProfile::{FirmsType, PersistentAndNight, Short};
        for (asked, named) in [(PersistentAndNight, PersistentAndNight), (Short, FirmsType)] {
            assert_eq!(cells(&list, asked)[0].profile, named);
        }
    }

    /// Only `type` 2 of a FIRMS list is its word; gas flares of another list, and what our own rules made of a fire, are not.
    #[test]
    fn whose_word_counts() {
        let fire = |algorithm: &str, class| {
            let d = at(0.0, 0.0, 0, 1.0);
            let mut fire = FirePixel::bare("a", d.time, d.place);
            (fire.algorithm, fire.class) = (algorithm.to_string(), class);
            Detection::of(&fire).stated
        };
        assert!(fire("FIRMS", Class::Industrial) && !fire("FIRMS", Class::Unknown));
        assert!(!fire("CSPP", Class::Industrial) && !fire("", Class::Industrial));
    }

    /// By hand: 20 detections at 990 m, three at 0 and one at -990 have their mean at 783.75 m, from which the last is 1774 m off. The
    /// middle has four days, the east three: the middle is the seed.
    #[test]
    fn a_mean_far_from_the_seed_makes_no_wide_cell() {
        let mut list: Vec<Detection> = (0..20).map(|n| at(990.0, 0.0, 0, f64::from(n) / 10.0)).collect();
        list.extend([at(0.0, 0.0, 0, 3.0), at(0.0, 0.0, 1, 1.0), at(0.0, 0.0, 2, 1.0), at(-990.0, 0.0, 3, 1.0)]);
        let cell = &cells(&list, StaticProfile::Short)[0];
        assert_eq!((cell.seen.detections, cell.seen.days, cell.radius_m), (24, 4, 1000.0));
    }

    /// A street of fires 400 m apart over 12 km, each on three days: no cell is wider than the radius.
    #[test]
    fn no_chain_runs_away_and_the_order_does_not_matter() {
        let mut list: Vec<Detection> =
            (0..90).map(|n| at(f64::from(n % 30) * 400.0, 0.0, i64::from(n / 30), 1.0)).collect();
        let forward = cells(&list, StaticProfile::Short);
        assert!(forward.len() >= 5 && forward.iter().all(|cell| cell.radius_m <= 1000.0), "{}", forward.len());
        assert_eq!(forward.iter().map(|cell| cell.seen.detections).sum::<u32>() % 3, 0);
        list.reverse();
        list.rotate_left(17);
        let again: Vec<Detection> = list.iter().chain(&list).cloned().collect();
        assert_eq!(cells(&again, StaticProfile::Short), forward, "any order, and every row twice");
    }

    /// 200,000 detections, half of them of one source: a quadratic method would take minutes.
    #[test]
    fn a_long_list_takes_no_square_of_time() {
        let list: Vec<Detection> = (0..200_000i64)
            .map(|n| {
                let wide = if n % 2 == 0 { 300.0 } else { 400_000.0 };
                at(
                    (n * 7919 % 10_007) as f64 / 10_007.0 * wide,
                    (n * 104_729 % 10_009) as f64 / 10_009.0 * wide,
                    n / 2 % 700,
                    1.0,
                )
            })
            .collect();
        let start = std::time::Instant::now();
        let cells = cells(&list, StaticProfile::PersistentAndNight);
        assert_eq!((cells[0].seen.days, cells[0].seen.detections >= 100_000), (700, true));
        assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    }
}
