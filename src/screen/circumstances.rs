//! Rules about the look itself: what a geostationary pixel may show without a fire, by the evidence that the detector
//! keeps of it. Each rule is a free function: whether the evidence is that of no fire, and of what instead.

use crate::detect::baseline::confirm::stands_out;
use crate::fire::{DropReason, Evidence, FirePixel, Verdict};
use crate::thresholds::BaselineThresholds;

type Rule = fn(&Evidence, &BaselineThresholds) -> bool;

/// The rules in their order: the first that holds is the reason.
const RULES: [(Rule, DropReason); 5] = [
    (is_usual_heat, DropReason::UsualHeat),
    (is_cloud_edge, DropReason::CloudEdge),
    (is_snow_edge, DropReason::SnowEdge),
    (is_twilight, DropReason::Twilight),
    (is_stray_light, DropReason::StrayLight),
];

/// Drops the fires that a rule explains; those without evidence (swaths, lists of others) stay as they are.
pub fn by_circumstances(fires: &mut [FirePixel], t: &BaselineThresholds) {
    for fire in fires.iter_mut().filter(|fire| fire.verdict == Verdict::Kept) {
        let Some(evidence) = &fire.evidence else { continue };
        if let Some((_, reason)) = RULES.iter().find(|(rule, _)| rule(evidence, t)) {
            fire.verdict = Verdict::Dropped(*reason);
        }
    }
}

/// Hot in space, and the same at this hour of other days: by its measure, or because it was hot in space on enough of
/// them and is no more than that now.
pub fn is_usual_heat(e: &Evidence, t: &BaselineThresholds) -> bool {
    let (Some(space), Some(time)) = (e.in_space, e.in_time) else { return false };
    let calm = !is_low_sun(e, t) && e.stray_kelvin < t.stray_kelvin;
    let as_ever = calm && time.z < t.usual_z && time.kelvin < t.usual_share * space.kelvin;
    let hot_before = e.hot_days as f32 >= t.hot_days && e.hot_days as f32 >= t.hot_share * e.days as f32;
    let no_hotter = !stands_out(time.z, None, least_z(e, t), t);
    as_ever || (hot_before && no_hotter)
}

/// Time alone shows it, beside cloud, which shines in the sun and hides what is usual; no hotter than that can be.
pub fn is_cloud_edge(e: &Evidence, t: &BaselineThresholds) -> bool {
    let dark = e.sun_zenith_deg > t.low_sun_to_deg;
    let least = if dark { t.despite_cloud_night_kelvin } else { t.despite_cloud_kelvin };
    e.in_space.is_none() && e.beside_cloud && e.kelvin() < least
}

/// By day: a mixture of snow and warm ground, or ground that shines because the snow of other days is gone.
pub fn is_snow_edge(e: &Evidence, t: &BaselineThresholds) -> bool {
    let mixed = e.beside_snow && e.kelvin() < e.mixed_kelvin + t.snow_kelvin;
    let thawed = e.thawed && e.in_space.is_none() && e.kelvin() < t.thaw_kelvin;
    mixed || thawed
}

/// Time alone shows it while the sun is low: slopes catch it differently every day.
pub fn is_twilight(e: &Evidence, t: &BaselineThresholds) -> bool {
    e.in_space.is_none() && is_low_sun(e, t) && !stands_out_in_time(e, t.z_twilight, t)
}

/// Time alone shows it in light that falls on the whole window by night.
pub fn is_stray_light(e: &Evidence, t: &BaselineThresholds) -> bool {
    e.in_space.is_none() && e.stray_kelvin >= t.stray_kelvin && !stands_out_in_time(e, t.z_stray, t)
}

fn stands_out_in_time(e: &Evidence, least_z: f32, t: &BaselineThresholds) -> bool {
    e.in_time.is_some_and(|time| stands_out(time.z, e.before_z, least_z, t))
}

fn is_low_sun(e: &Evidence, t: &BaselineThresholds) -> bool {
    (t.low_sun_from_deg..t.low_sun_to_deg).contains(&e.sun_zenith_deg)
}

