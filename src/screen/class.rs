//! What kind of heat a fire is taken for, by the land that it lies on and by the calendar. Nothing is dropped here: land cover maps
//! are years old and calendars are a prior.

use crate::error::Result;
use crate::fire::{Class, FirePixel, Verdict};
use crate::history::past_fires::PastFires;
use crate::layers::landcover::{Cover, LandCover, OpenLandCover};
use crate::screen::Scope;
use crate::screen::footprint::{Ground, Shares};
use crate::site::{Seasons, Span};
use crate::thresholds::ClassThresholds;

/// Writes class, share of cropland and reasons of the fires in scope whose class nobody states; of the others, who states it. Without a
/// map, and where it cannot be read, the class stays unknown, and the reason says so.
///
/// # Errors
/// The first place of a fire where the map cannot be read; the fires elsewhere are judged.
pub fn by_land(fires: &mut [FirePixel], land: Option<&LandCover>, scope: &Scope, t: &ClassThresholds) -> Result<()> {
    let mut fires: Vec<&mut FirePixel> = fires.iter_mut().filter(|fire| scope.holds(fire)).collect();
    for fire in fires.iter_mut().filter(|fire| fire.class != Class::Unknown) {
        fire.reasons.push(format!("来源注明: {}", fire.class.spoken()));
    }
    let Some(land) = land.filter(|_| !fires.is_empty()) else {
        fires.iter_mut().for_each(|fire| leave(fire, NO_MAP));
        return Ok(());
    };
    let map = match land.open() {
        Ok(map) => map,
        Err(error) => {
            fires.iter_mut().for_each(|fire| leave(fire, UNREADABLE));
            return Err(error);
        }
    };
    let mut read = Ok(());
    for fire in fires {
        match shares_of(fire, &map) {
            Ok(shares) => judge(fire, &shares, t),
            Err(error) => {
                leave(fire, UNREADABLE);
                read = read.and(Err(error));
            }
        }
    }
    read
}

const NO_MAP: &str = "无土地覆盖图层, 类型未知";
const UNREADABLE: &str = "土地覆盖图层无法读取, 类型未知";

/// Says why a fire whose class nobody states has none.
fn leave(fire: &mut FirePixel, why: &str) {
    if fire.class == Class::Unknown {
        fire.reasons.push(why.to_string());
    }
}

fn shares_of(fire: &FirePixel, map: &OpenLandCover) -> Result<Shares> {
    let ground = Ground::of(fire);
    Ok(map.around(&ground.bbox())?.map_or_else(Shares::nowhere, |window| ground.shares(&window)))
}

fn judge(fire: &mut FirePixel, shares: &Shares, t: &ClassThresholds) {
    if shares.unknown > 1.0 - f64::from(t.known_least) {
        leave(fire, "此处土地覆盖未知, 类型未知");
        return;
    }
    fire.cropland_fraction = Some(shares.of(Cover::Cropland) as f32);
    if fire.class != Class::Unknown {
        return;
    }
    let (class, reason) = class_of(fire.is_geostationary(), shares, t);
    fire.class = class;
    fire.reasons.push(reason);
}

fn class_of(geostationary: bool, shares: &Shares, t: &ClassThresholds) -> (Class, String) {
    let percent = |cover| format!("{:.0}%", 100.0 * shares.of(cover));
    let (crop, green) = (shares.of(Cover::Cropland), shares.of(Cover::Vegetation));
    let field = format!("像元内农田占 {}", percent(Cover::Cropland));
    if geostationary {
        return (Class::Unknown, format!("{field}; 静止卫星像元达数公里, 不能单独判为秸秆"));
    }
    if let Some((_, name)) = ONLY.into_iter().find(|(cover, _)| shares.of(*cover) >= f64::from(t.only)) {
        return (Class::Unknown, format!("像元内几乎全为{name}, 类型未知"));
    }
    if crop < f64::from(t.cropland_least) {
        return match green >= f64::from(t.vegetation_least) {
            true => (Class::Vegetation, format!("像元内林草占 {}, 几乎无农田", percent(Cover::Vegetation))),
            false => (Class::Unknown, format!("{field}, 林草占 {}, 类型未知", percent(Cover::Vegetation))),
        };
    }
    let largest = |a: Named, b: Named| if shares.of(b.0) > shares.of(a.0) { b } else { a };
    let (most, name) = MIXED.into_iter().chain(ONLY).fold((Cover::Vegetation, "林草"), largest);
    if crop >= shares.of(most) {
        return (Class::Straw, field);
    }
    (Class::Unknown, format!("{field}, {name}占 {}, 难以判定", percent(most)))
}

