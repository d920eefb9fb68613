//! An invented land with the shape of Haidong: two river valleys, loess hills, ranges between them (1650 to 4400 m).
//!
//! It is not the real relief. Its height acts on temperature and land cover, and moves what a geostationary satellite sees.

use crate::shape::Shape;
use crate::texture::{fractal, ridged, smooth_step};

/// The detailed box, degrees: west, east, south, north.
pub const BOX: [f64; 4] = [101.2, 103.6, 35.0, 37.6];
/// Width of the rim (degrees) over which the detailed land fades into the plain one outside.
pub const RIM_DEG: f64 = 0.2;

/// Kilometres per degree of longitude and latitude at 36.3 N.
pub const KM_PER_LON: f64 = 89.7;
pub const KM_PER_LAT: f64 = 111.0;

/// The two rivers whose valleys hold the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum River {
    Huangshui,
    Yellow,
}

impl River {
    /// Latitude of the course at a longitude, degrees.
    pub fn latitude(self, lon_deg: f64) -> f64 {
        let (middle, fall, bend, beat) = match self {
            River::Huangshui => (36.50, -0.17, 0.030, 9.0),
            River::Yellow => (35.90, -0.06, 0.035, 7.0),
        };
        let east = east_of(102.3, lon_deg);
        middle + fall * east + bend * (beat * east).sin() + 0.4 * bend * (23.0 * east).cos()
    }

    /// Height of the valley floor, m: it falls eastward.
    fn floor_m(self, lon_deg: f64) -> f64 {
        let start = match self {
            River::Huangshui => 2280.0,
            River::Yellow => 2150.0,
        };
        (start - 380.0 * east_of(101.7, lon_deg)).clamp(1650.0, 4400.0)
    }
}

/// What the land does at a place.
#[derive(Clone, Copy, Debug)]
pub struct Relief {
    pub elevation_m: f64,
    /// Distance to the nearer river, km.
    pub river_km: f64,
    /// Slope to the east and to the north, m per m.
    pub slope: [f64; 2],
    pub reservoir: bool,
}

/// The land of one seed.
#[derive(Clone, Copy, Debug)]
pub struct Terrain {
    key: u64,
    pub shape: Shape,
}

impl Terrain {
    pub fn new(key: u64) -> Self {
        Terrain { key, shape: Shape::Haidong }
    }

    /// The same seed's land in another shape.
    pub fn shaped(self, shape: Shape) -> Self {
        Terrain { shape, ..self }
    }

    /// Height (m) at a place in the box.
    pub fn elevation_m(&self, lon: f64, lat: f64) -> f64 {
        self.height(lon, lat).0
    }

    /// Height, slope and water at a place in the box.
    pub fn relief(&self, lon: f64, lat: f64) -> Relief {
        let (elevation_m, river_km) = self.height(lon, lat);
        let step_m = 300.0;
        let (dlon, dlat) = (step_m / 1e3 / KM_PER_LON, step_m / 1e3 / KM_PER_LAT);
        let east = (self.height(lon + dlon, lat).0 - elevation_m) / step_m;
        let north = (self.height(lon, lat + dlat).0 - elevation_m) / step_m;
        Relief { elevation_m, river_km, slope: [east, north], reservoir: self.reservoir(lon, lat) }
    }

    /// The simple shapes have no water.
    fn rivers(&self) -> bool {
        self.shape == Shape::Haidong
    }

    /// Whether the reservoir covers a place.
    pub fn reservoir(&self, lon: f64, lat: f64) -> bool {
        self.rivers() && in_reservoir(lon, lat)
    }

