//! Scenes of false alarms (ALGORITHMS 10.5): ground and light that look like fire and are none, each in a file of its own
//! as a function of a place. Without them nothing of a scene changes.

mod bare;
pub mod kilns;
pub mod mirrors;
pub mod parks;
pub mod shadow;
mod snow;
mod told;
mod water;

use crate::fires::field_place;
use crate::ground::{PLOTS, Plot};
use crate::seeds::{Rng, hash2};
use crate::terrain::{Relief, Terrain};
use parks::Park;
pub use told::told;

/// Stream of the places of parks and works, apart from every field of the scene.
const PLACE_STREAM: u64 = 0x7A;
/// They keep this far apart where there is room, degrees.
const SPACING_DEG: f64 = 0.08;

/// Something that looks like fire and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Trap {
    /// Valley floors and terraces of bare loess at 320 to 335 K about noon, up to 0.25 bright at 3.9 um (by night 3 K warmer).
    Bare,
    /// A snow line at 2600 to 3000 m, patchy, under broken cloud whose edges follow it.
    Snow,
    /// Rivers 300 to 900 m wide and a reservoir that mirror the Sun, 4 m/s of wind over them. A swath that flies north sees it on
    /// summer afternoons west of nadir: with --time 2025-06-20T07:00:00Z and --column 4060 (viirs) or 960 (modis) the site lies
    /// 5 degrees from the middle of the glint; Himawari sees its edge in the evening (2025-06-20T10:30:00Z).
    Glint,
    /// Twelve solar parks of 0.5 to 4 km2, by day 5 to 15 K warmer than the ground; to Himawari they shine on afternoons of
    /// spring and late summer (2025-09-05T08:00:00Z), to a swath at the hours of real polar orbiters never.
    Parks,
    /// Ten works (kilns, cement, aluminium, flares) of 5 to 20 MW that burn day and night.
    Kilns,
    /// Steep relief: under a low Sun lit slopes are 15 to 25 K warmer than shadows (00:30 and 10:30 UTC).
    Shadow,
    /// Sunlight that falls past the Earth into the telescope of Himawari (2025-10-18T14:20:00Z).
    Stray,
}

impl Trap {
    /// The name on the command line and in truth files.
    pub fn name(self) -> &'static str {
        match self {
            Trap::Bare => "bare",
            Trap::Snow => "snow",
            Trap::Glint => "glint",
            Trap::Parks => "parks",
            Trap::Kilns => "kilns",
            Trap::Shadow => "shadow",
            Trap::Stray => "stray",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The traps of a scene, with the parks that stand in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traps {
    bits: u8,
    parks: [Park; parks::COUNT],
}

/// What a trap may know of a place.
pub struct Place<'a> {
    /// Key of the seed.
    pub key: u64,
    /// Plane coordinates, km.
    pub x_km: f64,
    pub y_km: f64,
    pub lon: f64,
    pub lat: f64,
    pub relief: &'a Relief,
    /// Temperature of its ground as a whole, K.
    pub base_k: f64,
    /// Cosine of the Sun's zenith angle, not below zero.
    pub cos_flat: f64,
}

impl Place<'_> {
    /// Whether water covers it whatever the traps.
    fn is_water(&self) -> bool {
        self.relief.reservoir || self.relief.river_km < 0.12
    }
}

impl Traps {
    pub fn of(traps: &[Trap], terrain: &Terrain, key: u64) -> Self {
        let bits = traps.iter().fold(0, |bits, trap| bits | trap.bit());
        let parks = if traps.contains(&Trap::Parks) { parks::of(terrain, key) } else { Default::default() };
        Traps { bits, parks }
    }

    pub fn has(&self, trap: Trap) -> bool {
        self.bits & trap.bit() != 0
    }

    pub fn is_empty(&self) -> bool {
        self.bits == 0
    }

    /// Whether something mirrors the Sun to the satellite.
    pub fn mirror(&self) -> bool {
        self.has(Trap::Glint) || self.has(Trap::Parks)
    }

    /// The fields of a cell as the traps make them, and the opacity of their own cloud above.
    pub fn over(&self, place: &Place, mut plots: [Plot; PLOTS], summer: f64) -> ([Plot; PLOTS], f64) {
        let park = self.parks.iter().find(|park| self.has(Trap::Parks) && park.holds(place.lon, place.lat));
        let spot = hash2(place.key ^ 0x7B, (place.x_km * 1e3) as i64, (place.y_km * 1e3) as i64);
        for (i, plot) in plots.iter_mut().enumerate() {
            let bits = hash2(spot, i as i64, 0);
            let mut change = |trap: Trap, new: &dyn Fn() -> Option<Plot>| {
                if self.has(trap)
                    && let Some(new) = new()
                {
                    *plot = new;
                }
            };
            change(Trap::Bare, &|| bare::plot(place, bits));
            change(Trap::Snow, &|| snow::plot(place, bits));
            change(Trap::Parks, &|| park.and_then(|park| park.plot(place, i)));
            change(Trap::Glint, &|| water::plot(place, summer));
        }
        (plots, if self.has(Trap::Snow) { snow::cloud(place) } else { 0.0 })
    }
}

/// Places on fields of the two valleys for all parks and works, far apart: the parks come first.
fn places(terrain: &Terrain, key: u64) -> Vec<(f64, f64)> {
    let mut rng = Rng::new(key, PLACE_STREAM);
    let mut places: Vec<(f64, f64)> = Vec::new();
    for _ in 0..parks::COUNT + kilns::COUNT {
        let mut best = (f64::MIN, (102.4, 36.5));
        for (lon, lat) in (0..300).filter_map(|_| field_place(terrain, &mut rng)) {
            let room = places.iter().map(|(x, y)| (x - lon).hypot(y - lat)).fold(SPACING_DEG, f64::min);
            if room > best.0 {
                best = (room, (lon, lat));
            }
        }
        places.push(best.1);
    }
    places
}

#[cfg(test)]
mod tests;
