//! `drone.airports`: where drones need the consent of air-traffic control.

use super::settings::Settings;
use crate::error::Result;
use crate::place::LonLat;
use toml::Value;

/// An airport with its zones.
#[derive(Debug, Clone, PartialEq)]
pub struct Airport {
    /// Name.
    pub name: String,
    /// Reference point.
    pub place: LonLat,
    /// Drones may be forbidden up to so far from it, km.
    pub forbidden_km: f64,
    /// Its protected airspace reaches so far, km.
    pub protected_km: f64,
}

const KEY: &str = "drone.airports";

impl Airport {
    fn parse(text: &str) -> Option<Airport> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [name, numbers @ ..] = parts.as_slice() else { return None };
        let numbers: Vec<f64> = numbers.iter().map(|number| number.parse().ok()).collect::<Option<_>>()?;
        let [lon, lat, forbidden_km, protected_km] = numbers.as_slice() else { return None };
        let is_sound = *forbidden_km >= 0.0 && protected_km >= forbidden_km && *protected_km < 1000.0;
        let place = LonLat::new(*lon, *lat).filter(|_| is_sound)?;
        Some(Airport { name: (*name).to_string(), place, forbidden_km: *forbidden_km, protected_km: *protected_km })
    }
}

impl Settings {
    /// Airports near by.
    pub(super) fn airports(&self) -> Result<Vec<Airport>> {
        let texts = self.get(KEY).and_then(Value::as_array).into_iter().flatten().enumerate();
        let airport = |(index, value): (usize, &Value)| {
            value.as_str().and_then(Airport::parse).ok_or_else(|| {
                let expected = "a name, longitude, latitude and the km of both zones, as \"西宁曹家堡国际机场 102.043 36.532 24 55\"";
                self.wrong(&format!("{KEY}[{index}]"), value.to_string(), expected.to_string())
            })
        };
        texts.map(airport).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_airport_has_a_name_a_place_and_two_zones() {
        let airport = Airport::parse("西宁 102.043 36.532 24 55").expect("an airport");
        assert_eq!((airport.forbidden_km, airport.protected_km), (24.0, 55.0));
        for text in
            ["", "西宁 102.043 36.532", "西宁 102 96 24 55", "西宁 102 36 55 24", "西宁 102 36 nan 55", "a b c d e"]
        {
            assert!(Airport::parse(text).is_none(), "{text}");
        }
    }
}
