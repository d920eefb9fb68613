//! Where things burn: drawn until the cover there is what it should be.

use super::cover::{BARE, CROPLAND, GRASS, LandCover, SHRUB, Yard, moved, near_km};
use crate::ground::Setting;
use crate::seeds::Rng;

/// The middle of the six counties, degrees: west, east, south, north.
const AREA: [f64; 4] = [101.72, 103.0, 35.6, 37.0];
/// A part of it that lies wholly in the counties, for the one park.
const INSIDE: [f64; 4] = [102.25, 102.70, 36.20, 36.60];
/// Draws before the last one is taken as it is; fields are a sixth of the area, and graves lie on fewer places.
const TRIES: usize = 20_000;
/// Works keep so far apart, km: each is a case of its own.
const WORKS_APART_KM: f64 = 5.0;
/// Radius of a yard: within fields (the hard case) and on the slopes, km [O].
const YARD_IN_FIELDS_KM: (f64, f64) = (0.12, 0.20);
const YARD_ON_SLOPES_KM: (f64, f64) = (0.25, 0.40);

type Place = (f64, f64);

/// A place of the area for which a test holds.
fn draw(rng: &mut Rng, fits: impl Fn(f64, f64) -> bool) -> Place {
    draw_in(AREA, rng, fits)
}

fn draw_in([west, east, south, north]: [f64; 4], rng: &mut Rng, fits: impl Fn(f64, f64) -> bool) -> Place {
    let mut place = (0.0, 0.0);
    for _ in 0..TRIES {
        place = (rng.between(west, east), rng.between(south, north));
        if fits(place.0, place.1) {
            break;
        }
    }
    place
}

/// A field.
pub fn field(cover: &LandCover, rng: &mut Rng) -> Place {
    draw(rng, |lon, lat| cover.class(lon, lat) == CROPLAND)
}

/// A field within a kilometre of a works; `None` where there is none.
pub fn field_near(cover: &LandCover, yard: &Yard, rng: &mut Rng) -> Option<Place> {
    for _ in 0..200 {
        let (far, (sin, cos)) = (rng.between(yard.radius_km, 1.0), rng.between(0.0, std::f64::consts::TAU).sin_cos());
        let (lon, lat) = moved((yard.lon, yard.lat), far * sin, far * cos);
        if cover.class(lon, lat) == CROPLAND {
            return Some((lon, lat));
        }
    }
    None
}

/// A hillside at the edge of fields: grass, shrub or bare ground, with a field within 200 m.
pub fn grave(cover: &LandCover, rng: &mut Rng) -> Place {
    draw(rng, |lon, lat| [GRASS, SHRUB, BARE].contains(&cover.class(lon, lat)) && cover.around(lon, lat, 0.2, CROPLAND))
}

/// A grassy slope with no field within 600 m.
pub fn slope(cover: &LandCover, rng: &mut Rng) -> Place {
    draw(rng, |lon, lat| {
        let far = [0.3, 0.6].iter().all(|km| !cover.around(lon, lat, *km, CROPLAND));
        cover.class(lon, lat) == GRASS && far
    })
}

/// The yard of a works, away from the others: among fields, or on a slope beside the valley.
pub fn yard(cover: &LandCover, taken: &[Yard], in_fields: bool, rng: &mut Rng) -> Yard {
    let (low, high) = if in_fields { YARD_IN_FIELDS_KM } else { YARD_ON_SLOPES_KM };
    let radius_km = rng.between(low, high);
    let (lon, lat) = draw(rng, |lon, lat| {
        let class = cover.class(lon, lat);
        let fits = if in_fields {
            class == CROPLAND && cover.around(lon, lat, 0.4, CROPLAND)
        } else {
            let edge = cover.around(lon, lat, 1.5, CROPLAND);
            [GRASS, BARE].contains(&class) && edge && !cover.around(lon, lat, 0.6, CROPLAND)
        };
        fits && taken.iter().all(|other| near_km((other.lon, other.lat), (lon, lat)) > WORKS_APART_KM)
    });
    Yard { lon, lat, radius_km }
}

/// A slope for the solar park, away from the works.
pub fn park(setting: &Setting, cover: &LandCover, taken: &[Yard], rng: &mut Rng) -> Place {
    draw_in(INSIDE, rng, |lon, lat| {
        let high = setting.terrain.elevation_m(lon, lat);
        [GRASS, BARE].contains(&cover.class(lon, lat))
            && high < 3200.0
            && taken.iter().all(|other| near_km((other.lon, other.lat), (lon, lat)) > WORKS_APART_KM)
    })
}