/// What a departure in time must be under these circumstances.
fn least_z(e: &Evidence, t: &BaselineThresholds) -> f32 {
    if is_low_sun(e, t) {
        t.z_twilight
    } else if e.stray_kelvin >= t.stray_kelvin {
        t.z_stray
    } else if e.sun_zenith_deg > t.low_sun_to_deg {
        t.z_night
    } else {
        t.z
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::Excess;
    use crate::place::LonLat;
    use crate::time::Utc;

    fn excess(z: f32, kelvin: f32) -> Option<Excess> {
        Some(Excess { z, kelvin })
    }

    /// A fire of time at noon with nothing about it.
    fn of_time(z: f32, kelvin: f32) -> Evidence {
        Evidence { in_time: excess(z, kelvin), sun_zenith_deg: 50.0, days: 8, ..Evidence::default() }
    }

    fn of_space(z: f32, kelvin: f32) -> Evidence {
        Evidence { in_space: excess(9.0, 10.0), ..of_time(z, kelvin) }
    }

    /// What each rule says, worked out by hand from the thresholds' table: just inside and just outside of each.
    #[test]
    fn each_rule_drops_what_it_explains_and_nothing_else() {
        let night = |e: Evidence| Evidence { sun_zenith_deg: 140.0, ..e };
        let low = |e: Evidence| Evidence { sun_zenith_deg: 86.0, ..e };
        let hot = |hot_days, e: Evidence| Evidence { hot_days, ..e };
        let cloud = |e: Evidence| Evidence { beside_cloud: true, ..e };
        let snow = |mixed_kelvin, e: Evidence| Evidence { beside_snow: true, mixed_kelvin, ..e };
        let thawed = |e: Evidence| Evidence { thawed: true, ..e };
        let stray = |e: Evidence| Evidence { stray_kelvin: 1.1, ..night(e) };
        let before = |z, e: Evidence| Evidence { before_z: Some(z), ..e };
        let cases = [
            (of_time(5.0, 2.0), None),
            (of_space(9.0, 9.0), None),
            // as hot as ever: less than 2 deviations, and less than half of what space says
            (of_space(1.9, 4.9), Some("usual_heat")),
            (of_space(2.1, 4.9), None),
            (of_space(1.9, 5.1), None),
            (low(of_space(1.9, 4.9)), None),
            // hot on half of the days, at least three, and no candidate in time
            (hot(4, of_space(4.4, 6.0)), Some("usual_heat")),
            (hot(3, of_space(4.4, 6.0)), None),
            (hot(4, of_space(4.6, 6.0)), None),
            (hot(4, low(of_space(9.9, 6.0))), Some("usual_heat")),
            (hot(4, stray(of_space(6.4, 6.0))), Some("usual_heat")),
            (hot(2, Evidence { days: 3, ..of_space(1.0, 6.0) }), None),
            (Evidence { in_time: None, ..hot(8, of_space(0.0, 0.0)) }, None),
            (cloud(of_time(30.0, 19.9)), Some("cloud_edge")),
            (cloud(of_time(30.0, 20.1)), None),
            (cloud(of_space(30.0, 19.9)), None),
            (night(cloud(of_time(30.0, 11.9))), Some("cloud_edge")),
            (night(cloud(of_time(30.0, 12.1))), None),
            (snow(8.1, of_space(9.0, 9.9)), Some("snow_edge")),
            (snow(7.9, of_space(9.0, 9.9)), None),
            (thawed(of_time(9.0, 19.0)), Some("snow_edge")),
            (thawed(of_time(9.0, 21.0)), None),
            (thawed(of_space(9.0, 9.0)), None),
            (low(of_time(9.9, 9.0)), Some("twilight")),
            (low(of_time(10.1, 9.0)), None),
            (low(before(10.1, of_time(3.3, 9.0))), None),
            (low(before(9.9, of_time(3.3, 9.0))), Some("twilight")),
            // two of 80 per cent are enough
            (low(before(8.1, of_time(8.1, 9.0))), None),
            (low(before(7.9, of_time(8.1, 9.0))), Some("twilight")),
            (stray(of_time(6.4, 2.0)), Some("stray_light")),
            (stray(of_time(6.6, 2.0)), None),
            (stray(before(6.6, of_time(3.3, 2.0))), None),
            (Evidence { stray_kelvin: 0.9, ..stray(of_time(5.0, 2.0)) }, None),
        ];
        for (evidence, expected) in cases {
            let time = Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("valid");
            let fire = FirePixel::bare("a", time, LonLat::new(102.0, 36.0).expect("valid"));
            let mut fires = [FirePixel { evidence: Some(evidence.clone()), ..fire }];
            by_circumstances(&mut fires, &BaselineThresholds::default());
            assert_eq!(fires[0].verdict.reason(), expected, "{evidence:?}");
        }
    }
}
