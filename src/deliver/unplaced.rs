//! What is seen and has no place is no event: the desk is told of it at once, and looks at the picture.

use super::desk::{self, SIMULATED};
use crate::sighting::{Ground, Sighting};
use crate::site::Site;
use crate::store::Filed;
use crate::time::Utc;
use crate::watch::sight::azimuth_and_range;

/// It is told once in so long for one direction, seconds; and what is older is not told any more.
const FRESH_S: f64 = 1800.0;
/// The same where a camera's direction is not known: two things of it cannot be told apart.
const NOWHERE_S: f64 = 600.0;

/// A notice of a sighting without a place to each sink of the desk.
pub fn unplaced(site: &Site, sighting: &Sighting, now: Utc) -> Vec<Filed> {
    if now.seconds_since(sighting.time) > FRESH_S || (sighting.simulated && !site.delivery.allow_simulated) {
        return Vec::new();
    }
    let id = sighting.camera.as_deref().unwrap_or_else(|| sighting.origin.name());
    let title = site.cameras.iter().find(|camera| camera.id == id).map_or(id, |camera| camera.title());
    let (who, what) = (sighting.origin.spoken(), sighting.kind.spoken());
    let where_to = direction(sighting);
    let made = if sighting.simulated { SIMULATED } else { "" };
    let by_people = sighting.origin.is_word_of_people();
    let line = match by_people {
        true => format!("{made}{title} 反映疑似{what}, 位置未定"),
        false => format!("{made}{who} {title} 疑似{what}, 位置未定: {where_to}"),
    };
    let todo = if by_people {
        "请联系反映人核实位置, 并在工作台“录入”中定位"
    } else {
        "请人工看图判断"
    };
    let details = [format!("时间 {}", sighting.time.beijing()), todo.to_string()];
    let desk = |which: String| desk::notice(site, &format!("sighting:{id}:{which}"), 1, &line, &details, now);
    let part = |length_s: f64| sighting.time.micros().div_euclid((length_s * 1e6) as i64);
    match (azimuth(sighting), &sighting.vendor_id) {
        (Some(azimuth_deg), _) => desk(format!("{:.0}:{}", azimuth_deg / 10.0, part(FRESH_S))),
        // each alarm of a platform is its own
        (None, Some(vendor_id)) => desk(vendor_id.clone()),
        (None, None) => desk(format!("nowhere:{}", part(NOWHERE_S))),
    }
}

/// Of the line of sight, or of the line on the ground along which it must lie.
fn azimuth(sighting: &Sighting) -> Option<f64> {
    let on_ground = || match sighting.ground? {
        Ground::Along { far, .. } => Some(azimuth_and_range(sighting.from?, far).0),
        Ground::Point { .. } => None,
    };
    sighting.direction.map(|direction| direction.azimuth_deg).or_else(on_ground)
}

fn direction(sighting: &Sighting) -> String {
    let Some(azimuth_deg) = azimuth(sighting) else { return "指向不明, 无法给出方位".to_string() };
    let km = |place: crate::place::LonLat| sighting.from.map(|from| from.distance_m(place) / 1000.0);
    let range = match sighting.ground {
        Some(Ground::Along { near, far }) => km(near).zip(km(far)),
        _ => None,
    };
    match range {
        Some((near, far)) => format!("方位 {:.0}°, 距离 {near:.1} 至 {far:.1} km 之间", azimuth_deg),
        None => format!("方位 {:.0}°, 距离不明", azimuth_deg),
    }
}
