//! Fires: where they are, how hot, how large, and what is written about them.

use crate::clouds::Clouds;
use crate::error::{Result, usage};
use crate::ground::Setting;
use crate::heights;
use crate::navigation::DiskGrid;
use crate::planck::STEFAN_BOLTZMANN;
use crate::seeds::Rng;
use crate::shape::Shape;
use crate::sight;
use crate::terrain::{River, Terrain};
use serde_json::{Value, json};

/// Power of a random fire for a geostationary imager, W. Real straw fires are 1 to 11 MW: these are far stronger, so that one frame by day can
/// show them.
pub const STRONG_POWER_W: (f64, f64) = (60e6, 400e6);
/// Power of a random fire for the finer pixels of the polar orbiters, W: real straw fires and a few larger ones [O].
pub const STRAW_POWER_W: (f64, f64) = (3e6, 60e6);
/// Random fires keep this far apart where there is room, degrees.
const SPACING_DEG: f64 = 0.25;
/// The county valleys, degrees east.
const VALLEY_LON: (f64, f64) = (101.75, 102.95);
/// Latitudes well inside the box.
const INNER_LAT: (f64, f64) = (35.6, 37.0);

/// A part of a fire at one temperature.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub temperature_k: f64,
    pub area_m2: f64,
}

/// One fire.
#[derive(Clone, Debug)]
pub struct Fire {
    pub lon: f64,
    pub lat: f64,
    pub parts: Vec<Part>,
}

impl Fire {
    /// A fire of one temperature from the text LON,LAT,TEMP_K,AREA_M2.
    pub fn parse(text: &str) -> Result<Fire> {
        let numbers: Vec<f64> = text.split(',').filter_map(|t| t.trim().parse().ok()).collect();
        let wrong = |what: &str| usage(format!("--fire {text}"), what, "write it like --fire 102.41,36.47,800,2000");
        let [lon, lat, temperature_k, area_m2] = numbers[..] else {
            return Err(wrong("four numbers LON,LAT,TEMP_K,AREA_M2"));
        };
        if !(-180.0..=180.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) {
            return Err(wrong("longitude -180 to 180 and latitude -90 to 90 degrees"));
        }
        if !(400.0..=1500.0).contains(&temperature_k) {
            return Err(wrong("a temperature of 400 to 1500 K"));
        }
        if !(area_m2 > 0.0 && area_m2 <= 5e6) {
            return Err(wrong("an area above 0 and up to 5000000 m2"));
        }
        Ok(Fire { lon, lat, parts: vec![Part { temperature_k, area_m2 }] })
    }

    pub fn area_m2(&self) -> f64 {
        self.parts.iter().map(|p| p.area_m2).sum()
    }

    /// Radiative power, MW: sigma A T^4 over the parts.
    pub fn frp_mw(&self) -> f64 {
        let watts: f64 = self.parts.iter().map(|p| STEFAN_BOLTZMANN * p.area_m2 * p.temperature_k.powi(4)).sum();
        watts / 1e6
    }

    /// The one temperature (K) that gives the same power from the same area.
    pub fn temperature_k(&self) -> f64 {
        (self.frp_mw() * 1e6 / (STEFAN_BOLTZMANN * self.area_m2())).powf(0.25)
    }

    /// What the truth file says of it, with its place in a grid.
    pub fn truth(&self, id: usize, grid: &DiskGrid, setting: &Setting) -> Value {
        let place = sight::apparent(setting, grid, self.lon, self.lat);
        let visible = sight::seen(setting, grid, self.lon, self.lat).is_some();
        json!({
            "id": format!("F{id:03}"),
            "lon": round(self.lon, 6),
            "lat": round(self.lat, 6),
            "temperature_k": round(self.temperature_k(), 2),
            "area_m2": round(self.area_m2(), 2),
            "frp_mw": round(self.frp_mw(), 4),
            "height_m": round(heights::height_m(setting, self.lon, self.lat), 2),
            "visible": visible,
            "line": place.map(|(_, line)| round(line, 4)),
            "column": place.map(|(column, _)| round(column, 4)),
            "cloud_opacity": round(setting.clouds.opacity(self.lon, self.lat), 3),
            "parts": self.parts.iter().map(|p| json!({
                "temperature_k": round(p.temperature_k, 2),
                "area_m2": round(p.area_m2, 2),
            })).collect::<Vec<_>>(),
        })
    }
}

/// Rounds for a text file.
pub fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

/// Random fires on the floors of the two valleys (on a simple shape: anywhere), without cloud above if such can be found.
pub fn random(count: usize, terrain: &Terrain, clouds: &Clouds, power_w: (f64, f64), rng: &mut Rng) -> Vec<Fire> {
    let mut fires: Vec<Fire> = Vec::new();
    for _ in 0..count {
        let (lon, lat) = random_place(&fires, terrain, clouds, rng);
        let parts = random_parts(power_w, rng);
        fires.push(Fire { lon, lat, parts });
    }
    fires
}

