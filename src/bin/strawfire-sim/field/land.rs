//! The ground at tens of metres: a patchwork of fields, woods, water, snow, towns and solar parks, flat.
//!
//! What stands at a place follows from hashes of the cells it lies in, so that a scene can be drawn in any order.

use super::sensor::{BANDS, NIR};
use crate::seeds::{hash2, unit};
use crate::texture::value_noise;

/// What covers a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    Stubble,
    Bare,
    Green,
    Wood,
    Grass,
    Water,
    Snow,
    Roof,
    Road,
    /// Solar panels.
    Panel,
    /// Solar panels that mirror the sun into the satellite.
    Glint,
}

/// A place: its cover, and how far its brightness strays from the mean of the cover.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    pub cover: Cover,
    tone: f32,
    /// The same in the near infrared beside that: stubble keeps some weeds.
    nir: f32,
}

/// What changes slowly from place to place, 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Broad {
    /// Above `WILD`: hills with woods and grass instead of fields.
    pub wild: f32,
    /// Compared with the limit of the scene.
    pub snow: f32,
}

/// The land of one seed.
#[derive(Clone, Copy, Debug)]
pub struct Land {
    key: u64,
    snow_limit: f32,
    glint: bool,
}

/// Side of a district, m: a village's fields of one size and direction, a town, a solar park.
const DISTRICT_M: f64 = 1000.0;
/// Shares of districts that are towns and solar parks.
const TOWNS: f64 = 0.05;
const PARKS: f64 = 0.02;
/// Width and height of fields, m.
const FIELD_M: (f64, f64) = (40.0, 200.0);
/// Directions of fields in a district.
const DIRECTIONS: i64 = 8;
/// Waves of the hills and of the snow, m.
const WILD_WAVE_M: f64 = 9000.0;
const SNOW_WAVE_M: f64 = 14_000.0;
const WILD: f32 = 0.72;
/// A river runs from west to east in every band of so many metres; half its width, m.
const RIVER_EVERY_M: f64 = 24_000.0;
const RIVER_HALF_M: f64 = 45.0;
/// One in four cells of this side (m) holds a reservoir.
const RESERVOIR_CELL_M: f64 = 10_000.0;
/// Grain of the ground within a field, m, and how strong it is.
const GRAIN_M: f64 = 15.0;
const GRAIN: f32 = 0.06;

/// Reflectance at the top of the air in the seven bands [O, rounded from common spectral libraries and images].
const REFLECTANCE: [[f32; BANDS]; 11] = [
    [0.10, 0.12, 0.15, 0.20, 0.30, 0.30, 0.25],
    [0.11, 0.13, 0.17, 0.22, 0.28, 0.33, 0.29],
    [0.05, 0.05, 0.08, 0.05, 0.42, 0.22, 0.11],
    [0.04, 0.04, 0.05, 0.035, 0.28, 0.13, 0.06],
    [0.08, 0.09, 0.12, 0.14, 0.24, 0.28, 0.20],
    [0.07, 0.06, 0.06, 0.04, 0.020, 0.010, 0.006],
    [0.80, 0.82, 0.82, 0.80, 0.72, 0.12, 0.08],
    [0.25, 0.28, 0.33, 0.37, 0.45, 0.50, 0.48],
    [0.12, 0.12, 0.13, 0.14, 0.16, 0.18, 0.17],
    [0.06, 0.06, 0.06, 0.06, 0.08, 0.10, 0.10],
    [0.90, 0.95, 1.00, 1.05, 1.10, 1.05, 0.95],
];

impl Land {
    /// The land of a key; `snow` is the share of ground under snow, drawn over `extent` (west, east, south, north, m).
    pub fn new(key: u64, snow: f64, glint: bool, extent: [f64; 4]) -> Land {
        let land = Land { key, snow_limit: 2.0, glint };
        Land { snow_limit: land.limit_for(snow, extent), ..land }
    }

    /// What changes slowly at a place.
    pub fn broad(&self, x: f64, y: f64) -> Broad {
        let noise = |n: u64, wave: f64| {
            let (coarse, fine) = (value_noise(self.key ^ n, x / wave, y / wave), 4.3 / wave);
            (0.5 + 0.35 * coarse + 0.15 * value_noise(self.key ^ (n + 1), x * fine, y * fine)) as f32
        };
        Broad { wild: noise(0x11, WILD_WAVE_M), snow: noise(0x21, SNOW_WAVE_M) }
    }

