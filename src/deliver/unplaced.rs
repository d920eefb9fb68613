//! What is seen and has no place is no event: the desk is told of it at once, and looks at the picture.

use super::desk;
use crate::sighting::{Ground, Sighting};
use crate::site::Site;
use crate::store::Filed;
use crate::time::Utc;

/// It is told once in so long for one direction, seconds; and what is older is not told any more.
const FRESH_S: f64 = 1800.0;

/// A notice of a sighting without a place to each sink of the desk.
pub fn unplaced(site: &Site, sighting: &Sighting, now: Utc) -> Vec<Filed> {
    if now.seconds_since(sighting.time) > FRESH_S || (sighting.simulated && !site.delivery.allow_simulated) {
        return Vec::new();
    }
    let id = sighting.camera.as_deref().unwrap_or_else(|| sighting.origin.name());
    let title = site.cameras.iter().find(|camera| camera.id == id).map_or(id, |camera| camera.title());
    let (who, what) = (sighting.origin.spoken(), sighting.kind.spoken());
    let where_to = direction(sighting);
    let line = format!("{who} {title} 疑似{what}, 位置未定: {where_to}");
    let details = [format!("时间 {}", sighting.time.beijing()), "请人工看图判断".to_string()];
    let half_hour = sighting.time.micros().div_euclid((FRESH_S * 1e6) as i64);
    let tens = sighting.direction.map_or_else(String::new, |direction| format!("{:.0}", direction.azimuth_deg / 10.0));
    desk::notice(site, &format!("sighting:{id}:{tens}:{half_hour}"), 1, &line, &details, now)
}

fn direction(sighting: &Sighting) -> String {
    let Some(direction) = sighting.direction else { return "指向不明, 无法给出方位".to_string() };
    let km = |place: crate::place::LonLat| sighting.from.map(|from| from.distance_m(place) / 1000.0);
    let range = match sighting.ground {
        Some(Ground::Along { near, far }) => km(near).zip(km(far)),
        _ => None,
    };
    match range {
        Some((near, far)) => format!("方位 {:.0}°, 距离 {near:.1} 至 {far:.1} km 之间", direction.azimuth_deg),
        None => format!("方位 {:.0}°, 距离不明", direction.azimuth_deg),
    }
}
