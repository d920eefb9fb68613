//! What grows and stands at each place of the invented land, as a land cover map would name it (ESA WorldCover codes).
//!
//! It follows from the same relief, rivers and reservoir as the pictures: fields lie where `field_place` has them, in the
//! two valleys below 2700 m, and on terraces of the slopes.

use crate::ground::Setting;
use crate::seeds::{hash2, unit};
use crate::terrain::{Terrain, plane_km};
use crate::texture::fractal;

pub const TREE: u8 = 10;
pub const SHRUB: u8 = 20;
pub const GRASS: u8 = 30;
pub const CROPLAND: u8 = 40;
pub const BUILT: u8 = 50;
pub const BARE: u8 = 60;
pub const SNOW: u8 = 70;
pub const WATER: u8 = 80;

/// Fields of the valleys lie between these distances of a river, km, and below this height, m (`fires::field_place`).
const FIELD_KM: (f64, f64) = (0.4, 4.4);
const FIELD_TOP_M: f64 = 2700.0;
/// Terraces reach higher, m, where a noise of this wavelength (km) is above the limit [O].
const TERRACE_TOP_M: f64 = 2850.0;
const TERRACE_KM: f64 = 3.0;
const TERRACE_LIMIT: f64 = 0.12;
/// One village may stand in each square of this side, km; its radius, km [O].
const VILLAGE_SQUARE_KM: f64 = 1.8;
const VILLAGE_KM: (f64, f64) = (0.10, 0.32);
const VILLAGE_SHARE: f64 = 0.6;
const VILLAGE_TOP_M: f64 = 2800.0;

/// The yard of a works: built up, with bare heaps.
#[derive(Clone, Copy, Debug)]
pub struct Yard {
    pub lon: f64,
    pub lat: f64,
    pub radius_km: f64,
}

/// The land cover of one seed.
pub struct LandCover {
    key: u64,
    terrain: Terrain,
    pub yards: Vec<Yard>,
}

impl LandCover {
    pub fn new(setting: &Setting, yards: Vec<Yard>) -> Self {
        LandCover { key: hash2(setting.key, 51, 0), terrain: setting.terrain, yards }
    }

    /// The class at a place of the box.
    pub fn class(&self, lon: f64, lat: f64) -> u8 {
        let (height_m, river_km) = self.terrain.height(lon, lat);
        let (x, y) = plane_km(lon, lat);
        if self.terrain.reservoir(lon, lat) || river_km < 0.12 {
            return WATER;
        }
        if let Some(class) = self.yard(lon, lat, x, y) {
            return class;
        }
        if height_m < VILLAGE_TOP_M && self.village(x, y) {
            return BUILT;
        }
        if self.is_field(height_m, river_km, x, y) {
            return self.of_fields(x, y);
        }
        self.wild(height_m, river_km, x, y)
    }

    fn yard(&self, lon: f64, lat: f64, x: f64, y: f64) -> Option<u8> {
        let yard = self.yards.iter().find(|yard| near_km((yard.lon, yard.lat), (lon, lat)) <= yard.radius_km)?;
        let heap = fractal(self.key ^ 2, x / 0.12, y / 0.12, 2, 0.5) > 0.25;
        let middle = near_km((yard.lon, yard.lat), (lon, lat)) < 0.4 * yard.radius_km;
        Some(if heap && !middle { BARE } else { BUILT })
    }

    fn village(&self, x: f64, y: f64) -> bool {
        let (column, row) = ((x / VILLAGE_SQUARE_KM).floor(), (y / VILLAGE_SQUARE_KM).floor());
        let bits = hash2(self.key ^ 3, column as i64, row as i64);
        if unit(hash2(bits, 0, 0)) > VILLAGE_SHARE {
            return false;
        }
        let radius = VILLAGE_KM.0 + (VILLAGE_KM.1 - VILLAGE_KM.0) * unit(hash2(bits, 1, 0));
        let within = |draw: u64| VILLAGE_KM.1 + (VILLAGE_SQUARE_KM - 2.0 * VILLAGE_KM.1) * unit(draw);
        let dx = x - column * VILLAGE_SQUARE_KM - within(hash2(bits, 2, 0));
        let dy = y - row * VILLAGE_SQUARE_KM - within(hash2(bits, 3, 0));
        let ragged = 1.0 + 0.3 * fractal(self.key ^ 4, x / 0.25, y / 0.25, 2, 0.5);
        dx.hypot(dy) < radius * ragged
    }

