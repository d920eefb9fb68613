//! Simple large shapes of land, for tests of places where the height at each point can be worked out by hand.

use crate::terrain::plane_km;
use crate::texture::smooth_step;
use std::f64::consts::TAU;

/// The relief of the detailed box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Shape {
    /// The invented valleys and ranges.
    #[default]
    Haidong,
    /// Ground at 2000 m with ridges 1500 m high from south to north, 2.5 km wide at half height, one every 15 km.
    Ridge,
    /// A plateau at 3000 m with valleys from west to east 1200 m deep: 4 km of floor, 4 km of flank, one every 30 km.
    Valley,
    /// Steps of 1900 and 2400 m, each 10 km wide, with 1 km of flank between.
    Terrace,
    /// Flat at 2500 m.
    Plateau,
}

/// Width of a ridge at its foot, km: its flank of 43 degrees hides ground from a satellite 31 degrees above the horizon.
const RIDGE_KM: f64 = 5.0;

impl Shape {
    /// The name on the command line and in truth files.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Haidong => "haidong",
            Shape::Ridge => "ridge",
            Shape::Valley => "valley",
            Shape::Terrace => "terrace",
            Shape::Plateau => "plateau",
        }
    }

    /// Height (m) at a place, or `None` for the invented valleys, which follow from the seed.
    pub fn height_m(self, lon: f64, lat: f64) -> Option<f64> {
        let (x, y) = plane_km(lon, lat);
        match self {
            Shape::Haidong => None,
            Shape::Ridge => Some(2000.0 + ridge_m(from_middle(x, 15.0))),
            Shape::Valley => Some(1800.0 + 1200.0 * smooth_step(2.0, 6.0, from_middle(y, 30.0))),
            Shape::Terrace => Some(1900.0 + 500.0 * smooth_step(4.5, 5.5, from_middle(x, 20.0))),
            Shape::Plateau => Some(2500.0),
        }
    }
}

/// Distance (km) to the nearest multiple of `period`.
fn from_middle(along: f64, period: f64) -> f64 {
    (along - period * (along / period).round()).abs()
}

fn ridge_m(distance_km: f64) -> f64 {
    if distance_km < RIDGE_KM / 2.0 { 750.0 * (1.0 + (TAU * distance_km / RIDGE_KM).cos()) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 89.7 km a degree of longitude and 111.0 of latitude from 102.4 E 36.3 N.
    #[test]
    fn heights_by_hand() {
        let east = |km: f64| 102.4 + km / 89.7;
        let north = |km: f64| 36.3 + km / 111.0;
        for (shape, lon, lat, height) in [
            (Shape::Ridge, east(0.0), 36.0, 3500.0),
            (Shape::Ridge, east(-15.0), 36.7, 3500.0),
            (Shape::Ridge, east(1.25), 36.3, 2750.0),
            (Shape::Ridge, east(7.0), 36.3, 2000.0),
            (Shape::Valley, 102.0, north(0.0), 1800.0),
            (Shape::Valley, 102.0, north(1.9), 1800.0),
            (Shape::Valley, 102.0, north(34.0), 2400.0),
            (Shape::Valley, 102.0, north(15.0), 3000.0),
            (Shape::Terrace, east(0.0), 36.3, 1900.0),
            (Shape::Terrace, east(5.0), 36.3, 2150.0),
            (Shape::Terrace, east(10.0), 36.3, 2400.0),
            (Shape::Plateau, 103.0, 35.4, 2500.0),
        ] {
            let got = shape.height_m(lon, lat).expect("a simple shape");
            assert!((got - height).abs() < 1e-6, "{shape:?} {lon} {lat} {got}");
        }
        assert!(Shape::Haidong.height_m(102.0, 36.0).is_none());
    }
}