    /// Northing of the river at an easting, within its band of the country.
    pub fn river(&self, x: f64) -> f64 {
        let phase = unit(hash2(self.key, 0x31, 0)) * std::f64::consts::TAU;
        3000.0 * (x / 7000.0 + phase).sin() + 600.0 * (x / 1700.0 - phase).sin()
    }

    /// What is at a place, whatever is known of it.
    pub fn at(&self, x: f64, y: f64) -> Spot {
        self.spot((x, y), self.broad(x, y), self.river(x))
    }

    /// The same where what changes slowly is already known.
    pub fn spot(&self, (x, y): (f64, f64), broad: Broad, river: f64) -> Spot {
        let grain = unit(hash2(self.key ^ 0x41, (x / GRAIN_M).floor() as i64, (y / GRAIN_M).floor() as i64)) as f32;
        let grain = 1.0 + GRAIN * (2.0 * grain - 1.0);
        let plain = |cover: Cover| Spot { cover, tone: grain, nir: 1.0 };
        if self.is_water(x, y, river) {
            return plain(Cover::Water);
        }
        if broad.snow > self.snow_limit {
            return plain(Cover::Snow);
        }
        let place = ((x / DISTRICT_M).floor() as i64, (y / DISTRICT_M).floor() as i64);
        let district = hash2(self.key ^ 0x51, place.0, place.1);
        if broad.wild > WILD {
            let cover = if broad.wild > WILD + 0.06 { Cover::Wood } else { Cover::Grass };
            return Spot { cover, tone: grain * (0.9 + 0.2 * part(district, 1)), nir: 1.0 };
        }
        match unit(district) {
            kind if kind < TOWNS => self.town((x, y), grain),
            kind if kind < TOWNS + PARKS => self.park((x, y), district, grain),
            _ => self.field((x, y), district, grain),
        }
    }

    fn is_water(&self, x: f64, y: f64, river: f64) -> bool {
        let off = (y - river).rem_euclid(RIVER_EVERY_M) - RIVER_EVERY_M / 2.0;
        if off.abs() < RIVER_HALF_M {
            return true;
        }
        let (i, j) = ((x / RESERVOIR_CELL_M).floor(), (y / RESERVOIR_CELL_M).floor());
        let bits = hash2(self.key ^ 0x61, i as i64, j as i64);
        if bits & 3 != 0 {
            return false;
        }
        let radius = 300.0 + 600.0 * f64::from(part(bits, 1));
        let middle = |cell: f64, n: i64| (cell + 0.2 + 0.6 * f64::from(part(bits, n))) * RESERVOIR_CELL_M;
        (x - middle(i, 2)).hypot((y - middle(j, 3)) * 2.0) < radius
    }

    fn field(&self, (x, y): (f64, f64), district: u64, grain: f32) -> Spot {
        let side = |n: i64| FIELD_M.0 + (FIELD_M.1 - FIELD_M.0) * f64::from(part(district, n));
        let direction = (district >> 20) as i64 & (DIRECTIONS - 1);
        let (sin, cos) = (direction as f64 * std::f64::consts::PI / DIRECTIONS as f64).sin_cos();
        let (along, across) = ((x * cos + y * sin) / side(2), (y * cos - x * sin) / side(3));
        let field = hash2(district, along.floor() as i64, across.floor() as i64);
        let cover = match part(field, 1) {
            kind if kind < 0.45 => Cover::Stubble,
            kind if kind < 0.75 => Cover::Bare,
            _ => Cover::Green,
        };
        Spot { cover, tone: grain * (0.85 + 0.3 * part(field, 2)), nir: 0.85 + 0.3 * part(field, 3) }
    }

    /// Houses of 25 m, one in eight with a bright roof; streets and yards between.
    fn town(&self, (x, y): (f64, f64), grain: f32) -> Spot {
        let house = hash2(self.key ^ 0x71, (x / 25.0).floor() as i64, (y / 25.0).floor() as i64);
        let cover = match house & 7 {
            0 => Cover::Roof,
            1 | 2 => Cover::Wood,
            3 => Cover::Bare,
            _ => Cover::Road,
        };
        Spot { cover, tone: grain * (0.75 + 0.3 * part(house, 1)), nir: 1.0 }
    }

    /// Blocks of panels 60 m wide with 15 m of ground between; with `glint`, one block in forty mirrors the sun.
    fn park(&self, (x, y): (f64, f64), district: u64, grain: f32) -> Spot {
        let row = (y / 75.0).floor();
        if y - row * 75.0 > 60.0 {
            return Spot { cover: Cover::Grass, tone: grain, nir: 1.0 };
        }
        let block = hash2(district, (x / 120.0).floor() as i64, row as i64);
        let mirrors = self.glint && block.is_multiple_of(40);
        Spot { cover: if mirrors { Cover::Glint } else { Cover::Panel }, tone: grain, nir: 1.0 }
    }