    /// Height (m) and distance to the nearer river (km).
    pub fn height(&self, lon: f64, lat: f64) -> (f64, f64) {
        if let Some(metres) = self.shape.height_m(lon, lat) {
            return (metres, f64::INFINITY);
        }
        let (river, distance) = nearest_river(lon, lat);
        let (x, y) = plane_km(lon, lat);
        // Valley flanks bend in and out: side valleys.
        let wobble = 1.0 + 0.35 * fractal(self.key ^ 1, x / 9.0, y / 9.0, 3, 0.5);
        let beyond = (distance * wobble - 2.0).max(0.0);
        let rise = 1250.0 * (1.0 - (-beyond / 16.0).exp());
        let open = 1.0 - (-beyond / 7.0).exp();
        let crests = 1050.0 * open * (ridged(self.key ^ 2, x / 26.0, y / 26.0, 7, 0.5) - 0.35);
        let height = river.floor_m(lon) + 12.0 * distance.min(2.0) + rise + crests;
        (height.clamp(1650.0, 4400.0), distance)
    }
}

/// How far east of a meridian a longitude lies, -180 to 180 degrees: the land goes on across 180 degrees.
pub fn east_of(meridian: f64, lon: f64) -> f64 {
    (lon - meridian + 180.0).rem_euclid(360.0) - 180.0
}

/// Plane coordinates of a place, km from 102.4 E 36.3 N.
pub fn plane_km(lon: f64, lat: f64) -> (f64, f64) {
    (east_of(102.4, lon) * KM_PER_LON, (lat - 36.3) * KM_PER_LAT)
}

fn nearest_river(lon: f64, lat: f64) -> (River, f64) {
    let distance = |river: River| (lat - river.latitude(lon)).abs() * KM_PER_LAT;
    let (h, y) = (distance(River::Huangshui), distance(River::Yellow));
    if h < y { (River::Huangshui, h) } else { (River::Yellow, y) }
}

/// One long reservoir on the Yellow River, some 14 by 3 km.
fn in_reservoir(lon: f64, lat: f64) -> bool {
    let along = east_of(102.05, lon) * KM_PER_LON / 7.0;
    let across = (lat - River::Yellow.latitude(lon)) * KM_PER_LAT / 1.5;
    along * along + across * across < 1.0
}

/// Weight of the detailed land at a place: 1 inside the box, 0 outside, a smooth rim between.
pub fn detail_weight(lon: f64, lat: f64) -> f64 {
    let inward = (lon - BOX[0]).min(BOX[1] - lon).min(lat - BOX[2]).min(BOX[3] - lat);
    smooth_step(0.0, RIM_DEG, inward)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_stay_in_range_and_valleys_are_low() {
        let land = Terrain::new(3);
        let (mut low, mut high) = (f64::MAX, f64::MIN);
        for i in 0..60 {
            for j in 0..60 {
                let lon = BOX[0] + 0.04 * f64::from(i);
                let relief = land.relief(lon, BOX[2] + 0.043 * f64::from(j));
                low = low.min(relief.elevation_m);
                high = high.max(relief.elevation_m);
            }
        }
        assert!((1650.0..2000.0).contains(&low) && (3600.0..=4400.0).contains(&high), "{low} {high}");
        for river in [River::Huangshui, River::Yellow] {
            let relief = land.relief(102.5, river.latitude(102.5));
            assert!(relief.river_km < 0.01 && relief.elevation_m < 2100.0);
        }
    }

    #[test]
    fn both_sides_of_180_degrees_are_one_land() {
        let land = Terrain::new(3);
        for lat in [-17.0, 36.3, 70.0] {
            let (west, east) = (land.relief(179.9999, lat).elevation_m, land.relief(-179.9999, lat).elevation_m);
            assert!((west - east).abs() < 50.0 && (1650.0..=4400.0).contains(&west), "{lat}: {west} {east}");
        }
        for river in [River::Huangshui, River::Yellow] {
            assert!((-180..180).all(|lon| river.floor_m(f64::from(lon)) <= 4400.0));
        }
    }

    #[test]
    fn detail_fades_at_the_rim() {
        assert_eq!(detail_weight(102.4, 36.3), 1.0);
        assert_eq!(detail_weight(101.1, 36.3), 0.0);
        assert!((0.4..0.6).contains(&detail_weight(101.3, 36.3)));
    }
}
