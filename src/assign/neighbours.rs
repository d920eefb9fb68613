//! Fires beyond the border, for joint prevention: told to the neighbours, never counted as ours.

use super::territory::direction;
use crate::fire::FireEvent;
use crate::layers::area_index::distance_km;
use crate::site::Site;

/// How a fire outside lies to the site.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// The fire.
    pub event: FireEvent,
    /// Kilometres from the border.
    pub border_km: f64,
    /// Name of the nearest county of the site.
    pub nearest_county: String,
    /// The contact nearest to it, and where it lies from there; `None` without contacts.
    pub contact: Option<(String, f64, &'static str)>,
}

/// Events that lie in no county of the site and within its distance from the border, in their order.
pub fn neighbours(events: impl IntoIterator<Item = FireEvent>, site: &Site) -> Vec<Neighbour> {
    events.into_iter().filter(|event| event.counties.is_empty()).filter_map(|event| neighbour(event, site)).collect()
}

fn neighbour(event: FireEvent, site: &Site) -> Option<Neighbour> {
    // most fires lie far from the box of the counties
    let reach = site.neighbours_within_km / 111.195 / event.place.lat().to_radians().cos().max(0.1);
    if !site.bbox().widened(reach + 0.01).contains(event.place) {
        return None;
    }
    let to = |county: &crate::site::County| (distance_km(&county.shape, event.place), county.name.name.clone());
    let (border_km, nearest_county) = site.counties.iter().map(to).min_by(|a, b| a.0.total_cmp(&b.0))?;
    let contacts = site.contacts.iter().map(|(name, place)| {
        let from = event.place.offset_m(*place);
        (name.clone(), from.0.hypot(from.1) / 1000.0, direction(from))
    });
    let contact = contacts.min_by(|a, b| a.1.total_cmp(&b.1));
    (border_km <= site.neighbours_within_km).then_some(Neighbour { event, border_km, nearest_county, contact })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::LonLat;
    use crate::time::Utc;

    /// By hand: a square county 102-103 E, 36-37 N. At 36.5 N a degree of longitude is 89.38 km: 101.78 E is 19.7 km west of
    /// it, 101.77 E 20.6 km. From 西宁 at 101.78 E 36.62 N the fire lies 0.12 degrees, 13.3 km, to the south.
    #[test]
    fn fires_within_twenty_kilometres_are_told() {
        let dir = tempfile::tempdir().expect("folder");
        let square = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"adcode":"1","name":"方县"},
            "geometry":{"type":"Polygon","coordinates":[[[102,36],[103,36],[103,37],[102,37],[102,36]]]}}]}"#;
        std::fs::write(dir.path().join("counties.geojson"), square).expect("written");
        let toml = "[neighbours]\ncontacts = ['兰州 103.83 36.06', '西宁 101.78 36.62']\n";
        std::fs::write(dir.path().join("site.toml"), toml).expect("written");
        let site = Site::load(dir.path()).expect("a site");
        let time = Utc::from_parts(2025, 10, 20, 5, 30, 0).expect("a time");
        let near = |lon: f64| {
            let mut event = FireEvent::bare("e", time, LonLat::new(lon, 36.5).expect("valid"));
            event.counties = if lon > 102.0 { vec!["1".to_string()] } else { Vec::new() };
            neighbours([event], &site)
        };
        let told = near(101.78);
        assert!((told[0].border_km - 19.67).abs() < 0.02, "{}", told[0].border_km);
        let (name, km, direction) = told[0].contact.clone().expect("a contact");
        assert_eq!((name.as_str(), direction, told[0].nearest_county.as_str()), ("西宁", "南", "方县"));
        assert!((km - 13.34).abs() < 0.02, "{km}");
        assert!(near(101.77).is_empty() && near(102.5).is_empty());
    }
}