    /// The limit above which a share of the ground lies under snow.
    fn limit_for(&self, share: f64, [west, east, south, north]: [f64; 4]) -> f32 {
        const SIDE: usize = 64;
        let place = |from: f64, to: f64, i: usize| from + (to - from) * (i as f64 + 0.5) / SIDE as f64;
        let mut field: Vec<f32> = (0..SIDE * SIDE)
            .map(|i| self.broad(place(west, east, i % SIDE), place(south, north, i / SIDE)).snow)
            .collect();
        field.sort_by(f32::total_cmp);
        let snowed = (share * field.len() as f64).round() as usize;
        let bare = field.len().saturating_sub(snowed);
        // the highest place that stays bare is the limit
        if snowed == 0 { 2.0 } else { bare.checked_sub(1).map_or(-1.0, |highest| field[highest]) }
    }
}

impl Spot {
    /// Its reflectance in a band, by place in the tables.
    #[inline]
    pub fn reflectance(&self, band: usize) -> f32 {
        let mean = REFLECTANCE[self.cover as usize][band] * self.tone;
        if band == NIR { mean * self.nir } else { mean }
    }
}

/// The n-th number from 0 to 1 of a hash.
fn part(bits: u64, n: i64) -> f32 {
    unit(hash2(bits, n, 0x5F)) as f32
}

#[cfg(test)]
mod tests {
    use super::super::sensor::SWIR22;
    use super::*;

    const EXTENT: [f64; 4] = [200_000.0, 300_000.0, 4_000_000.0, 4_100_000.0];

    fn spots(land: &Land) -> Vec<Spot> {
        let place = |n: u64, low: f64, high: f64| low + (high - low) * unit(hash2(n, 1, 2));
        let [west, east, south, north] = EXTENT;
        (0..20_000).map(|i| land.at(place(2 * i, west, east), place(2 * i + 1, south, north))).collect()
    }

    fn share(spots: &[Spot], cover: Cover) -> f64 {
        spots.iter().filter(|spot| spot.cover == cover).count() as f64 / spots.len() as f64
    }

    #[test]
    fn fields_fill_most_of_the_land_and_nothing_is_missing() {
        let spots = spots(&Land::new(5, 0.1, true, EXTENT));
        assert!(share(&spots, Cover::Stubble) > 0.15);
        assert!((share(&spots, Cover::Snow) - 0.1).abs() < 0.04, "{}", share(&spots, Cover::Snow));
        for cover in [Cover::Bare, Cover::Green, Cover::Grass, Cover::Water, Cover::Roof, Cover::Road, Cover::Panel] {
            assert!(share(&spots, cover) > 0.001, "{cover:?}");
        }
        assert!(share(&spots, Cover::Glint) < 0.002);
    }

    #[test]
    fn no_snow_unless_it_is_asked_for() {
        let bare = spots(&Land::new(5, 0.0, false, EXTENT));
        assert!(bare.iter().all(|spot| spot.cover != Cover::Snow && spot.cover != Cover::Glint));
        let white = spots(&Land::new(5, 1.0, false, EXTENT));
        assert!(white.iter().all(|spot| matches!(spot.cover, Cover::Snow | Cover::Water)));
    }

    /// Dry stubble: 0.25 to 0.35 at 0.86 um and about 0.25 at 2.2 um, some more or less a field.
    #[test]
    fn stubble_is_as_bright_as_it_should_be() {
        let spots = spots(&Land::new(6, 0.0, false, EXTENT));
        let stubble: Vec<Spot> = spots.into_iter().filter(|spot| spot.cover == Cover::Stubble).collect();
        let mean = |band: usize| {
            stubble.iter().map(|spot| f64::from(spot.reflectance(band))).sum::<f64>() / stubble.len() as f64
        };
        assert!((mean(NIR) - 0.30).abs() < 0.01 && (mean(SWIR22) - 0.25).abs() < 0.01);
        assert!(stubble.iter().all(|spot| (0.18..0.34).contains(&spot.reflectance(SWIR22))));
    }

    #[test]
    fn the_same_place_is_always_the_same() {
        let land = Land::new(7, 0.2, false, EXTENT);
        let (a, b) = (land.at(250_123.0, 4_050_456.0), land.at(250_123.0, 4_050_456.0));
        assert!(a.cover == b.cover && a.reflectance(3) == b.reflectance(3));
    }
}
