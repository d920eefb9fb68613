//! Fires at known static sources: dropped unless they have more than 1.5 times the power of the source's history, are more than 20 K
//! hotter or wider than it was, or cannot be compared with it.
//!
//! What cannot be compared is kept: a saturated measurement is a lower bound, and without power and temperature on either side there
//! is nothing to hold against a source. A row that a person accepted without any history explains only a small fire of known power.
//!
//! What is honest about a geostationary pixel: it covers some 9 km2 and its place is known to kilometres, so that a source in it
//! explains little of what burns there. It is dropped only where its own place is at the source, to half a pixel, where its power is
//! known and no more than the source's greatest, and only where no days before are known with which it was compared: heat that is
//! always there is the same on those days and dropped as usual heat, so what stands out against them is not that source.

use crate::fire::{Class, DropReason, FirePixel, Verdict};
use crate::layers::static_sources::{StaticSource, StaticSources, Status};
use crate::place::PlaceIndex;
use crate::screen::Scope;
use crate::thresholds::StaticThresholds;

/// Drops the fires in scope that static sources explain (class industrial); those that are more than their source stay, of the class
/// that their land gives them. Either way the reason is written. What lies outside the counties keeps that verdict.
pub fn static_heat(fires: &mut [FirePixel], sources: &StaticSources, scope: &Scope, t: &StaticThresholds) {
    let near = |fire: &FirePixel| if scope.holds(fire) { sources.at(fire.place, reach_m(fire, t)) } else { Vec::new() };
    let met: Vec<(usize, Vec<&StaticSource>)> =
        fires.iter().map(near).enumerate().filter(|(_, sources)| !sources.is_empty()).collect();
    if met.is_empty() {
        return;
    }
    let all = Neighbours::new(fires, t);
    let judged: Vec<_> = met.into_iter().map(|(at, sources)| (at, judge(at, &sources, &all, t))).collect();
    for (at, answer) in judged {
        let fire = &mut fires[at];
        match answer {
            Ok(reason) => {
                if fire.verdict == Verdict::Kept {
                    fire.verdict = Verdict::Dropped(DropReason::StaticSource);
                }
                fire.class = Class::Industrial;
                // what its land would have made of it no longer holds
                fire.reasons = vec![reason];
            }
            Err(reason) => fire.reasons.push(reason),
        }
    }
}

/// So far from its place a fire may be at a source, metres.
fn reach_m(fire: &FirePixel, t: &StaticThresholds) -> f64 {
    let error_m = fire.position_error_m.unwrap_or(f64::from(t.unknown_place_m));
    if fire.is_geostationary() { error_m.max(side_m(fire) / 2.0) } else { error_m }
}

/// The first source that explains the fire, else why the nearest does not.
fn judge(at: usize, sources: &[&StaticSource], all: &Neighbours, t: &StaticThresholds) -> Result<String, String> {
    let mut nearest = None;
    for source in sources {
        match explained(at, source, all, t) {
            Ok(()) => return Ok(format!("{}: {}", name(source), history(source))),
            Err(but) => {
                nearest = nearest.or_else(|| Some(format!("{}{}, 但{but}", name(source), side(source, at, all))))
            }
        }
    }
    Err(nearest.unwrap_or_default())
}

/// At a source, or so near that the fire may be at it.
fn side(source: &StaticSource, at: usize, all: &Neighbours) -> &'static str {
    if source.place.distance_m(all.fires[at].place) <= source.radius_m { "处" } else { "附近" }
}

/// `固定热源 E102.230N38.500(砖厂)`.
fn name(source: &StaticSource) -> String {
    let cause = if source.cause.is_empty() { String::new() } else { format!("({})", source.cause) };
    format!("固定热源 {}{cause}", source.id)
}

fn history(source: &StaticSource) -> String {
    let power = source.seen.max_frp_mw.map_or(String::new(), |mw| format!(", 最大 {mw:.1} MW"));
    source.seen.spoken().map_or("人工登记".to_string(), |spoken| format!("{spoken}{power}"))
}