fn random_place(fires: &[Fire], terrain: &Terrain, clouds: &Clouds, rng: &mut Rng) -> (f64, f64) {
    let mut best = (f64::MAX, (102.4, 36.5));
    for _ in 0..300 {
        let Some((lon, lat)) = field_place(terrain, rng) else {
            continue;
        };
        let near = fires.iter().map(|f| (f.lon - lon).hypot(f.lat - lat)).fold(SPACING_DEG, f64::min);
        let fault = clouds.opacity(lon, lat) + (1.0 - near / SPACING_DEG);
        if fault < best.0 {
            best = (fault, (lon, lat));
        }
        if fault < 0.01 {
            break;
        }
    }
    best.1
}

/// A place for a fire, or `None` where the draw met water or high ground.
pub fn field_place(terrain: &Terrain, rng: &mut Rng) -> Option<(f64, f64)> {
    if terrain.shape != Shape::Haidong {
        return Some((rng.between(VALLEY_LON.0, VALLEY_LON.1), rng.between(INNER_LAT.0, INNER_LAT.1)));
    }
    let river = if rng.below(2) == 0 { River::Huangshui } else { River::Yellow };
    let lon = rng.between(VALLEY_LON.0, VALLEY_LON.1);
    let lat = river.latitude(lon) + rng.between(-0.04, 0.04);
    let relief = terrain.relief(lon, lat);
    let field = !relief.reservoir && relief.river_km >= 0.4 && relief.elevation_m <= 2700.0;
    field.then_some((lon, lat))
}

/// Flames of 900-1200 K over 10-40 % of the area, embers of 550-750 K over the rest (ALGORITHMS 10.2).
pub fn random_parts(power_w: (f64, f64), rng: &mut Rng) -> Vec<Part> {
    let power = (rng.between(power_w.0.ln(), power_w.1.ln())).exp();
    let parts = mixed_parts(1.0, rng);
    let per_m2: f64 = parts.iter().map(|p| STEFAN_BOLTZMANN * p.area_m2 * p.temperature_k.powi(4)).sum();
    parts.into_iter().map(|part| Part { area_m2: part.area_m2 * power / per_m2, ..part }).collect()
}

/// The same over an area (m2) that is known.
pub fn mixed_parts(area_m2: f64, rng: &mut Rng) -> Vec<Part> {
    let flame_share = rng.between(0.10, 0.40);
    let (flame_k, ember_k) = (rng.between(900.0, 1200.0), rng.between(550.0, 750.0));
    two_parts(area_m2, flame_share, flame_k, ember_k)
}

/// The same with flames of a temperature that is known: embers are never hotter than they.
pub fn flaming_parts(flame_k: f64, area_m2: f64, rng: &mut Rng) -> Vec<Part> {
    let flame_share = rng.between(0.10, 0.40);
    two_parts(area_m2, flame_share, flame_k, rng.between(550.0, 750.0).min(flame_k))
}

fn two_parts(area_m2: f64, flame_share: f64, flame_k: f64, ember_k: f64) -> Vec<Part> {
    vec![
        Part { temperature_k: flame_k, area_m2: area_m2 * flame_share },
        Part { temperature_k: ember_k, area_m2: area_m2 * (1.0 - flame_share) },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::{Family, key};

    #[test]
    fn power_is_sigma_a_t4() {
        let fire = Fire::parse("102.4,36.5,800,1000").expect("a fire");
        assert!((fire.frp_mw() - 23.2259).abs() < 1e-3);
        assert!((fire.temperature_k() - 800.0).abs() < 1e-9);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["1,2,3", "a,b,c,d", "200,36,800,10", "102,36,80,10", "102,36,800,-1", "102,36,800,NaN"] {
            assert!(Fire::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn mixtures_keep_their_area() {
        let mut rng = Rng::new(key(Family::Dev, 1), 2);
        for _ in 0..50 {
            let [flame, ember] = mixed_parts(200.0, &mut rng)[..] else { panic!("two parts") };
            assert!((flame.area_m2 + ember.area_m2 - 200.0).abs() < 1e-9);
            assert!(
                (20.0..80.0).contains(&flame.area_m2) && flame.temperature_k >= 900.0 && ember.temperature_k < 750.0
            );
        }
    }

    #[test]
    fn random_fires_have_the_power_they_should() {
        let terrain = Terrain::new(1);
        let clouds = Clouds::new(2, 0.0, 0.15);
        let fires = random(6, &terrain, &clouds, STRONG_POWER_W, &mut Rng::new(key(Family::Dev, 1), 1));
        assert_eq!(fires.len(), 6);
        for fire in fires {
            assert!((59.9..400.1).contains(&fire.frp_mw()), "{}", fire.frp_mw());
            assert!(clouds.opacity(fire.lon, fire.lat) < 0.05);
        }
    }
}