    fn is_field(&self, height_m: f64, river_km: f64, x: f64, y: f64) -> bool {
        if (FIELD_KM.0..FIELD_KM.1).contains(&river_km) && height_m <= FIELD_TOP_M {
            return true;
        }
        river_km >= FIELD_KM.1
            && height_m <= TERRACE_TOP_M
            && fractal(self.key ^ 5, x / TERRACE_KM, y / TERRACE_KM, 4, 0.55) > TERRACE_LIMIT
    }

    /// Fields with rows of trees, orchards, banks of grass and a little bare ground.
    fn of_fields(&self, x: f64, y: f64) -> u8 {
        match fractal(self.key ^ 6, x / 0.5, y / 0.5, 4, 0.6) {
            n if n > 0.42 => TREE,
            n if n < -0.42 => GRASS,
            n if (-0.012..0.012).contains(&n) => BARE,
            _ => CROPLAND,
        }
    }

    /// Grass on the slopes, shrub and wood on some, bare loess and, high up, rock; what lasts of snow above.
    fn wild(&self, height_m: f64, river_km: f64, x: f64, y: f64) -> u8 {
        let broad = fractal(self.key ^ 7, x / 4.0, y / 4.0, 5, 0.6);
        let fine = fractal(self.key ^ 8, x / 0.8, y / 0.8, 3, 0.5);
        match height_m {
            h if h > 4300.0 => SNOW,
            h if h > 3900.0 => {
                if broad > 0.0 {
                    BARE
                } else {
                    GRASS
                }
            }
            _ if river_km < FIELD_KM.0 => {
                if fine > 0.1 {
                    TREE
                } else if fine > -0.2 {
                    GRASS
                } else {
                    BARE
                }
            }
            _ if broad > 0.34 => TREE,
            _ if broad > 0.18 => SHRUB,
            _ if fine < -0.28 => BARE,
            _ => GRASS,
        }
    }

    /// Whether one of eight places around, so many km away, has a class.
    pub fn around(&self, lon: f64, lat: f64, km: f64, class: u8) -> bool {
        (0..8).any(|i| {
            let (sin, cos) = (f64::from(i) * std::f64::consts::FRAC_PI_4).sin_cos();
            let (east, north) = moved((lon, lat), km * sin, km * cos);
            self.class(east, north) == class
        })
    }
}

/// Distance between two places of the box, km.
pub fn near_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let ((ax, ay), (bx, by)) = (plane_km(a.0, a.1), plane_km(b.0, b.1));
    (ax - bx).hypot(ay - by)
}

/// A place so many km to the east and north of another.
pub fn moved((lon, lat): (f64, f64), east_km: f64, north_km: f64) -> (f64, f64) {
    (lon + east_km / crate::terrain::KM_PER_LON, lat + north_km / crate::terrain::KM_PER_LAT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fires::field_place;
    use crate::seeds::Rng;
    use std::collections::BTreeMap;

    /// Where the other commands of the simulator put their fires is farmed land: fields with their trees, banks and villages.
    #[test]
    fn the_fields_of_the_other_commands_are_cropland() {
        let setting = Setting::new(1, jiff::Timestamp::UNIX_EPOCH, 0.0);
        let cover = LandCover::new(&setting, Vec::new());
        let mut rng = Rng::new(5, 5);
        let places: Vec<(f64, f64)> = (0..4000).filter_map(|_| field_place(&setting.terrain, &mut rng)).collect();
        let mut count = BTreeMap::new();
        for (lon, lat) in &places {
            *count.entry(cover.class(*lon, *lat)).or_insert(0_usize) += 1;
        }
        let share = |class: u8| count.get(&class).map_or(0.0, |n| *n as f64 / places.len() as f64);
        assert!((0.7..0.95).contains(&share(CROPLAND)) && share(BUILT) > 0.01, "{count:?}");
    }

    #[test]
    fn water_lies_where_the_pictures_have_it() {
        let setting = Setting::new(1, jiff::Timestamp::UNIX_EPOCH, 0.0);
        let cover = LandCover::new(&setting, Vec::new());
        for i in 0..3000 {
            let (lon, lat) = (101.7 + 0.00041 * f64::from(i), 35.8 + 0.0003 * f64::from(i));
            let relief = setting.terrain.relief(lon, lat);
            let wet = relief.reservoir || relief.river_km < 0.12;
            assert_eq!(cover.class(lon, lat) == WATER, wet);
        }
    }
}