/// Whether a source explains a fire, else by what the fire is more, or why that is not known.
fn explained(at: usize, source: &StaticSource, all: &Neighbours, t: &StaticThresholds) -> Result<(), String> {
    let (fire, seen) = (&all.fires[at], &source.seen);
    if fire.is_geostationary() {
        return explained_from_afar(fire, source);
    }
    let (powers, heats) = (fire.frp_mw.zip(seen.max_frp_mw), fire.bt_mir_k.zip(seen.max_mir_k));
    if let Some((own, most)) = powers.filter(|(own, most)| *own > f64::from(t.hotter_factor) * most) {
        return Err(format!("比以往更强({own:.1} MW, 以往最大 {most:.1} MW)"));
    }
    if let Some((own, most)) = heats.filter(|(own, most)| *own > most + t.hotter_kelvin) {
        return Err(format!("比以往更热({own:.0} K, 以往最高 {most:.0} K)"));
    }
    if seen.width > 0 && all.touching(at, seen.width as usize + 1) > seen.width as usize {
        return Err(format!("比以往更宽(相邻火点像元多于 {} 个)", seen.width));
    }
    if source.status == Status::Accepted && seen.max_frp_mw.is_none() && seen.max_mir_k.is_none() {
        return explained_by_hand(fire, t);
    }
    match (powers, heats) {
        _ if fire.saturated => Err(SATURATED.to_string()),
        (None, None) => Err("功率和温度无从比较".to_string()),
        _ => Ok(()),
    }
}

const SATURATED: &str = "测值饱和, 无从比较";

/// A person decided, but said not how much heat there is.
fn explained_by_hand(fire: &FirePixel, t: &StaticThresholds) -> Result<(), String> {
    let small = fire.frp_mw.is_some_and(|mw| mw < f64::from(t.by_hand_frp_mw));
    match small && !fire.saturated {
        true => Ok(()),
        false => Err(format!("无可比的历史, 仅解释功率已知且不足 {} MW 的火点", t.by_hand_frp_mw)),
    }
}

/// See the head of this file.
fn explained_from_afar(fire: &FirePixel, source: &StaticSource) -> Result<(), String> {
    if fire.in_time.as_ref().is_some_and(|past| past.z.is_some()) {
        return Err("比往日同一时刻更热, 不能由它解释".to_string());
    }
    if fire.place.distance_m(source.place) > source.radius_m + side_m(fire) / 2.0 {
        return Err("静止卫星像元的中心不在其上, 不能由它解释".to_string());
    }
    match (fire.frp_mw, source.seen.max_frp_mw) {
        _ if fire.saturated => Err(SATURATED.to_string()),
        (Some(own), Some(most)) if own <= most => Ok(()),
        (Some(own), Some(most)) => Err(format!("静止卫星像元比它以往更强({own:.1} MW, 以往最大 {most:.1} MW)")),
        _ => Err("静止卫星像元达数公里, 功率无从比较, 不能由它解释".to_string()),
    }
}

/// The fires of a run, to be asked which touch.
struct Neighbours<'a> {
    fires: &'a [FirePixel],
    index: PlaceIndex,
    largest_m: f64,
    t: &'a StaticThresholds,
}

/// Side of a pixel whose size is not known, metres.
const USUAL_PIXEL_M: f64 = 1000.0;

fn side_m(fire: &FirePixel) -> f64 {
    fire.pixel_area_km2.map_or(USUAL_PIXEL_M, |area| 1000.0 * area.sqrt())
}

impl<'a> Neighbours<'a> {
    fn new(fires: &'a [FirePixel], t: &'a StaticThresholds) -> Self {
        let index = PlaceIndex::new(fires.iter().map(|fire| fire.place), USUAL_PIXEL_M);
        Neighbours { fires, index, largest_m: fires.iter().map(side_m).fold(0.0, f64::max), t }
    }

    /// Pixels of the fire that a pixel is of, itself too; counted no further than `enough`.
    fn touching(&self, at: usize, enough: usize) -> usize {
        let mut found = vec![at];
        let mut next = 0;
        while next < found.len() && found.len() < enough {
            let here = found[next];
            next += 1;
            let reach = f64::from(self.t.touching_pixels) * self.largest_m;
            for (other, distance) in self.index.near(self.fires[here].place, reach) {
                if !found.contains(&other) && self.touch(here, other, distance) {
                    found.push(other);
                }
            }
        }
        found.len()
    }

    fn touch(&self, a: usize, b: usize, distance_m: f64) -> bool {
        let (a, b) = (&self.fires[a], &self.fires[b]);
        distance_m <= f64::from(self.t.touching_pixels) * side_m(a).max(side_m(b))
            && a.satellite == b.satellite
            && a.sensor == b.sensor
            && a.time.seconds_since(b.time).abs() <= f64::from(self.t.pass_seconds)
            && is_heat(b)
    }
}

