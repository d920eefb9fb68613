//! Smoke above fires: plumes that drift east and fade.

use crate::fires::Fire;
use crate::terrain::plane_km;
use crate::texture::smooth_step;

/// How far a plume reaches to the east, and begins to the west of its fire, km.
const LENGTH_KM: f64 = 2.0;
const UPWIND_KM: f64 = 0.3;
/// From its axis it is whole until the first and gone at the second, km: 0.5 km wide where it is half as opaque.
const CORE_KM: f64 = 0.15;
const EDGE_KM: f64 = 0.35;

/// The plumes of a scene.
#[derive(Clone, Debug, Default)]
pub struct Plumes {
    /// Where they begin, km east and north, from west to east.
    places: Vec<(f64, f64)>,
    /// Opacity to visible light where they begin.
    opacity: f64,
}

impl Plumes {
    pub fn above(fires: &[Fire], opacity: f64) -> Plumes {
        let mut places: Vec<(f64, f64)> = fires.iter().map(|fire| plane_km(fire.lon, fire.lat)).collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        Plumes { places, opacity }
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Opacity to visible light at a place, 0 to 1: that of the thickest plume there.
    pub fn opacity(&self, lon: f64, lat: f64) -> f64 {
        let (x, y) = plane_km(lon, lat);
        let first = self.places.partition_point(|place| place.0 < x - LENGTH_KM);
        let near = self.places[first..].iter().take_while(|place| place.0 <= x + UPWIND_KM);
        self.opacity * near.map(|(east, north)| thickness(x - east, y - north)).fold(0.0, f64::max)
    }
}

/// Opacity of a plume against where it begins, so far east and north of there.
fn thickness(east_km: f64, north_km: f64) -> f64 {
    let along = if east_km < 0.0 { 1.0 + east_km / UPWIND_KM } else { 1.0 - east_km / LENGTH_KM };
    along.max(0.0) * (1.0 - smooth_step(CORE_KM, EDGE_KM, north_km.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 89.7 km a degree of longitude and 111.0 of latitude.
    #[test]
    fn plumes_drift_east_and_fade() {
        let fires = ["102.6,36.3,800,100", "102.4,36.3,800,100"].map(|text| Fire::parse(text).expect("a fire"));
        let plumes = Plumes::above(&fires, 0.4);
        let at = |east: f64, north: f64| plumes.opacity(102.4 + east / 89.7, 36.3 + north / 111.0);
        for (east, north, want) in [
            (0.0, 0.0, 0.4),
            (1.0, 0.1, 0.2),
            (1.0, -0.25, 0.1),
            (1.9, 0.0, 0.02),
            (2.1, 0.0, 0.0),
            (0.5, 0.4, 0.0),
            (-0.4, 0.0, 0.0),
            (0.2 * 89.7 + 1.0, 0.0, 0.2),
        ] {
            assert!((at(east, north) - want).abs() < 1e-6, "{east} {north} {}", at(east, north));
        }
        assert_eq!(Plumes::default().opacity(102.4, 36.3), 0.0);
    }
}