type Named = (Cover, &'static str);
/// Ground that holds no straw where there is nothing else.
const ONLY: [Named; 4] =
    [(Cover::Water, "水面"), (Cover::Snow, "冰雪"), (Cover::Built, "建成区"), (Cover::Bare, "裸地")];
/// Ground that is not said of alone.
const MIXED: [Named; 2] = [(Cover::Vegetation, "林草"), (Cover::Wetland, "湿地")];

/// On days of customs a small fire that is not clearly on cropland may be of the custom; outside the burning seasons a fire on
/// cropland is not called straw. Both become unknown and stay on the list.
pub fn by_season(fires: &mut [FirePixel], seasons: &Seasons, scope: &Scope, t: &ClassThresholds) {
    for fire in fires.iter_mut().filter(|fire| scope.holds(fire)) {
        let date = fire.time.beijing_date();
        let custom = seasons.customs.iter().find(|span| span.contains(date));
        let small = fire.frp_mw.is_some_and(|mw| mw < f64::from(t.small_frp_mw));
        let clear = fire.cropland_fraction.is_some_and(|share| share >= t.cropland_clear);
        let open = matches!(fire.class, Class::Straw | Class::Vegetation | Class::Unknown);
        if let Some(custom) = custom.filter(|_| small && !clear && open) {
            fire.class = Class::Unknown;
            fire.reasons.push(format!("可能是祭祀用火({})", spoken(custom)));
        } else if fire.class == Class::Straw && is_out_of_season(seasons, date) {
            fire.class = Class::Unknown;
            let known = seasons.burning.iter().map(spoken).collect::<Vec<_>>().join("; ");
            fire.reasons.push(format!("不在本地焚烧季节({known})"));
        }
    }
}

/// Without seasons there is no prior.
fn is_out_of_season(seasons: &Seasons, date: (i16, i8, i8)) -> bool {
    !seasons.burning.is_empty() && !seasons.burning.iter().any(|span| span.contains(date))
}

fn spoken(span: &Span) -> String {
    format!("{} {}", span.name, span.text).trim().to_string()
}

/// Says of the kept fires whether it burned there in the same month of other years. It changes no verdict and no class: fields that
/// are burned every autumn come back as kilns do.
pub fn by_past_fires(fires: &mut [FirePixel], past: &PastFires, t: &ClassThresholds) {
    for fire in fires.iter_mut().filter(|fire| fire.verdict == Verdict::Kept) {
        if let Some((days, last)) = past.same_month(fire.place, fire.time, f64::from(t.past_reach_m)) {
            let day: String = last.beijing().chars().take(10).collect();
            fire.reasons.push(format!("往年同期此处有火点({days} 次, 最近 {day})"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::LonLat;
    use crate::time::Utc;

    fn shares(crop: f64, green: f64, built: f64, water: f64) -> Shares {
        let mut shares = Shares::default();
        for (cover, share) in
            [(Cover::Cropland, crop), (Cover::Vegetation, green), (Cover::Built, built), (Cover::Water, water)]
        {
            shares.set(cover, share);
        }
        shares
    }

    #[test]
    fn class_by_land() {
        let t = ClassThresholds::default();
        for (crop, green, built, water, class, part) in [
            (0.6, 0.3, 0.1, 0.0, Class::Straw, "农田占 60%"),
            (0.3, 0.3, 0.2, 0.2, Class::Straw, "农田占 30%"),
            (0.34, 0.32, 0.0, 0.34, Class::Straw, "农田占 34%"),
            (0.051, 0.03, 0.019, 0.9, Class::Unknown, "农田占 5%, 水面占 90%, 难以判定"),
            (0.3, 0.2, 0.1, 0.4, Class::Unknown, "水面占 40%"),
            (0.049, 0.45, 0.5, 0.0, Class::Unknown, "林草占 45%"),
            (0.049, 0.9, 0.05, 0.0, Class::Vegetation, "林草占 90%"),
            (0.3, 0.6, 0.1, 0.0, Class::Unknown, "难以判定"),
            (0.3, 0.1, 0.6, 0.0, Class::Unknown, "建成区占 60%"),
            (0.04, 0.0, 0.0, 0.96, Class::Unknown, "几乎全为水面"),
            (0.0, 0.0, 1.0, 0.0, Class::Unknown, "几乎全为建成区"),
        ] {
            let (got, reason) = class_of(false, &shares(crop, green, built, water), &t);
            assert!(got == class && reason.contains(part), "{crop} {green} {built} {water}: {got:?} {reason}");
        }
        for (cover, name) in [(Cover::Bare, "裸地"), (Cover::Snow, "冰雪"), (Cover::Wetland, "湿地")] {
            let mut most = shares(0.3, 0.2, 0.1, 0.0);
            most.set(cover, 0.4);
            let (class, reason) = class_of(false, &most, &t);
            assert!(class == Class::Unknown && reason.contains(&format!("{name}占 40%")), "{reason}");
        }
        let (class, reason) = class_of(true, &shares(0.9, 0.1, 0.0, 0.0), &t);
        assert!(class == Class::Unknown && reason.contains("农田占 90%") && reason.contains("静止卫星"));
    }

    fn fire(month: i8, day: i8, frp_mw: f64, crop: f32, class: Class) -> FirePixel {
        // 17:00 UTC is the next day in Beijing
        let time = Utc::from_parts(2025, month, day, 17, 0, 0).expect("valid");
        let mut fire = FirePixel::bare("a", time, LonLat::new(102.0, 36.5).expect("valid"));
        (fire.frp_mw, fire.cropland_fraction, fire.class) = (Some(frp_mw), Some(crop), class);
        fire
    }

    fn seasons() -> Seasons {
        let spans = |texts: &[&str]| texts.iter().map(|text| Span::parse(text).expect("a span")).collect();
        Seasons {
            burning: spans(&["03-01/04-30 清地", "07-01/09-30 小麦、油菜"]),
            customs: spans(&["04-03/04-06 清明"]),
        }
    }

    #[test]
    fn the_calendar_doubts_and_drops_nothing() {
        for (month, day, mw, crop, class, expected, reason) in [
            (7, 31, 9.0, 0.9, Class::Straw, Class::Straw, ""),
            (9, 29, 9.0, 0.9, Class::Straw, Class::Straw, ""),
            (
                9,
                30,
                9.0,
                0.9,
                Class::Straw,
                Class::Unknown,
                "不在本地焚烧季节(清地 03-01/04-30; 小麦、油菜 07-01/09-30)",
            ),
            (9, 30, 9.0, 0.9, Class::Vegetation, Class::Vegetation, ""),
            (4, 2, 4.9, 0.49, Class::Straw, Class::Unknown, "可能是祭祀用火(清明 04-03/04-06)"),
            (4, 2, 5.1, 0.49, Class::Straw, Class::Straw, ""),
            (4, 2, 4.9, 0.51, Class::Straw, Class::Straw, ""),
            (4, 6, 4.9, 0.49, Class::Straw, Class::Straw, ""),
            (4, 2, 4.9, 0.0, Class::Industrial, Class::Industrial, ""),
        ] {
            let mut fires = [fire(month, day, mw, crop, class)];
            by_season(&mut fires, &seasons(), &Scope::default(), &ClassThresholds::default());
            assert_eq!((fires[0].class, fires[0].reasons.concat().as_str()), (expected, reason), "{month}-{day} {mw}");
            assert_eq!(fires[0].verdict, Verdict::Kept);
        }
        let mut fires = [fire(12, 1, 1.0, 0.1, Class::Straw)];
        by_season(&mut fires, &Seasons::default(), &Scope::default(), &ClassThresholds::default());
        assert_eq!((fires[0].class, fires[0].reasons.len()), (Class::Straw, 0), "no seasons, no prior");
    }

    #[test]
    fn what_burned_before_is_said() {
        let past =
            |year| (LonLat::new(102.0, 36.501).expect("valid"), Utc::from_parts(year, 8, 9, 5, 0, 0).expect("valid"));
        let mut fires = [fire(8, 20, 9.0, 0.9, Class::Straw)];
        by_past_fires(&mut fires, &PastFires::new([past(2023), past(2024)]), &ClassThresholds::default());
        assert_eq!(fires[0].reasons, ["往年同期此处有火点(2 次, 最近 2024-08-09)"]);
        assert_eq!((fires[0].class, fires[0].verdict), (Class::Straw, Verdict::Kept));
    }

    #[test]
    fn without_a_map_the_class_is_unknown_and_says_why() {
        let mut fires = [fire(8, 20, 9.0, 0.9, Class::Unknown), fire(8, 20, 9.0, 0.9, Class::Industrial)];
        by_land(&mut fires, None, &Scope::default(), &ClassThresholds::default()).expect("no map, no error");
        assert_eq!(fires[0].reasons, [NO_MAP]);
        assert_eq!(
            (fires[1].class, fires[1].reasons.as_slice()),
            (Class::Industrial, &["来源注明: 固定热源".to_string()][..])
        );
    }
}