/// What a rule took for a cloud's edge or sunlight makes no fire wider.
fn is_heat(fire: &FirePixel) -> bool {
    match fire.verdict {
        Verdict::Kept => true,
        Verdict::Dropped(reason) => {
            [DropReason::OutsideCounties, DropReason::UsualHeat, DropReason::StaticSource].contains(&reason)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fire::InTime;
    use crate::layers::static_sources::SourceList;
    use crate::place::LonLat;
    use crate::time::Utc;

    /// A kiln of at most 10 MW, 340 K and 2 pixels, radius 500 m.
    fn kiln(more: &str) -> StaticSources {
        let file = tempfile::NamedTempFile::new().expect("file");
        let text = format!(
            "lon,lat,radius_m,status,cause,profile,days,first,last,max_frp_mw,max_mir_k,width\n\
             102,36.5,500,proposed,,persistent-and-night,5,2025-01-01,2025-03-25,10,340,2\n{more}"
        );
        std::fs::write(file.path(), text).expect("written");
        StaticSources::new(SourceList::read(file.path()).expect("reads"))
    }

    /// So many metres north of it; place known to 200 m, a pixel of 400 m.
    fn fire(north_m: f64, frp_mw: f64, mir_k: f32) -> FirePixel {
        let time = Utc::from_parts(2025, 10, 20, 17, 42, 0).expect("valid");
        let mut fire = FirePixel::bare("a", time, LonLat::new(102.0, 36.5 + north_m / 111_195.0).expect("valid"));
        (fire.satellite, fire.sensor) = ("NOAA-20".into(), "VIIRS".into());
        (fire.frp_mw, fire.bt_mir_k) = (Some(frp_mw), Some(mir_k));
        (fire.pixel_area_km2, fire.position_error_m) = (Some(0.16), Some(200.0));
        fire
    }

    fn screen(fires: &mut [FirePixel], sources: &StaticSources) {
        static_heat(fires, sources, &Scope::default(), &StaticThresholds::default());
    }

    fn judged(mut fires: Vec<FirePixel>) -> Vec<(Option<&'static str>, Class, String)> {
        screen(&mut fires, &kiln(""));
        fires.into_iter().map(|fire| (fire.verdict.reason(), fire.class, fire.reasons.join("|"))).collect()
    }

    /// Limits by hand: 1.5 times 10 MW, 20 K over 340 K, 500 and 200 m; 1 January to 25 March are 84 days.
    #[test]
    fn a_fire_is_dropped_unless_it_is_more_than_its_source_ever_was() {
        let said = "固定热源 E102.000N36.500: 3 个月内 5 天有火点, 最大 10.0 MW";
        for (fire, dropped, reason) in [
            (fire(0.0, 9.0, 330.0), true, said),
            (fire(690.0, 15.0, 360.0), true, said),
            (fire(710.0, 9.0, 330.0), false, ""),
            (fire(0.0, 15.1, 330.0), false, "固定热源 E102.000N36.500处, 但比以往更强(15.1 MW, 以往最大 10.0 MW)"),
            (fire(0.0, 9.0, 360.5), false, "固定热源 E102.000N36.500处, 但比以往更热(360 K, 以往最高 340 K)"),
        ] {
            let got = &judged(vec![FirePixel { class: Class::Straw, ..fire }])[0];
            // what is more than its source is of its land
            let class = if dropped { Class::Industrial } else { Class::Straw };
            assert_eq!((got.0.is_some(), got.1, got.2.as_str()), (dropped, class, reason));
        }
    }

    /// A saturated value is a lower bound; without a value on either side there is nothing to compare.
    #[test]
    fn what_cannot_be_compared_stays() {
        let kiln = |power: &str, mir: &str| {
            kiln(&format!("102.2,36.5,500,proposed,,persistent-and-night,5,2025-01-01,2025-03-25,{power},{mir},2\n"))
        };
        let dropped = |sources: &StaticSources, frp_mw, bt_mir_k, saturated| {
            let place = LonLat::new(102.2, 36.5).expect("valid");
            let mut fires = [FirePixel { place, frp_mw, bt_mir_k, saturated, ..fire(0.0, 0.0, 300.0) }];
            screen(&mut fires, sources);
            (fires[0].verdict != Verdict::Kept, fires[0].reasons.concat())
        };
        let whole = kiln("10", "340");
        assert!(dropped(&whole, Some(9.0), None, false).0 && dropped(&whole, None, Some(330.0), false).0);
        let (gone, reason) = dropped(&whole, Some(9.0), Some(330.0), true);
        assert!(!gone && reason == "固定热源 E102.200N36.500处, 但测值饱和, 无从比较", "{reason}");
        for (sources, frp_mw, mir_k) in [
            (whole, None, None),
            (kiln("10", ""), None, Some(330.0)),
            (kiln("", "340"), Some(9.0), None),
            (kiln("", ""), Some(9.0), Some(330.0)),
        ] {
            let (gone, reason) = dropped(&sources, frp_mw, mir_k, false);
            assert!(!gone && reason.ends_with("功率和温度无从比较"), "{frp_mw:?} {mir_k:?} {reason}");
        }
    }

    /// Three pixels in a row (500 m apart, 1.5 times 400 m reach 600) are wider than two; a third one at 700 m, of another satellite,
    /// of another time or at a cloud's edge does not count.
    #[test]
    fn a_wider_fire_stays() {
        let row = |change: fn(&mut FirePixel)| {
            let mut third = fire(1000.0, 9.0, 330.0);
            change(&mut third);
            judged(vec![fire(0.0, 9.0, 330.0), fire(500.0, 9.0, 330.0), third])[0].0.is_some()
        };
        assert!(!row(|_| {}));
        assert!(row(|third| third.place = LonLat::new(102.0, 36.5 + 1200.0 / 111_195.0).expect("valid")));
        assert!(row(|third| third.satellite = "NOAA-21".into()));
        assert!(row(|third| third.time = Utc::from_parts(2025, 10, 20, 17, 45, 0).expect("valid")));
        assert!(row(|third| third.verdict = Verdict::Dropped(DropReason::CloudEdge)));
    }

    /// A pixel of 4 km2 has half a side of 1000 m: with the radius of 500 m its place may be 1500 m away, whatever its error.
    #[test]
    fn a_geostationary_pixel_is_explained_only_by_what_is_known() {
        let afar = |north_m, frp_mw: Option<f64>, z: Option<f32>, error_m| {
            let past = InTime { z, slots: 10, hash: String::new() };
            let mut fire = FirePixel { sensor: "AHI".into(), frp_mw, in_time: Some(past), ..fire(north_m, 0.0, 300.0) };
            (fire.position_error_m, fire.pixel_area_km2) = (Some(error_m), Some(4.0));
            let (reason, _, said) = judged(vec![fire])[0].clone();
            (reason.is_some(), said)
        };
        for error_m in [300.0, 2500.0] {
            assert!(afar(1490.0, Some(9.9), None, error_m).0, "{error_m}");
        }
        let (gone, said) = afar(1510.0, Some(9.9), None, 2500.0);
        assert!(!gone && said == "固定热源 E102.000N36.500附近, 但静止卫星像元的中心不在其上, 不能由它解释", "{said}");
        for (frp_mw, z) in [(Some(10.1), None), (None, None), (Some(9.9), Some(6.0))] {
            let (gone, said) = afar(0.0, frp_mw, z, 2500.0);
            assert!(!gone && said.starts_with("固定热源 E102.000N36.500处, 但"), "{said}");
        }
    }

    /// `static_heat.by_hand_frp_mw` is 30 MW.
    #[test]
    fn a_row_that_a_person_wrote_explains_a_small_fire_without_history() {
        for (frp_mw, saturated, dropped) in [
            (Some(29.9), false, true),
            (Some(30.0), false, false),
            (Some(900.0), false, false),
            (Some(5.0), true, false),
            (None, false, false),
        ] {
            let place = LonLat::new(102.1, 36.5).expect("valid");
            let mut fires = [FirePixel { place, frp_mw, saturated, ..fire(0.0, 0.0, 330.0) }];
            screen(&mut fires, &kiln("102.1,36.5,300,,砖厂,,,,,,,\n"));
            let said = match dropped {
                true => "固定热源 E102.100N36.500(砖厂): 人工登记",
                false => "固定热源 E102.100N36.500(砖厂)处, 但无可比的历史, 仅解释功率已知且不足 30 MW 的火点",
            };
            assert_eq!((fires[0].verdict != Verdict::Kept, fires[0].reasons.concat()), (dropped, said.to_string()));
        }
    }

    /// A furnace beside the site is told to neighbours as what it is; farther off nothing is judged.
    #[test]
    fn outside_the_counties_the_verdict_stays_and_the_class_is_told() {
        let outside = Verdict::Dropped(DropReason::OutsideCounties);
        let near = crate::place::LonLatBox { west: 101.9, south: 36.4, east: 102.1, north: 36.6 };
        for (neighbourhood, class, reasons) in [(Some(near), Class::Industrial, 1), (None, Class::Unknown, 0)] {
            let mut fires = [FirePixel { verdict: outside, ..fire(0.0, 9.0, 330.0) }];
            static_heat(&mut fires, &kiln(""), &Scope { neighbourhood }, &StaticThresholds::default());
            assert_eq!((fires[0].verdict, fires[0].class, fires[0].reasons.len()), (outside, class, reasons));
        }
        let mut fires = [FirePixel { verdict: Verdict::Dropped(DropReason::CloudEdge), ..fire(0.0, 9.0, 330.0) }];
        static_heat(&mut fires, &kiln(""), &Scope { neighbourhood: Some(near) }, &StaticThresholds::default());
        assert_eq!((fires[0].verdict.reason(), fires[0].class), (Some("cloud_edge"), Class::Unknown));
    }
}
